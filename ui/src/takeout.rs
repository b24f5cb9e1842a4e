//! Taking a list out: one control for every list of the console, all rows as filtered and sorted, as CSV, XLSX or JSON.
//!
//! The host writes the file ([`ExportTable`]); what is said here is which rows, which columns, and what columns and codes are called.
//! A cell of the screen that shows several things is several columns of the file ([`parts_of`]).

use crate::format::Fmt;
use crate::i18n::W;
use crate::pages::{counts, fleet, goods, handling, ledger, warehouse};
use crate::state::{ctx, fmt, fresh};
use crate::testids as id;
use crate::{bridge, browser, wording};
use contract::{Call, ExportTable, TableColumn, TableFormat};
use leptos::prelude::*;
use std::cell::RefCell;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// What is asked for.
pub struct Asked {
    /// The list's own call, as text.
    query: String,
    /// The rows, where the screen chose and ordered them itself.
    only: Option<Vec<String>>,
}

/// All rows that a call has.
pub fn whole<C: Call>(call: &C) -> Asked {
    Asked { query: serde_json::to_string(call).unwrap_or_default(), only: None }
}

/// Of the rows that a call has, these in this order.
pub fn these<C: Call>(call: &C, only: impl IntoIterator<Item = impl ToString>) -> Asked {
    Asked { only: Some(only.into_iter().map(|id| id.to_string()).collect()), ..whole(call) }
}

/// Asked when a person takes the list out.
pub type Ask = Arc<dyn Fn() -> Asked + Send + Sync>;

/// A list that can be taken out.
#[derive(Clone)]
pub struct Takeout {
    /// Its name at the host.
    pub table: &'static str,
    /// Its name for people.
    pub title: W,
    /// Its columns, in order, and what they are called.
    pub columns: Arc<dyn Fn() -> Vec<(&'static str, W)> + Send + Sync>,
    /// Its rows.
    pub ask: Ask,
}

thread_local! {
    /// The controls of the lists in sight, the innermost last.
    static PANEL: RefCell<Vec<(u64, RwSignal<bool>)>> = const { RefCell::new(Vec::new()) };
}

/// Opens the control of the list in sight; false where the page has none.
pub fn open() -> bool {
    PANEL.with(|p| p.borrow().last().map(|(_, open)| open.try_set(true))).is_some_and(|left| left.is_none())
}

/// The columns of a file that stand for one of the screen, where these are more than one or another.
fn parts_of(table: &str, key: &str) -> Option<&'static [(&'static str, W)]> {
    Some(match (table, key) {
        ("stock", "name") => &[("sku", W::FieldSku), ("name", W::Item), ("unit", W::FieldUnit)],
        ("demand", "name") => &[("sku", W::FieldSku), ("name", W::Item)],
        ("count-lines", "name") => &[("sku", W::FieldSku), ("name", W::Item), ("unit", W::FieldUnit)],
        ("count-lines", "mark") => &[],
        ("replenish", "mark") => &[("state", W::StateWord), ("supplier", W::Supplier)],
        ("replenish", "name") => &[("sku", W::FieldSku), ("name", W::Item), ("unit", W::FieldUnit)],
        ("alarms", "alarm") => &[("kind", W::AlarmWord), ("channel", W::Channel), ("unit", W::FieldUnit)],
        ("devices", "device") => &[("device", W::DeviceWord), ("endpoint", W::Address)],
        ("quality", "channel") => &[
            ("channel", W::Channel),
            ("device", W::DeviceWord),
            ("room", W::Room),
            ("issues", W::DqIssues),
            ("unit", W::FieldUnit),
        ],
        ("deliveries", "customer") => &[("code", W::FieldOrder), ("customer", W::CustomerWord)],
        ("deliveries", "state") => &[("state", W::StateWord), ("unserved", W::Why)],
        ("deliveries", "window") => &[("from", W::FieldWindowFrom), ("to", W::FieldWindowTo)],
        ("vehicles", "vehicle") => &[("vehicle", W::VehicleWord), ("name", W::Name)],
        ("vehicles", "shift") => &[("from", W::FieldShiftFrom), ("to", W::FieldShiftTo)],
        _ => return None,
    })
}

