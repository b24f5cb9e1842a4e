//! Topics of an MQTT 3.1.1 broker. A broker can wait, and keeps what we did not acknowledge: so nothing is shed, and a
//! message is acknowledged only when its readings are stored.
//!
//! The session outlives the connection (`clean session` off, one client name), quality of service 1. What is delivered a
//! second time is known by its packet number and content and not read twice. A message that is too large is skipped as it
//! comes, and acknowledged, or it would come for ever. The codec is rumqttc's.

use crate::driver::{Counters, Desk, End, Source, asked, every};
use crate::limits::{
    FAULTS_EVERY, KEEP_ALIVE, OPEN_MAX, PACKET_BYTES_MAX, READ_BYTES, REMEMBERED_MAX, SHOWN_BYTES, STOP_MAX,
};
use crate::receipt::Given;
use crate::{Endpoint, Message};
use bytes::{Buf, BytesMut};
use protocols::json;
use rumqttc::mqttbytes::v4::{
    Connect, ConnectReturnCode, Packet, PubAck, Publish, Subscribe, SubscribeReasonCode,
};
use rumqttc::mqttbytes::{self, QoS, matches};
use std::collections::VecDeque;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::timeout;

/// The first byte of a broker's first packet.
const CONNACK: u8 = 0x20;

/// What is known from one connection to the next.
pub(crate) struct Session {
    client: String,
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

/// One connection.
struct Link {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    incoming: BytesMut,
    outgoing: BytesMut,
    skip: Option<Skip>,
    /// The broker said that it knows us.
    present: bool,
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

/// Connects and reads until the connection ends.
pub(crate) async fn run(desk: &mut Desk, session: &mut Session, stopping: &mut watch::Receiver<bool>) -> End {
    let Endpoint::Mqtt { address, filter } = desk.endpoint.clone() else { return End::Stopped };
    let opened = tokio::select! {
        biased;
        () = asked(stopping) => return End::Stopped,
        opened = timeout(OPEN_MAX, open(&address, &session.client)) => opened,
    };
    let said = match opened {
        Ok(Ok(link)) => return session.read(desk, link, &filter, stopping).await,
        Ok(Err(said)) => said,
        Err(_) => format!("no answer in {} s. Check the address.", OPEN_MAX.as_secs()),
    };
    End::Lost(format!("Connecting to the MQTT broker {address}: {said}"))
}

async fn open(address: &str, client: &str) -> Result<Link, String> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| format!("{error}. Check that the broker is on and the address is right."))?;
    // Acknowledgements are small and must not wait for each other. Where it can't be set, they do.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let (incoming, outgoing) = (BytesMut::new(), BytesMut::new());
    let mut link = Link { reader, writer, incoming, outgoing, skip: None, present: false };
    let mut connect = Connect::new(client);
    connect.clean_session = false;
    connect.keep_alive = KEEP_ALIVE.as_secs() as u16;
    link.put(&Packet::Connect(connect))?;
    link.flush().await?;
    let stranger = || "it did not answer as a broker does. Check the port.".to_owned();
    let answer = loop {
        if link.incoming.first().is_some_and(|first| *first != CONNACK) {
            return Err(stranger());
        }
        if let Some(came) = link.next()? {
            break came;
        }
        link.fill().await?;
    };
    let Came::Packet(Packet::ConnAck(answer)) = answer else { return Err(stranger()) };
    link.present = answer.session_present;
    match answer.code {
        ConnectReturnCode::Success => Ok(link),
        ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => Err(
            "it asks for a name and a password, which are not kept yet. Let this machine in without, or use another listener of the broker.".to_owned(),
        ),
        ConnectReturnCode::ServiceUnavailable => Err("it is not ready to serve.".to_owned()),
        ConnectReturnCode::BadClientId => Err(format!("it does not accept the client name {client}.")),
        ConnectReturnCode::RefusedProtocolVersion => {
            Err("it does not speak MQTT 3.1.1; switch that on in its settings.".to_owned())
        }
    }
}

