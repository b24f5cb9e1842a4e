//! Orders of customers: the board, the lines of one, and what is done with them.

use super::{
    Board, CARDS, Card, Cards, State, lines_or, may, may_overrule, number, stacked, steps, typed_day,
    typed_quantity,
};
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::pages::actions::hand_over;
use crate::parts::{self, fact};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::table::step;
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{MovementId, OutboundId, Quantity};
use wasm_bindgen_futures::spawn_local;

pub(super) const STATES: [State; 7] = [
    ("open", W::OutOpen, "", "○"),
    ("allocated", W::OutAllocated, "l", "◔"),
    ("picking", W::OutPicking, "l", "◐"),
    ("picked", W::OutPicked, "l", "◕"),
    ("packed", W::OutPacked, "l", "●"),
    ("shipped", W::OutShipped, "", "✓"),
    ("cancelled", W::InCancelled, "", "✕"),
];

const OUT: [(&str, W); 15] = [
    ("number", W::PaperNumber),
    ("customer", W::CustomerWord),
    ("order", W::OrderRefWord),
    ("ship-by", W::ShipByWord),
    ("late", W::OverdueWord),
    ("state", W::StateWord),
    ("backorder", W::RestOrderWord),
    ("lines", W::LinesWord),
    ("done", W::LinesDoneWord),
    ("ordered", W::OrderedWord),
    ("open", W::OpenWord),
    ("allocated", W::OutAllocated),
    ("picked", W::OutPicked),
    ("packed", W::OutPacked),
    ("shipped", W::OutShipped),
];

const LINES_OUT: [(&str, W); 12] = [
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("unit", W::FieldUnit),
    ("ordered", W::OrderedWord),
    ("open", W::OpenWord),
    ("allocated", W::OutAllocated),
    ("picked", W::OutPicked),
    ("packed", W::OutPacked),
    ("shipped", W::OutShipped),
    ("dropped", W::DroppedWord),
    ("promised", W::PromisedFromWord),
    ("lies", W::LiesWord),
];

const BOARD: Board = Board {
    tab: "outbound",
    word: W::TabOutbound,
    states: &STATES,
    out: &OUT,
    empty: (W::EmptyOutbound, W::EmptyOutboundText),
    make: (W::TakeOrder, id::TAKE_ORDER, take_order),
    one,
};

/// The board and its list.
pub fn page() -> AnyView {
    let filter = RwSignal::new(String::new());
    let answer = live(move || {
        Some(ListOutbound { filter: filter.get(), states: Vec::new(), offset: 0, limit: CARDS })
    });
    let cards = Memo::new(move |_| {
        answer.data.with(|page| {
            page.as_ref().map(|page| Cards {
                cards: page.rows.iter().map(card).collect(),
                counts: page.counts.clone(),
                today: page.today,
            })
        })
    });
    let rows = move || {
        let filter = filter.get_untracked();
        whole(&ListOutbound { filter, states: Vec::new(), offset: 0, limit: 0 })
    };
    super::page(BOARD, filter, cards, answer.error, rows)
}

fn card(row: &OutboundCardRow) -> Card {
    // Nothing is promised to an open order yet: it is not short of anything.
    let short = if matches!(row.state.as_str(), "open" | "cancelled") { Quantity::ZERO } else { row.open };
    Card {
        id: row.id.0,
        number: row.number.clone(),
        partner: row.customer.clone(),
        day: row.ship_by,
        late: row.late,
        state: row.state.clone(),
        lines: row.lines,
        done: row.lines_done,
        off: vec![(W::ShortWord, short)],
    }
}

/// Asks what is wanted, and takes the order.
pub fn take_order() {
    let fmt = fmt();
    let fields = vec![
        Field::text("number", W::PaperNumber, "").hint(fmt.t(W::PaperNumberHint)),
        Field::text("customer", W::CustomerWord, ""),
        Field::text("day", W::ShipByWord, ctx().today().to_string()).hint("2026-12-31"),
        Field::text("address", W::DeliverToWord, ""),
        Field::number("usable", W::UsableDays, "0").hint(fmt.t(W::UsableDaysHint)),
        Field::text("lines", W::LinesWord, "").hint(fmt.t(W::LinesHint)).needed(),
    ];
    ask(fmt.t(W::TakeOrder), fmt.t(W::TakeOrderText), W::TakeOrderGo, fields, |values| async move {
        let text = |at: usize| values.get(at).cloned().unwrap_or_default();
        let lines = lines_or(&text(5))?;
        let call = MakeOutbound {
            number: text(0),
            customer: text(1),
            order_ref: None,
            ship_by: typed_day(&text(2))?,
            ship_to: Some(text(3)).filter(|address| !address.is_empty()),
            usable_days: u16::try_from(typed_quantity(&text(4)).0.max(0) / 1000).unwrap_or(u16::MAX),
            note: None,
            lines: lines.into_iter().map(|(sku, quantity)| NewOutboundLine { sku, quantity }).collect(),
        };
        let made = bridge::send(call).await?;
        ctx().go(Route { page: Page::Stock, row: made.to_string(), tab: BOARD.tab.into() });
        Ok(())
    });
}

