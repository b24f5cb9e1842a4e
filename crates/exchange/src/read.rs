//! Files to rows with findings: preview, survey, parse.

use crate::column_format::{ColumnFormat, ColumnUnit};
use crate::columns::{Field, Kind, Mapping, suggest};
use crate::dates::{self, DateFault, DateOrder, DateShape};
use crate::error::{Error, ErrorKind};
use crate::format::{Format, sniff};
use crate::layouts::{Layout, recognise_as};
use crate::limits::{CHUNK_ROWS, FINDINGS_KEPT, HEAD_BYTES};
use crate::numbers::{self, DecimalMark};
use crate::records::{
    CustomerRow, DeliveryRow, ItemRow, LevelRow, PlaceRow, ShipmentRow, StockRow, SupplierRow, Way,
};
use crate::rows::{Rows, Step};
use crate::shapes::{Shape, by_position};
use domain::stock::{Capacity, Spot, TemperatureClass};
use domain::{Delivery, Finding, FindingCode, OrderLine, Ratio, Severity, Size, VehicleEntry};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::ops::ControlFlow;
use units::{Day, DeliveryId, GeoPoint, Milli, Millis, Money, Progress, Quantity, Stop};

/// Rows shown before an import.
const SAMPLE_ROWS: usize = 20;

/// A survey that has seen this many rows and no doubtful date or number stops.
const SURVEY_ROWS: u64 = 2_000;

/// Largest quantity of a row taken for real, in whole units.
const QUANTITY_MAX: i64 = 1_000_000_000;

/// Longest lead time taken for real.
const LEAD_TIME_DAYS_MAX: i64 = 1_000;

/// Order and stock dates outside these years are taken for slips of the keyboard.
const DAYS: std::ops::RangeInclusive<i32> = 0..=47_481;

/// What a file looks like, before anything is read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// How it is written.
    pub format: Format,
    /// Column names; `Column 1`, … where the file has none.
    pub header: Vec<String>,
    /// The first rows.
    pub sample: Vec<Vec<String>>,
    /// What the columns probably mean.
    pub mapping: Mapping,
    /// The program's file it is, where it is one of those known.
    pub layout: Option<&'static Layout>,
    /// The columns that told what it is; empty: nothing did.
    pub because: Vec<String>,
    /// What the columns could mean by their places, where their names do not say all that is needed.
    pub positions: Vec<&'static Shape>,
}

/// What a file's dates and numbers look like, where a row alone does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Day or month first: as the column itself shows; `None` where no row needs it or none shows it.
    pub date_order: Option<DateOrder>,
    /// Rows need a [`DateOrder`] and none shows it, or they contradict each other: ask a person.
    pub date_order_needed: bool,
    /// Some of the doubtful dates.
    pub date_examples: Vec<String>,
    /// The decimal mark, where the file shows it.
    pub decimal_mark: Option<DecimalMark>,
    /// Numbers can be read two ways and none shows which: ask a person.
    pub decimal_mark_needed: bool,
    /// Some of the doubtful numbers.
    pub number_examples: Vec<String>,
    /// The day all rows have that have one; for rows that have none.
    pub day: Option<Day>,
    /// Columns that show of themselves that they are written otherwise than the file's others.
    pub formats: Vec<(Field, ColumnFormat)>,
    /// Columns whose dates nothing explains, where others explain theirs: ask for each.
    pub dates_asked: Vec<(Field, String)>,
}

impl Survey {
    /// Fills in what a mapping leaves open: for the file, and for columns of which nobody said how they are written.
    pub fn settle(&self, mapping: &mut Mapping) {
        mapping.date_order = mapping.date_order.or(self.date_order);
        mapping.decimal_mark = mapping.decimal_mark.or(self.decimal_mark);
        mapping.day = self.day;
        for (field, shown) in &self.formats {
            mapping.set_format(*field, |format| {
                format.date_order = format.date_order.or(shown.date_order);
                format.decimal_mark = format.decimal_mark.or(shown.decimal_mark);
            });
        }
    }
}

/// What a column of dates has shown.
#[derive(Default)]
struct DatesSeen {
    day_first: u64,
    month_first: u64,
    either: u64,
    examples: Vec<String>,
}

impl DatesSeen {
    /// The order it shows, if it shows one and not both.
    fn order(&self) -> Option<DateOrder> {
        match (self.day_first > 0, self.month_first > 0) {
            (true, false) => Some(DateOrder::DayFirst),
            (false, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }

    /// It shows no order, or two, and needs one.
    fn open(&self) -> bool {
        self.order().is_none() && self.either + self.day_first > 0
    }
}

/// What a column of numbers has shown.
#[derive(Default)]
struct NumbersSeen {
    commas: u64,
    points: u64,
}

impl NumbersSeen {
    fn mark(&self) -> Option<DecimalMark> {
        match (self.commas, self.points) {
            (0, 0) => None,
            (commas, points) if commas > points => Some(DecimalMark::Comma),
            _ => Some(DecimalMark::Point),
        }
    }
}

/// What a column holds, summed over the good rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Rows that say something in it.
    pub rows: u64,
    /// Sum of its numbers, where it holds numbers.
    pub sum: Option<Quantity>,
}

/// Rows handed over together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The line of the file each row starts on.
    pub lines: Vec<u64>,
    /// What rows of this chunk say of items that no row before told of: in a file of orders, name, category, unit. An item is
    /// told of once.
    pub items: Vec<ItemRow>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParseReport {
    /// Rows below the header.
    pub rows: u64,
    /// Rows handed over.
    pub good: u64,
    /// Rows not used; each has at least one finding that is an error.
    pub bad: u64,
    /// Sum of the quantities (on hand, in a stock file) of the good rows.
    pub quantity: Quantity,
    /// Sum of the net amounts of the good rows.
    pub amount: Money,
    /// First day of the good rows.
    pub first_day: Option<Day>,
    /// Last day of the good rows.
    pub last_day: Option<Day>,
    /// Distinct SKUs of the good rows.
    pub skus: u64,
    /// Columns that mean nothing to this import.
    pub ignored_columns: Vec<String>,
    /// What each mapped column holds in the good rows.
    pub filled: BTreeMap<Field, Filled>,
    /// The first [`FINDINGS_KEPT`] findings, in order of lines.
    pub findings: Vec<Finding>,
    /// How many findings of each code and severity there were, kept or not.
    pub counts: BTreeMap<(FindingCode, Severity), u64>,
    /// SHA-256 of the file's own bytes, in hex.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
}

impl ParseReport {
    fn note(&mut self, finding: Finding) {
        *self.counts.entry((finding.code, finding.severity)).or_default() += 1;
        if self.findings.len() < FINDINGS_KEPT {
            self.findings.push(finding);
        }
    }

    /// Counts what a good row says in each mapped column.
    fn fill(mapping: &Mapping, rows: &Rows<'_>, plan: &Plan, into: &mut [Filled; FIELDS]) {
        for (field, column) in &mapping.columns {
            let bytes = rows.field(*column).trim_ascii();
            if bytes.is_empty() {
                continue;
            }
            let filled = &mut into[*field as usize];
            filled.rows += 1;
            if field.is_number()
                && let Ok(text) = std::str::from_utf8(bytes)
                && let Some(value) = plan.plain(*field, text).and_then(|plain| Quantity::parse(&plain))
            {
                filled.sum = Some(filled.sum.unwrap_or_default().plus(value));
            }
        }
    }

