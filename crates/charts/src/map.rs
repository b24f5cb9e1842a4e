//! A map: roads, routes, and the places and vehicles on them.
//!
//! Web Mercator (EPSG:3857's sphere), the projection that street maps are drawn in: angles hold, so that a crossing looks
//! like the crossing. [`project`] and [`unproject`] are its two directions; [`View`] places it on a screen.

use crate::pen::{Clip, DrawError, Pen, Xy};
use crate::scale::number;
use crate::table::header;
use crate::theme::{Rgb, Theme};
use crate::{Chart, Frame, Lang, Table, text};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;
use units::GeoPoint;

/// Beyond this latitude the projection runs away.
const LAT_MAX: f64 = 85.051_128_78;
/// Round the equator.
const EQUATOR_M: f64 = 40_075_016.686;
/// The world's width at zoom 0, CSS pixels.
const WORLD_PX: f64 = 256.0;
/// The world in 256 px.
pub const ZOOM_MIN: f64 = 1.0;
/// A doorstep: about 7 cm to a pixel.
pub const ZOOM_MAX: f64 = 20.0;

/// A place on the unit square of Web Mercator: x grows east, y grows south, 0 to 1.
pub fn project(place: GeoPoint) -> (f64, f64) {
    let lat = place.lat().clamp(-LAT_MAX, LAT_MAX).to_radians();
    let y = 0.5 - (std::f64::consts::FRAC_PI_4 + lat / 2.0).tan().ln() / std::f64::consts::TAU;
    (place.lon() / 360.0 + 0.5, y.clamp(0.0, 1.0))
}

/// The place of a point of the unit square: [`project`] turned round.
pub fn unproject(world: (f64, f64)) -> GeoPoint {
    let lat = (std::f64::consts::PI * (1.0 - 2.0 * world.1)).sinh().atan().to_degrees();
    let lon = (world.0 - 0.5) * 360.0;
    let held = |v: f64, most: f64| if v.is_finite() { v.clamp(-most, most) } else { 0.0 };
    GeoPoint {
        lat_e7: (held(lat, 90.0) * 1e7).round() as i32,
        lon_e7: (held(lon, 180.0) * 1e7).round() as i32,
    }
}

/// A box of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// South-west corner.
    pub south_west: GeoPoint,
    /// North-east corner.
    pub north_east: GeoPoint,
}

impl Bounds {
    /// The smallest box around places; none where there are none.
    pub fn around(places: impl IntoIterator<Item = GeoPoint>) -> Option<Self> {
        places.into_iter().fold(None, |found: Option<Self>, p| {
            let b = found.unwrap_or(Self { south_west: p, north_east: p });
            Some(Self {
                south_west: GeoPoint {
                    lat_e7: b.south_west.lat_e7.min(p.lat_e7),
                    lon_e7: b.south_west.lon_e7.min(p.lon_e7),
                },
                north_east: GeoPoint {
                    lat_e7: b.north_east.lat_e7.max(p.lat_e7),
                    lon_e7: b.north_east.lon_e7.max(p.lon_e7),
                },
            })
        })
    }

    /// The other lies wholly inside.
    pub fn holds(&self, other: &Self) -> bool {
        self.south_west.lat_e7 <= other.south_west.lat_e7
            && self.south_west.lon_e7 <= other.south_west.lon_e7
            && self.north_east.lat_e7 >= other.north_east.lat_e7
            && self.north_east.lon_e7 >= other.north_east.lon_e7
    }
}

/// What of the world is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The middle, as [`project`] has it.
    pub centre: (f64, f64),
    /// The world is 256 × 2^zoom CSS pixels wide.
    pub zoom: f64,
}

