//! The true temperature of each probe of the warehouse, as a pure function of a seed and an instant.
//!
//! Every room is a first-order thermal system: heat comes and goes in pulses (doors, defrosts, troubles) and the air
//! answers with an exponential. Such a system is linear, so its answer is the sum over the pulses of the last hours, and
//! any instant can be asked for by itself: a week of history and the live line agree without being run through.

use crate::catalogue::ZoneKind;
use crate::chance::{between, hash, unit};
use units::{Milli, Millis, Seed, Timestamp};

#[cfg(test)]
mod tests;

/// The clock on the wall of the demonstration site is this far ahead of UTC.
const WALL_CLOCK: Millis = Millis::hours(8);

/// The longest a pulse is felt.
const MEMORY: Millis = Millis::hours(12);

/// One probe of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its name on the wire.
    pub code: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Its Chinese name.
    pub name_zh: &'static str,
    /// The room it hangs in.
    pub zone: ZoneKind,
    /// How much it feels of an open door, in percent.
    door: u8,
    /// How far it is from the room's mean, in hundredths of a degree.
    offset: i16,
}

const fn probe(
    code: &'static str,
    name: &'static str,
    name_zh: &'static str,
    zone: ZoneKind,
    door: u8,
    offset: i16,
) -> Probe {
    Probe { code, name, name_zh, zone, door, offset }
}

/// The twelve probes, four a zone.
pub const PROBES: [Probe; 12] = [
    probe("T01", "Hall, dock doors", "常温库 月台门", ZoneKind::Ambient, 100, -60),
    probe("T02", "Hall, pick faces", "常温库 拣选区", ZoneKind::Ambient, 30, 0),
    probe("T03", "Hall, high rack", "常温库 高位货架", ZoneKind::Ambient, 10, 110),
    probe("T04", "Hall, packing", "常温库 打包区", ZoneKind::Ambient, 45, 40),
    probe("T05", "Chilled room, door", "冷藏库 门口", ZoneKind::Chilled, 100, 25),
    probe("T06", "Chilled room, evaporator", "冷藏库 蒸发器", ZoneKind::Chilled, 20, -40),
    probe("T07", "Chilled room, top shelf", "冷藏库 顶层", ZoneKind::Chilled, 40, 30),
    probe("T08", "Chilled room, back", "冷藏库 后部", ZoneKind::Chilled, 15, -10),
    probe("T09", "Freezer, door", "冷冻库 门口", ZoneKind::Frozen, 100, 50),
    probe("T10", "Freezer, evaporator", "冷冻库 蒸发器", ZoneKind::Frozen, 20, -70),
    probe("T11", "Freezer, top shelf", "冷冻库 顶层", ZoneKind::Frozen, 40, 40),
    probe("T12", "Freezer, back", "冷冻库 后部", ZoneKind::Frozen, 15, -20),
];

/// The alarm limits that fit a zone's goods, low and high: 15 to 25 °C, 2 to 8 °C, −25 to −15 °C.
pub const fn limits(zone: ZoneKind) -> (Milli, Milli) {
    match zone {
        ZoneKind::Ambient => (Milli(15_000), Milli(25_000)),
        ZoneKind::Chilled => (Milli(2_000), Milli(8_000)),
        ZoneKind::Frozen => (Milli(-25_000), Milli(-15_000)),
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// The chilled room's compressor stands still.
    CompressorFailure,
    /// The freezer's door was left open.
    DoorLeftOpen,
    /// The hall's heating stands still.
    HeatingFailure,
}

impl IncidentKind {
    /// The room it happens in.
    pub const fn zone(self) -> ZoneKind {
        match self {
            Self::CompressorFailure => ZoneKind::Chilled,
            Self::DoorLeftOpen => ZoneKind::Frozen,
            Self::HeatingFailure => ZoneKind::Ambient,
        }
    }

    /// Where the room would end up, against where it is kept; and the minutes it takes there and back.
    const fn pull(self) -> Pull {
        match self {
            Self::CompressorFailure => Pull { degrees: 13.5, rise: 90.0, fall: 30.0 },
            Self::DoorLeftOpen => Pull { degrees: 31.0, rise: 120.0, fall: 40.0 },
            Self::HeatingFailure => Pull { degrees: -11.0, rise: 60.0, fall: 45.0 },
        }
    }
}

/// One trouble that truly happened: what an alarm can be held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What.
    pub kind: IncidentKind,
    /// Since when.
    pub from: Timestamp,
    /// Until it was put right; the room needs an hour or two more.
    pub to: Timestamp,
}

/// What a pulse does to the air: how far it would go, and the time constants in minutes while it lasts and after.
#[derive(Clone, Copy)]
struct Pull {
    degrees: f64,
    rise: f64,
    fall: f64,
}