    /// How many findings there were.
    pub fn findings_total(&self) -> u64 {
        self.counts.values().sum()
    }
}

fn head_of(file: &mut impl Read) -> Result<Vec<u8>, Error> {
    let mut head = Vec::new();
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(|fault| Error::io(0, fault))?;
    Ok(head)
}

/// Reads the first [`HEAD_BYTES`] of a file and says what it looks like. With `kind` `None` the kind whose needed columns
/// are found is taken (see [`crate::recognise`]); `because` is empty where none is.
pub fn preview(file: impl Read, kind: Option<Kind>) -> Result<Preview, Error> {
    preview_as(file, kind, None, "")
}

/// As [`preview`], of a file whose `format` is known already; `named` is what it is called, where that tells what it is.
pub fn preview_as(
    mut file: impl Read,
    kind: Option<Kind>,
    format: Option<Format>,
    named: &str,
) -> Result<Preview, Error> {
    let head = head_of(&mut file)?;
    let format = match format {
        Some(format) => format,
        None => sniff(&head)?,
    };
    let mut rows = Rows::new(head.as_slice(), &format);
    rows.skip_preamble(&format)?;
    let mut table: Vec<Vec<String>> = Vec::new();
    while table.len() <= SAMPLE_ROWS {
        // A compressed head ends in the middle of the stream: what came before is what there is to show.
        match rows.step() {
            Ok(Step::Row) => table.push((0..rows.len()).map(|n| shown(rows.field(n))).collect()),
            Ok(Step::Overlong) => {}
            Ok(Step::End) | Err(_) => break,
        }
    }
    let Some(first) = table.first() else {
        return Err(Error::new(
            ErrorKind::MissingColumn,
            "the file has no rows; a first row that names the columns is needed",
        ));
    };
    let header = if format.header {
        table.remove(0)
    } else {
        (1..=first.len()).map(|n| format!("Column {n}")).collect()
    };
    table.truncate(SAMPLE_ROWS);
    let known = recognise_as(&header, named, kind);
    let (mapping, layout, because) = match (known, kind) {
        // Asked for by a person, and nobody's layout: the names alone, however few of them fit.
        (Some(known), Some(kind)) if known.layout.is_none() => (suggest(kind, &header), None, known.because),
        (Some(known), _) => (known.mapping, known.layout, known.because),
        (None, kind) => (suggest(kind.unwrap_or(Kind::Orders), &header), None, Vec::new()),
    };
    let mut mapping = mapping;
    let mut positions = Vec::new();
    if layout.is_none() && (because.is_empty() || !format.header) && !mapping.missing().is_empty() {
        positions = by_position(kind, &table);
        // One is a suggestion; several are a question.
        if let [only] = positions.as_slice() {
            mapping = only.mapping();
        }
    }
    mapping.units_of(&header);
    Ok(Preview { format, header, sample: table, mapping, layout, because, positions })
}

fn shown(field: &[u8]) -> String {
    text_of(field).trim().to_owned()
}

/// UTF-8 as it is; where a file turns out to hold something else below its head, GB 18030 if that fits, else Windows-1252.
fn text_of(field: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(field) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let (text, faults) = encoding_rs::GB18030.decode_without_bom_handling(field);
            if faults { encoding_rs::WINDOWS_1252.decode_without_bom_handling(field).0 } else { text }
        }
    }
}

/// Looks through the date and number columns of `mapping` for what single rows don't tell: day or month first, decimal
/// mark. Reads the whole file only where the beginning leaves a doubt.
pub fn survey(file: impl Read, format: &Format, mapping: &Mapping, stop: &Stop) -> Result<Survey, Error> {
    use Field::*;
    let mut rows = Rows::new(file, format);
    rows.skip_preamble(format)?;
    let mut date_columns: Vec<(Field, usize, DatesSeen)> =
        [OrderedAt, AsOf, DeliveryDay, Expiry, ShippedAt, ExpectedAt]
            .into_iter()
            .filter_map(|field| Some((field, mapping.column(field)?, DatesSeen::default())))
            .collect();
    let day_column = mapping.column(DeliveryDay).filter(|_| mapping.column(Demand).is_some());
    let mut days: (Option<Day>, bool) = (None, false);
    let mut number_columns: Vec<(Field, usize, NumbersSeen)> = [
        UnitPrice,
        Discount,
        PackagePrice,
        LevelMin,
        LevelReorder,
        LevelMax,
        Quantity,
        NetAmount,
        UnitCost,
        PackSize,
        OrderQuantityMin,
        OnHand,
        Allocated,
        OnOrder,
        Latitude,
        Longitude,
        WeightKg,
        VolumeM3,
        CapacityKg,
        CapacityM3,
        CostFixed,
        CostPerKm,
        CostPerHour,
    ]
    .into_iter()
    .filter_map(|field| Some((field, mapping.column(field)?, NumbersSeen::default())))
    .collect();
    let mut survey = Survey::default();
    let mut seen = 0_u64;
    let mut in_header = format.header;
    loop {
        match rows.step()? {
            Step::End => break,
            Step::Overlong => continue,
            Step::Row if in_header => {
                in_header = false;
                continue;
            }
            Step::Row => {}
        }
        if seen.is_multiple_of(1024) && stop.asked() {
            return Err(Error::stopped(rows.line));
        }
        seen += 1;
        if let Some(Ok(day)) = day_column.map(|column| dates::parse(&text_of(rows.field(column)), None)) {
            match days.0 {
                None => days.0 = Some(day),
                Some(first) => days.1 |= first != day,
            }
        }
        for (_, column, shown) in &mut date_columns {
            let text = text_of(rows.field(*column));
            match dates::shape(&text) {
                DateShape::MustBeDayFirst => shown.day_first += 1,
                DateShape::MustBeMonthFirst => shown.month_first += 1,
                DateShape::Either => {
                    shown.either += 1;
                    if shown.examples.len() < 3 {
                        shown.examples.push(text.trim().to_owned());
                    }
                }
                DateShape::Clear | DateShape::None => {}
            }
        }
        for (_, column, shown) in &mut number_columns {
            let text = text_of(rows.field(*column));
            match numbers::evidence(&text) {
                Some(DecimalMark::Comma) => shown.commas += 1,
                Some(DecimalMark::Point) => shown.points += 1,
                None if numbers::doubtful(&text, format.delimiter) && survey.number_examples.len() < 3 => {
                    survey.number_examples.push(text.trim().to_owned());
                }
                None => {}
            }
        }
        // A column that shows nothing of its own is looked through to its end: it may show something further down.
        let dates_clear = date_columns.iter().all(|(_, _, shown)| !shown.open());
        let numbers_clear = survey.number_examples.is_empty()
            || number_columns.iter().any(|(_, _, shown)| shown.mark().is_some());
        if seen >= SURVEY_ROWS && dates_clear && numbers_clear {
            break;
        }
    }
    settle_dates(&mut survey, &date_columns);
    let all = number_columns.iter().fold(NumbersSeen::default(), |all, (_, _, shown)| NumbersSeen {
        commas: all.commas + shown.commas,
        points: all.points + shown.points,
    });
    survey.decimal_mark = all.mark();
    for (field, _, shown) in &number_columns {
        // A column that only ever shows the other mark is written so; one that shows both is as torn as before.
        let own = shown.mark().filter(|mark| Some(*mark) != survey.decimal_mark);
        if own.is_some() && (shown.commas == 0 || shown.points == 0) {
            let format = ColumnFormat { decimal_mark: own, ..ColumnFormat::default() };
            survey.formats.push((*field, format));
        }
    }
    survey.decimal_mark_needed = survey.decimal_mark.is_none() && !survey.number_examples.is_empty();
    if !survey.decimal_mark_needed {
        survey.number_examples.clear();
    }
    survey.day = days.0.filter(|_| !days.1);
    Ok(survey)
}

