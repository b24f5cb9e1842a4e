//! Lists of the console into tables that are taken out: whole, as filtered and sorted, with the columns that are asked for.
//!
//! A list is a call whose reply has rows, and what each column of it holds ([`Listed`]); a new one is a few lines in `src/tables/lists.rs` and
//! its name in [`lists!`]. Rows come from the list's own call, so a file never says what the screen would not, nor to whom it would
//! not. Does not know words: heads and what codes are called come with the question.

mod lists;

use crate::dispatch::{Serve, send};
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::rights::Needs;
use contract::{Call, ExportTable, TableColumn, TableColumnRow, TableFormat, TableRow};
use domain::Actor;
use exchange::table::{Cell, Form, Head, Sheet};
use std::collections::HashMap;
use units::{Milli, Permille, Timestamp};

/// The number of rows of a list that has no pages and may have been cut.
const UNCOUNTED: u64 = u64::MAX;

/// What cells are made with.
pub(crate) struct With {
    /// The site's clock.
    zone: jiff::tz::TimeZone,
    /// Now there.
    now: Timestamp,
}

impl With {
    /// An instant on the site's clock, with its offset.
    fn time(&self, at: Timestamp) -> Cell {
        crate::zone::stamp(&self.zone, at).into()
    }

    /// The same of one that may not be.
    fn maybe(&self, at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::Empty, |at| self.time(at))
    }
}

/// What the numbers of a column are in.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// None, or each row says its own.
    None,
    /// The site's currency.
    Currency,
    /// Always this one.
    Of(&'static str),
}

impl Unit {
    fn word(self, currency: &str) -> String {
        match self {
            Unit::None => String::new(),
            Unit::Currency => currency.to_owned(),
            Unit::Of(word) => word.to_owned(),
        }
    }
}

/// A column of a list.
pub(crate) struct Column<R: 'static> {
    key: &'static str,
    unit: Unit,
    cell: fn(&R, &With) -> Cell,
}

/// A column.
const fn col<R>(key: &'static str, cell: fn(&R, &With) -> Cell) -> Column<R> {
    Column { key, unit: Unit::None, cell }
}

/// A column of numbers in a unit.
const fn of<R>(key: &'static str, unit: &'static str, cell: fn(&R, &With) -> Cell) -> Column<R> {
    Column { key, unit: Unit::Of(unit), cell }
}

/// A column of money.
const fn money<R>(key: &'static str, cell: fn(&R, &With) -> Cell) -> Column<R> {
    Column { key, unit: Unit::Currency, cell }
}

/// A share in percent.
fn percent(value: Permille) -> Cell {
    Cell::Number(Milli(i64::from(value.0) * 100).to_string())
}

/// Tenths as a number.
fn tenths(value: i64) -> Cell {
    Milli(value.saturating_mul(100)).into()
}

/// Yes or no, as a code.
fn flag(value: bool) -> Cell {
    if value { "yes" } else { "no" }.into()
}

/// Codes of one cell, each said by its own word.
const BETWEEN: &str = "; ";

/// A list that can be taken out.
pub(crate) trait Listed: 'static {
    /// Its name: that of the table on the screen.
    const NAME: &'static str;
    /// The call that has its rows.
    type Query: Call + Needs;
    /// The body where none is given.
    const QUERY: &'static str;
    /// A row.
    type Row: Send + 'static;
    /// Its columns.
    const COLUMNS: &'static [Column<Self::Row>];
    /// What the screen knows a row by.
    fn id(row: &Self::Row) -> String;
    /// Asks for the rows from `offset` on, or for all where the call has no pages.
    fn page(query: &mut Self::Query, offset: u32);
    /// How many rows there are in all, and those of this page.
    fn rows(reply: <Self::Query as Call>::Reply) -> (u64, Vec<Self::Row>);
}

