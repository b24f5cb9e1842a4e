//! Vehicles, deliveries, plans of a day, and how far each delivery is.
//!
//! A removed delivery's row stays, so that a plan that names it can still be read; it is in no list any more. A day has at most
//! one plan in force; the ones before it stay on record. Progress is measured, so it has no audit record.

use super::Records;
use super::imports::{ImportRecord, Journal, Table};
use crate::audit::Change;
use crate::file::{first, need, rows, run};
use crate::words::{unserved, unserved_code, unserved_word};
use crate::{Act, Error, ErrorKind, Result};
use domain::{Delivery, Plan, Route, Vehicle, VehicleEntry, Visit};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use units::{
    Day, DeliveryId, GeoPoint, Metres, Milli, Millis, Money, PlanId, Quantity, Stop, Timestamp, VehicleId,
};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "fleet-1",
    // AUTOINCREMENT: plans go by these ids, so one is never given again.
    "CREATE TABLE vehicle(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        capacity INTEGER NOT NULL,
        volume INTEGER,
        shift_from INTEGER NOT NULL,
        shift_to INTEGER NOT NULL,
        cost_fixed INTEGER NOT NULL,
        cost_per_km INTEGER NOT NULL,
        cost_per_hour INTEGER NOT NULL,
        active INTEGER NOT NULL
     );
     CREATE TABLE delivery(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL,
        day INTEGER NOT NULL,
        customer TEXT NOT NULL,
        address TEXT NOT NULL,
        lat_e7 INTEGER NOT NULL,
        lon_e7 INTEGER NOT NULL,
        weight INTEGER NOT NULL,
        volume INTEGER,
        service INTEGER NOT NULL,
        window_from INTEGER,
        window_to INTEGER,
        note TEXT NOT NULL,
        removed INTEGER NOT NULL DEFAULT 0
     );
     CREATE UNIQUE INDEX delivery_code ON delivery(day, code) WHERE removed = 0;
     CREATE TABLE plan(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        day INTEGER NOT NULL,
        made_at INTEGER NOT NULL,
        made_by TEXT NOT NULL,
        lat_e7 INTEGER NOT NULL,
        lon_e7 INTEGER NOT NULL,
        estimated INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        cost INTEGER NOT NULL,
        in_force INTEGER NOT NULL
     );
     CREATE UNIQUE INDEX plan_in_force ON plan(day) WHERE in_force = 1;
     CREATE TABLE route(
        plan INTEGER NOT NULL REFERENCES plan(id),
        number INTEGER NOT NULL,
        vehicle INTEGER NOT NULL REFERENCES vehicle(id),
        leave_at INTEGER NOT NULL,
        back_at INTEGER NOT NULL,
        distance INTEGER NOT NULL,
        driving INTEGER NOT NULL,
        load INTEGER NOT NULL,
        cost INTEGER NOT NULL,
        PRIMARY KEY (plan, number)
     ) WITHOUT ROWID;
     CREATE TABLE visit(
        plan INTEGER NOT NULL REFERENCES plan(id),
        route INTEGER NOT NULL,
        number INTEGER NOT NULL,
        delivery INTEGER NOT NULL REFERENCES delivery(id),
        arrive_at INTEGER NOT NULL,
        start_at INTEGER NOT NULL,
        leave_at INTEGER NOT NULL,
        distance INTEGER NOT NULL,
        PRIMARY KEY (plan, route, number)
     ) WITHOUT ROWID;
     CREATE TABLE unserved(
        plan INTEGER NOT NULL REFERENCES plan(id),
        delivery INTEGER NOT NULL REFERENCES delivery(id),
        reason INTEGER NOT NULL,
        PRIMARY KEY (plan, delivery)
     ) WITHOUT ROWID;
     CREATE TABLE progress(
        delivery INTEGER PRIMARY KEY REFERENCES delivery(id),
        arrived_at INTEGER NOT NULL,
        served INTEGER NOT NULL,
        left_at INTEGER
     );",
)];

/// A plan on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedPlan {
    /// The plan.
    pub plan: Plan,
    /// Who made it.
    pub made_by: String,
    /// It is the one its day goes by.
    pub in_force: bool,
}