/// What the next step is called, while there is one.
fn next_word(sheet: &OutboundSheet) -> Option<W> {
    match sheet.card.state.as_str() {
        "open" => Some(W::AllocateWord),
        "allocated" | "picking" => Some(W::PickAll),
        "picked" => Some(W::PackAll),
        "packed" => Some(W::ShipWord),
        _ => None,
    }
}

/// One order: its figures, its lines, its parcels, and the next step.
fn one(key: i64, asked: RwSignal<Option<Act>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let paper = OutboundId(key);
    let answer = live(move || Some(GetOutbound { outbound: paper }));
    let picked = RwSignal::new(0_usize);
    let last = RwSignal::new(None::<MovementId>);
    let say = move |done: Result<PaperStep, ApiError>| match done {
        Ok(done) => {
            // Of an order only a pick is taken back as it was booked.
            last.set(done.booking.filter(|_| matches!(done.state.as_str(), "picking" | "picked")));
            answer.refresh();
            let word = super::state_of(BOARD, &done.state).1;
            ctx.say(fmt.fill(W::StepTaken, &[fmt.t(word)]));
        }
        Err(e) => ctx.fail(&e),
    };
    let ship = move |backorder: bool| {
        spawn_local(async move {
            match bridge::send(ShipOutbound { outbound: paper, backorder }).await {
                Ok(done) => {
                    answer.refresh();
                    ctx.say(fmt.t(if done.backorder.is_some() { W::ShippedRest } else { W::ShippedAll }));
                }
                Err(e) => ctx.fail(&e),
            }
        });
    };
    let next = move || {
        let Some((word, open)) =
            answer.data.with_untracked(|d| d.as_ref().and_then(|d| Some((next_word(d)?, d.card.open))))
        else {
            return;
        };
        match word {
            W::ShipWord if open.0 > 0 => {
                let rest = vec![
                    ("backorder".to_owned(), fmt.t(W::RestBackorder).to_owned()),
                    ("give-up".to_owned(), fmt.t(W::RestGiveUp).to_owned()),
                ];
                let fields = vec![Field::choice("rest", W::RestWord, "backorder", rest)];
                let text = fmt.fill(W::ShipShortText, &[&format::qty(open)]);
                ask(fmt.t(W::ShipWord), text, W::ShipWord, fields, move |values| async move {
                    ship(values.first().is_some_and(|rest| rest == "backorder"));
                    Ok(())
                });
            }
            W::ShipWord => ship(false),
            word => spawn_local(async move {
                say(match word {
                    W::AllocateWord => bridge::send(AllocateOutbound { outbound: paper }).await,
                    W::PickAll => bridge::send(all_picked(paper)).await,
                    _ => bridge::send(all_packed(paper)).await,
                });
            }),
        }
    };
    let again = move || {
        spawn_local(async move { say(bridge::send(AllocateOutbound { outbound: paper }).await) });
    };
    let release = move || {
        spawn_local(async move { say(bridge::send(ReleaseOutbound { outbound: paper }).await) });
    };
    let line = move || {
        answer.data.with_untracked(|d| {
            d.as_ref().and_then(|d| {
                d.lines.get(picked.get_untracked().min(d.lines.len().saturating_sub(1))).cloned()
            })
        })
    };
    let pick = move || line().into_iter().for_each(|line| pick(paper, line, say));
    let cancel = move || {
        let why = vec![Field::text("why", W::StockWhyWord, "")];
        ask(
            fmt.t(W::CancelPaper),
            fmt.t(W::CancelOutboundText),
            W::CancelPaper,
            why,
            move |values| async move {
                let why = values.first().cloned().unwrap_or_default();
                say(Ok(bridge::send(CancelOutbound { outbound: paper, why }).await?));
                Ok(())
            },
        );
    };
    let print = move || {
        let state =
            answer.data.with_untracked(|d| d.as_ref().map(|d| d.card.state.clone())).unwrap_or_default();
        print(paper, &state);
    };
    let undo = move || {
        let Some(booking) = last.get_untracked() else { return };
        last.set(None);
        spawn_local(async move {
            match bridge::send(TakeBackStep { booking, why: String::new() }).await {
                Ok(_) => {
                    answer.refresh();
                    ctx.say(fmt.t(W::TakenBack));
                }
                Err(e) => ctx.fail(&e),
            }
        });
    };
    Effect::new(move |_| {
        let Some(act) = asked.get() else { return };
        asked.set(None);
        let total = answer.data.with_untracked(|d| d.as_ref().map_or(0, |d| d.lines.len()));
        match act {
            Act::Extend(n) => {
                step(Some(picked.get_untracked()), n, total).into_iter().for_each(|to| picked.set(to))
            }
            Act::Export => print(),
            _ if !may() => {}
            Act::Open => next(),
            Act::Change => pick(),
            Act::Acknowledge => again(),
            Act::Shelve => release(),
            Act::Dismiss if may_overrule() => cancel(),
            Act::TakeBack => undo(),
            _ => {}
        }
    });
    let shown = move || match answer.data.get() {
        None => answer.error.get().map_or_else(|| parts::waiting(None), |e| parts::error(&e)),
        Some(sheet) => {
            let over = matches!(sheet.card.state.as_str(), "shipped" | "cancelled");
            let go = next_word(&sheet)
                .filter(|_| may())
                .map(|word| (fmt.t(word).to_owned(), Box::new(next) as Box<dyn Fn() + Send>));
            let mut others: Vec<(W, &'static str, &'static str, Box<dyn Fn() + Send>)> = Vec::new();
            if may() && !over {
                if sheet.card.allocated.0 > 0 {
                    others.push((W::PickDots, "c", id::GOODS_CHANGE, Box::new(pick)));
                    others.push((W::ReleaseWord, "s", id::GOODS_SHELVE, Box::new(release)));
                }
                if sheet.card.open.0 > 0 && sheet.card.state != "open" {
                    others.push((W::AllocateRest, "a", id::GOODS_FINISH, Box::new(again)));
                }
                if last.get().is_some() {
                    others.push((W::TakeBackWord, "u", id::GOODS_UNDO, Box::new(undo)));
                }
                if may_overrule() {
                    others.push((W::CancelPaper, "d", id::GOODS_CANCEL, Box::new(cancel)));
                }
            }
            others.push((W::PrintDots, "e", id::GOODS_PRINT, Box::new(print)));
            if sheet.card.state == "shipped" && may() {
                let customer = sheet.card.customer.clone();
                others.push((
                    W::TakeReturn,
                    "",
                    id::TAKE_RETURN,
                    Box::new(move || super::returned::take_back_of(Some(paper), &customer)),
                ));
            }
            view! { {head(&sheet)} {steps(go, others)} {figures(&sheet)} {lines(&sheet, picked)} {parcels(&sheet, say)} }.into_any()
        }
    };
    view! { <div class="goods" data-testid=id::GOODS_PAPER data-id=key.to_string()>{shown}</div> }.into_any()
}