/// What the codes of a column are called.
fn words_of(fmt: &Fmt, table: &str, key: &str) -> Vec<(String, String)> {
    let of = |codes: &[&str], word: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        codes.iter().map(|code| ((*code).to_owned(), word(code))).collect()
    };
    let t = |word: Option<W>, code: &str| word.map_or_else(|| code.to_owned(), |word| fmt.t(word).to_owned());
    let yes = |word: &str| fmt.t(if word == "yes" { W::YesWord } else { W::NoWord }).to_owned();
    match (table, key) {
        ("alarms", "priority") => {
            of(&wording::PRIORITIES, &|code| fmt.t(wording::priority(code).2).to_owned())
        }
        ("alarms", "kind") => of(
            &[
                "High",
                "Low",
                "NoData",
                "DeviceFault",
                "EndpointLost",
                "Backup",
                "Recording",
                "Calibration",
                "Damage",
            ],
            &|code| wording::alarm_kind(fmt, code),
        ),
        ("devices", "state") => of(&["Up", "Waiting", "Late", "Silent", "Faulty", "Off"], &|code| {
            t(wording::device_state(code).2, code)
        }),
        ("quality", "issues") => of(
            &[
                "Stuck",
                "OutOfRange",
                "RateOfChange",
                "Spike",
                "Repeat",
                "ClockDrift",
                "Conflict",
                "Questioned",
                "NoNumber",
                "Missing",
                "DeviceClock",
                "CalibrationExpired",
                "CalibrationDue",
                "UnitUnknown",
                "NoLimits",
            ],
            &|code| wording::doubt(fmt, code),
        ),
        ("replenish", "state") => {
            of(&["Draft", "Approved", "Ordered", "Dismissed"], &|code| t(wording::proposal_state(code), code))
        }
        ("count-lines", "state") => counts::words_of_states(fmt),
        ("count-lines", "why") => counts::words_of_reasons(fmt),
        ("deliveries", "state") => {
            of(&["Unplanned", "Planned", "Unserved", "UnderWay", "Served", "Late"], &|code| {
                t(fleet::delivery_state(code), code)
            })
        }
        ("deliveries", "unserved") => {
            of(&["Unreachable", "TooLarge", "WindowClosed", "NoRoom"], &|code| t(fleet::unserved(code), code))
        }
        ("vehicles", "active")
        | ("stock-ledger", "taken-back")
        | ("stock-lies", "expired")
        | ("inbound" | "outbound", "late")
        | ("outbound", "backorder")
        | ("bins", "measured") => of(&["yes", "no"], &yes),
        ("inbound" | "outbound" | "returns", _) => goods::words_of(fmt, table, key),
        ("handling-units" | "serial-numbers", _) => handling::words_of(fmt, table, key),
        ("bins", "class") | ("bin-contents", "wants") => warehouse::class_choices(fmt),
        ("bin-contents", "stands") => ledger::words_of(fmt, key),
        ("stock-ledger" | "stock-lies" | "stock-trace" | "stock-work", _) => ledger::words_of(fmt, key),
        ("imports", "kind") => of(
            &[
                "orders",
                "items",
                "stock",
                "deliveries",
                "vehicles",
                "levels",
                "places",
                "suppliers",
                "customers",
                "shipments",
            ],
            &|code| wording::kind(fmt, code),
        ),
        ("findings", "finding") => of(&wording::FINDINGS, &|code| wording::finding_name(fmt, code)),
        _ => Vec::new(),
    }
}

