//! An order history's journey: daily sums → series → chosen forecasts → proposals, saved.

use crate::failure::{Failure, Result};
use crate::jobs::job_threads;
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::{JobId, PlanningReport, Topic};
use domain::{
    Actor, DemandForecast, DemandOverride, Finding, FindingCode, Grain, Group, GroupForecast, Item,
    ProposalState, Series, Severity, SiteDefaults, StockLevel, Supplier,
};
use forecast::Agreement;
use forecast::net::Net;
use forecast::reconcile::Tree;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use store::Outlook;
use units::{Day, ItemId, Money, Progress, Seed, Stop, SupplierId, Timestamp};

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
    let mut stages = Stages { at: began, told: Vec::new() };
    let (daily, weekly) = super::series::of_all(inner, span, stop)?;
    let items: HashMap<ItemId, Item> =
        records.items_on_terms()?.into_iter().map(|item| (item.id, item)).collect();
    let (daily, weekly) = (Family::of(daily, &items), Family::of(weekly, &items));
    stages.end("series");
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
    let total = 2 * (daily.series.len() + weekly.series.len()) as u64;
    let done = AtomicU64::new(0);
    let step = || progress.report(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let names = weekly.names();
    let weekly = forecasts(weekly, limits::HORIZON_WEEKS, net, &step, stop)?;
    stages.end("weeks");
    let daily = forecasts(daily, limits::HORIZON_DAYS, net, &step, stop)?;
    stages.end("days");
    findings.extend(weekly.findings);
    findings.extend(daily.findings);
    let agreement = vec![
        wire::demand::agreement(contract::Grain::Weekly, &weekly.agreement),
        wire::demand::agreement(contract::Grain::Daily, &daily.agreement),
    ];
    let groups: Vec<GroupForecast> = weekly.groups.into_iter().chain(daily.groups).collect();
    let (weekly, daily) = (weekly.items, daily.items);
    for finding in &mut findings {
        let Ok(id) = finding.subject.parse().map(ItemId) else { continue };
        if let Some(item) = items.get(&id) {
            finding.subject.clone_from(&item.sku);
        } else if let Some(name) = names.get(&id) {
            finding.subject.clone_from(name);
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
    let made = propose(inner, &items, &daily, &weekly, today, span.1)?;
    findings.extend(made.findings);
    stop.check()?;
    stages.end("proposals");

    let mut models = BTreeMap::<String, u64>::new();
    for forecast in &daily {
        *models.entry(format!("{:?}", forecast.model)).or_default() += 1;
    }
    let (item_count, proposals) = (daily.len() as u64, made.proposals.len() as u64);
    let now = inner.now();
    let forecasts = weekly.into_iter().chain(daily).collect();
    let group_count = groups.len() as u64 / 2;
    let planned = store::Planned { forecasts, groups, outlooks: made.outlooks, proposals: made.proposals };
    let receipt = records.save_planning(&store::Act::new(by, now), planned)?;
    stages.end("saving");
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
        groups: group_count,
        agreement,
        stages: stages.told,
    })
}

/// How long each part of a run took.
struct Stages {
    at: Timestamp,
    told: Vec<(String, u64)>,
}

impl Stages {
    fn end(&mut self, name: &str) {
        let now = crate::clock::real_now();
        self.told.push((name.to_owned(), (now - self.at).0.unsigned_abs()));
        self.at = now;
    }
}

/// The series of one grain and what they add up to: the total, the categories, then the items.
struct Family {
    series: Vec<Series>,
    tree: Tree,
    groups: Vec<(Group, u32)>,
}