impl View {
    /// All of `bounds` in `size` CSS pixels, with `margin` free at each edge. A single place is shown with its quarter.
    pub fn fit(bounds: &Bounds, size: (f64, f64), margin: f64) -> Self {
        let (a, b) = (project(bounds.south_west), project(bounds.north_east));
        let room = |px: f64| (px - 2.0 * margin).max(px * 0.3).max(1.0);
        let zoom = |world: f64, px: f64| (room(px) / (world.abs().max(1e-9) * WORLD_PX)).log2();
        Self {
            centre: ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0),
            zoom: zoom(b.0 - a.0, size.0).min(zoom(a.1 - b.1, size.1)).clamp(ZOOM_MIN, 17.0),
        }
    }

    /// CSS pixels to the world's width.
    pub fn world_px(&self) -> f64 {
        WORLD_PX * 2f64.powf(self.zoom.clamp(ZOOM_MIN, ZOOM_MAX))
    }

    /// Metres to a CSS pixel in the middle of the view.
    pub fn metres_per_px(&self) -> f64 {
        EQUATOR_M * unproject(self.centre).lat().to_radians().cos() / self.world_px()
    }

    /// Where a place lies in a drawing of `size` CSS pixels.
    pub fn at(&self, place: GeoPoint, size: (f64, f64)) -> (f64, f64) {
        let (x, y) = project(place);
        let px = self.world_px();
        ((x - self.centre.0) * px + size.0 / 2.0, (y - self.centre.1) * px + size.1 / 2.0)
    }

    /// The place under a pixel: [`View::at`] turned round.
    pub fn place(&self, at: (f64, f64), size: (f64, f64)) -> GeoPoint {
        unproject(self.world(at, size))
    }

    fn world(&self, at: (f64, f64), size: (f64, f64)) -> (f64, f64) {
        let px = self.world_px();
        (self.centre.0 + (at.0 - size.0 / 2.0) / px, self.centre.1 + (at.1 - size.1 / 2.0) / px)
    }

    /// What is in sight, widened by `share` of the size at each edge.
    pub fn bounds(&self, size: (f64, f64), share: f64) -> Bounds {
        let (mx, my) = (size.0 * share, size.1 * share);
        let held = |(x, y): (f64, f64)| (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
        Bounds {
            south_west: unproject(held(self.world((-mx, size.1 + my), size))),
            north_east: unproject(held(self.world((size.0 + mx, -my), size))),
        }
    }

    /// Moved by a drag of so many CSS pixels.
    #[must_use]
    pub fn dragged(self, by: (f64, f64)) -> Self {
        let px = self.world_px();
        let centre =
            ((self.centre.0 - by.0 / px).clamp(0.0, 1.0), (self.centre.1 - by.1 / px).clamp(0.0, 1.0));
        Self { centre, ..self }
    }

    /// Zoomed by so many levels; what lies under `anchor` stays under it.
    #[must_use]
    pub fn zoomed(self, levels: f64, anchor: (f64, f64), size: (f64, f64)) -> Self {
        let under = self.world(anchor, size);
        let zoom = (self.zoom + levels).clamp(ZOOM_MIN, ZOOM_MAX);
        let moved = Self { zoom, ..self };
        let px = moved.world_px();
        let centre = (
            (under.0 - (anchor.0 - size.0 / 2.0) / px).clamp(0.0, 1.0),
            (under.1 - (anchor.1 - size.1 / 2.0) / px).clamp(0.0, 1.0),
        );
        Self { centre, ..moved }
    }
}

/// What a map looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// All of it, as large as fits: reports.
    Fit(Bounds),
    /// Where a person moved it: the screen.
    At(View),
}

/// A road.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoadLine {
    /// 0 motorway, 1 trunk and primary, 2 secondary, 3 tertiary, 4 street, 5 service.
    pub class: u8,
    /// Along it.
    pub points: Vec<GeoPoint>,
}

/// How much a thing asks for the eye.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Another one is selected: grey.
    Quiet,
    /// Told from its like by a muted hue and a line style.
    #[default]
    Normal,
    /// It belongs to what is selected: the accent on its edge.
    Related,
    /// Selected: the accent.
    Selected,
}

/// A route driven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteLine {
    /// The vehicle's code, printed on the line.
    pub label: String,
    /// Its place among the routes: hue and line style.
    pub hue: usize,
    /// Along it, from the depot and back.
    pub points: Vec<GeoPoint>,
    /// Straight lines between places instead of roads.
    pub estimated: bool,
    /// Selected or not.
    pub weight: Weight,
}

/// How a visit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisitState {
    /// To come.
    #[default]
    Planned,
    /// Done.
    Served,
    /// Expected, or done, after its window: ▲.
    Late,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// Where routes begin and end: a house.
    Depot,
    /// A visit: a ring with its number in the route.
    Visit {
        /// Which of its route, from 1.
        number: u32,
        /// Its route's hue.
        hue: usize,
        /// How it stands.
        state: VisitState,
    },
    /// A delivery on no route yet: a small ring.
    Unplanned,
    /// A delivery the plan leaves out: ▲ with an exclamation mark.
    Unserved,
    /// A vehicle: an arrow the way it heads, a dot where that is not known; hollow when its position is old.
    Vehicle {
        /// Degrees clockwise from north.
        heading_deg: Option<u16>,
        /// Its position is old.
        stale: bool,
    },
}

/// Something at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub at: GeoPoint,
    /// What.
    pub kind: PlaceKind,
    /// A few words beside it where there is room; visits are better off with none but when selected.
    pub label: String,
    /// Selected or not.
    pub weight: Weight,
}

/// A map. Drawn in the order roads, routes, places, so that what matters lies on top.
#[derive(Clone, Debug, PartialEq)]
pub struct MapChart {
    /// Named in summaries, not drawn.
    pub title: String,
    /// What is looked at.
    pub look: Look,
    /// The streets.
    pub roads: Vec<RoadLine>,
    /// The routes.
    pub routes: Vec<RouteLine>,
    /// Depot, visits, vehicles.
    pub places: Vec<Place>,
    /// Whose roads these are: `© OpenStreetMap contributors`. Empty: nobody's.
    pub attribution: String,
    /// There are no roads: a label says that lines are estimates.
    pub estimated: bool,
    /// The chart's own words.
    pub lang: Lang,
}

/// The licence of OpenStreetMap's data asks for these words wherever its roads are shown.
pub const OSM_ATTRIBUTION: &str = "© OpenStreetMap contributors";

