//! The ledger: its sums against a notebook, through back-dating, undo and reopening; old sites; whole imports taken back.

use crate::{Draw, act, file, line, open, site};
use domain::stock::{AsOf, DEFAULT_BIN, LotStatus, MovementKind, Place, ReasonCode, Side, Standing};
use std::collections::BTreeMap;
use store::{
    Correction, ErrorKind, ItemImport, KeptBecause, Records, Shift, StockImport, Store, TraceFrom, WorkKind,
};
use units::{BinId, Day, ItemId, LotId, MovementId, Quantity, Stop};

fn row(sku: &str, units: i64) -> StockImport {
    StockImport {
        sku: sku.into(),
        on_hand: Quantity::of(units),
        as_of: Some(Day(20)),
        ..StockImport::default()
    }
}

fn spot(sku: &str, lot: &str, bin: &str, units: i64) -> StockImport {
    StockImport { lot: Some(lot.into()), bin: Some(bin.into()), ..row(sku, units) }
}

fn item(records: &Records, sku: &str) -> ItemId {
    records.item_by_sku(sku).expect("read").expect("an item").id
}

fn import(records: &Records, name: &str, rows: Vec<StockImport>) -> units::ImportId {
    records.import_stock(&act(), &file(name), rows, &Stop::default()).expect("import").record().id
}

fn shift(item: ItemId, lot: Option<LotId>, from: Side, to: Side, units: i64, day: i32) -> Shift {
    Shift {
        item,
        lot,
        from,
        to,
        quantity: Quantity::of(units),
        kind: MovementKind::Move,
        day: Day(day),
        reason: None,
        unit_cost: None,
        source: None,
        party: None,
    }
}

fn free(bin: BinId) -> Side {
    Side::bin(bin, Standing::Free)
}

fn holds(store: &Store) {
    assert_eq!(store.records.stock_verify().expect("verify"), []);
    assert!(store.records.audit_verify().expect("verify").holds());
}

/// A change of one spot on one day.
type Entry = (i32, Option<LotId>, Side, i64);

/// What a person with a notebook would know: every change with its day, added up afresh for each question.
#[derive(Default)]
struct Notebook {
    entries: Vec<Entry>,
    bookings: Vec<(MovementId, Vec<Entry>, bool)>,
}

impl Notebook {
    fn sum(&self, day: i32, lot: Option<LotId>, of: impl Fn(Side) -> bool) -> i64 {
        self.entries.iter().filter(|e| e.0 <= day && e.1 == lot && of(e.2)).map(|e| e.3).sum()
    }

