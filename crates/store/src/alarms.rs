//! Alarms as a person sees them: the record devices made (telemetry file) with what people did to it (records file).

use crate::{Act, Result, Store};
use domain::Alarm;
use units::{AlarmId, Timestamp};

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

impl Store {
    /// Alarms, newest first, with acknowledgement, note and shelf.
    pub fn alarms(&self, query: &AlarmQuery) -> Result<Vec<Alarm>> {
        crate::file::later(query)
    }

    /// Alarms that need someone: the condition stands, or it is gone and nobody has acknowledged it yet; most urgent,
    /// then newest first. Shelved ones are included: the caller, who has the time, leaves them out.
    pub fn open_alarms(&self) -> Result<Vec<Alarm>> {
        crate::file::later(())
    }

    /// One alarm.
    pub fn alarm(&self, id: AlarmId) -> Result<Alarm> {
        crate::file::later(id)
    }

    /// A person has seen it. Seen twice keeps the first name and time; a note replaces the note.
    pub fn acknowledge_alarm(&self, act: &Act, id: AlarmId, note: Option<&str>) -> Result<Alarm> {
        crate::file::later((act, id, note))
    }

    /// Keeps it off the list until then; `None` puts it back.
    pub fn shelve_alarm(&self, act: &Act, id: AlarmId, until: Option<Timestamp>) -> Result<Alarm> {
        crate::file::later((act, id, until))
    }
}
