//! A delivery problem as plain data, and what is wrong with it.

use crate::limits::{
    ARC_MAX, COST_MAX, DIMENSIONS_MAX, LOAD_MAX, LOCATIONS_MAX, NO_ROAD, RATE_MAX, VEHICLES_MAX, VISITS_MAX,
};

/// A span of time in seconds from any origin the caller likes (midnight of the day, say); both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// First second.
    pub early: i64,
    /// Last second.
    pub late: i64,
}

/// A place a vehicle goes to hand something over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Index into the locations of the matrices.
    pub location: usize,
    /// What it takes from the vehicle, one amount per dimension (weight, volume, pallets, ..), none negative; what it gives,
    /// if it is a backhaul.
    pub demand: Vec<i64>,
    /// It gives instead of taking. All of a route's visits that take come before those that give, and one of them takes.
    pub backhaul: bool,
    /// Seconds spent there.
    pub service_seconds: i64,
    /// What it takes was given to the same vehicle at that visit before, not at the start. Such two are served both or neither.
    pub pickup: Option<usize>,
    /// When service may begin; `None` is any time. A vehicle that comes early waits.
    pub window: Option<Window>,
    /// Its goods are ready at the start only then: the trip that brings them leaves no earlier.
    pub release: Option<i64>,
    /// `None`: it must be served if any vehicle can. `Some(p)`: leaving it out costs `p` and is fair.
    pub prize: Option<i64>,
}

/// A vehicle with its driver: at most one route, of one or more trips.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vehicle {
    /// Where its route begins.
    pub start: usize,
    /// Where its route ends.
    pub end: usize,
    /// What it holds, per dimension.
    pub capacity: Vec<i64>,
    /// When it may leave its start, and must be at its end.
    pub shift: Window,
    /// Most seconds between leaving and arriving back, waiting and service included.
    pub duration_seconds_max: Option<i64>,
    /// How often it may come back to its start for more before its route ends.
    pub reloads_max: u32,
    /// What it costs.
    pub rates: Rates,
}

/// What a vehicle costs, all in one unit of the caller's choice: with millionths of a euro, 1.20 €/km is 1,200 per metre
/// and 36 €/h is 10,000 per second. A route costs `fixed + per_metre × metres + per_second × duration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rates {
    /// For using it at all.
    pub fixed: i64,
    /// For each metre driven.
    pub per_metre: i64,
    /// For each second from leaving the start to arriving at the end; it leaves as late as costs no time.
    pub per_second: i64,
}

impl Default for Rates {
    /// Metres only.
    fn default() -> Self {
        Self { fixed: 0, per_metre: 1, per_second: 0 }
    }
}

/// A delivery problem: places, visits, vehicles. Plain data; [`crate::Problem::new`] judges it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProblemSpec {
    /// How many locations the matrices have.
    pub locations: usize,
    /// Travel times, row by row (`from × locations + to`), asymmetric if need be; [`NO_ROAD`] where there is no way.
    pub seconds: Vec<u32>,
    /// Distances, laid out alike.
    pub metres: Vec<u32>,
    /// Who is to be visited.
    pub visits: Vec<Visit>,
    /// With what.
    pub vehicles: Vec<Vehicle>,
}

impl ProblemSpec {
    /// Seconds and metres from one location to another; `None` where there is no road.
    pub fn leg(&self, from: usize, to: usize) -> Option<(i64, i64)> {
        if from >= self.locations || to >= self.locations {
            return None;
        }
        let at = from.checked_mul(self.locations)?.checked_add(to)?;
        let (seconds, metres) = (*self.seconds.get(at)?, *self.metres.get(at)?);
        (seconds != NO_ROAD && metres != NO_ROAD).then_some((i64::from(seconds), i64::from(metres)))
    }
}

