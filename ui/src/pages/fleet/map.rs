//! The map on screen: moved by hand, drawn at rest.
//!
//! Three canvases lie on each other. Roads and what is on them are half as large again as the box, so that a drag shows no
//! edge; while a hand moves they are only transformed, and drawn anew when it rests, roads over several frames. The scale
//! bar and whose map it is stand still on top. Roads are asked for in the bounds in sight and kept.

use super::model::{self, Scene, Sel};
use super::sketch::{bubble, count_drawing, ready};
use crate::bridge;
use crate::browser;
use crate::canvas::CanvasBackend;
use crate::chart::{chart_lang, ratio, table_view, theme};
use crate::i18n::W;
use crate::pan::{Pan, place_of};
use crate::parts::plain_button;
use crate::state::{ctx, fmt};
use crate::testids as id;
use charts::map::{Bounds, Look, MapChart, RoadLine, View, draw_ground};
use charts::{Chart, Theme};
use contract::{GetRoads, RoadsRow};
use leptos::html;
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use std::sync::Arc;
use units::GeoPoint;
use wasm_bindgen_futures::spawn_local;

/// Roads and routes are drawn so much larger than the box.
const OVERSIZE: f64 = 1.5;
/// Drawing roads gives the frame back after so long, ms.
const SLICE_MS: f64 = 7.0;
/// Lines drawn between two looks at the clock.
const SLICE_LINES: usize = 150;
/// Answers kept of roads.
const KEPT: usize = 8;

/// A press on the map.
#[derive(Clone, Copy, Debug)]
pub enum Press {
    /// On a thing.
    On(Sel),
    /// On the ground.
    Ground(GeoPoint),
}

#[derive(Default)]
struct Drawn {
    /// The views that roads and what is on them were last drawn at.
    at: [Option<View>; 2],
    /// Counts drawings of roads: an older one stops.
    roads_turn: u64,
    /// Roads fetched: how fine, which network, where.
    kept: Vec<(u32, RoadsRow, Bounds, Arc<Vec<RoadLine>>)>,
    /// Asked for and not here yet.
    asked: Option<(u32, Bounds)>,
}

/// The map's signals; `Copy`.
#[derive(Clone, Copy)]
pub struct MapBox {
    pan: Pan<View>,
    scene: Memo<Scene>,
    roads: RwSignal<Arc<Vec<RoadLine>>>,
    drawn: StoredValue<Drawn, LocalStorage>,
    layers: [NodeRef<html::Canvas>; 3],
}

impl MapBox {
    /// A map of `scene`, which shows all of `bounds` at first.
    pub fn new(scene: Memo<Scene>, bounds: Memo<Option<Bounds>>) -> Self {
        let pan = Pan::new(move |size| bounds.with(|b| b.map(|b| View::fit(&b, size, 36.0))));
        let this = Self {
            pan,
            scene,
            roads: RwSignal::new(Arc::default()),
            drawn: StoredValue::new_local(Drawn::default()),
            layers: [NodeRef::new(), NodeRef::new(), NodeRef::new()],
        };
        pan.lay_by(move || this.place_layers());
        this
    }

    /// Shows all again.
    pub fn fit(self) {
        self.pan.fit();
    }

    /// Brings a place to the middle, near enough to see the street.
    pub fn show(self, place: GeoPoint) {
        let Some(view) = self.pan.current() else { return };
        let centre = charts::map::project(place);
        self.pan.go(View { centre, zoom: view.zoom.max(14.0) });
    }

    /// Shows all of a part.
    pub fn show_all(self, bounds: Bounds) {
        self.pan.go(View::fit(&bounds, self.pan.size.get_untracked(), 48.0));
    }

    /// Lays the last drawings where the current view has them.
    fn place_layers(self) {
        let Some(now) = self.pan.current() else { return };
        let drawn = self.drawn.with_value(|d| d.at);
        for (layer, drawn) in self.layers[..2].iter().zip(drawn) {
            let (Some(canvas), Some(drawn)) = (layer.get_untracked(), drawn) else { continue };
            let style = web_sys::HtmlElement::style(&canvas);
            let _ = style.set_property("transform", &transform(drawn, now));
        }
    }

