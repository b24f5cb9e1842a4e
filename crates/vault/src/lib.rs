//! Secrets of a site: kept in the system's keyring, or in a file that a passphrase opens.
//!
//! Knows the keyring (Secret Service, Keychain, Credential Manager) and the file [`FILE`], sealed as [`seal`] says. Does
//! not know what a secret lets in, whose it is, screens or records: a secret goes by a name. Nothing here says a secret:
//! neither an error nor `Debug`. Where there is a keyring and no file, the keyring is taken; a file that is there is used, so
//! that a site that is carried to another machine brings its secrets. Every call may touch a disk or ask another
//! process: not for an async thread. Start at [`Vault::open`]. Tests: `src/tests.rs`.

mod seal;

#[cfg(test)]
mod tests;

use seal::Sealed;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub use seal::{Cost, token};

/// The file in a site's folder, where there is no keyring.
pub const FILE: &str = "secrets.qmv";

/// The shortest passphrase, characters.
pub const PASSPHRASE_MIN: usize = 8;

/// The longest secret, bytes: a password and a private key.
pub const SECRET_BYTES_MAX: usize = 16 * 1024;

/// The most secrets of one site.
pub const SECRETS_MAX: usize = 4096;

/// What they are kept under in a keyring.
const SERVICE: &str = "Quartermaster";

/// Where secrets may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// In the system's keyring where there is one, else in the file.
    Auto,
    /// In the file: for tests and for machines whose keyring opens only while somebody is signed in.
    File,
}

/// How the vault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The system keeps the secrets.
    Keyring,
    /// There is no file yet: the first passphrase makes it.
    New,
    /// The file is there; nobody has given its passphrase since the start.
    Locked,
    /// The file is open.
    Open,
}

/// What went wrong, for a caller to branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The passphrase has to be given first.
    Locked,
    /// It is another passphrase.
    WrongPassphrase,
    /// A passphrase that is too short, a secret that is too long.
    Refused,
    /// The keyring or the disk.
    World,
}

/// A secret could not be kept or had.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What to branch on.
    pub kind: ErrorKind,
    /// What was tried and what to do next; never a secret.
    pub message: String,
}

impl Error {
    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// The secrets of one site.
pub struct Vault {
    path: PathBuf,
    cost: Cost,
    keeping: Keeping,
}

enum Keeping {
    Keyring,
    New,
    Locked,
    Open(Open),
}

struct Open {
    key: Sealed,
    secrets: BTreeMap<String, Zeroizing<String>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl Vault {
    /// Looks where the secrets of the site in this folder are.
    pub fn open(folder: &Path, keeper: Keeper) -> Self {
        Self::with_cost(folder, keeper, Cost::default())
    }

    /// The same, with what guessing a passphrase shall cost in a file that is made here.
    pub fn with_cost(folder: &Path, keeper: Keeper, cost: Cost) -> Self {
        let path = folder.join(FILE);
        let keeping = if path.exists() {
            Keeping::Locked
        } else if keeper == Keeper::Auto && has_keyring() {
            Keeping::Keyring
        } else {
            Keeping::New
        };
        Self { path, cost, keeping }
    }

    /// How it is.
    pub fn state(&self) -> State {
        match self.keeping {
            Keeping::Keyring => State::Keyring,
            Keeping::New => State::New,
            Keeping::Locked => State::Locked,
            Keeping::Open(_) => State::Open,
        }
    }

    /// Opens the file, or makes it with this passphrase. It takes about a second, by intention.
    pub fn unlock(&mut self, passphrase: &str) -> Result<(), Error> {
        match self.keeping {
            Keeping::Keyring | Keeping::Open(_) => Ok(()),
            Keeping::New => {
                if passphrase.chars().count() < PASSPHRASE_MIN {
                    return Err(Error::new(
                        ErrorKind::Refused,
                        format!(
                            "A passphrase has at least {PASSPHRASE_MIN} characters: it guards the passwords of your devices."
                        ),
                    ));
                }
                let open = Open { key: Sealed::new(passphrase, self.cost)?, secrets: BTreeMap::new() };
                self.write(&open)?;
                self.keeping = Keeping::Open(open);
                Ok(())
            }
            Keeping::Locked => {
                let bytes = fs::read(&self.path).map_err(|error| self.failed("reading", &error))?;
                let (key, plain) = Sealed::open(&bytes, passphrase)?;
                let secrets: BTreeMap<String, String> =
                    serde_json::from_slice(&plain).map_err(|_| seal::damaged())?;
                let secrets =
                    secrets.into_iter().map(|(name, secret)| (name, Zeroizing::new(secret))).collect();
                self.keeping = Keeping::Open(Open { key, secrets });
                Ok(())
            }
        }
    }

    /// A secret; `None` where none is kept under that name.
    pub fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
        match &self.keeping {
            Keeping::New => Ok(None),
            Keeping::Locked => Err(locked()),
            Keeping::Open(open) => Ok(open.secrets.get(name).cloned()),
            Keeping::Keyring => match entry(name)?.get_password() {
                Ok(secret) => Ok(Some(Zeroizing::new(secret))),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(refused("give", &error)),
            },
        }
    }

