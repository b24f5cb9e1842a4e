//! Devices as rows.

use crate::flows::telemetry::{DeviceLive, State};
use contract::DeviceRow;
use monitor::health::DeviceState;
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
        Some(DeviceState::Silent | DeviceState::Waiting) | None => "Silent",
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
        clock_drift: live.drift,
        simulated: live.settings.simulated,
    }
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
