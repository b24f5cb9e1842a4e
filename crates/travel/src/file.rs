//! A network as one file: a head that names the format, then the roads, small.
//!
//! Head: 8 bytes magic, version (u32), bytes of the body (u64), SHA-256 of the body; little-endian. Body: LEB128 numbers, places as
//! zigzag differences from the one before. Only what a network is made of is kept; what follows from it is made anew
//! on reading, so that it can't disagree.

use crate::network::{Core, Network, Segment};
use crate::{Error, RoadClass, limits};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use units::GeoPoint;

/// Like PNG's: a byte that is no text, and line ends that a transfer as text would change.
const MAGIC: [u8; 8] = *b"\x89QMR\r\n\x1a\n";

/// What this program writes and reads.
const VERSION: u32 = 1;

/// Bytes before the body.
const HEAD_BYTES: usize = 8 + 4 + 8 + 32;

/// The largest body: [`limits::POINTS_MAX`] points at the most that two differences take, and as much for the rest.
const BODY_BYTES_MAX: u64 = limits::POINTS_MAX as u64 * 20;

fn put(body: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        body.push(number as u8 | 0x80);
        number >>= 7;
    }
    body.push(number as u8);
}

fn put_signed(body: &mut Vec<u8>, number: i64) {
    put(body, ((number << 1) ^ (number >> 63)) as u64);
}

fn encode(core: &Core) -> Vec<u8> {
    let mut body = Vec::with_capacity(core.points.len() * 5 + core.segments.len() * 12);
    put(&mut body, core.names.len() as u64);
    for name in &core.names {
        put(&mut body, name.len() as u64);
        body.extend_from_slice(name.as_bytes());
    }
    put(&mut body, u64::from(core.nodes));
    put(&mut body, core.points.len() as u64);
    put(&mut body, core.segments.len() as u64);
    let mut last = GeoPoint { lat_e7: 0, lon_e7: 0 };
    let mut last_node = 0_i64;
    for segment in &core.segments {
        put_signed(&mut body, i64::from(segment.from) - last_node);
        put_signed(&mut body, i64::from(segment.to) - i64::from(segment.from));
        last_node = i64::from(segment.to);
        body.push(segment.class.rank());
        put(&mut body, u64::from(segment.forward));
        put(&mut body, u64::from(segment.backward));
        put(&mut body, u64::from(segment.name));
        put(&mut body, u64::from(segment.decimetres));
        put(&mut body, u64::from(segment.count));
        for point in core.points_of(segment) {
            put_signed(&mut body, i64::from(point.lat_e7) - i64::from(last.lat_e7));
            put_signed(&mut body, i64::from(point.lon_e7) - i64::from(last.lon_e7));
            last = *point;
        }
    }
    body
}

fn hex(hash: &[u8]) -> String {
    use std::fmt::Write;
    hash.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The hash a network is known by.
pub(crate) fn fingerprint(core: &Core) -> String {
    hex(&Sha256::digest(encode(core)))
}

/// Numbers of a body in their order.
struct Body<'a>(&'a [u8]);

impl Body<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number below a bound.
    fn below(&mut self, bound: u64) -> Option<u32> {
        let number = self.number().filter(|number| *number < bound)?;
        u32::try_from(number).ok()
    }

    /// A count of things that take at least so many bytes each, so that a wrong one reserves no memory.
    fn count(&mut self, most: usize, bytes_each: usize) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= most && count.checked_mul(bytes_each)? <= self.0.len()).then_some(count)
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn text(&mut self) -> Option<Box<str>> {
        let count = usize::try_from(self.number()?).ok().filter(|count| *count <= limits::NAME_BYTES_MAX)?;
        let (text, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        std::str::from_utf8(text).ok().map(Box::from)
    }
}

