//! Readings of one channel into a compressed, checksummed piece of bytes, and back. Pure: no file, no SQL.
//!
//! Sensors speak in fixed steps, so a column is first brought to integers of its own step (the greatest common divisor of its
//! differences), then written as what is left beside the best of four guesses (the value before, the slope before, a straight line,
//! the first value), each number in as few bytes as it needs, and all of it through zstd. A reading of 1 Hz with a jittering clock and
//! 0.01 resolution takes about one byte; Gorilla's XOR (Pelkonen et al., VLDB 2015) takes three to six there, since decimal steps
//! are not binary ones. Every piece carries the CRC32C of its bytes: a flipped bit is found, never decoded. Decoding hostile bytes
//! gives [`Damage`], and allocates no more than [`POINTS_MAX`] readings take. Tests: `src/chunk/tests.rs`.

#[cfg(test)]
mod tests;

use std::fmt;
use zstd::bulk::{Compressor, Decompressor};

/// The most readings one piece holds.
pub const POINTS_MAX: usize = 16_384;

/// The most bytes of a packed piece before compression: five columns of ten bytes a number.
const PACKED_MAX: usize = POINTS_MAX * 50 + 256;

/// Level 3 is zstd's own default; beyond it, pieces shrink by two per cent and take twice the time.
const ZSTD_LEVEL: i32 = 3;

const PLAIN: u8 = 1;
const ZSTD: u8 = 2;
const HEAD: usize = 6;

/// One reading without its channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// When it was true, in ms.
    pub at: i64,
    /// Tells two readings of one instant apart.
    pub sequence: i64,
    /// How much later it arrived, in ms.
    pub after: i64,
    /// The value in thousandths, if there is one.
    pub value: Option<i64>,
    /// The code of its quality.
    pub quality: u8,
}

impl Point {
    /// What tells it from the others of its channel.
    pub fn key(&self) -> (i64, i64) {
        (self.at, self.sequence)
    }
}

/// Why bytes are not a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The checksum is another: bytes were changed or lost.
    Checksum,
    /// The checksum fits, the content does not: another kind of piece, or a newer program's.
    Form,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Damage::Checksum => "its checksum does not fit",
            Damage::Form => "its form is not known",
        })
    }
}

impl std::error::Error for Damage {}

/// What a piece holds; the same bytes are never taken for another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Chunk = 1,
    Rollup = 2,
    Journal = 3,
}

/// Packs and opens pieces; keeps its buffers and contexts between them.
#[derive(Default)]
pub struct Coder {
    packer: Option<Compressor<'static>>,
    opener: Option<Decompressor<'static>>,
    packed: Vec<u8>,
    column: Vec<i64>,
    scaled: Vec<i64>,
}

impl Coder {
    /// One with nothing in it yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The piece of these readings: at most [`POINTS_MAX`], in the order given.
    pub fn encode(&mut self, points: &[Point]) -> Vec<u8> {
        debug_assert!(points.len() <= POINTS_MAX);
        let mut out = std::mem::take(&mut self.packed);
        out.clear();
        put_int(&mut out, points.len() as u64);
        self.put(&mut out, points.iter().map(|p| p.at));
        self.put(&mut out, points.iter().map(|p| p.sequence));
        self.put(&mut out, points.iter().map(|p| p.after));
        self.put(&mut out, points.iter().map(|p| i64::from(p.quality) * 2 + i64::from(p.value.is_some())));
        self.put(&mut out, points.iter().filter_map(|p| p.value));
        let piece = self.seal(Kind::Chunk, &out);
        self.packed = out;
        piece
    }

    /// The readings of a piece, into `points`, which is emptied first.
    ///
    /// # Errors
    /// [`Damage`], with `points` left empty.
    pub fn decode(&mut self, piece: &[u8], points: &mut Vec<Point>) -> Result<(), Damage> {
        points.clear();
        let packed = self.unseal(Kind::Chunk, piece)?;
        let read = self.points(&packed, points);
        self.packed = packed;
        if read.is_err() {
            points.clear();
        }
        read
    }

