//! Which models, by what happened in the past: backtests at rolling origins, then the combination they speak for, fitted on
//! the whole history.
//!
//! Each series is treated alone here; what is learned from all of them is [`Ranking`]'s.

use crate::ask::{Asking, net_mean, net_quantiles};
use crate::limits::{BACKTEST_STEPS_MIN, HORIZON_STEPS_MAX, NET_ROWS_MAX, ORIGINS_MAX};
use crate::models::{Model, models};
use crate::net::Net;
use crate::prepare::{Prepared, prepare};
use crate::quantiles::{self, Expected};
use crate::ranking::{Class, MEAN, MEMBERS, NAIVE, NET, Ranking, Weights, id, normalise};
use domain::{BacktestScore, DemandForecast, Finding, FindingCode, Fold, ForecastModel, Series, Severity};
use units::{ItemId, Progress, Seed, Stop, Stopped};

/// Models that cost more than all others together: they are tried where most steps have demand, and on one series in so many
/// others.
const DEAR: [ForecastModel; 4] =
    [ForecastModel::Ets, ForecastModel::OptimisedTheta, ForecastModel::Arima, ForecastModel::Mstl];
/// Steps of sparse demand that Theta is tried on at most: on more it costs as much as several others and has hardly a say.
const SPARSE_THETA_STEPS_MAX: usize = 156;
const SAMPLED: u64 = 16;
/// Models of sparse demand: not tried on many units, where they only cost time.
const FOR_SPARSE: [ForecastModel; 4] =
    [ForecastModel::CrostonSba, ForecastModel::Tsb, ForecastModel::Adida, ForecastModel::Counts];
/// Seasons of days that dear models see at most; of hours.
const SEASONS_MAX: usize = 26;
/// What the error of the mean counts against pinball loss, where it counts.
const MEAN_SHARE: f64 = 3.0;
/// Rows of rough quantiles: up to twice the mean of the newest demand.
const ROUGH_ROWS: usize = 17;
const ROUGH_EIGHTHS: f64 = 8.0;

/// One origin of a backtest: what was said there and what came. Without an outcome, the end of the history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// How much of the history lies before it.
    pub at: usize,
    /// What came; `NaN` where it is not known.
    pub actual: Vec<f32>,
    /// Mean squared one-step change before the origin, and mean absolute seasonal one.
    scale_squared: f64,
    scale_absolute: f64,
    /// Mean and variance of demand before the origin.
    pub spread: Spread,
    /// The variance that the history alone lets expect one step ahead.
    pub base: f64,
    /// Whether the mean is judged beside the quantiles.
    by_mean: bool,
    /// Rough quantiles by the mean a path says, in eighths of [`Spread::mean`]: enough to judge paths by.
    rough: Vec<[f32; 9]>,
    paths: [Option<Vec<f32>>; MEMBERS],
    /// Each path's [`Origin::loss`].
    pub losses: Weights,
    net: Vec<[f32; 9]>,
}

