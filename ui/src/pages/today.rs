//! What needs a decision now, the costliest to leave first, with its evidence and the keys that decide.

use super::{actions, fleet, split};
use crate::browser;
use crate::chart::{Picture, chart, chart_lang};
use crate::format;
use crate::grouping::{by_due, decision_key, shown, stay};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::{Live, live, live_at, pace_of_span};
use crate::parts::{self, Fact, fact};
use crate::readings;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::testids as id;
use crate::wording;
use crate::zoom::Axis;
use charts::{DayMark, DayMarkKind, DemandChart, Quantiles, StockProjection};
use contract::*;
use leptos::prelude::*;
use std::time::Duration;
use units::{Millis, Timestamp};

/// At most so many decisions: who has more first plans a supplier at a time, on Replenish.
const LIMIT: u32 = 200;

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let rows = live(|| Some(ListDecisions { limit: LIMIT }));
    // The row chosen, else the first: Enter always has something it is about.
    let last = StoredValue::new(0usize);
    let chosen = Memo::new(move |_| {
        let wanted = ctx.route.with(|r| r.row.clone());
        rows.data.with(|d| {
            let order = shown(d.as_ref()?);
            let keys: Vec<String> = order.iter().map(|r| decision_key(r)).collect();
            let at = stay(&keys, Some(&wanted), last.get_value())?;
            last.set_value(at);
            Some(order[at].clone())
        })
    });
    // In the browser's timeline: from the start of the program to here is what a person waits for.
    Effect::new(move |was: Option<bool>| {
        let there = rows.data.with(Option::is_some);
        if there && was != Some(true) {
            browser::mark("today-shown");
        }
        there
    });
    let key = Memo::new(move |_| chosen.with(|c| c.as_ref().map(decision_key)));
    // What is chosen is written down, so that a row that comes in above does not slip under the key.
    Effect::new(move |_| {
        if let Some(key) = key.get()
            && ctx.route.with(|r| r.page == Page::Today && r.row != key)
        {
            ctx.choose(key);
        }
    });
    let by = move |n: i32| {
        let next = rows.data.with_untracked(|d| {
            let order: Vec<String> = by_due(d.as_deref().unwrap_or_default())
                .iter()
                .flat_map(|(_, g)| g.iter().map(|r| decision_key(r)))
                .collect();
            let at = key.get_untracked().and_then(|k| order.iter().position(|o| *o == k));
            step(at, n, order.len()).map(|i| order[i].clone())
        });
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    on_act(move |act| {
        let subject = chosen.with_untracked(|c| c.as_ref().map(|c| c.subject.clone()));
        match (act, subject) {
            (Act::Move(n), _) => by(n),
            (Act::First, _) => by(i32::MIN / 2),
            (Act::Last, _) => by(i32::MAX / 2),
            (Act::Open, Some(DecisionSubject::Proposal(p))) => {
                actions::approve(vec![p.id], wording::proposal_title(&fmt, &p));
                true
            }
            (Act::Open | Act::Acknowledge, Some(DecisionSubject::Alarm(a))) => {
                actions::acknowledge(&a);
                true
            }
            (Act::Shelve, Some(DecisionSubject::Alarm(a))) => {
                actions::shelve(&a);
                true
            }
            (Act::Change, Some(DecisionSubject::Proposal(p))) => {
                actions::change_quantity(p.id, p.quantity, &p.unit, None, wording::proposal_title(&fmt, &p));
                true
            }
            (Act::Dismiss, Some(DecisionSubject::Proposal(p))) => {
                actions::dismiss(vec![p.id], wording::proposal_title(&fmt, &p));
                true
            }
            _ => false,
        }
    });

    let count = move || {
        let n = rows.data.with(|d| d.as_ref().map_or(0, Vec::len));
        if n == 0 { String::new() } else { format!("{} · {n}", fmt.t(W::ByCostOfWaiting)) }
    };
    let groups = move || match rows.data.get() {
        None => parts::waiting(rows.error.get()),
        Some(all) => {
            let minute = Memo::new(move |_| Timestamp(ctx.now.get().0 / 60_000 * 60_000));
            let now = minute.get();
            let on = key.get();
            by_due(&all)
                .into_iter()
                .map(|(due, group)| {
                    let word = match due {
                        Due::Hour => W::WithinTheHour,
                        Due::Today => W::TodayWord,
                        Due::Week => W::ThisWeek,
                    };
                    let rows =
                        group.into_iter().map(|row| decision_row(row, now, on.as_deref())).collect_view();
                    view! { <div class="sect" data-testid=id::GROUP_HEAD>{fmt.t(word)}</div>{rows} }
                })
                .collect_view()
                .into_any()
        }
    };
    let list = view! {
        {parts::list_head(W::NeedsDecision, count)}
        {fleet::trouble()}
        <div class="scroll" tabindex="0" role="list" aria-label=fmt.t(W::NeedsDecision) data-testid=id::LIST>{groups}</div>
    }
    .into_any();

    let subject = Memo::new(move |_| {
        chosen.with(|c| c.as_ref().map(|c| matches!(c.subject, DecisionSubject::Alarm(_))))
    });
    let alarm = Memo::new(move |_| {
        chosen.with(|c| match c.as_ref().map(|c| &c.subject) {
            Some(DecisionSubject::Alarm(a)) => Some(a.clone()),
            _ => None,
        })
    });
    let proposal = Memo::new(move |_| {
        chosen.with(|c| match c.as_ref().map(|c| &c.subject) {
            Some(DecisionSubject::Proposal(p)) => Some(p.id),
            _ => None,
        })
    });
    let arrived = Memo::new(move |_| rows.data.with(Option::is_some));
    let detail = move || match (subject.get(), arrived.get()) {
        (_, false) => parts::waiting(rows.error.get()),
        (Some(true), _) => alarm_detail(alarm),
        (Some(false), _) => proposal_detail(proposal),
        (None, _) => nothing(),
    };
    split(list, detail.into_any())
}

