//! A recall on paper: where each lot came from, where it lies, to whom it went, how long that took to find, and what share was found.

use crate::Error;
use crate::font::Fonts;
use crate::layout::{BODY, Cell, Column, INK, MARGIN, Paper, Row, Style, WIDTH};
use crate::page::{Head, Kpi, SITE, SLIM, TITLE, kpi_strip};
use crate::words::{NOTHING, Say, W, count, quantity};
use charts::{Lang, Zone};
use units::{Day, Permille, Quantity, Timestamp};

/// A recall, or its exercise.
#[derive(Clone, Debug)]
pub struct RecallReport {
    /// The site's name.
    pub site: String,
    /// The day, by the site's calendar.
    pub day: Day,
    /// The language of every word the report adds.
    pub lang: Lang,
    /// The site's clock.
    pub zone: Zone,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who asked.
    pub made_by: String,
    /// The site is the simulated one: every page says so.
    pub demo: bool,
    /// What was looked for, in the words of who did.
    pub subject: String,
    /// When the search began, and when it had ended.
    pub span: (Timestamp, Timestamp),
    /// How long the console itself took, in milliseconds.
    pub took_ms: u64,
    /// The lots.
    pub lots: Vec<RecalledLot>,
    /// Lines that name no lot and can't be followed.
    pub without_lot: u64,
}

/// One lot of a recall.
#[derive(Clone, Debug)]
pub struct RecalledLot {
    /// The item's code and name.
    pub sku: String,
    /// See there.
    pub name: String,
    /// The lot.
    pub lot: String,
    /// Its last day.
    pub expiry: Option<Day>,
    /// How much came in.
    pub came: Quantity,
    /// How much lies here.
    pub here: Quantity,
    /// How much went to somebody or on a paper that is known.
    pub told: Quantity,
    /// How much went nobody knows where.
    pub lost: Quantity,
    /// Places and papers.
    pub lines: Vec<RecallLine>,
}

/// One line of it.
#[derive(Clone, Debug)]
pub struct RecallLine {
    /// It came, lies or went.
    pub what: RecallWhat,
    /// When.
    pub day: Option<Day>,
    /// The bin or the place outside, in words.
    pub place: String,
    /// How much.
    pub quantity: Quantity,
    /// The paper.
    pub source: String,
    /// From or to whom.
    pub party: String,
}

/// What a line of a recall says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallWhat {
    /// It came in.
    Came,
    /// It lies here.
    Lies,
    /// It went out.
    Went,
}

impl RecallReport {
    fn sum(&self, of: impl Fn(&RecalledLot) -> Quantity) -> Quantity {
        self.lots.iter().map(of).sum()
    }

    /// How much of what came in is accounted for: it lies here, or somebody is known to have it. `None` where nothing came.
    pub fn found(&self) -> Option<Permille> {
        let came = self.sum(|lot| lot.came).0;
        let found = self.sum(|lot| lot.here).plus(self.sum(|lot| lot.told)).0.clamp(0, came.max(0));
        let share = i128::from(found) * 1_000 / i128::from(came.max(1));
        (came > 0).then(|| Permille(u16::try_from(share).unwrap_or(1_000)))
    }

    /// Those who have some of it.
    pub fn parties(&self) -> usize {
        let went = self.lots.iter().flat_map(|lot| &lot.lines).filter(|line| line.what == RecallWhat::Went);
        let names: std::collections::BTreeSet<&str> =
            went.map(|line| line.party.as_str()).filter(|party| !party.is_empty()).collect();
        names.len()
    }
}

