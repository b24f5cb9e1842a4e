//! The graph that is searched: pieces of road in a row without a choice between them are one chain.
//!
//! On real maps this halves the graph. A chain keeps its pieces, so that a place in the middle of it still knows its way to
//! both ends. Costs are milliseconds, then decimetres: one 64-bit number with the time in its upper half, so that sums and
//! comparisons are single instructions, of two equally fast ways always the shorter is taken, and the cost of the best way
//! does not depend on how it was searched for.

use crate::network::{Core, Segment};

/// Milliseconds above, decimetres below.
pub(crate) type Cost = u64;

/// No way.
pub(crate) const NO_WAY: Cost = u64::MAX;

pub(crate) fn cost(ms: u32, decimetres: u32) -> Cost {
    (u64::from(ms) << 32) | u64::from(decimetres)
}

/// Milliseconds, decimetres.
pub(crate) fn parts(cost: Cost) -> (u32, u32) {
    ((cost >> 32) as u32, cost as u32)
}

/// Time over a length at a speed in tenths of km/h, rounded up, at least 1; `None` at speed 0.
pub(crate) fn ms_of(decimetres: u32, speed: u16) -> Option<u32> {
    // 0.1 m at 0.1 km/h takes 3.6 s.
    let ms = (u64::from(decimetres) * 3_600).div_ceil(u64::from(speed).max(1));
    (speed > 0).then(|| u32::try_from(ms.max(1)).unwrap_or(u32::MAX - 1))
}

/// Pieces in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    /// Search node at its begin.
    pub(crate) from: u32,
    /// Search node at its end.
    pub(crate) to: u32,
    /// Cost from begin to end.
    pub(crate) forward: Cost,
    /// Cost from end to begin.
    pub(crate) backward: Cost,
    /// Its first piece among all.
    first: u32,
    /// How many pieces.
    count: u32,
}

/// A segment as part of a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) segment: u32,
    /// Its points run against the chain.
    pub(crate) reversed: bool,
}

/// Where a segment is among the chains.
#[derive(Clone, Copy, Debug, Default)]
struct Home {
    chain: u32,
    /// Its place among all pieces.
    piece: u32,
    reversed: bool,
    /// Cost along the chain of what lies before it.
    before_forward: Cost,
    /// Cost of the same the other way.
    before_backward: Cost,
}

/// An arc out of a search node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) to: u32,
    /// The chain times two, plus one where it is driven backward.
    pub(crate) chain: u32,
    pub(crate) cost: Cost,
}

/// A place on a chain and what it costs to get to it and away from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) chain: u32,
    pub(crate) segment: u32,
    pub(crate) decimetres: u32,
    /// Search nodes at the chain's ends.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Forward: from the begin to here and from here to the end.
    pub(crate) from_begin: Cost,
    pub(crate) to_end: Cost,
    /// Backward: from the end to here and from here to the begin.
    pub(crate) from_end: Cost,
    pub(crate) to_begin: Cost,
}

impl Place {
    /// The cost from here to another place without leaving the chain, and whether forward.
    pub(crate) fn along(&self, to: &Self) -> Option<(Cost, bool)> {
        if self.chain != to.chain {
            return None;
        }
        let way = |from: Cost, to: Cost| (to != NO_WAY && from <= to).then(|| to - from);
        let forward = way(self.from_begin, to.from_begin).map(|cost| (cost, true));
        let backward = way(to.to_begin, self.to_begin).map(|cost| (cost, false));
        forward.into_iter().chain(backward).min_by_key(|way| way.0)
    }
}

/// The chains, their pieces, and the arcs between search nodes.
#[derive(Debug)]
pub(crate) struct Chains {
    chains: Vec<Chain>,
    pieces: Vec<Piece>,
    homes: Vec<Home>,
    /// Of each search node where its arcs begin, and the end.
    first_arc: Vec<u32>,
    arcs: Vec<Arc>,
    /// Search nodes one can reach and leave: the strongly connected part with the longest roads.
    connected: Vec<bool>,
}

/// The end of a segment at a junction.
#[derive(Clone, Copy)]
struct End {
    segment: u32,
    /// Whether the segment begins here.
    begins: bool,
}

/// The two directions of a segment seen from one of its ends: away from it, and toward it.
fn passable(segment: &Segment, begins: bool) -> (bool, bool) {
    let (along, against) = (segment.forward > 0, segment.backward > 0);
    if begins { (along, against) } else { (against, along) }
}