/// Day or month first: for the file where its columns agree, else column by column.
fn settle_dates(survey: &mut Survey, columns: &[(Field, usize, DatesSeen)]) {
    let shows = |order| columns.iter().any(|(_, _, shown)| shown.order() == Some(order));
    let open: Vec<&(Field, usize, DatesSeen)> = columns.iter().filter(|(_, _, shown)| shown.open()).collect();
    // Rows of one column that contradict each other are a question, whatever its neighbours show.
    let torn = |shown: &DatesSeen| shown.day_first > 0 && shown.month_first > 0;
    match (shows(DateOrder::DayFirst), shows(DateOrder::MonthFirst)) {
        (true, true) => {
            for (field, _, shown) in columns {
                if shown.order().is_some() {
                    let format = ColumnFormat { date_order: shown.order(), ..ColumnFormat::default() };
                    survey.formats.push((*field, format));
                } else if shown.open() {
                    survey.dates_asked.push((*field, shown.examples.first().cloned().unwrap_or_default()));
                }
            }
        }
        (day_first, month_first) if day_first || month_first => {
            survey.date_order = Some(if day_first { DateOrder::DayFirst } else { DateOrder::MonthFirst });
            for (field, _, shown) in open.iter().filter(|one| torn(&one.2)) {
                survey.dates_asked.push((*field, shown.examples.first().cloned().unwrap_or_default()));
            }
        }
        _ => {
            survey.date_order_needed = !open.is_empty();
            survey.date_examples =
                open.iter().flat_map(|(_, _, shown)| shown.examples.iter().cloned()).take(3).collect();
        }
    }
}

/// One row under judgement: its fields by meaning, and what was found wrong.
pub(crate) struct RowView<'a, 'b> {
    rows: &'a Rows<'b>,
    plan: &'a Plan,
    findings: &'a mut Vec<Finding>,
}

/// A mapping made ready for many rows.
pub(crate) struct Plan {
    column: HashMap<Field, usize>,
    by_field: [Option<usize>; FIELDS],
    names: Vec<String>,
    width: usize,
    /// How dates and numbers are written, column by column.
    date_orders: [Option<DateOrder>; FIELDS],
    marks: [DecimalMark; FIELDS],
    units: [Option<&'static ColumnUnit>; FIELDS],
    day: Option<Day>,
    /// The order of the row above, for rows that leave out what it said.
    above: RefCell<Above>,
}

/// What a row of an order says once for all its lines.
#[derive(Default)]
struct Above {
    order_ref: String,
    day: Option<Day>,
    customer: Option<String>,
}

const FIELDS: usize = Field::Substitute as usize + 1;

impl Plan {
    pub(crate) fn new(mapping: &Mapping, header: &[String], width: usize) -> Self {
        let mut by_field = [None; FIELDS];
        for (field, column) in &mapping.columns {
            by_field[*field as usize] = Some(*column);
        }
        let mut date_orders = [mapping.date_order; FIELDS];
        let mut marks = [mapping.decimal_mark.unwrap_or(DecimalMark::Point); FIELDS];
        let mut units = [None; FIELDS];
        for (field, format) in &mapping.formats {
            let place = *field as usize;
            date_orders[place] = format.date_order.or(date_orders[place]);
            marks[place] = format.decimal_mark.unwrap_or(marks[place]);
            units[place] = format.unit;
        }
        Self {
            column: mapping.columns.iter().copied().collect(),
            by_field,
            names: header.to_vec(),
            width,
            date_orders,
            marks,
            units,
            day: mapping.day,
            above: RefCell::default(),
        }
    }

    /// A number of a field as a plain decimal, in the unit that the field is kept in; `None` where it is none.
    fn plain<'t>(&self, field: Field, text: &'t str) -> Option<Cow<'t, str>> {
        let plain = numbers::plain(text, self.marks[field as usize])?;
        match self.units[field as usize] {
            None => Some(plain),
            Some(unit) => unit.bring_over(&plain).map(Cow::Owned),
        }
    }

    fn name(&self, field: Field) -> &str {
        self.column
            .get(&field)
            .and_then(|column| self.names.get(*column))
            .map_or_else(|| field.key(), String::as_str)
    }
}

impl<'a> RowView<'a, '_> {
    fn find(&mut self, code: FindingCode, severity: Severity, field: Field, detail: &str) {
        let finding = Finding::at_line(code, severity, self.rows.line, self.plan.name(field), detail);
        self.findings.push(finding);
    }

    /// The trimmed text of a field; `None` where the column is not mapped or empty.
    fn text(&mut self, field: Field) -> Option<Cow<'a, str>> {
        let bytes = self.rows.field(self.plan.by_field[field as usize]?);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text.trim()),
            Err(_) => {
                let text = text_of(bytes).trim().to_owned();
                self.find(FindingCode::NotText, Severity::Warning, field, &text);
                Cow::Owned(text)
            }
        };
        if text.is_empty() {
            return None;
        }
        // Our own exports (and Excel) put an apostrophe before text that a spreadsheet would execute.
        let plain = crate::table::original(&text).len();
        if plain < text.len() {
            return Some(Cow::Owned(text[text.len() - plain..].trim().to_owned()));
        }
        Some(text)
    }

    fn needed_text(&mut self, field: Field) -> Option<String> {
        let text = self.text(field);
        if text.is_none() {
            self.find(FindingCode::EmptyField, Severity::Error, field, "");
        }
        text.map(Cow::into_owned)
    }

    fn owned(&mut self, field: Field) -> Option<String> {
        self.text(field).map(Cow::into_owned)
    }

    /// A number; `Err(())` where there is one that can't be used (the finding is made).
    fn decimal<T>(&mut self, field: Field, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let Some(plain) = self.plan.plain(field, &text) else {
            self.find(FindingCode::NotANumber, Severity::Error, field, &text);
            return Err(());
        };
        match parse(&plain) {
            Some(value) => Ok(Some(value)),
            None => {
                self.find(FindingCode::OutOfRange, Severity::Error, field, &text);
                Err(())
            }
        }
    }

    fn quantity(&mut self, field: Field) -> Result<Option<Quantity>, ()> {
        self.decimal(field, |plain| Quantity::parse(plain).filter(|q| q.0.abs() <= QUANTITY_MAX * 1000))
    }

    /// A quantity that can't be negative or zero where it says anything at all; zero means the file's writer had none.
    fn positive(&mut self, field: Field) -> Result<Option<Quantity>, ()> {
        match self.quantity(field)? {
            Some(quantity) if quantity.0 < 0 => {
                self.find(FindingCode::OutOfRange, Severity::Error, field, &quantity.to_string());
                Err(())
            }
            Some(quantity) if quantity.0 == 0 => Ok(None),
            other => Ok(other),
        }
    }

    fn day(&mut self, field: Field) -> Result<Option<Day>, ()> {
        let Some(text) = self.text(field) else { return Ok(None) };
        match dates::parse(&text, self.plan.date_orders[field as usize]) {
            Ok(day) if DAYS.contains(&day.0) => Ok(Some(day)),
            Ok(_) => {
                self.find(FindingCode::OutOfRange, Severity::Error, field, &text);
                Err(())
            }
            Err(fault) => {
                let code = match fault {
                    DateFault::NotADate => FindingCode::NotADate,
                    DateFault::Ambiguous => FindingCode::AmbiguousDate,
                };
                self.find(code, Severity::Error, field, &text);
                Err(())
            }
        }
    }
}

/// A kind of row: how it is read, and what it adds to the report's totals.
pub(crate) trait Record: Sized + Clone {
    /// Reads one row; `None` where an error was found.
    fn read(row: &mut RowView<'_, '_>) -> Option<Self>;
    /// SKU, quantity, amount, day.
    fn totals(&self) -> (&str, Quantity, Money, Option<Day>);
    /// Whether one SKU may have one row only.
    const ONE_ROW_A_SKU: bool = false;
    /// Whether the second row of one key is left out; otherwise it is used, with a warning.
    const SECOND_ROW_IS_BAD: bool = false;
    /// Whether rows tell of items beside what they are themselves.
    const DESCRIBES: bool = false;
    /// How many of its kind the row stands for; `None` where it says so wrongly (the finding is made).
    fn times(_: &mut RowView<'_, '_>) -> Option<u32> {
        Some(1)
    }
    /// The n-th of the row's kind, from 1.
    fn numbered(&self, _: u32) -> Self {
        self.clone()
    }
    /// What the row tells of its item beyond its code, where it tells anything.
    fn describe(_: &mut RowView<'_, '_>) -> Option<ItemRow> {
        None
    }
}

