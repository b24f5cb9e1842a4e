//! Which model, by what happened in the past.
//!
//! A single series has few origins and much noise: the model that did best on it does worse later than one good model for
//! all. So members are weighed on all series together (forward selection with replacement: Caruana et al. 2004), and each
//! series tilts the weights by its own errors, the more the clearer they speak. docs/decisions/004-forecast.md has figures.

use crate::ask::{Asking, net_mean, net_quantiles};
use crate::limits::{BACKTEST_STEPS_MIN, HORIZON_STEPS_MAX, NET_ROWS_MAX, ORIGINS_MAX};
use crate::models::{Model, models};
use crate::net::Net;
use crate::prepare::{Prepared, prepare};
use crate::quantiles;
use domain::{BacktestScore, DemandForecast, Finding, FindingCode, ForecastModel, Series, Severity};
use units::{ItemId, Progress, Seed, Stop, Stopped};

/// The statistical models, in the order of [`models`], and the net.
const MEMBERS: usize = 10;
const NET: usize = MEMBERS - 1;
const MEAN: usize = 1;
const SES: usize = 2;
const ETS: usize = 8;

/// The weights before anything is known, from the Complete Journey's weeks: good together, none of them wild.
const PRIOR: [f64; MEMBERS] = [0.0, 0.25, 0.1, 0.0, 0.15, 0.1, 0.15, 0.05, 0.2, 0.0];
/// What the prior leaves to the net, where there is one.
const PRIOR_NET: f64 = 0.5;
/// The prior counts as much as so many series.
const PRIOR_SERIES: f64 = 30.0;
/// This part of the weight is spread evenly, so that a model that few series need can be found by those.
const EVEN: f64 = 0.15;
/// How strongly a series' own errors speak: weights fall by e for an error variance (1 + 1/TILT) times the least one, per origin.
const TILT: f64 = 1.0;
/// Steps that make an origin.
const EVIDENCE_STEPS: usize = 8;
/// A member below this weight is left out.
const WEIGHT_MIN: f64 = 0.03;
/// A member at this weight speaks alone.
const WEIGHT_ALONE: f64 = 0.8;
/// Forward selection: rounds, and series looked at.
const ROUNDS: usize = 12;
const POOLED_SERIES_MAX: usize = 1500;
/// Seasonal ETS costs more than all others together: it is tried where most steps have demand, and on one in so many others.
const DENSE: f64 = 0.6;
const SAMPLED: u64 = 16;
/// … and sees at most so many seasons.
const ETS_SEASONS_MAX: usize = 26;

/// One origin of a backtest: what was said there and what came.
#[derive(Clone, Debug)]
struct Origin {
    /// How much of the history lies before it.
    at: usize,
    /// What came; `NaN` where it is not known.
    actual: Vec<f32>,
    /// Mean squared one-step change before the origin, and mean absolute seasonal one.
    scale_squared: f64,
    scale_absolute: f64,
    /// Variance of demand before the origin, and its mean.
    spread: Spread,
    paths: [Option<Vec<f32>>; MEMBERS],
    net: Vec<[f32; 9]>,
}

/// What each model would have said at some origins of one series' past, and how wrong it was. Newest origin first; empty
/// where there is too little history.
#[derive(Clone, Debug, Default)]
pub struct Backtest {
    origins: Vec<Origin>,
    /// Demand comes in multiples of this.
    amount: Option<f64>,
}

