use crate::*;
use proptest::prelude::*;

#[test]
fn amounts_read_and_write() {
    for (text, milli, shown) in
        [("4.25", 4250, "4.25"), ("-0.0005", -1, "-0.001"), ("7", 7000, "7"), (".5", 500, "0.5")]
    {
        assert_eq!(Milli::parse(text), Some(Milli(milli)), "{text}");
        assert_eq!(Milli(milli).to_string(), shown);
    }
    for bad in ["", "-", ".", "1e3", "NaN", "1,5", "99999999999999999999"] {
        assert_eq!(Quantity::parse(bad), None, "{bad}");
    }
    assert_eq!(format!("{:.1}", Milli(-4250)), "-4.3");
    assert_eq!(format!("{:.1}", Milli(-49)), "0.0");
    assert_eq!(Money(150).times(Quantity(2500)), Money(375));
}

#[test]
fn days_follow_the_calendar() {
    assert_eq!(Day::parse("1970-01-01"), Some(Day(0)));
    assert_eq!(Day::parse("2024-02-29").map(|d| d.plus(1).to_string()).as_deref(), Some("2024-03-01"));
    assert_eq!(Day::parse("2023-02-29"), None);
    assert_eq!(Day::parse("2026-11-22").map(Day::weekday), Some(6));
    assert_eq!(Timestamp(1_795_360_547_000).to_string(), "2026-11-22T15:15:47.000Z");
}

proptest! {
    #[test]
    fn a_day_survives_the_calendar(day in -1_000_000..1_000_000i32) {
        let (y, m, d) = Day(day).civil();
        prop_assert_eq!(Day::from_civil(y, m, d), Some(Day(day)));
    }

    #[test]
    fn an_amount_survives_its_text(value in any::<i32>()) {
        let milli = Milli(i64::from(value));
        prop_assert_eq!(Milli::parse(&milli.to_string()), Some(milli));
    }
}

#[test]
fn a_place_must_be_on_earth_and_distances_agree_with_a_known_one() {
    assert!(GeoPoint::from_degrees(90.1, 0.0).is_none());
    assert!(GeoPoint::from_degrees(0.0, f64::NAN).is_none());
    let helsinki = GeoPoint::from_degrees(60.1699, 24.9384).expect("a place");
    let tampere = GeoPoint::from_degrees(61.4978, 23.7610).expect("a place");
    let metres = helsinki.metres_to(tampere);
    assert!((metres - 161_000.0).abs() < 1_000.0, "{metres}");
    assert_eq!(helsinki.metres_to(helsinki), 0.0);
}
