//! Shipments from suppliers: the board, the lines of one, and what is done with them.

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
use units::{InboundId, MovementId, Quantity};
use wasm_bindgen_futures::spawn_local;

pub(super) const STATES: [State; 5] = [
    ("expected", W::InExpected, "", "○"),
    ("receiving", W::InReceiving, "l", "◐"),
    ("received", W::InReceived, "l", "●"),
    ("put-away", W::InPutAway, "", "✓"),
    ("cancelled", W::InCancelled, "", "✕"),
];

const OUT: [(&str, W); 14] = [
    ("number", W::PaperNumber),
    ("partner", W::Supplier),
    ("order", W::OrderRefWord),
    ("expected-on", W::ExpectedOnWord),
    ("late", W::OverdueWord),
    ("state", W::StateWord),
    ("lines", W::LinesWord),
    ("done", W::LinesDoneWord),
    ("expected", W::AnnouncedWord),
    ("came", W::CameWord),
    ("damaged", W::DamagedWord),
    ("put-away", W::InPutAway),
    ("over", W::OverWord),
    ("short", W::ShortWord),
];

const LINES_OUT: [(&str, W); 15] = [
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("unit", W::FieldUnit),
    ("lot", W::LotWord),
    ("expiry", W::ExpiryWord),
    ("handling-unit", W::FlowUnit),
    ("expected", W::AnnouncedWord),
    ("outstanding", W::OutstandingWord),
    ("received", W::GoodWord),
    ("damaged", W::DamagedWord),
    ("put-away", W::InPutAway),
    ("waiting", W::WaitsWord),
    ("over", W::OverWord),
    ("short", W::ShortWord),
    ("lies", W::LiesWord),
];

const BOARD: Board = Board {
    tab: "inbound",
    word: W::TabInbound,
    states: &STATES,
    out: &OUT,
    empty: (W::EmptyInbound, W::EmptyInboundText),
    make: (W::ExpectShipment, id::EXPECT_SHIPMENT, expect),
    one,
};

/// The board and its list.
pub fn page() -> AnyView {
    let filter = RwSignal::new(String::new());
    let answer =
        live(move || Some(ListInbound { filter: filter.get(), states: Vec::new(), offset: 0, limit: CARDS }));
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
        whole(&ListInbound { filter, states: Vec::new(), offset: 0, limit: 0 })
    };
    super::page(BOARD, filter, cards, answer.error, rows)
}

fn card(row: &InboundCardRow) -> Card {
    Card {
        id: row.id.0,
        number: row.number.clone(),
        partner: row.partner.clone(),
        day: row.expected_on,
        late: row.late,
        state: row.state.clone(),
        lines: row.lines,
        done: row.lines_done,
        off: vec![(W::ShortWord, row.short), (W::OverWord, row.over), (W::DamagedWord, row.damaged)],
    }
}

/// Asks what is to come, and expects it.
pub fn expect() {
    let fmt = fmt();
    let fields = vec![
        Field::text("number", W::PaperNumber, "").hint(fmt.t(W::PaperNumberHint)),
        Field::text("partner", W::Supplier, ""),
        Field::text("day", W::ExpectedOnWord, ctx().today().to_string()).hint("2026-12-31"),
        Field::text("order", W::OrderRefWord, "").hint(fmt.t(W::OrderRefHint)),
        Field::text("lines", W::LinesWord, "").hint(fmt.t(W::LinesHint)).needed(),
    ];
    ask(fmt.t(W::ExpectShipment), fmt.t(W::ExpectShipmentText), W::ExpectGo, fields, |values| async move {
        let text = |at: usize| values.get(at).cloned().unwrap_or_default();
        let lines = lines_or(&text(4))?;
        let call = MakeInbound {
            number: text(0),
            partner: text(1),
            order_ref: Some(text(3)).filter(|order| !order.is_empty()),
            expected_on: typed_day(&text(2))?,
            note: None,
            lines: lines
                .into_iter()
                .map(|(sku, quantity)| NewInboundLine { sku, quantity, lot: None, expiry: None, sscc: None })
                .collect(),
        };
        let made = bridge::send(call).await?;
        ctx().go(Route { page: Page::Stock, row: made.to_string(), tab: BOARD.tab.into() });
        Ok(())
    });
}

