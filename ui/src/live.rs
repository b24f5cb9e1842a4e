//! Answers that stay true: a call is asked again when an event touches a topic it reads.

use crate::bridge;
use crate::browser;
use crate::state::ctx;
use contract::{ApiError, Call, Event, EventBody, Topic};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use units::Timestamp;
use wasm_bindgen_futures::spawn_local;

/// An answer and how it is doing.
pub struct Live<T: Send + Sync + 'static> {
    /// The newest answer; stays while a newer one is on its way.
    pub data: RwSignal<Option<T>>,
    /// Why the newest question had none.
    pub error: RwSignal<Option<ApiError>>,
    again: RwSignal<u64>,
}

impl<T: Send + Sync + 'static> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for Live<T> {}

impl<T: Send + Sync + 'static> Live<T> {
    /// Asks again.
    pub fn refresh(&self) {
        self.again.try_update(|n| *n += 1);
    }
}

/// How long after an event of most topics the answer is asked for again.
const SOON: Duration = Duration::from_millis(120);

/// Whether events of a topic come all the time.
fn streams(topic: Topic) -> bool {
    matches!(topic, Topic::Readings | Topic::Positions)
}

/// How often an answer is asked for again while readings or positions stream in.
fn pace(topics: &[Topic]) -> Duration {
    Duration::from_millis(if topics.contains(&Topic::Readings) { 2000 } else { 800 })
}

/// How often a picture of a span is asked for again while readings stream in: several times in what its reader can tell
/// apart (a chart has some hundred points), as soon as anybody could see it, and never later than half a minute.
pub fn pace_of_span(from: Timestamp, to: Timestamp) -> Duration {
    let ms = ((to - from).0 / 3_000).clamp(2_000, 30_000);
    Duration::from_millis(ms.unsigned_abs())
}

/// A signal that rises a moment after an event of these topics: many events, one rise.
pub fn after(topics: &'static [Topic]) -> RwSignal<u64> {
    after_at(topics, move || pace(topics))
}

/// The same; while readings or positions stream in, once in what `pace` says.
pub fn after_at(topics: &'static [Topic], pace: impl Fn() -> Duration + 'static) -> RwSignal<u64> {
    let due = RwSignal::new(0u64);
    if topics.iter().any(|topic| !streams(*topic)) {
        rise(due, topics, false, || SOON);
    }
    if topics.iter().any(|topic| streams(*topic)) {
        rise(due, topics, true, pace);
    }
    due
}

/// Raises `due` a pause after the first event of those topics that stream, or of those that don't.
fn rise(
    due: RwSignal<u64>,
    topics: &'static [Topic],
    streaming: bool,
    pause: impl Fn() -> Duration + 'static,
) {
    let waiting = StoredValue::new(false);
    Effect::new(move |first: Option<()>| {
        for topic in topics.iter().filter(|topic| streams(**topic) == streaming) {
            ctx().heard[*topic as usize].track();
        }
        if first.is_some() && waiting.try_get_value() == Some(false) {
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        due.try_update(|n| *n += 1);
                    }
                },
                untrack(&pause),
            );
        }
    });
}

#[derive(Clone, Default)]
struct Flight {
    number: u64,
    question: String,
    flying: bool,
    dirty: bool,
}

