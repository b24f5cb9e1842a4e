//! Proposals as a whole: the worked example, the assumptions, and what must hold whatever the numbers.

use domain::{DemandForecast, FindingCode, ForecastModel, Grain, Item, SiteDefaults, StockLevel, Supplier};
use proptest::prelude::*;
use replenish::{ItemInput, assess, assess_with, check, check_with_minimum, propose, propose_with};
use std::collections::BTreeMap;
use units::{Day, ItemId, Money, Permille, Quantity, SupplierId};

mod overrides;
mod what_if;

const TODAY: Day = Day(20_000);

fn forecast(mean: f64, quantiles: [f64; 9]) -> DemandForecast {
    DemandForecast {
        item: ItemId(1),
        grain: Grain::Daily,
        start: TODAY,
        levels: (1..=9).map(|level| f64::from(level) / 10.0).collect(),
        quantiles: vec![quantiles.to_vec(); 28],
        mean: vec![mean; 28],
        model: ForecastModel::Ses,
        provider: "native".into(),
        parameters: String::new(),
        backtest: Vec::new(),
        folds: Vec::new(),
        fingerprint: 0,
    }
}

/// Ten a day, with a standard deviation of about 3.9.
fn steady() -> DemandForecast {
    forecast(10.0, [5.0, 6.5, 8.0, 9.0, 10.0, 11.0, 12.0, 13.5, 15.0])
}

fn item() -> Item {
    Item {
        id: ItemId(1),
        sku: "SKU-1".into(),
        name: "Oolong tea 250 g".into(),
        category: None,
        unit_of_measure: None,
        unit_cost: Some(Money(250)),
        supplier: Some(SupplierId(7)),
        lead_time_days: Some(4),
        pack_size: Some(Quantity::of(12)),
        order_quantity_min: None,
        service_level: None,
    }
}

fn level(on_hand: i64, on_order: i64) -> StockLevel {
    StockLevel {
        item: ItemId(1),
        on_hand: Quantity::of(on_hand),
        allocated: Quantity::ZERO,
        on_order: Quantity::of(on_order),
        unusable: Quantity::ZERO,
        as_of: Some(TODAY),
    }
}

fn defaults() -> SiteDefaults {
    SiteDefaults { review_period_days: 5, ..SiteDefaults::default() }
}

fn input<'a>(item: &'a Item, level: Option<StockLevel>, forecast: &'a DemandForecast) -> ItemInput<'a> {
    ItemInput {
        item,
        level,
        forecast,
        supplier: None,
        overrides: &[],
        wanted: domain::WantedLevel::default(),
    }
}

#[test]
fn a_worked_example() {
    let (item, forecast) = (item(), steady());
    let (proposals, findings) = propose(&[input(&item, Some(level(35, 0)), &forecast)], &defaults(), TODAY);
    assert_eq!(findings, []);
    let proposal = &proposals[0];
    let why = &proposal.reason;
    // Nine days at ten a day; safety 1.645 · √9 · 10 / (2 · 1.2816) = 19.25; half a hundredth is the quantile's approximation.
    assert_eq!(why.demand_over_cover, Quantity::of(90));
    assert!((why.safety_stock.to_f64() - 19.25).abs() < 0.02, "{}", why.safety_stock);
    assert!((why.order_up_to.to_f64() - (90.0 + 19.25 + 50.0)).abs() < 0.02);
    // 159.25 − 35 = 124.25, in packs of twelve.
    assert_eq!(proposal.quantity, Quantity::of(132));
    // 35 last three days and a half, so the fourth day finds the shelf empty: four days' lead time is up today.
    assert_eq!(why.stock_out_day, Some(TODAY.plus(3)));
    assert_eq!(proposal.order_by, TODAY);
    // More than 35 in four days: z = (35 − 40)/(2 · 3.9) = −0.64.
    assert!((735..=745).contains(&why.stock_out_chance.0), "{}", why.stock_out_chance.0);
    // Five days later: (90 − 35) − (40 − 35 + a little) units at 2.50.
    assert!(
        (Money(11_500)..=Money(12_500)).contains(&proposal.cost_of_waiting),
        "{}",
        proposal.cost_of_waiting
    );
    assert_eq!(proposal.supplier, Some(SupplierId(7)));
    check_with_minimum(proposal, None).expect("its figures follow from its reasons");
}

#[test]
fn enough_on_the_way_needs_no_order() {
    let (item, forecast) = (item(), steady());
    let (assessment, _) = assess(&input(&item, Some(level(10, 120)), &forecast), &defaults(), TODAY);
    assert_eq!(assessment.quantity, Quantity::ZERO);
    // It arrives halfway: ten are there, the second day is empty before the rest comes on the third.
    assert_eq!(assessment.reason.stock_out_day, Some(TODAY.plus(1)));
}

