//! What can be done on the Fleet page, also from the palette: dialogs, files in, files out.

use super::model::{degrees, minute, typed_minute, typed_place};
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::pages::actions::{hand_over, typed_money};
use crate::pages::data;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use contract::*;
use leptos::prelude::*;
use units::{Day, GeoPoint, Milli, Millis, Money};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::spawn_local;

/// A search that nobody said otherwise about.
const SECONDS: u32 = 10;

fn bad(word: W, what: &str) -> ApiError {
    ApiError { code: Code::BadInput, message: fmt().fill(word, &[what]), trace_id: String::new() }
}

/// Asks how long and with which seed, then solves the day; `told` gets the job.
pub fn solve(day: Option<Day>, told: impl Fn(JobId) + Send + Sync + Clone + 'static) {
    let fmt = fmt();
    let fields = vec![
        Field::number("seconds", W::SolveSeconds, SECONDS.to_string())
            .hint(fmt.t(W::SolveSecondsHint))
            .needed(),
        Field::number("seed", W::SolveSeed, "1").hint(fmt.t(W::SolveSeedHint)).needed(),
    ];
    ask(fmt.t(W::SolveTitle), fmt.t(W::SolveText), W::Solve, fields, move |values| {
        let told = told.clone();
        async move {
            let whole = |n: usize| values.get(n).and_then(|v| format::typed(v).parse::<u64>().ok());
            let seconds = whole(0).filter(|s| (1..=600).contains(s)).and_then(|s| u32::try_from(s).ok());
            let seconds = seconds.ok_or_else(|| bad(W::SolveSecondsFault, ""))?;
            let seed = whole(1).ok_or_else(|| bad(W::SolveSeedFault, ""))?;
            let job = bridge::send(SolveDay { day, seconds, seed }).await?;
            told(job);
            Ok(())
        }
    });
}

/// From the palette: on the page, then the question.
pub fn solve_today() {
    ctx().go(Route::page(Page::Fleet));
    let ctx = ctx();
    solve(None, move |_| ctx.say(crate::state::fmt().t(W::SolveStarted)));
}

/// Asks where the depot is.
pub fn set_depot(place: Option<GeoPoint>) {
    let fmt = fmt();
    let text = |v: Option<f64>| v.map(degrees).unwrap_or_default();
    let fields = vec![
        Field::text("lat", W::FieldLatitude, text(place.map(GeoPoint::lat)))
            .hint(fmt.t(W::LatitudeHint))
            .needed(),
        Field::text("lon", W::FieldLongitude, text(place.map(GeoPoint::lon)))
            .hint(fmt.t(W::LongitudeHint))
            .needed(),
        Field::text("why", W::Why, "").needed(),
    ];
    ask(fmt.t(W::SetDepot), fmt.t(W::SetDepotText), W::Save, fields, |values| async move {
        let [lat, lon, why] = taken(values);
        let place = typed_place(&lat, &lon).ok_or_else(|| bad(W::NotAPlace, ""))?;
        bridge::send(SetDepot { place, why }).await?;
        ctx().say(crate::state::fmt().t(W::Saved));
        Ok(())
    });
}

fn taken<const N: usize>(values: Vec<String>) -> [String; N] {
    let mut values = values.into_iter();
    std::array::from_fn(|_| values.next().unwrap_or_default())
}

fn number(text: &str) -> Option<Milli> {
    Milli::parse(&format::typed(text))
}

fn time(text: &str) -> Result<u16, ApiError> {
    typed_minute(text).ok_or_else(|| bad(W::NotATime, text))
}