    fn now(&self) -> BTreeMap<(Option<LotId>, Side), i64> {
        let mut sums = BTreeMap::new();
        for (_, lot, side, change) in self.entries.iter().filter(|e| e.2.on_hand()) {
            *sums.entry((*lot, *side)).or_insert(0) += change;
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }

    fn book(&mut self, booking: Option<MovementId>, entries: Vec<Entry>) {
        self.entries.extend(&entries);
        if let Some(booking) = booking {
            self.bookings.push((booking, entries, false));
        }
    }
}

#[test]
fn the_ledger_equals_a_notebook_under_random_movements_undo_and_back_dating() {
    for seed in 1..=4 {
        let (folder, mut store) = site();
        import(&store.records, "first", vec![spot("x", "A", "B1", 0), spot("x", "B", "B2", 0)]);
        let x = item(&store.records, "x");
        let lots: Vec<Option<LotId>> = std::iter::once(None)
            .chain(store.records.lots(x).expect("lots").iter().map(|l| Some(l.id)))
            .collect();
        let bins = [DEFAULT_BIN, BinId(2), BinId(3)];
        let mut draw = Draw(seed);
        let mut book = Notebook::default();
        for step in 0..70 {
            let records = &store.records;
            let lot = lots[draw.below(3) as usize];
            let (bin, other) = (bins[draw.below(3) as usize], bins[draw.below(3) as usize]);
            let (units, day) = (1 + draw.below(9) as i64, 10 + draw.below(20) as i32);
            match draw.below(6) {
                0 => {
                    let from = Side::outside(Place::Supplier);
                    let done = records
                        .shift_stock(&act(), &[shift(x, lot, from, free(bin), units, day)])
                        .expect("in");
                    book.book(done.booking, vec![(day, lot, from, -units), (day, lot, free(bin), units)]);
                }
                1 | 2 => {
                    let standings = [Standing::Free, Standing::Allocated, Standing::Picked, Standing::Held];
                    let from = Side::bin(bin, standings[draw.below(4) as usize]);
                    let to = match draw.below(5) {
                        0 => Side::outside(Place::Customer),
                        n => Side::bin(other, standings[n as usize - 1]),
                    };
                    let enough = book.sum(i32::MAX, lot, |side| side == from) >= units;
                    let done = records.shift_stock(&act(), &[shift(x, lot, from, to, units, day)]);
                    if !enough || from == to {
                        assert_eq!(done.expect_err("refused").kind(), ErrorKind::Conflict);
                    } else {
                        let entries = vec![(day, lot, from, -units), (day, lot, to, units)];
                        book.book(done.expect("moved").booking, entries);
                    }
                }
                3 => {
                    // A count of one spot on some day: what is promised lies in the bin too.
                    let class = |side: Side| {
                        side.place == Place::Bin(bin)
                            && matches!(
                                side.standing,
                                Standing::Free | Standing::Allocated | Standing::Picked
                            )
                    };
                    let change = units - book.sum(day, lot, class);
                    let correction = Correction {
                        item: x,
                        lot,
                        bin,
                        standing: Standing::Free,
                        quantity: Quantity::of(units),
                        day: Day(day),
                        reason: ReasonCode::Counted,
                    };
                    let done = records.correct_stock(&act(), &correction).expect("corrected");
                    let outside = Side::outside(Place::Adjustment);
                    let entries = vec![(day, lot, free(bin), change), (day, lot, outside, -change)];
                    book.book(done.booking, if change == 0 { vec![] } else { entries });
                }
                4 if !book.bookings.is_empty() => {
                    let which = draw.below(book.bookings.len() as u64) as usize;
                    let (booking, entries, undone) = book.bookings[which].clone();
                    let done = records.undo_booking(&act(), booking, ReasonCode::WrongEntry);
                    let now = book.now();
                    let moved_on = entries.iter().any(|(_, lot, side, change)| {
                        side.on_hand()
                            && *change > 0
                            && now.get(&(*lot, *side)).copied().unwrap_or(0) < *change
                    });
                    if undone || moved_on {
                        assert_eq!(done.expect_err("refused").kind(), ErrorKind::Conflict);
                    } else {
                        done.expect("undone");
                        book.bookings[which].2 = true;
                        book.entries.extend(
                            entries.iter().map(|(day, lot, side, change)| (*day, *lot, *side, -change)),
                        );
                    }
                }
                _ => {
                    let got = records
                        .allocate_stock(&act(), x, Quantity::of(units), "SO-1", Day(day), 0)
                        .expect("allocated");
                    let taken: i64 = got.picks.iter().map(|p| p.quantity.0 / 1000).sum();
                    let there: i64 = book
                        .now()
                        .iter()
                        .filter(|((_, s), _)| s.standing == Standing::Free)
                        .map(|(_, n)| n)
                        .sum();
                    assert_eq!(taken, units.min(there.max(0)), "all there is, and never more");
                    for pick in got.picks {
                        let units = pick.quantity.0 / 1000;
                        let to = Side::bin(pick.bin, Standing::Allocated);
                        book.book(
                            None,
                            vec![(day, pick.lot, free(pick.bin), -units), (day, pick.lot, to, units)],
                        );
                    }
                }
            }
            if step % 23 == 22 {
                drop(store);
                store = open(&folder);
            }
            let records = &store.records;
            let lies: BTreeMap<_, _> = records
                .standings(x, None)
                .expect("standings")
                .into_iter()
                .map(|s| ((s.lot.map(|l| l.id), Side::bin(s.bin.id, s.standing)), s.quantity.0 / 1000))
                .collect();
            assert_eq!(lies, book.now(), "seed {seed} step {step}");
            let asked = 8 + draw.below(24) as i32;
            let figures = records.stock_as_of(x, AsOf::day(Day(asked))).expect("as of");
            let of = |wanted: &dyn Fn(Side) -> bool| {
                Quantity::of(lots.iter().map(|lot| book.sum(asked, *lot, wanted)).sum())
            };
            assert_eq!(figures.on_hand, of(&Side::on_hand), "seed {seed} step {step} day {asked}");
            assert_eq!(
                figures.available,
                of(&|side: Side| side.on_hand() && side.standing == Standing::Free)
            );
            let all = records.all_stock_as_of(Day(asked)).expect("as of");
            assert_eq!(
                all.iter().find(|(id, _)| *id == x).map_or(Quantity::ZERO, |(_, f)| f.on_hand),
                figures.on_hand
            );
            assert_eq!(records.stock_verify().expect("verify"), [], "seed {seed} step {step}");
        }
        holds(&store);
        let x_history = store.records.stock_history(x, Day(0)).expect("history");
        let level = store.records.stock_level(x).expect("level").expect("known").on_hand;
        assert_eq!(x_history.last().map(|(_, level)| *level), Some(level));
        // The oldest line of the ledger leaves just what it brought.
        let lines = store.records.movements(x, 10_000).expect("ledger");
        let first = lines.last().expect("a line");
        assert_eq!(first.on_hand, first.movement.on_hand_change());
    }
}

#[test]
fn a_file_says_where_everything_lies_and_the_difference_is_booked() {
    let (_folder, store) = site();
    let records = &store.records;
    let dated = |lot: &str, bin: &str, units, day| StockImport {
        expiry: Some(Day(day)),
        ..spot("x", lot, bin, units)
    };
    import(
        records,
        "one",
        vec![dated("L2", "A-2", 4, 40), dated("L1", "A-1", 6, 30), spot("x", "L3", "A-1", 1)],
    );
    let x = item(records, "x");
    let lies = |records: &Records| {
        let of = |s: store::Standings| {
            (s.lot.map(|l| l.code).unwrap_or_default(), s.bin.code, s.standing.word(), s.quantity.0 / 1000)
        };
        records.standings(x, None).expect("standings").into_iter().map(of).collect::<Vec<_>>()
    };
    let said = |lot: &str, bin: &str, standing: &'static str, units: i64| {
        (lot.to_owned(), bin.to_owned(), standing, units)
    };
    assert_eq!(
        lies(records),
        [said("L1", "A-1", "free", 6), said("L2", "A-2", "free", 4), said("L3", "A-1", "free", 1)]
    );
    // L1 was moved, some of it is gone; L3 is not named any more; L2 is held now.
    let held = StockImport { status: Some(LotStatus::Held), ..spot("x", "L2", "A-2", 4) };
    import(records, "two", vec![spot("x", "L1", "A-9", 5), held]);
    assert_eq!(lies(records), [said("L1", "A-9", "free", 5), said("L2", "A-2", "held", 4)]);
    let level = records.stock_level(x).expect("level").expect("known");
    assert_eq!(
        (level.on_hand, level.unusable, level.available()),
        (Quantity::of(9), Quantity::of(4), Quantity::of(5))
    );
    let moved =
        records.movements(x, 9).expect("ledger").into_iter().find(|l| {
            l.movement.from.on_hand() && l.movement.to.on_hand() && l.movement.lot == Some(LotId(2))
        });
    assert_eq!(moved.map(|l| (l.movement.to, l.movement.quantity)), Some((free(BinId(4)), Quantity::of(5))));
    // Said again, nothing changes.
    let again = records.import_stock(
        &act(),
        &file("three"),
        vec![spot("x", "L1", "A-9", 5), spot("x", "L2", "A-2", 4)],
        &Stop::default(),
    );
    assert_eq!(again.expect("import").record().duplicates, 1);

