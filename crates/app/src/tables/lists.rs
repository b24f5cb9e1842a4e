//! Each list: the call it is, and what its columns hold.

use super::{BETWEEN, Cell, Column, Listed, UNCOUNTED, With, col, flag, money, of, percent, tenths};
use crate::limits::{LIST_ROWS_MAX, WHOLE_ROWS_MAX};
use contract::*;
use units::{Measure, Milli, Permille};

/// A span in whole and tenths of minutes.
fn minutes(span: units::Millis) -> Cell {
    tenths(span.0 / 6_000)
}

/// Minutes of a day as on a clock.
fn clock(minute: u16) -> Cell {
    format!("{:02}:{:02}", minute / 60, minute % 60).into()
}

macro_rules! list {
    (
        $(#[$about:meta])* $list:ident = $name:literal, $query:ident $body:literal, $row:ty,
        id($one:ident) $id:expr,
        page($asked:ident, $offset:pat) $page:expr,
        rows($reply:ident) $rows:expr,
        [$($column:expr),* $(,)?]
    ) => {
        $(#[$about])*
        pub(super) struct $list;

        impl Listed for $list {
            const NAME: &'static str = $name;
            type Query = $query;
            const QUERY: &'static str = $body;
            type Row = $row;
            const COLUMNS: &'static [Column<$row>] = &[$($column),*];
            fn id($one: &$row) -> String {
                $id
            }
            fn page($asked: &mut $query, $offset: u32) {
                $page
            }
            fn rows($reply: <$query as Call>::Reply) -> (u64, Vec<$row>) {
                $rows
            }
        }
    };
}

/// A reply that is all of its rows.
fn whole<R>(rows: Vec<R>) -> (u64, Vec<R>) {
    let cut = rows.len() >= WHOLE_ROWS_MAX as usize;
    (if cut { UNCOUNTED } else { rows.len() as u64 }, rows)
}

/// Rows that have no number of their own are known by their place.
fn placed<R>(rows: Vec<R>) -> (u64, Vec<(usize, R)>) {
    whole(rows.into_iter().enumerate().collect())
}

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { text.into() }
}

fn maybe(of: &Option<String>) -> Cell {
    of.as_deref().map_or(Cell::Empty, text)
}

/// Where so much lies: bin, lot and quantity of each heap.
fn lies(heaps: &[HeapRow]) -> Cell {
    let one = |heap: &HeapRow| match &heap.lot_code {
        Some(lot) => format!("{} {lot} {}", heap.bin_code, heap.quantity),
        None => format!("{} {}", heap.bin_code, heap.quantity),
    };
    text(&heaps.iter().map(one).collect::<Vec<_>>().join(BETWEEN))
}

list! {
    /// Items and what is left of them.
    Stock = "stock", ListStock r#"{"filter":"","sort":"Sku","offset":0,"limit":0}"#, StockRow,
    id(row) row.item.to_string(),
    page(query, offset) (query.offset, query.limit) = (offset, LIST_ROWS_MAX),
    rows(reply) (reply.total, reply.rows),
    [
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        col("category", |r, _| maybe(&r.category)),
        col("unit", |r, _| text(&r.unit)),
        // What nobody ever counted is not known, which is not zero.
        col("on-hand", |r, _| r.on_hand.into()),
        col("allocated", |r, _| r.allocated.into()),
        col("available", |r, _| r.on_hand.map(|_| r.available).into()),
        col("on-order", |r, _| r.on_order.into()),
        col("demand", |r, _| r.demand_per_day.into()),
        of("cover", "d", |r, _| r.cover_days_tenths.map_or(Cell::Empty, tenths)),
        col("runs-out", |r, _| r.stock_out_day.into()),
        money("value", |r, _| r.value.into()),
        col("as-of", |r, _| r.as_of.into()),
    ]
}

list! {
    /// Where an item lies.
    StockLies = "stock-lies", GetItemStock r#"{"item":1,"day":null,"limit":0}"#, (usize, StandingRow),
    id(row) row.0.to_string(),
    page(query, _) query.limit = 0,
    rows(reply) placed(reply.standings),
    [
        col("lot", |(_, r), _| maybe(&r.lot_code)),
        col("expiry", |(_, r), _| r.expiry.into()),
        col("expired", |(_, r), _| flag(r.expired)),
        col("status", |(_, r), _| maybe(&r.lot_status)),
        col("bin", |(_, r), _| text(&r.bin_code)),
        col("stands", |(_, r), _| text(&r.standing)),
        col("quantity", |(_, r), _| r.quantity.into()),
    ]
}

fn side(side: &SideRow) -> Cell {
    let place = side.bin.as_deref().unwrap_or(&side.place);
    if side.standing == "free" { place.into() } else { format!("{place}{BETWEEN}{}", side.standing).into() }
}

list! {
    /// The movements of an item.
    StockLedger = "stock-ledger", GetItemStock r#"{"item":1,"day":null,"limit":0}"#, LedgerRow,
    id(row) row.movement.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply.ledger),
    [
        col("number", |r, _| r.movement.0.into()),
        col("day", |r, _| r.day.into()),
        col("booked", |r, with| with.time(r.booked_at)),
        col("kind", |r, _| text(&r.kind)),
        col("reason", |r, _| maybe(&r.reason)),
        col("lot", |r, _| maybe(&r.lot_code)),
        col("from", |r, _| side(&r.from)),
        col("to", |r, _| side(&r.to)),
        col("quantity", |r, _| r.quantity.into()),
        col("change", |r, _| r.change.into()),
        col("on-hand", |r, _| r.on_hand.into()),
        col("who", |r, _| text(&r.by)),
        col("source", |r, _| maybe(&r.source)),
        col("party", |r, _| maybe(&r.party)),
        col("import", |r, _| r.import.map(|import| import.0).into()),
        col("taken-back", |r, _| flag(r.reversed)),
    ]
}

