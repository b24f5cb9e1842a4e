//! Buckets of many lines, kept in tiles, to the points of whatever window is looked at.
//!
//! A tile is [`TILE_BUCKETS`] buckets of one width, aligned to 1970, so that a chart that is moved asks only for what it has
//! not seen. Until a tile is here, what other widths know of its time stands in. Does not know who fetches, nor any clock:
//! when a tile came is told. Start at [`Tiles`]. Tests: `src/tiles/tests.rs`.

use crate::model::{Doubt, DoubtKind, Point, TimeSeries};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Widths of buckets, milliseconds, finest first: each divides a day, so that tiles meet midnights of UTC.
pub const WIDTHS_MS: [i64; 21] = [
    20, 100, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000,
    1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/// Buckets in a tile.
pub const TILE_BUCKETS: i64 = 1024;

/// Tiles kept, of all channels: some 34 KB each. Those looked at longest ago go first.
pub const TILES_MAX: usize = 1600;

/// The widest bucket of which a plot of `px` columns over `span_ms` still has one a column.
pub fn width_ms(span_ms: i64, px: u32) -> i64 {
    let column = span_ms / i64::from(px.max(1));
    WIDTHS_MS.into_iter().rev().find(|width| *width <= column).unwrap_or(WIDTHS_MS[0])
}

/// The tiles of a width that a window touches.
pub fn tiles_of(width_ms: i64, window_ms: (i64, i64)) -> RangeInclusive<i64> {
    let long = width_ms.max(1).saturating_mul(TILE_BUCKETS);
    window_ms.0.div_euclid(long)..=window_ms.1.saturating_sub(1).max(window_ms.0).div_euclid(long)
}

/// The time of a tile: from, until.
pub fn tile_span(width_ms: i64, tile: i64) -> (i64, i64) {
    let long = width_ms.saturating_mul(TILE_BUCKETS);
    (tile.saturating_mul(long), tile.saturating_add(1).saturating_mul(long))
}

/// The buckets of one channel in one tile; all arrays of one length, values in thousandths. A bucket without a number has
/// its `min` above its `max`: everything in it is doubted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// How long a bucket stands for, ms: a wider space is a gap.
    pub width_ms: i64,
    /// Starts, rising.
    pub at: Vec<i64>,
    /// Smallest values.
    pub min: Vec<i64>,
    /// Largest values.
    pub max: Vec<i64>,
    /// Means.
    pub mean: Vec<i64>,
    /// 1 where a bucket holds doubted values.
    pub doubt: Vec<u8>,
}

/// One bucket as it is read out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Read {
    /// Its start, ms.
    pub t_ms: i64,
    /// Its numbers; none where everything in it is doubted.
    pub point: Option<Point>,
    /// It holds doubted values.
    pub doubted: bool,
}

impl Buckets {
    fn len(&self) -> usize {
        [self.min.len(), self.max.len(), self.mean.len(), self.doubt.len()]
            .into_iter()
            .fold(self.at.len(), usize::min)
    }

    fn read(&self, n: usize) -> Read {
        let point = (self.min[n] <= self.max[n]).then(|| {
            let plain = |value: i64| value as f64 / 1000.0;
            Point::bucket(self.at[n], plain(self.min[n]), plain(self.max[n]), plain(self.mean[n]))
        });
        Read { t_ms: self.at[n], point, doubted: self.doubt[n] == 1 }
    }

    fn within(&self, (from, to): (i64, i64)) -> std::ops::Range<usize> {
        let at = &self.at[..self.len()];
        at.partition_point(|t| *t < from)..at.partition_point(|t| *t < to)
    }
}

#[derive(Debug)]
struct Kept {
    buckets: Arc<Buckets>,
    came_ms: f64,
    used: u64,
}

/// What is known of some channels.
#[derive(Debug, Default)]
pub struct Tiles {
    /// By channel, width and place.
    kept: BTreeMap<(i64, i64, i64), Kept>,
    turn: u64,
}

/// Part of a line: what a tile, or what stands in for it, knows of a span.
type Piece = (Arc<Buckets>, (i64, i64));

impl Tiles {
    /// Keeps a tile that came at `came_ms` of any steady clock; one that was here is replaced.
    pub fn keep(&mut self, channel: i64, width_ms: i64, tile: i64, buckets: Buckets, came_ms: f64) {
        self.turn += 1;
        let kept = Kept { buckets: Arc::new(buckets), came_ms, used: self.turn };
        self.kept.insert((channel, width_ms, tile), kept);
        while self.kept.len() > TILES_MAX {
            let Some(oldest) = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| *key) else {
                return;
            };
            self.kept.remove(&oldest);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.kept.clear();
    }

    /// Whether a channel's tile is missing, or came before `since_ms`.
    pub fn wants(&self, channel: i64, width_ms: i64, tile: i64, since_ms: f64) -> bool {
        self.kept.get(&(channel, width_ms, tile)).is_none_or(|kept| kept.came_ms < since_ms)
    }

    /// Whether all tiles of a window are here.
    pub fn whole(&self, channel: i64, width_ms: i64, window_ms: (i64, i64)) -> bool {
        tiles_of(width_ms, window_ms).all(|tile| self.kept.contains_key(&(channel, width_ms, tile)))
    }

