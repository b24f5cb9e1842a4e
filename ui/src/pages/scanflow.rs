//! Tasks done with a scanner, a part of Stock that takes the whole window: what is wanted in large type, what was read, what it came to.
//!
//! Made for a handheld or the screen of a forklift: no pointer is needed. Codes come from a keyboard wedge (fast keys that end with Enter)
//! or from any scanner on a line; numbers are typed. Every input is heard and seen at once, by tone and by a shape with its colour. How far a task
//! is stays in the tab, so that a reload loses nothing. What is right or wrong is the console's to say.

use super::scan_words::fault_text;
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::route::{Page, Route};
use crate::state::{Link, Overlay, ctx, fmt};
use crate::testids as id;
use crate::tone::{self, Tone};
use crate::{bridge, browser, wording};
use contract::*;
use leptos::prelude::*;
use std::collections::VecDeque;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

const FIELD: &str = "flow-field";

/// Where the tab keeps what it asked and has no answer to.
const ASKED: &str = "scan-asked";
/// Between two tries.
const AGAIN: Duration = Duration::from_secs(2);

/// The tasks: their word on the wire, their name, the key that begins them.
const TASKS: [(&str, W, &str); 5] = [
    ("receive", W::FlowReceive, "F1"),
    ("put-away", W::FlowPutAway, "F2"),
    ("move", W::FlowMove, "F3"),
    ("pick", W::FlowPick, "F4"),
    ("count", W::FlowCount, "F5"),
];

/// Inputs that are shown below.
const PAST_SHOWN: usize = 8;

/// A person types slower than this between two keys, a wedge faster; ms.
const WEDGE_MS: f64 = 35.0;

/// Class, shape, word and tone of what came of an input.
fn look(feedback: &str) -> (&'static str, &'static str, W, Tone) {
    match feedback {
        "done" => ("done", "✔", W::FlowDone, Tone::Done),
        "wrong" => ("wrong", "✕", W::FlowWrong, Tone::Bad),
        "ask" => ("ask", "?", W::FlowAsk, Tone::Doubtful),
        _ => ("accepted", "✓", W::FlowAccepted, Tone::Good),
    }
}

/// What is wanted, in a few words.
fn want_word(task: &str, want: &str) -> W {
    match (task, want) {
        ("receive", "goods-or-bin") => W::WantReceive,
        ("put-away", "goods-or-bin") => W::WantPutAway,
        (_, "goods-or-bin") => W::WantGoodsOrBin,
        (_, "goods") => W::WantGoods,
        ("count", "bin") => W::WantCountBin,
        (_, "bin") => W::WantBin,
        (_, "target") => W::WantTarget,
        (_, "lot") => W::WantLot,
        (_, "answer") => W::WantAnswer,
        _ => W::WantConfirm,
    }
}

/// The sentence of what a person is told.
fn told_word(code: &str) -> Option<W> {
    Some(match code {
        "Looked" => return None,
        "Bin" => W::ToldBin,
        "Goods" => W::ToldGoods,
        "Unit" => W::ToldUnit,
        "Document" => W::ToldDocument,
        "Quantity" => W::ToldQuantity,
        "Lot" => W::ToldLot,
        "Undone" => W::ToldUndone,
        "Cancelled" => W::ToldCancelled,
        "Received" => W::ToldReceived,
        "PutAway" => W::ToldPutAway,
        "Moved" => W::ToldMoved,
        "UnitMoved" => W::ToldUnitMoved,
        "Picked" => W::ToldPicked,
        "Counted" => W::ToldCounted,
        "Recount" => W::ToldRecount,
        "TakenBack" => W::ToldTakenBack,
        "Which" => W::ToldWhich,
        "WhichLot" => W::ToldWhichLot,
        "Earlier" => W::ToldEarlier,
        "Over" => W::ToldOver,
        "Unexpected" => W::ToldUnexpected,
        "TakeBack" => W::ToldTakeBack,
        "Unknown" => W::ToldUnknown,
        "NotHere" => W::ToldNotHere,
        "OtherItem" => W::ToldOtherItem,
        "OtherLot" => W::ToldOtherLot,
        "OtherBin" => W::ToldOtherBin,
        "SameBin" => W::ToldSameBin,
        "FinishFirst" => W::ToldFinishFirst,
        "NotThere" => W::ToldNotThere,
        "Nowhere" => W::ToldNowhere,
        "MoreThanThere" => W::ToldMoreThanThere,
        "LotNotThere" => W::ToldLotNotThere,
        "Expired" => W::ToldExpired,
        "Held" => W::ToldHeld,
        "OtherDay" => W::ToldOtherDay,
        "SerialTwice" => W::ToldSerialTwice,
        "SerialHere" => W::ToldSerialHere,
        "SerialElsewhere" => W::ToldSerialElsewhere,
        "SerialGone" => W::ToldSerialGone,
        "Serials" => W::ToldSerials,
        "NotWanted" => W::ToldNotWanted,
        "MoreThanWanted" => W::ToldMoreThanWanted,
        "UnitEmpty" => W::ToldUnitEmpty,
        "UnitUnknown" => W::ToldUnitUnknown,
        "UnitElsewhere" => W::ToldUnitElsewhere,
        "WrongQuantity" => W::ToldWrongQuantity,
        "Whole" => W::ToldWhole,
        "GoodsFirst" => W::ToldGoodsFirst,
        "NothingSaid" => W::ToldNothingSaid,
        "NotYet" => W::ToldNotYet,
        "NothingAsked" => W::ToldNothingAsked,
        "TooMuch" => W::ToldTooMuch,
        "DocumentOver" => W::ToldDocumentOver,
        "Misread" => W::ToldMisread,
        _ => return None,
    })
}

