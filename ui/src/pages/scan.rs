//! The scan test: what a scanned code is, character by character, what is wrong with it, and what it stands for here.
//!
//! A code comes from the field, which a keyboard wedge types into, or from any scanner on a line the moment it reads one. The
//! answer is a shape, a colour, a sentence and a tone. Nothing is kept.

use super::labels;
use super::scan_words::{ai_word, carrier_word, fault_text, form_word, note_word, role_word};
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use crate::tone::{self, Tone};
use crate::{bridge, browser};
use contract::*;
use leptos::prelude::*;
use units::Timestamp;
use wasm_bindgen_futures::spawn_local;

const FIELD: &str = "scan-field";

/// What was asked and answered last.
#[derive(Clone)]
struct Answer {
    found: ScanExplained,
    /// The scanner's name; empty for the field.
    from: String,
    /// From the last key to the answer, ms.
    took_ms: f64,
}

/// How good a code is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    Doubtful,
    Wrong,
}

impl Verdict {
    fn of(found: &ScanExplained) -> Self {
        let doubt =
            |note: &String| matches!(note.as_str(), "NoSeparators" | "Typed" | "NearlyGtin" | "NearlyOwn");
        if !found.faults.is_empty() {
            Self::Wrong
        } else if found.ambiguous || found.notes.iter().any(doubt) {
            Self::Doubtful
        } else {
            Self::Right
        }
    }

    /// Its class, shape, word, tone, and name for tests.
    fn look(self) -> (&'static str, &'static str, W, Tone, &'static str) {
        match self {
            Self::Right => ("right", "●", W::ScanRight, Tone::Good, "right"),
            Self::Doubtful => ("m", "◆", W::ScanDoubtful, Tone::Doubtful, "doubtful"),
            Self::Wrong => ("c", "▲", W::ScanWrong, Tone::Bad, "wrong"),
        }
    }
}

/// Opens it.
pub fn open() {
    ctx().go(Route { page: Page::Devices, row: String::new(), tab: "scan".into() });
}