/// How the models rank over many series; what a single series' few origins are weighed against.
#[derive(Clone, Debug)]
pub struct Ranking {
    weights: [f64; MEMBERS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    mean: f64,
    variance: f64,
}

fn id(member: usize) -> ForecastModel {
    [
        ForecastModel::SeasonalNaive,
        ForecastModel::HistoricMean,
        ForecastModel::Ses,
        ForecastModel::CrostonSba,
        ForecastModel::Tsb,
        ForecastModel::Adida,
        ForecastModel::Imapa,
        ForecastModel::Theta,
        ForecastModel::Ets,
        ForecastModel::QuantileNet,
    ][member]
}

/// Mean squared error where the actual is known.
fn squared(path: &[f32], actual: &[f32]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (said, came) in path.iter().zip(actual).filter(|(_, came)| !came.is_nan()) {
        sum += f64::from(said - came).powi(2);
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// The weighted mean of the paths that are there; those that are not hand their weight to the others.
fn blend<'a>(
    weights: &[f64; MEMBERS],
    path: impl Fn(usize) -> Option<&'a [f32]>,
    steps: usize,
) -> Option<Vec<f32>> {
    let mut out = vec![0.0_f64; steps];
    let mut total = 0.0;
    for (member, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        if let Some(path) = path(member) {
            total += weight;
            out.iter_mut().zip(path).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
    }
    (total > 0.0).then(|| out.into_iter().map(|sum| (sum / total) as f32).collect())
}

impl Origin {
    /// Where what it is judged on ends.
    fn end(&self) -> usize {
        self.at + self.actual.len()
    }

    fn path(&self, member: usize) -> Option<&[f32]> {
        self.paths[member].as_deref()
    }

    fn combined(&self, weights: &[f64; MEMBERS]) -> Option<Vec<f32>> {
        blend(weights, |member| self.path(member), self.actual.len())
    }

    fn rmsse(&self, path: &[f32]) -> Option<f64> {
        (self.scale_squared > 0.0).then(|| (squared(path, &self.actual) / self.scale_squared).sqrt())
    }
}

impl Default for Ranking {
    fn default() -> Self {
        Self { weights: PRIOR }
    }
}

impl Ranking {
    /// The ranking over all of these; the same whatever order threads finished in, as long as the order here is the same.
    pub fn pool<'a>(all: impl IntoIterator<Item = &'a Backtest>) -> Self {
        let usable: Vec<&Backtest> = all
            .into_iter()
            .filter(|test| test.origins.iter().any(|origin| origin.scale_squared > 0.0))
            .collect();
        let step = usable.len().div_ceil(POOLED_SERIES_MAX).max(1);
        let origins: Vec<&Origin> = usable
            .iter()
            .step_by(step)
            .flat_map(|test| &test.origins)
            .filter(|origin| origin.scale_squared > 0.0 && origin.path(SES).is_some())
            .collect();
        let with_net = origins.iter().any(|origin| origin.path(NET).is_some());
        let mut prior = PRIOR;
        if with_net {
            prior = prior.map(|weight| weight * (1.0 - PRIOR_NET));
            prior[NET] = PRIOR_NET;
        }
        if origins.is_empty() {
            return Self { weights: prior };
        }
        // A model that gave nothing for a series stands in with what simple smoothing said.
        let said = |origin: &'a Origin, member| origin.path(member).or(origin.path(SES)).unwrap_or(&[]);
        let mut sums: Vec<Vec<f32>> = origins.iter().map(|origin| vec![0.0; origin.actual.len()]).collect();
        let (mut chosen, mut scratch) = ([0.0; MEMBERS], Vec::new());
        let members = if with_net { MEMBERS } else { NET };
        for round in 1..=ROUNDS {
            let mut loss_of = |member: usize| -> f64 {
                let mut total = 0.0;
                for (origin, sum) in origins.iter().zip(&sums) {
                    scratch.clear();
                    let path = said(origin, member);
                    scratch.extend(sum.iter().zip(path).map(|(sum, value)| (sum + value) / round as f32));
                    total += origin.rmsse(&scratch).unwrap_or(0.0);
                }
                total
            };
            let best =
                (0..members).map(|member| (loss_of(member), member)).min_by(|a, b| a.0.total_cmp(&b.0));
            let Some((_, best)) = best else { break };
            chosen[best] += 1.0 / ROUNDS as f64;
            for (origin, sum) in origins.iter().zip(&mut sums) {
                sum.iter_mut().zip(said(origin, best)).for_each(|(sum, value)| *sum += value);
            }
        }
        let series = usable.len() as f64;
        let trust = series / (series + PRIOR_SERIES);
        Self { weights: std::array::from_fn(|m| trust * chosen[m] + (1.0 - trust) * prior[m]) }
    }

    /// The weights for one series, from these of its origins.
    fn tilted<'a>(&self, origins: impl Iterator<Item = &'a Origin>, with_net: bool) -> [f64; MEMBERS] {
        let members = if with_net { MEMBERS } else { NET };
        let mut errors = [0.0; MEMBERS];
        let mut given = [true; MEMBERS];
        let (mut from, mut to, mut judged) = (usize::MAX, 0, 0);
        for origin in origins.filter(|origin| origin.scale_squared > 0.0) {
            (from, to, judged) = (from.min(origin.at), to.max(origin.end()), origin.actual.len());
            for member in 0..members {
                match origin.path(member) {
                    Some(path) => errors[member] += squared(path, &origin.actual) / origin.scale_squared,
                    None => given[member] = false,
                }
            }
        }
        // Origins that overlap, or are judged on few steps, are less than an origin each.
        let evidence = if judged > 0 { (to - from) as f64 / judged.max(EVIDENCE_STEPS) as f64 } else { 0.0 };
        let least = (0..members).filter(|m| given[*m]).map(|m| errors[m]).fold(f64::INFINITY, f64::min);
        let mut weights: [f64; MEMBERS] = std::array::from_fn(|member| {
            if member >= members || !given[member] {
                return 0.0;
            }
            let base = (1.0 - EVEN) * self.weights[member] + EVEN / members as f64;
            let excess = if evidence > 0.0 { (errors[member] - least) / least.max(1e-9) } else { 0.0 };
            base * (-TILT * evidence * excess).exp()
        });
        normalise(&mut weights);
        let top = weights.iter().copied().fold(0.0, f64::max);
        weights
            .iter_mut()
            .filter(|w| **w < WEIGHT_MIN || top >= WEIGHT_ALONE && **w < top)
            .for_each(|w| *w = 0.0);
        normalise(&mut weights);
        weights
    }
}

fn normalise(weights: &mut [f64; MEMBERS]) {
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|weight| *weight /= total);
    } else {
        *weights = [0.0; MEMBERS];
        weights[MEAN] = 1.0;
    }
}