/// What each model would have said at some origins of one series' past, and how wrong it was. Newest origin first; empty
/// where there is too little history.
#[derive(Clone, Debug, Default)]
pub struct Backtest {
    pub(crate) origins: Vec<Origin>,
    /// Demand comes in multiples of this.
    pub(crate) amount: Option<f64>,
    pub(crate) class: Class,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread {
    pub mean: f64,
    pub variance: f64,
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
fn blend<'a>(weights: &Weights, path: impl Fn(usize) -> Option<&'a [f32]>, steps: usize) -> Option<Vec<f32>> {
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
    /// The end of `past`, as all is known there, and nothing of what came.
    fn after(past: &[f64], season: usize, amount: Option<f64>, class: Class) -> Self {
        let sold = &past[past.iter().position(|value| *value > 0.0).unwrap_or(past.len())..];
        let lag = if past.len() > season { season } else { 1 };
        let spread = spread(past, season);
        let square = |change: f64| change * change;
        let newest = &past[past.len().saturating_sub(8 * season.max(12))..];
        let changes = [1, lag].map(|lag| mean_change(newest, lag, square)).into_iter().filter(|x| *x > 0.0);
        let base = if class == Class::Many {
            changes.fold(2.0 * spread.variance, f64::min)
        } else {
            spread.variance
        };
        let scale_absolute = mean_change(past, lag, f64::abs);
        // A path further off than the last row is judged by that row, moved along.
        let rough = (0..ROUGH_ROWS)
            .map(|row| {
                let mean = spread.mean * row as f64 / ROUGH_EIGHTHS;
                let variance = if class == Class::Many { base } else { base * row as f64 / ROUGH_EIGHTHS };
                quantiles::of(mean, variance, amount).map(|value| value as f32)
            })
            .collect();
        Self {
            at: past.len(),
            scale_squared: mean_change(sold, 1, square),
            scale_absolute,
            spread,
            base,
            by_mean: class != Class::Many,
            rough,
            ..Self::default()
        }
    }

    /// Where what it is judged on ends.
    pub(crate) fn end(&self) -> usize {
        self.at + self.actual.len()
    }

    pub(crate) fn path(&self, member: usize) -> Option<&[f32]> {
        self.paths[member].as_deref()
    }

    pub(crate) fn combined(&self, weights: &Weights) -> Option<Vec<f32>> {
        blend(weights, |member| self.path(member), self.actual.len())
            .or_else(|| self.path(MEAN).or(self.path(NAIVE)).map(<[f32]>::to_vec))
    }

    /// What losses are scaled by; 0 where nothing ever changed.
    pub(crate) fn scale(&self) -> f64 {
        self.scale_absolute
    }

    /// Squared errors of a path with the step they were made at.
    pub(crate) fn squares(&self, path: &[f32]) -> Vec<(f64, f64)> {
        path.iter()
            .zip(&self.actual)
            .zip(1..)
            .filter(|((_, came), _)| !came.is_nan())
            .map(|((said, came), step)| (f64::from(said - came).powi(2), f64::from(step)))
            .collect()
    }

    /// Scaled pinball loss of a path with the rough quantiles around it.
    pub(crate) fn loss(&self, path: &[f32]) -> f64 {
        let (mut sum, mut count) = (0.0_f32, 0.0);
        let eighth = (self.spread.mean / ROUGH_EIGHTHS) as f32;
        let mut last = (f32::NAN, [0.0_f32; 9]);
        for (said, came) in path.iter().zip(&self.actual).filter(|(_, came)| !came.is_nan()) {
            if *said != last.0 {
                last = (*said, self.roughly(*said, eighth));
            }
            for (level, quantile) in crate::LEVELS.iter().zip(&last.1) {
                let error = came - quantile;
                let level = *level as f32;
                sum += (level * error).max((level - 1.0) * error);
            }
            count += 1.0;
        }
        if count == 0.0 || self.scale_absolute <= 0.0 {
            return 0.0;
        }
        let pinball = f64::from(sum) / count / self.scale_absolute;
        // Of sparse demand the mean is what plans are made of, and quantiles that are mostly zero hardly feel it.
        if self.by_mean && self.scale_squared > 0.0 {
            pinball + MEAN_SHARE * (squared(path, &self.actual) / self.scale_squared).sqrt()
        } else {
            pinball
        }
    }

    /// The quantiles around a mean, between rows of [`Origin::rough`].
    fn roughly(&self, mean: f32, eighth: f32) -> [f32; 9] {
        let Some(last) = self.rough.len().checked_sub(1).filter(|_| eighth > 0.0) else { return [mean; 9] };
        let at = mean / eighth;
        let row = at as usize;
        if row >= last {
            let moved = mean - last as f32 * eighth;
            return self.rough[last].map(|quantile| quantile + moved);
        }
        let share = at - row as f32;
        std::array::from_fn(|k| self.rough[row][k] + share * (self.rough[row + 1][k] - self.rough[row][k]))
    }

    fn judge(&mut self, member: usize, path: Vec<f32>) {
        self.losses[member] = self.loss(&path);
        self.paths[member] = Some(path);
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

/// Runs one statistical model on what lies before `end`.
fn fit(model: &dyn Model, prepared: &Prepared, end: usize, steps: usize) -> Result<Vec<f32>, String> {
    let mut history = &prepared.history[..end];
    if DEAR.contains(&model.id()) && (2..=7).contains(&prepared.season) {
        history = &history[history.len().saturating_sub(SEASONS_MAX * prepared.season)..];
    }
    model
        .forecast(history, prepared.season, steps)
        .map(|path| path.into_iter().map(|value| value as f32).collect())
        .map_err(|fault| fault.0)
}

/// Whether a model is worth its time on a series of this class.
fn is_worth(model: ForecastModel, class: Class, season: usize, steps: usize, sampled: bool) -> bool {
    match class {
        _ if model == ForecastModel::Mstl && season < 2 => false,
        Class::Sparse => {
            let long = model == ForecastModel::Theta && steps > SPARSE_THETA_STEPS_MAX;
            sampled || !DEAR.contains(&model) && !long
        }
        Class::Few => true,
        Class::Many => !FOR_SPARSE.contains(&model),
    }
}

fn subject(item: ItemId) -> String {
    item.to_string()
}

/// What is to be forecast: a series as models want it, and whose.
pub(crate) struct Task<'a> {
    pub item: ItemId,
    pub prepared: Prepared<'a>,
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
    let task = |index: usize| Task { item: all[index].item, prepared: prepare(&all[index], horizon) };
    backtests(all.len(), task, horizon, net, None, seed, progress, stop)
}

/// [`backtest_all`] of whatever tasks; of one model alone where `only` names it.
pub(crate) fn backtests<'a>(
    count: usize,
    task: impl Fn(usize) -> Task<'a>,
    horizon: usize,
    net: Option<&dyn Net>,
    only: Option<usize>,
    seed: Seed,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<Backtest>, Vec<Finding>), Stopped> {
    let (mut findings, mut tests, models) = (Vec::new(), Vec::with_capacity(count), models());
    let mut asking = Asking::new(net, horizon, &mut findings);
    let mut steps_of: Vec<Vec<Vec<usize>>> = Vec::with_capacity(count);
    for index in 0..count {
        stop.check()?;
        let Task { item, prepared } = task(index);
        let test = backtest(item, &prepared, &models, only, seed, &mut findings);
        let mut steps = Vec::with_capacity(test.origins.len());
        for (number, origin) in test.origins.iter().enumerate() {
            // In calendar steps, which the net counts in, closed days included.
            let cut = prepared.raw_of[origin.at];
            asking.push((index, number), &prepared.raw[..cut], prepared.raw_season);
            steps.push(prepared.raw_of[origin.at..origin.end()].iter().map(|at| at - cut).collect());
        }
        tests.push(test);
        steps_of.push(steps);
        if asking.waiting() + ORIGINS_MAX > NET_ROWS_MAX || index + 1 == count {
            asking.flush(&mut findings, |(index, origin), numbers| {
                let origin_steps = steps_of[index][origin].iter().copied();
                if let Some(answer) = net_quantiles(numbers, origin_steps) {
                    let at = &mut tests[index].origins[origin];
                    at.judge(NET, net_mean(&answer));
                    at.net = answer;
                }
            });
        }
        progress.report(index as u64 + 1, count as u64);
    }
    Ok((tests, findings))
}

/// One series' backtest, still without the net.
fn backtest(
    item: ItemId,
    prepared: &Prepared,
    models: &[Box<dyn Model>],
    only: Option<usize>,
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
    let amount = quantiles::amount(history);
    // By what lies before all origins: what came afterwards says nothing about how it is to be forecast.
    let class = Class::of(&history[..cuts.last().copied().unwrap_or(history.len())], amount);
    let tried = sampled(seed, item);
    let mut failed: [Option<String>; MEMBERS] = Default::default();
    let mut origins = Vec::new();
    for cut in cuts {
        let mut origin = Origin::after(&history[..cut], prepared.season, amount, class);
        origin.actual = (cut..cut + judged)
            .map(|at| if prepared.observed[at] { history[at] as f32 } else { f32::NAN })
            .collect();
        for (member, model) in models.iter().enumerate() {
            let wanted = match only {
                Some(only) => member == only || member == MEAN,
                None => is_worth(model.id(), class, prepared.season, history.len(), tried),
            };
            if wanted {
                match fit(model.as_ref(), prepared, cut, judged) {
                    Ok(path) => origin.judge(member, path),
                    Err(why) => failed[member] = Some(why),
                }
            }
        }
        origins.push(origin);
    }
    for (member, why) in failed.into_iter().enumerate().filter_map(|(member, why)| Some((member, why?))) {
        let detail = format!("{:?} left out: {why}", id(member));
        findings.push(Finding::about(FindingCode::ModelFailed, Severity::Note, &subject(item), &detail));
    }
    Backtest { origins, amount, class }
}

/// Mean over the changes `lag` steps apart; 0 where there are none.
fn mean_change(values: &[f64], lag: usize, of: impl Fn(f64) -> f64) -> f64 {
    if values.len() <= lag {
        return 0.0;
    }
    values.windows(lag + 1).map(|window| of(window[lag] - window[0])).sum::<f64>()
        / (values.len() - lag) as f64
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

    pub(crate) fn has_net(&self) -> bool {
        !self.origins.is_empty() && self.origins.iter().all(|origin| origin.path(NET).is_some())
    }

    /// The origins whose outcome was known at `at`: they end before it.
    fn known_at(&self, at: usize) -> impl Iterator<Item = (usize, &Origin)> {
        self.origins.iter().enumerate().filter(move |(_, origin)| origin.end() <= at)
    }

    /// Scores one way of forecasting: its path, and the share the net's quantiles have in it, at each origin.
    fn score(
        &self,
        ranking: &Ranking,
        model: ForecastModel,
        said: impl Fn(usize) -> Option<(Vec<f32>, f64)>,
    ) -> Option<BacktestScore> {
        let said: Vec<(Vec<f32>, f64)> = (0..self.origins.len()).map(said).collect::<Option<_>>()?;
        let mut sums = [(0.0, 0.0); 3];
        for (number, origin) in self.origins.iter().enumerate() {
            let (path, share) = &said[number];
            let known: Vec<(f64, f64)> =
                self.known_at(origin.at).flat_map(|(older, past)| past.squares(&said[older].0)).collect();
            let expected = ranking.expected(self.class, path, origin, &known, self.amount);
            let mut bands = ranking.quantiles(self.class, &expected);
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
                self.score(ranking, id(member), |at| Some((self.origins[at].path(member)?.to_vec(), share)))
            })
            .collect();
        scores.extend(self.score(ranking, ForecastModel::Combination, |at| {
            let others =
                self.origins.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, origin)| origin);
            let weights = ranking.tilted(self.class, others, with_net);
            Some((self.origins[at].combined(&weights)?, weights[NET]))
        }));
        scores.retain(|score| score.origins > 0);
        scores.sort_by(|a, b| a.rmsse.total_cmp(&b.rmsse).then(a.model.cmp(&b.model)));
        scores
    }
}

