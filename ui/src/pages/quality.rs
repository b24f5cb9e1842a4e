//! How far readings are believed: every channel with what is in doubt about it, its tests tried on its own history before they
//! are set, its calibrations, and what people said of its readings.

use super::split;
use crate::bridge;
use crate::chart::{Picture, chart};
use crate::columns::{Column, Table, number, text};
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::{live, live_at, pace_of_span};
use crate::parts::{self, cell, fact, grid, plain_button};
use crate::prefs;
use crate::readings;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::{self, Long, Row, step, td};
use crate::takeout::these;
use crate::testids as id;
use crate::wording;
use crate::zoom::{Axis, Zoom};
use charts::{Doubt, DoubtKind, Point, TimeSeries};
use contract::*;
use leptos::prelude::*;
use std::time::Duration;
use units::{ChannelId, Day, Measure, Milli, Millis, Timestamp};

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Name,
    Readings,
}

const COLUMNS: [Column<Sort>; 3] = [
    text("channel", W::Channel, 150).grows().up(Sort::Name),
    number("value", W::Now, 72),
    number("readings", W::DqInDoubt, 66).down(Sort::Readings),
];

/// So many days of history a trial looks at.
const DAYS: u32 = 30;

/// A value of a channel in the unit people read.
fn shown_in(unit: &str, to: &str, value: Milli) -> Milli {
    match (Measure::parse(unit), Measure::parse(to)) {
        (Some(from), Some(to)) => from.convert(value, to).unwrap_or(value),
        _ => value,
    }
}

/// Class and shape of a doubt: what lasts and hides something is worse than what is over.
fn issue_mark(issue: &QualityIssue) -> (&'static str, &'static str) {
    match issue.kind.as_str() {
        _ if issue.seen.is_some() => ("", "○"),
        "CalibrationExpired" | "Missing" | "NoNumber" => ("h", "▲"),
        "Stuck" if issue.now => ("h", "▲"),
        "UnitUnknown" | "NoLimits" => ("l", "▽"),
        "CalibrationDue" => ("l", "▽"),
        _ => ("m", "◆"),
    }
}

/// A doubt in a few words.
fn issue_line(issue: &QualityIssue) -> String {
    let fmt = fmt();
    let name = wording::doubt(&fmt, &issue.kind);
    let more = match (issue.days, issue.amount) {
        (Some(days), _) => fmt.days(days),
        (None, Some(amount)) => fmt.span(Millis(amount.0.abs())),
        (None, None) if issue.readings > 0 => format!("×{}{}", format::NB, format::count(issue.readings)),
        _ => String::new(),
    };
    if more.is_empty() { name } else { format!("{name} {more}") }
}

/// What waits for somebody to set something up: nobody is called for it.
const SET_UP: [&str; 2] = ["UnitUnknown", "NoLimits"];

/// Whether a channel has something that nobody has seen: in doubt, or else to be set up.
fn waits(row: &QualityRow, set_up: bool) -> bool {
    row.issues.iter().any(|i| i.seen.is_none() && SET_UP.contains(&i.kind.as_str()) == set_up)
}

