use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

const EXPIRES: [Option<i32>; 3] = [None, Some(10), Some(20)];

fn side(n: u8) -> Side {
    match n % 9 {
        0 => Side::outside(Place::Supplier),
        1 => Side::outside(Place::Inbound),
        2 => Side::outside(Place::Customer),
        3 => Side::outside(Place::Adjustment),
        4 => Side::bin(BinId(1), Standing::Free),
        5 => Side::bin(BinId(2), Standing::Free),
        6 => Side::bin(BinId(1), Standing::Allocated),
        7 => Side::bin(BinId(2), Standing::Picked),
        _ => Side::bin(BinId(2), Standing::Held),
    }
}

fn movement(id: i64, day: i32, lot: usize, from: u8, to: u8, units: i64) -> Movement {
    Movement {
        id: MovementId(id),
        booked_at: Timestamp(1_000 + id),
        day: Day(day),
        item: ItemId(1),
        lot: (lot > 0).then_some(LotId(lot as i64)),
        from: side(from),
        to: side(to),
        quantity: Quantity::of(units),
        kind: MovementKind::Correct,
        reason: None,
        unit_cost: None,
        source: None,
        party: None,
        import: None,
        reverses: None,
        by: "test".into(),
    }
}

fn expiry(lot: LotId) -> Option<Day> {
    EXPIRES.get(lot.0 as usize).copied().flatten().map(Day)
}

/// Units one by one, each with the side it stands on: what a person with a notebook would do.
fn naive(movements: &[Movement], as_of: AsOf) -> HashMap<(Option<LotId>, Side), i64> {
    let mut book = HashMap::new();
    for one in movements {
        if one.day > as_of.day || as_of.booked_until.is_some_and(|until| one.booked_at > until) {
            continue;
        }
        for _ in 0..one.quantity.0 / 1000 {
            *book.entry((one.lot, one.from)).or_insert(0) -= 1;
            *book.entry((one.lot, one.to)).or_insert(0) += 1;
        }
    }
    book
}

proptest! {
    #[test]
    fn sums_equal_a_notebook_under_any_movements_and_any_day(
        drawn in prop::collection::vec((0i32..30, 0usize..3, 0u8..9, 0u8..9, 1i64..9, any::<bool>()), 0..60),
        day in 0i32..30,
        until in prop::option::of(0i64..60),
    ) {
        let mut ledger = Vec::new();
        for (place, (day, lot, from, to, units, undo)) in drawn.into_iter().enumerate() {
            if from == to { continue; }
            let one = movement(place as i64, day, lot, from, to, units);
            prop_assert!(one.admit(None).is_ok());
            if undo {
                ledger.push(one.reversed(Timestamp(2_000), Day(day), ReasonCode::WrongEntry, "test"));
            }
            ledger.push(one);
        }
        let as_of = AsOf { day: Day(day), booked_until: until.map(|n| Timestamp(1_000 + n)) };
        let sums = balances(&ledger, as_of);
        let book = naive(&ledger, as_of);
        for (position, quantity) in &sums {
            prop_assert_eq!(book.get(&(position.lot, position.side)).copied(), Some(quantity.0 / 1000));
        }
        let nonzero = book.values().filter(|units| **units != 0).count();
        prop_assert_eq!(sums.len(), nonzero);
        prop_assert_eq!(sums.values().copied().sum::<Quantity>(), Quantity::ZERO, "every movement has two sides");

        // No unit is counted twice, and none is forgotten.
        let f = figures(&sums, expiry, Day(day));
        prop_assert_eq!(f.on_hand, f.available.plus(f.allocated).plus(f.held).plus(f.expired));
        let level = levels(ledger.iter().filter(|m| as_of.counts(m)), Day(0), Day(29));
        prop_assert_eq!(level.last().map(|l| l.1), Some(f.on_hand));
    }

    #[test]
    fn an_allocation_never_exceeds_what_is_for_sale(
        drawn in prop::collection::vec((0usize..3, 1i64..5, -20i64..60), 0..12),
        wanted in 0i64..300,
        day in 0i32..30,
        horizon in 0u16..15,
    ) {
        let candidates: Vec<_> = drawn.into_iter().map(|(lot, bin, free)| Candidate {
            lot: (lot > 0).then_some(LotId(lot as i64)),
            expiry: EXPIRES[lot].map(Day),
            bin: BinId(bin),
            free: Quantity::of(free),
        }).collect();
        let got = allocate(Quantity::of(wanted), &candidates, Day(day), horizon);
        let taken: Quantity = got.picks.iter().map(|p| p.quantity).sum();
        let usable = |c: &&Candidate| c.expiry.is_none_or(|last| last.0 >= day + i32::from(horizon));
        let there: Quantity = candidates.iter().filter(usable).map(|c| c.free).sum();
        prop_assert!(taken.0 <= there.0.max(0));
        prop_assert_eq!(taken.plus(got.short), Quantity::of(wanted));
        prop_assert!(got.short.0 == 0 || taken.0 == there.0.max(0), "it takes all there is before it is short");
        let dates: Vec<_> = got.picks.iter().map(|p| p.lot.and_then(expiry).map_or(i32::MAX, |d| d.0)).collect();
        prop_assert!(dates.is_sorted(), "first expired, first out");
    }

    #[test]
    fn stock_of_one_cost_is_worth_it_either_way(changes in prop::collection::vec(-50_000i64..50_000, 0..40), cost in 1i64..10_000) {
        let lines: Vec<_> = changes.iter().map(|change| CostLine {
            change: Quantity(*change),
            unit_cost: (*change > 0).then_some(Money(cost)),
        }).collect();
        let quantity: Quantity = changes.iter().map(|c| Quantity(*c)).sum();
        let expected = Valuation { quantity, value: Money(cost).times(quantity) };
        prop_assert_eq!(fifo(lines.iter().copied(), Money(cost)), expected);
        let average = moving_average(lines, Money(cost));
        prop_assert_eq!(average.quantity, quantity);
        prop_assert!((average.value.0 - expected.value.0).abs() <= 1, "{average:?} {expected:?}");
    }
}