/// One shipment: its figures, its lines, and the next step.
fn one(key: i64, asked: RwSignal<Option<Act>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let paper = InboundId(key);
    let answer = live(move || Some(GetInbound { inbound: paper }));
    let picked = RwSignal::new(0_usize);
    let last = RwSignal::new(None::<MovementId>);
    let say = move |done: Result<PaperStep, ApiError>| match done {
        Ok(done) => {
            last.set(done.booking);
            answer.refresh();
            let word = super::state_of(BOARD, &done.state).1;
            ctx.say(fmt.fill(W::StepTaken, &[fmt.t(word)]));
        }
        Err(e) => ctx.fail(&e),
    };
    let line = move || {
        answer.data.with_untracked(|d| {
            d.as_ref().and_then(|d| {
                d.lines.get(picked.get_untracked().min(d.lines.len().saturating_sub(1))).cloned()
            })
        })
    };
    let next = move || {
        let Some((state, waiting)) = answer.data.with_untracked(|d| {
            d.as_ref().map(|d| (d.card.state.clone(), d.lines.iter().any(|l| l.waiting.0 > 0)))
        }) else {
            return;
        };
        spawn_local(async move {
            let done = match state.as_str() {
                "expected" | "receiving" => bridge::send(all_came(paper)).await,
                "received" if waiting => bridge::send(all_away(paper)).await,
                _ => return,
            };
            say(done);
        });
    };
    let close = move |how: &'static str, title: W, text: W| {
        ask(
            fmt.t(title),
            fmt.t(text),
            title,
            vec![Field::text("why", W::StockWhyWord, "")],
            move |values| async move {
                let why = values.first().cloned().unwrap_or_default();
                let done = bridge::send(CloseInbound { inbound: paper, how: how.into(), why }).await?;
                say(Ok(done));
                Ok(())
            },
        );
    };
    let finish = move || close("finish", W::NoMoreComes, W::NoMoreComesText);
    let cancel = move || {
        let over = answer.data.with_untracked(|d| d.as_ref().is_some_and(|d| d.closing.is_some()));
        if over {
            close("reopen", W::ReopenPaper, W::ReopenPaperText);
        } else {
            close("cancel", W::CancelPaper, W::CancelInboundText);
        }
    };
    let receive = move || line().into_iter().for_each(|line| receive(paper, line, say));
    let away = move || line().into_iter().for_each(|line| put_away(paper, line, say));
    let print = move || {
        spawn_local(async move {
            let call =
                PrintPaper { kind: PaperKind::ReceivingSheet, id: paper.0, language: fmt.lang.contract() };
            match bridge::send(call).await {
                Ok(file) => hand_over(file).await,
                Err(e) => ctx.fail(&e),
            }
        });
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
            Act::Change => receive(),
            Act::Shelve => away(),
            Act::Acknowledge => finish(),
            Act::Dismiss if may_overrule() => cancel(),
            Act::TakeBack => undo(),
            _ => {}
        }
    });
    let shown = move || match answer.data.get() {
        None => answer.error.get().map_or_else(|| parts::waiting(None), |e| parts::error(&e)),
        Some(sheet) => {
            let state = sheet.card.state.clone();
            let waiting = sheet.lines.iter().any(|l| l.waiting.0 > 0);
            let next_word = match state.as_str() {
                "expected" | "receiving" => Some(W::ReceiveAll),
                "received" if waiting => Some(W::PutAllAway),
                _ => None,
            };
            let go = next_word
                .filter(|_| may())
                .map(|word| (fmt.t(word).to_owned(), Box::new(next) as Box<dyn Fn() + Send>));
            let mut others: Vec<(W, &'static str, &'static str, Box<dyn Fn() + Send>)> = Vec::new();
            if may() {
                if !matches!(state.as_str(), "cancelled") {
                    others.push((W::ReceiveDots, "c", id::GOODS_CHANGE, Box::new(receive)));
                }
                if waiting {
                    others.push((W::PutAwayDots, "s", id::GOODS_SHELVE, Box::new(away)));
                }
                if state == "receiving" {
                    others.push((W::NoMoreComes, "a", id::GOODS_FINISH, Box::new(finish)));
                }
                if last.get().is_some() {
                    others.push((W::TakeBackWord, "u", id::GOODS_UNDO, Box::new(undo)));
                }
                if may_overrule() && (state == "expected" || sheet.closing.is_some()) {
                    let word = if sheet.closing.is_some() { W::ReopenPaper } else { W::CancelPaper };
                    others.push((word, "d", id::GOODS_CANCEL, Box::new(cancel)));
                }
            }
            others.push((W::ReceivingSheetWord, "e", id::GOODS_PRINT, Box::new(print)));
            view! { {head(&sheet)} {steps(go, others)} {figures(&sheet)} {lines(&sheet, picked)} {ending(&sheet)} }.into_any()
        }
    };
    view! { <div class="goods" data-testid=id::GOODS_PAPER data-id=key.to_string()>{shown}</div> }.into_any()
}

