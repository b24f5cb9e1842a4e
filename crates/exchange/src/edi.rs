//! X12 (846, 856, 940, 945) and EDIFACT (INVRPT, DESADV, ORDERS) to rows of the same tables that files of columns are.
//!
//! An interchange says itself which signs part its segments and elements; everything else here is a walk over segments in order. A
//! row stands on the line of its segment's number, counted from 1 below the header. Not one library for these messages is well
//! kept in this language, and what we need of them is two screens long. Does not know what becomes of a row. Hostile bytes: bounds
//! of [`crate::limits`], the fuzz target `edi`. Start at [`read`]. Tests: `src/edi/tests.rs`.

use crate::error::{Error, ErrorKind};
use crate::limits::{DOCUMENT_BYTES_MAX, SEGMENT_BYTES_MAX, SEGMENTS_MAX};
use crate::source::{TableWriter, Writing};
use domain::{Finding, FindingCode, Severity};
use std::io::Read;
use units::Stop;

#[cfg(test)]
mod tests;

/// A segment: its elements, each of one component or more. The first is its name.
struct Segment {
    number: u64,
    elements: Vec<Vec<String>>,
}

impl Segment {
    fn name(&self) -> &str {
        self.part(0, 0)
    }

    /// An element's first component.
    fn text(&self, element: usize) -> &str {
        self.part(element, 0)
    }

    fn part(&self, element: usize, component: usize) -> &str {
        self.elements.get(element).and_then(|parts| parts.get(component)).map_or("", String::as_str)
    }
}

/// Whether the head is that of an interchange, not of some text that begins with the same letters.
pub(crate) fn looks_like(head: &[u8]) -> bool {
    let mark = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_alphanumeric() && *byte != b',');
    match head {
        [b'I', b'S', b'A', ..] => mark(head.get(3)) && head.get(3) == head.get(6),
        [b'U', b'N', b'A', ..] => {
            head.len() > 12
                && &head[9..].trim_ascii_start()[..3.min(head[9..].trim_ascii_start().len())] == b"UNB"
        }
        [b'U', b'N', b'B', ..] => mark(head.get(3)),
        _ => false,
    }
}

/// The signs an interchange is written with.
struct Signs {
    element: u8,
    component: u8,
    release: Option<u8>,
    end: u8,
}

fn broken(number: u64, what: &str) -> Error {
    let text = format!(
        "{what} at segment {number}; ask the sender for the interchange again, nothing of it was used"
    );
    Error::new(ErrorKind::Truncated, text).at(number)
}

fn segments(bytes: &[u8], signs: &Signs, stop: &Stop) -> Result<Vec<Segment>, Error> {
    let decode = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.trim().to_owned(),
    };
    let mut all = Vec::new();
    let mut segment: Vec<Vec<String>> = vec![Vec::new()];
    let mut text: Vec<u8> = Vec::new();
    let (mut length, mut number) = (0_usize, 1_u64);
    let mut released = false;
    for byte in bytes {
        length += 1;
        if length > SEGMENT_BYTES_MAX {
            return Err(broken(number, "a segment does not end"));
        }
        if released {
            released = false;
            text.push(*byte);
            continue;
        }
        if Some(*byte) == signs.release {
            released = true;
        } else if *byte == signs.end {
            if let Some(parts) = segment.last_mut() {
                parts.push(decode(&text));
            }
            text.clear();
            length = 0;
            let done = std::mem::replace(&mut segment, vec![Vec::new()]);
            if done.len() == 1 && done[0].iter().all(String::is_empty) {
                continue;
            }
            if number > SEGMENTS_MAX {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!("more than {SEGMENTS_MAX} segments; split it"),
                ));
            }
            if number.is_multiple_of(4096) && stop.asked() {
                return Err(Error::stopped(number));
            }
            all.push(Segment { number, elements: done });
            number += 1;
        } else if *byte == signs.element {
            if let Some(parts) = segment.last_mut() {
                parts.push(decode(&text));
            }
            text.clear();
            segment.push(Vec::new());
        } else if *byte == signs.component {
            if let Some(parts) = segment.last_mut() {
                parts.push(decode(&text));
            }
            text.clear();
        } else {
            text.push(*byte);
        }
    }
    if !text.trim_ascii().is_empty() || segment.len() > 1 {
        return Err(broken(number, "the interchange ends within a segment"));
    }
    Ok(all)
}

/// What a message says, whichever of the two languages it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Stock,
    Orders,
    Shipments,
}