fn nothing() -> AnyView {
    let ctx = ctx();
    let known = ctx.site.with(|s| s.as_ref().is_some_and(|s| s.has_orders));
    if known {
        parts::empty(
            W::NothingToDecide,
            W::NothingToDecideText,
            vec![
                (W::PlanNow, Box::new(actions::plan_now)),
                (W::GoEnvironment, Box::new(move || ctx.go(Route::page(Page::Environment)))),
            ],
        )
    } else {
        parts::empty(
            W::EmptyToday,
            W::EmptyTodayText,
            vec![
                (W::ImportFile, Box::new(move || ctx.go(Route::page(Page::Data)))),
                (W::GoDevices, Box::new(move || ctx.go(Route::page(Page::Devices)))),
            ],
        )
    }
}

fn decision_row(row: &DecisionRow, now: Timestamp, on: Option<&str>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let today = fmt.day_of(now);
    let key = decision_key(row);
    let sel = on == Some(key.as_str());
    let (title, line, value, note) = match &row.subject {
        DecisionSubject::Alarm(a) => {
            let value = match row.cost_of_waiting {
                Some(cost) => (fmt.money(cost), fmt.t(W::AtRisk).to_owned()),
                None => (
                    a.now.map(|v| wording::with_unit(v, &a.unit)).unwrap_or_default(),
                    fmt.span(wording::alarm_span(a, now)),
                ),
            };
            (wording::alarm_title(&fmt, a), wording::alarm_line(&fmt, a, now), value.0, value.1)
        }
        DecisionSubject::Proposal(p) => (
            wording::proposal_title(&fmt, p),
            wording::proposal_line(&fmt, p, today),
            fmt.money(p.cost_of_waiting),
            fmt.fill(W::CostsShort, &[&fmt.money(p.cost)]),
        ),
    };
    let open = key.clone();
    view! {
        <div class="row" class:sel=sel role="listitem" aria-current=sel.to_string() data-testid=id::DECISION_ROW data-id=key
            on:click=move |_| ctx.choose(open.clone())>
            <span class="g">{parts::mark(&row.priority)}</span>
            <div class="main"><div class="t">{title}</div><div class="s">{line}</div></div>
            <div class="v"><b>{value}</b><div class="s">{note}</div></div>
        </div>
    }
    .into_any()
}

