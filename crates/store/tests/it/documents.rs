//! Shipments, orders and returns: whole journeys, what is refused, and random steps after each of which the papers, the ledger and a
//! notebook must say the same.

use crate::{Draw, NOW, act, file, open, site};
use domain::inbound::InState;
use domain::outbound::{OutState, Rest};
use domain::returns::{Fate, ReturnReason, ReturnState};
use domain::stock::{Figures, LotStatus, ReasonCode};
use domain::{Actor, Role};
use store::{
    Act, ErrorKind, NewInLine, NewInbound, NewOutLine, NewOutbound, NewReturn, NewReturnLine, Packing,
    Picked, PutAway, PutBack, Receipt, Records, Settling, ShipmentImport, StockImport, Store, TraceFrom, Way,
};
use units::{BinId, Day, InboundId, InboundLineId, ItemId, OutboundId, Quantity, Stop, Timestamp};

fn q(units: i64) -> Quantity {
    Quantity::of(units)
}

fn today() -> Day {
    NOW.utc_day()
}

fn row(sku: &str, lot: Option<&str>, expiry: Option<i32>, bin: &str, units: i64) -> StockImport {
    StockImport {
        sku: sku.into(),
        on_hand: q(units),
        lot: lot.map(str::to_owned),
        expiry: expiry.map(|days| today().plus(days)),
        bin: Some(bin.into()),
        ..StockImport::default()
    }
}

fn import(records: &Records, name: &str, rows: Vec<StockImport>) {
    records.import_stock(&act(), &file(name), rows, &Stop::default()).expect("import");
}

fn item(records: &Records, sku: &str) -> ItemId {
    records.item_by_sku(sku).expect("read").expect("an item").id
}

fn bin(records: &Records, code: &str) -> BinId {
    records.bins().expect("bins").into_iter().find(|bin| bin.code == code).expect("a bin").id
}

fn figures(records: &Records, item: ItemId) -> Figures {
    records.stock_figures(item, None).expect("figures")
}

fn holds(store: &Store) {
    assert_eq!(store.records.stock_verify().expect("verify"), []);
    assert_eq!(store.records.papers_verify().expect("verify"), []);
}

fn expected(records: &Records, number: &str, lines: &[(ItemId, i64)]) -> InboundId {
    let new = NewInbound {
        number: number.into(),
        partner: "ACME".into(),
        expected_on: Some(today()),
        lines: lines.iter().map(|(item, units)| NewInLine::of(*item, q(*units))).collect(),
        ..NewInbound::default()
    };
    records.make_inbound(&act(), &new).expect("a shipment")
}

fn ordered(records: &Records, number: &str, lines: &[(ItemId, i64)]) -> OutboundId {
    let new = NewOutbound {
        number: number.into(),
        customer: "C-7".into(),
        ship_by: Some(today()),
        lines: lines.iter().map(|(item, units)| NewOutLine { item: *item, quantity: q(*units) }).collect(),
        ..NewOutbound::default()
    };
    records.make_outbound(&act(), &new).expect("an order")
}

fn came(line: InboundLineId, good: i64) -> Receipt {
    Receipt { line, good: q(good), damaged: q(0), lot: None, expiry: None, bin: None, over: false }
}

fn line_of(records: &Records, id: InboundId, n: usize) -> InboundLineId {
    records.inbound(id).expect("read").lines[n].id
}

/// A site with an item `x` in two lots and an item `y` in none.
fn stocked(store: &Store) -> (ItemId, ItemId) {
    let records = &store.records;
    import(
        records,
        "stock",
        vec![
            row("x", Some("LATE"), Some(90), "A-1", 10),
            row("x", Some("SOON"), Some(20), "A-2", 6),
            row("y", None, None, "A-3", 5),
        ],
    );
    (item(records, "x"), item(records, "y"))
}

