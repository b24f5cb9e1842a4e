//! What can be done from more than one place: each sends a call and says what came of it.

use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::wording;
use contract::*;
use leptos::prelude::*;
use units::{Milli, Millis, Money, ProposalId, Quantity};
use wasm_bindgen_futures::spawn_local;

/// Makes forecasts and proposals anew, as a job.
pub fn plan_now() {
    let ctx = ctx();
    spawn_local(async move {
        match bridge::send(RunPlanning {}).await {
            Ok(_) => ctx.say(fmt().t(W::PlanningStarted)),
            Err(e) => ctx.fail(&e),
        }
    });
}

/// Makes today's report in the language shown.
pub fn make_report() {
    let ctx = ctx();
    ctx.say(fmt().t(W::ReportStarted));
    spawn_local(async move {
        match bridge::send(MakeDailyReport { day: None, language: fmt().lang.contract() }).await {
            Ok(set) => {
                ctx.say(fmt().fill(W::ReportMade, &[&set.day.to_string()]));
                ctx.go(Route::row(Page::Reports, report_key(&set)));
            }
            Err(e) => ctx.fail(&e),
        }
    });
}

/// Names a report in the address.
pub fn report_key(set: &ReportSet) -> String {
    set.made_at.0.to_string()
}

/// Approves proposals, and offers to take it back.
pub fn approve(ids: Vec<ProposalId>, what: String) {
    let ctx = ctx();
    if ids.is_empty() {
        return;
    }
    spawn_local(async move {
        match bridge::send(ApproveProposals { ids, note: String::new() }).await {
            Ok(receipt) => {
                let fmt = fmt();
                let text = if receipt.ids.len() == 1 {
                    fmt.fill(W::ApprovedOne, &[&what, &fmt.money(receipt.cost)])
                } else {
                    fmt.fill(
                        W::ApprovedMany,
                        &[&format::count(receipt.ids.len() as u64), &fmt.money(receipt.cost)],
                    )
                };
                ctx.say_undo(text, receipt.ids, receipt.undo_until);
            }
            Err(e) => ctx.fail(&e),
        }
    });
}

/// Asks why, then dismisses; can be taken back.
pub fn dismiss(ids: Vec<ProposalId>, what: String) {
    if ids.is_empty() {
        return;
    }
    let title = fmt().t(W::DismissTitle);
    ask(title, what.clone(), W::Dismiss, vec![Field::text("note", W::Why, "").needed()], move |values| {
        let (ids, what) = (ids.clone(), what.clone());
        async move {
            let ctx = ctx();
            bridge::send(DismissProposals { ids: ids.clone(), note: first(values) }).await?;
            let until = ctx.now.get_untracked() + Millis::minutes(5);
            ctx.say_undo(fmt().fill(W::DismissedOne, &[&what]), ids, until);
            Ok(())
        }
    });
}

/// Asks for another quantity.
pub fn change_quantity(id: ProposalId, quantity: Quantity, unit: &str, pack: Option<Quantity>, what: String) {
    let fmt = fmt();
    let hint = match pack {
        Some(pack) => fmt.fill(W::InPacksOf, &[&format::qty(pack), unit]),
        None => unit.to_owned(),
    };
    let fields = vec![
        Field::number("quantity", W::Quantity, quantity.to_string()).hint(hint).needed(),
        Field::text("note", W::Why, "").needed(),
    ];
    ask(fmt.t(W::ChangeTitle), what, W::Change, fields, move |values| async move {
        let [number, note] = two(values);
        let quantity = Quantity::parse(&format::typed(&number)).unwrap_or_default();
        bridge::send(ChangeProposal { id, quantity, note }).await?;
        ctx().say(crate::state::fmt().t(W::Changed));
        Ok(())
    });
}

/// Purchase orders of these proposals, or of all approved, as a file.
pub fn export_orders(ids: Vec<ProposalId>) {
    let ctx = ctx();
    spawn_local(async move {
        match bridge::send(ExportPurchaseOrders { ids }).await {
            Ok(file) => {
                // What is on a purchase order can't be taken back any more.
                ctx.toasts.update(|all| all.retain(|t| t.undo.is_none()));
                hand_over(file).await;
            }
            Err(e) => ctx.fail(&e),
        }
    });
}

