//! When to order and how much: periodic review with a reorder point and an order-up-to level, (R, s, S) in Silver, Pyke and
//! Thomas 2017, §6. Stock is looked at every review period; what is ordered now must last until an order of the next review
//! arrives, so the reorder point covers lead time + review period, and an order fills up for one more review period.

use crate::demand::Demand;
use crate::outlook::Outlook;
use domain::proposal::ProposalState;
use domain::{
    AppliedOverride, Basis, DemandForecast, DemandOverride, Finding, FindingCode, Item, Proposal, Reason,
    Severity, SiteDefaults, StockLevel, Supplier, WantedLevel,
};
use std::collections::BTreeMap;
use units::{Day, ItemId, Money, OverrideId, Permille, ProposalId, Quantity};

/// What is known of one item.
#[derive(Clone, Copy, Debug)]
pub struct ItemInput<'a> {
    /// The item.
    pub item: &'a Item,
    /// Its stock; `None`: no file ever told.
    pub level: Option<StockLevel>,
    /// Its daily forecast (a weekly one is spread evenly over its days); days beyond the horizon repeat its last week.
    pub forecast: &'a DemandForecast,
    /// Who sells it, if known.
    pub supplier: Option<&'a Supplier>,
    /// What people expect instead of the forecast, on the days they speak of; those taken back are not heeded.
    pub overrides: &'a [DemandOverride],
    /// What a manager wants to be kept.
    pub wanted: WantedLevel,
}

/// How an item stands, whether it needs an order or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The numbers.
    pub reason: Reason,
    /// How much to order now; zero when available and on order are not below the reorder point.
    pub quantity: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// The latest day to order so that it arrives before the expected demand empties the shelf; today if that is past.
    pub order_by: Day,
    /// What will be missing, at cost, if the order is placed a review period later.
    pub cost_of_waiting: Money,
}

/// Lead times and review periods are cut here: two years; more is a typing error that must not make a loop long.
const SPAN_DAYS_MAX: i32 = 730;

/// How the item stands on `today`, and one finding for each fact that was assumed (its subject is the SKU). What is on order
/// is taken to arrive halfway through the lead time, since its date is not known.
pub fn assess(input: &ItemInput, defaults: &SiteDefaults, today: Day) -> (Assessment, Vec<Finding>) {
    assess_with(input, None, defaults, today)
}

/// [`assess`] with the item's weekly forecast, whose quantiles tell more of lumpy demand than those of a day: the mean is the
/// daily one's, the spread the weekly one's.
pub fn assess_with(
    input: &ItemInput,
    weekly: Option<&DemandForecast>,
    defaults: &SiteDefaults,
    today: Day,
) -> (Assessment, Vec<Finding>) {
    let (standing, findings) = Standing::new(input, weekly, defaults, today);
    (standing.assess(standing.service_level), findings)
}

/// An item before a service level is chosen: what is there, what is coming, what will be wanted.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// All but what follows from the service level.
    reason: Reason,
    /// The service level of the item, else of the site.
    pub service_level: Permille,
    /// The item has one of its own.
    pub own_service_level: bool,
    /// Demand over lead time + review period, and its mean.
    pub over_cover: Demand,
    expected: f64,
    next_review: f64,
    minimum: Quantity,
    /// Available + on order.
    pub position: Quantity,
    /// Orders come in multiples of this.
    pub pack_size: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// The item.
    pub item: ItemId,
    /// Who sells it.
    pub supplier: Option<units::SupplierId>,
    day: Day,
    order_by: Day,
    cost_of_waiting: Money,
}

