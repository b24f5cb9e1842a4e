//! The item master and suppliers.

use super::Records;
use super::forecasts::{self, ForecastHead};
use super::{search, stock};
use crate::file::{count, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::words::grain_code;
use crate::{Act, Error, ErrorKind, Result};
use domain::{Grain, Item, StockLevel, Supplier};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, params, params_from_iter};
use serde_json::{Value, json};
use units::{Day, ItemId, Money, Permille, Quantity, SupplierId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[
    (
        "items-1",
        "CREATE TABLE supplier(
        id INTEGER PRIMARY KEY,
        code TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        lead_time_days INTEGER
     );
     CREATE TABLE item(
        id INTEGER PRIMARY KEY,
        sku TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        category TEXT,
        unit_of_measure TEXT,
        unit_cost INTEGER,
        supplier INTEGER REFERENCES supplier(id),
        lead_time_days INTEGER,
        pack_size INTEGER,
        order_quantity_min INTEGER,
        service_level INTEGER
     );
     CREATE INDEX item_name ON item(name);
     CREATE INDEX item_supplier ON item(supplier);
     CREATE TABLE item_outlook(
        item INTEGER PRIMARY KEY REFERENCES item(id),
        demand_per_day REAL NOT NULL,
        days_of_cover REAL,
        stock_out_day INTEGER,
        made_at INTEGER NOT NULL
     );",
    ),
    ("items-2", "ALTER TABLE item_outlook ADD COLUMN price INTEGER;"),
];

/// One page of a list, and how long the list is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Rows of the whole list.
    pub total: u64,
}

/// What planning last said of an item, kept so that lists sort by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The item.
    pub item: ItemId,
    /// Mean demand a day, whole units.
    pub demand_per_day: f64,
    /// Available stock over demand; `None` without demand.
    pub days_of_cover: Option<f64>,
    /// The day the expected demand empties the shelf, if within the horizon.
    pub stock_out_day: Option<Day>,
    /// What a unit brought of late; `None` where no order line says.
    pub price: Option<Money>,
    /// When this was computed.
    pub made_at: Timestamp,
}

/// An item with what lists show beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemRow {
    /// The item.
    pub item: Item,
    /// Its supplier's name.
    pub supplier_name: Option<String>,
    /// What the shelf holds; `None` where nobody ever said.
    pub stock: Option<StockLevel>,
    /// What planning last said.
    pub outlook: Option<Outlook>,
    /// The head of its forecast of the grain asked for, else of the daily, else of the weekly one.
    pub forecast: Option<ForecastHead>,
}

/// What a list of items is sorted by. Unknown values come last, whichever the direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ItemSort {
    /// Code.
    #[default]
    Sku,
    /// Name.
    Name,
    /// Category.
    Category,
    /// On hand.
    OnHand,
    /// On hand less allocated, held and expired.
    Available,
    /// On hand at cost.
    StockValue,
    /// Mean demand a day.
    DemandPerDay,
    /// Days of cover.
    Cover,
    /// The day the shelf is empty.
    StockOutDay,
    /// Error of the chosen forecast (RMSSE).
    ForecastError,
    /// Demand a day of the forecast at cost.
    ForecastValue,
}

/// Which items, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemQuery {
    /// Words that begin words of the code, the name or the category, or their pinyin or its initials; or a part of the code or the name.
    /// Upper or lower case, with or without accents.
    pub text: Option<String>,
    /// Only this category.
    pub category: Option<String>,
    /// Only this supplier.
    pub supplier: Option<SupplierId>,
    /// Only items whose shelf empties before this day, as planning last said.
    pub stock_out_before: Option<Day>,
    /// Only items with a stock level (`true`) or without (`false`).
    pub has_stock: Option<bool>,
    /// Only items with a forecast (`true`) or without (`false`).
    pub has_forecast: Option<bool>,
    /// Whose forecast is shown and sorted by; `None` is the daily one, else the weekly.
    pub grain: Option<Grain>,
    /// Sorted by.
    pub sort: ItemSort,
    /// Largest first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to give.
    pub limit: u32,
}