fn decode(body: &[u8]) -> Option<Core> {
    let mut body = Body(body);
    let names = body.count(limits::NAMES_MAX, 1)?;
    let names: Vec<Box<str>> = (0..names).map(|_| body.text()).collect::<Option<_>>()?;
    let nodes = body.below(2 * limits::SEGMENTS_MAX as u64)?;
    let all_points = body.count(2 * limits::POINTS_MAX, 2)?;
    let all_segments = body.count(limits::SEGMENTS_MAX, 9)?;
    if nodes as usize > 2 * all_segments {
        return None;
    }
    let speed_max = (limits::SPEED_KMH_MAX * 10.0) as u64;
    let decimetres_max = (limits::SEGMENT_METRES_MAX * 10.0) as u64;
    let mut core = Core {
        nodes,
        segments: Vec::with_capacity(all_segments),
        points: Vec::with_capacity(all_points),
        names,
    };
    let mut last = GeoPoint { lat_e7: 0, lon_e7: 0 };
    let mut last_node = 0_i64;
    for _ in 0..all_segments {
        let from = last_node.checked_add(body.signed()?)?;
        let to = from.checked_add(body.signed()?)?;
        last_node = to;
        let node = |number: i64| u32::try_from(number).ok().filter(|number| *number < nodes);
        let class = RoadClass::of_rank(body.byte()?)?;
        let speed = |body: &mut Body| {
            let speed = body.below(speed_max + 1)? as u16;
            (speed == 0 || f64::from(speed) >= limits::SPEED_KMH_MIN * 10.0).then_some(speed)
        };
        let (forward, backward) = (speed(&mut body)?, speed(&mut body)?);
        let name = body.below(core.names.len() as u64)?;
        let decimetres = body.below(decimetres_max + 1)?;
        let first = core.points.len();
        let count = body.below(all_points as u64 + 1)?;
        if count < 2 || first + count as usize > all_points || (forward == 0 && backward == 0) {
            return None;
        }
        for _ in 0..count {
            let place = |last: i32, difference: i64, most: i64| {
                i64::from(last)
                    .checked_add(difference)
                    .filter(|e7| (-most..=most).contains(e7))
                    .and_then(|e7| i32::try_from(e7).ok())
            };
            last = GeoPoint {
                lat_e7: place(last.lat_e7, body.signed()?, 900_000_000)?,
                lon_e7: place(last.lon_e7, body.signed()?, 1_800_000_000)?,
            };
            core.points.push(last);
        }
        core.segments.push(Segment {
            from: node(from)?,
            to: node(to)?,
            first: first as u32,
            count,
            decimetres,
            forward,
            backward,
            class,
            name,
        });
    }
    (body.0.is_empty() && core.points.len() == all_points).then_some(core)
}

impl Network {
    /// Writes the network; [`Self::read`] gives it back.
    pub fn write(&self, out: &mut impl Write) -> Result<(), Error> {
        let body = encode(&self.core);
        let head = [
            MAGIC.as_slice(),
            &VERSION.to_le_bytes(),
            &(body.len() as u64).to_le_bytes(),
            &Sha256::digest(&body),
        ]
        .concat();
        out.write_all(&head)
            .and_then(|()| out.write_all(&body))
            .and_then(|()| out.flush())
            .map_err(|e| Error::io("writing the road file", e))
    }

    /// Reads what [`Self::write`] wrote. A file of another kind, of a later version, cut or changed is an error that says so.
    pub fn read(input: &mut impl Read) -> Result<Self, Error> {
        let io = |e| Error::io("reading the road file", e);
        let again = "import the map again with `qm roads import`";
        let mut head = Vec::with_capacity(HEAD_BYTES);
        input.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(io)?;
        let Some((magic, rest)) = head.split_at_checked(MAGIC.len()).filter(|(magic, _)| *magic == MAGIC)
        else {
            let kind = if head.is_empty() { "it is empty" } else { "it begins otherwise" };
            return Err(Error::permanent(format!("reading the road file: it is none ({kind}); {again}")));
        };
        debug_assert_eq!(magic, MAGIC);
        let cut = || Error::permanent(format!("reading the road file: it is cut short; {again}"));
        let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let (length, hash) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
        let (version, length) = (u32::from_le_bytes(*version), u64::from_le_bytes(*length));
        if version != VERSION {
            return Err(Error::permanent(format!(
                "reading the road file: it is of version {version}, this program reads version {VERSION}; {again}"
            )));
        }
        if hash.len() != 32 || length > BODY_BYTES_MAX {
            return Err(cut());
        }
        let mut body = Vec::new();
        input.by_ref().take(length).read_to_end(&mut body).map_err(io)?;
        if (body.len() as u64) < length {
            return Err(cut());
        }
        let digest = Sha256::digest(&body);
        let damaged =
            || Error::permanent(format!("reading the road file: it was changed or damaged; {again}"));
        if digest.as_slice() != hash {
            return Err(damaged());
        }
        let core = decode(&body).ok_or_else(damaged)?;
        drop(body);
        Self::from_core_with(core, hex(&digest))
    }
}
