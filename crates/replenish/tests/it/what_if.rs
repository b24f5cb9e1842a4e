//! Trials of service level and budget: never overspent, never worse for more money, packs and minimums kept.

use super::{TODAY, any_forecast, any_item, defaults, forecast, input, item, level, steady};
use domain::{Basis, DemandForecast, Item};
use proptest::prelude::*;
use replenish::{WhatIf, check, check_with_minimum, propose};
use std::collections::BTreeMap;
use units::{ItemId, Money, Permille, Quantity};

fn what_if(all: &[(Item, DemandForecast, i64)], prices: &BTreeMap<ItemId, Money>) -> WhatIf {
    let inputs: Vec<_> =
        all.iter().map(|(item, forecast, on_hand)| input(item, Some(level(*on_hand, 0)), forecast)).collect();
    WhatIf::new(&inputs, &BTreeMap::new(), prices, &defaults(), TODAY)
}

#[test]
fn money_goes_where_it_avoids_the_dearest_shortage() {
    let named = |id: i64, cost: i64| Item { id: ItemId(id), unit_cost: Some(Money(cost)), ..item() };
    // Alike, but the second brings four times what the first does.
    let all = [(named(1, 250), steady(), 35), (named(2, 250), steady(), 35)];
    let prices = BTreeMap::from([(ItemId(1), Money(300)), (ItemId(2), Money(1200))]);
    let trial = what_if(&all, &prices);
    let wanted = trial.wanted(Permille(950));
    assert_eq!(wanted, [Quantity::of(132); 2]);
    let kept = trial.within(&wanted, Money(250 * 84));
    assert!(kept[1] > kept[0], "{kept:?}");
    assert!(trial.outcome(&kept).cost <= Money(250 * 84));
    assert!(trial.risk(0, kept[0]).lost < trial.risk(0, Quantity::ZERO).lost.plus(Money(1)));
    assert_eq!(trial.within(&wanted, Money(250 * 264)), wanted, "enough for all");
    assert_eq!(trial.within(&wanted, Money(100)), [Quantity::ZERO; 2], "less than a pack");
    let basis = Basis::WhatIf { budget: Some(Money(250 * 84)) };
    for proposal in trial.proposals(&kept, Permille(950), basis) {
        assert_eq!(proposal.reason.basis, basis);
        check_with_minimum(&proposal, None).expect("a budget explains less than the need");
    }
}

#[test]
fn a_higher_service_level_costs_more_and_risks_less() {
    let all = [
        (item(), steady(), 35),
        (Item { id: ItemId(2), ..item() }, forecast(2.0, [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0]), 4),
    ];
    let trial = what_if(&all, &BTreeMap::new());
    let at = |level| trial.outcome(&trial.wanted(Permille(level)));
    let (low, high) = (at(900), at(995));
    assert!(
        high.cost > low.cost && high.lost <= low.lost && high.stock_outs <= low.stock_outs,
        "{low:?} {high:?}"
    );
}

fn any_world() -> impl Strategy<Value = Vec<(Item, DemandForecast, i64)>> {
    prop::collection::vec((any_item(), any_forecast(), -20..300_i64, 0..2_000_i64), 1..8).prop_map(|rows| {
        rows.into_iter()
            .zip(1..)
            .map(|((item, forecast, on_hand, cost), id)| {
                let item = Item { id: ItemId(id), unit_cost: Some(Money(cost)), service_level: None, ..item };
                (item, DemandForecast { item: ItemId(id), ..forecast }, on_hand)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn without_a_budget_a_trial_is_the_plan(all in any_world()) {
        let trial = what_if(&all, &BTreeMap::new());
        let inputs: Vec<_> = all.iter().map(|(item, forecast, on_hand)| input(item, Some(level(*on_hand, 0)), forecast)).collect();
        let (plan, _) = propose(&inputs, &defaults(), TODAY);
        prop_assert_eq!(trial.proposals(&trial.wanted(defaults().service_level), defaults().service_level, Basis::Plan), plan);
    }

    #[test]
    fn a_budget_is_kept_and_orders_stay_orders(all in any_world(), service in 500..1000_u16, share in 0.0..1.2_f64) {
        let trial = what_if(&all, &BTreeMap::new());
        let wanted = trial.wanted(Permille(service));
        let budget = Money((trial.outcome(&wanted).cost.0 as f64 * share) as i64);
        let kept = trial.within(&wanted, budget);
        prop_assert!(trial.outcome(&kept).cost <= budget);
        for ((kept, wanted), (item, ..)) in kept.iter().zip(&wanted).zip(&all) {
            prop_assert!(kept <= wanted && kept.0 >= 0);
            let pack = item.pack_size.map_or(1, |pack| pack.0);
            prop_assert_eq!(kept.0 % pack, 0);
            prop_assert!(kept.0 == 0 || *kept >= item.order_quantity_min.unwrap_or(Quantity::ZERO));
        }
        if share >= 1.0 {
            prop_assert_eq!(&kept, &wanted);
        }
        for proposal in trial.proposals(&kept, Permille(service), Basis::WhatIf { budget: Some(budget) }) {
            if let Err(mismatch) = check(&proposal) {
                return Err(TestCaseError::fail(mismatch.to_string()));
            }
        }
    }

    #[test]
    fn more_money_never_avoids_less(all in any_world(), service in 500..1000_u16, share in 0.0..1.0_f64, more in 0.0..0.5_f64) {
        let trial = what_if(&all, &BTreeMap::new());
        let wanted = trial.wanted(Permille(service));
        let total = trial.outcome(&wanted).cost.0 as f64;
        let lost = |share: f64| trial.outcome(&trial.within(&wanted, Money((total * share) as i64))).lost;
        // Hundredths of each item's loss are rounded.
        prop_assert!(lost(share + more).0 <= lost(share).0 + 2 * all.len() as i64, "{} {}", lost(share + more), lost(share));
    }
}
