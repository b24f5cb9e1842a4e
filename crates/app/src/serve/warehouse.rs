//! The floor and its bins; units, kits, classes and levels of items.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use crate::wire::ledger::Names;
use contract::*;
use domain::floor::{Asked, lay_out, natural};
use domain::stock::{Bin, Capacity, DEFAULT_BIN, Place, Side, Spot, TemperatureClass};
use domain::{Actor, Component, ItemUnit, Ratio, Size};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use store::{BinContent, ItemLevel, LedgerLine, Records};
use units::{BinId, ItemId, ItemUnitId, Milli, Money, MovementId, Quantity, ZoneId};

/// How full bins are: by units, weight, volume and handling units, in thousandths, for each capacity that is told and known to be used.
struct Sizes {
    grams: HashMap<ItemId, i64>,
    ml: HashMap<ItemId, i64>,
    /// Filled handling units by bin.
    pallets: HashMap<BinId, i64>,
}

impl Sizes {
    fn of(records: &Records) -> Result<Self> {
        let (mut grams, mut ml) = (HashMap::new(), HashMap::new());
        for (item, units) in records.all_item_units()? {
            if let Some(unit) = units.iter().find(|unit| unit.factor == Ratio::ONE) {
                grams.extend(unit.size.weight_grams.map(|weight| (item, weight)));
                ml.extend(unit.size.volume().map(|volume| (item, volume)));
            }
        }
        Ok(Self { grams, ml, pallets: records.units_by_bin()? })
    }

    fn fill<'a>(
        &self,
        bin: &Bin,
        contents: impl Iterator<Item = &'a BinContent> + Clone,
    ) -> Vec<(String, i64)> {
        let sum = |size: Option<&HashMap<ItemId, i64>>| -> i128 {
            let of = |one: &BinContent| match size {
                None => i128::from(one.quantity.0),
                Some(sizes) => {
                    i128::from(one.quantity.0) * i128::from(sizes.get(&one.item).copied().unwrap_or(0)) / 1000
                }
            };
            contents.clone().filter(|one| one.quantity.0 > 0).map(of).sum()
        };
        let known = |sizes: &HashMap<ItemId, i64>| contents.clone().all(|one| sizes.contains_key(&one.item));
        let share =
            |used: i128, of: i64| i64::try_from(used * 1000 / i128::from(of.max(1))).unwrap_or(i64::MAX);
        let Capacity { units, volume_ml, weight_grams, handling_units } = bin.capacity;
        let pallets = i128::from(self.pallets.get(&bin.id).copied().unwrap_or(0));
        let by_pallets = handling_units.map(|most| ("handling-units".to_owned(), share(pallets, most)));
        let by_units = units.map(|units| ("units".to_owned(), share(sum(None), units.0)));
        let by_weight = weight_grams
            .filter(|_| known(&self.grams))
            .map(|most| ("kg".to_owned(), share(sum(Some(&self.grams)), most)));
        let by_volume = volume_ml
            .filter(|_| known(&self.ml))
            .map(|most| ("litres".to_owned(), share(sum(Some(&self.ml)), most)));
        [by_units, by_weight, by_volume, by_pallets].into_iter().flatten().collect()
    }
}

fn class(word: Option<&str>) -> Result<Option<TemperatureClass>> {
    let Some(word) = word.map(str::trim).filter(|word| !word.is_empty()) else { return Ok(None) };
    TemperatureClass::from_word(word).map(Some).ok_or_else(|| {
        let all: Vec<_> = TemperatureClass::ALL.iter().map(|class| class.word()).collect();
        Failure::bad_input(format!("{word} is no temperature class; give one of {}", all.join(", ")))
    })
}

