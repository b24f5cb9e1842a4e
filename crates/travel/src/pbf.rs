//! OpenStreetMap's binary format (PBF), as far as roads need it: blocks of a file, ways with their tags, places of nodes.
//!
//! Format: wiki.openstreetmap.org/wiki/PBF_Format. Nothing here trusts a number of the file: every length is held against
//! what is really there, sums wrap, and an index that points nowhere is damage. Blocks may be plain or zlib, which is what
//! public extracts are; others are named in the error.

use crate::{Error, limits};
use std::io::{Read, Seek, SeekFrom};

/// What is wrong, before it is known where.
type Parsed<T> = Result<T, &'static str>;

const CUT: &str = "it ends in the middle of a field";
const NOWHERE: &str = "an index points outside its table";
const RUNS_OFF: &str = "two lists of one thing are of different length";

/// One field's value.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    fn number(self) -> Parsed<u64> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) => Err("a field is of the wrong kind"),
        }
    }

    fn bytes(self) -> Parsed<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) => Err("a field is of the wrong kind"),
        }
    }
}

/// Protocol-buffer fields in their order.
struct Fields<'a>(&'a [u8]);

fn varint(bytes: &mut &[u8]) -> Parsed<u64> {
    let mut number = 0_u64;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(CUT)?;
        *bytes = rest;
        if shift < 64 {
            number |= u64::from(byte & 0x7f) << shift;
        }
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err("a number has more than ten bytes")
}

fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn take<'a>(bytes: &mut &'a [u8], count: u64) -> Parsed<&'a [u8]> {
    let count = usize::try_from(count).map_err(|_| CUT)?;
    let (taken, rest) = bytes.split_at_checked(count).ok_or(CUT)?;
    *bytes = rest;
    Ok(taken)
}

impl<'a> Iterator for Fields<'a> {
    type Item = Parsed<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let one = (|| {
            let key = varint(&mut self.0)?;
            let value = match key & 7 {
                0 => Value::Number(varint(&mut self.0)?),
                1 => Value::Bytes(take(&mut self.0, 8)?),
                2 => {
                    let count = varint(&mut self.0)?;
                    Value::Bytes(take(&mut self.0, count)?)
                }
                5 => Value::Bytes(take(&mut self.0, 4)?),
                _ => return Err("a field is of an unknown kind"),
            };
            Ok((key >> 3, value))
        })();
        if one.is_err() {
            self.0 = &[];
        }
        Some(one)
    }
}

/// Numbers packed one after the other.
#[derive(Clone, Copy, Default)]
struct Packed<'a>(&'a [u8]);

impl Packed<'_> {
    fn next(&mut self) -> Parsed<Option<u64>> {
        if self.0.is_empty() { Ok(None) } else { varint(&mut self.0).map(Some) }
    }
}

/// The blocks of a file, one after the other.
pub(crate) struct Blocks<R> {
    reader: R,
    /// Where the next block begins.
    pub(crate) at: u64,
    /// Bytes of the whole file.
    pub(crate) length: u64,
    packed: Vec<u8>,
    data: Vec<u8>,
}

/// A block of map data: where its frame begins.
pub(crate) struct Block<'a> {
    pub(crate) at: u64,
    pub(crate) data: &'a [u8],
}

fn not_a_map(why: &str) -> Error {
    Error::permanent(format!(
        "reading the map: this is no OpenStreetMap PBF file ({why}); choose an extract whose name ends in .osm.pbf"
    ))
}

/// Damage at a place of the file.
pub(crate) fn damaged(at: u64, why: &str) -> Error {
    Error::permanent(format!(
        "reading the map: the file is damaged in the block at byte {at}: {why}; download or copy it again"
    ))
}

impl<R: Read + Seek> Blocks<R> {
    /// Opens a file and reads its head.
    pub(crate) fn open(mut reader: R) -> Result<Self, Error> {
        let doing = "reading the map";
        let length = reader
            .seek(SeekFrom::End(0))
            .and_then(|length| reader.seek(SeekFrom::Start(0)).map(|_| length))
            .map_err(|e| Error::io(doing, e))?;
        if length == 0 {
            return Err(not_a_map("it is empty"));
        }
        let mut blocks = Self { reader, at: 0, length, packed: Vec::new(), data: Vec::new() };
        let kind = blocks.load().map_err(|error| match error.kind {
            crate::ErrorKind::Permanent if blocks.at == 0 => not_a_map("it does not begin with a map's head"),
            _ => error,
        })?;
        if kind.as_deref() != Some("OSMHeader") {
            return Err(not_a_map("it does not begin with a map's head"));
        }
        for field in Fields(&blocks.data) {
            let (number, value) = field.map_err(not_a_map)?;
            if number != 4 {
                continue;
            }
            let feature = String::from_utf8_lossy(value.bytes().map_err(not_a_map)?).into_owned();
            if !matches!(feature.as_str(), "OsmSchema-V0.6" | "DenseNodes") {
                return Err(Error::permanent(format!(
                    "reading the map: it needs \"{feature}\", which is not known here; choose a plain extract without history"
                )));
            }
        }
        Ok(blocks)
    }

