//! Bins by warehouse and code, what they hold, and items' units, kits and levels: from files, by hand, and taken back.

use crate::{act, file, open, site};
use domain::stock::{Bin, Capacity, DEFAULT_BIN, Spot, TemperatureClass};
use domain::{Component, ItemUnit, Ratio, Size};
use store::{
    BinImport, ErrorKind, ImportOutcome, ItemImport, ItemLevel, Records, StockImport, Warehouse, WorkKind,
};
use units::{BinId, Day, ItemId, ItemUnitId, Quantity, Stop};

fn bin(warehouse: &str, code: &str) -> BinImport {
    let warehouse = (!warehouse.is_empty()).then(|| warehouse.to_owned());
    BinImport { warehouse, code: code.into(), ..BinImport::default() }
}

fn bins(records: &Records, name: &str, rows: Vec<BinImport>) -> ImportOutcome {
    records.import_places(&act(), &file(name), Vec::new(), rows, Vec::new(), &Stop::default()).expect("bins")
}

fn stock(records: &Records, name: &str, rows: &[(&str, Option<&str>, &str, i64)]) -> ImportOutcome {
    let rows = rows.iter().map(|(sku, warehouse, bin, units)| StockImport {
        sku: (*sku).into(),
        on_hand: Quantity::of(*units),
        as_of: Some(Day(20)),
        bin: Some((*bin).into()),
        warehouse: warehouse.map(Into::into),
        ..StockImport::default()
    });
    records.import_stock(&act(), &file(name), rows.collect(), &Stop::default()).expect("stock")
}

fn names(records: &Records) -> Vec<(String, String)> {
    records.bins().expect("bins").into_iter().map(|bin| (bin.warehouse, bin.code)).collect()
}

fn item(records: &Records, sku: &str) -> ItemId {
    records.item_by_sku(sku).expect("read").expect("an item").id
}

#[test]
fn two_warehouses_have_bins_of_one_name() {
    let (_folder, store) = site();
    let records = &store.records;
    let rows = || vec![bin("Boston", "COLD"), bin("Chicago", "COLD"), bin("Chicago", "R1")];
    let done = bins(records, "bins", rows());
    assert_eq!((done.record().added, done.record().duplicates), (3, 0));
    let names = names(records);
    assert_eq!(
        names.iter().map(|(w, c)| format!("{w}/{c}")).collect::<Vec<_>>(),
        ["/DEFAULT", "Boston/COLD", "Chicago/COLD", "Chicago/R1"]
    );
    // A code alone means the only bin of that code; of several it is asked which.
    assert_eq!(records.bin_by_code("R1").expect("found").expect("one").warehouse, "Chicago");
    let asked = records.bin_by_code("COLD").expect_err("two of them");
    assert_eq!(asked.kind(), ErrorKind::Conflict);
    assert!(asked.to_string().contains("Boston/COLD, Chicago/COLD"), "{asked}");
    assert_eq!(records.bin_by_code("Chicago/COLD").expect("found").expect("one").warehouse, "Chicago");
    assert_eq!(records.bin_by_code("nowhere").expect("read"), None);
    let shown = records.bin_names().expect("names");
    let mut shown: Vec<&String> = shown.values().collect();
    shown.sort();
    assert_eq!(shown, ["Boston/COLD", "Chicago/COLD", "DEFAULT", "R1"]);
    // A file whose other bins are of one warehouse means that one.
    stock(records, "stock", &[("a", None, "COLD", 3), ("b", None, "R1", 1)]);
    let chicago = records.bin_by_code("Chicago/COLD").expect("found").expect("one").id;
    assert_eq!(records.bin_contents(Some(chicago)).expect("contents")[0].quantity, Quantity::of(3));
    let again = bins(records, "the same with another name", rows());
    assert_eq!((again.record().added, again.record().duplicates), (0, 3));
}

