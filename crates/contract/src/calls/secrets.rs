//! Passwords, tokens and keys of devices: written, never read back.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::DeviceId;

/// Text that is carried to where it is kept and shown nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where secrets are kept, and who waits for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetSecrets {}

/// How the site's secrets are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretsState {
    /// `Keyring` (the system's), `New` (a file, once it has a passphrase), `Locked` (a file whose passphrase was not given
    /// since the start) or `Open`.
    pub kept: String,
    /// Devices that are on and can't be read until the passphrase is given, by name.
    pub waiting: Vec<String>,
    /// The shortest passphrase that is taken, characters.
    pub passphrase_min: u32,
}

/// Gives the passphrase of the site's secrets; the first one given becomes it. Devices that waited are started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnlockSecrets {
    /// It.
    pub passphrase: Secret,
}

/// Keeps the secret of a device and starts the device with it: a password or token, and behind it the private key of a
/// client certificate (PEM), if there is one. The audit says only that it was changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetSecret {
    /// Whose.
    pub device: DeviceId,
    /// The secret; none forgets it.
    pub secret: Option<Secret>,
}

json_reply!(SecretsState);
