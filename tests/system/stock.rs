//! Stock through calls: a file with lots and bins, what people book on it, who may, and what can be taken back.

use crate::site::{Site, open};
use app::{Actor, Role};
use contract::*;
use units::{Day, Millis, Quantity};

fn actor(role: Role) -> Actor {
    Actor { name: format!("the {}", role.word()), role }
}

async fn import(site: &Site, name: &str, text: &str) {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind: ImportKind::Stock, file, mapping: vec![], dry_run: false };
    let job = site.app.call(call, &site.by).await.expect("it starts");
    let row = site.app.wait_for_job(job).await.expect("it ends");
    assert_eq!(row.error, None, "{}", row.state);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_is_held_corrected_moved_and_all_of_it_undone() {
    let site = open();
    let rows = "sku,on hand,lot,expiry,bin\nMILK,40,L1,2026-08-31,A-1\nMILK,25,L2,2026-05-31,A-2\n";
    import(&site, "stock.csv", rows).await;
    let page = ListStock { filter: "MILK".into(), sort: StockSort::Sku, reverse: false, offset: 0, limit: 5 };
    let item = site.app.call(page, &site.by).await.expect("a page").rows[0].item;
    let look = |day| {
        let (app, by) = (site.app.clone(), actor(Role::Viewer));
        async move { app.call(GetItemStock { item, day, limit: 50 }, &by).await.expect("its stock") }
    };
    let stock = look(None).await;
    let of = |stock: &ItemStock| {
        let f = stock.figures;
        [f.on_hand, f.available, f.held, f.expired].map(|q| q.0 / 1000)
    };
    // The site's morning is the first of June: L2 was good until the day before.
    assert_eq!(of(&stock), [65, 40, 0, 25]);
    assert_eq!(stock.standings[0].lot_code.as_deref(), Some("L2"), "the first to expire first");
    let l1 = stock.standings[1].clone();
    let lot = l1.lot.expect("a lot");

    // Anybody on the shift holds; a manager releases.
    let operator = actor(Role::Operator);
    let decide = |status: &str, reason: &str| DecideLot {
        lot,
        status: status.into(),
        reason: reason.into(),
        why: "smells".into(),
    };
    site.app.call(decide("held", "quality-doubt"), &operator).await.expect("held");
    assert_eq!(of(&look(None).await), [65, 0, 40, 25]);
    let refused = site.app.call(decide("available", "cleared"), &operator).await.expect_err("not theirs");
    assert_eq!(refused.code, Code::NotAllowed);
    site.app.call(decide("available", "cleared"), &actor(Role::Manager)).await.expect("released");
    let refused = site.app.call(decide("lost", "cleared"), &operator).await.expect_err("no such status");
    assert_eq!(refused.code, Code::BadInput);

    let correct = |quantity: i64, day| CorrectStock {
        item,
        lot: l1.lot,
        bin: l1.bin,
        standing: "free".into(),
        quantity: Quantity::of(quantity),
        day,
        reason: "damaged".into(),
        why: "fell".into(),
    };
    let booked = site.app.call(correct(30, None), &operator).await.expect("corrected");
    let shift = |quantity, make| MoveStock {
        item,
        lot: l1.lot,
        from: l1.bin,
        standing: "free".into(),
        to: "B-9".into(),
        make,
        quantity: Quantity::of(quantity),
        why: String::new(),
    };
    let unknown = site.app.call(shift(5, false), &operator).await.expect_err("no such bin");
    assert_eq!(unknown.code, Code::NotFound);
    let moved = site.app.call(shift(5, true), &operator).await.expect("moved");
    let refused = site.app.call(shift(99, false), &operator).await.expect_err("there are not so many");
    assert_eq!(refused.code, Code::Conflict);
    let stock = look(None).await;
    assert_eq!(of(&stock), [55, 30, 0, 25]);
    assert!(stock.standings.iter().any(|s| s.bin_code == "B-9" && s.quantity == Quantity::of(5)));
    // What was there before any of it is asked of the same lines.
    let before = stock.day.plus(-1);
    assert_eq!(of(&look(Some(before)).await), [0, 0, 0, 0]);

    for booking in [moved.booking, booked.booking].into_iter().flatten() {
        site.app.call(UndoBooking { booking, why: "wrong bin".into() }, &operator).await.expect("undone");
    }
    let stock = look(None).await;
    assert_eq!(of(&stock), [65, 40, 0, 25]);
    assert_eq!(stock.ledger.iter().filter(|line| line.reversed).count(), 2);
    let booking = booked.booking.expect("a booking");
    let twice =
        site.app.call(UndoBooking { booking, why: "again".into() }, &operator).await.expect_err("it is");
    assert_eq!(twice.code, Code::Conflict);

    // A closed period takes nothing more.
    site.clock.advance(Millis::days(2));
    let closing = CloseBooks { up_to: Some(before.plus(1)), why: "month".into() };
    site.app.call(closing, &site.by).await.expect("closed");
    let late = site.app.call(correct(1, Some(before.plus(1))), &operator).await.expect_err("closed");
    assert!(late.code == Code::Conflict && late.message.contains("closed"), "{late}");

    let trace =
        site.app.call(TraceStock { by: TraceBy::Lot, code: "L1".into() }, &operator).await.expect("trace");
    assert_eq!(trace.lots.iter().map(|lot| (lot.came.0, lot.here.0)).collect::<Vec<_>>(), [(40_000, 40_000)]);
    let file = site
        .app
        .call(ExportTrace { by: TraceBy::Sku, code: "MILK".into() }, &operator)
        .await
        .expect("a file");
    assert_eq!((file.name.as_str(), file.media.as_str()), ("trace-MILK.csv", "text/csv"));
    let work = site.app.call(ListStockWork { each: 9 }, &operator).await.expect("work");
    assert!(work.rows.iter().any(|row| row.kind == "expired" && row.lot_code.as_deref() == Some("L2")));
    assert_eq!(
        site.app.call(VerifyStock {}, &operator).await.expect("verified").mismatches,
        Vec::<String>::new()
    );
    assert!(site.app.call(VerifyAudit {}, &site.by).await.expect("audit").intact);
    // Days are the site's: no line took effect on a day to come.
    assert!(stock.ledger.iter().all(|line| line.day <= Day(stock.day.0)));
    site.app.close().await;
}
