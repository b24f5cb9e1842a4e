//! What a file's columns mean by their places alone, where no names say it: a file without a header, or with one in words nobody knows.
//!
//! A shape is a row of fields as programs import and people type them; it fits where there are as many columns and each holds what its
//! field needs: a day, a number, a text. One that fits alone is a suggestion, several are a question. It is never believed unseen: who
//! imports says yes to it.

use crate::columns::{Field, Kind, Mapping};
use crate::dates::{self, DateShape};
use crate::numbers::{self, DecimalMark};

/// What a column has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    Number,
    Day,
}

/// One column of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    field: Option<Field>,
    holds: Holds,
    /// Every row says something in it.
    filled: bool,
}

/// A row of columns by their places.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its name.
    pub key: &'static str,
    /// What such a file holds.
    pub kind: Kind,
    places: &'static [Place],
}

const fn text(field: Field) -> Place {
    Place { field: Some(field), holds: Holds::Text, filled: false }
}
const fn code(field: Field) -> Place {
    Place { field: Some(field), holds: Holds::Text, filled: true }
}
const fn number(field: Field) -> Place {
    Place { field: Some(field), holds: Holds::Number, filled: true }
}
const fn figure(field: Field) -> Place {
    Place { field: Some(field), holds: Holds::Number, filled: false }
}
const fn day(field: Field) -> Place {
    Place { field: Some(field), holds: Holds::Day, filled: true }
}
const fn date(field: Field) -> Place {
    Place { field: Some(field), holds: Holds::Day, filled: false }
}
const OTHER: Place = Place { field: None, holds: Holds::Text, filled: false };

use Field::*;

/// The shapes: the positional importers of OpenBoxes (stock A–H, levels A–K) and GreaterWMS (goods), and the plain rows that people type.
static SHAPES: [Shape; 14] = [
    Shape {
        key: "orders-4",
        kind: Kind::Orders,
        places: &[day(OrderedAt), code(OrderRef), code(Sku), number(Quantity)],
    },
    Shape {
        key: "orders-4-ref",
        kind: Kind::Orders,
        places: &[code(OrderRef), day(OrderedAt), code(Sku), number(Quantity)],
    },
    Shape { key: "orders-3", kind: Kind::Orders, places: &[day(OrderedAt), code(Sku), number(Quantity)] },
    Shape {
        key: "orders-5",
        kind: Kind::Orders,
        places: &[day(OrderedAt), code(OrderRef), code(Sku), number(Quantity), number(NetAmount)],
    },
    Shape {
        key: "orders-5-ref",
        kind: Kind::Orders,
        places: &[code(OrderRef), day(OrderedAt), code(Sku), number(Quantity), number(NetAmount)],
    },
    Shape { key: "stock-2", kind: Kind::Stock, places: &[code(Sku), number(OnHand)] },
    Shape { key: "stock-3", kind: Kind::Stock, places: &[code(Sku), text(Name), number(OnHand)] },
    Shape { key: "stock-3-bin", kind: Kind::Stock, places: &[code(Bin), code(Sku), number(OnHand)] },
    Shape {
        key: "stock-5",
        kind: Kind::Stock,
        places: &[code(Sku), text(Lot), date(Expiry), text(Bin), number(OnHand)],
    },
    Shape {
        key: "openboxes-stock",
        kind: Kind::Stock,
        places: &[
            code(Sku),
            text(Name),
            text(Lot),
            date(Expiry),
            text(Bin),
            number(OnHand),
            OTHER,
            text(Note),
        ],
    },
    Shape {
        key: "suppliers-3",
        kind: Kind::Suppliers,
        places: &[code(SupplierCode), code(SupplierName), number(LeadTimeDays)],
    },
    Shape { key: "items-2", kind: Kind::Items, places: &[code(Sku), code(Name)] },
    Shape {
        key: "openboxes-levels",
        kind: Kind::Levels,
        places: &[
            code(Sku),
            text(Name),
            text(Site),
            OTHER,
            OTHER,
            text(Bin),
            OTHER,
            OTHER,
            figure(LevelMin),
            figure(LevelReorder),
            figure(LevelMax),
        ],
    },
    Shape {
        key: "greaterwms-goods",
        kind: Kind::Items,
        places: &[
            code(Sku),
            text(Name),
            text(SupplierName),
            OTHER,
            OTHER,
            OTHER,
            OTHER,
            OTHER,
            text(UnitOfMeasure),
            text(Category),
            OTHER,
            OTHER,
            OTHER,
            OTHER,
            OTHER,
            figure(UnitCost),
            OTHER,
        ],
    },
];

