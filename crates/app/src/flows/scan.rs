//! What a code stands for at this site, and what a task done with a scanner books.
//!
//! [`read`] turns the text of a scan into the things it may mean here; [`shelf`] gathers what `domain::scanflow` has to know of them; [`book`] carries out what
//! that says. How far a task is comes with each call and goes back with its reply: nothing is kept here. Does not judge a scan.

use crate::failure::Result;
use crate::limits;
use crate::open::Inner;
use domain::scanflow::{
    Booking, Flow, Goods, Line, LotSaid, Meaning, Said, SerialStand, Shelf, Stand, Task, UnitSaid,
};
use domain::stock::{DEFAULT_BIN, Lot, MovementKind, Place, ReasonCode, Side, Standing};
use domain::{Actor, Item};
use protocols::gs1::{self, Explanation, Note, OwnKind, Role};
use std::collections::VecDeque;
use store::{
    AskedKey, Booked, HandlingUnit, InboundDetail, NewInLine, Once, OutboundDetail, Picked, PutAway, Receipt,
    Records, ScannedShift, Serial, SerialState, Shift, Together,
};
use tokio::sync::watch;
use units::{BinId, Day, DeviceId, InboundId, ItemId, LotId, MovementId, OutboundId, Quantity, Timestamp};

/// The most readings of one code that are looked up.
const READINGS_MAX: usize = 4;

/// What a code may stand for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Thing {
    Bin(domain::stock::Bin),
    Item { item: Item, said: Detail },
    Lot { lot: Lot, item: Item },
    Unit(HandlingUnit),
    NewUnit(String),
    Serial(Serial),
    Inbound { id: InboundId, number: String, state: &'static str },
    Outbound { id: OutboundId, number: String, state: &'static str },
}

/// What a code says of the goods it is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detail {
    pub lot: Option<(String, Option<Day>)>,
    pub serial: Option<String>,
    pub quantity: Option<Quantity>,
}

/// A code that was read.
pub(crate) struct Read {
    /// What it is.
    pub found: Explanation,
    /// What it may stand for, each once.
    pub things: Vec<Thing>,
}

/// Reads a code and looks up what it stands for.
pub(crate) fn read(records: &Records, text: &str, today: Day) -> Result<Read> {
    let found = gs1::explain(text, today);
    let mut things = Vec::new();
    let mut add = |new: Vec<Thing>| {
        for thing in new {
            if !things.contains(&thing) {
                things.push(thing);
            }
        }
    };
    if let Some(own) = &found.own {
        add(match own.kind {
            OwnKind::Bin => records.bins_of_code(&own.code)?.into_iter().map(Thing::Bin).collect(),
            OwnKind::Unit => vec![unit(records, &own.code)?],
            OwnKind::Item => item(records, &own.code, &Detail::default())?,
        });
    } else {
        // The text as it is: most codes on a rack are no numbers of GS1.
        add(plain(records, body(text, &found).trim())?);
        if found.faults.is_empty() {
            add(elements(records, &found)?);
            // In which of several ways it is meant, the person is asked.
            if found.ambiguous {
                for other in found.others.iter().take(READINGS_MAX) {
                    let other = Explanation { elements: other.clone(), ..found.clone() };
                    add(elements(records, &other)?);
                }
            }
        }
    }
    Ok(Read { found, things })
}

/// The text without what the scanner puts before it.
fn body(text: &str, found: &Explanation) -> String {
    let skipped = |at: usize| {
        let outside = |role: Role| matches!(role, Role::Symbology | Role::Ignored);
        found.parts.iter().any(|part| part.from <= at && at < part.to && outside(part.role))
    };
    text.chars().enumerate().filter(|(at, _)| !skipped(*at)).map(|(_, c)| c).collect()
}

fn unit(records: &Records, code: &str) -> Result<Thing> {
    Ok(records.unit_by_code(code)?.map_or_else(|| Thing::NewUnit(code.to_owned()), Thing::Unit))
}