list! {
    /// What to look at in stock.
    StockWork = "stock-work", ListStockWork r#"{"each":0}"#, (usize, StockWorkRow),
    id(row) row.0.to_string(),
    page(query, _) query.each = WHOLE_ROWS_MAX,
    rows(reply) placed(reply.rows),
    [
        col("kind", |(_, r), _| text(&r.kind)),
        col("sku", |(_, r), _| text(&r.sku)),
        col("name", |(_, r), _| text(&r.name)),
        col("lot", |(_, r), _| maybe(&r.lot_code)),
        col("expiry", |(_, r), _| r.expiry.into()),
        col("bin", |(_, r), _| maybe(&r.bin_code)),
        col("stands", |(_, r), _| maybe(&r.standing)),
        col("quantity", |(_, r), _| r.quantity.into()),
        col("detail", |(_, r), _| maybe(&r.detail)),
    ]
}

/// A line of a trace, and the lot it is of.
pub(super) struct Traced {
    place: usize,
    lot: std::sync::Arc<TracedLotRow>,
    line: TraceLine,
}

list! {
    /// Where lots came from, where they lie, and where they went.
    StockTrace = "stock-trace", TraceStock r#"{"by":"Lot","code":""}"#, Traced,
    id(row) row.place.to_string(),
    page(_query, _) (),
    rows(reply) {
        let lines = reply.lots.into_iter().flat_map(|mut lot| {
            let lines = std::mem::take(&mut lot.lines);
            let lot = std::sync::Arc::new(lot);
            lines.into_iter().map(move |line| (lot.clone(), line))
        });
        whole(lines.enumerate().map(|(place, (lot, line))| Traced { place, lot, line }).collect())
    },
    [
        col("sku", |r, _| text(&r.lot.sku)),
        col("name", |r, _| text(&r.lot.name)),
        col("lot", |r, _| text(&r.lot.lot_code)),
        col("expiry", |r, _| r.lot.expiry.into()),
        col("status", |r, _| text(&r.lot.status)),
        col("what", |r, _| text(&r.line.what)),
        col("day", |r, _| r.line.day.into()),
        col("place", |r, _| text(&r.line.at.place)),
        col("bin", |r, _| maybe(&r.line.at.bin)),
        col("stands", |r, _| text(&r.line.at.standing)),
        col("quantity", |r, _| r.line.quantity.into()),
        col("source", |r, _| maybe(&r.line.source)),
        col("party", |r, _| maybe(&r.line.party)),
        col("who", |r, _| maybe(&r.line.by)),
    ]
}

list! {
    /// Shipments that come in.
    Inbound = "inbound", ListInbound r#"{"filter":"","states":[],"offset":0,"limit":0}"#, InboundCardRow,
    id(row) row.id.to_string(),
    page(query, offset) (query.offset, query.limit) = (offset, LIST_ROWS_MAX),
    rows(reply) (reply.total, reply.rows),
    [
        col("number", |r, _| text(&r.number)),
        col("partner", |r, _| text(&r.partner)),
        col("order", |r, _| maybe(&r.order_ref)),
        col("expected-on", |r, _| r.expected_on.into()),
        col("late", |r, _| flag(r.late)),
        col("state", |r, _| text(&r.state)),
        col("lines", |r, _| r.lines.into()),
        col("done", |r, _| r.lines_done.into()),
        col("expected", |r, _| r.expected.into()),
        col("came", |r, _| r.came.into()),
        col("damaged", |r, _| r.damaged.into()),
        col("put-away", |r, _| r.put_away.into()),
        col("over", |r, _| r.over.into()),
        col("short", |r, _| r.short.into()),
    ]
}

