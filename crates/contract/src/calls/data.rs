//! Imports and jobs.

use crate::calls::{FindingRow, Grain};
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{Day, ImportId, JobId, Money, Quantity, Timestamp};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportKind {
    /// Order history.
    Orders,
    /// Items with lead times.
    Items,
    /// Stock on hand.
    Stock,
    /// Deliveries of a day or several.
    Deliveries,
    /// Vehicles of the fleet.
    Vehicles,
    /// Whatever its columns say it is.
    Auto,
    /// How much of an item should be kept.
    Levels,
    /// Sites, rooms and bins.
    Places,
    /// Suppliers.
    Suppliers,
    /// Customers.
    Customers,
    /// Goods announced or sent.
    Shipments,
}

/// Hands a file over piece by piece, for a screen that can't name a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StageFile {
    /// From the first answer; none for the first piece.
    pub token: Option<String>,
    /// The file's name.
    pub name: String,
    /// The next piece, base64, at most 4 MiB of it.
    pub base64: String,
    /// This is the last piece.
    pub last: bool,
}

/// A file handed over so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedFile {
    /// Names it in further calls.
    pub token: String,
    /// Bytes so far.
    pub bytes: u64,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileRef {
    /// On the machine that runs the console.
    Path(String),
    /// Handed over by [`StageFile`].
    Staged(String),
}

/// Which column is which field: `(field, column)`. Beside the fields: `date_order` is `day-first` or `month-first`,
/// `decimal_mark` is `point` or `comma`, `sheet` names the sheet of a workbook, `position` one of [`ImportPreview::positions`]. Of one field:
/// `date_order:expiry`, `decimal_mark:unit_cost`, and `unit:weight_kg` for what its numbers are in.
pub type ColumnMapping = Vec<(String, String)>;

/// Reads the head of a file: its columns, the mapping suggested, the first rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreviewImport {
    /// What it holds.
    pub kind: ImportKind,
    /// Where it is.
    pub file: FileRef,
    /// Which sheet, where it is a workbook; none: the first that is known.
    #[serde(default)]
    pub sheet: Option<String>,
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRow {
    /// Its name.
    pub name: String,
    /// What it would be read as, where it is known.
    pub layout: Option<String>,
    /// This one is read.
    pub chosen: bool,
}

/// What columns could be by their places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnPlaces {
    /// Its name.
    pub key: String,
    /// What the file would hold.
    pub kind: ImportKind,
    /// Which column would be which.
    pub mapping: ColumnMapping,
}

/// The head of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// Columns of the file.
    pub columns: Vec<String>,
    /// Fields the import takes, with whether each is needed.
    pub fields: Vec<(String, bool)>,
    /// The mapping suggested.
    pub mapping: ColumnMapping,
    /// The first rows.
    pub rows: Vec<Vec<String>>,
    /// How it was read: `gzip, comma, UTF-8`.
    pub format: String,
    /// What it holds, as asked or as its columns say.
    pub kind: ImportKind,
    /// Whether its columns say so; if not, somebody has to.
    pub known: bool,
    /// The program whose file it is, where it is one of those known.
    pub layout: Option<String>,
    /// The columns that told.
    pub because: Vec<String>,
    /// The mapping is the one somebody chose for such a file before.
    pub remembered: bool,
    /// The sheets, where it is a workbook.
    pub sheets: Vec<SheetRow>,
    /// What the columns could be by their places, where no names say it; one is suggested, several are a question.
    #[serde(default)]
    pub positions: Vec<ColumnPlaces>,
    /// Fields of the mapping that may come in several units, with these.
    #[serde(default)]
    pub units: Vec<(String, Vec<String>)>,
    /// What is missing or doubtful.
    pub findings: Vec<FindingRow>,
}

