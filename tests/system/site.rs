//! A site in a temporary folder, and the rules every call obeys.

use app::{Actor, App, Clock, Opening, Role, SiteSettings};
use contract::*;
use std::path::Path;
use tempfile::TempDir;
use units::{Day, Millis, Timestamp};

/// A site open on a manual clock. Models are statistical only.
pub struct Site {
    pub app: App,
    pub clock: Clock,
    pub folder: TempDir,
    pub by: Actor,
}

/// 2026-06-01 06:00 UTC, a Monday.
pub fn morning() -> Timestamp {
    Day::from_civil(2026, 6, 1).expect("a day").utc_midnight() + Millis::hours(6)
}

pub fn open_at(folder: &Path, clock: &Clock) -> App {
    let opening = Opening {
        folder: folder.to_owned(),
        clock: clock.clone(),
        first_settings: SiteSettings::default(),
        check: false,
        library: None,
    };
    let app = App::open(opening, &tokio::runtime::Handle::current()).expect("a new folder opens");
    app.listen();
    app
}

pub fn open() -> Site {
    let folder = TempDir::new().expect("a temporary folder");
    let clock = Clock::manual(morning());
    let app = open_at(folder.path(), &clock);
    Site { app, clock, folder, by: Actor::local_admin() }
}

fn actor(role: Role) -> Actor {
    Actor { name: format!("the {}", role.word()), role }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_may_do_what_its_line_says_and_no_more() {
    let site = open();
    let roles = [Role::Viewer, Role::Operator, Role::Manager, Role::Admin];
    for (name, least, _) in app::dispatch::calls() {
        for role in roles {
            // An empty body is refused as bad input where the role is right; the role is asked after the body is read, so
            // a body that can be read is needed to see it: only calls without fields are told apart here.
            let answer = site.app.dispatch(name, "{}", &actor(role)).await;
            if let Err(error) = &answer {
                assert_ne!(error.code, Code::Bug, "{name}: {error}");
            }
            if role >= least {
                assert!(
                    !matches!(&answer, Err(error) if error.code == Code::NotAllowed),
                    "{name} as {role:?}"
                );
            }
        }
    }
    let refused = site.app.call(RunPlanning {}, &actor(Role::Viewer)).await.expect_err("a viewer only reads");
    assert_eq!(refused.code, Code::NotAllowed);
    let refused = site
        .app
        .call(ExportPurchaseOrders { ids: vec![] }, &actor(Role::Operator))
        .await
        .expect_err("an operator does not buy");
    assert_eq!(refused.code, Code::NotAllowed);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_audited_and_kept() {
    let site = open();
    let mut settings = site.app.call(GetSettings {}, &site.by).await.expect("settings");
    settings.zone = "Mars/Olympus".into();
    let bad =
        site.app.call(ChangeSettings { settings: settings.clone(), why: String::new() }, &site.by).await;
    assert_eq!(bad.expect_err("no such zone").code, Code::BadInput);
    settings.zone = "Asia/Shanghai".into();
    settings.site_name = "港口路".into();
    site.app
        .call(ChangeSettings { settings: settings.clone(), why: "moved".into() }, &site.by)
        .await
        .expect("good settings");
    let audit = site.app.call(ListAudit { limit: 10 }, &site.by).await.expect("the audit");
    assert!(
        audit.iter().any(|row| row.why.as_deref() == Some("moved") && row.actor == site.by.name),
        "{audit:?}"
    );
    assert!(site.app.call(VerifyAudit {}, &site.by).await.expect("verified").intact);
    site.app.close().await;

    let again = open_at(site.folder.path(), &site.clock);
    assert_eq!(again.call(GetSettings {}, &site.by).await.expect("settings"), settings);
    assert_eq!(again.call(GetSite {}, &site.by).await.expect("the site").offset_minutes, 480);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_call_and_a_broken_body_are_told_apart() {
    let site = open();
    for (name, body, code) in [
        ("NoSuchCall", "{}", Code::BadInput),
        ("GetItem", "{", Code::BadInput),
        ("GetItem", r#"{"item":"x"}"#, Code::BadInput),
        ("GetItem", r#"{"item":999}"#, Code::NotFound),
        ("GetJob", r#"{"id":999}"#, Code::NotFound),
        ("GetSeries", r#"{"channels":[],"from":0,"to":1,"buckets":100}"#, Code::BadInput),
        ("ReadReportFile", r#"{"name":"../records.db"}"#, Code::NotFound),
        (
            "StartImport",
            r#"{"kind":"Orders","file":{"Path":"/no/such/file.csv"},"mapping":[],"dry_run":false}"#,
            Code::NotFound,
        ),
    ] {
        let error = site.app.dispatch(name, body, &site.by).await.expect_err(name);
        assert_eq!(error.code, code, "{name} {body}: {error}");
        assert!(!error.trace_id.is_empty() && error.message.len() > 15, "{error}");
    }
    site.app.close().await;
}
