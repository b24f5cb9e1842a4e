//! The demo site: a seeded warehouse whose chain speaks to the real driver and whose files go through the real importer.
//!
//! Everything it does it does through calls, as a person or a device would. It never writes to the store.

use app::{Actor, App, Clock, SiteSettings};
use contract::*;
use sim::chain::{self, Chain, Outlet, Running, Sent};
use sim::thermal::{self, PROBES};
use sim::{Warehouse, ZoneKind};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use units::{Day, Milli, Millis, Money, Quantity, Seed, Stop, Timestamp};

mod fleet;
mod floor;
mod goods;
mod wires;

pub use wires::hear_vehicles;

/// How much of the past the chain has buffered when a new demo site hears it first.
const BUFFERED: Millis = Millis::hours(36);

/// The chain's line, as a real one of its kind.
const BAUD: u32 = 115_200;

/// A demo at work. Dropping it pulls the plug; [`Demo::stop`] ends it in order.
pub struct Demo {
    app: App,
    chain: Option<Running>,
    wires: Option<wires::Wires>,
    trackers: fleet::Trackers,
    seeding: tokio::task::JoinHandle<Result<(), ApiError>>,
    living: Option<tokio::task::JoinHandle<()>>,
    ending: Stop,
}

/// What the demo's devices sent, wire by wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentBy {
    /// The temperature chain, over its serial line.
    pub serial: Sent,
    /// Energy meters and vibration sensors, over MQTT.
    pub mqtt: Sent,
    /// The cold rooms' controller, over HTTP.
    pub http: Sent,
    /// The supply's power meter, over Modbus TCP.
    pub modbus: Sent,
    /// Places of vehicles, over MQTT too; none of the readings.
    pub positions: u64,
}

impl SentBy {
    /// All readings sent.
    pub fn readings(&self) -> u64 {
        self.serial.readings + self.mqtt.readings + self.http.readings + self.modbus.readings
    }
}

/// What makes a demo site the same each time it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct World {
    seed: u64,
    last_day: Day,
    /// When the site's life began: what goes wrong in it is counted from here, however often it is opened.
    live_from: Timestamp,
    /// The site's clock when it was last looked at: a clock that ran ahead does not go back.
    clock: Timestamp,
}

/// Settings of a new demo site.
pub fn settings(chinese: bool) -> SiteSettings {
    let (name, time_zone, currency, language) = if chinese {
        ("海港路配送中心（演示）", "Asia/Shanghai", "CNY", "zh-CN")
    } else {
        ("Harbour Lane DC (demo)", "Europe/Helsinki", "EUR", "en")
    };
    SiteSettings {
        name: name.to_owned(),
        time_zone: time_zone.to_owned(),
        currency: currency.to_owned(),
        language: language.to_owned(),
        demo: true,
        ..SiteSettings::default()
    }
}

/// The demo's clock: the machine's, `speed` times as fast, from now or from where it last stood if that is later.
pub fn clock(folder: &Path, speed: u32) -> Clock {
    let now = app::clock::real_now();
    let from = read_world(folder).map_or(now, |world| world.clock.max(now));
    Clock::simulated(from, speed)
}

fn world_file(folder: &Path) -> PathBuf {
    folder.join("demo.json")
}

fn read_world(folder: &Path) -> Option<World> {
    serde_json::from_str(&std::fs::read_to_string(world_file(folder)).ok()?).ok()
}

fn write_world(folder: &Path, world: World) {
    let written = serde_json::to_string(&world)
        .map_err(std::io::Error::other)
        .and_then(|text| std::fs::write(world_file(folder), text));
    if let Err(error) = written {
        tracing::warn!(
            "note where the demo stands in {}: {error}; its clock may step back at the next start",
            folder.display()
        );
    }
}

fn failure(what: &str, error: impl std::fmt::Display) -> ApiError {
    ApiError { code: Code::Storage, message: format!("{what}: {error}"), trace_id: "demo".to_owned() }
}

