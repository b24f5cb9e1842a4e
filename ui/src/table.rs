//! A long list of which only the rows in sight are on the page: 100,000 rows scroll like ten.

use crate::browser;
use crate::state::ctx;
use crate::testids as id;
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;

/// One row as a page draws it.
pub struct Row {
    /// `data-testid`.
    pub testid: &'static str,
    /// `data-id`.
    pub id: String,
    /// Further classes.
    pub class: &'static str,
    /// It is marked for an action on many.
    pub marked: bool,
    /// Its cells.
    pub cells: AnyView,
}

/// Rows before and after the ones in sight.
const MARGIN: usize = 6;

/// The rows in sight of a list scrolled to `top` px: from, until.
pub fn in_sight(top: f64, height: f64, row: f64, total: usize) -> (usize, usize) {
    let first = (top.max(0.0) / row).floor() as usize;
    let count = (height.max(row) / row).ceil() as usize + 1;
    // Whole steps of four: a slow scroll does not draw at every pixel.
    let from = first.saturating_sub(MARGIN) / 4 * 4;
    (from.min(total), (first + count + MARGIN).next_multiple_of(4).min(total))
}

/// Where to scroll so that a row is in sight; `None` where it is.
pub fn bring(index: usize, top: f64, height: f64, row: f64) -> Option<f64> {
    let at = index as f64 * row;
    if at < top {
        Some(at)
    } else if at + row > top + height {
        Some(at + row - height)
    } else {
        None
    }
}

/// What a long list is.
#[derive(Clone, Copy)]
pub struct Long {
    /// What it is called.
    pub label: &'static str,
    /// Its rows.
    pub total: Signal<usize>,
    /// The row the detail shows.
    pub chosen: Signal<Option<usize>>,
    /// Told which rows are looked at: from, until.
    pub seen: Option<RwSignal<(usize, usize)>>,
    /// Its rows have a second line.
    pub tall: bool,
}

/// The height of a row, px. The style sheet has the same.
fn row_px(tall: bool, touch: bool) -> f64 {
    match (tall, touch) {
        (false, false) => 28.0,
        (false, true) => 44.0,
        (true, false) => 50.0,
        (true, true) => 56.0,
    }
}

/// The row that a slot holds in a list of `total` drawn from row `from` on: rows that leave the sight at one end hand their
/// slot to those that enter at the other, so that a scroll redraws only what is new. No slot stays empty while there are
/// rows: an element filled anew is cheaper than one that goes and comes.
pub fn held(slot: usize, slots: usize, from: usize, total: usize) -> Option<usize> {
    let slots = slots.max(1);
    let row = from + (slot + slots - from % slots) % slots;
    (row < total).then_some(row)
}

