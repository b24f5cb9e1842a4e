//! Where an item lies, lot by lot and bin by bin, and the ledger that says how it came to be: on any day.
//!
//! What a person books here is asked for in a dialog, goes on record with name and reason, and can be taken back.

use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::state::{ctx, fmt};
use crate::takeout::{Asked, Takeout, whole};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{Day, ItemId, Milli, Quantity};
use wasm_bindgen_futures::spawn_local;

/// Lines of the ledger that are shown.
const LINES: u32 = 200;

/// Why a person corrects a quantity.
const CORRECTIONS: [(&str, W); 8] = [
    ("counted", W::StockWhyCounted),
    ("found", W::StockWhyFound),
    ("missing", W::StockWhyMissing),
    ("damaged", W::StockWhyDamaged),
    ("expired", W::StockWhyExpired),
    ("stolen", W::StockWhyStolen),
    ("used", W::StockWhyUsed),
    ("wrong-entry", W::StockWhyWrongEntry),
];

fn role_is(roles: &[&str]) -> bool {
    ctx().site.with(|s| s.as_ref().is_some_and(|s| roles.contains(&s.role.as_str())))
}

fn reason(fmt: &Fmt, word: &str) -> String {
    let found = match word {
        "counted" => W::StockWhyCounted,
        "found" => W::StockWhyFound,
        "missing" => W::StockWhyMissing,
        "damaged" => W::StockWhyDamaged,
        "expired" => W::StockWhyExpired,
        "stolen" => W::StockWhyStolen,
        "used" => W::StockWhyUsed,
        "wrong-entry" => W::StockWhyWrongEntry,
        "quality-doubt" => W::StockWhyQualityDoubt,
        "recall" => W::StockWhyRecall,
        "cleared" => W::StockWhyCleared,
        "undone" => W::StockWhyUndone,
        _ => return word.to_owned(),
    };
    fmt.t(found).to_owned()
}

fn kind(fmt: &Fmt, word: &str) -> String {
    let found = match word {
        "import" => W::KindImport,
        "count" => W::MoveCount,
        "receipt" => W::MoveReceipt,
        "issue" => W::MoveIssue,
        "opening" => W::MoveOpening,
        "order" => W::MoveOrdered,
        "move" => W::MoveMove,
        "allocate" => W::MoveAllocate,
        "pick" => W::MovePick,
        "hold" => W::MoveHold,
        "correct" => W::MoveCorrect,
        "return" => W::MoveReturn,
        "reverse" => W::MoveReverse,
        _ => return word.to_owned(),
    };
    fmt.t(found).to_owned()
}

pub fn standing(fmt: &Fmt, word: &str) -> String {
    let found = match word {
        "free" | "available" => W::StandFree,
        "allocated" => W::StandAllocated,
        "picked" => W::StandPicked,
        "held" => W::StandHeld,
        "quarantined" => W::StandQuarantined,
        "expired" => W::StandExpired,
        _ => return word.to_owned(),
    };
    fmt.t(found).to_owned()
}