impl Default for MapChart {
    fn default() -> Self {
        let origin = GeoPoint { lat_e7: 0, lon_e7: 0 };
        Self {
            title: String::new(),
            look: Look::Fit(Bounds { south_west: origin, north_east: origin }),
            roads: Vec::new(),
            routes: Vec::new(),
            places: Vec::new(),
            attribution: String::new(),
            estimated: false,
            lang: Lang::En,
        }
    }
}

/// Hues of routes: muted, apart in lightness too; neighbours in the list differ most.
const HUES_LIGHT: [Rgb; 8] = [
    Rgb(0x4c, 0x6f, 0x96),
    Rgb(0x96, 0x74, 0x35),
    Rgb(0x7b, 0x5b, 0x8c),
    Rgb(0x3f, 0x80, 0x7a),
    Rgb(0x98, 0x5f, 0x55),
    Rgb(0x66, 0x75, 0x3a),
    Rgb(0x5e, 0x66, 0x76),
    Rgb(0x96, 0x58, 0x78),
];
const HUES_DARK: [Rgb; 8] = [
    Rgb(0x86, 0xa6, 0xc9),
    Rgb(0xc9, 0xa9, 0x6e),
    Rgb(0xb3, 0x96, 0xc4),
    Rgb(0x78, 0xb8, 0xb1),
    Rgb(0xcf, 0x97, 0x8c),
    Rgb(0xa2, 0xb0, 0x74),
    Rgb(0xa2, 0xaa, 0xb8),
    Rgb(0xcc, 0x91, 0xb0),
];

fn is_dark(theme: &Theme) -> bool {
    theme.text.1 > 0x80
}

/// The muted hue of the route that is the n-th.
pub fn route_hue(theme: &Theme, n: usize) -> Rgb {
    let hues = if is_dark(theme) { &HUES_DARK } else { &HUES_LIGHT };
    hues[n % hues.len()]
}

/// From the ninth on hues repeat, and lines are dashed.
fn route_dash(n: usize) -> Option<(f64, f64)> {
    match n / HUES_LIGHT.len() % 3 {
        0 => None,
        1 => Some((9.0, 4.0)),
        _ => Some((3.0, 3.0)),
    }
}

fn road_style(class: u8, metres_per_px: f64, theme: &Theme) -> (Rgb, f64) {
    let width = match class {
        0 => 2.8,
        1 => 2.3,
        2 => 1.9,
        3 => 1.5,
        4 => 1.1,
        _ => 0.8,
    };
    let near = match metres_per_px {
        m if m > 40.0 => 0.6,
        m if m > 15.0 => 0.8,
        m if m > 6.0 => 1.0,
        m if m > 2.5 => 1.6,
        m if m > 1.0 => 2.6,
        _ => 4.0,
    };
    let colour = match (class, is_dark(theme)) {
        (0 | 1, _) => theme.fan_inner,
        (2 | 3, false) => theme.line,
        (2 | 3, true) => theme.fan_outer,
        (_, false) => theme.line_soft,
        (_, true) => theme.line,
    };
    (colour, width * near)
}

/// Draws the ground and a part of the roads: those with indices in `part` of the order of drawing. A screen draws a large
/// town over several frames; `0..usize::MAX` is all.
pub fn draw_ground<DB: DrawingBackend>(
    root: &DrawingArea<DB, Shift>,
    theme: &Theme,
    view: View,
    roads: &[RoadLine],
    part: std::ops::Range<usize>,
) -> Result<(), DrawError<DB>> {
    let pen = Pen::new(root, theme);
    if part.start == 0 {
        pen.panel()?;
    }
    let size = pen.size();
    let eye = Eye { view, size: css_size(size, theme), scale: theme.scale };
    let clip = eye.clip(size);
    let metres = view.metres_per_px();
    // Small ones first: a motorway lies on top of a lane.
    let mut order: Vec<&RoadLine> = roads.iter().collect();
    order.sort_by_key(|road| std::cmp::Reverse(road.class));
    let part = part.start.min(order.len())..part.end.min(order.len());
    for road in &order[part] {
        let (colour, width) = road_style(road.class, metres, theme);
        for piece in eye.line(&road.points, &clip) {
            pen.line(&piece, colour, width)?;
        }
    }
    Ok(())
}

/// Radius of a numbered visit, CSS pixels.
const RING: f64 = 8.0;

/// A rectangle taken by something that labels must not cover, backend pixels.
type Taken = (f64, f64, f64, f64);

fn free(taken: &[Taken], r: Taken) -> bool {
    taken.iter().all(|t| r.2 <= t.0 || r.0 >= t.2 || r.3 <= t.1 || r.1 >= t.3)
}

impl MapChart {
    /// What is looked at in a drawing of `size` backend pixels.
    pub fn view(&self, size: (u32, u32), theme: &Theme) -> View {
        match self.look {
            Look::At(view) => view,
            Look::Fit(bounds) => View::fit(&bounds, css_size(size, theme), 28.0),
        }
    }

    fn eye(&self, size: (u32, u32), theme: &Theme) -> Eye {
        Eye { view: self.view(size, theme), size: css_size(size, theme), scale: theme.scale }
    }

