//! Tasks done with a scanner, handling units and serial numbers.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::scan::{self, Done, Paper};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire::scanflow::{self as wire, Names};
use contract::{
    AwaitScans, BookedRow, Code, ListSerials, ListUnits, MoveUnit, ScanCard, ScanChoice, ScanDocument,
    ScanFlow, ScanHint, ScanInput, ScanLine, ScanRow, ScanStep, ScanStepped, ScanTold, ScansHeard, SerialRow,
    Topic, UnitRow,
};
use domain::Actor;
use domain::scanflow::{self, Asked, Booking, Feedback, Flow, Input, Meaning, SAID_MAX, Shelf, Taken, Task};
use domain::stock::{LotStatus, Standing};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::HashMap;
use store::{AskedKey, Booked, Once, Records};
use units::{BinId, Day, ItemId, LotId, MovementId, Quantity};

/// Digits of a number that is typed: with more of them it is a code.
const TYPED_DIGITS_MAX: usize = 6;
/// Lines of a shipment or order that are shown.
const LINES_SHOWN: usize = 60;
/// Bins that are proposed.
const HINTS_SHOWN: usize = 3;

/// Names, each looked up once.
struct Known<'r> {
    records: &'r Records,
    bins: RefCell<HashMap<BinId, String>>,
}

impl Names for Known<'_> {
    fn bin(&self, id: BinId) -> String {
        if let Some(code) = self.bins.borrow().get(&id) {
            return code.clone();
        }
        let code = self.records.bin_code(id).ok().flatten().unwrap_or_else(|| id.to_string());
        self.bins.borrow_mut().insert(id, code.clone());
        code
    }

    fn sku(&self, id: ItemId) -> String {
        self.records.item(id).map_or_else(|_| id.to_string(), |row| row.item.sku)
    }

    fn lot(&self, id: LotId) -> (String, String) {
        match self.records.lot(id) {
            Ok(lot) => (lot.code, lot.expiry.map(|day| day.to_string()).unwrap_or_default()),
            Err(_) => (id.to_string(), String::new()),
        }
    }
}

impl Serve<ScanStep> for App {
    async fn serve(&self, call: ScanStep, by: &Actor) -> Result<ScanStepped> {
        let by = by.clone();
        self.blocking(move |inner| step(inner, &by, call)).await
    }
}

