//! The PDF: which words, figures, tables and charts stand on the pages, in which order.

use crate::font::{Fonts, Weight, chart_fonts};
use crate::layout::{BODY, Cell, Column, INK, MARGIN, MUTED, PAGE, Paper, Row, Style, WIDTH};
use crate::words::{self, NOTHING, Say, W, computed, count, kilometres, milli, money, quantity, rate};
use crate::{DailyReport, DayPlan, Error, Excursion, ProposalRow, RouteReport, ZoneReport};
use charts::Rgb;
use domain::{ProposalState, Severity};
use krilla::metadata::{DateTime, Metadata, TextDirection};
use std::collections::BTreeSet;
use std::sync::Arc;
use units::{Day, Milli, Money, Timestamp};
use usvg::fontdb;

pub(crate) const TITLE: Style = Style::new(21.0, Weight::SemiBold, INK.text);
pub(crate) const SITE: Style = Style::new(12.0, Weight::Regular, INK.text);
pub(crate) const SLIM: Style = Style::new(7.5, Weight::Regular, INK.muted);

/// Height of a zone's day.
const ZONE_CHART: f32 = 108.0;
/// The map of a day's routes.
const DAY_MAP: f32 = 330.0;
/// It still shows its numbers.
const DAY_MAP_LEAST: f32 = 240.0;
/// A proposal's chart; its figures stand beside it.
const STOCK_CHART: (f32, f32) = (340.0, 124.0);

/// The report as a PDF: A4, fonts embedded, charts as vectors. The same report gives the same bytes.
pub fn pdf(report: &DailyReport) -> Result<Vec<u8>, Error> {
    let fonts = Fonts::load(report.lang)?;
    let say = Say::new(report);
    let head = Head {
        title: say.word(W::DailyReport).to_owned(),
        site: &report.site,
        day: report.day,
        zone: &report.zone,
        made_at: report.made_at,
        made_by: &report.made_by,
        demo: report.demo,
    };
    let mut writer = Writer {
        report,
        say,
        fonts: chart_fonts(),
        paper: Paper::new(&fonts, 40.0, head.top()),
        head: &head,
    };
    writer.title();
    writer.summary();
    writer.stock();
    writer.zones();
    writer.deliveries();
    writer.proposals();
    writer.forecast();
    writer.findings();
    let Writer { paper, .. } = writer;
    head.finish(paper, say)
}

/// What stands at the edges of every page, and in the file's properties.
pub(crate) struct Head<'a> {
    pub(crate) title: String,
    pub(crate) site: &'a str,
    pub(crate) day: Day,
    pub(crate) zone: &'a charts::Zone,
    pub(crate) made_at: Timestamp,
    pub(crate) made_by: &'a str,
    pub(crate) demo: bool,
}

impl Head<'_> {
    /// Where text starts on pages after the first.
    pub(crate) fn top(&self) -> f32 {
        if self.demo { 84.0 } else { 62.0 }
    }

    /// Writes the pages as a file.
    pub(crate) fn finish(&self, paper: Paper<'_>, say: Say<'_>) -> Result<Vec<u8>, Error> {
        let refused = |detail: String| Error::Pdf { site: self.site.to_owned(), day: self.day, detail };
        let mut document = krilla::Document::new();
        document.set_metadata(self.metadata(&say));
        paper
            .finish(&mut document, |paper, page, pages| self.edges(paper, &say, page, pages))
            .map_err(refused)?;
        document.finish().map_err(|e| refused(format!("{e:?}")))
    }

    fn metadata(&self, say: &Say<'_>) -> Metadata {
        let at = Timestamp(self.zone.local_ms(self.made_at.0));
        let (year, month, day) = at.utc_day().civil();
        let second = at.0.rem_euclid(86_400_000) / 1000;
        let byte = |n: i64| u8::try_from(n).unwrap_or_default();
        let offset = i64::from(self.zone.offset_at(self.made_at.0));
        let made = DateTime::new(u16::try_from(year).unwrap_or_default())
            .month(byte(month.into()))
            .day(byte(day.into()))
            .hour(byte(second / 3600))
            .minute(byte(second / 60 % 60))
            .second(byte(second % 60))
            .utc_offset_hour(i8::try_from(offset / 60).unwrap_or_default())
            .utc_offset_minute(byte(offset.abs() % 60));
        let authors = if self.made_by.is_empty() { Vec::new() } else { vec![self.made_by.to_owned()] };
        Metadata::new()
            .title(format!("{} · {} · {}", self.title, self.site(say), self.day))
            .creator("Quartermaster".to_owned())
            .authors(authors)
            .language(say.lang.pick("en", "zh-Hans").to_owned())
            .text_direction(TextDirection::LeftToRight)
            .creation_date(made)
    }

    pub(crate) fn site(&self, say: &Say<'_>) -> &str {
        if self.site.trim().is_empty() { say.word(W::NoName) } else { self.site }
    }

    /// Header and footer.
    fn edges(&self, paper: &mut Paper<'_>, say: &Say<'_>, page: usize, pages: usize) {
        if page > 0 {
            paper.put(MARGIN, 30.0, self.site(say), SLIM, WIDTH * 0.55);
            let right = format!("{} · {}", self.title, self.day);
            paper.put_right(MARGIN + WIDTH, 30.0, &right, SLIM, WIDTH * 0.4);
            paper.rule(44.0, INK.line);
            if self.demo {
                self.banner(paper, say, 50.0);
            }
        }
        let y = PAGE.1 - 44.0;
        paper.rule(y, INK.line);
        let (at, by) = (format!("{} {}", say.time(self.made_at), self.zone.label), self.made_by.trim());
        let made =
            if by.is_empty() { say.fill(W::MadeAtAlone, &[&at]) } else { say.fill(W::MadeAt, &[&at, by]) };
        paper.put(MARGIN, y + 5.0, &format!("{made} · Quartermaster"), SLIM, WIDTH * 0.75);
        let number = say.fill(W::PageOf, &[&count(page as u64 + 1), &count(pages as u64)]);
        paper.put_right(MARGIN + WIDTH, y + 5.0, &number, SLIM, WIDTH * 0.25);
    }

    /// The banner of the simulated site.
    pub(crate) fn banner(&self, paper: &mut Paper<'_>, say: &Say<'_>, top: f32) {
        paper.frame((MARGIN, top), (WIDTH, 17.0), Some(INK.band), Some(INK.medium));
        let style = Style::new(8.0, Weight::SemiBold, INK.medium);
        paper.put(MARGIN + 8.0, top + 3.2, &format!("◆ {}", say.word(W::Demo)), style, WIDTH - 16.0);
    }
}