/// Starts the demo: the wires at once, the files in the background. `seed` counts only for a new site. The devices know their
/// addresses then: [`App::listen`] comes after it.
pub async fn start(app: &App, seed: Seed) -> Result<Demo, ApiError> {
    let folder = app.folder().to_owned();
    let chinese = app.settings().language.starts_with("zh");
    let zone_offset = app.call(GetSite {}, &Actor::system()).await?.offset_minutes;
    let today = Timestamp(app.clock().now().0 + i64::from(zone_offset) * 60_000).utc_day();
    let known = read_world(&folder);
    let now = app.clock().now();
    let world = known.unwrap_or(World { seed: seed.0, last_day: today.plus(-1), live_from: now, clock: now });
    write_world(&folder, World { clock: now, ..world });

    let clock = app.clock().clone();
    let clock: chain::SimClock = Arc::new(move || clock.now());
    let from = chain_of(app).await?.and_then(|(_, last)| last).unwrap_or(now - BUFFERED).max(now - BUFFERED);
    let outlet = Outlet::here(&folder, "chain-1");
    let speed = app.clock().speed();
    let running =
        chain::start(Chain::new(Seed(world.seed), world.live_from), outlet, from, speed, clock.clone())
            .map_err(|e| failure("start the demo's chain", e))?;
    plug_in(app, running.endpoint(), chinese).await?;
    let wires = wires::start(app, world, chinese, &clock, now - BUFFERED).await?;

    let warehouse = Arc::new(Warehouse::new(Seed(world.seed), world.last_day));
    let trackers = fleet::start(app, world, warehouse.clone(), chinese, wires.broker()).await?;
    let seeding = tokio::spawn(seed_files(app.clone(), warehouse.clone(), chinese));
    let ending = Stop::default();
    let living = tokio::spawn(live(app.clone(), warehouse, world, chinese, ending.clone()));
    Ok(Demo {
        app: app.clone(),
        chain: Some(running),
        wires: Some(wires),
        trackers,
        seeding,
        living: Some(living),
        ending,
    })
}

impl Demo {
    /// Waits until the warehouse's files are in and the first proposals are made.
    pub async fn seeded(&mut self) -> Result<(), ApiError> {
        (&mut self.seeding).await.map_err(|e| failure("seed the demo", e))?
    }

    /// Waits until today's deliveries are in and planned.
    pub async fn planned(&mut self) -> Result<(), ApiError> {
        self.trackers.planned().await
    }

    /// Positions the vehicles' trackers sent so far.
    pub fn positions(&self) -> u64 {
        self.trackers.sent()
    }

    /// The chain, to pull its plug.
    pub fn chain(&self) -> Option<&Running> {
        self.chain.as_ref()
    }

    /// The broker of the site: whoever publishes there is heard by the devices that listen to it.
    pub fn broker(&self) -> Option<&sim::broker::Broker> {
        self.wires.as_ref().map(wires::Wires::broker)
    }

    /// The cold rooms' controller, to let it hang.
    pub fn controller(&self) -> Option<&sim::coldroom::Controller> {
        self.wires.as_ref().and_then(wires::Wires::controller)
    }

    /// Ends every sender after what it is sending, has the application hang up, closes the lines, and says what was sent. In this
    /// order nobody hears a line break, so that the end is no alarm.
    pub async fn stop(mut self) -> SentBy {
        self.ending.ask();
        if let Some(living) = self.living.take() {
            // It ends after the day it is at; what went wrong in a day was said then.
            let _ = living.await;
        }
        self.trackers.stop().await;
        let positions = self.trackers.sent();
        let folder = self.app.folder().to_owned();
        if let Some(world) = read_world(&folder) {
            write_world(&folder, World { clock: self.app.clock().now(), ..world });
        }
        let (mut chain, mut wires) = (self.chain.take(), self.wires.take());
        let ending = tokio::task::spawn_blocking(move || {
            let serial = chain.as_mut().map(Running::fall_silent).unwrap_or_default();
            let mqtt = wires.as_mut().map(wires::Wires::fall_silent).unwrap_or_default();
            (SentBy { serial, mqtt, positions, ..SentBy::default() }, chain, wires)
        });
        let Ok((mut sent, chain, wires)) = ending.await else { return SentBy::default() };
        self.app.hang_up().await;
        let ending = tokio::task::spawn_blocking(move || {
            drop(chain);
            wires.map(wires::Wires::stop).unwrap_or_default()
        });
        (sent.http, sent.modbus) = ending.await.unwrap_or_default();
        sent
    }
}

