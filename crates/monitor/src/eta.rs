//! Where a vehicle is on its route: which visits it made, and when it will be at the others.
//!
//! A visit is made when the vehicle stood at its door, not when it drove past: [`step`] waits for a stay. What is left is
//! expected from where the vehicle is now ([`expect`]): plan times, moved by how late it is, with waiting for windows. A
//! visit it left out for a later one has no expected time: nobody knows whether it goes back.

use crate::limits::{DOOR_METRES, DWELL, DWELL_MIN, LEFT_METRES, SAME_DOOR_METRES};
use units::{GeoPoint, Millis, Timestamp};

#[cfg(test)]
mod tests;

/// A route as planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePlan {
    /// Where it begins and ends.
    pub depot: GeoPoint,
    /// Leaves the depot at.
    pub leave_at: Timestamp,
    /// Is back at.
    pub back_at: Timestamp,
    /// In the order of driving.
    pub visits: Vec<VisitPlan>,
}

/// A visit as planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitPlan {
    /// Where.
    pub place: GeoPoint,
    /// At the door at.
    pub arrive_at: Timestamp,
    /// Drives on at.
    pub leave_at: Timestamp,
    /// Time at the door.
    pub service: Millis,
    /// Service does not begin before.
    pub opens_at: Option<Timestamp>,
}

/// A report of a vehicle's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: GeoPoint,
}

/// How far a visit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The vehicle came to the door at.
    pub arrived_at: Option<Timestamp>,
    /// It stayed long enough.
    pub served: bool,
    /// It drove on at.
    pub left_at: Option<Timestamp>,
}

/// How far a route is. What must survive a restart; `Default` is before the first fix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Of each visit; shorter lists are filled up.
    pub visits: Vec<Seen>,
    /// The visit at whose door it stands.
    pub standing: Option<usize>,
    /// The newest fix.
    pub last: Option<Fix>,
    /// The first fix at the depot after the last visit: what comes later is no delay.
    pub home_at: Option<Timestamp>,
}

/// What is expected of the rest of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The visit it stands at or drives to; none when all are made.
    pub next: Option<usize>,
    /// Later than planned (negative: ahead), at that visit.
    pub delay: Millis,
    /// Arrival at each visit: the true one where it was there, the expected one where it will be; none where it was left out.
    pub arrivals: Vec<Option<Timestamp>>,
    /// Back at the depot.
    pub back_at: Timestamp,
}

fn dwell(visit: &VisitPlan) -> Millis {
    Millis((visit.service.0 / 2).clamp(DWELL_MIN.0, DWELL.0))
}

/// Takes one fix. A fix that is not newer than the last changes nothing.
pub fn step(route: &RoutePlan, progress: &Progress, fix: Fix) -> Progress {
    let mut next = progress.clone();
    next.visits.resize(route.visits.len(), Seen::default());
    next.standing = next.standing.filter(|at| *at < route.visits.len());
    if next.last.is_some_and(|last| fix.at <= last.at) {
        return next;
    }
    next.last = Some(fix);
    let metres: Vec<f64> = route.visits.iter().map(|visit| visit.place.metres_to(fix.place)).collect();
    let nearest = (0..metres.len())
        .filter(|at| !next.visits[*at].served && metres[*at] <= DOOR_METRES)
        .map(|at| metres[at])
        .fold(f64::INFINITY, f64::min);
    // Of several customers behind one door, the first in the order of the plan.
    let door = (0..metres.len())
        .find(|at| !next.visits[*at].served && metres[*at] <= (nearest + SAME_DOOR_METRES).min(DOOR_METRES));
    if let Some(at) = next.standing {
        let seen = &mut next.visits[at];
        let stayed = seen.arrived_at.is_some_and(|arrived| fix.at - arrived >= dwell(&route.visits[at]));
        // Its stay ends when it is gone, when it stands nearer to another door, or when that one is the same door.
        let gone = metres[at] > LEFT_METRES
            || door.is_some_and(|door| {
                door != at
                    && (metres[door] + SAME_DOOR_METRES < metres[at]
                        || (stayed && metres[door] <= metres[at] + SAME_DOOR_METRES))
            });
        if stayed {
            seen.served = true;
        }
        if gone {
            if seen.served {
                seen.left_at = Some(fix.at);
            } else {
                *seen = Seen::default();
            }
            next.standing = None;
        }
    }
    if next.standing.is_none()
        && let Some(at) = door
        && !next.visits[at].served
    {
        next.standing = Some(at);
        next.visits[at] = Seen { arrived_at: Some(fix.at), ..Seen::default() };
    }
    let made = next.standing.is_none() && next.visits.last().is_some_and(|last| last.served);
    if made && next.home_at.is_none() && fix.place.metres_to(route.depot) <= DOOR_METRES {
        next.home_at = Some(fix.at);
    }
    next
}

