//! Goods that come in: announced or ordered, received, put away.
//!
//! A [`Shipment`] is what a supplier is to bring, line by line. Where it is follows from what happened to its lines, so that state and
//! quantities can't disagree: nothing came, some of it came, all of it (or no more will), all of it lies where it belongs. What is still
//! expected is [`InLine::outstanding`]: it is what stands as on order, and no unit of it is counted twice. Does not know tables, bins or
//! clocks. Start at [`Shipment::receive`]. Tests: below.

use crate::{Actor, Role};
use units::{Quantity, Timestamp};

/// The bin that goods lie in from the door until they are put away. Nothing is promised from it.
pub const RECEIVING: &str = "RECEIVING";

/// Who decided, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why, where somebody said so.
    pub why: Option<String>,
}

/// How a shipment ended before everything it promised had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closing {
    /// No more will come of it: what is missing is short.
    Finished(Ruling),
    /// Nothing of it will come.
    Cancelled(Ruling),
}

/// Where a shipment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InState {
    /// Nothing came yet.
    #[default]
    Expected,
    /// Some of it came.
    Receiving,
    /// All of it came, or no more will; some still lies where it was received.
    Received,
    /// All that came lies where it belongs: it is over.
    PutAway,
    /// Nothing of it came, and nothing will.
    Cancelled,
}

impl InState {
    /// All of them, in their order.
    pub const ALL: [InState; 5] =
        [InState::Expected, InState::Receiving, InState::Received, InState::PutAway, InState::Cancelled];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            InState::Expected => "expected",
            InState::Receiving => "receiving",
            InState::Received => "received",
            InState::PutAway => "put-away",
            InState::Cancelled => "cancelled",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Nothing is left to be done.
    pub const fn is_over(self) -> bool {
        matches!(self, InState::PutAway | InState::Cancelled)
    }
}

/// One line of a shipment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InLine {
    /// What was announced or ordered; nothing where goods came that nobody announced.
    pub expected: Quantity,
    /// Of these, announced again in a shipment of its own: it is expected there.
    pub elsewhere: Quantity,
    /// Came, and is good.
    pub received: Quantity,
    /// Came, and is not.
    pub damaged: Quantity,
    /// Of what is good, taken to where it belongs.
    pub put_away: Quantity,
}

impl InLine {
    /// What came, good or not.
    pub fn came(&self) -> Quantity {
        self.received.plus(self.damaged)
    }

    /// What was to come with this shipment and did not.
    fn missing(&self) -> Quantity {
        Quantity(self.expected.minus(self.elsewhere).minus(self.came()).0.max(0))
    }

    /// More than was expected.
    pub fn over(&self) -> Quantity {
        Quantity(self.came().minus(self.expected.minus(self.elsewhere)).0.max(0))
    }

    /// What lies where it was received.
    pub fn waiting(&self) -> Quantity {
        self.received.minus(self.put_away)
    }
}

/// What is to come from a supplier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipment {
    /// Its lines.
    pub lines: Vec<InLine>,
    /// How it ended early, if it did.
    pub closing: Option<Closing>,
}

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InRefusal {
    /// The state does not allow it.
    #[error("the shipment is {} already; refresh the list", .0.word())]
    State(InState),
    /// There is no such line.
    #[error("the shipment has no such line; refresh the list")]
    Line,
    /// Nothing, or less than nothing.
    #[error("the quantity must be above zero")]
    Quantity,
    /// More than is expected, and nobody said that this is so.
    #[error("that is {0} more than is still expected; count again, or say that more came")]
    Over(Quantity),
    /// More than waits.
    #[error("only {0} of it still wait to be put away")]
    NotWaiting(Quantity),
    /// Nothing came of it.
    #[error("nothing of it came; cancel it instead")]
    NothingCame,
    /// Something came of it.
    #[error("some of it came; say that no more will come instead")]
    SomeCame,
    /// Not for this role.
    #[error("only a manager cancels a shipment or opens it again")]
    Role,
    /// More than there is to take back.
    #[error("there is no more than {0} to take back; what was put away is moved back first")]
    NotThere(Quantity),
}

/// How what came stands to what was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// So much of it was expected.
    pub expected: Quantity,
    /// So much was not.
    pub over: Quantity,
}