/// Why a problem cannot be read at all: the caller built it wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A matrix is not `locations × locations`.
    #[error(
        "the matrix of {which} has {found} entries, {locations} locations need {expected}; build it again"
    )]
    MatrixSize {
        /// "seconds" or "metres".
        which: &'static str,
        /// Entries there are.
        found: usize,
        /// Locations.
        locations: usize,
        /// Entries there should be.
        expected: usize,
    },
    /// More of something than the search is made for.
    #[error("{count} {what} are more than {most}; split the day")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many at most.
        most: usize,
    },
    /// A visit or vehicle names a location that the matrices do not have.
    #[error("{who} {index} is at location {location}, there are {locations}; check its place")]
    UnknownLocation {
        /// "visit" or "vehicle".
        who: &'static str,
        /// Which.
        index: usize,
        /// The location it names.
        location: usize,
        /// Locations there are.
        locations: usize,
    },
    /// Demand or capacity has another number of dimensions than the rest.
    #[error("{who} {index} has {found} dimensions of load, the others have {expected}; give all the same")]
    Dimensions {
        /// "visit" or "vehicle".
        who: &'static str,
        /// Which.
        index: usize,
        /// Dimensions it has.
        found: usize,
        /// Dimensions of the first vehicle.
        expected: usize,
    },
    /// Trips and release times are planned only where a second costs nothing and durations have no limit.
    #[error(
        "vehicle {vehicle} makes several trips or has to wait for goods; that is planned only without cost per second, \
         without longest duration and with its end at its start: leave these out, or the reloads and release times"
    )]
    TripsUnsupported {
        /// Which.
        vehicle: usize,
    },
    /// A visit names a pickup that cannot be one.
    #[error(
        "visit {visit} names a visit for its pickup that is not there, is itself or somebody else's, has another amount, is a \
         backhaul or has a prize; name one of its own, and leave backhauls and prizes out of both"
    )]
    PairWrong {
        /// Which.
        visit: usize,
    },
    /// Pairs are planned only where a second costs nothing, durations have no limit and vehicles make one trip.
    #[error(
        "vehicle {vehicle} would bring from visit to visit; that is planned only without cost per second, longest duration, \
         reloads and release times: leave these out, or the pickups"
    )]
    PairsUnsupported {
        /// Which.
        vehicle: usize,
    },
    /// A number is negative or beyond [`crate::limits`].
    #[error("{what} of {who} {index} is {value}, outside 0 to {most}; correct it")]
    OutOfRange {
        /// "visit", "vehicle" or "arc".
        who: &'static str,
        /// Which.
        index: usize,
        /// Which number.
        what: &'static str,
        /// The number.
        value: i64,
        /// The greatest allowed.
        most: i64,
    },
}

/// Something in the data that a person should hear about; the rest of the day is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// No vehicle has a road there and back.
    VisitUnreachable {
        /// Index of the visit.
        visit: usize,
    },
    /// It is more than any vehicle holds.
    VisitTooLarge {
        /// Index of the visit.
        visit: usize,
    },
    /// Its window closes before any vehicle can be there, or no vehicle could be back in time.
    VisitWindowClosed {
        /// Index of the visit.
        visit: usize,
    },
    /// It holds nothing of what visits need.
    VehicleWithoutCapacity {
        /// Index of the vehicle.
        vehicle: usize,
    },
    /// Its shift ends before it begins, or is too short to drive from its start to its end.
    VehicleShiftEmpty {
        /// Index of the vehicle.
        vehicle: usize,
    },
}

impl ProblemSpec {
    /// Dimensions of demand and capacity.
    pub fn dimensions(&self) -> usize {
        self.vehicles
            .first()
            .map(|vehicle| vehicle.capacity.len())
            .or_else(|| self.visits.first().map(|visit| visit.demand.len()))
            .unwrap_or(0)
    }

    /// Whether some vehicle may come back for more, or some goods are not ready from the start.
    pub(crate) fn has_trips(&self) -> bool {
        self.vehicles.iter().any(|vehicle| vehicle.reloads_max > 0)
            || self.visits.iter().any(|visit| visit.release.is_some())
    }

    /// For each visit the other of its pair.
    pub(crate) fn partners(&self) -> Vec<Option<usize>> {
        let mut partners = vec![None; self.visits.len()];
        for (index, visit) in self.visits.iter().enumerate() {
            if let Some(pickup) = visit.pickup
                && pickup < partners.len()
            {
                partners[index] = Some(pickup);
                partners[pickup] = Some(index);
            }
        }
        partners
    }

    fn admit_pairs(&self) -> Result<(), SpecError> {
        let mut taken = vec![false; self.visits.len()];
        for (index, visit) in self.visits.iter().enumerate() {
            let Some(at) = visit.pickup else { continue };
            let plain = |visit: &Visit| !visit.backhaul && visit.prize.is_none();
            let sound = self.visits.get(at).is_some_and(|pickup| {
                let alike = pickup.demand == visit.demand && pickup.pickup.is_none();
                at != index && alike && plain(visit) && plain(pickup)
            });
            if !sound || std::mem::replace(&mut taken[at], true) {
                return Err(SpecError::PairWrong { visit: index });
            }
        }
        Ok(())
    }

