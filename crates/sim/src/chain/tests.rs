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
    assert_eq!(frames(&mut line, &mut decoder, 100).len() / 100, 1);
    drop(line);
    // Nobody reads: thousands of frames are due, some kilobytes of them go out.
    let before = running.sent().frames;
    let (_held, never) = std::sync::mpsc::sync_channel::<()>(1);
    for _ in 0..2_000 {
        if running.sent().frames >= before + 5 {
            break;
        }
        let _ = never.recv_timeout(Duration::from_millis(10));
    }
    let sent = running.stop();
    assert!(sent.frames >= before + 5 && sent.frames < 1_000, "{sent:?}");
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
