//! Codes of the contract to sentences of a language: what an alarm says, why a proposal is made, what a finding means.
//!
//! Pure. Unknown codes are shown as they came: a newer host may know more than this screen.

use crate::format::{self, Fmt, NB};
use crate::i18n::{Lang, W};
use contract::{
    AlarmRow, ApiError, ChannelRow, Code, FindingRow, ItemDetail, MarkRow, ProposalDetail, ProposalRow,
};
use units::{Day, Milli, Millis, Timestamp};

/// Class, shape and word of a priority. The shape says it where colour can't.
pub fn priority(name: &str) -> (&'static str, &'static str, W) {
    match name {
        "critical" => ("c", "■", W::PriorityCritical),
        "high" => ("h", "▲", W::PriorityHigh),
        "medium" => ("m", "◆", W::PriorityMedium),
        _ => ("l", "●", W::PriorityLow),
    }
}

/// The priorities, most urgent first.
pub const PRIORITIES: [&str; 4] = ["critical", "high", "medium", "low"];

/// Class and shape of a finding's severity.
pub fn severity_mark(name: &str) -> (&'static str, &'static str) {
    match name {
        "Error" => ("h", "▲"),
        "Warning" => ("m", "◆"),
        _ => ("l", "●"),
    }
}

/// What kind of failure.
pub fn code(code: Code) -> W {
    match code {
        Code::BadInput => W::CodeBadInput,
        Code::NotFound => W::CodeNotFound,
        Code::NotAllowed => W::CodeNotAllowed,
        Code::Conflict => W::CodeConflict,
        Code::Unavailable => W::CodeUnavailable,
        Code::DiskFull => W::CodeDiskFull,
        Code::Storage => W::CodeStorage,
        Code::Cancelled => W::CodeCancelled,
        Code::Model => W::CodeModel,
        Code::Bug => W::CodeBug,
    }
}

/// What to do about it.
pub fn remedy(code: Code) -> W {
    match code {
        Code::BadInput => W::RemedyBadInput,
        Code::NotFound => W::RemedyNotFound,
        Code::NotAllowed => W::RemedyNotAllowed,
        Code::Conflict => W::RemedyConflict,
        Code::Unavailable => W::RemedyUnavailable,
        Code::DiskFull => W::RemedyDiskFull,
        Code::Storage => W::RemedyStorage,
        Code::Cancelled => W::RemedyCancelled,
        Code::Model => W::RemedyModel,
        Code::Bug => W::RemedyBug,
    }
}

/// A failure in a line.
pub fn error_text(fmt: &Fmt, error: &ApiError) -> String {
    let mut text = format!("{}: {}", fmt.t(code(error.code)), error.message);
    if !error.trace_id.is_empty() {
        text.push_str(&format!(" ({} {})", fmt.t(W::Trace), error.trace_id));
    }
    text
}

/// The codes that files are told by.
pub const FINDINGS: [&str; 25] = [
    "Truncated",
    "NotText",
    "MissingColumn",
    "IgnoredColumn",
    "WrongFieldCount",
    "EmptyField",
    "NotANumber",
    "NotADate",
    "AmbiguousDate",
    "AmbiguousNumber",
    "OutOfRange",
    "Duplicate",
    "NotAPlace",
    "NotATime",
    "WindowReversed",
    "AssumedWeight",
    "AssumedDay",
    "VehicleNoCapacity",
    "VehicleNoShift",
    "NotAnEndpoint",
    "NotASetup",
    "Pickup",
    "NotKept",
    "Corrected",
    "ByPosition",
];

/// The word of a finding's code.
pub fn finding_word(code: &str) -> Option<W> {
    Some(match code {
        "Truncated" => W::FindTruncated,
        "NotText" => W::FindNotText,
        "MissingColumn" => W::FindMissingColumn,
        "IgnoredColumn" => W::FindIgnoredColumn,
        "WrongFieldCount" => W::FindWrongFieldCount,
        "EmptyField" => W::FindEmptyField,
        "NotANumber" => W::FindNotANumber,
        "NotADate" => W::FindNotADate,
        "AmbiguousDate" => W::FindAmbiguousDate,
        "OutOfRange" => W::FindOutOfRange,
        "Duplicate" => W::FindDuplicate,
        "AssumedLeadTime" => W::FindAssumedLeadTime,
        "AssumedOnHand" => W::FindAssumedOnHand,
        "AssumedUnitCost" => W::FindAssumedUnitCost,
        "AssumedPackSize" => W::FindAssumedPackSize,
        "AssumedSupplier" => W::FindAssumedSupplier,
        "StaleHistory" => W::FindStaleHistory,
        "ShortHistory" => W::FindShortHistory,
        "ModelFailed" => W::FindModelFailed,
        "NetUnavailable" => W::FindNetUnavailable,
        "NotAPlace" => W::FindNotAPlace,
        "NotATime" => W::FindNotATime,
        "WindowReversed" => W::FindWindowReversed,
        "AssumedWeight" => W::FindAssumedWeight,
        "VehicleNoCapacity" => W::FindVehicleNoCapacity,
        "VehicleNoShift" => W::FindVehicleNoShift,
        "Unreachable" => W::FindUnreachable,
        "TooLarge" => W::FindTooLarge,
        "WindowClosed" => W::FindWindowClosed,
        "NoRoads" => W::FindNoRoads,
        "NotAnEndpoint" => W::FindingNotAnEndpoint,
        "NotASetup" => W::FindingNotASetup,
        "AmbiguousNumber" => W::FindAmbiguousNumber,
        "AssumedDay" => W::FindAssumedDay,
        "Pickup" => W::FindPickup,
        "NotKept" => W::FindNotKept,
        "Corrected" => W::FindCorrected,
        "ByPosition" => W::FindByPosition,
        _ => return None,
    })
}