    /// Goes to the block whose frame begins at a place.
    pub(crate) fn go_to(&mut self, at: u64) -> Result<(), Error> {
        self.reader.seek(SeekFrom::Start(at)).map_err(|e| Error::io("reading the map", e))?;
        self.at = at;
        Ok(())
    }

    /// The next block of map data; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Block<'_>>, Error> {
        loop {
            let at = self.at;
            match self.load()?.as_deref() {
                None => return Ok(None),
                Some("OSMData") => return Ok(Some(Block { at, data: &self.data })),
                // What later versions may add is to be passed over.
                Some(_) => {}
            }
        }
    }

    fn fill(&mut self, count: usize) -> Result<(), Error> {
        self.packed.clear();
        let read = (&mut self.reader)
            .take(count as u64)
            .read_to_end(&mut self.packed)
            .map_err(|e| Error::io("reading the map", e))?;
        if read < count {
            return Err(Error::permanent(format!(
                "reading the map: the file ends in the middle of a block, after {} bytes; the download or copy was cut short, get it again",
                self.length
            )));
        }
        Ok(())
    }

    /// Reads one block into `data` and gives its type; `None` at the end of the file.
    fn load(&mut self) -> Result<Option<String>, Error> {
        let at = self.at;
        if at >= self.length {
            return Ok(None);
        }
        self.fill(4)?;
        let header_bytes = match self.packed.as_slice() {
            [a, b, c, d] => u32::from_be_bytes([*a, *b, *c, *d]) as usize,
            _ => 0,
        };
        if header_bytes == 0 || header_bytes > limits::BLOB_HEADER_BYTES_MAX {
            return Err(damaged(at, "its head has no possible length"));
        }
        self.fill(header_bytes)?;
        let (kind, blob_bytes) = blob_header(&self.packed).map_err(|why| damaged(at, why))?;
        if blob_bytes > limits::BLOB_BYTES_MAX {
            return Err(damaged(at, "it is larger than a block may be"));
        }
        self.fill(blob_bytes)?;
        unpack(&self.packed, &mut self.data).map_err(|why| damaged(at, why))?;
        self.at = at + 4 + header_bytes as u64 + blob_bytes as u64;
        Ok(Some(kind))
    }
}

/// A block's type and packed bytes.
fn blob_header(bytes: &[u8]) -> Parsed<(String, usize)> {
    let (mut kind, mut size) = (None, None);
    for field in Fields(bytes) {
        match field? {
            (1, value) => kind = Some(String::from_utf8_lossy(value.bytes()?).into_owned()),
            (3, value) => size = usize::try_from(value.number()?).ok(),
            _ => {}
        }
    }
    kind.zip(size).ok_or("its head names no type or no length")
}

fn unpack(blob: &[u8], data: &mut Vec<u8>) -> Parsed<()> {
    data.clear();
    for field in Fields(blob) {
        match field? {
            (1, value) => data.extend_from_slice(value.bytes()?),
            (3, value) => {
                flate2::read::ZlibDecoder::new(value.bytes()?)
                    .take(limits::BLOB_BYTES_MAX as u64 + 1)
                    .read_to_end(data)
                    .map_err(|_| "it can't be unpacked")?;
            }
            (4, _) => return Err("it is packed with LZMA, which is not read here; repack the map with zlib"),
            (6, _) => return Err("it is packed with LZ4, which is not read here; repack the map with zlib"),
            (7, _) => {
                return Err("it is packed with Zstandard, which is not read here; repack the map with zlib");
            }
            _ => {}
        }
    }
    if data.len() > limits::BLOB_BYTES_MAX {
        return Err("it unpacks to more than a block may hold");
    }
    Ok(())
}

/// The parts of a block.
struct Parts<'a> {
    strings: Vec<&'a str>,
    groups: Vec<&'a [u8]>,
    granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
}

fn parts(data: &[u8]) -> Parsed<Parts<'_>> {
    let mut parts =
        Parts { strings: Vec::new(), groups: Vec::new(), granularity: 100, lat_offset: 0, lon_offset: 0 };
    for field in Fields(data) {
        match field? {
            (1, value) => {
                for string in Fields(value.bytes()?) {
                    if let (1, value) = string? {
                        // A name that is not UTF-8 is no reason to refuse a map.
                        parts.strings.push(std::str::from_utf8(value.bytes()?).unwrap_or_default());
                    }
                }
            }
            (2, value) => parts.groups.push(value.bytes()?),
            (17, value) => parts.granularity = value.number()? as i64,
            (19, value) => parts.lat_offset = value.number()? as i64,
            (20, value) => parts.lon_offset = value.number()? as i64,
            _ => {}
        }
    }
    Ok(parts)
}

impl<'a> Parts<'a> {
    fn string(&self, index: u64) -> Parsed<&'a str> {
        usize::try_from(index).ok().and_then(|index| self.strings.get(index)).copied().ok_or(NOWHERE)
    }

    /// 1e-7 degrees; `None` where it is no place on earth.
    fn e7(&self, offset: i64, value: i64, most: i64) -> Option<i32> {
        // Nanodegrees.
        let nano = offset.wrapping_add(self.granularity.wrapping_mul(value));
        let e7 = (nano.div_euclid(50).wrapping_add(1)).div_euclid(2);
        i32::try_from(e7).ok().filter(|_| e7.abs() <= most)
    }
}

