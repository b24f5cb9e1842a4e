//! The town's customers, what they are brought on a day, and the eight vehicles that bring it.
//!
//! Orders of the warehouse become deliveries of the next day: their lines have weights, their shops have an address, opening hours and a
//! note for the driver. Each day has a delivery or two that nobody can make, so that a plan has something to say.

use crate::chance::{between, hash, unit};
use crate::files::field;
use crate::town::{Town, shop_word};
use crate::warehouse::Warehouse;
use domain::{Delivery, OrderLine, Vehicle};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use units::{Day, DeliveryId, Milli, Millis, Money, Seed, VehicleId};

#[cfg(test)]
mod tests;

/// Deliveries of a day, at least.
pub const DELIVERIES_MIN: usize = 40;
/// Deliveries of a day, at most.
pub const DELIVERIES_MAX: usize = 70;

/// What a question to [`hash`] is about.
mod topic {
    pub const HOME: u64 = 0xF101;
    pub const SHOP: u64 = 0xF102;
    pub const HOURS: u64 = 0xF103;
    pub const WEIGHT: u64 = 0xF104;
    pub const TIGHT: u64 = 0xF105;
    pub const NOTE: u64 = 0xF106;
    pub const ODD: u64 = 0xF107;
    pub const VOLUME: u64 = 0xF108;
}

/// Words for a shop, before or after its stem.
const SHOPS: [(&str, &str); 14] = [
    ("Grocery", "食品店"),
    ("Corner Shop", "便利店"),
    ("Bakery", "面包房"),
    ("Café", "咖啡馆"),
    ("Kitchen", "餐厅"),
    ("School Canteen", "学校食堂"),
    ("Market", "生鲜超市"),
    ("Pharmacy", "药房"),
    ("Kiosk", "小卖部"),
    ("Hotel", "酒店"),
    ("Delicatessen", "熟食店"),
    ("Care Home", "养老院"),
    ("Bistro", "小馆"),
    ("Tea House", "茶楼"),
];

const NOTES: [(&str, &str); 8] = [
    ("Ring at the back door", "请按后门门铃"),
    ("Chilled goods: hand over in person", "冷藏商品，请当面交接"),
    ("Dock 2; a forklift is there", "2 号月台，有叉车"),
    ("Gate code 4711", "大门密码 4711"),
    ("Take empty crates back", "请带回空周转箱"),
    ("No parking in front: use the yard", "门前禁停，请进院子"),
    ("Call ten minutes before", "到达前十分钟请电话联系"),
    ("Stairs, second floor", "二楼，走楼梯"),
];

/// The eight vehicles, not stored yet; names in English or Chinese.
pub fn vehicles(chinese: bool) -> Vec<Vehicle> {
    let one =
        |code: &str, name: (&str, &str), kg: i64, litres: i64, shift: (u16, u16), cost: (i64, i64, i64)| {
            Vehicle {
                id: VehicleId(0),
                code: code.to_owned(),
                name: if chinese { name.1 } else { name.0 }.to_owned(),
                capacity_kg: Milli(kg * 1_000),
                capacity_m3: Some(Milli(litres)),
                shift,
                cost_fixed: Money(cost.0),
                cost_per_km: Money(cost.1),
                cost_per_hour: Money(cost.2),
                active: true,
            }
        };
    vec![
        one("BIKE-1", ("Cargo bike", "货运自行车"), 140, 800, (480, 1_020), (800, 5, 1_700)),
        one("COOL-1", ("Refrigerated truck", "冷藏车"), 1_300, 9_500, (330, 840), (5_500, 58, 2_500)),
        one("TRUCK-1", ("Truck 7.5 t", "7.5 吨货车"), 2_400, 21_000, (360, 900), (7_500, 70, 2_700)),
        one(
            "TRUCK-2",
            ("Truck 7.5 t, tail lift", "7.5 吨尾板货车"),
            2_100,
            19_500,
            (240, 780),
            (8_000, 74, 2_700),
        ),
        one("VAN-1", ("Van 1", "1 号厢式车"), 900, 8_200, (420, 930), (4_200, 34, 2_300)),
        one("VAN-2", ("Van 2", "2 号厢式车"), 900, 8_200, (420, 930), (4_200, 34, 2_300)),
        one("VAN-3", ("Electric van", "电动厢式车"), 750, 7_200, (450, 960), (3_800, 21, 2_300)),
        one("VAN-4", ("Evening van", "晚班厢式车"), 900, 8_200, (840, 1_350), (4_200, 34, 2_500)),
    ]
}

