//! The report's tables as plain cells, the same for the workbook and for CSV: every row, every figure.

use crate::words::{Say, W, window};
use crate::{DailyReport, DayPlan};
use units::{Day, Milli, Money, Permille, Quantity, Timestamp};

/// A cell; numbers stay numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Count(u64),
    Quantity(Quantity),
    Milli(Milli),
    Money(Money),
    /// A share, in percent.
    Percent(Permille),
    /// A computed number and the decimals it is worth showing.
    Number(f64, usize),
    Day(Day),
    Time(Timestamp),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.trim().is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }
}

/// A heading and how wide its column is in a workbook, in characters; 0: as its heading.
pub(crate) type Column = (String, u16);

/// One section.
pub(crate) struct Sheet {
    pub(crate) name: &'static str,
    /// The end of its CSV file's name; empty: not written as CSV.
    pub(crate) file: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// What is said where there are no rows.
    pub(crate) empty: &'static str,
}

fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
    value.map_or(Cell::Empty, cell)
}

fn score(value: f64) -> Cell {
    if value > 0.0 { Cell::Number(value, 3) } else { Cell::Empty }
}

/// All sections but the summary, in the order of the PDF.
pub(crate) fn sheets(report: &DailyReport) -> Vec<Sheet> {
    let say = Say::new(report);
    let mut all = vec![stock(report, &say), temperatures(report, &say), excursions(report, &say)];
    if let Some(day) = &report.deliveries {
        let plan = day.plan.as_ref();
        all.extend([deliveries(report, plan, &say), routes(report, plan, &say)]);
    }
    all.extend([proposals(report, &say), forecast(report, &say), findings(report, &say)]);
    all
}

/// A row a visit, then a row a delivery that is on no route.
fn deliveries(report: &DailyReport, plan: Option<&DayPlan>, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    let clock = |word: W| say.in_unit(word, &report.zone.label);
    let mut rows = Vec::new();
    for route in plan.map(|plan| plan.routes.as_slice()).unwrap_or_default() {
        rows.extend((1..).zip(&route.visits).map(|(number, visit)| {
            vec![
                route.vehicle.as_str().into(),
                Cell::Count(number),
                visit.code.as_str().into(),
                visit.customer.as_str().into(),
                visit.address.as_str().into(),
                Cell::Milli(visit.weight_kg),
                window(visit.window, say).as_str().into(),
                Cell::Time(visit.arrive_at),
                Cell::Time(visit.start_at),
                Cell::Time(visit.leave_at),
                Cell::Number(visit.distance.0 as f64 / 1_000.0, 3),
                visit.note.as_str().into(),
                Cell::Empty,
            ]
        }));
    }
    rows.extend(plan.map(|plan| plan.unserved.as_slice()).unwrap_or_default().iter().map(|row| {
        vec![
            Cell::Empty,
            Cell::Empty,
            row.code.as_str().into(),
            row.customer.as_str().into(),
            row.address.as_str().into(),
            Cell::Milli(row.weight_kg),
            window(row.window, say).as_str().into(),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            say.unserved(row.reason).into(),
        ]
    }));
    Sheet {
        name: say.word(W::Deliveries),
        file: "deliveries",
        empty: say.word(W::NoPlan),
        columns: columns([
            (word(W::Vehicle), 12),
            (word(W::Number), 6),
            (word(W::DeliveryCode), 16),
            (word(W::Customer), 26),
            (word(W::Address), 28),
            (word(W::WeightKg), 12),
            (word(W::Window), 14),
            (clock(W::ArriveIn), 18),
            (clock(W::BeginIn), 18),
            (clock(W::LeaveIn), 18),
            (word(W::DistanceKm), 12),
            (word(W::Note), 30),
            (word(W::NotServed), 34),
        ]),
        rows,
    }
}

