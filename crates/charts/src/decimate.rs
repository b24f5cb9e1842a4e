//! Fewer points than pixels need, without losing an extreme or a gap.
//!
//! After M4 (Jugel et al. 2014, "M4: A Visualization-Oriented Time Series Data Aggregation"): of each pixel column the first,
//! lowest, highest and last point stay, as they are. We deviate in two ways: a point may itself be a bucket with a minimum
//! and a maximum, and a gap inside a column splits it, so that it is still a gap when drawn.

use crate::model::Point;

/// Thins `points` (in order of time) for a plot of `px` columns over `window_ms`. What lies outside the window is kept
/// only as far as the line needs it: the neighbour on either side. Points that are no numbers become gaps.
pub fn decimate(points: &[Option<Point>], window_ms: (i64, i64), px: u32) -> Vec<Option<Point>> {
    let span = window_ms.1.saturating_sub(window_ms.0).max(1);
    let columns = i64::from(px.max(1));
    let column = |t_ms: i64| -> i64 {
        if t_ms < window_ms.0 {
            -1
        } else if t_ms > window_ms.1 {
            columns
        } else {
            (i128::from(t_ms - window_ms.0) * i128::from(columns) / i128::from(span)) as i64
        }
    };
    let inside: Vec<bool> =
        points.iter().map(|p| p.is_some_and(|p| p.t_ms >= window_ms.0 && p.t_ms <= window_ms.1)).collect();
    let first = inside.iter().position(|inside| *inside).map_or(0, |n| n.saturating_sub(1));
    let last = inside.iter().rposition(|inside| *inside).map_or(points.len(), |n| (n + 2).min(points.len()));
    // Nothing inside: the line may still cross the window from its last point before to its first after.
    let (first, last) = if inside.contains(&true) {
        (first, last)
    } else {
        let after =
            points.iter().position(|p| p.is_some_and(|p| p.t_ms > window_ms.1)).unwrap_or(points.len());
        (after.saturating_sub(1), (after + 1).min(points.len()))
    };
    let mut out = Vec::new();
    let mut bucket = Bucket::default();
    for point in &points[first..last] {
        match point.filter(|p| p.min.is_finite() && p.max.is_finite() && p.value.is_finite()) {
            None => {
                bucket.flush(&mut out);
                if !matches!(out.last(), None | Some(None)) {
                    out.push(None);
                }
            }
            Some(point) => {
                let column = column(point.t_ms);
                if bucket.column != Some(column) {
                    bucket.flush(&mut out);
                    bucket.column = Some(column);
                }
                bucket.take(point);
            }
        }
    }
    bucket.flush(&mut out);
    if matches!(out.last(), Some(None)) {
        out.pop();
    }
    out
}

#[derive(Default)]
struct Bucket {
    column: Option<i64>,
    taken: usize,
    first: Option<Point>,
    lowest: Option<(usize, Point)>,
    highest: Option<(usize, Point)>,
    last: Option<(usize, Point)>,
}

impl Bucket {
    fn take(&mut self, point: Point) {
        let at = self.taken;
        self.taken += 1;
        self.first.get_or_insert(point);
        if self.lowest.is_none_or(|(_, lowest)| point.min < lowest.min) {
            self.lowest = Some((at, point));
        }
        if self.highest.is_none_or(|(_, highest)| point.max > highest.max) {
            self.highest = Some((at, point));
        }
        self.last = Some((at, point));
    }

    fn flush(&mut self, out: &mut Vec<Option<Point>>) {
        let bucket = std::mem::take(self);
        let mut kept: Vec<(usize, Point)> =
            [bucket.first.map(|first| (0, first)), bucket.lowest, bucket.highest, bucket.last]
                .into_iter()
                .flatten()
                .collect();
        kept.sort_by_key(|(at, _)| *at);
        kept.dedup_by_key(|(at, _)| *at);
        out.extend(kept.into_iter().map(|(_, point)| Some(point)));
    }
}
