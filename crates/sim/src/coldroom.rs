//! The controller of the two cold rooms: answers over HTTP what it measures at the moment it is asked.

use crate::catalogue::ZoneKind;
use crate::chain::{Error, Sent, SimClock};
use crate::chance::{hash, normal};
use crate::thermal::{Climate, IncidentKind};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use units::{Millis, Seed, Timestamp};

#[cfg(test)]
mod tests;

/// The path it answers.
pub const PATH: &str = "/api/rooms";

/// How often it should be asked.
pub const INTERVAL: Millis = Millis::minutes(1);

/// Its rooms: their names on the wire, and what they are.
pub const ROOMS: [(&str, ZoneKind); 2] = [("C1", ZoneKind::Chilled), ("F1", ZoneKind::Frozen)];

/// Values of one room.
const VALUES: u64 = 3;

/// The longest a peer may take for its question or for taking the answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The controller of a seed.
#[derive(Clone, Copy, Debug)]
pub struct ColdRooms {
    seed: u64,
    climate: Climate,
}

impl ColdRooms {
    /// The controller in the climate of a seed; see [`Climate::new`].
    pub fn new(seed: Seed, live_from: Timestamp) -> Self {
        Self { seed: seed.0, climate: Climate::new(seed, live_from) }
    }

    /// What it answers at an instant.
    pub fn answer(&self, at: Timestamp) -> String {
        const NOISE: u64 = 0x9E01;
        let air = self.climate.temperatures(at);
        let troubles = self.climate.incidents(at - Millis::hours(12), at + Millis(1));
        let lasts =
            |kind: IncidentKind| troubles.iter().any(|trouble| trouble.kind == kind && at < trouble.to);
        let rooms: Vec<String> = ROOMS
            .iter()
            .enumerate()
            .map(|(index, (code, zone))| {
                // Its sensor hangs in the air that returns to the evaporator: the mean of the room's probes.
                let probes = &air[4 * (index + 1)..4 * (index + 2)];
                let noise = 0.05 * normal(&[self.seed, NOISE, index as u64, at.0 as u64]);
                let temperature = probes.iter().sum::<f64>() / 4.0 + noise;
                let minute = at.0.div_euclid(60_000) as u64;
                let opened = hash(&[self.seed, NOISE, 7, index as u64, minute]).is_multiple_of(12);
                let door = opened || (*zone == ZoneKind::Frozen && lasts(IncidentKind::DoorLeftOpen));
                let runs = !hash(&[self.seed, NOISE, 8, index as u64, minute / 8]).is_multiple_of(3);
                let cooling = runs && !(*zone == ZoneKind::Chilled && lasts(IncidentKind::CompressorFailure));
                format!(
                    r#"{{"id":"{code}","temp":{temperature:.1},"door":{},"cooling":{}}}"#,
                    u8::from(door),
                    u8::from(cooling)
                )
            })
            .collect();
        format!(r#"{{"ts":{},"rooms":[{}]}}"#, at.0, rooms.join(","))
    }
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    hangs: bool,
    sent: Sent,
    /// Questions that were left without an answer while it hangs.
    held: Vec<TcpStream>,
}

/// A controller at work. Dropping it ends it.
#[derive(Debug)]
pub struct Controller {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Answers on loopback: `127.0.0.1:0` for any free port.
pub fn start(rooms: ColdRooms, address: &str, clock: SimClock) -> Result<Controller, Error> {
    let doing = || format!("Listening on {address} as the simulated cold-room controller");
    let listener = TcpListener::bind(address).map_err(|error| Error::new(doing(), error))?;
    let address = listener.local_addr().map_err(|error| Error::new(doing(), error))?;
    let state = Arc::new(Mutex::new(State::default()));
    let shared = state.clone();
    let serve = move || {
        for peer in listener.incoming() {
            if lock(&shared).stop {
                return;
            }
            let Ok(mut peer) = peer else { continue };
            match serve(&mut peer, &rooms, &clock, &shared) {
                Ok(()) => {}
                Err(error) => tracing::debug!(%error, "the simulated controller lost a peer"),
            }
        }
    };
    let thread = std::thread::Builder::new()
        .name("cold rooms".into())
        .spawn(serve)
        .map_err(|error| Error::new("Starting the simulated cold-room controller", error))?;
    Ok(Controller { state, address, thread: Some(thread) })
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(peer: &mut TcpStream, rooms: &ColdRooms, clock: &SimClock, state: &Mutex<State>) -> io::Result<()> {
    peer.set_read_timeout(Some(PATIENCE))?;
    peer.set_write_timeout(Some(PATIENCE))?;
    let mut question = Vec::new();
    let mut piece = [0; 512];
    while !question.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = peer.read(&mut piece)?;
        if count == 0 || question.len() > 8192 {
            return Ok(());
        }
        question.extend_from_slice(&piece[..count]);
    }
    {
        let mut state = lock(state);
        if state.hangs && state.held.len() < 64 {
            let held = peer.try_clone()?;
            state.held.push(held);
            return Ok(());
        }
    }
    let known = question.starts_with(format!("GET {PATH} ").as_bytes());
    let (status, body) = if known {
        ("200 OK", rooms.answer(clock()))
    } else {
        ("404 Not Found", format!(r#"{{"error":"ask for {PATH}"}}"#))
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    peer.write_all(answer.as_bytes())?;
    if known {
        let mut state = lock(state);
        state.sent.frames += 1;
        state.sent.readings += ROOMS.len() as u64 * VALUES;
    }
    Ok(())
}

impl Controller {
    /// What to ask: `http://127.0.0.1:PORT/api/rooms`.
    pub fn endpoint(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// What it answered so far.
    pub fn sent(&self) -> Sent {
        lock(&self.state).sent
    }

    /// From now on it takes questions and answers none, or answers again.
    pub fn hang(&self, hangs: bool) {
        let mut state = lock(&self.state);
        state.hangs = hangs;
        state.held.clear();
    }

    /// Ends it, and says what it answered.
    pub fn stop(mut self) -> Sent {
        self.end();
        self.sent()
    }

    fn end(&mut self) {
        lock(&self.state).stop = true;
        // Wakes it, so that it finds that it is to end.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let Some(thread) = self.thread.take() {
            // It can only fail by a bug in it; its port is closed then too.
            let _ = thread.join();
        }
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.end();
    }
}
