//! A chart that stands still: drawn by `charts`, redrawn when it, its size or the theme change; a press and a hover are told
//! where they are; in words for who can't see it, and as a table on request.

use crate::browser;
use crate::canvas::CanvasBackend;
use crate::chart::{chart_lang, ratio, table_view, theme};
use crate::i18n::W;
use crate::parts::plain_button;
use crate::state::{ctx, fmt};
use crate::testids as id;
use charts::{Chart, Theme};
use leptos::html;
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A canvas made as large as its box, and what draws on it; `None` where there is no room or no canvas.
pub fn ready(
    canvas: &web_sys::HtmlCanvasElement,
    css: (f64, f64),
    scale: f64,
) -> Option<((u32, u32), web_sys::CanvasRenderingContext2d)> {
    if css.0 < 8.0 || css.1 < 8.0 {
        return None;
    }
    let pixels = ((css.0 * scale).round() as u32, (css.1 * scale).round() as u32);
    if (canvas.width(), canvas.height()) != pixels {
        canvas.set_width(pixels.0);
        canvas.set_height(pixels.1);
    }
    let context = canvas.get_context("2d").ok().flatten()?.unchecked_into();
    Some((pixels, context))
}

/// Counts a drawing, for tests that wait for it.
pub fn count_drawing(canvas: &web_sys::HtmlCanvasElement) {
    let before: u32 = canvas.get_attribute("data-drawn").and_then(|n| n.parse().ok()).unwrap_or(0);
    let _ = canvas.set_attribute("data-drawn", &(before + 1).to_string());
}

/// What is under a pointer: backend pixels, the drawing's size, its theme.
pub struct Under<'a> {
    /// Where.
    pub at: (f64, f64),
    /// Of how much.
    pub size: (u32, u32),
    /// With which measures.
    pub theme: &'a Theme,
}

/// A chart in a card, so high.
pub fn sketch<C>(
    testid: &'static str,
    picture: impl Fn() -> Option<C> + Send + Sync + 'static,
    height: impl Fn(&C) -> f64 + Send + Sync + 'static,
    caption: impl Fn() -> String + Send + Sync + 'static,
    press: impl Fn(&C, Under<'_>) + Send + Sync + 'static,
    tip: impl Fn(&C, Under<'_>) -> Option<String> + Send + Sync + 'static,
) -> AnyView
where
    C: Chart + Clone + PartialEq + Send + Sync + 'static,
{
    let (ctx, fmt) = (ctx(), fmt());
    let lang = chart_lang(fmt.lang);
    let picture = Memo::new(move |_| picture());
    let size = RwSignal::new((0.0f64, 0.0f64));
    let as_table = RwSignal::new(false);
    let hover = RwSignal::new(None::<(f64, f64)>);
    let canvas = NodeRef::<html::Canvas>::new();
    let room = NodeRef::<html::Div>::new();
    let high = Memo::new(move |_| picture.with(|p| p.as_ref().map_or(40.0, &height)));
    browser::watch_size(room, move |w, h| {
        if size.try_get_untracked().is_some_and(|old| old != (w, h)) {
            size.set((w, h));
        }
    });
    Effect::new(move |_| {
        let (css, dark) = (size.get(), ctx.dark.get());
        let Some(canvas) = canvas.get() else { return };
        if as_table.get() {
            return;
        }
        let scale = ratio();
        let Some((pixels, context)) = ready(&canvas, css, scale) else { return };
        picture.with(|p| {
            let Some(p) = p else { return };
            let root = CanvasBackend::new(context, pixels).into_drawing_area();
            if let Err(e) = p.draw(&root, &theme(dark, scale)) {
                leptos::logging::warn!("a chart was not drawn: {e}");
            }
            count_drawing(&canvas);
        });
    });
    let under = move |at: (f64, f64), then: &mut dyn FnMut(&C, Under<'_>)| {
        let (css, scale) = (size.get_untracked(), ratio());
        let theme = theme(false, scale);
        let pixels = ((css.0 * scale).round() as u32, (css.1 * scale).round() as u32);
        picture.with_untracked(|p| {
            if let Some(p) = p {
                then(p, Under { at: (at.0 * scale, at.1 * scale), size: pixels, theme: &theme });
            }
        });
    };
    let tip = Arc::new(tip);
    let said = Memo::new(move |_| {
        let at = hover.get()?;
        picture.track();
        let mut found = None;
        under(at, &mut |p, u| found = tip(p, u));
        found.map(|text| (at, text))
    });
    let summary = move || picture.with(|p| p.as_ref().map(|p| p.summary(lang)));
    let toggle = move || fmt.t(if as_table.get() { W::ShowChart } else { W::ShowTable });
    let table = move || {
        as_table.get().then(|| {
            let table = picture.with(|p| p.as_ref().map(|p| p.table(lang)).unwrap_or_default());
            table_view(&table, high.get().max(120.0) as u32)
        })
    };
    view! {
        <figure class="card chart sketch">
            <div class="chart-box" node_ref=room style:height=move || format!("{}px", high.get()) class:hidden=move || as_table.get()
                on:pointermove=move |e| hover.set(Some((f64::from(e.offset_x()), f64::from(e.offset_y()))))
                on:pointerleave=move |_| hover.set(None)
                on:click=move |e| under((f64::from(e.offset_x()), f64::from(e.offset_y())), &mut |p, u| press(p, u))>
                <canvas node_ref=canvas role="img" aria-label=summary data-testid=testid></canvas>
                {move || said.get().map(|(at, text)| bubble(at, size.get_untracked(), &text))}
            </div>
            {table}
            <figcaption>
                <span>{caption}</span>
                {plain_button(toggle, id::CHART_TABLE_TOGGLE, move || as_table.update(|t| *t = !*t))}
            </figcaption>
        </figure>
    }
    .into_any()
}

/// A few lines beside a pointer, on the side where there is room.
pub fn bubble(at: (f64, f64), size: (f64, f64), text: &str) -> AnyView {
    let lines = text.lines().map(|line| view! { <div>{line.to_owned()}</div> }).collect_view();
    // By properties, not as one text: the page's policy refuses styles written into it.
    let side = |flip: bool, from: f64, to: f64| {
        if flip {
            ("auto".to_owned(), format!("{:.0}px", to - from + 12.0))
        } else {
            (format!("{:.0}px", from + 12.0), "auto".to_owned())
        }
    };
    let (left, right) = side(at.0 > size.0 * 0.55, at.0, size.0);
    let (top, bottom) = side(at.1 > size.1 * 0.6, at.1, size.1);
    view! { <div class="bubble" style:left=left style:right=right style:top=top style:bottom=bottom>{lines}</div> }.into_any()
}
