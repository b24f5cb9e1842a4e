//! What others post to us: readings and positions over HTTP, to one listener of the site. Off unless somebody opens it.
//!
//! Who posts shows the token of a device: as `Authorization: Bearer`, as the first part of the path, or, as trackers do that know
//! nothing else, as the `id` of a query or the `device_id` of a payload. Only the token's SHA-256 is known here. The answer is
//! 200 once what was posted is stored, and not before: whoever gets another one, or none, sends again. 503 says that the
//! queue is full. Who is not known gets 401 and is noted, so that a person can let it in.
//!
//! How large, how slow and how many requests may be is bounded in [`crate::limits`]. There is no encryption: this is for a
//! network of one's own. Tests: `tests/it/listener.rs`.

use crate::driver::{Counters, Desk, End, Source, asked, every};
use crate::limits::{
    BODY_BYTES_MAX, FAULTS_EVERY, HEAD_MAX, HEARD_MAX, MOVED_MAX, POST_MAX, POSTERS_MAX, POSTS_WAITING,
    STOP_MAX, STORE_MAX, WAITING_MAX,
};
use crate::receipt::Given;
use crate::{Clock, Endpoint, Error, ErrorKind, Message, http};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use protocols::json::{Decoded, Fault};
use protocols::osmand;
use protocols::payload::Reader;
use protocols::setup::Language;
use sha2::Digest;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::timeout;
use units::Timestamp;

/// What a token is known by: its SHA-256. The token itself is nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token([u8; 32]);

impl Token {
    /// Of the token's text.
    pub fn of(text: &str) -> Self {
        Self(sha2::Sha256::digest(text.as_bytes()).into())
    }

    /// From what [`Token::hex`] wrote.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: Vec<u8> =
            text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks(2).map(|two| two.iter().fold(0, |sum, d| sum << 4 | d)).collect();
        (digits.len() == 64).then_some(())?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// To be kept.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Somebody who posted and is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// What it calls itself: a tracker's id; of a token only the first characters.
    pub who: String,
    /// Where from.
    pub from: String,
    /// The last time.
    pub at: Timestamp,
    /// How often.
    pub times: u64,
}

/// The listener as devices and the application see it: who may post, and whether it is open.
#[derive(Clone, Default)]
pub struct Hooks(Arc<Shared>);

struct Shared {
    devices: Mutex<HashMap<Token, mpsc::Sender<Post>>>,
    heard: Mutex<VecDeque<Heard>>,
    open: watch::Sender<bool>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { devices: Mutex::default(), heard: Mutex::default(), open: watch::Sender::new(false) }
    }
}

impl PartialEq for Hooks {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Hooks {}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hooks")
    }
}

/// An open listener. Dropping it closes it.
#[derive(Debug)]
pub struct Listening {
    hooks: Hooks,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Listening {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.hooks.0.open.send_replace(false);
        self.task.abort();
    }
}

/// One request, and the way back to who made it.
struct Post {
    kind: String,
    pairs: Vec<(String, String)>,
    body: Bytes,
    /// The token came as the tracker's own id: that is no name to be shown.
    by_id: bool,
    answer: oneshot::Sender<Answer>,
}

