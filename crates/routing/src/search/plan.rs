//! A plan that the search changes: always feasible, with what each place in a route allows kept beside it.
//!
//! Routes are linked lists through [`Link`]s. Links below `problem.visits` are visits; after them, each vehicle has two, its
//! start and its end. What a link knows (earliest leave, latest arrival, room of its route) makes the test of an insertion
//! O(1). Changes of an iteration are kept in a journal and undone from it.

use crate::problem::{ALONE, Arc, Clockwork, Problem};
use crate::solution::{Cost, Reason, Route, Solution, Unserved};

/// No link, no route.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub prev: u32,
    pub next: u32,
    pub route: u32,
    /// Row of the matrix.
    pub node: u32,
    /// To the next link.
    pub onward: Arc,
    /// Earliest it can be left.
    pub ready: i32,
    /// Latest arrival that leaves the rest of the route on time.
    pub latest: i32,
}

/// A stretch of a route on time: how long it takes at least, and when its begin may be for that (Vidal et al. 2013,
/// without time warp).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub duration: i32,
    pub early: i32,
    pub late: i32,
}

impl Span {
    /// This, then `seconds` of driving, then `next`.
    #[inline(always)]
    pub(crate) fn then(self, seconds: i32, next: Self) -> Self {
        let shift = self.duration + seconds;
        let wait = (next.early - shift - self.late).max(0);
        Self {
            duration: shift + next.duration + wait,
            early: (next.early - shift).max(self.early) - wait,
            // On time, so `next.late - shift` is not before `self.early`.
            late: (next.late - shift).min(self.late),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RouteState {
    pub kind: u32,
    pub visits: u32,
    pub metres: i64,
    pub duration: i32,
    /// Place in the list of unused routes of its kind.
    spare_at: u32,
    /// Where vehicles make trips, a route is one of them: whose it is, and which trips come before and after it.
    chain: Chain,
}

#[derive(Clone, Copy, Debug)]
struct Chain {
    slot: u32,
    before: u32,
    after: u32,
}

impl Default for Chain {
    fn default() -> Self {
        Self { slot: NONE, before: NONE, after: NONE }
    }
}

/// Where an unused route can become a trip: of which vehicle, and behind which of its trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    slot: u32,
    behind: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Plan<'p> {
    pub problem: &'p Problem,
    pub links: Vec<Link>,
    pub routes: Vec<RouteState>,
    /// What is left of the capacity, route by route.
    pub room: Vec<i64>,
    /// Span from the start of the route through a link, and from a link to the end; only with [`Clockwork::Durations`].
    before: Vec<Span>,
    after: Vec<Span>,
    /// Unused routes of each kind.
    pub spare: Vec<Vec<u32>>,
    /// Visits that could be served and are not.
    pub absent: Vec<u32>,
    /// Of all routes.
    pub routes_cost: i64,
    /// Of the visits left out, at the search's price.
    pub forgone: i64,
    /// Routes in use.
    pub used: usize,
    /// The search's price for leaving each visit out.
    pub price: Vec<i64>,
    /// The first trip of each vehicle, kind by kind; only where vehicles make trips.
    heads: Vec<u32>,
    /// The kind of each of these vehicles.
    slots: Vec<u32>,
    journal: Journal,
}

/// A plan put aside: visits by route in driving order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub order: Vec<(u32, u32)>,
    pub absent: Vec<u32>,
    /// Whose trip each route is, in the same order; only where vehicles make trips.
    pub slots: Vec<u32>,
}

impl Snapshot {
    /// The plan in the terms of the problem as it was given.
    pub(crate) fn solution(&self, plan: &Plan) -> Solution {
        let problem = plan.problem;
        let mut next_vehicle = vec![0; problem.kinds.len()];
        let mut routes = Vec::new();
        let mut last_slot = NONE;
        for (at, stretch) in self.order.chunk_by(|a, b| a.0 == b.0).enumerate() {
            let visits = stretch.iter().map(|&(_, visit)| visit as usize);
            if let Some(&slot) = self.slots.get(at) {
                if slot == last_slot
                    && let Some(route) = routes.last_mut()
                {
                    let Route { visits: served, reloads, .. }: &mut Route = route;
                    reloads.push(served.len());
                    served.extend(visits);
                    continue;
                }
                last_slot = slot;
            }
            // Any vehicle of a kind will do; the first ones do.
            let kind = plan.routes[stretch[0].0 as usize].kind as usize;
            let vehicle = problem.kinds[kind].vehicles[next_vehicle[kind]];
            next_vehicle[kind] += 1;
            routes.push(Route { vehicle, visits: visits.collect(), reloads: Vec::new() });
        }
        routes.sort_by_key(|route| route.vehicle);
        let mut unserved: Vec<Unserved> = problem
            .reasons
            .iter()
            .enumerate()
            .filter_map(|(visit, reason)| reason.map(|reason| Unserved { visit, reason }))
            .chain(self.absent.iter().map(|&visit| {
                let optional = problem.optional[visit as usize];
                let reason = if optional { Reason::NotWorth } else { Reason::NoRoom };
                Unserved { visit: visit as usize, reason }
            }))
            .collect();
        unserved.sort_by_key(|unserved| unserved.visit);
        Solution { routes, unserved }
    }
}

/// What an iteration changed.
#[derive(Clone, Debug, Default)]
struct Journal {
    open: bool,
    stamp: u32,
    /// Per route: the iteration that last touched it.
    touched_in: Vec<u32>,
    touched: Vec<u32>,
    links: Vec<(u32, Link)>,
    spans: Vec<(Span, Span)>,
    states: Vec<RouteState>,
    rooms: Vec<i64>,
    absent: Vec<u32>,
    heads: Vec<u32>,
    routes_cost: i64,
    forgone: i64,
}

impl<'p> Plan<'p> {
    /// Nobody is served yet.
    pub(crate) fn new(problem: &'p Problem) -> Self {
        let vehicles: usize = problem.kinds.iter().map(|kind| kind.vehicles.len()).sum();
        // More routes than visits are never needed, whatever the fleet.
        let mut links: Vec<Link> = (0..problem.visits as u32)
            .map(|node| Link {
                prev: NONE,
                next: NONE,
                route: NONE,
                node,
                onward: Arc::default(),
                ready: 0,
                latest: 0,
            })
            .collect();
        let mut routes = Vec::with_capacity(vehicles);
        let mut room = Vec::new();
        let mut spare = Vec::new();
        for (kind_index, kind) in problem.kinds.iter().enumerate() {
            let mut of_kind = Vec::new();
            let vehicles = kind.vehicles.len().min(problem.visits);
            let trips = if problem.trips { vehicles.saturating_mul(kind.trips_max) } else { vehicles };
            for _ in 0..trips.min(problem.visits) {
                let route = routes.len() as u32;
                let start = links.len() as u32;
                let end = start + 1;
                let link = |node, prev, next| Link {
                    prev,
                    next,
                    route,
                    node,
                    onward: Arc::default(),
                    ready: kind.early,
                    latest: kind.late,
                };
                links.push(link(kind.start, NONE, end));
                links.push(link(kind.end, start, NONE));
                of_kind.push(route);
                room.extend_from_slice(&kind.capacity);
                routes.push(RouteState { kind: kind_index as u32, ..RouteState::default() });
            }
            // Taken from the end: the first vehicle goes first.
            of_kind.reverse();
            for (at, &route) in of_kind.iter().enumerate() {
                routes[route as usize].spare_at = at as u32;
            }
            spare.push(of_kind);
        }
        let mut slots = Vec::new();
        if problem.trips {
            for (kind_index, kind) in problem.kinds.iter().enumerate() {
                let vehicles = kind.vehicles.len().min(problem.visits);
                slots.extend(std::iter::repeat_n(kind_index as u32, vehicles));
            }
        }
        let absent: Vec<u32> =
            (0..problem.visits as u32).filter(|&v| problem.reasons[v as usize].is_none()).collect();
        let forgone = absent.iter().map(|&v| problem.forgone[v as usize]).sum();
        let spans = if problem.clockwork == Clockwork::Durations { links.len() } else { 0 };
        let mut plan = Self {
            problem,
            before: vec![Span::default(); spans],
            after: vec![Span::default(); spans],
            journal: Journal { touched_in: vec![0; routes.len()], ..Journal::default() },
            links,
            routes,
            room,
            spare,
            absent,
            routes_cost: 0,
            forgone,
            used: 0,
            price: problem.forgone.clone(),
            heads: vec![NONE; slots.len()],
            slots,
        };
        for route in 0..plan.routes.len() as u32 {
            plan.refresh(route);
        }
        plan
    }

