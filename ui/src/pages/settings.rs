//! What an administrator sets, what this screen looks like, and the audit with the button that checks it.

use super::actions::typed_money;
use super::split;
use crate::bridge;
use crate::columns::{Column, Table, number, text};
use crate::format;
use crate::i18n::{Lang, W};
use crate::live::live;
use crate::parts;
use crate::prefs::Theme;
use crate::state::{ctx, fmt, on_act};
use crate::table::{Long, Row, rows, td};
use crate::takeout::these;
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{Measure, Permille, Quantity};
use wasm_bindgen_futures::spawn_local;

const TABS: [(&str, W); 4] =
    [("", W::TabSite), ("look", W::TabLook), ("backups", W::TabBackups), ("audit", W::TabAudit)];

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let tab = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    let list_rows = TABS
        .into_iter()
        .map(|(name, word)| {
            let on = move || tab.get() == name;
            view! {
                <button type="button" class="row one" class:sel=on aria-current=move || on().to_string() data-testid=id::TAB data-tab=name
                    on:click=move |_| ctx.choose_tab(name)>{fmt.t(word)}</button>
            }
        })
        .collect_view();
    let version = move || ctx.site.with(|s| s.as_ref().map_or(String::new(), |s| s.version.clone()));
    let list = view! {
        {parts::list_head(W::PageSettings, version)}
        <div class="scroll" data-testid=id::LIST>{list_rows}</div>
    }
    .into_any();
    let detail = move || match tab.get().as_str() {
        "look" => look(),
        "backups" => super::backups::backups(),
        "audit" => audit(),
        _ => site(),
    };
    split(list, detail.into_any())
}

fn look() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let languages = crate::shell::languages()
        .into_iter()
        .map(|(l, name)| view! { <option value=l.tag() selected=move || ctx.lang.get() == l>{name}</option> })
        .collect_view();
    let themes = Theme::ALL
        .into_iter()
        .map(|t| view! { <option value=t.name() selected=move || ctx.theme.get() == t>{fmt.t(t.word())}</option> })
        .collect_view();
    view! {
        {parts::heading(None, fmt.t(W::TabLook).into(), fmt.t(W::LookText).into(), String::new(), String::new())}
        <div class="form card">
            <label class="field"><span>{fmt.t(W::Language)}</span>
                <select data-testid=id::FIELD data-field="language" on:change=move |e| ctx.lang.set(Lang::parse(&event_target_value(&e)))>{languages}</select></label>
            <label class="field"><span>{fmt.t(W::Theme)}</span>
                <select data-testid=id::FIELD data-field="theme" on:change=move |e| ctx.theme.set(Theme::parse(&event_target_value(&e)))>{themes}</select></label>
            <label class="field check"><input type="checkbox" data-testid=id::FIELD data-field="touch" prop:checked=move || ctx.touch.get()
                on:change=move |e| ctx.touch.set(event_target_checked(&e)) /><span>{fmt.t(W::TouchRows)}</span></label>
        </div>
    }
    .into_any()
}

/// A field of the form: name, label, where its text is, hint, whether it is a number.
type Line = (&'static str, W, RwSignal<String>, &'static str, bool);

