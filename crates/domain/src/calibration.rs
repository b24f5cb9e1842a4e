//! What a laboratory found of a sensor: how its readings are set right from then on, and until when that holds.
//!
//! A value is `raw · slope + offset`. A calibration acts on what arrives from its instant on; what is on record is never
//! changed. So which one made a stored value follows from when it arrived ([`in_force`]), and its raw value from that
//! ([`Calibration::raw_of`]).

use units::{ChannelId, Day, Milli, Timestamp};

/// One calibration of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Its row; 0 before it is stored.
    pub id: i64,
    /// Whose.
    pub channel: ChannelId,
    /// It acts on readings that arrive from here on.
    pub since: Timestamp,
    /// The slope in millionths: 1,000,000 leaves the raw value as it is.
    pub slope_millionths: i64,
    /// Added after the slope.
    pub offset: Milli,
    /// The number of the certificate.
    pub certificate: String,
    /// The laboratory or person who did it.
    pub laboratory: String,
    /// The day it was done.
    pub done_on: Day,
    /// The last day it holds, if it ends.
    pub expires_on: Option<Day>,
    /// SHA-256 of the certificate's file, in hex, if one was given.
    pub file_sha256: Option<String>,
    /// Who entered it.
    pub by: String,
}

/// One as a slope.
pub const SLOPE_ONE: i64 = 1_000_000;

/// So many days before its end a calibration is due.
pub const DUE_DAYS: i32 = 30;

/// Where a calibration stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Valid,
    /// It ends within [`DUE_DAYS`], in so many days.
    Due(i32),
    /// It ended so many days ago.
    Expired(i32),
}

fn scaled(value: i128, by: i128, over: i128) -> i128 {
    let product = value * by;
    let half = over.abs() / 2;
    (if (product < 0) == (over < 0) { product.abs() + half } else { -(product.abs() + half) }) / over.abs()
}

fn fitting(value: i128) -> Milli {
    Milli(i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX }))
}

impl Calibration {
    /// The value of a raw one, rounded once to the nearest thousandth, half away from zero.
    pub fn apply(&self, raw: Milli) -> Milli {
        fitting(
            scaled(i128::from(raw.0), i128::from(self.slope_millionths), i128::from(SLOPE_ONE))
                + i128::from(self.offset.0),
        )
    }

    /// The raw value of one on record: exact without a slope, else to a thousandth of what the slope makes of one.
    pub fn raw_of(&self, value: Milli) -> Milli {
        let level = i128::from(value.0) - i128::from(self.offset.0);
        fitting(scaled(level, i128::from(SLOPE_ONE), i128::from(self.slope_millionths.max(1))))
    }

    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<&'static str> {
        if !(SLOPE_ONE / 10..=SLOPE_ONE * 10).contains(&self.slope_millionths) {
            return Some("the slope is between 0.1 and 10");
        }
        if self.expires_on.is_some_and(|end| end < self.done_on) {
            return Some("it ends before it was done");
        }
        if self
            .file_sha256
            .as_ref()
            .is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Some("the hash of the file is not 64 hexadecimal digits");
        }
        None
    }

    /// Where it stands on a day.
    pub fn standing(&self, today: Day) -> Standing {
        match self.expires_on.map(|end| end.0 - today.0) {
            Some(left) if left < 0 => Standing::Expired(-left),
            Some(left) if left <= DUE_DAYS => Standing::Due(left),
            _ => Standing::Valid,
        }
    }
}

/// Slope and offset from two points of a certificate, each what the sensor said and what was true. `None` where both say the
/// same, or the slope is not between 0.1 and 10.
pub fn through(first: (Milli, Milli), second: (Milli, Milli)) -> Option<(i64, Milli)> {
    let said = i128::from(second.0.0) - i128::from(first.0.0);
    let truth = i128::from(second.1.0) - i128::from(first.1.0);
    if said == 0 {
        return None;
    }
    let slope = scaled(truth, i128::from(SLOPE_ONE), said);
    if !(i128::from(SLOPE_ONE / 10)..=i128::from(SLOPE_ONE * 10)).contains(&slope) {
        return None;
    }
    let offset = i128::from(first.1.0) - scaled(i128::from(first.0.0), slope, i128::from(SLOPE_ONE));
    Some((i64::try_from(slope).ok()?, fitting(offset)))
}

/// The calibration that set a reading right, if one did. `history` is one channel's, oldest first.
pub fn in_force(history: &[Calibration], arrived_at: Timestamp) -> Option<&Calibration> {
    history.iter().rfind(|one| one.since <= arrived_at)
}
