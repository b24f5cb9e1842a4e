//! Handling units and serial numbers of an item, as cards of its page: what is in which pallet, and which number is where.

use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::live::live;
use crate::parts::{cell, grid};
use crate::state::{ctx, fmt};
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use contract::{ListSerials, ListUnits, SerialRow, UnitRow};
use leptos::prelude::*;
use units::ItemId;

/// Rows of a card.
const SHOWN: u32 = 100;

const UNITS_OUT: [(&str, W); 9] = [
    ("handling-unit", W::FlowUnit),
    ("bin", W::HereBin),
    ("state", W::StateWord),
    ("since", W::When),
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("lot", W::FlowLot),
    ("expiry", W::LastDay),
    ("quantity", W::FlowQuantity),
];

const SERIALS_OUT: [(&str, W); 9] = [
    ("serial", W::FlowSerial),
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("state", W::StateWord),
    ("bin", W::HereBin),
    ("handling-unit", W::FlowUnit),
    ("lot", W::FlowLot),
    ("day", W::SerialDay),
    ("source", W::FlowDocument),
];

/// What the codes of a list that is taken out are called.
pub fn words_of(fmt: &Fmt, table: &str, column: &str) -> Vec<(String, String)> {
    let of = |codes: &[&str], word: fn(&str) -> W| -> Vec<(String, String)> {
        codes.iter().map(|code| ((*code).to_owned(), fmt.t(word(code)).to_owned())).collect()
    };
    match (table, column) {
        ("handling-units", "state") => of(&["filled", "empty", "shipped"], state_word),
        ("serial-numbers", "state") => of(&["here", "picked", "shipped", "gone", "taken-back"], serial_word),
        _ => Vec::new(),
    }
}

/// What became of a unit.
pub fn state_word(state: &str) -> W {
    match state {
        "filled" => W::UnitFilled,
        "shipped" => W::UnitShipped,
        _ => W::UnitEmptyWord,
    }
}

/// What became of a serial number.
pub fn serial_word(state: &str) -> W {
    match state {
        "here" => W::SerialHereWord,
        "picked" => W::SerialPicked,
        "shipped" => W::SerialShipped,
        "gone" => W::SerialGoneWord,
        _ => W::SerialTakenBack,
    }
}

/// The cards; nothing where an item has neither.
pub fn cards(chosen: Memo<Option<ItemId>>) -> AnyView {
    let units = live(move || {
        chosen.get().map(|item| ListUnits { text: String::new(), item: Some(item), limit: SHOWN })
    });
    let serials = live(move || {
        chosen.get().map(|item| ListSerials { item: Some(item), code: String::new(), limit: SHOWN })
    });
    let unit_card = move || {
        let item = chosen.get()?;
        units.data.with(|all| all.as_ref().filter(|all| !all.is_empty()).map(|all| unit_card(all, item)))
    };
    let serial_card = move || {
        let item = chosen.get()?;
        serials.data.with(|all| all.as_ref().filter(|all| !all.is_empty()).map(|all| serial_card(all, item)))
    };
    view! { {unit_card}{serial_card} }.into_any()
}

fn unit_card(all: &[UnitRow], item: ItemId) -> AnyView {
    let (fmt, today) = (fmt(), ctx().today());
    let mut rows = Vec::new();
    for unit in all {
        for (at, inside) in unit.contents.iter().filter(|one| one.item == item).enumerate() {
            let cells = vec![
                cell(unit.code.clone()),
                cell(unit.bin_code.clone()),
                cell(inside.lot_code.clone().unwrap_or_default()),
                cell(inside.expiry.map(|day| fmt.day_near(day, today)).unwrap_or_default()),
                cell(format::qty(inside.quantity)),
            ];
            rows.push((format!("{} {at}", unit.id), cells));
        }
    }
    let heads = [
        (W::FlowUnit, false),
        (W::HereBin, false),
        (W::FlowLot, false),
        (W::LastDay, false),
        (W::FlowQuantity, true),
    ];
    let out = Takeout::card("handling-units", W::UnitsHere, &UNITS_OUT, move || {
        whole(&ListUnits { text: String::new(), item: Some(item), limit: 0 })
    })
    .button(false);
    view! { <section class="card"><h3>{fmt.t(W::UnitsHere)}{out}</h3>{grid(W::UnitsHere, &heads, rows, id::HANDLING_UNIT_ROW)}</section> }
        .into_any()
}

fn serial_card(all: &[SerialRow], item: ItemId) -> AnyView {
    let (fmt, today) = (fmt(), ctx().today());
    let rows = all
        .iter()
        .map(|one| {
            let cells = vec![
                cell(one.code.clone()),
                cell(fmt.t(serial_word(&one.state))),
                cell(one.bin.clone().unwrap_or_default()),
                cell(one.unit_code.clone().unwrap_or_default()),
                cell(one.lot_code.clone().unwrap_or_default()),
                cell(one.day.map(|day| fmt.day_near(day, today)).unwrap_or_default()),
                cell(one.source.clone().unwrap_or_default()),
            ];
            (one.code.clone(), cells)
        })
        .collect();
    let heads = [
        (W::FlowSerial, false),
        (W::StateWord, false),
        (W::HereBin, false),
        (W::FlowUnit, false),
        (W::FlowLot, false),
        (W::SerialDay, false),
        (W::FlowDocument, false),
    ];
    let out = Takeout::card("serial-numbers", W::SerialsHere, &SERIALS_OUT, move || {
        whole(&ListSerials { item: Some(item), code: String::new(), limit: 0 })
    })
    .button(false);
    view! { <section class="card"><h3>{fmt.t(W::SerialsHere)}{out}</h3>{grid(W::SerialsHere, &heads, rows, id::SERIAL_ROW)}</section> }
        .into_any()
}
