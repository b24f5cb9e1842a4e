//! A reorder proposal, its reasons, and the only way to an approved one.

use units::{Day, ItemId, Millis, Money, OverrideId, Permille, ProposalId, Quantity, SupplierId, Timestamp};

/// Where a proposal stands: draft → approved → ordered, or dismissed. An approval can be taken back until it is ordered,
/// at most [`UNDO_SPAN`] after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProposalState {
    /// Suggested.
    Draft,
    /// A person said yes.
    Approved,
    /// It stands on a purchase order file.
    Ordered,
    /// A person said no.
    Dismissed,
    /// A newer planning run replaced it.
    Superseded,
}

/// An approval can be taken back for this long, unless it was ordered before.
pub const UNDO_SPAN: Millis = Millis::minutes(5);

/// What made a proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// A planning run, by the site's settings.
    #[default]
    Plan,
    /// A trial that a person took over, with what it might spend on all drafts.
    WhatIf {
        /// None: without a limit.
        budget: Option<Money>,
    },
}

/// The part an override has in a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedOverride {
    /// Which.
    pub id: OverrideId,
    /// Who made it.
    pub by: String,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// What the baseline says of the days it speaks of within lead time + review period.
    pub baseline: Quantity,
    /// What it puts there instead.
    pub value: Quantity,
}

/// The numbers a proposal was made of. Each is what was used; `assumed` names those that no file gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// Mean demand a day over the lead time and review period, whole units.
    pub demand_per_day: f64,
    /// Expected demand over lead time + review period.
    pub demand_over_cover: Quantity,
    /// The same by the baseline alone; differs where there are `overrides`.
    pub baseline_over_cover: Quantity,
    /// What people expect instead within lead time + review period.
    pub overrides: Vec<AppliedOverride>,
    /// Added against uncertainty.
    pub safety_stock: Quantity,
    /// Order when the projected stock is below this.
    pub reorder_point: Quantity,
    /// Order up to this.
    pub order_up_to: Quantity,
    /// On hand less allocated.
    pub available: Quantity,
    /// On the way.
    pub on_order: Quantity,
    /// Order to arrival.
    pub lead_time_days: u16,
    /// Between two orders.
    pub review_period_days: u16,
    /// The share of cycles without a stock-out asked for.
    pub service_level: Permille,
    /// The first day the expected demand empties the shelf, if within the horizon.
    pub stock_out_day: Option<Day>,
    /// The chance (permille) that the shelf is empty before an order placed now arrives.
    pub stock_out_chance: Permille,
    /// Orders come in multiples of this.
    pub pack_size: Quantity,
    /// What no file gave: `lead_time`, `on_hand`, `unit_cost`, `pack_size`, `supplier`.
    pub assumed: Vec<&'static str>,
    /// What made it.
    pub basis: Basis,
    /// What a manager wants to be kept.
    pub wanted: WantedLevel,
}

/// What a manager wants to be kept of an item: the computed figures are not below the one and, beyond the reorder point, not above the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WantedLevel {
    /// Order when there is no more than this.
    pub reorder: Option<Quantity>,
    /// The most there should be.
    pub most: Option<Quantity>,
}

/// Order so much of an item, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Its row; 0 before it is stored.
    pub id: ProposalId,
    /// What to order.
    pub item: ItemId,
    /// From whom.
    pub supplier: Option<SupplierId>,
    /// How much, a multiple of the pack size.
    pub quantity: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// The day it was made for.
    pub day: Day,
    /// The latest day to order so that it arrives in time.
    pub order_by: Day,
    /// What waiting costs: the further shortage, at cost, if the order is placed one review period later.
    pub cost_of_waiting: Money,
    /// Where it stands.
    pub state: ProposalState,
    /// Approved, dismissed or ordered at.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Their note.
    pub note: Option<String>,
    /// The numbers.
    pub reason: Reason,
}

/// Why a change of state is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The state does not allow it.
    #[error("the proposal is {0:?}, which does not allow this")]
    State(ProposalState),
    /// The time to take it back is over.
    #[error("an approval can be taken back for five minutes; this one is older")]
    TooLate,
    /// The quantity is not above zero.
    #[error("the quantity must be above zero")]
    Quantity,
}

impl Proposal {
    /// What the order costs.
    pub fn cost(&self) -> Money {
        self.unit_cost.times(self.quantity)
    }

    /// Draft → approved. The only way there.
    pub fn approve(&mut self, by: &str, note: Option<String>, now: Timestamp) -> Result<(), Refused> {
        self.decide(ProposalState::Approved, by, note, now)
    }

    /// Draft → dismissed.
    pub fn dismiss(&mut self, by: &str, note: Option<String>, now: Timestamp) -> Result<(), Refused> {
        self.decide(ProposalState::Dismissed, by, note, now)
    }

    fn decide(
        &mut self,
        to: ProposalState,
        by: &str,
        note: Option<String>,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if self.state != ProposalState::Draft {
            return Err(Refused::State(self.state));
        }
        (self.state, self.decided_at, self.decided_by, self.note) =
            (to, Some(now), Some(by.to_owned()), note);
        Ok(())
    }

    /// Approved → draft, within [`UNDO_SPAN`]; dismissed → draft at any time.
    pub fn take_back(&mut self, now: Timestamp) -> Result<(), Refused> {
        match (self.state, self.decided_at) {
            (ProposalState::Approved, Some(at)) if now - at > UNDO_SPAN => return Err(Refused::TooLate),
            (ProposalState::Approved | ProposalState::Dismissed, _) => {}
            (state, _) => return Err(Refused::State(state)),
        }
        (self.state, self.decided_at, self.decided_by, self.note) = (ProposalState::Draft, None, None, None);
        Ok(())
    }

    /// Approved → ordered: it stands on a purchase order.
    pub fn order(&mut self, now: Timestamp) -> Result<(), Refused> {
        if self.state != ProposalState::Approved {
            return Err(Refused::State(self.state));
        }
        (self.state, self.decided_at) = (ProposalState::Ordered, Some(now));
        Ok(())
    }

    /// Another quantity, while still a draft.
    pub fn change_quantity(&mut self, quantity: Quantity) -> Result<(), Refused> {
        match self.state {
            ProposalState::Draft if quantity.0 > 0 => {
                self.quantity = quantity;
                Ok(())
            }
            ProposalState::Draft => Err(Refused::Quantity),
            state => Err(Refused::State(state)),
        }
    }
}
