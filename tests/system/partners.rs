//! Customers and suppliers, from files to lists and papers.

use crate::site::{Site, open};
use app::{Actor, Role};
use base64::Engine;
use contract::*;
use units::{Quantity, SupplierId};

async fn import(site: &Site, kind: ImportKind, name: &str, text: &str) -> ImportReport {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind, file, mapping: vec![], dry_run: false };
    let job = site.app.call(call, &site.by).await.expect("it starts");
    let row = site.app.wait_for_job(job).await.expect("it ends");
    assert_eq!(row.error, None, "{}", row.state);
    serde_json::from_str(&row.result.expect("a report")).expect("readable")
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_come_by_pseudonym_and_by_name_where_an_administrator_says_so() {
    let site = open();
    let page = async || {
        let call = ListCustomers { filter: String::new(), offset: 0, limit: 9 };
        site.app.call(call, &site.by).await.expect("a page")
    };
    let orders = "order_id,date,sku,quantity,customer_id\n1,2026-01-05,MILK,3,C-1\n2,2026-01-06,MILK,4,C-2\n";
    import(&site, ImportKind::Orders, "orders.csv", orders).await;
    let all = page().await;
    assert_eq!((all.total, all.names), (2, false));
    assert!(all.rows.iter().all(|one| one.shown == one.pseudonym && one.code.is_none()), "{all:?}");

    // A file of customers is known by its columns; its names stay outside.
    let customers = "customer code,customer name,address,city\nC-1,Ann Lee,Quay 4,Turku\nC-3,Bo,,\n";
    let report = import(&site, ImportKind::Auto, "customers.csv", customers).await;
    assert_eq!(
        (report.kind, report.stored, report.duplicates),
        (Some(ImportKind::Customers), 1, 1),
        "{report:?}"
    );
    assert!(page().await.rows.iter().all(|one| one.name.is_none()));
    let manager = Actor { name: "Mo".into(), role: Role::Manager };
    let allow = AllowCustomerNames { allow: true, why: "they agreed".into() };
    let refused = site.app.call(allow.clone(), &manager).await.expect_err("not a manager's");
    assert_eq!(refused.code, Code::NotAllowed);
    site.app.call(allow, &site.by).await.expect("allowed");
    import(&site, ImportKind::Customers, "again.csv", &format!("{customers}\n")).await;
    let order = MakeOutbound {
        number: "SO-1".into(),
        customer: "c-1".into(),
        order_ref: None,
        ship_by: None,
        ship_to: None,
        usable_days: 0,
        note: None,
        lines: vec![NewOutboundLine { sku: "MILK".into(), quantity: Quantity::of(1) }],
    };
    let outbound = site.app.call(order, &site.by).await.expect("an order");
    let sheet = site.app.call(GetOutbound { outbound }, &site.by).await.expect("the order");
    assert_eq!(sheet.card.customer, "Ann Lee");
    let ann = page().await.rows.into_iter().find(|one| one.shown == "Ann Lee").expect("Ann");
    assert_eq!((ann.lines, ann.orders, ann.address.as_deref()), (1, 1, Some("Quay 4, Turku")));
    let call = ExportTable { table: "customers".into(), ..ExportTable::default() };
    let file = site.app.call(call, &site.by).await.expect("a file");
    let text = base64::engine::general_purpose::STANDARD.decode(file.base64).expect("base64");
    assert!(String::from_utf8(text).expect("text").contains("Ann Lee"));
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supplier_is_made_changed_and_listed_with_what_it_sells() {
    let site = open();
    import(
        &site,
        ImportKind::Items,
        "items.csv",
        "sku,name,supplier code,supplier name\nMILK,Milk,S-1,Dairy\n",
    )
    .await;
    let list = async |filter: &str| {
        site.app.call(ListSuppliers { filter: filter.into() }, &site.by).await.expect("suppliers")
    };
    let dairy = list("dai").await.remove(0);
    assert_eq!((dairy.code.as_str(), dairy.items, dairy.pack_size), ("S-1", 1, None));
    let save = |supplier: SupplierId, code: &str| SaveSupplier {
        supplier,
        code: code.into(),
        name: "Dairy".into(),
        lead_time_days: Some(4),
        pack_size: Some(Quantity::of(6)),
        order_quantity_min: None,
        note: "by phone".into(),
        why: String::new(),
    };
    let operator = Actor { name: "Li".into(), role: Role::Operator };
    let refused = site.app.call(save(dairy.supplier, "S-1"), &operator).await.expect_err("not an operator's");
    assert_eq!(refused.code, Code::NotAllowed);
    site.app.call(save(dairy.supplier, "S-1"), &site.by).await.expect("saved");
    let twice = site.app.call(save(SupplierId(0), "S-1"), &site.by).await.expect_err("the code is taken");
    assert_eq!(twice.code, Code::Conflict);
    site.app.call(save(SupplierId(0), "S-2"), &site.by).await.expect("a new one");
    let all = list("").await;
    assert_eq!(
        all.iter().map(|one| (one.code.as_str(), one.note.as_str())).collect::<Vec<_>>(),
        [("S-1", "by phone"), ("S-2", "by phone")]
    );
    let sold = ListSupplied { supplier: dairy.supplier, limit: 9 };
    assert_eq!(site.app.call(sold, &site.by).await.expect("items")[0].sku, "MILK");
    site.app.close().await;
}
