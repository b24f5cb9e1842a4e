//! Bytes of a file to CSV records, in bounded memory: unpacking, decoding, hashing and counting on the way.

use crate::error::{Error, ErrorKind};
use crate::format::{Encoding, Format};
use crate::limits::{
    COLUMNS_MAX, EXPANDED_BYTES_MAX, EXPANDED_FREE_BYTES, EXPANSION_MAX, FIELD_BYTES_MAX, RECORD_BYTES_MAX,
};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

/// What went through, counted at the file's own bytes.
#[derive(Default)]
struct Tally {
    hash: Sha256,
    read: u64,
}

/// Reads the file's own bytes and hashes them.
struct Hashing<R> {
    inner: R,
    tally: Rc<RefCell<Tally>>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        let mut tally = self.tally.borrow_mut();
        tally.hash.update(&into[..n]);
        tally.read += n as u64;
        Ok(n)
    }
}

/// The file expands beyond its bound.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Bomb(String);

/// Watches how much a compressed file expands.
struct Expanding<R> {
    inner: R,
    tally: Rc<RefCell<Tally>>,
    expanded: u64,
}

impl<R: Read> Read for Expanding<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        self.expanded += n as u64;
        let packed = self.tally.borrow().read.max(1);
        if self.expanded > EXPANDED_BYTES_MAX
            || (self.expanded > EXPANDED_FREE_BYTES && self.expanded / packed > EXPANSION_MAX)
        {
            return Err(std::io::Error::other(Bomb(format!(
                "the file unpacks to more than {} MB from {} KB read so far; no table of a warehouse does that, so it was not \
                 read further. If it is genuine, unpack it first and import the plain CSV",
                self.expanded >> 20,
                packed >> 10
            ))));
        }
        Ok(n)
    }
}

/// Turns another encoding into UTF-8 as it is read.
struct Decoding<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    raw_from: usize,
    raw_to: usize,
    ended: bool,
    finished: bool,
    out: Vec<u8>,
    out_from: usize,
    out_to: usize,
}

impl<R: Read> Decoding<R> {
    fn new(inner: R, encoding: Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.decoder().new_decoder_with_bom_removal(),
            raw: vec![0; 32 * 1024],
            raw_from: 0,
            raw_to: 0,
            ended: false,
            finished: false,
            out: vec![0; 128 * 1024],
            out_from: 0,
            out_to: 0,
        }
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.out_from == self.out_to {
            if self.finished {
                return Ok(0);
            }
            if self.raw_from == self.raw_to && !self.ended {
                (self.raw_from, self.raw_to) = (0, self.inner.read(&mut self.raw)?);
                self.ended = self.raw_to == 0;
            }
            let raw = &self.raw[self.raw_from..self.raw_to];
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.out, self.ended);
            self.raw_from += read;
            (self.out_from, self.out_to) = (0, written);
            // A decoder that was told of the end and used up its input must not be asked again.
            self.finished = self.ended && result == encoding_rs::CoderResult::InputEmpty;
        }
        let n = into.len().min(self.out_to - self.out_from);
        into[..n].copy_from_slice(&self.out[self.out_from..self.out_from + n]);
        self.out_from += n;
        Ok(n)
    }
}

/// What came next.
pub(crate) enum Step {
    /// A record; read its fields.
    Row,
    /// A record longer than allowed, skipped up to the next line.
    Overlong,
    /// No more.
    End,
}