#[test]
fn goods_come_in_short_over_and_damaged() {
    let (folder, store) = site();
    let records = &store.records;
    let (x, y) = stocked(&store);
    let id = expected(records, "ASN-1", &[(x, 20), (y, 4)]);
    assert_eq!((figures(records, x).on_order, figures(records, y).on_order), (q(20), q(4)));
    let twice = NewInbound {
        number: "ASN-1".into(),
        partner: "ACME".into(),
        lines: vec![NewInLine::of(x, q(1))],
        ..NewInbound::default()
    };
    assert_eq!(
        records.make_inbound(&act(), &twice).expect_err("the number is taken").kind(),
        ErrorKind::Conflict
    );

    let first = line_of(records, id, 0);
    let lot = Receipt {
        lot: Some("NEW".into()),
        expiry: Some(today().plus(200)),
        damaged: q(2),
        ..came(first, 10)
    };
    let done = records.receive_goods(&act(), &lot).expect("received");
    assert_eq!(done.state, InState::Receiving);
    let now = figures(records, x);
    assert_eq!((now.on_hand, now.available, now.held, now.on_order), (q(28), q(26), q(2), q(8)));
    // The same lot with another day on its label is looked at again.
    let other = Receipt { lot: Some("NEW".into()), expiry: Some(today().plus(100)), ..came(first, 1) };
    assert_eq!(records.receive_goods(&act(), &other).expect_err("two days").kind(), ErrorKind::Conflict);
    // More than announced is asked about once.
    let second = line_of(records, id, 1);
    assert_eq!(
        records.receive_goods(&act(), &came(second, 6)).expect_err("over").kind(),
        ErrorKind::Conflict
    );
    records.receive_goods(&act(), &Receipt { over: true, ..came(second, 6) }).expect("over");
    assert_eq!(figures(records, y).on_order, q(0));
    holds(&store);

    // A receipt that was wrong is taken back where it was booked, not as any booking.
    let booking = done.booked.booking.expect("booked");
    let refused = records.undo_booking(&act(), booking, ReasonCode::WrongEntry).expect_err("a paper's");
    assert!(refused.to_string().contains("inbound shipment ASN-1"), "{refused}");
    records.take_back(&act(), booking).expect("taken back");
    assert_eq!((figures(records, x).on_hand, figures(records, x).on_order), (q(16), q(20)));
    holds(&store);
    assert_eq!(records.take_back(&act(), booking).expect_err("twice").kind(), ErrorKind::Conflict);
    let done = records.receive_goods(&act(), &lot).expect("again");

    let to = bin(records, "A-1");
    let away = |line, units| PutAway { line, lot: None, quantity: q(units), to };
    assert_eq!(
        records.put_away(&act(), &away(first, 11)).expect_err("two are damaged").kind(),
        ErrorKind::Conflict
    );
    assert_eq!(records.put_away(&act(), &away(first, 10)).expect("put away").state, InState::Receiving);
    let late = records.take_back(&act(), done.booked.booking.expect("booked")).expect_err("moved on");
    assert_eq!(late.kind(), ErrorKind::Conflict);
    assert_eq!(records.finish_inbound(&act(), id).expect("short").state, InState::Received);
    assert_eq!(figures(records, x).on_order, q(0));
    let card = records.inbound(id).expect("read").card;
    assert_eq!((card.short, card.over, card.damaged, card.lines_done), (q(8), q(2), q(2), 2));
    assert_eq!(records.put_away(&act(), &away(second, 6)).expect("put away").state, InState::PutAway);
    holds(&store);

    let all = expected(records, "ASN-2", &[(x, 3), (y, 2)]);
    assert_eq!(records.put_all_away(&act(), all).expect_err("nothing came").kind(), ErrorKind::Conflict);
    assert_eq!(records.receive_all(&act(), all).expect("as announced").state, InState::Received);
    assert_eq!(records.receive_all(&act(), all).expect_err("it came").kind(), ErrorKind::Conflict);
    assert_eq!(records.put_all_away(&act(), all).expect("where it lies").state, InState::PutAway);
    assert_eq!(records.usual_bin(y).expect("read").expect("a bin").1, "A-1");
    holds(&store);

    // An operator does not open it again, a manager does: what is missing is expected again.
    let li = Act::new(&Actor { name: "Li".into(), role: Role::Operator }, NOW);
    assert_eq!(records.reopen_inbound(&li, id).expect_err("a manager's").kind(), ErrorKind::Conflict);
    assert_eq!(records.reopen_inbound(&act(), id).expect("opened").state, InState::Receiving);
    assert_eq!(figures(records, x).on_order, q(8));
    holds(&store);
    drop(store);
    holds(&open(&folder));
}