/// The chain's device, where there is one, and when it was last heard.
async fn chain_of(app: &App) -> Result<Option<(DeviceRow, Option<Timestamp>)>, ApiError> {
    let by = Actor::system();
    let devices = app.call(ListDevices {}, &by).await?;
    // The meter is on TCP too, as the chain is where there are no pseudo-terminals.
    let wired = |device: &DeviceRow| {
        let line = matches!(device.driver.as_str(), "serial" | "tcp");
        device.simulated && line && !device.speaks_modbus()
    };
    let Some(device) = devices.into_iter().find(wired) else { return Ok(None) };
    let channels = app.call(GetDevice { id: device.id }, &by).await?.channels;
    let last = channels.iter().filter_map(|channel| channel.latest.as_ref()).map(|latest| latest.at).max();
    Ok(Some((device, last)))
}

/// Makes the device with its channels and limits, or tells it where the chain now is.
async fn plug_in(app: &App, endpoint: &str, chinese: bool) -> Result<(), ApiError> {
    let by = Actor::system();
    if let Some((device, _)) = chain_of(app).await? {
        if device.endpoint != endpoint {
            let change = ChangeDevice {
                id: device.id,
                name: device.name,
                endpoint: endpoint.to_owned(),
                baud: BAUD,
                enabled: device.enabled,
                interval: None,
                setup: None,
                add: Vec::new(),
            };
            app.call(change, &by).await?;
        }
        return Ok(());
    }
    let zones = Warehouse::new(Seed(0), Day(0));
    let zone_name = |kind: ZoneKind| {
        zones
            .zones()
            .iter()
            .find(|zone| zone.kind == kind)
            .map_or("", |zone| if chinese { zone.name_zh } else { zone.name })
            .to_owned()
    };
    let channels = PROBES
        .iter()
        .map(|probe| {
            let (low, high) = thermal::limits(probe.zone);
            NewChannel {
                code: probe.code.to_owned(),
                name: if chinese { probe.name_zh } else { probe.name }.to_owned(),
                zone: zone_name(probe.zone),
                unit: "°C".to_owned(),
                low: Some(low),
                high: Some(high),
            }
        })
        .collect();
    let name = if chinese { "温度链 1" } else { "Temperature chain 1" }.to_owned();
    let id = app
        .call(
            AddDevice {
                name,
                endpoint: endpoint.to_owned(),
                baud: BAUD,
                interval: chain::INTERVAL,
                setup: String::new(),
                channels,
            },
            &by,
        )
        .await?;
    for channel in app.call(GetDevice { id }, &by).await?.channels {
        let Some(probe) = PROBES.iter().find(|probe| probe.code == channel.code) else { continue };
        // The time to respond makes the priority: frozen goods warm slowly, chilled ones are lost within the hour.
        let (priority, delay, recovery_band) = match probe.zone {
            ZoneKind::Chilled => ("critical", Millis::minutes(10), Milli(300)),
            ZoneKind::Frozen => ("high", Millis::minutes(20), Milli(1_000)),
            ZoneKind::Ambient => ("medium", Millis::minutes(30), Milli(500)),
        };
        let limits = ChangeLimits {
            channel: channel.channel,
            low: channel.low,
            high: channel.high,
            recovery_band,
            delay,
            priority: priority.to_owned(),
            why: "the goods of the room".to_owned(),
        };
        app.call(limits, &by).await?;
    }
    for zone in zones.zones() {
        let name = if chinese { zone.name_zh } else { zone.name };
        app.describe_zone(name, zone.area_m2).await.map_err(|e| failure("describe the room", e))?;
    }
    Ok(())
}

async fn import(app: &App, kind: ImportKind, path: &Path, mapping: ColumnMapping) -> Result<(), ApiError> {
    let call = StartImport {
        kind,
        file: FileRef::Path(path.to_string_lossy().into_owned()),
        mapping,
        dry_run: false,
    };
    finish(app, app.call(call, &Actor::system()).await?).await
}

async fn finish(app: &App, job: JobId) -> Result<(), ApiError> {
    let row = app.wait_for_job(job).await.map_err(|e| failure("wait for the job", e))?;
    match row.error {
        None if row.state == "Done" => Ok(()),
        error => Err(failure(&row.kind, error.unwrap_or(row.state))),
    }
}