/// A figure of the strip under the title.
pub(crate) struct Kpi {
    pub(crate) label: String,
    pub(crate) figure: String,
    pub(crate) note: String,
    pub(crate) colour: Rgb,
}

/// Figures side by side.
pub(crate) fn kpi_strip(paper: &mut Paper<'_>, kpis: &[Kpi]) {
    let (top, height) = (paper.y(), 47.0);
    paper.frame((MARGIN, top), (WIDTH, height), None, Some(INK.line));
    let cell = WIDTH / kpis.len().max(1) as f32;
    for (n, kpi) in kpis.iter().enumerate() {
        let x = MARGIN + cell * n as f32;
        if n > 0 {
            paper.upright(x, top, top + height, INK.line);
        }
        let width = cell - 14.0;
        paper.put(x + 8.0, top + 5.0, &kpi.label, MUTED, width);
        let style = Style::new(15.0, Weight::SemiBold, kpi.colour);
        paper.put_figure(x + 8.0, top + 29.5, &kpi.figure, style, width);
        paper.put(x + 8.0, top + 35.0, &kpi.note, MUTED, width);
    }
    paper.skip(height + 10.0);
}

/// A chart at a place; in words where it can't be drawn.
pub(crate) fn draw_chart<C: charts::Chart>(
    paper: &mut Paper<'_>,
    fonts: &Arc<fontdb::Database>,
    say: Say<'_>,
    chart: &C,
    at: (f32, f32),
    size: (f32, f32),
) {
    let svg = charts::to_svg(chart, (size.0.round() as u32, size.1.round() as u32), &INK);
    let options = usvg::Options {
        font_family: "Noto Sans SC".to_owned(),
        fontdb: fonts.clone(),
        ..usvg::Options::default()
    };
    match usvg::Tree::from_str(&svg, &options) {
        Ok(tree) => paper.picture(at, size, tree),
        Err(_) => paper.put(at.0, at.1, say.word(W::ChartFailed), SLIM, size.0),
    }
}

struct Writer<'a> {
    report: &'a DailyReport,
    say: Say<'a>,
    fonts: Arc<fontdb::Database>,
    paper: Paper<'a>,
    head: &'a Head<'a>,
}