impl Family {
    /// Groups stand for items under ids below zero. Categories only where some item has one.
    fn of(items: Vec<Series>, known: &HashMap<ItemId, Item>) -> Self {
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, series) in items.iter().enumerate() {
            let category = known.get(&series.item).and_then(|item| item.category.as_deref()).unwrap_or("");
            members.entry(category).or_default().push(at);
        }
        let has_categories = members.keys().any(|name| !name.is_empty());
        let mut groups = vec![(Group::Total, count(items.len()))];
        let mut series = vec![forecast::series::sum(ItemId(-1), &items)];
        let mut parents = vec![None];
        let first = 1 + if has_categories { members.len() } else { 0 };
        let mut above = vec![0; items.len()];
        if has_categories {
            for (name, members) in members {
                let node = groups.len();
                groups.push((Group::Category(name.to_owned()), count(members.len())));
                let id = ItemId(-1 - i64::from(count(node)));
                series.push(forecast::series::sum(id, members.iter().map(|at| &items[*at])));
                parents.push(Some(0));
                members.into_iter().for_each(|at| above[at] = node);
            }
        }
        debug_assert_eq!(groups.len(), first, "items come after all groups");
        parents.extend(above.into_iter().map(Some));
        series.extend(items);
        Self { series, tree: Tree { parents }, groups }
    }

    /// What findings call the groups.
    fn names(&self) -> HashMap<ItemId, String> {
        let name = |group: &Group| match group {
            Group::Total => "total".to_owned(),
            Group::Category(name) => name.clone(),
        };
        self.series.iter().zip(&self.groups).map(|(series, (group, _))| (series.item, name(group))).collect()
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What was made of one grain.
struct Forecasts {
    items: Vec<DemandForecast>,
    groups: Vec<GroupForecast>,
    agreement: Agreement,
    findings: Vec<Finding>,
}

/// The same whatever the number of threads: models are ranked over all series before any is chosen.
fn forecasts<N: Net>(
    family: Family,
    horizon: usize,
    net: Option<&N>,
    step: &(impl Fn() + Sync),
    stop: &Stop,
) -> Result<Forecasts> {
    let net = net.map(|net| net as &dyn Net);
    let Family { series, tree, groups } = family;
    let shards: Vec<&[Series]> = series.chunks(limits::PLANNED_AT_ONCE).collect();
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
    let mut made = Vec::with_capacity(series.len());
    for outcome in on_threads(&jobs, |(shard, tests)| {
        forecast::make_all(shard, tests, &ranking, horizon, net, &told, stop)
    })? {
        let (some, found) = outcome?;
        made.extend(some);
        findings.extend(found);
    }
    stop.check()?;
    let agreement = forecast::agree(&mut made, &tree, &ranking)
        .map_err(|fault| Failure::bug(format!("the items' tree is none: {fault:?}")))?;
    let mut made = made.into_iter().map(|one| one.forecast);
    let groups = groups
        .into_iter()
        .zip(made.by_ref())
        .map(|((group, items), forecast)| GroupForecast { group, items, forecast })
        .collect();
    Ok(Forecasts { groups, items: made.collect(), agreement, findings })
}

/// Threads of a planning run. Where they run at low priority, as the job's thread does and they after it, they may have every
/// core: whatever else wants one gets it.
fn planning_threads() -> usize {
    if cfg!(target_os = "linux") {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    } else {
        job_threads()
    }
}

/// Runs `work` for each part, some at a time, in order.
fn on_threads<P: Sync, T: Send>(parts: &[P], work: impl Fn(&P) -> T + Sync) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let own = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(part) = parts.get(at) else { return done };
                done.push((at, work(part)));
            }
        };
        let threads: Vec<_> = (0..planning_threads().min(parts.len())).map(|_| scope.spawn(own)).collect();
        let mut all = Vec::with_capacity(parts.len());
        for thread in threads {
            let some =
                thread.join().map_err(|panic| Failure::bug(crate::dispatch::panic_text(panic.as_ref())))?;
            all.extend(some);
        }
        Ok::<_, Failure>(all)
    })?;
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, made)| made).collect())
}

struct Made {
    proposals: Vec<domain::Proposal>,
    outlooks: Vec<Outlook>,
    findings: Vec<Finding>,
}

/// What planning looks at beside the forecasts.
pub(crate) struct Surroundings {
    pub items: HashMap<ItemId, Item>,
    suppliers: HashMap<SupplierId, Supplier>,
    levels: HashMap<ItemId, StockLevel>,
    /// What managers want to be kept.
    wanted: HashMap<ItemId, domain::WantedLevel>,
    overrides: HashMap<ItemId, Vec<DemandOverride>>,
    /// Items with an approved order that is not on a purchase order yet: what they need is decided.
    decided: BTreeSet<ItemId>,
    /// The day proposals are made for.
    pub today: Day,
    /// What the site assumes.
    pub defaults: SiteDefaults,
}

impl Surroundings {
    /// Reads all of it; nothing is fitted.
    pub(crate) fn read(inner: &Inner, today: Day) -> Result<Self> {
        let records = &inner.store.records;
        Ok(Self {
            items: records.items_on_terms()?.into_iter().map(|item| (item.id, item)).collect(),
            suppliers: records.suppliers()?.into_iter().map(|one| (one.id, one)).collect(),
            levels: records.stock_levels()?.into_iter().map(|level| (level.item, level)).collect(),
            wanted: records.wanted_levels()?,
            overrides: active_overrides(inner, None, today)?,
            decided: records
                .proposals(&[ProposalState::Approved], limits::LIST_ROWS_MAX)?
                .iter()
                .map(|one| one.item)
                .collect(),
            today,
            defaults: inner.settings().defaults,
        })
    }

