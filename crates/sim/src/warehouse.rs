//! The warehouse itself: what it keeps, from whom, and what is on the shelf on the last day.

use crate::catalogue::{Product, SUPPLIERS, ZoneKind, products};
use crate::chance::{between, hash, normal, unit};
use crate::orders::Habit;
use domain::{Item, OrderLine, StockLevel, Supplier};
use units::{Day, ItemId, Milli, Money, Permille, Quantity, Seed, SupplierId, ZoneId};

/// Days of history, the last one included.
pub const HISTORY_DAYS: i32 = 731;

/// A temperature zone of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its row.
    pub id: ZoneId,
    /// Its short code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its Chinese name.
    pub name_zh: &'static str,
    /// What it is.
    pub kind: ZoneKind,
    /// Floor, m².
    pub area_m2: u32,
    /// The coldest it should be, °C.
    pub target_min: Milli,
    /// The warmest it should be, °C.
    pub target_max: Milli,
}

/// A supplier and how reliable it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradePartner {
    /// The supplier as the item master knows it.
    pub supplier: Supplier,
    /// Its Chinese name.
    pub name_zh: String,
    /// Share of its deliveries that come on the promised day.
    pub on_time: Permille,
}

/// An item and what the item master has no field for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueItem {
    /// The item; what nobody ever entered is `None`.
    pub item: Item,
    /// Its Chinese name.
    pub name_zh: String,
    /// Where it is kept.
    pub zone: ZoneId,
    /// What a customer pays for a unit.
    pub price: Money,
    /// The first day it sold, where that is within the history.
    pub listed: Option<Day>,
    /// The first day it no longer sold.
    pub delisted: Option<Day>,
}

/// A seeded warehouse of 6,000 m², 400 items and two years of orders. The same seed and last day give the same bytes.
#[derive(Clone, Debug)]
pub struct Warehouse {
    seed: Seed,
    last_day: Day,
    zones: Vec<Zone>,
    suppliers: Vec<TradePartner>,
    items: Vec<CatalogueItem>,
    pub(crate) habits: Vec<Habit>,
    stock: Vec<StockLevel>,
}

/// What a question to [`hash`] is about, so that two questions of one item are two numbers.
pub(crate) mod topic {
    pub const SPEED: u64 = 1;
    pub const SLOW: u64 = 2;
    pub const LOT: u64 = 3;
    pub const TREND: u64 = 4;
    pub const LEVEL: u64 = 5;
    pub const PROMOTION: u64 = 6;
    pub const UPLIFT: u64 = 7;
    pub const SITE_DAY: u64 = 8;
    pub const LIFE: u64 = 9;
    pub const LIFE_ORDER: u64 = 10;
    pub const SUPPLIER: u64 = 11;
    pub const LEAD: u64 = 12;
    pub const MARGIN: u64 = 13;
    pub const GAP: u64 = 14;
    pub const MINIMUM: u64 = 15;
    pub const STOCK_ORDER: u64 = 16;
    pub const COVER: u64 = 17;
    pub const ALLOCATED: u64 = 18;
    pub const CUSTOMER: u64 = 19;
    pub const ORDERS: u64 = 20;
    pub const PHASE: u64 = 22;
}

impl Warehouse {
    /// The warehouse of a seed, its history ending with `last_day`. Orders are made when asked for, so this is cheap.
    pub fn new(seed: Seed, last_day: Day) -> Self {
        let products = products();
        let first_day = last_day.plus(1 - HISTORY_DAYS);
        let habits = crate::orders::habits(seed, first_day, last_day, &products);
        let items = items(seed, first_day, &products, &habits);
        let mut warehouse =
            Self { seed, last_day, zones: zones(), suppliers: suppliers(), items, habits, stock: Vec::new() };
        warehouse.stock = warehouse.shelves();
        warehouse
    }

    /// The seed.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The first day of the history.
    pub fn first_day(&self) -> Day {
        self.last_day.plus(1 - HISTORY_DAYS)
    }

    /// The last day of the history; the day [`stock`](Self::stock) is as of.
    pub fn last_day(&self) -> Day {
        self.last_day
    }

