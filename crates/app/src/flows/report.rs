//! The daily report: gathered from the store, drawn by `reports`, kept in the site's folder with its hashes in the audit.

use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::Inner;
use crate::serve::excursion_rows;
use crate::wire::shown::Shown;
use contract::{AlarmRow, Code, Language, ReportFile, ReportSet};
use domain::{Actor, AlarmRule, ChannelSpec, ForecastModel, Grain, Item, Proposal, ProposalState, Severity};
use reports::{AccuracyRow, DailyReport, Excursion, ForecastNote, ProposalRow, StockRiskRow, ZoneReport};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use store::{Act, ItemQuery, ItemSort, PurchaseOrder};
use units::{Day, ItemId, Milli, Millis, Quantity, Timestamp};

/// Rows of stock at risk printed.
const RISK_ROWS: u32 = 200;

/// Proposals printed with a chart of their own.
const CHARTED_PROPOSALS: usize = 3;

/// Points of a drawn day: one in five minutes.
const DAY_BUCKETS: u32 = 288;

/// Where reports are kept.
pub(crate) fn folder(inner: &Inner) -> PathBuf {
    inner.folder.join("reports")
}

/// SHA-256 in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Writes a file whole or not at all: beside its name first, then renamed.
pub(crate) fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let target = folder.join(name);
    let unwritable = |e: std::io::Error| {
        let code = if e.kind() == std::io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Storage };
        Failure::new(
            code,
            format!("write {}: {e}; free some room or check the folder's rights", target.display()),
        )
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let beside = folder.join(format!(".{name}.part"));
    std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, &target)).map_err(unwritable)
}

/// Purchase orders as the file writes them.
pub(crate) fn exchange_orders(
    inner: &Inner,
    orders: &[PurchaseOrder],
    currency: &str,
) -> Result<Vec<exchange::PurchaseOrder>> {
    let items: HashMap<ItemId, Item> =
        inner.store.records.all_items()?.into_iter().map(|item| (item.id, item)).collect();
    let (site, zone) = (inner.settings().name, inner.zone());
    let mut files = Vec::with_capacity(orders.len());
    for order in orders {
        let mut lines = Vec::with_capacity(order.lines.len());
        let mut notes = Vec::new();
        for line in &order.lines {
            let proposal = inner.store.records.proposal(line.proposal)?;
            let reason = &proposal.reason;
            notes.extend(proposal.note.clone());
            lines.push(exchange::PoLine {
                sku: line.sku.clone(),
                name: line.name.clone(),
                quantity: line.quantity,
                unit_of_measure: items
                    .get(&line.item)
                    .and_then(|item| item.unit_of_measure.clone())
                    .unwrap_or_default(),
                unit_cost: line.unit_cost,
                needed_by: Some(line.due),
                reason: format!(
                    "available {} + on order {} < reorder point {}; lead time {} d; service level {} %",
                    reason.available,
                    reason.on_order,
                    reason.reorder_point,
                    reason.lead_time_days,
                    reason.service_level
                ),
            });
        }
        notes.dedup();
        files.push(exchange::PurchaseOrder {
            number: order.number.clone(),
            site: site.clone(),
            supplier_code: order.supplier_code.clone().unwrap_or_default(),
            supplier_name: order.supplier_name.clone().unwrap_or_default(),
            day: crate::zone::day(&zone, order.at),
            currency: currency.to_owned(),
            approved_by: order.by.clone(),
            note: notes.join("; "),
            lines,
        });
    }
    Ok(files)
}

/// Makes the report of a day in a language and keeps its files.
pub(crate) fn make(inner: &Inner, by: &Actor, day: Option<Day>, language: Language) -> Result<ReportSet> {
    let day = day.unwrap_or_else(|| inner.today());
    if day > inner.today() {
        return Err(Failure::bad_input(format!(
            "make the report of {day}: that day has not begun; choose today or earlier"
        )));
    }
    let report = gather(inner, by, day, language)?;
    let made = |e: reports::Error| Failure::bug(e.to_string());
    let stem = match language {
        Language::En => format!("{}-en", reports::file_stem(&report)),
        Language::ZhHans => format!("{}-zh", reports::file_stem(&report)),
    };
    let mut files = vec![
        (format!("{stem}.pdf"), reports::pdf(&report).map_err(made)?),
        (format!("{stem}.xlsx"), reports::xlsx(&report).map_err(made)?),
    ];
    let csv = reports::csv(&report)
        .into_iter()
        .map(|(name, bytes)| (name.replace(&reports::file_stem(&report), &stem), bytes));
    files.extend(csv);
    keep(inner, by, "daily", day, files)
}