fn item(records: &Records, sku: &str, said: &Detail) -> Result<Vec<Thing>> {
    let found = records.item_by_sku(sku)?;
    Ok(found.map(|item| Thing::Item { item, said: said.clone() }).into_iter().collect())
}

fn inbounds(records: &Records, number: &str) -> Result<Vec<Thing>> {
    let mut found = Vec::new();
    for id in records.inbounds_numbered(number)? {
        let card = records.inbound(id)?.card;
        found.push(Thing::Inbound { id, number: card.number, state: card.state.word() });
    }
    Ok(found)
}

fn outbounds(records: &Records, number: &str) -> Result<Vec<Thing>> {
    let mut found = Vec::new();
    for id in records.outbounds_numbered(number)? {
        let card = records.outbound(id)?.card;
        found.push(Thing::Outbound { id, number: card.number, state: card.state.word() });
    }
    Ok(found)
}

/// Text that is what it is: the code of a bin, an item, a lot, a unit, a serial number, the number of a paper.
fn plain(records: &Records, text: &str) -> Result<Vec<Thing>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Thing> = records.bins_of_code(text)?.into_iter().map(Thing::Bin).collect();
    found.extend(item(records, text, &Detail::default())?);
    found.extend(lots(records, text)?);
    found.extend(records.unit_by_code(text)?.map(Thing::Unit));
    found.extend(records.serials_of_code(text)?.into_iter().map(Thing::Serial));
    found.extend(inbounds(records, text)?);
    found.extend(outbounds(records, text)?);
    Ok(found)
}

fn lots(records: &Records, code: &str) -> Result<Vec<Thing>> {
    let mut found = Vec::new();
    for lot in records.lots_of_code(code)? {
        let item = records.item(lot.item)?.item;
        found.push(Thing::Lot { lot, item });
    }
    Ok(found)
}

/// What the identifiers of a code say.
fn elements(records: &Records, found: &Explanation) -> Result<Vec<Thing>> {
    let lot = found.value("10").map(|code| (code.to_owned(), found.expiry()));
    let number = |ai| found.value(ai).and_then(|value| value.parse::<i64>().ok());
    let count = number("30").or_else(|| number("37")).map(Quantity::of);
    let said = Detail { lot, serial: found.value("21").map(str::to_owned), quantity: count };
    let mut things = Vec::new();
    if let Some(sscc) = found.value("00") {
        things.push(unit(records, sscc)?);
    }
    if let Some(gtin) = found.gtin() {
        for sku in gtin_forms(gtin) {
            things.extend(item(records, sku, &said)?);
        }
        if let Some(pack) = records.unit_by_gtin(gtin)? {
            // A case is so many of the item's own unit.
            let cases = count.unwrap_or(Quantity::ONE);
            let quantity = pack.factor.base(cases).filter(|base| *base != Quantity::ONE || count.is_some());
            let item = records.item(pack.item)?.item;
            things.push(Thing::Item { item, said: Detail { quantity, ..said.clone() } });
        }
    }
    for sku in ["240", "241"].into_iter().filter_map(|ai| found.value(ai)) {
        things.extend(item(records, sku, &said)?);
    }
    if things.is_empty() {
        if let Some(code) = found.value("10") {
            things.extend(lots(records, code)?);
        }
        if let Some(code) = found.value("21") {
            things.extend(records.serials_of_code(code)?.into_iter().map(Thing::Serial));
        }
    }
    // Goods that are weighed: the label says how much of a unit of weight they are.
    if let Some(weight) = found.elements.iter().find(|one| one.ai.starts_with("310"))
        && let gs1::Meaning::Decimal { digits, places, .. } = weight.meaning
        && places <= 6
    {
        let grams = i64::try_from(digits).unwrap_or(0).saturating_mul(1_000) / 10_i64.pow(places.into());
        for thing in &mut things {
            if let Thing::Item { item, said } = thing
                && item.unit_of_measure.as_deref().is_some_and(|unit| unit.eq_ignore_ascii_case("kg"))
            {
                said.quantity = Some(Quantity(grams));
            }
        }
    }
    if let Some(order) = found.value("400") {
        things.extend(outbounds(records, order)?);
        things.extend(inbounds(records, order)?);
    }
    for shipment in ["401", "402"].into_iter().filter_map(|ai| found.value(ai)) {
        things.extend(inbounds(records, shipment)?);
    }
    Ok(things)
}

