//! The warehouse from above, a part of Stock: its bins where they are, shaded by what is asked; a list of them beside it, and
//! below it what lies in the bin chosen.

mod floor;
mod shading;

use self::floor::FloorBox;
use self::shading::{Shading, legend};
use super::{ledger, split};
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts::{self, cell, fact, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use crate::{browser, wording};
use charts::floor::{FloorArea, FloorBin as Drawn, FloorChart};
use contract::*;
use leptos::prelude::*;
use std::sync::Arc;
use units::{Day, Milli, Quantity};

/// Rows of the list that are shown; the filter finds the others.
const ROWS: usize = 300;

/// Movements of a bin that are shown.
const MOVES: u32 = 40;

/// Where the shading a person chose is remembered.
const KEPT: &str = "floor-shading";

const OUT: [(&str, W); 14] = [
    ("warehouse", W::FloorWarehouse),
    ("zone", W::FloorZoneOfBin),
    ("bin", W::HereBin),
    ("x", W::FloorAlong),
    ("y", W::FloorAcross),
    ("level", W::FloorLevel),
    ("measured", W::FloorMeasured),
    ("class", W::FloorClass),
    ("full", W::FloorFull),
    ("items", W::FloorItems),
    ("quantity", W::Quantity),
    ("value", W::Value),
    ("oldest", W::FloorSince),
    ("expiry", W::ExpiryWord),
];

const CONTENTS_OUT: [(&str, W); 10] = [
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("unit", W::FieldUnit),
    ("lot", W::LotWord),
    ("expiry", W::ExpiryWord),
    ("stands", W::StandsWord),
    ("quantity", W::Quantity),
    ("since", W::FloorSince),
    ("value", W::Value),
    ("wants", W::FloorWantsWord),
];

/// The word of a temperature class.
pub fn class_word(word: &str) -> Option<W> {
    Some(match word {
        "ambient" => W::ClassAmbient,
        "controlled" => W::ClassControlled,
        "cool" => W::ClassCool,
        "chilled" => W::ClassChilled,
        "frozen" => W::ClassFrozen,
        "deep-frozen" => W::ClassDeepFrozen,
        _ => return None,
    })
}

/// All classes with their words, and none.
pub fn class_choices(fmt: &Fmt) -> Vec<(String, String)> {
    let none = (String::new(), "—".to_owned());
    let named = CLASSES.iter().map(|word| {
        ((*word).to_owned(), class_word(word).map_or((*word).to_owned(), |shown| fmt.t(shown).to_owned()))
    });
    std::iter::once(none).chain(named).collect()
}

/// The classes, the warmest first, as the plan numbers them.
const CLASSES: [&str; 6] = ["ambient", "controlled", "cool", "chilled", "frozen", "deep-frozen"];

fn warehouse_name(fmt: &Fmt, name: &str) -> String {
    if name.is_empty() { fmt.t(W::FloorOwnWarehouse).to_owned() } else { name.to_owned() }
}

fn zone_name(fmt: &Fmt, name: &str) -> String {
    if name.is_empty() { fmt.t(W::FloorNoZone).to_owned() } else { name.to_owned() }
}

/// What is told of a bin, line by line.
fn told(fmt: &Fmt, floor: &Floor, bin: &FloorBin) -> Vec<String> {
    let zone = floor.zones.get(bin.zone as usize).map_or("", |zone| zone.name.as_str());
    let class = bin.class.and_then(|n| CLASSES.get(usize::from(n))).and_then(|word| class_word(word));
    let mut lines = vec![
        bin.code.clone(),
        format!("{} · {}", zone_name(fmt, zone), fmt.fill(W::FloorLevelN, &[&bin.level.to_string()])),
    ];
    lines.extend(bin.fill.map(|fill| fmt.fill(W::FloorFullShare, &[&format::count(fill / 10)])));
    if bin.quantity == Quantity::ZERO && bin.items == 0 {
        lines.push(fmt.t(W::FloorNothingInIt).to_owned());
    } else {
        lines.push(format!(
            "{} · {}",
            fmt.n(W::CountItems, bin.items),
            fmt.fill(W::FloorUnitsN, &[&format::qty(bin.quantity)])
        ));
        lines.push(fmt.money(bin.value));
        lines.extend(bin.oldest.map(|day| fmt.fill(W::FloorOldestFrom, &[&fmt.day_near(day, floor.day)])));
        lines.extend(bin.expiry.map(|day| {
            let mark = if day < floor.day { "▲ " } else { "" };
            format!("{mark}{} {}", fmt.t(W::ExpiryWord), fmt.day_near(day, floor.day))
        }));
    }
    lines.extend(class.map(|word| fmt.t(word).to_owned()));
    lines
}

fn probe_note(fmt: &Fmt, zone: &FloorZone) -> (String, bool) {
    let alarm = zone.probes.iter().any(|probe| probe.alarm);
    let note = zone.probes.iter().find(|probe| probe.alarm).or_else(|| zone.probes.first()).map(|probe| {
        let value = probe.value.map_or("—".to_owned(), format::value);
        let stale = if probe.stale { format!(" ({})", fmt.t(W::FloorStale)) } else { String::new() };
        format!("{value} {}{stale}", probe.unit)
    });
    (note.unwrap_or_default(), alarm)
}

/// The plan. Only a table needs `words`: of 10,000 bins they take longer than the picture.
fn drawn(fmt: &Fmt, floor: &Floor, shading: Shading, level: Option<i32>, words: bool) -> FloorChart {
    let metres = |mm: i64| mm as f64 / 1000.0;
    let cap = shading.cap(floor);
    let bins = floor.bins.iter().map(|bin| Drawn {
        label: bin.code.clone(),
        x: metres(bin.x_mm),
        y: metres(bin.y_mm),
        width: metres(bin.width_mm),
        depth: metres(bin.depth_mm),
        level: i32::try_from(bin.level).unwrap_or(1),
        area: bin.zone as usize,
        shade: shading.of(bin, floor.day, cap),
        told: if words { told(fmt, floor, bin).split_off(1).join(" · ") } else { String::new() },
    });
    let areas = floor.zones.iter().map(|zone| {
        let (note, alarm) = probe_note(fmt, zone);
        FloorArea { name: zone_name(fmt, &zone.name), note, alarm }
    });
    FloorChart::new(
        warehouse_name(fmt, &floor.warehouse),
        bins.collect(),
        areas.collect(),
        level,
        crate::chart::chart_lang(fmt.lang),
    )
}

/// The plan, its bins, and the bin chosen.
pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let wanted = RwSignal::new(None::<String>);
    let answer = live(move || Some(GetFloor { warehouse: wanted.get() }));
    let floor = Memo::new(move |_| answer.data.with(|d| d.clone().map(Arc::new)));
    let picked = RwSignal::new(browser::remembered(KEPT).and_then(|word| Shading::from_word(&word)));
    let shading = Memo::new(move |_| {
        picked
            .get()
            .unwrap_or_else(|| floor.with(|f| f.as_ref().map_or(Shading::Fill, |f| Shading::fitting(f))))
    });
    let level = RwSignal::new(None::<i32>);
    let text = RwSignal::new(String::new());
    let chosen = Memo::new(move |_| {
        let row = ctx.route.with(|r| r.row.parse::<i64>().ok())?;
        floor.with(|f| f.as_ref()?.bins.iter().position(|bin| bin.bin.0 == row))
    });
    let found = Memo::new(move |_| {
        let text = text.get().trim().to_lowercase();
        floor.with(|f| {
            let Some(f) = f else { return Vec::new() };
            let zone = |bin: &FloorBin| f.zones.get(bin.zone as usize).map_or("", |zone| zone.name.as_str());
            let fits = |bin: &FloorBin| {
                text.is_empty()
                    || bin.code.to_lowercase().contains(&text)
                    || zone(bin).to_lowercase().contains(&text)
            };
            (0..f.bins.len()).filter(|at| fits(&f.bins[*at])).collect::<Vec<usize>>()
        })
    });
    let scene = Memo::new(move |_| {
        floor.with(|f| f.as_ref().map(|f| Arc::new(drawn(&fmt, f, shading.get(), level.get(), false))))
    });
    let map = FloorBox::new(scene, chosen);
    let choose = move |at: usize| {
        if let Some(bin) =
            floor.with_untracked(|f| f.as_ref().and_then(|f| f.bins.get(at).map(|bin| bin.bin)))
        {
            ctx.choose(bin);
            map.reveal(at);
        }
    };
    let go = move |n: i32| {
        let at = chosen
            .get_untracked()
            .and_then(|at| found.with_untracked(|f| f.iter().position(|one| *one == at)));
        let to = step(at, n, found.with_untracked(Vec::len));
        to.and_then(|to| found.with_untracked(|f| f.get(to).copied())).map(choose).is_some()
    };
    on_act(move |act| match act {
        Act::Move(n) => go(n),
        Act::First => go(i32::MIN / 2),
        Act::Last => go(i32::MAX / 2),
        Act::Open => {
            browser::focus("bin-detail");
            chosen.get_untracked().is_some()
        }
        _ => false,
    });
    // What was typed goes to the only bin it means.
    Effect::new(move |_| {
        if let [only] = found.get().as_slice()
            && !text.with_untracked(String::is_empty)
            && chosen.get_untracked() != Some(*only)
        {
            choose(*only);
        }
    });
    let rows = move || {
        let found = found.get();
        let hidden = found.len().saturating_sub(ROWS);
        let lines = floor.with(|f| {
            let Some(f) = f else { return Vec::new() };
            found
                .iter()
                .take(ROWS)
                .filter_map(|at| Some(line(*at, f, f.bins.get(*at)?, chosen, choose)))
                .collect()
        });
        view! {
            {lines}
            {(hidden > 0).then(|| view! { <p class="muted pad">{fmt.fill(W::FloorMoreBins, &[&format::count(hidden)])}</p> })}
        }
    };
    let total =
        move || floor.with(|f| f.as_ref().map_or(String::new(), |f| fmt.n(W::FloorCountBins, f.bins.len())));
    let left = view! {
        {parts::list_head(Page::Stock.word(), total)}
        {super::stock_tabs()}
        <div class="tools">{parts::filter(text, W::FloorFindBin)}{Takeout::card("bins", W::FloorBins, &OUT, move || {
            let warehouse = floor.with_untracked(|f| f.as_ref().map(|f| f.warehouse.clone()));
            whole(&GetFloor { warehouse })
        }).button(true)}</div>
        {move || answer.error.get().map(|e| parts::error(&e))}
        <div class="scroll" role="listbox" aria-label=fmt.t(W::FloorBins)>{rows}</div>
    }
    .into_any();
    let empty = move || floor.with(|f| f.as_ref().is_some_and(|f| f.bins.is_empty()));
    let detail = move || {
        if empty() {
            return parts::empty(
                W::EmptyFloor,
                W::EmptyFloorText,
                vec![
                    (W::ImportFile, Box::new(move || ctx.go(Route::page(Page::Data)))),
                    (W::FloorNewBinDots, Box::new(|| edit(BinFacts::default()))),
                ],
            );
        }
        plan(floor, shading, picked, level, wanted, map, choose)
    };
    let bin = Memo::new(move |_| {
        chosen.get().and_then(|at| floor.with(|f| f.as_ref().and_then(|f| f.bins.get(at).map(|bin| bin.bin))))
    });
    let right = view! { {move || detail()}{bin_cards(bin)} };
    split(left, right.into_any())
}