macro_rules! lists {
    ($($list:ident)*) => {
        /// All lists, in order of their names.
        pub(crate) fn all(currency: &str) -> Vec<TableRow> {
            let mut all = vec![$(describe::<lists::$list>(currency)),*];
            all.sort_by(|a, b| a.name.cmp(&b.name));
            all
        }

        /// The file of a list.
        pub(crate) async fn write(app: &App, call: ExportTable, by: &Actor) -> Result<Vec<u8>> {
            match call.table.as_str() {
                $(<lists::$list as Listed>::NAME => file::<lists::$list>(app, call, by).await,)*
                other => {
                    let known = all("").into_iter().map(|table| table.name).collect::<Vec<_>>().join(", ");
                    Err(Failure::bad_input(format!("there is no table {other}; take one of {known}")))
                }
            }
        }
    };
}

lists! {
    Stock StockLies StockLedger StockWork StockTrace Inbound InboundLines Outbound OutboundLines Returns HandlingUnits SerialNumbers Bins
    BinContents Customers Suppliers Supplied Counts CountLines Demand Overrides Replenish PurchaseOrders Alarms Excursions Devices
    Quality Deliveries Vehicles Routes Imports Findings Audit
}

fn describe<L: Listed>(currency: &str) -> TableRow {
    let column = |column: &Column<L::Row>| TableColumnRow {
        key: column.key.to_owned(),
        unit: column.unit.word(currency),
    };
    TableRow {
        name: L::NAME.to_owned(),
        call: L::Query::NAME.to_owned(),
        columns: L::COLUMNS.iter().map(column).collect(),
    }
}

async fn file<L: Listed>(app: &App, call: ExportTable, by: &Actor) -> Result<Vec<u8>>
where
    App: Serve<L::Query>,
{
    // What is asked for is judged before anything is read.
    let columns = chosen::<L>(&call.columns)?;
    let rows = gather::<L>(app, &call, by).await?;
    app.blocking(move |inner| fill(inner, &call, &columns, rows)).await
}

/// The columns asked for; all where none is.
fn chosen<L: Listed>(asked: &[TableColumn]) -> Result<Vec<(&'static Column<L::Row>, TableColumn)>> {
    if asked.is_empty() {
        return Ok(L::COLUMNS.iter().map(|column| (column, TableColumn::default())).collect());
    }
    asked
        .iter()
        .map(|wanted| {
            let found = L::COLUMNS.iter().find(|column| column.key == wanted.key).ok_or_else(|| {
                let keys: Vec<_> = L::COLUMNS.iter().map(|column| column.key).collect();
                let (table, key) = (L::NAME, &wanted.key);
                Failure::bad_input(format!(
                    "the table {table} has no column {key}; take of {}",
                    keys.join(", ")
                ))
            })?;
            Ok((found, wanted.clone()))
        })
        .collect()
}

/// All rows, page by page.
async fn gather<L: Listed>(app: &App, call: &ExportTable, by: &Actor) -> Result<Vec<L::Row>>
where
    App: Serve<L::Query>,
{
    let body = if call.query.trim().is_empty() { L::QUERY } else { &call.query };
    let mut rows: Vec<L::Row> = Vec::new();
    loop {
        let mut query: L::Query = serde_json::from_str(body).map_err(|e| {
            let (name, asked) = (L::NAME, L::Query::NAME);
            Failure::bad_input(format!("the query of {name} can't be read: {e}; send the body of {asked}"))
        })?;
        L::page(&mut query, u32::try_from(rows.len()).unwrap_or(u32::MAX));
        let (total, page) = L::rows(send(app, query, by).await?);
        let most = if total == UNCOUNTED { limits::WHOLE_ROWS_MAX as usize } else { limits::TABLE_ROWS_MAX };
        if total > most as u64 {
            return Err(Failure::bad_input(format!(
                "the list {} has more than the {most} rows of one file; filter it first",
                L::NAME
            )));
        }
        let more = !page.is_empty();
        rows.extend(page);
        if !more || rows.len() as u64 >= total {
            break;
        }
    }
    let Some(only) = &call.only else { return Ok(rows) };
    let mut by_id: HashMap<String, L::Row> = rows.into_iter().map(|row| (L::id(&row), row)).collect();
    // A row that went meanwhile is in no list any more.
    Ok(only.iter().filter_map(|id| by_id.remove(id)).collect())
}

