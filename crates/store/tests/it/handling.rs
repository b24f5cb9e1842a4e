//! Handling units and serial numbers: beside the ledger, never against it.

use crate::{Draw, act, site};
use domain::stock::{DEFAULT_BIN, MovementKind, Place, ReasonCode, Side, Standing};
use store::{
    Booked, ErrorKind, NewInLine, NewInbound, PutAway, Receipt, Records, ScannedShift, SerialState, Shift,
    StockImport, UnitState,
};
use units::{BinId, Day, HandlingUnitId, ItemId, LotId, Quantity, Stop};

const SSCC: &str = "095060001343520017";

fn stocked(records: &Records) -> (ItemId, BinId, BinId) {
    let row = |sku: &str, bin: &str, units| StockImport {
        sku: sku.into(),
        bin: Some(bin.into()),
        on_hand: Quantity::of(units),
        as_of: Some(Day(20)),
        ..StockImport::default()
    };
    let rows = vec![row("x", "A-1", 10), row("x", "A-2", 4)];
    records.import_stock(&act(), &crate::file("first"), rows, &Stop::default()).expect("import");
    let bin = |code| records.bins_of_code(code).expect("read")[0].id;
    (records.item_by_sku("x").expect("read").expect("an item").id, bin("A-1"), bin("A-2"))
}

fn scanned(item: ItemId, from: Side, to: Side, units: i64) -> ScannedShift {
    let kind = match (from.place, to.place) {
        (Place::Supplier, _) => MovementKind::Receipt,
        (_, Place::Customer) => MovementKind::Issue,
        _ => MovementKind::Move,
    };
    let shift = Shift {
        item,
        lot: None,
        from,
        to,
        quantity: Quantity::of(units),
        kind,
        day: Day(21),
        reason: None,
        unit_cost: None,
        source: None,
        party: None,
    };
    ScannedShift { shift, lot: None, serials: Vec::new(), into: None, out_of: None }
}

fn free(bin: BinId) -> Side {
    Side::bin(bin, Standing::Free)
}

fn supplier() -> Side {
    Side::outside(Place::Supplier)
}

fn holds(records: &Records) {
    assert_eq!(records.stock_verify().expect("verify"), []);
    assert_eq!(records.units_verify().expect("verify"), Vec::<String>::new());
    assert!(records.audit_verify().expect("verify").holds());
}

fn inside(records: &Records, id: HandlingUnitId) -> (i64, BinId, UnitState) {
    let unit = records.unit(id).expect("a unit");
    (unit.contents.iter().map(|one| one.quantity.0).sum::<i64>() / 1_000, unit.bin, unit.state)
}

