//! Topics of an MQTT broker, 3.1.1 or 5. A broker can wait, and keeps what we did not acknowledge: so nothing is shed, and a
//! message is acknowledged only when its readings are stored.
//!
//! The session outlives the connection, under one client name, at quality of service 1. What is delivered a second time is
//! known by its packet number and content and not read twice. A message that is too large is skipped as it comes, and
//! acknowledged, or it would come for ever. Which version is spoken is found out by the first connection, 5 before 3.1.1,
//! unless the device's setup says it. Packets are [`codec`]'s, what payloads mean [`protocols::payload`]'s.

use crate::driver::{Counters, Desk, End, Source, asked, every};
use crate::limits::{
    FAULTS_EVERY, KEEP_ALIVE, OPEN_MAX, PACKET_BYTES_MAX, PACKET_TIME_MAX, READ_BYTES, REMEMBERED_MAX,
    SAID_CHARS, SHOWN_BYTES, STOP_MAX, TOPIC_ALIASES_MAX,
};
use crate::receipt::Given;
use crate::{Endpoint, Message, tls};
use bytes::{Buf, BytesMut};
use codec::{Login, Packet, Publish, Version, reason};
use protocols::json;
use protocols::payload::Reader;
use protocols::setup::{Access, MqttVersion};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use units::Timestamp;

mod codec;
#[cfg(test)]
mod tests;

/// The first byte of a broker's first packet.
const CONNACK: u8 = 0x20;

/// What is known from one connection to the next.
pub(crate) struct Session {
    client: String,
    passing: bool,
    access: Access,
    secret: Option<String>,
    wanted: MqttVersion,
    /// What the broker was found to speak.
    spoken: Option<Version>,
    reader: Reader,
    given: Given,
    /// What was handed on, oldest first; the number of the first is `forgotten`.
    delivered: VecDeque<Delivered>,
    forgotten: u64,
    connection: u64,
    subscribed: bool,
}

struct Delivered {
    packet: u16,
    content: i64,
    connection: u64,
    stored: bool,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection.
struct Link {
    version: Version,
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    incoming: BytesMut,
    outgoing: BytesMut,
    skip: Option<Skip>,
    /// Since when a packet is on its way that is not whole.
    partial: Option<Instant>,
    /// What stands for a topic on this connection.
    aliases: HashMap<u16, String>,
    /// The broker said that it knows us.
    present: bool,
    /// How often it wants to hear from us.
    keep_alive: Duration,
}

/// A message too large to be taken: how much of it is still to come.
struct Skip {
    left: usize,
    packet: u16,
    topic: String,
    bytes: usize,
}

enum Came {
    Packet(Packet),
    TooLarge(Skip),
}

/// Why a connection could not be had.
enum Refused {
    /// Perhaps another version is spoken.
    Version(String),
    Other(String),
}

/// Connects and reads until the connection ends.
pub(crate) async fn run(desk: &mut Desk, session: &mut Session, stopping: &mut watch::Receiver<bool>) -> End {
    let Endpoint::Mqtt { address, filter, tls } = desk.endpoint.clone() else { return End::Stopped };
    let mut tries = match (session.wanted, session.spoken) {
        (MqttVersion::V5, _) => vec![Version::V5],
        (MqttVersion::V311, _) => vec![Version::V4],
        (MqttVersion::Auto, Some(spoken)) => vec![spoken],
        (MqttVersion::Auto, None) => vec![Version::V5, Version::V4],
    };
    let mut said = String::new();
    while !tries.is_empty() {
        let version = tries.remove(0);
        let opened = tokio::select! {
            biased;
            () = asked(stopping) => return End::Stopped,
            opened = timeout(OPEN_MAX, session.open(version, &address, tls)) => opened,
        };
        said = match opened {
            Ok(Ok(link)) => {
                session.spoken = Some(version);
                return session.read(desk, link, &filter, stopping).await;
            }
            Ok(Err(Refused::Version(said))) => {
                // Another broker may stand there now.
                session.spoken = None;
                said
            }
            Ok(Err(Refused::Other(said))) => {
                tries.clear();
                said
            }
            Err(_) => {
                tries.clear();
                format!("no answer in {} s. Check the address.", OPEN_MAX.as_secs())
            }
        };
    }
    End::Lost(format!("Connecting to the MQTT broker {address}: {said}"))
}

impl Link {
    fn new(version: Version, stream: Box<dyn Stream>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            version,
            reader,
            writer,
            incoming: BytesMut::new(),
            outgoing: BytesMut::new(),
            skip: None,
            partial: None,
            aliases: HashMap::new(),
            present: false,
            keep_alive: KEEP_ALIVE,
        }
    }

