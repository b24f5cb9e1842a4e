//! A hand on a map or a plan: fingers, wheel and keys to the view it is moved to. While the hand moves, the last drawing is laid where the
//! view has it; when it rests, the view is told, and drawn anew.
//!
//! Knows of a view what can be done to it ([`Movable`]). Does not know what is drawn.

use crate::zoom::wheel_factor;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// So long after the last move it is drawn anew.
const REST: Duration = Duration::from_millis(140);
/// A press that moved farther is a drag, px.
const DRAG: f64 = 4.0;

/// Width and height, or a point from the left upper corner, px.
pub type Size = (f64, f64);

/// A view that a hand can move.
pub trait Movable: Copy + PartialEq + Send + Sync + 'static {
    /// Dragged by so many px.
    fn dragged(self, by: Size) -> Self;
    /// So many times as near, around a point of the box.
    fn nearer(self, factor: f64, at: Size, size: Size) -> Self;
}

impl Movable for charts::floor::View {
    fn dragged(self, by: Size) -> Self {
        self.dragged(by)
    }

    fn nearer(self, factor: f64, at: Size, size: Size) -> Self {
        self.zoomed(factor, at, size)
    }
}

impl Movable for charts::map::View {
    fn dragged(self, by: Size) -> Self {
        self.dragged(by)
    }

    fn nearer(self, factor: f64, at: Size, size: Size) -> Self {
        self.zoomed(factor.log2(), at, size)
    }
}

struct Held<V> {
    /// Where it is moved to, until it rests.
    going: Option<V>,
    /// Fingers down, and where.
    fingers: Vec<(i32, Size)>,
    /// How far the first finger went.
    travelled: f64,
    /// Counts moves: the last one's timer tells the view.
    turn: u64,
}

/// A hand and the box it moves in; `Copy`.
pub struct Pan<V: Movable> {
    /// Where a person moved it; none shows all.
    pub moved: RwSignal<Option<V>>,
    /// The box.
    pub size: RwSignal<Size>,
    /// The view that shows all of it.
    all: StoredValue<Box<dyn Fn(Size) -> Option<V>>, LocalStorage>,
    /// Lays the last drawing where the view has it now.
    lays: StoredValue<Box<dyn Fn()>, LocalStorage>,
    held: StoredValue<Held<V>, LocalStorage>,
}

impl<V: Movable> Clone for Pan<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Movable> Copy for Pan<V> {}

/// Where a pointer is in the box.
pub fn place_of(e: &web_sys::PointerEvent) -> Size {
    (f64::from(e.offset_x()), f64::from(e.offset_y()))
}

impl<V: Movable> Pan<V> {
    /// A hand on what `all` shows at first; it is asked wherever a signal is tracked.
    pub fn new(all: impl Fn(Size) -> Option<V> + 'static) -> Self {
        let held = Held { going: None, fingers: Vec::new(), travelled: 0.0, turn: 0 };
        Self {
            moved: RwSignal::new(None),
            size: RwSignal::new((0.0, 0.0)),
            all: StoredValue::new_local(Box::new(all)),
            lays: StoredValue::new_local(Box::new(|| ())),
            held: StoredValue::new_local(held),
        }
    }

    /// What lays the last drawing where the view has it now.
    pub fn lay_by(self, lays: impl Fn() + 'static) {
        self.lays.set_value(Box::new(lays));
    }

    /// Shows all again.
    pub fn fit(self) {
        self.held.update_value(|h| h.going = None);
        self.moved.set(None);
        self.lays.with_value(|lays| lays());
    }

    /// The view at rest.
    pub fn settled(self) -> Option<V> {
        let size = self.size.get();
        let (moved, all) = (self.moved.get(), self.all.with_value(|all| all(size)));
        moved.or(all).filter(|_| size.0 > 8.0 && size.1 > 8.0)
    }

    /// The view now, moving or not.
    pub fn current(self) -> Option<V> {
        self.held.with_value(|h| h.going).or_else(|| untrack(|| self.settled()))
    }