impl Standing {
    /// Adds up what does not depend on a service level.
    pub fn new(
        input: &ItemInput,
        weekly: Option<&DemandForecast>,
        defaults: &SiteDefaults,
        today: Day,
    ) -> (Self, Vec<Finding>) {
        let item = input.item;
        let (mut assumed, mut findings) = (Vec::new(), Vec::new());
        let mut assume = |word: &'static str, code: FindingCode, detail: String| {
            assumed.push(word);
            findings.push(Finding::about(code, Severity::Warning, &item.sku, &detail));
        };
        let lead_time_days =
            item.lead_time_days.or(input.supplier.and_then(|supplier| supplier.lead_time_days));
        let lead_time_days = lead_time_days.unwrap_or_else(|| {
            let days = defaults.lead_time_days;
            assume("lead_time", FindingCode::AssumedLeadTime, format!("{days} days, the site's default"));
            days
        });
        let level = input.level.unwrap_or_else(|| {
            assume("on_hand", FindingCode::AssumedOnHand, "nothing on hand or on order".to_owned());
            StockLevel { item: item.id, ..StockLevel::default() }
        });
        let unit_cost = item.unit_cost.filter(|cost| cost.0 >= 0).unwrap_or_else(|| {
            assume(
                "unit_cost",
                FindingCode::AssumedUnitCost,
                format!("{}, the site's default", defaults.unit_cost),
            );
            defaults.unit_cost
        });
        let pack_size = item.pack_size.filter(|pack| pack.0 > 0).unwrap_or_else(|| {
            assume(
                "pack_size",
                FindingCode::AssumedPackSize,
                format!("{}, the site's default", defaults.pack_size),
            );
            Quantity(defaults.pack_size.0.max(1))
        });
        if supplier(input).is_none() {
            assume(
                "supplier",
                FindingCode::AssumedSupplier,
                "the order is for an unknown supplier".to_owned(),
            );
        }
        let lead = i32::from(lead_time_days).min(SPAN_DAYS_MAX);
        let review = i32::from(defaults.review_period_days).clamp(1, SPAN_DAYS_MAX);
        let cover = lead + review;
        let outlook = Outlook::new(input.forecast, weekly, input.overrides);
        let over_cover = outlook.over(today, cover, cover);
        let expected = outlook.mean_over(today, cover);
        let (available, on_order) = (level.available(), level.on_order);
        let position = available.plus(on_order);

        let arrival = lead / 2;
        let empty = empty_day(&outlook, available, on_order, today, arrival);
        let order_by = empty.map_or(today.plus(SPAN_DAYS_MAX), |day| day.plus(-lead)).max(today);
        let before = outlook.over(today, arrival, cover).above(available.to_f64());
        let after = outlook.over(today, lead, cover).above(position.to_f64());
        let missing_if = |days| outlook.over(today, days, cover).missing(position.to_f64());
        let waiting = Quantity::from_f64((missing_if(cover) - missing_if(lead)).max(0.0));
        let baseline: f64 = (0..cover).map(|ahead| outlook.baseline(today.plus(ahead))).sum();
        let reason = Reason {
            demand_per_day: expected / f64::from(cover),
            demand_over_cover: Quantity::from_f64(expected),
            baseline_over_cover: Quantity::from_f64(baseline),
            overrides: applied(&outlook, today, cover),
            available,
            on_order,
            lead_time_days: lead as u16,
            review_period_days: review as u16,
            stock_out_day: empty.filter(|day| *day <= outlook.end().max(today.plus(cover))),
            stock_out_chance: Permille((before.max(after) * 1000.0).round() as u16),
            pack_size,
            assumed,
            wanted: input.wanted,
            ..Reason::default()
        };
        let standing = Self {
            reason,
            service_level: item.service_level.unwrap_or(defaults.service_level),
            own_service_level: item.service_level.is_some(),
            over_cover,
            expected,
            next_review: outlook.mean_over(today.plus(cover), review),
            minimum: item.order_quantity_min.unwrap_or(Quantity::ZERO),
            position,
            pack_size,
            unit_cost,
            item: item.id,
            supplier: supplier(input),
            day: today,
            order_by,
            cost_of_waiting: unit_cost.times(waiting),
        };
        (standing, findings)
    }

    /// Safety stock, reorder point, order-up-to level and quantity at a service level.
    fn levels(&self, service_level: Permille) -> [Quantity; 4] {
        let service_level = Permille(service_level.0.clamp(500, 999));
        let covering = self.over_cover.covering(service_level.to_f64());
        let computed = Quantity::from_f64((covering - self.expected).max(0.0));
        // A manager's reorder point is a floor: what it adds is kept against what no figure knows. "No more than" is "below one more".
        let wanted = self.reason.wanted;
        let floor = wanted
            .reorder
            .map_or(Quantity::ZERO, |reorder| reorder.plus(Quantity(1)).minus(self.reason.demand_over_cover));
        let safety_stock = computed.max(floor);
        let reorder_point = self.reason.demand_over_cover.plus(safety_stock);
        let filled = reorder_point.plus(Quantity::from_f64(self.next_review));
        let order_up_to = wanted.most.map_or(filled, |most| filled.min(most).max(reorder_point));
        let quantity = if self.position < reorder_point {
            let wanted = order_up_to.minus(self.position).max(self.minimum);
            round_up(wanted, self.pack_size)
        } else {
            Quantity::ZERO
        };
        [safety_stock, reorder_point, order_up_to, quantity]
    }

    /// How much to order at a service level.
    pub fn wanted(&self, service_level: Permille) -> Quantity {
        self.levels(service_level)[3]
    }

    /// The least order there can be.
    pub fn least(&self) -> Quantity {
        round_up(self.minimum.max(Quantity(1)), self.pack_size)
    }

    /// The argument at a service level.
    pub fn assess(&self, service_level: Permille) -> Assessment {
        let [safety_stock, reorder_point, order_up_to, quantity] = self.levels(service_level);
        Assessment {
            reason: Reason {
                safety_stock,
                reorder_point,
                order_up_to,
                service_level: Permille(service_level.0.clamp(500, 999)),
                ..self.reason.clone()
            },
            quantity,
            unit_cost: self.unit_cost,
            order_by: self.order_by,
            cost_of_waiting: self.cost_of_waiting,
        }
    }

    /// A draft of so much.
    pub fn draft(&self, service_level: Permille, quantity: Quantity, basis: Basis) -> Proposal {
        let assessment = self.assess(service_level);
        Proposal {
            id: ProposalId(0),
            item: self.item,
            supplier: self.supplier,
            quantity,
            unit_cost: assessment.unit_cost,
            day: self.day,
            order_by: assessment.order_by,
            cost_of_waiting: assessment.cost_of_waiting,
            state: ProposalState::Draft,
            decided_at: None,
            decided_by: None,
            note: None,
            reason: Reason { basis, ..assessment.reason },
        }
    }
}

