//! The network: pieces of road between junctions, and what is derived from them.

use crate::chains::{Chains, Place, ms_of};
use crate::geometry::{Bounds, Plane, between};
use crate::tree::Tree;
use crate::{Error, RoadClass, limits};
use std::collections::HashMap;
use units::GeoPoint;

/// A road as somebody draws it by hand or by program.
#[derive(Clone, Debug, PartialEq)]
pub struct Road {
    /// Along the road; a point that two roads share, to the digit, is a junction.
    pub points: Vec<GeoPoint>,
    /// How important.
    pub class: RoadClass,
    /// The speed that is driven, km/h; held between [`limits::SPEED_KMH_MIN`] and [`limits::SPEED_KMH_MAX`].
    pub speed_kmh: f64,
    /// Only along the points, not back.
    pub one_way: bool,
    /// What people call it.
    pub name: Option<String>,
}

/// A place on a road, nearest to a place on the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Snap {
    /// On the road.
    pub point: GeoPoint,
    /// How far from the place asked for, metres.
    pub metres: f64,
    /// Which piece of road.
    pub(crate) segment: u32,
    /// How far along it, decimetres.
    pub(crate) decimetres: u32,
}

/// A piece of road between two junctions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Junction at its first point.
    pub(crate) from: u32,
    /// Junction at its last point.
    pub(crate) to: u32,
    /// Its first point among the network's.
    pub(crate) first: u32,
    /// How many points, at least two.
    pub(crate) count: u32,
    /// Its length.
    pub(crate) decimetres: u32,
    /// Speed along its points in tenths of km/h; 0: not this way.
    pub(crate) forward: u16,
    /// The same against its points.
    pub(crate) backward: u16,
    /// How important.
    pub(crate) class: RoadClass,
    /// Its name among the network's; 0 is none.
    pub(crate) name: u32,
}

/// What a network is made of and what its file holds; all else follows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Core {
    pub(crate) nodes: u32,
    pub(crate) segments: Vec<Segment>,
    pub(crate) points: Vec<GeoPoint>,
    /// The first is empty.
    pub(crate) names: Vec<Box<str>>,
}

impl Core {
    pub(crate) fn points_of(&self, segment: &Segment) -> &[GeoPoint] {
        &self.points[segment.first as usize..(segment.first + segment.count) as usize]
    }
}

/// A road network that never changes; share it in an `Arc`.
#[derive(Debug)]
pub struct Network {
    pub(crate) core: Core,
    pub(crate) chains: Chains,
    pub(crate) tree: Tree,
    bounds: Bounds,
    pub(crate) fingerprint: String,
}

/// What is known of a whole way before it is cut at its junctions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    pub(crate) class: RoadClass,
    /// Tenths of km/h; 0: not this way.
    pub(crate) forward: u16,
    pub(crate) backward: u16,
    pub(crate) name: u32,
}

/// Ways as runs of places, to be cut at their junctions.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    /// Place numbers of all ways, one after the other.
    pub(crate) refs: Vec<u32>,
    /// Of each way: where its places end, and its traits.
    pub(crate) ends: Vec<(u32, Traits)>,
}

/// A speed in tenths of km/h, held within the limits.
pub(crate) fn tenths(speed_kmh: f64) -> u16 {
    let held = if speed_kmh.is_nan() { limits::SPEED_KMH_MIN } else { speed_kmh };
    (held.clamp(limits::SPEED_KMH_MIN, limits::SPEED_KMH_MAX) * 10.0).round() as u16
}

/// The length of a line, metres.
pub(crate) fn length_m(points: &[GeoPoint]) -> f64 {
    points.windows(2).map(|pair| pair[0].metres_to(pair[1])).sum()
}