fn all_came(inbound: InboundId) -> ReceiveGoods {
    ReceiveGoods {
        inbound,
        line: None,
        sku: String::new(),
        good: Quantity::ZERO,
        damaged: Quantity::ZERO,
        lot: String::new(),
        expiry: None,
        bin: String::new(),
        over: false,
    }
}

fn all_away(inbound: InboundId) -> PutGoodsAway {
    PutGoodsAway { inbound, line: None, lot: None, quantity: Quantity::ZERO, to: String::new(), make: false }
}

fn head(sheet: &InboundSheet) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let card = card(&sheet.card);
    let mut said = vec![sheet.card.partner.clone()];
    if let Some(order) = sheet.card.order_ref.clone().filter(|order| *order != sheet.card.number) {
        said.push(fmt.fill(W::ForOrder, &[&order]));
    }
    if sheet.ordered {
        said.push(fmt.t(W::OwnOrder).to_owned());
    }
    said.extend(sheet.note.clone());
    said.retain(|part| !part.is_empty());
    let when = fmt.fill(W::MadeByAt, &[&sheet.by, &fmt.when(sheet.at, ctx.now.get_untracked())]);
    view! {
        <header class="heading">
            <div class="heading-main">
                <h2 data-testid=id::DETAIL_TITLE>{sheet.card.number.clone()}</h2>
                <p class="muted" data-testid=id::DETAIL_REASON>{said.join(" · ")}</p>
            </div>
            <div class="heading-side"><div>{super::mark(&fmt, super::state_of(BOARD, &sheet.card.state))}</div>
                <div>{super::day_of(&fmt, &card, ctx.today())}</div><div class="muted">{when}</div></div>
        </header>
    }
    .into_any()
}

fn figures(sheet: &InboundSheet) -> AnyView {
    let card = &sheet.card;
    let waiting: Quantity = sheet.lines.iter().map(|line| line.waiting).sum();
    parts::facts(vec![
        fact("lines", W::LinesWord, format!("{} / {}", card.lines_done, card.lines)),
        fact("expected", W::AnnouncedWord, format::qty(card.expected)),
        fact("came", W::CameWord, format::qty(card.came)),
        fact("waiting", W::WaitsWord, format::qty(waiting)),
        fact("put-away", W::InPutAway, format::qty(card.put_away)),
        fact("short", W::ShortWord, format::qty(card.short)).bad(card.short.0 > 0),
        fact("over", W::OverWord, format::qty(card.over)).bad(card.over.0 > 0),
        fact("damaged", W::DamagedWord, format::qty(card.damaged)).bad(card.damaged.0 > 0),
    ])
}

fn lines(sheet: &InboundSheet, picked: RwSignal<usize>) -> AnyView {
    let inbound = sheet.card.id;
    let fmt = fmt();
    let row = |(at, line): (usize, &InboundLineRow)| {
        let on = move || picked.get() == at;
        let lot = [line.lot.clone(), line.expiry.map(|day| day.to_string()), line.sscc.clone()];
        let lies = line.lies.iter().map(|heap| format!("{} × {}", heap.bin_code, format::qty(heap.quantity)));
        let odd = [(W::ShortWord, line.short), (W::OverWord, line.over), (W::DamagedWord, line.damaged)]
            .into_iter()
            .filter(|(_, q)| q.0 > 0)
            .map(|(word, q)| view! { <span class="mark m"><span aria-hidden="true">"◆ "</span>{fmt.t(word)}" "{format::qty(q)}" "</span> })
            .collect_view();
        view! {
            <tr class:sel=on aria-selected=move || on().to_string() data-testid=id::GOODS_LINE data-id=line.id.to_string() on:click=move |_| picked.set(at)>
                <td><b class="ell">{line.name.clone()}</b><small class="muted">{line.sku.clone()}</small>" "{odd}</td>
                <td class="muted">{stacked(lot.into_iter().flatten())}</td>
                {number(line.expected)}
                {number(line.received)}
                {number(line.outstanding)}
                {number(line.waiting)}
                <td class="muted">{stacked(lies)}</td>
            </tr>
        }
    };
    let heads = [
        (W::Item, false),
        (W::LotWord, false),
        (W::AnnouncedWord, true),
        (W::CameWord, true),
        (W::OutstandingWord, true),
        (W::WaitsWord, true),
        (W::LiesWord, false),
    ];
    super::lines_table(
        W::LinesWord,
        &heads,
        sheet.lines.iter().enumerate().map(row).collect_view().into_any(),
        Some(Takeout::card("inbound-lines", W::LinesWord, &LINES_OUT, move || {
            whole(&GetInbound { inbound })
        })),
    )
}