    /// The place under a pointer (backend pixels), the topmost one: its index in `places`.
    pub fn hit_place(&self, at: (f64, f64), size: (u32, u32), theme: &Theme) -> Option<usize> {
        let eye = self.eye(size, theme);
        let reach = (RING + 3.0) * theme.scale;
        let near = self.places.iter().enumerate().filter_map(|(n, place)| {
            let (x, y) = eye.at(place.at);
            let away = (x - at.0).hypot(y - at.1);
            (away <= reach).then_some((n, away))
        });
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(n, _)| n)
    }

    /// The route under a pointer (backend pixels): its index in `routes`.
    pub fn hit_route(&self, at: (f64, f64), size: (u32, u32), theme: &Theme) -> Option<usize> {
        let eye = self.eye(size, theme);
        let reach = 6.0 * theme.scale;
        let near = self.routes.iter().enumerate().filter_map(|(n, route)| {
            let points: Vec<Xy> = route.points.iter().map(|p| eye.at(*p)).collect();
            let away =
                points.windows(2).map(|pair| distance_to(at, pair[0], pair[1])).fold(f64::MAX, f64::min);
            (away <= reach).then_some((n, away))
        });
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(n, _)| n)
    }

    /// Draws what lies on the roads: routes, places and their labels. The ground stays as it is. A screen moves this and
    /// the roads together, and draws [`MapChart::draw_margin`] on top of both.
    pub fn draw_over<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        self.draw_things(&Pen::new(root, theme), Vec::new())
    }

    /// Draws what stands still while the map moves: the scale bar, whose map it is, and the word about estimates.
    pub fn draw_margin<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let pen = Pen::new(root, theme);
        let eye = self.eye(pen.size(), theme);
        self.margin(&pen, &eye).map(|_| ())
    }

    fn draw_things<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        mut taken: Vec<Taken>,
    ) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        let size = pen.size();
        let eye = self.eye(size, theme);
        let clip = eye.clip(size);

        let mut routes: Vec<&RouteLine> = self.routes.iter().collect();
        routes.sort_by_key(|route| match route.weight {
            Weight::Quiet => 0,
            Weight::Normal => 1,
            Weight::Related | Weight::Selected => 2,
        });
        for route in &routes {
            draw_route(pen, &eye, &clip, route)?;
        }

        // Rings first, then what they leave free: a number that would cover another is a dot.
        let mut order: Vec<(usize, &Place)> = self.places.iter().enumerate().collect();
        order.sort_by_key(|(_, place)| match place.weight {
            Weight::Selected => (3, rank(&place.kind)),
            Weight::Related => (2, rank(&place.kind)),
            Weight::Normal => (1, rank(&place.kind)),
            Weight::Quiet => (0, rank(&place.kind)),
        });
        let mut spots: Vec<(usize, Xy, bool)> = Vec::new();
        for (n, place) in order.iter().rev() {
            let at = eye.at(place.at);
            if !clip.contains(at) {
                continue;
            }
            let reach = pen.css(reach_of(&place.kind));
            let r = (at.0 - reach, at.1 - reach, at.0 + reach, at.1 + reach);
            let full = place.weight == Weight::Selected
                || !matches!(place.kind, PlaceKind::Visit { .. })
                || free(&taken, r);
            if full {
                taken.push(r);
            }
            spots.push((*n, at, full));
        }
        for (n, at, full) in spots.iter().rev() {
            draw_place(pen, &self.places[*n], *at, *full)?;
        }
        for (n, at, full) in &spots {
            let place = &self.places[*n];
            if *full && !place.label.is_empty() {
                let reach = pen.css(reach_of(&place.kind) + 2.0);
                label_beside(pen, &clip, place, *at, reach, &mut taken)?;
            }
        }
        for route in routes.iter().rev() {
            label_route(pen, &eye, &clip, route, &mut taken)?;
        }
        Ok(())
    }

    /// Scale bar, attribution and the word about estimates; they stand whatever else there is.
    fn margin<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, eye: &Eye) -> Result<Vec<Taken>, DrawError<DB>> {
        let mut taken = Vec::new();
        let theme = pen.theme;
        let (width, height) = (f64::from(pen.size().0), f64::from(pen.size().1));
        let font = theme.font_size();
        let pad = pen.css(6.0);
        let back = theme.panel.unwrap_or(Rgb(0xff, 0xff, 0xff));

        let (metres, words) = scale_bar(eye.view.metres_per_px() * 110.0, self.lang);
        let bar = metres / eye.view.metres_per_px() * theme.scale;
        let wide = bar + pen.css(8.0) + pen.width(&words) * 1.1;
        let (x, y) = (pad + pen.css(4.0), height - pad - font * 0.6);
        let board = (pad, y - font * 0.95, x + wide + pen.css(2.0), height - pad + font * 0.15);
        pen.rect((board.0, board.1), (board.2, board.3), back, 0.82)?;
        pen.line(
            &[(x, y - pen.css(4.0)), (x, y), (x + bar, y), (x + bar, y - pen.css(4.0))],
            theme.muted,
            1.0,
        )?;
        pen.text(&words, (x + bar + pen.css(6.0), y - font * 0.05), theme.muted, HPos::Left, VPos::Center)?;
        taken.push(board);

        if !self.attribution.is_empty() {
            let words = text::fit(&self.attribution, font, width - board.2 - 3.0 * pad);
            let wide = pen.width(&words) * 1.08;
            let r = (width - pad - wide - pen.css(6.0), board.1, width - pad, board.3);
            pen.rect((r.0, r.1), (r.2, r.3), back, 0.82)?;
            pen.text(&words, (r.2 - pen.css(3.0), y - font * 0.05), theme.muted, HPos::Right, VPos::Center)?;
            taken.push(r);
        }
        if self.estimated {
            let words =
                self.lang.pick("estimated: no road map, straight lines", "估算：无道路地图，以直线代替");
            let wide = pen.width(words) * 1.08 + pen.css(10.0);
            let r = (pad, pad, pad + wide, pad + font * 1.7);
            pen.rect((r.0, r.1), (r.2, r.3), back, 0.9)?;
            pen.line(&[(r.0, r.1), (r.2, r.1), (r.2, r.3), (r.0, r.3), (r.0, r.1)], theme.line, 1.0)?;
            pen.text(words, (r.0 + pen.css(5.0), (r.1 + r.3) / 2.0), theme.muted, HPos::Left, VPos::Center)?;
            taken.push(r);
        }
        Ok(taken)
    }
}

