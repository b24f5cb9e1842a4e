//! What others post to us, what scanners read, and what a setup makes of bytes.

use crate::calls::Secret;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{DeviceId, Milli, Timestamp};

/// Our own listener: whether it is open, and who called that is not known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetListener {}

/// How the listener is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerState {
    /// Where it is to listen, `127.0.0.1:8750`; empty: nowhere, as it is at first.
    pub bind: String,
    /// Where it does.
    pub address: Option<String>,
    /// Why it does not.
    pub fault: Option<String>,
    /// Devices of this machine's networks can reach it, not only programs of this machine.
    pub reachable: bool,
    /// Who posted and is not known, the last first.
    pub heard: Vec<HeardRow>,
}

/// Somebody who posted and is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardRow {
    /// A tracker's id; of a token only the first characters; empty where nothing was said.
    pub who: String,
    /// The address it came from.
    pub from: String,
    /// The last time.
    pub at: Timestamp,
    /// How often.
    pub times: u64,
}

/// Opens the listener, moves it, or closes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeListener {
    /// `127.0.0.1:8750` for programs of this machine, `0.0.0.0:8750` for its networks; empty to close it.
    pub bind: String,
    /// Why.
    pub why: String,
}

/// Makes the token of a device at `listen://NAME`; the one before is worth nothing then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeToken {
    /// Whose.
    pub device: DeviceId,
    /// A tracker's own id in the place of a random token; empty for one.
    pub id: String,
}

/// A token, told this once: only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// The token.
    pub token: Secret,
    /// Where to post, if the listener is open: `http://127.0.0.1:8750/TOKEN`.
    pub url: Option<Secret>,
}

/// What a scanner read last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListScans {
    /// Which; none: all of them.
    pub device: Option<DeviceId>,
    /// At most so many.
    pub limit: u32,
}

/// A code that was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRow {
    /// The scanner.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// AIM's identifier of the kind of code, `]C1`, where it was sent.
    pub symbology: Option<String>,
    /// The code; GS (U+001D) parts the fields of a GS1 code.
    pub text: String,
}

/// What is wrong with a setup, and what it makes of some bytes; nothing is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TryDecode {
    /// The setup, JSON.
    pub setup: String,
    /// The bytes as text, with `\r`, `\n`, `\x02` and their like; at most 4096 of them; empty: only the setup is looked at.
    pub text: String,
}

/// What came of trying a setup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The first thing that is wrong with it, or with how the bytes are written; then nothing was decoded.
    pub problem: Option<SetupProblem>,
    /// What came of the bytes, piece by piece.
    pub frames: Vec<TriedFrame>,
}

/// What is wrong with a setup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupProblem {
    /// Where: `pattern.regex`, `pattern.fields.weight.scale`, `serial`, `modbus`; `text`: the bytes; empty: the setup as a whole.
    pub at: String,
    /// What, in a sentence.
    pub message: String,
}

/// What came of a piece of the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedFrame {
    /// Its first byte.
    pub from: u32,
    /// The byte behind its last.
    pub to: u32,
    /// The bytes, two hexadecimal digits each.
    pub hex: String,
    /// What is wrong: `Garbage`, `BadChecksum`, `TooLong`, `BadSyntax`, `Broken` (it is not whole); empty where nothing is.
    pub fault: String,
    /// Values by name: the number, or `SensorFault`, `NotANumber`.
    pub values: Vec<(String, Option<Milli>, String)>,
    /// When, by the device.
    pub device_at: Option<Timestamp>,
    /// Places in it.
    pub positions: u32,
    /// The code that was scanned.
    pub scan: Option<String>,
    /// Of a checksum that does not fit: as it stands there, and as the bytes make it.
    pub sums: Option<(String, String)>,
}

json_reply!(ListenerState, NewToken, Vec<ScanRow>, Trial);
