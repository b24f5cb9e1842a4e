//! Hostile bytes in, nothing out: each [`TARGETS`] entry feeds one decoder and asserts what must hold whatever comes.
//!
//! Knows every room that reads what strangers send: devices' bytes, payloads, files. Does not know ports, disks or what values
//! mean. The bytes come from `corpus/<target>/` in the tests (`tests/it/main.rs`, with each file also cut and flipped), and from
//! libFuzzer in `cargo xtask fuzz`, which adds what it finds to the corpus. A panic, an endless loop or memory without a bound is
//! the only way to fail besides the assertions. Start at [`TARGETS`].

use domain::OrderLine;
use protocols::setup::{Language, Setup};
use protocols::stream::Decoder;
use std::io::Cursor;
use std::ops::ControlFlow;
use units::{Progress, Stop, Timestamp};

/// One decoder.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and its folder in the corpus.
    pub name: &'static str,
    /// Takes any bytes.
    pub feed: fn(&[u8]),
}

/// Every decoder of what strangers send.
pub const TARGETS: &[Target] = &[
    Target { name: "line", feed: line },
    Target { name: "nmea", feed: nmea },
    Target { name: "pattern", feed: pattern },
    Target { name: "scanner", feed: scanner },
    Target { name: "gs1", feed: gs1 },
    Target { name: "json", feed: json },
    Target { name: "payload", feed: payload },
    Target { name: "cayenne", feed: cayenne },
    Target { name: "table", feed: table },
    Target { name: "prometheus", feed: prometheus },
    Target { name: "osmand", feed: osmand },
    Target { name: "setup", feed: setup },
    Target { name: "modbus_points", feed: modbus_points },
    Target { name: "modbus_values", feed: modbus_values },
    Target { name: "chunk", feed: chunk },
    Target { name: "orders", feed: orders },
    Target { name: "sniff", feed: file },
    Target { name: "workbook", feed: file },
    Target { name: "edi", feed: file },
    Target { name: "roads", feed: roads },
    Target { name: "instance", feed: instance },
];

/// The target of a name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().copied().find(|target| target.name == name)
}

/// The bytes in one piece and in two say the same.
fn stream(setup: &Setup, bytes: &[u8]) {
    let Ok(mut whole) = Decoder::new(setup) else { return };
    let Ok(mut parts) = Decoder::new(setup) else { return };
    let at = bytes.len() / 2;
    let said = |events: Vec<protocols::stream::Event>| -> Vec<protocols::stream::Said> {
        // Faults are counted in whatever portions they come.
        let said = |event| match event {
            protocols::stream::Event::Said(said) => Some(said),
            protocols::stream::Event::Fault(_) => None,
        };
        events.into_iter().filter_map(said).collect()
    };
    let one = said(whole.push(bytes));
    let mut two = said(parts.push(&bytes[..at]));
    two.extend(said(parts.push(&bytes[at..])));
    assert_eq!(one, two, "a stream says the same wherever it is cut");
}

fn line(bytes: &[u8]) {
    stream(&Setup { language: Language::Line, ..Setup::default() }, bytes);
}

fn nmea(bytes: &[u8]) {
    stream(&Setup { language: Language::Nmea, ..Setup::default() }, bytes);
}

fn scanner(bytes: &[u8]) {
    stream(&Setup { language: Language::Scanner, ..Setup::default() }, bytes);
}

/// Every character has one role; what is right is written and read again as the same.
fn gs1(bytes: &[u8]) {
    use protocols::gs1::{bracketed, explain};
    let text = String::from_utf8_lossy(bytes);
    let today = units::Day(20_780);
    let found = explain(&text, today);
    let end = found.parts.iter().fold(0, |at, part| {
        assert_eq!(part.from, at, "the parts follow each other");
        part.to
    });
    assert_eq!(end, text.chars().count(), "to the last character");
    assert!(found.faults.iter().all(|fault| fault.from <= fault.to && fault.to <= end));
    if found.faults.is_empty() && !found.elements.is_empty() {
        let again = explain(&bracketed(&found.elements), today);
        assert_eq!(again.elements, found.elements, "what was read is written, and read as the same");
    }
}

/// The first line is the setup, the rest what the device sends.
fn pattern(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (head, rest) = bytes.split_at(at);
    let Ok(text) = std::str::from_utf8(head) else { return };
    if let Ok(setup) = Setup::parse(text) {
        stream(&setup, rest.get(1..).unwrap_or_default());
    }
}

fn json(bytes: &[u8]) {
    for (topic, base) in [("", ""), ("site/energy/E1", "site/energy")] {
        if let Ok(decoded) = protocols::json::decode(topic, base, bytes) {
            assert!(decoded.readings.len() <= protocols::json::VALUES_MAX);
        }
    }
}

const LANGUAGES: [(Language, &str); 7] = [
    (Language::Auto, "plant/a/b"),
    (Language::Senml, "senml/1"),
    (Language::SparkplugB, "spBv1.0/plant/NBIRTH/edge"),
    (Language::Chirpstack, "application/1/device/0102030405060708/event/up"),
    (Language::Ttn, "v3/app@ttn/devices/probe/up"),
    (Language::Tasmota, "tele/plug/SENSOR"),
    (Language::Thingsboard, "v1/gateway/telemetry"),
];

