//! An OpenStreetMap extract into a network, in two passes, so that only the places of roads are held.

use crate::network::{Names, Traits, Ways, cut};
use crate::pbf::{Blocks, damaged, nodes, ways};
use crate::tags::{Tags, Verdict, is_closed, judge};
use crate::{Bounds, Error, Network, Params, limits};
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use units::{GeoPoint, Progress, Stop};

/// Why a way of the map, or a part of one, is not in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dropped {
    /// For people on foot or on bicycles, tracks, stairs, roads that are being built.
    NotForCars,
    /// Private, or closed to motor vehicles.
    NoAccess,
    /// A square that is drawn as its outline.
    Area,
    /// One way or the other by the time of day.
    Reversible,
    /// It runs on outside the extract; what lies inside is used.
    CutOff,
    /// Longer between two junctions than a road can be: an error of the map.
    TooLong,
}

impl Dropped {
    /// A word for files and screens to look the sentence up by.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotForCars => "not-for-cars",
            Self::NoAccess => "no-access",
            Self::Area => "area",
            Self::Reversible => "reversible",
            Self::CutOff => "cut-off",
            Self::TooLong => "too-long",
        }
    }
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportSummary {
    /// Ways of the map that became roads.
    pub ways: u64,
    /// Those of them that are driven one way only.
    pub one_way: u64,
    /// Those with a written speed limit.
    pub with_limit: u64,
    /// Junctions and ends of roads.
    pub junctions: u64,
    /// Pieces of road between them.
    pub segments: u64,
    /// Points of their lines.
    pub points: u64,
    /// The length of all of them, metres.
    pub length_m: f64,
    /// Of that, roads one can come and go on; the others are drawn, but nothing starts or ends there.
    pub connected_length_m: f64,
    /// Bollards and locked gates that close a road.
    pub closed: u64,
    /// The box around all of it.
    pub bounds: Bounds,
    /// Ways not used, by reason.
    pub dropped: BTreeMap<Dropped, u64>,
}