    /// Says who we are and hears whether we are let in.
    async fn greet(&mut self, client: &str, passing: bool, login: &Login) -> Result<(), Refused> {
        codec::connect(self.version, client, passing, login, &mut self.outgoing).map_err(Refused::Other)?;
        self.flush().await.map_err(Refused::Other)?;
        let stranger = || Refused::Other("it did not answer as a broker does. Check the port.".to_owned());
        let answer = loop {
            if self.incoming.first().is_some_and(|first| *first != CONNACK) {
                return Err(stranger());
            }
            if let Some(came) = self.next().map_err(Refused::Version)? {
                break came;
            }
            // Brokers that do not know 5 may also just hang up.
            self.fill().await.map_err(Refused::Version)?;
        };
        let Came::Packet(Packet::Welcome(answer)) = answer else { return Err(stranger()) };
        if answer.code != 0 {
            let mut said = reason::refused(self.version, answer.code).to_owned();
            if let Some(own) = answer.said.as_deref().map(plain).filter(|own| !own.is_empty()) {
                said = format!("{said} (\u{201c}{own}\u{201d})");
            }
            said.push('.');
            let version =
                matches!((self.version, answer.code), (Version::V5, reason::VERSION) | (Version::V4, 1));
            return Err(if version { Refused::Version(said) } else { Refused::Other(said) });
        }
        self.present = answer.present;
        if let Some(seconds) = answer.keep_alive.filter(|seconds| *seconds > 0) {
            self.keep_alive = self.keep_alive.min(Duration::from_secs(u64::from(seconds)));
        }
        Ok(())
    }

    /// The next packet that is whole.
    fn next(&mut self) -> Result<Option<Came>, String> {
        if let Some(skip) = &mut self.skip {
            let here = skip.left.min(self.incoming.len());
            self.incoming.advance(here);
            skip.left -= here;
            if skip.left > 0 {
                return Ok(None);
            }
        }
        if let Some(skip) = self.skip.take() {
            self.partial = None;
            return Ok(Some(Came::TooLarge(skip)));
        }
        let head = codec::head(&self.incoming)?;
        if let Some(head) = head {
            if head.rest > PACKET_BYTES_MAX {
                self.skip = too_large(&self.incoming, head)?;
                return if self.skip.is_some() { self.next() } else { Ok(None) };
            }
            if self.incoming.len() >= head.bytes + head.rest {
                let frame = self.incoming.split_to(head.bytes + head.rest);
                self.partial = None;
                return codec::read(self.version, frame).map(|packet| Some(Came::Packet(packet)));
            }
        }
        if !self.incoming.is_empty() && self.partial.is_none() {
            self.partial = Some(Instant::now());
        }
        Ok(None)
    }

    /// Whether a packet is on its way for longer than any honest one.
    fn drips(&self, now: Instant) -> bool {
        self.partial.is_some_and(|since| now.saturating_duration_since(since) > PACKET_TIME_MAX)
    }

    /// The topic of a message: its own, or what its alias stands for.
    fn topic(&mut self, publish: &Publish) -> Result<String, String> {
        let wrong = || "it used a topic alias that stands for nothing.".to_owned();
        match publish.alias {
            None if publish.topic.is_empty() => Err(wrong()),
            None => Ok(publish.topic.clone()),
            Some(alias) if alias == 0 || alias > TOPIC_ALIASES_MAX => Err(wrong()),
            Some(alias) if publish.topic.is_empty() => self.aliases.get(&alias).cloned().ok_or_else(wrong),
            Some(alias) => {
                self.aliases.insert(alias, publish.topic.clone());
                Ok(publish.topic.clone())
            }
        }
    }

