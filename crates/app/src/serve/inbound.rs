//! Goods that come in: shipments, what came of them, and where it was put.

use super::papers::{LINES_MAX, bin, changed, code, item, said, text, usual};
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::App;
use crate::wire::papers as wire;
use contract::{
    BookedRow, CloseInbound, GetInbound, InboundPage, InboundSheet, ListInbound, MakeInbound, PaperStep,
    PutGoodsAway, ReceiveGoods, TakeBackStep,
};
use domain::Actor;
use domain::inbound::InState;
use store::{InboundQuery, NewInLine, NewInbound, PutAway, Receipt, Stepped};
use units::{InboundId, Quantity};

fn state(word: &str) -> Result<InState> {
    InState::from_word(word).ok_or_else(|| {
        let all: Vec<_> = InState::ALL.iter().map(|state| state.word()).collect();
        Failure::bad_input(format!("{word} is no state of a shipment; give one of {}", all.join(", ")))
    })
}

fn stepped(done: &Stepped<InState>) -> PaperStep {
    wire::stepped(done, done.state.word())
}

impl Serve<ListInbound> for App {
    async fn serve(&self, call: ListInbound, _: &Actor) -> Result<InboundPage> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let states = call.states.iter().map(|word| state(word)).collect::<Result<_>>()?;
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let query = InboundQuery { filter: call.filter, states, offset: call.offset, limit };
            let (page, counts, today) = (records.inbounds(&query)?, records.inbound_counts()?, inner.today());
            Ok(InboundPage {
                total: page.total,
                counts: InState::ALL.iter().zip(counts).map(|(s, n)| (s.word().to_owned(), n)).collect(),
                today,
                rows: page.rows.into_iter().map(|card| wire::inbound_card(card, today)).collect(),
            })
        })
        .await
    }
}

impl Serve<GetInbound> for App {
    async fn serve(&self, call: GetInbound, _: &Actor) -> Result<InboundSheet> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            wire::inbound(records.inbound(call.inbound)?, inner.today(), |item| usual(records, item))
        })
        .await
    }
}

impl Serve<MakeInbound> for App {
    async fn serve(&self, call: MakeInbound, by: &Actor) -> Result<InboundId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            if call.lines.is_empty() || call.lines.len() > LINES_MAX {
                return Err(Failure::bad_input(format!("a shipment has 1 to {LINES_MAX} lines; give them")));
            }
            let mut lines = Vec::with_capacity(call.lines.len());
            for line in call.lines {
                lines.push(NewInLine {
                    item: item(records, &line.sku)?,
                    quantity: line.quantity,
                    lot: said(line.lot),
                    expiry: line.expiry,
                    sscc: said(line.sscc),
                    unit_cost: None,
                });
            }
            let new = NewInbound {
                number: code(&call.number, "a shipment's number")?,
                partner: code(&call.partner, "a supplier's code or name")?,
                order_ref: said(call.order_ref),
                expected_on: call.expected_on,
                note: said(call.note),
                lines,
            };
            let id = records.make_inbound(&inner.act(&by), &new)?;
            changed(inner);
            Ok(id)
        })
        .await
    }
}

impl Serve<ReceiveGoods> for App {
    async fn serve(&self, call: ReceiveGoods, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, act) = (&inner.store.records, inner.act(&by));
            let sku = call.sku.trim();
            let line = match call.line {
                Some(line) => line,
                None if sku.is_empty() => {
                    let done = records.receive_all(&act, call.inbound)?;
                    changed(inner);
                    return Ok(stepped(&done));
                }
                None => {
                    let unannounced = NewInLine::of(item(records, sku)?, Quantity::ZERO);
                    records.add_inbound_line(&act, call.inbound, &unannounced)?
                }
            };
            let receipt = Receipt {
                line,
                good: call.good,
                damaged: call.damaged,
                lot: Some(text(&call.lot)).filter(|lot| !lot.is_empty()),
                expiry: call.expiry,
                bin: match call.bin.trim() {
                    "" => None,
                    code => Some(bin(records, &act, code, false)?),
                },
                over: call.over || call.line.is_none(),
            };
            let done = records.receive_goods(&act, &receipt)?;
            changed(inner);
            Ok(stepped(&done))
        })
        .await
    }
}

impl Serve<PutGoodsAway> for App {
    async fn serve(&self, call: PutGoodsAway, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, act) = (&inner.store.records, inner.act(&by));
            let done = match call.line {
                None => records.put_all_away(&act, call.inbound)?,
                Some(line) => {
                    let to = bin(records, &act, &call.to, call.make)?;
                    let put = PutAway { line, lot: call.lot, quantity: call.quantity, to };
                    records.put_away(&act, &put)?
                }
            };
            changed(inner);
            Ok(stepped(&done))
        })
        .await
    }
}

impl Serve<CloseInbound> for App {
    async fn serve(&self, call: CloseInbound, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, act) = (&inner.store.records, inner.act_because(&by, &call.why));
            let done = match call.how.as_str() {
                "finish" => records.finish_inbound(&act, call.inbound)?,
                "cancel" => records.cancel_inbound(&act, call.inbound)?,
                "reopen" => records.reopen_inbound(&act, call.inbound)?,
                other => {
                    return Err(Failure::bad_input(format!(
                        "a shipment is not closed by {other}; give finish, cancel or reopen"
                    )));
                }
            };
            changed(inner);
            Ok(stepped(&done))
        })
        .await
    }
}

impl Serve<TakeBackStep> for App {
    async fn serve(&self, call: TakeBackStep, by: &Actor) -> Result<BookedRow> {
        let by = by.clone();
        self.blocking(move |inner| {
            let done = inner.store.records.take_back(&inner.act_because(&by, &call.why), call.booking)?;
            changed(inner);
            Ok(BookedRow { booking: done.booking, movements: done.movements })
        })
        .await
    }
}