pub(crate) const ITEM: &str =
    "SELECT id, sku, name, category, unit_of_measure, unit_cost, supplier, lead_time_days, pack_size,
    order_quantity_min, service_level FROM item";

pub(crate) fn item(row: &Row<'_>) -> Result<Item> {
    Ok(Item {
        id: ItemId(row.get(0)?),
        sku: row.get(1)?,
        name: row.get(2)?,
        category: row.get(3)?,
        unit_of_measure: row.get(4)?,
        unit_cost: row.get::<_, Option<i64>>(5)?.map(Money),
        supplier: row.get::<_, Option<i64>>(6)?.map(SupplierId),
        lead_time_days: row.get(7)?,
        pack_size: row.get::<_, Option<i64>>(8)?.map(Quantity),
        order_quantity_min: row.get::<_, Option<i64>>(9)?.map(Quantity),
        service_level: row.get::<_, Option<u16>>(10)?.map(Permille),
    })
}

pub(crate) fn find_item(db: &Connection, id: ItemId) -> Result<Option<Item>> {
    first(db, &format!("{ITEM} WHERE id = ?1"), [id.0], item)
}

pub(crate) fn find_sku(db: &Connection, sku: &str) -> Result<Option<Item>> {
    first(db, &format!("{ITEM} WHERE sku = ?1"), [sku], item)
}

/// Writes an item as it is, and what it is found by; id 0 makes a new one.
pub(crate) fn write_item(tx: &Connection, item: &Item) -> Result<ItemId> {
    let id = write_row(tx, item)?;
    search::write(tx, id.0, item)?;
    Ok(id)
}

/// Writes only its row: for a trial, of which nothing stays to be found.
pub(crate) fn write_row(tx: &Connection, item: &Item) -> Result<ItemId> {
    let id = (item.id.0 != 0).then_some(item.id.0);
    run(
        tx,
        "INSERT INTO item(id, sku, name, category, unit_of_measure, unit_cost, supplier, lead_time_days, pack_size,
            order_quantity_min, service_level)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET sku = excluded.sku, name = excluded.name, category = excluded.category,
            unit_of_measure = excluded.unit_of_measure, unit_cost = excluded.unit_cost, supplier = excluded.supplier,
            lead_time_days = excluded.lead_time_days, pack_size = excluded.pack_size,
            order_quantity_min = excluded.order_quantity_min, service_level = excluded.service_level",
        params![
            id,
            item.sku,
            item.name,
            item.category,
            item.unit_of_measure,
            item.unit_cost.map(|m| m.0),
            item.supplier.map(|s| s.0),
            item.lead_time_days,
            item.pack_size.map(|q| q.0),
            item.order_quantity_min.map(|q| q.0),
            item.service_level.map(|p| p.0),
        ],
    )?;
    Ok(ItemId(id.unwrap_or_else(|| tx.last_insert_rowid())))
}

fn item_json(item: &Item) -> Value {
    json!({
        "sku": item.sku,
        "name": item.name,
        "category": item.category,
        "unit_of_measure": item.unit_of_measure,
        "unit_cost": item.unit_cost,
        "supplier": item.supplier,
        "lead_time_days": item.lead_time_days,
        "pack_size": item.pack_size,
        "order_quantity_min": item.order_quantity_min,
        "service_level": item.service_level,
    })
}

const SUPPLIER: &str = "SELECT id, code, name, lead_time_days FROM supplier";

fn supplier(row: &Row<'_>) -> Result<Supplier> {
    Ok(Supplier {
        id: SupplierId(row.get(0)?),
        code: row.get(1)?,
        name: row.get(2)?,
        lead_time_days: row.get(3)?,
    })
}

pub(crate) fn find_supplier(db: &Connection, id: SupplierId) -> Result<Option<Supplier>> {
    first(db, &format!("{SUPPLIER} WHERE id = ?1"), [id.0], supplier)
}

pub(crate) fn find_supplier_code(db: &Connection, code: &str) -> Result<Option<Supplier>> {
    first(db, &format!("{SUPPLIER} WHERE code = ?1"), [code], supplier)
}

