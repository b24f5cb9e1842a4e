use super::*;
use std::collections::HashSet;

fn day() -> Day {
    Day::from_civil(2026, 11, 23).expect("a date")
}

#[test]
fn a_day_asks_for_forty_to_seventy_deliveries() {
    for seed in [1, 2, 7] {
        let warehouse = Warehouse::new(Seed(seed), day().plus(-1));
        let fleet = Fleet::new(Seed(seed));
        let capacity: f64 = vehicles(false).iter().map(|vehicle| vehicle.capacity_kg.to_f64()).sum();
        for ahead in 0..8 {
            let deliveries = fleet.deliveries(&warehouse, day().plus(ahead), false);
            assert!((DELIVERIES_MIN..=DELIVERIES_MAX).contains(&deliveries.len()), "{}", deliveries.len());
            let codes: HashSet<&str> = deliveries.iter().map(|one| one.code.as_str()).collect();
            assert_eq!(codes.len(), deliveries.len());
            let odd: Vec<_> = deliveries.iter().filter(|one| one.code.starts_with("SP")).collect();
            assert!(!odd.is_empty() && odd.len() <= 2);
            let usual: Vec<_> = deliveries.iter().filter(|one| !one.code.starts_with("SP")).collect();
            let weight: f64 = usual.iter().map(|one| one.weight_kg.to_f64()).sum();
            assert!(
                (0.3..0.92).contains(&(weight / capacity)),
                "seed {seed}, day {ahead}: {weight} kg of {capacity}"
            );
            let windows = usual.iter().filter(|one| one.window.is_some()).count();
            assert!(windows * 2 > usual.len() && windows < usual.len());
            assert!(usual.iter().any(|one| one.window.is_some_and(|(from, to)| to - from == 30)));
            for one in &usual {
                assert!(!one.customer.is_empty() && !one.address.is_empty());
                assert!((100.0..400.0).contains(&Fleet::density(one)), "{}", Fleet::density(one));
                assert!(one.place.metres_to(fleet.town().depot()) < 12_000.0);
            }
        }
    }
}

#[test]
fn the_same_seed_and_day_give_the_same_deliveries() {
    let warehouse = Warehouse::new(Seed(7), day());
    let fleet = Fleet::new(Seed(7));
    let first = fleet.deliveries(&warehouse, day(), false);
    let _ = fleet.deliveries(&warehouse, day().plus(3), true);
    assert_eq!(Fleet::new(Seed(7)).deliveries(&warehouse, day(), false), first);
    assert_ne!(fleet.deliveries(&warehouse, day().plus(1), false), first);
    assert_ne!(Fleet::new(Seed(8)).deliveries(&warehouse, day(), false), first);
    let chinese = fleet.deliveries(&warehouse, day(), true);
    for (en, zh) in first.iter().zip(&chinese) {
        assert_eq!((en.place, en.weight_kg, en.window), (zh.place, zh.weight_kg, zh.window));
        assert!(zh.customer.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}", zh.customer);
    }
}

#[test]
fn eight_vehicles_differ_and_have_room() {
    let all = vehicles(false);
    assert_eq!(all.len(), 8);
    assert_eq!(all.iter().map(|one| one.code.as_str()).collect::<HashSet<_>>().len(), 8);
    assert!(all.iter().all(|one| one.capacity_kg.0 > 0 && one.shift.0 < one.shift.1 && one.shift.1 <= 1_440));
}
