//! The ledger of stock: where an item lies, what people book, traces, and what to look at.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire::ledger::{self as wire, Names};
use base64::Engine;
use contract::{
    BookedRow, Code, CorrectStock, DecideLot, Done, ExportTrace, FileReply, GetItemStock, ItemStock,
    ListStockWork, MoveStock, SetExpiry, StockVerdict, StockWorkList, Topic, TraceBy, TraceReply, TraceStock,
    UndoBooking, VerifyStock,
};
use domain::stock::{Bin, LotStatus, MovementKind, ReasonCode, Side, Standing, fifo, moving_average};
use domain::{Actor, Role};
use store::{Booked, Correction, Records, Shift, TraceFrom};
use units::{BinId, ItemId};

/// Days of the level over time.
const HISTORY_DAYS: i32 = 366;

/// The longest code of a bin.
const BIN_CODE_MAX: usize = 64;

fn reason(word: &str) -> Result<ReasonCode> {
    ReasonCode::from_word(word).ok_or_else(|| {
        let all: Vec<_> = ReasonCode::ALL.iter().map(|reason| reason.word()).collect();
        Failure::bad_input(format!(
            "{word} is no reason for a change of stock; give one of {}",
            all.join(", ")
        ))
    })
}

fn standing(word: &str) -> Result<Standing> {
    [Standing::Free, Standing::Held, Standing::Quarantined, Standing::Expired]
        .into_iter()
        .find(|standing| standing.word() == word)
        .ok_or_else(|| {
            Failure::bad_input(format!(
                "what stands {word} is not counted or moved by hand; give free, held, quarantined or expired"
            ))
        })
}

fn booked(inner: &Inner, booked: Booked) -> BookedRow {
    inner.bus.changed(Topic::Stock);
    inner.bus.changed(Topic::Audit);
    BookedRow { booking: booked.booking, movements: booked.movements }
}

fn names(records: &Records, item: ItemId) -> Result<Names> {
    Ok(Names {
        bins: records.bin_names()?,
        lots: records.lots(item)?.into_iter().map(|lot| (lot.id, lot.code)).collect(),
    })
}

impl Serve<GetItemStock> for App {
    async fn serve(&self, call: GetItemStock, _: &Actor) -> Result<ItemStock> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let item = records.item(call.item)?.item;
            let today = inner.today();
            records.stock_day(today)?;
            let day = call.day.unwrap_or(today);
            // Now is whatever is booked; a day is what took effect until its end.
            let figures = records.stock_figures(call.item, call.day)?;
            let names = names(records, call.item)?;
            let cost = item.unit_cost.unwrap_or(inner.settings().defaults.unit_cost);
            let costs = records.stock_costs(call.item)?;
            let zone = inner.zone();
            let ledger = records.movements(call.item, call.limit.min(limits::WHOLE_ROWS_MAX))?;
            Ok(ItemStock {
                item: call.item,
                day,
                figures: wire::figures(&figures),
                standings: records
                    .standings(call.item, call.day)?
                    .into_iter()
                    .map(|one| wire::standing(one, day))
                    .collect(),
                ledger: ledger
                    .into_iter()
                    .map(|line| wire::line(line, &names, |at| crate::zone::day(&zone, at)))
                    .collect(),
                history: records.stock_history(call.item, today.plus(-HISTORY_DAYS))?,
                value_average: moving_average(costs.iter().copied(), cost).value,
                value_fifo: fifo(costs, cost).value,
                closed_up_to: records.stock_lock()?,
            })
        })
        .await
    }
}

impl Serve<DecideLot> for App {
    async fn serve(&self, call: DecideLot, by: &Actor) -> Result<BookedRow> {
        let by = by.clone();
        self.blocking(move |inner| {
            let status = LotStatus::from_word(&call.status).ok_or_else(|| {
                let all: Vec<_> = LotStatus::ALL.iter().map(|status| status.word()).collect();
                Failure::bad_input(format!(
                    "{} is no status of a lot; give one of {}",
                    call.status,
                    all.join(", ")
                ))
            })?;
            // Anybody on the shift may hold goods back; giving them free again is a decision.
            if status == LotStatus::Available && by.role < Role::Manager {
                return Err(Failure::new(
                    Code::NotAllowed,
                    "a lot is released by a manager; ask one, or leave it held",
                ));
            }
            let why = reason(&call.reason)?;
            let done =
                inner.store.records.decide_lot(&inner.act_because(&by, &call.why), call.lot, status, why)?;
            Ok(booked(inner, done))
        })
        .await
    }
}

impl Serve<SetExpiry> for App {
    async fn serve(&self, call: SetExpiry, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let lot = domain::stock::Lot { expiry: call.expiry, ..records.lot(call.lot)? };
            records.save_lot(&inner.act_because(&by, &call.why), &lot)?;
            inner.bus.changed(Topic::Stock);
            inner.bus.changed(Topic::Audit);
            Ok(Done)
        })
        .await
    }
}

impl Serve<CorrectStock> for App {
    async fn serve(&self, call: CorrectStock, by: &Actor) -> Result<BookedRow> {
        let by = by.clone();
        self.blocking(move |inner| {
            let today = inner.today();
            let day = call.day.unwrap_or(today);
            if day > today {
                return Err(Failure::bad_input(format!(
                    "{day} is still to come; say what lies there today or lay there before"
                )));
            }
            let correction = Correction {
                item: call.item,
                lot: call.lot,
                bin: call.bin,
                standing: standing(&call.standing)?,
                quantity: call.quantity,
                day,
                reason: reason(&call.reason)?,
            };
            let done = inner.store.records.correct_stock(&inner.act_because(&by, &call.why), &correction)?;
            Ok(booked(inner, done))
        })
        .await
    }
}

