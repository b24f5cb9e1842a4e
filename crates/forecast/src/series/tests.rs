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

#[test]
fn parts_are_added_from_their_ends() {
    let part = |start: i32, values: &[Option<f64>]| Series {
        item: ItemId(1),
        grain: Grain::Daily,
        start: Day(start),
        values: values.to_vec(),
    };
    let late = part(12, &[Some(1.0), None, Some(2.0)]);
    let early = part(10, &[Some(5.0), Some(0.0), Some(3.0), None, Some(4.0)]);
    for parts in [[&late, &early], [&early, &late]] {
        let whole = sum(ItemId(-1), parts);
        assert_eq!((whole.item, whole.start), (ItemId(-1), Day(10)));
        assert_eq!(whole.values, [Some(5.0), Some(0.0), Some(4.0), None, Some(6.0)]);
    }
    assert!(sum(ItemId(-1), [&part(9, &[])]).values.is_empty());
}

#[test]
fn days_without_stock_are_missing_and_what_was_not_had_is_estimated() {
    let units = |day: i32| f64::from(day % 7);
    let mut daily = Series {
        item: ITEM,
        grain: Grain::Daily,
        start: Day(4),
        values: (0..70).map(|day| Some(units(day))).collect(),
    };
    // Day 31 is a third of a week, 38 sold nothing, 39 sold what it always does, 80 lies beyond.
    daily.values[27] = Some(1.0);
    daily.values[34] = Some(0.0);
    let empty: BTreeSet<Day> = [31, 38, 39, 80].map(Day).into();
    let whole = daily.clone();
    let found = censor(&mut daily, &empty);
    assert_eq!(
        found,
        [
            Censored { day: Day(31), sold: 1.0, unmet: 5.0 },
            Censored { day: Day(38), sold: 0.0, unmet: 6.0 },
            Censored { day: Day(39), sold: 0.0, unmet: 0.0 },
        ]
    );
    assert_eq!((daily.values[27], daily.values[34], daily.values[35]), (None, None, Some(0.0)));
    let mut weekly = Series { grain: Grain::Weekly, values: vec![Some(15.0); 10], ..whole.clone() };
    censor_weeks(&mut weekly, &found);
    assert_eq!((weekly.values[3], weekly.values[4], weekly.values[5]), (Some(20.0), Some(21.0), Some(15.0)));
    let most: Vec<Censored> = (32..36).map(|day| Censored { day: Day(day), sold: 0.0, unmet: 1.0 }).collect();
    censor_weeks(&mut weekly, &most);
    assert_eq!(weekly.values[4], None);
    let mut same = whole.clone();
    assert!(censor(&mut same, &BTreeSet::new()).is_empty() && same == whole);
}
