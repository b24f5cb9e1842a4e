//! A file's journey: previewed, mapped, checked row by row, stored in one transaction or not at all.

use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::*;
use domain::{Actor, Finding, FindingCode, OrderLine, Severity};
use exchange::{
    Chunk, ColumnUnit, DateOrder, DecimalMark, Field, Format, Kind, Mapping, ParseReport, PlaceKind,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
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
/// What a column's numbers are in.
const UNIT: &str = "unit";
/// What columns are by their places.
const POSITION: &str = "position";

/// Further fields of the mapping: how decimals are written, and which sheet of a workbook is read.
const DECIMAL_MARK: &str = "decimal_mark";
const SHEET: &str = "sheet";
/// Where orders come from: two shops may give two orders one number.
const SOURCE: &str = "source";

/// Imports looked through for a mapping that somebody chose.
const MAPPINGS_REMEMBERED: u32 = 500;

/// What was asked for; `None`: what the columns say.
fn kind_of(kind: ImportKind) -> Option<Kind> {
    Some(match kind {
        ImportKind::Auto => return None,
        ImportKind::Orders => Kind::Orders,
        ImportKind::Items => Kind::Items,
        ImportKind::Stock => Kind::Stock,
        ImportKind::Deliveries => Kind::Deliveries,
        ImportKind::Vehicles => Kind::Vehicles,
        ImportKind::Levels => Kind::Levels,
        ImportKind::Places => Kind::Places,
        ImportKind::Suppliers => Kind::Suppliers,
        ImportKind::Shipments => Kind::Shipments,
        ImportKind::Customers => Kind::Customers,
    })
}

fn asked(kind: Kind) -> ImportKind {
    match kind {
        Kind::Orders => ImportKind::Orders,
        Kind::Items => ImportKind::Items,
        Kind::Stock => ImportKind::Stock,
        Kind::Deliveries => ImportKind::Deliveries,
        Kind::Vehicles => ImportKind::Vehicles,
        Kind::Levels => ImportKind::Levels,
        Kind::Places => ImportKind::Places,
        Kind::Suppliers => ImportKind::Suppliers,
        Kind::Shipments => ImportKind::Shipments,
        Kind::Customers => ImportKind::Customers,
    }
}

/// As what the site keeps it.
fn stored_kind(kind: Kind) -> store::ImportKind {
    match kind {
        Kind::Orders => store::ImportKind::Orders,
        // A file of levels says of items what an item master says, and the levels.
        Kind::Items | Kind::Levels => store::ImportKind::Items,
        Kind::Stock => store::ImportKind::Stock,
        Kind::Deliveries => store::ImportKind::Deliveries,
        Kind::Vehicles => store::ImportKind::Vehicles,
        Kind::Places => store::ImportKind::Places,
        Kind::Suppliers => store::ImportKind::Suppliers,
        Kind::Shipments => store::ImportKind::Shipments,
        Kind::Customers => store::ImportKind::Customers,
    }
}

/// Whether the site keeps what a column says; what it does not is read all the same, and the report says how much it was.
fn keeps(mapping: &Mapping, field: Field) -> bool {
    use Field::*;
    let has = |field| mapping.column(field).is_some();
    let of_items = matches!(
        field,
        Sku | Name
            | Category
            | UnitOfMeasure
            | UnitCost
            | SupplierCode
            | SupplierName
            | LeadTimeDays
            | PackSize
            | OrderQuantityMin
            // A unit's share of it is the cost, where the file gives no other.
            | PackagePrice
            // A unit of its own, as large as the pack.
            | PackageType
            | UnitFactor
            | Gtin
            | Length
            | Width
            | Height
            | WeightKg
            | VolumeM3
            | TemperatureClass
            | ColdChain
            | Substitute
    );
    match mapping.kind {
        Kind::Orders => match field {
            UnitPrice | Discount => !has(NetAmount),
            LineRef | Site | Gtin | ExpectedAt | Status => false,
            _ => true,
        },
        Kind::Items => of_items,
        Kind::Levels => of_items || matches!(field, LevelMin | LevelReorder | LevelMax | Bin | Site),
        // The site is the bin's warehouse.
        Kind::Stock => !matches!(field, Serial | Gtin | Status | Note) && (field != Site || has(Bin)),
        Kind::Deliveries => true,
        Kind::Vehicles => !matches!(field, Profile | Latitude | Longitude),
        Kind::Places => !matches!(field, Organization | Active | Latitude | Longitude | Note),
        Kind::Suppliers | Kind::Customers => field != Note,
        Kind::Shipments => !matches!(field, Gtin | Name | UnitOfMeasure | LineRef),
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

/// How columns are written that are not as their file, for the screen and the record.
fn format_rows(mapping: &Mapping) -> ColumnMapping {
    let of = |what: &str, field: &Field| format!("{what}:{}", field.key());
    let mut rows = Vec::new();
    for (field, format) in &mapping.formats {
        if let Some(order) = format.date_order {
            rows.push((of(DATE_ORDER, field), order_word(order).to_owned()));
        }
        if let Some(mark) = format.decimal_mark {
            rows.push((of(DECIMAL_MARK, field), mark_word(mark).to_owned()));
        }
        if let Some(unit) = format.unit {
            rows.push((of(UNIT, field), unit.key.to_owned()));
        }
    }
    rows
}

fn order_word(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day-first",
        DateOrder::MonthFirst => "month-first",
    }
}

fn mark_word(mark: DecimalMark) -> &'static str {
    match mark {
        DecimalMark::Point => "point",
        DecimalMark::Comma => "comma",
    }
}

fn order_of(word: &str) -> Result<DateOrder> {
    [DateOrder::DayFirst, DateOrder::MonthFirst]
        .into_iter()
        .find(|order| order_word(*order) == word)
        .ok_or_else(|| {
            Failure::bad_input(format!("there is no date order {word}; use day-first or month-first"))
        })
}

fn mark_of(word: &str) -> Result<DecimalMark> {
    [DecimalMark::Point, DecimalMark::Comma]
        .into_iter()
        .find(|mark| mark_word(*mark) == word)
        .ok_or_else(|| Failure::bad_input(format!("there is no decimal mark {word}; use point or comma")))
}

/// Says of one column how it is written: `date_order:expiry`, `decimal_mark:unit_cost`, `unit:weight_kg`.
fn say_format(mapping: &mut Mapping, what: &str, key: &str, word: &str) -> Result<()> {
    let field = field_of(mapping.kind, key)?;
    match what {
        DATE_ORDER => {
            let order = order_of(word)?;
            mapping.set_format(field, |format| format.date_order = Some(order));
        }
        DECIMAL_MARK => {
            let mark = mark_of(word)?;
            mapping.set_format(field, |format| format.decimal_mark = Some(mark));
        }
        UNIT => {
            let unit = ColumnUnit::by_key(field, word).ok_or_else(|| {
                let known: Vec<_> = ColumnUnit::of(field).map(|unit| unit.key).collect();
                Failure::bad_input(format!("{key} does not come in {word}; it comes in {}", known.join(", ")))
            })?;
            mapping.set_format(field, |format| format.unit = Some(unit));
        }
        other => {
            return Err(Failure::bad_input(format!(
                "a column has no {other}; say {DATE_ORDER}, {DECIMAL_MARK} or {UNIT} of it"
            )));
        }
    }
    Ok(())
}

fn field_of(kind: Kind, key: &str) -> Result<Field> {
    Field::from_key(key).filter(|field| kind.fields().contains(field)).ok_or_else(|| {
        let known: Vec<_> = kind.fields().iter().map(|field| field.key()).collect();
        Failure::bad_input(format!(
            "there is no field {key} in this import; its fields are {}",
            known.join(", ")
        ))
    })
}

/// Whether a line of a mapping says which column a field is, rather than how something is written.
fn names_a_column(key: &str) -> bool {
    ![DATE_ORDER, DECIMAL_MARK, SHEET, POSITION, SOURCE].contains(&key) && !key.contains(':')
}

/// Columns by name for the screen.
fn mapping_rows(mapping: &Mapping, header: &[String]) -> ColumnMapping {
    mapping
        .columns
        .iter()
        .filter_map(|(field, column)| Some((field.key().to_owned(), header.get(*column)?.clone())))
        .collect()
}

fn extra<'a>(rows: &'a ColumnMapping, name: &str) -> Option<&'a str> {
    rows.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A file looked at: how it is written, what its columns mean.
