//! Moving and zooming the axis of a chart. Pure: where a hand is and what it did come in, the span to show goes out.
//!
//! Positions are shares of the plot's width: 0 is its left edge, 1 its right one.

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Milliseconds since 1970 UTC.
    Time,
    /// Days since 1970.
    Days,
}

/// What the charts of a page were moved to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    /// The axis; charts of the other one stay as they are.
    pub axis: Axis,
    /// Left edge.
    pub from: f64,
    /// Right edge.
    pub to: f64,
}

/// A span of an axis: from, to.
pub type Span = (f64, f64);

/// How far an axis may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Nothing is before it.
    pub from: f64,
    /// Nothing is after it.
    pub to: f64,
    /// The shortest span that still says something.
    pub least: f64,
}

/// A key press zooms so much.
pub const KEY_FACTOR: f64 = 1.5;
/// A key press moves by this share of the span.
pub const KEY_SHARE: f64 = 0.15;

impl Bounds {
    /// The span, no shorter than the least, no longer than there is, and within the ends.
    pub fn hold(&self, span: Span) -> Span {
        let all = (self.to - self.from).max(self.least);
        let length = (span.1 - span.0).clamp(self.least.min(all), all);
        let middle = (span.0 + span.1) / 2.0;
        let from = (middle - length / 2.0).clamp(self.from, (self.to - length).max(self.from));
        (from, from + length)
    }

    /// Zoomed by `factor` (above 1 shows less) around the value at `share`, which stays under the pointer.
    pub fn around(&self, span: Span, share: f64, factor: f64) -> Span {
        let old = span.1 - span.0;
        let all = (self.to - self.from).max(self.least);
        let length = (old / factor).clamp(self.least.min(all), all);
        let at = span.0 + share * old;
        self.hold((at - share * length, at - share * length + length))
    }

    /// Moved by a share of the span; positive shows what is later.
    pub fn shift(&self, span: Span, share: f64) -> Span {
        let by = share * (span.1 - span.0);
        self.hold((span.0 + by, span.1 + by))
    }

    /// Two fingers were on the values `held` and are now at `shares` of the plot: what was under them still is.
    pub fn pinch(&self, span: Span, held: (f64, f64), shares: (f64, f64)) -> Span {
        let apart = shares.1 - shares.0;
        // Fingers on one spot, or crossed, only move.
        if apart.abs() < 0.02 || (held.1 - held.0) * apart <= 0.0 {
            return self.grip(span, (held.0 + held.1) / 2.0, (shares.0 + shares.1) / 2.0);
        }
        let length = (held.1 - held.0) / apart;
        let all = (self.to - self.from).max(self.least);
        let length = length.clamp(self.least.min(all), all);
        let middle = ((held.0 + held.1) / 2.0, (shares.0 + shares.1) / 2.0);
        self.hold((middle.0 - middle.1 * length, middle.0 + (1.0 - middle.1) * length))
    }

    /// A hand that took hold of `value` is now at `share`.
    pub fn grip(&self, span: Span, value: f64, share: f64) -> Span {
        let length = span.1 - span.0;
        self.hold((value - share * length, value + (1.0 - share) * length))
    }

    /// It shows all there is.
    pub fn is_all(&self, span: Span) -> bool {
        span.1 - span.0 >= (self.to - self.from) * 0.999
    }
}

/// How a wheel zooms: what it turned by, in pixels, as a factor. Notches of a mouse come to a fifth, and the small steps of
/// a touchpad add up to the same.
pub fn wheel_factor(pixels: f64) -> f64 {
    (-pixels.clamp(-240.0, 240.0) * 0.0018).exp()
}

