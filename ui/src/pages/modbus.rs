//! A Modbus device's registers: its points and what they say, a browser that tries every type and order, values written.
//!
//! Opened from the device's detail by [`open`]; what may be written is decided by the point's switch and the role, not here.

use super::actions::hand_over;
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{DeviceId, Milli};
use wasm_bindgen_futures::spawn_local;

const TABLES: [(&str, W); 4] = [
    ("holding", W::TableHolding),
    ("input", W::TableInput),
    ("coil", W::TableCoil),
    ("discrete", W::TableDiscrete),
];

const KINDS: [&str; 10] = ["u16", "i16", "u32", "i32", "f32", "u64", "i64", "f64", "text", "bits"];

const ORDERS: [&str; 4] = ["abcd", "cdab", "badc", "dcba"];

const NOTATIONS: [(&str, W); 3] =
    [("auto", W::NotationAuto), ("from_zero", W::NotationFromZero), ("reference", W::NotationReference)];

const WRITES: [(&str, W); 3] =
    [("off", W::WriteOff), ("single", W::WriteSingle), ("multiple", W::WriteMultiple)];

/// Opens the page of a device's registers.
pub fn open(device: DeviceId) {
    ctx().go(Route { page: Page::Devices, row: device.to_string(), tab: "registers".into() });
}

fn worded(all: &[(&str, W)]) -> Vec<(String, String)> {
    all.iter().map(|(stored, word)| ((*stored).to_owned(), fmt().t(*word).to_owned())).collect()
}

fn plain(all: &[&str]) -> Vec<(String, String)> {
    all.iter().map(|word| ((*word).to_owned(), word.to_uppercase())).collect()
}

fn input(label: W, name: &'static str, of: RwSignal<String>) -> AnyView {
    view! {
        <label class="field" for=name><span>{fmt().t(label)}</span>
            <input id=name type="text" autocomplete="off" spellcheck="false" data-testid=id::FIELD data-field=name
                prop:value=move || of.get() on:input=move |e| of.set(event_target_value(&e)) /></label>
    }
    .into_any()
}

fn select(label: W, name: &'static str, of: RwSignal<String>, all: Vec<(String, String)>) -> AnyView {
    let options = all
        .into_iter()
        .map(|(stored, shown)| {
            let on = {
                let stored = stored.clone();
                move || of.with(|now| *now == stored)
            };
            view! { <option value=stored selected=on>{shown}</option> }
        })
        .collect_view();
    view! {
        <label class="field" for=name><span>{fmt().t(label)}</span>
            <select id=name data-testid=id::FIELD data-field=name on:change=move |e| of.set(event_target_value(&e))>{options}</select></label>
    }
    .into_any()
}

/// The page: points, browser, table in and out.
pub fn panel(r: &DeviceRow) -> AnyView {
    let fmt = fmt();
    let device = r.id;
    view! {
        {parts::heading(None, fmt.fill(W::RegistersTitle, &[&r.name]), r.endpoint.clone(), String::new(), String::new())}
        <div class="act">{parts::button(fmt.t(W::BackToDevice), "", "registers-back", move || ctx().go(Route::row(Page::Devices, device)))}</div>
        {points(device)}
        {browser(device)}
        {importer(device)}
    }
    .into_any()
}

fn shape(f: &PointFields) -> String {
    let mut text = f.kind.clone();
    if !matches!(f.kind.as_str(), "bits" | "text") {
        text.push(' ');
        text.push_str(&f.order.to_uppercase());
    } else if f.count > 1 {
        text.push_str(&format!(" × {}", f.count));
    }
    if let Some(bit) = f.bit {
        text.push_str(&format!(" [{bit}…{}]", u32::from(bit) + u32::from(f.bits.max(1)) - 1));
    }
    if f.scale != "1" {
        text.push_str(&format!(" × {}", f.scale));
    }
    if f.offset != "0" {
        text.push_str(&format!(" + {}", f.offset));
    }
    text
}

