//! Which pieces of road are near a place, or in a box: a packed R-tree (Leutenegger, Lopez & Edgington 1997,
//! sort-tile-recursive), built once and never changed, as flat arrays.

use crate::geometry::{Bounds, Plane};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use units::GeoPoint;

/// Children of one box.
const FAN_OUT: usize = 16;

/// Boxes of items, and boxes around boxes.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Item numbers in the order of the lowest level.
    items: Vec<u32>,
    /// Each level's boxes, the items' own first, one box at the end (none of an empty tree).
    levels: Vec<Vec<Bounds>>,
}

/// A distance in a heap, nearest first.
#[derive(PartialEq)]
struct Near {
    metres: f64,
    level: usize,
    at: usize,
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.metres.total_cmp(&other.metres).then_with(|| (self.level, self.at).cmp(&(other.level, other.at)))
    }
}

impl Tree {
    pub(crate) fn new(boxes: &[Bounds]) -> Self {
        let lon = |item: &u32| {
            let of = boxes[*item as usize];
            i64::from(of.min.lon_e7) + i64::from(of.max.lon_e7)
        };
        let lat = |item: &u32| {
            let of = boxes[*item as usize];
            i64::from(of.min.lat_e7) + i64::from(of.max.lat_e7)
        };
        let mut items: Vec<u32> = (0..boxes.len() as u32).collect();
        items.sort_unstable_by_key(|item| (lon(item), *item));
        let leaves = boxes.len().div_ceil(FAN_OUT);
        let slice = ((leaves as f64).sqrt().ceil() as usize).max(1) * FAN_OUT;
        for slice in items.chunks_mut(slice) {
            slice.sort_unstable_by_key(|item| (lat(item), *item));
        }
        let mut levels = vec![items.iter().map(|item| boxes[*item as usize]).collect::<Vec<_>>()];
        while let Some(last) = levels.last()
            && last.len() > 1
        {
            let above = last
                .chunks(FAN_OUT)
                .filter_map(|group| group.iter().copied().reduce(Bounds::joined))
                .collect::<Vec<_>>();
            levels.push(above);
        }
        Self { items, levels }
    }

    /// Hands over every item whose box meets `bounds`.
    pub(crate) fn within(&self, bounds: Bounds, mut then: impl FnMut(u32)) {
        let top = self.levels.len() - 1;
        let mut open: Vec<(usize, usize)> = (0..self.levels[top].len()).map(|at| (top, at)).collect();
        while let Some((level, at)) = open.pop() {
            if !self.levels[level][at].meets(bounds) {
                continue;
            }
            if level == 0 {
                then(self.items[at]);
            } else {
                let below = level - 1;
                let end = ((at + 1) * FAN_OUT).min(self.levels[below].len());
                open.extend((at * FAN_OUT..end).rev().map(|at| (below, at)));
            }
        }
    }

    /// The item nearest to `to` by `metres_of` (which may refuse an item), within `metres_max`, and its distance.
    pub(crate) fn nearest(
        &self,
        to: GeoPoint,
        metres_max: f64,
        mut metres_of: impl FnMut(u32) -> Option<f64>,
    ) -> Option<(u32, f64)> {
        let plane = Plane::at(to);
        let mut best: Option<(u32, f64)> = None;
        let mut reach = metres_max;
        let top = self.levels.len() - 1;
        let mut open = BinaryHeap::new();
        for (at, bounds) in self.levels[top].iter().enumerate() {
            open.push(Reverse(Near { metres: plane.metres_to_box(*bounds), level: top, at }));
        }
        while let Some(Reverse(near)) = open.pop() {
            if near.metres > reach {
                break;
            }
            if near.level == 0 {
                let item = self.items[near.at];
                if let Some(metres) = metres_of(item)
                    && metres <= reach
                    // Of two at one distance, always the same one.
                    && best.is_none_or(|(other, nearest)| metres < nearest || item < other)
                {
                    best = Some((item, metres));
                    reach = metres;
                }
                continue;
            }
            let below = near.level - 1;
            let end = ((near.at + 1) * FAN_OUT).min(self.levels[below].len());
            for at in near.at * FAN_OUT..end {
                let metres = plane.metres_to_box(self.levels[below][at]);
                if metres <= reach {
                    open.push(Reverse(Near { metres, level: below, at }));
                }
            }
        }
        best
    }
}