/// Keeps the files of a report among the reports, and says so in the audit.
pub(crate) fn keep(
    inner: &Inner,
    by: &Actor,
    kind: &str,
    day: Day,
    files: Vec<(String, Vec<u8>)>,
) -> Result<ReportSet> {
    let folder = folder(inner);
    let mut set = ReportSet {
        kind: kind.to_owned(),
        day,
        made_at: inner.now(),
        files: Vec::with_capacity(files.len()),
    };
    for (name, bytes) in &files {
        write_file(&folder, name, bytes)?;
        set.files.push(ReportFile { name: name.clone(), bytes: bytes.len() as u64, sha256: sha256(bytes) });
    }
    let mut known = list(inner, u32::MAX)?;
    known.retain(|other| {
        other.files.first().map(|file| &file.name) != set.files.first().map(|file| &file.name)
    });
    known.insert(0, set.clone());
    known.truncate(1_000);
    let text = serde_json::to_string(&known).map_err(|e| Failure::bug(e.to_string()))?;
    write_file(&folder, "reports.json", text.as_bytes())?;
    let hashes: BTreeMap<_, _> =
        set.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect();
    let hashes = serde_json::to_string(&hashes).map_err(|e| Failure::bug(e.to_string()))?;
    inner.store.records.save_setting(
        &Act::new(by, set.made_at).because(format!("a {kind} report was made")),
        "report.last",
        &hashes,
    )?;
    Ok(set)
}

/// Reports made, newest first.
pub(crate) fn list(inner: &Inner, limit: u32) -> Result<Vec<ReportSet>> {
    let path = folder(inner).join("reports.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Failure::new(
                Code::Storage,
                format!("read {}: {error}; check the folder's rights", path.display()),
            ));
        }
    };
    let mut sets: Vec<ReportSet> = serde_json::from_str(&text).map_err(|e| {
        Failure::new(
            Code::Storage,
            format!("read {}: {e}; move the file away, the reports themselves are beside it", path.display()),
        )
    })?;
    sets.truncate(limit as usize);
    Ok(sets)
}

pub(crate) fn lang(language: Language) -> charts::Lang {
    match language {
        Language::En => charts::Lang::En,
        Language::ZhHans => charts::Lang::ZhHans,
    }
}

/// One of two words.
fn word(language: Language, en: &str, zh: &str) -> String {
    match language {
        Language::En => en,
        Language::ZhHans => zh,
    }
    .to_owned()
}

fn gather(inner: &Inner, by: &Actor, day: Day, language: Language) -> Result<DailyReport> {
    let settings = inner.settings();
    let zone = inner.zone();
    let (from, to) = (crate::zone::midnight(&zone, day), crate::zone::midnight(&zone, day.plus(1)));
    let until = to.min(inner.now());
    let proposals = inner.store.records.proposals(
        &[ProposalState::Draft, ProposalState::Approved, ProposalState::Ordered],
        limits::LIST_ROWS_MAX,
    )?;
    let items: HashMap<ItemId, Item> =
        inner.store.records.all_items()?.into_iter().map(|item| (item.id, item)).collect();
    let chart_zone = chart_zone(inner, day);
    Ok(DailyReport {
        site: settings.name.clone(),
        day,
        lang: lang(language),
        made_at: inner.now(),
        made_by: by.name.clone(),
        demo: settings.demo,
        currency: settings.currency.clone(),
        stock_at_risk: stock_at_risk(inner, &proposals)?,
        items_total: items.len() as u64,
        zones: zones(inner, from, until, to, &chart_zone, language)?,
        deliveries: crate::flows::route_export::day(inner, day, language)?,
        proposals: proposal_rows(inner, &proposals, &items, language)?,
        forecast: accuracy(inner, language)?,
        findings: findings(&proposals, language),
        zone: chart_zone,
    })
}

/// The site's clock as a day's papers print it.
pub(crate) fn chart_zone(inner: &Inner, day: Day) -> charts::Zone {
    let zone = inner.zone();
    let offset = crate::zone::offset_minutes(&zone, crate::zone::midnight(&zone, day));
    charts::Zone::fixed(&offset_label(offset), offset)
}

