//! Forecasts that add up: items, categories and the total made to agree.
//!
//! Every forecast has its own error, so the sum of the items' is not the total's. [`bottom_up`] believes the items alone;
//! [`mint`] gives each forecast its say by how sure it was (Wickramasuriya, Athanasopoulos, Hyndman 2019, with the shrunk
//! covariance of Schäfer and Strimmer 2005). Does not know what the nodes stand for.
//!
//! Written with one constraint a parent, ỹ = ŷ − W Cᵀ (C W Cᵀ)⁻¹ C ŷ, so that only a system as large as the number of parents
//! is solved: ten thousand items under fifty categories are fifty unknowns.

use crate::search::solve;

/// A tree of series: items at the bottom, each parent the sum of its children. Nodes are numbered as the caller likes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Each node's parent; `None` at the top.
    pub parents: Vec<Option<usize>>,
}

/// What is wrong with a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeFault {
    /// This node's parent is no node, or the node itself.
    NoSuchParent(usize),
    /// Following parents from this node comes back to it.
    Circle(usize),
    /// There are not as many forecasts or error rows as nodes.
    WrongCount,
}

impl Tree {
    /// Checks the tree and returns its nodes, children before parents.
    fn order(&self) -> Result<Vec<usize>, TreeFault> {
        let count = self.parents.len();
        let mut depths = vec![0; count];
        for (node, parent) in self.parents.iter().enumerate() {
            if parent.is_some_and(|parent| parent >= count || parent == node) {
                return Err(TreeFault::NoSuchParent(node));
            }
        }
        for (node, depth) in depths.iter_mut().enumerate() {
            let mut at = node;
            while let Some(parent) = self.parents[at] {
                (at, *depth) = (parent, *depth + 1);
                if *depth > count {
                    return Err(TreeFault::Circle(node));
                }
            }
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|node| std::cmp::Reverse(depths[*node]));
        Ok(order)
    }

    fn has_children(&self) -> Vec<bool> {
        let mut parent = vec![false; self.parents.len()];
        self.parents.iter().flatten().for_each(|at| parent[*at] = true);
        parent
    }
}

/// One step's forecasts with every parent the sum of the items below it.
pub fn bottom_up(tree: &Tree, forecasts: &[f64]) -> Result<Vec<f64>, TreeFault> {
    let order = tree.order()?;
    if forecasts.len() != tree.parents.len() {
        return Err(TreeFault::WrongCount);
    }
    let mut sums: Vec<f64> = forecasts
        .iter()
        .zip(tree.has_children())
        .map(|(forecast, parent)| if parent { 0.0 } else { *forecast })
        .collect();
    for node in order {
        if let Some(parent) = tree.parents[node] {
            sums[parent] += sums[node];
        }
    }
    Ok(sums)
}

/// One step's forecasts moved as little as their errors allow until they add up; then no item is left below zero, and parents
/// are summed once more. `errors[node]` are past errors of that node's forecasts, all of one length and order in time; a node
/// that never erred is not moved. Fewer than two of them: bottom up.
pub fn mint(tree: &Tree, forecasts: &[f64], errors: &[Vec<f64>]) -> Result<Vec<f64>, TreeFault> {
    Mint::learn(tree, errors, &vec![0.0; tree.parents.len()], None)?.reconcile(forecasts)
}

/// What is learned from past errors once, to reconcile any number of steps by.
#[derive(Clone, Debug)]
pub struct Mint<'a> {
    tree: &'a Tree,
    errors: &'a [Vec<f64>],
    has_children: Vec<bool>,
    parents: Vec<usize>,
    /// Each parent's place in `parents`.
    row_of: Vec<usize>,
    /// What is left of the correlations seen.
    kept: f64,
    /// Each node's variance beyond what the kept part of `errors` says.
    apart: Vec<f64>,
    /// By step of `errors`: what each parent's lacks of its children's.
    moved: Vec<Vec<f64>>,
    /// C W Cᵀ; empty where there is nothing to learn from.
    system: Vec<Vec<f64>>,
}