fn line(
    at: usize,
    floor: &Floor,
    bin: &FloorBin,
    chosen: Memo<Option<usize>>,
    choose: impl Fn(usize) + Copy + Send + 'static,
) -> AnyView {
    let fmt = fmt();
    let on = move || chosen.get() == Some(at);
    let zone = floor.zones.get(bin.zone as usize).map_or("", |zone| zone.name.as_str());
    let over = bin.fill.is_some_and(|fill| fill > 1000);
    let full = bin.fill.map(|fill| format!("{}{} %", if over { "▲ " } else { "" }, fill / 10));
    view! {
        <div class="row doubt" role="option" class:sel=on aria-selected=move || on().to_string() data-testid=id::FLOOR_ROW
            data-id=bin.bin.to_string() on:click=move |_| choose(at)>
            <span class="t ell">{bin.code.clone()}</span>
            <span class="num">{format::qty(bin.quantity)}</span>
            <span class="s ell">{zone_name(&fmt, zone)}</span>
            <span class="s num" class:mark=over class:h=over>{full.unwrap_or_default()}</span>
        </div>
    }
    .into_any()
}

/// The plan with what it is shaded by.
fn plan(
    floor: Memo<Option<Arc<Floor>>>,
    shading: Memo<Shading>,
    picked: RwSignal<Option<Shading>>,
    level: RwSignal<Option<i32>>,
    wanted: RwSignal<Option<String>>,
    map: FloorBox,
    choose: impl Fn(usize) + Copy + Send + Sync + 'static,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let names =
        Memo::new(move |_| floor.with(|f| f.as_ref().map(|f| (f.warehouses.clone(), f.warehouse.clone()))));
    let houses = move || {
        let (all, shown) = names.get()?;
        (all.len() > 1).then(|| {
            let options = all
                .into_iter()
                .map(|name| {
                    let on = name == shown;
                    view! { <option value=name.clone() selected=on>{warehouse_name(&fmt, &name)}</option> }
                })
                .collect_view();
            view! {
                <label>{fmt.t(W::FloorWarehouse)}" "<select data-testid=id::FLOOR_WAREHOUSE on:change=move |e| {
                    map.fit();
                    wanted.set(Some(event_target_value(&e)));
                }>{options}</select></label>
            }
        })
    };
    let levels = Memo::new(move |_| {
        floor.with(|f| {
            let mut levels: Vec<i64> =
                f.as_ref().map(|f| f.bins.iter().map(|bin| bin.level).collect()).unwrap_or_default();
            levels.sort_unstable();
            levels.dedup();
            levels
        })
    });
    let level_choice = move || {
        let levels = levels.get();
        (levels.len() > 1).then(|| {
            let options = levels
                .into_iter()
                .map(|n| view! { <option value=n.to_string()>{fmt.fill(W::FloorLevelN, &[&n.to_string()])}</option> })
                .collect_view();
            view! {
                <select data-testid=id::FLOOR_LEVEL aria-label=fmt.t(W::FloorLevel)
                    on:change=move |e| level.set(event_target_value(&e).parse().ok())>
                    <option value="">{fmt.t(W::FloorAllLevels)}</option>{options}
                </select>
            }
        })
    };
    let shades = Shading::ALL
        .into_iter()
        .map(|one| {
            let on = move || shading.get() == one;
            view! {
                <button type="button" class="shade" class:on=on aria-pressed=move || on().to_string() data-testid=id::FLOOR_SHADE
                    data-id=one.word() on:click=move |_| {
                        browser::remember(KEPT, one.word());
                        picked.set(Some(one));
                    }>{fmt.t(one.name())}</button>
            }
        })
        .collect_view();
    let bar = move || {
        let dark = ctx.dark.get();
        floor.with(|f| f.as_ref().map(|f| legend(&fmt, f, shading.get(), dark)))
    };
    let derived = move || {
        floor.with(|f| {
            let f = f.as_ref()?;
            let count = f.bins.iter().filter(|bin| bin.derived).count();
            (count > 0).then(|| {
                let word = if count == f.bins.len() { W::FloorDerived } else { W::FloorPartDerived };
                fmt.fill(word, &[&format::count(count)])
            })
        })
    };
    let tip = move |at: usize| {
        floor.with_untracked(|f| f.as_ref().and_then(|f| Some(told(&fmt, f, f.bins.get(at)?).join("\n"))))
    };
    let table = move || {
        floor.with(|f| {
            f.as_ref().map(|f| {
                charts::Chart::table(
                    &drawn(&fmt, f, shading.get(), level.get(), true),
                    crate::chart::chart_lang(fmt.lang),
                )
            })
        })
    };
    let caption = move || derived().unwrap_or_else(|| fmt.t(W::FloorCaption).to_owned());
    view! {
        <div class="floorbar">
            {houses}
            <span class="shades" role="group" aria-label=fmt.t(W::FloorShadedBy)>{shades}</span>
            {level_choice}
            <span class="rest"></span>
            {bar}
        </div>
        {map.view(caption, tip, table, choose)}
    }
    .into_any()
}