    fn key(self, e: &web_sys::KeyboardEvent) {
        if e.ctrl_key() || e.meta_key() || e.alt_key() {
            return;
        }
        let drag = |x: f64, y: f64| self.pan.dragged((x, y));
        match e.key().as_str() {
            "ArrowLeft" => drag(80.0, 0.0),
            "ArrowRight" => drag(-80.0, 0.0),
            "ArrowUp" => drag(0.0, 80.0),
            "ArrowDown" => drag(0.0, -80.0),
            "+" | "=" => self.pan.nearer(2f64.sqrt(), None),
            "-" | "_" => self.pan.nearer(0.5f64.sqrt(), None),
            _ => return,
        }
        e.prevent_default();
        e.stop_propagation();
    }

    /// The chart as it stands, for hits.
    fn chart_at(self, view: View) -> (MapChart, (u32, u32), Theme) {
        let (size, scale) = (self.pan.size.get_untracked(), ratio());
        let pixels = ((size.0 * scale).round() as u32, (size.1 * scale).round() as u32);
        let chart = self.scene.with_untracked(|s| MapChart { look: Look::At(view), ..s.chart.clone() });
        (chart, pixels, theme(false, scale))
    }

    /// What lies at a point of the box.
    fn hit(self, at: (f64, f64)) -> Option<Press> {
        let view = self.pan.current()?;
        let (chart, pixels, theme) = self.chart_at(view);
        let point = (at.0 * theme.scale, at.1 * theme.scale);
        let place = chart.hit_place(point, pixels, &theme);
        let found = self.scene.with_untracked(|s| match place {
            Some(n) => s.keys.get(n).copied().flatten(),
            None => chart
                .hit_route(point, pixels, &theme)
                .and_then(|n| s.route_keys.get(n).copied())
                .map(Sel::Route),
        });
        Some(found.map_or_else(|| Press::Ground(view.place(at, self.pan.size.get_untracked())), Press::On))
    }

    fn tip(self, at: (f64, f64)) -> Option<String> {
        let (chart, pixels, theme) = self.chart_at(self.pan.current()?);
        let n = chart.hit_place((at.0 * theme.scale, at.1 * theme.scale), pixels, &theme)?;
        self.scene.with_untracked(|s| s.tips.get(n).cloned())
    }

    /// Asks for the roads in sight, unless they are here.
    fn fetch(self, view: View, network: RoadsRow) {
        let size = self.pan.size.get_untracked();
        let fine = fineness(view.metres_per_px());
        let seen = view.bounds(size, 0.25);
        let mut held = None;
        let mut ask = None;
        self.drawn.update_value(|h| {
            h.kept.retain(|k| k.1 == network);
            if let Some(n) = h.kept.iter().position(|k| k.0 == fine && k.2.holds(&seen)) {
                let kept = h.kept.remove(n);
                held = Some(kept.3.clone());
                h.kept.push(kept);
            } else if h.asked.is_none_or(|(f, b)| f != fine || !b.holds(&seen)) {
                let bounds = view.bounds(size, 0.75);
                h.asked = Some((fine, bounds));
                ask = Some(bounds);
            }
        });
        if let Some(held) = held {
            if self.roads.with_untracked(|r| !Arc::ptr_eq(r, &held)) {
                self.roads.set(held);
            }
            return;
        }
        let Some(bounds) = ask else { return };
        spawn_local(async move {
            let call = GetRoads {
                south_west: bounds.south_west,
                north_east: bounds.north_east,
                metres_per_pixel: fine,
            };
            let answer = bridge::send(call).await;
            let here = self.drawn.try_update_value(|h| {
                let wanted = h.asked == Some((fine, bounds));
                if wanted {
                    h.asked = None;
                }
                let roads = Arc::new(model::roads(&answer.ok()?));
                h.kept.push((fine, network, bounds, roads.clone()));
                let over = h.kept.len().saturating_sub(KEPT);
                h.kept.drain(..over);
                wanted.then_some(roads)
            });
            if let Some(Some(roads)) = here {
                self.roads.try_set(roads);
            }
        });
    }

    /// Draws the roads, a slice a frame, then shows them at once.
    fn draw_roads(self, view: View, dark: bool) {
        let size = self.pan.size.get_untracked();
        let scale = ratio();
        let large = (size.0 * OVERSIZE, size.1 * OVERSIZE);
        let Ok(back) = document().create_element("canvas") else { return };
        let Ok(back) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlCanvasElement>(back) else { return };
        let Some((pixels, context)) = ready(&back, large, scale) else { return };
        let roads = self.roads.with_untracked(Arc::clone);
        let turn = self.drawn.try_update_value(|h| {
            h.roads_turn += 1;
            h.roads_turn
        });
        let Some(turn) = turn else { return };
        self.slice(Slice { roads, back, context, pixels, theme: theme(dark, scale), view, turn, from: 0 });
    }