const SPARKPLUG: [&str; 4] = [
    "spBv1.0/plant/NBIRTH/edge",
    "spBv1.0/plant/DBIRTH/edge/meter",
    "spBv1.0/plant/DDATA/edge/meter",
    "spBv1.0/plant/NDEATH/edge",
];

/// The first byte chooses the language; what remembers births hears the payload on each kind of topic.
fn payload(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (language, topic) = LANGUAGES[usize::from(*first) % LANGUAGES.len()];
    let mut reader = protocols::payload::Reader::new(language);
    let now = Timestamp(1_760_000_000_000);
    let topics = if language == Language::SparkplugB { &SPARKPLUG[..] } else { &[topic, topic] };
    for topic in topics {
        // A payload that is refused is no failure here.
        let _ = reader.read(topic, "", rest, now);
    }
}

fn cayenne(bytes: &[u8]) {
    let _ = protocols::payload::cayenne::decode(bytes);
}

fn table(bytes: &[u8]) {
    let _ = protocols::table::decode(bytes);
}

fn prometheus(bytes: &[u8]) {
    let _ = protocols::prometheus::decode(bytes);
}

fn osmand(bytes: &[u8]) {
    let _ = protocols::osmand::json(bytes, None);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = protocols::osmand::query(&protocols::osmand::pairs(text), Some("van"));
    }
}

/// What is read is written, and read again as the same.
fn setup(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(setup) = Setup::parse(text) {
        assert_eq!(Setup::parse(&setup.text()), Ok(setup));
    }
}

fn modbus_points(bytes: &[u8]) {
    use protocols::modbus::{Map, Notation};
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for notation in [Notation::FromZero, Notation::Reference, Notation::Auto] {
        let (points, _) = protocols::modbus::from_csv(text, notation, &Map::default());
        let map = Map { points, ..Map::default() };
        if map.check().is_ok() {
            let all: Vec<usize> = (0..map.points.len()).collect();
            for range in protocols::modbus::plan(&map, &all, &protocols::modbus::Cuts::new()) {
                let words = protocols::modbus::Objects::Words(vec![0xFFFF; usize::from(range.count)]);
                let _ = protocols::modbus::read(&map, &range, &words);
            }
        }
    }
}

fn modbus_values(bytes: &[u8]) {
    let words: Vec<u16> = bytes.chunks_exact(2).take(125).map(|b| u16::from_be_bytes([b[0], b[1]])).collect();
    let _ = protocols::modbus::tries(0, &words);
}

/// Bytes as they come, and with a checksum that fits: what a disk may hold, and what a bug may write, as readings, as sums and
/// as a commit of the journal. What opens packs and opens again as the same.
fn chunk(bytes: &[u8]) {
    store::chunk::fuzz(bytes);
}

/// As a person would import it: looked at, surveyed, and read by what it suggests.
fn orders(bytes: &[u8]) {
    let (progress, stop) = (Progress::none(), Stop::default());
    let Ok(preview) = exchange::preview(bytes, None) else { return };
    let _ = exchange::survey(bytes, &preview.format, &preview.mapping, &stop);
    let mut lines = 0;
    let take = |chunk: exchange::Chunk<OrderLine>| {
        lines += chunk.rows.len();
        ControlFlow::Continue(())
    };
    let all = bytes.len() as u64;
    if let Ok(report) =
        exchange::parse_orders(bytes, all, &preview.format, &preview.mapping, take, &progress, &stop)
    {
        assert_eq!(report.good, lines as u64, "what is handed over is what is counted");
    }
}

/// Any file the whole way of an import: what it is, what its columns mean, every row. One function, three kinds of seeds: columns
/// and lists of objects, workbooks, interchanges.
fn file(bytes: &[u8]) {
    let (progress, stop) = (Progress::none(), Stop::default());
    let Ok(source) = exchange::source::open(Cursor::new(bytes), "location.x", None, &stop) else { return };
    let table = source.table.clone();
    let rows = table.as_deref().unwrap_or(bytes);
    assert!(
        table.is_none() || rows.len() as u64 <= exchange::limits::TABLE_BYTES_MAX + 1_048_576,
        "a table has an end"
    );
    let Ok(look) = exchange::preview_as(rows, None, source.format(), &source.named) else { return };
    let mut mapping = look.mapping;
    if let Ok(found) = exchange::survey(rows, &look.format, &mapping, &stop) {
        found.settle(&mut mapping);
    }
    let all = rows.len() as u64;
    if let Ok(report) = exchange::check(rows, all, &look.format, &mapping, &progress, &stop) {
        assert_eq!(report.rows, report.good + report.bad, "every row is used or told of");
        assert!(report.bad == 0 || report.findings_total() > 0, "a row that is left out has a reason");
    }
}

fn roads(bytes: &[u8]) {
    let _ = travel::Network::read(&mut Cursor::new(bytes));
    let read = travel::Network::from_osm_pbf(
        Cursor::new(bytes),
        &travel::Params::default(),
        &Progress::none(),
        &Stop::default(),
    );
    if let Ok((network, _)) = read {
        let mut written = Vec::new();
        if network.write(&mut written).is_ok() {
            assert!(travel::Network::read(&mut written.as_slice()).is_ok(), "what was written is read");
        }
    }
}

fn instance(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(instance) = routing::instance::parse(text, "fuzz") {
        let _ = routing::instance::parse_solution(text, "fuzz", &instance);
    }
}
