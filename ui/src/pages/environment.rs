//! Rooms and their readings: the one nearest to a limit first, with the chart and the excursions that prove the chain.

use super::{actions, split};
use crate::chart::{Picture, chart};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::{live, live_at, pace_of_span};
use crate::parts::{self, cell, fact, grid};
use crate::readings;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::testids as id;
use crate::wording;
use contract::*;
use leptos::prelude::*;
use std::time::Duration;
use units::{ChannelId, Milli, Timestamp};

/// Names a room in the address.
fn key_of(zone: &ZoneRow) -> String {
    zone.zone.map_or_else(|| "none".into(), |z| z.to_string())
}

/// The room an address means: its own name, or `c7` for the room of channel 7.
fn find<'a>(zones: &'a [ZoneRow], key: &str) -> Option<&'a ZoneRow> {
    let channel = key.strip_prefix('c').and_then(|n| n.parse().ok()).map(ChannelId);
    zones
        .iter()
        .find(|z| key_of(z) == key || channel.is_some_and(|c| z.channels.iter().any(|ch| ch.channel == c)))
        .or(zones.first())
}

/// The newest value of a channel, live.
fn newest(channel: &ChannelRow) -> Option<LatestReading> {
    let patched = ctx().latest.with(|l| l.get(&channel.channel.0).cloned());
    match (patched, &channel.latest) {
        // The same reading may since be shown in another unit.
        (Some(p), Some(l)) if l.at >= p.at => Some(l.clone()),
        (Some(p), _) => Some(p),
        (None, l) => l.clone(),
    }
}

fn outside(channel: &ChannelRow, value: Option<Milli>) -> bool {
    value.is_some_and(|v| channel.low.is_some_and(|l| v < l) || channel.high.is_some_and(|h| v > h))
}

/// A channel's value as text, its doubt, and whether it is outside its limits.
fn value_of(channel: &ChannelRow) -> (String, Option<String>, bool) {
    let fmt = fmt();
    let latest = newest(channel);
    let value = latest.as_ref().and_then(|l| l.value);
    let outside = outside(channel, value);
    let doubt = if channel.stale {
        Some(fmt.t(W::Stale).to_owned())
    } else {
        latest.as_ref().and_then(|l| wording::quality(&fmt, &l.quality)).map(str::to_owned)
    };
    (value.map_or_else(|| "—".into(), format::live_value), doubt, outside)
}

/// A channel's value that moves by itself.
pub fn live_value(channel: ChannelRow) -> AnyView {
    let unit = channel.unit.clone();
    let key = channel.channel.to_string();
    let all = Memo::new(move |_| value_of(&channel));
    view! {
        <span class="live" class:doubtful=move || all.with(|v| v.1.is_some()) class:mark=move || all.with(|v| v.2) class:c=move || all.with(|v| v.2)
            title=move || all.with(|v| v.1.clone())>
            {move || all.with(|v| v.2).then_some("■ ")}
            <span data-testid=id::LIVE_VALUE data-id=key>{move || all.with(|v| v.0.clone())}</span>
            <span class="u">{unit}</span>
            {move || all.with(|v| v.1.clone()).map(|d| view! { <span class="assumed">{d}</span> })}
        </span>
    }
    .into_any()
}