    fn slice(self, mut s: Slice) {
        if self.drawn.try_with_value(|h| h.roads_turn) != Some(s.turn) {
            return;
        }
        let begun = browser::steady_ms();
        loop {
            let to = s.from + SLICE_LINES;
            let root = CanvasBackend::on(s.context.clone(), s.pixels).into_drawing_area();
            if let Err(e) = draw_ground(&root, &s.theme, s.view, &s.roads, s.from..to) {
                leptos::logging::warn!("roads were not drawn: {e}");
                return;
            }
            s.from = to;
            if to >= s.roads.len() {
                break;
            }
            if browser::steady_ms() - begun > SLICE_MS {
                request_animation_frame(move || self.slice(s));
                return;
            }
        }
        let Some(canvas) = self.layers[0].try_get_untracked().flatten() else { return };
        if (canvas.width(), canvas.height()) != s.pixels {
            canvas.set_width(s.pixels.0);
            canvas.set_height(s.pixels.1);
        }
        let Some(shown) = canvas.get_context("2d").ok().flatten() else { return };
        let shown: web_sys::CanvasRenderingContext2d = wasm_bindgen::JsCast::unchecked_into(shown);
        let _ = shown.draw_image_with_html_canvas_element(&s.back, 0.0, 0.0);
        self.drawn.update_value(|h| h.at[0] = Some(s.view));
        count_drawing(&canvas);
        self.place_layers();
    }

    /// Draws what is on the roads, and the margin.
    fn draw_over(self, view: View, dark: bool) {
        let size = self.pan.size.get_untracked();
        let scale = ratio();
        let theme = theme(dark, scale);
        let chart = self.scene.with_untracked(|s| MapChart { look: Look::At(view), ..s.chart.clone() });
        let told = |done: Result<(), String>| {
            if let Err(e) = done {
                leptos::logging::warn!("the map was not drawn: {e}");
            }
        };
        if let Some(canvas) = self.layers[1].get_untracked()
            && let Some((pixels, context)) = ready(&canvas, (size.0 * OVERSIZE, size.1 * OVERSIZE), scale)
        {
            let root = CanvasBackend::new(context, pixels).into_drawing_area();
            told(chart.draw_over(&root, &theme).map_err(|e| e.to_string()));
            self.drawn.update_value(|h| h.at[1] = Some(view));
            count_drawing(&canvas);
        }
        if let Some(canvas) = self.layers[2].get_untracked()
            && let Some((pixels, context)) = ready(&canvas, size, scale)
        {
            let root = CanvasBackend::new(context, pixels).into_drawing_area();
            told(chart.draw_margin(&root, &theme).map_err(|e| e.to_string()));
        }
        self.place_layers();
    }

