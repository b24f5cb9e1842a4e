//! Are the kept sums those of the ledger? All movements added up again, by SQL that the bookings do not use.

use super::book::side_code;
use crate::Result;
use crate::file::rows;
use crate::records::Records;
use crate::words::standing_code;
use domain::stock::{Place, Side, Standing};
use units::{ItemId, Quantity};

/// A kept sum that is not what the ledger says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockMismatch {
    /// The item.
    pub item: ItemId,
    /// Which sum: `balance` of a lot on a side, or a figure of the item.
    pub what: String,
    /// What is kept.
    pub kept: Quantity,
    /// What the ledger adds up to.
    pub ledger: Quantity,
}

const SUMS: &str = "WITH line AS (
        SELECT item, lot, from_side AS side, -quantity AS quantity FROM movement
        UNION ALL SELECT item, lot, to_side, quantity FROM movement
    ), sums AS (SELECT item, lot, side, sum(quantity) AS quantity FROM line GROUP BY item, lot, side)";

impl Records {
    /// Adds the whole ledger up and compares it with the kept balances and figures. Empty: they agree.
    pub fn stock_verify(&self) -> Result<Vec<StockMismatch>> {
        self.file.read("add up the ledger", |db| {
            let balances = format!(
                "{SUMS} SELECT item, lot, side, sum(kept), sum(ledger) FROM (
                    SELECT item, lot, side, quantity AS kept, 0 AS ledger FROM balance
                    UNION ALL SELECT item, lot, side, 0, quantity FROM sums
                 ) GROUP BY item, lot, side HAVING sum(kept) <> sum(ledger)"
            );
            let mut found = rows(db, &balances, [], |row| {
                Ok(StockMismatch {
                    item: ItemId(row.get(0)?),
                    what: format!("balance of lot {} on side {}", row.get::<_, i64>(1)?, row.get::<_, i64>(2)?),
                    kept: Quantity(row.get(3)?),
                    ledger: Quantity(row.get(4)?),
                })
            })?;
            let standing = |standing: Standing| format!("side % 8 = {}", standing_code(standing));
            let on = |place: Place| format!("side = {}", side_code(Side::outside(place)));
            let late = "coalesce(l.expiry < (SELECT today FROM stock_book), 0)";
            for (figure, when) in [
                ("on_hand", "side >= 8".to_owned()),
                (
                    "allocated",
                    format!("side >= 8 AND ({} OR {})", standing(Standing::Allocated), standing(Standing::Picked)),
                ),
                ("on_order", on(Place::Inbound)),
                (
                    "held",
                    format!("side >= 8 AND ({} OR {})", standing(Standing::Held), standing(Standing::Quarantined)),
                ),
                (
                    "expired",
                    format!(
                        "side >= 8 AND ({} OR ({} AND {late}))",
                        standing(Standing::Expired),
                        standing(Standing::Free)
                    ),
                ),
            ] {
                let sql = format!(
                    "{SUMS} SELECT item, sum(kept), sum(ledger) FROM (
                        SELECT item, {figure} AS kept, 0 AS ledger FROM stock_level
                        UNION ALL SELECT s.item, 0, s.quantity FROM sums s LEFT JOIN lot l ON l.id = s.lot WHERE {when}
                     ) GROUP BY item HAVING sum(kept) <> sum(ledger)"
                );
                found.extend(rows(db, &sql, [], |row| {
                    Ok(StockMismatch {
                        item: ItemId(row.get(0)?),
                        what: figure.to_owned(),
                        kept: Quantity(row.get(1)?),
                        ledger: Quantity(row.get(2)?),
                    })
                })?);
            }
            Ok(found)
        })
    }
}
