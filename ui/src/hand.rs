//! A hand on a chart: wheel, fingers, drag and keys to the span that the page's charts show ([`crate::zoom`], [`Ctx::zoom`]).
//!
//! Knows where the plot lies and how far it may go. Does not know what is drawn.

use crate::chart::ratio;
use crate::state::Ctx;
use crate::zoom::{self, Axis, Bounds, Span, Zoom};
use charts::Frame;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// What a hand does to a chart, and the drawing it does it to.
#[derive(Clone, Copy)]
pub struct Hand {
    ctx: Ctx,
    /// What is shown at rest, and how far it can go.
    shown: Signal<Option<(Axis, Span, Bounds)>>,
    /// Where the plot lies in the drawing, device pixels.
    plot: StoredValue<Option<Frame>>,
    /// The fingers down: id, where (share of the plot), and the value taken hold of.
    fingers: StoredValue<Vec<(i32, f64, f64)>>,
    /// It was moved since the first finger came down.
    pub dragged: StoredValue<bool>,
    rest: StoredValue<Option<TimeoutHandle>>,
}

/// So long after the last turn of a wheel or press of a key the hand is at rest.
const REST: Duration = Duration::from_millis(160);

impl Hand {
    /// A hand on what `shown` says is shown at rest.
    pub fn new(ctx: Ctx, shown: Signal<Option<(Axis, Span, Bounds)>>) -> Self {
        Self {
            ctx,
            shown,
            plot: StoredValue::new(None),
            fingers: StoredValue::new(Vec::new()),
            dragged: StoredValue::new(false),
            rest: StoredValue::new(None),
        }
    }

    /// Told where the plot lies.
    pub fn on(&self, plot: Frame) {
        self.plot.set_value(Some(plot));
    }

    /// The span shown now, moved or not, and how far it can go.
    pub fn span(&self) -> Option<(Axis, Span, Bounds)> {
        let (axis, span, bounds) = self.shown.get_untracked()?;
        let moving = self.ctx.moving.get_untracked().filter(|m| m.axis == axis).map(|m| (m.from, m.to));
        Some((axis, moving.unwrap_or(span), bounds))
    }

    /// The share of the plot's width at a distance from the chart's left edge, CSS px.
    pub fn share(&self, x: f64) -> Option<f64> {
        let frame = self.plot.get_value()?;
        Some((x * ratio() - f64::from(frame.left)) / f64::from((frame.right - frame.left).max(1)))
    }

    /// Shows another span while the hand is still at it; false where it is the same.
    fn to(&self, axis: Axis, old: Span, new: Span) -> bool {
        if (new.0 - old.0).abs() + (new.1 - old.1).abs() <= (old.1 - old.0) * 1e-6 {
            return false;
        }
        self.ctx.moving.set(Some(Zoom { axis, from: new.0, to: new.1 }));
        true
    }

    /// Wheel and keys have no end of their own.
    fn soon(self) {
        if let Some(old) = self.rest.get_value() {
            old.clear();
        }
        let handle = set_timeout_with_handle(move || self.done(), REST).ok();
        self.rest.set_value(handle);
    }

    /// At rest: the page's charts are asked for the new span.
    fn done(self) {
        if let Some(Some(moving)) = self.ctx.moving.try_get_untracked() {
            self.ctx.zoom.set(Some(moving));
            self.ctx.moving.set(None);
        }
    }

    /// Back to what the page chose.
    pub fn all(self) {
        self.ctx.moving.set(None);
        self.ctx.zoom.set(None);
    }

