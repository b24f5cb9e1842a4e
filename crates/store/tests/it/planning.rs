use crate::{NOW, act, site};
use domain::{
    AppliedOverride, BacktestScore, Basis, DemandForecast, DemandOverride, Fold, ForecastModel, Grain, Group,
    GroupForecast, Item, OverrideChange, Proposal, ProposalState, Reason, Refused, Supplier, WantedLevel,
};
use store::{Decision, ErrorKind, Planned, Records};
use units::{Day, ItemId, Millis, Money, OverrideId, Permille, ProposalId, Quantity, SupplierId, Timestamp};

fn item(records: &Records, sku: &str, supplier: Option<SupplierId>) -> ItemId {
    let item = Item {
        id: ItemId(0),
        sku: sku.into(),
        name: sku.to_uppercase(),
        category: None,
        unit_of_measure: None,
        unit_cost: None,
        supplier,
        lead_time_days: None,
        pack_size: None,
        order_quantity_min: None,
        service_level: None,
    };
    records.save_item(&act(), &item).expect("item")
}

fn draft(item: ItemId, supplier: Option<SupplierId>, waiting: i64) -> Proposal {
    Proposal {
        id: ProposalId(0),
        item,
        supplier,
        quantity: Quantity::of(10),
        unit_cost: Money(250),
        day: Day(100),
        order_by: Day(101),
        cost_of_waiting: Money(waiting),
        state: ProposalState::Draft,
        decided_at: None,
        decided_by: None,
        note: None,
        reason: Reason {
            demand_per_day: 1.0 / 3.0,
            demand_over_cover: Quantity::of(14),
            safety_stock: Quantity(3_500),
            reorder_point: Quantity::of(17),
            order_up_to: Quantity::of(20),
            available: Quantity::of(-2),
            on_order: Quantity::ZERO,
            lead_time_days: 7,
            review_period_days: 7,
            service_level: Permille(950),
            stock_out_day: Some(Day(103)),
            stock_out_chance: Permille(400),
            pack_size: Quantity::of(5),
            assumed: vec!["lead_time", "unit_cost"],
            baseline_over_cover: Quantity::of(10),
            overrides: vec![AppliedOverride {
                id: OverrideId(3),
                by: "L. Chen".into(),
                from: Day(101),
                to: Day(107),
                baseline: Quantity::of(6),
                value: Quantity::of(10),
            }],
            basis: Basis::WhatIf { budget: Some(Money(50_000)) },
            wanted: WantedLevel { reorder: Some(Quantity::of(12)), most: None },
        },
    }
}