list! {
    /// The lines of a shipment.
    InboundLines = "inbound-lines", GetInbound r#"{"inbound":1}"#, InboundLineRow,
    id(row) row.id.to_string(),
    page(_query, _) (),
    rows(reply) whole(reply.lines),
    [
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        col("unit", |r, _| text(&r.unit)),
        col("lot", |r, _| maybe(&r.lot)),
        col("expiry", |r, _| r.expiry.into()),
        col("handling-unit", |r, _| maybe(&r.sscc)),
        col("expected", |r, _| r.expected.into()),
        col("outstanding", |r, _| r.outstanding.into()),
        col("received", |r, _| r.received.into()),
        col("damaged", |r, _| r.damaged.into()),
        col("put-away", |r, _| r.put_away.into()),
        col("waiting", |r, _| r.waiting.into()),
        col("over", |r, _| r.over.into()),
        col("short", |r, _| r.short.into()),
        col("lies", |r, _| lies(&r.lies)),
    ]
}

list! {
    /// Orders that go out.
    Outbound = "outbound", ListOutbound r#"{"filter":"","states":[],"offset":0,"limit":0}"#, OutboundCardRow,
    id(row) row.id.to_string(),
    page(query, offset) (query.offset, query.limit) = (offset, LIST_ROWS_MAX),
    rows(reply) (reply.total, reply.rows),
    [
        col("number", |r, _| text(&r.number)),
        col("customer", |r, _| text(&r.customer)),
        col("order", |r, _| maybe(&r.order_ref)),
        col("ship-by", |r, _| r.ship_by.into()),
        col("late", |r, _| flag(r.late)),
        col("state", |r, _| text(&r.state)),
        col("backorder", |r, _| flag(r.backorder)),
        col("lines", |r, _| r.lines.into()),
        col("done", |r, _| r.lines_done.into()),
        col("ordered", |r, _| r.ordered.into()),
        col("open", |r, _| r.open.into()),
        col("allocated", |r, _| r.allocated.into()),
        col("picked", |r, _| r.picked.into()),
        col("packed", |r, _| r.packed.into()),
        col("shipped", |r, _| r.shipped.into()),
    ]
}

list! {
    /// The lines of an order.
    OutboundLines = "outbound-lines", GetOutbound r#"{"outbound":1}"#, OutboundLineRow,
    id(row) row.id.to_string(),
    page(_query, _) (),
    rows(reply) whole(reply.lines),
    [
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        col("unit", |r, _| text(&r.unit)),
        col("ordered", |r, _| r.ordered.into()),
        col("open", |r, _| r.open.into()),
        col("allocated", |r, _| r.allocated.into()),
        col("picked", |r, _| r.picked.into()),
        col("packed", |r, _| r.packed.into()),
        col("shipped", |r, _| r.shipped.into()),
        col("dropped", |r, _| r.dropped.into()),
        col("promised", |r, _| lies(&r.promised)),
        col("lies", |r, _| lies(&r.lies)),
    ]
}

/// A line of a return, and the return it is of.
pub(super) struct CameBack(std::sync::Arc<ReturnRow>, ReturnLineRow);

list! {
    /// What came back, line by line.
    Returns = "returns", ListReturns r#"{"state":"","offset":0,"limit":0}"#, CameBack,
    id(row) row.1.id.to_string(),
    // Lines are counted, returns are paged: all at once.
    page(query, offset) (query.offset, query.limit) = (0, if offset == 0 { WHOLE_ROWS_MAX } else { 0 }),
    rows(reply) {
        let lines = reply.rows.into_iter().flat_map(|mut one| {
            let lines = std::mem::take(&mut one.lines);
            let head = std::sync::Arc::new(one);
            lines.into_iter().map(move |line| CameBack(head.clone(), line))
        });
        whole(lines.collect())
    },
    [
        col("number", |r, _| text(&r.0.number)),
        col("customer", |r, _| text(&r.0.customer)),
        col("state", |r, _| text(&r.0.state)),
        col("reason", |r, _| text(&r.0.reason)),
        col("when", |r, with| with.time(r.0.at)),
        col("who", |r, _| text(&r.0.by)),
        col("sku", |r, _| text(&r.1.sku)),
        col("name", |r, _| text(&r.1.name)),
        col("lot", |r, _| maybe(&r.1.lot)),
        col("expiry", |r, _| r.1.expiry.into()),
        col("quantity", |r, _| r.1.quantity.into()),
        col("found", |r, _| maybe(&r.1.finding)),
        col("found-by", |r, _| maybe(&r.1.inspected_by)),
        col("undecided", |r, _| r.1.undecided.into()),
        col("restocked", |r, _| r.1.restocked.into()),
        col("quarantined", |r, _| r.1.quarantined.into()),
        col("scrapped", |r, _| r.1.scrapped.into()),
        col("note", |r, _| maybe(&r.0.note)),
    ]
}