fn step(inner: &Inner, by: &Actor, call: ScanStep) -> Result<ScanStepped> {
    let records = &inner.store.records;
    let today = inner.today();
    records.stock_day(today)?;
    let key = asked_key(&call)?;
    let ScanStep { flow: row, input, .. } = call;
    let task = Task::from_word(&row.task).ok_or_else(|| {
        let all: Vec<_> = Task::ALL.iter().map(|task| task.word()).collect();
        Failure::bad_input(format!("{} is no task for a scanner; give one of {}", row.task, all.join(", ")))
    })?;
    if row.said.len() > SAID_MAX + 4 {
        return Err(Failure::bad_input(format!(
            "{} things were said in one task; begin it anew and type large numbers",
            row.said.len()
        )));
    }
    let booked_before = row.booked.clone();
    let mut flow = wire::flow_of(task, row);
    if flow.home.is_none() {
        flow.home = scan::home(records, task)?;
        if flow.home.is_none() && task == Task::Receive && input != ScanInput::Look {
            flow.home = Some(records.make_receiving_bin(&inner.act(by))?);
        }
    }
    let names = Known { records, bins: RefCell::default() };
    let mut view = View { inner, names: &names, task, today };
    // Tried again, since the answer was lost: told as it was then. What is judged below is the shelf before the booking.
    if let Some(of) = &key
        && let Some(before) = records.answered(of)?
    {
        return view.again(&before);
    }
    let (text, input) = match input {
        ScanInput::Look => {
            let told = ScanTold { code: "Looked".into(), parts: Vec::new() };
            return view.reply(flow, booked_before, ("accepted", told), None, None);
        }
        ScanInput::Scan(text) => (text, None),
        ScanInput::Typed(text) => {
            let number = typed_number(&text);
            // Before any goods a number may be a bin's code or an SKU.
            let code = number.is_some()
                && flow.asked.is_none()
                && !flow.slots().has_goods()
                && !scan::read(records, &text, today)?.things.is_empty();
            match number.filter(|_| !code) {
                Some(quantity) => (text, Some(Input::Number(quantity))),
                None => (text, None),
            }
        }
        ScanInput::All => (String::new(), Some(Input::All)),
        ScanInput::Enter => (String::new(), Some(Input::Enter)),
        ScanInput::Undo => (String::new(), Some(Input::Undo)),
        ScanInput::Cancel => (String::new(), Some(Input::Cancel)),
        ScanInput::Choose(at) => (String::new(), Some(Input::Choose(at as usize))),
    };
    let mut meanings = Vec::new();
    let input = match input {
        Some(input) => input,
        None => {
            let read = scan::read(records, &text, today)?;
            if scan::misread(&read) {
                let fault = read.found.faults.first().map(crate::wire::scan::fault);
                let code = if fault.is_some() { "Faulty" } else { "Misread" };
                let told = ScanTold { code: code.into(), parts: Vec::new() };
                let mut reply = view.reply(flow, booked_before, ("wrong", told), None, None)?;
                reply.fault = fault;
                return Ok(reply);
            }
            meanings = scan::meanings(records, task, flow.document.is_some(), &read)?;
            Input::Scan { text: text.clone(), meanings: meanings.clone() }
        }
    };
    let paper = scan::paper(records, task, flow.document)?;
    let shelf = scan::shelf(records, &flow, &meanings, paper.as_ref(), today)?;
    let stepped = scanflow::step(&flow, &input, &shelf);

    if let Some(booking) = &stepped.book {
        let words = view.words(booking);
        let mut next = wire::flow(stepped.flow);
        next.document = document_of(paper.as_ref());
        let answer = {
            let (next, words) = (next.clone(), words.clone());
            move |done: &Done| Answer::done(next, &words, done).kept()
        };
        return match scan::book(inner, by, booking, paper.as_ref(), key, answer) {
            Ok(Once::Now(done)) => {
                changed(inner);
                view.answer(Answer::done(next, &words, &done))
            }
            Ok(Once::Before(before)) => view.again(&before),
            Err(failure) => view.refused(flow, booked_before, failure),
        };
    }
    if stepped.take_back.is_some() {
        let mut next = wire::flow(stepped.flow);
        next.document = document_of(paper.as_ref());
        let answer = {
            let next = next.clone();
            move |booked: &Booked| Answer::taken_back(next, *booked).kept()
        };
        return match scan::take_back(inner, by, &booked_before, key, answer) {
            Ok(Once::Now(booked)) => {
                changed(inner);
                view.answer(Answer::taken_back(next, booked))
            }
            Ok(Once::Before(before)) => view.again(&before),
            Err(failure) => view.refused(Flow { asked: None, ..flow }, booked_before, failure),
        };
    }
    if stepped.feedback == Feedback::Accepted(Taken::Document) {
        let paper = scan::paper(records, task, stepped.flow.document)?;
        let over = match &paper {
            Some(Paper::Inbound(one)) if one.card.state.is_over() => {
                Some((&one.card.number, one.card.state.word()))
            }
            Some(Paper::Outbound(one)) if one.card.state.is_over() => {
                Some((&one.card.number, one.card.state.word()))
            }
            _ => None,
        };
        if let Some((number, state)) = over {
            let told =
                ScanTold { code: "DocumentOver".into(), parts: vec![number.clone(), state.to_owned()] };
            return view.reply(flow, booked_before, ("wrong", told), None, None);
        }
    }
    let word = match &stepped.feedback {
        Feedback::Accepted(_) => "accepted",
        Feedback::Done => "done",
        Feedback::Wrong(_) => "wrong",
        Feedback::Ask => "ask",
    };
    let told = wire::told(&stepped.feedback, &stepped.flow, &text, &names);
    // The shelf that was judged with is the one that is shown, if nothing else is talked of now.
    let same = stepped.flow.document == flow.document && stepped.flow.said.len() >= flow.said.len();
    view.reply(stepped.flow, booked_before, (word, told), None, same.then_some((shelf, paper)))
}

