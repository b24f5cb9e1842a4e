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
    assert!(health.gaps(at(591)).is_empty());
    health.arrived(at(900), 12, 0);
    let gap = Gap { from: at(590), to: Some(at(900)), reason: GapReason::Silent };
    assert_eq!(health.gaps(at(901)), [gap]);
    for n in 0..100 {
        health.arrived(at(1_000 + n * 100), 12, 0);
    }
    assert_eq!(health.gaps(at(10_901)).len(), GAPS_MAX);
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

#[test]
fn a_gap_says_why() {
    let reason = |meanwhile: &dyn Fn(&mut Health)| {
        let mut health = Health::new(Millis::seconds(10));
        health.opened(at(0));
        health.arrived(at(10), 1, 0);
        meanwhile(&mut health);
        let lasting = health.gaps(at(100));
        assert_eq!((lasting.len(), lasting[0].to), (1, None));
        health.opened(at(100));
        health.arrived(at(101), 1, 0);
        let gaps = health.gaps(at(102));
        assert_eq!((gaps.len(), gaps[0].from, gaps[0].to), (1, at(10), Some(at(101))));
        assert_eq!(gaps[0].reason, lasting[0].reason);
        gaps[0].reason
    };
    assert_eq!(reason(&|_| ()), GapReason::Silent);
    assert_eq!(reason(&|health| health.lost(at(20))), GapReason::LineLost);
    assert_eq!(reason(&|health| health.faults(at(20), 5)), GapReason::Nonsense);
    assert_eq!(reason(&|health| health.switched_off()), GapReason::SwitchedOff);
    let mut started = Health::new(Millis::seconds(10));
    started.known(at(0));
    started.opened(at(500));
    started.arrived(at(501), 1, 0);
    let gap = Gap { from: at(0), to: Some(at(501)), reason: GapReason::NotRunning };
    assert_eq!(started.gaps(at(502)), [gap]);
}

#[test]
fn another_interval_holds_at_once() {
    let mut health = Health::new(Millis::seconds(10));
    health.opened(at(0));
    health.arrived(at(10), 1, 0);
    assert_eq!(health.state(at(60)), DeviceState::Silent);
    health.expect(Millis::seconds(60));
    assert_eq!(health.state(at(60)), DeviceState::Up);
}

#[test]
fn a_line_keeps_the_instant_it_was_lost() {
    let mut health = Health::new(Millis::seconds(10));
    assert_eq!(health.link(), Link::Unknown);
    health.lost(at(1));
    health.lost(at(5));
    assert_eq!(health.link(), Link::Lost(at(1)));
    health.opened(at(6));
    assert_eq!(health.link(), Link::Open);
}