impl<'a> Mint<'a> {
    /// Learns from errors, 0 where none is known, and the least variance each node is believed to have. `shrinkage` from 0, the
    /// correlations as they were seen, to 1, none at all; without it, as far as they are noise.
    pub fn learn(
        tree: &'a Tree,
        errors: &'a [Vec<f64>],
        least: &[f64],
        shrinkage: Option<f64>,
    ) -> Result<Self, TreeFault> {
        tree.order()?;
        let (count, steps) = (tree.parents.len(), errors.first().map_or(0, Vec::len));
        if errors.len() != count || least.len() != count || errors.iter().any(|one| one.len() != steps) {
            return Err(TreeFault::WrongCount);
        }
        let has_children = tree.has_children();
        let parents: Vec<usize> = (0..count).filter(|node| has_children[*node]).collect();
        let mut row_of = vec![usize::MAX; count];
        parents.iter().enumerate().for_each(|(row, node)| row_of[*node] = row);
        let kept = 1.0 - shrinkage.unwrap_or_else(|| noise(errors)).clamp(0.0, 1.0);
        let mut mint = Self {
            tree,
            errors,
            has_children,
            parents,
            row_of,
            kept,
            apart: Vec::new(),
            moved: Vec::new(),
            system: Vec::new(),
        };
        if mint.parents.is_empty() || steps < 2 {
            return Ok(mint);
        }
        mint.apart = errors
            .iter()
            .zip(least)
            .map(|(one, least)| {
                let seen = one.iter().map(|error| error * error).sum::<f64>() / steps as f64;
                seen.max(*least) - kept * seen
            })
            .collect();
        // W = (1 − λ) EᵀE/T + a diagonal: its first part has rank T, so W Cᵀ is had without ever writing W down.
        mint.moved = (0..steps).map(|step| mint.lacks(&|node| errors[node][step])).collect();
        let rows = mint.parents.len();
        let mut system = vec![vec![0.0; rows]; rows];
        for at in &mint.moved {
            for (row, left) in system.iter_mut().zip(at).filter(|(_, left)| **left != 0.0) {
                row.iter_mut().zip(at).for_each(|(sum, right)| *sum += kept * left * right / steps as f64);
            }
        }
        // A node stands in its own row and, less, in its parent's.
        for node in 0..count {
            let own = mint.has_children[node].then(|| mint.row_of[node]);
            let above = tree.parents[node].map(|parent| mint.row_of[parent]);
            own.iter().chain(&above).for_each(|row| system[*row][*row] += mint.apart[node]);
            if let (Some(own), Some(above)) = (own, above) {
                system[own][above] -= mint.apart[node];
                system[above][own] -= mint.apart[node];
            }
        }
        mint.system = system;
        Ok(mint)
    }

    /// How far the correlations were drawn to none: 1 is all the way.
    pub fn shrinkage(&self) -> f64 {
        1.0 - self.kept
    }

    /// C times any vector over the nodes. Row r of C: its parent less its children.
    fn lacks(&self, values: &dyn Fn(usize) -> f64) -> Vec<f64> {
        let mut out: Vec<f64> = self.parents.iter().map(|node| values(*node)).collect();
        for (node, parent) in self.tree.parents.iter().enumerate() {
            if let Some(parent) = parent {
                out[self.row_of[*parent]] -= values(node);
            }
        }
        out
    }

    /// W Cᵀ times one number a parent.
    fn apply(&self, weights: &[f64]) -> Vec<f64> {
        let steps = self.moved.len() as f64;
        let along: Vec<f64> =
            self.moved.iter().map(|at| at.iter().zip(weights).map(|(a, b)| a * b).sum::<f64>()).collect();
        (0..self.errors.len())
            .map(|node| {
                let shared: f64 =
                    self.errors[node].iter().zip(&along).map(|(error, along)| error * along).sum::<f64>()
                        / steps;
                let mut own = if self.has_children[node] { weights[self.row_of[node]] } else { 0.0 };
                own -= self.tree.parents[node].map_or(0.0, |parent| weights[self.row_of[parent]]);
                self.kept * shared + self.apart[node] * own
            })
            .collect()
    }

    /// One step's forecasts made to add up.
    pub fn reconcile(&self, forecasts: &[f64]) -> Result<Vec<f64>, TreeFault> {
        if forecasts.len() != self.errors.len() {
            return Err(TreeFault::WrongCount);
        }
        if self.system.is_empty() {
            return bottom_up(self.tree, forecasts);
        }
        let lacking = self.lacks(&|node| forecasts[node]);
        let Some(weights) = solve(self.system.clone(), lacking) else {
            return bottom_up(self.tree, forecasts);
        };
        let items: Vec<f64> = forecasts
            .iter()
            .zip(self.apply(&weights))
            .map(|(forecast, moved)| (forecast - moved).max(0.0))
            .collect();
        bottom_up(self.tree, &items)
    }
}

