use super::*;
use crate::{Kind, preview_as};
use std::io::{Cursor, Write};

fn opened(bytes: &[u8], name: &str) -> Result<Source, Error> {
    open(Cursor::new(bytes), name, None, &Stop::default())
}

fn table(source: &Source) -> String {
    String::from_utf8(source.table.as_deref().expect("a table").to_vec()).expect("UTF-8")
}

/// A zip of parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer
            .start_file(
                *name,
                zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated),
            )
            .expect("a part");
        writer.write_all(bytes).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

const TYPES: &[u8] =
    br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const ROOT: &[u8] = br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const MANIFEST: &[u8] = br#"<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#;
const BOOK: &[u8] = br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="notes" sheetId="1" r:id="rId1"/><sheet name="stock" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
const RELS: &[u8] = br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#;
const STYLES: &[u8] = br#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

fn sheet(rows: &str) -> Vec<u8> {
    format!(r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#).into_bytes()
}

fn workbook(notes: &str, stock: &str, strings: Option<&str>) -> Vec<u8> {
    let (notes, stock) = (sheet(notes), sheet(stock));
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELS),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", &notes),
        ("xl/worksheets/sheet2.xml", &stock),
    ];
    if let Some(strings) = strings {
        parts.push(("xl/sharedStrings.xml", strings.as_bytes()));
    }
    zipped(&parts)
}

