//! Whom goods come from and go to, a part of Stock: customers by pseudonym, or by name where an administrator lets names be kept, and suppliers with
//! what they ask of an order.
//!
//! One list at a time, each with its own detail. The address says which: `c12` is a customer, `s3` a supplier, `s` the list of suppliers.

use super::split;
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts::{self, cell, fact, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{CustomerId, Quantity, SupplierId};

/// Rows of a list; the filter finds the others.
const ROWS: u32 = 300;

const CUSTOMERS_OUT: [(&str, W); 12] = [
    ("customer", W::CustomerWord),
    ("pseudonym", W::PseudonymWord),
    ("code", W::FloorCode),
    ("name", W::Name),
    ("address", W::DeliverToWord),
    ("since", W::KnownSince),
    ("lines", W::HistoryLines),
    ("quantity", W::Quantity),
    ("last", W::LastOrdered),
    ("orders", W::TabOutbound),
    ("open", W::NotGoneYet),
    ("returns", W::TabReturns),
];

const SUPPLIERS_OUT: [(&str, W); 9] = [
    ("code", W::FloorCode),
    ("name", W::Name),
    ("lead-time", W::LeadTime),
    ("took", W::TookWord),
    ("pack", W::PackSize),
    ("least", W::LeastOrderWord),
    ("items", W::TabItems),
    ("coming", W::TabInbound),
    ("note", W::Note),
];

const SUPPLIED_OUT: [(&str, W); 5] = [
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("lead-time", W::LeadTime),
    ("pack", W::PackSize),
    ("least", W::LeastOrderWord),
];

fn role_is(roles: &[&str]) -> bool {
    ctx().site.with(|s| s.as_ref().is_some_and(|s| roles.contains(&s.role.as_str())))
}

fn quantity(of: Option<Quantity>) -> String {
    of.map_or_else(|| "—".to_owned(), format::qty)
}

fn days(of: Option<u16>) -> String {
    of.map_or_else(|| "—".to_owned(), |days| fmt().n(W::DaysCount, u64::from(days)))
}

/// The page.
pub fn page() -> AnyView {
    let ctx = ctx();
    let suppliers = Memo::new(move |_| ctx.route.with(|r| r.row.starts_with('s')));
    (move || if suppliers.get() { supplier_page() } else { customer_page() }).into_any()
}

/// Which of the two lists.
fn switch(suppliers: bool) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let one = move |word: W, to: &'static str, on: bool, testid: &'static str| {
        view! {
            <button type="button" class="shade" class:on=on aria-pressed=on.to_string() data-testid=testid on:click=move |_| ctx.choose(to)>{fmt.t(word)}</button>
        }
    };
    view! {
        <span class="shades" role="group" aria-label=fmt.t(W::TabPartners)>
            {one(W::CustomersWord, "c", !suppliers, id::PARTNERS_CUSTOMERS)}{one(W::KindSuppliers, "s", suppliers, id::PARTNERS_SUPPLIERS)}
        </span>
    }
    .into_any()
}

/// Steps through keys of a list.
fn steps(keys: Memo<Vec<String>>) {
    let ctx = ctx();
    let go = move |n: i32| {
        let row = ctx.route.with_untracked(|r| r.row.clone());
        let to = keys.with_untracked(|keys| {
            let at = keys.iter().position(|key| *key == row);
            let to =
                if at.is_none() && n >= 0 && !keys.is_empty() { Some(0) } else { step(at, n, keys.len()) };
            to.map(|to| keys[to].clone())
        });
        to.map(|key| ctx.choose(key)).is_some()
    };
    on_act(move |act| match act {
        Act::Move(n) => go(n),
        Act::First => go(i32::MIN / 2),
        Act::Last => go(i32::MAX / 2),
        _ => false,
    });
}

