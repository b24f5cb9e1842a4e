//! A voyage that somebody recorded (npm's package `ggencoder`), played to the driver, and held against another reader of NMEA that
//! nobody here wrote (Python's `pynmea2`).

use super::*;
use domain::Position;
use protocols::setup::Setup;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::runtime::Handle;

const OTHER_READER: &str = "
import sys, pynmea2
for line in sys.stdin:
    try:
        said = pynmea2.parse(line.strip(), check=True)
        print(repr(said.latitude), repr(said.longitude), said.spd_over_grnd, said.true_course)
    except pynmea2.ChecksumError:
        pass
";

fn recorded() -> Option<Vec<u8>> {
    let log = testkit::node()?.join("ggencoder/test/FeedSample/GprmcSample.nmea");
    let bytes = std::fs::read(&log).ok();
    if bytes.is_none() {
        println!("skipped: {} is not there; `cargo xtask setup` fetches it", log.display());
    }
    bytes
}

/// All positions that the driver makes of it, and how many sentences it refused.
async fn played(log: &[u8], sentences: u64) -> (Vec<Position>, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("tcp://{}", listener.local_addr().expect("bound"));
    let (sender, mut queue) = ingest::queue();
    let setup = Setup::parse(r#"{"language":"nmea","nmea":{"vehicle":"V"}}"#).expect("a setup");
    let driver = ingest::spawn(&Handle::current(), Source { setup, ..source(&endpoint) }, clock(), sender, 1);
    let (mut peer, _) = listener.accept().await.expect("the driver");
    // In pieces that end anywhere.
    for piece in log.chunks(37) {
        peer.write_all(piece).await.expect("written");
    }
    becomes(|| {
        let counters = driver.status().counters;
        counters.frames + counters.bad_frames == sentences
    })
    .await;
    let counters = driver.status().counters;
    assert_eq!(counters.garbage_bytes, 0);
    let mut found = vec![];
    while (found.len() as u64) < counters.frames {
        if let Message::Position { positions, .. } = next(&mut queue).await {
            found.extend(positions);
        }
    }
    driver.stopped().await;
    (found, counters.bad_frames)
}

#[tokio::test]
async fn a_recorded_voyage_is_read_as_another_reader_reads_it() {
    let Some(log) = recorded() else { return };
    let text = String::from_utf8(log.clone()).expect("text");
    let sentences = text.lines().filter(|line| line.starts_with("$GPRMC")).count() as u64;
    assert!(sentences >= 30, "{sentences}");
    let (found, refused) = played(&log, sentences).await;
    // Two of its sentences have a checksum that is another, or none.
    assert_eq!((found.len() as u64, refused), (sentences - 2, 2));
    // It begins off the south of Brittany, in November 2006: too long ago for a receiver's date to be believed.
    let (first, place) = (&found[0], found[0].place);
    assert_eq!((first.at, place.lat_e7, place.lon_e7), (Timestamp(42), 473_926_262, -29_300_679));
    let Some((program, folder)) = testkit::python().filter(|(_, folder)| folder.join("pynmea2").is_dir())
    else {
        return;
    };
    let script = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(script.path(), OTHER_READER).expect("written");
    let input = std::fs::File::open(
        testkit::node().expect("it was there").join("ggencoder/test/FeedSample/GprmcSample.nmea"),
    )
    .expect("the log");
    let other = std::process::Command::new(program)
        .arg(script.path())
        .env("PYTHONPATH", folder)
        .stdin(input)
        .output()
        .expect("it runs");
    assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stderr));
    let lines: Vec<Vec<String>> = String::from_utf8_lossy(&other.stdout)
        .lines()
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect();
    assert_eq!(lines.len(), found.len());
    for (ours, theirs) in found.iter().zip(&lines) {
        let number = |at: usize| theirs[at].parse::<f64>().expect("a number");
        // Ours is rounded to a ten-millionth of a degree.
        assert!((ours.place.lat() - number(0)).abs() < 0.6e-7, "{ours:?} {theirs:?}");
        assert!((ours.place.lon() - number(1)).abs() < 0.6e-7, "{ours:?} {theirs:?}");
        let kmh = ours.speed_kmh.expect("a speed").to_f64();
        assert!((kmh - number(2) * 1.852).abs() < 0.000_6, "{ours:?} {theirs:?}");
        assert_eq!(f64::from(ours.heading_deg.expect("a course")), number(3).round() % 360.0, "{theirs:?}");
    }
}