#[test]
fn bins_of_an_old_site_stay_and_are_the_first_warehouses_that_names_them() {
    let (folder, store) = site();
    stock(&store.records, "stock", &[("a", None, "COLD", 5), ("a", None, "R1", 2)]);
    let before = store.records.bins().expect("bins");
    drop(store);
    // As a program wrote it to which a code was all of a bin, with a count that names one.
    let old = rusqlite::Connection::open(folder.path().join("records.db")).expect("open");
    old.execute_batch(
        "PRAGMA foreign_keys = OFF;
         CREATE TABLE old_bin(id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE, zone INTEGER,
            capacity INTEGER, temperature INTEGER);
         INSERT INTO old_bin SELECT id, code, zone, 7000, 3 FROM bin;
         DROP TABLE bin; ALTER TABLE old_bin RENAME TO bin; DROP TABLE warehouse;
         DELETE FROM migration WHERE name IN ('stock-3-warehouses', 'stock-4-sites');",
    )
    .expect("as it was");
    drop(old);
    let store = open(&folder);
    let records = &store.records;
    let after = records.bins().expect("bins");
    assert_eq!(
        after.iter().map(|bin| (bin.id, bin.code.clone(), bin.capacity.units)).collect::<Vec<_>>(),
        before.iter().map(|bin| (bin.id, bin.code.clone(), Some(Quantity::of(7)))).collect::<Vec<_>>()
    );
    assert_eq!(after[0].temperature, Some(TemperatureClass::Chilled));
    bins(records, "bins", vec![bin("Boston", "COLD"), bin("Chicago", "COLD")]);
    let cold = records.bins().expect("bins").into_iter().filter(|bin| bin.code == "COLD").collect::<Vec<_>>();
    assert_eq!(cold.len(), 2);
    let kept = before.iter().find(|bin| bin.code == "COLD").expect("it was there").id;
    assert_eq!(cold[0].warehouse, "Boston");
    assert_eq!(cold[0].id, kept, "what lies there lies there still");
    assert_eq!(records.bin_contents(Some(kept)).expect("contents")[0].quantity, Quantity::of(5));
    assert!(cold[1].id > before.iter().map(|bin| bin.id).max().expect("some"), "numbers are not given twice");
    assert_eq!(records.stock_verify().expect("verify"), []);
    assert!(records.audit_verify().expect("verify").holds());
    // The table that names bins by number still finds them.
    drop(store);
    let file = rusqlite::Connection::open(folder.path().join("records.db")).expect("open");
    let broken: i64 =
        file.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).expect("check");
    assert_eq!(broken, 0);
}

#[test]
fn what_a_file_says_of_bins_is_kept_and_taken_back() {
    let (_folder, store) = site();
    let records = &store.records;
    bins(records, "first", vec![bin("Main", "A-1")]);
    let told = BinImport {
        number: Some("M-1".into()),
        zone: Some("Cold".into()),
        capacity: Capacity {
            units: Some(Quantity::of(100)),
            weight_grams: Some(500_000),
            ..Capacity::default()
        },
        temperature: Some(TemperatureClass::Chilled),
        spot: Some(Spot { x_mm: 1_500, y_mm: 2_000, level: 2 }),
        pick_order: Some(7),
        ..bin("Main", "A-1")
    };
    let sites = vec![Warehouse { name: "Main".into(), kind: Some("Depot".into()), ..Warehouse::default() }];
    let second_of_the_name = BinImport { number: Some("M-2".into()), ..bin("Main", "A-1") };
    let done = records
        .import_places(
            &act(),
            &file("second"),
            sites,
            vec![told, second_of_the_name],
            Vec::new(),
            &Stop::default(),
        )
        .expect("places");
    assert_eq!(done.record().added, 3);
    let one = records.bin_by_code("A-1").expect("read").expect("there");
    assert_eq!((one.number.as_deref(), one.pick_order), (Some("M-1"), Some(7)));
    assert_eq!(one.spot, Some(Spot { x_mm: 1_500, y_mm: 2_000, level: 2 }));
    let zones = records.zones().expect("zones");
    assert_eq!(
        zones.iter().find(|zone| Some(zone.id) == one.zone).map(|zone| zone.name.as_str()),
        Some("Cold")
    );
    // A second place of the name goes by its number, and is found by it.
    assert_eq!(records.bin_by_code("M-2").expect("read").expect("there").code, "M-2");
    assert_eq!(records.bin_by_code("M-1").expect("read").expect("there").id, one.id);
    // Another warehouse's room of the same name is another zone.
    let other = BinImport { zone: Some("Cold".into()), ..bin("North", "A-1") };
    bins(records, "third", vec![other]);
    let north =
        records.bins().expect("bins").into_iter().find(|bin| bin.warehouse == "North").expect("there");
    assert_ne!(north.zone, one.zone);
    let undone = records.undo_import(&act(), done.record().id, false).expect("undone");
    assert_eq!((undone.restored, undone.kept.len()), (3, 0));
    let back = records.bin_by_code("Main/A-1").expect("read").expect("there");
    assert_eq!(back, Bin { id: one.id, warehouse: "Main".into(), code: "A-1".into(), ..Bin::default() });
    assert_eq!(records.warehouses().expect("sites"), []);
}