impl Record for OrderLine {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let sku = row.needed_text(Field::Sku);
        let order_ref = row.owned(Field::OrderRef).unwrap_or_default();
        let mut customer = row.owned(Field::Customer);
        let mut day = row.day(Field::OrderedAt);
        {
            // Shops write an order's own columns on its first line only.
            let mut above = row.plan.above.borrow_mut();
            if !order_ref.is_empty() && above.order_ref == order_ref {
                if day == Ok(None) {
                    day = Ok(above.day);
                }
                customer = customer.or_else(|| above.customer.clone());
            } else {
                above.order_ref.clone_from(&order_ref);
            }
            above.day = day.unwrap_or_default();
            above.customer.clone_from(&customer);
        }
        if day == Ok(None) {
            row.find(FindingCode::EmptyField, Severity::Error, Field::OrderedAt, "");
        }
        let quantity = row.quantity(Field::Quantity);
        match quantity {
            Ok(None) => row.find(FindingCode::EmptyField, Severity::Error, Field::Quantity, ""),
            // A return. It is kept: what came back was not demand.
            Ok(Some(quantity)) if quantity.0 < 0 => {
                row.find(FindingCode::OutOfRange, Severity::Note, Field::Quantity, &quantity.to_string());
            }
            _ => {}
        }
        let mut net_amount = row.decimal(Field::NetAmount, Money::parse);
        let price = row.decimal(Field::UnitPrice, Money::parse);
        let discount = row.decimal(Field::Discount, Money::parse);
        if let (Ok(None), Ok(Some(price)), Ok(discount), Ok(Some(quantity))) =
            (net_amount, price, discount, quantity)
        {
            let gross = i128::from(price.0) * i128::from(quantity.0) / 1000;
            let gross = i64::try_from(gross).unwrap_or(i64::MAX);
            net_amount = Ok(Some(Money(gross.saturating_sub(discount.unwrap_or_default().0))));
        }
        Some(OrderLine {
            order_ref,
            day: day.ok()??,
            sku: sku?,
            quantity: quantity.ok()??,
            net_amount: net_amount.ok()?,
            customer,
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.sku, self.quantity, self.net_amount.unwrap_or_default(), Some(self.day))
    }

    const DESCRIBES: bool = true;

    fn describe(row: &mut RowView<'_, '_>) -> Option<ItemRow> {
        let (name, category, unit_of_measure) =
            (row.owned(Field::Name), row.owned(Field::Category), row.owned(Field::UnitOfMeasure));
        if name.is_none() && category.is_none() && unit_of_measure.is_none() {
            return None;
        }
        let sku = row.owned(Field::Sku)?;
        Some(ItemRow { sku, name, category, unit_of_measure, ..ItemRow::default() })
    }
}

impl Record for ItemRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let sku = row.needed_text(Field::Sku);
        let unit_cost = row.decimal(Field::UnitCost, |plain| Money::parse(plain).filter(|cost| cost.0 >= 0));
        let lead_time_days = lead_time(row);
        let pack_size = row.positive(Field::PackSize);
        let package_price =
            row.decimal(Field::PackagePrice, |plain| Money::parse(plain).filter(|price| price.0 >= 0));
        let unit_cost = cost_of(unit_cost, package_price, pack_size);
        let order_quantity_min = row.positive(Field::OrderQuantityMin);
        let unit_factor = match row.text(Field::UnitFactor) {
            None => Ok(None),
            Some(text) => match Ratio::parse(&text.replace(',', ".")) {
                Some(factor) => Ok(Some(factor)),
                None => {
                    row.find(FindingCode::OutOfRange, Severity::Error, Field::UnitFactor, &text);
                    Err(())
                }
            },
        };
        let size = row.size();
        let temperature = row.temperature().or_else(|| {
            let cold = row.text(Field::ColdChain).is_some_and(|text| yes(&text));
            cold.then_some(TemperatureClass::Chilled)
        });
        Some(ItemRow {
            package: row.owned(Field::PackageType),
            gtin: row.owned(Field::Gtin),
            substitute: row.owned(Field::Substitute),
            unit_factor: unit_factor.ok()?,
            size: size.ok()?,
            temperature,
            sku: sku?,
            name: row.owned(Field::Name),
            category: row.owned(Field::Category),
            unit_of_measure: row.owned(Field::UnitOfMeasure),
            unit_cost: unit_cost.ok()?,
            supplier_code: row.owned(Field::SupplierCode),
            supplier_name: row.owned(Field::SupplierName),
            lead_time_days: lead_time_days.ok()?,
            pack_size: pack_size.ok()?,
            order_quantity_min: order_quantity_min.ok()?,
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.sku, Quantity::ZERO, Money::ZERO, None)
    }

    const ONE_ROW_A_SKU: bool = true;
}

/// What one costs: as the row says, else its share of the package.
fn cost_of(
    unit_cost: Result<Option<Money>, ()>,
    package_price: Result<Option<Money>, ()>,
    pack_size: Result<Option<Quantity>, ()>,
) -> Result<Option<Money>, ()> {
    match (unit_cost?, package_price?, pack_size?) {
        (None, Some(price), Some(pack)) if pack.0 > 0 => {
            let share = (i128::from(price.0) * 1000 + i128::from(pack.0) / 2) / i128::from(pack.0);
            Ok(i64::try_from(share).ok().map(Money))
        }
        (unit_cost, ..) => Ok(unit_cost),
    }
}

/// Whole days, with or without the word: `7`, `7.0`, `7 days`, `7天`.
fn lead_time(row: &mut RowView<'_, '_>) -> Result<Option<u16>, ()> {
    let Some(text) = row.text(Field::LeadTimeDays) else { return Ok(None) };
    let number = text.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
    let plain = row.plan.plain(Field::LeadTimeDays, number);
    let Some(days) = plain.and_then(|plain| Quantity::parse(&plain)) else {
        row.find(FindingCode::NotANumber, Severity::Error, Field::LeadTimeDays, &text);
        return Err(());
    };
    let whole = (days.0 + 999).div_euclid(1000);
    match u16::try_from(whole) {
        Ok(days) if whole <= LEAD_TIME_DAYS_MAX => Ok(Some(days)),
        _ => {
            row.find(FindingCode::OutOfRange, Severity::Error, Field::LeadTimeDays, &text);
            Err(())
        }
    }
}

impl Record for StockRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let sku = row.needed_text(Field::Sku);
        let on_hand = row.quantity(Field::OnHand);
        if on_hand == Ok(None) {
            row.find(FindingCode::EmptyField, Severity::Error, Field::OnHand, "");
        }
        if let Ok(Some(quantity)) = on_hand
            && quantity.0 < 0
        {
            row.find(FindingCode::OutOfRange, Severity::Warning, Field::OnHand, &quantity.to_string());
        }
        let allocated = row.quantity(Field::Allocated);
        let on_order = row.quantity(Field::OnOrder);
        let as_of = row.day(Field::AsOf);
        let expiry = row.day(Field::Expiry);
        let unit_cost = row.decimal(Field::UnitCost, |plain| Money::parse(plain).filter(|cost| cost.0 >= 0));
        let (lot, bin, site) = (row.owned(Field::Lot), row.owned(Field::Bin), row.owned(Field::Site));
        if lot.is_none() && expiry.is_ok_and(|day| day.is_some()) {
            row.find(FindingCode::EmptyField, Severity::Warning, Field::Lot, "");
        }
        Some(StockRow {
            lot,
            expiry: expiry.ok()?,
            bin,
            site,
            unit_cost: unit_cost.ok()?,
            name: row.owned(Field::Name),
            unit_of_measure: row.owned(Field::UnitOfMeasure),
            sku: sku?,
            on_hand: on_hand.ok()??,
            allocated: allocated.ok()?,
            on_order: on_order.ok()?,
            as_of: as_of.ok()?,
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.sku, self.on_hand, Money::ZERO, self.as_of)
    }
}

