//! An order history's journey: daily sums → series → chosen forecasts → proposals, saved.

use crate::failure::{Failure, Result};
use crate::jobs::job_threads;
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::{JobId, PlanningReport, Topic};
use domain::{Actor, DemandForecast, Finding, FindingCode, Item, Series, Severity, StockLevel, Supplier};
use forecast::net::Net;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::Outlook;
use units::{Day, ItemId, Money, Progress, Quantity, Seed, Stop, SupplierId};

/// The backtest's choices depend on the data, not on luck: one seed for all.
const SEED: Seed = Seed(1);

impl App {
    /// Starts forecasts and proposals.
    pub(crate) async fn start_planning(&self, by: &Actor) -> Result<JobId> {
        let planner = by.clone();
        self.start_job("planning", String::new(), by, move |inner, stop, progress| {
            let report = plan(inner, &planner, stop, progress)?;
            serde_json::to_string(&report).map_err(|e| Failure::bug(e.to_string()))
        })
        .await
    }
}

/// The day proposals are made for: today, unless the history ended long ago; then the day after its end.
pub(crate) fn planning_day(today: Day, last: Day) -> (Day, bool) {
    let next = last.plus(1);
    if today.0 - next.0 > limits::STALE_HISTORY_DAYS { (next, true) } else { (today.max(next), false) }
}

fn plan(inner: &Arc<Inner>, by: &Actor, stop: &Stop, progress: &Progress<'_>) -> Result<PlanningReport> {
    let began = crate::clock::real_now();
    let records = &inner.store.records;
    let span = records.order_span()?.ok_or_else(|| {
        Failure::new(
            contract::Code::NotFound,
            "make forecasts: there are no orders yet; import an order history on the Data page",
        )
    })?;
    let (daily, weekly) = series(inner, span, stop)?;
    let mut findings = Vec::new();
    let net = inner.models.net();
    if let Err(failure) = &net {
        findings.push(Finding::about(
            FindingCode::NetUnavailable,
            Severity::Warning,
            "net",
            &failure.message,
        ));
    }
    let net = net.as_ref().ok();
    let total = 2 * (daily.len() + weekly.len()) as u64;
    let done = AtomicU64::new(0);
    let step = || progress.report(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let (weekly, found) = forecasts(&weekly, limits::HORIZON_WEEKS, net, &step, stop)?;
    findings.extend(found);
    let (daily, found) = forecasts(&daily, limits::HORIZON_DAYS, net, &step, stop)?;
    findings.extend(found);

    let items: HashMap<ItemId, Item> = records.all_items()?.into_iter().map(|item| (item.id, item)).collect();
    for finding in &mut findings {
        if let Some(item) = finding.subject.parse().ok().and_then(|id| items.get(&ItemId(id))) {
            finding.subject.clone_from(&item.sku);
        }
    }
    let (today, stale) = planning_day(inner.today(), span.1);
    if stale {
        findings.push(Finding::about(
            FindingCode::StaleHistory,
            Severity::Warning,
            "orders",
            &span.1.to_string(),
        ));
    }
    let made = propose(inner, &items, &daily, &weekly, today)?;
    findings.extend(made.findings);
    stop.check()?;

    let mut models = BTreeMap::<String, u64>::new();
    for forecast in &daily {
        *models.entry(format!("{:?}", forecast.model)).or_default() += 1;
    }
    let (item_count, proposals) = (daily.len() as u64, made.proposals.len() as u64);
    let now = inner.now();
    let act = store::Act::new(by, now);
    records.save_forecasts(now, weekly)?;
    records.save_forecasts(now, daily)?;
    records.save_outlooks(made.outlooks)?;
    let receipt = records.save_proposals(&act, made.proposals)?;
    for topic in [Topic::Forecasts, Topic::Proposals, Topic::Audit] {
        inner.bus.changed(topic);
    }
    let mut models: Vec<_> = models.into_iter().collect();
    models.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(PlanningReport {
        items: item_count,
        models,
        proposals,
        cost: receipt.cost,
        provider: net.map(|net| net.used().to_owned()),
        counts: wire::counts(&findings),
        findings: findings.iter().take(limits::FINDINGS_SHOWN_MAX).map(wire::finding).collect(),
        took_ms: (crate::clock::real_now() - began).0.unsigned_abs(),
    })
}

/// Daily and weekly series of every item with an order.
fn series(inner: &Inner, span: (Day, Day), stop: &Stop) -> Result<(Vec<Series>, Vec<Series>)> {
    let traded = inner.store.records.site_demand(span.0, span.1)?;
    let closed: BTreeSet<Day> = forecast::series::closed_days(traded.iter().map(|total| total.day), span);
    let (mut daily, mut weekly) = (Vec::new(), Vec::new());
    inner.store.records.daily_demand_all(&mut |item, sums: &[(Day, Quantity)]| {
        daily.push(forecast::series::daily(item, sums, span, &closed));
        weekly.push(forecast::series::weekly(item, sums, span, &closed));
        if stop.asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    stop.check()?;
    Ok((daily, weekly))
}

/// The same whatever the number of threads: models are ranked over all series before any is chosen.
fn forecasts<N: Net>(
    series: &[Series],
    horizon: usize,
    net: Option<&N>,
    step: &(impl Fn() + Sync),
    stop: &Stop,
) -> Result<(Vec<DemandForecast>, Vec<Finding>)> {
    let net = net.map(|net| net as &dyn Net);
    let shard = series.len().div_ceil(job_threads()).max(1);
    let shards: Vec<&[Series]> = series.chunks(shard).collect();
    let told = Progress::new(|_, _| step());
    let tested = on_threads(&shards, |shard| forecast::backtest_all(shard, horizon, net, SEED, &told, stop))?;
    let mut findings = Vec::new();
    let mut tests = Vec::with_capacity(shards.len());
    for outcome in tested {
        let (tested, found) = outcome?;
        findings.extend(found);
        tests.push(tested);
    }
    let ranking = forecast::Ranking::pool(tests.iter().flatten());
    let jobs: Vec<_> = shards.iter().zip(tests).collect();
    let mut forecasts = Vec::with_capacity(series.len());
    for outcome in on_threads(&jobs, |(shard, tests)| {
        forecast::forecast_all(shard, tests, &ranking, horizon, net, &told, stop)
    })? {
        let (made, found) = outcome?;
        forecasts.extend(made);
        findings.extend(found);
    }
    Ok((forecasts, findings))
}

/// Runs `work` for each part on a thread of its own, in order.
fn on_threads<P: Sync, T: Send>(parts: &[P], work: impl Fn(&P) -> T + Sync) -> Result<Vec<T>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts.iter().map(|part| scope.spawn(|| work(part))).collect();
        threads
            .into_iter()
            .map(|thread| {
                thread.join().map_err(|panic| Failure::bug(crate::dispatch::panic_text(panic.as_ref())))
            })
            .collect()
    })
}