/// Where the picture of the span `drawn`, whose plot starts at `left` and is `width` wide, lies while `now` is shown: its
/// left edge and its width.
pub fn placed(drawn: Span, now: Span, left: f64, width: f64) -> (f64, f64) {
    let scale = (drawn.1 - drawn.0) / (now.1 - now.0).max(f64::MIN_POSITIVE);
    (left + (drawn.0 - now.0) / (now.1 - now.0).max(f64::MIN_POSITIVE) * width, width * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: f64 = 3_600_000.0;
    const DAY: Bounds = Bounds { from: 0.0, to: 24.0 * HOUR, least: 60_000.0 };

    fn near(a: Span, b: Span) {
        assert!((a.0 - b.0).abs() < 1e-3 && (a.1 - b.1).abs() < 1e-3, "{a:?} is not {b:?}");
    }

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let zoomed = DAY.around((6.0 * HOUR, 18.0 * HOUR), 0.25, 2.0);
        near(zoomed, (7.5 * HOUR, 13.5 * HOUR));
        assert_eq!(zoomed.0 + 0.25 * (zoomed.1 - zoomed.0), 9.0 * HOUR);
        near(DAY.around(zoomed, 0.25, 0.5), (6.0 * HOUR, 18.0 * HOUR));
    }

    #[test]
    fn a_minute_is_the_least_and_the_data_the_most() {
        let mut span = (6.0 * HOUR, 18.0 * HOUR);
        for _ in 0..60 {
            span = DAY.around(span, 0.7, 1.5);
        }
        assert!((span.1 - span.0 - 60_000.0).abs() < 1e-3);
        for _ in 0..60 {
            span = DAY.around(span, 0.7, 1.0 / 1.5);
        }
        near(span, (0.0, 24.0 * HOUR));
        assert!(DAY.is_all(span));
        near(DAY.shift((0.0, HOUR), -1.0), (0.0, HOUR));
        near(DAY.shift((20.0 * HOUR, 23.0 * HOUR), 5.0), (21.0 * HOUR, 24.0 * HOUR));
        near(DAY.hold((-50.0 * HOUR, 100.0 * HOUR)), (0.0, 24.0 * HOUR));
    }

    #[test]
    fn bounds_shorter_than_the_least_still_hold() {
        let short = Bounds { from: 0.0, to: 10.0, least: 60.0 };
        assert_eq!(short.hold((3.0, 4.0)), (0.0, 60.0));
        assert_eq!(short.around((0.0, 60.0), 0.5, 0.1), (0.0, 60.0));
    }

    #[test]
    fn fingers_keep_what_they_took_hold_of() {
        let span = (8.0 * HOUR, 16.0 * HOUR);
        // Held at a quarter and at three quarters, then spread to the edges.
        near(DAY.pinch(span, (10.0 * HOUR, 14.0 * HOUR), (0.0, 1.0)), (10.0 * HOUR, 14.0 * HOUR));
        near(DAY.pinch(span, (10.0 * HOUR, 14.0 * HOUR), (0.5, 1.0)), (6.0 * HOUR, 14.0 * HOUR));
        near(DAY.pinch(span, (10.0 * HOUR, 14.0 * HOUR), (0.5, 0.5)), span);
        near(DAY.grip(span, 10.0 * HOUR, 0.5), (6.0 * HOUR, 14.0 * HOUR));
    }

    #[test]
    fn the_last_picture_is_put_where_its_span_is() {
        assert_eq!(placed((0.0, 10.0), (0.0, 10.0), 40.0, 500.0), (40.0, 500.0));
        assert_eq!(placed((0.0, 10.0), (2.0, 12.0), 40.0, 500.0), (-60.0, 500.0));
        assert_eq!(placed((0.0, 10.0), (5.0, 10.0), 40.0, 500.0), (-460.0, 1000.0));
    }

    #[test]
    fn a_wheel_turned_back_comes_back() {
        assert!(wheel_factor(-100.0) > 1.0, "away from the hand shows less");
        assert!((wheel_factor(-100.0) * wheel_factor(100.0) - 1.0).abs() < 1e-12);
        assert!(wheel_factor(-1e9) < 1.6, "one event does not leap");
    }
}