    // Past its last day it is not for sale, whatever nobody booked.
    records.stock_day(Day(31)).expect("the day comes");
    let level = records.stock_level(x).expect("level").expect("known");
    assert_eq!((level.unusable, level.available()), (Quantity::of(9), Quantity::ZERO));
    let figures = records.stock_as_of(x, AsOf::day(Day(31))).expect("as of");
    assert_eq!((figures.expired, figures.held), (Quantity::of(5), Quantity::of(4)));
    assert_eq!(records.stock_as_of(x, AsOf::day(Day(30))).expect("as of").available, Quantity::of(5));
    let got = records.allocate_stock(&act(), x, Quantity::of(1), "SO-1", Day(31), 0).expect("allocate");
    assert_eq!(got.short, Quantity::of(1), "nothing that is expired or held is promised");
    records.stock_day(Day(30)).expect("a clock put back");
    assert_eq!(records.stock_level(x).expect("level").expect("known").available(), Quantity::of(5));
    holds(&store);

    // What a file promises, orders and oversells.
    let much =
        StockImport { allocated: Some(Quantity::of(8)), on_order: Some(Quantity::of(3)), ..row("y", 6) };
    import(records, "four", vec![much.clone()]);
    let y = item(records, "y");
    let level = records.stock_level(y).expect("level").expect("known");
    assert_eq!(
        (level.allocated, level.available(), level.on_order),
        (Quantity::of(8), Quantity::of(-2), Quantity::of(3))
    );
    import(
        records,
        "five",
        vec![StockImport { allocated: Some(Quantity::of(1)), on_order: Some(Quantity::ZERO), ..much }],
    );
    let level = records.stock_level(y).expect("level").expect("known");
    assert_eq!(
        (level.allocated, level.available(), level.on_order),
        (Quantity::of(1), Quantity::of(5), Quantity::ZERO)
    );
    holds(&store);
}

