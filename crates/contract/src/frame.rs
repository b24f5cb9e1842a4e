//! Bodies of replies: JSON text, or a frame of a JSON header and little-endian arrays for what is long.
//!
//! Frame: `u32` header length, header JSON, then each array as its header says.

use serde::{Serialize, de::DeserializeOwned};

/// A reply as it crosses the border.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// JSON text.
    Json(String),
    /// A frame.
    Frame(Vec<u8>),
}

/// The bytes are not the reply they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameError(pub String);

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the reply can't be read: {}", self.0)
    }
}

impl std::error::Error for FrameError {}

/// What a call answers with. Most are JSON through [`json_reply!`]; long arrays implement it as a frame.
pub trait Reply: Sized {
    /// To a body.
    fn encode(&self) -> Result<Body, FrameError>;
    /// From a body.
    fn decode(body: &Body) -> Result<Self, FrameError>;
}

pub(crate) fn encode_json<T: Serialize>(value: &T) -> Result<Body, FrameError> {
    serde_json::to_string(value).map(Body::Json).map_err(|e| FrameError(e.to_string()))
}

pub(crate) fn decode_json<T: DeserializeOwned>(body: &Body) -> Result<T, FrameError> {
    match body {
        Body::Json(text) => serde_json::from_str(text).map_err(|e| FrameError(e.to_string())),
        Body::Frame(_) => Err(FrameError("a frame came where JSON was expected".into())),
    }
}

/// Gives types a JSON [`Reply`].
macro_rules! json_reply {
    ($($ty:ty),* $(,)?) => { $(
        impl crate::frame::Reply for $ty {
            fn encode(&self) -> Result<crate::frame::Body, crate::frame::FrameError> { crate::frame::encode_json(self) }
            fn decode(body: &crate::frame::Body) -> Result<Self, crate::frame::FrameError> { crate::frame::decode_json(body) }
        }
    )* };
}
pub(crate) use json_reply;

/// Packs a header and the arrays behind it.
pub(crate) fn pack<H: Serialize>(header: &H, tail: &[u8]) -> Result<Body, FrameError> {
    let header = serde_json::to_vec(header).map_err(|e| FrameError(e.to_string()))?;
    let length = u32::try_from(header.len()).map_err(|_| FrameError("the header is too long".into()))?;
    let mut bytes = Vec::with_capacity(4 + header.len() + tail.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(tail);
    Ok(Body::Frame(bytes))
}

/// Unpacks a frame into its header and what is behind it.
pub(crate) fn unpack<H: DeserializeOwned>(body: &Body) -> Result<(H, &[u8]), FrameError> {
    let Body::Frame(bytes) = body else {
        return Err(FrameError("JSON came where a frame was expected".into()));
    };
    let (length, rest) =
        bytes.split_first_chunk::<4>().ok_or_else(|| FrameError("shorter than its length".into()))?;
    let length = u32::from_le_bytes(*length) as usize;
    let header = rest.get(..length).ok_or_else(|| FrameError("shorter than its header".into()))?;
    let header = serde_json::from_slice(header).map_err(|e| FrameError(e.to_string()))?;
    Ok((header, &rest[length..]))
}
