//! Random numbers that need no state: the same question has the same answer, in any order asked.

use rand::{Rng, RngExt};

/// SplitMix64's finaliser (Steele, Lea and Flood 2014) over a few words.
pub(crate) fn hash(words: &[u64]) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for word in words {
        state = state.wrapping_add(*word).wrapping_add(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^= state >> 31;
    }
    state
}

/// From 0 up to 1.
pub(crate) fn unit(words: &[u64]) -> f64 {
    (hash(words) >> 11) as f64 / (1_u64 << 53) as f64
}

/// From `low` up to `high`.
pub(crate) fn between(low: f64, high: f64, words: &[u64]) -> f64 {
    low + (high - low) * unit(words)
}

/// Nearly normal with mean 0 and variance 1: four uniforms summed (Irwin and Hall), which needs no libm and has no wild tail.
pub(crate) fn normal_of(bits: u64) -> f64 {
    let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xFFFF).sum();
    (sum as f64 / 65_536.0 - 2.0) * 3.0_f64.sqrt()
}

/// [`normal_of`] a question.
pub(crate) fn normal(words: &[u64]) -> f64 {
    normal_of(hash(words))
}

/// A Poisson count: Knuth's product for small means, the rounded normal above.
pub(crate) fn poisson(mean: f64, rng: &mut impl Rng) -> u32 {
    if mean <= 0.0 {
        return 0;
    }
    if mean > 30.0 {
        let value = mean + mean.sqrt() * normal_of(rng.next_u64());
        return value.round().max(0.0) as u32;
    }
    let floor = (-mean).exp();
    let mut product: f64 = rng.random();
    let mut count = 0;
    while product > floor && count < 200 {
        product *= rng.random::<f64>();
        count += 1;
    }
    count
}

/// Failures before the first success of chance `p`, at most 40.
pub(crate) fn geometric(p: f64, rng: &mut impl Rng) -> i64 {
    let mut count = 0;
    while count < 40 && rng.random::<f64>() > p {
        count += 1;
    }
    count
}
