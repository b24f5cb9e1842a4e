//! Rooms, their readings and excursions.

use crate::frame::{Body, FrameError, Reply, json_reply, pack, unpack};
use serde::{Deserialize, Serialize};
use units::{ChannelId, Milli, Millis, Timestamp, ZoneId};

/// The rooms, the one closest to a limit first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListZones {}

/// The newest value of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestReading {
    /// Which channel.
    pub channel: ChannelId,
    /// When it was true.
    pub at: Timestamp,
    /// The value; none where the sensor gave none.
    pub value: Option<Milli>,
    /// `Good`, `Suspect` or `Bad`.
    pub quality: String,
}

/// A channel of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRow {
    /// Which.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// Its name on the wire.
    pub code: String,
    /// Unit.
    pub unit: String,
    /// Low limit.
    pub low: Option<Milli>,
    /// High limit.
    pub high: Option<Milli>,
    /// Recovery band.
    pub recovery_band: Milli,
    /// Delay.
    pub delay: Millis,
    /// `critical`, `high`, `medium`, `low`.
    pub priority: String,
    /// The newest value.
    pub latest: Option<LatestReading>,
    /// Minutes until a limit at the present drift, where it drifts towards one.
    pub minutes_to_limit: Option<u32>,
    /// An alarm is open.
    pub alarm: bool,
    /// Nothing came for three expected intervals.
    pub stale: bool,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneRow {
    /// Which; none for channels that belong to no room.
    pub zone: Option<ZoneId>,
    /// Its name; empty for channels that belong to no room.
    pub name: String,
    /// Floor area in square metres, if known.
    pub area_m2: Option<u32>,
    /// Mean kinetic temperature of the last 24 hours, where it is defined (not for frozen goods, not over a gap).
    pub mkt_24h: Option<Milli>,
    /// Its unit.
    #[serde(default)]
    pub mkt_unit: String,
    /// Excursions in the last seven days.
    pub excursions_7d: u32,
    /// Its channels.
    pub channels: Vec<ChannelRow>,
}

/// Values of some channels over a span, at most `buckets` points each; the smallest and largest of each bucket are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetSeries {
    /// Which, at most 20.
    pub channels: Vec<ChannelId>,
    /// From.
    pub from: Timestamp,
    /// Until.
    pub to: Timestamp,
    /// At most so many points, 10 to 4000.
    pub buckets: u32,
}

/// One channel's points. All arrays are of one length. A bucket of nothing but suspect and bad values has no number: its `min` is
/// above its `max` ([`ChannelSeries::has_value`]), and it is doubt to be shaded, not a gap without data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelSeries {
    /// Which.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Low limit.
    pub low: Option<Milli>,
    /// High limit.
    pub high: Option<Milli>,
    /// Start of each bucket, ms.
    pub at: Vec<i64>,
    /// Smallest good value, thousandths.
    pub min: Vec<i64>,
    /// Largest good value, thousandths.
    pub max: Vec<i64>,
    /// Mean of the good values, thousandths.
    pub mean: Vec<i64>,
    /// 1 where the bucket holds suspect or bad values.
    pub suspect: Vec<u8>,
}

impl ChannelSeries {
    /// Adds a bucket with good values: min, max, mean.
    pub fn push(&mut self, at: Timestamp, values: (Milli, Milli, Milli), suspect: bool) {
        self.at.push(at.0);
        self.min.push(values.0.0);
        self.max.push(values.1.0);
        self.mean.push(values.2.0);
        self.suspect.push(u8::from(suspect));
    }

    /// Adds a bucket in which everything is doubted.
    pub fn push_doubt(&mut self, at: Timestamp) {
        self.push(at, (Milli(i64::MAX), Milli(i64::MIN), Milli(0)), true);
    }

    /// Whether a bucket has a number.
    pub fn has_value(&self, index: usize) -> bool {
        self.min.get(index).zip(self.max.get(index)).is_some_and(|(min, max)| min <= max)
    }
}

/// The answer, sent as a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesReply {
    /// Width of a bucket: a wider space between two points is a gap.
    pub bucket: Millis,
    /// The channels.
    pub series: Vec<ChannelSeries>,
}

#[derive(Serialize, Deserialize)]
struct SeriesHeader {
    bucket: Millis,
    series: Vec<ChannelHeader>,
}

#[derive(Serialize, Deserialize)]
struct ChannelHeader {
    channel: ChannelId,
    name: String,
    unit: String,
    low: Option<Milli>,
    high: Option<Milli>,
    length: u32,
}

impl Reply for SeriesReply {
    /// Header, then a channel after another: at, min, max, mean as i64, suspect as u8.
    fn encode(&self) -> Result<Body, FrameError> {
        let mut headers = Vec::with_capacity(self.series.len());
        let mut tail = Vec::new();
        for one in &self.series {
            let length = one.at.len();
            if [one.min.len(), one.max.len(), one.mean.len(), one.suspect.len()] != [length; 4] {
                return Err(FrameError("the arrays of a channel differ in length".into()));
            }
            headers.push(ChannelHeader {
                channel: one.channel,
                name: one.name.clone(),
                unit: one.unit.clone(),
                low: one.low,
                high: one.high,
                length: u32::try_from(length).map_err(|_| FrameError("too many points".into()))?,
            });
            for array in [&one.at, &one.min, &one.max, &one.mean] {
                tail.extend(array.iter().flat_map(|value| value.to_le_bytes()));
            }
            tail.extend_from_slice(&one.suspect);
        }
        pack(&SeriesHeader { bucket: self.bucket, series: headers }, &tail)
    }

    fn decode(body: &Body) -> Result<Self, FrameError> {
        let (header, mut rest): (SeriesHeader, &[u8]) = unpack(body)?;
        let mut series = Vec::with_capacity(header.series.len().min(64));
        for one in header.series {
            let length = one.length as usize;
            let mut take = |bytes: usize| -> Result<&[u8], FrameError> {
                let (taken, left) = rest
                    .split_at_checked(bytes)
                    .ok_or_else(|| FrameError("the frame is cut short".into()))?;
                rest = left;
                Ok(taken)
            };
            let longs = |bytes: &[u8]| -> Vec<i64> {
                bytes.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()
            };
            series.push(ChannelSeries {
                channel: one.channel,
                name: one.name,
                unit: one.unit,
                low: one.low,
                high: one.high,
                at: longs(take(length * 8)?),
                min: longs(take(length * 8)?),
                max: longs(take(length * 8)?),
                mean: longs(take(length * 8)?),
                suspect: take(length)?.to_vec(),
            });
        }
        Ok(Self { bucket: header.bucket, series })
    }
}

/// Times outside the limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListExcursions {
    /// Of one room, or of all.
    pub zone: Option<ZoneId>,
    /// From.
    pub from: Timestamp,
    /// Until.
    pub to: Timestamp,
}

/// One time outside a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcursionRow {
    /// Which channel.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// The room.
    pub zone_name: Option<String>,
    /// Unit.
    pub unit: String,
    /// Above the high limit, else below the low one.
    pub high: bool,
    /// The limit.
    pub limit: Milli,
    /// Outside from.
    pub start: Timestamp,
    /// Inside again at; none while it lasts.
    pub end: Option<Timestamp>,
    /// Time outside.
    pub outside: Millis,
    /// The value furthest outside.
    pub worst: Milli,
    /// It lasted as long as the alarm's delay.
    pub confirmed: bool,
}

json_reply!(Vec<ZoneRow>, Vec<ExcursionRow>);
