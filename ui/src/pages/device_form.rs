//! How a device is reached and read: one form for all of them, filled in from a template if one fits, tried before it is kept.

use super::device_live::{byte_lines, value_cells};
use super::setup_fields::{
    Kind, SetupForm, choice, field, got, line, plain, put, setup_choice, setup_line, setup_text, well, whole,
    worded,
};
use super::{device_modbus, device_pattern};
use crate::bridge;
use crate::format::{self, Fmt};
use crate::i18n::{Lang, W};
use crate::live::live;
use crate::parts::{self, cell};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use serde_json::Value;
use units::{DeviceId, Milli, Millis};
use wasm_bindgen_futures::spawn_local;

/// Drivers as stored, with their words.
const DRIVERS: [(&str, W); 8] = [
    ("serial", W::DriverSerial),
    ("tcp", W::DriverTcp),
    ("udp", W::DriverUdp),
    ("mqtt", W::DriverMqtt),
    ("mqtts", W::DriverMqtts),
    ("http", W::DriverHttp),
    ("https", W::DriverHttps),
    ("listen", W::DriverListen),
];

/// Languages as stored, with their words.
const LANGUAGES: [(&str, W); 17] = [
    ("auto", W::LangAuto),
    ("line", W::LangLine),
    ("modbus_tcp", W::LangModbusTcp),
    ("modbus_rtu", W::LangModbusRtu),
    ("nmea", W::LangNmea),
    ("pattern", W::LangPattern),
    ("scanner", W::LangScanner),
    ("json", W::LangJson),
    ("senml", W::LangSenml),
    ("sparkplug_b", W::LangSparkplug),
    ("chirpstack", W::LangChirpstack),
    ("ttn", W::LangTtn),
    ("tasmota", W::LangTasmota),
    ("thingsboard", W::LangThingsboard),
    ("csv", W::LangCsv),
    ("prometheus", W::LangPrometheus),
    ("osmand", W::LangOsmand),
];

/// Who may make the other wait.
const FLOWS: [(&str, W); 3] =
    [("none", W::FlowNone), ("software", W::FlowSoftware), ("hardware", W::FlowHardware)];

/// A test read lasts so long at most.
const TEST_SECONDS: u32 = 15;

/// The word for a driver.
pub fn driver_word(fmt: &Fmt, driver: &str) -> String {
    DRIVERS.iter().find(|(known, _)| *known == driver).map_or(driver, |(_, word)| fmt.t(*word)).to_owned()
}

/// What is asked of an endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
struct Parts {
    driver: String,
    port: String,
    address: String,
    topic: String,
}

/// Takes an endpoint apart.
fn take_apart(endpoint: &str) -> Parts {
    let text = endpoint.trim();
    let (driver, rest) = match text.split_once("://") {
        Some((scheme, rest)) if DRIVERS.iter().any(|(known, _)| *known == scheme) => (scheme, rest),
        _ => return Parts { driver: "serial".into(), port: text.into(), ..Parts::default() },
    };
    let (address, topic) = match driver {
        "mqtt" | "mqtts" => rest.split_once('/').unwrap_or((rest, "")),
        _ => (rest, ""),
    };
    Parts { driver: driver.into(), address: address.into(), topic: topic.into(), ..Parts::default() }
}

/// Puts it together. What a person wrote with its scheme stays as it is: the console says what is wrong with it.
fn put_together(parts: &Parts) -> String {
    let Parts { driver, port, address, topic } = parts;
    let address = address.trim();
    match driver.as_str() {
        "serial" => port.trim().to_owned(),
        "mqtt" | "mqtts" => {
            let whole =
                if address.contains("://") { address.to_owned() } else { format!("{driver}://{address}") };
            format!("{}/{}", whole.trim_end_matches('/'), topic.trim())
        }
        _ if address.contains("://") => address.to_owned(),
        _ => format!("{driver}://{address}"),
    }
}

/// A unit that fits a name on the wire, for a start.
pub fn unit_of(code: &str) -> &'static str {
    let leaf = code.rsplit('/').next().unwrap_or(code).to_lowercase();
    let has = |part: &str| leaf.split(|c: char| !c.is_alphanumeric()).any(|word| word == part);
    match () {
        () if has("kwh") => "kWh",
        () if has("kw") => "kW",
        () if has("rms") => "mm/s",
        () if leaf.contains("hum") || has("rh") => "%",
        // The line protocol's chain names its probes T01, T02 and so on.
        () if leaf.contains("temp") || leaf.starts_with('t') || !code.contains('/') => "°C",
        () => "",
    }
}