pub(crate) fn write_supplier(tx: &Connection, supplier: &Supplier) -> Result<SupplierId> {
    let id = (supplier.id.0 != 0).then_some(supplier.id.0);
    run(
        tx,
        "INSERT INTO supplier(id, code, name, lead_time_days) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name,
            lead_time_days = excluded.lead_time_days",
        params![id, supplier.code, supplier.name, supplier.lead_time_days],
    )?;
    Ok(SupplierId(id.unwrap_or_else(|| tx.last_insert_rowid())))
}

fn supplier_json(supplier: &Supplier) -> Value {
    json!({ "code": supplier.code, "name": supplier.name, "lead_time_days": supplier.lead_time_days })
}

/// Which forecast belongs to an item: of the grain asked for, else the finest there is.
fn forecast_join(grain: Option<Grain>) -> String {
    let which = match grain {
        Some(grain) => grain_code(grain).to_string(),
        None => "(SELECT min(grain) FROM forecast_head WHERE item = i.id)".to_owned(),
    };
    format!(" LEFT JOIN forecast_head f ON f.item = i.id AND f.grain = {which}")
}

/// The tables, the conditions and their parameters of a query. Only what it filters or sorts by is joined, so that a
/// page of a long list stays quick.
fn selection(query: &ItemQuery, sorted: bool) -> (String, Vec<Sql>) {
    let sort = if sorted { query.sort } else { ItemSort::Sku };
    let mut from = "FROM item i".to_owned();
    let mut terms: Vec<String> = Vec::new();
    let mut values = Vec::new();
    if query.has_stock.is_some()
        || matches!(sort, ItemSort::OnHand | ItemSort::Available | ItemSort::StockValue)
    {
        from += " LEFT JOIN stock_level l ON l.item = i.id";
    }
    let by_outlook = matches!(sort, ItemSort::DemandPerDay | ItemSort::Cover | ItemSort::StockOutDay);
    if query.stock_out_before.is_some() || by_outlook {
        from += " LEFT JOIN item_outlook o ON o.item = i.id";
    }
    if query.has_forecast.is_some() || matches!(sort, ItemSort::ForecastError | ItemSort::ForecastValue) {
        from += &forecast_join(query.grain);
    }
    let mut bind = |value: Sql| {
        values.push(value);
        values.len()
    };
    if let Some(text) = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let part = bind(Sql::Text(format!("%{escaped}%")));
        // Each of the two columns is read from its own index alone.
        let like = |column: &str| format!("SELECT id FROM item WHERE {column} LIKE ?{part} ESCAPE '\\'");
        let mut found = format!("{} UNION {}", like("sku"), like("name"));
        if let Some(words) = search::query(text) {
            found += &format!(
                " UNION SELECT rowid FROM item_search WHERE item_search MATCH ?{}",
                bind(Sql::Text(words))
            );
        }
        terms.push(format!("i.id IN ({found})"));
    }
    if let Some(category) = &query.category {
        terms.push(format!("i.category = ?{}", bind(Sql::Text(category.clone()))));
    }
    if let Some(supplier) = query.supplier {
        terms.push(format!("i.supplier = ?{}", bind(Sql::Integer(supplier.0))));
    }
    if let Some(day) = query.stock_out_before {
        terms.push(format!("o.stock_out_day < ?{}", bind(Sql::Integer(day.0.into()))));
    }
    for (wanted, column) in [(query.has_stock, "l.item"), (query.has_forecast, "f.item")] {
        match wanted {
            Some(true) => terms.push(format!("{column} IS NOT NULL")),
            Some(false) => terms.push(format!("{column} IS NULL")),
            None => {}
        }
    }
    if !terms.is_empty() {
        from = format!("{from} WHERE {}", terms.join(" AND "));
    }
    (from, values)
}

