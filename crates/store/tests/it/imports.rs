use crate::{act, file, line, open, site};
use domain::OrderLine;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use store::{
    ErrorKind, ImportKind, ImportOutcome, ImportRecord, ItemImport, OrderImportStart, Records, StockImport,
    SupplierImport,
};
use units::{Day, Money, Progress, Quantity, Stop};

fn bring(records: &Records, name: &str, lines: &[OrderLine]) -> ImportOutcome {
    let mut lines = lines.iter().cloned().map(Ok);
    records
        .import_orders(&act(), &file(name), &mut lines, &Stop::default(), &Progress::none())
        .expect("import")
}

fn counts(record: &ImportRecord) -> (u64, u64, u64) {
    (record.rows, record.added, record.duplicates)
}

fn demand(records: &Records) -> BTreeMap<String, Vec<(Day, Quantity)>> {
    let skus: BTreeMap<_, _> =
        records.all_items().expect("items").into_iter().map(|i| (i.id, i.sku)).collect();
    let mut all = BTreeMap::new();
    let mut keep = |item, days: &[(Day, Quantity)]| {
        all.insert(skus[&item].clone(), days.to_vec());
        ControlFlow::Continue(())
    };
    records.daily_demand_all(&mut keep).expect("demand");
    all
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let (folder, store) = site();
    let lines = [line("A", 10, "x", 1), line("A", 10, "x", 2), line("A", 10, "y", 3), line("B", 12, "x", 4)];
    let first = bring(&store.records, "orders", &lines);
    assert_eq!(counts(first.record()), (4, 4, 0));
    assert_eq!((first.record().quantity, first.record().amount), (Quantity::of(10), Money(1_500)));
    assert_eq!(first.record().items_created, 2);
    drop(store);
    let store = open(&folder);
    let before = std::fs::read(folder.path().join("records.db")).expect("read");
    let second = bring(&store.records, "orders", &lines);
    assert_eq!(second, ImportOutcome::AlreadyImported(first.record().clone()));
    drop(store);
    assert!(
        std::fs::read(folder.path().join("records.db")).expect("read") == before,
        "not a byte of the file changed"
    );
    let store = open(&folder);
    assert_eq!(store.records.imports(9).expect("imports").len(), 1);
    assert_eq!(store.records.order_span().expect("span"), Some((Day(10), Day(12))));
    let audit = store.records.audit_list(9, None).expect("audit");
    assert_eq!(audit.len(), 1);
    assert_eq!((audit[0].action.as_str(), audit[0].subject.as_str()), ("import.orders", "import 1"));
    assert!(
        audit[0].new.as_ref().is_some_and(|new| new.contains("sha of orders") && new.contains("\"added\":4"))
    );
}

#[test]
fn lines_of_another_file_are_not_doubled() {
    let (_folder, store) = site();
    bring(&store.records, "may", &[line("A", 1, "x", 1), line("A", 1, "x", 1), line("B", 2, "x", 5)]);
    // An export that overlaps: one line of A more than before, B again, C new.
    let june = [
        line("B", 2, "x", 5),
        line("A", 1, "x", 1),
        line("A", 1, "x", 1),
        line("A", 1, "x", 1),
        line("C", 3, "x", 7),
    ];
    assert_eq!(counts(bring(&store.records, "june", &june).record()), (5, 2, 3));
    let expected = vec![(Day(1), Quantity::of(3)), (Day(2), Quantity::of(5)), (Day(3), Quantity::of(7))];
    assert_eq!(demand(&store.records)["x"], expected);
    let item = store.records.item_by_sku("x").expect("item").expect("made by the import").id;
    assert_eq!(store.records.daily_demand(item).expect("demand"), expected);
    assert_eq!(store.records.daily_demand_from_lines(item).expect("demand"), expected);
    let stored = store.records.order_lines(item, 3).expect("lines");
    assert_eq!((stored[0].day, stored[0].import.0), (Day(3), 2));
}