fn all_picked(outbound: OutboundId) -> PickGoods {
    PickGoods {
        outbound,
        line: None,
        lot: None,
        bin: String::new(),
        quantity: Quantity::ZERO,
        instead: false,
    }
}

fn all_packed(outbound: OutboundId) -> PackGoods {
    PackGoods { outbound, line: None, lot: None, quantity: Quantity::ZERO, parcel: None, sscc: None }
}

/// Asks which paper; the one that belongs to the order's state stands first.
fn print(paper: OutboundId, state: &str) {
    let fmt = fmt();
    let all = [("pick", W::PickListWord), ("pack", W::PackingListWord), ("note", W::DeliveryNoteWord)];
    let first = match state {
        "open" | "allocated" | "picking" => "pick",
        "picked" => "pack",
        _ => "note",
    };
    let choice = all.map(|(value, word)| (value.to_owned(), fmt.t(word).to_owned())).to_vec();
    let fields = vec![Field::choice("paper", W::PaperWord, first, choice)];
    ask(fmt.t(W::PrintDots), fmt.t(W::PrintPaperText), W::PrintGo, fields, move |values| async move {
        let kind = match values.first().map(String::as_str) {
            Some("pick") => PaperKind::PickList,
            Some("pack") => PaperKind::PackingList,
            _ => PaperKind::DeliveryNote,
        };
        let file = bridge::send(PrintPaper { kind, id: paper.0, language: fmt.lang.contract() }).await?;
        // Beside the question: the hosts may ask where to.
        spawn_local(async move { hand_over(file).await });
        Ok(())
    });
}