/// What to do about a finding of a file.
pub fn finding_remedy(code: &str) -> Option<W> {
    Some(match code {
        "Truncated" | "NotText" => W::FixTruncated,
        "MissingColumn" => W::FixMissingColumn,
        "IgnoredColumn" => W::FixIgnoredColumn,
        "WrongFieldCount" => W::FixWrongFieldCount,
        "EmptyField" => W::FixEmptyField,
        "NotANumber" => W::FixNotANumber,
        "NotADate" => W::FixNotADate,
        "AmbiguousDate" => W::FixAmbiguousDate,
        "AmbiguousNumber" => W::FixAmbiguousNumber,
        "OutOfRange" | "WindowReversed" | "VehicleNoCapacity" => W::FixOutOfRange,
        "Duplicate" => W::FixDuplicate,
        "NotAPlace" => W::FixNotAPlace,
        "NotATime" => W::FixNotATime,
        "NotKept" => W::FixNotKept,
        "ByPosition" => W::FixByPosition,
        "AssumedDay" | "AssumedWeight" | "Pickup" => W::FixAssumed,
        _ => return None,
    })
}

/// A figure of the site that an import changes.
pub fn import_total(fmt: &Fmt, name: &str) -> String {
    let word = match name {
        "items" => W::TotalItems,
        "on_hand" => W::TotalOnHand,
        "order_lines" => W::TotalOrderLines,
        "ordered" => W::TotalOrdered,
        "suppliers" => W::TotalSuppliers,
        "customers" => W::TotalCustomers,
        "vehicles" => W::TotalVehicles,
        "bins" => W::TotalBins,
        _ => return name.to_owned(),
    };
    fmt.t(word).to_owned()
}

/// Why something of an import stays.
pub fn import_kept(fmt: &Fmt, because: &str) -> String {
    let word = match because {
        "moved-on" => W::KeptMovedOn,
        "in-later-file" => W::KeptLaterFile,
        "changed-since" => W::KeptChanged,
        "in-use" => W::KeptInUse,
        _ => return because.to_owned(),
    };
    fmt.t(word).to_owned()
}

/// A finding's code for people.
pub fn finding_name(fmt: &Fmt, code: &str) -> String {
    finding_word(code).map_or_else(|| code.to_owned(), |w| fmt.t(w).to_owned())
}

/// A finding in a sentence.
pub fn finding(fmt: &Fmt, f: &FindingRow) -> String {
    let mut text = finding_name(fmt, &f.code);
    if !f.subject.is_empty() {
        text.push_str(&format!(": {}", f.subject));
    }
    if !f.detail.is_empty() {
        text.push_str(&format!(" · {}", f.detail));
    }
    text
}

/// An amount with its unit of measure, where one is known.
pub fn with_uom(quantity: units::Quantity, unit: &str) -> String {
    let text = format::qty(quantity);
    if unit.is_empty() { text } else { format!("{text}{NB}{unit}") }
}

/// A value with its unit.
pub fn with_unit(value: Milli, unit: &str) -> String {
    format!("{}{NB}{unit}", format::value(value))
}

/// Room and channel, or the device.
pub fn alarm_place(a: &AlarmRow) -> String {
    match (&a.zone_name, &a.channel_name, &a.device_name) {
        (Some(zone), Some(channel), _) if channel.contains(zone.as_str()) => channel.clone(),
        (Some(zone), Some(channel), _) if !zone.is_empty() => format!("{zone} · {channel}"),
        (_, Some(channel), _) => channel.clone(),
        (_, None, Some(device)) => device.clone(),
        (Some(zone), None, None) => zone.clone(),
        _ => String::new(),
    }
}

/// What is wrong.
pub fn alarm_title(fmt: &Fmt, a: &AlarmRow) -> String {
    let place = alarm_place(a);
    let limit = a.limit.map(|l| with_unit(l, &a.unit)).unwrap_or_default();
    match a.kind.as_str() {
        "High" => fmt.fill(W::AlarmHigh, &[&place, &limit]),
        "Low" => fmt.fill(W::AlarmLow, &[&place, &limit]),
        "NoData" => fmt.fill(W::AlarmNoData, &[&place]),
        "DeviceFault" => fmt.fill(W::AlarmDeviceFault, &[&place]),
        "EndpointLost" => {
            let endpoint = a.endpoint.as_deref().unwrap_or(&place);
            fmt.fill(W::AlarmEndpoint, &[endpoint, &a.devices.join(", ")])
        }
        "Calibration" => fmt.fill(W::AlarmCalibration, &[&place]),
        "Recording" => fmt.t(W::AlarmRecording).to_owned(),
        "Backup" => fmt.t(W::AlarmBackup).to_owned(),
        "Damage" => fmt.t(W::AlarmDamage).to_owned(),
        other => format!("{place} · {other}"),
    }
}

/// How it stands.
pub fn alarm_line(fmt: &Fmt, a: &AlarmRow, now: Timestamp) -> String {
    let mut parts = Vec::new();
    if let Some(value) = a.now {
        parts.push(fmt.fill(W::NowValue, &[&with_unit(value, &a.unit)]));
    }
    if let Some(cleared) = a.cleared_at {
        parts.push(fmt.fill(W::ClearedAt, &[&fmt.when(cleared, now)]));
    } else {
        parts.push(fmt.fill(W::SinceTime, &[&fmt.when(a.raised_at, now)]));
    }
    if let Some(until) = a.shelved_until
        && until > now
    {
        parts.push(fmt.fill(W::ShelvedUntil, &[&fmt.when(until, now)]));
    }
    if let Some(by) = &a.acknowledged_by {
        parts.push(fmt.fill(W::AcknowledgedBy, &[by]));
    }
    parts.join(" · ")
}