/// The form.
#[derive(Clone, Copy)]
struct Form {
    known: Option<DeviceId>,
    enabled: bool,
    name: RwSignal<String>,
    driver: RwSignal<String>,
    port: RwSignal<String>,
    baud: RwSignal<String>,
    address: RwSignal<String>,
    topic: RwSignal<String>,
    interval: RwSignal<String>,
    setup: SetupForm,
    secret: RwSignal<String>,
    /// Channels to be made with it: chosen of a template or a test read.
    channels: RwSignal<Vec<NewChannel>>,
    test: RwSignal<Option<DeviceTest>>,
    testing: RwSignal<bool>,
    saving: RwSignal<bool>,
    failed: RwSignal<Option<ApiError>>,
}

impl Form {
    fn new(of: Option<&DeviceRow>) -> Self {
        let form = Self {
            known: of.map(|r| r.id),
            enabled: of.is_none_or(|r| r.enabled),
            name: RwSignal::new(of.map(|r| r.name.clone()).unwrap_or_default()),
            driver: RwSignal::new("serial".to_owned()),
            port: RwSignal::new(String::new()),
            baud: RwSignal::new(of.map_or(9600, |r| r.baud).to_string()),
            address: RwSignal::new(String::new()),
            topic: RwSignal::new(String::new()),
            interval: RwSignal::new(Milli(of.map_or(10_000, |r| r.interval.0)).to_string()),
            setup: SetupForm::new(),
            secret: RwSignal::new(String::new()),
            channels: RwSignal::new(Vec::new()),
            test: RwSignal::new(None),
            testing: RwSignal::new(false),
            saving: RwSignal::new(false),
            failed: RwSignal::new(None),
        };
        if let Some(r) = of {
            form.reach(&r.endpoint);
            form.read_as(&r.setup);
        }
        form
    }

    fn reach(&self, endpoint: &str) {
        let Parts { driver, port, address, topic } = take_apart(endpoint);
        self.driver.set(driver);
        self.port.set(port);
        self.address.set(address);
        self.topic.set(topic);
    }

    fn read_as(&self, setup: &str) {
        let mut setup: Value = serde_json::from_str(setup).unwrap_or(Value::Null);
        // Once parity and stop bits of a Modbus line stood among its registers; the console still reads that.
        for key in ["parity", "stop_bits"] {
            let old = format!("modbus.serial.{key}");
            let said = got(&setup, &old);
            if !said.is_empty() {
                let value = said.parse::<i64>().map_or_else(|_| Value::from(said), Value::from);
                put(&mut setup, &format!("serial.{key}"), Some(value));
                put(&mut setup, &old, None);
            }
        }
        self.setup.value.set(setup);
    }

    fn endpoint(&self) -> String {
        put_together(&Parts {
            driver: self.driver.get_untracked(),
            port: self.port.get_untracked(),
            address: self.address.get_untracked(),
            topic: self.topic.get_untracked(),
        })
    }

    fn speed(&self) -> u32 {
        format::typed(&self.baud.get_untracked()).parse().unwrap_or(0)
    }

    fn every(&self) -> Millis {
        Millis(Milli::parse(&format::typed(&self.interval.get_untracked())).unwrap_or_default().0)
    }

    fn secret(&self) -> Option<String> {
        Some(self.secret.get_untracked()).filter(|secret| !secret.is_empty())
    }

    fn setup(&self) -> String {
        let mut setup = self.setup.value.get_untracked();
        if self.secret().is_some() {
            put(&mut setup, "access.secret", Some(Value::Bool(true)));
        }
        setup_text(&setup)
    }

