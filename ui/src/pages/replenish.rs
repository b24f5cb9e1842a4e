//! What to order: drafts by supplier, each with its reason; many at once; purchase orders as a file.

use super::{actions, split, today, what_if};
use crate::columns::{Column, Table, number, text};
use crate::format;
use crate::grouping::{self, By, Line, SupplierGroup, by_supplier};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::{Long, Row, rows, td};
use crate::takeout::these;
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use std::collections::BTreeSet;
use units::{Money, ProposalId};

/// At most so many proposals.
const LIMIT: u32 = 20_000;

fn state_of(tab: &str) -> &'static str {
    match tab {
        "approved" => "Approved",
        "ordered" => "Ordered",
        "dismissed" => "Dismissed",
        _ => "Draft",
    }
}

const COLUMNS: [Column<By>; 7] = [
    text("mark", W::MarkWord, 14),
    text("name", W::Item, 100).grows().up(By::Name),
    number("quantity", W::Quantity, 46).down(By::Quantity),
    number("order-by", W::OrderByWord, 62).up(By::OrderBy),
    number("cost", W::Cost, 60).down(By::Cost),
    number("waiting", W::WaitingCosts, 72).down(By::Waiting).hidden(),
    number("runs-out", W::RunsOutShort, 60).up(By::RunsOut).hidden(),
];

