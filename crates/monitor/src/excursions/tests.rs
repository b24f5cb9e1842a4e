use super::*;
use domain::Doubt;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn limits() -> Limits {
    Limits {
        high: Some(Milli(8_000)),
        low: Some(Milli(2_000)),
        gap_max: Millis::minutes(10),
        rejoin: Millis(0),
    }
}

fn reading(minute: i64, value: i64) -> Reading {
    let at = Timestamp(0) + Millis::minutes(minute);
    Reading {
        channel: ChannelId(1),
        at,
        arrived_at: at,
        sequence: minute,
        value: Some(Milli(value)),
        quality: Quality::Good,
    }
}

fn readings(story: &[(i64, i64)]) -> Vec<Reading> {
    story.iter().map(|(minute, value)| reading(*minute, *value)).collect()
}

fn check(story: &[(i64, i64)], limits: &Limits, until: i64, expected: Expect) {
    let found = find(&readings(story), limits, Timestamp(0) + Millis::minutes(until));
    let minute = |at: Timestamp| at.0 / 60_000;
    let lines: Vec<String> = found
        .iter()
        .map(|e| {
            let end = e.end.map_or("…".to_owned(), |end| minute(end).to_string());
            format!(
                "{:?} {}–{end}, {} at {}, out {} min, {} readings",
                e.kind,
                minute(e.start),
                e.worst,
                minute(e.worst_at),
                e.out.0 / 60_000,
                e.readings
            )
        })
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn spans_outside_are_found() {
    check(
        &[(0, 5000), (5, 9000), (10, 9500), (15, 7000), (20, 1000)],
        &limits(),
        22,
        expect![[r#"
        High 5–15, 9.5 at 10, out 10 min, 2 readings
        Low 20–…, 1 at 20, out 2 min, 1 readings"#]],
    );
    check(
        &[(0, 9000), (5, 1000), (10, 5000)],
        &limits(),
        10,
        expect![[r#"
        High 0–5, 9 at 0, out 5 min, 1 readings
        Low 5–10, 1 at 5, out 5 min, 1 readings"#]],
    );
}

#[test]
fn time_nobody_measured_is_not_counted() {
    check(
        &[(0, 9000), (60, 9000), (65, 5000)],
        &limits(),
        65,
        expect!["High 0–65, 9 at 0, out 15 min, 2 readings"],
    );
    check(&[(0, 9000)], &limits(), 600, expect!["High 0–…, 9 at 0, out 10 min, 1 readings"]);
}

#[test]
fn a_short_look_inside_can_be_passed_over() {
    let limits = Limits { rejoin: Millis::minutes(6), ..limits() };
    check(
        &[(0, 9000), (5, 7900), (8, 8100), (20, 7000), (40, 8100), (45, 7000)],
        &limits,
        45,
        expect![[r#"
        High 0–20, 9 at 0, out 15 min, 2 readings
        High 40–45, 8.1 at 40, out 5 min, 1 readings"#]],
    );
}

#[test]
fn what_is_not_believed_is_passed_over() {
    let mut story = readings(&[(0, 9000), (2, 85_000), (4, 5000)]);
    story[1].quality = Quality::Suspect(Doubt::OutOfRange);
    let found = find(&story, &limits(), Timestamp(240_000));
    assert_eq!((found.len(), found[0].worst), (1, Milli(9000)));
}

#[test]
fn an_excursion_that_ended_unseen_does_not_swallow_the_next() {
    let day = |story: &[(i64, i64)], until: i64| {
        find(&readings(story), &limits(), Timestamp(0) + Millis::minutes(until))
    };
    let both = merge(
        [day(&[(1435, 9000)], 1440), day(&[(1441, 5000), (2000, 9000), (2005, 5000)], 2880)].concat(),
        &limits(),
    );
    assert_eq!(both.len(), 2);
    assert_eq!(both[0].end, Some(Timestamp(0) + Millis::minutes(1435)));
}

proptest! {
    /// Asking day by day and merging finds the same spans as asking at once.
    #[test]
    fn midnight_is_no_border(values in prop::collection::vec(0i64..11_000, 2..400), cut in 1usize..399) {
        let all: Vec<Reading> = values.iter().enumerate().map(|(i, v)| reading(i as i64, *v)).collect();
        let cut = cut.min(all.len() - 1);
        let end = all[all.len() - 1].at;
        let whole = find(&all, &limits(), end);
        let halves = [find(&all[..cut], &limits(), all[cut].at), find(&all[cut..], &limits(), end)].concat();
        let merged = merge(halves, &limits());
        // The reading inside that ends an excursion exactly at the cut is the second half's: there the end is the last
        // reading outside, if anything follows.
        prop_assert_eq!(merged.len(), whole.len());
        for (a, b) in merged.iter().zip(&whole) {
            prop_assert_eq!((a.start, a.last, a.worst, a.out, a.readings), (b.start, b.last, b.worst, b.out, b.readings));
        }
        let outside = values.iter().filter(|v| **v > 8_000 || **v < 2_000).count();
        prop_assert_eq!(whole.iter().map(|e| e.readings as usize).sum::<usize>(), outside);
    }
}
