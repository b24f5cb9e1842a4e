//! The floor: bins where they are, what lies in them, and what is kept of items beside their stock.

use crate::frame::{Body, FrameError, Reply, json_reply, pack, unpack};
use crate::{LedgerRow, StandingRow};
use serde::{Deserialize, Serialize};
pub use units::ItemUnitId;
use units::{BinId, ChannelId, Day, ItemId, Milli, Money, Quantity, ZoneId};

/// The plan of a warehouse with what lies in each bin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetFloor {
    /// Which, by name; none: the first.
    pub warehouse: Option<String>,
}

/// A probe of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorProbe {
    /// Its channel.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// The last value, as people read it.
    pub value: Option<Milli>,
    /// Its unit.
    pub unit: String,
    /// An alarm is open.
    pub alarm: bool,
    /// Nothing came for too long.
    pub stale: bool,
}

/// A zone of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorZone {
    /// Which; none where only the codes of bins tell it.
    pub zone: Option<ZoneId>,
    /// Its name; empty for bins of no zone.
    pub name: String,
    /// Its probes, those that an alarm watches first.
    pub probes: Vec<FloorProbe>,
}

/// A bin of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FloorBin {
    /// Which.
    pub bin: BinId,
    /// Its code.
    pub code: String,
    /// Its zone, as an index.
    pub zone: u32,
    /// Its middle, mm.
    pub x_mm: i64,
    /// The same across.
    pub y_mm: i64,
    /// How wide its place is.
    pub width_mm: i64,
    /// How deep.
    pub depth_mm: i64,
    /// Its level; 1 is the floor.
    pub level: i64,
    /// Nobody measured it: its code told.
    pub derived: bool,
    /// How cold it is kept: the place among the classes, the warmest 0.
    pub class: Option<u8>,
    /// How full it is by the tightest capacity told, in thousandths; over 1000: too full.
    pub fill: Option<i64>,
    /// Units in it.
    pub quantity: Quantity,
    /// Items in it.
    pub items: u32,
    /// The day the oldest of it came.
    pub oldest: Option<Day>,
    /// The first last day of its lots.
    pub expiry: Option<Day>,
    /// What it is worth at cost.
    pub value: Money,
}

/// The plan of a warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// All warehouses that have bins, by name; empty: of no name.
    pub warehouses: Vec<String>,
    /// The one shown.
    pub warehouse: String,
    /// The site's day.
    pub day: Day,
    /// Its zones.
    pub zones: Vec<FloorZone>,
    /// Its bins.
    pub bins: Vec<FloorBin>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    warehouses: Vec<String>,
    warehouse: String,
    day: Day,
    zones: Vec<FloorZone>,
    codes: Vec<String>,
}

/// Numbers of a bin behind the header.
const NUMBERS: usize = 16;

/// Stands for a number nobody knows.
const NONE: i64 = i64::MIN;

impl FloorBin {
    fn numbers(&self) -> [i64; NUMBERS] {
        let day = |day: Option<Day>| day.map_or(NONE, |day| i64::from(day.0));
        [
            self.bin.0,
            i64::from(self.zone),
            self.x_mm,
            self.y_mm,
            self.width_mm,
            self.depth_mm,
            self.level,
            i64::from(self.derived),
            self.class.map_or(NONE, i64::from),
            self.fill.unwrap_or(NONE),
            self.quantity.0,
            i64::from(self.items),
            day(self.oldest),
            day(self.expiry),
            self.value.0,
            0,
        ]
    }

    fn of(code: String, n: [i64; NUMBERS]) -> Self {
        let some = |n: i64| (n != NONE).then_some(n);
        let day = |n: i64| some(n).and_then(|n| i32::try_from(n).ok()).map(Day);
        Self {
            bin: BinId(n[0]),
            code,
            zone: u32::try_from(n[1]).unwrap_or(0),
            x_mm: n[2],
            y_mm: n[3],
            width_mm: n[4],
            depth_mm: n[5],
            level: n[6],
            derived: n[7] != 0,
            class: some(n[8]).and_then(|n| u8::try_from(n).ok()),
            fill: some(n[9]),
            quantity: Quantity(n[10]),
            items: u32::try_from(n[11]).unwrap_or(0),
            oldest: day(n[12]),
            expiry: day(n[13]),
            value: Money(n[14]),
        }
    }
}