/// When its newest value is from, which moves by itself too: the table around it stands still.
fn last_seen(channel: ChannelRow) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let at = Memo::new(move |_| newest(&channel).map(|l| l.at));
    (move || at.get().map_or("—".to_owned(), |at| fmt.when(at, ctx.now.get_untracked()))).into_any()
}

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    // Newest values move by themselves; what else a room says changes by the minute.
    let answer = live_at(|| Duration::from_secs(5), || Some(ListZones {}));
    Effect::new(move |_| {
        let known: Vec<LatestReading> = answer.data.with(|zones| {
            let channels = zones.iter().flatten().flat_map(|zone| &zone.channels);
            channels.filter_map(|channel| channel.latest.clone()).collect()
        });
        ctx.latest.update(|all| {
            for reading in known {
                if all.get(&reading.channel.0).is_none_or(|there| there.at <= reading.at) {
                    all.insert(reading.channel.0, reading);
                }
            }
        });
    });
    let chosen = Memo::new(move |_| {
        let key = ctx.route.with(|r| r.row.clone());
        answer.data.with(|d| d.as_ref().and_then(|d| find(d, &key).cloned()))
    });
    let by = move |n: i32| {
        let next = answer.data.with_untracked(|d| {
            let d = d.as_ref()?;
            let at = chosen
                .with_untracked(|c| c.as_ref().and_then(|c| d.iter().position(|z| key_of(z) == key_of(c))));
            step(at, n, d.len()).map(|i| key_of(&d[i]))
        });
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    on_act(move |act| match act {
        Act::Move(n) => by(n),
        Act::First => by(i32::MIN / 2),
        Act::Last => by(i32::MAX / 2),
        _ => false,
    });
    let filter = RwSignal::new(String::new());
    let list_rows = move || match answer.data.get() {
        None => parts::waiting(answer.error.get()),
        Some(all) => {
            let on = chosen.with(|c| c.as_ref().map(key_of));
            let needle = filter.get().to_lowercase();
            all.iter()
                .filter(|z| {
                    needle.is_empty()
                        || z.name.to_lowercase().contains(&needle)
                        || z.channels.iter().any(|c| c.name.to_lowercase().contains(&needle))
                })
                .map(|z| zone_row(z, on.as_deref()))
                .collect_view()
                .into_any()
        }
    };
    let list = view! {
        {parts::list_head(W::PageEnvironment, move || answer.data.with(|d| d.as_ref().map_or(String::new(), |d| fmt.n(W::CountRooms, d.len()))))}
        {parts::filter(filter, W::FilterRooms)}
        <div class="scroll" tabindex="0" role="list" aria-label=fmt.t(W::PageEnvironment) data-testid=id::LIST>{list_rows}</div>
    }
    .into_any();
    let none =
        Memo::new(move |_| answer.data.with(|d| d.as_ref().map(|d| d.iter().all(|z| z.channels.is_empty()))));
    let key = Memo::new(move |_| chosen.with(|c| c.as_ref().map(key_of)));
    let detail = move || match (none.get(), key.get()) {
        (Some(false), Some(_)) => zone_detail(chosen),
        (None, _) => ().into_any(),
        _ => parts::empty(
            W::EmptyEnvironment,
            W::EmptyEnvironmentText,
            vec![
                (W::AddDevice, Box::new(actions::add_device)),
                (W::GoDevices, Box::new(move || ctx.go(Route::page(Page::Devices)))),
            ],
        ),
    };
    split(list, detail.into_any())
}

fn zone_name(zone: &ZoneRow) -> String {
    if zone.name.is_empty() { fmt().t(W::NoRoom).to_owned() } else { zone.name.clone() }
}

/// The channel a room is told by: one that has limits, before switches and counters that have none.
fn headline(zone: &ZoneRow) -> Option<&ChannelRow> {
    let limited = |c: &&ChannelRow| c.low.is_some() || c.high.is_some();
    zone.channels.iter().find(limited).or(zone.channels.first())
}

