//! The driver and the simulated devices at the two ends of one line.

use super::*;
use sim::chain::{Chain, Outlet, Wire, start};
use sim::replay::{Pace, read, send};
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::runtime::Handle;
use units::{Millis, Progress, Seed, Stop};

const START: Timestamp = Timestamp(1_795_996_800_000);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_chain_sent_is_what_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = Arc::new(AtomicI64::new(START.0));
    let clock: Clock = {
        let now = now.clone();
        Arc::new(move || Timestamp(now.load(Ordering::SeqCst)))
    };
    let chain = Chain::new(Seed(11), START);
    let running =
        start(chain, Outlet::here(folder.path(), "chain"), START, 600, clock.clone()).expect("a line");
    let (sender, mut queue) = ingest::queue();
    let driver = ingest::spawn(&Handle::current(), source(running.endpoint()), clock, sender, 1);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;

    // Six hours in steps of twenty minutes, the plug out for one of them.
    let mut readings = 0;
    for step in 1..=18 {
        if step == 9 {
            running.unplug().expect("out");
            until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
        }
        now.store((START + Millis::minutes(20 * step)).0, Ordering::SeqCst);
        if step == 9 {
            // What it would have said is lost while it is out.
            becomes(|| !driver.status().connected).await;
            running.replug().expect("in");
            until(&mut queue, |event| *event == LinkEvent::Opened).await;
            continue;
        }
        let before = readings;
        while readings < before + 120 * 12 {
            if let Message::Arrival(arrival) = next(&mut queue).await {
                assert!(arrival.readings.iter().all(|r| r.device_at.is_some_and(|at| at <= arrival.at)));
                readings += arrival.readings.len() as u64;
            }
        }
    }
    let sent = tokio::task::spawn_blocking(|| running.stop()).await.expect("stopped");
    driver.stopped().await;
    while let Some(message) = queue.recv().await {
        if let Message::Arrival(arrival) = message {
            readings += arrival.readings.len() as u64;
        }
    }
    assert_eq!((sent.readings, sent.unread_bytes), (readings, 0));
    assert_eq!(sent.frames, 17 * 120);
}

/// A real recording over the wire as fast as it is taken: every row arrives, in order, as it was recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_file_arrives_as_it_was_recorded() {
    let file = "forecast/nab/data/realKnownCause/machine_temperature_system_failure.csv";
    let Some(path) = testkit::shared_data(file) else { return };
    let recording = read(std::fs::File::open(path).expect("there"), None).expect("a recording");
    assert_eq!((recording.rows.len(), recording.skipped), (22_695, 0));
    let mut wire = Wire::outlet(Outlet::Pty { link: None }).expect("a terminal");
    let (sender, mut queue) = ingest::queue();
    let driver = ingest::spawn(&Handle::current(), source(wire.endpoint()), clock(), sender, 1);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    let rows = recording.rows.clone();
    let sending = tokio::task::spawn_blocking(move || {
        send(
            &recording,
            "REPLAY",
            "value",
            &mut wire,
            Pace::Max,
            &|| Timestamp(0),
            &Stop::default(),
            &Progress::none(),
        )
    });
    let mut came = vec![];
    while came.len() < rows.len() {
        if let Message::Arrival(arrival) = next(&mut queue).await {
            came.extend(
                arrival
                    .readings
                    .into_iter()
                    .map(|r| (r.device_at.expect("recorded"), r.value.expect("a value"))),
            );
        }
    }
    assert_eq!(came, rows);
    assert_eq!(sending.await.expect("joined").expect("sent"), 22_695);
    let counters = driver.status().counters;
    assert_eq!(
        (counters.frames, counters.shed, counters.bad_frames, counters.garbage_bytes),
        (22_695, 0, 0, 0)
    );
    driver.stopped().await;
}