fn order(query: &ItemQuery) -> String {
    let direction = if query.descending { "DESC" } else { "ASC" };
    let column = match query.sort {
        ItemSort::Sku => return format!("ORDER BY i.sku {direction}"),
        ItemSort::Name => "i.name",
        ItemSort::Category => "i.category",
        ItemSort::OnHand => "l.on_hand",
        ItemSort::Available => "(l.on_hand - l.allocated - l.unusable)",
        // As real numbers: the product of two large integers must not fail.
        ItemSort::StockValue => "(1.0 * l.on_hand * i.unit_cost)",
        ItemSort::DemandPerDay => "o.demand_per_day",
        ItemSort::Cover => "o.days_of_cover",
        ItemSort::StockOutDay => "o.stock_out_day",
        ItemSort::ForecastError => "f.rmsse",
        ItemSort::ForecastValue => "(f.mean_per_day * coalesce(i.unit_cost, 100))",
    };
    format!("ORDER BY {column} {direction} NULLS LAST, i.sku")
}

/// Ids of a query in its order, or a piece of them.
fn ordered(db: &Connection, query: &ItemQuery, piece: &str) -> Result<Vec<i64>> {
    let (from, values) = selection(query, true);
    let sql = format!("SELECT i.id {from} {}{piece}", order(query));
    rows(db, &sql, params_from_iter(&values), |row| Ok(row.get(0)?))
}

/// Rows from the beginning of a list that are found without sorting all of it.
const SORTED_ANEW_MAX: u32 = 1_000;

const OUTLOOK: &str =
    "SELECT item, demand_per_day, days_of_cover, stock_out_day, price, made_at FROM item_outlook";

fn outlook(row: &Row<'_>) -> Result<Outlook> {
    Ok(Outlook {
        item: ItemId(row.get(0)?),
        demand_per_day: row.get(1)?,
        days_of_cover: row.get(2)?,
        stock_out_day: row.get::<_, Option<i32>>(3)?.map(Day),
        price: row.get::<_, Option<i64>>(4)?.map(Money),
        made_at: Timestamp(row.get(5)?),
    })
}

pub(super) fn replace_outlooks(tx: &Connection, outlooks: &[Outlook]) -> Result<()> {
    run(tx, "DELETE FROM item_outlook", [])?;
    outlooks.iter().try_for_each(|one| write_outlook(tx, one))
}

fn write_outlook(tx: &Connection, one: &Outlook) -> Result<()> {
    run(
        tx,
        "INSERT OR REPLACE INTO item_outlook(item, demand_per_day, days_of_cover, stock_out_day, price, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            one.item.0,
            one.demand_per_day,
            one.days_of_cover,
            one.stock_out_day.map(|d| d.0),
            one.price.map(|m| m.0),
            one.made_at.0
        ],
    )?;
    Ok(())
}

fn surroundings(db: &Connection, item: Item, grain: Option<Grain>) -> Result<ItemRow> {
    let id = item.id;
    let supplier_name = match item.supplier {
        Some(supplier) => find_supplier(db, supplier)?.map(|s| s.name),
        None => None,
    };
    let outlook = first(db, &format!("{OUTLOOK} WHERE item = ?1"), [id.0], outlook)?;
    let sql = format!(
        "SELECT {} FROM item i{} WHERE i.id = ?1 AND f.item IS NOT NULL",
        forecasts::HEAD,
        forecast_join(grain)
    );
    let forecast = first(db, &sql, [id.0], forecasts::head)?;
    Ok(ItemRow { stock: stock::level_of(db, id)?, item, supplier_name, outlook, forecast })
}

impl Records {
    /// A page of items.
    pub fn items(&self, query: &ItemQuery) -> Result<Page<ItemRow>> {
        let commits = self.file.commits();
        self.file.read("list items", |db| {
            let limit = query.limit.min(ROWS_MAX);
            let near = query.text.is_none() && query.offset.saturating_add(limit) <= SORTED_ANEW_MAX;
            let (ids, total) = if near {
                let (from, values) = selection(query, false);
                let sql = format!("SELECT count(*) {from}");
                let total = first(db, &sql, params_from_iter(&values), |row| Ok(count(row.get(0)?)))?;
                (ordered(db, query, &format!(" LIMIT {limit} OFFSET {}", query.offset))?, total.unwrap_or(0))
            } else {
                let all = self.lists.ids(query, commits, || ordered(db, query, ""))?;
                let page = all.iter().copied().skip(query.offset as usize).take(limit as usize).collect();
                (page, all.len() as u64)
            };
            let mut page = Vec::with_capacity(ids.len());
            for id in ids {
                if let Some(item) = find_item(db, ItemId(id))? {
                    page.push(surroundings(db, item, query.grain)?);
                }
            }
            Ok(Page { rows: page, total })
        })
    }

