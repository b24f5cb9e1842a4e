//! Modbus: registers looked at, points kept with the device, values written with what they were before and why.

use super::devices::{add_channels, changed, parse};
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::telemetry::DeviceSettings;
use crate::open::{App, Inner};
use base64::Engine;
use contract::*;
use domain::Actor;
use ingest::{Endpoint, ErrorKind, modbus::Session};
use protocols::modbus::{
    Cuts, Kind, Map, Notation, Objects, Order, Point, Real, Table, Value, Write, address, encode, from_csv,
    plan, reference, to_csv, tries,
};
use protocols::setup::Setup;
use serde_json::json;
use std::sync::Arc;
use units::{Milli, Millis};

/// A device as it is read.
fn setup_of(inner: &Inner, id: DeviceId) -> Result<(Endpoint, Setup, String)> {
    let state = inner.live.lock();
    let live = state.devices.get(&id).ok_or_else(|| Failure::not_found("device", id))?;
    let setup = parse(&live.settings.setup)?;
    if !setup.language.is_modbus() {
        return Err(Failure::bad_input(format!(
            "{} does not speak Modbus: choose Modbus TCP or RTU in its set-up",
            live.device.name
        )));
    }
    let endpoint = Endpoint::parse(&live.device.address, live.settings.baud)
        .map_err(|e| Failure::bad_input(e.to_string()))?;
    Ok((endpoint, setup, live.device.name.clone()))
}

fn session(endpoint: &Endpoint, setup: &Setup) -> Result<Session> {
    ingest::modbus::open(endpoint, setup).map_err(failed)
}

fn failed(error: ingest::Error) -> Failure {
    let code = if error.kind == ErrorKind::Permanent { Code::BadInput } else { Code::Unavailable };
    Failure::new(code, error.message)
}

fn notation(word: &str) -> Result<Notation> {
    match word {
        "" | "auto" => Ok(Notation::Auto),
        "from_zero" => Ok(Notation::FromZero),
        "reference" => Ok(Notation::Reference),
        _ => Err(Failure::bad_input(format!(
            "'{word}' is no way to write addresses: auto, from_zero or reference"
        ))),
    }
}

fn table(word: &str) -> Result<Table> {
    Table::of_word(word)
        .ok_or_else(|| Failure::bad_input(format!("'{word}' is no table: coil, discrete, input or holding")))
}

impl Serve<ReadRegisters> for App {
    async fn serve(&self, call: ReadRegisters, _: &Actor) -> Result<RegistersRead> {
        let (endpoint, setup, _) = setup_of(&self.0, call.device)?;
        let named = if call.table.is_empty() { None } else { Some(table(&call.table)?) };
        let (table, first) =
            address(&call.address, named, notation(&call.notation)?).map_err(Failure::bad_input)?;
        let most =
            if table.is_bits() { protocols::modbus::BITS_MAX } else { protocols::modbus::REGISTERS_MAX };
        if !(1..=most).contains(&call.count) || u32::from(first) + u32::from(call.count) > 65_536 {
            return Err(Failure::bad_input(format!(
                "read {} {} from {}: at once 1 to {most}, none beyond address 65535",
                call.count,
                table.word(),
                reference(table, first)
            )));
        }
        let (objects, took) =
            session(&endpoint, &setup)?.read(call.unit, table, first, call.count).await.map_err(failed)?;
        let point = |at: u16| {
            setup
                .modbus
                .points
                .iter()
                .find(|p| p.table == table && p.address == at && setup.modbus.unit_of(p) == call.unit)
                .map_or_else(String::new, |p| p.code.clone())
        };
        let row = |address: u16, word: u16, tries: Vec<TryRow>| ObjectRow {
            address,
            shown: reference(table, address),
            word,
            point: point(address),
            tries,
        };
        let objects = match objects {
            Objects::Bits(bits) => (0_u16..)
                .zip(bits)
                .map(|(at, bit)| row(first.saturating_add(at), u16::from(bit), Vec::new()))
                .collect(),
            Objects::Words(words) => tries(first, &words)
                .into_iter()
                .map(|register| {
                    let tries = register.tries.into_iter();
                    let tries = tries.map(|one| TryRow {
                        kind: one.kind.word().to_owned(),
                        values: one.values,
                        likely: one.likely,
                    });
                    row(register.address, register.word, tries.collect())
                })
                .collect(),
        };
        let took_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
        Ok(RegistersRead { took_ms, table: table.word().to_owned(), objects })
    }
}

fn fields(point: &Point) -> PointFields {
    PointFields {
        code: point.code.clone(),
        unit: point.unit,
        table: point.table.word().to_owned(),
        address: point.address,
        count: point.objects(),
        kind: point.kind.word().to_owned(),
        order: point.order.word().to_owned(),
        scale: point.scale.get().to_string(),
        offset: point.offset.get().to_string(),
        bit: point.bit,
        bits: point.bits,
        no_value: point.no_value,
        every_ms: point.every_ms,
        write: point.write.word().to_owned(),
        write_min: point.write_min,
        write_max: point.write_max,
    }
}