list! {
    /// Customers.
    Customers = "customers", ListCustomers r#"{"filter":"","offset":0,"limit":0}"#, CustomerRow,
    id(row) row.customer.to_string(),
    page(query, offset) (query.offset, query.limit) = (offset, LIST_ROWS_MAX),
    rows(reply) (reply.total, reply.rows),
    [
        col("customer", |r, _| text(&r.shown)),
        col("pseudonym", |r, _| text(&r.pseudonym)),
        col("code", |r, _| maybe(&r.code)),
        col("name", |r, _| maybe(&r.name)),
        col("address", |r, _| maybe(&r.address)),
        col("since", |r, with| with.time(r.at)),
        col("lines", |r, _| r.lines.into()),
        col("quantity", |r, _| r.quantity.into()),
        col("last", |r, _| r.last_day.into()),
        col("orders", |r, _| r.orders.into()),
        col("open", |r, _| r.open.into()),
        col("returns", |r, _| r.returns.into()),
    ]
}

list! {
    /// Suppliers.
    Suppliers = "suppliers", ListSuppliers r#"{"filter":""}"#, SupplierRow,
    id(row) row.supplier.to_string(),
    page(_query, _) (),
    rows(reply) whole(reply),
    [
        col("code", |r, _| text(&r.code)),
        col("name", |r, _| text(&r.name)),
        of("lead-time", "d", |r, _| r.lead_time_days.map(i64::from).into()),
        of("took", "d", |r, _| r.took_days.map(i64::from).into()),
        col("pack", |r, _| r.pack_size.into()),
        col("least", |r, _| r.order_quantity_min.into()),
        col("items", |r, _| r.items.into()),
        col("coming", |r, _| r.coming.into()),
        col("note", |r, _| text(&r.note)),
    ]
}

list! {
    /// What a supplier sells to us.
    Supplied = "supplied", ListSupplied r#"{"supplier":1,"limit":0}"#, SuppliedRow,
    id(row) row.item.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        of("lead-time", "d", |r, _| r.lead_time_days.map(i64::from).into()),
        col("pack", |r, _| r.pack_size.into()),
        col("least", |r, _| r.order_quantity_min.into()),
    ]
}

/// What is in a handling unit, and the unit; an empty one is a row too.
pub(super) struct InUnit(std::sync::Arc<UnitRow>, Option<UnitContentRow>);

list! {
    /// Handling units and what is in them.
    HandlingUnits = "handling-units", ListUnits r#"{"text":"","item":null,"limit":0}"#, InUnit,
    id(row) format!("{} {}", row.0.id, row.1.as_ref().map_or_else(String::new, |one| one.sku.clone())),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) {
        let rows = reply.into_iter().flat_map(|mut unit| {
            let inside: Vec<_> = std::mem::take(&mut unit.contents).into_iter().map(Some).collect();
            let inside = if inside.is_empty() { vec![None] } else { inside };
            let unit = std::sync::Arc::new(unit);
            inside.into_iter().map(move |one| InUnit(unit.clone(), one))
        });
        whole(rows.collect())
    },
    [
        col("handling-unit", |r, _| text(&r.0.code)),
        col("bin", |r, _| text(&r.0.bin_code)),
        col("state", |r, _| text(&r.0.state)),
        col("since", |r, with| with.time(r.0.at)),
        col("sku", |r, _| r.1.as_ref().map_or(Cell::Empty, |one| text(&one.sku))),
        col("name", |r, _| r.1.as_ref().map_or(Cell::Empty, |one| text(&one.name))),
        col("lot", |r, _| r.1.as_ref().map_or(Cell::Empty, |one| maybe(&one.lot_code))),
        col("expiry", |r, _| r.1.as_ref().and_then(|one| one.expiry).into()),
        col("quantity", |r, _| r.1.as_ref().map(|one| one.quantity).into()),
    ]
}

list! {
    /// Serial numbers and where they are.
    SerialNumbers = "serial-numbers", ListSerials r#"{"item":null,"code":"","limit":0}"#, SerialRow,
    id(row) format!("{} {}", row.item, row.code),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("serial", |r, _| text(&r.code)),
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        col("state", |r, _| text(&r.state)),
        col("bin", |r, _| maybe(&r.bin)),
        col("handling-unit", |r, _| maybe(&r.unit_code)),
        col("lot", |r, _| maybe(&r.lot_code)),
        col("day", |r, _| r.day.into()),
        col("source", |r, _| maybe(&r.source)),
    ]
}

/// A bin, its warehouse and its zone.
pub(super) struct Placed {
    warehouse: std::sync::Arc<str>,
    zone: String,
    bin: FloorBin,
}