struct Look {
    source: exchange::Source,
    preview: exchange::Preview,
    /// The mapping is the one somebody chose before.
    remembered: bool,
}

/// The bytes of a file's rows: the file's own, or those of the table made of it.
fn rows_of(source: &exchange::Source, path: &Path, name: &str) -> Result<(Box<dyn Read>, u64)> {
    match &source.table {
        Some(table) => {
            let bytes = table.len() as u64;
            Ok((Box::new(std::io::Cursor::new(Arc::clone(table))), bytes))
        }
        None => {
            let (file, bytes) = open(path, name)?;
            Ok((Box::new(file), bytes))
        }
    }
}

fn look(
    inner: &Inner,
    kind: ImportKind,
    sheet: Option<&str>,
    path: &Path,
    name: &str,
    stop: &Stop,
) -> Result<Look> {
    let (file, _) = open(path, name)?;
    let source = exchange::source::open(file, name, sheet, stop).map_err(|e| failed(name, &e))?;
    let (rows, _) = rows_of(&source, path, name)?;
    let mut preview = exchange::preview_as(rows, kind_of(kind), source.format(), &source.named)
        .map_err(|e| failed(name, &e))?;
    let remembered = match remembered(inner, &preview, kind)? {
        Some(mapping) => {
            preview.mapping = mapping;
            true
        }
        None => false,
    };
    Ok(Look { source, preview, remembered })
}