impl Network {
    /// Reads an extract in OpenStreetMap's PBF format. Reports bytes read; holds some 40 bytes for each point of a road.
    pub fn from_osm_pbf(
        reader: impl Read + Seek,
        params: &Params,
        progress: &Progress,
        stop: &Stop,
    ) -> Result<(Self, ImportSummary), Error> {
        let stopped = |_| Error::stopped("reading the map");
        let mut blocks = Blocks::open(reader)?;
        let total = blocks.length;

        // Ways first, although nodes stand before them: then only the nodes that roads need are kept.
        let mut dropped: BTreeMap<Dropped, u64> = BTreeMap::new();
        let mut names = Names::new();
        let mut refs: Vec<i64> = Vec::new();
        let mut ends: Vec<(usize, Traits)> = Vec::new();
        let (mut one_way, mut with_limit) = (0, 0);
        let mut with_nodes = Vec::new();
        while let Some(block) = blocks.next()? {
            stop.check().map_err(stopped)?;
            let at = block.at;
            let has_nodes = ways(block.data, |tags, ids| match judge(tags, params) {
                Verdict::NoRoad => {}
                Verdict::Dropped(reason) => *dropped.entry(reason).or_default() += 1,
                Verdict::Drivable(road) => {
                    let start = refs.len();
                    for id in ids.take(limits::POINTS_MAX.saturating_sub(start)) {
                        if refs.len() == start || refs.last() != Some(&id) {
                            refs.push(id);
                        }
                    }
                    let name = tags.get("name").or_else(|| tags.get("ref")).unwrap_or_default();
                    one_way += u64::from(road.forward == 0 || road.backward == 0);
                    with_limit += u64::from(tags.get("maxspeed").is_some());
                    let traits = Traits {
                        class: road.class,
                        forward: road.forward,
                        backward: road.backward,
                        name: names.number(name),
                    };
                    ends.push((refs.len(), traits));
                }
            })
            .map_err(|why| damaged(at, why))?;
            if has_nodes {
                with_nodes.push(at);
            }
            if refs.len() >= limits::POINTS_MAX {
                return Err(Error::permanent(format!(
                    "reading the map: it has more than {} points of roads; choose the extract of a smaller region",
                    limits::POINTS_MAX
                )));
            }
            progress.report(blocks.at / 2, total);
        }
        if refs.is_empty() {
            return Err(no_roads(&dropped));
        }

        let mut ids = refs.clone();
        ids.sort_unstable();
        ids.dedup();
        stop.check().map_err(stopped)?;
        const NOWHERE: GeoPoint = GeoPoint { lat_e7: i32::MAX, lon_e7: i32::MAX };
        let mut places = vec![NOWHERE; ids.len()];
        let mut closed = vec![false; ids.len()];
        for at in with_nodes {
            stop.check().map_err(stopped)?;
            blocks.go_to(at)?;
            let Some(block) = blocks.next()? else { break };
            // Files are sorted by id, almost always: look near the last one first.
            let mut next = 0;
            nodes(block.data, |id, place, tags| {
                let found = match ids.get(next) {
                    Some(near) if *near == id => Ok(next),
                    Some(near) if *near > id && (next == 0 || ids[next - 1] < id) => Err(next),
                    _ => ids.binary_search(&id),
                };
                if let Ok(number) = found
                    && let Some((lat_e7, lon_e7)) = place
                {
                    places[number] = GeoPoint { lat_e7, lon_e7 };
                    closed[number] = !tags.is_empty() && is_closed(tags);
                }
                next = match found {
                    Ok(number) => number + 1,
                    Err(number) => number,
                };
            })
            .map_err(|why| damaged(at, why))?;
            progress.report(total / 2 + blocks.at / 2, total);
        }

        // Ways whose nodes are not all in the extract are cut into the runs that are.
        let mut kept = Ways::default();
        let mut used = 0;
        let mut start = 0;
        for (end, traits) in &ends {
            let way = &refs[start..*end];
            start = *end;
            let before = kept.ends.len();
            let mut whole = true;
            let mut run = kept.refs.len();
            for id in way {
                let number = ids.binary_search(id).unwrap_or_default();
                if places[number] != NOWHERE {
                    kept.refs.push(number as u32);
                    continue;
                }
                whole = false;
                close_run(&mut kept, &mut run, *traits);
            }
            close_run(&mut kept, &mut run, *traits);
            if !whole {
                *dropped.entry(Dropped::CutOff).or_default() += 1;
            }
            used += u64::from(kept.ends.len() > before);
        }
        drop(refs);
        drop(ids);
        stop.check().map_err(stopped)?;
        if kept.ends.is_empty() {
            return Err(no_roads(&dropped));
        }
        let (core, too_long) = cut(&places, &closed, &kept, names.list());
        if too_long > 0 {
            *dropped.entry(Dropped::TooLong).or_default() += too_long;
        }
        let closed = closed.iter().filter(|closed| **closed).count() as u64;
        drop((places, kept));
        stop.check().map_err(stopped)?;
        let network = Self::from_core(core).map_err(|_| {
            Error::permanent(
                "reading the map: on none of its roads can a van come and go; choose an extract of the region you deliver to",
            )
        })?;
        progress.report(total, total);
        let summary = ImportSummary {
            ways: used,
            one_way,
            with_limit,
            junctions: network.junctions() as u64,
            segments: network.segments() as u64,
            points: network.core.points.len() as u64,
            length_m: network.length_m(),
            connected_length_m: network.connected_length_m(),
            closed,
            bounds: network.bounds(),
            dropped,
        };
        Ok((network, summary))
    }
}

/// Ends a run of places that are there; one place alone is no road.
fn close_run(ways: &mut Ways, run: &mut usize, traits: Traits) {
    if ways.refs.len() - *run < 2 {
        ways.refs.truncate(*run);
    } else {
        ways.ends.push((ways.refs.len() as u32, traits));
    }
    *run = ways.refs.len();
}

fn no_roads(dropped: &BTreeMap<Dropped, u64>) -> Error {
    let count: u64 = dropped.values().sum();
    Error::permanent(format!(
        "reading the map: it has no road a van may drive on ({count} ways are paths or closed); choose an extract of the region you deliver to"
    ))
}