fn fill<R>(
    inner: &Inner,
    call: &ExportTable,
    columns: &[(&Column<R>, TableColumn)],
    rows: Vec<R>,
) -> Result<Vec<u8>> {
    let currency = inner.settings().currency;
    let with = With { zone: inner.zone(), now: inner.now() };
    let heads =
        columns.iter().map(|(column, wanted)| head(column.key, &wanted.head, &column.unit.word(&currency)));
    let words: Vec<HashMap<&str, &str>> = columns
        .iter()
        .map(|(_, wanted)| wanted.words.iter().map(|(code, word)| (code.as_str(), word.as_str())).collect())
        .collect();
    let form = match call.format {
        TableFormat::Csv => Form::Csv,
        TableFormat::Xlsx => Form::Xlsx,
        TableFormat::Json => Form::Json,
    };
    let title = if call.title.trim().is_empty() { &call.table } else { &call.title };
    let written = |e: exchange::Error| Failure::new(contract::Code::BadInput, e.to_string());
    let mut sheet = Sheet::begin(form, title, inner.today(), heads.collect()).map_err(written)?;
    for row in &rows {
        let cells = columns.iter().zip(&words).map(|((column, _), words)| match (column.cell)(row, &with) {
            Cell::Text(text) if form != Form::Json && !words.is_empty() => Cell::Text(said(&text, words)),
            cell => cell,
        });
        sheet.row(&cells.collect::<Vec<_>>()).map_err(written)?;
    }
    sheet.finish().map_err(written)
}

/// Codes by their words.
fn said(codes: &str, words: &HashMap<&str, &str>) -> String {
    let of = |code: &str| words.get(code).map_or_else(|| code.to_owned(), |word| (*word).to_owned());
    codes.split(BETWEEN).map(of).collect::<Vec<_>>().join(BETWEEN)
}

/// What stands over a column: its unit is in it, once.
fn head(key: &str, name: &str, unit: &str) -> Head {
    let snake = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
    };
    let plain = !unit.is_empty() && unit.chars().all(|c| c.is_ascii_alphanumeric());
    let key = if plain { format!("{}_{}", snake(key), snake(unit)) } else { snake(key) };
    let name = match (name.trim(), unit) {
        ("", _) => key.clone(),
        (name, "") => name.to_owned(),
        (name, unit) if name.ends_with(unit) || name.contains(&format!("{unit})")) => name.to_owned(),
        (name, unit) => format!("{name} ({unit})"),
    };
    Head { key, name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_in_its_head_once() {
        let both = |key, name, unit| {
            let head = head(key, name, unit);
            (head.key, head.name)
        };
        assert_eq!(both("on-hand", "", ""), ("on_hand".into(), "on_hand".into()));
        assert_eq!(both("value", "", "EUR"), ("value_eur".into(), "value_eur".into()));
        assert_eq!(both("value", "价值", "EUR").1, "价值 (EUR)");
        assert_eq!(both("weight", "Weight, kg", "kg").1, "Weight, kg");
        assert_eq!(both("load", "Load", "%"), ("load".into(), "Load (%)".into()));
    }

    #[test]
    fn every_list_says_a_column_once_and_takes_its_own_query() {
        let mut names = Vec::new();
        for table in all("EUR") {
            let mut keys: Vec<_> = table.columns.iter().map(|column| column.key.clone()).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), table.columns.len(), "{}", table.name);
            names.push(table.name);
        }
        names.dedup();
        assert_eq!(names.len(), all("").len());
    }
}