fn is_number(text: &str) -> bool {
    [DecimalMark::Point, DecimalMark::Comma].into_iter().any(|mark| numbers::plain(text, mark).is_some())
}

fn is_day(text: &str) -> bool {
    // A bare number may be a spreadsheet's day; by its place alone it is a number.
    let bare =
        text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.matches('.').count() < 2;
    !bare && dates::shape(text) != DateShape::None
}

impl Place {
    fn fits(self, cells: &[&str]) -> bool {
        let mut said = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        if self.filled && cells.iter().any(|cell| cell.trim().is_empty()) {
            return false;
        }
        match self.holds {
            Holds::Number => said.all(|cell| is_number(cell) && !is_day(cell)),
            Holds::Day => said.all(is_day),
            // A day is no code and no name.
            Holds::Text => !self.filled || !said.all(is_day),
        }
    }
}

impl Shape {
    /// Which column is which.
    pub fn mapping(&self) -> Mapping {
        let places = self.places.iter().enumerate();
        let columns = places.filter_map(|(n, place)| Some((place.field?, n))).collect();
        Mapping { columns, ..Mapping::of(self.kind) }
    }

    fn fits(&self, sample: &[Vec<String>]) -> bool {
        self.places.iter().enumerate().all(|(n, place)| {
            let cells: Vec<&str> = sample.iter().map(|row| row.get(n).map_or("", String::as_str)).collect();
            place.fits(&cells)
        })
    }
}

/// The shapes that some rows fit: of a kind, or of any.
pub fn by_position(kind: Option<Kind>, sample: &[Vec<String>]) -> Vec<&'static Shape> {
    let Some(width) = sample.iter().map(Vec::len).max() else { return Vec::new() };
    SHAPES
        .iter()
        .filter(|shape| kind.is_none_or(|kind| kind == shape.kind))
        .filter(|shape| shape.places.len() == width && shape.fits(sample))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitting(kind: Option<Kind>, text: &str) -> Vec<&'static str> {
        let sample: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        by_position(kind, &sample).into_iter().map(|shape| shape.key).collect()
    }

    #[test]
    fn rows_fit_shapes_by_what_they_hold() {
        assert_eq!(fitting(None, "2026-03-01,4711,MILK,3\n2026-03-02,4712,OATS,-1"), ["orders-4"]);
        assert_eq!(fitting(None, "4711,1.3.2026,10023,3"), ["orders-4-ref"], "codes may be numbers");
        assert_eq!(fitting(None, "MILK,L1,2026-08-31,A-1,40\nOATS,,,A-2,7"), ["stock-5"]);
        assert_eq!(fitting(None, "MILK,40"), ["stock-2", "items-2"], "a name may be a number: a question");
        assert_eq!(fitting(Some(Kind::Stock), "MILK,40"), ["stock-2"]);
        assert_eq!(fitting(None, "MILK,Milk,\n"), Vec::<&str>::new());
        let ambiguous = fitting(None, "S1,Acme,7\nS2,Bolt,14");
        assert_eq!(ambiguous, ["stock-3", "stock-3-bin", "suppliers-3"], "several: a question");
        assert_eq!(fitting(None, ""), Vec::<&str>::new());
    }

    #[test]
    fn every_shape_has_what_its_kind_needs() {
        for shape in &SHAPES {
            assert_eq!(shape.mapping().missing(), [], "{}", shape.key);
            assert!(
                shape.mapping().columns.iter().all(|(field, _)| shape.kind.fields().contains(field)),
                "{}",
                shape.key
            );
        }
    }
}
