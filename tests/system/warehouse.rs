//! The floor and its bins, and what is kept of items, through calls: as a person brings and sees them.

use crate::site::{Site, open};
use contract::*;
use units::{Milli, Quantity};

async fn bring(site: &Site, name: &str, kind: ImportKind, text: &str) -> ImportReport {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind, file, mapping: Vec::new(), dry_run: false };
    let job = site.app.call(call, &site.by).await.expect("a job");
    let row = site.app.wait_for_job(job).await.expect("a job ends");
    serde_json::from_str(&row.result.unwrap_or_else(|| panic!("{:?}", row.error))).expect("a report")
}

async fn item(site: &Site, sku: &str) -> ItemId {
    let list = ListStock { filter: sku.into(), sort: StockSort::Sku, reverse: false, offset: 0, limit: 5 };
    site.app.call(list, &site.by).await.expect("items").rows[0].item
}

const BINS: &str = "warehouse,zone,bin,x_m,y_m,level,capacity_units,temperature_class\n\
    Main,Cold,A-01-1,1,1,1,10,chilled\nMain,Cold,A-01-2,1,1,2,100,chilled\nMain,Hall,B-01-1,,,,,\nNorth,,A-01-1,,,,,\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_floor_shows_each_bin_where_it_is_and_how_full() {
    let site = open();
    let report = bring(&site, "bins.csv", ImportKind::Auto, BINS).await;
    assert_eq!((report.kind, report.stored), (Some(ImportKind::Places), 4));
    assert!(report.columns.iter().all(|column| column.kept), "{:?}", report.columns);
    bring(
        &site,
        "stock.csv",
        ImportKind::Stock,
        "sku,on_hand,bin,warehouse\nMILK,12,A-01-1,Main\nTEA,30,B-01-1,Main\n",
    )
    .await;
    let floor = site.app.call(GetFloor { warehouse: None }, &site.by).await.expect("a floor");
    assert_eq!((floor.warehouses.len(), floor.warehouse.as_str(), floor.bins.len()), (2, "Main", 3));
    let bin = |code: &str| floor.bins.iter().find(|bin| bin.code == code).expect("a bin").clone();
    let full = bin("A-01-1");
    assert_eq!((full.x_mm, full.level, full.derived), (1_000, 1, false));
    assert_eq!(
        (full.fill, full.quantity, full.items, full.class),
        (Some(1_200), Quantity::of(12), 1, Some(3))
    );
    assert!(bin("B-01-1").derived && bin("B-01-1").fill.is_none() && bin("B-01-1").value.0 > 0);
    let north = site.app.call(GetFloor { warehouse: Some("North".into()) }, &site.by).await.expect("a floor");
    assert_eq!(north.bins.len(), 1);

    let detail = site.app.call(GetBin { bin: full.bin, limit: 10 }, &site.by).await.expect("a bin");
    assert_eq!((detail.name.as_str(), detail.contents.len(), detail.movements.len()), ("Main/A-01-1", 1, 1));
    assert_eq!(detail.movements[0].change, Quantity::of(12));
    let work = site.app.call(ListStockWork { each: 9 }, &site.by).await.expect("work").rows;
    let over = work.iter().find(|row| row.kind == "over-capacity").expect("it is over");
    assert_eq!((over.bin, over.detail.as_deref()), (Some(full.bin), Some("12 > 10")));
    let facts = BinFacts { capacity_units: Some(Quantity::of(20)), x_m: Some(Milli(2_000)), ..detail.facts };
    let saved = site.app.call(SaveBin { facts, why: "measured".into() }, &site.by).await.expect("saved");
    assert_eq!(saved, full.bin);
    let twice = BinFacts { warehouse: "Main".into(), code: "A-01-1".into(), ..BinFacts::default() };
    let refused =
        site.app.call(SaveBin { facts: twice, why: String::new() }, &site.by).await.expect_err("twice");
    assert_eq!(refused.code, Code::Conflict);
    let work = site.app.call(ListStockWork { each: 9 }, &site.by).await.expect("work").rows;
    assert!(work.iter().all(|row| row.kind != "over-capacity"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_items_units_kit_and_levels_are_kept() {
    let site = open();
    bring(&site, "stock.csv", ImportKind::Stock, "sku,on_hand\nTEA,30\nMUG,7\nSET,0\n").await;
    let (tea, mug, set) = (item(&site, "TEA").await, item(&site, "MUG").await, item(&site, "SET").await);
    let unit = ItemUnitRow { name: "case".into(), factor: "12".into(), ..ItemUnitRow::default() };
    site.app.call(SaveItemUnit { item: tea, unit, why: String::new() }, &site.by).await.expect("saved");
    let odd = ItemUnitRow { name: "box".into(), factor: "none".into(), ..ItemUnitRow::default() };
    let refused = site.app.call(SaveItemUnit { item: tea, unit: odd, why: String::new() }, &site.by).await;
    assert_eq!(refused.expect_err("no factor").code, Code::BadInput);
    let parts = vec![("TEA".to_owned(), Quantity::of(10)), ("MUG".to_owned(), Quantity::of(2))];
    site.app.call(SetKit { kit: set, parts, why: String::new() }, &site.by).await.expect("saved");
    let others = vec![("TEA".to_owned(), String::new())];
    site.app.call(SetSubstitutes { item: mug, others, why: String::new() }, &site.by).await.expect("saved");
    let class = Some("chilled".to_owned());
    site.app.call(SetItemClass { item: tea, class, why: String::new() }, &site.by).await.expect("saved");
    let level = LevelRow { least: Some(Quantity::of(5)), ..LevelRow::default() };
    site.app.call(SaveItemLevel { item: tea, level, why: String::new() }, &site.by).await.expect("saved");
    let of = |item| site.app.call(GetItemMaster { item }, &site.by);
    let kit = of(set).await.expect("a kit");
    assert_eq!((kit.parts.len(), kit.buildable), (2, Quantity::of(3)));
    let tea = of(tea).await.expect("an item");
    assert_eq!((tea.units.len(), tea.class.as_deref(), tea.part_of.len()), (1, Some("chilled"), 1));
    assert_eq!(tea.levels[0].least, Some(Quantity::of(5)));
    assert_eq!(of(mug).await.expect("an item").substitutes[0].sku, "TEA");
    assert!(site.app.call(VerifyAudit {}, &site.by).await.expect("a verdict").intact);
}
