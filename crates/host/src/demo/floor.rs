//! The demo's warehouse floor: racks with coordinates in its three rooms, stock put into them, cases and weights, three kits.
//!
//! All of it comes in as files and calls, as a person would bring it. A few bins hold more than they should and one item lies too
//! warm, so that the list of what to look at has something to show.

use super::{failure, import, write};
use app::{Actor, App};
use contract::*;
use sim::{Warehouse, ZoneKind};
use std::fmt::Write as _;
use units::{Day, Quantity};

/// Places along a row of racks.
const ALONG: usize = 10;
/// A pallet's place and its depth, and between two pairs of racks: mm.
const PLACE_MM: (i64, i64) = (1_400, 1_200);
const AISLE_MM: i64 = 2_800;
/// Between two rooms, mm.
const WALL_MM: i64 = 4_000;
/// From the last rack to the docks, and between their doors, mm.
const DOCK_MM: i64 = 5_000;
const DOORS_APART_MM: i64 = 12_000;
/// The bins of goods that come and go, as the application calls them.
const DOORS: [&str; 2] = ["RECEIVING", "SHIPPING"];
/// More bins than items, in tenths.
const BINS_PER_ITEM_TENTHS: usize = 13;
/// One item in so many lies in a bin too small for it.
const CROWDED: usize = 61;

/// A bin of the demo.
struct Shelf {
    code: String,
    zone: usize,
    x_mm: i64,
    y_mm: i64,
    level: usize,
}

fn levels(kind: ZoneKind) -> usize {
    if kind == ZoneKind::Ambient { 4 } else { 3 }
}

const fn class(kind: ZoneKind) -> &'static str {
    match kind {
        ZoneKind::Ambient => "ambient",
        ZoneKind::Chilled => "chilled",
        ZoneKind::Frozen => "frozen",
    }
}

/// The bins of all rooms, side by side, by room.
fn shelves(world: &Warehouse) -> Vec<Vec<Shelf>> {
    let mut left = 0;
    let zones = world.zones().iter().enumerate();
    zones
        .map(|(zone, room)| {
            let items = world.items().iter().filter(|entry| entry.zone == room.id).count();
            let levels = levels(room.kind);
            let places = (items * BINS_PER_ITEM_TENTHS).div_ceil(10 * levels).max(1);
            let along = ALONG.min(places.div_ceil(2)).max(1);
            let letter = room.code.chars().next().unwrap_or('A');
            let shelf = |place: usize, level: usize| {
                let (row, at) = (place / along, place % along);
                let pair = (row / 2) as i64;
                Shelf {
                    code: format!("{letter}{:02}-{:02}-{}", row + 1, at + 1, level + 1),
                    zone,
                    x_mm: left + at as i64 * PLACE_MM.0 + PLACE_MM.0 / 2,
                    y_mm: pair * (2 * PLACE_MM.1 + AISLE_MM) + (row % 2) as i64 * PLACE_MM.1 + PLACE_MM.1 / 2,
                    level: level + 1,
                }
            };
            let made = (0..places).flat_map(|place| (0..levels).map(move |level| (place, level)));
            let made: Vec<Shelf> = made.map(|(place, level)| shelf(place, level)).collect();
            left += along as i64 * PLACE_MM.0 + WALL_MM;
            made
        })
        .collect()
}

/// The files of the floor.
pub(super) struct Files {
    bins: String,
    stock: String,
    units: String,
}

