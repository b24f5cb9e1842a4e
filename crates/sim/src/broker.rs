//! A small MQTT 3.1.1 broker on loopback, and a publisher that speaks to it or to a real one.
//!
//! [`Broker`] does what a site's broker does for us: quality of service 0 and 1, sessions that outlive their connection,
//! one order per subscriber, acknowledgements before the next [`INFLIGHT_MAX`] messages, redelivery after a break. It
//! keeps no retained messages and no wills, knows no users, and listens on loopback only: a bench, not a broker for a
//! warehouse. [`Publisher`] is a device's end: it waits for acknowledgements and sends again what had none. The codec is
//! rumqttc's.

use crate::chain::Error;
use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{
    ConnAck, Connect, ConnectReturnCode, Packet, PubAck, Publish, SubAck, SubscribeReasonCode, UnsubAck,
};
use rumqttc::mqttbytes::{self, QoS, matches, valid_filter, valid_topic};
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Messages a subscriber may owe an acknowledgement for, as with mosquitto.
pub const INFLIGHT_MAX: usize = 20;

/// Messages kept for one subscriber. A publisher waits while one who is there has so many; for one who is away the
/// newest are refused and counted.
pub const QUEUE_MAX: usize = 50_000;

/// The largest packet, bytes.
const PACKET_BYTES_MAX: usize = 256 * 1024;

/// Connections at once.
const CONNECTIONS_MAX: usize = 64;

/// How long a peer may take to say who it is, to take what we write, or to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Messages a publisher sends before it waits for the first to be acknowledged.
const WINDOW: usize = 32;

/// A broker at work. Dropping it closes everything.
#[derive(Debug)]
pub struct Broker {
    shared: Arc<Shared>,
    address: SocketAddr,
    endpoint: String,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<String, Session>,
    /// Rises with every connection, and with every closing of the listener.
    connections: u64,
    open: usize,
    listening: Option<u64>,
    refused: u64,
}

#[derive(Debug, Default)]
struct Session {
    persistent: bool,
    filters: Vec<(String, QoS)>,
    waiting: VecDeque<Publish>,
    /// Sent and not acknowledged, in the order sent.
    inflight: VecDeque<Publish>,
    last_id: u16,
    peer: Option<Peer>,
}

#[derive(Debug)]
struct Peer {
    number: u64,
    stream: TcpStream,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.turned.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Gives a message to everybody who wants it. Waits for room with those who are there.
    fn deliver(&self, publish: &Publish) {
        let mut state = self.lock();
        let wanted = |session: &Session| {
            let fits = session.filters.iter().filter(|(filter, _)| matches(&publish.topic, filter));
            fits.map(|(_, qos)| *qos as u8).max()
        };
        let takers: Vec<(String, u8)> = state
            .sessions
            .iter()
            .filter_map(|(client, session)| Some((client.clone(), wanted(session)?)))
            .collect();
        for (client, granted) in takers {
            let qos = if granted == 0 { QoS::AtMostOnce } else { publish.qos };
            while let Some(session) = state.sessions.get_mut(&client) {
                let away = session.peer.is_none();
                if away && qos == QoS::AtMostOnce {
                    break;
                }
                if session.waiting.len() < QUEUE_MAX {
                    session.waiting.push_back(Publish {
                        dup: false,
                        retain: false,
                        qos,
                        pkid: 0,
                        ..publish.clone()
                    });
                    break;
                }
                if away {
                    state.refused += 1;
                    break;
                }
                state = self.wait(state);
            }
        }
        drop(state);
        self.turned.notify_all();
    }

    /// The next message for a peer, or `None` when it is no longer the session's.
    fn next(&self, client: &str, number: u64) -> Option<Publish> {
        let mut state = self.lock();
        loop {
            let session = state.sessions.get_mut(client)?;
            if session.peer.as_ref().is_none_or(|peer| peer.number != number) {
                return None;
            }
            if session.inflight.len() < INFLIGHT_MAX
                && let Some(mut publish) = session.waiting.pop_front()
            {
                if publish.qos != QoS::AtMostOnce {
                    session.last_id = session.last_id.checked_add(1).unwrap_or(1);
                    publish.pkid = session.last_id;
                    session.inflight.push_back(publish.clone());
                }
                drop(state);
                // There is room for a publisher that waits.
                self.turned.notify_all();
                return Some(publish);
            }
            state = self.wait(state);
        }
    }
}