/// A long list. `data` is what a row is made of, `None` while it is on its way; a row is drawn anew only when its data
/// differs. `press(index, shift)` is a click.
pub fn rows<T: Clone + PartialEq + Send + Sync + 'static>(
    list: Long,
    data: impl Fn(usize) -> Option<T> + Send + Sync + 'static,
    show: impl Fn(usize, &T) -> Row + Send + Sync + 'static,
    press: impl Fn(usize, bool) + 'static,
) -> AnyView {
    let ctx = ctx();
    let Long { label, total, chosen, seen, tall } = list;
    let px = Memo::new(move |_| row_px(tall, ctx.touch.get()));
    let scroller = NodeRef::<html::Div>::new();
    let place = RwSignal::new((0.0f64, 900.0f64));
    let sight = Memo::new(move |_| {
        let (top, height) = place.get();
        in_sight(top, height, px.get(), total.get())
    });
    // As many slots as are ever needed at this height: a list scrolled by half a row does not make one more.
    let slots = Memo::new(move |_| {
        let height = place.with(|p| p.1);
        ((height.max(px.get()) / px.get()).ceil() as usize + 2 * MARGIN + 8).next_multiple_of(4)
    });
    if let Some(seen) = seen {
        Effect::new(move |_| seen.set(sight.get()));
    }
    // What is looked at is drawn at once, the rows around it in a piece of work of its own, after the frame: a leap over
    // the list is two short tasks instead of a long one.
    let looked_at = Memo::new(move |_| {
        let (top, height) = place.get();
        ((top / px.get()).floor() as usize, ((top + height) / px.get()).ceil() as usize)
    });
    let settled = RwSignal::new(0usize);
    let settling = StoredValue::new(false);
    Effect::new(move |_| {
        if sight.get().0 == settled.get_untracked() || settling.get_value() {
            return;
        }
        settling.set_value(true);
        let settle = move || {
            if settling.try_set_value(false).is_none() {
                settled.set(sight.get_untracked().0);
            }
        };
        set_timeout(settle, std::time::Duration::ZERO);
    });
    browser::watch_size(scroller, move |_, height| {
        if place.with_untracked(|p| p.1 != height) {
            place.update(|p| p.1 = height);
        }
    });
    let scrolled = move || {
        if let Some(element) = scroller.get_untracked() {
            let top = f64::from(element.scroll_top());
            if place.with_untracked(|p| p.0 != top) {
                place.update(|p| p.0 = top);
            }
        }
    };
    // Brought into sight when another row is chosen, not when the same one is told again: a person may have scrolled on.
    let brought = StoredValue::new(None::<usize>);
    Effect::new(move |_| {
        let Some(index) = chosen.get() else { return };
        let Some(element) = scroller.get() else { return };
        if brought.get_value() == Some(index) {
            return;
        }
        brought.set_value(Some(index));
        let (top, height) = (f64::from(element.scroll_top()), f64::from(element.client_height()));
        if let Some(top) = bring(index, top, height, px.get_untracked()) {
            element.set_scroll_top(top as i32);
        }
    });
    let (data, show) = (Arc::new(data), Arc::new(show));
    let slot = move |slot: usize| {
        let (data, show) = (data.clone(), show.clone());
        let index = Memo::new(move |_| {
            let held = |from| held(slot, slots.get(), from, total.get());
            let (first, end) = looked_at.get();
            held(sight.get().0).filter(|row| (first..end).contains(row)).or_else(|| held(settled.get()))
        });
        // While a row's data is on its way, its slot keeps what it held, unseen: what comes is filled into it.
        let item =
            Memo::new(move |before: Option<&(bool, Option<T>)>| match index.get().and_then(|i| data(i)) {
                Some(item) => (true, Some(item)),
                None => (false, before.and_then(|b| b.1.clone())),
            });
        let on = Memo::new(move |_| index.get().is_some_and(|i| chosen.get() == Some(i)));
        move || {
            let index = index.get()?;
            let (here, row) = item.with(|(here, item)| (*here, item.as_ref().map(|item| show(index, item))));
            let on = on.get();
            let nothing =
                || Row { testid: "", id: String::new(), class: "", marked: false, cells: ().into_any() };
            let mut row = row.unwrap_or_else(nothing);
            if !here {
                (row.testid, row.id) = ("", String::new());
            }
            Some(view! {
                <div class=format!("vrow {}", row.class) class:sel=on class:marked=row.marked class:coming=!here role="row"
                    aria-selected=on.to_string() aria-rowindex=(index + 1).to_string()
                    style:top=format!("{}px", index as f64 * px.get())
                    data-testid=row.testid data-id=row.id>{row.cells}</div>
            })
        }
    };
    // One ear for all rows.
    let pressed = move |e: web_sys::MouseEvent| {
        let row = event_target::<web_sys::Element>(&e).closest("[aria-rowindex]").ok().flatten();
        let index =
            row.and_then(|row| row.get_attribute("aria-rowindex")).and_then(|n| n.parse::<usize>().ok());
        if let Some(index) = index.and_then(|n| n.checked_sub(1)) {
            press(index, e.shift_key());
        }
    };
    view! {
        <div class="vlist" class:tall=tall node_ref=scroller role="grid" aria-label=label aria-rowcount=move || total.get().to_string()
            tabindex="0" data-testid=id::LIST on:scroll=move |_| scrolled()>
            <div class="vspace" role="rowgroup" style:height=move || format!("{}px", total.get() as f64 * px.get()) on:click=pressed>
                <For each=move || 0..slots.get() key=|slot| *slot children=slot />
            </div>
        </div>
    }
    .into_any()
}

/// A cell.
pub fn td(class: &'static str, text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <span role="gridcell" class=class>{text}</span> }.into_any()
}

/// The row `by` further, within the list.
pub fn step(index: Option<usize>, by: i32, total: usize) -> Option<usize> {
    let last = total.checked_sub(1)?;
    Some(match index {
        None => 0,
        Some(i) => i.saturating_add_signed(by as isize).min(last),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rows_in_sight_are_drawn() {
        assert_eq!(in_sight(0.0, 280.0, 28.0, 100_000), (0, 20));
        let (from, to) = in_sight(50_000.0 * 28.0, 280.0, 28.0, 100_000);
        assert!(from <= 49_994 && to >= 50_011 && to - from < 40, "{from}..{to}");
        assert_eq!(in_sight(1e9, 280.0, 28.0, 50), (50, 50));
        assert_eq!(in_sight(0.0, 280.0, 28.0, 3), (0, 3));
    }

    #[test]
    fn a_scroll_hands_slots_on() {
        let drawn = |from| (0..12).map(|slot| held(slot, 12, from, 1000)).collect::<Vec<_>>();
        for from in [0, 4, 8, 500, 988] {
            let mut rows: Vec<usize> = drawn(from).into_iter().flatten().collect();
            rows.sort_unstable();
            assert!(rows.into_iter().eq(from..from + 12), "from {from}: every row once");
        }
        let (before, after) = (drawn(40), drawn(44));
        assert_eq!(
            before.iter().zip(&after).filter(|(a, b)| a != b).count(),
            4,
            "only the new rows are drawn"
        );
        assert_eq!(drawn(992).into_iter().flatten().count(), 8, "the end of the list");
    }

    #[test]
    fn moving_stays_in_the_list_and_in_sight() {
        assert_eq!(step(None, 1, 5), Some(0));
        assert_eq!(step(Some(4), 1, 5), Some(4));
        assert_eq!(step(Some(1), -15, 5), Some(0));
        assert_eq!(step(Some(1), 1, 0), None);
        assert_eq!(bring(5, 0.0, 280.0, 28.0), None);
        assert_eq!(bring(10, 0.0, 280.0, 28.0), Some(28.0));
        assert_eq!(bring(2, 100.0, 280.0, 28.0), Some(56.0));
    }
}
