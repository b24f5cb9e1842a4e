//! Asks the process that owns a site's folder, over its loopback door.

use crate::error::{Error, Result};
use crate::limits;
use crate::lock::OwnerNote;
use app::Actor;
use contract::{ApiError, Body, Code, Event, EventBody, Topic};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Header with the role a local process asks for.
pub(crate) const ROLE_HEADER: &str = "x-qm-role";
/// Header with the name a local process gives its person.
pub(crate) const ACTOR_HEADER: &str = "x-qm-actor";

/// A client of the owner. Finds a new owner by itself when the old one went. Cheap to clone.
#[derive(Clone)]
pub struct Attached(Arc<Client>);

struct Client {
    folder: PathBuf,
    note: Mutex<OwnerNote>,
    http: reqwest::Client,
}

impl Attached {
    /// A client of the owner that `note` names.
    pub fn new(folder: &Path, note: OwnerNote) -> Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits::ANSWER_DEADLINE)
            .build()
            .map_err(|e| {
                Error::new(format!(
                    "make the client of the owner's door: {e}; this is a mistake in the program"
                ))
            })?;
        Ok(Self(Arc::new(Client { folder: folder.to_owned(), note: Mutex::new(note), http })))
    }

    /// The process that owns the folder.
    pub fn owner(&self) -> OwnerNote {
        self.0.note.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks by name, with the body as JSON text, as `actor`.
    pub async fn call(&self, name: &str, body: &str, actor: &Actor) -> std::result::Result<Body, ApiError> {
        let mut note = self.owner();
        let response = loop {
            let endpoint = note.endpoint.clone().ok_or_else(|| self.gone(&note, "it has no door yet"))?;
            let request = self
                .0
                .http
                .post(format!("{endpoint}/rpc/{}", encode_name(name)))
                .bearer_auth(note.token.text())
                .header("content-type", "application/json")
                .header(ROLE_HEADER, actor.role.word())
                .header(ACTOR_HEADER, header_text(&actor.name))
                .body(body.to_owned());
            match request.send().await {
                // 401: another owner took the same port. Nothing was done, so it may be sent again.
                Ok(answer) if answer.status() == 401 => {
                    note = self.renewed(&note).ok_or_else(|| self.gone(&note, "it refuses our token"))?
                }
                Ok(answer) => break answer,
                // Not even connected: nothing was done, so it may be sent to the new owner.
                Err(e) if e.is_connect() => {
                    note = self.renewed(&note).ok_or_else(|| self.gone(&note, "nobody listens there"))?
                }
                Err(e) => return Err(self.gone(&note, &e.to_string())),
            }
        };
        let ok = response.status().is_success();
        let frame = response
            .headers()
            .get("content-type")
            .is_some_and(|media| media.as_bytes().starts_with(b"application/octet-stream"));
        let status = response.status();
        let bytes = response.bytes().await.map_err(|e| self.gone(&note, &e.to_string()))?;
        if ok && frame {
            return Ok(Body::Frame(bytes.to_vec()));
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if ok {
            return Ok(Body::Json(text));
        }
        Err(serde_json::from_str(&text)
            .unwrap_or_else(|_| self.gone(&note, &format!("it answered {status}"))))
    }

    /// The note of another owner than `before`, if there is one by now.
    fn renewed(&self, before: &OwnerNote) -> Option<OwnerNote> {
        let found = OwnerNote::read(&self.0.folder)
            .ok()
            .flatten()
            .filter(|note| note != before && note.endpoint.is_some())?;
        *self.0.note.lock().unwrap_or_else(PoisonError::into_inner) = found.clone();
        Some(found)
    }

    fn gone(&self, note: &OwnerNote, why: &str) -> ApiError {
        ApiError {
            code: Code::Unavailable,
            message: format!(
                "ask the process {} that owns {}: {why}; start the console or `qm run` again",
                note.pid,
                self.0.folder.display()
            ),
            trace_id: String::new(),
        }
    }

    /// The owner's events; looks for the owner again whenever the line is lost.
    pub(crate) fn events(&self) -> AttachedEvents {
        let (sender, receiver) = mpsc::channel(limits::EVENTS_UNDER_WAY);
        let client = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => {}
                () = client.pump(&sender) => {}
            }
        });
        AttachedEvents { receiver, number: 0 }
    }

    async fn pump(&self, sender: &mpsc::Sender<Event>) {
        loop {
            let note = self.owner();
            if let Some(endpoint) = &note.endpoint {
                let asked =
                    self.0.http.get(format!("{endpoint}/events")).bearer_auth(note.token.text()).send().await;
                match asked {
                    Ok(mut stream) if stream.status().is_success() => {
                        let mut lines = Lines::default();
                        while let Ok(Some(piece)) = stream.chunk().await {
                            let Some(events) = lines.push(&piece) else { break };
                            for event in events {
                                if sender.send(event).await.is_err() {
                                    return;
                                }
                            }
                        }
                        tracing::info!(pid = note.pid, "the owner's events ended");
                    }
                    Ok(refused) => {
                        tracing::warn!(pid = note.pid, status = %refused.status(), "the owner refuses events")
                    }
                    Err(e) => tracing::info!(pid = note.pid, "the owner's events can't be had: {e}"),
                }
            }
            tokio::time::sleep(limits::REATTACH_PAUSE).await;
            self.renewed(&note);
        }
    }
}