/// Tags of one way or node.
pub(crate) type TagList<'a> = Vec<(&'a str, &'a str)>;

/// Hands over every way that has a `highway` tag: its tags and the ids of its nodes. Gives whether the block holds nodes.
pub(crate) fn ways(
    data: &[u8],
    mut then: impl FnMut(&TagList<'_>, &mut dyn Iterator<Item = i64>),
) -> Parsed<bool> {
    let parts = parts(data)?;
    let highway = parts.strings.iter().position(|string| *string == "highway").map(|at| at as u64);
    let mut has_nodes = false;
    for group in &parts.groups {
        for field in Fields(group) {
            let (number, value) = field?;
            has_nodes |= matches!(number, 1 | 2);
            if number != 3 {
                continue;
            }
            let (mut keys, mut values, mut refs) = (Packed::default(), Packed::default(), Packed::default());
            for field in Fields(value.bytes()?) {
                match field? {
                    (2, value) => keys = Packed(value.bytes()?),
                    (3, value) => values = Packed(value.bytes()?),
                    (8, value) => refs = Packed(value.bytes()?),
                    _ => {}
                }
            }
            let mut tags = TagList::new();
            let mut is_road = false;
            while let Some(key) = keys.next()? {
                let value = values.next()?.ok_or(RUNS_OFF)?;
                is_road |= Some(key) == highway;
                tags.push((parts.string(key)?, parts.string(value)?));
            }
            if !is_road {
                continue;
            }
            let mut id = 0_i64;
            let mut bad = None;
            then(
                &tags,
                &mut std::iter::from_fn(|| match refs.next() {
                    Ok(delta) => {
                        id = id.wrapping_add(zigzag(delta?));
                        Some(id)
                    }
                    Err(why) => {
                        bad = Some(why);
                        None
                    }
                }),
            );
            if let Some(why) = bad {
                return Err(why);
            }
        }
    }
    Ok(has_nodes)
}

/// Hands over every node: its id, latitude and longitude (1e-7 degrees; `None` where it is no place on earth) and, where it
/// has any, its tags.
pub(crate) fn nodes(data: &[u8], mut then: impl FnMut(i64, Option<(i32, i32)>, &TagList<'_>)) -> Parsed<()> {
    const LAT: i64 = 900_000_000;
    const LON: i64 = 1_800_000_000;
    let parts = parts(data)?;
    let mut tags = TagList::new();
    for group in &parts.groups {
        for field in Fields(group) {
            match field? {
                (1, value) => {
                    let (mut id, mut lat, mut lon) = (0, 0, 0);
                    let (mut keys, mut values) = (Packed::default(), Packed::default());
                    for field in Fields(value.bytes()?) {
                        match field? {
                            (1, value) => id = zigzag(value.number()?),
                            (2, value) => keys = Packed(value.bytes()?),
                            (3, value) => values = Packed(value.bytes()?),
                            (8, value) => lat = zigzag(value.number()?),
                            (9, value) => lon = zigzag(value.number()?),
                            _ => {}
                        }
                    }
                    tags.clear();
                    while let Some(key) = keys.next()? {
                        let value = values.next()?.ok_or(RUNS_OFF)?;
                        tags.push((parts.string(key)?, parts.string(value)?));
                    }
                    let place =
                        parts.e7(parts.lat_offset, lat, LAT).zip(parts.e7(parts.lon_offset, lon, LON));
                    then(id, place, &tags);
                }
                (2, value) => {
                    let mut lists = [Packed::default(); 4];
                    for field in Fields(value.bytes()?) {
                        let (number, value) = field?;
                        let list = match number {
                            1 => 0,
                            8 => 1,
                            9 => 2,
                            10 => 3,
                            _ => continue,
                        };
                        lists[list] = Packed(value.bytes()?);
                    }
                    let [mut ids, mut lats, mut lons, mut tagged] = lists;
                    let (mut id, mut lat, mut lon) = (0_i64, 0_i64, 0_i64);
                    while let Some(delta) = ids.next()? {
                        id = id.wrapping_add(zigzag(delta));
                        lat = lat.wrapping_add(zigzag(lats.next()?.ok_or(RUNS_OFF)?));
                        lon = lon.wrapping_add(zigzag(lons.next()?.ok_or(RUNS_OFF)?));
                        tags.clear();
                        // Key, value, key, value, 0 of each node; nothing at all where no node has tags.
                        while let Some(key) = tagged.next()?
                            && key != 0
                        {
                            let value = tagged.next()?.ok_or(RUNS_OFF)?;
                            tags.push((parts.string(key)?, parts.string(value)?));
                        }
                        let place =
                            parts.e7(parts.lat_offset, lat, LAT).zip(parts.e7(parts.lon_offset, lon, LON));
                        then(id, place, &tags);
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}