/// What a header is told by when it comes again.
fn header_mark(header: &[String]) -> String {
    let mut hash = Sha256::new();
    for name in header {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The mapping that somebody chose for a file with this header, newest first.
fn remembered(inner: &Inner, preview: &exchange::Preview, kind: ImportKind) -> Result<Option<Mapping>> {
    let mark = header_mark(&preview.header);
    for record in inner.store.records.imports(MAPPINGS_REMEMBERED)? {
        if record.undone.is_some() {
            continue;
        }
        let Ok(said) = serde_json::from_str::<serde_json::Value>(&record.mapping) else { continue };
        let text = |key: &str| said.get(key).and_then(serde_json::Value::as_str);
        let by_hand = said.get("by_hand").and_then(serde_json::Value::as_bool) == Some(true);
        if !by_hand || text("header") != Some(mark.as_str()) {
            continue;
        }
        let then = text("kind").and_then(|key| Kind::ALL.into_iter().find(|kind| kind.key() == key));
        let Some(then) = then.filter(|then| kind_of(kind).is_none_or(|kind| kind == *then)) else { continue };
        let Ok(rows) = serde_json::from_value::<ColumnMapping>(said["columns"].clone()) else { continue };
        let bare = Mapping { kind: then, columns: Vec::new(), ..preview.mapping.clone() };
        // Without a header any file with as many columns looks the same: what was chosen then has to be one of what this one could be.
        if !preview.format.header && !preview.positions.is_empty() {
            let same =
                |shape: &&'static exchange::Shape| mapping_rows(&shape.mapping(), &preview.header) == rows;
            if !preview.positions.iter().any(same) {
                continue;
            }
        }
        // A field that is no more leaves the mapping to the names.
        let Ok(mut mapping) = chosen(bare, &preview.header, &rows) else { continue };
        mapping.date_order = match text("date_order") {
            Some("DayFirst") => Some(DateOrder::DayFirst),
            Some("MonthFirst") => Some(DateOrder::MonthFirst),
            _ => None,
        };
        let formats = serde_json::from_value::<ColumnMapping>(said["formats"].clone()).unwrap_or_default();
        for (key, word) in &formats {
            if let Some((what, field)) = key.split_once(':')
                && say_format(&mut mapping, what, field, word).is_err()
            {
                tracing::info!(key, word, "a format that was chosen once is no more");
            }
        }
        return Ok(Some(mapping));
    }
    Ok(None)
}

/// What the screen or the command line chose, over what is suggested.
fn chosen(mut mapping: Mapping, header: &[String], rows: &ColumnMapping) -> Result<Mapping> {
    // Whoever names any column names them all; a date order alone goes with what is suggested.
    if rows.iter().any(|(key, _)| names_a_column(key)) {
        mapping.columns.clear();
        // What a heading told of a column goes with the column.
        mapping.formats.clear();
    }
    for (key, column) in rows {
        match key.as_str() {
            SHEET | POSITION | SOURCE => continue,
            DECIMAL_MARK => {
                mapping.decimal_mark = Some(mark_of(column)?);
                continue;
            }
            DATE_ORDER => {
                mapping.date_order = Some(order_of(column)?);
                continue;
            }
            _ if key.contains(':') => continue,
            _ => {}
        }
        let field = field_of(mapping.kind, key)?;
        let index = header.iter().position(|name| name == column).ok_or_else(|| {
            Failure::bad_input(format!(
                "the file has no column {column}; its columns are {}",
                header.join(", ")
            ))
        })?;
        mapping.set(field, Some(index));
    }
    mapping.units_of(header);
    for (key, word) in rows {
        if let Some((what, field)) = key.split_once(':') {
            say_format(&mut mapping, what, field, word)?;
        }
    }
    Ok(mapping)
}

/// What the columns could be by their places: each shape with its columns.
fn positions_in_words(preview: &exchange::Preview) -> String {
    let one = |shape: &&'static exchange::Shape| {
        let columns = mapping_rows(&shape.mapping(), &preview.header);
        let columns: Vec<String> =
            columns.iter().map(|(field, column)| format!("{field} = {column}")).collect();
        format!("{} ({})", shape.key, columns.join(", "))
    };
    preview.positions.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn described(source: &exchange::Source, format: &Format) -> String {
    let mut parts = Vec::new();
    match source.writing {
        exchange::Writing::Text => {
            if format.gzip {
                parts.push("gzip".to_owned());
            }
            parts.push(format!("{:?}", format.delimiter).to_lowercase());
            parts.push(format!("{:?}", format.encoding));
        }
        other => parts.push(other.name().to_owned()),
    }
    parts.extend(source.sheet().map(str::to_owned));
    parts.join(", ")
}

/// The day a doubtful date is in either order: `2026-04-03 / 2026-03-04`.
fn readings(text: &str) -> String {
    let either = [DateOrder::DayFirst, DateOrder::MonthFirst].map(|order| exchange::read_date(text, order));
    match either {
        [Some(day_first), Some(month_first)] => format!("{text} = {day_first} / {month_first}"),
        _ => text.to_owned(),
    }
}

/// What a person has to say before the file can be read for sure.
fn doubts(survey: &exchange::Survey, mapping: &Mapping) -> Vec<Finding> {
    let mut findings = Vec::new();
    if survey.date_order_needed && mapping.date_order.is_none() {
        let examples: Vec<String> = survey.date_examples.iter().take(2).map(|text| readings(text)).collect();
        let detail = examples.join(", ");
        findings.push(Finding::about(FindingCode::AmbiguousDate, Severity::Error, DATE_ORDER, &detail));
    }
    for (field, example) in &survey.dates_asked {
        if mapping.format(*field).date_order.is_none() {
            let subject = format!("{DATE_ORDER}:{}", field.key());
            findings.push(Finding::about(
                FindingCode::AmbiguousDate,
                Severity::Error,
                &subject,
                &readings(example),
            ));
        }
    }
    if survey.decimal_mark_needed && mapping.decimal_mark.is_none() {
        let example = survey.number_examples.first().map_or("", String::as_str);
        let either: String = example.chars().filter(char::is_ascii_digit).collect();
        let detail = format!("{example} = {either} / {}", example.replace(',', "."));
        findings.push(Finding::about(FindingCode::AmbiguousNumber, Severity::Error, DECIMAL_MARK, &detail));
    }
    findings
}

impl App {
    pub(crate) async fn preview_import(&self, call: PreviewImport) -> Result<ImportPreview> {
        self.blocking(move |inner| {
            let (path, name) = inner.staging.resolve(&call.file)?;
            let stop = Stop::default();
            let look = look(inner, call.kind, call.sheet.as_deref(), &path, &name, &stop)?;
            let Look { source, preview, remembered } = look;
            let kind = preview.mapping.kind;
            let mut findings: Vec<Finding> = preview
                .mapping
                .missing()
                .iter()
                .map(|field| Finding::about(FindingCode::MissingColumn, Severity::Error, field.key(), ""))
                .collect();
            findings.extend(source.findings.iter().cloned());
            let mut mapping = mapping_rows(&preview.mapping, &preview.header);
            if preview.mapping.missing().is_empty() {
                let (rows, _) = rows_of(&source, &path, &name)?;
                let survey = exchange::survey(rows, &preview.format, &preview.mapping, &stop)
                    .map_err(|e| failed(&name, &e))?;
                findings.extend(doubts(&survey, &preview.mapping));
            }
            if !preview.positions.is_empty() && !remembered {
                let said = positions_in_words(&preview);
                findings.push(Finding::about(FindingCode::ByPosition, Severity::Warning, POSITION, &said));
            }
            mapping.extend(format_rows(&preview.mapping));
            let positions = preview.positions.iter().map(|shape| ColumnPlaces {
                key: shape.key.to_owned(),
                kind: asked(shape.kind),
                mapping: mapping_rows(&shape.mapping(), &preview.header),
            });
            let positions = positions.collect();
            let units = kind.fields().iter().filter_map(|field| {
                let units: Vec<String> = ColumnUnit::of(*field).map(|unit| unit.key.to_owned()).collect();
                (!units.is_empty()).then(|| (field.key().to_owned(), units))
            });
            let units = units.collect();
            mapping.extend(source.sheet().map(|sheet| (SHEET.to_owned(), sheet.to_owned())));
            Ok(ImportPreview {
                fields: kind
                    .fields()
                    .iter()
                    .map(|field| (field.key().to_owned(), kind.needed().contains(field)))
                    .collect(),
                mapping,
                format: described(&source, &preview.format),
                kind: asked(kind),
                known: !preview.because.is_empty() || remembered,
                layout: preview.layout.map(|layout| layout.title.to_owned()),
                because: preview.because,
                remembered,
                sheets: source
                    .sheets
                    .iter()
                    .map(|sheet| SheetRow {
                        name: sheet.name.clone(),
                        layout: sheet.layout.and_then(exchange::layouts::layout).map(|l| l.title.to_owned()),
                        chosen: sheet.chosen,
                    })
                    .collect(),
                positions,
                units,
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
    source: exchange::Source,
    format: Format,
    mapping: Mapping,
    header: Vec<String>,
    layout: Option<&'static exchange::Layout>,
    /// What a trial has still to be told, and the import must be.
    doubts: Vec<Finding>,
    meta: ImportMeta,
}

impl Ready {
    fn rows(&self) -> Result<(Box<dyn Read>, u64)> {
        rows_of(&self.source, &self.path, &self.name)
    }
}

fn prepare(inner: &Inner, call: &StartImport, path: &Path, name: &str, stop: &Stop) -> Result<Ready> {
    let sha256 = sha256_of(path, name, stop)?;
    let Look { source, mut preview, remembered } =
        look(inner, call.kind, extra(&call.mapping, SHEET), path, name, stop)?;
    let named = call.mapping.iter().any(|(key, _)| names_a_column(key));
    let asked_for = extra(&call.mapping, POSITION);
    if let Some(key) = asked_for {
        let shape = preview.positions.iter().find(|shape| shape.key == key).ok_or_else(|| {
            Failure::bad_input(format!(
                "import {name}: its columns can't be {key} by their places; they can be {}",
                positions_in_words(&preview)
            ))
        })?;
        preview.mapping = shape.mapping();
    }
    let mut placed = None;
    if !preview.positions.is_empty() && !remembered && !named && asked_for.is_none() {
        let said = positions_in_words(&preview);
        // A trial may look at the only thing they can be; an import waits for a yes.
        if preview.positions.len() > 1 || !call.dry_run {
            return Err(Failure::bad_input(format!(
                "import {name}: no names say what its columns are; by their places they can be {said}; choose one by position, or say which column is which"
            )));
        }
        placed = Some(Finding::about(FindingCode::ByPosition, Severity::Warning, POSITION, &said));
    }
    let told = placed.is_some() || asked_for.is_some() || named && preview.positions.len() == 1;
    if call.kind == ImportKind::Auto && preview.because.is_empty() && !remembered && !told {
        return Err(Failure::bad_input(format!(
            "import {name}: its columns are those of no file known here ({}); say what it holds and which column is which",
            preview.header.join(", ")
        )));
    }
    let suggested = preview.mapping.clone();
    let mut mapping = chosen(preview.mapping, &preview.header, &call.mapping)?;
    let by_hand = remembered
        || asked_for.is_some()
        || named && !preview.positions.is_empty()
        || mapping.columns != suggested.columns
        || mapping.formats != suggested.formats
        || mapping.date_order.is_some();
    let missing = mapping.missing();
    if !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(|field| field.key()).collect();
        return Err(Failure::bad_input(format!(
            "import {name}: no column for {}; the file's columns are {}; say which is which",
            missing.join(", "),
            preview.header.join(", ")
        )));
    }
    let (rows, _) = rows_of(&source, path, name)?;
    let survey = exchange::survey(rows, &preview.format, &mapping, stop).map_err(|e| failed(name, &e))?;
    let formats = format_rows(&mapping);
    survey.settle(&mut mapping);
    mapping.date_order = mapping.date_order.or_else(|| preview.layout.and_then(|layout| layout.date_order));
    let mut doubts = doubts(&survey, &mapping);
    if let (false, Some(doubt)) = (call.dry_run, doubts.first()) {
        let choices = if doubt.code == FindingCode::AmbiguousDate {
            "day-first or month-first"
        } else {
            "point or comma"
        };
        return Err(Failure::bad_input(format!(
            "import {name}: values such as {} can be read two ways; choose {} {choices}",
            doubt.detail, doubt.subject
        )));
    }
    doubts.extend(placed);
    // The program that wrote it, where its columns tell; a person may say which shop it is.
    let program = || preview.layout.and_then(|layout| layout.key.split('-').next()).unwrap_or_default();
    let from = extra(&call.mapping, SOURCE).map_or_else(program, str::trim).to_lowercase();
    let mut described = serde_json::json!({
        "kind": mapping.kind.key(),
        "columns": mapping_rows(&mapping, &preview.header),
        "formats": formats,
        "date_order": mapping.date_order.map(|order| format!("{order:?}")),
        "decimal_mark": mapping.decimal_mark.map(|mark| format!("{mark:?}")),
        "sheet": source.sheet(),
        "header": header_mark(&preview.header),
        "by_hand": by_hand,
    });
    if mapping.kind == Kind::Orders && !from.is_empty() {
        described["source"] = from.clone().into();
    }
    let meta = ImportMeta {
        file_name: name.to_owned(),
        sha256,
        mapping: described.to_string(),
        rejected: 0,
        rehearse: call.dry_run,
        source: from,
    };
    Ok(Ready {
        path: path.to_owned(),
        name: name.to_owned(),
        source,
        format: preview.format,
        mapping,
        header: preview.header,
        layout: preview.layout,
        doubts,
        meta,
    })
}

/// The site's own figures, to be set beside those of the file.
#[derive(Clone, Copy, Default)]
struct Figures {
    items: i64,
    on_hand: Quantity,
    order_lines: i64,
    ordered: Quantity,
    suppliers: i64,
    bins: i64,
    vehicles: i64,
}

impl Figures {
    fn of(inner: &Inner, kind: Kind) -> Result<Self> {
        let records = &inner.store.records;
        let long = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let mut figures = Self { items: long(records.all_items()?.len()), ..Self::default() };
        match kind {
            Kind::Orders => {
                let stats = records.order_stats()?;
                figures.order_lines = i64::try_from(stats.lines).unwrap_or(i64::MAX);
                figures.ordered = stats.quantity;
            }
            Kind::Stock => {
                figures.on_hand =
                    records.stock_levels()?.iter().fold(Quantity::ZERO, |sum, level| sum.plus(level.on_hand));
            }
            Kind::Places => figures.bins = long(records.bins()?.len()),
            Kind::Vehicles => figures.vehicles = long(records.vehicles()?.len()),
            _ => {}
        }
        if matches!(kind, Kind::Items | Kind::Levels | Kind::Suppliers | Kind::Places) {
            figures.suppliers = long(records.suppliers()?.len());
        }
        Ok(figures)
    }

    fn beside(self, after: Self, kind: Kind) -> Vec<BeforeAfter> {
        let row = |name: &str, before, after| BeforeAfter { name: name.to_owned(), before, after };
        let count = |name: &str, before, after| row(name, Quantity::of(before), Quantity::of(after));
        let items = count("items", self.items, after.items);
        let suppliers = count("suppliers", self.suppliers, after.suppliers);
        match kind {
            Kind::Orders => vec![
                count("order_lines", self.order_lines, after.order_lines),
                row("ordered", self.ordered, after.ordered),
                items,
            ],
            Kind::Stock => vec![row("on_hand", self.on_hand, after.on_hand), items],
            Kind::Items | Kind::Levels => vec![items, suppliers],
            Kind::Places => vec![count("bins", self.bins, after.bins), suppliers],
            Kind::Suppliers => vec![suppliers],
            Kind::Vehicles => vec![count("vehicles", self.vehicles, after.vehicles)],
            Kind::Deliveries | Kind::Shipments | Kind::Customers => Vec::new(),
        }
    }
}

/// What a file names, for a trial to say what the site would be.
#[derive(Default)]
struct Named {
    on_hand: BTreeMap<String, Quantity>,
    suppliers: BTreeSet<String>,
    /// Warehouse and code.
    bins: BTreeSet<(String, String)>,
    vehicles: BTreeSet<String>,
}

impl Named {
    fn items(&mut self, rows: &[store::ItemImport]) {
        let codes = rows.iter().filter_map(|row| row.supplier_code.as_ref().or(row.supplier_name.as_ref()));
        self.suppliers.extend(codes.cloned());
    }

    /// The site's figures as the import would leave them; what the file does not name stays.
    fn after(&self, inner: &Inner, before: Figures, kind: Kind, report: &ImportReport) -> Result<Figures> {
        let records = &inner.store.records;
        let long = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let new =
            |named: &BTreeSet<String>, known: BTreeSet<String>| long(named.difference(&known).count() as u64);
        let mut after = Figures { items: before.items + long(report.new_items), ..before };
        if !self.suppliers.is_empty() {
            let known = records.suppliers()?.into_iter().map(|one| one.code).collect();
            after.suppliers += new(&self.suppliers, known);
        }
        if !self.bins.is_empty() {
            let known = records.bins()?;
            // A bin of no named warehouse is the first one's that names it.
            let own = |bin: &domain::stock::Bin| {
                let named = self.bins.iter().find(|(_, code)| bin.warehouse.is_empty() && *code == bin.code);
                named.cloned().unwrap_or_else(|| (bin.warehouse.clone(), bin.code.clone()))
            };
            let known: BTreeSet<_> = known.iter().map(own).collect();
            after.bins += long(self.bins.difference(&known).count() as u64);
        }
        if !self.vehicles.is_empty() {
            after.vehicles +=
                new(&self.vehicles, records.vehicles()?.into_iter().map(|one| one.code).collect());
        }
        if kind == Kind::Orders {
            after.order_lines += long(report.stored);
            after.ordered = after.ordered.plus(report.quantity);
        }
        if kind == Kind::Stock {
            let items = records.all_items()?.into_iter();
            let skus: std::collections::HashMap<_, _> = items.map(|item| (item.id, item.sku)).collect();
            let replaced = records
                .stock_levels()?
                .iter()
                .filter(|level| skus.get(&level.item).is_some_and(|sku| self.on_hand.contains_key(sku)))
                .fold(Quantity::ZERO, |sum, level| sum.plus(level.on_hand));
            let said = self.on_hand.values();
            after.on_hand = said.fold(before.on_hand.minus(replaced), |sum, quantity| sum.plus(*quantity));
        }
        Ok(after)
    }
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
    let ready = prepare(inner, call, path, name, stop)?;
    let records = &inner.store.records;
    let kind = ready.mapping.kind;
    // Master data read with other columns is another import; orders are not.
    let known = records
        .import_of(stored_kind(kind), &ready.meta.sha256)?
        .filter(|record| kind == Kind::Orders || record.mapping == ready.meta.mapping)
        .filter(|record| record.undone.is_none());
    let before = Figures::of(inner, kind)?;
    let mut named = Named::default();
    let mut report = match known.as_ref().filter(|_| !call.dry_run) {
        Some(record) => from_record(record, true),
        None => land(inner, by, &ready, call.dry_run, &mut named, stop, progress)?,
    };
    if let (true, Some(record)) = (call.dry_run, &known) {
        // A trial of what is in already: nothing of it would be stored.
        let rows = report.rows - report.rejected;
        let columns = std::mem::take(&mut report.columns);
        report = ImportReport {
            dry_run: true,
            rows: report.rows,
            duplicates: rows,
            columns,
            ..from_record(record, true)
        };
    }
    let after = match (report.already, call.dry_run) {
        (true, _) => before,
        (false, true) => named.after(inner, before, kind, &report)?,
        (false, false) => Figures::of(inner, kind)?,
    };
    report.totals = before.beside(after, kind);
    report.kind = Some(asked(kind));
    report.layout = ready.layout.map(|layout| layout.title.to_owned());
    report.mapping = mapping_rows(&ready.mapping, &ready.header);
    let told = ready.source.findings.iter().chain(&ready.doubts);
    for finding in told {
        let code = format!("{:?}", finding.code);
        match report.counts.iter_mut().find(|(own, _)| *own == code) {
            Some((_, count)) => *count += 1,
            None => report.counts.push((code, 1)),
        }
        report.findings.insert(0, wire::finding(finding));
    }
    if report.rejected > 0 {
        report.correctable = Some(write_rejected(inner, &ready, stop)?);
    }
    report.took_ms = (crate::clock::real_now() - began).0.unsigned_abs();
    if !call.dry_run && !report.already {
        let touched: &[Topic] = match kind {
            Kind::Deliveries | Kind::Vehicles => &[Topic::Fleet],
            _ => &[Topic::Stock, Topic::Forecasts, Topic::Settings],
        };
        for topic in [Topic::Imports, Topic::Audit].iter().chain(touched) {
            inner.bus.changed(*topic);
        }
    }
    Ok(report)
}

/// Reads every row and hands it to the store, which keeps it or, on a trial, says what it would have done.
fn land(
    inner: &Arc<Inner>,
    by: &Actor,
    ready: &Ready,
    dry: bool,
    named: &mut Named,
    stop: &Stop,
    progress: &Progress<'_>,
) -> Result<ImportReport> {
    let (records, act) = (&inner.store.records, inner.act(by));
    let (format, mapping) = (&ready.format, &ready.mapping);
    match mapping.kind {
        Kind::Orders => orders(inner, by, ready, dry, stop, progress),
        Kind::Items => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_items(file, bytes, format, mapping, take, progress, stop),
            |meta, rows| {
                let rows: Vec<_> = rows.into_iter().map(item).collect();
                named.items(&rows);
                records.import_items(&act, meta, rows, stop)
            },
        ),
        Kind::Levels => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_levels(file, bytes, format, mapping, take, progress, stop),
            |meta, rows| {
                let rows: Vec<_> = rows.into_iter().map(of_level).collect();
                named.items(&rows);
                records.import_items(&act, meta, rows, stop)
            },
        ),
        Kind::Stock => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_stock(file, bytes, format, mapping, take, progress, stop),
            |meta, rows: Vec<exchange::StockRow>| {
                for row in &rows {
                    let sum = named.on_hand.entry(row.sku.clone()).or_default();
                    *sum = sum.plus(row.on_hand);
                }
                records.import_stock(&act, meta, rows.into_iter().map(level).collect(), stop)
            },
        ),
        Kind::Deliveries => table(
            ready,
            dry,
            |file, bytes, take| {
                exchange::parse_deliveries(file, bytes, format, mapping, take, progress, stop)
            },
            |meta, rows| {
                let rows = rows.into_iter().map(|row: exchange::DeliveryRow| row.delivery).collect();
                records.import_deliveries(&act, meta, rows, stop)
            },
        ),
        Kind::Vehicles => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_vehicles(file, bytes, format, mapping, take, progress, stop),
            |meta, rows: Vec<domain::VehicleEntry>| {
                named.vehicles.extend(rows.iter().map(|row| row.code.clone()));
                records.import_vehicles(&act, meta, rows, stop)
            },
        ),
        Kind::Suppliers => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_suppliers(file, bytes, format, mapping, take, progress, stop),
            |meta, rows| {
                let rows = rows.into_iter().map(|row: exchange::SupplierRow| store::SupplierImport {
                    code: row.code,
                    name: Some(row.name),
                    lead_time_days: row.lead_time_days,
                });
                let rows: Vec<_> = rows.collect();
                named.suppliers.extend(rows.iter().map(|row| row.code.clone()));
                records.import_suppliers(&act, meta, rows, stop)
            },
        ),
        Kind::Places => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_places(file, bytes, format, mapping, take, progress, stop),
            |meta, rows| {
                let places = Places::of(rows);
                named.bins.extend(places.bins.iter().map(bin_key));
                named.suppliers.extend(places.suppliers.iter().map(|row| row.code.clone()));
                records.import_places(&act, meta, places.sites, places.bins, places.suppliers, stop)
            },
        ),
        // Names and addresses stay at the door unless an administrator lets them in.
        Kind::Customers => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_customers(file, bytes, format, mapping, take, progress, stop),
            |meta, rows| {
                let rows = rows.into_iter().map(|row: exchange::CustomerRow| store::CustomerImport {
                    code: row.code,
                    name: row.name,
                    address: row.address,
                });
                records.import_customers(&act, meta, rows.collect(), stop)
            },
        ),
        Kind::Shipments => table(
            ready,
            dry,
            |file, bytes, take| exchange::parse_shipments(file, bytes, format, mapping, take, progress, stop),
            |meta, rows| {
                let rows = rows.into_iter().map(shipment).collect();
                records.import_shipments(&act, meta, rows, stop)
            },
        ),
    }
}