    fn take(&self, t: &TemplateRow, chinese: bool) {
        if self.name.with_untracked(String::is_empty) {
            self.name.set(if chinese { t.name_zh.clone() } else { t.name.clone() });
        }
        // A port that was found here is a better guess than the template's.
        let port = self.port.get_untracked();
        self.reach(&t.endpoint);
        if !t.endpoint.contains("://") && !port.is_empty() {
            self.port.set(port);
        }
        self.baud.set(t.baud.to_string());
        self.interval.set(Milli(t.interval.0).to_string());
        self.read_as(&t.setup);
        let named = |c: &TemplateChannel| NewChannel {
            code: c.code.clone(),
            name: if chinese { c.name_zh.clone() } else { c.name.clone() },
            zone: String::new(),
            unit: c.unit.clone(),
            low: None,
            high: None,
        };
        self.channels.set(t.channels.iter().map(named).collect());
        self.test.set(None);
    }

    fn try_it(self) {
        if self.testing.get_untracked() {
            return;
        }
        self.testing.set(true);
        self.test.set(None);
        self.failed.set(None);
        let call = TestDevice {
            id: self.known,
            endpoint: self.endpoint(),
            baud: self.speed(),
            interval: self.every(),
            setup: self.setup(),
            secret: self.secret().map(Secret),
            seconds: TEST_SECONDS,
        };
        spawn_local(async move {
            let answer = bridge::send(call).await;
            self.testing.try_set(false);
            match answer {
                Ok(test) => drop(self.test.try_set(Some(test))),
                Err(e) => drop(self.failed.try_set(Some(e))),
            }
        });
    }

    fn save(self) {
        if self.saving.get_untracked() {
            return;
        }
        self.saving.set(true);
        self.failed.set(None);
        let (name, endpoint, baud, interval) =
            (self.name.get_untracked(), self.endpoint(), self.speed(), self.every());
        let (setup, channels) = (self.setup(), self.channels.get_untracked());
        let secret = self.secret().map(Secret);
        spawn_local(async move {
            let ctx = ctx();
            let done = match self.known {
                None => bridge::send(AddDevice { name, endpoint, baud, interval, setup, channels }).await,
                Some(id) => bridge::send(ChangeDevice {
                    id,
                    name,
                    endpoint,
                    baud,
                    enabled: self.enabled,
                    interval: Some(interval),
                    setup: Some(setup),
                    add: channels,
                })
                .await
                .map(|_| id),
            };
            // It is kept apart from what the form says.
            let done = match (done, secret) {
                (Ok(id), Some(secret)) => super::secrets::keep(id, secret).await.map(|()| id),
                (done, _) => done,
            };
            self.saving.try_set(false);
            match done {
                Ok(id) => {
                    let word = if self.known.is_none() { W::DeviceAdded } else { W::Saved };
                    ctx.say(fmt().t(word));
                    ctx.go(Route::row(Page::Devices, id));
                }
                Err(e) => drop(self.failed.try_set(Some(e))),
            }
        });
    }
}

/// Opens the form for a new device.
pub fn add_device() {
    ctx().go(Route { page: Page::Devices, row: String::new(), tab: "new".into() });
}

/// Opens the form of a device.
pub fn change(r: &DeviceRow) {
    ctx().go(Route { page: Page::Devices, row: r.id.to_string(), tab: "change".into() });
}