/// How far correlations are drawn to none: as far as they are noise.
fn noise(errors: &[Vec<f64>]) -> f64 {
    /// Pairs looked at: the mean over more changes nothing.
    const PAIRS_MAX: usize = 20_000;
    let steps = errors.first().map_or(0, Vec::len) as f64;
    let scaled: Vec<Vec<f64>> = errors
        .iter()
        .filter_map(|one| {
            let size = (one.iter().map(|error| error * error).sum::<f64>() / steps).sqrt();
            (size > 0.0).then(|| one.iter().map(|error| error / size).collect())
        })
        .collect();
    let pairs = scaled.len() * scaled.len().saturating_sub(1) / 2;
    let stride = pairs.div_ceil(PAIRS_MAX).max(1);
    let (mut noise, mut squares, mut number) = (0.0, 0.0, 0);
    for (at, one) in scaled.iter().enumerate() {
        for other in &scaled[..at] {
            number += 1;
            if number % stride != 0 {
                continue;
            }
            let mean = one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / steps;
            let around = one.iter().zip(other).map(|(a, b)| (a * b - mean).powi(2)).sum::<f64>();
            noise += around / (steps * (steps - 1.0));
            squares += mean * mean;
        }
    }
    if squares > 0.0 { (noise / squares).clamp(0.0, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two categories under a total: 0 is the total, 1 and 2 the categories, 3 to 6 the items.
    fn tree() -> Tree {
        Tree { parents: vec![None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(2)] }
    }

    fn sums_agree(said: &[f64]) {
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
        assert!(close(said[0], said[1] + said[2]) && close(said[1], said[3] + said[4]), "{said:?}");
        assert!(close(said[2], said[5] + said[6]) && said.iter().all(|value| *value >= 0.0), "{said:?}");
    }

    #[test]
    fn bottom_up_believes_the_items() {
        let said = bottom_up(&tree(), &[99.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0]).expect("a tree");
        assert_eq!(said, [14.0, 5.0, 9.0, 2.0, 3.0, 4.0, 5.0]);
    }

    /// One parent, two items, errors without correlation and of the same size everywhere: the gap of 3 is shared evenly (by
    /// hand from ỹ = ŷ − W Cᵀ (C W Cᵀ)⁻¹ C ŷ with W = I).
    #[test]
    fn a_gap_is_shared_by_how_sure_each_was() {
        let small = Tree { parents: vec![None, Some(0), Some(0)] };
        let errors = vec![
            vec![1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0],
            vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0],
            vec![1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0],
        ];
        let said = mint(&small, &[13.0, 4.0, 6.0], &errors).expect("a tree");
        assert!(said.iter().zip([12.0, 5.0, 7.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{said:?}");
        // The second item is a hundred times less sure: it takes nearly all of what the parent does not.
        let doubtful =
            vec![errors[0].clone(), errors[1].clone(), errors[2].iter().map(|e| e * 10.0).collect()];
        let said = mint(&small, &[13.0, 4.0, 6.0], &doubtful).expect("a tree");
        assert!(said[2] > 8.8 && (said[1] - 4.0).abs() < 0.1, "{said:?}");
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let fault = |parents: &[Option<usize>]| bottom_up(&Tree { parents: parents.to_vec() }, &[1.0; 3]);
        assert_eq!(fault(&[None, Some(9), None]), Err(TreeFault::NoSuchParent(1)));
        assert_eq!(fault(&[Some(1), Some(0), None]), Err(TreeFault::Circle(0)));
        assert_eq!(fault(&[None, None]), Err(TreeFault::WrongCount));
        assert_eq!(mint(&tree(), &[1.0; 7], &[]), Err(TreeFault::WrongCount));
    }

    proptest! {
        #[test]
        fn sums_agree_whatever_the_errors(
            forecasts in prop::collection::vec(0.0..1e4_f64, 7),
            errors in prop::collection::vec(prop::collection::vec(-50.0..50.0_f64, 6), 7),
        ) {
            sums_agree(&mint(&tree(), &forecasts, &errors).expect("a tree"));
            let never: Vec<Vec<f64>> = vec![vec![0.0; 6]; 7];
            sums_agree(&mint(&tree(), &forecasts, &never).expect("a tree"));
        }
    }
}
