//! A town that is on no map: a river with few bridges, two rings, radial roads, streets that are older the nearer they are to the
//! middle, a motorway with its ramps and a suburb.
//!
//! Lines are laid first (rings, radials, the streets of each quarter by its own grid), then cut where they cross; small streets are left
//! out here and there, and what no one could drive to and back from is dropped. It lies in the open Atlantic, so that nobody takes it for a
//! real place.

use crate::chance::{between, hash, unit};
use std::collections::HashMap;
use std::f64::consts::{PI, TAU};
use units::{GeoPoint, Seed};

mod names;
mod osm;

pub(crate) use names::stem as shop_word;

#[cfg(test)]
mod tests;

/// The middle of the town.
const CENTRE: (f64, f64) = (45.0, -30.0);
/// Metres to a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.08;
/// Junctions nearer to one another than this are one, metres.
const SNAP: f64 = 13.0;
/// A lane that leads nowhere is left out where it is shorter, metres.
const STUB: f64 = 45.0;
/// From the middle of the river to where streets end, metres.
const BANK: f64 = 75.0;
/// From the middle of the motorway to where streets end, metres.
const VERGE: f64 = 150.0;

/// What a road is, as OpenStreetMap tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoadKind {
    /// Two carriageways, no crossings.
    Motorway,
    /// On to it and off it.
    MotorwayLink,
    /// Radial roads and the outer ring.
    Primary,
    /// The inner ring.
    Secondary,
    /// Quays, and every few streets one that leads somewhere.
    Tertiary,
    /// Where people live.
    Residential,
    /// The depot's yard.
    Service,
}

impl RoadKind {
    /// The value of OpenStreetMap's `highway` tag.
    pub fn highway(self) -> &'static str {
        match self {
            Self::Motorway => "motorway",
            Self::MotorwayLink => "motorway_link",
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
            Self::Residential => "residential",
            Self::Service => "service",
        }
    }
}

/// A road from its first point to its last. Roads meet where they have a point in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TownRoad {
    /// Its line.
    pub points: Vec<GeoPoint>,
    /// What it is.
    pub kind: RoadKind,
    /// What the sign says.
    pub speed_kmh: u16,
    /// Driven from the first point to the last only.
    pub one_way: bool,
    name: u32,
}

impl TownRoad {
    /// Its name; none on ramps.
    pub fn name(&self, chinese: bool) -> Option<String> {
        names::of(self.kind, self.name, chinese)
    }
}

/// A house on a street.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its door, a few metres beside the road.
    pub point: GeoPoint,
    road: usize,
    number: u32,
}

/// A seeded town. The same seed gives the same bytes.
#[derive(Clone, Debug)]
pub struct Town {
    roads: Vec<TownRoad>,
    depot: GeoPoint,
    junctions: usize,
    /// Roads with houses, and where each begins on the string of them all, metres.
    houses: Vec<(usize, f64)>,
    houses_length: f64,
}

type Xy = (f64, f64);

fn to_geo(at: Xy) -> GeoPoint {
    let (lat, lon) = CENTRE;
    GeoPoint {
        lat_e7: ((lat + at.1 / METRES_PER_DEGREE) * 1e7).round() as i32,
        lon_e7: ((lon + at.0 / (METRES_PER_DEGREE * lat.to_radians().cos())) * 1e7).round() as i32,
    }
}

fn to_xy(at: GeoPoint) -> Xy {
    let (lat, lon) = CENTRE;
    ((at.lon() - lon) * METRES_PER_DEGREE * lat.to_radians().cos(), (at.lat() - lat) * METRES_PER_DEGREE)
}

fn apart(a: Xy, b: Xy) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn length(points: &[Xy]) -> f64 {
    points.windows(2).map(|pair| apart(pair[0], pair[1])).sum()
}

impl Town {
    /// The town of a seed.
    pub fn new(seed: Seed) -> Self {
        let plan = Plan::new(seed.0);
        let lines = plan.lines();
        let mut net = Net::cut(&lines);
        net.thin(seed.0, &lines);
        net.prune(seed.0, &lines);
        net.keep_what_is_joined(&lines);
        let (mut roads, junctions) = net.roads(&lines);
        // The yard: from the junction nearest to where trucks like to be, a little way in.
        let wanted = plan.depot();
        let gate = net.junction_near(&lines, wanted);
        let away = (gate.0 - wanted.0, gate.1 - wanted.1);
        let reach = away.0.hypot(away.1).max(1.0);
        let yard = (gate.0 - away.0 / reach * 60.0 + 9.0, gate.1 - away.1 / reach * 60.0 - 7.0);
        let depot = to_geo(yard);
        roads.push(TownRoad {
            points: vec![to_geo(gate), depot],
            kind: RoadKind::Service,
            speed_kmh: 15,
            one_way: false,
            name: 0,
        });
        let mut houses = Vec::new();
        let mut houses_length = 0.0;
        for (index, road) in roads.iter().enumerate() {
            if matches!(road.kind, RoadKind::Residential | RoadKind::Tertiary | RoadKind::Secondary) {
                houses.push((index, houses_length));
                houses_length += length(&road.points.iter().map(|point| to_xy(*point)).collect::<Vec<_>>());
            }
        }
        Self { roads, depot, junctions, houses, houses_length }
    }

    /// All roads.
    pub fn roads(&self) -> &[TownRoad] {
        &self.roads
    }

