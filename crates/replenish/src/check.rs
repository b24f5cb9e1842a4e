//! A proposal's figures, computed again from its own reasons. Shares no code with `policy`.

use domain::{Basis, DemandForecast, DemandOverride, OverrideChange, Proposal};
use units::{Day, Quantity};

/// A figure that does not follow from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Which figure.
    pub figure: &'static str,
    /// What the proposal says.
    pub says: String,
    /// What follows from its reasons.
    pub follows: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: the proposal says {}, its reasons give {}", self.figure, self.says, self.follows)
    }
}

impl std::error::Error for Mismatch {}

const WORDS: [&str; 5] = ["lead_time", "on_hand", "unit_cost", "pack_size", "supplier"];

/// Whether a proposal, its quantity not changed by a person, follows from its reasons: the first figure that does not is the
/// error. Without the item's minimum, an order may be larger than its reasons say, never smaller; see [`check_with_minimum`].
pub fn check(proposal: &Proposal) -> Result<(), Mismatch> {
    let why = &proposal.reason;
    let holds = |holds: bool, figure: &'static str, says: String, follows: String| {
        if holds { Ok(()) } else { Err(Mismatch { figure, says, follows }) }
    };
    let days = i64::from(why.lead_time_days) + i64::from(why.review_period_days);
    let demand = (why.demand_per_day * days as f64 * 1000.0).round();
    let thousandths = |value: i128| format!("{value} thousandths");
    holds(
        why.demand_per_day.is_finite()
            && (why.demand_over_cover.0 as f64 - demand).abs() <= 1.0 + demand.abs() * 1e-9,
        "demand_over_cover",
        why.demand_over_cover.to_string(),
        format!("{} a day for {days} days", why.demand_per_day),
    )?;
    let moved: i128 =
        why.overrides.iter().map(|one| i128::from(one.value.0) - i128::from(one.baseline.0)).sum();
    let instead = i128::from(why.baseline_over_cover.0) + moved;
    let rounded = 2 + 2 * why.overrides.len() as i128;
    holds(
        (i128::from(why.demand_over_cover.0) - instead).abs() <= rounded,
        "overrides",
        why.demand_over_cover.to_string(),
        format!("{}, the baseline of {} with its overrides", thousandths(instead), why.baseline_over_cover),
    )?;
    holds(
        why.safety_stock.0 >= 0,
        "safety_stock",
        why.safety_stock.to_string(),
        "nothing negative".to_owned(),
    )?;
    let point = i128::from(why.demand_over_cover.0) + i128::from(why.safety_stock.0);
    holds(
        i128::from(why.reorder_point.0) == point,
        "reorder_point",
        why.reorder_point.to_string(),
        thousandths(point),
    )?;
    holds(
        why.order_up_to.0 >= why.reorder_point.0,
        "order_up_to",
        why.order_up_to.to_string(),
        format!("at least {}", why.reorder_point),
    )?;
    if let Some(reorder) = why.wanted.reorder {
        holds(
            why.reorder_point > reorder,
            "reorder_point",
            why.reorder_point.to_string(),
            format!("more than the {reorder} that a manager wants"),
        )?;
    }
    if let Some(most) = why.wanted.most {
        holds(
            why.order_up_to <= most.max(why.reorder_point),
            "order_up_to",
            why.order_up_to.to_string(),
            format!("no more than the {most} that a manager wants"),
        )?;
    }
    let have = i128::from(why.available.0) + i128::from(why.on_order.0);
    holds(
        have < point,
        "reorder_point",
        why.reorder_point.to_string(),
        format!("no order: {} are there or coming", thousandths(have)),
    )?;
    let (pack, quantity) = (i128::from(why.pack_size.0), i128::from(proposal.quantity.0));
    holds(pack > 0, "pack_size", why.pack_size.to_string(), "more than nothing".to_owned())?;
    holds(
        quantity > 0 && quantity % pack == 0,
        "quantity",
        proposal.quantity.to_string(),
        format!("a multiple of {}", why.pack_size),
    )?;
    let need = i128::from(why.order_up_to.0) - have;
    // A budget may leave an order short of its need.
    let limited = matches!(why.basis, Basis::WhatIf { budget: Some(_) });
    holds(
        quantity >= need || limited,
        "quantity",
        proposal.quantity.to_string(),
        format!("at least {}", thousandths(need)),
    )?;
    holds(
        proposal.order_by >= proposal.day,
        "order_by",
        proposal.order_by.to_string(),
        format!("{} or later", proposal.day),
    )?;
    if let Some(day) = why.stock_out_day {
        holds(day >= proposal.day, "stock_out_day", day.to_string(), format!("{} or later", proposal.day))?;
    }
    holds(
        why.stock_out_chance.0 <= 1000,
        "stock_out_chance",
        why.stock_out_chance.0.to_string(),
        "at most 1000".to_owned(),
    )?;
    holds(
        (500..=999).contains(&why.service_level.0),
        "service_level",
        why.service_level.0.to_string(),
        "from 500 to 999".to_owned(),
    )?;
    holds(
        proposal.cost_of_waiting.0 >= 0,
        "cost_of_waiting",
        proposal.cost_of_waiting.to_string(),
        "nothing negative".to_owned(),
    )?;
    for (index, word) in why.assumed.iter().enumerate() {
        let known = WORDS.contains(word) && !why.assumed[..index].contains(word);
        holds(known, "assumed", (*word).to_owned(), format!("each of {WORDS:?} at most once"))?;
    }
    Ok(())
}

