//! The demo's goods in and out: what suppliers announced, what shops ordered and what came back, each at another step of its way, and
//! moved on as the site's day passes.
//!
//! All of it goes through the calls that people at the docks make. The papers of a new site follow from its seed; from then on the
//! site's clock says when the next step is due. What a visitor makes is left to the visitor, but for what they ordered from a
//! supplier: that comes on its day.

use super::failure;
use app::{Actor, App, Role};
use contract::*;
use sim::{CatalogueItem, Warehouse, ZoneKind};
use std::collections::{BTreeMap, HashMap, HashSet};
use units::{Day, InboundId, ItemId, OutboundId, Quantity, Timestamp};

mod rounds;

pub(super) use rounds::Rounds;

/// One order of a day in so many is taken here; the others are known by the day's file alone.
const ORDERS: usize = 2;
/// Papers of one state that are looked at.
const PAPERS: u32 = 400;
/// Our desks, in both languages: a paper of theirs is one of ours.
const DESKS: [&str; 4] = ["Goods in", "Goods out", "收货台", "发货台"];

/// What is to be seen of a shipment when a site begins.
#[derive(Clone, Copy, PartialEq)]
enum Arrival {
    /// It should have come two days ago.
    Late,
    /// The first line came, some of it broken.
    Broken,
    /// The supplier ran out: no more will come.
    Short,
    /// It came, a pallet of it is put away, the rest waits.
    Waiting,
    /// It came and is put away.
    Done,
    /// Its pallet was scanned at the door.
    Pallet,
    /// The first line came.
    Begun,
    /// It comes on a later day.
    Coming,
}

const ARRIVALS: [Arrival; 7] = [
    Arrival::Done,
    Arrival::Broken,
    Arrival::Short,
    Arrival::Begun,
    Arrival::Waiting,
    Arrival::Late,
    Arrival::Pallet,
];

/// What is to be seen of an order when a site begins: how many of its five steps are done, the days until it should leave, and what is
/// special about it.
const ORDERS_BEGUN: [(u8, i32, Special); 14] = [
    (5, 0, Special::Traced),
    (5, 0, Special::Backorder),
    (4, 0, Special::None),
    (4, 1, Special::Traced),
    (3, 0, Special::None),
    (2, 0, Special::Van),
    (2, 0, Special::None),
    (1, 0, Special::Traced),
    (1, -1, Special::None),
    (1, 1, Special::None),
    (0, 0, Special::None),
    (0, 1, Special::None),
    (0, 2, Special::None),
    (0, 0, Special::Cancelled),
];

#[derive(Clone, Copy, PartialEq)]
enum Special {
    None,
    /// It gets what came today, so that a lot can be followed from the supplier to the shop.
    Traced,
    /// It wants more of something than there is.
    Backorder,
    /// Its van leaves in an hour.
    Van,
    /// The shop ordered twice.
    Cancelled,
}

/// An order of a shop.
struct Wanted {
    number: String,
    customer: String,
    lines: Vec<(String, Quantity)>,
}

/// Whether a level's coming goods are announced by a shipment; otherwise its file says that they come.
pub(super) fn announced(entry: &CatalogueItem, on_order: Quantity) -> bool {
    entry.item.supplier.is_some() && on_order > Quantity::ZERO
}

/// Parts that look like chance and are the same each time.
fn mixed(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let z = (state ^ part).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z ^ (z >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) ^ (z >> 32)
    })
}

