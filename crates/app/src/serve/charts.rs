//! Events on the line, views kept by name, habits of a channel, and readings as a file.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::device_health::shared_endpoint;
use crate::flows::telemetry::State;
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use crate::wire::shown::Shown;
use base64::Engine;
use contract::*;
use domain::calibration::DUE_DAYS;
use domain::{Actor, Alarm, AlarmKind, Calibration, ChannelSpec, Priority, Quality};
use exchange::{Cell, WriteOptions};
use monitor::profile::{self, Step};
use std::ops::ControlFlow;
use store::AlarmQuery;
use units::{Day, Milli, Millis, Timestamp};

/// The setting that holds the views, as JSON.
const VIEWS: &str = "charts.views";

fn span(what: &str, channels: usize, from: Timestamp, to: Timestamp, longest: Millis) -> Result<()> {
    if channels == 0 || channels > limits::SERIES_CHANNELS_MAX {
        return Err(Failure::bad_input(format!(
            "{what}: choose 1 to {} channels",
            limits::SERIES_CHANNELS_MAX
        )));
    }
    if to <= from || to - from > longest {
        return Err(Failure::bad_input(format!(
            "{what}: `to` is after `from`, at most {} days",
            longest.0 / Millis::days(1).0
        )));
    }
    Ok(())
}

impl Serve<ListMarks> for App {
    async fn serve(&self, call: ListMarks, _: &Actor) -> Result<Vec<MarkRow>> {
        span("list events", call.channels.len(), call.from, call.to, Millis(i64::MAX))?;
        self.blocking(move |inner| {
            // What was raised before the span may reach into it.
            let query =
                AlarmQuery { to: Some(call.to), limit: limits::MARK_ALARMS_MAX, ..AlarmQuery::default() };
            let alarms = inner.store.alarms(&query)?;
            let now = inner.now();
            let state = inner.live.lock();
            let mut rows = Vec::new();
            for alarm in alarms {
                let Some(name) = concerned(&state, &call.channels, &alarm) else { continue };
                let row = MarkRow {
                    kind: String::new(),
                    at: alarm.raised_at,
                    until: alarm.cleared_at,
                    channel: alarm.channel,
                    name,
                    priority: None,
                    detail: format!("{:?}", alarm.kind),
                    day: None,
                };
                let silent = matches!(
                    alarm.kind,
                    AlarmKind::NoData | AlarmKind::DeviceFault | AlarmKind::EndpointLost
                );
                if alarm.cleared_at.is_none_or(|end| end >= call.from) {
                    rows.push(MarkRow {
                        kind: if silent { "Gap" } else { "Alarm" }.into(),
                        priority: (!silent).then(|| wire::priority(alarm.priority)),
                        ..row.clone()
                    });
                }
                if let Some(at) = alarm.acknowledged_at.filter(|at| *at >= call.from && *at < call.to) {
                    rows.push(MarkRow {
                        kind: "Acknowledged".into(),
                        at,
                        until: None,
                        detail: alarm.acknowledged_by.unwrap_or_default(),
                        ..row
                    });
                }
            }
            for spec in call.channels.iter().filter_map(|channel| state.specs.get(channel)) {
                calibrations(spec, state.believed.calibrations(spec.id), now, &mut |row| {
                    let lasts = row.kind != "Calibrated";
                    let inside = if lasts {
                        row.until.is_none_or(|end| end >= call.from)
                    } else {
                        row.at >= call.from
                    };
                    if inside && row.at < call.to {
                        rows.push(row);
                    }
                });
            }
            rows.sort_by_key(|row| row.at);
            Ok(rows)
        })
        .await
    }
}

