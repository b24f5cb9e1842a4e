//! What a manager does beside the forecast and before the order: a number of their own, a trial of another service level, a
//! budget.

use crate::site::{Site, open};
use contract::*;
use std::fmt::Write as _;
use units::{Day, Millis, Money, Permille, Quantity};

/// The last day of the order history, and the day plans are made for.
fn last() -> Day {
    Day::from_civil(2026, 5, 31).expect("a day")
}

async fn import(site: &Site, kind: ImportKind, name: &str, text: &str) -> ImportReport {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind, file, mapping: vec![], dry_run: false };
    let job = site.app.call(call, &site.by).await.expect("an import starts");
    let row = site.app.wait_for_job(job).await.expect("a job ends");
    serde_json::from_str(&row.result.unwrap_or_else(|| panic!("{:?}", row.error))).expect("a report")
}

async fn plan(site: &Site) {
    let job = site.app.call(RunPlanning {}, &site.by).await.expect("planning starts");
    assert_eq!(site.app.wait_for_job(job).await.expect("a job ends").state, "Done");
}

fn day_orders(text: &mut String, day: Day) {
    for item in 0..12 {
        let noise = (i64::from(day.0) * 7_919 + i64::from(item) * 104_729).rem_euclid(1_009) % 17;
        let quantity = 3 + item * 4 + (day.0 % 7) * (item % 3 + 1) + noise as i32 * (item % 4 + 1) / 2;
        writeln!(text, "S-{}-{item},{day},SKU-{item:02},{quantity},{}.00", day.0, quantity * (item + 2))
            .expect("a String takes it");
    }
}

const HEAD: &str = "order no,date,item code,qty,net amount\n";

/// Half a year of twelve items of two suppliers, little on the shelf, planned.
async fn planned() -> Site {
    let site = open();
    let mut text = HEAD.to_owned();
    for back in (0..180).rev() {
        day_orders(&mut text, last().plus(-back));
    }
    import(&site, ImportKind::Orders, "orders.csv", &text).await;
    let mut items = "sku,name,unit cost,supplier code,supplier name,lead time days,pack size\n".to_owned();
    let mut stock = "sku,on hand\n".to_owned();
    for item in 0..12 {
        let supplier = item % 2 + 1;
        writeln!(items, "SKU-{item:02},Item {item},{}.50,S{supplier},Maker {supplier},5,6", item + 1)
            .expect("text");
        writeln!(stock, "SKU-{item:02},{}", 30 + item * 15).expect("text");
    }
    import(&site, ImportKind::Items, "items.csv", &items).await;
    import(&site, ImportKind::Stock, "stock.csv", &stock).await;
    plan(&site).await;
    site
}

async fn drafts(site: &Site) -> Vec<ProposalRow> {
    let mut rows =
        site.app.call(ListProposals { state: "Draft".into(), limit: 100 }, &site.by).await.expect("drafts");
    rows.sort_by(|a, b| a.sku.cmp(&b.sku));
    rows
}

fn actor(role: app::Role) -> app::Actor {
    app::Actor { name: format!("the {}", role.word()), role }
}