/// The number of a handling unit of ours, with its check digit.
fn sscc(n: u64) -> String {
    let digits = format!("3950600{:010}", n % 10_000_000_000);
    let weighted = |(at, digit): (usize, u32)| digit * if at.is_multiple_of(2) { 3 } else { 1 };
    let sum: u32 = digits.chars().filter_map(|c| c.to_digit(10)).enumerate().map(weighted).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// `yymmdd`, as numbers of papers and labels have it.
fn compact(day: Day) -> String {
    let (year, month, of_month) = day.civil();
    format!("{:02}{month:02}{of_month:02}", year % 100)
}

/// Every second order of a day.
fn orders_of(world: &Warehouse, day: Day) -> Vec<Wanted> {
    let mut orders: Vec<Wanted> = Vec::new();
    for line in world.orders_on(day) {
        match orders.last_mut() {
            Some(last) if last.number == line.order_ref => last.lines.push((line.sku, line.quantity)),
            _ => orders.push(Wanted {
                number: line.order_ref,
                customer: line.customer.unwrap_or_default(),
                lines: vec![(line.sku, line.quantity)],
            }),
        }
    }
    orders.into_iter().step_by(ORDERS).collect()
}

/// What is on order, by supplier; those with most lines first.
fn on_order(world: &Warehouse) -> Vec<(usize, Vec<(&CatalogueItem, Quantity)>)> {
    let mut by_supplier: BTreeMap<i64, Vec<(&CatalogueItem, Quantity)>> = BTreeMap::new();
    for level in world.stock() {
        let Some(entry) = world.items().iter().find(|entry| entry.item.id == level.item) else { continue };
        if let Some(supplier) = entry.item.supplier.filter(|_| announced(entry, level.on_order)) {
            by_supplier.entry(supplier.0).or_default().push((entry, level.on_order));
        }
    }
    let place = |id: i64| world.suppliers().iter().position(|one| one.supplier.id.0 == id);
    let mut all: Vec<_> =
        by_supplier.into_iter().filter_map(|(id, lines)| Some((place(id)?, lines))).collect();
    all.sort_by_key(|(supplier, lines)| (std::cmp::Reverse(lines.len()), *supplier));
    all
}

/// The lot that a supplier sends on a day, and its last day. What does not spoil has none.
fn lot_of(world: &Warehouse, entry: &CatalogueItem, day: Day) -> (Option<String>, Option<Day>) {
    let kind = world.zones().iter().find(|zone| zone.id == entry.zone).map(|zone| zone.kind);
    let n = mixed(&[entry.item.id.0.cast_unsigned(), u64::from(day.0.cast_unsigned())]);
    let days = match (kind, entry.item.category.as_deref()) {
        (Some(ZoneKind::Chilled), _) => 12 + n % 20,
        (Some(ZoneKind::Frozen), _) => 200 + n % 160,
        (_, Some("Household" | "Paper" | "Personal care")) => return (None, None),
        _ => 240 + n % 300,
    };
    let code = format!("L{}-{:02}", compact(day.plus(-3)), n % 90 + 10);
    (Some(code), Some(day.plus(i32::try_from(days).unwrap_or(30))))
}

/// What is still expected of each item by a shipment: it comes with the shipment, not with the day's file.
pub(super) async fn awaited(app: &App) -> Result<HashMap<String, Quantity>, ApiError> {
    let by = Actor::system();
    let states = ["expected", "receiving"].map(str::to_owned).to_vec();
    let list = ListInbound { filter: String::new(), states, offset: 0, limit: PAPERS };
    let mut awaited: HashMap<String, Quantity> = HashMap::new();
    for card in app.call(list, &by).await?.rows {
        for line in app.call(GetInbound { inbound: card.id }, &by).await?.lines {
            let sum = awaited.entry(line.sku).or_default();
            *sum = sum.plus(line.outstanding);
        }
    }
    Ok(awaited)
}

/// Orders of a day that are taken here: their goods leave with their shipping, not with the day's file.
pub(super) async fn taken(app: &App, world: &Warehouse, day: Day) -> Result<HashSet<String>, ApiError> {
    let mut taken = HashSet::new();
    for order in orders_of(world, day) {
        if known(app, &order.number).await? {
            taken.insert(order.number);
        }
    }
    Ok(taken)
}

async fn known(app: &App, number: &str) -> Result<bool, ApiError> {
    let list = ListOutbound { filter: number.to_owned(), states: Vec::new(), offset: 0, limit: 8 };
    let found = app.call(list, &Actor::system()).await?;
    Ok(found.rows.iter().any(|card| card.number == number))
}

fn about(what: &'static str) -> impl Fn(ApiError) -> ApiError {
    move |error| ApiError { message: format!("{what}: {}", error.message), ..error }
}

/// The docks on a day.
struct Docks<'a> {
    app: &'a App,
    world: &'a Warehouse,
    chinese: bool,
    inward: Actor,
    outward: Actor,
    now: Timestamp,
    offset_minutes: i32,
    today: Day,
}