/// What a person is told, in their language; what only the store says stays as it said it.
fn told(fmt: &Fmt, reply: &ScanStepped) -> String {
    if let Some(fault) = &reply.fault {
        return fault_text(fmt, fault);
    }
    let parts: Vec<&str> = reply.told.parts.iter().map(String::as_str).collect();
    match (reply.told.code.as_str(), told_word(&reply.told.code)) {
        ("Held", Some(word)) => {
            let status = match parts.get(1).copied() {
                Some("quarantined") => W::LotQuarantined,
                Some("expired") => W::LotExpired,
                _ => W::LotHeld,
            };
            fmt.fill(word, &[parts.first().copied().unwrap_or_default(), fmt.t(status)])
        }
        (_, Some(word)) => fmt.fill(word, &parts),
        (_, None) => parts.join(" · "),
    }
}

/// An input that was answered.
#[derive(Clone, PartialEq)]
struct Past {
    number: u32,
    class: &'static str,
    shape: &'static str,
    read: String,
    text: String,
}

/// What the screen shows of the last answer.
#[derive(Clone, PartialEq)]
struct Shown {
    number: u32,
    reply: ScanStepped,
    /// From the last key, or from hearing of the scan, to the paint; ms.
    took_ms: Option<f64>,
}

fn fresh(task: &str) -> ScanFlow {
    ScanFlow { task: task.to_owned(), ..ScanFlow::default() }
}

fn restored(task: &str) -> ScanFlow {
    let kept = browser::kept("scan-flow").and_then(|text| serde_json::from_str::<ScanFlow>(&text).ok());
    let known = |flow: &ScanFlow| TASKS.iter().any(|one| one.0 == flow.task);
    match kept.filter(known) {
        Some(flow) if task.is_empty() || flow.task == task => flow,
        _ => fresh(if TASKS.iter().any(|one| one.0 == task) { task } else { "move" }),
    }
}