/// How far a delivery is, as its vehicle's positions tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryProgress {
    /// Which.
    pub delivery: DeliveryId,
    /// The vehicle came to the door at.
    pub arrived_at: Timestamp,
    /// It stayed long enough to have served it.
    pub served: bool,
    /// It drove on at.
    pub left_at: Option<Timestamp>,
}

/// The shift of a vehicle whose file names none: 8:00 to 18:00.
const SHIFT: (u16, u16) = (8 * 60, 18 * 60);

const VEHICLE: &str =
    "SELECT id, code, name, capacity, volume, shift_from, shift_to, cost_fixed, cost_per_km,
    cost_per_hour, active FROM vehicle";

fn vehicle(row: &Row<'_>) -> Result<Vehicle> {
    Ok(Vehicle {
        id: VehicleId(row.get(0)?),
        code: row.get(1)?,
        name: row.get(2)?,
        capacity_kg: Milli(row.get(3)?),
        capacity_m3: row.get::<_, Option<i64>>(4)?.map(Milli),
        shift: (row.get(5)?, row.get(6)?),
        cost_fixed: Money(row.get(7)?),
        cost_per_km: Money(row.get(8)?),
        cost_per_hour: Money(row.get(9)?),
        active: row.get(10)?,
    })
}

fn vehicle_json(vehicle: &Vehicle) -> Value {
    json!({
        "code": vehicle.code,
        "name": vehicle.name,
        "capacity_kg": vehicle.capacity_kg,
        "capacity_m3": vehicle.capacity_m3,
        "shift": vehicle.shift,
        "cost_fixed": vehicle.cost_fixed,
        "cost_per_km": vehicle.cost_per_km,
        "cost_per_hour": vehicle.cost_per_hour,
        "active": vehicle.active,
    })
}

fn write_vehicle(tx: &Connection, given: &Vehicle) -> Result<VehicleId> {
    run(
        tx,
        "INSERT INTO vehicle(id, code, name, capacity, volume, shift_from, shift_to, cost_fixed, cost_per_km, cost_per_hour,
            active) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, capacity = excluded.capacity,
            volume = excluded.volume, shift_from = excluded.shift_from, shift_to = excluded.shift_to,
            cost_fixed = excluded.cost_fixed, cost_per_km = excluded.cost_per_km,
            cost_per_hour = excluded.cost_per_hour, active = excluded.active",
        params![
            (given.id.0 != 0).then_some(given.id.0),
            given.code,
            given.name,
            given.capacity_kg.0,
            given.capacity_m3.map(|volume| volume.0),
            given.shift.0,
            given.shift.1,
            given.cost_fixed.0,
            given.cost_per_km.0,
            given.cost_per_hour.0,
            given.active
        ],
    )?;
    Ok(if given.id.0 == 0 { VehicleId(tx.last_insert_rowid()) } else { given.id })
}

const DELIVERY: &str =
    "SELECT id, code, day, customer, address, lat_e7, lon_e7, weight, volume, service, window_from,
    window_to, note FROM delivery";

fn delivery(row: &Row<'_>) -> Result<Delivery> {
    Ok(Delivery {
        id: DeliveryId(row.get(0)?),
        code: row.get(1)?,
        day: Day(row.get(2)?),
        customer: row.get(3)?,
        address: row.get(4)?,
        place: GeoPoint { lat_e7: row.get(5)?, lon_e7: row.get(6)? },
        weight_kg: Milli(row.get(7)?),
        volume_m3: row.get::<_, Option<i64>>(8)?.map(Milli),
        service: Millis(row.get(9)?),
        window: row.get::<_, Option<u16>>(10)?.zip(row.get::<_, Option<u16>>(11)?),
        note: row.get(12)?,
    })
}

fn delivery_json(delivery: &Delivery) -> Value {
    json!({
        "code": delivery.code,
        "day": delivery.day.to_string(),
        "customer": delivery.customer,
        "address": delivery.address,
        "place": delivery.place,
        "weight_kg": delivery.weight_kg,
        "volume_m3": delivery.volume_m3,
        "service": delivery.service,
        "window": delivery.window,
        "note": delivery.note,
    })
}