/// The probes of each zone, those that an alarm watches first.
fn probes(inner: &Inner) -> HashMap<ZoneId, Vec<FloorProbe>> {
    let now = inner.now();
    let state = inner.live.lock();
    let mut found: HashMap<ZoneId, Vec<(bool, FloorProbe)>> = HashMap::new();
    for spec in state.specs.values() {
        let Some(zone) = spec.zone else { continue };
        let row = wire::environment::channel(&state, spec, now);
        let probe = FloorProbe {
            channel: row.channel,
            name: row.name,
            value: row.latest.as_ref().and_then(|latest| latest.value),
            unit: row.unit,
            alarm: row.alarm,
            stale: row.stale,
        };
        found.entry(zone).or_default().push((row.low.or(row.high).is_none(), probe));
    }
    found
        .into_iter()
        .map(|(zone, mut probes)| {
            probes.sort_by(|a, b| (a.0, !a.1.alarm, &a.1.name).cmp(&(b.0, !b.1.alarm, &b.1.name)));
            (zone, probes.into_iter().map(|(_, probe)| probe).collect())
        })
        .collect()
}

impl Serve<GetFloor> for App {
    async fn serve(&self, call: GetFloor, _: &Actor) -> Result<Floor> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let (day, assumed) = (inner.today(), inner.settings().defaults.unit_cost);
            let all: Vec<Bin> = records.bins()?.into_iter().filter(|bin| bin.id != DEFAULT_BIN).collect();
            let mut warehouses: Vec<String> = all.iter().map(|bin| bin.warehouse.clone()).collect();
            warehouses.dedup();
            let wanted = call.warehouse.filter(|name| warehouses.contains(name));
            let warehouse = wanted.or_else(|| warehouses.first().cloned()).unwrap_or_default();
            let mut bins: Vec<Bin> = all.into_iter().filter(|bin| bin.warehouse == warehouse).collect();
            bins.sort_by(|a, b| natural(&a.code, &b.code));
            let mut lies: HashMap<BinId, Vec<BinContent>> = HashMap::new();
            for one in records.bin_contents(None)? {
                lies.entry(one.bin).or_default().push(one);
            }
            let costs: HashMap<ItemId, Money> = records
                .all_items()?
                .into_iter()
                .map(|item| (item.id, item.unit_cost.unwrap_or(assumed)))
                .collect();
            let sizes = Sizes::of(records)?;
            let names: HashMap<ZoneId, String> =
                records.zones()?.into_iter().map(|zone| (zone.id, zone.name)).collect();
            let named = |bin: &Bin| bin.zone.and_then(|zone| names.get(&zone)).map_or("", String::as_str);
            let asked: Vec<Asked<'_>> =
                bins.iter().map(|bin| Asked { code: &bin.code, zone: named(bin), spot: bin.spot }).collect();
            let laid = lay_out(&asked);
            let mut probes = probes(inner);
            let mut zones: Vec<FloorZone> = Vec::new();
            let mut index: HashMap<(Option<ZoneId>, String), u32> = HashMap::new();
            let shown = bins.iter().zip(laid).map(|(bin, laid)| {
                let zone = *index.entry((bin.zone, laid.area.clone())).or_insert_with(|| {
                    let probes = bin.zone.and_then(|zone| probes.remove(&zone)).unwrap_or_default();
                    zones.push(FloorZone { zone: bin.zone, name: laid.area.clone(), probes });
                    u32::try_from(zones.len() - 1).unwrap_or(0)
                });
                let there = lies.get(&bin.id).map(Vec::as_slice).unwrap_or_default();
                let worth = |one: &BinContent| {
                    let cost = costs.get(&one.item).map_or(0, |cost| cost.0);
                    i128::from(one.quantity.0.max(0)) * i128::from(cost) / 1000
                };
                let mut items: Vec<ItemId> = there.iter().map(|one| one.item).collect();
                items.dedup();
                let fill = sizes.fill(bin, there.iter());
                FloorBin {
                    bin: bin.id,
                    code: bin.code.clone(),
                    zone,
                    x_mm: laid.x_mm,
                    y_mm: laid.y_mm,
                    width_mm: laid.width_mm,
                    depth_mm: laid.depth_mm,
                    level: i64::from(laid.level),
                    derived: laid.derived,
                    class: bin.temperature.and_then(|own| {
                        TemperatureClass::ALL.iter().position(|class| *class == own)?.try_into().ok()
                    }),
                    fill: fill.iter().map(|(_, fill)| *fill).max(),
                    quantity: there.iter().map(|one| one.quantity).sum(),
                    items: u32::try_from(items.len()).unwrap_or(u32::MAX),
                    oldest: there.iter().filter_map(|one| one.since).min(),
                    expiry: there.iter().filter_map(|one| one.expiry).min(),
                    value: Money(i64::try_from(there.iter().map(worth).sum::<i128>()).unwrap_or(i64::MAX)),
                }
            });
            let bins = shown.collect();
            Ok(Floor { warehouses, warehouse, day, zones, bins })
        })
        .await
    }
}

