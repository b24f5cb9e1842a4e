//! What one commit took in, as one checked piece of bytes; and the same in memory until it is packed away.
//!
//! A segment is never changed once it is made: readers keep theirs, however far the writer has gone meanwhile.

use crate::chunk::{Damage, Kind, Point, put_int, seal_plain, take_int, unseal_plain, unzigzag, zigzag};
use std::ops::Range;

/// Readings of one or several commits that follow each other, by channel and key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The first and last journal row it came from.
    pub from: i64,
    pub to: i64,
    /// Channels in order, each with where its readings begin.
    runs: Vec<(i64, usize)>,
    points: Vec<Point>,
    /// Channel and time of good readings that were there before and are in doubt now, since another value came for their key.
    pub demoted: Vec<(i64, i64)>,
}

impl Segment {
    /// Of channels in order, the readings of each in order of their keys, earlier copies first.
    pub fn new(
        row: i64,
        channels: impl IntoIterator<Item = (i64, Vec<Point>)>,
        demoted: Vec<(i64, i64)>,
    ) -> Self {
        let mut segment = Self { from: row, to: row, demoted, ..Self::default() };
        for (channel, mut points) in channels {
            if !points.is_empty() {
                segment.runs.push((channel, segment.points.len()));
                segment.points.append(&mut points);
            }
        }
        segment
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    fn range(&self, run: usize) -> Range<usize> {
        self.runs[run].1..self.runs.get(run + 1).map_or(self.points.len(), |next| next.1)
    }

    /// Each channel with its readings.
    pub fn channels(&self) -> impl Iterator<Item = (i64, &[Point])> {
        (0..self.runs.len()).map(|run| (self.runs[run].0, &self.points[self.range(run)]))
    }

    /// The readings of a channel.
    pub fn of(&self, channel: i64) -> &[Point] {
        match self.runs.binary_search_by_key(&channel, |run| run.0) {
            Ok(run) => &self.points[self.range(run)],
            Err(_) => &[],
        }
    }

    /// The readings of a channel in `from..to`.
    pub fn between(&self, channel: i64, from: i64, to: i64) -> &[Point] {
        let points = self.of(channel);
        let start = points.partition_point(|p| p.at < from);
        let end = points.partition_point(|p| p.at < to).max(start);
        &points[start..end]
    }

    /// Both, where `later` follows this one.
    pub fn with(&self, later: &Self) -> Self {
        let mut both = Self { from: self.from, to: later.to, ..Self::default() };
        let (mut a, mut b) = (self.channels().peekable(), later.channels().peekable());
        loop {
            let channel = match (a.peek(), b.peek()) {
                (Some(a), Some(b)) => a.0.min(b.0),
                (Some(one), None) | (None, Some(one)) => one.0,
                (None, None) => break,
            };
            let start = both.points.len();
            for side in [&mut a as &mut dyn PeekNext, &mut b] {
                if let Some(points) = side.next_of(channel) {
                    both.points.extend_from_slice(points);
                }
            }
            in_order(&mut both.points[start..]);
            both.runs.push((channel, start));
        }
        both.demoted = [self.demoted.as_slice(), &later.demoted].concat();
        both
    }

    /// The piece of bytes that a commit keeps.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.points.len() * 10 + 64);
        put_int(&mut out, self.runs.len() as u64);
        let mut before = 0_i64;
        for (channel, points) in self.channels() {
            put_int(&mut out, zigzag(channel.wrapping_sub(before)));
            before = channel;
            put_int(&mut out, points.len() as u64);
            let mut last = Point::default();
            for point in points {
                put_int(&mut out, zigzag(point.at.wrapping_sub(last.at)));
                put_int(&mut out, zigzag(point.sequence.wrapping_sub(last.sequence)));
                put_int(&mut out, zigzag(point.after.wrapping_sub(last.after)));
                put_int(&mut out, u64::from(point.quality) << 1 | u64::from(point.value.is_some()));
                if let Some(value) = point.value {
                    put_int(&mut out, zigzag(value.wrapping_sub(last.value.unwrap_or(0))));
                }
                last = Point { value: point.value.or(last.value), ..*point };
            }
        }
        put_int(&mut out, self.demoted.len() as u64);
        for (channel, at) in &self.demoted {
            put_int(&mut out, zigzag(*channel));
            put_int(&mut out, zigzag(*at));
        }
        seal_plain(Kind::Journal, &out)
    }
}

