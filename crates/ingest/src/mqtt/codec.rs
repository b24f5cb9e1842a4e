//! Packets of MQTT 3.1.1 and 5 to what a subscriber has to know, and back.
//!
//! A packet is framed here, so that what is too large is known from its head and nothing is handed to the codec before
//! it is whole; the insides are rumqttc's. Reason codes are numbers of the standard and become words in [`reason`]; user
//! properties are passed over.

use crate::limits::{KEEP_ALIVE, PACKET_BYTES_MAX, RECEIVE_MAX, SESSION_KEPT, TOPIC_ALIASES_MAX};
use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::{self, v4};
use rumqttc::v5::mqttbytes::{self as mqttbytes5, v5};

/// Which MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 3.1.1.
    V4,
    /// 5.
    V5,
}

/// A name and a password; empty is none.
#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

/// What a broker says to a subscriber.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet {
    /// The answer to our connecting.
    Welcome(Welcome),
    /// A message.
    Publish(Publish),
    /// The answer to our subscription, by its reason code; what can't be had is 0x80 and above.
    Subscribed(u8),
    /// The broker takes leave, and says why.
    Leave(u8),
    /// Anything else: that it is there.
    Other,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Welcome {
    /// 0: we are let in.
    pub(super) code: u8,
    /// It knows us.
    pub(super) present: bool,
    /// Seconds within which it wants to hear from us, where it says so.
    pub(super) keep_alive: Option<u16>,
    /// Its own words.
    pub(super) said: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Publish {
    /// Quality of service, 0 to 2.
    pub(super) qos: u8,
    pub(super) dup: bool,
    pub(super) retain: bool,
    /// Its number; 0 with quality of service 0.
    pub(super) packet: u16,
    /// Empty where an alias stands for it.
    pub(super) topic: String,
    pub(super) alias: Option<u16>,
    pub(super) payload: Bytes,
}

/// The head of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Kind and flags.
    pub(super) first: u8,
    /// Its own bytes.
    pub(super) bytes: usize,
    /// Bytes after it.
    pub(super) rest: usize,
}

const BROKEN: &str = "it sent what is no MQTT packet. Check the port.";

/// The head of the next packet, once it is there.
pub(super) fn head(bytes: &[u8]) -> Result<Option<Head>, String> {
    let [first, lengths @ ..] = bytes else { return Ok(None) };
    let mut rest = 0_usize;
    for (at, byte) in lengths.iter().take(4).enumerate() {
        rest |= usize::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some(Head { first: *first, bytes: at + 2, rest }));
        }
    }
    if lengths.len() < 4 { Ok(None) } else { Err(BROKEN.to_owned()) }
}

/// Reads one whole packet.
pub(super) fn read(version: Version, frame: BytesMut) -> Result<Packet, String> {
    let kind = frame.first().map_or(0, |first| first >> 4);
    match (version, kind) {
        (_, 2) => welcome(version, frame),
        (Version::V4, 3) => {
            let v4::Packet::Publish(message) = read4(frame)? else { return Err(BROKEN.to_owned()) };
            Ok(Packet::Publish(Publish {
                qos: message.qos as u8,
                dup: message.dup,
                retain: message.retain,
                packet: message.pkid,
                topic: message.topic,
                alias: None,
                payload: message.payload,
            }))
        }
        (Version::V5, 3) => {
            let v5::Packet::Publish(message) = read5(frame)? else { return Err(BROKEN.to_owned()) };
            let topic = String::from_utf8(message.topic.to_vec()).map_err(|_| BROKEN.to_owned())?;
            Ok(Packet::Publish(Publish {
                qos: message.qos as u8,
                dup: message.dup,
                retain: message.retain,
                packet: message.pkid,
                topic,
                alias: message.properties.and_then(|properties| properties.topic_alias),
                payload: message.payload,
            }))
        }
        // We subscribe to one filter, so the last byte is the answer, in both versions.
        (_, 9) => match frame.last() {
            Some(code) if frame.len() >= 5 => Ok(Packet::Subscribed(*code)),
            _ => Err(BROKEN.to_owned()),
        },
        (Version::V5, 14) => Ok(Packet::Leave(frame.get(2).copied().unwrap_or_default())),
        // Of the rest a broker sends only what needs no answer of ours.
        (_, 4..=7 | 11 | 13 | 15) => Ok(Packet::Other),
        _ => Err(BROKEN.to_owned()),
    }
}