/// Heat coming in for a while.
#[derive(Clone, Copy)]
struct Pulse {
    from: Timestamp,
    minutes: f64,
    pull: Pull,
}

impl Pulse {
    /// How far it has moved the air by then.
    fn felt(&self, at: Timestamp) -> f64 {
        let since = (at - self.from).0 as f64 / 60_000.0;
        if since <= 0.0 {
            return 0.0;
        }
        let during = 1.0 - (-since.min(self.minutes) / self.pull.rise).exp();
        self.pull.degrees * during * (-(since - self.minutes).max(0.0) / self.pull.fall).exp()
    }
}

/// The weather, the rooms and their troubles.
#[derive(Clone, Copy, Debug)]
pub struct Climate {
    seed: u64,
    live_from: Timestamp,
}

/// Each kind of chance draws from its own stream.
mod stream {
    pub(super) const WEATHER: u64 = 0x7E01;
    pub(super) const DOOR: u64 = 0x7E02;
    pub(super) const CYCLE: u64 = 0x7E03;
    pub(super) const DEFROST: u64 = 0x7E04;
    pub(super) const INCIDENT: u64 = 0x7E05;
    pub(super) const LIVE: u64 = 0x7E06;
}

impl Climate {
    /// The climate of a seed. Troubles are rare before `live_from`, one every two days; after it they come soon: the
    /// compressor fails within the first hour, the freezer's door is left open 4 to 7 hours in, the heating fails 10 to
    /// 13 hours in, and from the second day on there is one a day.
    pub fn new(seed: Seed, live_from: Timestamp) -> Self {
        Self { seed: seed.0, live_from }
    }

    /// The true temperatures of the twelve probes in °C, in the order of [`PROBES`].
    pub fn temperatures(&self, at: Timestamp) -> [f64; 12] {
        let troubles = self.incidents(at - MEMORY, at + Millis(1));
        let rooms = [ZoneKind::Ambient, ZoneKind::Chilled, ZoneKind::Frozen]
            .map(|zone| self.room(zone, &troubles, at));
        PROBES.map(|probe| {
            let room = &rooms[zone_index(probe.zone)];
            let door = f64::from(probe.door) / 100.0;
            // The evaporator blows on its own probe; defrosting is felt most there.
            let defrost = if probe.door == 20 { 1.2 } else { 0.7 };
            room.mean
                + f64::from(probe.offset) / 100.0
                + door * room.doors
                + defrost * room.defrost
                + (0.9 + 0.2 * door) * room.trouble
        })
    }

    /// The troubles that begin in `from..to`, oldest first.
    pub fn incidents(&self, from: Timestamp, to: Timestamp) -> Vec<Incident> {
        let mut found = Vec::new();
        let second_day = self.live_from + Millis::days(1);
        for (slot, last) in [(Millis::days(2), self.live_from), (Millis::days(1), Timestamp(i64::MAX))] {
            let first = if last == self.live_from { from } else { from.max(second_day) };
            for index in first.0.div_euclid(slot.0)..=to.min(last).0.div_euclid(slot.0) {
                let key = |what| [self.seed, stream::INCIDENT, slot.0 as u64, index as u64, what];
                let start = Timestamp(index * slot.0)
                    + minutes(between(120.0, slot.0 as f64 / 60_000.0 - 360.0, &key(0)));
                let kind = match hash(&key(1)) % 5 {
                    0 | 1 => IncidentKind::CompressorFailure,
                    2 | 3 => IncidentKind::DoorLeftOpen,
                    _ => IncidentKind::HeatingFailure,
                };
                // Close to the beginning of the live part the fixed ones below have the stage.
                let free = if last == self.live_from {
                    start + Millis::hours(6) < self.live_from
                } else {
                    start >= second_day
                };
                if free {
                    found.push(lasting(kind, start, unit(&key(2))));
                }
            }
        }
        for (index, (kind, earliest, latest)) in [
            (IncidentKind::CompressorFailure, 20.0, 60.0),
            (IncidentKind::DoorLeftOpen, 240.0, 420.0),
            (IncidentKind::HeatingFailure, 600.0, 780.0),
        ]
        .into_iter()
        .enumerate()
        {
            let key = |what| [self.seed, stream::LIVE, index as u64, what];
            let start = self.live_from + minutes(between(earliest, latest, &key(0)));
            found.push(lasting(kind, start, unit(&key(1))));
        }
        found.retain(|incident| incident.from >= from && incident.from < to);
        found.sort_by_key(|incident| incident.from);
        found
    }

