//! The power meter of the site's supply: a Modbus TCP server that holds what it measures at the moment it is asked.
//!
//! Its power and count are those of the site's energy meter, so two wires tell the same story; voltage sags with the load, and
//! the phases carry a little less and more than a third of it. Registers stand big end first, as the standard has it.

use crate::chain::{Error, Sent, SimClock};
use crate::chance::normal;
use crate::machines::Machines;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use units::{Millis, Timestamp};

#[cfg(test)]
mod tests;

/// How often it should be asked.
pub const INTERVAL: Millis = Millis::seconds(10);

/// Its address among slaves.
pub const UNIT: u8 = 1;

/// One value of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its name on the wire, for whoever reads it.
    pub code: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Its Chinese name.
    pub name_zh: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The first of its two holding registers, counted from 0.
    pub register: u16,
    /// A whole number of tenths rather than a float.
    pub tenths: bool,
}

const fn value(
    code: &'static str,
    (name, name_zh): (&'static str, &'static str),
    unit: &'static str,
    register: u16,
) -> Value {
    Value { code, name, name_zh, unit, register, tenths: false }
}

/// What it measures.
pub const VALUES: [Value; 9] = [
    value("kw", ("power", "功率"), "kW", 0),
    Value { tenths: true, ..value("kwh", ("energy", "电量"), "kWh", 2) },
    value("v_l1", ("voltage L1", "电压 L1"), "V", 4),
    value("v_l2", ("voltage L2", "电压 L2"), "V", 6),
    value("v_l3", ("voltage L3", "电压 L3"), "V", 8),
    value("a_l1", ("current L1", "电流 L1"), "A", 10),
    value("a_l2", ("current L2", "电流 L2"), "A", 12),
    value("a_l3", ("current L3", "电流 L3"), "A", 14),
    value("hz", ("frequency", "频率"), "Hz", 16),
];

/// Its name, in the registers behind its values.
const NAME: &[u8; 12] = b"SUPPLY PM-3\0";

/// Power factor of the site.
const POWER_FACTOR: f64 = 0.95;

/// Each phase carries this much of a third.
const SHARES: [f64; 3] = [1.03, 0.96, 1.01];

/// The most peers at once.
const PEERS_MAX: usize = 16;

/// The longest a peer may take for the rest of a request or for taking the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The meter in front of the machines of a seed.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    machines: Machines,
}

impl Meter {
    /// The meter that these draw their power through.
    pub fn new(machines: Machines) -> Self {
        Self { machines }
    }

    /// What it measures at an instant, in the order of [`VALUES`].
    pub fn measures(&self, at: Timestamp) -> [f64; 9] {
        let noise = |what: u64| normal(&[0xA701, what, at.0 as u64]);
        let (kw, kwh) = self.machines.energy(0, at);
        let volts = |phase: usize| 231.4 - 0.03 * kw * SHARES[phase] + 0.35 * noise(phase as u64);
        let amperes = |phase: usize| kw * SHARES[phase] / 3.0 * 1000.0 / (volts(phase) * POWER_FACTOR);
        let [v1, v2, v3] = [0, 1, 2].map(volts);
        let [a1, a2, a3] = [0, 1, 2].map(amperes);
        [kw, kwh, v1, v2, v3, a1, a2, a3, 50.0 + 0.012 * noise(7)]
    }

    /// Its registers at an instant.
    pub fn registers(&self, at: Timestamp) -> Vec<u16> {
        let words = |bytes: [u8; 4]| {
            [u16::from_be_bytes([bytes[0], bytes[1]]), u16::from_be_bytes([bytes[2], bytes[3]])]
        };
        let values = VALUES.iter().zip(self.measures(at)).flat_map(|(value, measure)| {
            if value.tenths {
                // A count wraps where its register ends, as a real one's does.
                words(((measure * 10.0) as u64 as u32).to_be_bytes())
            } else {
                words((measure as f32).to_be_bytes())
            }
        });
        let name = NAME.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]]));
        values.chain(name).collect()
    }

    /// The answer to a request, both without their frame, and how many values are in it. Only reading is known to it.
    fn answer(&self, request: &[u8], at: Timestamp) -> (Vec<u8>, u64) {
        let [function, rest @ ..] = request else { return (Vec::new(), 0) };
        let refuse = |code: u8| (vec![function | 0x80, code], 0);
        if !matches!(function, 3 | 4) {
            return refuse(1);
        }
        let [a, b, c, d] = rest else { return refuse(3) };
        let first = usize::from(u16::from_be_bytes([*a, *b]));
        let count = usize::from(u16::from_be_bytes([*c, *d]));
        if !(1..=125).contains(&count) {
            return refuse(3);
        }
        let end = first + count;
        let Some(read) = self.registers(at).get(first..end).map(<[u16]>::to_vec) else { return refuse(2) };
        // 125 registers are 250 bytes: it fits the one byte that says so.
        let mut answer = vec![*function, (2 * count) as u8];
        answer.extend(read.iter().flat_map(|word| word.to_be_bytes()));
        let inside = |value: &&Value| {
            let from = usize::from(value.register);
            first <= from && from + 2 <= end
        };
        (answer, VALUES.iter().filter(inside).count() as u64)
    }
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    sent: Sent,
    peers: Vec<TcpStream>,
}

