//! A chart on the page: drawn by `charts` on a canvas, redrawn when its numbers, its size or the theme change, read out
//! under the pointer, told in words, and shown as a table on request.
//!
//! A hand moves and zooms it. While it does, the last drawing is shifted and stretched; at rest the page's charts are
//! drawn anew, with the data of the new span ([`crate::zoom`], [`Ctx::zoom`]).

use crate::canvas::CanvasBackend;
use crate::format::{self, Fmt};
use crate::hand::Hand;
use crate::i18n::{Lang, W};
use crate::parts::plain_button;
use crate::state::{ctx, fmt};
use crate::testids as id;
use crate::zoom::{self, Axis, Bounds, Span, Zoom};
use crate::{browser, prefs, readings};
use charts::{
    BandsChart, Chart, CurveChart, DemandChart, Frame, HeatChart, StockProjection, Table, Theme, TimeChart,
    XyChart,
};
use leptos::html;
use leptos::prelude::*;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters_backend::DrawingBackend;
use units::{Day, Milli, Timestamp};
use wasm_bindgen::JsCast;

/// One of the charts there are.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// Readings.
    Time(TimeChart),
    /// Demand.
    Demand(DemandChart),
    /// Stock to come.
    Stock(StockProjection),
    /// What something costs against how good it is.
    Curve(CurveChart),
    /// Quantiles by group.
    Bands(BandsChart),
    /// Days against hours.
    Heat(HeatChart),
    /// A curve or a cloud.
    Xy(XyChart),
}

impl Picture {
    /// Its title.
    pub fn title(&self) -> &str {
        match self {
            Picture::Time(c) => &c.title,
            Picture::Demand(c) => &c.title,
            Picture::Stock(c) => &c.title,
            Picture::Curve(c) => &c.title,
            Picture::Bands(c) => &c.title,
            Picture::Heat(c) => &c.title,
            Picture::Xy(c) => &c.title,
        }
    }

    /// What a hand can move; stock to come is a few days, all of which matter.
    fn axis(&self) -> Option<Axis> {
        match self {
            Picture::Time(_) => Some(Axis::Time),
            Picture::Demand(_) => Some(Axis::Days),
            _ => None,
        }
    }

    /// The span drawn.
    fn span(&self) -> Span {
        match self {
            Picture::Time(c) => (c.window_ms.0 as f64, c.window_ms.1 as f64),
            Picture::Demand(c) => c.window.unwrap_or_else(|| {
                let (from, to) = c.extent();
                (f64::from(from), f64::from(to))
            }),
            Picture::Stock(c) => (f64::from(c.history_start.0), f64::from(c.start.0)),
            Picture::Curve(_) | Picture::Bands(_) | Picture::Heat(_) | Picture::Xy(_) => (0.0, 1.0),
        }
    }

    /// How far it can be moved. Readings: from the longest window there is to choose (`now` is its end), else from where
    /// the page starts, down to a minute. Demand: all that is known, down to four steps.
    fn bounds(&self, now: Timestamp) -> Bounds {
        let (from, to) = self.span();
        match self {
            Picture::Time(_) => {
                let all = readings::window(prefs::Window::Month.span(), now);
                Bounds { from: from.min(all.0.0 as f64), to: to.max(all.1.0 as f64), least: 60_000.0 }
            }
            Picture::Demand(c) => {
                let (from, to) = c.extent();
                Bounds { from: f64::from(from), to: f64::from(to), least: f64::from(4 * c.step_days.max(1)) }
            }
            _ => Bounds { from, to, least: to - from },
        }
    }

    /// Demand as zoomed. Of readings the page asks for other data itself: see [`Ctx::time_span`].
    fn zoomed(mut self, zoom: Option<Zoom>) -> Self {
        if let Some(Zoom { axis: Axis::Days, from, to }) = zoom
            && matches!(self, Picture::Demand(_))
        {
            let held = self.bounds(Timestamp::default()).hold((from, to));
            if let Picture::Demand(c) = &mut self {
                c.window = Some(held);
            }
        }
        self
    }

