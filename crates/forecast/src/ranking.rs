//! How the models rank over many series, and how wide their combination's bands must be: learned from backtests, all series
//! together, class by class.
//!
//! A single series has few origins and much noise: the model that did best on it does worse later than one good combination for
//! all. So members are weighed on all series of a class together (forward selection with replacement: Caruana et al. 2004) by
//! scaled pinball loss, and each series tilts the weights by its own losses, the more the clearer they speak. Spreads are
//! learned the same way: how large errors are against what the history alone says, how they grow with the step, and at which
//! levels of the assumed distribution outcomes really fell (conformal calibration on the whole distribution: Chernozhukov,
//! Wüthrich, Zhu 2021). docs/decisions/004-forecast.md has figures.

use crate::choose::{Backtest, Origin};
use crate::quantiles::Expected;
use domain::ForecastModel;

/// The statistical models, in the order of [`crate::models`], and the net.
pub(crate) const MEMBERS: usize = 14;
pub(crate) const NET: usize = MEMBERS - 1;
pub(crate) const NAIVE: usize = 0;
pub(crate) const MEAN: usize = 1;
pub(crate) const SES: usize = 2;

pub(crate) fn id(member: usize) -> ForecastModel {
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
        ForecastModel::OptimisedTheta,
        ForecastModel::Arima,
        ForecastModel::Mstl,
        ForecastModel::Counts,
        ForecastModel::QuantileNet,
    ][member]
}

/// What kind of demand a series is; each has its own weights and bands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Class {
    /// Many steps without demand.
    #[default]
    Sparse,
    /// Demand at most steps, few units each.
    Few,
    /// So many units that counting them does not matter, or measured demand.
    Many,
}

/// Steps with demand that make a series dense.
const DENSE: f64 = 0.6;
/// Amounts a step from which demand is no longer few.
const MANY: f64 = 20.0;

impl Class {
    pub(crate) fn of(history: &[f64], amount: Option<f64>) -> Self {
        let with_demand = history.iter().filter(|value| **value > 0.0).count() as f64;
        if with_demand < DENSE * history.len() as f64 {
            return Self::Sparse;
        }
        let newest = &history[history.len().saturating_sub(26)..];
        let mean = newest.iter().sum::<f64>() / newest.len().max(1) as f64;
        match amount {
            Some(amount) if mean < MANY * amount => Self::Few,
            _ => Self::Many,
        }
    }
}

/// The weights before anything is known: good together on other sets (M1 for many, the Complete Journey's for few and sparse
/// demand), none of them wild. In the order of [`id`].
const PRIORS: [[f64; MEMBERS]; 3] = [
    [0.0, 0.2, 0.1, 0.0, 0.15, 0.1, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0],
    [0.0, 0.2, 0.05, 0.0, 0.1, 0.1, 0.1, 0.05, 0.15, 0.1, 0.0, 0.05, 0.1, 0.0],
    [0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 0.05, 0.25, 0.2, 0.2, 0.15, 0.1, 0.0, 0.0],
];
/// What the prior leaves to the net, where there is one.
const PRIOR_NET: f64 = 0.5;
/// The prior counts as much as so many series.
const PRIOR_SERIES: f64 = 30.0;
/// This part of the weight is spread evenly, so that a model that few series need can be found by those.
const EVEN: f64 = 0.15;
/// How strongly a series' own losses speak: weights fall by e for a loss (1 + 1/TILT) times the least one, per origin.
const TILT: f64 = 0.7;
/// Steps that make an origin.
const EVIDENCE_STEPS: usize = 8;
/// A member below this weight is left out.
const WEIGHT_MIN: f64 = 0.03;
/// A member at this weight speaks alone.
const WEIGHT_ALONE: f64 = 0.8;
/// Forward selection: rounds, and series looked at.
const ROUNDS: usize = 12;
const POOLED_SERIES_MAX: usize = 1500;
/// Selections are made on so many parts, of so many series at least.
const BAGS_MAX: usize = 5;
const BAG_SERIES_MIN: usize = 20;
/// How variance grows with the step ahead, before anything is known: as this power of it.
const GROWTHS: [f64; 3] = [0.0, 0.2, 0.8];
/// A series' own errors have this share in its variance.
const OWN: f64 = 0.5;
/// What the band from 0.1 to 0.9 is to hold, of counted and of other demand. Counts fade more often than they rise, so a band
/// that held so much holds a little more next time.
const HELD: [f64; 3] = [0.77, 0.77, 0.8];