/// A meter at work. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    thread: Option<std::thread::JoinHandle<()>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers on loopback: `127.0.0.1:0` for any free port.
pub fn start(meter: Meter, address: &str, clock: SimClock) -> Result<Server, Error> {
    let doing = || format!("Listening on {address} as the simulated power meter");
    let listener = TcpListener::bind(address).map_err(|error| Error::new(doing(), error))?;
    let address = listener.local_addr().map_err(|error| Error::new(doing(), error))?;
    let state = Arc::new(Mutex::new(State::default()));
    let shared = state.clone();
    let accept = move || {
        let mut serving = Vec::new();
        for peer in listener.incoming() {
            let Ok(peer) = peer else { continue };
            let (mine, clock) = (shared.clone(), clock.clone());
            {
                let mut state = lock(&shared);
                if state.stop {
                    break;
                }
                state.peers.retain(|peer| peer.peer_addr().is_ok());
                if state.peers.len() >= PEERS_MAX {
                    continue;
                }
                let Ok(known) = peer.try_clone() else { continue };
                state.peers.push(known);
            }
            let serve = move || {
                if let Err(error) = serve(&peer, meter, &clock, &mine) {
                    tracing::debug!(%error, "the simulated power meter lost a peer");
                }
                // The other end may have closed it first.
                let _ = peer.shutdown(Shutdown::Both);
            };
            serving.extend(std::thread::Builder::new().name("power meter's peer".into()).spawn(serve));
        }
        for peer in serving {
            // It can only fail by a bug in it; its connection is closed then too.
            let _ = peer.join();
        }
    };
    let thread = std::thread::Builder::new()
        .name("power meter".into())
        .spawn(accept)
        .map_err(|error| Error::new("Starting the simulated power meter", error))?;
    Ok(Server { state, address, thread: Some(thread) })
}

/// Answers one peer until it goes. A frame is a number, two zeros, the length of what follows, the slave, and the request
/// ("MODBUS Messaging on TCP/IP Implementation Guide" V1.0b, §3.1.3).
fn serve(mut peer: &TcpStream, meter: Meter, clock: &SimClock, state: &Mutex<State>) -> io::Result<()> {
    peer.set_nodelay(true)?;
    peer.set_write_timeout(Some(PATIENCE))?;
    loop {
        let mut head = [0; 7];
        // It may be a while until the next request, but not until the end of one.
        peer.set_read_timeout(None)?;
        peer.read_exact(&mut head[..1])?;
        peer.set_read_timeout(Some(PATIENCE))?;
        peer.read_exact(&mut head[1..])?;
        let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
        if head[2..4] != [0, 0] || !(2..=254).contains(&length) {
            return Ok(());
        }
        let mut request = vec![0; length - 1];
        peer.read_exact(&mut request)?;
        let (answer, values) = match head[6] {
            UNIT => meter.answer(&request, clock()),
            // Nobody of that name behind this gateway.
            _ => (vec![request[0] | 0x80, 11], 0),
        };
        let mut frame = head[..4].to_vec();
        frame.extend(u16::try_from(answer.len() + 1).unwrap_or_default().to_be_bytes());
        frame.push(head[6]);
        frame.extend(answer);
        peer.write_all(&frame)?;
        let mut state = lock(state);
        state.sent.frames += 1;
        state.sent.readings += values;
    }
}

impl Server {
    /// Where it is reached: `tcp://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// What it answered so far.
    pub fn sent(&self) -> Sent {
        lock(&self.state).sent
    }

    /// Ends it, and says what it answered.
    pub fn stop(mut self) -> Sent {
        self.end();
        self.sent()
    }

    fn end(&mut self) {
        {
            let mut state = lock(&self.state);
            state.stop = true;
            for peer in state.peers.drain(..) {
                // It may be closed already.
                let _ = peer.shutdown(Shutdown::Both);
            }
        }
        // Wakes it, so that it finds that it is to end.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let Some(thread) = self.thread.take() {
            // It can only fail by a bug in it; its port is closed then too.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