/// A GTIN as a site may have it for its SKU: as EAN-13, UPC-A and EAN-8 write it, where the zeros before allow it.
fn gtin_forms(gtin: &str) -> Vec<&str> {
    let mut forms = vec![gtin];
    let shorter = [1, 2, 6].into_iter().filter_map(|zeros| gtin.split_at_checked(zeros));
    forms.extend(shorter.filter(|(zeros, _)| zeros.bytes().all(|b| b == b'0')).map(|(_, rest)| rest));
    let bare = gtin.trim_start_matches('0');
    if !forms.contains(&bare) {
        forms.push(bare);
    }
    forms
}

/// What the things mean in a task.
pub(crate) fn meanings(records: &Records, task: Task, document: bool, read: &Read) -> Result<Vec<Meaning>> {
    let mut found = Vec::new();
    for thing in &read.things {
        found.push(match thing {
            Thing::Bin(bin) => Meaning::Bin(bin.id),
            Thing::Item { item, said } => {
                let lot = match &said.lot {
                    None => None,
                    Some((code, expiry)) => {
                        let lots = records.lots(item.id)?;
                        let known = lots.iter().find(|lot| &lot.code == code);
                        Some(LotSaid { id: known.map(|lot| lot.id), code: code.clone(), expiry: *expiry })
                    }
                };
                Meaning::Goods(Goods {
                    item: item.id,
                    lot,
                    serial: said.serial.clone(),
                    quantity: said.quantity,
                    lot_only: false,
                })
            }
            Thing::Lot { lot, item } => Meaning::Goods(Goods {
                item: item.id,
                lot: Some(LotSaid { id: Some(lot.id), code: lot.code.clone(), expiry: None }),
                serial: None,
                quantity: None,
                lot_only: true,
            }),
            Thing::Serial(serial) => Meaning::Goods(Goods {
                item: serial.item,
                lot: None,
                serial: Some(serial.code.clone()),
                quantity: None,
                lot_only: false,
            }),
            Thing::Unit(unit) => {
                let filled = !unit.contents.is_empty();
                Meaning::Unit(UnitSaid {
                    id: Some(unit.id),
                    code: unit.code.clone(),
                    bin: filled.then_some(unit.bin),
                    filled,
                })
            }
            Thing::NewUnit(code) => {
                // A pallet that a shipment announced says which shipment it is of.
                if task == Task::Receive && !document {
                    let mut announced: Vec<i64> =
                        records.inbound_lines_by_sscc(code)?.into_iter().map(|(id, _)| id.0).collect();
                    announced.sort_unstable();
                    announced.dedup();
                    if !announced.is_empty() {
                        found.extend(announced.into_iter().map(Meaning::Document));
                        continue;
                    }
                }
                Meaning::Unit(UnitSaid { id: None, code: code.clone(), bin: None, filled: false })
            }
            Thing::Inbound { id, .. } if task != Task::Pick => Meaning::Document(id.0),
            Thing::Outbound { id, .. } if task != Task::Receive => Meaning::Document(id.0),
            Thing::Inbound { .. } | Thing::Outbound { .. } => continue,
        });
    }
    Ok(found)
}

/// A code that is wrong in itself: of GS1 with a fault, or a label of ours that was read or printed wrongly.
pub(crate) fn misread(read: &Read) -> bool {
    read.things.is_empty() && (!read.found.faults.is_empty() || read.found.notes.contains(&Note::NearlyOwn))
}

/// The shipment or order a task is done for.
pub(crate) enum Paper {
    Inbound(InboundDetail),
    Outbound(OutboundDetail),
}

