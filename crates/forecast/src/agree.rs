//! Forecasts of items, of their categories and of the total made to agree, and the say each has learned from the past.
//!
//! In: forecasts as [`crate::make_all`] makes them, each with what its backtest said and what came, and the tree they hang in.
//! Out: the same forecasts with means that add up and quantiles that follow them. Whether the items alone are believed
//! (bottom up) or every level has its say (MinT with shrunk or without correlations, see [`crate::reconcile`]) is decided by
//! the newest origin of the backtests, which what is tried there has not seen. Does not know what the nodes stand for.

use crate::choose::Made;
use crate::ranking::Ranking;
use crate::reconcile::{Mint, Tree, TreeFault, bottom_up};

/// How forecasts were made to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Parents are the sums of the items.
    BottomUp,
    /// Every forecast has its say by how sure it was.
    Variances,
    /// The same, and by how errors went together.
    Covariances,
}

/// What agreeing did on one level of the tree, at the newest origin of the backtests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Nodes measured.
    pub nodes: usize,
    /// Their mean RMSSE as they were forecast.
    pub before: f64,
    /// The same after they were made to agree.
    pub after: f64,
}

/// How forecasts were made to agree and what it was worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// How.
    pub method: Method,
    /// How far correlations were drawn to none.
    pub shrinkage: f64,
    /// From the top down; empty where there was too little history to measure.
    pub levels: Vec<Level>,
    /// The largest gap between a parent and its children before.
    pub gap: f64,
}

/// Steps of errors from which agreement is learned, at least.
const LEARNED_STEPS_MIN: usize = 6;

/// One node's past, by steps before its end.
struct Past {
    said: Vec<f64>,
    came: Vec<f64>,
}

/// Makes `all`, the forecasts of the tree's nodes in its order, agree.
pub fn agree(all: &mut [Made], tree: &Tree, ranking: &Ranking) -> Result<Agreement, TreeFault> {
    if all.len() != tree.parents.len() {
        return Err(TreeFault::WrongCount);
    }
    let steps = all.iter().map(|one| one.forecast.mean.len()).max().unwrap_or(0);
    let means: Vec<Vec<f64>> = (0..steps)
        .map(|step| all.iter().map(|one| one.forecast.mean.get(step).copied().unwrap_or(0.0)).collect())
        .collect();
    let gap = means.iter().try_fold(0.0_f64, |gap, at| {
        let sums = bottom_up(tree, at)?;
        Ok(at.iter().zip(&sums).map(|(said, sum)| (said - sum).abs()).fold(gap, f64::max))
    })?;
    let far = all.iter().flat_map(|one| &one.basis.past).map(|said| said.back).max().unwrap_or(0);
    let newest =
        all.iter().flat_map(|one| &one.basis.past).filter(|s| s.newest).map(|s| s.back).max().unwrap_or(0);
    let pasts: Vec<Past> = all.iter().map(|one| past(one, far)).collect();
    let least: Vec<f64> = all
        .iter()
        .zip(&pasts)
        .map(|(one, past)| if past.came.iter().any(|came| !came.is_nan()) { 0.0 } else { one.variance() })
        .collect();
    let depths = depths(tree);
    let scales: Vec<f64> = all.iter().map(|one| one.basis.scale).collect();
    let mut best = (Method::BottomUp, Vec::new());
    if far >= newest + LEARNED_STEPS_MIN {
        let older = errors(&pasts, newest..far);
        let now: Vec<Vec<f64>> = (0..newest)
            .map(|back| {
                let said = |node: usize| {
                    let said = pasts[node].said[back];
                    if said.is_nan() { means[back.min(steps - 1)][node] } else { said }
                };
                (0..all.len()).map(said).collect()
            })
            .collect();
        let came = |node: usize, back: usize| pasts[node].came[back];
        let before = scores(&now, &came, &scales, &depths);
        let mut least_score = f64::INFINITY;
        for method in [Method::BottomUp, Method::Variances, Method::Covariances] {
            let mint = Mint::learn(tree, &older, &least, shrinkage(method))?;
            let said: Vec<Vec<f64>> = now
                .iter()
                .map(|at| match method {
                    Method::BottomUp => bottom_up(tree, at),
                    Method::Variances | Method::Covariances => mint.reconcile(at),
                })
                .collect::<Result<_, _>>()?;
            let after = scores(&said, &came, &scales, &depths);
            let levels: Vec<Level> = before
                .iter()
                .zip(&after)
                .map(|((nodes, before), (_, after))| Level { nodes: *nodes, before: *before, after: *after })
                .collect();
            // Each level counts as much as the other: a share of what it was.
            let score = levels.iter().map(|one| one.after / one.before.max(1e-9)).sum::<f64>();
            if score < least_score {
                (least_score, best) = (score, (method, levels));
            }
        }
    }
    let (method, levels) = best;
    let known = errors(&pasts, 0..far);
    let mint = Mint::learn(tree, &known, &least, shrinkage(method))?;
    let agreed: Vec<Vec<f64>> = means
        .iter()
        .map(|at| if method == Method::BottomUp { bottom_up(tree, at) } else { mint.reconcile(at) })
        .collect::<Result<_, _>>()?;
    for (node, one) in all.iter_mut().enumerate() {
        let mean: Vec<f64> = agreed.iter().take(one.forecast.mean.len()).map(|at| at[node]).collect();
        one.move_to(mean, ranking);
    }
    let shrinkage = if method == Method::BottomUp { 1.0 } else { mint.shrinkage() };
    Ok(Agreement { method, shrinkage, levels, gap })
}

