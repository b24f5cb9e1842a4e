//! What a channel is like: quantiles by hour and by day, days against hours, how long above which value, and how two
//! channels go together. Each as a picture, as its numbers, and as a file.

use super::charts::{habit_span, save_png, save_svg, save_table};
use crate::chart::{Picture, chart_lang, plain};
use crate::format::Fmt;
use crate::i18n::W;
use crate::lines::Chosen;
use crate::live::live;
use crate::parts::{self, fact};
use crate::state::{ctx, fmt};
use crate::testids as id;
use charts::{BandsChart, Group, HeatChart, Limit, LimitKind, XyChart};
use contract::*;
use leptos::prelude::*;
use units::{Day, Milli, Timestamp};

fn limits(channel: &ChannelName) -> Vec<Limit> {
    let one =
        |value: Option<Milli>, kind| value.map(|v| Limit { value: v.to_f64(), kind, label: String::new() });
    [one(channel.high, LimitKind::High), one(channel.low, LimitKind::Low)].into_iter().flatten().collect()
}

/// Groups from the first to the last, those without data empty.
fn bands(fmt: &Fmt, reply: &BandReply, by: BandBy) -> BandsChart {
    let (first, last) = match by {
        BandBy::Hour => (0, 23),
        _ => (
            reply.rows.first().map_or(0, |r| r.group),
            reply.rows.last().map_or(-1, |r| r.group).min(reply.rows.first().map_or(0, |r| r.group) + 400),
        ),
    };
    let today = Day(i32::try_from(last).unwrap_or(0));
    let groups = (first..=last)
        .map(|group| {
            let row = reply.rows.binary_search_by_key(&group, |r| r.group).ok().map(|n| reply.rows[n]);
            let values = row.map(|r| [r.low, r.p5, r.p25, r.p50, r.p75, r.p95, r.high].map(Milli::to_f64));
            let label = match by {
                BandBy::Hour => format!("{group:02}:00"),
                _ => fmt.day_near(Day(i32::try_from(group).unwrap_or(0)), today),
            };
            Group { label, values }
        })
        .collect();
    let word = if by == BandBy::Hour { W::HourOfDay } else { W::DayOf };
    BandsChart {
        title: reply.channel.name.clone(),
        unit: reply.channel.unit.clone(),
        by: format!("{} ({})", fmt.t(word), fmt.zone()),
        groups,
        limits: limits(&reply.channel),
        lang: chart_lang(fmt.lang),
    }
}

fn heat(fmt: &Fmt, reply: &BandReply) -> HeatChart {
    let first = reply.rows.first().map_or(0, |r| r.group.div_euclid(24));
    let last = reply.rows.last().map_or(-1, |r| r.group.div_euclid(24)).min(first + 400);
    let today = Day(i32::try_from(last).unwrap_or(0));
    let days = (first..=last).map(|d| fmt.day_near(Day(i32::try_from(d).unwrap_or(0)), today)).collect();
    let hours = (first * 24..(last + 1) * 24)
        .map(|group| {
            let row = reply.rows.binary_search_by_key(&group, |r| r.group).ok().map(|n| reply.rows[n])?;
            Some([row.low, row.p50, row.high].map(Milli::to_f64))
        })
        .collect();
    HeatChart {
        title: reply.channel.name.clone(),
        unit: reply.channel.unit.clone(),
        zone: fmt.zone(),
        days,
        hours,
        limits: limits(&reply.channel),
        lang: chart_lang(fmt.lang),
    }
}

fn duration(fmt: &Fmt, reply: &DurationReply) -> XyChart {
    let last = reply.values.len().saturating_sub(1).max(1) as f64;
    XyChart {
        title: reply.channel.name.clone(),
        x_name: fmt.t(W::ShareOfTime).to_owned(),
        y_name: reply.channel.unit.clone(),
        points: reply.values.iter().enumerate().map(|(n, v)| (n as f64 / last * 100.0, v.to_f64())).collect(),
        joined: true,
        limits: limits(&reply.channel),
        mark: None,
        lang: chart_lang(fmt.lang),
    }
}

fn named(channel: &ChannelName) -> String {
    if channel.unit.is_empty() {
        channel.name.clone()
    } else {
        format!("{} ({})", channel.name, channel.unit)
    }
}

fn cloud(fmt: &Fmt, reply: &CorrelationReply) -> XyChart {
    XyChart {
        title: format!("{} / {}", reply.first.name, reply.second.name),
        x_name: named(&reply.first),
        y_name: named(&reply.second),
        points: reply.pairs.iter().map(|(a, b)| (a.to_f64(), b.to_f64())).collect(),
        joined: false,
        limits: Vec::new(),
        mark: None,
        lang: chart_lang(fmt.lang),
    }
}

