//! Labels as scanners see them: by rxing, which is a port of ZXing and shares nothing with what drew them.

use reports::{Label, LabelSize, Symbol, label_png, labels_pdf};
use resvg::tiny_skia::Pixmap;
use rxing::{BarcodeFormat, DecodeHints, RXingResultMetadataType, RXingResultMetadataValue};
use std::process::Command;

/// What another reader sees: AIM's identifier, and the text with GS.
fn seen(luma: Vec<u8>, width: u32, height: u32, format: BarcodeFormat) -> (String, String) {
    // Only then FNC1 in Code 128 comes out as GS.
    let mut hints = DecodeHints { AssumeGs1: Some(true), TryHarder: Some(true), ..DecodeHints::default() };
    let found = rxing::helpers::detect_in_luma_with_hints(luma, width, height, Some(format), &mut hints)
        .unwrap_or_else(|e| panic!("{format}: {e}"));
    let identifier = found.getRXingResultMetadata().get(&RXingResultMetadataType::SYMBOLOGY_IDENTIFIER);
    let Some(RXingResultMetadataValue::SymbologyIdentifier(identifier)) = identifier else {
        panic!("{format}: no symbology identifier");
    };
    // Of GS1-128 it puts the identifier before the text too.
    let text = found.getText();
    (identifier.clone(), text.strip_prefix(identifier.as_str()).unwrap_or(text).to_owned())
}

/// What a scanner would say of a symbol.
fn identifier(symbol: Symbol, gs1: bool) -> &'static str {
    match (symbol, gs1) {
        (Symbol::Linear, true) => "]C1",
        (Symbol::Linear, false) => "]C0",
        (Symbol::DataMatrix, true) => "]d2",
        (Symbol::DataMatrix, false) => "]d1",
        (Symbol::Qr, true) => "]Q3",
        (Symbol::Qr, false) => "]Q1",
    }
}

fn format_of(symbol: Symbol) -> BarcodeFormat {
    match symbol {
        Symbol::Linear => BarcodeFormat::CODE_128,
        Symbol::DataMatrix => BarcodeFormat::DATA_MATRIX,
        Symbol::Qr => BarcodeFormat::QR_CODE,
    }
}

fn grey(png: &[u8]) -> (Vec<u8>, u32, u32) {
    let picture = Pixmap::decode_png(png).expect("a PNG");
    let luma = picture.pixels().iter().map(|p| p.green()).collect();
    (luma, picture.width(), picture.height())
}

fn label(symbol: Symbol, gs1: bool, text: &str) -> Label {
    let lines = text.split('\u{1d}').map(str::to_owned).collect();
    Label { symbol, gs1, text: text.to_owned(), title: "Oat milk 1 l · 燕麦奶".into(), lines }
}

const GS1: [&str; 3] =
    ["0109506000134352", "01095060001343521727113010AB-12\u{1d}21S7", "00106141411234567897"];
const OURS: [&str; 5] = ["QBA-01-02K4", "QIWIDGET-12/3XX", "1234567890123", "a", "12A3456B789012"];

#[test]
fn another_reader_reads_what_was_meant() {
    for symbol in [Symbol::Linear, Symbol::DataMatrix, Symbol::Qr] {
        let small = LabelSize { width_mm: 60, height_mm: 30, dpi: 203 };
        let size = if symbol == Symbol::Linear { LabelSize::USUAL } else { small };
        let ours = if symbol == Symbol::Linear { &OURS[..] } else { &OURS[..2] };
        for (text, gs1) in GS1.iter().map(|text| (*text, true)).chain(ours.iter().map(|text| (*text, false)))
        {
            let png = label_png(&label(symbol, gs1, text), size).expect("a label");
            let name = text.replace(['\u{1d}', '/'], "_");
            crate::pages::show(&format!("label-{symbol:?}-{name}.png"), &png);
            let (luma, width, height) = grey(&png);
            let read = seen(luma, width, height, format_of(symbol));
            assert_eq!(read, (identifier(symbol, gs1).to_owned(), text.to_owned()));
        }
    }
}

#[test]
fn the_pdf_carries_the_same_at_its_own_size() {
    let labels: Vec<Label> = [Symbol::Linear, Symbol::DataMatrix, Symbol::Qr]
        .into_iter()
        .map(|symbol| label(symbol, true, GS1[1]))
        .collect();
    let size = LabelSize { width_mm: 90, height_mm: 40, dpi: 300 };
    let pdf = labels_pdf(&labels, size).expect("a PDF");
    assert_eq!(pdf, labels_pdf(&labels, size).expect("a PDF"), "the same labels give the same bytes");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("labels.pdf");
    std::fs::write(&file, &pdf).expect("a file");
    let pages = folder.path().join("page");
    let made = Command::new("pdftoppm").args(["-r", "300", "-gray"]).arg(&file).arg(&pages).status();
    let Ok(status) = made else { return testkit::skip("needs pdftoppm (poppler-utils)") };
    assert!(status.success(), "pdftoppm reads the PDF");
    for (at, label) in labels.iter().enumerate() {
        let page = std::fs::read(folder.path().join(format!("page-{}.pgm", at + 1))).expect("a page");
        // `P5 width height 255`, then the bytes.
        let mut fields = page.splitn(4, |byte| byte.is_ascii_whitespace());
        let mut number = || -> u32 {
            std::str::from_utf8(fields.next().expect("a field")).expect("text").parse().unwrap_or(5)
        };
        let (_, width, height) = (number(), number(), number());
        let luma = page[page.len() - (width * height) as usize..].to_vec();
        assert!((1060..1067).contains(&width), "90 mm: {width}");
        let read = seen(luma, width, height, format_of(label.symbol));
        assert_eq!(read, (identifier(label.symbol, true).to_owned(), label.text.clone()));
    }
}

#[test]
fn what_can_t_be_printed_is_refused_with_a_way_out() {
    let small = LabelSize { width_mm: 20, height_mm: 10, dpi: 203 };
    for (label, size, why) in [
        (label(Symbol::Linear, true, GS1[1]), small, "use a larger one, or a Data Matrix"),
        (label(Symbol::Qr, false, "货位"), LabelSize::USUAL, "ASCII"),
        (label(Symbol::Qr, false, ""), LabelSize::USUAL, "no code"),
        (label(Symbol::Qr, false, "x"), LabelSize { width_mm: 5, ..small }, "20 to 300 mm"),
        (label(Symbol::Linear, false, &"7".repeat(400)), LabelSize::USUAL, "larger"),
        (label(Symbol::Qr, false, &"x".repeat(4000)), LabelSize::USUAL, "too long"),
        (label(Symbol::DataMatrix, false, &"x".repeat(4000)), LabelSize::USUAL, "Data Matrix"),
    ] {
        let said = label_png(&label, size).expect_err("it can't be").to_string();
        assert!(said.contains(why), "{said}");
    }
    assert!(labels_pdf(&[], LabelSize::USUAL).is_err());
}
