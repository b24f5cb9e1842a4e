//! What other settings would order: service level, budget, review period tried on the forecasts on record.

use crate::bridge;
use crate::chart::{Picture, chart, chart_lang};
use crate::dialog::{Field, ask};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, fact, grid};
use crate::state::{ctx, fmt};
use crate::testids as id;
use charts::{CurveChart, CurveMark};
use contract::*;
use leptos::prelude::*;
use units::{Money, Permille};

use super::actions::typed_money;

/// Lines of a table on the page.
const LINES_SHOWN: usize = 100;

/// The slider's ends, in thousandths.
const LEVELS: (u16, u16) = (900, 995);

/// The panel.
pub fn panel() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let settings = live(|| Some(GetSettings {}));
    let text = || RwSignal::new(String::new());
    let (level, budget, review) = (RwSignal::new(None::<u16>), text(), text());
    // Begins with the site's own.
    Effect::new(move |_| {
        if let Some(own) = settings.data.get()
            && level.get_untracked().is_none()
        {
            level.set(Some(own.service_level.0));
            review.set(own.review_period_days.to_string());
        }
    });
    let asked = Memo::new(move |_| {
        let budget =
            budget.with(|b| if b.trim().is_empty() { Ok(None) } else { typed_money(b).map(Some).ok_or(()) });
        let review = review.with(|r| {
            if r.trim().is_empty() { Ok(None) } else { r.trim().parse().map(Some).map_err(|_| ()) }
        });
        let (Ok(budget), Ok(review_days)) = (budget, review) else { return Err(()) };
        Ok((level.get(), budget, review_days))
    });
    // The answer to what was asked last stays while a person types what is no number.
    let call =
        Memo::new(move |before: Option<&Option<(u16, Option<Money>, Option<u16>)>>| match asked.get() {
            Ok((Some(level), budget, review)) => Some((level, budget, review)),
            _ => before.cloned().flatten(),
        });
    let answer = live(move || {
        let (level, budget, review_days) = call.get()?;
        Some(TryReplenishment { service_level: Permille(level), budget, review_days })
    });
    let typed = move |into: RwSignal<String>| {
        let turn = StoredValue::new(0u32);
        move |value: String| {
            turn.update_value(|n| *n += 1);
            let mine = turn.get_value();
            set_timeout(
                move || {
                    if turn.try_get_value() == Some(mine) {
                        into.try_set(value);
                    }
                },
                std::time::Duration::from_millis(250),
            );
        }
    };
    let (on_budget, on_review) = (typed(budget), typed(review));
    let slide = {
        let turn = StoredValue::new(0u32);
        move |value: String| {
            let Ok(value) = value.parse::<u16>() else { return };
            turn.update_value(|n| *n += 1);
            let mine = turn.get_value();
            set_timeout(
                move || {
                    if turn.try_get_value() == Some(mine) {
                        level.try_set(Some(value));
                    }
                },
                std::time::Duration::from_millis(80),
            );
        }
    };
    let bad = move |bad: bool| {
        bad.then(|| view! { <small class="fault" role="alert">{fmt.t(W::FieldNotANumber)}</small> })
    };
    let level_text = move || level.get().map_or("—".into(), |l| fmt.percent(Permille(l)));
    let form = view! {
        <div class="form card">
            <label class="field"><span>{fmt.t(W::WhatIfLevel)}</span>
                <input type="range" min=LEVELS.0 max=LEVELS.1 step="5" data-testid=id::WHAT_IF_FIELD data-field="service-level"
                    prop:value=move || level.get().unwrap_or(LEVELS.0).to_string() on:input=move |e| slide(event_target_value(&e)) />
                <b data-testid=id::WHAT_IF_LEVEL>{level_text}</b></label>
            <label class="field"><span>{fmt.t(W::WhatIfBudget)}</span>
                <input type="text" inputmode="decimal" autocomplete="off" data-testid=id::WHAT_IF_FIELD data-field="budget"
                    on:input=move |e| on_budget(event_target_value(&e)) />
                <small class="muted">{fmt.currency_sign()}" · "{fmt.t(W::WhatIfNoLimit)}{move || bad(budget.with(|b| !b.trim().is_empty() && typed_money(b).is_none()))}</small></label>
            <label class="field"><span>{fmt.t(W::WhatIfReview)}</span>
                <input type="text" inputmode="numeric" autocomplete="off" data-testid=id::WHAT_IF_FIELD data-field="review"
                    prop:value=move || review.get() on:input=move |e| on_review(event_target_value(&e)) />
                {move || bad(review.with(|r| !r.trim().is_empty() && r.trim().parse::<u16>().is_err()))}</label>
        </div>
    };
    let figures = move || answer.data.with(|d| d.as_ref().map(|d| sums(&fmt, d)));
    let picture = move || answer.data.with(|d| d.as_ref().map(|d| Picture::Curve(curve(&fmt, d))));
    let tables = move || answer.data.with(|d| d.as_ref().map(|d| tables(&fmt, d)));
    let may = Memo::new(move |_| {
        ctx.site.with(|s| s.as_ref().is_some_and(|s| matches!(s.role.as_str(), "manager" | "admin")))
    });
    let same = Memo::new(move |_| {
        answer.data.with(|d| d.as_ref().is_none_or(|d| d.lines_total == 0 && d.now == d.trial))
    });
    let use_these = move || {
        answer.data.with_untracked(|d| {
            if let Some(d) = d {
                apply(d);
            }
        });
    };
    let act = move || {
        if same.get() {
            return answer.data.with(Option::is_some).then(|| {
                view! { <p class="muted" data-testid=id::WHAT_IF_SAME>{fmt.t(W::WhatIfSame)}</p> }.into_any()
            });
        }
        may.get().then(|| view! { <div class="act">{parts::go_button(fmt.t(W::UseThese), "", id::USE_THESE, use_these)}</div> }.into_any())
    };
    view! {
        {parts::heading(None, fmt.t(W::WhatIfTitle).into(), fmt.t(W::WhatIfText).into(), String::new(), String::new())}
        {form}
        {move || answer.error.get().map(|e| parts::error(&e))}
        {figures}{act}
        {chart(picture, move || fmt.t(W::WhatIfCurve).to_owned(), 190)}
        {tables}
    }
    .into_any()
}

