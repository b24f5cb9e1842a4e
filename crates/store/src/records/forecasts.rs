//! The latest forecast of each item and grain.

use super::Records;
use crate::file::{first, rows, run};
use crate::words::{grain, grain_code, model, model_code};
use crate::{Error, ErrorKind, Result};
use domain::{BacktestScore, DemandForecast, Fold, ForecastModel, Grain, Group, GroupForecast};
use rusqlite::{Connection, Row, params};
use units::{Day, ItemId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[
    (
        "forecasts-1",
        // What lists sort by is apart from the long numbers, so that sorting reads little.
        "CREATE TABLE forecast_head(
        item INTEGER NOT NULL,
        grain INTEGER NOT NULL,
        model INTEGER NOT NULL,
        rmsse REAL,
        naive_rmsse REAL,
        mean_per_day REAL NOT NULL,
        made_at INTEGER NOT NULL,
        PRIMARY KEY (item, grain)
     ) WITHOUT ROWID;
     CREATE TABLE forecast_body(
        item INTEGER NOT NULL,
        grain INTEGER NOT NULL,
        start INTEGER NOT NULL,
        provider TEXT NOT NULL,
        fingerprint INTEGER NOT NULL,
        levels BLOB NOT NULL,
        quantiles BLOB NOT NULL,
        mean BLOB NOT NULL,
        backtest BLOB NOT NULL,
        UNIQUE (grain, item)
     );",
    ),
    (
        "forecasts-2",
        // What a forecast was made of, and the forecasts of items taken together: kind 0 is the total, 1 a category.
        "ALTER TABLE forecast_body ADD COLUMN parameters TEXT NOT NULL DEFAULT '';
         ALTER TABLE forecast_body ADD COLUMN folds BLOB NOT NULL DEFAULT x'';
         CREATE TABLE forecast_group(
            kind INTEGER NOT NULL,
            name TEXT NOT NULL,
            grain INTEGER NOT NULL,
            items INTEGER NOT NULL,
            model INTEGER NOT NULL,
            made_at INTEGER NOT NULL,
            start INTEGER NOT NULL,
            provider TEXT NOT NULL,
            fingerprint INTEGER NOT NULL,
            levels BLOB NOT NULL,
            quantiles BLOB NOT NULL,
            mean BLOB NOT NULL,
            backtest BLOB NOT NULL,
            parameters TEXT NOT NULL,
            folds BLOB NOT NULL,
            PRIMARY KEY (grain, kind, name)
         );",
    ),
];

/// What lists show of a forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastHead {
    /// The step.
    pub grain: Grain,
    /// The chosen model.
    pub model: ForecastModel,
    /// Its RMSSE in the backtest, where there was one.
    pub rmsse: Option<f64>,
    /// RMSSE of the seasonal-naive model beside it.
    pub naive_rmsse: Option<f64>,
    /// Mean demand a day over the horizon, whole units.
    pub mean_per_day: f64,
    /// When it was made.
    pub made_at: Timestamp,
}

/// A forecast with when it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedForecast {
    /// The forecast.
    pub forecast: DemandForecast,
    /// When it was made.
    pub made_at: Timestamp,
}

/// The columns [`head`] reads, of `forecast_head f`.
pub(crate) const HEAD: &str = "f.grain, f.model, f.rmsse, f.naive_rmsse, f.mean_per_day, f.made_at";

pub(crate) fn head(row: &Row<'_>) -> Result<ForecastHead> {
    Ok(ForecastHead {
        grain: grain(row.get(0)?)?,
        model: model(row.get(1)?)?,
        rmsse: row.get(2)?,
        naive_rmsse: row.get(3)?,
        mean_per_day: row.get(4)?,
        made_at: Timestamp(row.get(5)?),
    })
}

fn pack<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> Vec<u8> {
    numbers.into_iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "a stored forecast is damaged; run planning again, it replaces every forecast",
    )
}

fn unpack(bytes: &[u8]) -> Result<Vec<f64>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(damaged());
    }
    Ok(numbers.iter().map(|number| f64::from_le_bytes(*number)).collect())
}

/// A score is 29 bytes: model, RMSSE, MASE, pinball, origins.
const SCORE_BYTES: usize = 1 + 3 * 8 + 4;

fn pack_scores(scores: &[BacktestScore]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(scores.len() * SCORE_BYTES);
    for score in scores {
        bytes.push(model_code(score.model) as u8);
        bytes.extend(pack([&score.rmsse, &score.mase, &score.pinball]));
        bytes.extend(score.origins.to_le_bytes());
    }
    bytes
}

fn unpack_scores(bytes: &[u8]) -> Result<Vec<BacktestScore>> {
    let (scores, rest) = bytes.as_chunks::<SCORE_BYTES>();
    if !rest.is_empty() {
        return Err(damaged());
    }
    let score = |bytes: &[u8; SCORE_BYTES]| {
        let [rmsse, mase, pinball] = unpack(&bytes[1..25])?.try_into().map_err(|_| damaged())?;
        let origins = u32::from_le_bytes([bytes[25], bytes[26], bytes[27], bytes[28]]);
        Ok(BacktestScore { model: model(bytes[0].into())?, rmsse, mase, pinball, origins })
    };
    scores.iter().map(score).collect()
}