/// A quantity of a level, zero or more.
fn level(row: &mut RowView<'_, '_>, field: Field) -> Result<Option<Quantity>, ()> {
    match row.quantity(field)? {
        Some(quantity) if quantity.0 < 0 => {
            row.find(FindingCode::OutOfRange, Severity::Error, field, &quantity.to_string());
            Err(())
        }
        other => Ok(other),
    }
}

impl Record for LevelRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let item = ItemRow::read(row);
        let (least, reorder, most) =
            (level(row, Field::LevelMin), level(row, Field::LevelReorder), level(row, Field::LevelMax));
        if let (Ok(Some(least)), Ok(Some(most))) = (least, most)
            && least > most
        {
            row.find(
                FindingCode::OutOfRange,
                Severity::Warning,
                Field::LevelMin,
                &format!("{least} > {most}"),
            );
        }
        let on_hand = row.quantity(Field::OnHand);
        Some(LevelRow {
            item: item?,
            least: least.ok()?,
            reorder: reorder.ok()?,
            most: most.ok()?,
            on_hand: on_hand.ok()?,
            bin: row.owned(Field::Bin),
            site: row.owned(Field::Site),
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.item.sku, self.most.unwrap_or_default(), Money::ZERO, None)
    }
}

impl Record for PlaceRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let name = row.needed_text(Field::PlaceName);
        let kind = row.owned(Field::PlaceType);
        let active = row.text(Field::Active).is_none_or(|text| yes(&text));
        let code = row.owned(Field::PlaceCode);
        let parent = row.owned(Field::PlaceParent);
        let address: Vec<String> = [Field::Address, Field::Postcode, Field::City, Field::Country]
            .into_iter()
            .filter_map(|field| row.owned(field))
            .collect();
        let zone = row.owned(Field::Zone);
        let (x, y) = (row.millimetres(Field::PosX, 1_000), row.millimetres(Field::PosY, 1_000));
        let level = row.whole(Field::PosLevel);
        let pick_order = row.whole(Field::PickOrder);
        let capacity = Capacity {
            units: row.positive(Field::CapacityUnits).ok()?,
            handling_units: row.whole(Field::CapacityHandlingUnits).ok()?.filter(|count| *count > 0),
            volume_ml: row.load(Field::CapacityM3).ok()?.map(|m3| m3.0 * 1000).filter(|ml| *ml > 0),
            weight_grams: row.load(Field::CapacityKg).ok()?.map(|kg| kg.0).filter(|grams| *grams > 0),
        };
        let temperature = row.temperature();
        let spot = match (x.ok()?, y.ok()?) {
            (Some(x_mm), Some(y_mm)) => {
                let level = level.ok()?.and_then(|level| i32::try_from(level).ok()).unwrap_or(1);
                Some(Spot { x_mm, y_mm, level })
            }
            _ => None,
        };
        // A file that gives zones, coordinates or turns of a walk lists bins, whatever it calls them.
        let of_bins = zone.is_some() || spot.is_some() || pick_order.is_ok_and(|turn| turn.is_some());
        let named = row.plan.name(Field::PlaceName).to_lowercase();
        let bin_words = ["bin", "slot", "库位", "货位", "储位"].iter().any(|word| named.contains(word));
        let kind = kind.or_else(|| (of_bins || bin_words).then(|| "Bin".to_owned()));
        let name = name?;
        // Two places of one name in one warehouse may be told apart by their numbers.
        let key = format!(
            "{} {name} {}",
            parent.as_deref().unwrap_or_default(),
            code.as_deref().unwrap_or_default()
        );
        Some(PlaceRow {
            name,
            code,
            kind,
            parent,
            active,
            address: address.join(", "),
            zone,
            spot,
            pick_order: pick_order.ok()?,
            capacity,
            temperature,
            key,
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.key, Quantity::ZERO, Money::ZERO, None)
    }

    const ONE_ROW_A_SKU: bool = true;
}

impl RowView<'_, '_> {
    /// A length in whole millimetres. The heading may name its unit (`x_mm`, `长 (cm)`); else it is `usual` of them.
    fn millimetres(&mut self, field: Field, usual: i64) -> Result<Option<i64>, ()> {
        let scale = scale(
            self.plan.name(field),
            &[("mm", 1), ("毫米", 1), ("cm", 10), ("厘米", 10), ("m", 1_000), ("米", 1_000)],
        );
        let scale = scale.unwrap_or(usual);
        let length =
            self.decimal(field, |plain| Milli::parse(plain).filter(|length| length.0.abs() <= LENGTH_MAX))?;
        Ok(length.map(|length| length.0 * scale / 1000))
    }

    /// A whole number; `2.0` is one.
    fn whole(&mut self, field: Field) -> Result<Option<i64>, ()> {
        self.decimal(field, |plain| Milli::parse(plain).filter(|n| n.0 % 1000 == 0).map(|n| n.0 / 1000))
    }

    /// How large and heavy one is. Sides are centimetres, weight kilograms and volume cubic metres where the heading names no
    /// other unit; what is zero was not measured.
    fn size(&mut self) -> Result<Size, ()> {
        let told = |length: Option<i64>| length.filter(|length| *length > 0);
        let weight = scale(
            self.plan.name(Field::WeightKg),
            &[("kg", 1_000), ("千克", 1_000), ("公斤", 1_000), ("g", 1), ("克", 1)],
        );
        let volume = scale(
            self.plan.name(Field::VolumeM3),
            &[
                ("m3", 1_000_000),
                ("m³", 1_000_000),
                ("ml", 1),
                ("毫升", 1),
                ("l", 1_000),
                ("升", 1_000),
                ("立方厘米", 1),
                ("cm3", 1),
            ],
        );
        // Where the column's unit was settled, its numbers are kilograms and cubic metres already.
        let settled = |field: Field| self.plan.units[field as usize].is_some();
        let weight = if settled(Field::WeightKg) { 1_000 } else { weight.unwrap_or(1_000) };
        let volume = if settled(Field::VolumeM3) { 1_000_000 } else { volume.unwrap_or(1_000_000) };
        Ok(Size {
            length_mm: told(self.millimetres(Field::Length, 10)?),
            width_mm: told(self.millimetres(Field::Width, 10)?),
            height_mm: told(self.millimetres(Field::Height, 10)?),
            volume_ml: told(self.load(Field::VolumeM3)?.map(|n| n.0 * volume / 1000)),
            weight_grams: told(self.load(Field::WeightKg)?.map(|n| n.0 * weight / 1000)),
        })
    }

    /// How cold, in the words of labels and of files; what is none of them is said and left out.
    fn temperature(&mut self) -> Option<TemperatureClass> {
        let text = self.text(Field::TemperatureClass)?;
        let class = temperature_class(&text);
        if class.is_none() {
            self.find(FindingCode::OutOfRange, Severity::Warning, Field::TemperatureClass, &text);
        }
        class
    }
}

/// Longest length taken for real, thousandths of what the file counts in.
const LENGTH_MAX: i64 = 100_000_000_000;

/// What the unit that a heading ends with is, in the unit that is kept.
fn scale(heading: &str, units: &[(&str, i64)]) -> Option<i64> {
    let heading = heading.to_lowercase();
    let heading = heading.trim_end_matches([')', '）', ']', '】', ' ', '.']);
    let ends = |unit: &str| {
        heading.strip_suffix(unit).is_some_and(|before| {
            // The `m` of `m` is a unit, that of `volume` none.
            !unit.is_ascii() || before.ends_with(|c: char| !c.is_alphanumeric())
        })
    };
    units.iter().find(|(unit, _)| ends(unit)).map(|(_, scale)| *scale)
}

