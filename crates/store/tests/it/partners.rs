//! Customers by pseudonym or name, and what suppliers ask of an order.

use crate::{act, file, line, site};
use domain::{Actor, Item, Role, Supplier};
use store::{
    Act, CustomerImport, ImportOutcome, NewOutLine, NewOutbound, OutboundQuery, Records, SupplierImport,
    SupplierTerms,
};
use units::{ItemId, Progress, Quantity, Stop, SupplierId};

fn order(records: &Records, number: &str, customer: &str) -> String {
    let item = match records.item_by_sku("x").expect("read") {
        Some(item) => item.id,
        None => records.save_item(&act(), &bare("x")).expect("an item"),
    };
    let new = NewOutbound {
        number: number.into(),
        customer: customer.into(),
        lines: vec![NewOutLine { item, quantity: Quantity::of(1) }],
        ..NewOutbound::default()
    };
    let id = records.make_outbound(&act(), &new).expect("an order");
    records.outbound(id).expect("read").card.customer
}

fn bare(sku: &str) -> Item {
    Item {
        id: ItemId(0),
        sku: sku.into(),
        name: sku.into(),
        category: None,
        unit_of_measure: None,
        unit_cost: None,
        supplier: None,
        lead_time_days: None,
        pack_size: None,
        order_quantity_min: None,
        service_level: None,
    }
}

fn import(records: &Records, name: &str, rows: &[(&str, &str)]) -> ImportOutcome {
    let row = |(code, name): &(&str, &str)| CustomerImport {
        code: (*code).into(),
        name: Some((*name).into()),
        address: Some("Quay 4".into()),
    };
    let rows = rows.iter().map(row).collect();
    records.import_customers(&act(), &file(name), rows, &Stop::default()).expect("imported")
}

#[test]
fn a_customer_goes_by_a_pseudonym_until_names_may_be_kept_and_again_when_they_are_forgotten() {
    let (folder, store) = site();
    let records = &store.records;
    let word = order(records, "SO-1", "Ann Lee");
    assert!(word.starts_with("K-") && word.len() == 12, "{word}");
    assert_eq!(order(records, "SO-2", " ann lee "), word, "the same person");
    assert_ne!(order(records, "SO-3", "Bob"), word);
    // Who knows the name finds the orders; who has the file does not find the name.
    let found = |text: &str| {
        let query = OutboundQuery { filter: text.into(), limit: 9, ..OutboundQuery::default() };
        records
            .outbounds(&query)
            .expect("a list")
            .rows
            .into_iter()
            .map(|card| card.number)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("Ann Lee"), ["SO-1", "SO-2"]);
    import(records, "customers", &[("Ann Lee", "Ann Lee of the Quay")]);
    for one in std::fs::read_dir(folder.path()).expect("the folder") {
        let path = one.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            assert!(
                !bytes.windows(7).any(|text| text.eq_ignore_ascii_case(b"ann lee")),
                "{}",
                path.display()
            );
        }
    }

    // An administrator lets names be kept: what comes again is known by name, the papers as well.
    let admin = Act::new(&Actor { name: "Root".into(), role: Role::Admin }, crate::NOW);
    records.allow_customer_names(&admin, true).expect("allowed");
    let ImportOutcome::Imported(record) =
        import(records, "again", &[("Ann Lee", "Ann Lee of the Quay"), ("C-9", "Cy")])
    else {
        panic!("it is another file")
    };
    assert_eq!((record.added, record.duplicates), (2, 0));
    let page = records.customers("quay", 0, 9).expect("a page");
    assert_eq!(
        (page.total, page.rows[0].customer.shown(), page.rows[0].orders),
        (1, "Ann Lee of the Quay", 2)
    );
    assert_eq!(
        order(records, "SO-4", "Ann Lee of the Quay"),
        "Ann Lee of the Quay",
        "by the name that is shown"
    );
    assert_eq!(found("of the Quay"), ["SO-1", "SO-2", "SO-4"]);
    assert_eq!(records.customer_shown(&word).expect("a name"), "Ann Lee of the Quay");

    // An undo takes back what the file said, and who is named nowhere else.
    let undone = records.undo_import(&act(), record.id, false).expect("undone");
    assert_eq!(undone.restored, 2, "{undone:?}");
    assert_eq!(records.customers("", 0, 9).expect("a page").total, 2);

    import(records, "third", &[("Ann Lee", "Ann Lee of the Quay")]);
    records.allow_customer_names(&admin, false).expect("forgotten");
    let all = records.customers("", 0, 9).expect("a page").rows;
    assert!(all.iter().all(|one| one.customer.shown() == one.customer.pseudonym), "{all:?}");
    assert_eq!(found("Ann Lee"), ["SO-1", "SO-2", "SO-4"], "the pseudonym goes on");
    assert!(records.audit_verify().expect("verify").holds());
}