/// The form: of a device, or for a new one.
pub fn editor(of: Option<DeviceRow>) -> AnyView {
    let fmt = fmt();
    let form = Form::new(of.as_ref());
    let known = of.is_some();
    let title = of.as_ref().map_or_else(|| fmt.t(W::NewDevice).to_owned(), |r| r.name.clone());
    let back = of.as_ref().map(|r| r.id.to_string()).unwrap_or_default();
    let leave = move || ctx().go(Route { page: Page::Devices, row: back.clone(), tab: String::new() });
    let first = if known { ().into_any() } else { templates(form) };
    view! {
        {parts::heading(None, title, fmt.t(W::AddDeviceText).to_owned(), String::new(), String::new())}
        {first}
        <form class="device-form" data-testid=id::DEVICE_FORM on:submit=move |e| { e.prevent_default(); form.save(); }>
            {reached(form)}
            {read(form)}
            {tested(form)}
            {move || form.failed.get().map(|e| parts::error(&e))}
            <div class="act">
                <button type="submit" class="go" data-testid=id::SAVE_DEVICE disabled=move || form.saving.get()>
                    {fmt.t(if known { W::Save } else { W::SaveDevice })}</button>
                <button type="button" data-testid="cancel-device" on:click=move |_| leave()>{fmt.t(W::Cancel)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn templates(form: Form) -> AnyView {
    let fmt = fmt();
    let chinese = fmt.lang == Lang::ZhHans;
    let all = live(|| Some(ListTemplates {})).data;
    let needle = RwSignal::new(String::new());
    let chosen = RwSignal::new(String::new());
    let name = move |t: &TemplateRow| if chinese { t.name_zh.clone() } else { t.name.clone() };
    let list = move || {
        let wanted = needle.read().trim().to_lowercase();
        all.with(|all| {
            let all = all.as_ref()?;
            let fits = |t: &&TemplateRow| {
                let text = format!("{} {} {}", t.vendor, t.name, t.name_zh).to_lowercase();
                wanted.split_whitespace().all(|word| text.contains(word))
            };
            let rows: Vec<AnyView> = all
                .iter()
                .filter(fits)
                .map(|t| {
                    let (row, key) = (t.clone(), t.id.clone());
                    let on = { let key = key.clone(); move || chosen.with(|c| *c == key) };
                    view! {
                        <button type="button" class="choice" class:on=on data-testid=id::TEMPLATE_ROW data-id=key
                            on:click=move |_| { chosen.set(row.id.clone()); form.take(&row, chinese); }>
                            <b>{t.vendor.clone()}</b>" "{name(t)}
                        </button>
                    }
                    .into_any()
                })
                .collect();
            Some(if rows.is_empty() { view! { <p class="muted">{fmt.t(W::NoTemplate)}</p> }.into_any() } else { rows.into_any() })
        })
    };
    let note = move || {
        let key = chosen.get();
        all.with(|all| {
            let t = all.as_ref()?.iter().find(|t| t.id == key)?;
            let hint = if chinese { t.hint_zh.clone() } else { t.hint.clone() };
            Some(view! { <p>{hint}" "<small class="muted">{fmt.fill(W::TemplateSource, &[&t.source])}</small></p> })
        })
    };
    view! {
        <section class="card">
            <div class="tools inner"><h3>{fmt.t(W::FromTemplate)}</h3>
                <input type="search" class="filter" autocomplete="off" data-testid=id::TEMPLATE_FIND
                    placeholder=fmt.t(W::FindTemplate) aria-label=fmt.t(W::FindTemplate)
                    prop:value=move || needle.get() on:input=move |e| needle.set(event_target_value(&e)) />
            </div>
            <div class="choices">{list}</div>
            {note}
        </section>
    }
    .into_any()
}

fn reached(form: Form) -> AnyView {
    let fmt = fmt();
    let ports = live(|| Some(ListPorts {})).data;
    let brokers = live(|| Some(ListBrokers {})).data;
    let fresh = form.known.is_none();
    let setup = form.setup;
    // The first free port is a good guess for a device that was just plugged in.
    Effect::new(move |_| {
        let free = ports.with(|all| {
            let port = all.as_ref()?.iter().find(|p| p.used_by.is_none())?;
            Some(port.stable.clone().unwrap_or_else(|| port.path.clone()))
        });
        if let Some(free) = free.filter(|_| fresh && form.port.with_untracked(String::is_empty)) {
            form.port.set(free);
        }
    });
    let serial = Memo::new(move |_| form.driver.with(|d| d == "serial"));
    let mqtt = Memo::new(move |_| form.driver.with(|d| d.starts_with("mqtt")));
    let modbus = Memo::new(move |_| form.setup.got("language").starts_with("modbus"));
    let port_list = move || {
        ports.with(|all| {
            let all = all.as_ref()?;
            if all.is_empty() {
                return Some(view! { <p class="muted">{fmt.t(W::NoPorts)}</p> }.into_any());
            }
            let rows: Vec<AnyView> = all
                .iter()
                .map(|p| {
                    let path = p.stable.clone().unwrap_or_else(|| p.path.clone());
                    let mut notes = vec![p.path.clone()];
                    notes.extend(p.serial_number.clone());
                    notes.extend(p.stable.is_some().then(|| fmt.t(W::PortStable).to_owned()));
                    notes.extend(p.used_by.as_ref().map(|by| fmt.fill(W::UsedBy, &[by])));
                    let on = { let path = path.clone(); move || form.port.with(|now| *now == path) };
                    view! {
                        <button type="button" class="choice" class:on=on data-testid="port-row" title=path.clone()
                            on:click=move |_| form.port.set(path.clone())>
                            <b>{p.description.clone()}</b>" "<span class="muted">{notes.join(" · ")}</span></button>
                    }
                    .into_any()
                })
                .collect();
            Some(view! { <div class="choices">{rows}</div> }.into_any())
        })
    };
    let broker_list = move || {
        brokers.with(|all| {
            let all = all.as_ref().filter(|all| !all.is_empty())?;
            let rows: Vec<AnyView> = all
                .iter()
                .map(|b| {
                    let address = take_apart(&b.address).address;
                    let mut notes = b.devices.clone();
                    notes.extend(b.here.then(|| fmt.t(W::BrokerFound).to_owned()));
                    let on = { let address = address.clone(); move || form.address.with(|now| *now == address) };
                    view! {
                        <button type="button" class="choice" class:on=on data-testid="broker-row"
                            on:click=move |_| form.address.set(address.clone())>
                            <b>{b.address.clone()}</b>" "<span class="muted">{notes.join(" · ")}</span></button>
                    }
                    .into_any()
                })
                .collect();
            Some(view! { <div class="choices">{rows}</div> }.into_any())
        })
    };
    view! {
        <section class="card fields">
            <h3>{fmt.t(W::HowReached)}</h3>
            {line(W::Name, "name", form.name, "")}
            {choice(W::Driver, "driver", form.driver, worded(&DRIVERS))}
            <div class:hidden=move || !serial.get()>
                {line(W::Port, "port", form.port, fmt.t(W::PortOwn))}
                {port_list}
                {line(W::Baud, "baud", form.baud, "")}
                {setup_choice(setup, W::SerialParity, "parity", "serial.parity", parities())}
                {setup_choice(setup, W::StopBits, "stop-bits", "serial.stop_bits", plain(&[("1", "1"), ("2", "2")]))}
                <div class:hidden=move || modbus.get()>
                    {setup_choice(setup, W::DataBits, "data-bits", "serial.data_bits", plain(&[("8", "8"), ("7", "7")]))}
                    {setup_choice(setup, W::FlowControl, "flow", "serial.flow", worded(&FLOWS))}
                </div>
                {move || setup.wrong("serial", true).map(|f| view! { <p class="fault" role="alert">{f}</p> })}
            </div>
            <div class:hidden=move || serial.get()>
                {line(W::Address, "address", form.address, fmt.t(W::AddressHint))}
                {move || mqtt.get().then_some(broker_list)}
            </div>
            <div class:hidden=move || !mqtt.get()>{line(W::TopicWord, "topic", form.topic, fmt.t(W::TopicHint))}</div>
            {line(W::IntervalSeconds, "interval", form.interval, "")}
        </section>
    }
    .into_any()
}

fn parities() -> Vec<(String, String)> {
    worded(&[("none", W::ParityNone), ("even", W::ParityEven), ("odd", W::ParityOdd)])
}

fn read(form: Form) -> AnyView {
    let fmt = fmt();
    let setup = form.setup;
    setup.looked_at();
    let language = Memo::new(move |_| setup.got("language"));
    let modbus = Memo::new(move |_| language.with(|l| l.starts_with("modbus")));
    let pattern = Memo::new(move |_| language.with(|l| l == "pattern"));
    let nmea = Memo::new(move |_| language.with(|l| l == "nmea"));
    let wire = Memo::new(move |_| form.driver.with(|d| matches!(d.as_str(), "serial" | "tcp" | "udp")));
    let points = move || {
        setup.value.with(|s| {
            let all = s.get("modbus").and_then(|m| m.get("points")).and_then(Value::as_array);
            let codes: Vec<String> = all.into_iter().flatten().map(|point| got(point, "code")).collect();
            if codes.is_empty() {
                fmt.t(W::ModbusNoPoints).to_owned()
            } else {
                fmt.fill(W::ModbusPoints, &[&codes.len().to_string(), &codes.join(", ")])
            }
        })
    };
    let kept = setup.value.with_untracked(|s| got(s, "access.secret") == "true");
    let secret_hint = if kept { fmt.t(W::AccessSecretKept) } else { "" };
    let secret = view! {
        <input id="secret" type="password" autocomplete="new-password" data-testid=id::FIELD data-field="secret"
            prop:value=move || form.secret.get() on:input=move |e| form.secret.set(event_target_value(&e)) />
    };
    let ca = view! {
        <textarea id="ca" rows="3" spellcheck="false" data-testid=id::FIELD data-field="ca"
            prop:value=move || setup.got("access.ca")
            on:change=move |e| setup.put("access.ca", Kind::Text.value(&event_target_value(&e)))></textarea>
    };
    view! {
        <section class="card fields">
            <h3>{fmt.t(W::HowRead)}</h3>
            {setup_choice(setup, W::Speaks, "language", "language", worded(&LANGUAGES))}
            <div class:hidden=move || !modbus.get()>
                {setup_line(setup, W::ModbusUnit, "unit", "modbus.unit", Kind::Whole(0, 255), "1")}
                <p class="muted">{points}</p>
                {device_modbus::fields(setup)}
            </div>
            <div class:hidden=move || !pattern.get()>{device_pattern::fields(setup, form.known, form.test)}</div>
            <div class:hidden=move || !nmea.get()>
                {setup_line(setup, W::NmeaVehicle, "vehicle", "nmea.vehicle", Kind::Text, "")}
            </div>
            <details class:hidden=move || wire.get()>
                <summary>{fmt.t(W::SectionAccess)}</summary>
                <div class:hidden=move || !form.driver.with(|d| d.starts_with("mqtt"))>
                    {setup_choice(setup, W::MqttVersionWord, "mqtt-version", "mqtt.version",
                        vec![("auto".into(), fmt.t(W::MqttAuto).into()), ("3.1.1".into(), "3.1.1".into()), ("5".into(), "5".into())])}
                </div>
                {setup_line(setup, W::AccessUser, "user", "access.user", Kind::Text, "")}
                {field(W::AccessSecret, "secret", secret.into_any(), secret_hint, well)}
                {field(W::AccessCa, "ca", ca.into_any(), "", well)}
            </details>
            {whole(setup)}
        </section>
    }
    .into_any()
}

fn verdict_line(test: &DeviceTest, code: &str) -> (&'static str, &'static str, String) {
    let fmt = fmt();
    let good = test.values.iter().filter(|v| v.value.is_some()).count();
    let text = match code {
        "Values" => fmt.fill(W::TestValues, &[&format::count(good as u64)]),
        "Positions" => fmt.fill(W::TestPositions, &[&format::count(test.positions)]),
        "Scans" => fmt.fill(W::TestScans, &[&test.scans.join(" · ")]),
        "NotOpened" => fmt.t(W::TestNotOpened).to_owned(),
        "NothingCame" => fmt.t(W::TestNothingCame).to_owned(),
        "OnlyGarbage" => fmt.t(W::TestOnlyGarbage).to_owned(),
        "BadChecks" => fmt.t(W::TestBadChecks).to_owned(),
        "NoValues" => fmt.t(W::TestNoValues).to_owned(),
        "SomeBad" => {
            fmt.fill(W::TestSomeBad, &[&format::count(test.bad_frames), &format::count(test.garbage_bytes)])
        }
        "InUse" => fmt.fill(W::TestInUse, &[test.used_by.as_deref().unwrap_or_default()]),
        other => other.to_owned(),
    };
    match code {
        "Values" | "Positions" | "Scans" => ("", "●", text),
        "SomeBad" => ("m", "◆", text),
        _ => ("h", "▲", text),
    }
}

fn tested(form: Form) -> AnyView {
    let fmt = fmt();
    let outcome = move || {
        if form.testing.get() {
            let text = fmt.fill(W::TestReading, &[&TEST_SECONDS.to_string()]);
            return view! { <p class="muted" role="status">{text}</p> }.into_any();
        }
        form.test.get().map_or_else(|| ().into_any(), |test| found(form, &test))
    };
    view! {
        <section class="card">
            <div class="tools inner"><h3>{fmt.t(W::TestRead)}</h3>
                <button type="button" data-testid=id::TEST_READ disabled=move || form.testing.get()
                    on:click=move |_| form.try_it()>{fmt.t(W::TestRead)}</button></div>
            <p class="muted">{fmt.t(W::TestReadText)}</p>
            {outcome}
        </section>
    }
    .into_any()
}

/// Whether a value is to be recorded: as a template names it, or as the wire does.
fn take_value(form: Form, code: &str, on: bool) {
    form.channels.update(|all| {
        if !on {
            all.retain(|c| c.code != code);
        } else if all.iter().all(|c| c.code != code) {
            all.push(NewChannel {
                code: code.to_owned(),
                name: code.to_owned(),
                zone: String::new(),
                unit: unit_of(code).to_owned(),
                low: None,
                high: None,
            });
        }
    });
}

fn found(form: Form, test: &DeviceTest) -> AnyView {
    let fmt = fmt();
    let lines = test
        .findings
        .iter()
        .map(|code| {
            let (class, shape, text) = verdict_line(test, code);
            view! {
                <p data-testid=id::TEST_VERDICT data-code=code.clone() role="status">
                    <span class=format!("mark {class}") aria-hidden="true">{shape}</span>" "{text}</p>
            }
        })
        .collect_view();
    let fault = test.fault.clone().filter(|_| !test.opened || test.values.is_empty());
    let rows: Vec<(String, Vec<AnyView>)> = test
        .values
        .iter()
        .map(|v| {
            let (code, key) = (v.code.clone(), v.code.clone());
            let on = move || form.channels.with(|all| all.iter().any(|c| c.code == code));
            let code = key.clone();
            let tick = view! {
                <input type="checkbox" aria-label=format!("{} {}", fmt.t(W::TestTake), v.code) prop:checked=on
                    on:change=move |e| take_value(form, &code, event_target_checked(&e)) />
            };
            let mut cells = value_cells(v);
            // A test knows no channels; how often it came says more.
            cells[2] = cell(format::count(v.number));
            cells.push(tick.into_any());
            (key, cells)
        })
        .collect();
    let heads = [
        (W::LiveTime, false),
        (W::OnTheWire, false),
        (W::TestCame, true),
        (W::Now, true),
        (W::StateWord, false),
        (W::TestTake, false),
    ];
    let table = (!rows.is_empty()).then(|| parts::grid(W::LiveValues, &heads, rows, id::TEST_VALUE));
    let hex = form.setup.value.with_untracked(|s| got(s, "language").starts_with("modbus"))
        || test.findings.iter().any(|f| f == "OnlyGarbage");
    let bytes = byte_lines(&test.pieces, hex, "");
    view! {
        {lines}
        {fault.map(|f| view! { <p class="fault">{f}</p> })}
        {table}
        {(!bytes.is_empty()).then(|| view! { <h4 class="muted">{fmt.t(W::LiveBytes)}</h4><pre class="tail" tabindex="0">{bytes}</pre> })}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_come_apart_and_together() {
        for endpoint in [
            "/dev/ttyUSB0",
            "COM3",
            "tcp://10.0.0.7:4001",
            "udp://0.0.0.0:10110",
            "mqtt://10.0.0.7:1883/site/energy/#",
            "mqtts://broker:8883/a/+/b",
            "http://10.0.0.7/values.json?room=2",
            "listen://k7Gd",
        ] {
            assert_eq!(put_together(&take_apart(endpoint)), endpoint);
        }
        let typed = |driver: &str, address: &str, topic: &str| {
            put_together(&Parts {
                driver: driver.into(),
                address: address.into(),
                topic: topic.into(),
                ..Parts::default()
            })
        };
        assert_eq!(typed("mqtt", "mqtt://b:1883/", "a/#"), "mqtt://b:1883/a/#");
        assert_eq!(typed("http", "http://b/x", ""), "http://b/x");
        assert_eq!(typed("tcp", " b:4001 ", ""), "tcp://b:4001");
    }

    #[test]
    fn units_are_guessed_from_names() {
        for (code, unit) in [
            ("E1/kw", "kW"),
            ("E1/kwh", "kWh"),
            ("V1/rms", "mm/s"),
            ("C1/temp", "°C"),
            ("C1/door", ""),
            ("T01", "°C"),
        ] {
            assert_eq!(unit_of(code), unit, "{code}");
        }
    }
}