fn point(fields: &PointFields) -> Result<Point> {
    let refuse =
        |what: &str, text: &str| Failure::bad_input(format!("save the point: '{text}' is no {what}"));
    let real = |text: &str, default: f64| match text.trim() {
        "" => Real::new(default).ok_or_else(|| refuse("number", text)),
        text => text.parse().ok().and_then(Real::new).ok_or_else(|| refuse("number", text)),
    };
    let table = table(&fields.table)?;
    let kind = Kind::of_word(&fields.kind).ok_or_else(|| refuse("type", &fields.kind))?;
    Ok(Point {
        unit: fields.unit,
        // A number in registers has its own length.
        count: if kind.registers().is_some() { 1 } else { fields.count.max(1) },
        kind,
        order: Order::of_word(&fields.order).ok_or_else(|| refuse("order", &fields.order))?,
        scale: real(&fields.scale, 1.0)?,
        offset: real(&fields.offset, 0.0)?,
        bit: fields.bit,
        bits: if fields.bit.is_some() { fields.bits.max(1) } else { 1 },
        no_value: fields.no_value,
        every_ms: fields.every_ms,
        write: Write::of_word(&fields.write).ok_or_else(|| refuse("way to write", &fields.write))?,
        write_min: fields.write_min,
        write_max: fields.write_max,
        ..Point::new(fields.code.trim(), table, fields.address)
    })
}

impl Serve<ListPoints> for App {
    async fn serve(&self, call: ListPoints, _: &Actor) -> Result<PointPage> {
        self.blocking(move |inner| {
            let (_, setup, _) = setup_of(inner, call.device)?;
            let map = &setup.modbus;
            let all: Vec<usize> = (0..map.points.len()).collect();
            let state = inner.live.lock();
            let status = state.status_of(call.device).unwrap_or_default();
            let channels = state.channels_of(call.device);
            let unknown = state.devices.get(&call.device).map(|live| &live.unknown);
            let row = |point: &Point| {
                let channel = channels.iter().find(|spec| spec.code == point.code);
                let value = match channel {
                    Some(spec) => state.latest.get(&spec.id).and_then(|reading| reading.value),
                    None => unknown.and_then(|names| names.get(&point.code)).copied().flatten(),
                };
                PointRow {
                    fields: fields(point),
                    shown: reference(point.table, point.address),
                    channel: channel.map_or_else(String::new, |spec| spec.name.clone()),
                    measure: channel.map_or_else(String::new, |spec| spec.unit.clone()),
                    value,
                    text: status.texts.get(&point.code).cloned().unwrap_or_default(),
                    problem: status.problems.get(&point.code).cloned(),
                    write_code: point.write_code(),
                }
            };
            Ok(PointPage {
                unit: map.unit,
                points: map.points.iter().map(row).collect(),
                ranges: u32::try_from(plan(map, &all, &Cuts::new()).len()).unwrap_or(u32::MAX),
            })
        })
        .await
    }
}

/// Keeps another map with a device, and reads it by that from now on. `work` answers with what it found.
fn change_map<T>(
    inner: &Arc<Inner>,
    by: &Actor,
    why: &str,
    id: DeviceId,
    add: &[NewChannel],
    work: impl FnOnce(&mut Map) -> Result<T>,
) -> Result<T> {
    let act = inner.act_because(by, why);
    let mut device = inner.store.records.device(id)?;
    let mut settings: DeviceSettings = serde_json::from_str(&device.settings).unwrap_or_default();
    let mut setup = parse(&settings.setup)?;
    let found = work(&mut setup.modbus)?;
    setup.modbus.check().map_err(|wrong| Failure::bad_input(format!("save the points: {wrong}")))?;
    let text = setup.text();
    if text.len() > protocols::setup::SETUP_BYTES_MAX {
        return Err(Failure::bad_input(
            "save the points: they are more than one device keeps; make it two devices",
        ));
    }
    if settings.setup != text {
        settings.setup = text;
        device.settings = serde_json::to_string(&settings).map_err(|e| Failure::bug(e.to_string()))?;
        inner.store.records.save_device(&act, &device)?;
        inner.live.lock().add_device(device, inner.now());
        inner.live.start(inner, id);
    }
    add_channels(inner, &act, id, Millis(settings.interval_ms), add)?;
    changed(inner);
    Ok(found)
}

impl Serve<SavePoint> for App {
    async fn serve(&self, call: SavePoint, by: &Actor) -> Result<Done> {
        let point = point(&call.point)?;
        let by = by.clone();
        self.blocking(move |inner| {
            setup_of(inner, call.device)?;
            let taken = inner.live.lock().channels_of(call.device).iter().any(|spec| spec.code == point.code);
            let add: Vec<NewChannel> = call
                .channel
                .into_iter()
                .filter(|_| !taken && point.kind != Kind::Text)
                .map(|channel| NewChannel { code: point.code.clone(), ..channel })
                .collect();
            if let Some(NewChannel { low: Some(low), high: Some(high), .. }) = add.first()
                && low >= high
            {
                return Err(Failure::bad_input(format!(
                    "save the channel {}: the low limit {low} is not below the high limit {high}",
                    point.code
                )));
            }
            change_map(inner, &by, &call.why, call.device, &add, |map| {
                let known = map.points.iter_mut().find(|known| known.code == call.before);
                match (known, call.before.is_empty()) {
                    (Some(known), _) => *known = point,
                    (None, true) => map.points.push(point),
                    (None, false) => return Err(Failure::not_found("point", &call.before)),
                }
                Ok(Done)
            })
        })
        .await
    }
}

