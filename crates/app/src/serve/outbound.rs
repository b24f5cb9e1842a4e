//! Goods that go out, and those that come back: orders from promise to shipment, and returns.

use super::papers::{LINES_MAX, bin, changed, code, item, said, usual};
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire::papers as wire;
use contract::{
    AllocateOutbound, CancelOutbound, Done, GetOutbound, InspectReturn, ListOutbound, ListReturns,
    MakeOutbound, MakeReturn, OutboundPage, OutboundSheet, PackGoods, PaperStep, PickGoods, PutGoodsBack,
    ReleaseOutbound, ReturnPage, SettleReturn, ShipOutbound, ShippedRow, UnpackParcel,
};
use domain::Actor;
use domain::outbound::{OutState, Rest};
use domain::returns::{Fate, ReturnReason, ReturnState};
use domain::stock::ReasonCode;
use store::{
    NewOutLine, NewOutbound, NewReturn, NewReturnLine, OutboundQuery, Packing, Picked, PutBack, Settling,
    Stepped,
};
use units::{OutboundId, ReturnId};

fn unknown(what: &str, word: &str, all: &[&str]) -> Failure {
    Failure::bad_input(format!("{word} is no {what}; give one of {}", all.join(", ")))
}

fn state(word: &str) -> Result<OutState> {
    OutState::from_word(word)
        .ok_or_else(|| unknown("state of an order", word, &OutState::ALL.map(OutState::word)))
}

fn stepped(inner: &Inner, done: &Stepped<OutState>) -> PaperStep {
    changed(inner);
    wire::stepped(done, done.state.word())
}

impl Serve<ListOutbound> for App {
    async fn serve(&self, call: ListOutbound, _: &Actor) -> Result<OutboundPage> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let states = call.states.iter().map(|word| state(word)).collect::<Result<_>>()?;
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let query = OutboundQuery { filter: call.filter, states, offset: call.offset, limit };
            let (page, counts, today) =
                (records.outbounds(&query)?, records.outbound_counts()?, inner.today());
            Ok(OutboundPage {
                total: page.total,
                counts: OutState::ALL.iter().zip(counts).map(|(s, n)| (s.word().to_owned(), n)).collect(),
                today,
                rows: page.rows.into_iter().map(|card| wire::outbound_card(card, today)).collect(),
            })
        })
        .await
    }
}

impl Serve<GetOutbound> for App {
    async fn serve(&self, call: GetOutbound, _: &Actor) -> Result<OutboundSheet> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let today = inner.today();
            records.stock_day(today)?;
            wire::outbound(records.outbound(call.outbound)?, today, |item| {
                Ok(records.stock_figures(item, None)?.available)
            })
        })
        .await
    }
}

impl Serve<MakeOutbound> for App {
    async fn serve(&self, call: MakeOutbound, by: &Actor) -> Result<OutboundId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            if call.lines.is_empty() || call.lines.len() > LINES_MAX {
                return Err(Failure::bad_input(format!("an order has 1 to {LINES_MAX} lines; give them")));
            }
            let mut lines = Vec::with_capacity(call.lines.len());
            for line in call.lines {
                lines.push(NewOutLine { item: item(records, &line.sku)?, quantity: line.quantity });
            }
            let new = NewOutbound {
                number: code(&call.number, "an order's number")?,
                customer: code(&call.customer, "a customer's code")?,
                order_ref: said(call.order_ref),
                ship_by: call.ship_by,
                ship_to: said(call.ship_to),
                usable_days: call.usable_days,
                note: said(call.note),
                lines,
            };
            let id = records.make_outbound(&inner.act(&by), &new)?;
            changed(inner);
            Ok(id)
        })
        .await
    }
}

impl Serve<AllocateOutbound> for App {
    async fn serve(&self, call: AllocateOutbound, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let today = inner.today();
            records.stock_day(today)?;
            Ok(stepped(inner, &records.allocate_outbound(&inner.act(&by), call.outbound, today)?))
        })
        .await
    }
}

impl Serve<ReleaseOutbound> for App {
    async fn serve(&self, call: ReleaseOutbound, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            Ok(stepped(inner, &inner.store.records.release_outbound(&inner.act(&by), call.outbound)?))
        })
        .await
    }
}

impl Serve<PickGoods> for App {
    async fn serve(&self, call: PickGoods, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, act) = (&inner.store.records, inner.act(&by));
            let done = match call.line {
                None => records.pick_all(&act, call.outbound)?,
                Some(line) => {
                    let bin = bin(records, &act, &call.bin, false)?;
                    let picked =
                        Picked { line, lot: call.lot, bin, quantity: call.quantity, instead: call.instead };
                    records.pick_goods(&act, &picked)?
                }
            };
            Ok(stepped(inner, &done))
        })
        .await
    }
}

impl Serve<PutGoodsBack> for App {
    async fn serve(&self, call: PutGoodsBack, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, act) = (&inner.store.records, inner.act(&by));
            let to = bin(records, &act, &call.to, false)?;
            let back = PutBack { line: call.line, lot: call.lot, quantity: call.quantity, to };
            Ok(stepped(inner, &records.put_back(&act, &back)?))
        })
        .await
    }
}