impl Table {
    fn header(self) -> &'static [&'static str] {
        match self {
            Table::Stock => &[
                "edi_inventory",
                "sku",
                "on_hand",
                "gtin",
                "name",
                "uom",
                "lot",
                "expiry",
                "partner",
                "as_of",
            ],
            Table::Orders => &[
                "edi_order",
                "ordered_at",
                "expected_at",
                "partner",
                "line",
                "sku",
                "gtin",
                "name",
                "quantity",
                "uom",
                "unit_price",
                "direction",
            ],
            Table::Shipments => &[
                "edi_shipment",
                "direction",
                "order",
                "line",
                "shipped_at",
                "expected_at",
                "partner",
                "sku",
                "gtin",
                "name",
                "quantity",
                "uom",
                "lot",
                "expiry",
                "sscc",
            ],
        }
    }
}

/// What holds for a whole message.
#[derive(Clone, Default)]
struct Head {
    document: String,
    day: String,
    shipped: String,
    expected: String,
    partner: String,
    order: String,
    sscc: String,
    direction: &'static str,
}

/// A line in the making.
#[derive(Clone, Default)]
struct Line {
    number: u64,
    line: String,
    ids: Vec<(String, String)>,
    name: String,
    quantity: String,
    uom: String,
    lot: String,
    expiry: String,
    sscc: String,
    price: String,
}

/// Which of the codes of one thing is the SKU: ours first, then anybody's, the bar code last.
const SKU_FIRST: [&str; 12] = ["SK", "IN", "BP", "SA", "VN", "VP", "VC", "MF", "MG", "CB", "PI", "BB"];
const GTIN: [&str; 8] = ["UP", "EN", "UK", "UI", "EO", "UA", "SRV", "UN"];

impl Line {
    fn id(&self, kinds: &[&str]) -> String {
        kinds
            .iter()
            .find_map(|kind| self.ids.iter().find(|(own, id)| own == kind && !id.is_empty()))
            .map_or_else(String::new, |(_, id)| id.clone())
    }

    fn sku(&self) -> String {
        let own = self.id(&SKU_FIRST);
        if own.is_empty() { self.id(&GTIN) } else { own }
    }

    fn cells(self, table: Table, head: &Head) -> Vec<String> {
        let (sku, gtin) = (self.sku(), self.id(&GTIN));
        let or = |own: String, of_all: &str| if own.is_empty() { of_all.to_owned() } else { own };
        match table {
            Table::Stock => vec![
                or(head.document.clone(), "-"),
                sku,
                self.quantity,
                gtin,
                self.name,
                self.uom,
                self.lot,
                self.expiry,
                head.partner.clone(),
                head.day.clone(),
            ],
            Table::Orders => vec![
                head.document.clone(),
                head.day.clone(),
                head.expected.clone(),
                head.partner.clone(),
                self.line,
                sku,
                gtin,
                self.name,
                self.quantity,
                self.uom,
                self.price,
                "order".to_owned(),
            ],
            Table::Shipments => vec![
                head.document.clone(),
                head.direction.to_owned(),
                head.order.clone(),
                self.line,
                or(head.shipped.clone(), &head.day),
                head.expected.clone(),
                head.partner.clone(),
                sku,
                gtin,
                self.name,
                self.quantity,
                self.uom,
                self.lot,
                self.expiry,
                or(self.sscc, &head.sscc),
            ],
        }
    }
}

/// Gathers lines of messages of one kind; messages of other kinds are told of.
struct Gathered {
    table: Option<Table>,
    writer: TableWriter,
    open: Option<Line>,
    findings: Vec<Finding>,
}

impl Gathered {
    fn begin(&mut self, table: Option<Table>, kind: &str, number: u64) -> Result<bool, Error> {
        let Some(table) = table else {
            self.pass(number, kind, "no message of stock, orders or shipments");
            return Ok(false);
        };
        match self.table {
            None => {
                self.table = Some(table);
                let header: Vec<String> = table.header().iter().map(|name| (*name).to_owned()).collect();
                self.writer.row(1, &header)?;
            }
            Some(first) if first != table => {
                self.pass(
                    number,
                    kind,
                    "another kind than the first message; import it from a file of its own",
                );
                return Ok(false);
            }
            Some(_) => {}
        }
        Ok(true)
    }

    fn pass(&mut self, number: u64, kind: &str, why: &str) {
        let finding = Finding::at_line(FindingCode::NotKept, Severity::Warning, number, kind, why);
        self.findings.push(finding);
    }