impl Shipment {
    /// Where it is.
    pub fn state(&self) -> InState {
        if matches!(self.closing, Some(Closing::Cancelled(_))) {
            return InState::Cancelled;
        }
        let came = self.lines.iter().any(|line| line.came() > Quantity::ZERO);
        let missing = self.lines.iter().any(|line| line.missing() > Quantity::ZERO);
        let waiting = self.lines.iter().any(|line| line.waiting() > Quantity::ZERO);
        // Lines that were all announced elsewhere leave nothing to be done here.
        let announced = self.lines.iter().any(|line| line.elsewhere > Quantity::ZERO);
        match (came, missing && self.closing.is_none(), waiting) {
            (false, true, _) => InState::Expected,
            (false, false, _) if !announced && self.closing.is_none() => InState::Expected,
            (true, true, _) => InState::Receiving,
            (_, false, true) => InState::Received,
            (_, false, false) => InState::PutAway,
        }
    }

    /// What is still expected of a line: what stands as on order.
    pub fn outstanding(&self, line: usize) -> Quantity {
        match (&self.closing, self.lines.get(line)) {
            (None, Some(line)) => line.missing(),
            _ => Quantity::ZERO,
        }
    }

    /// What did not come and won't.
    pub fn short(&self, line: usize) -> Quantity {
        match (&self.closing, self.lines.get(line)) {
            (Some(Closing::Finished(_)), Some(line)) => line.missing(),
            _ => Quantity::ZERO,
        }
    }

    fn line(&mut self, line: usize) -> Result<&mut InLine, InRefusal> {
        self.lines.get_mut(line).ok_or(InRefusal::Line)
    }

    /// Goods came. More than is expected is refused unless `over` says that it is so; what comes late, or after it was said that no more
    /// would, is more than was expected.
    pub fn receive(
        &mut self,
        line: usize,
        good: Quantity,
        damaged: Quantity,
        over: bool,
    ) -> Result<Arrived, InRefusal> {
        match self.state() {
            InState::PutAway if self.closing.is_none() || over => {}
            state if state.is_over() => return Err(InRefusal::State(state)),
            _ => {}
        }
        let came = good.plus(damaged);
        if good.0 < 0 || damaged.0 < 0 || came.0 == 0 {
            return Err(InRefusal::Quantity);
        }
        let expected = Quantity(came.0.min(self.outstanding(line).0));
        let more = came.minus(expected);
        let own = self.line(line)?;
        if more.0 > 0 && !over {
            return Err(InRefusal::Over(more));
        }
        own.received = own.received.plus(good);
        own.damaged = own.damaged.plus(damaged);
        Ok(Arrived { expected, over: more })
    }

    /// Good goods were taken to where they belong.
    pub fn put_away(&mut self, line: usize, quantity: Quantity) -> Result<InState, InRefusal> {
        if self.state() == InState::Cancelled {
            return Err(InRefusal::State(InState::Cancelled));
        }
        let own = self.line(line)?;
        if quantity.0 <= 0 {
            return Err(InRefusal::Quantity);
        }
        if quantity > own.waiting() {
            return Err(InRefusal::NotWaiting(own.waiting()));
        }
        own.put_away = own.put_away.plus(quantity);
        Ok(self.state())
    }

    /// So much of a line is announced in a shipment of its own: as much of it as is still expected. Says how much that is.
    pub fn announce(&mut self, line: usize, quantity: Quantity) -> Quantity {
        let taken = Quantity(quantity.0.min(self.outstanding(line).0).max(0));
        if let Some(own) = self.lines.get_mut(line) {
            own.elsewhere = own.elsewhere.plus(taken);
        }
        taken
    }

    /// No more will come: what is missing of each line is short, and no longer expected.
    pub fn finish(
        &mut self,
        by: &Actor,
        at: Timestamp,
        why: Option<String>,
    ) -> Result<Vec<Quantity>, InRefusal> {
        match self.state() {
            InState::Receiving => {}
            InState::Expected => return Err(InRefusal::NothingCame),
            state => return Err(InRefusal::State(state)),
        }
        let short = self.all_outstanding();
        self.closing = Some(Closing::Finished(Ruling { at, by: by.name.clone(), why }));
        Ok(short)
    }

    /// Nothing will come: what each line still expected is no longer.
    pub fn cancel(
        &mut self,
        by: &Actor,
        at: Timestamp,
        why: Option<String>,
    ) -> Result<Vec<Quantity>, InRefusal> {
        if by.role < Role::Manager {
            return Err(InRefusal::Role);
        }
        match self.state() {
            InState::Expected => {}
            InState::Receiving | InState::Received => return Err(InRefusal::SomeCame),
            state => return Err(InRefusal::State(state)),
        }
        let open = self.all_outstanding();
        self.closing = Some(Closing::Cancelled(Ruling { at, by: by.name.clone(), why }));
        Ok(open)
    }