#[test]
fn what_is_on_order_is_on_order_once() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, _) = stocked(&store);
    let id = expected(records, "PO-9", &[(x, 20)]);
    // A file that knows of fewer does not take them away, one that knows of more adds the rest.
    let said = |name: &str, on_order: i64| {
        let rows = ["A-1", "A-2"].map(|bin| StockImport {
            on_order: (bin == "A-1").then_some(q(on_order)),
            ..match bin {
                "A-1" => row("x", Some("LATE"), Some(90), bin, 10),
                _ => row("x", Some("SOON"), Some(20), bin, 6),
            }
        });
        import(records, name, rows.to_vec());
        figures(records, x).on_order
    };
    assert_eq!(said("fewer", 5), q(20));
    assert_eq!(said("the same", 20), q(20));
    assert_eq!(said("more", 25), q(25));
    records.cancel_inbound(&act(), id).expect("cancelled");
    assert_eq!(figures(records, x).on_order, q(5));
    assert_eq!(records.inbound(id).expect("read").card.state, InState::Cancelled);
    let line = line_of(records, id, 0);
    assert_eq!(
        records.receive_goods(&act(), &came(line, 1)).expect_err("cancelled").kind(),
        ErrorKind::Conflict
    );
    holds(&store);
}

#[test]
fn an_order_is_promised_what_expires_first_and_leaves_a_backorder() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, y) = stocked(&store);
    let id = ordered(records, "SO-1", &[(x, 12), (y, 9)]);
    assert_eq!(records.allocate_outbound(&act(), id, today()).expect("promised").state, OutState::Allocated);
    let detail = records.outbound(id).expect("read");
    let promised: Vec<_> =
        detail.lines[0].promised.iter().map(|heap| (heap.bin_code.as_str(), heap.quantity)).collect();
    assert_eq!(promised, [("A-2", q(6)), ("A-1", q(6))], "the first to expire first");
    assert_eq!((detail.lines[1].line.allocated, detail.lines[1].line.open()), (q(5), q(4)));
    assert_eq!((figures(records, x).allocated, figures(records, x).available), (q(12), q(4)));
    // A second order gets no more than is left, and one that needs goods for longer nothing of it.
    let long = NewOutbound {
        usable_days: 120,
        lines: vec![NewOutLine { item: x, quantity: q(4) }],
        ..NewOutbound::default()
    };
    let long = records.make_outbound(&act(), &long).expect("an order");
    assert_eq!(records.allocate_outbound(&act(), long, today()).expect("nothing").state, OutState::Open);

    let [late, soon] = ["LATE", "SOON"].map(|code| records.lots_of_code(code).expect("lots")[0].id);
    let (a1, a2) = (bin(records, "A-1"), bin(records, "A-2"));
    let line = detail.lines[0].id;
    let picked = |lot, bin, units, instead| Picked { line, lot: Some(lot), bin, quantity: q(units), instead };
    records.pick_goods(&act(), &picked(soon, a2, 2, false)).expect("picked");
    assert_eq!(
        records.pick_goods(&act(), &picked(late, a1, 8, false)).expect_err("6 are promised").kind(),
        ErrorKind::Conflict
    );
    records.pick_goods(&act(), &picked(late, a1, 8, true)).expect("instead of the rest of the other lot");
    holds(&store);
    assert_eq!((figures(records, x).picked, figures(records, x).allocated), (q(10), q(12)));
    // Held back between promise and pick: it stays.
    records.decide_lot(&act(), soon, LotStatus::Held, ReasonCode::QualityDoubt).expect("held");
    assert_eq!(
        records.pick_goods(&act(), &picked(soon, a2, 2, false)).expect_err("held").kind(),
        ErrorKind::Conflict
    );
    assert_eq!(records.release_outbound(&act(), id).expect("freed").state, OutState::Picked);
    assert_eq!(figures(records, x).held, q(4), "what was promised of it is held now");
    let back = PutBack { line, lot: Some(soon), quantity: q(2), to: a2 };
    records.put_back(&act(), &back).expect("put back");
    holds(&store);

    assert_eq!(
        records.ship_outbound(&act(), id, Rest::Backorder).expect_err("not packed").kind(),
        ErrorKind::Conflict
    );
    let packing = Packing { line, lot: Some(late), quantity: q(3), parcel: None, sscc: Some("1".repeat(18)) };
    let (first, _) = records.pack_goods(&act(), &packing).expect("packed");
    assert_eq!(records.outbound_of_sscc(&"1".repeat(18)).expect("found"), Some((id, first)));
    let (second, done) = records.pack_all(&act(), id, None).expect("packed");
    assert_eq!(done.state, OutState::Packed);
    records.unpack(&act(), first).expect("unpacked");
    let into = Packing { parcel: Some(second), sscc: None, ..packing };
    assert_eq!(records.pack_goods(&act(), &into).expect("packed").1.state, OutState::Packed);
    let shipped = records.ship_outbound(&act(), id, Rest::Backorder).expect("shipped");
    assert_eq!(shipped.state, OutState::Shipped);
    let rest = records.outbound(shipped.backorder.expect("a rest")).expect("read");
    assert_eq!((rest.card.number.as_str(), rest.card.backorder_of), ("SO-1/2", Some(id)));
    assert_eq!(rest.lines.iter().map(|line| line.line.ordered).collect::<Vec<_>>(), [q(4), q(9)]);
    assert_eq!((figures(records, x).on_hand, figures(records, x).allocated), (q(8), q(0)));
    // From the lot to the customer.
    let trace = records.trace_stock(&TraceFrom::Lot("LATE".into())).expect("traced");
    let went: Vec<_> =
        trace.lots[0].went.iter().map(|one| (one.source.as_deref(), one.party.as_deref())).collect();
    let word = records.customer_word("C-7").expect("a pseudonym");
    assert_eq!(went, [(Some("SO-1"), Some(word.as_str()))]);
    holds(&store);
}