/// `UTC+8`, `UTC−3:30`.
fn offset_label(minutes: i32) -> String {
    let sign = if minutes < 0 { '−' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

fn stock_at_risk(inner: &Inner, proposals: &[Proposal]) -> Result<Vec<StockRiskRow>> {
    let by_item: HashMap<ItemId, &Proposal> =
        proposals.iter().map(|proposal| (proposal.item, proposal)).collect();
    let page = inner.store.records.items(&ItemQuery {
        sort: ItemSort::Cover,
        has_stock: Some(true),
        limit: RISK_ROWS,
        ..ItemQuery::default()
    })?;
    let rows = page
        .rows
        .into_iter()
        .filter(|row| row.outlook.is_some_and(|outlook| outlook.stock_out_day.is_some()));
    let mut rows: Vec<StockRiskRow> = rows
        .map(|row| {
            let level = row.stock.unwrap_or_default();
            let proposal = by_item.get(&row.item.id);
            StockRiskRow {
                sku: row.item.sku,
                name: row.item.name,
                unit_of_measure: row.item.unit_of_measure.unwrap_or_default(),
                available: level.available(),
                on_order: level.on_order,
                demand_per_day: row.outlook.map_or(0.0, |outlook| outlook.demand_per_day),
                days_of_cover: row.outlook.and_then(|outlook| outlook.days_of_cover),
                stock_out_day: row.outlook.and_then(|outlook| outlook.stock_out_day),
                stock_out_chance: proposal
                    .filter(|proposal| !proposal.reason.assumed.contains(&"on_hand"))
                    .map(|proposal| proposal.reason.stock_out_chance),
                at_risk: proposal.map(|proposal| proposal.cost_of_waiting),
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.stock_out_day, std::cmp::Reverse(row.at_risk)));
    Ok(rows)
}

fn zones(
    inner: &Inner,
    from: Timestamp,
    until: Timestamp,
    to: Timestamp,
    zone: &charts::Zone,
    language: Language,
) -> Result<Vec<ZoneReport>> {
    let names = crate::serve::zone_names(inner)?;
    type Printed = (ChannelSpec, Option<AlarmRule>, Shown);
    let channels: Vec<Printed> = {
        let state = inner.live.lock();
        let printed = |spec: &ChannelSpec| {
            (spec.clone(), state.rules.get(&spec.id).cloned(), state.believed.shown(spec))
        };
        state.specs.values().map(printed).collect()
    };
    let mut rooms: BTreeMap<(String, String), Vec<Printed>> = BTreeMap::new();
    for (spec, rule, shown) in channels {
        let name = spec.zone.and_then(|zone| names.get(&zone).cloned()).unwrap_or_else(|| spec.name.clone());
        rooms.entry((name, shown.unit(&spec.unit))).or_default().push((spec, rule, shown));
    }
    let alarms: Vec<AlarmRow> = crate::serve::alarm_rows(inner, from, until)?;
    let mut reports = Vec::new();
    for ((name, unit), mut channels) in rooms {
        channels.sort_by(|a, b| a.0.code.cmp(&b.0.code));
        let limited = channels.iter().find_map(|(_, rule, shown)| Some((rule.as_ref()?, shown)));
        let (low, high) = limited.map_or((None, None), |(rule, shown)| {
            (rule.low.map(|low| shown.value(low)), rule.high.map(|high| shown.value(high)))
        });
        let wanted: Vec<_> = channels.iter().map(|(spec, ..)| spec.id).collect();
        let series = inner.believed_series(&wanted, from, until, DAY_BUCKETS)?;
        let interval = channels.iter().map(|(spec, ..)| spec.interval.0).max().unwrap_or(0);
        let step = series.width.0.max(interval);
        let mut report = ZoneReport { name, unit: unit.clone(), low, high, ..ZoneReport::default() };
        let (mut sum, mut good, mut gap) = (0_i128, 0_u64, 0_i64);
        let mut lines = Vec::new();
        for ((spec, _, shown), (_, buckets)) in channels.iter().zip(&series.channels) {
            let mut points = Vec::with_capacity(buckets.len());
            let mut doubts: Vec<charts::Doubt> = Vec::new();
            let mut doubt = |from_ms: i64, to_ms: i64, kind| match doubts.last_mut() {
                Some(last) if last.kind == kind && last.to_ms >= from_ms => last.to_ms = to_ms,
                _ => doubts.push(charts::Doubt { from_ms, to_ms, kind }),
            };
            let mut last = from.0;
            for bucket in buckets {
                report.readings += u64::from(bucket.count + bucket.suspect);
                report.suspect += u64::from(bucket.suspect);
                if bucket.at.0 - last > step * 2 {
                    points.push(None);
                    gap += bucket.at.0 - last - step;
                    doubt(last + step, bucket.at.0, charts::DoubtKind::NoData);
                }
                last = bucket.at.0;
                if bucket.suspect > 0 {
                    doubt(bucket.at.0, bucket.at.0 + step, charts::DoubtKind::Suspect);
                }
                // A bucket without one good value is hatched, and has no number to draw.
                let (Some(min), Some(max), Some(mean)) = (bucket.min, bucket.max, bucket.mean) else {
                    points.push(None);
                    continue;
                };
                let (min, max, mean) = (shown.value(min), shown.value(max), shown.value(mean));
                report.min = report.min.map_or(Some(min), |known| Some(known.min(min)));
                report.max = report.max.map_or(Some(max), |known| Some(known.max(max)));
                sum += i128::from(mean.0) * i128::from(bucket.count);
                good += u64::from(bucket.count);
                points.push(Some(charts::Point::bucket(
                    bucket.at.0,
                    min.to_f64(),
                    max.to_f64(),
                    mean.to_f64(),
                )));
            }
            lines.push(charts::TimeSeries { name: spec.name.clone(), points, doubts });
        }
        report.mean = (good > 0).then(|| Milli((sum / i128::from(good)) as i64));
        report.gap_minutes = u32::try_from(gap / 60_000).unwrap_or(u32::MAX);
        for row in excursion_rows(inner, None, from, until)?
            .into_iter()
            .filter(|row| wanted.contains(&row.channel) && row.confirmed)
        {
            let handled = alarms
                .iter()
                .find(|alarm| alarm.channel == Some(row.channel) && alarm.raised_at >= row.start);
            report.excursions.push(Excursion {
                channel: row.channel_name,
                start: row.start,
                end: row.end,
                worst: row.worst,
                limit: row.limit,
                high: row.high,
                note: handled
                    .and_then(|alarm| {
                        Some(format!(
                            "{}: {}",
                            alarm.acknowledged_by.as_ref()?,
                            alarm.note.clone().unwrap_or_default()
                        ))
                    })
                    .unwrap_or_default(),
            });
        }
        report.excursions.sort_by_key(|excursion| excursion.start);
        let limits = [(high, charts::LimitKind::High), (low, charts::LimitKind::Low)];
        report.chart = Some(charts::TimeChart {
            title: report.name.clone(),
            unit,
            window_ms: (from.0, to.0),
            zone: zone.clone(),
            series: lines,
            limits: limits
                .into_iter()
                .filter_map(|(value, kind)| {
                    Some(charts::Limit { value: value?.to_f64(), kind, label: String::new() })
                })
                .collect(),
            allowed: Some(charts::Allowed { low: low.map(Milli::to_f64), high: high.map(Milli::to_f64) }),
            lang: lang(language),
            ..charts::TimeChart::default()
        });
        reports.push(report);
    }
    Ok(reports)
}

fn proposal_rows(
    inner: &Inner,
    proposals: &[Proposal],
    items: &HashMap<ItemId, Item>,
    language: Language,
) -> Result<Vec<ProposalRow>> {
    let suppliers: HashMap<_, _> =
        inner.store.records.suppliers()?.into_iter().map(|one| (one.id, one.name)).collect();
    let mut rows = Vec::with_capacity(proposals.len());
    for (index, proposal) in proposals.iter().enumerate() {
        let Some(item) = items.get(&proposal.item) else { continue };
        let reason = &proposal.reason;
        let unit = item.unit_of_measure.clone().unwrap_or_default();
        let chart = if index < CHARTED_PROPOSALS {
            projection_chart(inner, proposal, &item.name, &unit, language)?
        } else {
            None
        };
        rows.push(ProposalRow {
            sku: item.sku.clone(),
            name: item.name.clone(),
            supplier: proposal.supplier.and_then(|id| suppliers.get(&id).cloned()).unwrap_or_default(),
            quantity: proposal.quantity,
            unit_of_measure: unit,
            unit_cost: proposal.unit_cost,
            cost: proposal.cost(),
            order_by: proposal.order_by,
            state: proposal.state,
            decided: [proposal.decided_by.clone(), proposal.note.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": "),
            cost_of_waiting: proposal.cost_of_waiting,
            demand_per_day: reason.demand_per_day,
            available: reason.available,
            on_order: reason.on_order,
            safety_stock: reason.safety_stock,
            reorder_point: reason.reorder_point,
            order_up_to: reason.order_up_to,
            lead_time_days: reason.lead_time_days,
            review_period_days: reason.review_period_days,
            service_level: reason.service_level,
            stock_out_day: reason.stock_out_day,
            stock_out_chance: (!reason.assumed.contains(&"on_hand")).then_some(reason.stock_out_chance),
            assumed: reason.assumed.iter().map(|name| assumed_word(name, language)).collect(),
            chart,
        });
    }
    Ok(rows)
}

fn assumed_word(name: &str, language: Language) -> String {
    match name {
        "lead_time" => word(language, "lead time", "提前期"),
        "on_hand" => word(language, "on hand", "现有库存"),
        "unit_cost" => word(language, "unit cost", "单位成本"),
        "pack_size" => word(language, "pack size", "包装量"),
        "supplier" => word(language, "supplier", "供应商"),
        other => other.to_owned(),
    }
}

fn projection_chart(
    inner: &Inner,
    proposal: &Proposal,
    title: &str,
    unit: &str,
    language: Language,
) -> Result<Option<charts::StockProjection>> {
    let Some(saved) = inner.store.records.forecast(proposal.item, Grain::Daily)? else { return Ok(None) };
    let days = crate::wire::replenish::projection(proposal.reason.available, &saved.forecast, proposal.day);
    Ok(Some(charts::StockProjection {
        title: title.to_owned(),
        unit: unit.to_owned(),
        start: proposal.day,
        projection: charts::Quantiles {
            levels: vec![0.1, 0.5, 0.9],
            values: days
                .iter()
                .map(|day| day.iter().map(|level| Quantity::to_f64(*level)).collect())
                .collect(),
        },
        reorder_point: Some(proposal.reason.reorder_point.to_f64()),
        order_up_to: Some(proposal.reason.order_up_to.to_f64()),
        stock_out_day: proposal.reason.stock_out_day,
        lang: lang(language),
        ..charts::StockProjection::default()
    }))
}

fn accuracy(inner: &Inner, language: Language) -> Result<ForecastNote> {
    let mut sums: BTreeMap<(ForecastModel, String), (u64, u64, f64, f64)> = BTreeMap::new();
    for saved in inner.store.records.all_forecasts(Grain::Weekly)? {
        let forecast = saved.forecast;
        let score = |model| {
            forecast
                .backtest
                .iter()
                .find(|score| score.model == model)
                .map(|score| score.rmsse)
                .filter(|rmsse| rmsse.is_finite())
        };
        let row = sums.entry((forecast.model, forecast.provider.clone())).or_default();
        row.0 += 1;
        if let (Some(chosen), Some(naive)) = (score(forecast.model), score(ForecastModel::SeasonalNaive)) {
            row.1 += 1;
            row.2 += chosen;
            row.3 += naive;
        }
    }
    let rows: Vec<AccuracyRow> = sums
        .into_iter()
        .map(|((model, provider), (items, scored, chosen, naive))| AccuracyRow {
            model: format!("{model:?}"),
            provider,
            items,
            rmsse: chosen / scored.max(1) as f64,
            naive_rmsse: naive / scored.max(1) as f64,
        })
        .collect();
    let text = if rows.is_empty() {
        word(language, "No forecast has been made yet.", "尚未生成预测。")
    } else {
        word(
            language,
            "Weekly forecasts, each chosen by a rolling-origin backtest. RMSSE below 1 beats a one-step naive guess.",
            "每周预测，均通过滚动起点回测选择。RMSSE 低于 1 优于单步朴素预测。",
        )
    };
    Ok(ForecastNote { text, rows })
}

/// What was assumed, counted.
fn findings(proposals: &[Proposal], language: Language) -> Vec<reports::FindingRow> {
    let mut counts = BTreeMap::<&'static str, u64>::new();
    for name in proposals.iter().flat_map(|proposal| &proposal.reason.assumed) {
        *counts.entry(name).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(name, count)| reports::FindingRow {
            severity: Severity::Warning,
            text: word(
                language,
                "No file gave it: the site's default was assumed",
                "文件中没有提供：采用站点默认值",
            ),
            subject: assumed_word(name, language),
            count,
        })
        .collect()
}

const _: () = assert!(Millis::minutes(5).0 * DAY_BUCKETS as i64 == Millis::days(1).0);