    /// A message is over that began at `first`: it has as many segments as its last one says.
    fn end(&mut self, last: &Segment, first: Option<u64>, head: &Head) -> Result<(), Error> {
        let first = first.ok_or_else(|| broken(last.number, "a message ends that did not begin"))?;
        self.close(head)?;
        let counted = last.number - first + 1;
        if last.text(1).parse() != Ok(counted) {
            let what = format!("the message says it has {} segments but has {counted}", last.text(1));
            return Err(broken(last.number, &what));
        }
        Ok(())
    }

    fn close(&mut self, head: &Head) -> Result<(), Error> {
        let (Some(line), Some(table)) = (self.open.take(), self.table) else { return Ok(()) };
        let number = line.number + 1;
        self.writer.row(number, &line.cells(table, head))
    }
}

/// Reads an interchange: how it is written, its lines as a table, what was passed over.
pub(crate) fn read(mut file: impl Read, stop: &Stop) -> Result<(Writing, Vec<u8>, Vec<Finding>), Error> {
    let mut bytes = Vec::new();
    (&mut file).take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|fault| Error::io(0, fault))?;
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        let text = format!("the interchange is larger than {} MB; split it", DOCUMENT_BYTES_MAX >> 20);
        return Err(Error::new(ErrorKind::TooLarge, text));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes).trim_ascii();
    let mut gathered = Gathered { table: None, writer: TableWriter::new(), open: None, findings: Vec::new() };
    let writing = if bytes.starts_with(b"ISA") {
        x12(bytes, &mut gathered, stop)?;
        Writing::X12
    } else {
        edifact(bytes, &mut gathered, stop)?;
        Writing::Edifact
    };
    if gathered.table.is_none() {
        return Err(Error::new(
            ErrorKind::MissingColumn,
            "the interchange holds no message that is read here: X12 846, 856, 940 and 945, EDIFACT INVRPT, DESADV and ORDERS are",
        ));
    }
    Ok((writing, gathered.writer.finish(), gathered.findings))
}

/// `20260131`, `202601311200` or `260131` as `2026-01-31`; anything else as it is.
fn date(text: &str) -> String {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match (digits, text.len()) {
        (true, 8 | 12 | 14 | 16) => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8]),
        (true, 6) => format!("20{}-{}-{}", &text[..2], &text[2..4], &text[4..6]),
        _ => text.to_owned(),
    }
}

