//! How enums are written in rows: small numbers that never change meaning.

use crate::records::imports::ImportKind;
use crate::records::jobs::JobState;
use crate::{Error, ErrorKind, Result};
use domain::count::CountState;
use domain::inbound::InState;
use domain::outbound::OutState;
use domain::returns::{ReturnReason, ReturnState};
use domain::stock::{LotStatus, MovementKind, ReasonCode, Standing, TemperatureClass};
use domain::{
    AlarmKind, Doubt, ForecastModel, Grain, Priority, ProposalState, Quality, RawFault, UnservedReason,
};

fn unknown(what: &str, code: i64) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "a row holds {code} where a {what} was expected; the file is damaged or from a newer program"
        ),
    )
}

macro_rules! codes {
    ($($to:ident $from:ident $type:ty { $($variant:path = $code:literal),* $(,)? })*) => { $(
        pub(crate) fn $to(value: $type) -> i64 {
            match value { $($variant => $code),* }
        }
        pub(crate) fn $from(code: i64) -> Result<$type> {
            Ok(match code { $($code => $variant,)* _ => return Err(unknown(stringify!($type), code)) })
        }
    )* };
}

codes! {
    alarm_kind_code alarm_kind AlarmKind {
        AlarmKind::High = 0, AlarmKind::Low = 1, AlarmKind::NoData = 2, AlarmKind::DeviceFault = 3,
        AlarmKind::Recording = 4, AlarmKind::EndpointLost = 5, AlarmKind::Calibration = 6,
        AlarmKind::Backup = 7, AlarmKind::Damage = 8,
    }
    priority_code priority Priority {
        Priority::Low = 0, Priority::Medium = 1, Priority::High = 2, Priority::Critical = 3,
    }
    import_kind_code import_kind ImportKind {
        ImportKind::Orders = 0, ImportKind::Items = 1, ImportKind::Stock = 2, ImportKind::Suppliers = 3,
        ImportKind::Vehicles = 4, ImportKind::Deliveries = 5, ImportKind::Places = 6,
        ImportKind::Shipments = 7, ImportKind::Customers = 8,
    }
    job_state_code job_state JobState {
        JobState::Queued = 0, JobState::Running = 1, JobState::Done = 2, JobState::Failed = 3,
        JobState::Cancelled = 4, JobState::Interrupted = 5,
    }
    movement_kind_code movement_kind MovementKind {
        MovementKind::Import = 0, MovementKind::Count = 1, MovementKind::Receipt = 2, MovementKind::Issue = 3,
        MovementKind::Opening = 4, MovementKind::Order = 5, MovementKind::Move = 6, MovementKind::Allocate = 7,
        MovementKind::Pick = 8, MovementKind::Hold = 9, MovementKind::Correct = 10, MovementKind::Return = 11,
        MovementKind::Reverse = 12,
    }
    count_state_code count_state CountState {
        CountState::Open = 0, CountState::Recount = 1, CountState::Counted = 2, CountState::Booked = 3,
        CountState::Rejected = 4,
    }
    in_state_code in_state InState {
        InState::Expected = 0, InState::Receiving = 1, InState::Received = 2, InState::PutAway = 3, InState::Cancelled = 4,
    }
    out_state_code out_state OutState {
        OutState::Open = 0, OutState::Allocated = 1, OutState::Picking = 2, OutState::Picked = 3, OutState::Packed = 4,
        OutState::Shipped = 5, OutState::Cancelled = 6,
    }
    return_state_code return_state ReturnState {
        ReturnState::Received = 0, ReturnState::Inspected = 1, ReturnState::Settled = 2,
    }
    return_reason_code return_reason ReturnReason {
        ReturnReason::WrongItem = 0, ReturnReason::Damaged = 1, ReturnReason::Expired = 2, ReturnReason::QualityDoubt = 3,
        ReturnReason::Recall = 4, ReturnReason::TooMany = 5, ReturnReason::Late = 6, ReturnReason::NotWanted = 7,
    }
    standing_code standing Standing {
        Standing::Free = 0, Standing::Allocated = 1, Standing::Picked = 2, Standing::Held = 3,
        Standing::Quarantined = 4, Standing::Expired = 5,
    }
    lot_status_code lot_status LotStatus {
        LotStatus::Available = 0, LotStatus::Held = 1, LotStatus::Quarantined = 2, LotStatus::Expired = 3,
    }
    temperature_code temperature TemperatureClass {
        TemperatureClass::Ambient = 0, TemperatureClass::Controlled = 1, TemperatureClass::Cool = 2,
        TemperatureClass::Chilled = 3, TemperatureClass::Frozen = 4, TemperatureClass::DeepFrozen = 5,
    }
    reason_code reason ReasonCode {
        ReasonCode::Counted = 0, ReasonCode::Found = 1, ReasonCode::Missing = 2, ReasonCode::Damaged = 3,
        ReasonCode::Expired = 4, ReasonCode::Stolen = 5, ReasonCode::Used = 6, ReasonCode::WrongEntry = 7,
        ReasonCode::QualityDoubt = 8, ReasonCode::Recall = 9, ReasonCode::Cleared = 10, ReasonCode::Undone = 11,
    }
    grain_code grain Grain { Grain::Daily = 0, Grain::Weekly = 1 }
    model_code model ForecastModel {
        ForecastModel::SeasonalNaive = 0, ForecastModel::HistoricMean = 1, ForecastModel::Ses = 2,
        ForecastModel::Theta = 3, ForecastModel::Ets = 4, ForecastModel::CrostonSba = 5, ForecastModel::Tsb = 6,
        ForecastModel::Adida = 7, ForecastModel::Imapa = 8, ForecastModel::QuantileNet = 9,
        ForecastModel::Combination = 10, ForecastModel::OptimisedTheta = 11, ForecastModel::Arima = 12,
        ForecastModel::Mstl = 13, ForecastModel::Counts = 14,
    }
    proposal_state_code proposal_state ProposalState {
        ProposalState::Draft = 0, ProposalState::Approved = 1, ProposalState::Ordered = 2,
        ProposalState::Dismissed = 3, ProposalState::Superseded = 4,
    }
    unserved_code unserved UnservedReason {
        UnservedReason::Unreachable = 0, UnservedReason::TooLarge = 1, UnservedReason::WindowClosed = 2,
        UnservedReason::NoRoom = 3,
    }
}