/// What the rows of a file of places are.
#[derive(Default)]
struct Places {
    sites: Vec<store::Warehouse>,
    bins: Vec<store::BinImport>,
    suppliers: Vec<store::SupplierImport>,
}

impl Places {
    fn of(rows: Vec<exchange::PlaceRow>) -> Self {
        let mut places = Self::default();
        // A bin may be said to be in a zone that the file lists with its warehouse.
        let zones: std::collections::HashMap<String, Option<String>> = rows
            .iter()
            .filter(|row| row.what() == PlaceKind::Zone)
            .map(|row| (row.name.clone(), row.parent.clone()))
            .collect();
        let mut numbers: BTreeMap<(Option<String>, String), Option<String>> = BTreeMap::new();
        for row in rows {
            match row.what() {
                PlaceKind::Bin => {
                    let (warehouse, zone) = match row.parent.as_ref().and_then(|parent| zones.get(parent)) {
                        Some(warehouse) => (warehouse.clone(), row.parent.clone()),
                        None => (row.parent, row.zone),
                    };
                    // The second of one name and another number goes by its number.
                    let first =
                        numbers.entry((warehouse.clone(), row.name.clone())).or_insert(row.code.clone());
                    let code = match (&row.code, first) {
                        (Some(number), Some(first)) if number != first => number.clone(),
                        _ => row.name,
                    };
                    places.bins.push(store::BinImport {
                        warehouse,
                        code,
                        number: row.code,
                        zone,
                        capacity: row.capacity,
                        temperature: row.temperature,
                        spot: row.spot,
                        pick_order: row.pick_order,
                    });
                }
                PlaceKind::Supplier => places.suppliers.push(store::SupplierImport {
                    code: row.code.unwrap_or_else(|| row.name.clone()),
                    name: Some(row.name),
                    lead_time_days: None,
                }),
                PlaceKind::Zone => {}
                PlaceKind::Site => places.sites.push(store::Warehouse {
                    name: row.name,
                    code: row.code,
                    kind: row.kind,
                    address: row.address,
                }),
            }
        }
        places
    }
}

