//! `qm item`: what is kept of an item beside its stock: units, temperature class, kit, substitutes, levels.

use crate::SiteArgs;
use crate::out::{self, say, table};
use crate::session::{Outcome, Session, on_site};
use contract::{
    ApiError, Code, GetItemMaster, ItemMaster, ItemUnitId, ItemUnitRow, LevelRow, ListStock, OtherItem,
    SaveItemLevel, SaveItemUnit, SetItemClass, SetKit, SetSubstitutes, StockSort,
};
use units::{ItemId, Milli, Quantity};

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Show what is kept of an item.
    Show {
        /// Its SKU.
        sku: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add a unit that an item comes in, or change it.
    Unit(UnitArgs),
    /// Say how cold an item wants to lie: ambient, controlled, cool, chilled, frozen, deep-frozen; nothing: nobody says.
    Class {
        /// The item's SKU.
        sku: String,
        /// The class.
        class: Option<String>,
    },
    /// Say what a kit is put together from, as CODE=QUANTITY; nothing: it is no kit.
    Kit {
        /// The kit's SKU.
        sku: String,
        /// Its components: `TEA=2`.
        parts: Vec<String>,
    },
    /// Say what may stand in for an item, what is asked first first.
    Substitutes {
        /// The item's SKU.
        sku: String,
        /// SKUs of those that may.
        others: Vec<String>,
    },
    /// Say how much of an item is to be kept.
    Level(LevelArgs),
}

/// A unit.
#[derive(Clone, Debug, clap::Args)]
pub struct UnitArgs {
    /// The item's SKU.
    sku: String,
    /// What the unit is called: case, pallet.
    name: String,
    /// How many of the item's own unit are in it: 12, 0.5, 1/3.
    factor: String,
    /// The number under its bar code.
    #[arg(long)]
    gtin: Option<String>,
    /// Length, mm.
    #[arg(long)]
    length_mm: Option<i64>,
    /// Width, mm.
    #[arg(long)]
    width_mm: Option<i64>,
    /// Height, mm.
    #[arg(long)]
    height_mm: Option<i64>,
    /// Weight, g.
    #[arg(long)]
    weight_grams: Option<i64>,
}

/// A level.
#[derive(Clone, Debug, clap::Args)]
pub struct LevelArgs {
    /// The item's SKU.
    sku: String,
    /// In which warehouse; none: the only one.
    #[arg(long, default_value = "")]
    warehouse: String,
    /// The least there should be.
    #[arg(long)]
    least: Option<String>,
    /// Order at this.
    #[arg(long)]
    reorder: Option<String>,
    /// The most there should be.
    #[arg(long)]
    most: Option<String>,
    /// The bin it should lie in.
    #[arg(long)]
    bin: Option<String>,
}

fn wrong(message: String) -> ApiError {
    ApiError { code: Code::BadInput, message, trace_id: String::new() }
}

fn quantity(text: &str) -> Outcome<Quantity> {
    let read = Milli::parse(text.trim())
        .ok_or_else(|| wrong(format!("{text} is no quantity; write it as 12 or 0.5")))?;
    Ok(Quantity(read.0))
}

async fn find(session: &Session, sku: &str) -> Outcome<ItemId> {
    let list =
        ListStock { filter: sku.to_owned(), sort: StockSort::Sku, reverse: false, offset: 0, limit: 500 };
    let rows = session.call(list).await?.rows;
    let found = rows.into_iter().find(|row| row.sku == sku).map(|row| row.item);
    Ok(found.ok_or_else(|| wrong(format!("there is no item {sku}; check the code")))?)
}

