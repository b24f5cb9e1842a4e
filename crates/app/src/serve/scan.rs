//! What a scanned code is, and what it stands for here.

use crate::dispatch::Serve;
use crate::failure::Result;
use crate::open::App;
use crate::wire;
use contract::{ExplainScan, ScanExplained, ScanHere};
use domain::Actor;
use protocols::gs1::{self, Explanation, OwnKind};
use store::Records;

impl Serve<ExplainScan> for App {
    async fn serve(&self, call: ExplainScan, _: &Actor) -> Result<ScanExplained> {
        self.blocking(move |inner| {
            let found = gs1::explain(&call.text, inner.today());
            let mut reply = wire::scan::explained(&call.text, &found);
            reply.here = here(&inner.store.records, &call.text, &found)?;
            Ok(reply)
        })
        .await
    }
}

/// Items whose SKU is what the code says, or the code itself: a site may use its GTINs as SKUs, in any length.
fn here(records: &Records, text: &str, found: &Explanation) -> Result<Vec<ScanHere>> {
    let mut skus: Vec<&str> = Vec::new();
    match &found.own {
        Some(own) if own.kind == OwnKind::Item => skus.push(&own.code),
        _ => {}
    }
    if let Some(gtin) = found.gtin() {
        skus.extend([gtin, gtin.trim_start_matches('0')]);
        // As EAN-13, UPC-A and EAN-8 write it, where the zeros before allow it.
        let shorter = [1, 2, 6].into_iter().filter_map(|zeros| gtin.split_at_checked(zeros));
        skus.extend(shorter.filter(|(zeros, _)| zeros.bytes().all(|b| b == b'0')).map(|(_, rest)| rest));
    }
    skus.extend(["240", "241"].into_iter().filter_map(|ai| found.value(ai)));
    skus.push(text.trim());
    let mut all: Vec<ScanHere> = Vec::new();
    for sku in skus {
        if let Some(item) = records.item_by_sku(sku)? {
            let hit = ScanHere::Item { item: item.id, sku: item.sku, name: item.name };
            if !all.contains(&hit) {
                all.push(hit);
            }
        }
    }
    Ok(all)
}