/// A fold is its first day, how many steps it has, and a number each; one that is no number for none.
fn pack_folds(folds: &[Fold]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for fold in folds {
        bytes.extend(fold.start.0.to_le_bytes());
        bytes.extend((fold.said.len() as u32).to_le_bytes());
        bytes.extend(fold.said.iter().flat_map(|said| said.unwrap_or(f32::NAN).to_le_bytes()));
    }
    bytes
}

fn unpack_folds(bytes: &[u8]) -> Result<Vec<Fold>> {
    let (mut words, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(damaged());
    }
    let mut folds = Vec::new();
    while let [start, count, after @ ..] = words {
        let count = u32::from_le_bytes(*count) as usize;
        let (said, after) = after.split_at_checked(count).ok_or_else(damaged)?;
        let number = |word: &[u8; 4]| Some(f32::from_le_bytes(*word)).filter(|number| !number.is_nan());
        folds.push(Fold { start: Day(i32::from_le_bytes(*start)), said: said.iter().map(number).collect() });
        words = after;
    }
    if words.is_empty() { Ok(folds) } else { Err(damaged()) }
}

fn rmsse_of(forecast: &DemandForecast, model: ForecastModel) -> Option<f64> {
    forecast
        .backtest
        .iter()
        .find(|score| score.model == model)
        .map(|score| score.rmsse)
        .filter(|r| r.is_finite())
}

fn save(tx: &Connection, made_at: Timestamp, forecast: &DemandForecast) -> Result<()> {
    let (item, grain) = (forecast.item.0, grain_code(forecast.grain));
    let days = (forecast.mean.len() as f64) * f64::from(forecast.grain.days());
    let mean_per_day = if days > 0.0 { forecast.mean.iter().sum::<f64>() / days } else { 0.0 };
    run(
        tx,
        "INSERT OR REPLACE INTO forecast_head(item, grain, model, rmsse, naive_rmsse, mean_per_day, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            item,
            grain,
            model_code(forecast.model),
            rmsse_of(forecast, forecast.model),
            rmsse_of(forecast, ForecastModel::SeasonalNaive),
            if mean_per_day.is_finite() { mean_per_day } else { 0.0 },
            made_at.0
        ],
    )?;
    run(
        tx,
        "INSERT OR REPLACE INTO forecast_body(item, grain, start, provider, fingerprint, levels, quantiles, mean, backtest,
         parameters, folds)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            item,
            grain,
            forecast.start.0,
            forecast.provider,
            forecast.fingerprint as i64,
            pack(&forecast.levels),
            pack(forecast.quantiles.iter().flatten()),
            pack(&forecast.mean),
            pack_scores(&forecast.backtest),
            forecast.parameters,
            pack_folds(&forecast.folds)
        ],
    )?;
    Ok(())
}

/// Puts these in the place of all groups' forecasts.
pub(super) fn replace_groups(tx: &Connection, made_at: Timestamp, groups: &[GroupForecast]) -> Result<()> {
    check_shape(groups.iter().map(|one| &one.forecast))?;
    run(tx, "DELETE FROM forecast_group", [])?;
    for GroupForecast { group, items, forecast } in groups {
        let (kind, name) = match group {
            Group::Total => (0, ""),
            Group::Category(name) => (1, name.as_str()),
        };
        run(
            tx,
            "INSERT INTO forecast_group(kind, name, grain, items, model, made_at, start, provider, fingerprint, levels,
                quantiles, mean, backtest, parameters, folds)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            params![
                kind,
                name,
                grain_code(forecast.grain),
                items,
                model_code(forecast.model),
                made_at.0,
                forecast.start.0,
                forecast.provider,
                forecast.fingerprint as i64,
                pack(&forecast.levels),
                pack(forecast.quantiles.iter().flatten()),
                pack(&forecast.mean),
                pack_scores(&forecast.backtest),
                forecast.parameters,
                pack_folds(&forecast.folds)
            ],
        )?;
    }
    Ok(())
}

pub(super) fn save_all(tx: &Connection, made_at: Timestamp, forecasts: &[DemandForecast]) -> Result<()> {
    check_shape(forecasts)?;
    forecasts.iter().try_for_each(|one| save(tx, made_at, one))
}

fn check_shape<'a>(forecasts: impl IntoIterator<Item = &'a DemandForecast>) -> Result<()> {
    let odd = |f: &&DemandForecast| {
        f.quantiles.len() != f.mean.len() || f.quantiles.iter().any(|step| step.len() != f.levels.len())
    };
    if let Some(forecast) = forecasts.into_iter().find(odd) {
        return Err(Error::new(
            ErrorKind::Permanent,
            format!(
                "the forecast of item {} has steps of unequal length; this is a bug: please report it",
                forecast.item
            ),
        ));
    }
    Ok(())
}

