//! For the tests of this folder: a site with one channel, made straight in the store.

use domain::{Actor, ChannelSpec};
use std::path::Path;
use store::{Act, Device, Store};
use units::{ChannelId, Day, DeviceId, Milli, Millis, Timestamp};

/// The instant it is made at.
pub(crate) fn noon() -> Timestamp {
    Day::from_civil(2026, 11, 20).expect("a day").utc_midnight() + Millis::hours(12)
}

/// A new site's store, with a logger that is switched off and one channel of it.
pub(crate) fn make(folder: &Path, now: Timestamp, interval: Millis) -> (Store, ChannelId) {
    let store = Store::open(folder, &store::Opening::new(now)).expect("a new folder opens");
    let act = Act::new(&Actor::system(), now);
    let device = Device {
        id: DeviceId(0),
        code: "D1".into(),
        name: "Logger".into(),
        driver: "tcp-line".into(),
        address: "tcp://127.0.0.1:9".into(),
        settings: "{}".into(),
        enabled: false,
    };
    let spec = ChannelSpec {
        id: ChannelId(0),
        device: store.records.save_device(&act, &device).expect("a device"),
        code: "T1".into(),
        name: "Cold room".into(),
        zone: None,
        unit: "°C".into(),
        plausible_min: Milli(-50_000),
        plausible_max: Milli(80_000),
        rate_per_minute_max: None,
        interval,
    };
    let channel = store.records.save_channel(&act, &spec).expect("a channel");
    (store, channel)
}