    /// A span in words.
    fn span_text(&self, span: Span, fmt: &Fmt, now: Timestamp) -> String {
        let (from, to) = match self.axis() {
            Some(Axis::Time) if span.1 - span.0 < 10.0 * 60_000.0 => {
                (fmt.clock_seconds(Timestamp(span.0 as i64)), fmt.clock_seconds(Timestamp(span.1 as i64)))
            }
            Some(Axis::Time) => {
                (fmt.when(Timestamp(span.0 as i64), now), fmt.when(Timestamp(span.1 as i64), now))
            }
            _ => {
                let today = fmt.day_of(now);
                (
                    fmt.day_near(Day(span.0.ceil() as i32), today),
                    fmt.day_near(Day(span.1.ceil() as i32 - 1), today),
                )
            }
        };
        fmt.fill(W::ChartShows, &[&from, &to])
    }

    /// What is at `x` (as in [`Frame::x_value`]): the x of the nearest step, and it in words.
    pub fn read_at(&self, x: f64, fmt: &Fmt) -> Option<(f64, String)> {
        match self {
            Picture::Time(c) => read_time(c, x, fmt),
            Picture::Demand(c) => read_demand(c, x, fmt),
            Picture::Stock(c) => read_stock(c, x, fmt),
            Picture::Curve(c) => read_curve(c, x),
            Picture::Bands(c) => read_bands(c, x),
            Picture::Xy(c) if c.joined => read_xy(c, x),
            Picture::Heat(_) | Picture::Xy(_) => None,
        }
    }
}

impl Chart for Picture {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), charts::DrawError<DB>> {
        match self {
            Picture::Time(c) => c.draw(root, theme),
            Picture::Demand(c) => c.draw(root, theme),
            Picture::Stock(c) => c.draw(root, theme),
            Picture::Curve(c) => c.draw(root, theme),
            Picture::Bands(c) => c.draw(root, theme),
            Picture::Heat(c) => c.draw(root, theme),
            Picture::Xy(c) => c.draw(root, theme),
        }
    }

    fn summary(&self, lang: charts::Lang) -> String {
        match self {
            Picture::Time(c) => c.summary(lang),
            Picture::Demand(c) => c.summary(lang),
            Picture::Stock(c) => c.summary(lang),
            Picture::Curve(c) => c.summary(lang),
            Picture::Bands(c) => c.summary(lang),
            Picture::Heat(c) => c.summary(lang),
            Picture::Xy(c) => c.summary(lang),
        }
    }

    fn table(&self, lang: charts::Lang) -> Table {
        match self {
            Picture::Time(c) => c.table(lang),
            Picture::Demand(c) => c.table(lang),
            Picture::Stock(c) => c.table(lang),
            Picture::Curve(c) => c.table(lang),
            Picture::Bands(c) => c.table(lang),
            Picture::Heat(c) => c.table(lang),
            Picture::Xy(c) => c.table(lang),
        }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        match self {
            Picture::Time(c) => c.frame(size, theme),
            Picture::Demand(c) => c.frame(size, theme),
            Picture::Stock(c) => c.frame(size, theme),
            Picture::Curve(c) => c.frame(size, theme),
            Picture::Bands(c) => c.frame(size, theme),
            Picture::Heat(c) => c.frame(size, theme),
            Picture::Xy(c) => c.frame(size, theme),
        }
    }

    fn lang(&self) -> charts::Lang {
        match self {
            Picture::Time(c) => c.lang(),
            Picture::Demand(c) => c.lang(),
            Picture::Stock(c) => c.lang(),
            Picture::Curve(c) => c.lang(),
            Picture::Bands(c) => c.lang(),
            Picture::Heat(c) => c.lang(),
            Picture::Xy(c) => c.lang(),
        }
    }
}

