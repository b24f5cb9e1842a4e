//! What is kept of an item beside its stock, as cards of its page: units, class, kit, substitutes, levels.

use super::warehouse::{class_choices, class_word};
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{ItemId, Milli, Quantity};
use wasm_bindgen_futures::spawn_local;

fn may() -> bool {
    ctx().site.with(|s| s.as_ref().is_some_and(|s| matches!(s.role.as_str(), "manager" | "admin")))
}

fn saved() {
    ctx().say(fmt().t(W::MasterSaved));
}

/// The cards of an item; a card with nothing in it is there only for who may fill it.
pub fn cards(chosen: Memo<Option<ItemId>>) -> AnyView {
    let answer = live(move || chosen.get().map(|item| GetItemMaster { item }));
    let shown = Memo::new(move |_| {
        let item = chosen.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.item == item).cloned())
    });
    (move || {
        shown.get().map(|d| {
            let may = may();
            view! { {units(&d, may)}{care(&d, may)}{kit(&d, may)}{levels(&d, may)} }
        })
    })
    .into_any()
}

fn units(d: &ItemMaster, may: bool) -> Option<AnyView> {
    let fmt = fmt();
    let item = d.item;
    if d.units.is_empty() && !may {
        return None;
    }
    let rows = d.units.iter().map(|unit| {
        let sides = [unit.length_mm, unit.width_mm, unit.height_mm];
        let size = if sides.iter().all(Option::is_some) {
            sides.iter().flatten().map(|mm| format::count(*mm)).collect::<Vec<_>>().join(" × ")
        } else {
            String::new()
        };
        let mut cells = vec![
            cell(unit.name.clone()),
            cell(format!("{} {}", unit.factor, d.own_unit)),
            view! { <span class="code">{unit.gtin.clone().unwrap_or_default()}</span> }.into_any(),
            cell(size),
            cell(unit.weight_grams.map_or(String::new(), format::count)),
        ];
        if may {
            let (changed, gone) = (unit.clone(), unit.id);
            cells.push(view! {
                <span class="row-act">
                    {parts::plain_button(move || fmt.t(W::MasterChangeDots), id::SAVE_UNIT, move || edit_unit(item, &changed))}
                    {parts::plain_button(move || fmt.t(W::MasterRemove), id::REMOVE_UNIT, move || remove_unit(gone))}
                </span>
            }.into_any());
        }
        (unit.id.to_string(), cells)
    });
    let heads = [
        (W::MasterUnitName, false),
        (W::MasterFactor, true),
        (W::MasterGtin, false),
        (W::MasterSize, false),
        (W::MasterWeight, true),
        (W::ChangeWord, false),
    ];
    let rows: Vec<_> = rows.collect();
    let body = (!rows.is_empty())
        .then(|| grid(W::MasterUnits, &heads[..if may { 6 } else { 5 }], rows, id::UNIT_ROW));
    let odd = (!d.clashes.is_empty()).then(|| {
        view! { <p class="mark h">"▲ "{fmt.fill(W::MasterClash, &[&d.clashes.join("; ")])}</p> }
    });
    Some(
        view! {
            <section class="card"><h3>{fmt.t(W::MasterUnits)}" "<span class="muted">{fmt.t(W::MasterUnitsText)}</span></h3>
            {odd}{body}
            {may.then(|| parts::plain_button(move || fmt.t(W::MasterNewUnitDots), id::SAVE_UNIT, move || edit_unit(item, &ItemUnitRow { factor: "1".into(), ..ItemUnitRow::default() })))}
            </section>
        }
        .into_any(),
    )
}

fn edit_unit(item: ItemId, unit: &ItemUnitRow) {
    let fmt = fmt();
    let (id, whole) = (unit.id, |n: Option<i64>| n.map_or(String::new(), |n| n.to_string()));
    let fields = vec![
        Field::text("name", W::MasterUnitName, unit.name.clone()).needed(),
        Field::text("factor", W::MasterFactor, unit.factor.clone()).needed(),
        Field::text("gtin", W::MasterGtin, unit.gtin.clone().unwrap_or_default()),
        Field::number("length", W::MasterLength, whole(unit.length_mm)),
        Field::number("width", W::MasterWidth, whole(unit.width_mm)),
        Field::number("height", W::MasterHeight, whole(unit.height_mm)),
        Field::number("weight", W::MasterWeight, whole(unit.weight_grams)),
    ];
    ask(fmt.t(W::MasterUnitTitle), fmt.t(W::MasterUnitText), W::Save, fields, move |values| async move {
        let mut values = values.into_iter();
        let mut next = move || values.next().unwrap_or_default().trim().to_owned();
        let whole = |text: String| Milli::parse(&format::typed(&text)).map(|n| n.0 / 1000);
        let unit = ItemUnitRow {
            id,
            name: next(),
            factor: next(),
            gtin: Some(next()).filter(|gtin| !gtin.is_empty()),
            length_mm: whole(next()),
            width_mm: whole(next()),
            height_mm: whole(next()),
            weight_grams: whole(next()),
        };
        bridge::send(SaveItemUnit { item, unit, why: String::new() }).await?;
        saved();
        Ok(())
    });
}

