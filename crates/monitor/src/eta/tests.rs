use super::*;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Timestamp {
    Timestamp(1_800_000_000_000 + minutes * MINUTE)
}

/// A place so many metres north of the depot.
fn north(metres: f64) -> GeoPoint {
    GeoPoint::from_degrees(60.0 + metres / 111_195.0, 24.0).expect("on earth")
}

/// Three visits a kilometre apart, ten minutes of driving between them, five at each door; the last opens at minute 50.
fn three_visits() -> RoutePlan {
    let visit = |place, arrive: i64, leave: i64, opens: Option<i64>| VisitPlan {
        place: north(place),
        arrive_at: at(arrive),
        leave_at: at(leave),
        service: Millis::minutes(5),
        opens_at: opens.map(at),
    };
    RoutePlan {
        depot: north(0.0),
        leave_at: at(0),
        back_at: at(65),
        visits: vec![
            visit(1_000.0, 10, 15, None),
            visit(2_000.0, 25, 30, None),
            visit(3_000.0, 40, 55, Some(50)),
        ],
    }
}

fn drive(fixes: &[(i64, f64)]) -> Progress {
    fixes.iter().fold(Progress::default(), |progress, (minute, metres)| {
        step(&three_visits(), &progress, Fix { at: at(*minute), place: north(*metres) })
    })
}

fn no_map(_: GeoPoint, _: GeoPoint) -> Option<Millis> {
    None
}

fn minutes(outlook: &Outlook) -> Vec<Option<i64>> {
    outlook
        .arrivals
        .iter()
        .map(|arrival| arrival.map(|arrival| ((arrival - at(0)).0 + MINUTE / 2) / MINUTE))
        .collect()
}

#[test]
fn before_the_first_fix_nothing_is_expected() {
    assert_eq!(expect(&three_visits(), &Progress::default(), at(0), &no_map), None);
}

#[test]
fn on_time_it_is_expected_as_planned() {
    let outlook = expect(&three_visits(), &drive(&[(-3, 0.0)]), at(-3), &no_map).expect("a fix");
    assert_eq!((outlook.next, outlook.delay), (Some(0), Millis(0)));
    assert_eq!(minutes(&outlook), [Some(10), Some(25), Some(40)]);
    assert_eq!(outlook.back_at, at(65));
}

#[test]
fn leaving_late_moves_all_but_what_waits_for_a_window() {
    let outlook = expect(&three_visits(), &drive(&[(7, 0.0)]), at(7), &no_map).expect("a fix");
    assert_eq!(outlook.delay, Millis::minutes(7));
    assert_eq!(minutes(&outlook), [Some(17), Some(32), Some(47)]);
    // Three minutes of the wait are left, so it is back as planned.
    assert_eq!(outlook.back_at, at(65));
}

#[test]
fn back_in_the_yard_its_delay_grows_no_more() {
    let fixes = [(10, 1_000.0), (16, 1_500.0), (25, 2_000.0), (31, 2_500.0), (50, 3_000.0), (56, 2_000.0)];
    let driven = drive(&[&fixes[..], &[(67, 0.0), (90, 0.0)]].concat());
    assert_eq!(driven.home_at, Some(at(67)));
    let outlook = expect(&three_visits(), &driven, at(240), &no_map).expect("a fix");
    assert_eq!((outlook.next, outlook.delay, outlook.back_at), (None, Millis::minutes(2), at(67)));
    // On its way home it may still be late.
    let outlook = expect(&three_visits(), &drive(&fixes), at(80), &no_map).expect("a fix");
    assert!(outlook.delay >= Millis::minutes(15), "{outlook:?}");
}

#[test]
fn standing_at_a_door_serves_it_and_driving_past_does_not() {
    let served = drive(&[(0, 0.0), (10, 1_000.0), (12, 1_010.0), (16, 1_500.0)]);
    assert_eq!(served.visits[0], Seen { arrived_at: Some(at(10)), served: true, left_at: Some(at(16)) });
    let past = {
        let route = three_visits();
        let fixes = [(9 * MINUTE, 900.0), (9 * MINUTE + 15_000, 1_000.0), (9 * MINUTE + 30_000, 1_250.0)];
        fixes.iter().fold(Progress::default(), |progress, (ms, metres)| {
            step(&route, &progress, Fix { at: at(0) + Millis(*ms), place: north(*metres) })
        })
    };
    assert_eq!(past.visits[0], Seen::default());
    assert_eq!(past.standing, None);
}

