//! Each task said in either order, what is refused, and what holds whatever is scanned.

use super::*;
use crate::stock::LotStatus;
use proptest::prelude::*;

const TODAY: Day = Day(100);
const HOME: BinId = BinId(9);

fn bin(n: i64) -> Input {
    one(&format!("bin {n}"), Meaning::Bin(BinId(n)))
}

fn one(text: &str, meaning: Meaning) -> Input {
    Input::Scan { text: text.into(), meanings: vec![meaning] }
}

fn goods(item: i64) -> Goods {
    Goods { item: ItemId(item), lot: None, serial: None, quantity: None, lot_only: false }
}

fn item(n: i64) -> Input {
    one("item", Meaning::Goods(goods(n)))
}

fn of_lot(item: i64, lot: &Lot) -> Input {
    let lot = LotSaid { id: Some(lot.id), code: lot.code.clone(), expiry: lot.expiry };
    one("lot", Meaning::Goods(Goods { lot: Some(lot), ..goods(item) }))
}

fn lot(id: i64, item: i64, expiry: Option<i32>, status: LotStatus) -> Lot {
    Lot { id: LotId(id), item: ItemId(item), code: format!("L{id}"), expiry: expiry.map(Day), status }
}

fn stand(item: i64, lot: i64, bin: i64, units: i64) -> Stand {
    Stand {
        item: ItemId(item),
        lot: (lot > 0).then_some(LotId(lot)),
        bin: BinId(bin),
        standing: Standing::Free,
        quantity: Quantity::of(units),
    }
}

/// Item 1 has no lots: 10 in bin 1, 4 in bin 2. Item 2: lot 1 (to day 150) and 2 (to day 120) in bin 1, lot 3 held and 4
/// expired in bin 3. Item 3 has serial numbers.
fn shelf() -> Shelf {
    let lots = vec![
        lot(1, 2, Some(150), LotStatus::Available),
        lot(2, 2, Some(120), LotStatus::Available),
        lot(3, 2, Some(200), LotStatus::Held),
        lot(4, 2, Some(90), LotStatus::Available),
    ];
    let held = Stand { standing: Standing::Held, ..stand(2, 3, 3, 5) };
    Shelf {
        today: TODAY,
        stands: vec![
            stand(1, 0, 1, 10),
            stand(1, 0, 2, 4),
            stand(2, 1, 1, 6),
            stand(2, 2, 1, 6),
            held,
            stand(2, 4, 4, 5),
            stand(3, 0, 1, 2),
            stand(1, 0, 9, 3),
        ],
        lots,
        serials: vec![SerialStand { item: ItemId(3), code: "S1".into(), bin: Some(BinId(1)) }],
        lines: Vec::new(),
    }
}

/// What every input came to, in a word each, and what was booked.
fn run(flow: &mut Flow, inputs: &[Input], shelf: &Shelf) -> (Vec<String>, Vec<Booking>) {
    let (mut words, mut booked) = (Vec::new(), Vec::new());
    for input in inputs {
        let step = step(flow, input, shelf);
        words.push(match step.feedback {
            Feedback::Accepted(taken) => format!("{taken:?}"),
            Feedback::Done => "Done".into(),
            Feedback::Wrong(why) => format!("{why:?}").split([' ', '(']).next().unwrap_or_default().into(),
            Feedback::Ask => "Ask".into(),
        });
        *flow = step.flow;
        booked.extend(step.book);
    }
    (words, booked)
}

fn check(
    task: Task,
    inputs: &[Input],
    words: &[&str],
    booked: &[(i64, Option<&str>, Option<i64>, Option<i64>)],
) {
    let mut flow = Flow::new(task, Some(HOME));
    let (told, books) = run(&mut flow, inputs, &shelf());
    assert_eq!(told, words, "{task:?}");
    let books: Vec<_> = books
        .iter()
        .map(|b| {
            let lot = b.lot.as_ref().map(|lot| lot.code.as_str());
            (b.quantity.0 / Quantity::ONE.0, lot, b.from.map(|b| b.0), b.to.map(|b| b.0))
        })
        .collect();
    assert_eq!(books, booked, "{task:?}");
}

