//! Bins to a plan of the floor: where they were measured, else where their codes say they are.
//!
//! Codes are read as most warehouses write them: aisle, rack, level (`A-03-2`, `RM1-RACK2-SHELF3`), and with four parts aisle,
//! bay, level, place. A layout made from codes is a drawing, not a measurement: each bin says which it is. Racks stand back
//! to back in pairs with an aisle between the pairs. Does not know tables, screens or stock.

use crate::stock::Spot;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A rack's place along the aisle and its depth, mm, where nothing tells: a pallet's with some air.
pub const PLACE_MM: (i64, i64) = (1_400, 1_200);

/// Between two pairs of racks, mm.
const AISLE_MM: i64 = 2_800;

/// Between two zones, mm.
const ZONE_GAP_MM: i64 = 3_500;

/// Racks in a row before it is folded.
const ROW_MAX: usize = 60;

/// A bin to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its code.
    pub code: &'a str,
    /// The zone it is in, by name; empty: none is known.
    pub zone: &'a str,
    /// Where it was measured.
    pub spot: Option<Spot>,
}

/// Where a bin is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    /// Its middle, mm.
    pub x_mm: i64,
    /// The same across.
    pub y_mm: i64,
    /// How wide its place is, mm.
    pub width_mm: i64,
    /// How deep.
    pub depth_mm: i64,
    /// Its level; 1 is the floor.
    pub level: i32,
    /// The zone it is drawn in: its own, else what its code begins with.
    pub area: String,
    /// Its code told where it is; nobody measured it.
    pub derived: bool,
}

/// A text in the order people count: `A2` before `A10`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Natural(Vec<(String, u64)>);

impl Natural {
    fn of(text: &str) -> Self {
        let (mut parts, mut word, mut number) = (Vec::new(), String::new(), None::<u64>);
        for c in text.chars() {
            match c.to_digit(10) {
                Some(digit) => {
                    number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit.into()));
                }
                None => {
                    if let Some(number) = number.take() {
                        parts.push((std::mem::take(&mut word), number));
                    }
                    word.extend(c.to_uppercase());
                }
            }
        }
        parts.push((word, number.unwrap_or(0)));
        Self(parts)
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

/// Orders codes as people count.
pub fn natural(a: &str, b: &str) -> Ordering {
    Natural::of(a).cmp(&Natural::of(b)).then_with(|| a.cmp(b))
}

/// What a code says of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parts {
    /// The room, where the code has one beside the aisle.
    room: String,
    aisle: String,
    rack: String,
    level: String,
}

fn tokens(code: &str) -> Vec<String> {
    let split: Vec<String> = code
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let [only] = split.as_slice() else { return split };
    // `A0102`: letters, then digits in pairs.
    let at = only.find(|c: char| c.is_ascii_digit()).unwrap_or(only.len());
    let (word, digits) = only.split_at(at);
    let paired = digits.len() >= 4 && digits.len() % 2 == 0 && digits.bytes().all(|b| b.is_ascii_digit());
    if !paired {
        return split;
    }
    let mut out = if word.is_empty() { Vec::new() } else { vec![word.to_owned()] };
    out.extend(digits.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()));
    out
}

fn hints(token: &str, words: &[&str]) -> bool {
    let word = token.trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase();
    words.contains(&word.as_str())
}

fn parts(code: &str) -> Parts {
    let tokens = tokens(code);
    let own = |at: usize| tokens.get(at).cloned().unwrap_or_default();
    let numbered = tokens.iter().any(|token| token.chars().any(char::is_numeric));
    let shelf = |token: &String| hints(token, &["shelf", "level", "lvl", "tier", "l", "层", "层架"]);
    let room = |token: &String| hints(token, &["rm", "room", "zone", "wh", "hall", "库", "区"]);
    match tokens.len() {
        // A name, not an address: a place of its own.
        _ if !numbered => Parts { aisle: code.to_owned(), ..Parts::default() },
        0 | 1 => Parts { rack: code.to_owned(), ..Parts::default() },
        2 if shelf(&tokens[1]) => Parts { rack: own(0), level: own(1), ..Parts::default() },
        2 => Parts { aisle: own(0), rack: own(1), ..Parts::default() },
        3 if room(&tokens[0]) => Parts { room: own(0), aisle: own(0), rack: own(1), level: own(2) },
        3 => Parts { aisle: own(0), rack: own(1), level: own(2), ..Parts::default() },
        n if shelf(&tokens[n - 1]) || room(&tokens[0]) => {
            Parts { room: own(0), aisle: tokens[..n - 2].join("-"), rack: own(n - 2), level: own(n - 1) }
        }
        // Aisle, bay, level, place.
        n => Parts {
            aisle: tokens[..n - 3].join("-"),
            rack: format!("{}-{}", tokens[n - 3], tokens[n - 1]),
            level: own(n - 2),
            ..Parts::default()
        },
    }
}