fn remove_unit(id: ItemUnitId) {
    spawn_local(async move {
        match bridge::send(RemoveItemUnit { id, why: String::new() }).await {
            Ok(_) => ctx().say(fmt().t(W::MasterRemoved)),
            Err(e) => ctx().fail(&e),
        }
    });
}

fn care(d: &ItemMaster, may: bool) -> AnyView {
    let fmt = fmt();
    let item = d.item;
    let class = d.class.clone();
    let named = class.as_deref().and_then(class_word).map_or("—", |word| fmt.t(word));
    let unknown = || fmt.t(W::MasterNoDemand).to_owned();
    let lines = vec![
        (fmt.t(W::FloorClass).to_owned(), named.to_owned(), String::new()),
        (fmt.t(W::MasterAbc).to_owned(), d.abc.clone().unwrap_or_else(unknown), String::new()),
        (fmt.t(W::MasterXyz).to_owned(), d.xyz.clone().unwrap_or_else(unknown), String::new()),
    ];
    let stand_ins = d.substitutes.clone();
    let codes: Vec<String> = stand_ins.iter().map(|one| one.sku.clone()).collect();
    let list = (!stand_ins.is_empty()).then(|| {
        let rows = stand_ins.iter().map(other).collect();
        let heads = [(W::MasterSubstitutes, false), (W::Available, true)];
        grid(W::MasterSubstitutes, &heads, rows, id::OTHER_ROW)
    });
    view! {
        <section class="card"><h3>{fmt.t(W::MasterCare)}</h3>
        {parts::reasons(lines)}{list}
        {may.then(|| view! {
            <span class="row-act">
                {parts::plain_button(move || fmt.t(W::FloorClass), id::SET_CLASS, move || set_class(item, class.clone()))}
                {parts::plain_button(move || fmt.t(W::MasterSubstitutesDots), id::SET_SUBSTITUTES, move || set_substitutes(item, codes.join(", ")))}
            </span>
        })}
        </section>
    }
    .into_any()
}

/// Another item and what there is of it.
fn other(one: &OtherItem) -> (String, Vec<AnyView>) {
    let link = view! {
        <a href=Route::row(Page::Stock, one.item).hash()>{one.name.clone()}" "<small class="muted">{one.sku.clone()}</small></a>
    };
    (one.item.to_string(), vec![link.into_any(), cell(one.available.map_or("—".to_owned(), format::qty))])
}

fn set_class(item: ItemId, class: Option<String>) {
    let fmt = fmt();
    let fields = vec![Field::choice("class", W::FloorClass, class.unwrap_or_default(), class_choices(&fmt))];
    ask(fmt.t(W::FloorClass), "", W::Save, fields, move |values| async move {
        let class = values.into_iter().next().filter(|word| !word.is_empty());
        bridge::send(SetItemClass { item, class, why: String::new() }).await?;
        saved();
        Ok(())
    });
}

