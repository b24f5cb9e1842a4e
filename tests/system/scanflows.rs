//! Tasks done with a scanner, driven by a simulated one on a real line: what it reads comes through the serial driver, the flow
//! answers, and the ledger has what was done.

use crate::site::{Site, open};
use app::{Actor, Role};
use contract::*;
use sim::chain::Outlet;
use sim::scanner::Scanner;
use std::time::Duration;
use tokio::task::block_in_place;
use units::{Day, Millis, Quantity};

/// Item 9506000134352 as its label has it: GTIN, last day, lot.
const MILK: &str = "01095060001343521726083110L1";
/// The bin A-01-02 by a label of ours.
const BIN: &str = "QBA-01-02K4";

async fn import(site: &Site, text: &str) {
    let path = site.folder.path().join("stock.csv");
    std::fs::write(&path, text).expect("a file");
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind: ImportKind::Stock, file, mapping: vec![], dry_run: false };
    let job = site.app.call(call, &site.by).await.expect("it starts");
    let row = site.app.wait_for_job(job).await.expect("it ends");
    assert_eq!(row.error, None, "{}", row.state);
}

/// A person with a scanner.
struct Desk<'s> {
    site: &'s Site,
    by: Actor,
    scanner: Scanner,
    heard: u64,
    flow: ScanFlow,
}

impl<'s> Desk<'s> {
    async fn new(site: &'s Site) -> Self {
        let scanner = Scanner::new(Outlet::here(site.folder.path(), "scanner")).expect("a line");
        let add = AddDevice {
            name: "Dock".into(),
            endpoint: scanner.endpoint().to_owned(),
            baud: 9600,
            interval: Millis::minutes(1),
            setup: r#"{"language":"scanner"}"#.into(),
            channels: vec![],
        };
        site.app.call(add, &site.by).await.expect("a device");
        let by = Actor { name: "Li".into(), role: Role::Operator };
        let heard = site.app.call(AwaitScans { after: 0 }, &by).await.expect("none yet").last;
        Self { site, by, scanner, heard, flow: ScanFlow::default() }
    }

    async fn step(&mut self, input: ScanInput) -> ScanStepped {
        let call = ScanStep { flow: self.flow.clone(), input, key: String::new() };
        let reply = self.site.app.call(call, &self.by).await.expect("an answer");
        self.flow = reply.flow.clone();
        reply
    }

    async fn begin(&mut self, task: &str) -> String {
        self.flow = ScanFlow { task: task.into(), ..ScanFlow::default() };
        self.step(ScanInput::Look).await.want
    }

    /// Pulls the trigger, and waits for what the console heard.
    async fn scan(&mut self, symbology: &str, text: &str) -> ScanStepped {
        let mut wait = |span: Duration| {
            std::thread::park_timeout(span);
            false
        };
        block_in_place(|| self.scanner.read(symbology, text, &mut wait)).expect("sent");
        let heard = tokio::time::timeout(Duration::from_secs(120), async {
            loop {
                let call = AwaitScans { after: self.heard };
                let heard = self.site.app.call(call, &self.by).await.expect("what was heard");
                self.heard = heard.last;
                if let Some(scan) = heard.scans.into_iter().next() {
                    return scan;
                }
            }
        });
        let scan = heard.await.expect("the scan arrives within two minutes");
        assert_eq!((scan.name.as_str(), scan.text.as_str()), ("Dock", text));
        self.step(ScanInput::Scan(format!("{}{}", scan.symbology.unwrap_or_default(), scan.text))).await
    }

    async fn typed(&mut self, text: &str) -> ScanStepped {
        self.step(ScanInput::Typed(text.into())).await
    }
}

fn said(reply: &ScanStepped) -> (&str, &str) {
    (reply.feedback.as_str(), reply.told.code.as_str())
}

