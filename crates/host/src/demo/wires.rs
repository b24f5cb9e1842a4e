//! The demo's other wires: energy and vibration over MQTT, through a broker on loopback, the cold rooms' controller over HTTP,
//! and the supply's power meter over Modbus TCP.

use super::{World, failure};
use app::{Actor, App};
use contract::*;
use sim::broker::Broker;
use sim::chain::{Sent, SimClock};
use sim::coldroom::{self, ColdRooms, Controller};
use sim::machines::{self, Gateway, MACHINES, Machines, Measure};
use sim::meter::{self, Meter, Server};
use sim::{Warehouse, ZoneKind};
use std::time::Duration;
use units::{Day, Milli, Millis, Seed, Timestamp};

/// How long the end waits for what the broker still holds.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// The topics vehicles tell their place on.
const FLEET_TOPICS: &str = "fleet/+/position";

/// The wires at work.
pub(super) struct Wires {
    broker: Broker,
    gateway: Option<Gateway>,
    controller: Option<Controller>,
    meter: Option<Server>,
}

/// One device of the demo, and how it is found again.
struct Plug {
    name: &'static str,
    name_zh: &'static str,
    endpoint: String,
    /// What its endpoint ends with, on whatever port.
    known_by: String,
    interval: Millis,
    setup: String,
    channels: Vec<NewChannel>,
}

impl Plug {
    /// Whether this is its device, from an earlier start.
    fn is(&self, device: &DeviceRow) -> bool {
        // A registers' device has nothing but its port behind its address, which is another each time.
        device.endpoint.ends_with(&self.known_by) && device.speaks_modbus() == speaks_modbus(&self.setup)
    }
}

/// Starts the broker, the gateway, the controller and the meter, and makes their devices or tells them where they now are.
pub(super) async fn start(
    app: &App,
    world: World,
    chinese: bool,
    clock: &SimClock,
    buffered_from: Timestamp,
) -> Result<Wires, ApiError> {
    let failed = |error: sim::chain::Error| failure("start the demo's wires", error);
    let broker = Broker::start("127.0.0.1:0").map_err(failed)?;
    let rooms = ColdRooms::new(Seed(world.seed), world.live_from);
    let controller = coldroom::start(rooms, "127.0.0.1:0", clock.clone()).map_err(failed)?;
    let mut from = Timestamp(i64::MAX);
    for measure in [Measure::Energy, Measure::Vibration] {
        let last = plug_in(app, meters(measure, broker.endpoint(), chinese), chinese).await?;
        from = from.min(last.unwrap_or(buffered_from));
    }
    plug_in(app, cold_rooms(controller.endpoint(), chinese), chinese).await?;
    let sensors = Machines::new(Seed(world.seed), world.live_from);
    let meter = meter::start(Meter::new(sensors), "127.0.0.1:0", clock.clone()).map_err(failed)?;
    plug_in(app, supply(meter.endpoint(), chinese), chinese).await?;
    let (endpoint, speed, clock) = (broker.endpoint().to_owned(), app.clock().speed(), clock.clone());
    let from = from.max(buffered_from);
    // It connects before it answers: not on a thread that others wait for.
    let starting =
        tokio::task::spawn_blocking(move || machines::start(sensors, &endpoint, from, speed, clock));
    let gateway = starting.await.map_err(|e| failure("start the demo's gateway", e))?.map_err(failed)?;
    Ok(Wires { broker, gateway: Some(gateway), controller: Some(controller), meter: Some(meter) })
}

impl Wires {
    pub(super) fn broker(&self) -> &Broker {
        &self.broker
    }

    pub(super) fn controller(&self) -> Option<&Controller> {
        self.controller.as_ref()
    }

    /// Ends what publishes, waits until everything has been taken, and says what was sent over MQTT.
    pub(super) fn fall_silent(&mut self) -> Sent {
        let sent = self.gateway.take().map(Gateway::stop).unwrap_or_default();
        let left = self.broker.drain(DRAIN_MAX);
        if left > 0 {
            tracing::warn!(left, "the demo ends with messages at its broker");
        }
        sent
    }

    /// Ends the broker, the controller and the meter, and says what was sent over HTTP and over Modbus.
    pub(super) fn stop(mut self) -> (Sent, Sent) {
        let http = self.controller.take().map(Controller::stop).unwrap_or_default();
        (http, self.meter.take().map(Server::stop).unwrap_or_default())
    }
}

/// Makes the device that hears the vehicles of the demo's broker, or tells it where the broker now is.
pub async fn hear_vehicles(app: &App, broker: &Broker, interval: Millis) -> Result<(), ApiError> {
    let chinese = app.settings().language.starts_with("zh");
    let plug = Plug {
        name: "Vehicles",
        name_zh: "车辆定位",
        endpoint: format!("{}/{FLEET_TOPICS}", broker.endpoint()),
        known_by: format!("/{FLEET_TOPICS}"),
        interval,
        setup: String::new(),
        channels: Vec::new(),
    };
    plug_in(app, plug, chinese).await.map(drop)
}