fn text(at: &str, text: &str) -> String {
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// A title, an empty row, then a table with a date, a number and a code with a leading zero.
fn stock_sheet() -> String {
    format!(
        r#"<row r="1">{}</row><row r="3">{}{}{}{}</row><row r="4">{}<c r="B4"><v>12.5</v></c><c r="C4" s="1"><v>46032</v></c>{}</row><row r="6">{}<c r="B6"><v>3</v></c></row>"#,
        text("A1", "Stock of the north"),
        text("A3", "SKU"),
        text("B3", "On hand"),
        text("C3", "Expiry"),
        text("D3", "Lot"),
        text("A4", "0017"),
        text("D4", "L-1"),
        text("A6", "TEA"),
    )
}

#[test]
fn a_workbook_keeps_the_places_of_its_rows() {
    let bytes = workbook(&format!("<row r=\"1\">{}</row>", text("A1", "read me")), &stock_sheet(), None);
    let source = opened(&bytes, "north.xlsx").expect("a workbook");
    assert_eq!(source.writing, Writing::Xlsx);
    // Nobody's layout on either sheet: the first with rows.
    assert_eq!(source.sheet(), Some("notes"));
    let source = open(Cursor::new(&bytes), "north.xlsx", Some("stock"), &Stop::default()).expect("the sheet");
    assert_eq!(table(&source), "\n\nSKU,On hand,Expiry,Lot\n0017,12.5,2026-01-10,L-1\n\nTEA,3,,\n");
    let seen = preview_as(table(&source).as_bytes(), None, source.format(), &source.named).expect("rows");
    assert_eq!(seen.mapping.kind, Kind::Stock);
    assert_eq!(seen.mapping.columns.len(), 4);
    let fault =
        open(Cursor::new(&bytes), "north.xlsx", Some("south"), &Stop::default()).expect_err("no sheet");
    assert!(fault.message.contains("notes, stock"), "{fault}");
}

#[test]
fn hostile_workbooks_end_as_errors() {
    let zeros = vec![b' '; 80 << 20];
    let cells =
        |reference: &str| workbook("", &format!(r#"<row r="1"><c r="{reference}"><v>1</v></c></row>"#), None);
    let ods = |cells: &str| {
        let content = format!(
            r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet><table:table table:name="a">{cells}</table:table></office:spreadsheet></office:body></office:document-content>"#
        );
        zipped(&[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", MANIFEST),
            ("content.xml", content.as_bytes()),
        ])
    };
    let hostile: Vec<(&str, Vec<u8>, ErrorKind)> = vec![
        (
            "a bomb",
            zipped(&[("xl/workbook.xml", BOOK), ("xl/worksheets/sheet1.xml", &zeros)]),
            ErrorKind::TooLarge,
        ),
        (
            "more texts than fit",
            workbook(
                "",
                "",
                Some(r#"<?xml version="1.0"?><sst xmlns="x" uniqueCount = "4294967296"></sst>"#),
            ),
            ErrorKind::TooLarge,
        ),
        ("a cell in the last column", cells("XFD1"), ErrorKind::TooLarge),
        (
            "rows that repeat",
            ods(
                r#"<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="1000"/></table:table-row>"#,
            ),
            ErrorKind::TooLarge,
        ),
        ("a zip of something else", zipped(&[("a.txt", b"text")]), ErrorKind::NotText),
        ("no zip", b"PK\x03\x04 and then nothing of the kind".to_vec(), ErrorKind::NotText),
        ("no old workbook", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and no more".to_vec(), ErrorKind::NotText),
        ("JSON that ends", br#"[{"sku":"A","qty":1},{"#.to_vec(), ErrorKind::Truncated),
        ("JSON without rows", br#"{"count":0,"results":[]}"#.to_vec(), ErrorKind::MissingColumn),
        ("JSON too deep", "[".repeat(100_000).into_bytes(), ErrorKind::NotText),
    ];
    for (name, bytes, kind) in hostile {
        match opened(&bytes, "x") {
            Ok(source) => panic!("{name} was read as {:?}", source.writing),
            Err(fault) => assert_eq!(fault.kind, kind, "{name}: {fault}"),
        }
    }
}

#[test]
fn an_open_document_is_read_with_its_repeats() {
    let cell = |text: &str, more: &str| {
        format!(
            r#"<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let number = r#"<table:table-cell office:value-type="float" office:value="7"><text:p>7</text:p></table:table-cell>"#;
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="库存"><table:table-row>{}{}<table:table-cell table:number-columns-repeated="16382"/></table:table-row><table:table-row table:number-rows-repeated="2">{}{number}</table:table-row><table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#,
        cell("商品编码", ""),
        cell("库存数量", ""),
        cell("茶", ""),
    );
    let bytes = zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", MANIFEST),
        ("content.xml", content.as_bytes()),
    ]);
    let source = opened(&bytes, "库存.ods").expect("a document");
    assert_eq!(source.writing, Writing::Ods);
    assert_eq!(table(&source), "商品编码,库存数量\n茶,7\n茶,7\n");
}

#[test]
fn objects_are_rows_and_lists_within_them_too() {
    let source = opened(br#"{"count":2,"results":[{"sku":"A","on_hand":1.5,"where":{"bin":"B-1"}},{"sku":"\u8336","on_hand":2,"tags":["x","y"]}]}"#, "a.json").expect("JSON");
    assert_eq!(source.writing, Writing::Json);
    assert_eq!(table(&source), "on_hand,sku,where.bin,tags\n1.5,A,B-1,\n2,茶,,x; y\n");
    let orders = opened(
        br#"[{"id":7,"date":"2026-01-05","lines":[{"sku":"A","qty":1},{"sku":"B","qty":2}]}]"#,
        "o.json",
    )
    .expect("JSON");
    assert_eq!(table(&orders), "date,id,lines.qty,lines.sku\n2026-01-05,7,1,A\n2026-01-05,7,2,B\n");
}

#[test]
fn text_stays_the_file_it_is() {
    for bytes in [&b"sku,qty\nA,1\n"[..], b"ISA,qty\nA,1\n", b"UNA;qty\nB;2\n", b""] {
        let source = opened(bytes, "dir/stock.2026.csv").expect("text");
        assert_eq!((source.writing, source.table.is_none()), (Writing::Text, true));
        assert_eq!(source.named, "stock");
    }
}

/// A record of an old workbook.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// An old workbook of one sheet, `cells` its records.
fn old_workbook(cells: &[Vec<u8>]) -> Vec<u8> {
    let begin = |kind: u8| record(0x0809, &[0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let end = record(0x000A, &[]);
    let named = |at: u32| record(0x0085, &[&at.to_le_bytes()[..], &[0, 0, 5, 0], b"stock"].concat());
    let at = (begin(5).len() + named(0).len() + end.len()) as u32;
    let stream = [begin(5), named(at), end.clone(), begin(0x10), cells.concat(), end].concat();
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("in memory");
    file.create_stream("/Workbook").and_then(|mut part| part.write_all(&stream)).expect("in memory");
    file.into_inner().into_inner()
}

fn label(row: u16, column: u16, text: &str) -> Vec<u8> {
    let mut data = [row, column, 0, text.len() as u16].map(u16::to_le_bytes).concat();
    data.push(0);
    data.extend(text.as_bytes());
    record(0x0204, &data)
}

fn number(row: u16, column: u16, value: f64) -> Vec<u8> {
    record(0x0203, &[&[row, column, 0].map(u16::to_le_bytes).concat()[..], &value.to_le_bytes()].concat())
}

#[test]
fn an_old_workbook_is_read_and_measured_before() {
    let cells = [label(0, 0, "sku"), label(0, 1, "on_hand"), label(2, 0, "TEA"), number(2, 1, 12.5)];
    let source = opened(&old_workbook(&cells), "a.xls").expect("a workbook");
    assert_eq!(source.writing, Writing::Xls);
    assert_eq!(table(&source), "sku,on_hand\n\nTEA,12.5\n");
    let far = old_workbook(&[number(0, 0, 1.0), number(65_535, 255, 1.0)]);
    assert_eq!(opened(&far, "a.xls").map(|_| ()).expect_err("too far").kind, ErrorKind::TooLarge);
    let dimensions = record(
        0x0200,
        &[&0_u32.to_le_bytes()[..], &u32::MAX.to_le_bytes(), &[0, 0, 255, 255, 0, 0]].concat(),
    );
    let lies = old_workbook(&[dimensions, number(0, 0, 1.0)]);
    assert_eq!(opened(&lies, "a.xls").map(|_| ()).expect_err("it lies").kind, ErrorKind::TooLarge);
}