    /// The map in a card. `picking` says what a press on the ground is for, if for anything.
    pub fn view(
        self,
        network: Memo<Option<RoadsRow>>,
        picking: impl Fn() -> Option<String> + Send + Sync + 'static,
        caption: impl Fn() -> String + Send + Sync + 'static,
        press: impl Fn(Press) + 'static,
    ) -> AnyView {
        let (ctx, fmt) = (ctx(), fmt());
        let lang = chart_lang(fmt.lang);
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
            self.scene.track();
            for layer in self.layers {
                layer.track();
            }
            if let Some(view) = view {
                self.draw_over(view, dark);
            }
        });
        Effect::new(move |_| {
            let (view, network) = (self.pan.settled(), network.get());
            match (view, network) {
                (Some(view), Some(network)) => self.fetch(view, network),
                (_, None) if self.roads.with_untracked(|r| !r.is_empty()) => self.roads.set(Arc::default()),
                _ => {}
            }
        });
        Effect::new(move |_| {
            let (view, dark) = (self.pan.settled(), ctx.dark.get());
            self.roads.track();
            self.layers[0].track();
            if let Some(view) = view {
                self.draw_roads(view, dark);
            }
        });
        let picking = Memo::new(move |_| picking());
        let summary = move || self.scene.with(|s| s.chart.summary(lang));
        let toggle = move || fmt.t(if as_table.get() { W::ShowMap } else { W::ShowTable });
        let table = move || {
            as_table.get().then(|| {
                let table = self.scene.with(|s| s.table.clone());
                table_view(&table, self.pan.size.get_untracked().1.max(200.0) as u32)
            })
        };
        let over = move |e: &web_sys::PointerEvent| {
            if self.pan.drag(e) {
                if hover.with_untracked(Option::is_some) {
                    hover.set(None);
                }
                return;
            }
            let at = place_of(e);
            let said = self.tip(at).map(|text| (at, text));
            if hover.with_untracked(|h| *h != said) {
                hover.set(said);
            }
        };
        let tool = move |word: W, sign: &'static str, testid: &'static str, run: fn(MapBox)| {
            view! {
                <button type="button" title=fmt.t(word) aria-label=fmt.t(word) data-testid=testid on:click=move |_| run(self)>{sign}</button>
            }
        };
        view! {
            <figure class="card chart mapcard">
                <div class="mapbox" node_ref=room class:hidden=move || as_table.get() class:picking=move || picking.with(Option::is_some)
                    class:pointing=move || hover.with(Option::is_some)>
                    <canvas node_ref=self.layers[0] class="large" aria-hidden="true" data-testid=id::MAP_ROADS></canvas>
                    <canvas node_ref=self.layers[1] class="large" aria-hidden="true"></canvas>
                    <canvas node_ref=self.layers[2] aria-hidden="true"></canvas>
                    <div class="hand" tabindex="0" role="application" aria-roledescription=fmt.t(W::MapWord) aria-label=summary data-testid=id::MAP
                        title=""
                        on:pointerdown=move |e| self.pan.down(&e)
                        on:pointermove=move |e| over(&e)
                        on:pointercancel=move |e| { self.pan.up(&e); }
                        on:pointerleave=move |_| hover.set(None)
                        on:pointerup=move |e| {
                            if let Some(at) = self.pan.up(&e) {
                                match (self.hit(at), picking.with_untracked(Option::is_some)) {
                                    (_, true) => {
                                        if let Some(view) = self.pan.current() {
                                            press(Press::Ground(view.place(at, self.pan.size.get_untracked())));
                                        }
                                    }
                                    (Some(hit), false) => press(hit),
                                    (None, false) => {}
                                }
                            }
                        }
                        on:dblclick=move |e| {
                            self.pan.nearer(2.0, Some((f64::from(e.offset_x()), f64::from(e.offset_y()))));
                        }
                        on:wheel=move |e| self.pan.wheel(&e)
                        on:keydown=move |e| self.key(&e)></div>
                    {move || hover.get().map(|(at, text)| bubble(at, self.pan.size.get_untracked(), &text))}
                    {move || picking.get().map(|text| view! { <div class="pickword" role="status">{text}</div> })}
                    <div class="maptools">
                        {tool(W::ZoomIn, "+", "map-in", |m| m.pan.nearer(2.0, None))}
                        {tool(W::ZoomOut, "−", "map-out", |m| m.pan.nearer(0.5, None))}
                        {tool(W::ShowAll, "⤢", id::MAP_FIT, MapBox::fit)}
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

struct Slice {
    roads: Arc<Vec<RoadLine>>,
    back: web_sys::HtmlCanvasElement,
    context: web_sys::CanvasRenderingContext2d,
    pixels: (u32, u32),
    theme: Theme,
    view: View,
    turn: u64,
    from: usize,
}

/// Metres to a pixel, in steps of two: neighbouring zooms share their roads.
fn fineness(metres: f64) -> u32 {
    let level = metres.max(1.0).log2().floor().clamp(0.0, 20.0);
    2u32.pow(level as u32)
}

/// How a drawing of the view `drawn` is laid over the view `now`, scaled around its own middle.
fn transform(drawn: View, now: View) -> String {
    if drawn == now {
        return "none".into();
    }
    let (px, scale) = (now.world_px(), now.world_px() / drawn.world_px());
    let (x, y) = ((drawn.centre.0 - now.centre.0) * px, (drawn.centre.1 - now.centre.1) * px);
    format!("translate({x:.2}px,{y:.2}px) scale({scale:.6})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_map_lies_where_it_is_moved_to() {
        let view = View { centre: (0.5, 0.25), zoom: 10.0 };
        assert_eq!(transform(view, view), "none");
        assert_eq!(transform(view, view.dragged((30.0, -8.0))), "translate(30.00px,-8.00px) scale(1.000000)");
        let near = view.zoomed(1.0, (0.0, 0.0), (800.0, 600.0));
        // What was in the middle is now twice as far from the corner that stays.
        assert_eq!(transform(view, near), "translate(400.00px,300.00px) scale(2.000000)");
    }

    #[test]
    fn roads_are_asked_for_in_steps_of_two() {
        for (metres, fine) in [(0.2, 1), (1.0, 1), (3.9, 2), (4.0, 4), (50.0, 32), (1e12, 1 << 20)] {
            assert_eq!(fineness(metres), fine);
        }
    }
}