fn n(units: i64) -> Input {
    Input::Number(Quantity::of(units))
}

#[test]
fn each_task_is_said_in_either_order() {
    use Task::*;
    let two = [(2, None, Some(1), Some(2))];
    check(Move, &[bin(1), item(1), item(1), bin(2)], &["Bin", "Goods", "Goods", "Done"], &two);
    check(Move, &[item(1), bin(1), item(1), bin(2)], &["Goods", "Bin", "Goods", "Done"], &two);
    check(Move, &[item(1), n(2), bin(1), bin(2)], &["Goods", "Quantity", "Bin", "Done"], &two);
    check(Move, &[n(2), bin(1), item(1), bin(2)], &["Quantity", "Bin", "Goods", "Done"], &two);
    let all = [(10, None, Some(1), Some(2))];
    check(Move, &[bin(1), item(1), Input::All, bin(2)], &["Bin", "Goods", "Quantity", "Done"], &all);

    let away = [(2, None, Some(9), Some(2))];
    check(PutAway, &[item(1), item(1), bin(2)], &["Goods", "Goods", "Done"], &away);
    check(PutAway, &[bin(2), item(1), n(2)], &["Bin", "Goods", "Done"], &away);
    check(PutAway, &[bin(2), item(1), item(1), bin(2)], &["Bin", "Goods", "Goods", "Done"], &away);

    // Without a bin they are received where goods come in.
    check(
        Receive,
        &[item(1), n(7), Input::Enter],
        &["Goods", "Quantity", "Done"],
        &[(7, None, None, Some(9))],
    );
    check(Receive, &[bin(2), item(1), n(7)], &["Bin", "Goods", "Done"], &[(7, None, None, Some(2))]);
    check(Receive, &[item(1), bin(2)], &["Goods", "Done"], &[(1, None, None, Some(2))]);

    check(Pick, &[bin(1), item(1), n(3)], &["Bin", "Goods", "Done"], &[(3, None, Some(1), None)]);
    check(Pick, &[item(1), item(1), bin(1)], &["Goods", "Goods", "Done"], &[(2, None, Some(1), None)]);

    // A count ends when it is said so: more may be read.
    let counted = [(3, None, Some(2), None)];
    check(
        Count,
        &[item(1), bin(2), item(1), item(1), Input::Enter],
        &["Goods", "Bin", "Goods", "Goods", "Done"],
        &counted,
    );
    check(Count, &[bin(2), item(1), n(3)], &["Bin", "Goods", "Done"], &counted);
    check(Count, &[bin(2), item(1), n(0)], &["Bin", "Goods", "Done"], &[(0, None, Some(2), None)]);
    // The bin that was said first stays.
    let both = [(1, None, Some(1), None), (2, None, Some(1), None)];
    check(Count, &[bin(1), item(1), n(1), item(3), n(2)], &["Bin", "Goods", "Done", "Goods", "Done"], &both);
}

#[test]
fn lots_are_read_asked_for_or_new() {
    use Task::*;
    let lots = shelf().lots;
    // A label with lot and last day fills both; of several lots in a bin it asks which, the first to expire first.
    let second = [(1, Some("L2"), Some(1), Some(2))];
    check(Move, &[bin(1), of_lot(2, &lots[1]), bin(2)], &["Bin", "Goods", "Done"], &second);
    check(Move, &[bin(1), item(2), bin(2), Input::Choose(0)], &["Bin", "Goods", "Ask", "Done"], &second);
    check(Move, &[bin(1), item(2), bin(2), n(1)], &["Bin", "Goods", "Ask", "Done"], &second);
    check(
        Pick,
        &[bin(1), item(2), Input::Enter, n(1)],
        &["Bin", "Goods", "Ask", "Done"],
        &[(1, Some("L2"), Some(1), None)],
    );
    // Another expires earlier: that is asked, once.
    let first = [(1, Some("L1"), Some(1), None)];
    check(
        Pick,
        &[bin(1), of_lot(2, &lots[0]), Input::Enter, Input::Enter],
        &["Bin", "Goods", "Ask", "Done"],
        &first,
    );
    check(Pick, &[of_lot(2, &lots[0]), bin(1), Input::Cancel], &["Goods", "Ask", "Undone"], &[]);

    // What comes in may be of a new lot, which is typed; Enter says there is none.
    let unknown = Input::Scan { text: "N-7".into(), meanings: Vec::new() };
    let new = [(4, Some("N-7"), None, Some(9))];
    check(
        Receive,
        &[item(2), n(4), unknown.clone(), Input::Enter],
        &["Goods", "Quantity", "Lot", "Done"],
        &new,
    );
    check(
        Receive,
        &[item(2), n(4), Input::Enter, Input::Enter],
        &["Goods", "Quantity", "Lot", "Done"],
        &[(4, None, None, Some(9))],
    );
    check(Receive, &[item(1), unknown], &["Goods", "Unknown"], &[]);
}