/// Reads it.
pub(crate) fn paper(records: &Records, task: Task, document: Option<i64>) -> Result<Option<Paper>> {
    Ok(match (task, document) {
        (Task::Receive, Some(id)) => Some(Paper::Inbound(records.inbound(InboundId(id))?)),
        (Task::Pick, Some(id)) => Some(Paper::Outbound(records.outbound(OutboundId(id))?)),
        _ => None,
    })
}

/// Where goods are received and put away from.
pub(crate) fn home(records: &Records, task: Task) -> Result<Option<BinId>> {
    Ok(match (task, records.receiving_bin()?) {
        (Task::Receive | Task::PutAway, Some(door)) => Some(door),
        // What nobody said the place of waits there to be put somewhere.
        (Task::PutAway, None) => Some(DEFAULT_BIN),
        _ => None,
    })
}

/// Items that were said, or may be meant.
fn items_of(flow: &Flow, meanings: &[Meaning]) -> Vec<ItemId> {
    let said = flow.said.iter().filter_map(|said| match said {
        Said::Goods(goods) => Some(goods.item),
        _ => None,
    });
    let meant = meanings.iter().filter_map(|meaning| match meaning {
        Meaning::Goods(goods) => Some(goods.item),
        _ => None,
    });
    let asked = match &flow.asked {
        Some(domain::scanflow::Asked::Which(which)) => which.as_slice(),
        _ => &[],
    };
    let asked = asked.iter().filter_map(|meaning| match meaning {
        Meaning::Goods(goods) => Some(goods.item),
        _ => None,
    });
    let mut items: Vec<ItemId> = said.chain(meant).chain(asked).collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// What is known of everything that was said or may be meant.
pub(crate) fn shelf(
    records: &Records,
    flow: &Flow,
    meanings: &[Meaning],
    paper: Option<&Paper>,
    today: Day,
) -> Result<Shelf> {
    let mut shelf = Shelf { today, ..Shelf::default() };
    let staging = [records.receiving_bin()?, records.shipping_bin()?];
    for item in items_of(flow, meanings) {
        for one in records.standings(item, None)? {
            // What waits at the door or the gate belongs to a shipment or an order.
            if flow.task == Task::Pick && staging.contains(&Some(one.bin.id)) {
                continue;
            }
            shelf.stands.push(Stand {
                item,
                lot: one.lot.map(|lot| lot.id),
                bin: one.bin.id,
                standing: one.standing,
                quantity: one.quantity,
            });
        }
        shelf.lots.extend(records.lots(item)?);
    }
    let mut serials: Vec<&str> = Vec::new();
    for goods in flow.said.iter().filter_map(|said| match said {
        Said::Goods(goods) => Some(goods),
        _ => None,
    }) {
        serials.extend(goods.serial.as_deref());
    }
    for meaning in meanings {
        if let Meaning::Goods(goods) = meaning {
            serials.extend(goods.serial.as_deref());
        }
    }
    serials.sort_unstable();
    serials.dedup();
    for code in serials {
        for serial in records.serials_of_code(code)? {
            let here = matches!(serial.state, SerialState::Here);
            let bin = serial.bin.filter(|_| here);
            shelf.serials.push(SerialStand { item: serial.item, code: serial.code, bin });
        }
    }
    // Goods with numbers that nobody read when they came in may be picked by them.
    if flow.task != Task::Receive {
        unread_serials(flow, meanings, &mut shelf);
    }
    match paper {
        Some(Paper::Inbound(detail)) => {
            shelf.lines.extend(detail.lines.iter().map(|row| Line { item: row.item, open: row.outstanding }));
        }
        Some(Paper::Outbound(detail)) => {
            for row in &detail.lines {
                shelf.lines.push(Line { item: row.item, open: row.line.allocated.plus(row.line.open()) });
                for heap in &row.promised {
                    // What is promised to this order is there for it.
                    let same = |stand: &&mut Stand| {
                        stand.item == row.item
                            && stand.lot == heap.lot
                            && stand.bin == heap.bin
                            && stand.standing == Standing::Free
                    };
                    match shelf.stands.iter_mut().find(same) {
                        Some(stand) => stand.quantity = stand.quantity.plus(heap.quantity),
                        None => shelf.stands.push(Stand {
                            item: row.item,
                            lot: heap.lot,
                            bin: heap.bin,
                            standing: Standing::Free,
                            quantity: heap.quantity,
                        }),
                    }
                }
            }
        }
        None => {}
    }
    Ok(shelf)
}

/// A number that nobody has seen yet stands where its item does: in the bin that was said, else in the one that is said now, else in
/// any: which one, nobody needs to know before a bin is said.
fn unread_serials(flow: &Flow, meanings: &[Meaning], shelf: &mut Shelf) {
    let slots = flow.slots();
    let from = if flow.task == Task::PutAway { flow.home } else { slots.bin };
    let goods = meanings.iter().filter_map(|meaning| match meaning {
        Meaning::Goods(goods) => Some(goods),
        _ => None,
    });
    let said = flow.said.iter().filter_map(|said| match said {
        Said::Goods(goods) => Some(goods),
        _ => None,
    });
    let mut new = Vec::new();
    for goods in goods.chain(said) {
        let Some(code) = &goods.serial else { continue };
        let known = shelf.serials.iter().any(|one| one.item == goods.item && &one.code == code);
        let own = || shelf.stands.iter().filter(|stand| stand.item == goods.item).map(|stand| stand.bin);
        let now = || own().find(|bin| meanings.contains(&Meaning::Bin(*bin)));
        if !known && let Some(bin) = from.or_else(now).or_else(|| own().next()) {
            new.push(SerialStand { item: goods.item, code: code.clone(), bin: Some(bin) });
        }
    }
    shelf.serials.extend(new);
}

/// What scanners on lines read last, numbered, for those who wait for the next.
pub(crate) struct Heard {
    last: u64,
    recent: VecDeque<(u64, HeardScan)>,
    told: watch::Sender<u64>,
}

/// A code that a scanner on a line read.
#[derive(Clone, Debug)]
pub(crate) struct HeardScan {
    pub device: DeviceId,
    pub name: String,
    pub at: Timestamp,
    pub scan: protocols::stream::Scan,
}

impl Default for Heard {
    fn default() -> Self {
        // 0 is what somebody knows who knows of none.
        Self { last: 1, recent: VecDeque::new(), told: watch::Sender::new(1) }
    }
}

impl Heard {
    /// A scanner read a code.
    pub fn add(&mut self, scan: HeardScan) {
        self.last += 1;
        if self.recent.len() == limits::SCANS_KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back((self.last, scan));
        self.told.send_replace(self.last);
    }

    /// Rises with each.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// The number of the last, and those behind a number, oldest first. A number that is not yet given is of another run.
    pub fn after(&self, number: u64) -> (u64, Vec<HeardScan>) {
        let newer = self.recent.iter().filter(|(n, _)| *n > number).map(|(_, scan)| scan.clone());
        (self.last, if number == 0 || number > self.last { Vec::new() } else { newer.collect() })
    }
}

/// What was booked: one booking, or one for each line of a shipment that it came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    pub bookings: Vec<MovementId>,
    pub movements: u64,
    /// The count is to be repeated by somebody else.
    pub recount: bool,
}