fn sums(fmt: &Fmt, d: &ReplenishTrial) -> AnyView {
    let now = |text: String| fmt.fill(W::WhatIfNow, &[&text]);
    let items = |milli: i64| format::decimal(milli, 1);
    parts::facts(vec![
        fact("lines", W::WhatIfLines, format::count(d.trial.lines)).note(now(format::count(d.now.lines))),
        fact("value", W::WhatIfValue, fmt.money(d.trial.cost)).note(now(fmt.money(d.now.cost))),
        fact("units", W::WhatIfUnits, format::qty(d.trial.units)).note(now(format::qty(d.now.units))),
        fact("stock-outs", W::WhatIfStockOuts, items(d.trial.stock_outs_milli))
            .note(now(items(d.now.stock_outs_milli)))
            .title(format!(
                "{}; {}",
                fmt.t(W::WhatIfUntil),
                fmt.fill(W::WhatIfNone, &[&items(d.none.stock_outs_milli)])
            )),
        fact("lost", W::WhatIfLost, fmt.money(d.trial.lost_sales))
            .note(now(fmt.money(d.now.lost_sales)))
            .title(format!(
                "{}; {}",
                fmt.t(W::WhatIfUntil),
                fmt.fill(W::WhatIfNone, &[&fmt.money(d.none.lost_sales)])
            )),
    ])
}

fn curve(fmt: &Fmt, d: &ReplenishTrial) -> CurveChart {
    let percent = |level: Permille| f64::from(level.0) / 10.0;
    let mut marks = vec![CurveMark {
        x: percent(d.service_level),
        y: d.trial.cost.to_f64(),
        label: format!("{} · {}", fmt.percent(d.service_level), fmt.money(d.trial.cost)),
        chosen: true,
    }];
    if let Some(whole) = d.curve.iter().find(|point| point.service_level == d.service_level)
        && whole.cost != d.trial.cost
    {
        marks.push(CurveMark {
            x: percent(d.service_level),
            y: whole.cost.to_f64(),
            label: fmt.money(whole.cost),
            chosen: false,
        });
    }
    CurveChart {
        title: fmt.t(W::WhatIfTitle).to_owned(),
        x_name: fmt.t(W::WhatIfX).to_owned(),
        y_name: fmt.fill(W::WhatIfY, &[&fmt.currency_sign()]),
        second_name: fmt.t(W::WhatIfSecond).to_owned(),
        points: d
            .curve
            .iter()
            .map(|point| (percent(point.service_level), point.cost.to_f64(), point.lost_sales.to_f64()))
            .collect(),
        marks,
        lang: chart_lang(fmt.lang),
    }
}

fn change(fmt: &Fmt, from: Money, to: Money) -> String {
    let by = to.minus(from);
    match by.0.signum() {
        0 => "—".to_owned(),
        1 => format!("+{}", fmt.money(by)),
        _ => format!("−{}", fmt.money(Money(by.0.saturating_neg()))),
    }
}

