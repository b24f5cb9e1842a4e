//! Handling units and serial numbers of an item, as cards of its page: what is in which pallet, and which number is where.

use crate::format;
use crate::i18n::W;
use crate::live::live;
use crate::parts::{cell, grid};
use crate::state::fmt;
use crate::testids as id;
use contract::{ListSerials, ListUnits, SerialRow, UnitRow};
use leptos::prelude::*;
use units::ItemId;

/// Rows of a card.
const SHOWN: u32 = 100;

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
        serials.data.with(|all| all.as_ref().filter(|all| !all.is_empty()).map(|all| serial_card(all)))
    };
    view! { {unit_card}{serial_card} }.into_any()
}

fn unit_card(all: &[UnitRow], item: ItemId) -> AnyView {
    let fmt = fmt();
    let mut rows = Vec::new();
    for unit in all {
        for (at, inside) in unit.contents.iter().filter(|one| one.item == item).enumerate() {
            let cells = vec![
                cell(unit.code.clone()),
                cell(unit.bin_code.clone()),
                cell(inside.lot_code.clone().unwrap_or_default()),
                cell(inside.expiry.map(|day| day.to_string()).unwrap_or_default()),
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
    view! { <section class="card"><h3>{fmt.t(W::UnitsHere)}</h3>{grid(W::UnitsHere, &heads, rows, id::HANDLING_UNIT_ROW)}</section> }
        .into_any()
}

fn serial_card(all: &[SerialRow]) -> AnyView {
    let fmt = fmt();
    let rows = all
        .iter()
        .map(|one| {
            let cells = vec![
                cell(one.code.clone()),
                cell(fmt.t(serial_word(&one.state))),
                cell(one.bin.clone().unwrap_or_default()),
                cell(one.unit_code.clone().unwrap_or_default()),
                cell(one.lot_code.clone().unwrap_or_default()),
                cell(one.day.map(|day| day.to_string()).unwrap_or_default()),
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
    view! { <section class="card"><h3>{fmt.t(W::SerialsHere)}</h3>{grid(W::SerialsHere, &heads, rows, id::SERIAL_ROW)}</section> }
        .into_any()
}