/// Cause, consequence and action of a kind of alarm.
pub fn alarm_help(kind: &str) -> [W; 3] {
    match kind {
        "High" => [W::CauseHigh, W::ConsequenceLimit, W::ActionHigh],
        "Low" => [W::CauseLow, W::ConsequenceLimit, W::ActionLow],
        "NoData" => [W::CauseNoData, W::ConsequenceNoData, W::ActionNoData],
        "EndpointLost" => [W::CauseEndpoint, W::ConsequenceNoData, W::ActionEndpoint],
        "DeviceFault" => [W::CauseDeviceFault, W::ConsequenceNoData, W::ActionDeviceFault],
        "Backup" => [W::CauseBackup, W::ConsequenceBackup, W::ActionBackup],
        "Damage" => [W::CauseDamage, W::ConsequenceDamage, W::ActionDamage],
        "Calibration" => [W::CauseCalibration, W::ConsequenceCalibration, W::ActionCalibration],
        _ => [W::CauseRecording, W::ConsequenceRecording, W::ActionRecording],
    }
}

/// What happened on a line of a chart. Never a code: what a newer console calls otherwise is an alarm all the same.
pub fn event(fmt: &Fmt, row: &MarkRow) -> String {
    let day = row.day.map(|day| day.to_string()).unwrap_or_default();
    match row.kind.as_str() {
        "Acknowledged" => fmt.fill(W::AcknowledgedBy, &[&row.detail]),
        "Calibrated" => fmt.fill(W::EventCalibrated, &[&row.detail, &day]),
        "CalibrationDue" => fmt.fill(W::EventCalibrationDue, &[&row.detail, &day]),
        "CalibrationExpired" => fmt.fill(W::EventCalibrationEnded, &[&row.detail, &day]),
        _ => alarm_kind(fmt, &row.detail),
    }
}

/// A kind of alarm in a word or two.
pub fn alarm_kind(fmt: &Fmt, kind: &str) -> String {
    let word = match kind {
        "High" => W::EventHigh,
        "Low" => W::EventLow,
        "NoData" => W::EventNoData,
        "DeviceFault" => W::EventDeviceGone,
        "EndpointLost" => W::EventEndpointGone,
        "Recording" => W::EventRecording,
        "Backup" => W::EventBackup,
        "Damage" => W::EventDamage,
        "Calibration" => W::EventCalibration,
        _ => W::EventOther,
    };
    fmt.t(word).to_owned()
}

/// The state of a proposal.
pub fn proposal_state(state: &str) -> Option<W> {
    Some(match state {
        "Draft" => W::TabDraft,
        "Approved" => W::TabApproved,
        "Ordered" => W::TabOrdered,
        "Dismissed" => W::TabDismissed,
        _ => return None,
    })
}

/// An event with whose it is; the site's own has no name.
pub fn event_of(fmt: &Fmt, row: &MarkRow) -> String {
    let said = event(fmt, row);
    if row.name.is_empty() { said } else { format!("{} {said}", row.name) }
}

/// Whether an event goes on until something ends it, rather than being an instant.
pub fn event_lasts(row: &MarkRow) -> bool {
    !matches!(row.kind.as_str(), "Acknowledged" | "Calibrated")
}

/// How long an alarm lasts or lasted.
pub fn alarm_span(a: &AlarmRow, now: Timestamp) -> Millis {
    a.cleared_at.unwrap_or(now) - a.raised_at
}

/// Low to high, with what is there.
pub fn limits(low: Option<Milli>, high: Option<Milli>) -> String {
    match (low, high) {
        (Some(low), Some(high)) if low.0 < 0 => format!("{} … {}", format::value(low), format::value(high)),
        (Some(low), Some(high)) => format!("{}–{}", format::value(low), format::value(high)),
        (Some(low), None) => format!("≥{NB}{}", format::value(low)),
        (None, Some(high)) => format!("≤{NB}{}", format::value(high)),
        (None, None) => "—".into(),
    }
}

/// What is proposed.
pub fn proposal_title(fmt: &Fmt, p: &ProposalRow) -> String {
    let quantity = format::qty(p.quantity);
    match &p.supplier_name {
        Some(supplier) if !supplier.is_empty() => fmt.fill(W::OrderFrom, &[&quantity, &p.name, supplier]),
        _ => fmt.fill(W::OrderPlain, &[&quantity, &p.name]),
    }
}

/// When it runs out, how sure, until when to order.
pub fn proposal_line(fmt: &Fmt, p: &ProposalRow, today: Day) -> String {
    let mut parts = Vec::new();
    if let Some(day) = p.stock_out_day {
        let when = if day <= today { fmt.t(W::TodayWord).to_owned() } else { fmt.weekday(day, today) };
        parts.push(fmt.fill(W::RunsOut, &[&when, &chance(fmt, p.stock_out_chance)]));
    } else {
        parts.push(fmt.fill(W::RunsOutChance, &[&chance(fmt, p.stock_out_chance)]));
    }
    parts.push(order_by(fmt, p.order_by, today));
    if let Some(by) = &p.override_by {
        parts.push(fmt.fill(W::OverrideBy, &[by]));
    }
    if !p.assumed.is_empty() {
        parts.push(fmt.fill(W::CountAssumed, &[&p.assumed.len().to_string()]));
    }
    parts.join(" · ")
}