    /// Cost as the search sees it.
    pub(crate) fn cost(&self) -> i64 {
        self.routes_cost + self.forgone
    }

    #[inline(always)]
    pub(crate) fn start_of(&self, route: u32) -> u32 {
        self.problem.visits as u32 + 2 * route
    }

    #[inline(always)]
    pub(crate) fn end_of(&self, route: u32) -> u32 {
        self.start_of(route) + 1
    }

    #[inline(always)]
    pub(crate) fn is_visit(&self, link: u32) -> bool {
        (link as usize) < self.problem.visits
    }

    #[inline(always)]
    pub(crate) fn has_room(&self, route: u32, visit: u32) -> bool {
        let dimensions = self.problem.dimensions;
        let room = &self.room[route as usize * dimensions..][..dimensions];
        self.problem.demand_of(visit).iter().zip(room).all(|(need, room)| need <= room)
    }

    pub(crate) fn visits_of(&self, route: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.links[self.start_of(route) as usize].next;
        std::iter::from_fn(move || {
            let here = at;
            self.is_visit(here).then(|| {
                at = self.links[here as usize].next;
                here
            })
        })
    }

    /// What inserting `visit` after link `prev` adds to the cost, if that is less than `limit` and the route stays feasible.
    /// Room is not looked at: see [`Plan::has_room`].
    #[inline(always)]
    pub(crate) fn insertion(&self, visit: u32, prev: u32, limit: i64) -> Option<i64> {
        self.insertion_with(visit, self.problem.arcs_into(visit), self.problem.arcs_out(visit), prev, limit)
    }

