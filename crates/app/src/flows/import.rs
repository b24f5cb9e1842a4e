//! A file's journey: previewed, mapped, checked row by row, stored in one transaction or not at all.

use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::*;
use domain::{Actor, Finding, FindingCode, OrderLine, Severity};
use exchange::{Chunk, DateOrder, Field, Format, Kind, Mapping, ParseReport};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{ImportMeta, ImportOutcome, ImportRecord, OrderImportStart};
use units::{Money, Progress, Quantity, Stop};

/// The file of rows that were not used, beside the site's data.
const REJECTED: &str = "rejected";

/// The mapping's extra fields: how the dates and decimals of the file are written.
const DATE_ORDER: &str = "date_order";

fn kind_of(kind: ImportKind) -> Kind {
    match kind {
        ImportKind::Orders => Kind::Orders,
        ImportKind::Items => Kind::Items,
        ImportKind::Stock => Kind::Stock,
        ImportKind::Deliveries => Kind::Deliveries,
        ImportKind::Vehicles => Kind::Vehicles,
    }
}

fn stored_kind(kind: ImportKind) -> store::ImportKind {
    match kind {
        ImportKind::Orders => store::ImportKind::Orders,
        ImportKind::Items => store::ImportKind::Items,
        ImportKind::Stock => store::ImportKind::Stock,
        ImportKind::Deliveries => store::ImportKind::Deliveries,
        ImportKind::Vehicles => store::ImportKind::Vehicles,
    }
}

fn failed(name: &str, error: &exchange::Error) -> Failure {
    let code = match error.kind {
        exchange::ErrorKind::Stopped => Code::Cancelled,
        exchange::ErrorKind::Io => Code::Storage,
        _ => Code::BadInput,
    };
    Failure::new(code, format!("import {name}: {error}"))
}

fn open(path: &Path, name: &str) -> Result<(BufReader<File>, u64)> {
    let unreadable = |e: std::io::Error| {
        Failure::new(Code::NotFound, format!("open {name}: {e}; check the path and its rights"))
    };
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    Ok((BufReader::with_capacity(1 << 18, file), bytes))
}

fn sha256_of(path: &Path, name: &str, stop: &Stop) -> Result<String> {
    let (mut file, _) = open(path, name)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        stop.check()?;
        match file.read(&mut piece) {
            Ok(0) => return Ok(hex::encode(hash.finalize())),
            Ok(read) => hash.update(&piece[..read]),
            Err(error) => {
                return Err(Failure::new(Code::Storage, format!("read {name}: {error}; check the disk")));
            }
        }
    }
}

/// Columns by name for the screen.
fn mapping_rows(mapping: &Mapping, header: &[String]) -> ColumnMapping {
    mapping
        .columns
        .iter()
        .filter_map(|(field, column)| Some((field.key().to_owned(), header.get(*column)?.clone())))
        .collect()
}

/// What the screen or the command line chose, over what is suggested.
fn chosen(mut mapping: Mapping, header: &[String], rows: &ColumnMapping) -> Result<Mapping> {
    // Whoever names any column names them all; a date order alone goes with what is suggested.
    if rows.iter().any(|(key, _)| key != DATE_ORDER) {
        mapping.columns.clear();
    }
    for (key, column) in rows {
        if key == DATE_ORDER {
            mapping.date_order = match column.as_str() {
                "day-first" => Some(DateOrder::DayFirst),
                "month-first" => Some(DateOrder::MonthFirst),
                other => {
                    return Err(Failure::bad_input(format!(
                        "there is no date order {other}; use day-first or month-first"
                    )));
                }
            };
            continue;
        }
        let field =
            Field::from_key(key).filter(|field| mapping.kind.fields().contains(field)).ok_or_else(|| {
                let known: Vec<_> = mapping.kind.fields().iter().map(|field| field.key()).collect();
                Failure::bad_input(format!(
                    "there is no field {key} in this import; its fields are {}",
                    known.join(", ")
                ))
            })?;
        let index = header.iter().position(|name| name == column).ok_or_else(|| {
            Failure::bad_input(format!(
                "the file has no column {column}; its columns are {}",
                header.join(", ")
            ))
        })?;
        mapping.set(field, Some(index));
    }
    Ok(mapping)
}

fn described(format: &Format) -> String {
    let mut parts = Vec::new();
    if format.gzip {
        parts.push("gzip".to_owned());
    }
    parts.push(format!("{:?}", format.delimiter).to_lowercase());
    parts.push(format!("{:?}", format.encoding));
    parts.join(", ")
}

