use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp(100_000_000);

/// A value a minute over the last half hour, by the minute before now.
fn points(value: impl Fn(i64) -> f64) -> Vec<(Timestamp, Milli)> {
    (0..=30).rev().map(|ago| (NOW - Millis::minutes(ago), Milli::from_f64(value(ago)))).collect()
}

fn estimate(points: &[(Timestamp, Milli)]) -> Option<TimeToLimit> {
    to_limit(points, Some(Milli(8_000)), Some(Milli(2_000)), NOW, &Params::default())
}

/// Noise that is the same each time.
fn wobble(ago: i64) -> f64 {
    (ago * 7919 % 13) as f64 / 100.0 - 0.06
}

#[test]
fn a_steady_rise_reaches_the_limit_in_time() {
    let found = estimate(&points(|ago| 6.0 - ago as f64 * 0.05 + wobble(ago))).expect("it rises");
    assert_eq!(found.kind, AlarmKind::High);
    assert!((found.minutes - 40.0).abs() < 4.0, "{found:?}");
    assert!(found.earliest <= found.minutes && found.latest.is_some_and(|latest| latest >= found.minutes));
    assert!((found.per_hour.to_f64() - 3.0).abs() < 0.3);
    let falling = estimate(&points(|ago| 3.0 + ago as f64 * 0.05 + wobble(ago))).expect("it falls");
    assert_eq!(falling.kind, AlarmKind::Low);
    assert!((falling.minutes - 20.0).abs() < 3.0, "{falling:?}");
}

#[test]
fn what_is_not_sure_is_not_said() {
    assert_eq!(estimate(&points(|ago| 5.0 + wobble(ago))), None);
    assert_eq!(estimate(&points(|_| 5.0)), None);
    assert_eq!(estimate(&points(|ago| 5.0 - ago as f64 * 0.0001)), None);
    assert_eq!(estimate(&points(|ago| 6.0 - ago as f64 * 0.05)[27..]), None);
    assert_eq!(estimate(&[]), None);
    assert_eq!(
        to_limit(&points(|ago| 6.0 - ago as f64 * 0.05), None, Some(Milli(0)), NOW, &Params::default()),
        None
    );
}

#[test]
fn an_outlier_moves_nothing_and_beyond_is_now() {
    let clean = estimate(&points(|ago| 6.0 - ago as f64 * 0.05 + wobble(ago))).expect("it rises");
    let dirty = estimate(&points(|ago| if ago == 3 { 85.0 } else { 6.0 - ago as f64 * 0.05 + wobble(ago) }));
    assert!((dirty.expect("it rises").minutes - clean.minutes).abs() < 5.0);
    assert_eq!(estimate(&points(|ago| 12.0 - ago as f64 * 0.05)).map(|found| found.minutes), Some(0.0));
}

proptest! {
    #[test]
    fn any_points_are_survived(raw in prop::collection::vec((0i64..3_600_000, any::<i32>()), 0..200)) {
        let mut points: Vec<_> = raw.into_iter().map(|(ago, value)| (NOW - Millis(ago), Milli(i64::from(value)))).collect();
        points.sort();
        if let Some(found) = estimate(&points) {
            prop_assert!(found.minutes.is_finite() && found.minutes >= 0.0 && found.earliest <= found.minutes);
        }
    }
}