/// A chance that may not be known.
pub fn chance(fmt: &Fmt, chance: Option<units::Permille>) -> String {
    chance.map_or_else(|| "—".to_owned(), |chance| fmt.chance(chance))
}

/// Days of an override: one, or from and to.
pub fn day_span(fmt: &Fmt, from: Day, to: Day, today: Day) -> String {
    if from == to {
        fmt.day_near(from, today)
    } else {
        format!("{} – {}", fmt.day_near(from, today), fmt.day_near(to, today))
    }
}

/// The latest day to order.
pub fn order_by(fmt: &Fmt, day: Day, today: Day) -> String {
    if day <= today {
        fmt.t(W::OrderToday).to_owned()
    } else {
        fmt.fill(W::OrderBy, &[&fmt.weekday(day, today)])
    }
}

/// Why this much, now: the argument in two sentences.
pub fn proposal_reason(fmt: &Fmt, d: &ProposalDetail) -> String {
    let per_day = format::qty(d.demand_per_day);
    let have = with_uom(d.available.plus(d.on_order), &d.row.unit);
    let lead = fmt.days(d.lead_time_days);
    let cover = cover_days(d.available.plus(d.on_order).0, d.demand_per_day.0);
    let first = match cover {
        Some(tenths) => fmt.fill(W::ReasonCover, &[&have, &per_day, &format::tenths(tenths), &lead]),
        None => fmt.fill(W::ReasonNoDemand, &[&have, &lead]),
    };
    let second = fmt.fill(
        W::ReasonTarget,
        &[
            &format::qty(d.reorder_point),
            &fmt.days(u32::from(d.lead_time_days) + u32::from(d.review_period_days)),
            &fmt.percent(d.service_level),
            &format::qty(d.order_up_to),
        ],
    );
    let mut all = vec![first, second];
    for one in &d.overrides {
        all.push(fmt.fill(
            W::ReasonOverride,
            &[
                &one.by,
                &day_span(fmt, one.from, one.to, d.day),
                &format::qty(one.value),
                &format::qty(one.baseline),
            ],
        ));
    }
    if let Some(reorder) = d.wanted_reorder {
        all.push(fmt.fill(W::ReasonWantedReorder, &[&format::qty(reorder)]));
    }
    if let Some(most) = d.wanted_most {
        all.push(fmt.fill(W::ReasonWantedMost, &[&format::qty(most)]));
    }
    if d.what_if {
        all.push(match d.budget {
            Some(budget) => fmt.fill(W::ReasonWhatIfBudget, &[&fmt.money(budget)]),
            None => fmt.t(W::ReasonWhatIf).to_owned(),
        });
    }
    all.join(if fmt.lang == Lang::En { " " } else { "" })
}

/// Days of cover in tenths; `None` without demand.
pub fn cover_days(available: i64, per_day: i64) -> Option<i64> {
    (per_day > 0)
        .then(|| i64::try_from(i128::from(available) * 10 / i128::from(per_day)).unwrap_or(i64::MAX).max(0))
}

/// The sum behind a quantity: what, how much, from where.
pub fn proposal_sum(fmt: &Fmt, d: &ProposalDetail) -> Vec<(String, String, String)> {
    let t = |w: W| fmt.t(w).to_owned();
    let q = |q: units::Quantity| with_uom(q, &d.row.unit);
    let assumed = |name: &str| {
        if d.row.assumed.iter().any(|a| a == name) {
            format!(" · {}", fmt.t(W::Assumed))
        } else {
            String::new()
        }
    };
    let need = d.order_up_to.minus(d.available).minus(d.on_order);
    let mut lines = Vec::new();
    if !d.overrides.is_empty() {
        lines.push((t(W::Baseline), q(d.baseline_over_cover), t(W::SumBaseline)));
        for one in &d.overrides {
            let change = one.value.minus(one.baseline);
            let sign = if change.0 < 0 { "−" } else { "+" };
            lines.push((
                fmt.fill(W::OverrideBy, &[&one.by]),
                format!("{sign}{NB}{}", q(units::Quantity(change.0.abs()))),
                day_span(fmt, one.from, one.to, d.day),
            ));
        }
    }
    lines.extend([
        (
            t(W::DemandOverCover),
            q(d.demand_over_cover),
            fmt.fill(
                W::SumDemand,
                &[
                    &format::qty(d.demand_per_day),
                    &d.lead_time_days.to_string(),
                    &d.review_period_days.to_string(),
                ],
            ) + &assumed("lead_time"),
        ),
        (
            t(W::SafetyStock),
            format!("+{NB}{}", q(d.safety_stock)),
            match d.wanted_reorder {
                Some(reorder) => fmt.fill(W::SumWanted, &[&fmt.percent(d.service_level), &q(reorder)]),
                None => fmt.fill(W::SumSafety, &[&fmt.percent(d.service_level)]),
            },
        ),
        (t(W::ReorderPoint), format!("={NB}{}", q(d.reorder_point)), t(W::SumReorderPoint)),
        (
            t(W::NextReview),
            format!("+{NB}{}", q(d.order_up_to.minus(d.reorder_point))),
            fmt.fill(W::SumNextReview, &[&d.review_period_days.to_string()]),
        ),
        (t(W::OrderUpTo), format!("={NB}{}", q(d.order_up_to)), String::new()),
        (t(W::Available), format!("−{NB}{}", q(d.available)), t(W::SumAvailable) + &assumed("on_hand")),
        (t(W::OnOrder), format!("−{NB}{}", q(d.on_order)), t(W::SumOnOrder)),
        (t(W::Needed), format!("={NB}{}", q(need)), String::new()),
        (t(W::ToOrder), q(d.row.quantity), fmt.fill(W::SumPacks, &[&q(d.pack_size)]) + &assumed("pack_size")),
        (
            t(W::Cost),
            fmt.money(d.row.cost),
            fmt.fill(W::SumCost, &[&fmt.money_exact(d.unit_cost)]) + &assumed("unit_cost"),
        ),
    ]);
    lines
}

