//! What the tags of an OpenStreetMap way say to a delivery van: whether it may drive there, which way, and how fast.
//!
//! Classes, speeds and the share of a limit that is really driven are those of OSRM's `profiles/car.lua` (BSD 2-Clause), as
//! is what an unwritten limit of a country means. Not read: turn restrictions, traffic lights, surfaces, heights and weights, times of
//! day, ferries.

use crate::network::tenths;
use crate::{Dropped, Error, RoadClass, limits};

/// Speeds of an import.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    speed_kmh: [f64; 9],
    link_kmh: [f64; 5],
    share_of_limit: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            speed_kmh: [90.0, 85.0, 65.0, 55.0, 40.0, 25.0, 25.0, 10.0, 15.0],
            link_kmh: [45.0, 40.0, 30.0, 25.0, 20.0],
            share_of_limit: 0.8,
        }
    }
}

impl Params {
    /// Other speeds. `speed_kmh`: by class, in the order of [`RoadClass::ALL`], where no limit is written; `link_kmh`: of the ramps
    /// of the first five classes; `share_of_limit`: what is driven of a written limit, over 0 to 1 (default 0.8). Speeds are
    /// held against [`limits::SPEED_KMH_MIN`] and [`limits::SPEED_KMH_MAX`].
    pub fn new(speed_kmh: [f64; 9], link_kmh: [f64; 5], share_of_limit: f64) -> Result<Self, Error> {
        let fits = |speed: &f64| (limits::SPEED_KMH_MIN..=limits::SPEED_KMH_MAX).contains(speed);
        let share_fits = share_of_limit > 0.0 && share_of_limit <= 1.0;
        if !share_fits || !speed_kmh.iter().chain(&link_kmh).all(fits) {
            return Err(Error::permanent(format!(
                "setting the speeds of roads: a speed is outside {} to {} km/h, or the share of the limit ({share_of_limit}) outside 0 to 1",
                limits::SPEED_KMH_MIN,
                limits::SPEED_KMH_MAX
            )));
        }
        Ok(Self { speed_kmh, link_kmh, share_of_limit })
    }
}

/// A way a van may drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drivable {
    pub(crate) class: RoadClass,
    /// Tenths of km/h along the way and against it; 0: not allowed.
    pub(crate) forward: u16,
    pub(crate) backward: u16,
}

/// What a way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A road for us.
    Drivable(Drivable),
    /// A road, but not for us.
    Dropped(Dropped),
    /// A building, a river, a border.
    NoRoad,
}

/// The value of a key.
pub(crate) trait Tags {
    fn get(&self, key: &str) -> Option<&str>;
}

impl Tags for Vec<(&str, &str)> {
    fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(k, v)| (*k == key).then_some(*v))
    }
}

/// From the most to the least particular kind of vehicle; the first that is written counts.
const VEHICLES: [&str; 5] = ["goods", "motorcar", "motor_vehicle", "vehicle", "access"];

/// Whether a van may enter, where it is written.
fn access(tags: &impl Tags) -> Option<bool> {
    VEHICLES.iter().find_map(|key| match tags.get(key)? {
        "no" | "private" | "agricultural" | "forestry" | "emergency" | "psv" | "bus" | "military"
        | "official" => Some(false),
        "unknown" => None,
        // yes, permissive, designated, destination, delivery, customers, permit, discouraged and what people write besides.
        _ => Some(true),
    })
}

/// Whether a place on the road stops a van: bollards and the like, and gates that are locked.
pub(crate) fn is_closed(tags: &impl Tags) -> bool {
    let Some(barrier) = tags.get("barrier") else { return false };
    match access(tags) {
        Some(open) => !open,
        // As OSRM: what is built so that cars can pass.
        None => !matches!(
            barrier,
            "cattle_grid"
                | "border_control"
                | "toll_booth"
                | "sally_port"
                | "gate"
                | "lift_gate"
                | "swing_gate"
                | "no"
                | "entrance"
                | "height_restrictor"
                | "arch"
                | "kerb"
                | "checkpoint"
                | "speed_bump"
        ),
    }
}

