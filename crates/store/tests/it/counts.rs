use crate::{NOW, file, site};
use domain::count::{CountLine, CountReason, CountRefusal, CountRules, CountState, Tolerance, due};
use domain::stock::{AsOf, DEFAULT_BIN, ReasonCode, Standing};
use domain::{Actor, Role};
use proptest::prelude::*;
use std::collections::BTreeMap;
use store::{Act, Correction, CountPlan, CountQuery, CountRow, ErrorKind, NewCount, StockImport, Store};
use units::{CountLineId, CountPlanId, Day, Money, Quantity, Stop, Timestamp};

fn person(name: &str, role: Role, minutes: i64) -> Act {
    Act::new(&Actor { name: name.into(), role }, Timestamp(NOW.0 + minutes * 60_000))
}

/// A site with `skus` items, ten of each, the price of each a hundred.
fn stocked(store: &Store, skus: i64) {
    let rows = (0..skus).map(|n| StockImport {
        sku: format!("S{n:05}"),
        on_hand: Quantity::of(10),
        bin: Some(format!("R{:02}", n % 50)),
        ..StockImport::default()
    });
    let act = person("file", Role::Admin, 0);
    store.records.import_stock(&act, &file("stock"), rows.collect(), &Stop::default()).expect("stock");
}

fn planned(store: &Store, rules: &CountRules, tolerance: Tolerance) -> (CountPlanId, u64) {
    let all = store.records.count_candidates(Money(100)).expect("candidates");
    let (candidates, costs): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let chosen = due(&candidates, rules, NOW.utc_day());
    let lines =
        chosen.into_iter().map(|(place, why)| (candidates[place].clone(), why, costs[place])).collect();
    let new = NewCount { name: "Week 44".into(), blind: true, tolerance, lines };
    store.records.make_count(&person("Wang", Role::Manager, 1), new).expect("a plan")
}

