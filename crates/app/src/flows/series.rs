//! Series of demand as forecasts and pages see them: what was ordered, on days the site traded, where there was something to
//! sell.
//!
//! The shelf comes in here and no further: days without stock go to `forecast` as what is missing, with an estimate of what was
//! asked for and not had.

use crate::failure::{Failure, Result};
use crate::open::Inner;
use domain::{Grain, Group, Series};
use forecast::series::Censored;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use units::{Day, ItemId, Quantity, Stop};

#[cfg(test)]
mod tests;

/// Of the days that books call empty, the share on which something was sold all the same: above it the books are not believed.
const CONTRADICTED_MAX: f64 = 0.1;

/// The span of the order history and the days on which nobody ordered anything.
pub(crate) struct Traded {
    pub span: (Day, Day),
    pub closed: BTreeSet<Day>,
}

impl Traded {
    /// Of this site.
    pub fn read(inner: &Inner, span: (Day, Day)) -> Result<Self> {
        let traded = inner.store.records.site_demand(span.0, span.1)?;
        let closed = forecast::series::closed_days(traded.iter().map(|total| total.day), span);
        Ok(Self { span, closed })
    }

    /// An item's series in both grains, days first, and the days it could not be had. `on_hand` is what there was at the end
    /// of each day that changed it.
    pub fn series(
        &self,
        item: ItemId,
        sums: &[(Day, Quantity)],
        on_hand: &[(Day, Quantity)],
    ) -> (Series, Series, Vec<Censored>) {
        let mut daily = forecast::series::daily(item, sums, self.span, &self.closed);
        let mut weekly = forecast::series::weekly(item, sums, self.span, &self.closed);
        let censored = forecast::series::censor(&mut daily, &empty_days(on_hand, sums, self.span));
        forecast::series::censor_weeks(&mut weekly, &censored);
        (daily, weekly, censored)
    }
}

/// One item's series of a grain, and the days it could not be had.
pub(crate) fn of_item(inner: &Inner, item: ItemId, grain: Grain) -> Result<Option<(Series, Vec<Censored>)>> {
    let records = &inner.store.records;
    let Some(span) = records.order_span()? else { return Ok(None) };
    let traded = Traded::read(inner, span)?;
    let on_hand = records.stock_history(item, Day(i32::MIN))?;
    let (daily, weekly, censored) = traded.series(item, &records.daily_demand(item)?, &on_hand);
    Ok(Some((if grain == Grain::Daily { daily } else { weekly }, censored)))
}

/// A group's series of a grain, as it was ordered.
pub(crate) fn of_group(inner: &Inner, group: &Group, grain: Grain) -> Result<Option<Series>> {
    let records = &inner.store.records;
    let Some(span) = records.order_span()? else { return Ok(None) };
    let traded = Traded::read(inner, span)?;
    let sums: Vec<(Day, Quantity)> = match group {
        Group::Total => {
            records.site_demand(span.0, span.1)?.iter().map(|total| (total.day, total.quantity)).collect()
        }
        Group::Category(name) => records.category_days(name)?,
    };
    let (daily, weekly, _) = traded.series(ItemId(0), &sums, &[]);
    Ok(Some(if grain == Grain::Daily { daily } else { weekly }))
}

/// Daily and weekly series of every item with an order.
pub(crate) fn of_all(inner: &Inner, span: (Day, Day), stop: &Stop) -> Result<(Vec<Series>, Vec<Series>)> {
    let records = &inner.store.records;
    let traded = Traded::read(inner, span)?;
    let on_hand: HashMap<ItemId, Vec<(Day, Quantity)>> = records.stock_history_all()?.into_iter().collect();
    let (mut daily, mut weekly) = (Vec::new(), Vec::new());
    records.daily_demand_all(&mut |item, sums: &[(Day, Quantity)]| {
        let (days, weeks, _) = traded.series(item, sums, on_hand.get(&item).map_or(&[], Vec::as_slice));
        daily.push(days);
        weekly.push(weeks);
        if stop.asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    stop.check().map_err(Failure::from)?;
    Ok((daily, weekly))
}

/// Days at whose end nothing was on hand: it ran out that day, or there was none all day. From the first day the books know
/// of the item; none at all where it sold too often on days that the books call empty.
fn empty_days(on_hand: &[(Day, Quantity)], sums: &[(Day, Quantity)], span: (Day, Day)) -> BTreeSet<Day> {
    let (mut empty, mut contradicted) = (BTreeSet::new(), 0);
    for (at, (first, _)) in on_hand.iter().enumerate().filter(|(_, (_, quantity))| quantity.0 <= 0) {
        let until = on_hand.get(at + 1).map_or(span.1.plus(1), |(next, _)| *next);
        let before = at.checked_sub(1).map(|at| on_hand[at].1);
        for day in (first.0.max(span.0.0)..until.0.min(span.1.0 + 1)).map(Day) {
            let sold = sums.binary_search_by_key(&day, |(day, _)| *day).is_ok_and(|at| sums[at].1.0 > 0);
            let ran_out = day == *first && before.is_some_and(|before| before.0 > 0);
            if sold && !ran_out {
                contradicted += 1;
            } else {
                empty.insert(day);
            }
        }
    }
    if f64::from(contradicted) > CONTRADICTED_MAX * (empty.len() as f64 + f64::from(contradicted)) {
        return BTreeSet::new();
    }
    empty
}