    /// The same, for many places of one visit: with its arcs at hand.
    #[inline(always)]
    pub(crate) fn insertion_with(
        &self,
        visit: u32,
        arcs_into: &[Arc],
        arcs_out: &[Arc],
        prev: u32,
        limit: i64,
    ) -> Option<i64> {
        let p = &self.links[prev as usize];
        let s = &self.links[p.next as usize];
        let into = arcs_into[p.node as usize];
        let out = arcs_out[s.node as usize];
        let state = &self.routes[p.route as usize];
        let kind = &self.problem.kinds[state.kind as usize];
        let metres = i64::from(into.metres) + i64::from(out.metres) - i64::from(p.onward.metres);
        let mut delta = kind.per_metre * metres;
        if state.visits == 0 {
            delta += kind.fixed;
        }
        if delta >= limit || !into.is_road() || !out.is_road() {
            return None;
        }
        if self.problem.paired && !self.fits_amid(visit, prev) {
            return None;
        }
        if self.problem.clockwork == Clockwork::None {
            return Some(delta);
        }
        let times = self.problem.times[visit as usize];
        let mut ready = p.ready;
        if self.problem.trips {
            let release = self.problem.release[visit as usize];
            let start = &self.links[self.start_of(p.route) as usize];
            if release > start.ready {
                if release > start.latest {
                    return None;
                }
                ready = self.ready_if_left(p.route, prev, release);
            }
        }
        let begin = (ready + into.seconds).max(times.early);
        if begin > times.late || begin + times.service + out.seconds > s.latest {
            return None;
        }
        if self.problem.clockwork == Clockwork::Durations {
            let own = Span { duration: times.service, early: times.early, late: times.late };
            let whole = self.before[prev as usize]
                .then(into.seconds, own)
                .then(out.seconds, self.after[p.next as usize]);
            if whole.duration > kind.duration_max {
                return None;
            }
            delta += kind.per_second * i64::from(whole.duration - state.duration);
            if delta >= limit {
                return None;
            }
        }
        Some(delta)
    }

    /// The cheapest places for a pair in one route: what it adds, behind which link the one that gives comes, and behind which
    /// the one that takes (behind the first, if that is its own link). Only if it is less than `limit`.
    pub(crate) fn pair_places(
        &self,
        route: u32,
        (gives, takes): (u32, u32),
        mut limit: i64,
    ) -> Option<(i64, u32, u32)> {
        let problem = self.problem;
        let state = &self.routes[route as usize];
        let kind = &problem.kinds[state.kind as usize];
        let fixed = if state.visits == 0 { kind.fixed } else { 0 };
        let end = self.end_of(route);
        let mut best = None;
        let amount = problem.amounts_of(gives);
        let mut on_board = self.load_at_start(route);
        let (times_g, times_t) = (problem.times[gives as usize], problem.times[takes as usize]);
        let mut first = self.start_of(route);
        while first != end {
            if problem.is_visit(first) {
                self.load_after(first, &mut on_board);
            }
            let p = &self.links[first as usize];
            let fits = on_board
                .iter()
                .zip(amount)
                .zip(&kind.capacity)
                .all(|((load, more), holds)| load + more <= *holds);
            let into = problem.arc(p.node, gives);
            let ready = (p.ready + into.seconds).max(times_g.early);
            if fits && into.is_road() && ready <= times_g.late {
                // Drive on with it, and try to bring it behind each visit on the way.
                let mut carried = on_board.clone();
                for (load, more) in carried.iter_mut().zip(amount) {
                    *load += more;
                }
                let mut now = ready + times_g.service;
                let mut added = i64::from(into.metres);
                // The node it is at, the link it would go to next, and the arc taken away by coming in there.
                let (mut at_node, mut behind, mut next) = (gives, gives, p.next);
                let mut without = i64::from(p.onward.metres);
                loop {
                    let s = &self.links[next as usize];
                    let (to, onward) = (problem.arc(at_node, takes), problem.arc(takes, s.node));
                    let begin = (now + to.seconds).max(times_t.early);
                    if to.is_road()
                        && onward.is_road()
                        && begin <= times_t.late
                        && begin + times_t.service + onward.seconds <= s.latest
                    {
                        let metres = added + i64::from(to.metres) + i64::from(onward.metres) - without;
                        let delta = fixed + kind.per_metre * metres;
                        if delta < limit {
                            limit = delta;
                            best = Some((delta, first, behind));
                        }
                    }
                    if next == end {
                        break;
                    }
                    let step = problem.arc(at_node, s.node);
                    let times = problem.times[next as usize];
                    let start = (now + step.seconds).max(times.early);
                    self.load_after(next, &mut carried);
                    let heavy = carried.iter().zip(&kind.capacity).any(|(load, holds)| load > holds);
                    if !step.is_road() || start > times.late || heavy {
                        break;
                    }
                    now = start + times.service;
                    if behind == gives {
                        added += i64::from(step.metres) - without;
                    }
                    (at_node, behind) = (s.node, next);
                    without = i64::from(s.onward.metres);
                    next = s.next;
                }
            }
            first = self.links[first as usize].next;
        }
        best
    }