impl Reply for Floor {
    fn encode(&self) -> Result<Body, FrameError> {
        let head = Head {
            warehouses: self.warehouses.clone(),
            warehouse: self.warehouse.clone(),
            day: self.day,
            zones: self.zones.clone(),
            codes: self.bins.iter().map(|bin| bin.code.clone()).collect(),
        };
        let tail: Vec<u8> =
            self.bins.iter().flat_map(|bin| bin.numbers().into_iter().flat_map(i64::to_le_bytes)).collect();
        pack(&head, &tail)
    }

    fn decode(body: &Body) -> Result<Self, FrameError> {
        let (head, tail): (Head, &[u8]) = unpack(body)?;
        if tail.len() != head.codes.len() * NUMBERS * 8 {
            return Err(FrameError("the numbers of bins are not as many as their codes".into()));
        }
        let bins = head.codes.into_iter().zip(tail.chunks_exact(NUMBERS * 8)).map(|(code, bytes)| {
            let mut numbers = [0; NUMBERS];
            for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(8)) {
                let mut own = [0; 8];
                own.copy_from_slice(bytes);
                *number = i64::from_le_bytes(own);
            }
            FloorBin::of(code, numbers)
        });
        Ok(Self {
            bins: bins.collect(),
            warehouses: head.warehouses,
            warehouse: head.warehouse,
            day: head.day,
            zones: head.zones,
        })
    }
}

/// All of one bin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetBin {
    /// Which.
    pub bin: BinId,
    /// Movements at most.
    pub limit: u32,
}

/// What is said of a bin. Saved whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BinFacts {
    /// Which; 0 makes a new one.
    pub bin: BinId,
    /// The warehouse it is in; empty where there is only one.
    pub warehouse: String,
    /// Its code.
    pub code: String,
    /// What else it is known by.
    pub number: Option<String>,
    /// Its zone, by name; a new one makes a zone, empty: none.
    pub zone: String,
    /// `ambient`, `controlled`, `cool`, `chilled`, `frozen`, `deep-frozen`.
    pub class: Option<String>,
    /// Units it holds.
    pub capacity_units: Option<Quantity>,
    /// Litres it holds.
    pub capacity_litres: Option<Milli>,
    /// Kilograms it holds.
    pub capacity_kg: Option<Milli>,
    /// Handling units it holds.
    pub capacity_handling_units: Option<i64>,
    /// Its middle along, metres.
    pub x_m: Option<Milli>,
    /// The same across.
    pub y_m: Option<Milli>,
    /// Its level.
    pub level: Option<i64>,
    /// Its turn on a picking walk.
    pub pick_order: Option<i64>,
}

/// What of one item and lot lies in a bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BinContentRow {
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Where and how it stands, lot by lot.
    pub standing: StandingRow,
    /// The day the oldest of it came.
    pub since: Option<Day>,
    /// What it is worth at cost.
    pub value: Money,
    /// How cold it wants to lie, where that is not how the bin is kept.
    pub wants_class: Option<String>,
}

/// A movement of a bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BinMovementRow {
    /// The item's code.
    pub sku: String,
    /// The item.
    pub item: ItemId,
    /// The line.
    pub line: LedgerRow,
    /// By how much it changed what is in the bin.
    pub change: Quantity,
}

/// All of one bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BinDetail {
    /// What is said of it.
    pub facts: BinFacts,
    /// What it is called on lists.
    pub name: String,
    /// How full, in thousandths, by what: `units`, `kg`, `litres`, `handling-units`.
    pub fill: Vec<(String, i64)>,
    /// What lies there.
    pub contents: Vec<BinContentRow>,
    /// What came and went, the last first.
    pub movements: Vec<BinMovementRow>,
}

/// Saves what is said of a bin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveBin {
    /// All of it.
    pub facts: BinFacts,
    /// Why.
    pub why: String,
}

/// What is kept of an item beside its stock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetItemMaster {
    /// Which.
    pub item: ItemId,
}

