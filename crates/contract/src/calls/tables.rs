//! Every list of the console as a file.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};

/// The lists that can be taken out, with the columns each of them has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListTables {}

/// A list that can be taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRow {
    /// Its name.
    pub name: String,
    /// The call whose rows it holds: its body is the query.
    pub call: String,
    /// Its columns, in order.
    pub columns: Vec<TableColumnRow>,
}

/// A column that a list has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumnRow {
    /// Its key.
    pub key: String,
    /// The unit of its numbers; empty where they have none, or each row its own.
    pub unit: String,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableFormat {
    /// Text in columns.
    #[default]
    Csv,
    /// A workbook.
    Xlsx,
    /// A list of objects.
    Json,
}

/// A column as it is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    /// Its key.
    pub key: String,
    /// What stands over it; empty: its key. The unit is added.
    #[serde(default)]
    pub head: String,
    /// What codes in it are called. A list of objects keeps the codes.
    #[serde(default)]
    pub words: Vec<(String, String)>,
}

/// Writes a list as a file: all of its rows, as filtered and sorted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ExportTable {
    /// Which, by its name.
    pub table: String,
    /// The body of the list's own call, as the screen sends it, without regard to its page; empty: all there is.
    #[serde(default)]
    pub query: String,
    /// Only the rows of these ids, in this order, where the screen filtered and sorted them itself.
    #[serde(default)]
    pub only: Option<Vec<String>>,
    /// Columns in order; none: all.
    #[serde(default)]
    pub columns: Vec<TableColumn>,
    /// How it is written.
    #[serde(default)]
    pub format: TableFormat,
    /// What the list is called by people: the sheet's name, and the first part of the file's.
    #[serde(default)]
    pub title: String,
}

json_reply!(Vec<TableRow>);
