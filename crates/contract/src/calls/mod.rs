//! The calls, one file a room of the screen.

mod alarms;
mod backup;
mod charts;
mod counts;
mod data;
mod demand;
mod devices;
mod environment;
mod fleet;
mod inbound;
mod labels;
mod listener;
mod modbus;
mod outbound;
mod partners;
mod quality;
mod replenish;
mod reports;
mod scan;
mod scanflow;
mod secrets;
mod site;
mod stock;
mod tables;
mod warehouse;

pub use alarms::*;
pub use backup::*;
pub use charts::*;
pub use counts::*;
pub use data::*;
pub use demand::*;
pub use devices::*;
pub use environment::*;
pub use fleet::*;
pub use inbound::*;
pub use labels::*;
pub use listener::*;
pub use modbus::*;
pub use outbound::*;
pub use partners::*;
pub use quality::*;
pub use replenish::*;
pub use reports::*;
pub use scan::*;
pub use scanflow::*;
pub use secrets::*;
pub use site::*;
pub use stock::*;
pub use tables::*;
pub use units::{
    AlarmId, BinId, ChannelId, CountLineId, CountPlanId, CustomerId, DeliveryId, DeviceId, ImportId,
    InboundId, InboundLineId, ItemId, JobId, LotId, MovementId, OutboundId, OutboundLineId, OverrideId,
    ParcelId, PlanId, ProposalId, PurchaseOrderId, ReturnId, ReturnLineId, SupplierId, VehicleId, ZoneId,
};
pub use warehouse::*;

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};

/// It was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done;

/// A file to hand over: the host saves it or offers it as a download. Bytes are base64 text in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReply {
    /// Its name, without a folder.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Its bytes, base64 (standard alphabet, padded).
    pub base64: String,
}

/// Bad data, reported while work went on. The screen words it from the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    /// As `domain::FindingCode`, in words joined like `MissingColumn`.
    pub code: String,
    /// `Note`, `Warning` or `Error`.
    pub severity: String,
    /// Line of the file, where it is a line's (the header is 1).
    pub line: Option<u64>,
    /// Column, SKU or other subject.
    pub subject: String,
    /// The offending text.
    pub detail: String,
}

json_reply!(Done, FileReply, units::DeliveryId, units::DeviceId, units::JobId, units::VehicleId);