fn read4(mut frame: BytesMut) -> Result<v4::Packet, String> {
    v4::Packet::read(&mut frame, PACKET_BYTES_MAX).map_err(|error| match error {
        mqttbytes::Error::InsufficientBytes(_) => BROKEN.to_owned(),
        error => format!("it sent what is no MQTT packet ({error}). Check the port."),
    })
}

fn read5(mut frame: BytesMut) -> Result<v5::Packet, String> {
    v5::Packet::read(&mut frame, None).map_err(|error| match error {
        mqttbytes5::Error::InsufficientBytes(_) => BROKEN.to_owned(),
        error => format!("it sent what is no MQTT packet ({error}). Check the port."),
    })
}

fn welcome(version: Version, frame: BytesMut) -> Result<Packet, String> {
    // Flags and code stand at one place in both versions.
    let Ok(Some(Head { bytes, rest: 2.., .. })) = head(&frame) else { return Err(BROKEN.to_owned()) };
    let (Some(flags), Some(code)) = (frame.get(bytes).copied(), frame.get(bytes + 1).copied()) else {
        return Err(BROKEN.to_owned());
    };
    let mut welcome = Welcome { code, present: flags & 1 == 1, keep_alive: None, said: None };
    if version == Version::V5 {
        // A broker that does not know 5 answers in its own version's shape and numbers, if at all.
        if frame.len() == bytes + 2 {
            let code = if code < 2 { reason::VERSION } else { reason::of_old(code) };
            return Ok(Packet::Welcome(Welcome { code, ..welcome }));
        }
        if let v5::Packet::ConnAck(answer) = read5(frame)?
            && let Some(properties) = answer.properties
        {
            welcome.keep_alive = properties.server_keep_alive;
            welcome.said = properties.reason_string;
        }
    }
    Ok(Packet::Welcome(welcome))
}

/// Connects, with a session that outlives the connection, unless somebody only passes by or has no name it could go by.
pub(super) fn connect(
    version: Version,
    client: &str,
    passing: bool,
    login: &Login,
    out: &mut BytesMut,
) -> Result<(), String> {
    let keep_alive = KEEP_ALIVE.as_secs() as u16;
    let clean = passing || client.is_empty();
    match version {
        Version::V4 => {
            let mut packet = v4::Connect::new(client);
            packet.clean_session = clean;
            packet.keep_alive = keep_alive;
            if !login.user.is_empty() || !login.password.is_empty() {
                packet.set_login(&login.user, &login.password);
            }
            write4(&v4::Packet::Connect(packet), out)
        }
        Version::V5 => {
            let mut properties = v5::ConnectProperties::new();
            properties.session_expiry_interval = (!clean).then_some(SESSION_KEPT.as_secs() as u32);
            properties.receive_maximum = Some(RECEIVE_MAX);
            properties.topic_alias_max = Some(TOPIC_ALIASES_MAX);
            let packet = v5::Connect {
                keep_alive,
                client_id: client.to_owned(),
                clean_start: clean,
                properties: Some(properties),
            };
            let login = v5::Login::new(&login.user, &login.password);
            let login = Some(login).filter(|login| !login.username.is_empty() || !login.password.is_empty());
            write5(&v5::Packet::Connect(packet, None, login), out)
        }
    }
}

pub(super) fn subscribe(version: Version, filter: &str, out: &mut BytesMut) -> Result<(), String> {
    match version {
        Version::V4 => {
            let mut packet = v4::Subscribe::new(filter, mqttbytes::QoS::AtLeastOnce);
            packet.pkid = 1;
            write4(&v4::Packet::Subscribe(packet), out)
        }
        Version::V5 => {
            let filter = v5::Filter::new(filter, mqttbytes5::QoS::AtLeastOnce);
            let mut packet = v5::Subscribe::new(filter, None);
            packet.pkid = 1;
            write5(&v5::Packet::Subscribe(packet), out)
        }
    }
}