    /// The three temperature zones, 6,000 m² together.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The 18 suppliers.
    pub fn suppliers(&self) -> &[TradePartner] {
        &self.suppliers
    }

    /// The 400 items, by id.
    pub fn items(&self) -> &[CatalogueItem] {
        &self.items
    }

    /// What is on the shelf at the end of the last day; a few items have no row, as in life.
    pub fn stock(&self) -> &[StockLevel] {
        &self.stock
    }

    /// The history, day by day.
    pub fn order_lines(&self) -> impl Iterator<Item = (Day, Vec<OrderLine>)> + '_ {
        (0..HISTORY_DAYS).map(|offset| {
            let day = self.first_day().plus(offset);
            (day, self.orders_on(day))
        })
    }

    /// The shelf of each item, made so that about one in fifteen runs out before an order could arrive, one in seven is due for
    /// an order and a few have far too much.
    fn shelves(&self) -> Vec<StockLevel> {
        let seed = self.seed.0;
        // Ranks instead of chances: every seed has the same shares of troubles, on other items.
        let mut active: Vec<usize> =
            (0..self.items.len()).filter(|i| self.items[*i].delisted.is_none()).collect();
        active.sort_by_key(|i| hash(&[seed, topic::STOCK_ORDER, *i as u64]));
        let mut rank = vec![None; self.items.len()];
        for (position, i) in active.iter().enumerate() {
            rank[*i] = Some(position);
        }
        let share = |position: usize| position as f64 / active.len().max(1) as f64;

        let mut stock = Vec::with_capacity(self.items.len());
        for (i, entry) in self.items.iter().enumerate() {
            let id = i as u64;
            let habit = &self.habits[i];
            let ask = |what: u64| [seed, what, id];
            let lead = i32::from(entry.item.lead_time_days.unwrap_or(habit.lead_days));
            let horizon = lead + 7;
            let expected = |days: i32| -> f64 {
                (1..=days).map(|ahead| self.expected_units(entry.item.id, self.last_day.plus(ahead))).sum()
            };
            let over_lead = expected(lead);
            let over_cover = expected(horizon);
            let daily = (over_cover / f64::from(horizon)).max(0.001);
            let safety = 2.3 * (habit.variance_ratio() * over_cover).sqrt();
            let pack = habit.pack as f64;
            let luck = unit(&ask(topic::COVER));

            let (on_hand, on_order) = match rank[i].map(share) {
                // No longer sold: a rest nobody cleared.
                None => (between(0.0, 6.0, &ask(topic::COVER)).floor() * pack / 2.0, 0.0),
                Some(share) if share < 0.065 => (over_lead * (0.02 + 0.4 * luck), 0.0),
                Some(share) if share < 0.215 => ((over_cover + safety) * (0.78 + 0.2 * luck), 0.0),
                Some(share) if share < 0.335 => {
                    let coming = ((over_cover / pack).ceil() * pack).max(pack);
                    ((over_lead + safety + 2.0 * daily) * (1.0 + 0.3 * luck), coming)
                }
                Some(share) if share < 0.385 => (over_cover + safety + daily * (120.0 + 160.0 * luck), 0.0),
                Some(_) => {
                    let spare = if entry.zone == ZoneId(2) { 2.0 + 6.0 * luck } else { 6.0 + 30.0 * luck };
                    (over_cover + safety + daily * spare, 0.0)
                }
            };
            // No row in the stock file: counted by nobody. Never one of the troubles, so their share holds.
            if rank[i].is_some_and(|position| share(position) > 0.98) {
                continue;
            }
            let on_hand = on_hand.round() as i64;
            let promised = if unit(&ask(topic::ALLOCATED)) < 0.4 {
                (daily * between(0.2, 0.9, &ask(topic::ALLOCATED))).floor() as i64
            } else {
                0
            };
            stock.push(StockLevel {
                item: entry.item.id,
                on_hand: Quantity::of(on_hand),
                // A shop is promised what lies there, never more.
                allocated: Quantity::of(promised.min(on_hand)),
                on_order: Quantity::of(on_order as i64),
                unusable: Quantity::ZERO,
                as_of: Some(self.last_day),
            });
        }
        stock
    }
}