    /// Keys that move and zoom.
    pub fn key(self, e: &web_sys::KeyboardEvent) {
        if e.ctrl_key() || e.meta_key() || e.alt_key() {
            return;
        }
        let Some((axis, span, bounds)) = self.span() else { return };
        let new = match e.key().as_str() {
            "ArrowLeft" => bounds.shift(span, -zoom::KEY_SHARE),
            "ArrowRight" => bounds.shift(span, zoom::KEY_SHARE),
            "+" | "=" => bounds.around(span, 0.5, zoom::KEY_FACTOR),
            "-" | "−" | "_" => bounds.around(span, 0.5, 1.0 / zoom::KEY_FACTOR),
            _ => return,
        };
        e.prevent_default();
        e.stop_propagation();
        if self.to(axis, span, new) {
            self.soon();
        }
    }

    /// A wheel, or a pinch on a touchpad.
    pub fn wheel(self, e: &web_sys::WheelEvent) {
        let Some((axis, span, bounds)) = self.span() else { return };
        let Some(share) = self.share(f64::from(e.offset_x())) else { return };
        let unit = match e.delta_mode() {
            web_sys::WheelEvent::DOM_DELTA_LINE => 20.0,
            web_sys::WheelEvent::DOM_DELTA_PAGE => 300.0,
            _ => 1.0,
        };
        let (dx, dy) = (e.delta_x() * unit, e.delta_y() * unit);
        let new = if dx.abs() > dy.abs() || e.shift_key() {
            bounds.shift(span, (if dx.abs() > dy.abs() { dx } else { dy }) / 600.0)
        } else {
            // A pinch on a touchpad comes as a wheel with Ctrl, in smaller steps.
            let step = if e.ctrl_key() { 6.0 } else { 1.0 };
            bounds.around(span, share.clamp(0.0, 1.0), zoom::wheel_factor(dy * step))
        };
        // Where the chart can't go further, the page scrolls.
        if self.to(axis, span, new) {
            e.prevent_default();
            self.soon();
        }
    }

    /// A finger or the mouse came down.
    pub fn down(self, e: &web_sys::PointerEvent) {
        let Some((_, span, _)) = self.span() else { return };
        let Some(share) = self.share(f64::from(e.offset_x())) else { return };
        if e.button() != 0 || !(0.0..=1.0).contains(&share) || self.fingers.with_value(|f| f.len() >= 2) {
            return;
        }
        if self.fingers.with_value(Vec::is_empty) {
            self.dragged.set_value(false);
        }
        self.fingers.update_value(|f| {
            f.retain(|f| f.0 != e.pointer_id());
            f.push((e.pointer_id(), share, span.0 + share * (span.1 - span.0)));
        });
    }

    /// True while it drags.
    pub fn moved(self, e: &web_sys::PointerEvent) -> bool {
        let fingers = self.fingers.get_value();
        let Some(at) = fingers.iter().position(|f| f.0 == e.pointer_id()) else { return false };
        let (Some((axis, span, bounds)), Some(share)) = (self.span(), self.share(f64::from(e.offset_x())))
        else {
            return false;
        };
        // A press that trembles is not a drag.
        if !self.dragged.get_value() {
            if (share - fingers[at].1).abs() < 0.006 {
                return false;
            }
            self.dragged.set_value(true);
            if let Some(element) = e.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) {
                let _ = element.set_pointer_capture(e.pointer_id());
            }
        }
        self.fingers.update_value(|f| f[at].1 = share);
        let fingers = self.fingers.get_value();
        let new = match fingers.as_slice() {
            [a, b] => bounds.pinch(span, (a.2, b.2), (a.1, b.1)),
            [a] => bounds.grip(span, a.2, a.1),
            _ => span,
        };
        self.to(axis, span, new);
        true
    }

    /// A finger left.
    pub fn up(self, e: &web_sys::PointerEvent) {
        let span = self.span();
        self.fingers.update_value(|f| {
            f.retain(|f| f.0 != e.pointer_id());
            // The finger that stays takes hold of what is under it now.
            if let Some((_, span, _)) = span {
                for f in f.iter_mut() {
                    f.2 = span.0 + f.1 * (span.1 - span.0);
                }
            }
        });
        if self.fingers.with_value(Vec::is_empty) {
            self.done();
        }
    }
}