/// The word for a number nobody gave.
pub fn assumed_name(fmt: &Fmt, name: &str) -> String {
    match name {
        "lead_time" => fmt.t(W::LeadTime),
        "on_hand" => fmt.t(W::OnHand),
        "unit_cost" => fmt.t(W::UnitCost),
        "pack_size" => fmt.t(W::PackSize),
        "supplier" => fmt.t(W::Supplier),
        other => other,
    }
    .to_owned()
}

/// An item's stock in a sentence.
pub fn item_line(fmt: &Fmt, d: &ItemDetail, today: Day) -> String {
    let s = &d.stock;
    match (s.cover_days_tenths, s.stock_out_day) {
        _ if s.on_hand.is_none() => fmt.t(W::ItemNoStock).to_owned(),
        (Some(cover), Some(day)) => fmt.fill(
            W::ItemRunsOut,
            &[&format::tenths(cover), &fmt.weekday(day, today), &fmt.days(d.lead_time_days)],
        ),
        (Some(cover), None) => {
            fmt.fill(W::ItemCovered, &[&format::tenths(cover), &fmt.days(d.lead_time_days)])
        }
        (None, _) => fmt.t(W::ItemNoForecast).to_owned(),
    }
}

/// A forecast model for people.
pub fn model(fmt: &Fmt, name: &str) -> String {
    let word = match name {
        "SeasonalNaive" => W::ModelSeasonalNaive,
        "HistoricMean" => W::ModelHistoricMean,
        "Ses" => W::ModelSes,
        "Theta" => W::ModelTheta,
        "Ets" => W::ModelEts,
        "CrostonSba" => W::ModelCrostonSba,
        "Tsb" => W::ModelTsb,
        "Adida" => W::ModelAdida,
        "Imapa" => W::ModelImapa,
        "Combination" => W::ModelCombination,
        "OptimisedTheta" => W::ModelOptimisedTheta,
        "Arima" => W::ModelArima,
        "Mstl" => W::ModelMstl,
        "Counts" => W::ModelCounts,
        "QuantileNet" => W::ModelQuantileNet,
        other => return other.to_owned(),
    };
    fmt.t(word).to_owned()
}

/// A holiday.
pub fn holiday(fmt: &Fmt, name: &str) -> String {
    let word = match name {
        "NewYear" => W::HolidayNewYear,
        "SpringFestival" => W::HolidaySpringFestival,
        "Qingming" => W::HolidayQingming,
        "Easter" => W::HolidayEaster,
        "Labour" => W::HolidayLabour,
        "DragonBoat" => W::HolidayDragonBoat,
        "Independence" => W::HolidayIndependence,
        "MidAutumn" => W::HolidayMidAutumn,
        "National" => W::HolidayNational,
        "Thanksgiving" => W::HolidayThanksgiving,
        "Christmas" => W::HolidayChristmas,
        other => return other.to_owned(),
    };
    fmt.t(word).to_owned()
}

/// Class, shape and word of a device's state.
pub fn device_state(state: &str) -> (&'static str, &'static str, Option<W>) {
    match state {
        "Up" => ("", "●", Some(W::DeviceUp)),
        "Waiting" => ("", "◌", Some(W::DeviceWaiting)),
        "Late" => ("m", "◆", Some(W::DeviceLate)),
        "Silent" => ("h", "▲", Some(W::DeviceSilent)),
        "Faulty" => ("h", "▲", Some(W::DeviceFaulty)),
        "Off" => ("", "○", Some(W::DeviceOff)),
        _ => ("m", "◆", None),
    }
}

/// Why a value is none, or not believed; its word where it is not known.
pub fn value_fault(fault: &str) -> Option<W> {
    Some(match fault {
        "SensorFault" => W::FaultSensor,
        "NotANumber" => W::FaultNotANumber,
        "Suspect" => W::FaultSuspect,
        "Unknown" => W::FaultUnknown,
        _ => return None,
    })
}

/// A kind of error of a device, by its counter.
pub fn device_error(kind: &str) -> Option<W> {
    Some(match kind {
        "lost" => W::ErrLost,
        "rejected.bad_frames" => W::ErrBadFrames,
        "rejected.garbage_bytes" => W::ErrGarbage,
        "rejected.unknown_channel" => W::ErrUnknown,
        "shed" => W::ErrShed,
        "suspect" => W::ErrSuspect,
        "no_value" => W::ErrNoValue,
        "conflicts" => W::ErrConflicts,
        _ if kind.ends_with("timeout") => W::ErrTimeout,
        _ => return None,
    })
}

/// Why nothing came.
pub fn gap_reason(reason: &str) -> W {
    match reason {
        "LineLost" => W::GapLineLost,
        "Nonsense" => W::GapNonsense,
        "SwitchedOff" => W::GapSwitchedOff,
        "NotRunning" => W::GapNotRunning,
        _ => W::GapSilent,
    }
}

/// Class, shape and word of a job's state.
pub fn job_state(state: &str) -> (&'static str, &'static str, Option<W>) {
    match state {
        "Running" => ("", "▸", Some(W::JobRunning)),
        "Done" => ("", "●", Some(W::JobDone)),
        "Failed" => ("h", "▲", Some(W::JobFailed)),
        "Cancelled" => ("", "○", Some(W::JobCancelled)),
        "Interrupted" => ("m", "◆", Some(W::JobInterrupted)),
        _ => ("", "○", None),
    }
}

