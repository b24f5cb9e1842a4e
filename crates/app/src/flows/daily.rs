//! What happens when the site's day changes: lots that passed their last day stop being for sale, forecasts and proposals are made
//! anew, and readings that the site no longer keeps go.
//! And once after a start: what was in doubt before it is found again, so that its count is right before anybody asks for the list.

use crate::open::{App, Inner};
use domain::Actor;
use std::sync::Weak;
use std::time::Duration;

/// So long after the start, when the first screen is up and what waited on the lines is in, seconds.
const DOUBTS_AFTER: u32 = 30;

/// Looks once a second (of real time, since a demo's days are short) whether a new day has begun.
pub(crate) async fn run(inner: Weak<Inner>) {
    let Some(mut day) = inner.upgrade().map(|inner| inner.today()) else { return };
    if let Some(app) = inner.upgrade().map(App) {
        turn_books(&app, day).await;
    }
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seconds = 0_u32;
    loop {
        second.tick().await;
        let Some(app) = inner.upgrade().map(App) else { return };
        seconds = seconds.saturating_add(1);
        if seconds == DOUBTS_AFTER
            && let Err(failure) = app.blocking(|inner| inner.fill_doubts()).await
        {
            tracing::warn!("find what was in doubt before the start: {failure}");
        }
        let today = app.0.today();
        if today == day {
            continue;
        }
        day = today;
        turn_books(&app, day).await;
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

async fn turn_books(app: &App, day: units::Day) {
    if let Err(failure) = app.blocking(move |inner| Ok(inner.store.records.stock_day(day)?)).await {
        tracing::warn!("tell the books of stock which day it is: {failure}");
    }
}
