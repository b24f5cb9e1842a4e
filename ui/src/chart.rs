//! A chart on the page: drawn by `charts` on a canvas, redrawn when its numbers, its size or the theme change, read out
//! under the pointer, told in words, and shown as a table on request.

use crate::canvas::CanvasBackend;
use crate::format::{self, Fmt};
use crate::i18n::{Lang, W};
use crate::parts::plain_button;
use crate::state::{ctx, fmt};
use crate::testids as id;
use charts::{Chart, DemandChart, Frame, StockProjection, Table, Theme, TimeChart};
use leptos::html;
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use units::{Day, Milli, Timestamp};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// One of the charts there are.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// Readings.
    Time(TimeChart),
    /// Demand.
    Demand(DemandChart),
    /// Stock to come.
    Stock(StockProjection),
}

impl Picture {
    fn draw(&self, backend: CanvasBackend, theme: &Theme) -> Result<(), String> {
        let root = backend.into_drawing_area();
        match self {
            Picture::Time(c) => c.draw(&root, theme).map_err(|e| e.to_string()),
            Picture::Demand(c) => c.draw(&root, theme).map_err(|e| e.to_string()),
            Picture::Stock(c) => c.draw(&root, theme).map_err(|e| e.to_string()),
        }
    }

    fn summary(&self, lang: charts::Lang) -> String {
        match self {
            Picture::Time(c) => c.summary(lang),
            Picture::Demand(c) => c.summary(lang),
            Picture::Stock(c) => c.summary(lang),
        }
    }

    fn table(&self, lang: charts::Lang) -> Table {
        match self {
            Picture::Time(c) => c.table(lang),
            Picture::Demand(c) => c.table(lang),
            Picture::Stock(c) => c.table(lang),
        }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        match self {
            Picture::Time(c) => c.frame(size, theme),
            Picture::Demand(c) => c.frame(size, theme),
            Picture::Stock(c) => c.frame(size, theme),
        }
    }

    /// What is at `x` (as in [`Frame::x_value`]): the x of the nearest step, and it in words.
    pub fn read_at(&self, x: f64, fmt: &Fmt) -> Option<(f64, String)> {
        match self {
            Picture::Time(c) => read_time(c, x, fmt),
            Picture::Demand(c) => read_demand(c, x, fmt),
            Picture::Stock(c) => read_stock(c, x, fmt),
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
        (chart.forecast_start, step, fan_text(&chart.forecast, usize_of(step)?, fmt)?)
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

fn theme(dark: bool, scale: f64) -> Theme {
    if dark { Theme::dark() } else { Theme::light() }.with_scale(scale)
}

/// The device pixels to a CSS pixel.
fn ratio() -> f64 {
    window().device_pixel_ratio().clamp(0.5, 4.0)
}

/// A chart in a card. `picture` says what to draw and tracks what it reads; `caption` says where it is from.
pub fn chart(
    picture: impl Fn() -> Option<Picture> + Send + Sync + 'static,
    caption: impl Fn() -> String + Send + Sync + 'static,
    height: u32,
) -> AnyView {
    let ctx = ctx();
    let fmt = fmt();
    let lang = chart_lang(fmt.lang);
    let picture = Memo::new(move |_| picture());
    let size = RwSignal::new((0.0f64, 0.0f64));
    let as_table = RwSignal::new(false);
    let hover: RwSignal<Option<f64>> = RwSignal::new(None);
    let drawn = StoredValue::new(0u32);
    let canvas = NodeRef::<html::Canvas>::new();
    let frame_box = NodeRef::<html::Div>::new();

    // The box says when it changes its size; it also reports once when it is first laid out.
    let watcher = StoredValue::new_local(None::<(web_sys::ResizeObserver, Closure<dyn Fn(js_sys::Array)>)>);
    Effect::new(move |_| {
        let Some(element) = frame_box.get() else { return };
        let seen = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let entry: web_sys::ResizeObserverEntry =
                entries.get(entries.length().saturating_sub(1)).unchecked_into();
            let rect = entry.content_rect();
            let new = (rect.width(), rect.height());
            if size.try_get_untracked().is_some_and(|old| old != new) {
                size.set(new);
            }
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(seen.as_ref().unchecked_ref()) {
            observer.observe(&element);
            watcher.set_value(Some((observer, seen)));
        }
    });
    on_cleanup(move || {
        watcher.try_update_value(|w| {
            if let Some((observer, _)) = w.take() {
                observer.disconnect();
            }
        });
    });

    Effect::new(move |_| {
        let (w, h) = size.get();
        let dark = ctx.dark.get();
        let Some(canvas) = canvas.get() else { return };
        if w < 40.0 || h < 40.0 || as_table.get() {
            return;
        }
        let scale = ratio();
        let pixels = ((w * scale).round() as u32, (h * scale).round() as u32);
        if (canvas.width(), canvas.height()) != pixels {
            canvas.set_width(pixels.0);
            canvas.set_height(pixels.1);
        }
        let Some(context) = canvas.get_context("2d").ok().flatten() else { return };
        let backend = CanvasBackend::new(context.unchecked_into(), pixels);
        picture.with(|p| {
            if let Some(p) = p {
                if let Err(e) = p.draw(backend, &theme(dark, scale)) {
                    leptos::logging::warn!("a chart was not drawn: {e}");
                }
                drawn.update_value(|n| *n += 1);
                let _ = canvas.set_attribute("data-drawn", &drawn.get_value().to_string());
            }
        });
    });

    let readout = Memo::new(move |_| {
        let x = hover.get()?;
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
    view! {
        <figure class="card chart">
            <div class="chart-box" node_ref=frame_box style:height=format!("{height}px") class:hidden=move || as_table.get()
                on:pointermove=move |e| hover.set(Some(f64::from(e.offset_x())))
                on:pointerleave=move |_| hover.set(None)>
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
                {plain_button(toggle, id::CHART_TABLE_TOGGLE, move || as_table.update(|t| *t = !*t))}
            </figcaption>
        </figure>
    }
    .into_any()
}

/// At most so many rows of a chart's table are put on the page.
const TABLE_ROWS_MAX: usize = 2000;

fn table_view(table: &Table, height: u32) -> AnyView {
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