/// A job or an import's kind.
pub fn kind(fmt: &Fmt, kind: &str) -> String {
    let word = match kind.to_ascii_lowercase().as_str() {
        "import" => W::KindImport,
        "planning" => W::KindPlanning,
        "orders" => W::KindOrders,
        "items" => W::KindItems,
        "stock" => W::KindStock,
        "deliveries" => W::KindDeliveries,
        "vehicles" => W::KindVehicles,
        "auto" => W::KindAuto,
        "levels" => W::KindLevels,
        "places" => W::KindPlaces,
        "suppliers" => W::KindSuppliers,
        "customers" => W::KindCustomers,
        "shipments" => W::KindShipments,
        "routes" => W::KindRoutes,
        "roads" => W::KindRoads,
        "backup" => W::KindBackup,
        "daily" => W::KindDaily,
        "recall" => W::KindRecall,
        "order" => W::MoveOrder,
        "receipt" => W::MoveReceipt,
        _ => return kind.to_owned(),
    };
    fmt.t(word).to_owned()
}

/// A field of an import for people.
pub fn import_field(fmt: &Fmt, name: &str) -> String {
    let word = match name {
        "order_id" => W::FieldOrder,
        "ordered_at" => W::FieldOrderedAt,
        "sku" => W::FieldSku,
        "quantity" => W::FieldQuantity,
        "net_amount" => W::FieldAmount,
        "customer_id" => W::FieldCustomer,
        "name" => W::FieldName,
        "category" => W::FieldCategory,
        "uom" => W::FieldUnit,
        "unit_cost" => W::FieldUnitCost,
        "supplier_code" => W::FieldSupplierCode,
        "supplier_name" => W::FieldSupplier,
        "lead_time_days" => W::FieldLeadTime,
        "pack_size" => W::FieldPackSize,
        "order_quantity_min" => W::FieldOrderMin,
        "on_hand" => W::FieldOnHand,
        "allocated" => W::FieldAllocated,
        "on_order" => W::FieldOnOrder,
        "as_of" => W::FieldAsOf,
        "delivery" => W::FieldDelivery,
        "day" => W::FieldDay,
        "customer" => W::FieldRecipient,
        "address" => W::FieldAddress,
        "latitude" => W::FieldLatitude,
        "longitude" => W::FieldLongitude,
        "weight_kg" => W::FieldWeight,
        "volume_m3" => W::FieldVolume,
        "service_minutes" => W::FieldService,
        "window_from" => W::FieldWindowFrom,
        "window_to" => W::FieldWindowTo,
        "note" => W::FieldNote,
        "vehicle" => W::FieldVehicle,
        "capacity_kg" => W::FieldCapacityKg,
        "capacity_m3" => W::FieldCapacityM3,
        "shift_from" => W::FieldShiftFrom,
        "shift_to" => W::FieldShiftTo,
        "cost_fixed" => W::FieldCostFixed,
        "cost_per_km" => W::FieldCostPerKm,
        "cost_per_hour" => W::FieldCostPerHour,
        "lot" => W::ImportFieldLot,
        "expiry" => W::ImportFieldExpiry,
        "serial" => W::ImportFieldSerial,
        "bin" => W::ImportFieldBin,
        "site" => W::ImportFieldSite,
        "gtin" => W::ImportFieldGtin,
        "manufacturer" => W::ImportFieldMaker,
        "manufacturer_code" => W::ImportFieldMakerCode,
        "supplier_item" => W::ImportFieldSupplierItem,
        "lot_control" => W::ImportFieldLotControl,
        "cold_chain" => W::ImportFieldColdChain,
        "controlled" => W::ImportFieldControlled,
        "hazardous" => W::ImportFieldHazardous,
        "active" => W::ImportFieldActive,
        "tags" => W::ImportFieldTags,
        "package_price" => W::ImportFieldPackagePrice,
        "package_type" => W::ImportFieldPackageType,
        "sale_price" => W::ImportFieldSalePrice,
        "discount" => W::ImportFieldDiscount,
        "level_min" => W::ImportFieldLevelMin,
        "level_reorder" => W::ImportFieldLevelReorder,
        "level_max" => W::ImportFieldLevelMax,
        "review_days" => W::ImportFieldReviewDays,
        "abc_class" => W::ImportFieldAbcClass,
        "place_name" => W::ImportFieldPlaceName,
        "place_code" => W::ImportFieldPlaceCode,
        "place_type" => W::ImportFieldPlaceType,
        "place_parent" => W::ImportFieldPlaceParent,
        "zone" => W::ImportFieldZone,
        "x_m" => W::ImportFieldX,
        "y_m" => W::ImportFieldY,
        "level" => W::ImportFieldLevel,
        "pick_order" => W::ImportFieldTurn,
        "capacity_units" => W::ImportFieldHolds,
        "capacity_handling_units" => W::ImportFieldHoldsHu,
        "temperature_class" => W::ImportFieldClass,
        "unit_factor" => W::ImportFieldFactor,
        "length" => W::ImportFieldLength,
        "width" => W::ImportFieldWidth,
        "height" => W::ImportFieldHeight,
        "substitute" => W::ImportFieldSubstitute,
        "organization" => W::ImportFieldOrganization,
        "city" => W::ImportFieldCity,
        "postcode" => W::ImportFieldPostcode,
        "country" => W::ImportFieldCountry,
        "signed_load" => W::ImportFieldSignedLoad,
        "count" => W::ImportFieldCount,
        "profile" => W::ImportFieldProfile,
        "status" => W::ImportFieldStatus,
        "shipment" => W::ImportFieldShipment,
        "shipped_at" => W::ImportFieldShippedAt,
        "expected_at" => W::ImportFieldExpectedAt,
        "line" => W::ImportFieldLine,
        "sscc" => W::ImportFieldSscc,
        "direction" => W::ImportFieldDirection,
        "partner" => W::ImportFieldPartner,
        _ => return name.replace('_', " "),
    };
    fmt.t(word).to_owned()
}

