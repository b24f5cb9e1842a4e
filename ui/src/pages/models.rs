//! The models on board: whether they can be used, what ran them, and their cards.

use super::split;
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::markdown;
use crate::parts::{self, fact};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::testids as id;
use contract::*;
use leptos::prelude::*;

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListModels {}));
    let chosen = Memo::new(move |_| {
        let key = ctx.route.with(|r| r.row.clone());
        answer.data.with(|d| {
            let d = d.as_ref()?;
            d.iter().find(|m| m.name == key).or(d.first()).cloned()
        })
    });
    let by = move |n: i32| {
        let next = answer.data.with_untracked(|d| {
            let d = d.as_ref()?;
            let at =
                chosen.with_untracked(|c| c.as_ref().and_then(|c| d.iter().position(|m| m.name == c.name)));
            step(at, n, d.len()).map(|i| d[i].name.clone())
        });
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    on_act(move |act| match act {
        Act::Move(n) => by(n),
        _ => false,
    });
    let rows = move || {
        match answer.data.get() {
        None => parts::waiting(answer.error.get()),
        Some(all) => all
            .iter()
            .map(|m| {
                let key = m.name.clone();
                let sel = chosen.with(|c| c.as_ref().is_some_and(|c| c.name == m.name));
                let (class, shape, word) = if m.usable { ("", "●", W::Usable) } else { ("m", "◆", W::NotUsable) };
                view! {
                    <div class="row" class:sel=sel role="listitem" aria-current=sel.to_string() data-testid=id::MODEL_ROW data-id=m.name.clone()
                        on:click=move |_| ctx.choose(key.clone())>
                        <span class=format!("g mark {class}") aria-hidden="true">{shape}</span>
                        <div class="main"><div class="t ell">{m.name.clone()}</div><div class="s">{m.fault.clone().unwrap_or_else(|| fmt.t(word).to_owned())}</div></div>
                        <div class="v"><b>{m.provider.clone().unwrap_or_else(|| "—".into())}</b></div>
                    </div>
                }
            })
            .collect_view()
            .into_any(),
    }
    };
    let list = view! {
        {parts::list_head(W::PageModels, move || answer.data.with(|d| d.as_ref().map_or(String::new(), |d| d.len().to_string())))}
        <div class="scroll" tabindex="0" role="list" aria-label=fmt.t(W::PageModels) data-testid=id::LIST>{rows}</div>
    }
    .into_any();
    let none = Memo::new(move |_| answer.data.with(|d| d.as_ref().map(Vec::is_empty)));
    let detail = move || match none.get() {
        None => ().into_any(),
        Some(true) => parts::empty(W::EmptyModels, W::EmptyModelsText, vec![]),
        Some(false) => (move || chosen.get().map(|m| card(&m))).into_any(),
    };
    split(list, detail.into_any())
}

/// A provider, in shape and words: what it did, else why it did nothing.
fn provider(row: &ProviderRow) -> AnyView {
    let fmt = fmt();
    let (class, shape, word) = match row.state {
        ProviderState::Used => ("mark", "●", W::ProviderUsed),
        ProviderState::Ready => ("muted", "○", W::ProviderReady),
        ProviderState::NotProven => ("muted", "◇", W::ProviderNotProven),
        ProviderState::Elsewhere => ("muted", "–", W::ProviderElsewhere),
    };
    let said = fmt.fill(word, &[&row.nodes.to_string()]);
    view! {
        <li><span class=class aria-hidden="true">{shape}</span>
            <div><b>{row.name.clone()}</b>" "{said}
                {row.reason.clone().map(|reason| view! { <div class="muted wrap">{reason}</div> })}</div></li>
    }
    .into_any()
}

fn card(m: &ModelRow) -> AnyView {
    let fmt = fmt();
    let providers = m.providers.iter().map(provider).collect_view();
    let mut facts = vec![
        fact("provider", W::Provider, m.provider.clone().unwrap_or_else(|| "—".into())),
        fact("context", W::ContextLength, m.context.to_string()),
        fact("horizon", W::Horizon, m.horizon.to_string()),
    ];
    if let Some(us) = m.probe_us.filter(|us| *us > 0) {
        let a_second = u64::from(m.probe_series) * 1_000_000 / us;
        let note = fmt.fill(W::ProbeOf, &[&format::count(m.probe_series), &format::count(a_second)]);
        let ms = format::decimal(i64::try_from(us).unwrap_or(i64::MAX), 2);
        facts.push(fact("probe", W::ProbeTime, ms).unit("ms").note(note));
    }
    let state = fmt.t(if m.usable { W::Usable } else { W::NotUsable });
    view! {
        {parts::heading(None, m.name.clone(), m.fault.clone().unwrap_or_else(|| state.to_owned()), String::new(), String::new())}
        {parts::facts(facts)}
        {(!m.providers.is_empty()).then(|| view! { <section class="card"><h3>{fmt.t(W::Providers)}</h3><ol class="findings">{providers}</ol></section> })}
        {m.library.clone().map(|library| view! { <p class="muted wrap">"ONNX Runtime "<code>{library}</code></p> })}
        <p class="muted wrap">"SHA-256 "<code>{m.sha256.clone()}</code></p>
        <article class="card md" data-testid=id::MODEL_CARD>{markdown::show(&m.card)}</article>
    }
    .into_any()
}