#[test]
fn what_is_wrong_is_refused_and_changes_nothing() {
    use Task::*;
    let s = shelf();
    let l = &s.lots;
    let serial = |code: &str| one("serial", Meaning::Goods(Goods { serial: Some(code.into()), ..goods(3) }));
    let unit = |id: Option<i64>, at: i64, filled| {
        let unit = UnitSaid { id: id.map(HandlingUnitId), code: "U".into(), bin: Some(BinId(at)), filled };
        one("unit", Meaning::Unit(unit))
    };
    let day = one(
        "day",
        Meaning::Goods(Goods {
            lot: Some(LotSaid { expiry: Some(Day(151)), id: Some(LotId(1)), code: "L1".into() }),
            ..goods(2)
        }),
    );
    let several: &[(Task, &[Input], &str)] = &[
        (Move, &[bin(2), item(2)], "NotThere"),
        (Move, &[item(2), bin(2)], "NotThere"),
        (Move, &[item(7)], "Nowhere"),
        (Move, &[bin(2), item(1), n(5)], "MoreThanThere"),
        (Move, &[item(1), n(5), bin(2)], "MoreThanThere"),
        (Move, &[bin(1), item(1), bin(1)], "SameBin"),
        (Move, &[bin(1), item(1), item(2)], "OtherItem"),
        (Move, &[bin(1), of_lot(2, &l[0]), of_lot(2, &l[1])], "OtherLot"),
        (Move, &[bin(1), of_lot(2, &l[2])], "LotNotThere"),
        (Move, &[day], "OtherDay"),
        (PutAway, &[item(1), n(4)], "MoreThanThere"),
        (PutAway, &[bin(2), item(1), bin(3)], "OtherBin"),
        (Pick, &[bin(3), item(2)], "Held"),
        (Pick, &[of_lot(2, &l[2])], "Held"),
        (Pick, &[bin(4), item(2)], "Expired"),
        (Receive, &[of_lot(2, &l[3])], "Expired"),
        (Move, &[serial("S1"), serial("S1")], "SerialTwice"),
        (Move, &[bin(2), serial("S1")], "SerialElsewhere"),
        (Receive, &[serial("S1")], "SerialHere"),
        (Pick, &[serial("S2")], "SerialElsewhere"),
        (Pick, &[serial("S1"), n(2)], "Serials"),
        (Move, &[unit(Some(1), 1, true), n(2)], "Whole"),
        (Move, &[bin(2), unit(Some(1), 1, true)], "UnitElsewhere"),
        (Move, &[unit(Some(1), 1, true), item(1)], "FinishFirst"),
        (Move, &[unit(None, 1, true)], "UnitUnknown"),
        (Move, &[unit(Some(1), 1, false)], "UnitEmpty"),
        (PutAway, &[unit(Some(1), 1, true), bin(1)], "SameBin"),
        (Count, &[unit(Some(1), 1, true)], "NotHere"),
        (Move, &[one("order", Meaning::Document(1))], "NotHere"),
        (Receive, &[item(1), one("order", Meaning::Document(1))], "FinishFirst"),
        (Move, &[n(0)], "Quantity"),
        (Move, &[n(-1)], "Quantity"),
        (Move, &[Input::Enter], "NothingSaid"),
        (Move, &[bin(1), item(1), Input::Enter], "NotYet"),
        (Move, &[Input::Choose(2)], "NothingAsked"),
        (Move, &[Input::All], "GoodsFirst"),
        (Move, &[Input::Undo], "NothingSaid"),
    ];
    for (task, inputs, word) in several {
        let mut flow = Flow::new(*task, Some(HOME));
        let (told, booked) = run(&mut flow, &inputs[..inputs.len() - 1], &s);
        assert!(booked.is_empty(), "{task:?} {inputs:?}: {told:?}");
        let last = step(&flow, &inputs[inputs.len() - 1], &s);
        assert_eq!(last.flow, flow, "a wrong scan changed something: {inputs:?}");
        let (told, _) = run(&mut flow, &inputs[inputs.len() - 1..], &s);
        assert_eq!(told, [*word], "{task:?} {inputs:?}");
        if let Feedback::Wrong(why) = last.feedback {
            let sentence = why.to_string();
            assert!(sentence.len() > 15 && sentence.starts_with(char::is_lowercase), "{sentence}");
        }
    }
}