    async fn fill(&mut self) -> Result<(), String> {
        self.incoming.reserve(READ_BYTES);
        match self.reader.read_buf(&mut self.incoming).await {
            Ok(0) => Err("the broker closed the connection.".to_owned()),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(tls::said(&error)),
        }
    }

    async fn flush(&mut self) -> Result<(), String> {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let bytes = self.outgoing.split();
        let sent = timeout(OPEN_MAX, async {
            self.writer.write_all(&bytes).await?;
            // What is encrypted is buffered.
            self.writer.flush().await
        });
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(tls::said(&error)),
            Err(_) => Err(format!("it took nothing for {} s.", OPEN_MAX.as_secs())),
        }
    }
}

/// Words of somebody else, fit to be shown in ours.
fn plain(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(SAID_CHARS).collect()
}

/// Reads the start of a message that is too large; `None` until all of that is there.
fn too_large(bytes: &[u8], head: codec::Head) -> Result<Option<Skip>, String> {
    if head.first >> 4 != 3 {
        return Err("it sent a packet that no broker sends. Check the port.".to_owned());
    }
    let start = head.bytes;
    let Some(topic_bytes) =
        bytes.get(start..start + 2).map(|two| usize::from(two[0]) << 8 | usize::from(two[1]))
    else {
        return Ok(None);
    };
    let numbered = head.first & 0b0110 != 0;
    let Some(whole) = bytes.get(start + 2..start + 2 + topic_bytes + 2) else { return Ok(None) };
    let topic = String::from_utf8_lossy(&whole[..topic_bytes]).into_owned();
    let packet =
        if numbered { u16::from(whole[topic_bytes]) << 8 | u16::from(whole[topic_bytes + 1]) } else { 0 };
    Ok(Some(Skip { left: head.bytes + head.rest, packet, topic, bytes: head.rest }))
}

impl Session {
    pub(crate) fn new(source: &Source) -> Self {
        Self {
            client: source.client.clone(),
            passing: source.passing,
            access: source.setup.access.clone(),
            secret: source.secret.clone(),
            wanted: source.setup.mqtt.version,
            spoken: None,
            reader: Reader::new(source.setup.language),
            given: Given::default(),
            delivered: VecDeque::new(),
            forgotten: 0,
            connection: 0,
            subscribed: false,
        }
    }

    async fn open(&self, version: Version, address: &str, encrypted: bool) -> Result<Link, Refused> {
        // What is wrong with our own certificates needs no broker to be found out.
        let config = if encrypted {
            Some(tls::config(&self.access, self.secret.as_deref()).map_err(Refused::Other)?)
        } else {
            None
        };
        let stream = TcpStream::connect(address).await.map_err(|error| {
            Refused::Other(format!("{error}. Check that the broker is on and the address is right."))
        })?;
        // Acknowledgements are small and must not wait for each other. Where it can't be set, they do.
        let _ = stream.set_nodelay(true);
        let stream: Box<dyn Stream> = match config {
            None => Box::new(stream),
            Some(config) => {
                let name = tls::name(address).map_err(Refused::Other)?;
                let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
                let encrypted = connector
                    .connect(name, stream)
                    .await
                    .map_err(|error| Refused::Other(tls::said(&error)))?;
                Box::new(encrypted)
            }
        };
        let mut link = Link::new(version, stream);
        link.greet(&self.client, self.passing, &self.login()).await?;
        Ok(link)
    }

    /// A name and a password; a token alone is a name, as ThingsBoard has it.
    fn login(&self) -> Login {
        let word = tls::parts(self.secret.as_deref()).0.unwrap_or_default().to_owned();
        match self.access.user.as_deref().filter(|user| !user.is_empty()) {
            Some(user) => Login { user: user.to_owned(), password: word },
            None => Login { user: word, password: String::new() },
        }
    }