/// Cuts ways at the places that two of them share or one has twice, and at those in `closed`, which nobody passes.
/// Gives how many pieces were too long to be true.
pub(crate) fn cut(places: &[GeoPoint], closed: &[bool], ways: &Ways, names: Vec<Box<str>>) -> (Core, u64) {
    const ONCE: u8 = 1;
    const JUNCTION: u8 = 2;
    let mut use_of = vec![0_u8; places.len()];
    let mut start = 0;
    for (end, _) in &ways.ends {
        let refs = &ways.refs[start..*end as usize];
        start = *end as usize;
        for (at, place) in refs.iter().enumerate() {
            let use_of = &mut use_of[*place as usize];
            let is_end = at == 0 || at + 1 == refs.len();
            *use_of = if is_end || *use_of >= ONCE { JUNCTION } else { ONCE };
        }
    }
    let mut core = Core { nodes: 0, segments: Vec::new(), points: Vec::new(), names };
    let mut node_of = vec![u32::MAX; places.len()];
    let mut node = |place: u32, nodes: &mut u32| {
        let known = &mut node_of[place as usize];
        if *known != u32::MAX && !closed[place as usize] {
            return *known;
        }
        // A closed place is another dead end for every piece that reaches it.
        *known = *nodes;
        *nodes += 1;
        *known
    };
    let mut too_long = 0;
    let mut start = 0;
    for (end, traits) in &ways.ends {
        let refs = &ways.refs[start..*end as usize];
        start = *end as usize;
        let mut piece_start = 0;
        for at in 1..refs.len() {
            if use_of[refs[at] as usize] != JUNCTION && !closed[refs[at] as usize] {
                continue;
            }
            let piece = &refs[piece_start..=at];
            piece_start = at;
            let first = core.points.len();
            core.points.extend(piece.iter().map(|place| places[*place as usize]));
            core.points.dedup_from(first);
            let metres = length_m(&core.points[first..]);
            if metres > limits::SEGMENT_METRES_MAX {
                core.points.truncate(first);
                too_long += 1;
                continue;
            }
            if core.points.len() - first < 2 {
                // All of it is one point: keep two, so that a segment is always a line.
                let point = core.points[first];
                core.points.push(point);
            }
            core.segments.push(Segment {
                from: node(piece[0], &mut core.nodes),
                to: node(refs[at], &mut core.nodes),
                first: first as u32,
                count: (core.points.len() - first) as u32,
                decimetres: (metres * 10.0).round() as u32,
                forward: traits.forward,
                backward: traits.backward,
                class: traits.class,
                name: traits.name,
            });
        }
    }
    (core, too_long)
}

/// Removing repeated points behind a place.
trait DedupFrom {
    fn dedup_from(&mut self, first: usize);
}

impl DedupFrom for Vec<GeoPoint> {
    fn dedup_from(&mut self, first: usize) {
        let mut kept = first + 1;
        for at in first + 1..self.len() {
            if self[at] != self[kept - 1] {
                self[kept] = self[at];
                kept += 1;
            }
        }
        self.truncate(kept);
    }
}

/// Numbers names in the order they come; 0 is none.
#[derive(Debug)]
pub(crate) struct Names {
    list: Vec<Box<str>>,
    number: HashMap<Box<str>, u32>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self { list: vec!["".into()], number: HashMap::new() }
    }

    pub(crate) fn number(&mut self, name: &str) -> u32 {
        let mut end = name.len().min(limits::NAME_BYTES_MAX);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let name = &name[..end];
        if name.is_empty() {
            return 0;
        }
        if let Some(number) = self.number.get(name) {
            return *number;
        }
        if self.list.len() >= limits::NAMES_MAX {
            return 0;
        }
        let number = self.list.len() as u32;
        self.list.push(name.into());
        self.number.insert(name.into(), number);
        number
    }

    pub(crate) fn list(self) -> Vec<Box<str>> {
        self.list
    }
}

impl Network {
    /// A network of roads somebody drew. Fails where there is no road one can come and go on, or a road has fewer than two
    /// points.
    pub fn from_roads(roads: Vec<Road>) -> Result<Self, Error> {
        let mut number: HashMap<GeoPoint, u32> = HashMap::new();
        let mut places = Vec::new();
        let mut ways = Ways::default();
        let mut names = Names::new();
        if roads.iter().map(|road| road.points.len()).sum::<usize>() > limits::POINTS_MAX {
            return Err(Error::permanent(format!(
                "building the road network: more than {} points; give fewer roads",
                limits::POINTS_MAX
            )));
        }
        for (at, road) in roads.iter().enumerate() {
            if road.points.len() < 2 {
                return Err(Error::permanent(format!(
                    "building the road network: road {at} has {} points; a road needs two",
                    road.points.len()
                )));
            }
            for point in &road.points {
                let place = *number.entry(*point).or_insert_with(|| {
                    places.push(*point);
                    places.len() as u32 - 1
                });
                // A point said twice in a row is no loop.
                if ways.refs.len() == ways.ends.last().map_or(0, |end| end.0 as usize)
                    || ways.refs.last() != Some(&place)
                {
                    ways.refs.push(place);
                }
            }
            let speed = tenths(road.speed_kmh);
            let traits = Traits {
                class: road.class,
                forward: speed,
                backward: if road.one_way { 0 } else { speed },
                name: names.number(road.name.as_deref().unwrap_or_default()),
            };
            ways.ends.push((ways.refs.len() as u32, traits));
        }
        let closed = vec![false; places.len()];
        let (core, too_long) = cut(&places, &closed, &ways, names.list());
        if too_long > 0 {
            return Err(Error::permanent(format!(
                "building the road network: {too_long} roads run more than {} km without a junction; check the points",
                limits::SEGMENT_METRES_MAX / 1_000.0
            )));
        }
        Self::from_core(core)
    }