impl Broker {
    /// Listens on an address of this machine: `127.0.0.1:0` for any free port.
    pub fn start(address: &str) -> Result<Self, Error> {
        let doing = || format!("Listening on {address} as the demonstration's MQTT broker");
        let wanted: SocketAddr = address.parse().map_err(|error| Error::new(doing(), error))?;
        if !wanted.ip().is_loopback() {
            let message = format!("{}: it listens on this machine only; use 127.0.0.1.", doing());
            return Err(Error { message, source: None });
        }
        let listener = TcpListener::bind(wanted).map_err(|error| Error::new(doing(), error))?;
        let address = listener.local_addr().map_err(|error| Error::new(doing(), error))?;
        let broker =
            Self { shared: Arc::new(Shared::default()), address, endpoint: format!("mqtt://{address}") };
        broker.listen(listener)?;
        Ok(broker)
    }

    /// `mqtt://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Messages that found no room with a subscriber who was away.
    pub fn refused(&self) -> u64 {
        self.shared.lock().refused
    }

    /// Messages taken from publishers that a subscriber has not acknowledged yet.
    pub fn waiting(&self) -> u64 {
        let state = self.shared.lock();
        state.sessions.values().map(|session| (session.waiting.len() + session.inflight.len()) as u64).sum()
    }

    /// Waits until everything is acknowledged by those who are there, at most so long; says how much is not.
    pub fn drain(&self, at_most: Duration) -> u64 {
        let owed = |state: &mut State| {
            state
                .sessions
                .values()
                .any(|session| session.peer.is_some() && session.waiting.len() + session.inflight.len() > 0)
        };
        let guard = self.shared.lock();
        drop(self.shared.turned.wait_timeout_while(guard, at_most, owed));
        self.waiting()
    }

    /// Vanishes: closes the port and every connection. Sessions and their messages stay.
    pub fn unplug(&self) {
        let mut state = self.shared.lock();
        state.connections += 1;
        let was_listening = state.listening.take().is_some();
        for session in state.sessions.values_mut() {
            if let Some(peer) = session.peer.take() {
                // Its thread sees the end and leaves.
                let _ = peer.stream.shutdown(Shutdown::Both);
            }
        }
        state.sessions.retain(|_, session| session.persistent);
        drop(state);
        self.shared.turned.notify_all();
        if was_listening {
            // Wakes the listener, which finds that it is no longer wanted and closes.
            let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        }
    }

    /// Is there again, on the same port.
    pub fn replug(&self) -> Result<(), Error> {
        if self.shared.lock().listening.is_some() {
            return Ok(());
        }
        let doing = format!("Listening on {} again as the demonstration's MQTT broker", self.address);
        // The listener that was closed may need a moment to let go of the port.
        let mut tries = 0;
        let listener = loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(error) if tries == 200 => return Err(Error::new(doing, error)),
                Err(_) => {
                    tries += 1;
                    let guard = self.shared.lock();
                    drop(self.shared.turned.wait_timeout(guard, Duration::from_millis(10)));
                }
            }
        };
        self.listen(listener)
    }

    fn listen(&self, listener: TcpListener) -> Result<(), Error> {
        let number = {
            let mut state = self.shared.lock();
            state.connections += 1;
            state.listening = Some(state.connections);
            state.connections
        };
        let shared = self.shared.clone();
        let accept = move || {
            for stream in listener.incoming() {
                let mut state = shared.lock();
                if state.listening != Some(number) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                if state.open == CONNECTIONS_MAX {
                    continue;
                }
                state.open += 1;
                drop(state);
                let shared = shared.clone();
                let serve = move || {
                    if let Err(error) = serve(&shared, &stream) {
                        tracing::debug!(%error, "the demonstration's broker lost a connection");
                    }
                    let _ = stream.shutdown(Shutdown::Both);
                    shared.lock().open -= 1;
                };
                if let Err(error) = std::thread::Builder::new().name("mqtt peer".into()).spawn(serve) {
                    tracing::warn!(%error, "the demonstration's broker can't serve a connection");
                }
            }
        };
        std::thread::Builder::new()
            .name("mqtt broker".into())
            .spawn(accept)
            .map(drop)
            .map_err(|error| Error::new("Starting the demonstration's MQTT broker", error))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.unplug();
    }
}