/// The part of each override within the first `cover` days.
fn applied(outlook: &Outlook, today: Day, cover: i32) -> Vec<AppliedOverride> {
    let mut sums: BTreeMap<OverrideId, (AppliedOverride, f64, f64)> = BTreeMap::new();
    for day in (0..cover).map(|ahead| today.plus(ahead)) {
        if let Some(one) = outlook.replaced_by(day) {
            let (_, baseline, value) = sums.entry(one.id).or_insert_with(|| {
                let applied = AppliedOverride {
                    id: one.id,
                    by: one.by.clone(),
                    from: one.from,
                    to: one.to,
                    baseline: Quantity::ZERO,
                    value: Quantity::ZERO,
                };
                (applied, 0.0, 0.0)
            });
            *baseline += outlook.baseline(day);
            *value += outlook.mean(day);
        }
    }
    sums.into_values()
        .map(|(applied, baseline, value)| AppliedOverride {
            baseline: Quantity::from_f64(baseline),
            value: Quantity::from_f64(value),
            ..applied
        })
        .collect()
}

/// A draft for each item whose available and ordered stock is below its reorder point, in the order of `inputs`, and the
/// findings of all items.
pub fn propose(inputs: &[ItemInput], defaults: &SiteDefaults, today: Day) -> (Vec<Proposal>, Vec<Finding>) {
    propose_with(inputs, &BTreeMap::new(), defaults, today)
}

/// [`propose`] with weekly forecasts for those items that have one; see [`assess_with`].
pub fn propose_with(
    inputs: &[ItemInput],
    weekly: &BTreeMap<ItemId, &DemandForecast>,
    defaults: &SiteDefaults,
    today: Day,
) -> (Vec<Proposal>, Vec<Finding>) {
    let (mut proposals, mut findings) = (Vec::new(), Vec::new());
    for input in inputs {
        let weekly = weekly.get(&input.item.id).copied();
        let (standing, mut found) = Standing::new(input, weekly, defaults, today);
        findings.append(&mut found);
        let wanted = standing.wanted(standing.service_level);
        if wanted > Quantity::ZERO {
            proposals.push(standing.draft(standing.service_level, wanted, Basis::Plan));
        }
    }
    (proposals, findings)
}

fn supplier(input: &ItemInput) -> Option<units::SupplierId> {
    input.supplier.map(|supplier| supplier.id).or(input.item.supplier)
}

/// The least multiple of `pack` that is at least `wanted`; held at the greatest that fits.
fn round_up(wanted: Quantity, pack: Quantity) -> Quantity {
    let packs = (i128::from(wanted.0) + i128::from(pack.0) - 1) / i128::from(pack.0);
    let most = i64::MAX / pack.0;
    Quantity(i64::try_from(packs).map_or(most, |packs| packs.clamp(0, most)) * pack.0)
}

/// The first day whose expected demand the shelf cannot meet.
fn empty_day(
    outlook: &Outlook,
    available: Quantity,
    on_order: Quantity,
    today: Day,
    arrival: i32,
) -> Option<Day> {
    let mut left = available.to_f64();
    for ahead in 0..SPAN_DAYS_MAX {
        if ahead == arrival {
            left += on_order.to_f64();
        }
        left -= outlook.mean(today.plus(ahead));
        // Below half a thousandth is rounding, not demand.
        if left < -0.000_5 {
            return Some(today.plus(ahead));
        }
    }
    None
}
