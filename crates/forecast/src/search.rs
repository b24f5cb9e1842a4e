//! Finding the arguments of a least value: a downhill simplex and a least-squares descent, both with a bound on how often they
//! ask. They know nothing of models.
//!
//! Nelder and Mead 1965 with the usual coefficients; Levenberg 1944 and Marquardt 1963 with numeric derivatives.

/// Walks a simplex downhill from `start`, each argument first moved by its `step`. Asks `value` at most `asks` times; a value
/// that is not finite is as bad as can be. Returns the best arguments and their value.
pub(crate) fn simplex<const N: usize>(
    start: [f64; N],
    step: [f64; N],
    asks: usize,
    tolerance: f64,
    mut value: impl FnMut(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let mut asked = 0;
    let mut ask = |at: &[f64; N]| {
        asked += 1;
        let value = value(at);
        (if value.is_finite() { value } else { f64::INFINITY }, asked)
    };
    let mut corners: Vec<([f64; N], f64)> = Vec::with_capacity(N + 1);
    corners.push((start, ask(&start).0));
    for axis in 0..N {
        let mut corner = start;
        corner[axis] += step[axis];
        corners.push((corner, ask(&corner).0));
    }
    loop {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (least, most) = (corners[0].1, corners[N].1);
        let spread = (most - least).abs();
        if spread <= tolerance * (least.abs() + tolerance) || !least.is_finite() {
            break;
        }
        let mut centre = [0.0; N];
        for corner in &corners[..N] {
            centre.iter_mut().zip(corner.0).for_each(|(sum, x)| *sum += x / N as f64);
        }
        let worst = corners[N].0;
        let along =
            |by: f64| -> [f64; N] { std::array::from_fn(|i| centre[i] + by * (centre[i] - worst[i])) };
        let mirrored = along(1.0);
        let (value, count) = ask(&mirrored);
        let replaced = if value < least {
            let far = along(2.0);
            let (further, _) = ask(&far);
            Some(if further < value { (far, further) } else { (mirrored, value) })
        } else if value < corners[N - 1].1 {
            Some((mirrored, value))
        } else {
            let near = along(if value < most { 0.5 } else { -0.5 });
            let (closer, _) = ask(&near);
            (closer < value.min(most)).then_some((near, closer))
        };
        match replaced {
            Some(corner) => corners[N] = corner,
            None => {
                let best = corners[0].0;
                for corner in &mut corners[1..] {
                    corner.0.iter_mut().zip(best).for_each(|(x, best)| *x = best + 0.5 * (*x - best));
                    corner.1 = ask(&corner.0).0;
                }
            }
        }
        if count >= asks {
            corners.sort_by(|a, b| a.1.total_cmp(&b.1));
            break;
        }
    }
    corners[0]
}

/// Lowers the sum of squares of what `residuals` fills in, from `at`, in at most `rounds` rounds of one derivative each.
/// `at` holds the best arguments afterwards; the sum is returned, infinite where none was ever finite.
pub(crate) fn least_squares(
    at: &mut [f64],
    count: usize,
    rounds: usize,
    mut residuals: impl FnMut(&[f64], &mut [f64]),
) -> f64 {
    let unknowns = at.len();
    let mut now = vec![0.0; count];
    residuals(at, &mut now);
    let sum = |values: &[f64]| {
        let sum: f64 = values.iter().map(|value| value * value).sum();
        if sum.is_finite() { sum } else { f64::INFINITY }
    };
    let mut least = sum(&now);
    if unknowns == 0 || !least.is_finite() {
        return least;
    }
    let mut slopes = vec![vec![0.0; count]; unknowns];
    let (mut tried, mut there) = (at.to_vec(), vec![0.0; count]);
    let mut damping = 1e-2;
    for _ in 0..rounds {
        for axis in 0..unknowns {
            let little = 1e-5 * at[axis].abs().max(0.1);
            tried.copy_from_slice(at);
            tried[axis] += little;
            residuals(&tried, &mut slopes[axis]);
            slopes[axis].iter_mut().zip(&now).for_each(|(slope, now)| *slope = (*slope - now) / little);
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let normal: Vec<Vec<f64>> =
            (0..unknowns).map(|i| (0..unknowns).map(|j| dot(&slopes[i], &slopes[j])).collect()).collect();
        let right: Vec<f64> = slopes.iter().map(|slope| -dot(slope, &now)).collect();
        let mut moved = false;
        for _ in 0..4 {
            let mut damped = normal.clone();
            for (i, row) in damped.iter_mut().enumerate() {
                row[i] += damping * row[i].max(1e-12);
            }
            let Some(step) = solve(damped, right.clone()) else {
                damping *= 10.0;
                continue;
            };
            tried.iter_mut().zip(at.iter()).zip(&step).for_each(|((tried, at), step)| *tried = at + step);
            residuals(&tried, &mut there);
            let value = sum(&there);
            if value < least {
                moved = least - value > 1e-5 * least;
                at.copy_from_slice(&tried);
                std::mem::swap(&mut now, &mut there);
                (least, damping) = (value, (damping * 0.2).max(1e-9));
                break;
            }
            damping *= 10.0;
        }
        if !moved {
            break;
        }
    }
    least
}

/// Solves a small square system by elimination with row exchange; `None` where it has no one solution.
pub(crate) fn solve(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()))?;
        if rows[pivot][at].abs().is_nan() || rows[pivot][at].abs() <= 1e-300 {
            return None;
        }
        rows.swap(at, pivot);
        right.swap(at, pivot);
        for below in at + 1..n {
            let factor = rows[below][at] / rows[at][at];
            if factor != 0.0 {
                let (upper, lower) = rows.split_at_mut(below);
                lower[0][at..].iter_mut().zip(&upper[at][at..]).for_each(|(x, above)| *x -= factor * above);
                right[below] -= factor * right[at];
            }
        }
    }
    let mut out = vec![0.0; n];
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|k| rows[at][k] * out[k]).sum();
        out[at] = (right[at] - known) / rows[at][at];
    }
    out.iter().all(|value| value.is_finite()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_find_the_bottom_of_a_valley() {
        // Rosenbrock's.
        let value = |x: &[f64; 2]| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let (at, least) = simplex([-1.2, 1.0], [0.5, 0.5], 600, 1e-12, value);
        assert!(least < 1e-6 && (at[0] - 1.0).abs() < 1e-2, "{at:?}: {least}");
        let mut at = [-1.2, 1.0];
        let least = least_squares(&mut at, 2, 100, |x, out| {
            out.copy_from_slice(&[1.0 - x[0], 10.0 * (x[1] - x[0] * x[0])]);
        });
        assert!(least < 1e-6 && (at[1] - 1.0).abs() < 1e-2, "{at:?}: {least}");
    }

    #[test]
    fn what_is_not_finite_is_never_chosen() {
        let (at, _) = simplex([0.5], [0.1], 200, 1e-9, |x| if x[0] < 0.0 { f64::NAN } else { x[0] });
        assert!(at[0] >= 0.0 && at[0] < 0.01, "{at:?}");
        assert!(least_squares(&mut [1.0], 1, 5, |_, out| out[0] = f64::NAN).is_infinite());
    }

    #[test]
    fn a_system_is_solved_or_refused() {
        let x = solve(vec![vec![0.0, 2.0], vec![1.0, 1.0]], vec![4.0, 5.0]).expect("one solution");
        assert!((x[0] - 3.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
        assert_eq!(solve(vec![vec![1.0, 1.0], vec![2.0, 2.0]], vec![1.0, 2.0]).map(|_| ()), None);
    }
}