#[test]
fn a_file_takes_no_promise_from_an_order_and_a_cancelled_one_gives_it_back() {
    let (_folder, store) = site();
    let records = &store.records;
    let (_, y) = stocked(&store);
    let id = ordered(records, "SO-2", &[(y, 3)]);
    records.allocate_outbound(&act(), id, today()).expect("promised");
    let file = |name: &str, allocated| {
        import(
            records,
            name,
            vec![StockImport { allocated: Some(q(allocated)), ..row("y", None, None, "A-3", 5) }],
        );
        figures(records, y).allocated
    };
    assert_eq!(file("none promised", 0), q(3));
    assert_eq!(file("more promised", 4), q(4));
    assert_eq!(file("less again", 1), q(3));
    let detail = records.outbound(id).expect("read");
    let line = detail.lines[0].id;
    let a3 = bin(records, "A-3");
    records
        .pick_goods(&act(), &Picked { line, lot: None, bin: a3, quantity: q(2), instead: false })
        .expect("picked");
    records.pack_all(&act(), id, None).expect("packed");
    let li = Act::new(&Actor { name: "Li".into(), role: Role::Operator }, NOW);
    assert_eq!(records.cancel_outbound(&li, id).expect_err("a manager's").kind(), ErrorKind::Conflict);
    assert_eq!(records.cancel_outbound(&act(), id).expect("cancelled").state, OutState::Cancelled);
    let now = figures(records, y);
    assert_eq!((now.on_hand, now.allocated, now.available), (q(5), q(0), q(5)));
    // What lies where picked goods lie is not promised before it is put back.
    let next = ordered(records, "SO-3", &[(y, 5)]);
    assert_eq!(records.pick_all(&act(), next).expect_err("nothing is promised").kind(), ErrorKind::Conflict);
    records.allocate_outbound(&act(), next, today()).expect("promised");
    assert_eq!(records.outbound(next).expect("read").card.allocated, q(3));
    assert_eq!(records.pick_all(&act(), next).expect("picked").state, OutState::Picked);
    holds(&store);
}