/// The class of a word, or of the degrees that mean it.
fn temperature_class(text: &str) -> Option<TemperatureClass> {
    let word = text.trim().to_lowercase().replace(['_', ' '], "-");
    let has = |words: &[&str]| words.iter().any(|one| word.contains(one));
    TemperatureClass::from_word(&word).or_else(|| {
        Some(if has(&["deep", "ultra", "-60", "-70", "-80", "超低温", "深冷"]) {
            TemperatureClass::DeepFrozen
        } else if has(&["frozen", "freez", "-18", "-20", "-25", "冷冻", "冻"]) {
            TemperatureClass::Frozen
        } else if has(&["chill", "refriger", "fridge", "cold", "2-8", "2~8", "2–8", "冷藏"]) {
            TemperatureClass::Chilled
        } else if has(&["8-15", "8–15", "cool", "凉"]) && !word.contains("阴凉") {
            TemperatureClass::Cool
        } else if has(&["control", "crt", "15-25", "20-25", "恒温", "阴凉"]) {
            TemperatureClass::Controlled
        } else if has(&["ambient", "room", "dry", "normal", "常温", "室温"]) {
            TemperatureClass::Ambient
        } else {
            return None;
        })
    })
}

/// A yes in the words of the programs whose files these are.
fn yes(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "true" | "yes" | "y" | "1" | "active" | "x" | "是" | "启用")
}

impl Record for SupplierRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let name = row.needed_text(Field::SupplierName);
        let code = row.owned(Field::SupplierCode);
        let lead_time_days = lead_time(row);
        let name = name?;
        Some(SupplierRow {
            code: code.unwrap_or_else(|| name.clone()),
            name,
            lead_time_days: lead_time_days.ok()?,
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.code, Quantity::ZERO, Money::ZERO, None)
    }

    const ONE_ROW_A_SKU: bool = true;
}

impl Record for CustomerRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let code = row.needed_text(Field::Customer);
        let place = [Field::Address, Field::Postcode, Field::City, Field::Country];
        let place: Vec<String> = place.into_iter().filter_map(|field| row.owned(field)).collect();
        let name = row.owned(Field::Recipient);
        Some(CustomerRow { code: code?, name, address: (!place.is_empty()).then(|| place.join(", ")) })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.code, Quantity::ZERO, Money::ZERO, None)
    }

    const ONE_ROW_A_SKU: bool = true;
}

impl Record for ShipmentRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let (shipment, sku) = (row.needed_text(Field::ShipmentRef), row.needed_text(Field::Sku));
        let quantity = row.quantity(Field::Quantity);
        if quantity == Ok(None) {
            row.find(FindingCode::EmptyField, Severity::Error, Field::Quantity, "");
        }
        let (shipped, expected) = (row.day(Field::ShippedAt), row.day(Field::ExpectedAt));
        let expiry = row.day(Field::Expiry);
        Some(ShipmentRow {
            shipment: shipment?,
            way: match row.text(Field::Direction).as_deref() {
                Some("out") => Way::Gone,
                Some("order") => Way::Wanted,
                _ => Way::In,
            },
            order_ref: row.owned(Field::OrderRef),
            partner: row.owned(Field::Partner),
            sku: sku?,
            quantity: quantity.ok()??,
            shipped: shipped.ok()?,
            expected: expected.ok()?,
            lot: row.owned(Field::Lot),
            expiry: expiry.ok()?,
            sscc: row.owned(Field::Sscc),
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.sku, self.quantity, Money::ZERO, self.expected.or(self.shipped))
    }
}

/// Weight and size of one delivery or vehicle taken for real: 10,000 t, 10,000 m³.
const LOAD_MAX: i64 = 10_000_000_000;

/// Money of one vehicle's rates taken for real.
const RATE_MAX: i64 = 100_000_000;

/// Minutes of one service taken for real: a day.
const SERVICE_MINUTES_MAX: i64 = 24 * 60;

/// Vehicles of one row.
const VEHICLES_A_ROW_MAX: f64 = 1_000.0;

/// Times of day reach into the night after: 36:00.
const MINUTES_MAX: u16 = 36 * 60;

impl RowView<'_, '_> {
    /// Kilograms or cubic metres, not negative.
    fn load(&mut self, field: Field) -> Result<Option<Milli>, ()> {
        self.decimal(field, |plain| Milli::parse(plain).filter(|load| (0..=LOAD_MAX).contains(&load.0)))
    }

    fn rate(&mut self, field: Field) -> Result<Option<Money>, ()> {
        self.decimal(field, |plain| Money::parse(plain).filter(|rate| (0..=RATE_MAX).contains(&rate.0)))
    }

    /// Degrees within `±most`.
    fn degrees(&mut self, field: Field, most: f64) -> Result<f64, ()> {
        let Some(text) = self.text(field) else {
            self.find(FindingCode::NotAPlace, Severity::Error, field, "");
            return Err(());
        };
        let degrees = self.plan.plain(field, &text).and_then(|plain| plain.parse::<f64>().ok());
        match degrees.filter(|degrees| degrees.abs() <= most) {
            Some(degrees) => Ok(degrees),
            None => {
                self.find(FindingCode::NotAPlace, Severity::Error, field, &text);
                Err(())
            }
        }
    }

    /// A time of day as minutes after midnight: `9:30`, `09:30:00`, `9.30`, or a spreadsheet's share of a day.
    fn minute(&mut self, field: Field) -> Result<Option<u16>, ()> {
        let Some(text) = self.text(field) else { return Ok(None) };
        match minute_of(&text) {
            Some(minute) if minute <= MINUTES_MAX => Ok(Some(minute)),
            _ => {
                self.find(FindingCode::NotATime, Severity::Error, field, &text);
                Err(())
            }
        }
    }
}

/// Minutes after midnight. What stands before the time (a date) is not looked at.
pub(crate) fn minute_of(text: &str) -> Option<u16> {
    let time = text.rsplit([' ', 'T']).next()?;
    if let Some((hours, rest)) = time.split_once([':', '：', '时', 'h']) {
        let minutes = rest.split([':', '分']).next()?;
        let minutes = if minutes.is_empty() { "0" } else { minutes };
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        return (minutes < 60).then(|| hours.checked_mul(60)?.checked_add(minutes)).flatten();
    }
    let share: f64 = time.parse().ok()?;
    (time.contains('.') && (0.0..=1.5).contains(&share)).then(|| (share * 1440.0).round() as u16)
}

