//! The door as others see it: real sockets, real folders, the real application behind.

use contract::{ApiError, Code, GetSettings, GetSite, GetStatus};
use host::{Acquired, Backend, Lock, Opened, Options, OwnerNote, Role, Site, local_actor, open};
use reqwest::{Client, RequestBuilder, Response};
use std::path::Path;
use std::time::Duration;
use units::Timestamp;

const PATIENCE: Duration = Duration::from_secs(20);

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn site(folder: &Path) -> Site {
    Site::of(Some(folder.to_owned()), false).expect("a folder that was named is a site's")
}

async fn opened(folder: &Path) -> Opened {
    open(site(folder), Options::default()).await.expect("nobody else holds a test's folder")
}

fn acquire(folder: &Path) -> Acquired {
    Lock::acquire(folder, Timestamp(1)).expect("the folder is there")
}

fn http() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}

fn note(folder: &Path) -> (String, String) {
    let note = OwnerNote::read(folder).expect("readable").expect("an owner is there");
    (note.endpoint.expect("its door is open"), note.token.text().to_owned())
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.expect("the door answers").status().as_u16()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Opens a link as a browser does and gives the cookie.
async fn sign_in(link: &str) -> String {
    let answer = http().get(link).send().await.expect("the door answers");
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (303, "/"));
    let cookie = header(&answer, "set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

#[test]
fn a_folder_has_one_owner_and_an_unclean_end_shows() {
    let folder = folder();
    let Acquired::Owned(lock) = acquire(folder.path()) else { panic!("a free folder is owned") };
    assert!(!lock.unclean());
    let Acquired::Held(Some(note)) = acquire(folder.path()) else {
        panic!("a held folder is not owned twice")
    };
    assert_eq!((note.pid, &note.endpoint), (std::process::id(), &None));
    lock.release().expect("the note is removed");

    let Acquired::Owned(lock) = acquire(folder.path()) else { panic!("a released folder is free") };
    assert!(!lock.unclean(), "the end before was clean");
    drop(lock);
    let Acquired::Owned(lock) = acquire(folder.path()) else { panic!("the system releases the lock") };
    assert!(lock.unclean(), "the end before was not");
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_token() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let _lock = acquire(folder.path());
    let mode = std::fs::metadata(folder.path().join("owner.json")).expect("the note").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused() {
    let folder = folder();
    let opened = opened(folder.path()).await;
    let (endpoint, token) = note(folder.path());
    let port = endpoint.rsplit(':').next().expect("a port").to_owned();
    let site = || http().post(format!("{endpoint}/rpc/GetSite")).body("{}");
    let own = || site().bearer_auth(&token);

    assert_eq!(status(own()).await, 200);
    assert_eq!(status(own().header("host", format!("localhost:{port}"))).await, 200);
    assert_eq!(status(own().header("origin", &endpoint)).await, 200);
    assert_eq!(status(site()).await, 401);
    assert_eq!(status(site().bearer_auth("0".repeat(64))).await, 401);
    assert_eq!(status(site().header("cookie", format!("qm_{port}={}", "0".repeat(64)))).await, 401);
    assert_eq!(status(http().get(format!("{endpoint}/events"))).await, 401);
    for host in ["evil.example", "127.0.0.1", "127.0.0.1:1"] {
        assert_eq!(status(own().header("host", host)).await, 403, "host {host}");
    }
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", &format!("https://127.0.0.1:{port}")]
    {
        assert_eq!(status(own().header("origin", origin)).await, 403, "origin {origin}");
    }
    assert_eq!(status(own().header("sec-fetch-site", "same-site")).await, 403);
    assert_eq!(status(own().header("x-qm-role", "emperor")).await, 401);

    let refused = http().get(&endpoint).send().await.expect("the door answers");
    assert_eq!(refused.status(), 401);
    for (name, value) in host::SECURITY_HEADERS {
        assert_eq!(header(&refused, name), value);
    }
    assert_eq!(header(&refused, "access-control-allow-origin"), "");
    opened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_get_a_reason() {
    let folder = folder();
    let opened = opened(folder.path()).await;
    let (endpoint, token) = note(folder.path());
    let ask = async |name: &str, body: Vec<u8>| {
        let answer = http()
            .post(format!("{endpoint}/rpc/{name}"))
            .bearer_auth(&token)
            .body(body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json::<ApiError>().await.expect("a reason").code)
    };
    assert_eq!(ask("GetSite", b"{".to_vec()).await, (400, Code::BadInput));
    assert_eq!(ask("GetSite", vec![0xff]).await, (400, Code::BadInput));
    assert_eq!(ask("NoSuchCall", b"{}".to_vec()).await, (400, Code::BadInput));
    assert_eq!(ask("GetDevice", br#"{"id":9}"#.to_vec()).await, (404, Code::NotFound));
    assert_eq!(ask("StageFile", vec![b' '; 8 * 1024 * 1024 + 1]).await, (413, Code::BadInput));
    opened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once_and_in_its_role() {
    let folder = folder();
    let mut opened = opened(folder.path()).await;
    let (endpoint, _) = note(folder.path());
    let link = opened.new_link(Role::Viewer).await.expect("a link");
    let other = opened.new_link(Role::Operator).await.expect("another");
    let cookie = sign_in(&link).await;
    assert_eq!(status(http().get(&link)).await, 401, "the second time");
    assert_eq!(
        status(http().get(&link).header("cookie", &cookie)).await,
        303,
        "again in the browser that it signed in"
    );

    let page = http().get(format!("{endpoint}/")).header("cookie", &cookie).send().await.expect("a page");
    // Without a build of the screens the page says how to make one.
    assert!([200, 503].contains(&page.status().as_u16()));
    assert!(header(&page, "content-type").starts_with("text/html"));

    let call = |name: &str, cookie: &str| {
        http().post(format!("{endpoint}/rpc/{name}")).header("cookie", cookie).body("{}")
    };
    let info: contract::SiteInfo =
        call("GetSite", &cookie).send().await.expect("an answer").json().await.expect("the site");
    assert_eq!((info.actor.as_str(), info.role.as_str()), ("local viewer", "viewer"));
    assert_eq!(status(call("RunPlanning", &cookie)).await, 403);
    // A browser's role is its session's, whatever it says.
    assert_eq!(status(call("RunPlanning", &cookie).header("x-qm-role", "admin")).await, 403);
    let operator = sign_in(&other).await;
    assert_eq!(status(call("RunPlanning", &operator)).await, 200);
    opened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_listeners_hear_all_beside_a_slow_one() {
    let folder = folder();
    let opened = opened(folder.path()).await;
    let (endpoint, token) = note(folder.path());
    let listen = async || {
        let stream =
            http().get(format!("{endpoint}/events")).bearer_auth(&token).send().await.expect("a stream");
        assert_eq!(header(&stream, "content-type"), "text/event-stream");
        stream
    };
    // Never read until the end: it must hold up neither the others nor the application.
    let mut slow = listen().await;
    let (mut first, mut second) = (listen().await, listen().await);
    for stream in [&mut first, &mut second] {
        let text = next(stream).await;
        assert!(text.contains("\"number\":1") && text.contains("Snapshot"), "{text}");
    }
    let admin = local_actor(Role::Admin);
    let settings = opened.backend.call(GetSettings {}, &admin).await.expect("settings");
    for round in 0..20 {
        let settings = contract::Settings { site_name: format!("Site {round}"), ..settings.clone() };
        opened
            .backend
            .call(contract::ChangeSettings { settings, why: "a test".to_owned() }, &admin)
            .await
            .expect("changed");
    }
    for stream in [&mut first, &mut second] {
        while !next(stream).await.contains("\"topic\":\"Settings\",\"body\":\"Changed\"") {}
    }
    assert!(next(&mut slow).await.contains("Snapshot"));
    opened.close().await;
    // The end of the site ends the streams.
    let ended = tokio::time::timeout(PATIENCE, async { while let Ok(Some(_)) = first.chunk().await {} });
    ended.await.expect("a closed site ends its streams");
}

async fn next(stream: &mut Response) -> String {
    let piece = tokio::time::timeout(PATIENCE, stream.chunk()).await.expect("an event in time");
    String::from_utf8_lossy(&piece.expect("the stream holds").expect("it goes on")).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_on_takes_over_when_the_owner_ends_or_leaves_when_asked() {
    let folder = folder();
    let owner = opened(folder.path()).await;
    let asked_already = std::future::ready(());
    let left = host::inherit(site(folder.path()), Options::default(), asked_already).await;
    assert!(left.expect("nothing was tried").is_none());

    let heir = tokio::spawn(host::inherit(site(folder.path()), Options::default(), std::future::pending()));
    owner.close().await;
    let heir = tokio::time::timeout(PATIENCE, heir).await.expect("in time").expect("it ran");
    let heir = heir.expect("the folder is free").expect("nobody asked it to leave");
    assert!(heir.is_owner());
    let viewer = local_actor(Role::Viewer);
    let status = heir.backend.call(GetStatus {}, &viewer).await.expect("the new owner answers");
    assert!(status.recording);
    heir.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_host_attaches_and_survives_its_owner() {
    let folder = folder();
    let owner = opened(folder.path()).await;
    let mut second = opened(folder.path()).await;
    assert!(owner.is_owner() && !second.is_owner());
    assert!(matches!(second.backend, Backend::Attached(_)));
    let viewer = local_actor(Role::Viewer);
    let info = second.backend.call(GetSite {}, &viewer).await.expect("the owner answers");
    assert_eq!(
        (info.actor.as_str(), info.role.as_str()),
        ("local viewer", "viewer"),
        "the actor travels along"
    );
    let refused =
        second.backend.call(contract::RunPlanning {}, &viewer).await.expect_err("a viewer only looks");
    assert_eq!(refused.code, Code::NotAllowed);

    // Its own door passes calls and events on, in the role of the link.
    let link = second.new_link(Role::Operator).await.expect("a link");
    let endpoint = link.split("/?").next().expect("its address").to_owned();
    let cookie = sign_in(&link).await;
    let call = http().post(format!("{endpoint}/rpc/GetSite")).header("cookie", &cookie).body("{}");
    assert!(call.send().await.expect("an answer").text().await.expect("text").contains("local operator"));
    let mut stream =
        http().get(format!("{endpoint}/events")).header("cookie", &cookie).send().await.expect("a stream");
    assert!(next(&mut stream).await.contains("Snapshot"));

    owner.close().await;
    let gone = second.backend.call(GetStatus {}, &viewer).await.expect_err("nobody owns the folder now");
    assert_eq!(gone.code, Code::Unavailable);
    assert!(gone.message.contains("qm run"), "{gone}");
    let again = opened(folder.path()).await;
    assert!(again.is_owner());
    second.backend.call(GetStatus {}, &viewer).await.expect("the new owner is found");
    // The stream finds it too, and says so with a snapshot.
    assert!(next(&mut stream).await.contains("Snapshot"));
    second.close().await;
    again.close().await;
    assert!(OwnerNote::read(folder.path()).expect("readable").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_and_real_sites_share_no_folder() {
    let folder = folder();
    opened(folder.path()).await.close().await;
    let demo = Site::of(Some(folder.path().to_owned()), true).expect("a site");
    let Err(refused) = open(demo, Options::default()).await else {
        panic!("a real site is not opened as a demo")
    };
    assert!(refused.to_string().contains("leave --demo out"), "{refused}");
    // Nothing was taken.
    assert!(matches!(acquire(folder.path()), Acquired::Owned(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_said_and_nothing_stays_locked() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let Err(refused) = open(site(folder.path()), Options { port, ..Options::default() }).await else {
        panic!("the port is taken")
    };
    assert!(refused.to_string().contains(&port.to_string()), "{refused}");
    let Acquired::Owned(lock) = acquire(folder.path()) else { panic!("nothing stays locked") };
    assert!(!lock.unclean());
}
