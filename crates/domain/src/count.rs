//! Cycle counts: what to count first, the life of a counted line, and what a count books.
//!
//! A count never sets what is on hand: it books the difference to what the ledger said at the moment of counting, so that goods may go on
//! moving until somebody approves. A large difference is counted again by another person before anybody can approve it. Does not know
//! tables, screens or clocks. Start at [`due`]; a line's life is [`CountLine::counted`], then [`CountLine::approve`]. Tests: below.

use crate::{Actor, Role};
use units::{BinId, Day, ItemId, LotId, Money, Quantity};

/// A rank by yearly value: A are the few items that make most of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AbcClass {
    /// The first 80 % of the value.
    A,
    /// The next 15 %.
    B,
    /// The rest, and what does not move.
    C,
}

impl AbcClass {
    /// All of them.
    pub const ALL: [AbcClass; 3] = [AbcClass::A, AbcClass::B, AbcClass::C];

    /// Its letter.
    pub const fn word(self) -> &'static str {
        match self {
            AbcClass::A => "A",
            AbcClass::B => "B",
            AbcClass::C => "C",
        }
    }

    /// The class of a letter.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// What makes the ledger's figure doubtful before anybody counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountDoubt {
    /// Less than nothing is there.
    Negative,
    /// Movements took effect before the day they were booked.
    BackDated,
    /// It lies in the bin of what nobody said the place of.
    DefaultBin,
}

/// A place with something in it, or said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountCandidate {
    /// Of what.
    pub item: ItemId,
    /// Of which lot.
    pub lot: Option<LotId>,
    /// Where.
    pub bin: BinId,
    /// What the ledger says.
    pub book: Quantity,
    /// What that is worth.
    pub value: Money,
    /// The item's class, where demand is known.
    pub class: Option<AbcClass>,
    /// When it was last counted.
    pub counted_on: Option<Day>,
    /// Why the figure is in doubt.
    pub doubt: Option<CountDoubt>,
}

/// How often what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountRules {
    /// Days between two counts of a place with an item of class A, B, C; 0 leaves a class out.
    pub every_days: [u16; 3],
    /// Places in doubt come first, whenever they were counted.
    pub doubts: bool,
    /// Places with less in them are left out, doubts apart.
    pub value_min: Money,
    /// Lines at most.
    pub lines_max: usize,
}

impl Default for CountRules {
    /// A each month, B each quarter, C each half-year.
    fn default() -> Self {
        Self { every_days: [30, 90, 180], doubts: true, value_min: Money(0), lines_max: 200 }
    }
}

/// Why a place is to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountReason {
    /// Its figure is in doubt.
    Doubt(CountDoubt),
    /// It was never counted.
    Never,
    /// Its last count is so many days too old.
    Overdue(i32),
}

/// The places to count today, the most urgent first: doubts (negative, back-dated, default bin), then what was never counted and what
/// is overdue, by how many of its periods it is late; among equals the most valuable first.
pub fn due(candidates: &[CountCandidate], rules: &CountRules, today: Day) -> Vec<(usize, CountReason)> {
    let mut due: Vec<(usize, CountReason, (u8, i64))> = candidates
        .iter()
        .enumerate()
        .filter_map(|(place, one)| {
            if let Some(doubt) = one.doubt.filter(|_| rules.doubts) {
                return Some((place, CountReason::Doubt(doubt), (0, doubt as i64)));
            }
            let every = i32::from(rules.every_days[one.class.unwrap_or(AbcClass::C) as usize]);
            if every == 0 || one.value < rules.value_min {
                return None;
            }
            let Some(last) = one.counted_on else {
                return Some((place, CountReason::Never, (1, 0)));
            };
            let late = today.0.saturating_sub(last.0) - every;
            // In thousandths of the period, the latest first.
            (late >= 0).then(|| {
                (place, CountReason::Overdue(late), (2, -i64::from(late) * 1_000 / i64::from(every)))
            })
        })
        .collect();
    due.sort_by_key(|(place, _, rank)| (*rank, -candidates[*place].value.0.abs(), *place));
    due.truncate(rules.lines_max);
    due.into_iter().map(|(place, reason, _)| (place, reason)).collect()
}

/// When a difference is counted again before it can be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// Up to this share of what the ledger says, in thousandths.
    pub permille: u16,
    /// And up to this value.
    pub value: Money,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { permille: 20, value: Money(10_000) }
    }
}

