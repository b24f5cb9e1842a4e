//! Rooms, series and excursions.

use super::zone_names;
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use crate::wire::shown::Shown;
use contract::*;
use domain::{Actor, AlarmKind, AlarmRule, ChannelSpec};
use std::collections::BTreeMap;
use units::{Milli, Millis, Timestamp};

impl Serve<ListZones> for App {
    async fn serve(&self, _: ListZones, _: &Actor) -> Result<Vec<ZoneRow>> {
        self.blocking(|inner| {
            let now = inner.now();
            let mut rooms: BTreeMap<Option<ZoneId>, ZoneRow> = BTreeMap::new();
            for zone in inner.store.records.zones()? {
                let area = inner.store.records.setting(&format!("zone.area.{}", zone.name))?;
                let row = empty(Some(zone.id), zone.name, area.and_then(|text| text.parse().ok()));
                rooms.insert(Some(zone.id), row);
            }
            let known: Vec<(ChannelSpec, Option<AlarmRule>, ChannelRow)> = {
                let state = inner.live.lock();
                state
                    .specs
                    .values()
                    .map(|spec| {
                        (
                            spec.clone(),
                            state.rules.get(&spec.id).cloned(),
                            wire::environment::channel(&state, spec, now),
                        )
                    })
                    .collect()
            };
            for (spec, rule, row) in known {
                let room = rooms.entry(spec.zone).or_insert_with(|| empty(spec.zone, String::new(), None));
                if let Some(rule) = &rule {
                    let found = inner.channel_excursions(rule, spec.interval, now - Millis::days(7), now)?;
                    room.excursions_7d += u32::try_from(found.len()).unwrap_or(u32::MAX);
                }
                room.channels.push(row);
            }
            let mut rooms: Vec<ZoneRow> =
                rooms.into_values().filter(|room| !room.channels.is_empty() || room.zone.is_some()).collect();
            for room in &mut rooms {
                // What a room is held to stands for it.
                room.channels
                    .sort_by_key(|channel| (channel.low.or(channel.high).is_none(), channel.code.clone()));
                let (wanted, shown) = chilled(inner, room);
                let kinetic = inner.kinetic.of(&wanted, now, || mean_kinetic(inner, &wanted, now))?;
                room.mkt_24h = kinetic.map(|value| shown.value(value));
                room.mkt_unit = shown.unit("°C");
            }
            rooms.sort_by_key(|room| {
                let alarm = room.channels.iter().any(|channel| channel.alarm);
                let minutes = room.channels.iter().filter_map(|channel| channel.minutes_to_limit).min();
                (!alarm, minutes.unwrap_or(u32::MAX), room.name.clone())
            });
            Ok(rooms)
        })
        .await
    }
}

fn empty(zone: Option<ZoneId>, name: String, area_m2: Option<u32>) -> ZoneRow {
    ZoneRow {
        zone,
        name,
        area_m2,
        mkt_24h: None,
        mkt_unit: String::new(),
        excursions_7d: 0,
        channels: Vec::new(),
    }
}

/// The channels of a room that have a mean kinetic temperature, which frozen goods have not; and how it is shown.
fn chilled(inner: &Inner, room: &ZoneRow) -> (Vec<ChannelId>, Shown) {
    let state = inner.live.lock();
    let above = |id: &ChannelId| {
        state.rules.get(id).and_then(|rule| rule.high).is_some_and(|high| high > Milli::ZERO)
    };
    let found: Vec<&ChannelSpec> = room
        .channels
        .iter()
        .filter_map(|channel| state.specs.get(&channel.channel))
        .filter(|spec| spec.unit == "°C" && above(&spec.id))
        .collect();
    let shown = found.first().map(|spec| state.believed.shown(spec)).unwrap_or_default();
    (found.iter().map(|spec| spec.id).collect(), shown)
}

/// The warmest channel's mean kinetic temperature of 24 hours; none over a gap.
fn mean_kinetic(inner: &Inner, wanted: &[ChannelId], now: Timestamp) -> Result<Option<Milli>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let from = now - Millis::hours(24);
    let series = inner.believed_series(wanted, from, now, 288)?;
    Ok(series
        .channels
        .iter()
        .filter_map(|(_, buckets)| {
            let points: Vec<(Timestamp, Milli)> =
                buckets.iter().filter_map(|bucket| Some((bucket.at, bucket.mean?))).collect();
            // Less than the whole day has no 24-hour value.
            let whole = points.first().is_some_and(|(at, _)| *at - from <= limits::MKT_GAP_MAX);
            let kinetic =
                monitor::mkt::mean_kinetic(&points, limits::MKT_GAP_MAX, &monitor::mkt::Params::default());
            kinetic.ok().filter(|_| whole)
        })
        .max())
}