/// A forecast, and what its quantiles are made of: it may still be moved, to agree with others.
#[derive(Clone, Debug)]
pub struct Made {
    /// The forecast.
    pub forecast: DemandForecast,
    pub(crate) basis: Basis,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Basis {
    class: Class,
    amount: Option<f64>,
    /// At each open step.
    expected: Vec<Expected>,
    net: Vec<[f32; 9]>,
    share: f64,
    ahead: Vec<Option<usize>>,
    /// Mean squared one-step change before the newest origin.
    pub scale: f64,
    /// What was said and what came, newest origin first.
    pub past: Vec<Said>,
}

/// One step of a backtest, by how many steps of the calendar it lies before the end: the last is 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub back: usize,
    pub newest: bool,
    pub said: f32,
    pub came: f32,
}

impl Basis {
    fn bands(&self, ranking: &Ranking) -> Vec<[f64; 9]> {
        let mut bands = ranking.quantiles(self.class, &self.expected);
        mix(&mut bands, &self.net, self.share, self.amount);
        bands
    }
}

impl Made {
    /// The variance expected one step ahead.
    pub(crate) fn variance(&self) -> f64 {
        self.basis.expected.first().map_or(0.0, |expected| expected.variance)
    }

    /// Puts other means in the place of its own, one for each step of the calendar; quantiles follow. Of few units the variance
    /// goes along with the mean.
    pub(crate) fn move_to(&mut self, mean: Vec<f64>, ranking: &Ranking) {
        let basis = &mut self.basis;
        for (step, open) in basis.ahead.iter().enumerate().filter_map(|(step, open)| Some((step, (*open)?))) {
            let (old, new) = (basis.expected[open].mean, mean[step]);
            let by = if old > 0.0 { new / old } else { 1.0 };
            basis.expected[open].mean = new;
            if basis.class != Class::Many {
                basis.expected[open].variance = if old > 0.0 {
                    basis.expected[open].variance * by
                } else {
                    new * basis.amount.unwrap_or(new)
                };
            }
            if let Some(net) = basis.net.get_mut(open) {
                net.iter_mut().for_each(|value| *value *= by as f32);
            }
        }
        let bands = basis.bands(ranking);
        self.forecast.quantiles =
            basis.ahead.iter().map(|open| open.map_or(vec![0.0; 9], |open| bands[open].to_vec())).collect();
        self.forecast.mean =
            mean.into_iter().zip(&basis.ahead).map(|(mean, open)| open.map_or(0.0, |_| mean)).collect();
    }
}

