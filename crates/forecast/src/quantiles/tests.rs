use super::*;
use proptest::prelude::*;

#[test]
fn counted_quantiles_agree_with_tables() {
    // r = 3, p = 1/2: cdf 0.125, 0.3125, 0.5, 0.65625, 0.7734, 0.8555, 0.9102.
    assert_eq!(of(3.0, 6.0, Some(1.0)), [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    // The same in packs of six.
    assert_eq!(of(18.0, 216.0, Some(6.0)), [0.0, 6.0, 6.0, 12.0, 12.0, 18.0, 24.0, 30.0, 36.0]);
    // Poisson(2) is its limit: cdf 0.135, 0.406, 0.677, 0.857, 0.947.
    assert_eq!(of(2.0, 2.0, Some(1.0)), [0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0]);
}

#[test]
fn measured_quantiles_agree_with_tables() {
    // Gamma of shape 4 and scale 2.5 is 1.25 times chi-square with 8 degrees: 3.4895 and 13.3616 at 0.1 and 0.9. The cube root
    // approximation is good to half a per cent there.
    let quantiles = of(10.0, 25.0, None);
    assert!((quantiles[0] / (1.25 * 3.4895) - 1.0).abs() < 0.005, "{quantiles:?}");
    assert!((quantiles[8] / (1.25 * 13.3616) - 1.0).abs() < 0.005, "{quantiles:?}");
}

#[test]
fn the_amount_is_what_all_demand_is_a_multiple_of() {
    for (history, expected) in [
        (&[0.0, 6.0, 12.0, 18.0][..], Some(6.0)),
        (&[6.0, 7.0], Some(1.0)),
        (&[0.25, 1.5], Some(0.25)),
        (&[0.1 + 0.2, 0.6], Some(0.3)),
        (&[0.000_5], None),
        (&[0.0, 0.0], None),
        (&[], None),
        (&[1e300], None),
    ] {
        assert_eq!(amount(history), expected, "{history:?}");
    }
}

proptest! {
    #[test]
    fn quantiles_rise_and_are_never_negative(mean in 0.0..1e6_f64, ratio in 0.0..1e3_f64, amount in prop::option::of(0.001..50.0_f64)) {
        let quantiles = of(mean, ratio * mean, amount);
        prop_assert!(quantiles[0] >= 0.0 && quantiles.iter().all(|q| q.is_finite()));
        prop_assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", quantiles);
    }

    #[test]
    fn odd_numbers_give_quantiles(mean in prop::num::f64::ANY, variance in prop::num::f64::ANY) {
        let quantiles = of(mean, variance, Some(1.0));
        prop_assert!(quantiles.iter().all(|q| *q >= 0.0 || mean.is_infinite() || variance.is_infinite()));
    }
}