#[test]
fn an_order_history_makes_its_customers_known_and_an_undo_forgets_them() {
    let (_folder, store) = site();
    let records = &store.records;
    let bring = |name: &str, customers: &[&str]| {
        let lines: Vec<_> = customers
            .iter()
            .enumerate()
            .map(|(n, customer)| {
                let mut one = line(&format!("{name}-{n}"), 20, "x", 2);
                one.customer = Some((*customer).into());
                one
            })
            .collect();
        let mut lines = lines.into_iter().map(Ok);
        records
            .import_orders(&act(), &file(name), &mut lines, &Stop::default(), &Progress::none())
            .expect("imported")
            .record()
            .id
    };
    let first = bring("a", &["C-1", "C-2", "C-1"]);
    bring("b", &["C-2"]);
    let page = records.customers("C-1", 0, 9).expect("a page");
    assert_eq!((page.total, page.rows[0].lines, page.rows[0].quantity), (1, 2, Quantity::of(4)));
    let undone = records.undo_import(&act(), first, false).expect("undone");
    assert!(
        undone.kept.iter().any(|kept| kept.table == "customer"),
        "the later file has one of them: {undone:?}"
    );
    let left = records.customers("", 0, 9).expect("a page");
    assert_eq!((left.total, left.rows[0].lines), (1, 1));
}

#[test]
fn terms_of_a_supplier_hold_for_items_that_say_none_of_their_own() {
    let (_folder, store) = site();
    let records = &store.records;
    let supplier =
        Supplier { id: SupplierId(0), code: "S-1".into(), name: "Fruit".into(), lead_time_days: Some(5) };
    let terms = SupplierTerms {
        pack_size: Some(Quantity::of(12)),
        order_quantity_min: Some(Quantity::of(24)),
        note: None,
    };
    let id = records.save_supplier_terms(&act(), &supplier, &terms).expect("saved");
    let sold = |sku: &str, pack| Item { supplier: Some(id), pack_size: pack, ..bare(sku) };
    records.save_item(&act(), &sold("own", Some(Quantity::of(5)))).expect("an item");
    records.save_item(&act(), &sold("none", None)).expect("an item");
    let packs: Vec<_> = records
        .items_on_terms()
        .expect("items")
        .into_iter()
        .map(|item| (item.sku, item.pack_size, item.order_quantity_min))
        .collect();
    let (five, twelve, least) = (Some(Quantity::of(5)), Some(Quantity::of(12)), Some(Quantity::of(24)));
    assert_eq!(packs, [("none".into(), twelve, least), ("own".into(), five, least)]);
    let card = records.supplier_cards().expect("suppliers").remove(0);
    assert_eq!((card.items, card.terms, card.took_days), (2, terms.clone(), None));
    // Another of the same code is refused; the same again is no change.
    assert!(records.save_supplier_terms(&act(), &supplier, &terms).is_err());
    let known = Supplier { id, ..supplier };
    let before = records.audit_list(99, None).expect("the audit").len();
    records.save_supplier_terms(&act(), &known, &terms).expect("nothing to do");
    assert_eq!(records.audit_list(99, None).expect("the audit").len(), before);
    // A file that says only a lead time leaves the terms.
    let row = SupplierImport { code: "S-1".into(), name: None, lead_time_days: Some(9) };
    records.import_suppliers(&act(), &file("suppliers"), vec![row], &Stop::default()).expect("imported");
    let card = records.supplier_cards().expect("suppliers").remove(0);
    assert_eq!((card.supplier.lead_time_days, card.terms), (Some(9), terms));
}
