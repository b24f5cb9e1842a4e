//! Many lines of readings on one canvas: fetched in tiles wider than what is shown, drawn in pieces of a few milliseconds onto
//! a strip wider than the chart, and moved by shifting that strip.
//!
//! Turns channels and a span into drawings of `charts::LinesChart`. Does not know where a view is kept or chosen. Start at
//! [`Source`] and [`pane`]; the pure part, tiles to points, is `charts::tiles`.

use crate::canvas::CanvasBackend;
use crate::chart::{chart_lang, ratio, theme};
use crate::format::{self, Fmt};
use crate::hand::Hand;
use crate::i18n::W;
use crate::state::{Ctx, ctx, fmt};
use crate::testids as id;
use crate::zoom::{self, Axis, Bounds, Span, Zoom};
use crate::{bridge, browser, live};
use charts::tiles::{self, Buckets, TILE_BUCKETS, Tiles};
use charts::{Chart, Frame, Line, LinesChart, Mark, Side, Theme};
use contract::{ApiError, GetSeries, Topic};
use leptos::html;
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use std::collections::{BTreeMap, BTreeSet};
use units::{ChannelId, Milli, Millis, Timestamp};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

/// A line to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Which channel.
    pub channel: ChannelId,
    /// Its name, with its room where names repeat.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Low limit.
    pub low: Option<Milli>,
    /// High limit.
    pub high: Option<Milli>,
    /// Its hue and shape.
    pub style: usize,
}

/// Questions on their way at a time: a host answers few at once, and what is looked at now should not wait for what was.
const FLYING_MAX: usize = 3;

/// A tile in sight is asked for again when it is older: late readings show, too.
const OLD_MS: f64 = 60_000.0;

/// The strip reaches so far beyond the chart on either side, in widths of the chart.
const OVER: f64 = 0.5;

/// Work of one frame, ms: what is left of 16 is the browser's.
const SLICE_MS: f64 = 5.0;

/// The week before.
const WEEK: i64 = Millis::days(7).0;

type Flying = BTreeSet<(i64, i64, i64)>;

/// The data of all panes of a page.
#[derive(Clone, Copy)]
pub struct Source {
    tiles: StoredValue<Tiles>,
    flying: StoredValue<(usize, Flying)>,
    wanted: StoredValue<Vec<(i64, i64, Vec<i64>)>>,
    /// What each channel's numbers are in: when the site shows another unit, what is kept is of no use.
    units: StoredValue<BTreeMap<i64, String>>,
    /// Rises when data came.
    pub version: RwSignal<u64>,
    /// Why the last question had no answer.
    pub error: RwSignal<Option<ApiError>>,
}

