//! Labels to print.

use serde::{Deserialize, Serialize};
use units::ItemId;

/// Makes labels as a file for a label printer; nothing is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeLabels {
    /// What on; at most a thousand, copies included.
    pub labels: Vec<LabelOf>,
    /// How many of each.
    pub copies: u16,
    /// As which symbol.
    pub symbol: LabelSymbol,
    /// `https://id.example.org`: elements of GS1 become a Digital Link below it; empty: they stay elements.
    pub link: String,
    /// Width, mm.
    pub width_mm: u16,
    /// Height, mm.
    pub height_mm: u16,
    /// The printer's dots an inch: 203, 300, 600.
    pub dpi: u16,
    /// As which file.
    pub format: LabelFormat,
}

/// What a label is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelOf {
    /// An item: its GTIN where its SKU is one, else our own label.
    Item(ItemId),
    /// The same by its SKU.
    Sku(String),
    /// A bin, by its code.
    Bin(String),
    /// A handling unit: its SSCC where the code is one, else our own label.
    Unit(String),
    /// Elements with brackets, as `(01)09506000134352(10)AB-12(17)271130`, or any other code.
    Code {
        /// The code.
        text: String,
        /// What people read first.
        title: String,
    },
}

/// A kind of symbol; of GS1 where it carries elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelSymbol {
    /// Code 128, GS1-128.
    Linear,
    /// Data Matrix.
    #[default]
    DataMatrix,
    /// QR.
    Qr,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelFormat {
    /// A page each.
    #[default]
    Pdf,
    /// A picture of one label.
    Png,
}