#[test]
fn what_comes_back_is_looked_at_before_it_is_sold_again() {
    let (_folder, store) = site();
    let records = &store.records;
    let (_, y) = stocked(&store);
    let id = ordered(records, "SO-4", &[(y, 4)]);
    records.allocate_outbound(&act(), id, today()).expect("promised");
    let line = records.outbound(id).expect("read").lines[0].id;
    let a3 = bin(records, "A-3");
    records
        .pick_goods(&act(), &Picked { line, lot: None, bin: a3, quantity: q(4), instead: false })
        .expect("picked");
    records.pack_all(&act(), id, None).expect("packed");
    records.ship_outbound(&act(), id, Rest::GiveUp).expect("shipped");
    let back = |units| NewReturn {
        number: String::new(),
        customer: String::new(),
        outbound: Some(id),
        reason: ReturnReason::NotWanted,
        note: None,
        lines: vec![NewReturnLine { item: y, lot: None, quantity: q(units) }],
    };
    records.make_return(&act(), &back(3)).expect("a return");
    assert_eq!(records.make_return(&act(), &back(2)).expect_err("one is left").kind(), ErrorKind::Conflict);
    let now = figures(records, y);
    assert_eq!((now.on_hand, now.available, now.held), (q(4), q(1), q(3)));
    let card = records.returns(None, 0, 10).expect("returns").rows.remove(0);
    let word = records.customer_word("C-7").expect("a pseudonym");
    assert_eq!((card.number.as_str(), card.customer.as_str()), ("RET-2026-00001", word.as_str()));
    let line = card.lines[0].id;
    let settle =
        |units, fate, to| records.settle_return(&act(), &Settling { line, quantity: q(units), fate, to });
    assert_eq!(settle(1, Fate::Restock, Some(a3)).expect_err("nobody looked").kind(), ErrorKind::Conflict);
    assert_eq!(
        records.inspect_return(&act(), line, ReasonCode::Cleared).expect("good"),
        ReturnState::Inspected
    );
    assert_eq!(settle(1, Fate::Restock, None).expect_err("where to").kind(), ErrorKind::Conflict);
    settle(1, Fate::Restock, Some(a3)).expect("restocked");
    settle(1, Fate::Quarantine, None).expect("kept apart");
    assert_eq!(settle(1, Fate::Scrap, None).expect("scrapped").state, ReturnState::Settled);
    let now = figures(records, y);
    assert_eq!((now.on_hand, now.available, now.held), (q(3), q(2), q(1)));
    holds(&store);
}

