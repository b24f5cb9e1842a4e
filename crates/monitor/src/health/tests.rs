use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp(0) + Millis::seconds(seconds)
}

#[test]
fn a_device_is_judged_by_its_own_interval() {
    for interval in [1, 10, 600] {
        let mut health = Health::new(Millis::seconds(interval));
        assert_eq!(health.state(at(0)), DeviceState::Waiting);
        health.opened(at(0));
        assert_eq!(health.state(at(3 * interval)), DeviceState::Waiting);
        assert_eq!(health.state(at(3 * interval + 1)), DeviceState::Silent);
        for n in 0..10 {
            health.arrived(at(n * interval), 12, 0);
        }
        let last = 9 * interval;
        assert_eq!(health.state(at(last + interval)), DeviceState::Up);
        assert_eq!(health.state(at(last + 2 * interval)), DeviceState::Late);
        assert_eq!(health.state(at(last + 3 * interval + 1)), DeviceState::Silent);
    }
}

#[test]
fn a_lost_port_and_nonsense_are_faults() {
    let mut health = Health::new(Millis::seconds(10));
    health.opened(at(0));
    health.arrived(at(10), 12, 0);
    health.lost(at(11));
    assert_eq!(health.state(at(12)), DeviceState::Faulty);
    health.opened(at(13));
    assert_eq!(health.state(at(14)), DeviceState::Up);
    health.faults(at(15), 2);
    health.arrived(at(20), 12, 1);
    assert_eq!(health.state(at(21)), DeviceState::Up);
    health.faults(at(25), 40);
    assert_eq!(health.state(at(26)), DeviceState::Faulty);
    for n in 13..20 {
        health.arrived(at(n * 10), 12, 0);
    }
    assert_eq!(health.state(at(191)), DeviceState::Up);
}

#[test]
fn rate_and_gaps_are_counted() {
    let mut health = Health::new(Millis::seconds(10));
    for n in 0..60 {
        health.arrived(at(n * 10), 12, 0);
    }
    assert!((health.rate_per_minute(at(591)) - 72.0).abs() < 3.0, "{}", health.rate_per_minute(at(591)));
    assert!(health.gaps().is_empty());
    health.arrived(at(900), 12, 0);
    assert_eq!(health.gaps(), [Gap { from: at(590), to: at(900) }]);
    for n in 0..100 {
        health.arrived(at(1_000 + n * 100), 12, 0);
    }
    assert_eq!(health.gaps().len(), GAPS_MAX);
    assert_eq!(health.rate_per_minute(at(1_000_000)), 0.0);
}

#[test]
fn a_flood_stays_small() {
    let mut health = Health::new(Millis::seconds(10));
    for n in 0..200_000 {
        health.arrived(Timestamp(n), 12, 0);
    }
    assert!(health.heard.len() < 100);
    assert!(health.rate_per_minute(Timestamp(200_000)) > 100_000.0);
}
