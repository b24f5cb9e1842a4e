//! Files in: what was imported, what runs, and the way from a file to its rows: choose, map, check, import.

use super::{fleet, split};
use crate::base64;
use crate::bridge;
use crate::browser;
use crate::columns::{Column, Table, number, text};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts::{self, fact, grid};
use crate::state::{ctx, fmt, on_act};
use crate::table::{Long, Row, rows as long_rows, step, td};
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use crate::wording;
use contract::*;
use leptos::prelude::*;
use units::JobId;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

/// Bytes of a piece: 3 MiB are 4 MiB of base64.
const PIECE: f64 = 3.0 * 1024.0 * 1024.0;

fn kind_of(name: &str) -> ImportKind {
    match name {
        "items" => ImportKind::Items,
        "stock" => ImportKind::Stock,
        "deliveries" => ImportKind::Deliveries,
        "vehicles" => ImportKind::Vehicles,
        "levels" => ImportKind::Levels,
        "places" => ImportKind::Places,
        "suppliers" => ImportKind::Suppliers,
        "customers" => ImportKind::Customers,
        "shipments" => ImportKind::Shipments,
        "orders" => ImportKind::Orders,
        _ => ImportKind::Auto,
    }
}

fn kind_name(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Orders => "orders",
        ImportKind::Items => "items",
        ImportKind::Stock => "stock",
        ImportKind::Deliveries => "deliveries",
        ImportKind::Vehicles => "vehicles",
        ImportKind::Auto => "auto",
        ImportKind::Levels => "levels",
        ImportKind::Places => "places",
        ImportKind::Suppliers => "suppliers",
        ImportKind::Customers => "customers",
        ImportKind::Shipments => "shipments",
    }
}

const OUT: [(&str, W); 12] = [
    ("number", W::Number),
    ("kind", W::Kind),
    ("file", W::FileOfImport),
    ("when", W::When),
    ("who", W::Who),
    ("stored", W::RowsStored),
    ("duplicates", W::RowsKnown),
    ("corrected", W::RowsCorrected),
    ("rejected", W::RowsRejected),
    ("quantity", W::Quantity),
    ("undone", W::UndoneOn),
    ("hash", W::Hash),
];

/// What the list says of jobs and imports: `j12`, `i3`; else the form.
/// The mapping's own field for how dates are written.
const DATE_ORDER: &str = "date_order";

/// The mapping's own fields for how decimals are written, and for the sheet.
const DECIMAL_MARK: &str = "decimal_mark";
/// Where orders come from.
const SOURCE: &str = "source";
const SHEET: &str = "sheet";

/// Whether the file's dates can be read two ways.
fn asks_date_order(preview: &ImportPreview) -> bool {
    preview.findings.iter().any(|finding| finding.code == "AmbiguousDate" && finding.subject == DATE_ORDER)
}

/// Columns whose dates can be read two ways though others of the file can't: `date_order:expiry`.
fn dates_asked(preview: &ImportPreview) -> Vec<String> {
    let asked = preview.findings.iter().filter(|finding| finding.code == "AmbiguousDate");
    asked.filter(|finding| finding.subject != DATE_ORDER).map(|finding| finding.subject.clone()).collect()
}

/// Whether its numbers can.
fn asks_decimal_mark(preview: &ImportPreview) -> bool {
    preview.findings.iter().any(|finding| finding.code == "AmbiguousNumber")
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Form,
    Job(JobId),
    Import(i64),
}

fn shown_of(row: &str) -> Shown {
    let number = |prefix| row.strip_prefix(prefix).and_then(|n: &str| n.parse::<i64>().ok());
    if let Some(n) = number('j') {
        Shown::Job(JobId(n))
    } else if let Some(n) = number('i') {
        Shown::Import(n)
    } else {
        Shown::Form
    }
}

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let jobs = live(|| Some(ListJobs { limit: 100 }));
    let imports = live(|| Some(ListImports { limit: 200 }));
    let form = Form::new();
    let keys = Memo::new(move |_| {
        let mut keys: Vec<String> = vec![String::new()];
        jobs.data.with(|d| keys.extend(d.iter().flatten().map(|j| format!("j{}", j.id))));
        imports.data.with(|d| keys.extend(d.iter().flatten().map(|i| format!("i{}", i.id))));
        keys
    });
    let by = move |n: i32| {
        let row = ctx.route.with_untracked(|r| r.row.clone());
        let next = keys
            .with_untracked(|k| step(k.iter().position(|key| *key == row), n, k.len()).map(|i| k[i].clone()));
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    on_act(move |act| match act {
        Act::Move(n) => by(n),
        Act::First => by(i32::MIN / 2),
        Act::Last => by(i32::MAX / 2),
        _ => false,
    });
    // A link like #/data/stock chooses what the file holds.
    Effect::new(move |_| {
        let row = ctx.route.with(|r| r.row.clone());
        if matches!(
            row.as_str(),
            "orders"
                | "items"
                | "stock"
                | "deliveries"
                | "vehicles"
                | "levels"
                | "places"
                | "suppliers"
                | "customers"
        ) {
            form.kind.set(kind_of(&row));
        }
    });
    let shown = Memo::new(move |_| ctx.route.with(|r| shown_of(&r.row)));
    let job_rows = move || match jobs.data.get() {
        None => parts::waiting(jobs.error.get()),
        Some(all) => {
            all.iter().map(|j| job_row(j, shown.get() == Shown::Job(j.id))).collect_view().into_any()
        }
    };
    let import_rows = move || {
        imports.data.get().map(|all| {
            all.iter()
                .map(|i| {
                    let key = i.id;
                    let sel = shown.get() == Shown::Import(key.0);
                    let line = format!("{} · {} · {}", wording::kind(&fmt, &i.kind), fmt.when(i.at, ctx.now.get_untracked()), i.actor);
                    view! {
                        <div class="row" class:sel=sel role="listitem" aria-current=sel.to_string() data-testid=id::IMPORT_ROW data-id=key.to_string()
                            on:click=move |_| ctx.choose(format!("i{key}"))>
                            <span class="g"></span>
                            <div class="main"><div class="t ell">{i.file.clone()}</div><div class="s">{line}</div></div>
                            <div class="v"><b>{format::count(i.stored)}</b><div class="s">{fmt.t(W::RowsStored)}</div></div>
                        </div>
                    }
                })
                .collect_view()
        })
    };
    let list = view! {
        {parts::list_head(W::PageData, move || imports.data.with(|d| d.as_ref().map_or(String::new(), |d| fmt.n(W::CountImports, d.len()))))}
        <div class="tools end">{Takeout::card("imports", W::Imports, &OUT, || whole(&ListImports { limit: 0 })).button(true)}</div>
        <div class="scroll" tabindex="0" role="list" aria-label=fmt.t(W::PageData) data-testid=id::LIST>
            <div class="row new" class:sel=move || shown.get() == Shown::Form role="listitem" data-testid=id::IMPORT_NEW on:click=move |_| ctx.choose("")>
                <span class="g">"+"</span><div class="main"><div class="t">{fmt.t(W::ImportFile)}</div><div class="s">{fmt.t(W::ImportFileText)}</div></div><div class="v"></div>
            </div>
            <div class="sect" data-testid=id::GROUP_HEAD>{fmt.t(W::Jobs)}</div>{job_rows}
            <div class="sect" data-testid=id::GROUP_HEAD>{fmt.t(W::Imports)}</div>{import_rows}
        </div>
    }
    .into_any();
    let kind_of_detail = Memo::new(move |_| match shown.get() {
        Shown::Form => 0,
        Shown::Job(_) => 1,
        Shown::Import(_) => 2,
    });
    let detail = move || match kind_of_detail.get() {
        0 => form.view(),
        1 => {
            let job = Memo::new(move |_| match shown.get() {
                Shown::Job(job) => Some(job),
                _ => None,
            });
            view! { {job_detail(job)} }.into_any()
        }
        _ => {
            let one = Memo::new(move |_| match shown.get() {
                Shown::Import(n) => imports.data.with(|d| d.iter().flatten().find(|i| i.id.0 == n).cloned()),
                _ => None,
            });
            (move || one.get().map(|i| import_detail(&i))).into_any()
        }
    };
    split(list, detail.into_any())
}