impl Done {
    fn add(&mut self, booked: Booked) {
        self.bookings.extend(booked.booking);
        self.movements += booked.movements;
    }
}

/// Carries out what a task came to, all of it in one transaction; once for each key, where one is given. `answer`: what a later try is told.
pub(crate) fn book(
    inner: &Inner,
    by: &Actor,
    booking: &Booking,
    paper: Option<&Paper>,
    key: Option<AskedKey>,
    answer: impl FnOnce(&Done) -> String + Send + 'static,
) -> Result<Once<Done>> {
    let (today, booking) = (inner.today(), booking.clone());
    let document = match paper {
        Some(Paper::Inbound(detail)) => Some(Document::Inbound(detail.card.id)),
        Some(Paper::Outbound(detail)) => Some(Document::Outbound(detail.card.id)),
        None => None,
    };
    let work = move |all: &Together<'_>| match (booking.task, document) {
        (Task::Receive, Some(Document::Inbound(id))) => receive_expected(all, &booking, id),
        (Task::Receive, _) => receive(all, today, &booking),
        (Task::PutAway | Task::Move, _) => carry(all, today, &booking),
        (Task::Pick, Some(Document::Outbound(id))) => pick_ordered(all, today, &booking, id),
        (Task::Pick, _) => pick(all, today, &booking),
        (Task::Count, _) => count(all, today, &booking),
    };
    Ok(inner.store.records.once("book what was scanned", &inner.act(by), key, work, answer)?)
}