fn role_is(roles: &[&str]) -> bool {
    ctx().site.with(|s| s.as_ref().is_some_and(|s| roles.contains(&s.role.as_str())))
}

/// What lies in a bin, and what came and went.
fn bin_cards(bin: Memo<Option<BinId>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || bin.get().map(|bin| GetBin { bin, limit: MOVES }));
    let shown = Memo::new(move |_| {
        let bin = bin.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.facts.bin == bin).cloned())
    });
    let today = Memo::new(move |_| fmt.day_of(ctx.now.get()));
    let body = move || {
        let Some(d) = shown.get() else { return answer.error.get().map(|e| parts::error(&e)) };
        let may = role_is(&["manager", "admin"]);
        let moves = role_is(&["operator", "manager", "admin"]);
        let (facts, key) = (d.facts.clone(), d.facts.bin);
        let place = [
            warehouse_name(&fmt, &d.facts.warehouse),
            zone_name(&fmt, &d.facts.zone),
            d.facts.number.clone().unwrap_or_default(),
            d.facts
                .class
                .as_deref()
                .and_then(class_word)
                .map_or(String::new(), |word| fmt.t(word).to_owned()),
        ]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
        Some(
            view! {
                <div id="bin-detail" tabindex="-1" data-testid=id::BIN_DETAIL data-id=d.facts.bin.to_string()>
                {parts::heading(None, d.name.clone(), place, String::new(), String::new())}
                {figures(&fmt, &d)}
                <div class="act">
                    {may.then(|| parts::button(fmt.t(W::FloorChangeBinDots), "", id::CHANGE_BIN, move || edit(facts.clone())))}
                    {may.then(|| parts::button(fmt.t(W::FloorNewBinDots), "", id::NEW_BIN, move || edit(BinFacts { warehouse: d.facts.warehouse.clone(), zone: d.facts.zone.clone(), ..BinFacts::default() })))}
                </div>
                <section class="card"><h3>{fmt.t(W::FloorInBin)}{Takeout::card("bin-contents", W::FloorInBin, &CONTENTS_OUT, move || whole(&GetBin { bin: key, limit: 0 })).button(false)}</h3>{contents(&fmt, &d.contents, today.get(), moves)}</section>
                <section class="card"><h3>{fmt.t(W::Ledger)}</h3>{movements(&fmt, &d.movements, today.get())}</section>
                </div>
            }
            .into_any(),
        )
    };
    (move || body()).into_any()
}