fn job_row(j: &JobRow, sel: bool) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let key = j.id;
    let (class, shape, word) = wording::job_state(&j.state);
    let word = word.map_or_else(|| j.state.clone(), |w| fmt.t(w).to_owned());
    let share = if j.total > 0 { format!(" {} %", j.done * 100 / j.total.max(1)) } else { String::new() };
    let running = j.state == "Running";
    view! {
        <div class="row" class:sel=sel role="listitem" aria-current=sel.to_string() data-testid=id::JOB_ROW data-id=key.to_string() data-state=j.state.clone()
            on:click=move |_| ctx.choose(format!("j{key}"))>
            <span class=format!("g mark {class}") aria-hidden="true">{shape}</span>
            <div class="main"><div class="t ell">{wording::kind(&fmt, &j.kind)}" "{j.subject.clone()}</div><div class="s">{fmt.when(j.started_at, ctx.now.get_untracked())}</div></div>
            <div class="v"><b>{word}</b><div class="s">{running.then_some(share)}</div></div>
        </div>
    }
    .into_any()
}

/// A job: how far it is, cancel, what came of it.
fn job_detail(job: Memo<Option<JobId>>) -> AnyView {
    let fmt = fmt();
    let answer = live(move || job.get().map(|id| GetJob { id }));
    let shown = Memo::new(move |_| {
        let id = job.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.id == id).cloned())
    });
    let head = move || match shown.get() {
        None => answer.error.get().map_or_else(|| parts::waiting(None), |e| parts::error(&e)),
        Some(j) => {
            let (class, shape, word) = wording::job_state(&j.state);
            let word = word.map_or_else(|| j.state.clone(), |w| fmt.t(w).to_owned());
            parts::heading(
                Some(
                    view! { <span class=format!("mark {class}") aria-hidden="true">{shape}</span> }
                        .into_any(),
                ),
                format!("{} {}", wording::kind(&fmt, &j.kind), j.subject),
                j.error.clone().unwrap_or(word),
                fmt.stamp(j.started_at),
                j.ended_at.map_or(String::new(), |end| fmt.span(end - j.started_at)),
            )
        }
    };
    view! { {head}{progress(shown)}{result(shown)} }.into_any()
}

fn progress(shown: Memo<Option<JobRow>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    (move || {
        shown.get().filter(|j| j.state == "Running").map(|j| {
            let share = if j.total > 0 { Some(j.done as f64 / j.total as f64) } else { None };
            let text = match share {
                Some(s) => {
                    let gone = (ctx.now.get_untracked() - j.started_at).0 as f64;
                    let left = if s > 0.02 {
                        format!(
                            " · {}",
                            fmt.fill(W::TimeLeft, &[&fmt.span(units::Millis((gone * (1.0 - s) / s) as i64))])
                        )
                    } else {
                        String::new()
                    };
                    format!("{:.0} %{left}", s * 100.0)
                }
                None => format::count(j.done),
            };
            let id_ = j.id;
            let cancel = move || {
                spawn_local(async move {
                    if let Err(e) = bridge::send(CancelJob { id: id_ }).await {
                        ctx.fail(&e);
                    }
                });
            };
            view! {
                <div class="card progress" data-testid=id::IMPORT_PROGRESS>
                    <progress max="1" value=share.map(|s| s.to_string())></progress><span>{text}</span>
                    {parts::button(fmt.t(W::Cancel), "", id::CANCEL_JOB, cancel)}
                </div>
            }
        })
    })
    .into_any()
}