fn tables(fmt: &Fmt, d: &ReplenishTrial) -> AnyView {
    let name = |line: &TrialLine| {
        view! { <span title=line.sku.clone()>{line.name.clone()}" "<small class="muted">{line.sku.clone()}</small></span> }.into_any()
    };
    let cut: Vec<_> = d
        .lines
        .iter()
        .filter_map(|line| Some((line, line.left_out?)))
        .take(LINES_SHOWN)
        .map(|(line, left_out)| {
            (
                line.item.to_string(),
                vec![
                    name(line),
                    cell(format::qty(line.wanted)),
                    cell(format::qty(line.quantity)),
                    cell(fmt.chance(line.stock_out_chance)),
                    cell(fmt.money(left_out)),
                ],
            )
        })
        .collect();
    let changed: Vec<_> = d
        .lines
        .iter()
        .filter(|line| line.now != line.quantity)
        .take(LINES_SHOWN)
        .map(|line| {
            (
                line.item.to_string(),
                vec![
                    name(line),
                    cell(format::qty(line.now)),
                    cell(format::qty(line.quantity)),
                    cell(change(fmt, line.cost_now, line.cost)),
                    cell(fmt.chance(line.stock_out_chance)),
                ],
            )
        })
        .collect();
    let suppliers = d
        .suppliers
        .iter()
        .map(|row| {
            let lines = format!("{} → {}", row.lines_now, row.lines);
            (
                row.supplier.map_or_else(String::new, |id| id.to_string()),
                vec![
                    cell(row.name.clone().unwrap_or_else(|| fmt.t(W::NoSupplier).to_owned())),
                    cell(lines),
                    cell(fmt.money(row.cost_now)),
                    cell(fmt.money(row.cost)),
                    cell(change(fmt, row.cost_now, row.cost)),
                ],
            )
        })
        .collect();
    let at_cost = d.items - d.items_priced.min(d.items);
    let cut = (!cut.is_empty()).then(|| {
        let text = fmt.fill(W::WhatIfCutText, &[&format::count(d.cut), &fmt.money(d.cut_risk)]);
        view! {
            <section class="card"><h3>{fmt.t(W::WhatIfCut)}" "<span class="muted" data-testid=id::WHAT_IF_CUT>{text}</span></h3>
            {grid(W::WhatIfCut, &[(W::Item, false), (W::WhatIfWanted, true), (W::WhatIfKept, true), (W::WhatIfChance, true), (W::WhatIfRisk, true)], cut, id::CUT_ROW)}
            </section>
        }
    });
    let changed = (!changed.is_empty()).then(|| {
        view! {
            <section class="card"><h3>{fmt.t(W::WhatIfChanged)}" "<span class="muted">{format::count(d.lines_total)}</span></h3>
            {grid(W::WhatIfChanged, &[(W::Item, false), (W::WhatIfNowHead, true), (W::WhatIfThen, true), (W::WhatIfChange, true), (W::WhatIfChance, true)], changed, id::TRIAL_ROW)}
            </section>
        }
    });
    view! {
        {cut}
        <section class="card"><h3>{fmt.t(W::WhatIfSuppliers)}</h3>
        {grid(W::WhatIfSuppliers, &[(W::Supplier, false), (W::WhatIfLines, true), (W::WhatIfNowHead, true), (W::WhatIfThen, true), (W::WhatIfChange, true)], suppliers, id::TRIAL_SUPPLIER_ROW)}
        </section>
        {changed}
        {(at_cost > 0).then(|| view! { <p class="note muted">{fmt.fill(W::WhatIfAtCost, &[&format::count(at_cost), &format::count(d.items)])}</p> })}
    }
    .into_any()
}

/// Asks why, then puts the trial's orders in the place of the drafts.
fn apply(d: &ReplenishTrial) {
    let fmt = fmt();
    let text = fmt.fill(
        W::UseTheseText,
        &[&format::count(d.trial.lines), &fmt.money(d.trial.cost), &format::count(d.now.lines)],
    );
    let (service_level, budget, review_days) = (d.service_level, d.budget, Some(d.review_days));
    let fields = vec![Field::text("note", W::Why, "")];
    ask(fmt.t(W::UseTheseTitle), text, W::UseThese, fields, move |values| async move {
        let note = values.into_iter().next().unwrap_or_default();
        let receipt = bridge::send(ApplyTrial { service_level, budget, review_days, note }).await?;
        let ctx = crate::state::ctx();
        let fmt = crate::state::fmt();
        ctx.say(
            fmt.fill(W::UsedThese, &[&format::count(receipt.drafts), &format::count(receipt.superseded)]),
        );
        ctx.choose_tab("");
        Ok(())
    });
}
