use super::*;

const ITEM: ItemId = ItemId(1);

fn day(text: &str) -> Day {
    Day::parse(text).expect("a date")
}

fn sums(lines: &[(&str, i64)]) -> Vec<(Day, Quantity)> {
    lines.iter().map(|(date, units)| (day(date), Quantity::of(*units))).collect()
}

/// 2026-11-02 is a Monday.
#[test]
fn zero_and_missing_are_told_apart() {
    let span = (day("2026-11-02"), day("2026-11-09"));
    // The site traded every day but Sunday the 8th; this item sold first on the 4th.
    let closed = closed_days((2..=7).chain([9]).map(|d| day(&format!("2026-11-{d:02}"))), span);
    assert_eq!(closed, BTreeSet::from([day("2026-11-08")]));
    let lines = sums(&[
        ("2026-11-06", 2),
        ("2026-11-04", 3),
        ("2026-11-06", 1),
        ("2026-11-07", -1),
        ("2026-12-01", 9),
    ]);
    let series = daily(ITEM, &lines, span, &closed);
    assert_eq!(series.start, day("2026-11-04"), "before its first sale it was not listed");
    assert_eq!(series.values, [Some(3.0), Some(0.0), Some(3.0), Some(0.0), None, Some(0.0)]);
    assert_eq!(end(&series), day("2026-11-10"));
}

#[test]
fn weeks_are_whole() {
    // Wednesday to Tuesday: two whole weeks lie within.
    let span = (day("2026-10-28"), day("2026-11-17"));
    let closed: BTreeSet<Day> = (9..=15).map(|d| day(&format!("2026-11-{d:02}"))).collect();
    let lines = sums(&[("2026-10-29", 5), ("2026-11-05", 2), ("2026-11-08", 1), ("2026-11-16", 7)]);
    let series = weekly(ITEM, &lines, span, &closed);
    assert_eq!(series.start, day("2026-11-02"));
    assert_eq!(series.values, [Some(3.0), None], "the site did not trade in the second");
    assert_eq!(season(&series), 1);
}

#[test]
fn no_sale_is_an_empty_series() {
    let span = (day("2026-11-02"), day("2026-11-09"));
    let none = BTreeSet::new();
    for series in [daily(ITEM, &[], span, &none), weekly(ITEM, &[], span, &none)] {
        assert_eq!((series.start, series.values.len()), (span.0, 0));
    }
    let backwards = (span.1, span.0);
    assert!(weekly(ITEM, &sums(&[("2026-11-03", 1)]), backwards, &none).values.is_empty());
}

#[test]
fn a_fingerprint_follows_the_data() {
    let series =
        Series { item: ITEM, grain: Grain::Daily, start: Day(0), values: vec![Some(1.0), None, Some(0.0)] };
    let mut other = series.clone();
    other.item = ItemId(2);
    assert_eq!(fingerprint(&series), fingerprint(&other), "whose it is does not matter");
    for edit in [
        (|s| s.values[1] = Some(0.0)) as fn(&mut Series),
        |s| s.start = Day(1),
        |s| s.grain = Grain::Weekly,
        |s| s.values.push(None),
    ] {
        let mut other = series.clone();
        edit(&mut other);
        assert_ne!(fingerprint(&series), fingerprint(&other));
    }
}
