//! Alarms as a person sees them: the record devices made (telemetry file) with what people did to it (records file).
//!
//! What people do needs its audit row in the same transaction, so it lives beside the audit, keyed by the alarm.

use crate::file::{first, rows, run};
use crate::limits::ROWS_MAX;
use crate::{Act, Result, Store};
use domain::Alarm;
use rusqlite::{Connection, Row, params};
use serde_json::json;
use std::collections::HashMap;
use units::{AlarmId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "alarm-handling-1",
    "CREATE TABLE alarm_handling(
        alarm INTEGER PRIMARY KEY,
        acknowledged_at INTEGER,
        acknowledged_by TEXT,
        note TEXT,
        shelved_until INTEGER
     );",
)];

/// Which alarms to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmQuery {
    /// Only those whose condition still stands (`true`) or is gone (`false`).
    pub open: Option<bool>,
    /// Only those raised at or after this.
    pub from: Option<Timestamp>,
    /// Only those raised before this.
    pub to: Option<Timestamp>,
    /// At most so many, newest first.
    pub limit: u32,
}

#[derive(Clone, Debug, Default)]
struct Handling {
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
    note: Option<String>,
    shelved_until: Option<i64>,
}

const HANDLING: &str =
    "SELECT alarm, acknowledged_at, acknowledged_by, note, shelved_until FROM alarm_handling";

impl Handling {
    fn of(row: &Row<'_>) -> Result<(i64, Self)> {
        let handling = Self {
            acknowledged_at: row.get(1)?,
            acknowledged_by: row.get(2)?,
            note: row.get(3)?,
            shelved_until: row.get(4)?,
        };
        Ok((row.get(0)?, handling))
    }

    fn load(db: &Connection, id: AlarmId) -> Result<Self> {
        Ok(first(db, &format!("{HANDLING} WHERE alarm = ?1"), [id.0], Self::of)?
            .map(|(_, h)| h)
            .unwrap_or_default())
    }

    fn save(&self, tx: &Connection, id: AlarmId) -> Result<()> {
        run(
            tx,
            "INSERT OR REPLACE INTO alarm_handling VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id.0, self.acknowledged_at, self.acknowledged_by, self.note, self.shelved_until],
        )?;
        Ok(())
    }

    fn on(self, mut alarm: Alarm) -> Alarm {
        alarm.acknowledged_at = self.acknowledged_at.map(Timestamp);
        alarm.acknowledged_by = self.acknowledged_by;
        alarm.note = self.note;
        alarm.shelved_until = self.shelved_until.map(Timestamp);
        alarm
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "acknowledged_at": self.acknowledged_at,
            "acknowledged_by": self.acknowledged_by,
            "note": self.note,
            "shelved_until": self.shelved_until,
        })
    }
}

impl Store {
    /// Alarms, newest first, with acknowledgement, note and shelf.
    pub fn alarms(&self, query: &AlarmQuery) -> Result<Vec<Alarm>> {
        self.handled(self.telemetry.bare_alarms(query.open, query.from, query.to, query.limit)?)
    }

    /// Alarms that need someone: the condition stands, or it is gone and nobody has acknowledged it yet; most urgent,
    /// then newest first. Shelved ones are included: the caller, who has the time, leaves them out.
    pub fn open_alarms(&self) -> Result<Vec<Alarm>> {
        let mut alarms = self.handled(self.telemetry.bare_alarms(None, None, None, ROWS_MAX)?)?;
        alarms.retain(|alarm| alarm.cleared_at.is_none() || alarm.acknowledged_at.is_none());
        alarms.sort_by_key(|alarm| std::cmp::Reverse((alarm.priority, alarm.raised_at, alarm.id)));
        Ok(alarms)
    }

    /// One alarm.
    pub fn alarm(&self, id: AlarmId) -> Result<Alarm> {
        let alarm = self.telemetry.bare_alarm(id)?;
        let handling =
            self.records.file.read("read what was done about an alarm", |db| Handling::load(db, id))?;
        Ok(handling.on(alarm))
    }

    /// A person has seen it. Seen twice keeps the first name and time; a note replaces the note.
    pub fn acknowledge_alarm(&self, act: &Act, id: AlarmId, note: Option<&str>) -> Result<Alarm> {
        let note = note.map(str::to_owned);
        let (at, by) = (act.at.0, act.by.name.clone());
        self.handle(act, id, "alarm.acknowledge", move |handling| {
            if handling.acknowledged_at.is_none() {
                (handling.acknowledged_at, handling.acknowledged_by) = (Some(at), Some(by));
            }
            if note.is_some() {
                handling.note = note;
            }
        })
    }

    /// Keeps it off the list until then; `None` puts it back.
    pub fn shelve_alarm(&self, act: &Act, id: AlarmId, until: Option<Timestamp>) -> Result<Alarm> {
        self.handle(act, id, "alarm.shelve", move |handling| handling.shelved_until = until.map(|t| t.0))
    }

    fn handle(
        &self,
        act: &Act,
        id: AlarmId,
        action: &'static str,
        change: impl FnOnce(&mut Handling) + Send + 'static,
    ) -> Result<Alarm> {
        // Alarms are never deleted, so it is still there when the other file is written.
        let alarm = self.telemetry.bare_alarm(id)?;
        let handling = self.records.change("handle an alarm", act, move |c| {
            let mut handling = Handling::load(c.tx, id)?;
            let old = handling.json();
            change(&mut handling);
            handling.save(c.tx, id)?;
            c.audit(action, &format!("alarm {id}"), Some(old), Some(handling.json()))?;
            Ok(handling)
        })?;
        Ok(handling.on(alarm))
    }

    fn handled(&self, alarms: Vec<Alarm>) -> Result<Vec<Alarm>> {
        let Some(oldest) = alarms.iter().map(|alarm| alarm.id.0).min() else { return Ok(alarms) };
        let mut known: HashMap<i64, Handling> =
            self.records.file.read("read what was done about alarms", |db| {
                let found = rows(db, &format!("{HANDLING} WHERE alarm >= ?1"), [oldest], Handling::of)?;
                Ok(found.into_iter().collect())
            })?;
        Ok(alarms.into_iter().map(|alarm| known.remove(&alarm.id.0).unwrap_or_default().on(alarm)).collect())
    }
}