/// Whom an alarm is about, where it says something of the channels on a chart. A device's calibrations are told of each channel
/// by [`calibrations`], and that the site is not backed up says nothing of a line.
fn concerned(state: &State, channels: &[ChannelId], alarm: &Alarm) -> Option<String> {
    let device = |id| state.devices.get(&id).map(|live| &live.device);
    let mut devices = channels.iter().filter_map(|channel| state.specs.get(channel)).map(|spec| spec.device);
    match (alarm.kind, alarm.channel, alarm.device) {
        (AlarmKind::Calibration | AlarmKind::Backup, ..) => None,
        (_, Some(channel), _) => {
            let spec = state.specs.get(&channel).filter(|_| channels.contains(&channel));
            spec.map(|spec| spec.name.clone())
        }
        // The first of several devices stands for what all of them are reached by.
        (AlarmKind::EndpointLost, None, Some(first)) => {
            let endpoint = shared_endpoint(&device(first)?.address);
            let behind = |id| device(id).is_some_and(|one| shared_endpoint(&one.address) == endpoint);
            devices.any(behind).then(|| endpoint.to_owned())
        }
        (_, None, Some(id)) => {
            devices.any(|one| one == id).then(|| device(id).map(|one| one.name.clone()).unwrap_or_default())
        }
        // The whole site's: our own recording stood still, or readings came back damaged.
        (_, None, None) => Some(String::new()),
    }
}

/// What became of a channel's calibrations until now: each from when it acts, then that it ends soon, then that it has ended,
/// unless another one had come by then. By the same days as the alarm.
fn calibrations(spec: &ChannelSpec, history: &[Calibration], now: Timestamp, tell: &mut dyn FnMut(MarkRow)) {
    let row = |kind: &str, one: &Calibration, at: Timestamp, day: Day| MarkRow {
        kind: kind.to_owned(),
        at,
        until: None,
        channel: Some(spec.id),
        name: spec.name.clone(),
        priority: None,
        detail: one.certificate.clone(),
        day: Some(day),
    };
    for (n, one) in history.iter().enumerate() {
        tell(row("Calibrated", one, one.since, one.done_on));
        let next = history.get(n + 1).map(|next| next.since);
        let Some(last) = one.expires_on else { continue };
        let due = last.plus(-DUE_DAYS).utc_midnight().max(one.since);
        let ended = last.plus(1).utc_midnight().max(one.since);
        let soon = next.map_or(ended, |next| next.min(ended));
        for (kind, from, until) in [("CalibrationDue", due, Some(soon)), ("CalibrationExpired", ended, next)]
        {
            if from <= now && until.is_none_or(|until| from < until) {
                let until = until.filter(|until| *until <= now);
                let priority = Some(wire::priority(Priority::Low));
                tell(MarkRow { until, priority, ..row(kind, one, from, last) });
            }
        }
    }
}

/// The views kept; none where the setting is damaged, so that it can be written anew.
fn views(inner: &Inner) -> Result<Vec<ChartView>> {
    let text = inner.store.records.setting(VIEWS)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn keep(inner: &Inner, by: &Actor, views: &mut [ChartView]) -> Result<Done> {
    views.sort_by(|a, b| a.name.cmp(&b.name));
    let text = serde_json::to_string(views).map_err(|e| Failure::bug(format!("write the views: {e}")))?;
    inner.store.records.save_setting(&inner.act(by), VIEWS, &text)?;
    inner.bus.changed(Topic::Settings);
    inner.bus.changed(Topic::Audit);
    Ok(Done)
}

impl Serve<ListChartViews> for App {
    async fn serve(&self, _: ListChartViews, _: &Actor) -> Result<Vec<ChartView>> {
        self.blocking(|inner| views(inner)).await
    }
}

impl Serve<SaveChartView> for App {
    async fn serve(&self, call: SaveChartView, by: &Actor) -> Result<Done> {
        let mut view = call.view;
        view.name = view.name.trim().to_owned();
        if view.name.is_empty() || view.name.chars().count() > limits::CODE_CHARS_MAX {
            return Err(Failure::bad_input(format!(
                "keep a view: give it a name of 1 to {} characters",
                limits::CODE_CHARS_MAX
            )));
        }
        if view.channels.len() > limits::SERIES_CHANNELS_MAX || view.look.len() > limits::CODE_CHARS_MAX {
            return Err(Failure::bad_input(format!(
                "keep the view {}: choose at most {} channels",
                view.name,
                limits::SERIES_CHANNELS_MAX
            )));
        }
        let by = by.clone();
        self.blocking(move |inner| {
            let mut all = views(inner)?;
            all.retain(|old| old.name != view.name);
            if all.len() >= limits::CHART_VIEWS_MAX {
                return Err(Failure::bad_input(format!(
                    "keep the view {}: there are {} already; forget one first",
                    view.name,
                    all.len()
                )));
            }
            all.push(view);
            keep(inner, &by, &mut all)
        })
        .await
    }
}

impl Serve<RemoveChartView> for App {
    async fn serve(&self, call: RemoveChartView, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let mut all = views(inner)?;
            let before = all.len();
            all.retain(|view| view.name != call.name);
            if all.len() == before {
                return Err(Failure::not_found("view", &call.name));
            }
            keep(inner, &by, &mut all)
        })
        .await
    }
}

