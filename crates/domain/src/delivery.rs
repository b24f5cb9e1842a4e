//! A day's deliveries, the vehicles that make them, and the plan that joins the two.

use units::{Day, DeliveryId, GeoPoint, Metres, Milli, Millis, Money, PlanId, Timestamp, VehicleId};

/// Minutes after local midnight of the site's zone; 24:00 is 1440, later ones belong to the night after.
pub type MinuteOfDay = u16;

/// A truck, van or bike of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Its row; 0 before it is stored.
    pub id: VehicleId,
    /// Its short code, unique: a number plate, or the name its tracker sends.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// What it may load, kg.
    pub capacity_kg: Milli,
    /// What fits in, m³, where known.
    pub capacity_m3: Option<Milli>,
    /// The driver's shift: leaves the depot not before, is back not after.
    pub shift: (MinuteOfDay, MinuteOfDay),
    /// What a day on the road costs before the first kilometre.
    pub cost_fixed: Money,
    /// What a kilometre costs.
    pub cost_per_km: Money,
    /// What an hour costs, driving, waiting and serving alike.
    pub cost_per_hour: Money,
    /// It may be planned.
    pub active: bool,
}

/// What somebody's file says of a vehicle. What it leaves out is `None` and stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VehicleEntry {
    /// Code or number plate.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
    /// What it may load, kg.
    pub capacity_kg: Milli,
    /// What fits in, m³.
    pub capacity_m3: Option<Milli>,
    /// Leaves not before.
    pub shift_from: Option<MinuteOfDay>,
    /// Is back not after.
    pub shift_to: Option<MinuteOfDay>,
    /// What a day on the road costs before the first kilometre.
    pub cost_fixed: Option<Money>,
    /// What a kilometre costs.
    pub cost_per_km: Option<Money>,
    /// What an hour costs.
    pub cost_per_hour: Option<Money>,
}

/// One customer's goods, to one place, on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its row; 0 before it is stored.
    pub id: DeliveryId,
    /// The order's number, unique within the day.
    pub code: String,
    /// When.
    pub day: Day,
    /// To whom.
    pub customer: String,
    /// The address as people write it.
    pub address: String,
    /// Where that is.
    pub place: GeoPoint,
    /// How heavy, kg.
    pub weight_kg: Milli,
    /// How large, m³, where known.
    pub volume_m3: Option<Milli>,
    /// Time at the door.
    pub service: Millis,
    /// The customer is there from … to; none is all day.
    pub window: Option<(MinuteOfDay, MinuteOfDay)>,
    /// What the driver should know.
    pub note: String,
}

/// Why a delivery is on no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnservedReason {
    /// No road leads there, or it lies too far from any.
    Unreachable,
    /// Heavier or larger than any vehicle.
    TooLarge,
    /// No vehicle can be there within the window and back within its shift.
    WindowClosed,
    /// Room or time of the fleet ran out.
    NoRoom,
}

/// A vehicle's arrival at a delivery, and leaving it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Stands at the door at.
    pub arrive_at: Timestamp,
    /// Begins to unload at: later than the arrival where the window is not open yet.
    pub start_at: Timestamp,
    /// Drives on at.
    pub leave_at: Timestamp,
    /// Driven since the visit before, or the depot.
    pub distance: Metres,
}

/// What one vehicle does that day: from the depot, visit by visit, and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// Leaves the depot at.
    pub leave_at: Timestamp,
    /// Is back at.
    pub back_at: Timestamp,
    /// Driven in all.
    pub distance: Metres,
    /// Time at the wheel.
    pub driving: Millis,
    /// Loaded when it leaves, kg.
    pub load_kg: Milli,
    /// What it costs.
    pub cost: Money,
    /// In the order of driving.
    pub visits: Vec<Visit>,
}

/// A checked plan of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its row; 0 before it is stored.
    pub id: PlanId,
    /// Of which day.
    pub day: Day,
    /// When it was made.
    pub made_at: Timestamp,
    /// Where routes begin and end.
    pub depot: GeoPoint,
    /// Times and distances are great circle × a factor, not roads.
    pub estimated: bool,
    /// Fingerprint of what it was made of: deliveries, vehicles, matrix, parameters and seed.
    pub fingerprint: String,
    /// What all routes cost.
    pub cost: Money,
    /// Routes that have visits.
    pub routes: Vec<Route>,
    /// Deliveries on no route, and why.
    pub unserved: Vec<(DeliveryId, UnservedReason)>,
}