/// What the codes of a column of the ledger, of a trace or of what is doubtful are called.
pub fn words_of(fmt: &Fmt, column: &str) -> Vec<(String, String)> {
    let of = |codes: &[&str], word: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        codes.iter().map(|code| ((*code).to_owned(), word(code))).collect()
    };
    let standings = ["free", "available", "allocated", "picked", "held", "quarantined", "expired"];
    match column {
        "stands" | "status" => of(&standings, &|code| standing(fmt, code)),
        "kind" => of(
            &[
                "import",
                "count",
                "receipt",
                "issue",
                "opening",
                "order",
                "move",
                "allocate",
                "pick",
                "hold",
                "correct",
                "return",
                "reverse",
                "negative",
                "expired",
                "no-expiry",
                "no-bin",
                "back-dated",
                "duplicate-sku",
                "unit-clash",
            ],
            &|code| super::doubts::kind_word(fmt, code).unwrap_or_else(|| kind(fmt, code)),
        ),
        "reason" => of(
            &[
                "counted",
                "found",
                "missing",
                "damaged",
                "expired",
                "stolen",
                "used",
                "wrong-entry",
                "quality-doubt",
                "recall",
                "cleared",
                "undone",
            ],
            &|code| reason(fmt, code),
        ),
        "from" | "to" | "place" => {
            let places = ["supplier", "inbound", "transit", "customer", "adjustment", "loss"];
            let mut words = of(&places, &|code| place(fmt, code));
            words.extend(of(&standings[2..], &|code| standing(fmt, code)));
            words.push((NO_BIN.to_owned(), fmt.t(W::NoBinWord).to_owned()));
            words
        }
        "bin" => vec![(NO_BIN.to_owned(), fmt.t(W::NoBinWord).to_owned())],
        _ => Vec::new(),
    }
}

/// A place outside of bins.
fn place(fmt: &Fmt, word: &str) -> String {
    let found = match word {
        "supplier" => W::PlaceSupplier,
        "inbound" => W::PlaceInbound,
        "transit" => W::PlaceTransit,
        "customer" => W::PlaceCustomer,
        "adjustment" => W::PlaceAdjustment,
        "loss" => W::PlaceLoss,
        other => return other.to_owned(),
    };
    fmt.t(found).to_owned()
}

/// A side of a movement; the standing where it is not the plain one.
pub fn side(fmt: &Fmt, side: &SideRow) -> String {
    let place = match side.place.as_str() {
        "bin" => {
            let code = side.bin.clone().unwrap_or_default();
            if code == NO_BIN { fmt.t(W::NoBinWord).to_owned() } else { code }
        }
        outside => place(fmt, outside),
    };
    if side.standing == "free" { place } else { format!("{place} · {}", standing(fmt, &side.standing)) }
}

/// A kind of movement in words.
pub fn kind_word(of: &Fmt, word: &str) -> String {
    kind(of, word)
}

/// How something stands, in words.
pub fn standing_word(of: &Fmt, word: &str) -> String {
    standing(of, word)
}

/// A side of a movement in words.
pub fn side_word(of: &Fmt, row: &SideRow) -> String {
    side(of, row)
}

/// The columns of the ledger in a file, and of where an item lies.
const LEDGER_OUT: [(&str, W); 15] = [
    ("number", W::Number),
    ("day", W::DayWord),
    ("booked", W::When),
    ("kind", W::Kind),
    ("reason", W::StockWhyWord),
    ("lot", W::LotWord),
    ("from", W::FromWord),
    ("to", W::ToWord),
    ("quantity", W::Quantity),
    ("change", W::ImportChange),
    ("on-hand", W::OnHand),
    ("who", W::WhoWord),
    ("source", W::Source),
    ("party", W::FromOrTo),
    ("taken-back", W::TakenBackWord),
];
const LIES_OUT: [(&str, W); 7] = [
    ("lot", W::LotWord),
    ("expiry", W::ExpiryWord),
    ("expired", W::StandExpired),
    ("status", W::StateWord),
    ("bin", W::BinWord),
    ("stands", W::StandsWord),
    ("quantity", W::Quantity),
];

fn taken(item: ItemId, day: Option<Day>) -> Asked {
    whole(&GetItemStock { item, day, limit: 0 })
}

/// The code of the bin that stands for no bin.
const NO_BIN: &str = "DEFAULT";

fn bin_name(fmt: &Fmt, row: &StandingRow) -> String {
    if row.no_bin { fmt.t(W::NoBinWord).to_owned() } else { row.bin_code.clone() }
}

/// A code as a cell: never broken at its hyphens.
fn code(text: String) -> AnyView {
    view! { <span class="code">{text}</span> }.into_any()
}

