//! Tasks done with a scanner: what codes stood for in, the next thing wanted and what is to be booked out.
//!
//! A [`Flow`] is a task (receive, put away, move, pick, count) and what was said so far, in the order it was said; what that
//! comes to ([`Slots`]) follows from the list, so taking the last scan back is taking it off the list. [`step`] takes one
//! [`Input`], accepts it if all that was said then agrees with itself and with the [`Shelf`], and gives a [`Booking`] once nothing
//! is missing. Goods and bins come in either order; judged is the whole, never the order. Does not know
//! codes of labels, tables, screens or clocks; it books nothing itself. Start at [`step`]; why it is so: docs/decisions/021-scan-flows.md.
//! Tests: `src/scanflow/tests.rs`.

mod judge;
mod slots;
#[cfg(test)]
mod tests;

pub use judge::{Agreement, Wrong};
pub use slots::Slots;

use crate::stock::{Lot, Standing};
use judge::{Missing, judge, lots_there, missing, questions};
use units::{BinId, Day, HandlingUnitId, ItemId, LotId, MovementId, Quantity};

/// The most things that are said before something is booked: more scans than that are typed as a number.
pub const SAID_MAX: usize = 200;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Goods come in.
    Receive,
    /// They go from where they were received to their bin.
    PutAway,
    /// From one bin to another.
    Move,
    /// Out of a bin, for an order or not.
    Pick,
    /// What is there?
    Count,
}

impl Task {
    /// All of them.
    pub const ALL: [Task; 5] = [Task::Receive, Task::PutAway, Task::Move, Task::Pick, Task::Count];

    /// Its word on the wire and the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Task::Receive => "receive",
            Task::PutAway => "put-away",
            Task::Move => "move",
            Task::Pick => "pick",
            Task::Count => "count",
        }
    }

    /// The task of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.word() == word)
    }

    /// It takes goods from where they stand: there must be as much.
    const fn takes(self) -> bool {
        matches!(self, Task::PutAway | Task::Move | Task::Pick)
    }
}

/// A lot as a label says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotSaid {
    /// Its row, where the site knows it.
    pub id: Option<LotId>,
    /// Its code.
    pub code: String,
    /// The last day that the label says.
    pub expiry: Option<Day>,
}

/// Units of an item, as a code says them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    /// The item.
    pub item: ItemId,
    /// The lot, where the code says one.
    pub lot: Option<LotSaid>,
    /// The serial number.
    pub serial: Option<String>,
    /// How many the code says there are in it.
    pub quantity: Option<Quantity>,
    /// The code is a lot's alone: beside an item that was said already it counts nothing.
    pub lot_only: bool,
}

/// A handling unit, as its label says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSaid {
    /// Its row; `None`: nobody has seen it yet.
    pub id: Option<HandlingUnitId>,
    /// Its code.
    pub code: String,
    /// Where it stands.
    pub bin: Option<BinId>,
    /// Something is in it.
    pub filled: bool,
}

/// What a code may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A bin.
    Bin(BinId),
    /// Units of an item.
    Goods(Goods),
    /// A handling unit.
    Unit(UnitSaid),
    /// An expected shipment or an order, by its row.
    Document(i64),
}

/// One thing that was said and accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A bin.
    Bin(BinId),
    /// Units of an item.
    Goods(Goods),
    /// A handling unit.
    Unit(UnitSaid),
    /// How many.
    Quantity(Quantity),
    /// Which lot.
    Lot(LotSaid),
    /// They have no lot.
    NoLot,
    /// Book it as soon as nothing is missing.
    Go,
    /// Yes to a question.
    Agreed(Agreement),
}

/// What waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Which of these the code stands for.
    Which(Vec<Meaning>),
    /// Which of these lots.
    Lot(Vec<LotId>),
    /// Shall it be booked all the same?
    Agree(Agreement),
    /// Shall the last booking be taken back?
    TakeBack(MovementId),
}