fn routes(report: &DailyReport, plan: Option<&DayPlan>, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    let clock = |word: W| say.in_unit(word, &report.zone.label);
    Sheet {
        name: say.word(W::Routes),
        file: "routes",
        empty: say.word(W::NoPlan),
        columns: columns([
            (word(W::Vehicle), 12),
            (word(W::VehicleName), 22),
            (clock(W::LeavesIn), 18),
            (clock(W::BackIn), 18),
            (word(W::Visits), 10),
            (word(W::DistanceKm), 12),
            (word(W::DrivingMinutes), 12),
            (word(W::LoadKg), 12),
            (word(W::CapacityKg), 12),
            (word(W::LoadPercent), 10),
            (say.in_unit(W::CostIn, &report.currency), 14),
        ]),
        rows: plan
            .map(|plan| plan.routes.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|route| {
                vec![
                    route.vehicle.as_str().into(),
                    route.vehicle_name.as_str().into(),
                    Cell::Time(route.leave_at),
                    Cell::Time(route.back_at),
                    Cell::Count(route.visits.len() as u64),
                    Cell::Number(route.distance.0 as f64 / 1_000.0, 3),
                    Cell::Number(route.driving.0 as f64 / 60_000.0, 1),
                    Cell::Milli(route.load_kg),
                    Cell::Milli(route.capacity_kg),
                    Cell::Percent(route.load_share()),
                    Cell::Money(route.cost),
                ]
            })
            .collect(),
    }
}

fn columns(of: impl IntoIterator<Item = (impl Into<String>, u16)>) -> Vec<Column> {
    of.into_iter().map(|(head, width)| (head.into(), width)).collect()
}

fn stock(report: &DailyReport, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    Sheet {
        name: say.word(W::StockAtRisk),
        file: "stock",
        empty: say.word(W::NoStockAtRisk),
        columns: columns([
            (word(W::Sku), 16),
            (word(W::Item), 36),
            (word(W::Unit), 8),
            (word(W::Available), 12),
            (word(W::OnOrder), 12),
            (word(W::DemandDay), 12),
            (word(W::CoverDays), 12),
            (word(W::RunsOut), 12),
            (word(W::ChancePercent), 12),
            (say.in_unit(W::AtRiskIn, &report.currency), 16),
        ]),
        rows: report
            .stock_at_risk
            .iter()
            .map(|row| {
                vec![
                    row.sku.as_str().into(),
                    row.name.as_str().into(),
                    row.unit_of_measure.as_str().into(),
                    Cell::Quantity(row.available),
                    Cell::Quantity(row.on_order),
                    Cell::Number(row.demand_per_day, 2),
                    maybe(row.days_of_cover, |days| Cell::Number(days, 1)),
                    maybe(row.stock_out_day, Cell::Day),
                    maybe(row.stock_out_chance, Cell::Percent),
                    maybe(row.at_risk, Cell::Money),
                ]
            })
            .collect(),
    }
}

fn temperatures(report: &DailyReport, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    Sheet {
        name: say.word(W::Temperatures),
        file: "temperatures",
        empty: say.word(W::NoZones),
        columns: columns([
            (word(W::Zone), 28),
            (word(W::Unit), 8),
            (word(W::Low), 11),
            (word(W::High), 11),
            (word(W::Min), 11),
            (word(W::Mean), 11),
            (word(W::Max), 11),
            (word(W::Readings), 11),
            (word(W::Suspect), 11),
            (word(W::GapMinutes), 13),
            (word(W::Excursions), 12),
        ]),
        rows: report
            .zones
            .iter()
            .map(|zone| {
                let value = |value| maybe(value, Cell::Milli);
                vec![
                    zone.name.as_str().into(),
                    zone.unit.as_str().into(),
                    value(zone.low),
                    value(zone.high),
                    value(zone.min),
                    value(zone.mean),
                    value(zone.max),
                    Cell::Count(zone.readings),
                    Cell::Count(zone.suspect),
                    Cell::Count(u64::from(zone.gap_minutes)),
                    Cell::Count(zone.excursions.len() as u64),
                ]
            })
            .collect(),
    }
}

fn excursions(report: &DailyReport, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    let row = |zone: &crate::ZoneReport, one: &crate::Excursion| {
        let minutes =
            one.end.unwrap_or(report.made_at).0.saturating_sub(one.start.0).max(0) as f64 / 60_000.0;
        vec![
            zone.name.as_str().into(),
            one.channel.as_str().into(),
            Cell::Time(one.start),
            one.end.map_or_else(|| Cell::from(say.word(W::StillOutside)), Cell::Time),
            Cell::Number(minutes, 1),
            Cell::Milli(one.worst),
            say.word(if one.high { W::AboveHigh } else { W::BelowLow }).into(),
            Cell::Milli(one.limit),
            zone.unit.as_str().into(),
            one.note.as_str().into(),
        ]
    };
    Sheet {
        name: say.word(W::Excursions),
        file: "excursions",
        empty: say.word(W::SumExcursionNone),
        columns: columns([
            (word(W::Zone), 28),
            (word(W::Probe), 18),
            (say.in_unit(W::FromIn, &report.zone.label), 18),
            (say.in_unit(W::ToIn, &report.zone.label), 18),
            (word(W::Minutes), 10),
            (word(W::Worst), 12),
            (word(W::Side), 10),
            (word(W::Limit), 10),
            (word(W::Unit), 8),
            (word(W::Handled), 40),
        ]),
        rows: report
            .zones
            .iter()
            .flat_map(|zone| zone.excursions.iter().map(move |one| row(zone, one)))
            .collect(),
    }
}