/// The panel.
pub fn panel() -> AnyView {
    let fmt = fmt();
    let typed = RwSignal::new(String::new());
    let answer = RwSignal::new(None::<Result<Answer, ApiError>>);
    let sounds = RwSignal::new(browser::remembered("scan-sound").as_deref() != Some("0"));
    let turn = StoredValue::new(0u32);
    let ask = move |text: String, from: String| {
        if text.is_empty() {
            return;
        }
        let since = browser::steady_ms();
        turn.update_value(|n| *n += 1);
        let mine = turn.get_value();
        spawn_local(async move {
            let found = bridge::send(ExplainScan { text }).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            if let Ok(found) = &found
                && sounds.get_untracked()
            {
                tone::play(Verdict::of(found).look().3);
            }
            let took_ms = browser::steady_ms() - since;
            answer.try_set(Some(found.map(|found| Answer { found, from, took_ms })));
        });
    };
    let submit = move || {
        // GS can't be seen in a field: its picture stands for it.
        let text = typed.get_untracked().replace('␝', "\u{1d}");
        ask(text, String::new());
        // The next scan takes this one's place.
        typed.set(String::new());
    };
    let alt = StoredValue::new(String::new());
    let pressed = move |e: web_sys::KeyboardEvent| {
        let key = e.key();
        let separator = match key.as_str() {
            // Alt and three digits, or Ctrl and a bracket: how wedges type GS.
            digit if e.alt_key() && digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => {
                alt.update_value(|so_far| so_far.push_str(digit));
                e.prevent_default();
                alt.with_value(|so_far| matches!(so_far.as_str(), "029" | "0029"))
            }
            "]" if e.ctrl_key() => true,
            "Enter" if !e.is_composing() => {
                submit();
                e.prevent_default();
                return;
            }
            _ => {
                if !e.alt_key() {
                    alt.set_value(String::new());
                }
                return;
            }
        };
        if separator {
            alt.set_value(String::new());
            typed.update(|text| text.push('␝'));
            e.prevent_default();
        }
    };
    // Scanners on lines, from now on.
    let scans = live(|| Some(ListScans { device: None, limit: 1 }));
    let heard = StoredValue::new(None::<Timestamp>);
    Effect::new(move |first: Option<()>| {
        let newest = scans.data.with(|rows| rows.as_ref().map(|rows| rows.first().cloned()));
        let Some(newest) = newest else { return };
        let at = newest.as_ref().map_or(Timestamp(i64::MIN), |scan| scan.at);
        let before = heard.get_value();
        heard.set_value(Some(at));
        if let (Some(scan), Some(before)) = (newest, before)
            && first.is_some()
            && at > before
        {
            ask(format!("{}{}", scan.symbology.unwrap_or_default(), scan.text), scan.name);
        }
    });
    request_animation_frame(|| browser::focus(FIELD));
    let outcome = move || {
        Some(match answer.get()? {
            Err(e) => parts::error(&e),
            Ok(answer) => shown(&answer),
        })
    };
    view! {
        <div class="heading"><div class="heading-main"><h2>{fmt.t(W::ScanTest)}</h2><p class="muted">{fmt.t(W::ScanTestText)}</p></div></div>
        <div class="scan-line">
            <input id=FIELD type="text" autocomplete="off" spellcheck="false" placeholder=fmt.t(W::ScanHere) aria-label=fmt.t(W::ScanCode)
                data-testid=id::SCAN_FIELD prop:value=move || typed.get() on:input=move |e| typed.set(event_target_value(&e)) on:keydown=pressed />
            {parts::go_button(fmt.t(W::ScanExplainWord), "↵", id::SCAN_EXPLAIN, submit)}
            <label class="check"><input type="checkbox" data-testid=id::SCAN_SOUND prop:checked=move || sounds.get()
                on:change=move |e| { let on = event_target_checked(&e); sounds.set(on); browser::remember("scan-sound", if on { "1" } else { "0" }); } />" "{fmt.t(W::ScanSound)}</label>
        </div>
        <div class="stack" aria-live="polite">{outcome}</div>
    }
    .into_any()
}

fn shown(answer: &Answer) -> AnyView {
    let fmt = fmt();
    let found = &answer.found;
    let (class, shape, word, _, name) = Verdict::of(found).look();
    let from =
        found.carrier.as_deref().and_then(carrier_word).map(|kind| format!(" · {kind}")).unwrap_or_default();
    let scanner = if answer.from.is_empty() { String::new() } else { format!(" · {}", answer.from) };
    let took = fmt.fill(W::ScanTook, &[&format!("{:.0}", answer.took_ms)]);
    view! {
        <div class=format!("scan-verdict {class}") role="status" data-testid=id::SCAN_VERDICT data-verdict=name>
            <span class="shape" aria-hidden="true">{shape}</span>
            <b>{fmt.t(word)}</b><span>{fmt.t(form_word(&found.form))}{from}{scanner}</span><small class="muted">{took}</small>
        </div>
        {says(found)}
        {strip(found)}
        {elements(found)}
        {here(found)}
        {others(found)}
    }
    .into_any()
}

/// What is wrong and what may be doubted, each with a shape.
fn says(found: &ScanExplained) -> AnyView {
    let fmt = fmt();
    let wrong = found.faults.iter().map(|fault| ("c", "▲", fault_text(&fmt, fault)));
    let doubted = found.notes.iter().filter_map(|note| {
        let (word, serious) = note_word(note)?;
        Some(if serious {
            ("m", "◆", fmt.t(word).to_owned())
        } else {
            ("l", "●", fmt.t(word).to_owned())
        })
    });
    let lines: Vec<_> = wrong
        .chain(found.ambiguous.then(|| ("m", "◆", fmt.t(W::ScanAmbiguous).to_owned())))
        .chain(doubted)
        .map(|(class, shape, text)| {
            view! { <li data-testid=id::SCAN_NOTE><span class=format!("mark {class}") aria-hidden="true">{shape}</span><span>{text}</span></li> }
        })
        .collect();
    if lines.is_empty() { ().into_any() } else { view! { <ul class="findings">{lines}</ul> }.into_any() }
}

