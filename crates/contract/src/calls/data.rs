//! Imports and jobs.

use crate::calls::FindingRow;
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

/// Which column is which field: `(field, column)`.
pub type ColumnMapping = Vec<(String, String)>;

/// Reads the head of a file: its columns, the mapping suggested, the first rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreviewImport {
    /// What it holds.
    pub kind: ImportKind,
    /// Where it is.
    pub file: FileRef,
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
}

json_reply!(StagedFile, ImportPreview, Vec<ImportRow>, Vec<JobRow>, JobRow);
