//! Backups, a part of Settings: where they go, whether the last one could be restored, which there are.

use crate::bridge;
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, fact, grid};
use crate::state::{ctx, fmt};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{Millis, Timestamp};
use wasm_bindgen_futures::spawn_local;

/// Minutes of `HH:MM`.
fn minute_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn clock_of(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The four things to know before anything else.
fn summary(fmt: &Fmt, page: &BackupPage, now: Timestamp) -> AnyView {
    let last = match &page.last {
        None => fact("backup-last", W::LastBackup, fmt.t(W::NeverYet)).doubtful(true),
        Some(run) if run.error.is_some() => {
            fact("backup-last", W::LastBackup, format!("▲ {}", fmt.t(W::BackupFailed)))
                .note(fmt.when(run.at, now))
                .bad(true)
        }
        Some(run) => fact("backup-last", W::LastBackup, fmt.when(run.at, now))
            .note(fmt.span(Millis(run.took_ms.max(1_000)))),
    };
    let drill = match &page.drill {
        None => fact("backup-drill", W::RestoreTrial, fmt.t(W::NeverYet)).doubtful(true),
        Some(drill) if drill.error.is_some() => {
            fact("backup-drill", W::RestoreTrial, format!("▲ {}", fmt.t(W::BackupFailed)))
                .note(fmt.when(drill.at, now))
                .bad(true)
        }
        Some(drill) => fact("backup-drill", W::RestoreTrial, format!("● {}", fmt.t(W::RestoreWorks)))
            .note(match drill.readings {
                0 => fmt.when(drill.at, now),
                n => format!(
                    "{}, {}",
                    fmt.when(drill.at, now),
                    fmt.fill(W::DrillReadings, &[&format::count(n)])
                ),
            })
            .title(drill.name.clone()),
    };
    let next = match page.next {
        None => {
            fact("backup-next", W::NextBackup, fmt.t(W::ByHandOnly)).doubtful(page.settings.folder.is_empty())
        }
        Some(at) => fact("backup-next", W::NextBackup, fmt.when(at, now)),
    };
    let count = fact("backup-count", W::BackupsThere, format::count(page.backups.len()));
    parts::facts(vec![last, drill, next, count])
}

/// What went wrong, and what to think of.
fn remarks(fmt: &Fmt, page: &BackupPage) -> AnyView {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(page.last.as_ref().and_then(|run| run.error.clone()));
    lines.extend(page.drill.as_ref().and_then(|drill| drill.error.clone()));
    if page.same_disk {
        lines.push(fmt.t(W::BackupSameDisk).to_owned());
    }
    if page.settings.folder.is_empty() {
        lines.push(fmt.t(W::BackupNoFolder).to_owned());
    }
    lines
        .into_iter()
        .map(|line| view! { <p class="note"><span class="mark m">"◆ "</span>{line}</p> })
        .collect_view()
        .into_any()
}

fn list(fmt: &Fmt, page: &BackupPage) -> AnyView {
    let rows = page
        .backups
        .iter()
        .map(|one| {
            let cells = vec![
                cell(fmt.stamp(one.made_at)),
                cell(one.name.clone()),
                cell(fmt.bytes(one.bytes)),
                cell(format::count(one.rows)),
                cell(format::count(one.audit_rows)),
            ];
            (one.name.clone(), cells)
        })
        .collect();
    let heads = [
        (W::When, false),
        (W::NameWord, false),
        (W::SizeWord, true),
        (W::RowsWord, true),
        (W::TabAudit, true),
    ];
    grid(W::TabBackups, &heads, rows, id::BACKUP_ROW)
}

/// What came back damaged, and where it is whole.
fn damaged(fmt: &Fmt, pieces: &[DamagedPiece]) -> AnyView {
    let unknown = || fmt.t(W::DamagedUnknown).to_owned();
    let rows = pieces
        .iter()
        .enumerate()
        .map(|(number, one)| {
            let channel = match (&one.channel_name, &one.device_name) {
                (Some(channel), Some(device)) => format!("{device} · {channel}"),
                (Some(channel), None) => channel.clone(),
                (None, _) => one.channel.map_or_else(unknown, |id| id.to_string()),
            };
            let stamp = |at: Option<Timestamp>| at.map_or_else(unknown, |at| fmt.stamp(at));
            let remedy = match &one.backup {
                Some(name) => fmt.fill(W::DamagedWholeIn, &[name]),
                None => fmt.t(W::DamagedNowhere).to_owned(),
            };
            let cells = vec![
                cell(channel),
                cell(stamp(one.from)),
                cell(stamp(one.to)),
                cell(one.readings.map_or_else(unknown, format::count)),
                cell(one.file.clone()),
                cell(remedy),
            ];
            (number.to_string(), cells)
        })
        .collect();
    let heads = [
        (W::Channel, false),
        (W::FirstDay, false),
        (W::DamagedTo, false),
        (W::DqReadings, true),
        (W::DamagedFile, false),
        (W::DamagedRemedy, false),
    ];
    view! {
        <p class="note"><span class="mark h">"▲ "</span><b>{fmt.t(W::DamagedTitle)}</b>" · "{fmt.t(W::DamagedText)}</p>
        <section class="card nopad">{grid(W::DamagedTitle, &heads, rows, id::DAMAGED_ROW)}</section>
    }
    .into_any()
}

/// The part of the page.
pub fn backups() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(GetBackups {}));
    let text = || RwSignal::new(String::new());
    let (folder, at, keep, why) = (text(), text(), text(), text());
    let daily = RwSignal::new(true);
    let held = RwSignal::new(None::<BackupSettings>);
    let failed = RwSignal::new(None::<ApiError>);
    // What a person is changing is not overwritten by what comes in.
    Effect::new(move |_| {
        let Some(new) = answer.data.with(|d| d.as_ref().map(|page| page.settings.clone())) else { return };
        if held.get_untracked().as_ref() == Some(&new) {
            return;
        }
        folder.set(new.folder.clone());
        at.set(clock_of(new.minute));
        keep.set(new.keep.to_string());
        daily.set(new.daily);
        held.set(Some(new));
    });
    let built = move || {
        Some(BackupSettings {
            folder: folder.get().trim().to_owned(),
            daily: daily.get(),
            minute: minute_of(&at.get())?,
            keep: keep.get().trim().parse().ok().filter(|n| *n > 0)?,
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
            match bridge::send(ChangeBackups { settings, why: reason }).await {
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
    let make = move || {
        spawn_local(async move {
            match bridge::send(MakeBackup { into: None }).await {
                Ok(_) => {
                    failed.try_set(None);
                    answer.refresh();
                }
                Err(e) => {
                    failed.try_set(Some(e));
                }
            }
        });
    };
    let running = move || answer.data.with(|d| d.as_ref().is_some_and(|page| page.running.is_some()));
    let unset = move || answer.data.with(|d| d.as_ref().is_none_or(|page| page.settings.folder.is_empty()));
    let shown = move || match answer.data.get() {
        None => parts::waiting(answer.error.get()),
        Some(page) => {
            let now = ctx.now.get_untracked();
            view! {
                {summary(&fmt, &page, now)}
                {remarks(&fmt, &page)}
                {(!page.damaged.is_empty()).then(|| damaged(&fmt, &page.damaged))}
                {(!page.backups.is_empty()).then(|| view! { <section class="card nopad">{list(&fmt, &page)}</section> })}
            }
            .into_any()
        }
    };
    let line = move |field: &'static str, label: W, value: RwSignal<String>, hint: String| {
        view! {
            <label class="field"><span>{fmt.t(label)}</span>
                <input type="text" autocomplete="off" data-testid=id::FIELD data-field=field
                    prop:value=move || value.get() on:input=move |e| value.set(event_target_value(&e)) />
                {(!hint.is_empty()).then(|| view! { <small class="muted">{hint}</small> })}
            </label>
        }
    };
    view! {
        {parts::heading(None, fmt.t(W::TabBackups).into(), fmt.t(W::BackupsText).into(), String::new(), String::new())}
        <div class="act">
            <button type="button" class="go" data-testid=id::MAKE_BACKUP disabled=move || running() || unset() on:click=move |_| make()>{fmt.t(W::MakeBackup)}</button>
            <span class="muted" role="status">{move || running().then(|| fmt.t(W::BackupRunning))}</span>
        </div>
        {move || failed.get().map(|e| parts::error(&e))}
        {shown}
        <section class="card form">
            {line("backup-folder", W::BackupFolder, folder, fmt.t(W::BackupFolderHint).to_owned())}
            <label class="field check"><input type="checkbox" data-testid=id::FIELD data-field="backup-daily" prop:checked=move || daily.get()
                on:change=move |e| daily.set(event_target_checked(&e)) /><span>{fmt.t(W::BackupDaily)}</span></label>
            {line("backup-at", W::BackupAt, at, String::new())}
            {line("backup-keep", W::BackupKeep, keep, String::new())}
            {line("backup-why", W::Why, why, String::new())}
            <div class="act">
                <button type="button" class="go" data-testid=id::SAVE_BACKUPS disabled=move || state.get().is_err() on:click=move |_| save()>{fmt.t(W::Save)}</button>
                <span class="muted">{move || state.get().err().map(|w| fmt.t(w))}</span>
            </div>
        </section>
        <p class="muted">{fmt.t(W::RestoreHow)}" "<code>"qm restore …/quartermaster-2026-… --to …"</code></p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{clock_of, minute_of};

    #[test]
    fn a_time_of_day_is_read_as_it_is_written() {
        for minute in [0, 119, 120, 1439] {
            assert_eq!(minute_of(&clock_of(minute)), Some(minute));
        }
        for wrong in ["", "2", "24:00", "12:60", "a:b", "-1:00"] {
            assert_eq!(minute_of(wrong), None, "{wrong}");
        }
    }
}
