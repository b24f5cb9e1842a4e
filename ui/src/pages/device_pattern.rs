//! A pattern as fields: where a frame begins and ends, its checksum, where its values stand; and a place to try it on bytes.

use super::device_live::text_of;
use super::setup_fields::{
    Kind, SetupForm, field, got, options, plain, put, setup_choice, setup_line, setup_text, well, worded,
};
use crate::i18n::W;
use crate::parts::{self, cell};
use crate::state::fmt;
use crate::testids as id;
use crate::{bridge, format, wording};
use contract::*;
use leptos::prelude::*;
use serde_json::{Value, json};
use units::DeviceId;
use wasm_bindgen_futures::spawn_local;

/// Ready-made patterns, as the console names them.
const READY: [(&str, &str); 4] =
    [("sics", "Mettler-Toledo MT-SICS"), ("and", "A&D"), ("cas", "CAS"), ("sartorius", "Sartorius SBI")];

/// How values are found, with their words.
const WAYS: [(&str, W); 3] = [("read", W::PatternRead), ("columns", W::WayColumns), ("regex", W::WayRegex)];

/// How a value is written.
const KINDS: [(&str, W); 13] = [
    ("number", W::KindNumber),
    ("text", W::KindText),
    ("hex", W::KindHex),
    ("hex_signed", W::KindHexSigned),
    ("bcd", W::KindBcd),
    ("uint_big", W::KindUintBig),
    ("uint_little", W::KindUintLittle),
    ("int_big", W::KindIntBig),
    ("int_little", W::KindIntLittle),
    ("float_big", W::KindFloatBig),
    ("float_little", W::KindFloatLittle),
    ("time", W::KindTime),
    ("sequence", W::KindSequence),
];

/// Checksums, by names that are the same everywhere.
const SUMS: [(&str, &str); 6] = [
    ("crc16_modbus", "CRC-16/MODBUS"),
    ("crc_ccitt", "CRC-16/CCITT-FALSE"),
    ("crc_xmodem", "CRC-16/XMODEM"),
    ("lrc", "LRC"),
    ("xor", "XOR (BCC)"),
    ("sum8", "SUM-8"),
];

/// How a checksum is written.
const FORMS: [(&str, W); 4] =
    [("hex", W::FormHex), ("big", W::FormBig), ("little", W::FormLittle), ("decimal", W::FormDecimal)];

/// So many bytes of what came are taken over to be tried: what a try takes, all of it escaped.
const TAKEN_BYTES_MAX: usize = 2048;

/// How values are found, where the pattern says it.
fn way_of(setup: &Value) -> Option<&'static str> {
    let pattern = setup.get("pattern")?;
    let says = |key: &str| match pattern.get(key) {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(all)) => !all.is_empty(),
        _ => false,
    };
    ["columns", "regex", "read"].into_iter().find(|way| says(way))
}

/// Another way to find values: what the others said goes, and the first column is there to be filled in.
fn go_way(setup: &mut Value, way: &str) {
    for other in ["read", "regex", "columns", "repeat"].into_iter().filter(|other| *other != way) {
        put(setup, &format!("pattern.{other}"), None);
    }
    if way == "columns" && column_count(setup) == 0 {
        add_column(setup);
    }
}

/// The names that a line in braces or an expression has, in order.
fn names(setup: &Value) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let proper = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if proper && !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    };
    for part in got(setup, "pattern.read").split('{').skip(1) {
        add(part.split('}').next().unwrap_or_default());
    }
    let regex = got(setup, "pattern.regex");
    for part in regex.split("(?").skip(1) {
        let part = part.strip_prefix('P').unwrap_or(part);
        if let Some((name, _)) = part.strip_prefix('<').and_then(|name| name.split_once('>')) {
            add(name);
        }
    }
    // What was said of a name that is there no more can be taken out, or comes back with it.
    let said = setup.get("pattern").and_then(|p| p.get("fields")).and_then(Value::as_array);
    for known in said.into_iter().flatten() {
        add(&got(known, "name"));
    }
    all
}

fn column_count(setup: &Value) -> usize {
    setup.get("pattern").and_then(|p| p.get("columns")).and_then(Value::as_array).map_or(0, Vec::len)
}

fn column(setup: &Value, at: usize, key: &str) -> String {
    let columns = setup.get("pattern").and_then(|p| p.get("columns"));
    columns.and_then(|all| all.get(at)).map(|one| got(one, key)).unwrap_or_default()
}