impl Serve<MoveStock> for App {
    async fn serve(&self, call: MoveStock, by: &Actor) -> Result<BookedRow> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let act = inner.act_because(&by, &call.why);
            let standing = standing(&call.standing)?;
            let to = bin_to(records, &act, call.to.trim(), call.make)?;
            let shift = Shift {
                item: call.item,
                lot: call.lot,
                from: Side::bin(call.from, standing),
                to: Side::bin(to, standing),
                quantity: call.quantity,
                kind: MovementKind::Move,
                day: inner.today(),
                reason: None,
                unit_cost: None,
                source: None,
                party: None,
            };
            Ok(booked(inner, records.shift_stock(&act, &[shift])?))
        })
        .await
    }
}

fn bin_to(records: &Records, act: &store::Act, code: &str, make: bool) -> Result<BinId> {
    if let Some(bin) = records.bin_by_code(code)? {
        return Ok(bin.id);
    }
    if code.is_empty() || code.chars().count() > BIN_CODE_MAX {
        return Err(Failure::bad_input(format!("a bin's code has 1 to {BIN_CODE_MAX} characters; give one")));
    }
    if !make {
        return Err(Failure::new(
            Code::NotFound,
            format!("there is no bin {code}; check the code, or say that it is to be made"),
        ));
    }
    Ok(records.save_bin(act, &Bin { code: code.to_owned(), ..Bin::default() })?)
}

impl Serve<UndoBooking> for App {
    async fn serve(&self, call: UndoBooking, by: &Actor) -> Result<BookedRow> {
        let by = by.clone();
        self.blocking(move |inner| {
            let act = inner.act_because(&by, &call.why);
            Ok(booked(inner, inner.store.records.undo_booking(&act, call.booking, ReasonCode::WrongEntry)?))
        })
        .await
    }
}

pub(super) fn trace(inner: &Inner, by: TraceBy, code: &str) -> Result<TraceReply> {
    let began = crate::clock::real_now();
    let code = code.trim().to_owned();
    let from = match by {
        TraceBy::Lot => TraceFrom::Lot(code),
        TraceBy::Sku => TraceFrom::Sku(code),
        TraceBy::Source => TraceFrom::Source(code),
        TraceBy::Party => TraceFrom::Party(code),
    };
    let found = inner.store.records.trace_stock(&from)?;
    Ok(TraceReply {
        lots: found.lots.into_iter().map(wire::traced).collect(),
        without_lot: found.without_lot,
        took_ms: (crate::clock::real_now() - began).0.unsigned_abs(),
    })
}

impl Serve<TraceStock> for App {
    async fn serve(&self, call: TraceStock, _: &Actor) -> Result<TraceReply> {
        self.blocking(move |inner| trace(inner, call.by, &call.code)).await
    }
}

const TRACE_HEAD: [&str; 13] = [
    "sku", "name", "lot", "expiry", "status", "what", "day", "place", "bin", "standing", "quantity",
    "source", "party",
];

impl Serve<ExportTrace> for App {
    async fn serve(&self, call: ExportTrace, _: &Actor) -> Result<FileReply> {
        self.blocking(move |inner| {
            let found = trace(inner, call.by, &call.code)?;
            let rows = found.lots.iter().flat_map(|lot| {
                lot.lines.iter().map(move |line| {
                    vec![
                        lot.sku.clone().into(),
                        lot.name.clone().into(),
                        lot.lot_code.clone().into(),
                        lot.expiry.into(),
                        lot.status.clone().into(),
                        line.what.clone().into(),
                        line.day.into(),
                        line.at.place.clone().into(),
                        line.at.bin.clone().into(),
                        line.at.standing.clone().into(),
                        line.quantity.into(),
                        line.source.clone().into(),
                        line.party.clone().into(),
                    ]
                })
            });
            let bytes = exchange::table::write(&TRACE_HEAD, rows, exchange::table::WriteOptions::default());
            let safe: String = call
                .code
                .chars()
                .map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' })
                .take(40)
                .collect();
            Ok(FileReply {
                name: format!("trace-{safe}.csv"),
                media: "text/csv".to_owned(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}

impl Serve<ListStockWork> for App {
    async fn serve(&self, call: ListStockWork, _: &Actor) -> Result<StockWorkList> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            records.stock_day(inner.today())?;
            let (work, counts) = records.stock_work(call.each.min(limits::WHOLE_ROWS_MAX))?;
            Ok(StockWorkList {
                counts: counts.into_iter().map(|(kind, n)| (kind.word().to_owned(), n)).collect(),
                rows: work.into_iter().map(wire::work).collect(),
            })
        })
        .await
    }
}

impl Serve<VerifyStock> for App {
    async fn serve(&self, _: VerifyStock, _: &Actor) -> Result<StockVerdict> {
        self.blocking(move |inner| {
            let began = crate::clock::real_now();
            let found = inner.store.records.stock_verify()?;
            let say = |one: store::StockMismatch| {
                format!(
                    "item {}: {} is kept as {}, the ledger adds up to {}",
                    one.item, one.what, one.kept, one.ledger
                )
            };
            Ok(StockVerdict {
                mismatches: found.into_iter().map(say).collect(),
                took_ms: (crate::clock::real_now() - began).0.unsigned_abs(),
            })
        })
        .await
    }
}