/// What is to be expected at `now`. `travel` knows how long a way takes, where somebody does; else plan times are used, in
/// proportion to the straight distance that is left. `None` before the first fix.
pub fn expect(
    route: &RoutePlan,
    progress: &Progress,
    now: Timestamp,
    travel: &dyn Fn(GeoPoint, GeoPoint) -> Option<Millis>,
) -> Option<Outlook> {
    let fix = progress.last?;
    let seen = |at: usize| progress.visits.get(at).copied().unwrap_or_default();
    let count = route.visits.len();
    let standing = progress.standing.filter(|at| *at < count);
    let done = standing.max((0..count).rev().find(|at| seen(*at).served));
    let mut arrivals: Vec<Option<Timestamp>> = (0..count).map(|at| seen(at).arrived_at).collect();

    // The planned time of the leg that ends at visit `to` (or at the depot), from wherever the plan comes from.
    let leg = |to: usize| {
        let from = to.checked_sub(1).map_or(route.leave_at, |before| route.visits[before].leave_at);
        let until = route.visits.get(to).map_or(route.back_at, |visit| visit.arrive_at);
        Millis((until - from).0.max(0))
    };
    let place = |at: usize| route.visits.get(at).map_or(route.depot, |visit| visit.place);
    let begin =
        |visit: &VisitPlan, arrived: Timestamp| visit.opens_at.map_or(arrived, |opens| arrived.max(opens));

    let first = done.map_or(0, |done| done + 1);
    // When it leaves for, or (`driving`) arrives at, the first visit to come.
    let home = progress.home_at.filter(|_| first == count);
    let mut arrive = match (standing, home) {
        (Some(at), _) => {
            let visit = &route.visits[at];
            let arrived = seen(at).arrived_at.unwrap_or(fix.at);
            (begin(visit, arrived) + visit.service).max(now) + leg(first)
        }
        (None, Some(home)) => home,
        (None, None) if done.is_none() && fix.place.metres_to(route.depot) <= DOOR_METRES => {
            route.leave_at.max(now) + leg(0)
        }
        (None, None) => {
            let to = place(first);
            let from = first.checked_sub(1).map_or(route.depot, place);
            let left = travel(fix.place, to).unwrap_or_else(|| {
                let whole = from.metres_to(to).max(1.0);
                // Off the line of the plan it may be farther than the whole leg, but not without end.
                let share = (fix.place.metres_to(to) / whole).min(3.0);
                Millis((leg(first).0 as f64 * share) as i64)
            });
            (fix.at + Millis(left.0.max(0))).max(now)
        }
    };
    for (at, visit) in route.visits.iter().enumerate().skip(first) {
        arrivals[at] = Some(arrive);
        arrive = begin(visit, arrive) + visit.service + leg(at + 1);
    }
    let next = standing.or((first < count).then_some(first));
    let delay = match next {
        Some(at) => arrivals[at].unwrap_or(now) - route.visits[at].arrive_at,
        None => arrive - route.back_at,
    };
    Some(Outlook { next, delay, arrivals, back_at: arrive })
}