/// The page.
pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let asked = ctx.route.with_untracked(|r| r.row.clone());
    let flow = StoredValue::new(restored(&asked));
    let task = RwSignal::new(flow.with_value(|f| f.task.clone()));
    let shown = RwSignal::new(None::<Shown>);
    let past = RwSignal::new(VecDeque::<Past>::new());
    let failed = RwSignal::new(None::<ApiError>);
    let typed = RwSignal::new(String::new());
    let sounds = RwSignal::new(browser::remembered("scan-sound").as_deref() != Some("0"));
    let waiting = StoredValue::new(VecDeque::<(ScanInput, String, f64)>::new());
    let busy = StoredValue::new(false);
    let number = StoredValue::new(0u32);
    // Rises with each task that is begun: what was asked for the one before is not shown any more.
    let turn = StoredValue::new(0u32);
    // What was asked before the tab was loaded again, and never answered.
    let unanswered = StoredValue::new(
        browser::kept(ASKED)
            .and_then(|text| serde_json::from_str::<ScanStep>(&text).ok())
            .filter(|call| call.flow == flow.get_value()),
    );

    let answered = move |input: &ScanInput, read: String, since: f64, reply: ScanStepped| {
        let (class, shape, _, sound) = look(&reply.feedback);
        let quiet = *input == ScanInput::Look;
        if !quiet && sounds.get_untracked() {
            tone::play(sound);
        }
        number.update_value(|n| *n += 1);
        let mine = number.get_value();
        if !quiet {
            past.update(|all| {
                all.push_front(Past { number: mine, class, shape, read, text: told(&fmt, &reply) });
                all.truncate(PAST_SHOWN);
            });
        }
        browser::keep("scan-flow", &serde_json::to_string(&reply.flow).unwrap_or_default());
        flow.set_value(reply.flow.clone());
        shown.set(Some(Shown { number: mine, reply, took_ms: None }));
        // What was painted in the next frame is on the screen when the one behind it begins.
        request_animation_frame(move || {
            request_animation_frame(move || {
                let took = browser::steady_ms() - since;
                shown.try_update(|shown| {
                    if let Some(shown) = shown.as_mut().filter(|shown| shown.number == mine && !quiet) {
                        shown.took_ms = Some(took);
                    }
                });
            });
        });
    };
    // One after the other, in the order they came: the next begins where the last one led. Without an answer the same is asked again under the same key, so
    // that what was booked is not booked twice.
    let run = move || {
        if busy.get_value() {
            return;
        }
        busy.set_value(true);
        spawn_local(async move {
            loop {
                let (call, read, since) = match unanswered.try_update_value(Option::take).flatten() {
                    Some(call) => (call, "↻".to_owned(), browser::steady_ms()),
                    None => {
                        let next = waiting.try_update_value(VecDeque::pop_front).flatten();
                        let Some((input, read, since)) = next else { break };
                        (ScanStep { flow: flow.get_value(), input, key: browser::new_key() }, read, since)
                    }
                };
                let mine = turn.get_value();
                browser::keep(ASKED, &serde_json::to_string(&call).unwrap_or_default());
                let reply = loop {
                    let reply = bridge::send(call.clone()).await;
                    if busy.try_get_value().is_none() {
                        return;
                    }
                    match reply {
                        Err(e) if e.code == Code::Unavailable && turn.get_value() == mine => {
                            failed.try_set(Some(e));
                            browser::pause(AGAIN).await;
                            if busy.try_get_value().is_none() {
                                return;
                            }
                        }
                        reply => break reply,
                    }
                };
                browser::drop_kept(ASKED);
                if turn.get_value() != mine {
                    continue;
                }
                match reply {
                    Ok(reply) => {
                        failed.try_set(None);
                        answered(&call.input, read, since, reply);
                    }
                    Err(e) => {
                        if sounds.try_get_untracked() == Some(true) {
                            tone::play(Tone::Bad);
                        }
                        failed.try_set(Some(e));
                    }
                }
            }
            busy.try_set_value(false);
        });
    };
    let push = move |input: ScanInput, read: String, since: f64| {
        waiting.update_value(|all| all.push_back((input, read, since)));
        run();
    };
    let begin = move |name: &str| {
        turn.update_value(|n| *n += 1);
        waiting.update_value(VecDeque::clear);
        flow.set_value(fresh(name));
        task.set(name.to_owned());
        past.set(VecDeque::new());
        let address = Route { page: Page::Stock, row: name.to_owned(), tab: "scan".into() };
        browser::replace_hash(&address.hash());
        push(ScanInput::Look, String::new(), browser::steady_ms());
        browser::focus(FIELD);
    };
    push(ScanInput::Look, String::new(), browser::steady_ms());

    if sounds.get_untracked() {
        tone::ready();
    }

    // Scanners on lines: heard of at once, and asked again.
    spawn_local(async move {
        let mut after = 0;
        loop {
            let heard = bridge::send(AwaitScans { after }).await;
            if busy.try_get_value().is_none() {
                return;
            }
            match heard {
                Ok(heard) => {
                    after = heard.last;
                    // Under a dialog nobody works on the task.
                    let covered = ctx.ask.with_untracked(Option::is_some);
                    for scan in heard.scans.into_iter().filter(|_| !covered) {
                        let text = format!("{}{}", scan.symbology.unwrap_or_default(), scan.text);
                        push(ScanInput::Scan(text), scan.text, browser::steady_ms());
                    }
                }
                Err(_) => browser::pause(AGAIN).await,
            }
        }
    });

    // The keys of one code: a wedge types them faster than a person.
    let keys = StoredValue::new((0u32, 0.0f64, 0.0f64));
    let alt = StoredValue::new(String::new());
    let pressed = move |e: web_sys::KeyboardEvent| {
        let key = e.key();
        if e.is_composing() || e.meta_key() || (e.ctrl_key() && key != "]") {
            return;
        }
        let now = browser::steady_ms();
        let empty = typed.with_untracked(String::is_empty);
        let separator = match key.as_str() {
            // Alt and three digits, or Ctrl and a bracket: how wedges type GS.
            digit if e.alt_key() && digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => {
                alt.update_value(|so_far| so_far.push_str(digit));
                alt.with_value(|so_far| matches!(so_far.as_str(), "029" | "0029"))
            }
            "]" if e.ctrl_key() => true,
            "Enter" => {
                let text = typed.get_untracked().replace('␝', "\u{1d}");
                typed.set(String::new());
                let (count, first, last) = keys.get_value();
                keys.set_value((0, 0.0, 0.0));
                let wedge = count >= 3 && (last - first) / f64::from(count - 1) < WEDGE_MS;
                match (text.is_empty(), wedge) {
                    (true, _) => push(ScanInput::Enter, "↵".into(), now),
                    (false, true) => push(ScanInput::Scan(text.clone()), text, now),
                    (false, false) => push(ScanInput::Typed(text.clone()), text, now),
                }
                false
            }
            "Backspace" if empty => {
                push(ScanInput::Undo, "⌫".into(), now);
                false
            }
            "*" if empty => {
                push(ScanInput::All, "*".into(), now);
                false
            }
            "Escape" => {
                if !empty {
                    typed.set(String::new());
                } else if flow.with_value(|f| f.said.is_empty() && f.asked.is_none() && f.document.is_none())
                {
                    ctx.go(Route::page(Page::Stock));
                } else {
                    push(ScanInput::Cancel, "Esc".into(), now);
                }
                false
            }
            "F9" => {
                sounds.update(|on| *on = !*on);
                browser::remember("scan-sound", if sounds.get_untracked() { "1" } else { "0" });
                false
            }
            name => match TASKS.iter().find(|one| one.2 == name) {
                Some((task, ..)) => {
                    begin(task);
                    false
                }
                None => {
                    if !e.alt_key() {
                        alt.set_value(String::new());
                    }
                    if name.chars().count() == 1 {
                        keys.update_value(|(count, first, last)| {
                            if empty {
                                (*count, *first) = (0, now);
                            }
                            (*count, *last) = (*count + 1, now);
                        });
                    }
                    // The page's other keys rest: what is typed here is a code.
                    e.stop_propagation();
                    return;
                }
            },
        };
        if separator {
            alt.set_value(String::new());
            typed.update(|text| text.push('␝'));
        }
        e.prevent_default();
        e.stop_propagation();
    };
    request_animation_frame(|| browser::focus(FIELD));
    // The field gets every key: what takes the focus gives it back, unless something lies over the page.
    let lost = move |_| {
        request_animation_frame(move || {
            let covered = ctx.ask.try_with_untracked(Option::is_some) != Some(false)
                || ctx.overlay.try_get_untracked() != Some(Overlay::None);
            if !covered && busy.try_get_value().is_some() {
                browser::focus(FIELD);
            }
        });
    };
    Effect::new(move |_| {
        if ctx.overlay.get() == Overlay::None && ctx.ask.with(Option::is_none) {
            request_animation_frame(|| browser::focus(FIELD));
        }
    });

    let tabs = TASKS
        .iter()
        .map(|(name, word, key)| {
            let on = move || task.with(|t| t == name);
            view! {
                <button type="button" tabindex="-1" class="flow-task" class:on=on aria-pressed=move || on().to_string() data-testid=id::FLOW_TASK data-task=*name
                    on:click=move |_| begin(name)><kbd aria-hidden="true">{*key}</kbd>{fmt.t(*word)}</button>
            }
        })
        .collect_view();
    let reply = Memo::new(move |_| shown.with(|s| s.as_ref().map(|s| s.reply.clone())));
    let wanted = move || {
        reply.with(|r| {
            r.as_ref().map(|r| {
                view! { <p class="flow-want" data-testid=id::FLOW_WANT data-want=r.want.clone()>{fmt.t(want_word(&r.flow.task, &r.want))}</p> }
            })
        })
    };
    let verdict = move || {
        if let Some(e) = failed.get() {
            let text = wording::error_text(&fmt, &e);
            return view! { <div class="flow-verdict wrong" role="alert" data-testid=id::FLOW_VERDICT data-feedback="failed"><span class="shape" aria-hidden="true">"✕"</span><b>{text}</b></div> }.into_any();
        }
        shown
            .get()
            .map(|shown| {
                let (class, shape, word, _) = look(&shown.reply.feedback);
                let text = told(&fmt, &shown.reply);
                let (class, text) = if text.is_empty() { ("", String::new()) } else { (class, text) };
                let took = shown.took_ms.map(|ms| fmt.fill(W::ScanTook, &[&format!("{ms:.0}")]));
                let shape = if class.is_empty() { "" } else { shape };
                view! {
                    <div class=format!("flow-verdict {class}") role="status" data-testid=id::FLOW_VERDICT data-feedback=shown.reply.feedback.clone()
                        data-code=shown.reply.told.code.clone() data-number=shown.number.to_string() data-took=shown.took_ms.map(|ms| format!("{ms:.1}"))>
                        <span class="shape" aria-hidden="true">{shape}</span>
                        <span class="sr">{(!class.is_empty()).then(|| fmt.t(word))}</span><b>{text}</b><small class="muted">{took}</small>
                    </div>
                }
                .into_any()
            })
            .unwrap_or_else(|| ().into_any())
    };
    let card = move || reply.with(|r| r.as_ref().map(|r| card(&fmt, r)));
    let choices = move || {
        reply.with(|r| {
            r.as_ref().filter(|r| !r.choices.is_empty()).map(|r| {
                let rows = r
                    .choices
                    .iter()
                    .zip(0u32..)
                    .map(|(one, at)| {
                        let detail = [
                            one.name.clone(),
                            one.expiry.map(|day| fmt.fill(W::GoodUntil, &[&day.to_string()])).unwrap_or_default(),
                            one.quantity.map(format::qty).unwrap_or_default(),
                        ];
                        let detail = detail.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
                        view! {
                            <button type="button" tabindex="-1" class="flow-choice" data-testid=id::FLOW_CHOICE
                                on:click=move |_| push(ScanInput::Choose(at), (at + 1).to_string(), browser::steady_ms())>
                                <kbd>{at + 1}</kbd><b>{one.code.clone()}</b><span class="muted">{detail}</span></button>
                        }
                    })
                    .collect_view();
                view! { <div class="flow-choices" role="group" aria-label=fmt.t(W::WantAnswer)>{rows}</div> }
            })
        })
    };
    let lines = move || reply.with(|r| r.as_ref().map(|r| lines(&fmt, r)));
    let row = move |one: Past| {
        view! {
            <li class=one.class data-testid=id::FLOW_PAST><span class="shape" aria-hidden="true">{one.shape}</span>
                <code>{one.read.replace('\u{1d}', "␝")}</code><span class="ell">{one.text}</span></li>
        }
    };
    let link = move || {
        matches!(ctx.link.get(), Link::Down(_))
            .then(|| view! { <span class="mark h" role="alert">"▲ "{fmt.t(W::LinkDownLong)}</span> })
    };
    view! {
        <section class="flow" aria-label=fmt.t(W::TabScan) on:click=move |_| browser::focus(FIELD)>
            <header class="flow-top">
                <div class="flow-tasks" role="group" aria-label=fmt.t(W::FlowTasks)>{tabs}</div>
                {link}
                <label class="check"><input type="checkbox" tabindex="-1" data-testid=id::FLOW_SOUND prop:checked=move || sounds.get()
                    on:change=move |e| { let on = event_target_checked(&e); sounds.set(on); browser::remember("scan-sound", if on { "1" } else { "0" }); } />" "{fmt.t(W::ScanSound)}<kbd aria-hidden="true">"F9"</kbd></label>
                <button type="button" tabindex="-1" class="flow-leave" title=fmt.t(W::FlowLeave) aria-label=fmt.t(W::FlowLeave) on:click=move |_| ctx.go(Route::page(Page::Stock))>"×"</button>
            </header>
            <div class="flow-main">
                <div aria-live="assertive">{verdict}</div>
                {wanted}
                {choices}
                {card}
                {lines}
            </div>
            <aside class="flow-side">
                <label class="flow-typed"><span class="muted">{fmt.t(W::FlowField)}</span>
                    <input id=FIELD type="text" inputmode="none" autocomplete="off" spellcheck="false" data-testid=id::FLOW_FIELD prop:value=move || typed.get()
                        on:input=move |e| typed.set(event_target_value(&e)) on:keydown=pressed on:blur=lost /></label>
                <h3>{fmt.t(W::LastScans)}</h3>
                <ol class="flow-past"><For each=move || past.get() key=|one| one.number children=row /></ol>
                <p class="flow-keys muted">{fmt.t(W::FlowKeys)}</p>
            </aside>
        </section>
    }
    .into_any()
}