fn bin_key(bin: &store::BinImport) -> (String, String) {
    (bin.warehouse.clone().unwrap_or_default(), bin.code.clone())
}

/// The rows that were not used, with the reason in a last column: to be mended and imported again. Gives the file's name.
fn write_rejected(inner: &Inner, ready: &Ready, stop: &Stop) -> Result<String> {
    let folder = inner.folder.join(REJECTED);
    let stem = ready.name.trim_end_matches(".gz");
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let name = format!("{stem}-rejected.csv");
    let target = folder.join(&name);
    let unwritable = |e: std::io::Error| {
        Failure::new(Code::Storage, format!("write {}: {e}; check the disk", target.display()))
    };
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    let out = std::io::BufWriter::new(File::create(&target).map_err(unwritable)?);
    let (file, _) = ready.rows()?;
    let say = |finding: &Finding| format!("{:?}: {} {}", finding.code, finding.subject, finding.detail);
    exchange::write_corrected(file, &ready.format, &ready.mapping, out, &say, stop)
        .map_err(|e| failed(&ready.name, &e))?;
    Ok(name)
}

/// The file of rejected rows of a name, as text; names with a way to elsewhere are none.
pub(crate) fn rejected_rows(inner: &Inner, name: &str) -> Result<TextFile> {
    let bare = Path::new(name).file_name().is_some_and(|own| own == name);
    if !bare || !name.ends_with("-rejected.csv") {
        return Err(Failure::not_found("file of rejected rows", name));
    }
    let path = inner.folder.join(REJECTED).join(name);
    let (file, bytes) = open(&path, name)?;
    if bytes > limits::REJECTED_BYTES_SENT_MAX {
        return Err(Failure::bad_input(format!(
            "{name} is too large to be handed over; it is {}",
            path.display()
        )));
    }
    let mut text = String::new();
    file.take(limits::REJECTED_BYTES_SENT_MAX)
        .read_to_string(&mut text)
        .map_err(|e| Failure::new(Code::Storage, format!("read {name}: {e}; check the disk")))?;
    Ok(TextFile { name: name.to_owned(), text })
}