impl Takeout {
    /// A card's own list, with fixed columns.
    pub fn card(
        table: &'static str,
        title: W,
        columns: &'static [(&'static str, W)],
        ask: impl Fn() -> Asked + Send + Sync + 'static,
    ) -> Self {
        Self { table, title, columns: Arc::new(move || columns.to_vec()), ask: Arc::new(ask) }
    }

    fn call(&self, format: TableFormat) -> ExportTable {
        let fmt = fmt();
        let Asked { query, only } = (self.ask)();
        let column = |(key, word): (&'static str, W)| TableColumn {
            key: key.to_owned(),
            head: fmt.t(word).to_owned(),
            words: words_of(&fmt, self.table, key),
        };
        let shown = (self.columns)().into_iter();
        let columns = shown.flat_map(|(key, word)| match parts_of(self.table, key) {
            Some(parts) => parts.iter().copied().map(column).collect::<Vec<_>>(),
            None => vec![column((key, word))],
        });
        let mut seen = Vec::new();
        let columns = columns
            .filter(|c| {
                !seen.contains(&c.key) && {
                    seen.push(c.key.clone());
                    true
                }
            })
            .collect();
        let title = fmt.t(self.title).to_owned();
        ExportTable { table: self.table.to_owned(), query, only, columns, format, title }
    }

    fn take(&self, format: TableFormat) {
        let ctx = ctx();
        let call = self.call(format);
        ctx.say(fmt().t(W::ExportUnderWay));
        spawn_local(async move {
            match bridge::send(call).await {
                Ok(file) => crate::pages::actions::hand_over(file).await,
                Err(e) => ctx.fail(&e),
            }
        });
    }

    /// The control. `main`: it is that of the page's list, which the key opens.
    pub fn button(self, main: bool) -> AnyView {
        let fmt = fmt();
        let shown = RwSignal::new(false);
        if main {
            let mine = fresh();
            PANEL.with(|p| p.borrow_mut().push((mine, shown)));
            on_cleanup(move || PANEL.with(|p| p.borrow_mut().retain(|(held, _)| *held != mine)));
        }
        let button_id = format!("export-{}", self.table);
        let back = button_id.clone();
        let close = StoredValue::new(move || {
            shown.set(false);
            let back = back.clone();
            request_animation_frame(move || browser::focus(&back));
        });
        let this = StoredValue::new(self);
        let panel = move || shown.get().then(|| panel(this, move || close.with_value(|close| close())));
        let name = this.with_value(|this| this.table);
        let hint = if main { W::KeyExport } else { W::ExportText };
        view! {
            <div class="columns-of">
                <button type="button" class="quiet" id=button_id aria-haspopup="menu" aria-expanded=move || shown.get().to_string()
                    title=fmt.t(hint) data-testid=id::EXPORT data-table=name on:click=move |_| shown.update(|s| *s = !*s)>{fmt.t(W::Export)}</button>
                {panel}
            </div>
        }
        .into_any()
    }
}

/// The formats, each with the key that takes it.
const FORMATS: [(TableFormat, &str, &str, W); 3] = [
    (TableFormat::Csv, "c", "CSV", W::ExportCsv),
    (TableFormat::Xlsx, "x", "XLSX", W::ExportXlsx),
    (TableFormat::Json, "j", "JSON", W::ExportJson),
];

fn panel(this: StoredValue<Takeout>, close: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    let fmt = fmt();
    let item = |n: usize| format!("export-format-{n}");
    let take = move |format: TableFormat| {
        this.with_value(|this| this.take(format));
        close();
    };
    let pressed = move |e: web_sys::KeyboardEvent| {
        let key = e.key();
        let here = Some(browser::focused_id()).and_then(|f| (0..FORMATS.len()).find(|n| item(*n) == f));
        match (key.as_str(), here) {
            ("Escape", _) => close(),
            ("ArrowDown", at) => browser::focus(&item(at.map_or(0, |n| (n + 1) % FORMATS.len()))),
            ("ArrowUp", at) => {
                browser::focus(&item(at.map_or(0, |n| (n + FORMATS.len() - 1) % FORMATS.len())))
            }
            (key, _) => match FORMATS.iter().find(|format| format.1 == key) {
                Some(format) => take(format.0),
                None => {
                    e.stop_propagation();
                    return;
                }
            },
        }
        e.stop_propagation();
        e.prevent_default();
    };
    let rows = FORMATS
        .iter()
        .enumerate()
        .map(|(n, (format, key, name, word))| {
            let format = *format;
            view! {
                <button type="button" role="menuitem" class="format" id=item(n) data-testid=id::EXPORT_FORMAT data-format=*name on:click=move |_| take(format)>
                    <b>{*name}</b><span class="muted">{fmt.t(*word)}</span><kbd aria-hidden="true">{*key}</kbd>
                </button>
            }
        })
        .collect_view();
    request_animation_frame(move || browser::focus(&item(0)));
    view! {
        <div class="catch" on:click=move |_| close()></div>
        <div class="panel" role="menu" aria-label=fmt.t(W::Export) data-testid=id::EXPORT_PANEL on:keydown=pressed>
            {rows}
            <p class="muted">{fmt.t(W::ExportText)}</p>
        </div>
    }
    .into_any()
}