impl Source {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            tiles: StoredValue::new(Tiles::default()),
            flying: StoredValue::new((0, Flying::new())),
            wanted: StoredValue::new(Vec::new()),
            units: StoredValue::new(BTreeMap::new()),
            version: RwSignal::new(0),
            error: RwSignal::new(None),
        }
    }

    /// Reads what is known.
    pub fn with<T>(&self, read: impl FnOnce(&Tiles) -> T) -> Option<T> {
        self.tiles.try_with_value(read)
    }

    /// Asks for the tiles of `windows` that are missing; those in sight that came before `since_ms` again. What was wanted
    /// before and is not on its way is forgotten: only what is looked at now counts.
    fn want(self, channels: &[i64], width: i64, windows: &[(i64, i64)], fresh: (i64, f64)) {
        let mut wanted = Vec::new();
        for window in windows {
            for tile in tiles::tiles_of(width, *window) {
                let span = tiles::tile_span(width, tile);
                // The tile that the clock is in changes with every reading.
                let since = if span.0 <= fresh.0 && fresh.0 < span.1 { fresh.1 } else { fresh.1 - OLD_MS };
                let missing = self.tiles.try_with_value(|t| {
                    channels.iter().copied().filter(|c| t.wants(*c, width, tile, since)).collect::<Vec<_>>()
                });
                if let Some(missing) = missing.filter(|m| !m.is_empty())
                    && !wanted.iter().any(|(w, t, _)| (*w, *t) == (width, tile))
                {
                    wanted.push((width, tile, missing));
                }
            }
        }
        self.wanted.set_value(wanted);
        self.fly();
    }

    fn fly(self) {
        loop {
            let next = self.flying.try_update_value(|(busy, flying)| {
                if *busy >= FLYING_MAX {
                    return None;
                }
                let (width, tile, mut channels) =
                    self.wanted.try_update_value(|w| (!w.is_empty()).then(|| w.remove(0)))??;
                channels.retain(|c| !flying.contains(&(*c, width, tile)));
                flying.extend(channels.iter().map(|c| (*c, width, tile)));
                *busy += usize::from(!channels.is_empty());
                Some((width, tile, channels))
            });
            let Some(Some((width, tile, channels))) = next else { return };
            if channels.is_empty() {
                continue;
            }
            let (from, to) = tiles::tile_span(width, tile);
            spawn_local(async move {
                let call = GetSeries {
                    channels: channels.iter().map(|c| ChannelId(*c)).collect(),
                    from: Timestamp(from),
                    to: Timestamp(to),
                    buckets: TILE_BUCKETS as u32,
                };
                let answer = bridge::send(call).await;
                let landed = self.flying.try_update_value(|(busy, flying)| {
                    *busy = busy.saturating_sub(1);
                    for channel in &channels {
                        flying.remove(&(*channel, width, tile));
                    }
                });
                if landed.is_none() {
                    return;
                }
                match answer {
                    Ok(reply) => {
                        let now = browser::steady_ms();
                        self.tiles.try_update_value(|tiles| {
                            for one in reply.series {
                                let before = self
                                    .units
                                    .try_update_value(|units| units.insert(one.channel.0, one.unit.clone()));
                                if before.flatten().is_some_and(|before| before != one.unit) {
                                    tiles.clear();
                                }
                                let buckets = Buckets {
                                    width_ms: width,
                                    at: one.at,
                                    min: one.min,
                                    max: one.max,
                                    mean: one.mean,
                                    doubt: one.suspect,
                                };
                                tiles.keep(one.channel.0, width, tile, buckets, now);
                            }
                        });
                        self.version.try_update(|v| *v += 1);
                        if self.error.try_with_untracked(Option::is_some) == Some(true) {
                            self.error.try_set(None);
                        }
                    }
                    Err(e) => {
                        self.error.try_set(Some(e));
                    }
                }
                self.fly();
            });
        }
    }
}

/// What a pane draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The lines; on the right axis those whose unit is not the first one's.
    pub lines: Vec<Chosen>,
    /// The week before, faint.
    pub compare: bool,
    /// Events.
    pub marks: Vec<Mark>,
}

impl Content {
    fn units(&self) -> [String; 2] {
        let first = self.lines.first().map(|l| l.unit.clone()).unwrap_or_default();
        let second = self.lines.iter().map(|l| &l.unit).find(|u| **u != first).cloned().unwrap_or_default();
        [first, second]
    }

    /// The chart of a window, its lines still without points.
    fn frame_of(&self, window: (i64, i64), now: Timestamp, fmt: &Fmt) -> LinesChart {
        let units = self.units();
        let side = |unit: &String| if *unit == units[0] { Side::Left } else { Side::Right };
        LinesChart {
            title: self.lines.iter().map(|l| l.name.as_str()).collect::<Vec<_>>().join(", "),
            window_ms: window,
            zone: charts::Zone::fixed(&fmt.zone().replace('−', "-"), fmt.offset_minutes),
            lines: self
                .lines
                .iter()
                .map(|l| Line {
                    side: side(&l.unit),
                    style: l.style,
                    low: l.low.map(Milli::to_f64),
                    high: l.high.map(Milli::to_f64),
                    ..Line::default()
                })
                .collect(),
            units,
            marks: self.marks.clone(),
            now_ms: (now.0 > window.0 && now.0 < window.1).then_some(now.0),
            ghost_name: fmt.t(W::CompareWeek).to_owned(),
            lang: chart_lang(fmt.lang),
            ..LinesChart::default()
        }
    }