/// Imports a file, or only checks it: answers with a job whose result is an [`ImportReport`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartImport {
    /// What it holds.
    pub kind: ImportKind,
    /// Where it is.
    pub file: FileRef,
    /// Which column is which; empty to take what is suggested.
    pub mapping: ColumnMapping,
    /// Change nothing: list every bad row.
    pub dry_run: bool,
}

/// What a column holds, over the rows used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnTotal {
    /// The field it is read as.
    pub field: String,
    /// Its name in the file.
    pub column: String,
    /// Rows that say something in it.
    pub rows: u64,
    /// Sum of its numbers.
    pub sum: Option<Quantity>,
    /// Whether the site keeps it; otherwise it was read, and stays in the file.
    pub kept: bool,
}

/// A figure of the site before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeAfter {
    /// `items`, `on_hand`, `order_lines`, `ordered`, `suppliers`, `vehicles`, `bins`.
    pub name: String,
    /// Before.
    pub before: Quantity,
    /// After.
    pub after: Quantity,
}

/// An order line that was known otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionRow {
    /// The order's number; empty where the file has none.
    pub order: String,
    /// The item's code.
    pub sku: String,
    /// Which line of that item in the order, from 1.
    pub line: u32,
    /// `day`, `quantity`, `amount` and `customer`, as far as they are others: each with what was and what is.
    pub changes: Vec<(String, String, String)>,
}

/// What an import did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Its number; none for a dry run or where nothing was new.
    pub import: Option<ImportId>,
    /// Nothing was written.
    pub dry_run: bool,
    /// This very file was imported before: nothing was changed.
    pub already: bool,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Data rows read.
    pub rows: u64,
    /// Rows stored (or that would be).
    pub stored: u64,
    /// Rows known before.
    pub duplicates: u64,
    /// Rows left out for an error.
    pub rejected: u64,
    /// Sum of the quantities stored.
    pub quantity: Quantity,
    /// Sum of the amounts stored.
    pub amount: Money,
    /// First and last day.
    pub span: Option<(Day, Day)>,
    /// Items made by it.
    pub new_items: u64,
    /// Columns of the file that were not used.
    pub ignored_columns: Vec<String>,
    /// Findings by code, all of them counted.
    pub counts: Vec<(String, u64)>,
    /// The first findings, at most 1,000 (all are in the file of rejected rows).
    pub findings: Vec<FindingRow>,
    /// How long it took.
    pub took_ms: u64,
    /// What it held.
    #[serde(default)]
    pub kind: Option<ImportKind>,
    /// The program whose file it was.
    #[serde(default)]
    pub layout: Option<String>,
    /// What each column held, and whether it is kept.
    #[serde(default)]
    pub columns: Vec<ColumnTotal>,
    /// The site before and after.
    #[serde(default)]
    pub totals: Vec<BeforeAfter>,
    /// The mapping read by.
    #[serde(default)]
    pub mapping: ColumnMapping,
    /// There are rows to correct: [`RejectedRows`] has them.
    #[serde(default)]
    pub correctable: Option<String>,
    /// Order lines that were known otherwise and are now (or would be) as the file says.
    #[serde(default)]
    pub corrected: u64,
    /// The first of these, at most 500.
    #[serde(default)]
    pub corrections: Vec<CorrectionRow>,
}

/// The rows an import left out, as CSV with the reason in a last column: to be corrected and imported again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RejectedRows {
    /// As [`ImportReport::correctable`] names them.
    pub name: String,
}

/// A small file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Takes an import back as a whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UndoImport {
    /// Which.
    pub id: ImportId,
    /// Leave what later work builds on and take back the rest; otherwise nothing is done where there is any.
    pub narrow: bool,
    /// Only say what it would take back.
    pub dry_run: bool,
}

/// What stays of an import, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportKept {
    /// `moved-on`, `in-later-file`, `changed-since`, `in-use`.
    pub because: String,
    /// `item`, `supplier`, `lot`, `bin`, `vehicle`, `delivery`, `order_line`.
    pub table: String,
    /// Its code.
    pub subject: String,
    /// What builds on it.
    pub by: Option<String>,
}