/// Where the origins lie, newest first, and how many steps each is judged on.
fn plan(steps: usize, season: usize, horizon: usize) -> (Vec<usize>, usize) {
    let least = (2 * season).min(steps / 2).max(8);
    if steps < BACKTEST_STEPS_MIN || steps <= least || horizon == 0 {
        return (Vec::new(), 0);
    }
    let room = steps - least;
    let judged = horizon.min((room * 2 / 3).max(1));
    let stride = horizon.min((room - judged) / (ORIGINS_MAX - 1));
    let count = if stride == 0 { 1 } else { ORIGINS_MAX };
    ((0..count).map(|k| steps - judged - k * stride).collect(), judged)
}

/// Mean and variance of the newest demand, around the means of the season where those explain some of it.
fn spread(history: &[f64], season: usize) -> Spread {
    let window = if season > 1 && season <= 7 { 26 * season } else { 26 };
    let newest = &history[history.len().saturating_sub(window)..];
    let n = newest.len() as f64;
    if newest.is_empty() {
        return Spread::default();
    }
    let mean = newest.iter().sum::<f64>() / n;
    let mut variance = newest.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    if season > 1 && newest.len() >= 4 * season {
        let mut around = 0.0;
        for phase in 0..season {
            let (sum, count) = newest
                .iter()
                .skip(phase)
                .step_by(season)
                .fold((0.0, 0.0), |(s, c), value| (s + value, c + 1.0));
            around +=
                newest.iter().skip(phase).step_by(season).map(|v| (v - sum / count).powi(2)).sum::<f64>();
        }
        variance = variance.min(around / (n - season as f64));
    }
    Spread { mean, variance }
}

/// Splits by the seed which series try a dear model although little speaks for it.
fn sampled(seed: Seed, item: ItemId) -> bool {
    // SplitMix64 (Steele, Lea, Flood 2014).
    let mut z = (seed.0 ^ item.0 as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).is_multiple_of(SAMPLED)
}

/// Runs one statistical model; `None` where it is too dear for what it promises here.
fn fit(
    model: &dyn Model,
    member: usize,
    prepared: &Prepared,
    end: usize,
    steps: usize,
    dear: bool,
) -> Option<Result<Vec<f32>, String>> {
    let mut history = &prepared.history[..end];
    if member == ETS && prepared.season > 1 {
        if !dear {
            return None;
        }
        history = &history[history.len().saturating_sub(ETS_SEASONS_MAX * prepared.season.min(7))..];
    }
    Some(
        model
            .forecast(history, prepared.season, steps)
            .map(|path| path.into_iter().map(|value| value as f32).collect())
            .map_err(|fault| fault.0),
    )
}

