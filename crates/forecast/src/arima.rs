//! ARIMA with a season: differences by test, orders by a stepwise walk over AICc (Hyndman and Khandakar 2008), coefficients by
//! least squares on the errors one step ahead.
//!
//! Where we deviate: coefficients are held stationary and invertible by searching partial autocorrelations (Monahan 1984), and
//! errors before the first observation are zero, so that every order is judged on the same steps. The work is bounded by
//! [`BUDGET`], counted in steps of the recursion and not in time: what is best when it is spent is taken.

use crate::search::least_squares;

/// Recursion steps one series may cost: a tenth of a second at the very worst, a few milliseconds as a rule.
const BUDGET: u64 = 6_000_000;
/// Orders at most.
const P_MAX: usize = 3;
const SEASONAL_MAX: usize = 1;
/// Rounds of least squares for an order on the walk, and for the one that is kept.
const ROUNDS: usize = 6;
const ROUNDS_KEPT: usize = 12;
/// Orders tried at most.
const ORDERS_MAX: usize = 22;
/// Steps that a second difference asks for: in short histories it is noise taken for a bend.
const TWICE_STEPS_MIN: usize = 40;
/// Longer seasons are not modelled here.
const SEASON_MAX: usize = 24;
/// Steps seen at most: older ones cost time and say little.
const STEPS_MAX: usize = 600;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    p: usize,
    q: usize,
    seasonal_p: usize,
    seasonal_q: usize,
    /// A mean, or after one difference a drift.
    constant: bool,
}

impl Order {
    fn unknowns(self) -> usize {
        self.p + self.q + self.seasonal_p + self.seasonal_q + usize::from(self.constant)
    }
}

struct Fitted {
    order: Order,
    unknowns: Vec<f64>,
    aicc: f64,
}

/// The next `horizon` steps; `None` for less than ten steps, what is not finite, or nothing at all. May be negative.
pub(crate) fn forecast(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let history = &history[history.len().saturating_sub(STEPS_MAX)..];
    if history.len() < 10 || history.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let season = if (2..=SEASON_MAX).contains(&season) && history.len() >= 3 * season { season } else { 1 };
    let mut levels = vec![history.to_vec()];
    let seasonal = season > 1 && seasonal_strength(history, season) > 0.64;
    let mut lags = Vec::new();
    if seasonal {
        lags.push(season);
        levels.push(differences(history, season));
    }
    let most = if seasonal || history.len() < TWICE_STEPS_MIN { 1 } else { 2 };
    for _ in 0..most {
        let now = levels.last()?;
        if now.len() < 8 || !wanders(now) {
            break;
        }
        let next = differences(now, 1);
        lags.push(1);
        levels.push(next);
    }
    let values = levels.last()?;
    let scale = (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt();
    if values.len() < 8 || scale <= 1e-9 * history.iter().fold(0.0, |most: f64, value| most.max(value.abs()))
    {
        return None;
    }
    let scaled: Vec<f64> = values.iter().map(|value| value / scale).collect();
    let mut walk = Walk { values: &scaled, season, differenced: lags.len(), spent: 0, tried: Vec::new() };
    let best = walk.best()?;
    let (path, spread) = walk.path(&best, horizon)?;
    if !spread.is_finite() {
        return None;
    }
    let mut path: Vec<f64> = path.into_iter().map(|value| value * scale).collect();
    for (lag, below) in lags.iter().zip(&levels).rev() {
        for step in 0..horizon {
            let before = if step < *lag { below[below.len() + step - lag] } else { path[step - lag] };
            path[step] += before;
        }
    }
    Some(path)
}

fn differences(values: &[f64], lag: usize) -> Vec<f64> {
    values.windows(lag + 1).map(|window| window[lag] - window[0]).collect()
}

/// How much of what is not trend the season explains (Wang, Smith, Hyndman 2006).
fn seasonal_strength(values: &[f64], season: usize) -> f64 {
    let Some(indices) = crate::season::indices(values, season, crate::season::Join::Add) else { return 0.0 };
    let (trend, offset) = crate::season::trend(values, season);
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    let off: Vec<f64> = trend.iter().enumerate().map(|(at, level)| values[at + offset] - level).collect();
    let left: Vec<f64> =
        off.iter().enumerate().map(|(at, off)| off - indices[(at + offset) % season]).collect();
    let all = variance(&off);
    if all > 0.0 { 1.0 - variance(&left) / all } else { 0.0 }
}

/// Whether the level moves: KPSS (Kwiatkowski et al. 1992) at 5 %, Bartlett weights.
fn wanders(values: &[f64]) -> bool {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let around: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let mut sum = 0.0;
    let squares: f64 = around
        .iter()
        .map(|value| {
            sum += value;
            sum * sum
        })
        .sum();
    let covariance =
        |lag: usize| around[lag..].iter().zip(&around).map(|(a, b)| a * b).sum::<f64>() / n as f64;
    let lags = (3.0 * (n as f64).sqrt() / 13.0) as usize;
    let long: f64 = covariance(0)
        + 2.0 * (1..=lags).map(|lag| (1.0 - lag as f64 / (lags + 1) as f64) * covariance(lag)).sum::<f64>();
    long > 0.0 && squares / (n * n) as f64 / long > 0.463
}

struct Walk<'a> {
    values: &'a [f64],
    season: usize,
    differenced: usize,
    spent: u64,
    tried: Vec<Order>,
}