    /// The warehouse's yard, at the end of a road of its own.
    pub fn depot(&self) -> GeoPoint {
        self.depot
    }

    /// Places where roads meet or end.
    pub fn junctions(&self) -> usize {
        self.junctions
    }

    /// A house: `share` from 0 up to 1 along all streets strung together.
    pub fn place(&self, share: f64) -> Option<Place> {
        let at = share.clamp(0.0, 1.0) * self.houses_length;
        let found = self.houses.partition_point(|(_, begins)| *begins <= at).checked_sub(1)?;
        let (road, begins) = *self.houses.get(found)?;
        let points: Vec<Xy> = self.roads.get(road)?.points.iter().map(|point| to_xy(*point)).collect();
        let mut left = at - begins;
        let number = (left / 9.0) as u32 + 1;
        for pair in points.windows(2) {
            let step = apart(pair[0], pair[1]);
            if left <= step && step > 0.0 {
                let (dx, dy) = ((pair[1].0 - pair[0].0) / step, (pair[1].1 - pair[0].1) / step);
                // Odd numbers on the left, as is usual.
                let side = if number % 2 == 1 { 13.0 } else { -13.0 };
                let point = (pair[0].0 + dx * left - dy * side, pair[0].1 + dy * left + dx * side);
                return Some(Place { point: to_geo(point), road, number });
            }
            left -= step;
        }
        None
    }

    /// A house's address as people write it.
    pub fn address(&self, place: &Place, chinese: bool) -> String {
        let name = self.roads.get(place.road).and_then(|road| road.name(chinese)).unwrap_or_default();
        if chinese { format!("{name}{}号", place.number) } else { format!("{} {name}", place.number) }
    }

    /// A rock in the sea that no road leads to.
    pub fn lighthouse(&self) -> GeoPoint {
        to_geo((-11_500.0, -9_000.0))
    }

    /// The roads as OpenStreetMap's binary format.
    pub fn osm_pbf(&self, chinese: bool) -> Vec<u8> {
        osm::write(&self.roads, chinese)
    }
}

/// What a question to [`hash`] is about.
mod topic {
    pub const SHAPE: u64 = 0x7001;
    pub const RADIAL: u64 = 0x7002;
    pub const GRID: u64 = 0x7003;
    pub const NOISE: u64 = 0x7004;
    pub const PARK: u64 = 0x7005;
    pub const ONE_WAY: u64 = 0x7006;
    pub const THIN: u64 = 0x7007;
    pub const STUB: u64 = 0x7008;
}

/// Which level a line runs on: motorways cross over, ramps touch them with one end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Ground,
    Above,
    /// Begins above.
    Down,
    /// Ends above.
    Up,
}

struct Line {
    points: Vec<Xy>,
    kind: RoadKind,
    speed_kmh: u16,
    one_way: bool,
    name: u32,
    level: Level,
    /// The chance that a piece between two junctions is not there.
    gaps: f64,
}

/// The shapes a seed has: everything is a function of these few numbers.
struct Plan {
    seed: u64,
    /// Angle of each radial at the middle, rising.
    radials: Vec<f64>,
    /// Which radial leads to the suburb.
    suburb: usize,
    motorway_turn: f64,
    parks: Vec<(Xy, f64)>,
}

const INNER: f64 = 1_050.0;
const OUTER: f64 = 2_750.0;
const EDGE: f64 = 3_900.0;
const RADIAL_END: f64 = 5_600.0;
const SUBURB_AT: f64 = 5_500.0;
const SUBURB_SIZE: f64 = 1_050.0;
const MOTORWAY_AT: f64 = 3_700.0;

impl Plan {
    fn new(seed: u64) -> Self {
        let count = 7 + (hash(&[seed, topic::RADIAL]) % 2) as usize;
        let first = between(0.0, TAU / count as f64, &[seed, topic::RADIAL, 99]);
        let radials = (0..count)
            .map(|i| {
                let even = TAU * i as f64 / count as f64;
                even + first + between(-0.14, 0.14, &[seed, topic::RADIAL, i as u64])
            })
            .collect();
        let motorway_turn = between(-0.35, 0.35, &[seed, topic::SHAPE, 7]);
        let parks = (0..7)
            .map(|i| {
                let ask = |what: u64| unit(&[seed, topic::PARK, i, what]);
                let (angle, at) = (TAU * ask(1), 500.0 + 2_900.0 * ask(2));
                ((at * angle.cos(), at * angle.sin()), 130.0 + 260.0 * ask(3))
            })
            .collect();
        let mut plan = Self { seed, radials, suburb: 0, motorway_turn, parks };
        // The suburb lies where neither river nor motorway is.
        plan.suburb = (0..plan.radials.len())
            .max_by(|a, b| {
                let free = |i: usize| {
                    let at = plan.radial_at(i, SUBURB_AT);
                    plan.to_river(at).abs().min(plan.to_motorway(at).abs() + 200.0)
                };
                free(*a).total_cmp(&free(*b))
            })
            .unwrap_or(0);
        plan
    }

    fn wave(&self, what: u64) -> f64 {
        TAU * unit(&[self.seed, topic::SHAPE, what])
    }

