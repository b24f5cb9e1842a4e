//! What others post to us, what scanners read, and what a setup makes of bytes.

use super::devices::changed;
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::listener::BIND;
use crate::flows::telemetry::DeviceSettings;
use crate::limits;
use crate::open::{App, Inner};
use contract::*;
use domain::{Actor, RawFault};
use ingest::{Endpoint, Token};
use protocols::line::Fault;
use protocols::pattern::{self, Pattern};
use protocols::setup::{Language, Setup};
use protocols::stream::{Event, Tried, try_out};
use std::sync::Arc;

/// The most bytes that are tried at once.
const TRIED_BYTES_MAX: usize = 4096;

impl Serve<GetListener> for App {
    async fn serve(&self, _: GetListener, _: &Actor) -> Result<ListenerState> {
        self.blocking(|inner| {
            let bind = inner.store.records.setting(BIND)?.unwrap_or_default();
            let (address, fault) = inner.ears.state();
            let heard = inner.ears.hooks.heard().into_iter().map(|heard| HeardRow {
                who: heard.who,
                from: heard.from,
                at: heard.at,
                times: heard.times,
            });
            Ok(ListenerState {
                bind,
                address: address.map(|address| address.to_string()),
                fault,
                reachable: address.is_some_and(|address| !address.ip().is_loopback()),
                heard: heard.collect(),
            })
        })
        .await
    }
}

impl Serve<ChangeListener> for App {
    async fn serve(&self, call: ChangeListener, by: &Actor) -> Result<Done> {
        let bind = call.bind.trim().to_owned();
        // First it must work: what can't be opened is not put on record as a setting.
        self.0
            .ears
            .open(&self.0, &bind)
            .await
            .map_err(|said| Failure::bad_input(format!("open the listener: {said}")))?;
        let by = by.clone();
        self.blocking(move |inner: &Arc<Inner>| {
            let act = inner.act_because(&by, &call.why);
            inner.store.records.save_setting(&act, BIND, &bind)?;
            changed(inner);
            inner.bus.changed(Topic::Settings);
            Ok(Done)
        })
        .await
    }
}

impl Serve<MakeToken> for App {
    async fn serve(&self, call: MakeToken, by: &Actor) -> Result<NewToken> {
        let by = by.clone();
        let id = call.id.trim().to_owned();
        let proper = id.is_empty()
            || (4..=64).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !proper {
            return Err(Failure::bad_input(
                "make the token: a tracker's id is 4 to 64 letters, digits, '_' or '-'",
            ));
        }
        self.blocking(move |inner: &Arc<Inner>| {
            let mut device = inner.store.records.device(call.device)?;
            let mut settings: DeviceSettings = serde_json::from_str(&device.settings).unwrap_or_default();
            if !matches!(Endpoint::parse(&device.address, settings.baud), Ok(Endpoint::Listen { .. })) {
                return Err(Failure::bad_input(format!(
                    "make the token: {} is not at listen://NAME, so nobody posts for it",
                    device.name
                )));
            }
            let token = match id.as_str() {
                "" => vault::token().map_err(|e| Failure::new(Code::Storage, e.to_string()))?,
                id => id.to_owned(),
            };
            settings.token = Token::of(&token).hex();
            let others = inner.store.records.devices()?;
            let taken = |other: &store::Device| {
                let other: DeviceSettings = serde_json::from_str(&other.settings).unwrap_or_default();
                other.token == settings.token
            };
            if let Some(other) = others.iter().find(|other| other.id != device.id && taken(other)) {
                return Err(Failure::new(
                    Code::Conflict,
                    format!("make the token: {} has it already", other.name),
                ));
            }
            device.settings = serde_json::to_string(&settings).map_err(|e| Failure::bug(e.to_string()))?;
            inner.store.records.save_device(&inner.act(&by), &device)?;
            inner.live.lock().add_device(device, inner.now());
            inner.live.start(inner, call.device);
            changed(inner);
            let url = inner.ears.state().0.map(|address| Secret(format!("http://{address}/{token}")));
            Ok(NewToken { token: Secret(token), url })
        })
        .await
    }
}