impl Serve<PackGoods> for App {
    async fn serve(&self, call: PackGoods, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, act) = (&inner.store.records, inner.act(&by));
            let sscc = match said(call.sscc) {
                Some(sscc) if sscc.len() != 18 || !sscc.bytes().all(|byte| byte.is_ascii_digit()) => {
                    return Err(Failure::bad_input(format!(
                        "{sscc} is no number of a handling unit (SSCC): that has 18 digits; look at the label again"
                    )));
                }
                sscc => sscc,
            };
            let (_, done) = match call.line {
                None => records.pack_all(&act, call.outbound, sscc.as_deref())?,
                Some(line) => {
                    let (lot, quantity, parcel) = (call.lot, call.quantity, call.parcel);
                    records.pack_goods(&act, &Packing { line, lot, quantity, parcel, sscc })?
                }
            };
            Ok(stepped(inner, &done))
        })
        .await
    }
}

impl Serve<UnpackParcel> for App {
    async fn serve(&self, call: UnpackParcel, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            Ok(stepped(inner, &inner.store.records.unpack(&inner.act(&by), call.parcel)?))
        })
        .await
    }
}

impl Serve<ShipOutbound> for App {
    async fn serve(&self, call: ShipOutbound, by: &Actor) -> Result<ShippedRow> {
        let by = by.clone();
        self.blocking(move |inner| {
            let rest = if call.backorder { Rest::Backorder } else { Rest::GiveUp };
            let done = inner.store.records.ship_outbound(&inner.act(&by), call.outbound, rest)?;
            changed(inner);
            Ok(ShippedRow {
                booking: done.booked.booking,
                movements: done.booked.movements,
                state: done.state.word().to_owned(),
                backorder: done.backorder,
            })
        })
        .await
    }
}

impl Serve<CancelOutbound> for App {
    async fn serve(&self, call: CancelOutbound, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let act = inner.act_because(&by, &call.why);
            Ok(stepped(inner, &inner.store.records.cancel_outbound(&act, call.outbound)?))
        })
        .await
    }
}

impl Serve<ListReturns> for App {
    async fn serve(&self, call: ListReturns, _: &Actor) -> Result<ReturnPage> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let state = match call.state.as_str() {
                "" => None,
                word => Some(ReturnState::from_word(word).ok_or_else(|| {
                    unknown("state of a return", word, &ReturnState::ALL.map(ReturnState::word))
                })?),
            };
            let page = records.returns(state, call.offset, call.limit.min(limits::LIST_ROWS_MAX))?;
            let rows = page.rows.into_iter().map(|card| wire::returned(card, |item| usual(records, item)));
            Ok(ReturnPage { total: page.total, rows: rows.collect::<Result<_>>()? })
        })
        .await
    }
}

impl Serve<MakeReturn> for App {
    async fn serve(&self, call: MakeReturn, by: &Actor) -> Result<ReturnId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            if call.lines.is_empty() || call.lines.len() > LINES_MAX {
                return Err(Failure::bad_input(format!("a return has 1 to {LINES_MAX} lines; give them")));
            }
            let reason = ReturnReason::from_word(&call.reason).ok_or_else(|| {
                unknown("reason of a return", &call.reason, &ReturnReason::ALL.map(ReturnReason::word))
            })?;
            let mut lines = Vec::with_capacity(call.lines.len());
            for line in call.lines {
                let lot = said(Some(line.lot));
                lines.push(NewReturnLine { item: item(records, &line.sku)?, lot, quantity: line.quantity });
            }
            let new = NewReturn {
                number: code(&call.number, "a return's number")?,
                customer: code(&call.customer, "a customer's code")?,
                outbound: call.outbound,
                reason,
                note: said(call.note),
                lines,
            };
            let id = records.make_return(&inner.act(&by), &new)?;
            changed(inner);
            Ok(id)
        })
        .await
    }
}

impl Serve<InspectReturn> for App {
    async fn serve(&self, call: InspectReturn, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let finding = ReasonCode::from_word(&call.finding).ok_or_else(|| {
                let all: Vec<&str> = ReasonCode::ALL.iter().map(|reason| reason.word()).collect();
                unknown("finding", &call.finding, &all)
            })?;
            inner.store.records.inspect_return(&inner.act(&by), call.line, finding)?;
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<SettleReturn> for App {
    async fn serve(&self, call: SettleReturn, by: &Actor) -> Result<PaperStep> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, act) = (&inner.store.records, inner.act(&by));
            let fate = Fate::from_word(&call.fate)
                .ok_or_else(|| unknown("end of what came back", &call.fate, &Fate::ALL.map(Fate::word)))?;
            let to = match call.to.trim() {
                "" => None,
                code => Some(bin(records, &act, code, false)?),
            };
            let settling = Settling { line: call.line, quantity: call.quantity, fate, to };
            let done = records.settle_return(&act, &settling)?;
            changed(inner);
            Ok(wire::stepped(&done, done.state.word()))
        })
        .await
    }
}
