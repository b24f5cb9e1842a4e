//! The whole, through calls only: no screen, no SQL.

mod boundaries;
mod contract;
mod delivery_day;
mod order_history;
mod marks;
mod planning;
mod posted;
mod quality;
mod reading;
mod secrets;
mod site;
mod wires;