#[test]
fn a_held_lot_stays_and_a_closed_period_stays_closed() {
    let (_folder, store) = site();
    let records = &store.records;
    import(records, "one", vec![spot("x", "L1", "A-1", 6), spot("x", "L1", "A-2", 2)]);
    let x = item(records, "x");
    let lot = records.lots(x).expect("lots")[0].id;
    let held =
        records.decide_lot(&act(), lot, LotStatus::Quarantined, ReasonCode::QualityDoubt).expect("held");
    assert_eq!(held.movements, 2);
    assert_eq!(records.stock_level(x).expect("level").expect("known").available(), Quantity::ZERO);
    let customer = Side::outside(Place::Customer);
    let quarantined = Side::bin(BinId(2), Standing::Quarantined);
    let out =
        records.shift_stock(&act(), &[shift(x, Some(lot), quarantined, customer, 1, 21)]).expect_err("held");
    assert!(out.to_string().contains("quarantined"), "{out}");
    records.undo_booking(&act(), held.booking.expect("a booking"), ReasonCode::Cleared).expect("released");
    assert_eq!(records.lot(lot).expect("lot").status, LotStatus::Available);
    assert_eq!(records.stock_level(x).expect("level").expect("known").available(), Quantity::of(8));

    records.set_stock_lock(&act(), Some(Day(25))).expect("closed");
    let late = shift(x, Some(lot), free(BinId(2)), customer, 1, 25);
    let refused = records.shift_stock(&act(), std::slice::from_ref(&late)).expect_err("closed");
    assert!(
        refused.kind() == ErrorKind::Conflict && refused.to_string().contains("closed up to 1970-01-26"),
        "{refused}"
    );
    records.shift_stock(&act(), &[Shift { day: Day(26), ..late }]).expect("an open day");
    records.set_stock_lock(&act(), None).expect("open");
    holds(&store);
}