/// A task, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// What is being done.
    pub task: Task,
    /// Where goods are received, and put away from.
    pub home: Option<BinId>,
    /// The shipment or order it is done for.
    pub document: Option<i64>,
    /// What was said, in its order.
    pub said: Vec<Said>,
    /// What waits for an answer.
    pub asked: Option<Asked>,
    /// What was booked last, while it can be taken back from here.
    pub last: Option<MovementId>,
}

/// So much of an item in a bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The item.
    pub item: ItemId,
    /// Its lot.
    pub lot: Option<LotId>,
    /// Where.
    pub bin: BinId,
    /// How it stands there; what is promised to the order that is picked counts as free.
    pub standing: Standing,
    /// How much.
    pub quantity: Quantity,
}

/// A serial number that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialStand {
    /// Of which item.
    pub item: ItemId,
    /// The number.
    pub code: String,
    /// Where it is; `None`: not here.
    pub bin: Option<BinId>,
}

/// A line of the shipment or order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The item.
    pub item: ItemId,
    /// What is still to come, or to be picked.
    pub open: Quantity,
}

/// What is known of the items that are talked of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// Today at the site.
    pub today: Day,
    /// Where they stand.
    pub stands: Vec<Stand>,
    /// Their lots.
    pub lots: Vec<Lot>,
    /// The serial numbers that were read, as far as they are on record.
    pub serials: Vec<SerialStand>,
    /// The lines of the document, if there is one.
    pub lines: Vec<Line>,
}

impl Shelf {
    fn lot(&self, id: LotId) -> Option<&Lot> {
        self.lots.iter().find(|lot| lot.id == id)
    }
}

/// One thing a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A code was read, or typed as text.
    Scan {
        /// Its text.
        text: String,
        /// What it may stand for.
        meanings: Vec<Meaning>,
    },
    /// A number was typed.
    Number(Quantity),
    /// All there is.
    All,
    /// Enter: yes, that's it.
    Enter,
    /// Takes the last scan back.
    Undo,
    /// Forgets everything.
    Cancel,
    /// One of the answers, from 0.
    Choose(usize),
}

/// What was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A bin.
    Bin,
    /// Goods.
    Goods,
    /// A handling unit.
    Unit,
    /// A shipment or order.
    Document,
    /// A number.
    Quantity,
    /// A lot.
    Lot,
    /// The last scan is taken back.
    Undone,
    /// Everything is forgotten.
    Cancelled,
}

/// What a person hears and sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// Taken; something is still missing.
    Accepted(Taken),
    /// Complete: it is to be booked.
    Done,
    /// Not taken, and why.
    Wrong(Wrong),
    /// Taken, if a question is answered.
    Ask,
}

/// What is wanted next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Goods or a bin, whichever is at hand.
    GoodsOrBin,
    /// Goods.
    Goods,
    /// The bin they are taken from, or counted in.
    Bin,
    /// The bin they go to.
    Target,
    /// Which lot.
    Lot,
    /// More of the same, a number, or Enter.
    Confirm,
    /// An answer.
    Answer,
}

impl Want {
    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Want::GoodsOrBin => "goods-or-bin",
            Want::Goods => "goods",
            Want::Bin => "bin",
            Want::Target => "target",
            Want::Lot => "lot",
            Want::Confirm => "confirm",
            Want::Answer => "answer",
        }
    }
}

/// What is to be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The task.
    pub task: Task,
    /// The whole handling unit and no goods by themselves.
    pub whole: Option<HandlingUnitId>,
    /// The item; of a whole unit none.
    pub item: Option<ItemId>,
    /// Its lot; one without a row is to be made.
    pub lot: Option<LotSaid>,
    /// How they stand, where they are taken from or counted.
    pub standing: Standing,
    /// How much.
    pub quantity: Quantity,
    /// The serial numbers of these.
    pub serials: Vec<String>,
    /// The handling unit they are put into (received) or taken out of (picked).
    pub unit: Option<UnitSaid>,
    /// From this bin.
    pub from: Option<BinId>,
    /// To this bin.
    pub to: Option<BinId>,
    /// For this shipment or order.
    pub document: Option<i64>,
}