fn css_size(size: (u32, u32), theme: &Theme) -> (f64, f64) {
    let scale = theme.scale.max(0.01);
    (f64::from(size.0) / scale, f64::from(size.1) / scale)
}

/// A view on a drawing of certain pixels.
struct Eye {
    view: View,
    size: (f64, f64),
    scale: f64,
}

impl Eye {
    /// Backend pixels of a place.
    fn at(&self, place: GeoPoint) -> Xy {
        let (x, y) = self.view.at(place, self.size);
        (x * self.scale, y * self.scale)
    }

    fn clip(&self, size: (u32, u32)) -> Clip {
        // A little over the edge, so that cut ends are not seen.
        let m = 8.0 * self.scale;
        Clip { left: -m, top: -m, right: f64::from(size.0) + m, bottom: f64::from(size.1) + m }
    }

    /// The pieces of a line in sight, without points nearer to each other than eyes resolve.
    fn line(&self, points: &[GeoPoint], clip: &Clip) -> Vec<Vec<Xy>> {
        let mut kept: Vec<Xy> = Vec::with_capacity(points.len());
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        let fine = 0.8 * self.scale;
        for (n, point) in points.iter().enumerate() {
            let at = self.at(*point);
            low = (low.0.min(at.0), low.1.min(at.1));
            high = (high.0.max(at.0), high.1.max(at.1));
            let last = n + 1 == points.len();
            match kept.last() {
                Some(before) if !last && (at.0 - before.0).hypot(at.1 - before.1) < fine => {}
                _ => kept.push(at),
            }
        }
        if kept.len() < 2
            || high.0 < clip.left
            || high.1 < clip.top
            || low.0 > clip.right
            || low.1 > clip.bottom
        {
            return Vec::new();
        }
        if low.0 >= clip.left && low.1 >= clip.top && high.0 <= clip.right && high.1 <= clip.bottom {
            return vec![kept];
        }
        clip.polyline(&kept)
    }
}

fn distance_to(p: Xy, a: Xy, b: Xy) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let share =
        if length > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (p.0 - a.0 - dx * share).hypot(p.1 - a.1 - dy * share)
}

/// What lies on top of what; the last is drawn last.
fn rank(kind: &PlaceKind) -> u8 {
    match kind {
        PlaceKind::Unplanned => 0,
        PlaceKind::Visit { state: VisitState::Served, .. } => 1,
        PlaceKind::Visit { state: VisitState::Planned, .. } => 2,
        PlaceKind::Visit { state: VisitState::Late, .. } => 3,
        PlaceKind::Unserved => 4,
        PlaceKind::Vehicle { .. } => 5,
        // Vehicles stand at it before and after their day: it stays to be seen.
        PlaceKind::Depot => 6,
    }
}

fn reach_of(kind: &PlaceKind) -> f64 {
    match kind {
        PlaceKind::Depot => 9.0,
        PlaceKind::Visit { .. } => RING + 1.0,
        PlaceKind::Unplanned => 5.0,
        PlaceKind::Unserved => 9.0,
        PlaceKind::Vehicle { .. } => 9.0,
    }
}

fn route_colour(route: &RouteLine, theme: &Theme) -> Rgb {
    match route.weight {
        Weight::Quiet => theme.bar,
        Weight::Normal => route_hue(theme, route.hue),
        Weight::Related | Weight::Selected => theme.accent,
    }
}

fn draw_route<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    eye: &Eye,
    clip: &Clip,
    route: &RouteLine,
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let colour = route_colour(route, theme);
    let width = match route.weight {
        Weight::Quiet => 1.6,
        Weight::Normal => 2.2,
        Weight::Related | Weight::Selected => 3.4,
    };
    let dash = if route.estimated { Some((6.0, 4.0)) } else { route_dash(route.hue) };
    for piece in eye.line(&route.points, clip) {
        if let (Weight::Selected | Weight::Related | Weight::Normal, Some(panel)) =
            (route.weight, theme.panel)
        {
            // A seam in the ground's colour keeps routes on the same road apart.
            pen.line(&piece, panel, width + 1.6)?;
        }
        match dash {
            Some(dash) => pen.dashed(&piece, colour, width, dash)?,
            None => pen.line(&piece, colour, width)?,
        }
        if route.weight == Weight::Selected {
            arrows(pen, &piece, colour)?;
        }
    }
    Ok(())
}