fn is_dear_worth(prepared: &Prepared, seed: Seed, item: ItemId) -> bool {
    let history = &prepared.history;
    let with_demand = history.iter().filter(|value| **value > 0.0).count() as f64;
    with_demand >= DENSE * history.len() as f64 || sampled(seed, item)
}

fn subject(item: ItemId) -> String {
    item.to_string()
}

/// Step 1 of 3, one series independent of the other, so that a caller may cut the slice over threads: the backtests.
/// `progress` counts series. The seed says on which series dear models are tried although little speaks for them.
pub fn backtest_all(
    all: &[Series],
    horizon: usize,
    net: Option<&dyn Net>,
    seed: Seed,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<Backtest>, Vec<Finding>), Stopped> {
    let horizon = horizon.min(HORIZON_STEPS_MAX);
    let (mut findings, mut tests, models) = (Vec::new(), Vec::with_capacity(all.len()), models());
    let mut asking = Asking::new(net, horizon, &mut findings);
    let mut steps_of: Vec<Vec<Vec<usize>>> = Vec::with_capacity(all.len());
    for (index, series) in all.iter().enumerate() {
        stop.check()?;
        let prepared = prepare(series, horizon);
        let test = backtest(series.item, &prepared, &models, seed, &mut findings);
        let mut steps = Vec::with_capacity(test.origins.len());
        for (number, origin) in test.origins.iter().enumerate() {
            // In calendar steps, which the net counts in, closed days included.
            let cut = prepared.raw_of[origin.at];
            asking.push((index, number), &prepared.raw[..cut], prepared.raw_season);
            steps.push(prepared.raw_of[origin.at..origin.end()].iter().map(|at| at - cut).collect());
        }
        tests.push(test);
        steps_of.push(steps);
        if asking.waiting() + ORIGINS_MAX > NET_ROWS_MAX || index + 1 == all.len() {
            asking.flush(&mut findings, |(index, origin), numbers| {
                let origin_steps = steps_of[index][origin].iter().copied();
                if let Some(answer) = net_quantiles(numbers, origin_steps) {
                    let at = &mut tests[index].origins[origin];
                    at.paths[NET] = Some(net_mean(&answer));
                    at.net = answer;
                }
            });
        }
        progress.report(index as u64 + 1, all.len() as u64);
    }
    Ok((tests, findings))
}

/// One series' backtest, still without the net.
fn backtest(
    item: ItemId,
    prepared: &Prepared,
    models: &[Box<dyn Model>],
    seed: Seed,
    findings: &mut Vec<Finding>,
) -> Backtest {
    let history = &prepared.history;
    let (cuts, judged) = plan(history.len(), prepared.season, prepared.open_ahead());
    if cuts.is_empty() {
        let detail =
            format!("{} steps of history; {BACKTEST_STEPS_MIN} are needed to compare models", history.len());
        findings.push(Finding::about(FindingCode::ShortHistory, Severity::Note, &subject(item), &detail));
    }
    let dear = is_dear_worth(prepared, seed, item);
    let mut failed: [Option<String>; MEMBERS] = Default::default();
    let mut origins = Vec::new();
    for cut in cuts {
        let past = &history[..cut];
        let sold = &past[past.iter().position(|value| *value > 0.0).unwrap_or(cut)..];
        let lag = if past.len() > prepared.season { prepared.season } else { 1 };
        let mut origin = Origin {
            at: cut,
            actual: (cut..cut + judged)
                .map(|at| if prepared.observed[at] { history[at] as f32 } else { f32::NAN })
                .collect(),
            scale_squared: mean_change(sold, 1, |change| change * change),
            scale_absolute: mean_change(past, lag, f64::abs),
            spread: spread(past, prepared.season),
            paths: Default::default(),
            net: Vec::new(),
        };
        for (member, model) in models.iter().enumerate() {
            match fit(model.as_ref(), member, prepared, cut, judged, dear) {
                Some(Ok(path)) => origin.paths[member] = Some(path),
                Some(Err(why)) => failed[member] = Some(why),
                None => {}
            }
        }
        origins.push(origin);
    }
    for (member, why) in failed.into_iter().enumerate().filter_map(|(member, why)| Some((member, why?))) {
        let detail = format!("{:?} left out: {why}", id(member));
        findings.push(Finding::about(FindingCode::ModelFailed, Severity::Note, &subject(item), &detail));
    }
    Backtest { origins, amount: quantiles::amount(history) }
}