fn doubted(row: &QualityRow) -> u64 {
    row.issues.iter().map(|issue| issue.readings).sum()
}

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListQualityWork {}));
    let table = Table::new("quality", &COLUMNS, "");
    let filter = table.filter();
    let tab = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    let rows = Memo::new(move |_| {
        let needle = filter.get().to_lowercase();
        let tab = tab.get();
        let key = ctx.route.with(|r| r.row.clone());
        let mut rows: Vec<QualityRow> = answer
            .data
            .get()?
            .channels
            .into_iter()
            .filter(|r| tab == "all" || r.channel.to_string() == key || waits(r, tab == "setup"))
            .filter(|r| {
                let words =
                    || format!("{} {} {}", r.name, r.device_name, r.zone_name.clone().unwrap_or_default());
                needle.is_empty() || words().to_lowercase().contains(&needle)
            })
            .collect();
        let Some((by, reverse)) = table.sort() else { return Some(rows) };
        match by {
            Sort::Name => rows.sort_by_cached_key(|r| r.name.to_lowercase()),
            Sort::Readings => rows.sort_by_key(|r| std::cmp::Reverse(doubted(r))),
        }
        if reverse {
            rows.reverse();
        }
        Some(rows)
    });
    let table = table.takes(W::PageQuality, move || {
        let ids = rows.with_untracked(|rows| rows.iter().flatten().map(|r| r.channel).collect::<Vec<_>>());
        these(&ListQualityWork {}, ids)
    });
    let chosen = Memo::new(move |_| {
        let key = ctx.route.with(|r| r.row.clone());
        rows.with(|d| {
            let d = d.as_ref()?;
            d.iter().find(|r| r.channel.to_string() == key).or(d.first()).map(|r| r.channel)
        })
    });
    let by = move |n: i32| {
        let next = rows.with_untracked(|d| {
            let d = d.as_ref()?;
            let at = chosen.get_untracked().and_then(|c| d.iter().position(|r| r.channel == c));
            step(at, n, d.len()).map(|i| d[i].channel)
        });
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    let row_of = move |channel: ChannelId| {
        rows.with_untracked(|d| d.as_ref()?.iter().find(|r| r.channel == channel).cloned())
    };
    on_act(move |act| {
        let row = || chosen.get_untracked().and_then(row_of);
        match act {
            Act::Move(n) => by(n),
            Act::First => by(i32::MIN / 2),
            Act::Last => by(i32::MAX / 2),
            Act::Acknowledge => {
                if let Some(row) = row()
                    && let Some(issue) = row.issues.iter().find(|i| i.seen.is_none())
                {
                    see(row.channel, row.name.clone(), issue.kind.clone());
                }
                true
            }
            Act::Mark | Act::Dismiss => {
                if let Some(row) = row() {
                    let worst = row.issues.iter().find(|i| i.seen.is_none() && i.readings > 0);
                    let span = worst.map(|i| (i.since.unwrap_or(i.at), i.at));
                    mark(row.channel, row.name, span, if act == Act::Dismiss { "Bad" } else { "Good" });
                }
                true
            }
            Act::Change | Act::Open => {
                crate::browser::focus("dq-first");
                true
            }
            _ => false,
        }
    });
    let row = move |_: usize, r: &QualityRow| {
        let of = |key: &'static str| row_cell(r, key);
        Row {
            testid: id::QUALITY_ROW,
            id: r.channel.to_string(),
            class: "",
            marked: false,
            cells: table.cells(of),
        }
    };
    let total = Signal::derive(move || rows.with(|r| r.as_ref().map_or(0, Vec::len)));
    let at = Signal::derive(move || {
        let key = chosen.get()?;
        rows.with(|r| r.as_ref()?.iter().position(|d| d.channel == key))
    });
    let long = Long { label: fmt.t(W::PageQuality), total, chosen: at, seen: None, tall: true };
    let body = table::rows(
        long,
        move |i| rows.with(|r| r.as_ref()?.get(i).cloned()),
        row,
        move |i, _| {
            let key = rows.with_untracked(|r| r.as_ref().and_then(|r| r.get(i).map(|d| d.channel)));
            if let Some(key) = key {
                ctx.choose(key);
            }
        },
    );
    let waiting = move || rows.with(Option::is_none).then(|| parts::waiting(answer.error.get()));
    let note = move || answer.data.with(|d| d.as_ref().map_or(String::new(), |d| fmt.n(W::DqOpen, d.open)));
    let tabs = move || {
        let counts = answer.data.with(|d| {
            let d = d.as_ref()?;
            let set_up = d.channels.iter().filter(|r| waits(r, true)).count();
            Some((u64::from(d.open), set_up as u64, d.channels.len() as u64))
        });
        parts::tabs(vec![
            ("", W::DqTabDoubts, counts.map(|c| c.0)),
            ("setup", W::DqTabSetUp, counts.map(|c| c.1)),
            ("all", W::DqTabAll, counts.map(|c| c.2)),
        ])
    };
    let list = view! {
        {parts::list_head(W::PageQuality, note)}
        {tabs}
        {table.tools(W::DqFilter)}
        {waiting}
        {table.boxed(body)}
    }
    .into_any();
    let state = Memo::new(move |_| {
        answer.data.with(|d| d.as_ref().map(|d| (d.channels.is_empty(), chosen.get().is_none())))
    });
    let detail = move || match state.get() {
        None => ().into_any(),
        Some((true, _)) => parts::empty(
            W::DqEmpty,
            W::DqEmptyText,
            vec![(W::GoDevices, Box::new(move || ctx.go(Route::page(Page::Devices))))],
        ),
        Some((false, true)) => parts::empty(
            W::DqNone,
            W::DqNoneText,
            vec![(W::DqTabAll, Box::new(move || ctx.choose_tab("all")))],
        ),
        Some((false, false)) => channel_detail(chosen),
    };
    split(list, detail.into_any())
}

fn row_cell(r: &QualityRow, key: &'static str) -> AnyView {
    match key {
        "value" => td("num", value_text(r)),
        "readings" => {
            let n = doubted(r);
            td("num muted", if n == 0 { "—".to_owned() } else { format::count(n) })
        }
        _ => {
            let (class, shape) = r.issues.first().map_or(("", "✓"), issue_mark);
            let line = if r.issues.is_empty() {
                fmt().t(W::DqFine).to_owned()
            } else {
                r.issues.iter().map(issue_line).collect::<Vec<_>>().join(" · ")
            };
            let title = format!("{}\n{line}", r.name);
            view! {
                <span role="gridcell" class="two" title=title><span class="t ell"><span class=format!("mark {class}") aria-hidden="true">{shape}</span>" "{r.name.clone()}</span><span class="s ell">{line}</span></span>
            }
            .into_any()
        }
    }
}

/// The newest value in the unit people read.
fn value_text(r: &QualityRow) -> String {
    let value = r.latest.as_ref().and_then(|l| l.value);
    value.map_or("—".into(), |v| {
        format!("{} {}", format::live_value(shown_in(&r.unit, &r.shown_unit, v)), r.shown_unit)
    })
}

/// Asks why a doubt may stay.
fn see(channel: ChannelId, name: String, kind: String) {
    let fmt = fmt();
    let title = fmt.fill(W::DqSeeTitle, &[&wording::doubt(&fmt, &kind), &name]);
    ask(
        title,
        fmt.t(W::DqSeeText),
        W::DqSeen,
        vec![Field::text("why", W::Why, "").needed()],
        move |values| {
            let kind = kind.clone();
            async move {
                let why = values.into_iter().next().unwrap_or_default();
                bridge::send(SeeDoubt { channel, kind, why }).await?;
                ctx().say(crate::state::fmt().t(W::Saved));
                Ok(())
            }
        },
    );
}

