//! What comes over a wire right now, as bytes and as what they are read as.

use crate::format;
use crate::i18n::W;
use crate::parts::{self, cell, grid};
use crate::state::fmt;
use crate::testids as id;
use crate::{bridge, wording};
use contract::*;
use leptos::prelude::*;
use std::time::Duration;
use units::DeviceId;
use wasm_bindgen_futures::spawn_local;

/// How often it is asked for.
const EVERY: Duration = Duration::from_millis(700);

/// Pieces and values kept on the screen.
const KEPT: usize = 300;

/// The bytes of a piece as text; what is not seen is a dot, except the ends of lines.
pub fn text_of(hex: &str) -> String {
    String::from_utf8_lossy(&bytes_of(hex))
        .chars()
        .map(|c| match c {
            '\r' => '␍',
            '\n' => '␊',
            c if c.is_control() || c == '\u{fffd}' => '·',
            c => c,
        })
        .collect()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).filter_map(|n| u8::from_str_radix(hex.get(2 * n..2 * n + 2)?, 16).ok()).collect()
}

/// In pairs of digits.
pub fn hex_of(hex: &str) -> String {
    let mut out = String::with_capacity(hex.len() * 3 / 2);
    for (n, c) in hex.chars().enumerate() {
        if n > 0 && n % 2 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// Lines of bytes with their times; those that hold `needle` in either form.
pub fn byte_lines(pieces: &[PieceRow], hex: bool, needle: &str) -> String {
    let fmt = fmt();
    let needle = needle.trim().to_lowercase();
    let fits = |piece: &PieceRow| {
        needle.is_empty()
            || text_of(&piece.hex).to_lowercase().contains(&needle)
            || hex_of(&piece.hex).contains(&needle)
            || piece.hex.contains(&needle)
    };
    let lines: Vec<String> = pieces
        .iter()
        .filter(|piece| fits(piece))
        .map(|piece| {
            let shown = if hex { hex_of(&piece.hex) } else { text_of(&piece.hex) };
            format!("{}  {shown}", fmt.clock_seconds(piece.at))
        })
        .collect();
    lines.join("\n")
}

/// Rows of values; newest first.
pub fn value_cells(row: &SaidRow) -> Vec<AnyView> {
    let fmt = fmt();
    let value = row.value.map_or("—".into(), format::value);
    let fault = wording::value_fault(&row.fault).map_or_else(|| row.fault.clone(), |w| fmt.t(w).to_owned());
    let class = if fault.is_empty() { "" } else { "mark m" };
    let name = if row.channel.is_empty() { String::new() } else { row.channel.clone() };
    vec![
        cell(fmt.clock_seconds(row.at)),
        view! { <code>{row.code.clone()}</code> }.into_any(),
        cell(name),
        cell(format!("{value} {}", row.unit)),
        view! { <span class=class>{fault}</span> }.into_any(),
    ]
}

/// The panel of a device. It asks while it is there.
pub fn panel(device: DeviceId) -> AnyView {
    let fmt = fmt();
    let pieces = RwSignal::new(Vec::<PieceRow>::new());
    let said = RwSignal::new(Vec::<SaidRow>::new());
    let paused = RwSignal::new(false);
    let hex = RwSignal::new(false);
    let needle = RwSignal::new(String::new());
    let asking = StoredValue::new(false);
    let ask = move || {
        if paused.get_untracked() || asking.get_value() {
            return;
        }
        asking.set_value(true);
        let pieces_after = pieces.with_untracked(|p| p.last().map_or(0, |p| p.number));
        let said_after = said.with_untracked(|s| s.last().map_or(0, |s| s.number));
        spawn_local(async move {
            let answer = bridge::send(WatchDevice { id: device, pieces_after, said_after }).await;
            asking.try_set_value(false);
            // A watch that fails is tried again with the next tick; the page says by itself when the link is gone.
            let Ok(watch) = answer else { return };
            if !watch.pieces.is_empty() {
                pieces.try_update(|all| add(all, watch.pieces));
            }
            if !watch.said.is_empty() {
                said.try_update(|all| add(all, watch.said));
            }
        });
    };
    ask();
    if let Ok(timer) = set_interval_with_handle(ask, EVERY) {
        on_cleanup(move || timer.clear());
    }
    let lines = move || {
        let shown = pieces.with(|p| byte_lines(p, hex.get(), &needle.read()));
        if shown.is_empty() { fmt.t(W::LiveNothing).to_owned() } else { shown }
    };
    let rows = move || {
        let wanted = needle.read().trim().to_lowercase();
        let rows: Vec<_> = said.with(|all| {
            all.iter()
                .rev()
                .filter(|s| {
                    wanted.is_empty() || format!("{} {}", s.code, s.channel).to_lowercase().contains(&wanted)
                })
                .take(60)
                .map(|s| (s.number.to_string(), value_cells(s)))
                .collect()
        });
        if rows.is_empty() {
            return view! { <p class="muted">{fmt.t(W::LiveNothing)}</p> }.into_any();
        }
        let heads = [
            (W::LiveTime, false),
            (W::OnTheWire, false),
            (W::Channel, false),
            (W::Now, true),
            (W::StateWord, false),
        ];
        grid(W::LiveValues, &heads, rows, id::LIVE_SAID)
    };
    view! {
        <section class="card">
            <div class="tools">
                <h3>{fmt.t(W::LiveView)}</h3>
                <input type="search" class="filter" autocomplete="off" aria-label=fmt.t(W::LiveSearch) placeholder=fmt.t(W::LiveSearch)
                    prop:value=move || needle.get() on:input=move |e| needle.set(event_target_value(&e)) />
                {parts::plain_button(move || fmt.t(if hex.get() { W::LiveText } else { W::LiveHex }), "live-hex", move || hex.update(|h| *h = !*h))}
                {parts::plain_button(move || fmt.t(if paused.get() { W::LiveGoOn } else { W::LivePause }), "live-pause", move || paused.update(|p| *p = !*p))}
            </div>
            <div class="cards">
                <div><h4 class="muted">{fmt.t(W::LiveBytes)}</h4><pre class="tail live-bytes" tabindex="0" data-testid=id::LIVE_BYTES>{lines}</pre></div>
                <div class="live-said"><h4 class="muted">{fmt.t(W::LiveValues)}</h4>{rows}</div>
            </div>
        </section>
    }
    .into_any()
}

fn add<T>(all: &mut Vec<T>, more: Vec<T>) {
    all.extend(more);
    let over = all.len().saturating_sub(KEPT);
    all.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_both_ways() {
        assert_eq!(text_of("54313d342e320d0a00ff"), "T1=4.2␍␊··");
        assert_eq!(hex_of("54313d"), "54 31 3d");
        assert_eq!(text_of("5"), "");
    }
}
