//! What to draw of a network: lines, fewer and plainer the farther one looks from.

use crate::geometry::{Bounds, simplified};
use crate::{Network, RoadClass};
use std::collections::HashMap;
use units::GeoPoint;

/// How much of the roads is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    /// The least important class that is drawn.
    pub class: RoadClass,
    /// Points that change a line by less than so many metres are left out.
    pub tolerance_m: f64,
}

impl Detail {
    /// All roads, all points.
    pub const FULL: Self = Self { class: RoadClass::Service, tolerance_m: 0.0 };

    /// What a map of this scale can show: lines off by half a pixel at most, and no class whose roads would lie closer
    /// together than a few pixels.
    pub fn at_scale(metres_per_pixel: f64) -> Self {
        let class = match metres_per_pixel {
            m if m <= 4.0 => RoadClass::Service,
            m if m <= 15.0 => RoadClass::Residential,
            m if m <= 40.0 => RoadClass::Tertiary,
            m if m <= 120.0 => RoadClass::Secondary,
            m if m <= 400.0 => RoadClass::Primary,
            _ => RoadClass::Trunk,
        };
        Self { class, tolerance_m: (metres_per_pixel / 2.0).max(0.0) }
    }
}

/// A road to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// At least two points.
    pub points: Vec<GeoPoint>,
    /// How important.
    pub class: RoadClass,
    /// What people call it.
    pub name: Option<String>,
}

impl Network {
    /// Roads that meet `bounds`, the least important first, so that what is drawn later lies above. Pieces of one road are
    /// joined before points are left out.
    pub fn roads_in(&self, bounds: Bounds, detail: Detail) -> Vec<Line> {
        let segments = &self.core.segments;
        let mut chosen = Vec::new();
        self.tree.within(bounds, |item| {
            if segments[item as usize].class <= detail.class {
                chosen.push(item);
            }
        });
        chosen.sort_unstable_by_key(|item| (std::cmp::Reverse(segments[*item as usize].class), *item));
        // Of each junction, the pieces of each road that end there.
        let key = |node: u32, item: u32| {
            let segment = &segments[item as usize];
            (node, segment.class, segment.name)
        };
        let mut ends: HashMap<(u32, RoadClass, u32), Vec<u32>> = HashMap::new();
        for item in &chosen {
            let segment = &segments[*item as usize];
            ends.entry(key(segment.from, *item)).or_default().push(*item);
            ends.entry(key(segment.to, *item)).or_default().push(*item);
        }
        let mut drawn = std::collections::HashSet::with_capacity(chosen.len());
        let mut lines = Vec::new();
        for item in &chosen {
            if !drawn.insert(*item) {
                continue;
            }
            let first = &segments[*item as usize];
            let mut points = self.core.points_of(first).to_vec();
            for backward in [false, true] {
                // On from the last point; then the line is turned and it goes on from what was the first.
                let (mut at, mut node) = (*item, if backward { first.from } else { first.to });
                if backward {
                    points.reverse();
                }
                while let Some([one, other]) = ends.get(&key(node, at)).map(Vec::as_slice) {
                    let next = if *one == at { *other } else { *one };
                    if !drawn.insert(next) {
                        break;
                    }
                    let segment = &segments[next as usize];
                    let line = self.core.points_of(segment);
                    if segment.from == node {
                        points.extend(&line[1..]);
                        node = segment.to;
                    } else {
                        points.extend(line[..line.len() - 1].iter().rev());
                        node = segment.from;
                    }
                    at = next;
                }
            }
            let name = &self.core.names[first.name as usize];
            lines.push(Line {
                points: simplified(&points, detail.tolerance_m),
                class: first.class,
                name: (!name.is_empty()).then(|| name.to_string()),
            });
        }
        lines
    }
}