fn number(value: f64) -> String {
    let decimals = if value.fract().abs() < 0.005 || value.abs() >= 100.0 { 0 } else { 1 };
    format::decimal(Milli::from_f64(value).0, decimals)
}

fn read_time(chart: &TimeChart, x: f64, fmt: &Fmt) -> Option<(f64, String)> {
    let span = (chart.window_ms.1 - chart.window_ms.0) as f64;
    let mut nearest: Option<i64> = None;
    let mut parts = Vec::new();
    for series in &chart.series {
        let point = series
            .points
            .iter()
            .flatten()
            .min_by(|a, b| (a.t_ms as f64 - x).abs().total_cmp(&(b.t_ms as f64 - x).abs()))
            .filter(|p| (p.t_ms as f64 - x).abs() < span / 40.0);
        if let Some(point) = point {
            nearest.get_or_insert(point.t_ms);
            let one = |v: f64| format::decimal(Milli::from_f64(v).0, 1);
            let range = if point.max - point.min >= 0.05 {
                format!(" ({}–{})", one(point.min), one(point.max))
            } else {
                String::new()
            };
            let name = if chart.series.len() > 1 { format!("{} ", series.name) } else { String::new() };
            parts.push(format!("{name}{}{range}", one(point.value)));
        }
    }
    let at = nearest?;
    let now = Timestamp(chart.now_ms.unwrap_or(chart.window_ms.1));
    Some((at as f64, format!("{} · {} {}", fmt.when(Timestamp(at), now), parts.join(" · "), chart.unit)))
}

fn day_text(day: Day, today: Day, fmt: &Fmt) -> String {
    fmt.weekday(day, today)
}

fn fan_text(row: &charts::Quantiles, step: usize, fmt: &Fmt) -> Option<String> {
    let (low, high) = row.span(step)?;
    let levels = (row.levels.first()?, row.levels.last()?);
    let share = ((levels.1 - levels.0) * 100.0).round();
    Some(format!(
        "{} {} ({share:.0}{}%: {}–{})",
        fmt.t(W::Expected),
        number(row.median(step)?),
        if fmt.lang == Lang::En { "\u{a0}" } else { "" },
        number(low),
        number(high)
    ))
}

fn read_demand(chart: &DemandChart, x: f64, fmt: &Fmt) -> Option<(f64, String)> {
    let step_days = f64::from(chart.step_days.max(1));
    let at = |start: Day| ((x - f64::from(start.0)) / step_days).floor();
    let today = chart.forecast_start;
    let (start, step, text) = if x >= f64::from(chart.forecast_start.0) && !chart.forecast.values.is_empty() {
        let step = at(chart.forecast_start);
        let n = usize_of(step)?;
        let mut text = fan_text(&chart.forecast, n, fmt)?;
        if let Some(value) = chart.overrides.get(n).copied().flatten() {
            text.push_str(&format!(" · {} {}", fmt.t(W::Override), number(value)));
        }
        (chart.forecast_start, step, text)
    } else {
        let step = at(chart.history_start);
        let text = match chart.history.get(usize_of(step)?)? {
            Some(value) => number(*value),
            None => fmt.t(W::NoData).to_owned(),
        };
        (chart.history_start, step, text)
    };
    let day = start.plus(step as i32 * chart.step_days);
    Some((
        f64::from(day.0) + step_days / 2.0,
        format!("{} · {text} {}", day_text(day, today, fmt), chart.unit),
    ))
}

fn read_curve(chart: &CurveChart, x: f64) -> Option<(f64, String)> {
    let nearest = chart.points.iter().min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()))?;
    let second = if chart.second_name.is_empty() {
        String::new()
    } else {
        format!(" · {} {}", chart.second_name, number(nearest.2))
    };
    Some((nearest.0, format!("{} % · {} {}{second}", number(nearest.0), chart.y_name, number(nearest.1))))
}