fn blank() -> ImportReport {
    ImportReport {
        import: None,
        dry_run: false,
        already: false,
        sha256: String::new(),
        rows: 0,
        stored: 0,
        duplicates: 0,
        rejected: 0,
        quantity: Quantity::ZERO,
        amount: Money::ZERO,
        span: None,
        new_items: 0,
        ignored_columns: Vec::new(),
        counts: Vec::new(),
        findings: Vec::new(),
        took_ms: 0,
        kind: None,
        layout: None,
        columns: Vec::new(),
        totals: Vec::new(),
        mapping: Vec::new(),
        correctable: None,
        corrected: 0,
        corrections: Vec::new(),
    }
}

fn correction(one: &store::LineCorrection) -> CorrectionRow {
    let amount = |of: Option<Money>| of.map_or(String::new(), |money| format!("{money:.2}"));
    let both = [
        ("day", one.day.0.to_string(), one.day.1.to_string()),
        ("quantity", one.quantity.0.to_string(), one.quantity.1.to_string()),
        ("amount", amount(one.amount.0), amount(one.amount.1)),
    ];
    let changed = both.into_iter().filter(|(_, was, is)| was != is);
    // Who a customer is, is not kept: only that it is another one.
    let customer = one.customer.then(|| ("customer", String::new(), String::new()));
    CorrectionRow {
        order: one.order_ref.clone(),
        sku: one.sku.clone(),
        line: one.occurrence,
        changes: changed.chain(customer).map(|(what, was, is)| (what.to_owned(), was, is)).collect(),
    }
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
        corrected: if already { 0 } else { record.corrected },
        corrections: record.corrections.iter().map(correction).collect(),
        ignored_columns: Vec::new(),
        counts: Vec::new(),
        findings: Vec::new(),
        took_ms: 0,
        ..blank()
    }
}