pub(crate) type Weights = [f64; MEMBERS];

/// How the models rank over many series; what a single series' few origins are weighed against.
#[derive(Clone, Debug)]
pub struct Ranking {
    classes: [Ranked; 3],
    /// One model alone, where only it was asked for.
    only: Option<usize>,
    bands: Bands,
}

/// What the outermost quantiles are to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bands {
    /// Quantiles: a tenth of outcomes above the upper one. Of counts the band between them holds more than 80 %, since whole
    /// units widen it. What stock is planned with.
    #[default]
    Quantiles,
    /// Ends of a band that holds 80 %: of counts the upper one is less than the quantile. For showing and for comparing.
    Held,
}

#[derive(Clone, Debug)]
struct Ranked {
    weights: Weights,
    /// The power of the step that variance grows with.
    growth: f64,
    /// Squared errors against [`Origin::base`], in the middle.
    ratio: f64,
    /// The levels at which the assumed distribution is read, so that outcomes fall as they should.
    levels: [f64; 9],
    /// The same with the ends drawn in until the band between them holds what it says.
    held: [f64; 9],
}

impl Default for Ranking {
    fn default() -> Self {
        Self::prior(false)
    }
}

/// What became of one step at one origin: the chances of less than what came, and of no more than it.
type Fell = (f64, f64);

impl Ranking {
    fn prior(with_net: bool) -> Self {
        let ranked = |class: usize| {
            let mut weights = PRIORS[class];
            if with_net {
                weights = weights.map(|weight| weight * (1.0 - PRIOR_NET));
                weights[NET] = PRIOR_NET;
            }
            Ranked { weights, growth: GROWTHS[class], ratio: 1.0, levels: crate::LEVELS, held: crate::LEVELS }
        };
        Self { classes: [ranked(0), ranked(1), ranked(2)], only: None, bands: Bands::Quantiles }
    }