    /// What a route has on board as it leaves, where some goods are brought from visit to visit.
    fn load_at_start(&self, route: u32) -> Vec<i64> {
        let problem = self.problem;
        let mut load = vec![0; problem.dimensions];
        for visit in self.visits_of(route) {
            if problem.partner[visit as usize] == ALONE && !problem.backhaul[visit as usize] {
                for (load, amount) in load.iter_mut().zip(problem.amounts_of(visit)) {
                    *load += amount;
                }
            }
        }
        load
    }

    fn load_after(&self, visit: u32, load: &mut [i64]) {
        let problem = self.problem;
        let gives = problem.gives[visit as usize] || problem.backhaul[visit as usize];
        for (load, amount) in load.iter_mut().zip(problem.amounts_of(visit)) {
            *load += if gives { *amount } else { -amount };
        }
    }

    /// Whether a visit without a pair finds room behind `prev`, where what is on board goes up and down.
    fn fits_amid(&self, visit: u32, prev: u32) -> bool {
        let problem = self.problem;
        let route = self.links[prev as usize].route;
        let holds = &problem.kinds[self.routes[route as usize].kind as usize].capacity;
        let mut load = self.load_at_start(route);
        let backhaul = problem.backhaul[visit as usize];
        let amount = problem.amounts_of(visit);
        // What it takes is on board from the start until it comes; what it gives from there to the end.
        let heavy = |load: &[i64], with: bool| {
            load.iter()
                .zip(amount)
                .zip(holds)
                .any(|((load, more), holds)| load + if with { *more } else { 0 } > *holds)
        };
        let mut before = true;
        let mut at = self.start_of(route);
        loop {
            if problem.is_visit(at) {
                self.load_after(at, &mut load);
            }
            if heavy(&load, before != backhaul) {
                return false;
            }
            if at == prev {
                before = false;
                if heavy(&load, backhaul) {
                    return false;
                }
            }
            at = self.links[at as usize].next;
            if at == self.end_of(route) {
                return true;
            }
        }
    }

    /// Earliest leave from `link` if its route leaves its start at `leave`.
    fn ready_if_left(&self, route: u32, link: u32, leave: i32) -> i32 {
        let mut at = self.start_of(route);
        let mut now = leave;
        while at != link {
            let seconds = self.links[at as usize].onward.seconds;
            at = self.links[at as usize].next;
            let times = self.problem.times[at as usize];
            now = (now + seconds).max(times.early) + times.service;
        }
        now
    }

    /// The cheapest opening for a trip with `visit` alone by an unused route, if it costs less than `limit`.
    pub(crate) fn opening(&self, route: u32, visit: u32, limit: i64) -> Option<(i64, Opening)> {
        let kind_index = self.routes[route as usize].kind;
        let kind = &self.problem.kinds[kind_index as usize];
        let (into, out) = (self.problem.arc(kind.start, visit), self.problem.arc(visit, kind.end));
        if !into.is_road() || !out.is_road() {
            return None;
        }
        let delta = kind.per_metre * (i64::from(into.metres) + i64::from(out.metres));
        let times = self.problem.times[visit as usize];
        let fits = |from: i32, to: i32| {
            let leave = from.max(self.problem.release[visit as usize]);
            let begin = (leave + into.seconds).max(times.early);
            begin <= times.late && begin + times.service + out.seconds <= to
        };
        let mut idle = None;
        let mut busy = None;
        for (slot, &head) in self.heads.iter().enumerate() {
            if self.slots[slot] != kind_index {
                continue;
            }
            let slot = slot as u32;
            if head == NONE {
                if idle.is_none() {
                    idle = fits(kind.early, kind.late).then_some(Opening { slot, behind: NONE });
                }
                continue;
            }
            if busy.is_some() {
                continue;
            }
            let (mut from, mut behind, mut trip, mut trips) = (kind.early, NONE, head, 0);
            loop {
                let to =
                    if trip == NONE { kind.late } else { self.links[self.start_of(trip) as usize].latest };
                if busy.is_none() && fits(from, to) {
                    busy = Some(Opening { slot, behind });
                }
                if trip == NONE {
                    break;
                }
                trips += 1;
                from = self.links[self.end_of(trip) as usize].ready;
                behind = trip;
                trip = self.routes[trip as usize].chain.after;
            }
            if trips >= kind.trips_max {
                busy = None;
            }
        }
        let best = match (busy, idle) {
            (Some(opening), _) => Some((delta, opening)),
            (None, Some(opening)) => Some((delta + kind.fixed, opening)),
            (None, None) => None,
        };
        best.filter(|best| best.0 < limit)
    }