impl Writer<'_> {
    fn title(&mut self) {
        let (report, say) = (self.report, self.say);
        let top = self.paper.y();
        self.paper.put(MARGIN, top, say.word(W::DailyReport), TITLE, WIDTH * 0.5);
        self.paper.put_right(MARGIN + WIDTH, top + 4.0, &say.long_day(report.day), SITE, WIDTH * 0.5);
        self.paper.skip(31.0);
        let top = self.paper.y();
        self.paper.put(MARGIN, top, self.head.site(&say), SITE, WIDTH * 0.65);
        let zone = say.fill(W::TimesIn, &[&report.zone.label]);
        self.paper.put_words_right(MARGIN + WIDTH, top + 4.0, &zone, SLIM, WIDTH * 0.33);
        self.paper.skip(24.0);
        if report.demo {
            self.head.banner(&mut self.paper, &say, top + 22.0);
            self.paper.skip(22.0);
        }
    }

    fn summary(&mut self) {
        let kpis = self.kpis();
        kpi_strip(&mut self.paper, &kpis);
        for (colour, line) in self.sentences() {
            self.paper.need(12.0);
            let y = self.paper.y();
            self.paper.frame((MARGIN + 1.0, y + 3.8), (4.0, 4.0), Some(colour), None);
            self.paper.paragraph_in(&line, BODY, MARGIN + 11.0, WIDTH - 11.0, 4);
            self.paper.skip(2.5);
        }
    }

    fn kpis(&self) -> Vec<Kpi> {
        let (report, say) = (self.report, self.say);
        let excursions: usize = report.zones.iter().map(|zone| zone.excursions.len()).sum();
        let outside = report.zones.iter().filter(|zone| !zone.excursions.is_empty()).count();
        let waiting = report.proposals.iter().filter(|row| row.state == ProposalState::Draft).count();
        let at_risk: Money = report.stock_at_risk.iter().filter_map(|row| row.at_risk).sum();
        let cost: Money = report.proposals.iter().map(|row| row.cost).sum();
        let kpi = |label: String, figure: String, note: String| Kpi { label, figure, note, colour: INK.text };
        let mut zones = kpi(
            say.word(W::KpiExcursions).to_owned(),
            count(excursions as u64),
            say.fill(W::KpiExcursionsNote, &[&count(outside as u64), &count(report.zones.len() as u64)]),
        );
        if excursions > 0 {
            zones.colour = INK.critical;
            zones.figure = format!("■ {}", zones.figure);
        }
        vec![
            kpi(
                say.word(W::KpiAtRisk).to_owned(),
                count(report.stock_at_risk.len() as u64),
                say.fill(W::KpiOfItems, &[&count(report.items_total)]),
            ),
            kpi(
                say.in_unit(W::KpiMoney, &report.currency),
                round_money(at_risk),
                say.word(W::KpiMoneyNote).to_owned(),
            ),
            zones,
            kpi(
                say.word(W::KpiProposals).to_owned(),
                count(report.proposals.len() as u64),
                say.fill(W::KpiProposalsNote, &[&count(waiting as u64)]),
            ),
            kpi(
                say.in_unit(W::KpiCost, &report.currency),
                round_money(cost),
                say.fill(
                    W::KpiCostNote,
                    &[&count(
                        suppliers(&report.proposals).iter().filter(|name| !name.is_empty()).count() as u64
                    )],
                ),
            ),
        ]
    }

    /// What the day comes to, in words; a mark of colour where it is abnormal.
    fn sentences(&self) -> Vec<(Rgb, String)> {
        let (report, say) = (self.report, self.say);
        let mut lines = Vec::new();
        let total = count(report.items_total);
        if report.items_total == 0 && report.stock_at_risk.is_empty() {
            lines.push((INK.faint, say.word(W::NoItems).to_owned()));
        } else if report.stock_at_risk.is_empty() {
            lines.push((INK.faint, say.fill(W::SumStockNone, &[&total])));
        } else {
            let rows = count(report.stock_at_risk.len() as u64);
            let first = report
                .stock_at_risk
                .iter()
                .filter_map(|row| Some((row.stock_out_day?, row)))
                .min_by_key(|(day, _)| *day);
            lines.push(match first {
                Some((day, row)) => (
                    INK.ink,
                    say.fill(W::SumStock, &[&rows, &total, or_sku(&row.name, &row.sku), &day.to_string()]),
                ),
                None => (INK.ink, say.fill(W::SumStockNoDay, &[&rows, &total])),
            });
        }
        lines.extend(self.zone_sentences());
        lines.extend(self.delivery_sentence());
        lines.extend(self.proposal_sentences());
        let scored = report
            .forecast
            .rows
            .iter()
            .filter(|row| row.rmsse.is_finite() && row.naive_rmsse > 0.0 && row.naive_rmsse.is_finite());
        let (mut items, mut chosen, mut naive) = (0.0, 0.0, 0.0);
        for row in scored {
            items += row.items as f64;
            chosen += row.rmsse * row.items as f64;
            naive += row.naive_rmsse * row.items as f64;
        }
        if items > 0.0 {
            let better = 100.0 * (1.0 - chosen / naive);
            let word = if better >= 0.0 { W::SumForecast } else { W::SumForecastWorse };
            let figure = |value: f64| words::number(value, 3);
            let line = say.fill(
                word,
                &[&words::number(better.abs(), 1), &figure(chosen / items), &figure(naive / items)],
            );
            lines.push((if better >= 0.0 { INK.ink } else { INK.medium }, line));
        }
        lines
    }

    fn zone_sentences(&self) -> Vec<(Rgb, String)> {
        let (report, say) = (self.report, self.say);
        if report.zones.is_empty() {
            return vec![(INK.faint, say.word(W::SumNoZones).to_owned())];
        }
        let mut lines = Vec::new();
        let all = report.zones.iter().flat_map(|zone| zone.excursions.iter().map(move |one| (zone, one)));
        let farthest = all.clone().max_by_key(|(_, one)| one.worst.minus(one.limit).0.unsigned_abs());
        lines.push(match farthest {
            Some((zone, one)) => {
                let digits = digits(zone);
                let end =
                    one.end.map_or_else(|| say.word(W::StillOutside).to_owned(), |end| say.short_time(end));
                let parts = [
                    &count(all.count() as u64),
                    one.channel.as_str(),
                    zone.name.as_str(),
                    &milli(one.worst, digits),
                    &zone.unit,
                    &milli(one.limit, digits),
                    &say.short_time(one.start),
                    &end,
                ];
                (INK.critical, say.fill(W::SumExcursion, &parts))
            }
            None => (INK.ink, say.word(W::SumExcursionNone).to_owned()),
        });
        let gap: u64 = report.zones.iter().map(|zone| u64::from(zone.gap_minutes)).sum();
        let suspect: u64 = report.zones.iter().map(|zone| zone.suspect).fold(0, u64::saturating_add);
        if gap + suspect > 0 {
            lines.push((INK.medium, say.fill(W::SumGaps, &[&count(gap), &count(suspect)])));
        }
        lines
    }

    fn proposal_sentences(&self) -> Vec<(Rgb, String)> {
        let (report, say) = (self.report, self.say);
        if report.proposals.is_empty() {
            return vec![(INK.faint, say.word(W::SumProposalsNone).to_owned())];
        }
        let of = |state| count(report.proposals.iter().filter(|row| row.state == state).count() as u64);
        let cost: Money = report.proposals.iter().map(|row| row.cost).sum();
        let (rows, cost) = (count(report.proposals.len() as u64), money(cost));
        let (approved, ordered) = (of(ProposalState::Approved), of(ProposalState::Ordered));
        let first = report
            .proposals
            .iter()
            .filter(|row| row.state == ProposalState::Draft)
            .map(|row| row.order_by)
            .min();
        let mut lines = vec![match first {
            Some(day) => {
                let parts = [
                    rows.as_str(),
                    &report.currency,
                    &cost,
                    &of(ProposalState::Draft),
                    &approved,
                    &ordered,
                    &day.to_string(),
                ];
                (if day <= report.day { INK.high } else { INK.ink }, say.fill(W::SumProposals, &parts))
            }
            None => (
                INK.ink,
                say.fill(W::SumProposalsDecided, &[&rows, &report.currency, &cost, &approved, &ordered]),
            ),
        }];
        let assumed = report.proposals.iter().filter(|row| !row.assumed.is_empty()).count();
        if assumed > 0 {
            lines.push((INK.medium, say.fill(W::SumAssumed, &[&count(assumed as u64)])));
        }
        lines
    }

    fn stock(&mut self) {
        let (report, say) = (self.report, self.say);
        self.paper.heading(say.word(W::StockAtRisk), Paper::table_start());
        if report.stock_at_risk.is_empty() {
            let none = if report.items_total == 0 { W::NoItems } else { W::NoStockAtRisk };
            return self.paper.paragraph(say.word(none), BODY);
        }
        self.paper.paragraph(say.word(W::RiskNote), SLIM);
        self.paper.skip(5.0);
        let columns = [
            Column::text(say.word(W::Sku)),
            Column::words(say.word(W::Item), 1.0),
            Column::figures(say.word(W::Available)),
            Column::figures(say.word(W::OnOrder)),
            Column::text(say.word(W::Unit)),
            Column::figures(say.word(W::DemandDay)),
            Column::figures(say.word(W::CoverDays)),
            Column::text(say.word(W::RunsOut)),
            Column::figures(say.word(W::ChancePercent)),
            Column::figures(say.in_unit(W::AtRiskIn, &report.currency)),
        ];
        let rows: Vec<Row> = report
            .stock_at_risk
            .iter()
            .map(|row| {
                Row::cells(vec![
                    row.sku.as_str().into(),
                    row.name.as_str().into(),
                    quantity(row.available).into(),
                    quantity(row.on_order).into(),
                    row.unit_of_measure.as_str().into(),
                    rate(row.demand_per_day).into(),
                    row.days_of_cover
                        .map_or_else(|| NOTHING.to_owned(), |days| words::number(days, 1))
                        .into(),
                    day_cell(row.stock_out_day, report.day),
                    words::chance(row.stock_out_chance).into(),
                    row.at_risk.map_or_else(|| NOTHING.into(), |at_risk| Cell::from(money(at_risk)).strong()),
                ])
            })
            .collect();
        self.paper.table(&columns, &rows);
    }

    fn zones(&mut self) {
        let (report, say) = (self.report, self.say);
        self.paper.heading(say.word(W::Temperatures), Paper::table_start());
        if report.zones.is_empty() {
            return self.paper.paragraph(say.word(W::NoZones), BODY);
        }
        let columns = [
            Column::words(say.word(W::Zone), 1.0),
            Column::text(say.word(W::Unit)),
            Column::text(say.word(W::AllowedRange)),
            Column::figures(say.word(W::Min)),
            Column::figures(say.word(W::Mean)),
            Column::figures(say.word(W::Max)),
            Column::figures(say.word(W::Readings)),
            Column::figures(say.word(W::Suspect)),
            Column::figures(say.word(W::GapMinutes)),
            Column::figures(say.word(W::Excursions)),
        ];
        let rows: Vec<Row> = report
            .zones
            .iter()
            .map(|zone| {
                let digits = digits(zone);
                let value = |value: Option<Milli>| {
                    value.map_or_else(|| NOTHING.to_owned(), |value| milli(value, digits))
                };
                let held = |at: Option<Milli>| {
                    let outside = at.is_some_and(|at| {
                        zone.high.is_some_and(|high| at > high) || zone.low.is_some_and(|low| at < low)
                    });
                    if outside {
                        Cell::from(format!("■ {}", value(at))).strong().colour(INK.critical)
                    } else {
                        value(at).into()
                    }
                };
                let excursions = Cell::from(count(zone.excursions.len() as u64));
                Row::cells(vec![
                    zone.name.as_str().into(),
                    zone.unit.as_str().into(),
                    allowed(zone, &say).into(),
                    held(zone.min),
                    value(zone.mean).into(),
                    held(zone.max),
                    count(zone.readings).into(),
                    count(zone.suspect).into(),
                    count(u64::from(zone.gap_minutes)).into(),
                    if zone.excursions.is_empty() {
                        excursions
                    } else {
                        excursions.strong().colour(INK.critical)
                    },
                ])
            })
            .collect();
        self.paper.table(&columns, &rows);
        for zone in &report.zones {
            self.zone(zone);
        }
    }

    fn zone(&mut self, zone: &ZoneReport) {
        let say = self.say;
        if zone.readings == 0 && zone.excursions.is_empty() {
            return;
        }
        let digits = digits(zone);
        let figures = match (zone.min, zone.mean, zone.max) {
            (Some(min), Some(mean), Some(max)) => say.fill(
                W::ZoneFigures,
                &[&milli(min, digits), &milli(max, digits), &milli(mean, digits), &zone.unit],
            ),
            _ => say.word(W::ZoneNoReadings).to_owned(),
        };
        let figures =
            format!("{figures} · {} {}", say.word(W::AllowedRange).to_lowercase(), allowed(zone, &say));
        let drawn = zone
            .chart
            .as_ref()
            .filter(|chart| chart.series.iter().any(|line| line.points.iter().any(Option::is_some)));
        self.paper.subheading(
            &zone.name,
            &figures,
            drawn.map_or(0.0, |_| ZONE_CHART) + if zone.excursions.is_empty() { 14.0 } else { 60.0 },
        );
        if let Some(chart) = drawn {
            self.chart(chart, MARGIN, (WIDTH, ZONE_CHART));
            self.paper.skip(ZONE_CHART + 2.0);
        }
        if !zone.excursions.is_empty() {
            return self.excursions(zone, digits);
        }
        let inside =
            if zone.low.is_none() && zone.high.is_none() { W::ZoneNoLimits } else { W::NoExcursions };
        self.paper.paragraph(say.word(inside), SLIM);
    }

    fn excursions(&mut self, zone: &ZoneReport, digits: usize) {
        let (report, say) = (self.report, self.say);
        let in_unit = |word: W| {
            if zone.unit.is_empty() {
                say.word(word).to_owned()
            } else {
                format!("{}{}{}", say.word(word), say.lang.pick(", ", "，"), zone.unit)
            }
        };
        let columns = [
            Column::text(say.word(W::Probe)),
            Column::text(say.word(W::From)),
            Column::text(say.word(W::To)),
            Column::figures(say.word(W::Lasted)),
            Column::figures(in_unit(W::Worst)),
            Column::text(say.word(W::Side)),
            Column::figures(in_unit(W::Limit)),
            Column::words(say.word(W::Handled), 1.0),
        ];
        let row = |one: &Excursion| {
            let lasted = say.span(one.end.unwrap_or(report.made_at).0.saturating_sub(one.start.0));
            let handled = if one.note.trim().is_empty() {
                Cell::from(say.word(W::NotHandled)).colour(INK.muted)
            } else {
                one.note.as_str().into()
            };
            Row::cells(vec![
                one.channel.as_str().into(),
                say.short_time(one.start).into(),
                one.end.map_or_else(
                    || Cell::from(say.word(W::StillOutside)).strong().colour(INK.critical),
                    |end| say.short_time(end).into(),
                ),
                if one.end.is_none() { format!("> {lasted}") } else { lasted }.into(),
                Cell::from(milli(one.worst, digits)).strong().colour(INK.critical),
                format!(
                    "{} {}",
                    if one.high { "▲" } else { "▼" },
                    say.word(if one.high { W::AboveHigh } else { W::BelowLow })
                )
                .into(),
                milli(one.limit, digits).into(),
                handled,
            ])
        };
        let rows: Vec<Row> = zone.excursions.iter().map(row).collect();
        self.paper.table(&columns, &rows);
    }

    /// A chart at the top of what comes next; in words where it can't be drawn.
    fn chart<C: charts::Chart>(&mut self, chart: &C, x: f32, size: (f32, f32)) {
        let top = self.paper.y();
        draw_chart(&mut self.paper, &self.fonts, self.say, chart, (x, top), size);
    }

    fn delivery_sentence(&self) -> Option<(Rgb, String)> {
        let (day, say) = (self.report.deliveries.as_ref()?, self.say);
        let Some(plan) = &day.plan else {
            return Some((INK.medium, say.fill(W::SumDeliveriesNoPlan, &[&count(day.deliveries)])));
        };
        let served: usize = plan.routes.iter().map(|route| route.visits.len()).sum();
        let metres = plan.routes.iter().fold(units::Metres(0), |sum, route| sum.plus(route.distance));
        let parts = [
            &count(served as u64),
            &count(plan.routes.len() as u64),
            &kilometres(metres),
            &self.report.currency,
            &money(plan.cost),
            &count(plan.unserved.len() as u64),
        ];
        let colour = if plan.unserved.is_empty() { INK.ink } else { INK.high };
        Some((colour, say.fill(W::SumDeliveries, &parts.map(String::as_str))))
    }

    fn deliveries(&mut self) {
        let (report, say) = (self.report, self.say);
        let Some(day) = &report.deliveries else { return };
        let keep = if day.plan.is_some() { Paper::table_start() } else { 20.0 };
        self.paper.heading(say.word(W::Deliveries), keep);
        let Some(plan) = &day.plan else {
            return self.paper.paragraph(say.word(W::NoPlan), BODY);
        };
        let made = if plan.made_by.trim().is_empty() {
            say.fill(W::PlanMadeAlone, &[&say.short_time(plan.made_at)])
        } else {
            say.fill(W::PlanMade, &[&say.short_time(plan.made_at), plan.made_by.trim()])
        };
        self.paper.paragraph(&made, SLIM);
        let doubt = Style { colour: INK.medium, ..SLIM };
        if plan.estimated {
            self.paper.paragraph(&format!("◆ {}", say.word(W::PlanEstimated)), doubt);
        }
        if plan.stale {
            self.paper.paragraph(&format!("◆ {}", say.word(W::PlanStale)), doubt);
        }
        self.paper.skip(5.0);
        self.route_table(plan);
        if let Some(map) = &plan.map {
            // A little smaller rather than on a page of its own.
            let room = self.paper.room() - 14.0;
            let height = if room < DAY_MAP_LEAST { DAY_MAP } else { room.min(DAY_MAP) };
            self.paper.need(height + 8.0);
            self.paper.skip(6.0);
            self.chart(map, MARGIN, (WIDTH, height));
            self.paper.skip(height + 6.0);
        }
        let keep = if plan.unserved.is_empty() { 16.0 } else { Paper::table_start() };
        self.paper.subheading(say.word(W::NotServed), "", keep);
        if plan.unserved.is_empty() {
            return self.paper.paragraph(say.word(W::AllServed), BODY);
        }
        let columns = [
            Column::text(say.word(W::DeliveryCode)),
            Column::words(say.word(W::Customer), 1.0),
            Column::words(say.word(W::Address), 1.0),
            Column::figures(say.word(W::WeightKg)),
            Column::text(say.word(W::Window)),
            Column::words(say.word(W::Why), 1.2),
        ];
        let rows: Vec<Row> = plan
            .unserved
            .iter()
            .map(|row| {
                Row::cells(vec![
                    row.code.as_str().into(),
                    row.customer.as_str().into(),
                    row.address.as_str().into(),
                    crate::sheet::weight(row.weight_kg).into(),
                    words::window(row.window, &say).into(),
                    Cell::from(format!("▲ {}", say.unserved(row.reason))).colour(INK.high),
                ])
            })
            .collect();
        self.paper.table(&columns, &rows);
    }

    fn route_table(&mut self, plan: &DayPlan) {
        let (report, say) = (self.report, self.say);
        let columns = [
            Column::text(say.word(W::Vehicle)),
            Column::words(say.word(W::VehicleName), 1.0),
            Column::text(say.word(W::Leaves)),
            Column::text(say.word(W::Back)),
            Column::figures(say.word(W::Visits)),
            Column::figures(say.word(W::DistanceKm)),
            Column::figures(say.word(W::Driving)),
            Column::figures(say.word(W::LoadKg)),
            Column::figures(say.word(W::LoadPercent)),
            Column::figures(say.in_unit(W::CostIn, &report.currency)),
        ];
        let mut rows: Vec<Row> = plan
            .routes
            .iter()
            .map(|route| {
                Row::cells(vec![
                    Cell::from(route.vehicle.as_str()).strong(),
                    route.vehicle_name.as_str().into(),
                    say.short_time(route.leave_at).into(),
                    say.short_time(route.back_at).into(),
                    count(route.visits.len() as u64).into(),
                    kilometres(route.distance).into(),
                    say.span(route.driving.0).into(),
                    crate::sheet::weight(route.load_kg).into(),
                    route.load_share().to_string().into(),
                    Cell::from(money(route.cost)).strong(),
                ])
            })
            .collect();
        let sum = |of: fn(&RouteReport) -> i64| plan.routes.iter().map(of).fold(0, i64::saturating_add);
        rows.push(Row::cells(
            vec![
                say.word(W::Total).to_owned(),
                String::new(),
                String::new(),
                String::new(),
                count(sum(|route| route.visits.len() as i64).unsigned_abs()),
                kilometres(units::Metres(sum(|route| route.distance.0))),
                say.span(sum(|route| route.driving.0)),
                crate::sheet::weight(Milli(sum(|route| route.load_kg.0))),
                String::new(),
                money(plan.cost),
            ]
            .into_iter()
            .map(|text| Cell::from(text).strong())
            .collect(),
        ));
        self.paper.table(&columns, &rows);
    }

    fn proposals(&mut self) {
        let (report, say) = (self.report, self.say);
        let charted: Vec<&ProposalRow> = report.proposals.iter().filter(|row| row.chart.is_some()).collect();
        let keep = if charted.is_empty() { Paper::table_start() } else { STOCK_CHART.1 + 50.0 };
        self.paper.heading(say.word(W::Proposals), keep);
        if report.proposals.is_empty() {
            return self.paper.paragraph(say.word(W::NoProposals), BODY);
        }
        for row in &charted {
            self.urgent(row);
        }
        if !charted.is_empty() {
            self.paper.subheading(say.word(W::AllProposals), "", Paper::table_start());
        }
        let columns = [
            Column::text(say.word(W::Sku)),
            Column::words(say.word(W::Item), 1.0),
            Column::figures(say.word(W::OrderQuantity)),
            Column::text(say.word(W::Unit)),
            Column::figures(say.in_unit(W::CostIn, &report.currency)),
            Column::figures(say.in_unit(W::WaitingIn, &report.currency)),
            Column::text(say.word(W::OrderBy)),
            Column::text(say.word(W::RunsOut)),
            Column::figures(say.word(W::ChancePercent)),
            Column::text(say.word(W::State)),
        ];
        let mut rows = Vec::with_capacity(report.proposals.len() + 8);
        for supplier in suppliers(&report.proposals) {
            let of: Vec<&ProposalRow> =
                report.proposals.iter().filter(|row| row.supplier.trim() == supplier).collect();
            let cost: Money = of.iter().map(|row| row.cost).sum();
            let name = if supplier.is_empty() { say.word(W::NoSupplier) } else { supplier };
            let total = if of.len() == 1 { W::SupplierTotalOne } else { W::SupplierTotal };
            rows.push(Row::Group {
                left: name.to_owned(),
                right: say.fill(total, &[&count(of.len() as u64), &report.currency, &money(cost)]),
                continued: say.fill(W::Continued, &[name]),
            });
            rows.extend(of.into_iter().map(|row| self.proposal_row(row)));
        }
        self.paper.table(&columns, &rows);
    }

    fn proposal_row(&self, row: &ProposalRow) -> Row {
        let (report, say) = (self.report, self.say);
        let late = row.state == ProposalState::Draft && row.order_by < report.day;
        let order_by = Cell::from(row.order_by.to_string());
        let cells = vec![
            row.sku.as_str().into(),
            row.name.as_str().into(),
            Cell::from(quantity(row.quantity)).strong(),
            row.unit_of_measure.as_str().into(),
            Cell::from(money(row.cost)).strong(),
            if row.cost_of_waiting == Money::ZERO {
                NOTHING.into()
            } else {
                money(row.cost_of_waiting).into()
            },
            if late { order_by.strong().colour(INK.high) } else { order_by },
            day_cell(row.stock_out_day, report.day),
            words::chance(row.stock_out_chance).into(),
            say.state(row.state).into(),
        ];
        let figures = [
            say.fill(W::FigAvailable, &[&quantity(row.available)]),
            say.fill(W::FigOnOrder, &[&quantity(row.on_order)]),
            say.fill(W::FigDemand, &[&rate(row.demand_per_day)]),
            say.fill(W::FigLead, &[&row.lead_time_days.to_string(), &row.review_period_days.to_string()]),
            say.fill(W::FigSafety, &[&computed(row.safety_stock)]),
            say.fill(W::FigReorder, &[&computed(row.reorder_point)]),
            say.fill(W::FigUpTo, &[&computed(row.order_up_to)]),
            say.fill(W::FigService, &[&row.service_level.to_string()]),
            say.fill(W::FigUnitCost, &[&money(row.unit_cost)]),
        ];
        // A figure stays with its words.
        let figures: Vec<String> = figures.iter().map(|figure| figure.replace(' ', "\u{a0}")).collect();
        let mut notes = vec![(figures.join(" · "), INK.muted)];
        if !row.assumed.is_empty() {
            notes.push((format!("◆ {}", self.assumed(row)), INK.medium));
        }
        if !row.decided.trim().is_empty() {
            notes.push((crate::font::clean(&say.fill(W::DecidedBy, &[row.decided.trim()])), INK.text));
        }
        Row::tall(cells, notes, 0.0)
    }

    fn assumed(&self, row: &ProposalRow) -> String {
        self.say
            .fill(W::AssumedNote, &[&crate::font::clean(&row.assumed.join(self.say.lang.pick(", ", "、")))])
    }

    /// One of the first proposals, argued: its chart, and the figures it was made of.
    fn urgent(&mut self, row: &ProposalRow) {
        let (report, say) = (self.report, self.say);
        let name = or_sku(&row.name, &row.sku);
        let heading = if name == row.sku { name.to_owned() } else { format!("{name} · {}", row.sku) };
        let line = [
            &quantity(row.quantity),
            row.unit_of_measure.as_str(),
            &row.order_by.to_string(),
            report.currency.as_str(),
            &money(row.cost),
        ];
        let line = say.fill(W::UrgentLine, &line).replace("  ", " ");
        self.paper.subheading(&heading, &line, STOCK_CHART.1 + 12.0);
        let top = self.paper.y();
        if let Some(chart) = &row.chart {
            self.chart(chart, MARGIN, STOCK_CHART);
        }
        let days = |days: u16| say.fill(W::Days, &[&days.to_string()]);
        let runs_out = row.stock_out_day.map_or_else(|| NOTHING.to_owned(), |day| day.to_string());
        let percent = |value: String| if value == NOTHING { value } else { format!("{value} %") };
        let figures = [
            (W::RunsOut, runs_out),
            (W::Chance, percent(words::chance(row.stock_out_chance))),
            (W::Available, quantity(row.available)),
            (W::OnOrder, quantity(row.on_order)),
            (W::DemandDay, rate(row.demand_per_day)),
            (W::SafetyStock, computed(row.safety_stock)),
            (W::ReorderPoint, computed(row.reorder_point)),
            (W::OrderUpTo, computed(row.order_up_to)),
            (W::LeadTime, days(row.lead_time_days)),
            (W::Review, days(row.review_period_days)),
            (W::ServiceLevel, percent(row.service_level.to_string())),
            (
                W::CostOfWaiting,
                if row.cost_of_waiting == Money::ZERO {
                    NOTHING.to_owned()
                } else {
                    money(row.cost_of_waiting)
                },
            ),
        ];
        let x = MARGIN + STOCK_CHART.0 + 16.0;
        let right = MARGIN + WIDTH;
        let mut y = top + 2.0;
        for (word, figure) in figures {
            self.paper.put(x, y, say.word(word), Style { size: 7.25, ..MUTED }, right - x - 50.0);
            self.paper.put_right(right, y, &figure, Style::new(7.25, Weight::Regular, INK.text), 90.0);
            y += 10.2;
        }
        self.paper.skip(STOCK_CHART.1.max(y - top) + 2.0);
        if !row.assumed.is_empty() {
            let text = format!("◆ {}", self.assumed(row));
            self.paper.paragraph(&text, Style { colour: INK.medium, ..MUTED });
        }
        self.paper.skip(4.0);
    }

    fn forecast(&mut self) {
        let (report, say) = (self.report, self.say);
        let note = &report.forecast;
        let keep = if note.rows.is_empty() { 20.0 } else { Paper::table_start() };
        self.paper.heading(say.word(W::Forecasts), keep);
        let text = note.text.trim();
        if !text.is_empty() || note.rows.is_empty() {
            self.paper.paragraph(
                if text.is_empty() { say.word(W::NoForecasts) } else { text },
                if note.rows.is_empty() { BODY } else { SLIM },
            );
            self.paper.skip(5.0);
        }
        if note.rows.is_empty() {
            return;
        }
        let columns = [
            Column::words(say.word(W::Model), 1.0),
            Column::text(say.word(W::RanOn)),
            Column::figures(say.word(W::Items)),
            Column::figures(say.word(W::Rmsse)),
            Column::figures(say.word(W::NaiveRmsse)),
            Column::figures(say.word(W::BetterPercent)),
        ];
        let score = |value: f64| if value > 0.0 { words::number(value, 3) } else { NOTHING.to_owned() };
        let rows: Vec<Row> = note
            .rows
            .iter()
            .map(|row| {
                let better = if row.naive_rmsse > 0.0 && row.rmsse > 0.0 {
                    words::number(100.0 * (1.0 - row.rmsse / row.naive_rmsse), 1)
                } else {
                    NOTHING.to_owned()
                };
                Row::cells(vec![
                    say.model(&row.model).into(),
                    say.provider(&row.provider).into(),
                    count(row.items).into(),
                    Cell::from(score(row.rmsse)).strong(),
                    score(row.naive_rmsse).into(),
                    better.into(),
                ])
            })
            .collect();
        self.paper.table(&columns, &rows);
    }

    fn findings(&mut self) {
        let (report, say) = (self.report, self.say);
        let keep = if report.findings.is_empty() { 20.0 } else { Paper::table_start() };
        self.paper.heading(say.word(W::Findings), keep);
        if report.findings.is_empty() {
            return self.paper.paragraph(say.word(W::NoFindings), BODY);
        }
        let columns = [
            Column::text(say.word(W::Severity)),
            Column::words(say.word(W::What), 2.0),
            Column::words(say.word(W::About), 1.0),
            Column::figures(say.word(W::Times)),
        ];
        let rows: Vec<Row> = report
            .findings
            .iter()
            .map(|row| {
                let (shape, colour) = match row.severity {
                    Severity::Error => ("■", INK.critical),
                    Severity::Warning => ("◆", INK.medium),
                    Severity::Note => ("●", INK.low),
                };
                Row::cells(vec![
                    Cell::from(format!("{shape} {}", say.severity(row.severity))).colour(colour),
                    row.text.as_str().into(),
                    row.subject.as_str().into(),
                    count(row.count).into(),
                ])
            })
            .collect();
        self.paper.table(&columns, &rows);
    }
}