/// What an undo took back, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportUndone {
    /// The import.
    pub import: ImportId,
    /// Nothing was done: it was asked what would be.
    pub dry_run: bool,
    /// Movements taken back.
    pub movements: u64,
    /// Order lines taken out.
    pub order_lines: u64,
    /// Rows of master data put back as they were, or removed.
    pub restored: u64,
    /// Whether later work builds on some of it: then only a narrowed undo is done.
    pub narrowed: bool,
    /// What stays.
    pub kept: Vec<ImportKept>,
}

/// Imports done, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListImports {
    /// At most so many.
    pub limit: u32,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// Its number.
    pub id: ImportId,
    /// What.
    pub kind: String,
    /// File name.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// Rows stored.
    pub stored: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Rows known before.
    pub duplicates: u64,
    /// Order lines corrected.
    #[serde(default)]
    pub corrected: u64,
    /// Sum of the quantities stored.
    pub quantity: Quantity,
    /// When it was taken back, if it was.
    pub undone: Option<Timestamp>,
}

/// Jobs, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListJobs {
    /// At most so many.
    pub limit: u32,
}

/// One job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetJob {
    /// Which.
    pub id: JobId,
}

/// Asks a job to stop; it leaves nothing half done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelJob {
    /// Which.
    pub id: JobId,
}

/// Long work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// Its number.
    pub id: JobId,
    /// `import`, `planning`.
    pub kind: String,
    /// File name or other subject.
    pub subject: String,
    /// `Running`, `Done`, `Failed`, `Cancelled`, `Interrupted`.
    pub state: String,
    /// So much is done.
    pub done: u64,
    /// Of so much; 0 is unknown.
    pub total: u64,
    /// Started at.
    pub started_at: Timestamp,
    /// Ended at.
    pub ended_at: Option<Timestamp>,
    /// The result as JSON: an [`ImportReport`] or a [`PlanningReport`].
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// What a planning run made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanningReport {
    /// Items forecast.
    pub items: u64,
    /// Forecasts by model.
    pub models: Vec<(String, u64)>,
    /// Proposals made.
    pub proposals: u64,
    /// What they cost together.
    pub cost: Money,
    /// What ran the net.
    pub provider: Option<String>,
    /// Findings by code.
    pub counts: Vec<(String, u64)>,
    /// The first findings.
    pub findings: Vec<FindingRow>,
    /// How long it took.
    pub took_ms: u64,
    /// Categories forecast beside the items, and the total.
    #[serde(default)]
    pub groups: u64,
    /// How items, categories and the total were made to agree, in each grain.
    #[serde(default)]
    pub agreement: Vec<AgreementRow>,
    /// How long each part took, in milliseconds: `series`, `weeks`, `days`, `proposals`, `saving`.
    #[serde(default)]
    pub stages: Vec<(String, u64)>,
}

/// How the forecasts of items, categories and the total were made to agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementRow {
    /// The step.
    pub grain: Grain,
    /// `BottomUp`, `Variances` or `Covariances`: the one that did best at the newest origin of the backtests.
    pub method: String,
    /// How far correlations between errors were drawn to none, in thousandths.
    pub shrinkage_milli: i64,
    /// The largest gap between a sum and its parts before.
    pub gap: Quantity,
    /// What it did to the error, from the total down to the items; empty where there is too little history to say.
    pub levels: Vec<AgreementLevel>,
}

/// One level of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementLevel {
    /// Series measured.
    pub series: u64,
    /// Their mean RMSSE at the newest origin as they were forecast, in thousandths.
    pub before_milli: i64,
    /// The same after they were made to agree.
    pub after_milli: i64,
}

json_reply!(TextFile, ImportUndone, StagedFile, ImportPreview, Vec<ImportRow>, Vec<JobRow>, JobRow);
