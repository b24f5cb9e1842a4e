//! What is done with counts: a plan made, counts answered, approved, not believed, printed.

use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::pages::actions::typed_money;
use crate::pages::charts::save_table;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use contract::*;
use leptos::prelude::*;
use std::collections::BTreeSet;
use units::{CountLineId, CountPlanId, Milli, Quantity};
use wasm_bindgen_futures::spawn_local;

/// Lines of one question: what comes back is read in one piece of work, which must stay short.
const LINES: u32 = 500;

/// What became of the count entered last.
#[derive(Clone, PartialEq)]
pub struct Told {
    class: &'static str,
    text: String,
}

impl Told {
    /// Nothing was entered.
    pub fn wrong(text: &str) -> Self {
        Self { class: "mark h", text: format!("▲ {text}") }
    }

    /// As the page shows it.
    pub fn show(self) -> AnyView {
        view! { <span class=self.class>{self.text}</span> }.into_any()
    }
}

/// The answer to a count, in one line: which, how many, and what comes of it.
pub fn told(
    fmt: &Fmt,
    row: &CountLineRow,
    quantity: Quantity,
    answer: Result<Vec<CountOutcome>, ApiError>,
) -> Told {
    let what = format!("{} · {} · {}", row.bin, row.sku, format::qty(quantity));
    let outcome = match answer {
        Ok(answers) => answers.into_iter().next(),
        Err(e) => return Told::wrong(&format!("{what}: {}", crate::wording::error_text(fmt, &e))),
    };
    let Some(outcome) = outcome else { return Told { class: "muted", text: what } };
    match (outcome.state.as_deref(), outcome.refused.as_deref()) {
        (Some("recount"), _) => {
            Told { class: "mark m", text: format!("◆ {what}: {}", fmt.t(W::CountSecondPerson)) }
        }
        (Some(_), _) => Told { class: "muted", text: format!("● {what}: {}", fmt.t(W::CountTaken)) },
        (None, Some(word)) => Told::wrong(&format!("{what}: {}", refused(fmt, word))),
        (None, None) => Told { class: "muted", text: what },
    }
}

fn refused(fmt: &Fmt, word: &str) -> &'static str {
    fmt.t(match word {
        "negative" => W::CountRefusedNegative,
        "same-person" => W::CountRefusedSame,
        "limit" => W::CountRefusedLimit,
        "not-recounted" => W::CountRefusedRecount,
        _ => W::CountRefusedState,
    })
}

/// Asks by which rules a plan is made, and makes it.
pub fn plan_count() {
    let fmt = fmt();
    let yes = || vec![("yes".into(), fmt.t(W::YesWord).into()), ("no".into(), fmt.t(W::NoWord).into())];
    let days = fmt.t(W::CountDaysHint);
    let fields = vec![
        Field::text("name", W::NameWord, "").hint(fmt.t(W::CountNameHint)),
        Field::number("lines", W::CountLinesMax, "200").hint(fmt.t(W::CountLinesHint)).needed(),
        Field::number("days-a", W::CountDaysA, "30").hint(days).needed(),
        Field::number("days-b", W::CountDaysB, "90").hint(days).needed(),
        Field::number("days-c", W::CountDaysC, "180").hint(days).needed(),
        Field::choice("doubts", W::CountDoubts, "yes", yes()).hint(fmt.t(W::CountDoubtsHint)),
        Field::number("value", W::CountValueFrom, "0").hint(fmt.currency_sign()),
        Field::choice("blind", W::CountBlind, "yes", yes()).hint(fmt.t(W::CountBlindHint)),
        Field::number("tolerance", W::CountTolerance, "2").hint("%").needed(),
        Field::number("tolerance-value", W::CountToleranceValue, "100").hint(fmt.currency_sign()).needed(),
    ];
    ask(
        fmt.t(W::PlanCountTitle),
        fmt.t(W::PlanCountText),
        W::PlanCountGo,
        fields,
        move |values| async move {
            let text = |at: usize| values.get(at).cloned().unwrap_or_default();
            let whole = |at: usize| Milli::parse(&format::typed(&text(at))).map_or(0, |n| n.0.max(0) / 1000);
            let days = |at: usize| u16::try_from(whole(at)).unwrap_or(u16::MAX);
            let money = |at: usize| typed_money(&text(at)).unwrap_or_default();
            // A percentage with one decimal: thousandths of the number are ten times that.
            let permille = Milli::parse(&format::typed(&text(8))).map_or(0, |n| n.0.clamp(0, 100_000) / 100);
            let call = PlanCount {
                name: text(0),
                every_days: [days(2), days(3), days(4)],
                doubts: text(5) == "yes",
                value_min: money(6),
                lines_max: u32::try_from(whole(1)).unwrap_or(u32::MAX),
                blind: text(7) == "yes",
                tolerance_permille: u16::try_from(permille).unwrap_or(1000),
                tolerance_value: money(9),
            };
            let made = bridge::send(call).await?;
            let fmt = crate::state::fmt();
            let mut said = fmt.n(W::CountPlanned, made.lines);
            if made.elsewhere > 0 {
                said = format!("{said} {}", fmt.n(W::CountElsewhere, made.elsewhere));
            }
            ctx().say(said);
            ctx().go(Route { page: Page::Stock, row: made.id.to_string(), tab: "counts".into() });
            Ok(())
        },
    );
}