fn facts(records: &Records, bin: &Bin) -> Result<BinFacts> {
    let zone = match bin.zone {
        Some(id) => records.zones()?.into_iter().find(|zone| zone.id == id).map(|zone| zone.name),
        None => None,
    };
    Ok(BinFacts {
        bin: bin.id,
        warehouse: bin.warehouse.clone(),
        code: bin.code.clone(),
        number: bin.number.clone(),
        zone: zone.unwrap_or_default(),
        class: bin.temperature.map(|class| class.word().to_owned()),
        capacity_units: bin.capacity.units,
        capacity_litres: bin.capacity.volume_ml.map(Milli),
        capacity_kg: bin.capacity.weight_grams.map(Milli),
        capacity_handling_units: bin.capacity.handling_units,
        x_m: bin.spot.map(|spot| Milli(spot.x_mm)),
        y_m: bin.spot.map(|spot| Milli(spot.y_mm)),
        level: bin.spot.map(|spot| i64::from(spot.level)),
        pick_order: bin.pick_order,
    })
}

impl Serve<GetBin> for App {
    async fn serve(&self, call: GetBin, _: &Actor) -> Result<BinDetail> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let today = inner.today();
            let assumed = inner.settings().defaults.unit_cost;
            let bin = records.bin(call.bin)?;
            let lies = records.bin_contents(Some(bin.id))?;
            let fill = Sizes::of(records)?.fill(&bin, lies.iter());
            let since: HashMap<_, _> = lies.iter().map(|one| ((one.item, one.lot), one.since)).collect();
            let classes = records.item_classes()?;
            let mut contents = Vec::new();
            let mut seen: Vec<ItemId> = lies.iter().map(|one| one.item).collect();
            seen.dedup();
            for id in seen {
                let item = records.item(id)?.item;
                let cost = item.unit_cost.unwrap_or(assumed);
                let wants =
                    classes.get(&id).filter(|class| bin.temperature.is_some_and(|own| own != **class));
                for one in records.standings(id, None)?.into_iter().filter(|one| one.bin.id == bin.id) {
                    let worth = i128::from(one.quantity.0.max(0)) * i128::from(cost.0) / 1000;
                    contents.push(BinContentRow {
                        item: id,
                        sku: item.sku.clone(),
                        name: item.name.clone(),
                        unit: item.unit_of_measure.clone().unwrap_or_default(),
                        since: since.get(&(id, one.lot.as_ref().map(|lot| lot.id))).copied().flatten(),
                        value: Money(i64::try_from(worth).unwrap_or(i64::MAX)),
                        wants_class: wants.map(|class| class.word().to_owned()),
                        standing: wire::ledger::standing(one, today),
                    });
                }
            }
            let zone = inner.zone();
            let bins = records.bin_names()?;
            let name = bins.get(&bin.id).cloned().unwrap_or_else(|| bin.code.clone());
            let mut names: BTreeMap<ItemId, (String, Names)> = BTreeMap::new();
            let mut movements = Vec::new();
            for movement in records.bin_movements(bin.id, call.limit.min(limits::LIST_ROWS_MAX))? {
                let (sku, names) = match names.entry(movement.item) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let lots =
                            records.lots(movement.item)?.into_iter().map(|lot| (lot.id, lot.code)).collect();
                        let sku = records.item(movement.item)?.item.sku;
                        new.insert((sku, Names { bins: bins.clone(), lots }))
                    }
                };
                let here = |side: Side| side.place == Place::Bin(bin.id);
                let change = match (here(movement.from), here(movement.to)) {
                    (false, true) => movement.quantity,
                    (true, false) => Quantity::ZERO.minus(movement.quantity),
                    _ => Quantity::ZERO,
                };
                let item = movement.item;
                let line = LedgerLine {
                    booking: MovementId(0),
                    on_hand: Quantity::ZERO,
                    reversed_by: None,
                    movement,
                };
                let line = wire::ledger::line(line, names, |at| crate::zone::day(&zone, at));
                let line = LedgerRow { can_undo: false, ..line };
                movements.push(BinMovementRow { sku: sku.clone(), item, line, change });
            }
            Ok(BinDetail { facts: facts(records, &bin)?, name, fill, contents, movements })
        })
        .await
    }
}