/// Shows or changes.
pub async fn run(site: &SiteArgs, command: Command) -> Outcome<()> {
    on_site(site, async |session| {
        let why = String::new();
        match command {
            Command::Show { sku, json } => {
                let item = find(session, &sku).await?;
                let found = session.call(GetItemMaster { item }).await?;
                if json {
                    out::json(&found)?;
                } else {
                    print(&sku, &found);
                }
            }
            Command::Unit(args) => {
                let item = find(session, &args.sku).await?;
                let known = session.call(GetItemMaster { item }).await?.units;
                let id =
                    known.iter().find(|unit| unit.name == args.name).map_or(ItemUnitId(0), |unit| unit.id);
                let unit = ItemUnitRow {
                    id,
                    name: args.name,
                    factor: args.factor,
                    gtin: args.gtin,
                    length_mm: args.length_mm,
                    width_mm: args.width_mm,
                    height_mm: args.height_mm,
                    weight_grams: args.weight_grams,
                };
                session.call(SaveItemUnit { item, unit, why }).await?;
                say("Saved.");
            }
            Command::Class { sku, class } => {
                let item = find(session, &sku).await?;
                session.call(SetItemClass { item, class, why }).await?;
                say("Saved.");
            }
            Command::Kit { sku, parts } => {
                let kit = find(session, &sku).await?;
                let mut of = Vec::new();
                for part in parts {
                    let (code, many) = part.rsplit_once('=').unwrap_or((part.as_str(), "1"));
                    of.push((code.to_owned(), quantity(many)?));
                }
                session.call(SetKit { kit, parts: of, why }).await?;
                say("Saved.");
            }
            Command::Substitutes { sku, others } => {
                let item = find(session, &sku).await?;
                let others = others.into_iter().map(|code| (code, String::new())).collect();
                session.call(SetSubstitutes { item, others, why }).await?;
                say("Saved.");
            }
            Command::Level(args) => {
                let item = find(session, &args.sku).await?;
                let read = |text: Option<String>| text.map(|text| quantity(&text)).transpose();
                let level = LevelRow {
                    warehouse: args.warehouse,
                    least: read(args.least)?,
                    reorder: read(args.reorder)?,
                    most: read(args.most)?,
                    bin: args.bin,
                };
                session.call(SaveItemLevel { item, level, why }).await?;
                say("Saved.");
            }
        }
        Ok(())
    })
    .await
}

fn print(sku: &str, item: &ItemMaster) {
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    say(format!(
        "{sku}: own unit {}, temperature class {}, ABC {}, XYZ {}",
        if item.own_unit.is_empty() { "-" } else { &item.own_unit },
        or(&item.class),
        or(&item.abc),
        or(&item.xyz)
    ));
    let number = |n: Option<i64>| n.map_or(String::new(), |n| n.to_string());
    if !item.units.is_empty() {
        let rows: Vec<Vec<String>> = item
            .units
            .iter()
            .map(|unit| {
                vec![
                    unit.name.clone(),
                    unit.factor.clone(),
                    unit.gtin.clone().unwrap_or_default(),
                    [unit.length_mm, unit.width_mm, unit.height_mm]
                        .map(number)
                        .join("×")
                        .trim_matches('×')
                        .to_owned(),
                    number(unit.weight_grams),
                ]
            })
            .collect();
        table(&["Unit", ">Factor", "GTIN", "mm", ">g"], &rows);
    }
    for clash in &item.clashes {
        say(format!("These contradict each other: {clash}"));
    }
    let others = |title: &str, of: &[OtherItem]| {
        if !of.is_empty() {
            let rows: Vec<Vec<String>> = of
                .iter()
                .map(|one| {
                    vec![
                        one.sku.clone(),
                        one.name.clone(),
                        one.quantity.map_or(String::new(), |q| q.to_string()),
                        one.available.map_or("-".to_owned(), |q| q.to_string()),
                    ]
                })
                .collect();
            table(&[title, "Name", ">Takes", ">Available"], &rows);
        }
    };
    others("Component", &item.parts);
    if !item.parts.is_empty() {
        say(format!("The components allow {}.", item.buildable));
    }
    others("Goes into", &item.part_of);
    others("Substitute", &item.substitutes);
    for level in &item.levels {
        let told = |q: Option<Quantity>| q.map_or("-".to_owned(), |q| q.to_string());
        say(format!(
            "Level{}: least {}, order at {}, most {}",
            if level.warehouse.is_empty() { String::new() } else { format!(" in {}", level.warehouse) },
            told(level.least),
            told(level.reorder),
            told(level.most)
        ));
    }
}
