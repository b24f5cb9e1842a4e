//! What a search hands out: routes, and why the rest was left.

/// The visits of one vehicle, in driving order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Route {
    /// Index of the vehicle.
    pub vehicle: usize,
    /// Indexes of its visits.
    pub visits: Vec<usize>,
    /// Before which of them, by their places in `visits`, it comes back to its start for more: from 1, ascending.
    pub reloads: Vec<usize>,
}

/// Why a visit is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No vehicle has a road there and back.
    Unreachable,
    /// It is more than any vehicle that can reach it holds.
    TooLarge,
    /// A vehicle with nothing else to do would come too late, or be back too late.
    WindowClosed,
    /// A vehicle could serve it, but not beside what it serves in this plan.
    NoRoom,
    /// It is optional, and serving it costs more than its prize.
    NotWorth,
}

/// A visit that no route serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unserved {
    /// Index of the visit.
    pub visit: usize,
    /// Why.
    pub reason: Reason,
}

/// A plan: routes with at least one visit each, by vehicle, and every other visit with its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Solution {
    /// Routes, by vehicle.
    pub routes: Vec<Route>,
    /// The rest, by visit.
    pub unserved: Vec<Unserved>,
}

/// How good a plan is; less is better, and an unserved visit that could be served outweighs everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost {
    /// Visits left out that are not optional.
    pub unserved: u32,
    /// Routes, and prizes forgone, in the problem's unit.
    pub total: i64,
}