fn site() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(GetSettings {}));
    let text = || RwSignal::new(String::new());
    let (name, zone, currency) = (text(), text(), text());
    let shown = RwSignal::new(Vec::<String>::new());
    let (lead, review, level, pack, cost, limit, months, why) =
        (text(), text(), text(), text(), text(), text(), text(), text());
    let held = RwSignal::new(None::<Settings>);
    let failed = RwSignal::new(None::<ApiError>);
    // What a person is changing is not overwritten by what comes in.
    Effect::new(move |_| {
        let Some(s) = answer.data.get() else { return };
        if held.get_untracked().as_ref() == Some(&s) {
            return;
        }
        name.set(s.site_name.clone());
        zone.set(s.zone.clone());
        currency.set(s.currency.clone());
        lead.set(s.lead_time_days.to_string());
        review.set(s.review_period_days.to_string());
        level.set(s.service_level.to_string());
        pack.set(s.pack_size.to_string());
        cost.set(s.unit_cost.to_string());
        limit.set(s.approval_limit.to_string());
        months.set(s.months_kept.to_string());
        shown.set(s.shown_units.clone());
        held.set(Some(s));
    });
    let built = move || -> Option<Settings> {
        let number = |s: RwSignal<String>| format::typed(&s.get());
        let share = units::Milli::parse(&number(level))?.0 / 100;
        Some(Settings {
            site_name: name.get().trim().to_owned(),
            zone: zone.get().trim().to_owned(),
            currency: currency.get().trim().to_uppercase(),
            lead_time_days: number(lead).parse().ok()?,
            review_period_days: number(review).parse().ok()?,
            service_level: Permille(u16::try_from(share).ok().filter(|s| *s <= 1000)?),
            pack_size: Quantity::parse(&number(pack))?,
            unit_cost: typed_money(&cost.get())?,
            approval_limit: typed_money(&limit.get())?,
            months_kept: number(months).parse().ok()?,
            shown_units: shown.get(),
        })
    };
    let state = Memo::new(move |_| match built() {
        None => Err(W::SettingsFault),
        Some(new) if held.with(|h| h.as_ref() == Some(&new)) => Err(W::SettingsSame),
        Some(_) if why.with(|w| w.trim().is_empty()) => Err(W::SettingsWhy),
        Some(_) => Ok(()),
    });
    let save = move || {
        let Some(settings) = untrack(built) else { return };
        if state.get_untracked().is_err() {
            return;
        }
        let reason = why.get_untracked();
        spawn_local(async move {
            match bridge::send(ChangeSettings { settings, why: reason }).await {
                Ok(_) => {
                    failed.try_set(None);
                    why.try_set(String::new());
                    answer.refresh();
                    ctx.say(crate::state::fmt().t(W::Saved));
                }
                Err(e) => {
                    failed.try_set(Some(e));
                }
            }
        });
    };
    let day = fmt.t(W::UnitDay);
    let lines: [(W, Vec<Line>); 2] = [
        (
            W::TabSite,
            vec![
                ("site-name", W::SiteName, name, "", false),
                ("zone", W::TimeZone, zone, "IANA: Asia/Shanghai, Europe/Helsinki", false),
                ("currency", W::Currency, currency, "ISO 4217: CNY, EUR", false),
                ("months-kept", W::MonthsKept, months, fmt.t(W::MonthsKeptText), true),
            ],
        ),
        (
            W::Defaults,
            vec![
                ("lead-time", W::LeadTime, lead, day, true),
                ("review-period", W::ReviewPeriod, review, day, true),
                ("service-level", W::ServiceLevel, level, "%", true),
                ("pack-size", W::PackSize, pack, "", true),
                ("unit-cost", W::UnitCost, cost, "", true),
                ("approval-limit", W::ApprovalLimit, limit, "", true),
            ],
        ),
    ];
    let groups = lines
        .into_iter()
        .map(|(title, lines)| {
            let fields = lines
                .into_iter()
                .map(|(field, label, value, hint, number)| {
                    view! {
                        <label class="field"><span>{fmt.t(label)}</span>
                            <input type="text" inputmode=if number { "decimal" } else { "text" } autocomplete="off" data-testid=id::FIELD data-field=field
                                prop:value=move || value.get() on:input=move |e| value.set(event_target_value(&e)) />
                            {(!hint.is_empty()).then(|| view! { <small class="muted">{hint}</small> })}
                        </label>
                    }
                })
                .collect_view();
            view! { <section class="card form"><h3>{fmt.t(title)}</h3>{fields}</section> }
        })
        .collect_view();
    view! {
        {parts::heading(None, fmt.t(W::TabSite).into(), fmt.t(W::SettingsText).into(), String::new(), String::new())}
        {move || answer.error.get().map(|e| parts::error(&e))}
        {groups}
        {shown_units(shown)}
        <section class="card form">
            <label class="field"><span>{fmt.t(W::Why)}</span>
                <input type="text" autocomplete="off" data-testid=id::FIELD data-field="why" prop:value=move || why.get() on:input=move |e| why.set(event_target_value(&e)) /></label>
            <div class="act">
                <button type="button" class="go" data-testid=id::SAVE_SETTINGS disabled=move || state.get().is_err() on:click=move |_| save()>{fmt.t(W::Save)}</button>
                <span class="muted">{move || state.get().err().map(|w| fmt.t(w))}</span>
            </div>
            {move || failed.get().map(|e| parts::error(&e))}
        </section>
    }
    .into_any()
}

