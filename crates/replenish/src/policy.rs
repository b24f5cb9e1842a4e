//! When to order and how much: periodic review with a reorder point and an order-up-to level, (R, s, S) in Silver, Pyke and
//! Thomas 2017, §6. Stock is looked at every review period; what is ordered now must last until an order of the next review
//! arrives, so the reorder point covers lead time + review period, and an order fills up for one more review period.

use crate::outlook::Outlook;
use domain::proposal::ProposalState;
use domain::{
    DemandForecast, Finding, FindingCode, Item, Proposal, Reason, Severity, SiteDefaults, StockLevel,
    Supplier,
};
use std::collections::BTreeMap;
use units::{Day, ItemId, Money, Permille, ProposalId, Quantity};

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
    let item = input.item;
    let (mut assumed, mut findings) = (Vec::new(), Vec::new());
    let mut assume = |word: &'static str, code: FindingCode, detail: String| {
        assumed.push(word);
        findings.push(Finding::about(code, Severity::Warning, &item.sku, &detail));
    };
    let lead_time_days = item.lead_time_days.or(input.supplier.and_then(|supplier| supplier.lead_time_days));
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
        assume("supplier", FindingCode::AssumedSupplier, "the order is for an unknown supplier".to_owned());
    }
    let service_level = item.service_level.unwrap_or(defaults.service_level);
    let service_level = Permille(service_level.0.clamp(500, 999));

    let lead = i32::from(lead_time_days).min(SPAN_DAYS_MAX);
    let review = i32::from(defaults.review_period_days).clamp(1, SPAN_DAYS_MAX);
    let cover = lead + review;
    let outlook = Outlook::new(input.forecast, weekly);
    let over_cover = outlook.over(today, cover, cover);
    let expected = outlook.mean_over(today, cover);
    let demand_over_cover = Quantity::from_f64(expected);
    let safety_stock = Quantity::from_f64((over_cover.covering(service_level.to_f64()) - expected).max(0.0));
    let reorder_point = demand_over_cover.plus(safety_stock);
    let next_review = outlook.mean_over(today.plus(cover), review);
    let order_up_to = reorder_point.plus(Quantity::from_f64(next_review));
    let (available, on_order) = (level.available(), level.on_order);
    let position = available.plus(on_order);
    let quantity = if position < reorder_point {
        let wanted = order_up_to.minus(position).max(item.order_quantity_min.unwrap_or(Quantity::ZERO));
        round_up(wanted, pack_size)
    } else {
        Quantity::ZERO
    };

    let arrival = lead / 2;
    let empty = empty_day(&outlook, available, on_order, today, arrival);
    let order_by = empty.map_or(today.plus(SPAN_DAYS_MAX), |day| day.plus(-lead)).max(today);
    let before = outlook.over(today, arrival, cover).above(available.to_f64());
    let after = outlook.over(today, lead, cover).above(position.to_f64());
    let missing_if = |days| outlook.over(today, days, cover).missing(position.to_f64());
    let waiting = Quantity::from_f64((missing_if(cover) - missing_if(lead)).max(0.0));
    let assessment = Assessment {
        reason: Reason {
            demand_per_day: expected / f64::from(cover),
            demand_over_cover,
            safety_stock,
            reorder_point,
            order_up_to,
            available,
            on_order,
            lead_time_days: lead as u16,
            review_period_days: review as u16,
            service_level,
            stock_out_day: empty.filter(|day| *day <= outlook.end().max(today.plus(cover))),
            stock_out_chance: Permille((before.max(after) * 1000.0).round() as u16),
            pack_size,
            assumed,
        },
        quantity,
        unit_cost,
        order_by,
        cost_of_waiting: unit_cost.times(waiting),
    };
    (assessment, findings)
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
        let (assessment, mut found) = assess_with(input, weekly, defaults, today);
        findings.append(&mut found);
        if assessment.quantity > Quantity::ZERO {
            proposals.push(Proposal {
                id: ProposalId(0),
                item: input.item.id,
                supplier: supplier(input),
                quantity: assessment.quantity,
                unit_cost: assessment.unit_cost,
                day: today,
                order_by: assessment.order_by,
                cost_of_waiting: assessment.cost_of_waiting,
                state: ProposalState::Draft,
                decided_at: None,
                decided_by: None,
                note: None,
                reason: assessment.reason,
            });
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