    /// Smooth noise from −1 to 1 whose hills are `scale` metres apart.
    fn noise(&self, at: Xy, scale: f64, what: u64) -> f64 {
        let (x, y) = (at.0 / scale, at.1 / scale);
        let (column, row) = (x.floor(), y.floor());
        let corner = |dx: i64, dy: i64| {
            let words =
                [self.seed, topic::NOISE, what, (column as i64 + dx) as u64, (row as i64 + dy) as u64];
            unit(&words) * 2.0 - 1.0
        };
        let ease = |t: f64| t * t * (3.0 - 2.0 * t);
        let (u, v) = (ease(x - column), ease(y - row));
        let low = corner(0, 0) * (1.0 - u) + corner(1, 0) * u;
        let high = corner(0, 1) * (1.0 - u) + corner(1, 1) * u;
        low * (1.0 - v) + high * v
    }

    fn ring(&self, radius: f64, angle: f64) -> f64 {
        let which = radius as u64;
        radius
            * (1.0
                + 0.075 * (2.0 * angle + self.wave(100 + which)).cos()
                + 0.05 * (3.0 * angle + self.wave(200 + which)).cos()
                + 0.02 * (7.0 * angle + self.wave(300 + which)).cos())
    }

    fn radial_angle(&self, i: usize, radius: f64) -> f64 {
        let wave = self.wave(400 + i as u64);
        self.radials[i]
            + 0.10 * ((radius / 1_300.0 + wave).sin() - wave.sin())
            + 0.04 * (radius / 520.0).sin()
    }

    fn radial_at(&self, i: usize, radius: f64) -> Xy {
        let angle = self.radial_angle(i, radius);
        (radius * angle.cos(), radius * angle.sin())
    }

    fn river_y(&self, x: f64) -> f64 {
        -620.0
            + 0.10 * x
            + 480.0 * (x / 2_500.0 + self.wave(1)).sin()
            + 150.0 * (x / 900.0 + self.wave(2)).sin()
    }

    /// Metres north of the river, nearly.
    fn to_river(&self, at: Xy) -> f64 {
        let slope = (self.river_y(at.0 + 5.0) - self.river_y(at.0 - 5.0)) / 10.0;
        (at.1 - self.river_y(at.0)) / (1.0 + slope * slope).sqrt()
    }

    /// The motorway's middle at `s` metres along it.
    fn motorway(&self, s: f64) -> Xy {
        let (x, y) = (s, MOTORWAY_AT + 380.0 * (s / 3_300.0 + self.wave(3)).sin());
        let (sin, cos) = self.motorway_turn.sin_cos();
        (x * cos - y * sin, x * sin + y * cos)
    }

    /// Metres beyond the motorway, nearly.
    fn to_motorway(&self, at: Xy) -> f64 {
        let (sin, cos) = self.motorway_turn.sin_cos();
        let (x, y) = (at.0 * cos + at.1 * sin, at.1 * cos - at.0 * sin);
        y - (MOTORWAY_AT + 380.0 * (x / 3_300.0 + self.wave(3)).sin())
    }

    fn suburb_centre(&self) -> Xy {
        self.radial_at(self.suburb, SUBURB_AT)
    }

    /// Where the warehouse would like to be: by the outer ring, on the motorway's side.
    fn depot(&self) -> Xy {
        let angle = PI / 2.0 + self.motorway_turn + between(-0.9, 0.9, &[self.seed, topic::SHAPE, 8]);
        let radius = self.ring(OUTER, angle) + 260.0;
        (radius * angle.cos(), radius * angle.sin())
    }

    /// The quarter a place belongs to, by number; `None` outside the town.
    fn quarter(&self, at: Xy) -> Option<u64> {
        if self.to_river(at).abs() < BANK || self.to_motorway(at).abs() < VERGE {
            return None;
        }
        if self.parks.iter().any(|(centre, size)| apart(at, *centre) < *size) {
            return None;
        }
        let suburb = self.suburb_centre();
        if apart(at, suburb) < SUBURB_SIZE * (1.0 + 0.25 * self.noise(at, 700.0, 3)) {
            return Some(1_000 + self.side(at, self.suburb));
        }
        let (radius, angle) = (at.0.hypot(at.1), at.1.atan2(at.0));
        // Streets follow the radials out of town; between them the fields begin earlier.
        let nearest = (0..self.radials.len())
            .map(|i| {
                let off = (angle - self.radial_angle(i, radius) + 3.0 * PI).rem_euclid(TAU) - PI;
                (off.abs() * radius) as i64
            })
            .min()
            .unwrap_or(0) as f64;
        let edge = EDGE - (nearest / 420.0).min(2.2) * 380.0 + 420.0 * self.noise(at, 900.0, 4);
        if radius > edge.max(self.ring(OUTER, angle) * 0.9) {
            return None;
        }
        if radius < self.ring(INNER, angle) {
            return Some(if self.to_river(at) > 0.0 { 1 } else { 2 });
        }
        let band = if radius < self.ring(OUTER, angle) { 1 } else { 2 };
        let bank = u64::from(self.to_river(at) > 0.0);
        Some(100 * band + 2 * self.sector(angle, radius) + bank)
    }

    fn side(&self, at: Xy, radial: usize) -> u64 {
        let (radius, angle) = (at.0.hypot(at.1), at.1.atan2(at.0));
        let off = (angle - self.radial_angle(radial, radius) + 3.0 * PI).rem_euclid(TAU) - PI;
        u64::from(off > 0.0)
    }