impl Walk<'_> {
    fn best(&mut self) -> Option<Fitted> {
        let constant = self.differenced < 2;
        let s = usize::from(self.season > 1);
        let begin = |p, q, seasonal_p, seasonal_q, constant| Order { p, q, seasonal_p, seasonal_q, constant };
        let mut best: Option<Fitted> = None;
        for order in [
            begin(0, 0, 0, 0, constant),
            begin(1, 0, s, 0, constant),
            begin(0, 1, 0, s, constant),
            begin(2, 2, s, s, constant),
            begin(0, 0, 0, 0, false),
        ] {
            self.attempt(order, &mut best);
        }
        loop {
            let at = best.as_ref()?.order;
            let mut improved = false;
            let up = |x: usize, most: usize| if x < most { Some(x + 1) } else { None };
            let down = |x: usize| x.checked_sub(1);
            let mut next: Vec<Order> = Vec::with_capacity(16);
            if s > 0 {
                next.extend(down(at.seasonal_p).map(|seasonal_p| Order { seasonal_p, ..at }));
                next.extend(down(at.seasonal_q).map(|seasonal_q| Order { seasonal_q, ..at }));
                next.extend(up(at.seasonal_p, SEASONAL_MAX).map(|seasonal_p| Order { seasonal_p, ..at }));
                next.extend(up(at.seasonal_q, SEASONAL_MAX).map(|seasonal_q| Order { seasonal_q, ..at }));
            }
            next.extend(down(at.p).map(|p| Order { p, ..at }));
            next.extend(down(at.q).map(|q| Order { q, ..at }));
            next.extend(up(at.p, P_MAX).map(|p| Order { p, ..at }));
            next.extend(up(at.q, P_MAX).map(|q| Order { q, ..at }));
            next.extend(down(at.p).zip(down(at.q)).map(|(p, q)| Order { p, q, ..at }));
            next.extend(up(at.p, P_MAX).zip(up(at.q, P_MAX)).map(|(p, q)| Order { p, q, ..at }));
            if self.differenced < 2 {
                next.push(Order { constant: !at.constant, ..at });
            }
            for order in next {
                if self.attempt(order, &mut best) {
                    improved = true;
                    break;
                }
            }
            if !improved {
                break;
            }
        }
        let mut best = best?;
        if best.order.unknowns() > 0 {
            self.fit(best.order, &mut best.unknowns, ROUNDS_KEPT);
        }
        Some(best)
    }

    /// Whether this order is better than the best so far; it takes its place then.
    fn attempt(&mut self, order: Order, best: &mut Option<Fitted>) -> bool {
        let n = self.values.len();
        let done = self.tried.contains(&order) || self.tried.len() >= ORDERS_MAX || self.spent >= BUDGET;
        if done || order.unknowns() + 3 >= n || self.longest(order) * 2 > n {
            return false;
        }
        self.tried.push(order);
        let mut unknowns = vec![0.1; order.unknowns()];
        if order.constant {
            unknowns[order.unknowns() - 1] = self.values.iter().sum::<f64>() / n as f64;
        }
        let squares = self.fit(order, &mut unknowns, ROUNDS);
        let (n, k) = (n as f64, order.unknowns() as f64 + 1.0);
        if !squares.is_finite() || n <= k + 1.0 {
            return false;
        }
        let aicc = n * (squares / n).max(1e-12).ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
        let better = best.as_ref().is_none_or(|best| aicc < best.aicc);
        if better {
            *best = Some(Fitted { order, unknowns, aicc });
        }
        better
    }

    fn longest(&self, order: Order) -> usize {
        (order.p + order.seasonal_p * self.season).max(order.q + order.seasonal_q * self.season)
    }

    fn fit(&mut self, order: Order, unknowns: &mut [f64], rounds: usize) -> f64 {
        let (values, season) = (self.values, self.season);
        let mut spent = 0;
        let mut filter = Filter::default();
        let squares = least_squares(unknowns, values.len(), rounds, |x, out| {
            filter.set(order, season, x);
            filter.errors(values, out);
            spent += (values.len() * (1 + filter.ar.len() + filter.ma.len())) as u64;
        });
        self.spent += spent;
        squares
    }

    /// The path in differences, and the spread of the errors.
    fn path(&self, fitted: &Fitted, horizon: usize) -> Option<(Vec<f64>, f64)> {
        let mut filter = Filter::default();
        filter.set(fitted.order, self.season, &fitted.unknowns);
        let n = self.values.len();
        let mut errors = vec![0.0; n];
        filter.errors(self.values, &mut errors);
        let spread = (errors.iter().map(|error| error * error).sum::<f64>() / n as f64).sqrt();
        let mut values: Vec<f64> = self.values.iter().map(|value| value - filter.mean).collect();
        for step in n..n + horizon {
            let mut next = 0.0;
            for (lag, weight) in &filter.ar {
                next += weight * step.checked_sub(*lag).map_or(0.0, |at| values[at]);
            }
            for (lag, weight) in &filter.ma {
                next += weight * step.checked_sub(*lag).and_then(|at| errors.get(at)).copied().unwrap_or(0.0);
            }
            values.push(next);
        }
        Some((values[n..].iter().map(|value| value + filter.mean).collect(), spread))
    }
}