impl App {
    pub(crate) async fn preview_import(&self, call: PreviewImport) -> Result<ImportPreview> {
        self.blocking(move |inner| {
            let (path, name) = inner.staging.resolve(&call.file)?;
            let (file, _) = open(&path, &name)?;
            let kind = kind_of(call.kind);
            let preview = exchange::preview(file, Some(kind)).map_err(|e| failed(&name, &e))?;
            let mut findings: Vec<Finding> = preview
                .mapping
                .missing()
                .iter()
                .map(|field| Finding::about(FindingCode::MissingColumn, Severity::Error, field.key(), ""))
                .collect();
            if preview.mapping.missing().is_empty() {
                let (file, _) = open(&path, &name)?;
                let survey = exchange::survey(file, &preview.format, &preview.mapping, &Stop::default())
                    .map_err(|e| failed(&name, &e))?;
                if survey.date_order_needed {
                    let examples = survey.date_examples.join(", ");
                    findings.push(Finding::about(
                        FindingCode::AmbiguousDate,
                        Severity::Error,
                        DATE_ORDER,
                        &examples,
                    ));
                }
            }
            Ok(ImportPreview {
                fields: kind
                    .fields()
                    .iter()
                    .map(|field| (field.key().to_owned(), kind.needed().contains(field)))
                    .collect(),
                mapping: mapping_rows(&preview.mapping, &preview.header),
                format: described(&preview.format),
                columns: preview.header,
                rows: preview.sample,
                findings: findings.iter().map(wire::finding).collect(),
            })
        })
        .await
    }

    pub(crate) async fn start_import(&self, call: StartImport, by: &Actor) -> Result<JobId> {
        let (path, name) = self
            .blocking({
                let file = call.file.clone();
                move |inner| inner.staging.resolve(&file)
            })
            .await?;
        let (importer, subject) = (by.clone(), name.clone());
        self.start_job("import", subject, by, move |inner, stop, progress| {
            let report = import(inner, &importer, &call, &path, &name, stop, progress)?;
            serde_json::to_string(&report).map_err(|e| Failure::bug(e.to_string()))
        })
        .await
    }
}

/// A file ready to be read: how it is written and what its columns mean.
struct Ready {
    path: PathBuf,
    name: String,
    format: Format,
    mapping: Mapping,
    meta: ImportMeta,
}

fn prepare(call: &StartImport, path: &Path, name: &str, stop: &Stop) -> Result<Ready> {
    let sha256 = sha256_of(path, name, stop)?;
    let (file, _) = open(path, name)?;
    let preview = exchange::preview(file, Some(kind_of(call.kind))).map_err(|e| failed(name, &e))?;
    let mut mapping = chosen(preview.mapping, &preview.header, &call.mapping)?;
    let missing = mapping.missing();
    if !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(|field| field.key()).collect();
        return Err(Failure::bad_input(format!(
            "import {name}: no column for {}; the file's columns are {}; say which is which",
            missing.join(", "),
            preview.header.join(", ")
        )));
    }
    let (file, _) = open(path, name)?;
    let survey = exchange::survey(file, &preview.format, &mapping, stop).map_err(|e| failed(name, &e))?;
    mapping.date_order = mapping.date_order.or(survey.date_order);
    mapping.decimal_mark = mapping.decimal_mark.or(survey.decimal_mark);
    if survey.date_order_needed && mapping.date_order.is_none() {
        return Err(Failure::bad_input(format!(
            "import {name}: dates such as {} can be read two ways; choose {DATE_ORDER} day-first or month-first",
            survey.date_examples.join(", ")
        )));
    }
    let described = serde_json::json!({
        "columns": mapping_rows(&mapping, &preview.header),
        "date_order": mapping.date_order.map(|order| format!("{order:?}")),
        "decimal_mark": mapping.decimal_mark.map(|mark| format!("{mark:?}")),
    });
    let meta = ImportMeta { file_name: name.to_owned(), sha256, mapping: described.to_string(), rejected: 0 };
    Ok(Ready { path: path.to_owned(), name: name.to_owned(), format: preview.format, mapping, meta })
}