/// A forecast in the making: the net's part is added once its batch is answered.
struct Draft {
    weights: Weights,
    paths: [Option<Vec<f32>>; MEMBERS],
    net: Vec<[f32; 9]>,
    ahead: Vec<Option<usize>>,
    end: Origin,
    /// How many steps of the calendar each step of the history lies before the end.
    back: Vec<usize>,
}

/// A forecast of steps, before it is known which days they are.
pub(crate) struct Chosen {
    pub model: ForecastModel,
    pub mean: Vec<f64>,
    pub quantiles: Vec<[f64; 9]>,
    with_net: bool,
    scores: Vec<BacktestScore>,
    parameters: String,
    /// What was said at each origin, a step of the calendar each, and how many steps before the end the first lies.
    folds: Vec<(usize, Vec<Option<f32>>)>,
    basis: Basis,
}

fn fold(series: &Series, back: usize, said: Vec<Option<f32>>) -> Fold {
    let days = i32::try_from(back).unwrap_or(i32::MAX).saturating_mul(series.grain.days());
    Fold { start: crate::series::end(series).plus(-days), said }
}

/// [`make_all`], for who does not want to move what was made.
pub fn forecast_all(
    all: &[Series],
    tests: &[Backtest],
    ranking: &Ranking,
    horizon: usize,
    net: Option<&dyn Net>,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<DemandForecast>, Vec<Finding>), Stopped> {
    let (made, findings) = make_all(all, tests, ranking, horizon, net, progress, stop)?;
    Ok((made.into_iter().map(|one| one.forecast).collect(), findings))
}