/// What a line of the list is made of.
#[derive(Clone, PartialEq)]
enum Shown {
    /// A supplier: its place, name, what its orders cost, and their numbers.
    Head(usize, Option<String>, Money, Vec<ProposalId>),
    /// A proposal.
    Row(Box<ProposalRow>),
}

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let tab = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    let answer =
        live(move || Some(ListProposals { state: tab.with(|t| state_of(t).to_owned()), limit: LIMIT }));
    let table = Table::new("replenish", &COLUMNS, "order-by");
    let filter = table.filter();
    let marked = RwSignal::new(BTreeSet::<i64>::new());
    let anchor = StoredValue::new(None::<usize>);
    Effect::new(move |_| {
        tab.track();
        marked.update(BTreeSet::clear);
    });
    let groups: Memo<Vec<SupplierGroup>> = Memo::new(move |_| {
        let state = tab.with(|t| state_of(t));
        answer.data.with(|d| {
            let rows: Vec<ProposalRow> = d.iter().flatten().filter(|r| r.state == state).cloned().collect();
            let mut groups = by_supplier(&rows);
            if let Some((by, reverse)) = table.sort() {
                grouping::sort_rows(&mut groups, by, reverse);
            }
            groups
        })
    });
    let lines: Memo<Vec<Line>> = Memo::new(move |_| groups.with(|g| grouping::lines(g, &filter.get())));
    let id_at = move |index: usize| -> Option<ProposalId> {
        lines.with(|l| match l.get(index)? {
            Line::Row(g, r) => groups.with(|groups| Some(groups.get(*g)?.rows.get(*r)?.id)),
            Line::Head(_) => None,
        })
    };
    let table = table.takes(W::PageReplenish, move || {
        let call = ListProposals { state: tab.with_untracked(|t| state_of(t).to_owned()), limit: LIMIT };
        let n = lines.with_untracked(Vec::len);
        these(&call, untrack(|| (0..n).filter_map(id_at).collect::<Vec<_>>()))
    });
    let last = StoredValue::new(0usize);
    let chosen = Memo::new(move |_| {
        let wanted = ctx.route.with(|r| r.row.parse().ok().map(ProposalId));
        let order: Vec<ProposalId> =
            groups.with(|g| g.iter().flat_map(|g| g.rows.iter().map(|r| r.id)).collect());
        let at = grouping::stay(&order, wanted.as_ref(), last.get_value())?;
        last.set_value(at);
        Some(order[at])
    });
    // What is chosen is written down, so that a row that comes in above does not slip under the key.
    Effect::new(move |_| {
        if let Some(key) = chosen.get()
            && ctx.route.with(|r| r.page == Page::Replenish && r.row != key.to_string())
        {
            ctx.choose(key);
        }
    });
    let at = Signal::derive(move || {
        let key = chosen.get()?;
        let n = lines.with(Vec::len);
        (0..n).find(|i| id_at(*i) == Some(key))
    });
    let total = Signal::derive(move || lines.with(Vec::len));
    let row_of = move |key: ProposalId| {
        groups.with_untracked(|g| g.iter().flat_map(|g| &g.rows).find(|r| r.id == key).cloned())
    };
    // Heads are stepped over.
    let go = move |by: i32| {
        let n = total.get_untracked();
        let (mut index, step) = (at.get_untracked().map_or(-1, |i| i as i64), i64::from(by.signum()));
        let mut left = by.unsigned_abs();
        let mut last = None;
        while left > 0 && (0..n as i64).contains(&(index + step)) {
            index += step;
            if untrack(|| id_at(index as usize)).is_some() {
                last = Some(index as usize);
                left -= 1;
            }
        }
        if let Some(key) = last.and_then(|i| untrack(|| id_at(i))) {
            ctx.choose(key);
        }
        last
    };
    let toggle = move |key: ProposalId| {
        marked.update(|m| {
            if !m.remove(&key.0) {
                m.insert(key.0);
            }
        });
    };
    let taken =
        move || -> Vec<ProposalId> { marked.with_untracked(|m| m.iter().map(|i| ProposalId(*i)).collect()) };
    let approve_marked = move || {
        let ids = taken();
        marked.update(BTreeSet::clear);
        actions::approve(ids, String::new());
    };
    on_act(move |act| {
        let draft = tab.with_untracked(|t| state_of(t) == "Draft");
        let one = chosen.get_untracked().and_then(row_of);
        match (act, one) {
            (Act::Move(n), _) => {
                go(n);
                true
            }
            (Act::First, _) => {
                go(i32::MIN / 2);
                true
            }
            (Act::Last, _) => {
                go(i32::MAX / 2);
                true
            }
            (Act::Extend(n), one) if draft => {
                if let Some(one) = one {
                    marked.update(|m| {
                        m.insert(one.id.0);
                    });
                }
                if let Some(key) = go(n).and_then(|i| untrack(|| id_at(i))) {
                    marked.update(|m| {
                        m.insert(key.0);
                    });
                }
                true
            }
            (Act::Mark, Some(one)) if draft => {
                toggle(one.id);
                anchor.set_value(at.get_untracked());
                true
            }
            (Act::Open, _) if draft && marked.with_untracked(|m| !m.is_empty()) => {
                approve_marked();
                true
            }
            (Act::Open, Some(one)) if draft => {
                actions::approve(vec![one.id], crate::wording::proposal_title(&fmt, &one));
                true
            }
            (Act::Change, Some(one)) if draft => {
                actions::change_quantity(
                    one.id,
                    one.quantity,
                    &one.unit,
                    None,
                    crate::wording::proposal_title(&fmt, &one),
                );
                true
            }
            (Act::Dismiss, Some(one)) if draft => {
                let ids = taken();
                if ids.is_empty() {
                    actions::dismiss(vec![one.id], crate::wording::proposal_title(&fmt, &one));
                } else {
                    let what = fmt.n(W::CountProposals, ids.len());
                    marked.update(BTreeSet::clear);
                    actions::dismiss(ids, what);
                }
                true
            }
            (Act::Back, _) if marked.with_untracked(|m| !m.is_empty()) => {
                marked.update(BTreeSet::clear);
                true
            }
            _ => false,
        }
    });

    let data = move |index: usize| {
        let line = lines.with(|l| l.get(index).cloned())?;
        groups.with(|groups| match line {
            Line::Head(g) => {
                let group = groups.get(g)?;
                let ids = group.rows.iter().map(|r| r.id).collect();
                Some(Shown::Head(g, group.name.clone(), group.cost, ids))
            }
            Line::Row(g, r) => Some(Shown::Row(Box::new(groups.get(g)?.rows.get(r)?.clone()))),
        })
    };
    let day = Memo::new(move |_| fmt.day_of(ctx.now.get()));
    let row = move |_: usize, shown: &Shown| match shown {
        Shown::Head(g, name, cost, ids) => {
            let name = name.clone().unwrap_or_else(|| fmt.t(W::NoSupplier).to_owned());
            let draft = tab.with_untracked(|t| state_of(t) == "Draft");
            let (what, count, ids) = (name.clone(), ids.len(), ids.clone());
            let cells = view! {
                <span role="gridcell" class="ell head-name">{name.clone()}" "<span class="muted">{format::count(count as u64)}</span></span>
                {td("num", fmt.money(*cost))}
                <span role="gridcell" class="num">{draft.then(|| view! {
                    <button type="button" class="link" data-testid=id::APPROVE_SUPPLIER title=fmt.fill(W::ApproveAllOf, &[&name])
                        on:click=move |e| { e.stop_propagation(); actions::approve(ids.clone(), what.clone()); }>{fmt.t(W::ApproveAll)}</button>
                })}</span>
            }
            .into_any();
            Row { testid: id::GROUP_HEAD, id: format!("supplier-{g}"), class: "vsect", marked: false, cells }
        }
        Shown::Row(p) => {
            let key = p.id;
            let on = marked.with(|m| m.contains(&key.0));
            let draft = p.state == "Draft";
            let cell = |column: &'static str| {
                match column {
                "mark" => view! {
                    <span role="gridcell">{draft.then(|| view! {
                        <input type="checkbox" tabindex="-1" aria-label=fmt.t(W::MarkWord) data-testid=id::PROPOSAL_MARK prop:checked=on
                            on:click=move |e| { e.stop_propagation(); toggle(key); } />
                    })}</span>
                }
                .into_any(),
                "quantity" => view! {
                    <span role="gridcell" class="num" title=p.assumed.join(", ")>{format::qty(p.quantity)}{(!p.assumed.is_empty()).then(|| view! { <span class="tick" title=fmt.t(W::AssumedLong)>"*"</span> })}</span>
                }
                .into_any(),
                "order-by" => {
                    let late = draft && p.order_by <= day.get();
                    let when = match p.decided_at {
                        Some(at) => fmt.when(at, ctx.now.get_untracked()),
                        None => fmt.day_near(p.order_by, day.get()),
                    };
                    view! { <span role="gridcell" class="num" class:mark=late class:h=late>{late.then_some("▲ ")}{when}</span> }.into_any()
                }
                "cost" => td("num", fmt.money(p.cost)),
                "waiting" => td("num", fmt.money(p.cost_of_waiting)),
                "runs-out" => td("num", p.stock_out_day.map(|d| fmt.day_near(d, day.get())).unwrap_or_default()),
                _ => super::items::name(&p.name, &p.sku),
            }
            };
            Row {
                testid: id::PROPOSAL_ROW,
                id: key.to_string(),
                class: "",
                marked: on,
                cells: table.cells(cell),
            }
        }
    };
    let long = Long { label: fmt.t(W::PageReplenish), total, chosen: at, seen: None, tall: false };
    let body = rows(long, data, row, move |i, shift| {
        if let Some(key) = untrack(|| id_at(i)) {
            if shift {
                let from = anchor.get_value().or(at.get_untracked()).unwrap_or(i);
                let all =
                    groups.with_untracked(|g| lines.with_untracked(|l| grouping::between(g, l, from, i)));
                marked.update(|m| m.extend(all.iter().map(|p| p.0)));
            } else {
                anchor.set_value(Some(i));
            }
            ctx.choose(key);
        }
    });
    let note = move || {
        groups.with(|g| {
            let n: usize = g.iter().map(|g| g.rows.len()).sum();
            let cost: Money = g.iter().map(|g| g.cost).sum();
            if n == 0 { String::new() } else { format!("{} · {}", format::count(n as u64), fmt.money(cost)) }
        })
    };
    let bulk = move || {
        let n = marked.with(BTreeSet::len);
        (n > 0).then(|| {
            let cost: Money = groups.with(|g| {
                marked.with(|m| g.iter().flat_map(|g| &g.rows).filter(|r| m.contains(&r.id.0)).map(|r| r.cost).sum())
            });
            view! {
                <div class="bulk">
                    {parts::go_button(fmt.fill(W::ApproveMarked, &[&n.to_string(), &fmt.money(cost)]), "↵", id::APPROVE_MARKED, approve_marked)}
                    {parts::button(fmt.t(W::ClearMarks), "Esc", "clear-marks", move || marked.update(BTreeSet::clear))}
                </div>
            }
        })
    };
    let export = move || {
        let any = groups.with(|g| !g.is_empty());
        (tab.get() == "approved" && any).then(|| view! {
            <div class="bulk">{parts::go_button(fmt.t(W::ExportOrders), "", id::EXPORT_ORDERS, || actions::export_orders(Vec::new()))}</div>
        })
    };
    let left = view! {
        {parts::list_head(W::PageReplenish, note)}
        {parts::tabs(vec![("", W::TabDraft, None), ("approved", W::TabApproved, None), ("ordered", W::TabOrdered, None), ("dismissed", W::TabDismissed, None), ("what-if", W::TabWhatIf, None)])}
        {table.tools(W::FilterProposals)}
        {move || answer.error.get().map(|e| parts::error(&e))}
        {move || answer.data.with(Option::is_none).then(|| parts::waiting(None))}
        {table.boxed(body)}{bulk}{export}
    }
    .into_any();
    let arrived = Memo::new(move |_| answer.data.with(Option::is_some));
    let any = Memo::new(move |_| chosen.with(Option::is_some));
    let detail = move || match (arrived.get(), any.get(), tab.get().as_str()) {
        (false, ..) => ().into_any(),
        (true, _, "what-if") => what_if::panel(),
        (true, true, "ordered") => view! { {today::proposal_detail(chosen)}{orders()} }.into_any(),
        (true, true, _) => today::proposal_detail(chosen),
        (true, false, "") => parts::empty(
            W::EmptyReplenish,
            W::EmptyReplenishText,
            vec![
                (W::PlanNow, Box::new(actions::plan_now)),
                (W::ImportFile, Box::new(move || ctx.go(Route::page(Page::Data)))),
            ],
        ),
        (true, false, _) => {
            view! { <p class="muted pad" data-testid=id::EMPTY>{fmt.t(W::NoneInThisState)}</p>{orders()} }
                .into_any()
        }
    };
    split(left, detail.into_any())
}

/// The purchase orders made so far.
fn orders() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListPurchaseOrders { limit: 200 }));
    (move || {
        answer.data.get().filter(|all| !all.is_empty()).map(|all| {
            let rows = all
                .iter()
                .map(|o| {
                    (
                        o.id.to_string(),
                        vec![
                            cell(o.number.clone()),
                            cell(o.supplier_name.clone().unwrap_or_else(|| fmt.t(W::NoSupplier).to_owned())),
                            cell(o.lines.to_string()),
                            cell(fmt.money(o.cost)),
                            cell(format!("{} · {}", fmt.when(o.made_at, ctx.now.get_untracked()), o.made_by)),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::PurchaseOrders)}</h3>
                {grid(W::PurchaseOrders, &[(W::Number, false), (W::Supplier, false), (W::Lines, true), (W::Cost, true), (W::MadeAt, false)], rows, id::ORDER_ROW)}
                </section>
            }
        })
    })
    .into_any()
}