#[test]
fn an_import_is_taken_back_as_a_whole() {
    let (_folder, store) = site();
    let records = &store.records;
    records
        .import_items(
            &act(),
            &file("items"),
            vec![ItemImport { sku: "x".into(), name: Some("Pears".into()), ..ItemImport::default() }],
            &Stop::default(),
        )
        .expect("items");
    let x = item(records, "x");
    let first = import(records, "one", vec![row("x", 10)]);
    let second = import(records, "two", vec![row("x", 12), row("y", 5), row("z", 3)]);
    // The first one is built upon; the second is not.
    assert_eq!(records.import_undo_preview(first).expect("preview").dependents().count(), 1);
    let refused = records.undo_import(&act(), first, false).expect_err("built upon");
    assert!(refused.kind() == ErrorKind::Conflict && refused.to_string().contains('x'), "{refused}");
    // Something of the second was sold meanwhile.
    let y = item(records, "y");
    let sold = shift(y, None, free(DEFAULT_BIN), Side::outside(Place::Customer), 1, 21);
    records.shift_stock(&act(), &[sold]).expect("sold");
    let preview = records.import_undo_preview(second).expect("preview");
    assert_eq!(preview.dependents().map(|k| k.subject.as_str()).collect::<Vec<_>>(), ["y"]);
    let done = records.undo_import(&act(), second, true).expect("narrowed");
    assert_eq!(
        (done.movements, done.kept.iter().filter(|k| k.because == KeptBecause::InUse).count()),
        (2, 2)
    );
    assert_eq!(records.stock_level(x).expect("level").map(|l| l.on_hand), Some(Quantity::of(10)));
    assert_eq!(records.stock_level(y).expect("level").map(|l| l.on_hand), Some(Quantity::of(4)));
    assert_eq!(records.stock_level(item(records, "z")).expect("level"), None, "nobody ever said");
    assert!(
        records.movements(x, 9).expect("ledger").iter().any(|l| l.reversed_by.is_some()),
        "the lines stay"
    );
    records.undo_import(&act(), first, false).expect("nothing builds on it any more");
    assert_eq!(records.stock_level(x).expect("level"), None);
    assert_eq!(records.undo_import(&act(), first, false).expect_err("twice").kind(), ErrorKind::Conflict);
    // The same file may come again.
    let again =
        records.import_stock(&act(), &file("one"), vec![row("x", 10)], &Stop::default()).expect("again");
    assert!(matches!(again, store::ImportOutcome::Imported(_)));
    holds(&store);
}

#[test]
fn master_data_is_put_back_unless_it_changed_since() {
    let (_folder, store) = site();
    let records = &store.records;
    let told = |sku: &str, name: &str| ItemImport {
        sku: sku.into(),
        name: Some(name.into()),
        ..ItemImport::default()
    };
    let items = |name: &str, rows| {
        records.import_items(&act(), &file(name), rows, &Stop::default()).expect("items").record().id
    };
    items("one", vec![told("a", "Apples"), told("b", "Beans")]);
    let renamed = ItemImport { supplier_name: Some("Farm".into()), ..told("a", "Red apples") };
    let second = items("two", vec![renamed, told("b", "Green beans"), told("c", "Corn")]);
    let mut b = records.item_by_sku("b").expect("read").expect("b");
    b.name = "Broad beans".into();
    records.save_item(&act(), &b).expect("saved");
    let done = records.undo_import(&act(), second, false).expect("undone");
    assert_eq!(done.restored, 3, "a, c and the supplier");
    assert_eq!(
        done.kept.iter().map(|k| (k.because, k.subject.as_str())).collect::<Vec<_>>(),
        [(KeptBecause::ChangedSince, "b")]
    );
    let name = |sku: &str| records.item_by_sku(sku).expect("read").map(|item| item.name);
    assert_eq!(
        (name("a").as_deref(), name("b").as_deref(), name("c")),
        (Some("Apples"), Some("Broad beans"), None)
    );
    assert!(records.suppliers().expect("suppliers").is_empty());

    // Orders: what only this file brought goes; what a later file has too is that one's.
    let orders = |name: &str, lines: Vec<domain::OrderLine>| {
        let progress = units::Progress::none();
        let lines = &mut lines.into_iter().map(Ok);
        records
            .import_orders(&act(), &file(name), lines, &Stop::default(), &progress)
            .expect("orders")
            .record()
            .id
    };
    let one = orders("june", vec![line("1", 5, "a", 2), line("2", 6, "a", 3), line("2", 6, "q", 1)]);
    orders("july", vec![line("2", 6, "a", 3), line("3", 7, "a", 4)]);
    let a = item(records, "a");
    let done = records.undo_import(&act(), one, false).expect("undone");
    assert_eq!((done.order_lines, done.restored), (2, 1));
    assert_eq!(done.kept.iter().map(|k| k.because).collect::<Vec<_>>(), [KeptBecause::InLaterFile]);
    let left = [(Day(6), Quantity::of(3)), (Day(7), Quantity::of(4))];
    assert_eq!(records.daily_demand(a).expect("demand"), left);
    assert_eq!(records.daily_demand_from_lines(a).expect("demand"), left);
    assert!(records.item_by_sku("q").expect("read").is_none());
    assert_eq!(records.order_span().expect("span"), Some((Day(7), Day(7))), "of the imports that stand");
    holds(&store);
}