    fn points(&mut self, packed: &[u8], points: &mut Vec<Point>) -> Result<(), Damage> {
        let mut input = packed;
        let count = usize::try_from(take_int(&mut input)?).map_err(|_| Damage::Form)?;
        if count > POINTS_MAX {
            return Err(Damage::Form);
        }
        points.resize(count, Point::default());
        let column = &mut self.column;
        take_column(&mut input, count, column)?;
        points.iter_mut().zip(&*column).for_each(|(point, at)| point.at = *at);
        take_column(&mut input, count, column)?;
        points.iter_mut().zip(&*column).for_each(|(point, sequence)| point.sequence = *sequence);
        take_column(&mut input, count, column)?;
        points.iter_mut().zip(&*column).for_each(|(point, after)| point.after = *after);
        take_column(&mut input, count, column)?;
        let mut told = 0;
        for (point, flags) in points.iter_mut().zip(&*column) {
            point.quality = u8::try_from(flags >> 1).map_err(|_| Damage::Form)?;
            if flags & 1 == 1 {
                point.value = Some(0);
                told += 1;
            }
        }
        take_column(&mut input, told, column)?;
        if told == count {
            points.iter_mut().zip(&*column).for_each(|(point, value)| point.value = Some(*value));
        } else {
            let mut values = column.iter();
            for point in points.iter_mut().filter(|p| p.value.is_some()) {
                point.value = values.next().copied();
            }
        }
        if input.is_empty() { Ok(()) } else { Err(Damage::Form) }
    }

    /// Appends a column.
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, values: impl Iterator<Item = i64>) {
        self.column.clear();
        self.column.extend(values);
        put_column(out, &self.column, &mut self.scaled);
    }

    /// Compresses where it helps, and puts kind, length and checksum before it.
    pub(crate) fn seal(&mut self, kind: Kind, packed: &[u8]) -> Vec<u8> {
        let mut piece = vec![0; HEAD];
        put_int(&mut piece, packed.len() as u64);
        let at = piece.len();
        let squeezed = self.squeeze(packed);
        match squeezed {
            Some(bytes) if bytes.len() < packed.len() => {
                piece[5] = ZSTD;
                piece.extend_from_slice(&bytes);
            }
            _ => {
                piece[5] = PLAIN;
                piece.truncate(at);
                piece.extend_from_slice(packed);
            }
        }
        finish(kind, &mut piece);
        piece
    }

    fn squeeze(&mut self, packed: &[u8]) -> Option<Vec<u8>> {
        if self.packer.is_none() {
            self.packer = Compressor::new(ZSTD_LEVEL).ok();
        }
        self.packer.as_mut()?.compress(packed).ok()
    }

    /// Checks a sealed piece; its content before compression. Give the buffer back as `self.packed`.
    pub(crate) fn unseal(&mut self, kind: Kind, piece: &[u8]) -> Result<Vec<u8>, Damage> {
        let (form, mut rest) = check(kind, piece)?;
        let length = usize::try_from(take_int(&mut rest)?).map_err(|_| Damage::Form)?;
        let mut packed = std::mem::take(&mut self.packed);
        packed.clear();
        match form {
            PLAIN if rest.len() == length => packed.extend_from_slice(rest),
            ZSTD if length <= PACKED_MAX => {
                if self.opener.is_none() {
                    self.opener = Decompressor::new().ok();
                }
                packed.reserve(length);
                let opener = self.opener.as_mut().ok_or(Damage::Form)?;
                match opener.decompress_to_buffer(rest, &mut packed) {
                    Ok(written) if written == length => {}
                    _ => return Err(Damage::Form),
                }
            }
            _ => return Err(Damage::Form),
        }
        Ok(packed)
    }

    /// Keeps a buffer for the next piece.
    pub(crate) fn give_back(&mut self, packed: Vec<u8>) {
        self.packed = packed;
    }
}

/// A piece whose content is not worth compressing.
pub(crate) fn seal_plain(kind: Kind, packed: &[u8]) -> Vec<u8> {
    let mut piece = Vec::with_capacity(packed.len() + HEAD + 5);
    piece.resize(HEAD, 0);
    piece[5] = PLAIN;
    put_int(&mut piece, packed.len() as u64);
    piece.extend_from_slice(packed);
    finish(kind, &mut piece);
    piece
}

/// The content of a piece made by [`seal_plain`].
pub(crate) fn unseal_plain(kind: Kind, piece: &[u8]) -> Result<&[u8], Damage> {
    let (form, mut rest) = check(kind, piece)?;
    let length = take_int(&mut rest)?;
    if form == PLAIN && rest.len() as u64 == length { Ok(rest) } else { Err(Damage::Form) }
}

fn finish(kind: Kind, piece: &mut [u8]) {
    piece[4] = kind as u8;
    let sum = crc32c::crc32c(&piece[4..]);
    piece[..4].copy_from_slice(&sum.to_le_bytes());
}