/// Makes the papers of a new site.
pub(super) async fn begin(app: &App, world: &Warehouse, chinese: bool) -> Result<(), ApiError> {
    let docks = Docks::of(app, world, chinese).await?;
    let traced = docks.shipments().await.map_err(about("make the demo's shipments"))?;
    let shipped = docks.orders(traced).await.map_err(about("take the demo's orders"))?;
    docks.returns(&shipped).await.map_err(about("take the demo's returns"))?;
    docks.numbers().await.map_err(about("read the demo's serial numbers"))
}

impl<'a> Docks<'a> {
    async fn of(app: &'a App, world: &'a Warehouse, chinese: bool) -> Result<Self, ApiError> {
        let offset_minutes = app.call(GetSite {}, &Actor::system()).await?.offset_minutes;
        let desk = |at: usize| Actor {
            name: DESKS[at + if chinese { 2 } else { 0 }].to_owned(),
            role: Role::Operator,
        };
        let now = app.clock().now();
        let today = Timestamp(now.0 + i64::from(offset_minutes) * 60_000).utc_day();
        Ok(Self { app, world, chinese, inward: desk(0), outward: desk(1), now, offset_minutes, today })
    }

    fn say(&self, english: &str, chinese: &str) -> String {
        if self.chinese { chinese } else { english }.to_owned()
    }

    /// One scan after the other; refused where one is wrong.
    async fn scan(&self, task: &str, inputs: Vec<ScanInput>) -> Result<(), ApiError> {
        let mut flow = ScanFlow { task: task.to_owned(), ..ScanFlow::default() };
        let (mut waiting, mut booked) = (std::collections::VecDeque::from(inputs), false);
        while let Some(input) = waiting.pop_front() {
            let step = ScanStep { flow, input, key: String::new() };
            let reply = self.app.call(step, &self.inward).await?;
            if reply.feedback == "wrong" {
                return Err(failure(&format!("scan to {task}"), reply.told.code));
            }
            booked = reply.booked.is_some();
            // An answer that says a thing of no lot is one more step before the yes.
            if waiting.is_empty() && !booked && reply.want == "confirm" {
                waiting.push_back(ScanInput::Enter);
            }
            flow = reply.flow;
        }
        if booked { Ok(()) } else { Err(failure(&format!("scan to {task}"), "nothing was booked")) }
    }

    /// Announces a shipment of a supplier, each of its lines in a lot of its own.
    async fn announce(
        &self,
        supplier: usize,
        lines: &[(&CatalogueItem, Quantity)],
        (expected_on, pallet, note): (Day, Option<u64>, Option<String>),
    ) -> Result<InboundId, ApiError> {
        let Some(partner) = self.world.suppliers().get(supplier) else {
            return Err(failure("announce a shipment", "there is no such supplier"));
        };
        let lines = lines.iter().enumerate().map(|(n, (entry, quantity))| {
            let (lot, expiry) = lot_of(self.world, entry, expected_on);
            let sscc = pallet.filter(|_| n == 0).map(sscc);
            NewInboundLine { sku: entry.item.sku.clone(), quantity: *quantity, lot, expiry, sscc }
        });
        let call = MakeInbound {
            number: format!("ASN-{:02}-{}", supplier + 1, compact(self.today)),
            partner: if self.chinese { partner.name_zh.clone() } else { partner.supplier.name.clone() },
            order_ref: None,
            expected_on: Some(expected_on),
            note,
            lines: lines.collect(),
        };
        self.app.call(call, &self.inward).await
    }