fn write_delivery(tx: &Connection, given: &Delivery) -> Result<DeliveryId> {
    run(
        tx,
        "INSERT INTO delivery(id, code, day, customer, address, lat_e7, lon_e7, weight, volume, service, window_from,
            window_to, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, day = excluded.day, customer = excluded.customer,
            address = excluded.address, lat_e7 = excluded.lat_e7, lon_e7 = excluded.lon_e7, weight = excluded.weight,
            volume = excluded.volume, service = excluded.service, window_from = excluded.window_from,
            window_to = excluded.window_to, note = excluded.note",
        params![
            (given.id.0 != 0).then_some(given.id.0),
            given.code,
            given.day.0,
            given.customer,
            given.address,
            given.place.lat_e7,
            given.place.lon_e7,
            given.weight_kg.0,
            given.volume_m3.map(|volume| volume.0),
            given.service.0,
            given.window.map(|window| window.0),
            given.window.map(|window| window.1),
            given.note
        ],
    )?;
    Ok(if given.id.0 == 0 { DeliveryId(tx.last_insert_rowid()) } else { given.id })
}

/// A delivery that is not removed.
fn find_delivery(db: &Connection, id: DeliveryId) -> Result<Option<Delivery>> {
    first(db, &format!("{DELIVERY} WHERE id = ?1 AND removed = 0"), [id.0], delivery)
}

fn find_code(db: &Connection, day: Day, code: &str) -> Result<Option<Delivery>> {
    let sql = format!("{DELIVERY} WHERE day = ?1 AND code = ?2 AND removed = 0");
    first(db, &sql, (day.0, code), delivery)
}

fn find_vehicle_code(db: &Connection, code: &str) -> Result<Option<Vehicle>> {
    first(db, &format!("{VEHICLE} WHERE code = ?1"), [code], vehicle)
}

/// The code belongs to another row.
fn taken(what: &str, code: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("there is a {what} {code} already; choose another code or change that one"),
    )
}

const PLAN: &str =
    "SELECT id, day, made_at, made_by, lat_e7, lon_e7, estimated, fingerprint, cost, in_force FROM plan";

fn plan_head(row: &Row<'_>) -> Result<SavedPlan> {
    Ok(SavedPlan {
        plan: Plan {
            id: PlanId(row.get(0)?),
            day: Day(row.get(1)?),
            made_at: Timestamp(row.get(2)?),
            depot: GeoPoint { lat_e7: row.get(4)?, lon_e7: row.get(5)? },
            estimated: row.get(6)?,
            fingerprint: row.get(7)?,
            cost: Money(row.get(8)?),
            routes: Vec::new(),
            unserved: Vec::new(),
        },
        made_by: row.get(3)?,
        in_force: row.get(9)?,
    })
}

/// Reads what hangs on a plan's head.
fn whole(db: &Connection, mut saved: SavedPlan) -> Result<SavedPlan> {
    let id = saved.plan.id.0;
    saved.plan.routes = rows(
        db,
        "SELECT vehicle, leave_at, back_at, distance, driving, load, cost FROM route WHERE plan = ?1 ORDER BY number",
        [id],
        |row| {
            Ok(Route {
                vehicle: VehicleId(row.get(0)?),
                leave_at: Timestamp(row.get(1)?),
                back_at: Timestamp(row.get(2)?),
                distance: Metres(row.get(3)?),
                driving: Millis(row.get(4)?),
                load_kg: Milli(row.get(5)?),
                cost: Money(row.get(6)?),
                visits: Vec::new(),
            })
        },
    )?;
    let visits = rows(
        db,
        "SELECT route, delivery, arrive_at, start_at, leave_at, distance FROM visit WHERE plan = ?1 ORDER BY route, number",
        [id],
        |row| {
            let visit = Visit {
                delivery: DeliveryId(row.get(1)?),
                arrive_at: Timestamp(row.get(2)?),
                start_at: Timestamp(row.get(3)?),
                leave_at: Timestamp(row.get(4)?),
                distance: Metres(row.get(5)?),
            };
            Ok((row.get::<_, u32>(0)?, visit))
        },
    )?;
    for (route, visit) in visits {
        if let Some(route) = saved.plan.routes.get_mut(route as usize) {
            route.visits.push(visit);
        }
    }
    saved.plan.unserved =
        rows(db, "SELECT delivery, reason FROM unserved WHERE plan = ?1 ORDER BY delivery", [id], |row| {
            Ok((DeliveryId(row.get(0)?), unserved(row.get(1)?)?))
        })?;
    Ok(saved)
}