/// Saves a file or offers it, and says so.
pub async fn hand_over(file: FileReply) {
    let ctx = ctx();
    let name = file.name.clone();
    match bridge::save(file).await {
        Ok(Some(path)) => ctx.say(fmt().fill(W::SavedAs, &[&path])),
        Ok(None) => ctx.say(fmt().fill(W::Downloaded, &[&name])),
        Err(e) => ctx.fail(&e),
    }
}

/// One file of a report.
pub fn read_report(name: String) {
    let ctx = ctx();
    spawn_local(async move {
        match bridge::send(ReadReportFile { name }).await {
            Ok(file) => hand_over(file).await,
            Err(e) => ctx.fail(&e),
        }
    });
}

/// Acknowledges an alarm, with a note.
pub fn acknowledge(alarm: &AlarmRow) {
    let (id, fmt) = (alarm.id, fmt());
    let fields = vec![Field::text("note", W::WhatYouFound, "")];
    ask(
        fmt.t(W::AcknowledgeTitle),
        wording::alarm_title(&fmt, alarm),
        W::Acknowledge,
        fields,
        move |values| async move {
            bridge::send(AcknowledgeAlarm { id, note: first(values) }).await?;
            ctx().say(crate::state::fmt().t(W::Acknowledged));
            Ok(())
        },
    );
}

/// Shelves an alarm for a while.
pub fn shelve(alarm: &AlarmRow) {
    let (id, fmt) = (alarm.id, fmt());
    let spans = [15u32, 30, 60, 120, 240, 480];
    let choices = spans.iter().map(|m| (m.to_string(), fmt.span(Millis::minutes(i64::from(*m))))).collect();
    let fields = vec![
        Field::choice("minutes", W::ForHowLong, "30", choices),
        Field::text("note", W::Why, "").needed(),
    ];
    ask(
        fmt.t(W::ShelveTitle),
        wording::alarm_title(&fmt, alarm),
        W::Shelve,
        fields,
        move |values| async move {
            let [minutes, note] = two(values);
            bridge::send(ShelveAlarm { id, minutes: minutes.parse().unwrap_or(30), note }).await?;
            ctx().say(crate::state::fmt().t(W::Shelved));
            Ok(())
        },
    );
}

pub use super::device_form::add_device;

/// Asks for other limits of a channel.
pub fn change_limits(channel: &ChannelRow) {
    let fmt = fmt();
    let id = channel.channel;
    let text = |v: Option<Milli>| v.map(|v| v.to_string()).unwrap_or_default();
    let priorities = wording::PRIORITIES
        .iter()
        .map(|p| ((*p).to_owned(), fmt.t(wording::priority(p).2).to_owned()))
        .collect();
    let fields = vec![
        Field::number("low", W::LowLimit, text(channel.low)).hint(channel.unit.clone()),
        Field::number("high", W::HighLimit, text(channel.high)).hint(channel.unit.clone()),
        Field::number("band", W::RecoveryBand, channel.recovery_band.to_string())
            .hint(channel.unit.clone())
            .needed(),
        Field::number("delay", W::DelayMinutes, Milli(channel.delay.0 / 60).to_string()).needed(),
        Field::choice("priority", W::Priority, channel.priority.clone(), priorities),
        Field::text("why", W::Why, "").needed(),
    ];
    ask(
        fmt.fill(W::LimitsOf, &[&channel.name]),
        fmt.t(W::LimitsText),
        W::Save,
        fields,
        move |values| async move {
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let number = |text: String| Milli::parse(&format::typed(&text));
            let (low, high, band, delay) = (number(next()), number(next()), number(next()), number(next()));
            bridge::send(ChangeLimits {
                channel: id,
                low,
                high,
                recovery_band: band.unwrap_or_default(),
                delay: Millis(delay.unwrap_or_default().0.saturating_mul(60)),
                priority: next(),
                why: next(),
            })
            .await?;
            ctx().say(crate::state::fmt().t(W::Saved));
            Ok(())
        },
    );
}

/// Money as typed.
pub fn typed_money(text: &str) -> Option<Money> {
    Money::parse(&format::typed(text))
}

fn first(values: Vec<String>) -> String {
    values.into_iter().next().unwrap_or_default()
}

fn two(values: Vec<String>) -> [String; 2] {
    let mut values = values.into_iter();
    [values.next().unwrap_or_default(), values.next().unwrap_or_default()]
}
