//! An address that is asked again and again for JSON, CSV or Prometheus' text. It waits by nature: nobody asks while the queue is full.

use crate::driver::{Counters, Desk, End, Source, asked};
use crate::limits::{ANSWER_MAX, ASK_MIN, BODY_BYTES_MAX, SHOWN_BYTES};
use crate::{Endpoint, tls};
use protocols::json::{self, Decoded};
use protocols::payload::Reader;
use protocols::setup::{Language, Setup};
use protocols::{osmand, prometheus, table};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls;
use units::Timestamp;

/// Asks until an answer is none.
pub(crate) async fn run(desk: &mut Desk, source: &Source, stopping: &mut watch::Receiver<bool>) -> End {
    let Endpoint::Http { url } = &source.endpoint else { return End::Stopped };
    let mut builder = reqwest::Client::builder();
    if url.starts_with("https:") {
        match tls::config(&source.setup.access, source.secret.as_deref()) {
            Ok(config) => builder = builder.tls_backend_preconfigured(config),
            Err(said) => return End::Lost(format!("Asking {url}: {said}")),
        }
    }
    let built = builder
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(ANSWER_MAX)
        .timeout(ANSWER_MAX)
        .build();
    let client = match built {
        Ok(client) => client,
        Err(error) => return End::Lost(format!("Asking {url}: {}.", said(&error))),
    };
    let mut reader = Reader::new(source.setup.language);
    loop {
        let begun = Instant::now();
        // Its own limit holds for all of it, whatever the library's covers.
        let asking = timeout(ANSWER_MAX, ask(&client, url, source));
        let answer = tokio::select! {
            biased;
            () = asked(stopping) => return End::Stopped,
            answer = asking => answer,
        };
        let (kind, body) = match answer {
            Ok(Ok((kind, body))) => (kind, body),
            Ok(Err(Failed { said, shown })) => {
                let shown = shown.map(|(status, bytes)| tail(&status, &bytes)).unwrap_or_default();
                desk.count(
                    &Counters { bad_frames: u64::from(!shown.is_empty()), ..Counters::default() },
                    &shown,
                );
                return End::Lost(format!("Asking {url}: {said}"));
            }
            Err(_) => {
                return End::Lost(format!(
                    "Asking {url}: no whole answer in {} s. Check that the device is well.",
                    ANSWER_MAX.as_secs()
                ));
            }
        };
        desk.took(begun.elapsed());
        let bytes = body.len() as u64;
        let shown = tail("200", &body);
        match read(&source.setup, &mut reader, &kind, &body, desk.now()) {
            Ok(decoded) => {
                let readings = (decoded.readings.len() + decoded.fixes.len()) as u64;
                desk.count(&Counters { bytes, frames: 1, readings, ..Counters::default() }, &shown);
                desk.opened();
                desk.hand_on(url, decoded);
            }
            Err(fault) => {
                desk.count(&Counters { bytes, bad_frames: 1, ..Counters::default() }, &shown);
                return End::Lost(format!(
                    "Asking {url}: the answer can't be read ({}). Check the path; what came is shown below.",
                    why(fault)
                ));
            }
        }
        // Nothing more is asked for until what came found its place.
        while !desk.outbox.is_empty() {
            tokio::select! {
                biased;
                () = asked(stopping) => return End::Stopped,
                () = desk.outbox.room() => {}
            }
        }
        let rest = source.every.saturating_sub(begun.elapsed()).max(ASK_MIN);
        desk.wait(rest, stopping).await;
        if *stopping.borrow() {
            return End::Stopped;
        }
    }
}

/// Why a payload is not read, in a few words.
pub(crate) fn why(fault: json::Fault) -> &'static str {
    match fault {
        json::Fault::Empty => "it is empty",
        json::Fault::TooLong => "it is too long",
        json::Fault::NotJson => "it is neither JSON nor a number",
        json::Fault::TooDeep => "it is nested too deeply",
        json::Fault::TooMany => "it holds too many values",
        json::Fault::NoValue => "it holds no number",
        json::Fault::NoPlace => "it tells a place that is none on earth",
        json::Fault::OtherShape => "it is not in the language that is set for the device",
    }
}

struct Failed {
    said: String,
    /// What came instead, with its status.
    shown: Option<(String, Vec<u8>)>,
}

impl Failed {
    fn plain(said: String) -> Self {
        Self { said, shown: None }
    }
}

