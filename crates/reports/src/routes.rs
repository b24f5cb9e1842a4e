//! What a day's deliveries come to, and what a driver takes along. Plain values: whoever fills them has already judged.

use charts::{Lang, Zone};
use domain::UnservedReason;
use units::{Day, Metres, Milli, Millis, Money, Permille, Timestamp};

/// A day's deliveries and the plan made for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeliveryDay {
    /// Deliveries of the day, planned or not.
    pub deliveries: u64,
    /// The plan in force; none where nobody made one.
    pub plan: Option<DayPlan>,
}

/// A plan of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayPlan {
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom; may be empty.
    pub made_by: String,
    /// Times and distances are estimates, not roads.
    pub estimated: bool,
    /// Deliveries, vehicles or roads changed since.
    pub stale: bool,
    /// What all routes cost.
    pub cost: Money,
    /// Its routes.
    pub routes: Vec<RouteReport>,
    /// Deliveries on no route.
    pub unserved: Vec<UnservedRow>,
    /// Roads and routes, drawn again here for paper.
    pub map: Option<charts::MapChart>,
}

/// What one vehicle does.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteReport {
    /// The vehicle's code.
    pub vehicle: String,
    /// Its name.
    pub vehicle_name: String,
    /// Leaves the depot.
    pub leave_at: Timestamp,
    /// Is back.
    pub back_at: Timestamp,
    /// Driven.
    pub distance: Metres,
    /// At the wheel.
    pub driving: Millis,
    /// Loaded when it leaves, kg.
    pub load_kg: Milli,
    /// What it may load, kg.
    pub capacity_kg: Milli,
    /// What it costs.
    pub cost: Money,
    /// In the order of driving.
    pub visits: Vec<VisitReport>,
}

impl RouteReport {
    /// The share of its capacity in use.
    pub fn load_share(&self) -> Permille {
        let share = i128::from(self.load_kg.0) * 1_000 / i128::from(self.capacity_kg.0.max(1));
        Permille(u16::try_from(share.clamp(0, 9_999)).unwrap_or_default())
    }
}

/// A visit of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitReport {
    /// The order's number.
    pub code: String,
    /// To whom.
    pub customer: String,
    /// Where, as people write it.
    pub address: String,
    /// The customer is there from … to, minutes of the day; none is all day.
    pub window: Option<(u16, u16)>,
    /// How heavy, kg.
    pub weight_kg: Milli,
    /// At the door.
    pub arrive_at: Timestamp,
    /// Begins; later than the arrival where the window is not open yet.
    pub start_at: Timestamp,
    /// Drives on.
    pub leave_at: Timestamp,
    /// Driven since the visit before.
    pub distance: Metres,
    /// What the driver should know; may be empty.
    pub note: String,
}

/// A delivery on no route.
#[derive(Clone, Debug, PartialEq)]
pub struct UnservedRow {
    /// The order's number.
    pub code: String,
    /// To whom.
    pub customer: String,
    /// Where, as people write it.
    pub address: String,
    /// How heavy, kg.
    pub weight_kg: Milli,
    /// The customer is there from … to, minutes of the day; none is all day.
    pub window: Option<(u16, u16)>,
    /// Why.
    pub reason: UnservedReason,
}

/// One route on paper, for the driver.
#[derive(Clone, Debug, PartialEq)]
pub struct DriverSheet {
    /// The site's name.
    pub site: String,
    /// The day driven, by the site's calendar.
    pub day: Day,
    /// The language of every word the sheet adds.
    pub lang: Lang,
    /// The site's clock.
    pub zone: Zone,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who asked for it; may be empty.
    pub made_by: String,
    /// The site is the simulated one: every page says so.
    pub demo: bool,
    /// Times and distances are estimates, not roads.
    pub estimated: bool,
    /// The driver's shift, minutes of the day.
    pub shift: (u16, u16),
    /// The route.
    pub route: RouteReport,
    /// Its line on the roads.
    pub map: Option<charts::MapChart>,
}