/// An alarm: how it stands, the readings around it, what it means, what to do.
pub fn alarm_detail(alarm: Memo<Option<AlarmRow>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let minute = Memo::new(move |_| Timestamp(ctx.now.get().0 / 15_000 * 15_000));
    let live_value = Memo::new(move |_| {
        let a = alarm.get()?;
        let latest = ctx.latest.with(|l| a.channel.and_then(|c| l.get(&c.0).cloned()));
        Some((latest.as_ref().and_then(|l| l.value).or(a.now), latest.map(|l| l.at)))
    });
    let head = move || {
        alarm.get().map(|a| {
            let now = minute.get();
            let at = live_value.get().and_then(|v| v.1).unwrap_or(now);
            // The strip below has the value now, live.
            let mut line = wording::alarm_line(&fmt, &AlarmRow { now: None, ..a.clone() }, now);
            if let Some(note) = a.note.as_ref().filter(|n| !n.is_empty()) {
                line.push_str(&format!(" · “{note}”"));
            }
            parts::heading(
                Some(parts::mark(&a.priority)),
                wording::alarm_title(&fmt, &a),
                line,
                fmt.fill(W::AsOf, &[&fmt.clock_seconds(at)]),
                fmt.t(W::SourceMeasured).to_owned(),
            )
        })
    };
    let figures = move || {
        alarm.get().map(|a| {
            let now = minute.get();
            let mut all: Vec<Fact> = Vec::new();
            if a.limit.is_some() || a.now.is_some() {
                let value = live_value.get().and_then(|v| v.0);
                all.push(
                    fact("now", W::Now, value.map_or("—".into(), format::live_value)).unit(a.unit.clone()),
                );
                all.push(
                    fact("limit", W::Limit, a.limit.map_or("—".into(), format::value)).unit(a.unit.clone()),
                );
                all.push(
                    fact("worst", W::Furthest, a.worst.map_or("—".into(), format::value))
                        .unit(a.unit.clone()),
                );
            }
            all.push(fact("raised", W::Raised, fmt.when(a.raised_at, now)).note(if a.delay.0 > 0 {
                fmt.fill(W::DelayWas, &[&fmt.span(a.delay)])
            } else {
                String::new()
            }));
            all.push(fact(
                "lasted",
                if a.cleared_at.is_some() { W::Lasted } else { W::Lasts },
                fmt.span(wording::alarm_span(&a, now)),
            ));
            parts::facts(all)
        })
    };
    // The chart shows the window, and more where the alarm is older than it: the rise before it belongs to the evidence.
    let span = Memo::new(move |_| {
        let a = alarm.get()?;
        let (from, to) = ctx.time_span(minute.get());
        if ctx.zoom.with(|z| z.is_some_and(|z| z.axis == Axis::Time)) {
            Some((a.channel?, from, to))
        } else if a.cleared_at.is_some_and(|c| c < from) || a.raised_at < from {
            let end = a.cleared_at.map_or(to, |c| c + Millis::hours(1));
            let lead = Millis(((end - a.raised_at).0 / 3).max(Millis::hours(1).0));
            Some((a.channel?, a.raised_at - lead, end))
        } else {
            Some((a.channel?, from, to))
        }
    });
    let pace = move || span.get().map_or(Duration::from_secs(2), |(_, from, to)| pace_of_span(from, to));
    let series = live_at(pace, move || {
        let (channel, from, to) = span.get()?;
        Some(GetSeries { channels: vec![channel], from, to, buckets: 600 })
    });
    let picture = move || {
        let a = alarm.get()?;
        let (_, from, to) = span.get()?;
        series.data.with(|d| {
            let d = d.as_ref().filter(|d| d.series.first().is_some_and(|s| Some(s.channel) == a.channel))?;
            let mut chart = readings::time_chart(&fmt, d, &a.unit, from, to, minute.get());
            chart.marks = readings::alarm_marks(&fmt, &a);
            if chart.limits.is_empty() {
                chart.limits.extend(readings::alarm_limit(&a));
            }
            Some(Picture::Time(chart))
        })
    };
    let has_channel = Memo::new(move |_| alarm.with(|a| a.as_ref().is_some_and(|a| a.channel.is_some())));
    let help = Memo::new(move |_| {
        alarm.with(|a| a.as_ref().map(|a| (wording::alarm_help(&a.kind), fmt.span(a.delay))))
    });
    let help = move || {
        help.get().map(|([cause, consequence, action], delay)| {
            parts::reasons(vec![
                (fmt.t(W::Cause).into(), String::new(), fmt.fill(cause, &[&delay])),
                (fmt.t(W::Consequence).into(), String::new(), fmt.t(consequence).into()),
                (fmt.t(W::Action).into(), String::new(), fmt.t(action).into()),
            ])
        })
    };
    let state = Memo::new(move |_| {
        alarm.with(|a| a.as_ref().map(|a| (a.acknowledged_at.is_none(), a.cleared_at.is_none(), a.device)))
    });
    let buttons = move || {
        state.get().map(|(unseen, open, device)| {
            let with = move |f: fn(&AlarmRow)| {
                move || {
                    if let Some(a) = alarm.get_untracked() {
                        f(&a);
                    }
                }
            };
            view! {
                <div class="act">
                    {unseen.then(|| parts::go_button(fmt.t(W::Acknowledge), "a", id::ACKNOWLEDGE, with(actions::acknowledge)))}
                    {open.then(|| parts::button(fmt.t(W::ShelveDots), "s", id::SHELVE, with(actions::shelve)))}
                    {has_channel.get().then(|| parts::button(fmt.t(W::OpenRoom), "", id::OPEN_ROOM, move || {
                        let channel = alarm.with_untracked(|a| a.as_ref().and_then(|a| a.channel));
                        if let Some(channel) = channel {
                            ctx.go(Route::row(Page::Environment, format!("c{channel}")));
                        }
                    }))}
                    {device.map(|d| parts::button(fmt.t(W::OpenDevice), "", id::OPEN_ROOM, move || ctx.go(Route::row(Page::Devices, d))))}
                </div>
            }
        })
    };
    let plot = move || {
        has_channel
            .get()
            .then(|| chart(picture, move || format!("{} · {}", fmt.t(W::SourceSeries), fmt.zone()), 260))
    };
    view! { {head}{figures}{plot}{help}{buttons} }.into_any()
}