/// `2026-11-22 14:14` of the site's clock, and back.
fn stamp_of(text: &str) -> Option<Timestamp> {
    let (day, clock) = text.trim().split_once(' ')?;
    let mut parts = clock.split(':').map(|p| p.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if !(0..24).contains(&hour)
        || !(0..60).contains(&minute)
        || !(0..60).contains(&second)
        || parts.next().is_some()
    {
        return None;
    }
    let offset = Millis::minutes(i64::from(fmt().offset_minutes));
    Some(Day::parse(day)?.utc_midnight() + Millis(((hour * 60 + minute) * 60 + second) * 1000) - offset)
}

fn stamp_text(at: Timestamp) -> String {
    let (day, ms) = fmt().local(at);
    format!("{day} {:02}:{:02}:{:02}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60)
}

/// Asks what to say of a span, and why.
fn mark(channel: ChannelId, name: String, span: Option<(Timestamp, Timestamp)>, verdict: &'static str) {
    let (ctx, fmt) = (ctx(), fmt());
    let now = ctx.now.get_untracked();
    let (from, to) = span.unwrap_or((now - Millis::hours(1), now));
    // Whole seconds as typed: the last reading's fraction belongs to the span.
    let to = Timestamp((to.0 + 999).div_euclid(1000) * 1000);
    let verdicts = ["Good", "Suspect", "Bad", "Interpolated"]
        .iter()
        .map(|v| ((*v).to_owned(), wording::verdict(&fmt, v)))
        .collect();
    let fields = vec![
        Field::choice("verdict", W::DqVerdict, verdict, verdicts),
        Field::text("from", W::DqFrom, stamp_text(from)).hint(fmt.zone()).needed(),
        Field::text("to", W::DqTo, stamp_text(to)).hint(fmt.zone()).needed(),
        Field::text("why", W::Why, "").needed(),
    ];
    ask(
        fmt.fill(W::DqMarkTitle, &[&name]),
        fmt.t(W::DqMarkText),
        W::DqMarkDo,
        fields,
        move |values| async move {
            let fmt = crate::state::fmt();
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let (verdict, from, to, why) = (next(), next(), next(), next());
            let (Some(from), Some(to)) = (stamp_of(&from), stamp_of(&to)) else {
                return Err(ApiError {
                    code: Code::BadInput,
                    message: fmt.t(W::DqStampWrong).to_owned(),
                    trace_id: String::new(),
                });
            };
            bridge::send(MarkReadings { channel, from, to, verdict, why }).await?;
            crate::state::ctx().say(fmt.t(W::Saved));
            Ok(())
        },
    );
}

/// Asks for what a certificate says.
fn calibrate(channel: ChannelId, name: String, unit: String) {
    let (ctx, fmt) = (ctx(), fmt());
    let today = ctx.today();
    let ways = vec![
        ("offset".to_owned(), fmt.t(W::DqOffset).to_owned()),
        ("points".to_owned(), fmt.t(W::DqTwoPoints).to_owned()),
    ];
    let point = |name, word| Field::number(name, word, "").hint(unit.clone()).when("way", &["points"]);
    let fields = vec![
        Field::choice("way", W::DqWay, "offset", ways),
        Field::number("offset", W::DqOffset, "0").hint(unit.clone()).when("way", &["offset"]),
        point("said1", W::DqSaid1),
        point("true1", W::DqTrue1),
        point("said2", W::DqSaid2),
        point("true2", W::DqTrue2),
        Field::text("certificate", W::DqCertificate, "").needed(),
        Field::text("laboratory", W::DqLaboratory, ""),
        Field::text("done", W::DqDoneOn, today.to_string()).needed(),
        Field::text("expires", W::DqExpiresOn, today.plus(365).to_string()),
        Field::text("hash", W::DqHash, ""),
        Field::text("why", W::Why, "").needed(),
    ];
    ask(
        fmt.fill(W::DqCalibrateTitle, &[&name]),
        fmt.t(W::DqCalibrateText),
        W::Save,
        fields,
        move |values| async move {
            let fmt = crate::state::fmt();
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let number = |text: String| Milli::parse(&format::typed(&text));
            let wrong = |word: W| ApiError {
                code: Code::BadInput,
                message: fmt.t(word).to_owned(),
                trace_id: String::new(),
            };
            let way = next();
            let offset = number(next());
            let four = [number(next()), number(next()), number(next()), number(next())];
            let points = match (way.as_str(), four) {
                ("points", [Some(said1), Some(true1), Some(said2), Some(true2)]) => {
                    Some([(said1, true1), (said2, true2)])
                }
                ("points", _) => return Err(wrong(W::DqPointsWrong)),
                _ => None,
            };
            let (certificate, laboratory, done, expires, hash, why) =
                (next(), next(), next(), next(), next(), next());
            let done_on = Day::parse(&done).ok_or_else(|| wrong(W::DqDayWrong))?;
            let expires_on = match expires.as_str() {
                "" => None,
                text => Some(Day::parse(text).ok_or_else(|| wrong(W::DqDayWrong))?),
            };
            bridge::send(AddCalibration {
                channel,
                points,
                offset: offset.unwrap_or_default(),
                certificate,
                laboratory,
                done_on,
                expires_on,
                file_sha256: (!hash.is_empty()).then_some(hash),
                why,
            })
            .await?;
            crate::state::ctx().say(fmt.t(W::Saved));
            Ok(())
        },
    );
}

fn take_back(mark: i64) {
    let fmt = fmt();
    let fields = vec![Field::text("why", W::Why, "").needed()];
    ask(fmt.t(W::DqTakeBackTitle), "", W::DqTakeBack, fields, move |values| async move {
        let why = values.into_iter().next().unwrap_or_default();
        bridge::send(TakeBackMark { id: mark, why }).await?;
        ctx().say(crate::state::fmt().t(W::Saved));
        Ok(())
    });
}

/// A difference of values in the unit people read.
fn step_in(unit: &str, to: &str, value: Milli) -> Milli {
    match (Measure::parse(unit), Measure::parse(to)) {
        (Some(from), Some(to)) => from.convert_difference(value, to).unwrap_or(value),
        _ => value,
    }
}

/// Tests in another unit of the same kind. What is open stays open.
fn tests_in(tests: &QualityTests, unit: &str, to: &str) -> QualityTests {
    let value = |v: Milli| if v.0.abs() < OPEN { shown_in(unit, to, v) } else { v };
    let step = |v: Milli| step_in(unit, to, v);
    QualityTests {
        plausible_min: value(tests.plausible_min),
        plausible_max: value(tests.plausible_max),
        rate_per_minute_max: tests.rate_per_minute_max.map(step),
        stuck_after: tests.stuck_after,
        stuck_band: step(tests.stuck_band),
        still_at: tests.still_at.map(value),
        spike: tests.spike.map(step),
        repeats: tests.repeats,
    }
}

/// Typed tests in the stored unit: what reads as the one on record does is that one, so that saving changes only what was typed.
fn tests_back(typed: &QualityTests, known: &QualityTests, unit: &str, shown: &str) -> QualityTests {
    if unit == shown {
        return *typed;
    }
    let (back, seen) = (tests_in(typed, shown, unit), tests_in(known, unit, shown));
    fn pick<T: PartialEq>(typed: T, seen: T, known: T, back: T) -> T {
        if typed == seen { known } else { back }
    }
    macro_rules! each {
        ($($field:ident),*) => {
            QualityTests { $($field: pick(typed.$field, seen.$field, known.$field, back.$field)),* }
        };
    }
    each!(
        plausible_min,
        plausible_max,
        rate_per_minute_max,
        stuck_after,
        stuck_band,
        still_at,
        spike,
        repeats
    )
}

/// The tests as a person types them, in the unit people read.
#[derive(Clone, Copy)]
struct Form {
    /// The stored unit, the one people read, and the tests on record, in the stored one.
    of: StoredValue<(String, String, Option<QualityTests>)>,
    min: RwSignal<String>,
    max: RwSignal<String>,
    rate: RwSignal<String>,
    stuck: RwSignal<String>,
    band: RwSignal<String>,
    still: RwSignal<String>,
    spike: RwSignal<String>,
    repeats: RwSignal<bool>,
}

/// Beyond this nothing is a limit: the value stands for "none".
const OPEN: i64 = i64::MAX / 8;

impl Form {
    fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            of: StoredValue::new((String::new(), String::new(), None)),
            min: empty(),
            max: empty(),
            rate: empty(),
            stuck: empty(),
            band: empty(),
            still: empty(),
            spike: empty(),
            repeats: RwSignal::new(false),
        }
    }

    /// These are its channel's units, and its tests on record.
    fn belongs(&self, unit: String, shown: String, tests: QualityTests) {
        self.of.set_value((unit, shown, Some(tests)));
    }

    fn set(&self, tests: &QualityTests) {
        let tests = self.of.with_value(|(unit, shown, _)| tests_in(tests, unit, shown));
        let text =
            |v: Option<Milli>| v.filter(|v| v.0.abs() < OPEN).map(|v| v.to_string()).unwrap_or_default();
        self.min.set(text(Some(tests.plausible_min)));
        self.max.set(text(Some(tests.plausible_max)));
        self.rate.set(text(tests.rate_per_minute_max));
        self.stuck.set(text(tests.stuck_after.map(|after| Milli(after.0 * 10 / 36_000))));
        self.band.set(text(Some(tests.stuck_band)));
        self.still.set(text(tests.still_at));
        self.spike.set(text(tests.spike));
        self.repeats.set(tests.repeats);
    }

    /// What is typed; `None` where something is not a number.
    fn tests(&self) -> Option<QualityTests> {
        let optional = |signal: RwSignal<String>| -> Option<Option<Milli>> {
            let text = signal.get();
            if text.trim().is_empty() {
                Some(None)
            } else {
                Milli::parse(&format::typed(text.trim())).map(Some)
            }
        };
        let typed = QualityTests {
            plausible_min: optional(self.min)?.unwrap_or(Milli(i64::MIN / 4)),
            plausible_max: optional(self.max)?.unwrap_or(Milli(i64::MAX / 4)),
            rate_per_minute_max: optional(self.rate)?,
            // Hours with three decimals: 3.6 s.
            stuck_after: optional(self.stuck)?.map(|hours| Millis(hours.0.saturating_mul(3_600))),
            stuck_band: optional(self.band)?.unwrap_or_default(),
            still_at: optional(self.still)?,
            spike: optional(self.spike)?,
            repeats: self.repeats.get(),
        };
        Some(self.of.with_value(|(unit, shown, known)| match known {
            Some(known) => tests_back(&typed, known, unit, shown),
            None => typed,
        }))
    }
}

