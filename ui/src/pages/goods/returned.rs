//! What customers sent back: the list, and for each line what was found and what becomes of it.

use super::{lines_or, may, number, typed_quantity};
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format::Fmt;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::pages::split;
use crate::parts;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{OutboundId, ReturnId};

const STATES: [(&str, W, &str, &str); 3] = [
    ("received", W::ReturnReceived, "m", "◆"),
    ("inspected", W::ReturnInspected, "l", "●"),
    ("settled", W::ReturnSettled, "", "✓"),
];

const REASONS: [(&str, W); 8] = [
    ("not-wanted", W::ReturnNotWanted),
    ("wrong-item", W::ReturnWrongItem),
    ("damaged", W::ReasonDamaged),
    ("expired", W::ReasonExpired),
    ("quality-doubt", W::StockWhyQualityDoubt),
    ("recall", W::StockWhyRecall),
    ("too-many", W::ReturnTooMany),
    ("late", W::ReturnLate),
];

const FINDINGS: [(&str, W); 4] = [
    ("cleared", W::FoundGood),
    ("damaged", W::ReasonDamaged),
    ("expired", W::ReasonExpired),
    ("quality-doubt", W::StockWhyQualityDoubt),
];

const FATES: [(&str, W); 3] =
    [("restock", W::FateRestock), ("quarantine", W::FateQuarantine), ("scrap", W::FateScrap)];

const OUT: [(&str, W); 18] = [
    ("number", W::PaperNumber),
    ("customer", W::CustomerWord),
    ("state", W::StateWord),
    ("reason", W::StockWhyWord),
    ("when", W::When),
    ("who", W::WhoWord),
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("lot", W::LotWord),
    ("expiry", W::ExpiryWord),
    ("quantity", W::CameBackWord),
    ("found", W::FoundWord),
    ("found-by", W::FoundByWord),
    ("undecided", W::UndecidedWord),
    ("restocked", W::FateRestock),
    ("quarantined", W::FateQuarantine),
    ("scrapped", W::FateScrap),
    ("note", W::NoteOfReturn),
];

/// What the codes of the list are called.
pub fn words_of(fmt: &Fmt, column: &str) -> Vec<(String, String)> {
    match column {
        "state" => STATES.iter().map(|one| (one.0.to_owned(), fmt.t(one.1).to_owned())).collect(),
        "reason" => choices(fmt, &REASONS),
        "found" => choices(fmt, &FINDINGS),
        _ => Vec::new(),
    }
}

fn word(fmt: &Fmt, of: &[(&str, W)], code: &str) -> String {
    of.iter()
        .find(|(own, _)| *own == code)
        .map_or_else(|| code.to_owned(), |(_, word)| fmt.t(*word).to_owned())
}

fn choices(fmt: &Fmt, of: &[(&str, W)]) -> Vec<(String, String)> {
    of.iter().map(|(code, word)| ((*code).to_owned(), fmt.t(*word).to_owned())).collect()
}

/// Asks what came back.
pub fn take_back() {
    take_back_of(None, "");
}

/// The same, of an order that left.
pub(super) fn take_back_of(outbound: Option<OutboundId>, customer: &str) {
    let fmt = fmt();
    let fields = vec![
        Field::text("customer", W::CustomerWord, customer),
        Field::choice("reason", W::StockWhyWord, "not-wanted", choices(&fmt, &REASONS)),
        Field::text("lines", W::LinesWord, "").hint(fmt.t(W::LinesHint)).needed(),
        Field::text("lot", W::LotWord, "").hint(fmt.t(W::ReturnLotHint)),
        Field::text("note", W::NoteOfReturn, ""),
    ];
    ask(fmt.t(W::TakeReturn), fmt.t(W::TakeReturnText), W::TakeReturnGo, fields, move |values| async move {
        let text = |at: usize| values.get(at).cloned().unwrap_or_default();
        let lines = lines_or(&text(2))?;
        let call = MakeReturn {
            number: String::new(),
            customer: text(0),
            outbound,
            reason: text(1),
            note: Some(text(4)).filter(|note| !note.is_empty()),
            lines: lines
                .into_iter()
                .map(|(sku, quantity)| NewReturnLineRow { sku, lot: text(3), quantity })
                .collect(),
        };
        let made = bridge::send(call).await?;
        ctx().go(Route { page: Page::Stock, row: made.to_string(), tab: "returns".into() });
        Ok(())
    });
}

