//! Alarms as rows.

use crate::flows::device_health::shared_endpoint;
use crate::flows::telemetry::State;
use contract::AlarmRow;
use domain::{Alarm, AlarmKind};
use std::collections::HashMap;
use units::{Millis, ZoneId};

/// An alarm with the names of what it is about.
pub(crate) fn row(alarm: Alarm, state: &State, zones: &HashMap<ZoneId, String>) -> AlarmRow {
    let spec = alarm.channel.and_then(|channel| state.specs.get(&channel));
    let device = alarm.device.or(spec.map(|spec| spec.device));
    let endpoint = device
        .filter(|_| alarm.kind == AlarmKind::EndpointLost)
        .and_then(|device| state.devices.get(&device))
        .map(|live| shared_endpoint(&live.device.address).to_owned());
    let behind = endpoint.as_ref().map(|endpoint| {
        let all = state.devices.values().map(|live| &live.device);
        all.filter(|one| one.enabled && shared_endpoint(&one.address) == endpoint)
            .map(|one| one.name.clone())
            .collect()
    });
    let shown = spec.map(|spec| state.believed.shown(spec)).unwrap_or_default();
    let value = |value: Option<units::Milli>| value.map(|value| shown.value(value));
    AlarmRow {
        id: alarm.id,
        kind: format!("{:?}", alarm.kind),
        priority: super::priority(alarm.priority),
        channel: alarm.channel,
        channel_name: spec.map(|spec| spec.name.clone()),
        zone_name: spec.and_then(|spec| spec.zone).and_then(|zone| zones.get(&zone).cloned()),
        device,
        device_name: device
            .and_then(|device| state.devices.get(&device))
            .map(|live| live.device.name.clone()),
        endpoint,
        devices: behind.unwrap_or_default(),
        unit: spec.map(|spec| shown.unit(&spec.unit)).unwrap_or_default(),
        raised_at: alarm.raised_at,
        cleared_at: alarm.cleared_at,
        worst: value(alarm.worst),
        now: value(
            alarm.channel.and_then(|channel| state.latest.get(&channel)).and_then(|reading| reading.value),
        ),
        limit: value(alarm.limit),
        delay: alarm
            .channel
            .and_then(|channel| state.rules.get(&channel))
            .map_or(Millis(0), |rule| rule.delay),
        acknowledged_at: alarm.acknowledged_at,
        acknowledged_by: alarm.acknowledged_by,
        note: alarm.note,
        shelved_until: alarm.shelved_until,
    }
}
