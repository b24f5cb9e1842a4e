//! The whole, through calls only: no screen, no SQL.

mod boundaries;
mod breach;
mod contract;
mod delivery_day;
mod files;
mod marks;
mod order_history;
mod partners;
mod planning;
mod posted;
mod quality;
mod reading;
mod scanflows;
mod secrets;
mod site;
mod stock;
mod tables;
mod warehouse;
mod wires;
