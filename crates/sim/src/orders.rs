//! How each item sells, and the orders of any one day.
//!
//! Every day is made by itself from (seed, day), so a day of the history and a day of the running demo come from one function
//! and in any order. Expected lines = speed × weekday × season × trend × wandering level × promotion × event × life.

use crate::calendar::{days_since_black_friday, days_to_new_year};
use crate::catalogue::{Product, SUPPLIERS, Season};
use crate::chance::{between, geometric, hash, normal, normal_of, poisson, unit};
use crate::warehouse::{HISTORY_DAYS, Warehouse, topic};
use domain::OrderLine;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use units::{Day, ItemId, Money, Quantity, Seed};

/// Lines of the whole history that the speeds are scaled to, before season, events and life bend it.
const LINES: f64 = 285_000.0;
/// Lines of an order, on average.
const LINES_PER_ORDER: usize = 7;
/// Shops that order.
const CUSTOMERS: u64 = 120;
/// An item does not stand on more orders a day.
const LINES_PER_ITEM_AND_DAY_MAX: u32 = 60;

/// Monday to Sunday: shops fill up before the weekend and after it.
const WEEKDAYS: [f64; 7] = [1.16, 0.94, 0.93, 1.09, 1.38, 1.06, 0.44];

/// How one item sells.
#[derive(Clone, Debug)]
pub(crate) struct Habit {
    /// Order lines on an average day.
    pub lines_per_day: f64,
    pub slow: bool,
    /// Units a customer takes at a time; a line is one or more lots.
    pub lot: i64,
    /// The chance that a line is one lot more, each time.
    more: f64,
    pub pack: i64,
    season: Season,
    /// Days the season is early or late.
    phase: f64,
    /// Growth a year, as a logarithm.
    trend: f64,
    /// Times as much the week before Chinese New Year.
    new_year: f64,
    /// Times as much on Black Friday.
    black_friday: f64,
    /// Share of weeks in promotion.
    promoted: f64,
    /// Times as much in promotion.
    uplift: f64,
    pub listed: Option<Day>,
    pub delisted: Option<Day>,
    /// 1-based row of the supplier.
    pub supplier: usize,
    pub lead_days: u16,
}

impl Habit {
    /// Units a line has, on average.
    pub fn units_per_line(&self) -> f64 {
        self.lot as f64 * (1.0 + self.more / (1.0 - self.more))
    }

    /// Variance of a day's units over their mean, for a compound Poisson with the extra spread of [`Warehouse::orders_on`].
    pub fn variance_ratio(&self) -> f64 {
        let mean = 1.0 / (1.0 - self.more);
        let square = self.more / (1.0 - self.more).powi(2) + mean * mean;
        1.2 * self.lot as f64 * square / mean
    }
}