/// The smallest step between neighbours along one line, where there is one a place could be wide.
fn step(lines: &BTreeMap<i64, BTreeSet<i64>>, usual: i64) -> i64 {
    let gaps = lines.values().flat_map(|at| at.iter().zip(at.iter().skip(1)).map(|(a, b)| b - a));
    let least = gaps.filter(|gap| *gap >= 200).min();
    least.map_or(usual, |gap| gap.min(3_000))
}

/// Where each bin of one warehouse is drawn, in the order they were given.
pub fn lay_out(bins: &[Asked<'_>]) -> Vec<Laid> {
    let mut out: Vec<Option<Laid>> = vec![None; bins.len()];
    let told: Vec<Parts> = bins.iter().map(|bin| parts(bin.code)).collect();
    let area =
        |at: usize| if bins[at].zone.is_empty() { told[at].room.clone() } else { bins[at].zone.to_owned() };
    let (mut along, mut across): (BTreeMap<i64, BTreeSet<i64>>, BTreeMap<i64, BTreeSet<i64>>) =
        Default::default();
    for spot in bins.iter().filter_map(|bin| bin.spot) {
        along.entry(spot.y_mm).or_default().insert(spot.x_mm);
        across.entry(spot.x_mm).or_default().insert(spot.y_mm);
    }
    let (width, depth) = (step(&along, PLACE_MM.0), step(&across, PLACE_MM.1));
    let mut below = 0;
    for (at, bin) in bins.iter().enumerate() {
        if let Some(spot) = bin.spot {
            below = below.max(spot.y_mm + depth / 2 + ZONE_GAP_MM);
            out[at] = Some(Laid {
                x_mm: spot.x_mm,
                y_mm: spot.y_mm,
                width_mm: width,
                depth_mm: depth,
                level: spot.level,
                area: area(at),
                derived: false,
            });
        }
    }
    // What nobody measured, zone by zone.
    let mut zones: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for at in (0..bins.len()).filter(|at| bins[*at].spot.is_none()) {
        zones.entry(Name(area(at))).or_default().push(at);
    }
    let blocks: Vec<Block> = zones.values().map(|of| block(of, &told)).collect();
    let total: i64 =
        blocks.iter().map(|block| (block.size.0 + ZONE_GAP_MM) * (block.size.1 + ZONE_GAP_MM)).sum();
    let widest = blocks.iter().map(|block| block.size.0).max().unwrap_or(0);
    // About three wide to two deep, as screens are.
    let wide = widest.max(((total as f64) * 1.6).sqrt() as i64);
    let (mut x, mut y, mut high) = (0, below, 0);
    for (block, name) in blocks.iter().zip(zones.keys()) {
        if x > 0 && x + block.size.0 > wide {
            (x, y, high) = (0, y + high + ZONE_GAP_MM, 0);
        }
        for (at, place) in &block.places {
            out[*at] = Some(Laid {
                x_mm: x + place.0,
                y_mm: y + place.1,
                width_mm: PLACE_MM.0,
                depth_mm: PLACE_MM.1,
                level: place.2,
                area: name.0.clone(),
                derived: true,
            });
        }
        (x, high) = (x + block.size.0 + ZONE_GAP_MM, high.max(block.size.1));
    }
    out.into_iter().flatten().collect()
}

/// A name in the order people count, as a key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name(String);

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        natural(&self.0, &other.0)
    }
}

/// The racks of a zone, laid out from its corner.
struct Block {
    places: Vec<(usize, (i64, i64, i32))>,
    size: (i64, i64),
}

/// The number of a name among those of its kind.
fn ranks<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<String, usize> {
    let mut sorted: Vec<&String> = names.collect();
    sorted.sort_by(|a, b| natural(a, b));
    sorted.dedup();
    sorted.into_iter().cloned().zip(0..).collect()
}