    /// Makes an unused route a trip; visits come into it next.
    pub(crate) fn attach(&mut self, route: u32, opening: Opening) {
        let Opening { slot, behind } = opening;
        let head = self.heads[slot as usize];
        if head != NONE {
            self.touch(head);
        }
        self.touch(route);
        let after = if behind == NONE { head } else { self.routes[behind as usize].chain.after };
        self.routes[route as usize].chain = Chain { slot, before: behind, after };
        if behind == NONE {
            self.heads[slot as usize] = route;
        } else {
            self.routes[behind as usize].chain.after = route;
        }
        if after != NONE {
            self.routes[after as usize].chain.before = route;
        }
    }

    /// An empty trip is none.
    fn detach(&mut self, route: u32) {
        let Chain { slot, before, after } = std::mem::take(&mut self.routes[route as usize].chain);
        if slot == NONE {
            return;
        }
        if before == NONE {
            self.heads[slot as usize] = after;
        } else {
            self.routes[before as usize].chain.after = after;
        }
        if after != NONE {
            self.routes[after as usize].chain.before = before;
        }
        if self.heads[slot as usize] == NONE {
            self.routes_cost -= self.problem.kinds[self.slots[slot as usize] as usize].fixed;
        }
    }

    /// When each visit between `start` and `end` is ready, leaving at `now`; answers with the arrival, or with none where a visit is too late.
    fn forward(&mut self, start: u32, end: u32, mut now: i32) -> Option<i32> {
        let mut prev = start;
        let mut at = self.links[start as usize].next;
        while at != end {
            let times = self.problem.times[at as usize];
            now = (now + self.links[prev as usize].onward.seconds).max(times.early);
            if now > times.late {
                return None;
            }
            now += times.service;
            self.links[at as usize].ready = now;
            prev = at;
            at = self.links[at as usize].next;
        }
        Some(now + self.links[prev as usize].onward.seconds)
    }

    /// When each visit between `start` and `end` may begin at the latest, to be back at `latest`; answers with that of the first.
    fn backward(&mut self, start: u32, end: u32, mut latest: i32) -> i32 {
        let mut at = self.links[end as usize].prev;
        while at != start {
            let times = self.problem.times[at as usize];
            latest = times.late.min(latest - self.links[at as usize].onward.seconds - times.service);
            self.links[at as usize].latest = latest;
            at = self.links[at as usize].prev;
        }
        latest
    }

    /// Times of all trips of a vehicle. False where some are too late.
    fn refresh_chain(&mut self, slot: u32) -> bool {
        let head = self.heads[slot as usize];
        let kind = &self.problem.kinds[self.slots[slot as usize] as usize];
        let (mut now, mut trip, mut last) = (kind.early, head, NONE);
        while trip != NONE {
            let (start, end) = (self.start_of(trip), self.end_of(trip));
            let mut at = self.links[start as usize].next;
            while at != end {
                now = now.max(self.problem.release[at as usize]);
                at = self.links[at as usize].next;
            }
            self.links[start as usize].ready = now;
            let Some(back) = self.forward(start, end, now).filter(|back| *back <= kind.late) else {
                return false;
            };
            now = back;
            self.links[end as usize].ready = now;
            last = trip;
            trip = self.routes[trip as usize].chain.after;
        }
        let mut latest = kind.late;
        trip = last;
        while trip != NONE {
            let (start, end) = (self.start_of(trip), self.end_of(trip));
            self.links[end as usize].latest = latest;
            latest = self.backward(start, end, latest) - self.links[start as usize].onward.seconds;
            self.links[start as usize].latest = latest;
            trip = self.routes[trip as usize].chain.before;
        }
        true
    }

    /// Puts an absent `visit` after link `prev`; the caller has asked [`Plan::insertion`] and takes it off `absent`.
    pub(crate) fn insert(&mut self, visit: u32, prev: u32, delta: i64) {
        let metres_before = self.routes[self.links[prev as usize].route as usize].metres;
        let before = self.links[prev as usize];
        let into = self.problem.arc(before.node, visit);
        let out = self.problem.arc(visit, self.links[before.next as usize].node);
        self.link_in(visit, prev);
        self.links[prev as usize].onward = into;
        self.links[visit as usize].onward = out;
        self.routes[before.route as usize].metres =
            metres_before + i64::from(into.metres) + i64::from(out.metres) - i64::from(before.onward.metres);
        self.routes_cost += delta;
        match self.problem.clockwork {
            _ if self.problem.trips => {
                self.refresh_chain(self.routes[before.route as usize].chain.slot);
            }
            Clockwork::None => {}
            Clockwork::Windows => self.refresh_around(visit),
            Clockwork::Durations => {
                self.refresh(before.route);
            }
        }
    }

