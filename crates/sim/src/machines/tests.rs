use super::*;

const START: Timestamp = Timestamp(1_795_996_800_000);

fn hours(n: i64) -> Timestamp {
    START + Millis::hours(n)
}

#[test]
fn meters_only_count_up_and_draw_what_they_count() {
    let machines = Machines::new(Seed(3), START);
    for meter in 0..6 {
        let mut before = machines.energy(meter, hours(-200)).1;
        for n in -199..200 {
            let (kw, kwh) = machines.energy(meter, hours(n));
            assert!(kwh > before && (0.0..120.0).contains(&kw), "{meter} {n}: {kw} kW, {kwh} kWh");
            let mean: f64 =
                (0..60).map(|m| machines.energy(meter, hours(n - 1) + Millis::minutes(m)).0).sum::<f64>()
                    / 60.0;
            assert!(
                (kwh - before - mean).abs() < 0.2 + mean * 0.05,
                "{meter} {n}: {} against {mean}",
                kwh - before
            );
            before = kwh;
        }
    }
}

#[test]
fn one_bearing_wears_and_the_others_run_quietly() {
    for seed in 0..20 {
        let machines = Machines::new(Seed(seed), START);
        let (worn, since) = machines.worn();
        let limit = VIBRATION_LIMIT.to_f64();
        for (index, sensor) in MACHINES.iter().enumerate().filter(|(_, m)| m.measure == Measure::Vibration) {
            let highest = |from: i64, to: i64| {
                (from * 60..to * 60)
                    .step_by(7)
                    .map(|m| machines.vibration(index, since + Millis::minutes(m)).0)
                    .fold(0.0, f64::max)
            };
            assert!(highest(-48, 6) < limit, "{seed} {}", sensor.code);
            assert_eq!(highest(24, 48) > limit, sensor == worn, "{seed} {}", sensor.code);
            assert!(highest(100, 130) < limit, "{seed} {}: changed", sensor.code);
        }
    }
}

#[test]
fn the_same_instant_says_the_same() {
    let (a, b) = (Machines::new(Seed(1), START), Machines::new(Seed(1), START));
    let all = |m: &Machines| (0..10).map(|i| m.payload(i, hours(5))).collect::<Vec<_>>();
    assert_eq!(all(&a), all(&b));
    assert_ne!(all(&a), all(&Machines::new(Seed(2), START)));
}