/// Asks for a vehicle, new or known.
pub fn save_vehicle(old: Option<VehicleRow>) {
    let fmt = fmt();
    let text =
        |of: &dyn Fn(&VehicleRow) -> String, new: &str| old.as_ref().map_or_else(|| new.to_owned(), of);
    let yes_no = [("1", W::MayBePlanned), ("0", W::NotPlanned)];
    let yes_no = yes_no.map(|(stored, word)| (stored.to_owned(), fmt.t(word).to_owned())).to_vec();
    let money = fmt.currency_sign();
    let fields = vec![
        Field::text("code", W::FieldVehicle, text(&|v| v.code.clone(), ""))
            .hint(fmt.t(W::VehicleCodeHint))
            .needed(),
        Field::text("name", W::Name, text(&|v| v.name.clone(), "")).needed(),
        Field::number("capacity_kg", W::FieldCapacityKg, text(&|v| v.capacity_kg.to_string(), "")).needed(),
        Field::number(
            "capacity_m3",
            W::FieldCapacityM3,
            text(&|v| v.capacity_m3.map(|m| m.to_string()).unwrap_or_default(), ""),
        ),
        Field::text("shift_from", W::FieldShiftFrom, text(&|v| minute(v.shift_from), "07:00")).needed(),
        Field::text("shift_to", W::FieldShiftTo, text(&|v| minute(v.shift_to), "16:00")).needed(),
        Field::number("cost_fixed", W::FieldCostFixed, text(&|v| v.cost_fixed.to_string(), "0"))
            .hint(money.clone())
            .needed(),
        Field::number("cost_per_km", W::FieldCostPerKm, text(&|v| v.cost_per_km.to_string(), "1"))
            .hint(money.clone())
            .needed(),
        Field::number("cost_per_hour", W::FieldCostPerHour, text(&|v| v.cost_per_hour.to_string(), "30"))
            .hint(money)
            .needed(),
        Field::choice("active", W::StateWord, text(&|v| u8::from(v.active).to_string(), "1"), yes_no),
    ];
    let id = old.as_ref().map(|v| v.id);
    let title = fmt.t(if id.is_some() { W::ChangeVehicle } else { W::AddVehicle });
    ask(title, fmt.t(W::VehicleText), W::Save, fields, move |values| async move {
        let [code, name, kg, m3, from, to, fixed, per_km, per_hour, active] = taken(values);
        let (shift_from, shift_to) = (time(&from)?, time(&to)?);
        if shift_to <= shift_from {
            return Err(bad(W::ShiftFault, ""));
        }
        let money = |text: &str| -> Money { typed_money(text).unwrap_or_default() };
        bridge::send(SaveVehicle {
            id,
            code,
            name,
            capacity_kg: number(&kg).filter(|m| m.0 > 0).ok_or_else(|| bad(W::CapacityFault, ""))?,
            capacity_m3: number(&m3).filter(|m| m.0 > 0),
            shift_from,
            shift_to,
            cost_fixed: money(&fixed),
            cost_per_km: money(&per_km),
            cost_per_hour: money(&per_hour),
            active: active != "0",
        })
        .await?;
        ctx().say(crate::state::fmt().t(W::Saved));
        Ok(())
    });
}

/// Asks for a delivery, new or known; `place` where the map was pressed.
pub fn save_delivery(old: Option<DeliveryRow>, day: Day, place: Option<GeoPoint>) {
    let fmt = fmt();
    let text =
        |of: &dyn Fn(&DeliveryRow) -> String, new: &str| old.as_ref().map_or_else(|| new.to_owned(), of);
    let at = old.as_ref().map(|d| d.place).or(place);
    let window = old.as_ref().and_then(|d| d.window);
    let fields = vec![
        Field::text("code", W::FieldDelivery, text(&|d| d.code.clone(), "")).needed(),
        Field::text("customer", W::FieldRecipient, text(&|d| d.customer.clone(), "")).needed(),
        Field::text("address", W::FieldAddress, text(&|d| d.address.clone(), "")),
        Field::text("note", W::FieldNote, text(&|d| d.note.clone(), "")),
        Field::text("lat", W::FieldLatitude, at.map(|p| degrees(p.lat())).unwrap_or_default())
            .hint(fmt.t(W::LatitudeHint))
            .needed(),
        Field::text("lon", W::FieldLongitude, at.map(|p| degrees(p.lon())).unwrap_or_default())
            .hint(fmt.t(W::LongitudeHint))
            .needed(),
        Field::number("weight_kg", W::FieldWeight, text(&|d| d.weight_kg.to_string(), "")).needed(),
        Field::number(
            "volume_m3",
            W::FieldVolume,
            text(&|d| d.volume_m3.map(|m| m.to_string()).unwrap_or_default(), ""),
        ),
        Field::text("window_from", W::FieldWindowFrom, window.map(|w| minute(w.0)).unwrap_or_default())
            .hint(fmt.t(W::WindowHint)),
        Field::text("window_to", W::FieldWindowTo, window.map(|w| minute(w.1)).unwrap_or_default())
            .hint(fmt.t(W::WindowHint)),
        Field::number("service", W::FieldService, text(&|d| Milli(d.service.0 / 60).to_string(), "5"))
            .needed(),
    ];
    let id = old.as_ref().map(|d| d.id);
    let day = old.as_ref().map_or(day, |d| d.day);
    let title = match id {
        Some(_) => fmt.t(W::ChangeDelivery).to_owned(),
        None => fmt.fill(W::AddDeliveryOn, &[&fmt.weekday(day, ctx().today())]),
    };
    ask(title, fmt.t(W::DeliveryText), W::Save, fields, move |values| async move {
        let [code, customer, address, note, lat, lon, kg, m3, from, to, service] = taken(values);
        let window = match (from.is_empty(), to.is_empty()) {
            (true, true) => None,
            (false, false) => Some((time(&from)?, time(&to)?)),
            _ => return Err(bad(W::WindowFault, "")),
        };
        if window.is_some_and(|(from, to)| to < from) {
            return Err(bad(W::WindowFault, ""));
        }
        bridge::send(SaveDelivery {
            id,
            code,
            day,
            customer,
            address,
            place: typed_place(&lat, &lon).ok_or_else(|| bad(W::NotAPlace, ""))?,
            weight_kg: number(&kg).filter(|m| m.0 >= 0).ok_or_else(|| bad(W::WeightFault, ""))?,
            volume_m3: number(&m3).filter(|m| m.0 > 0),
            service: Millis(number(&service).unwrap_or_default().0.max(0).saturating_mul(60)),
            window,
            note,
        })
        .await?;
        ctx().say(crate::state::fmt().t(W::Saved));
        Ok(())
    });
}