/// What a way is to a van.
pub(crate) fn judge(tags: &impl Tags, params: &Params) -> Verdict {
    let Some(highway) = tags.get("highway") else { return Verdict::NoRoad };
    let (class, link) = match highway {
        "motorway" => (RoadClass::Motorway, false),
        "motorway_link" => (RoadClass::Motorway, true),
        "trunk" => (RoadClass::Trunk, false),
        "trunk_link" => (RoadClass::Trunk, true),
        "primary" => (RoadClass::Primary, false),
        "primary_link" => (RoadClass::Primary, true),
        "secondary" => (RoadClass::Secondary, false),
        "secondary_link" => (RoadClass::Secondary, true),
        "tertiary" => (RoadClass::Tertiary, false),
        "tertiary_link" => (RoadClass::Tertiary, true),
        "unclassified" | "road" => (RoadClass::Unclassified, false),
        "residential" => (RoadClass::Residential, false),
        "living_street" => (RoadClass::LivingStreet, false),
        "service" | "services" => (RoadClass::Service, false),
        _ => return Verdict::Dropped(Dropped::NotForCars),
    };
    if tags.get("area") == Some("yes") {
        return Verdict::Dropped(Dropped::Area);
    }
    if access(tags) == Some(false) || tags.get("service") == Some("emergency_access") {
        return Verdict::Dropped(Dropped::NoAccess);
    }
    let round = matches!(tags.get("junction"), Some("roundabout" | "circular"));
    let (along, against) = match tags.get("oneway") {
        Some("yes" | "true" | "1") => (true, false),
        Some("-1" | "reverse") => (false, true),
        Some("no" | "false" | "0") => (true, true),
        // Which way it is open changes with the time of day.
        Some("reversible") => return Verdict::Dropped(Dropped::Reversible),
        _ => (true, !(round || highway == "motorway")),
    };
    let usual = match (link, params.link_kmh.get(usize::from(class.rank()))) {
        (true, Some(speed)) => *speed,
        _ => params.speed_kmh[usize::from(class.rank())],
    };
    let both = tags.get("maxspeed").and_then(limit_kmh);
    let speed = |key: &str| {
        let limit = tags.get(key).and_then(limit_kmh).or(both);
        tenths(match limit {
            // A yard is driven no faster for a sign at its gate.
            Some(limit) if class == RoadClass::Service => usual.min(limit * params.share_of_limit),
            Some(limit) => limit * params.share_of_limit,
            None => usual,
        })
    };
    Verdict::Drivable(Drivable {
        class,
        forward: if along { speed("maxspeed:forward") } else { 0 },
        backward: if against { speed("maxspeed:backward") } else { 0 },
    })
}

/// A written speed limit in km/h; `None` where it is no number and no known word.
pub(crate) fn limit_kmh(text: &str) -> Option<f64> {
    // "50;30": two limits on one way; the first.
    let text = text.split([';', '|']).next().unwrap_or(text).trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    if digits > 0 {
        let number: f64 = text[..digits].parse().ok()?;
        let factor = match text[digits..].trim() {
            "" | "km/h" | "kmh" | "kph" => 1.0,
            "mph" => 1.609_344,
            "knots" => 1.852,
            _ => return None,
        };
        return (number > 0.0).then_some(number * factor);
    }
    match text {
        "none" => return Some(140.0),
        "walk" => return Some(7.0),
        _ => {}
    }
    let (country, kind) = text.split_once(':')?;
    let country = country.to_ascii_lowercase();
    let country = country.get(..2).unwrap_or_default();
    Some(match (country, kind) {
        (_, "living_street") => match country {
            "ru" | "fi" => 20.0,
            _ => 10.0,
        },
        ("by" | "ru" | "ua" | "za", "urban") => 60.0,
        ("ph", "urban") => 40.0,
        (_, "urban") => 50.0,
        ("ch" | "dk" | "fi" | "fr" | "nl" | "no", "rural") => 80.0,
        ("at" | "de" | "pl" | "za", "rural") => 100.0,
        (_, "rural") => 90.0,
        ("at" | "ch" | "nl", "trunk") => 100.0,
        ("es", "trunk") => 90.0,
        (_, "trunk") => 110.0,
        ("be" | "ch" | "fi", "motorway") => 120.0,
        ("no" | "ru", "motorway") => 110.0,
        ("gb" | "uk", "motorway" | "nsl_dual") => 112.0,
        ("gb" | "uk", "nsl_single") => 96.5,
        (_, "motorway") => 130.0,
        // "DE:zone30", "FR:zone:30".
        (_, zone) if zone.starts_with("zone") => {
            zone.trim_start_matches("zone").trim_start_matches(':').parse().ok().filter(|kmh| *kmh > 0.0)?
        }
        _ => return None,
    })
}