/// Random steps, refused or not: after each of them no unit is promised that is not there, what is on order is what shipments expect,
/// and the figures of the ledger are those of a notebook that writes down only what comes through the door and what leaves by it.
#[test]
fn papers_ledger_and_notebook_agree_under_random_steps() {
    for seed in 1..=2 {
        let (_folder, store) = site();
        let records = &store.records;
        let (x, y) = stocked(&store);
        let mut on_hand = [16, 5];
        let (mut shipments, mut orders): (Vec<InboundId>, Vec<OutboundId>) = (Vec::new(), Vec::new());
        let mut bookings = Vec::new();
        let mut draw = Draw(seed);
        for n in 0..70 {
            let units = 1 + draw.below(7) as i64;
            let which = draw.below(2) as usize;
            let thing = [x, y][which];
            let shipment =
                (!shipments.is_empty()).then(|| shipments[draw.below(shipments.len() as u64) as usize]);
            let order = (!orders.is_empty()).then(|| orders[draw.below(orders.len() as u64) as usize]);
            match draw.below(12) {
                0 => shipments.push(expected(records, &format!("IN-{n}"), &[(thing, units + 3)])),
                1 => orders.push(ordered(records, &format!("SO-{n}"), &[(thing, units), (y, 1)])),
                2 | 3 => {
                    let Some(id) = shipment else { continue };
                    let line = records.inbound(id).expect("read").lines.remove(0);
                    let lot = (line.item == x)
                        .then(|| ["SOON", "LATE", "THIRD"][draw.below(3) as usize].to_owned());
                    let damaged = draw.below(2) as i64;
                    let over = draw.below(2) == 0;
                    let receipt = Receipt { lot, damaged: q(damaged), over, ..came(line.id, units) };
                    if let Ok(done) = records.receive_goods(&act(), &receipt) {
                        on_hand[usize::from(line.item == y)] += units + damaged;
                        bookings.push((done.booked.booking, usize::from(line.item == y), units + damaged));
                    }
                }
                4 => {
                    let Some(id) = shipment else { continue };
                    let line = records.inbound(id).expect("read").lines[0].id;
                    let to = bin(records, ["A-1", "A-2", "A-3"][draw.below(3) as usize]);
                    let _ = records.put_away(&act(), &PutAway { line, lot: None, quantity: q(units), to });
                }
                5 => {
                    let Some(id) = shipment else { continue };
                    let _ = match draw.below(3) {
                        0 => records.finish_inbound(&act(), id),
                        1 => records.cancel_inbound(&act(), id),
                        _ => records.reopen_inbound(&act(), id),
                    };
                }
                6 | 7 => {
                    let Some(id) = order else { continue };
                    let before = [x, y].map(|item| figures(records, item).available);
                    if records.allocate_outbound(&act(), id, today()).is_ok() {
                        for (item, before) in [x, y].into_iter().zip(before) {
                            assert!(
                                figures(records, item).available >= Quantity::ZERO || before < Quantity::ZERO
                            );
                        }
                    }
                }
                8 => {
                    let Some(id) = order else { continue };
                    for line in records.outbound(id).expect("read").lines {
                        for heap in line.promised {
                            let (lot, bin) = (heap.lot, heap.bin);
                            let picked =
                                Picked { line: line.id, lot, bin, quantity: heap.quantity, instead: false };
                            let done = records.pick_goods(&act(), &picked).expect("promised there");
                            if draw.below(4) == 0 {
                                records
                                    .take_back(&act(), done.booked.booking.expect("booked"))
                                    .expect("taken back");
                            }
                        }
                    }
                }
                9 => {
                    let Some(id) = order else { continue };
                    let _ = records.pack_all(&act(), id, None);
                    let lines = records.outbound(id).expect("read").lines;
                    if records.ship_outbound(&act(), id, Rest::GiveUp).is_ok() {
                        for line in lines {
                            on_hand[usize::from(line.item == y)] -= line.line.packed.0 / 1000;
                        }
                    }
                }
                10 => {
                    let Some(id) = order else { continue };
                    let _ = if draw.below(2) == 0 {
                        records.release_outbound(&act(), id)
                    } else {
                        records.cancel_outbound(&act(), id)
                    };
                }
                _ => {
                    let Some((booking, which, units)) = bookings.pop() else { continue };
                    if records.take_back(&act(), booking.expect("booked")).is_ok() {
                        on_hand[which] -= units;
                    }
                }
            }
            for (place, item) in [x, y].into_iter().enumerate() {
                let now = figures(records, item);
                assert_eq!(now.on_hand, q(on_hand[place]), "seed {seed}, step {n}");
                let mut open = Quantity::ZERO;
                for id in &shipments {
                    for line in
                        records.inbound(*id).expect("read").lines.iter().filter(|line| line.item == item)
                    {
                        open = open.plus(line.outstanding);
                    }
                }
                assert_eq!(now.on_order, open, "seed {seed}, step {n}");
                let mut promised = Quantity::ZERO;
                for id in &orders {
                    for line in
                        records.outbound(*id).expect("read").lines.iter().filter(|line| line.item == item)
                    {
                        promised = promised.plus(line.line.promised());
                    }
                }
                assert_eq!(now.allocated, promised, "seed {seed}, step {n}");
                assert!(now.available >= Quantity::ZERO, "seed {seed}, step {n}");
            }
        }
        holds(&store);
        assert!(records.audit_verify().expect("verify").holds());
    }
}

