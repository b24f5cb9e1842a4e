//! A file's seal: a key from a passphrase by Argon2id (RFC 9106), bytes under it by XChaCha20-Poly1305.
//!
//! Layout, little-endian: `QMVAULT1`, memory in KiB (u32), passes (u32), salt (16 bytes), nonce (24 bytes), then what is
//! sealed with its tag. Everything before the nonce is authenticated too. The nonce is new with each writing.

use crate::{Error, ErrorKind};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"QMVAULT1";
const SALT: usize = 16;
const NONCE: usize = 24;
const HEAD: usize = 8 + 4 + 4 + SALT;
/// The largest file that is read: all secrets a site may have are below it.
const FILE_BYTES_MAX: usize = 96 * 1024 * 1024;
/// The dearest file that is opened; more would only hold the machine up.
const MEMORY_KIB_MAX: u32 = 512 * 1024;
const PASSES_MAX: u32 = 16;

/// What trying one passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Times over it.
    pub passes: u32,
}

impl Default for Cost {
    /// RFC 9106 §4's second choice: 64 MiB, three passes.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3 }
    }
}

/// A key with what it was made from.
pub(crate) struct Sealed {
    cost: Cost,
    salt: [u8; SALT],
    key: Zeroizing<[u8; 32]>,
}

impl Sealed {
    pub(crate) fn new(passphrase: &str, cost: Cost) -> Result<Self, Error> {
        let mut salt = [0; SALT];
        random(&mut salt)?;
        Ok(Self { key: key(passphrase, &salt, cost)?, cost, salt })
    }

    /// The key of a file and what is sealed in it.
    pub(crate) fn open(bytes: &[u8], passphrase: &str) -> Result<(Self, Zeroizing<Vec<u8>>), Error> {
        if bytes.len() < HEAD + NONCE || bytes.len() > FILE_BYTES_MAX || !bytes.starts_with(MAGIC) {
            return Err(damaged());
        }
        let (head, rest) = bytes.split_at(HEAD);
        let (nonce, sealed) = rest.split_at(NONCE);
        let number = |at: usize| {
            head.get(at..at + 4)
                .and_then(|four| four.try_into().ok())
                .map(u32::from_le_bytes)
                .ok_or_else(damaged)
        };
        let cost = Cost { memory_kib: number(8)?, passes: number(12)? };
        if cost.memory_kib > MEMORY_KIB_MAX || cost.passes > PASSES_MAX {
            return Err(damaged());
        }
        let salt: [u8; SALT] = head[16..].try_into().map_err(|_| damaged())?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| damaged())?;
        let key = key(passphrase, &salt, cost)?;
        let plain = XChaCha20Poly1305::new(&Key::from(*key))
            .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: head })
            .map_err(|_| {
                Error::new(
                    ErrorKind::WrongPassphrase,
                    "That is not the passphrase of this site's secrets. Try again; without it they can only be entered anew.",
                )
            })?;
        Ok((Self { cost, salt, key }, Zeroizing::new(plain)))
    }

    pub(crate) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE];
        random(&mut nonce)?;
        let mut bytes = Vec::with_capacity(HEAD + NONCE + plain.len() + 16);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.cost.memory_kib.to_le_bytes());
        bytes.extend_from_slice(&self.cost.passes.to_le_bytes());
        bytes.extend_from_slice(&self.salt);
        let sealed = XChaCha20Poly1305::new(&Key::from(*self.key))
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &bytes })
            .map_err(|_| damaged())?;
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }
}

fn key(passphrase: &str, salt: &[u8], cost: Cost) -> Result<Zeroizing<[u8; 32]>, Error> {
    let refused = |_| damaged();
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(refused)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(refused)?;
    Ok(key)
}

/// 128 random bits as hexadecimal digits: what those show who are let in by it.
pub fn token() -> Result<String, Error> {
    let mut bytes = [0; 16];
    random(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|error| {
        Error::new(
            ErrorKind::World,
            format!("The system gave no random numbers ({error}); secrets can't be kept without."),
        )
    })
}

pub(crate) fn damaged() -> Error {
    Error::new(
        ErrorKind::World,
        "The file of this site's secrets is damaged or of a newer program. Bring it back from a backup, or delete it and enter the secrets anew.",
    )
}