/// The shipment or order of a task.
fn document_of(paper: Option<&Paper>) -> Option<ScanDocument> {
    let (kind, id, number) = match paper? {
        Paper::Inbound(one) => ("inbound", one.card.id.0, &one.card.number),
        Paper::Outbound(one) => ("outbound", one.card.id.0, &one.card.number),
    };
    Some(ScanDocument { kind: kind.to_owned(), id, number: number.clone() })
}

/// What a booking is answered with, as it is kept for who asks again.
#[derive(Serialize, Deserialize)]
struct Answer {
    flow: ScanFlow,
    told: ScanTold,
    row: BookedRow,
}

impl Answer {
    fn done(mut flow: ScanFlow, words: &ScanTold, done: &Done) -> Self {
        flow.booked.clone_from(&done.bookings);
        let mut told = words.clone();
        if done.recount {
            told.code = "Recount".into();
        }
        Self {
            flow,
            told,
            row: BookedRow { booking: done.bookings.last().copied(), movements: done.movements },
        }
    }

    fn taken_back(mut flow: ScanFlow, booked: Booked) -> Self {
        flow.booked.clear();
        let told = ScanTold { code: "TakenBack".into(), parts: Vec::new() };
        Self { flow, told, row: BookedRow { booking: booked.booking, movements: booked.movements } }
    }