/// The word of why a delivery is on no route.
pub(crate) fn unserved_word(reason: UnservedReason) -> &'static str {
    match reason {
        UnservedReason::Unreachable => "Unreachable",
        UnservedReason::TooLarge => "TooLarge",
        UnservedReason::WindowClosed => "WindowClosed",
        UnservedReason::NoRoom => "NoRoom",
    }
}

/// The word of a state in audit rows.
pub(crate) fn proposal_state_word(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Draft => "draft",
        ProposalState::Approved => "approved",
        ProposalState::Ordered => "ordered",
        ProposalState::Dismissed => "dismissed",
        ProposalState::Superseded => "superseded",
    }
}

/// The word of an import's kind in audit rows.
pub(crate) fn import_kind_word(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Orders => "orders",
        ImportKind::Items => "items",
        ImportKind::Stock => "stock",
        ImportKind::Suppliers => "suppliers",
        ImportKind::Vehicles => "vehicles",
        ImportKind::Deliveries => "deliveries",
        ImportKind::Places => "places",
        ImportKind::Shipments => "shipments",
        ImportKind::Customers => "customers",
    }
}

/// The word of a priority in audit rows.
pub(crate) fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
        Priority::Critical => "critical",
    }
}

/// Good readings have this code, so that SQL can tell them.
pub(crate) const GOOD: i64 = 0;
/// Two values for one key.
pub(crate) const CONFLICT: i64 = 4;

pub(crate) fn quality_code(quality: Quality) -> i64 {
    match quality {
        Quality::Good => GOOD,
        Quality::Suspect(Doubt::OutOfRange) => 1,
        Quality::Suspect(Doubt::RateOfChange) => 2,
        Quality::Suspect(Doubt::ClockDrift) => 3,
        Quality::Suspect(Doubt::Conflict) => CONFLICT,
        Quality::Suspect(Doubt::Stuck) => 5,
        Quality::Suspect(Doubt::Spike) => 6,
        Quality::Suspect(Doubt::Repeat) => 7,
        Quality::Suspect(Doubt::Questioned) => 8,
        Quality::Bad(RawFault::SensorFault) => 11,
        Quality::Bad(RawFault::NotANumber) => 12,
        Quality::Bad(RawFault::Rejected) => 13,
        Quality::Interpolated => 21,
    }
}

pub(crate) fn quality(code: i64) -> Result<Quality> {
    Ok(match code {
        GOOD => Quality::Good,
        1 => Quality::Suspect(Doubt::OutOfRange),
        2 => Quality::Suspect(Doubt::RateOfChange),
        3 => Quality::Suspect(Doubt::ClockDrift),
        CONFLICT => Quality::Suspect(Doubt::Conflict),
        5 => Quality::Suspect(Doubt::Stuck),
        6 => Quality::Suspect(Doubt::Spike),
        7 => Quality::Suspect(Doubt::Repeat),
        8 => Quality::Suspect(Doubt::Questioned),
        11 => Quality::Bad(RawFault::SensorFault),
        12 => Quality::Bad(RawFault::NotANumber),
        13 => Quality::Bad(RawFault::Rejected),
        21 => Quality::Interpolated,
        other => return Err(unknown("quality", other)),
    })
}

/// Whether a quality's code means that there is no number.
pub(crate) fn is_bad(code: i64) -> bool {
    (11..21).contains(&code)
}

const ASSUMPTIONS: [&str; 8] = [
    "lead_time",
    "on_hand",
    "unit_cost",
    "pack_size",
    "supplier",
    "service_level",
    "review_period",
    "forecast",
];

/// The words of a proposal's assumptions as one text.
pub(crate) fn assumed_text(assumed: &[&'static str]) -> String {
    assumed.join(",")
}

/// And back. A word this program does not know is one from a newer one: it reads `other`.
pub(crate) fn assumed(text: &str) -> Vec<&'static str> {
    text.split(',')
        .filter(|word| !word.is_empty())
        .map(|word| ASSUMPTIONS.iter().copied().find(|known| *known == word).unwrap_or("other"))
        .collect()
}