/// What a site measures in more than one unit, by a unit of it.
const MEASURES: [(&str, W); 10] = [
    ("°C", W::MeasuresTemperature),
    ("kPa", W::MeasuresPressure),
    ("kW", W::MeasuresPower),
    ("kWh", W::MeasuresEnergy),
    ("m³", W::MeasuresVolume),
    ("m³/h", W::MeasuresFlow),
    ("kg", W::MeasuresMass),
    ("m", W::MeasuresLength),
    ("km/h", W::MeasuresSpeed),
    ("mm/s", W::MeasuresVibration),
];

/// The unit chosen of those that convert into `one`.
fn chosen_of(shown: &[String], one: &Measure) -> String {
    let same = |unit: &&String| Measure::parse(unit).is_some_and(|unit| unit.kind == one.kind);
    shown.iter().find(same).cloned().unwrap_or_default()
}

/// A choice a kind of measure.
fn shown_units(shown: RwSignal<Vec<String>>) -> AnyView {
    let fmt = fmt();
    let choose = move |one: &'static Measure, unit: String| {
        shown.update(|all| {
            all.retain(|other| Measure::parse(other).is_some_and(|other| other.kind != one.kind));
            if !unit.is_empty() {
                all.push(unit);
            }
        });
    };
    let choices = MEASURES
        .into_iter()
        .filter_map(|(unit, word)| Some((Measure::parse(unit)?, word)))
        .map(|(one, word)| {
            let on = move |unit: &str| shown.with(|all| chosen_of(all, one) == unit);
            let options = one
                .siblings()
                .map(|unit| view! { <option value=unit.symbol prop:selected=move || on(unit.symbol)>{unit.symbol}</option> })
                .collect_view();
            view! {
                <label class="field"><span>{fmt.t(word)}</span>
                    <select data-testid=id::FIELD data-field=format!("unit-{}", one.symbol) on:change=move |e| choose(one, event_target_value(&e))>
                        <option value="" prop:selected=move || on("")>{fmt.t(W::AsRecorded)}</option>{options}</select>
                </label>
            }
        })
        .collect_view();
    view! { <section class="card form"><h3>{fmt.t(W::ShownUnits)}</h3><p class="muted">{fmt.t(W::ShownUnitsText)}</p><div class="dq-tests">{choices}</div></section> }
        .into_any()
}

#[derive(Clone, Copy, PartialEq)]
enum AuditSort {
    Number,
    Who,
    What,
    Subject,
}

const AUDIT: [Column<AuditSort>; 6] = [
    number("number", W::Number, 54).down(AuditSort::Number),
    text("when", W::When, 66).down(AuditSort::Number),
    text("who", W::Who, 50).grows().up(AuditSort::Who),
    text("what", W::What, 70).grows().up(AuditSort::What),
    text("subject", W::Subject, 70).grows().up(AuditSort::Subject),
    text("why", W::Why, 60).grows(),
];