/// Millimetres in metres.
fn metres(mm: i64) -> Cell {
    Milli(mm).into()
}

list! {
    /// The bins of a warehouse: where they are, how full, how old.
    Bins = "bins", GetFloor r#"{"warehouse":null}"#, Placed,
    id(row) row.bin.bin.to_string(),
    page(_query, _) (),
    rows(floor) {
        let warehouse: std::sync::Arc<str> = floor.warehouse.into();
        let zone = |at: u32| floor.zones.get(at as usize).map_or_else(String::new, |zone| zone.name.clone());
        let bins = floor.bins.into_iter();
        whole(bins.map(|bin| Placed { warehouse: warehouse.clone(), zone: zone(bin.zone), bin }).collect())
    },
    [
        col("warehouse", |r, _| text(&r.warehouse)),
        col("zone", |r, _| text(&r.zone)),
        col("bin", |r, _| text(&r.bin.code)),
        of("x", "m", |r, _| metres(r.bin.x_mm)),
        of("y", "m", |r, _| metres(r.bin.y_mm)),
        col("level", |r, _| r.bin.level.into()),
        col("measured", |r, _| flag(!r.bin.derived)),
        col("class", |r, _| {
            let class = r.bin.class.and_then(|at| domain::stock::TemperatureClass::ALL.get(usize::from(at)));
            class.map_or(Cell::Empty, |class| class.word().into())
        }),
        of("full", "%", |r, _| r.bin.fill.map_or(Cell::Empty, tenths)),
        col("items", |r, _| i64::from(r.bin.items).into()),
        col("quantity", |r, _| r.bin.quantity.into()),
        money("value", |r, _| r.bin.value.into()),
        col("oldest", |r, _| r.bin.oldest.into()),
        col("expiry", |r, _| r.bin.expiry.into()),
    ]
}

list! {
    /// What lies in a bin.
    BinContents = "bin-contents", GetBin r#"{"bin":1,"limit":0}"#, (usize, BinContentRow),
    id(row) row.0.to_string(),
    page(query, _) query.limit = 0,
    rows(reply) placed(reply.contents),
    [
        col("sku", |(_, r), _| text(&r.sku)),
        col("name", |(_, r), _| text(&r.name)),
        col("unit", |(_, r), _| text(&r.unit)),
        col("lot", |(_, r), _| maybe(&r.standing.lot_code)),
        col("expiry", |(_, r), _| r.standing.expiry.into()),
        col("stands", |(_, r), _| text(&r.standing.standing)),
        col("quantity", |(_, r), _| r.standing.quantity.into()),
        col("since", |(_, r), _| r.since.into()),
        money("value", |(_, r), _| r.value.into()),
        col("wants", |(_, r), _| maybe(&r.wants_class)),
    ]
}

list! {
    /// Count plans.
    Counts = "counts", ListCounts r#"{"limit":0}"#, CountPlanRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("number", |r, _| r.id.0.into()),
        col("name", |r, _| text(&r.name)),
        col("blind", |r, _| flag(r.blind)),
        col("made", |r, with| with.time(r.at)),
        col("who", |r, _| text(&r.by)),
        col("open", |r, _| r.open.into()),
        col("recount", |r, _| r.recount.into()),
        col("counted", |r, _| r.counted.into()),
        col("booked", |r, _| r.booked.into()),
        col("rejected", |r, _| r.rejected.into()),
        money("difference", |r, _| r.variance.into()),
    ]
}

list! {
    /// The lines of a count.
    CountLines = "count-lines", ListCountLines r#"{"plan":1,"state":"","offset":0,"limit":0}"#, CountLineRow,
    id(row) row.id.to_string(),
    page(query, offset) (query.offset, query.limit) = (offset, LIST_ROWS_MAX),
    rows(reply) (reply.total, reply.rows),
    [
        col("bin", |r, _| text(&r.bin)),
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        col("lot", |r, _| maybe(&r.lot)),
        col("unit", |r, _| text(&r.unit)),
        col("state", |r, _| text(&r.state)),
        col("book", |r, _| r.book.into()),
        col("counted", |r, _| r.tallies.last().map(|tally| tally.quantity).into()),
        col("difference", |r, _| r.variance.into()),
        money("value", |r, _| r.variance_value.into()),
        col("why", |r, _| text(&r.reason)),
        col("who", |r, _| r.tallies.last().map_or(Cell::Empty, |tally| text(&tally.by))),
        col("when", |r, with| with.maybe(r.counted_at)),
    ]
}