#[test]
fn a_line_that_is_known_otherwise_is_corrected_and_put_back() {
    let (_folder, store) = site();
    let records = &store.records;
    let known = [line("A", 1, "x", 2), line("A", 1, "x", 3), line("A", 1, "y", 4), line("B", 2, "x", 5)];
    bring(records, "may", &known);
    let before = demand(records);
    // The lines of A stand the other way round, which says nothing new; y is three, B came a day later, C is new.
    let june = [
        line("A", 1, "x", 3),
        line("A", 1, "x", 2),
        line("A", 1, "y", 3),
        line("B", 3, "x", 5),
        line("C", 3, "z", 7),
    ];
    let trial = store::ImportMeta { rehearse: true, ..file("june") };
    let OrderImportStart::Open(mut import) =
        records.begin_order_import(&act(), &trial, &Stop::default()).expect("begun")
    else {
        panic!("it is new");
    };
    import.push(june.to_vec()).expect("pushed");
    let trial = import.finish().expect("rehearsed");
    assert_eq!(demand(records), before, "a trial leaves nothing");
    let done = bring(records, "june", &june);
    let record = done.record();
    assert_eq!((record.added, record.corrected, record.duplicates), (1, 2, 2));
    assert_eq!((trial.corrected, &trial.corrections), (2, &record.corrections), "the trial said so");
    let told: Vec<_> = record
        .corrections
        .iter()
        .map(|c| (c.order_ref.as_str(), c.sku.as_str(), c.quantity, c.day))
        .collect();
    let q = Quantity::of;
    assert_eq!(
        told,
        [("A", "y", (q(4), q(3)), (Day(1), Day(1))), ("B", "x", (q(5), q(5)), (Day(2), Day(3)))]
    );
    assert_eq!(demand(records)["x"], [(Day(1), q(5)), (Day(3), q(5))]);
    assert_eq!(demand(records)["y"], [(Day(1), q(3))]);
    let audit = records.audit_list(1, None).expect("audit");
    let new = audit[0].new.clone().unwrap_or_default();
    assert!(new.contains("\"corrected\":2") && new.contains("\"order\":\"A\""), "{new}");
    // The same under another name, and the file before that: one says nothing new, one is in already.
    let again = bring(records, "june again", &june);
    assert_eq!((again.record().added, again.record().corrected), (0, 0));
    assert!(matches!(bring(records, "may", &known), ImportOutcome::AlreadyImported(_)));

    // A later file has these lines too: they stay, and that is said.
    let would = records.import_undo_preview(record.id).expect("preview");
    assert_eq!(
        (would.restored, would.kept.len()),
        (1, 2),
        "z, which would be back, and two reasons: {would:?}"
    );
    records.undo_import(&act(), again.record().id, false).expect("undone");
    let would = records.import_undo_preview(record.id).expect("preview");
    let undone = records.undo_import(&act(), record.id, false).expect("undone");
    assert_eq!(
        (would.restored, would.order_lines, would.kept),
        (undone.restored, undone.order_lines, undone.kept)
    );
    assert_eq!((undone.restored, undone.order_lines), (3, 1), "two lines and the item z");
    assert_eq!(demand(records), before);
    assert!(records.audit_verify().expect("verify").holds());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a file says of lines that are known: the demand a day is that of the lines, the same file under another name
    /// says nothing new, and taking the newest file back leaves what was before it.
    #[test]
    fn corrections_add_up_and_go_back(
        files in prop::collection::vec(prop::collection::vec((0..4_i32, 0..2_u8, 1..4_i64, 0..2_i32), 0..14), 1..5),
    ) {
        let (_folder, store) = site();
        let records = &store.records;
        let sums = |records: &Records| {
            for item in records.all_items().expect("items") {
                let kept = records.daily_demand(item.id).expect("demand");
                assert_eq!(kept, records.daily_demand_from_lines(item.id).expect("demand"));
            }
            demand(records)
        };
        for (place, drawn) in files.iter().enumerate() {
            let lines: Vec<_> = drawn
                .iter()
                .map(|(order, sku, quantity, later)| line(&format!("order {order}"), order + later, &format!("sku {sku}"), *quantity))
                .collect();
            let before = sums(records);
            let first = bring(records, &format!("file {place}"), &lines);
            let after = sums(records);
            let again = bring(records, &format!("file {place} again"), &lines);
            prop_assert_eq!((again.record().added, again.record().corrected), (0, 0));
            prop_assert_eq!(&sums(records), &after);
            records.undo_import(&act(), again.record().id, false).expect("undone");
            prop_assert_eq!(&sums(records), &after);
            records.undo_import(&act(), first.record().id, false).expect("undone");
            prop_assert_eq!(&sums(records), &before);
            bring(records, &format!("file {place} for good"), &lines);
            prop_assert_eq!(&sums(records), &after);
        }
        prop_assert!(records.audit_verify().expect("verify").holds());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Files that overlap in any way: of each (order, item) there are as many lines as the file with the most has, and the
    /// daily sums are those of the stored lines.
    #[test]
    fn overlapping_files_agree_with_a_map(
        files in prop::collection::vec(prop::collection::vec((0..6_i32, 0..4_u8), 0..60), 1..5),
    ) {
        let (_folder, store) = site();
        let mut most: BTreeMap<(i32, u8), u64> = BTreeMap::new();
        for (place, drawn) in files.iter().enumerate() {
            let mut here: BTreeMap<(i32, u8), u64> = BTreeMap::new();
            let mut lines = Vec::new();
            for &(order, sku) in drawn {
                *here.entry((order, sku)).or_default() += 1;
                // The day is the order's; every second order has no number but its day and customer.
                let order_ref = if order % 2 == 0 { format!("order {order}") } else { String::new() };
                let mut one = line(&order_ref, order, &format!("sku {sku}"), i64::from(sku) + 1);
                one.customer = Some(format!("customer {order}"));
                lines.push(one);
            }
            for (key, n) in here {
                let known = most.entry(key).or_default();
                *known = n.max(*known);
            }
            bring(&store.records, &format!("file {place}"), &lines);
        }
        let mut expected: BTreeMap<String, BTreeMap<Day, Quantity>> = BTreeMap::new();
        for ((order, sku), n) in &most {
            let day = expected.entry(format!("sku {sku}")).or_default().entry(Day(*order)).or_default();
            *day = day.plus(Quantity::of((i64::from(*sku) + 1) * *n as i64));
        }
        let expected: BTreeMap<_, Vec<_>> = expected.into_iter().map(|(sku, days)| (sku, days.into_iter().collect())).collect();
        prop_assert_eq!(&demand(&store.records), &expected);
        for item in store.records.all_items().expect("items") {
            prop_assert_eq!(store.records.daily_demand_from_lines(item.id).expect("demand"), expected[&item.sku].clone());
        }
        let stats = store.records.order_stats().expect("stats");
        prop_assert_eq!(stats.lines, most.values().sum::<u64>());
        prop_assert!(store.records.audit_verify().expect("verify").holds());
    }
}

#[test]
fn an_import_that_ends_early_leaves_nothing() {
    let (_folder, store) = site();
    let nothing = |store: &store::Store| {
        assert_eq!(store.records.order_stats().expect("stats").lines, 0);
        assert!(store.records.all_items().expect("items").is_empty());
        assert!(store.records.import_of(ImportKind::Orders, "sha of f").expect("import").is_none());
        assert_eq!(store.records.audit_verify().expect("verify").rows, 0);
    };
    // Stopped in the middle.
    let stop = Stop::default();
    let mut lines = (0..200_000).map(|n| {
        if n == 50_000 {
            stop.ask();
        }
        Ok(line(&format!("order {n}"), 1, "x", 1))
    });
    let stopped = store.records.import_orders(&act(), &file("f"), &mut lines, &stop, &Progress::none());
    assert_eq!(stopped.expect_err("stopped").kind(), ErrorKind::Stopped);
    nothing(&store);
    // The file broke off.
    let mut lines = (0..9_000)
        .map(|n| if n < 8_999 { Ok(line("A", n, "x", 1)) } else { Err("the file ends inside a row".into()) });
    let broken =
        store.records.import_orders(&act(), &file("f"), &mut lines, &Stop::default(), &Progress::none());
    let message = broken.expect_err("broken off").to_string();
    assert!(
        message.contains("the file ends inside a row") && message.contains("nothing of it was kept"),
        "{message}"
    );
    nothing(&store);
    // A line that can't be kept: the writer gives up before the reader does.
    let mut odd = line("A", 1, "x", 1);
    odd.quantity = Quantity(i64::MAX);
    let mut lines = std::iter::once(Ok(odd)).chain((0..100_000).map(|n| Ok(line("B", n, "x", 1))));
    let odd =
        store.records.import_orders(&act(), &file("f"), &mut lines, &Stop::default(), &Progress::none());
    assert!(odd.expect_err("too large").to_string().contains("line 1 of the file"));
    nothing(&store);
    // Whoever fed it went away.
    let start = store.records.begin_order_import(&act(), &file("f"), &Stop::default()).expect("begin");
    let OrderImportStart::Open(mut import) = start else { panic!("it is new") };
    import.push(vec![line("A", 1, "x", 1)]).expect("push");
    drop(import);
    nothing(&store);
    // And then it goes in.
    assert_eq!(counts(bring(&store.records, "f", &[line("A", 1, "x", 1)]).record()), (1, 1, 0));
}

#[test]
fn items_suppliers_and_stock() {
    let (_folder, store) = site();
    let records = &store.records;
    let stop = Stop::default();
    let rows = vec![
        ItemImport {
            sku: "x".into(),
            name: Some("Pears".into()),
            unit_cost: Some(Money(250)),
            supplier_code: Some("S1".into()),
            supplier_name: Some("Fruit & Co".into()),
            lead_time_days: Some(3),
            ..ItemImport::default()
        },
        ItemImport { sku: "y".into(), supplier_name: Some("Grocer".into()), ..ItemImport::default() },
    ];
    let first = records.import_items(&act(), &file("items"), rows.clone(), &stop).expect("import");
    assert_eq!((first.record().added, first.record().items_created), (2, 2));
    assert!(matches!(
        records.import_items(&act(), &file("items"), rows.clone(), &stop).expect("import"),
        ImportOutcome::AlreadyImported(_)
    ));
    // The same bytes read with other columns, and a file that says less: what it does not say stays.
    let other = store::ImportMeta { mapping: "{\"name\":\"B\"}".into(), ..file("items") };
    let more = vec![
        ItemImport { sku: "x".into(), category: Some("Fruit".into()), ..ItemImport::default() },
        rows[1].clone(),
    ];
    let second = records.import_items(&act(), &other, more, &stop).expect("import");
    assert_eq!(counts(second.record()), (2, 1, 1));
    let x = records.item_by_sku("x").expect("item").expect("x");
    assert_eq!(
        (x.name.as_str(), x.category.as_deref(), x.unit_cost),
        ("Pears", Some("Fruit"), Some(Money(250)))
    );

    let row = SupplierImport { code: "S1".into(), name: None, lead_time_days: Some(9) };
    records.import_suppliers(&act(), &file("suppliers"), vec![row], &stop).expect("import");
    let suppliers = records.suppliers().expect("suppliers");
    assert_eq!(
        suppliers.iter().map(|s| (s.code.as_str(), s.lead_time_days)).collect::<Vec<_>>(),
        [("S1", Some(9)), ("Grocer", None)]
    );

    let stock = |sku: &str, units| StockImport {
        sku: sku.into(),
        on_hand: Quantity::of(units),
        as_of: Some(Day(20)),
        ..StockImport::default()
    };
    // Two bins of x are one level.
    let rows = vec![stock("x", 5), stock("x", 7), stock("z", 1)];
    let brought = records.import_stock(&act(), &file("stock"), rows, &stop).expect("import");
    assert_eq!((brought.record().rows, brought.record().added, brought.record().items_created), (3, 2, 1));
    assert_eq!(records.stock_level(x.id).expect("level").map(|l| l.on_hand), Some(Quantity::of(12)));
    records.count_stock(&act(), x.id, Quantity::of(9), Day(21)).expect("count");
    let ledger = records.movements(x.id, 9).expect("ledger");
    assert_eq!(
        ledger.iter().map(|m| m.movement.on_hand_change()).collect::<Vec<_>>(),
        [Quantity::of(-3), Quantity::of(12)]
    );
    assert_eq!(ledger.iter().map(|m| m.movement.on_hand_change()).sum::<Quantity>(), Quantity::of(9));
    assert_eq!(records.stock_level(x.id).expect("level").and_then(|l| l.as_of), Some(Day(21)));
    assert!(records.audit_verify().expect("verify").holds());
}

#[test]
fn items_made_by_orders_take_what_the_file_says_of_them() {
    let (_folder, store) = site();
    let records = &store.records;
    let known = ItemImport { sku: "tea".into(), name: Some("Tea of ours".into()), ..ItemImport::default() };
    records.import_items(&act(), &file("items"), vec![known], &Stop::default()).expect("items");
    let told = |sku: &str, name: &str| ItemImport {
        sku: sku.into(),
        name: Some(name.into()),
        category: Some("Drinks".into()),
        ..ItemImport::default()
    };
    let OrderImportStart::Open(mut import) =
        records.begin_order_import(&act(), &file("orders"), &Stop::default()).expect("begins")
    else {
        panic!("it is new");
    };
    import.describe(vec![told("tea", "Their tea"), told("milk", "Milk")]).expect("told");
    import
        .push(vec![line("A", 10, "tea", 1), line("A", 10, "milk", 1), line("A", 10, "salt", 1)])
        .expect("lines");
    import.describe(vec![told("salt", "Salt")]).expect("told late");
    assert_eq!(import.finish().expect("done").items_created, 2);
    let items: Vec<_> = records
        .all_items()
        .expect("items")
        .into_iter()
        .map(|item| (item.sku, item.name, item.category.is_some()))
        .collect();
    let is = |sku: &str, name: &str, category: bool| (sku.to_owned(), name.to_owned(), category);
    assert_eq!(items, [is("tea", "Tea of ours", false), is("milk", "Milk", true), is("salt", "Salt", true)]);
}

#[test]
fn two_sources_may_give_two_orders_one_number() {
    let (_folder, store) = site();
    let records = &store.records;
    let from = |name: &str, source: &str| {
        let meta = store::ImportMeta { source: source.into(), ..file(name) };
        let mut lines = [line("1001", 20, "x", 2)].into_iter().map(Ok);
        let done = records.import_orders(&act(), &meta, &mut lines, &Stop::default(), &Progress::none());
        let record = done.expect("imported").record().clone();
        (record.added, record.duplicates)
    };
    assert_eq!(from("a", "north"), (1, 0));
    assert_eq!(from("b", "south"), (1, 0), "another shop's order of that number");
    assert_eq!(from("c", "north"), (0, 1), "the same shop's, in an overlapping file");
    assert_eq!(from("d", ""), (1, 0));
    assert_eq!(records.order_stats().expect("stats").lines, 3);
}
