//! What the business and its people say: items, stock, orders, forecasts, proposals, purchase orders, jobs, settings, the
//! site's devices and rules, vehicles, deliveries and plans. Each change appends its audit record in the same transaction.

pub mod counts;
pub mod customers;
pub mod documents;
pub mod fleet;
pub mod forecasts;
pub mod imports;
pub mod inbound;
pub mod items;
pub mod jobs;
pub mod kits;
pub mod levels;
pub(crate) mod lists;
pub mod orders;
pub mod outbound;
pub mod overrides;
pub mod proposals;
pub mod purchase;
pub mod quality;
pub mod returns;
pub(crate) mod search;
pub mod serials;
pub mod settings;
pub mod site;
pub mod stock;
pub mod suppliers;
pub mod together;
pub mod units;
pub mod units_of_measure;
pub(crate) mod walk;

use crate::file::DataFile;

/// Every table of the file, in the order in which they may name each other.
pub(crate) const STEPS: &[&[(&str, &str)]] = &[
    crate::audit::STEPS,
    crate::alarms::STEPS,
    imports::STEPS,
    items::STEPS,
    stock::STEPS,
    orders::STEPS,
    forecasts::STEPS,
    proposals::STEPS,
    overrides::STEPS,
    purchase::STEPS,
    jobs::STEPS,
    settings::STEPS,
    site::STEPS,
    fleet::STEPS,
    quality::STEPS,
    search::STEPS,
    counts::STEPS,
    documents::STEPS,
    inbound::STEPS,
    outbound::STEPS,
    returns::STEPS,
    units_of_measure::STEPS,
    kits::STEPS,
    levels::STEPS,
    units::STEPS,
    serials::STEPS,
    imports::corrections::STEPS,
    together::STEPS,
    customers::STEPS,
    suppliers::STEPS,
];

/// The file of what the business and its people say. Clones share it.
#[derive(Clone)]
pub struct Records {
    pub(crate) file: DataFile,
    lists: std::sync::Arc<lists::Lists>,
}

impl Records {
    pub(crate) fn new(file: DataFile) -> Self {
        Self { file, lists: std::sync::Arc::default() }
    }
}
