//! What happens when the site's day changes: forecasts and proposals are made anew, and readings that the site no longer keeps go.

use crate::open::{App, Inner};
use domain::Actor;
use std::sync::Weak;
use std::time::Duration;

/// Looks once a second (of real time, since a demo's days are short) whether a new day has begun.
pub(crate) async fn run(inner: Weak<Inner>) {
    let Some(mut day) = inner.upgrade().map(|inner| inner.today()) else { return };
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        second.tick().await;
        let Some(app) = inner.upgrade().map(App) else { return };
        let today = app.0.today();
        if today == day {
            continue;
        }
        day = today;
        if let Err(failure) = app.blocking(|inner| crate::serve::site::forget_old_readings(inner)).await {
            tracing::warn!("remove readings older than the site keeps: {failure}");
        }
        let has_orders = app.blocking(|inner| Ok(inner.store.records.order_span()?.is_some())).await;
        if matches!(has_orders, Ok(true))
            && app.0.jobs.count() == 0
            && let Err(failure) = app.start_planning(&Actor::system()).await
        {
            tracing::warn!("plan the new day: {failure}");
        }
    }
}