#[test]
fn a_proposal_from_draft_to_purchase_order() {
    let (_folder, store) = site();
    let records = &store.records;
    let supplier =
        Supplier { id: SupplierId(0), code: "S1".into(), name: "Fruit & Co".into(), lead_time_days: None };
    let supplier = Some(records.save_supplier(&act(), &supplier).expect("supplier"));
    let (x, y) = (item(records, "x", supplier), item(records, "y", None));
    let old = records.save_proposals(&act(), vec![draft(x, supplier, 5)]).expect("run");
    let run = records
        .save_proposals(&act(), vec![draft(x, supplier, 5), draft(y, None, 90), draft(x, supplier, 50)])
        .expect("run");
    assert_eq!((run.superseded, run.cost), (1, Money(7_500)));
    assert_eq!(records.proposal(old.ids[0]).expect("old").state, ProposalState::Superseded);
    let drafts = records.proposals(&[ProposalState::Draft], 10).expect("drafts");
    assert_eq!(drafts.iter().map(|p| p.cost_of_waiting.0).collect::<Vec<_>>(), [90, 50, 5]);
    // It comes back as it went in.
    assert_eq!(Proposal { id: ProposalId(0), ..drafts[0].clone() }, draft(y, None, 90));

    let ids: Vec<_> = drafts.iter().map(|p| p.id).collect();
    records.decide_proposals(&act(), &ids[..1], &Decision::ChangeQuantity(Quantity::of(15))).expect("change");
    let why = act().because("shelf is empty");
    let approved =
        records.decide_proposals(&why, &[ids[0], ids[1], old.ids[0]], &Decision::Approve).expect("approve");
    assert_eq!(
        approved[0].outcome.as_ref().map(|p| (p.quantity, p.note.as_deref())),
        Ok((Quantity::of(15), Some("shelf is empty")))
    );
    assert_eq!(approved[2].outcome, Err(Refused::State(ProposalState::Superseded)));
    let later = store::Act { at: NOW + Millis::minutes(6), ..act() };
    let too_late = records.decide_proposals(&later, &ids[..1], &Decision::TakeBack).expect("decide");
    assert_eq!(too_late[0].outcome, Err(Refused::TooLate));

    // One that is not approved fails the whole order, and nothing of it stays.
    let mixed = records.create_purchase_orders(&act(), Day(100), &ids).expect_err("one is a draft");
    assert_eq!(mixed.kind(), ErrorKind::Conflict);
    assert!(records.purchase_orders(10).expect("orders").is_empty());
    assert_eq!(records.proposal(ids[0]).expect("proposal").state, ProposalState::Approved);

    let orders = records
        .create_purchase_orders(&act(), Day::from_civil(2026, 11, 22).expect("a day"), &ids[..2])
        .expect("orders");
    assert_eq!(
        orders.iter().map(|o| o.number.as_str()).collect::<Vec<_>>(),
        ["PO-2026-00001", "PO-2026-00002"]
    );
    assert_eq!((orders[0].supplier, orders[1].supplier_name.as_deref()), (None, Some("Fruit & Co")));
    assert_eq!((orders[0].total(), orders[0].lines[0].sku.as_str()), (Money(3_750), "y"));
    assert_eq!(orders[0].lines[0].due.to_string(), "2026-11-29");
    assert_eq!(
        records.stock_level(y).expect("level").map(|l| (l.on_hand, l.on_order)),
        Some((Quantity::ZERO, Quantity::of(15)))
    );
    assert_eq!(records.proposal(ids[0]).expect("proposal").state, ProposalState::Ordered);
    let twice = records.create_purchase_orders(&act(), Day(100), &ids[..1]).expect_err("ordered already");
    assert_eq!(twice.kind(), ErrorKind::Conflict);
    records.purchase_order_written(&act(), orders[0].id, "po.csv", "abc").expect("written");
    assert_eq!(records.purchase_order(orders[0].id).expect("order").file_sha256.as_deref(), Some("abc"));
    assert_eq!(records.proposal_count(ProposalState::Ordered).expect("count"), 2);

    let actions: Vec<_> =
        records.audit_list(20, None).expect("audit").into_iter().map(|row| row.action).collect();
    assert_eq!(actions.iter().filter(|a| *a == "proposal.approve").count(), 2);
    assert_eq!(actions.iter().filter(|a| *a == "purchase_order.create").count(), 2);
    assert!(records.audit_verify().expect("verify").holds());
    let unknown = records
        .decide_proposals(&act(), &[ids[2], ProposalId(999)], &Decision::Approve)
        .expect_err("unknown");
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert_eq!(records.proposal(ids[2]).expect("proposal").state, ProposalState::Draft);
}

#[test]
fn a_forecast_comes_back_bit_for_bit() {
    let (_folder, store) = site();
    let x = item(&store.records, "x", None);
    let score =
        |model, rmsse| BacktestScore { model, rmsse, mase: 0.1 + 0.2, pinball: 1.0 / 3.0, origins: 6 };
    let forecast = |grain, steps: usize| DemandForecast {
        item: x,
        grain,
        start: Day(700),
        levels: vec![0.1, 0.5, 0.9],
        quantiles: (0..steps).map(|k| vec![k as f64 / 7.0, k as f64, k as f64 * 1.1]).collect(),
        mean: (0..steps).map(|k| k as f64 + 0.1).collect(),
        model: ForecastModel::Theta,
        provider: "native".into(),
        parameters: "class=Few Theta=1.000".into(),
        backtest: vec![score(ForecastModel::Theta, 0.7), score(ForecastModel::SeasonalNaive, f64::NAN)],
        folds: vec![
            Fold { start: Day(693), said: vec![Some(0.1), None, Some(7.5)] },
            Fold { start: Day(690), said: vec![] },
        ],
        fingerprint: u64::MAX - 5,
    };
    store
        .records
        .save_forecasts(NOW, vec![forecast(Grain::Weekly, 4), forecast(Grain::Daily, 28)])
        .expect("save");
    let later = NOW + Millis(1);
    store.records.save_forecasts(later, vec![forecast(Grain::Daily, 14)]).expect("save");
    let saved = store.records.forecast(x, Grain::Daily).expect("forecast").expect("saved");
    assert_eq!(saved.made_at, later);
    assert_eq!(format!("{:?}", saved.forecast), format!("{:?}", forecast(Grain::Daily, 14)));
    assert_eq!(store.records.all_forecasts(Grain::Weekly).expect("all").len(), 1);
    let head = store.records.item(x).expect("item").forecast.expect("a forecast");
    assert_eq!((head.grain, head.rmsse, head.naive_rmsse), (Grain::Daily, Some(0.7), None));
    assert_eq!(head.mean_per_day, 6.6);
    assert_eq!(store.records.forecast_at().expect("at"), Some(later));
    assert_eq!(store.records.drop_forecasts_before(Grain::Weekly, later).expect("drop"), 1);
    assert!(store.records.forecast(x, Grain::Weekly).expect("forecast").is_none());
    let mut odd = forecast(Grain::Daily, 3);
    odd.quantiles.pop();
    assert!(store.records.save_forecasts(NOW, vec![odd]).is_err());
}