    /// It was closed too early: what is missing is expected again, so much of each line.
    pub fn reopen(&mut self, by: &Actor) -> Result<Vec<Quantity>, InRefusal> {
        if by.role < Role::Manager {
            return Err(InRefusal::Role);
        }
        if self.closing.is_none() {
            return Err(InRefusal::State(self.state()));
        }
        self.closing = None;
        Ok(self.all_outstanding())
    }

    /// A receipt was wrong. Only what is not put away yet can be taken back. Says how much of it is expected again.
    pub fn take_back(
        &mut self,
        line: usize,
        good: Quantity,
        damaged: Quantity,
    ) -> Result<Quantity, InRefusal> {
        let before = self.outstanding(line);
        let own = self.line(line)?;
        if good > own.waiting() {
            return Err(InRefusal::NotThere(own.waiting()));
        }
        if damaged > own.damaged {
            return Err(InRefusal::NotThere(own.damaged));
        }
        own.received = own.received.minus(good);
        own.damaged = own.damaged.minus(damaged);
        Ok(self.outstanding(line).minus(before))
    }

    /// What was put away lies where it was received again.
    pub fn take_out(&mut self, line: usize, quantity: Quantity) -> Result<(), InRefusal> {
        let own = self.line(line)?;
        if quantity > own.put_away {
            return Err(InRefusal::NotThere(own.put_away));
        }
        own.put_away = own.put_away.minus(quantity);
        Ok(())
    }

