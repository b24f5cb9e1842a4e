use crate::{NOW, act, file, open, site};
use domain::{Delivery, Plan, Route, UnservedReason, Vehicle, Visit};
use store::{DeliveryProgress, ErrorKind, ImportOutcome, Records};
use units::{Day, DeliveryId, GeoPoint, Metres, Milli, Millis, Money, PlanId, Stop, Timestamp, VehicleId};

const DAY: Day = Day(20_000);

fn vehicle(code: &str) -> Vehicle {
    Vehicle {
        id: VehicleId(0),
        code: code.into(),
        name: format!("Van {code}"),
        capacity_kg: Milli(900_000),
        capacity_m3: Some(Milli(8_000)),
        shift: (420, 960),
        cost_fixed: Money(4000),
        cost_per_km: Money(60),
        cost_per_hour: Money(2400),
        active: true,
    }
}

fn delivery(code: &str) -> Delivery {
    Delivery {
        id: DeliveryId(0),
        code: code.into(),
        day: DAY,
        customer: "Shop".into(),
        address: "Quay 4".into(),
        place: GeoPoint { lat_e7: 601_699_000, lon_e7: -249_384_000 },
        weight_kg: Milli(85_500),
        volume_m3: None,
        service: Millis::minutes(5),
        window: Some((540, 720)),
        note: "back door".into(),
    }
}

fn audited(records: &Records) -> usize {
    records.audit_list(1_000, None).expect("the audit").len()
}

fn plan(vehicle: VehicleId, served: DeliveryId, left: DeliveryId, cost: i64) -> Plan {
    Plan {
        id: PlanId(0),
        day: DAY,
        made_at: NOW,
        depot: GeoPoint { lat_e7: 1, lon_e7: -2 },
        estimated: true,
        fingerprint: "abc.def".into(),
        cost: Money(cost),
        routes: vec![Route {
            vehicle,
            leave_at: NOW,
            back_at: NOW + Millis::hours(2),
            distance: Metres(12_000),
            driving: Millis::minutes(50),
            load_kg: Milli(85_500),
            cost: Money(cost),
            visits: vec![Visit {
                delivery: served,
                arrive_at: NOW + Millis::minutes(20),
                start_at: NOW + Millis::minutes(25),
                leave_at: NOW + Millis::minutes(30),
                distance: Metres(6_000),
            }],
        }],
        unserved: vec![(left, UnservedReason::TooLarge)],
    }
}

#[test]
fn vehicles_and_deliveries_are_kept_changed_and_audited() {
    let (_folder, store) = site();
    let records = &store.records;
    let id = records.save_vehicle(&act(), &vehicle("V1")).expect("a vehicle");
    let saved = Vehicle { id, ..vehicle("V1") };
    assert_eq!(records.vehicles().expect("vehicles"), std::slice::from_ref(&saved));
    let before = audited(records);
    records.save_vehicle(&act(), &saved).expect("the same again");
    assert_eq!(audited(records), before, "what changes nothing leaves no record");
    let taken = records.save_vehicle(&act(), &vehicle("V1")).expect_err("the code is taken");
    assert_eq!(taken.kind(), ErrorKind::Conflict);
    let gone = records.save_vehicle(&act(), &Vehicle { id: VehicleId(99), ..vehicle("V9") });
    assert_eq!(gone.expect_err("no such vehicle").kind(), ErrorKind::NotFound);

    let id = records.save_delivery(&act(), &delivery("D1")).expect("a delivery");
    assert_eq!(records.deliveries(DAY).expect("deliveries"), [Delivery { id, ..delivery("D1") }]);
    assert!(records.save_delivery(&act(), &delivery("D1")).is_err(), "twice on one day");
    let tomorrow = Delivery { day: DAY.plus(1), ..delivery("D1") };
    records.save_delivery(&act(), &tomorrow).expect("another day");
    assert_eq!(records.delivery_days(10).expect("days"), [DAY.plus(1), DAY]);
    assert_eq!(records.remove_delivery(&act(), id).expect("removed"), DAY);
    assert!(records.deliveries(DAY).expect("deliveries").is_empty());
    assert_eq!(records.remove_delivery(&act(), id).expect_err("gone").kind(), ErrorKind::NotFound);
    let again = records.save_delivery(&act(), &delivery("D1")).expect("its number is free again");
    assert_ne!(again, id);
    assert!(records.audit_verify().expect("read").holds());
}