pub(crate) fn habits(seed: Seed, first_day: Day, last_day: Day, products: &[Product]) -> Vec<Habit> {
    let seed = seed.0;
    // Ranks instead of chances, so that every seed has as many new and discontinued items.
    let mut order: Vec<usize> = (0..products.len()).collect();
    order.sort_by_key(|i| hash(&[seed, topic::LIFE_ORDER, *i as u64]));
    let mut life_rank = vec![0; products.len()];
    for (rank, i) in order.into_iter().enumerate() {
        life_rank[i] = rank;
    }
    let mut habits: Vec<Habit> = products
        .iter()
        .enumerate()
        .map(|(i, product)| {
            let ask = |what: u64| [seed, what, i as u64];
            let slow = unit(&ask(topic::SLOW)) < 0.22;
            let lines_per_day = if slow {
                0.03 + 0.19 * unit(&ask(topic::SPEED)).powi(2)
            } else {
                product.popularity * (0.75 * normal(&ask(topic::SPEED))).exp()
            };
            let lot = if slow || product.cost > 900 { 1 } else { (product.pack / 2).max(1) };
            let (listed, delisted) = match life_rank[i] {
                0..20 => (Some(last_day.plus(-(between(20.0, 240.0, &ask(topic::LIFE)) as i32))), None),
                20..34 => (None, Some(last_day.plus(-(between(40.0, 400.0, &ask(topic::LIFE)) as i32)))),
                _ => (None, None),
            };
            let pick = unit(&ask(topic::SUPPLIER));
            let supplier = product.suppliers[if pick < 0.68 {
                0
            } else if pick < 0.88 {
                1
            } else {
                2
            }];
            let usual = SUPPLIERS[supplier - 1].3;
            let own = f64::from(usual) * between(0.7, 1.3, &ask(topic::LEAD));
            let lead_days =
                if unit(&ask(topic::PHASE)) < 0.7 { usual } else { (own.round() as u16).clamp(2, 45) };
            Habit {
                lines_per_day,
                slow,
                lot,
                more: between(0.15, 0.5, &ask(topic::LOT)) + if slow { 0.2 } else { 0.0 },
                pack: product.pack,
                season: product.season,
                phase: 18.0 * normal(&ask(topic::PHASE)),
                trend: 0.03 + 0.10 * normal(&ask(topic::TREND)),
                new_year: match (product.new_year, product.gift) {
                    (true, true) => between(4.0, 6.5, &ask(topic::UPLIFT)),
                    (true, false) => between(1.5, 2.4, &ask(topic::UPLIFT)),
                    (false, _) => 1.08,
                },
                black_friday: if product.black_friday {
                    between(2.4, 4.0, &ask(topic::UPLIFT))
                } else {
                    1.05
                },
                promoted: if slow { 0.0 } else { between(0.02, 0.10, &ask(topic::PROMOTION)) },
                uplift: between(1.5, 2.8, &ask(topic::MARGIN)),
                listed,
                delisted,
                supplier,
                lead_days,
            }
        })
        .collect();
    let fast: f64 = habits.iter().filter(|habit| !habit.slow).map(|habit| habit.lines_per_day).sum();
    let slow: f64 = habits.iter().filter(|habit| habit.slow).map(|habit| habit.lines_per_day).sum();
    let days = f64::from(last_day.0 - first_day.0 + 1).max(1.0);
    let scale = (LINES / days - slow) / fast.max(1.0);
    for habit in habits.iter_mut().filter(|habit| !habit.slow) {
        habit.lines_per_day *= scale;
    }
    habits
}

/// The move before and after Chinese New Year, for an item that sells `peak` times as much a week before it.
fn new_year_factor(day: Day, peak: f64) -> f64 {
    match days_to_new_year(day) {
        Some(ahead @ 1..=24) => 1.0 + (peak - 1.0) * (-(f64::from(ahead - 7) / 6.5).powi(2)).exp(),
        // Shops are shut, then slow to start.
        Some(-3..=0) => 0.30,
        Some(-7..=-4) => 0.6,
        Some(-14..=-8) => 0.88,
        _ => 1.0,
    }
}

/// The week of Black Friday, for an item that sells `peak` times as much on the day.
fn black_friday_factor(day: Day, peak: f64) -> f64 {
    let share = match days_since_black_friday(day) {
        Some(-4..=-1) => 0.25,
        Some(0) => 1.0,
        Some(1..=2) => 0.55,
        Some(3) => 0.6,
        // What was bought then is not bought now.
        Some(4..=10) if peak > 1.5 => return 0.82,
        _ => return 1.0,
    };
    1.0 + (peak - 1.0) * share
}

fn season_factor(season: Season, day: Day, phase: f64) -> f64 {
    let (year, _, _) = day.civil();
    let of_year = Day::from_civil(year, 1, 1).map_or(0.0, |first| f64::from(day.0 - first.0));
    let wave =
        |peak: f64, size: f64| 1.0 + size * (std::f64::consts::TAU * (of_year - peak - phase) / 365.25).cos();
    match season {
        Season::Flat => wave(330.0, 0.05),
        Season::Summer => wave(198.0, 0.48),
        Season::Winter => wave(12.0, 0.30),
    }
}

impl Warehouse {
    fn item_index(&self, item: ItemId) -> Option<usize> {
        usize::try_from(item.0).ok()?.checked_sub(1).filter(|i| *i < self.habits.len())
    }

    /// Whether the item is in promotion on that day; a promotion runs from Monday to Sunday.
    pub fn promoted(&self, item: ItemId, day: Day) -> bool {
        self.item_index(item).is_some_and(|i| self.week_promoted(i, day.week_start()))
    }

    fn week_promoted(&self, i: usize, monday: Day) -> bool {
        let week = i64::from(monday.0) as u64;
        unit(&[self.seed().0, topic::PROMOTION, i as u64, week]) < self.habits[i].promoted
    }

    /// The true mean demand of an item on a day, whole units: what a perfect forecast would say. 0 for an unknown item.
    pub fn expected_units(&self, item: ItemId, day: Day) -> f64 {
        self.item_index(item).map_or(0.0, |i| self.expected_lines(i, day) * self.habits[i].units_per_line())
    }

