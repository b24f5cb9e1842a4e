use crate::*;
use std::collections::{HashMap, HashSet};
use units::{Day, ItemId, Quantity, Seed};

fn last_day() -> Day {
    Day::from_civil(2026, 11, 22).expect("a date")
}

/// Units a day over all items that `which` says yes to.
fn units_a_day(world: &Warehouse, which: impl Fn(&CatalogueItem) -> bool) -> HashMap<Day, f64> {
    let chosen: HashSet<&str> =
        world.items().iter().filter(|e| which(e)).map(|e| e.item.sku.as_str()).collect();
    world
        .order_lines()
        .map(|(day, lines)| {
            let units = lines.iter().filter(|line| chosen.contains(line.sku.as_str()));
            (day, units.map(|line| line.quantity.to_f64()).sum())
        })
        .collect()
}

fn mean(days: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in days {
        sum += value;
        count += 1.0;
    }
    sum / f64::max(count, 1.0)
}

#[test]
fn the_catalogue_is_whole() {
    let world = Warehouse::new(Seed(7), last_day());
    assert_eq!(world.items().len(), 400);
    assert_eq!(world.suppliers().len(), 18);
    assert_eq!(world.zones().iter().map(|zone| zone.area_m2).sum::<u32>(), 6_000);
    for texts in [
        world.items().iter().map(|e| e.item.sku.as_str()).collect::<HashSet<_>>(),
        world.items().iter().map(|e| e.item.name.as_str()).collect(),
        world.items().iter().map(|e| e.name_zh.as_str()).collect(),
    ] {
        assert_eq!(texts.len(), 400);
    }
    for (id, entry) in (1..).zip(world.items()) {
        assert_eq!(entry.item.id, ItemId(id));
        assert!(entry.name_zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}", entry.name_zh);
        assert!(entry.item.lead_time_days.is_none_or(|days| (2..=45).contains(&days)));
        assert!(entry.price > entry.item.unit_cost.unwrap_or_default());
    }
    let gaps = |missing: fn(&CatalogueItem) -> bool| world.items().iter().filter(|e| missing(e)).count();
    assert!((4..40).contains(&gaps(|e| e.item.lead_time_days.is_none())));
    assert!((2..30).contains(&gaps(|e| e.item.unit_cost.is_none())));
    assert!((1..30).contains(&gaps(|e| e.item.supplier.is_none())));
    assert_eq!(gaps(|e| e.listed.is_some()), 20);
    assert_eq!(gaps(|e| e.delisted.is_some()), 14);
}

#[test]
fn holidays_are_where_the_calendar_has_them() {
    let friday = |year| black_friday(year).map(|day| day.to_string());
    assert_eq!(friday(2024).as_deref(), Some("2024-11-29"));
    assert_eq!(friday(2025).as_deref(), Some("2025-11-28"));
    assert_eq!(friday(2026).as_deref(), Some("2026-11-27"));
    assert_eq!(friday(2027).as_deref(), Some("2027-11-26"));
    for (year, expected) in [
        (2024, "2024-02-10"),
        (2025, "2025-01-29"),
        (2026, "2026-02-17"),
        (2027, "2027-02-06"),
        (2028, "2028-01-26"),
    ] {
        assert_eq!(chinese_new_year(year).map(|day| day.to_string()).as_deref(), Some(expected));
    }
    assert_eq!(event_on(Day::parse("2025-11-28").expect("a date")), Some(Event::BlackFriday));
    assert_eq!(event_on(Day::parse("2025-01-20").expect("a date")), Some(Event::ChineseNewYear));
    assert_eq!(event_on(Day::parse("2025-06-10").expect("a date")), None);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let write = |seed| {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Warehouse::new(Seed(seed), last_day()).write_csv(folder.path()).expect("written");
        let bytes = |path| std::fs::read(path).expect("readable");
        (files.order_lines, [files.orders, files.items, files.stock, files.suppliers].map(bytes))
    };
    let (lines, first) = write(7);
    let (_, again) = write(7);
    let (other_lines, other) = write(8);
    assert!(first == again);
    for file in 0..3 {
        assert!(first[file] != other[file], "file {file} does not depend on the seed");
    }
    for lines in [lines, other_lines] {
        assert!((250_000..=350_000).contains(&lines), "{lines} lines");
    }
    let text = String::from_utf8(first[0].clone()).expect("UTF-8");
    assert_eq!(text.lines().count() as u64, lines + 1);
    assert!(text.lines().all(|line| line.split(',').count() == 6));
    let keys: HashSet<(&str, &str)> =
        text.lines().skip(1).filter_map(|l| Some((l.split(',').next()?, l.split(',').nth(2)?))).collect();
    assert_eq!(keys.len() as u64, lines, "an item stands once on an order");
}