fn words(fmt: &Fmt, of: &[(&str, W)]) -> Vec<(String, String)> {
    of.iter().map(|(word, shown)| ((*word).to_owned(), fmt.t(*shown).to_owned())).collect()
}

fn say_booked() {
    ctx().say(fmt().t(W::BookedInLedger));
}

/// Asks why, then holds a lot or releases it.
pub fn decide(lot: LotId, code: &str, release: bool) {
    let fmt = fmt();
    let (title, text, confirm) = if release {
        (W::ReleaseTitle, W::ReleaseText, W::ReleaseIt)
    } else {
        (W::HoldTitle, W::HoldText, W::HoldIt)
    };
    let why = if release {
        vec![("cleared", W::StockWhyCleared), ("wrong-entry", W::StockWhyWrongEntry)]
    } else {
        vec![
            ("quality-doubt", W::StockWhyQualityDoubt),
            ("recall", W::StockWhyRecall),
            ("damaged", W::StockWhyDamaged),
            ("expired", W::StockWhyExpired),
        ]
    };
    let status =
        vec![("held", W::StandHeld), ("quarantined", W::StandQuarantined), ("expired", W::StandExpired)];
    let first = why.first().map_or("", |(word, _)| *word);
    let mut fields = vec![
        Field::choice("reason", W::StockWhyWord, first, words(&fmt, &why)),
        Field::text("why", W::Note, ""),
    ];
    if !release {
        fields.push(Field::choice("status", W::StandsWord, "held", words(&fmt, &status)));
    }
    ask(fmt.fill(title, &[code]), fmt.t(text), confirm, fields, move |values| async move {
        let mut values = values.into_iter();
        let (reason, why) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
        let status = values.next().unwrap_or_else(|| "available".to_owned());
        bridge::send(DecideLot { lot, status, reason, why }).await?;
        say_booked();
        Ok(())
    });
}

/// Asks what is really there, once it is known what the ledger says: what is promised lies in the bin too.
pub fn count(item: ItemId, row: StandingRow) {
    spawn_local(async move {
        match bridge::send(GetItemStock { item, day: None, limit: 0 }).await {
            Ok(stock) => correct(item, &row, there(&stock, &row)),
            Err(e) => ctx().fail(&e),
        }
    });
}

/// What a person would find of a lot in a bin.
fn there(d: &ItemStock, row: &StandingRow) -> Quantity {
    d.standings
        .iter()
        .filter(|other| {
            other.lot == row.lot
                && other.bin == row.bin
                && counted_as(&other.standing) == counted_as(&row.standing)
        })
        .map(|other| other.quantity)
        .sum()
}