    /// Keeps a secret, in the place of one that has that name; with `None` it is forgotten.
    pub fn set(&mut self, name: &str, secret: Option<&str>) -> Result<(), Error> {
        if secret.is_some_and(|secret| secret.len() > SECRET_BYTES_MAX) {
            let most = SECRET_BYTES_MAX / 1024;
            return Err(Error::new(
                ErrorKind::Refused,
                format!("A secret is at most {most} KB: a password and a private key."),
            ));
        }
        match &mut self.keeping {
            Keeping::New if secret.is_none() => Ok(()),
            Keeping::New | Keeping::Locked => Err(locked()),
            Keeping::Keyring => {
                let entry = entry(name)?;
                match secret {
                    Some(secret) => entry.set_password(secret).map_err(|error| refused("keep", &error)),
                    None => match entry.delete_credential() {
                        Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
                        Err(error) => Err(refused("forget", &error)),
                    },
                }
            }
            Keeping::Open(open) => {
                let before = match secret {
                    Some(secret) => {
                        if open.secrets.len() == SECRETS_MAX && !open.secrets.contains_key(name) {
                            return Err(Error::new(
                                ErrorKind::Refused,
                                format!("A site keeps at most {SECRETS_MAX} secrets."),
                            ));
                        }
                        open.secrets.insert(name.to_owned(), Zeroizing::new(secret.to_owned()))
                    }
                    None => open.secrets.remove(name),
                };
                let written = match &self.keeping {
                    Keeping::Open(open) => self.write(open),
                    _ => Ok(()),
                };
                // What is not on disk is not kept.
                if written.is_err()
                    && let Keeping::Open(open) = &mut self.keeping
                {
                    match before {
                        Some(before) => drop(open.secrets.insert(name.to_owned(), before)),
                        None => drop(open.secrets.remove(name)),
                    }
                }
                written
            }
        }
    }

    /// Seals all of it anew into the file: whole, or as it was.
    fn write(&self, open: &Open) -> Result<(), Error> {
        let plain: BTreeMap<&str, &str> =
            open.secrets.iter().map(|(name, secret)| (name.as_str(), secret.as_str())).collect();
        let plain = Zeroizing::new(serde_json::to_vec(&plain).map_err(|_| seal::damaged())?);
        let bytes = open.key.seal(&plain)?;
        let fresh = self.path.with_extension("new");
        let put = || -> io::Result<()> {
            // An earlier one that was not finished may belong to anybody.
            match fs::remove_file(&fresh) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&fresh)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&fresh, &self.path)?;
            // The name lasts only once its folder is written; where folders can't be opened, the system sees to it.
            if let Some(folder) = self.path.parent()
                && let Ok(folder) = fs::File::open(folder)
            {
                let _ = folder.sync_all();
            }
            Ok(())
        };
        put().map_err(|error| self.failed("writing", &error))
    }

    fn failed(&self, doing: &str, error: &io::Error) -> Error {
        let path = self.path.display();
        Error::new(
            ErrorKind::World,
            format!(
                "The secrets were not kept or had: {doing} {path} failed ({error}). Check the disk and who owns the file."
            ),
        )
    }
}

/// Whether the system keeps secrets for us.
fn has_keyring() -> bool {
    match keyring::Entry::store_status() {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "no keyring: secrets are kept in a file under a passphrase");
            false
        }
    }
}

fn entry(name: &str) -> Result<keyring::Entry, Error> {
    keyring::Entry::new(SERVICE, name).map_err(|error| refused("name", &error))
}

fn refused(doing: &str, error: &keyring::Error) -> Error {
    // The library's words name its own trouble, never what is kept; of bytes that are no text it would show them.
    let said = match error {
        keyring::Error::BadEncoding(_) => "what it holds is no text".to_owned(),
        error => error.to_string(),
    };
    Error::new(
        ErrorKind::World,
        format!("The system's keyring did not {doing} a secret: {said}. Open it and try again."),
    )
}

fn locked() -> Error {
    Error::new(
        ErrorKind::Locked,
        "The secrets are locked. Give their passphrase on the page Devices, then try again.",
    )
}