fn zone_row(zone: &ZoneRow, on: Option<&str>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let key = key_of(zone);
    let sel = on == Some(key.as_str());
    let worst = zone
        .channels
        .iter()
        .filter(|c| c.alarm)
        .map(|c| c.priority.as_str())
        .min_by_key(|p| wording::PRIORITIES.iter().position(|q| q == p));
    let soonest = zone.channels.iter().filter_map(|c| c.minutes_to_limit).min();
    let calm = match soonest {
        Some(minutes) => fmt.fill(W::LimitIn, &[&fmt.span(units::Millis::minutes(i64::from(minutes)))]),
        None if zone.channels.iter().any(|c| c.stale) => fmt.t(W::SomeStale).to_owned(),
        None => fmt.n(W::CountChannels, zone.channels.len()),
    };
    let channels = zone.channels.clone();
    let any_outside =
        Memo::new(move |_| channels.iter().any(|c| outside(c, newest(c).and_then(|l| l.value))));
    let line = move || if any_outside.get() { fmt.t(W::OutsideNow).to_owned() } else { calm.clone() };
    let excursions = (zone.excursions_7d > 0).then(|| fmt.n(W::CountExcursions, zone.excursions_7d));
    let value = headline(zone).cloned().map(live_value);
    let limits = headline(zone).map(|c| wording::limits(c.low, c.high)).unwrap_or_default();
    let open = key.clone();
    view! {
        <div class="row" class:sel=sel role="listitem" aria-current=sel.to_string() data-testid=id::ZONE_ROW data-id=key
            on:click=move |_| ctx.choose(open.clone())>
            <span class="g">{worst.map(parts::mark)}</span>
            <div class="main"><div class="t">{zone_name(zone)}</div><div class="s">{line}{excursions.map(|e| format!(" · {e}"))}</div></div>
            <div class="v"><b>{value}</b><div class="s">{limits}</div></div>
        </div>
    }
    .into_any()
}