fn head(sheet: &OutboundSheet) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let card = card(&sheet.card);
    let mut said = vec![sheet.card.customer.clone()];
    if let Some(order) = &sheet.card.order_ref {
        said.push(fmt.fill(W::ForOrder, &[order]));
    }
    said.extend(sheet.ship_to.clone());
    if sheet.usable_days > 0 {
        said.push(fmt.n(W::UsableFor, sheet.usable_days));
    }
    said.extend(sheet.note.clone());
    said.retain(|part| !part.is_empty());
    let when = fmt.fill(W::MadeByAt, &[&sheet.by, &fmt.when(sheet.at, ctx.now.get_untracked())]);
    let to = |order: Option<OutboundId>, word: W| {
        order.map(|order| {
            parts::plain_button(
                move || fmt.t(word),
                id::GOODS_REST,
                move || ctx.go(Route { page: Page::Stock, row: order.to_string(), tab: "outbound".into() }),
            )
        })
    };
    let cancelled = sheet.cancelled.as_ref().map(|said| {
        let text = fmt.fill(W::CancelledBy, &[&said.by, &fmt.when(said.at, ctx.now.get_untracked())]);
        let why = said.why.clone().map_or(String::new(), |why| format!(": {why}"));
        view! { <p class="muted">{text}{why}</p> }
    });
    view! {
        <header class="heading">
            <div class="heading-main">
                <h2 data-testid=id::DETAIL_TITLE>{sheet.card.number.clone()}</h2>
                <p class="muted" data-testid=id::DETAIL_REASON>{said.join(" · ")}" "{to(sheet.backorder_of, W::RestOf)}{to(sheet.backorder, W::RestIs)}</p>
                {cancelled}
            </div>
            <div class="heading-side"><div>{super::mark(&fmt, super::state_of(BOARD, &sheet.card.state))}</div>
                <div>{super::day_of(&fmt, &card, ctx.today())}</div><div class="muted">{when}</div></div>
        </header>
    }
    .into_any()
}

fn figures(sheet: &OutboundSheet) -> AnyView {
    let card = &sheet.card;
    let short = card.open.0 > 0 && !matches!(card.state.as_str(), "open" | "cancelled");
    parts::facts(vec![
        fact("lines", W::LinesWord, format!("{} / {}", card.lines_done, card.lines)),
        fact("ordered", W::OrderedWord, format::qty(card.ordered)),
        fact("open", W::OpenWord, format::qty(card.open)).bad(short),
        fact("allocated", W::OutAllocated, format::qty(card.allocated)),
        fact("picked", W::OutPicked, format::qty(card.picked)),
        fact("packed", W::OutPacked, format::qty(card.packed)),
        fact("shipped", W::OutShipped, format::qty(card.shipped)),
    ])
}

fn lines(sheet: &OutboundSheet, picked: RwSignal<usize>) -> AnyView {
    let outbound = sheet.card.id;
    let started = sheet.card.state != "open";
    let row = |(at, line): (usize, &OutboundLineRow)| {
        let on = move || picked.get() == at;
        let places = |heaps: &[HeapRow]| {
            let one = |heap: &HeapRow| {
                let lot = heap.lot_code.as_ref().map_or(String::new(), |lot| format!(" {lot}"));
                let day = heap.expiry.map_or(String::new(), |day| format!(" ({day})"));
                format!("{}{lot}{day} × {}", heap.bin_code, format::qty(heap.quantity))
            };
            stacked(heaps.iter().map(one))
        };
        let from = if line.promised.is_empty() { places(&line.lies) } else { places(&line.promised) };
        let short = started && line.open.0 > 0;
        view! {
            <tr class:sel=on aria-selected=move || on().to_string() data-testid=id::GOODS_LINE data-id=line.id.to_string() on:click=move |_| picked.set(at)>
                <td><b class="ell">{line.name.clone()}</b><small class="muted">{line.sku.clone()}</small></td>
                {number(line.ordered)}
                <td class="num" class:nil=line.open == Quantity::ZERO><span class:mark=short class:m=short>{short.then_some("◆ ")}{format::qty(line.open)}</span></td>
                {number(line.allocated)}
                {number(line.picked)}
                {number(line.packed)}
                {number(line.shipped)}
                <td class="num muted">{format::qty(line.available)}</td>
                <td class="muted">{from}</td>
            </tr>
        }
    };
    let heads = [
        (W::Item, false),
        (W::OrderedWord, true),
        (W::OpenWord, true),
        (W::OutAllocated, true),
        (W::OutPicked, true),
        (W::OutPacked, true),
        (W::OutShipped, true),
        (W::Available, true),
        (W::LiesWord, false),
    ];
    super::lines_table(
        W::LinesWord,
        &heads,
        sheet.lines.iter().enumerate().map(row).collect_view().into_any(),
        Some(Takeout::card("outbound-lines", W::LinesWord, &LINES_OUT, move || {
            whole(&GetOutbound { outbound })
        })),
    )
}