/// Brings a new site's files in, as a person would, and has proposals made.
async fn seed_files(app: App, warehouse: Arc<Warehouse>, chinese: bool) -> Result<(), ApiError> {
    if app.call(GetSite {}, &Actor::system()).await?.has_orders {
        return Ok(());
    }
    let folder = app.folder().join("demo-files");
    let (target, world) = (folder.clone(), warehouse.clone());
    let files = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&target).and_then(|()| world.write_csv(&target))
    })
    .await
    .map_err(|e| failure("make the demo's files", e))?
    .map_err(|e| failure(&format!("write the demo's files to {}", folder.display()), e))?;
    let column = |field: &str, column: &str| (field.to_owned(), column.to_owned());
    let (name, supplier) = if chinese { ("name_zh", "supplier_name_zh") } else { ("name", "supplier_name") };
    let items = vec![
        column("sku", "sku"),
        column("name", name),
        column("category", "category"),
        column("uom", "unit_of_measure"),
        column("unit_cost", "unit_cost"),
        column("supplier_code", "supplier_code"),
        column("supplier_name", supplier),
        column("lead_time_days", "lead_time_days"),
        column("pack_size", "pack_size"),
        column("order_quantity_min", "order_quantity_min"),
    ];
    import(&app, ImportKind::Items, &files.items, items).await?;
    let floor = floor::Files::of(&warehouse, chinese);
    floor.bring(&app).await?;
    floor::kits(&app, &warehouse).await?;
    goods::begin(&app, &warehouse, chinese).await?;
    import(&app, ImportKind::Orders, &files.orders, Vec::new()).await?;
    finish(&app, app.call(RunPlanning {}, &Actor::system()).await?).await
}