list! {
    /// Demand and its forecast.
    Demand = "demand", ListDemand r#"{"filter":"","sort":"Sku","offset":0,"limit":0}"#, DemandRow,
    id(row) row.item.to_string(),
    page(query, offset) (query.offset, query.limit) = (offset, LIST_ROWS_MAX),
    rows(reply) (reply.total, reply.rows),
    [
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        // 26 numbers, the newest last.
        col("weeks", |r, _| r.weeks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ").into()),
        col("next", |r, _| r.next_4_weeks.into()),
        col("error", |r, _| r.rmsse_milli.map(Milli).into()),
        col("last", |r, _| r.last_4_weeks.into()),
        money("value", |r, _| r.next_value.into()),
        col("model", |r, _| maybe(&r.model)),
        col("overridden", |r, _| flag(r.overridden)),
    ]
}

list! {
    /// What people expect instead of a forecast.
    Overrides = "overrides", ListOverrides r#"{"item":null,"past":true,"limit":0}"#, OverrideRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply.rows),
    [
        col("number", |r, _| r.id.0.into()),
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        col("from", |r, _| r.from.into()),
        col("to", |r, _| r.to.into()),
        col("baseline", |r, _| r.baseline.into()),
        col("value", |r, _| r.value.into()),
        col("actual", |r, _| r.actual.into()),
        col("state", |r, _| text(&r.state)),
        col("why", |r, _| text(&r.why)),
        col("who", |r, _| text(&r.by)),
        col("when", |r, with| with.time(r.at)),
    ]
}

list! {
    /// Proposals.
    Replenish = "replenish", ListProposals r#"{"state":"Draft","limit":0}"#, ProposalRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("number", |r, _| r.id.0.into()),
        col("state", |r, _| text(&r.state)),
        col("supplier", |r, _| maybe(&r.supplier_name)),
        col("sku", |r, _| text(&r.sku)),
        col("name", |r, _| text(&r.name)),
        col("quantity", |r, _| r.quantity.into()),
        col("unit", |r, _| text(&r.unit)),
        col("order-by", |r, _| r.order_by.into()),
        money("cost", |r, _| r.cost.into()),
        money("waiting", |r, _| r.cost_of_waiting.into()),
        col("runs-out", |r, _| r.stock_out_day.into()),
        of("chance", "%", |r, _| r.stock_out_chance.map_or(Cell::Empty, percent)),
        col("assumed", |r, _| text(&r.assumed.join(BETWEEN))),
        col("decided", |r, with| with.maybe(r.decided_at)),
        col("who", |r, _| maybe(&r.decided_by)),
    ]
}

list! {
    /// Purchase orders.
    PurchaseOrders = "purchase-orders", ListPurchaseOrders r#"{"limit":0}"#, PurchaseOrderRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("number", |r, _| text(&r.number)),
        col("supplier", |r, _| maybe(&r.supplier_name)),
        col("made", |r, with| with.time(r.made_at)),
        col("who", |r, _| text(&r.made_by)),
        col("lines", |r, _| r.lines.into()),
        money("cost", |r, _| r.cost.into()),
    ]
}

list! {
    /// Alarms.
    Alarms = "alarms", ListAlarms r#"{"past":false,"limit":0}"#, AlarmRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("number", |r, _| r.id.0.into()),
        col("priority", |r, _| text(&r.priority)),
        col("kind", |r, _| text(&r.kind)),
        col("channel", |r, _| maybe(&r.channel_name)),
        col("room", |r, _| maybe(&r.zone_name)),
        col("device", |r, _| maybe(&r.device_name)),
        col("endpoint", |r, _| maybe(&r.endpoint)),
        col("now", |r, _| r.now.into()),
        col("worst", |r, _| r.worst.into()),
        col("limit", |r, _| r.limit.into()),
        col("unit", |r, _| text(&r.unit)),
        col("raised", |r, with| with.time(r.raised_at)),
        col("cleared", |r, with| with.maybe(r.cleared_at)),
        of("lasts", "min", |r, with| minutes(r.cleared_at.unwrap_or(with.now) - r.raised_at)),
        col("seen", |r, with| with.maybe(r.acknowledged_at)),
        col("seen-by", |r, _| maybe(&r.acknowledged_by)),
        col("note", |r, _| maybe(&r.note)),
        col("shelved-until", |r, with| with.maybe(r.shelved_until)),
    ]
}

list! {
    /// Times outside a limit.
    Excursions = "excursions", ListExcursions r#"{"zone":null,"from":0,"to":4102444800000}"#, (usize, ExcursionRow),
    id(row) row.0.to_string(),
    page(_query, _) (),
    rows(reply) placed(reply),
    [
        col("channel", |(_, r), _| text(&r.channel_name)),
        col("room", |(_, r), _| maybe(&r.zone_name)),
        col("side", |(_, r), _| if r.high { "high" } else { "low" }.into()),
        col("limit", |(_, r), _| r.limit.into()),
        col("worst", |(_, r), _| r.worst.into()),
        col("unit", |(_, r), _| text(&r.unit)),
        col("from", |(_, r), with| with.time(r.start)),
        col("to", |(_, r), with| with.maybe(r.end)),
        of("outside", "min", |(_, r), _| minutes(r.outside)),
        col("confirmed", |(_, r), _| flag(r.confirmed)),
    ]
}