fn customer_page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let filter = RwSignal::new(String::new());
    let answer = live(move || Some(ListCustomers { filter: filter.get(), offset: 0, limit: ROWS }));
    let all =
        Memo::new(move |_| answer.data.with(|d| d.as_ref().map(|d| d.rows.clone()).unwrap_or_default()));
    let chosen = Memo::new(move |_| {
        let asked = ctx.route.with(|r| r.row.strip_prefix('c').and_then(|n| n.parse().ok()).map(CustomerId));
        all.with(|all| {
            let known = asked.filter(|id| all.iter().any(|one| one.customer == *id));
            known.or_else(|| all.first().map(|one| one.customer))
        })
    });
    steps(Memo::new(move |_| all.with(|all| all.iter().map(|one| format!("c{}", one.customer)).collect())));
    let row = move |one: CustomerRow| {
        let key = one.customer;
        let on = move || chosen.get() == Some(key);
        let beside = if one.shown == one.pseudonym { String::new() } else { one.pseudonym.clone() };
        view! {
            <button type="button" class="row plan" class:sel=on aria-pressed=move || on().to_string() data-testid=id::PARTNER_ROW data-id=format!("c{key}")
                on:click=move |_| ctx.choose(format!("c{key}"))>
                <span class="t ell">{one.shown.clone()}</span><span class="num">{fmt.n(W::CountHistoryLines, one.lines)}</span>
                <span class="s ell">{beside}</span><span class="s num">{one.last_day.map_or_else(String::new, |day| fmt.day_near(day, ctx.today()))}</span>
            </button>
        }
    };
    let left = view! {
        {parts::list_head(Page::Stock.word(), move || answer.data.with(|d| d.as_ref().map_or(String::new(), |d| fmt.n(W::CountCustomers, d.total))))}
        {super::stock_tabs()}
        <div class="tools">{switch(false)}</div>
        <div class="tools">{parts::filter(filter, W::CustomerFilter)}{Takeout::card("customers", W::CustomersWord, &CUSTOMERS_OUT, move || {
            whole(&ListCustomers { filter: filter.get_untracked(), offset: 0, limit: 0 })
        }).button(true)}</div>
        {move || answer.error.get().map(|e| parts::error(&e))}
        {move || answer.data.with(Option::is_none).then(|| parts::waiting(None))}
        <div class="scroll" role="group" aria-label=fmt.t(W::CustomersWord)>{move || all.get().into_iter().map(row).collect_view()}</div>
    }
    .into_any();
    let names = Memo::new(move |_| answer.data.with(|d| d.as_ref().map(|d| d.names)));
    let shown = Memo::new(move |_| {
        all.with(|all| all.iter().find(|one| Some(one.customer) == chosen.get()).cloned())
    });
    let privacy = move || {
        names.get().map(|names| {
            let (word, text, press) = if names {
                (W::NamesKept, W::NamesKeptText, W::ForgetNamesDots)
            } else {
                (W::NamesNotKept, W::NamesNotKeptText, W::AllowNamesDots)
            };
            view! {
                <section class="card" data-testid=id::CUSTOMER_NAMES data-id=names.to_string()><h3>{fmt.t(word)}</h3><p>{fmt.t(text)}</p>
                    <div class="act">{role_is(&["admin"]).then(|| parts::button(fmt.t(press), "", id::ALLOW_NAMES, move || allow(!names)))}</div>
                </section>
            }
        })
    };
    let detail = move || {
        let one = shown.get()?;
        let facts = parts::facts(vec![
            fact("lines", W::HistoryLines, format::count(one.lines)),
            fact("quantity", W::Quantity, format::qty(one.quantity)),
            fact(
                "last",
                W::LastOrdered,
                one.last_day.map_or_else(|| "—".to_owned(), |day| fmt.day_near(day, ctx.today())),
            ),
            fact("orders", W::TabOutbound, format::count(one.orders)),
            fact("open", W::NotGoneYet, format::count(one.open)),
            fact("returns", W::TabReturns, format::count(one.returns)),
        ]);
        let said = [one.code.clone(), one.address.clone()];
        let said =
            said.into_iter().flatten().filter(|text| *text != one.shown).collect::<Vec<_>>().join(" · ");
        let word = one.pseudonym.clone();
        Some(view! {
            {parts::heading(None, one.shown.clone(), said, fmt.when(one.at, ctx.now.get_untracked()), one.pseudonym.clone())}
            {facts}
            <div class="act">{parts::button(fmt.t(W::TraceCustomer), "", id::TRACE_CUSTOMER, move || {
                ctx.go(Route { page: Page::Stock, row: format!("party~{word}"), tab: "trace".into() });
            })}</div>
        })
    };
    split(left, view! { <div class="goods">{detail}{privacy}</div> }.into_any())
}