/// The recursion of one set of coefficients: what weighs at which lag.
#[derive(Default)]
struct Filter {
    ar: Vec<(usize, f64)>,
    ma: Vec<(usize, f64)>,
    mean: f64,
    scratch: Vec<f64>,
}

impl Filter {
    fn set(&mut self, order: Order, season: usize, unknowns: &[f64]) {
        let (p, rest) = unknowns.split_at(order.p);
        let (q, rest) = rest.split_at(order.q);
        let (seasonal_p, rest) = rest.split_at(order.seasonal_p);
        let (seasonal_q, rest) = rest.split_at(order.seasonal_q);
        self.mean = rest.first().copied().unwrap_or(0.0);
        // (1 − a₁B − …)(1 − A₁Bˢ) as weights on the past; the errors' side has its signs turned.
        product(&mut self.ar, &held(p), seasonal_p, season, 1.0);
        product(&mut self.ma, &held(q), seasonal_q, season, -1.0);
    }

    fn errors(&mut self, values: &[f64], out: &mut [f64]) {
        self.scratch.clear();
        self.scratch.extend(values.iter().map(|value| value - self.mean));
        out.copy_from_slice(&self.scratch);
        for (lag, weight) in &self.ar {
            let lag = (*lag).min(out.len());
            out[lag..].iter_mut().zip(&self.scratch).for_each(|(out, past)| *out -= weight * past);
        }
        if self.ma.is_empty() {
            return;
        }
        for at in 0..out.len() {
            let mut error = out[at];
            for (lag, weight) in &self.ma {
                if let Some(past) = at.checked_sub(*lag) {
                    error -= weight * out[past];
                }
            }
            out[at] = error;
        }
    }
}