    /// The points of one line.
    fn fill(&self, chart: &mut LinesChart, n: usize, source: Source, width: i64, now: Timestamp) {
        let window = chart.window_ms;
        let Some((line, chosen)) = chart.lines.get_mut(n).zip(self.lines.get(n)) else { return };
        let filled = source.with(|tiles| {
            line.series = tiles.line(chosen.channel.0, &chosen.name, width, window, now.0);
            if self.compare {
                let before = (window.0 - WEEK, window.1 - WEEK);
                let mut ghost = tiles.line(chosen.channel.0, "", width, before, now.0).points;
                for point in ghost.iter_mut().flatten() {
                    point.t_ms += WEEK;
                }
                line.ghost = ghost;
            }
        });
        if filled.is_none() {
            leptos::logging::warn!("a chart was drawn after its page had gone");
        }
    }

    /// The whole chart of a window, for a file or in words.
    pub fn chart(
        &self,
        source: Source,
        window: (i64, i64),
        px: u32,
        now: Timestamp,
        fmt: &Fmt,
    ) -> LinesChart {
        let width = tiles::width_ms(window.1 - window.0, px);
        let mut chart = self.frame_of(window, now, fmt);
        for n in 0..chart.lines.len() {
            self.fill(&mut chart, n, source, width, now);
        }
        chart
    }
}

/// What a strip shows: two strips of the same are the same.
#[derive(Clone, PartialEq)]
struct Strip {
    canvas: web_sys::HtmlCanvasElement,
    /// The plot in the strip, device pixels; its ends are the strip's window.
    frame: Frame,
    /// Right of the plot, device pixels.
    right: i32,
    /// The chart's size it was made for.
    size: (u32, u32),
    /// Device pixels the span of the chart had.
    span: f64,
    panel: String,
    /// The axis of time and the words of limits, which stand still: the chart without its points, the frame of its right axis.
    still: std::rc::Rc<LinesChart>,
    right_frame: Option<Frame>,
    theme: Theme,
}

/// A drawing under way.
struct Job {
    chart: LinesChart,
    content: Content,
    width: i64,
    strip: Strip,
    theme: Theme,
    pixels: (u32, u32),
    step: usize,
    asked: u64,
}

fn canvas_of(width: u32, height: u32) -> Option<web_sys::HtmlCanvasElement> {
    let canvas: web_sys::HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    Some(canvas)
}

fn context(canvas: &web_sys::HtmlCanvasElement) -> Option<web_sys::CanvasRenderingContext2d> {
    Some(canvas.get_context("2d").ok()??.unchecked_into())
}