/// Asks what is really there.
fn correct(item: ItemId, row: &StandingRow, there: Quantity) {
    let fmt = fmt();
    let (lot, bin, standing) = (row.lot, row.bin, counted_as(&row.standing).to_owned());
    let place = [row.lot_code.clone().unwrap_or_default(), bin_name(&fmt, row)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    let fields = vec![
        Field::number("quantity", W::Quantity, there.to_string()).needed(),
        Field::choice("reason", W::StockWhyWord, "counted", words(&fmt, &CORRECTIONS)),
        Field::text("why", W::Note, ""),
    ];
    let text = fmt.fill(W::CorrectText, &[&place, &format::qty(there)]);
    ask(fmt.t(W::CorrectTitle), text, W::BookIt, fields, move |values| {
        let standing = standing.clone();
        async move {
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let quantity = Quantity(Milli::parse(&format::typed(&next())).unwrap_or_default().0);
            let (reason, why) = (next(), next());
            bridge::send(CorrectStock { item, lot, bin, standing, quantity, day: None, reason, why }).await?;
            say_booked();
            Ok(())
        }
    });
}

/// What a person counts with: what is promised lies in the bin like what is free.
fn counted_as(standing: &str) -> &str {
    if matches!(standing, "allocated" | "picked") { "free" } else { standing }
}

/// Asks where to.
pub fn shift(item: ItemId, row: &StandingRow) {
    let fmt = fmt();
    let (lot, from, standing) = (row.lot, row.bin, row.standing.clone());
    let fields = vec![
        Field::text("to", W::ToBin, "").hint(fmt.t(W::ToBinHint)).needed(),
        Field::number("quantity", W::Quantity, row.quantity.to_string()).needed(),
        Field::text("why", W::Note, ""),
    ];
    let text = format!("{} · {}", row.lot_code.clone().unwrap_or_default(), bin_name(&fmt, row));
    let text = text.trim_start_matches([' ', '·']).to_owned();
    ask(fmt.t(W::MoveTitle), text, W::BookIt, fields, move |values| {
        let standing = standing.clone();
        async move {
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let to = next();
            let quantity = Quantity(Milli::parse(&format::typed(&next())).unwrap_or_default().0);
            let why = next();
            bridge::send(MoveStock { item, lot, from, standing, to, make: true, quantity, why }).await?;
            say_booked();
            Ok(())
        }
    });
}

/// Asks for the last day of a lot.
pub fn set_expiry(lot: LotId, code: &str, now: Option<Day>) {
    let fmt = fmt();
    let text = now.map(|day| day.to_string()).unwrap_or_default();
    let fields = vec![
        Field::text("expiry", W::ExpiryWord, text).hint(fmt.t(W::ExpiryHint)),
        Field::text("why", W::Note, ""),
    ];
    ask(fmt.fill(W::ExpiryTitle, &[code]), "", W::BookIt, fields, move |values| async move {
        let mut values = values.into_iter();
        let (text, why) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
        let expiry = if text.is_empty() { None } else { Day::parse(&text) };
        if !text.is_empty() && expiry.is_none() {
            return Err(ApiError {
                code: Code::BadInput,
                message: crate::state::fmt().t(W::NotADay).to_owned(),
                trace_id: String::new(),
            });
        }
        bridge::send(SetExpiry { lot, expiry, why }).await?;
        say_booked();
        Ok(())
    });
}

fn undo(booking: MovementId) {
    let fmt = fmt();
    let fields = vec![Field::text("why", W::Why, "").needed()];
    ask(fmt.t(W::UndoTitle), fmt.t(W::UndoText), W::TakeBack, fields, move |values| async move {
        let why = values.into_iter().next().unwrap_or_default();
        bridge::send(UndoBooking { booking, why }).await?;
        say_booked();
        Ok(())
    });
}

/// The cards of the item chosen; `day` is the one it is looked at on.
pub fn cards(chosen: Memo<Option<ItemId>>, day: RwSignal<Option<Day>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    // Another item is looked at as it is now.
    Effect::new(move |_| {
        chosen.track();
        day.set(None);
    });
    let answer = live(move || chosen.get().map(|item| GetItemStock { item, day: day.get(), limit: LINES }));
    let shown = Memo::new(move |_| {
        let item = chosen.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.item == item).cloned())
    });
    let today = Memo::new(move |_| fmt.day_of(ctx.now.get()));
    let as_of = move || {
        let value = move || day.get().map(|day| day.to_string()).unwrap_or_default();
        view! {
            <label class="as-of">{fmt.t(W::AsOfDay)}" "
                <input type="date" data-testid=id::STOCK_DAY prop:value=value max=move || today.get().to_string()
                    on:change=move |e| day.set(Day::parse(&event_target_value(&e))) />
            </label>
            {move || day.get().is_some().then(|| parts::plain_button(move || fmt.t(W::BackToNow), id::STOCK_DAY, move || day.set(None)))}
        }
    };
    let lies = move || {
        shown.get().map(|d| {
            let f = d.figures;
            let sum = fmt.fill(
                W::StockSum,
                &[
                    &format::qty(f.on_hand),
                    &format::qty(f.available),
                    &format::qty(f.allocated),
                    &format::qty(f.held),
                    &format::qty(f.expired),
                ],
            );
            let mut notes = vec![
                fmt.fill(W::StockProjected, &[&format::qty(f.projected)]),
                fmt.fill(W::StockWorth, &[&fmt.money_exact(d.value_average), &fmt.money_exact(d.value_fifo)]),
            ];
            if let Some(closed) = d.closed_up_to {
                notes.push(fmt.fill(W::BooksClosed, &[&fmt.day_near(closed, today.get())]));
            }
            // Nothing is booked into the past from here.
            let may = day.get().is_none() && role_is(&["operator", "manager", "admin"]);
            let rows: Vec<_> =
                d.standings.iter().map(|row| standing_cells(&fmt, &d, row, today.get(), may)).collect();
            let body = if rows.is_empty() {
                view! { <p class="muted">{fmt.t(W::NoStandings)}</p> }.into_any()
            } else {
                let heads = [
                    (W::LotWord, false),
                    (W::ExpiryWord, false),
                    (W::BinWord, false),
                    (W::StandsWord, false),
                    (W::Quantity, true),
                    (W::ChangeWord, false),
                ];
                grid(W::WhereItLies, &heads[..if may { 6 } else { 5 }], rows, id::STANDING_ROW)
            };
            view! {
                <p class="note" data-testid=id::STOCK_SUM>{sum}</p>
                <p class="muted">{notes.join(" · ")}</p>
                {body}
            }
        })
    };
    let ledger = move || {
        shown.get().map(|d| {
            if d.ledger.is_empty() {
                return ().into_any();
            }
            let may = role_is(&["operator", "manager", "admin"]);
            let rows = d.ledger.iter().map(|line| ledger_cells(&fmt, line, today.get(), may)).collect();
            let heads = [
                (W::DayWord, false),
                (W::Kind, false),
                (W::LotWord, false),
                (W::FromToSides, false),
                (W::Quantity, true),
                (W::OnHand, true),
                (W::WhoWord, false),
                (W::Source, false),
            ];
            view! {
                <section class="card"><h3>{fmt.t(W::Ledger)}{Takeout::card("stock-ledger", W::Ledger, &LEDGER_OUT, move || taken(d.item, day.get_untracked())).button(false)}</h3>
                {grid(W::Ledger, &heads, rows, id::MOVEMENT_ROW)}
                </section>
            }
            .into_any()
        })
    };
    let out_lies = Takeout::card("stock-lies", W::WhereItLies, &LIES_OUT, move || {
        taken(chosen.get_untracked().unwrap_or_default(), day.get_untracked())
    })
    .button(false);
    view! {
        <section class="card"><h3>{fmt.t(W::WhereItLies)}" "<span class="muted">{fmt.t(W::WhereItLiesText)}</span>{as_of}{out_lies}</h3>
        {lies}
        </section>
        {ledger}
    }
    .into_any()
}

