use super::*;
use protocols::line::{Decoder, Event};
use std::sync::atomic::{AtomicI64, Ordering};

const START: Timestamp = Timestamp(1_795_996_800_000);

#[test]
fn the_same_seed_says_the_same_and_another_something_else() {
    let said = |seed| {
        let chain = Chain::new(Seed(seed), START);
        chain
            .history(START - Millis::days(1), START + Millis::days(1), Millis::minutes(5))
            .flat_map(|(at, _)| encode(&chain.frame_at(at)).expect("short names"))
            .collect::<Vec<u8>>()
    };
    assert_eq!(said(1), said(1));
    assert_ne!(said(1), said(2));
}

#[test]
fn history_and_line_agree() {
    let chain = Chain::new(Seed(9), START);
    let past: Vec<_> = chain.history(START - Millis(1), START + Millis::minutes(1), INTERVAL).collect();
    assert_eq!(
        past.iter().map(|(at, _)| (*at - START).0).collect::<Vec<_>>(),
        [0, 10_000, 20_000, 30_000, 40_000, 50_000]
    );
    for (at, readings) in past {
        assert_eq!(readings, chain.readings_at(at));
        assert_eq!(readings.len(), 12);
        assert!(readings.iter().all(|r| r.device_at == Some(at) && r.sequence == Some(at.0 / 10_000)));
    }
}

#[test]
fn sensors_fail_now_and_then() {
    let chain = Chain::new(Seed(3), START);
    let all: Vec<RawReading> = chain
        .history(START, START + Millis::hours(40), INTERVAL)
        .flat_map(|(_, readings)| readings)
        .collect();
    let count = |fits: &dyn Fn(&RawReading) -> bool| all.iter().filter(|reading| fits(reading)).count();
    assert!((20..80).contains(&count(&|r| r.value == Err(RawFault::SensorFault))));
    assert!((1..30).contains(&count(&|r| r.value == Err(RawFault::NotANumber))));
    assert!((5..50).contains(&count(&|r| r.value == Ok(Milli(85_000)))));
}

/// A simulated clock that a test moves.
fn clock() -> (Arc<AtomicI64>, SimClock) {
    let now = Arc::new(AtomicI64::new(START.0));
    let shared = now.clone();
    (now, Arc::new(move || Timestamp(shared.load(Ordering::SeqCst))))
}

/// Reads frames until there are so many, or the line ends.
fn frames(line: &mut impl std::io::Read, decoder: &mut Decoder, wanted: usize) -> Vec<Frame> {
    let mut found = vec![];
    let mut buffer = [0; 1024];
    while found.len() < wanted {
        match line.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => found.extend(decoder.push(&buffer[..count]).into_iter().map(|event| match event {
                Event::Frame(frame) => frame,
                Event::Fault(fault) => panic!("{fault:?}"),
            })),
            Err(error) => panic!("{error}"),
        }
    }
    found
}

#[test]
fn over_tcp_every_instant_comes_once_and_in_order() {
    let (now, clock) = clock();
    let chain = Chain::new(Seed(4), START);
    let running =
        start(chain, Outlet::Tcp { address: "127.0.0.1:0".into() }, START, 600, clock).expect("a free port");
    let address = running.endpoint().strip_prefix("tcp://").expect("an address").to_owned();
    let mut line = std::net::TcpStream::connect(address).expect("it listens");
    line.set_read_timeout(Some(Duration::from_secs(20))).expect("a span");
    now.store(START.0 + 3_600_000, Ordering::SeqCst);
    let mut decoder = Decoder::new();
    let mut got = frames(&mut line, &mut decoder, 360);
    let sent = std::thread::scope(|scope| {
        let rest = scope.spawn(|| frames(&mut line, &mut decoder, usize::MAX));
        let sent = running.stop();
        got.extend(rest.join().expect("read to the end"));
        sent
    });
    assert_eq!(sent, Sent { frames: 360, readings: 360 * 12, unread_bytes: 0 });
    let expected: Vec<Frame> = (1..=360).map(|n| chain.frame_at(START + Millis::seconds(10 * n))).collect();
    assert_eq!(got, expected);
}