    /// Derives all else from a core whose numbers are in range.
    pub(crate) fn from_core(core: Core) -> Result<Self, Error> {
        let fingerprint = crate::file::fingerprint(&core);
        Self::from_core_with(core, fingerprint)
    }

    pub(crate) fn from_core_with(core: Core, fingerprint: String) -> Result<Self, Error> {
        let none = || {
            Error::permanent(
                "building the road network: no road on which a van can come and go; choose a map of the region you deliver to",
            )
        };
        let boxes: Vec<Bounds> = core
            .segments
            .iter()
            .filter_map(|segment| Bounds::around(core.points_of(segment).iter().copied()))
            .collect();
        let bounds = boxes.iter().copied().reduce(Bounds::joined).ok_or_else(none)?;
        let chains = Chains::new(&core);
        if !chains.any_connected() {
            return Err(none());
        }
        let tree = Tree::new(&boxes);
        Ok(Self { core, chains, tree, bounds, fingerprint })
    }

    /// The box around all roads.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// A hash of the roads, 32 hexadecimal digits: the same roads in the same order have the same one, so what was
    /// computed from them can be kept under it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Junctions and ends of roads.
    pub fn junctions(&self) -> usize {
        self.core.nodes as usize
    }

    /// Pieces of road between them.
    pub fn segments(&self) -> usize {
        self.core.segments.len()
    }

    /// The length of all roads, metres.
    pub fn length_m(&self) -> f64 {
        self.core.segments.iter().map(|segment| f64::from(segment.decimetres) / 10.0).sum()
    }

    /// The length of those roads that one can come and go on, metres; only these are snapped to.
    pub fn connected_length_m(&self) -> f64 {
        (0_u32..)
            .zip(&self.core.segments)
            .filter(|(at, _)| self.chains.connected(*at))
            .map(|(_, segment)| f64::from(segment.decimetres) / 10.0)
            .sum()
    }

    /// The place on a road nearest to `point`, on a road that one can reach and leave; `None` where there is none within
    /// [`limits::SNAP_METRES_MAX`].
    pub fn snap(&self, point: GeoPoint) -> Option<Snap> {
        let plane = Plane::at(point);
        let (segment, metres) = self.tree.nearest(point, limits::SNAP_METRES_MAX, |item| {
            if !self.chains.connected(item) {
                return None;
            }
            let points = self.core.points_of(&self.core.segments[item as usize]);
            points.windows(2).map(|pair| plane.nearest_on(pair[0], pair[1]).1).min_by(f64::total_cmp)
        })?;
        let of = &self.core.segments[segment as usize];
        let points = self.core.points_of(of);
        let (mut before_m, mut along_m, mut nearest_m, mut nearest) = (0.0, 0.0, f64::INFINITY, points[0]);
        for pair in points.windows(2) {
            let length_m = pair[0].metres_to(pair[1]);
            let (share, metres) = plane.nearest_on(pair[0], pair[1]);
            if metres < nearest_m {
                nearest_m = metres;
                along_m = before_m + share * length_m;
                nearest = between(pair[0], pair[1], share);
            }
            before_m += length_m;
        }
        let decimetres = ((along_m * 10.0).round() as u32).min(of.decimetres);
        Some(Snap { point: nearest, metres, segment, decimetres })
    }

    /// Where a snapped place lies among the chains.
    pub(crate) fn place(&self, snap: &Snap) -> Place {
        self.chains.place(&self.core.segments[snap.segment as usize], snap.segment, snap.decimetres)
    }
}

impl Segment {
    /// Milliseconds along and against its points; `None`: not this way.
    pub(crate) fn ms(&self) -> (Option<u32>, Option<u32>) {
        (ms_of(self.decimetres, self.forward), ms_of(self.decimetres, self.backward))
    }
}
