//! What goods in, goods out and returns have in common: items and bins by their codes, and papers as PDF.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::report::{chart_zone, lang};
use crate::limits;
use crate::open::{App, Inner};
use base64::Engine;
use contract::{Code, FileReply, PaperKind, PrintPaper, Topic};
use domain::Actor;
use domain::stock::Bin;
use reports::{GoodsPaper, PaperGroup, PaperLine, goods_paper};
use store::{Act, Heap, Records};
use units::{BinId, InboundId, ItemId, OutboundId, Quantity};

/// Lines of one paper, at most.
pub(super) const LINES_MAX: usize = 10_000;

/// Stock changed, with its audit.
pub(super) fn changed(inner: &Inner) {
    inner.bus.changed(Topic::Stock);
    inner.bus.changed(Topic::Audit);
}

pub(super) fn item(records: &Records, sku: &str) -> Result<ItemId> {
    let sku = sku.trim();
    let found = records.item_by_sku(sku)?;
    found.map(|item| item.id).ok_or_else(|| Failure::not_found("item", sku))
}

/// The bin of a code; made where that is asked for.
pub(super) fn bin(records: &Records, act: &Act, code: &str, make: bool) -> Result<BinId> {
    let code = code.trim();
    if let Some(bin) = records.bin_by_code(code)? {
        return Ok(bin.id);
    }
    if code.is_empty() || code.chars().count() > limits::CODE_CHARS_MAX {
        let most = limits::CODE_CHARS_MAX;
        return Err(Failure::bad_input(format!("a bin's code has 1 to {most} characters; give one")));
    }
    if !make {
        return Err(Failure::new(
            Code::NotFound,
            format!("there is no bin {code}; check the code, or say that it is to be made"),
        ));
    }
    Ok(records.save_bin(act, &Bin { code: code.to_owned(), ..Bin::default() })?)
}

/// Text of a person, cut to what a field holds.
pub(super) fn text(text: &str) -> String {
    text.trim().chars().take(limits::TEXT_CHARS_MAX).collect()
}

/// The same where it may be missing.
pub(super) fn said(said: Option<String>) -> Option<String> {
    said.map(|said| text(&said)).filter(|said| !said.is_empty())
}

/// A paper's number or a partner's code.
pub(super) fn code(given: &str, what: &str) -> Result<String> {
    let given = given.trim();
    if given.chars().count() > limits::CODE_CHARS_MAX {
        let most = limits::CODE_CHARS_MAX;
        return Err(Failure::bad_input(format!("{what} has at most {most} characters; give a shorter one")));
    }
    Ok(given.to_owned())
}

/// The bin that most of an item lies in, for a person to take or change.
pub(super) fn usual(records: &Records, item: ItemId) -> Result<Option<String>> {
    Ok(records.usual_bin(item)?.map(|(_, code)| code))
}