/// A list of the pattern, to be changed.
fn list<'a>(setup: &'a mut Value, key: &str) -> Option<&'a mut Vec<Value>> {
    if !setup.get("pattern").is_some_and(|p| p.get(key).is_some_and(Value::is_array)) {
        put(setup, &format!("pattern.{key}"), Some(json!([])));
    }
    setup.get_mut("pattern")?.get_mut(key)?.as_array_mut()
}

/// Takes a list out that is empty.
fn tidy(setup: &mut Value, key: &str) {
    if list(setup, key).is_some_and(|all| all.is_empty()) {
        put(setup, &format!("pattern.{key}"), None);
    }
}

/// A column behind the last.
fn add_column(setup: &mut Value) {
    let count = column_count(setup);
    let number = |at: usize, key: &str| column(setup, at, key).parse::<i64>().unwrap_or(0);
    let from = if count == 0 { 0 } else { number(count - 1, "from") + number(count - 1, "length") };
    let name =
        (1..).map(|n| format!("v{n}")).find(|name| (0..count).all(|at| column(setup, at, "name") != *name));
    if let Some(all) = list(setup, "columns") {
        all.push(json!({ "name": name, "from": from, "length": 8 }));
    }
}

/// Changes a column; what is said of its name goes along with another name.
fn set_column(setup: &mut Value, at: usize, key: &str, value: Option<Value>) {
    let before = column(setup, at, "name");
    if key == "name"
        && let Some(fields) = list(setup, "fields")
        && let Some(said) = fields.iter_mut().find(|one| got(one, "name") == before)
    {
        put(said, "name", value.clone());
    }
    if let Some(one) = list(setup, "columns").and_then(|all| all.get_mut(at)) {
        // Every column has all three.
        put(one, key, Some(value.unwrap_or_else(|| Value::from(""))));
    }
    tidy(setup, "fields");
}

fn remove_column(setup: &mut Value, at: usize) {
    let name = column(setup, at, "name");
    if let Some(all) = list(setup, "columns").filter(|all| at < all.len()) {
        all.remove(at);
    }
    forget(setup, &name);
    tidy(setup, "columns");
}

/// What is said of a name.
fn said(setup: &Value, name: &str, key: &str) -> String {
    let fields = setup.get("pattern").and_then(|p| p.get("fields")).and_then(Value::as_array);
    let found = fields.into_iter().flatten().find(|one| got(one, "name") == name);
    found.map(|one| got(one, key)).unwrap_or_default()
}

/// Says something of a name; a name of which nothing is said is a number.
fn say(setup: &mut Value, name: &str, key: &str, value: Option<Value>) {
    let Some(fields) = list(setup, "fields") else { return };
    let at = fields.iter().position(|one| got(one, "name") == name).unwrap_or_else(|| {
        fields.push(json!({ "name": name }));
        fields.len() - 1
    });
    put(&mut fields[at], key, value);
    fields.retain(|one| one.as_object().is_some_and(|one| one.len() > 1));
    tidy(setup, "fields");
}

fn forget(setup: &mut Value, name: &str) {
    if let Some(fields) = list(setup, "fields") {
        fields.retain(|one| got(one, "name") != name);
    }
    tidy(setup, "fields");
}

/// Texts of a list, as a person writes them.
fn texts(setup: &Value, path: &str) -> String {
    let found = path.split('.').try_fold(setup, |at, key| at.get(key)).and_then(Value::as_array);
    let all: Vec<&str> = found.into_iter().flatten().filter_map(Value::as_str).collect();
    all.join(" ")
}

/// The bytes as they are tried: what is not printed escaped, the end of a line also as one.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte {
            b'\n' => out.push('\n'),
            b'\r' => out.push_str("\\r"),
            b'\\' => out.push_str("\\\\"),
            0x20..=0x7E => out.push(char::from(*byte)),
            other => out.push_str(&format!("\\x{other:02X}")),
        }
    }
    out
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        hex.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|two| u8::try_from(two[0] * 16 + two[1]).ok()).collect()
}

/// The last pieces that came, in order, as many as can be tried.
fn last_bytes(pieces: &[PieceRow]) -> Vec<u8> {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    let mut count = 0;
    for piece in pieces.iter().rev() {
        let bytes = bytes_of(&piece.hex).unwrap_or_default();
        count += bytes.len();
        if count > TAKEN_BYTES_MAX {
            break;
        }
        taken.push(bytes);
    }
    taken.into_iter().rev().flatten().collect()
}