/// Mean over the changes `lag` steps apart; 0 where there are none.
fn mean_change(values: &[f64], lag: usize, of: impl Fn(f64) -> f64) -> f64 {
    if values.len() <= lag {
        return 0.0;
    }
    values.windows(lag + 1).map(|window| of(window[lag] - window[0])).sum::<f64>()
        / (values.len() - lag) as f64
}

/// The quantiles of a path: its spread is half what its errors were, half how much demand itself varies, and grows with the mean.
fn path_quantiles(
    path: &[f32],
    spread: Spread,
    squared_errors: &[f64],
    amount: Option<f64>,
) -> Vec<[f64; 9]> {
    let level = path.iter().map(|value| f64::from(*value)).sum::<f64>() / path.len().max(1) as f64;
    let moved = if spread.mean > 0.0 { (level / spread.mean).clamp(0.25, 4.0) } else { 1.0 };
    let own = spread.variance * moved;
    let variance = if squared_errors.is_empty() {
        own
    } else {
        (own + squared_errors.iter().sum::<f64>() / squared_errors.len() as f64) / 2.0
    };
    let mut last = (f32::NAN, [0.0; 9]);
    path.iter()
        .map(|value| {
            if *value != last.0 {
                let mean = f64::from(*value);
                last = (
                    *value,
                    quantiles::of(mean, if level > 0.0 { variance * mean / level } else { 0.0 }, amount),
                );
            }
            last.1
        })
        .collect()
}

/// Moves `share` of the way from ours to the net's, and onto what can be sold: the net does not know the amount.
fn mix(ours: &mut [[f64; 9]], net: &[[f32; 9]], share: f64, amount: Option<f64>) {
    for (ours, net) in ours.iter_mut().zip(net).filter(|_| share > 0.0) {
        ours.iter_mut().zip(net).for_each(|(ours, net)| {
            *ours += share * (f64::from(*net) - *ours);
            if let Some(amount) = amount {
                *ours = (*ours / amount).round() * amount;
            }
        });
    }
}

impl Backtest {
    /// What was said at each origin, newest first, model after model.
    pub fn paths(&self) -> impl Iterator<Item = (ForecastModel, &[f32])> {
        self.origins
            .iter()
            .flat_map(|origin| (0..MEMBERS).filter_map(move |at| Some((id(at), origin.path(at)?))))
    }

    fn has_net(&self) -> bool {
        !self.origins.is_empty() && self.origins.iter().all(|origin| origin.path(NET).is_some())
    }

    /// The origins whose outcome was known at `at`: they end before it.
    fn known_at(&self, at: usize) -> impl Iterator<Item = (usize, &Origin)> {
        self.origins.iter().enumerate().filter(move |(_, origin)| origin.end() <= at)
    }

