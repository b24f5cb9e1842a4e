//! What is kept of a device's life beside its state: errors by kind, what it just said, which endpoint it shares.
//!
//! Knows counters and rows. Does not know drivers, alarms or the store.

use contract::{ErrorRow, SaidRow};
use std::collections::{BTreeMap, VecDeque};
use store::{Counter, CounterDelta};
use units::Timestamp;

/// Counters that are no errors.
const WELL: [&str; 3] = ["received", "positions", "duplicates"];

/// What went wrong, by kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tallies(BTreeMap<String, (u64, Timestamp)>);

impl Tallies {
    /// What the store has, at start.
    pub fn restore(&mut self, counter: &Counter) {
        if !WELL.contains(&counter.name.as_str()) {
            self.0.insert(counter.name.clone(), (counter.value.unsigned_abs(), counter.last_at));
        }
    }

    /// One more, or several.
    pub fn count(&mut self, delta: &CounterDelta) {
        if WELL.contains(&delta.name.as_str()) || delta.by <= 0 {
            return;
        }
        match self.0.get_mut(&delta.name) {
            Some((count, last_at)) => {
                *count += delta.by.unsigned_abs();
                *last_at = (*last_at).max(delta.at);
            }
            None => {
                self.0.insert(delta.name.clone(), (delta.by.unsigned_abs(), delta.at));
            }
        }
    }

    /// The newest kind first.
    pub fn rows(&self) -> Vec<ErrorRow> {
        let mut rows: Vec<ErrorRow> = self
            .0
            .iter()
            .map(|(kind, (count, last_at))| ErrorRow { kind: kind.clone(), count: *count, last_at: *last_at })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.last_at));
        rows
    }
}

/// Values kept while somebody looks.
const SAID_MAX: usize = 512;

/// Real milliseconds after which nobody looks any more.
const LOOK_MS: i64 = 15_000;

/// What a device just said, kept only while somebody looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct SaidLog {
    rows: VecDeque<SaidRow>,
    number: u64,
    until: Option<Timestamp>,
}

impl SaidLog {
    /// Somebody looks, by the real clock.
    pub fn look(&mut self, now: Timestamp) {
        self.until = Some(Timestamp(now.0.saturating_add(LOOK_MS)));
    }

    /// Whether what is said is to be kept.
    pub fn is_looked_at(&mut self, now: Timestamp) -> bool {
        if self.until.is_some_and(|until| now > until) {
            self.until = None;
            self.rows.clear();
        }
        self.until.is_some()
    }

    /// One value; its number is given here.
    pub fn say(&mut self, row: SaidRow) {
        self.number += 1;
        if self.rows.len() == SAID_MAX {
            self.rows.pop_front();
        }
        self.rows.push_back(SaidRow { number: self.number, ..row });
    }

    /// What came after a number, oldest first.
    pub fn after(&self, number: u64) -> Vec<SaidRow> {
        self.rows.iter().filter(|row| row.number > number).cloned().collect()
    }
}

/// What a device shares with others: a broker's or a server's address, a port, our own listener.
pub(crate) fn shared_endpoint(address: &str) -> &str {
    match address.split_once("://") {
        Some(("listen", _)) => "listen",
        Some((scheme, rest)) => {
            let host = rest.find('/').unwrap_or(rest.len());
            &address[..scheme.len() + 3 + host]
        }
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::DeviceId;

    #[test]
    fn devices_of_a_broker_share_its_address() {
        for (address, shared) in [
            ("mqtt://10.0.0.7:1883/site/energy/#", "mqtt://10.0.0.7:1883"),
            ("http://10.0.0.7/values.json?room=2", "http://10.0.0.7"),
            ("tcp://10.0.0.7:502", "tcp://10.0.0.7:502"),
            ("listen://k7Gd/x", "listen"),
            ("/dev/ttyUSB0", "/dev/ttyUSB0"),
            ("COM3", "COM3"),
        ] {
            assert_eq!(shared_endpoint(address), shared);
        }
    }

    #[test]
    fn errors_are_told_by_kind_the_newest_first() {
        let mut tallies = Tallies::default();
        let device = DeviceId(1);
        for (name, by, at) in [("lost", 1, 5), ("received", 40, 9), ("suspect", 3, 7), ("lost", 1, 8)] {
            tallies.count(&CounterDelta { device, name: name.to_owned(), by, at: Timestamp(at) });
        }
        let rows: Vec<_> =
            tallies.rows().into_iter().map(|row| (row.kind, row.count, row.last_at.0)).collect();
        assert_eq!(rows, [("lost".to_owned(), 2, 8), ("suspect".to_owned(), 3, 7)]);
    }

    #[test]
    fn what_is_said_is_kept_only_while_somebody_looks() {
        let mut log = SaidLog::default();
        assert!(!log.is_looked_at(Timestamp(0)));
        log.look(Timestamp(0));
        assert!(log.is_looked_at(Timestamp(LOOK_MS)));
        let row = SaidRow {
            number: 0,
            at: Timestamp(1),
            code: "T1".into(),
            channel: String::new(),
            value: None,
            unit: String::new(),
            fault: String::new(),
        };
        for _ in 0..SAID_MAX + 10 {
            log.say(row.clone());
        }
        assert_eq!(log.after(0).len(), SAID_MAX);
        assert_eq!(log.after(SAID_MAX as u64 + 9).len(), 1);
        assert!(!log.is_looked_at(Timestamp(LOOK_MS + 1)));
        assert!(log.after(0).is_empty());
    }
}