fn plan_json(plan: &Plan) -> Value {
    let mut reasons = std::collections::BTreeMap::<&str, u32>::new();
    for (_, reason) in &plan.unserved {
        *reasons.entry(unserved_word(*reason)).or_default() += 1;
    }
    json!({
        "day": plan.day.to_string(),
        "fingerprint": plan.fingerprint,
        "cost": plan.cost,
        "estimated": plan.estimated,
        "routes": plan.routes.len(),
        "served": plan.routes.iter().map(|route| route.visits.len()).sum::<usize>(),
        "unserved": reasons,
        "checked": true,
    })
}

fn write_plan(tx: &Connection, plan: &Plan, by: &str) -> Result<PlanId> {
    run(tx, "UPDATE plan SET in_force = 0 WHERE day = ?1 AND in_force = 1", [plan.day.0])?;
    run(
        tx,
        "INSERT INTO plan(day, made_at, made_by, lat_e7, lon_e7, estimated, fingerprint, cost, in_force)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)",
        params![
            plan.day.0,
            plan.made_at.0,
            by,
            plan.depot.lat_e7,
            plan.depot.lon_e7,
            plan.estimated,
            plan.fingerprint,
            plan.cost.0
        ],
    )?;
    let id = tx.last_insert_rowid();
    for (number, route) in (0_i64..).zip(&plan.routes) {
        run(
            tx,
            "INSERT INTO route(plan, number, vehicle, leave_at, back_at, distance, driving, load, cost)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                id,
                number,
                route.vehicle.0,
                route.leave_at.0,
                route.back_at.0,
                route.distance.0,
                route.driving.0,
                route.load_kg.0,
                route.cost.0
            ],
        )?;
        for (place, visit) in (0_i64..).zip(&route.visits) {
            run(
                tx,
                "INSERT INTO visit(plan, route, number, delivery, arrive_at, start_at, leave_at, distance)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    id,
                    number,
                    place,
                    visit.delivery.0,
                    visit.arrive_at.0,
                    visit.start_at.0,
                    visit.leave_at.0,
                    visit.distance.0
                ],
            )?;
        }
    }
    for (delivery, reason) in &plan.unserved {
        run(
            tx,
            "INSERT INTO unserved(plan, delivery, reason) VALUES (?1, ?2, ?3)",
            (id, delivery.0, unserved_code(*reason)),
        )?;
    }
    Ok(PlanId(id))
}

pub(super) fn take_vehicles(
    change: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<VehicleEntry>,
    stop: &Stop,
) -> Result<()> {
    let mut journal = Journal::new(change.tx, record.id);
    for row in given {
        stop.check()?;
        record.rows += 1;
        let known = find_vehicle_code(change.tx, &row.code)?;
        let mut vehicle = known.clone().unwrap_or_else(|| Vehicle {
            id: VehicleId(0),
            code: row.code.clone(),
            name: row.code.clone(),
            capacity_kg: row.capacity_kg,
            capacity_m3: None,
            shift: SHIFT,
            cost_fixed: Money::ZERO,
            cost_per_km: Money::ZERO,
            cost_per_hour: Money::ZERO,
            active: true,
        });
        vehicle.name = row.name.unwrap_or(vehicle.name);
        vehicle.capacity_kg = row.capacity_kg;
        vehicle.capacity_m3 = row.capacity_m3.or(vehicle.capacity_m3);
        vehicle.shift = (row.shift_from.unwrap_or(vehicle.shift.0), row.shift_to.unwrap_or(vehicle.shift.1));
        vehicle.cost_fixed = row.cost_fixed.unwrap_or(vehicle.cost_fixed);
        vehicle.cost_per_km = row.cost_per_km.unwrap_or(vehicle.cost_per_km);
        vehicle.cost_per_hour = row.cost_per_hour.unwrap_or(vehicle.cost_per_hour);
        if known.as_ref() == Some(&vehicle) {
            record.duplicates += 1;
            continue;
        }
        let was = journal.before(Table::Vehicle, vehicle.id.0)?;
        let id = write_vehicle(change.tx, &vehicle)?;
        journal.note(Table::Vehicle, id.0, was)?;
        record.added += 1;
    }
    Ok(())
}

