//! Vehicles that drive a plan: where each is at an instant, as its tracker would say.
//!
//! A vehicle follows its route's line by the plan's times, wobbling by a minute or so, as traffic makes one. Of a day's vehicles one runs
//! into worse traffic, its delay growing through the day, and one tracker falls silent for a while. Positions are a function of (seed, plan,
//! instant): asked in any order, the same.

use crate::chance::{between, hash, normal};
use std::fmt::Write as _;
use units::{Day, GeoPoint, Metres, Millis, Seed, Timestamp};

#[cfg(test)]
mod tests;

/// How often a tracker speaks while its vehicle is under way.
pub const INTERVAL: Millis = Millis::seconds(30);
/// How often it speaks while parked.
pub const INTERVAL_PARKED: Millis = Millis::minutes(2);
/// How long the silent tracker is silent.
const SILENCE: Millis = Millis::minutes(25);
/// What the vehicle in bad traffic loses of each hour, as a share.
const JAM: f64 = 0.16;
/// The most it loses.
const JAM_MAX: Millis = Millis::minutes(50);
/// The farthest a door is looked for from where the plan's distances say it is along the line, metres.
const DOOR: f64 = 250.0;

/// What a question to [`hash`] is about.
mod topic {
    pub const WOBBLE: u64 = 0xD101;
    pub const JITTER: u64 = 0xD102;
    pub const WHO: u64 = 0xD103;
}

/// A visit of a route to be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The door.
    pub place: GeoPoint,
    /// Along the road since the visit before.
    pub distance: Metres,
    /// By the plan.
    pub arrive_at: Timestamp,
    /// By the plan.
    pub leave_at: Timestamp,
}

/// A route to be driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drive {
    /// The vehicle's code.
    pub code: String,
    /// Leaves the depot.
    pub leave_at: Timestamp,
    /// Is back.
    pub back_at: Timestamp,
    /// Driven in all.
    pub distance: Metres,
    /// In order.
    pub stops: Vec<Stop>,
    /// The line driven, from the depot and back.
    pub path: Vec<GeoPoint>,
}

/// What a tracker says.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The vehicle's code.
    pub code: String,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: GeoPoint,
    /// How fast.
    pub speed_kmh: f64,
    /// Where it heads, degrees from north.
    pub heading_deg: u16,
}

impl Fix {
    /// `fleet/VAN-1/position`.
    pub fn topic(&self) -> String {
        format!("fleet/{}/position", self.code)
    }

    /// What is published: `{"lat": …, "lon": …, "speed": …, "heading": …, "time": …}`.
    pub fn payload(&self) -> String {
        let mut text = String::with_capacity(110);
        // Writing to a String does not fail.
        let _ = write!(
            text,
            r#"{{"lat":{:.7},"lon":{:.7},"speed":{:.1},"heading":{},"time":{}}}"#,
            self.place.lat(),
            self.place.lon(),
            self.speed_kmh,
            self.heading_deg,
            self.at.0
        );
        text
    }
}

/// One leg: from being somewhere to being somewhere else along the line.
#[derive(Clone, Copy, Debug)]
struct Leg {
    from: (i64, f64),
    to: (i64, f64),
}

#[derive(Clone, Debug)]
struct Driven {
    code: String,
    word: u64,
    path: Vec<GeoPoint>,
    /// Metres along the line at each of its points.
    along: Vec<f64>,
    legs: Vec<Leg>,
    jam: bool,
    silence: Option<(Timestamp, Timestamp)>,
}

/// The vehicles of a day. Those without a route stand in the yard.
#[derive(Clone, Debug)]
pub struct Vehicles {
    seed: u64,
    driven: Vec<Driven>,
    parked: Vec<(String, GeoPoint)>,
}

impl Vehicles {
    /// The vehicles `codes` on a day's routes.
    pub fn new(seed: Seed, day: Day, depot: GeoPoint, codes: &[String], mut drives: Vec<Drive>) -> Self {
        drives.sort_by(|a, b| a.code.cmp(&b.code));
        drives.retain(|drive| !drive.path.is_empty());
        let count = drives.len() as u64;
        let dice = hash(&[seed.0, topic::WHO, day.0 as u64]);
        let jammed = dice % count.max(1);
        let silent = (jammed + 1 + (dice >> 8) % count.saturating_sub(1).max(1)) % count.max(1);
        let parked: Vec<_> = codes
            .iter()
            .filter(|code| drives.iter().all(|drive| drive.code != **code))
            .enumerate()
            .map(|(n, code)| (code.clone(), beside(depot, n)))
            .collect();
        let driven = (0..).zip(drives).map(|(n, drive)| {
            let middle = Timestamp((drive.leave_at.0 + drive.back_at.0) / 2);
            let silence = (n == silent && count > 1).then(|| (middle, middle + SILENCE));
            Driven::new(drive, n == jammed, silence)
        });
        Self { seed: seed.0, driven: driven.collect(), parked }
    }

