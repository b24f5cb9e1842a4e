//! Reorder proposals: planning runs, decisions.

use super::Records;
use crate::{Act, Result};
use domain::{Proposal, ProposalState, Refused};
use units::{Money, ProposalId, Quantity};

/// What a person decides about a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Draft → approved.
    Approve,
    /// Draft → dismissed.
    Dismiss,
    /// Approved or dismissed → draft.
    TakeBack,
    /// Another quantity for a draft.
    ChangeQuantity(Quantity),
}

/// What became of one proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Which.
    pub id: ProposalId,
    /// As it now is, or why it does not allow this.
    pub outcome: Result<Proposal, Refused>,
}

/// What saving a planning run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanReceipt {
    /// The new proposals, in the order given.
    pub ids: Vec<ProposalId>,
    /// Older drafts that were replaced.
    pub superseded: u64,
    /// What all of the new ones cost.
    pub cost: Money,
}

impl Records {
    /// Saves a planning run: its drafts come in, older undecided drafts are superseded. One audit record.
    pub fn save_proposals(&self, act: &Act, proposals: Vec<Proposal>) -> Result<PlanReceipt> {
        crate::file::later((act, proposals))
    }

    /// Proposals in any of the states (none given: all), dearest waiting first.
    pub fn proposals(&self, states: &[ProposalState], limit: u32) -> Result<Vec<Proposal>> {
        crate::file::later((states, limit))
    }

    /// One proposal.
    pub fn proposal(&self, id: ProposalId) -> Result<Proposal> {
        crate::file::later(id)
    }

    /// Applies a decision to proposals through [`Proposal`]'s own rules, one audit record each, all in one transaction.
    /// `act.why` is the note. A refused one is left as it is and the others go on; an unknown id fails the whole call.
    pub fn decide_proposals(
        &self,
        act: &Act,
        ids: &[ProposalId],
        decision: &Decision,
    ) -> Result<Vec<Decided>> {
        crate::file::later((act, ids, decision))
    }
}