fn standing_cells(
    fmt: &Fmt,
    d: &ItemStock,
    row: &StandingRow,
    today: Day,
    may: bool,
) -> (String, Vec<AnyView>) {
    let (item, fmt) = (d.item, *fmt);
    let expiry = row.expiry.map_or_else(
        || if row.lot.is_some() { "—".to_owned() } else { String::new() },
        |day| fmt.day_near(day, today),
    );
    let expiry = if row.expired {
        view! { <span class="mark h">"▲ "{expiry}</span> }.into_any()
    } else {
        cell(expiry)
    };
    let stands = if row.expired && row.standing == "free" { "expired" } else { row.standing.as_str() };
    let below = row.quantity.0 < 0;
    let quantity = format::qty(row.quantity);
    let quantity = if below { format!("▲ {quantity}") } else { quantity };
    let mut cells = vec![
        code(row.lot_code.clone().unwrap_or_default()),
        expiry,
        code(bin_name(&fmt, row)),
        cell(standing(&fmt, stands)),
        view! { <span class:mark=below class:h=below>{quantity}</span> }.into_any(),
    ];
    if may {
        cells.push(standing_actions(item, d, row));
    }
    let key = format!("{}-{}-{}", row.lot.map_or(0, |lot| lot.0), row.bin, row.standing);
    (key, cells)
}

