//! `qm stock as-of`, `ledger`, `trace`, `work` and `verify`: the ledger of stock in a terminal.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, on_site};
use contract::{
    ExportTrace, GetItemStock, Language, ListStock, ListStockWork, MakeRecall, SideRow, StockSort, TraceBy,
    TraceStock, VerifyStock,
};
use std::path::PathBuf;
use units::{Day, ItemId};

/// Which item and day.
#[derive(Clone, Debug, clap::Args)]
pub struct ItemArgs {
    /// SKU.
    sku: String,
    /// At the end of this day, `YYYY-MM-DD`; without it now.
    #[arg(long, value_name = "DAY", value_parser = day)]
    day: Option<Day>,
    /// Lines of the ledger, at most.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What to trace.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "from", required = true, multiple = false, args = ["lot", "sku", "order", "party"])]
pub struct TraceArgs {
    /// The code of a lot.
    #[arg(long)]
    lot: Option<String>,
    /// The code of an item: all its lots.
    #[arg(long)]
    sku: Option<String>,
    /// The number of an order or a delivery note.
    #[arg(long)]
    order: Option<String>,
    /// The code of a customer or a supplier.
    #[arg(long)]
    party: Option<String>,
    /// A mock recall: keep a report of it, with how long it took and what share was found.
    #[arg(long)]
    mock: bool,
    /// The report in Chinese.
    #[arg(long, requires = "mock")]
    chinese: bool,
    /// Write the trace to this CSV file.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| format!("{text} is no day; write it as 2026-11-30"))
}

fn place(side: &SideRow) -> String {
    match &side.bin {
        Some(bin) if side.standing == "free" => bin.clone(),
        Some(bin) => format!("{bin} ({})", side.standing),
        None => side.place.clone(),
    }
}

async fn item_of(session: &crate::session::Session, sku: &str) -> Outcome<ItemId> {
    let call =
        ListStock { filter: sku.to_owned(), sort: StockSort::Sku, reverse: false, offset: 0, limit: 500 };
    let found = session.call(call).await?.rows.into_iter().find(|row| row.sku == sku);
    found
        .map(|row| row.item)
        .ok_or_else(|| format!("there is no item {sku} at this site; check the code").into())
}

/// What there is of an item, and where.
pub async fn as_of(site: &SiteArgs, args: ItemArgs) -> Outcome<()> {
    on_site(site, async |session| {
        let item = item_of(session, &args.sku).await?;
        let stock = session.call(GetItemStock { item, day: args.day, limit: 0 }).await?;
        if args.json {
            return Ok(out::json(&stock)?);
        }
        let f = stock.figures;
        say(format!(
            "{} on {}: {} on hand = {} available + {} allocated ({} picked) + {} held + {} expired; {} on order, {} projected.",
            args.sku, stock.day, f.on_hand, f.available, f.allocated, f.picked, f.held, f.expired, f.on_order, f.projected
        ));
        let cells: Vec<_> = stock
            .standings
            .into_iter()
            .map(|one| {
                vec![
                    one.lot_code.unwrap_or_default(),
                    one.expiry.map(|day| day.to_string()).unwrap_or_default(),
                    one.bin_code,
                    if one.expired && one.standing == "free" { "expired".to_owned() } else { one.standing },
                    one.quantity.to_string(),
                ]
            })
            .collect();
        table(&["Lot", "Expiry", "Bin", "Stands", ">Quantity"], &cells);
        Ok(())
    })
    .await
}

/// The lines of an item's ledger.
pub async fn ledger(site: &SiteArgs, args: ItemArgs) -> Outcome<()> {
    on_site(site, async |session| {
        let item = item_of(session, &args.sku).await?;
        let stock = session.call(GetItemStock { item, day: args.day, limit: args.limit }).await?;
        if args.json {
            return Ok(out::json(&stock.ledger)?);
        }
        let cells: Vec<_> = stock
            .ledger
            .into_iter()
            .map(|line| {
                vec![
                    line.booking.to_string(),
                    format!("{}{}", line.day, if line.back_dated { " *" } else { "" }),
                    line.kind,
                    line.reason.unwrap_or_default(),
                    line.lot_code.unwrap_or_default(),
                    place(&line.from),
                    place(&line.to),
                    line.quantity.to_string(),
                    line.on_hand.to_string(),
                    line.by,
                    if line.reversed { "taken back".to_owned() } else { line.source.unwrap_or_default() },
                ]
            })
            .collect();
        table(
            &[
                "Booking",
                "Day",
                "Kind",
                "Reason",
                "Lot",
                "From",
                "To",
                ">Quantity",
                ">On hand",
                "Who",
                "Source",
            ],
            &cells,
        );
        Ok(())
    })
    .await
}

/// From a lot to its orders and customers, or back.
pub async fn trace(site: &SiteArgs, args: TraceArgs) -> Outcome<()> {
    let TraceArgs { lot, sku, order, party, mock, chinese, csv, json } = args;
    let from = [(TraceBy::Lot, lot), (TraceBy::Sku, sku), (TraceBy::Source, order), (TraceBy::Party, party)];
    let Some((by, code)) = from.into_iter().find_map(|(by, code)| Some((by, code?))) else {
        return Err("say what to trace: --lot, --sku, --order or --party".into());
    };
    on_site(site, async |session| {
        if let Some(path) = csv {
            let file = session.call(ExportTrace { by, code: code.clone() }).await?;
            let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, file.base64)?;
            std::fs::write(&path, bytes)
                .map_err(|e| format!("write {}: {e}; check the folder", path.display()))?;
            say(format!("Written to {}.", path.display()));
        }
        if mock {
            let language = if chinese { Language::ZhHans } else { Language::En };
            let kept = session.call(MakeRecall { by, code, asked_at: None, language }).await?;
            if json {
                return Ok(out::json(&kept)?);
            }
            let share = kept.found.map_or("nothing came in".to_owned(), |share| format!("{share} % found"));
            say(format!(
                "{share} in {} ms: {} lots, {} came, {} here, {} went to {} known, {} not accounted for; {} lines name no lot.",
                kept.took_ms, kept.lots, kept.came, kept.here, kept.told, kept.parties, kept.lost, kept.without_lot
            ));
            say(format!("Report {} is among the reports.", kept.file));
            return Ok(());
        }
        let found = session.call(TraceStock { by, code }).await?;
        if json {
            return Ok(out::json(&found)?);
        }
        for lot in &found.lots {
            let expiry = lot.expiry.map(|day| format!(", until {day}")).unwrap_or_default();
            say(format!(
                "{} {}, lot {}{expiry}, {}: {} came, {} here, {} went",
                lot.sku, lot.name, lot.lot_code, lot.status, lot.came, lot.here, lot.went
            ));
            let cells: Vec<_> = lot
                .lines
                .iter()
                .map(|line| {
                    vec![
                        line.what.clone(),
                        line.day.map(|day| day.to_string()).unwrap_or_default(),
                        place(&line.at),
                        line.quantity.to_string(),
                        line.source.clone().unwrap_or_default(),
                        line.party.clone().unwrap_or_default(),
                    ]
                })
                .collect();
            table(&["  ", "Day", "Place", ">Quantity", "Paper", "Party"], &cells);
        }
        say(format!(
            "{} lots in {} ms; {} lines name no lot.",
            count(found.lots.len() as u64),
            found.took_ms,
            count(found.without_lot)
        ));
        Ok(())
    })
    .await
}

