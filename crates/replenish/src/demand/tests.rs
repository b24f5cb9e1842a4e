use super::*;

/// By hand: negative binomial with r = mean²/(variance − mean) = 3, p = mean/variance = 1/2; standard normal tables.
#[test]
fn quantiles_and_tails_agree_with_tables() {
    let slow = Demand::new(3.0, 6.0, true);
    // nbinom(3, 0.5): cdf 0.125, 0.3125, 0.5, 0.65625, 0.7734, 0.8555, 0.9102, 0.9453, 0.9673, 0.9807, 0.9888.
    for (probability, count) in [(0.5, 3.0), (0.9, 6.0), (0.95, 8.0), (0.98, 9.0)] {
        assert_eq!(slow.covering(probability), count, "{probability}");
    }
    assert!((slow.above(6.0) - (1.0 - 0.910_156_25)).abs() < 1e-9);
    assert!((slow.above(6.9) - slow.above(6.0)).abs() < 1e-12, "nobody wants part of a unit");
    // E(D − 2)⁺ = 3 − 2 + 2·0.125 + 1·0.1875
    assert!((slow.missing(2.0) - 1.4375).abs() < 1e-9);
    assert_eq!(slow.missing(-1.0), 4.0);

    let large = Demand::new(1000.0, 10_000.0, false);
    assert!((large.covering(0.95) - 1164.485).abs() < 0.05);
    assert!((large.above(1100.0) - 0.158_655).abs() < 1e-5);
    assert!((large.missing(1100.0) - 8.3316).abs() < 1e-3);
}

#[test]
fn no_demand_wants_nothing() {
    let none = Demand::new(0.0, 0.0, true);
    assert_eq!((none.covering(0.99), none.above(0.0), none.missing(0.0)), (0.0, 0.0, 0.0));
    assert_eq!(Demand::new(0.0, 0.0, true).missing(-5.0), 5.0, "what was oversold is missing");
}