fn announced(number: &str, way: Way, order: Option<&str>, sku: &str, units: i64) -> ShipmentImport {
    ShipmentImport {
        number: number.into(),
        way,
        order_ref: order.map(str::to_owned),
        partner: Some("ACME".into()),
        sku: sku.into(),
        quantity: q(units),
        due: Some(today()),
        ..ShipmentImport::default()
    }
}

#[test]
fn papers_of_other_systems_are_kept_once_and_taken_out_while_nothing_happened() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, y) = stocked(&store);
    let take = |name: &str, rows: Vec<ShipmentImport>| {
        records
            .import_shipments(&act(), &file(name), rows, &Stop::default())
            .map(|done| done.record().clone())
    };
    let both =
        |sku| vec![announced("ASN-1", Way::In, None, "x", 7), announced("ASN-1", Way::In, None, sku, 2)];
    let first = take("asn", both("y")).expect("kept");
    assert_eq!((first.rows, first.added, first.duplicates), (2, 2, 0));
    let again = take("the same in other bytes", both("y")).expect("known");
    assert_eq!((again.added, again.duplicates), (0, 2));
    assert_eq!(figures(records, x).on_order, q(7));
    records.undo_import(&act(), first.id, false).expect("nothing came of it");
    assert_eq!((figures(records, x).on_order, figures(records, y).on_order), (q(0), q(0)));
    assert_eq!(records.inbound_counts().expect("counts"), [0; 5]);
    holds(&store);

    let first = take("asn again", both("y")).expect("kept");
    let id = records.inbounds_numbered("ASN-1").expect("found")[0];
    records.receive_goods(&act(), &came(line_of(records, id, 0), 1)).expect("received");
    let refused = records.undo_import(&act(), first.id, false).expect_err("goods came of it");
    assert!(refused.to_string().contains("ASN-1"), "{refused}");
    let preview = records.import_undo_preview(first.id).expect("a preview");
    assert_eq!((preview.movements, preview.dependents().count()), (0, 1));
    holds(&store);

    // What is wanted is an order; what left is shipped of it, and the rest is an order of its own.
    let wanted = take("940", vec![announced("ORD-9", Way::Wanted, None, "y", 5)]).expect("kept");
    let order = records.outbounds_numbered("ORD-9").expect("found")[0];
    assert_eq!(records.outbound(order).expect("read").card.state, OutState::Open);
    let sent = take("945", vec![announced("SHP-1", Way::Gone, Some("ORD-9"), "y", 3)]).expect("kept");
    assert_eq!(sent.added, 1);
    let detail = records.outbound(order).expect("read");
    assert_eq!((detail.card.state, detail.card.shipped), (OutState::Shipped, q(3)));
    assert_eq!(records.outbound(detail.backorder.expect("a rest")).expect("read").card.ordered, q(2));
    assert_eq!(figures(records, y).on_hand, q(2));
    for import in [wanted.id, sent.id] {
        assert_eq!(
            records.undo_import(&act(), import, false).expect_err("it left").kind(),
            ErrorKind::Conflict
        );
    }
    // What is not there can't have left, and then nothing of the file is kept.
    let lines = vec![announced("ASN-2", Way::In, None, "x", 1), announced("SHP-2", Way::Gone, None, "y", 9)];
    assert_eq!(take("945 of more", lines).expect_err("2 are there").kind(), ErrorKind::Conflict);
    assert!(records.inbounds_numbered("ASN-2").expect("read").is_empty());
    holds(&store);
}