    /// Which two radials a place is between.
    fn sector(&self, angle: f64, radius: f64) -> u64 {
        let first = self.radial_angle(0, radius);
        let turned = (angle - first).rem_euclid(TAU);
        let passed = (1..self.radials.len())
            .filter(|i| (self.radial_angle(*i, radius) - first).rem_euclid(TAU) <= turned)
            .count();
        passed as u64
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        self.motorways(&mut lines);
        self.rings_and_radials(&mut lines);
        self.quays(&mut lines);
        self.streets(&mut lines);
        lines
    }

    /// Cuts a line at the river and at wherever else `keep` says no.
    fn pieces(points: &[Xy], keep: impl Fn(Xy) -> bool) -> Vec<Vec<Xy>> {
        let mut out = Vec::new();
        let mut piece: Vec<Xy> = Vec::new();
        for point in points {
            if keep(*point) {
                piece.push(*point);
            } else if piece.len() > 1 {
                out.push(std::mem::take(&mut piece));
            } else {
                piece.clear();
            }
        }
        if piece.len() > 1 {
            out.push(piece);
        }
        out
    }

    fn rings_and_radials(&self, lines: &mut Vec<Line>) {
        for (which, radius, kind, speed_kmh) in
            [(0, OUTER, RoadKind::Primary, 70), (1, INNER, RoadKind::Secondary, 50)]
        {
            let steps = (TAU * radius / 40.0) as usize;
            let points = (0..=steps)
                .map(|n| {
                    let angle = TAU * (n % steps) as f64 / steps as f64;
                    let at = self.ring(radius, angle);
                    (at * angle.cos(), at * angle.sin())
                })
                .collect();
            lines.push(Line {
                points,
                kind,
                speed_kmh,
                one_way: false,
                name: which,
                level: Level::Ground,
                gaps: 0.0,
            });
        }
        // Two radials have a bridge, the widest apart of those that meet the river.
        let crossing: Vec<usize> = (0..self.radials.len())
            .filter(|i| {
                (4..90).any(|n| {
                    let (a, b) = (
                        self.radial_at(*i, 50.0 * f64::from(n)),
                        self.radial_at(*i, 50.0 * f64::from(n + 1)),
                    );
                    self.to_river(a) * self.to_river(b) < 0.0
                })
            })
            .collect();
        let bridged = [crossing.first(), crossing.last()].map(|i| i.copied().unwrap_or(usize::MAX));
        for i in 0..self.radials.len() {
            let end = if i == self.suburb { SUBURB_AT + SUBURB_SIZE * 0.9 } else { RADIAL_END };
            let points: Vec<Xy> =
                (2..=(end / 40.0) as usize).map(|n| self.radial_at(i, 40.0 * n as f64)).collect();
            let pieces = if bridged.contains(&i) {
                vec![points]
            } else {
                Self::pieces(&points, |at| self.to_river(at).abs() > BANK - 15.0)
            };
            for points in pieces {
                lines.push(Line {
                    points,
                    kind: RoadKind::Primary,
                    speed_kmh: 50,
                    one_way: false,
                    name: 2 + i as u32,
                    level: Level::Ground,
                    gaps: 0.0,
                });
            }
        }
        // The market in the middle, where all radials begin.
        let steps = 16;
        let points = (0..=steps)
            .map(|n| {
                let angle = TAU * f64::from(n % steps) / f64::from(steps);
                (110.0 * angle.cos(), 95.0 * angle.sin())
            })
            .collect();
        lines.push(Line {
            points,
            kind: RoadKind::Secondary,
            speed_kmh: 30,
            one_way: true,
            name: 20,
            level: Level::Ground,
            gaps: 0.0,
        });
    }

    fn quays(&self, lines: &mut Vec<Line>) {
        for (which, side) in [(0, 1.0), (1, -1.0)] {
            let points: Vec<Xy> = (-95..=95)
                .map(|n| {
                    let x = 40.0 * f64::from(n);
                    let slope = (self.river_y(x + 5.0) - self.river_y(x - 5.0)) / 10.0;
                    let along = (1.0 + slope * slope).sqrt();
                    let off = side * (BANK + 12.0);
                    (x - slope / along * off, self.river_y(x) + off / along)
                })
                .collect();
            let inside = |at: Xy| {
                let angle = at.1.atan2(at.0);
                at.0.hypot(at.1) < self.ring(OUTER, angle) + 60.0 && self.to_motorway(at) < -VERGE
            };
            for points in Self::pieces(&points, inside) {
                lines.push(Line {
                    points,
                    kind: RoadKind::Tertiary,
                    speed_kmh: 40,
                    one_way: false,
                    name: 30 + which,
                    level: Level::Ground,
                    gaps: 0.0,
                });
            }
        }
    }