/// Reads what came over HTTP in the language of the setup; without one, in the language that its kind and its look suggest.
pub(crate) fn read(
    setup: &Setup,
    reader: &mut Reader,
    kind: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<Decoded, json::Fault> {
    let vehicle = Some(setup.vehicle.as_str()).filter(|vehicle| !vehicle.is_empty());
    let plain = || reader_says(kind, body);
    match setup.language {
        Language::Csv => table::decode(body),
        Language::Prometheus => prometheus::decode(body),
        Language::Osmand => osmand::json(body, vehicle),
        Language::Auto if plain() == Some(Language::Csv) => table::decode(body),
        Language::Auto if plain() == Some(Language::Prometheus) => prometheus::decode(body),
        _ => reader.read("", "", body, now).map(|heard| heard.decoded),
    }
}

/// What a body is that says nothing of JSON.
fn reader_says(kind: &str, body: &[u8]) -> Option<Language> {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace()).copied().unwrap_or_default();
    match kind.as_str() {
        "text/csv" | "text/tab-separated-values" => Some(Language::Csv),
        "application/openmetrics-text" => Some(Language::Prometheus),
        "application/json" => None,
        _ if prometheus::looks_like(body) && !matches!(first, b'{' | b'[') => Some(Language::Prometheus),
        _ => None,
    }
}

/// What an answer says it is, and its body.
type Answer = (String, Vec<u8>);

async fn ask(client: &reqwest::Client, url: &str, source: &Source) -> Result<Answer, Failed> {
    let request = client.get(url).header("accept", accepted(source.setup.language));
    let user = source.setup.access.user.as_deref().filter(|user| !user.is_empty());
    // reqwest marks both as not to be shown.
    let request = match (user, tls::parts(source.secret.as_deref()).0) {
        (Some(user), word) => request.basic_auth(user, word),
        (None, Some(token)) => request.bearer_auth(token),
        (None, None) => request,
    };
    let mut response = request.send().await.map_err(|error| {
        Failed::plain(format!("{}. Check that the device is on and the address is right.", said(&error)))
    })?;
    let status = response.status();
    let kind = response
        .headers()
        .get("content-type")
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let good = status.is_success();
    let most = if good { BODY_BYTES_MAX } else { SHOWN_BYTES };
    let mut body: Vec<u8> = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| Failed::plain(format!("the answer broke off: {}.", said(&error))))?;
        let Some(chunk) = chunk else { break };
        let room = most - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            if good {
                let said = format!("the answer is longer than {} KB. Check the path.", BODY_BYTES_MAX / 1024);
                return Err(Failed { said, shown: Some((status.as_u16().to_string(), body)) });
            }
            break;
        }
    }
    if good {
        return Ok((kind, body));
    }
    let shown = Some((status.as_u16().to_string(), body));
    let to = response.headers().get("location").and_then(|to| to.to_str().ok());
    let said = match to.filter(|_| status.is_redirection()) {
        Some(to) => {
            let to: String = to.chars().filter(|c| !c.is_control()).take(200).collect();
            format!("it answers {status} and points to {to}. Write that address if you trust it.")
        }
        None => format!("it answers {status}. Check the path and the device."),
    };
    Err(Failed { said, shown })
}

fn accepted(language: Language) -> &'static str {
    match language {
        Language::Csv => "text/csv, */*;q=0.1",
        Language::Prometheus => "text/plain;version=0.0.4, */*;q=0.1",
        Language::Auto => "application/json, text/csv;q=0.8, text/plain;q=0.7, */*;q=0.1",
        _ => "application/json",
    }
}

/// The innermost reason: the outer ones only repeat the address.
fn said(error: &reqwest::Error) -> String {
    let mut inner: &(dyn std::error::Error + 'static) = error;
    loop {
        if let Some(error) = inner.downcast_ref::<rustls::Error>() {
            return tls::said(&std::io::Error::other(error.clone())).trim_end_matches('.').to_owned();
        }
        // Asked for its source, such an error passes over what it wraps.
        let wrapped = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match wrapped.map(|error| error as &(dyn std::error::Error + 'static)).or_else(|| inner.source()) {
            Some(next) => inner = next,
            None => return inner.to_string(),
        }
    }
}

fn tail(status: &str, body: &[u8]) -> Vec<u8> {
    crate::mqtt::shown(status, body)
}