    /// An item with its daily forecast.
    pub(crate) fn input<'a>(&'a self, forecast: &'a DemandForecast) -> Option<replenish::ItemInput<'a>> {
        let item = self.items.get(&forecast.item)?;
        Some(replenish::ItemInput {
            item,
            level: self.levels.get(&item.id).copied(),
            forecast,
            supplier: item.supplier.and_then(|id| self.suppliers.get(&id)),
            overrides: self.overrides.get(&item.id).map_or(&[], Vec::as_slice),
            wanted: self.wanted.get(&item.id).copied().unwrap_or_default(),
        })
    }

    /// Whether an order of the item is approved already.
    pub(crate) fn is_decided(&self, item: ItemId) -> bool {
        self.decided.contains(&item)
    }

    /// A supplier's name.
    pub(crate) fn supplier_name(&self, id: SupplierId) -> Option<&str> {
        self.suppliers.get(&id).map(|one| one.name.as_str())
    }
}

/// The overrides that plans for `today` heed, oldest first, of one item or of all.
pub(crate) fn active_overrides(
    inner: &Inner,
    item: Option<ItemId>,
    today: Day,
) -> Result<HashMap<ItemId, Vec<DemandOverride>>> {
    let mut all: HashMap<ItemId, Vec<DemandOverride>> = HashMap::new();
    for one in inner.store.records.overrides(item, Some(today), false, limits::LIST_ROWS_MAX)? {
        all.entry(one.item).or_default().push(one);
    }
    Ok(all)
}

fn outlook(
    input: &replenish::ItemInput<'_>,
    reason: &domain::Reason,
    price: Option<Money>,
    now: Timestamp,
) -> Outlook {
    let (available, demand) = (reason.available.to_f64(), reason.demand_per_day);
    Outlook {
        item: input.item.id,
        demand_per_day: demand,
        days_of_cover: (demand > 1e-9 && input.level.is_some()).then(|| (available / demand).max(0.0)),
        stock_out_day: reason.stock_out_day.filter(|_| input.level.is_some()),
        price,
        made_at: now,
    }
}

fn propose(
    inner: &Inner,
    items: &HashMap<ItemId, Item>,
    daily: &[DemandForecast],
    weekly: &[DemandForecast],
    today: Day,
    last: Day,
) -> Result<Made> {
    let around = Surroundings { items: items.clone(), ..Surroundings::read(inner, today)? };
    let weekly: BTreeMap<ItemId, &DemandForecast> =
        weekly.iter().map(|forecast| (forecast.item, forecast)).collect();
    let inputs: Vec<replenish::ItemInput<'_>> =
        daily.iter().filter_map(|forecast| around.input(forecast)).collect();
    let prices: HashMap<ItemId, Money> =
        inner.store.records.prices(last.plus(-limits::PRICE_DAYS))?.into_iter().collect();
    let (mut proposals, findings) = replenish::propose_with(&inputs, &weekly, &around.defaults, today);
    proposals.retain(|one| !around.is_decided(one.item));
    let now = inner.now();
    let outlooks = inputs
        .iter()
        .map(|input| {
            let id = input.item.id;
            let (assessed, _) =
                replenish::assess_with(input, weekly.get(&id).copied(), &around.defaults, today);
            outlook(input, &assessed.reason, prices.get(&id).copied(), now)
        })
        .collect();
    Ok(Made { proposals, outlooks, findings })
}

/// One item's draft and outlook made again from the forecast on record: what is expected of it has changed.
pub(crate) fn redraft(inner: &Inner, act: &store::Act, item: ItemId) -> Result<()> {
    let records = &inner.store.records;
    let Some(span) = records.order_span()? else { return Ok(()) };
    let Some(daily) = records.forecast(item, Grain::Daily)? else { return Ok(()) };
    let weekly = records.forecast(item, Grain::Weekly)?;
    let (today, _) = planning_day(inner.today(), span.1);
    let around = Surroundings::read(inner, today)?;
    let Some(input) = around.input(&daily.forecast) else { return Ok(()) };
    let weekly: BTreeMap<ItemId, &DemandForecast> =
        weekly.iter().map(|saved| (item, &saved.forecast)).collect();
    let (mut proposals, _) = replenish::propose_with(&[input], &weekly, &around.defaults, today);
    proposals.retain(|one| !around.is_decided(one.item));
    let (assessed, _) = replenish::assess_with(&input, weekly.get(&item).copied(), &around.defaults, today);
    let price = records.item(item)?.outlook.and_then(|outlook| outlook.price);
    records.save_outlook(outlook(&input, &assessed.reason, price, inner.now()))?;
    records.replace_draft(act, item, proposals.pop())?;
    for topic in [Topic::Forecasts, Topic::Proposals, Topic::Audit] {
        inner.bus.changed(topic);
    }
    Ok(())
}

/// What the proposals of a list cost together.
pub(crate) fn cost(proposals: &[domain::Proposal]) -> Money {
    proposals.iter().map(domain::Proposal::cost).sum()
}