fn lines(store: &Store, plan: CountPlanId, state: Option<CountState>) -> Vec<CountRow> {
    let query = CountQuery { plan, state, offset: 0, limit: 100_000 };
    let page = store.records.count_lines(&query).expect("lines");
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

#[test]
fn a_count_from_the_plan_to_the_ledger() {
    let (_folder, store) = site();
    stocked(&store, 6);
    let (plan, elsewhere) =
        planned(&store, &CountRules { lines_max: 4, ..CountRules::default() }, Tolerance::default());
    assert_eq!(elsewhere, 0);
    let open = lines(&store, plan, Some(CountState::Open));
    let codes: Vec<&str> = open.iter().map(|row| row.bin.as_str()).collect();
    assert_eq!(codes, ["R00", "R01", "R02", "R03"], "as a person walks");
    assert!(open.iter().all(|row| row.reason == CountReason::Never && row.book == Quantity::of(10)));

    // What waits in one plan is not put into the next.
    let (second, elsewhere) = planned(&store, &CountRules::default(), Tolerance::default());
    assert_eq!((elsewhere, lines(&store, second, None).len()), (4, 2));

    let records = &store.records;
    let [right, short, found, gone] = [0, 1, 2, 3].map(|n: usize| open[n].id);
    let li = |minutes| person("Li", Role::Operator, minutes);
    let units = Quantity::of;
    let said = vec![(right, units(10)), (short, units(4)), (found, units(13)), (gone, units(-1))];
    let answers = records.enter_counts(&li(2), None, said).expect("counts");
    let expected = [
        Ok(CountState::Counted),
        Ok(CountState::Recount),
        Ok(CountState::Recount),
        Err(CountRefusal::Negative),
    ];
    assert_eq!(answers.iter().map(|(_, answer)| *answer).collect::<Vec<_>>(), expected);
    let again = records.enter_counts(&li(3), None, vec![(short, units(4))]).expect("answered");
    assert_eq!(again[0].1, Err(CountRefusal::SamePerson));

    // Goods leave between the two counts: both saw six missing.
    let moved = Correction {
        item: open[1].item,
        lot: None,
        bin: records.bin_by_code("R01").expect("read").expect("there").id,
        standing: Standing::Free,
        quantity: units(7),
        day: NOW.utc_day(),
        reason: ReasonCode::Used,
    };
    records.correct_stock(&li(4), &moved).expect("used three");
    let ada = person("Ada", Role::Operator, 5);
    let answers =
        records.enter_counts(&ada, None, vec![(short, units(1)), (found, units(12))]).expect("counts");
    assert_eq!(answers[0].1, Ok(CountState::Counted));
    assert_eq!(answers[1].1, Ok(CountState::Recount));

    let approve = |act: &Act, line: CountLineId, limit: i64| {
        records.approve_counts(act, vec![line], ReasonCode::Counted, Money(limit)).expect("answered")[0].1
    };
    assert_eq!(approve(&ada, right, 0), Ok(CountState::Booked));
    assert_eq!(approve(&ada, short, 500), Err(CountRefusal::Limit(Money(500))));
    assert_eq!(approve(&person("Wang", Role::Manager, 6), short, 500), Ok(CountState::Booked));
    assert_eq!(approve(&ada, short, 500), Err(CountRefusal::State(CountState::Booked)));
    assert_eq!(approve(&ada, found, 500), Err(CountRefusal::NotRecounted));
    let answer = records.reject_counts(&ada, vec![found, gone]).expect("rejected");
    assert!(answer.iter().all(|(_, answer)| *answer == Ok(CountState::Rejected)));

    let on_hand = |row: &CountRow| records.stock_level(row.item).expect("read").expect("known").on_hand;
    assert_eq!(open.iter().map(on_hand).collect::<Vec<_>>(), [10, 1, 10, 10].map(units));
    let CountPlan { lines: by_state, variance, .. } = records.count_plan(plan).expect("plan");
    assert_eq!((by_state, variance), ([0, 0, 0, 2, 2], Money(-600)));
    assert!(records.stock_verify().expect("verify").is_empty());
    assert!(records.audit_verify().expect("verify").holds());

    // Counted places are not due tomorrow; the rejected ones are, and a count nobody can find is an error.
    let due_again = planned(&store, &CountRules::default(), Tolerance::default()).0;
    assert_eq!(
        lines(&store, due_again, None).iter().map(|row| row.bin.clone()).collect::<Vec<_>>(),
        ["R02", "R03"]
    );
    let lost =
        records.enter_counts(&ada, None, vec![(CountLineId(999), units(1))]).expect_err("no such line");
    assert_eq!(lost.kind(), ErrorKind::NotFound);
    let nothing =
        NewCount { name: "x".into(), blind: false, tolerance: Tolerance::default(), lines: Vec::new() };
    assert_eq!(records.make_count(&ada, nothing).expect_err("empty").kind(), ErrorKind::Conflict);
}

#[test]
fn a_place_is_worth_what_was_paid() {
    let (_folder, store) = site();
    stocked(&store, 2);
    let dear = StockImport {
        sku: "S00009".into(),
        on_hand: Quantity::of(4),
        bin: Some("R09".into()),
        unit_cost: Some(Money(250)),
        ..StockImport::default()
    };
    let act = person("file", Role::Admin, 0);
    store.records.import_stock(&act, &file("dear"), vec![dear], &Stop::default()).expect("stock");
    let all = store.records.count_candidates(Money(100)).expect("candidates");
    let worth: Vec<_> = all.into_iter().map(|(one, cost)| (one.value, cost)).collect();
    assert_eq!(
        worth,
        [(1_000, 100), (1_000, 100), (1_000, 250)].map(|(value, cost)| (Money(value), Money(cost)))
    );
}

#[test]
fn doubts_are_found_in_the_ledger() {
    let (_folder, store) = site();
    stocked(&store, 3);
    let records = &store.records;
    let stray = StockImport { sku: "S00009".into(), on_hand: Quantity::of(2), ..StockImport::default() };
    let act = person("file", Role::Admin, 0);
    records.import_stock(&act, &file("stray"), vec![stray], &Stop::default()).expect("stock");
    let first = records.item_by_sku("S00001").expect("read").expect("there").id;
    let back_dated = Correction {
        item: first,
        lot: None,
        bin: records.bin_by_code("R01").expect("read").expect("there").id,
        standing: Standing::Free,
        quantity: Quantity::of(8),
        day: NOW.utc_day().plus(-5),
        reason: ReasonCode::Damaged,
    };
    records.correct_stock(&person("Li", Role::Operator, 1), &back_dated).expect("back-dated");
    let doubts: Vec<_> = records
        .count_candidates(Money(1))
        .expect("candidates")
        .into_iter()
        .filter_map(|(one, _)| one.doubt.map(|doubt| (one.bin, doubt)))
        .collect();
    // A correction is a count of its own; goods that lie nowhere in particular are not.
    assert_eq!(doubts, [(DEFAULT_BIN, domain::count::CountDoubt::DefaultBin)]);
}

#[test]
fn twenty_thousand_lines_are_planned_counted_and_booked() {
    let (_folder, store) = site();
    stocked(&store, 20_000);
    let rules = CountRules { lines_max: 20_000, ..CountRules::default() };
    let (plan, _) = planned(&store, &rules, Tolerance { permille: 1_000, value: Money(i64::MAX) });
    let all = lines(&store, plan, None);
    assert_eq!(all.len(), 20_000);
    let (act, manager) = (person("Li", Role::Operator, 1), person("Wang", Role::Manager, 2));
    for part in all.chunks(1_000) {
        let said = part.iter().map(|row| (row.id, Quantity::of(9))).collect();
        let answers = store.records.enter_counts(&act, None, said).expect("counts");
        assert!(answers.iter().all(|(_, answer)| *answer == Ok(CountState::Counted)));
        let ids = part.iter().map(|row| row.id).collect();
        store.records.approve_counts(&manager, ids, ReasonCode::Counted, Money(0)).expect("approved");
    }
    let plan = store.records.count_plan(plan).expect("plan");
    assert_eq!((plan.lines, plan.variance), ([0, 0, 0, 20_000, 0], Money(-100 * 20_000)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is counted, moved and approved in whatever order: what was approved is what changed, once, and every other line says
    /// what its own machine says.
    #[test]
    fn the_ledger_changes_by_what_was_approved(
        steps in prop::collection::vec((0usize..4, 0u8..4, 0i64..20, 0usize..3), 1..40),
    ) {
        let (_folder, store) = site();
        stocked(&store, 4);
        let tolerance = Tolerance { permille: 100, value: Money(100) };
        let (plan, _) = planned(&store, &CountRules::default(), tolerance);
        let rows = lines(&store, plan, None);
        let mut level: Vec<i64> = vec![10; 4];
        let mut model: BTreeMap<usize, CountLine> = (0..4).map(|n| (n, CountLine::default())).collect();
        for (minutes, (place, what, units, who)) in steps.into_iter().enumerate() {
            let act = person(["Li", "Ada", "Wang"][who], if who == 2 { Role::Manager } else { Role::Operator }, minutes as i64 + 2);
            let (id, line) = (rows[place].id, model.get_mut(&place).expect("four"));
            match what {
                0 | 1 => {
                    let tally = domain::count::Tally { quantity: Quantity::of(units), book: Quantity::of(level[place]), by: act.by.name.clone() };
                    let expected = line.counted(tally, &tolerance, Money(100));
                    let answers = store.records.enter_counts(&act, None, vec![(id, Quantity::of(units))]).expect("answered");
                    prop_assert_eq!(&answers, &[(id, expected)]);
                }
                2 => {
                    let expected = line.approve(&act.by, Money(100), Money(200));
                    if let Ok(variance) = expected {
                        level[place] += variance.0 / 1_000;
                    }
                    let answers = store.records.approve_counts(&act, vec![id], ReasonCode::Counted, Money(200)).expect("answered");
                    prop_assert_eq!(&answers, &[(id, expected.map(|_| CountState::Booked))]);
                }
                _ => {
                    let bin = store.records.bin_by_code(&rows[place].bin).expect("read").expect("there").id;
                    let (quantity, day) = (Quantity::of(units), NOW.utc_day());
                    let correction = Correction { item: rows[place].item, lot: None, bin, standing: Standing::Free, quantity, day, reason: ReasonCode::Found };
                    store.records.correct_stock(&act, &correction).expect("corrected");
                    level[place] = units;
                }
            }
        }
        for (place, row) in rows.iter().enumerate() {
            let figures = store.records.stock_as_of(row.item, AsOf::day(Day(i32::MAX))).expect("read");
            prop_assert_eq!(figures.on_hand, Quantity::of(level[place]));
        }
        prop_assert!(store.records.stock_verify().expect("verify").is_empty());
    }
}