/// The list and the return chosen.
pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListReturns { state: String::new(), offset: 0, limit: 200 }));
    let all =
        Memo::new(move |_| answer.data.with(|d| d.as_ref().map(|d| d.rows.clone()).unwrap_or_default()));
    let chosen = Memo::new(move |_| {
        let asked = ctx.route.with(|r| r.row.parse().ok().map(ReturnId));
        all.with(|all| {
            asked.filter(|id| all.iter().any(|r| r.id == *id)).or_else(|| all.first().map(|r| r.id))
        })
    });
    let shown = Memo::new(move |_| all.with(|all| all.iter().find(|r| Some(r.id) == chosen.get()).cloned()));
    let picked = RwSignal::new(0_usize);
    let line = move || {
        shown.with_untracked(|r| {
            r.as_ref().and_then(|r| {
                r.lines.get(picked.get_untracked().min(r.lines.len().saturating_sub(1))).cloned()
            })
        })
    };
    let go = move |n: i32| {
        let at = chosen
            .get_untracked()
            .and_then(|id| all.with_untracked(|all| all.iter().position(|r| r.id == id)));
        let to = step(at, n, all.with_untracked(Vec::len));
        to.and_then(|to| all.with_untracked(|all| all.get(to).map(|r| r.id)))
            .map(|id| ctx.choose(id))
            .is_some()
    };
    let decide = move || line().into_iter().for_each(decide);
    let inspect = move || line().into_iter().for_each(inspect);
    on_act(move |act| match act {
        Act::Move(n) => go(n),
        Act::First => go(i32::MIN / 2),
        Act::Last => go(i32::MAX / 2),
        Act::Extend(n) => {
            let total = shown.with_untracked(|r| r.as_ref().map_or(0, |r| r.lines.len()));
            step(Some(picked.get_untracked()), n, total).into_iter().for_each(|to| picked.set(to));
            true
        }
        Act::Open if may() => {
            decide();
            true
        }
        Act::Change if may() => {
            inspect();
            true
        }
        _ => false,
    });
    let state = move |word: &str| STATES.into_iter().find(|s| s.0 == word).unwrap_or(STATES[0]);
    let row = move |r: ReturnRow| {
        let key = r.id;
        let on = move || chosen.get() == Some(key);
        view! {
            <button type="button" class="row plan" class:sel=on aria-pressed=move || on().to_string() data-testid=id::RETURN_ROW data-id=key.to_string()
                on:click=move |_| ctx.choose(key)>
                <span class="t ell">{r.number.clone()}</span><span class="num muted">{fmt.when(r.at, ctx.now.get_untracked())}</span>
                <span class="s ell">{r.customer.clone()}</span><span class="s num">{super::mark(&fmt, state(&r.state))}</span>
                <span class="s">{word(&fmt, &REASONS, &r.reason)}</span>
            </button>
        }
    };
    let waiting = move || all.with(|all| all.iter().filter(|r| r.state != "settled").count() as u64);
    let left = view! {
        {parts::list_head(Page::Stock.word(), move || fmt.n(W::OpenPapers, waiting()))}
        {crate::pages::stock_tabs()}
        <div class="tools">{move || may().then(|| parts::go_button(fmt.t(W::TakeReturn), "", id::TAKE_RETURN, take_back))}
            {Takeout::card("returns", W::TabReturns, &OUT, || whole(&ListReturns { state: String::new(), offset: 0, limit: 0 })).button(true)}</div>
        {move || answer.error.get().map(|e| parts::error(&e))}
        {move || answer.data.with(Option::is_none).then(|| parts::waiting(None))}
        <div class="scroll" role="group" aria-label=fmt.t(W::TabReturns)>{move || all.get().into_iter().map(row).collect_view()}</div>
    }
    .into_any();
    let none = Memo::new(move |_| answer.data.with(|d| d.as_ref().is_some_and(|d| d.rows.is_empty())));
    let detail = move || {
        if none.get() {
            return parts::empty(
                W::EmptyReturns,
                W::EmptyReturnsText,
                vec![
                    (W::TakeReturn, Box::new(take_back)),
                    (W::TabOutbound, Box::new(move || ctx.choose_tab("outbound"))),
                ],
            );
        }
        let Some(r) = shown.get() else { return ().into_any() };
        let order = r.outbound;
        let said = [word(&fmt, &REASONS, &r.reason), r.note.clone().unwrap_or_default()];
        let said = said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let open = r.state != "settled" && may();
        view! {
            {parts::heading(None, r.number.clone(), format!("{} · {said}", r.customer), fmt.when(r.at, ctx.now.get_untracked()), r.by.clone())}
            <div class="act">
                {open.then(|| parts::go_button(fmt.t(W::DecideDots), "Enter", id::GOODS_NEXT, decide))}
                {open.then(|| parts::button(fmt.t(W::InspectDots), "c", id::GOODS_CHANGE, inspect))}
                {order.map(|order| parts::button(fmt.t(W::ToTheOrder), "", id::GOODS_REST, move || {
                    ctx.go(Route { page: Page::Stock, row: order.to_string(), tab: "outbound".into() });
                }))}
            </div>
            {lines(&r, picked)}
        }
        .into_any()
    };
    split(left, view! { <div class="goods">{detail}</div> }.into_any())
}