fn points(device: DeviceId) -> AnyView {
    let fmt = fmt();
    let answer = live(move || Some(ListPoints { device }));
    let body = move || {
        answer.data.get().map(|page: PointPage| {
            let unit = page.unit;
            let rows = page
                .points
                .iter()
                .map(|p| {
                    let now = if let Some(problem) = &p.problem {
                        view! { <span class="mark h" title=problem.clone()><span aria-hidden="true">"▲ "</span>{problem.clone()}</span> }.into_any()
                    } else if !p.text.is_empty() {
                        cell(p.text.clone())
                    } else {
                        cell(p.value.map_or("—".into(), |v| format!("{} {}", format::value(v), p.measure)))
                    };
                    let writable = p.write_code.is_some();
                    let (to_write, to_change, to_remove) = (p.clone(), p.fields.clone(), p.fields.code.clone());
                    let edit = view! {
                        {writable.then(|| parts::plain_button(move || fmt.t(W::WriteDots), "write-point", move || write(device, unit, &to_write)))}
                        " "{parts::plain_button(move || fmt.t(W::ChangeDots), "change-point", move || edit_point(device, unit, Some(&to_change)))}
                        " "{parts::plain_button(move || fmt.t(W::RemoveDots), "remove-point", move || remove(device, to_remove.clone()))}
                    }
                    .into_any();
                    let place = format!("{} · {}", p.fields.unit.unwrap_or(unit), p.shown);
                    let cells = vec![
                        view! { <code>{p.fields.code.clone()}</code>" "<span class="muted">{p.channel.clone()}</span> }.into_any(),
                        cell(place),
                        cell(shape(&p.fields)),
                        now,
                        edit,
                    ];
                    (p.fields.code.clone(), cells)
                })
                .collect::<Vec<_>>();
            let heads = [
                (W::PointWord, false),
                (W::UnitAndAddress, false),
                (W::TypeAndOrder, false),
                (W::Now, true),
                (W::Edit, true),
            ];
            let note = fmt.fill(W::PointsNote, &[&page.points.len().to_string(), &page.ranges.to_string()]);
            let table = if rows.is_empty() {
                view! { <p class="muted">{fmt.t(W::NoPointsText)}</p> }.into_any()
            } else {
                grid(W::PointsWord, &heads, rows, "point-row")
            };
            view! {
                <section class="card"><h3>{fmt.t(W::PointsWord)}" "<span class="muted">{note}</span></h3>
                {table}
                <div class="act">
                    {parts::button(fmt.t(W::AddPoint), "", "add-point", move || edit_point(device, unit, None))}
                    {parts::button(fmt.t(W::ExportPoints), "", "export-points", move || export(device))}
                </div></section>
            }
        })
    };
    view! { {move || answer.error.get().map(|e| parts::error(&e))}{body} }.into_any()
}

fn export(device: DeviceId) {
    spawn_local(async move {
        match bridge::send(ExportPoints { device }).await {
            Ok(file) => hand_over(file).await,
            Err(e) => ctx().fail(&e),
        }
    });
}

fn remove(device: DeviceId, code: String) {
    let fmt = fmt();
    let fields = vec![Field::text("why", W::Why, "").needed()];
    ask(fmt.fill(W::RemoveTitle, &[&code]), fmt.t(W::RemovePointText), W::Remove, fields, move |values| {
        let code = code.clone();
        async move {
            let why = values.into_iter().next().unwrap_or_default();
            bridge::send(RemovePoint { device, code, why }).await?;
            ctx().say(crate::state::fmt().t(W::Removed));
            Ok(())
        }
    });
}

