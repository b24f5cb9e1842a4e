//! Reports to hand over: make the day's, take its files.

use super::{actions, split};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::testids as id;
use crate::wording;
use contract::*;
use leptos::prelude::*;

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListReports { limit: 200 }));
    let chosen = Memo::new(move |_| {
        let key = ctx.route.with(|r| r.row.clone());
        answer.data.with(|d| {
            let d = d.as_ref()?;
            d.iter().find(|r| actions::report_key(r) == key).or(d.first()).cloned()
        })
    });
    let by = move |n: i32| {
        let next = answer.data.with_untracked(|d| {
            let d = d.as_ref()?;
            let at = chosen.with_untracked(|c| c.as_ref().and_then(|c| d.iter().position(|r| r == c)));
            step(at, n, d.len()).map(|i| actions::report_key(&d[i]))
        });
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    on_act(move |act| match act {
        Act::Move(n) => by(n),
        Act::First => by(i32::MIN / 2),
        Act::Last => by(i32::MAX / 2),
        Act::Open => {
            let pdf = chosen.with_untracked(|c| {
                c.as_ref()
                    .and_then(|c| c.files.iter().find(|f| f.name.ends_with(".pdf")).map(|f| f.name.clone()))
            });
            pdf.map(actions::read_report).is_some()
        }
        _ => false,
    });
    let rows = move || {
        match answer.data.get() {
        None => parts::waiting(answer.error.get()),
        Some(all) => all
            .iter()
            .map(|r| {
                let key = actions::report_key(r);
                let sel = chosen.with(|c| c.as_ref().is_some_and(|c| c.made_at == r.made_at));
                let open = key.clone();
                view! {
                    <div class="row" class:sel=sel role="listitem" aria-current=sel.to_string() data-testid=id::REPORT_ROW data-id=key
                        on:click=move |_| ctx.choose(open.clone())>
                        <span class="g"></span>
                        <div class="main"><div class="t">{wording::kind(&fmt, &r.kind)}" · "{fmt.weekday(r.day, ctx.today())}</div>
                            <div class="s">{fmt.fill(W::MadeAtTime, &[&fmt.when(r.made_at, ctx.now.get_untracked())])}</div></div>
                        <div class="v"><div class="s">{fmt.n(W::CountFiles, r.files.len())}</div></div>
                    </div>
                }
            })
            .collect_view()
            .into_any(),
    }
    };
    let list = view! {
        {parts::list_head(W::PageReports, move || answer.data.with(|d| d.as_ref().map_or(String::new(), |d| d.len().to_string())))}
        <div class="scroll" tabindex="0" role="list" aria-label=fmt.t(W::PageReports) data-testid=id::LIST>{rows}</div>
        <div class="bulk">{parts::go_button(fmt.t(W::MakeReport), "", id::MAKE_REPORT, actions::make_report)}</div>
    }
    .into_any();
    let none = Memo::new(move |_| answer.data.with(|d| d.as_ref().map(Vec::is_empty)));
    let detail = move || match none.get() {
        None => ().into_any(),
        Some(true) => parts::empty(
            W::EmptyReports,
            W::EmptyReportsText,
            vec![(W::MakeReport, Box::new(actions::make_report))],
        ),
        Some(false) => (move || chosen.get().map(|r| report(&r))).into_any(),
    };
    split(list, detail.into_any())
}

fn report(r: &ReportSet) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let rows = r
        .files
        .iter()
        .map(|f| {
            let (name, take) = (f.name.clone(), f.name.clone());
            let hash: String = f.sha256.chars().take(16).collect();
            (
                f.name.clone(),
                vec![
                    cell(f.name.clone()),
                    cell(fmt.bytes(f.bytes)),
                    view! { <code class="muted" title=f.sha256.clone()>{hash}"…"</code> }.into_any(),
                    view! { <button type="button" class="link" data-testid=id::DOWNLOAD data-name=name on:click=move |_| actions::read_report(take.clone())>{fmt.t(W::Download)}</button> }.into_any(),
                ],
            )
        })
        .collect();
    view! {
        {parts::heading(None, format!("{} · {}", wording::kind(&fmt, &r.kind), fmt.weekday(r.day, ctx.today())), fmt.t(W::ReportText).into(), fmt.fill(W::MadeAtTime, &[&fmt.when(r.made_at, ctx.now.get_untracked())]), String::new())}
        <section class="card">{grid(W::Files, &[(W::Name, false), (W::Size, true), (W::Hash, false), (W::Edit, true)], rows, "report-file")}</section>
        <div class="act">{parts::button(fmt.t(W::MakeReportAgain), "", "make-report-again", actions::make_report)}</div>
    }
    .into_any()
}