#[test]
fn an_old_sites_stock_opens_the_books() {
    let (folder, store) = site();
    store
        .records
        .import_items(
            &act(),
            &file("items"),
            ["a", "b", "c"].map(|sku| ItemImport { sku: sku.into(), ..ItemImport::default() }).to_vec(),
            &Stop::default(),
        )
        .expect("items");
    drop(store);
    let old = rusqlite::Connection::open(folder.path().join("records.db")).expect("open");
    old.execute_batch(
        "DROP TABLE movement; DROP TABLE balance; DROP TABLE lot; DROP TABLE bin; DROP TABLE stock_book; DROP TABLE import_undo;
         DROP TABLE import_change; DROP TABLE stock_level;
         CREATE TABLE stock_level(item INTEGER PRIMARY KEY REFERENCES item(id), on_hand INTEGER NOT NULL,
            allocated INTEGER NOT NULL, on_order INTEGER NOT NULL, as_of INTEGER);
         CREATE TABLE stock_movement(id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item(id), at INTEGER NOT NULL,
            day INTEGER, change INTEGER NOT NULL, on_hand INTEGER NOT NULL, kind INTEGER NOT NULL,
            import INTEGER REFERENCES import(id), by TEXT NOT NULL);
         CREATE INDEX stock_movement_item ON stock_movement(item, id);
         DELETE FROM migration WHERE name = 'stock-2-ledger'; PRAGMA user_version = 1;
         INSERT INTO stock_movement VALUES (1, 1, 86400000, 1, 12000, 12000, 0, 1, 'Li'), (2, 1, 172800000, NULL, -3000, 9000, 1, NULL, 'Wang');
         INSERT INTO stock_level VALUES (1, 9000, 4000, 7000, 2), (2, 5000, 0, 0, NULL), (3, 0, 0, 0, 3);",
    )
    .expect("as it was");
    drop(old);
    let store = open(&folder);
    let records = &store.records;
    let level = |id| records.stock_level(ItemId(id)).expect("level").expect("known");
    let figures = |id| {
        let l = level(id);
        (l.on_hand.0, l.allocated.0, l.on_order.0, l.available().0, l.as_of.map(|d| d.0))
    };
    assert_eq!(figures(1), (9_000, 4_000, 7_000, 5_000, Some(2)));
    assert_eq!(figures(2), (5_000, 0, 0, 5_000, None));
    assert_eq!(figures(3), (0, 0, 0, 0, Some(3)));
    let lines = records.movements(ItemId(1), 9).expect("ledger");
    assert_eq!(
        lines
            .iter()
            .map(|l| (l.movement.kind, l.movement.day.0, l.on_hand.0, l.movement.by.as_str()))
            .collect::<Vec<_>>(),
        [
            (MovementKind::Opening, 2, 9_000, "quartermaster"),
            (MovementKind::Opening, 2, 9_000, "quartermaster"),
            (MovementKind::Count, 2, 9_000, "Wang"),
            (MovementKind::Import, 1, 12_000, "Li"),
        ]
    );
    let counted = records.count_stock(&act(), ItemId(1), Quantity::of(8), Day(9)).expect("count");
    assert_eq!((counted.on_hand, counted.allocated), (Quantity::of(8), Quantity::of(4)));
    holds(&store);
}