/// A unit of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemUnitRow {
    /// Which; 0 makes a new one.
    pub id: ItemUnitId,
    /// What it is called.
    pub name: String,
    /// How many of the item's own unit are in it: `12`, `0.5`, `1/3`.
    pub factor: String,
    /// The number under its bar code.
    pub gtin: Option<String>,
    /// Length, mm.
    pub length_mm: Option<i64>,
    /// Width, mm.
    pub width_mm: Option<i64>,
    /// Height, mm.
    pub height_mm: Option<i64>,
    /// Weight, g.
    pub weight_grams: Option<i64>,
}

/// Another item beside this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherItem {
    /// Which.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// How much of it: what a kit takes.
    pub quantity: Option<Quantity>,
    /// What there is of it to sell.
    pub available: Option<Quantity>,
    /// In a person's words.
    pub note: String,
}

/// How much a manager wants to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelRow {
    /// In which warehouse; empty: the only one.
    pub warehouse: String,
    /// The least.
    pub least: Option<Quantity>,
    /// Order at this.
    pub reorder: Option<Quantity>,
    /// The most.
    pub most: Option<Quantity>,
    /// Where it should lie.
    pub bin: Option<String>,
}

/// What is kept of an item beside its stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemMaster {
    /// Which.
    pub item: ItemId,
    /// Its own unit.
    pub own_unit: String,
    /// The units it comes in.
    pub units: Vec<ItemUnitRow>,
    /// What of them contradicts itself.
    pub clashes: Vec<String>,
    /// How cold it wants to lie.
    pub class: Option<String>,
    /// `A`, `B`, `C` by value, where demand is known.
    pub abc: Option<String>,
    /// `X`, `Y`, `Z` by how steady demand is.
    pub xyz: Option<String>,
    /// What may stand in for it.
    pub substitutes: Vec<OtherItem>,
    /// What it is put together from, where it is a kit.
    pub parts: Vec<OtherItem>,
    /// How many kits the parts allow; beside its own stock, part of no sum.
    pub buildable: Quantity,
    /// The kits that take it.
    pub part_of: Vec<OtherItem>,
    /// What managers want to be kept of it.
    pub levels: Vec<LevelRow>,
}

/// Saves a unit of an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveItemUnit {
    /// Of which item.
    pub item: ItemId,
    /// The unit.
    pub unit: ItemUnitRow,
    /// Why.
    pub why: String,
}

/// Removes a unit of an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveItemUnit {
    /// Which.
    pub id: ItemUnitId,
    /// Why.
    pub why: String,
}

/// Says how cold an item wants to lie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetItemClass {
    /// The item.
    pub item: ItemId,
    /// The class's word; none: nobody says.
    pub class: Option<String>,
    /// Why.
    pub why: String,
}

/// Says what may stand in for an item, what is asked first first. Replaces what was said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetSubstitutes {
    /// The item.
    pub item: ItemId,
    /// Codes, each with a note.
    pub others: Vec<(String, String)>,
    /// Why.
    pub why: String,
}

/// Says what a kit is put together from; nothing: it is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetKit {
    /// The kit.
    pub kit: ItemId,
    /// Codes and how much of each.
    pub parts: Vec<(String, Quantity)>,
    /// Why.
    pub why: String,
}

/// Saves how much a manager wants to be kept of an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveItemLevel {
    /// The item.
    pub item: ItemId,
    /// The level.
    pub level: LevelRow,
    /// Why.
    pub why: String,
}

json_reply!(BinDetail, ItemMaster, units::BinId, units::ItemUnitId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_survives_the_wire() {
        let bin = FloorBin {
            bin: BinId(7),
            code: "A-1".into(),
            zone: 1,
            x_mm: -5,
            fill: Some(1_250),
            oldest: Some(Day(20_000)),
            value: Money(i64::MAX),
            class: Some(3),
            derived: true,
            ..FloorBin::default()
        };
        let floor =
            Floor { warehouses: vec!["".into()], bins: vec![bin, FloorBin::default()], ..Floor::default() };
        let body = floor.encode().expect("encoded");
        assert_eq!(Floor::decode(&body).expect("decoded"), floor);
        let Body::Frame(mut bytes) = body else { unreachable!("a frame") };
        bytes.pop();
        assert!(Floor::decode(&Body::Frame(bytes)).is_err());
    }
}