fn read_bands(chart: &BandsChart, x: f64) -> Option<(f64, String)> {
    let n = usize_of(x.floor())?;
    let group = chart.groups.get(n)?;
    let [low, p5, _, p50, _, p95, high] = group.values?;
    let one = |v: f64| format::decimal(Milli::from_f64(v).0, 1);
    let text = format!(
        "{} · {} {} · 5–95\u{a0}%: {}–{} · {}–{}",
        group.label,
        one(p50),
        chart.unit,
        one(p5),
        one(p95),
        one(low),
        one(high)
    );
    Some((n as f64 + 0.5, text))
}

fn read_xy(chart: &XyChart, x: f64) -> Option<(f64, String)> {
    let nearest = chart.points.iter().min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()))?;
    let one = |v: f64| format::decimal(Milli::from_f64(v).0, 2);
    Some((nearest.0, format!("{} {} · {} {}", chart.x_name, one(nearest.0), one(nearest.1), chart.y_name)))
}

fn read_stock(chart: &StockProjection, x: f64, fmt: &Fmt) -> Option<(f64, String)> {
    let day = x.round();
    if let Some(step) = usize_of(day - f64::from(chart.start.0))
        && let Some(text) = fan_text(&chart.projection, step, fmt)
    {
        let at = chart.start.plus(step as i32);
        return Some((
            f64::from(at.0),
            format!("{} · {text} {}", day_text(at, chart.start, fmt), chart.unit),
        ));
    }
    let step = usize_of(day - f64::from(chart.history_start.0))?;
    let value = (*chart.history.get(step)?)?;
    let at = chart.history_start.plus(step as i32);
    Some((f64::from(at.0), format!("{} · {} {}", day_text(at, chart.start, fmt), number(value), chart.unit)))
}

fn usize_of(step: f64) -> Option<usize> {
    (0.0..1e6).contains(&step).then_some(step as usize)
}

/// The charts' language.
pub fn chart_lang(lang: Lang) -> charts::Lang {
    match lang {
        Lang::En => charts::Lang::En,
        Lang::ZhHans => charts::Lang::ZhHans,
    }
}

/// The colours and size of a drawing on this screen.
pub fn theme(dark: bool, scale: f64) -> Theme {
    if dark { Theme::dark() } else { Theme::light() }.with_scale(scale)
}

/// The device pixels to a CSS pixel.
pub fn ratio() -> f64 {
    window().device_pixel_ratio().clamp(0.5, 4.0)
}

/// The last drawing, to be moved while a hand moves the chart.
struct Last {
    copy: Option<web_sys::HtmlCanvasElement>,
    frame: Frame,
    panel: String,
}

impl Last {
    /// Shows the drawing as it lies when `now` is the span shown: what is right of the value axis and below the head
    /// moves, the rest stays.
    fn show(&mut self, canvas: &web_sys::HtmlCanvasElement, now: Span) -> Option<()> {
        let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
        let context = canvas.get_context("2d").ok()??.unchecked_into::<web_sys::CanvasRenderingContext2d>();
        if self.copy.is_none() {
            let copy: web_sys::HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
            copy.set_width(canvas.width());
            copy.set_height(canvas.height());
            let onto = copy.get_context("2d").ok()??.unchecked_into::<web_sys::CanvasRenderingContext2d>();
            onto.draw_image_with_html_canvas_element(canvas, 0.0, 0.0).ok()?;
            self.copy = Some(copy);
        }
        let copy = self.copy.as_ref()?;
        let (left, top) = (f64::from(self.frame.left), f64::from(self.frame.top));
        let plot = f64::from(self.frame.right) - left;
        let (at, wide) = zoom::placed((self.frame.x_from, self.frame.x_to), now, left, plot);
        context.save();
        context.begin_path();
        context.rect(left, top, width - left, height - top);
        context.clip();
        context.set_fill_style_str(&self.panel);
        context.fill_rect(left, top, width - left, height - top);
        context
            .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                copy,
                left,
                top,
                plot,
                height - top,
                at,
                top,
                wide,
                height - top,
            )
            .ok()?;
        context.restore();
        Some(())
    }
}