#[cfg(unix)]
#[test]
fn a_reader_that_is_away_is_waited_for_and_stop_says_what_it_left() {
    let (now, clock) = clock();
    let running =
        start(Chain::new(Seed(4), START), Outlet::Pty { link: None }, START, 600, clock).expect("a terminal");
    now.store(START.0 + 86_000_000, Ordering::SeqCst);
    let mut line =
        serialport::new(running.endpoint(), 115_200).timeout(Duration::from_secs(20)).open().expect("there");
    let mut decoder = Decoder::new();
    let taken = frames(&mut line, &mut decoder, 100).len() as u64;
    drop(line);
    // Nobody reads: thousands of frames are due, some kilobytes of them go out.
    let (_held, never) = std::sync::mpsc::sync_channel::<()>(1);
    for _ in 0..2_000 {
        if running.sent().frames >= taken + 5 {
            break;
        }
        let _ = never.recv_timeout(Duration::from_millis(10));
    }
    let sent = running.stop();
    assert!((taken + 5..1_000).contains(&sent.frames), "{sent:?}");
    assert!(sent.unread_bytes > 0);
}

#[cfg(unix)]
#[test]
fn a_link_stays_the_same_over_unplugging() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, clock) = clock();
    let outlet = Outlet::here(folder.path(), "chain");
    let running = start(Chain::new(Seed(4), START), outlet, START, 600, clock).expect("a terminal");
    let link = folder.path().join("chain");
    assert_eq!(running.endpoint(), link.to_string_lossy());
    for _ in 0..3 {
        assert!(link.exists());
        running.unplug().expect("out");
        assert!(!link.is_symlink());
        running.replug().expect("in");
    }
    drop(running);
    assert!(!link.is_symlink());
}

/// The alarms that usual limits make of two days and a half: each trouble raises its own, and nothing else does.
#[test]
fn troubles_raise_alarms_and_nothing_else_does() {
    use domain::{AlarmChange, AlarmKind, AlarmRule, ChannelSpec, Priority, Quality, Reading, admit};
    use monitor::alarms::{Watch, step_batch};
    use units::{ChannelId, DeviceId};

    let chain = Chain::new(Seed(7), START);
    let specs: Vec<ChannelSpec> = PROBES
        .iter()
        .enumerate()
        .map(|(index, probe)| ChannelSpec {
            id: ChannelId(index as i64 + 1),
            device: DeviceId(1),
            code: probe.code.into(),
            name: probe.name.into(),
            zone: None,
            unit: "°C".into(),
            plausible_min: Milli(-40_000),
            plausible_max: Milli(60_000),
            rate_per_minute_max: Some(Milli(3_000)),
            interval: INTERVAL,
        })
        .collect();
    let (from, to) = (START - Millis::hours(36), START + Millis::hours(24));
    let mut watch = Watch::new(from);
    for (spec, probe) in specs.iter().zip(&PROBES) {
        let (low, high) = crate::thermal::limits(probe.zone);
        watch.set_rule(AlarmRule {
            channel: spec.id,
            high: Some(high),
            low: Some(low),
            recovery_band: Milli(500),
            delay: Millis::minutes(15),
            priority: Priority::High,
            silence_max: Millis::minutes(2),
        });
    }
    let mut before: Vec<Option<Reading>> = vec![None; 12];
    let (mut raised, mut suspect, mut bad) = (vec![], 0, 0);
    for (at, readings) in chain.history(from, to, INTERVAL) {
        let batch: Vec<Reading> = readings
            .iter()
            .zip(&specs)
            .enumerate()
            .map(|(index, (raw, spec))| {
                let reading = admit(raw, spec, before[index].as_ref(), at, 0);
                match reading.quality {
                    Quality::Good => before[index] = Some(reading.clone()),
                    Quality::Suspect(_) => suspect += 1,
                    Quality::Bad(_) | Quality::Interpolated => bad += 1,
                }
                reading
            })
            .collect();
        raised.extend(
            step_batch(&mut watch, &batch, at).into_iter().filter(|t| t.change == AlarmChange::Raised),
        );
    }
    // The outliers and the silent sensors, not the doors.
    assert!((20..80).contains(&suspect), "{suspect}");
    assert!((40..120).contains(&bad), "{bad}");
    let incidents = chain.incidents(from, to);
    for alarm in &raised {
        let channel = alarm.channel.expect("a channel's").0 as usize - 1;
        let zone = PROBES[channel].zone;
        let cause = incidents.iter().find(|incident| {
            incident.kind.zone() == zone
                && alarm.at > incident.from
                && alarm.at < incident.to + Millis::hours(3)
        });
        assert!(cause.is_some(), "{alarm:?}");
        assert_ne!(alarm.kind, AlarmKind::NoData);
    }
    assert_eq!(raised.len(), incidents.len() * 4, "{raised:?}\n{incidents:?}");
}