/// What the file itself said, with what the store made of it (none: a dry run).
fn merged(ready: &Ready, parsed: &ParseReport, outcome: Option<&ImportOutcome>) -> ImportReport {
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
            ..blank()
        },
    };
    report.rows = parsed.rows;
    report.rejected = parsed.bad;
    report.dry_run = ready.meta.rehearse;
    if report.dry_run {
        report.import = None;
        report.sha256.clone_from(&ready.meta.sha256);
    }
    report.columns = ready
        .mapping
        .columns
        .iter()
        .filter_map(|(field, column)| {
            let filled = parsed.filled.get(field)?;
            Some(ColumnTotal {
                field: field.key().to_owned(),
                column: ready.header.get(*column).cloned().unwrap_or_default(),
                rows: filled.rows,
                sum: filled.sum,
                kept: keeps(&ready.mapping, *field),
            })
        })
        .collect();
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
    let (file, bytes) = ready.rows()?;
    let mut open_import = None;
    {
        match inner.store.records.begin_order_import(&inner.act(by), &ready.meta, stop)? {
            OrderImportStart::Open(import) => open_import = Some(import),
            // A trial of what is in already reads it all the same, for what it finds.
            OrderImportStart::AlreadyImported(_) if dry_run => {}
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
    let report = merged(ready, &parsed, outcome.as_ref());
    debug_assert_eq!(report.dry_run, dry_run, "a trial is a trial all the way");
    Ok(report)
}

/// The bytes that were hashed before are the bytes that were read.
fn check_unchanged(ready: &Ready, parsed: &ParseReport) -> Result<()> {
    // A table made of the file is whole in memory.
    if ready.source.table.is_some() || parsed.sha256 == ready.meta.sha256 {
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
        Box<dyn Read>,
        u64,
        &mut dyn FnMut(Chunk<R>) -> ControlFlow<()>,
    ) -> std::result::Result<ParseReport, exchange::Error>,
    store: impl FnOnce(&ImportMeta, Vec<R>) -> store::Result<ImportOutcome>,
) -> Result<ImportReport> {
    let (file, bytes) = ready.rows()?;
    let mut rows = Vec::new();
    let mut take = |chunk: Chunk<R>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let parsed = parse(file, bytes, &mut take).map_err(|e| failed(&ready.name, &e))?;
    check_unchanged(ready, &parsed)?;
    let meta = ImportMeta { rejected: parsed.bad, ..ready.meta.clone() };
    let mut report = merged(ready, &parsed, Some(&store(&meta, rows)?));
    report.dry_run = dry_run;
    Ok(report)
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
        package: row.package,
        unit_factor: row.unit_factor,
        gtin: row.gtin,
        size: row.size,
        temperature: row.temperature,
        level: None,
        substitute: row.substitute,
    }
}

