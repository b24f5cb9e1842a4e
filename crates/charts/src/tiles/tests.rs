use super::*;
use proptest::prelude::*;

fn minutes(from: i64, count: i64, value: impl Fn(i64) -> i64) -> Buckets {
    let at: Vec<i64> = (0..count).map(|n| (from + n) * 60_000).collect();
    let values: Vec<i64> = (0..count).map(|n| value(from + n)).collect();
    Buckets {
        width_ms: 60_000,
        min: values.clone(),
        max: values.clone(),
        mean: values,
        doubt: vec![0; at.len()],
        at,
    }
}

#[test]
fn a_window_has_a_bucket_a_pixel() {
    for (span, px, width) in [
        (365 * 86_400_000, 1280, 21_600_000),
        (30 * 86_400_000, 1280, 1_800_000),
        (86_400_000, 1280, 60_000),
        (60_000, 1280, 20),
        (1, 1280, 20),
    ] {
        assert_eq!(width_ms(span, px), width);
    }
    for pair in WIDTHS_MS.windows(2) {
        assert!(pair[0] < pair[1] && 86_400_000 % pair[0] == 0);
    }
    assert_eq!(tiles_of(60_000, (0, 61_440_000)), 0..=0);
    assert_eq!(tiles_of(60_000, (-1, 61_440_001)), -1..=1);
    assert_eq!(tile_span(60_000, -1), (-61_440_000, 0));
}

#[test]
fn tiles_meet_without_a_seam() {
    let mut tiles = Tiles::default();
    tiles.keep(7, 60_000, 0, minutes(0, 1024, |n| n), 0.0);
    tiles.keep(7, 60_000, 1, minutes(1024, 1024, |n| n), 0.0);
    let window = (1000 * 60_000, 1050 * 60_000);
    let line = tiles.line(7, "a", 60_000, window, window.1);
    let values: Vec<f64> =
        line.points.iter().map(|p| p.map_or(-1.0, |p| (p.value * 1000.0).round())).collect();
    assert_eq!(values, (1000..1050).map(f64::from).collect::<Vec<_>>());
    assert_eq!(line.doubts, []);
    assert_eq!(tiles.ends(7, 60_000, window), Some((1.0, 1.049)));
    let read = tiles.read(7, 60_000, 1024 * 60_000 + 20_000, 300_000).and_then(|read| read.point);
    assert_eq!(read.map(|p| p.t_ms), Some(1024 * 60_000));
    assert!(tiles.read(7, 60_000, -3_600_000, 300_000).is_none());
}

#[test]
fn gaps_are_gaps_and_doubts_are_told() {
    let mut buckets = minutes(0, 60, |_| 4000);
    buckets.doubt[10] = 1;
    buckets.doubt[11] = 1;
    (buckets.min[11], buckets.max[11]) = (i64::MAX, i64::MIN);
    for array in [&mut buckets.at, &mut buckets.min, &mut buckets.max, &mut buckets.mean] {
        array.drain(30..40);
    }
    buckets.doubt.drain(30..40);
    let mut tiles = Tiles::default();
    tiles.keep(1, 60_000, 0, buckets, 0.0);
    let line = tiles.line(1, "", 60_000, (0, 3_600_000), 3_600_000);
    let minute = 60_000;
    assert_eq!(
        line.doubts,
        [
            Doubt { from_ms: 10 * minute, to_ms: 12 * minute, kind: DoubtKind::Suspect },
            Doubt { from_ms: 30 * minute, to_ms: 40 * minute, kind: DoubtKind::NoData }
        ]
    );
    assert_eq!(line.points.iter().filter(|p| p.is_none()).count(), 2, "one gap, one bucket of doubt alone");
    let silent = tiles.line(1, "", minute, (0, 7_200_000), 7_200_000);
    assert_eq!(silent.doubts.last().map(|d| (d.from_ms, d.to_ms)), Some((60 * minute, 120 * minute)));
    let not_yet = tiles.line(2, "", minute, (0, 7_200_000), 7_200_000);
    assert_eq!(not_yet.doubts, [], "what has not come is not a gap");
}

#[test]
fn what_another_width_knows_stands_in() {
    let mut tiles = Tiles::default();
    tiles.keep(1, 60_000, 0, minutes(0, 1024, |n| if n == 500 { 9000 } else { 4000 }), 0.0);
    let near = (499 * 60_000, 502 * 60_000);
    let width = width_ms(near.1 - near.0, 1280);
    assert!(!tiles.whole(1, width, near));
    assert_eq!(tiles.ends(1, width, near), Some((4.0, 9.0)));
    assert!(
        tiles.wants(1, width, 0, 0.0) && tiles.wants(1, 60_000, 0, 1.0) && !tiles.wants(1, 60_000, 0, 0.0)
    );
}

#[test]
fn what_was_not_looked_at_goes_first() {
    let mut tiles = Tiles::default();
    for tile in 0..=TILES_MAX as i64 {
        tiles.keep(1, 60_000, tile, Buckets::default(), 0.0);
        tiles.touch(1, 60_000, (0, 60_000));
    }
    assert!(!tiles.wants(1, 60_000, 0, 0.0), "the first is looked at all the time");
    assert!(tiles.wants(1, 60_000, 1, 0.0));
}

proptest! {
    #[test]
    fn no_window_hides_an_extreme(
        values in prop::collection::vec(-50_000i64..50_000, 1..3000),
        from in 0usize..3000,
        long in 1usize..3000,
    ) {
        let mut tiles = Tiles::default();
        for (tile, part) in values.chunks(1024).enumerate() {
            tiles.keep(1, 60_000, tile as i64, minutes(tile as i64 * 1024, part.len() as i64, |n| values[n as usize]), 0.0);
        }
        let from = from.min(values.len() - 1);
        let to = (from + long).min(values.len());
        let window = (from as i64 * 60_000, to as i64 * 60_000);
        let line = tiles.line(1, "", 60_000, window, window.1);
        let seen: Vec<i64> = line.points.iter().flatten().map(|p| (p.value * 1000.0).round() as i64).collect();
        prop_assert_eq!(&seen, &values[from..to]);
    }
}
