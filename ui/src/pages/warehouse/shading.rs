//! What bins are shaded by, how dark each is, and the legend that says so.

use super::{CLASSES, class_word};
use crate::chart::theme;
use crate::format::Fmt;
use crate::i18n::W;
use crate::testids as id;
use charts::floor::{Shade, colour_of};
use contract::{Floor, FloorBin};
use leptos::prelude::*;
use units::{Day, Money};

/// What bins are shaded by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shading {
    /// How full they are.
    Fill,
    /// How long the oldest has lain there.
    Age,
    /// How cold they are kept.
    Class,
    /// What lies there is worth.
    Value,
}

/// Days from which on stock is drawn as old as it gets.
const OLD_DAYS: i64 = 180;

impl Shading {
    pub const ALL: [Shading; 4] = [Shading::Fill, Shading::Age, Shading::Class, Shading::Value];

    pub const fn word(self) -> &'static str {
        match self {
            Shading::Fill => "fill",
            Shading::Age => "age",
            Shading::Class => "class",
            Shading::Value => "value",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    pub const fn name(self) -> W {
        match self {
            Shading::Fill => W::ShadeFill,
            Shading::Age => W::ShadeAge,
            Shading::Class => W::ShadeClass,
            Shading::Value => W::Value,
        }
    }

    /// What a warehouse is shown by at first: how full, where its bins' capacities are known.
    pub fn fitting(floor: &Floor) -> Self {
        let known = |of: fn(&FloorBin) -> bool| floor.bins.iter().any(of);
        if known(|bin| bin.fill.is_some()) {
            Shading::Fill
        } else if known(|bin| bin.value.0 > 0) {
            Shading::Value
        } else if known(|bin| bin.class.is_some()) {
            Shading::Class
        } else {
            Shading::Fill
        }
    }

    /// The value that is as dark as it gets.
    pub fn cap(self, floor: &Floor) -> i64 {
        match self {
            Shading::Fill => 1_000,
            Shading::Age => OLD_DAYS,
            Shading::Class => 0,
            Shading::Value => {
                let mut values: Vec<i64> =
                    floor.bins.iter().map(|bin| bin.value.0).filter(|value| *value > 0).collect();
                values.sort_unstable();
                // One dear bin leaves the others their differences.
                round_up(values.get(values.len() * 95 / 100).copied().unwrap_or(100))
            }
        }
    }

    /// How dark a bin is.
    pub fn of(self, bin: &FloorBin, today: Day, cap: i64) -> Shade {
        let share = |value: i64| Shade::Share((value as f64 / cap.max(1) as f64).clamp(0.0, 1.0) as f32);
        match self {
            Shading::Fill => match bin.fill {
                Some(fill) if fill > 1_000 => Shade::Over,
                Some(fill) if fill > 0 => share(fill),
                _ => Shade::Empty,
            },
            Shading::Age => match (bin.expiry, bin.oldest) {
                _ if bin.quantity.0 <= 0 => Shade::Empty,
                (Some(last), _) if last < today => Shade::Over,
                (_, Some(day)) => share(i64::from(today.0 - day.0)),
                _ => Shade::Empty,
            },
            Shading::Class => bin.class.map_or(Shade::Empty, Shade::Kind),
            Shading::Value if bin.value.0 > 0 => share(bin.value.0),
            Shading::Value => Shade::Empty,
        }
    }
}

/// The next of 1, 2, 5 × 10ⁿ.
fn round_up(value: i64) -> i64 {
    let mut ten = 1_i64;
    while ten < i64::MAX / 100 {
        for step in [1, 2, 5] {
            if ten * step >= value {
                return ten * step;
            }
        }
        ten *= 10;
    }
    value
}

/// What the shades mean, with units.
pub fn legend(fmt: &Fmt, floor: &Floor, shading: Shading, dark: bool) -> AnyView {
    let theme = theme(dark, 1.0);
    let swatch = |shade: Shade, text: String| {
        let colour = colour_of(shade, &theme).css();
        view! { <span class="k"><i style:background=colour></i>{text}</span> }.into_any()
    };
    let ramp = |from: String, to: String| {
        let steps = (0..6)
            .map(|step| {
                let colour = colour_of(Shade::Share(step as f32 / 5.0), &theme).css();
                view! { <i style:background=colour></i> }
            })
            .collect_view();
        view! { <span class="k ramp">{from}<span>{steps}</span>{to}</span> }.into_any()
    };
    let empty = |word: W| swatch(Shade::Empty, fmt.t(word).to_owned());
    let keys = match shading {
        Shading::Fill => vec![
            ramp("0".into(), "100 %".into()),
            swatch(Shade::Over, format!("▲ {}", fmt.t(W::FloorOver))),
            empty(W::FloorEmptyOrUntold),
        ],
        Shading::Age => vec![
            ramp(fmt.days(0), format!("≥ {}", fmt.days(OLD_DAYS))),
            swatch(Shade::Over, format!("▲ {}", fmt.t(W::FloorPastLastDay))),
            empty(W::FloorNothingInIt),
        ],
        Shading::Value => vec![
            ramp(fmt.money(Money(0)), format!("≥ {}", fmt.money(Money(shading.cap(floor))))),
            empty(W::FloorNothingInIt),
        ],
        Shading::Class => {
            let used = |n: usize| floor.bins.iter().any(|bin| bin.class.map(usize::from) == Some(n));
            let mut keys: Vec<AnyView> = CLASSES
                .iter()
                .enumerate()
                .filter(|(n, _)| used(*n))
                .filter_map(|(n, word)| {
                    let text = fmt.t(class_word(word)?).to_owned();
                    Some(swatch(Shade::Kind(u8::try_from(n).ok()?), text))
                })
                .collect();
            keys.push(empty(W::FloorClassUntold));
            keys
        }
    };
    view! { <span class="floorkeys" data-testid=id::FLOOR_LEGEND>{keys}</span> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Quantity;

    #[test]
    fn shades_say_what_they_mean() {
        let bin = FloorBin {
            fill: Some(500),
            quantity: Quantity::of(5),
            oldest: Some(Day(10)),
            value: Money(250),
            class: Some(3),
            ..FloorBin::default()
        };
        let of = |shading: Shading, bin: &FloorBin, cap| shading.of(bin, Day(100), cap);
        assert_eq!(of(Shading::Fill, &bin, 1_000), Shade::Share(0.5));
        assert_eq!(of(Shading::Fill, &FloorBin { fill: Some(1_001), ..bin.clone() }, 1_000), Shade::Over);
        assert_eq!(of(Shading::Age, &bin, 180), Shade::Share(0.5));
        assert_eq!(of(Shading::Age, &FloorBin { expiry: Some(Day(99)), ..bin.clone() }, 180), Shade::Over);
        assert_eq!(of(Shading::Value, &bin, 500), Shade::Share(0.5));
        assert_eq!(of(Shading::Class, &bin, 0), Shade::Kind(3));
        assert_eq!(of(Shading::Age, &FloorBin::default(), 180), Shade::Empty);
    }

    #[test]
    fn the_darkest_value_is_a_round_number() {
        let caps: Vec<i64> = [0, 1, 3, 40, 51, 999_999].into_iter().map(round_up).collect();
        assert_eq!(caps, [1, 1, 5, 50, 100, 1_000_000]);
    }
}