#[test]
fn a_lot_is_traced_from_its_supplier_to_its_customers_and_back() {
    let (_folder, store) = site();
    let records = &store.records;
    import(records, "bins", vec![spot("milk", "L1", "A-1", 0), spot("milk", "L2", "A-2", 0), row("bare", 3)]);
    let milk = item(records, "milk");
    let lots = records.lots(milk).expect("lots");
    let (l1, l2) = (lots[0].id, lots[1].id);
    let paper = |one: Shift, source: &str, party: &str| Shift {
        source: Some(source.into()),
        party: Some(party.into()),
        ..one
    };
    let supplier = Side::outside(Place::Supplier);
    let customer = Side::outside(Place::Customer);
    let book = |one: Shift| records.shift_stock(&act(), &[one]).expect("booked").booking.expect("a booking");
    book(paper(shift(milk, Some(l1), supplier, free(BinId(2)), 10, 20), "PO-1", "DAIRY"));
    book(paper(shift(milk, Some(l2), supplier, free(BinId(3)), 5, 20), "PO-2", "DAIRY"));
    book(shift(milk, Some(l1), free(BinId(2)), free(BinId(3)), 4, 21));
    book(paper(shift(milk, Some(l1), free(BinId(3)), customer, 3, 22), "SO-7", "C-9"));
    let wrong = book(paper(shift(milk, Some(l2), free(BinId(3)), customer, 1, 22), "SO-7", "C-9"));
    records.undo_booking(&act(), wrong, ReasonCode::WrongEntry).expect("undone");
    book(paper(shift(item(records, "bare"), None, free(DEFAULT_BIN), customer, 1, 22), "SO-7", "C-9"));

    let forwards = records.trace_stock(&TraceFrom::Lot("L1".into())).expect("trace");
    let lot = &forwards.lots[0];
    assert_eq!(
        (lot.came_in(), lot.here(), lot.went_out()),
        (Quantity::of(10), Quantity::of(7), Quantity::of(3))
    );
    assert_eq!((lot.came[0].source.as_deref(), lot.went[0].party.as_deref()), (Some("PO-1"), Some("C-9")));
    assert_eq!(lot.lies.iter().map(|l| l.bin.as_str()).collect::<Vec<_>>(), ["A-1", "A-2"]);
    // Back from the order: only the lot that stands on it, and one line that names none.
    let codes = |from: TraceFrom| {
        let trace = records.trace_stock(&from).expect("trace");
        (trace.lots.into_iter().map(|l| l.lot.code).collect::<Vec<_>>(), trace.without_lot)
    };
    assert_eq!(codes(TraceFrom::Source("SO-7".into())), (vec!["L1".to_owned()], 1));
    assert_eq!(codes(TraceFrom::Party("C-9".into())), (vec!["L1".to_owned()], 1));
    assert_eq!(codes(TraceFrom::Party("DAIRY".into())), (vec!["L1".to_owned(), "L2".to_owned()], 0));
    assert_eq!(codes(TraceFrom::Sku("milk".into())).0.len(), 2);
    assert_eq!(codes(TraceFrom::Lot("nothing".into())), (vec![], 0));
    holds(&store);
}

#[test]
fn what_is_doubtful_in_stock_is_on_a_list() {
    let (_folder, store) = site();
    let records = &store.records;
    let dated = StockImport { expiry: Some(Day(30)), ..spot("x", "L1", "A-1", 5) };
    import(records, "one", vec![dated, spot("x", "L2", "A-1", 2), row("AB-1", 4), row("ab 1", 4)]);
    import(records, "two", vec![StockImport { allocated: Some(Quantity::of(9)), ..row("y", 1) }]);
    let told = |unit: &str| ItemImport {
        sku: "x".into(),
        unit_of_measure: Some(unit.into()),
        ..ItemImport::default()
    };
    for unit in ["each", "box"] {
        records.import_items(&act(), &file(unit), vec![told(unit)], &Stop::default()).expect("items");
    }
    let x = item(records, "x");
    records.count_stock(&act(), x, Quantity::of(8), Day(21)).expect("counted");
    records.stock_day(Day(31)).expect("the day");
    let (work, counts) = records.stock_work(50).expect("work");
    let count = |kind| counts.iter().find(|(k, _)| *k == kind).map(|(_, n)| *n);
    assert_eq!(count(WorkKind::Negative), Some(1));
    assert_eq!(count(WorkKind::Expired), Some(1));
    assert_eq!(count(WorkKind::NoExpiry), Some(1));
    assert_eq!(count(WorkKind::DuplicateSku), Some(2));
    assert_eq!(count(WorkKind::UnitClash), Some(1));
    assert_eq!(count(WorkKind::BackDated), Some(1), "counted on a day long past");
    assert_eq!(count(WorkKind::NoBin), Some(4));
    let first = &work[0];
    assert_eq!(
        (first.kind, first.item.sku.as_str(), first.quantity),
        (WorkKind::Negative, "y", Quantity::of(-8))
    );
    let clash = work.iter().find(|w| w.kind == WorkKind::UnitClash).and_then(|w| w.detail.as_deref());
    assert_eq!(clash, Some("each → box"));
}