fn channel_detail(chosen: Memo<Option<ChannelId>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || chosen.get().map(|channel| GetChannelQuality { channel, days: DAYS }));
    let shown = Memo::new(move |_| {
        let channel = chosen.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.row.channel == channel).cloned())
    });
    let form = Form::new();
    // Another channel, or other tests on record: what was typed gives way.
    let known = Memo::new(move |_| {
        shown.with(|d| {
            d.as_ref().map(|d| (d.row.channel, d.tests, d.row.unit.clone(), d.row.shown_unit.clone()))
        })
    });
    let typed = RwSignal::new(None::<(ChannelId, QualityTests)>);
    Effect::new(move |_| {
        if let Some((channel, tests, unit, shown)) = known.get() {
            form.belongs(unit, shown, tests);
            form.set(&tests);
            typed.set(Some((channel, tests)));
        }
    });
    // A keystroke later than 400 ms is a question of its own.
    let turn = StoredValue::new(0u32);
    let changed = move || {
        turn.update_value(|n| *n += 1);
        let mine = turn.get_value();
        set_timeout(
            move || {
                if turn.try_get_value() == Some(mine)
                    && let Some(channel) = chosen.get_untracked()
                    && let Some(tests) = untrack(|| form.tests())
                {
                    typed.set(Some((channel, tests)));
                }
            },
            Duration::from_millis(400),
        );
    };
    let trial = live(move || typed.get().map(|(channel, tests)| TryQuality { channel, tests, days: DAYS }));
    let tick = Memo::new(move |_| Timestamp(ctx.now.get().0 / 60_000 * 60_000));
    let window = Memo::new(move |_| match ctx.zoom.get() {
        Some(Zoom { axis: Axis::Time, from, to }) => (Timestamp(from as i64), Timestamp(to as i64)),
        _ => readings::window(prefs::Window::Month.span(), tick.get()),
    });
    let pace = move || {
        let (from, to) = window.get();
        pace_of_span(from, to)
    };
    let series = live_at(pace, move || {
        let channel = chosen.get()?;
        let (from, to) = window.get();
        Some(GetSeries { channels: vec![channel], from, to, buckets: 600 })
    });

    let head = move || match shown.get() {
        None => answer.error.get().map_or_else(|| ().into_any(), |e| parts::error(&e)),
        Some(d) => {
            let r = &d.row;
            let mark = r.issues.first().map(|i| {
                let (class, shape) = issue_mark(i);
                view! { <span class=format!("mark {class}") aria-hidden="true">{shape}</span> }.into_any()
            });
            let place = r.zone_name.clone().map(|z| format!("{z} · ")).unwrap_or_default();
            let at =
                r.latest.as_ref().map_or(String::new(), |l| fmt.fill(W::AsOf, &[&fmt.clock_seconds(l.at)]));
            parts::heading(
                mark,
                r.name.clone(),
                format!("{place}{} · {}", r.device_name, r.code),
                at,
                fmt.t(W::SourceMeasured).to_owned(),
            )
        }
    };
    let figures = move || {
        shown.get().map(|d| {
            let r = &d.row;
            let sent = d.raw.map_or("—".into(), format::value);
            let calibration = d.calibrations.iter().find(|c| c.in_force);
            let standing = calibration.map_or("None", |c| c.standing.as_str());
            let until = calibration.and_then(|c| c.expires_on);
            let mut facts = vec![
                fact("value", W::Now, value_text(r)).note(fmt.fill(W::EverySpan, &[&fmt.span(d.interval)])),
                fact("raw", W::DqRaw, sent).unit(d.raw_unit.clone()).title(fmt.t(W::DqRawLong)),
                fact("doubted", W::DqInDoubt7, format::count(doubted(r))),
                fact("calibration", W::DqCalibration, wording::standing(&fmt, standing))
                    .note(until.map_or(String::new(), |day| fmt.fill(W::DqUntil, &[&day.to_string()])))
                    .bad(standing == "Expired"),
            ];
            if let Some((measured, filled)) = d.energy {
                // Power over time: what shows kW as W shows kWh as Wh.
                let power = |value: Milli| step_in(&r.unit, &r.shown_unit, value);
                let note = if filled.0 == 0 {
                    String::new()
                } else {
                    fmt.fill(W::DqFilledEnergy, &[&format::decimal(power(filled).0, 1)])
                };
                facts.push(
                    fact("energy", W::DqEnergy, format::decimal(power(measured).0, 1))
                        .unit(format!("{}h", r.shown_unit))
                        .note(note),
                );
            }
            parts::facts(facts)
        })
    };
    let issues = move || {
        let d = shown.get()?;
        let r = d.row.clone();
        if r.issues.is_empty() {
            return None;
        }
        let now = ctx.now.get_untracked();
        let rows = r
            .issues
            .iter()
            .map(|issue| {
                let (class, shape) = issue_mark(issue);
                let when = match (issue.since, issue.now) {
                    (Some(since), true) => fmt.fill(W::SinceTime, &[&fmt.when(since, now)]),
                    (Some(since), false) if since == issue.at => fmt.when(since, now),
                    (Some(since), false) => format!("{} – {}", fmt.when(since, now), fmt.when(issue.at, now)),
                    (None, _) => String::new(),
                };
                let seen = issue.seen.as_ref().map(|s| fmt.fill(W::DqSeenBy, &[&s.by, &s.why]));
                (
                    issue.kind.clone(),
                    vec![
                        view! { <span class=format!("mark {class}") aria-hidden="true">{shape}" "</span>{issue_line(issue)} }
                            .into_any(),
                        view! { <span class="muted">{when}</span> }.into_any(),
                        view! { <span class="muted">{seen.unwrap_or_else(|| fmt.t(wording::doubt_help(&issue.kind)).to_owned())}</span> }
                            .into_any(),
                        fixes(&r, issue),
                    ],
                )
            })
            .collect();
        Some(view! {
            <section class="card"><h3>{fmt.t(W::DqIssues)}</h3>
            {grid(W::DqIssues, &[(W::Kind, false), (W::When, false), (W::DqMeans, false), (W::Edit, true)], rows, id::QUALITY_ISSUE)}
            </section>
        })
    };
    let picture = move || {
        let (from, to) = window.get();
        let d = shown.get()?;
        series.data.with(|s| {
            let s = s.as_ref().filter(|s| s.series.iter().all(|one| one.channel == d.row.channel))?;
            let mut reply = s.clone();
            for one in &mut reply.series {
                convert_series(one, &d.row.shown_unit);
            }
            let mut picture = readings::time_chart(&fmt, &reply, &d.row.shown_unit, from, to, tick.get());
            let line = picture.series.first_mut()?;
            trial.data.with(|t| {
                if let Some(t) = t {
                    line.doubts.retain(|doubt| doubt.kind != DoubtKind::Suspect);
                    line.doubts.extend(trial_doubts(&t.spans, from, to));
                    line.doubts.sort_by_key(|doubt| doubt.from_ms);
                }
            });
            let filled = fill_line(&d, from, to);
            if !filled.is_empty() {
                let name = fmt.t(W::DqInterpolated).to_owned();
                picture.series.push(TimeSeries { name, points: filled, doubts: Vec::new() });
            }
            Some(Picture::Time(picture))
        })
    };
    let said = move || {
        if untrack(|| form.tests()).is_none() && typed.get().is_some() {
            return view! { <p class="fault" role="alert">{fmt.t(W::FieldNotANumber)}</p> }.into_any();
        }
        match (trial.data.get(), trial.error.get()) {
            (_, Some(e)) => view! { <p class="fault" role="alert" data-testid=id::ERROR>{wording::error_text(&fmt, &e)}</p> }.into_any(),
            (None, None) => view! { <p class="muted" role="status">{fmt.t(W::Loading)}</p> }.into_any(),
            (Some(t), None) => {
                let sentence = fmt.fill(
                    W::DqTrial,
                    &[&format::count(t.marked), &format::count(t.readings), &fmt.days(DAYS)],
                );
                let kinds = t
                    .kinds
                    .iter()
                    .map(|(kind, n)| format!("{} {}", wording::doubt(&fmt, kind), format::count(*n)))
                    .collect::<Vec<_>>()
                    .join(" · ");
                let more = if t.cut { format!(" {}", fmt.t(W::DqCut)) } else { String::new() };
                let spans = fmt.n(W::DqSpans, t.spans.len() as u64 + t.spans_left_out);
                view! {
                    <p role="status" data-testid=id::QUALITY_TRIAL><b>{sentence}</b>" "<span class="muted">{format!("{spans}. {kinds}{more}")}</span></p>
                }
                .into_any()
            }
        }
    };
    let tests_card = move || {
        // Only which channel it is of: what comes of readings must not take the field from under the hand.
        let channel = known.get().map(|(channel, ..)| channel)?;
        let (stored, unit, usual, raw_unit, own_unit, units, name) = shown.with_untracked(|d| {
            let d = d.as_ref()?;
            Some((
                d.row.unit.clone(),
                d.row.shown_unit.clone(),
                d.usual,
                d.raw_unit.clone(),
                d.own_unit.clone(),
                d.units.clone(),
                d.row.name.clone(),
            ))
        })?;
        let input = |name: &'static str, word: W, signal: RwSignal<String>, hint: String, first: bool| {
            let element = if first { "dq-first".to_owned() } else { format!("dq-{name}") };
            let label = element.clone();
            view! {
                <label class="field" for=label><span>{fmt.t(word)}</span>
                    <input id=element type="text" inputmode="decimal" autocomplete="off" data-testid=id::FIELD data-field=name
                        prop:value=move || signal.get()
                        on:input=move |e| { signal.set(event_target_value(&e)); changed(); } />
                    <small class="muted">{hint}</small>
                </label>
            }
            .into_any()
        };
        let per_minute = format!("{unit}/min");
        let choice = |name: &'static str, word: W, value: RwSignal<String>, none: Option<String>| {
            let none = none.map(|text| {
                view! { <option value="" selected=value.with_untracked(String::is_empty)>{text}</option> }
            });
            let options = units
                .iter()
                .map(|u| {
                    let on = value.with_untracked(|v| v == u);
                    view! { <option value=u.clone() selected=on>{u.clone()}</option> }
                })
                .collect_view();
            view! {
                <label class="field" for=format!("dq-{name}")><span>{fmt.t(word)}</span>
                    <select id=format!("dq-{name}") data-testid=id::FIELD data-field=name disabled=units.is_empty()
                        on:change=move |e| value.set(event_target_value(&e))>{none}{options}</select>
                    <small class="muted">{if units.is_empty() { fmt.t(W::DqNoUnits).to_owned() } else { fmt.fill(W::DqStoredIn, &[&stored]) }}</small>
                </label>
            }
            .into_any()
        };
        let (raw, seen) = (RwSignal::new(raw_unit), RwSignal::new(own_unit));
        let save = move || {
            let Some(tests) = untrack(|| form.tests()) else { return };
            let (raw_unit, shown_unit) = (raw.get_untracked(), seen.get_untracked());
            let fields = vec![Field::text("why", W::Why, "").needed()];
            ask(fmt.fill(W::DqSaveTitle, &[&name]), fmt.t(W::DqSaveText), W::Save, fields, move |values| {
                let (raw_unit, shown_unit) = (raw_unit.clone(), shown_unit.clone());
                async move {
                    let why = values.into_iter().next().unwrap_or_default();
                    bridge::send(ChangeQuality { channel, tests, raw_unit, shown_unit, why }).await?;
                    crate::state::ctx().say(crate::state::fmt().t(W::Saved));
                    Ok(())
                }
            });
        };
        let reset = move || {
            if let Some((_, tests, ..)) = known.get_untracked() {
                form.set(&tests);
                changed();
            }
        };
        let none = fmt.t(W::DqEmptyOff);
        let with = |unit: &str| format!("{unit} · {none}");
        Some(view! {
            <section class="card"><h3>{fmt.t(W::DqTests)}</h3>
                <div class="dq-tests">
                {input("min", W::DqMin, form.min, with(&unit), true)}
                {input("max", W::DqMax, form.max, with(&unit), false)}
                {input("rate", W::DqRate, form.rate, with(&per_minute), false)}
                {input("spike", W::DqSpikeOver, form.spike, with(&unit), false)}
                {input("stuck", W::DqStuckAfter, form.stuck, with(fmt.t(W::DqHours)), false)}
                {input("band", W::DqBand, form.band, unit.clone(), false)}
                {input("still", W::DqStill, form.still, with(&unit), false)}
                <label class="field" for="dq-repeats"><span>{fmt.t(W::DqRepeats)}</span>
                    <input id="dq-repeats" type="checkbox" data-testid=id::FIELD data-field="repeats" prop:checked=move || form.repeats.get()
                        on:change=move |e| { form.repeats.set(event_target_checked(&e)); changed(); } />
                    <small class="muted">{fmt.t(W::DqRepeatsLong)}</small>
                </label>
                {choice("raw-unit", W::DqRawUnit, raw, None)}
                {choice("shown-unit", W::DqShownUnit, seen, Some(fmt.t(W::DqAsSite).to_owned()))}
                </div>
                {said}
                <div class="act">
                    {parts::go_button(fmt.t(W::DqSave), "", id::QUALITY_SAVE, save)}
                    {parts::button(fmt.t(W::DqUsual), "", "quality-usual", move || { form.set(&usual); changed(); })}
                    {parts::button(fmt.t(W::DqReset), "", "quality-reset", reset)}
                </div>
            </section>
        })
    };
    let spans = move || {
        shown.get().map(|d| {
            let now = ctx.now.get_untracked();
            let rows: Vec<_> = d
                .spans
                .iter()
                .rev()
                .take(100)
                .map(|s| {
                    let (channel, span) = (d.row.channel, Some((s.from, s.to)));
                    let names = [d.row.name.clone(), d.row.name.clone(), d.row.name.clone()];
                    let [good, bad, fill] = names;
                    let when = if s.from == s.to {
                        fmt.when(s.from, now)
                    } else {
                        format!("{} – {}", fmt.when(s.from, now), fmt.when(s.to, now))
                    };
                    (
                        s.from.0.to_string(),
                        vec![
                            cell(wording::doubt(&fmt, &s.kind)),
                            cell(when),
                            cell(format::count(u64::from(s.readings))),
                            view! {
                                <span class="fixes">
                                {plain_button(move || fmt.t(W::DqGoodDots), "mark-good", move || mark(channel, good.clone(), span, "Good"))}
                                {plain_button(move || fmt.t(W::DqBadDots), "mark-bad", move || mark(channel, bad.clone(), span, "Bad"))}
                                {plain_button(move || fmt.t(W::DqFillDots), "mark-fill", move || mark(channel, fill.clone(), span, "Interpolated"))}
                                </span>
                            }
                            .into_any(),
                        ],
                    )
                })
                .collect();
            let body = if rows.is_empty() {
                view! { <p class="muted">{fmt.t(W::DqNoSpans)}</p> }.into_any()
            } else {
                grid(W::DqSpansHead, &[(W::Kind, false), (W::FromTo, false), (W::DqReadings, true), (W::Edit, true)], rows, id::QUALITY_SPAN)
            };
            let (channel, name) = (d.row.channel, d.row.name.clone());
            view! {
                <section class="card"><h3>{fmt.t(W::DqSpansHead)}</h3>{body}
                <div class="act">{parts::button(fmt.t(W::DqMarkDots), "x", id::QUALITY_MARK, move || mark(channel, name.clone(), None, "Suspect"))}</div>
                </section>
            }
        })
    };
    let calibrations = move || {
        shown.get().map(|d| {
            let rows: Vec<_> = d
                .calibrations
                .iter()
                .map(|c| {
                    let (class, shape) = match c.standing.as_str() {
                        _ if !c.in_force => ("", "○"),
                        "Expired" => ("h", "▲"),
                        "Due" => ("l", "▽"),
                        _ => ("ok", "●"),
                    };
                    let rule = if c.slope_millionths == 1_000_000 {
                        format!("{:+}", c.offset.to_f64())
                    } else {
                        format!("× {} {:+}", c.slope_millionths as f64 / 1e6, c.offset.to_f64())
                    };
                    (
                        c.since.0.to_string(),
                        vec![
                            view! { <span class=format!("mark {class}") aria-hidden="true">{shape}" "</span>{c.certificate.clone()} }.into_any(),
                            view! { <span title=c.file_sha256.clone()>{c.laboratory.clone()}</span> }.into_any(),
                            cell(format!("{rule} {}", d.row.unit)),
                            cell(c.done_on.to_string()),
                            cell(c.expires_on.map_or("—".into(), |day| day.to_string())),
                            cell(format!("{} · {}", fmt.stamp(c.since), c.by)),
                        ],
                    )
                })
                .collect();
            let body = if rows.is_empty() {
                view! { <p class="muted">{fmt.t(W::DqNoCalibration)}</p> }.into_any()
            } else {
                let heads = [
                    (W::DqCertificate, false),
                    (W::DqLaboratory, false),
                    (W::DqCorrection, true),
                    (W::DqDoneOn, false),
                    (W::DqExpiresOn, false),
                    (W::DqSince, false),
                ];
                grid(W::DqCalibrations, &heads, rows, id::CALIBRATION_ROW)
            };
            let (channel, name, unit) = (d.row.channel, d.row.name.clone(), d.row.unit.clone());
            view! {
                <section class="card"><h3>{fmt.t(W::DqCalibrations)}</h3>{body}
                <div class="act">{parts::button(fmt.t(W::DqCalibrateDots), "", id::CALIBRATE, move || calibrate(channel, name.clone(), unit.clone()))}</div>
                </section>
            }
        })
    };
    let marks = move || {
        shown.get().filter(|d| !d.marks.is_empty()).map(|d| {
            let now = ctx.now.get_untracked();
            let rows = d
                .marks
                .iter()
                .map(|m| {
                    let id_of = m.id;
                    let last = match &m.taken_back {
                        Some((at, by)) => cell(fmt.fill(W::DqTakenBack, &[by, &fmt.when(*at, now)])),
                        None => plain_button(move || fmt.t(W::DqTakeBackDots), "take-back-mark", move || take_back(id_of)),
                    };
                    (
                        m.id.to_string(),
                        vec![
                            cell(wording::verdict(&fmt, &m.verdict)),
                            cell(format!("{} – {}", fmt.when(m.from, now), fmt.when(m.to, now))),
                            cell(format!("{} · {}", m.by, m.why)),
                            last,
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::DqMarks)}</h3>
                {grid(W::DqMarks, &[(W::DqVerdict, false), (W::FromTo, false), (W::Why, false), (W::Edit, true)], rows, id::QUALITY_MARK_ROW)}
                </section>
            }
        })
    };
    view! {
        {head}{figures}{issues}
        {chart(picture, move || format!("{} · {} · {}", fmt.t(W::SourceSeries), fmt.t(W::DqShaded), fmt.zone()), 210)}
        {tests_card}{spans}{calibrations}{marks}
    }
    .into_any()
}