#[test]
fn a_unit_is_filled_moved_whole_taken_from_and_shipped() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, a1, a2) = stocked(records);
    let receive = ScannedShift { into: Some(SSCC.into()), ..scanned(x, supplier(), free(a1), 6) };
    let lot = ScannedShift { lot: Some(("L1".into(), Some(Day(90)))), ..receive.clone() };
    records.shift_scanned(&act(), &receive).expect("received");
    records.shift_scanned(&act(), &lot).expect("received");
    let unit = records.unit_by_code(SSCC).expect("read").expect("a unit");
    assert_eq!((unit.contents.len(), unit.state, unit.bin_code.as_str()), (2, UnitState::Filled, "A-1"));

    // Moving it moves all of it, and nothing else.
    let moved = records.move_unit(&act(), unit.id, a2).expect("moved");
    assert_eq!(moved.movements, 2);
    assert_eq!(inside(records, unit.id), (12, a2, UnitState::Filled));
    let at = |bin: BinId| -> i64 {
        let all = records.standings(x, None).expect("standings");
        all.iter().filter(|one| one.bin.id == bin).map(|one| one.quantity.0 / 1_000).sum()
    };
    assert_eq!((at(a1), at(a2)), (10, 16));
    // Taken back as one booking, it stands where it stood.
    records.undo_booking(&act(), moved.booking.expect("a booking"), ReasonCode::WrongEntry).expect("undone");
    assert_eq!((inside(records, unit.id), at(a1)), ((12, a1, UnitState::Filled), 22));
    records.move_unit(&act(), unit.id, a2).expect("again");
    let there = records.move_unit(&act(), unit.id, a2).expect_err("it is there");
    assert_eq!(there.kind(), ErrorKind::Conflict);

    // Four loose ones stand beside the six in the unit: these go first.
    let gone = Side::outside(Place::Customer);
    records.shift_scanned(&act(), &scanned(x, free(a2), gone, 5)).expect("picked");
    assert_eq!(inside(records, unit.id).0, 11);
    let explicit = ScannedShift { out_of: Some(unit.id), ..scanned(x, free(a2), gone, 5) };
    records.shift_scanned(&act(), &explicit).expect("picked from the unit");
    assert_eq!(inside(records, unit.id).0, 6);
    assert_eq!(records.shift_scanned(&act(), &explicit).expect_err("no more").kind(), ErrorKind::Conflict);
    holds(records);

    // What is promised does not move with it.
    let l1 = records.lots(x).expect("lots")[0].id;
    let promise = |from, to| Shift { lot: Some(l1), ..scanned(x, from, to, 2).shift };
    let promised = Side::bin(a2, Standing::Allocated);
    records.shift_stock(&act(), &[promise(free(a2), promised)]).expect("promised");
    let refused = records.move_unit(&act(), unit.id, a1).expect_err("promised");
    assert!(refused.kind() == ErrorKind::Conflict && refused.to_string().contains("promised"), "{refused}");
    assert_eq!(inside(records, unit.id), (6, a2, UnitState::Filled), "all of it or nothing");
    let ship = |from, units| Shift { lot: Some(l1), ..scanned(x, from, gone, units).shift };
    records.shift_stock(&act(), &[ship(promised, 2), ship(free(a2), 4)]).expect("shipped");
    assert_eq!(inside(records, unit.id), (0, a2, UnitState::Shipped));
    assert_eq!(records.units(SSCC, None, 9).expect("units").len(), 1);
    holds(records);
}

#[test]
fn a_serial_number_is_in_one_place_and_comes_in_once() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, a1, a2) = stocked(records);
    let with = |serials: &[&str], from, to| ScannedShift {
        serials: serials.iter().map(|s| (*s).to_owned()).collect(),
        ..scanned(x, from, to, i64::try_from(serials.len()).expect("few"))
    };
    let state = |code: &str| {
        let all = records.serials_of_code(code).expect("serials");
        all.first().map(|one| (one.state, one.bin))
    };
    let shift = |one: ScannedShift| records.shift_scanned(&act(), &one);
    shift(with(&["S1", "S2", "S3"], supplier(), free(a1))).expect("received");
    assert_eq!(state("S1"), Some((SerialState::Here, Some(a1))));
    for (wrong, why) in [
        (with(&["S1"], supplier(), free(a2)), "here already"),
        (with(&["S1"], free(a2), free(a1)), "not there"),
        (
            ScannedShift {
                shift: scanned(x, free(a1), free(a2), 2).shift,
                ..with(&["S1"], free(a1), free(a2))
            },
            "own",
        ),
    ] {
        let refused = shift(wrong).expect_err(why);
        assert!(refused.kind() == ErrorKind::Conflict && refused.to_string().contains(why), "{refused}");
    }
    let moved = shift(with(&["S1", "S2"], free(a1), free(a2))).expect("moved");
    assert_eq!(
        (state("S1"), state("S3")),
        (Some((SerialState::Here, Some(a2))), Some((SerialState::Here, Some(a1))))
    );
    records.undo_booking(&act(), moved.booking.expect("a booking"), ReasonCode::WrongEntry).expect("undone");
    assert_eq!(state("S2"), Some((SerialState::Here, Some(a1))));
    shift(with(&["S3"], free(a1), Side::outside(Place::Customer))).expect("picked");
    assert_eq!(state("S3"), Some((SerialState::Shipped, None)));
    assert!(shift(with(&["S3"], free(a1), free(a2))).is_err(), "it is gone");
    // In a unit they go with it.
    let into = ScannedShift { into: Some("P1".into()), ..with(&["S4", "S5"], supplier(), free(a1)) };
    shift(into).expect("received");
    let unit = records.unit_by_code("P1").expect("read").expect("a unit");
    records.move_unit(&act(), unit.id, a2).expect("moved");
    let s4 = records.serials_of_code("S4").expect("serials").remove(0);
    assert_eq!((s4.bin, s4.unit_code.as_deref()), (Some(a2), Some("P1")));
    assert_eq!(records.serials_of_item(x, 9).expect("serials").len(), 5);
    holds(records);
}

