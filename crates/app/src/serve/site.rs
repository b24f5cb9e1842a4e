//! The frame around every page: site, status, decisions, settings, audit.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::quality::{SHOWN_UNITS, site_units};
use crate::limits;
use crate::open::{App, Inner};
use crate::serve::{alarms, replenish};
use crate::wire;
use contract::*;
use domain::{Actor, Priority, ProposalState, SiteDefaults};
use monitor::health::DeviceState;
use units::{Measure, Money, Quantity};

/// Where the limit of what a manager may approve is kept.
const APPROVAL_LIMIT: &str = "approval.limit";

/// What a manager may approve at once where nobody set it: 50,000.00.
const APPROVAL_LIMIT_DEFAULT: Money = Money(5_000_000);

const MONTHS_KEPT: &str = "months_kept";
/// A hundred years.
const MONTHS_KEPT_MAX: u16 = 1_200;

/// Whole months of readings kept before the current one; 0 keeps all.
fn months_kept(inner: &Inner) -> Result<u16> {
    Ok(inner.store.records.setting(MONTHS_KEPT)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Removes the files of months that the site no longer keeps.
pub(crate) fn forget_old_readings(inner: &Inner) -> Result<()> {
    let kept = i32::from(months_kept(inner)?);
    if kept == 0 {
        return Ok(());
    }
    let (year, month, _) = inner.now().utc_day().civil();
    let first = year * 12 + month as i32 - 1 - kept;
    if let Some(day) = units::Day::from_civil(first.div_euclid(12), first.rem_euclid(12) as u32 + 1, 1) {
        let removed = inner.store.telemetry.forget_before(day.utc_midnight())?;
        if removed > 0 {
            tracing::info!(months = removed, "readings older than the site keeps are gone");
        }
    }
    Ok(())
}

/// What a manager may approve at once.
pub(crate) fn approval_limit(inner: &Inner) -> Result<Money> {
    let stored = inner.store.records.setting(APPROVAL_LIMIT)?;
    Ok(stored.and_then(|text| text.parse().ok()).map_or(APPROVAL_LIMIT_DEFAULT, Money))
}

impl Serve<GetSite> for App {
    async fn serve(&self, _: GetSite, by: &Actor) -> Result<SiteInfo> {
        let by = by.clone();
        self.blocking(move |inner| {
            let settings = inner.settings();
            Ok(SiteInfo {
                offset_minutes: crate::zone::offset_minutes(&inner.zone(), inner.now()),
                name: settings.name,
                demo: settings.demo,
                zone: settings.time_zone,
                currency: settings.currency,
                actor: by.name,
                role: by.role.word().to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                has_orders: inner.store.records.order_span()?.is_some(),
                has_stock: !inner.store.records.stock_levels()?.is_empty(),
                speed: inner.clock.speed(),
                shown_units: shown_symbols(inner)?,
            })
        })
        .await
    }
}

impl Serve<GetStatus> for App {
    async fn serve(&self, _: GetStatus, _: &Actor) -> Result<Status> {
        self.blocking(|inner| {
            let now = inner.now();
            let mut alarms = [0; 4];
            for alarm in inner
                .store
                .open_alarms()?
                .iter()
                .filter(|alarm| alarm.shelved_until.is_none_or(|until| until <= now))
            {
                alarms[match alarm.priority {
                    Priority::Critical => 0,
                    Priority::High => 1,
                    Priority::Medium => 2,
                    Priority::Low => 3,
                }] += 1;
            }
            let proposals = inner.store.records.proposal_count(ProposalState::Draft)?;
            let (report, model_fault) = inner.models.state();
            let doubts = super::quality::open_count(inner)?;
            let state = inner.live.lock();
            let enabled: Vec<_> = state
                .devices
                .values()
                .filter(|live| live.device.enabled)
                .map(|live| live.device.id)
                .collect();
            let up = enabled.iter().filter(|id| state.state_of(**id, now) == Some(DeviceState::Up)).count();
            Ok(Status {
                recording: state.recording_fault().is_none(),
                recording_fault: state.recording_fault().map(str::to_owned),
                readings_per_s_tenths: state.stored_tenths(),
                devices_up: up as u32,
                devices_total: enabled.len() as u32,
                alarms,
                proposals: proposals as u32,
                jobs: inner.jobs.count() as u32,
                provider: report.map(|report| report.used),
                model_fault,
                now,
                shed: state.shed,
                doubts,
            })
        })
        .await
    }
}

impl Serve<ListDecisions> for App {
    async fn serve(&self, call: ListDecisions, _: &Actor) -> Result<Vec<DecisionRow>> {
        self.blocking(move |inner| {
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let mut rows: Vec<DecisionRow> = alarms::open_rows(inner, limit)?
                .into_iter()
                .map(|alarm| DecisionRow {
                    due: match alarm.priority.as_str() {
                        "critical" | "high" => Due::Hour,
                        "medium" => Due::Today,
                        _ => Due::Week,
                    },
                    priority: alarm.priority.clone(),
                    cost_of_waiting: None,
                    subject: DecisionSubject::Alarm(alarm),
                })
                .collect();
            let today = inner.today();
            let span = inner.store.records.order_span()?;
            let planned_for =
                span.map_or(today, |span| crate::flows::planning::planning_day(today, span.1).0);
            for proposal in replenish::rows(inner, &[ProposalState::Draft], limit)? {
                let due = match proposal.order_by.0 - planned_for.0 {
                    ..=0 => Due::Today,
                    _ => Due::Week,
                };
                let likely = proposal.stock_out_chance.is_some_and(|chance| chance.0 >= 500);
                let priority = if likely { "medium" } else { "low" };
                rows.push(DecisionRow {
                    due,
                    priority: priority.to_owned(),
                    cost_of_waiting: Some(proposal.cost_of_waiting),
                    subject: DecisionSubject::Proposal(proposal),
                });
            }
            let rank = |row: &DecisionRow| {
                ["critical", "high", "medium", "low"].iter().position(|word| *word == row.priority)
            };
            rows.sort_by_key(|row| {
                let alarm = matches!(row.subject, DecisionSubject::Alarm(_));
                (row.due, !alarm, rank(row).filter(|_| alarm), std::cmp::Reverse(row.cost_of_waiting))
            });
            rows.truncate(limit as usize);
            Ok(rows)
        })
        .await
    }
}

fn settings_row(inner: &Inner) -> Result<Settings> {
    let settings = inner.settings();
    let SiteDefaults { lead_time_days, review_period_days, service_level, pack_size, unit_cost } =
        settings.defaults;
    Ok(Settings {
        site_name: settings.name,
        zone: settings.time_zone,
        currency: settings.currency,
        lead_time_days,
        review_period_days,
        service_level,
        pack_size,
        unit_cost,
        approval_limit: approval_limit(inner)?,
        months_kept: months_kept(inner)?,
        shown_units: shown_symbols(inner)?,
    })
}

fn shown_symbols(inner: &Inner) -> Result<Vec<String>> {
    Ok(site_units(&inner.store)?.iter().map(|unit| unit.symbol.to_owned()).collect())
}

/// Units as they were asked for, one of each kind.
fn shown_units(symbols: &[String]) -> Result<Vec<&'static Measure>> {
    let mut units: Vec<&'static Measure> = Vec::new();
    for symbol in symbols {
        let unit = Measure::parse(symbol).ok_or_else(|| {
            Failure::bad_input(format!("change the settings: nobody here knows the unit {symbol}"))
        })?;
        if let Some(other) = units.iter().find(|other| other.kind == unit.kind) {
            return Err(Failure::bad_input(format!(
                "change the settings: {} and {} measure the same; choose one",
                other.symbol, unit.symbol
            )));
        }
        units.push(unit);
    }
    Ok(units)
}

impl Serve<GetSettings> for App {
    async fn serve(&self, _: GetSettings, _: &Actor) -> Result<Settings> {
        self.blocking(|inner| settings_row(inner)).await
    }
}

impl Serve<ChangeSettings> for App {
    async fn serve(&self, call: ChangeSettings, by: &Actor) -> Result<Done> {
        let new = call.settings;
        crate::zone::parse(&new.zone)?;
        let checks = [
            (new.site_name.trim().is_empty(), "the site's name is empty"),
            (
                new.currency.len() != 3 || !new.currency.bytes().all(|b| b.is_ascii_uppercase()),
                "the currency is three capital letters, as CNY or EUR",
            ),
            (!(1..=365).contains(&new.lead_time_days), "the lead time is 1 to 365 days"),
            (!(1..=365).contains(&new.review_period_days), "the review period is 1 to 365 days"),
            (!(500..=999).contains(&new.service_level.0), "the service level is 50 % to 99.9 %"),
            (new.pack_size <= Quantity::ZERO, "the pack size is above zero"),
            (
                new.unit_cost < Money::ZERO || new.approval_limit < Money::ZERO,
                "an amount of money is not negative",
            ),
            (new.months_kept > MONTHS_KEPT_MAX, "readings are kept for 1 to 1200 months, or 0 for ever"),
        ];
        if let Some((_, message)) = checks.iter().find(|(bad, _)| *bad) {
            return Err(Failure::bad_input(format!("change the settings: {message}")));
        }
        let units = shown_units(&new.shown_units)?;
        let by = by.clone();
        self.blocking(move |inner| {
            let mut settings = inner.settings();
            settings.name = new.site_name.trim().to_owned();
            settings.time_zone = new.zone;
            settings.currency = new.currency;
            settings.defaults = SiteDefaults {
                lead_time_days: new.lead_time_days,
                review_period_days: new.review_period_days,
                service_level: new.service_level,
                pack_size: new.pack_size,
                unit_cost: new.unit_cost,
            };
            let act = inner.act_because(&by, &call.why);
            inner.store.records.save_settings(&act, &settings)?;
            if approval_limit(inner)? != new.approval_limit {
                inner.store.records.save_setting(&act, APPROVAL_LIMIT, &new.approval_limit.0.to_string())?;
            }
            if months_kept(inner)? != new.months_kept {
                inner.store.records.save_setting(&act, MONTHS_KEPT, &new.months_kept.to_string())?;
            }
            if site_units(&inner.store)? != units {
                let symbols: Vec<&str> = units.iter().map(|unit| unit.symbol).collect();
                let text = serde_json::to_string(&symbols).map_err(|e| Failure::bug(e.to_string()))?;
                inner.store.records.save_setting(&act, SHOWN_UNITS, &text)?;
                inner.live.lock().believed.show_in(units);
                // Every value on every screen.
                for topic in [Topic::Readings, Topic::Alarms, Topic::Devices] {
                    inner.bus.changed(topic);
                }
            }
            inner.settings_changed(settings);
            inner.bus.changed(Topic::Settings);
            inner.bus.changed(Topic::Audit);
            Ok(Done)
        })
        .await
    }
}

impl Serve<ListAudit> for App {
    async fn serve(&self, call: ListAudit, _: &Actor) -> Result<Vec<AuditRow>> {
        self.blocking(move |inner| {
            let rows = inner.store.records.audit_list(call.limit.min(limits::LIST_ROWS_MAX), None)?;
            let row = |row: store::AuditRow| AuditRow {
                id: row.id.0,
                at: row.at,
                actor: row.actor,
                action: row.action,
                subject: row.subject,
                old: row.old,
                new: row.new,
                why: row.why,
                hash: row.hash,
            };
            Ok(rows.into_iter().map(row).collect())
        })
        .await
    }
}

impl Serve<VerifyAudit> for App {
    async fn serve(&self, _: VerifyAudit, _: &Actor) -> Result<AuditVerdict> {
        self.blocking(|inner| {
            let verdict = inner.store.records.audit_verify()?;
            Ok(AuditVerdict {
                rows: verdict.rows,
                intact: verdict.holds(),
                first_bad: verdict.first_bad.map(|(id, what)| format!("{id}: {what}")),
                head: verdict.head_hash,
            })
        })
        .await
    }
}

impl Serve<ListModels> for App {
    async fn serve(&self, _: ListModels, _: &Actor) -> Result<Vec<ModelRow>> {
        self.blocking(|inner| {
            let (name, sha256, context, horizon, card) = inner.models.card();
            let usable = inner.models.net().map(|_| ());
            let (report, _) = inner.models.state();
            Ok(vec![ModelRow {
                name,
                sha256,
                usable: usable.is_ok(),
                fault: usable.err().map(|failure| failure.message),
                providers: report.as_ref().map_or_else(Vec::new, providers),
                library: report.as_ref().map(|r| format!("{} · {}", r.library_version, r.library)),
                probe_series: report.as_ref().map_or(0, |report| report.probe_rows),
                probe_us: report.as_ref().and_then(|report| report.probe_us),
                provider: report.map(|report| report.used),
                context: context as u32,
                horizon: horizon as u32,
                card: card.to_owned(),
            }])
        })
        .await
    }
}

/// Every provider there is: those of this system as they were tried, then the others.
fn providers(report: &inference::DeviceReport) -> Vec<ProviderRow> {
    let tried = report.tried.iter().map(|tried| {
        let name = tried.provider.to_string();
        let nodes = report.nodes.iter().find(|(own, _)| *own == name).map_or(0, |(_, nodes)| *nodes);
        let (state, reason) = match &tried.outcome {
            inference::Outcome::Failed(why) => (ProviderState::NotProven, Some(why.clone())),
            inference::Outcome::Registered if nodes > 0 || report.used == name => (ProviderState::Used, None),
            inference::Outcome::Registered => (ProviderState::Ready, None),
        };
        ProviderRow { name, state, nodes, reason }
    });
    let known = |provider: &inference::Provider| report.tried.iter().any(|tried| tried.provider == *provider);
    let others = inference::Provider::ALL.into_iter().filter(|provider| !known(provider));
    let others = others.map(|provider| ProviderRow {
        name: provider.to_string(),
        state: ProviderState::Elsewhere,
        nodes: 0,
        reason: None,
    });
    tried.chain(others).collect()
}

/// What a list of findings says, as rows.
pub(crate) fn finding_rows(findings: &[domain::Finding]) -> Vec<FindingRow> {
    findings.iter().map(wire::finding).collect()
}