/// Codes that a person typed one after the other.
fn listed(text: &str) -> Vec<String> {
    text.split([',', '，', '、', ';', '；', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn set_substitutes(item: ItemId, codes: String) {
    let fmt = fmt();
    let fields = vec![Field::text("codes", W::MasterCodes, codes)];
    ask(
        fmt.t(W::MasterSubstitutes),
        fmt.t(W::MasterSubstitutesText),
        W::Save,
        fields,
        move |values| async move {
            let others = listed(&values.into_iter().next().unwrap_or_default());
            let others = others.into_iter().map(|sku| (sku, String::new())).collect();
            bridge::send(SetSubstitutes { item, others, why: String::new() }).await?;
            saved();
            Ok(())
        },
    );
}

fn kit(d: &ItemMaster, may: bool) -> Option<AnyView> {
    let fmt = fmt();
    let kit = d.item;
    if d.parts.is_empty() && d.part_of.is_empty() && !may {
        return None;
    }
    let takes = |one: &OtherItem| {
        let (key, mut cells) = other(one);
        cells.insert(1, cell(one.quantity.map_or(String::new(), format::qty)));
        (key, cells)
    };
    let heads = [(W::MasterParts, false), (W::MasterTakes, true), (W::Available, true)];
    let of = [(W::MasterPartOf, false), (W::MasterTakes, true), (W::Available, true)];
    let said = d
        .parts
        .iter()
        .map(|one| format!("{} × {}", one.sku, one.quantity.unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(", ");
    Some(
        view! {
            <section class="card"><h3>{fmt.t(W::MasterKit)}</h3>
            {(!d.parts.is_empty()).then(|| view! {
                {grid(W::MasterParts, &heads, d.parts.iter().map(takes).collect(), id::PART_ROW)}
                <p class="muted">{fmt.fill(W::MasterBuildable, &[&format::qty(d.buildable)])}</p>
            })}
            {(!d.part_of.is_empty()).then(|| grid(W::MasterPartOf, &of, d.part_of.iter().map(takes).collect(), id::OTHER_ROW))}
            {may.then(|| parts::plain_button(move || fmt.t(W::MasterKitDots), id::SET_KIT, move || set_kit(kit, said.clone())))}
            </section>
        }
        .into_any(),
    )
}

/// `TEA × 2`: a code and how much of it; without a number, one.
fn part(text: &str) -> Option<(String, Quantity)> {
    let (sku, many) = text.rsplit_once(['×', '*']).unwrap_or((text, "1"));
    let many = Milli::parse(&format::typed(many.trim()))?;
    Some((sku.trim().to_owned(), Quantity(many.0)))
}

fn set_kit(kit: ItemId, said: String) {
    let fmt = fmt();
    let fields = vec![Field::text("parts", W::MasterParts, said)];
    ask(fmt.t(W::MasterKit), fmt.t(W::MasterKitText), W::Save, fields, move |values| async move {
        let text = values.into_iter().next().unwrap_or_default();
        let parts = listed(&text).iter().filter_map(|text| part(text)).collect();
        bridge::send(SetKit { kit, parts, why: String::new() }).await?;
        saved();
        Ok(())
    });
}

fn levels(d: &ItemMaster, may: bool) -> Option<AnyView> {
    let fmt = fmt();
    let item = d.item;
    if d.levels.is_empty() && !may {
        return None;
    }
    let quantity = |q: Option<Quantity>| cell(q.map_or("—".to_owned(), format::qty));
    let rows: Vec<_> = d
        .levels
        .iter()
        .map(|level| {
            let house = if level.warehouse.is_empty() {
                fmt.t(W::FloorOwnWarehouse).to_owned()
            } else {
                level.warehouse.clone()
            };
            let cells = vec![
                cell(house),
                quantity(level.least),
                quantity(level.reorder),
                quantity(level.most),
                cell(level.bin.clone().unwrap_or_default()),
            ];
            (level.warehouse.clone(), cells)
        })
        .collect();
    let heads = [
        (W::FloorWarehouse, false),
        (W::MasterLeast, true),
        (W::MasterReorder, true),
        (W::MasterMost, true),
        (W::MasterBinAt, false),
    ];
    let first = d.levels.first().cloned().unwrap_or_default();
    Some(
        view! {
            <section class="card"><h3>{fmt.t(W::MasterLevels)}</h3>
            {(!rows.is_empty()).then(|| grid(W::MasterLevels, &heads, rows, id::LEVEL_ROW))}
            {may.then(|| parts::plain_button(move || fmt.t(W::MasterLevelDots), id::SET_LEVELS, move || set_level(item, &first)))}
            </section>
        }
        .into_any(),
    )
}

fn set_level(item: ItemId, level: &LevelRow) {
    let fmt = fmt();
    let number = |q: Option<Quantity>| q.map_or(String::new(), |q| q.to_string());
    let fields = vec![
        Field::text("warehouse", W::FloorWarehouse, level.warehouse.clone()),
        Field::number("least", W::MasterLeast, number(level.least)),
        Field::number("reorder", W::MasterReorder, number(level.reorder)),
        Field::number("most", W::MasterMost, number(level.most)),
        Field::text("bin", W::MasterBinAt, level.bin.clone().unwrap_or_default()),
    ];
    ask(fmt.t(W::MasterLevels), fmt.t(W::MasterLevelText), W::Save, fields, move |values| async move {
        let mut values = values.into_iter();
        let mut next = move || values.next().unwrap_or_default().trim().to_owned();
        let quantity = |text: String| Milli::parse(&format::typed(&text)).map(|n| Quantity(n.0));
        let level = LevelRow {
            warehouse: next(),
            least: quantity(next()),
            reorder: quantity(next()),
            most: quantity(next()),
            bin: Some(next()).filter(|bin| !bin.is_empty()),
        };
        bridge::send(SaveItemLevel { item, level, why: String::new() }).await?;
        saved();
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_is_typed_as_codes_and_numbers() {
        assert_eq!(part("TEA × 2"), Some(("TEA".into(), Quantity::of(2))));
        assert_eq!(part("A-1*0.5"), Some(("A-1".into(), Quantity(500))));
        assert_eq!(part("MUG"), Some(("MUG".into(), Quantity::of(1))));
        assert_eq!(part("MUG × many"), None);
        assert_eq!(listed(" A , B，C;; "), ["A", "B", "C"]);
    }
}
