//! Readings into sums of a minute, a quarter of an hour, an hour and a day, and rows of sums into packed blocks and back.

use crate::chunk::{Coder, Damage, Kind, POINTS_MAX, Point, put_int, take_column, take_int};
use crate::telemetry::Bucket;
use crate::words::{GOOD, is_bad};
use units::{Milli, Millis, Timestamp};

/// Widths of the levels, finest first; a level's number is its place here. Each divides the next, and the last divides a month.
pub(crate) const LEVELS: [Millis; 4] =
    [Millis::minutes(1), Millis::minutes(15), Millis::hours(1), Millis::days(1)];

/// Slots of one packed block; what lies below one slot of the next level is always in one block.
pub(crate) const BLOCK: i64 = 120;

const _: () = assert!(BLOCK % 15 == 0 && BLOCK % 4 == 0 && BLOCK % 24 == 0);

/// What is kept of the readings of one slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub low: i64,
    pub high: i64,
    pub sum: i64,
    /// Good readings: where there are none, the values mean nothing.
    pub good: i64,
    pub first: i64,
    pub last: i64,
    pub suspect: i64,
    pub bad: i64,
}

impl Sums {
    pub fn add_point(&mut self, point: &Point) {
        let quality = i64::from(point.quality);
        match point.value {
            Some(value) if quality == GOOD => self.add(&Sums {
                low: value,
                high: value,
                sum: value,
                good: 1,
                first: value,
                last: value,
                ..Sums::default()
            }),
            _ if is_bad(quality) => self.bad += 1,
            _ => self.suspect += 1,
        }
    }

    /// Adds what comes later.
    pub fn add(&mut self, later: &Sums) {
        if later.good > 0 {
            if self.good == 0 {
                (self.low, self.high, self.first) = (later.low, later.high, later.first);
            }
            self.low = self.low.min(later.low);
            self.high = self.high.max(later.high);
            self.last = later.last;
            self.sum = self.sum.saturating_add(later.sum);
        }
        self.good += later.good;
        self.suspect += later.suspect;
        self.bad += later.bad;
    }

    pub fn is_empty(&self) -> bool {
        self.good + self.suspect + self.bad == 0
    }

    pub fn bucket(&self, at: Timestamp) -> Bucket {
        let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let told = |value: i64| (self.good > 0).then_some(Milli(value));
        let mean = (self.good > 0).then(|| {
            let (sum, good) = (i128::from(self.sum), i128::from(self.good));
            let half = if sum < 0 { -good / 2 } else { good / 2 };
            Milli(i64::try_from((sum + half) / good).unwrap_or(self.sum))
        });
        Bucket {
            at,
            min: told(self.low),
            max: told(self.high),
            mean,
            last: told(self.last),
            count: small(self.good),
            suspect: small(self.suspect.saturating_add(self.bad)),
        }
    }
}

/// Sums of one slot.
pub(crate) type Row = (i64, Sums);

/// Sums of each slot of a level that has readings; the readings in order of time.
pub(crate) fn sum_up(points: &[Point], level: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let width = LEVELS[level].0;
    // The end of the current slot, so that most readings cost no division.
    let mut until = i64::MIN;
    for point in points {
        if rows.is_empty() || point.at >= until {
            let slot = point.at.div_euclid(width);
            until = slot.saturating_add(1).saturating_mul(width);
            rows.push((slot, Sums::default()));
        }
        if let Some((_, sums)) = rows.last_mut() {
            sums.add_point(point);
        }
    }
    rows
}