/// The longest code, name or number of a bin.
const NAME_MAX: usize = 64;

fn named(what: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > NAME_MAX {
        return Err(Failure::bad_input(format!("{what} has more than {NAME_MAX} characters; shorten it")));
    }
    Ok(text.to_owned())
}

impl Serve<SaveBin> for App {
    async fn serve(&self, call: SaveBin, by: &Actor) -> Result<BinId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let (records, given) = (&inner.store.records, call.facts);
            let act = inner.act_because(&by, &call.why);
            let code = named("a bin's code", &given.code)?;
            if code.is_empty() {
                return Err(Failure::bad_input("a bin needs a code; give the one on the rack"));
            }
            let positive = |what: &str, n: Option<i64>| match n {
                Some(n) if n <= 0 => Err(Failure::bad_input(format!("{what} is above zero, or left empty"))),
                n => Ok(n),
            };
            let capacity = Capacity {
                units: positive("what a bin holds", given.capacity_units.map(|q| q.0))?.map(Quantity),
                volume_ml: positive("a bin's volume", given.capacity_litres.map(|l| l.0))?,
                weight_grams: positive("a bin's load", given.capacity_kg.map(|kg| kg.0))?,
                handling_units: positive("what a bin holds", given.capacity_handling_units)?,
            };
            let spot = match (given.x_m, given.y_m) {
                (Some(x), Some(y)) => Some(Spot {
                    x_mm: x.0,
                    y_mm: y.0,
                    level: given.level.and_then(|level| i32::try_from(level).ok()).unwrap_or(1),
                }),
                (None, None) => None,
                _ => return Err(Failure::bad_input("a bin's place has both x and y; give both or none")),
            };
            let zone = named("a zone's name", &given.zone)?;
            let zone = if zone.is_empty() { None } else { Some(zone_named(records, &act, &zone)?) };
            let bin = Bin {
                id: given.bin,
                warehouse: named("a warehouse's name", &given.warehouse)?,
                code,
                number: given
                    .number
                    .map(|number| named("a bin's number", &number))
                    .transpose()?
                    .filter(|n| !n.is_empty()),
                zone,
                capacity,
                temperature: class(given.class.as_deref())?,
                spot,
                pick_order: given.pick_order,
            };
            let id = records.save_bin(&act, &bin)?;
            inner.bus.changed(Topic::Stock);
            inner.bus.changed(Topic::Audit);
            Ok(id)
        })
        .await
    }
}