fn import(
    inner: &Arc<Inner>,
    by: &Actor,
    call: &StartImport,
    path: &Path,
    name: &str,
    stop: &Stop,
    progress: &Progress<'_>,
) -> Result<ImportReport> {
    let began = crate::clock::real_now();
    let ready = prepare(call, path, name, stop)?;
    let records = &inner.store.records;
    // Master data read with other columns is another import; orders are not.
    let known = records
        .import_of(stored_kind(call.kind), &ready.meta.sha256)?
        .filter(|record| call.kind == ImportKind::Orders || record.mapping == ready.meta.mapping);
    let mut report = if let Some(record) = known.as_ref().filter(|_| !call.dry_run) {
        from_record(record, true)
    } else {
        let (dry, act, format, mapping) = (call.dry_run, inner.act(by), &ready.format, &ready.mapping);
        match call.kind {
            ImportKind::Orders => orders(inner, by, &ready, dry, stop, progress)?,
            ImportKind::Items => table(
                &ready,
                dry,
                |file, bytes, take| exchange::parse_items(file, bytes, format, mapping, take, progress, stop),
                |meta, rows| records.import_items(&act, meta, rows.into_iter().map(item).collect(), stop),
            )?,
            ImportKind::Stock => table(
                &ready,
                dry,
                |file, bytes, take| exchange::parse_stock(file, bytes, format, mapping, take, progress, stop),
                |meta, rows| {
                    let rows = rows.into_iter().map(level).collect();
                    records.import_stock(&act, meta, rows, stop)
                },
            )?,
            ImportKind::Deliveries => table(
                &ready,
                dry,
                |file, bytes, take| {
                    exchange::parse_deliveries(file, bytes, format, mapping, take, progress, stop)
                },
                |meta, rows| {
                    let rows = rows.into_iter().map(|row: exchange::DeliveryRow| row.delivery).collect();
                    records.import_deliveries(&act, meta, rows, stop)
                },
            )?,
            ImportKind::Vehicles => table(
                &ready,
                dry,
                |file, bytes, take| {
                    exchange::parse_vehicles(file, bytes, format, mapping, take, progress, stop)
                },
                |meta, rows| records.import_vehicles(&act, meta, rows, stop),
            )?,
        }
    };
    if let (true, Some(record)) = (call.dry_run, &known) {
        // A trial of what is in already: nothing of it would be stored.
        let rows = report.rows - report.rejected;
        report =
            ImportReport { dry_run: true, rows: report.rows, duplicates: rows, ..from_record(record, true) };
    }
    if report.rejected > 0 && !call.dry_run {
        write_rejected(inner, &ready, stop)?;
    }
    report.took_ms = (crate::clock::real_now() - began).0.unsigned_abs();
    if !call.dry_run && !report.already {
        let touched: &[Topic] = match call.kind {
            ImportKind::Deliveries | ImportKind::Vehicles => &[Topic::Fleet],
            _ => &[Topic::Stock, Topic::Forecasts, Topic::Settings],
        };
        for topic in [Topic::Imports, Topic::Audit].iter().chain(touched) {
            inner.bus.changed(*topic);
        }
    }
    Ok(report)
}

/// The rows that were not used, with the reason in a last column: to be mended and imported again.
fn write_rejected(inner: &Inner, ready: &Ready, stop: &Stop) -> Result<()> {
    let folder = inner.folder.join(REJECTED);
    let target =
        folder.join(format!("{}-rejected.csv", ready.name.trim_end_matches(".gz").trim_end_matches(".csv")));
    let unwritable = |e: std::io::Error| {
        Failure::new(Code::Storage, format!("write {}: {e}; check the disk", target.display()))
    };
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    let out = std::io::BufWriter::new(File::create(&target).map_err(unwritable)?);
    let (file, _) = open(&ready.path, &ready.name)?;
    let say = |finding: &Finding| format!("{:?}: {} {}", finding.code, finding.subject, finding.detail);
    exchange::write_corrected(file, &ready.format, &ready.mapping, out, &say, stop)
        .map_err(|e| failed(&ready.name, &e))?;
    Ok(())
}

fn from_record(record: &ImportRecord, already: bool) -> ImportReport {
    ImportReport {
        import: Some(record.id),
        dry_run: false,
        already,
        sha256: record.sha256.clone(),
        rows: record.rows,
        stored: if already { 0 } else { record.added },
        duplicates: if already { record.rows } else { record.duplicates },
        rejected: 0,
        quantity: if already { Quantity::ZERO } else { record.quantity },
        amount: if already { Money::ZERO } else { record.amount },
        span: record.first_day.zip(record.last_day),
        new_items: if already { 0 } else { record.items_created },
        ignored_columns: Vec::new(),
        counts: Vec::new(),
        findings: Vec::new(),
        took_ms: 0,
    }
}