/// The report as a PDF: A4, fonts embedded. The same report gives the same bytes.
pub fn recall_pdf(report: &RecallReport) -> Result<Vec<u8>, Error> {
    let fonts = Fonts::load(report.lang)?;
    let say = Say { lang: report.lang, zone: &report.zone, day: report.day };
    let head = Head {
        title: say.word(W::MockRecall).to_owned(),
        site: &report.site,
        day: report.day,
        zone: &report.zone,
        made_at: report.made_at,
        made_by: &report.made_by,
        demo: report.demo,
    };
    let mut paper = Paper::new(&fonts, 40.0, head.top());
    let top = paper.y();
    paper.put(MARGIN, top, &head.title, TITLE, WIDTH * 0.62);
    paper.put_right(MARGIN + WIDTH, top + 4.0, &say.long_day(report.day), SITE, WIDTH * 0.36);
    paper.skip(31.0);
    let top = paper.y();
    paper.put(MARGIN, top, &format!("{} · {}", head.site(&say), report.subject), SITE, WIDTH * 0.72);
    paper.skip(24.0);
    if report.demo {
        head.banner(&mut paper, &say, top + 22.0);
        paper.skip(22.0);
    }
    figures(&mut paper, report, say);
    let (from, to) = report.span;
    paper.paragraph(
        &say.fill(W::RecallSpan, &[&say.time(from), &say.time(to), &report.made_by, &count(report.took_ms)]),
        BODY,
    );
    paper.paragraph(say.word(W::RecallMeaning), SLIM);
    if report.without_lot > 0 {
        let text = say.fill(W::RecallWithoutLot, &[&count(report.without_lot)]);
        paper.paragraph(&text, Style { colour: INK.medium, ..SLIM });
    }
    if report.lots.is_empty() {
        paper.paragraph(say.word(W::RecallNothing), BODY);
    }
    for lot in &report.lots {
        one(&mut paper, lot, say);
    }
    head.finish(paper, say)
}

fn figures(paper: &mut Paper<'_>, report: &RecallReport, say: Say<'_>) {
    let kpi = |label: W, figure: String, note: String| Kpi {
        label: say.word(label).to_owned(),
        figure,
        note,
        colour: INK.text,
    };
    let (from, to) = report.span;
    let seconds = to.0.saturating_sub(from.0).max(0) / 1_000;
    let share = report.found().map_or_else(|| NOTHING.to_owned(), |share| format!("{share} %"));
    let lost = report.sum(|lot| lot.lost);
    kpi_strip(
        paper,
        &[
            kpi(
                W::RecallTook,
                format!("{}:{:02}", seconds / 60, seconds % 60),
                say.word(W::RecallTookNote).to_owned(),
            ),
            kpi(W::RecallFound, share, say.fill(W::RecallFoundNote, &[&quantity(lost)])),
            kpi(
                W::RecallHere,
                quantity(report.sum(|lot| lot.here)),
                say.fill(W::RecallLots, &[&count(report.lots.len() as u64)]),
            ),
            kpi(
                W::RecallWent,
                quantity(report.sum(|lot| lot.told)),
                say.fill(W::RecallParties, &[&count(report.parties() as u64)]),
            ),
        ],
    );
}

fn one(paper: &mut Paper<'_>, lot: &RecalledLot, say: Say<'_>) {
    let expiry = lot.expiry.map(|day| say.fill(W::RecallUntil, &[&day.to_string()])).unwrap_or_default();
    let title = [format!("{} {}", lot.sku, lot.name), lot.lot.clone(), expiry]
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    paper.heading(&title, Paper::table_start() + 30.0);
    let sums = [lot.came, lot.here, lot.told, lot.lost].map(quantity);
    paper.paragraph(&say.fill(W::RecallSums, &[&sums[0], &sums[1], &sums[2], &sums[3]]), SLIM);
    paper.skip(5.0);
    let columns = [
        Column::text(say.word(W::RecallWhat)),
        Column::text(say.word(W::Day)),
        Column::text(say.word(W::RecallPlace)),
        Column::figures(say.word(W::Quantity)),
        Column::words(say.word(W::RecallPaper), 1.0),
        Column::words(say.word(W::RecallParty), 1.0),
    ];
    let rows: Vec<Row> = lot
        .lines
        .iter()
        .map(|line| {
            let what = match line.what {
                RecallWhat::Came => W::RecallCame,
                RecallWhat::Lies => W::RecallLies,
                RecallWhat::Went => W::RecallWentOut,
            };
            let unknown = line.what == RecallWhat::Went && line.party.is_empty() && line.source.is_empty();
            let party = if unknown {
                Cell::from(format!("▲ {}", say.word(W::RecallUnknown))).colour(INK.high)
            } else {
                line.party.as_str().into()
            };
            Row::cells(vec![
                Cell::from(say.word(what)).strong(),
                line.day.map(|day| day.to_string()).unwrap_or_default().into(),
                line.place.as_str().into(),
                quantity(line.quantity).into(),
                line.source.as_str().into(),
                party,
            ])
        })
        .collect();
    paper.table(&columns, &rows);
    paper.skip(6.0);
}