/// What came of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The flow afterwards; if booking fails, the one before stays.
    pub flow: Flow,
    /// What a person is told.
    pub feedback: Feedback,
    /// What is to be booked now.
    pub book: Option<Booking>,
    /// What is to be taken back now.
    pub take_back: Option<MovementId>,
}

impl Flow {
    /// A task nobody has said anything in.
    pub fn new(task: Task, home: Option<BinId>) -> Self {
        Self { task, home, document: None, said: Vec::new(), asked: None, last: None }
    }

    /// What was said so far comes to this.
    pub fn slots(&self) -> Slots {
        Slots::of(self.task, &self.said)
    }

    /// What is wanted next.
    pub fn want(&self, shelf: &Shelf) -> Want {
        if self.asked.is_some() {
            return Want::Answer;
        }
        let slots = self.slots();
        match missing(self, &slots, shelf) {
            Some(Missing::Goods) if slots.bin.is_none() && slots.unit.is_none() => Want::GoodsOrBin,
            Some(Missing::Goods) => Want::Goods,
            Some(Missing::Bin) => match self.task {
                Task::PutAway | Task::Receive => Want::Target,
                _ => Want::Bin,
            },
            Some(Missing::Target) => Want::Target,
            Some(Missing::Lot) => Want::Lot,
            None => Want::Confirm,
        }
    }

    /// The lots that can be meant, the first to expire first.
    pub fn lots(&self, shelf: &Shelf) -> Vec<LotId> {
        lots_there(self, &self.slots(), shelf)
    }

    /// How much could be taken of what was said, where that is known; of what is expected, how much is.
    pub fn there(&self, shelf: &Shelf) -> Option<Quantity> {
        judge::all_there(self, &self.slots(), shelf)
    }

    fn with(&self, said: Said) -> Self {
        let mut next = Flow { asked: None, ..self.clone() };
        next.said.push(said);
        next
    }
}

/// Takes one input.
pub fn step(flow: &Flow, input: &Input, shelf: &Shelf) -> Step {
    if let Some(asked) = &flow.asked
        && let Some(answered) = answer(flow, asked, input, shelf)
    {
        return answered;
    }
    // Who goes on without an answer has answered with no.
    let flow = &Flow { asked: None, ..flow.clone() };
    match input {
        Input::Scan { text, meanings } => scanned(flow, text, meanings, shelf),
        Input::Number(quantity) => number(flow, *quantity, shelf),
        Input::All => match judge::all_there(flow, &flow.slots(), shelf) {
            Some(quantity) => number(flow, quantity, shelf),
            None => wrong(flow, Wrong::GoodsFirst),
        },
        Input::Enter => enter(flow, shelf),
        Input::Undo => undo(flow),
        Input::Cancel => {
            let cleared = Flow { document: None, said: Vec::new(), ..flow.clone() };
            accepted(cleared, Taken::Cancelled)
        }
        Input::Choose(_) => wrong(flow, Wrong::NothingAsked),
    }
}

fn accepted(flow: Flow, taken: Taken) -> Step {
    Step { flow, feedback: Feedback::Accepted(taken), book: None, take_back: None }
}

fn wrong(flow: &Flow, wrong: Wrong) -> Step {
    Step { flow: flow.clone(), feedback: Feedback::Wrong(wrong), book: None, take_back: None }
}

fn ask(flow: &Flow, asked: Asked) -> Step {
    let flow = Flow { asked: Some(asked), ..flow.clone() };
    Step { flow, feedback: Feedback::Ask, book: None, take_back: None }
}