    fn kept(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a client asks for under its key: the same key for something else is a mistake, and is told.
fn asked_key(call: &ScanStep) -> Result<Option<AskedKey>> {
    let key = call.key.trim();
    if key.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(&(&call.flow, &call.input)).map_err(|e| Failure::bug(e.to_string()))?;
    let asked = hex::encode(Sha256::digest(text.as_bytes()));
    Ok(Some(AskedKey { key: key.to_owned(), asked }))
}

/// A number as a person types it.
fn typed_number(text: &str) -> Option<Quantity> {
    let text = text.trim().replace(',', ".");
    let digits = text.split('.').next().unwrap_or_default().len();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !plain || digits > TYPED_DIGITS_MAX {
        return None;
    }
    Quantity::parse(&text)
}

fn changed(inner: &Inner) {
    for topic in [Topic::Stock, Topic::Audit] {
        inner.bus.changed(topic);
    }
}

/// What a reply is made of besides the step itself.
struct View<'a, 'r> {
    inner: &'a Inner,
    names: &'a Known<'r>,
    task: Task,
    today: Day,
}

impl View<'_, '_> {
    /// What the store did not take: the rows moved on meanwhile, or another rule stands against it. The flow stays as it was.
    fn refused(&mut self, flow: Flow, booked: Vec<MovementId>, failure: Failure) -> Result<ScanStepped> {
        if !matches!(failure.code, Code::Conflict | Code::NotFound | Code::BadInput) {
            return Err(failure);
        }
        let told = ScanTold { code: "Refused".into(), parts: vec![failure.message] };
        self.reply(flow, booked, ("wrong", told), None, None)
    }

    /// What was booked: how much, of what, from where, to where.
    fn words(&self, booking: &Booking) -> ScanTold {
        let bin = |bin: Option<BinId>| bin.map(|bin| self.names.bin(bin)).unwrap_or_default();
        let what = match (booking.item, booking.whole) {
            (Some(item), _) => self.names.sku(item),
            (None, Some(unit)) => {
                self.inner.store.records.unit(unit).map(|unit| unit.code).unwrap_or_default()
            }
            (None, None) => String::new(),
        };
        let code = match (booking.task, booking.whole) {
            (Task::Receive, _) => "Received",
            (Task::PutAway, None) => "PutAway",
            (Task::Move, None) => "Moved",
            (_, Some(_)) => "UnitMoved",
            (Task::Pick, _) => "Picked",
            (Task::Count, _) => "Counted",
        };
        let quantity = booking.quantity.to_string();
        let parts = vec![quantity, what, bin(booking.from), bin(booking.to)];
        ScanTold { code: code.to_owned(), parts }
    }

    /// The reply to a booking that was made now.
    fn answer(&mut self, of: Answer) -> Result<ScanStepped> {
        let booked = of.flow.booked.clone();
        self.reply(wire::flow_of(self.task, of.flow), booked, ("done", of.told), Some(of.row), None)
    }

    /// The reply to a booking that was made before.
    fn again(&mut self, kept: &str) -> Result<ScanStepped> {
        let kept = serde_json::from_str(kept)
            .map_err(|e| Failure::bug(format!("the answer to a booking can't be read again: {e}")))?;
        self.answer(kept)
    }

    fn reply(
        &mut self,
        flow: Flow,
        booked: Vec<MovementId>,
        (feedback, told): (&str, ScanTold),
        row: Option<BookedRow>,
        known: Option<(Shelf, Option<Paper>)>,
    ) -> Result<ScanStepped> {
        let records = &self.inner.store.records;
        let (shelf, paper) = match known {
            Some(known) => known,
            None => {
                let paper = scan::paper(records, self.task, flow.document)?;
                (scan::shelf(records, &flow, &[], paper.as_ref(), self.today)?, paper)
            }
        };
        let want = flow.want(&shelf).word().to_owned();
        let document = document_of(paper.as_ref());
        let card = self.card(&flow, &shelf, document.as_ref())?;
        let choices = self.choices(&flow, &shelf)?;
        let hints = self.hints(&flow, &shelf);
        let mut rest = wire::flow(flow);
        (rest.document, rest.booked) = (document, booked);
        Ok(ScanStepped {
            flow: rest,
            feedback: feedback.to_owned(),
            told,
            want,
            card,
            choices,
            lines: lines(paper.as_ref()),
            hints,
            booked: row,
            fault: None,
        })
    }

    fn card(&self, flow: &Flow, shelf: &Shelf, document: Option<&ScanDocument>) -> Result<ScanCard> {
        let records = &self.inner.store.records;
        let slots = flow.slots();
        let bin = |bin: Option<BinId>| bin.map(|bin| self.names.bin(bin));
        let mut card = ScanCard {
            bin: bin(slots.bin),
            to: bin(slots.to),
            serials: slots.serials.clone(),
            unit: slots.unit.as_ref().map(|unit| unit.code.clone()),
            document: document.map(|one| one.number.clone()),
            lot: slots.lot.as_ref().map(|lot| lot.code.clone()),
            expiry: slots.lot.as_ref().and_then(|lot| {
                let known = lot.id.and_then(|id| shelf.lots.iter().find(|one| one.id == id));
                known.and_then(|one| one.expiry).or(lot.expiry)
            }),
            ..ScanCard::default()
        };
        if let Some(item) = slots.item {
            let item = records.item(item)?.item;
            (card.sku, card.name) = (Some(item.sku), Some(item.name));
            card.unit_of_measure = item.unit_of_measure;
            card.there = flow.there(shelf);
        }
        card.quantity = (slots.item.is_some() || slots.typed).then_some(slots.quantity);
        if slots.whole()
            && let Some(id) = slots.unit.as_ref().and_then(|unit| unit.id)
        {
            let unit = records.unit(id)?;
            card.bin = card.bin.or(Some(unit.bin_code));
            card.contents = unit
                .contents
                .into_iter()
                .map(|one| ScanLine {
                    item: one.item,
                    sku: one.sku,
                    name: one.name,
                    lot: one.lot_code,
                    bin: None,
                    quantity: one.quantity,
                })
                .collect();
        }
        Ok(card)
    }

    fn choices(&self, flow: &Flow, shelf: &Shelf) -> Result<Vec<ScanChoice>> {
        let records = &self.inner.store.records;
        let choice = |kind: &str, code: String, name: String| ScanChoice {
            kind: kind.to_owned(),
            code,
            name,
            expiry: None,
            quantity: None,
        };
        let mut found = Vec::new();
        match &flow.asked {
            Some(Asked::Which(which)) => {
                for meaning in which {
                    found.push(match meaning {
                        Meaning::Bin(bin) => choice("bin", self.names.bin(*bin), String::new()),
                        Meaning::Goods(goods) => {
                            let item = records.item(goods.item)?.item;
                            let mut one = choice("goods", item.sku, item.name);
                            one.quantity = goods.quantity;
                            one.expiry = goods.lot.as_ref().and_then(|lot| lot.expiry);
                            if let Some(lot) = &goods.lot {
                                one.name = format!("{} · {}", one.name, lot.code);
                            }
                            one
                        }
                        Meaning::Unit(unit) => choice(
                            "unit",
                            unit.code.clone(),
                            unit.bin.map(|b| self.names.bin(b)).unwrap_or_default(),
                        ),
                        Meaning::Document(id) => {
                            let (number, partner) = match scan::paper(records, self.task, Some(*id))? {
                                Some(Paper::Inbound(one)) => (one.card.number, one.card.partner),
                                Some(Paper::Outbound(one)) => (one.card.number, one.card.customer),
                                None => (id.to_string(), String::new()),
                            };
                            choice("document", number, partner)
                        }
                    });
                }
            }
            Some(Asked::Lot(lots)) => {
                let slots = flow.slots();
                let from = if self.task == Task::PutAway { flow.home } else { slots.bin };
                for id in lots {
                    let Some(lot) = shelf.lots.iter().find(|lot| lot.id == *id) else { continue };
                    let there = shelf.stands.iter().filter(|s| s.lot == Some(*id) && Some(s.bin) == from);
                    let mut one = choice("lot", lot.code.clone(), String::new());
                    one.expiry = lot.expiry;
                    // Who counts is not told what should be there.
                    one.quantity = (self.task != Task::Count).then(|| there.map(|s| s.quantity).sum());
                    found.push(one);
                }
            }
            _ => {}
        }
        Ok(found)
    }

    /// Where to go: of goods to be put away, where more of them stand; of goods to be picked, what is to go first.
    fn hints(&self, flow: &Flow, shelf: &Shelf) -> Vec<ScanHint> {
        let slots = flow.slots();
        let Some(item) = slots.item else { return Vec::new() };
        let picks = self.task == Task::Pick && flow.document.is_none() && slots.bin.is_none();
        if !(picks || self.task == Task::PutAway && slots.bin.is_none()) {
            return Vec::new();
        }
        let lot = |id: Option<LotId>| id.and_then(|id| shelf.lots.iter().find(|lot| lot.id == id));
        let usable = |id: Option<LotId>| {
            lot(id).is_none_or(|lot| {
                lot.status == LotStatus::Available && lot.expiry.is_none_or(|last| last >= self.today)
            })
        };
        let mut bins: Vec<(Option<Day>, Quantity, BinId)> = Vec::new();
        for stand in shelf.stands.iter().filter(|stand| stand.item == item && stand.quantity.0 > 0) {
            if stand.standing != Standing::Free || Some(stand.bin) == flow.home || picks && !usable(stand.lot)
            {
                continue;
            }
            let expiry = lot(stand.lot).and_then(|lot| lot.expiry);
            match bins.iter_mut().find(|one| one.2 == stand.bin) {
                Some(one) => {
                    one.1 = one.1.plus(stand.quantity);
                    one.0 = [one.0, expiry].into_iter().flatten().min();
                }
                None => bins.push((expiry, stand.quantity, stand.bin)),
            }
        }
        bins.sort_by_key(|(expiry, quantity, bin)| {
            let first = picks.then_some((expiry.is_none(), *expiry));
            (first, std::cmp::Reverse(*quantity), *bin)
        });
        let hint = |(_, quantity, bin): (Option<Day>, Quantity, BinId)| ScanHint {
            bin: self.names.bin(bin),
            quantity,
        };
        bins.into_iter().take(HINTS_SHOWN).map(hint).collect()
    }
}

/// What is left of a shipment or order, in the order a person walks.
fn lines(paper: Option<&Paper>) -> Vec<ScanLine> {
    let mut found = Vec::new();
    match paper {
        None => {}
        Some(Paper::Inbound(detail)) => {
            for row in detail.lines.iter().filter(|row| row.outstanding.0 > 0) {
                found.push(ScanLine {
                    item: row.item,
                    sku: row.sku.clone(),
                    name: row.name.clone(),
                    lot: row.lot.clone(),
                    bin: None,
                    quantity: row.outstanding,
                });
            }
        }
        Some(Paper::Outbound(detail)) => {
            for row in &detail.lines {
                let line = |lot: Option<String>, bin: Option<String>, quantity| ScanLine {
                    item: row.item,
                    sku: row.sku.clone(),
                    name: row.name.clone(),
                    lot,
                    bin,
                    quantity,
                };
                let heaps = row.promised.iter();
                found.extend(
                    heaps.map(|heap| line(heap.lot_code.clone(), Some(heap.bin_code.clone()), heap.quantity)),
                );
                if row.line.open().0 > 0 {
                    found.push(line(None, None, row.line.open()));
                }
            }
            found.sort_by(|a, b| (a.bin.is_none(), &a.bin, &a.sku).cmp(&(b.bin.is_none(), &b.bin, &b.sku)));
        }
    }
    found.truncate(LINES_SHOWN);
    found
}

impl Serve<AwaitScans> for App {
    async fn serve(&self, call: AwaitScans, _: &Actor) -> Result<ScansHeard> {
        let mut told = self.0.live.lock().heard.watch();
        let look = || self.0.live.lock().heard.after(call.after);
        let (mut last, mut scans) = look();
        if call.after != 0 && call.after == last {
            // A host that ends, or the time: then there is none.
            let _ = tokio::time::timeout(limits::SCAN_WAIT, told.changed()).await;
            (last, scans) = look();
        }
        let row = |heard: scan::HeardScan| ScanRow {
            device: heard.device,
            name: heard.name,
            at: heard.at,
            symbology: heard.scan.symbology,
            text: heard.scan.text,
        };
        Ok(ScansHeard { last, scans: scans.into_iter().map(row).collect() })
    }
}

impl Serve<ListUnits> for App {
    async fn serve(&self, call: ListUnits, _: &Actor) -> Result<Vec<UnitRow>> {
        self.blocking(move |inner| {
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let found = inner.store.records.units(call.text.trim(), call.item, limit)?;
            Ok(found.into_iter().map(wire::unit_row).collect())
        })
        .await
    }
}

impl Serve<MoveUnit> for App {
    async fn serve(&self, call: MoveUnit, by: &Actor) -> Result<BookedRow> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let code = call.to.trim();
            let bins = records.bins_of_code(code)?;
            let [to] = bins.as_slice() else {
                let text = match bins.len() {
                    0 => format!("there is no bin {code}; check the code"),
                    _ => format!(
                        "there is a bin {code} in several warehouses; move it by scanning the bin's own label"
                    ),
                };
                return Err(Failure::new(Code::NotFound, text));
            };
            let unit = records.unit(call.unit)?;
            let booking = Booking {
                task: Task::Move,
                whole: Some(unit.id),
                item: None,
                lot: None,
                standing: Standing::Free,
                quantity: Quantity::ZERO,
                serials: Vec::new(),
                unit: None,
                from: Some(unit.bin),
                to: Some(to.id),
                document: None,
            };
            match scan::book(inner, &by, &booking, None, None, |_| String::new())? {
                Once::Now(done) => {
                    changed(inner);
                    Ok(BookedRow { booking: done.bookings.last().copied(), movements: done.movements })
                }
                // Without a key nothing is known of before.
                Once::Before(_) => Err(Failure::bug("a unit was moved without a key, and yet before")),
            }
        })
        .await
    }
}

impl Serve<ListSerials> for App {
    async fn serve(&self, call: ListSerials, _: &Actor) -> Result<Vec<SerialRow>> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let found = match call.item {
                Some(item) => records.serials_of_item(item, limit)?,
                None if call.code.trim().is_empty() => records.serials(limit)?,
                None => records.serials_of_code(&call.code)?,
            };
            Ok(found.into_iter().map(wire::serial_row).collect())
        })
        .await
    }
}
