//! Seasons taken out of a history and put back on a path: classical decomposition for one season, a moving one for several.
//!
//! Does not know what forecasts the rest.

/// Whether the season stands out of the autocorrelations, at 90 %, as the M4 benchmark tests it.
pub(crate) fn stands_out(values: &[f64], season: usize) -> bool {
    if season < 2 || values.len() < 3 * season {
        return false;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let around: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let variance: f64 = around.iter().map(|value| value * value).sum();
    if variance == 0.0 {
        return false;
    }
    let r = |lag: usize| around[lag..].iter().zip(&around).map(|(a, b)| a * b).sum::<f64>() / variance;
    let squares: f64 = (1..season).map(|lag| r(lag).powi(2)).sum();
    r(season).abs() > 1.645 * ((1.0 + 2.0 * squares) / n).sqrt()
}

/// Centred moving average over one season; as long as `values` less the season (less one where it is odd), starting at the
/// returned offset.
pub(crate) fn trend(values: &[f64], season: usize) -> (Vec<f64>, usize) {
    let window = if season.is_multiple_of(2) { season + 1 } else { season };
    if values.len() < window || season == 0 {
        return (Vec::new(), 0);
    }
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(0.0);
    for value in values {
        sum += value;
        sums.push(sum);
    }
    let of = |from: usize, to: usize| sums[to] - sums[from];
    let out = (0..=values.len() - window)
        .map(|at| {
            if window == season {
                of(at, at + season) / season as f64
            } else {
                (of(at, at + season) + of(at + 1, at + season + 1)) / (2 * season) as f64
            }
        })
        .collect();
    (out, (window - 1) / 2)
}

/// How the season joins the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    Add,
    Multiply,
}

/// The index of each place in the season, by classical decomposition over all of `values`; `None` where it can't be had.
/// Multiplied indices have mean 1, added ones mean 0.
pub(crate) fn indices(values: &[f64], season: usize, join: Join) -> Option<Vec<f64>> {
    let (trend, offset) = trend(values, season);
    if season < 2 || trend.len() < season {
        return None;
    }
    let mut sums = vec![(0.0, 0.0); season];
    for (at, level) in trend.iter().enumerate() {
        let value = values[at + offset];
        let index = match join {
            Join::Add => value - level,
            Join::Multiply if *level != 0.0 => value / level,
            Join::Multiply => continue,
        };
        let sum = &mut sums[(at + offset) % season];
        *sum = (sum.0 + index, sum.1 + 1.0);
    }
    let mut indices: Vec<f64> = sums.into_iter().map(|(sum, count)| sum / count).collect();
    let mean = indices.iter().sum::<f64>() / season as f64;
    for index in &mut indices {
        *index = if join == Join::Add { *index - mean } else { *index / mean };
    }
    let fine = |index: &f64| index.is_finite() && (join == Join::Add || *index > 0.0);
    indices.iter().all(fine).then_some(indices)
}

/// What is left of `values` without the season.
pub(crate) fn without(values: &[f64], indices: &[f64], join: Join) -> Vec<f64> {
    values
        .iter()
        .zip(indices.iter().cycle())
        .map(|(value, index)| if join == Join::Add { value - index } else { value / index })
        .collect()
}

/// A path that follows `history` steps of history, with the season on it again.
pub(crate) fn with(path: &mut [f64], history: usize, indices: &[f64], join: Join) {
    for (step, value) in path.iter_mut().enumerate() {
        let index = indices[(history + step) % indices.len()];
        *value = if join == Join::Add { *value + index } else { *value * index };
    }
}

