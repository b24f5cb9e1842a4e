//! The numbers behind a picture.

use crate::Lang;

/// A plain table: what someone reads instead of the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Column heads, with units.
    pub header: Vec<String>,
    /// A cell a column; empty where nothing is known.
    pub rows: Vec<Vec<String>>,
}

/// Column heads of (English, Chinese).
pub(crate) fn header(lang: Lang, words: &[(&str, &str)]) -> Vec<String> {
    words.iter().map(|(english, chinese)| lang.pick(english, chinese).to_owned()).collect()
}