fn zone_named(records: &Records, act: &store::Act, name: &str) -> Result<ZoneId> {
    if let Some(zone) = records.zones()?.into_iter().find(|zone| zone.name == name) {
        return Ok(zone.id);
    }
    let zone = store::Zone { code: name.to_owned(), name: name.to_owned(), ..store::Zone::default() };
    Ok(records.save_zone(act, &zone)?)
}

fn unit_row(unit: ItemUnit) -> ItemUnitRow {
    ItemUnitRow {
        id: unit.id,
        name: unit.name,
        factor: unit.factor.to_string(),
        gtin: unit.gtin,
        length_mm: unit.size.length_mm,
        width_mm: unit.size.width_mm,
        height_mm: unit.size.height_mm,
        weight_grams: unit.size.weight_grams,
    }
}

fn other(
    records: &Records,
    item: domain::Item,
    quantity: Option<Quantity>,
    note: String,
) -> Result<OtherItem> {
    Ok(OtherItem {
        available: records.stock_level(item.id)?.map(|level| level.available()),
        item: item.id,
        sku: item.sku,
        name: item.name,
        quantity,
        note,
    })
}

impl Serve<GetItemMaster> for App {
    async fn serve(&self, call: GetItemMaster, _: &Actor) -> Result<ItemMaster> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let item = records.item(call.item)?.item;
            let units = records.item_units(call.item)?;
            let clashes = domain::unit::clashes(item.unit_of_measure.as_deref(), &units);
            let (parts, buildable) = records.kit(call.item)?;
            let abc = super::counts::classes(inner)?.get(&call.item).copied();
            let demand = records.daily_demand(call.item)?;
            let weeks = weeks_of(&demand);
            let part = |part: store::KitPart| OtherItem {
                item: part.item.id,
                sku: part.item.sku,
                name: part.item.name,
                quantity: Some(part.quantity),
                available: part.stock.map(|level| level.available()),
                note: String::new(),
            };
            Ok(ItemMaster {
                item: call.item,
                own_unit: item.unit_of_measure.unwrap_or_default(),
                units: units.into_iter().map(unit_row).collect(),
                clashes: clashes.iter().map(ToString::to_string).collect(),
                class: records.item_class(call.item)?.map(|class| class.word().to_owned()),
                abc: abc.map(|class| format!("{class:?}")),
                xyz: (weeks.len() >= 8).then(|| format!("{:?}", replenish::xyz(&weeks))),
                substitutes: records
                    .substitutes(call.item)?
                    .into_iter()
                    .map(|one| other(records, one.item, None, one.note))
                    .collect::<Result<_>>()?,
                parts: parts.into_iter().map(part).collect(),
                buildable,
                part_of: records
                    .kits_with(call.item)?
                    .into_iter()
                    .map(|(kit, quantity)| other(records, kit, Some(quantity), String::new()))
                    .collect::<Result<_>>()?,
                levels: records
                    .item_levels(call.item)?
                    .into_iter()
                    .map(|level| LevelRow {
                        warehouse: level.warehouse,
                        least: level.least,
                        reorder: level.reorder,
                        most: level.most,
                        bin: level.bin,
                    })
                    .collect(),
            })
        })
        .await
    }
}

/// Demand by week over the last year of what is on record, weeks without any included.
fn weeks_of(demand: &[(units::Day, Quantity)]) -> Vec<f64> {
    const WEEKS: i32 = 52;
    let (Some((first, _)), Some((last, _))) = (demand.first(), demand.last()) else { return Vec::new() };
    let count = ((last.0 - first.0) / 7 + 1).clamp(1, WEEKS);
    let mut weeks = vec![0.0; usize::try_from(count).unwrap_or(1)];
    for (day, quantity) in demand {
        let back = (last.0 - day.0) / 7;
        if let Some(week) = usize::try_from(back).ok().and_then(|back| weeks.get_mut(back)) {
            *week += quantity.to_f64();
        }
    }
    weeks
}