/// Where an item stands: bin, lot, standing, units.
async fn stands(site: &Site, sku: &str) -> Vec<(String, String, String, i64)> {
    let page = ListStock { filter: sku.into(), sort: StockSort::Sku, reverse: false, offset: 0, limit: 5 };
    let item = site.app.call(page, &site.by).await.expect("a page").rows[0].item;
    let stock =
        site.app.call(GetItemStock { item, day: None, limit: 100 }, &site.by).await.expect("its stock");
    let mut all: Vec<_> = stock
        .standings
        .into_iter()
        .filter(|one| one.quantity.0 != 0)
        .map(|one| (one.bin_code, one.lot_code.unwrap_or_default(), one.standing, one.quantity.0 / 1_000))
        .collect();
    all.sort();
    all
}

fn at(bin: &str, lot: &str, units: i64) -> (String, String, String, i64) {
    (bin.into(), lot.into(), "free".into(), units)
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_are_received_put_away_moved_picked_and_counted_by_a_scanner_on_a_line() {
    let site = open();
    let rows = "sku,name,on_hand,bin\n9506000134352,Oat drink,0,A-01-02\n4006381333931,Pen,20,B-1\n";
    import(&site, rows).await;
    let mut desk = Desk::new(&site).await;

    // Received without a paper: the code says item, lot and last day at once.
    assert_eq!(desk.begin("receive").await, "goods-or-bin");
    let reply = desk.scan("]d2", MILK).await;
    assert_eq!(said(&reply), ("accepted", "Goods"));
    let card = &reply.card;
    assert_eq!(
        (card.sku.as_deref(), card.lot.as_deref(), card.expiry),
        (Some("9506000134352"), Some("L1"), Day::from_civil(2026, 8, 31))
    );
    assert_eq!(
        (reply.want.as_str(), desk.typed("12").await.card.quantity),
        ("confirm", Some(Quantity::of(12)))
    );
    let reply = desk.step(ScanInput::Enter).await;
    assert_eq!(said(&reply), ("done", "Received"));
    assert_eq!(reply.told.parts, ["12", "9506000134352", "", "RECEIVING"]);
    assert_eq!(stands(&site, "9506000134352").await, [at("RECEIVING", "L1", 12)]);

    // Put away: the goods first, the bin books. A wrong code says so and changes nothing.
    assert_eq!(desk.begin("put-away").await, "goods-or-bin");
    assert_eq!(said(&desk.scan("]C1", MILK).await), ("accepted", "Goods"));
    assert_eq!(said(&desk.scan("", "NO-SUCH").await), ("wrong", "Unknown"));
    assert_eq!(said(&desk.scan("]d2", "01095060001343531710").await), ("wrong", "Faulty"));
    assert_eq!(said(&desk.typed("13").await), ("wrong", "MoreThanThere"));
    assert_eq!(said(&desk.typed("12").await), ("accepted", "Quantity"));
    assert_eq!(said(&desk.scan("]C0", BIN).await), ("done", "PutAway"));
    assert_eq!(stands(&site, "9506000134352").await, [at("A-01-02", "L1", 12)]);

    // Moved: the bin first, each scan one more.
    desk.begin("move").await;
    assert_eq!(said(&desk.scan("]C0", BIN).await), ("accepted", "Bin"));
    for _ in 0..3 {
        desk.scan("]E0", "9506000134352").await;
    }
    assert_eq!(said(&desk.step(ScanInput::Undo).await), ("accepted", "Undone"));
    let reply = desk.scan("", "B-1").await;
    assert_eq!(said(&reply), ("done", "Moved"));
    assert_eq!(reply.told.parts, ["2", "9506000134352", "A-01-02", "B-1"]);
    // The last booking is taken back when that is confirmed, and done again.
    assert_eq!(said(&desk.step(ScanInput::Undo).await), ("accepted", "Undone"), "the bin that stayed");
    assert_eq!(said(&desk.step(ScanInput::Undo).await), ("ask", "TakeBack"));
    assert_eq!(said(&desk.step(ScanInput::Enter).await), ("done", "TakenBack"));
    assert_eq!(stands(&site, "9506000134352").await, [at("A-01-02", "L1", 12)]);
    for code in ["9506000134352", "A-01-02"] {
        assert_eq!(desk.scan("", code).await.feedback, "accepted");
    }
    desk.typed("2").await;
    assert_eq!(said(&desk.scan("", "B-1").await), ("done", "Moved"));

    // Picked without an order: it goes to a customer. What the bin has not is refused.
    desk.begin("pick").await;
    assert_eq!(said(&desk.scan("", "4006381333931").await), ("accepted", "Goods"));
    assert_eq!(said(&desk.scan("]C0", BIN).await), ("wrong", "NotThere"));
    desk.typed("5").await;
    assert_eq!(said(&desk.scan("", "B-1").await), ("done", "Picked"));
    assert_eq!(stands(&site, "4006381333931").await, [at("B-1", "", 15)]);

    // Counted: the bin stays for the next item.
    desk.begin("count").await;
    desk.scan("]C0", BIN).await;
    let reply = desk.scan("", "9506000134352").await;
    assert_eq!((reply.card.there, reply.want.as_str()), (None, "confirm"), "who counts is told nothing");
    let reply = desk.typed("9").await;
    assert_eq!((said(&reply), reply.card.bin.as_deref()), (("done", "Counted"), Some("A-01-02")));
    assert_eq!(stands(&site, "9506000134352").await, [at("A-01-02", "L1", 9), at("B-1", "L1", 2)]);

    let verdict = site.app.call(VerifyStock {}, &site.by).await.expect("verified");
    assert_eq!(verdict.mismatches, Vec::<String>::new());
    let audit = site.app.call(ListAudit { limit: 40 }, &site.by).await.expect("the audit");
    for action in ["stock.receipt", "stock.move", "stock.issue", "stock.correct", "stock.undo"] {
        assert!(audit.iter().any(|row| row.action == action && row.actor == "Li"), "{action}");
    }
    assert!(site.app.call(VerifyAudit {}, &site.by).await.expect("verified").intact);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pallet_moves_whole_serial_numbers_are_read_one_by_one_and_a_restart_loses_no_task() {
    let site = open();
    import(&site, "sku,name,on_hand,bin\n9506000134352,Oat drink,0,A-1\nPUMP,Pump,0,A-2\n").await;
    let mut desk = Desk::new(&site).await;
    let sscc = "00095060001343520017";

    desk.begin("receive").await;
    assert_eq!(said(&desk.scan("]C1", sscc).await), ("accepted", "Unit"));
    desk.scan("]C1", MILK).await;
    desk.typed("30").await;
    assert_eq!(said(&desk.step(ScanInput::Enter).await), ("done", "Received"));
    let units = ListUnits { text: "09506".into(), item: None, limit: 9 };
    let unit = site.app.call(units.clone(), &site.by).await.expect("units").remove(0);
    assert_eq!((unit.bin_code.as_str(), unit.contents[0].quantity), ("RECEIVING", Quantity::of(30)));

    // How far a task is travels with the call: another process could go on.
    desk.begin("put-away").await;
    desk.scan("]C1", sscc).await;
    let kept = serde_json::to_string(&desk.flow).expect("JSON");
    desk.flow = serde_json::from_str(&kept).expect("the same");
    let reply = desk.scan("", "A-1").await;
    assert_eq!((said(&reply), reply.told.parts[1].as_str()), (("done", "UnitMoved"), "095060001343520017"));
    let unit = site.app.call(units, &site.by).await.expect("units").remove(0);
    assert_eq!((unit.bin_code.as_str(), unit.state.as_str()), ("A-1", "filled"));
    assert_eq!(stands(&site, "9506000134352").await, [at("A-1", "L1", 30)]);

    // Our own label of the item; then each number once, the same twice is refused.
    desk.begin("receive").await;
    desk.scan("", "A-2").await;
    for serial in ["S-1", "S-2"] {
        let code = format!("240PUMP\u{1d}21{serial}");
        assert_eq!(said(&desk.scan("]C1", &code).await), ("accepted", "Goods"));
        assert_eq!(said(&desk.scan("]C1", &code).await), ("wrong", "SerialTwice"));
    }
    assert_eq!(said(&desk.typed("9").await), ("wrong", "Serials"));
    assert_eq!(said(&desk.step(ScanInput::Enter).await), ("done", "Received"));
    desk.begin("pick").await;
    assert_eq!(said(&desk.scan("", "S-2").await), ("accepted", "Goods"), "a number alone says what it is of");
    assert_eq!(said(&desk.scan("", "A-1").await).1, "SerialElsewhere");
    assert_eq!(said(&desk.scan("", "A-2").await), ("done", "Picked"));
    let serials = ListSerials { item: None, code: "S-2".into(), limit: 9 };
    let found = site.app.call(serials, &site.by).await.expect("serials");
    assert_eq!((found[0].state.as_str(), found[0].bin.as_deref()), ("shipped", None));

    // What a code stands for here: in the scan test too.
    let here = async |text: &str| {
        let found = site.app.call(ExplainScan { text: text.into() }, &site.by).await.expect("explained");
        found.here
    };
    assert!(matches!(here("]C1".to_owned().as_str()).await.as_slice(), []));
    assert!(matches!(here("A-2").await.as_slice(), [ScanHere::Bin { .. }]));
    assert!(matches!(here("L1").await.as_slice(), [ScanHere::Lot { .. }]));
    assert!(matches!(here("S-1").await.as_slice(), [ScanHere::Serial { .. }]));
    assert!(matches!(here(&format!("]C1{sscc}")).await.as_slice(), [ScanHere::Unit { .. }]));
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_nobody_read_yet_is_picked_from_whichever_bin_its_item_lies_in() {
    let site = open();
    let lies = "sku,name,on_hand,bin\nPUMP,Pump,2,A-1\nPUMP,Pump,2,A-2\nTEA,Tea,1,A-3\n";
    import(&site, lies).await;
    let mut desk = Desk::new(&site).await;
    for (serial, bin, told) in [
        ("S-1", "A-1", ("done", "Picked")),
        ("S-2", "A-2", ("done", "Picked")),
        ("S-3", "A-3", ("wrong", "SerialElsewhere")),
    ] {
        desk.begin("pick").await;
        let code = format!("240PUMP\u{1d}21{serial}");
        assert_eq!(said(&desk.scan("]C1", &code).await), ("accepted", "Goods"), "{serial}");
        assert_eq!(said(&desk.scan("", bin).await), told, "{serial} from {bin}");
    }
    assert_eq!(stands(&site, "PUMP").await, [at("A-1", "", 1), at("A-2", "", 1)]);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shipment_and_an_order_want_is_scanned_for_them() {
    let site = open();
    import(&site, "sku,name,on_hand,bin\nPUMP,Pump,0,A-2\nPEN,Pen,9,A-1\n").await;
    let sscc = "095060001343520017";
    let announced = MakeInbound {
        number: "ASN-1".into(),
        partner: "ACME".into(),
        order_ref: None,
        expected_on: None,
        note: None,
        lines: vec![NewInboundLine {
            sku: "PUMP".into(),
            quantity: Quantity::of(4),
            lot: None,
            expiry: None,
            sscc: Some(sscc.into()),
        }],
    };
    let inbound = site.app.call(announced, &site.by).await.expect("expected");
    let shipment = async || site.app.call(GetInbound { inbound }, &site.by).await.expect("the shipment");
    let mut desk = Desk::new(&site).await;

    // The pallet that was announced says which shipment it is of, and then what it is.
    desk.begin("receive").await;
    let label = format!("00{sscc}");
    let reply = desk.scan("]C1", &label).await;
    assert_eq!((said(&reply), reply.card.document.as_deref()), (("accepted", "Document"), Some("ASN-1")));
    assert_eq!(reply.lines.iter().map(|line| line.quantity.0).collect::<Vec<_>>(), [4_000]);
    assert_eq!(said(&desk.scan("]C1", &label).await), ("accepted", "Unit"));
    desk.scan("", "PUMP").await;
    assert_eq!(desk.typed("5").await.card.quantity, Some(Quantity::of(5)));
    let reply = desk.step(ScanInput::Enter).await;
    assert_eq!((said(&reply), reply.told.parts[0].as_str()), (("ask", "Over"), "4"));
    assert_eq!(said(&desk.step(ScanInput::Enter).await), ("done", "Received"));
    // What nobody announced is asked about, and taken.
    desk.scan("", "PEN").await;
    assert_eq!(said(&desk.step(ScanInput::Enter).await), ("ask", "Unexpected"));
    assert_eq!(said(&desk.step(ScanInput::Cancel).await), ("accepted", "Undone"));
    let sheet = shipment().await;
    assert_eq!((sheet.card.state.as_str(), sheet.lines[0].received), ("received", Quantity::of(5)));
    assert_eq!(stands(&site, "PUMP").await, [at("RECEIVING", "", 5)]);

    // The pallet as a whole: the shipment knows that it is put away.
    desk.begin("put-away").await;
    desk.scan("]C1", &label).await;
    assert_eq!(said(&desk.scan("", "A-2").await), ("done", "UnitMoved"));
    assert_eq!(shipment().await.card.state, "put-away");
    let units = ListUnits { text: sscc.into(), item: None, limit: 9 };
    let unit = site.app.call(units.clone(), &site.by).await.expect("units").remove(0);
    assert_eq!((unit.bin_code.as_str(), unit.contents[0].quantity), ("A-2", Quantity::of(5)));

    // Picked for an order that nothing was promised to yet, never more than it wants.
    let order = MakeOutbound {
        number: "ORD-1".into(),
        customer: "C-7".into(),
        order_ref: None,
        ship_by: None,
        ship_to: None,
        usable_days: 0,
        note: None,
        lines: vec![NewOutboundLine { sku: "PUMP".into(), quantity: Quantity::of(2) }],
    };
    let outbound = site.app.call(order, &site.by).await.expect("an order");
    let line = async || {
        let sheet = site.app.call(GetOutbound { outbound }, &site.by).await.expect("the order");
        (sheet.card.state, sheet.lines[0].picked.0 / 1_000)
    };
    desk.begin("pick").await;
    assert_eq!(said(&desk.scan("", "ORD-1").await), ("accepted", "Document"));
    assert_eq!(said(&desk.scan("", "PEN").await), ("wrong", "NotWanted"));
    desk.scan("", "A-2").await;
    desk.scan("", "PUMP").await;
    assert_eq!(said(&desk.typed("3").await), ("wrong", "MoreThanWanted"));
    assert_eq!(said(&desk.typed("2").await), ("done", "Picked"));
    assert_eq!(line().await, ("picked".to_owned(), 2));
    let gone = ("SHIPPING".to_owned(), String::new(), "picked".to_owned(), 2);
    assert_eq!(stands(&site, "PUMP").await, [at("A-2", "", 3), gone]);
    let unit = site.app.call(units, &site.by).await.expect("units").remove(0);
    assert_eq!(unit.contents[0].quantity, Quantity::of(3), "all that lay there was in the unit");
    // Taken back, the order wants them again.
    while said(&desk.step(ScanInput::Undo).await) != ("ask", "TakeBack") {}
    assert_eq!(said(&desk.step(ScanInput::Enter).await), ("done", "TakenBack"));
    assert_eq!(line().await.1, 0);
    let verdict = site.app.call(VerifyStock {}, &site.by).await.expect("verified");
    assert_eq!(verdict.mismatches, Vec::<String>::new());
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_twice_under_one_key_is_booked_once_and_answered_as_before() {
    let site = open();
    import(&site, "sku,name,on_hand,bin\nPUMP,Pump,9,A-2\nPEN,Pen,9,A-1\n").await;
    let by = Actor { name: "Li".into(), role: Role::Operator };
    let ask = async |flow: &ScanFlow, input: ScanInput, key: &str| {
        let call = ScanStep { flow: flow.clone(), input, key: key.into() };
        site.app.call(call, &by).await
    };
    let mut flow = ScanFlow { task: "move".into(), ..ScanFlow::default() };
    for code in ["A-2", "PUMP"] {
        flow = ask(&flow, ScanInput::Scan(code.into()), code).await.expect("an answer").flow;
    }
    flow = ask(&flow, ScanInput::Typed("5".into()), "five").await.expect("an answer").flow;
    // The answer to this one is lost: the tab still has the flow it sent.
    let first = ask(&flow, ScanInput::Scan("A-1".into()), "k-1").await.expect("booked");
    let again = ask(&flow, ScanInput::Scan("A-1".into()), "k-1").await.expect("told again");
    assert_eq!(said(&again), ("done", "Moved"));
    assert_eq!((&again.flow, &again.told, &again.booked), (&first.flow, &first.told, &first.booked));
    assert_eq!(stands(&site, "PUMP").await, [at("A-1", "", 5), at("A-2", "", 4)]);
    // Something else under the same key is a mistake; the same under another key is another booking.
    let wrong = ask(&flow, ScanInput::Scan("B-9".into()), "k-1").await.expect_err("refused");
    assert_eq!(wrong.code, Code::Conflict);
    let reply = ask(&flow, ScanInput::Scan("A-1".into()), "k-2").await.expect("judged");
    assert_eq!(said(&reply), ("wrong", "MoreThanThere"), "4 are left");

    // Taking back, too.
    let mut flow = first.flow;
    loop {
        let reply = ask(&flow, ScanInput::Undo, "").await.expect("an answer");
        flow = reply.flow.clone();
        if said(&reply) == ("ask", "TakeBack") {
            break;
        }
    }
    for _ in 0..2 {
        let reply = ask(&flow, ScanInput::Enter, "k-3").await.expect("taken back");
        assert_eq!(said(&reply), ("done", "TakenBack"));
    }
    assert_eq!(stands(&site, "PUMP").await, [at("A-2", "", 9)]);

    // A shipment's receipt and its serial numbers are one: a number that is refused leaves the shipment as it was.
    let announced = MakeInbound {
        number: "ASN-2".into(),
        partner: "ACME".into(),
        order_ref: None,
        expected_on: None,
        note: None,
        lines: vec![NewInboundLine {
            sku: "PUMP".into(),
            quantity: Quantity::of(1),
            lot: None,
            expiry: None,
            sscc: None,
        }],
    };
    let inbound = site.app.call(announced, &site.by).await.expect("expected");
    let mut flow = ScanFlow { task: "receive".into(), ..ScanFlow::default() };
    let long = format!("240PUMP\u{1d}21{}", "9".repeat(20));
    for code in ["ASN-2", &format!("]C1{long}")] {
        flow = ask(&flow, ScanInput::Scan(code.into()), "").await.expect("an answer").flow;
    }
    for said in &mut flow.said {
        if let ScanSaid::Goods(goods) = said {
            goods.serial = Some("9".repeat(80));
        }
    }
    let refused = ask(&flow, ScanInput::Enter, "k-4").await.expect("an answer");
    assert_eq!(said(&refused), ("wrong", "Refused"), "{:?}", refused.told);
    let sheet = site.app.call(GetInbound { inbound }, &site.by).await.expect("the shipment");
    assert_eq!((sheet.card.state.as_str(), sheet.lines[0].received.0), ("expected", 0));
    site.app.close().await;
}