impl Serve<RemovePoint> for App {
    async fn serve(&self, call: RemovePoint, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            change_map(inner, &by, &call.why, call.device, &[], |map| {
                let before = map.points.len();
                map.points.retain(|point| point.code != call.code);
                if map.points.len() == before {
                    return Err(Failure::not_found("point", &call.code));
                }
                Ok(Done)
            })
        })
        .await
    }
}

impl Serve<ImportPoints> for App {
    async fn serve(&self, call: ImportPoints, by: &Actor) -> Result<PointImport> {
        let notation = notation(&call.notation)?;
        let by = by.clone();
        self.blocking(move |inner| {
            let (_, setup, _) = setup_of(inner, call.device)?;
            let (points, findings) = from_csv(&call.text, notation, &setup.modbus);
            let known = |point: &&Point| !setup.modbus.points.iter().any(|known| known.code == point.code);
            let report = PointImport {
                points: u32::try_from(points.len()).unwrap_or(u32::MAX),
                added: u32::try_from(points.iter().filter(known).count()).unwrap_or(u32::MAX),
                findings: findings.into_iter().map(|finding| (finding.line, finding.message)).collect(),
            };
            if call.dry_run || points.is_empty() {
                return Ok(report);
            }
            change_map(inner, &by, "", call.device, &[], |map| {
                if call.replace {
                    map.points.clear();
                }
                for point in points {
                    match map.points.iter_mut().find(|known| known.code == point.code) {
                        Some(known) => *known = point,
                        None => map.points.push(point),
                    }
                }
                Ok(report)
            })
        })
        .await
    }
}

impl Serve<ExportPoints> for App {
    async fn serve(&self, call: ExportPoints, _: &Actor) -> Result<FileReply> {
        let (_, setup, name) = setup_of(&self.0, call.device)?;
        let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        Ok(FileReply {
            name: format!("{plain}-points.csv"),
            media: "text/csv".to_owned(),
            base64: base64::engine::general_purpose::STANDARD.encode(to_csv(&setup.modbus)),
        })
    }
}

fn number(value: Result<Value, domain::RawFault>) -> Option<Milli> {
    match value {
        Ok(Value::Number(value)) => Some(value),
        _ => None,
    }
}

impl Serve<WritePoint> for App {
    async fn serve(&self, call: WritePoint, by: &Actor) -> Result<PointWritten> {
        if call.why.trim().is_empty() {
            return Err(Failure::bad_input("write to a device: say why; it goes on record"));
        }
        let (endpoint, setup, name) = setup_of(&self.0, call.device)?;
        let point = setup.modbus.points.iter().find(|point| point.code == call.code);
        let point = point.ok_or_else(|| Failure::not_found("point", &call.code))?.clone();
        let command = encode(&point, call.value).map_err(Failure::bad_input)?;
        let session = session(&endpoint, &setup)?;
        let before = number(session.value(&point).await.map_err(failed)?);
        let unit = setup.modbus.unit_of(&point);
        let subject = format!("device {} point {}", call.device, point.code);
        let where_ = format!("{name}, unit {unit}, {}", reference(point.table, point.address));
        let old = move || Some(json!({ "value": before.map(|value| value.to_string()) }));
        // On record before it is sent: if we end in between, it is known that it may have been written.
        let new = json!({ "value": call.value.to_string(), "code": command.code(), "at": where_ });
        let note = |action: &'static str, new: serde_json::Value| {
            let (by, why, subject) = (by.clone(), call.why.clone(), subject.clone());
            self.blocking(move |inner| {
                inner.store.records.note(
                    &inner.act_because(&by, &why),
                    action,
                    &subject,
                    old(),
                    Some(new),
                )?;
                inner.bus.changed(Topic::Audit);
                Ok(())
            })
        };
        note("point.write", new).await?;
        let sent = session.write(unit, &command).await;
        let after = session.value(&point).await.ok().and_then(number);
        let said = sent.as_ref().err().map(|error| error.message.clone());
        note("point.written", json!({ "value": after.map(|value| value.to_string()), "failed": said }))
            .await?;
        match sent {
            Ok(()) => Ok(PointWritten { code: command.code(), before, after }),
            Err(error) => {
                let now = after.map_or_else(
                    || "what it holds now could not be read".to_owned(),
                    |value| format!("it holds {value} now"),
                );
                Err(failed(ingest::Error {
                    message: format!("{} {} {now}.", error.message, point.code),
                    ..error
                }))
            }
        }
    }
}