#[test]
fn two_ways_to_value_what_is_left() {
    let line =
        |units, cost: Option<i64>| CostLine { change: Quantity::of(units), unit_cost: cost.map(Money) };
    let history = [line(10, Some(100)), line(10, Some(200)), line(-15, None)];
    assert_eq!(fifo(history, Money(1)), Valuation { quantity: Quantity::of(5), value: Money(1_000) });
    assert_eq!(moving_average(history, Money(1)), Valuation { quantity: Quantity::of(5), value: Money(750) });
    // Sold before it was booked in: a debt at the last cost, which the next goods pay.
    let oversold = [line(2, Some(100)), line(-5, None)];
    assert_eq!(fifo(oversold, Money(1)).value, Money(-300));
    assert_eq!(moving_average(oversold, Money(1)).value, Money(-300));
    let paid = [line(2, Some(100)), line(-5, None), line(4, Some(300))];
    assert_eq!((fifo(paid, Money(1)).value, moving_average(paid, Money(1)).value), (Money(300), Money(300)));
}

#[test]
fn what_is_not_booked() {
    let good = movement(1, 12, 0, 0, 4, 3);
    assert_eq!(good.admit(Some(Day(11))), Ok(()));
    assert_eq!(good.admit(Some(Day(12))), Err(Refusal::Locked { day: Day(12), lock: Day(12) }));
    assert_eq!(Movement { quantity: Quantity(0), ..good.clone() }.admit(None), Err(Refusal::Quantity));
    assert_eq!(Movement { to: good.from, ..good.clone() }.admit(None), Err(Refusal::SameSide));
    let held_outside = Side { place: Place::Customer, standing: Standing::Held };
    assert_eq!(Movement { to: held_outside, ..good.clone() }.admit(None), Err(Refusal::Standing));
    assert!(good.back_dated(Day(13)) && !good.back_dated(Day(12)));
    for status in LotStatus::ALL {
        assert_eq!(LotStatus::from_word(status.word()), Some(status));
    }
    for reason in ReasonCode::ALL {
        assert_eq!(ReasonCode::from_word(reason.word()), Some(reason));
    }
    for class in TemperatureClass::ALL {
        assert_eq!(TemperatureClass::from_word(class.word()), Some(class));
    }
}
