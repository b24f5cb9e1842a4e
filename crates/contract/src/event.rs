//! What a screen is told without asking. One subscription a window, at most four a second a topic, latest wins.

use crate::calls::LatestReading;
use serde::{Deserialize, Serialize};

/// What an event touches. A screen refetches the calls that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// New readings.
    Readings,
    /// An alarm was raised, cleared, acknowledged or shelved.
    Alarms,
    /// A device came, went or changed its state.
    Devices,
    /// Stock or items changed.
    Stock,
    /// Forecasts were made.
    Forecasts,
    /// Proposals or purchase orders changed.
    Proposals,
    /// A job moved.
    Jobs,
    /// An import ended.
    Imports,
    /// A report was made.
    Reports,
    /// The audit grew.
    Audit,
    /// Vehicles told where they are.
    Positions,
    /// Site settings changed.
    Settings,
    /// Deliveries, vehicles, roads or a plan changed, or a solve found better.
    Fleet,
}

/// What an event carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EventBody {
    /// The first event of a subscription, and again after the stream had a hole: refetch everything.
    Snapshot,
    /// Something of the topic changed: refetch what reads it.
    Changed,
    /// The newest value of each channel that got one since the last event.
    Latest(Vec<LatestReading>),
}

/// One numbered event. Numbers rise by one within a subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number within the subscription.
    pub number: u64,
    /// What it touches.
    pub topic: Topic,
    /// What it carries.
    pub body: EventBody,
}