/// What a job made, by what its result reads as.
fn result(shown: Memo<Option<JobRow>>) -> AnyView {
    let text = Memo::new(move |_| shown.with(|j| j.as_ref().and_then(|j| Some((j.id, j.result.clone()?)))));
    (move || {
        text.get().map(|(job, text)| {
            if let Ok(report) = serde_json::from_str::<ImportReport>(&text) {
                import_report(report, job)
            } else if let Ok(report) = serde_json::from_str::<PlanningReport>(&text) {
                planning_report(report, job)
            } else if let Ok(report) = serde_json::from_str::<SolveReport>(&text) {
                fleet::solve_report(&report)
            } else if let Ok(report) = serde_json::from_str::<RoadsReport>(&text) {
                fleet::roads_report(&report)
            } else {
                view! { <pre class="card">{text}</pre> }.into_any()
            }
        })
    })
    .into_any()
}

/// Findings by code, counted, as lines of an argument.
pub fn counts(all: &[(String, u64)]) -> Vec<(String, String, String)> {
    let fmt = fmt();
    let remedy = |code: &str| wording::finding_remedy(code).map_or_else(String::new, |w| fmt.t(w).to_owned());
    all.iter().map(|(code, n)| (wording::finding_name(&fmt, code), format::count(*n), remedy(code))).collect()
}

fn import_report(r: ImportReport, job: JobId) -> AnyView {
    let fmt = fmt();
    let sentence = if r.already {
        W::ImportAlready
    } else if r.dry_run {
        W::ImportDry
    } else {
        W::ImportDone
    };
    let span = r.span.map_or("—".to_owned(), |(a, b)| format!("{a} – {b}"));
    let ignored = (!r.ignored_columns.is_empty())
        .then(|| fmt.fill(W::IgnoredColumns, &[&r.ignored_columns.join(", ")]));
    let hash: String = r.sha256.chars().take(16).collect();
    let table = finding_table(r.findings.clone(), r.counts.iter().map(|c| c.1).sum(), job);
    let counted = counts(&r.counts);
    let said = r.layout.clone().map(|layout| {
        let kind = r.kind.map(|kind| wording::kind(&fmt, kind_name(kind))).unwrap_or_default();
        view! { <p class="muted">{fmt.fill(W::RecognisedAs, &[&layout, &kind])}</p> }
    });
    let totals = (!r.totals.is_empty()).then(|| totals_table(&r.totals));
    let corrections = (!r.corrections.is_empty()).then(|| corrections_table(&r.corrections, r.corrected));
    let columns = (!r.columns.is_empty()).then(|| column_table(&r.columns));
    let correct = r.correctable.clone().map(|name| {
        parts::button(fmt.t(W::RowsToCorrect), "", "import-correct", move || fetch_rejected(name.clone()))
    });
    view! {
        <section data-testid=id::IMPORT_REPORT class="stack">
            <p>{fmt.t(sentence)}</p>{said}
            {parts::facts(vec![
                fact("rows", W::RowsRead, format::count(r.rows)),
                fact("stored", if r.dry_run { W::RowsWouldStore } else { W::RowsStored }, format::count(r.stored)),
                fact("duplicates", W::RowsKnown, format::count(r.duplicates)),
                fact("corrected", if r.dry_run { W::RowsWouldCorrect } else { W::RowsCorrected }, format::count(r.corrected)),
                fact("rejected", W::RowsRejected, format::count(r.rejected)),
                fact("new-items", W::NewItems, format::count(r.new_items)),
            ])}
            {parts::reasons(vec![
                (fmt.t(W::Quantity).into(), format::qty(r.quantity), String::new()),
                (fmt.t(W::Amount).into(), fmt.money(r.amount), String::new()),
                (fmt.t(W::Span).into(), span, String::new()),
                (fmt.t(W::Took).into(), format!("{} s", format::decimal(r.took_ms as i64, 1)), format!("SHA-256 {hash}…")),
            ])}
            {ignored.map(|t| view! { <p class="muted">{t}</p> })}
            {totals}
            {corrections}
            {(!counted.is_empty()).then(|| parts::reasons(counted))}
            {correct.map(|button| view! { <div class="act">{button}</div> })}
            {table}
            {columns}
        </section>
    }
    .into_any()
}

/// The site before and after, a line a figure.
fn totals_table(totals: &[BeforeAfter]) -> AnyView {
    let fmt = fmt();
    let rows = totals
        .iter()
        .map(|total| {
            let change = total.after.minus(total.before);
            let cells = vec![
                parts::cell(wording::import_total(&fmt, &total.name)),
                parts::cell(format::qty(total.before)),
                parts::cell(format::qty(total.after)),
                parts::cell(if change.0 > 0 {
                    format!("+{}", format::qty(change))
                } else {
                    format::qty(change)
                }),
            ];
            (total.name.clone(), cells)
        })
        .collect();
    view! {
        <section class="card">{grid(W::BeforeAfter, &[(W::BeforeAfter, false), (W::ImportBefore, true), (W::ImportAfter, true), (W::ImportChange, true)], rows, "import-total")}</section>
    }
    .into_any()
}

/// Order lines that the file says otherwise: what was, and what is.
fn corrections_table(all: &[CorrectionRow], total: u64) -> AnyView {
    let fmt = fmt();
    let rows = all
        .iter()
        .enumerate()
        .flat_map(|(n, one)| {
            one.changes.iter().enumerate().map(move |(at, (what, was, is))| {
                // A line of an order is named once, however much of it changed.
                let first = |text: &str| parts::cell(if at == 0 { text.to_owned() } else { String::new() });
                let word = match what.as_str() {
                    "day" => W::DayWord,
                    "quantity" => W::Quantity,
                    "amount" => W::Amount,
                    _ => W::CustomerWord,
                };
                let (was, is) = if what == "customer" {
                    ("—".to_owned(), fmt.t(W::AnotherOne).to_owned())
                } else {
                    (was.clone(), is.clone())
                };
                let is = view! { <b>{is}</b> }.into_any();
                let cells = vec![
                    first(&one.order),
                    first(&one.sku),
                    parts::cell(fmt.t(word).to_owned()),
                    parts::cell(was),
                    is,
                ];
                (format!("{n}-{at}"), cells)
            })
        })
        .collect();
    let heads = [
        (W::FieldOrder, false),
        (W::FieldSku, false),
        (W::ImportChange, false),
        (W::ImportBefore, true),
        (W::ImportAfter, true),
    ];
    let shown = if total > all.len() as u64 {
        fmt.fill(W::CountOf, &[&format::count(all.len() as u64), &format::count(total)])
    } else {
        format::count(total)
    };
    view! {
        <section class="card"><h3>{fmt.t(W::CorrectionsTitle)}" "<span class="muted">{shown}</span></h3>
        <p class="muted">{fmt.t(W::CorrectionsText)}</p>
        {grid(W::CorrectionsTitle, &heads, rows, id::CORRECTION_ROW)}</section>
    }
    .into_any()
}