impl Tolerance {
    /// Whether a difference may stand without another count.
    pub fn allows(&self, book: Quantity, counted: Quantity, unit_cost: Money) -> bool {
        let variance = i128::from(counted.0) - i128::from(book.0);
        let share = variance.abs() * 1_000 <= i128::from(self.permille) * i128::from(book.0).abs();
        share && variance_value(book, counted, unit_cost).0.abs() <= self.value.0
    }
}

/// What the difference is worth: negative where less was found.
pub fn variance_value(book: Quantity, counted: Quantity, unit_cost: Money) -> Money {
    unit_cost.times(counted.minus(book))
}

/// Where a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountState {
    /// To be counted.
    #[default]
    Open,
    /// Counted, too far off: another person counts it again.
    Recount,
    /// Counted; somebody may approve it.
    Counted,
    /// Approved; the difference is in the ledger.
    Booked,
    /// Not believed; nothing was booked.
    Rejected,
}

impl CountState {
    /// All of them.
    pub const ALL: [CountState; 5] = [
        CountState::Open,
        CountState::Recount,
        CountState::Counted,
        CountState::Booked,
        CountState::Rejected,
    ];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            CountState::Open => "open",
            CountState::Recount => "recount",
            CountState::Counted => "counted",
            CountState::Booked => "booked",
            CountState::Rejected => "rejected",
        }
    }
}

/// One person's count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// What was there.
    pub quantity: Quantity,
    /// What the ledger said at that moment.
    pub book: Quantity,
    /// Who counted.
    pub by: String,
}

/// A line of a count plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountLine {
    /// Where it is.
    pub state: CountState,
    /// The counts, in their order.
    pub tallies: Vec<Tally>,
}

/// Why a count or its approval is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountRefusal {
    /// Less than nothing.
    #[error("nobody can count less than nothing; count again")]
    Negative,
    /// It is over.
    #[error("the line is {} already; refresh the list", .0.word())]
    State(CountState),
    /// The same person.
    #[error("who counted first can't be who counts again; let another person count it")]
    SamePerson,
    /// Too much for the role.
    #[error("a difference worth more than {} is approved by a manager", .0)]
    Limit(Money),
    /// It is to be counted again.
    #[error("it is to be counted again before anybody can approve it")]
    NotRecounted,
}

impl CountLine {
    /// Takes a count. Beyond the tolerance the line waits for a second person; their count stands unless it agrees with neither the
    /// ledger nor the first, which a third settles: two counts that agree always stand.
    pub fn counted(
        &mut self,
        tally: Tally,
        tolerance: &Tolerance,
        unit_cost: Money,
    ) -> Result<CountState, CountRefusal> {
        if !matches!(self.state, CountState::Open | CountState::Recount) {
            return Err(CountRefusal::State(self.state));
        }
        if tally.quantity.0 < 0 {
            return Err(CountRefusal::Negative);
        }
        if self.tallies.last().is_some_and(|last| last.by == tally.by) {
            return Err(CountRefusal::SamePerson);
        }
        let variance = |one: &Tally| one.quantity.minus(one.book);
        let agrees = self.tallies.iter().any(|earlier| variance(earlier) == variance(&tally));
        let close = tolerance.allows(tally.book, tally.quantity, unit_cost);
        self.tallies.push(tally);
        self.state =
            if agrees || close || self.tallies.len() > 2 { CountState::Counted } else { CountState::Recount };
        Ok(self.state)
    }

    /// What would be booked: the last count's difference to the ledger of its moment.
    pub fn variance(&self) -> Option<Quantity> {
        self.tallies.last().map(|tally| tally.quantity.minus(tally.book))
    }

    /// Lets the difference into the ledger. Who may count may approve up to `limit`; beyond it a manager has to.
    pub fn approve(
        &mut self,
        actor: &Actor,
        unit_cost: Money,
        limit: Money,
    ) -> Result<Quantity, CountRefusal> {
        match (self.state, self.variance()) {
            (CountState::Counted, Some(variance)) => {
                if actor.role < Role::Manager && unit_cost.times(variance).0.abs() > limit.0 {
                    return Err(CountRefusal::Limit(limit));
                }
                self.state = CountState::Booked;
                Ok(variance)
            }
            (CountState::Recount, _) => Err(CountRefusal::NotRecounted),
            (state, _) => Err(CountRefusal::State(state)),
        }
    }