#[test]
fn what_no_file_gave_is_assumed_and_reported() {
    let bare = Item {
        unit_cost: None,
        supplier: None,
        lead_time_days: None,
        pack_size: Some(Quantity::ZERO),
        ..item()
    };
    let forecast = steady();
    let (proposals, findings) = propose(&[input(&bare, None, &forecast)], &defaults(), TODAY);
    let codes: Vec<FindingCode> = findings.iter().map(|finding| finding.code).collect();
    use FindingCode::*;
    assert_eq!(codes, [AssumedLeadTime, AssumedOnHand, AssumedUnitCost, AssumedPackSize, AssumedSupplier]);
    assert!(findings.iter().all(|finding| finding.subject == "SKU-1"));
    let why = &proposals[0].reason;
    assert_eq!(why.assumed, ["lead_time", "on_hand", "unit_cost", "pack_size", "supplier"]);
    assert_eq!((why.lead_time_days, why.available), (7, Quantity::ZERO));
    check(&proposals[0]).expect("assumed figures follow too");

    let maker =
        Supplier { id: SupplierId(3), code: "M".into(), name: "Maker".into(), lead_time_days: Some(21) };
    let known = ItemInput { supplier: Some(&maker), ..input(&bare, None, &forecast) };
    let (assessment, findings) = assess(&known, &defaults(), TODAY);
    assert_eq!(
        (assessment.reason.lead_time_days, findings.len()),
        (21, 3),
        "the supplier's lead time is not assumed"
    );
}

#[test]
fn weeks_tell_more_of_lumpy_demand() {
    let item = item();
    let rare = forecast(0.5, [0.0; 9]);
    let weekly = DemandForecast {
        grain: Grain::Weekly,
        mean: vec![3.5; 8],
        quantiles: vec![vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 6.0, 12.0]; 8],
        ..rare.clone()
    };
    let input = input(&item, Some(level(0, 0)), &rare);
    let safety = |weekly| assess_with(&input, weekly, &defaults(), TODAY).0.reason.safety_stock;
    assert!(safety(Some(&weekly)) > safety(None), "{} {}", safety(Some(&weekly)), safety(None));
    let (proposals, _) = propose_with(&[input], &BTreeMap::from([(item.id, &weekly)]), &defaults(), TODAY);
    assert_eq!(proposals[0].reason.safety_stock, safety(Some(&weekly)));
}

#[test]
fn a_figure_that_was_edited_is_found() {
    let (item, forecast) = (item(), steady());
    let (proposals, _) = propose(&[input(&item, Some(level(35, 0)), &forecast)], &defaults(), TODAY);
    let edits: [(&str, fn(&mut domain::Proposal)); 8] = [
        ("demand_over_cover", |p| p.reason.demand_per_day *= 1.01),
        ("overrides", |p| p.reason.baseline_over_cover = Quantity::of(80)),
        ("reorder_point", |p| p.reason.safety_stock.0 += 1),
        ("order_up_to", |p| p.reason.order_up_to = Quantity::of(1)),
        ("reorder_point", |p| p.reason.available = Quantity::of(500)),
        ("quantity", |p| p.quantity.0 -= 1),
        ("quantity", |p| p.quantity = Quantity::of(120)),
        ("assumed", |p| p.reason.assumed.push("weather")),
    ];
    for (figure, edit) in edits {
        let mut proposal = proposals[0].clone();
        edit(&mut proposal);
        assert_eq!(check(&proposal).map_err(|mismatch| mismatch.figure), Err(figure));
    }
    let mut large = proposals[0].clone();
    large.quantity = Quantity::of(144);
    check(&large).expect("an item's minimum may explain it");
    assert!(check_with_minimum(&large, None).is_err());
    check_with_minimum(&large, Some(Quantity::of(140))).expect("and here it does");
}

prop_compose! {
    fn any_forecast()(mean in 0.0..60.0_f64, spread in 0.0..3.0_f64, whole in any::<bool>(), start in -10..10_i32) -> DemandForecast {
        let quantiles = std::array::from_fn(|level| {
            let value = mean * (1.0 + spread * (level as f64 - 4.0) / 4.0).max(0.0);
            if whole { value.round() } else { value }
        });
        DemandForecast { start: TODAY.plus(start), ..forecast(mean, quantiles) }
    }
}