    async fn read(
        &mut self,
        desk: &mut Desk,
        mut link: Link,
        filter: &str,
        stopping: &mut watch::Receiver<bool>,
    ) -> End {
        self.connection += 1;
        // A broker that has forgotten us, or that knows us from an earlier life of this program, is told again.
        let mut subscribing = !(self.subscribed && link.present);
        if subscribing {
            if let Err(said) = codec::subscribe(link.version, filter, &mut link.outgoing) {
                return lost(desk, &said);
            }
        } else {
            desk.opened();
        }
        let mut faults_due = every(FAULTS_EVERY);
        let silence = link.keep_alive / 2;
        let mut pings = every(silence);
        pings.reset();
        let mut heard = true;
        loop {
            while !desk.outbox.is_full() {
                let came = match link.next() {
                    Ok(Some(came)) => came,
                    Ok(None) => break,
                    Err(said) => return lost(desk, &said),
                };
                let packet = match came {
                    Came::Packet(packet) => packet,
                    Came::TooLarge(skip) => {
                        let note = format!("({} KB, too long)", skip.bytes / 1024);
                        let now = Counters { bytes: skip.bytes as u64, bad_frames: 1, ..Counters::default() };
                        desk.count(&now, &shown(&skip.topic, note.as_bytes()));
                        if skip.packet != 0 {
                            self.remember(desk, skip.packet, 0);
                        }
                        continue;
                    }
                };
                match packet {
                    Packet::Publish(publish) if publish.qos > 1 => {
                        return lost(desk, "it sends with quality of service 2, which was not asked for.");
                    }
                    Packet::Publish(publish) => {
                        if let Err(said) = self.take(desk, &mut link, &publish, filter) {
                            return lost(desk, &said);
                        }
                    }
                    Packet::Subscribed(code) if subscribing => {
                        if code >= 0x80 {
                            return lost(desk, &format!("{filter} can't be read: {}.", reason::unread(code)));
                        }
                        subscribing = false;
                        self.subscribed = true;
                        desk.opened();
                    }
                    Packet::Leave(code) => return lost(desk, &format!("{}.", reason::left(code))),
                    _ => {}
                }
            }
            if let Err(said) = link.flush().await {
                return lost(desk, &said);
            }
            let full = desk.outbox.is_full();
            // Who is not listened to can't be missed.
            heard |= full;
            tokio::select! {
                biased;
                () = asked(stopping) => {
                    self.farewell(desk, &mut link).await;
                    return End::Stopped;
                }
                number = self.given.next() => {
                    // Those of one commit go out in one piece.
                    let mut next = Some(number);
                    while let Some(number) = next {
                        self.stored(desk, &mut link, number);
                        next = self.given.take();
                    }
                }
                () = desk.outbox.room() => {}
                _ = faults_due.tick(), if desk.has_faults() => desk.tell_faults(),
                _ = pings.tick() => {
                    if !heard {
                        return lost(desk, &format!("it was silent for {} s.", silence.as_secs()));
                    }
                    if link.drips(Instant::now()) && !full {
                        let most = PACKET_TIME_MAX.as_secs();
                        return lost(desk, &format!("a message did not come whole within {most} s."));
                    }
                    heard = false;
                    codec::ping(&mut link.outgoing);
                }
                filled = link.fill(), if !full => match filled {
                    Ok(()) => heard = true,
                    Err(said) => return lost(desk, &said),
                },
            }
        }
    }

