//! Readings as they come over the wire to the chart that shows them. Pure.

use crate::chart::chart_lang;
use crate::format::Fmt;
use crate::wording;
use charts::{
    Allowed, Doubt, DoubtKind, Limit, LimitKind, Mark, MarkKind, Point, TimeChart, TimeSeries, Zone,
};
use contract::{AlarmRow, ChannelSeries, SeriesReply};
use units::{Millis, Timestamp};

/// The lines of one chart: channels of one unit, with the limits they share.
pub fn time_chart(
    fmt: &Fmt,
    reply: &SeriesReply,
    unit: &str,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> TimeChart {
    let series: Vec<&ChannelSeries> = reply.series.iter().filter(|s| s.unit == unit).collect();
    // A line without a limit does not hide that of the others; where they differ, each says whose it is.
    let mut limits: Vec<Limit> = Vec::new();
    let mut one = |f: fn(&ChannelSeries) -> Option<units::Milli>, kind: LimitKind| {
        let mut values: Vec<(units::Milli, &str)> = Vec::new();
        for s in &series {
            if let Some(value) = f(s)
                && values.iter().all(|(known, _)| *known != value)
            {
                values.push((value, s.name.as_str()));
            }
        }
        let alone = values.len() == 1;
        limits.extend(values.iter().map(|(value, name)| Limit {
            value: value.to_f64(),
            kind,
            label: if alone { String::new() } else { format!("{name} {}", crate::format::value(*value)) },
        }));
        values.first().filter(|_| alone).map(|(value, _)| value.to_f64())
    };
    let (low, high) = (one(|s| s.low, LimitKind::Low), one(|s| s.high, LimitKind::High));
    TimeChart {
        title: series.iter().map(|s| s.name.clone()).collect::<Vec<_>>().join(", "),
        unit: unit.to_owned(),
        window_ms: (from.0, to.0),
        zone: Zone::fixed(&fmt.zone().replace('−', "-"), fmt.offset_minutes),
        // A span that ended before now is not stale for that.
        series: series.iter().map(|s| line(s, reply.bucket, from, now.min(to))).collect(),
        limits,
        allowed: (low.is_some() || high.is_some()).then_some(Allowed { low, high }),
        marks: Vec::new(),
        now_ms: (now <= to && now >= from).then_some(now.0),
        forecast: None,
        y_at_least: None,
        lang: chart_lang(fmt.lang),
    }
}

/// A line with its gaps: a space wider than two and a half buckets holds no data, and is shaded.
fn line(s: &ChannelSeries, bucket: Millis, from: Timestamp, now: Timestamp) -> TimeSeries {
    let wide = bucket.0.max(1).saturating_mul(5) / 2;
    let mut points = Vec::with_capacity(s.at.len() + 4);
    let mut doubts: Vec<Doubt> = Vec::new();
    let mut before: Option<i64> = None;
    for i in 0..s.at.len() {
        let at = s.at[i];
        if let Some(before) = before
            && at - before > wide.max(usual(&s.at))
        {
            points.push(None);
            doubts.push(Doubt { from_ms: before + bucket.0, to_ms: at, kind: DoubtKind::NoData });
        }
        before = Some(at);
        if s.suspect.get(i) == Some(&1) {
            let to = at + bucket.0.max(1);
            match doubts.last_mut() {
                Some(last) if last.kind == DoubtKind::Suspect && last.to_ms >= at => last.to_ms = to,
                _ => doubts.push(Doubt { from_ms: at, to_ms: to, kind: DoubtKind::Suspect }),
            }
        }
        let milli = |v: &[i64]| v.get(i).copied().unwrap_or_default() as f64 / 1000.0;
        if s.has_value(i) {
            points.push(Some(Point::bucket(at, milli(&s.min), milli(&s.max), milli(&s.mean))));
        } else {
            points.push(None);
        }
    }
    let last = before.unwrap_or(from.0);
    if now.0 - last > (wide.max(usual(&s.at))).saturating_mul(2) && now > from {
        doubts.push(Doubt { from_ms: last.max(from.0), to_ms: now.0, kind: DoubtKind::Stale });
    }
    TimeSeries { name: s.name.clone(), points, doubts }
}

/// Three times the usual space between two points: sensors may speak more slowly than buckets are wide.
fn usual(at: &[i64]) -> i64 {
    let mut spaces: Vec<i64> = at.windows(2).map(|w| w[1] - w[0]).collect();
    if spaces.is_empty() {
        return 0;
    }
    let middle = spaces.len() / 2;
    *spaces.select_nth_unstable(middle).1 * 3
}

/// When an alarm was raised and cleared.
pub fn alarm_marks(fmt: &Fmt, alarm: &AlarmRow) -> Vec<Mark> {
    let kind = match alarm.priority.as_str() {
        "critical" => MarkKind::Critical,
        "high" => MarkKind::High,
        "medium" => MarkKind::Medium,
        _ => MarkKind::Low,
    };
    let label = |word, at| format!("{} {}", fmt.t(word), fmt.clock(at));
    let mut marks =
        vec![Mark { t_ms: alarm.raised_at.0, kind, label: label(crate::i18n::W::Raised, alarm.raised_at) }];
    if let Some(cleared) = alarm.cleared_at {
        marks.push(Mark {
            t_ms: cleared.0,
            kind: MarkKind::Event,
            label: label(crate::i18n::W::Cleared, cleared),
        });
    }
    marks
}

/// The limit of an alarm, where the channel's own are others by now.
pub fn alarm_limit(alarm: &AlarmRow) -> Option<Limit> {
    let value = alarm.limit?.to_f64();
    let kind = if alarm.kind == "Low" { LimitKind::Low } else { LimitKind::High };
    let label = wording::with_unit(alarm.limit?, &alarm.unit);
    Some(Limit { value, kind, label })
}

/// The span a chart shows for a window that ends now, in steps: a chart that moves a pixel need not be asked again.
pub fn window(span: Millis, now: Timestamp) -> (Timestamp, Timestamp) {
    let step = (span.0 / 240).max(1000);
    let to = Timestamp((now.0 / step + 1) * step);
    (to - span, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Milli;

    #[test]
    fn gaps_are_gaps_and_doubts_are_shaded() {
        let one = ChannelSeries {
            name: "T".into(),
            unit: "°C".into(),
            low: Some(Milli(2000)),
            high: Some(Milli(8000)),
            at: vec![0, 60_000, 120_000, 900_000, 960_000],
            min: vec![4000; 5],
            max: vec![5000; 5],
            mean: vec![4500; 5],
            suspect: vec![0, 1, 1, 0, 0],
            ..ChannelSeries::default()
        };
        let mut doubted = ChannelSeries { name: "D".into(), unit: "°C".into(), ..ChannelSeries::default() };
        doubted.push(Timestamp(0), (Milli(4000), Milli(5000), Milli(4500)), false);
        doubted.push_doubt(Timestamp(60_000));
        doubted.push_doubt(Timestamp(120_000));
        doubted.push(Timestamp(180_000), (Milli(4000), Milli(5000), Milli(4500)), false);
        let shaded = line(&doubted, Millis(60_000), Timestamp(0), Timestamp(200_000));
        assert_eq!(shaded.points.iter().filter(|p| p.is_some()).count(), 2);
        assert!(shaded.points.iter().any(Option::is_none), "the line stops");
        assert_eq!(
            shaded.doubts,
            [Doubt { from_ms: 60_000, to_ms: 180_000, kind: DoubtKind::Suspect }],
            "doubt, not a lack of data"
        );
        let reply = SeriesReply {
            bucket: Millis(60_000),
            series: vec![one.clone(), ChannelSeries { low: None, ..one }],
        };
        let chart = time_chart(
            &Fmt::default(),
            &reply,
            "°C",
            Timestamp(0),
            Timestamp(1_200_000),
            Timestamp(1_000_000),
        );
        let points = &chart.series[0].points;
        assert_eq!(points.len(), 6);
        assert_eq!(points[3], None);
        assert_eq!(
            chart.series[0].doubts,
            [
                Doubt { from_ms: 60_000, to_ms: 180_000, kind: DoubtKind::Suspect },
                Doubt { from_ms: 180_000, to_ms: 900_000, kind: DoubtKind::NoData },
            ]
        );
        let limits =
            |chart: &TimeChart| chart.limits.iter().map(|l| (l.value, l.label.clone())).collect::<Vec<_>>();
        let plain = [(2.0, String::new()), (8.0, String::new())];
        assert_eq!(limits(&chart), plain, "a line without a limit does not hide that of the others");
        assert_eq!(chart.now_ms, Some(1_000_000));
        let stale = time_chart(
            &Fmt::default(),
            &reply,
            "°C",
            Timestamp(0),
            Timestamp(9_000_000),
            Timestamp(8_000_000),
        );
        assert_eq!(stale.series[0].doubts.last().map(|d| d.kind), Some(DoubtKind::Stale));
        let past = time_chart(
            &Fmt::default(),
            &reply,
            "°C",
            Timestamp(0),
            Timestamp(1_000_000),
            Timestamp(8_000_000),
        );
        assert_eq!(past.series[0].doubts.last().map(|d| d.kind), Some(DoubtKind::NoData), "it ended then");
    }

    #[test]
    fn a_window_moves_in_steps() {
        let (a, b) =
            (window(Millis::hours(1), Timestamp(100_000)), window(Millis::hours(1), Timestamp(104_000)));
        assert_eq!(a, b);
        assert_eq!(a.1 - a.0, Millis::hours(1));
    }
}
