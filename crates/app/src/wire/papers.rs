//! Shipments, orders and returns as rows.

use contract::{
    HeapRow, InboundCardRow, InboundLineRow, InboundSheet, OutboundCardRow, OutboundLineRow, OutboundSheet,
    PaperStep, ParcelLineRow, ParcelSheet, ReturnLineRow, ReturnRow, RulingRow,
};
use domain::inbound::{Closing, Ruling};
use store::{Heap, InboundCard, InboundDetail, OutboundCard, OutboundDetail, ReturnCard, Stepped};
use units::{Day, ItemId, Quantity};

pub fn heap(heap: Heap) -> HeapRow {
    HeapRow {
        lot: heap.lot,
        lot_code: heap.lot_code,
        expiry: heap.expiry,
        bin: heap.bin,
        bin_code: heap.bin_code,
        quantity: heap.quantity,
    }
}

fn ruling(how: &str, ruling: Ruling) -> RulingRow {
    RulingRow { how: how.to_owned(), at: ruling.at, by: ruling.by, why: ruling.why }
}

pub fn stepped<S>(done: &Stepped<S>, word: &'static str) -> PaperStep {
    PaperStep { booking: done.booked.booking, movements: done.booked.movements, state: word.to_owned() }
}

pub fn inbound_card(card: InboundCard, today: Day) -> InboundCardRow {
    let waits = card.lines_done < card.lines && !card.state.is_over();
    InboundCardRow {
        id: card.id,
        number: card.number,
        partner: card.partner,
        order_ref: card.order_ref,
        expected_on: card.expected_on,
        late: waits && card.expected_on.is_some_and(|day| day < today),
        state: card.state.word().to_owned(),
        lines: card.lines,
        lines_done: card.lines_done,
        expected: card.expected,
        came: card.came,
        damaged: card.damaged,
        put_away: card.put_away,
        over: card.over,
        short: card.short,
    }
}

/// A shipment; `usual` names the bin that most of an item lies in.
pub fn inbound(
    detail: InboundDetail,
    today: Day,
    usual: impl Fn(ItemId) -> crate::Result<Option<String>>,
) -> crate::Result<InboundSheet> {
    let (at, by) = (detail.card.at, detail.card.by.clone());
    let mut lines = Vec::with_capacity(detail.lines.len());
    for one in detail.lines {
        lines.push(InboundLineRow {
            id: one.id,
            item: one.item,
            sku: one.sku,
            name: one.name,
            unit: one.unit_of_measure.unwrap_or_default(),
            lot: one.lot,
            expiry: one.expiry,
            sscc: one.sscc,
            expected: one.line.expected.minus(one.line.elsewhere),
            outstanding: one.outstanding,
            received: one.line.received,
            damaged: one.line.damaged,
            put_away: one.line.put_away,
            waiting: one.line.waiting(),
            over: one.line.over(),
            short: one.short,
            lies: one.lies.into_iter().map(heap).collect(),
            usual_bin: usual(one.item)?,
        });
    }
    Ok(InboundSheet {
        card: inbound_card(detail.card, today),
        note: detail.note,
        closing: detail.closing.map(|closing| match closing {
            Closing::Finished(said) => ruling("finished", said),
            Closing::Cancelled(said) => ruling("cancelled", said),
        }),
        ordered: detail.purchase_order.is_some(),
        at,
        by,
        lines,
    })
}

pub fn outbound_card(card: OutboundCard, today: Day) -> OutboundCardRow {
    OutboundCardRow {
        id: card.id,
        number: card.number,
        customer: card.customer,
        order_ref: card.order_ref,
        ship_by: card.ship_by,
        late: !card.state.is_over() && card.ship_by.is_some_and(|day| day < today),
        state: card.state.word().to_owned(),
        lines: card.lines,
        lines_done: card.lines_done,
        ordered: card.ordered,
        allocated: card.allocated,
        picked: card.picked,
        packed: card.packed,
        shipped: card.shipped,
        open: card.open,
        backorder: card.backorder_of.is_some(),
    }
}

/// An order; `available` says what is for sale of an item.
pub fn outbound(
    detail: OutboundDetail,
    today: Day,
    available: impl Fn(ItemId) -> crate::Result<Quantity>,
) -> crate::Result<OutboundSheet> {
    let (at, by) = (detail.card.at, detail.card.by.clone());
    let (shipped_at, backorder_of) = (detail.card.shipped_at, detail.card.backorder_of);
    let mut lines = Vec::with_capacity(detail.lines.len());
    for one in detail.lines {
        lines.push(OutboundLineRow {
            id: one.id,
            item: one.item,
            sku: one.sku,
            name: one.name,
            unit: one.unit_of_measure.unwrap_or_default(),
            ordered: one.line.ordered,
            open: one.line.open(),
            allocated: one.line.allocated,
            picked: one.line.picked,
            packed: one.line.packed,
            shipped: one.line.shipped,
            dropped: one.line.dropped,
            available: available(one.item)?,
            promised: one.promised.into_iter().map(heap).collect(),
            lies: one.picked.into_iter().map(heap).collect(),
        });
    }
    Ok(OutboundSheet {
        card: outbound_card(detail.card, today),
        ship_to: detail.ship_to,
        usable_days: detail.usable_days,
        note: detail.note,
        cancelled: detail.cancelled.map(|said| ruling("cancelled", said)),
        backorder_of,
        backorder: detail.backorder,
        at,
        by,
        shipped_at,
        lines,
        parcels: detail
            .parcels
            .into_iter()
            .map(|parcel| ParcelSheet {
                id: parcel.id,
                n: parcel.n,
                sscc: parcel.sscc,
                lines: parcel
                    .lines
                    .into_iter()
                    .map(|one| ParcelLineRow {
                        line: one.line,
                        lot: one.lot_code,
                        expiry: one.expiry,
                        quantity: one.quantity,
                    })
                    .collect(),
            })
            .collect(),
    })
}

/// A return; `usual` names the bin that most of an item lies in.
pub fn returned(
    card: ReturnCard,
    usual: impl Fn(ItemId) -> crate::Result<Option<String>>,
) -> crate::Result<ReturnRow> {
    let mut lines = Vec::with_capacity(card.lines.len());
    for one in card.lines {
        lines.push(ReturnLineRow {
            id: one.id,
            item: one.item,
            sku: one.sku,
            name: one.name,
            lot: one.lot,
            expiry: one.expiry,
            quantity: one.line.quantity,
            finding: one.line.finding.map(|finding| finding.word().to_owned()),
            inspected_by: one.inspected_by,
            undecided: one.line.undecided(),
            restocked: one.line.restocked,
            quarantined: one.line.quarantined,
            scrapped: one.line.scrapped,
            usual_bin: usual(one.item)?,
        });
    }
    Ok(ReturnRow {
        id: card.id,
        number: card.number,
        customer: card.customer,
        outbound: card.outbound,
        reason: card.reason.word().to_owned(),
        state: card.state.word().to_owned(),
        note: card.note,
        at: card.at,
        by: card.by,
        lines,
    })
}
