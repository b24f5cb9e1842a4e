//! What the docks have still to do, as the site's clock goes: each paper's next step when it is due.
//!
//! Knows the calls of [`Docks`]. What a visitor made is left to the visitor.

use super::{DESKS, Docks, PAPERS, compact, known, mixed, orders_of};
use app::App;
use contract::*;
use sim::{CatalogueItem, Warehouse};
use std::collections::HashMap;
use units::{Day, InboundId, Millis, OutboundId, Quantity, ReturnId, Timestamp};

/// Between two looks at the papers.
const LOOK: Millis = Millis::minutes(3);
/// A step of a paper takes so long at least, and at most so much longer.
const STEP: (Millis, i64) = (Millis::minutes(35), 80);
/// After a step that could not be taken it is tried again.
const AGAIN: Millis = Millis::hours(3);
/// An order's rest that could not be promised so often is given up.
const TRIES: u32 = 3;
/// A shipment that did not come on its day comes so many days late.
const LATE_DAYS: i32 = 4;
/// Shipments that suppliers announce each morning.
const DAILY: u64 = 3;

/// What is due when.
#[derive(Default)]
pub(in crate::demo) struct Rounds {
    /// Not looked before this.
    next: Timestamp,
    /// The day whose shipments are announced.
    day: Option<Day>,
    /// When the next shop orders.
    order: Option<Timestamp>,
    /// When a paper's next step is due.
    due: HashMap<Paper, Timestamp>,
    /// Papers that are looked after.
    ours: HashMap<Paper, bool>,
    /// How often a rest could not be promised.
    tried: HashMap<OutboundId, u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Paper {
    In(InboundId),
    Out(OutboundId),
    Back(ReturnId),
}

impl Paper {
    fn word(self) -> u64 {
        let (kind, id) = match self {
            Paper::In(id) => (1, id.0),
            Paper::Out(id) => (2, id.0),
            Paper::Back(id) => (3, id.0),
        };
        mixed(&[kind, id.cast_unsigned()])
    }
}

impl Rounds {
    /// Takes the steps that are due.
    pub(in crate::demo) async fn go(
        &mut self,
        app: &App,
        world: &Warehouse,
        chinese: bool,
    ) -> Result<(), ApiError> {
        let now = app.clock().now();
        if now < self.next {
            return Ok(());
        }
        self.next = now + LOOK;
        let docks = Docks::of(app, world, chinese).await?;
        self.announce(&docks).await?;
        self.take(&docks).await?;
        self.shipments(&docks).await?;
        self.orders(&docks).await?;
        self.returns(&docks).await
    }

    /// Whether a paper's step is due. A new paper's is a while from now.
    fn is_due(&mut self, paper: Paper, state: &str, now: Timestamp) -> bool {
        let part = mixed(&[paper.word(), state.len() as u64]) % STEP.1.unsigned_abs().max(1);
        let after = Millis(STEP.0.0 + Millis::minutes(i64::try_from(part).unwrap_or(0)).0);
        let due = *self.due.entry(paper).or_insert(now + after);
        let is_due = due <= now;
        if is_due {
            self.due.remove(&paper);
        }
        is_due
    }

    /// A step that was refused is tried again later: somebody else may have been quicker.
    fn after<T>(&mut self, paper: Paper, now: Timestamp, done: Result<T, ApiError>) -> Option<T> {
        match done {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::debug!("a step at the demo's docks: {}", error.message);
                self.due.insert(paper, now + AGAIN);
                None
            }
        }
    }

    /// What suppliers announce in the morning: a little of what sells.
    async fn announce(&mut self, docks: &Docks<'_>) -> Result<(), ApiError> {
        if self.day == Some(docks.today) {
            return Ok(());
        }
        let filter = format!("-{}", compact(docks.today));
        let list = ListInbound { filter, states: Vec::new(), offset: 0, limit: 1 };
        if docks.app.call(list, &docks.inward).await?.total == 0 {
            let suppliers = docks.world.suppliers();
            let day = u64::from(docks.today.0.cast_unsigned());
            let mut chosen: Vec<usize> = (0..suppliers.len()).collect();
            chosen.sort_by_key(|at| mixed(&[docks.world.seed().0, day, *at as u64]));
            for at in chosen.into_iter().take(DAILY as usize) {
                let id = suppliers[at].supplier.id;
                let mut items: Vec<&CatalogueItem> = docks
                    .world
                    .items()
                    .iter()
                    .filter(|entry| entry.item.supplier == Some(id) && entry.delisted.is_none())
                    .collect();
                items.sort_by_key(|entry| mixed(&[day, entry.item.id.0.cast_unsigned()]));
                let few = items.into_iter().take(2 + at % 3).map(|entry| {
                    let packs = 2 + mixed(&[day, entry.item.id.0.cast_unsigned(), 7]) % 5;
                    let pack = entry.item.pack_size.unwrap_or(Quantity::of(1));
                    (entry, Quantity(pack.0 * i64::try_from(packs).unwrap_or(2)))
                });
                let lines: Vec<_> = few.collect();
                if !lines.is_empty() {
                    docks.announce(at, &lines, (docks.today, None, None)).await?;
                }
            }
        }
        self.day = Some(docks.today);
        Ok(())
    }