impl Serve<ListScans> for App {
    async fn serve(&self, call: ListScans, _: &Actor) -> Result<Vec<ScanRow>> {
        self.blocking(move |inner| {
            let state = inner.live.lock();
            let mut rows: Vec<ScanRow> = state
                .devices
                .values()
                .filter(|live| call.device.is_none_or(|wanted| wanted == live.device.id))
                .flat_map(|live| {
                    live.scans.iter().map(|(at, scan)| ScanRow {
                        device: live.device.id,
                        name: live.device.name.clone(),
                        at: *at,
                        symbology: scan.symbology.clone(),
                        text: scan.text.clone(),
                    })
                })
                .collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.at));
            rows.truncate(call.limit.min(limits::LIST_ROWS_MAX) as usize);
            Ok(rows)
        })
        .await
    }
}

impl Serve<TryDecode> for App {
    async fn serve(&self, call: TryDecode, _: &Actor) -> Result<Trial> {
        let problem = |at: &str, message: String| Trial {
            problem: Some(SetupProblem { at: at.to_owned(), message }),
            frames: Vec::new(),
        };
        let setup = match Setup::check(&call.setup) {
            Ok(setup) => setup,
            Err(wrong) => return Ok(problem(&wrong.at, wrong.what)),
        };
        if call.text.is_empty() {
            return Ok(Trial::default());
        }
        let bytes = match protocols::stream::unescape_long(&call.text, TRIED_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(what) => return Ok(problem("text", what)),
        };
        let tried = match try_out(&setup, &bytes) {
            Ok(tried) => tried,
            Err(what) => return Ok(problem("language", what)),
        };
        let pattern = Some(&setup.pattern).filter(|_| setup.language == Language::Pattern);
        let mut frames: Vec<TriedFrame> = tried.into_iter().map(|one| frame(one, &bytes, pattern)).collect();
        let end = frames.last().map_or(0, |frame| frame.to as usize);
        // The other half of a line's end is no frame that broke off.
        let left = bytes.get(end..).unwrap_or_default();
        if left.iter().any(|byte| !matches!(byte, b'\r' | b'\n')) {
            frames.push(TriedFrame { fault: "Broken".to_owned(), ..nothing(end, bytes.len(), &bytes) });
        }
        Ok(Trial { problem: None, frames })
    }
}

fn nothing(from: usize, to: usize, bytes: &[u8]) -> TriedFrame {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    TriedFrame {
        from: place(from),
        to: place(to),
        hex: hex::encode(bytes.get(from..to).unwrap_or_default()),
        fault: String::new(),
        values: Vec::new(),
        device_at: None,
        positions: 0,
        scan: None,
        sums: None,
    }
}

/// The two checksums of a frame that failed by them. Those that are not printed are shown in hexadecimal digits.
fn sums(pattern: &Pattern, frame: &[u8]) -> Option<(String, String)> {
    let shown = |sum: Vec<u8>| match String::from_utf8(sum) {
        Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => text,
        Ok(text) => hex::encode_upper(text),
        Err(raw) => hex::encode_upper(raw.as_bytes()),
    };
    let (stated, made) = pattern::Decoder::new(pattern).ok()?.sums(frame)?;
    Some((shown(stated), shown(made)))
}

fn frame(tried: Tried, bytes: &[u8], pattern: Option<&Pattern>) -> TriedFrame {
    let (from, to) = (tried.from, tried.to);
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    match tried.event {
        Event::Fault(fault) => {
            let fault = match fault {
                Fault::Garbage { .. } => "Garbage",
                Fault::BadChecksum => "BadChecksum",
                Fault::TooLong => "TooLong",
                Fault::BadSyntax => "BadSyntax",
            };
            let here = bytes.get(from..to).unwrap_or_default();
            let sums = pattern.filter(|_| fault == "BadChecksum").and_then(|pattern| sums(pattern, here));
            TriedFrame { fault: fault.to_owned(), sums, ..nothing(from, to, bytes) }
        }
        Event::Said(said) => TriedFrame {
            device_at: said.readings.first().and_then(|reading| reading.device_at),
            values: said
                .readings
                .into_iter()
                .map(|reading| match reading.value {
                    Ok(value) => (reading.code, Some(value), String::new()),
                    Err(RawFault::NotANumber) => (reading.code, None, "NotANumber".to_owned()),
                    Err(_) => (reading.code, None, "SensorFault".to_owned()),
                })
                .collect(),
            positions: place(said.fixes.len()),
            scan: said.scan.map(|scan| scan.text),
            ..nothing(from, to, bytes)
        },
    }
}
