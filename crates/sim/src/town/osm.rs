//! Roads as OpenStreetMap's binary format (PBF): what a real extract is, so that the demo's roads come in by the door real ones use.
//!
//! Format: wiki.openstreetmap.org/wiki/PBF_Format. Blobs are written plain, which readers must take.

use super::TownRoad;
use std::collections::HashMap;
use units::GeoPoint;

/// Elements of a block; the format asks for at most 8,000.
const BLOCK: usize = 8_000;

/// Bytes of a message of Protocol Buffers.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint((field << 3) | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    fn packed(&mut self, field: u64, values: impl IntoIterator<Item = u64>) {
        let mut inner = Message::default();
        values.into_iter().for_each(|value| inner.varint(value));
        self.bytes(field, &inner.0);
    }
}

/// Signed numbers near zero stay short.
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn deltas(values: impl IntoIterator<Item = i64>) -> Vec<u64> {
    let mut last = 0;
    values
        .into_iter()
        .map(|value| {
            let step = zigzag(value - last);
            last = value;
            step
        })
        .collect()
}

fn blob(kind: &str, content: &[u8], out: &mut Vec<u8>) {
    let mut body = Message::default();
    body.bytes(1, content);
    let mut head = Message::default();
    head.bytes(1, kind.as_bytes());
    head.number(3, body.0.len() as u64);
    out.extend_from_slice(&(head.0.len() as u32).to_be_bytes());
    out.extend_from_slice(&head.0);
    out.extend_from_slice(&body.0);
}

fn block(strings: &[String], group: &Message) -> Vec<u8> {
    let mut table = Message::default();
    strings.iter().for_each(|text| table.bytes(1, text.as_bytes()));
    let mut block = Message::default();
    block.bytes(1, &table.0);
    block.bytes(2, &group.0);
    block.0
}

/// The strings of a block, each once; the first is empty by the format.
struct Strings {
    all: Vec<String>,
    known: HashMap<String, u64>,
}

impl Strings {
    fn new() -> Self {
        Self { all: vec![String::new()], known: HashMap::new() }
    }

    fn id(&mut self, text: &str) -> u64 {
        if let Some(id) = self.known.get(text) {
            return *id;
        }
        let id = self.all.len() as u64;
        self.all.push(text.to_owned());
        self.known.insert(text.to_owned(), id);
        id
    }
}

pub(super) fn write(roads: &[TownRoad], chinese: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut header = Message::default();
    header.bytes(4, b"OsmSchema-V0.6");
    header.bytes(4, b"DenseNodes");
    header.bytes(16, b"Quartermaster demo");
    header.bytes(17, b"a town that is on no map");
    blob("OSMHeader", &header.0, &mut out);

    let mut ids: HashMap<GeoPoint, i64> = HashMap::new();
    let mut nodes: Vec<GeoPoint> = Vec::new();
    for point in roads.iter().flat_map(|road| &road.points) {
        ids.entry(*point).or_insert_with(|| {
            nodes.push(*point);
            nodes.len() as i64
        });
    }
    for (number, chunk) in nodes.chunks(BLOCK).enumerate() {
        let first = (number * BLOCK) as i64 + 1;
        let mut dense = Message::default();
        dense.packed(1, deltas((0..chunk.len() as i64).map(|n| first + n)));
        dense.packed(8, deltas(chunk.iter().map(|point| i64::from(point.lat_e7))));
        dense.packed(9, deltas(chunk.iter().map(|point| i64::from(point.lon_e7))));
        let mut group = Message::default();
        group.bytes(2, &dense.0);
        blob("OSMData", &block(&[String::new()], &group), &mut out);
    }
    for (number, chunk) in roads.chunks(BLOCK).enumerate() {
        let mut strings = Strings::new();
        let mut group = Message::default();
        for (road, id) in chunk.iter().zip((number * BLOCK) as u64 + 1..) {
            let mut tags = vec![
                (strings.id("highway"), strings.id(road.kind.highway())),
                (strings.id("maxspeed"), strings.id(&road.speed_kmh.to_string())),
            ];
            if road.one_way {
                tags.push((strings.id("oneway"), strings.id("yes")));
            }
            if let Some(name) = road.name(chinese) {
                tags.push((strings.id("name"), strings.id(&name)));
            }
            let mut way = Message::default();
            way.number(1, id);
            way.packed(2, tags.iter().map(|(key, _)| *key));
            way.packed(3, tags.iter().map(|(_, value)| *value));
            way.packed(8, deltas(road.points.iter().filter_map(|point| ids.get(point).copied())));
            group.bytes(3, &way.0);
        }
        blob("OSMData", &block(&strings.all, &group), &mut out);
    }
    out
}