enum Answer {
    Stored,
    Refused(&'static str),
}

/// A lock is held over whole changes only.
fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hooks {
    /// Opens the listener: `127.0.0.1:8750` for programs of this machine, `0.0.0.0:8750` for its networks.
    pub async fn open(&self, bind: &str, clock: Clock) -> Result<Listening, Error> {
        let told = |kind: ErrorKind, said: String| Error {
            kind,
            message: format!(
                "Listening at {bind}: {said}. Write an address of this machine and a free port, like 127.0.0.1:8750."
            ),
            source: None,
        };
        let address: SocketAddr = bind
            .trim()
            .parse()
            .map_err(|_| told(ErrorKind::Permanent, "it is no address and port".to_owned()))?;
        let listener =
            TcpListener::bind(address).await.map_err(|e| told(ErrorKind::Transient, e.to_string()))?;
        let address = listener.local_addr().map_err(|e| told(ErrorKind::Transient, e.to_string()))?;
        let shared = self.0.clone();
        let task = tokio::spawn(accept(listener, shared, clock));
        self.0.open.send_replace(true);
        tracing::info!(%address, "listening for posts");
        Ok(Listening { hooks: self.clone(), address, task })
    }

    /// Who posted and is not known, the last first.
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.0.heard).iter().rev().cloned().collect()
    }

    fn add(&self, token: Token) -> Option<(Registered, mpsc::Receiver<Post>)> {
        let (sender, posts) = mpsc::channel(POSTS_WAITING);
        let mut devices = lock(&self.0.devices);
        if devices.get(&token).is_some_and(|known| !known.is_closed()) {
            return None;
        }
        devices.insert(token, sender);
        Some((Registered { hooks: self.clone(), token }, posts))
    }
}