/// Which paper a task is done for.
#[derive(Clone, Copy)]
enum Document {
    Inbound(InboundId),
    Outbound(OutboundId),
}

/// What store functions answer: a refusal takes everything back.
type Stored<T> = store::Result<T>;

fn conflict(text: String) -> store::Error {
    store::Error::new(store::ErrorKind::Conflict, text)
}

fn item_and_bin(item: Option<ItemId>, bin: Option<BinId>) -> Stored<(ItemId, BinId)> {
    item.zip(bin).ok_or_else(|| conflict("the task says no item or no bin; begin it anew".into()))
}

fn shift(
    today: Day,
    booking: &Booking,
    item: ItemId,
    from: Side,
    to: Side,
    kind: MovementKind,
) -> ScannedShift {
    let unit = booking.unit.as_ref();
    ScannedShift {
        shift: Shift {
            item,
            lot: booking.lot.as_ref().and_then(|lot| lot.id),
            from,
            to,
            quantity: booking.quantity,
            kind,
            day: today,
            reason: None,
            unit_cost: None,
            source: None,
            party: None,
        },
        lot: None,
        serials: booking.serials.clone(),
        into: unit.filter(|_| booking.task == Task::Receive).map(|unit| unit.code.clone()),
        out_of: unit.filter(|_| booking.task == Task::Pick).and_then(|unit| unit.id),
    }
}

fn receive(all: &Together<'_>, today: Day, booking: &Booking) -> Stored<Done> {
    let (item, bin) = item_and_bin(booking.item, booking.to)?;
    let (from, to) = (Side::outside(Place::Supplier), Side::bin(bin, Standing::Free));
    let mut one = shift(today, booking, item, from, to, MovementKind::Receipt);
    one.lot = booking.lot.as_ref().map(|lot| (lot.code.clone(), lot.expiry));
    let mut done = Done::default();
    done.add(all.shift_scanned(&one)?);
    Ok(done)
}

/// So many of the serial numbers, taken off the front.
fn numbers(serials: &mut Vec<String>, quantity: Quantity) -> Vec<String> {
    let count = usize::try_from(quantity.0 / Quantity::ONE.0).unwrap_or(0).min(serials.len());
    serials.drain(..count).collect()
}

fn receive_expected(all: &Together<'_>, booking: &Booking, id: InboundId) -> Stored<Done> {
    let (item, bin) = item_and_bin(booking.item, booking.to)?;
    let detail = all.inbound(id)?;
    let lot = booking.lot.as_ref();
    // Lines that name this lot come first, then those that name none, then the others.
    let mut lines: Vec<_> = detail.lines.iter().filter(|row| row.item == item).collect();
    lines.sort_by_key(|row| match (&row.lot, lot) {
        (Some(named), Some(said)) if *named == said.code => 0,
        (None, _) => 1,
        _ => 2,
    });
    let mut parts = Vec::new();
    let mut left = booking.quantity;
    for row in &lines {
        let part = Quantity(left.0.min(row.outstanding.0));
        if part.0 > 0 {
            left = left.minus(part);
            parts.push((row.id, part, false));
        }
    }
    if left.0 > 0 {
        match (parts.first_mut(), lines.first()) {
            (Some(part), _) => *part = (part.0, part.1.plus(left), true),
            (None, Some(row)) => parts.push((row.id, left, true)),
            (None, None) => {
                let line = all.add_inbound_line(id, &NewInLine::of(item, Quantity::ZERO))?;
                parts.push((line, left, true));
            }
        }
    }
    let mut done = Done::default();
    let mut serials = booking.serials.clone();
    let door = all.receiving_bin()?;
    for (line, good, over) in parts {
        let receipt = Receipt {
            line,
            good,
            damaged: Quantity::ZERO,
            lot: lot.map(|lot| lot.code.clone()),
            expiry: lot.and_then(|lot| lot.expiry),
            bin: Some(bin).filter(|bin| Some(*bin) != door),
            over,
        };
        let booked = all.receive_goods(&receipt)?.booked;
        let numbers = numbers(&mut serials, good);
        if let Some(id) = booked.booking {
            all.note_scanned(id, &numbers, booking.unit.as_ref().map(|unit| unit.code.as_str()), None)?;
        }
        done.add(booked);
    }
    Ok(done)
}