/// Takes the next channel's readings if it is this one.
trait PeekNext<'a> {
    fn next_of(&mut self, channel: i64) -> Option<&'a [Point]>;
}

impl<'a, I: Iterator<Item = (i64, &'a [Point])>> PeekNext<'a> for std::iter::Peekable<I> {
    fn next_of(&mut self, channel: i64) -> Option<&'a [Point]> {
        self.next_if(|next| next.0 == channel).map(|next| next.1)
    }
}

/// By key, copies as they came.
pub(crate) fn in_order(points: &mut [Point]) {
    if !points.is_sorted_by_key(Point::key) {
        points.sort_by_key(Point::key);
    }
}

/// The segment of a piece; its rows are not told in it. Takes memory in proportion to the bytes only.
pub(crate) fn decode(piece: &[u8]) -> Result<Segment, Damage> {
    let mut input = unseal_plain(Kind::Journal, piece)?;
    let mut segment = Segment::default();
    let mut channel = 0_i64;
    for run in 0..take_int(&mut input)? {
        let step = unzigzag(take_int(&mut input)?);
        if run > 0 && step == 0 {
            return Err(Damage::Form);
        }
        channel = channel.wrapping_add(step);
        if segment.runs.last().is_some_and(|last| last.0 >= channel) {
            return Err(Damage::Form);
        }
        segment.runs.push((channel, segment.points.len()));
        let mut last = Point::default();
        let count = take_int(&mut input)?;
        if count == 0 {
            return Err(Damage::Form);
        }
        for number in 0..count {
            let at = last.at.wrapping_add(unzigzag(take_int(&mut input)?));
            let sequence = last.sequence.wrapping_add(unzigzag(take_int(&mut input)?));
            let after = last.after.wrapping_add(unzigzag(take_int(&mut input)?));
            let flags = take_int(&mut input)?;
            let quality = u8::try_from(flags >> 1).map_err(|_| Damage::Form)?;
            let value = match flags & 1 {
                0 => None,
                _ => Some(last.value.unwrap_or(0).wrapping_add(unzigzag(take_int(&mut input)?))),
            };
            let point = Point { at, sequence, after, value, quality };
            if number > 0 && point.key() < last.key() {
                return Err(Damage::Form);
            }
            segment.points.push(point);
            last = Point { value: value.or(last.value), ..point };
        }
    }
    for _ in 0..take_int(&mut input)? {
        segment.demoted.push((unzigzag(take_int(&mut input)?), unzigzag(take_int(&mut input)?)));
    }
    if input.is_empty() { Ok(segment) } else { Err(Damage::Form) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn channel() -> impl Strategy<Value = Vec<Point>> {
        let point = (any::<i64>(), -9..9_i64, any::<i64>(), prop::option::of(any::<i64>()), any::<u8>())
            .prop_map(|(at, sequence, after, value, quality)| Point { at, sequence, after, value, quality });
        prop::collection::vec(point, 1..20).prop_map(|mut points| {
            in_order(&mut points);
            points
        })
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            channels in prop::collection::btree_map(any::<i64>(), channel(), 0..8),
            more in prop::collection::btree_map(0..4_i64, channel(), 0..4),
            demoted in prop::collection::vec((any::<i64>(), any::<i64>()), 0..4),
        ) {
            let segment = Segment::new(0, channels.clone(), demoted);
            prop_assert_eq!(decode(&segment.encode()), Ok(segment.clone()));
            let later = Segment::new(0, more.clone(), Vec::new());
            let both = segment.with(&later);
            prop_assert_eq!(both.len(), segment.len() + later.len());
            for channel in channels.keys().chain(more.keys()) {
                let mut points = [segment.of(*channel), later.of(*channel)].concat();
                in_order(&mut points);
                prop_assert_eq!(both.of(*channel), &points);
            }
            prop_assert_eq!(decode(&both.encode()), Ok(both));
        }
    }
}
