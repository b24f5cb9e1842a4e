//! A code that was explained, as rows.

use crate::flows::scan::Thing;
use contract::{OwnLabel, ScanElement, ScanExplained, ScanFault, ScanHere, ScanMeaning, ScanPart};
use protocols::gs1::{self, Element, Explanation, Fault, Meaning, OwnKind};

/// All of it, but what it stands for here.
pub(crate) fn explained(text: &str, found: &Explanation) -> ScanExplained {
    let mut characters = text.chars();
    ScanExplained {
        form: format!("{:?}", found.form),
        carrier: found.carrier.map(|carrier| format!("{carrier:?}")),
        parts: found
            .parts
            .iter()
            .map(|part| ScanPart {
                from: place(part.from),
                characters: characters
                    .by_ref()
                    .take(part.to - part.from)
                    .map(|c| gs1::name(c).map_or_else(|| c.to_string(), str::to_owned))
                    .collect(),
                role: format!("{:?}", part.role),
                element: part.element.map(place),
                good: part.good,
            })
            .collect(),
        elements: found.elements.iter().map(element).collect(),
        own: found.own.as_ref().map(|own| OwnLabel {
            kind: match own.kind {
                OwnKind::Bin => "Bin",
                OwnKind::Unit => "Unit",
                OwnKind::Item => "Item",
            }
            .to_owned(),
            code: own.code.clone(),
        }),
        faults: found.faults.iter().map(fault).collect(),
        notes: found.notes.iter().map(|note| format!("{note:?}")).collect(),
        ambiguous: found.ambiguous,
        others: found.others.iter().map(|way| gs1::bracketed(way)).collect(),
        bracketed: gs1::bracketed(&found.elements),
        here: Vec::new(),
    }
}

/// What is wrong with a code.
pub(crate) fn fault(fault: &Fault) -> ScanFault {
    ScanFault {
        kind: format!("{:?}", fault.kind),
        from: place(fault.from),
        to: place(fault.to),
        ai: fault.ai.clone(),
        expected: fault.expected.clone(),
        found: gs1::shown(&fault.found),
    }
}

/// What it stands for here.
pub(crate) fn here(thing: Thing) -> Option<ScanHere> {
    Some(match thing {
        Thing::Item { item, .. } => ScanHere::Item { item: item.id, sku: item.sku, name: item.name },
        Thing::Bin(bin) => ScanHere::Bin { bin: bin.id, code: bin.code },
        Thing::Lot { lot, item } => ScanHere::Lot {
            lot: lot.id,
            code: lot.code,
            expiry: lot.expiry,
            status: lot.status.word().to_owned(),
            item: item.id,
            sku: item.sku,
            name: item.name,
        },
        Thing::Unit(unit) => ScanHere::Unit {
            unit: unit.id,
            code: unit.code,
            bin: unit.bin_code,
            state: unit.state.word().to_owned(),
        },
        // Nobody has seen it: there is nothing to be shown.
        Thing::NewUnit(_) => return None,
        Thing::Serial(serial) => ScanHere::Serial {
            code: serial.code,
            item: serial.item,
            sku: serial.sku,
            name: serial.name,
            state: serial.state.word().to_owned(),
            bin: serial.bin_code,
        },
        Thing::Inbound { id, number, state } => {
            ScanHere::Document { kind: "inbound".into(), id: id.0, number, state: state.to_owned() }
        }
        Thing::Outbound { id, number, state } => {
            ScanHere::Document { kind: "outbound".into(), id: id.0, number, state: state.to_owned() }
        }
    })
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn element(element: &Element) -> ScanElement {
    let (title, unit) = element.title();
    let meaning = match &element.meaning {
        Meaning::Text => ScanMeaning::Text,
        Meaning::Number(count) => ScanMeaning::Number { number: count.to_string(), unit: String::new() },
        Meaning::Decimal { digits, places, negative } => {
            let number = decimal(*digits, *places);
            let sign = if *negative { "-" } else { "" };
            ScanMeaning::Number { number: format!("{sign}{number}"), unit: unit.to_owned() }
        }
        Meaning::Money { currency, digits, places } => {
            ScanMeaning::Number { number: decimal(*digits, *places), unit: currency.clone() }
        }
        Meaning::Day { day, end_of_month } => ScanMeaning::Day { day: *day, end_of_month: *end_of_month },
        Meaning::Days { first, last } => ScanMeaning::Days { first: *first, last: *last },
        Meaning::Moment { day, seconds } => ScanMeaning::Moment { day: *day, seconds: *seconds },
    };
    ScanElement { ai: element.ai.clone(), title: title.to_owned(), value: element.value.clone(), meaning }
}

/// `195` with three places: `0.195`.
fn decimal(digits: u64, places: u8) -> String {
    let places = usize::from(places);
    let text = format!("{digits:0>width$}", width = places + 1);
    let (whole, part) = text.split_at(text.len() - places);
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn places_are_counted_from_the_right() {
        assert_eq!(
            [decimal(195, 3), decimal(1299, 2), decimal(7, 0), decimal(0, 5), decimal(12, 1)],
            ["0.195", "12.99", "7", "0.00000", "1.2"]
        );
    }
}
