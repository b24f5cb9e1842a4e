//! What people expect instead of a forecast. Kept after their days are over, to be held against what came.

use super::Records;
use super::items::find_item;
use crate::file::{first, need, rows, run};
use crate::{Act, Result};
use domain::{DemandOverride, OverrideChange};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use units::{Day, ItemId, OverrideId, Quantity, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "overrides-1",
    // total or percent: one of them. baseline and value: of these days, when it was made.
    "CREATE TABLE demand_override(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL REFERENCES item(id),
        first_day INTEGER NOT NULL,
        last_day INTEGER NOT NULL,
        total INTEGER,
        percent INTEGER,
        baseline INTEGER NOT NULL,
        value INTEGER NOT NULL,
        why TEXT NOT NULL,
        by TEXT NOT NULL,
        at INTEGER NOT NULL,
        cleared_at INTEGER,
        cleared_by TEXT
     );
     CREATE INDEX demand_override_item ON demand_override(item, last_day);",
)];

const COLUMNS: &str =
    "SELECT id, item, first_day, last_day, total, percent, baseline, value, why, by, at, cleared_at, cleared_by
    FROM demand_override";

fn read(row: &Row<'_>) -> Result<DemandOverride> {
    let cleared_at: Option<i64> = row.get(11)?;
    let cleared_by: Option<String> = row.get(12)?;
    Ok(DemandOverride {
        id: OverrideId(row.get(0)?),
        item: ItemId(row.get(1)?),
        from: Day(row.get(2)?),
        to: Day(row.get(3)?),
        change: match row.get::<_, Option<i64>>(4)? {
            Some(total) => OverrideChange::Total(Quantity(total)),
            None => OverrideChange::Percent(row.get::<_, Option<i32>>(5)?.unwrap_or(0)),
        },
        baseline: Quantity(row.get(6)?),
        value: Quantity(row.get(7)?),
        why: row.get(8)?,
        by: row.get(9)?,
        at: Timestamp(row.get(10)?),
        cleared: cleared_at.map(|at| (Timestamp(at), cleared_by.unwrap_or_default())),
    })
}

fn shown(one: &DemandOverride) -> Value {
    let (total, percent) = match one.change {
        OverrideChange::Total(total) => (Some(total), None),
        OverrideChange::Percent(percent) => (None, Some(percent)),
    };
    json!({
        "item": one.item,
        "from": one.from.to_string(),
        "to": one.to.to_string(),
        "total": total,
        "percent": percent,
        "baseline": one.baseline,
        "value": one.value,
    })
}

fn clear(tx: &Connection, act: &Act, id: OverrideId) -> Result<()> {
    run(
        tx,
        "UPDATE demand_override SET cleared_at = ?2, cleared_by = ?3 WHERE id = ?1 AND cleared_at IS NULL",
        params![id.0, act.at.0, act.by.name],
    )?;
    Ok(())
}

impl Records {
    /// Keeps an override; who, when and why come from `act`. Older ones of the item that lie within its days are taken back
    /// with it. One audit record.
    pub fn save_override(&self, act: &Act, one: DemandOverride) -> Result<OverrideId> {
        self.change("set an override of the forecast", act, move |c| {
            let sku = need(find_item(c.tx, one.item)?, "item", one.item)?.sku;
            let sql = format!(
                "{COLUMNS} WHERE item = ?1 AND first_day >= ?2 AND last_day <= ?3 AND cleared_at IS NULL ORDER BY id"
            );
            let within = rows(c.tx, &sql, (one.item.0, one.from.0, one.to.0), read)?;
            for older in &within {
                clear(c.tx, c.act, older.id)?;
            }
            let (total, percent) = match one.change {
                OverrideChange::Total(total) => (Some(total.0), None),
                OverrideChange::Percent(percent) => (None, Some(percent)),
            };
            run(
                c.tx,
                "INSERT INTO demand_override(item, first_day, last_day, total, percent, baseline, value, why, by, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    one.item.0,
                    one.from.0,
                    one.to.0,
                    total,
                    percent,
                    one.baseline.0,
                    one.value.0,
                    c.act.why.clone().unwrap_or_default(),
                    c.act.by.name,
                    c.act.at.0
                ],
            )?;
            let id = OverrideId(c.tx.last_insert_rowid());
            let old = (!within.is_empty()).then(|| Value::from(within.iter().map(shown).collect::<Vec<_>>()));
            c.audit("override.set", &format!("override {id} of item {sku}"), old, Some(shown(&one)))?;
            Ok(id)
        })
    }

    /// Takes an override back. One that was taken back before stays as it is.
    pub fn clear_override(&self, act: &Act, id: OverrideId) -> Result<DemandOverride> {
        self.change("take back an override of the forecast", act, move |c| {
            let load = || first(c.tx, &format!("{COLUMNS} WHERE id = ?1"), [id.0], read);
            let old = need(load()?, "override", id)?;
            if old.cleared.is_some() {
                return Ok(old);
            }
            clear(c.tx, c.act, id)?;
            let subject = format!("override {id} of item {}", old.item);
            c.audit("override.clear", &subject, Some(shown(&old)), None)?;
            need(load()?, "override", id)
        })
    }

    /// One override.
    pub fn demand_override(&self, id: OverrideId) -> Result<DemandOverride> {
        self.file.read("read an override of the forecast", |db| {
            need(first(db, &format!("{COLUMNS} WHERE id = ?1"), [id.0], read)?, "override", id)
        })
    }

    /// Overrides whose days reach `since` or beyond, newest first: of one item or of all, those taken back only where asked for.
    pub fn overrides(
        &self,
        item: Option<ItemId>,
        since: Option<Day>,
        with_cleared: bool,
        limit: u32,
    ) -> Result<Vec<DemandOverride>> {
        self.file.read("list overrides of the forecast", |db| {
            let sql = format!(
                "{COLUMNS} WHERE (?1 IS NULL OR item = ?1) AND (?2 IS NULL OR last_day >= ?2)
                    AND (?3 OR cleared_at IS NULL) ORDER BY id DESC LIMIT ?4"
            );
            rows(db, &sql, (item.map(|i| i.0), since.map(|d| d.0), with_cleared, limit), read)
        })
    }
}
