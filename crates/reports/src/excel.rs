//! The report as a workbook: a sheet a section, numbers as numbers, days and times as Excel's own.

use crate::rows::{Cell, Sheet, sheets};
use crate::words::{Say, W};
use crate::{DailyReport, Error};
use charts::Zone;
use domain::ProposalState;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use units::{Day, Money, Timestamp};

/// What a cell holds at most (Excel's limit, in UTF-16 units).
const TEXT_MAX: usize = 32_767;

/// The report as XLSX: a summary, then a sheet a section. Text is written as text, so none is a formula; times are the site's wall clock, as the
/// headings say. The same report gives the same bytes.
pub fn xlsx(report: &DailyReport) -> Result<Vec<u8>, Error> {
    let say = Say::new(report);
    let styles = Styles::new();
    let mut book = Workbook::new();
    let title = format!("{} · {} · {}", say.word(W::DailyReport), report.site, report.day);
    let mut properties = DocProperties::new()
        .set_title(cut(&title))
        .set_author(cut(&report.made_by))
        .set_company(cut(&report.site));
    // Without one the library would take the clock's.
    if let Some(made) = moment(report.made_at).or_else(|| date(Day(0))) {
        properties = properties.set_creation_datetime(&made);
    }
    book.set_properties(&properties);
    summary(book.add_worksheet(), report, &say, &styles)?;
    for sheet in sheets(report) {
        section(book.add_worksheet(), &sheet, report, &styles)?;
    }
    Ok(book.save_to_buffer()?)
}

struct Styles {
    head: Format,
    head_right: Format,
    title: Format,
    strong: Format,
    muted: Format,
    text: Format,
    wrapped: Format,
    day: Format,
    time: Format,
}

impl Styles {
    fn new() -> Self {
        let base = || Format::new().set_align(FormatAlign::Top);
        let head = || {
            Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Bottom)
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(Color::RGB(0x868d93))
        };
        Self {
            head: head(),
            head_right: head().set_align(FormatAlign::Right),
            title: Format::new().set_bold().set_font_size(16.0),
            strong: base().set_bold(),
            muted: base().set_font_color(Color::RGB(0x565d63)),
            text: base(),
            wrapped: base().set_text_wrap(),
            day: base().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            time: base().set_num_format("yyyy-mm-dd hh:mm:ss").set_align(FormatAlign::Left),
        }
    }

    fn number(pattern: &str) -> Format {
        Format::new().set_align(FormatAlign::Top).set_num_format(pattern)
    }
}

/// `#,##0`, `#,##0.00`.
fn pattern(digits: usize) -> String {
    if digits == 0 { "#,##0".to_owned() } else { format!("#,##0.{}", "0".repeat(digits)) }
}

/// Text that fits into a cell, without what XML can't hold.
fn cut(text: &str) -> String {
    let mut units = 0;
    text.chars()
        .filter(|c| !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .take_while(|c| {
            units += c.len_utf16();
            units <= TEXT_MAX
        })
        .collect()
}

fn date(day: Day) -> Option<ExcelDateTime> {
    let (year, month, date) = day.civil();
    ExcelDateTime::from_ymd(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(date).ok()?)
        .ok()
}

/// A wall clock.
fn moment(at: Timestamp) -> Option<ExcelDateTime> {
    let second = at.0.rem_euclid(86_400_000) / 1000;
    let byte = |n: i64| u8::try_from(n).ok();
    date(at.utc_day())?
        .and_hms(u16::from(byte(second / 3600)?), byte(second / 60 % 60)?, f64::from(byte(second % 60)?))
        .ok()
}

fn put(
    sheet: &mut Worksheet,
    at: (u32, u16),
    cell: &Cell,
    zone: &Zone,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let (row, column) = at;
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            let style = if text.chars().count() > 24 { &styles.wrapped } else { &styles.text };
            sheet.write_string_with_format(row, column, cut(text), style)?;
        }
        Cell::Count(n) => {
            sheet.write_number_with_format(row, column, *n as f64, &Styles::number("#,##0"))?;
        }
        Cell::Quantity(value) => {
            let digits = value.to_string().split_once('.').map_or(0, |(_, digits)| digits.len());
            sheet.write_number_with_format(row, column, value.to_f64(), &Styles::number(&pattern(digits)))?;
        }
        Cell::Milli(value) => {
            let digits = value.to_string().split_once('.').map_or(1, |(_, digits)| digits.len());
            sheet.write_number_with_format(row, column, value.to_f64(), &Styles::number(&pattern(digits)))?;
        }
        Cell::Money(value) => {
            sheet.write_number_with_format(row, column, value.to_f64(), &Styles::number(&pattern(2)))?;
        }
        Cell::Percent(value) => {
            let digits = usize::from(value.0 % 10 != 0);
            sheet.write_number_with_format(
                row,
                column,
                f64::from(value.0) / 10.0,
                &Styles::number(&pattern(digits)),
            )?;
        }
        Cell::Number(value, digits) if value.is_finite() => {
            sheet.write_number_with_format(row, column, *value, &Styles::number(&pattern(*digits)))?;
        }
        Cell::Number(..) => {}
        Cell::Day(day) => match date(*day) {
            Some(date) => {
                sheet.write_datetime_with_format(row, column, &date, &styles.day)?;
            }
            None => {
                sheet.write_string_with_format(row, column, day.to_string(), &styles.text)?;
            }
        },
        Cell::Time(at) => match moment(Timestamp(zone.local_ms(at.0))) {
            Some(moment) => {
                sheet.write_datetime_with_format(row, column, &moment, &styles.time)?;
            }
            None => {
                sheet.write_string_with_format(row, column, at.to_string(), &styles.text)?;
            }
        },
    }
    Ok(())
}