/// Which way it is driven: an arrow head every hundred pixels.
fn arrows<DB: DrawingBackend>(pen: &Pen<'_, DB>, piece: &[Xy], colour: Rgb) -> Result<(), DrawError<DB>> {
    let every = pen.css(100.0);
    let mut left = every * 0.5;
    for pair in piece.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        let mut along = left;
        while along < length {
            let (dx, dy) = ((b.0 - a.0) / length, (b.1 - a.1) / length);
            let tip = (a.0 + dx * along, a.1 + dy * along);
            let (r, s) = (pen.css(7.0), pen.css(4.2));
            let tail = (tip.0 - dx * r, tip.1 - dy * r);
            pen.fill(
                &[tip, (tail.0 - dy * s, tail.1 + dx * s), (tail.0 + dy * s, tail.1 - dx * s)],
                colour,
                1.0,
            )?;
            along += every;
        }
        left = along - length;
    }
    Ok(())
}

fn ring<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    at: Xy,
    radius: f64,
    edge: Rgb,
    inside: Rgb,
    width: f64,
) -> Result<(), DrawError<DB>> {
    pen.dot(at, radius, edge)?;
    pen.dot(at, radius - width, inside)
}

fn draw_place<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    place: &Place,
    at: Xy,
    full: bool,
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let ground = theme.panel.unwrap_or(Rgb(0xff, 0xff, 0xff));
    let chosen = place.weight == Weight::Selected;
    let quiet = place.weight == Weight::Quiet;
    let (x, y) = at;
    match place.kind {
        PlaceKind::Depot => {
            let ink = if chosen { theme.accent } else { theme.text };
            let c = |v: f64| pen.css(v);
            let house = |m: f64| {
                [
                    (x - c(7.0 + m), y + c(7.0 + m)),
                    (x - c(7.0 + m), y - c(1.5)),
                    (x, y - c(8.0 + m)),
                    (x + c(7.0 + m), y - c(1.5)),
                    (x + c(7.0 + m), y + c(7.0 + m)),
                ]
            };
            pen.fill(&house(1.8), ground, 1.0)?;
            pen.fill(&house(0.0), ink, 1.0)?;
            pen.rect((x - c(2.5), y + c(1.0)), (x + c(2.5), y + c(7.0)), ground, 1.0)
        }
        PlaceKind::Visit { number, hue, state } => {
            let edge = match place.weight {
                Weight::Selected | Weight::Related => theme.accent,
                Weight::Quiet => theme.bar,
                Weight::Normal => route_hue(theme, hue),
            };
            if !full {
                pen.dot(at, 4.0, ground)?;
                pen.dot(at, 3.0, edge)?;
            } else {
                let done = state == VisitState::Served;
                let inside = match (chosen, done) {
                    (true, _) => theme.accent,
                    (_, true) => theme.line_soft,
                    _ => ground,
                };
                pen.dot(at, RING + 1.2, ground)?;
                ring(pen, at, RING, edge, inside, 1.6)?;
                let ink = match (chosen, quiet || done) {
                    (true, _) => ground,
                    (_, true) => theme.muted,
                    _ => theme.text,
                };
                let size = theme.font_size() * if number > 99 { 0.78 } else { 0.95 };
                pen.text_sized(&number.to_string(), at, ink, HPos::Center, VPos::Center, size)?;
            }
            if state == VisitState::Late {
                let (x, y) = if full { (x + pen.css(8.5), y - pen.css(8.0)) } else { at };
                pen.fill(&triangle((x, y), pen.css(6.2)), ground, 1.0)?;
                pen.fill(&triangle((x, y), pen.css(4.4)), theme.high, 1.0)?;
            }
            Ok(())
        }
        PlaceKind::Unplanned => {
            let edge = if chosen { theme.accent } else { theme.muted };
            pen.dot(at, 5.5, ground)?;
            ring(
                pen,
                at,
                if chosen { 5.5 } else { 4.2 },
                edge,
                if chosen { theme.accent } else { ground },
                1.4,
            )
        }
        PlaceKind::Unserved => {
            let r = if chosen { 10.5 } else { 8.5 };
            let colour = if chosen { theme.accent } else { theme.high };
            pen.fill(&triangle(at, pen.css(r + 2.4)), ground, 1.0)?;
            pen.fill(&triangle(at, pen.css(r)), colour, 1.0)?;
            let (top, foot) = (y - pen.css(r * 0.35), y + pen.css(r * 0.3));
            pen.line(&[(x, top), (x, foot)], ground, 1.7)?;
            pen.dot((x, y + pen.css(r * 0.58)), 1.0, ground)
        }
        PlaceKind::Vehicle { heading_deg, stale } => {
            let ink = match (chosen, stale) {
                (true, _) => theme.accent,
                (_, true) => theme.muted,
                _ => theme.text,
            };
            match heading_deg {
                Some(degrees) => {
                    let arrow = |grow: f64| {
                        let turn = f64::from(degrees).to_radians();
                        let (sin, cos) = turn.sin_cos();
                        let (r, s) = (pen.css(9.0 + grow * 1.6), pen.css(6.0 + grow * 1.2));
                        [(0.0, -r), (s, r * 0.75), (0.0, r * 0.4), (-s, r * 0.75)]
                            .map(|(dx, dy)| (x + dx * cos - dy * sin, y + dx * sin + dy * cos))
                    };
                    pen.fill(&arrow(1.4), ground, 1.0)?;
                    pen.fill(&arrow(0.0), ink, 1.0)?;
                    if stale { pen.fill(&arrow(-1.8), ground, 1.0) } else { Ok(()) }
                }
                None => {
                    pen.dot(at, 7.5, ground)?;
                    ring(pen, at, 6.0, ink, if stale { ground } else { ink }, 1.6)
                }
            }
        }
    }
}

