use crate::{NOW, act, open, site};
use rusqlite::Connection;
use store::Verdict;
use tempfile::TempDir;
use units::AuditId;

/// A site with six audit rows, closed.
fn written() -> TempDir {
    let (folder, store) = site();
    for n in 0..6 {
        store.records.save_setting(&act().because("test"), "shade", &format!("{n}")).expect("save");
    }
    folder
}

/// Does to the file what someone with an editor could: the triggers are no obstacle.
fn forge(folder: &TempDir, sql: &str) -> Verdict {
    let file = Connection::open(folder.path().join("records.db")).expect("the file opens");
    file.execute_batch(
        "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_head_grows;
         DROP TRIGGER audit_head_stays;",
    )
    .expect("triggers drop");
    file.execute_batch(sql).expect(sql);
    drop(file);
    open(folder).records.audit_verify().expect("verify")
}

#[test]
fn an_untouched_chain_holds() {
    let folder = written();
    let store = open(&folder);
    let verdict = store.records.audit_verify().expect("verify");
    assert!(verdict.holds() && verdict.rows == 6, "{verdict:?}");
    let rows = store.records.audit_list(2, Some(AuditId(4))).expect("list");
    assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [3, 2]);
    let row = &rows[0];
    assert_eq!((row.at, row.actor.as_str(), row.role.as_str()), (NOW, "local admin", "admin"));
    assert_eq!(
        (row.old.as_deref(), row.new.as_deref(), row.why.as_deref()),
        (Some("1"), Some("2"), Some("test"))
    );
    let head = store.records.audit_list(1, None).expect("list");
    assert_eq!(head[0].hash, verdict.head_hash);
}

#[test]
fn every_forgery_is_found_where_it_is() {
    for (sql, bad) in [
        ("UPDATE audit SET actor = 'nobody' WHERE id = 3", 3),
        ("UPDATE audit SET new = '9' WHERE id = 6", 6),
        ("UPDATE audit SET why = NULL WHERE id = 1", 1),
        ("UPDATE audit SET at = 'soon' WHERE id = 2", 2),
        ("UPDATE audit SET hash = zeroblob(32) WHERE id = 4", 4),
        ("DELETE FROM audit WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 6", 6),
        ("DELETE FROM audit WHERE id >= 5", 5),
        ("DELETE FROM audit", 1),
        ("DELETE FROM audit WHERE id = 6; UPDATE audit_head SET rows = 5", 5),
        ("DELETE FROM audit_head", 6),
        // Two rows change places, and numbers closed up over a deleted one.
        ("UPDATE audit SET id = -id WHERE id IN (3, 4); UPDATE audit SET id = 7 + id WHERE id < 0", 3),
        (
            "DELETE FROM audit WHERE id = 4; UPDATE audit SET id = id - 1 WHERE id > 4; UPDATE audit_head SET rows = 5",
            4,
        ),
        (
            "INSERT INTO audit SELECT 7, at, actor, role, action, subject, old, new, why, hash, hash FROM audit WHERE id = 6",
            7,
        ),
    ] {
        let verdict = forge(&written(), sql);
        assert_eq!(verdict.first_bad.as_ref().map(|(id, _)| id.0), Some(bad), "{sql}: {verdict:?}");
    }
}

#[test]
fn sql_can_not_change_it() {
    let folder = written();
    let file = Connection::open(folder.path().join("records.db")).expect("the file opens");
    for sql in [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit WHERE id = 6",
        "UPDATE audit_head SET rows = 3",
        "DELETE FROM audit_head",
    ] {
        assert!(file.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn saving_what_is_there_leaves_no_record() {
    let (_folder, store) = site();
    let settings = store.records.settings().expect("settings");
    store.records.save_settings(&act(), &settings).expect("save");
    store.records.save_settings(&act(), &settings).expect("save");
    assert_eq!(store.records.audit_verify().expect("verify").rows, 1);
}