/// What the file itself said, with what the store made of it (none: a dry run).
fn merged(parsed: &ParseReport, outcome: Option<&ImportOutcome>) -> ImportReport {
    let mut report = match outcome {
        Some(ImportOutcome::Imported(record)) => from_record(record, false),
        Some(ImportOutcome::AlreadyImported(record)) => from_record(record, true),
        None => ImportReport {
            import: None,
            dry_run: true,
            already: false,
            sha256: parsed.sha256.clone(),
            rows: parsed.rows,
            stored: parsed.good,
            duplicates: 0,
            rejected: 0,
            quantity: parsed.quantity,
            amount: parsed.amount,
            span: parsed.first_day.zip(parsed.last_day),
            new_items: 0,
            ignored_columns: Vec::new(),
            counts: Vec::new(),
            findings: Vec::new(),
            took_ms: 0,
        },
    };
    report.rows = parsed.rows;
    report.rejected = parsed.bad;
    report.ignored_columns.clone_from(&parsed.ignored_columns);
    let mut counts = BTreeMap::<String, u64>::new();
    for ((code, _), count) in &parsed.counts {
        *counts.entry(format!("{code:?}")).or_default() += count;
    }
    report.counts = counts.into_iter().collect();
    report.findings = parsed.findings.iter().take(limits::FINDINGS_SHOWN_MAX).map(wire::finding).collect();
    report
}

fn orders(
    inner: &Inner,
    by: &Actor,
    ready: &Ready,
    dry_run: bool,
    stop: &Stop,
    progress: &Progress<'_>,
) -> Result<ImportReport> {
    let (file, bytes) = open(&ready.path, &ready.name)?;
    let mut open_import = None;
    if !dry_run {
        match inner.store.records.begin_order_import(&inner.act(by), &ready.meta, stop)? {
            OrderImportStart::Open(import) => open_import = Some(import),
            OrderImportStart::AlreadyImported(record) => return Ok(from_record(&record, true)),
        }
    }
    let mut store_error = None;
    let parsed = exchange::parse_orders(
        file,
        bytes,
        &ready.format,
        &ready.mapping,
        |chunk: Chunk<OrderLine>| {
            let Some(import) = open_import.as_mut() else { return ControlFlow::Continue(()) };
            let told = import.describe(chunk.items.into_iter().map(item).collect());
            match told.and_then(|()| import.push(chunk.rows)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    store_error = Some(error);
                    ControlFlow::Break(())
                }
            }
        },
        progress,
        stop,
    );
    // Dropped unfinished on any of these ways out, the import leaves nothing.
    if let Some(error) = store_error {
        return Err(error.into());
    }
    let parsed = parsed.map_err(|e| failed(&ready.name, &e))?;
    check_unchanged(ready, &parsed)?;
    let outcome = match open_import {
        Some(mut import) => {
            import.set_rejected(parsed.bad);
            Some(ImportOutcome::Imported(import.finish()?))
        }
        None => None,
    };
    Ok(merged(&parsed, outcome.as_ref()))
}

/// The bytes that were hashed before are the bytes that were read.
fn check_unchanged(ready: &Ready, parsed: &ParseReport) -> Result<()> {
    if parsed.sha256 == ready.meta.sha256 {
        return Ok(());
    }
    Err(Failure::new(
        Code::Conflict,
        format!("import {}: the file changed while it was read; import it again", ready.name),
    ))
}

/// Reads every row of a file of master data, then stores them together.
fn table<R>(
    ready: &Ready,
    dry_run: bool,
    parse: impl FnOnce(
        BufReader<File>,
        u64,
        &mut dyn FnMut(Chunk<R>) -> ControlFlow<()>,
    ) -> std::result::Result<ParseReport, exchange::Error>,
    store: impl FnOnce(&ImportMeta, Vec<R>) -> store::Result<ImportOutcome>,
) -> Result<ImportReport> {
    let (file, bytes) = open(&ready.path, &ready.name)?;
    let mut rows = Vec::new();
    let mut take = |chunk: Chunk<R>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let parsed = parse(file, bytes, &mut take).map_err(|e| failed(&ready.name, &e))?;
    check_unchanged(ready, &parsed)?;
    if dry_run {
        return Ok(merged(&parsed, None));
    }
    let meta = ImportMeta { rejected: parsed.bad, ..ready.meta.clone() };
    Ok(merged(&parsed, Some(&store(&meta, rows)?)))
}

fn item(row: exchange::ItemRow) -> store::ItemImport {
    store::ItemImport {
        sku: row.sku,
        name: row.name,
        category: row.category,
        unit_of_measure: row.unit_of_measure,
        unit_cost: row.unit_cost,
        supplier_code: row.supplier_code,
        supplier_name: row.supplier_name,
        lead_time_days: row.lead_time_days,
        pack_size: row.pack_size,
        order_quantity_min: row.order_quantity_min,
        service_level: None,
    }
}

fn level(row: exchange::StockRow) -> store::StockImport {
    store::StockImport {
        sku: row.sku,
        on_hand: row.on_hand,
        allocated: row.allocated,
        on_order: row.on_order,
        as_of: row.as_of,
        lot: row.lot,
        expiry: row.expiry,
        bin: row.bin,
        unit_cost: row.unit_cost,
        ..store::StockImport::default()
    }
}