fn ending(sheet: &InboundSheet) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    sheet
        .closing
        .as_ref()
        .map(|closing| {
            let word = if closing.how == "finished" { W::FinishedBy } else { W::CancelledBy };
            let said = fmt.fill(word, &[&closing.by, &fmt.when(closing.at, ctx.now.get_untracked())]);
            let why = closing.why.clone().unwrap_or_default();
            view! { <p class="muted">{said}{(!why.is_empty()).then(|| format!(": {why}"))}</p> }
        })
        .into_any()
}

fn receive(
    paper: InboundId,
    line: InboundLineRow,
    say: impl Fn(Result<PaperStep, ApiError>) + Copy + Send + Sync + 'static,
) {
    let fmt = fmt();
    let no_yes = || vec![("no".into(), fmt.t(W::NoWord).into()), ("yes".into(), fmt.t(W::YesWord).into())];
    let fields = vec![
        Field::number("good", W::GoodWord, line.outstanding.to_string()).hint(line.unit.clone()).needed(),
        Field::number("damaged", W::DamagedWord, "0").hint(fmt.t(W::DamagedHint)),
        Field::text("lot", W::LotWord, line.lot.clone().unwrap_or_default()),
        Field::text("expiry", W::ExpiryWord, line.expiry.map_or(String::new(), |day| day.to_string()))
            .hint("2026-12-31"),
        Field::text("bin", W::BinWord, "").hint(fmt.t(W::ReceiveBinHint)),
        Field::choice("over", W::OverOk, "no", no_yes()).hint(fmt.t(W::OverOkHint)),
    ];
    ask(
        format!("{} · {}", fmt.t(W::ReceiveWord), line.name),
        line.sku.clone(),
        W::ReceiveWord,
        fields,
        move |values| async move {
            let text = |at: usize| values.get(at).cloned().unwrap_or_default();
            let call = ReceiveGoods {
                inbound: paper,
                line: Some(line.id),
                sku: String::new(),
                good: typed_quantity(&text(0)),
                damaged: typed_quantity(&text(1)),
                lot: text(2),
                expiry: typed_day(&text(3))?,
                bin: text(4),
                over: text(5) == "yes",
            };
            say(Ok(bridge::send(call).await?));
            Ok(())
        },
    );
}

fn put_away(
    paper: InboundId,
    line: InboundLineRow,
    say: impl Fn(Result<PaperStep, ApiError>) + Copy + Send + Sync + 'static,
) {
    let fmt = fmt();
    let fields = vec![
        Field::number("quantity", W::Quantity, line.waiting.to_string()).hint(line.unit.clone()).needed(),
        Field::text("bin", W::BinWord, line.usual_bin.clone().unwrap_or_default())
            .hint(fmt.t(W::PutAwayBinHint))
            .needed(),
    ];
    ask(
        format!("{} · {}", fmt.t(W::PutAwayWord), line.name),
        line.sku.clone(),
        W::PutAwayWord,
        fields,
        move |values| async move {
            let text = |at: usize| values.get(at).cloned().unwrap_or_default();
            let (quantity, to) = (typed_quantity(&text(0)), text(1));
            let call =
                PutGoodsAway { inbound: paper, line: Some(line.id), lot: None, quantity, to, make: true };
            say(Ok(bridge::send(call).await?));
            Ok(())
        },
    );
}
