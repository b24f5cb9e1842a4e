//! Shortest times: Dijkstra's algorithm from each place over the chains, ended when all places wanted are settled.
//!
//! One label of a node is a [`Cost`], so that the best cost is one number whatever the order of search, and a matrix and a
//! path of the same pair agree to the second and the metre.

use crate::chains::{Chains, Cost, NO_WAY, Place, parts};
use crate::network::{Network, length_m};
use crate::{Matrix, Path, UNREACHABLE, limits};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use units::{GeoPoint, Progress, Stop, Stopped};

/// How many nodes are settled between two looks at whether to stop.
const STOP_EVERY: usize = 4_096;

/// What one search after another needs and leaves clean.
struct Scratch {
    best: Vec<Cost>,
    /// The arc that led here: the node it came from and its chain, kept only where a path is wanted.
    came: Option<Vec<(u32, u32)>>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(Cost, u32)>>,
}

impl Scratch {
    fn new(nodes: usize, with_path: bool) -> Self {
        Self {
            best: vec![NO_WAY; nodes],
            came: with_path.then(|| vec![(u32::MAX, u32::MAX); nodes]),
            touched: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    fn reset(&mut self) {
        for node in self.touched.drain(..) {
            self.best[node as usize] = NO_WAY;
            if let Some(came) = &mut self.came {
                came[node as usize] = (u32::MAX, u32::MAX);
            }
        }
        self.heap.clear();
    }

    fn offer(&mut self, node: u32, cost: Cost, came: (u32, u32)) {
        let best = &mut self.best[node as usize];
        if cost < *best {
            if *best == NO_WAY {
                self.touched.push(node);
            }
            *best = cost;
            if let Some(all) = &mut self.came {
                all[node as usize] = came;
            }
            self.heap.push(Reverse((cost, node)));
        }
    }

    /// Settles nodes from `start` until `wanted` of those marked are settled, or there are no more.
    fn run(
        &mut self,
        chains: &Chains,
        start: &Place,
        marked: &[bool],
        wanted: usize,
        stop: &Stop,
    ) -> Result<(), Stopped> {
        self.reset();
        for (node, cost) in [(start.to, start.to_end), (start.from, start.to_begin)] {
            if cost != NO_WAY {
                self.offer(node, cost, (u32::MAX, u32::MAX));
            }
        }
        let mut open = wanted;
        let mut settled = 0_usize;
        while let Some(Reverse((cost, node))) = self.heap.pop() {
            if cost > self.best[node as usize] {
                continue;
            }
            settled += 1;
            if settled.is_multiple_of(STOP_EVERY) {
                stop.check()?;
            }
            if marked[node as usize] {
                open -= 1;
                if open == 0 {
                    break;
                }
            }
            for arc in chains.arcs(node) {
                self.offer(arc.to, cost.saturating_add(arc.cost), (node, arc.chain));
            }
        }
        Ok(())
    }

    /// The best cost to a place after a run, and how it is entered.
    fn reach(&self, start: &Place, target: &Place) -> (Cost, Entry) {
        let by = |node: u32, rest: Cost| {
            let best = self.best[node as usize];
            if best == NO_WAY || rest == NO_WAY { NO_WAY } else { best.saturating_add(rest) }
        };
        let mut best = (by(target.from, target.from_begin), Entry::Begin);
        let from_end = by(target.to, target.from_end);
        if from_end < best.0 {
            best = (from_end, Entry::End);
        }
        if let Some((cost, forward)) = start.along(target)
            && cost <= best.0
        {
            best = (cost, Entry::Along { forward });
        }
        best
    }
}

/// How a place is come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// Over its chain's begin.
    Begin,
    /// Over its chain's end.
    End,
    /// On the start's own chain.
    Along { forward: bool },
}

/// Seconds rounded up, metres to the nearest; below [`UNREACHABLE`].
fn figures(cost: Cost) -> (u32, u32) {
    if cost == NO_WAY {
        return (UNREACHABLE, UNREACHABLE);
    }
    let (ms, decimetres) = parts(cost);
    (ms.div_ceil(1_000), decimetres / 10 + u32::from(decimetres % 10 >= 5))
}

impl Network {
    /// Times and distances between every two of `points`, each taken at the road nearest to it; what lies between a point
    /// and its road is not counted. Uses all processors but one.
    pub fn matrix(&self, points: &[GeoPoint], progress: &Progress, stop: &Stop) -> Result<Matrix, Stopped> {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1));
        self.matrix_on(points, threads.clamp(1, limits::THREADS_MAX), progress, stop)
    }

    /// The same on so many threads; the result does not depend on their number.
    pub fn matrix_on(
        &self,
        points: &[GeoPoint],
        threads: usize,
        progress: &Progress,
        stop: &Stop,
    ) -> Result<Matrix, Stopped> {
        let n = points.len();
        let places: Vec<Option<Place>> =
            points.iter().map(|point| self.snap(*point).map(|snap| self.place(&snap))).collect();
        stop.check()?;
        let mut marked = vec![false; self.chains.nodes()];
        for place in places.iter().flatten() {
            marked[place.from as usize] = true;
            marked[place.to as usize] = true;
        }
        let wanted = marked.iter().filter(|marked| **marked).count();
        let mut seconds = vec![UNREACHABLE; n * n];
        let mut metres = vec![UNREACHABLE; n * n];
        if n > 0 {
            let rows = seconds.chunks_mut(n).zip(metres.chunks_mut(n)).enumerate();
            let rows = Mutex::new(rows);
            let done = AtomicUsize::new(0);
            let work = || {
                let mut scratch = Scratch::new(self.chains.nodes(), false);
                loop {
                    let next = rows.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((row, (seconds, metres))) = next else { return Ok(()) };
                    if let Some(start) = &places[row] {
                        scratch.run(&self.chains, start, &marked, wanted, stop)?;
                        for (at, place) in places.iter().enumerate() {
                            if let Some(place) = place {
                                (seconds[at], metres[at]) = figures(scratch.reach(start, place).0);
                            }
                        }
                    }
                    (seconds[row], metres[row]) = (0, 0);
                    stop.check()?;
                    progress.report(done.fetch_add(1, Ordering::Relaxed) as u64 + 1, n as u64);
                }
            };
            std::thread::scope(|scope| {
                let others: Vec<_> = (1..threads.clamp(1, n)).map(|_| scope.spawn(work)).collect();
                let own = work();
                others.into_iter().try_fold(own, |so_far, other| {
                    // A panic of a thread goes on in the caller's.
                    let ended = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                    Ok(so_far.and(ended))
                })?
            })?;
        }
        let unreachable = (0..n).filter(|at| places[*at].is_none()).collect();
        Ok(Matrix { n, seconds, metres, unreachable, estimated: false })
    }

    /// The fastest way between two places, each taken at the road nearest to it; agrees with [`Self::matrix`]. `None` where
    /// either has no road near.
    pub fn path(&self, from: GeoPoint, to: GeoPoint) -> Option<Path> {
        let (start_snap, target_snap) = (self.snap(from)?, self.snap(to)?);
        let (start, target) = (self.place(&start_snap), self.place(&target_snap));
        let mut marked = vec![false; self.chains.nodes()];
        marked[target.from as usize] = true;
        marked[target.to as usize] = true;
        let wanted = if target.from == target.to { 1 } else { 2 };
        let mut scratch = Scratch::new(self.chains.nodes(), true);
        // Nobody else has this `Stop`: it is never asked.
        scratch.run(&self.chains, &start, &marked, wanted, &Stop::default()).ok()?;
        let (cost, entry) = scratch.reach(&start, &target);
        if cost == NO_WAY {
            return None;
        }
        let mut points = vec![start_snap.point];
        match entry {
            // One place, perhaps as the end of one piece and the begin of the next.
            _ if cost == 0 => {}
            Entry::Along { forward } => self.along(&start, &target, forward, &mut points),
            Entry::Begin | Entry::End => {
                let mut node = if entry == Entry::Begin { target.from } else { target.to };
                let mut driven = Vec::new();
                while let Some(came) = scratch.came.as_ref().map(|all| all[node as usize])
                    && came.0 != u32::MAX
                {
                    driven.push(came.1);
                    node = came.0;
                }
                // The first node was reached from the start, over the cheaper end of its chain.
                let best = scratch.best[node as usize];
                let forward = start.to == node && start.to_end == best;
                self.leave(&start, forward, &mut points);
                for chain in driven.iter().rev() {
                    self.whole(chain / 2, chain % 2 == 0, &mut points);
                }
                self.enter(&target, entry == Entry::Begin, &mut points);
            }
        }
        points.push(target_snap.point);
        points.dedup();
        let (seconds, metres) = figures(cost);
        Some(Path { points, seconds, metres, estimated: false })
    }

    /// The points of a segment strictly between two places on it, in the order of driving; `None` is the end that lies
    /// there.
    fn stretch(
        &self,
        segment: u32,
        from: Option<u32>,
        to: Option<u32>,
        forward: bool,
        points: &mut Vec<GeoPoint>,
    ) {
        let of = &self.core.segments[segment as usize];
        let line = self.core.points_of(of);
        let whole_m = length_m(line);
        let scale = if whole_m > 0.0 { f64::from(of.decimetres) / whole_m } else { 0.0 };
        let (low, high) = if forward { (from, to) } else { (to, from) };
        let mut along_m = 0.0;
        let mut previous = line[0];
        let inside = line.iter().filter(|point| {
            along_m += previous.metres_to(**point);
            previous = **point;
            let at = along_m * scale;
            low.is_none_or(|low| at > f64::from(low)) && high.is_none_or(|high| at < f64::from(high))
        });
        let begin = points.len();
        points.extend(inside);
        if !forward {
            points[begin..].reverse();
        }
    }

    /// A whole chain.
    fn whole(&self, chain: u32, forward: bool, points: &mut Vec<GeoPoint>) {
        let pieces = self.chains.pieces(chain);
        let mut one = |piece: &crate::chains::Piece| {
            self.stretch(piece.segment, None, None, forward != piece.reversed, points);
        };
        if forward { pieces.iter().for_each(&mut one) } else { pieces.iter().rev().for_each(&mut one) }
    }

    /// From a place to an end of its chain.
    fn leave(&self, start: &Place, forward: bool, points: &mut Vec<GeoPoint>) {
        let pieces = self.chains.pieces(start.chain);
        let at = self.chains.piece_at(start.segment);
        self.stretch(start.segment, Some(start.decimetres), None, forward != pieces[at].reversed, points);
        if forward {
            for piece in &pieces[at + 1..] {
                self.stretch(piece.segment, None, None, !piece.reversed, points);
            }
        } else {
            for piece in pieces[..at].iter().rev() {
                self.stretch(piece.segment, None, None, piece.reversed, points);
            }
        }
    }

    /// From an end of its chain to a place.
    fn enter(&self, target: &Place, forward: bool, points: &mut Vec<GeoPoint>) {
        let pieces = self.chains.pieces(target.chain);
        let at = self.chains.piece_at(target.segment);
        if forward {
            for piece in &pieces[..at] {
                self.stretch(piece.segment, None, None, !piece.reversed, points);
            }
        } else {
            for piece in pieces[at + 1..].iter().rev() {
                self.stretch(piece.segment, None, None, piece.reversed, points);
            }
        }
        self.stretch(target.segment, None, Some(target.decimetres), forward != pieces[at].reversed, points);
    }

    /// Between two places of one chain.
    fn along(&self, start: &Place, target: &Place, forward: bool, points: &mut Vec<GeoPoint>) {
        let pieces = self.chains.pieces(start.chain);
        let (first, last) = (self.chains.piece_at(start.segment), self.chains.piece_at(target.segment));
        if first == last {
            let along = forward != pieces[first].reversed;
            self.stretch(start.segment, Some(start.decimetres), Some(target.decimetres), along, points);
            return;
        }
        let step = |piece: &crate::chains::Piece, points: &mut Vec<GeoPoint>, from, to| {
            self.stretch(piece.segment, from, to, forward != piece.reversed, points);
        };
        step(&pieces[first], points, Some(start.decimetres), None);
        if forward {
            pieces[first + 1..last].iter().for_each(|piece| step(piece, points, None, None));
        } else {
            pieces[last + 1..first].iter().rev().for_each(|piece| step(piece, points, None, None));
        }
        step(&pieces[last], points, None, Some(target.decimetres));
    }
}