/// What an input says to a question; `None`: nothing.
fn answer(flow: &Flow, asked: &Asked, input: &Input, shelf: &Shelf) -> Option<Step> {
    let open = Flow { asked: None, ..flow.clone() };
    let choice = |count: usize| match input {
        Input::Choose(at) => (*at < count).then_some(*at),
        Input::Number(quantity) if quantity.0 % Quantity::ONE.0 == 0 => {
            usize::try_from(quantity.0 / Quantity::ONE.0).ok()?.checked_sub(1).filter(|at| *at < count)
        }
        _ => None,
    };
    match (asked, input) {
        (_, Input::Undo | Input::Cancel) => Some(accepted(open, Taken::Undone)),
        (Asked::Which(meanings), _) => {
            let at = choice(meanings.len())?;
            Some(take(&open, &meanings[at], shelf))
        }
        (Asked::Lot(lots), _) => {
            let lot = shelf.lot(*lots.get(choice(lots.len())?)?)?;
            let said = LotSaid { id: Some(lot.id), code: lot.code.clone(), expiry: None };
            Some(say(&open, Said::Lot(said), Taken::Lot, shelf))
        }
        (Asked::Agree(what), Input::Enter | Input::Choose(0)) => {
            Some(say(&open, Said::Agreed(what.clone()), Taken::Quantity, shelf))
        }
        (Asked::TakeBack(last), Input::Enter | Input::Choose(0)) => {
            let flow = Flow { last: None, ..open };
            Some(Step {
                flow,
                feedback: Feedback::Accepted(Taken::Undone),
                book: None,
                take_back: Some(*last),
            })
        }
        _ => None,
    }
}

fn scanned(flow: &Flow, text: &str, meanings: &[Meaning], shelf: &Shelf) -> Step {
    match meanings {
        [] => {
            let code = text.trim();
            let lot = matches!(flow.task, Task::Receive | Task::Count) && flow.want(shelf) == Want::Lot;
            if lot && (1..=judge::LOT_CHARS_MAX).contains(&code.chars().count()) {
                let said = LotSaid { id: None, code: code.to_owned(), expiry: None };
                return say(flow, Said::Lot(said), Taken::Lot, shelf);
            }
            wrong(flow, Wrong::Unknown)
        }
        [one] => take(flow, one, shelf),
        several => {
            // A code that fits in only one of its meanings is meant so.
            let fits: Vec<&Meaning> = several
                .iter()
                .filter(|one| !matches!(take(flow, one, shelf).feedback, Feedback::Wrong(_)))
                .collect();
            match fits[..] {
                [] => take(flow, &several[0], shelf),
                [one] => take(flow, one, shelf),
                _ => ask(flow, Asked::Which(fits.into_iter().cloned().collect())),
            }
        }
    }
}

/// Takes one meaning of a code.
fn take(flow: &Flow, meaning: &Meaning, shelf: &Shelf) -> Step {
    let slots = flow.slots();
    match meaning {
        Meaning::Document(_) if !matches!(flow.task, Task::Receive | Task::Pick) => {
            wrong(flow, Wrong::NotHere)
        }
        Meaning::Document(document) => {
            if !slots.empty_but_bin() {
                return wrong(flow, Wrong::FinishFirst);
            }
            accepted(Flow { document: Some(*document), ..flow.clone() }, Taken::Document)
        }
        Meaning::Bin(bin) => {
            let again = slots.bin == Some(*bin);
            if slots.has_goods() && flow.task != Task::Move {
                match slots.bin {
                    // The bin once more says: that's it.
                    Some(_) if again => return enter(flow, shelf),
                    Some(said) => return wrong(flow, Wrong::OtherBin { said, read: *bin }),
                    None => {}
                }
            }
            say(flow, Said::Bin(*bin), Taken::Bin, shelf)
        }
        Meaning::Goods(goods) => {
            let beside = goods.lot_only && slots.item == Some(goods.item);
            match &goods.lot {
                Some(lot) if beside => say(flow, Said::Lot(lot.clone()), Taken::Lot, shelf),
                _ => say(flow, Said::Goods(goods.clone()), Taken::Goods, shelf),
            }
        }
        Meaning::Unit(unit) => say(flow, Said::Unit(unit.clone()), Taken::Unit, shelf),
    }
}

