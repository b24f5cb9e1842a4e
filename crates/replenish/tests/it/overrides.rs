//! A person's numbers beside the baseline: what plans make of them.

use super::{TODAY, any_forecast, any_item, defaults, forecast, input, item, level, steady};
use domain::{DemandOverride, OverrideChange};
use proptest::prelude::*;
use replenish::{ItemInput, assess, check, check_demand, overridden, propose, with_overrides};
use units::{ItemId, OverrideId, Quantity, Timestamp};

fn one(id: i64, from: i32, to: i32, change: OverrideChange) -> DemandOverride {
    DemandOverride {
        id: OverrideId(id),
        item: ItemId(1),
        from: TODAY.plus(from),
        to: TODAY.plus(to),
        change,
        baseline: Quantity::ZERO,
        value: Quantity::ZERO,
        why: "festival".into(),
        by: "L. Chen".into(),
        at: Timestamp(0),
        cleared: None,
    }
}

#[test]
fn an_override_replaces_the_days_it_speaks_of_and_no_others() {
    let (item, forecast) = (item(), steady());
    let overrides = [one(1, 0, 6, OverrideChange::Total(Quantity::of(140)))];
    let with = ItemInput { overrides: &overrides, ..input(&item, Some(level(35, 0)), &forecast) };
    let (assessment, _) = assess(&with, &defaults(), TODAY);
    let why = &assessment.reason;
    // Nine days of ten; the first seven of them are twenty.
    assert_eq!((why.baseline_over_cover, why.demand_over_cover), (Quantity::of(90), Quantity::of(160)));
    assert_eq!(why.overrides.len(), 1);
    assert_eq!(
        (why.overrides[0].baseline, why.overrides[0].value, why.overrides[0].by.as_str()),
        (Quantity::of(70), Quantity::of(140), "L. Chen")
    );
    let (proposals, _) = propose(&[with], &defaults(), TODAY);
    check(&proposals[0]).expect("its figures follow from its reasons");
    check_demand(&proposals[0], &forecast, &overrides).expect("and from the forecast and the override");
    assert!(check_demand(&proposals[0], &forecast, &[]).is_err(), "not from the baseline alone");
    let steps = overridden(&forecast, &overrides);
    assert!(steps[..7].iter().all(|step| step.is_some_and(|value| (value - 20.0).abs() < 1e-9)));
    assert!(steps[7..].iter().all(Option::is_none));
    let shown = with_overrides(&forecast, &overrides);
    assert!((shown.quantiles[0][4] - 20.0).abs() < 1e-9 && shown.quantiles[7] == forecast.quantiles[7]);
}

#[test]
fn the_newest_override_of_a_day_holds_and_one_taken_back_does_not() {
    let (item, forecast) = (item(), steady());
    let mut overrides =
        vec![one(1, 0, 8, OverrideChange::Percent(50)), one(2, 2, 3, OverrideChange::Percent(-100))];
    let expected = |overrides: &[DemandOverride]| {
        let with = ItemInput { overrides, ..input(&item, Some(level(35, 0)), &forecast) };
        assess(&with, &defaults(), TODAY).0.reason.demand_over_cover
    };
    assert_eq!(expected(&overrides), Quantity::of(7 * 15));
    overrides[1].cleared = Some((Timestamp(1), "L. Chen".into()));
    assert_eq!(expected(&overrides), Quantity::of(9 * 15));
}

#[test]
fn demand_where_the_baseline_has_none_is_spread_evenly_and_uncertain() {
    let (item, none) = (item(), forecast(0.0, [0.0; 9]));
    let overrides = [one(1, 0, 13, OverrideChange::Total(Quantity::of(28)))];
    let with = ItemInput { overrides: &overrides, ..input(&item, Some(level(0, 0)), &none) };
    let (assessment, _) = assess(&with, &defaults(), TODAY);
    assert_eq!(assessment.reason.demand_over_cover, Quantity::of(18));
    assert!(assessment.reason.safety_stock > Quantity::of(5), "{}", assessment.reason.safety_stock);
}

proptest! {
    #[test]
    fn whatever_the_override_the_figures_follow(
        forecast in any_forecast(), item in any_item(), on_hand in -50..500_i64, from in -5..40_i32, days in 0..60_i32,
        percent in -100..900_i32, total in 0..5000_i64, by_total in any::<bool>(), second in -5..40_i32,
    ) {
        let change = if by_total { OverrideChange::Total(Quantity::of(total)) } else { OverrideChange::Percent(percent) };
        let overrides = [one(1, from, from + days, change), one(2, second, second + 3, OverrideChange::Percent(percent))];
        let with = ItemInput { overrides: &overrides, ..input(&item, Some(level(on_hand, 0)), &forecast) };
        let (proposals, _) = propose(&[with], &defaults(), TODAY);
        for proposal in &proposals {
            if let Err(mismatch) = check(proposal).and_then(|()| check_demand(proposal, &forecast, &overrides)) {
                return Err(TestCaseError::fail(mismatch.to_string()));
            }
        }
    }

    #[test]
    fn more_expected_never_orders_less(forecast in any_forecast(), item in any_item(), on_hand in 0..500_i64, percent in 0..300_i32, more in 0..300_i32) {
        let quantity = |percent| {
            let overrides = [one(1, 0, 200, OverrideChange::Percent(percent))];
            let with = ItemInput { overrides: &overrides, ..input(&item, Some(level(on_hand, 0)), &forecast) };
            assess(&with, &defaults(), TODAY).0.reason.order_up_to
        };
        // Whole wants: safety stock steps by one.
        prop_assert!(quantity(percent + more).0 + 1000 >= quantity(percent).0);
    }
}