/// The name is a word of ours; anything else must not change the path.
fn encode_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Header values are visible ASCII; a name in another script travels percent-encoded.
fn header_text(name: &str) -> String {
    name.bytes()
        .map(|b| {
            if (b.is_ascii_graphic() && b != b'%') || b == b' ' {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// What [`header_text`] wrote.
pub(crate) fn from_header_text(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.extend(hex::decode(pair).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The owner's events here, numbered anew.
pub struct AttachedEvents {
    receiver: mpsc::Receiver<Event>,
    number: u64,
}

impl AttachedEvents {
    /// The next one.
    pub async fn next(&mut self) -> Option<Event> {
        let event = self.receiver.recv().await?;
        self.number += 1;
        Some(Event { number: self.number, ..event })
    }
}

/// Server-sent events out of the bytes of a stream.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// The events that ended in this piece; none when the stream makes no sense.
    fn push(&mut self, piece: &[u8]) -> Option<Vec<Event>> {
        self.0.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.0.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.0.drain(..=end).collect();
            if let Some(text) = line.strip_prefix(b"data:") {
                // An event of a newer program: refetch everything.
                events.push(serde_json::from_slice(text.trim_ascii()).unwrap_or(Event {
                    number: 0,
                    topic: Topic::Settings,
                    body: EventBody::Snapshot,
                }));
            }
        }
        (self.0.len() <= limits::EVENT_BYTES_MAX).then_some(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_however_the_stream_is_cut() {
        let event = |number| Event { number, topic: Topic::Alarms, body: EventBody::Changed };
        let text: String = (1..4)
            .map(|n| format!("data: {}\n\n: quiet\n\n", serde_json::to_string(&event(n)).unwrap()))
            .collect();
        for width in [1, 2, 7, text.len()] {
            let mut lines = Lines::default();
            let got: Vec<Event> =
                text.as_bytes().chunks(width).flat_map(|piece| lines.push(piece).unwrap()).collect();
            assert_eq!(got, [event(1), event(2), event(3)], "pieces of {width}");
        }
        assert!(Lines::default().push(&vec![b'x'; limits::EVENT_BYTES_MAX + 1]).is_none());
    }

    #[test]
    fn names_of_every_script_travel_in_a_header() {
        for name in ["local admin", "李雷 100%", "a\r\nb"] {
            let sent = header_text(name);
            assert!(sent.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{sent}");
            assert_eq!(from_header_text(&sent).as_deref(), Some(name));
        }
        assert_eq!((from_header_text("%4"), from_header_text("%zz")), (None, None));
    }
}