#[test]
fn a_planning_run_is_saved_whole_or_not_at_all() {
    let (_folder, store) = site();
    let records = &store.records;
    let x = item(records, "x", None);
    let forecast = |grain, quantiles| DemandForecast {
        item: x,
        grain,
        start: Day(700),
        levels: vec![0.5],
        quantiles,
        mean: vec![1.0],
        model: ForecastModel::Theta,
        provider: "native".into(),
        parameters: String::new(),
        backtest: vec![],
        folds: vec![],
        fingerprint: 1,
    };
    let group = |group| GroupForecast { group, items: 1, forecast: forecast(Grain::Daily, vec![vec![2.0]]) };
    let made = |weekly| Planned {
        groups: vec![
            group(Group::Category("Tea".into())),
            group(Group::Total),
            group(Group::Category(String::new())),
        ],
        forecasts: vec![forecast(Grain::Daily, vec![vec![1.0]]), forecast(Grain::Weekly, weekly)],
        outlooks: vec![],
        proposals: vec![draft(x, None, 5)],
    };
    let first = records.save_planning(&act(), made(vec![vec![7.0]])).expect("saved");
    let later = store::Act { at: NOW + Millis(1), ..act() };
    records.save_planning(&later, made(vec![])).expect_err("the last of its forecasts is odd");
    assert_eq!(records.forecast_at().expect("at"), Some(NOW));
    assert_eq!(records.proposal(first.ids[0]).expect("it stands").state, ProposalState::Draft);
    let second = records.save_planning(&later, made(vec![vec![8.0]])).expect("saved");
    assert_eq!((second.superseded, records.forecast_at().expect("at")), (1, Some(later.at)));
    let groups = records.group_forecasts(Grain::Daily).expect("groups");
    let names: Vec<&Group> = groups.iter().map(|(one, _)| &one.group).collect();
    assert_eq!(names, [&Group::Total, &Group::Category(String::new()), &Group::Category("Tea".into())]);
    assert_eq!((groups[0].0.forecast.quantiles[0][0], groups[0].1), (2.0, later.at));
    assert!(records.group_forecasts(Grain::Weekly).expect("none").is_empty());
    assert!(records.audit_verify().expect("verify").holds());
}

#[test]
fn overrides_are_kept_after_they_are_taken_back() {
    let (_folder, store) = site();
    let records = &store.records;
    let item = item(records, "tea", None);
    let one = |from, to, change| DemandOverride {
        id: OverrideId(0),
        item,
        from: Day(from),
        to: Day(to),
        change,
        baseline: Quantity::of(70),
        value: Quantity::of(90),
        why: String::new(),
        by: String::new(),
        at: Timestamp(0),
        cleared: None,
    };
    let because = store::Act { why: Some("festival".into()), ..act() };
    let first = records.save_override(&because, one(100, 106, OverrideChange::Percent(30))).expect("saved");
    let wider =
        records.save_override(&act(), one(100, 113, OverrideChange::Total(Quantity::of(90)))).expect("saved");
    let list = |since, cleared| {
        let found = records.overrides(Some(item), since, cleared, 10).expect("list");
        found.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, false), [wider], "one within a newer one's days is taken back with it");
    assert_eq!(list(None, true), [wider, first]);
    assert_eq!(list(Some(Day(114)), true), []);
    let kept = records.demand_override(first).expect("kept");
    assert_eq!((kept.why.as_str(), kept.change), ("festival", OverrideChange::Percent(30)));
    assert!(kept.cleared.is_some());
    assert!(records.clear_override(&act(), wider).expect("cleared").cleared.is_some());
    assert!(records.overrides(None, None, false, 10).expect("list").is_empty());
    assert!(records.audit_verify().expect("verify").holds());
}

#[test]
fn a_redraft_takes_the_place_of_one_item_s_draft() {
    let (_folder, store) = site();
    let records = &store.records;
    let (tea, rice) = (item(records, "tea", None), item(records, "rice", None));
    records.save_proposals(&act(), vec![draft(tea, None, 5), draft(rice, None, 9)]).expect("plan");
    let more = Proposal { quantity: Quantity::of(40), ..draft(tea, None, 5) };
    let id = records.replace_draft(&act(), tea, Some(more)).expect("redraft").expect("a draft");
    let drafts = records.proposals(&[ProposalState::Draft], 10).expect("drafts");
    assert_eq!(drafts.len(), 2);
    assert_eq!(records.proposal(id).expect("it").quantity, Quantity::of(40));
    records.replace_draft(&act(), rice, None).expect("taken away");
    assert_eq!(records.proposals(&[ProposalState::Draft], 10).expect("drafts").len(), 1);
}