fn write(device: DeviceId, unit: u8, p: &PointRow) {
    let fmt = fmt();
    let code = p.fields.code.clone();
    let now = p.value.map_or("—".into(), format::value);
    let place = format!("{} {}", p.fields.unit.unwrap_or(unit), p.shown);
    let function = p.write_code.map(|code| code.to_string()).unwrap_or_default();
    let limits = match (p.fields.write_min, p.fields.write_max) {
        (None, None) => String::new(),
        (least, most) => crate::wording::limits(least, most),
    };
    let text = fmt.fill(W::WriteText, &[&place, &function, &format!("{now} {}", p.measure)]);
    let fields = vec![
        Field::number("value", W::NewValue, "").hint(format!("{} {limits}", p.measure)).needed(),
        Field::text("why", W::Why, "").needed(),
    ];
    ask(fmt.fill(W::WriteTitle, &[&code]), text, W::WriteIt, fields, move |values| {
        let code = code.clone();
        async move {
            let mut values = values.into_iter();
            let value = Milli::parse(&format::typed(&values.next().unwrap_or_default())).unwrap_or_default();
            let why = values.next().unwrap_or_default();
            let done = bridge::send(WritePoint { device, code: code.clone(), value, why }).await?;
            let ctx = ctx();
            let shown = |value: Option<Milli>| value.map_or("—".into(), format::value);
            let fmt = crate::state::fmt();
            if done.after == Some(value) {
                ctx.say(fmt.fill(W::WriteDone, &[&code, &shown(done.before), &shown(done.after)]));
                Ok(())
            } else {
                let message = fmt.fill(W::WriteDiffers, &[&code, &format::value(value), &shown(done.after)]);
                Err(ApiError { code: Code::Conflict, message, trace_id: String::new() })
            }
        }
    });
}

/// Fields of a point, for a person to fill in; those of a new one have its defaults.
fn point_fields(unit: u8, now: Option<&PointFields>) -> Vec<Field> {
    let f = now.cloned().unwrap_or(PointFields {
        table: "holding".into(),
        kind: "u16".into(),
        order: "abcd".into(),
        scale: "1".into(),
        offset: "0".into(),
        count: 1,
        bits: 1,
        write: "off".into(),
        ..PointFields::default()
    });
    let shown = |value: Option<Milli>| value.map(|v| v.to_string()).unwrap_or_default();
    fn or_empty<T: ToString>(value: Option<T>) -> String {
        value.map(|v| v.to_string()).unwrap_or_default()
    }
    vec![
        Field::text("code", W::OnTheWire, f.code).needed(),
        Field::text("unit", W::ModbusUnit, f.unit.unwrap_or(unit).to_string()).needed(),
        Field::choice("table", W::TableWord, f.table, worded(&TABLES)),
        Field::text("address", W::AddressFromZero, f.address.to_string()).needed(),
        Field::choice("kind", W::TypeWord, f.kind, plain(&KINDS)),
        Field::choice("order", W::OrderWord, f.order, plain(&ORDERS)),
        Field::text("count", W::ObjectsCount, f.count.to_string()).when("kind", &["text", "bits"]),
        Field::text("scale", W::ScaleFactor, f.scale),
        Field::text("offset", W::OffsetWord, f.offset),
        Field::text("bit", W::FirstBit, or_empty(f.bit)),
        Field::text("bits", W::BitsWide, f.bits.to_string()),
        Field::text("no-value", W::NoValueRaw, or_empty(f.no_value)),
        Field::text("every", W::EveryMs, or_empty(f.every_ms)),
        Field::choice("write", W::WriteWord, f.write, worded(&WRITES)),
        Field::number("write-min", W::WriteLeast, shown(f.write_min)).when("write", &["single", "multiple"]),
        Field::number("write-max", W::WriteMost, shown(f.write_max)).when("write", &["single", "multiple"]),
        Field::text("why", W::Why, ""),
    ]
}

fn wrong(what: W, text: &str) -> ApiError {
    let message = fmt().fill(W::NotAWhole, &[fmt().t(what), text]);
    ApiError { code: Code::BadInput, message, trace_id: String::new() }
}

fn whole<T: std::str::FromStr>(what: W, text: &str) -> Result<T, ApiError> {
    text.trim().parse().map_err(|_| wrong(what, text))
}

fn maybe<T: std::str::FromStr>(what: W, text: &str) -> Result<Option<T>, ApiError> {
    if text.trim().is_empty() { Ok(None) } else { whole(what, text).map(Some) }
}