/// Coefficients from what may be any number: tanh gives partial autocorrelations, Durbin and Levinson the rest.
fn held(free: &[f64]) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::with_capacity(free.len());
    for value in free {
        let partial = 0.99 * value.tanh();
        let before = out.clone();
        for (coefficient, mirrored) in out.iter_mut().zip(before.iter().rev()) {
            *coefficient -= partial * mirrored;
        }
        out.push(partial);
    }
    out
}

/// `sign` 1: weights of the past values, a + A − a·A; −1: weights of the past errors with the opposite sign of held
/// coefficients, so that both sides share one form of stationarity.
fn product(out: &mut Vec<(usize, f64)>, plain: &[f64], seasonal: &[f64], season: usize, sign: f64) {
    out.clear();
    out.extend((1..).zip(plain).map(|(lag, weight)| (lag, sign * weight)));
    for value in seasonal {
        let weight = 0.99 * value.tanh();
        out.push((season, sign * weight));
        out.extend((1..).zip(plain).map(|(lag, plain)| (season + lag, -sign * plain * weight)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same every time.
    fn noise(count: usize) -> Vec<f64> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        (0..count)
            .map(|_| {
                (0..4)
                    .map(|_| {
                        state ^= state << 13;
                        state ^= state >> 7;
                        state ^= state << 17;
                        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
                    })
                    .sum::<f64>()
            })
            .collect()
    }

    #[test]
    fn what_fades_fades_as_fast() {
        let mut values = vec![0.0];
        for error in noise(400) {
            values.push(0.7 * values[values.len() - 1] + error);
        }
        values.push(10.0);
        let values: Vec<f64> = values.into_iter().map(|value| value + 50.0).collect();
        let path = forecast(&values, 1, 3).expect("enough");
        assert!((path[0] - 57.0).abs() < 1.5 && (path[1] - 54.9).abs() < 2.0, "{path:?}");
    }

    #[test]
    fn a_trend_and_a_season_are_carried_on() {
        let at = |at: usize| 3.0 * at as f64 + [20.0, -10.0, 0.0, -10.0][at % 4];
        let values: Vec<f64> = (0..60).zip(noise(60)).map(|(k, error)| at(k) + 0.2 * error).collect();
        let path = forecast(&values, 4, 8).expect("enough");
        assert!(path.iter().enumerate().all(|(k, said)| (said - at(60 + k)).abs() < 3.0), "{path:?}");
    }

    #[test]
    fn what_never_changes_is_carried_on() {
        assert_eq!(forecast(&[4.0; 50], 1, 2), Some(vec![4.0; 2]));
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert_eq!(forecast(&[1.0; 9], 1, 2), None);
        assert_eq!(forecast(&[0.0; 50], 1, 2), None);
        assert_eq!(forecast(&[f64::NAN; 50], 1, 2), None);
    }

    #[test]
    fn coefficients_are_held_stationary() {
        assert!(held(&[9.0])[0] < 1.0);
        let two = held(&[5.0, -5.0]);
        assert!(two[0] + two[1] < 1.0 && two[1] - two[0] < 1.0 && two[1] > -1.0, "{two:?}");
    }
}