/// One connection from its CONNECT to its end.
fn serve(shared: &Arc<Shared>, stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut packets = Packets::new(stream.try_clone()?)?;
    let Packet::Connect(connect) = packets.next()? else { return Err(wrong("it did not say who it is")) };
    if connect.client_id.is_empty() && !connect.clean_session {
        packets.send(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::BadClientId, false)))?;
        return Ok(());
    }
    let keep_alive = Duration::from_secs(u64::from(connect.keep_alive) * 3 / 2);
    stream.set_read_timeout(Some(keep_alive).filter(|span| !span.is_zero()))?;
    let (number, client, present, again) = attach(shared, &connect, stream.try_clone()?);
    packets.send(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, present)))?;
    for publish in again {
        packets.send(&Packet::Publish(Publish { dup: true, ..publish }))?;
    }
    let writer = {
        let (shared, client) = (shared.clone(), client.clone());
        let (stream, sender) = (stream.try_clone()?, packets.sender.clone());
        std::thread::Builder::new().name("mqtt writer".into()).spawn(move || {
            while let Some(publish) = shared.next(&client, number) {
                if send(&sender, &Packet::Publish(publish)).is_err() {
                    let _ = stream.shutdown(Shutdown::Both);
                    return;
                }
            }
        })?
    };
    let ended = read(shared, &mut packets, &client, number);
    {
        let mut state = shared.lock();
        if let Some(session) = state.sessions.get_mut(&client)
            && session.peer.as_ref().is_some_and(|peer| peer.number == number)
        {
            session.peer = None;
            if !session.persistent {
                state.sessions.remove(&client);
            }
        }
    }
    shared.turned.notify_all();
    let _ = stream.shutdown(Shutdown::Both);
    // It can only fail by a bug in it; the connection is closed then too.
    let _ = writer.join();
    ended
}

/// Makes or takes over the session of a client; answers with what must be sent again.
fn attach(shared: &Shared, connect: &Connect, stream: TcpStream) -> (u64, String, bool, Vec<Publish>) {
    let mut state = shared.lock();
    state.connections += 1;
    let number = state.connections;
    let client =
        if connect.client_id.is_empty() { format!("anonymous {number}") } else { connect.client_id.clone() };
    let session = state.sessions.entry(client.clone()).or_default();
    if let Some(peer) = session.peer.take() {
        let _ = peer.stream.shutdown(Shutdown::Both);
    }
    let present = session.persistent && !connect.clean_session;
    if !present {
        *session = Session { persistent: !connect.clean_session, ..Session::default() };
    }
    session.peer = Some(Peer { number, stream });
    let again = session.inflight.iter().cloned().collect();
    drop(state);
    shared.turned.notify_all();
    (number, client, present, again)
}

fn read(shared: &Shared, packets: &mut Packets, client: &str, number: u64) -> io::Result<()> {
    loop {
        match packets.next()? {
            Packet::Publish(publish) => {
                if !valid_topic(&publish.topic) || publish.topic.is_empty() {
                    return Err(wrong("a message without a proper topic"));
                }
                match publish.qos {
                    QoS::AtMostOnce => shared.deliver(&publish),
                    QoS::AtLeastOnce => {
                        shared.deliver(&publish);
                        packets.send(&Packet::PubAck(PubAck::new(publish.pkid)))?;
                    }
                    QoS::ExactlyOnce => return Err(wrong("quality of service 2, which this broker has not")),
                }
            }
            Packet::PubAck(ack) => {
                let mut state = shared.lock();
                if let Some(session) = state.sessions.get_mut(client)
                    && session.peer.as_ref().is_some_and(|peer| peer.number == number)
                {
                    session.inflight.retain(|publish| publish.pkid != ack.pkid);
                }
                drop(state);
                shared.turned.notify_all();
            }
            Packet::Subscribe(subscribe) => {
                let mut state = shared.lock();
                let Some(session) = state.sessions.get_mut(client) else { return Ok(()) };
                let mut codes = Vec::new();
                for filter in subscribe.filters {
                    if !valid_filter(&filter.path) {
                        codes.push(SubscribeReasonCode::Failure);
                        continue;
                    }
                    let qos = if filter.qos == QoS::AtMostOnce { filter.qos } else { QoS::AtLeastOnce };
                    session.filters.retain(|(known, _)| *known != filter.path);
                    session.filters.push((filter.path, qos));
                    codes.push(SubscribeReasonCode::Success(qos));
                }
                drop(state);
                packets.send(&Packet::SubAck(SubAck::new(subscribe.pkid, codes)))?;
            }
            Packet::Unsubscribe(unsubscribe) => {
                if let Some(session) = shared.lock().sessions.get_mut(client) {
                    session.filters.retain(|(known, _)| !unsubscribe.topics.contains(known));
                }
                packets.send(&Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)))?;
            }
            Packet::PingReq => packets.send(&Packet::PingResp)?,
            Packet::Disconnect => return Ok(()),
            _ => return Err(wrong("a packet that only a broker sends")),
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Packets of one stream, in and out.
#[derive(Debug)]
struct Packets {
    stream: TcpStream,
    sender: Arc<Mutex<TcpStream>>,
    buffer: BytesMut,
}

impl Packets {
    fn new(stream: TcpStream) -> io::Result<Self> {
        let sender = Arc::new(Mutex::new(stream.try_clone()?));
        Ok(Self { stream, sender, buffer: BytesMut::new() })
    }

    fn next(&mut self) -> io::Result<Packet> {
        let mut piece = [0; 4096];
        loop {
            match Packet::read(&mut self.buffer, PACKET_BYTES_MAX) {
                Ok(packet) => return Ok(packet),
                Err(mqttbytes::Error::InsufficientBytes(_)) => {}
                Err(error) => return Err(wrong(&error.to_string())),
            }
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.buffer.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn send(&self, packet: &Packet) -> io::Result<()> {
        send(&self.sender, packet)
    }
}

fn send(sender: &Mutex<TcpStream>, packet: &Packet) -> io::Result<()> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, PACKET_BYTES_MAX).map_err(|error| wrong(&error.to_string()))?;
    sender.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes)
}