    /// Scores one way of forecasting: its path, and the share the net's quantiles have in it, at each origin.
    fn score(
        &self,
        model: ForecastModel,
        said: impl Fn(usize) -> Option<(Vec<f32>, f64)>,
    ) -> Option<BacktestScore> {
        let said: Vec<(Vec<f32>, f64)> = (0..self.origins.len()).map(said).collect::<Option<_>>()?;
        let mut sums = [(0.0, 0.0); 3];
        for (number, origin) in self.origins.iter().enumerate() {
            let (path, share) = &said[number];
            let known: Vec<f64> =
                self.known_at(origin.at).map(|(older, past)| squared(&said[older].0, &past.actual)).collect();
            let mut bands = path_quantiles(path, origin.spread, &known, self.amount);
            mix(&mut bands, &origin.net, *share, self.amount);
            let (mut absolute, mut pinball, mut count) = (0.0, 0.0, 0.0);
            for ((said, came), band) in
                path.iter().zip(&origin.actual).zip(&bands).filter(|((_, came), _)| !came.is_nan())
            {
                absolute += f64::from(said - came).abs();
                pinball += quantiles::pinball(f64::from(*came), band);
                count += 1.0;
            }
            let mut add = |sum: usize, value: f64, scale: f64| {
                if scale > 0.0 && count > 0.0 {
                    sums[sum] = (sums[sum].0 + value / scale, sums[sum].1 + 1.0);
                }
            };
            add(
                0,
                (squared(path, &origin.actual) / origin.scale_squared.max(f64::MIN_POSITIVE)).sqrt(),
                if origin.scale_squared > 0.0 { 1.0 } else { 0.0 },
            );
            add(1, absolute / count, origin.scale_absolute);
            add(2, pinball / count, origin.scale_absolute);
        }
        let [rmsse, mase, pinball] =
            sums.map(|(sum, count): (f64, f64)| if count > 0.0 { sum / count } else { 0.0 });
        Some(BacktestScore { model, rmsse, mase, pinball, origins: self.origins.len() as u32 })
    }

    /// Every model's score and the combination's, best first. The combination's weights at an origin come from what was known
    /// there; only the ranking, one set of weights for all series, has seen all origins.
    fn scores(&self, ranking: &Ranking) -> Vec<BacktestScore> {
        let with_net = self.has_net();
        let mut scores: Vec<BacktestScore> = (0..MEMBERS)
            .filter_map(|member| {
                let share = if member == NET { 1.0 } else { 0.0 };
                self.score(id(member), |at| Some((self.origins[at].path(member)?.to_vec(), share)))
            })
            .collect();
        scores.extend(self.score(ForecastModel::Combination, |at| {
            let others =
                self.origins.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, origin)| origin);
            let weights = ranking.tilted(others, with_net);
            Some((self.origins[at].combined(&weights)?, weights[NET]))
        }));
        scores.retain(|score| score.origins > 0);
        scores.sort_by(|a, b| a.rmsse.total_cmp(&b.rmsse).then(a.model.cmp(&b.model)));
        scores
    }
}

/// A forecast in the making: the net's part is added once its batch is answered.
struct Draft {
    weights: [f64; MEMBERS],
    paths: [Option<Vec<f32>>; MEMBERS],
    net: Vec<[f32; 9]>,
    ahead: Vec<Option<usize>>,
    spread: Spread,
}

/// Step 3 of 3, again one series independent of the other: chosen by its own backtest and the ranking, fitted on all its
/// history. `tests` in the order of `all`.
pub fn forecast_all(
    all: &[Series],
    tests: &[Backtest],
    ranking: &Ranking,
    horizon: usize,
    net: Option<&dyn Net>,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<DemandForecast>, Vec<Finding>), Stopped> {
    assert_eq!(all.len(), tests.len(), "one backtest for each series");
    let horizon = horizon.min(HORIZON_STEPS_MAX);
    let (mut findings, mut drafts, models) = (Vec::new(), Vec::with_capacity(all.len()), models());
    let mut asking = Asking::new(net, horizon, &mut Vec::new());
    for (index, (series, test)) in all.iter().zip(tests).enumerate() {
        stop.check()?;
        let prepared = prepare(series, horizon);
        let draft = draft(series.item, &prepared, test, ranking, &models, &mut findings);
        if draft.weights[NET] > 0.0 {
            asking.push((index, 0), prepared.raw, prepared.raw_season);
        }
        drafts.push(draft);
        if asking.waiting() >= NET_ROWS_MAX || index + 1 == all.len() {
            asking.flush(&mut findings, |(index, _), numbers| {
                let draft: &mut Draft = &mut drafts[index];
                let steps = (0..horizon).filter(|step| draft.ahead[*step].is_some());
                if let Some(answer) = net_quantiles(numbers, steps) {
                    draft.paths[NET] = Some(net_mean(&answer));
                    draft.net = answer;
                }
            });
        }
        progress.report(index as u64 + 1, all.len() as u64);
    }
    let provider = net.map(Net::provider).unwrap_or_default();
    let forecasts = all
        .iter()
        .zip(tests)
        .zip(drafts)
        .map(|((series, test), draft)| finish(series, test, draft, ranking, &provider))
        .collect();
    Ok((forecasts, findings))
}