impl Serve<GetSeries> for App {
    async fn serve(&self, call: GetSeries, _: &Actor) -> Result<SeriesReply> {
        if call.channels.is_empty() || call.channels.len() > limits::SERIES_CHANNELS_MAX {
            return Err(Failure::bad_input(format!(
                "read a series: choose 1 to {} channels",
                limits::SERIES_CHANNELS_MAX
            )));
        }
        if call.to <= call.from || !(10..=4_000).contains(&call.buckets) {
            return Err(Failure::bad_input(
                "read a series: `to` is after `from`, and 10 to 4000 points are asked for",
            ));
        }
        self.blocking(move |inner| {
            let series = inner.believed_series(&call.channels, call.from, call.to, call.buckets)?;
            let state = inner.live.lock();
            let interval = call
                .channels
                .iter()
                .filter_map(|channel| state.specs.get(channel))
                .map(|spec| spec.interval.0)
                .max()
                .unwrap_or(0);
            let mut reply = SeriesReply {
                bucket: Millis(series.width.0.max(interval)),
                series: Vec::with_capacity(series.channels.len()),
            };
            for (channel, buckets) in series.channels {
                let spec = state.specs.get(&channel).ok_or_else(|| Failure::not_found("channel", channel))?;
                let rule = state.rules.get(&channel);
                let shown = state.believed.shown(spec);
                let value = |value: Milli| shown.value(value);
                let mut one = ChannelSeries {
                    channel,
                    name: spec.name.clone(),
                    unit: shown.unit(&spec.unit),
                    low: rule.and_then(|rule| rule.low).map(value),
                    high: rule.and_then(|rule| rule.high).map(value),
                    ..ChannelSeries::default()
                };
                for bucket in buckets {
                    let doubted = bucket.suspect > 0;
                    match (bucket.min, bucket.max, bucket.mean) {
                        (Some(min), Some(max), Some(mean)) => {
                            one.push(bucket.at, (value(min), value(max), value(mean)), doubted);
                        }
                        _ if doubted => one.push_doubt(bucket.at),
                        _ => {}
                    }
                }
                reply.series.push(one);
            }
            Ok(reply)
        })
        .await
    }
}

/// The excursions of some rooms, newest first.
pub(crate) fn excursion_rows(
    inner: &Inner,
    zone: Option<ZoneId>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<ExcursionRow>> {
    let zones = zone_names(inner)?;
    let watched: Vec<(ChannelSpec, AlarmRule, Shown)> = {
        let state = inner.live.lock();
        let wanted = state.specs.values().filter(|spec| zone.is_none() || spec.zone == zone);
        wanted
            .filter_map(|spec| {
                let rule = state.rules.get(&spec.id)?;
                Some((spec.clone(), rule.clone(), state.believed.shown(spec)))
            })
            .collect()
    };
    let mut rows = Vec::new();
    for (spec, rule, shown) in watched {
        for excursion in inner.channel_excursions(&rule, spec.interval, from, to)? {
            let high = excursion.kind == AlarmKind::High;
            let Some(limit) = (if high { rule.high } else { rule.low }) else { continue };
            rows.push(ExcursionRow {
                channel: spec.id,
                channel_name: spec.name.clone(),
                zone_name: spec.zone.and_then(|zone| zones.get(&zone).cloned()),
                unit: shown.unit(&spec.unit),
                high,
                limit: shown.value(limit),
                start: excursion.start,
                end: excursion.end,
                outside: excursion.out,
                worst: shown.value(excursion.worst),
                confirmed: excursion.out >= rule.delay,
            });
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.start));
    Ok(rows)
}

impl Serve<ListExcursions> for App {
    async fn serve(&self, call: ListExcursions, _: &Actor) -> Result<Vec<ExcursionRow>> {
        if call.to <= call.from {
            return Err(Failure::bad_input("list excursions: `to` is after `from`"));
        }
        self.blocking(move |inner| excursion_rows(inner, call.zone, call.from, call.to)).await
    }
}