/// One field of a table.
fn box_cell(
    label: String,
    name: String,
    class: &'static str,
    get: impl Fn() -> String + Send + 'static,
    set: impl Fn(String) + 'static,
) -> AnyView {
    view! {
        <td><input type="text" class=class autocomplete="off" spellcheck="false" aria-label=label data-testid=id::FIELD data-field=name
            prop:value=get on:change=move |e| set(event_target_value(&e)) /></td>
    }
    .into_any()
}

/// What a name is: its kind, its unit, its numbers.
fn meaning(setup: SetupForm, name: Signal<String>, key: &str, coded: bool) -> AnyView {
    let fmt = fmt();
    let now = move |what: &'static str| setup.value.with(|s| name.with(|name| said(s, name, what)));
    let set = move |what: &'static str, value: Option<Value>| {
        setup.value.update(|s| name.with_untracked(|name| say(s, name, what, value)));
    };
    let text = |what: &'static str, label: W, class: &'static str| {
        let write = move |text: String| {
            // A decimal may be written with separators, a unit or a name may not.
            let text = if matches!(what, "scale" | "offset") {
                format::typed(&text)
            } else {
                text.trim().to_owned()
            };
            set(what, (!text.is_empty()).then(|| Value::from(text)));
        };
        box_cell(fmt.t(label).to_owned(), format!("{key}-{what}"), class, move || now(what), write)
    };
    let kind = options(worded(&KINDS), move |key: &str| {
        let kind = now("kind");
        kind == key || (kind.is_empty() && key == "number")
    });
    let set_kind = move |kind: String| set("kind", (kind != "number").then(|| Value::from(kind)));
    let comma = move || now("comma") == "true";
    view! {
        <td><select aria-label=fmt.t(W::TypeWord) data-testid=id::FIELD data-field=format!("{key}-kind")
            on:change=move |e| set_kind(event_target_value(&e))>{kind}</select></td>
        {text("unit", W::Unit, "narrow")}
        {text("scale", W::ScaleFactor, "narrow")}
        {text("offset", W::OffsetWord, "narrow")}
        <td><input type="checkbox" aria-label=fmt.t(W::CommaPoint) data-testid=id::FIELD data-field=format!("{key}-comma")
            prop:checked=comma on:change=move |e| set("comma", event_target_checked(&e).then_some(Value::Bool(true))) /></td>
        {coded.then(|| text("code", W::OnTheWire, "short"))}
    }
    .into_any()
}

/// How a row is taken out, and below it what is wrong with it.
fn row_end(
    setup: SetupForm,
    removable: impl Fn() -> bool + Send + 'static,
    remove: impl Fn(&mut Value) + Copy + Send + 'static,
) -> AnyView {
    let fmt = fmt();
    let gone = move || setup.value.update(|s| remove(s));
    let cross = move || {
        removable().then(|| {
            view! {
                <button type="button" class="link" data-testid="remove-value" aria-label=fmt.t(W::Remove) title=fmt.t(W::Remove)
                    on:click=move |_| gone()>"✕"</button>
            }
        })
    };
    view! { <td>{cross}</td> }.into_any()
}

fn row_fault(wrong: impl Fn() -> Option<String> + Send + 'static) -> AnyView {
    let row = move || {
        wrong().map(|f| {
            view! { <tr><td colspan="10"><small class="fault" role="alert" data-testid=id::FIELD_FAULT>{f}</small></td></tr> }
        })
    };
    row.into_any()
}

fn heads(words: &[W]) -> AnyView {
    words.iter().map(|word| view! { <th scope="col">{fmt().t(*word)}</th> }).collect_view().into_any()
}

const MEANING: [W; 5] = [W::TypeWord, W::Unit, W::ScaleFactor, W::OffsetWord, W::CommaPoint];