fn permille(r: i32) -> f64 {
    f64::from(r) / 1000.0
}

fn lags(fmt: &Fmt, reply: &CorrelationReply) -> XyChart {
    let minutes = |ms: units::Millis| ms.0 as f64 / 60_000.0;
    XyChart {
        title: fmt.t(W::CorrelationByLag).to_owned(),
        x_name: fmt.t(W::LagMinutes).to_owned(),
        y_name: "r".into(),
        points: reply.by_lag.iter().filter_map(|(lag, r)| Some((minutes(*lag), permille((*r)?)))).collect(),
        joined: true,
        limits: Vec::new(),
        mark: reply.best.map(|(lag, r)| (minutes(lag), permille(r), format!("r {:.2}", permille(r)))),
        lang: chart_lang(fmt.lang),
    }
}

/// One drawing with its ways out.
fn card(picture: Memo<Option<Picture>>, caption: Memo<String>, name: &'static str, height: u32) -> AnyView {
    let fmt = fmt();
    let file = move |ending: &str| {
        let title = picture.with_untracked(|p| p.as_ref().map(|p| p.title().to_owned()).unwrap_or_default());
        let plain: String = title.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        format!("{name}-{}.{ending}", plain.trim_matches('-'))
    };
    let each = move |act: &dyn Fn(&Picture)| {
        picture.with_untracked(|p| {
            if let Some(p) = p {
                act(p);
            }
        });
    };
    let png = move || each(&|p| save_png(p, file("png")));
    let svg = move || each(&|p| save_svg(p, file("svg")));
    let csv = move || each(&|p| save_table(&charts::Chart::table(p, chart_lang(fmt.lang)), file("csv")));
    let tools = view! {
        {parts::plain_button(move || fmt.t(W::SavePng), id::EXPORT_PNG, png)}
        {parts::plain_button(move || fmt.t(W::SaveSvg), id::EXPORT_SVG, svg)}
        {parts::plain_button(move || fmt.t(W::SaveCsv), id::EXPORT_CSV, csv)}
    }
    .into_any();
    plain(move || picture.get(), move || caption.get(), height, tools)
}

