//! The plan on screen: moved by hand, drawn at rest.
//!
//! The canvas is half as large again as the box, so that a drag shows no edge; while a hand moves it is only transformed, and
//! drawn anew when it rests. Arrows go from bin to bin, with Shift they move the plan.

use crate::browser;
use crate::canvas::CanvasBackend;
use crate::chart::{ratio, table_view, theme};
use crate::i18n::W;
use crate::pages::fleet::sketch::{bubble, count_drawing, ready};
use crate::pan::{Pan, Size, place_of};
use crate::parts::plain_button;
use crate::state::{ctx, fmt};
use crate::testids as id;
use charts::Chart;
use charts::floor::{FloorChart, View};
use leptos::html;
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use std::sync::Arc;

/// The plan is drawn so much larger than the box.
const OVERSIZE: f64 = 1.5;
/// Around the plan, px: the buttons stand beside it.
const MARGIN: f64 = 44.0;

/// The plan's signals; `Copy`.
#[derive(Clone, Copy)]
pub struct FloorBox {
    pan: Pan<View>,
    scene: Memo<Option<Arc<FloorChart>>>,
    chosen: Memo<Option<usize>>,
    /// The view it was last drawn at.
    drawn: StoredValue<Option<View>>,
    layers: [NodeRef<html::Canvas>; 2],
}

impl FloorBox {
    pub fn new(scene: Memo<Option<Arc<FloorChart>>>, chosen: Memo<Option<usize>>) -> Self {
        let all = move |size| scene.with(|s| s.as_ref().map(|s| View::fit(s.bounds(), size, MARGIN)));
        let (pan, drawn) = (Pan::new(all), StoredValue::new(None));
        let this = Self { pan, scene, chosen, drawn, layers: [NodeRef::new(), NodeRef::new()] };
        pan.lay_by(move || this.place());
        this
    }

    /// Shows all again.
    pub fn fit(self) {
        self.pan.fit();
    }

    /// Brings a bin into sight, if it is not.
    pub fn reveal(self, at: usize) {
        let (Some(view), size) = (self.pan.current(), self.pan.size.get_untracked()) else { return };
        let Some(middle) = self.scene.with_untracked(|s| s.as_ref()?.middle(at)) else { return };
        let point = view.point(middle, size);
        let inside = (12.0..size.0 - 12.0).contains(&point.0) && (12.0..size.1 - 12.0).contains(&point.1);
        if !inside {
            self.pan.go(View { centre: middle, ..view });
        }
    }

    /// Lays the last drawing where the current view has it.
    fn place(self) {
        let (Some(now), Some(drawn)) = (self.pan.current(), self.drawn.get_value()) else { return };
        if let Some(canvas) = self.layers[0].get_untracked() {
            let _ = web_sys::HtmlElement::style(&canvas).set_property("transform", &transform(drawn, now));
        }
    }

    /// Zooms around the middle, or around the bin chosen where it is in sight.
    fn zoom(self, factor: f64) {
        let Some(view) = self.pan.current() else { return };
        let (size, chosen) = (self.pan.size.get_untracked(), self.chosen.get_untracked());
        let bin =
            self.scene.with_untracked(|s| s.as_ref()?.middle(chosen?)).map(|place| view.point(place, size));
        let inside = |p: &Size| (0.0..size.0).contains(&p.0) && (0.0..size.1).contains(&p.1);
        self.pan.nearer(factor, bin.filter(inside));
    }

    fn key(self, e: &web_sys::KeyboardEvent, choose: impl Fn(usize)) {
        if e.ctrl_key() || e.meta_key() || e.alt_key() {
            return;
        }
        let way = |right: i32, down: i32| {
            if e.shift_key() {
                return self.pan.dragged((f64::from(right) * -80.0, f64::from(down) * -80.0));
            }
            let from = self.chosen.get_untracked();
            let next = self.scene.with_untracked(|s| s.as_ref()?.beside(from, (right, down)));
            if let Some(next) = next {
                choose(next);
            }
        };
        match e.key().as_str() {
            "ArrowLeft" => way(-1, 0),
            "ArrowRight" => way(1, 0),
            "ArrowUp" => way(0, -1),
            "ArrowDown" => way(0, 1),
            "+" | "=" => self.zoom(1.5),
            "-" | "_" => self.zoom(1.0 / 1.5),
            "0" => self.fit(),
            _ => return,
        }
        e.prevent_default();
        e.stop_propagation();
    }

    /// The bin at a point of the box.
    fn hit(self, at: (f64, f64)) -> Option<usize> {
        let place = self.pan.current()?.place(at, self.pan.size.get_untracked());
        self.scene.with_untracked(|s| s.as_ref()?.at(place))
    }

