use super::*;

const MONDAY: Timestamp = Timestamp(1_795_996_800_000);

#[test]
fn a_quiet_room_keeps_its_limits() {
    for seed in 1..6 {
        // Far from the live part, the first four hours of each pair of days are quiet by construction or not: ask.
        let climate = Climate::new(Seed(seed), MONDAY + Millis::days(60));
        let (mut inside, mut all) = (0, 0);
        for minute in 0..7 * 24 * 60 {
            let at = MONDAY + Millis::minutes(minute);
            let troubled = climate.incidents(at - Millis::hours(6), at + Millis(1));
            for (probe, value) in PROBES.iter().zip(climate.temperatures(at)) {
                if troubled.iter().any(|incident| incident.kind.zone() == probe.zone) {
                    continue;
                }
                let (low, high) = limits(probe.zone);
                all += 1;
                inside += i32::from(value > low.to_f64() && value < high.to_f64());
            }
        }
        assert!(f64::from(inside) > 0.998 * f64::from(all), "seed {seed}: {inside} of {all}");
    }
}

#[test]
fn every_trouble_leaves_the_limits_for_half_an_hour() {
    for seed in 1..20 {
        let climate = Climate::new(Seed(seed), MONDAY);
        let incidents = climate.incidents(MONDAY - Millis::days(20), MONDAY + Millis::days(4));
        assert!((10..18).contains(&incidents.len()), "{incidents:?}");
        for incident in incidents {
            let (low, high) = limits(incident.kind.zone());
            for (index, _) in
                PROBES.iter().enumerate().filter(|(_, probe)| probe.zone == incident.kind.zone())
            {
                let outside = (0..300)
                    .map(|minute| climate.temperatures(incident.from + Millis::minutes(minute))[index])
                    .filter(|value| *value < low.to_f64() || *value > high.to_f64())
                    .count();
                assert!(
                    (30..240).contains(&outside),
                    "seed {seed}, {incident:?}, probe {index}: {outside} minutes"
                );
            }
        }
    }
}

#[test]
fn the_live_part_fires_within_the_demonstration() {
    let kinds = |seed| {
        let climate = Climate::new(Seed(seed), MONDAY);
        let incidents = climate.incidents(MONDAY, MONDAY + Millis::hours(20));
        assert!(incidents[0].from - MONDAY <= Millis::hours(1));
        incidents.iter().map(|incident| incident.kind).collect::<Vec<_>>()
    };
    for seed in 0..20 {
        let expected =
            [IncidentKind::CompressorFailure, IncidentKind::DoorLeftOpen, IncidentKind::HeatingFailure];
        assert_eq!(kinds(seed), expected);
    }
}

#[test]
fn a_window_does_not_change_what_is_in_it() {
    let climate = Climate::new(Seed(5), MONDAY);
    let (from, to) = (MONDAY - Millis::days(9), MONDAY + Millis::days(9));
    let whole = climate.incidents(from, to);
    let by_hour: Vec<Incident> = (0..18 * 24)
        .flat_map(|hour| climate.incidents(from + Millis::hours(hour), from + Millis::hours(hour + 1)))
        .collect();
    assert_eq!(by_hour, whole);
}

#[test]
fn the_air_does_not_jump() {
    let climate = Climate::new(Seed(2), MONDAY);
    let mut before = climate.temperatures(MONDAY - Millis::hours(6));
    for step in 1..6 * 60 * 30 {
        let now = climate.temperatures(MONDAY - Millis::hours(6) + Millis::seconds(10 * step));
        for (a, b) in before.iter().zip(now) {
            // A degree in ten seconds would be taken for a fault of the sensor.
            assert!((a - b).abs() < 0.4, "{a} to {b}");
        }
        before = now;
    }
}