    fn motorways(&self, lines: &mut Vec<Line>) {
        const HALF: f64 = 14.0;
        const REACH: f64 = 330.0;
        let ends = 6_400.0;
        // Junctions: where radials pass under, at least a mile apart.
        let mut junctions: Vec<(f64, usize)> = Vec::new();
        for i in 0..self.radials.len() {
            let crossing = (60..140)
                .map(|n| self.radial_at(i, 40.0 * f64::from(n)))
                .find(|at| self.to_motorway(*at) > 0.0);
            if let Some(at) = crossing {
                let (sin, cos) = self.motorway_turn.sin_cos();
                junctions.push((at.0 * cos + at.1 * sin, i));
            }
        }
        junctions.sort_by(|a, b| a.0.total_cmp(&b.0));
        junctions.dedup_by(|a, b| (a.0 - b.0).abs() < 1_300.0);
        let side = |s: f64, off: f64| -> Xy {
            let (a, b) = (self.motorway(s - 5.0), self.motorway(s + 5.0));
            let step = apart(a, b).max(1e-9);
            let (dx, dy) = ((b.0 - a.0) / step, (b.1 - a.1) / step);
            let at = self.motorway(s);
            (at.0 - dy * off, at.1 + dx * off)
        };
        let mut stations: Vec<f64> =
            (-(ends / 80.0) as i32..=(ends / 80.0) as i32).map(|n| 80.0 * f64::from(n)).collect();
        stations.extend(junctions.iter().flat_map(|(s, _)| [s - REACH, s + REACH]));
        stations.sort_by(f64::total_cmp);
        // Traffic keeps to the right: eastbound on the south side. At its ends it turns: the map ends there.
        let mut east: Vec<Xy> = stations.iter().map(|s| side(*s, -HALF)).collect();
        let mut west: Vec<Xy> = stations.iter().rev().map(|s| side(*s, HALF)).collect();
        let (first, last) = (self.motorway(-ends - 60.0), self.motorway(ends + 60.0));
        east.insert(0, first);
        east.push(last);
        west.insert(0, last);
        west.push(first);
        for points in [east, west] {
            lines.push(Line {
                points,
                kind: RoadKind::Motorway,
                speed_kmh: 110,
                one_way: true,
                name: 0,
                level: Level::Above,
                gaps: 0.0,
            });
        }
        for (s, radial) in junctions {
            for (half, far) in [(-HALF, -125.0), (HALF, 125.0)] {
                // Where the ramps meet the radial: its point on this side of the motorway.
                let meets = (900..1_600)
                    .map(|n| self.radial_at(radial, 4.0 * f64::from(n)))
                    .filter(|at| self.to_motorway(*at) * far > 0.0)
                    .min_by(|a, b| {
                        let off = |at: &Xy| (self.to_motorway(*at).abs() - far.abs()).abs();
                        off(a).total_cmp(&off(b))
                    });
                let Some(meets) = meets else { continue };
                let (off_at, on_at) =
                    if half < 0.0 { (s - REACH, s + REACH) } else { (s + REACH, s - REACH) };
                for (from, level) in [(off_at, Level::Down), (on_at, Level::Up)] {
                    let start = side(from, half);
                    let bend = side(from + (s - from) * 0.45, half + (far - half) * 0.45);
                    let near = side(from + (s - from) * 0.80, half + (far - half) * 0.93);
                    // A little across the radial, so that they cross.
                    let beyond = (meets.0 + (meets.0 - near.0) * 0.05, meets.1 + (meets.1 - near.1) * 0.05);
                    let mut points = vec![start, bend, near, beyond];
                    if level == Level::Up {
                        points.reverse();
                    }
                    lines.push(Line {
                        points,
                        kind: RoadKind::MotorwayLink,
                        speed_kmh: 60,
                        one_way: true,
                        name: 0,
                        level,
                        gaps: 0.0,
                    });
                }
            }
        }
    }

    /// The streets of every quarter: two families of lines, bent a little, cut at the quarter's edge.
    fn streets(&self, lines: &mut Vec<Line>) {
        let mut quarters: Vec<u64> = Vec::new();
        let reach = 7_000.0;
        let mut at = (-reach, -reach);
        // Which quarters there are, and where: seen on a coarse grid.
        let mut seen: HashMap<u64, (Xy, Xy)> = HashMap::new();
        while at.1 <= reach {
            if let Some(quarter) = self.quarter(at) {
                let known = seen.entry(quarter).or_insert_with(|| {
                    quarters.push(quarter);
                    (at, at)
                });
                known.0 = (known.0.0.min(at.0), known.0.1.min(at.1));
                known.1 = (known.1.0.max(at.0), known.1.1.max(at.1));
            }
            at.0 += 60.0;
            if at.0 > reach {
                at = (-reach, at.1 + 60.0);
            }
        }
        quarters.sort_unstable();
        let mut name = 100;
        for quarter in quarters {
            let Some((low, high)) = seen.get(&quarter) else { continue };
            self.quarter_streets(quarter, *low, *high, &mut name, lines);
        }
    }

