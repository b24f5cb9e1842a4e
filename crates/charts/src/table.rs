//! The numbers behind a picture.

/// A plain table: what someone reads instead of the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Column heads, with units.
    pub header: Vec<String>,
    /// A cell a column; empty where nothing is known.
    pub rows: Vec<Vec<String>>,
}