fn name_of(inner: &Inner, channel: ChannelId) -> Result<ChannelName> {
    let state = inner.live.lock();
    let spec = state.specs.get(&channel).ok_or_else(|| Failure::not_found("channel", channel))?;
    let rule = state.rules.get(&channel);
    let shown = state.believed.shown(spec);
    Ok(ChannelName {
        name: spec.name.clone(),
        unit: shown.unit(&spec.unit),
        low: rule.and_then(|rule| rule.low).map(|low| shown.value(low)),
        high: rule.and_then(|rule| rule.high).map(|high| shown.value(high)),
    })
}

/// How a channel's values are shown.
fn shown_of(inner: &Inner, channel: ChannelId) -> Shown {
    let state = inner.live.lock();
    state.specs.get(&channel).map(|spec| state.believed.shown(spec)).unwrap_or_default()
}

/// The steps of channels over a span: how long one is, and for each channel those that have a good value, with their start.
fn steps(
    inner: &Inner,
    channels: &[ChannelId],
    from: Timestamp,
    to: Timestamp,
) -> Result<(Millis, Vec<Vec<(Timestamp, Step)>>)> {
    // Zones differ by quarters of hours: steps that divide them, begun at a whole one, lie across no hour and no midnight, whatever
    // the clocks on the wall do.
    let fits = |width: &&Millis| (to.0 - from.0) / width.0 < i64::from(limits::PROFILE_STEPS) - 1;
    let width = limits::PROFILE_WIDTHS.iter().find(fits).unwrap_or(&Millis::hours(1)).0;
    let (first, end) = (from.0.div_euclid(width), (to.0 - 1).div_euclid(width) + 1);
    let (from, to) = (Timestamp(first * width), Timestamp(end * width));
    let buckets = u32::try_from(end - first).unwrap_or(limits::PROFILE_STEPS);
    let series = inner.store.telemetry.series(channels, from, to, buckets)?;
    let steps = series
        .channels
        .iter()
        .map(|(channel, buckets)| {
            let shown = shown_of(inner, *channel);
            let full = |bucket: &store::Bucket| {
                let (low, mean, high) = (bucket.min?, bucket.mean?, bucket.max?);
                let step = Step { low: shown.value(low), mean: shown.value(mean), high: shown.value(high) };
                Some((bucket.at, step))
            };
            buckets.iter().filter_map(full).collect()
        })
        .collect();
    Ok((series.width, steps))
}