/// The buttons that answer a doubt.
fn fixes(r: &QualityRow, issue: &QualityIssue) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let (channel, device, name, kind) = (r.channel, r.device, r.name.clone(), issue.kind.clone());
    let first = match issue.kind.as_str() {
        "NoLimits" | "UnitUnknown" | "Missing" | "DeviceClock" | "NoNumber" => Some(plain_button(
            move || fmt.t(W::DqGoDevice),
            "fix-device",
            move || ctx.go(Route::row(Page::Devices, device)),
        )),
        "CalibrationDue" | "CalibrationExpired" => {
            let (name, unit) = (r.name.clone(), r.unit.clone());
            Some(plain_button(
                move || fmt.t(W::DqCalibrateDots),
                "fix-calibration",
                move || calibrate(channel, name.clone(), unit.clone()),
            ))
        }
        _ => {
            let (name, span) = (r.name.clone(), Some((issue.since.unwrap_or(issue.at), issue.at)));
            Some(plain_button(
                move || fmt.t(W::DqMarkDots),
                "fix-mark",
                move || mark(channel, name.clone(), span, "Good"),
            ))
        }
    };
    let seen = issue.seen.is_none().then(|| {
        plain_button(
            move || fmt.t(W::DqSeenDots),
            id::QUALITY_SEEN,
            move || see(channel, name.clone(), kind.clone()),
        )
    });
    view! { <span class="fixes">{first}{seen}</span> }.into_any()
}