/// [`check`], and that the order is not a pack larger than what is needed or the item's least order, whichever is more.
pub fn check_with_minimum(proposal: &Proposal, minimum: Option<Quantity>) -> Result<(), Mismatch> {
    check(proposal)?;
    let why = &proposal.reason;
    let need = i128::from(why.order_up_to.0) - i128::from(why.available.0) - i128::from(why.on_order.0);
    let need = need.max(minimum.map_or(0, |minimum| i128::from(minimum.0)));
    let pack = i128::from(why.pack_size.0);
    let follows = need.div_euclid(pack) * pack + if need.rem_euclid(pack) > 0 { pack } else { 0 };
    let limited = matches!(why.basis, Basis::WhatIf { budget: Some(_) });
    let least = minimum.map_or(1, |minimum| i128::from(minimum.0));
    let quantity = i128::from(proposal.quantity.0);
    if quantity == follows || limited && (least..=follows).contains(&quantity) {
        return Ok(());
    }
    let says = proposal.quantity.to_string();
    Err(Mismatch { figure: "quantity", says, follows: format!("{follows} thousandths") })
}

/// That the expected demand is what the forecast and the overrides on record say of the days, added up day by day.
pub fn check_demand(
    proposal: &Proposal,
    forecast: &DemandForecast,
    overrides: &[DemandOverride],
) -> Result<(), Mismatch> {
    let grain = forecast.grain.days();
    let steps = forecast.mean.len() as i64;
    let of_day = |day: Day| -> f64 {
        if steps == 0 {
            return 0.0;
        }
        let week = if grain == 1 { steps.min(7) } else { 1 };
        let mut step = (i64::from(day.0) - i64::from(forecast.start.0)).div_euclid(i64::from(grain));
        while step >= steps {
            step -= week;
        }
        while step < 0 {
            step += week;
        }
        forecast.mean[step as usize].max(0.0) / f64::from(grain)
    };
    let mut expected = 0.0;
    let days = i32::from(proposal.reason.lead_time_days) + i32::from(proposal.reason.review_period_days);
    for day in (0..days).map(|ahead| proposal.day.plus(ahead)) {
        let newest = overrides
            .iter()
            .filter(|one| one.cleared.is_none() && one.from <= day && day <= one.to)
            .max_by_key(|one| one.id);
        expected += match newest.map(|one| (one, one.change)) {
            None => of_day(day),
            Some((_, OverrideChange::Percent(percent))) => {
                of_day(day) * (f64::from(percent) + 100.0).max(0.0) / 100.0
            }
            Some((one, OverrideChange::Total(total))) => {
                let span: f64 = (one.from.0..=one.to.0).map(|day| of_day(Day(day))).sum();
                let share =
                    if span > 1e-9 { of_day(day) / span } else { 1.0 / f64::from(one.to.0 - one.from.0 + 1) };
                total.to_f64().max(0.0) * share
            }
        };
    }
    let says = proposal.reason.demand_over_cover;
    if (says.to_f64() - expected).abs() <= 0.002 + expected.abs() * 1e-9 {
        return Ok(());
    }
    let follows = format!("{expected:.3} from the forecast and the overrides on record");
    Err(Mismatch { figure: "demand_over_cover", says: says.to_string(), follows })
}