pub(super) fn take_deliveries(
    change: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<Delivery>,
    stop: &Stop,
) -> Result<()> {
    let mut journal = Journal::new(change.tx, record.id);
    for mut row in given {
        stop.check()?;
        record.rows += 1;
        let known = find_code(change.tx, row.day, &row.code)?;
        row.id = known.as_ref().map_or(DeliveryId(0), |known| known.id);
        if known.as_ref() == Some(&row) {
            record.duplicates += 1;
            continue;
        }
        let was = journal.before(Table::Delivery, row.id.0)?;
        let id = write_delivery(change.tx, &row)?;
        journal.note(Table::Delivery, id.0, was)?;
        record.added += 1;
        record.quantity = record.quantity.plus(Quantity(row.weight_kg.0));
        record.first_day = Some(record.first_day.map_or(row.day, |day| day.min(row.day)));
        record.last_day = record.last_day.max(Some(row.day));
    }
    Ok(())
}

impl Records {
    /// All vehicles, by code.
    pub fn vehicles(&self) -> Result<Vec<Vehicle>> {
        self.file.read("list vehicles", |db| rows(db, &format!("{VEHICLE} ORDER BY code"), [], vehicle))
    }

    /// Saves a vehicle; id 0 makes a new one. Its code must be its own.
    pub fn save_vehicle(&self, act: &Act, given: &Vehicle) -> Result<VehicleId> {
        let given = given.clone();
        self.change("save a vehicle", act, move |c| {
            let old = match given.id.0 {
                0 => None,
                id => Some(need(
                    first(c.tx, &format!("{VEHICLE} WHERE id = ?1"), [id], vehicle)?,
                    "vehicle",
                    id,
                )?),
            };
            if old.as_ref() == Some(&given) {
                return Ok(given.id);
            }
            if find_vehicle_code(c.tx, &given.code)?.is_some_and(|other| other.id != given.id) {
                return Err(taken("vehicle", &given.code));
            }
            let id = write_vehicle(c.tx, &given)?;
            let old = old.as_ref().map(vehicle_json);
            c.audit("vehicle.save", &format!("vehicle {id}"), old, Some(vehicle_json(&given)))?;
            Ok(id)
        })
    }

    /// A day's deliveries, by code.
    pub fn deliveries(&self, day: Day) -> Result<Vec<Delivery>> {
        self.file.read("list deliveries", |db| {
            rows(db, &format!("{DELIVERY} WHERE day = ?1 AND removed = 0 ORDER BY code"), [day.0], delivery)
        })
    }