/// Moves goods or a whole unit. What a shipment waits for to be put away is put away for it.
fn carry(all: &Together<'_>, today: Day, booking: &Booking) -> Stored<Done> {
    let to = booking.to.ok_or_else(|| conflict("the task says no bin to go to; begin it anew".into()))?;
    let mut done = Done::default();
    let Some(unit) = booking.whole else {
        let (item, from) = item_and_bin(booking.item, booking.from)?;
        let lot = booking.lot.as_ref().and_then(|lot| lot.id);
        let mut serials = booking.serials.clone();
        let left = put_away(all, (item, lot, from, to), booking.quantity, &mut done, |id, quantity| {
            let numbers = numbers(&mut serials, quantity);
            all.note_scanned(id, &numbers, None, None)
        })?;
        if left.0 > 0 {
            let (from, to) = (Side::bin(from, booking.standing), Side::bin(to, booking.standing));
            let mut one = shift(today, booking, item, from, to, MovementKind::Move);
            (one.shift.quantity, one.serials) = (left, serials);
            done.add(all.shift_scanned(&one)?);
        }
        return Ok(done);
    };
    let unit = all.unit(unit)?;
    if all.receiving_bin()? == Some(unit.bin) {
        for one in &unit.contents {
            let spot = (one.item, one.lot, unit.bin, to);
            put_away(all, spot, one.quantity, &mut done, |id, _| {
                all.note_scanned(id, &[], Some(&unit.code), None)
            })?;
        }
        // What no shipment waits for goes with it.
        if all.unit(unit.id)?.bin == to {
            return Ok(done);
        }
    }
    done.add(all.move_unit(unit.id, to)?);
    Ok(done)
}

/// Puts away what shipments wait for; says how much of it none did.
fn put_away(
    all: &Together<'_>,
    (item, lot, from, to): (ItemId, Option<LotId>, BinId, BinId),
    quantity: Quantity,
    done: &mut Done,
    mut told: impl FnMut(MovementId, Quantity) -> Stored<()>,
) -> Stored<Quantity> {
    let mut left = quantity;
    if all.receiving_bin()? != Some(from) {
        return Ok(left);
    }
    for (line, waits) in all.waiting_lines(item, lot)? {
        let part = Quantity(left.0.min(waits.0));
        if part.0 <= 0 {
            break;
        }
        let booked = all.put_away(PutAway { line, lot, quantity: part, to })?.booked;
        left = left.minus(part);
        if let Some(id) = booked.booking {
            told(id, part)?;
        }
        done.add(booked);
    }
    Ok(left)
}

fn pick(all: &Together<'_>, today: Day, booking: &Booking) -> Stored<Done> {
    let (item, bin) = item_and_bin(booking.item, booking.from)?;
    let (from, to) = (Side::bin(bin, Standing::Free), Side::outside(Place::Customer));
    let one = shift(today, booking, item, from, to, MovementKind::Issue);
    let mut done = Done::default();
    done.add(all.shift_scanned(&one)?);
    Ok(done)
}

