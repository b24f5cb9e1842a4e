//! Days of 23 and 25 hours, and a site that moves to another zone, as the screens ask for them: every reading is in one bucket of one
//! day, whatever the wall clocks did.

use super::whole;
use super::{Options, Outcome};
use crate::draw::Draw;
use app::{Actor, App, Clock};
use contract::{BandBy, BandRow, ChangeSettings, GetBands, GetSeries, GetSettings};
use domain::{ChannelSpec, Quality, Reading};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::{Batch, Device, Opening, Store};
use units::{ChannelId, Day, DeviceId, Milli, Millis, Timestamp};

/// Clocks go forward or back in all but the last within the days looked at; in Lord Howe by half an hour, in Kathmandu the hours
/// begin at quarters. The site moves from each to the next.
const ZONES: [&str; 6] = [
    "Europe/Helsinki",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Atlantic/Azores",
    "Asia/Kathmandu",
];
/// The first days looked at, and how many.
const STARTS: [(i32, u32, u32); 4] = [(2026, 3, 5), (2026, 3, 27), (2026, 10, 2), (2026, 10, 23)];
const DAYS: i32 = 11;
const STEP: Millis = Millis::minutes(5);

/// Midnight as this row's own calendar has it, not the application's.
fn midnight(zone: &TimeZone, day: Day) -> Result<Timestamp, String> {
    let (year, month, day) = day.civil();
    let odd = |e: jiff::Error| e.to_string();
    let (Ok(year), Ok(month), Ok(day)) = (i16::try_from(year), i8::try_from(month), i8::try_from(day)) else {
        return Err("a day beyond the calendar".to_owned());
    };
    let start = Date::new(year, month, day).and_then(|date| date.to_zoned(zone.clone())).map_err(odd)?;
    Ok(Timestamp(start.timestamp().as_millisecond()))
}

/// A reading each five minutes whose value counts them, from two days before the first to two days after the last.
fn write(folder: &std::path::Path, first: Day, draw: &mut Draw) -> Result<(ChannelId, Timestamp), String> {
    let fail = |e: store::Error| e.to_string();
    let begin = first.plus(-2).utc_midnight();
    let store = Store::open(folder, &Opening::new(begin)).map_err(fail)?;
    let act = store::Act::new(&Actor::system(), begin);
    let device = Device {
        id: DeviceId(0),
        code: "D1".to_owned(),
        name: "logger".to_owned(),
        driver: "tcp-line".to_owned(),
        address: "tcp://127.0.0.1:9".to_owned(),
        settings: "{}".to_owned(),
        enabled: false,
    };
    let spec = ChannelSpec {
        id: ChannelId(0),
        device: store.records.save_device(&act, &device).map_err(fail)?,
        code: "T1".to_owned(),
        name: "room".to_owned(),
        zone: None,
        unit: "°C".to_owned(),
        plausible_min: Milli(i64::MIN),
        plausible_max: Milli(i64::MAX),
        rate_per_minute_max: None,
        interval: STEP,
    };
    let channel = store.records.save_channel(&act, &spec).map_err(fail)?;
    let count = i64::from(DAYS + 4) * 288;
    // Some of it is packed, some is in the journal.
    let packed = draw.below(count.unsigned_abs()) as i64;
    for (from, to) in [(0, packed), (packed, count)] {
        let reading = |n: i64| {
            let at = begin + Millis(n * STEP.0);
            let value = Some(Milli(n));
            Reading { channel, at, arrived_at: at, sequence: n, value, quality: Quality::Good }
        };
        let batch = Batch { readings: (from..to).map(reading).collect(), ..Batch::default() };
        store.telemetry.append(batch).map_err(fail)?;
        if from == 0 {
            store.telemetry.pack().map_err(fail)?;
        }
    }
    Ok((channel, begin))
}