impl Link {
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
            return Ok(Some(Came::TooLarge(skip)));
        }
        match Packet::read(&mut self.incoming, PACKET_BYTES_MAX) {
            Ok(packet) => Ok(Some(Came::Packet(packet))),
            Err(mqttbytes::Error::InsufficientBytes(_)) => Ok(None),
            Err(mqttbytes::Error::PayloadSizeLimitExceeded(bytes)) => {
                self.skip = too_large(&self.incoming, bytes)?;
                if self.skip.is_some() { self.next() } else { Ok(None) }
            }
            Err(error) => Err(format!("it sent what is no MQTT packet ({error}). Check the port.")),
        }
    }

    async fn fill(&mut self) -> Result<(), String> {
        self.incoming.reserve(READ_BYTES);
        match self.reader.read_buf(&mut self.incoming).await {
            Ok(0) => Err("the broker closed the connection.".to_owned()),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(format!("{error}.")),
        }
    }

    fn put(&mut self, packet: &Packet) -> Result<(), String> {
        packet.write(&mut self.outgoing, PACKET_BYTES_MAX).map(drop).map_err(|error| format!("{error}."))
    }

    async fn flush(&mut self) -> Result<(), String> {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let bytes = self.outgoing.split();
        match timeout(OPEN_MAX, self.writer.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("{error}.")),
            Err(_) => Err(format!("it took nothing for {} s.", OPEN_MAX.as_secs())),
        }
    }
}

/// Reads the head of a message that is too large; `None` until all of the head is there.
fn too_large(bytes: &[u8], remaining: usize) -> Result<Option<Skip>, String> {
    let broken = || "it sent a packet that no broker sends. Check the port.".to_owned();
    let first = *bytes.first().ok_or_else(broken)?;
    if first >> 4 != 3 {
        return Err(broken());
    }
    let length = bytes.iter().skip(1).take(4).position(|byte| byte & 0x80 == 0).ok_or_else(broken)? + 1;
    let head = 1 + length;
    let Some(topic_bytes) =
        bytes.get(head..head + 2).map(|two| usize::from(two[0]) << 8 | usize::from(two[1]))
    else {
        return Ok(None);
    };
    let numbered = first & 0b0110 != 0;
    let end = head + 2 + topic_bytes;
    let Some(whole) = bytes.get(head + 2..end + 2) else { return Ok(None) };
    let topic = String::from_utf8_lossy(&whole[..topic_bytes]).into_owned();
    let packet =
        if numbered { u16::from(whole[topic_bytes]) << 8 | u16::from(whole[topic_bytes + 1]) } else { 0 };
    Ok(Some(Skip { left: head + remaining, packet, topic, bytes: remaining }))
}

