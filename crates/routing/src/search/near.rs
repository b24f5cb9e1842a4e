//! Which visits are near which: the neighbours that moves are tried with.

use crate::problem::{Clockwork, Problem};

/// For each visit the same number of others, nearest first.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    width: usize,
    ids: Vec<u32>,
}

impl Near {
    #[inline(always)]
    pub(crate) fn of(&self, visit: u32) -> &[u32] {
        let at = visit as usize * self.width;
        &self.ids[at..at + self.width]
    }

    /// By distance alone, both ways: whom to remove together.
    pub(crate) fn by_distance(problem: &Problem, width: usize) -> Self {
        Self::by(problem, width, |a, b| {
            i64::from(problem.arc(a, b).metres) + i64::from(problem.arc(b, a).metres)
        })
    }

    /// By what it costs to drive from one to the other, with the waiting and lateness that their windows force upon it
    /// (Vidal et al. 2013, weights 0.2 and 1.0), whichever way is better: whom to stand next to.
    pub(crate) fn by_effort(problem: &Problem, width: usize) -> Self {
        let timed = problem.clockwork != Clockwork::None;
        let (per_metre, per_second) =
            problem.kinds.iter().map(|kind| (kind.per_metre, kind.per_second)).max().unwrap_or((1, 0));
        // Where a second has no price of its own it weighs as much as the distance driven in it.
        let sum = |pick: fn(crate::problem::Arc) -> i32| {
            problem.arcs.iter().filter(|arc| arc.is_road()).map(|&arc| f64::from(pick(arc))).sum::<f64>()
        };
        let pace = if timed { sum(|arc| arc.metres) / sum(|arc| arc.seconds).max(1.0) } else { 0.0 };
        let per_second = (per_second as f64).max(per_metre as f64 * pace);
        let effort = |from: u32, to: u32| {
            let arc = problem.arc(from, to);
            let mut effort = f64::from(arc.metres) * per_metre as f64;
            if timed {
                let (a, b) = (problem.times[from as usize], problem.times[to as usize]);
                let travel = i64::from(a.service) + i64::from(arc.seconds);
                let wait = (i64::from(b.early) - travel - i64::from(a.late)).max(0);
                let late = (i64::from(a.early) + travel - i64::from(b.late)).max(0);
                effort += per_second * (0.2 * wait as f64 + late as f64);
            }
            effort as i64
        };
        Self::by(problem, width, |a, b| effort(a, b).min(effort(b, a)))
    }

    fn by(problem: &Problem, width: usize, mut far: impl FnMut(u32, u32) -> i64) -> Self {
        let visits: Vec<u32> =
            (0..problem.visits as u32).filter(|&v| problem.reasons[v as usize].is_none()).collect();
        let width = width.min(visits.len().saturating_sub(1));
        let mut ids = vec![0; problem.visits * width];
        let mut row: Vec<(i64, u32)> = Vec::with_capacity(visits.len());
        for &visit in &visits {
            if width == 0 {
                break;
            }
            row.clear();
            row.extend(
                visits.iter().filter(|&&other| other != visit).map(|&other| (far(visit, other), other)),
            );
            if width < row.len() {
                row.select_nth_unstable(width - 1);
            }
            row[..width].sort_unstable();
            let at = visit as usize * width;
            for (slot, &(_, other)) in ids[at..at + width].iter_mut().zip(&row) {
                *slot = other;
            }
        }
        Self { width, ids }
    }
}
