//! A long list of which only the rows in sight are on the page: 100,000 rows scroll like ten.

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

/// A list of `total` rows. `chosen` is the row the detail shows; `press(index, shift)` is a click.
pub fn rows(
    label: &'static str,
    total: Signal<usize>,
    chosen: Signal<Option<usize>>,
    seen: Option<RwSignal<(usize, usize)>>,
    row: impl Fn(usize) -> Row + Send + Sync + 'static,
    press: impl Fn(usize, bool) + Send + Sync + 'static,
) -> AnyView {
    let ctx = ctx();
    let row_px = move || if ctx.touch.get() { 44.0 } else { 28.0 };
    let scroller = NodeRef::<html::Div>::new();
    let place = RwSignal::new((0.0f64, 900.0f64));
    let sight = Memo::new(move |_| {
        let (top, height) = place.get();
        in_sight(top, height, row_px(), total.get())
    });
    if let Some(seen) = seen {
        Effect::new(move |_| seen.set(sight.get()));
    }
    let measure = move || {
        if let Some(element) = scroller.get_untracked() {
            let now = (f64::from(element.scroll_top()), f64::from(element.client_height()));
            if place.get_untracked() != now {
                place.set(now);
            }
        }
    };
    Effect::new(move |_| {
        scroller.track();
        request_animation_frame(measure);
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
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
        if let Some(top) = bring(index, top, height, untrack(row_px)) {
            element.set_scroll_top(top as i32);
        }
    });
    let press = Arc::new(press);
    let drawn = move || {
        let (from, to) = sight.get();
        let px = row_px();
        let chosen = chosen.get();
        (from..to)
            .map(|index| {
                let press = press.clone();
                let row = row(index);
                let on = chosen == Some(index);
                view! {
                    <div class=format!("vrow {}", row.class) class:sel=on class:marked=row.marked role="row"
                        aria-selected=on.to_string() aria-rowindex=(index + 1).to_string()
                        style:top=format!("{}px", index as f64 * px) style:height=format!("{px}px")
                        data-testid=row.testid data-id=row.id
                        on:click=move |e| press(index, e.shift_key())>{row.cells}</div>
                }
            })
            .collect_view()
    };
    view! {
        <div class="vlist" node_ref=scroller role="grid" aria-label=label aria-rowcount=move || total.get().to_string()
            tabindex="0" data-testid=id::LIST on:scroll=move |_| measure()>
            <div class="vspace" role="rowgroup" style:height=move || format!("{}px", total.get() as f64 * row_px())>{drawn}</div>
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