    /// Where each vehicle is, as far as its tracker tells: a silent one is left out.
    pub fn at(&self, now: Timestamp) -> Vec<Fix> {
        let mut fixes: Vec<Fix> = self
            .driven
            .iter()
            .filter(|one| one.silence.is_none_or(|(from, to)| now < from || now >= to))
            .map(|one| one.at(self.seed, now))
            .collect();
        fixes.extend(self.parked.iter().map(|(code, place)| Fix {
            code: code.clone(),
            at: now,
            place: *place,
            speed_kmh: 0.0,
            heading_deg: 0,
        }));
        fixes
    }

    /// What trackers say in `from..to`: every half minute under way, every two minutes parked. In order of time.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Vec<Fix> {
        let step = INTERVAL.0;
        let mut fixes = Vec::new();
        let mut tick = from.0.div_euclid(step) + i64::from(from.0.rem_euclid(step) != 0);
        while tick * step < to.0 {
            let now = Timestamp(tick * step);
            let parked_too = now.0.rem_euclid(INTERVAL_PARKED.0) == 0;
            fixes.extend(self.at(now).into_iter().filter(|fix| parked_too || self.under_way(&fix.code, now)));
            tick += 1;
        }
        fixes
    }

    fn under_way(&self, code: &str, now: Timestamp) -> bool {
        self.driven.iter().any(|one| one.code == code && one.is_under_way(now))
    }

    /// The vehicle whose delay grows today.
    pub fn jammed(&self) -> Option<&str> {
        self.driven.iter().find(|one| one.jam).map(|one| one.code.as_str())
    }

    /// The vehicle whose tracker falls silent today, and when.
    pub fn silent(&self) -> Option<(&str, Timestamp, Timestamp)> {
        self.driven.iter().find_map(|one| one.silence.map(|(from, to)| (one.code.as_str(), from, to)))
    }
}

/// A place in the yard.
fn beside(depot: GeoPoint, n: usize) -> GeoPoint {
    GeoPoint { lat_e7: depot.lat_e7 + 300 * (n as i32 % 4), lon_e7: depot.lon_e7 + 700 * (n as i32 / 4) }
}

impl Driven {
    fn new(drive: Drive, jam: bool, silence: Option<(Timestamp, Timestamp)>) -> Self {
        let mut along = Vec::with_capacity(drive.path.len());
        let mut metres = 0.0;
        for (n, point) in drive.path.iter().enumerate() {
            if n > 0 {
                metres += drive.path[n - 1].metres_to(*point);
            }
            along.push(metres);
        }
        let scale = if drive.distance.0 > 0 { metres / drive.distance.0 as f64 } else { 1.0 };
        let mut legs = Vec::with_capacity(drive.stops.len() + 1);
        let mut from = (drive.leave_at.0, 0.0);
        let mut driven = 0.0;
        for stop in &drive.stops {
            driven += stop.distance.0 as f64 * scale;
            let door = nearest(&drive.path, &along, stop.place, (driven - DOOR).max(from.1), driven + DOOR)
                .unwrap_or(driven)
                .clamp(from.1, metres);
            legs.push(Leg { from, to: (stop.arrive_at.0.max(from.0), door) });
            from = (stop.leave_at.0.max(stop.arrive_at.0), door);
        }
        legs.push(Leg { from, to: (drive.back_at.0.max(from.0), metres) });
        let word = hash(&drive.code.bytes().map(u64::from).collect::<Vec<_>>());
        Self { code: drive.code, word, path: drive.path, along, legs, jam, silence }
    }

    fn begins(&self) -> i64 {
        self.legs.first().map_or(0, |leg| leg.from.0)
    }

    fn ends(&self) -> i64 {
        self.legs.last().map_or(0, |leg| leg.to.0)
    }

    fn is_under_way(&self, now: Timestamp) -> bool {
        (self.begins() - 60_000..self.ends() + JAM_MAX.0 + 300_000).contains(&now.0)
    }