    fn room(&self, zone: ZoneKind, troubles: &[Incident], at: Timestamp) -> Room {
        let id = zone_index(zone) as u64;
        let trouble = troubles
            .iter()
            .filter(|incident| incident.kind.zone() == zone)
            .map(|incident| {
                let minutes = (incident.to - incident.from).0 as f64 / 60_000.0;
                Pulse { from: incident.from, minutes, pull: incident.kind.pull() }.felt(at)
            })
            .sum();
        let outside = self.outside(at - Millis::hours(2));
        let mean = match zone {
            // Heated towards 19.5 °C; a fifth of the weather comes through the walls, two hours late.
            ZoneKind::Ambient => 19.5 + 0.2 * (outside - 12.0),
            ZoneKind::Chilled => 4.2 + 0.01 * (outside - 12.0) + 0.4 * self.cycle(id, 24.0, at),
            ZoneKind::Frozen => -21.0 + 0.02 * (outside - 12.0) + 0.6 * self.cycle(id, 32.0, at),
        };
        let (door_degrees, defrost_degrees) = match zone {
            ZoneKind::Ambient => (0.35 * (outside - 19.5), 0.0),
            ZoneKind::Chilled => (5.0, 1.1),
            ZoneKind::Frozen => (10.0, 2.2),
        };
        Room {
            mean,
            doors: self.doors(id, door_degrees, at),
            defrost: if defrost_degrees == 0.0 { 0.0 } else { self.defrost(id, defrost_degrees, at) },
            trouble,
        }
    }

    /// The air outside in °C: a year, a day, and weather that changes over days.
    fn outside(&self, at: Timestamp) -> f64 {
        let day = (at + WALL_CLOCK).0 as f64 / 86_400_000.0;
        let year = (std::f64::consts::TAU * (day - 105.0) / 365.25).sin();
        let hour = (std::f64::consts::TAU * (day.rem_euclid(1.0) - 0.375)).sin();
        let weather = |index: f64| between(-4.0, 4.0, &[self.seed, stream::WEATHER, index as i64 as u64]);
        let (before, share) = (day.floor(), day.rem_euclid(1.0));
        let drift = weather(before) * (1.0 - share) + weather(before + 1.0) * share;
        12.0 + 7.0 * year + 5.0 * hour + drift
    }

    /// The compressor's on and off, from −1 to 1: slow up, fast down.
    fn cycle(&self, id: u64, period: f64, at: Timestamp) -> f64 {
        let shift = unit(&[self.seed, stream::CYCLE, id]);
        let phase = (at.0 as f64 / 60_000.0 / period + shift).rem_euclid(1.0);
        if phase < 0.6 { phase / 0.3 - 1.0 } else { 1.0 - (phase - 0.6) / 0.2 }
    }

    /// Doors opened: at most one every quarter of an hour, mostly in working hours.
    fn doors(&self, id: u64, degrees: f64, at: Timestamp) -> f64 {
        const SLOT: i64 = 15 * 60_000;
        let now = at.0.div_euclid(SLOT);
        (now - 5..=now)
            .filter_map(|slot| {
                let hour = (slot * SLOT + WALL_CLOCK.0).rem_euclid(86_400_000) / 3_600_000;
                let chance = if (7..19).contains(&hour) { 0.45 } else { 0.04 };
                let key = |what| [self.seed, stream::DOOR, id, slot as u64, what];
                (unit(&key(0)) < chance).then(|| Pulse {
                    from: Timestamp(slot * SLOT) + minutes(between(0.0, 10.0, &key(1))),
                    minutes: between(0.5, 4.0, &key(2)),
                    pull: Pull { degrees, rise: 9.0, fall: 7.0 },
                })
            })
            .map(|pulse| pulse.felt(at))
            .sum()
    }

    /// The evaporator's defrost, every eight hours for twenty minutes.
    fn defrost(&self, id: u64, degrees: f64, at: Timestamp) -> f64 {
        const EVERY: i64 = 8 * 3_600_000;
        let shift = (unit(&[self.seed, stream::DEFROST, id]) * EVERY as f64) as i64;
        let from = Timestamp((at.0 - shift).div_euclid(EVERY) * EVERY + shift);
        Pulse { from, minutes: 20.0, pull: Pull { degrees, rise: 12.0, fall: 18.0 } }.felt(at)
    }
}

/// What a room's air does at one instant, in degrees.
struct Room {
    mean: f64,
    doors: f64,
    defrost: f64,
    trouble: f64,
}

fn zone_index(zone: ZoneKind) -> usize {
    match zone {
        ZoneKind::Ambient => 0,
        ZoneKind::Chilled => 1,
        ZoneKind::Frozen => 2,
    }
}

fn minutes(minutes: f64) -> Millis {
    Millis((minutes * 60_000.0) as i64)
}

fn lasting(kind: IncidentKind, from: Timestamp, chance: f64) -> Incident {
    let (shortest, longest) = match kind {
        IncidentKind::CompressorFailure => (75.0, 110.0),
        IncidentKind::DoorLeftOpen => (50.0, 80.0),
        IncidentKind::HeatingFailure => (120.0, 160.0),
    };
    Incident { kind, from, to: from + minutes(shortest + (longest - shortest) * chance) }
}
