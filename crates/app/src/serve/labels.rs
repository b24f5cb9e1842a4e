//! Labels: what they are on to what their symbols say.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::open::App;
use base64::Engine;
use contract::{FileReply, LabelFormat, LabelOf, LabelSymbol, MakeLabels};
use domain::{Actor, Item};
use protocols::gs1::{self, Element, Own, OwnKind};
use reports::{LABELS_MAX, Label, LabelSize, Symbol, label_png, labels_pdf};
use store::Records;
use units::Day;

impl Serve<MakeLabels> for App {
    async fn serve(&self, call: MakeLabels, _: &Actor) -> Result<FileReply> {
        self.blocking(move |inner| {
            let copies = usize::from(call.copies.max(1));
            if call.labels.is_empty() || call.labels.len().saturating_mul(copies) > LABELS_MAX {
                return Err(Failure::bad_input(format!(
                    "make labels: ask for 1 to {LABELS_MAX} of them at once"
                )));
            }
            let mut labels = Vec::with_capacity(call.labels.len() * copies);
            for of in &call.labels {
                let said = said(&inner.store.records, of, inner.today())?;
                let label = label(said, call.symbol, &call.link)?;
                labels.extend(std::iter::repeat_n(label, copies));
            }
            let size = LabelSize { width_mm: call.width_mm, height_mm: call.height_mm, dpi: call.dpi };
            let refused = |e: reports::Error| Failure::bad_input(e.to_string());
            let (name, media, bytes) = match call.format {
                LabelFormat::Pdf => {
                    ("labels.pdf", "application/pdf", labels_pdf(&labels, size).map_err(refused)?)
                }
                LabelFormat::Png if labels.len() == 1 => {
                    ("label.png", "image/png", label_png(&labels[0], size).map_err(refused)?)
                }
                LabelFormat::Png => {
                    return Err(Failure::bad_input("make labels: a PNG holds one; make a PDF of several"));
                }
            };
            Ok(FileReply {
                name: name.to_owned(),
                media: media.to_owned(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}

/// What a label says.
struct Said {
    title: String,
    code: Code,
}

enum Code {
    Elements(Vec<Element>),
    Text(String),
}

fn said(records: &Records, of: &LabelOf, today: Day) -> Result<Said> {
    match of {
        LabelOf::Item(id) => item(&records.item(*id)?.item, today),
        LabelOf::Sku(sku) => {
            let known = records.item_by_sku(sku)?.ok_or_else(|| Failure::not_found("item", sku))?;
            item(&known, today)
        }
        LabelOf::Bin(code) => Ok(Said { title: code.clone(), code: own(OwnKind::Bin, code)? }),
        LabelOf::Unit(code) => {
            let code = code.trim();
            let sscc = Element::new("00", code, today).map(|element| Code::Elements(vec![element]));
            let own = || own(OwnKind::Unit, code);
            Ok(Said { title: code.to_owned(), code: sscc.or_else(|_| own())? })
        }
        LabelOf::Code { text, title } => {
            let found = gs1::parse(text, today).map_err(|fault| {
                Failure::bad_input(format!("make the label of {}: {fault}", gs1::shown(text)))
            })?;
            let code = if found.elements.is_empty() {
                Code::Text(text.clone())
            } else {
                Code::Elements(found.elements)
            };
            Ok(Said { title: title.clone(), code })
        }
    }
}

/// A SKU that is a GTIN is labelled as that, and any scanner in the world knows it.
fn item(item: &Item, today: Day) -> Result<Said> {
    let gtin = matches!(item.sku.len(), 8 | 12 | 13 | 14)
        .then(|| Element::new("01", &format!("{:0>14}", item.sku), today).ok())
        .flatten();
    let code = match gtin {
        Some(gtin) => Code::Elements(vec![gtin]),
        None => own(OwnKind::Item, &item.sku)?,
    };
    Ok(Said { title: item.name.clone(), code })
}

fn own(kind: OwnKind, code: &str) -> Result<Code> {
    let label = Own { kind, code: code.to_owned() }.label();
    label.map(Code::Text).ok_or_else(|| {
        Failure::bad_input(format!(
            "make the label of {code}: a label of ours holds 1 to 30 letters, digits and signs without spaces; give it such a code"
        ))
    })
}

fn label(said: Said, symbol: LabelSymbol, link: &str) -> Result<Label> {
    let symbol = match symbol {
        LabelSymbol::Linear => Symbol::Linear,
        LabelSymbol::DataMatrix => Symbol::DataMatrix,
        LabelSymbol::Qr => Symbol::Qr,
    };
    let (gs1, text, lines) = match said.code {
        Code::Text(text) => (false, text.clone(), vec![text]),
        Code::Elements(elements) => {
            let lines = match symbol {
                Symbol::Linear => vec![gs1::bracketed(&elements)],
                _ => elements.iter().map(|one| gs1::bracketed(std::slice::from_ref(one))).collect(),
            };
            if link.trim().is_empty() {
                (true, gs1::element_string(&elements), lines)
            } else {
                let text = gs1::digital_link(link.trim(), &elements)
                    .map_err(|fault| Failure::bad_input(format!("make the label: {fault}")))?;
                (false, text, lines)
            }
        }
    };
    Ok(Label { symbol, gs1, text, title: said.title, lines })
}