/// What a row of levels says of its item, the level with it.
fn of_level(row: exchange::LevelRow) -> store::ItemImport {
    let level = store::ItemLevel {
        warehouse: row.site.unwrap_or_default(),
        least: row.least,
        reorder: row.reorder,
        most: row.most,
        bin: row.bin,
        ..store::ItemLevel::default()
    };
    store::ItemImport { level: Some(level), ..item(row.item) }
}

fn shipment(row: exchange::ShipmentRow) -> store::ShipmentImport {
    store::ShipmentImport {
        number: row.shipment,
        way: match row.way {
            exchange::Way::In => store::Way::In,
            exchange::Way::Wanted => store::Way::Wanted,
            exchange::Way::Gone => store::Way::Gone,
        },
        order_ref: row.order_ref,
        partner: row.partner,
        sku: row.sku,
        quantity: row.quantity,
        due: row.expected.or(row.shipped.filter(|_| row.way == exchange::Way::Gone)),
        lot: row.lot,
        expiry: row.expiry,
        sscc: row.sscc,
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
        warehouse: row.site.filter(|_| row.bin.is_some()),
        bin: row.bin,
        unit_cost: row.unit_cost,
        name: row.name,
        unit_of_measure: row.unit_of_measure,
        ..store::StockImport::default()
    }
}
