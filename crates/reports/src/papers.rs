//! Papers that go with goods: the pick list, the packing list, the delivery note, and what is ticked off at the door.
//!
//! A [`GoodsPaper`] in, its pages out: A4, its number as bars that a scanner reads, and the number of each parcel as GS1-128. Does not know
//! what is promised or packed: lines come as they are to stand there, in that order.

use crate::Error;
use crate::font::{Fonts, chart_fonts};
use crate::label::{Label, Symbol, bars_svg};
use crate::layout::{BODY, Cell, Column, INK, MARGIN, MUTED, Paper, Row, WIDTH};
use crate::page::{Head, SITE, SLIM, TITLE};
use crate::words::{NOTHING, Say, W, count, quantity};
use charts::{Lang, Zone};
use units::{Day, Quantity, Timestamp};

/// Which paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperKind {
    /// What to take from which bin, in the order of the walk.
    PickList,
    /// What is in each parcel.
    PackingList,
    /// What the customer gets.
    DeliveryNote,
    /// What a shipment should bring.
    ReceivingSheet,
}

/// A paper that goes with goods.
#[derive(Clone, Debug, PartialEq)]
pub struct GoodsPaper {
    /// Which.
    pub kind: PaperKind,
    /// The site's name.
    pub site: String,
    /// The day it is made.
    pub day: Day,
    /// Its language.
    pub lang: Lang,
    /// The site's clock.
    pub zone: Zone,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who asked for it.
    pub made_by: String,
    /// The site is the simulated one: every page says so.
    pub demo: bool,
    /// The order's or shipment's number, also as bars.
    pub number: String,
    /// For whom, or from whom.
    pub partner: String,
    /// Where to; may be empty.
    pub address: String,
    /// When it should leave, or come.
    pub due: Option<Day>,
    /// The partner's own number for it; may be empty.
    pub reference: String,
    /// What else was said; may be empty.
    pub note: String,
    /// Its lines: in one group, or one a parcel.
    pub groups: Vec<PaperGroup>,
    /// What is not with it.
    pub missing: Vec<PaperLine>,
}

/// Lines that stand together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PaperGroup {
    /// The parcel's number within the order; `None` where there are no parcels.
    pub parcel: Option<u32>,
    /// Its number as a handling unit, printed as GS1-128; may be empty.
    pub sscc: String,
    /// What is in it.
    pub lines: Vec<PaperLine>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PaperLine {
    /// The bin; may be empty.
    pub bin: String,
    /// SKU.
    pub sku: String,
    /// The item's name.
    pub name: String,
    /// The lot; may be empty.
    pub lot: String,
    /// Its last day.
    pub expiry: Option<Day>,
    /// How much.
    pub quantity: Quantity,
    /// Unit of measure; may be empty.
    pub unit: String,
}

/// Height of a row that is ticked off or written on by hand.
const HAND_ROW: f32 = 22.0;
/// Width of a bar of the number, in points: 0.33 mm, which any scanner reads from paper.
const BAR: f32 = 0.94;
/// Height of the bars.
const BARS: f32 = 30.0;
/// The widest the bars of a number may be.
const BARS_WIDTH_MAX: f32 = 230.0;

/// The paper as a PDF. The same paper gives the same bytes.
pub fn goods_paper(paper: &GoodsPaper) -> Result<Vec<u8>, Error> {
    let fonts = Fonts::load(paper.lang)?;
    let say = Say { lang: paper.lang, zone: &paper.zone, day: paper.day };
    let head = Head {
        title: format!("{} · {}", say.word(title_of(paper.kind)), paper.number),
        site: &paper.site,
        day: paper.day,
        zone: &paper.zone,
        made_at: paper.made_at,
        made_by: &paper.made_by,
        demo: paper.demo,
    };
    let mut page = Paper::new(&fonts, 40.0, head.top());
    top(&mut page, paper, &head, say);
    facts(&mut page, paper, say);
    for group in &paper.groups {
        lines(&mut page, paper, group, say);
    }
    missing(&mut page, paper, say);
    if !paper.note.trim().is_empty() {
        page.skip(8.0);
        page.paragraph(&format!("● {}", paper.note.trim()), BODY);
    }
    signatures(&mut page, paper, say);
    head.finish(page, say)
}

fn title_of(kind: PaperKind) -> W {
    match kind {
        PaperKind::PickList => W::PickList,
        PaperKind::PackingList => W::PackingList,
        PaperKind::DeliveryNote => W::DeliveryNote,
        PaperKind::ReceivingSheet => W::ReceivingSheet,
    }
}

fn top(page: &mut Paper<'_>, paper: &GoodsPaper, head: &Head<'_>, say: Say<'_>) {
    let y = page.y();
    page.put(MARGIN, y, say.word(title_of(paper.kind)), TITLE, WIDTH * 0.5);
    page.put(MARGIN, y + 29.0, &paper.number, SITE, WIDTH * 0.5);
    let right = MARGIN + WIDTH;
    let drawn = bars(page, &paper.number, false, |width| (right - width, y));
    let below = if drawn { y + BARS + 3.0 } else { y + 6.0 };
    page.put_right(right, below, &say.long_day(paper.day), SLIM, WIDTH * 0.45);
    page.skip(50.0);
    let y = page.y();
    page.put(MARGIN, y, head.site(&say), BODY, WIDTH * 0.6);
    page.skip(18.0);
    if paper.demo {
        head.banner(page, &say, y + 18.0);
        page.skip(22.0);
    }
}

