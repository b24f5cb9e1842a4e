//! The pages, a file each: a list on the left, the detail of the chosen row on the right.

pub mod actions;
mod alarms;
mod backups;
mod books;
mod charts;
pub mod counts;
mod data;
mod demand;
mod demand_groups;
mod device_form;
mod device_health;
mod device_live;
mod device_many;
mod device_modbus;
mod device_pattern;
mod devices;
mod doubts;
mod environment;
pub mod fleet;
pub mod goods;
mod habits;
pub mod handling;
mod items;
pub mod labels;
pub mod ledger;
mod listener;
mod master;
mod modbus;
mod models;
mod overrides;
mod partners;
mod quality;
mod recall;
mod replenish;
mod reports;
pub mod scan;
mod scan_words;
mod scanflow;
mod secrets;
mod settings;
mod setup_fields;
mod stock;
mod today;
pub mod warehouse;
mod what_if;

use crate::i18n::W;
use crate::route::Page;
use leptos::prelude::*;

/// The page.
pub fn show(page: Page) -> AnyView {
    match page {
        Page::Today => today::page(),
        Page::Alarms => alarms::page(),
        Page::Stock => stock_view(),
        Page::Demand => demand::page(),
        Page::Replenish => replenish::page(),
        Page::Environment => environment::page(),
        Page::Charts => charts::page(),
        Page::Fleet => fleet::page(),
        Page::Reports => reports::page(),
        Page::Devices => devices::page(),
        Page::Quality => quality::page(),
        Page::Models => models::page(),
        Page::Data => data::page(),
        Page::Settings => settings::page(),
    }
}

pub use counts::plan_count;

/// What of Stock the tab says: its items, their counts, or what to look at.
fn stock_view() -> AnyView {
    let ctx = crate::state::ctx();
    let tab = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    (move || match tab.get().as_str() {
        "inbound" => goods::inbound(),
        "outbound" => goods::outbound(),
        "returns" => goods::returns(),
        "counts" => counts::page(),
        "scan" => scanflow::page(),
        "doubts" => doubts::page(),
        "trace" => recall::page(),
        "books" => books::page(),
        "partners" => partners::page(),
        "floor" => warehouse::page(),
        _ => stock::page(),
    })
    .into_any()
}

/// The parts of Stock.
fn stock_tabs() -> AnyView {
    crate::parts::tabs_and_more(vec![
        ("", W::TabItems),
        ("floor", W::TabFloor),
        ("inbound", W::TabInbound),
        ("outbound", W::TabOutbound),
        ("returns", W::TabReturns),
        ("counts", W::TabCounts),
        ("scan", W::TabScan),
        ("doubts", W::TabDoubts),
        ("trace", W::TabTrace),
        ("partners", W::TabPartners),
        ("books", W::TabBooks),
    ])
}

/// List left, detail right. Another row begins at its top.
pub fn split(list: AnyView, detail: AnyView) -> AnyView {
    let ctx = crate::state::ctx();
    let pane = NodeRef::<leptos::html::Section>::new();
    let row = Memo::new(move |_| ctx.route.with(|r| (r.row.clone(), r.tab.clone())));
    Effect::new(move |_| {
        row.track();
        if let Some(pane) = pane.get() {
            pane.set_scroll_top(0);
        }
    });
    view! {
        <section class="list">{list}</section>
        <section class="detail" node_ref=pane data-testid=crate::testids::DETAIL>{detail}</section>
    }
    .into_any()
}