/// Publishes without waiting for an answer.
pub(super) fn publish(
    version: Version,
    topic: &str,
    payload: Vec<u8>,
    out: &mut BytesMut,
) -> Result<(), String> {
    match version {
        Version::V4 => {
            let packet = v4::Publish::new(topic, mqttbytes::QoS::AtMostOnce, payload);
            write4(&v4::Packet::Publish(packet), out)
        }
        Version::V5 => {
            let packet = v5::Publish::new(topic, mqttbytes5::QoS::AtMostOnce, payload, None);
            write5(&v5::Packet::Publish(packet), out)
        }
    }
}

/// The message with that number is ours now. These and the next two read the same in both versions.
pub(super) fn acknowledge(packet: u16, out: &mut BytesMut) {
    let [high, low] = packet.to_be_bytes();
    out.extend_from_slice(&[0x40, 2, high, low]);
}

pub(super) fn ping(out: &mut BytesMut) {
    out.extend_from_slice(&[0xC0, 0]);
}

pub(super) fn leave(out: &mut BytesMut) {
    out.extend_from_slice(&[0xE0, 0]);
}

fn write4(packet: &v4::Packet, out: &mut BytesMut) -> Result<(), String> {
    packet.write(out, PACKET_BYTES_MAX).map(drop).map_err(|error| format!("{error}."))
}

fn write5(packet: &v5::Packet, out: &mut BytesMut) -> Result<(), String> {
    packet.write(out, None).map(drop).map_err(|error| format!("{error}."))
}