/// The records of a file.
pub(crate) struct Rows<'a> {
    input: Box<dyn Read + 'a>,
    tally: Rc<RefCell<Tally>>,
    gzip: bool,
    delimiter: u8,
    core: csv_core::Reader,
    /// Input not yet behind us: from `start` (the record's first byte) over `at` (next to parse) to `filled`.
    buffer: Vec<u8>,
    start: usize,
    at: usize,
    filled: usize,
    ended: bool,
    fields: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
    /// The line the record starts on.
    pub(crate) line: u64,
    next_line: u64,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(file: impl Read + 'a, format: &Format) -> Self {
        let tally = Rc::new(RefCell::new(Tally::default()));
        let hashing = Hashing { inner: file, tally: tally.clone() };
        let plain: Box<dyn Read + 'a> = if format.gzip {
            let buffered = std::io::BufReader::with_capacity(64 * 1024, hashing);
            let unpacked = flate2::bufread::MultiGzDecoder::new(buffered);
            Box::new(Expanding { inner: unpacked, tally: tally.clone(), expanded: 0 })
        } else {
            Box::new(hashing)
        };
        let input: Box<dyn Read + 'a> = match format.encoding {
            Encoding::Utf8 => plain,
            encoding => Box::new(Decoding::new(plain, encoding)),
        };
        Self {
            input,
            tally,
            gzip: format.gzip,
            delimiter: format.delimiter.byte(),
            core: csv_core::ReaderBuilder::new().delimiter(format.delimiter.byte()).build(),
            buffer: vec![0; 128 * 1024],
            start: 0,
            at: 0,
            filled: 0,
            ended: false,
            fields: vec![0; 4 * 1024],
            ends: vec![0; 64],
            count: 0,
            line: 1,
            next_line: 1,
        }
    }

    /// Bytes of the file read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.tally.borrow().read
    }

    /// Reads on to the end, so that the hash covers the whole file; its hash in hex and its size.
    pub(crate) fn finish(mut self) -> Result<(String, u64), Error> {
        let mut rest = [0_u8; 16 * 1024];
        loop {
            match self.input.read(&mut rest) {
                Ok(0) => break,
                Ok(_) => {}
                Err(fault) => return Err(self.classify(fault)),
            }
        }
        let tally = self.tally.take();
        Ok((hex::encode(tally.hash.finalize()), tally.read))
    }

    /// Skips a byte order mark and Excel's `sep=` line.
    pub(crate) fn skip_preamble(&mut self, format: &Format) -> Result<(), Error> {
        while self.filled < 64 && !self.ended {
            self.fill()?;
        }
        if self.buffer[..self.filled].starts_with(&[0xEF, 0xBB, 0xBF]) {
            (self.start, self.at) = (3, 3);
        }
        if format.separator_line
            && let Some(end) = self.buffer[self.at..self.filled].iter().position(|byte| *byte == b'\n')
        {
            self.at += end + 1;
            self.start = self.at;
            self.next_line += 1;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), Error> {
        if self.filled == self.buffer.len() {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.filled, 0);
                (self.at, self.filled, self.start) = (self.at - self.start, self.filled - self.start, 0);
            } else {
                let longer = self.buffer.len() * 2;
                self.buffer.resize(longer, 0);
            }
        }
        match self.input.read(&mut self.buffer[self.filled..]) {
            Ok(0) => self.ended = true,
            Ok(n) => self.filled += n,
            Err(fault) if fault.kind() == std::io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(self.classify(fault)),
        }
        Ok(())
    }

    fn classify(&self, fault: std::io::Error) -> Error {
        use std::io::ErrorKind as Io;
        let line = self.next_line;
        if fault.get_ref().is_some_and(|inner| inner.is::<Bomb>()) {
            return Error::new(ErrorKind::TooLarge, fault.to_string()).at(line);
        }
        if self.gzip && fault.kind() == Io::UnexpectedEof {
            let text = format!(
                "the compressed file ends early, after line {line}; it was cut while copying or downloading. Nothing was \
                 imported; get it again, then import it again"
            );
            return Error::new(ErrorKind::Truncated, text).at(line);
        }
        if self.gzip && matches!(fault.kind(), Io::InvalidInput | Io::InvalidData) {
            let text = format!(
                "the compressed file is damaged after line {line} ({fault}). Nothing was imported; get it again, then import \
                 it again"
            );
            return Error::new(ErrorKind::Truncated, text).at(line);
        }
        Error::io(line, fault)
    }

    /// The next record.
    pub(crate) fn step(&mut self) -> Result<Step, Error> {
        // Blank lines are ours to skip: a record's line number then is where it really starts.
        loop {
            while self.at < self.filled && matches!(self.buffer[self.at], b'\n' | b'\r') {
                self.next_line += u64::from(self.buffer[self.at] == b'\n');
                self.at += 1;
            }
            if self.at < self.filled || self.ended {
                break;
            }
            self.start = self.at;
            self.fill()?;
        }
        self.start = self.at;
        self.line = self.next_line;
        let (mut field_bytes, mut field_count) = (0, 0);
        loop {
            if self.at == self.filled && !self.ended {
                if self.filled - self.start > RECORD_BYTES_MAX {
                    return self.skip_overlong();
                }
                self.fill()?;
                continue;
            }
            let (result, read, written, ended) = self.core.read_record(
                &self.buffer[self.at..self.filled],
                &mut self.fields[field_bytes..],
                &mut self.ends[field_count..],
            );
            self.next_line += memchr_count(&self.buffer[self.at..self.at + read]);
            self.at += read;
            field_bytes += written;
            field_count += ended;
            match result {
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::OutputFull => {
                    if self.fields.len() > RECORD_BYTES_MAX {
                        return self.skip_overlong();
                    }
                    let longer = self.fields.len() * 2;
                    self.fields.resize(longer, 0);
                }
                csv_core::ReadRecordResult::OutputEndsFull => {
                    if self.ends.len() > COLUMNS_MAX {
                        return self.skip_overlong();
                    }
                    let longer = self.ends.len() * 2;
                    self.ends.resize(longer, 0);
                }
                csv_core::ReadRecordResult::Record => {
                    self.count = field_count;
                    let longest = || (0..field_count).map(|n| self.field(n).len()).max().unwrap_or(0);
                    if field_count > COLUMNS_MAX
                        || (field_bytes > FIELD_BYTES_MAX && longest() > FIELD_BYTES_MAX)
                    {
                        return self.skip_overlong();
                    }
                    return Ok(Step::Row);
                }
                csv_core::ReadRecordResult::End => return Ok(Step::End),
            }
        }
    }

    /// Gives the record up and starts again on the line after the one it started on: most often a quote that was never
    /// closed, and the rows below it are good.
    fn skip_overlong(&mut self) -> Result<Step, Error> {
        self.core = csv_core::ReaderBuilder::new().delimiter(self.delimiter).build();
        self.next_line = self.line + 1;
        self.at = self.start;
        loop {
            if let Some(end) = self.buffer[self.at..self.filled].iter().position(|byte| *byte == b'\n') {
                self.at += end + 1;
                break;
            }
            self.at = self.filled;
            self.start = self.at;
            if self.ended {
                break;
            }
            self.fill()?;
        }
        self.start = self.at;
        self.count = 0;
        Ok(Step::Overlong)
    }

    /// Fields of the record.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// A field's bytes; empty beyond the last.
    pub(crate) fn field(&self, n: usize) -> &[u8] {
        if n >= self.count {
            return &[];
        }
        let from = if n == 0 { 0 } else { self.ends[n - 1] };
        &self.fields[from..self.ends[n]]
    }
}

fn memchr_count(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