fn parcels(
    sheet: &OutboundSheet,
    say: impl Fn(Result<PaperStep, ApiError>) + Copy + Send + Sync + 'static,
) -> AnyView {
    let fmt = fmt();
    let packed = sheet.card.state != "shipped" && may();
    let one = |parcel: &ParcelSheet| {
        let key = parcel.id;
        let inside: Vec<String> = parcel
            .lines
            .iter()
            .filter_map(|own| {
                let line = sheet.lines.iter().find(|line| line.id == own.line)?;
                let lot = own.lot.as_ref().map_or(String::new(), |lot| format!(" {lot}"));
                Some(format!("{}{lot} × {}", line.sku, format::qty(own.quantity)))
            })
            .collect();
        let sscc = parcel.sscc.clone().map_or(String::new(), |sscc| format!(" · (00) {sscc}"));
        let unpack = move || {
            spawn_local(async move { say(bridge::send(UnpackParcel { parcel: key }).await) });
        };
        view! {
            <li data-testid=id::GOODS_PARCEL><b>{fmt.n(W::ParcelNo, parcel.n)}</b><span class="muted">{sscc}</span>" "{inside.join(", ")}" "
                {packed.then(|| parts::plain_button(move || fmt.t(W::UnpackWord), id::UNPACK, unpack))}</li>
        }
    };
    (!sheet.parcels.is_empty())
        .then(|| view! { <section><h3>{fmt.t(W::ParcelsWord)}</h3><ul class="parcels">{sheet.parcels.iter().map(one).collect_view()}</ul></section> })
        .into_any()
}

/// Asks what was taken from where.
fn pick(
    paper: OutboundId,
    line: OutboundLineRow,
    say: impl Fn(Result<PaperStep, ApiError>) + Copy + Send + Sync + 'static,
) {
    let fmt = fmt();
    let first = line.promised.first().cloned();
    let lots: Vec<(String, String)> = line
        .promised
        .iter()
        .map(|heap| {
            let lot = heap.lot_code.clone().unwrap_or_else(|| fmt.t(W::NoLotWord).to_owned());
            (heap.lot.map_or(String::new(), |lot| lot.to_string()), format!("{lot} · {}", heap.bin_code))
        })
        .collect();
    let Some(first) = first else { return };
    let no_yes = || vec![("no".into(), fmt.t(W::NoWord).into()), ("yes".into(), fmt.t(W::YesWord).into())];
    let fields = vec![
        Field::choice("lot", W::LotWord, first.lot.map_or(String::new(), |lot| lot.to_string()), lots),
        Field::text("bin", W::BinWord, first.bin_code.clone()).needed(),
        Field::number("quantity", W::Quantity, first.quantity.to_string()).hint(line.unit.clone()).needed(),
        Field::choice("instead", W::InsteadWord, "no", no_yes()).hint(fmt.t(W::InsteadHint)),
    ];
    ask(
        format!("{} · {}", fmt.t(W::PickWord), line.name),
        line.sku.clone(),
        W::PickWord,
        fields,
        move |values| async move {
            let text = |at: usize| values.get(at).cloned().unwrap_or_default();
            let call = PickGoods {
                outbound: paper,
                line: Some(line.id),
                lot: text(0).parse().ok().map(LotId),
                bin: text(1),
                quantity: typed_quantity(&text(2)),
                instead: text(3) == "yes",
            };
            say(Ok(bridge::send(call).await?));
            Ok(())
        },
    );
}
