//! What the store promises, seen from outside. `disk` and `audit` also go at its files as a fault or a forger would.

mod alarms;
mod audit;
mod backup;
mod counts;
mod disk;
mod documents;
mod fleet;
mod handling;
mod imports;
mod kill;
mod measure;
mod packed;
mod partners;
mod places;
mod planning;
mod quality;
mod records;
mod stock;
mod telemetry;

use domain::{Actor, OrderLine};
use store::{Act, ImportMeta, Opening, Store};
use tempfile::TempDir;
use units::{Day, Money, Quantity, Timestamp};

pub const NOW: Timestamp = Timestamp(1_795_360_000_000);

/// A new site in a folder of its own.
pub fn site() -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = open(&folder);
    (folder, store)
}

pub fn open(folder: &TempDir) -> Store {
    Store::open(folder.path(), &Opening { check: true, ..Opening::new(NOW) }).expect("the site opens")
}

pub fn act() -> Act {
    Act::new(&Actor::local_admin(), NOW)
}

pub fn file(name: &str) -> ImportMeta {
    ImportMeta {
        file_name: format!("{name}.csv"),
        sha256: format!("sha of {name}"),
        mapping: "{}".into(),
        rejected: 0,
        rehearse: false,
        source: String::new(),
    }
}

pub fn line(order: &str, day: i32, sku: &str, units: i64) -> OrderLine {
    OrderLine {
        order_ref: order.into(),
        day: Day(day),
        sku: sku.into(),
        quantity: Quantity::of(units),
        net_amount: Some(Money(units * 150)),
        customer: None,
    }
}

/// A small generator, so that a test draws the same numbers every time (SplitMix64).
pub struct Draw(pub u64);

impl Draw {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }
}