/// What a person may do with what lies somewhere.
fn standing_actions(item: ItemId, d: &ItemStock, row: &StandingRow) -> AnyView {
    let fmt = fmt();
    let there = there(d, row);
    let (corrected, shifted) = (row.clone(), row.clone());
    let movable = row.quantity.0 > 0 && !matches!(row.standing.as_str(), "allocated" | "picked");
    let lot = row.lot.zip(row.lot_code.clone());
    let held = row.lot_status.as_deref().is_some_and(|status| status != "available");
    let of_lot = lot.map(|(lot, code)| {
        let (for_expiry, expiry) = (code.clone(), row.expiry);
        let may_release = role_is(&["manager", "admin"]);
        let decision = if held {
            may_release.then(|| {
                parts::plain_button(move || fmt.t(W::ReleaseDots), id::RELEASE_LOT, move || decide(lot, &code, true))
            })
        } else {
            Some(parts::plain_button(move || fmt.t(W::HoldDots), id::HOLD_LOT, move || decide(lot, &code, false)))
        };
        view! {
            {decision}
            {parts::plain_button(move || fmt.t(W::ExpiryDots), id::SET_EXPIRY, move || set_expiry(lot, &for_expiry, expiry))}
        }
    });
    view! {
        <span class="row-act">
            {parts::plain_button(move || fmt.t(W::CorrectDots), id::CORRECT_STOCK, move || correct(item, &corrected, there))}
            {movable.then(|| parts::plain_button(move || fmt.t(W::MoveDots), id::MOVE_STOCK, move || shift(item, &shifted)))}
            {of_lot}
        </span>
    }
    .into_any()
}

fn ledger_cells(fmt: &Fmt, line: &LedgerRow, today: Day, may: bool) -> (String, Vec<AnyView>) {
    let fmt = *fmt;
    let mark = if line.back_dated { " ◂" } else { "" };
    let title = if line.back_dated { fmt.t(W::BackDatedWord) } else { "" };
    let day = format!("{}{mark}", fmt.day_near(line.day, today));
    let what = match &line.reason {
        Some(why) => format!("{} · {}", kind(&fmt, &line.kind), reason(&fmt, why)),
        None => kind(&fmt, &line.kind),
    };
    let sign = if line.change.0 > 0 { "+" } else { "" };
    let quantity = if line.change == Quantity::ZERO {
        format::qty(line.quantity)
    } else {
        format!("{sign}{}", format::qty(line.change))
    };
    let parts = [line.source.clone(), line.party.clone(), line.import.map(|import| format!("#{import}"))];
    let source = parts
        .into_iter()
        .flatten()
        .map(|part| view! { <span class="code">{part}</span>" " })
        .collect_view()
        .into_any();
    let booking = line.booking;
    let last = if line.reversed {
        view! { <span class="muted">{fmt.t(W::LineTakenBack)}" "{source}</span> }.into_any()
    } else if line.can_undo && may {
        view! { <span>{source}" "{parts::plain_button(move || fmt.t(W::UndoDots), id::UNDO_BOOKING, move || undo(booking))}</span> }
            .into_any()
    } else {
        source
    };
    let cells = vec![
        view! { <span class="code" title=title>{day}</span> }.into_any(),
        cell(what),
        code(line.lot_code.clone().unwrap_or_default()),
        cell(format!("{} → {}", side(&fmt, &line.from), side(&fmt, &line.to))),
        cell(quantity),
        cell(format::qty(line.on_hand)),
        cell(line.by.clone()),
        last,
    ];
    (line.movement.to_string(), cells)
}
