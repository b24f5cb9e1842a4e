//! Each list: the call it is, and what its columns hold.

use super::{BETWEEN, Cell, Column, Listed, With, col, flag, money, of, percent, tenths};
use crate::limits::LIST_ROWS_MAX;
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
    (rows.len() as u64, rows)
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
    page(query, _) query.limit = LIST_ROWS_MAX,
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
    page(query, _) query.each = LIST_ROWS_MAX,
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
    /// Count plans.
    Counts = "counts", ListCounts r#"{"limit":0}"#, CountPlanRow,
    id(row) row.id.to_string(),
    page(query, _) query.limit = LIST_ROWS_MAX,
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
    page(query, _) query.limit = LIST_ROWS_MAX,
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
    page(query, _) query.limit = LIST_ROWS_MAX,
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
    page(query, _) query.limit = LIST_ROWS_MAX,
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
    page(query, _) query.limit = LIST_ROWS_MAX,
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
    page(query, _) query.limit = LIST_ROWS_MAX,
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
        let report = job.result.as_deref().and_then(|text| serde_json::from_str::<ImportReport>(text).ok());
        placed(report.map(|report| report.findings).unwrap_or_default())
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
    page(query, _) query.limit = LIST_ROWS_MAX,
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