/// Asks whether names may be kept, or are to be forgotten.
fn allow(allow: bool) {
    let fmt = fmt();
    let (title, text, go) = if allow {
        (W::AllowNamesDots, W::AllowNamesText, W::AllowNames)
    } else {
        (W::ForgetNamesDots, W::ForgetNamesText, W::ForgetNames)
    };
    let fields = vec![Field::text("why", W::Why, "").needed()];
    ask(fmt.t(title), fmt.t(text), go, fields, move |values| async move {
        let why = values.into_iter().next().unwrap_or_default();
        bridge::send(AllowCustomerNames { allow, why }).await?;
        Ok(())
    });
}

fn supplier_page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let filter = RwSignal::new(String::new());
    let answer = live(move || Some(ListSuppliers { filter: filter.get() }));
    let all = Memo::new(move |_| answer.data.get().unwrap_or_default());
    let chosen = Memo::new(move |_| {
        let asked = ctx.route.with(|r| r.row.strip_prefix('s').and_then(|n| n.parse().ok()).map(SupplierId));
        all.with(|all| {
            asked
                .filter(|id| all.iter().any(|one| one.supplier == *id))
                .or_else(|| all.first().map(|one| one.supplier))
        })
    });
    steps(Memo::new(move |_| all.with(|all| all.iter().map(|one| format!("s{}", one.supplier)).collect())));
    let row = move |one: SupplierRow| {
        let key = one.supplier;
        let on = move || chosen.get() == Some(key);
        view! {
            <button type="button" class="row plan" class:sel=on aria-pressed=move || on().to_string() data-testid=id::PARTNER_ROW data-id=format!("s{key}")
                on:click=move |_| ctx.choose(format!("s{key}"))>
                <span class="t ell">{one.name.clone()}</span><span class="num">{days(one.lead_time_days)}</span>
                <span class="s ell">{one.code.clone()}</span><span class="s num">{fmt.n(W::CountItems, one.items)}</span>
            </button>
        }
    };
    let may = move || role_is(&["manager", "admin"]);
    let left = view! {
        {parts::list_head(Page::Stock.word(), move || answer.data.with(|d| d.as_ref().map_or(String::new(), |d| fmt.n(W::CountSuppliers, d.len()))))}
        {super::stock_tabs()}
        <div class="tools">{switch(true)}{move || may().then(|| parts::go_button(fmt.t(W::NewSupplierDots), "", id::NEW_SUPPLIER, || edit(None)))}</div>
        <div class="tools">{parts::filter(filter, W::SupplierFilter)}{Takeout::card("suppliers", W::KindSuppliers, &SUPPLIERS_OUT, move || {
            whole(&ListSuppliers { filter: filter.get_untracked() })
        }).button(true)}</div>
        {move || answer.error.get().map(|e| parts::error(&e))}
        {move || answer.data.with(Option::is_none).then(|| parts::waiting(None))}
        <div class="scroll" role="group" aria-label=fmt.t(W::KindSuppliers)>{move || all.get().into_iter().map(row).collect_view()}</div>
    }
    .into_any();
    let shown = Memo::new(move |_| {
        all.with(|all| all.iter().find(|one| Some(one.supplier) == chosen.get()).cloned())
    });
    let sold = live(move || chosen.get().map(|supplier| ListSupplied { supplier, limit: ROWS }));
    let detail = move || {
        let Some(one) = shown.get() else {
            return parts::empty(
                W::NoSuppliers,
                W::NoSuppliersText,
                vec![(W::PageData, Box::new(move || ctx.go(Route::page(Page::Data))))],
            );
        };
        let key = one.supplier;
        let late = matches!((one.took_days, one.lead_time_days), (Some(took), Some(said)) if took > said);
        let facts = parts::facts(vec![
            fact("lead-time", W::LeadTime, days(one.lead_time_days)),
            fact("took", W::TookWord, days(one.took_days)).doubtful(late),
            fact("pack", W::PackSize, quantity(one.pack_size)),
            fact("least", W::LeastOrderWord, quantity(one.order_quantity_min)),
            fact("items", W::TabItems, format::count(one.items)),
            fact("coming", W::TabInbound, format::count(one.coming)),
        ]);
        let changed = one.clone();
        let items = move || {
            sold.data.get().map(|items| {
                let rows = items
                    .into_iter()
                    .map(|item| {
                        let link = Route::row(Page::Stock, item.item).hash();
                        let cells = vec![
                            view! { <a href=link>{item.name.clone()}" "<small class="muted">{item.sku.clone()}</small></a> }.into_any(),
                            cell(days(item.lead_time_days)),
                            cell(quantity(item.pack_size)),
                            cell(quantity(item.order_quantity_min)),
                        ];
                        (item.item.to_string(), cells)
                    })
                    .collect();
                let heads = [(W::Item, false), (W::LeadTime, true), (W::PackSize, true), (W::LeastOrderWord, true)];
                grid(W::SuppliedWord, &heads, rows, id::SUPPLIED_ROW)
            })
        };
        let out = Takeout::card("supplied", W::SuppliedWord, &SUPPLIED_OUT, move || {
            whole(&ListSupplied { supplier: key, limit: 0 })
        });
        view! {
            {parts::heading(None, one.name.clone(), one.note.clone(), one.code.clone(), String::new())}
            {facts}
            <p class="muted">{fmt.t(W::SupplierTermsText)}</p>
            <div class="act">{may().then(|| parts::button(fmt.t(W::ChangeSupplierDots), "", id::CHANGE_SUPPLIER, move || edit(Some(changed.clone()))))}</div>
            <section class="card"><h3>{fmt.t(W::SuppliedWord)}{out.button(false)}</h3>{items}</section>
        }
        .into_any()
    };
    split(left, view! { <div class="goods">{detail}</div> }.into_any())
}

