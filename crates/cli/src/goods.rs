//! `qm inbound`, `qm outbound` and `qm return`: goods that come in, go out and come back, from a terminal.

use crate::SiteArgs;
use crate::out::{self, say, table};
use crate::session::{Outcome, Session, on_site};
use base64::Engine;
use contract::{
    AllocateOutbound, CancelOutbound, CloseInbound, GetInbound, GetOutbound, InspectReturn, Language,
    ListInbound, ListOutbound, ListReturns, MakeInbound, MakeOutbound, MakeReturn, NewInboundLine,
    NewOutboundLine, NewReturnLineRow, PackGoods, PaperKind, PaperStep, PickGoods, PrintPaper, PutGoodsAway,
    ReceiveGoods, ReleaseOutbound, SettleReturn, ShipOutbound,
};
use std::path::PathBuf;
use units::{Day, InboundId, InboundLineId, LotId, OutboundId, OutboundLineId, Quantity, ReturnLineId};

/// Shipments from suppliers.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Inbound {
    /// List them, the first to come first.
    List(ListArgs),
    /// Show one with its lines.
    Show(ShowArgs),
    /// Expect one.
    Expect {
        /// What it should bring: SKU=QUANTITY.
        #[arg(required = true, value_parser = line)]
        lines: Vec<(String, Quantity)>,
        /// From whom: a supplier's code or name.
        #[arg(long, default_value = "")]
        from: String,
        /// Its number; without one the next of our own.
        #[arg(long, default_value = "")]
        number: String,
        /// When it should come.
        #[arg(long, value_parser = day)]
        on: Option<Day>,
        /// The order it is for.
        #[arg(long)]
        order: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Goods came: of one line, or all that is still expected.
    Receive {
        /// The shipment.
        inbound: i64,
        /// The line; without one all came as announced.
        #[arg(long, requires = "good")]
        line: Option<i64>,
        /// Good ones.
        #[arg(long, value_parser = quantity)]
        good: Option<Quantity>,
        /// Broken or spoilt ones.
        #[arg(long, value_parser = quantity, default_value = "0")]
        damaged: Quantity,
        /// The lot on the box.
        #[arg(long, default_value = "")]
        lot: String,
        /// Its last day.
        #[arg(long, value_parser = day)]
        expiry: Option<Day>,
        /// The bin they were put into at once.
        #[arg(long, default_value = "")]
        bin: String,
        /// It is so that more came than was announced.
        #[arg(long)]
        over: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Goods were put away: of one line, or all that waits, each item to where most of it lies.
    PutAway {
        /// The shipment.
        inbound: i64,
        /// The line; without one all that waits.
        #[arg(long, requires_all = ["quantity", "to"])]
        line: Option<i64>,
        /// How much.
        #[arg(long, value_parser = quantity)]
        quantity: Option<Quantity>,
        /// The bin's code.
        #[arg(long, default_value = "")]
        to: String,
        /// Make the bin where it is new.
        #[arg(long)]
        make: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// End one early, or open it again.
    Close {
        /// The shipment.
        inbound: i64,
        /// finish: no more comes; cancel: nothing will; reopen: it was closed too early.
        #[arg(value_parser = ["finish", "cancel", "reopen"])]
        how: String,
        /// Why.
        #[arg(long, default_value = "")]
        why: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the receiving sheet as a PDF.
    Print(PrintArgs),
}

/// Orders of customers.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Outbound {
    /// List them, the first to leave first.
    List(ListArgs),
    /// Show one with its lines and parcels.
    Show(ShowArgs),
    /// Take one.
    Take {
        /// What is wanted: SKU=QUANTITY.
        #[arg(required = true, value_parser = line)]
        lines: Vec<(String, Quantity)>,
        /// For whom.
        #[arg(long, default_value = "")]
        customer: String,
        /// Its number; without one the next of our own.
        #[arg(long, default_value = "")]
        number: String,
        /// When it should leave.
        #[arg(long, value_parser = day)]
        by: Option<Day>,
        /// Where to.
        #[arg(long)]
        to: Option<String>,
        /// Goods must be good for so many days after they left.
        #[arg(long, default_value_t = 0)]
        usable_days: u16,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Promise goods to it: first expired, first out.
    Allocate(StepArgs),
    /// Free what is promised and still on the shelf.
    Release(StepArgs),
    /// Goods were picked: of one line, or all that is promised.
    Pick {
        /// The order.
        outbound: i64,
        /// The line; without one all that is promised.
        #[arg(long, requires_all = ["bin", "quantity"])]
        line: Option<i64>,
        /// The lot's id.
        #[arg(long)]
        lot: Option<i64>,
        /// The bin's code.
        #[arg(long, default_value = "")]
        bin: String,
        /// How much.
        #[arg(long, value_parser = quantity)]
        quantity: Option<Quantity>,
        /// Take what is free there instead of what is promised elsewhere.
        #[arg(long)]
        instead: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Pack what is picked: of one line, or all of it into a new parcel.
    Pack {
        /// The order.
        outbound: i64,
        /// The line; without one all that is picked.
        #[arg(long, requires = "quantity")]
        line: Option<i64>,
        /// How much.
        #[arg(long, value_parser = quantity)]
        quantity: Option<Quantity>,
        /// Into this parcel; without one a new one.
        #[arg(long)]
        parcel: Option<i64>,
        /// The number of a new parcel as a handling unit.
        #[arg(long)]
        sscc: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ship what is packed.
    Ship {
        /// The order.
        outbound: i64,
        /// What is not there is given up instead of becoming an order of its own.
        #[arg(long)]
        give_up: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// It will not go.
    Cancel {
        /// The order.
        outbound: i64,
        /// Why.
        #[arg(long, default_value = "")]
        why: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write its pick list, packing list or delivery note as a PDF.
    Print(PrintArgs),
}

/// Goods that came back.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Return {
    /// List them, the newest first.
    List {
        /// Only received, inspected or settled ones.
        #[arg(long, default_value = "")]
        state: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take goods back, into quarantine.
    Take {
        /// What came back: SKU=QUANTITY or SKU=QUANTITY@LOT.
        #[arg(required = true, value_parser = line_of_lot)]
        lines: Vec<(String, Quantity, String)>,
        /// From whom.
        #[arg(long, default_value = "")]
        customer: String,
        /// The order it left with.
        #[arg(long)]
        order: Option<i64>,
        /// Why: not-wanted, wrong-item, damaged, expired, quality-doubt, recall, too-many, late.
        #[arg(long, default_value = "not-wanted")]
        reason: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Somebody looked at a line.
    Inspect {
        /// The line.
        line: i64,
        /// cleared where it is good, otherwise why not: damaged, expired, quality-doubt, …
        finding: String,
    },
    /// Decide what becomes of a line.
    Settle {
        /// The line.
        line: i64,
        /// How much.
        #[arg(value_parser = quantity)]
        quantity: Quantity,
        /// restock, quarantine or scrap.
        #[arg(value_parser = ["restock", "quarantine", "scrap"])]
        fate: String,
        /// The bin it goes to.
        #[arg(long, default_value = "")]
        to: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What a list shows.
#[derive(Clone, Debug, clap::Args)]
pub struct ListArgs {
    /// Text in number, partner, order or SKU.
    #[arg(long, default_value = "")]
    filter: String,
    /// Only in these states.
    #[arg(long, value_delimiter = ',')]
    state: Vec<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One paper.
#[derive(Clone, Debug, clap::Args)]
pub struct ShowArgs {
    /// Its id, as the list has it.
    id: i64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A step of one order.
#[derive(Clone, Debug, clap::Args)]
pub struct StepArgs {
    /// The order.
    outbound: i64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A paper to print.
#[derive(Clone, Debug, clap::Args)]
pub struct PrintArgs {
    /// The shipment or order.
    id: i64,
    /// Which paper of an order.
    #[arg(long, default_value = "pick-list", value_parser = ["pick-list", "packing-list", "delivery-note"])]
    paper: String,
    /// Its language.
    #[arg(long, default_value = "en", value_parser = ["en", "zh"])]
    lang: String,
    /// Where to; without it beside you, under its own name.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn quantity(text: &str) -> Result<Quantity, String> {
    Quantity::parse(text).filter(|q| q.0 >= 0).ok_or_else(|| "a number such as 12 or 0.5".to_owned())
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "a day such as 2026-12-31".to_owned())
}

fn line(text: &str) -> Result<(String, Quantity), String> {
    let (sku, number) = text.rsplit_once('=').ok_or("SKU=QUANTITY, such as AB-1=12")?;
    Ok((sku.to_owned(), quantity(number)?))
}

fn line_of_lot(text: &str) -> Result<(String, Quantity, String), String> {
    let (rest, lot) = match text.split_once('@') {
        Some((rest, lot)) => (rest, lot),
        None => (text, ""),
    };
    let (sku, quantity) = line(rest)?;
    Ok((sku, quantity, lot.to_owned()))
}

fn told(done: &PaperStep, json: bool) -> Outcome<()> {
    if json {
        return Ok(out::json(done)?);
    }
    let booked = done.booking.map_or(String::new(), |booking| format!(", booking {booking}"));
    say(format!("it is {} now{booked}", done.state));
    Ok(())
}

fn day_text(day: Option<Day>, late: bool) -> String {
    let day = day.map_or(String::new(), |day| day.to_string());
    if late { format!("{day} late") } else { day }
}

async fn print(session: &Session, kind: PaperKind, args: &PrintArgs) -> Outcome<()> {
    let language = if args.lang == "zh" { Language::ZhHans } else { Language::En };
    let file = session.call(PrintPaper { kind, id: args.id, language }).await?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(&file.base64)?;
    let path = args.out.clone().unwrap_or_else(|| PathBuf::from(&file.name));
    std::fs::write(&path, bytes).map_err(|e| format!("write {}: {e}; give another --out", path.display()))?;
    say(format!("wrote {}", path.display()));
    Ok(())
}

/// Runs `qm inbound`.
pub async fn inbound(site: &SiteArgs, command: Inbound) -> Outcome<()> {
    on_site(site, async |session| match &command {
        Inbound::List(args) => {
            let call = ListInbound {
                filter: args.filter.clone(),
                states: args.state.clone(),
                offset: 0,
                limit: args.limit,
            };
            let page = session.call(call).await?;
            if args.json {
                return Ok(out::json(&page)?);
            }
            let rows = page.rows.iter().map(|one| {
                vec![
                    one.id.to_string(),
                    one.number.clone(),
                    one.partner.clone(),
                    day_text(one.expected_on, one.late),
                    one.state.clone(),
                    format!("{}/{}", one.lines_done, one.lines),
                    one.expected.to_string(),
                    one.came.to_string(),
                    one.short.to_string(),
                    one.over.to_string(),
                    one.damaged.to_string(),
                ]
            });
            let heads = [
                "id",
                "number",
                "from",
                "expected",
                "state",
                "lines",
                "announced",
                "came",
                "short",
                "over",
                "damaged",
            ];
            table(&heads, &rows.collect::<Vec<_>>());
            Ok(())
        }
        Inbound::Show(args) => {
            let sheet = session.call(GetInbound { inbound: InboundId(args.id) }).await?;
            if args.json {
                return Ok(out::json(&sheet)?);
            }
            say(format!("{} from {}: {}", sheet.card.number, sheet.card.partner, sheet.card.state));
            let rows = sheet.lines.iter().map(|one| {
                vec![
                    one.id.to_string(),
                    one.sku.clone(),
                    one.name.clone(),
                    one.lot.clone().unwrap_or_default(),
                    one.expected.to_string(),
                    one.outstanding.to_string(),
                    one.received.to_string(),
                    one.damaged.to_string(),
                    one.waiting.to_string(),
                    one.put_away.to_string(),
                ]
            });
            let heads = [
                "line",
                "sku",
                "name",
                "lot",
                "announced",
                "to come",
                "good",
                "damaged",
                "waits",
                "put away",
            ];
            table(&heads, &rows.collect::<Vec<_>>());
            Ok(())
        }
        Inbound::Expect { lines, from, number, on, order, json } => {
            let call = MakeInbound {
                number: number.clone(),
                partner: from.clone(),
                order_ref: order.clone(),
                expected_on: *on,
                note: None,
                lines: lines
                    .iter()
                    .cloned()
                    .map(|(sku, quantity)| NewInboundLine {
                        sku,
                        quantity,
                        lot: None,
                        expiry: None,
                        sscc: None,
                    })
                    .collect(),
            };
            let id = session.call(call).await?;
            if *json {
                return Ok(out::json(&id)?);
            }
            say(format!("expected as shipment {id}"));
            Ok(())
        }
        Inbound::Receive { inbound, line, good, damaged, lot, expiry, bin, over, json } => {
            let call = ReceiveGoods {
                inbound: InboundId(*inbound),
                line: line.map(InboundLineId),
                sku: String::new(),
                good: good.unwrap_or_default(),
                damaged: *damaged,
                lot: lot.clone(),
                expiry: *expiry,
                bin: bin.clone(),
                over: *over,
            };
            told(&session.call(call).await?, *json)
        }
        Inbound::PutAway { inbound, line, quantity, to, make, json } => {
            let call = PutGoodsAway {
                inbound: InboundId(*inbound),
                line: line.map(InboundLineId),
                lot: None,
                quantity: quantity.unwrap_or_default(),
                to: to.clone(),
                make: *make,
            };
            told(&session.call(call).await?, *json)
        }
        Inbound::Close { inbound, how, why, json } => {
            let call = CloseInbound { inbound: InboundId(*inbound), how: how.clone(), why: why.clone() };
            told(&session.call(call).await?, *json)
        }
        Inbound::Print(args) => print(session, PaperKind::ReceivingSheet, args).await,
    })
    .await
}

/// Runs `qm outbound`.
pub async fn outbound(site: &SiteArgs, command: Outbound) -> Outcome<()> {
    on_site(site, async |session| match &command {
        Outbound::List(args) => {
            let call = ListOutbound {
                filter: args.filter.clone(),
                states: args.state.clone(),
                offset: 0,
                limit: args.limit,
            };
            let page = session.call(call).await?;
            if args.json {
                return Ok(out::json(&page)?);
            }
            let rows = page.rows.iter().map(|one| {
                vec![
                    one.id.to_string(),
                    one.number.clone(),
                    one.customer.clone(),
                    day_text(one.ship_by, one.late),
                    one.state.clone(),
                    format!("{}/{}", one.lines_done, one.lines),
                    one.ordered.to_string(),
                    one.open.to_string(),
                    one.allocated.to_string(),
                    one.picked.to_string(),
                    one.packed.to_string(),
                    one.shipped.to_string(),
                ]
            });
            let heads = [
                "id",
                "number",
                "customer",
                "ship by",
                "state",
                "lines",
                "ordered",
                "open",
                "allocated",
                "picked",
                "packed",
                "shipped",
            ];
            table(&heads, &rows.collect::<Vec<_>>());
            Ok(())
        }
        Outbound::Show(args) => {
            let sheet = session.call(GetOutbound { outbound: OutboundId(args.id) }).await?;
            if args.json {
                return Ok(out::json(&sheet)?);
            }
            say(format!("{} for {}: {}", sheet.card.number, sheet.card.customer, sheet.card.state));
            let rows = sheet.lines.iter().map(|one| {
                let from: Vec<String> = one
                    .promised
                    .iter()
                    .map(|heap| format!("{} x {}", heap.bin_code, heap.quantity))
                    .collect();
                vec![
                    one.id.to_string(),
                    one.sku.clone(),
                    one.name.clone(),
                    one.ordered.to_string(),
                    one.open.to_string(),
                    one.allocated.to_string(),
                    one.picked.to_string(),
                    one.packed.to_string(),
                    one.shipped.to_string(),
                    from.join(", "),
                ]
            });
            let heads = [
                "line",
                "sku",
                "name",
                "ordered",
                "open",
                "allocated",
                "picked",
                "packed",
                "shipped",
                "from",
            ];
            table(&heads, &rows.collect::<Vec<_>>());
            Ok(())
        }
        Outbound::Take { lines, customer, number, by, to, usable_days, json } => {
            let call = MakeOutbound {
                number: number.clone(),
                customer: customer.clone(),
                order_ref: None,
                ship_by: *by,
                ship_to: to.clone(),
                usable_days: *usable_days,
                note: None,
                lines: lines
                    .iter()
                    .cloned()
                    .map(|(sku, quantity)| NewOutboundLine { sku, quantity })
                    .collect(),
            };
            let id = session.call(call).await?;
            if *json {
                return Ok(out::json(&id)?);
            }
            say(format!("taken as order {id}"));
            Ok(())
        }
        Outbound::Allocate(args) => {
            told(&session.call(AllocateOutbound { outbound: OutboundId(args.outbound) }).await?, args.json)
        }
        Outbound::Release(args) => {
            told(&session.call(ReleaseOutbound { outbound: OutboundId(args.outbound) }).await?, args.json)
        }
        Outbound::Pick { outbound, line, lot, bin, quantity, instead, json } => {
            let call = PickGoods {
                outbound: OutboundId(*outbound),
                line: line.map(OutboundLineId),
                lot: lot.map(LotId),
                bin: bin.clone(),
                quantity: quantity.unwrap_or_default(),
                instead: *instead,
            };
            told(&session.call(call).await?, *json)
        }
        Outbound::Pack { outbound, line, quantity, parcel, sscc, json } => {
            let call = PackGoods {
                outbound: OutboundId(*outbound),
                line: line.map(OutboundLineId),
                lot: None,
                quantity: quantity.unwrap_or_default(),
                parcel: parcel.map(units::ParcelId),
                sscc: sscc.clone(),
            };
            told(&session.call(call).await?, *json)
        }
        Outbound::Ship { outbound, give_up, json } => {
            let call = ShipOutbound { outbound: OutboundId(*outbound), backorder: !give_up };
            let done = session.call(call).await?;
            if *json {
                return Ok(out::json(&done)?);
            }
            say(match done.backorder {
                Some(rest) => format!("shipped; the rest is order {rest}"),
                None => "shipped".to_owned(),
            });
            Ok(())
        }
        Outbound::Cancel { outbound, why, json } => {
            let call = CancelOutbound { outbound: OutboundId(*outbound), why: why.clone() };
            told(&session.call(call).await?, *json)
        }
        Outbound::Print(args) => {
            let kind = match args.paper.as_str() {
                "packing-list" => PaperKind::PackingList,
                "delivery-note" => PaperKind::DeliveryNote,
                _ => PaperKind::PickList,
            };
            print(session, kind, args).await
        }
    })
    .await
}

/// Runs `qm return`.
pub async fn returned(site: &SiteArgs, command: Return) -> Outcome<()> {
    on_site(site, async |session| match &command {
        Return::List { state, json } => {
            let page = session.call(ListReturns { state: state.clone(), offset: 0, limit: 1_000 }).await?;
            if *json {
                return Ok(out::json(&page)?);
            }
            let rows = page.rows.iter().flat_map(|one| {
                one.lines.iter().map(|line| {
                    vec![
                        one.number.clone(),
                        one.customer.clone(),
                        one.reason.clone(),
                        one.state.clone(),
                        line.id.to_string(),
                        line.sku.clone(),
                        line.quantity.to_string(),
                        line.finding.clone().unwrap_or_default(),
                        line.undecided.to_string(),
                    ]
                })
            });
            let heads =
                ["number", "from", "reason", "state", "line", "sku", "quantity", "found", "undecided"];
            table(&heads, &rows.collect::<Vec<_>>());
            Ok(())
        }
        Return::Take { lines, customer, order, reason, json } => {
            let call = MakeReturn {
                number: String::new(),
                customer: customer.clone(),
                outbound: order.map(OutboundId),
                reason: reason.clone(),
                note: None,
                lines: lines
                    .iter()
                    .cloned()
                    .map(|(sku, quantity, lot)| NewReturnLineRow { sku, lot, quantity })
                    .collect(),
            };
            let id = session.call(call).await?;
            if *json {
                return Ok(out::json(&id)?);
            }
            say(format!("taken back as return {id}; inspect its lines"));
            Ok(())
        }
        Return::Inspect { line, finding } => {
            session.call(InspectReturn { line: ReturnLineId(*line), finding: finding.clone() }).await?;
            say("noted");
            Ok(())
        }
        Return::Settle { line, quantity, fate, to, json } => {
            let call = SettleReturn {
                line: ReturnLineId(*line),
                quantity: *quantity,
                fate: fate.clone(),
                to: to.clone(),
            };
            told(&session.call(call).await?, *json)
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sku_and_quantity() {
        assert_eq!(line("AB-1=12"), Ok(("AB-1".into(), Quantity::of(12))));
        assert_eq!(line("a=b=0.5"), Ok(("a=b".into(), Quantity(500))));
        assert_eq!(line_of_lot("AB-1=2@L7"), Ok(("AB-1".into(), Quantity::of(2), "L7".into())));
        assert!(line("AB-1").is_err() && line("AB-1=-2").is_err() && day("1.2.2026").is_err());
    }
}