    /// Every item, by id: what planning reads.
    pub fn all_items(&self) -> Result<Vec<Item>> {
        self.file.read("read all items", |db| rows(db, &format!("{ITEM} ORDER BY id"), [], item))
    }

    /// One item with its surroundings.
    pub fn item(&self, id: ItemId) -> Result<ItemRow> {
        self.file.read("read an item", |db| surroundings(db, need(find_item(db, id)?, "item", id)?, None))
    }

    /// The item of a code.
    pub fn item_by_sku(&self, sku: &str) -> Result<Option<Item>> {
        self.file.read("find an item by its code", |db| find_sku(db, sku))
    }

    /// Saves an item as given; id 0 makes a new one. A code in use is a conflict.
    pub fn save_item(&self, act: &Act, item: &Item) -> Result<ItemId> {
        let item = item.clone();
        self.change("save an item", act, move |c| {
            let old =
                if item.id.0 == 0 { None } else { Some(need(find_item(c.tx, item.id)?, "item", item.id)?) };
            if find_sku(c.tx, &item.sku)?.is_some_and(|other| other.id != item.id) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!(
                        "the code {} belongs to another item; choose another code or change that item",
                        item.sku
                    ),
                ));
            }
            if old.as_ref() == Some(&item) {
                return Ok(item.id);
            }
            let id = write_item(c.tx, &item)?;
            c.audit(
                "item.save",
                &format!("item {}", item.sku),
                old.as_ref().map(item_json),
                Some(item_json(&item)),
            )?;
            Ok(id)
        })
    }

    /// The categories in use, sorted.
    pub fn categories(&self) -> Result<Vec<String>> {
        self.file.read("list categories", |db| {
            let sql = "SELECT DISTINCT category FROM item WHERE category IS NOT NULL ORDER BY category";
            rows(db, sql, [], |row| Ok(row.get(0)?))
        })
    }

    /// All suppliers, by name.
    pub fn suppliers(&self) -> Result<Vec<Supplier>> {
        self.file
            .read("list suppliers", |db| rows(db, &format!("{SUPPLIER} ORDER BY name, id"), [], supplier))
    }

    /// Saves a supplier; id 0 makes a new one. A code in use is a conflict.
    pub fn save_supplier(&self, act: &Act, supplier: &Supplier) -> Result<SupplierId> {
        let supplier = supplier.clone();
        self.change("save a supplier", act, move |c| {
            let old = if supplier.id.0 == 0 {
                None
            } else {
                Some(need(find_supplier(c.tx, supplier.id)?, "supplier", supplier.id)?)
            };
            if find_supplier_code(c.tx, &supplier.code)?.is_some_and(|other| other.id != supplier.id) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("the code {} belongs to another supplier; choose another code", supplier.code),
                ));
            }
            if old.as_ref() == Some(&supplier) {
                return Ok(supplier.id);
            }
            let id = write_supplier(c.tx, &supplier)?;
            let subject = format!("supplier {}", supplier.code);
            c.audit(
                "supplier.save",
                &subject,
                old.as_ref().map(supplier_json),
                Some(supplier_json(&supplier)),
            )?;
            Ok(id)
        })
    }

    /// Replaces what planning says of all items by this. Computed, so not audited.
    pub fn save_outlooks(&self, outlooks: Vec<Outlook>) -> Result<()> {
        self.file.write("save the outlook of items", move |tx| replace_outlooks(tx, &outlooks))
    }

    /// What planning says of one item, in the place of what it said. Computed, so not audited.
    pub fn save_outlook(&self, one: Outlook) -> Result<()> {
        self.file.write("save the outlook of an item", move |tx| write_outlook(tx, &one))
    }

    /// What planning last said of every item.
    pub fn outlooks(&self) -> Result<Vec<Outlook>> {
        self.file.read("read the outlook of items", |db| rows(db, OUTLOOK, [], outlook))
    }
}