/// What each column of the file held, and whether it is kept.
fn column_table(columns: &[ColumnTotal]) -> AnyView {
    let fmt = fmt();
    let rows = columns
        .iter()
        .map(|column| {
            let kept = if column.kept {
                view! { <span class="muted">{fmt.t(W::KeptMark)}</span> }.into_any()
            } else {
                view! { <span class="mark warn">"△ "{fmt.t(W::NotKeptMark)}</span> }.into_any()
            };
            let cells = vec![
                parts::cell(wording::import_field(&fmt, &column.field)),
                parts::cell(column.column.clone()),
                parts::cell(format::count(column.rows)),
                parts::cell(column.sum.map(format::qty).unwrap_or_default()),
                kept,
            ];
            (column.field.clone(), cells)
        })
        .collect();
    view! {
        <section class="card">{grid(W::ColumnsRead, &[(W::Field, false), (W::Column, false), (W::ImportRows, true), (W::SumWord, true), (W::ColumnsRead, false)], rows, "import-column-total")}</section>
    }
    .into_any()
}

/// The rows to correct, saved where the browser saves files.
fn fetch_rejected(name: String) {
    let ctx = ctx();
    spawn_local(async move {
        match bridge::send(RejectedRows { name }).await {
            Ok(file) => {
                if let Err(message) = browser::download(&file.name, "text/csv", file.text.as_bytes()) {
                    ctx.fail(&ApiError { code: Code::Storage, message, trace_id: String::new() });
                }
            }
            Err(e) => ctx.fail(&e),
        }
    });
}

fn planning_report(r: PlanningReport, job: JobId) -> AnyView {
    let fmt = fmt();
    let models = r
        .models
        .iter()
        .map(|(m, n)| (wording::model(&fmt, m), format::count(*n), String::new()))
        .collect::<Vec<_>>();
    let counted = counts(&r.counts);
    view! {
        <section class="stack" data-testid=id::IMPORT_REPORT>
            {parts::facts(vec![
                fact("items", W::ItemsForecast, format::count(r.items)),
                fact("proposals", W::Proposals, format::count(r.proposals)),
                fact("cost", W::Cost, fmt.money(r.cost)),
                fact("provider", W::Provider, r.provider.clone().unwrap_or_else(|| "—".into())),
                fact("took", W::Took, format::decimal(r.took_ms as i64, 1)).unit("s"),
            ])}
            {(!models.is_empty()).then(|| parts::reasons(models))}
            {(!counted.is_empty()).then(|| parts::reasons(counted))}
            {finding_table(r.findings, r.counts.iter().map(|c| c.1).sum(), job)}
        </section>
    }
    .into_any()
}

#[derive(Clone, Copy, PartialEq)]
enum FindingSort {
    Line,
    Code,
}

const FINDINGS: [Column<FindingSort>; 5] = [
    text("severity", W::Priority, 14),
    number("line", W::LineWord, 58).up(FindingSort::Line),
    text("finding", W::Finding, 110).grows().up(FindingSort::Code),
    text("subject", W::Subject, 80).grows(),
    text("detail", W::Detail, 90).grows(),
];

/// Every finding, one a row, however many.
fn finding_table(all: Vec<FindingRow>, counted: u64, job: JobId) -> AnyView {
    if all.is_empty() {
        return ().into_any();
    }
    let fmt = fmt();
    let n = all.len();
    let shown = if counted > n as u64 {
        fmt.fill(W::CountOf, &[&format::count(n as u64), &format::count(counted)])
    } else {
        format::count(n as u64)
    };
    let mut by_code: Vec<usize> = (0..n).collect();
    by_code.sort_by(|a, b| all[*a].code.cmp(&all[*b].code));
    let (all, by_code) = (StoredValue::new(all), StoredValue::new(by_code));
    let table = Table::part("findings", &FINDINGS, "line")
        .takes(W::Findings, move || whole(&GetJob { id: job }))
        .in_sight();
    let total = Signal::derive(move || n);
    let none = Signal::derive(|| None::<usize>);
    let row = move |i: usize, f: &FindingRow| {
        let (class, shape) = wording::severity_mark(&f.severity);
        let cell = |key: &'static str| {
            match key {
            "severity" => view! { <span role="gridcell" class=format!("mark {class}") title=f.severity.clone()>{shape}</span> }.into_any(),
            "line" => td("num muted", f.line.map(format::count).unwrap_or_default()),
            "finding" => td("ell", wording::finding_name(&fmt, &f.code)),
            "subject" => td("ell", f.subject.clone()),
            _ => view! { <span role="gridcell" class="ell muted" title=f.detail.clone()>{f.detail.clone()}</span> }.into_any(),
        }
        };
        Row { testid: id::FINDING, id: i.to_string(), class: "", marked: false, cells: table.cells(cell) }
    };
    let data = move |i: usize| {
        let (by, reverse) = table.sort()?;
        all.with_value(|all| {
            let n = if reverse { all.len().checked_sub(i + 1)? } else { i };
            match by {
                FindingSort::Line => all.get(n).cloned(),
                FindingSort::Code => by_code.with_value(|order| all.get(*order.get(n)?).cloned()),
            }
        })
    };
    let long = Long { label: fmt.t(W::Findings), total, chosen: none, seen: None, tall: false };
    let list = long_rows(long, data, row, |_, _| {});
    let height = format!("{}px", (n.min(14) * 28 + 36).max(64));
    view! {
        <section class="card nopad">
            <div class="tools"><h3>{fmt.t(W::Findings)}" "<span class="muted">{shown}</span></h3>{table.controls()}</div>
            <div class="boxed" style:height=height>{table.boxed(list)}</div>
        </section>
    }
    .into_any()
}

