//! Labels: what on, as which symbol, how large; the file goes to the downloads.

use super::actions::hand_over;
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::i18n::W;
use crate::state::fmt;
use contract::{LabelFormat, LabelOf, LabelSymbol, MakeLabels};

/// Asks what for.
pub fn open() {
    open_for("Bin", "");
}

/// The same, of something that is known.
pub fn open_for(kind: &str, code: &str) {
    let fmt = fmt();
    let choice = |values: &[(&str, W)]| -> Vec<(String, String)> {
        values.iter().map(|(value, word)| ((*value).to_owned(), fmt.t(*word).to_owned())).collect()
    };
    let kinds = [("Bin", W::LabelBin), ("Unit", W::LabelUnit), ("Sku", W::LabelItem), ("Code", W::LabelCode)];
    let named = |values: &[&str]| -> Vec<(String, String)> {
        values.iter().map(|value| ((*value).to_owned(), (*value).to_owned())).collect()
    };
    let sizes = ["100 × 50 mm", "60 × 40 mm", "50 × 25 mm", "105 × 148 mm"];
    let fields = vec![
        Field::choice("on", W::LabelOn, kind, choice(&kinds)),
        Field::text("code", W::ScanCode, code).hint(fmt.t(W::LabelCodeHint)).needed(),
        Field::text("title", W::LabelTitle, "").when("on", &["Code"]),
        Field::choice(
            "symbol",
            W::Symbology,
            "DataMatrix",
            choice(&[
                ("DataMatrix", W::SymbolDataMatrix),
                ("Linear", W::SymbolLinear),
                ("Qr", W::SymbolQr),
                ("Link", W::SymbolLink),
            ]),
        ),
        Field::text("link", W::LabelLink, "https://").when("symbol", &["Link"]),
        Field::choice("size", W::LabelSizeWord, sizes[0], named(&sizes)),
        Field::choice("dpi", W::LabelDpi, "300", named(&["203", "300", "600"])),
        Field::number("copies", W::LabelCopies, "1").needed(),
    ];
    ask(
        fmt.t(W::PrintLabels),
        fmt.t(W::PrintLabelsText),
        W::MakeLabelsWord,
        fields,
        move |values| async move {
            hand_over(bridge::send(call(&values)).await?).await;
            Ok(())
        },
    );
}

/// What the fields say, in their order.
fn call(values: &[String]) -> MakeLabels {
    let value = |at: usize| values.get(at).map(|value| value.trim()).unwrap_or_default();
    let code = value(1).to_owned();
    let label = match value(0) {
        "Bin" => LabelOf::Bin(code),
        "Unit" => LabelOf::Unit(code),
        "Sku" => LabelOf::Sku(code),
        _ => LabelOf::Code { text: code, title: value(2).to_owned() },
    };
    let mut sides = value(5).split(|c: char| !c.is_ascii_digit()).filter_map(|side| side.parse().ok());
    MakeLabels {
        labels: vec![label],
        copies: value(7).parse().unwrap_or(1),
        symbol: match value(3) {
            "Linear" => LabelSymbol::Linear,
            "DataMatrix" => LabelSymbol::DataMatrix,
            _ => LabelSymbol::Qr,
        },
        link: if value(3) == "Link" { value(4).to_owned() } else { String::new() },
        width_mm: sides.next().unwrap_or(100),
        height_mm: sides.next().unwrap_or(50),
        dpi: value(6).parse().unwrap_or(300),
        format: LabelFormat::Pdf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_become_a_call() {
        let values = ["Code", "(01)09506000134352", "Milk", "Link", "https://a.b", "60 × 40 mm", "203", "3"];
        let call = call(&values.map(str::to_owned));
        assert_eq!((call.width_mm, call.height_mm, call.dpi, call.copies), (60, 40, 203, 3));
        assert_eq!((call.symbol, call.link.as_str()), (LabelSymbol::Qr, "https://a.b"));
        assert_eq!(call.labels, [LabelOf::Code { text: "(01)09506000134352".into(), title: "Milk".into() }]);
    }
}
