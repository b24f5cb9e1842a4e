use super::*;
use proptest::prelude::*;

fn step(mean: i64) -> Step {
    Step { low: Milli(mean - 10), mean: Milli(mean), high: Milli(mean + 10) }
}

#[test]
fn quantiles_are_those_of_numpy() {
    // numpy.quantile([1, 2, 4, 8, 16], [0, .05, .25, .5, .9, 1])
    let sorted = [1, 2, 4, 8, 16].map(|v| Milli(v * 1000));
    for (share, value) in [(0.0, 1000), (0.05, 1200), (0.25, 2000), (0.5, 4000), (0.9, 12_800), (1.0, 16_000)]
    {
        assert_eq!(quantile(&sorted, share), Some(Milli(value)), "{share}");
    }
    assert_eq!(quantile(&[], 0.5), None);
    assert_eq!(quantile(&[Milli(i64::MIN), Milli(i64::MAX)], 0.5), Some(Milli(0)));
}

#[test]
fn a_band_keeps_its_extremes() {
    let mut steps: Vec<(i64, Step)> = (0..48).map(|n| (n % 24, step(n * 100))).collect();
    steps[5].1.high = Milli(99_000);
    let bands = bands(steps);
    assert_eq!(bands.len(), 24);
    assert_eq!((bands[5].high, bands[5].p95.0 < 3000, bands[5].steps), (Milli(99_000), true, 2));
    assert_eq!((bands[0].low, bands[0].p50), (Milli(-10), Milli(1200)));
    assert_eq!(super::bands([]), []);
}

#[test]
fn a_duration_curve_falls_from_the_highest_to_the_lowest() {
    let mut steps: Vec<Step> = (0..1000).map(step).collect();
    steps[300].high = Milli(50_000);
    let curve = duration(&steps, 10);
    assert_eq!((curve[0], curve[5], curve[10]), (Milli(50_000), Milli(500), Milli(-10)));
    assert_eq!(duration(&[], 10), []);
    assert_eq!(share_outside(&steps, None, Some(Milli(2000))), 1, "one of a thousand is not nothing");
    assert_eq!(share_outside(&steps, Some(Milli(-10)), None), 0);
    assert_eq!(share_outside(&[], Some(Milli(0)), None), 0);
}

#[test]
fn a_follower_is_found_by_its_lag() {
    let wave =
        |n: i64| Some(Milli(((n as f64 / 7.0).sin() * 4000.0 + (n as f64 / 31.0).cos() * 2000.0) as i64));
    let first: Vec<_> = (0..400).map(wave).collect();
    let mut second: Vec<_> = (0..400).map(|n| wave(n - 5).map(|v| Milli(-3 * v.0))).collect();
    second[100] = None;
    let found = correlation(&first, &second, 12);
    let (lag, r) = found.best.expect("they go together");
    assert_eq!(lag, 5);
    assert!(r < -0.999, "{r}");
    assert_eq!(found.by_lag.len(), 25);
    assert!(found.r.is_some_and(|r| r.abs() < 0.9));
    let flat = vec![Some(Milli(4000)); 400];
    assert_eq!(correlation(&first, &flat, 3).best, None, "what does not vary goes with nothing");
    assert_eq!(correlation(&[], &[], 3).r, None);
}

proptest! {
    #[test]
    fn bands_are_in_order(values in prop::collection::vec((0i64..5, any::<i32>()), 1..200)) {
        for band in bands(values.iter().map(|(group, v)| (*group, step(i64::from(*v))))) {
            let order = [band.low, band.p5, band.p25, band.p50, band.p75, band.p95, band.high];
            prop_assert!(order.is_sorted(), "{band:?}");
        }
    }

    #[test]
    fn duration_curves_fall(values in prop::collection::vec(any::<i32>(), 1..200), parts in 1u32..300) {
        let steps: Vec<Step> = values.iter().map(|v| step(i64::from(*v))).collect();
        let curve = duration(&steps, parts);
        prop_assert_eq!(curve.len(), parts as usize + 1);
        prop_assert!(curve.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}