/// A role for people.
pub fn role(fmt: &Fmt, name: &str) -> String {
    match name {
        "viewer" => fmt.t(W::RoleViewer),
        "operator" => fmt.t(W::RoleOperator),
        "manager" => fmt.t(W::RoleManager),
        "admin" => fmt.t(W::RoleAdmin),
        other => other,
    }
    .to_owned()
}

/// A kind of doubt for people.
pub fn doubt(fmt: &Fmt, kind: &str) -> String {
    let word = match kind {
        "Stuck" => W::DqStuck,
        "Spike" => W::DqSpike,
        "OutOfRange" => W::DqOutOfRange,
        "RateOfChange" => W::DqRateOfChange,
        "Repeat" => W::DqRepeat,
        "ClockDrift" => W::DqClockDrift,
        "Conflict" => W::DqConflict,
        "Questioned" => W::DqQuestioned,
        "NoNumber" => W::DqNoNumber,
        "Missing" => W::DqMissing,
        "DeviceClock" => W::DqDeviceClock,
        "CalibrationDue" => W::DqCalibrationDue,
        "CalibrationExpired" => W::DqCalibrationExpired,
        "UnitUnknown" => W::DqUnitUnknown,
        "NoLimits" => W::DqNoLimits,
        other => return other.to_owned(),
    };
    fmt.t(word).to_owned()
}

/// What a doubt means.
pub fn doubt_help(kind: &str) -> W {
    match kind {
        "Stuck" => W::DqHelpStuck,
        "Spike" => W::DqHelpSpike,
        "OutOfRange" => W::DqHelpRange,
        "RateOfChange" => W::DqHelpRate,
        "Repeat" => W::DqHelpRepeat,
        "ClockDrift" | "DeviceClock" => W::DqHelpClock,
        "Conflict" => W::DqHelpConflict,
        "NoNumber" => W::DqHelpNoNumber,
        "Missing" => W::DqHelpMissing,
        "CalibrationDue" | "CalibrationExpired" => W::DqHelpCalibration,
        "UnitUnknown" => W::DqHelpUnit,
        "NoLimits" => W::DqHelpLimits,
        _ => W::DqHelpQuestioned,
    }
}

/// What a person says of readings.
pub fn verdict(fmt: &Fmt, name: &str) -> String {
    let word = match name {
        "Good" => W::DqGood,
        "Suspect" => W::QualitySuspect,
        "Bad" => W::QualityBad,
        "Interpolated" => W::DqInterpolated,
        other => return other.to_owned(),
    };
    fmt.t(word).to_owned()
}

/// Where a calibration stands.
pub fn standing(fmt: &Fmt, name: &str) -> String {
    let word = match name {
        "Valid" => W::DqCalValid,
        "Due" => W::DqCalDue,
        "Expired" => W::DqCalExpired,
        _ => W::DqCalNone,
    };
    fmt.t(word).to_owned()
}

/// A reading's quality; nothing for a good one.
pub fn quality(fmt: &Fmt, name: &str) -> Option<&'static str> {
    match name {
        "Good" => None,
        "Bad" => Some(fmt.t(W::QualityBad)),
        _ => Some(fmt.t(W::QualitySuspect)),
    }
}