/// A proposal by its number: why, the figures, the stock to come, the sum behind the quantity, the keys that decide.
pub fn proposal_detail(chosen: Memo<Option<ProposalId>>) -> AnyView {
    let detail = live(move || chosen.get().map(|id| GetProposal { id }));
    let matching = Memo::new(move |_| {
        let id = chosen.get()?;
        detail.data.with(|d| d.as_ref().filter(|d| d.row.id == id).cloned())
    });
    proposal_view(matching, detail)
}

fn proposal_view(shown: Memo<Option<ProposalDetail>>, source: Live<ProposalDetail>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let day = Memo::new(move |_| fmt.day_of(ctx.now.get()));
    let head = move || match shown.get() {
        None => source.error.get().map_or_else(|| ().into_any(), |e| parts::error(&e)),
        Some(d) => {
            let model =
                d.model.as_deref().map_or_else(|| fmt.t(W::NoModel).to_owned(), |m| wording::model(&fmt, m));
            parts::heading(
                None,
                wording::proposal_title(&fmt, &d.row),
                wording::proposal_reason(&fmt, &d),
                fmt.fill(W::AsOf, &[&fmt.day_near(d.day, day.get())]),
                fmt.fill(W::ForecastBy, &[&model]),
            )
        }
    };
    let figures = move || {
        shown.get().map(|d| {
            let assumed = |name: &str| d.row.assumed.iter().any(|a| a == name);
            let unit = d.row.unit.clone();
            let runs_out = d
                .row
                .stock_out_day
                .map_or_else(|| "—".to_owned(), |day_out| fmt.day_near(day_out, day.get()));
            parts::facts(vec![
                fact("available", W::Available, format::qty(d.available))
                    .unit(unit.clone())
                    .assumed(assumed("on_hand")),
                fact("demand", W::DemandADay, format::qty(d.demand_per_day)).unit(unit.clone()),
                fact("lead-time", W::LeadTime, d.lead_time_days.to_string())
                    .unit(fmt.t(W::UnitDay))
                    .assumed(assumed("lead_time")),
                fact("runs-out", W::RunsOutShort, runs_out)
                    .unit(format!("P {}", wording::chance(&fmt, d.row.stock_out_chance))),
                fact("cost", W::Cost, fmt.money(d.row.cost)).assumed(assumed("unit_cost")),
            ])
        })
    };
    let picture = move || {
        shown.with(|d| {
            let d = d.as_ref()?;
            let f = |q: units::Quantity| q.to_f64();
            // Twice the time an order has to cover: further out, the marks that matter would stand on one spot.
            let days = (2 * (usize::from(d.lead_time_days) + usize::from(d.review_period_days))).max(14);
            Some(Picture::Stock(StockProjection {
                title: d.row.name.clone(),
                unit: d.row.unit.clone(),
                history_start: d.projection_start,
                history: Vec::new(),
                start: d.projection_start,
                projection: Quantiles {
                    levels: vec![0.1, 0.5, 0.9],
                    values: d
                        .projection
                        .iter()
                        .take(days)
                        .map(|p| p.iter().map(|q| f(*q)).collect())
                        .collect(),
                },
                reorder_point: Some(f(d.reorder_point)),
                order_up_to: Some(f(d.order_up_to)),
                stock_out_day: d.row.stock_out_day,
                marks: vec![
                    DayMark {
                        day: d.row.order_by.max(d.projection_start),
                        kind: DayMarkKind::Order,
                        label: String::new(),
                    },
                    DayMark {
                        day: d.projection_start.plus(i32::from(d.lead_time_days)),
                        kind: DayMarkKind::Arrival,
                        label: String::new(),
                    },
                ],
                lang: chart_lang(fmt.lang),
            }))
        })
    };
    let sold = move || {
        shown.with(|d| {
            let d = d.as_ref()?;
            Some(Picture::Demand(DemandChart {
                title: d.row.name.clone(),
                unit: format!("{} {}", d.row.unit, fmt.t(W::UnitADay)).trim().to_owned(),
                step_days: 1,
                history_start: d.day.plus(-i32::try_from(d.history.len()).unwrap_or(0)),
                history: d.history.iter().map(|q| Some(q.to_f64())).collect(),
                forecast_start: d.day,
                lang: chart_lang(fmt.lang),
                ..DemandChart::default()
            }))
        })
    };
    let any_sold = Memo::new(move |_| shown.with(|d| d.as_ref().is_some_and(|d| !d.history.is_empty())));
    let sold = move || any_sold.get().then(|| chart(sold, move || fmt.t(W::SoldCaption).to_owned(), 130));
    let caption = move || {
        shown.with(|d| match d {
            Some(d) => {
                let model = d.model.as_deref().map_or_else(|| "—".to_owned(), |m| wording::model(&fmt, m));
                fmt.fill(W::ProjectionCaption, &[&model])
            }
            None => String::new(),
        })
    };
    let state = Memo::new(move |_| shown.with(|d| d.as_ref().map(|d| d.row.state.clone())));
    let buttons = move || {
        state.get().map(|state| {
            let draft = state == "Draft";
            let row = move || shown.with_untracked(|d| d.as_ref().map(|d| (d.row.clone(), d.pack_size)));
            let title = shown.with(|d| d.as_ref().map(|d| (format::qty(d.row.quantity), fmt.money(d.row.cost))));
            let (quantity, cost) = title.unwrap_or_default();
            let decided = shown.with(|d| {
                let d = d.as_ref()?;
                let at = d.row.decided_at?;
                let by = d.row.decided_by.clone().unwrap_or_default();
                let note = d.note.clone().filter(|n| !n.is_empty()).map(|n| format!(" · “{n}”")).unwrap_or_default();
                Some(format!("{} · {by}{note}", fmt.when(at, ctx.now.get_untracked())))
            });
            view! {
                <div class="act">
                    {draft.then(|| parts::go_button(fmt.fill(W::ApproveOrder, &[&quantity, &cost]), "↵", id::APPROVE, move || {
                        if let Some((row, _)) = row() {
                            actions::approve(vec![row.id], wording::proposal_title(&fmt, &row));
                        }
                    }))}
                    {draft.then(|| parts::button(fmt.t(W::ChangeDots), "c", id::CHANGE_QUANTITY, move || {
                        if let Some((row, pack)) = row() {
                            actions::change_quantity(row.id, row.quantity, &row.unit, Some(pack), wording::proposal_title(&fmt, &row));
                        }
                    }))}
                    {draft.then(|| parts::button(fmt.t(W::DismissDots), "d", id::DISMISS, move || {
                        if let Some((row, _)) = row() {
                            actions::dismiss(vec![row.id], wording::proposal_title(&fmt, &row));
                        }
                    }))}
                    {matches!(state.as_str(), "Approved" | "Dismissed").then(|| parts::button(fmt.t(W::TakeBack), "", id::TAKE_BACK, move || {
                        if let Some((row, _)) = row() {
                            take_back(row.id);
                        }
                    }))}
                    {parts::button(fmt.t(W::OpenItem), "", id::OPEN_ITEM, move || {
                        if let Some((row, _)) = row() {
                            ctx.go(Route::row(Page::Stock, row.item));
                        }
                    })}
                    {parts::button(fmt.t(W::OpenDemand), "", id::OPEN_DEMAND, move || {
                        if let Some((row, _)) = row() {
                            ctx.go(Route::row(Page::Demand, row.item));
                        }
                    })}
                    {decided.map(|text| view! { <span class="muted">{text}</span> })}
                </div>
            }
        })
    };
    let assumed = move || {
        shown.with(|d| {
            let d = d.as_ref()?;
            if d.row.assumed.is_empty() {
                return None;
            }
            let names: Vec<String> = d.row.assumed.iter().map(|a| wording::assumed_name(&fmt, a)).collect();
            Some(view! { <p class="note">{parts::assumed_mark()}" "{fmt.fill(W::AssumedNames, &[&names.join(", ")])}</p> })
        })
    };
    let sum = move || shown.get().map(|d| parts::reasons(wording::proposal_sum(&fmt, &d)));
    let found = move || shown.get().map(|d| parts::findings(&d.findings, 12));
    view! {
        {head}{figures}
        {chart(picture, caption, 230)}
        {buttons}{assumed}{sum}{sold}{found}
    }
    .into_any()
}

fn take_back(id: ProposalId) {
    let ctx = ctx();
    wasm_bindgen_futures::spawn_local(async move {
        match crate::bridge::send(TakeBackProposals { ids: vec![id] }).await {
            Ok(_) => ctx.say(fmt().t(W::TakenBack)),
            Err(e) => ctx.fail(&e),
        }
    });
}