fn block(of: &[usize], told: &[Parts]) -> Block {
    let mut aisles: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for at in of {
        aisles.entry(Name(told[*at].aisle.clone())).or_default().push(*at);
    }
    let (mut places, mut row, mut longest) = (Vec::with_capacity(of.len()), 0_i64, 0_i64);
    for of in aisles.values() {
        let racks = ranks(of.iter().map(|at| &told[*at].rack));
        let levels = ranks(of.iter().map(|at| &told[*at].level));
        for at in of {
            let rack = racks.get(&told[*at].rack).copied().unwrap_or(0);
            let level = levels.get(&told[*at].level).copied().unwrap_or(0);
            let (line, along) = (row + (rack / ROW_MAX) as i64, (rack % ROW_MAX) as i64);
            let pair = line / 2;
            let y = pair * (2 * PLACE_MM.1 + AISLE_MM) + (line % 2) * PLACE_MM.1 + PLACE_MM.1 / 2;
            let x = along * PLACE_MM.0 + PLACE_MM.0 / 2;
            longest = longest.max(x + PLACE_MM.0 / 2);
            places.push((*at, (x, y, i32::try_from(level).unwrap_or(0) + 1)));
        }
        row += racks.len().div_ceil(ROW_MAX).max(1) as i64;
    }
    let deep = places.iter().map(|(_, place)| place.1).max().unwrap_or(0) + PLACE_MM.1 / 2;
    Block { places, size: (longest, deep) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(codes: &[&'static str]) -> Vec<Asked<'static>> {
        codes.iter().map(|code| Asked { code, zone: "", spot: None }).collect()
    }

    #[test]
    fn codes_tell_rack_and_level() {
        let read = |code: &str| {
            let p = parts(code);
            format!("{}|{}|{}|{}", p.room, p.aisle, p.rack, p.level)
        };
        assert_eq!(read("A-03-2"), "|A|03|2");
        assert_eq!(read("A0302"), "|A|03|02");
        assert_eq!(read("RM1-RACK2-SHELF3"), "RM1|RM1|RACK2|SHELF3");
        assert_eq!(read("RACK2-SHELF3"), "||RACK2|SHELF3");
        assert_eq!(read("A-03"), "|A|03|");
        assert_eq!(read("A-03-2-1"), "|A|03-1|2");
        assert_eq!(read("COLD ROOM"), "|COLD ROOM||");
        assert_eq!(read("R01"), "||R01|");
        assert_eq!(read(""), "|||");
    }

    #[test]
    fn no_two_bins_are_drawn_on_one_spot() {
        let codes: Vec<String> = (1..=3)
            .flat_map(|aisle| {
                (1..=70).flat_map(move |rack| (1..=4).map(move |level| format!("{aisle}-{rack}-{level}")))
            })
            .chain(["COLD ROOM".into(), "STAGING".into()])
            .collect();
        let bins: Vec<Asked<'_>> = codes.iter().map(|code| Asked { code, zone: "", spot: None }).collect();
        let laid = lay_out(&bins);
        assert_eq!(laid.len(), bins.len());
        let spots: BTreeSet<_> = laid.iter().map(|one| (one.x_mm, one.y_mm, one.level)).collect();
        assert_eq!(spots.len(), bins.len());
        assert!(laid.iter().all(|one| one.derived));
    }

    #[test]
    fn levels_stand_on_one_another_and_numbers_count() {
        let laid = lay_out(&asked(&["A-10-1", "A-2-1", "A-2-2"]));
        assert_eq!((laid[1].x_mm, laid[1].y_mm), (laid[2].x_mm, laid[2].y_mm));
        assert_eq!((laid[1].level, laid[2].level), (1, 2));
        assert!(laid[0].x_mm > laid[1].x_mm, "10 comes after 2");
    }

    #[test]
    fn what_was_measured_stays_where_it_is() {
        let spot = |x_mm, y_mm, level| Some(Spot { x_mm, y_mm, level });
        let bins = [
            Asked { code: "A-1", zone: "Cold", spot: spot(1_000, 2_000, 1) },
            Asked { code: "A-2", zone: "Cold", spot: spot(1_900, 2_000, 2) },
            Asked { code: "B-1", zone: "", spot: None },
        ];
        let laid = lay_out(&bins);
        assert_eq!((laid[1].x_mm, laid[1].y_mm, laid[1].level, laid[1].width_mm), (1_900, 2_000, 2, 900));
        assert!(!laid[0].derived && laid[2].derived);
        assert!(laid[2].y_mm > 2_000 + ZONE_GAP_MM, "what is only drawn lies beside what was measured");
    }
}