/// Bars at a place that their width is told to; false where the text can't be bars, or they would be too wide.
fn bars(page: &mut Paper<'_>, text: &str, gs1: bool, at: impl Fn(f32) -> (f32, f32)) -> bool {
    let text = if gs1 { format!("00{text}") } else { text.to_owned() };
    let label = Label { symbol: Symbol::Linear, gs1, text, title: String::new(), lines: Vec::new() };
    let Ok((svg, modules)) = bars_svg(&label, BARS / BAR) else { return false };
    let width = modules * BAR;
    if width > BARS_WIDTH_MAX {
        return false;
    }
    let options = usvg::Options { fontdb: chart_fonts(), ..usvg::Options::default() };
    match usvg::Tree::from_str(&svg, &options) {
        Ok(tree) => {
            page.picture(at(width), (width, BARS), tree);
            true
        }
        Err(_) => false,
    }
}

fn facts(page: &mut Paper<'_>, paper: &GoodsPaper, say: Say<'_>) {
    let inbound = paper.kind == PaperKind::ReceivingSheet;
    let due = paper.due.map_or(NOTHING.to_owned(), |day| day.to_string());
    let facts = [
        (if inbound { W::Supplier } else { W::Customer }, paper.partner.clone()),
        (if inbound { W::ExpectedOn } else { W::ShipBy }, due),
        (W::TheirOrder, paper.reference.clone()),
        (W::DeliverTo, paper.address.clone()),
    ];
    let shown: Vec<_> = facts.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
    let (top, wide) = (page.y(), WIDTH / shown.len().max(1) as f32);
    for (at, (word, text)) in shown.iter().enumerate() {
        let x = MARGIN + wide * at as f32;
        page.put(x, top, say.word(*word), MUTED, wide - 8.0);
        page.put(x, top + 11.0, text, SITE, wide - 8.0);
    }
    page.skip(34.0);
}

fn lines(page: &mut Paper<'_>, paper: &GoodsPaper, group: &PaperGroup, say: Say<'_>) {
    if let Some(parcel) = group.parcel {
        page.heading(&say.fill(W::ParcelNumber, &[&count(u64::from(parcel))]), Paper::table_start());
        if !group.sscc.is_empty() {
            let y = page.y();
            if bars(page, &group.sscc, true, |_| (MARGIN, y)) {
                page.skip(BARS + 2.0);
            }
            page.paragraph(&format!("(00) {}", group.sscc), SLIM);
            page.skip(4.0);
        }
    }
    let walk = paper.kind == PaperKind::PickList;
    let by_hand = matches!(paper.kind, PaperKind::PickList | PaperKind::ReceivingSheet);
    let mut columns = Vec::new();
    if walk {
        columns.push(Column::text(say.word(W::Bin)));
    }
    columns.extend([
        Column::text(say.word(W::Sku)),
        Column::words(say.word(W::Item), 1.0),
        Column::text(say.word(W::Lot)),
        Column::text(say.word(W::Expiry)),
        Column::figures(say.word(W::PaperQuantity)),
        Column::text(say.word(W::Unit)),
    ]);
    if by_hand {
        columns.push(Column::blank(say.word(if walk { W::Taken } else { W::CameIn }), 62.0));
    }
    let rows: Vec<Row> = group
        .lines
        .iter()
        .map(|line| {
            let mut cells: Vec<Cell> = Vec::new();
            if walk {
                cells.push(Cell::from(line.bin.as_str()).strong());
            }
            cells.extend([
                Cell::from(line.sku.as_str()).strong(),
                line.name.as_str().into(),
                line.lot.as_str().into(),
                line.expiry.map_or(String::new(), |day| day.to_string()).into(),
                Cell::from(quantity(line.quantity)).strong(),
                line.unit.as_str().into(),
            ]);
            if by_hand {
                cells.push("".into());
                Row::tall(cells, Vec::new(), HAND_ROW)
            } else {
                Row::cells(cells)
            }
        })
        .collect();
    if rows.is_empty() {
        page.paragraph(say.word(W::NoPaperLines), BODY);
    } else {
        page.table(&columns, &rows);
    }
    let sum: Quantity = group.lines.iter().map(|line| line.quantity).sum();
    page.skip(4.0);
    let text = say.fill(W::PaperTotals, &[&count(group.lines.len() as u64), &quantity(sum)]);
    page.paragraph(&text, SLIM);
}

fn missing(page: &mut Paper<'_>, paper: &GoodsPaper, say: Say<'_>) {
    if paper.missing.is_empty() {
        return;
    }
    page.heading(say.word(W::NotWithIt), Paper::table_start());
    let columns = [
        Column::text(say.word(W::Sku)),
        Column::words(say.word(W::Item), 1.0),
        Column::figures(say.word(W::PaperQuantity)),
        Column::text(say.word(W::Unit)),
    ];
    let rows: Vec<Row> = paper
        .missing
        .iter()
        .map(|line| {
            Row::cells(vec![
                Cell::from(line.sku.as_str()).strong(),
                line.name.as_str().into(),
                Cell::from(quantity(line.quantity)).strong(),
                line.unit.as_str().into(),
            ])
        })
        .collect();
    page.table(&columns, &rows);
}

/// Lines to write on.
fn signatures(page: &mut Paper<'_>, paper: &GoodsPaper, say: Say<'_>) {
    page.need(64.0);
    page.skip(26.0);
    let top = page.y();
    let who = match paper.kind {
        PaperKind::PickList => W::PickedBy,
        PaperKind::PackingList => W::PackedBy,
        PaperKind::DeliveryNote => W::Signature,
        PaperKind::ReceivingSheet => W::CheckedBy,
    };
    for (word, at, wide) in [(who, 0.0, 0.5), (W::SignedOn, 0.54, 0.22)] {
        let (x, width) = (MARGIN + WIDTH * at, WIDTH * wide);
        page.put(x, top, say.word(word), MUTED, width);
        page.line((x, top + 28.0), (x + width, top + 28.0), INK.faint);
    }
    page.skip(34.0);
}