/// The values of columns.
fn columns_table(setup: SetupForm) -> AnyView {
    let fmt = fmt();
    let count = Memo::new(move |_| setup.value.with(column_count));
    let row = move |at: usize| {
        let name = Signal::derive(move || setup.value.with(|s| column(s, at, "name")));
        let part = |what: &'static str, label: W, class: &'static str, kind: Kind| {
            let write =
                move |text: String| setup.value.update(|s| set_column(s, at, what, kind.value(&text)));
            let get = move || setup.value.with(|s| column(s, at, what));
            box_cell(fmt.t(label).to_owned(), format!("column-{at}-{what}"), class, get, write)
        };
        let wrong = move || {
            let of_name = name.with(|name| setup.wrong(&format!("pattern.fields.{name}"), true));
            setup.wrong(&format!("pattern.columns.{at}"), true).or(of_name)
        };
        view! {
            <tr data-testid="value-row" data-id=at.to_string()>
                {part("name", W::Name, "short", Kind::Text)}
                {part("from", W::FirstByte, "narrow", Kind::Whole(0, 1023))}
                {part("length", W::BytesWide, "narrow", Kind::Whole(1, 1024))}
                {meaning(setup, name, &format!("column-{at}"), false)}
                {row_end(setup, || true, move |s| remove_column(s, at))}
            </tr>
            {row_fault(wrong)}
        }
    };
    let add = move || setup.value.update(add_column);
    view! {
        <div class="grid-box"><table class="grid filled" aria-label=fmt.t(W::WayColumns)>
            <thead><tr>{heads(&[W::Name, W::FirstByte, W::BytesWide])}{heads(&MEANING)}<th></th></tr></thead>
            <tbody><For each=move || 0..count.get() key=|at| *at children=row /></tbody>
        </table></div>
        <div class="act">{parts::button(fmt.t(W::AddColumn), "", "add-column", add)}</div>
    }
    .into_any()
}