/// A chart in a card. `picture` says what to draw and tracks what it reads; `caption` says where it is from.
pub fn chart(
    picture: impl Fn() -> Option<Picture> + Send + Sync + 'static,
    caption: impl Fn() -> String + Send + Sync + 'static,
    height: u32,
) -> AnyView {
    plain(picture, caption, height, ().into_any())
}

/// The same with more buttons below it.
pub fn plain(
    picture: impl Fn() -> Option<Picture> + Send + Sync + 'static,
    caption: impl Fn() -> String + Send + Sync + 'static,
    height: u32,
    tools: AnyView,
) -> AnyView {
    let ctx = ctx();
    let fmt = fmt();
    let lang = chart_lang(fmt.lang);
    let picture = Memo::new(move |_| picture().map(|p| p.zoomed(ctx.zoom.get())));
    let size = RwSignal::new((0.0f64, 0.0f64));
    let as_table = RwSignal::new(false);
    let hover: RwSignal<Option<f64>> = RwSignal::new(None);
    let drawn = StoredValue::new(0u32);
    let canvas = NodeRef::<html::Canvas>::new();
    let frame_box = NodeRef::<html::Div>::new();
    let last = StoredValue::new_local(None::<Last>);
    let shown = Signal::derive(move || {
        let now = ctx.now.get_untracked();
        picture.with(|p| {
            let p = p.as_ref()?;
            Some((p.axis()?, p.span(), p.bounds(now)))
        })
    });
    let hand = Hand::new(ctx, shown);
    browser::watch_size(frame_box, move |width, height| {
        if size.try_get_untracked().is_some_and(|old| old != (width, height)) {
            size.set((width, height));
        }
    });

    let axis = Memo::new(move |_| picture.with(|p| p.as_ref().and_then(Picture::axis)));
    let moving = Memo::new(move |_| ctx.moving.get().filter(|m| Some(m.axis) == axis.get()));
    let busy = Memo::new(move |_| moving.with(Option::is_some));
    let draw = move || {
        let (Some((w, h)), Some(Some(canvas))) = (size.try_get_untracked(), canvas.try_get_untracked())
        else {
            return;
        };
        if w < 40.0 || h < 40.0 || as_table.get_untracked() || busy.get_untracked() {
            return;
        }
        let scale = ratio();
        let theme = theme(ctx.dark.get_untracked(), scale);
        let pixels = ((w * scale).round() as u32, (h * scale).round() as u32);
        picture.with_untracked(|p| {
            let Some(p) = p else { return };
            if (canvas.width(), canvas.height()) != pixels {
                canvas.set_width(pixels.0);
                canvas.set_height(pixels.1);
            }
            let Some(context) = canvas.get_context("2d").ok().flatten() else { return };
            let backend = CanvasBackend::new(context.unchecked_into(), pixels);
            if let Err(e) = p.draw(&backend.into_drawing_area(), &theme) {
                leptos::logging::warn!("a chart was not drawn: {e}");
            }
            let panel =
                theme.panel.map_or_else(|| "#fff".to_owned(), |c| format!("rgb({},{},{})", c.0, c.1, c.2));
            let frame = p.frame(pixels, &theme);
            hand.on(frame);
            last.set_value(Some(Last { copy: None, frame, panel }));
            drawn.update_value(|n| *n += 1);
            let _ = canvas.set_attribute("data-drawn", &drawn.get_value().to_string());
        });
    };
    // Two charts of a page are drawn in two frames: each is short enough not to be felt.
    let due = StoredValue::new(false);
    Effect::new(move |_| {
        size.track();
        ctx.dark.track();
        as_table.track();
        picture.track();
        canvas.track();
        if busy.get() || due.get_value() {
            return;
        }
        due.set_value(true);
        browser::in_turn(move || {
            if due.try_set_value(false).is_none() {
                draw();
            }
        });
    });
    let painted = StoredValue::new(false);
    Effect::new(move |_| {
        // Who asked for less motion sees the chart again where it comes to rest, but for what the own hand drags.
        let still = || browser::still() && !hand.dragged.get_value();
        if moving.with(Option::is_none) || painted.get_value() || still() {
            return;
        }
        painted.set_value(true);
        request_animation_frame(move || {
            if painted.try_set_value(false).is_some() {
                return;
            }
            if let (Some(m), Some(canvas)) = (moving.get_untracked(), canvas.get_untracked()) {
                last.update_value(|last| {
                    last.as_mut().and_then(|last| last.show(&canvas, (m.from, m.to)));
                });
            }
        });
    });

    let readout = Memo::new(move |_| {
        let x = hover.get()?;
        if busy.get() {
            return None;
        }
        let (w, h) = size.get();
        let scale = ratio();
        picture.with(|p| {
            let p = p.as_ref()?;
            let frame =
                p.frame(((w * scale).round() as u32, (h * scale).round() as u32), &theme(false, scale));
            let column = (x * scale).round() as i32;
            if column < frame.left || column > frame.right {
                return None;
            }
            let (at, text) = p.read_at(frame.x_value(column), &fmt)?;
            let left = f64::from(frame.x(at)) / scale;
            Some((left.clamp(0.0, w), text, left > w * 0.5))
        })
    });
    let summary = move || picture.with(|p| p.as_ref().map(|p| p.summary(lang)));
    let toggle = move || if as_table.get() { fmt.t(W::ShowChart) } else { fmt.t(W::ShowTable) };
    let span = Memo::new(move |_| picture.with(|p| p.as_ref().map(Picture::span)));
    let zoomed = Memo::new(move |_| ctx.zoom.get().is_some_and(|z| Some(z.axis) == axis.get()));
    // What is shown, in words, where it is not what the page chose; said aloud when it comes to rest.
    let shows = Memo::new(move |_| {
        if !zoomed.get() {
            return None;
        }
        let now = ctx.now.get_untracked();
        picture.with(|p| p.as_ref().map(|p| p.span_text(p.span(), &fmt, now)))
    });
    let moves = Memo::new(move |_| {
        axis.get()?;
        picture.with(|p| p.as_ref().map(|p| fmt.fill(W::ChartMoves, &[p.title()])))
    });
    let edge = move |f: fn(Span) -> f64| span.get().map(|s| format!("{:.3}", f(s)));
    view! {
        <figure class="card chart">
            <div class="chart-box" class:moves=move || axis.get().is_some() class:held=move || busy.get() node_ref=frame_box
                style:height=format!("{height}px") class:hidden=move || as_table.get()
                tabindex=move || axis.get().map(|_| "0") role="group" aria-label=move || moves.get() data-testid=id::CHART_BOX
                data-from=move || edge(|s| s.0) data-to=move || edge(|s| s.1)
                on:pointerdown=move |e| hand.down(&e)
                on:pointermove=move |e| {
                    let x = (!hand.moved(&e)).then(|| f64::from(e.offset_x()));
                    if hover.get_untracked() != x { hover.set(x); }
                }
                on:pointerup=move |e| hand.up(&e) on:pointercancel=move |e| hand.up(&e)
                on:pointerleave=move |e| { hover.set(None); if !hand.dragged.get_value() { hand.up(&e); } }
                on:dblclick=move |_| hand.all() on:wheel=move |e| hand.wheel(&e) on:keydown=move |e| hand.key(&e)>
                <canvas node_ref=canvas role="img" aria-label=summary data-testid=id::CHART></canvas>
                {move || readout.get().map(|(left, text, flip)| view! {
                    <div class="hair" style:left=format!("{left:.1}px")></div>
                    <div class="readout" class:flip=flip>{text}</div>
                })}
                {move || picture.with(Option::is_none).then(|| view! { <div class="chart-wait">{fmt.t(W::Loading)}</div> })}
            </div>
            {move || as_table.get().then(|| table_view(&picture.with(|p| p.as_ref().map(|p| p.table(lang)).unwrap_or_default()), height))}
            <figcaption>
                <span>{move || caption()}</span>
                <span class="chart-side">
                    <span role="status">{move || shows.get()}</span>
                    {move || zoomed.get().then(|| plain_button(move || fmt.t(W::ChartReset), id::CHART_RESET, move || hand.all()))}
                    {plain_button(toggle, id::CHART_TABLE_TOGGLE, move || as_table.update(|t| *t = !*t))}
                    {tools}
                </span>
            </figcaption>
        </figure>
    }
    .into_any()
}