    /// Hangs an absent visit into a route whose costs and times are then to be settled.
    fn link_in(&mut self, visit: u32, prev: u32) {
        let Link { route, next, .. } = self.links[prev as usize];
        self.touch(route);
        self.links[prev as usize].next = visit;
        self.links[next as usize].prev = visit;
        let link = &mut self.links[visit as usize];
        link.prev = prev;
        link.next = next;
        link.route = route;
        let dimensions = self.problem.dimensions;
        let room = &mut self.room[route as usize * dimensions..][..dimensions];
        for (room, need) in room.iter_mut().zip(self.problem.demand_of(visit)) {
            *room -= need;
        }
        self.routes[route as usize].visits += 1;
        if self.routes[route as usize].visits == 1 {
            self.unspare(route);
        }
        self.forgone -= self.price[visit as usize];
    }

    /// Takes out a visit and leaves its route to be settled with [`Plan::settle`] before anything is asked of it.
    pub(crate) fn remove(&mut self, visit: u32) {
        let Link { prev, next, route, .. } = self.links[visit as usize];
        self.touch(route);
        self.links[prev as usize].next = next;
        self.links[next as usize].prev = prev;
        self.links[visit as usize].route = NONE;
        let dimensions = self.problem.dimensions;
        let room = &mut self.room[route as usize * dimensions..][..dimensions];
        for (room, need) in room.iter_mut().zip(self.problem.demand_of(visit)) {
            *room += need;
        }
        self.routes[route as usize].visits -= 1;
        self.absent.push(visit);
        self.forgone += self.price[visit as usize];
    }

    /// Brings a route's cost and times up to date after removals. Where the shorter route is not feasible (matrices need
    /// not obey the triangle inequality) all its visits are taken out.
    pub(crate) fn settle(&mut self, route: u32) {
        let cost_before = self.route_cost(route);
        self.settle_from(route, cost_before);
    }

    fn settle_from(&mut self, route: u32, cost_before: i64) {
        if !self.refresh(route) {
            let mut at = self.links[self.start_of(route) as usize].next;
            while self.is_visit(at) {
                let next = self.links[at as usize].next;
                self.remove(at);
                at = next;
            }
            self.refresh(route);
        }
        if self.routes[route as usize].visits == 0 {
            self.make_spare(route);
        }
        self.routes_cost += self.route_cost(route) - cost_before;
    }

    /// Cost of a route by its kept metres and duration. A route that had visits and has none now still owes its metres
    /// until it is refreshed, and its fixed cost by the same measure.
    fn route_cost(&self, route: u32) -> i64 {
        let state = &self.routes[route as usize];
        let kind = &self.problem.kinds[state.kind as usize];
        // What a vehicle costs that makes several trips is counted where the first comes and the last goes.
        let used = if self.problem.trips || self.is_spare(route) { 0 } else { kind.fixed };
        used + kind.per_metre * state.metres + kind.per_second * i64::from(state.duration)
    }

    fn is_spare(&self, route: u32) -> bool {
        let state = &self.routes[route as usize];
        self.spare[state.kind as usize].get(state.spare_at as usize) == Some(&route)
    }

    fn unspare(&mut self, route: u32) {
        let (kind, at) = {
            let state = &self.routes[route as usize];
            (state.kind as usize, state.spare_at as usize)
        };
        self.used += 1;
        self.spare[kind].swap_remove(at);
        if let Some(&moved) = self.spare[kind].get(at) {
            self.routes[moved as usize].spare_at = at as u32;
        }
    }

    fn make_spare(&mut self, route: u32) {
        if self.is_spare(route) {
            return;
        }
        self.used -= 1;
        let spare = &mut self.spare[self.routes[route as usize].kind as usize];
        self.routes[route as usize].spare_at = spare.len() as u32;
        spare.push(route);
    }