fn trial(service_level: u16, budget: Option<Money>) -> TryReplenishment {
    TryReplenishment { service_level: Permille(service_level), budget, review_days: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_changes_nothing_until_it_is_taken_over() {
    let site = planned().await;
    let before = drafts(&site).await;
    assert!(before.len() > 6, "{}", before.len());
    let cost: Money = before.iter().map(|row| row.cost).sum();
    let same = site.app.call(trial(950, None), &actor(app::Role::Operator)).await.expect("an operator looks");
    assert_eq!((same.now.cost, same.trial.cost, same.lines_total, same.cut), (cost, cost, 0, 0));
    assert_eq!((same.items, same.items_priced), (12, 12));
    assert!(
        same.none.lost_sales > same.now.lost_sales && same.none.stock_outs_milli > same.now.stock_outs_milli
    );
    assert!((5..=9).contains(&same.curve.len()));
    assert!(
        same.curve.windows(2).all(|two| two[0].cost <= two[1].cost && two[0].lost_sales >= two[1].lost_sales)
    );
    assert_eq!(same.suppliers.len(), 2);

    let better = site.app.call(trial(990, None), &site.by).await.expect("more service");
    assert!(better.trial.cost > cost && better.trial.lost_sales <= better.now.lost_sales);
    assert!(better.trial.stock_outs_milli <= better.now.stock_outs_milli);
    assert!(
        better.lines_total > 0
            && better.lines.iter().all(|line| line.quantity > line.now && line.left_out.is_none())
    );

    let budget = Money(cost.0 / 3);
    let tight = site.app.call(trial(950, Some(budget)), &site.by).await.expect("less money");
    assert!(tight.trial.cost <= budget && tight.cut > 0 && tight.cut_risk > Money::ZERO, "{tight:?}");
    assert!(tight.trial.lost_sales >= tight.now.lost_sales && tight.trial.lost_sales < tight.none.lost_sales);
    assert!(tight.lines.iter().all(|line| line.left_out.is_some() && line.quantity < line.wanted));
    assert_eq!(drafts(&site).await, before, "looking changes nothing");

    let apply = ApplyTrial {
        service_level: Permille(950),
        budget: Some(budget),
        review_days: None,
        note: "cash is short".into(),
    };
    let refused =
        site.app.call(apply.clone(), &actor(app::Role::Operator)).await.expect_err("not an operator");
    assert_eq!(refused.code, Code::NotAllowed);
    let receipt = site.app.call(apply, &actor(app::Role::Manager)).await.expect("a manager may");
    assert_eq!((receipt.cost, receipt.superseded as usize), (tight.trial.cost, before.len()));
    let after = drafts(&site).await;
    assert_eq!(after.iter().map(|row| row.cost).sum::<Money>(), tight.trial.cost);
    let detail = site.app.call(GetProposal { id: after[0].id }, &site.by).await.expect("its argument");
    assert!(detail.what_if && detail.budget == Some(budget));
    let recheck = site.app.recheck_proposals().await.expect("recounted");
    assert!(recheck.proposals > 0 && recheck.mismatches.is_empty(), "{:?}", recheck.mismatches);
    let audit = site.app.call(ListAudit { limit: 10 }, &site.by).await.expect("the audit");
    let why = audit.iter().find(|row| row.actor == "the manager").and_then(|row| row.why.clone());
    assert!(
        why.as_deref().is_some_and(|why| why.contains("what-if") && why.contains("cash is short")),
        "{why:?}"
    );
    plan(&site).await;
    assert_eq!(
        drafts(&site).await.iter().map(|row| row.cost).sum::<Money>(),
        cost,
        "planning again undoes it"
    );

    let bad = [(400, None, None), (950, Some(Money(-1)), None), (950, None, Some(0))];
    for (level, budget, review_days) in bad {
        let call = TryReplenishment { service_level: Permille(level), budget, review_days };
        assert_eq!(site.app.call(call, &site.by).await.expect_err("out of range").code, Code::BadInput);
    }
    // What is approved is decided: no trial and no plan orders it again.
    let one = drafts(&site).await[0].clone();
    site.app
        .call(ApproveProposals { ids: vec![one.id], note: String::new() }, &site.by)
        .await
        .expect("approved");
    assert_eq!(site.app.call(trial(990, None), &site.by).await.expect("a trial").items, 11);
    plan(&site).await;
    assert!(drafts(&site).await.iter().all(|row| row.item != one.item));
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_without_forecasts_says_what_to_do() {
    let site = open();
    let error = site.app.call(trial(950, None), &site.by).await.expect_err("nothing to try");
    assert_eq!(error.code, Code::NotFound);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_stands_beside_the_baseline_and_plans_heed_it() {
    let site = planned().await;
    let row = drafts(&site).await.into_iter().find(|row| row.sku == "SKU-05").expect("a draft");
    let get = || GetDemand { item: row.item, grain: Grain::Daily };
    let plain = site.app.call(get(), &site.by).await.expect("demand");
    let (from, to) = (last().plus(1), last().plus(7));
    let expected: i64 = plain.mean[..7].iter().map(|q| q.0).sum();
    let set = |change| SetOverride { item: row.item, from, to, change, why: "street festival".into() };
    let manager = actor(app::Role::Manager);
    let refused = site
        .app
        .call(set(OverrideChange::Percent(100)), &actor(app::Role::Operator))
        .await
        .expect_err("an operator sees, a manager sets");
    assert_eq!(refused.code, Code::NotAllowed);
    for bad in [OverrideChange::Percent(-101), OverrideChange::Total(Quantity(-1))] {
        assert_eq!(site.app.call(set(bad), &manager).await.expect_err("no such demand").code, Code::BadInput);
    }
    let past = SetOverride { from: last(), ..set(OverrideChange::Percent(10)) };
    assert_eq!(site.app.call(past, &manager).await.expect_err("it is over").code, Code::BadInput);

    let id = site.app.call(set(OverrideChange::Percent(100)), &manager).await.expect("set");
    let seen = site.app.call(get(), &actor(app::Role::Operator)).await.expect("demand");
    assert_eq!((&seen.mean, &seen.quantiles), (&plain.mean, &plain.quantiles), "the baseline stays");
    assert!(
        seen.overridden[..7]
            .iter()
            .zip(&plain.mean)
            .all(|(o, m)| o.is_some_and(|o| (o.0 - 2 * m.0).abs() <= 2))
    );
    assert!(seen.overridden[7..].iter().all(Option::is_none) && seen.row.overridden);
    assert_eq!((seen.overrides[0].by.as_str(), seen.overrides[0].state.as_str()), ("the manager", "Active"));
    let draft = drafts(&site).await.into_iter().find(|one| one.item == row.item).expect("a draft");
    assert!(draft.quantity > row.quantity, "its draft is made again at once");
    assert_eq!(draft.override_by.as_deref(), Some("the manager"));
    let detail = site.app.call(GetProposal { id: draft.id }, &site.by).await.expect("its argument");
    assert_eq!(detail.overrides[0].id, id);
    assert!((detail.demand_over_cover.0 - detail.baseline_over_cover.0 - expected).abs() <= 20);
    let recheck = site.app.recheck_proposals().await.expect("recounted");
    assert!(recheck.mismatches.is_empty(), "{:?}", recheck.mismatches);

    plan(&site).await;
    let again = drafts(&site).await.into_iter().find(|one| one.item == row.item).expect("a draft");
    assert_eq!(
        (again.quantity, again.override_by),
        (draft.quantity, draft.override_by),
        "it survives a new forecast"
    );
    let better = site.app.call(trial(950, None), &site.by).await.expect("a trial");
    assert_eq!(better.lines_total, 0, "a trial heeds it too");

    // The week comes: twice the usual, as the manager said.
    let list = || ListOverrides { item: None, past: true, limit: 10 };
    assert_eq!(site.app.call(list(), &site.by).await.expect("a list").rows[0].actual, None);
    let mut text = HEAD.to_owned();
    for ahead in 1..=7 {
        day_orders(&mut text, last().plus(ahead));
    }
    let twice = text.replace("S-", "T-");
    import(&site, ImportKind::Orders, "week.csv", &text).await;
    import(&site, ImportKind::Orders, "more.csv", &twice).await;
    site.clock.advance(Millis::days(7));
    let page = site.app.call(list(), &site.by).await.expect("a list");
    assert_eq!((page.scored, page.rows[0].state.as_str()), (1, "Over"));
    assert!(page.override_error < page.baseline_error, "{page:?}");
    let active = ListOverrides { item: None, past: false, limit: 10 };
    assert!(site.app.call(active, &site.by).await.expect("a list").rows.is_empty());

    plan(&site).await;
    let next = SetOverride {
        item: row.item,
        from: to.plus(1),
        to: to.plus(14),
        change: OverrideChange::Total(Quantity::ZERO),
        why: "closed".into(),
    };
    let id = site.app.call(next, &manager).await.expect("set");
    assert!(
        drafts(&site).await.iter().all(|one| one.item != row.item),
        "nothing is wanted, nothing is ordered"
    );
    site.app.call(ClearOverride { id, why: "open after all".into() }, &manager).await.expect("cleared");
    assert!(drafts(&site).await.iter().any(|one| one.item == row.item));
    assert!(site.app.call(VerifyAudit {}, &site.by).await.expect("verified").intact);
    site.app.close().await;
}