fn draft(
    item: ItemId,
    prepared: &Prepared,
    test: &Backtest,
    ranking: &Ranking,
    models: &[Box<dyn Model>],
    findings: &mut Vec<Finding>,
) -> Draft {
    let open = prepared.open_ahead();
    let mut weights = ranking.tilted(test.origins.iter(), test.has_net());
    if test.origins.is_empty() {
        weights = [0.0; MEMBERS];
        weights[MEAN] = 1.0;
    }
    let mut paths: [Option<Vec<f32>>; MEMBERS] = Default::default();
    let end = prepared.history.len();
    for (member, model) in
        models.iter().enumerate().filter(|(member, _)| weights[*member] > 0.0 || *member == MEAN)
    {
        match fit(model.as_ref(), member, prepared, end, open, true) {
            Some(Ok(path)) => paths[member] = Some(path),
            Some(Err(why)) => {
                let detail = format!("{:?} left out: {why}", id(member));
                findings.push(Finding::about(
                    FindingCode::ModelFailed,
                    Severity::Note,
                    &subject(item),
                    &detail,
                ));
            }
            None => {}
        }
    }
    let spread = spread(&prepared.history, prepared.season);
    Draft { weights, paths, net: Vec::new(), ahead: prepared.ahead.clone(), spread }
}

fn finish(
    series: &Series,
    test: &Backtest,
    mut draft: Draft,
    ranking: &Ranking,
    provider: &str,
) -> DemandForecast {
    for (weight, path) in draft.weights.iter_mut().zip(&draft.paths) {
        *weight = if path.is_some() { *weight } else { 0.0 };
    }
    normalise(&mut draft.weights);
    let open = draft.ahead.iter().flatten().count();
    let path = blend(&draft.weights, |member| draft.paths[member].as_deref(), open)
        .unwrap_or_else(|| vec![0.0; open]);
    let errors: Vec<f64> = test
        .origins
        .iter()
        .filter_map(|origin| Some(squared(&origin.combined(&draft.weights)?, &origin.actual)))
        .collect();
    let mut bands = path_quantiles(&path, draft.spread, &errors, test.amount);
    mix(&mut bands, &draft.net, draft.weights[NET], test.amount);
    let members: Vec<usize> = (0..MEMBERS).filter(|member| draft.weights[*member] > 0.0).collect();
    let model = if let [alone] = members[..] { id(alone) } else { ForecastModel::Combination };
    let at = |step: &Option<usize>| step.map_or((0.0, [0.0; 9]), |open| (f64::from(path[open]), bands[open]));
    DemandForecast {
        item: series.item,
        grain: series.grain,
        start: crate::series::end(series),
        levels: crate::LEVELS.to_vec(),
        quantiles: draft.ahead.iter().map(|step| at(step).1.to_vec()).collect(),
        mean: draft.ahead.iter().map(|step| at(step).0).collect(),
        model,
        provider: if draft.weights[NET] > 0.0 { provider.to_owned() } else { "native".to_owned() },
        backtest: test.scores(ranking),
        fingerprint: crate::series::fingerprint(series),
    }
}

/// All three steps, one after the other. Forecasts come in the order of `all`; a finding's subject is the item's id.
/// Series of one step only: the ranking is over all of them.
pub fn choose_all(
    all: &[Series],
    horizon: usize,
    net: Option<&dyn Net>,
    seed: Seed,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<DemandForecast>, Vec<Finding>), Stopped> {
    let total = 2 * all.len() as u64;
    let first = Progress::new(|done, _| progress.report(done, total));
    let (tests, mut findings) = backtest_all(all, horizon, net, seed, &first, stop)?;
    let ranking = Ranking::pool(&tests);
    let second = Progress::new(|done, _| progress.report(all.len() as u64 + done, total));
    let (forecasts, more) = forecast_all(all, &tests, &ranking, horizon, net, &second, stop)?;
    findings.extend(more);
    Ok((forecasts, findings))
}
