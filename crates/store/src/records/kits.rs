//! Kits: what an item is put together from when it is sold.
//!
//! A kit is an item like any other. What of it lies on a shelf is its own stock; what its components allow is said beside
//! it and belongs to no sum, so nothing is counted twice.

use super::Records;
use super::items::find_item;
use super::stock::level_of;
use crate::file::{need, rows, run};
use crate::{Act, Error, ErrorKind, Result};
use domain::kit::{Component, buildable, circular};
use domain::{Item, StockLevel};
use rusqlite::Connection;
use serde_json::{Value, json};
use units::{ItemId, Quantity};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "kits-1",
    "CREATE TABLE kit_component(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kit INTEGER NOT NULL REFERENCES item(id),
        component INTEGER NOT NULL REFERENCES item(id),
        quantity INTEGER NOT NULL CHECK (quantity > 0),
        UNIQUE (kit, component)
     );
     CREATE INDEX kit_component_of ON kit_component(component);",
)];

/// Components of one kit taken for real.
pub const COMPONENTS_MAX: usize = 200;

fn components_of(db: &Connection, kit: ItemId) -> Result<Vec<Component>> {
    rows(db, "SELECT component, quantity FROM kit_component WHERE kit = ?1 ORDER BY id", [kit.0], |row| {
        Ok(Component { item: ItemId(row.get(0)?), quantity: Quantity(row.get(1)?) })
    })
}

/// A component with its item and what there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitPart {
    /// The component.
    pub item: Item,
    /// How much of it a kit takes.
    pub quantity: Quantity,
    /// What there is of it; `None` where nobody ever said.
    pub stock: Option<StockLevel>,
}

impl Records {
    /// What a kit is put together from; empty: it is none. And how many the components allow.
    pub fn kit(&self, kit: ItemId) -> Result<(Vec<KitPart>, Quantity)> {
        self.file.read("read a kit", |db| {
            let mut parts = Vec::new();
            for part in components_of(db, kit)? {
                parts.push(KitPart {
                    item: need(find_item(db, part.item)?, "item", part.item)?,
                    quantity: part.quantity,
                    stock: level_of(db, part.item)?,
                });
            }
            let there = |part: &KitPart| part.stock.map_or(Quantity::ZERO, |level| level.available());
            let allowed = buildable(parts.iter().map(|part| (there(part), part.quantity)));
            Ok((parts, allowed))
        })
    }

    /// The kits that take an item, and how much of it each.
    pub fn kits_with(&self, component: ItemId) -> Result<Vec<(Item, Quantity)>> {
        self.file.read("list the kits that take an item", |db| {
            let sql = "SELECT kit, quantity FROM kit_component WHERE component = ?1 ORDER BY kit";
            let found = rows(db, sql, [component.0], |row| Ok((ItemId(row.get(0)?), Quantity(row.get(1)?))))?;
            found
                .into_iter()
                .map(|(kit, quantity)| Ok((need(find_item(db, kit)?, "item", kit)?, quantity)))
                .collect()
        })
    }

    /// Says what a kit is put together from; nothing: it is none any more. A kit that would contain itself is refused.
    pub fn set_kit(&self, act: &Act, kit: ItemId, parts: &[Component]) -> Result<()> {
        let parts = parts.to_vec();
        self.change("say what a kit is made of", act, move |c| {
            let sku = need(find_item(c.tx, kit)?, "item", kit)?.sku;
            let refuse =
                |why: String| Error::new(ErrorKind::Conflict, format!("kit {sku} was not saved: {why}"));
            if parts.len() > COMPONENTS_MAX {
                return Err(refuse(format!(
                    "it has more than {COMPONENTS_MAX} components; make kits of its parts"
                )));
            }
            if parts.iter().any(|part| part.quantity.0 <= 0) {
                return Err(refuse("each component needs a quantity above zero".into()));
            }
            let said = |tx: &Connection| -> Result<Value> {
                let sql = "SELECT i.sku, k.quantity FROM kit_component k JOIN item i ON i.id = k.component
                    WHERE k.kit = ?1 ORDER BY k.id";
                let all = rows(tx, sql, [kit.0], |row| {
                    Ok(json!([row.get::<_, String>(0)?, Quantity(row.get(1)?).to_string()]))
                })?;
                Ok(json!(all))
            };
            let old = said(c.tx)?;
            let takes: Vec<ItemId> = parts.iter().map(|part| part.item).collect();
            let mut failed = None;
            let of = |item: ItemId| -> Vec<ItemId> {
                components_of(c.tx, item)
                    .map(|parts| parts.iter().map(|part| part.item).collect())
                    .unwrap_or_default()
            };
            for part in &parts {
                if let Err(error) = need(find_item(c.tx, part.item)?, "item", part.item) {
                    failed = Some(error);
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
            if circular(kit, &takes, of) {
                return Err(refuse("it would contain itself; take that component out".into()));
            }
            run(c.tx, "DELETE FROM kit_component WHERE kit = ?1", [kit.0])?;
            for part in &parts {
                run(
                    c.tx,
                    "INSERT INTO kit_component(kit, component, quantity) VALUES (?1, ?2, ?3)
                     ON CONFLICT (kit, component) DO UPDATE SET quantity = quantity + excluded.quantity",
                    (kit.0, part.item.0, part.quantity.0),
                )?;
            }
            let new = said(c.tx)?;
            c.audit("kit.save", &format!("kit {sku}"), Some(old), Some(new))
        })
    }
}