impl Files {
    /// The files as text; `chinese` names the rooms.
    pub(super) fn of(world: &Warehouse, chinese: bool) -> Self {
        let rooms = shelves(world);
        let mut stock = String::from("sku,on_hand,allocated,on_order,bin,as_of\n");
        let mut units = String::from("sku,uom,unit_factor,weight_kg,temperature_class\n");
        let mut capacity = vec![Vec::new(); rooms.len()];
        for (room, of) in capacity.iter_mut().zip(&rooms) {
            room.resize(of.len(), Quantity::of(120));
        }
        let mut next = vec![0_usize; rooms.len()];
        for (n, entry) in world.items().iter().enumerate() {
            let item = &entry.item;
            let Some(own) = world.zones().iter().position(|zone| zone.id == entry.zone) else { continue };
            let kind = world.zones()[own].kind;
            // Some 200 g to 2 kg, by the item's number.
            let grams = 200 + (n * 337) % 1_800;
            let kg = |grams: usize| format!("{}.{:03}", grams / 1_000, grams % 1_000);
            let _ = writeln!(units, "{},,,{},{}", item.sku, kg(grams), class(kind));
            if let Some(pack) = item.pack_size.filter(|pack| pack.0 > 1_000) {
                let full = kg(grams * usize::try_from(pack.0 / 1_000).unwrap_or(1) + 150);
                let case = if chinese { "箱" } else { "case" };
                let _ = writeln!(units, "{},{case},{pack},{full},", item.sku);
            }
            let Some(level) = world.stock().iter().find(|level| level.item == item.id) else { continue };
            // One chilled item was put down in the warm hall.
            let at = if kind == ZoneKind::Chilled && next[own] == 7 { 0 } else { own };
            let turn = next[own];
            next[own] += 1;
            let Some(of) = rooms.get(at).filter(|of| !of.is_empty()) else { continue };
            let place =
                if at == own { (turn * BINS_PER_ITEM_TENTHS / 10).min(of.len() - 1) } else { of.len() - 1 };
            let share = if n % CROWDED == 17 { 85 } else { 105 + (n % 9) as i64 * 35 };
            let holds = (level.on_hand.0 / 1_000 * share / 100).max(20);
            capacity[at][place] = Quantity::of(holds);
            let _ = writeln!(
                stock,
                "{},{},{},{},{},{}",
                item.sku,
                level.on_hand,
                level.allocated,
                if super::goods::announced(entry, level.on_order) { Quantity::ZERO } else { level.on_order },
                of[place].code,
                level.as_of.map_or(String::new(), |day: Day| day.to_string())
            );
        }
        let mut bins =
            String::from("zone,bin,x_m,y_m,level,pick_order,capacity_units,max pallets,temperature_class\n");
        let mut turn = 0;
        for (room, of) in rooms.iter().enumerate() {
            for (shelf, holds) in of.iter().zip(&capacity[room]) {
                let zone = &world.zones()[shelf.zone];
                turn += 1;
                let _ = writeln!(
                    bins,
                    "{},{},{:.3},{:.3},{},{turn},{holds},1,{}",
                    if chinese { zone.name_zh } else { zone.name },
                    shelf.code,
                    shelf.x_mm as f64 / 1_000.0,
                    shelf.y_mm as f64 / 1_000.0,
                    shelf.level,
                    class(zone.kind)
                );
            }
        }
        // Goods come in by one door and leave by another, in front of the halls.
        let front = rooms.iter().flatten().map(|shelf| shelf.y_mm).max().unwrap_or(0) + DOCK_MM;
        let docks = if chinese { "月台" } else { "Docks" };
        for (n, door) in DOORS.iter().enumerate() {
            turn += 1;
            let (x, y) = ((1_000 + n as i64 * DOORS_APART_MM) as f64 / 1_000.0, front as f64 / 1_000.0);
            let _ = writeln!(bins, "{docks},{door},{x:.3},{y:.3},1,{turn},,,");
        }
        Self { bins, stock, units }
    }

    /// Brings them in: the racks, what lies in them, how it is handled.
    pub(super) async fn bring(&self, app: &App) -> Result<(), ApiError> {
        let folder = app.folder().join("demo-files");
        let files = [
            ("bins.csv", &self.bins, ImportKind::Places),
            ("stock-by-bin.csv", &self.stock, ImportKind::Stock),
            ("units.csv", &self.units, ImportKind::Items),
        ];
        for (name, text, kind) in files {
            let path = folder.join(name);
            write(&path, text)?;
            import(app, kind, &path, Vec::new()).await?;
        }
        Ok(())
    }
}

/// Presents that are put together from what stands beside them: the kit, its part and how many of it, by what their names hold.
const KITS: [(&str, &str, i64); 3] = [
    ("Baijiu gift box", "Baijiu 500 ml", 2),
    ("Chocolate box 48", "Chocolate box 24", 2),
    ("Pistachios gift tin", "Pistachios salted", 2),
];

/// Says which items are kits.
pub(super) async fn kits(app: &App, world: &Warehouse) -> Result<(), ApiError> {
    let by = Actor::system();
    let find = |name: &str| world.items().iter().find(|entry| entry.item.name.starts_with(name));
    for (kit, part, many) in KITS {
        let (Some(kit), Some(part)) = (find(kit), find(part)) else { continue };
        let list = ListStock {
            filter: kit.item.sku.clone(),
            sort: StockSort::Sku,
            reverse: false,
            offset: 0,
            limit: 1,
        };
        let Some(row) = app.call(list, &by).await?.rows.into_iter().next() else { continue };
        let parts = vec![(part.item.sku.clone(), Quantity::of(many))];
        let call = SetKit { kit: row.item, parts, why: "put together when sold".to_owned() };
        app.call(call, &by).await.map_err(|e| failure("say what a kit is made of", e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use units::Seed;

    #[test]
    fn every_bin_of_the_demo_is_one_place_and_every_item_lies_in_one() {
        let world = Warehouse::new(Seed(7), Day(20_600));
        let files = Files::of(&world, false);
        let all: Vec<&str> = files.bins.lines().skip(1).collect();
        let codes: BTreeSet<&str> = all.iter().filter_map(|line| line.split(',').nth(1)).collect();
        let places: BTreeSet<Vec<&str>> =
            all.iter().map(|line| line.split(',').skip(2).take(3).collect()).collect();
        assert_eq!((codes.len(), places.len()), (all.len(), all.len()));
        let stock: Vec<&str> = files.stock.lines().skip(1).collect();
        assert_eq!(stock.len(), world.stock().len());
        assert!(stock.iter().all(|line| line.split(',').nth(4).is_some_and(|bin| codes.contains(bin))));
        let find = |name: &str| world.items().iter().any(|entry| entry.item.name.starts_with(name));
        assert!(
            KITS.iter().all(|(kit, part, _)| find(kit) && find(part)),
            "the catalogue has the kits' names"
        );
    }
}