/// A point from the dialog's values, and why.
fn point_of(values: Vec<String>) -> Result<(PointFields, String), ApiError> {
    let mut values = values.into_iter();
    let mut next = move || values.next().unwrap_or_default();
    let point = PointFields {
        code: next().trim().to_owned(),
        unit: maybe(W::ModbusUnit, &next())?,
        table: next(),
        address: whole(W::AddressFromZero, &next())?,
        kind: next(),
        order: next(),
        count: maybe(W::ObjectsCount, &next())?.unwrap_or(1),
        scale: format::typed(&next()),
        offset: format::typed(&next()),
        bit: maybe(W::FirstBit, &next())?,
        bits: maybe(W::BitsWide, &next())?.unwrap_or(1),
        no_value: maybe(W::NoValueRaw, &next())?,
        every_ms: maybe(W::EveryMs, &next())?,
        write: next(),
        write_min: Milli::parse(&format::typed(&next())),
        write_max: Milli::parse(&format::typed(&next())),
    };
    Ok((point, next()))
}

fn edit_point(device: DeviceId, unit: u8, now: Option<&PointFields>) {
    let fmt = fmt();
    let before = now.map(|f| f.code.clone()).unwrap_or_default();
    let title = if before.is_empty() {
        fmt.t(W::AddPoint).to_owned()
    } else {
        fmt.fill(W::ChangePointTitle, &[&before])
    };
    ask(title, fmt.t(W::PointText), W::Save, point_fields(unit, now), move |values| {
        let before = before.clone();
        async move {
            let (point, why) = point_of(values)?;
            bridge::send(SavePoint { device, before, point, channel: None, why }).await?;
            ctx().say(crate::state::fmt().t(W::Saved));
            Ok(())
        }
    });
}

/// Makes a point and its channel of a candidate.
fn make_channel(device: DeviceId, point: PointFields, shown: &str, says: &str) {
    let fmt = fmt();
    let fields = vec![
        Field::text("code", W::OnTheWire, "").needed(),
        Field::text("name", W::Name, ""),
        Field::text("zone", W::Room, ""),
        Field::text("unit", W::Unit, ""),
        Field::text("scale", W::ScaleFactor, "1"),
        Field::text("offset", W::OffsetWord, "0"),
        Field::number("low", W::LowLimit, ""),
        Field::number("high", W::HighLimit, ""),
    ];
    let text = fmt.fill(W::MakeChannelText, &[shown, &shape(&point), says]);
    ask(fmt.t(W::MakeChannel), text, W::Add, fields, move |values| {
        let point = point.clone();
        async move {
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let (code, name, zone, unit) = (next().trim().to_owned(), next(), next(), next());
            let (scale, offset) = (format::typed(&next()), format::typed(&next()));
            let mut number = || Milli::parse(&format::typed(&next()));
            let (low, high) = (number(), number());
            let channel = Some(NewChannel { code: code.clone(), name, zone, unit, low, high });
            let point = PointFields { code, scale, offset, ..point };
            let call = SavePoint { device, before: String::new(), point, channel, why: String::new() };
            bridge::send(call).await?;
            ctx().say(crate::state::fmt().t(W::Saved));
            Ok(())
        }
    });
}