    /// The pieces of a window in order of time; where a tile is missing, those of the nearest width that is here.
    fn pieces(&self, channel: i64, width_ms: i64, window_ms: (i64, i64)) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for tile in tiles_of(width_ms, window_ms) {
            let (from, to) = tile_span(width_ms, tile);
            let span = (from.max(window_ms.0), to.min(window_ms.1));
            match self.kept.get(&(channel, width_ms, tile)) {
                Some(kept) => pieces.push((kept.buckets.clone(), span)),
                None => pieces.extend(self.stand_in(channel, width_ms, span)),
            }
        }
        pieces
    }

    fn stand_in(&self, channel: i64, width_ms: i64, span: (i64, i64)) -> Vec<Piece> {
        let coarser = WIDTHS_MS.into_iter().filter(|w| *w > width_ms);
        let finer = WIDTHS_MS.into_iter().rev().filter(|w| *w < width_ms && *w * 64 >= width_ms);
        for width in coarser.chain(finer) {
            let here: Vec<Piece> = tiles_of(width, span)
                .filter_map(|tile| {
                    let (from, to) = tile_span(width, tile);
                    let kept = self.kept.get(&(channel, width, tile))?;
                    // A bucket that began before the span reaches into it.
                    Some((kept.buckets.clone(), (from.max(span.0 - width), to.min(span.1))))
                })
                .collect();
            if !here.is_empty() {
                return here;
            }
        }
        Vec::new()
    }

    /// Marks the tiles of a window as looked at.
    pub fn touch(&mut self, channel: i64, width_ms: i64, window_ms: (i64, i64)) {
        self.turn += 1;
        for tile in tiles_of(width_ms, window_ms) {
            if let Some(kept) = self.kept.get_mut(&(channel, width_ms, tile)) {
                kept.used = self.turn;
            }
        }
    }

    /// The line of a channel over a window: points, gaps where nothing came for two and a half buckets and three usual
    /// spaces, doubts. Up to `until_ms` something should have come.
    pub fn line(
        &self,
        channel: i64,
        name: &str,
        width_ms: i64,
        window_ms: (i64, i64),
        until_ms: i64,
    ) -> TimeSeries {
        let pieces = self.pieces(channel, width_ms, window_ms);
        let mut series = TimeSeries { name: name.to_owned(), ..TimeSeries::default() };
        series
            .points
            .reserve(pieces.iter().map(|(buckets, span)| buckets.within(*span).len()).sum::<usize>() + 8);
        let mut before: Option<(i64, i64)> = None;
        let mut space = 0;
        for (buckets, span) in &pieces {
            let within = buckets.within(*span);
            let wide =
                (buckets.width_ms.max(1).saturating_mul(5) / 2).max(usual(&buckets.at[within.clone()]));
            space = wide;
            for n in within {
                let read = buckets.read(n);
                if let Some((last, width)) = before
                    && read.t_ms - last > wide.max(width.saturating_mul(5) / 2)
                {
                    series.points.push(None);
                    series.doubts.push(Doubt {
                        from_ms: last + width,
                        to_ms: read.t_ms,
                        kind: DoubtKind::NoData,
                    });
                }
                before = Some((read.t_ms, buckets.width_ms.max(1)));
                if read.doubted {
                    let to = read.t_ms + buckets.width_ms.max(1);
                    match series.doubts.last_mut() {
                        Some(last) if last.kind == DoubtKind::Suspect && last.to_ms >= read.t_ms => {
                            last.to_ms = to;
                        }
                        _ => series.doubts.push(Doubt {
                            from_ms: read.t_ms,
                            to_ms: to,
                            kind: DoubtKind::Suspect,
                        }),
                    }
                }
                series.points.push(read.point);
            }
        }
        let last = before.map_or(window_ms.0, |(last, width)| last + width);
        let until = until_ms.min(window_ms.1);
        // Nothing there at all is only known where the tile is.
        if (before.is_some() || self.whole(channel, width_ms, window_ms))
            && until - last > space.saturating_mul(2).max(width_ms * 3)
        {
            series.doubts.push(Doubt { from_ms: last, to_ms: until, kind: DoubtKind::NoData });
        }
        series
    }

    /// The smallest and largest value of a window.
    pub fn ends(&self, channel: i64, width_ms: i64, window_ms: (i64, i64)) -> Option<(f64, f64)> {
        let mut ends: Option<(i64, i64)> = None;
        for (buckets, span) in self.pieces(channel, width_ms, window_ms) {
            for n in buckets.within(span) {
                let (min, max) = (buckets.min[n], buckets.max[n]);
                if min <= max {
                    ends = Some(ends.map_or((min, max), |(low, high)| (low.min(min), high.max(max))));
                }
            }
        }
        ends.map(|(low, high)| (low as f64 / 1000.0, high as f64 / 1000.0))
    }

    /// The bucket nearest to an instant, no further than `reach_ms` from it.
    pub fn read(&self, channel: i64, width_ms: i64, t_ms: i64, reach_ms: i64) -> Option<Read> {
        let around = (t_ms.saturating_sub(reach_ms), t_ms.saturating_add(reach_ms).saturating_add(1));
        let apart = |read: &Read| (read.t_ms - t_ms).abs();
        self.pieces(channel, width_ms, around)
            .iter()
            .filter_map(|(buckets, span)| {
                let within = buckets.within(*span);
                let after = buckets.at[within.clone()].partition_point(|at| *at < t_ms) + within.start;
                [after.checked_sub(1), Some(after)]
                    .into_iter()
                    .flatten()
                    .filter(|n| within.contains(n))
                    .map(|n| buckets.read(n))
                    .min_by_key(apart)
            })
            .min_by_key(apart)
    }
}

/// Three times the usual space between two buckets: a sensor may speak more slowly than buckets are wide.
fn usual(at: &[i64]) -> i64 {
    let mut spaces: Vec<i64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if spaces.is_empty() {
        return 0;
    }
    let middle = spaces.len() / 2;
    spaces.select_nth_unstable(middle).1.saturating_mul(3)
}

#[cfg(test)]
mod tests;