impl Chains {
    pub(crate) fn new(core: &Core) -> Self {
        let nodes = core.nodes as usize;
        let segments = &core.segments;
        let (first_end, ends) = group(
            nodes,
            segments.iter().enumerate().flat_map(|(at, segment)| {
                let end = |begins| End { segment: at as u32, begins };
                [(segment.from, end(true)), (segment.to, end(false))]
            }),
        );
        let ends_of = |node: usize| &ends[first_end[node] as usize..first_end[node + 1] as usize];
        // A junction with two pieces that one passes in the same directions is no choice.
        let through: Vec<bool> = (0..nodes)
            .map(|node| match ends_of(node) {
                [one, other] if one.segment != other.segment => {
                    let (away, toward) = passable(&segments[one.segment as usize], one.begins);
                    let next = passable(&segments[other.segment as usize], other.begins);
                    (toward, away) == next
                }
                _ => false,
            })
            .collect();

        let mut number = vec![u32::MAX; nodes];
        let mut searched = 0_u32;
        let mut number_of = |node: u32| {
            let number = &mut number[node as usize];
            if *number == u32::MAX {
                *number = searched;
                searched += 1;
            }
            *number
        };
        let mut chains = Vec::new();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut homes = vec![Home::default(); segments.len()];
        let mut done = vec![false; segments.len()];
        let mut walk = |start: End, node: u32| {
            if std::mem::replace(&mut done[start.segment as usize], true) {
                return;
            }
            let first = pieces.len();
            let (mut forward, mut backward) = (0, 0);
            let mut end = start;
            let last = loop {
                let segment = &segments[end.segment as usize];
                let (along, against) = segment.ms();
                let with = |ms: Option<u32>| ms.map_or(NO_WAY, |ms| cost(ms, segment.decimetres));
                let (along, against) =
                    if end.begins { (with(along), with(against)) } else { (with(against), with(along)) };
                homes[end.segment as usize] = Home {
                    chain: chains.len() as u32,
                    piece: pieces.len() as u32,
                    reversed: !end.begins,
                    before_forward: forward,
                    before_backward: backward,
                };
                pieces.push(Piece { segment: end.segment, reversed: !end.begins });
                forward = forward.saturating_add(along);
                backward = backward.saturating_add(against);
                let far = if end.begins { segment.to } else { segment.from };
                let next = ends_of(far as usize).iter().find(|other| other.segment != end.segment);
                match next {
                    Some(next) if through[far as usize] && !done[next.segment as usize] => {
                        done[next.segment as usize] = true;
                        end = *next;
                    }
                    _ => break far,
                }
            };
            chains.push(Chain {
                from: number_of(node),
                to: number_of(last),
                forward,
                backward,
                first: first as u32,
                count: (pieces.len() - first) as u32,
            });
        };
        for node in (0..nodes).filter(|node| !through[*node]) {
            for end in ends_of(node) {
                walk(*end, node as u32);
            }
        }
        // What is left are rings without a junction.
        for node in 0..nodes {
            for end in ends_of(node) {
                walk(*end, node as u32);
            }
        }

        let searched = searched as usize;
        let (first_arc, arcs) = group(
            searched,
            chains.iter().enumerate().flat_map(|(at, chain)| {
                let arc = |from: u32, to, cost, backward: u32| {
                    // A way back to where one is does not help.
                    (cost != NO_WAY && from != to)
                        .then_some((from, Arc { to, chain: at as u32 * 2 + backward, cost }))
                };
                let forward = arc(chain.from, chain.to, chain.forward, 0);
                let backward = arc(chain.to, chain.from, chain.backward, 1);
                forward.into_iter().chain(backward)
            }),
        );
        let mut made = Self { chains, pieces, homes, first_arc, arcs, connected: Vec::new() };
        made.connected = made.largest_connected(searched);
        made
    }

    /// How many search nodes there are.
    pub(crate) fn nodes(&self) -> usize {
        self.first_arc.len() - 1
    }

    /// Arcs out of a search node.
    pub(crate) fn arcs(&self, node: u32) -> &[Arc] {
        &self.arcs[self.first_arc[node as usize] as usize..self.first_arc[node as usize + 1] as usize]
    }

    /// Pieces of a chain, in its order.
    pub(crate) fn pieces(&self, chain: u32) -> &[Piece] {
        let chain = &self.chains[chain as usize];
        &self.pieces[chain.first as usize..(chain.first + chain.count) as usize]
    }

    /// Where in [`Self::pieces`] of its chain a segment is.
    pub(crate) fn piece_at(&self, segment: u32) -> usize {
        let home = self.homes[segment as usize];
        (home.piece - self.chains[home.chain as usize].first) as usize
    }

    /// Whether one can come to a segment and go from it.
    pub(crate) fn connected(&self, segment: u32) -> bool {
        let chain = &self.chains[self.homes[segment as usize].chain as usize];
        let back = chain.from != chain.to || chain.forward != NO_WAY || chain.backward != NO_WAY;
        back && self.connected[chain.from as usize] && self.connected[chain.to as usize]
    }

    /// Whether there is any such segment.
    pub(crate) fn any_connected(&self) -> bool {
        (0..self.homes.len() as u32).any(|segment| self.connected(segment))
    }