/// Asks what is to be said of a supplier.
fn edit(of: Option<SupplierRow>) {
    let fmt = fmt();
    let text = |of: Option<Quantity>| of.map_or_else(String::new, |q| q.to_string());
    let get = |field: fn(&SupplierRow) -> String| of.as_ref().map_or_else(String::new, field);
    let fields = vec![
        Field::text("code", W::FloorCode, get(|one| one.code.clone())).needed(),
        Field::text("name", W::Name, get(|one| one.name.clone())).needed(),
        Field::number(
            "lead",
            W::LeadTime,
            get(|one| one.lead_time_days.map_or_else(String::new, |d| d.to_string())),
        )
        .hint(fmt.t(W::LeadTimeHint)),
        Field::number("pack", W::PackSize, of.as_ref().map_or_else(String::new, |one| text(one.pack_size))),
        Field::number(
            "least",
            W::LeastOrderWord,
            of.as_ref().map_or_else(String::new, |one| text(one.order_quantity_min)),
        ),
        Field::text("note", W::Note, get(|one| one.note.clone())),
    ];
    let supplier = of.as_ref().map_or(SupplierId(0), |one| one.supplier);
    let title = if of.is_some() { W::ChangeSupplierDots } else { W::NewSupplierDots };
    ask(fmt.t(title), fmt.t(W::SupplierTermsText), W::Save, fields, move |values| async move {
        let text = |at: usize| values.get(at).map(|text| text.trim().to_owned()).unwrap_or_default();
        let wrong = |text: &str| ApiError {
            code: Code::BadInput,
            message: format!("{text}: {}", crate::state::fmt().t(W::FieldNotANumber)),
            trace_id: String::new(),
        };
        let number = |at: usize| -> Result<Option<Quantity>, ApiError> {
            match text(at).as_str() {
                "" => Ok(None),
                typed => Quantity::parse(&format::typed(typed)).map(Some).ok_or_else(|| wrong(typed)),
            }
        };
        let lead_time_days = match text(2).as_str() {
            "" => None,
            typed => Some(typed.parse().map_err(|_| wrong(typed))?),
        };
        let call = SaveSupplier {
            supplier,
            code: text(0),
            name: text(1),
            lead_time_days,
            pack_size: number(3)?,
            order_quantity_min: number(4)?,
            note: text(5),
            why: String::new(),
        };
        let saved = bridge::send(call).await?;
        ctx().choose(format!("s{saved}"));
        Ok(())
    });
}