fn triangle(at: Xy, r: f64) -> [Xy; 3] {
    [(at.0, at.1 - r), (at.0 + r * 1.1, at.1 + r * 0.85), (at.0 - r * 1.1, at.1 + r * 0.85)]
}

fn label_beside<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    clip: &Clip,
    place: &Place,
    at: Xy,
    reach: f64,
    taken: &mut Vec<Taken>,
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let font = theme.font_size();
    // System fonts run wider than our table.
    let (wide, high) = (pen.width(&place.label) * 1.08 + pen.css(6.0), font * 1.35);
    let chosen = place.weight == Weight::Selected;
    let boxes = [
        (at.0 + reach, at.1 - high / 2.0),
        (at.0 - reach - wide, at.1 - high / 2.0),
        (at.0 - wide / 2.0, at.1 - reach - high),
        (at.0 - wide / 2.0, at.1 + reach),
    ];
    let inside = |r: &Taken| r.0 > 0.0 && r.1 > 0.0 && r.2 < clip.right && r.3 < clip.bottom;
    let found =
        boxes.map(|(x, y)| (x, y, x + wide, y + high)).into_iter().find(|r| inside(r) && free(taken, *r));
    let Some(r) =
        found.or_else(|| chosen.then(|| (boxes[0].0, boxes[0].1, boxes[0].0 + wide, boxes[0].1 + high)))
    else {
        return Ok(());
    };
    pen.rect((r.0, r.1), (r.2, r.3), theme.panel.unwrap_or(Rgb(0xff, 0xff, 0xff)), 0.85)?;
    let ink = if chosen { theme.accent } else { theme.text };
    let middle = ((r.0 + r.2) / 2.0, (r.1 + r.3) / 2.0);
    pen.text(&place.label, middle, ink, HPos::Center, VPos::Center)?;
    taken.push(r);
    Ok(())
}

/// The vehicle's code on its line, where nothing else stands.
fn label_route<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    eye: &Eye,
    clip: &Clip,
    route: &RouteLine,
    taken: &mut Vec<Taken>,
) -> Result<(), DrawError<DB>> {
    if route.label.is_empty() {
        return Ok(());
    }
    let theme = pen.theme;
    let font = theme.font_size();
    let (wide, high) = (pen.width(&route.label) * 1.08 + pen.css(8.0), font * 1.5);
    let pieces = eye.line(&route.points, clip);
    let Some(piece) = pieces.iter().max_by_key(|piece| piece.len()) else { return Ok(()) };
    let length: f64 = piece.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum();
    if length < wide {
        return Ok(());
    }
    // Routes leave the depot together: the middle of the way tells them apart best.
    for n in 0..24 {
        let side = f64::from(n / 2 + n % 2) * if n % 2 == 0 { 1.0 } else { -1.0 };
        let Some((x, y)) = along(piece, length * (0.5 + side * 0.036)) else { continue };
        let r = (x - wide / 2.0, y - high / 2.0, x + wide / 2.0, y + high / 2.0);
        let inside = r.0 > 0.0 && r.1 > 0.0 && r.2 < clip.right && r.3 < clip.bottom;
        if inside && free(taken, r) {
            let colour = route_colour(route, theme);
            pen.rect((r.0, r.1), (r.2, r.3), theme.panel.unwrap_or(Rgb(0xff, 0xff, 0xff)), 1.0)?;
            pen.line(&[(r.0, r.1), (r.2, r.1), (r.2, r.3), (r.0, r.3), (r.0, r.1)], colour, 1.0)?;
            let ink = match route.weight {
                Weight::Quiet => theme.muted,
                Weight::Normal => theme.text,
                Weight::Related | Weight::Selected => theme.accent,
            };
            pen.text(&route.label, (x, y), ink, HPos::Center, VPos::Center)?;
            taken.push(r);
            break;
        }
    }
    Ok(())
}

fn along(piece: &[Xy], mut left: f64) -> Option<Xy> {
    for pair in piece.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        if length >= left && length > 0.0 {
            let share = left / length;
            return Some((a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share));
        }
        left -= length;
    }
    piece.last().copied()
}

