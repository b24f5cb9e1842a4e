//! How fast it is, printed, under RUN_SLOW_TESTS: `cargo test --release -p store -- measure --nocapture`.
#![allow(clippy::disallowed_methods, reason = "measuring reads the clock")]

use crate::{Draw, NOW, act, file, line, site};
use domain::{Quality, Reading};
use std::ops::ControlFlow;
use std::time::Instant;
use store::{Batch, ItemImport, ItemQuery, ItemSort, Outlook, StockImport};
use units::{ChannelId, Day, Milli, Millis, Progress, Quantity, Stop, Timestamp};

fn slow() -> bool {
    let on = std::env::var("RUN_SLOW_TESTS").is_ok();
    if !on {
        println!("skipped: set RUN_SLOW_TESTS to measure");
    }
    on
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    println!("{what}: {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
    value
}

#[test]
fn orders() {
    if !slow() {
        return;
    }
    // As many lines, items and orders as complete-journey-2017: 926,483, 4,782, some 150,000, in order of days.
    let (folder, store) = site();
    const LINES: u64 = 926_483;
    let mut draw = Draw(1);
    let mut lines = (0..LINES).map(|n| {
        let order = n / 6;
        Ok(line(
            &order.to_string(),
            (order * 365 / (LINES / 6)) as i32,
            &format!("{}", draw.below(4_782) * 211),
            1,
        ))
    });
    let base = peak_mb();
    let start = Instant::now();
    let done = store
        .records
        .import_orders(&act(), &file("orders"), &mut lines, &Stop::default(), &Progress::none())
        .expect("import");
    let took = start.elapsed().as_secs_f64();
    println!(
        "import of {LINES} lines: {took:.2} s, {:.0} lines/s, peak {} MB (before {base} MB), file {} MB, added {}",
        LINES as f64 / took,
        peak_mb(),
        std::fs::metadata(folder.path().join("records.db")).expect("size").len() / 1_000_000,
        done.record().added
    );
    let mut items = 0;
    timed("daily demand of all items", || {
        let mut each = |_, days: &[(Day, Quantity)]| {
            items += usize::from(!days.is_empty());
            ControlFlow::Continue(())
        };
        store.records.daily_demand_all(&mut each).expect("demand");
    });
    println!("items: {items}");
    timed("statistics", || store.records.order_stats().expect("stats"));
    let mut lines = (0..LINES).map(|n| Ok(line(&(n / 6).to_string(), 0, "1", 1)));
    timed("import of as many lines of one item", || {
        store
            .records
            .import_orders(&act(), &file("more"), &mut lines, &Stop::default(), &Progress::none())
            .expect("import")
    });
}

#[test]
fn items() {
    if !slow() {
        return;
    }
    let (_folder, store) = site();
    let row = |n: u32| ItemImport {
        sku: format!("SKU-{n:06}"),
        name: Some(format!("Item number {n}")),
        ..ItemImport::default()
    };
    timed("import of 100,000 items", || {
        store
            .records
            .import_items(&act(), &file("items"), (0..100_000).map(row).collect(), &Stop::default())
            .expect("items")
    });
    let row = |n: i64| StockImport {
        sku: format!("SKU-{n:06}"),
        on_hand: Quantity::of(n % 977),
        ..StockImport::default()
    };
    timed("import of 100,000 stock levels", || {
        store
            .records
            .import_stock(&act(), &file("stock"), (0..100_000).map(row).collect(), &Stop::default())
            .expect("stock")
    });
    let items = store.records.all_items().expect("items");
    let outlook = |item: &domain::Item| Outlook {
        item: item.id,
        demand_per_day: 1.0,
        days_of_cover: Some((item.id.0 * 7_919 % 1_009) as f64),
        stock_out_day: None,
        price: None,
        made_at: NOW,
    };
    timed("save of 100,000 outlooks", || {
        store.records.save_outlooks(items.iter().map(outlook).collect()).expect("save")
    });
    for sort in
        [ItemSort::Sku, ItemSort::OnHand, ItemSort::Cover, ItemSort::StockValue, ItemSort::ForecastValue]
    {
        let query = ItemQuery { sort, descending: true, offset: 50_000, limit: 100, ..ItemQuery::default() };
        timed(&format!("page of 100 of 100,000 by {sort:?}"), || store.records.items(&query).expect("page"));
    }
    let query = ItemQuery {
        text: Some("number 77".into()),
        sort: ItemSort::Cover,
        limit: 100,
        ..ItemQuery::default()
    };
    timed("page of a filter by text", || store.records.items(&query).expect("page"));
}

#[test]
fn telemetry() {
    if !slow() {
        return;
    }
    let (folder, store) = site();
    let (channels, days) = (12_i64, 30_i64);
    let mut draw = Draw(3);
    let steps = days * 8_640;
    let start = Instant::now();
    for first in (0..steps).step_by(360) {
        let reading = |n: i64, channel: i64, value: i64| Reading {
            channel: ChannelId(channel),
            at: Timestamp(n * 10_000),
            arrived_at: Timestamp(n * 10_000 + 30),
            sequence: n,
            value: Some(Milli(value)),
            quality: Quality::Good,
        };
        let readings = (first..first + 360)
            .flat_map(|n| (1..=channels).map(move |channel| (n, channel)))
            .map(|(n, channel)| reading(n, channel, draw.below(8_000) as i64))
            .collect();
        store.telemetry.append(Batch { readings, ..Batch::default() }).expect("append");
    }
    let (took, rows) = (start.elapsed().as_secs_f64(), steps * channels);
    let bytes = std::fs::metadata(folder.path().join("telemetry.db")).expect("size").len();
    println!(
        "{rows} readings in batches of 4,320: {took:.1} s, {:.0}/s, {:.1} bytes each",
        rows as f64 / took,
        bytes as f64 / rows as f64
    );
    let one = |n: i64| Batch {
        readings: vec![Reading {
            channel: ChannelId(1),
            at: Timestamp(steps * 10_000 + n),
            arrived_at: Timestamp(0),
            sequence: n,
            value: Some(Milli(1)),
            quality: Quality::Good,
        }],
        ..Batch::default()
    };
    timed("100 batches of one reading", || {
        (0..100).for_each(|n| _ = store.telemetry.append(one(n)).expect("append"))
    });
    let all: Vec<ChannelId> = (1..=channels).map(ChannelId).collect();
    let end = Timestamp(steps * 10_000);
    for (name, span, buckets) in [
        ("1 hour in 700", Millis::hours(1), 700),
        ("12 hours in 1,500", Millis::hours(12), 1_500),
        ("24 hours in 700", Millis::days(1), 700),
        ("7 days in 700", Millis::days(7), 700),
        ("7 days in 1,500", Millis::days(7), 1_500),
        ("30 days in 1,500", Millis::days(30), 1_500),
    ] {
        timed(&format!("chart of 12 channels, {name}"), || {
            store.telemetry.series(&all, end - span, end, buckets).expect("series")
        });
    }
    timed("newest of all", || store.telemetry.latest_all().expect("latest"));
    timed("totals", || store.telemetry.totals(None).expect("totals"));
}
