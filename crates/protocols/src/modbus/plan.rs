//! Points to the fewest requests that read them.

use super::map::{Map, Table};
use std::collections::BTreeSet;

/// Objects that one request reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The slave.
    pub unit: u8,
    /// The table.
    pub table: Table,
    /// The first object.
    pub address: u16,
    /// How many.
    pub count: u16,
    /// The points in it, by their place in the map.
    pub points: Vec<usize>,
}

impl Range {
    fn end(&self) -> u32 {
        u32::from(self.address) + u32::from(self.count)
    }
}

/// Where no request may read across: learned from slaves that refuse an address (exception 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts(BTreeSet<(u8, Table, u16)>);

impl Cuts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A range was refused: it will be read in pieces from now on. First around what no point wants, then in halves, so that
    /// a refused object among n points is found in log2(n) refusals. Says whether there was anything to cut; if not, the
    /// objects of its points themselves are what is refused.
    pub fn refused(&mut self, map: &Map, range: &Range) -> bool {
        let mut points: Vec<(u16, u32)> = range
            .points
            .iter()
            .filter_map(|at| map.points.get(*at))
            .map(|point| (point.address, point.end()))
            .collect();
        points.sort_unstable();
        // Where a point begins and none before it reaches over, with whether something unwanted stands before it.
        let mut seams: Vec<(u16, bool)> = Vec::new();
        let mut reached = u32::from(range.address);
        for (index, (address, end)) in points.iter().enumerate() {
            if index > 0 && u32::from(*address) >= reached {
                seams.push((*address, u32::from(*address) > reached));
            }
            reached = reached.max(*end);
        }
        let gaps: Vec<u16> = seams.iter().filter(|(_, gap)| *gap).map(|(at, _)| *at).collect();
        let cuts = match (gaps.is_empty(), seams.get(seams.len() / 2)) {
            (false, _) => gaps,
            (true, Some((middle, _))) => vec![*middle],
            (true, None) => return false,
        };
        self.0.extend(cuts.into_iter().map(|at| (range.unit, range.table, at)));
        true
    }

    fn between(&self, unit: u8, table: Table, first: u16, last: u16) -> bool {
        first < last && self.0.range((unit, table, first + 1)..=(unit, table, last)).next().is_some()
    }
}

/// Batches the points of a map (by their places) into ranges: each point in exactly one, none longer than its slave likes,
/// none across a cut, no more unwanted objects in a row than the slave's gap. In the order of slave, table and address.
pub fn plan(map: &Map, which: &[usize], cuts: &Cuts) -> Vec<Range> {
    let mut points: Vec<(u8, Table, u16, u32, usize)> = which
        .iter()
        .filter_map(|at| Some((*at, map.points.get(*at)?)))
        .map(|(at, point)| (map.unit_of(point), point.table, point.address, point.end(), at))
        .collect();
    points.sort_unstable();
    points.dedup();
    let mut ranges: Vec<Range> = Vec::new();
    for (unit, table, address, end, at) in points {
        let timing = map.timing(unit);
        let most = u32::from(if table.is_bits() { timing.bits_max } else { timing.registers_max });
        if let Some(range) = ranges.last_mut().filter(|range| (range.unit, range.table) == (unit, table)) {
            let joined = range.end().max(end);
            let last = u16::try_from(joined - 1).unwrap_or(u16::MAX);
            if u32::from(address) <= range.end() + u32::from(timing.gap)
                && joined - u32::from(range.address) <= most
                && !cuts.between(unit, table, range.address, last)
            {
                range.count = u16::try_from(joined - u32::from(range.address)).unwrap_or(u16::MAX);
                range.points.push(at);
                continue;
            }
        }
        let count = u16::try_from(end - u32::from(address)).unwrap_or(u16::MAX);
        ranges.push(Range { unit, table, address, count, points: vec![at] });
    }
    ranges
}
