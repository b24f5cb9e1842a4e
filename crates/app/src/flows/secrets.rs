//! Secrets of devices, from the vault to their drivers.

use crate::failure::{Failure, Result};
use crate::flows::telemetry::{DeviceSettings, client_number};
use crate::open::Inner;
use contract::Code;
use protocols::setup::Setup;
use std::sync::{Mutex, PoisonError};
use units::DeviceId;
use vault::{Keeper, State, Vault};

/// The site's vault, opened when the first secret is needed.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Mutex<Option<Vault>>);

impl Secrets {
    /// Works on the vault. It may ask another process or a disk: not for an async thread, and not while live state is locked.
    pub fn with<T>(&self, inner: &Inner, work: impl FnOnce(&mut Vault) -> T) -> T {
        let mut vault = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What a demonstration makes up does not belong into somebody's keyring.
        let keeper = if inner.settings().demo { Keeper::File } else { Keeper::Auto };
        work(vault.get_or_insert_with(|| Vault::open(&inner.folder, keeper)))
    }

    /// How the secrets are kept.
    pub fn state(&self, inner: &Inner) -> State {
        self.with(inner, |vault| vault.state())
    }
}

impl From<vault::Error> for Failure {
    fn from(error: vault::Error) -> Self {
        let code = match error.kind {
            vault::ErrorKind::Locked => Code::Conflict,
            vault::ErrorKind::WrongPassphrase | vault::ErrorKind::Refused => Code::BadInput,
            vault::ErrorKind::World => Code::Storage,
        };
        Self::new(code, error.message)
    }
}

/// What a broker knows a device by, and the vault its secret.
pub(crate) fn client_of(inner: &Inner, id: DeviceId, settings: &DeviceSettings) -> u64 {
    match settings.client {
        0 => client_number(&format!("{} {}", inner.folder.display(), id.0)),
        known => known,
    }
}

/// The name of a device's secret; it stays with the device whatever it is called.
pub(crate) fn name(inner: &Inner, id: DeviceId, settings: &DeviceSettings) -> String {
    format!("device-{:016x}", client_of(inner, id, settings))
}

/// Whether a device is let in by a secret.
pub(crate) fn needs(settings: &DeviceSettings) -> bool {
    settings.setup.contains("secret") && Setup::parse(&settings.setup).is_ok_and(|setup| setup.access.secret)
}

/// The secret of a device; `None` where it has none. What is wrong is said as the device's trouble.
pub(crate) fn of(inner: &Inner, id: DeviceId, settings: &DeviceSettings) -> Result<Option<String>, String> {
    if !needs(settings) {
        return Ok(None);
    }
    let name = name(inner, id, settings);
    match inner.secrets.with(inner, |vault| vault.get(&name)) {
        Ok(Some(secret)) => Ok(Some(secret.to_string())),
        Ok(None) => {
            Err("Its password is not kept on this machine: write it again in its settings.".to_owned())
        }
        Err(error) if error.kind == vault::ErrorKind::Locked => {
            Err("It waits for its password: give the passphrase of this site's secrets.".to_owned())
        }
        Err(error) => Err(error.message),
    }
}

/// Forgets the secret of a device that goes. A vault that is locked keeps it, under a name that nobody has.
pub(crate) fn forget(inner: &Inner, id: DeviceId, settings: &DeviceSettings) {
    if needs(settings) {
        let name = name(inner, id, settings);
        if let Err(error) = inner.secrets.with(inner, |vault| vault.set(&name, None)) {
            tracing::warn!(device = id.0, %error, "the secret of a removed device is still kept");
        }
    }
}