/// Straight-line smoothing over the places around each (tricube weights), as wide as `span` neighbours.
fn loess(values: &[f64], span: usize) -> Vec<f64> {
    let n = values.len();
    if n < 2 {
        return values.to_vec();
    }
    let span = span.min(n).max(2);
    (0..n)
        .map(|at| {
            let from = at.saturating_sub(span / 2).min(n - span);
            let reach = (at - from).max(from + span - 1 - at) as f64 + 1.0;
            let (mut w, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (k, value) in values[from..from + span].iter().enumerate() {
                let distance = (from + k) as f64 - at as f64;
                let weight = (1.0 - (distance.abs() / reach).powi(3)).powi(3);
                w += weight;
                x += weight * distance;
                y += weight * value;
                xx += weight * distance * distance;
                xy += weight * distance * value;
            }
            let bottom = w * xx - x * x;
            if bottom.abs() > 1e-12 * w * xx { (xx * y - x * xy) / bottom } else { y / w }
        })
        .collect()
}

/// A centred average at one place; beyond its ends, carried on by its slope over a season there. Zero where there is none.
fn carried(middle: &[f64], offset: usize, at: usize, season: usize) -> f64 {
    let Some(last) = middle.len().checked_sub(1) else { return 0.0 };
    let reach = season.min(last).max(1);
    let slope = |from: usize, to: usize| (middle[to] - middle[from]) / reach as f64;
    match at.checked_sub(offset) {
        None => middle[0] - slope(0, reach.min(last)) * (offset - at) as f64,
        Some(at) if at > last => middle[last] + slope(last - reach.min(last), last) * (at - last) as f64,
        Some(at) => middle[at],
    }
}

/// Several seasons that may change slowly, taken out one after the other, shortest first (Bandara, Hyndman, Bergmeir 2021, on
/// the smoothing of Cleveland et al. 1990; we smooth the trend by moving average and go round twice). Returns the rest (trend and
/// remainder) and, season by season, its last round.
pub(crate) fn peel(values: &[f64], seasons: &[usize]) -> (Vec<f64>, Vec<Vec<f64>>) {
    const NEIGHBOURS: usize = 11;
    let n = values.len();
    let mut parts: Vec<Vec<f64>> = vec![vec![0.0; n]; seasons.len()];
    let mut rest = values.to_vec();
    for _ in 0..2 {
        for (season, part) in seasons.iter().copied().zip(&mut parts) {
            rest.iter_mut().zip(part.iter()).for_each(|(rest, part)| *rest += part);
            let (middle, offset) = trend(&rest, season);
            let off: Vec<f64> = (0..n).map(|at| rest[at] - carried(&middle, offset, at, season)).collect();
            for phase in 0..season.min(n) {
                let places: Vec<f64> = off.iter().skip(phase).step_by(season).copied().collect();
                let smooth = loess(&places, NEIGHBOURS);
                for (place, value) in smooth.into_iter().enumerate() {
                    part[phase + place * season] = value;
                }
            }
            // What is level in the part belongs to the rest.
            let (drift, offset) = trend(part, season);
            part.iter_mut().enumerate().for_each(|(at, part)| *part -= carried(&drift, offset, at, season));
            rest.iter_mut().zip(part.iter()).for_each(|(rest, part)| *rest -= part);
        }
    }
    let rounds =
        seasons.iter().zip(&parts).map(|(season, part)| part[n - season.min(&n)..].to_vec()).collect();
    (rest, rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_of_an_exact_season_are_exact() {
        let wave = [0.5, 1.5, 1.2, 0.8];
        let values: Vec<f64> = (0..24).map(|at| 100.0 * wave[at % 4]).collect();
        let found = indices(&values, 4, Join::Multiply).expect("six seasons");
        assert!(found.iter().zip(wave).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        let plain = without(&values, &found, Join::Multiply);
        assert!(plain.iter().all(|value| (value - 100.0).abs() < 1e-9));
        assert!(stands_out(&values, 4) && !stands_out(&[1.0; 40], 4));
    }

    #[test]
    fn two_seasons_are_peeled_apart() {
        let at = |at: usize| {
            (at % 3) as f64 * 5.0 + if (at / 3).is_multiple_of(4) { 8.0 } else { 0.0 } + 0.1 * at as f64
        };
        let values: Vec<f64> = (0..120).map(at).collect();
        let (rest, rounds) = peel(&values, &[3, 12]);
        assert_eq!((rounds[0].len(), rounds[1].len()), (3, 12));
        for step in 0..12 {
            let said = rest[119] + 0.1 * (step + 1) as f64 + rounds[0][step % 3] + rounds[1][step];
            assert!((said - at(120 + step)).abs() < 2.0, "step {step}: {said} for {}", at(120 + step));
        }
    }

    #[test]
    fn too_little_is_no_season() {
        assert_eq!(indices(&[1.0; 5], 4, Join::Add), None);
        assert_eq!(trend(&[1.0], 4).0.len(), 0);
        let (rest, rounds) = peel(&[1.0, 2.0], &[4]);
        assert_eq!((rest.len(), rounds[0].len()), (2, 2));
    }
}
