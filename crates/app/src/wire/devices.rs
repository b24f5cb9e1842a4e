//! Devices as rows.

use crate::flows::telemetry::{DeviceLive, State};
use contract::{DeviceHealth, DeviceRow, GapRow, PieceRow, SaidRow};
use domain::{ChannelSpec, RawReading};
use monitor::health::DeviceState;
use std::time::Duration;
use units::{Millis, Timestamp};

/// A device with its health and counters.
pub(crate) fn row(state: &State, live: &DeviceLive, now: Timestamp) -> DeviceRow {
    let id = live.device.id;
    let status = state.status_of(id);
    let counters = status.as_ref().map(|status| status.counters).unwrap_or_default();
    let round_trip_ms = status
        .as_ref()
        .and_then(|status| status.round_trip)
        .map(|span| u32::try_from(span.as_millis()).unwrap_or(u32::MAX));
    let connected = status.as_ref().is_some_and(|status| status.connected);
    let word = match state.state_of(id, now) {
        _ if !live.device.enabled => "Off",
        Some(DeviceState::Up) => "Up",
        Some(DeviceState::Late) => "Late",
        Some(DeviceState::Faulty) => "Faulty",
        Some(DeviceState::Silent) => "Silent",
        Some(DeviceState::Waiting) | None => "Waiting",
    };
    let fault =
        live.fault.clone().or(status.filter(|status| !status.connected).and_then(|status| status.last_error));
    DeviceRow {
        id,
        name: live.device.name.clone(),
        driver: live.device.driver.clone(),
        endpoint: live.device.address.clone(),
        baud: live.settings.baud,
        setup: live.settings.setup.clone(),
        enabled: live.device.enabled,
        state: word.to_owned(),
        fault: fault.filter(|_| live.device.enabled),
        last_seen: state.last_seen(id),
        interval: Millis(live.settings.interval_ms),
        readings_per_s_tenths: state.rate_tenths(id),
        channels: u32::try_from(state.channels_of(id).len()).unwrap_or(u32::MAX),
        frames: counters.frames,
        bad_frames: counters.bad_frames,
        garbage_bytes: counters.garbage_bytes,
        reconnects: counters.reconnects,
        shed: counters.shed,
        acknowledged: counters.acknowledged,
        round_trip_ms,
        connected,
        clock_drift: live.drift.now(),
        simulated: live.settings.simulated,
    }
}

/// How a device fares.
pub(crate) fn health(state: &State, live: &DeviceLive, now: Timestamp) -> DeviceHealth {
    let mut took = state.status_of(live.device.id).map(|status| status.round_trips).unwrap_or_default();
    took.sort_unstable();
    let ms = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
    // The nearest rank: the value that so many hundredths are not above.
    let rank = |percent: usize| took.get((took.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    let gaps = live.health.gaps(now).into_iter().rev();
    DeviceHealth {
        errors: live.tallies.rows(),
        gaps: gaps
            .map(|gap| GapRow { from: gap.from, to: gap.to, reason: format!("{:?}", gap.reason) })
            .collect(),
        round_trip_p50_ms: rank(50).map(ms),
        round_trip_p95_ms: rank(95).map(ms),
        drift_per_day: live.drift.per_day(),
    }
}

/// A value as it was read; its number is given where it is kept.
pub(crate) fn said(raw: &RawReading, at: Timestamp, spec: Option<&ChannelSpec>, doubtful: bool) -> SaidRow {
    SaidRow {
        number: 0,
        at,
        code: raw.code.clone(),
        channel: spec.map(|spec| spec.name.clone()).unwrap_or_default(),
        value: raw.value.ok(),
        unit: spec.map(|spec| spec.unit.clone()).unwrap_or_default(),
        fault: match (raw.value, spec) {
            (Err(fault), _) => format!("{fault:?}"),
            (Ok(_), None) => "Unknown".to_owned(),
            (Ok(_), Some(_)) if doubtful => "Suspect".to_owned(),
            _ => String::new(),
        },
    }
}

/// Bytes that came in one piece.
pub(crate) fn piece(piece: ingest::Piece) -> PieceRow {
    PieceRow { number: piece.number, at: piece.at, hex: hex::encode(&piece.bytes) }
}

/// A character as it is; one that would not be seen, or would move the text, as its escape.
fn shown(c: char) -> String {
    if matches!(c, '"' | '\'' | '\\') { c.to_string() } else { c.escape_debug().to_string() }
}

/// Lines of what a device last said, control characters escaped.
pub(crate) fn tail(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = text
        .split('\n')
        .map(|line| line.trim_end_matches('\r').chars().map(shown).collect::<String>())
        .filter(|line| !line.is_empty())
        .collect();
    let spare = lines.len().saturating_sub(40);
    lines.drain(..spare);
    lines
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn what_a_device_said_reads_as_it_came() {
        let said = b"200 {\"ts\":1,\"path\":\"C:\\x\"}\r\n\x00\x1b[31mT01=4,2\xff\n";
        assert_eq!(tail(said), [r#"200 {"ts":1,"path":"C:\x"}"#, "\\0\\u{1b}[31mT01=4,2\u{fffd}"]);
    }
}