/// Whether a topic is one of a filter's (MQTT 5 §4.7).
pub(super) fn matches(topic: &str, filter: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    // Shared among several readers: what comes is of the filter behind the group's name.
    let filter = match filter.strip_prefix("$share/") {
        Some(rest) => rest.split_once('/').map_or("", |(_, filter)| filter),
        None => filter,
    };
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// Reason codes (MQTT 5 §2.4, 3.1.1 §3.2.2.3) in words.
pub(super) mod reason {
    use super::Version;

    /// It does not speak the version.
    pub(in super::super) const VERSION: u8 = 0x84;

    /// The code of 5 that says the same as one of 3.1.1.
    pub(super) fn of_old(code: u8) -> u8 {
        match code {
            1 => VERSION,
            2 => 0x85,
            3 => 0x88,
            4 => 0x86,
            5 => 0x87,
            code => code,
        }
    }

    /// Why we are not let in.
    pub(in super::super) fn refused(version: Version, code: u8) -> &'static str {
        let code = if version == Version::V4 { of_old(code) } else { code };
        match code {
            VERSION => "it does not speak this version of MQTT; choose the other one",
            0x85 => "it does not accept our client name",
            0x86 => "it does not accept the name or the password; check both",
            0x87 => "we are not allowed in; check name, password and its access rules",
            0x88 => "it is not ready to serve",
            0x89 => "it is busy; it will be asked again",
            0x8A => "it has banned us",
            0x8C => "it wants another way of signing in than a name and a password",
            0x95 => "our first packet is too large for it",
            0x97 => "a limit of the broker is reached",
            0x9C | 0x9D => "it wants us to use another server",
            0x9F => "we connect too often for it",
            _ => "it does not let us in",
        }
    }

    /// Why a subscription is not had.
    pub(in super::super) fn unread(code: u8) -> &'static str {
        match code {
            0x87 => "it does not let us; check its access rules",
            0x8F => "it does not accept this topic filter",
            0x97 => "a limit of the broker is reached",
            0x9E => "it has no shared subscriptions",
            0xA2 => "it has no wildcards; write the topic in full",
            _ => "it does not let us; check its access rules",
        }
    }

    /// Why the broker left.
    pub(in super::super) fn left(code: u8) -> &'static str {
        match code {
            0x00 => "it ended the connection",
            0x81 | 0x82 => "it did not understand us",
            0x87 => "we are not allowed any more",
            0x89 => "it is busy",
            0x8B => "it shuts down",
            0x8D => "it has not heard from us for too long",
            0x8E => "another program reads with our client name",
            0x93 => "it sent more than it may",
            0x95 => "a packet is too large for it",
            0x96 => "it is asked too often",
            0x97 => "a limit of the broker is reached",
            0x98 => "its administrator ended the connection",
            0x9C | 0x9D => "it wants us to use another server",
            0xA0 => "the longest time of a connection is over",
            _ => "it ended the connection with an error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn topics_of_filters() {
        for (topic, filter, yes) in [
            ("site/a", "site/#", true),
            ("site", "site/#", true),
            ("site/a/b", "site/+", false),
            ("温度/一", "温度/+", true),
            ("é", "#", true),
            ("$SYS/x", "#", false),
            ("$SYS/x", "$SYS/#", true),
            ("a/b", "$share/group/a/+", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(topic, filter), yes, "{topic} {filter}");
        }
    }

    #[test]
    fn a_head_is_known_as_soon_as_it_is_there() {
        assert_eq!(head(b""), Ok(None));
        assert_eq!(head(b"\x30\x80\x80\x80"), Ok(None));
        assert_eq!(head(b"\x30\x80\x01"), Ok(Some(Head { first: 0x30, bytes: 3, rest: 128 })));
        assert_eq!(
            head(b"\x30\xff\xff\xff\x7f"),
            Ok(Some(Head { first: 0x30, bytes: 5, rest: 268_435_455 }))
        );
        assert!(head(b"\x30\xff\xff\xff\xff").is_err());
    }

    #[test]
    fn old_brokers_refuse_in_their_own_shape() {
        let read = |bytes: &[u8]| read(Version::V5, BytesMut::from(bytes));
        let code = |packet| match packet {
            Ok(Packet::Welcome(welcome)) => welcome.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(read(b"\x20\x02\x00\x00")), reason::VERSION);
        assert_eq!(code(read(b"\x20\x02\x00\x01")), reason::VERSION);
        assert_eq!(code(read(b"\x20\x02\x00\x05")), 0x87);
        assert_eq!(code(read(b"\x20\x03\x00\x86\x00")), 0x86);
        let Ok(Packet::Welcome(welcome)) = read(b"\x20\x06\x01\x00\x03\x13\x00\x0a") else { panic!() };
        assert_eq!((welcome.code, welcome.present, welcome.keep_alive), (0, true, Some(10)));
        assert_eq!(read(b"\xe0\x00"), Ok(Packet::Leave(0)));
        assert_eq!(read(b"\xe0\x01\x8b"), Ok(Packet::Leave(0x8b)));
    }

    fn versions() -> impl Strategy<Value = Version> {
        prop_oneof![Just(Version::V4), Just(Version::V5)]
    }

    proptest! {
        /// Whatever a packet holds: it is read or refused.
        #[test]
        fn no_packet_is_too_bad(version in versions(), first in any::<u8>(), rest in prop::collection::vec(any::<u8>(), 0..127)) {
            let mut frame = BytesMut::from(&[first, rest.len() as u8][..]);
            frame.extend_from_slice(&rest);
            let _ = read(version, frame);
        }

        /// The same of messages, whose insides are the richest.
        #[test]
        fn no_message_is_too_bad(version in versions(), flags in 0..16_u8, topic in "[a-z/é]{0,6}",
            properties in prop::collection::vec(prop_oneof![0..43_u8, any::<u8>()], 0..40), lie in any::<u8>(), lies in any::<bool>()) {
            let mut rest = vec![0, topic.len() as u8];
            rest.extend_from_slice(topic.as_bytes());
            if flags & 6 != 0 {
                rest.extend_from_slice(&[0, 7]);
            }
            rest.push(if lies { lie } else { properties.len() as u8 });
            rest.extend_from_slice(&properties);
            let mut frame = BytesMut::from(&[0x30 | flags, rest.len() as u8][..]);
            frame.extend_from_slice(&rest);
            let _ = read(version, frame);
        }

        #[test]
        fn what_is_written_is_a_packet(version in versions(), client in "[a-z]{1,20}", user in "[a-z]{0,9}", password in "[ -~]{0,9}") {
            let mut out = BytesMut::new();
            connect(version, &client, false, &Login { user, password }, &mut out).unwrap();
            let first = head(&out).unwrap().unwrap();
            prop_assert_eq!(first.bytes + first.rest, out.len());
        }
    }
}