fn convert_series(one: &mut ChannelSeries, to: &str) {
    let unit = std::mem::replace(&mut one.unit, to.to_owned());
    if unit == to {
        return;
    }
    for index in 0..one.at.len() {
        if !one.has_value(index) {
            continue;
        }
        for array in [&mut one.min, &mut one.max, &mut one.mean] {
            if let Some(value) = array.get_mut(index) {
                *value = shown_in(&unit, to, Milli(*value)).0;
            }
        }
    }
    one.low = one.low.map(|v| shown_in(&unit, to, v));
    one.high = one.high.map(|v| shown_in(&unit, to, v));
}

/// Spans that would be marked, wide enough to be seen.
fn trial_doubts(spans: &[DoubtRow], from: Timestamp, to: Timestamp) -> Vec<Doubt> {
    let least = ((to - from).0 / 300).max(1);
    let mut doubts: Vec<Doubt> = Vec::new();
    for span in spans.iter().filter(|s| s.to >= from && s.from <= to) {
        let spare = (least - (span.to - span.from).0).max(0) / 2;
        let (a, b) = ((span.from.0 - spare).max(from.0), (span.to.0 + spare).min(to.0));
        match doubts.last_mut() {
            Some(last) if a <= last.to_ms => last.to_ms = last.to_ms.max(b),
            _ => doubts.push(Doubt { from_ms: a, to_ms: b, kind: DoubtKind::Suspect }),
        }
    }
    doubts
}