    /// Works out everything kept about a route from its order of visits. False where it is not feasible in time.
    fn refresh(&mut self, route: u32) -> bool {
        let (start, end) = (self.start_of(route), self.end_of(route));
        if self.routes[route as usize].visits == 0 {
            self.links[start as usize].onward = Arc::default();
            let state = &mut self.routes[route as usize];
            state.metres = 0;
            state.duration = 0;
            let kind = &self.problem.kinds[state.kind as usize];
            if self.problem.clockwork == Clockwork::Durations {
                let idle = Span { duration: 0, early: kind.early, late: kind.late };
                self.before[start as usize] = idle;
                self.after[end as usize] = idle;
            }
            self.links[end as usize].latest = kind.late;
            if self.problem.trips {
                let slot = self.routes[route as usize].chain.slot;
                self.detach(route);
                return slot == NONE || self.refresh_chain(slot);
            }
            return true;
        }
        let mut metres = 0;
        let mut at = start;
        let mut whole = true;
        while at != end {
            let next = self.links[at as usize].next;
            let arc = self.problem.arc(self.links[at as usize].node, self.links[next as usize].node);
            self.links[at as usize].onward = arc;
            metres += i64::from(arc.metres);
            whole &= arc.is_road();
            at = next;
        }
        self.routes[route as usize].metres = metres;
        if !whole {
            return false;
        }
        if self.problem.trips {
            return self.refresh_chain(self.routes[route as usize].chain.slot);
        }
        if self.problem.clockwork == Clockwork::None {
            return true;
        }
        let kind = &self.problem.kinds[self.routes[route as usize].kind as usize];
        if self.forward(start, end, kind.early).is_none_or(|back| back > kind.late) {
            return false;
        }
        self.backward(start, end, kind.late);
        if self.problem.clockwork == Clockwork::Durations {
            let duration_max = kind.duration_max;
            let duration = self.refresh_spans(route);
            self.routes[route as usize].duration = duration;
            return duration <= duration_max;
        }
        true
    }

    /// The spans of a route that is on time; answers with its duration.
    fn refresh_spans(&mut self, route: u32) -> i32 {
        let (start, end) = (self.start_of(route), self.end_of(route));
        let kind = &self.problem.kinds[self.routes[route as usize].kind as usize];
        let idle = Span { duration: 0, early: kind.early, late: kind.late };
        let own = |visit: u32| {
            let times = self.problem.times[visit as usize];
            Span { duration: times.service, early: times.early, late: times.late }
        };
        let mut span = idle;
        self.before[start as usize] = span;
        let mut at = start;
        loop {
            let link = &self.links[at as usize];
            if link.next == end {
                span = span.then(link.onward.seconds, idle);
                break;
            }
            span = span.then(link.onward.seconds, own(link.next));
            self.before[link.next as usize] = span;
            at = link.next;
        }
        let duration = span.duration;
        span = idle;
        self.after[end as usize] = span;
        while at != start {
            span = own(at).then(self.links[at as usize].onward.seconds, span);
            self.after[at as usize] = span;
            at = self.links[at as usize].prev;
        }
        duration
    }

    /// Earliest and latest times after one visit came in; stops where nothing changes.
    fn refresh_around(&mut self, visit: u32) {
        let mut prev = self.links[visit as usize].prev;
        let mut at = visit;
        while self.is_visit(at) {
            let times = self.problem.times[at as usize];
            let before = &self.links[prev as usize];
            let ready = (before.ready + before.onward.seconds).max(times.early) + times.service;
            let link = &mut self.links[at as usize];
            if at != visit && link.ready == ready {
                break;
            }
            link.ready = ready;
            prev = at;
            at = link.next;
        }
        at = visit;
        while self.is_visit(at) {
            let times = self.problem.times[at as usize];
            let link = self.links[at as usize];
            let latest =
                times.late.min(self.links[link.next as usize].latest - link.onward.seconds - times.service);
            if at != visit && link.latest == latest {
                break;
            }
            self.links[at as usize].latest = latest;
            at = link.prev;
        }
    }

    /// Begins an iteration: what changes from here can be undone.
    pub(crate) fn begin(&mut self) {
        let journal = &mut self.journal;
        journal.open = true;
        journal.stamp = journal.stamp.wrapping_add(1);
        if journal.stamp == 0 {
            journal.touched_in.fill(0);
            journal.stamp = 1;
        }
        journal.touched.clear();
        journal.links.clear();
        journal.spans.clear();
        journal.states.clear();
        journal.rooms.clear();
        journal.absent.clone_from(&self.absent);
        journal.heads.clone_from(&self.heads);
        journal.routes_cost = self.routes_cost;
        journal.forgone = self.forgone;
    }

    /// Keeps what a route is before it changes; with it all trips of its vehicle, whose times change with its own.
    fn touch(&mut self, route: u32) {
        let slot = self.routes[route as usize].chain.slot;
        if slot != NONE && self.journal.open {
            let mut trip = self.heads[slot as usize];
            while trip != NONE {
                self.touch_one(trip);
                trip = self.routes[trip as usize].chain.after;
            }
        }
        self.touch_one(route);
    }

    fn touch_one(&mut self, route: u32) {
        let slot = &mut self.journal.touched_in[route as usize];
        if !self.journal.open || *slot == self.journal.stamp {
            return;
        }
        *slot = self.journal.stamp;
        self.journal.touched.push(route);
        self.journal.states.push(self.routes[route as usize]);
        let dimensions = self.problem.dimensions;
        self.journal.rooms.extend_from_slice(&self.room[route as usize * dimensions..][..dimensions]);
        let mut at = self.start_of(route);
        while at != NONE {
            let link = self.links[at as usize];
            self.journal.links.push((at, link));
            if let (Some(&before), Some(&after)) = (self.before.get(at as usize), self.after.get(at as usize))
            {
                self.journal.spans.push((before, after));
            }
            at = link.next;
        }
    }

