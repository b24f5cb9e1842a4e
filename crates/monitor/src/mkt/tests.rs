use super::*;
use proptest::prelude::*;

const GAP_MAX: Millis = Millis::minutes(30);

fn every_ten_minutes(values: &[i64]) -> Vec<(Timestamp, Milli)> {
    values.iter().enumerate().map(|(n, value)| (Timestamp(n as i64 * 600_000), Milli(*value))).collect()
}

#[test]
fn the_pharmacopoeias_formula_comes_out() {
    // ΔH/R = 10 000 K: three values by hand, −10000 / ln((e^(−10000/293.15) + e^(−10000/298.15) + e^(−10000/303.15)) / 3).
    let points = every_ten_minutes(&[20_000, 25_000, 30_000]);
    let by_hand: f64 = [293.15_f64, 298.15, 303.15].iter().map(|t| (-10_000.0 / t).exp()).sum::<f64>() / 3.0;
    let expected = Milli::from_f64(10_000.0 / -by_hand.ln() - 273.15);
    assert_eq!(mean_kinetic(&points, GAP_MAX, &Params::default()), Ok(expected));
    assert_eq!(expected, Milli(25_858));
}

/// A logger of the field: 124 stored values every ten minutes. Its own figure, with the ΔH that the file names, comes
/// from more values than it stored and has one decimal: ours is within that decimal.
#[test]
fn a_loggers_own_figure_is_met() {
    let Some(path) = testkit::shared_data("loggers/qtag-clm-RCPJ00010_02.txt") else { return };
    let bytes = std::fs::read(path).expect("the file is there");
    let text = String::from_utf8_lossy(&bytes);
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name)).expect("in the file");
        line.trim().parse::<f64>().expect("a number")
    };
    let points: Vec<(Timestamp, Milli)> = text.lines().filter_map(row).collect();
    assert_eq!(points.len(), 124);
    let device = Params { activation_kj_per_mol: field("MKT Energy:") };
    let ours = mean_kinetic(&points, GAP_MAX, &device).expect("ten minutes apart").to_f64();
    // The device cuts its decimals off: 10.58 is shown as 10.5.
    assert_eq!((ours * 10.0).floor() / 10.0, field("MKT:"), "{ours}");
    let default = mean_kinetic(&points, GAP_MAX, &Params::default()).expect("the same").to_f64();
    assert!((default - ours).abs() < 0.02, "{default}");
}

/// `<tab>2022-11-08 04:49<tab>4.4<tab>`
fn row(line: &str) -> Option<(Timestamp, Milli)> {
    let mut fields = line.strip_prefix('\t')?.split('\t');
    let (day, clock) = fields.next()?.split_once(' ')?;
    let (hour, minute) = clock.split_once(':')?;
    let minutes = hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?;
    Some((units::Day::parse(day)?.utc_midnight() + Millis::minutes(minutes), Milli::parse(fields.next()?)?))
}

#[test]
fn it_is_refused_where_it_would_mean_nothing() {
    let points = every_ten_minutes(&[5_000, 6_000, 7_000]);
    let refused = |points: &[(Timestamp, Milli)]| mean_kinetic(points, GAP_MAX, &Params::default()).err();
    assert_eq!(refused(&[]), Some(Refused::Empty));
    let mut gap = points.clone();
    gap[2].0 = Timestamp(4_000_000);
    assert_eq!(refused(&gap), Some(Refused::Gap { from: Timestamp(600_000), to: Timestamp(4_000_000) }));
    let mut unsorted = points.clone();
    unsorted.swap(0, 1);
    assert_eq!(refused(&unsorted), Some(Refused::Unsorted { at: Timestamp(0) }));
    let mut impossible = points.clone();
    impossible[1].1 = Milli(-300_000);
    assert_eq!(refused(&impossible), Some(Refused::Impossible { at: Timestamp(600_000) }));
    assert!(mean_kinetic(&points, GAP_MAX, &Params { activation_kj_per_mol: f64::NAN }).is_err());
    assert_eq!(mean_kinetic(&points[..1], GAP_MAX, &Params::default()), Ok(Milli(5_000)));
}

proptest! {
    /// Between the mean and the highest; and saying every value twice as often changes nothing.
    #[test]
    fn it_lies_between_mean_and_maximum(values in prop::collection::vec(-20_000i64..40_000, 1..200)) {
        let points = every_ten_minutes(&values);
        let kinetic = mean_kinetic(&points, GAP_MAX, &Params::default()).expect("well spaced");
        let mean = values.iter().sum::<i64>() as f64 / values.len() as f64;
        prop_assert!(kinetic.0 as f64 >= mean - 1.0);
        prop_assert!(kinetic.0 <= *values.iter().max().expect("not empty") + 1);
    }

    /// A value that stands for a longer time weighs more: the same history sampled unevenly is nearly the same figure.
    #[test]
    fn uneven_spacing_is_weighed_by_time(warm_minutes in 60i64..600) {
        let history = |minute: i64| if minute < warm_minutes { Milli(20_000) } else { Milli(5_000) };
        let at = |minute: i64| (Timestamp(minute * 60_000), history(minute));
        let even: Vec<_> = (0..1200).map(at).collect();
        // Every minute while warm, every twenty after.
        let uneven: Vec<_> = (0..1200).filter(|m| *m < warm_minutes || m % 20 == 0).map(at).collect();
        let figure = |points: &[_]| mean_kinetic(points, GAP_MAX, &Params::default()).expect("no gap").to_f64();
        prop_assert!((figure(&even) - figure(&uneven)).abs() < 0.6);
    }
}