impl Serve<GetBands> for App {
    async fn serve(&self, call: GetBands, _: &Actor) -> Result<BandReply> {
        span("read quantiles", 1, call.from, call.to, limits::PROFILE_SPAN_MAX)?;
        self.blocking(move |inner| {
            let channel = name_of(inner, call.channel)?;
            let (step, found) = steps(inner, &[call.channel], call.from, call.to)?;
            let zone = inner.zone();
            let grouped = found.into_iter().flatten().map(|(at, one)| {
                let local = at.0 + i64::from(crate::zone::offset_minutes(&zone, at)) * 60_000;
                let hours = local.div_euclid(Millis::hours(1).0);
                let group = match call.by {
                    BandBy::Hour => hours.rem_euclid(24),
                    BandBy::Day => hours.div_euclid(24),
                    BandBy::DayHour => hours,
                };
                (group, one)
            });
            let rows = profile::bands(grouped)
                .into_iter()
                .map(|band| BandRow {
                    group: band.group,
                    low: band.low,
                    p5: band.p5,
                    p25: band.p25,
                    p50: band.p50,
                    p75: band.p75,
                    p95: band.p95,
                    high: band.high,
                })
                .collect();
            Ok(BandReply { channel, step, rows })
        })
        .await
    }
}

impl Serve<GetDuration> for App {
    async fn serve(&self, call: GetDuration, _: &Actor) -> Result<DurationReply> {
        span("read a duration curve", 1, call.from, call.to, limits::PROFILE_SPAN_MAX)?;
        self.blocking(move |inner| {
            let channel = name_of(inner, call.channel)?;
            let (step, found) = steps(inner, &[call.channel], call.from, call.to)?;
            let found: Vec<Step> = found.into_iter().flatten().map(|(_, one)| one).collect();
            Ok(DurationReply {
                step,
                values: profile::duration(&found, 200),
                outside_permille: profile::share_outside(&found, channel.low, channel.high),
                channel,
            })
        })
        .await
    }
}

impl Serve<GetCorrelation> for App {
    async fn serve(&self, call: GetCorrelation, _: &Actor) -> Result<CorrelationReply> {
        span("correlate two channels", 2, call.from, call.to, limits::PROFILE_SPAN_MAX)?;
        self.blocking(move |inner| {
            let (first, second) = (name_of(inner, call.first)?, name_of(inner, call.second)?);
            let (step, found) = steps(inner, &[call.first, call.second], call.from, call.to)?;
            let width = step.0.max(1);
            let start = found.iter().flatten().map(|(at, _)| at.0).min().unwrap_or(call.from.0);
            // On one grid: a step that one side lacks is nothing there.
            let places = usize::try_from((call.to.0 - start) / width + 1).unwrap_or(0);
            let grid: Vec<Vec<Option<Milli>>> = found
                .iter()
                .map(|line| {
                    let mut grid = vec![None; places];
                    for (at, one) in line {
                        let place = usize::try_from((at.0 - start) / width).unwrap_or(usize::MAX);
                        if let Some(cell) = grid.get_mut(place) {
                            *cell = Some(one.mean);
                        }
                    }
                    grid
                })
                .collect();
            let [one, other] = grid.as_slice() else {
                return Err(Failure::bug("two channels were asked for"));
            };
            let found = profile::correlation(one, other, limits::CORRELATION_LAGS);
            let permille = |r: f64| (r * 1000.0).round() as i32;
            let lag = |lag: i32| Millis(i64::from(lag) * width);
            let pairs: Vec<(Milli, Milli)> =
                one.iter().zip(other).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
            let every = pairs.len().div_ceil(limits::CORRELATION_PAIRS_MAX).max(1);
            Ok(CorrelationReply {
                first,
                second,
                step,
                r_permille: found.r.map(permille),
                by_lag: found.by_lag.iter().map(|(n, r)| (lag(*n), r.map(permille))).collect(),
                best: found.best.map(|(n, r)| (lag(n), permille(r))),
                pairs: pairs.into_iter().step_by(every).collect(),
            })
        })
        .await
    }
}