    /// Back to [`Plan::begin`].
    pub(crate) fn undo(&mut self) {
        let mut journal = std::mem::take(&mut self.journal);
        for &route in &journal.touched {
            let mut at = self.links[self.start_of(route) as usize].next;
            while self.is_visit(at) {
                self.links[at as usize].route = NONE;
                at = self.links[at as usize].next;
            }
        }
        for &(at, link) in &journal.links {
            self.links[at as usize] = link;
        }
        for (&(at, _), &(before, after)) in journal.links.iter().zip(&journal.spans) {
            self.before[at as usize] = before;
            self.after[at as usize] = after;
        }
        let dimensions = self.problem.dimensions;
        for (at, (&route, &state)) in journal.touched.iter().zip(&journal.states).enumerate() {
            let was_spare = state.visits == 0;
            match (was_spare, self.is_spare(route)) {
                (true, false) => self.make_spare(route),
                (false, true) => self.unspare(route),
                _ => {}
            }
            let spare_at = self.routes[route as usize].spare_at;
            self.routes[route as usize] = RouteState { spare_at, ..state };
            self.room[route as usize * dimensions..][..dimensions]
                .copy_from_slice(&journal.rooms[at * dimensions..][..dimensions]);
        }
        // Visits that were absent then may stand in a route now: their links say so until here.
        for &visit in &journal.absent {
            self.links[visit as usize].route = NONE;
        }
        std::mem::swap(&mut self.absent, &mut journal.absent);
        std::mem::swap(&mut self.heads, &mut journal.heads);
        self.routes_cost = journal.routes_cost;
        self.forgone = journal.forgone;
        journal.open = false;
        self.journal = journal;
    }

    /// What is needed to come back to this plan.
    pub(crate) fn store(&self, into: &mut Snapshot) {
        into.order.clear();
        into.slots.clear();
        for slot in 0..self.heads.len() as u32 {
            let mut trip = self.heads[slot as usize];
            while trip != NONE {
                into.slots.push(slot);
                into.order.extend(self.visits_of(trip).map(|visit| (trip, visit)));
                trip = self.routes[trip as usize].chain.after;
            }
        }
        for route in 0..self.routes.len() as u32 {
            if self.routes[route as usize].visits > 0 && !self.problem.trips {
                into.order.extend(self.visits_of(route).map(|visit| (route, visit)));
            }
        }
        into.absent.clone_from(&self.absent);
    }

    /// Comes back to a stored plan. False, with some visits left out, where it is not feasible.
    pub(crate) fn load(&mut self, from: &Snapshot) -> bool {
        for route in 0..self.routes.len() as u32 {
            if self.routes[route as usize].visits > 0 {
                let mut at = self.links[self.start_of(route) as usize].next;
                while self.is_visit(at) {
                    let next = self.links[at as usize].next;
                    self.remove(at);
                    at = next;
                }
                self.settle(route);
            }
        }
        self.absent.clear();
        let (mut last_slot, mut behind) = (NONE, NONE);
        for (at, stretch) in from.order.chunk_by(|a, b| a.0 == b.0).enumerate() {
            let route = stretch[0].0;
            if let Some(&slot) = from.slots.get(at) {
                if slot != last_slot {
                    behind = NONE;
                    self.routes_cost += self.problem.kinds[self.slots[slot as usize] as usize].fixed;
                }
                self.attach(route, Opening { slot, behind });
                (last_slot, behind) = (slot, route);
            }
            let mut prev = self.start_of(route);
            for &(_, visit) in stretch {
                self.link_in(visit, prev);
                prev = visit;
            }
            // It was empty, so all it costs is new.
            self.settle_from(route, 0);
        }
        let whole = self.absent.is_empty();
        self.absent.extend_from_slice(&from.absent);
        whole
    }

    /// Whether everybody who must be served and can be is.
    pub(crate) fn is_complete(&self) -> bool {
        self.absent.iter().all(|&visit| self.problem.optional[visit as usize])
    }

    /// Sets the price for leaving out visits that must be served.
    pub(crate) fn set_price(&mut self, price: i64) {
        for (at, slot) in self.price.iter_mut().enumerate() {
            if !self.problem.optional[at] {
                *slot = price.min(self.problem.forgone[at]);
            }
        }
        self.forgone = self.absent.iter().map(|&visit| self.price[visit as usize]).sum();
    }

    /// The plan's cost in those terms.
    pub(crate) fn cost_as_given(&self) -> Cost {
        let problem = self.problem;
        let mut cost = Cost { unserved: 0, total: self.routes_cost };
        for &visit in self.absent.iter().chain(&problem.impossible) {
            if problem.optional[visit as usize] {
                cost.total += problem.forgone[visit as usize];
            } else {
                cost.unserved += 1;
            }
        }
        cost
    }
}