    async fn receive(
        &self,
        inbound: InboundId,
        line: Option<(&InboundLineRow, Quantity, Quantity)>,
    ) -> Result<PaperStep, ApiError> {
        let (good, damaged) = line.map_or((Quantity::ZERO, Quantity::ZERO), |(_, g, d)| (g, d));
        let call = ReceiveGoods {
            inbound,
            line: line.map(|(line, ..)| line.id),
            sku: String::new(),
            good,
            damaged,
            lot: String::new(),
            expiry: None,
            bin: String::new(),
            over: false,
        };
        self.app.call(call, &self.inward).await
    }

    async fn put_away(&self, inbound: InboundId) -> Result<PaperStep, ApiError> {
        let (line, lot) = (None, None);
        let call =
            PutGoodsAway { inbound, line, lot, quantity: Quantity::ZERO, to: String::new(), make: false };
        self.app.call(call, &self.inward).await
    }

    /// The shipments of a new site; says which item came and was put away.
    async fn shipments(&self) -> Result<Option<ItemId>, ApiError> {
        let mut traced = None;
        for (rank, (supplier, lines)) in on_order(self.world).iter().enumerate() {
            let arrival = ARRIVALS.get(rank).copied().unwrap_or(Arrival::Coming);
            let days = match arrival {
                Arrival::Late => -2,
                Arrival::Coming => 1 + rank as i32 % 5,
                _ => 0,
            };
            let pallet =
                matches!(arrival, Arrival::Waiting | Arrival::Pallet).then_some(100 + *supplier as u64);
            let note = match arrival {
                Arrival::Late => Some(self.say("Ferry delayed by wind", "因大风轮渡延误")),
                Arrival::Pallet => Some(self.say("Call dock 2 on arrival", "到达后请致电 2 号月台")),
                _ => None,
            };
            let id = self.announce(*supplier, lines, (self.today.plus(days), pallet, note)).await?;
            if matches!(arrival, Arrival::Late | Arrival::Coming) {
                continue;
            }
            let sheet = self.app.call(GetInbound { inbound: id }, &self.inward).await?;
            let Some(first) = sheet.lines.first() else { continue };
            match arrival {
                Arrival::Done => {
                    self.receive(id, None).await?;
                    self.put_away(id).await?;
                    traced = lines.first().map(|(entry, _)| entry.item.id);
                }
                Arrival::Broken => {
                    let broken = Quantity::of((first.expected.0 / 12_000).max(1));
                    self.receive(id, Some((first, first.expected.minus(broken), broken))).await?;
                }
                Arrival::Begun => {
                    self.receive(id, Some((first, first.expected, Quantity::ZERO))).await?;
                }
                Arrival::Short => {
                    for (n, line) in sheet.lines.iter().enumerate() {
                        let last = n + 1 == sheet.lines.len();
                        let came = Quantity::of(line.expected.0 / 1_000 * if last { 3 } else { 4 } / 4);
                        if came > Quantity::ZERO {
                            self.receive(id, Some((line, came, Quantity::ZERO))).await?;
                        }
                    }
                    let why = self.say("the supplier ran out", "供应商缺货");
                    let call = CloseInbound { inbound: id, how: "finish".to_owned(), why };
                    self.app.call(call, &self.inward).await?;
                }
                Arrival::Waiting | Arrival::Pallet => {
                    self.scan_pallet(first).await?;
                    if arrival == Arrival::Waiting {
                        if sheet.lines.len() > 1 {
                            self.receive(id, None).await?;
                        }
                        if let (Some(bin), Some(code)) = (&first.usual_bin, &first.sscc) {
                            let steps =
                                vec![ScanInput::Scan(format!("]C100{code}")), ScanInput::Scan(bin.clone())];
                            self.scan("put-away", steps).await?;
                        }
                    }
                }
                Arrival::Late | Arrival::Coming => {}
            }
        }
        Ok(traced)
    }