fn browser(device: DeviceId) -> AnyView {
    let fmt = fmt();
    let of = |text: &str| RwSignal::new(text.to_owned());
    let (unit, table, first, count) = (of("1"), of("holding"), of("0"), of("20"));
    let notation = of("auto");
    let read = RwSignal::new(None::<(u8, RegistersRead)>);
    let failed = RwSignal::new(None::<ApiError>);
    let chosen = RwSignal::new(None::<u16>);
    let busy = RwSignal::new(false);
    let send = move || {
        failed.set(None);
        let made = (|| {
            Ok(ReadRegisters {
                device,
                unit: whole(W::ModbusUnit, &unit.get_untracked())?,
                table: table.get_untracked(),
                address: first.get_untracked(),
                notation: notation.get_untracked(),
                count: whole(W::ObjectsCount, &count.get_untracked())?,
            })
        })();
        let call = match made {
            Ok(call) => call,
            Err(e) => return failed.set(Some(e)),
        };
        let of_unit = call.unit;
        busy.set(true);
        spawn_local(async move {
            match bridge::send(call).await {
                Ok(found) => {
                    let first = found.objects.first().map(|row| row.address);
                    let stays = chosen
                        .get_untracked()
                        .filter(|at| found.objects.iter().any(|row| row.address == *at));
                    let _ = chosen.try_set(stays.or(first));
                    drop(read.try_set(Some((of_unit, found))));
                }
                Err(e) => drop(failed.try_set(Some(e))),
            }
            let _ = busy.try_set(false);
        });
    };
    let rows = move || {
        read.get().map(|(_, found)| {
            let bits = matches!(found.table.as_str(), "coil" | "discrete");
            let took = fmt.fill(W::AnswerTook, &[&found.took_ms.to_string()]);
            let rows = found
                .objects
                .iter()
                .map(|row| {
                    let at = row.address;
                    let likely = row
                        .tries
                        .iter()
                        .filter(|one| !matches!(one.kind.as_str(), "u16" | "i16"))
                        .flat_map(|one| {
                            (0..4).filter(|n| one.likely[*n]).map(|n| {
                                format!("{} {} {}", one.kind, ORDERS[n].to_uppercase(), one.values[n])
                            })
                        })
                        .next()
                        .unwrap_or_default();
                    let word = if bits { row.word.to_string() } else { format!("{:04X}", row.word) };
                    let signed = if bits { String::new() } else { format!("{} / {}", row.word, row.word as i16) };
                    let mark = view! {
                        <button type="button" class="link" data-testid="register-pick" data-address=at.to_string()
                            aria-pressed=move || (chosen.get() == Some(at)).to_string()
                            on:click=move |_| chosen.set(Some(at))>{row.shown.clone()}</button>
                    };
                    let cells = vec![
                        mark.into_any(),
                        view! { <code>{word}</code> }.into_any(),
                        cell(signed),
                        view! { <span class="muted">{likely}</span> }.into_any(),
                        view! { <code>{row.point.clone()}</code> }.into_any(),
                    ];
                    (at.to_string(), cells)
                })
                .collect();
            let heads = [
                (W::Address, false),
                (W::RawWord, false),
                (W::AsWhole, true),
                (W::LikelyWord, false),
                (W::PointWord, false),
            ];
            view! { <p class="muted">{took}</p><div class="registers">{grid(W::RegisterBrowser, &heads, rows, "register-row")}</div> }
        })
    };
    let candidates = move || {
        let at = chosen.get()?;
        let (unit, found) = read.get()?;
        let row = found.objects.iter().find(|row| row.address == at)?.clone();
        let point = PointFields {
            unit: Some(unit),
            table: found.table.clone(),
            address: at,
            count: 1,
            bits: 1,
            scale: "1".into(),
            offset: "0".into(),
            write: "off".into(),
            ..PointFields::default()
        };
        if row.tries.is_empty() {
            let fields = PointFields { kind: "bits".into(), order: "abcd".into(), ..point };
            let (shown, says) = (row.shown.clone(), row.word.to_string());
            let make = parts::button(fmt.t(W::MakeChannel), "", "make-channel", move || {
                make_channel(device, fields.clone(), &shown, &says);
            });
            return Some(view! { <div class="act">{make}</div> }.into_any());
        }
        let rows = row
            .tries
            .iter()
            .map(|one| {
                let mut cells = vec![view! { <code>{one.kind.clone()}</code> }.into_any()];
                for (n, order) in ORDERS.iter().enumerate() {
                    let fields = PointFields {
                        kind: one.kind.clone(),
                        order: (*order).to_owned(),
                        count: if one.kind == "text" {
                            u16::try_from(one.values[n].len().div_ceil(2).max(1)).unwrap_or(1)
                        } else {
                            1
                        },
                        ..point.clone()
                    };
                    let (shown, says, likely) = (row.shown.clone(), one.values[n].clone(), one.likely[n]);
                    let title = fmt.t(W::MakeChannel);
                    let text = if says.is_empty() { "—".to_owned() } else { says.clone() };
                    cells.push(
                        view! {
                            <button type="button" class="link" class:muted=!likely class:likely=likely title=title data-testid="candidate"
                                data-kind=fields.kind.clone() data-order=*order
                                on:click=move |_| make_channel(device, fields.clone(), &shown, &says)>{text}</button>
                        }
                        .into_any(),
                    );
                }
                (one.kind.clone(), cells)
            })
            .collect();
        let heads = [
            (W::TypeWord, false),
            (W::OrderAbcd, true),
            (W::OrderCdab, true),
            (W::OrderBadc, true),
            (W::OrderDcba, true),
        ];
        Some(
            view! {
                <h3>{fmt.fill(W::CandidatesOf, &[&row.shown])}</h3><p class="muted">{fmt.t(W::CandidatesText)}</p>
                {grid(W::CandidatesWord, &heads, rows, "candidate-row")}
            }
            .into_any(),
        )
    };
    view! {
        <section class="card">
            <h3>{fmt.t(W::RegisterBrowser)}</h3>
            <p class="muted">{fmt.t(W::RegisterBrowserText)}</p>
            <div class="tools inner registers-ask">
                {input(W::ModbusUnit, "browse-unit", unit)}
                {select(W::TableWord, "browse-table", table, worded(&TABLES))}
                {input(W::Address, "browse-address", first)}
                {select(W::NotationWord, "browse-notation", notation, worded(&NOTATIONS))}
                {input(W::ObjectsCount, "browse-count", count)}
            </div>
            <div class="act">
                <button type="button" class="go" data-testid="read-registers" disabled=move || busy.get() on:click=move |_| send()>{fmt.t(W::ReadNow)}</button>
            </div>
            {move || failed.get().map(|e| parts::error(&e))}
            {rows}
            {candidates}
        </section>
    }
    .into_any()
}