    /// Whether all numbers are in their bounds and all indexes point somewhere.
    pub fn admit(&self) -> Result<(), SpecError> {
        for (what, count, most) in [
            ("locations", self.locations, LOCATIONS_MAX),
            ("visits", self.visits.len(), VISITS_MAX),
            ("vehicles", self.vehicles.len(), VEHICLES_MAX),
            ("dimensions", self.dimensions(), DIMENSIONS_MAX),
        ] {
            if count > most {
                return Err(SpecError::TooMany { what, count, most });
            }
        }
        let expected = self.locations * self.locations;
        for (which, matrix) in [("seconds", &self.seconds), ("metres", &self.metres)] {
            if matrix.len() != expected {
                return Err(SpecError::MatrixSize {
                    which,
                    found: matrix.len(),
                    locations: self.locations,
                    expected,
                });
            }
            if let Some(index) = matrix.iter().position(|&arc| arc > ARC_MAX && arc != NO_ROAD) {
                let value = i64::from(matrix[index]);
                return Err(SpecError::OutOfRange {
                    who: "arc",
                    index,
                    what: which,
                    value,
                    most: ARC_MAX.into(),
                });
            }
        }
        let dimensions = self.dimensions();
        let time = i64::from(ARC_MAX);
        for (index, visit) in self.visits.iter().enumerate() {
            let at = Place { who: "visit", index, locations: self.locations, dimensions };
            at.location(visit.location)?;
            at.loads("demand", &visit.demand)?;
            at.bounded("service", visit.service_seconds, time)?;
            at.bounded("prize", visit.prize.unwrap_or(0), COST_MAX)?;
            at.bounded("release", visit.release.map_or(0, i64::saturating_abs), time)?;
            if let Some(window) = visit.window {
                // A window may begin before the origin; it may not be absurd.
                at.bounded("window begin", window.early.saturating_abs(), time)?;
                at.bounded("window end", window.late.saturating_abs(), time)?;
            }
        }
        self.admit_pairs()?;
        let pairs = self.visits.iter().any(|visit| visit.pickup.is_some());
        for (index, vehicle) in self.vehicles.iter().enumerate() {
            let at = Place { who: "vehicle", index, locations: self.locations, dimensions };
            at.location(vehicle.start)?;
            at.location(vehicle.end)?;
            at.loads("capacity", &vehicle.capacity)?;
            at.bounded("shift begin", vehicle.shift.early.saturating_abs(), time)?;
            at.bounded("shift end", vehicle.shift.late.saturating_abs(), time)?;
            at.bounded("longest duration", vehicle.duration_seconds_max.unwrap_or(0), time)?;
            at.bounded("fixed cost", vehicle.rates.fixed, COST_MAX)?;
            at.bounded("cost per metre", vehicle.rates.per_metre, RATE_MAX)?;
            at.bounded("cost per second", vehicle.rates.per_second, RATE_MAX)?;
            let timed = vehicle.duration_seconds_max.is_some() || vehicle.rates.per_second > 0;
            if self.has_trips() && (timed || vehicle.start != vehicle.end) {
                return Err(SpecError::TripsUnsupported { vehicle: index });
            }
            if pairs && (timed || self.has_trips()) {
                return Err(SpecError::PairsUnsupported { vehicle: index });
            }
        }
        Ok(())
    }
}

/// Who a number belongs to, for its error.
struct Place {
    who: &'static str,
    index: usize,
    locations: usize,
    dimensions: usize,
}

impl Place {
    fn location(&self, location: usize) -> Result<(), SpecError> {
        if location < self.locations {
            return Ok(());
        }
        Err(SpecError::UnknownLocation {
            who: self.who,
            index: self.index,
            location,
            locations: self.locations,
        })
    }

    fn loads(&self, what: &'static str, loads: &[i64]) -> Result<(), SpecError> {
        if loads.len() != self.dimensions {
            return Err(SpecError::Dimensions {
                who: self.who,
                index: self.index,
                found: loads.len(),
                expected: self.dimensions,
            });
        }
        loads.iter().try_for_each(|&load| self.bounded(what, load, LOAD_MAX))
    }

    fn bounded(&self, what: &'static str, value: i64, most: i64) -> Result<(), SpecError> {
        if (0..=most).contains(&value) {
            return Ok(());
        }
        Err(SpecError::OutOfRange { who: self.who, index: self.index, what, value, most })
    }
}