fn check(kind: Kind, piece: &[u8]) -> Result<(u8, &[u8]), Damage> {
    let Some((sum, rest)) = piece.split_first_chunk::<4>() else { return Err(Damage::Checksum) };
    if crc32c::crc32c(rest) != u32::from_le_bytes(*sum) {
        return Err(Damage::Checksum);
    }
    match rest {
        [found, form, rest @ ..] if *found == kind as u8 => Ok((*form, rest)),
        _ => Err(Damage::Form),
    }
}

/// For fuzzers: bytes as they are, and with a checksum that fits, as every kind of piece. Whether they were one as they are.
pub fn fuzz(bytes: &[u8]) -> bool {
    use crate::telemetry::{journal, rollup};
    let mut coder = Coder::new();
    let mut points = Vec::new();
    let mut piece = bytes.to_vec();
    let mut understood = false;
    for round in 0..2 {
        // What was read is written and read again the same.
        let readings = coder.decode(&piece, &mut points).is_ok();
        if readings {
            let again = coder.encode(&points);
            let mut same = Vec::new();
            assert!(coder.decode(&again, &mut same).is_ok() && same == points, "readings");
        } else {
            assert!(points.is_empty(), "a damaged piece gives no readings");
        }
        let rows = rollup::decode(&mut coder, &piece).ok();
        if let Some(rows) = &rows {
            let again = rollup::encode(&mut coder, rows);
            assert_eq!(rollup::decode(&mut coder, &again).as_ref(), Ok(rows), "sums");
        }
        let segment = journal::decode(&piece).ok();
        if let Some(segment) = &segment {
            assert_eq!(journal::decode(&segment.encode()).as_ref(), Ok(segment), "a commit");
        }
        if round == 0 {
            understood = readings || rows.is_some() || segment.is_some();
            if piece.len() <= HEAD {
                break;
            }
            let kind = match piece[4] % 3 {
                1 => Kind::Chunk,
                2 => Kind::Rollup,
                _ => Kind::Journal,
            };
            finish(kind, &mut piece);
        }
    }
    understood
}

/// For fuzzers: the same readings, in order of their keys, as a piece of every kind: a chunk, their sums of a minute, a commit.
pub fn pieces(points: &[Point]) -> [Vec<u8>; 3] {
    use crate::telemetry::{journal, rollup};
    let mut coder = Coder::new();
    let mut rows = rollup::sum_up(points, 0);
    rows.truncate(rollup::BLOCK as usize);
    let demoted = points.first().map(|first| (7, first.at));
    let segment = journal::Segment::new(1, [(7, points.to_vec())], demoted.into_iter().collect());
    [coder.encode(points), rollup::encode(&mut coder, &rows), segment.encode()]
}

// ---------------------------------------------------------------------------------------------------------------------

/// Small magnitudes of either sign to small numbers.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

/// Seven bits a byte, the lowest first (LEB128).
#[inline]
pub(crate) fn put_int(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
pub(crate) fn take_int(input: &mut &[u8]) -> Result<u64, Damage> {
    match **input {
        [byte, ref rest @ ..] if byte < 0x80 => {
            *input = rest;
            return Ok(byte.into());
        }
        [low, high, ref rest @ ..] if high < 0x80 => {
            *input = rest;
            return Ok(u64::from(low & 0x7F) | u64::from(high) << 7);
        }
        _ => {}
    }
    let mut value = 0;
    for (place, byte) in input.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * place);
        if *byte < 0x80 {
            *input = &input[place + 1..];
            return Ok(value);
        }
    }
    Err(Damage::Form)
}

/// All values on a line: the step follows, nothing else.
const LINE: u8 = 0;
/// What is left beside the value before.
const DELTA: u8 = 1;
/// What is left beside going on as before.
const DELTA2: u8 = 2;
/// What is left beside a line from the first to the last: a clock that ticks evenly and jitters.
const GRID: u8 = 3;
/// What is left beside the first value.
const FLAT: u8 = 4;