impl Serve<ExportSeries> for App {
    async fn serve(&self, call: ExportSeries, _: &Actor) -> Result<FileReply> {
        span("write the readings", call.channels.len(), call.from, call.to, Millis(i64::MAX))?;
        self.blocking(move |inner| {
            let chinese = call.language == Language::ZhHans;
            let zone = inner.zone();
            let names = call
                .channels
                .iter()
                .map(|channel| name_of(inner, *channel))
                .collect::<Result<Vec<ChannelName>>>()?;
            let word = |english: &'static str, chinese_word: &'static str| {
                if chinese { chinese_word } else { english }
            };
            let mut rows: Vec<Vec<Cell>> = Vec::new();
            let mut too_many = false;
            for (channel, name) in call.channels.iter().zip(&names) {
                let shown = shown_of(inner, *channel);
                inner.store.telemetry.for_each_reading(*channel, call.from, call.to, &mut |reading| {
                    let quality = match &reading.quality {
                        Quality::Good => word("good", "良好").to_owned(),
                        Quality::Suspect(doubt) => format!("{} ({doubt:?})", word("suspect", "存疑")),
                        Quality::Bad(fault) => format!("{} ({fault:?})", word("bad", "无效")),
                        Quality::Interpolated => word("interpolated", "插补").to_owned(),
                    };
                    rows.push(vec![
                        crate::zone::stamp(&zone, reading.at).into(),
                        name.name.as_str().into(),
                        reading.value.map(|value| shown.value(value)).into(),
                        name.unit.as_str().into(),
                        quality.into(),
                    ]);
                    too_many = rows.len() > limits::EXPORT_ROWS_MAX;
                    if too_many { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })?;
                if too_many {
                    break;
                }
            }
            let options = WriteOptions { bom: true };
            let bytes = if too_many {
                buckets_as_csv(inner, &call, &names, &zone, options)?
            } else {
                let header = [
                    word("time", "时间"),
                    word("channel", "通道"),
                    word("value", "数值"),
                    word("unit", "单位"),
                    word("quality", "质量"),
                ];
                exchange::table::write(&header, rows, options)
            };
            let day = |at: Timestamp| crate::zone::day(&zone, at);
            Ok(FileReply {
                name: format!("readings-{}-{}.csv", day(call.from), day(Timestamp(call.to.0 - 1))),
                media: "text/csv".into(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}

/// More readings than a spreadsheet has rows: as many buckets as fit, each with its extremes.
fn buckets_as_csv(
    inner: &Inner,
    call: &ExportSeries,
    names: &[ChannelName],
    zone: &jiff::tz::TimeZone,
    options: WriteOptions,
) -> Result<Vec<u8>> {
    let chinese = call.language == Language::ZhHans;
    let word =
        |english: &'static str, chinese_word: &'static str| if chinese { chinese_word } else { english };
    let series = inner.store.telemetry.series(&call.channels, call.from, call.to, limits::PROFILE_STEPS)?;
    let seconds = series.width.0 as f64 / 1000.0;
    let rows = series.channels.iter().zip(names).flat_map(|((channel, buckets), name)| {
        let shown = shown_of(inner, *channel);
        buckets.iter().map(move |bucket| {
            let value = |value: Option<Milli>| value.map(|value| shown.value(value));
            let quality = match (bucket.min.is_some(), bucket.suspect > 0) {
                (true, false) => word("good", "良好"),
                (true, true) => word("good, some suspect", "良好，部分存疑"),
                (false, _) => word("suspect", "存疑"),
            };
            vec![
                crate::zone::stamp(zone, bucket.at).into(),
                name.name.as_str().into(),
                value(bucket.min).into(),
                value(bucket.mean).into(),
                value(bucket.max).into(),
                name.unit.as_str().into(),
                quality.into(),
                Cell::Number(format!("{seconds}")),
            ]
        })
    });
    let header = [
        word("time", "时间"),
        word("channel", "通道"),
        word("lowest", "最低"),
        word("mean", "平均"),
        word("highest", "最高"),
        word("unit", "单位"),
        word("quality", "质量"),
        word("seconds", "秒数"),
    ];
    Ok(exchange::table::write(&header, rows, options))
}