    fn quarter_streets(&self, quarter: u64, low: Xy, high: Xy, name: &mut u32, lines: &mut Vec<Line>) {
        let ask = |what: u64| unit(&[self.seed, topic::GRID, quarter, what]);
        let middle = ((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0);
        let size = apart(low, high) / 2.0 + 120.0;
        let core = quarter < 100;
        let (spacing, gaps, bend) = match quarter {
            0..100 => ((66.0, 88.0), 0.12, 16.0),
            100..200 => ((84.0, 128.0), 0.15, 20.0),
            200..1_000 => ((112.0, 165.0), 0.24, 30.0),
            _ => ((95.0, 140.0), 0.22, 34.0),
        };
        // A quarter's streets run along its radial, turned a little.
        let turn = if core { 2.0 * PI * ask(1) } else { middle.1.atan2(middle.0) + 0.5 * (ask(1) - 0.5) };
        for (family, block) in [(0_u64, spacing.0), (1, spacing.1)] {
            let along = turn + if family == 0 { 0.0 } else { PI / 2.0 };
            let (sin, cos) = along.sin_cos();
            let waves = (size / 260.0 * (0.6 + ask(10 + family)), TAU * ask(20 + family));
            let mut across = -size;
            let mut number = 0_u64;
            while across < size {
                let words = |what: u64| [self.seed, topic::GRID, quarter, 100 + family, number, what];
                across += block * between(0.75, 1.3, &words(1));
                number += 1;
                let collector = number % 5 == 2;
                let straight = |v: f64| -> Xy {
                    let u = across
                        + bend * (v / 310.0 + across / 700.0 + waves.1).sin()
                        + 0.4 * bend * (v / 120.0 + waves.0).sin();
                    (middle.0 + cos * v - sin * u, middle.1 + sin * v + cos * u)
                };
                let inside = |v: f64| self.quarter(straight(v)) == Some(quarter);
                let one_way =
                    core && !collector && unit(&[self.seed, topic::ONE_WAY, quarter, family, number]) < 0.45;
                *name += 1;
                for (from, to) in runs(size, inside) {
                    let steps = ((to - from) / 34.0).ceil().max(1.0);
                    let mut points: Vec<Xy> = (0..=steps as usize)
                        .map(|n| straight(from + (to - from) * n as f64 / steps))
                        .collect();
                    if number.is_multiple_of(2) {
                        points.reverse();
                    }
                    lines.push(Line {
                        points,
                        kind: if collector { RoadKind::Tertiary } else { RoadKind::Residential },
                        speed_kmh: match (collector, core) {
                            (true, _) => 40,
                            (false, true) => 20,
                            (false, false) => 30,
                        },
                        one_way,
                        name: *name,
                        level: Level::Ground,
                        gaps: if collector { 0.03 } else { gaps },
                    });
                }
            }
        }
    }
}

/// The stretches of −size to size that are inside, each a little longer, so that it crosses the road it ends at.
fn runs(size: f64, inside: impl Fn(f64) -> bool) -> Vec<(f64, f64)> {
    const STEP: f64 = 30.0;
    const BEYOND: f64 = 7.0;
    let edge = |mut out: f64, mut inner: f64| {
        for _ in 0..8 {
            let half = (out + inner) / 2.0;
            if inside(half) {
                inner = half;
            } else {
                out = half;
            }
        }
        inner
    };
    let mut found = Vec::new();
    let mut begun: Option<f64> = None;
    let mut v = -size;
    while v <= size {
        match (begun, inside(v)) {
            (None, true) => begun = Some(edge(v - STEP, v) - BEYOND),
            (Some(from), false) => {
                let to = edge(v, v - STEP) + BEYOND;
                if to - from > 60.0 {
                    found.push((from, to));
                }
                begun = None;
            }
            _ => {}
        }
        v += STEP;
    }
    found.extend(begun.filter(|from| size - from > 60.0).map(|from| (from, size)));
    found
}

/// Points that are one where they are near.
#[derive(Default)]
struct Nodes {
    at: Vec<Xy>,
    cells: HashMap<(i64, i64, bool), Vec<u32>>,
}

impl Nodes {
    fn find(&mut self, point: Xy, above: bool) -> u32 {
        let reach = if above { 0.5 } else { SNAP };
        let cell = |v: f64| (v / SNAP).floor() as i64;
        let (column, row) = (cell(point.0), cell(point.1));
        let mut nearest: Option<(f64, u32)> = None;
        for dx in -1..=1 {
            for dy in -1..=1 {
                for id in self.cells.get(&(column + dx, row + dy, above)).into_iter().flatten() {
                    let off = apart(self.at[*id as usize], point);
                    if off < reach && nearest.is_none_or(|(known, _)| off < known) {
                        nearest = Some((off, *id));
                    }
                }
            }
        }
        if let Some((_, id)) = nearest {
            return id;
        }
        let id = self.at.len() as u32;
        self.at.push(point);
        self.cells.entry((column, row, above)).or_default().push(id);
        id
    }
}

/// A piece of a line between two junctions.
struct Chain {
    line: usize,
    nodes: Vec<u32>,
}

/// Lines cut where they meet.
struct Net {
    nodes: Vec<Xy>,
    chains: Vec<Chain>,
}

/// Where two segments cross: the share of each.
fn crossing(a: (Xy, Xy), b: (Xy, Xy)) -> Option<(f64, f64)> {
    let (d, e) = ((a.1.0 - a.0.0, a.1.1 - a.0.1), (b.1.0 - b.0.0, b.1.1 - b.0.1));
    let cross = d.0 * e.1 - d.1 * e.0;
    if cross.abs() < 1e-9 {
        return None;
    }
    let f = (b.0.0 - a.0.0, b.0.1 - a.0.1);
    let (t, u) = ((f.0 * e.1 - f.1 * e.0) / cross, (f.0 * d.1 - f.1 * d.0) / cross);
    ((0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u)).then_some((t, u))
}

impl Net {
    fn cut(lines: &[Line]) -> Self {
        const CELL: f64 = 90.0;
        let mut grid: HashMap<(i64, i64), Vec<(usize, usize)>> = HashMap::new();
        let mut cuts: Vec<Vec<(usize, f64, Xy)>> = lines.iter().map(|_| Vec::new()).collect();
        for (line, at) in lines.iter().enumerate().filter(|(_, line)| line.level != Level::Above) {
            for (segment, pair) in at.points.windows(2).enumerate() {
                let cell = |v: f64| (v / CELL).floor() as i64;
                let columns = cell(pair[0].0.min(pair[1].0))..=cell(pair[0].0.max(pair[1].0));
                let rows = cell(pair[0].1.min(pair[1].1))..=cell(pair[0].1.max(pair[1].1));
                let mut met: Vec<(usize, usize)> = Vec::new();
                for column in columns {
                    for row in rows.clone() {
                        let here = grid.entry((column, row)).or_default();
                        met.extend(here.iter().filter(|(other, _)| *other != line));
                        here.push((line, segment));
                    }
                }
                met.sort_unstable();
                met.dedup();
                for (other, other_segment) in met {
                    let with = (lines[other].points[other_segment], lines[other].points[other_segment + 1]);
                    if let Some((t, u)) = crossing((pair[0], pair[1]), with) {
                        let at = (
                            pair[0].0 + (pair[1].0 - pair[0].0) * t,
                            pair[0].1 + (pair[1].1 - pair[0].1) * t,
                        );
                        cuts[line].push((segment, t, at));
                        cuts[other].push((other_segment, u, at));
                    }
                }
            }
        }
        let mut nodes = Nodes::default();
        // Junctions first: a bend near one gives way to it.
        for cut in cuts.iter().flatten() {
            nodes.find(cut.2, false);
        }
        let mut paths: Vec<Vec<u32>> = Vec::with_capacity(lines.len());
        for (line, cut) in lines.iter().zip(&mut cuts) {
            cut.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).unwrap_or(std::cmp::Ordering::Equal));
            let mut path: Vec<u32> = Vec::with_capacity(line.points.len() + cut.len());
            let mut next = 0;
            let last = line.points.len() - 1;
            for (segment, point) in line.points.iter().enumerate() {
                let above = match line.level {
                    Level::Ground => false,
                    Level::Above => true,
                    Level::Down => segment == 0,
                    Level::Up => segment == last,
                };
                path.push(nodes.find(*point, above));
                while let Some((_, _, at)) = cut.get(next).filter(|(of, _, _)| *of == segment) {
                    path.push(nodes.find(*at, false));
                    next += 1;
                }
            }
            path.dedup();
            paths.push(path);
        }
        let mut known = std::collections::HashSet::new();
        let mut degree = vec![0_u32; nodes.at.len()];
        let mut kept: Vec<Vec<bool>> = Vec::with_capacity(paths.len());
        for path in &paths {
            kept.push(
                path.windows(2)
                    .map(|pair| {
                        let new = known.insert((pair[0].min(pair[1]), pair[0].max(pair[1])));
                        if new {
                            degree[pair[0] as usize] += 1;
                            degree[pair[1] as usize] += 1;
                        }
                        new
                    })
                    .collect(),
            );
        }
        let mut chains = Vec::new();
        for (line, (path, kept)) in paths.iter().zip(&kept).enumerate() {
            let mut chain: Vec<u32> = Vec::new();
            for (pair, kept) in path.windows(2).zip(kept) {
                if !kept {
                    flush(line, &mut chain, &mut chains);
                    continue;
                }
                if chain.is_empty() {
                    chain.push(pair[0]);
                }
                chain.push(pair[1]);
                if degree[pair[1] as usize] != 2 {
                    flush(line, &mut chain, &mut chains);
                }
            }
            flush(line, &mut chain, &mut chains);
        }
        Self { nodes: nodes.at, chains }
    }

    fn chain_length(&self, chain: &Chain) -> f64 {
        length(&chain.nodes.iter().map(|id| self.nodes[*id as usize]).collect::<Vec<_>>())
    }

    /// Leaves out pieces of small streets.
    fn thin(&mut self, seed: u64, lines: &[Line]) {
        let mut index = 0_u64;
        self.chains.retain(|chain| {
            index += 1;
            let line = &lines[chain.line];
            unit(&[seed, topic::THIN, index]) >= line.gaps
        });
    }

    /// Takes away lanes that lead nowhere: the very short ones all, of longer ones some, as towns have cul-de-sacs.
    fn prune(&mut self, seed: u64, lines: &[Line]) {
        for round in 0..6 {
            let mut ends = vec![0_u32; self.nodes.len()];
            for chain in &self.chains {
                for end in [chain.nodes.first(), chain.nodes.last()].into_iter().flatten() {
                    ends[*end as usize] += 1;
                }
            }
            let before = self.chains.len();
            let lengths: Vec<f64> = self.chains.iter().map(|chain| self.chain_length(chain)).collect();
            let mut index = 0;
            self.chains.retain(|chain| {
                let long = lengths[index];
                index += 1;
                let dead = [chain.nodes.first(), chain.nodes.last()]
                    .into_iter()
                    .flatten()
                    .any(|end| ends[*end as usize] == 1);
                let street = matches!(lines[chain.line].kind, RoadKind::Residential | RoadKind::Tertiary);
                let unlucky = street
                    && long < 170.0
                    && unit(&[seed, topic::STUB, u64::from(chain.nodes[0]), round]) < 0.35;
                !(dead && (long < STUB || unlucky))
            });
            if self.chains.len() == before {
                break;
            }
        }
    }

    /// Keeps the largest part in which every junction can be reached from every other.
    fn keep_what_is_joined(&mut self, lines: &[Line]) {
        let n = self.nodes.len();
        let mut ahead: Vec<Vec<u32>> = vec![Vec::new(); n];
        let mut back: Vec<Vec<u32>> = vec![Vec::new(); n];
        let mut arc = |from: u32, to: u32| {
            ahead[from as usize].push(to);
            back[to as usize].push(from);
        };
        for chain in &self.chains {
            if let (Some(first), Some(last)) = (chain.nodes.first(), chain.nodes.last()) {
                arc(*first, *last);
                if !lines[chain.line].one_way {
                    arc(*last, *first);
                }
            }
        }
        // Kosaraju's two walks, without recursion.
        let mut order = Vec::with_capacity(n);
        let mut seen = vec![false; n];
        for start in 0..n {
            let mut stack = vec![(start, 0)];
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            while let Some((node, next)) = stack.pop() {
                match ahead[node].get(next) {
                    Some(to) => {
                        stack.push((node, next + 1));
                        let to = *to as usize;
                        if !std::mem::replace(&mut seen[to], true) {
                            stack.push((to, 0));
                        }
                    }
                    None => order.push(node),
                }
            }
        }
        let mut part = vec![usize::MAX; n];
        let mut sizes: Vec<usize> = Vec::new();
        for start in order.into_iter().rev() {
            if part[start] != usize::MAX {
                continue;
            }
            let number = sizes.len();
            sizes.push(0);
            let mut stack = vec![start];
            part[start] = number;
            while let Some(node) = stack.pop() {
                sizes[number] += 1;
                for to in &back[node] {
                    let to = *to as usize;
                    if part[to] == usize::MAX {
                        part[to] = number;
                        stack.push(to);
                    }
                }
            }
        }
        let largest = (0..sizes.len()).max_by_key(|number| sizes[*number]).unwrap_or(0);
        self.chains.retain(|chain| {
            [chain.nodes.first(), chain.nodes.last()]
                .into_iter()
                .flatten()
                .all(|end| part[*end as usize] == largest)
        });
    }

    fn ends(&self) -> Vec<u32> {
        let mut ends = vec![0_u32; self.nodes.len()];
        for chain in &self.chains {
            for end in [chain.nodes.first(), chain.nodes.last()].into_iter().flatten() {
                ends[*end as usize] += 1;
            }
        }
        ends
    }

    /// The junction on the ground nearest to a place, not of a motorway.
    fn junction_near(&self, lines: &[Line], wanted: Xy) -> Xy {
        let ends = self.ends();
        self.chains
            .iter()
            .filter(|chain| {
                matches!(
                    lines[chain.line].kind,
                    RoadKind::Primary | RoadKind::Secondary | RoadKind::Tertiary | RoadKind::Residential
                )
            })
            .flat_map(|chain| [chain.nodes.first(), chain.nodes.last()].into_iter().flatten())
            .filter(|id| ends[**id as usize] > 2)
            .map(|id| self.nodes[*id as usize])
            .min_by(|a, b| apart(*a, wanted).total_cmp(&apart(*b, wanted)))
            .unwrap_or((0.0, 0.0))
    }

    /// Pieces of one line that follow each other joined again, bends that are none taken out; and how many junctions there are.
    fn roads(&self, lines: &[Line]) -> (Vec<TownRoad>, usize) {
        let ends = self.ends();
        let mut roads = Vec::new();
        let mut at = 0;
        while let Some(first) = self.chains.get(at) {
            let line = &lines[first.line];
            let mut path: Vec<u32> = Vec::new();
            let mut fixed: Vec<bool> = Vec::new();
            while let Some(chain) = self.chains.get(at) {
                let follows =
                    chain.line == first.line && (path.is_empty() || path.last() == chain.nodes.first());
                if !follows || path.len() > 400 {
                    break;
                }
                let skip = usize::from(!path.is_empty());
                for (n, id) in chain.nodes.iter().enumerate().skip(skip) {
                    path.push(*id);
                    fixed.push(n == 0 || n + 1 == chain.nodes.len());
                }
                at += 1;
            }
            let points: Vec<Xy> = path.iter().map(|id| self.nodes[*id as usize]).collect();
            let kept = simplify(&points, &fixed);
            roads.push(TownRoad {
                points: kept.into_iter().map(to_geo).collect(),
                kind: line.kind,
                speed_kmh: line.speed_kmh,
                one_way: line.one_way,
                name: line.name,
            });
        }
        (roads, ends.iter().filter(|count| !matches!(count, 0 | 2)).count())
    }
}