/// The straight lines that stand in for readings.
fn fill_line(d: &ChannelQuality, from: Timestamp, to: Timestamp) -> Vec<Option<Point>> {
    let mut fills: Vec<(Timestamp, Timestamp, Milli, Milli)> = d
        .marks
        .iter()
        .filter(|m| m.taken_back.is_none() && m.to >= from && m.from <= to)
        .filter_map(|m| m.ends.map(|(a, b)| (m.from, m.to, a, b)))
        .collect();
    fills.sort_by_key(|fill| fill.0);
    let value = |v: Milli| shown_in(&d.row.unit, &d.row.shown_unit, v).to_f64();
    let mut points = Vec::new();
    for (a, b, first, last) in fills {
        if !points.is_empty() {
            points.push(None);
        }
        points.push(Some(Point::raw(a.0, value(first))));
        points.push(Some(Point::raw(b.0, value(last))));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_doubt_is_wide_enough_to_be_seen() {
        let span = |from, to| DoubtRow {
            kind: "Spike".into(),
            from: Timestamp(from),
            to: Timestamp(to),
            readings: 1,
        };
        let doubts = trial_doubts(
            &[span(100_000, 100_000), span(100_400, 100_400), span(250_000, 260_000)],
            Timestamp(0),
            Timestamp(300_000),
        );
        let spans: Vec<_> = doubts.iter().map(|d| (d.from_ms, d.to_ms)).collect();
        assert_eq!(spans, [(99_500, 100_900), (250_000, 260_000)]);
    }

    #[test]
    fn a_value_is_shown_in_the_unit_people_read() {
        assert_eq!(shown_in("°C", "°F", Milli(4_000)), Milli(39_200));
        assert_eq!(shown_in("°C", "°C", Milli(4_000)), Milli(4_000));
        assert_eq!(shown_in("", "", Milli(1)), Milli(1));
    }

    #[test]
    fn tests_are_typed_in_the_unit_people_read() {
        let known = QualityTests {
            plausible_min: Milli(i64::MIN / 4),
            plausible_max: Milli(101_325),
            rate_per_minute_max: Some(Milli(333)),
            stuck_after: Some(Millis::hours(12)),
            stuck_band: Milli(1),
            still_at: None,
            spike: None,
            repeats: true,
        };
        let seen = tests_in(&known, "kPa", "psi");
        assert_eq!((seen.plausible_min, seen.plausible_max), (known.plausible_min, Milli(14_696)));
        assert_eq!(seen.rate_per_minute_max, Some(Milli(48)));
        assert_eq!(tests_back(&seen, &known, "kPa", "psi"), known, "what was not touched stays as it was");
        let typed = QualityTests { plausible_max: Milli(15_000), ..seen };
        let back = tests_back(&typed, &known, "kPa", "psi");
        assert_eq!(back, QualityTests { plausible_max: Milli(103_421), ..known });
        let warm = QualityTests { still_at: Some(Milli(0)), spike: Some(Milli(1_000)), ..known };
        let seen = tests_in(&warm, "°C", "°F");
        assert_eq!(
            (seen.still_at, seen.spike),
            (Some(Milli(32_000)), Some(Milli(1_800))),
            "a difference has no zero"
        );
    }
}