/// At most so many rows of a chart's table are put on the page.
const TABLE_ROWS_MAX: usize = 2000;

/// A chart as its numbers.
pub fn table_view(table: &Table, height: u32) -> AnyView {
    let head = table.header.iter().map(|h| view! { <th scope="col">{h.clone()}</th> }).collect_view();
    let rows = table
        .rows
        .iter()
        .take(TABLE_ROWS_MAX)
        .map(|row| view! { <tr>{row.iter().map(|cell| view! { <td>{cell.clone()}</td> }).collect_view()}</tr> })
        .collect_view();
    view! {
        <div class="chart-table" tabindex="0" style:height=format!("{height}px") data-testid=id::CHART_TABLE>
            <table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// A line the height of a row: the shape of the last weeks.
pub fn spark(values: &[f64]) -> AnyView {
    let top = values.iter().copied().fold(0.0f64, f64::max).max(f64::MIN_POSITIVE);
    let step = 100.0 / (values.len().max(2) - 1) as f64;
    let points = values
        .iter()
        .enumerate()
        .map(|(i, v)| format!("{:.1},{:.1}", i as f64 * step, 19.0 - 18.0 * (v / top).clamp(0.0, 1.0)))
        .collect::<Vec<_>>()
        .join(" ");
    view! {
        <svg class="spark" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true"><polyline points=points /></svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use charts::{Point, Quantiles, TimeSeries};

    #[test]
    fn a_pointer_reads_the_nearest_step() {
        let fmt = Fmt::default();
        let plain = |read: Option<(f64, String)>| read.map(|(x, text)| (x, text.replace('\u{a0}', " ")));
        let time = Picture::Time(TimeChart {
            unit: "°C".into(),
            window_ms: (0, 3_600_000),
            series: vec![TimeSeries {
                name: "a".into(),
                points: vec![Some(Point::raw(0, 4.0)), None, Some(Point::bucket(1_800_000, 4.0, 5.0, 4.5))],
                doubts: vec![],
            }],
            ..TimeChart::default()
        });
        assert_eq!(
            plain(time.read_at(1_790_000.0, &fmt)),
            Some((1_800_000.0, "00:30 · 4.5 (4.0–5.0) °C".into()))
        );
        assert_eq!(time.read_at(900_000.0, &fmt), None, "nothing near");
        let demand = Picture::Demand(DemandChart {
            unit: "EA".into(),
            step_days: 7,
            history_start: Day(0),
            history: vec![Some(3.0), None],
            forecast_start: Day(14),
            forecast: Quantiles { levels: vec![0.1, 0.5, 0.9], values: vec![vec![1.0, 2.0, 4.5]] },
            ..DemandChart::default()
        });
        assert_eq!(plain(demand.read_at(2.0, &fmt)), Some((3.5, "Thu 1 Jan · 3 EA".into())));
        assert_eq!(plain(demand.read_at(8.0, &fmt)), Some((10.5, "Thu 8 Jan · no data EA".into())));
        assert_eq!(
            plain(demand.read_at(15.0, &fmt)),
            Some((17.5, "Thu 15 Jan · expected 2 (80 %: 1–4.5) EA".into()))
        );
        assert_eq!(demand.read_at(30.0, &fmt), None);
    }
}
