//! Reports.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{Day, Timestamp};

/// The language of what a person reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    ZhHans,
}

/// Makes the daily report as PDF, XLSX and CSV and keeps it in the site's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeDailyReport {
    /// The day; none for the site's today.
    pub day: Option<Day>,
    /// In which language.
    pub language: Language,
}

/// Reports made, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListReports {
    /// At most so many.
    pub limit: u32,
}

/// One file of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFile {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
}

/// The files of one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSet {
    /// `daily` or `recall`.
    pub kind: String,
    /// The day reported.
    pub day: Day,
    /// Made at.
    pub made_at: Timestamp,
    /// The files.
    pub files: Vec<ReportFile>,
}

/// The bytes of one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadReportFile {
    /// Its name.
    pub name: String,
}

json_reply!(ReportSet, Vec<ReportSet>);