/// The values of a line or an expression, which names them.
fn names_table(setup: SetupForm) -> AnyView {
    let fmt = fmt();
    let all = Memo::new(move |_| setup.value.with(names));
    let row = move |name: String| {
        let held = StoredValue::new(name.clone());
        let here = move || {
            let text = format!("{}{}", setup.got("pattern.read"), setup.got("pattern.regex"));
            held.with_value(|name| {
                text.contains(&format!("{{{name}}}")) || text.contains(&format!("<{name}>"))
            })
        };
        let wrong = move || held.with_value(|name| setup.wrong(&format!("pattern.fields.{name}"), true));
        view! {
            <tr data-testid="value-row" data-id=name.clone()><td><code>{name.clone()}</code></td>
                {meaning(setup, Signal::derive(move || held.get_value()), &name, true)}
                {row_end(setup, move || !here(), move |s| held.with_value(|name| forget(s, name)))}
            </tr>
            {row_fault(wrong)}
        }
    };
    view! {
        <div class="grid-box" class:hidden=move || all.with(Vec::is_empty)>
            <table class="grid filled" aria-label=fmt.t(W::PatternValues)>
                <thead><tr>{heads(&[W::Name])}{heads(&MEANING)}{heads(&[W::OnTheWire])}<th></th></tr></thead>
                <tbody><For each=move || all.get() key=|name| name.clone() children=row /></tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The checksum: which, how it is written, and which bytes it covers.
fn checksum(setup: SetupForm) -> AnyView {
    let fmt = fmt();
    let sum = Memo::new(move |_| {
        let has = setup.value.with(|s| s.get("pattern").is_some_and(|p| p.get("check").is_some()));
        let sum = setup.got("pattern.check.sum");
        if has && sum.is_empty() { "crc16_modbus".to_owned() } else { sum }
    });
    let set = move |text: String| {
        if text.is_empty() {
            setup.put("pattern.check", None);
        } else {
            setup.put("pattern.check.sum", Some(Value::from(text)));
        }
    };
    let mut all = vec![(String::new(), fmt.t(W::NoChecksum).to_owned())];
    all.extend(plain(&SUMS));
    let input = view! {
        <select id="check-sum" data-testid=id::FIELD data-field="check-sum" on:change=move |e| set(event_target_value(&e))>
            {options(all, move |key| sum.with(|now| now == key))}</select>
    };
    let byte = Kind::Whole(0, 255);
    view! {
        {field(W::ChecksumWord, "check-sum", input.into_any(), "", move || setup.wrong("pattern.check", false))}
        <div class:hidden=move || sum.with(String::is_empty)>
            {setup_choice(setup, W::ChecksumForm, "check-form", "pattern.check.form", worded(&FORMS))}
            {setup_line(setup, W::ChecksumSkip, "check-skip", "pattern.check.skip", byte, fmt.t(W::ChecksumSkipHint))}
            {setup_line(setup, W::ChecksumGap, "check-gap", "pattern.check.gap", byte, fmt.t(W::ChecksumGapHint))}
            {setup_line(setup, W::ChecksumTail, "check-tail", "pattern.check.tail", byte, fmt.t(W::ChecksumTailHint))}
        </div>
    }
    .into_any()
}

/// What says whether a scale has settled.
fn state(setup: SetupForm) -> AnyView {
    let fmt = fmt();
    let list_line = |label: W, name: &'static str, path: &'static str| {
        let set = move |text: String| {
            let all: Vec<&str> = text.split_whitespace().collect();
            setup.put(path, (!all.is_empty()).then(|| json!(all)));
        };
        let input = view! {
            <input id=name type="text" autocomplete="off" spellcheck="false" data-testid=id::FIELD data-field=name
                prop:value=move || setup.value.with(|s| texts(s, path)) on:change=move |e| set(event_target_value(&e)) />
        };
        field(label, name, input.into_any(), "", well)
    };
    view! {
        <details>
            <summary>{fmt.t(W::StateOfScale)}</summary>
            <p class="muted">{fmt.t(W::StateOfScaleText)}</p>
            {setup_line(setup, W::StateField, "state-field", "pattern.state.field", Kind::Text, "")}
            {list_line(W::StateMoving, "state-moving", "pattern.state.moving")}
            {list_line(W::StateFault, "state-fault", "pattern.state.fault")}
            {move || setup.wrong("pattern.state", true).map(|f| view! { <p class="fault" role="alert">{f}</p> })}
        </details>
    }
    .into_any()
}

/// All of it.
pub fn fields(setup: SetupForm, known: Option<DeviceId>, test: RwSignal<Option<DeviceTest>>) -> AnyView {
    let fmt = fmt();
    let ready = Memo::new(move |_| !setup.got("pattern.ready").is_empty());
    let chosen = RwSignal::new("read".to_owned());
    let way = Memo::new(move |_| setup.value.with(way_of).map_or_else(|| chosen.get(), str::to_owned));
    let go = move |to: String| {
        setup.value.update(|s| go_way(s, &to));
        chosen.set(to);
    };
    let set_ready = move |name: String| {
        // A ready-made pattern takes nothing beside it.
        setup.put("pattern", (!name.is_empty()).then(|| json!({ "ready": name })));
    };
    let mut made = vec![(String::new(), fmt.t(W::PatternOwn).to_owned())];
    made.extend(plain(&READY));
    let ready_made = view! {
        <select id="pattern-ready" data-testid=id::FIELD data-field="pattern-ready" on:change=move |e| set_ready(event_target_value(&e))>
            {options(made, move |key| setup.got("pattern.ready") == key)}</select>
    };
    let ways = view! {
        <select id="pattern-way" data-testid=id::FIELD data-field="pattern-way" on:change=move |e| go(event_target_value(&e))>
            {options(worded(&WAYS), move |key| way.with(|now| now == key))}</select>
    };
    let repeat = view! {
        <input id="pattern-repeat" type="checkbox" data-testid=id::FIELD data-field="pattern-repeat"
            prop:checked=move || setup.got("pattern.repeat") == "true"
            on:change=move |e| setup.put("pattern.repeat", event_target_checked(&e).then_some(Value::Bool(true))) />
    };
    let is = move |wanted: &'static str| way.with(|way| way == wanted);
    let pattern_fault = move || (!ready.get()).then(|| setup.wrong("pattern", false)).flatten();
    view! {
        {field(W::PatternReady, "pattern-ready", ready_made.into_any(), "", move || setup.wrong("pattern.ready", false))}
        <div class:hidden=move || ready.get()>
            <h4>{fmt.t(W::PatternFrame)}</h4>
            {setup_line(setup, W::PatternStart, "pattern-start", "pattern.start", Kind::Text, fmt.t(W::PatternStartHint))}
            {setup_line(setup, W::PatternEnd, "pattern-end", "pattern.end", Kind::Text, fmt.t(W::PatternEndHint))}
            {setup_line(setup, W::PatternLength, "pattern-length", "pattern.length", Kind::Whole(1, 512), fmt.t(W::PatternLengthHint))}
            {setup_line(setup, W::PatternBehind, "pattern-behind", "pattern.behind", Kind::Whole(0, 255), fmt.t(W::PatternBehindHint))}
            {checksum(setup)}
            <h4>{fmt.t(W::PatternValues)}</h4>
            {field(W::PatternWay, "pattern-way", ways.into_any(), "", pattern_fault)}
            <div class:hidden=move || !is("read")>
                {setup_line(setup, W::PatternLine, "pattern-read", "pattern.read", Kind::Text, fmt.t(W::PatternReadHint))}
            </div>
            <div class:hidden=move || !is("regex")>
                {setup_line(setup, W::WayRegex, "pattern-regex", "pattern.regex", Kind::Text, fmt.t(W::PatternRegexHint))}
                {field(W::PatternRepeat, "pattern-repeat", repeat.into_any(), "", well)}
            </div>
            {move || if is("columns") { columns_table(setup) } else { names_table(setup) }}
            {state(setup)}
        </div>
        {try_out(setup, known, test)}
    }
    .into_any()
}

/// What came of the bytes, a row a piece.
fn tried(frames: &[TriedFrame]) -> AnyView {
    let fmt = fmt();
    let rows = frames
        .iter()
        .map(|frame| {
            let text = text_of(&frame.hex);
            let shown: String = text.trim_matches(['␍', '␊']).chars().take(120).collect();
            let mut values: Vec<String> = frame
                .values
                .iter()
                .map(|(code, value, fault)| {
                    let word =
                        wording::value_fault(fault).map_or_else(|| fault.clone(), |w| fmt.t(w).to_owned());
                    format!("{code} = {}", value.map_or(word, format::value))
                })
                .collect();
            values.extend(frame.device_at.map(|at| fmt.clock_seconds(at)));
            values.extend(frame.scan.clone());
            let (class, fault) = match (frame.fault.as_str(), &frame.sums) {
                ("", _) => ("", "●".to_owned()),
                ("BadChecksum", Some((stated, made))) => ("mark h", fmt.fill(W::TriedSums, &[stated, made])),
                ("BadChecksum", None) => ("mark h", fmt.t(W::TriedBadChecksum).to_owned()),
                ("BadSyntax", _) => ("mark h", fmt.t(W::TriedBadSyntax).to_owned()),
                ("Garbage", _) => ("mark m", fmt.t(W::TriedGarbage).to_owned()),
                ("TooLong", _) => ("mark h", fmt.t(W::TriedTooLong).to_owned()),
                _ => ("mark m", fmt.t(W::TriedBroken).to_owned()),
            };
            let cells = vec![
                cell(format!("{}–{}", frame.from, frame.to)),
                view! { <code>{shown}</code> }.into_any(),
                cell(values.join(" · ")),
                view! { <span class=class>{fault}</span> }.into_any(),
            ];
            (frame.from.to_string(), cells)
        })
        .collect();
    let heads =
        [(W::PlaceOfBytes, true), (W::LiveBytes, false), (W::LiveValues, false), (W::StateWord, false)];
    parts::grid(W::TryTable, &heads, rows, id::TRIED_ROW)
}

/// Bytes to try it on: pasted, or those that came last.
pub fn try_out(setup: SetupForm, known: Option<DeviceId>, test: RwSignal<Option<DeviceTest>>) -> AnyView {
    let fmt = fmt();
    let bytes = RwSignal::new(String::new());
    let hex = RwSignal::new(false);
    let trial = RwSignal::new(None::<Result<Trial, ApiError>>);
    let ask = move || {
        let text = bytes.get_untracked();
        let text = if hex.get_untracked() {
            match bytes_of(&text) {
                Some(bytes) => bytes.iter().map(|byte| format!("\\x{byte:02X}")).collect(),
                None => {
                    let message = fmt.t(W::NotHexDigits).to_owned();
                    let problem = SetupProblem { at: "text".into(), message };
                    return trial.set(Some(Ok(Trial { problem: Some(problem), frames: Vec::new() })));
                }
            }
        } else {
            text
        };
        let call = TryDecode { setup: setup.value.with_untracked(setup_text), text };
        spawn_local(async move {
            let answer = bridge::send(call).await;
            if let Ok(found) = &answer {
                let of_setup = found.problem.clone().filter(|problem| problem.at != "text");
                setup.problem.try_set(of_setup);
            }
            trial.try_set(Some(answer));
        });
    };
    let fill = move |pieces: &[PieceRow]| {
        let came = last_bytes(pieces);
        let text = if hex.get_untracked() {
            came.iter().map(|byte| format!("{byte:02X} ")).collect()
        } else {
            escaped(&came)
        };
        bytes.try_set(text);
        trial.try_set(None);
    };
    let take = move || match (test.get_untracked(), known) {
        (Some(test), _) => fill(&test.pieces),
        (None, Some(device)) => spawn_local(async move {
            let call = WatchDevice { id: device, pieces_after: 0, said_after: 0 };
            match bridge::send(call).await {
                Ok(watch) => fill(&watch.pieces),
                Err(e) => drop(trial.try_set(Some(Err(e)))),
            }
        }),
        (None, None) => {}
    };
    let takes =
        move || known.is_some() || test.with(|test| test.as_ref().is_some_and(|t| !t.pieces.is_empty()));
    let outcome = move || {
        let found = trial.get()?;
        Some(match found {
            Err(e) => parts::error(&e),
            Ok(Trial { problem: Some(problem), .. }) => view! {
                <p class="fault" role="alert" data-testid=id::TRIED_FAULT data-at=problem.at>{problem.message}</p>
            }
            .into_any(),
            Ok(Trial { frames, .. }) if frames.is_empty() => {
                view! { <p class="muted" role="status">{fmt.t(W::TriedNothing)}</p> }.into_any()
            }
            Ok(Trial { frames, .. }) => tried(&frames),
        })
    };
    view! {
        <h4>{fmt.t(W::TryOut)}</h4>
        <p class="muted">{fmt.t(W::TryOutText)}</p>
        <textarea rows="4" spellcheck="false" data-testid=id::FIELD data-field="try-bytes" aria-label=fmt.t(W::TryOut)
            placeholder="ST,GS,+  12.34kg\\r\\n" prop:value=move || bytes.get() on:input=move |e| bytes.set(event_target_value(&e))></textarea>
        <div class="act">
            <button type="button" data-testid=id::TRY_DECODE disabled=move || bytes.with(String::is_empty) on:click=move |_| ask()>{fmt.t(W::TryTable)}</button>
            <button type="button" data-testid="take-bytes" disabled=move || !takes() on:click=move |_| take()>{fmt.t(W::TakeLastBytes)}</button>
            <label class="check"><input type="checkbox" data-testid=id::FIELD data-field="try-hex"
                prop:checked=move || hex.get() on:change=move |e| hex.set(event_target_checked(&e)) />" "{fmt.t(W::BytesAreHex)}</label>
        </div>
        {outcome}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_line_or_the_expression() {
        let of = |pattern: Value| names(&json!({ "pattern": pattern }));
        assert_eq!(of(json!({"read": "ST,{state},{*} {weight} {unit}"})), ["state", "weight", "unit"]);
        assert_eq!(of(json!({"regex": "^(?P<a>[0-9]+)(?:x)(?<b>.)"})), ["a", "b"]);
        let old = json!({"read": "{a}", "fields": [{"name": "gone", "unit": "kg"}]});
        assert_eq!(of(old), ["a", "gone"]);
    }

    #[test]
    fn what_is_said_of_a_name_goes_with_it() {
        let mut setup = json!({"pattern": {"read": "{a}"}});
        say(&mut setup, "a", "unit", Some(json!("kg")));
        say(&mut setup, "a", "scale", Some(json!("0.1")));
        assert_eq!((said(&setup, "a", "unit"), said(&setup, "b", "unit")), ("kg".into(), String::new()));
        say(&mut setup, "a", "scale", None);
        say(&mut setup, "a", "unit", None);
        assert_eq!(setup, json!({"pattern": {"read": "{a}"}}), "as small as it was");

        go_way(&mut setup, "columns");
        assert_eq!((way_of(&setup), column_count(&setup)), (Some("columns"), 1));
        add_column(&mut setup);
        assert_eq!(column(&setup, 1, "from"), "8");
        say(&mut setup, "v1", "unit", Some(json!("°C")));
        set_column(&mut setup, 0, "name", Some(json!("t")));
        assert_eq!(said(&setup, "t", "unit"), "°C");
        remove_column(&mut setup, 0);
        remove_column(&mut setup, 0);
        assert_eq!(setup_text(&setup), "");
    }

    #[test]
    fn bytes_are_escaped_as_they_are_read_back() {
        assert_eq!(escaped(b"\x02a\\\r\n\xff"), "\\x02a\\\\\\r\n\\xFF");
        assert_eq!(bytes_of("02 ff0A"), Some(vec![2, 255, 10]));
        assert_eq!((bytes_of("0"), bytes_of("zz")), (None, None));
    }
}