#[test]
fn units_move_as_a_whole_and_documents_say_how_much() {
    let s = shelf();
    let unit = |at: i64| {
        let unit =
            UnitSaid { id: Some(HandlingUnitId(5)), code: "U".into(), bin: Some(BinId(at)), filled: true };
        one("unit", Meaning::Unit(unit))
    };
    for inputs in [vec![unit(1), bin(2)], vec![bin(1), unit(1), bin(2)], vec![unit(1), bin(1), bin(2)]] {
        let (_, booked) = run(&mut Flow::new(Task::Move, None), &inputs, &s);
        assert_eq!(booked.len(), 1, "{inputs:?}");
        let b = &booked[0];
        assert_eq!((b.whole, b.from, b.to), (Some(HandlingUnitId(5)), Some(BinId(1)), Some(BinId(2))));
    }
    for inputs in [[unit(9), bin(2)], [bin(2), unit(9)]] {
        let (_, booked) = run(&mut Flow::new(Task::PutAway, Some(HOME)), &inputs, &s);
        assert_eq!((booked[0].whole, booked[0].to), (Some(HandlingUnitId(5)), Some(BinId(2))));
    }
    // Picked from a unit: where it stands is where they are taken from.
    let (_, booked) = run(&mut Flow::new(Task::Pick, None), &[unit(1), item(1), n(2)], &s);
    assert_eq!((booked[0].from, booked[0].unit.is_some()), (Some(BinId(1)), true));

    let lines = vec![Line { item: ItemId(1), open: Quantity::of(3) }];
    let order = Shelf { lines, ..s };
    let document = one("order", Meaning::Document(8));
    let said = |task, rest: &[Input]| {
        let inputs: Vec<Input> = [document.clone()].iter().chain(rest).cloned().collect();
        let (told, booked) = run(&mut Flow::new(task, Some(HOME)), &inputs, &order);
        (told[1..].join(" "), booked.first().map(|b| (b.document, b.quantity.0 / 1000)))
    };
    let booked = |n| Some((Some(8), n));
    assert_eq!(said(Task::Pick, &[bin(1), item(1), Input::All]), ("Bin Goods Done".into(), booked(3)));
    assert_eq!(said(Task::Pick, &[bin(1), item(1), n(4)]), ("Bin Goods MoreThanWanted".into(), None));
    assert_eq!(said(Task::Pick, &[bin(1), item(3)]), ("Bin NotWanted".into(), None));
    assert_eq!(
        said(Task::Receive, &[item(1), Input::All, Input::Enter]),
        ("Goods Quantity Done".into(), booked(3))
    );
    let over = said(Task::Receive, &[item(1), n(5), Input::Enter, Input::Enter]);
    assert_eq!(over, ("Goods Quantity Ask Done".into(), booked(5)));
    let unexpected = said(Task::Receive, &[item(3), Input::Enter, Input::Enter]);
    assert_eq!(unexpected, ("Goods Ask Done".into(), booked(1)));
}