fn put_column(out: &mut Vec<u8>, values: &[i64], scaled: &mut Vec<i64>) {
    let Some((&first, rest)) = values.split_first() else { return };
    put_int(out, zigzag(first));
    let step = rest.first().map_or(0, |second| second.wrapping_sub(first));
    if values.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step) {
        out.push(LINE);
        put_int(out, zigzag(step));
        return;
    }
    let scale = common_step(first, rest);
    scaled.clear();
    scaled.extend(values.iter().map(|value| value.wrapping_sub(first) / scale));
    let last = scaled[scaled.len() - 1];
    // In 1/65536, since a clock's second is rarely a whole number of our milliseconds.
    let slope = i64::try_from((i128::from(last) << 16) / (scaled.len() as i128 - 1)).ok();

    let (mut delta, mut delta2, mut grid, mut flat) = (0_u64, 0_u64, 0_u64, 0_u64);
    let bits = |left: i64| u64::from(64 - zigzag(left).leading_zeros());
    let (mut before, mut grade, mut line) = (0_i64, 0_i64, 0_i128);
    for &value in &scaled[1..] {
        let change = value.wrapping_sub(before);
        line += i128::from(slope.unwrap_or(0));
        delta += bits(change);
        delta2 += bits(change.wrapping_sub(grade));
        grid += bits(value.wrapping_sub((line >> 16) as i64));
        flat += bits(value);
        (before, grade) = (value, change);
    }
    if slope.is_none() {
        grid = u64::MAX;
    }
    let least = delta.min(delta2).min(grid).min(flat);
    let guess = match least {
        _ if least == delta => DELTA,
        _ if least == grid => GRID,
        _ if least == delta2 => DELTA2,
        _ => FLAT,
    };
    out.push(guess);
    put_int(out, scale as u64);
    let rest = &scaled[1..];
    match guess {
        DELTA => {
            let mut before = 0_i64;
            for &value in rest {
                put_int(out, zigzag(value.wrapping_sub(before)));
                before = value;
            }
        }
        DELTA2 => {
            let (mut before, mut grade) = (0_i64, 0_i64);
            for &value in rest {
                let change = value.wrapping_sub(before);
                put_int(out, zigzag(change.wrapping_sub(grade)));
                (before, grade) = (value, change);
            }
        }
        GRID => {
            let slope = slope.unwrap_or(0);
            put_int(out, zigzag(slope));
            let mut line = 0_i128;
            for &value in rest {
                line += i128::from(slope);
                put_int(out, zigzag(value.wrapping_sub((line >> 16) as i64)));
            }
        }
        _ => rest.iter().for_each(|value| put_int(out, zigzag(*value))),
    }
}

/// The greatest common divisor of the differences from the first value; at least 1.
fn common_step(first: i64, rest: &[i64]) -> i64 {
    let mut step = 0_u64;
    for value in rest {
        let difference = value.wrapping_sub(first).unsigned_abs();
        if step == 0 {
            step = difference;
        } else if !difference.is_multiple_of(step) {
            let (mut a, mut b) = (step, difference);
            while b > 0 {
                (a, b) = (b, a % b);
            }
            step = a;
            if step == 1 {
                break;
            }
        }
    }
    i64::try_from(step).unwrap_or(1).max(1)
}

/// Reads a column of `count` values into `column`.
pub(crate) fn take_column(input: &mut &[u8], count: usize, column: &mut Vec<i64>) -> Result<(), Damage> {
    column.clear();
    if count == 0 {
        return Ok(());
    }
    let first = unzigzag(take_int(input)?);
    let (guess, rest) = input.split_first().ok_or(Damage::Form)?;
    *input = rest;
    column.reserve(count);
    if *guess == LINE {
        let step = unzigzag(take_int(input)?);
        let mut value = first;
        for _ in 0..count {
            column.push(value);
            value = value.wrapping_add(step);
        }
        return Ok(());
    }
    let scale = take_int(input)? as i64;
    let whole = |scaled: i64| first.wrapping_add(scaled.wrapping_mul(scale));
    column.push(first);
    match *guess {
        DELTA => {
            let mut value = 0_i64;
            for _ in 1..count {
                value = value.wrapping_add(unzigzag(take_int(input)?));
                column.push(whole(value));
            }
        }
        DELTA2 => {
            let (mut value, mut grade) = (0_i64, 0_i64);
            for _ in 1..count {
                grade = grade.wrapping_add(unzigzag(take_int(input)?));
                value = value.wrapping_add(grade);
                column.push(whole(value));
            }
        }
        GRID => {
            let slope = unzigzag(take_int(input)?);
            let mut line = 0_i128;
            for _ in 1..count {
                line += i128::from(slope);
                column.push(whole(((line >> 16) as i64).wrapping_add(unzigzag(take_int(input)?))));
            }
        }
        FLAT => {
            for _ in 1..count {
                column.push(whole(unzigzag(take_int(input)?)));
            }
        }
        _ => return Err(Damage::Form),
    }
    Ok(())
}
