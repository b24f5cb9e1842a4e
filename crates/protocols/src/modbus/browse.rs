//! What unknown registers could be: every type in every order.

use super::map::{Kind, Order};
use super::value::{Number, number, text};

/// A register and what could begin in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Its address, from 0.
    pub address: u16,
    /// What it holds.
    pub word: u16,
    /// What could begin here, by type; those that need registers beyond the last are left out.
    pub tries: Vec<Try>,
}

/// A type, tried in every order of [`Order::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// The type.
    pub kind: Kind,
    /// What it would say in each order, before scale and offset.
    pub values: [String; 4],
    /// Whether that is of a size that measured values and counters have, rather than what chance makes of the bits.
    pub likely: [bool; 4],
}

/// The types that are tried, smallest first.
const KINDS: [Kind; 9] =
    [Kind::U16, Kind::I16, Kind::U32, Kind::I32, Kind::F32, Kind::U64, Kind::I64, Kind::F64, Kind::Text];

/// The longest text that is tried, registers.
const TEXT_MAX: usize = 16;

/// Tries the registers that were read from `address` on.
pub fn tries(address: u16, words: &[u16]) -> Vec<Register> {
    let at = |index: usize| address.checked_add(u16::try_from(index).ok()?);
    words
        .iter()
        .enumerate()
        .filter_map(|(index, word)| {
            let rest = words.get(index..)?;
            Some(Register {
                address: at(index)?,
                word: *word,
                tries: KINDS.into_iter().filter_map(|kind| tried(kind, rest)).collect(),
            })
        })
        .collect()
}

fn tried(kind: Kind, rest: &[u16]) -> Option<Try> {
    let Some(count) = kind.registers().map(usize::from) else {
        let words = rest.get(..rest.len().min(TEXT_MAX))?;
        let values = Order::ALL.map(|order| text(words, order));
        let likely = [0, 1, 2, 3].map(|at: usize| {
            let text = &values[at];
            // Text begins here only if its first letters do.
            let first = words.first().is_some_and(|word| {
                let bytes =
                    if Order::ALL[at].bytes_swapped() { word.swap_bytes() } else { *word }.to_be_bytes();
                bytes.iter().all(u8::is_ascii_graphic)
            });
            first && text.chars().count() >= 3 && text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        });
        return Some(Try { kind, values, likely });
    };
    let words = rest.get(..count)?;
    let mut values: [String; 4] = Default::default();
    let mut likely = [false; 4];
    for (at, order) in Order::ALL.into_iter().enumerate() {
        let found = number(kind, order, words)?;
        values[at] = match found {
            Number::Whole(whole) => whole.to_string(),
            Number::Float(value) => written(value, kind),
        };
        likely[at] = match found {
            Number::Whole(whole) => {
                (1..10_000_000).contains(&whole.unsigned_abs()) && (count == 1 || whole > 0)
            }
            Number::Float(value) => (1e-3..1e7).contains(&value.abs()),
        };
    }
    Some(Try { kind, values, likely })
}

/// As short as its type can tell it.
fn written(value: f64, kind: Kind) -> String {
    if value != 0.0 && value.is_finite() && !(1e-6..1e15).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    if kind == Kind::F32 { (value as f32).to_string() } else { value.to_string() }
}