/// A device that may be posted for, until it is dropped.
struct Registered {
    hooks: Hooks,
    token: Token,
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&self.hooks.0.devices).remove(&self.token);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, clock: Clock) {
    let room = Arc::new(Semaphore::new(POSTERS_MAX));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        // Whoever is too many waits in the system's queue.
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many files, or a peer that is gone already: not a reason to spin.
                tracing::warn!("a post was not taken: {error}");
                tokio::time::sleep(crate::limits::ASK_MIN).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        let (shared, clock) = (shared.clone(), clock.clone());
        connections.spawn(async move {
            let service = service_fn(|request| {
                let (shared, clock) = (shared.clone(), clock.clone());
                async move { Ok::<_, Infallible>(serve(&shared, &clock, from, request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_MAX)
                .max_buf_size(16 * 1024)
                .serve_connection(TokioIo::new(stream), service);
            // A peer that breaks off is nobody's concern: what it sent was not acknowledged.
            let _ = connection.await;
            drop(permit);
        });
    }
}

fn said(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

async fn serve(
    shared: &Shared,
    clock: &Clock,
    from: SocketAddr,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    if ![Method::GET, Method::POST, Method::PUT].contains(request.method()) {
        return said(StatusCode::METHOD_NOT_ALLOWED, "Post JSON, CSV or Prometheus text.\n");
    }
    let (head, body) = request.into_parts();
    let text = |name: hyper::header::HeaderName| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let mut pairs = osmand::pairs(head.uri.query().unwrap_or_default());
    let bearer = text(AUTHORIZATION).strip_prefix("Bearer ").map(|token| token.trim().to_owned());
    let first = head.uri.path().split('/').find(|part| !part.is_empty()).map(str::to_owned);
    let kind = text(CONTENT_TYPE);
    let shown = bearer.clone().or(first);
    let device = |token: &str| lock(&shared.devices).get(&Token::of(token)).cloned();
    let mut known = shown.as_deref().and_then(device);
    let mut by_id = false;
    if known.is_none() && bearer.is_none() {
        known = osmand::id_of(&pairs).and_then(device);
        by_id = known.is_some();
    }
    // Nobody who is not known is listened to for long: only what may carry an id is.
    let may_tell =
        kind.starts_with("application/json") || kind.starts_with("application/x-www-form-urlencoded");
    let body = if known.is_some() || may_tell {
        match timeout(POST_MAX, Limited::new(body, BODY_BYTES_MAX).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                return said(StatusCode::PAYLOAD_TOO_LARGE, "At most 128 KB at once.\n");
            }
            Ok(Err(_)) => return said(StatusCode::BAD_REQUEST, "The body broke off.\n"),
            Err(_) => return said(StatusCode::REQUEST_TIMEOUT, "The body took too long.\n"),
        }
    } else {
        Bytes::new()
    };
    if kind.starts_with("application/x-www-form-urlencoded") {
        pairs.extend(osmand::pairs(&String::from_utf8_lossy(&body)));
    }
    let id = osmand::id_of(&pairs).map(str::to_owned).or_else(|| osmand::id_in(&body));
    if known.is_none() && bearer.is_none() {
        known = id.as_deref().and_then(device);
        by_id = known.is_some();
    }
    let Some(device) = known else {
        note(shared, id, shown, from, clock());
        return said(
            StatusCode::UNAUTHORIZED,
            "This console does not know you. It has noted that you called.\n",
        );
    };
    let (answer, stored) = oneshot::channel();
    if device.try_send(Post { kind, pairs, body, by_id, answer }).is_err() {
        return said(StatusCode::SERVICE_UNAVAILABLE, "Busy: send it again.\n");
    }
    match timeout(STORE_MAX, stored).await {
        Ok(Ok(Answer::Stored)) => said(StatusCode::OK, ""),
        Ok(Ok(Answer::Refused(why))) => said(StatusCode::BAD_REQUEST, why),
        // It may be stored or not: only a second time makes sure.
        Ok(Err(_)) | Err(_) => said(StatusCode::SERVICE_UNAVAILABLE, "Not stored yet: send it again.\n"),
    }
}

fn note(shared: &Shared, id: Option<String>, token: Option<String>, from: SocketAddr, at: Timestamp) {
    let plain = |text: String, most: usize| -> String {
        text.chars().filter(|c| !c.is_control()).take(most).collect()
    };
    // Half a token is none; a tracker's id is what a person has to enter.
    let who = match (id, token) {
        (Some(id), _) => plain(id, 64),
        (None, Some(token)) => format!("{}…", plain(token, 4)),
        (None, None) => String::new(),
    };
    let from = from.ip().to_string();
    let mut heard = lock(&shared.heard);
    let before = heard.iter().position(|known| known.who == who && known.from == from);
    let times = before.and_then(|at| heard.remove(at)).map_or(0, |known| known.times);
    if heard.len() == HEARD_MAX {
        heard.pop_front();
    }
    heard.push_back(Heard { who, from, at, times: times + 1 });
}

/// Takes what is posted for a device until it is stopped or the listener closes.
pub(crate) async fn run(desk: &mut Desk, source: &Source, stopping: &mut watch::Receiver<bool>) -> End {
    let Endpoint::Listen { name } = &source.endpoint else { return End::Stopped };
    let Some(token) = source.token else {
        return End::Lost(format!(
            "Nobody can post for listen://{name}: it has no token. Make one on page Devices."
        ));
    };
    let closed = || {
        format!(
            "Nobody can post for listen://{name}: the listener is closed. An administrator opens it on page Devices."
        )
    };
    let mut open = source.hooks.0.open.subscribe();
    let opened = tokio::select! {
        biased;
        () = asked(stopping) => return End::Stopped,
        opened = timeout(MOVED_MAX, open.wait_for(|open| *open)) => matches!(opened, Ok(Ok(_))),
    };
    if !opened {
        return End::Lost(closed());
    }
    let Some((registered, posts)) = source.hooks.add(token) else {
        return End::Lost(format!("listen://{name} has the token of another device. Make a new one."));
    };
    desk.opened();
    let mut desk_of_posts = Posts {
        desk,
        source,
        name,
        posts,
        reader: Reader::new(source.setup.language),
        given: Given::default(),
        number: 0,
        waiting: VecDeque::new(),
    };
    let end = tokio::select! {
        biased;
        () = asked(stopping) => End::Stopped,
        () = closes(&mut open) => End::Lost(closed()),
        () = desk_of_posts.take_all() => End::Stopped,
    };
    drop(registered);
    // Who waits is told, if what it sent is stored soon.
    let _ = timeout(STOP_MAX, desk_of_posts.settle()).await;
    end
}

/// Ends when the listener is closed and not opened again elsewhere.
async fn closes(open: &mut watch::Receiver<bool>) {
    loop {
        let _ = open.wait_for(|open| !*open).await;
        if !matches!(timeout(MOVED_MAX, open.wait_for(|open| *open)).await, Ok(Ok(_))) {
            return;
        }
    }
}

struct Posts<'a> {
    desk: &'a mut Desk,
    source: &'a Source,
    name: &'a str,
    posts: mpsc::Receiver<Post>,
    reader: Reader,
    given: Given,
    number: u64,
    /// Who waits to hear that it is stored, by the number of the receipt.
    waiting: VecDeque<(u64, oneshot::Sender<Answer>)>,
}

impl Posts<'_> {
    async fn take_all(&mut self) {
        let mut faults_due = every(FAULTS_EVERY);
        loop {
            // While the queue is full nothing is taken, and whoever posts hears so at once.
            let ready = self.desk.outbox.is_empty() && self.waiting.len() < WAITING_MAX;
            tokio::select! {
                biased;
                number = self.given.next() => self.stored(number),
                () = self.desk.outbox.room() => {}
                _ = faults_due.tick(), if self.desk.has_faults() => self.desk.tell_faults(),
                post = self.posts.recv(), if ready => match post {
                    Some(post) => self.take(post),
                    None => return,
                },
            }
        }
    }

    async fn settle(&mut self) {
        while !self.waiting.is_empty() {
            tokio::select! {
                biased;
                number = self.given.next() => self.stored(number),
                () = self.desk.outbox.room() => {}
            }
        }
    }

    fn stored(&mut self, number: u64) {
        // Receipts come in their order; one that was dropped stays behind, and who waits for it was told to send again.
        while let Some((next, answer)) = self.waiting.pop_front() {
            if next == number {
                self.desk.count(&Counters { acknowledged: 1, ..Counters::default() }, &[]);
                // Who is gone sends again.
                let _ = answer.send(Answer::Stored);
            }
            if next >= number {
                return;
            }
        }
    }

    fn take(&mut self, post: Post) {
        // Who gave up waiting sends again: it would be doubled.
        if post.answer.is_closed() {
            return;
        }
        let bytes = post.body.len() as u64;
        // The id of a tracker that stands for a token is not shown.
        let shown = match post.by_id || post.body.is_empty() {
            true => told(&post.pairs),
            false => post.body.to_vec(),
        };
        let shown = crate::mqtt::shown("post", &shown);
        match self.read(&post) {
            Ok(decoded) => {
                let readings = (decoded.readings.len() + decoded.fixes.len()) as u64;
                self.desk.count(&Counters { bytes, frames: 1, readings, ..Counters::default() }, &shown);
                self.desk.hand_on(self.name, decoded);
                self.number += 1;
                self.waiting.push_back((self.number, post.answer));
                self.desk.outbox.patiently(Message::Receipt(self.given.receipt(self.number)));
            }
            Err(fault) => {
                self.desk.count(&Counters { bytes, bad_frames: 1, ..Counters::default() }, &shown);
                let _ = post.answer.send(Answer::Refused(http::why(fault)));
            }
        }
    }

    fn read(&mut self, post: &Post) -> Result<Decoded, Fault> {
        let setup = &self.source.setup;
        let vehicle = match setup.vehicle.as_str() {
            "" if post.by_id => Some(self.name),
            "" => None,
            named => Some(named),
        };
        if matches!(setup.language, Language::Auto | Language::Osmand) {
            if osmand::is_place(&post.pairs) {
                return osmand::query(&post.pairs, vehicle);
            }
            if osmand::is_traccar(&post.body) {
                return osmand::json(&post.body, vehicle);
            }
        }
        http::read(setup, &mut self.reader, &post.kind, &post.body, self.desk.now())
    }
}

/// A query as a person may see it: without what might be a token.
fn told(pairs: &[(String, String)]) -> Vec<u8> {
    let shown: Vec<String> = pairs
        .iter()
        .map(|(key, value)| match key.as_str() {
            "id" | "deviceid" | "device_id" | "token" | "key" => format!("{key}=…"),
            _ => format!("{key}={value}"),
        })
        .collect();
    shown.join("&").into_bytes()
}