/// Every character with the role of its stretch below it.
fn strip(found: &ScanExplained) -> AnyView {
    let fmt = fmt();
    let parts = found
        .parts
        .iter()
        .map(|part| {
            let title = part.element.and_then(|at| found.elements.get(at as usize)).map(|element| {
                format!("({}) {}", element.ai, ai_word(&fmt, &element.ai, &element.title))
            });
            let characters = part
                .characters
                .iter()
                .map(|c| {
                    let named = c.chars().count() > 1;
                    view! { <span class:ctl=named>{c.clone()}</span> }
                })
                .collect_view();
            let side = part.element.map_or("", |at| if at % 2 == 0 { " even" } else { " odd" });
            let class = format!("scan-part {}{side}{}", part.role, if part.good { "" } else { " bad" });
            let mark = (!part.good).then(|| view! { <span class="mark c" aria-hidden="true">"▲ "</span> });
            view! {
                <div class=class title=title data-testid=id::SCAN_PART data-role=part.role.clone() data-good=part.good.to_string()>
                    <code>{characters}</code><small>{mark}{fmt.t(role_word(&part.role))}</small>
                </div>
            }
        })
        .collect_view();
    view! { <section class="card"><h3>{fmt.t(W::ScanCharacters)}</h3><div class="scan-strip">{parts}</div></section> }.into_any()
}

fn elements(found: &ScanExplained) -> AnyView {
    let fmt = fmt();
    if found.elements.is_empty() {
        return ().into_any();
    }
    let rows = found
        .elements
        .iter()
        .enumerate()
        .map(|(at, element)| {
            let cells = vec![
                view! { <code>{format!("({})", element.ai)}</code> }.into_any(),
                cell(ai_word(&fmt, &element.ai, &element.title)),
                view! { <code class="wrap">{element.value.clone()}</code> }.into_any(),
                cell(meaning(&element.meaning)),
            ];
            (format!("{at} {}", element.ai), cells)
        })
        .collect();
    let heads = [(W::ScanAi, false), (W::ScanTitle, false), (W::ScanValue, false), (W::ScanMeans, false)];
    view! { <section class="card">{grid(W::ScanValue, &heads, rows, id::SCAN_ELEMENT)}</section> }.into_any()
}