/// The reasons a difference may have: stored, shown.
fn reasons(fmt: &Fmt) -> Vec<(String, String)> {
    [
        ("counted", W::ReasonCounted),
        ("missing", W::ReasonMissing),
        ("found", W::ReasonFound),
        ("damaged", W::ReasonDamaged),
        ("expired", W::ReasonExpired),
        ("stolen", W::ReasonStolen),
        ("used", W::ReasonUsed),
        ("wrong-entry", W::ReasonWrongEntry),
    ]
    .into_iter()
    .map(|(stored, word)| (stored.to_owned(), fmt.t(word).to_owned()))
    .collect()
}

fn reason_field(fmt: &Fmt) -> Field {
    Field::choice("reason", W::CountReason, "counted", reasons(fmt))
}

/// How many went through; the first that did not, in words.
fn say(done: W, answers: &[CountOutcome]) {
    let (ctx, fmt) = (ctx(), fmt());
    let well = answers.iter().filter(|a| a.state.is_some()).count();
    let mut said = fmt.n(done, well as u64);
    if let Some(word) = answers.iter().find_map(|a| a.refused.as_deref()) {
        let left = format::count((answers.len() - well) as u64);
        said = format!("{said} {}", fmt.fill(W::CountNotDone, &[&left, refused(&fmt, word)]));
    }
    ctx.say(said);
}

/// Lets differences into the ledger, for a reason.
pub fn approve(lines: Vec<CountLineId>, marked: RwSignal<BTreeSet<i64>>) {
    if lines.is_empty() {
        return;
    }
    let fmt = fmt();
    let title = fmt.n(W::CountApproveLines, lines.len() as u64);
    ask(title, fmt.t(W::CountApproveText), W::CountApprove, vec![reason_field(&fmt)], move |values| {
        let lines = lines.clone();
        async move {
            let reason = values.into_iter().next().unwrap_or_default();
            let answers = bridge::send(ApproveCounts { lines, reason }).await?;
            marked.try_update(BTreeSet::clear);
            say(W::CountApproved, &answers);
            Ok(())
        }
    });
}

/// The same for every counted line whose difference is within the plan's tolerance, part by part.
pub fn approve_within(plan: CountPlanId) {
    let fmt = fmt();
    let text = fmt.t(W::CountApproveWithinText);
    ask(
        fmt.t(W::CountApproveWithin),
        text,
        W::CountApprove,
        vec![reason_field(&fmt)],
        move |values| async move {
            let reason = values.into_iter().next().unwrap_or_default();
            let (mut offset, mut all) = (0, Vec::new());
            loop {
                let call = ListCountLines { plan, state: "counted".into(), offset, limit: LINES };
                let page = bridge::send(call).await?;
                if page.rows.is_empty() {
                    break;
                }
                let lines: Vec<CountLineId> = page.rows.iter().filter(|r| r.within).map(|r| r.id).collect();
                // What stays in the list is skipped next time.
                let mut stay = page.rows.len() - lines.len();
                if !lines.is_empty() {
                    let answers = bridge::send(ApproveCounts { lines, reason: reason.clone() }).await?;
                    stay += answers.iter().filter(|a| a.state.is_none()).count();
                    all.extend(answers);
                }
                offset += u32::try_from(stay).unwrap_or(LINES);
            }
            say(W::CountApproved, &all);
            Ok(())
        },
    );
}

/// Does not believe counts.
pub fn reject(lines: Vec<CountLineId>, marked: RwSignal<BTreeSet<i64>>) {
    if lines.is_empty() {
        return;
    }
    let fmt = fmt();
    let title = fmt.n(W::CountRejectLines, lines.len() as u64);
    ask(title, fmt.t(W::CountRejectText), W::CountReject, Vec::new(), move |_| {
        let lines = lines.clone();
        async move {
            let answers = bridge::send(RejectCounts { lines }).await?;
            marked.try_update(BTreeSet::clear);
            say(W::CountRejectedDone, &answers);
            Ok(())
        }
    });
}

/// The same on paper: a PDF in the language of the screen; that of a blind plan says no quantity.
pub fn paper(plan: CountPlanId) {
    let (ctx, language) = (ctx(), fmt().lang.contract());
    spawn_local(async move {
        match bridge::send(MakeCountSheet { plan, language }).await {
            Ok(file) => crate::pages::actions::hand_over(file).await,
            Err(e) => ctx.fail(&e),
        }
    });
}

/// The sheet to walk with: what is still to be counted, with an empty column for what is found.
pub fn sheet(plan: &CountPlanRow) {
    let (id, name) = (plan.id, plan.name.clone());
    let (ctx, fmt) = (ctx(), fmt());
    spawn_local(async move {
        let header = [W::Line, W::CountBin, W::FieldSku, W::Item, W::CountLot, W::CountUnit, W::CountFound];
        let mut table = charts::Table {
            header: header.into_iter().map(|word| fmt.t(word).to_owned()).collect(),
            rows: Vec::new(),
        };
        for state in ["open", "recount"] {
            let mut offset = 0;
            loop {
                let call = ListCountLines { plan: id, state: state.into(), offset, limit: LINES };
                match bridge::send(call).await {
                    Ok(page) if page.rows.is_empty() => break,
                    Ok(page) => {
                        offset += u32::try_from(page.rows.len()).unwrap_or(LINES);
                        table.rows.extend(page.rows.into_iter().map(|r| {
                            vec![
                                r.id.to_string(),
                                r.bin,
                                r.sku,
                                r.name,
                                r.lot.unwrap_or_default(),
                                r.unit,
                                String::new(),
                            ]
                        }));
                    }
                    Err(e) => return ctx.fail(&e),
                }
            }
        }
        if table.rows.is_empty() {
            return ctx.say(fmt.t(W::CountSheetEmpty));
        }
        // A name as a file may have it.
        let stem: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        save_table(&table, format!("count-{stem}-{id}.csv"));
    });
}