/// A day; the report's own day or an earlier one stands out.
fn day_cell(day: Option<Day>, today: Day) -> Cell {
    match day {
        Some(day) if day <= today => Cell::from(day.to_string()).strong().colour(INK.critical),
        Some(day) => day.to_string().into(),
        None => NOTHING.into(),
    }
}

/// Suppliers in the order in which their first proposal stands; without one last.
fn suppliers(rows: &[ProposalRow]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let mut names: Vec<&str> =
        rows.iter().map(|row| row.supplier.trim()).filter(|name| seen.insert(*name)).collect();
    names.sort_by_key(|name| name.is_empty());
    names
}

/// Decimals that show a zone's readings and limits as they are: 1 to 3. The mean is given as many.
fn digits(zone: &ZoneReport) -> usize {
    let values = [zone.low, zone.high, zone.min, zone.max].into_iter().flatten();
    let values = values.chain(zone.excursions.iter().flat_map(|one| [one.worst, one.limit]));
    values
        .map(|value| {
            if value.0 % 10 != 0 {
                3
            } else if value.0 % 100 != 0 {
                2
            } else {
                1
            }
        })
        .max()
        .unwrap_or(1)
}

/// `2 to 8`, `≤ 8`, `≥ 2`.
fn allowed(zone: &ZoneReport, say: &Say<'_>) -> String {
    let figure = |value: Milli| words::grouped(&value.to_string());
    match (zone.low, zone.high) {
        (Some(low), Some(high)) => say.fill(W::LowToHigh, &[&figure(low), &figure(high)]),
        (None, Some(high)) => format!("≤ {}", figure(high)),
        (Some(low), None) => format!("≥ {}", figure(low)),
        (None, None) => say.word(W::NoLimits).to_owned(),
    }
}

fn or_sku<'a>(name: &'a str, sku: &'a str) -> &'a str {
    if name.trim().is_empty() { sku } else { name }
}

/// Whole units, for the strip of figures.
fn round_money(value: Money) -> String {
    words::grouped(&format!("{value:.0}"))
}