#[test]
fn a_code_with_two_meanings_is_asked_about_only_where_both_fit() {
    let s = shelf();
    let both = |meanings: Vec<Meaning>| Input::Scan { text: "A".into(), meanings };
    // A bin and an item have the same code: after a bin, with nothing of the item in it, it is the target.
    let mut flow = Flow::new(Task::Move, None);
    let two = both(vec![Meaning::Goods(goods(7)), Meaning::Bin(BinId(2))]);
    let (told, _) = run(&mut flow, &[bin(1), item(1), two], &s);
    assert_eq!(told, ["Bin", "Goods", "Done"]);
    let mut flow = Flow::new(Task::Move, None);
    let two = both(vec![Meaning::Goods(goods(1)), Meaning::Bin(BinId(1))]);
    let (told, _) = run(&mut flow, &[two, Input::Choose(1), item(1)], &s);
    assert_eq!(told, ["Ask", "Bin", "Goods"]);
}

#[test]
fn the_last_booking_is_taken_back_when_asked_twice() {
    let s = shelf();
    let flow = Flow { last: Some(MovementId(4)), ..Flow::new(Task::Move, None) };
    let asked = step(&flow, &Input::Undo, &s);
    assert_eq!(asked.feedback, Feedback::Ask);
    assert_eq!(step(&asked.flow, &Input::Enter, &s).take_back, Some(MovementId(4)));
    assert_eq!(step(&asked.flow, &bin(1), &s).take_back, None);
}

fn any_input() -> impl Strategy<Value = Input> {
    let lots = shelf().lots;
    prop_oneof![
        4 => (1i64..5).prop_map(bin),
        1 => Just(bin(9)),
        4 => (1i64..4).prop_map(item),
        2 => (0usize..4).prop_map(move |at| of_lot(2, &lots[at])),
        3 => (-1i64..14).prop_map(n),
        1 => Just(Input::All),
        3 => Just(Input::Enter),
        2 => Just(Input::Undo),
        1 => Just(Input::Cancel),
        1 => (0usize..3).prop_map(Input::Choose),
        1 => "[A-Z]{0,3}".prop_map(|text| Input::Scan { text, meanings: Vec::new() }),
        1 => prop::collection::vec((1i64..5).prop_map(|b| Meaning::Bin(BinId(b))), 2..4)
            .prop_map(|meanings| Input::Scan { text: "?".into(), meanings }),
        1 => ("S[12]").prop_map(|code| one("s", Meaning::Goods(Goods { serial: Some(code), ..goods(3) }))),
        1 => (1i64..4, any::<bool>()).prop_map(|(at, filled)| one("u", Meaning::Unit(UnitSaid {
            id: Some(HandlingUnitId(at)), code: format!("U{at}"), bin: Some(BinId(at)), filled }))),
        1 => Just(one("d", Meaning::Document(1))),
    ]
}

fn any_task() -> impl Strategy<Value = Task> {
    prop::sample::select(Task::ALL.to_vec())
}

/// Books on the shelf what a flow said, as the store would.
fn book(shelf: &mut Shelf, b: &Booking) {
    let (Some(item), lot) = (b.item, b.lot.as_ref().and_then(|lot| lot.id)) else { return };
    let mut add = |bin: BinId, change: Quantity| {
        let here =
            |s: &&mut Stand| s.item == item && s.lot == lot && s.bin == bin && s.standing == b.standing;
        match shelf.stands.iter_mut().find(here) {
            Some(stand) => stand.quantity = stand.quantity.plus(change),
            None => shelf.stands.push(Stand { item, lot, bin, standing: b.standing, quantity: change }),
        }
    };
    if b.task == Task::Count {
        return;
    }
    if let Some(from) = b.from.filter(|_| b.task != Task::Receive) {
        add(from, Quantity::ZERO.minus(b.quantity));
    }
    if let Some(to) = b.to {
        add(to, b.quantity);
    }
}