fn importer(device: DeviceId) -> AnyView {
    let fmt = fmt();
    let text = RwSignal::new(String::new());
    let notation = RwSignal::new("auto".to_owned());
    let replace = RwSignal::new(false);
    let report = RwSignal::new(None::<PointImport>);
    let failed = RwSignal::new(None::<ApiError>);
    let send = move |dry_run: bool| {
        failed.set(None);
        let call = ImportPoints {
            device,
            text: text.get_untracked(),
            notation: notation.get_untracked(),
            replace: replace.get_untracked(),
            dry_run,
        };
        spawn_local(async move {
            match bridge::send(call).await {
                Ok(found) => {
                    if !dry_run {
                        let said = crate::state::fmt().fill(W::PointsTaken, &[&found.points.to_string()]);
                        ctx().say(&said);
                    }
                    drop(report.try_set(Some(found)));
                }
                Err(e) => drop(failed.try_set(Some(e))),
            }
        });
    };
    let shown = move || {
        report.get().map(|report| {
            let said = fmt.fill(W::PointsFound, &[&report.points.to_string(), &report.added.to_string()]);
            let findings = report
                .findings
                .iter()
                .take(50)
                .map(|(line, why)| view! { <li data-testid=id::FINDING><span class="mark m" aria-hidden="true">"◆"</span><span>{format!("{} {line} · {why}", fmt.t(W::Line))}</span></li> })
                .collect_view();
            view! { <p>{said}</p><ul class="findings">{findings}</ul> }
        })
    };
    view! {
        <section class="card">
            <h3>{fmt.t(W::ImportPoints)}</h3>
            <p class="muted">{fmt.t(W::ImportPointsText)}</p>
            <textarea rows="6" class="tail" spellcheck="false" data-testid=id::FIELD data-field="points-csv" aria-label=fmt.t(W::ImportPoints)
                placeholder="code;unitId;functionCode;address;objectsCount;type;divider;byteOrder;wordOrder;pollPeriod"
                prop:value=move || text.get() on:input=move |e| { text.set(event_target_value(&e)); report.set(None); }></textarea>
            <div class="tools inner registers-ask">
                {select(W::NotationWord, "points-notation", notation, worded(&NOTATIONS))}
                <label class="field check"><input type="checkbox" data-testid=id::FIELD data-field="points-replace"
                    prop:checked=move || replace.get() on:change=move |e| replace.set(event_target_checked(&e)) />{fmt.t(W::ReplacePoints)}</label>
            </div>
            <div class="act">
                {parts::button(fmt.t(W::TryTable), "", "try-points", move || send(true))}
                {parts::button(fmt.t(W::TakePoints), "", "take-points", move || send(false))}
            </div>
            {move || failed.get().map(|e| parts::error(&e))}
            {shown}
        </section>
    }
    .into_any()
}