    fn expected_lines(&self, i: usize, day: Day) -> f64 {
        let habit = &self.habits[i];
        let life = match (habit.listed, habit.delisted) {
            (Some(listed), _) if day < listed => return 0.0,
            (_, Some(delisted)) if day >= delisted => return 0.0,
            // A new item takes four weeks to find its buyers.
            (Some(listed), _) => (0.25 + 0.75 * f64::from(day.0 - listed.0) / 28.0).min(1.0),
            // One on its way out is no longer in every shop.
            (_, Some(delisted)) => (0.3 + 0.7 * f64::from(delisted.0 - day.0) / 42.0).min(1.0),
            _ => 1.0,
        };
        let monday = day.week_start();
        let promotion = if self.week_promoted(i, monday) {
            habit.uplift
        } else if self.week_promoted(i, monday.plus(-7)) {
            0.86
        } else {
            1.0
        };
        // The level wanders: a value every four weeks, straight lines between, so that any day can be asked.
        let knot = day.0.div_euclid(28);
        let within = f64::from(day.0.rem_euclid(28)) / 28.0;
        let at = |knot: i32| normal(&[self.seed().0, topic::LEVEL, i as u64, i64::from(knot) as u64]);
        let wander = at(knot) * (1.0 - within) + at(knot + 1) * within;
        let years = f64::from(day.0 - self.first_day().0) / 365.25;
        let weekday = WEEKDAYS[day.weekday() as usize % 7];
        habit.lines_per_day
            * weekday
            * season_factor(habit.season, day, habit.phase)
            * (habit.trend * years + 0.11 * wander).exp()
            * promotion
            * new_year_factor(day, habit.new_year)
            * black_friday_factor(day, habit.black_friday)
            * life
    }

    /// The order lines of any day, also one after the history: sorted by order number, each item at most once an order.
    pub fn orders_on(&self, day: Day) -> Vec<OrderLine> {
        let seed = self.seed().0;
        let day_word = i64::from(day.0) as u64;
        let mut rng = ChaCha8Rng::seed_from_u64(hash(&[seed, topic::ORDERS, day_word]));
        let site = (0.06 * normal(&[seed, topic::SITE_DAY, day_word])).exp();
        let mut wanted: Vec<(usize, u32)> = Vec::with_capacity(self.habits.len());
        let mut total = 0;
        for i in 0..self.habits.len() {
            // Wider than Poisson, as retail is: the mean itself moves from day to day.
            let spread = 1.0 + 0.25 * normal_of(rng.next_u64());
            let mean = self.expected_lines(i, day) * site * spread.max(0.2);
            let lines = poisson(mean, &mut rng).min(LINES_PER_ITEM_AND_DAY_MAX);
            if lines > 0 {
                wanted.push((i, lines));
                total += lines as usize;
            }
        }
        let (year, month, of_month) = day.civil();
        let orders = (total / LINES_PER_ORDER).max(12);
        let mut placed: Vec<(usize, usize, i64)> = Vec::with_capacity(total);
        for (i, lines) in wanted {
            let habit = &self.habits[i];
            let start = rng.random_range(0..orders);
            let lines = (lines as usize).min(orders);
            // A step that visits each order at most once keeps an item from standing twice on one order.
            let step = (orders / lines).max(1);
            for line in 0..lines {
                let lots = 1 + geometric(1.0 - habit.more, &mut rng);
                placed.push(((start + line * step) % orders, i, lots * habit.lot));
            }
        }
        placed.sort_unstable();
        placed
            .into_iter()
            .map(|(order, i, units)| {
                let entry = &self.items()[i];
                let shop = hash(&[seed, topic::CUSTOMER, day_word, order as u64]) % CUSTOMERS + 1;
                let list = entry.price.times(Quantity::of(units));
                let net = if self.promoted(entry.item.id, day) { Money(list.0 * 85 / 100) } else { list };
                OrderLine {
                    order_ref: format!("SO{:02}{month:02}{of_month:02}-{:03}", year % 100, order + 1),
                    day,
                    sku: entry.item.sku.clone(),
                    quantity: Quantity::of(units),
                    net_amount: Some(net),
                    customer: Some(format!("C{shop:03}")),
                }
            })
            .collect()
    }
}

const _: () = assert!(HISTORY_DAYS == 731, "two years with a leap day: both years' seasons are whole");