    fn draw(self, view: View, dark: bool) {
        let size = self.pan.size.get_untracked();
        let scale = ratio();
        let theme = theme(dark, scale);
        let chosen = self.chosen.get_untracked();
        let Some(scene) = self.scene.with_untracked(|s| s.clone()) else { return };
        let told = |done: Result<(), String>| {
            if let Err(e) = done {
                leptos::logging::warn!("the plan was not drawn: {e}");
            }
        };
        if let Some(canvas) = self.layers[0].get_untracked()
            && let Some((pixels, context)) = ready(&canvas, (size.0 * OVERSIZE, size.1 * OVERSIZE), scale)
        {
            let root = CanvasBackend::new(context, pixels).into_drawing_area();
            told(scene.draw_over(&root, &theme, view, chosen).map_err(|e| e.to_string()));
            self.drawn.set_value(Some(view));
            count_drawing(&canvas);
        }
        if let Some(canvas) = self.layers[1].get_untracked()
            && let Some((pixels, context)) = ready(&canvas, size, scale)
        {
            let root = CanvasBackend::new(context, pixels).into_drawing_area();
            told(scene.draw_margin(&root, &theme, view).map_err(|e| e.to_string()));
        }
        self.place();
    }

    /// The plan in a card; `tip` tells of a bin, `table` of all, `choose` chooses one.
    pub fn view(
        self,
        caption: impl Fn() -> String + Send + Sync + 'static,
        tip: impl Fn(usize) -> Option<String> + Send + Sync + 'static,
        table: impl Fn() -> Option<charts::Table> + Send + Sync + 'static,
        choose: impl Fn(usize) + Copy + Send + Sync + 'static,
    ) -> AnyView {
        let (ctx, fmt) = (ctx(), fmt());
        let room = NodeRef::<html::Div>::new();
        let hover = RwSignal::new(None::<((f64, f64), String)>);
        let as_table = RwSignal::new(false);
        browser::watch_size(room, move |w, h| {
            if self.pan.size.try_get_untracked().is_some_and(|old| old != (w, h)) {
                self.pan.size.set((w, h));
            }
        });
        Effect::new(move |_| {
            let (view, dark) = (self.pan.settled(), ctx.dark.get());
            self.chosen.track();
            for layer in self.layers {
                layer.track();
            }
            if let Some(view) = view {
                self.draw(view, dark);
            }
        });
        let over = move |e: &web_sys::PointerEvent| {
            if self.pan.drag(e) {
                hover.set(None);
                return;
            }
            let at = place_of(e);
            let text = self.hit(at).and_then(&tip);
            if hover.with_untracked(|old| old.as_ref().map(|(_, text)| text.clone()) != text)
                || text.is_some()
            {
                hover.set(text.map(|text| (at, text)));
            }
        };
        let lang = crate::chart::chart_lang(fmt.lang);
        let summary = move || self.scene.with(|s| s.as_ref().map_or(String::new(), |s| s.summary(lang)));
        let table = move || as_table.get().then(|| table().map(|table| table_view(&table, 430)));
        let toggle = move || if as_table.get() { fmt.t(W::ShowChart) } else { fmt.t(W::ShowTable) };
        let tool = |word: W, sign: &'static str, testid: &'static str, does: fn(Self)| {
            view! {
                <button type="button" title=fmt.t(word) aria-label=fmt.t(word) data-testid=testid on:click=move |_| does(self)>{sign}</button>
            }
        };
        view! {
            <figure class="card chart mapcard floorcard">
                <div class="mapbox" node_ref=room class:hidden=move || as_table.get() class:pointing=move || hover.with(Option::is_some)>
                    <canvas node_ref=self.layers[0] class="large" aria-hidden="true" data-testid=id::FLOOR_CANVAS></canvas>
                    <canvas node_ref=self.layers[1] aria-hidden="true"></canvas>
                    <div class="hand" tabindex="0" role="application" aria-roledescription=fmt.t(W::FloorWord) aria-label=summary data-testid=id::FLOOR
                        on:pointerdown=move |e| self.pan.down(&e)
                        on:pointermove=move |e| over(&e)
                        on:pointercancel=move |e| { self.pan.up(&e); }
                        on:pointerleave=move |_| hover.set(None)
                        on:pointerup=move |e| {
                            if let Some(at) = self.pan.up(&e).and_then(|at| self.hit(at)) {
                                choose(at);
                            }
                        }
                        on:dblclick=move |e| {
                            self.pan.nearer(2.0, Some((f64::from(e.offset_x()), f64::from(e.offset_y()))));
                        }
                        on:wheel=move |e| self.pan.wheel(&e)
                        on:keydown=move |e| self.key(&e, choose)></div>
                    {move || hover.get().map(|(at, text)| bubble(at, self.pan.size.get_untracked(), &text))}
                    <div class="maptools">
                        {tool(W::ZoomIn, "+", "floor-in", |m| m.zoom(1.6))}
                        {tool(W::ZoomOut, "−", "floor-out", |m| m.zoom(1.0 / 1.6))}
                        {tool(W::ShowAll, "⤢", id::FLOOR_FIT, Self::fit)}
                    </div>
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
}

/// How a drawing of the view `drawn` is laid over the view `now`, scaled around its own middle.
fn transform(drawn: View, now: View) -> String {
    if drawn == now {
        return "none".into();
    }
    let scale = now.scale / drawn.scale;
    let (x, y) = ((drawn.centre.0 - now.centre.0) * now.scale, (drawn.centre.1 - now.centre.1) * now.scale);
    format!("translate({x:.2}px,{y:.2}px) scale({scale:.6})")
}