fn figures(fmt: &Fmt, d: &BinDetail) -> AnyView {
    let used = |what: &str| d.fill.iter().find(|(name, _)| name == what).map(|(_, fill)| *fill);
    let share = |key: &'static str, word: W, what: &str, of: Option<String>, unit: &str| {
        let of = of?;
        let fill = used(what);
        let over = fill.is_some_and(|fill| fill > 1000);
        let value =
            fill.map_or("—".to_owned(), |fill| format!("{}{} %", if over { "▲ " } else { "" }, fill / 10));
        Some(fact(key, word, value).note(fmt.fill(W::FloorOfCapacity, &[&format!("{of} {unit}")])).bad(over))
    };
    let f = &d.facts;
    let plain = |n: Option<Milli>| n.map(|n| format::decimal(n.0, 0));
    let units: Quantity = d.contents.iter().map(|row| row.standing.quantity).sum();
    let worth = units::Money(d.contents.iter().map(|row| row.value.0).sum());
    let all = vec![
        Some(fact("bin-units", W::Quantity, format::qty(units))),
        Some(fact("bin-value", W::Value, fmt.money(worth))),
        share("bin-fill", W::FloorFull, "units", f.capacity_units.map(format::qty), fmt.t(W::FloorUnits)),
        share("bin-load", W::FloorLoad, "kg", plain(f.capacity_kg), "kg"),
        share("bin-volume", W::FloorVolume, "litres", plain(f.capacity_litres), "L"),
        f.capacity_handling_units
            .and_then(|n| share("bin-hu", W::FloorHandlingUnits, "handling-units", Some(n.to_string()), "")),
        f.pick_order.map(|n| fact("bin-turn", W::FloorTurn, n.to_string())),
    ];
    parts::facts(all.into_iter().flatten().collect())
}