    /// The next shop's order.
    async fn take(&mut self, docks: &Docks<'_>) -> Result<(), ApiError> {
        let wanted = orders_of(docks.world, docks.today);
        let between = Millis(Millis::hours(24).0 / (wanted.len() as i64).max(1));
        let due = *self.order.get_or_insert(docks.now + between);
        if docks.now < due {
            return Ok(());
        }
        self.order = Some(docks.now + between);
        for order in wanted {
            if !known(docks.app, &order.number).await? {
                docks.take(&order, 0, None).await?;
                break;
            }
        }
        Ok(())
    }

    async fn shipments(&mut self, docks: &Docks<'_>) -> Result<(), ApiError> {
        let states = ["expected", "receiving", "received"].map(str::to_owned).to_vec();
        let list = ListInbound { filter: String::new(), states, offset: 0, limit: PAPERS };
        for card in docks.app.call(list, &docks.inward).await?.rows {
            let paper = Paper::In(card.id);
            // What is late is so for some days.
            let coming = card.state == "expected"
                && card.expected_on.is_none_or(|day| match docks.today.0 - day.0 {
                    late @ 1.. => late < LATE_DAYS,
                    to_come => to_come < 0,
                });
            if coming || self.ours.get(&paper) == Some(&false) || !self.is_due(paper, &card.state, docks.now)
            {
                continue;
            }
            let sheet = docks.app.call(GetInbound { inbound: card.id }, &docks.inward).await?;
            let ours = sheet.ordered || DESKS.contains(&sheet.by.as_str());
            self.ours.insert(paper, ours);
            if !ours {
                continue;
            }
            let first = sheet.lines.first().filter(|_| card.state == "expected" && sheet.lines.len() > 1);
            let done = match (card.state.as_str(), first) {
                ("received", _) => docks.put_away(card.id).await,
                (_, Some(line)) => {
                    docks.receive(card.id, Some((line, line.outstanding, Quantity::ZERO))).await
                }
                _ => docks.receive(card.id, None).await,
            };
            self.after(paper, docks.now, done);
        }
        Ok(())
    }

    async fn orders(&mut self, docks: &Docks<'_>) -> Result<(), ApiError> {
        let states = ["open", "allocated", "picking", "picked", "packed"].map(str::to_owned).to_vec();
        let list = ListOutbound { filter: String::new(), states, offset: 0, limit: PAPERS };
        for card in docks.app.call(list, &docks.outward).await?.rows {
            let paper = Paper::Out(card.id);
            let later = card.ship_by.is_some_and(|day| day > docks.today);
            let known = self.ours.get(&paper).copied();
            if later || known == Some(false) || !self.is_due(paper, &card.state, docks.now) {
                continue;
            }
            let ours = match known {
                Some(ours) => ours,
                None => {
                    let by = docks.app.call(GetOutbound { outbound: card.id }, &docks.outward).await?.by;
                    let ours = DESKS.contains(&by.as_str());
                    self.ours.insert(paper, ours);
                    ours
                }
            };
            if !ours {
                continue;
            }
            // One shop in six waits for the rest.
            let waits = paper.word().is_multiple_of(6) && !card.backorder;
            let done = docks.step(card.id, &card.state, waits).await;
            let state = self.after(paper, docks.now, done);
            if card.state == "open" && state.as_deref() == Some("open") {
                self.due.insert(paper, docks.now + AGAIN);
                let tried = self.tried.entry(card.id).or_default();
                *tried += 1;
                if *tried >= TRIES {
                    docks.cancel(card.id, docks.say("not to be had", "缺货")).await?;
                }
            }
            if matches!(state.as_deref(), Some("shipped")) {
                self.ours.remove(&paper);
            }
        }
        Ok(())
    }

    async fn returns(&mut self, docks: &Docks<'_>) -> Result<(), ApiError> {
        for state in ["received", "inspected"] {
            let list = ListReturns { state: state.to_owned(), offset: 0, limit: PAPERS };
            for back in docks.app.call(list, &docks.inward).await?.rows {
                let paper = Paper::Back(back.id);
                if DESKS.contains(&back.by.as_str()) && self.is_due(paper, state, docks.now) {
                    let done = docks.settle(&back).await;
                    self.after(paper, docks.now, done);
                }
            }
        }
        Ok(())
    }
}