    /// Moves there now, tells it at rest.
    pub fn go(self, view: V) {
        let mut turn = 0;
        self.held.update_value(|h| {
            h.going = Some(view);
            h.turn += 1;
            turn = h.turn;
        });
        self.lays.with_value(|lays| lays());
        set_timeout(
            move || {
                let rested = self.held.try_update_value(|h| {
                    let rested = h.turn == turn && h.fingers.is_empty();
                    rested.then(|| h.going.take()).flatten()
                });
                if let Some(Some(view)) = rested {
                    self.moved.set(Some(view));
                }
            },
            REST,
        );
    }

    /// A finger went down.
    pub fn down(self, e: &web_sys::PointerEvent) {
        if e.button() != 0 {
            return;
        }
        if let Ok(element) = event_target::<wasm_bindgen::JsValue>(e).dyn_into::<web_sys::Element>() {
            let _ = element.set_pointer_capture(e.pointer_id());
        }
        self.held.update_value(|h| {
            if h.fingers.is_empty() {
                h.travelled = 0.0;
            }
            h.fingers.retain(|(id, _)| *id != e.pointer_id());
            h.fingers.push((e.pointer_id(), place_of(e)));
        });
    }

    /// A pointer moved; whether a finger is down.
    pub fn drag(self, e: &web_sys::PointerEvent) -> bool {
        let Some(view) = self.current() else { return false };
        let (size, now) = (self.size.get_untracked(), place_of(e));
        let (mut next, mut held) = (None, false);
        self.held.update_value(|h| {
            let Some(n) = h.fingers.iter().position(|(id, _)| *id == e.pointer_id()) else { return };
            held = true;
            let before = h.fingers[n].1;
            let by = (now.0 - before.0, now.1 - before.1);
            h.fingers[n].1 = now;
            h.travelled += by.0.hypot(by.1);
            if h.travelled < DRAG {
                return;
            }
            next = Some(match h.fingers.get(1 - n.min(1)).filter(|_| h.fingers.len() == 2) {
                Some((_, other)) => {
                    let apart = |p: Size| (p.0 - other.0).hypot(p.1 - other.1).max(1.0);
                    let middle = ((now.0 + other.0) / 2.0, (now.1 + other.1) / 2.0);
                    view.dragged((by.0 / 2.0, by.1 / 2.0)).nearer(apart(now) / apart(before), middle, size)
                }
                None => view.dragged(by),
            });
        });
        if let Some(view) = next {
            self.go(view);
        }
        held
    }

    /// A finger went up; tells where, if it was a press.
    pub fn up(self, e: &web_sys::PointerEvent) -> Option<Size> {
        let mut pressed = false;
        self.held.update_value(|h| {
            let before = h.fingers.len();
            h.fingers.retain(|(id, _)| *id != e.pointer_id());
            pressed = before == 1 && h.fingers.is_empty() && h.travelled < DRAG;
        });
        if let Some(view) = self.held.with_value(|h| h.going.filter(|_| h.fingers.is_empty())) {
            self.go(view);
        }
        pressed.then(|| place_of(e))
    }

    /// A wheel turned.
    pub fn wheel(self, e: &web_sys::WheelEvent) {
        e.prevent_default();
        let pixels = e.delta_y() * if e.delta_mode() == 1 { 20.0 } else { 1.0 };
        // A pinch on a touchpad comes as a wheel with Ctrl, in smaller steps.
        let step = if e.ctrl_key() { 4.0 } else { 1.0 };
        let at = (f64::from(e.offset_x()), f64::from(e.offset_y()));
        self.nearer(wheel_factor(pixels * step), Some(at));
    }

    /// So many times as near, around a point; around the middle where there is none.
    pub fn nearer(self, factor: f64, at: Option<Size>) {
        if let Some(view) = self.current() {
            let size = self.size.get_untracked();
            self.go(view.nearer(factor, at.unwrap_or((size.0 / 2.0, size.1 / 2.0)), size));
        }
    }

    /// Dragged by so many px.
    pub fn dragged(self, by: Size) {
        if let Some(view) = self.current() {
            self.go(view.dragged(by));
        }
    }
}