/// A block's rows as bytes, smallest slot first; at most [`BLOCK`] of them.
pub(crate) fn encode(coder: &mut Coder, rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 10);
    put_int(&mut out, rows.len() as u64);
    coder.put(&mut out, rows.iter().map(|row| row.0));
    for column in [|s: &Sums| s.good, |s: &Sums| s.suspect, |s: &Sums| s.bad] {
        coder.put(&mut out, rows.iter().map(|row| column(&row.1)));
    }
    // Beside the lowest value, the others are small.
    let told = || rows.iter().map(|row| &row.1).filter(|sums| sums.good > 0);
    coder.put(&mut out, told().map(|s| s.low));
    coder.put(&mut out, told().map(|s| s.high.wrapping_sub(s.low)));
    coder.put(&mut out, told().map(|s| s.first.wrapping_sub(s.low)));
    coder.put(&mut out, told().map(|s| s.last.wrapping_sub(s.low)));
    coder.put(&mut out, told().map(|s| s.sum.wrapping_sub(s.low.wrapping_mul(s.good))));
    coder.seal(Kind::Rollup, &out)
}

/// The rows of a block.
pub(crate) fn decode(coder: &mut Coder, piece: &[u8]) -> Result<Vec<Row>, Damage> {
    let packed = coder.unseal(Kind::Rollup, piece)?;
    let rows = read(&packed);
    coder.give_back(packed);
    rows
}

fn read(mut input: &[u8]) -> Result<Vec<Row>, Damage> {
    let count = usize::try_from(take_int(&mut input)?).map_err(|_| Damage::Form)?;
    if count > POINTS_MAX {
        return Err(Damage::Form);
    }
    let mut rows = vec![(0, Sums::default()); count];
    let mut column = Vec::new();
    take_column(&mut input, count, &mut column)?;
    rows.iter_mut().zip(&column).for_each(|(row, slot)| row.0 = *slot);
    for set in [|s: &mut Sums, n| s.good = n, |s: &mut Sums, n| s.suspect = n, |s: &mut Sums, n| s.bad = n] {
        take_column(&mut input, count, &mut column)?;
        // No slot holds so many; sums of such numbers would not fit.
        if column.iter().any(|n| !(0..=1 << 40).contains(n)) {
            return Err(Damage::Form);
        }
        rows.iter_mut().zip(&column).for_each(|(row, n)| set(&mut row.1, *n));
    }
    let told = rows.iter().filter(|row| row.1.good > 0).count();
    let sets: [fn(&mut Sums, i64); 5] = [
        |s, n| s.low = n,
        |s, n| s.high = s.low.wrapping_add(n),
        |s, n| s.first = s.low.wrapping_add(n),
        |s, n| s.last = s.low.wrapping_add(n),
        |s, n| s.sum = s.low.wrapping_mul(s.good).wrapping_add(n),
    ];
    for set in sets {
        take_column(&mut input, told, &mut column)?;
        rows.iter_mut().filter(|row| row.1.good > 0).zip(&column).for_each(|(row, n)| set(&mut row.1, *n));
    }
    let ordered = rows.is_sorted_by(|a, b| a.0 < b.0);
    if input.is_empty() && ordered { Ok(rows) } else { Err(Damage::Form) }
}

/// Where the rows of a span are read from, and how they are cut into buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// A level; `None` is the readings themselves.
    pub level: Option<usize>,
    /// In steps: the first, how many, and of how many ms each.
    first: i64,
    steps: i64,
    step: i64,
    buckets: i64,
}

impl Plan {
    /// The coarsest level that has at least one row for each bucket: so each bucket is one or a few whole rows (up to 4 below an
    /// hour, up to 15 and 24 where the levels lie further apart), and its extremes are those of its readings.
    pub fn of(from: Timestamp, to: Timestamp, buckets: u32) -> Self {
        let buckets = i64::from(buckets.max(1));
        let span = i128::from(to.0) - i128::from(from.0);
        let level = LEVELS.iter().rposition(|width| span >= i128::from(width.0) * i128::from(buckets));
        let step = level.map_or(1, |level| LEVELS[level].0);
        let first = from.0.div_euclid(step);
        let end = to.0.saturating_sub(1).div_euclid(step).saturating_add(1);
        let steps = end.saturating_sub(first).max(1);
        Self { level, first, steps, step, buckets: buckets.min(steps) }
    }

    /// The first instant, and the one after the last.
    pub fn span(&self) -> (i64, i64) {
        (
            self.first.saturating_mul(self.step),
            self.first.saturating_add(self.steps).saturating_mul(self.step),
        )
    }

