//! What charts of readings need beside [`crate::GetSeries`]: events on the line, views kept by name, figures of a channel's
//! habits, and the readings as a file.

use crate::calls::Language;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{ChannelId, Day, Milli, Millis, Timestamp};

/// What happened to some channels and their devices in a span.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListMarks {
    /// Which, at most 20.
    pub channels: Vec<ChannelId>,
    /// From.
    pub from: Timestamp,
    /// Until.
    pub to: Timestamp,
}

/// Something on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkRow {
    /// `Alarm`, `Acknowledged`, `Gap` (nothing came from a channel, its device, or what it is reached by), `Calibrated`,
    /// `CalibrationDue`, `CalibrationExpired`.
    pub kind: String,
    /// When it began.
    pub at: Timestamp,
    /// When it was over; none for an instant, or while it lasts.
    pub until: Option<Timestamp>,
    /// The channel, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// Name of the channel, or else of the device, or of the broker, port or address that several share; empty where it is the
    /// whole site's.
    pub name: String,
    /// `critical`, `high`, `medium`, `low`; of an alarm.
    pub priority: Option<String>,
    /// The kind of the alarm; who acknowledged it; the certificate.
    pub detail: String,
    /// The day a calibration was done (`Calibrated`), or the last one that it holds.
    #[serde(default)]
    pub day: Option<Day>,
}

/// What a chart shows, kept by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartView {
    /// Its name.
    pub name: String,
    /// Its channels, in order.
    pub channels: Vec<ChannelId>,
    /// It ends now and looks back so far; else it is `from` to `to`.
    pub span: Option<Millis>,
    /// From, where it does not follow the clock.
    pub from: Option<Timestamp>,
    /// Until.
    pub to: Option<Timestamp>,
    /// The week before is drawn, too.
    pub compare: bool,
    /// `lines`, `hours`, `days`, `profile`, `duration`, `correlation`.
    pub look: String,
}

/// Views kept by name, in order of name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListChartViews {}

/// Keeps a view; one of the same name is replaced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveChartView {
    /// The view.
    pub view: ChartView,
}

/// Forgets a view.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveChartView {
    /// Its name.
    pub name: String,
}

/// What quantiles are taken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BandBy {
    /// Hour of the day on the site's clock: 24 groups.
    Hour,
    /// Day of the site's calendar.
    Day,
    /// Day and hour, for a map of days against hours.
    DayHour,
}

/// Quantiles of a channel by hour of the day, by day, or both.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetBands {
    /// Which.
    pub channel: ChannelId,
    /// From.
    pub from: Timestamp,
    /// Until, at most 400 days later.
    pub to: Timestamp,
    /// By what.
    pub by: BandBy,
}

/// The quantiles of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandRow {
    /// The hour (0 to 23), the day since 1970, or the day times 24 and the hour.
    pub group: i64,
    /// Smallest reading.
    pub low: Milli,
    /// A twentieth of the means is below.
    pub p5: Milli,
    /// A quarter.
    pub p25: Milli,
    /// Half.
    pub p50: Milli,
    /// Three quarters.
    pub p75: Milli,
    /// All but a twentieth.
    pub p95: Milli,
    /// Largest reading.
    pub high: Milli,
}

/// A channel as figures are made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelName {
    /// Its name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Low limit.
    pub low: Option<Milli>,
    /// High limit.
    pub high: Option<Milli>,
}

/// Quantiles by group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandReply {
    /// Whose.
    pub channel: ChannelName,
    /// Quantiles are of means of steps this long; smallest and largest are of readings.
    pub step: Millis,
    /// The groups that have data, rising.
    pub rows: Vec<BandRow>,
}

/// How much of the time a channel was above which value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetDuration {
    /// Which.
    pub channel: ChannelId,
    /// From.
    pub from: Timestamp,
    /// Until, at most 400 days later.
    pub to: Timestamp,
}

/// A duration curve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurationReply {
    /// Whose.
    pub channel: ChannelName,
    /// It is of means of steps this long; its ends are readings.
    pub step: Millis,
    /// The value exceeded for 0, ½, 1, … 100 % of the time with data; empty where there is none.
    pub values: Vec<Milli>,
    /// The share of steps that reach beyond a limit, thousandths, rounded up.
    pub outside_permille: u32,
}

/// How two channels go together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetCorrelation {
    /// One.
    pub first: ChannelId,
    /// The other.
    pub second: ChannelId,
    /// From.
    pub from: Timestamp,
    /// Until, at most 400 days later.
    pub to: Timestamp,
}

/// Pairs of values and how closely they lie on a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrelationReply {
    /// One.
    pub first: ChannelName,
    /// The other.
    pub second: ChannelName,
    /// Values are means of steps this long.
    pub step: Millis,
    /// Pearson's r of the same steps, thousandths; none where one does not vary or too little is there.
    pub r_permille: Option<i32>,
    /// r by lag, thousandths; a positive lag means that the second follows the first.
    pub by_lag: Vec<(Millis, Option<i32>)>,
    /// The lag whose r is furthest from nothing.
    pub best: Option<(Millis, i32)>,
    /// Pairs without a lag, evenly picked.
    pub pairs: Vec<(Milli, Milli)>,
}

/// The readings of some channels as CSV: every stamp with its offset from UTC, every value with its unit and quality. Where
/// there are too many for one file, buckets with smallest, mean and largest value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportSeries {
    /// Which, at most 20.
    pub channels: Vec<ChannelId>,
    /// From.
    pub from: Timestamp,
    /// Until.
    pub to: Timestamp,
    /// The language of the heads.
    pub language: Language,
}

json_reply!(Vec<MarkRow>, Vec<ChartView>, BandReply, DurationReply, CorrelationReply);