fn x12(bytes: &[u8], gathered: &mut Gathered, stop: &Stop) -> Result<(), Error> {
    // The first segment has a fixed length: its signs stand in fixed places.
    let (Some(element), Some(component), Some(end)) = (bytes.get(3), bytes.get(104), bytes.get(105)) else {
        return Err(broken(1, "the interchange ends within its first segment"));
    };
    let signs = Signs { element: *element, component: *component, release: None, end: *end };
    if signs.element == signs.end || signs.component == signs.end || signs.element == signs.component {
        return Err(broken(1, "the interchange does not say which signs part its elements"));
    }
    let all = segments(bytes, &signs, stop)?;
    let (mut head, mut group_day) = (Head::default(), String::new());
    let (mut used, mut opened_at, mut kind) = (false, None::<u64>, String::new());
    let mut ended = false;
    // Where a loop of an 856 stands: shipment, order, pack, item.
    for segment in &all {
        let text = |n: usize| segment.text(n).to_owned();
        match segment.name() {
            "GS" => group_day = date(segment.text(4)),
            "ST" => {
                if opened_at.is_some() {
                    return Err(broken(segment.number, "a message begins within another"));
                }
                opened_at = Some(segment.number);
                kind = text(1);
                head = Head { day: group_day.clone(), ..Head::default() };
                let table = match kind.as_str() {
                    "846" => Some(Table::Stock),
                    "940" | "850" => Some(Table::Orders),
                    "856" => {
                        head.direction = "in";
                        Some(Table::Shipments)
                    }
                    "945" => {
                        head.direction = "out";
                        Some(Table::Shipments)
                    }
                    _ => None,
                };
                used = gathered.begin(table, &format!("X12 {kind}"), segment.number)?;
            }
            "SE" => {
                gathered.end(segment, opened_at.take(), &head)?;
                used = false;
            }
            "IEA" => ended = true,
            _ if !used => {}
            "BIA" => (head.document, head.day) = (text(3), date(segment.text(4))),
            "BSN" => (head.document, head.day) = (text(2), date(segment.text(3))),
            "BEG" => (head.document, head.day) = (text(3), date(segment.text(5))),
            "W05" => head.document = text(2),
            "W06" => {
                head.order = text(2);
                head.document = if segment.text(4).is_empty() { text(2) } else { text(4) };
                head.shipped = date(segment.text(3));
            }
            "PRF" => {
                gathered.close(&head)?;
                head.order = text(1);
            }
            "HL" => {
                gathered.close(&head)?;
                if matches!(segment.text(3), "S" | "O") {
                    head.sscc.clear();
                }
            }
            "N1" if matches!(segment.text(1), "SF" | "SU" | "VN") && kind == "856" => {
                head.partner = named(segment)
            }
            "N1" if matches!(segment.text(1), "ST" | "BY" | "WH" | "SF") && head.partner.is_empty() => {
                head.partner = named(segment);
            }
            "G62" => match segment.text(1) {
                "10" | "02" | "BD" | "38" => head.expected = date(segment.text(2)),
                "11" => head.shipped = date(segment.text(2)),
                "04" => head.day = date(segment.text(2)),
                _ => {}
            },
            "DTM" => match (segment.text(1), gathered.open.as_mut()) {
                ("036" | "208", Some(line)) => line.expiry = date(segment.text(2)),
                ("011", _) => head.shipped = date(segment.text(2)),
                ("017" | "067" | "002", _) => head.expected = date(segment.text(2)),
                _ => {}
            },
            "MAN" => {
                let code = segment.text(2).to_owned();
                match gathered.open.as_mut() {
                    Some(line) if line.sscc.is_empty() => line.sscc = code,
                    Some(_) => {}
                    None => head.sscc = code,
                }
            }
            "LX" => {
                gathered.close(&head)?;
                gathered.open = Some(Line { number: segment.number, line: text(1), ..Line::default() });
            }
            "LIN" | "PO1" => {
                gathered.close(&head)?;
                let mut line = Line { number: segment.number, line: text(1), ..Line::default() };
                let mut pairs_from = 2;
                if segment.name() == "PO1" {
                    (line.quantity, line.uom, line.price) = (text(2), text(3), text(4));
                    pairs_from = 6;
                }
                pairs(segment, pairs_from, &mut line);
                gathered.open = Some(line);
            }
            "W01" | "W12" => {
                let mut line =
                    gathered.open.take().unwrap_or(Line { number: segment.number, ..Line::default() });
                if !line.quantity.is_empty() {
                    gathered.open = Some(line);
                    gathered.close(&head)?;
                    line = Line { number: segment.number, ..Line::default() };
                }
                let (quantity, uom, code, from) =
                    if segment.name() == "W01" { (1, 2, 3, 4) } else { (3, 5, 6, 7) };
                (line.quantity, line.uom) = (text(quantity), text(uom));
                if !segment.text(code).is_empty() {
                    line.ids.push(("UP".to_owned(), text(code)));
                }
                pairs(segment, from, &mut line);
                gathered.open = Some(line);
            }
            name => {
                let Some(line) = gathered.open.as_mut() else { continue };
                match name {
                    "QTY" if line.quantity.is_empty() || matches!(segment.text(1), "17" | "33") => {
                        line.quantity = text(2);
                        if !segment.text(3).is_empty() {
                            line.uom = text(3);
                        }
                    }
                    "SN1" => (line.quantity, line.uom) = (text(2), text(3)),
                    "REF" | "N9" if matches!(segment.text(1), "LT" | "BT") => line.lot = text(2),
                    "PID" => line.name = text(5),
                    "G69" => line.name = text(1),
                    "UIT" if line.uom.is_empty() => line.uom = text(1),
                    _ => {}
                }
            }
        }
    }
    if opened_at.is_some() || !ended {
        let number = all.last().map_or(1, |segment| segment.number);
        return Err(broken(number, "the interchange has no end"));
    }
    Ok(())
}

fn named(segment: &Segment) -> String {
    let (name, code) = (segment.text(2), segment.text(4));
    if name.is_empty() { code.to_owned() } else { name.to_owned() }
}

/// Kind and code in turn, to the end of the segment.
fn pairs(segment: &Segment, from: usize, line: &mut Line) {
    let mut at = from;
    while at + 1 < segment.elements.len() {
        let (kind, id) = (segment.text(at), segment.text(at + 1));
        match kind {
            "" => {}
            "LT" | "B8" => id.clone_into(&mut line.lot),
            kind => line.ids.push((kind.to_owned(), id.to_owned())),
        }
        at += 2;
    }
}