struct Made {
    proposals: Vec<domain::Proposal>,
    outlooks: Vec<Outlook>,
    findings: Vec<Finding>,
}

fn propose(
    inner: &Inner,
    items: &HashMap<ItemId, Item>,
    daily: &[DemandForecast],
    weekly: &[DemandForecast],
    today: Day,
) -> Result<Made> {
    let records = &inner.store.records;
    let suppliers: HashMap<SupplierId, Supplier> =
        records.suppliers()?.into_iter().map(|one| (one.id, one)).collect();
    let levels: HashMap<ItemId, StockLevel> =
        records.stock_levels()?.into_iter().map(|level| (level.item, level)).collect();
    let weekly: BTreeMap<ItemId, &DemandForecast> =
        weekly.iter().map(|forecast| (forecast.item, forecast)).collect();
    let inputs: Vec<replenish::ItemInput<'_>> = daily
        .iter()
        .filter_map(|forecast| {
            let item = items.get(&forecast.item)?;
            let supplier = item.supplier.and_then(|id| suppliers.get(&id));
            Some(replenish::ItemInput { item, level: levels.get(&item.id).copied(), forecast, supplier })
        })
        .collect();
    let defaults = inner.settings().defaults;
    let (proposals, findings) = replenish::propose_with(&inputs, &weekly, &defaults, today);
    let now = inner.now();
    let outlooks = inputs
        .iter()
        .map(|input| {
            let (assessed, _) =
                replenish::assess_with(input, weekly.get(&input.item.id).copied(), &defaults, today);
            let available = assessed.reason.available.to_f64();
            let demand = assessed.reason.demand_per_day;
            Outlook {
                item: input.item.id,
                demand_per_day: demand,
                days_of_cover: (demand > 1e-9 && input.level.is_some())
                    .then(|| (available / demand).max(0.0)),
                stock_out_day: assessed.reason.stock_out_day.filter(|_| input.level.is_some()),
                made_at: now,
            }
        })
        .collect();
    Ok(Made { proposals, outlooks, findings })
}

/// What the proposals of a list cost together.
pub(crate) fn cost(proposals: &[domain::Proposal]) -> Money {
    proposals.iter().map(domain::Proposal::cost).sum()
}