/// Asks what `make` says, again whenever a signal it reads changes or an event touches the call's topics. `None` asks
/// nothing and empties the answer.
pub fn live<C>(make: impl Fn() -> Option<C> + 'static) -> Live<C::Reply>
where
    C: Call,
    C::Reply: Sync,
{
    live_at(|| pace(C::READS), make)
}

/// The same; while readings stream in, asked again once in what `pace` says.
pub fn live_at<C>(
    pace: impl Fn() -> Duration + 'static,
    make: impl Fn() -> Option<C> + 'static,
) -> Live<C::Reply>
where
    C: Call,
    C::Reply: Sync,
{
    let (data, error, again) = (RwSignal::new(None), RwSignal::new(None), RwSignal::new(0u64));
    let due = after_at(C::READS, pace);
    let flight = StoredValue::new(Flight::default());
    Effect::new(move |_| {
        due.get();
        again.get();
        let Some(call) = make() else {
            flight.update_value(|f| *f = Flight { number: f.number + 1, ..Flight::default() });
            data.set(None);
            error.set(None);
            return;
        };
        let question = serde_json::to_string(&call).unwrap_or_default();
        let mut number = 0;
        let mut held = false;
        flight.update_value(|f| {
            held = f.flying && f.question == question;
            if held {
                f.dirty = true;
            } else {
                *f = Flight { number: f.number + 1, question, flying: true, dirty: false };
                number = f.number;
            }
        });
        if held {
            return;
        }
        spawn_local(async move {
            let answer = bridge::send(call).await;
            let mut dirty = false;
            let current = flight.try_update_value(|f| {
                let current = f.number == number;
                if current {
                    f.flying = false;
                    dirty = std::mem::take(&mut f.dirty);
                }
                current
            });
            if current != Some(true) {
                return;
            }
            match answer {
                Ok(reply) => {
                    data.try_set(Some(reply));
                    if error.try_with_untracked(Option::is_some) == Some(true) {
                        error.try_set(None);
                    }
                }
                Err(e) => {
                    error.try_set(Some(e));
                }
            }
            if dirty {
                again.try_update(|n| *n += 1);
            }
        });
    });
    Live { data, error, again }
}

/// Rows to a page of a long list.
pub const PAGE: u32 = 100;

/// A long list, fetched a page at a time where it is looked at.
pub struct Paged<R: Send + Sync + 'static> {
    /// Rows that pass the filter; `None` until the first page came.
    pub total: RwSignal<Option<u64>>,
    /// The pages here.
    pub pages: RwSignal<BTreeMap<u32, Vec<R>>>,
    /// The rows looked at: from, until.
    pub seen: RwSignal<(usize, usize)>,
    /// Why a page did not come.
    pub error: RwSignal<Option<ApiError>>,
}

impl<R: Send + Sync + 'static> Clone for Paged<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R: Send + Sync + 'static> Copy for Paged<R> {}

impl<R: Send + Sync + Clone + 'static> Paged<R> {
    /// A row, if its page is here. Tracks the pages.
    pub fn row(&self, index: usize) -> Option<R> {
        let index = u32::try_from(index).ok()?;
        self.pages.with(|p| p.get(&(index / PAGE))?.get((index % PAGE) as usize).cloned())
    }

    /// The index of the row that `is` it, among the pages here. Tracks the pages.
    pub fn position(&self, is: impl Fn(&R) -> bool) -> Option<usize> {
        self.pages.with(|p| {
            p.iter().find_map(|(page, rows)| rows.iter().position(&is).map(|i| (*page * PAGE) as usize + i))
        })
    }
}

