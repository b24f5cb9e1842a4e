//! Check digits of GS1's numbers, and the check pair of its text.

use super::ai::text_value;

/// The check digit behind these digits: weights 3 and 1 from the right (General Specifications, 7.9.1). `None` where one of
/// them is no digit.
pub fn digit(digits: &[char]) -> Option<char> {
    let mut sum = 0_u32;
    for (place, c) in digits.iter().rev().enumerate() {
        let weight = if place % 2 == 0 { 3 } else { 1 };
        sum = (sum + weight * c.to_digit(10)?) % 10;
    }
    char::from_digit((10 - sum) % 10, 10)
}

/// Whether the last of the digits is the check digit of the others; `Err` says which it should be.
pub fn checked(digits: &[char]) -> Result<(), char> {
    match digits.split_last() {
        Some((last, body)) => match digit(body) {
            Some(right) if right == *last => Ok(()),
            right => Err(right.unwrap_or('0')),
        },
        None => Err('0'),
    }
}

/// With its check digit, as text.
pub fn with_digit(body: &str) -> Option<String> {
    let digits: Vec<char> = body.chars().collect();
    digit(&digits).map(|last| format!("{body}{last}"))
}

/// The characters a check pair is made of: none that is easily taken for another.
const PAIR: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The pair behind these characters: their values by rising primes from the right, modulo 1021 (General Specifications,
/// 7.9.5). Finds every single wrong character and every two that changed places. `None` where one is not of GS1's text.
pub fn pair(text: &[char]) -> Option<[char; 2]> {
    let mut sum = 0_u32;
    for (c, prime) in text.iter().rev().zip(primes()) {
        sum = (sum + text_value(*c)? * prime) % 1021;
    }
    let letter = |value: u32| PAIR.get(value as usize % 32).copied().map(char::from);
    Some([letter(sum / 32)?, letter(sum % 32)?])
}

/// 2, 3, 5, 7…
fn primes() -> impl Iterator<Item = u32> {
    (2_u32..).filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0))
}