impl Session {
    pub(crate) fn new(source: &Source) -> Self {
        Self {
            client: source.client.clone(),
            given: Given::default(),
            delivered: VecDeque::new(),
            forgotten: 0,
            connection: 0,
            subscribed: false,
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
            let mut subscribe = Subscribe::new(filter, QoS::AtLeastOnce);
            subscribe.pkid = 1;
            if let Err(said) = link.put(&Packet::Subscribe(subscribe)) {
                return lost(desk, &said);
            }
        } else {
            desk.opened();
        }
        let mut faults_due = every(FAULTS_EVERY);
        let mut pings = every(KEEP_ALIVE / 2);
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
                    Packet::Publish(publish) if publish.qos == QoS::ExactlyOnce => {
                        return lost(desk, "it sends with quality of service 2, which was not asked for.");
                    }
                    Packet::Publish(publish) => {
                        if let Err(said) = self.take(desk, &mut link, &publish, filter) {
                            return lost(desk, &said);
                        }
                    }
                    Packet::SubAck(answer) if subscribing => {
                        if answer.return_codes.contains(&SubscribeReasonCode::Failure) {
                            return lost(
                                desk,
                                &format!("it does not let us read {filter}. Check its access rules."),
                            );
                        }
                        subscribing = false;
                        self.subscribed = true;
                        desk.opened();
                    }
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
                        if let Err(said) = self.stored(desk, &mut link, number) {
                            return lost(desk, &said);
                        }
                        next = self.given.take();
                    }
                }
                () = desk.outbox.room() => {}
                _ = faults_due.tick(), if desk.has_faults() => desk.tell_faults(),
                _ = pings.tick() => {
                    if !heard {
                        return lost(desk, &format!("it was silent for {} s.", KEEP_ALIVE.as_secs() / 2));
                    }
                    heard = false;
                    if let Err(said) = link.put(&Packet::PingReq) {
                        return lost(desk, &said);
                    }
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
        let numbered = publish.qos != QoS::AtMostOnce;
        let content =
            json::fingerprint(&publish.payload) ^ json::fingerprint(publish.topic.as_bytes()).rotate_left(1);
        let bytes = (publish.topic.len() + publish.payload.len()) as u64;
        if publish.dup
            && numbered
            && let Some(known) = self.known(publish.pkid, content)
        {
            let acknowledged = u64::from(known);
            desk.count(&Counters { bytes, repeated: 1, acknowledged, ..Counters::default() }, b"");
            if known {
                return link.put(&Packet::PubAck(PubAck::new(publish.pkid)));
            }
            return Ok(());
        }
        // What an earlier subscription of ours left in the session is not this device's.
        if matches(&publish.topic, filter) {
            let shown = shown(&publish.topic, &publish.payload);
            match json::decode(&publish.topic, json::base_of(filter), &publish.payload) {
                Ok(mut decoded) => {
                    if publish.retain {
                        // The broker's memory: of any age, so only what tells its own time is a reading.
                        decoded.readings.retain(|reading| reading.device_at.is_some());
                        decoded.fixes.retain(|fix| fix.device_at.is_some());
                    }
                    let readings = (decoded.readings.len() + decoded.fixes.len()) as u64;
                    desk.count(&Counters { bytes, frames: 1, readings, ..Counters::default() }, &shown);
                    desk.hand_on(&publish.topic, decoded);
                }
                // Words of a device about itself are none of ours, and no fault.
                Err(json::Fault::NoValue) => {
                    desk.count(&Counters { bytes, frames: 1, ..Counters::default() }, &shown);
                }
                Err(_) => desk.count(&Counters { bytes, bad_frames: 1, ..Counters::default() }, &shown),
            }
        }
        if numbered {
            self.remember(desk, publish.pkid, content);
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
    fn stored(&mut self, desk: &mut Desk, link: &mut Link, number: u64) -> Result<(), String> {
        let connection = self.connection;
        let known = number
            .checked_sub(self.forgotten)
            .and_then(|place| usize::try_from(place).ok())
            .and_then(|place| self.delivered.get_mut(place));
        let Some(known) = known else { return Ok(()) };
        known.stored = true;
        if known.connection == connection {
            desk.count(&Counters { acknowledged: 1, ..Counters::default() }, b"");
            link.put(&Packet::PubAck(PubAck::new(known.packet)))?;
        }
        Ok(())
    }

    /// Takes leave: acknowledges what is stored within a moment, so that it is not delivered again.
    async fn farewell(&mut self, desk: &mut Desk, link: &mut Link) {
        let owed = |session: &Self| {
            session.delivered.iter().any(|one| !one.stored && one.connection == session.connection)
        };
        let settled = timeout(STOP_MAX, async {
            while owed(self) {
                tokio::select! {
                    number = self.given.next() => self.stored(desk, link, number)?,
                    () = desk.outbox.room() => {}
                }
            }
            Ok::<(), String>(())
        });
        // What is not settled is delivered again: nothing is lost by leaving.
        let _ = settled.await;
        let _ = link.put(&Packet::Disconnect);
        let _ = link.flush().await;
    }
}

fn lost(desk: &Desk, said: &str) -> End {
    End::Lost(format!("Reading {}: {said}", desk.endpoint))
}

/// One line of the tail.
pub(crate) fn shown(head: &str, payload: &[u8]) -> Vec<u8> {
    let rest = payload.iter().take(SHOWN_BYTES).map(|byte| if *byte == b'\n' { b' ' } else { *byte });
    head.bytes().chain([b' ']).chain(rest).chain([b'\n']).collect()
}
