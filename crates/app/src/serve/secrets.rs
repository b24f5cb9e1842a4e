//! Secrets of devices: kept and unlocked, never read back.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::secrets;
use crate::flows::telemetry::DeviceSettings;
use crate::open::{App, Inner};
use crate::serve::devices::changed;
use contract::*;
use domain::Actor;
use protocols::setup::Setup;
use std::sync::Arc;
use vault::State;

impl Serve<GetSecrets> for App {
    async fn serve(&self, _: GetSecrets, _: &Actor) -> Result<SecretsState> {
        self.blocking(|inner| {
            let state = inner.secrets.state(inner);
            let waiting = if matches!(state, State::Locked | State::New) {
                let live = inner.live.lock();
                let waits = |settings: &DeviceSettings| secrets::needs(settings);
                let devices =
                    live.devices.values().filter(|live| live.device.enabled && waits(&live.settings));
                let mut names: Vec<String> = devices.map(|live| live.device.name.clone()).collect();
                names.sort();
                names
            } else {
                Vec::new()
            };
            let kept = match state {
                State::Keyring => "Keyring",
                State::New => "New",
                State::Locked => "Locked",
                State::Open => "Open",
            };
            Ok(SecretsState { kept: kept.to_owned(), waiting, passphrase_min: vault::PASSPHRASE_MIN as u32 })
        })
        .await
    }
}

impl Serve<UnlockSecrets> for App {
    async fn serve(&self, call: UnlockSecrets, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner: &Arc<Inner>| {
            let before = inner.secrets.state(inner);
            inner.secrets.with(inner, |vault| vault.unlock(&call.passphrase.0))?;
            let what = match before {
                State::New => "secrets.made",
                State::Locked => "secrets.unlocked",
                State::Keyring | State::Open => return Ok(Done),
            };
            inner.store.records.note(&inner.act(&by), what, "secrets", None, None)?;
            inner.live.start_all(inner);
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<SetSecret> for App {
    async fn serve(&self, call: SetSecret, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner: &Arc<Inner>| {
            let act = inner.act(&by);
            let mut device = inner.store.records.device(call.device)?;
            let mut settings: DeviceSettings = serde_json::from_str(&device.settings).unwrap_or_default();
            let mut setup = Setup::parse(&settings.setup).map_err(Failure::bad_input)?;
            let secret =
                call.secret.as_ref().map(|secret| secret.0.as_str()).filter(|secret| !secret.is_empty());
            let name = secrets::name(inner, call.device, &settings);
            inner.secrets.with(inner, |vault| vault.set(&name, secret))?;
            let subject = format!("device {}", device.name);
            let what = if secret.is_some() { "secret.changed" } else { "secret.forgotten" };
            inner.store.records.note(&act, what, &subject, None, None)?;
            if setup.access.secret != secret.is_some() {
                setup.access.secret = secret.is_some();
                settings.setup = setup.text();
                device.settings =
                    serde_json::to_string(&settings).map_err(|e| Failure::bug(e.to_string()))?;
                inner.store.records.save_device(&act, &device)?;
                inner.live.lock().add_device(device, inner.now());
            }
            inner.live.start(inner, call.device);
            changed(inner);
            Ok(Done)
        })
        .await
    }
}
