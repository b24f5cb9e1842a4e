use super::*;
use units::{Day, ItemId};

fn series(values: Vec<Option<f64>>) -> Series {
    // 1970-01-05 is a Monday.
    Series { item: ItemId(1), grain: Grain::Daily, start: Day(4), values }
}

#[test]
fn weekdays_that_never_trade_are_left_out() {
    // Ten weeks from a Monday, Sundays closed, ended on a Wednesday.
    let values = (0..73).map(|day| if day % 7 == 6 { None } else { Some(f64::from(day % 7)) }).collect();
    let series = series(values);
    let prepared = prepare(&series, 10);
    assert_eq!(prepared.season, 6);
    assert_eq!(prepared.history.len(), 63);
    assert!(prepared.observed.iter().all(|observed| *observed));
    // Thursday, Friday, Saturday, no Sunday, then Monday to Saturday.
    let open = [Some(0), Some(1), Some(2), None, Some(3), Some(4), Some(5), Some(6), Some(7), Some(8)];
    assert_eq!(prepared.ahead, open);
    assert_eq!(prepared.raw_of[6], 7, "after Saturday comes Monday");
}

#[test]
fn a_holiday_is_filled_from_its_weekday() {
    let mut values: Vec<Option<f64>> = (0..35).map(|day| Some(f64::from(day % 7) * 10.0)).collect();
    values[16] = None;
    let series = series(values);
    let prepared = prepare(&series, 1);
    assert_eq!((prepared.season, prepared.history[16], prepared.observed[16]), (7, 20.0, false));
}

#[test]
fn only_the_newest_history_is_seen() {
    let series = series((0..2000).map(|day| Some(f64::from(day))).collect());
    let prepared = prepare(&series, 1);
    assert_eq!(prepared.history.len(), HISTORY_STEPS_MAX);
    assert_eq!(prepared.history.last(), Some(&1999.0));
}

#[test]
fn nothing_at_all_is_prepared_to_nothing() {
    for values in [vec![], vec![None; 30], vec![Some(f64::NAN); 30]] {
        let series = series(values);
        let prepared = prepare(&series, 3);
        assert!(prepared.history.iter().all(|value| *value == 0.0));
        assert_eq!(prepared.open_ahead(), 3);
    }
}