impl Record for DeliveryRow {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let mut code = row.needed_text(Field::DeliveryCode);
        let mut day = row.day(Field::DeliveryDay);
        match (day, row.plan.day) {
            (Ok(None), Some(all)) => {
                day = Ok(Some(all));
                row.find(FindingCode::AssumedDay, Severity::Warning, Field::DeliveryDay, &all.to_string());
            }
            (Ok(None), None) => row.find(FindingCode::EmptyField, Severity::Error, Field::DeliveryDay, ""),
            _ => {}
        }
        let (lat, lon) = (row.degrees(Field::Latitude, 90.0), row.degrees(Field::Longitude, 180.0));
        let demand = row.decimal(Field::Demand, |plain| {
            Milli::parse(plain).filter(|load| (-LOAD_MAX..=LOAD_MAX).contains(&load.0))
        });
        let weight = match demand {
            Ok(None) => row.load(Field::WeightKg),
            other => other.map(|load| load.map(|load| Milli(load.0.abs()))),
        };
        // Goods to fetch: planned as a visit with this load, under a name of its own, for the same job may bring goods too.
        if let (Ok(Some(Milli(1..))), Some(code)) = (demand, code.as_mut()) {
            code.push_str("-pickup");
            row.find(FindingCode::Pickup, Severity::Warning, Field::Demand, code);
        }
        if weight == Ok(None) {
            row.find(FindingCode::AssumedWeight, Severity::Warning, Field::WeightKg, "");
        }
        let volume = row.load(Field::VolumeM3);
        let service = row.decimal(Field::ServiceMinutes, |plain| {
            Milli::parse(plain).filter(|minutes| (0..=SERVICE_MINUTES_MAX * 1000).contains(&minutes.0))
        });
        let (from, to) = (row.minute(Field::WindowFrom), row.minute(Field::WindowTo));
        let window = match (from, to) {
            (Ok(None), Ok(None)) => Ok(None),
            (Ok(from), Ok(to)) => {
                let window = (from.unwrap_or(0), to.unwrap_or(24 * 60));
                if window.0 <= window.1 {
                    Ok(Some(window))
                } else {
                    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
                    let detail = format!("{} - {}", clock(window.0), clock(window.1));
                    row.find(FindingCode::WindowReversed, Severity::Error, Field::WindowTo, &detail);
                    Err(())
                }
            }
            _ => Err(()),
        };
        let (customer, address) = (row.owned(Field::Recipient), row.owned(Field::Address));
        let note = row.owned(Field::Note);
        let (code, day) = (code?, day.ok()??);
        let delivery = Delivery {
            id: DeliveryId(0),
            day,
            customer: customer.unwrap_or_else(|| code.clone()),
            address: address.unwrap_or_default(),
            place: GeoPoint::from_degrees(lat.ok()?, lon.ok()?)?,
            weight_kg: weight.ok()?.unwrap_or_default(),
            volume_m3: volume.ok()?,
            service: Millis(service.ok()?.unwrap_or_default().0 * 60),
            window: window.ok()?,
            note: note.unwrap_or_default(),
            code,
        };
        Some(DeliveryRow { key: format!("{day} {}", delivery.code), delivery })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.key, Quantity(self.delivery.weight_kg.0), Money::ZERO, Some(self.delivery.day))
    }

    const ONE_ROW_A_SKU: bool = true;
    const SECOND_ROW_IS_BAD: bool = true;
}

impl Record for VehicleEntry {
    fn read(row: &mut RowView<'_, '_>) -> Option<Self> {
        let code = row.needed_text(Field::VehicleCode);
        let capacity = row.load(Field::CapacityKg);
        match capacity {
            Ok(None) => row.find(FindingCode::EmptyField, Severity::Error, Field::CapacityKg, ""),
            Ok(Some(Milli(0))) => {
                row.find(FindingCode::VehicleNoCapacity, Severity::Error, Field::CapacityKg, "0")
            }
            _ => {}
        }
        let volume = row.load(Field::CapacityM3);
        let (from, to) = (row.minute(Field::ShiftFrom), row.minute(Field::ShiftTo));
        let mut shift_holds = true;
        if let (Ok(Some(from)), Ok(Some(to))) = (from, to)
            && from >= to
        {
            shift_holds = false;
            row.find(FindingCode::WindowReversed, Severity::Error, Field::ShiftTo, "");
        }
        let (fixed, per_km, per_hour) =
            (row.rate(Field::CostFixed), row.rate(Field::CostPerKm), row.rate(Field::CostPerHour));
        let name = row.owned(Field::Name);
        shift_holds.then_some(())?;
        Some(VehicleEntry {
            code: code?,
            name,
            capacity_kg: capacity.ok()?.filter(|capacity| capacity.0 > 0)?,
            capacity_m3: volume.ok()?.filter(|volume| volume.0 > 0),
            shift_from: from.ok()?,
            shift_to: to.ok()?,
            cost_fixed: fixed.ok()?,
            cost_per_km: per_km.ok()?,
            cost_per_hour: per_hour.ok()?,
        })
    }

    fn totals(&self) -> (&str, Quantity, Money, Option<Day>) {
        (&self.code, Quantity(self.capacity_kg.0), Money::ZERO, None)
    }

    fn times(row: &mut RowView<'_, '_>) -> Option<u32> {
        let count = row.decimal(Field::Count, |plain| {
            let count = plain.parse::<f64>().ok()?;
            (count.fract() == 0.0 && (1.0..=VEHICLES_A_ROW_MAX).contains(&count)).then_some(count as u32)
        });
        count.map(|count| count.unwrap_or(1)).ok()
    }

    fn numbered(&self, n: u32) -> Self {
        Self { code: format!("{}_{n}", self.code), ..self.clone() }
    }

    const ONE_ROW_A_SKU: bool = true;
    const SECOND_ROW_IS_BAD: bool = true;
}