    /// The widest bucket: they differ by one step at most.
    pub fn width(&self) -> Millis {
        let steps = (self.steps - 1) / self.buckets + 1;
        Millis(steps.saturating_mul(self.step))
    }

    fn start(&self, bucket: i64) -> i64 {
        let (bucket, steps, buckets) = (i128::from(bucket), i128::from(self.steps), i128::from(self.buckets));
        let step = (bucket * steps + buckets - 1) / buckets;
        self.first.saturating_add(i64::try_from(step).unwrap_or(i64::MAX)).saturating_mul(self.step)
    }

    fn bucket_of(&self, at: i64) -> i64 {
        let step = i128::from(at.div_euclid(self.step)) - i128::from(self.first);
        let bucket = step * i128::from(self.buckets) / i128::from(self.steps);
        i64::try_from(bucket).unwrap_or(0).clamp(0, self.buckets - 1)
    }
}

/// Gathers what comes in order of time into buckets.
pub(crate) struct Gather<'a> {
    plan: &'a Plan,
    done: Vec<Bucket>,
    current: Sums,
    /// The current bucket's span.
    from: i64,
    until: i64,
}

impl<'a> Gather<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan, done: Vec::new(), current: Sums::default(), from: 0, until: i64::MIN }
    }

    #[inline]
    fn go_to(&mut self, at: i64) {
        if at >= self.until {
            self.close();
            let bucket = self.plan.bucket_of(at);
            (self.from, self.until) = (self.plan.start(bucket), self.plan.start(bucket + 1));
            if self.until <= at {
                self.until = i64::MAX;
            }
        }
    }

    fn close(&mut self) {
        if !self.current.is_empty() {
            self.done.push(self.current.bucket(Timestamp(self.from)));
            self.current = Sums::default();
        }
    }

    #[inline]
    pub fn point(&mut self, point: &Point) {
        self.go_to(point.at);
        self.current.add_point(point);
    }

    pub fn row(&mut self, row: &Row) {
        self.go_to(row.0.saturating_mul(self.plan.step));
        self.current.add(&row.1);
    }

    pub fn buckets(mut self) -> Vec<Bucket> {
        self.close();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sums() -> impl Strategy<Value = Sums> {
        (any::<[i64; 5]>(), 0..4_i64, 0..3_i64, 0..3_i64).prop_map(|(v, good, suspect, bad)| match good {
            0 => Sums { suspect, bad, ..Sums::default() },
            _ => Sums { low: v[0], high: v[1], sum: v[2], good, first: v[3], last: v[4], suspect, bad },
        })
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(rows in prop::collection::btree_map(any::<i64>(), sums(), 0..BLOCK as usize)) {
            let rows: Vec<Row> = rows.into_iter().collect();
            let mut coder = Coder::new();
            let piece = encode(&mut coder, &rows);
            prop_assert_eq!(decode(&mut coder, &piece), Ok(rows));
        }

        /// Whatever is asked for: as many buckets as asked where there are as many steps, side by side, over the whole span.
        #[test]
        fn buckets_lie_side_by_side(from in any::<i32>(), span in 1..40_000_000_000_i64, buckets in 1..3_000_u32) {
            let from = i64::from(from) * 1_000;
            let plan = Plan::of(Timestamp(from), Timestamp(from + span), buckets);
            let (first, end) = plan.span();
            prop_assert!(first <= from && end >= from + span);
            prop_assert!(plan.buckets <= i64::from(buckets) && (plan.buckets == i64::from(buckets) || plan.step == 1));
            prop_assert_eq!((plan.start(0), plan.start(plan.buckets)), (first, end));
            for bucket in 0..plan.buckets {
                let (start, next) = (plan.start(bucket), plan.start(bucket + 1));
                prop_assert!(start < next && next - start <= plan.width().0);
                prop_assert_eq!((plan.bucket_of(start), plan.bucket_of(next - 1)), (bucket, bucket));
            }
        }
    }
}