    /// The deliveries a plan names, also those removed or moved to another day since.
    pub fn deliveries_of_plan(&self, plan: PlanId) -> Result<Vec<Delivery>> {
        self.file.read("list a plan's deliveries", |db| {
            let sql = format!(
                "{DELIVERY} WHERE id IN (SELECT delivery FROM visit WHERE plan = ?1
                    UNION SELECT delivery FROM unserved WHERE plan = ?1) ORDER BY code"
            );
            rows(db, &sql, [plan.0], delivery)
        })
    }

    /// Days that have deliveries, newest first.
    pub fn delivery_days(&self, limit: u32) -> Result<Vec<Day>> {
        self.file.read("list delivery days", |db| {
            let sql = "SELECT DISTINCT day FROM delivery WHERE removed = 0 ORDER BY day DESC LIMIT ?1";
            rows(db, sql, [limit], |row| Ok(Day(row.get(0)?)))
        })
    }

    /// Saves a delivery; id 0 makes a new one. Its code must be its own within the day.
    pub fn save_delivery(&self, act: &Act, given: &Delivery) -> Result<DeliveryId> {
        let given = given.clone();
        self.change("save a delivery", act, move |c| {
            let old = match given.id.0 {
                0 => None,
                id => Some(need(find_delivery(c.tx, given.id)?, "delivery", id)?),
            };
            if old.as_ref() == Some(&given) {
                return Ok(given.id);
            }
            if find_code(c.tx, given.day, &given.code)?.is_some_and(|other| other.id != given.id) {
                return Err(taken("delivery", &given.code));
            }
            let id = write_delivery(c.tx, &given)?;
            let old = old.as_ref().map(delivery_json);
            c.audit("delivery.save", &format!("delivery {id}"), old, Some(delivery_json(&given)))?;
            Ok(id)
        })
    }

    /// Removes a delivery from its day.
    pub fn remove_delivery(&self, act: &Act, id: DeliveryId) -> Result<Day> {
        self.change("remove a delivery", act, move |c| {
            let old = need(find_delivery(c.tx, id)?, "delivery", id)?;
            run(c.tx, "UPDATE delivery SET removed = 1 WHERE id = ?1", [id.0])?;
            c.audit("delivery.remove", &format!("delivery {id}"), Some(delivery_json(&old)), None)?;
            Ok(old.day)
        })
    }

    /// Puts a plan in force, in place of the one its day had. Only a plan that the checker passed may come here.
    pub fn save_plan(&self, act: &Act, plan: &Plan) -> Result<PlanId> {
        let plan = plan.clone();
        self.change("save a plan", act, move |c| {
            let sql = format!("{PLAN} WHERE day = ?1 AND in_force = 1");
            let old = first(c.tx, &sql, [plan.day.0], plan_head)?;
            let id = write_plan(c.tx, &plan, &c.act.by.name)?;
            let old = old.map(|old| json!({ "plan": old.plan.id, "cost": old.plan.cost }));
            c.audit("plan.save", &format!("plan {id}"), old, Some(plan_json(&plan)))?;
            Ok(id)
        })
    }

    /// The plan a day goes by.
    pub fn plan_in_force(&self, day: Day) -> Result<Option<SavedPlan>> {
        self.file.read("read the plan of a day", |db| {
            let head = first(db, &format!("{PLAN} WHERE day = ?1 AND in_force = 1"), [day.0], plan_head)?;
            head.map(|head| whole(db, head)).transpose()
        })
    }

    /// A plan, also one that is not in force any more.
    pub fn plan(&self, id: PlanId) -> Result<SavedPlan> {
        self.file.read("read a plan", |db| {
            whole(db, need(first(db, &format!("{PLAN} WHERE id = ?1"), [id.0], plan_head)?, "plan", id)?)
        })
    }

    /// How far the deliveries of a day, and of the plan it goes by, are.
    pub fn delivery_progress(&self, day: Day) -> Result<Vec<DeliveryProgress>> {
        self.file.read("read the progress of a day", |db| {
            let sql = "SELECT delivery, arrived_at, served, left_at FROM progress WHERE delivery IN (
                    SELECT id FROM delivery WHERE day = ?1) ORDER BY delivery";
            rows(db, sql, [day.0], |row| {
                Ok(DeliveryProgress {
                    delivery: DeliveryId(row.get(0)?),
                    arrived_at: Timestamp(row.get(1)?),
                    served: row.get(2)?,
                    left_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
                })
            })
        })
    }

    /// Notes how far deliveries are.
    pub fn save_delivery_progress(&self, progress: Vec<DeliveryProgress>) -> Result<()> {
        self.file.write("note the progress of deliveries", move |tx| {
            for one in &progress {
                run(
                    tx,
                    "INSERT OR REPLACE INTO progress(delivery, arrived_at, served, left_at) VALUES (?1, ?2, ?3, ?4)",
                    (one.delivery.0, one.arrived_at.0, one.served, one.left_at.map(|at| at.0)),
                )?;
            }
            Ok(())
        })
    }
}
