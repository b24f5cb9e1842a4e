//! The delivery day: deliveries, vehicles, roads, the plan, and where the vehicles are.

use crate::calls::{FileRef, FindingRow};
use crate::frame::{json_reply, pack, unpack};
use crate::{Body, FrameError, Reply};
use serde::{Deserialize, Serialize};
use units::{Day, DeliveryId, GeoPoint, JobId, Metres, Milli, Millis, Money, PlanId, Timestamp, VehicleId};

/// A day's deliveries, the fleet, the plan in force and a solve under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetFleet {
    /// Which day; none is today at the site.
    pub day: Option<Day>,
}

/// What the Fleet page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetDay {
    /// Which day.
    pub day: Day,
    /// Local midnight of that day: minutes of a window count from here.
    pub midnight: Timestamp,
    /// Where routes begin and end; none until an administrator set it.
    pub depot: Option<GeoPoint>,
    /// The road network; none where distances are estimates.
    pub roads: Option<RoadsRow>,
    /// Vehicles, by code.
    pub vehicles: Vec<VehicleRow>,
    /// Deliveries of the day, by code.
    pub deliveries: Vec<DeliveryRow>,
    /// The plan in force.
    pub plan: Option<PlanRow>,
    /// The solve under way, or the last one of this day.
    pub solving: Option<SolvingRow>,
    /// Days that have deliveries, newest first, at most 31.
    pub days: Vec<Day>,
}

/// A road network in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoadsRow {
    /// The file it came from, or `demo`.
    pub source: String,
    /// Junctions.
    pub nodes: u64,
    /// Length of all roads.
    pub length: Metres,
    /// South-west corner.
    pub south_west: GeoPoint,
    /// North-east corner.
    pub north_east: GeoPoint,
}

/// A vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleRow {
    /// Which.
    pub id: VehicleId,
    /// Its short code: a number plate, or the name its tracker sends.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it may load, kg.
    pub capacity_kg: Milli,
    /// What fits in, m³.
    pub capacity_m3: Option<Milli>,
    /// Leaves the depot not before, minute of the day.
    pub shift_from: u16,
    /// Is back not after, minute of the day.
    pub shift_to: u16,
    /// What a day on the road costs before the first kilometre.
    pub cost_fixed: Money,
    /// What a kilometre costs.
    pub cost_per_km: Money,
    /// What an hour costs.
    pub cost_per_hour: Money,
    /// It may be planned.
    pub active: bool,
    /// It is simulated by the demo.
    pub simulated: bool,
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Which.
    pub id: DeliveryId,
    /// The order's number.
    pub code: String,
    /// When.
    pub day: Day,
    /// To whom.
    pub customer: String,
    /// Where, as people write it.
    pub address: String,
    /// Where.
    pub place: GeoPoint,
    /// How heavy, kg.
    pub weight_kg: Milli,
    /// How large, m³.
    pub volume_m3: Option<Milli>,
    /// Time at the door.
    pub service: Millis,
    /// The customer is there from … to, minutes of the day; none is all day.
    pub window: Option<(u16, u16)>,
    /// What the driver should know.
    pub note: String,
    /// `Unplanned`, `Planned`, `Unserved`, `UnderWay` (the vehicle drives there now), `Served`, `Late` (expected or arrived after its window).
    pub state: String,
    /// Why it is on no route: `Unreachable`, `TooLarge`, `WindowClosed`, `NoRoom`.
    pub unserved: Option<String>,
    /// The vehicle that brings it.
    pub vehicle: Option<VehicleId>,
    /// Arrival by the plan.
    pub planned_at: Option<Timestamp>,
    /// Arrival as expected now, from the vehicle's position; the true one once it was there.
    pub expected_at: Option<Timestamp>,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Which.
    pub id: PlanId,
    /// Made at.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// Times and distances are estimates (great circle × a factor), not roads.
    pub estimated: bool,
    /// Deliveries, vehicles or roads changed since: solve again.
    pub stale: bool,
    /// What all routes cost.
    pub cost: Money,
    /// Driven by all.
    pub distance: Metres,
    /// At the wheel, all together.
    pub driving: Millis,
    /// Visits made.
    pub served: u32,
    /// Deliveries on no route.
    pub unserved: u32,
    /// Routes.
    pub routes: Vec<RouteRow>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRow {
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// Its code.
    pub vehicle_code: String,
    /// Leaves the depot at.
    pub leave_at: Timestamp,
    /// Is back at.
    pub back_at: Timestamp,
    /// Driven.
    pub distance: Metres,
    /// At the wheel.
    pub driving: Millis,
    /// Loaded when it leaves, kg.
    pub load_kg: Milli,
    /// Share of its capacity in use, permille.
    pub load_permille: u16,
    /// What it costs.
    pub cost: Money,
    /// Late against the plan now (negative: ahead), where its tracker tells.
    pub delay: Option<Millis>,
    /// In the order of driving.
    pub visits: Vec<VisitRow>,
}