/// Step 3 of 3, again one series independent of the other: chosen by its own backtest and the ranking, fitted on all its
/// history. `tests` in the order of `all`. What is made can still be made to [agree](crate::agree()).
pub fn make_all(
    all: &[Series],
    tests: &[Backtest],
    ranking: &Ranking,
    horizon: usize,
    net: Option<&dyn Net>,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<Made>, Vec<Finding>), Stopped> {
    let horizon = horizon.min(HORIZON_STEPS_MAX);
    let task = |index: usize| Task { item: all[index].item, prepared: prepare(&all[index], horizon) };
    assert_eq!(all.len(), tests.len(), "one backtest for each series");
    let (chosen, findings) = forecasts(tests, task, ranking, horizon, net, progress, stop)?;
    let provider = net.map(Net::provider).unwrap_or_default();
    let made = all.iter().zip(chosen).map(|(series, chosen)| Made {
        forecast: DemandForecast {
            item: series.item,
            grain: series.grain,
            start: crate::series::end(series),
            levels: crate::LEVELS.to_vec(),
            quantiles: chosen.quantiles.iter().map(|at| at.to_vec()).collect(),
            mean: chosen.mean,
            model: chosen.model,
            provider: if chosen.with_net { provider.clone() } else { "native".to_owned() },
            parameters: chosen.parameters,
            backtest: chosen.scores,
            folds: chosen.folds.into_iter().map(|(back, said)| fold(series, back, said)).collect(),
            fingerprint: crate::series::fingerprint(series),
        },
        basis: chosen.basis,
    });
    Ok((made.collect(), findings))
}

/// [`forecast_all`] of whatever tasks.
pub(crate) fn forecasts<'a>(
    tests: &[Backtest],
    task: impl Fn(usize) -> Task<'a>,
    ranking: &Ranking,
    horizon: usize,
    net: Option<&dyn Net>,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<Chosen>, Vec<Finding>), Stopped> {
    let count = tests.len();
    let (mut findings, mut drafts, models) = (Vec::new(), Vec::with_capacity(count), models());
    let mut asking = Asking::new(net, horizon, &mut Vec::new());
    for (index, test) in tests.iter().enumerate() {
        stop.check()?;
        let Task { item, prepared } = task(index);
        let draft = draft(item, &prepared, test, ranking, &models, &mut findings);
        if draft.weights[NET] > 0.0 {
            asking.push((index, 0), prepared.raw, prepared.raw_season);
        }
        drafts.push(draft);
        if asking.waiting() >= NET_ROWS_MAX || index + 1 == count {
            asking.flush(&mut findings, |(index, _), numbers| {
                let draft: &mut Draft = &mut drafts[index];
                let steps = (0..horizon).filter(|step| draft.ahead[*step].is_some());
                if let Some(answer) = net_quantiles(numbers, steps) {
                    draft.paths[NET] = Some(net_mean(&answer));
                    draft.net = answer;
                }
            });
        }
        progress.report(index as u64 + 1, count as u64);
    }
    let chosen = tests.iter().zip(drafts).map(|(test, draft)| finish(test, draft, ranking)).collect();
    Ok((chosen, findings))
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
    let mut weights = ranking.tilted(test.class, test.origins.iter(), test.has_net());
    if test.origins.is_empty() {
        weights = [0.0; MEMBERS];
        weights[MEAN] = 1.0;
    }
    let mut paths: [Option<Vec<f32>>; MEMBERS] = Default::default();
    let end = prepared.history.len();
    for (member, model) in
        models.iter().enumerate().filter(|(member, _)| weights[*member] > 0.0 || *member == MEAN)
    {
        match fit(model.as_ref(), prepared, end, open) {
            Ok(path) => paths[member] = Some(path),
            Err(why) => {
                let detail = format!("{:?} left out: {why}", id(member));
                findings.push(Finding::about(
                    FindingCode::ModelFailed,
                    Severity::Note,
                    &subject(item),
                    &detail,
                ));
            }
        }
    }
    let end = Origin::after(&prepared.history, prepared.season, test.amount, test.class);
    let back = prepared.raw_of.iter().map(|at| prepared.raw.len() - at).collect();
    Draft { weights, paths, net: Vec::new(), ahead: prepared.ahead.clone(), end, back }
}