    /// The instant of the plan that the vehicle is at: the clock less its delay.
    fn plan_time(&self, seed: u64, now: Timestamp) -> i64 {
        let since = (now.0 - self.begins()) as f64;
        if since <= 0.0 {
            return now.0;
        }
        // Slow waves of some minutes' length; together less steep than the clock, so nobody drives backwards.
        let wave = |n: u64, minutes: f64| {
            let phase = between(0.0, std::f64::consts::TAU, &[seed, topic::WOBBLE, self.word, n]);
            (since / 60_000.0 / minutes * std::f64::consts::TAU + phase).sin() - phase.sin()
        };
        let wobble = 45_000.0 * wave(1, 47.0) + 25_000.0 * wave(2, 19.0);
        let jam = if self.jam { (JAM * (since - 1_800_000.0)).clamp(0.0, JAM_MAX.0 as f64) } else { 0.0 };
        // Ahead of the plan only by a little: a window does not open for someone who is early.
        let delay = (wobble + 30_000.0).max(-20_000.0) * (since / 900_000.0).min(1.0) + jam;
        now.0 - delay as i64
    }

    fn metres_at(&self, plan: i64) -> f64 {
        let mut at = 0.0;
        for leg in &self.legs {
            if plan < leg.from.0 {
                return at;
            }
            if plan < leg.to.0 {
                let share = (plan - leg.from.0) as f64 / (leg.to.0 - leg.from.0) as f64;
                return leg.from.1 + (leg.to.1 - leg.from.1) * share;
            }
            at = leg.to.1;
        }
        at
    }

    fn at(&self, seed: u64, now: Timestamp) -> Fix {
        let metres = self.metres_at(self.plan_time(seed, now));
        let before = self.metres_at(self.plan_time(seed, now - Millis::seconds(10)));
        let speed_kmh = ((metres - before) / 10.0 * 3.6).clamp(0.0, 110.0);
        let (mut place, heading) = self.point(metres);
        if speed_kmh > 0.5 {
            // What a receiver without correction errs by.
            let off = |n: u64| 2.5 * normal(&[seed, topic::JITTER, self.word, now.0 as u64, n]);
            place.lat_e7 += (off(1) * 90.0) as i32;
            place.lon_e7 += (off(2) * 90.0 / place.lat().to_radians().cos().max(0.1)) as i32;
        }
        Fix { code: self.code.clone(), at: now, place, speed_kmh, heading_deg: heading }
    }

    fn point(&self, metres: f64) -> (GeoPoint, u16) {
        let next = self.along.partition_point(|at| *at <= metres).clamp(1, self.path.len().max(2) - 1);
        let (Some(a), Some(b)) = (self.path.get(next - 1), self.path.get(next)) else {
            return (self.path.first().copied().unwrap_or(GeoPoint { lat_e7: 0, lon_e7: 0 }), 0);
        };
        let step = self.along[next] - self.along[next - 1];
        let share = if step > 0.0 { ((metres - self.along[next - 1]) / step).clamp(0.0, 1.0) } else { 0.0 };
        let mix = |from: i32, to: i32| from + (f64::from(to - from) * share).round() as i32;
        let place = GeoPoint { lat_e7: mix(a.lat_e7, b.lat_e7), lon_e7: mix(a.lon_e7, b.lon_e7) };
        let east = (b.lon() - a.lon()) * a.lat().to_radians().cos();
        let heading = east.atan2(b.lat() - a.lat()).to_degrees().rem_euclid(360.0);
        (place, (heading.round() as u16) % 360)
    }
}

/// Where along the line, between two distances, it is nearest to a place.
fn nearest(path: &[GeoPoint], along: &[f64], place: GeoPoint, from: f64, to: f64) -> Option<f64> {
    let flat = place.lat().to_radians().cos();
    let xy = |point: GeoPoint| {
        (f64::from(point.lon_e7 - place.lon_e7) * flat, f64::from(point.lat_e7 - place.lat_e7))
    };
    let mut best: Option<(f64, f64)> = None;
    for (pair, at) in path.windows(2).zip(along.windows(2)) {
        if at[1] < from || at[0] > to {
            continue;
        }
        let (a, b) = (xy(pair[0]), xy(pair[1]));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let long = dx * dx + dy * dy;
        let share = if long > 0.0 { (-(a.0 * dx + a.1 * dy) / long).clamp(0.0, 1.0) } else { 0.0 };
        let off = (a.0 + dx * share).hypot(a.1 + dy * share);
        let found = at[0] + (at[1] - at[0]) * share;
        if (from..=to).contains(&found) && best.is_none_or(|(known, _)| off < known) {
            best = Some((off, found));
        }
    }
    best.map(|(_, found)| found)
}
