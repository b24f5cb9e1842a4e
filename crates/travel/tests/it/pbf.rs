//! A writer of small maps in OpenStreetMap's binary format, as the wiki describes it.

use std::io::Write;

/// A node: id, latitude and longitude in degrees, tags.
pub type Node = (i64, f64, f64, &'static [(&'static str, &'static str)]);

/// A way: its nodes and tags.
pub type Way = (&'static [i64], &'static [(&'static str, &'static str)]);

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

pub fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn packed(values: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let mut out = Vec::new();
    values.into_iter().for_each(|value| varint(&mut out, value));
    out
}

fn deltas(values: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let mut last = 0;
    packed(values.into_iter().map(|value| zigzag(value - std::mem::replace(&mut last, value))))
}

/// A frame around a block.
pub fn frame(kind: &str, data: &[u8], zipped: bool) -> Vec<u8> {
    let mut blob = Vec::new();
    if zipped {
        let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zip.write_all(data).expect("memory takes it");
        number(&mut blob, 2, data.len() as u64);
        bytes(&mut blob, 3, &zip.finish().expect("memory takes it"));
    } else {
        bytes(&mut blob, 1, data);
    }
    let mut header = Vec::new();
    bytes(&mut header, 1, kind.as_bytes());
    number(&mut header, 3, blob.len() as u64);
    [(header.len() as u32).to_be_bytes().as_slice(), &header, &blob].concat()
}

/// The head of a file that needs `features`.
pub fn head(features: &[&str]) -> Vec<u8> {
    let mut data = Vec::new();
    features.iter().for_each(|feature| bytes(&mut data, 4, feature.as_bytes()));
    frame("OSMHeader", &data, true)
}

/// A map: nodes in one block, dense or plain, and ways in another.
pub fn map(nodes: &[Node], ways: &[Way], dense: bool, zipped: bool) -> Vec<u8> {
    let mut strings: Vec<&str> = vec![""];
    let mut index = |text: &'static str| {
        let known = strings.iter().position(|string| *string == text);
        known.unwrap_or_else(|| {
            strings.push(text);
            strings.len() - 1
        }) as u64
    };
    let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
    let mut node_group = Vec::new();
    if dense {
        let mut body = Vec::new();
        bytes(&mut body, 1, &deltas(nodes.iter().map(|node| node.0)));
        bytes(&mut body, 8, &deltas(nodes.iter().map(|node| e7(node.1))));
        bytes(&mut body, 9, &deltas(nodes.iter().map(|node| e7(node.2))));
        let mut tags = Vec::new();
        for node in nodes {
            tags.extend(node.3.iter().flat_map(|(key, value)| [index(key), index(value)]));
            tags.push(0);
        }
        bytes(&mut body, 10, &packed(tags));
        bytes(&mut node_group, 2, &body);
    } else {
        for node in nodes {
            let mut body = Vec::new();
            number(&mut body, 1, zigzag(node.0));
            bytes(&mut body, 2, &packed(node.3.iter().map(|tag| index(tag.0))));
            bytes(&mut body, 3, &packed(node.3.iter().map(|tag| index(tag.1))));
            number(&mut body, 8, zigzag(e7(node.1)));
            number(&mut body, 9, zigzag(e7(node.2)));
            bytes(&mut node_group, 1, &body);
        }
    }
    let mut way_group = Vec::new();
    for (at, way) in ways.iter().enumerate() {
        let mut body = Vec::new();
        number(&mut body, 1, at as u64 + 1);
        bytes(&mut body, 2, &packed(way.1.iter().map(|tag| index(tag.0))));
        bytes(&mut body, 3, &packed(way.1.iter().map(|tag| index(tag.1))));
        bytes(&mut body, 8, &deltas(way.0.iter().copied()));
        bytes(&mut way_group, 3, &body);
    }
    let mut table = Vec::new();
    strings.iter().for_each(|string| bytes(&mut table, 1, string.as_bytes()));
    let block = |group: &[u8]| {
        let mut data = Vec::new();
        bytes(&mut data, 1, &table);
        bytes(&mut data, 2, group);
        frame("OSMData", &data, zipped)
    };
    [head(&["OsmSchema-V0.6", "DenseNodes"]), block(&node_group), block(&way_group)].concat()
}
