//! Frames between us and the child: a JSON header and raw bytes, each with its length before it.
//!
//! `QMW1`, header length (u32 LE), blob length (u64 LE), header, blob. A length is held against its bound before memory is taken,
//! and memory then grows with what really arrives, so a lying length costs nothing.

use crate::error::{Error, ErrorKind};
use crate::limits::{BLOB_BYTES_MAX, HEADER_BYTES_MAX, TENSORS_MAX};
use crate::runtime::{DeviceReport, Provider};
use crate::tensor::{Tensor, values_of};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;

const MAGIC: [u8; 4] = *b"QMW1";
/// Taken at once; the rest follows with the data.
const FIRST_BYTES: u64 = 1024 * 1024;

/// Name and shape of a tensor whose values are in the blob, in the order of the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorHead {
    /// Its name.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
}

/// What we ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Open the library.
    Open {
        /// Its path.
        library: PathBuf,
    },
    /// Make a model ready; the blob is its file.
    Load {
        /// Later requests name it so.
        name: String,
        /// What the blob's SHA-256 must be.
        sha256: String,
        /// Tried in this order.
        providers: Vec<Provider>,
        /// Threads within an operator.
        threads: usize,
    },
    /// Run a model; the blob is the inputs' values.
    Run {
        /// Which.
        model: String,
        /// What is in the blob.
        inputs: Vec<TensorHead>,
    },
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The library is open.
    Opened {
        /// Its version.
        version: String,
    },
    /// The model is ready.
    Loaded {
        /// What will run it.
        report: DeviceReport,
    },
    /// The model ran; the blob is the outputs' values.
    Ran {
        /// What is in the blob.
        outputs: Vec<TensorHead>,
    },
    /// It did not happen.
    Failed {
        /// Whether trying again may help.
        kind: ErrorKind,
        /// Why.
        message: String,
    },
}

/// A header with its number: a reply carries the number of its request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbered<T> {
    /// Counted up by who asks.
    pub id: u64,
    /// The header.
    pub body: T,
}

fn broken(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Writes one frame and flushes.
pub fn write_frame(to: &mut impl Write, header: &impl Serialize, blob: &[u8]) -> io::Result<()> {
    let header =
        serde_json::to_vec(header).map_err(|e| broken(format!("a header that can't be written: {e}")))?;
    let header_length = u32::try_from(header.len()).ok().filter(|length| *length <= HEADER_BYTES_MAX);
    let header_length =
        header_length.ok_or_else(|| broken(format!("a header of {} bytes is too long", header.len())))?;
    let blob_length = blob.len() as u64;
    if blob_length > BLOB_BYTES_MAX {
        return Err(broken(format!(
            "data of {blob_length} bytes is more than the {BLOB_BYTES_MAX} of one request"
        )));
    }
    to.write_all(&MAGIC)?;
    to.write_all(&header_length.to_le_bytes())?;
    to.write_all(&blob_length.to_le_bytes())?;
    to.write_all(&header)?;
    to.write_all(blob)?;
    to.flush()
}

/// Reads one frame: header text and blob. `None` where the stream ends between two frames.
pub fn read_frame(from: &mut impl Read) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut start = [0; 16];
    let mut have = 0;
    while have < start.len() {
        match from.read(&mut start[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => have += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let (magic, lengths) = start.split_at(4);
    if magic != MAGIC {
        return Err(broken(format!("no frame starts with {magic:02x?}")));
    }
    let (header_length, blob_length) = lengths.split_at(4);
    let header_length = u32::from_le_bytes(header_length.try_into().map_err(|_| io::ErrorKind::InvalidData)?);
    let blob_length = u64::from_le_bytes(blob_length.try_into().map_err(|_| io::ErrorKind::InvalidData)?);
    if header_length > HEADER_BYTES_MAX {
        return Err(broken(format!("a header of {header_length} bytes, more than {HEADER_BYTES_MAX}")));
    }
    if blob_length > BLOB_BYTES_MAX {
        return Err(broken(format!("data of {blob_length} bytes, more than {BLOB_BYTES_MAX}")));
    }
    let header = exactly(from, u64::from(header_length))?;
    let blob = exactly(from, blob_length)?;
    Ok(Some((header, blob)))
}

fn exactly(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length.min(FIRST_BYTES) as usize);
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Heads and values of tensors, as a header and a blob carry them.
pub fn pack(tensors: &[Tensor]) -> (Vec<TensorHead>, Vec<u8>) {
    let mut blob = Vec::with_capacity(tensors.iter().map(|tensor| tensor.data.len() * 4).sum());
    let heads = tensors
        .iter()
        .map(|tensor| {
            blob.extend(tensor.data.iter().flat_map(|value| value.to_le_bytes()));
            TensorHead { name: tensor.name.clone(), shape: tensor.shape.clone() }
        })
        .collect();
    (heads, blob)
}

/// The inverse of [`pack`]; an error where heads and blob disagree.
pub fn unpack(heads: Vec<TensorHead>, blob: &[u8]) -> Result<Vec<Tensor>, Error> {
    if heads.len() > TENSORS_MAX {
        return Err(Error::permanent(format!(
            "{} tensors in one request, more than {TENSORS_MAX}",
            heads.len()
        )));
    }
    let mut rest = blob;
    let mut tensors = Vec::with_capacity(heads.len());
    for TensorHead { name, shape } in heads {
        let values = values_of(&shape).and_then(|values| rest.split_at_checked(values * 4));
        let Some((mine, after)) = values else {
            return Err(Error::permanent(format!(
                "the tensor {name:?} of shape {shape:?} is longer than the data sent with it"
            )));
        };
        rest = after;
        let data = mine.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        tensors.push(Tensor { name, shape, data });
    }
    if rest.is_empty() {
        Ok(tensors)
    } else {
        Err(Error::permanent(format!("{} bytes of data belong to no tensor", rest.len())))
    }
}
