//! One second beyond its limit, from the store through a call to pixels: a year wide it is still seen.

use crate::site::{Site, morning, open, open_at};
use charts::tiles::{self, Buckets, TILE_BUCKETS, Tiles};
use charts::{Chart, Line, LinesChart, Rgb, Theme};
use contract::*;
use domain::{Quality, Reading};
use plotters::drawing::IntoDrawingArea;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use store::{Batch, Store};
use units::{Milli, Millis, Timestamp};

const YEAR: Millis = Millis::days(365);
const LIMIT: Milli = Milli(8_000);
const BREACH: Milli = Milli(9_500);

/// A picture in memory, drawn by the drawing library's own rasterizer; words are left out.
struct Pixels<'a> {
    size: (u32, u32),
    rgb: &'a mut [Rgb],
}

type Drawn = Result<(), DrawingErrorKind<std::io::Error>>;

impl DrawingBackend for Pixels<'_> {
    type ErrorType = std::io::Error;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return Ok(()) };
        if x < self.size.0 && y < self.size.1 {
            let under = &mut self.rgb[(y * self.size.0 + x) as usize];
            let mix = |old: u8, new: u8| {
                (f64::from(old) * (1.0 - color.alpha) + f64::from(new) * color.alpha).round() as u8
            };
            let (r, g, b) = color.rgb;
            *under = Rgb(mix(under.0, r), mix(under.1, g), mix(under.2, b));
        }
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, _: &str, _: &T, _: BackendCoord) -> Drawn {
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<std::io::Error>> {
        let (w, h) = charts::text::measure(text, style.size());
        Ok((w as u32, h as u32))
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        // The library's own draws nothing where a filled shape has no line around it.
        let inside = (a.1.min(b.1)..a.1.max(b.1))
            .flat_map(|y| (a.0.min(b.0)..a.0.max(b.0)).map(move |x| (x, y)))
            .filter(|_| fill);
        for at in inside {
            self.draw_pixel(at, style.color())?;
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, _: BackendCoord, _: u32, _: &S, _: bool) -> Drawn {
        Ok(())
    }
}

/// A year of a cold room every five minutes, and once a second for the two hours around `breach`, of which one second is hot.
fn readings(channel: ChannelId, from: Timestamp, breach: Timestamp) -> Vec<Reading> {
    let coarse = (0..YEAR.0 / 300_000).map(|n| from + Millis(n * 300_000));
    let fine = (-3_600..3_600).map(|second| breach + Millis::seconds(second));
    coarse
        .chain(fine)
        .zip(0..)
        .map(|(at, sequence)| Reading {
            channel,
            at,
            arrived_at: at,
            sequence,
            value: Some(if at == breach { BREACH } else { Milli(4_000 + sequence * 7 % 400) }),
            quality: Quality::Good,
        })
        .collect()
}

/// A site whose only channel has this year in its store.
async fn recorded(breach: Timestamp) -> (Site, ChannelId, Vec<Reading>) {
    let mut site = open();
    let room = NewChannel {
        code: "T1".into(),
        name: "Cold room".into(),
        zone: "Cold room".into(),
        unit: "°C".into(),
        low: Some(Milli(2_000)),
        high: Some(LIMIT),
    };
    let add = AddDevice {
        name: "Logger".into(),
        endpoint: "tcp://127.0.0.1:9".into(),
        baud: 9_600,
        interval: Millis::seconds(1),
        setup: String::new(),
        channels: vec![room],
    };
    site.app.call(add, &site.by).await.expect("a device");
    let zones = site.app.call(ListZones {}, &site.by).await.expect("zones");
    let channel = zones.iter().find_map(|zone| zone.channels.first()).expect("the channel").channel;
    site.app.close().await;
    let readings = readings(channel, morning() - YEAR, breach);
    let store = Store::open(site.folder.path(), &store::Opening::new(morning())).expect("the store");
    for some in readings.chunks(20_000) {
        let batch = Batch { readings: some.to_vec(), ..Batch::default() };
        store.telemetry.append(batch).expect("stored");
    }
    drop(store);
    site.app = open_at(site.folder.path(), &site.clock);
    (site, channel, readings)
}

/// The series of the channel, as the screen gets it: asked in JSON, answered with a frame.
async fn series(site: &Site, channel: ChannelId, from: i64, to: i64, buckets: u32) -> ChannelSeries {
    let call = GetSeries { channels: vec![channel], from: Timestamp(from), to: Timestamp(to), buckets };
    let body = serde_json::to_string(&call).expect("JSON");
    let reply = site.app.dispatch(GetSeries::NAME, &body, &site.by).await.expect("a series");
    SeriesReply::decode(&reply).expect("a frame").series.remove(0)
}

/// The smallest and largest raw value of `from..to`.
fn extremes(raw: &[Reading], from: i64, to: i64) -> Option<(i64, i64)> {
    let inside = raw.iter().filter(|one| (from..to).contains(&one.at.0)).filter_map(|one| Some(one.value?.0));
    inside.fold(None, |ends, value| {
        Some(ends.map_or((value, value), |(low, high): (i64, i64)| (low.min(value), high.max(value))))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_in_a_year_is_a_red_column_of_pixels() {
    let (from, to) = ((morning() - YEAR).0, morning().0);
    // On no edge of an hour, a minute or a bucket.
    let breach = Timestamp(from + YEAR.0 / 5 * 3 + 1_234_000);
    let (site, channel, mut raw) = recorded(breach).await;
    raw.sort_by_key(|reading| reading.at);

    // A bucket for each of 1,280 pixels, its extremes those of the readings in it.
    let whole = series(&site, channel, from, to, 1_280).await;
    assert!(whole.at.len() >= 1_280, "{} buckets", whole.at.len());
    let mut rest = raw.as_slice();
    for (n, start) in whole.at.iter().enumerate() {
        let end = whole.at.get(n + 1).copied().unwrap_or(to);
        let inside = rest.partition_point(|reading| reading.at.0 < end);
        let raw = extremes(&rest[..inside], *start, end);
        assert_eq!(raw, Some((whole.min[n], whole.max[n])), "the bucket of {start}");
        rest = &rest[inside..];
    }

    // The same year in tiles, as the screen keeps it, on a plot of as many pixels.
    let (size, theme) = ((1_340, 480), Theme::light());
    let mut chart = LinesChart {
        window_ms: (from, to),
        lines: vec![Line { high: Some(LIMIT.to_f64()), low: Some(2.0), ..Line::default() }],
        ..LinesChart::default()
    };
    let plot = chart.frame(size, &theme);
    let px = (plot.right - plot.left).unsigned_abs();
    assert!(px >= 1_280);
    let width = tiles::width_ms(to - from, px);
    let mut kept = Tiles::default();
    for tile in tiles::tiles_of(width, (from, to)) {
        let (start, end) = tiles::tile_span(width, tile);
        let one = series(&site, channel, start, end, TILE_BUCKETS as u32).await;
        let (at, min, max, mean) = (one.at, one.min, one.max, one.mean);
        let buckets = Buckets { width_ms: width, at, min, max, mean, doubt: one.suspect };
        kept.keep(channel.0, width, tile, buckets, 0.0);
    }
    chart.lines[0].series = kept.line(channel.0, "Cold room", width, (from, to), to);
    let mut rgb = vec![Rgb(255, 255, 255); (size.0 * size.1) as usize];
    let picture = Pixels { size, rgb: &mut rgb }.into_drawing_area();
    chart.draw(&picture, &theme).expect("drawn");
    drop(picture);

    let plot = chart.frame(size, &theme);
    let red = |x: i32, y: i32| rgb[(y as u32 * size.0 + x as u32) as usize] == theme.critical;
    let (top, limit) = (plot.y(BREACH.to_f64()), plot.y(LIMIT.to_f64()));
    assert!(limit - top > 20, "the axis reaches to the breach: {top}..{limit}");
    let at = plot.x(breach.0 as f64);
    // A bucket is drawn where it begins.
    let bucket_px = (width * i64::from(px) / (to - from)) as i32 + 2;
    let columns: Vec<i32> =
        (plot.left..plot.right).filter(|x| (top + 1..limit).all(|y| red(*x, y))).collect();
    assert!(!columns.is_empty(), "no column of pixels reaches from the limit to the breach");
    assert!(columns.iter().all(|x| (at - bucket_px..=at + 2).contains(x)), "{columns:?} are at {at}");
    let elsewhere =
        (plot.left..plot.right).filter(|x| (at - x).abs() > bucket_px + 4).find(|x| red(*x, top + 2));
    assert_eq!(elsewhere, None, "nothing else is beyond the limit");
    assert!(chart.summary(charts::Lang::En).contains("exceeded"));
    site.app.close().await;
}