    /// Receives a line whose pallet has a label: the pallet, what is on it, how much.
    async fn scan_pallet(&self, line: &InboundLineRow) -> Result<(), ApiError> {
        let Some(code) = &line.sscc else { return Ok(()) };
        let mut goods = format!("]C1240{}\u{1d}", line.sku);
        if let (Some(lot), Some(expiry)) = (&line.lot, line.expiry) {
            goods.push_str(&format!("17{}10{lot}", compact(expiry)));
        }
        let pallet = ScanInput::Scan(format!("]C100{code}"));
        let quantity = ScanInput::Typed((line.expected.0 / 1_000).to_string());
        // The first scan says which shipment it is of.
        let steps = vec![pallet.clone(), pallet, ScanInput::Scan(goods), quantity, ScanInput::Enter];
        self.scan("receive", steps).await
    }

    async fn take(&self, order: &Wanted, days: i32, note: Option<String>) -> Result<OutboundId, ApiError> {
        let shop = order.customer.trim_start_matches('C').trim_start_matches('0').to_owned();
        let line =
            |(sku, quantity): &(String, Quantity)| NewOutboundLine { sku: sku.clone(), quantity: *quantity };
        let call = MakeOutbound {
            number: order.number.clone(),
            customer: order.customer.clone(),
            order_ref: None,
            ship_by: Some(self.today.plus(days)),
            ship_to: Some(if self.chinese { format!("{shop} 号门店") } else { format!("Shop {shop}") }),
            usable_days: 3,
            note,
            lines: order.lines.iter().map(line).collect(),
        };
        self.app.call(call, &self.outward).await
    }

    /// Takes one step of an order, by where it is; says where it is then.
    async fn step(&self, id: OutboundId, state: &str, backorder: bool) -> Result<String, ApiError> {
        let by = &self.outward;
        let all = PickGoods {
            outbound: id,
            line: None,
            lot: None,
            bin: String::new(),
            quantity: Quantity::ZERO,
            instead: false,
        };
        let done = match state {
            "open" => self.app.call(AllocateOutbound { outbound: id }, by).await?,
            "allocated" => {
                // The first heap alone, so that it is to be seen that somebody picks.
                let sheet = self.app.call(GetOutbound { outbound: id }, by).await?;
                let line = sheet.lines.iter().find(|line| !line.promised.is_empty());
                let call = match line.and_then(|line| Some((line.id, line.promised.first()?))) {
                    Some((line, heap)) => PickGoods {
                        line: Some(line),
                        lot: heap.lot,
                        bin: heap.bin_code.clone(),
                        quantity: heap.quantity,
                        ..all
                    },
                    None => all,
                };
                self.app.call(call, by).await?
            }
            "picking" => self.app.call(all, by).await?,
            "picked" => {
                let call = PackGoods {
                    outbound: id,
                    line: None,
                    lot: None,
                    quantity: Quantity::ZERO,
                    parcel: None,
                    sscc: Some(sscc(1_000_000 + id.0.cast_unsigned())),
                };
                self.app.call(call, by).await?
            }
            _ => return Ok(self.app.call(ShipOutbound { outbound: id, backorder }, by).await?.state),
        };
        Ok(done.state)
    }