    /// A place so many decimetres along a segment.
    pub(crate) fn place(&self, of: &Segment, segment: u32, decimetres: u32) -> Place {
        let home = self.homes[segment as usize];
        let chain = self.chains[home.chain as usize];
        let (along, against) = of.ms();
        // Milliseconds between the segment's begin and the place; rounded down once, so that the two parts add up.
        let share =
            |ms: u32| (u64::from(ms) * u64::from(decimetres) / u64::from(of.decimetres).max(1)) as u32;
        // In the chain's sense: what lies between the segment's near end and the place, each way.
        let (forward, backward, walked) = if home.reversed {
            (against.map(|ms| ms - share(ms)), along.map(|ms| ms - share(ms)), of.decimetres - decimetres)
        } else {
            (along.map(share), against.map(share), decimetres)
        };
        let mut from_begin =
            forward.map_or(NO_WAY, |ms| home.before_forward.saturating_add(cost(ms, walked)));
        let mut to_begin =
            backward.map_or(NO_WAY, |ms| home.before_backward.saturating_add(cost(ms, walked)));
        let rest = |whole: Cost, part: Cost| {
            if whole == NO_WAY || part == NO_WAY { NO_WAY } else { whole.saturating_sub(part) }
        };
        let mut to_end = rest(chain.forward, from_begin);
        let mut from_end = rest(chain.backward, to_begin);
        // A place at a junction is on all its roads, whichever way this one is driven.
        let decimetres_of = |one: Cost, other: Cost| parts(one.min(other)).1;
        let along = decimetres_of(home.before_forward, home.before_backward) + walked;
        if along == 0 {
            (from_begin, to_begin) = (0, 0);
        }
        if along == decimetres_of(chain.forward, chain.backward) {
            (from_end, to_end) = (0, 0);
        }
        Place {
            chain: home.chain,
            segment,
            decimetres,
            from: chain.from,
            to: chain.to,
            from_begin,
            to_end,
            from_end,
            to_begin,
        }
    }

    /// Marks the strongly connected part with the longest roads (Tarjan 1972, with a stack of our own).
    fn largest_connected(&self, nodes: usize) -> Vec<bool> {
        const NONE: u32 = u32::MAX;
        let mut index = vec![NONE; nodes];
        let mut low = vec![0_u32; nodes];
        let mut part = vec![NONE; nodes];
        let mut parts = 0_u32;
        let mut next_index = 0_u32;
        let mut stack: Vec<u32> = Vec::new();
        // A node, and which of its arcs comes next.
        let mut open: Vec<(u32, u32)> = Vec::new();
        for root in 0..nodes as u32 {
            if index[root as usize] != NONE {
                continue;
            }
            open.push((root, 0));
            while let Some((node, arc)) = open.last_mut() {
                let at = *node as usize;
                if *arc == 0 && index[at] == NONE {
                    index[at] = next_index;
                    low[at] = next_index;
                    next_index += 1;
                    stack.push(*node);
                }
                if let Some(next) = self.arcs(*node).get(*arc as usize) {
                    *arc += 1;
                    let to = next.to as usize;
                    if index[to] == NONE {
                        open.push((next.to, 0));
                    } else if part[to] == NONE {
                        low[at] = low[at].min(index[to]);
                    }
                    continue;
                }
                if low[at] == index[at] {
                    while let Some(member) = stack.pop() {
                        part[member as usize] = parts;
                        if member as usize == at {
                            break;
                        }
                    }
                    parts += 1;
                }
                open.pop();
                if let Some((above, _)) = open.last() {
                    let above = *above as usize;
                    low[above] = low[above].min(low[at]);
                }
            }
        }
        let mut length = vec![0_u64; parts as usize];
        for chain in &self.chains {
            let (from, to) = (part[chain.from as usize], part[chain.to as usize]);
            if from == to {
                let way = if chain.forward == NO_WAY { chain.backward } else { chain.forward };
                // Counted even of a ring of no length, so that some part wins.
                length[from as usize] += u64::from(crate::chains::parts(way).1) + 1;
            }
        }
        // The first of the longest.
        let longest = (0..parts).rev().max_by_key(|part| length[*part as usize]);
        part.iter().map(|part| Some(*part) == longest).collect()
    }
}

/// Puts values into groups by number, keeping their order: where each group begins, and the values.
fn group<T: Copy>(groups: usize, values: impl Iterator<Item = (u32, T)> + Clone) -> (Vec<u32>, Vec<T>) {
    let mut first = vec![0_u32; groups + 1];
    let mut any = None;
    for (group, value) in values.clone() {
        first[group as usize + 1] += 1;
        any.get_or_insert(value);
    }
    for at in 0..groups {
        first[at + 1] += first[at];
    }
    let Some(any) = any else { return (first, Vec::new()) };
    let mut next = first.clone();
    let mut grouped = vec![any; first[groups] as usize];
    for (group, value) in values {
        let next = &mut next[group as usize];
        grouped[*next as usize] = value;
        *next += 1;
    }
    (first, grouped)
}