fn import_detail(i: &ImportRow) -> AnyView {
    let fmt = fmt();
    view! {
        {parts::heading(None, i.file.clone(), format!("{} · {}", wording::kind(&fmt, &i.kind), i.actor), fmt.stamp(i.at), format!("№ {}", i.id))}
        {parts::facts(vec![
            fact("stored", W::RowsStored, format::count(i.stored)),
            fact("duplicates", W::RowsKnown, format::count(i.duplicates)),
            fact("corrected", W::RowsCorrected, format::count(i.corrected)),
            fact("rejected", W::RowsRejected, format::count(i.rejected)),
        ])}
        {match i.undone {
            Some(at) => view! { <p data-testid="import-undone">"↺ "{fmt.fill(W::UndoneAt, &[&fmt.stamp(at)])}</p> }.into_any(),
            None => undo(i.id),
        }}
        <p class="muted">"SHA-256 "<code>{i.sha256.clone()}</code></p>
    }
    .into_any()
}

/// Undo: first what it would take back and what would stay, then the deed.
fn undo(import: units::ImportId) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = RwSignal::new(None::<ImportUndone>);
    let ask = move |dry_run: bool, narrow: bool| {
        spawn_local(async move {
            match bridge::send(UndoImport { id: import, narrow, dry_run }).await {
                Ok(undone) => {
                    answer.try_set(Some(undone));
                }
                Err(e) => ctx.fail(&e),
            }
        });
    };
    let shown = move || {
        answer.get().map(|undone| {
            let figures = [undone.movements, undone.order_lines, undone.restored].map(format::count);
            let word = if undone.dry_run { W::UndoWould } else { W::UndoDone };
            let text = fmt.fill(word, &[&figures[0], &figures[1], &figures[2]]);
            let built_on = undone.narrowed.then(|| view! { <p><span class="mark warn">"△ "</span>{fmt.t(W::UndoBuiltOn)}</p> });
            let rows: Vec<_> = undone
                .kept
                .iter()
                .enumerate()
                .map(|(n, kept)| {
                    let cells = vec![
                        parts::cell(kept.subject.clone()),
                        parts::cell(wording::import_kept(&fmt, &kept.because)),
                        parts::cell(kept.by.clone().unwrap_or_default()),
                    ];
                    (n.to_string(), cells)
                })
                .collect();
            let stays = (!rows.is_empty()).then(|| {
                view! { <section class="card">{grid(W::UndoStays, &[(W::UndoStays, false), (W::UndoWhy, false), (W::Detail, false)], rows, "import-kept")}</section> }
            });
            let narrow = undone.narrowed;
            let go = undone.dry_run.then(|| {
                let word = if narrow { W::UndoRest } else { W::UndoNow };
                view! { <div class="act">{parts::go_button(fmt.t(word), "", "import-undo-now", move || ask(false, narrow))}</div> }
            });
            view! { <div class="stack"><p data-testid="import-undo-said">{text}</p>{built_on}{stays}{go}</div> }
        })
    };
    let first = move || {
        answer.with(Option::is_none).then(|| {
            view! { <div class="act">{parts::button(fmt.t(W::UndoImport), "", "import-undo", move || ask(true, false))}</div> }
        })
    };
    view! { {first}{shown} }.into_any()
}

/// Hands a file over piece by piece; `sent` hears how many bytes of how many. Answers with its token.
pub async fn stage(file: &web_sys::File, sent: impl Fn(f64, f64)) -> Result<String, ApiError> {
    let size = file.size();
    let mut token = None;
    let mut from = 0.0;
    loop {
        let to = (from + PIECE).min(size);
        let bytes = browser::read_piece(file, from, to).await.map_err(|message| ApiError {
            code: Code::BadInput,
            message,
            trace_id: String::new(),
        })?;
        let last = to >= size;
        let staged =
            bridge::send(StageFile { token, name: file.name(), base64: base64::encode(&bytes), last })
                .await?;
        sent(to, size);
        from = to;
        if last {
            return Ok(staged.token);
        }
        token = Some(staged.token);
    }
}

/// Where the form is.
#[derive(Clone, Copy)]
struct Form {
    kind: RwSignal<ImportKind>,
    name: RwSignal<String>,
    /// Sent of so many bytes.
    sending: RwSignal<Option<(f64, f64)>>,
    file: RwSignal<Option<FileRef>>,
    preview: RwSignal<Option<ImportPreview>>,
    mapping: RwSignal<ColumnMapping>,
    /// The sheet asked for.
    sheet: RwSignal<Option<String>>,
    job: RwSignal<Option<JobId>>,
    failed: RwSignal<Option<ApiError>>,
}

impl Form {
    fn new() -> Self {
        Self {
            kind: RwSignal::new(ImportKind::Auto),
            name: RwSignal::new(String::new()),
            sending: RwSignal::new(None),
            file: RwSignal::new(None),
            preview: RwSignal::new(None),
            mapping: RwSignal::new(Vec::new()),
            sheet: RwSignal::new(None),
            job: RwSignal::new(None),
            failed: RwSignal::new(None),
        }
    }

    /// Sends the file piece by piece, then asks for its head.
    fn take(self, file: web_sys::File) {
        self.name.set(file.name());
        self.file.set(None);
        self.preview.set(None);
        self.sheet.set(None);
        self.job.set(None);
        self.failed.set(None);
        spawn_local(async move {
            match stage(&file, |sent, size| {
                self.sending.try_set(Some((sent, size)));
            })
            .await
            {
                Ok(token) => {
                    self.sending.try_set(None);
                    self.file.try_set(Some(FileRef::Staged(token)));
                    self.look().await;
                }
                Err(e) => {
                    self.sending.try_set(None);
                    self.failed.try_set(Some(e));
                }
            }
        });
    }