impl Serve<PrintPaper> for App {
    async fn serve(&self, call: PrintPaper, by: &Actor) -> Result<FileReply> {
        let by = by.clone();
        self.blocking(move |inner| {
            let paper = if call.kind == PaperKind::ReceivingSheet {
                receiving(inner, &call, &by)?
            } else {
                outgoing(inner, &call, &by)?
            };
            let bytes = goods_paper(&paper).map_err(|e| Failure::bug(e.to_string()))?;
            let stem = match call.kind {
                PaperKind::PickList => "pick-list",
                PaperKind::PackingList => "packing-list",
                PaperKind::DeliveryNote => "delivery-note",
                PaperKind::ReceivingSheet => "receiving-sheet",
            };
            let number: String =
                paper.number.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
            Ok(FileReply {
                name: format!("{stem}-{number}.pdf"),
                media: "application/pdf".to_owned(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}

fn blank(inner: &Inner, call: &PrintPaper, by: &Actor) -> GoodsPaper {
    let settings = inner.settings();
    let today = inner.today();
    GoodsPaper {
        kind: match call.kind {
            PaperKind::PickList => reports::PaperKind::PickList,
            PaperKind::PackingList => reports::PaperKind::PackingList,
            PaperKind::DeliveryNote => reports::PaperKind::DeliveryNote,
            PaperKind::ReceivingSheet => reports::PaperKind::ReceivingSheet,
        },
        site: settings.name.clone(),
        day: today,
        lang: lang(call.language),
        zone: chart_zone(inner, today),
        made_at: inner.now(),
        made_by: by.name.clone(),
        demo: settings.demo,
        number: String::new(),
        partner: String::new(),
        address: String::new(),
        due: None,
        reference: String::new(),
        note: String::new(),
        groups: Vec::new(),
        missing: Vec::new(),
    }
}

fn receiving(inner: &Inner, call: &PrintPaper, by: &Actor) -> Result<GoodsPaper> {
    let detail = inner.store.records.inbound(InboundId(call.id))?;
    let lines = detail.lines.iter().map(|one| PaperLine {
        bin: String::new(),
        sku: one.sku.clone(),
        name: one.name.clone(),
        lot: one.lot.clone().unwrap_or_default(),
        expiry: one.expiry,
        quantity: one.line.expected.minus(one.line.elsewhere),
        unit: one.unit_of_measure.clone().unwrap_or_default(),
    });
    Ok(GoodsPaper {
        number: detail.card.number,
        partner: detail.card.partner,
        due: detail.card.expected_on,
        reference: detail.card.order_ref.unwrap_or_default(),
        note: detail.note.unwrap_or_default(),
        groups: vec![PaperGroup { lines: lines.collect(), ..PaperGroup::default() }],
        ..blank(inner, call, by)
    })
}

fn outgoing(inner: &Inner, call: &PrintPaper, by: &Actor) -> Result<GoodsPaper> {
    let detail = inner.store.records.outbound(OutboundId(call.id))?;
    let line = |one: &store::OutboundLineRow, heap: Option<&Heap>, quantity: Quantity| PaperLine {
        bin: heap.map(|heap| heap.bin_code.clone()).unwrap_or_default(),
        sku: one.sku.clone(),
        name: one.name.clone(),
        lot: heap.and_then(|heap| heap.lot_code.clone()).unwrap_or_default(),
        expiry: heap.and_then(|heap| heap.expiry),
        quantity,
        unit: one.unit_of_measure.clone().unwrap_or_default(),
    };
    let packed = |parcel: &store::ParcelRow| -> Vec<PaperLine> {
        let found = parcel.lines.iter().filter_map(|own| {
            let one = detail.lines.iter().find(|one| one.id == own.line)?;
            let lot = own.lot_code.clone().unwrap_or_default();
            Some(PaperLine { lot, expiry: own.expiry, ..line(one, None, own.quantity) })
        });
        found.collect()
    };
    let groups = match call.kind {
        PaperKind::PickList => {
            let mut lines: Vec<PaperLine> = detail
                .lines
                .iter()
                .flat_map(|one| one.promised.iter().map(move |heap| (one, heap)))
                .map(|(one, heap)| line(one, Some(heap), heap.quantity))
                .collect();
            // The walk: bin by bin, digits as numbers so that A-10 comes after A-2.
            lines.sort_by_key(|line| (walk(&line.bin), line.sku.clone()));
            vec![PaperGroup { lines, ..PaperGroup::default() }]
        }
        PaperKind::PackingList if !detail.parcels.is_empty() => detail
            .parcels
            .iter()
            .map(|parcel| PaperGroup {
                parcel: Some(parcel.n),
                sscc: parcel.sscc.clone().unwrap_or_default(),
                lines: packed(parcel),
            })
            .collect(),
        // What is with it, parcels aside: what is packed, and before that what is picked.
        _ if !detail.parcels.is_empty() => {
            let lines = detail.parcels.iter().flat_map(packed).collect();
            vec![PaperGroup { lines, ..PaperGroup::default() }]
        }
        _ => {
            let lines = detail
                .lines
                .iter()
                .flat_map(|one| one.picked.iter().map(move |heap| (one, heap)))
                .map(|(one, heap)| line(one, Some(heap), heap.quantity))
                .collect();
            vec![PaperGroup { lines, ..PaperGroup::default() }]
        }
    };
    let missing = detail.lines.iter().filter(|_| call.kind == PaperKind::DeliveryNote).filter_map(|one| {
        let quantity = one.line.open().plus(one.line.dropped);
        (quantity.0 > 0).then(|| line(one, None, quantity))
    });
    let missing = missing.collect();
    Ok(GoodsPaper {
        number: detail.card.number,
        partner: detail.card.customer,
        address: detail.ship_to.unwrap_or_default(),
        due: detail.card.ship_by,
        reference: detail.card.order_ref.unwrap_or_default(),
        note: detail.note.unwrap_or_default(),
        groups,
        missing,
        ..blank(inner, call, by)
    })
}

/// A bin's code in the order of a walk: runs of digits count as numbers.
fn walk(code: &str) -> Vec<(String, u64)> {
    let mut parts: Vec<(String, u64)> = vec![(String::new(), 0)];
    let mut in_digits = false;
    for c in code.chars() {
        match (c.to_digit(10), in_digits) {
            (Some(digit), _) => {
                if let Some(last) = parts.last_mut() {
                    last.1 = last.1.saturating_mul(10).saturating_add(u64::from(digit));
                }
                in_digits = true;
            }
            (None, true) => {
                parts.push((c.to_string(), 0));
                in_digits = false;
            }
            (None, false) => {
                if let Some(last) = parts.last_mut() {
                    last.0.push(c);
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::walk;

    #[test]
    fn a_walk_goes_by_numbers_not_by_digits() {
        let mut bins = ["B-1", "A-10-2", "A-2-11", "A-2-3", "A", "10", "9"];
        bins.sort_by_key(|code| walk(code));
        assert_eq!(bins, ["9", "10", "A", "A-2-3", "A-2-11", "A-10-2", "B-1"]);
    }
}