#[test]
fn what_lies_in_a_bin_is_as_old_as_its_oldest_unit() {
    let (_folder, store) = site();
    let records = &store.records;
    let shift = |from, to, units, day| {
        let shift = store::Shift {
            item: item(records, "a"),
            lot: None,
            from,
            to,
            quantity: Quantity::of(units),
            kind: domain::stock::MovementKind::Move,
            day: Day(day),
            reason: None,
            unit_cost: None,
            source: None,
            party: None,
        };
        records.shift_stock(&act(), &[shift]).expect("moved")
    };
    use domain::stock::{Place, Side, Standing};
    stock(records, "stock", &[("a", None, "R1", 0)]);
    let bin = records.bin_by_code("R1").expect("read").expect("there").id;
    let (here, supplier) = (Side::bin(bin, Standing::Free), Side::outside(Place::Supplier));
    shift(supplier, here, 10, 30);
    shift(supplier, here, 5, 40);
    shift(here, Side::outside(Place::Customer), 6, 41);
    let since = |of| {
        records
            .bin_contents(of)
            .expect("contents")
            .iter()
            .find(|one| one.bin == bin)
            .and_then(|one| one.since)
    };
    assert_eq!(since(Some(bin)), Some(Day(30)));
    assert_eq!(since(None), Some(Day(30)));
    shift(here, Side::outside(Place::Customer), 4, 42);
    assert_eq!(since(None), Some(Day(40)), "the ten that came first are gone");
    let moves = records.bin_movements(bin, 10).expect("movements");
    assert_eq!(moves.iter().map(|one| one.day.0).collect::<Vec<_>>(), [42, 41, 40, 30]);
    assert!(records.bin_contents(Some(DEFAULT_BIN)).expect("contents").is_empty());
}

fn unit(item: ItemId, name: &str, factor: i64) -> ItemUnit {
    ItemUnit {
        id: ItemUnitId(0),
        item,
        name: name.into(),
        factor: Ratio::new(factor, 1).expect("a ratio"),
        gtin: None,
        size: Size::default(),
    }
}

#[test]
fn units_come_from_files_and_hands_and_clashes_are_told() {
    let (_folder, store) = site();
    let records = &store.records;
    let row = ItemImport {
        sku: "tea".into(),
        unit_of_measure: Some("each".into()),
        gtin: Some("4012345678901".into()),
        package: Some("case".into()),
        pack_size: Some(Quantity::of(12)),
        size: Size { weight_grams: Some(250), ..Size::default() },
        temperature: Some(TemperatureClass::Ambient),
        level: Some(ItemLevel { least: Some(Quantity::of(20)), ..ItemLevel::default() }),
        ..ItemImport::default()
    };
    let pallet = ItemImport {
        sku: "tea".into(),
        unit_of_measure: Some("pallet".into()),
        unit_factor: Ratio::new(480, 1),
        ..ItemImport::default()
    };
    let done =
        records.import_items(&act(), &file("items"), vec![row, pallet], &Stop::default()).expect("items");
    let tea = item(records, "tea");
    let told = |records: &Records| -> Vec<String> {
        let units = records.item_units(tea).expect("units");
        units.iter().map(|unit| format!("{} {}", unit.name, unit.factor)).collect()
    };
    assert_eq!(told(records), ["each 1", "case 12", "pallet 480"]);
    assert_eq!(records.item(tea).expect("item").item.unit_of_measure.as_deref(), Some("each"));
    assert_eq!(records.unit_by_gtin("04012345678901").expect("read").map(|unit| unit.item), Some(tea));
    assert_eq!(records.item_class(tea).expect("class"), Some(TemperatureClass::Ambient));
    assert_eq!(records.item_levels(tea).expect("levels")[0].least, Some(Quantity::of(20)));
    assert_eq!(records.in_own_unit(tea, "箱", Quantity::of(2)).expect("read"), Some(Quantity::of(24)));
    let clash = |records: &Records| -> Vec<String> {
        let (work, counts) = records.stock_work(9).expect("work");
        let told: Vec<_> = work
            .into_iter()
            .filter(|one| one.kind == WorkKind::UnitClash)
            .filter_map(|one| one.detail)
            .collect();
        let counted = counts.iter().find(|(kind, _)| *kind == WorkKind::UnitClash).map(|(_, n)| *n);
        assert_eq!(counted, Some(told.len() as u64));
        told
    };
    assert_eq!(clash(records), Vec::<String>::new());
    let carton = records.save_item_unit(&act(), &unit(tea, "carton", 24)).expect("saved");
    assert_eq!(clash(records), ["case = 12 ≠ carton = 24"]);
    assert_eq!(
        records.save_item_unit(&act(), &unit(tea, "carton", 6)).expect_err("twice").kind(),
        ErrorKind::Conflict
    );
    records.remove_item_unit(&act(), carton).expect("removed");
    let undone = records.undo_import(&act(), done.record().id, false).expect("undone");
    assert!(undone.kept.is_empty(), "{:?}", undone.kept);
    assert!(records.item_by_sku("tea").expect("read").is_none());
}

