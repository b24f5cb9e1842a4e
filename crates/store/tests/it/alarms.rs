use crate::{NOW, act, open, site};
use domain::{AlarmChange, AlarmKind, AlarmTransition, Priority};
use store::{AlarmQuery, Batch, ErrorKind};
use units::{AlarmId, ChannelId, Milli, Millis};

fn step(channel: i64, change: AlarmChange, seconds: i64, value: i64) -> AlarmTransition {
    AlarmTransition {
        kind: AlarmKind::High,
        channel: Some(ChannelId(channel)),
        device: None,
        change,
        at: NOW + Millis::seconds(seconds),
        value: Some(Milli(value)),
        limit: Some(Milli(8_000)),
        priority: if channel == 1 { Priority::Critical } else { Priority::Low },
    }
}

fn batch(transitions: Vec<AlarmTransition>) -> Batch {
    Batch { transitions, ..Batch::default() }
}

#[test]
fn an_alarm_from_raised_to_cleared_with_what_people_did() {
    let (folder, store) = site();
    let raise = batch(vec![step(1, AlarmChange::Raised, 0, 8_500), step(2, AlarmChange::Raised, 5, 8_100)]);
    let raised = store.telemetry.append(raise.clone()).expect("append").alarms;
    assert_eq!(raised.len(), 2);
    // The same transitions again raise nothing new.
    assert_eq!(store.telemetry.append(raise).expect("append").alarms.len(), 2);
    let worse = vec![step(1, AlarmChange::Worsened, 9, 9_900), step(1, AlarmChange::Worsened, 10, 9_000)];
    store.telemetry.append(batch(worse)).expect("append");
    assert_eq!(
        store.open_alarms().expect("open").iter().map(|a| a.id).collect::<Vec<_>>(),
        [raised[0].id, raised[1].id]
    );

    let acked = store.acknowledge_alarm(&act(), raised[0].id, Some("door was open")).expect("acknowledge");
    assert_eq!(acked.worst, Some(Milli(9_900)));
    let until = NOW + Millis::hours(1);
    assert_eq!(
        store.shelve_alarm(&act(), raised[1].id, Some(until)).expect("shelve").shelved_until,
        Some(until)
    );
    let clear = vec![step(1, AlarmChange::Cleared, 60, 7_000), step(2, AlarmChange::Cleared, 61, 7_000)];
    store.telemetry.append(batch(clear)).expect("append");
    drop(store);

    let store = open(&folder);
    // Acknowledged and cleared: done. Cleared but not acknowledged: still needs someone.
    assert_eq!(store.open_alarms().expect("open").iter().map(|a| a.id).collect::<Vec<_>>(), [raised[1].id]);
    let past =
        store.alarms(&AlarmQuery { open: Some(false), limit: 10, ..AlarmQuery::default() }).expect("past");
    assert_eq!(past.iter().map(|a| a.id).collect::<Vec<_>>(), [raised[1].id, raised[0].id]);
    let first = store.alarm(raised[0].id).expect("alarm");
    assert_eq!(first.acknowledged_by.as_deref(), Some("local admin"));
    assert_eq!(first.note.as_deref(), Some("door was open"));
    assert_eq!(first.cleared_at, Some(NOW + Millis::seconds(60)));
    // Raised again: a new record.
    let again =
        store.telemetry.append(batch(vec![step(1, AlarmChange::Raised, 90, 8_200)])).expect("append").alarms;
    assert!(again[0].id > raised[1].id);
    assert_eq!(store.audit_actions(), ["alarm.acknowledge", "alarm.shelve"]);
    let missing = store.acknowledge_alarm(&act(), AlarmId(99), None).expect_err("there is no such alarm");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

trait AuditActions {
    fn audit_actions(&self) -> Vec<String>;
}

impl AuditActions for store::Store {
    fn audit_actions(&self) -> Vec<String> {
        let mut rows = self.records.audit_list(100, None).expect("audit");
        rows.reverse();
        rows.into_iter().map(|row| row.action).collect()
    }
}