    /// The orders of a new site; says which left.
    async fn orders(&self, traced: Option<ItemId>) -> Result<Vec<OutboundId>, ApiError> {
        let entry = |id: ItemId| self.world.items().iter().find(|entry| entry.item.id == id);
        let scarce = self
            .world
            .stock()
            .iter()
            .filter(|level| level.available() > Quantity::ZERO && level.on_order == Quantity::ZERO)
            .min_by_key(|level| level.available());
        let mut shipped = Vec::new();
        for (mut order, (steps, days, special)) in
            orders_of(self.world, self.today).into_iter().zip(ORDERS_BEGUN)
        {
            let more = match special {
                Special::Traced => traced.and_then(entry).map(|entry| {
                    let pack = entry.item.pack_size.unwrap_or(Quantity::of(1));
                    (entry.item.sku.clone(), pack)
                }),
                Special::Backorder => scarce.and_then(|level| {
                    Some((entry(level.item)?.item.sku.clone(), level.available().plus(Quantity::of(24))))
                }),
                _ => None,
            };
            if let Some((sku, quantity)) = more {
                order.lines.retain(|line| line.0 != sku);
                order.lines.push((sku, quantity));
            }
            let note = (special == Special::Van).then(|| {
                // On the hour's twelfth: a van leaves at :35, not at :37.
                let minute = (self.now.0 / 60_000 + i64::from(self.offset_minutes) + 60) / 5 * 5 % 1_440;
                let at = format!("{:02}:{:02}", minute / 60, minute % 60);
                if self.chinese {
                    format!("{at} 从 3 号月台发车")
                } else {
                    format!("Van leaves dock 3 at {at}")
                }
            });
            let id = self.take(&order, days, note).await?;
            let mut state = "open".to_owned();
            for _ in 0..steps {
                let next = self.step(id, &state, special == Special::Backorder).await?;
                if next == state {
                    break;
                }
                state = next;
            }
            if state == "shipped" {
                shipped.push(id);
            }
            if special == Special::Cancelled {
                let why = self.say("ordered twice", "重复下单");
                self.cancel(id, why).await?;
            }
        }
        Ok(shipped)
    }

    async fn cancel(&self, outbound: OutboundId, why: String) -> Result<(), ApiError> {
        let lead = Actor { name: self.say("Shift lead", "值班主管"), role: Role::Manager };
        self.app.call(CancelOutbound { outbound, why }, &lead).await?;
        Ok(())
    }

    /// What came back: of the orders that left, and from a shop that does not say with which.
    async fn returns(&self, shipped: &[OutboundId]) -> Result<(), ApiError> {
        let by = &self.inward;
        let kinds = [("damaged", 2), ("too-many", 1), ("quality-doubt", 0)];
        let mut left = Vec::new();
        for id in shipped {
            let sheet = self.app.call(GetOutbound { outbound: *id }, by).await?;
            for line in sheet.lines.iter().filter(|line| line.shipped > Quantity::ZERO).take(2) {
                let lot = line.lies.first().and_then(|heap| heap.lot_code.clone()).unwrap_or_default();
                let quantity = Quantity::of((line.shipped.0 / 3_000).max(1));
                left.push((*id, NewReturnLineRow { sku: line.sku.clone(), lot, quantity }));
            }
        }
        for ((id, line), (reason, steps)) in left.into_iter().zip(kinds) {
            let back = MakeReturn {
                number: String::new(),
                customer: String::new(),
                outbound: Some(id),
                reason: reason.to_owned(),
                note: None,
                lines: vec![line],
            };
            self.app.call(back, by).await?;
            for _ in 0..steps {
                self.settle_next().await?;
            }
        }
        let lines = orders_of(self.world, self.today.plus(-1)).into_iter().next();
        if let Some((customer, (sku, quantity))) =
            lines.and_then(|order| Some((order.customer, order.lines.into_iter().next()?)))
        {
            let back = MakeReturn {
                number: String::new(),
                customer,
                outbound: None,
                reason: "wrong-item".to_owned(),
                note: Some(self.say("Box without a delivery note", "箱内无送货单")),
                lines: vec![NewReturnLineRow { sku, lot: String::new(), quantity }],
            };
            self.app.call(back, by).await?;
        }
        Ok(())
    }

    /// Looks at the newest return that nobody looked at, or decides about the newest that somebody did.
    async fn settle_next(&self) -> Result<(), ApiError> {
        let list = ListReturns { state: String::new(), offset: 0, limit: 1 };
        let newest = self.app.call(list, &self.inward).await?.rows.into_iter().next();
        match newest {
            Some(back) => self.settle(&back).await,
            None => Ok(()),
        }
    }