fn finish(test: &Backtest, mut draft: Draft, ranking: &Ranking) -> Chosen {
    for (weight, path) in draft.weights.iter_mut().zip(&draft.paths) {
        *weight = if path.is_some() { *weight } else { 0.0 };
    }
    normalise(&mut draft.weights);
    let open = draft.ahead.iter().flatten().count();
    let path = blend(&draft.weights, |member| draft.paths[member].as_deref(), open)
        .unwrap_or_else(|| vec![0.0; open]);
    let before: Vec<(&Origin, Vec<f32>)> =
        test.origins.iter().filter_map(|origin| Some((origin, origin.combined(&draft.weights)?))).collect();
    let own: Vec<(f64, f64)> = before.iter().flat_map(|(origin, path)| origin.squares(path)).collect();
    let expected = ranking.expected(test.class, &path, &draft.end, &own, test.amount);
    let (mut past, mut folds) = (Vec::new(), Vec::new());
    for (number, (origin, path)) in before.iter().enumerate() {
        if let (Some(first), Some(last)) = (draft.back.get(origin.at), draft.back[..origin.end()].last()) {
            let mut said = vec![None; 1 + first - last];
            for (step, value) in path.iter().enumerate() {
                said[first - draft.back[origin.at + step]] = Some(*value);
            }
            folds.push((*first, said));
        }
        let steps = path.iter().zip(&origin.actual).enumerate().filter(|(_, (_, came))| !came.is_nan());
        past.extend(steps.map(|(step, (said, came))| Said {
            back: draft.back[origin.at + step],
            newest: number == 0,
            said: *said,
            came: *came,
        }));
    }
    let basis = Basis {
        class: test.class,
        amount: test.amount,
        expected,
        net: draft.net,
        share: draft.weights[NET],
        ahead: draft.ahead,
        scale: test.origins.first().map_or(0.0, |origin| origin.scale_squared),
        past,
    };
    let bands = basis.bands(ranking);
    let members: Vec<usize> = (0..MEMBERS).filter(|member| draft.weights[*member] > 0.0).collect();
    let model = if let [alone] = members[..] { id(alone) } else { ForecastModel::Combination };
    let at = |step: &Option<usize>| step.map_or((0.0, [0.0; 9]), |open| (f64::from(path[open]), bands[open]));
    Chosen {
        model,
        mean: basis.ahead.iter().map(|step| at(step).0).collect(),
        quantiles: basis.ahead.iter().map(|step| at(step).1).collect(),
        with_net: draft.weights[NET] > 0.0,
        scores: test.scores(ranking),
        parameters: parameters(test, &draft.weights),
        folds,
        basis,
    }
}

/// `class=Few amount=1 Ets=0.412 Theta=0.588`: what a forecast was made of, in a line that programs read too.
fn parameters(test: &Backtest, weights: &Weights) -> String {
    let mut words = vec![format!("class={:?}", test.class)];
    words.extend(test.amount.map(|amount| format!("amount={amount}")));
    let mut members: Vec<usize> = (0..MEMBERS).filter(|member| weights[*member] > 0.0).collect();
    members.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    words.extend(members.iter().map(|member| format!("{:?}={:.3}", id(*member), weights[*member])));
    words.join(" ")
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
