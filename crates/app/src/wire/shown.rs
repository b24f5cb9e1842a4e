//! Stored values in the unit that people read, and what they type back into the stored one.
//!
//! Knows two units of one kind. Does not know who chose them: see `Believed::shown`. What is stored never changes by it.

use units::{Measure, Milli};

/// How the values of a channel are printed: nothing to do, or from the stored unit to the shown one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shown(Option<(&'static Measure, &'static Measure)>);

/// What does not fit stands at the end of what does.
fn fitting(converted: Option<Milli>, value: Milli) -> Milli {
    converted.unwrap_or(Milli(if value.0 < 0 { i64::MIN } else { i64::MAX }))
}

impl Shown {
    /// From a stored unit to another of its kind; as it is where there is no way.
    pub fn new(stored: &str, to: Option<&'static Measure>) -> Self {
        let pair = Measure::parse(stored).zip(to);
        Self(pair.filter(|(from, to)| from != to && from.kind == to.kind))
    }

    /// The unit that is printed beside a value.
    pub fn unit(&self, stored: &str) -> String {
        self.0.map_or(stored, |(_, to)| to.symbol).to_owned()
    }

    /// A value.
    pub fn value(&self, value: Milli) -> Milli {
        self.0.map_or(value, |(from, to)| fitting(from.convert(value, to), value))
    }

    /// A difference of values: a band, a rate.
    pub fn difference(&self, value: Milli) -> Milli {
        self.0.map_or(value, |(from, to)| fitting(from.convert_difference(value, to), value))
    }

    /// A limit as it was typed. One that prints as the known one does is the known one: a dialog that is opened and saved changes
    /// nothing, even where the shown unit is the coarser.
    pub fn typed(&self, typed: Milli, known: Option<Milli>) -> Milli {
        let Some((from, to)) = self.0 else { return typed };
        known
            .filter(|known| self.value(*known) == typed)
            .unwrap_or_else(|| fitting(to.convert(typed, from), typed))
    }

    /// A difference as it was typed.
    pub fn typed_difference(&self, typed: Milli, known: Milli) -> Milli {
        let Some((from, to)) = self.0 else { return typed };
        if self.difference(known) == typed {
            known
        } else {
            fitting(to.convert_difference(typed, from), typed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_comes_back_as_it_was_stored() {
        let shown = Shown::new("°C", Measure::parse("°F"));
        assert_eq!((shown.unit("°C").as_str(), shown.value(Milli(8_000))), ("°F", Milli(46_400)));
        assert_eq!(shown.difference(Milli(500)), Milli(900));
        assert_eq!(shown.typed(Milli(46_400), None), Milli(8_000));
        assert_eq!(shown.typed_difference(Milli(1_800), Milli(500)), Milli(1_000));
        // Coarser: a thousandth of a psi is seven of a kPa, so only what was changed is converted back.
        let coarse = Shown::new("kPa", Measure::parse("psi"));
        let stored = Milli(101_328);
        assert_ne!(coarse.typed(coarse.value(stored), None), stored);
        assert_eq!(coarse.typed(coarse.value(stored), Some(stored)), stored);
        assert_eq!(coarse.typed_difference(coarse.difference(Milli(501)), Milli(501)), Milli(501));
    }

    #[test]
    fn without_a_way_a_value_is_as_it_is_stored() {
        for shown in [
            Shown::default(),
            Shown::new("°C", None),
            Shown::new("°C", Measure::parse("kPa")),
            Shown::new("boxes", Measure::parse("°F")),
            Shown::new("°C", Measure::parse("°C")),
        ] {
            assert_eq!((shown.unit("°C").as_str(), shown.value(Milli(4_000))), ("°C", Milli(4_000)));
            assert_eq!(shown.typed(Milli(4_000), Some(Milli(1))), Milli(4_000));
        }
        let far = Shown::new("t", Measure::parse("g"));
        assert_eq!(far.value(Milli(i64::MAX / 2)), Milli(i64::MAX));
        assert_eq!(far.value(Milli(i64::MIN / 2)), Milli(i64::MIN));
    }
}