/// Asks why, then removes a delivery.
pub fn remove_delivery(d: &DeliveryRow) {
    let fmt = fmt();
    let id = d.id;
    let what = format!("{} · {}", d.customer, d.code);
    let fields = vec![Field::text("why", W::Why, "").needed()];
    ask(fmt.t(W::RemoveDelivery), what, W::Remove, fields, move |values| async move {
        let [why] = taken(values);
        bridge::send(RemoveDelivery { id, why }).await?;
        let ctx = ctx();
        ctx.say(crate::state::fmt().t(W::Removed));
        ctx.choose("");
        Ok(())
    });
}

/// A route as a file for its driver: `pdf` or `gpx`.
pub fn export(plan: PlanId, vehicle: VehicleId, format: &'static str) {
    let language = match fmt().lang {
        crate::i18n::Lang::En => "en",
        crate::i18n::Lang::ZhHans => "zh",
    };
    spawn_local(async move {
        let call = ExportRoute { plan, vehicle, format: format.to_owned(), language: language.to_owned() };
        match bridge::send(call).await {
            Ok(file) => hand_over(file).await,
            Err(e) => ctx().fail(&e),
        }
    });
}

/// To the Data page, with the kind of file chosen.
pub fn import(kind: &'static str) {
    ctx().go(Route::row(Page::Data, kind));
}

/// Lets a person choose an OpenStreetMap extract, then reads it; the job is on page Data.
pub fn import_roads() {
    let Ok(input) = document().create_element("input") else { return };
    let Ok(input) = input.dyn_into::<web_sys::HtmlInputElement>() else { return };
    input.set_type("file");
    input.set_accept(".pbf,.osm.pbf");
    let chosen = input.clone();
    let picked = Closure::once_into_js(move || {
        if let Some(file) = chosen.files().and_then(|files| files.get(0)) {
            send_roads(file);
        }
    });
    let _ = input.add_event_listener_with_callback("change", picked.unchecked_ref());
    input.click();
}

fn send_roads(file: web_sys::File) {
    let ctx = ctx();
    let name = file.name();
    ctx.say(fmt().fill(W::RoadsSending, &[&name, &fmt().bytes(file.size() as u64)]));
    spawn_local(async move {
        let staged = data::stage(&file, |_, _| {}).await;
        let job = match staged {
            Ok(token) => bridge::send(ImportRoads { file: FileRef::Staged(token) }).await,
            Err(e) => Err(e),
        };
        match job {
            Ok(job) => {
                ctx.say(fmt().t(W::RoadsStarted));
                ctx.go(Route::row(Page::Data, format!("j{job}")));
            }
            Err(e) => ctx.fail(&e),
        }
    });
}