fn flush(line: usize, chain: &mut Vec<u32>, chains: &mut Vec<Chain>) {
    if chain.len() > 1 {
        chains.push(Chain { line, nodes: std::mem::take(chain) });
    } else {
        chain.clear();
    }
}

/// Takes out points that lie on the line between their neighbours within a metre and a half; junctions stay.
fn simplify(points: &[Xy], fixed: &[bool]) -> Vec<Xy> {
    let mut out: Vec<Xy> = Vec::with_capacity(points.len());
    let mut skipped: Vec<Xy> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let Some(last) = out.last().copied() else {
            out.push(*point);
            continue;
        };
        let keep = fixed[index] || index + 1 == points.len();
        let next = points.get(index + 1).copied().unwrap_or(*point);
        let straight = skipped.iter().chain([point]).all(|between| off_line(*between, last, next) < 1.5);
        if keep || !straight {
            out.push(*point);
            skipped.clear();
        } else {
            skipped.push(*point);
        }
    }
    out
}

/// How far a point is from the line through two others.
fn off_line(point: Xy, a: Xy, b: Xy) -> f64 {
    let long = apart(a, b);
    if long < 1e-9 {
        return apart(point, a);
    }
    ((b.0 - a.0) * (a.1 - point.1) - (a.0 - point.0) * (b.1 - a.1)).abs() / long
}