prop_compose! {
    fn any_item()(lead in 0..90_u16, pack in 1..5000_i64, minimum in 0..200_i64, service in 1..1000_u16) -> Item {
        Item {
            lead_time_days: Some(lead),
            pack_size: Some(Quantity(pack)),
            order_quantity_min: Some(Quantity::of(minimum)),
            service_level: Some(Permille(service)),
            ..item()
        }
    }
}

proptest! {
    #[test]
    fn every_proposal_follows_from_its_reasons(forecast in any_forecast(), item in any_item(), on_hand in -50..2000_i64, on_order in 0..500_i64) {
        let (proposals, _) = propose(&[input(&item, Some(level(on_hand, on_order)), &forecast)], &defaults(), TODAY);
        for proposal in &proposals {
            if let Err(mismatch) = check_with_minimum(proposal, item.order_quantity_min) {
                return Err(TestCaseError::fail(mismatch.to_string()));
            }
            prop_assert_eq!(proposal.quantity.0 % item.pack_size.map_or(1, |pack| pack.0), 0);
        }
    }

    #[test]
    fn more_service_never_orders_less(forecast in any_forecast(), item in any_item(), on_hand in -50..2000_i64, more in 0..500_u16) {
        let better = Item { service_level: item.service_level.map(|level| Permille((level.0 + more).min(999))), ..item.clone() };
        let quantity = |item| assess(&input(item, Some(level(on_hand, 0)), &forecast), &defaults(), TODAY).0.quantity;
        prop_assert!(quantity(&better) >= quantity(&item));
    }

    #[test]
    fn more_on_hand_never_orders_more(forecast in any_forecast(), item in any_item(), on_hand in -50..2000_i64, more in 0..500_i64) {
        let quantity = |on_hand| assess(&input(&item, Some(level(on_hand, 0)), &forecast), &defaults(), TODAY).0.quantity;
        prop_assert!(quantity(on_hand + more) <= quantity(on_hand));
        prop_assert!(quantity(on_hand) >= Quantity::ZERO);
    }

    #[test]
    fn no_demand_orders_nothing(item in any_item(), on_hand in 0..2000_i64) {
        let none = forecast(0.0, [0.0; 9]);
        let (proposals, _) = propose(&[input(&item, Some(level(on_hand, 0)), &none)], &defaults(), TODAY);
        prop_assert_eq!(proposals, vec![]);
    }

    #[test]
    fn nothing_panics_on_odd_numbers(mean in prop::num::f64::ANY, quantile in prop::num::f64::ANY, on_hand in any::<i64>(), pack in any::<i64>(), lead in any::<u16>(), steps in 0..3_usize) {
        let item = Item { pack_size: Some(Quantity(pack)), lead_time_days: Some(lead), ..item() };
        let mut odd = forecast(mean, [quantile; 9]);
        odd.mean.truncate(steps);
        odd.quantiles.truncate(steps);
        let level = StockLevel { on_hand: Quantity(on_hand), on_order: Quantity(on_hand), ..level(0, 0) };
        let (proposals, _) = propose(&[input(&item, Some(level), &odd)], &defaults(), Day(i32::MAX - 5));
        prop_assert!(proposals.iter().all(|proposal| proposal.quantity.0 > 0));
    }
}

#[test]
fn a_manager_s_levels_are_a_floor_and_a_ceiling() {
    let item = item();
    let forecast = steady();
    let plain = input(&item, Some(level(35, 0)), &forecast);
    let computed = assess(&plain, &defaults(), TODAY).0.reason;
    let with = |reorder: Option<Quantity>, most: Option<Quantity>| {
        let wanted = domain::WantedLevel { reorder, most };
        let input = ItemInput { wanted, ..plain };
        let (assessed, _) = assess(&input, &defaults(), TODAY);
        for proposal in propose(&[input], &defaults(), TODAY).0 {
            check(&proposal).expect("it follows from its reasons");
        }
        assessed
    };
    // Below what is computed nothing changes; above it the reorder point is the manager's.
    assert_eq!(with(Some(Quantity::of(1)), None).reason.reorder_point, computed.reorder_point);
    let high = with(Some(computed.reorder_point.plus(Quantity::of(40))), None);
    assert_eq!(high.reason.reorder_point, computed.reorder_point.plus(Quantity(40_001)));
    assert!(high.quantity > Quantity::ZERO);
    // The most cuts what is filled up, not what is needed.
    let most = with(None, Some(computed.order_up_to.minus(Quantity::of(5))));
    assert_eq!(most.reason.order_up_to, computed.order_up_to.minus(Quantity::of(5)));
    assert_eq!(with(None, Some(Quantity::of(1))).reason.order_up_to, computed.reorder_point);
}