fn zone_detail(zone: Memo<Option<ZoneRow>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let tick = Memo::new(move |_| Timestamp(ctx.now.get().0 / 15_000 * 15_000));
    let key = Memo::new(move |_| {
        zone.with(|z| z.as_ref().map(|z| (z.zone, z.channels.iter().map(|c| c.channel).collect::<Vec<_>>())))
    });
    let window = Memo::new(move |_| ctx.time_span(tick.get()));
    let pace = move || {
        let (from, to) = window.get();
        pace_of_span(from, to)
    };
    let series = live_at(pace, move || {
        let (_, channels) = key.get()?;
        let (from, to) = window.get();
        let channels: Vec<_> = channels.into_iter().take(20).collect();
        (!channels.is_empty()).then_some(GetSeries { channels, from, to, buckets: 600 })
    });
    let excursions = live(move || {
        let (zone, _) = key.get()?;
        let (from, to) = window.get();
        zone.map(|zone| ListExcursions { zone: Some(zone), from, to })
    });
    let units_of = Memo::new(move |_| {
        zone.with(|z| {
            // In the order of the channels: what the room is held to comes first.
            // What has limits comes first.
            let key = |c: &ChannelRow| (c.low.is_none() && c.high.is_none(), c.unit.clone());
            let mut keys: Vec<(bool, String)> = z.iter().flat_map(|z| z.channels.iter().map(key)).collect();
            keys.sort();
            let mut units: Vec<String> = Vec::new();
            for (_, unit) in keys {
                if !units.contains(&unit) {
                    units.push(unit);
                }
            }
            units
        })
    });
    let head = move || {
        zone.get().map(|z| {
            let newest_at = z.channels.iter().filter_map(|c| newest(c).map(|l| l.at)).max();
            let area = z.area_m2.map(|a| format!("{} m² · ", format::count(a))).unwrap_or_default();
            parts::heading(
                None,
                zone_name(&z),
                format!("{area}{}", fmt.n(W::CountChannels, z.channels.len())),
                newest_at.map_or(String::new(), |at| fmt.fill(W::AsOf, &[&fmt.clock_seconds(at)])),
                fmt.t(W::SourceMeasured).to_owned(),
            )
        })
    };
    let figures = move || {
        zone.get().map(|z| {
            let soonest = z.channels.iter().filter_map(|c| c.minutes_to_limit).min();
            let limits =
                headline(&z).map(|c| (wording::limits(c.low, c.high), c.unit.clone())).unwrap_or_default();
            parts::facts(vec![
                fact("limits", W::Limit, limits.0).unit(limits.1),
                fact("mkt", W::Mkt, z.mkt_24h.map_or("—".into(), format::value))
                    .unit(z.mkt_24h.map_or(String::new(), |_| z.mkt_unit.clone()))
                    .title(fmt.t(W::MktLong)),
                fact("excursions", W::Excursions7d, z.excursions_7d.to_string()),
                fact(
                    "to-limit",
                    W::TimeToLimit,
                    soonest.map_or("—".into(), |m| fmt.span(units::Millis::minutes(i64::from(m)))),
                ),
            ])
        })
    };
    let charts = move || {
        units_of
            .get()
            .into_iter()
            .map(|unit| {
                let picture = move || {
                    let (from, to) = window.get();
                    let known = key.get()?.1;
                    series.data.with(|d| {
                        let d = d.as_ref().filter(|d| d.series.iter().all(|s| known.contains(&s.channel)))?;
                        Some(Picture::Time(readings::time_chart(&fmt, d, &unit, from, to, tick.get())))
                    })
                };
                chart(picture, move || format!("{} · {}", fmt.t(W::SourceSeries), fmt.zone()), 230)
            })
            .collect_view()
    };
    // What the table stands on; its values move by themselves, and a hundred rows are not made anew for each of them.
    let standing = Memo::new(move |_| {
        let still = |c: &ChannelRow| ChannelRow { latest: None, minutes_to_limit: None, ..c.clone() };
        zone.with(|z| z.as_ref().map(|z| z.channels.iter().map(still).collect::<Vec<_>>()))
    });
    let channels = move || {
        standing.get().map(|all| {
            let rows = all
                .iter()
                .map(|c| {
                    let (name, edit) = (c.clone(), c.clone());
                    (
                        c.channel.to_string(),
                        vec![
                            view! { {c.alarm.then(|| parts::mark(&c.priority))}" "{name.name.clone()} }.into_any(),
                            live_value(c.clone()),
                            cell(wording::limits(c.low, c.high)),
                            cell(fmt.span(c.delay)),
                            last_seen(c.clone()),
                            view! {
                                <span class="fixes">
                                {parts::plain_button(move || fmt.t(W::LimitsDots), id::CHANGE_LIMITS, move || actions::change_limits(&edit))}
                                {parts::to_quality(c.channel)}
                                </span>
                            }
                            .into_any(),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::Channels)}</h3>
                {grid(W::Channels, &[(W::Channel, false), (W::Now, true), (W::Limit, true), (W::Delay, true), (W::LastSeen, true), (W::Edit, true)], rows, id::CHANNEL_ROW)}
                </section>
            }
        })
    };
    let outside = move || {
        excursions.data.get().map(|all| {
            if all.is_empty() {
                return view! { <section class="card"><h3>{fmt.t(W::Excursions)}</h3><p class="muted">{fmt.t(W::NoExcursions)}</p></section> }.into_any();
            }
            let now = ctx.now.get_untracked();
            let rows = all
                .iter()
                .map(|e| {
                    let end = e.end.map_or_else(|| fmt.t(W::Ongoing).to_owned(), |end| fmt.when(end, now));
                    let side = if e.high { W::Above } else { W::Below };
                    (
                        e.channel.to_string(),
                        vec![
                            cell(e.channel_name.clone()),
                            cell(format!("{} {}", fmt.t(side), wording::with_unit(e.limit, &e.unit))),
                            cell(format!("{} – {end}", fmt.when(e.start, now))),
                            cell(fmt.span(e.outside)),
                            cell(wording::with_unit(e.worst, &e.unit)),
                            cell(fmt.t(if e.confirmed { W::Confirmed } else { W::Brief })),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::Excursions)}" "<span class="muted">{all.len()}</span></h3>
                {grid(W::Excursions, &[(W::Channel, false), (W::Limit, false), (W::FromTo, false), (W::Outside, true), (W::Furthest, true), (W::Kind, false)], rows, id::EXCURSION_ROW)}
                </section>
            }
            .into_any()
        })
    };
    view! { {head}{figures}{charts}{channels}{outside} }.into_any()
}