fn meaning(of: &ScanMeaning) -> String {
    let fmt = fmt();
    match of {
        ScanMeaning::Text => String::new(),
        ScanMeaning::Number { number, unit } => format!("{number} {unit}").trim_end().to_owned(),
        ScanMeaning::Day { day, end_of_month: false } => day.to_string(),
        ScanMeaning::Day { day, end_of_month: true } => fmt.fill(W::ScanEndOfMonth, &[&day.to_string()]),
        ScanMeaning::Days { first, last } => format!("{first} – {last}"),
        ScanMeaning::Moment { day, seconds } => {
            format!("{day} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        }
    }
}

/// What it stands for at this site.
fn here(found: &ScanExplained) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let own = found.own.as_ref().map(|own| {
        let word = match own.kind.as_str() {
            "Bin" => W::ScanOwnBin,
            "Unit" => W::ScanOwnUnit,
            _ => W::ScanOwnItem,
        };
        let (kind, code) =
            (if own.kind == "Item" { "Sku" } else { own.kind.as_str() }.to_owned(), own.code.clone());
        let again = parts::button(fmt.t(W::PrintLabelsDots), "", id::PRINT_LABEL, move || {
            labels::open_for(&kind, &code)
        });
        view! { <p>{fmt.t(word)}" "<b>{own.code.clone()}</b>" "{again}</p> }
    });
    let known = found
        .here
        .iter()
        .map(|here| match here {
            ScanHere::Item { item, sku, name } => {
                let (item, code) = (*item, sku.clone());
                let label = parts::button(fmt.t(W::PrintLabelsDots), "", id::PRINT_LABEL, move || labels::open_for("Sku", &code));
                view! {
                    <p data-testid=id::SCAN_HERE><button type="button" class="link" on:click=move |_| ctx.go(Route::row(Page::Stock, item))>{name.clone()}</button>
                        " "<code>{sku.clone()}</code>" "{label}</p>
                }.into_any()
            }
            other => known_here(other),
        })
        .collect_view();
    let nothing = found.here.is_empty().then(|| view! { <p class="muted">{fmt.t(W::ScanUnknownHere)}</p> });
    // What was read can be printed anew: a lot's label with what the old one said.
    let whole = (found.faults.is_empty() && !found.bracketed.is_empty()).then(|| {
        let code = found.bracketed.clone();
        parts::button(fmt.t(W::PrintSameDots), "", id::PRINT_LABEL, move || labels::open_for("Code", &code))
    });
    view! { <section class="card"><h3>{fmt.t(W::ScanMeansHere)}</h3>{own}{known}{nothing}{whole}</section> }
        .into_any()
}

/// What else a code stands for here, with where it leads.
fn known_here(here: &ScanHere) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let line = |word: W, code: String, text: String, item: Option<units::ItemId>| {
        let name = match item {
            Some(item) => view! { <button type="button" class="link" on:click=move |_| ctx.go(Route::row(Page::Stock, item))>{text}</button> }.into_any(),
            None => view! { <span>{text}</span> }.into_any(),
        };
        view! { <p data-testid=id::SCAN_HERE>{fmt.t(word)}" "<b>{code}</b>" "{name}</p> }.into_any()
    };
    match here {
        ScanHere::Item { item, sku, name } => line(W::Item, sku.clone(), name.clone(), Some(*item)),
        ScanHere::Bin { code, .. } => line(W::HereBin, code.clone(), String::new(), None),
        ScanHere::Lot { code, expiry, item, name, .. } => {
            let until = expiry.map(|day| fmt.fill(W::GoodUntil, &[&day.to_string()])).unwrap_or_default();
            line(W::FlowLot, code.clone(), format!("{name} {until}"), Some(*item))
        }
        ScanHere::Unit { code, bin, state, .. } => line(
            W::FlowUnit,
            code.clone(),
            format!("{bin} · {}", fmt.t(super::handling::state_word(state))),
            None,
        ),
        ScanHere::Serial { code, item, name, state, bin, .. } => {
            let at = bin.clone().unwrap_or_default();
            let text = format!("{name} · {at} {}", fmt.t(super::handling::serial_word(state)));
            line(W::FlowSerial, code.clone(), text, Some(*item))
        }
        ScanHere::Document { kind, number, .. } => {
            let word = if kind == "inbound" { W::HereInbound } else { W::HereOutbound };
            line(word, number.clone(), String::new(), None)
        }
    }
}

fn others(found: &ScanExplained) -> AnyView {
    let fmt = fmt();
    if found.others.is_empty() {
        return ().into_any();
    }
    let lines = found
        .others
        .iter()
        .map(|other| view! { <li data-testid=id::SCAN_OTHER><code class="wrap">{other.clone()}</code></li> })
        .collect_view();
    view! { <section class="card"><h3>{fmt.t(W::ScanOthers)}</h3><ul>{lines}</ul></section> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_as_good_as_its_worst() {
        let mut found = ScanExplained {
            form: "Ean13".into(),
            carrier: None,
            parts: vec![],
            elements: vec![],
            own: None,
            faults: vec![],
            notes: vec!["InStore".into(), "StandIn".into()],
            ambiguous: false,
            others: vec![],
            bracketed: String::new(),
            here: vec![],
        };
        assert!(Verdict::of(&found) == Verdict::Right);
        found.notes.push("NoSeparators".into());
        assert!(Verdict::of(&found) == Verdict::Doubtful);
        let fault = ScanFault {
            kind: "CheckDigit".into(),
            from: 1,
            to: 2,
            ai: String::new(),
            expected: "1".into(),
            found: "2".into(),
        };
        found.faults.push(fault);
        assert!(Verdict::of(&found) == Verdict::Wrong);
    }
}