/// What to look at in stock.
pub async fn work(site: &SiteArgs, each: u32, json: bool) -> Outcome<()> {
    on_site(site, async |session| {
        let list = session.call(ListStockWork { each }).await?;
        if json {
            return Ok(out::json(&list)?);
        }
        for (kind, n) in list.counts.iter().filter(|(_, n)| *n > 0) {
            say(format!("{kind}: {}", count(*n)));
        }
        let cells: Vec<_> = list
            .rows
            .into_iter()
            .map(|row| {
                vec![
                    row.kind,
                    row.sku,
                    row.lot_code.unwrap_or_default(),
                    row.bin_code.unwrap_or_default(),
                    row.quantity.to_string(),
                    row.detail.unwrap_or_default(),
                ]
            })
            .collect();
        table(&["What", "SKU", "Lot", "Bin", ">Quantity", "Detail"], &cells);
        Ok(())
    })
    .await
}

/// Whether the kept balances are the sums of the ledger.
pub async fn verify(site: &SiteArgs, json: bool) -> Outcome<()> {
    on_site(site, async |session| {
        let verdict = session.call(VerifyStock {}).await?;
        if json {
            out::json(&verdict)?;
        } else if verdict.mismatches.is_empty() {
            say(format!("Every balance is the sum of its ledger ({} ms).", verdict.took_ms));
        }
        match verdict.mismatches.as_slice() {
            [] => Ok(()),
            all => Err(format!(
                "verify stock: {} sums are not the ledger's: {}; restore a backup, and report this",
                all.len(),
                all.iter().take(5).cloned().collect::<Vec<_>>().join("; ")
            )
            .into()),
        }
    })
    .await
}