/// How a channel stands: its value, or why there is none.
pub fn channel_doubt(fmt: &Fmt, c: &ChannelRow) -> Option<String> {
    let latest = c.latest.as_ref()?;
    if c.stale { Some(fmt.t(W::Stale).to_owned()) } else { quality(fmt, &latest.quality).map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{Permille, Quantity};

    const EN: Fmt = Fmt { lang: Lang::En, offset_minutes: 480, currency: *b"CNY" };
    const ZH: Fmt = Fmt { lang: Lang::ZhHans, ..EN };

    fn alarm() -> AlarmRow {
        AlarmRow {
            id: contract::AlarmId(1),
            kind: "High".into(),
            priority: "critical".into(),
            channel: Some(contract::ChannelId(3)),
            channel_name: Some("T-111".into()),
            zone_name: Some("Cold room 2".into()),
            device: None,
            device_name: None,
            unit: "°C".into(),
            raised_at: Timestamp(1_795_360_547_000),
            cleared_at: None,
            worst: Some(Milli(9500)),
            now: Some(Milli(9300)),
            limit: Some(Milli(8000)),
            delay: Millis::minutes(10),
            acknowledged_at: None,
            acknowledged_by: None,
            note: None,
            shelved_until: None,
            endpoint: None,
            devices: Vec::new(),
        }
    }

    fn plain(text: String) -> String {
        text.replace(NB, " ")
    }

    #[test]
    fn an_alarm_says_where_and_what() {
        let a = alarm();
        assert_eq!(plain(alarm_title(&EN, &a)), "Cold room 2 · T-111 above 8.0 °C");
        assert_eq!(plain(alarm_title(&ZH, &a)), "Cold room 2 · T-111 高于 8.0 °C");
        assert_eq!(plain(alarm_line(&EN, &a, a.raised_at)), "now 9.3 °C · since 23:15");
        let silent = AlarmRow {
            kind: "NoData".into(),
            channel_name: None,
            zone_name: None,
            device_name: Some("Logger".into()),
            ..a.clone()
        };
        assert_eq!(alarm_title(&EN, &silent), "Logger sends no data");
        assert_eq!(alarm_title(&EN, &AlarmRow { kind: "New".into(), ..a }), "Cold room 2 · T-111 · New");
    }

    #[test]
    fn a_proposal_argues_with_its_numbers() {
        let today = Day::from_civil(2026, 11, 22).unwrap();
        let row = ProposalRow {
            id: contract::ProposalId(1),
            item: contract::ItemId(1),
            sku: "A".into(),
            name: "Oat milk 1 L".into(),
            unit: "EA".into(),
            supplier: None,
            supplier_name: Some("Nordmills".into()),
            quantity: Quantity::of(1240),
            cost: units::Money(992_000),
            cost_of_waiting: units::Money(341_000),
            order_by: today,
            stock_out_day: Some(today.plus(4)),
            stock_out_chance: Some(Permille(820)),
            state: "Draft".into(),
            assumed: vec!["lead_time".into()],
            decided_at: None,
            decided_by: None,
            override_by: None,
        };
        assert_eq!(proposal_title(&EN, &row), "Order 1,240 × Oat milk 1 L from Nordmills");
        assert_eq!(
            plain(proposal_line(&EN, &row, today)),
            "runs out Thu 26 Nov (P 0.82) · order today · 1 assumed"
        );
        let detail = ProposalDetail {
            row,
            day: today,
            demand_per_day: Quantity::of(41),
            demand_over_cover: Quantity::of(574),
            baseline_over_cover: Quantity::of(574),
            overrides: vec![],
            what_if: false,
            budget: None,
            safety_stock: Quantity::of(120),
            reorder_point: Quantity::of(694),
            order_up_to: Quantity::of(981),
            wanted_reorder: None,
            wanted_most: None,
            available: Quantity::of(150),
            on_order: Quantity::of(0),
            lead_time_days: 7,
            review_period_days: 7,
            service_level: Permille(950),
            pack_size: Quantity::of(10),
            unit_cost: units::Money(800),
            model: None,
            projection: vec![],
            projection_start: today,
            history: vec![],
            findings: vec![],
            note: None,
        };
        assert_eq!(
            plain(proposal_reason(&EN, &detail)),
            "150 EA at 41 a day last 3.6 days; an order placed now arrives in 7 d. Below 694 an order is due: that is \
             demand over 14 d at a service level of 95 %; it fills up to 981."
        );
        let sum = proposal_sum(&EN, &detail);
        let figures: Vec<String> = sum.iter().map(|line| plain(line.1.clone())).collect();
        assert_eq!(
            figures[..8],
            ["574 EA", "+ 120 EA", "= 694 EA", "+ 287 EA", "= 981 EA", "− 150 EA", "− 0 EA", "= 831 EA"]
        );
        assert!(sum[0].2.ends_with("assumed"), "{}", sum[0].2);
        assert_eq!(cover_days(100, 0), None);
        assert_eq!(cover_days(-5, 10), Some(0));
    }

    #[test]
    fn what_happened_on_a_line_is_said_in_words() {
        let row = |kind: &str, detail: &str, day: Option<Day>| MarkRow {
            kind: kind.into(),
            at: Timestamp(0),
            until: None,
            channel: None,
            name: "T-111".into(),
            priority: None,
            detail: detail.into(),
            day,
        };
        let day = Day::from_civil(2026, 12, 7);
        for (kind, detail, day, en, zh) in [
            ("Alarm", "High", None, "T-111 above its limit", "T-111 超上限"),
            ("Alarm", "Recording", None, "T-111 readings not recorded safely", "T-111 读数未能可靠记录"),
            ("Gap", "EndpointLost", None, "T-111 can't be reached", "T-111 无法连接"),
            (
                "Calibrated",
                "K-1",
                day,
                "T-111 calibrated as K-1 says, done on 2026-12-07",
                "T-111 已按 K-1 校准，校准日期 2026-12-07",
            ),
            (
                "CalibrationDue",
                "K-1",
                day,
                "T-111 calibration K-1 ends on 2026-12-07",
                "T-111 校准 K-1 将于 2026-12-07 到期",
            ),
            (
                "CalibrationExpired",
                "K-1",
                day,
                "T-111 calibration K-1 ended on 2026-12-07",
                "T-111 校准 K-1 已于 2026-12-07 到期",
            ),
            ("Alarm", "SomethingNewer", None, "T-111 alarm", "T-111 报警"),
        ] {
            let row = row(kind, detail, day);
            assert_eq!((event_of(&EN, &row).as_str(), event_of(&ZH, &row).as_str()), (en, zh));
        }
        let site = MarkRow { name: String::new(), ..row("Alarm", "Recording", None) };
        assert_eq!(event_of(&EN, &site), "readings not recorded safely");
        assert!(event_lasts(&site) && !event_lasts(&row("Calibrated", "K-1", day)));
    }

    #[test]
    fn every_documented_code_has_words() {
        for (error, ..) in Code::ALL {
            for lang in Lang::ALL {
                assert!(!code(error).text(lang).is_empty() && !remedy(error).text(lang).is_empty());
            }
        }
        let odd = FindingRow {
            code: "Newer".into(),
            severity: "Note".into(),
            line: None,
            subject: "x".into(),
            detail: String::new(),
        };
        assert_eq!(finding(&EN, &odd), "Newer: x");
    }
}