fn number(flow: &Flow, quantity: Quantity, shelf: &Shelf) -> Step {
    say(flow, Said::Quantity(quantity), Taken::Quantity, shelf)
}

/// Adds what was said, if it agrees with the rest; books if nothing is missing and it was meant so.
fn say(flow: &Flow, said: Said, taken: Taken, shelf: &Shelf) -> Step {
    if flow.said.len() >= SAID_MAX {
        return wrong(flow, Wrong::TooMuch);
    }
    let before = flow.slots();
    let next = flow.with(said.clone());
    let slots = next.slots();
    if let Some(why) = judge(&next, &before, &said, &slots, shelf) {
        return wrong(flow, why);
    }
    if slots.meant() {
        let closed = close(&next, shelf, Some(taken));
        return match closed.feedback {
            Feedback::Wrong(why) => wrong(flow, why),
            _ => closed,
        };
    }
    accepted(next, taken)
}

/// Books if nothing is missing; asks where a question is open.
fn close(flow: &Flow, shelf: &Shelf, taken: Option<Taken>) -> Step {
    let slots = flow.slots();
    match missing(flow, &slots, shelf) {
        Some(Missing::Lot) => {
            let lots = lots_there(flow, &slots, shelf);
            // Of goods that come in any lot may be new: it is read or typed, and those that are here are shown.
            if lots.is_empty() {
                let taken = taken.unwrap_or(Taken::Quantity);
                return accepted(flow.clone(), taken);
            }
            return ask(flow, Asked::Lot(lots));
        }
        Some(_) => {
            return match taken {
                Some(taken) => accepted(flow.clone(), taken),
                None => wrong(flow, Wrong::NotYet),
            };
        }
        None => {}
    }
    if let Some(question) = questions(flow, &slots, shelf) {
        return ask(flow, Asked::Agree(question));
    }
    match judge::booking(flow, &slots, shelf) {
        Ok(booking) => {
            let said = match slots.bin.filter(|_| slots.bin_first) {
                Some(bin) => vec![Said::Bin(bin)],
                None => Vec::new(),
            };
            let flow = Flow { said, asked: None, ..flow.clone() };
            Step { flow, feedback: Feedback::Done, book: Some(booking), take_back: None }
        }
        Err(why) => wrong(flow, why),
    }
}

fn enter(flow: &Flow, shelf: &Shelf) -> Step {
    let slots = flow.slots();
    if !slots.has_goods() {
        return wrong(flow, Wrong::NothingSaid);
    }
    match missing(flow, &slots, shelf) {
        // Without a lot to choose from, Enter says that there is none.
        Some(Missing::Lot) if lots_there(flow, &slots, shelf).is_empty() => {
            say(flow, Said::NoLot, Taken::Lot, shelf)
        }
        Some(Missing::Lot) if slots.go => close(flow, shelf, None),
        Some(Missing::Lot) => close(&flow.with(Said::Go), shelf, None),
        _ => {
            let closed = close(flow, shelf, None);
            match closed.feedback {
                // After the answer it is booked without another Enter.
                Feedback::Ask if !slots.go => close(&flow.with(Said::Go), shelf, None),
                _ => closed,
            }
        }
    }
}

fn undo(flow: &Flow) -> Step {
    let mut next = flow.clone();
    // What only Enter said goes with the scan before it.
    while matches!(next.said.last(), Some(Said::Go | Said::Agreed(_))) {
        next.said.pop();
    }
    if next.said.pop().is_some() || next.document.take().is_some() {
        return accepted(next, Taken::Undone);
    }
    match flow.last {
        Some(last) => ask(flow, Asked::TakeBack(last)),
        None => wrong(flow, Wrong::NothingSaid),
    }
}