/// Asks for each day of the zone as the screens do; what is wrong with it.
async fn ask(
    app: &App,
    by: &Actor,
    (channel, begin): (ChannelId, Timestamp),
    name: &str,
    first: Day,
) -> Result<u64, String> {
    let zone = TimeZone::get(name).map_err(|e| e.to_string())?;
    let mut settings = app.call(GetSettings {}, by).await.map_err(|e| e.message)?;
    name.clone_into(&mut settings.zone);
    let why = "the site has moved".to_owned();
    app.call(ChangeSettings { settings, why }, by).await.map_err(|e| e.message)?;
    let nth = |at: Timestamp| (at - begin).0 / STEP.0;
    let mut days = Vec::new();
    for day in 0..DAYS {
        let day = first.plus(day);
        let (from, to) = (midnight(&zone, day)?, midnight(&zone, day.plus(1))?);
        let steps = nth(to) - nth(from);
        let call =
            GetSeries { channels: vec![channel], from, to, buckets: u32::try_from(steps).unwrap_or(0) };
        let reply = app.call(call, by).await.map_err(|e| e.message)?;
        let drawn = reply.series.first().map(|one| (one.min.clone(), one.max.clone())).unwrap_or_default();
        let wanted: Vec<i64> = (nth(from)..nth(to)).collect();
        if (&drawn.0, &drawn.1) != (&wanted, &wanted) {
            let drawn = drawn.0.len();
            return Err(format!("{day} in {name} has {drawn} buckets of {steps}, or others"));
        }
        days.push((day, nth(from), nth(to)));
    }
    let (from, to) = (midnight(&zone, first)?, midnight(&zone, first.plus(DAYS))?);
    let bands = async |by_what| -> Result<Vec<BandRow>, String> {
        let call = GetBands { channel, from, to, by: by_what };
        Ok(app.call(call, by).await.map_err(|e| e.message)?.rows)
    };
    let by_day: Vec<(i64, i64, i64)> =
        bands(BandBy::Day).await?.iter().map(|row| (row.group, row.low.0, row.high.0 + 1)).collect();
    let wanted: Vec<(i64, i64, i64)> =
        days.iter().map(|(day, from, to)| (i64::from(day.0), *from, *to)).collect();
    if by_day != wanted {
        return Err(format!("the days in {name} are {by_day:?}, not {wanted:?}"));
    }
    // Hours follow each other without a hole or an overlap; the hour that comes twice has both.
    let hours = bands(BandBy::DayHour).await?;
    let joined = hours.windows(2).all(|two| two[1].low.0 == two[0].high.0 + 1 && two[0].group < two[1].group);
    let ends = hours.first().map(|h| h.low.0).zip(hours.last().map(|h| h.high.0 + 1));
    if !joined || ends != Some((nth(from), nth(to))) {
        return Err(format!("the hours of {first} and after in {name} do not follow each other"));
    }
    Ok((nth(to) - nth(from)).unsigned_abs())
}

/// Every zone in turn, on sites whose readings span the ends of summer time.
pub fn days(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("days of 23 and 25 hours, as asked");
    let mut draw = Draw(options.seed);
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let by = Actor::local_admin();
    for (year, month, day) in STARTS {
        let first = Day::from_civil(year, month, day).ok_or("no such day")?;
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let written = write(folder.path(), first, &mut draw)?;
        runtime.block_on(async {
            let clock = Clock::manual(first.plus(DAYS + 2).utc_midnight());
            let app = whole::open(folder.path(), clock, "UTC")?;
            for zone in ZONES {
                outcome.rounds += u64::from(DAYS.unsigned_abs());
                match ask(&app, &by, written, zone, first).await {
                    Ok(found) => outcome.acknowledged += found,
                    Err(what) => outcome.damaged(what),
                }
            }
            app.close().await;
            Ok::<(), String>(())
        })?;
    }
    outcome.remark(format!("{} zones, a site that moves between them", ZONES.len()));
    Ok(outcome)
}