#[test]
fn a_kit_is_as_many_as_its_scarcest_part_and_adds_to_no_sum() {
    let (_folder, store) = site();
    let records = &store.records;
    stock(records, "stock", &[("mug", None, "R1", 7), ("tea", None, "R1", 40), ("set", None, "R1", 2)]);
    let (mug, tea, set) = (item(records, "mug"), item(records, "tea"), item(records, "set"));
    let part = |item, units| Component { item, quantity: Quantity::of(units) };
    records.set_kit(&act(), set, &[part(mug, 2), part(tea, 10)]).expect("saved");
    let (parts, allowed) = records.kit(set).expect("a kit");
    assert_eq!((parts.len(), allowed), (2, Quantity::of(3)));
    assert_eq!(records.stock_level(set).expect("level").expect("known").on_hand, Quantity::of(2));
    assert_eq!(records.kits_with(mug).expect("kits")[0].0.id, set);
    let refused = records.set_kit(&act(), mug, &[part(set, 1)]).expect_err("it would contain itself");
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    records.set_kit(&act(), set, &[]).expect("taken apart");
    assert_eq!(records.kit(set).expect("no kit"), (vec![], Quantity::ZERO));
    records.set_substitutes(&act(), mug, &[(tea, "in need".into())]).expect("saved");
    assert_eq!(records.substitutes(mug).expect("read")[0].note, "in need");
    assert_eq!(records.stock_verify().expect("verify"), []);
    assert!(records.audit_verify().expect("verify").holds());
}

#[test]
fn a_full_bin_and_a_warm_one_are_on_the_work_list() {
    let (_folder, store) = site();
    let records = &store.records;
    let row = ItemImport {
        sku: "milk".into(),
        temperature: Some(TemperatureClass::Chilled),
        size: Size { weight_grams: Some(1_000), ..Size::default() },
        unit_of_measure: Some("each".into()),
        ..ItemImport::default()
    };
    records.import_items(&act(), &file("items"), vec![row], &Stop::default()).expect("items");
    let small = BinImport {
        capacity: Capacity { weight_grams: Some(30_000), ..Capacity::default() },
        temperature: Some(TemperatureClass::Ambient),
        ..bin("", "R1")
    };
    let few = BinImport {
        capacity: Capacity { units: Some(Quantity::of(10)), ..Capacity::default() },
        ..bin("", "R2")
    };
    bins(records, "bins", vec![small, few]);
    stock(records, "stock", &[("milk", None, "R1", 40), ("milk", None, "R2", 11)]);
    let work = records.stock_work(9).expect("work").0;
    let told = |kind| -> Vec<(Option<String>, Option<String>)> {
        work.iter().filter(|one| one.kind == kind).map(|one| (one.bin.clone(), one.detail.clone())).collect()
    };
    let of = |bin: &str, what: &str| (Some(bin.to_owned()), Some(what.to_owned()));
    assert_eq!(told(WorkKind::OverCapacity), [of("R1", "40 > 30 kg"), of("R2", "11 > 10")]);
    assert_eq!(told(WorkKind::WrongClass), [of("R1", "chilled > ambient")]);
    assert_eq!(records.bin(BinId(2)).expect("read").code, "R1");
}