/// What is known so far, in large type.
fn card(fmt: &Fmt, reply: &ScanStepped) -> AnyView {
    let c = &reply.card;
    let mut parts = Vec::new();
    let mut add = |name: &'static str, word: W, value: String, note: String| {
        parts.push(view! {
            <div class="flow-slot" data-testid=id::FLOW_SLOT data-slot=name><span class="muted">{fmt.t(word)}</span><b>{value}</b><small class="muted">{note}</small></div>
        });
    };
    if let Some(number) = &c.document {
        add("document", W::FlowDocument, number.clone(), String::new());
    }
    let bin_word = match reply.flow.task.as_str() {
        "receive" | "put-away" => W::FlowTo,
        "count" => W::FlowIn,
        _ => W::FlowFrom,
    };
    if let Some(bin) = &c.bin {
        add("bin", bin_word, bin.clone(), String::new());
    }
    if let Some(unit) = &c.unit {
        add("unit", W::FlowUnit, unit.clone(), String::new());
    }
    if let Some(sku) = &c.sku {
        add("item", W::Item, c.name.clone().unwrap_or_default(), sku.clone());
    }
    if let Some(lot) = &c.lot {
        let until = c.expiry.map(|day| fmt.fill(W::GoodUntil, &[&day.to_string()])).unwrap_or_default();
        add("lot", W::FlowLot, lot.clone(), until);
    }
    if !c.serials.is_empty() {
        add("serials", W::FlowSerials, c.serials.join(", "), String::new());
    }
    if let Some(quantity) = c.quantity {
        let value = wording::with_uom(quantity, c.unit_of_measure.as_deref().unwrap_or_default());
        let there = c.there.map(|there| fmt.fill(W::FlowOf, &[&format::qty(there)])).unwrap_or_default();
        add("quantity", W::FlowQuantity, value, there);
    }
    if let Some(to) = &c.to {
        add("to", W::FlowTo, to.clone(), String::new());
    }
    let contents = (!c.contents.is_empty()).then(|| {
        let rows = c
            .contents
            .iter()
            .map(|one| {
                let lot = one.lot.clone().unwrap_or_default();
                view! { <li><b>{one.name.clone()}</b>" "<span class="muted">{one.sku.clone()}" "{lot}</span><span class="num">{format::qty(one.quantity)}</span></li> }
            })
            .collect_view();
        view! { <ul class="flow-lines">{rows}</ul> }
    });
    let hints = (!reply.hints.is_empty()).then(|| {
        let rows = reply
            .hints
            .iter()
            .map(|hint| view! { <span class="flow-hint"><b>{hint.bin.clone()}</b>" "<small class="muted">{format::qty(hint.quantity)}</small></span> })
            .collect_view();
        view! { <p class="flow-hints" data-testid=id::FLOW_HINT><span class="muted">{fmt.t(W::FlowHint)}</span>{rows}</p> }
    });
    view! { <div class="flow-card">{parts}</div>{contents}{hints} }.into_any()
}

/// What is left of the shipment or order; the next place first.
fn lines(fmt: &Fmt, reply: &ScanStepped) -> AnyView {
    if reply.lines.is_empty() {
        return ().into_any();
    }
    let rows = reply
        .lines
        .iter()
        .map(|one| {
            let lot = one.lot.clone().unwrap_or_default();
            view! {
                <li data-testid=id::FLOW_LINE><b class="flow-bin">{one.bin.clone().unwrap_or_default()}</b><span class="ell"><b>{one.name.clone()}</b>" "<span class="muted">{one.sku.clone()}" "{lot}</span></span>
                    <span class="num">{format::qty(one.quantity)}</span></li>
            }
        })
        .collect_view();
    view! { <h3>{fmt.t(W::FlowLeft)}</h3><ul class="flow-lines">{rows}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_sentence() {
        let source = include_str!("../../../crates/app/src/wire/scanflow.rs");
        let mut found = 0;
        for part in source.split("(\"").skip(1) {
            let code = part.split('"').next().unwrap_or_default();
            if code.starts_with(char::is_uppercase) {
                assert!(told_word(code).is_some(), "{code}");
                found += 1;
            }
        }
        assert!(found > 30, "{found}");
    }
}