/// What goes through a file row by row: the good rows, and the bad ones with why.
pub(crate) enum Judged<'a, 'b, T> {
    /// The header row, or nothing where the file has none.
    Header(&'a [String]),
    /// A row that can be used.
    Good(T, u64, Option<Box<ItemRow>>),
    /// A row that can't, or could not be split at all (then there are no fields), and all its findings.
    Bad(&'a Rows<'b>, &'a [Finding]),
}

/// Walks a file. Hands every row to `each` and every finding to the report.
pub(crate) fn walk<T: Record>(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    mut each: impl FnMut(Judged<'_, '_, T>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    let mut rows = Rows::new(file, format);
    rows.skip_preamble(format)?;
    let mut report = ParseReport::default();
    let header = read_header(&mut rows, format)?;
    check_columns(mapping, header.as_deref())?;
    if let Some(header) = &header {
        let used = |column: usize| mapping.columns.iter().any(|(_, c)| *c == column);
        report.ignored_columns = header
            .iter()
            .enumerate()
            .filter(|(column, _)| !used(*column))
            .map(|(_, name)| name.clone())
            .collect();
        for name in report.ignored_columns.clone() {
            report.note(Finding::about(FindingCode::IgnoredColumn, Severity::Note, &name, ""));
        }
    }
    if each(Judged::Header(header.as_deref().unwrap_or(&[]))).is_break() {
        return Err(Error::stopped(1));
    }
    let mut plan = Plan::new(mapping, header.as_deref().unwrap_or(&[]), header.as_ref().map_or(0, Vec::len));
    let last_column = mapping.columns.iter().map(|(_, column)| *column).max().unwrap_or(0);
    // Each code with the line it first stood on, and whether a row has told of its item.
    let mut skus: HashMap<Box<str>, (u64, bool)> = HashMap::new();
    let describes = T::DESCRIBES
        && [Field::Name, Field::Category, Field::UnitOfMeasure]
            .iter()
            .any(|field| mapping.column(*field).is_some());
    let mut found: Vec<Finding> = Vec::new();
    let mut filled = [Filled::default(); FIELDS];
    loop {
        found.clear();
        let step = rows.step()?;
        match step {
            Step::End => break,
            Step::Overlong => {
                found.push(Finding::at_line(
                    FindingCode::WrongFieldCount,
                    Severity::Error,
                    rows.line,
                    "row",
                    "too long: a quote that is not closed, or more columns than any table has",
                ));
            }
            Step::Row => {
                if plan.width == 0 {
                    plan.width = rows.len();
                }
                if rows.len() != plan.width && (rows.len() <= last_column || surplus(&rows, plan.width)) {
                    let detail = format!("{} fields, the header has {}", rows.len(), plan.width);
                    found.push(Finding::at_line(
                        FindingCode::WrongFieldCount,
                        Severity::Error,
                        rows.line,
                        "row",
                        &detail,
                    ));
                }
            }
        }
        report.rows += 1;
        let mut record = if found.is_empty() {
            T::read(&mut RowView { rows: &rows, plan: &plan, findings: &mut found })
        } else {
            None
        };
        if T::SECOND_ROW_IS_BAD
            && let Some(key) = record.as_ref().map(|record| record.totals().0)
            && let Some((first, _)) = skus.get(key)
        {
            let detail = format!("{key} stands on line {first} already");
            let finding = Finding::at_line(FindingCode::Duplicate, Severity::Error, rows.line, key, &detail);
            found.push(finding);
            record = None;
        }
        let mut times = 1;
        if record.is_some() {
            match T::times(&mut RowView { rows: &rows, plan: &plan, findings: &mut found }) {
                Some(count) => times = count,
                None => record = None,
            }
        }
        let flow = match record {
            Some(record) => {
                report.good += 1;
                ParseReport::fill(mapping, &rows, &plan, &mut filled);
                let (sku, quantity, amount, day) = record.totals();
                report.quantity = report.quantity.plus(quantity);
                report.amount = report.amount.plus(amount);
                if let Some(day) = day {
                    report.first_day = Some(report.first_day.map_or(day, |first| first.min(day)));
                    report.last_day = Some(report.last_day.map_or(day, |last| last.max(day)));
                }
                let mut told = None;
                let mut tell = |found: &mut Vec<Finding>| {
                    told = describes
                        .then(|| T::describe(&mut RowView { rows: &rows, plan: &plan, findings: found }))
                        .flatten()
                        .map(Box::new);
                    told.is_some()
                };
                match skus.get_mut(sku) {
                    Some((first, known)) => {
                        if T::ONE_ROW_A_SKU {
                            let detail = format!("{sku} stands on line {first} already");
                            found.push(Finding::at_line(
                                FindingCode::Duplicate,
                                Severity::Warning,
                                rows.line,
                                sku,
                                &detail,
                            ));
                        }
                        *known = *known || tell(&mut found);
                    }
                    None => {
                        let known = tell(&mut found);
                        skus.insert(sku.into(), (rows.line, known));
                    }
                }
                if times == 1 {
                    each(Judged::Good(record, rows.line, told))
                } else {
                    (1..=times)
                        .try_for_each(|n| each(Judged::Good(record.numbered(n), rows.line, told.take())))
                }
            }
            None => {
                report.bad += 1;
                each(Judged::Bad(&rows, &found))
            }
        };
        for finding in found.drain(..) {
            report.note(finding);
        }
        if flow.is_break() {
            return Err(Error::stopped(rows.line));
        }
        if report.rows.is_multiple_of(1024) {
            if stop.asked() {
                return Err(Error::stopped(rows.line));
            }
            progress.report(rows.bytes_read(), bytes_total);
        }
    }
    report.filled = mapping.columns.iter().map(|(field, _)| (*field, filled[*field as usize])).collect();
    report.filled.retain(|_, filled| filled.rows > 0);
    report.skus = skus.len() as u64;
    (report.sha256, report.bytes) = rows.finish()?;
    progress.report(report.bytes, report.bytes.max(bytes_total));
    Ok(report)
}

/// More fields than the header, and not just empty ones that a spreadsheet left behind.
fn surplus(rows: &Rows<'_>, width: usize) -> bool {
    (width..rows.len()).any(|n| !rows.field(n).iter().all(u8::is_ascii_whitespace))
}

fn read_header(rows: &mut Rows<'_>, format: &Format) -> Result<Option<Vec<String>>, Error> {
    if !format.header {
        return Ok(None);
    }
    match rows.step()? {
        Step::Row => Ok(Some((0..rows.len()).map(|n| shown(rows.field(n))).collect())),
        Step::Overlong | Step::End => Err(Error::new(
            ErrorKind::MissingColumn,
            "the file has no row that names its columns; add one, or use a template",
        )),
    }
}

fn check_columns(mapping: &Mapping, header: Option<&[String]>) -> Result<(), Error> {
    let missing = mapping.missing();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|field| field.key()).collect();
        let found =
            header.map_or_else(String::new, |header| format!("; the file has: {}", header.join(", ")));
        let found: String = found.chars().take(400).collect();
        return Err(Error::new(
            ErrorKind::MissingColumn,
            format!("no column was chosen for {}; choose which column it is{found}", names.join(", ")),
        ));
    }
    if let Some(header) = header
        && let Some((field, column)) = mapping.columns.iter().find(|(_, column)| *column >= header.len())
    {
        return Err(Error::new(
            ErrorKind::MissingColumn,
            format!(
                "the mapping reads {} from column {}, but the file has {}; choose the columns again",
                field.key(),
                column + 1,
                header.len()
            ),
        ));
    }
    Ok(())
}

fn parse<T: Record>(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    mut take: impl FnMut(Chunk<T>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    let empty = || Chunk {
        rows: Vec::with_capacity(CHUNK_ROWS),
        lines: Vec::with_capacity(CHUNK_ROWS),
        items: Vec::new(),
    };
    let mut chunk = empty();
    let report = walk::<T>(
        file,
        bytes_total,
        format,
        mapping,
        |judged| {
            if let Judged::Good(row, line, item) = judged {
                chunk.rows.push(row);
                chunk.lines.push(line);
                chunk.items.extend(item.map(|item| *item));
                if chunk.rows.len() == CHUNK_ROWS {
                    return take(std::mem::replace(&mut chunk, empty()));
                }
            }
            ControlFlow::Continue(())
        },
        progress,
        stop,
    )?;
    if !chunk.rows.is_empty() && take(chunk).is_break() {
        return Err(Error::stopped(report.rows));
    }
    Ok(report)
}

/// Reads a file of any kind and keeps no row: what it would be.
pub fn check(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    match mapping.kind {
        Kind::Orders => checked::<OrderLine>(file, bytes_total, format, mapping, progress, stop),
        Kind::Items => checked::<ItemRow>(file, bytes_total, format, mapping, progress, stop),
        Kind::Stock => checked::<StockRow>(file, bytes_total, format, mapping, progress, stop),
        Kind::Deliveries => checked::<DeliveryRow>(file, bytes_total, format, mapping, progress, stop),
        Kind::Vehicles => checked::<VehicleEntry>(file, bytes_total, format, mapping, progress, stop),
        Kind::Levels => checked::<LevelRow>(file, bytes_total, format, mapping, progress, stop),
        Kind::Places => checked::<PlaceRow>(file, bytes_total, format, mapping, progress, stop),
        Kind::Suppliers => checked::<SupplierRow>(file, bytes_total, format, mapping, progress, stop),
        Kind::Shipments => checked::<ShipmentRow>(file, bytes_total, format, mapping, progress, stop),
        Kind::Customers => checked::<CustomerRow>(file, bytes_total, format, mapping, progress, stop),
    }
}

fn checked<T: Record>(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse::<T>(file, bytes_total, format, mapping, |_| ControlFlow::Continue(()), progress, stop)
}

/// Reads order lines. `bytes_total` is the file's size for the progress (0: unknown). Good rows go to `take` in chunks of at
/// most `limits::CHUNK_ROWS`; `Break` ends with [`ErrorKind::Stopped`]. On any error nothing handed over may be
/// kept. A dry run is a `take` that does nothing.
pub fn parse_orders(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<OrderLine>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads an item master; as [`parse_orders`]. A SKU that stands on two rows is a finding; both rows are handed over.
pub fn parse_items(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<ItemRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads stock on hand; as [`parse_orders`]. A SKU may have many rows (lots, bins): they add up where they are stored.
pub fn parse_stock(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<StockRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads reorder levels; as [`parse_orders`].
pub fn parse_levels(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<LevelRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads sites, rooms and bins; as [`parse_orders`].
pub fn parse_places(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<PlaceRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads suppliers; as [`parse_orders`].
pub fn parse_suppliers(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<SupplierRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads lines of shipments; as [`parse_orders`].
pub fn parse_shipments(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<ShipmentRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads customers.
pub fn parse_customers(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<CustomerRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads deliveries.
pub fn parse_deliveries(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<DeliveryRow>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}

/// Reads vehicles.
pub fn parse_vehicles(
    file: impl Read,
    bytes_total: u64,
    format: &Format,
    mapping: &Mapping,
    take: impl FnMut(Chunk<VehicleEntry>) -> ControlFlow<()>,
    progress: &Progress<'_>,
    stop: &Stop,
) -> Result<ParseReport, Error> {
    parse(file, bytes_total, format, mapping, take, progress, stop)
}