    /// Takes one step of a return.
    async fn settle(&self, back: &ReturnRow) -> Result<(), ApiError> {
        let by = &self.inward;
        let broken = matches!(back.reason.as_str(), "damaged" | "expired" | "quality-doubt");
        for line in &back.lines {
            if back.state == "received" {
                let finding = if broken { "damaged" } else { "cleared" };
                self.app.call(InspectReturn { line: line.id, finding: finding.to_owned() }, by).await?;
            } else {
                let (fate, to) = match &line.usual_bin {
                    Some(bin) if !broken => ("restock", bin.clone()),
                    _ => ("scrap", String::new()),
                };
                let call =
                    SettleReturn { line: line.id, quantity: line.undecided, fate: fate.to_owned(), to };
                self.app.call(call, by).await?;
            }
        }
        Ok(())
    }

    /// Tins that are told apart by a number: six came, one was sold over the counter.
    async fn numbers(&self) -> Result<(), ApiError> {
        let named = |entry: &&CatalogueItem| entry.item.name.starts_with("Infant formula");
        let Some(entry) = self.world.items().iter().find(named) else { return Ok(()) };
        let filter = entry.item.sku.clone();
        let list = ListStock { filter, sort: StockSort::Sku, reverse: false, offset: 0, limit: 1 };
        let Some(row) = self.app.call(list, &self.inward).await?.rows.into_iter().next() else {
            return Ok(());
        };
        let ask = GetItemStock { item: row.item, day: None, limit: 1 };
        let lies = self.app.call(ask, &self.inward).await?.standings;
        // On its shelf, where no lots are told apart; not at the dock.
        let shelf = |one: &StandingRow| !one.no_bin && one.lot.is_none() && one.standing == "free";
        let Some(bin) = lies.into_iter().find(shelf) else { return Ok(()) };
        let label = |n: u64| {
            let serial = mixed(&[self.world.seed().0, n]) % 1_000_000;
            ScanInput::Scan(format!("]C1240{}\u{1d}21IF{serial:06}", entry.item.sku))
        };
        let mut came = vec![ScanInput::Scan(bin.bin_code.clone())];
        came.extend((1..=6).map(label));
        came.push(ScanInput::Enter);
        self.scan("receive", came).await?;
        self.scan("pick", vec![label(2), ScanInput::Scan(bin.bin_code)]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Seed;

    #[test]
    fn numbers_of_handling_units_have_their_check_digit() {
        // GS1 General Specifications, 7.9: the sum of the digits, the even ones from the right three times, is a multiple of ten.
        for n in [0, 1, 103, 1_000_042] {
            let code = sscc(n);
            let digits = code.chars().rev().filter_map(|c| c.to_digit(10)).enumerate();
            let sum: u32 = digits.map(|(at, digit)| if at % 2 == 1 { 3 * digit } else { digit }).sum();
            assert_eq!((code.len(), sum % 10), (18, 0), "{code}");
        }
    }

    #[test]
    fn a_day_has_papers_enough_for_every_step() {
        for seed in [1, 5, 12] {
            let world = Warehouse::new(Seed(seed), Day(20_600));
            let coming = on_order(&world);
            assert!(
                coming.len() > ARRIVALS.len(),
                "seed {seed}: {} suppliers have goods on their way",
                coming.len()
            );
            assert!(
                coming.iter().take(4).all(|(_, lines)| lines.len() > 1),
                "seed {seed}: a begun shipment has two lines"
            );
            let orders = orders_of(&world, Day(20_601));
            assert!(orders.len() > ORDERS_BEGUN.len(), "seed {seed}: {} orders", orders.len());
            let pickable = orders.iter().filter(|order| order.lines.len() > 2).count();
            assert!(pickable > ORDERS_BEGUN.len() / 2, "seed {seed}: {pickable} orders of several lines");
        }
    }
}