list! {
    /// Devices.
    Devices = "devices", ListDevices "{}", DeviceRow,
    id(row) row.id.to_string(),
    page(_query, _) (),
    rows(reply) whole(reply),
    [
        col("device", |r, _| text(&r.name)),
        col("driver", |r, _| text(&r.driver)),
        col("endpoint", |r, _| text(&r.endpoint)),
        col("state", |r, _| text(&r.state)),
        col("fault", |r, _| maybe(&r.fault)),
        col("seen", |r, with| with.maybe(r.last_seen)),
        of("rate", "1/s", |r, _| tenths(i64::from(r.readings_per_s_tenths))),
        col("channels", |r, _| r.channels.into()),
        col("frames", |r, _| r.frames.into()),
        col("bad", |r, _| r.bad_frames.into()),
        col("reconnects", |r, _| r.reconnects.into()),
        col("shed", |r, _| r.shed.into()),
        of("clock", "s", |r, _| r.clock_drift.map(|drift| Milli(drift.0)).into()),
    ]
}

/// A stored value in the unit people read.
fn shown(r: &QualityRow, _: &With) -> Cell {
    let value = r.latest.as_ref().and_then(|latest| latest.value);
    let converted = match (Measure::parse(&r.unit), Measure::parse(&r.shown_unit)) {
        (Some(from), Some(to)) => value.and_then(|value| from.convert(value, to)),
        _ => value,
    };
    converted.into()
}

list! {
    /// Channels and their doubts.
    Quality = "quality", ListQualityWork "{}", QualityRow,
    id(row) row.channel.to_string(),
    page(_query, _) (),
    rows(reply) whole(reply.channels),
    [
        col("channel", |r, _| text(&r.name)),
        col("device", |r, _| text(&r.device_name)),
        col("room", |r, _| maybe(&r.zone_name)),
        col("value", shown),
        col("unit", |r, _| text(&r.shown_unit)),
        col("at", |r, with| with.maybe(r.latest.as_ref().map(|latest| latest.at))),
        col("readings", |r, _| r.issues.iter().map(|issue| issue.readings).sum::<u64>().into()),
        col("issues", |r, _| text(&r.issues.iter().map(|issue| issue.kind.as_str()).collect::<Vec<_>>().join(BETWEEN))),
    ]
}

/// The vehicle of a delivery, by its code.
pub(super) struct Delivered(DeliveryRow, Option<String>);

fn minute(window: Option<(u16, u16)>, of: fn((u16, u16)) -> u16) -> Cell {
    window.map_or(Cell::Empty, |window| clock(of(window)))
}

list! {
    /// Deliveries of a day.
    Deliveries = "deliveries", GetFleet r#"{"day":null}"#, Delivered,
    id(row) row.0.id.to_string(),
    page(_query, _) (),
    rows(day) {
        let code = |id| day.vehicles.iter().find(|one| Some(one.id) == id).map(|one| one.code.clone());
        whole(day.deliveries.iter().map(|one| Delivered(one.clone(), code(one.vehicle))).collect())
    },
    [
        col("state", |r, _| text(&r.0.state)),
        col("unserved", |r, _| maybe(&r.0.unserved)),
        col("code", |r, _| text(&r.0.code)),
        col("day", |r, _| r.0.day.into()),
        col("customer", |r, _| text(&r.0.customer)),
        col("address", |r, _| text(&r.0.address)),
        of("latitude", "°", |r, _| Cell::Number(format!("{:.6}", r.0.place.lat()))),
        of("longitude", "°", |r, _| Cell::Number(format!("{:.6}", r.0.place.lon()))),
        col("from", |r, _| minute(r.0.window, |(from, _)| from)),
        col("to", |r, _| minute(r.0.window, |(_, to)| to)),
        col("at", |r, with| with.maybe(r.0.expected_at.or(r.0.planned_at))),
        col("planned", |r, with| with.maybe(r.0.planned_at)),
        col("vehicle", |r, _| maybe(&r.1)),
        of("weight", "kg", |r, _| r.0.weight_kg.into()),
        of("volume", "m³", |r, _| r.0.volume_m3.into()),
        of("service", "min", |r, _| minutes(r.0.service)),
        col("note", |r, _| text(&r.0.note)),
    ]
}

/// A vehicle and the visits of its route.
pub(super) struct Driven(VehicleRow, usize);