const GROUP: &str =
    "SELECT 0, grain, model, made_at, start, provider, fingerprint, levels, quantiles, mean, backtest,
    parameters, folds, kind, name, items FROM forecast_group";

const FORECAST: &str = "SELECT h.item, h.grain, h.model, h.made_at, b.start, b.provider, b.fingerprint, b.levels,
    b.quantiles, b.mean, b.backtest, b.parameters, b.folds FROM forecast_head h JOIN forecast_body b ON b.item = h.item AND b.grain = h.grain";

fn forecast(row: &Row<'_>) -> Result<SavedForecast> {
    let bytes = |place| row.get_ref(place)?.as_blob().map_err(|_| damaged());
    let levels = unpack(bytes(7)?)?;
    let flat = unpack(bytes(8)?)?;
    let mean = unpack(bytes(9)?)?;
    if flat.len() != levels.len() * mean.len() {
        return Err(damaged());
    }
    let quantiles = if levels.is_empty() {
        vec![Vec::new(); mean.len()]
    } else {
        flat.chunks(levels.len()).map(<[f64]>::to_vec).collect()
    };
    let forecast = DemandForecast {
        item: ItemId(row.get(0)?),
        grain: grain(row.get(1)?)?,
        start: Day(row.get(4)?),
        levels,
        quantiles,
        mean,
        model: model(row.get(2)?)?,
        provider: row.get(5)?,
        parameters: row.get(11)?,
        backtest: unpack_scores(bytes(10)?)?,
        folds: unpack_folds(bytes(12)?)?,
        fingerprint: row.get::<_, i64>(6)? as u64,
    };
    Ok(SavedForecast { forecast, made_at: Timestamp(row.get(3)?) })
}

fn group(row: &Row<'_>) -> Result<(GroupForecast, Timestamp)> {
    let SavedForecast { forecast, made_at } = forecast(row)?;
    let group = match row.get(13)? {
        0 => Group::Total,
        1 => Group::Category(row.get(14)?),
        _ => return Err(damaged()),
    };
    Ok((GroupForecast { group, items: row.get(15)?, forecast }, made_at))
}

impl Records {
    /// The forecasts of items taken together, the total first, then categories by name.
    pub fn group_forecasts(&self, grain: Grain) -> Result<Vec<(GroupForecast, Timestamp)>> {
        self.file.read("read the forecasts of categories", |db| {
            rows(db, &format!("{GROUP} WHERE grain = ?1 ORDER BY kind, name"), [grain_code(grain)], group)
        })
    }

    /// Saves forecasts in one transaction, each replacing the one of its item and grain. Computed, so not audited.
    /// Refuses one whose quantiles do not have one value for each level at each step.
    pub fn save_forecasts(&self, made_at: Timestamp, forecasts: Vec<DemandForecast>) -> Result<()> {
        self.file.write("save forecasts", move |tx| save_all(tx, made_at, &forecasts))
    }

    /// The forecast of an item.
    pub fn forecast(&self, item: ItemId, grain: Grain) -> Result<Option<SavedForecast>> {
        self.file.read("read a forecast", |db| {
            first(
                db,
                &format!("{FORECAST} WHERE h.item = ?1 AND h.grain = ?2"),
                (item.0, grain_code(grain)),
                forecast,
            )
        })
    }

    /// Every forecast of a grain, by item: what planning reads.
    pub fn all_forecasts(&self, grain: Grain) -> Result<Vec<SavedForecast>> {
        self.file.read("read all forecasts", |db| {
            rows(db, &format!("{FORECAST} WHERE h.grain = ?1 ORDER BY h.item"), [grain_code(grain)], forecast)
        })
    }

    /// Removes the forecasts of a grain made before `made_at`: of items that are no longer forecast.
    pub fn drop_forecasts_before(&self, grain: Grain, made_at: Timestamp) -> Result<u64> {
        self.file.write("remove old forecasts", move |tx| {
            let grain = grain_code(grain);
            run(
                tx,
                "DELETE FROM forecast_body WHERE grain = ?1 AND item IN
                    (SELECT item FROM forecast_head WHERE grain = ?1 AND made_at < ?2)",
                (grain, made_at.0),
            )?;
            Ok(run(tx, "DELETE FROM forecast_head WHERE grain = ?1 AND made_at < ?2", (grain, made_at.0))?
                as u64)
        })
    }

    /// When the newest forecast was made.
    pub fn forecast_at(&self) -> Result<Option<Timestamp>> {
        self.file.read("read the time of the forecasts", |db| {
            let newest = first(db, "SELECT max(made_at) FROM forecast_head", [], |row| {
                Ok(row.get::<_, Option<i64>>(0)?)
            })?;
            Ok(newest.flatten().map(Timestamp))
        })
    }
}