/// A visit of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRow {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Its code.
    pub code: String,
    /// To whom.
    pub customer: String,
    /// At the door at.
    pub arrive_at: Timestamp,
    /// Begins at.
    pub start_at: Timestamp,
    /// Drives on at.
    pub leave_at: Timestamp,
    /// Driven since the visit before.
    pub distance: Metres,
    /// As expected now, from the vehicle's position; the true one once it was there.
    pub expected_at: Option<Timestamp>,
    /// It was there.
    pub served: bool,
}

/// A solve: its cost falls live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SolvingRow {
    /// Its job, for progress and cancelling.
    pub job: JobId,
    /// It runs.
    pub running: bool,
    /// Improvements: milliseconds since the start, cost. Oldest first, at most 200.
    pub costs: Vec<(u32, Money)>,
    /// Iterations of the search so far.
    pub iterations: u64,
    /// Deliveries left out by the best plan so far.
    pub unserved: u32,
}

/// Solves a day; answers with a job whose result is a [`SolveReport`]. The plan found takes the place of the one in force once it passed
/// the checker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SolveDay {
    /// Which day; none is today at the site.
    pub day: Option<Day>,
    /// Search for so long, 1 to 600.
    pub seconds: u32,
    /// Same seed and same iterations, same plan.
    pub seed: u64,
}

/// What a solve made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SolveReport {
    /// The plan.
    pub plan: PlanId,
    /// What it costs.
    pub cost: Money,
    /// Its first plan cost.
    pub first_cost: Money,
    /// Visits made.
    pub served: u32,
    /// Deliveries on no route, by reason.
    pub unserved: Vec<(String, u32)>,
    /// Routes.
    pub routes: u32,
    /// Iterations.
    pub iterations: u64,
    /// It passed the independent checker (a plan that does not is never saved).
    pub checked: bool,
    /// Times and distances are estimates.
    pub estimated: bool,
    /// What was wrong with deliveries or vehicles, code and count.
    pub counts: Vec<(String, u64)>,
    /// The same, one by one, where a person can mend something; at most a thousand.
    pub findings: Vec<FindingRow>,
    /// The search was cancelled before its time: this is the best plan it had found, and it is in force.
    pub cancelled: bool,
    /// How long it took, the matrix included.
    pub took_ms: u64,
    /// The matrix alone.
    pub matrix_ms: u64,
}

/// Adds a vehicle, or changes one that is known by `id`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveVehicle {
    /// Which; none adds one.
    pub id: Option<VehicleId>,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it may load, kg.
    pub capacity_kg: Milli,
    /// What fits in, m³.
    pub capacity_m3: Option<Milli>,
    /// Leaves the depot not before, minute of the day.
    pub shift_from: u16,
    /// Is back not after, minute of the day.
    pub shift_to: u16,
    /// What a day on the road costs before the first kilometre.
    pub cost_fixed: Money,
    /// What a kilometre costs.
    pub cost_per_km: Money,
    /// What an hour costs.
    pub cost_per_hour: Money,
    /// It may be planned.
    pub active: bool,
}

/// Adds a delivery, or changes one that is known by `id`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveDelivery {
    /// Which; none adds one.
    pub id: Option<DeliveryId>,
    /// The order's number.
    pub code: String,
    /// When.
    pub day: Day,
    /// To whom.
    pub customer: String,
    /// Where, as people write it.
    pub address: String,
    /// Where.
    pub place: GeoPoint,
    /// How heavy, kg.
    pub weight_kg: Milli,
    /// How large, m³.
    pub volume_m3: Option<Milli>,
    /// Time at the door.
    pub service: Millis,
    /// The customer is there from … to, minutes of the day; none is all day.
    pub window: Option<(u16, u16)>,
    /// What the driver should know.
    pub note: String,
}

/// Removes a delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveDelivery {
    /// Which.
    pub id: DeliveryId,
    /// Why.
    pub why: String,
}

/// Sets where routes begin and end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetDepot {
    /// Where.
    pub place: GeoPoint,
    /// Why.
    pub why: String,
}

