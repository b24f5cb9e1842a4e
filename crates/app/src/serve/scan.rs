//! What a scanned code is, and what it stands for here.

use crate::dispatch::Serve;
use crate::failure::Result;
use crate::flows::scan;
use crate::open::App;
use crate::wire;
use contract::{ExplainScan, ScanExplained};
use domain::Actor;

impl Serve<ExplainScan> for App {
    async fn serve(&self, call: ExplainScan, _: &Actor) -> Result<ScanExplained> {
        self.blocking(move |inner| {
            let read = scan::read(&inner.store.records, &call.text, inner.today())?;
            let mut reply = wire::scan::explained(&call.text, &read.found);
            reply.here = read.things.into_iter().filter_map(wire::scan::here).collect();
            Ok(reply)
        })
        .await
    }
}