fn pick_ordered(all: &Together<'_>, today: Day, booking: &Booking, id: OutboundId) -> Stored<Done> {
    let (item, bin) = item_and_bin(booking.item, booking.from)?;
    let promised = |detail: &OutboundDetail| -> Quantity {
        detail.lines.iter().filter(|row| row.item == item).map(|row| row.line.allocated).sum()
    };
    // An order that nothing, or not enough, was promised to is promised it now.
    let mut detail = all.outbound(id)?;
    if promised(&detail) < booking.quantity {
        all.allocate_outbound(id, today)?;
        detail = all.outbound(id)?;
    }
    let lot = booking.lot.as_ref().and_then(|lot| lot.id);
    let mut done = Done::default();
    let mut left = booking.quantity;
    let mut serials = booking.serials.clone();
    // Lines that this place is promised to come first.
    let here = |row: &store::OutboundLineRow| -> Quantity {
        row.promised.iter().filter(|heap| heap.lot == lot && heap.bin == bin).map(|heap| heap.quantity).sum()
    };
    let mut lines: Vec<_> =
        detail.lines.iter().filter(|row| row.item == item && row.line.allocated.0 > 0).collect();
    lines.sort_by_key(|row| std::cmp::Reverse(here(row)));
    for row in lines {
        let part = Quantity(left.0.min(row.line.allocated.0));
        if part.0 <= 0 {
            break;
        }
        let picked = Picked { line: row.id, lot, bin, quantity: part, instead: true };
        let booked = all.pick_goods(picked)?.booked;
        left = left.minus(part);
        if let Some(id) = booked.booking {
            let numbers = numbers(&mut serials, part);
            let out_of = booking.unit.as_ref().and_then(|unit| unit.id);
            all.note_scanned(id, &numbers, None, out_of)?;
        }
        done.add(booked);
    }
    if left.0 > 0 {
        let text = format!(
            "{left} of it are not promised to the order and could not be; look at the order, or pick less"
        );
        return Err(conflict(text));
    }
    Ok(done)
}

fn count(all: &Together<'_>, today: Day, booking: &Booking) -> Stored<Done> {
    let (item, bin) = item_and_bin(booking.item, booking.from)?;
    let lot = match &booking.lot {
        None => None,
        Some(LotSaid { id: Some(id), .. }) => Some(*id),
        Some(new) => all.lot(item, &new.code, new.expiry)?,
    };
    let mut done = Done::default();
    // A plan that waits for this place gets the count; who approves it books the difference.
    if let Some(line) = all.count_line_waiting(item, lot, bin)? {
        return match all.enter_count(line, booking.quantity)? {
            Some((_, Ok(state))) => {
                done.recount = state == domain::count::CountState::Recount;
                Ok(done)
            }
            Some((_, Err(refused))) => Err(conflict(refused.to_string())),
            None => Ok(done),
        };
    }
    let correction = store::Correction {
        item,
        lot,
        bin,
        standing: booking.standing,
        quantity: booking.quantity,
        day: today,
        reason: ReasonCode::Counted,
    };
    done.add(all.correct_stock(&correction)?);
    Ok(done)
}

/// Takes back what was booked, the last of it first, all of it or nothing; once for each key.
pub(crate) fn take_back(
    inner: &Inner,
    by: &Actor,
    bookings: &[MovementId],
    key: Option<AskedKey>,
    answer: impl FnOnce(&Booked) -> String + Send + 'static,
) -> Result<Once<Booked>> {
    let bookings = bookings.to_vec();
    let work = move |all: &Together<'_>| {
        let mut taken = Booked { booking: None, movements: 0 };
        for booking in bookings.iter().rev() {
            let booked = if all.is_of_paper(*booking)? {
                all.take_back(*booking)?
            } else {
                all.undo_booking(*booking, ReasonCode::WrongEntry)?
            };
            taken.booking = taken.booking.or(booked.booking);
            taken.movements += booked.movements;
        }
        Ok(taken)
    };
    Ok(inner.store.records.once("take back what was scanned", &inner.act(by), key, work, answer)?)
}