#[test]
fn what_a_shipment_brought_is_known_with_unit_and_numbers_and_put_away_for_it() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, _, a2) = stocked(records);
    let new = NewInbound {
        number: "ASN-1".into(),
        partner: "Orchard".into(),
        lines: vec![NewInLine { lot: Some("L9".into()), ..NewInLine::of(x, Quantity::of(3)) }],
        ..NewInbound::default()
    };
    let id = records.make_inbound(&act(), &new).expect("expected");
    let line = records.inbound(id).expect("it").lines[0].id;
    let receipt = Receipt {
        line,
        good: Quantity::of(3),
        damaged: Quantity::ZERO,
        lot: None,
        expiry: None,
        bin: None,
        over: false,
    };
    let booked: Booked = records.receive_goods(&act(), &receipt).expect("received").booked;
    let numbers = ["N1", "N2", "N3"].map(str::to_owned);
    let booking = booked.booking.expect("a booking");
    records.note_scanned(&act(), booking, &numbers, Some(SSCC), None).expect("noted");
    let unit = records.unit_by_code(SSCC).expect("read").expect("a unit");
    assert_eq!((unit.bin_code.as_str(), unit.contents[0].quantity), ("RECEIVING", Quantity::of(3)));
    let lot: Option<LotId> = unit.contents[0].lot;
    assert_eq!(records.waiting_lines(x, lot).expect("waiting"), [(line, Quantity::of(3))]);
    assert!(records.is_of_paper(booking).expect("read"));
    let put =
        records.put_away(&act(), &PutAway { line, lot, quantity: Quantity::of(3), to: a2 }).expect("put");
    records
        .note_scanned(&act(), put.booked.booking.expect("a booking"), &[], Some(SSCC), None)
        .expect("noted");
    assert_eq!(inside(records, unit.id), (3, a2, UnitState::Filled));
    assert_eq!(records.waiting_lines(x, lot).expect("waiting"), []);
    holds(records);
}

#[test]
fn units_never_hold_more_than_their_bins_whatever_is_booked() {
    for seed in 1..=3 {
        let (_folder, store) = site();
        let records = &store.records;
        let (x, a1, a2) = stocked(records);
        let (mut draw, mut bookings) = (Draw(seed), Vec::new());
        for _ in 0..60 {
            let bins = [DEFAULT_BIN, a1, a2];
            let (from, to) = (bins[draw.below(3) as usize], bins[draw.below(3) as usize]);
            let units = 1 + draw.below(6) as i64;
            let code = format!("U{}", draw.below(3));
            let unit = records.unit_by_code(&code).expect("read");
            let done = match draw.below(6) {
                0 | 1 => records
                    .shift_scanned(
                        &act(),
                        &ScannedShift { into: Some(code), ..scanned(x, supplier(), free(to), units) },
                    )
                    .map(Some),
                2 => records.shift_scanned(&act(), &scanned(x, free(from), free(to), units)).map(Some),
                3 => match unit {
                    Some(unit) => records.move_unit(&act(), unit.id, to).map(Some),
                    None => Ok(None),
                },
                4 => {
                    let out_of = unit.map(|unit| unit.id);
                    let gone = Side::outside(Place::Customer);
                    records
                        .shift_scanned(
                            &act(),
                            &ScannedShift { out_of, ..scanned(x, free(from), gone, units) },
                        )
                        .map(Some)
                }
                _ => match bookings.pop() {
                    Some(booking) => {
                        records.undo_booking(&act(), booking, ReasonCode::WrongEntry).map(|_| None)
                    }
                    None => Ok(None),
                },
            };
            match done {
                Ok(Some(booked)) => bookings.extend(booked.booking),
                Ok(None) => {}
                Err(refused) => assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}"),
            }
            assert_eq!(records.units_verify().expect("verify"), Vec::<String>::new(), "seed {seed}");
        }
        holds(records);
    }
}