/// A device's end: publishes with quality of service 1, keeps what is not acknowledged and sends it again after a break.
/// It blocks: use it on a thread of its own.
#[derive(Debug)]
pub struct Publisher {
    address: String,
    client: String,
    packets: Option<Packets>,
    unacknowledged: VecDeque<Publish>,
    last_id: u16,
    acknowledged: u64,
}

impl Publisher {
    /// Connects to a broker: `mqtt://host:port`, ours or a real one. `client` is the device's name for the broker.
    pub fn connect(endpoint: &str, client: &str) -> Result<Self, Error> {
        let rest = endpoint.strip_prefix("mqtt://").unwrap_or(endpoint);
        let host = rest.split('/').next().unwrap_or_default();
        let address = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            host.to_owned()
        } else {
            format!("{host}:1883")
        };
        let mut publisher = Self {
            address,
            client: client.to_owned(),
            packets: None,
            unacknowledged: VecDeque::new(),
            last_id: 0,
            acknowledged: 0,
        };
        publisher.attach().map_err(|error| publisher.failed(error))?;
        Ok(publisher)
    }

    /// Messages the broker has acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Sends a message, at least once. Waits while the broker owes many acknowledgements. After an error the message is
    /// kept: the next call connects anew and sends it again first.
    pub fn publish(&mut self, topic: &str, payload: &[u8]) -> Result<(), Error> {
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        publish.pkid = self.last_id;
        let packet = Packet::Publish(publish.clone());
        let attached = self.packets.is_some();
        self.unacknowledged.push_back(publish);
        let sent = if attached { self.send(&packet) } else { self.attach() };
        sent.and_then(|()| self.settle(WINDOW)).map_err(|error| self.failed(error))
    }

    /// Sends bytes as they are, to see what a broker or a reader makes of them.
    pub fn publish_once(&mut self, topic: &str, payload: &[u8]) -> Result<(), Error> {
        let packet = Packet::Publish(Publish::new(topic, QoS::AtMostOnce, payload));
        let sent = if self.packets.is_some() { Ok(()) } else { self.attach() };
        sent.and_then(|()| self.send(&packet)).map_err(|error| self.failed(error))
    }

    /// Waits until the broker has acknowledged everything.
    pub fn flush(&mut self) -> Result<(), Error> {
        let attached = if self.packets.is_some() { Ok(()) } else { self.attach() };
        attached.and_then(|()| self.settle(0)).map_err(|error| self.failed(error))
    }

    fn failed(&mut self, error: io::Error) -> Error {
        self.packets = None;
        Error::new(format!("Publishing to the MQTT broker at {}", self.address), error)
    }

    fn attach(&mut self) -> io::Result<()> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut packets = Packets::new(stream)?;
        let mut connect = Connect::new(&self.client);
        // It sends no pings: it is gone when its connection is.
        connect.keep_alive = 0;
        packets.send(&Packet::Connect(connect))?;
        match packets.next()? {
            Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success => {}
            Packet::ConnAck(ack) => return Err(wrong(&format!("the broker said {:?}", ack.code))),
            _ => return Err(wrong("the broker did not say that it is there")),
        }
        for publish in &self.unacknowledged {
            packets.send(&Packet::Publish(publish.clone()))?;
        }
        self.packets = Some(packets);
        Ok(())
    }

    fn send(&mut self, packet: &Packet) -> io::Result<()> {
        match &self.packets {
            Some(packets) => packets.send(packet),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Takes acknowledgements until at most so many are owed.
    fn settle(&mut self, owed: usize) -> io::Result<()> {
        while self.unacknowledged.len() > owed {
            let Some(packets) = &mut self.packets else { return Err(io::ErrorKind::NotConnected.into()) };
            if let Packet::PubAck(ack) = packets.next()? {
                let before = self.unacknowledged.len();
                self.unacknowledged.retain(|publish| publish.pkid != ack.pkid);
                self.acknowledged += (before - self.unacknowledged.len()) as u64;
            }
        }
        Ok(())
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // In order, if the broker is there.
        let _ = self.send(&Packet::Disconnect);
    }
}