fn zones() -> Vec<Zone> {
    let zone = |id, code, name, name_zh, kind, area_m2, min, max| Zone {
        id: ZoneId(id),
        code,
        name,
        name_zh,
        kind,
        area_m2,
        target_min: Milli(min),
        target_max: Milli(max),
    };
    vec![
        zone(1, "AMB", "Ambient hall", "常温库", ZoneKind::Ambient, 4_200, 15_000, 25_000),
        zone(2, "CHL", "Chilled room", "冷藏库", ZoneKind::Chilled, 1_200, 2_000, 6_000),
        zone(3, "FRZ", "Freezer", "冷冻库", ZoneKind::Frozen, 600, -25_000, -18_000),
    ]
}

fn suppliers() -> Vec<TradePartner> {
    (1..)
        .zip(SUPPLIERS)
        .map(|(id, (code, name, name_zh, lead, on_time))| TradePartner {
            supplier: Supplier {
                id: SupplierId(id),
                code: code.to_owned(),
                name: name.to_owned(),
                lead_time_days: Some(lead),
            },
            name_zh: name_zh.to_owned(),
            on_time: Permille(on_time),
        })
        .collect()
}

fn items(seed: Seed, first_day: Day, products: &[Product], habits: &[Habit]) -> Vec<CatalogueItem> {
    let mut next_in_zone = [1000; 3];
    let mut by_speed: Vec<usize> = (0..habits.len()).collect();
    by_speed.sort_by(|a, b| habits[*b].lines_per_day.total_cmp(&habits[*a].lines_per_day));
    let mut speed_rank = vec![0; habits.len()];
    for (rank, i) in by_speed.into_iter().enumerate() {
        speed_rank[i] = rank;
    }
    let mut items = Vec::with_capacity(products.len());
    for (i, (product, habit)) in products.iter().zip(habits).enumerate() {
        let ask = |what: u64| [seed.0, what, i as u64];
        let (zone, letter) = match product.zone {
            ZoneKind::Ambient => (0, 'A'),
            ZoneKind::Chilled => (1, 'C'),
            ZoneKind::Frozen => (2, 'F'),
        };
        next_in_zone[zone] += 1;
        // What a clerk forgot to enter: a different gap for each field.
        let gap = |field: u64, share: f64| unit(&[seed.0, topic::GAP, i as u64, field]) < share;
        let cost = (product.cost as f64 * (1.0 + 0.02 * normal(&ask(topic::LEAD)))).round() as i64;
        let price = (cost as f64 * between(1.18, 1.38, &ask(topic::MARGIN))).round() as i64;
        let minimum = unit(&ask(topic::MINIMUM)) < 0.3;
        let service = match speed_rank[i] * 10 / habits.len().max(1) {
            0..=1 => 975,
            2..=4 => 950,
            _ => 900,
        };
        items.push(CatalogueItem {
            item: Item {
                id: ItemId(i as i64 + 1),
                sku: format!("{letter}{}", next_in_zone[zone]),
                name: product.name.clone(),
                category: (!gap(1, 0.01)).then(|| product.category.to_owned()),
                unit_of_measure: Some("EA".to_owned()),
                unit_cost: (!gap(2, 0.03)).then_some(Money(cost)),
                supplier: (!gap(3, 0.02)).then_some(SupplierId(habit.supplier as i64)),
                lead_time_days: (!gap(4, 0.04)).then_some(habit.lead_days),
                pack_size: (!gap(5, 0.02)).then_some(Quantity::of(habit.pack)),
                order_quantity_min: minimum
                    .then(|| Quantity::of(habit.pack * (2 + (unit(&ask(topic::MINIMUM)) * 20.0) as i64))),
                service_level: (!gap(6, 0.15)).then_some(Permille(service)),
            },
            name_zh: product.name_zh.clone(),
            zone: ZoneId(zone as i64 + 1),
            price: Money(price),
            listed: habit.listed.filter(|day| *day > first_day),
            delisted: habit.delisted,
        });
    }
    items
}