fn item_changed(inner: &Inner) {
    inner.bus.changed(Topic::Stock);
    inner.bus.changed(Topic::Audit);
}

impl Serve<SaveItemUnit> for App {
    async fn serve(&self, call: SaveItemUnit, by: &Actor) -> Result<ItemUnitId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let given = call.unit;
            let factor = Ratio::parse(given.factor.trim()).ok_or_else(|| {
                Failure::bad_input(format!(
                    "{} is no factor; give how many of the item's own unit are in it: 12, 0.5 or 1/3",
                    given.factor
                ))
            })?;
            let told = |n: Option<i64>| n.filter(|n| *n > 0);
            let unit = ItemUnit {
                id: given.id,
                item: call.item,
                name: named("a unit's name", &given.name)?,
                factor,
                gtin: given.gtin.map(|gtin| gtin.trim().to_owned()).filter(|gtin| !gtin.is_empty()),
                size: Size {
                    length_mm: told(given.length_mm),
                    width_mm: told(given.width_mm),
                    height_mm: told(given.height_mm),
                    volume_ml: None,
                    weight_grams: told(given.weight_grams),
                },
            };
            let id = inner.store.records.save_item_unit(&inner.act_because(&by, &call.why), &unit)?;
            item_changed(inner);
            Ok(id)
        })
        .await
    }
}

impl Serve<RemoveItemUnit> for App {
    async fn serve(&self, call: RemoveItemUnit, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            inner.store.records.remove_item_unit(&inner.act_because(&by, &call.why), call.id)?;
            item_changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<SetItemClass> for App {
    async fn serve(&self, call: SetItemClass, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let class = class(call.class.as_deref())?;
            inner.store.records.set_item_class(&inner.act_because(&by, &call.why), call.item, class)?;
            item_changed(inner);
            Ok(Done)
        })
        .await
    }
}

fn item_of(records: &Records, sku: &str) -> Result<ItemId> {
    records.item_by_sku(sku.trim())?.map(|item| item.id).ok_or_else(|| Failure::not_found("item", sku.trim()))
}

impl Serve<SetSubstitutes> for App {
    async fn serve(&self, call: SetSubstitutes, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let others: Vec<(ItemId, String)> = call
                .others
                .into_iter()
                .map(|(sku, note)| Ok((item_of(records, &sku)?, note)))
                .collect::<Result<_>>()?;
            records.set_substitutes(&inner.act_because(&by, &call.why), call.item, &others)?;
            item_changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<SetKit> for App {
    async fn serve(&self, call: SetKit, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let parts: Vec<Component> = call
                .parts
                .into_iter()
                .map(|(sku, quantity)| Ok(Component { item: item_of(records, &sku)?, quantity }))
                .collect::<Result<_>>()?;
            records.set_kit(&inner.act_because(&by, &call.why), call.kit, &parts)?;
            item_changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<SaveItemLevel> for App {
    async fn serve(&self, call: SaveItemLevel, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let given = call.level;
            let all = [given.least, given.reorder, given.most];
            if all.iter().flatten().any(|level| level.0 < 0) {
                return Err(Failure::bad_input(
                    "a level is zero or more; leave it empty where there is none",
                ));
            }
            if let (Some(least), Some(most)) = (given.least, given.most)
                && least > most
            {
                return Err(Failure::bad_input(format!(
                    "the least ({least}) is more than the most ({most}); turn them round"
                )));
            }
            let level = ItemLevel {
                item: call.item,
                warehouse: named("a warehouse's name", &given.warehouse)?,
                least: given.least,
                reorder: given.reorder,
                most: given.most,
                bin: given.bin.map(|bin| bin.trim().to_owned()).filter(|bin| !bin.is_empty()),
            };
            inner.store.records.save_item_level(&inner.act_because(&by, &call.why), &level)?;
            item_changed(inner);
            Ok(Done)
        })
        .await
    }
}