    /// The ranking over all of these; the same whatever order threads finished in, as long as the order here is the same.
    pub fn pool<'a>(all: impl IntoIterator<Item = &'a Backtest>) -> Self {
        Self::pooled(all.into_iter().collect(), None)
    }

    /// The same ranking with other bands.
    pub fn with_bands(self, bands: Bands) -> Self {
        Self { bands, ..self }
    }

    /// As [`Ranking::pool`], but this model alone is used; what it can't do falls to the mean.
    pub(crate) fn pooled(all: Vec<&Backtest>, only: Option<usize>) -> Self {
        let with_net = all.iter().any(|test| test.origins.iter().any(|origin| origin.path(NET).is_some()));
        let mut ranking = Self { only, ..Self::prior(with_net) };
        for class in [Class::Sparse, Class::Few, Class::Many] {
            let usable: Vec<&Backtest> = all
                .iter()
                .copied()
                .filter(|test| test.class == class && test.origins.iter().any(|origin| origin.scale() > 0.0))
                .collect();
            let step = usable.len().div_ceil(POOLED_SERIES_MAX).max(1);
            let some: Vec<&Backtest> = usable.iter().copied().step_by(step).collect();
            if some.is_empty() {
                continue;
            }
            let trust = usable.len() as f64 / (usable.len() as f64 + PRIOR_SERIES);
            if only.is_none() {
                let chosen = bagged(&some, with_net);
                let ranked = &mut ranking.classes[class as usize];
                for (weight, chosen) in ranked.weights.iter_mut().zip(chosen) {
                    *weight = trust * chosen + (1.0 - trust) * *weight;
                }
            }
            ranking.learn_spread(class, &some, trust);
            ranking.learn_levels(class, &some, trust);
        }
        ranking
    }

    /// The weights for one series, from these of its origins.
    pub(crate) fn tilted<'a>(
        &self,
        class: Class,
        origins: impl Iterator<Item = &'a Origin>,
        with_net: bool,
    ) -> Weights {
        if let Some(only) = self.only {
            return std::array::from_fn(|member| if member == only { 1.0 } else { 0.0 });
        }
        let members = if with_net { MEMBERS } else { NET };
        let mut losses = [0.0; MEMBERS];
        let mut given = [true; MEMBERS];
        let (mut from, mut to, mut judged) = (usize::MAX, 0, 0);
        for origin in origins.filter(|origin| origin.scale() > 0.0) {
            (from, to, judged) = (from.min(origin.at), to.max(origin.end()), origin.actual.len());
            for member in 0..members {
                match origin.path(member) {
                    Some(_) => losses[member] += origin.losses[member],
                    None => given[member] = false,
                }
            }
        }
        // Origins that overlap, or are judged on few steps, are less than an origin each.
        let evidence = if judged > 0 { (to - from) as f64 / judged.max(EVIDENCE_STEPS) as f64 } else { 0.0 };
        let least = (0..members).filter(|m| given[*m]).map(|m| losses[m]).fold(f64::INFINITY, f64::min);
        let ranked = &self.classes[class as usize];
        let mut weights: Weights = std::array::from_fn(|member| {
            if member >= members || !given[member] {
                return 0.0;
            }
            let base = (1.0 - EVEN) * ranked.weights[member] + EVEN / members as f64;
            let excess = if evidence > 0.0 { (losses[member] - least) / least.max(1e-9) } else { 0.0 };
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

    /// What is expected at each step of a path: `own` are squared errors of earlier paths, step by step.
    pub(crate) fn expected(
        &self,
        class: Class,
        path: &[f32],
        origin: &Origin,
        own: &[(f64, f64)],
        amount: Option<f64>,
    ) -> Vec<Expected> {
        let ranked = &self.classes[class as usize];
        let level = path.iter().map(|value| f64::from(*value)).sum::<f64>() / path.len().max(1) as f64;
        // Few units vary as their number does; a level that has moved takes its variance along.
        let moved = if class != Class::Many && origin.spread.mean > 0.0 {
            (level / origin.spread.mean).clamp(0.25, 4.0)
        } else {
            1.0
        };
        let by_history = ranked.ratio * origin.base * moved;
        let (sum, count) = own.iter().fold((0.0, 0.0), |(sum, count), (square, step)| {
            (sum + square / step.powf(ranked.growth), count + 1.0)
        });
        let variance = if count > 0.0 { OWN * sum / count + (1.0 - OWN) * by_history } else { by_history };
        path.iter()
            .zip(1..)
            .map(|(value, step)| {
                let mean = f64::from(*value);
                let along = if class == Class::Many {
                    1.0
                } else if level > 0.0 {
                    mean / level
                } else {
                    0.0
                };
                Expected { mean, variance: variance * along * f64::from(step).powf(ranked.growth), amount }
            })
            .collect()
    }

    /// The quantiles of what is expected, at the levels that held.
    pub(crate) fn quantiles(&self, class: Class, expected: &[Expected]) -> Vec<[f64; 9]> {
        let ranked = &self.classes[class as usize];
        let levels = if self.bands == Bands::Held { &ranked.held } else { &ranked.levels };
        let mut last: Option<(Expected, [f64; 9])> = None;
        expected
            .iter()
            .map(|one| match last {
                Some((same, bands)) if same.mean == one.mean && same.variance == one.variance => bands,
                _ => {
                    let bands = one.quantiles(levels);
                    last = Some((*one, bands));
                    bands
                }
            })
            .collect()
    }

    /// The combination's path at an origin with weights that have not seen it, and the errors of the other origins.
    fn left_out(&self, test: &Backtest, number: usize) -> Option<(Vec<f32>, Vec<(f64, f64)>)> {
        // Origins that overlap with it have seen some of the same errors: they would make its bands too sure.
        let origin = &test.origins[number];
        let others =
            || test.origins.iter().filter(move |other| other.end() <= origin.at || origin.end() <= other.at);
        let weights = self.tilted(test.class, others(), test.has_net());
        let path = origin.combined(&weights)?;
        let mut own = Vec::new();
        for origin in others() {
            if let Some(path) = origin.combined(&weights) {
                own.extend(origin.squares(&path));
            }
        }
        Some((path, own))
    }

    fn learn_spread(&mut self, class: Class, some: &[&Backtest], trust: f64) {
        let mut by_step: Vec<(f64, f64)> = Vec::new();
        let (mut logs, mut count) = (0.0, 0.0);
        for test in some {
            for (number, origin) in test.origins.iter().enumerate().filter(|(_, origin)| origin.base > 0.0) {
                let Some((path, _)) = self.left_out(test, number) else { continue };
                let squares = origin.squares(&path);
                let mean =
                    squares.iter().map(|(square, _)| square).sum::<f64>() / squares.len().max(1) as f64;
                if mean <= 0.0 {
                    continue;
                }
                for (square, step) in squares {
                    let at = step as usize - 1;
                    if by_step.len() <= at {
                        by_step.resize(at + 1, (0.0, 0.0));
                    }
                    by_step[at] = (by_step[at].0 + square / mean, by_step[at].1 + 1.0);
                }
                logs += (mean / origin.base).ln();
                count += 1.0;
            }
        }
        if count == 0.0 {
            return;
        }
        // Weighted least squares of the logarithm of the error on that of the step.
        let (mut w, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (at, (sum, count)) in by_step.iter().enumerate().filter(|(_, (sum, _))| *sum > 0.0) {
            let (step, error) = ((at as f64 + 1.0).ln(), (sum / count).ln());
            w += count;
            x += count * step;
            y += count * error;
            xx += count * step * step;
            xy += count * step * error;
        }
        let bottom = w * xx - x * x;
        let slope =
            if bottom > 0.0 { ((w * xy - x * y) / bottom).clamp(0.0, 2.0) } else { GROWTHS[class as usize] };
        let ranked = &mut self.classes[class as usize];
        ranked.growth = trust * slope + (1.0 - trust) * ranked.growth;
        // Of errors over all steps to that of the first.
        let steps = by_step.len().max(1);
        let grown = (1..=steps).map(|step| (step as f64).powf(ranked.growth)).sum::<f64>() / steps as f64;
        ranked.ratio = (trust * logs / count).exp() / grown;
    }

    fn learn_levels(&mut self, class: Class, some: &[&Backtest], trust: f64) {
        let (mut fell, mut nothing): (Vec<Fell>, Vec<Fell>) = Default::default();
        for test in some {
            for (number, origin) in test.origins.iter().enumerate() {
                let Some((path, own)) = self.left_out(test, number) else { continue };
                let expected = self.expected(class, &path, origin, &own, test.amount);
                for (one, actual) in expected.iter().zip(&origin.actual).filter(|(_, came)| !came.is_nan()) {
                    let chances = one.chances(f64::from(*actual));
                    // Where nothing is expected there is no distribution to read levels of, only a band of nothing.
                    if one.mean > 0.0 { fell.push(chances) } else { nothing.push(chances) }
                }
            }
        }
        if fell.is_empty() {
            return;
        }
        // Where a jump of the distribution straddles a level, so much of it as lies below counts.
        let below = |level: f64| {
            let share = |(less, upto): &Fell| {
                if upto > less {
                    ((level - less) / (upto - less)).clamp(0.0, 1.0)
                } else if *less < level {
                    1.0
                } else {
                    0.0
                }
            };
            fell.iter().map(share).sum::<f64>() / fell.len() as f64
        };
        let ranked = &mut self.classes[class as usize];
        for (level, wanted) in ranked.levels.iter_mut().zip(crate::LEVELS) {
            let found = bisect(|level| below(level) - wanted);
            *level = (trust * found + (1.0 - trust) * wanted).clamp(0.005, 0.995);
        }
        fell.extend(nothing);
        let sure = (some.len() as f64 / PRIOR_SERIES).min(1.0);
        ranked.held = ranked.levels;
        hold(&mut ranked.held, &fell, HELD[class as usize], sure);
    }
}

/// Whole units widen a band: where nothing at all has a chance of a tenth, its lower end can't be passed. Its ends are drawn in
/// until it holds what it says.
fn hold(levels: &mut [f64; 9], fell: &[Fell], wanted: f64, sure: f64) {
    let held = |low: f64, high: f64| {
        fell.iter().filter(|(less, upto)| *upto >= low && *less < high).count() as f64 / fell.len() as f64
    };
    let (low, high) = (levels[0], levels[8]);
    if held(low, high) <= wanted {
        return;
    }
    let by = sure * bisect(|by| wanted - held(low + by, high - by)).min((high - low) / 2.0);
    (levels[0], levels[8]) = (low + by, high - by);
    for at in 1..8 {
        levels[at] = levels[at].clamp(levels[0], levels[8]);
    }
}

/// Where a rising function of 0 to 1 crosses zero.
fn bisect(value: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..24 {
        let middle = (low + high) / 2.0;
        if value(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The mean of selections on parts of the series: each errs in its own way, and what all find stays.
fn bagged(some: &[&Backtest], with_net: bool) -> Weights {
    let bags = (some.len() / BAG_SERIES_MIN).clamp(1, BAGS_MAX);
    let mut weights = [0.0; MEMBERS];
    for bag in 0..bags {
        let part: Vec<&Backtest> = some.iter().copied().skip(bag).step_by(bags).collect();
        weights.iter_mut().zip(select(&part, with_net)).for_each(|(sum, one)| *sum += one / bags as f64);
    }
    weights
}

/// Forward selection: the member that helps most joins, as often as it does.
fn select(some: &[&Backtest], with_net: bool) -> Weights {
    let origins: Vec<&Origin> = some
        .iter()
        .flat_map(|test| &test.origins)
        .filter(|origin| origin.scale() > 0.0 && origin.path(SES).or(origin.path(NAIVE)).is_some())
        .collect();
    // A model that gave nothing for a series stands in with what simple smoothing said.
    let said = |origin: &'_ Origin, member: usize| -> Vec<f32> {
        origin
            .path(member)
            .or(origin.path(SES))
            .or(origin.path(NAIVE))
            .map(<[f32]>::to_vec)
            .unwrap_or_default()
    };
    let members = if with_net { MEMBERS } else { NET };
    let paths: Vec<Vec<Vec<f32>>> =
        origins.iter().map(|origin| (0..members).map(|member| said(origin, member)).collect()).collect();
    let mut sums: Vec<Vec<f32>> = origins.iter().map(|origin| vec![0.0; origin.actual.len()]).collect();
    let (mut chosen, mut scratch) = ([0.0; MEMBERS], Vec::new());
    for round in 1..=ROUNDS {
        let mut best = (f64::INFINITY, MEAN);
        for member in 0..members {
            let mut total = 0.0;
            for ((origin, sum), paths) in origins.iter().zip(&sums).zip(&paths) {
                scratch.clear();
                scratch
                    .extend(sum.iter().zip(&paths[member]).map(|(sum, value)| (sum + value) / round as f32));
                total += origin.loss(&scratch);
            }
            if total < best.0 {
                best = (total, member);
            }
        }
        chosen[best.1] += 1.0 / ROUNDS as f64;
        for (sum, paths) in sums.iter_mut().zip(&paths) {
            sum.iter_mut().zip(&paths[best.1]).for_each(|(sum, value)| *sum += value);
        }
    }
    chosen
}

pub(crate) fn normalise(weights: &mut Weights) {
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|weight| *weight /= total);
    } else {
        *weights = [0.0; MEMBERS];
        weights[MEAN] = 1.0;
    }
}