fn proposals(report: &DailyReport, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    let money = |word: W| say.in_unit(word, &report.currency);
    let service = format!("{}{}", say.word(W::ServiceLevel), say.lang.pick(", %", "，%"));
    Sheet {
        name: say.word(W::Proposals),
        file: "proposals",
        empty: say.word(W::NoProposals),
        columns: columns([
            (word(W::Supplier), 26),
            (word(W::Sku), 16),
            (word(W::Item), 36),
            (word(W::OrderQuantity), 11),
            (word(W::Unit), 8),
            (money(W::UnitCostIn), 14),
            (money(W::CostIn), 14),
            (money(W::WaitingIn), 16),
            (word(W::OrderBy), 12),
            (word(W::RunsOut), 12),
            (word(W::ChancePercent), 12),
            (word(W::State), 11),
            (word(W::Decided), 28),
            (word(W::Available), 11),
            (word(W::OnOrder), 11),
            (word(W::DemandDay), 11),
            (word(W::SafetyStock), 11),
            (word(W::ReorderPoint), 11),
            (word(W::OrderUpTo), 11),
            (word(W::LeadTimeDays), 11),
            (word(W::ReviewDays), 11),
            (service, 11),
            (word(W::Assumed), 28),
        ]),
        rows: report
            .proposals
            .iter()
            .map(|row| {
                vec![
                    row.supplier.as_str().into(),
                    row.sku.as_str().into(),
                    row.name.as_str().into(),
                    Cell::Quantity(row.quantity),
                    row.unit_of_measure.as_str().into(),
                    Cell::Money(row.unit_cost),
                    Cell::Money(row.cost),
                    Cell::Money(row.cost_of_waiting),
                    Cell::Day(row.order_by),
                    maybe(row.stock_out_day, Cell::Day),
                    maybe(row.stock_out_chance, Cell::Percent),
                    say.state(row.state).into(),
                    row.decided.as_str().into(),
                    Cell::Quantity(row.available),
                    Cell::Quantity(row.on_order),
                    Cell::Number(row.demand_per_day, 2),
                    Cell::Quantity(row.safety_stock),
                    Cell::Quantity(row.reorder_point),
                    Cell::Quantity(row.order_up_to),
                    Cell::Count(row.lead_time_days.into()),
                    Cell::Count(row.review_period_days.into()),
                    Cell::Percent(row.service_level),
                    row.assumed.join(say.lang.pick(", ", "、")).as_str().into(),
                ]
            })
            .collect(),
    }
}

fn forecast(report: &DailyReport, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    Sheet {
        name: say.word(W::Forecasts),
        file: "",
        empty: say.word(W::NoForecasts),
        columns: columns([
            (word(W::Model), 24),
            (word(W::RanOn), 16),
            (word(W::Items), 11),
            (word(W::Rmsse), 11),
            (word(W::NaiveRmsse), 18),
        ]),
        rows: report
            .forecast
            .rows
            .iter()
            .map(|row| {
                vec![
                    say.model(&row.model).as_str().into(),
                    say.provider(&row.provider).as_str().into(),
                    Cell::Count(row.items),
                    score(row.rmsse),
                    score(row.naive_rmsse),
                ]
            })
            .collect(),
    }
}

fn findings(report: &DailyReport, say: &Say<'_>) -> Sheet {
    let word = |word: W| say.word(word).to_owned();
    Sheet {
        name: say.word(W::Findings),
        file: "",
        empty: say.word(W::NoFindings),
        columns: columns([
            (word(W::Severity), 11),
            (word(W::What), 60),
            (word(W::About), 28),
            (word(W::Times), 10),
        ]),
        rows: report
            .findings
            .iter()
            .map(|row| {
                vec![
                    say.severity(row.severity).into(),
                    row.text.as_str().into(),
                    row.subject.as_str().into(),
                    Cell::Count(row.count),
                ]
            })
            .collect(),
    }
}