#[test]
fn a_day_does_not_depend_on_what_was_asked_before() {
    let world = Warehouse::new(Seed(3), last_day());
    let tomorrow = last_day().plus(1);
    let lines = world.orders_on(tomorrow);
    assert!(!lines.is_empty());
    let _ = world.orders_on(last_day());
    assert_eq!(world.orders_on(tomorrow), lines);
    assert!(lines.iter().all(|line| line.day == tomorrow && line.quantity > Quantity::ZERO));
}

#[test]
fn weekdays_and_holidays_show() {
    let world = Warehouse::new(Seed(11), last_day());
    let all = units_a_day(&world, |_| true);
    let weekday =
        |wanted: u32| mean(all.iter().filter(|(day, _)| day.weekday() == wanted).map(|(_, units)| *units));
    assert!(weekday(4) > 1.2 * weekday(1), "Friday {} Tuesday {}", weekday(4), weekday(1));
    assert!(weekday(6) < 0.6 * weekday(1), "Sunday {}", weekday(6));

    // The item's own months beside the event are what it is compared with.
    let around = |series: &HashMap<Day, f64>, middle: Day, from: i32, to: i32| {
        mean((from..=to).filter_map(|offset| series.get(&middle.plus(offset)).copied()))
    };
    let gifts = units_a_day(&world, |e| e.item.name.contains("gift"));
    let household = units_a_day(&world, |e| e.item.category.as_deref() == Some("Household"));
    for year in [2025, 2026] {
        let start = chinese_new_year(year).expect("in the table");
        let before = around(&gifts, start, -10, -4);
        let usual = around(&gifts, start, -52, -32);
        assert!(before > 2.0 * usual, "new year {year}: {before} against {usual}");
        assert!(around(&all, start, 0, 3) < 0.6 * around(&all, start, 21, 48));
    }
    for year in [2024, 2025] {
        let friday = black_friday(year).expect("a year");
        let on_the_day = around(&household, friday, 0, 1);
        let usual =
            mean([-7, 14, 21, 28].into_iter().filter_map(|d| household.get(&friday.plus(d)).copied()));
        assert!(on_the_day > 1.5 * usual, "Black Friday {year}: {on_the_day} against {usual}");
    }
}

#[test]
fn a_believable_share_is_at_risk() {
    for seed in [1, 7, 42] {
        let world = Warehouse::new(Seed(seed), last_day());
        let mut at_risk = 0;
        for level in world.stock() {
            let entry =
                world.items().iter().find(|e| e.item.id == level.item).expect("stock of a known item");
            let lead = i32::from(entry.item.lead_time_days.unwrap_or(7));
            let needed: f64 =
                (1..=lead).map(|ahead| world.expected_units(level.item, last_day().plus(ahead))).sum();
            if entry.delisted.is_none() && level.available().plus(level.on_order).to_f64() < needed {
                at_risk += 1;
            }
        }
        assert!((20..=32).contains(&at_risk), "seed {seed}: {at_risk} of 400 at risk");
        assert!((380..400).contains(&world.stock().len()));
    }
}

#[test]
fn no_shelf_promises_more_than_it_holds() {
    for seed in 1..=12 {
        for level in Warehouse::new(Seed(seed), last_day()).stock() {
            assert!(level.allocated <= level.on_hand, "seed {seed}: {level:?}");
        }
    }
}

#[test]
fn the_oracle_agrees_with_what_was_ordered() {
    let world = Warehouse::new(Seed(5), last_day());
    let sold: f64 = units_a_day(&world, |_| true).values().sum();
    let expected: f64 = (0..HISTORY_DAYS)
        .flat_map(|offset| (1..=400).map(move |id| (ItemId(id), offset)))
        .map(|(item, offset)| world.expected_units(item, world.first_day().plus(offset)))
        .sum();
    assert!((sold / expected - 1.0).abs() < 0.03, "{sold} sold, {expected} expected");
}