fn edifact(bytes: &[u8], gathered: &mut Gathered, stop: &Stop) -> Result<(), Error> {
    let mut signs = Signs { element: b'+', component: b':', release: Some(b'?'), end: b'\'' };
    let mut rest = bytes;
    let mut comma = false;
    if let Some(advice) = bytes.strip_prefix(b"UNA") {
        let [component, element, decimal, release, _, end, ..] = *advice else {
            return Err(broken(1, "the interchange ends within its first segment"));
        };
        signs = Signs { element, component, release: (release != b' ').then_some(release), end };
        comma = decimal == b',';
        rest = &advice[6..];
    }
    let all = segments(rest, &signs, stop)?;
    let mut head = Head::default();
    let (mut used, mut opened_at, mut ended) = (false, None::<u64>, false);
    let number_of = |text: &str| if comma { text.replace(',', ".") } else { text.to_owned() };
    for segment in &all {
        let text = |n: usize| segment.text(n).to_owned();
        match segment.name() {
            "UNH" => {
                if opened_at.is_some() {
                    return Err(broken(segment.number, "a message begins within another"));
                }
                opened_at = Some(segment.number);
                head = Head::default();
                let kind = segment.part(2, 0);
                let table = match kind {
                    "INVRPT" => Some(Table::Stock),
                    "ORDERS" => Some(Table::Orders),
                    "DESADV" => {
                        head.direction = "in";
                        Some(Table::Shipments)
                    }
                    _ => None,
                };
                used = gathered.begin(table, &format!("EDIFACT {kind}"), segment.number)?;
            }
            "UNT" => {
                gathered.end(segment, opened_at.take(), &head)?;
                used = false;
            }
            "UNZ" => ended = true,
            _ if !used => {}
            "BGM" => head.document = text(2),
            "DTM" => {
                let day = date(segment.part(1, 1));
                match (segment.part(1, 0), gathered.open.as_mut()) {
                    ("361" | "36", Some(line)) => line.expiry = day,
                    ("137" | "366" | "4", None) => head.day = day,
                    ("11", None) => head.shipped = day,
                    ("2" | "17" | "132" | "64" | "191", None) => head.expected = day,
                    _ => {}
                }
            }
            "NAD" => {
                let wanted = match gathered.table {
                    Some(Table::Orders) => segment.text(1) == "BY",
                    Some(Table::Shipments) => matches!(segment.text(1), "SU" | "SE"),
                    _ => matches!(segment.text(1), "WH" | "GY" | "SU"),
                };
                if wanted && gathered.open.is_none() {
                    let (code, name) = (segment.part(2, 0), segment.part(4, 0));
                    head.partner = if name.is_empty() { code.to_owned() } else { name.to_owned() };
                }
            }
            "RFF" => match (segment.part(1, 0), gathered.open.as_mut()) {
                ("ON", None) => segment.part(1, 1).clone_into(&mut head.order),
                ("BT" | "AAK" | "LO", Some(line)) => segment.part(1, 1).clone_into(&mut line.lot),
                _ => {}
            },
            "CPS" => {
                gathered.close(&head)?;
                head.sscc.clear();
            }
            "UNS" => gathered.close(&head)?,
            "LIN" => {
                gathered.close(&head)?;
                let mut line = Line { number: segment.number, line: text(1), ..Line::default() };
                if !segment.part(3, 0).is_empty() {
                    let kind = segment.part(3, 1);
                    line.ids.push((if kind.is_empty() { "EN" } else { kind }.to_owned(), text(3)));
                }
                gathered.open = Some(line);
            }
            "GIN" => match (segment.text(1), gathered.open.as_mut()) {
                ("BX", Some(line)) => line.lot = text(2),
                ("BJ" | "AW", Some(line)) => line.sscc = text(2),
                ("BJ" | "AW", None) => head.sscc = text(2),
                _ => {}
            },
            name => {
                let Some(line) = gathered.open.as_mut() else { continue };
                match name {
                    "PIA" => {
                        for parts in segment.elements.iter().skip(2) {
                            if let [id, kind, ..] = parts.as_slice() {
                                if kind == "NB" {
                                    line.lot.clone_from(id);
                                } else {
                                    line.ids.push((kind.clone(), id.clone()));
                                }
                            }
                        }
                    }
                    "QTY" => {
                        let first = line.quantity.is_empty();
                        if first || matches!(segment.part(1, 0), "145" | "12" | "21") {
                            line.quantity = number_of(segment.part(1, 1));
                            segment.part(1, 2).clone_into(&mut line.uom);
                        }
                    }
                    "IMD" => {
                        let parts = segment.elements.get(3);
                        let said = parts.into_iter().flatten().rfind(|part| !part.is_empty());
                        said.into_iter().for_each(|said| line.name.clone_from(said));
                    }
                    "PRI" => line.price = number_of(segment.part(1, 1)),
                    _ => {}
                }
            }
        }
    }
    if opened_at.is_some() || !ended {
        let number = all.last().map_or(1, |segment| segment.number);
        return Err(broken(number, "the interchange has no end"));
    }
    Ok(())
}