proptest! {
    #[test]
    fn nothing_is_booked_that_does_not_stand_there_and_nothing_panics(
        task in any_task(), inputs in prop::collection::vec(any_input(), 0..40),
    ) {
        let mut s = shelf();
        s.lines = vec![Line { item: ItemId(1), open: Quantity::of(3) }];
        let mut flow = Flow::new(task, Some(HOME));
        for input in &inputs {
            let want = flow.want(&s);
            prop_assert!(!want.word().is_empty());
            let step = step(&flow, input, &s);
            prop_assert!(step.flow.said.len() <= SAID_MAX + 1);
            if let Some(b) = &step.book {
                prop_assert_eq!(&step.feedback, &Feedback::Done);
                prop_assert!(b.whole.is_some() || b.quantity.0 > 0 || task == Task::Count);
                prop_assert!(b.from.is_none() || b.from != b.to);
                book(&mut s, b);
                prop_assert!(s.stands.iter().all(|stand| stand.quantity.0 >= 0), "{:?}", b);
            }
            if matches!(step.feedback, Feedback::Wrong(_)) {
                prop_assert_eq!(&step.flow, &Flow { asked: None, ..flow.clone() });
            }
            flow = step.flow;
        }
        // Cancel leaves nothing but what was booked.
        let mut left = step(&flow, &Input::Cancel, &s).flow;
        left = step(&left, &Input::Cancel, &s).flow;
        prop_assert_eq!(left, Flow { last: flow.last, ..Flow::new(task, Some(HOME)) });
    }

    #[test]
    fn bin_first_or_goods_first_books_the_same(
        task in any_task(), at in 1i64..5, which in 1i64..4, lot in 0usize..5, times in 1usize..5, units in 0i64..8, to in 1i64..5,
    ) {
        let s = shelf();
        let read = if which == 2 && lot < 4 { of_lot(2, &s.lots[lot]) } else { item(which) };
        let mut said = vec![read; times];
        if units > 0 {
            said.push(n(units));
        }
        let end = |inputs: &mut Vec<Input>| {
            match task {
                Task::Move => inputs.push(bin(to)),
                _ => inputs.push(Input::Enter),
            }
            inputs.extend([Input::Choose(0), Input::Choose(0), Input::Enter]);
        };
        let mut bin_first: Vec<Input> = [bin(at)].iter().chain(&said).cloned().collect();
        let mut goods_first: Vec<Input> = said.iter().chain(&[bin(at)]).cloned().collect();
        end(&mut bin_first);
        end(&mut goods_first);
        let of = |inputs: &[Input]| {
            let mut flow = Flow::new(task, Some(HOME));
            let (told, booked) = run(&mut flow, &inputs[..said.len() + 1], &s);
            let fine = ["Bin", "Goods", "Quantity", "Lot", "Done", "Ask"];
            let refused = told.iter().any(|word| !fine.contains(&word.as_str()));
            let (_, rest) = run(&mut flow, &inputs[said.len() + 1..], &s);
            (refused, booked.into_iter().chain(rest).next())
        };
        let ((refused_a, a), (refused_b, b)) = (of(&bin_first), of(&goods_first));
        prop_assert_eq!(refused_a, refused_b);
        if !refused_a {
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn undo_takes_back_exactly_the_last_scan(task in any_task(), inputs in prop::collection::vec(any_input(), 1..20)) {
        let s = shelf();
        let mut flow = Flow::new(task, Some(HOME));
        for input in &inputs {
            let stepped = step(&flow, input, &s);
            let scan = matches!(input, Input::Scan { .. } | Input::Number(_));
            if scan && flow.asked.is_none() && matches!(stepped.feedback, Feedback::Accepted(_)) {
                let back = step(&stepped.flow, &Input::Undo, &s);
                // Another document takes the place of the one before.
                if stepped.flow.said.len() > flow.said.len() {
                    prop_assert_eq!(&back.flow, &flow);
                }
            }
            flow = stepped.flow;
        }
    }
}
