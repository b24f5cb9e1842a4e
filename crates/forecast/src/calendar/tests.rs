use super::*;

fn of(region: Region, year: i32) -> Vec<String> {
    let day = |month, day| Day::from_civil(year, month, day).expect("a day");
    let found = holidays(region, day(1, 1), day(12, 31));
    assert!(found.is_sorted());
    found.into_iter().map(|(day, holiday)| format!("{day} {holiday:?}")).collect()
}

#[test]
fn years_have_their_holidays() {
    assert_eq!(
        of(Region::Chinese, 2026),
        [
            "2026-01-01 NewYear",
            "2026-02-17 SpringFestival",
            "2026-04-05 Qingming",
            "2026-05-01 Labour",
            "2026-06-19 DragonBoat",
            "2026-09-25 MidAutumn",
            "2026-10-01 National",
        ]
    );
    assert_eq!(
        of(Region::American, 2017),
        [
            "2017-01-01 NewYear",
            "2017-04-16 Easter",
            "2017-07-04 Independence",
            "2017-11-23 Thanksgiving",
            "2017-12-25 Christmas",
        ]
    );
    assert!(of(Region::Other, 2024).contains(&"2024-03-31 Easter".to_owned()));
    assert_eq!(of(Region::Chinese, 2060).len(), 4, "the lunar ones are not known so far ahead");
}

#[test]
fn spans_and_zones_are_heeded() {
    let day = |month, day| Day::from_civil(2026, month, day).expect("a day");
    assert_eq!(holidays(Region::Other, day(12, 25), day(12, 25)), [(day(12, 25), Holiday::Christmas)]);
    assert!(holidays(Region::Other, day(12, 26), day(12, 24)).is_empty());
    assert!(holidays(Region::Other, Day(i32::MIN / 2), Day(i32::MAX / 2)).len() <= 100 * 5);
    for (zone, region) in [
        ("Asia/Shanghai", Region::Chinese),
        ("Asia/Tokyo", Region::Other),
        ("America/Chicago", Region::American),
        ("UTC", Region::Other),
    ] {
        assert_eq!(Region::of_zone(zone), region, "{zone}");
    }
}