fn lines(r: &ReturnRow, picked: RwSignal<usize>) -> AnyView {
    let fmt = fmt();
    let row = |(at, line): (usize, &ReturnLineRow)| {
        let on = move || picked.get() == at;
        let found = match line.finding.as_deref() {
            None => view! { <span class="mark m"><span aria-hidden="true">"◆ "</span>{fmt.t(W::NotInspected)}</span> }.into_any(),
            Some(code) => {
                let by = line.inspected_by.clone().unwrap_or_default();
                view! { <span>{word(&fmt, &FINDINGS, code)}<small class="muted">" "{by}</small></span> }.into_any()
            }
        };
        view! {
            <tr class:sel=on aria-selected=move || on().to_string() data-testid=id::GOODS_LINE data-id=line.id.to_string() on:click=move |_| picked.set(at)>
                <td><b class="ell">{line.name.clone()}</b><small class="muted">{line.sku.clone()}</small></td>
                <td class="muted">{line.lot.clone().unwrap_or_default()}</td>
                {number(line.quantity)}
                <td>{found}</td>
                {number(line.undecided)}
                {number(line.restocked)}
                {number(line.quarantined)}
                {number(line.scrapped)}
            </tr>
        }
    };
    let heads = [
        (W::Item, false),
        (W::LotWord, false),
        (W::CameBackWord, true),
        (W::FoundWord, false),
        (W::UndecidedWord, true),
        (W::FateRestock, true),
        (W::FateQuarantine, true),
        (W::FateScrap, true),
    ];
    super::lines_table(
        W::LinesWord,
        &heads,
        r.lines.iter().enumerate().map(row).collect_view().into_any(),
        None,
    )
}

/// Asks what somebody found.
fn inspect(line: ReturnLineRow) {
    let fmt = fmt();
    let fields = vec![Field::choice("finding", W::FoundWord, "cleared", choices(&fmt, &FINDINGS))];
    ask(
        format!("{} · {}", fmt.t(W::InspectWord), line.name),
        line.sku.clone(),
        W::InspectWord,
        fields,
        move |values| async move {
            bridge::send(InspectReturn {
                line: line.id,
                finding: values.first().cloned().unwrap_or_default(),
            })
            .await?;
            Ok(())
        },
    );
}

/// Asks what becomes of a line; what was found as well, where nobody said.
fn decide(line: ReturnLineRow) {
    if line.undecided.0 <= 0 {
        return;
    }
    let fmt = fmt();
    let looked = line.finding.clone();
    let good = looked.as_deref().is_none_or(|finding| finding == "cleared");
    let mut fields = Vec::new();
    if looked.is_none() {
        fields.push(Field::choice("finding", W::FoundWord, "cleared", choices(&fmt, &FINDINGS)));
    }
    let first = if good { "restock" } else { "quarantine" };
    fields.extend([
        Field::choice("fate", W::BecomesWord, first, choices(&fmt, &FATES)),
        Field::number("quantity", W::Quantity, line.undecided.to_string()).needed(),
        Field::text("bin", W::BinWord, line.usual_bin.clone().unwrap_or_default())
            .hint(fmt.t(W::ReturnBinHint))
            .when("fate", &["restock"]),
    ]);
    ask(
        format!("{} · {}", fmt.t(W::DecideWord), line.name),
        line.sku.clone(),
        W::DecideWord,
        fields,
        move |values| {
            let looked = looked.clone();
            async move {
                let from = usize::from(looked.is_none());
                let text = |at: usize| values.get(at).cloned().unwrap_or_default();
                if looked.is_none() {
                    bridge::send(InspectReturn { line: line.id, finding: text(0) }).await?;
                }
                let fate = text(from);
                let to = if fate == "restock" { text(from + 2) } else { String::new() };
                bridge::send(SettleReturn {
                    line: line.id,
                    quantity: typed_quantity(&text(from + 1)),
                    fate,
                    to,
                })
                .await?;
                Ok(())
            }
        },
    );
}