fn audit() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListAudit { limit: 5000 }));
    let table = Table::new("audit", &AUDIT, "number");
    let filter = table.filter();
    let verdict = RwSignal::new(None::<Result<AuditVerdict, ApiError>>);
    let busy = RwSignal::new(false);
    let found = Memo::new(move |_| {
        let needle = filter.get().to_lowercase();
        let mut found = answer.data.with(|d| {
            d.iter()
                .flatten()
                .filter(|a| {
                    needle.is_empty()
                        || format!(
                            "{} {} {} {}",
                            a.actor,
                            a.action,
                            a.subject,
                            a.why.as_deref().unwrap_or("")
                        )
                        .to_lowercase()
                        .contains(&needle)
                })
                .cloned()
                .collect::<Vec<AuditRow>>()
        });
        if let Some((by, reverse)) = table.sort() {
            found.sort_by(|a, b| {
                let order = match by {
                    AuditSort::Number => b.id.cmp(&a.id),
                    AuditSort::Who => a.actor.cmp(&b.actor),
                    AuditSort::What => a.action.cmp(&b.action),
                    AuditSort::Subject => a.subject.cmp(&b.subject),
                };
                if reverse { order.reverse() } else { order }
            });
        }
        found
    });
    let table = table.takes(W::TabAudit, move || {
        these(
            &ListAudit { limit: 5000 },
            found.with_untracked(|found| found.iter().map(|a| a.id).collect::<Vec<_>>()),
        )
    });
    let at = RwSignal::new(None::<usize>);
    let total = Signal::derive(move || found.with(Vec::len));
    on_act(move |act| match super::stock::move_in(found, at.get_untracked(), act) {
        Some(next) => {
            at.set(Some(next));
            true
        }
        None => false,
    });
    let row = move |_: usize, a: &AuditRow| {
        let cell = |key: &'static str| match key {
            "number" => td("num muted", a.id.to_string()),
            "when" => td("", fmt.when(a.at, ctx.now.get_untracked())),
            "who" => td("ell", a.actor.clone()),
            "what" => {
                view! { <span role="gridcell" class="ell"><code>{a.action.clone()}</code></span> }.into_any()
            }
            "subject" => td("ell", a.subject.clone()),
            _ => view! { <span role="gridcell" class="ell muted" title=a.why.clone()>{a.why.clone()}</span> }
                .into_any(),
        };
        Row {
            testid: id::AUDIT_ROW,
            id: a.id.to_string(),
            class: "",
            marked: false,
            cells: table.cells(cell),
        }
    };
    let verify = move || {
        busy.set(true);
        spawn_local(async move {
            let answer = bridge::send(VerifyAudit {}).await;
            busy.try_set(false);
            verdict.try_set(Some(answer));
        });
    };
    let said = move || {
        verdict.get().map(|v| match v {
            Ok(v) if v.intact => {
                let head: String = v.head.chars().take(16).collect();
                view! { <p class="note" role="status" data-testid=id::AUDIT_VERDICT data-intact="true">"● "{fmt.fill(W::AuditIntact, &[&format::count(v.rows), &head])}</p> }.into_any()
            }
            Ok(v) => view! { <p class="note" role="alert" data-testid=id::AUDIT_VERDICT data-intact="false"><span class="mark c">"■ "</span>{fmt.fill(W::AuditBroken, &[&v.first_bad.unwrap_or_default()])}</p> }.into_any(),
            Err(e) => parts::error(&e),
        })
    };
    let one = move || {
        let i = at.get()?;
        let a = found.with(|f| f.get(i).cloned())?;
        let part = |word: W, text: Option<String>| {
            text.filter(|t| !t.is_empty()).map(|t| view! { <tr><th scope="row">{fmt.t(word)}</th><td><code class="wrap">{t}</code></td></tr> })
        };
        Some(view! {
            <section class="card"><table class="why"><tbody>
                {part(W::Before, a.old.clone())}{part(W::After, a.new.clone())}{part(W::Why, a.why.clone())}{part(W::Hash, Some(a.hash.clone()))}
            </tbody></table></section>
        })
    };
    let long = Long {
        label: fmt.t(W::TabAudit),
        total,
        chosen: Signal::derive(move || at.get()),
        seen: None,
        tall: false,
    };
    let list = rows(long, move |i| found.with(|f| f.get(i).cloned()), row, move |i, _| at.set(Some(i)));
    view! {
        {parts::heading(None, fmt.t(W::TabAudit).into(), fmt.t(W::AuditText).into(), String::new(), String::new())}
        <div class="act">
            <button type="button" class="go" data-testid=id::VERIFY_AUDIT disabled=move || busy.get() on:click=move |_| verify()>{fmt.t(W::VerifyAudit)}</button>
            {said}
        </div>
        {move || answer.error.get().map(|e| parts::error(&e))}
        {table.tools(W::FilterAudit)}
        <section class="card nopad fill">{table.boxed(list)}</section>
        {one}
    }
    .into_any()
}