#[test]
fn half_way_there_half_the_time_is_left() {
    let progress = drive(&[(10, 1_000.0), (12, 1_000.0), (18, 1_500.0)]);
    let outlook = expect(&three_visits(), &progress, at(18), &no_map).expect("a fix");
    assert_eq!((outlook.next, minutes(&outlook)), (Some(1), vec![Some(10), Some(23), Some(38)]));
    assert!((outlook.delay.0 + 2 * MINUTE).abs() < 1_000);
    let by_map = |_: GeoPoint, _: GeoPoint| Some(Millis::minutes(20));
    let outlook = expect(&three_visits(), &progress, at(18), &by_map).expect("a fix");
    assert_eq!(minutes(&outlook), [Some(10), Some(38), Some(53)]);
}

#[test]
fn a_visit_left_out_has_no_expected_time() {
    let progress = drive(&[(20, 2_000.0), (23, 2_000.0), (26, 2_500.0)]);
    let outlook = expect(&three_visits(), &progress, at(26), &no_map).expect("a fix");
    assert_eq!((outlook.next, minutes(&outlook)), (Some(2), vec![None, Some(20), Some(31)]));
}

#[test]
fn two_customers_behind_one_door_are_served_one_after_the_other() {
    let mut route = three_visits();
    route.visits[1].place = north(1_010.0);
    let progress = [(10, 1_000.0), (13, 1_000.0), (16, 1_000.0), (18, 1_400.0)]
        .iter()
        .fold(Progress::default(), |progress, (minute, metres)| {
            step(&route, &progress, Fix { at: at(*minute), place: north(*metres) })
        });
    assert_eq!(progress.visits[0].arrived_at, Some(at(10)));
    assert_eq!(progress.visits[1].arrived_at, Some(at(16)));
    assert!(progress.visits[0].served && progress.visits[1].served);
}

#[test]
fn an_old_fix_changes_nothing() {
    let progress = drive(&[(10, 1_000.0)]);
    let again = step(&three_visits(), &progress, Fix { at: at(9), place: north(3_000.0) });
    assert_eq!(again, progress);
}

proptest! {
    /// Whatever fixes come, served visits stay served, nothing is expected in the past, and what is expected is in order.
    #[test]
    fn any_fixes_give_an_outlook_in_order(
        fixes in prop::collection::vec((0_i64..6_000_000, -90_000_000_i32..=900_000_000, -1_800_000_000_i32..=1_800_000_000, any::<bool>(), 0..4_000_i32), 1..60),
        late in 0_i64..3_600_000,
    ) {
        let route = three_visits();
        let mut progress = Progress::default();
        let mut newest = i64::MIN;
        for (ms, lat_e7, lon_e7, wild, metres) in fixes {
            let place = if wild { GeoPoint { lat_e7, lon_e7 } } else { north(f64::from(metres)) };
            let before = progress.clone();
            progress = step(&route, &progress, Fix { at: at(0) + Millis(ms), place });
            newest = newest.max(ms);
            for (was, is) in before.visits.iter().zip(&progress.visits) {
                prop_assert!(!was.served || is.served);
                prop_assert!(!was.served || was.arrived_at == is.arrived_at);
            }
            let now = at(0) + Millis(newest + late);
            let outlook = expect(&route, &progress, now, &no_map).expect("a fix");
            let first = outlook.next.filter(|next| Some(*next) != progress.standing).unwrap_or(usize::MAX);
            let mut last = now;
            for (index, arrival) in outlook.arrivals.iter().enumerate() {
                if index >= first {
                    let arrival = arrival.expect("to come");
                    prop_assert!(arrival >= last, "{arrival} before {last}");
                    last = arrival;
                }
            }
            // Once it is home, that is no expectation any more.
            match progress.home_at.filter(|_| outlook.next.is_none()) {
                Some(home) => prop_assert!(outlook.back_at == home && home <= now),
                None => prop_assert!(outlook.back_at >= last),
            }
        }
    }
}
