//! Backups of the site: where they go, which there are, whether they could be restored.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{ChannelId, JobId, Timestamp};

/// The backups and how they are made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetBackups {}

/// Where backups go and when they are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupSettings {
    /// A folder by its full path, best on another disk; empty: none are made.
    pub folder: String,
    /// Make one every day.
    pub daily: bool,
    /// At this minute of the site's day, or as soon after as the program runs.
    pub minute: u16,
    /// Keep so many, the newest; older ones are removed.
    pub keep: u16,
}

/// Everything about backups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPage {
    /// As set.
    pub settings: BackupSettings,
    /// The folder lies on the disk of the site: it does not outlive that disk.
    pub same_disk: bool,
    /// Those in the folder, newest first.
    pub backups: Vec<BackupRow>,
    /// The newest that was tried.
    pub last: Option<BackupRun>,
    /// The newest restore that was tried.
    pub drill: Option<DrillRow>,
    /// Being made now.
    pub running: Option<JobId>,
    /// When the next is due, where they are made daily.
    pub next: Option<Timestamp>,
    /// Readings on record that came back damaged and were set aside, by file.
    pub damaged: Vec<DamagedPiece>,
}

/// Readings that can't be read any more; everything else goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedPiece {
    /// The file in the site's folder that keeps what is left of it.
    pub file: String,
    /// Whose readings, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// The channel's name, where it is known.
    pub channel_name: Option<String>,
    /// The device's name, where it is known.
    pub device_name: Option<String>,
    /// The first of them, where it is known.
    pub from: Option<Timestamp>,
    /// The last.
    pub to: Option<Timestamp>,
    /// How many, where it is known.
    pub readings: Option<u64>,
    /// What is wrong with it.
    pub why: String,
    /// The newest backup that was made before it was set aside and has the whole span, by its folder's name.
    pub backup: Option<String>,
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupRow {
    /// Its folder's name.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its length.
    pub bytes: u64,
    /// Files.
    pub files: u32,
    /// Rows in all tables.
    pub rows: u64,
    /// Records of the audit chain.
    pub audit_rows: u64,
}

/// One attempt at a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupRun {
    /// When it began.
    pub at: Timestamp,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

/// One attempt at bringing a backup back, in a temporary folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillRow {
    /// Which backup.
    pub name: String,
    /// When it was tried.
    pub at: Timestamp,
    /// Why it could not be restored, or what came back damaged.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// Packed readings that were read back, each piece with its checksum.
    pub readings: u64,
}

/// Changes where backups go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeBackups {
    /// The new settings, whole.
    pub settings: BackupSettings,
    /// Why.
    pub why: String,
}

/// Makes a backup now, reads it back and tries to restore it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeBackup {
    /// Into this folder (a full path) instead of the one that is set.
    pub into: Option<String>,
}

json_reply!(BackupPage);
