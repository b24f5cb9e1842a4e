//! A route as GPX 1.1: its visits as waypoints of a route, the way driven as a track, with names and planned times.
//!
//! Written by hand: the format is a dozen elements whose order matters (topografix.com/GPX/1/1/gpx.xsd), and names are whatever people
//! typed. Text is escaped, and what XML can't hold is left out.

use std::fmt::Write as _;
use units::{GeoPoint, Timestamp};

/// A place of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpxPlace {
    /// Where.
    pub place: GeoPoint,
    /// Planned.
    pub at: Option<Timestamp>,
    /// What a device shows: `3 Birch Grocery`.
    pub name: String,
    /// What the driver should know: address, weight, window.
    pub description: String,
}

/// One vehicle's day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpxRoute {
    /// `TRUCK-1 2026-11-22`.
    pub name: String,
    /// A line more.
    pub description: String,
    /// When the file was made.
    pub made_at: Option<Timestamp>,
    /// Whose roads the track follows: `OpenStreetMap contributors`; empty: nobody's.
    pub roads_of: String,
    /// Depot, visits, depot.
    pub places: Vec<GpxPlace>,
    /// The way driven, with the planned time at each point where known.
    pub track: Vec<(GeoPoint, Option<Timestamp>)>,
}

/// Text between tags or in an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// A GPX 1.1 file, UTF-8.
pub fn write(route: &GpxRoute) -> Vec<u8> {
    let mut out = String::with_capacity(512 + 96 * (route.track.len() + 3 * route.places.len()));
    // Writing to a String does not fail.
    let _ = put(&mut out, route);
    out.into_bytes()
}

fn element(out: &mut String, indent: &str, tag: &str, text: &str) -> std::fmt::Result {
    if text.trim().is_empty() {
        Ok(())
    } else {
        writeln!(out, "{indent}<{tag}>{}</{tag}>", escaped(text.trim()))
    }
}

fn point(out: &mut String, indent: &str, tag: &str, place: GeoPoint) -> std::fmt::Result {
    write!(out, "{indent}<{tag} lat=\"{:.7}\" lon=\"{:.7}\"", place.lat(), place.lon())
}

fn put(out: &mut String, route: &GpxRoute) -> std::fmt::Result {
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(
        "<gpx version=\"1.1\" creator=\"Quartermaster\" xmlns=\"http://www.topografix.com/GPX/1/1\" ",
    );
    out.push_str("xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ");
    out.push_str(
        "xsi:schemaLocation=\"http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd\">\n",
    );
    out.push_str("  <metadata>\n");
    element(out, "    ", "name", &route.name)?;
    element(out, "    ", "desc", &route.description)?;
    if !route.roads_of.trim().is_empty() {
        let licence = "https://www.openstreetmap.org/copyright";
        writeln!(out, "    <copyright author=\"{}\">", escaped(route.roads_of.trim()))?;
        writeln!(out, "      <license>{licence}</license>\n    </copyright>")?;
    }
    if let Some(at) = route.made_at {
        element(out, "    ", "time", &at.to_string())?;
    }
    let all = route.places.iter().map(|place| place.place).chain(route.track.iter().map(|(place, _)| *place));
    let bounds = all.fold(None, |known: Option<(GeoPoint, GeoPoint)>, place| {
        let (low, high) = known.unwrap_or((place, place));
        let corner = |a: GeoPoint, pick: fn(i32, i32) -> i32| GeoPoint {
            lat_e7: pick(a.lat_e7, place.lat_e7),
            lon_e7: pick(a.lon_e7, place.lon_e7),
        };
        Some((corner(low, i32::min), corner(high, i32::max)))
    });
    if let Some((low, high)) = bounds {
        writeln!(
            out,
            "    <bounds minlat=\"{:.7}\" minlon=\"{:.7}\" maxlat=\"{:.7}\" maxlon=\"{:.7}\"/>",
            low.lat(),
            low.lon(),
            high.lat(),
            high.lon()
        )?;
    }
    out.push_str("  </metadata>\n  <rte>\n");
    element(out, "    ", "name", &route.name)?;
    element(out, "    ", "desc", &route.description)?;
    for place in &route.places {
        point(out, "    ", "rtept", place.place)?;
        out.push_str(">\n");
        if let Some(at) = place.at {
            element(out, "      ", "time", &at.to_string())?;
        }
        element(out, "      ", "name", &place.name)?;
        element(out, "      ", "desc", &place.description)?;
        out.push_str("    </rtept>\n");
    }
    out.push_str("  </rte>\n  <trk>\n");
    element(out, "    ", "name", &route.name)?;
    out.push_str("    <trkseg>\n");
    for (place, at) in &route.track {
        point(out, "      ", "trkpt", *place)?;
        match at {
            Some(at) => writeln!(out, "><time>{at}</time></trkpt>")?,
            None => out.push_str("/>\n"),
        }
    }
    out.push_str("    </trkseg>\n  </trk>\n</gpx>\n");
    Ok(())
}
