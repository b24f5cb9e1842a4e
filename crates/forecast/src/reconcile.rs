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
    tree.order()?;
    let (count, steps) = (tree.parents.len(), errors.first().map_or(0, Vec::len));
    if forecasts.len() != count || errors.len() != count || errors.iter().any(|one| one.len() != steps) {
        return Err(TreeFault::WrongCount);
    }
    let has_children = tree.has_children();
    let parents: Vec<usize> = (0..count).filter(|node| has_children[*node]).collect();
    if parents.is_empty() || steps < 2 {
        return bottom_up(tree, forecasts);
    }
    let mut row_of = vec![usize::MAX; count];
    parents.iter().enumerate().for_each(|(row, node)| row_of[*node] = row);
    // Row r of C: its parent less its children. Applied to any vector over the nodes.
    let lacks = |values: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let mut out: Vec<f64> = parents.iter().map(|node| values(*node)).collect();
        for (node, parent) in tree.parents.iter().enumerate() {
            if let Some(parent) = parent {
                out[row_of[*parent]] -= values(node);
            }
        }
        out
    };
    let kept = 1.0 - shrinkage(errors);
    let variances: Vec<f64> =
        errors.iter().map(|one| one.iter().map(|error| error * error).sum::<f64>() / steps as f64).collect();
    // W = (1 − λ) EᵀE/T + λ diag: its first part has rank T, so W Cᵀ is had without ever writing W down.
    let moved: Vec<Vec<f64>> = (0..steps).map(|step| lacks(&|node| errors[node][step])).collect();
    let apply = |weights: &[f64]| -> Vec<f64> {
        // W Cᵀ w
        let along: Vec<f64> =
            moved.iter().map(|at| at.iter().zip(weights).map(|(a, b)| a * b).sum::<f64>()).collect();
        (0..count)
            .map(|node| {
                let shared: f64 =
                    errors[node].iter().zip(&along).map(|(error, along)| error * along).sum::<f64>()
                        / steps as f64;
                let mut own = if has_children[node] { weights[row_of[node]] } else { 0.0 };
                own -= tree.parents[node].map_or(0.0, |parent| weights[row_of[parent]]);
                kept * shared + (1.0 - kept) * variances[node] * own
            })
            .collect()
    };
    // The system is symmetric: its columns are its rows.
    let system: Vec<Vec<f64>> = (0..parents.len())
        .map(|row| {
            let unit: Vec<f64> = (0..parents.len()).map(|at| if at == row { 1.0 } else { 0.0 }).collect();
            let column = apply(&unit);
            lacks(&|node| column[node])
        })
        .collect();
    let lacking = lacks(&|node| forecasts[node]);
    let Some(weights) = solve(system, lacking) else { return bottom_up(tree, forecasts) };
    let items: Vec<f64> =
        forecasts.iter().zip(apply(&weights)).map(|(forecast, moved)| (forecast - moved).max(0.0)).collect();
    bottom_up(tree, &items)
}

/// How far correlations are drawn to none: as far as they are noise.
fn shrinkage(errors: &[Vec<f64>]) -> f64 {
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