fn shrinkage(method: Method) -> Option<f64> {
    if method == Method::Covariances { None } else { Some(1.0) }
}

/// What was said and what came, `NaN` where nothing is known. Of origins that overlap the newest is heard.
fn past(one: &Made, far: usize) -> Past {
    let mut past = Past { said: vec![f64::NAN; far], came: vec![f64::NAN; far] };
    for known in &one.basis.past {
        let at = known.back - 1;
        if past.said[at].is_nan() {
            past.said[at] = f64::from(known.said);
            past.came[at] = f64::from(known.came);
        }
    }
    past
}

/// Errors by step, 0 where none is known; scaled up by as much as is missing, so that their size stays.
fn errors(pasts: &[Past], steps: std::ops::Range<usize>) -> Vec<Vec<f64>> {
    pasts
        .iter()
        .map(|past| {
            let all: Vec<f64> = steps.clone().map(|back| past.said[back] - past.came[back]).collect();
            let known = all.iter().filter(|error| !error.is_nan()).count();
            let up = (all.len() as f64 / known.max(1) as f64).sqrt();
            all.into_iter().map(|error| if error.is_nan() { 0.0 } else { error * up }).collect()
        })
        .collect()
}

fn depths(tree: &Tree) -> Vec<usize> {
    (0..tree.parents.len())
        .map(|node| std::iter::successors(tree.parents[node], |at| tree.parents[*at]).count())
        .collect()
}

/// Nodes and their mean RMSSE, level by level from the top.
fn scores(
    said: &[Vec<f64>],
    came: &dyn Fn(usize, usize) -> f64,
    scales: &[f64],
    depths: &[usize],
) -> Vec<(usize, f64)> {
    let deepest = depths.iter().copied().max().unwrap_or(0);
    let mut sums = vec![(0, 0.0); deepest + 1];
    for (node, depth) in depths.iter().enumerate() {
        let (mut sum, mut count) = (0.0, 0.0);
        for (back, at) in said.iter().enumerate() {
            let came = came(node, back);
            if !came.is_nan() {
                (sum, count) = (sum + (at[node] - came).powi(2), count + 1.0);
            }
        }
        if count > 0.0 && scales[node] > 0.0 {
            sums[*depth].0 += 1;
            sums[*depth].1 += (sum / count / scales[node]).sqrt();
        }
    }
    sums.into_iter().map(|(nodes, sum)| (nodes, if nodes > 0 { sum / nodes as f64 } else { 0.0 })).collect()
}