impl Job {
    /// Does one step; true when it was the last.
    fn step(&mut self, source: Source, now: Timestamp, tiny: &web_sys::CanvasRenderingContext2d) -> bool {
        let lines = self.chart.lines.len();
        if self.step < lines {
            self.content.fill(&mut self.chart, self.step, source, self.width, now);
            self.step += 1;
            return false;
        }
        if self.step == lines {
            // All is known: the axes, and with them where the plot lies.
            let (frame, _) = self.chart.frames(self.strip.size, &self.theme);
            let plot = frame.right - frame.left;
            let right = self.strip.size.0 as i32 - frame.right;
            let wide = frame.left + (f64::from(plot) * (1.0 + 2.0 * OVER)).round() as i32 + right;
            self.pixels = (wide.max(1).unsigned_abs(), self.strip.size.1);
            let canvas = &self.strip.canvas;
            if (canvas.width(), canvas.height()) != self.pixels {
                canvas.set_width(self.pixels.0);
                canvas.set_height(self.pixels.1);
            }
            self.strip.right = right;
            // The words of shaded spans are drawn where they are seen.
            let still = std::rc::Rc::make_mut(&mut self.strip.still);
            for (line, known) in still.lines.iter_mut().zip(&self.chart.lines) {
                line.series.doubts.clone_from(&known.series.doubts);
            }
            (self.strip.frame, self.strip.right_frame) = self.chart.frames(self.pixels, &self.theme);
            self.step += 1;
            return false;
        }
        let piece = self.step - lines - 1;
        if let Some(context) = context(&self.strip.canvas) {
            let root = CanvasBackend::on(context, self.pixels).into_drawing_area();
            if let Err(e) = self.chart.draw_piece(piece, &root, &self.theme) {
                leptos::logging::warn!("a chart was not drawn: {e}");
            }
            // What was drawn is put into pixels now, not all at once when the strip is first shown.
            let _ = tiny.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &self.strip.canvas,
                0.0,
                0.0,
                1.0,
                1.0,
                0.0,
                0.0,
                1.0,
                1.0,
            );
        }
        self.step += 1;
        piece + 1 >= self.chart.pieces()
    }
}

impl Strip {
    /// Puts the strip where `now` is shown: axes stay, the plot moves.
    fn show(&self, canvas: &web_sys::HtmlCanvasElement, now: Span) -> Option<()> {
        let (width, height) = self.size;
        if (canvas.width(), canvas.height()) != (width, height) {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        let onto = context(canvas)?;
        let (w, h) = (f64::from(width), f64::from(height));
        let (left, right) = (f64::from(self.frame.left), f64::from(self.right));
        let plot = (w - left - right).max(1.0);
        let piece = |sx: f64, sw: f64, dx: f64, dw: f64| {
            onto.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &self.canvas,
                sx,
                0.0,
                sw,
                h,
                dx,
                0.0,
                dw,
                h,
            )
        };
        onto.set_fill_style_str(&self.panel);
        onto.fill_rect(0.0, 0.0, w, h);
        let (at, wide) = zoom::placed((self.frame.x_from, self.frame.x_to), now, left, plot);
        let strip_plot = f64::from(self.frame.right - self.frame.left);
        // Not stretched, it is a plain copy, which is sharp and quick.
        let moved_only = (wide - strip_plot).abs() < 1.0;
        let (at, wide) = if moved_only { (at.round(), strip_plot) } else { (at, wide) };
        onto.save();
        onto.begin_path();
        onto.rect(left, 0.0, plot + 1.0, h);
        onto.clip();
        let moved = piece(left, strip_plot, at, wide);
        onto.restore();
        moved.ok()?;
        piece(0.0, left, 0.0, left).ok()?;
        if right > 0.0 {
            piece(f64::from(self.frame.right), right, left + plot, right).ok()?;
        }
        let plot = self.plot(now);
        let right = self.right_frame.map(|frame| Frame { y_from: frame.y_from, y_to: frame.y_to, ..plot });
        let root = CanvasBackend::on(onto, self.size).into_drawing_area();
        if let Err(e) = self.still.draw_over(&root, &self.theme, (&plot, right.as_ref())) {
            leptos::logging::warn!("an axis was not drawn: {e}");
        }
        Some(())
    }

    /// The chart's own plot, as a pointer meets it.
    fn plot(&self, now: Span) -> Frame {
        Frame { right: self.size.0 as i32 - self.right, x_from: now.0, x_to: now.1, ..self.frame }
    }
}

/// What is asked to be drawn.
#[derive(Clone, PartialEq)]
struct Asked {
    content: Content,
    span: (i64, i64),
    size: (f64, f64),
    dark: bool,
    version: u64,
}