    fn take(
        &mut self,
        desk: &mut Desk,
        link: &mut Link,
        publish: &Publish,
        filter: &str,
    ) -> Result<(), String> {
        let numbered = publish.qos > 0;
        let topic = link.topic(publish)?;
        let content =
            json::fingerprint(&publish.payload) ^ json::fingerprint(topic.as_bytes()).rotate_left(1);
        let bytes = (topic.len() + publish.payload.len()) as u64;
        if publish.dup
            && numbered
            && let Some(known) = self.known(publish.packet, content)
        {
            let acknowledged = u64::from(known);
            desk.count(&Counters { bytes, repeated: 1, acknowledged, ..Counters::default() }, b"");
            if known {
                codec::acknowledge(publish.packet, &mut link.outgoing);
            }
            return Ok(());
        }
        // What an earlier subscription of ours left in the session is not this device's.
        if codec::matches(&topic, filter) {
            let shown = shown(&topic, &publish.payload);
            // The broker's memory is of any age: what counts from now has no time then.
            let now = if publish.retain { Timestamp(0) } else { desk.now() };
            match self.reader.read(&topic, json::base_of(filter), &publish.payload, now) {
                Ok(heard) => {
                    let mut decoded = heard.decoded;
                    if publish.retain {
                        // Only what tells its own time is a reading.
                        decoded.readings.retain(|reading| reading.device_at.is_some());
                        decoded.fixes.retain(|fix| fix.device_at.is_some());
                    }
                    let readings = (decoded.readings.len() + decoded.fixes.len()) as u64;
                    desk.count(&Counters { bytes, frames: 1, readings, ..Counters::default() }, &shown);
                    desk.hand_on(&topic, decoded);
                    if let Some(ask) = heard.ask {
                        let note = shown_ask(&ask.topic);
                        codec::publish(link.version, &ask.topic, ask.payload, &mut link.outgoing)?;
                        desk.count(&Counters::default(), &note);
                    }
                }
                // Words of a device about itself are none of ours, and no fault.
                Err(json::Fault::NoValue) => {
                    desk.count(&Counters { bytes, frames: 1, ..Counters::default() }, &shown);
                }
                Err(_) => desk.count(&Counters { bytes, bad_frames: 1, ..Counters::default() }, &shown),
            }
        }
        if numbered {
            self.remember(desk, publish.packet, content);
        }
        Ok(())
    }

    /// What is handed on is acknowledged when its receipt comes back.
    fn remember(&mut self, desk: &mut Desk, packet: u16, content: i64) {
        let number = self.forgotten + self.delivered.len() as u64;
        self.delivered.push_back(Delivered { packet, content, connection: self.connection, stored: false });
        if self.delivered.len() > REMEMBERED_MAX {
            self.delivered.pop_front();
            self.forgotten += 1;
        }
        desk.outbox.patiently(Message::Receipt(self.given.receipt(number)));
    }

    /// Whether a message that comes again was stored; `None` where it is not known. One that is still on its way is
    /// acknowledged on this connection once it is stored.
    fn known(&mut self, packet: u16, content: i64) -> Option<bool> {
        let connection = self.connection;
        let known =
            self.delivered.iter_mut().rev().find(|one| one.packet == packet && one.content == content)?;
        known.connection = connection;
        Some(known.stored)
    }

    /// A receipt came back: acknowledges, if the message is of this connection.
    fn stored(&mut self, desk: &mut Desk, link: &mut Link, number: u64) {
        let connection = self.connection;
        let known = number
            .checked_sub(self.forgotten)
            .and_then(|place| usize::try_from(place).ok())
            .and_then(|place| self.delivered.get_mut(place));
        let Some(known) = known else { return };
        known.stored = true;
        if known.connection == connection {
            desk.count(&Counters { acknowledged: 1, ..Counters::default() }, b"");
            codec::acknowledge(known.packet, &mut link.outgoing);
        }
    }

    /// Takes leave: acknowledges what is stored within a moment, so that it is not delivered again.
    async fn farewell(&mut self, desk: &mut Desk, link: &mut Link) {
        let owed = |session: &Self| {
            session.delivered.iter().any(|one| !one.stored && one.connection == session.connection)
        };
        let settled = timeout(STOP_MAX, async {
            while owed(self) {
                tokio::select! {
                    number = self.given.next() => self.stored(desk, link, number),
                    () = desk.outbox.room() => {}
                }
            }
        });
        // What is not settled is delivered again: nothing is lost by leaving.
        let _ = settled.await;
        codec::leave(&mut link.outgoing);
        let _ = link.flush().await;
    }
}

fn lost(desk: &Desk, said: &str) -> End {
    End::Lost(format!("Reading {}: {said}", desk.endpoint))
}

/// That something is asked for, in the tail.
fn shown_ask(topic: &str) -> Vec<u8> {
    shown(topic, b"<- asked for a birth certificate")
}

/// One line of the tail.
pub(crate) fn shown(head: &str, payload: &[u8]) -> Vec<u8> {
    let rest = payload.iter().take(SHOWN_BYTES).map(|byte| if *byte == b'\n' { b' ' } else { *byte });
    head.bytes().chain([b' ']).chain(rest).chain([b'\n']).collect()
}