fn contents(fmt: &Fmt, rows: &[BinContentRow], today: Day, may: bool) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="muted">{fmt.t(W::FloorNothingInIt)}</p> }.into_any();
    }
    let fmt = *fmt;
    let cells = rows.iter().map(|row| {
        let (s, item) = (&row.standing, row.item);
        let expiry = s.expiry.map_or(String::new(), |day| fmt.day_near(day, today));
        let expiry = if s.expired { format!("▲ {expiry}") } else { expiry };
        let wrong = row.wants_class.as_deref().and_then(class_word).map(|word| format!("▲ {}", fmt.fill(W::FloorWants, &[fmt.t(word)])));
        let mut cells = vec![
            view! {
                <a href=Route::row(Page::Stock, item).hash()>{row.name.clone()}" "<small class="muted">{row.sku.clone()}</small></a>
                {wrong.map(|text| view! { <span class="mark h">" "{text}</span> })}
            }
            .into_any(),
            cell(s.lot_code.clone().unwrap_or_default()),
            view! { <span class:mark=s.expired class:h=s.expired>{expiry}</span> }.into_any(),
            cell(ledger::standing_word(&fmt, &s.standing)),
            cell(row.since.map_or(String::new(), |day| fmt.day_near(day, today))),
            cell(wording::with_uom(s.quantity, &row.unit)),
        ];
        let movable = may && s.quantity.0 > 0 && !matches!(s.standing.as_str(), "allocated" | "picked");
        let moved = s.clone();
        cells.push(if movable {
            parts::plain_button(move || fmt.t(W::MoveDots), id::MOVE_STOCK, move || ledger::shift(item, &moved))
        } else {
            cell("")
        });
        (format!("{}-{}-{}", item, s.lot.map_or(0, |lot| lot.0), s.standing), cells)
    });
    let heads = [
        (W::Item, false),
        (W::LotWord, false),
        (W::ExpiryWord, false),
        (W::StandsWord, false),
        (W::FloorSince, false),
        (W::Quantity, true),
        (W::ChangeWord, false),
    ];
    grid(W::FloorInBin, &heads, cells.collect(), id::BIN_CONTENT)
}

