//! The site's clock: the real one, or a demo's that runs faster.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use units::{Millis, Timestamp};

/// Where "now" comes from. Cheap to clone; every clone shows the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Real,
    /// Runs at `speed` from `base`, counted from the real instant `since`.
    Simulated {
        base: AtomicI64,
        since: AtomicI64,
        speed: AtomicU32,
    },
    /// Stands still until a test moves it.
    Manual(AtomicI64),
}

/// The real time, the one place that reads it.
#[allow(clippy::disallowed_methods, reason = "this is the clock that all others are told to use")]
pub fn real_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Clock {
    /// The machine's own.
    pub fn real() -> Self {
        Self(Arc::new(Kind::Real))
    }

    /// Starts at `from` and runs `speed` times as fast as the machine's (at least once).
    pub fn simulated(from: Timestamp, speed: u32) -> Self {
        Self(Arc::new(Kind::Simulated {
            base: AtomicI64::new(from.0),
            since: AtomicI64::new(real_now().0),
            speed: AtomicU32::new(speed.max(1)),
        }))
    }

    /// Stands at `at`.
    pub fn manual(at: Timestamp) -> Self {
        Self(Arc::new(Kind::Manual(AtomicI64::new(at.0))))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Kind::Real => real_now(),
            Kind::Simulated { base, since, speed } => {
                let real = (real_now().0 - since.load(Ordering::Relaxed)).max(0);
                Timestamp(base.load(Ordering::Relaxed) + real * i64::from(speed.load(Ordering::Relaxed)))
            }
            Kind::Manual(at) => Timestamp(at.load(Ordering::Relaxed)),
        }
    }

    /// How fast it runs against the machine's.
    pub fn speed(&self) -> u32 {
        match &*self.0 {
            Kind::Simulated { speed, .. } => speed.load(Ordering::Relaxed),
            Kind::Real | Kind::Manual(_) => 1,
        }
    }

    /// Moves a manual clock; others go their own way.
    pub fn advance(&self, by: Millis) {
        if let Kind::Manual(at) = &*self.0 {
            at.fetch_add(by.0, Ordering::Relaxed);
        }
    }
}