/// Reads an OpenStreetMap extract (`.osm.pbf`) into the site's road network; answers with a job whose result is a [`RoadsReport`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportRoads {
    /// Where it is.
    pub file: FileRef,
}

/// What an import of roads made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoadsReport {
    /// The network in use now.
    pub roads: RoadsRow,
    /// Ways read.
    pub ways: u64,
    /// Ways used as roads.
    pub used: u64,
    /// Those of them that are driven one way only.
    pub one_way: u64,
    /// Roads one can come and go on; the others are drawn, but nothing starts or ends there.
    pub connected: Metres,
    /// Ways not used, or in part, by reason: `not-for-cars`, `no-access`, `area`, `reversible`, `cut-off`, `too-long`.
    pub dropped: Vec<(String, u64)>,
    /// How long it took.
    pub took_ms: u64,
}

/// Lines of the map within bounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetRoads {
    /// South-west corner.
    pub south_west: GeoPoint,
    /// North-east corner.
    pub north_east: GeoPoint,
    /// Metres to a pixel: lines are thinned to it and small roads left out where they would blur.
    pub metres_per_pixel: u32,
}

/// The ways driven by a plan, a polyline for each route, in the order of its routes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetRoutePaths {
    /// Which plan.
    pub plan: PlanId,
}

/// A line on a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapLine {
    /// What it is: for roads 0 motorway … 5 service; for routes the vehicle's number.
    pub class: i64,
    /// Latitude of each point, 1e-7 degrees.
    pub lat_e7: Vec<i32>,
    /// Longitude of each point, 1e-7 degrees.
    pub lon_e7: Vec<i32>,
}

/// Lines on a map, sent as a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapLines {
    /// They are straight lines between places, not roads.
    pub estimated: bool,
    /// The lines.
    pub lines: Vec<MapLine>,
}

#[derive(Serialize, Deserialize)]
struct MapHeader {
    estimated: bool,
    /// Class and number of points of each line.
    lines: Vec<(i64, u32)>,
}

impl Reply for MapLines {
    /// Header, then a line after another: latitudes, longitudes as i32.
    fn encode(&self) -> Result<Body, FrameError> {
        let mut header = MapHeader { estimated: self.estimated, lines: Vec::with_capacity(self.lines.len()) };
        let mut tail = Vec::new();
        for line in &self.lines {
            if line.lat_e7.len() != line.lon_e7.len() {
                return Err(FrameError("the arrays of a line differ in length".into()));
            }
            let length =
                u32::try_from(line.lat_e7.len()).map_err(|_| FrameError("too many points".into()))?;
            header.lines.push((line.class, length));
            for array in [&line.lat_e7, &line.lon_e7] {
                tail.extend(array.iter().flat_map(|value| value.to_le_bytes()));
            }
        }
        pack(&header, &tail)
    }

    fn decode(body: &Body) -> Result<Self, FrameError> {
        let (header, mut rest): (MapHeader, &[u8]) = unpack(body)?;
        let mut lines = Vec::with_capacity(header.lines.len().min(65_536));
        for (class, length) in header.lines {
            let mut take = || -> Result<Vec<i32>, FrameError> {
                let bytes = usize::try_from(length).ok().and_then(|n| n.checked_mul(4));
                let (taken, left) = bytes
                    .and_then(|bytes| rest.split_at_checked(bytes))
                    .ok_or_else(|| FrameError("the frame is cut short".into()))?;
                rest = left;
                Ok(taken.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b)).collect())
            };
            lines.push(MapLine { class, lat_e7: take()?, lon_e7: take()? });
        }
        Ok(Self { estimated: header.estimated, lines })
    }
}

/// Where the vehicles are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListPositions {}

/// A vehicle's last position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionRow {
    /// The vehicle, where its code is known; a tracker's name otherwise.
    pub vehicle: Option<VehicleId>,
    /// The name that came.
    pub code: String,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: GeoPoint,
    /// How fast, km/h.
    pub speed_kmh: Option<Milli>,
    /// Where it heads, degrees from north.
    pub heading_deg: Option<u16>,
    /// No position for longer than expected.
    pub stale: bool,
}

/// A route as a file for the driver: `pdf` (sheet with map, visits, room for signatures) or `gpx`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportRoute {
    /// Of which plan.
    pub plan: PlanId,
    /// Whose.
    pub vehicle: VehicleId,
    /// `pdf` or `gpx`.
    pub format: String,
    /// `en` or `zh`.
    pub language: String,
}

json_reply!(FleetDay, Vec<PositionRow>);