/// The vehicles as the file a person would bring.
pub fn vehicles_csv(chinese: bool) -> String {
    let mut text = String::from(
        "vehicle,name,capacity_kg,capacity_m3,shift_from,shift_to,cost_fixed,cost_per_km,cost_per_hour\n",
    );
    for one in vehicles(chinese) {
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{:.2},{:.2},{:.2}",
            field(&one.code),
            field(&one.name),
            one.capacity_kg,
            one.capacity_m3.unwrap_or_default(),
            clock(one.shift.0),
            clock(one.shift.1),
            one.cost_fixed,
            one.cost_per_km,
            one.cost_per_hour
        );
    }
    text
}

/// Deliveries as the file an order system would write.
pub fn deliveries_csv(deliveries: &[Delivery]) -> String {
    let mut text = String::from(
        "delivery,day,customer,address,latitude,longitude,weight_kg,volume_m3,service_minutes,window_from,window_to,note\n",
    );
    for one in deliveries {
        let (from, to) = one.window.map(|(from, to)| (clock(from), clock(to))).unwrap_or_default();
        let _ = writeln!(
            text,
            "{},{},{},{},{:.7},{:.7},{},{},{},{from},{to},{}",
            one.code,
            one.day,
            field(&one.customer),
            field(&one.address),
            one.place.lat(),
            one.place.lon(),
            one.weight_kg,
            one.volume_m3.unwrap_or_default(),
            one.service.0 as f64 / 60_000.0,
            field(&one.note)
        );
    }
    text
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A customer of the town.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Customer {
    name: String,
    address: String,
    place: units::GeoPoint,
    hours: Option<(u16, u16)>,
    note: String,
}

/// What a warehouse's town asks for, day by day. The same seed and day give the same deliveries.
#[derive(Clone, Debug)]
pub struct Fleet {
    seed: u64,
    town: Town,
}

impl Fleet {
    /// The fleet and the town of a seed.
    pub fn new(seed: Seed) -> Self {
        Self { seed: seed.0, town: Town::new(seed) }
    }

    /// The town.
    pub fn town(&self) -> &Town {
        &self.town
    }

    fn customer(&self, shop: &str, chinese: bool) -> Option<Customer> {
        let id = hash(&shop.bytes().map(u64::from).collect::<Vec<_>>());
        let ask = |what: u64| [self.seed, what, id];
        let house = self.town.place(unit(&ask(topic::HOME)))?;
        let (en, zh) = SHOPS[(hash(&ask(topic::SHOP)) % SHOPS.len() as u64) as usize];
        let stem = shop_word(hash(&ask(topic::SHOP)) >> 8, chinese);
        let hours = match hash(&ask(topic::HOURS)) % 100 {
            0..9 => Some((300, 450)),
            9..42 => Some((480, 630)),
            42..54 => Some((540, 720)),
            54..68 => Some((780, 960)),
            68..75 => Some((1_050, 1_260)),
            _ => None,
        };
        let note = match hash(&ask(topic::NOTE)) % 24 {
            n @ 0..8 => NOTES[n as usize],
            _ => ("", ""),
        };
        Some(Customer {
            name: if chinese { format!("{stem}{zh}") } else { format!("{stem} {en}") },
            address: self.town.address(&house, chinese),
            place: house.point,
            hours,
            note: if chinese { note.1 } else { note.0 }.to_owned(),
        })
    }

    /// What a unit of an item weighs, grams: nobody entered it, so it follows from the SKU.
    fn unit_grams(&self, sku: &str) -> f64 {
        let id = hash(&sku.bytes().map(u64::from).collect::<Vec<_>>());
        between(0.25, 1.0, &[self.seed, topic::WEIGHT, id]).powi(2) * 3_400.0
    }

    /// The deliveries of a day: what was ordered the days before, 40 to 70.
    pub fn deliveries(&self, warehouse: &Warehouse, day: Day, chinese: bool) -> Vec<Delivery> {
        let mut orders: BTreeMap<String, Vec<OrderLine>> = BTreeMap::new();
        for before in 1..=4 {
            if orders.len() < DELIVERIES_MIN + 4 {
                for line in warehouse.orders_on(day.plus(-before)) {
                    orders.entry(line.order_ref.clone()).or_default().push(line);
                }
            }
        }
        // A quiet Sunday's orders come with Saturday's; of a busy day the last ones wait.
        let number = |n: usize| [self.seed, topic::ODD, day.0 as u64, n as u64];
        let mut deliveries: Vec<Delivery> = Vec::with_capacity(DELIVERIES_MAX);
        for (code, lines) in orders.into_iter().rev() {
            if deliveries.len() == DELIVERIES_MAX - 2 {
                break;
            }
            let shop = lines.first().and_then(|line| line.customer.clone()).unwrap_or_default();
            let Some(customer) = self.customer(&shop, chinese) else { continue };
            let grams: f64 =
                lines.iter().map(|line| self.unit_grams(&line.sku) * line.quantity.to_f64()).sum();
            // Whole hundred grams, as a scale at a dock shows them.
            let weight = ((grams / 100.0).round().max(5.0) as i64) * 100;
            let litres = weight as f64 / 1_000.0 * between(3.2, 6.0, &number(deliveries.len()));
            let hour =
                between(9.0, 15.5, &[self.seed, topic::TIGHT, day.0 as u64, hash(&number(deliveries.len()))]);
            let tight =
                hash(&[self.seed, topic::TIGHT, day.0 as u64, deliveries.len() as u64]).is_multiple_of(12);
            let window = if tight {
                let from = (hour * 2.0).round() as u16 * 30;
                Some((from, from + 30))
            } else {
                customer.hours
            };
            deliveries.push(Delivery {
                id: DeliveryId(0),
                code,
                day,
                customer: customer.name,
                address: customer.address,
                place: customer.place,
                weight_kg: Milli(weight),
                volume_m3: Some(Milli(litres.round().max(1.0) as i64)),
                // Parking, papers, and a minute for every twenty kilograms.
                service: Millis::seconds(((300 + weight / 1_000 * 3).min(1_500) / 30) * 30),
                window,
                note: customer.note,
            });
        }
        deliveries.reverse();
        deliveries.extend(self.odd(day, chinese));
        deliveries.sort_by(|a, b| a.code.cmp(&b.code));
        deliveries
    }

    /// What can't be done: goods heavier than any truck, and a place no road leads to. One of them each day, sometimes both.
    fn odd(&self, day: Day, chinese: bool) -> Vec<Delivery> {
        let (year, month, date) = day.civil();
        let dice = hash(&[self.seed, topic::ODD, day.0 as u64]) % 5;
        let pick = |en: &str, zh: &str| if chinese { zh } else { en }.to_owned();
        let code = |n: u32| format!("SP{:02}{month:02}{date:02}-{n}", year % 100);
        let blank = |code: String, customer: String| Delivery {
            id: DeliveryId(0),
            code,
            day,
            customer,
            address: String::new(),
            place: self.town.lighthouse(),
            weight_kg: Milli(38_500),
            volume_m3: Some(Milli(160)),
            service: Millis::minutes(10),
            window: None,
            note: String::new(),
        };
        let mut odd = Vec::new();
        if dice < 3 {
            odd.push(Delivery {
                address: pick("Skerry Rock, by boat only", "礁石岛，仅通船"),
                note: pick("The boat leaves when the weather lets it", "天气允许时开船"),
                ..blank(code(1), pick("Skerry Lighthouse", "礁石灯塔"))
            });
        }
        if dice >= 2 {
            let house = self.town.place(unit(&[self.seed, topic::HOME, 7]));
            odd.push(Delivery {
                address: house.as_ref().map(|house| self.town.address(house, chinese)).unwrap_or_default(),
                place: house.map_or_else(|| self.town.depot(), |house| house.point),
                weight_kg: Milli(9_400_000),
                volume_m3: Some(Milli(31_000)),
                service: Millis::minutes(90),
                window: Some((480, 960)),
                note: pick("Cold-store shelving, one piece", "冷库货架，整件"),
                ..blank(code(2), pick("New Market Hall", "新市场大厅"))
            });
        }
        odd
    }

    /// How much of a delivery's volume asks for a truck, for tests of the plan: kilograms to a cubic metre.
    #[cfg(test)]
    fn density(delivery: &Delivery) -> f64 {
        delivery.weight_kg.to_f64() / delivery.volume_m3.map_or(1.0, Milli::to_f64).max(1e-9)
    }
}

const _: () = assert!(topic::VOLUME > topic::ODD && DELIVERIES_MIN < DELIVERIES_MAX);
