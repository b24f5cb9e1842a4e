//! A site's data folder: its SQLite files, typed reads, typed writes, and the audit chain. The only SQL of the house.
//!
//! Turns readings, alarm transitions, business rows and decisions into durable rows and back. `telemetry.db` and the months'
//! `telemetry-YYYY-MM.db` hold what devices say, `records.db` what the business and its people say; nothing that must agree
//! is split between these two. Does not know clocks (time is an argument), screens, engines or file formats. Every call blocks
//! until it is done: a write is acknowledged only after COMMIT with `synchronous=FULL`. Start at [`Store::open`],
//! [`Telemetry::append`] and [`records`]. Why it is so: docs/decisions/003-store.md. Tests: `tests/it/`.

mod alarms;
pub mod audit;
pub mod backup;
pub mod ballast;
pub mod chunk;
pub mod error;
mod file;
pub mod limits;
pub mod peer;
pub mod records;
mod recover;
mod remarks;
pub mod telemetry;
mod words;

pub use alarms::AlarmQuery;
pub use audit::{AuditRow, Verdict};
pub use error::{Error, ErrorKind, Result};
pub use records::Records;
pub use records::counts::{CountAnswer, CountPlan, CountQuery, CountRow, NewCount};
pub use records::customers::{CustomerImport, CustomerRow};
pub use records::documents::{Heap, PaperMismatch, Stepped};
pub use records::fleet::{DeliveryProgress, SavedPlan};
pub use records::forecasts::{ForecastHead, SavedForecast};
pub use records::imports::{
    BinImport, ImportKind, ImportMeta, ImportOutcome, ImportRecord, ImportUndo, ItemImport, Kept,
    KeptBecause, LineCorrection, OrderImport, OrderImportStart, ShipmentImport, StockImport, SupplierImport,
    Way,
};
pub use records::inbound::{
    InboundCard, InboundDetail, InboundLineRow, InboundQuery, NewInLine, NewInbound, PutAway, Receipt,
};
pub use records::items::{ItemQuery, ItemRow, ItemSort, Outlook, Page};
pub use records::jobs::{Job, JobState};
pub use records::kits::KitPart;
pub use records::levels::ItemLevel;
pub use records::orders::{DayTotal, OrderStats, StoredLine};
pub use records::outbound::{
    NewOutLine, NewOutbound, OutboundCard, OutboundDetail, OutboundLineRow, OutboundQuery, Packing,
    ParcelLine, ParcelRow, Picked, PutBack, Shipped,
};
pub use records::proposals::{Decided, Decision, PlanReceipt, Planned};
pub use records::purchase::{PurchaseOrder, PurchaseOrderLine};
pub use records::quality::{ChannelQuality, SavedMark, Seen};
pub use records::returns::{NewReturn, NewReturnLine, ReturnCard, ReturnLineRow, Settling};
pub use records::serials::{Serial, SerialState};
pub use records::settings::SiteSettings;
pub use records::site::{ChannelSet, Device, DeviceSet, Zone};
pub use records::stock::{
    BinContent, Booked, Correction, LedgerLine, Lies, Shift, Standings, StockMismatch, StockWork, Trace,
    TraceFrom, TracedLot, Warehouse, WorkKind,
};
pub use records::suppliers::{SupplierCard, SupplierTerms};
pub use records::together::{AskedKey, Once, Together};
pub use records::units::{HandlingUnit, ScannedShift, UnitContent, UnitState};
pub use records::units_of_measure::Substitute;
pub use telemetry::{
    Appended, Batch, Bucket, Counter, CounterDelta, Damaged, SavedPhase, Telemetry, Totals, Verified,
};

use domain::Actor;
use std::path::Path;
use units::Timestamp;

/// Who changes something, when, and why: what the audit record will say.
#[derive(Clone, Debug)]
pub struct Act {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why, where somebody said so.
    pub why: Option<String>,
}

impl Act {
    /// A change without a given reason.
    pub fn new(by: &Actor, at: Timestamp) -> Self {
        Self { by: by.clone(), at, why: None }
    }

    /// The same with a reason.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

/// How to open a site's folder.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The instant at which jobs that were running are marked interrupted.
    pub now: Timestamp,
    /// Make the files where the folder has none; otherwise their absence is an error.
    pub create: bool,
    /// Read every page for damage first (seconds on large files): after an unclean end.
    pub check: bool,
    /// At most so many pages of 4 KiB per file: a quota below that of the disk.
    pub pages_max: Option<u32>,
    #[doc(hidden)]
    pub trial: Option<Trial>,
}

/// Another way to the disk, which loses, tears or refuses: for tests of durability only.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// SQLite's name of the file system to go through.
    pub vfs: &'static str,
    /// `PRAGMA synchronous`: a test proves itself by failing with OFF.
    pub synchronous: &'static str,
}

impl Opening {
    /// Opens, making the files where there are none.
    pub fn new(now: Timestamp) -> Self {
        Self { now, create: true, check: false, pages_max: None, trial: None }
    }
}

/// An open site folder. Clones share it; the last one dropped closes the files.
#[derive(Clone)]
pub struct Store {
    /// What devices say.
    pub telemetry: Telemetry,
    /// What the business and its people say.
    pub records: Records,
}

impl Store {
    /// Opens the two files of a folder. Refuses, with [`ErrorKind::Corrupt`], a damaged file, a missing half, a file that
    /// is not ours and one written by a newer program; never starts empty over them.
    pub fn open(folder: &Path, opening: &Opening) -> Result<Self> {
        let (telemetry, records) = file::open_pair(folder, opening)?;
        let store = Self { telemetry: Telemetry::start(telemetry, opening)?, records: Records::new(records) };
        match store.records.interrupt_jobs(opening.now) {
            // A full disk must not keep anybody from reading; the next opening marks them.
            Err(error) if error.kind() == ErrorKind::Full => {
                tracing::warn!(%error, "interrupted jobs are not marked yet");
            }
            marked => drop(marked?),
        }
        Ok(store)
    }
}
