//! A count on paper: bin by bin what to look for, and room for what is there. A blind sheet says no quantity.

use crate::Error;
use crate::font::Fonts;
use crate::layout::{BODY, Cell, Column, INK, MARGIN, Paper, Row, WIDTH};
use crate::page::{Head, SITE, SLIM, TITLE};
use crate::words::{Say, W, count, quantity};
use charts::{Lang, Zone};
use units::{Day, Quantity, Timestamp};

/// Height of a line: a hand writes in it.
const LINE: f32 = 19.0;
/// Width of the room for what was counted, and for a remark.
const COUNTED: f32 = 62.0;
const REMARK: f32 = 84.0;

/// What to count.
#[derive(Clone, Debug)]
pub struct CountSheet {
    /// The site's name.
    pub site: String,
    /// The day, by the site's calendar.
    pub day: Day,
    /// The language of every word the sheet adds.
    pub lang: Lang,
    /// The site's clock.
    pub zone: Zone,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who asked.
    pub made_by: String,
    /// The site is the simulated one: every page says so.
    pub demo: bool,
    /// The plan's name.
    pub name: String,
    /// Who counts is not told what the ledger says.
    pub blind: bool,
    /// The places, in the order of the walk.
    pub lines: Vec<CountSheetLine>,
}

/// One place.
#[derive(Clone, Debug)]
pub struct CountSheetLine {
    /// The bin.
    pub bin: String,
    /// The item's code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its lot.
    pub lot: String,
    /// Unit of measure.
    pub unit: String,
    /// What the ledger says; left out of a blind sheet, whatever stands here.
    pub book: Option<Quantity>,
}

/// The sheet as a PDF: A4, fonts embedded. The same sheet gives the same bytes.
pub fn count_sheet(sheet: &CountSheet) -> Result<Vec<u8>, Error> {
    let fonts = Fonts::load(sheet.lang)?;
    let say = Say { lang: sheet.lang, zone: &sheet.zone, day: sheet.day };
    let head = Head {
        title: format!("{} · {}", say.word(W::CountSheet), sheet.name),
        site: &sheet.site,
        day: sheet.day,
        zone: &sheet.zone,
        made_at: sheet.made_at,
        made_by: &sheet.made_by,
        demo: sheet.demo,
    };
    let mut paper = Paper::new(&fonts, 40.0, head.top());
    let top = paper.y();
    paper.put(MARGIN, top, &head.title, TITLE, WIDTH * 0.66);
    paper.put_right(MARGIN + WIDTH, top + 4.0, &say.long_day(sheet.day), SITE, WIDTH * 0.32);
    paper.skip(31.0);
    let top = paper.y();
    paper.put(MARGIN, top, head.site(&say), SITE, WIDTH * 0.6);
    paper.put_right(
        MARGIN + WIDTH,
        top,
        &say.fill(W::CountPlaces, &[&count(sheet.lines.len() as u64)]),
        SITE,
        WIDTH * 0.36,
    );
    paper.skip(24.0);
    if sheet.demo {
        head.banner(&mut paper, &say, top + 22.0);
        paper.skip(22.0);
    }
    let top = paper.y() + 2.0;
    for (word, at, wide) in [(W::CountedBy, 0.0, 0.46), (W::CountedOn, 0.48, 0.25), (W::SignedBy, 0.75, 0.25)]
    {
        let (x, width) = (MARGIN + WIDTH * at, WIDTH * wide);
        paper.put(x, top, say.word(word), crate::layout::MUTED, width);
        paper.line((x, top + 26.0), (x + width, top + 26.0), INK.faint);
    }
    paper.skip(40.0);
    let how = if sheet.blind { W::CountBlindText } else { W::CountOpenText };
    paper.paragraph(say.word(how), SLIM);
    paper.skip(5.0);
    if sheet.lines.is_empty() {
        paper.paragraph(say.word(W::CountNothing), BODY);
        return head.finish(paper, say);
    }
    let mut columns = vec![
        Column::figures(say.word(W::Number)),
        Column::text(say.word(W::Bin)),
        Column::text(say.word(W::Sku)),
        Column::words(say.word(W::Item), 1.0),
        Column::text(say.word(W::Lot)),
        Column::text(say.word(W::Unit)),
    ];
    if !sheet.blind {
        columns.push(Column::figures(say.word(W::Book)));
    }
    columns.push(Column::blank(say.word(W::Counted), COUNTED));
    columns.push(Column::blank(say.word(W::Note), REMARK));
    let rows: Vec<Row> = (1_u64..)
        .zip(&sheet.lines)
        .map(|(number, line)| {
            let mut cells = vec![
                count(number).into(),
                Cell::from(line.bin.as_str()).strong(),
                line.sku.as_str().into(),
                line.name.as_str().into(),
                line.lot.as_str().into(),
                line.unit.as_str().into(),
            ];
            if !sheet.blind {
                cells.push(line.book.map(quantity).unwrap_or_default().into());
            }
            cells.extend(["".into(), "".into()]);
            Row::tall(cells, Vec::new(), LINE)
        })
        .collect();
    paper.table(&columns, &rows);
    head.finish(paper, say)
}