/// `1 visit`, `2 visits`.
pub(crate) fn many(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The longest round length up to `metres`, and it in words.
fn scale_bar(metres: f64, lang: Lang) -> (f64, String) {
    let metres = if metres.is_finite() { metres.clamp(1.0, 1e7) } else { 1000.0 };
    let power = 10f64.powf(metres.log10().floor());
    let length = [5.0, 2.0, 1.0].into_iter().map(|f| f * power).find(|l| *l <= metres).unwrap_or(power);
    let words = if length >= 1000.0 {
        format!("{} {}", number(length / 1000.0, 0), lang.pick("km", "公里"))
    } else {
        format!("{} {}", number(length, 0), lang.pick("m", "米"))
    };
    (length, words)
}

impl Chart for MapChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let pen = Pen::new(root, theme);
        draw_ground(root, theme, self.view(pen.size(), theme), &self.roads, 0..usize::MAX)?;
        let eye = self.eye(pen.size(), theme);
        // Labels keep clear of the margin's words, which are drawn again on top of lines that run under them.
        let taken = self.margin(&pen, &eye)?;
        self.draw_things(&pen, taken)?;
        self.margin(&pen, &eye)?;
        let (width, height) = pen.size();
        let edge = |v: u32| v as i32 - 1;
        let frame = Frame {
            left: 0,
            top: 0,
            right: edge(width),
            bottom: edge(height),
            x_from: 0.0,
            x_to: 1.0,
            y_from: 0.0,
            y_to: 1.0,
        };
        pen.outline(&frame, theme.line)
    }

    fn summary(&self, lang: Lang) -> String {
        let count = |test: &dyn Fn(&PlaceKind) -> bool| self.places.iter().filter(|p| test(&p.kind)).count();
        let visits = count(&|k| matches!(k, PlaceKind::Visit { .. }));
        let late = count(&|k| matches!(k, PlaceKind::Visit { state: VisitState::Late, .. }));
        let unserved = count(&|k| matches!(k, PlaceKind::Unserved));
        let unplanned = count(&|k| matches!(k, PlaceKind::Unplanned));
        let vehicles = count(&|k| matches!(k, PlaceKind::Vehicle { .. }));
        let routes = self.routes.len();
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(": ", "："))
        };
        let mut words = match lang {
            Lang::En => {
                format!(
                    "{title}a map with {}, {} and {}.",
                    many(routes, "route"),
                    many(visits, "visit"),
                    many(vehicles, "vehicle")
                )
            }
            Lang::ZhHans => format!("{title}地图：{routes} 条线路、{visits} 个停靠点、{vehicles} 辆车。"),
        };
        let tell = [
            (late, "late", "晚到"),
            (unserved, "not served", "未安排"),
            (unplanned, "not planned yet", "待规划"),
        ];
        for (n, english, chinese) in tell {
            if n > 0 {
                words.push_str(&match lang {
                    Lang::En => format!(" {n} {english}."),
                    Lang::ZhHans => format!("{chinese} {n} 个。"),
                });
            }
        }
        if self.estimated {
            words.push_str(
                lang.pick(" Lines are estimates, there is no road map.", "线路为估算，无道路地图。"),
            );
        }
        words
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let header = header(
            lang,
            &[
                ("what", "类型"),
                ("number", "序号"),
                ("label", "名称"),
                ("latitude", "纬度"),
                ("longitude", "经度"),
            ],
        );
        let rows = self.places.iter().map(|place| {
            let (what, number) = match place.kind {
                PlaceKind::Depot => (lang.pick("depot", "仓库"), String::new()),
                PlaceKind::Visit { number, state, .. } => (
                    match state {
                        VisitState::Planned => lang.pick("visit", "停靠点"),
                        VisitState::Served => lang.pick("visit, served", "停靠点，已送达"),
                        VisitState::Late => lang.pick("visit, late", "停靠点，晚到"),
                    },
                    number.to_string(),
                ),
                PlaceKind::Unplanned => (lang.pick("not planned", "待规划"), String::new()),
                PlaceKind::Unserved => (lang.pick("not served", "未安排"), String::new()),
                PlaceKind::Vehicle { stale, .. } => (
                    if stale {
                        lang.pick("vehicle, old position", "车辆，位置已过时")
                    } else {
                        lang.pick("vehicle", "车辆")
                    },
                    String::new(),
                ),
            };
            let degrees = |v: f64| format!("{v:.5}");
            vec![
                what.to_owned(),
                number,
                place.label.clone(),
                degrees(place.at.lat()),
                degrees(place.at.lon()),
            ]
        });
        Table { header, rows: rows.collect() }
    }

    /// The ends are the unit square's of [`project`], y turned to grow south.
    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        let eye = self.eye(size, theme);
        let (from, to) = (eye.view.world((0.0, 0.0), eye.size), eye.view.world(eye.size, eye.size));
        Frame {
            left: 0,
            top: 0,
            right: size.0 as i32,
            bottom: size.1 as i32,
            x_from: from.0,
            x_to: to.0,
            y_from: to.1,
            y_to: from.1,
        }
    }
}

#[cfg(test)]
mod tests;
