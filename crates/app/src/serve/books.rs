//! How far the books of stock are closed: by whom, and what that makes final.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::open::App;
use contract::{BooksState, CloseBooks, ClosingRow, Code, Done, GetBooks, Topic};
use domain::{Actor, Role};
use units::Day;

/// Closings shown.
const HISTORY_ROWS: u32 = 50;

impl Serve<GetBooks> for App {
    async fn serve(&self, _: GetBooks, _: &Actor) -> Result<BooksState> {
        self.blocking(|inner| {
            let records = &inner.store.records;
            let today = inner.today();
            records.stock_day(today)?;
            let closed_up_to = records.stock_lock()?;
            let may_close_up_to = today.plus(-1);
            let (open_movements, back_dated) = records.stock_period(closed_up_to, may_close_up_to)?;
            let (_, counts) = records.stock_work(0)?;
            let closed = |json: &Option<String>| {
                let value: serde_json::Value = serde_json::from_str(json.as_deref()?).ok()?;
                value["closed_up_to"].as_str().and_then(Day::parse)
            };
            let history = records.audit_of("stock.close", HISTORY_ROWS)?;
            Ok(BooksState {
                closed_up_to,
                may_close_up_to,
                open_movements,
                back_dated,
                doubts: counts.iter().map(|(_, n)| n).sum(),
                history: history
                    .into_iter()
                    .map(|row| ClosingRow {
                        at: row.at,
                        by: row.actor,
                        from: closed(&row.old),
                        to: closed(&row.new),
                        why: row.why,
                    })
                    .collect(),
            })
        })
        .await
    }
}

impl Serve<CloseBooks> for App {
    async fn serve(&self, call: CloseBooks, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            if call.up_to.is_some_and(|day| day >= inner.today()) {
                return Err(Failure::bad_input(
                    "the books are closed up to a day that is over: today and later are still being booked",
                ));
            }
            let now = records.stock_lock()?;
            // Closing further makes more final; anything else opens what was.
            let opens = now.is_some_and(|now| call.up_to.is_none_or(|day| day < now));
            if opens && by.role < Role::Admin {
                return Err(Failure::new(
                    Code::NotAllowed,
                    "a closed period is opened by an administrator; ask one, or book the correction on an open day",
                ));
            }
            if opens && call.why.trim().is_empty() {
                return Err(Failure::bad_input("say why the period is opened again: it goes on record"));
            }
            records.set_stock_lock(&inner.act_because(&by, &call.why), call.up_to)?;
            inner.bus.changed(Topic::Stock);
            inner.bus.changed(Topic::Audit);
            Ok(Done)
        })
        .await
    }
}