fn is_figure(cell: &Cell) -> bool {
    !matches!(cell, Cell::Empty | Cell::Text(_) | Cell::Day(_) | Cell::Time(_))
}

/// Prints well: A4 across, as wide as the page.
fn print(sheet: &mut Worksheet, report: &DailyReport) {
    // `&` starts a code in Excel's headers.
    let site: String =
        report.site.chars().filter(|c| !c.is_control()).take(60).collect::<String>().replace('&', "&&");
    sheet
        .set_paper_size(9)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_header(format!("&L{site}&R{}", report.day))
        .set_footer("&R&P / &N");
}

fn section(
    sheet: &mut Worksheet,
    section: &Sheet,
    report: &DailyReport,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name(section.name)?;
    for (at, (head, width)) in (0_u16..).zip(&section.columns) {
        let figures = section.rows.iter().any(|row| row.get(usize::from(at)).is_some_and(is_figure));
        sheet.write_string_with_format(
            0,
            at,
            cut(head),
            if figures { &styles.head_right } else { &styles.head },
        )?;
        sheet.set_column_width(at, f64::from((*width).max(6)))?;
    }
    sheet.set_row_height(0, 32.0)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    for (at, row) in (1_u32..).zip(&section.rows) {
        for (column, cell) in (0_u16..).zip(row) {
            put(sheet, (at, column), cell, &report.zone, styles)?;
        }
    }
    if section.rows.is_empty() {
        sheet.write_string_with_format(1, 0, section.empty, &styles.muted)?;
    } else if let (Ok(rows), Ok(columns)) =
        (u32::try_from(section.rows.len()), u16::try_from(section.columns.len()))
    {
        sheet.autofilter(0, 0, rows, columns.saturating_sub(1))?;
    }
    print(sheet, report);
    Ok(())
}

fn summary(
    sheet: &mut Worksheet,
    report: &DailyReport,
    say: &Say<'_>,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name(say.word(W::Summary))?;
    sheet.set_column_width(0, 40.0)?;
    sheet.set_column_width(1, 28.0)?;
    sheet.write_string_with_format(0, 0, say.word(W::DailyReport), &styles.title)?;
    sheet.set_freeze_panes(1, 0)?;
    let word = |word: W| say.word(word).to_owned();
    let money = |word: W| say.in_unit(word, &report.currency);
    let count = |n: usize| Cell::Count(n as u64);
    let states =
        |state: ProposalState| count(report.proposals.iter().filter(|row| row.state == state).count());
    let made = say.in_unit(W::MadeIn, &report.zone.label);
    let mut rows: Vec<(String, Cell)> = vec![
        (word(W::Site), report.site.as_str().into()),
        (word(W::Day), Cell::Day(report.day)),
        (word(W::ClockZone), report.zone.label.as_str().into()),
        (made, Cell::Time(report.made_at)),
        (word(W::MadeBy), report.made_by.as_str().into()),
        (word(W::Currency), report.currency.as_str().into()),
        (String::new(), Cell::Empty),
        (word(W::ItemsLooked), Cell::Count(report.items_total)),
        (word(W::KpiAtRisk), count(report.stock_at_risk.len())),
        (
            money(W::KpiMoney),
            Cell::Money(report.stock_at_risk.iter().filter_map(|row| row.at_risk).sum::<Money>()),
        ),
        (word(W::KpiExcursions), count(report.zones.iter().map(|zone| zone.excursions.len()).sum())),
        (word(W::KpiProposals), count(report.proposals.len())),
    ];
    for state in [ProposalState::Draft, ProposalState::Approved, ProposalState::Ordered] {
        rows.push((format!("  {}", say.state(state)), states(state)));
    }
    rows.push((money(W::KpiCost), Cell::Money(report.proposals.iter().map(|row| row.cost).sum::<Money>())));
    if let Some(day) = &report.deliveries {
        rows.push((word(W::Deliveries), Cell::Count(day.deliveries)));
        if let Some(plan) = &day.plan {
            rows.push((format!("  {}", say.word(W::Routes)), count(plan.routes.len())));
            rows.push((format!("  {}", say.word(W::NotServed)), count(plan.unserved.len())));
            rows.push((format!("  {}", money(W::CostIn)), Cell::Money(plan.cost)));
        }
    }
    rows.push((word(W::Findings), count(report.findings.len())));
    if !report.forecast.text.trim().is_empty() {
        rows.push((word(W::Forecasts), report.forecast.text.as_str().into()));
    }
    let mut at = 2_u32;
    if report.demo {
        sheet.write_string_with_format(1, 0, say.word(W::Demo), &styles.strong)?;
        at += 1;
    }
    for (label, cell) in rows {
        if !label.is_empty() {
            sheet.write_string_with_format(at, 0, label, &styles.muted)?;
        }
        put(sheet, (at, 1), &cell, &report.zone, styles)?;
        at += 1;
    }
    print(sheet, report);
    Ok(())
}
