//! The tests of a channel on other people's recordings, whose anomalies other people labelled.

use domain::{Extra, Quality, Reading, Tests, Trial};
use std::collections::BTreeMap;
use units::{ChannelId, Day, Milli, Millis, Timestamp};

/// `2013-12-02 21:15:00` or with fractions of a second.
fn stamp(text: &str) -> Option<Timestamp> {
    let (day, clock) = text.split_once(' ')?;
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    Some(Day::parse(day)?.utc_midnight() + Millis(((hour * 60.0 + minute) * 60.0 + second) as i64 * 1000))
}

fn recording(rel: &str) -> Option<Vec<Reading>> {
    let path = testkit::shared_data(rel)?;
    let text = std::fs::read_to_string(path).expect("the file was just seen");
    let rows = text.lines().skip(1).enumerate().map(|(row, line)| {
        let (at, value) = line.split_once(',').expect("two columns");
        let at = stamp(at).expect("a time");
        Reading {
            channel: ChannelId(1),
            at,
            arrived_at: at,
            sequence: row as i64,
            value: Some(Milli::from_f64(value.parse().expect("a number"))),
            quality: Quality::Good,
        }
    });
    let mut rows: Vec<Reading> = rows.collect();
    // One of them has an hour twice, of the night when summer time ended.
    rows.sort_by_key(|reading| reading.at);
    Some(rows)
}

/// The labelled windows of one recording of the Numenta benchmark.
fn windows(rel: &str) -> Option<Vec<(Timestamp, Timestamp)>> {
    let path = testkit::shared_data("forecast/nab/labels/combined_windows.json")?;
    let text = std::fs::read_to_string(path).expect("the file was just seen");
    let start = text.find(&format!("\"{rel}\"")).expect("it is labelled") + rel.len() + 2;
    // Pairs of quoted times follow until the next name.
    let mut times = Vec::new();
    for quoted in text[start..].split('"').skip(1).step_by(2) {
        match stamp(quoted) {
            Some(at) => times.push(at),
            None => break,
        }
    }
    Some(times.chunks(2).map(|pair| (pair[0], pair[1])).collect())
}

fn tried(tests: Tests, readings: &[Reading]) -> Trial {
    let mut trial = Trial::new(tests);
    readings.iter().for_each(|reading| trial.push(reading));
    trial
}

/// A large machine's temperature, in °F, every five minutes for 79 days, with four labelled failures: three of them are low runs that
/// end in a reading of 2.1 °F, at which the machine stands.
#[test]
fn a_failing_machine_is_doubted_where_it_failed() {
    let name = "realKnownCause/machine_temperature_system_failure.csv";
    let Some(readings) = recording(&format!("forecast/nab/data/{name}")) else { return };
    let Some(windows) = windows(name) else { return };
    assert_eq!((readings.len(), windows.len()), (22_695, 4));
    let interval = Millis::minutes(5);
    let tests = Tests {
        plausible_min: Milli(40_000),
        plausible_max: Milli(120_000),
        rate_per_minute_max: Some(Milli(3_000)),
        interval,
        extra: Extra { spike: Some(Milli(8_000)), ..Extra::usual("°F", interval) },
    };
    assert_eq!(tests.fault(), None);
    let trial = tried(tests, &readings);
    let inside = |at: Timestamp| windows.iter().position(|(from, to)| (*from..=*to).contains(&at));
    let mut hit: BTreeMap<Option<usize>, u64> = BTreeMap::new();
    for span in trial.spans() {
        *hit.entry(inside(span.from)).or_default() += u64::from(span.readings);
    }
    let outside = hit.remove(&None).unwrap_or(0);
    println!("{} of {} marked; by window {hit:?}, outside {outside}", trial.marked, trial.readings);
    assert!(hit.len() >= 2, "at least two of the four failures are doubted: {hit:?}");
    assert!(outside * 200 < trial.readings, "less than half a percent is doubted elsewhere: {outside}");
}

/// What never moves is stuck, and what never misbehaves is not doubted.
#[test]
fn a_flat_line_is_stuck_and_a_daily_wave_is_not() {
    let usual = |readings: &[Reading]| {
        let interval = Millis::minutes(5);
        let (plausible_min, plausible_max, _) = domain::quality::plausible("°C");
        let (low, high) = readings
            .iter()
            .filter_map(|r| r.value)
            .fold((plausible_min, plausible_max), |(a, b), v| (a.min(v), b.max(v)));
        let extra = Extra::usual("°C", interval);
        Tests { plausible_min: low, plausible_max: high, rate_per_minute_max: None, interval, extra }
    };
    let Some(flat) = recording("forecast/nab/data/artificialNoAnomaly/art_flatline.csv") else { return };
    let trial = tried(usual(&flat), &flat);
    assert_eq!((trial.marked, trial.readings), (flat.len() as u64, flat.len() as u64));
    assert_eq!(trial.spans().len(), 1, "one span, from its first reading on");
    let Some(wave) = recording("forecast/nab/data/artificialNoAnomaly/art_daily_small_noise.csv") else {
        return;
    };
    assert_eq!(tried(usual(&wave), &wave).marked, 0);
}