#[test]
fn the_same_file_twice_changes_nothing_and_a_changed_one_only_what_changed() {
    let (_folder, store) = site();
    let records = &store.records;
    let rows = || vec![delivery("D1"), delivery("D2")];
    let stop = Stop::default();
    let first = records.import_deliveries(&act(), &file("a"), rows(), &stop).expect("imported");
    assert_eq!((first.record().added, first.record().quantity.0), (2, 171_000));
    let before = audited(records);
    let again = records.import_deliveries(&act(), &file("a"), rows(), &stop).expect("read");
    assert!(matches!(again, ImportOutcome::AlreadyImported(_)));
    assert_eq!(audited(records), before);
    let heavier = vec![delivery("D1"), Delivery { weight_kg: Milli(1), ..delivery("D2") }];
    let other = records.import_deliveries(&act(), &file("b"), heavier, &stop).expect("imported");
    assert_eq!((other.record().added, other.record().duplicates), (1, 1));
    let kept = records.deliveries(DAY).expect("deliveries");
    assert_eq!((kept.len(), kept[1].weight_kg), (2, Milli(1)));
    assert_eq!(audited(records), before + 1, "an import is one record");
    stop.ask();
    let stopped = records.import_deliveries(&act(), &file("c"), vec![delivery("D3")], &stop);
    assert_eq!(stopped.expect_err("stopped").kind(), ErrorKind::Stopped);
    assert_eq!(records.deliveries(DAY).expect("deliveries").len(), 2, "nothing was kept");

    let row = |kg| domain::VehicleEntry { code: "V1".into(), capacity_kg: Milli(kg), ..Default::default() };
    let stop = Stop::default();
    records.import_vehicles(&act(), &file("v"), vec![row(500)], &stop).expect("imported");
    let mut named = records.vehicles().expect("vehicles").remove(0);
    named.name = "Old faithful".into();
    records.save_vehicle(&act(), &named).expect("a name");
    records.import_vehicles(&act(), &file("w"), vec![row(600)], &stop).expect("imported");
    let kept = records.vehicles().expect("vehicles").remove(0);
    assert_eq!((kept.name.as_str(), kept.capacity_kg), ("Old faithful", Milli(600)));
}

#[test]
fn a_day_has_one_plan_in_force_and_keeps_the_ones_before() {
    let (folder, store) = site();
    let records = &store.records;
    let van = records.save_vehicle(&act(), &vehicle("V1")).expect("a vehicle");
    let one = records.save_delivery(&act(), &delivery("D1")).expect("a delivery");
    let two = records.save_delivery(&act(), &delivery("D2")).expect("a delivery");
    assert_eq!(records.plan_in_force(DAY).expect("read"), None);
    let first = records.save_plan(&act(), &plan(van, one, two, 9_000)).expect("a plan");
    let second = records.save_plan(&act(), &plan(van, two, one, 8_000)).expect("a plan");
    let head = records.audit_list(1, None).expect("the audit").remove(0);
    assert_eq!((head.action.as_str(), head.subject), ("plan.save", format!("plan {second}")));
    assert!(head.old.is_some_and(|old| old.contains("9000")));
    assert!(head.new.is_some_and(|new| new.contains("abc.def") && new.contains("8000")));
    records.remove_delivery(&act(), two).expect("removed");
    drop(store);

    let store = open(&folder);
    let records = &store.records;
    let kept = records.plan_in_force(DAY).expect("read").expect("a plan");
    assert_eq!(kept.plan, Plan { id: second, ..plan(van, two, one, 8_000) });
    assert!(kept.in_force);
    assert!(!records.plan(first).expect("the one before").in_force);
    assert_eq!(records.plan(PlanId(99)).expect_err("none").kind(), ErrorKind::NotFound);
    let named: Vec<DeliveryId> =
        records.deliveries_of_plan(second).expect("deliveries").iter().map(|one| one.id).collect();
    assert_eq!(named, [one, two], "also the removed one");

    let before = audited(records);
    let progress = DeliveryProgress { delivery: one, arrived_at: Timestamp(5), served: true, left_at: None };
    records.save_delivery_progress(vec![progress]).expect("noted");
    let left = DeliveryProgress { left_at: Some(Timestamp(9)), ..progress };
    records.save_delivery_progress(vec![left]).expect("noted");
    assert_eq!(records.delivery_progress(DAY).expect("read"), [left]);
    assert_eq!(audited(records), before, "measured rows have no record");
}