    /// Does not believe it: nothing is booked.
    pub fn reject(&mut self) -> Result<(), CountRefusal> {
        match self.state {
            CountState::Booked | CountState::Rejected => Err(CountRefusal::State(self.state)),
            _ => {
                self.state = CountState::Rejected;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(
        item: i64,
        value: i64,
        class: AbcClass,
        counted: Option<i32>,
        doubt: Option<CountDoubt>,
    ) -> CountCandidate {
        CountCandidate {
            item: ItemId(item),
            lot: None,
            bin: BinId(2),
            book: Quantity::of(5),
            value: Money(value),
            class: Some(class),
            counted_on: counted.map(Day),
            doubt,
        }
    }

    #[test]
    fn doubts_come_first_then_what_was_never_counted_then_the_latest() {
        use AbcClass::*;
        let all = [
            candidate(1, 100, A, Some(95), None),
            candidate(2, 100, A, Some(60), None),
            candidate(3, 900, C, Some(0), None),
            candidate(4, 100, B, None, None),
            candidate(5, 1, C, Some(99), Some(CountDoubt::BackDated)),
            candidate(6, 1, C, Some(99), Some(CountDoubt::Negative)),
            candidate(7, 200, B, None, None),
            candidate(8, 100, A, Some(10), None),
        ];
        let order = |rules: &CountRules| -> Vec<i64> {
            due(&all, rules, Day(100)).into_iter().map(|(place, _)| all[place].item.0).collect()
        };
        let rules = CountRules::default();
        assert_eq!(order(&rules), [6, 5, 7, 4, 8, 2]);
        assert_eq!(order(&CountRules { lines_max: 3, ..rules.clone() }), [6, 5, 7]);
        assert_eq!(order(&CountRules { doubts: false, value_min: Money(150), ..rules.clone() }), [7]);
        assert_eq!(order(&CountRules { every_days: [0, 0, 100], doubts: false, ..rules }), [3]);
    }

    #[test]
    fn a_large_difference_takes_two_people() {
        let tally = |units: i64, by: &str| Tally {
            quantity: Quantity::of(units),
            book: Quantity::of(100),
            by: by.into(),
        };
        let (tolerance, cost) = (Tolerance::default(), Money(500));
        let mut line = CountLine::default();
        assert_eq!(line.counted(tally(80, "Li"), &tolerance, cost), Ok(CountState::Recount));
        let operator = Actor { name: "Li".into(), role: Role::Operator };
        let manager = Actor { name: "Wang".into(), role: Role::Manager };
        assert_eq!(line.clone().approve(&manager, cost, Money(0)), Err(CountRefusal::NotRecounted));
        assert_eq!(line.counted(tally(80, "Li"), &tolerance, cost), Err(CountRefusal::SamePerson));
        assert_eq!(line.counted(tally(81, "Ada"), &tolerance, cost), Ok(CountState::Recount));
        assert_eq!(line.counted(tally(80, "Li"), &tolerance, cost), Ok(CountState::Counted));
        assert_eq!(
            line.clone().approve(&operator, cost, Money(9_999)),
            Err(CountRefusal::Limit(Money(9_999)))
        );
        assert_eq!(line.clone().approve(&operator, cost, Money(10_000)), Ok(Quantity::of(-20)));
        assert_eq!(line.approve(&manager, cost, Money(0)), Ok(Quantity::of(-20)));
        assert_eq!(
            line.counted(tally(100, "Ada"), &tolerance, cost),
            Err(CountRefusal::State(CountState::Booked))
        );
        assert_eq!(line.reject(), Err(CountRefusal::State(CountState::Booked)));
        assert_eq!(
            CountLine::default().counted(tally(-1, "Li"), &tolerance, cost),
            Err(CountRefusal::Negative)
        );
        assert_eq!(CountLine::default().counted(tally(99, "Li"), &tolerance, cost), Ok(CountState::Counted));
    }

    proptest! {
        #[test]
        fn what_is_booked_is_the_last_counts_difference_and_only_once(
            counts in prop::collection::vec((0i64..200, 0i64..200, 0u8..3), 1..6), cost in 0i64..10_000,
        ) {
            let (tolerance, mut line) = (Tolerance::default(), CountLine::default());
            let mut last = None;
            for (counted, book, by) in counts {
                let tally = Tally { quantity: Quantity::of(counted), book: Quantity::of(book), by: by.to_string() };
                if line.counted(tally, &tolerance, Money(cost)).is_ok() {
                    last = Some(Quantity::of(counted - book));
                }
            }
            prop_assert!(line.tallies.len() <= 3);
            prop_assert!(line.tallies.windows(2).all(|pair| pair[0].by != pair[1].by));
            prop_assert_eq!(line.variance(), last);
            let manager = Actor { name: "m".into(), role: Role::Manager };
            if line.state == CountState::Counted {
                prop_assert_eq!(Some(line.approve(&manager, Money(cost), Money(0)).unwrap()), last);
            }
            prop_assert!(line.approve(&manager, Money(cost), Money(0)).is_err());
        }
    }
}