/// The device: made, or told where it now is. Says when it was last heard.
async fn plug_in(app: &App, plug: Plug, chinese: bool) -> Result<Option<Timestamp>, ApiError> {
    let by = Actor::system();
    let known =
        app.call(ListDevices {}, &by).await?.into_iter().find(|device| device.simulated && plug.is(device));
    let Some(device) = known else {
        let name = if chinese { plug.name_zh } else { plug.name }.to_owned();
        let add = AddDevice {
            name,
            endpoint: plug.endpoint,
            baud: super::BAUD,
            interval: plug.interval,
            setup: plug.setup,
            channels: plug.channels,
        };
        app.call(add, &by).await?;
        return Ok(None);
    };
    let channels = app.call(GetDevice { id: device.id }, &by).await?.channels;
    let last = channels.iter().filter_map(|channel| channel.latest.as_ref()).map(|latest| latest.at).max();
    let change = ChangeDevice {
        id: device.id,
        name: device.name,
        endpoint: plug.endpoint,
        baud: super::BAUD,
        enabled: device.enabled,
        interval: None,
        setup: None,
        add: Vec::new(),
    };
    app.call(change, &by).await?;
    Ok(last)
}

fn channel(code: String, name: String, zone: &str, unit: &str, high: Option<Milli>) -> NewChannel {
    NewChannel { code, name, zone: zone.to_owned(), unit: unit.to_owned(), low: None, high }
}

fn meters(measure: Measure, broker: &str, chinese: bool) -> Plug {
    let pick = |en: &'static str, zh: &'static str| if chinese { zh } else { en };
    let (name, name_zh, topic, room) = match measure {
        Measure::Energy => {
            ("Energy meters", "电能表", machines::ENERGY_TOPIC, pick("Electrical room", "配电间"))
        }
        Measure::Vibration => {
            ("Vibration sensors", "振动传感器", machines::VIBRATION_TOPIC, pick("Plant room", "设备间"))
        }
    };
    let channels = MACHINES.iter().filter(|sensor| sensor.measure == measure).flat_map(|sensor| {
        let label = pick(sensor.name, sensor.name_zh);
        let one = |leaf: &str, what: &str, unit: &str, high| {
            channel(format!("{}/{leaf}", sensor.code), format!("{label} {what}"), room, unit, high)
        };
        match measure {
            Measure::Energy => [
                one("kw", pick("power", "功率"), "kW", None),
                one("kwh", pick("energy", "电量"), "kWh", None),
            ],
            Measure::Vibration => [
                one("rms", pick("vibration", "振动"), "mm/s", Some(machines::VIBRATION_LIMIT)),
                one("temp", pick("bearing", "轴承温度"), "°C", None),
            ],
        }
    });
    Plug {
        name,
        name_zh,
        endpoint: format!("{broker}/{topic}/#"),
        known_by: format!("/{topic}/#"),
        interval: machines::INTERVAL,
        setup: String::new(),
        channels: channels.collect(),
    }
}

fn cold_rooms(endpoint: String, chinese: bool) -> Plug {
    let zones = Warehouse::new(Seed(0), Day(0));
    let pick = |en: &'static str, zh: &'static str| if chinese { zh } else { en };
    let room = |kind: ZoneKind| {
        let found = zones.zones().iter().find(|zone| zone.kind == kind);
        found.map_or("", |zone| pick(zone.name, zone.name_zh)).to_owned()
    };
    let channels = coldroom::ROOMS.iter().flat_map(|(code, kind)| {
        let zone = room(*kind);
        let label = if *kind == ZoneKind::Frozen {
            pick("Freezer", "冷冻库")
        } else {
            pick("Chilled room", "冷藏库")
        };
        // The probes of the chain hold the limits: one trouble of a room is one alarm.
        [
            channel(
                format!("{code}/temp"),
                format!("{label} {}", pick("return air", "回风")),
                &zone,
                "°C",
                None,
            ),
            channel(
                format!("{code}/door"),
                format!("{label} {}", pick("door open", "门开")),
                &zone,
                "0/1",
                None,
            ),
            channel(
                format!("{code}/cooling"),
                format!("{label} {}", pick("cooling on", "制冷中")),
                &zone,
                "0/1",
                None,
            ),
        ]
    });
    Plug {
        name: "Cold-room controller",
        name_zh: "冷库控制器",
        known_by: coldroom::PATH.to_owned(),
        interval: coldroom::INTERVAL,
        setup: String::new(),
        channels: channels.collect(),
        endpoint,
    }
}

/// How the meter is read. It answers at once; that it is given long, and asked once, is for machines that are busy: what it
/// answers is counted there and must arrive here.
fn supply_setup() -> String {
    let points: Vec<serde_json::Value> = meter::VALUES
        .iter()
        .map(|value| {
            let kind = if value.tenths { "u32" } else { "f32" };
            let mut point = serde_json::json!({
                "code": value.code, "table": "holding", "address": value.register, "kind": kind,
            });
            if value.tenths {
                point["scale"] = serde_json::json!(0.1);
            }
            point
        })
        .collect();
    serde_json::json!({
        "language": "modbus_tcp",
        "modbus": { "unit": meter::UNIT, "timing": { "timeout_ms": 10_000, "retries": 0 }, "points": points },
    })
    .to_string()
}

fn supply(endpoint: String, chinese: bool) -> Plug {
    let pick = |en: &'static str, zh: &'static str| if chinese { zh } else { en };
    let room = pick("Electrical room", "配电间");
    let channels = meter::VALUES.iter().map(|value| {
        let name = format!("{} {}", pick("Supply", "总进线"), pick(value.name, value.name_zh));
        channel(value.code.to_owned(), name, room, value.unit, None)
    });
    Plug {
        name: "Supply meter (Modbus)",
        name_zh: "总进线电表（Modbus）",
        // Its port is another each time.
        known_by: String::new(),
        interval: meter::INTERVAL,
        setup: supply_setup(),
        channels: channels.collect(),
        endpoint,
    }
}