/// A long list of what `make(offset, limit)` says; it empties when what `make` reads changes, and is asked again, page by
/// page, on events.
pub fn paged<C, R>(
    make: impl Fn(u32, u32) -> C + Copy + 'static,
    split: impl Fn(C::Reply) -> (u64, Vec<R>) + Copy + 'static,
) -> Paged<R>
where
    C: Call,
    R: Send + Sync + 'static,
{
    let paged = Paged {
        total: RwSignal::new(None),
        pages: RwSignal::new(BTreeMap::new()),
        seen: RwSignal::new((0, 1)),
        error: RwSignal::new(None),
    };
    let due = after(C::READS);
    let generation = StoredValue::new(0u64);
    let flying = StoredValue::new(Vec::<u32>::new());
    let fetch = move |page: u32| {
        let asked = generation.get_value();
        if flying.with_value(|f| f.contains(&page)) {
            return;
        }
        flying.update_value(|f| f.push(page));
        let call = untrack(|| make(page * PAGE, PAGE));
        spawn_local(async move {
            let answer = bridge::send(call).await;
            if generation.try_get_value() != Some(asked) {
                return;
            }
            flying.update_value(|f| f.retain(|p| *p != page));
            match answer {
                Ok(reply) => {
                    let (total, rows) = split(reply);
                    paged.pages.try_update(|p| p.insert(page, rows));
                    if paged.total.try_get_untracked() != Some(Some(total)) {
                        paged.total.try_set(Some(total));
                    }
                    paged.error.try_set(None);
                }
                Err(e) => {
                    paged.error.try_set(Some(e));
                }
            }
        });
    };
    let wanted = move || {
        let (from, to) = paged.seen.get_untracked();
        let last =
            paged.total.get_untracked().map_or(0, |t| u32::try_from(t.saturating_sub(1)).unwrap_or(0) / PAGE);
        let page = |row: usize| u32::try_from(row).unwrap_or(0) / PAGE;
        page(from)..=page(to.saturating_sub(1)).min(last).max(page(from))
    };
    // Another question: what is here is of no use.
    let asked = StoredValue::new(String::new());
    Effect::new(move |_| {
        let question = serde_json::to_string(&make(0, PAGE)).unwrap_or_default();
        if asked.get_value() != question {
            asked.set_value(question);
            generation.update_value(|g| *g += 1);
            flying.set_value(Vec::new());
            paged.seen.set((0, 1));
            // The old rows stay until the first page of the new ones is here: the list does not blink.
            let now = generation.get_value();
            let call = untrack(|| make(0, PAGE));
            flying.update_value(|f| f.push(0));
            spawn_local(async move {
                let answer = bridge::send(call).await;
                if generation.try_get_value() != Some(now) {
                    return;
                }
                flying.update_value(|f| f.retain(|p| *p != 0));
                match answer {
                    Ok(reply) => {
                        let (total, rows) = split(reply);
                        paged.pages.try_set(BTreeMap::from([(0, rows)]));
                        paged.total.try_set(Some(total));
                        paged.error.try_set(None);
                    }
                    Err(e) => {
                        paged.error.try_set(Some(e));
                    }
                }
            });
        }
    });
    // An event: what is looked at is asked again, the rest is forgotten.
    Effect::new(move |before: Option<u64>| {
        let due = due.get();
        if before.is_some_and(|b| b != due) {
            let wanted = wanted();
            paged.pages.update_untracked(|p| p.retain(|page, _| wanted.contains(page)));
            for page in wanted {
                fetch(page);
            }
        }
        due
    });
    // Scrolled: what is missing is asked.
    Effect::new(move |_| {
        paged.seen.track();
        if paged.total.get_untracked().is_some() {
            for page in wanted() {
                if paged.pages.with_untracked(|p| !p.contains_key(&page)) {
                    fetch(page);
                }
            }
        }
    });
    paged
}

/// How long newest values gather before the page takes them: some hundred devices a second would otherwise have every shown value
/// looked at again for each of them.
const GATHER: Duration = Duration::from_millis(200);

/// Patches newest values in, a few times a second at most.
fn patch(values: Vec<contract::LatestReading>) {
    thread_local! {
        static WAITING: std::cell::RefCell<Vec<contract::LatestReading>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let ctx = ctx();
    let first = WAITING.with_borrow_mut(|waiting| {
        let first = waiting.is_empty();
        waiting.extend(values);
        first && !waiting.is_empty()
    });
    if first {
        set_timeout(
            move || {
                let values = WAITING.with_borrow_mut(std::mem::take);
                ctx.latest.update(|all| all.extend(values.into_iter().map(|value| (value.channel.0, value))));
            },
            GATHER,
        );
    }
}

/// Starts listening: topics rise, newest values are patched in, the link is watched.
pub fn start() {
    let ctx = ctx();
    bridge::listen(
        move |event: Event| match event.body {
            EventBody::Snapshot => {
                for heard in ctx.heard {
                    heard.update(|n| *n += 1);
                }
            }
            EventBody::Changed => ctx.heard[event.topic as usize].update(|n| *n += 1),
            EventBody::Latest(values) => {
                patch(values);
                ctx.heard[event.topic as usize].update(|n| *n += 1);
            }
        },
        move |up| {
            use crate::state::Link;
            match (up, ctx.link.get_untracked()) {
                (true, Link::Up) | (false, Link::Down(_)) => {}
                (true, _) => ctx.link.set(Link::Up),
                (false, _) => ctx.link.set(Link::Down(browser::now_ms())),
            }
        },
    );
}