    async fn look(self) {
        let (Some(Some(file)), Some(kind)) = (self.file.try_get_untracked(), self.kind.try_get_untracked())
        else {
            return;
        };
        let sheet = self.sheet.try_get_untracked().flatten();
        self.job.try_set(None);
        match bridge::send(PreviewImport { kind, file, sheet }).await {
            Ok(preview) => {
                self.failed.try_set(None);
                self.mapping.try_set(preview.mapping.clone());
                self.preview.try_set(Some(preview));
            }
            Err(e) => {
                self.preview.try_set(None);
                self.failed.try_set(Some(e));
            }
        }
    }

    fn start(self, dry_run: bool) {
        let Some(file) = self.file.get_untracked() else { return };
        let found = self.preview.with_untracked(|p| p.as_ref().map(|p| p.kind));
        let (kind, mapping) = (found.unwrap_or(self.kind.get_untracked()), self.mapping.get_untracked());
        spawn_local(async move {
            match bridge::send(StartImport { kind, file, mapping, dry_run }).await {
                Ok(job) => {
                    self.failed.try_set(None);
                    self.job.try_set(Some(job));
                }
                Err(e) => {
                    self.failed.try_set(Some(e));
                }
            }
        });
    }

    fn view(self) -> AnyView {
        let fmt = fmt();
        let kinds = [
            ImportKind::Auto,
            ImportKind::Orders,
            ImportKind::Items,
            ImportKind::Stock,
            ImportKind::Levels,
            ImportKind::Places,
            ImportKind::Suppliers,
            ImportKind::Customers,
            ImportKind::Deliveries,
            ImportKind::Vehicles,
        ]
            .into_iter()
            .map(|k| {
                let on = move || self.kind.get() == k;
                view! {
                    <button type="button" class="tab" class:on=on aria-pressed=move || on().to_string() data-testid=id::IMPORT_KIND data-kind=kind_name(k)
                        on:click=move |_| {
                            self.kind.set(k);
                            spawn_local(self.look());
                        }>{wording::kind(&fmt, kind_name(k))}</button>
                }
            })
            .collect_view();
        let text = move || {
            fmt.t(match self.kind.get() {
                ImportKind::Orders => W::ImportOrdersText,
                ImportKind::Items => W::ImportItemsText,
                ImportKind::Stock => W::ImportStockText,
                ImportKind::Deliveries => W::ImportDeliveriesText,
                ImportKind::Vehicles => W::ImportVehiclesText,
                ImportKind::Auto => W::ImportAutoText,
                ImportKind::Levels => W::ImportLevelsText,
                ImportKind::Places => W::ImportPlacesText,
                ImportKind::Suppliers => W::ImportSuppliersText,
                ImportKind::Customers => W::ImportCustomersText,
                ImportKind::Shipments => W::ImportShipmentsText,
            })
        };
        let picked = move |e: web_sys::Event| {
            let file = e
                .target()
                .and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok())
                .and_then(|i| i.files())
                .and_then(|f| f.get(0));
            if let Some(file) = file {
                self.take(file);
            }
        };
        let dropped = move |e: web_sys::DragEvent| {
            e.prevent_default();
            if let Some(file) = e.data_transfer().and_then(|t| t.files()).and_then(|f| f.get(0)) {
                self.take(file);
            }
        };
        let sending = move || {
            self.sending.get().map(|(sent, size)| {
                view! {
                    <div class="card progress"><progress max="1" value=(sent / size.max(1.0)).to_string()></progress>
                    <span>{fmt.fill(W::Sending, &[&fmt.bytes(sent as u64), &fmt.bytes(size as u64)])}</span></div>
                }
            })
        };
        let head = move || {
            self.preview.get().map(|p| {
                view! { <p class="muted">{self.name.get_untracked()}" · "{p.format.clone()}" · "{fmt.n(W::CountColumns, p.columns.len())}</p>{self.recognised(&p)}{self.positions(&p)}{self.sheets(&p)} }
            })
        };
        let columns = move || self.preview.get().map(|p| self.columns(p));
        let ready = Memo::new(move |_| {
            self.preview.with(|p| {
                p.as_ref().is_some_and(|p| {
                    self.mapping.with(|m| {
                        let given = |name: &str| m.iter().any(|(field, _)| field == name);
                        self.usable(p)
                            && p.fields.iter().filter(|f| f.1).all(|f| given(&f.0))
                            && (!asks_date_order(p) || given(DATE_ORDER))
                            && dates_asked(p).iter().all(|key| given(key))
                            && (!asks_decimal_mark(p) || given(DECIMAL_MARK))
                    })
                })
            })
        });
        let buttons = move || {
            self.preview.with(Option::is_some).then(|| {
                let off = !ready.get();
                view! {
                    <div class="act">
                        <button type="button" disabled=off data-testid=id::IMPORT_CHECK on:click=move |_| self.start(true)>{fmt.t(W::CheckOnly)}</button>
                        <button type="button" class="go" disabled=off data-testid=id::IMPORT_START on:click=move |_| self.start(false)>{fmt.t(W::ImportNow)}</button>
                        {off.then(|| view! { <span class="muted">{fmt.t(W::MapNeeded)}</span> })}
                    </div>
                }
            })
        };
        let job = Memo::new(move |_| self.job.get());
        let answer = live(move || job.get().map(|id| GetJob { id }));
        let shown = Memo::new(move |_| {
            let id = job.get()?;
            answer.data.with(|d| d.as_ref().filter(|d| d.id == id).cloned())
        });
        let ended = move || {
            shown.get().and_then(|j| {
                let (class, shape, word) = wording::job_state(&j.state);
                (j.state != "Running").then(|| {
                    let text = j.error.clone().unwrap_or_else(|| word.map_or(j.state.clone(), |w| fmt.t(w).to_owned()));
                    view! { <p data-testid="import-ended" data-state=j.state.clone()><span class=format!("mark {class}")>{shape}" "</span>{text}</p> }
                })
            })
        };
        view! {
            {parts::heading(None, fmt.t(W::ImportFile).into(), String::new(), String::new(), String::new())}
            <ol class="steps">
                <li><h3>{fmt.t(W::StepKind)}</h3><div class="tabs inline" style:flex-wrap="wrap">{kinds}</div><p class="muted">{text}</p></li>
                <li><h3>{fmt.t(W::StepFile)}</h3>
                    <label class="pick" data-testid="import-drop" on:dragover=|e: web_sys::DragEvent| e.prevent_default() on:drop=dropped><input type="file" accept=".csv,.tsv,.txt,.gz,.csv.gz,.xlsx,.xlsm,.xls,.ods,.json,.edi,.x12,.edifact" data-testid=id::IMPORT_FILE on:change=picked />
                    <span class="muted">{fmt.t(W::StepFileText)}" "{fmt.t(W::DropHere)}</span></label>
                    {sending}{head}
                    {move || self.failed.get().map(|e| parts::error(&e))}
                    {move || self.preview.get().map(|p| if self.usable(&p) { parts::findings(&p.findings, 8) } else { ().into_any() })}
                </li>
                {move || self.preview.with(|p| p.as_ref().is_some_and(|p| self.usable(p))).then(|| view! { <li><h3>{fmt.t(W::StepColumns)}</h3>{columns}</li> })}
                {move || self.preview.with(|p| p.as_ref().is_some_and(|p| self.usable(p))).then(|| view! { <li><h3>{fmt.t(W::StepImport)}</h3>{buttons}{progress(shown)}{ended}{result(shown)}</li> })}
            </ol>
        }
        .into_any()
    }

    /// Whether it is known what the file holds, so that its columns can be looked at.
    fn usable(self, p: &ImportPreview) -> bool {
        p.known || self.kind.get() != ImportKind::Auto || p.positions.len() == 1
    }

    /// What the columns could be by their places, where no names say it: one to look at, several to choose from.
    fn positions(self, p: &ImportPreview) -> AnyView {
        let fmt = fmt();
        if p.positions.is_empty() || p.remembered {
            return ().into_any();
        }
        if p.positions.len() == 1 {
            return view! { <p data-testid="import-position"><span class="mark warn">"△ "</span>{fmt.t(W::PositionOnly)}</p> }
                .into_any();
        }
        let choices = p
            .positions
            .iter()
            .map(|position| {
                let fields: Vec<String> =
                    position.mapping.iter().map(|(field, _)| wording::import_field(&fmt, field)).collect();
                let shown = format!("{}: {}", wording::kind(&fmt, kind_name(position.kind)), fields.join(" · "));
                let chosen = position.clone();
                let choose = move |_| {
                    let chosen = chosen.clone();
                    self.kind.set(chosen.kind);
                    spawn_local(async move {
                        self.look().await;
                        self.mapping.set(chosen.mapping);
                    });
                };
                view! { <li><button type="button" data-testid="import-position" data-key=position.key.clone() on:click=choose>{shown}</button></li> }
            })
            .collect_view();
        view! { <p><span class="mark warn">"△ "</span>{fmt.t(W::PositionTitle)}</p><ul class="choices">{choices}</ul> }
            .into_any()
    }

    /// What a column's numbers are in, where its field comes in several units.
    fn unit(self, p: &ImportPreview, field: &str) -> Option<AnyView> {
        let fmt = fmt();
        let (_, units) = p.units.iter().find(|(of, _)| of == field)?;
        let key = format!("unit:{field}");
        let now = self
            .mapping
            .with_untracked(|m| m.iter().find(|(f, _)| *f == key).map(|(_, unit)| unit.clone()))
            .or_else(|| units.first().cloned());
        let options = units
            .iter()
            .map(|unit| view! { <option value=unit.clone() selected=Some(unit) == now.as_ref()>{unit.clone()}</option> })
            .collect_view();
        let field_key = key.clone();
        let changed = move |e: web_sys::Event| {
            let unit = event_target_value(&e);
            self.mapping.update(|m| {
                m.retain(|(f, _)| *f != key);
                m.push((key.clone(), unit));
            });
        };
        Some(
            view! { <label class="unit-of">" "{fmt.t(W::UnitOf)}" "<select data-testid=id::IMPORT_COLUMN data-field=field_key on:change=changed>{options}</select></label> }
                .into_any(),
        )
    }

    /// What the file is taken for, and why.
    fn recognised(self, p: &ImportPreview) -> AnyView {
        let fmt = fmt();
        if !p.known {
            let asked = self.kind.get_untracked() != ImportKind::Auto;
            return (!asked && p.positions.is_empty())
                .then(|| view! { <p data-testid="import-unknown"><span class="mark warn">"△ "</span>{fmt.t(W::NotRecognised)}</p> })
                .into_any();
        }
        let kind = wording::kind(&fmt, kind_name(p.kind));
        let what = match &p.layout {
            Some(layout) => fmt.fill(W::RecognisedAs, &[layout, &kind]),
            None => fmt.fill(W::RecognisedAs, &[&kind, &p.format]),
        };
        let why = if p.remembered {
            fmt.t(W::RecognisedByHand).to_owned()
        } else {
            fmt.fill(W::RecognisedBecause, &[&p.because.join(", ")])
        };
        view! { <p data-testid="import-recognised"><span class="mark ok">"✓ "</span><b>{what}</b>" "<span class="muted">{why}</span></p> }
            .into_any()
    }

    /// Which sheet of a workbook is read, where there are several.
    fn sheets(self, p: &ImportPreview) -> AnyView {
        let fmt = fmt();
        if p.sheets.len() < 2 {
            return ().into_any();
        }
        let options = p
            .sheets
            .iter()
            .map(|sheet| {
                let shown = match &sheet.layout {
                    Some(layout) => format!("{} · {layout}", sheet.name),
                    None => sheet.name.clone(),
                };
                view! { <option value=sheet.name.clone() selected=sheet.chosen>{shown}</option> }
            })
            .collect_view();
        let changed = move |e: web_sys::Event| {
            self.sheet.set(Some(event_target_value(&e)));
            spawn_local(self.look());
        };
        view! {
            <p><label>{fmt.t(W::SheetWord)}" "<select data-testid=id::IMPORT_COLUMN data-field=SHEET on:change=changed>{options}</select></label></p>
        }
        .into_any()
    }

    /// Which shop or system orders come from: two of them may use one number.
    fn order_source(self) -> AnyView {
        let fmt = fmt();
        let changed = move |e: web_sys::Event| {
            let source = event_target_value(&e).trim().to_owned();
            self.mapping.update(|m| {
                m.retain(|(field, _)| field != SOURCE);
                if !source.is_empty() {
                    m.push((SOURCE.to_owned(), source));
                }
            });
        };
        view! {
            <p><label>{fmt.t(W::OrderSource)}" "<input type="text" autocomplete="off" data-testid=id::IMPORT_COLUMN data-field=SOURCE on:change=changed /></label>
                " "<span class="muted">{fmt.t(W::OrderSourceHint)}</span></p>
        }
        .into_any()
    }

    /// Numbers that can be read two ways.
    fn decimal_mark(self) -> AnyView {
        let fmt = fmt();
        let changed = move |e: web_sys::Event| {
            let mark = event_target_value(&e);
            self.mapping.update(|m| {
                m.retain(|(field, _)| field != DECIMAL_MARK);
                if !mark.is_empty() {
                    m.push((DECIMAL_MARK.to_owned(), mark));
                }
            });
        };
        view! {
            <p><label>{fmt.t(W::DecimalMark)}" "
                <select data-testid=id::IMPORT_COLUMN data-field=DECIMAL_MARK on:change=changed>
                    <option value="">"— "{fmt.t(W::ChooseDecimalMark)}" —"</option>
                    <option value="point">{fmt.t(W::MarkPoint)}</option>
                    <option value="comma">{fmt.t(W::MarkComma)}</option>
                </select></label></p>
        }
        .into_any()
    }

    /// Dates that can be read two ways: the file can't tell, a person can.
    fn date_order(self, key: String) -> AnyView {
        let fmt = fmt();
        let label = match key.split_once(':') {
            Some((_, field)) => fmt.fill(W::DatesOf, &[&wording::import_field(&fmt, field)]),
            None => fmt.t(W::DateOrder).to_owned(),
        };
        let of = key.clone();
        let changed = move |e: web_sys::Event| {
            let order = event_target_value(&e);
            self.mapping.update(|m| {
                m.retain(|(field, _)| *field != key);
                if !order.is_empty() {
                    m.push((key.clone(), order));
                }
            });
        };
        view! {
            <p><label>{label}" "
                <select data-testid=id::IMPORT_COLUMN data-field=of on:change=changed>
                    <option value="">"— "{fmt.t(W::ChooseDateOrder)}" —"</option>
                    <option value="day-first">{fmt.t(W::DayFirst)}</option>
                    <option value="month-first">{fmt.t(W::MonthFirst)}</option>
                </select></label></p>
        }
        .into_any()
    }

    /// One line a field: which column it is, and what the first rows have there.
    fn columns(self, p: ImportPreview) -> AnyView {
        let fmt = fmt();
        let rows = p
            .fields
            .iter()
            .map(|(field, needed)| {
                let (name, samples_of) = (field.clone(), field.clone());
                let (columns, first) = (p.columns.clone(), p.rows.clone());
                let now = self.mapping.with_untracked(|m| m.iter().find(|(f, _)| f == field).map(|(_, c)| c.clone())).unwrap_or_default();
                let options = std::iter::once(String::new())
                    .chain(p.columns.iter().cloned())
                    .map(|c| {
                        let on = c == now;
                        let shown = if c.is_empty() { format!("— {} —", fmt.t(W::NotInFile)) } else { c.clone() };
                        view! { <option value=c selected=on>{shown}</option> }
                    })
                    .collect_view();
                let changed = move |e: web_sys::Event| {
                    let column = event_target_value(&e);
                    let name = name.clone();
                    self.mapping.update(|m| {
                        m.retain(|(f, _)| *f != name);
                        if !column.is_empty() {
                            m.push((name, column));
                        }
                    });
                };
                let samples = move || {
                    let column = self.mapping.with(|m| m.iter().find(|(f, _)| *f == samples_of).map(|(_, c)| c.clone()));
                    let index = column.and_then(|c| columns.iter().position(|x| *x == c));
                    index.map(|i| first.iter().take(3).filter_map(|r| r.get(i).cloned()).collect::<Vec<_>>().join(" · ")).unwrap_or_default()
                };
                let cells = vec![
                    view! { {wording::import_field(&fmt, field)}{needed.then(|| view! { <span class="tick" title=fmt.t(W::NeededText)>"*"</span> })} }.into_any(),
                    view! { <select aria-label=wording::import_field(&fmt, field) data-testid=id::IMPORT_COLUMN data-field=field.clone() on:change=changed>{options}</select>{self.unit(&p, field)} }.into_any(),
                    view! { <span class="muted ell">{samples}</span> }.into_any(),
                ];
                (field.clone(), cells)
            })
            .collect();
        let mut asked = dates_asked(&p);
        asked.extend(asks_date_order(&p).then(|| DATE_ORDER.to_owned()));
        let order = asked.into_iter().map(|key| self.date_order(key)).collect_view();
        let marks = asks_decimal_mark(&p).then(|| self.decimal_mark());
        let shop = (p.kind == ImportKind::Orders).then(|| self.order_source());
        view! {
            <section class="card">{order}{marks}{shop}{grid(W::StepColumns, &[(W::Field, false), (W::Column, false), (W::FirstRows, false)], rows, "import-field")}
            <p class="muted">"* "{fmt.t(W::NeededText)}</p></section>
        }
        .into_any()
    }
}