list! {
    /// Vehicles.
    Vehicles = "vehicles", GetFleet r#"{"day":null}"#, Driven,
    id(row) row.0.id.to_string(),
    page(_query, _) (),
    rows(day) {
        let visits = |id| {
            let routes = day.plan.iter().flat_map(|plan| &plan.routes);
            routes.filter(|route| route.vehicle == id).map(|route| route.visits.len()).sum()
        };
        whole(day.vehicles.iter().map(|one| Driven(one.clone(), visits(one.id))).collect())
    },
    [
        col("vehicle", |r, _| text(&r.0.code)),
        col("name", |r, _| text(&r.0.name)),
        col("from", |r, _| clock(r.0.shift_from)),
        col("to", |r, _| clock(r.0.shift_to)),
        of("capacity", "kg", |r, _| r.0.capacity_kg.into()),
        of("room", "m³", |r, _| r.0.capacity_m3.into()),
        col("visits", |r, _| r.1.into()),
        money("fixed", |r, _| r.0.cost_fixed.into()),
        money("cost", |r, _| r.0.cost_per_km.into()),
        money("hour", |r, _| r.0.cost_per_hour.into()),
        col("active", |r, _| flag(r.0.active)),
    ]
}

list! {
    /// The routes of a day.
    Routes = "routes", GetFleet r#"{"day":null}"#, RouteRow,
    id(row) row.vehicle.to_string(),
    page(_query, _) (),
    rows(day) whole(day.plan.map(|plan| plan.routes).unwrap_or_default()),
    [
        col("vehicle", |r, _| text(&r.vehicle_code)),
        col("leaves", |r, with| with.time(r.leave_at)),
        col("back", |r, with| with.time(r.back_at)),
        col("visits", |r, _| r.visits.len().into()),
        of("load-kg", "kg", |r, _| r.load_kg.into()),
        of("load", "%", |r, _| percent(Permille(r.load_permille))),
        of("delay", "min", |r, _| r.delay.map_or(Cell::Empty, minutes)),
        money("cost", |r, _| r.cost.into()),
        of("driven", "km", |r, _| Milli(r.distance.0).into()),
        of("driving", "min", |r, _| minutes(r.driving)),
    ]
}

list! {
    /// Files that were imported.
    Imports = "imports", ListImports r#"{"limit":0}"#, ImportRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("number", |r, _| r.id.0.into()),
        col("kind", |r, _| text(&r.kind)),
        col("file", |r, _| text(&r.file)),
        col("when", |r, with| with.time(r.at)),
        col("who", |r, _| text(&r.actor)),
        col("stored", |r, _| r.stored.into()),
        col("duplicates", |r, _| r.duplicates.into()),
        col("corrected", |r, _| r.corrected.into()),
        col("rejected", |r, _| r.rejected.into()),
        col("quantity", |r, _| r.quantity.into()),
        col("undone", |r, with| with.maybe(r.undone)),
        col("hash", |r, _| text(&r.sha256)),
    ]
}

list! {
    /// What an import found.
    Findings = "findings", GetJob r#"{"id":1}"#, (usize, FindingRow),
    id(row) row.0.to_string(),
    page(_query, _) (),
    rows(job) {
        let text = job.result.unwrap_or_default();
        let import = serde_json::from_str::<ImportReport>(&text).map(|report| report.findings);
        let found = import.or_else(|_| serde_json::from_str::<PlanningReport>(&text).map(|report| report.findings));
        placed(found.unwrap_or_default())
    },
    [
        col("severity", |(_, r), _| text(&r.severity)),
        col("line", |(_, r), _| r.line.into()),
        col("finding", |(_, r), _| text(&r.code)),
        col("subject", |(_, r), _| text(&r.subject)),
        col("detail", |(_, r), _| text(&r.detail)),
    ]
}

list! {
    /// Who changed what.
    Audit = "audit", ListAudit r#"{"limit":0}"#, AuditRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = WHOLE_ROWS_MAX,
    rows(reply) whole(reply),
    [
        col("number", |r, _| r.id.into()),
        col("when", |r, with| with.time(r.at)),
        col("who", |r, _| text(&r.actor)),
        col("what", |r, _| text(&r.action)),
        col("subject", |r, _| text(&r.subject)),
        col("why", |r, _| maybe(&r.why)),
        col("before", |r, _| maybe(&r.old)),
        col("after", |r, _| maybe(&r.new)),
        col("hash", |r, _| text(&r.hash)),
    ]
}

#[cfg(test)]
mod tests {
    use super::{UNCOUNTED, WHOLE_ROWS_MAX, whole};

    #[test]
    fn a_list_that_may_have_been_cut_is_not_taken_for_whole() {
        let most = WHOLE_ROWS_MAX as usize;
        assert_eq!(whole(vec![(); most - 1]).0, most as u64 - 1);
        assert_eq!(whole(vec![(); most]).0, UNCOUNTED);
    }
}
