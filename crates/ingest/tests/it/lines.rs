use super::*;
use std::io::Write;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;

#[cfg(unix)]
fn pair() -> (serialport::TTYPort, serialport::TTYPort, String) {
    use serialport::SerialPort;
    let (near, far) = serialport::TTYPort::pair().expect("a pseudo-terminal");
    let path = far.name().expect("a path");
    (near, far, path)
}

/// Writes so many frames as fast as they are taken.
#[cfg(unix)]
fn all_of_it(mut near: serialport::TTYPort, frames: i64) -> serialport::TTYPort {
    for sequence in 0..frames {
        let mut rest = bytes(sequence);
        while !rest.is_empty() {
            match near.write(&rest) {
                Ok(count) => drop(rest.drain(..count)),
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    near
}

#[cfg(unix)]
#[tokio::test]
async fn a_stream_with_nonsense_in_it_is_read() {
    let (mut near, _far, path) = pair();
    let (sender, mut queue) = ingest::queue();
    let driver = ingest::spawn(&Handle::current(), source(&path), clock(), sender, 1);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    for sequence in 0..100 {
        let mut piece = bytes(sequence);
        if sequence % 10 == 3 {
            piece.extend([0, 255, 13, 36, 81, 200]);
        }
        if sequence % 10 == 7 {
            piece.splice(0..0, *b"$QMT,CHAIN-1,1,1,T01=1*0000\r\n");
        }
        near.write_all(&piece).expect("written");
    }
    assert_eq!(sequences(&mut queue, 100).await, (0..100).collect::<Vec<_>>());
    let told = until(&mut queue, |event| matches!(event, LinkEvent::Faults { .. })).await;
    assert!(told.len() < 10);
    let status = driver.status();
    assert!(status.connected && status.last_error.is_none());
    assert_eq!(
        (status.counters.frames, status.counters.readings, status.counters.bad_frames),
        (100, 100, 10)
    );
    assert_eq!(status.counters.garbage_bytes, 50);
    assert!(status.tail.len() <= 4096 && status.tail.ends_with(&bytes(99)));
    driver.stopped().await;
    assert!(tokio::time::timeout(PATIENCE, async { while queue.recv().await.is_some() {} }).await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn unplugged_and_plugged_in_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("port");
    let (mut near, far, path) = pair();
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let (sender, mut queue) = ingest::queue();
    let driver = ingest::spawn(&Handle::current(), source(&link.to_string_lossy()), clock(), sender, 2);
    for round in 0..3 {
        until(&mut queue, |event| *event == LinkEvent::Opened).await;
        near.write_all(&bytes(round)).expect("written");
        assert_eq!(sequences(&mut queue, 1).await, [round]);
        // Out: the far end goes with the near one.
        std::fs::remove_file(&link).expect("unlinked");
        drop(std::mem::replace(&mut near, serialport::TTYPort::pair().expect("a pair").0));
        let told = until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
        assert_eq!(told.len(), 1, "{told:?}");
        becomes(|| !driver.status().connected).await;
        // In again, under another path of the system.
        let (again, other, path) = pair();
        std::mem::forget(other);
        near = again;
        std::os::unix::fs::symlink(&path, &link).expect("a link");
    }
    let told = until(&mut queue, |event| *event == LinkEvent::Opened).await;
    // No spinning: a lost port says so once or twice, whatever the number of tries.
    assert!(told.len() <= 2, "{told:?}");
    assert_eq!(driver.status().counters.reconnects, 3);
    driver.stopped().await;
    drop(far);
}

#[tokio::test]
async fn a_port_that_is_not_there_says_what_to_do_and_is_waited_for() {
    let (sender, mut queue) = ingest::queue();
    let driver = ingest::spawn(&Handle::current(), source("/nowhere/port"), clock(), sender, 3);
    let told = until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
    let Message::Link { event: LinkEvent::Lost { reason }, .. } = &told[0] else { panic!("{told:?}") };
    assert!(reason.contains("/nowhere/port") && reason.contains("Check the cable"), "{reason}");
    assert_eq!(driver.status().last_error.as_ref(), Some(reason));
    // Three more tries say the same, so they say nothing.
    assert!(tokio::time::timeout(Duration::from_secs(1), queue.recv()).await.is_err());
    driver.stopped().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_nobody_reads_is_shed_and_told() {
    const FRAMES: i64 = 4_000;
    let (near, _far, path) = pair();
    let (sender, mut queue) = tokio::sync::mpsc::channel(4);
    let fast = Endpoint::parse(&path, 921_600).expect("an endpoint");
    let driver = ingest::spawn(&Handle::current(), Source::new(DEVICE, fast), clock(), sender, 4);
    becomes(|| driver.status().connected).await;
    let writer = std::thread::spawn(move || all_of_it(near, FRAMES));
    // The device is never made to wait for longer than its wire takes: all of it is taken although nobody reads the queue.
    becomes(|| driver.status().counters.frames == FRAMES as u64).await;
    let near = tokio::task::spawn_blocking(|| writer.join().expect("written")).await.expect("joined");
    let counters = driver.status().counters;
    assert!(counters.shed > 0 && counters.bad_frames == 0 && counters.garbage_bytes == 0, "{counters:?}");
    let (mut arrived, mut shed) = (0, 0);
    while arrived + shed < FRAMES as u64 {
        match next(&mut queue).await {
            Message::Arrival(arrival) => arrived += arrival.readings.len() as u64,
            Message::Link { event: LinkEvent::Shed { readings, .. }, .. } => shed += readings,
            _ => {}
        }
    }
    assert_eq!((arrived + shed, shed), (FRAMES as u64, counters.shed));
    // With room again, readings come again.
    let mut near = near;
    near.write_all(&bytes(1)).expect("written");
    assert_eq!(sequences(&mut queue, 1).await, [1]);
    driver.stopped().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_saved_up_and_can_wait_is_not_shed() {
    const FRAMES: i64 = 20_000;
    let (near, _far, path) = pair();
    let (sender, mut queue) = tokio::sync::mpsc::channel(4);
    let slow = Endpoint::parse(&path, 9_600).expect("an endpoint");
    let driver = ingest::spawn(&Handle::current(), Source::new(DEVICE, slow), clock(), sender, 4);
    becomes(|| driver.status().connected).await;
    let writer = std::thread::spawn(move || all_of_it(near, FRAMES));
    // The store is busy: the queue is full, and some of it waits behind it.
    becomes(|| driver.status().counters.frames > 300).await;
    assert_eq!(sequences(&mut queue, FRAMES as usize).await, (0..FRAMES).collect::<Vec<_>>());
    assert_eq!(driver.status().counters.shed, 0);
    drop(writer.join());
    driver.stopped().await;
}

#[tokio::test]
async fn the_same_line_over_tcp() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("tcp://{}", listener.local_addr().expect("bound"));
    let (sender, mut queue) = ingest::queue();
    let driver = ingest::spawn(&Handle::current(), source(&endpoint), clock(), sender, 5);
    for round in 0..3 {
        let (mut peer, _) =
            tokio::time::timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a peer");
        peer.write_all(&bytes(round)).await.expect("written");
        assert_eq!(sequences(&mut queue, 1).await, [round]);
        drop(peer);
        until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
    }
    driver.stopped().await;
}

#[tokio::test]
async fn dropping_a_driver_closes_its_line() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("tcp://{}", listener.local_addr().expect("bound"));
    let (sender, _queue) = ingest::queue();
    let driver = ingest::spawn(&Handle::current(), source(&endpoint), clock(), sender, 6);
    let (mut peer, _) =
        tokio::time::timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a peer");
    drop(driver);
    let mut buffer = [0; 1];
    let read = tokio::io::AsyncReadExt::read(&mut peer, &mut buffer);
    assert_eq!(tokio::time::timeout(PATIENCE, read).await.expect("in time").expect("closed in order"), 0);
}