/// How far charts of readings can be moved: two years back, down to a second.
pub fn bounds(span: Span, now: Timestamp) -> Bounds {
    let all = (now - Millis::days(731)).0 as f64;
    Bounds { from: span.0.min(all), to: span.1.max(now.0 as f64), least: 1000.0 }
}

/// The span that the page's charts show, being moved or at rest.
pub fn span_now(ctx: Ctx, tick: Signal<Timestamp>) -> Signal<Span> {
    Signal::derive(move || match ctx.moving.get().filter(|m| m.axis == Axis::Time) {
        Some(m) => (m.from, m.to),
        None => {
            let (from, to) = ctx.time_span(tick.get());
            (from.0 as f64, to.0 as f64)
        }
    })
}

/// One chart of a page. `cross` is where all of the page's crosshairs are, `jump` is told of a press that asks for the next
/// event (1) or the one before (-1), `toggle` of one that asks for the numbers.
pub fn pane(
    source: Source,
    content: Memo<Content>,
    tick: Signal<Timestamp>,
    cross: RwSignal<Option<f64>>,
    height: Signal<f64>,
    jump: impl Fn(i32) + Copy + 'static,
    toggle: impl Fn() + Copy + 'static,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let size = RwSignal::new((0.0f64, 0.0f64));
    let canvas = NodeRef::<html::Canvas>::new();
    let frame_box = NodeRef::<html::Div>::new();
    let strip = StoredValue::new_local(None::<Strip>);
    // The canvas of the strip before: used again, since to collect one takes the browser longer than to draw on it.
    let spare = StoredValue::new_local(None::<web_sys::HtmlCanvasElement>);
    let job = StoredValue::new_local(None::<Job>);
    let tiny = StoredValue::new_local(canvas_of(1, 1).and_then(|c| context(&c)));
    let drawn = StoredValue::new(0u32);
    let asked_number = StoredValue::new(0u64);
    let looping = StoredValue::new(false);
    let rest_span = Memo::new(move |_| ctx.time_span(tick.get()));
    let span = span_now(ctx, tick);
    let shown = Signal::derive(move || {
        let (from, to) = rest_span.get();
        let rest = (from.0 as f64, to.0 as f64);
        Some((Axis::Time, rest, bounds(rest, ctx.now.get_untracked())))
    });
    let hand = Hand::new(ctx, shown);
    browser::watch_size(frame_box, move |width, height| {
        if size.try_get_untracked().is_some_and(|old| old != (width, height)) {
            size.set((width, height));
        }
    });
    let px = move || ((size.get_untracked().0 * ratio()) as u32).max(200);

    // What is in sight, and a chart's width on either side of it.
    let ask_data = move |moving: bool| {
        let (from, to) = span.get_untracked();
        let (from, to) = (from as i64, (to as i64).max(from as i64 + 1));
        let width = tiles::width_ms(to - from, px());
        let over = ((to - from) as f64 * OVER * 2.0) as i64;
        let now = ctx.now.get_untracked();
        let mut windows = vec![(from, to), (from - over, from), (to, (to + over).min(now.0.max(to) + 1))];
        let (channels, compare) =
            content.with_untracked(|c| (c.lines.iter().map(|l| l.channel.0).collect::<Vec<_>>(), c.compare));
        if compare {
            windows.push((from - over - WEEK, to + over - WEEK));
        }
        // A hand that moves is not held up by what only grew older.
        let fresh = if moving { 0.0 } else { browser::steady_ms() - 1500.0 };
        source.want(&channels, width, &windows, (now.0, fresh));
    };

    let begin = move || -> Option<()> {
        let (w, h) = size.get_untracked();
        if w < 60.0 || h < 60.0 {
            return None;
        }
        let scale = ratio();
        let theme = theme(ctx.dark.get_untracked(), scale);
        let (from, to) = span.get_untracked();
        let long = (to - from).max(1.0);
        let pixels = ((w * scale).round() as u32, (h * scale).round() as u32);
        let window = ((from - long * OVER) as i64, (to + long * OVER) as i64);
        let now = ctx.now.get_untracked();
        let content = content.get_untracked();
        let still = LinesChart { moves: true, now_ms: Some(now.0), ..content.frame_of(window, now, &fmt) };
        job.set_value(Some(Job {
            chart: still.clone(),
            content,
            width: tiles::width_ms(long as i64, pixels.0),
            strip: Strip {
                canvas: spare.try_update_value(Option::take).flatten().or_else(|| canvas_of(1, 1))?,
                frame: Frame {
                    left: 0,
                    top: 0,
                    right: 1,
                    bottom: 1,
                    x_from: 0.0,
                    x_to: 1.0,
                    y_from: 0.0,
                    y_to: 1.0,
                },
                right: 0,
                size: pixels,
                span: long,
                panel: theme
                    .panel
                    .map_or_else(|| "#fff".to_owned(), |c| format!("rgb({},{},{})", c.0, c.1, c.2)),
                still: std::rc::Rc::new(still),
                right_frame: None,
                theme,
            },
            theme,
            pixels,
            step: 0,
            asked: asked_number.get_value(),
        }));
        Some(())
    };
    let show = move || {
        let Some(Some(canvas)) = canvas.try_get_untracked() else { return };
        let now = span.get_untracked();
        strip.with_value(|s| {
            let Some(s) = s else { return };
            hand.on(s.plot(now));
            s.show(&canvas, now);
        });
    };
    // One slice of work a frame: a drawing under way goes on, a new one begins when something else was asked for.
    let run = StoredValue::new_local(None::<std::rc::Rc<dyn Fn()>>);
    let again = move || {
        if let Some(Some(run)) = run.try_with_value(Clone::clone) {
            request_animation_frame(move || run());
        }
    };
    let slice = move || {
        if asked_number.try_get_value().is_none() {
            return;
        }
        let until = browser::steady_ms() + SLICE_MS;
        let now = ctx.now.get_untracked();
        let mut done = None;
        while done.is_none() {
            let idle = job.with_value(Option::is_none);
            if idle {
                break;
            }
            let over = job.try_update_value(|j| {
                tiny.with_value(|tiny| match (j, tiny) {
                    (Some(j), Some(tiny)) => j.step(source, now, tiny),
                    _ => true,
                })
            });
            if over == Some(true) {
                done = job.try_update_value(Option::take).flatten();
                break;
            }
            if browser::steady_ms() >= until {
                break;
            }
        }
        if let Some(job) = done {
            let current = job.asked == asked_number.get_value();
            let before = strip.try_update_value(|s| s.replace(job.strip)).flatten();
            spare.set_value(before.map(|strip| strip.canvas));
            show();
            drawn.update_value(|n| *n += 1);
            if let Some(Some(canvas)) = canvas.try_get_untracked() {
                let _ = canvas.set_attribute("data-drawn", &drawn.get_value().to_string());
            }
            browser::mark("lines-drawn");
            if current {
                looping.set_value(false);
                return;
            }
            begin();
        }
        if job.with_value(Option::is_none) && begin().is_none() {
            looping.set_value(false);
            return;
        }
        again();
    };
    run.set_value(Some(std::rc::Rc::new(slice)));
    let start = move || {
        asked_number.update_value(|n| *n += 1);
        if !looping.get_value() {
            looping.set_value(true);
            again();
        }
    };

    // At rest: data and drawing of what is shown.
    let asked = Memo::new(move |_| Asked {
        content: content.get(),
        span: {
            let (from, to) = rest_span.get();
            (from.0, to.0)
        },
        size: size.get(),
        dark: ctx.dark.get(),
        version: source.version.get(),
    });
    Effect::new(move |before: Option<Asked>| {
        let asked = asked.get();
        canvas.track();
        if ctx.moving.with_untracked(Option::is_some) {
            return asked;
        }
        if before
            .as_ref()
            .is_none_or(|b| b.span != asked.span || b.content != asked.content || b.size != asked.size)
        {
            ask_data(false);
        }
        start();
        asked
    });
    // New readings: the tile of now, and what is old.
    let heard = live::after_at(&[Topic::Readings], move || {
        let (from, to) = rest_span.get();
        live::pace_of_span(from, to)
    });
    Effect::new(move |first: Option<()>| {
        heard.track();
        if first.is_some() && ctx.moving.with_untracked(Option::is_none) {
            ask_data(false);
        }
    });
    // Under a hand: the strip is shifted; near its end the next one is drawn, from what is here.
    let painted = StoredValue::new(false);
    Effect::new(move |_| {
        let moving = ctx.moving.get().is_some_and(|m| m.axis == Axis::Time);
        if !moving || painted.get_value() || browser::still() && !hand.dragged.get_value() {
            return;
        }
        painted.set_value(true);
        request_animation_frame(move || {
            if painted.try_set_value(false).is_some() {
                return;
            }
            show();
            let now = span.get_untracked();
            let near = strip.with_value(|s| {
                s.as_ref().is_none_or(|s| {
                    let long = now.1 - now.0;
                    let room = (now.0 - s.frame.x_from).min(s.frame.x_to - now.1);
                    let same = (s.span / long - 1.0).abs() < 0.25;
                    room < long * OVER * 0.5 || !same
                })
            });
            if near {
                ask_data(true);
                start();
            }
        });
    });

    let at_pointer = move |x: f64| -> Option<f64> {
        let now = span.get_untracked();
        let plot = strip.with_value(|s| s.as_ref().map(|s| s.plot(now)))?;
        let column = (x * ratio()).round() as i32;
        (column >= plot.left && column <= plot.right).then(|| plot.x_value(column))
    };
    let hair = move || {
        let t = cross.get()?;
        let now = span.get();
        drawn.get_value();
        let plot = strip.with_value(|s| s.as_ref().map(|s| s.plot(now)))?;
        let x = f64::from(plot.x(t)) / ratio();
        (t >= now.0 && t <= now.1).then(|| view! { <div class="hair" style:left=format!("{x:.1}px")></div> })
    };
    let key = move |e: &web_sys::KeyboardEvent| {
        let plain = !(e.ctrl_key() || e.meta_key() || e.alt_key());
        let (from, to) = span.get_untracked();
        let step = tiles::width_ms((to - from) as i64, px()) as f64;
        let middle = (from + to) / 2.0;
        let taken = match e.key().as_str() {
            "ArrowLeft" | "ArrowRight" if plain && e.shift_key() => {
                let by = if e.key() == "ArrowLeft" { -step } else { step };
                // The first press shows it, in the middle.
                let t = cross.get_untracked().filter(|t| *t >= from && *t <= to).map_or(middle, |t| t + by);
                cross.set(Some(t.clamp(from, to)));
                true
            }
            "Home" if plain => {
                cross.set(Some(from));
                true
            }
            "End" if plain => {
                cross.set(Some(to));
                true
            }
            "m" | "M" if plain => {
                jump(if e.key() == "m" { 1 } else { -1 });
                true
            }
            "t" if plain => {
                toggle();
                true
            }
            "Escape" if cross.get_untracked().is_some() => {
                cross.set(None);
                true
            }
            _ => false,
        };
        if taken {
            e.prevent_default();
            e.stop_propagation();
        } else {
            hand.key(e);
        }
    };
    let busy = Memo::new(move |_| ctx.moving.with(Option::is_some));
    let title = move || {
        content.with(|c| {
            fmt.fill(W::LinesHelp, &[&c.lines.iter().map(|l| l.name.as_str()).collect::<Vec<_>>().join(", ")])
        })
    };
    let summary = move || {
        let (from, to) = rest_span.get();
        source.version.track();
        content.with(|c| {
            c.chart(source, (from.0, to.0), 400, ctx.now.get_untracked(), &fmt).summary(chart_lang(fmt.lang))
        })
    };
    // Said only where it is asked for: it is made of all points.
    let told = RwSignal::new(String::new());
    view! {
        <div class="chart-box moves" class:held=move || busy.get() node_ref=frame_box style:height=move || format!("{}px", height.get())
            tabindex="0" role="group" aria-label=title data-testid=id::LINES_BOX
            data-from=move || format!("{:.0}", span.get().0) data-to=move || format!("{:.0}", span.get().1)
            on:focus=move |_| told.set(untrack(summary))
            on:pointerdown=move |e| hand.down(&e)
            on:pointermove=move |e| {
                if !hand.moved(&e) {
                    let t = at_pointer(f64::from(e.offset_x()));
                    if t.is_some() && cross.get_untracked() != t { cross.set(t); }
                }
            }
            on:pointerup=move |e| hand.up(&e) on:pointercancel=move |e| hand.up(&e)
            on:pointerleave=move |e| { if !hand.dragged.get_value() { hand.up(&e); } }
            on:dblclick=move |_| hand.all() on:wheel=move |e| hand.wheel(&e) on:keydown=move |e| key(&e)>
            <canvas node_ref=canvas role="img" aria-label=move || told.get() data-testid=id::LINES_CHART></canvas>
            {hair}
        </div>
    }
    .into_any()
}