#[test]
fn an_announced_part_of_a_purchase_order_is_expected_once() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, _) = stocked(&store);
    let draft = domain::Proposal {
        id: units::ProposalId(0),
        item: x,
        supplier: None,
        quantity: q(20),
        unit_cost: units::Money(250),
        day: today(),
        order_by: today(),
        cost_of_waiting: units::Money(0),
        state: domain::ProposalState::Draft,
        decided_at: None,
        decided_by: None,
        note: None,
        reason: domain::Reason { lead_time_days: 7, pack_size: q(1), ..domain::Reason::default() },
    };
    let ids = records.save_proposals(&act(), vec![draft]).expect("a draft").ids;
    records.decide_proposals(&act(), &ids, &store::Decision::Approve).expect("approved");
    let order = records.create_purchase_orders(&act(), today(), &ids).expect("ordered").remove(0);
    assert_eq!(figures(records, x).on_order, q(20));
    let expected = records.inbounds_numbered(&order.number).expect("found")[0];
    let detail = records.inbound(expected).expect("read");
    assert_eq!((detail.card.expected, detail.card.expected_on), (q(20), Some(today().plus(7))));
    holds(&store);

    let rows = vec![announced("ASN-1", Way::In, Some(&order.number), "x", 12)];
    let import = records
        .import_shipments(&act(), &file("asn"), rows, &Stop::default())
        .expect("announced")
        .record()
        .id;
    assert_eq!(figures(records, x).on_order, q(20), "twelve of the twenty, not twelve more");
    assert_eq!(records.inbound(expected).expect("read").card.expected, q(8));
    records.undo_import(&act(), import, false).expect("undone");
    assert_eq!(
        (figures(records, x).on_order, records.inbound(expected).expect("read").card.expected),
        (q(20), q(20))
    );
    // What comes costs what was agreed.
    let line = line_of(records, expected, 0);
    records.receive_goods(&act(), &came(line, 20)).expect("received");
    assert!(
        records.stock_costs(x).expect("costs").iter().any(|one| one.unit_cost == Some(units::Money(250)))
    );
    holds(&store);
}

#[test]
fn lists_are_found_by_state_partner_and_item() {
    let (_folder, store) = site();
    let records = &store.records;
    let (x, y) = stocked(&store);
    let later = Act { at: Timestamp(NOW.0 + 1), ..act() };
    expected(records, "ASN-1", &[(x, 1)]);
    let second = expected(records, "ASN-2", &[(y, 1)]);
    records.cancel_inbound(&later.because("supplier out of stock"), second).expect("cancelled");
    let list = |filter: &str, states: &[InState]| -> Vec<String> {
        let query =
            store::InboundQuery { filter: filter.into(), states: states.to_vec(), offset: 0, limit: 10 };
        records.inbounds(&query).expect("list").rows.into_iter().map(|card| card.number).collect()
    };
    assert_eq!(list("", &[]), ["ASN-1", "ASN-2"]);
    assert_eq!(list("acme", &[InState::Expected]), ["ASN-1"]);
    assert_eq!(list("Y", &[]), ["ASN-2"]);
    assert_eq!(records.inbound_counts().expect("counts"), [1, 0, 0, 0, 1]);
    let why = records.inbound(second).expect("read").closing;
    assert!(
        matches!(why, Some(domain::inbound::Closing::Cancelled(r)) if r.why.as_deref() == Some("supplier out of stock"))
    );
    ordered(records, "SO-1", &[(x, 1)]);
    assert_eq!(records.outbound_counts().expect("counts")[0], 1);
    let query =
        store::OutboundQuery { filter: "c-7".into(), states: vec![OutState::Open], offset: 0, limit: 10 };
    assert_eq!(records.outbounds(&query).expect("list").total, 1);
}
