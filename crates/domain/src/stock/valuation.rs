//! What the stock is worth: by moving average, or by first in, first out.
//!
//! Changes of what is on hand in their order, each with what a unit cost where it is known; out comes quantity and value.
//! What comes in without a cost comes at the last known one, and at `fallback` before any is known. Stock below zero is
//! worth its debt at the last cost; the next goods pay it. Sums are kept in 128 bits of thousandths of the smallest coin, so
//! that nothing is rounded before the end.

use std::collections::VecDeque;
use units::{Money, Quantity};

/// A change of what is on hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// How much more (or less).
    pub change: Quantity,
    /// What a unit cost, where it is known.
    pub unit_cost: Option<Money>,
}

/// What is there, and what it is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Valuation {
    /// On hand.
    pub quantity: Quantity,
    /// Its worth.
    pub value: Money,
}

/// Thousandths of the smallest coin to money, rounded half away from zero.
fn money(value: i128) -> Money {
    let half = if value < 0 { -500 } else { 500 };
    Money(i64::try_from((value + half) / 1000).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX }))
}

/// Every unit is worth the average of what is there; goods that come in move the average, goods that go out do not.
pub fn moving_average(lines: impl IntoIterator<Item = CostLine>, fallback: Money) -> Valuation {
    let (mut on_hand, mut value, mut last) = (0_i128, 0_i128, i128::from(fallback.0));
    for line in lines {
        let change = i128::from(line.change.0);
        if change > 0 {
            let cost = line.unit_cost.map_or(last, |cost| i128::from(cost.0));
            if on_hand < 0 {
                // What was owed is paid at the new cost.
                value = cost * on_hand;
            }
            value += cost * change;
            last = cost;
        } else if on_hand > 0 {
            value += value * change / on_hand;
        } else {
            value += last * change;
        }
        on_hand += change;
        if on_hand > 0 && change > 0 {
            last = value / on_hand;
        } else if on_hand <= 0 {
            value = last * on_hand;
        }
    }
    let quantity = Quantity(i64::try_from(on_hand).unwrap_or(if on_hand < 0 { i64::MIN } else { i64::MAX }));
    Valuation { quantity, value: money(value) }
}

/// Every unit is worth what it cost; the first that came in is the first to go.
pub fn fifo(lines: impl IntoIterator<Item = CostLine>, fallback: Money) -> Valuation {
    let mut layers: VecDeque<(i128, i128)> = VecDeque::new();
    let (mut owed, mut last) = (0_i128, i128::from(fallback.0));
    for line in lines {
        let mut change = i128::from(line.change.0);
        if change > 0 {
            last = line.unit_cost.map_or(last, |cost| i128::from(cost.0));
            let paid = change.min(owed);
            owed -= paid;
            change -= paid;
            if change > 0 {
                layers.push_back((change, last));
            }
            continue;
        }
        let mut left = -change;
        while left > 0 {
            let Some((there, cost)) = layers.front_mut() else {
                owed += left;
                break;
            };
            let taken = left.min(*there);
            (*there, left) = (*there - taken, left - taken);
            last = *cost;
            if *there == 0 {
                layers.pop_front();
            }
        }
    }
    let on_hand = layers.iter().map(|(quantity, _)| quantity).sum::<i128>() - owed;
    let value = layers.iter().map(|(quantity, cost)| quantity * cost).sum::<i128>() - owed * last;
    let quantity = Quantity(i64::try_from(on_hand).unwrap_or(if on_hand < 0 { i64::MIN } else { i64::MAX }));
    Valuation { quantity, value: money(value) }
}