fn movements(fmt: &Fmt, rows: &[BinMovementRow], today: Day) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="muted">{fmt.t(W::FloorNothingMoved)}</p> }.into_any();
    }
    let cells = rows.iter().map(|row| {
        let line = &row.line;
        let sides = format!("{} → {}", ledger::side_word(fmt, &line.from), ledger::side_word(fmt, &line.to));
        let cells = vec![
            cell(fmt.day_near(line.day, today)),
            cell(ledger::kind_word(fmt, &line.kind)),
            cell(
                [Some(row.sku.clone()), line.lot_code.clone()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" · "),
            ),
            cell(sides),
            cell(format!("{}{}", if row.change.0 > 0 { "+" } else { "" }, format::qty(row.change))),
            cell(line.by.clone()),
        ];
        (line.movement.to_string(), cells)
    });
    let heads = [
        (W::DayWord, false),
        (W::Kind, false),
        (W::Item, false),
        (W::FromToSides, false),
        (W::ChangeWord, true),
        (W::WhoWord, false),
    ];
    grid(W::Ledger, &heads, cells.collect(), id::BIN_MOVE)
}

/// Asks what is to be said of a bin.
fn edit(facts: BinFacts) {
    let fmt = fmt();
    let number = |n: Option<Milli>| n.map_or(String::new(), |n| n.to_string());
    let whole = |n: Option<i64>| n.map_or(String::new(), |n| n.to_string());
    let fields = vec![
        Field::text("code", W::FloorCode, facts.code.clone()).needed(),
        Field::text("warehouse", W::FloorWarehouse, facts.warehouse.clone()),
        Field::text("zone", W::FloorZoneOfBin, facts.zone.clone()),
        Field::choice("class", W::FloorClass, facts.class.clone().unwrap_or_default(), class_choices(&fmt)),
        Field::number("x", W::FloorAlong, number(facts.x_m)),
        Field::number("y", W::FloorAcross, number(facts.y_m)),
        Field::number("level", W::FloorLevel, whole(facts.level)),
        Field::number(
            "units",
            W::FloorHoldsUnits,
            facts.capacity_units.map_or(String::new(), |q| q.to_string()),
        ),
        Field::number("kg", W::FloorHoldsKg, number(facts.capacity_kg)),
        Field::number("litres", W::FloorHoldsLitres, number(facts.capacity_litres)),
        Field::number("hu", W::FloorHoldsHu, whole(facts.capacity_handling_units)),
        Field::number("turn", W::FloorTurn, whole(facts.pick_order)),
        Field::text("number", W::FloorNumber, facts.number.clone().unwrap_or_default()),
    ];
    let title = if facts.bin.0 == 0 { W::FloorNewBin } else { W::FloorChangeBin };
    ask(fmt.t(title), fmt.t(W::FloorChangeBinText), W::Save, fields, move |values| {
        let old = facts.clone();
        async move {
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default().trim().to_owned();
            let milli = |text: String| Milli::parse(&format::typed(&text));
            let whole = |text: String| Milli::parse(&format::typed(&text)).map(|n| n.0 / 1000);
            let some = |text: String| (!text.is_empty()).then_some(text);
            let new = BinFacts {
                bin: old.bin,
                code: next(),
                warehouse: next(),
                zone: next(),
                class: some(next()),
                x_m: milli(next()),
                y_m: milli(next()),
                level: whole(next()),
                capacity_units: milli(next()).map(|n| Quantity(n.0)),
                capacity_kg: milli(next()),
                capacity_litres: milli(next()),
                capacity_handling_units: whole(next()),
                pick_order: whole(next()),
                number: some(next()),
            };
            let bin = bridge::send(SaveBin { facts: new, why: String::new() }).await?;
            ctx().choose(bin);
            Ok(())
        }
    });
}