/// As the site's days pass: yesterday's orders come in as a file, the shelf is counted down, goods arrive, plans are made. Within a day
/// the docks take their steps: a file says how a day ended, so it comes before anything of the next day is booked.
async fn live(app: App, warehouse: Arc<Warehouse>, world: World, chinese: bool, ending: Stop) {
    let mut second = tokio::time::interval(std::time::Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut expected: HashMap<String, Vec<(Day, Quantity)>> = HashMap::new();
    let mut rounds = goods::Rounds::default();
    while !ending.asked() {
        second.tick().await;
        match turn(&app, &warehouse, world, &mut expected).await {
            Ok(Turned::UpToDate) => {
                if let Err(error) = rounds.go(&app, &warehouse, chinese).await {
                    tracing::warn!("the docks of the demo: {error}");
                }
            }
            Ok(Turned::Busy) => {}
            Err(error) => tracing::warn!("a day of the demo: {error}"),
        }
    }
}

/// Whether the site's files are those of its day.
enum Turned {
    /// They are.
    UpToDate,
    /// The first are still on their way, or a day's came in just now.
    Busy,
}

async fn turn(
    app: &App,
    warehouse: &Warehouse,
    world: World,
    expected: &mut HashMap<String, Vec<(Day, Quantity)>>,
) -> Result<Turned, ApiError> {
    let by = Actor::system();
    let site = app.call(GetSite {}, &by).await?;
    let today = Timestamp(app.clock().now().0 + i64::from(site.offset_minutes) * 60_000).utc_day();
    let page = app
        .call(
            ListDemand { filter: String::new(), sort: DemandSort::Sku, reverse: false, offset: 0, limit: 1 },
            &by,
        )
        .await?;
    let Some((_, last)) = page.span else { return Ok(Turned::Busy) };
    if last.plus(1) >= today {
        return Ok(Turned::UpToDate);
    }
    let day = last.plus(1);
    let folder = app.folder().join("demo-files");
    let orders = warehouse.orders_on(day);
    // What was taken at the docks leaves the shelf there, and what a shipment brings comes there.
    let taken = goods::taken(app, warehouse, day).await?;
    let awaited = goods::awaited(app).await?;
    let mut text = String::from("order_ref,order_date,sku,quantity,net_amount\n");
    let mut sold: HashMap<String, Quantity> = HashMap::new();
    for line in &orders {
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{},{day},{},{},{:.2}",
            line.order_ref,
            line.sku,
            line.quantity,
            line.net_amount.unwrap_or(Money::ZERO)
        );
        if !taken.contains(&line.order_ref) {
            let sum = sold.entry(line.sku.clone()).or_default();
            *sum = sum.plus(line.quantity);
        }
    }
    let path = folder.join(format!("orders-{day}.csv"));
    write(&path, &text)?;
    import(app, ImportKind::Orders, &path, Vec::new()).await?;

    let stock = app
        .call(
            ListStock {
                filter: String::new(),
                sort: StockSort::Sku,
                reverse: false,
                offset: 0,
                limit: 10_000,
            },
            &by,
        )
        .await?;
    let mut text = String::from("sku,on_hand,allocated,on_order,as_of\n");
    for row in stock.rows {
        let Some(on_hand) = row.on_hand else { continue };
        let item = warehouse.items().iter().find(|entry| entry.item.sku == row.sku);
        let lead = i32::from(item.and_then(|entry| entry.item.lead_time_days).unwrap_or(7));
        let coming = expected.entry(row.sku.clone()).or_default();
        let known: Quantity = coming.iter().map(|(_, quantity)| *quantity).sum();
        let ordered = row.on_order.minus(awaited.get(&row.sku).copied().unwrap_or_default());
        if ordered > known {
            coming.push((day.plus(lead.max(1)), ordered.minus(known)));
        }
        let arrived: Quantity =
            coming.iter().filter(|(due, _)| *due <= day).map(|(_, quantity)| *quantity).sum();
        coming.retain(|(due, _)| *due > day);
        let sold = sold.get(&row.sku).copied().unwrap_or_default();
        let (left, allocated) = evening((on_hand, row.allocated, row.available), arrived, sold);
        let _ = writeln!(
            text,
            "{},{left},{allocated},{},{day}",
            row.sku,
            row.on_order.minus(arrived).max(Quantity::ZERO)
        );
    }
    let path = folder.join(format!("stock-{day}.csv"));
    write(&path, &text)?;
    import(app, ImportKind::Stock, &path, Vec::new()).await?;
    write_world(app.folder(), World { clock: app.clock().now(), ..world });
    if day.plus(1) >= today {
        finish(app, app.call(RunPlanning {}, &by).await?).await?;
    }
    Ok(Turned::Busy)
}

/// What a shelf holds at the end of a day, and what of it is promised. What is promised, held or expired is sold to nobody else: who
/// wants more than is free goes without.
fn evening(
    (on_hand, allocated, available): (Quantity, Quantity, Quantity),
    arrived: Quantity,
    sold: Quantity,
) -> (Quantity, Quantity) {
    let free = available.plus(arrived).max(Quantity::ZERO);
    let left = on_hand.plus(arrived).minus(sold.min(free)).max(Quantity::ZERO);
    let unusable = on_hand.minus(allocated).minus(available);
    (left, allocated.min(left.minus(unusable)).max(Quantity::ZERO))
}

fn write(path: &Path, text: &str) -> Result<(), ApiError> {
    std::fs::write(path, text).map_err(|e| failure(&format!("write {}", path.display()), e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evening_leaves_what_is_promised_and_never_promises_what_is_not_there() {
        let q = Quantity::of;
        let evening = |shelf: (i64, i64, i64), arrived: i64, sold: i64| {
            super::evening((q(shelf.0), q(shelf.1), q(shelf.2)), q(arrived), q(sold))
        };
        assert_eq!(evening((20, 5, 15), 0, 6), (q(14), q(5)));
        // Ten are picked for a shop: they are not sold to others, however much these want.
        assert_eq!(evening((12, 10, 2), 0, 30), (q(10), q(10)));
        assert_eq!(evening((12, 10, 2), 8, 30), (q(10), q(10)));
        // Four of them are past their day.
        assert_eq!(evening((9, 3, 2), 0, 5), (q(7), q(3)));
        // A file of before promised what was not there: it is put right.
        assert_eq!(evening((2, 3, -1), 0, 1), (q(2), q(2)));
        assert_eq!(evening((2, 3, -1), 6, 9), (q(3), q(3)));
    }
}
