//! The frame around every page: the site, its state, decisions, settings, audit.

use crate::calls::{AlarmRow, ProposalRow};
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{Money, Permille, Quantity, Timestamp};

/// Which site this is and who is looking.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetSite {}

/// The site and the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteInfo {
    /// Its name.
    pub name: String,
    /// A demo site: simulated devices and orders; the screen always says so.
    pub demo: bool,
    /// IANA time zone.
    pub zone: String,
    /// Offset of the zone now, in minutes east of UTC.
    pub offset_minutes: i32,
    /// ISO 4217 currency.
    pub currency: String,
    /// Who is signed in.
    pub actor: String,
    /// `viewer`, `operator`, `manager` or `admin`.
    pub role: String,
    /// Version of the program.
    pub version: String,
    /// Whether anything was imported or simulated yet, to choose between a page and its first-time help.
    pub has_orders: bool,
    /// Whether any stock is known.
    pub has_stock: bool,
    /// How fast the demo's clock runs against the real one; 1 for a real site.
    pub speed: u32,
    /// As in [`Settings`].
    #[serde(default)]
    pub shown_units: Vec<String>,
}

/// The status bar and the counts on the rail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetStatus {}

/// What the status bar shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Readings are being recorded.
    pub recording: bool,
    /// Why not, where it is not: `DiskFull`, `Storage`.
    pub recording_fault: Option<String>,
    /// Readings stored in the last ten seconds, per second, in tenths.
    pub readings_per_s_tenths: u32,
    /// Devices up.
    pub devices_up: u32,
    /// Devices known.
    pub devices_total: u32,
    /// Open alarms by priority: critical, high, medium, low.
    pub alarms: [u32; 4],
    /// Draft proposals.
    pub proposals: u32,
    /// Jobs running.
    pub jobs: u32,
    /// What runs the models: `CPU`, `CUDA`, …, or none yet.
    pub provider: Option<String>,
    /// Why the net can't be used, where it can't.
    pub model_fault: Option<String>,
    /// The site's clock (simulated on a demo site).
    pub now: Timestamp,
    /// Readings dropped because a queue was full, ever.
    pub shed: u64,
    /// Channels with a doubt that nobody has seen.
    #[serde(default)]
    pub doubts: u32,
}

/// What needs a decision now, most costly to leave first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListDecisions {
    /// At most so many.
    pub limit: u32,
}

/// When a decision is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Due {
    /// Within the hour.
    Hour,
    /// Today.
    Today,
    /// This week.
    Week,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DecisionSubject {
    /// An open alarm.
    Alarm(AlarmRow),
    /// A draft proposal.
    Proposal(ProposalRow),
}

/// One thing to decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// When.
    pub due: Due,
    /// `critical`, `high`, `medium`, `low`.
    pub priority: String,
    /// What waiting costs, where it can be told.
    pub cost_of_waiting: Option<Money>,
    /// About what.
    pub subject: DecisionSubject,
}

/// The site's settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetSettings {}

/// What an administrator may set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The site's name.
    pub site_name: String,
    /// IANA time zone.
    pub zone: String,
    /// ISO 4217 currency.
    pub currency: String,
    /// Assumed order to arrival, days.
    pub lead_time_days: u16,
    /// Days between two orders.
    pub review_period_days: u16,
    /// Share of cycles without a stock-out.
    pub service_level: Permille,
    /// Assumed pack size.
    pub pack_size: Quantity,
    /// Assumed unit cost.
    pub unit_cost: Money,
    /// A manager may approve up to this at once.
    pub approval_limit: Money,
    /// Whole months of readings kept before the current one; 0 keeps all.
    #[serde(default)]
    pub months_kept: u16,
    /// Units that measured values are shown and limits are typed in, one at most of each kind; others as they are stored.
    /// Every reply that has a unit beside a channel's value has both in the shown unit.
    #[serde(default)]
    pub shown_units: Vec<String>,
}

/// Changes the settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeSettings {
    /// The new ones, whole.
    pub settings: Settings,
    /// Why.
    pub why: String,
}

/// The audit, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListAudit {
    /// At most so many.
    pub limit: u32,
}

/// One change on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its number in the chain.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What, as `proposal.approve`.
    pub action: String,
    /// On what.
    pub subject: String,
    /// Before, as JSON.
    pub old: Option<String>,
    /// After, as JSON.
    pub new: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// SHA-256 of this row and all before it.
    pub hash: String,
}

/// Recomputes the whole chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerifyAudit {}

/// What the recomputation found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditVerdict {
    /// Rows read.
    pub rows: u64,
    /// No row was edited or deleted.
    pub intact: bool,
    /// The first row that does not fit, with what is wrong with it.
    pub first_bad: Option<String>,
    /// Hash of the last row.
    pub head: String,
}

json_reply!(SiteInfo, Status, Vec<DecisionRow>, Settings, Vec<AuditRow>, AuditVerdict);