/// What a look of the page shows.
pub fn view(look: &str, chosen: Memo<Option<Vec<Chosen>>>, tick: Signal<Timestamp>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let all = Memo::new(move |_| chosen.get().unwrap_or_default());
    let span = habit_span(ctx, tick);
    // One channel of those chosen, or two.
    let picked = RwSignal::new((0usize, 1usize));
    let choice = move |second: bool| {
        let value = move || {
            let (a, b) = picked.get();
            if second { b } else { a }
        };
        let options = move || {
            all.get()
                .into_iter()
                .enumerate()
                .map(|(n, l)| view! { <option value=n.to_string() prop:selected=move || value() == n>{format!("{} ({})", l.name, l.unit)}</option> })
                .collect_view()
        };
        let set = move |e| {
            let n = event_target_value(&e).parse().unwrap_or(0);
            picked.update(|p| if second { p.1 = n } else { p.0 = n });
        };
        view! { <select class="pill" aria-label=fmt.t(W::Channel) data-testid=id::HABIT_CHANNEL on:change=set>{options}</select> }
    };
    let channel = Memo::new(move |_| all.with(|c| c.get(picked.get().0).or(c.first()).map(|l| l.channel)));
    let caption = move |step: Memo<Option<units::Millis>>| {
        Memo::new(move |_| {
            let (from, to) = span.get();
            let of = step.get().map_or(String::new(), |s| fmt.fill(W::MeansOf, &[&fmt.span(s)]));
            format!("{} – {} {} · {of}", fmt.stamp(from), fmt.stamp(to), fmt.zone())
        })
    };
    match look {
        "hours" | "days" | "profile" => {
            let by = match look {
                "hours" => BandBy::Hour,
                "days" => BandBy::Day,
                _ => BandBy::DayHour,
            };
            let reply = live(move || {
                let (from, to) = span.get();
                channel.get().map(|channel| GetBands { channel, from, to, by })
            });
            let picture = Memo::new(move |_| {
                reply.data.with(|r| {
                    r.as_ref().map(|r| match by {
                        BandBy::DayHour => Picture::Heat(heat(&fmt, r)),
                        _ => Picture::Bands(bands(&fmt, r, by)),
                    })
                })
            });
            let step = Memo::new(move |_| reply.data.with(|r| r.as_ref().map(|r| r.step)));
            let failed = move || reply.error.get().map(|e| parts::error(&e));
            view! { <div class="tools">{choice(false)}</div>{failed}{card(picture, caption(step), "profile", 380)} }.into_any()
        }
        "duration" => {
            let reply = live(move || {
                let (from, to) = span.get();
                channel.get().map(|channel| GetDuration { channel, from, to })
            });
            let picture =
                Memo::new(move |_| reply.data.with(|r| r.as_ref().map(|r| Picture::Xy(duration(&fmt, r)))));
            let step = Memo::new(move |_| reply.data.with(|r| r.as_ref().map(|r| r.step)));
            let outside = move || {
                reply.data.with(|r| {
                    r.as_ref().map(|r| {
                        let share =
                            fmt.percent(units::Permille(u16::try_from(r.outside_permille).unwrap_or(1000)));
                        parts::facts(vec![
                            fact("outside", W::ShareOutside, share).bad(r.outside_permille > 0),
                            fact(
                                "highest",
                                W::Highest,
                                r.values.first().map_or("—".into(), |v| crate::format::value(*v)),
                            )
                            .unit(r.channel.unit.clone()),
                            fact(
                                "lowest",
                                W::Lowest,
                                r.values.last().map_or("—".into(), |v| crate::format::value(*v)),
                            )
                            .unit(r.channel.unit.clone()),
                        ])
                    })
                })
            };
            let failed = move || reply.error.get().map(|e| parts::error(&e));
            view! { <div class="tools">{choice(false)}</div>{failed}{outside}{card(picture, caption(step), "duration", 360)} }
                .into_any()
        }
        _ => {
            let reply = live(move || {
                let (from, to) = span.get();
                let (a, b) = picked.get();
                all.with(|c| Some((c.get(a)?.channel, c.get(b)?.channel)))
                    .map(|(first, second)| GetCorrelation { first, second, from, to })
            });
            let picture =
                Memo::new(move |_| reply.data.with(|r| r.as_ref().map(|r| Picture::Xy(cloud(&fmt, r)))));
            let by_lag =
                Memo::new(move |_| reply.data.with(|r| r.as_ref().map(|r| Picture::Xy(lags(&fmt, r)))));
            let step = Memo::new(move |_| reply.data.with(|r| r.as_ref().map(|r| r.step)));
            let figures = move || {
                reply.data.with(|r| {
                    r.as_ref().map(|r| {
                        let number = |r: i32| crate::format::decimal(i64::from(r), 2);
                        let best = r.best.map_or("—".into(), |(_, r)| number(r));
                        let lag = r.best.map_or("—".into(), |(lag, _)| {
                            let sign = if lag.0 < 0 { "−" } else { "" };
                            format!("{sign}{}", fmt.span(units::Millis(lag.0.abs())))
                        });
                        parts::facts(vec![
                            fact("r", W::Correlation, r.r_permille.map_or("—".into(), number)),
                            fact("r-best", W::CorrelationBest, best),
                            fact("lag", W::BestLag, lag).title(fmt.t(W::BestLagText)),
                        ])
                    })
                })
            };
            let few = move || {
                all.with(|c| c.len() < 2).then(|| view! { <p class="muted">{fmt.t(W::CorrelationTwo)}</p> })
            };
            let failed = move || reply.error.get().map(|e| parts::error(&e));
            view! {
                <div class="tools">{choice(false)}{choice(true)}</div>{few}{failed}{figures}
                {card(picture, caption(step), "correlation", 320)}{card(by_lag, caption(step), "lags", 200)}
            }
            .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: i64) -> BandRow {
        let v = |n: i64| Milli(n * 1000);
        BandRow { group, low: v(1), p5: v(2), p25: v(3), p50: v(4), p75: v(5), p95: v(6), high: v(9) }
    }

    #[test]
    fn what_has_no_data_stays_empty() {
        let fmt = Fmt::default();
        let mut reply = BandReply { rows: vec![row(3), row(5)], ..BandReply::default() };
        reply.channel.high = Some(Milli(8000));
        let hours = bands(&fmt, &reply, BandBy::Hour);
        assert_eq!((hours.groups.len(), hours.groups[4].values, hours.limits.len()), (24, None, 1));
        assert_eq!(hours.groups[5].values.map(|v| v[6]), Some(9.0));
        assert_eq!(bands(&fmt, &reply, BandBy::Day).groups.len(), 3);
        let map = heat(&fmt, &BandReply { rows: vec![row(20_000 * 24 + 7), row(20_001 * 24)], ..reply });
        assert_eq!((map.days.len(), map.hours.len()), (2, 48));
        assert_eq!((map.hours[7], map.hours[8]), (Some([1.0, 4.0, 9.0]), None));
        let none = BandReply::default();
        assert_eq!((heat(&fmt, &none).hours.len(), bands(&fmt, &none, BandBy::Day).groups.len()), (0, 0));
    }
}