    fn all_outstanding(&self) -> Vec<Quantity> {
        (0..self.lines.len()).map(|line| self.outstanding(line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn who(role: Role) -> Actor {
        Actor { name: "Ada".into(), role }
    }

    fn shipment(expected: &[i64]) -> Shipment {
        let line = |units: &i64| InLine { expected: Quantity::of(*units), ..InLine::default() };
        Shipment { lines: expected.iter().map(line).collect(), closing: None }
    }

    #[test]
    fn a_shipment_goes_from_expected_to_put_away() {
        let (mut one, at) = (shipment(&[10, 5]), Timestamp(1));
        let q = Quantity::of;
        assert_eq!(one.state(), InState::Expected);
        assert_eq!(one.finish(&who(Role::Manager), at, None), Err(InRefusal::NothingCame));
        assert_eq!(one.receive(0, q(0), q(0), true), Err(InRefusal::Quantity));
        assert_eq!(one.receive(2, q(1), q(0), true), Err(InRefusal::Line));
        assert_eq!(one.receive(0, q(8), q(1), false), Ok(Arrived { expected: q(9), over: q(0) }));
        assert_eq!(one.state(), InState::Receiving);
        assert_eq!(one.receive(0, q(3), q(0), false), Err(InRefusal::Over(q(2))));
        assert_eq!(one.receive(0, q(3), q(0), true), Ok(Arrived { expected: q(1), over: q(2) }));
        assert_eq!((one.outstanding(0), one.lines[0].over()), (q(0), q(2)));
        assert_eq!(one.cancel(&who(Role::Manager), at, None), Err(InRefusal::SomeCame));
        assert_eq!(one.finish(&who(Role::Operator), at, None), Ok(vec![q(0), q(5)]));
        assert_eq!((one.state(), one.short(1), one.outstanding(1)), (InState::Received, q(5), q(0)));
        assert_eq!(one.put_away(0, q(12)), Err(InRefusal::NotWaiting(q(11))));
        assert_eq!(one.put_away(0, q(11)), Ok(InState::PutAway));
        assert_eq!(one.receive(1, q(1), q(0), false), Err(InRefusal::State(InState::PutAway)));
        assert_eq!(one.reopen(&who(Role::Operator)), Err(InRefusal::Role));
        assert_eq!(one.reopen(&who(Role::Manager)), Ok(vec![q(0), q(5)]));
        assert_eq!(one.state(), InState::Receiving);
    }

    #[test]
    fn what_is_announced_elsewhere_is_expected_there_alone() {
        let (mut one, q) = (shipment(&[10]), Quantity::of);
        assert_eq!(one.announce(0, q(4)), q(4));
        assert_eq!((one.outstanding(0), one.state()), (q(6), InState::Expected));
        assert_eq!(one.announce(0, q(40)), q(6));
        assert_eq!((one.outstanding(0), one.state()), (q(0), InState::PutAway));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Receive(usize, i64, i64, bool),
        PutAway(usize, i64),
        Announce(usize, i64),
        Finish,
        Cancel,
        Reopen,
        TakeBack(usize, i64, i64),
        TakeOut(usize, i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let (line, some) = (0usize..3, 0i64..8);
        prop_oneof![
            4 => (line.clone(), some.clone(), 0i64..3, any::<bool>()).prop_map(|(l, g, d, o)| Step::Receive(l, g, d, o)),
            4 => (line.clone(), some.clone()).prop_map(|(l, q)| Step::PutAway(l, q)),
            1 => (line.clone(), some.clone()).prop_map(|(l, q)| Step::Announce(l, q)),
            1 => Just(Step::Finish),
            1 => Just(Step::Cancel),
            1 => Just(Step::Reopen),
            2 => (line.clone(), some.clone(), 0i64..3).prop_map(|(l, g, d)| Step::TakeBack(l, g, d)),
            1 => (line, some).prop_map(|(l, q)| Step::TakeOut(l, q)),
        ]
    }

    proptest! {
        /// A notebook of units, each in one of five heaps: to come, announced elsewhere, lying good, lying damaged, put away; and what
        /// came beyond what was to come. Whatever steps are taken, the machine says what the notebook says.
        #[test]
        fn the_machine_agrees_with_a_notebook(
            expected in prop::collection::vec(0i64..12, 1..3), steps in prop::collection::vec(step(), 0..40),
        ) {
            let mut one = shipment(&expected);
            let (manager, at) = (who(Role::Manager), Timestamp(7));
            let n = expected.len();
            let (mut elsewhere, mut lying, mut broken, mut away) = (vec![0; n], vec![0; n], vec![0; n], vec![0; n]);
            for step in steps {
                match step {
                    Step::Receive(line, good, damaged, over) => {
                        let before = one.outstanding(line);
                        if let Ok(arrived) = one.receive(line, Quantity::of(good), Quantity::of(damaged), over) {
                            prop_assert_eq!(arrived.expected.plus(arrived.over), Quantity::of(good + damaged));
                            prop_assert!(over || arrived.over == Quantity::ZERO);
                            prop_assert_eq!(before.minus(one.outstanding(line)), arrived.expected);
                            lying[line] += good;
                            broken[line] += damaged;
                        }
                    }
                    Step::PutAway(line, quantity) => {
                        if one.put_away(line, Quantity::of(quantity)).is_ok() {
                            lying[line] -= quantity;
                            away[line] += quantity;
                        }
                    }
                    Step::Announce(line, quantity) => {
                        let taken = one.announce(line, Quantity::of(quantity));
                        if taken.0 > 0 {
                            elsewhere[line] += taken.0 / 1000;
                        }
                    }
                    Step::Finish => {
                        let open: Vec<_> = (0..n).map(|line| one.outstanding(line)).collect();
                        if let Ok(short) = one.finish(&manager, at, None) {
                            prop_assert_eq!(&short, &open);
                            prop_assert!((0..n).all(|line| one.short(line) == short[line]));
                        }
                    }
                    Step::Cancel => {
                        if one.cancel(&manager, at, None).is_ok() {
                            prop_assert!((0..n).all(|line| lying[line] + broken[line] + away[line] == 0));
                        }
                    }
                    Step::Reopen => drop(one.reopen(&manager)),
                    Step::TakeBack(line, good, damaged) => {
                        if one.take_back(line, Quantity::of(good), Quantity::of(damaged)).is_ok() {
                            lying[line] -= good;
                            broken[line] -= damaged;
                        }
                    }
                    Step::TakeOut(line, quantity) => {
                        if one.take_out(line, Quantity::of(quantity)).is_ok() {
                            away[line] -= quantity;
                            lying[line] += quantity;
                        }
                    }
                }
                for line in 0..n {
                    let own = one.lines[line];
                    let came = lying[line] + broken[line] + away[line];
                    let here = expected[line] - elsewhere[line];
                    prop_assert!(lying[line] >= 0 && broken[line] >= 0 && away[line] >= 0 && elsewhere[line] <= expected[line]);
                    prop_assert_eq!(own.waiting(), Quantity::of(lying[line]));
                    prop_assert_eq!(own.came(), Quantity::of(came));
                    prop_assert_eq!(own.over(), Quantity::of((came - here).max(0)));
                    let open = if one.closing.is_none() { (here - came).max(0) } else { 0 };
                    prop_assert_eq!(one.outstanding(line), Quantity::of(open));
                }
                let any = |heap: &[i64]| heap.iter().any(|units| *units > 0);
                let state = one.state();
                match state {
                    InState::Expected | InState::Cancelled => prop_assert!(!any(&lying) && !any(&broken) && !any(&away)),
                    InState::Receiving => prop_assert!((0..n).any(|line| one.outstanding(line).0 > 0)),
                    InState::Received => prop_assert!(any(&lying)),
                    InState::PutAway => prop_assert!(!any(&lying)),
                }
                prop_assert!(!state.is_over() || (0..n).all(|line| one.outstanding(line).0 == 0));
            }
        }
    }
}