/// What each line says at the crosshair, or last: value, the span of its bucket, whether it is doubted or outside its limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The mean, or the reading itself.
    pub value: String,
    /// `4.0–4.5` where a bucket holds more than one value.
    pub range: String,
    /// It holds doubted values.
    pub doubted: bool,
    /// Outside its limits.
    pub outside: bool,
}

/// Reads a line at an instant.
pub fn said(source: Source, chosen: &Chosen, t_ms: i64, span: Span, px: u32) -> Said {
    let long = (span.1 - span.0).max(1.0);
    let width = tiles::width_ms(long as i64, px);
    let reach = (long / 40.0) as i64;
    let read = source.with(|t| t.read(chosen.channel.0, width, t_ms, reach)).flatten();
    let Some(read) = read else { return Said { value: "—".into(), ..Said::default() } };
    let Some(point) = read.point else {
        return Said { value: "—".into(), doubted: true, ..Said::default() };
    };
    let one = |v: f64| format::decimal(Milli::from_f64(v).0, if v.abs() >= 1000.0 { 0 } else { 1 });
    Said {
        value: one(point.value),
        range: if one(point.min) == one(point.max) {
            String::new()
        } else {
            format!("{}–{}", one(point.min), one(point.max))
        },
        doubted: read.doubted,
        outside: chosen.low.is_some_and(|l| point.min < l.to_f64())
            || chosen.high.is_some_and(|h| point.max > h.to_f64()),
    }
}

/// A chart as a picture on a canvas of its own, `scale` pixels to a CSS pixel.
pub fn picture<C: Chart>(
    chart: &C,
    size: (u32, u32),
    theme: &Theme,
) -> Result<web_sys::HtmlCanvasElement, String> {
    let pixels = ((f64::from(size.0) * theme.scale) as u32, (f64::from(size.1) * theme.scale) as u32);
    let canvas = canvas_of(pixels.0, pixels.1).ok_or("no canvas")?;
    let context = context(&canvas).ok_or("no canvas")?;
    let root = CanvasBackend::new(context, pixels).into_drawing_area();
    chart.draw(&root, theme).map_err(|e| e.to_string())?;
    Ok(canvas)
}

/// Shows another span at rest.
pub fn go_to(ctx: Ctx, from: f64, to: f64) {
    ctx.zoom.set(Some(Zoom { axis: Axis::Time, from, to }));
}
