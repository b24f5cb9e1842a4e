//! Finders and tiny named worlds for tests.
//!
//! Turns a name into a path of shared real data, or into a world small enough to fit in the head. Does not know any room
//! above `domain`; nothing but tests depends on it. Start at [`shared_data`] and [`corner_shop`]. Tests: below.

use domain::{Item, OrderLine, StockLevel, Supplier};
use std::io::Write;
use std::path::PathBuf;
use units::{Day, ItemId, Money, Permille, Quantity, SupplierId};

/// The root of this repository.
pub fn repo_root() -> PathBuf {
    let crate_dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_dir.ancestors().nth(2).map_or_else(|| crate_dir.clone(), PathBuf::from)
}

/// A file or folder of the shared real data: `../shared/data/REL` beside the repository, or `$QM_SHARED_DATA/REL`.
///
/// `None` where it is absent; a line `skipped: needs ../shared/data/REL` then goes straight to standard output (past the
/// capture of the test harness, so that skips can be counted), and the test returns.
pub fn shared_data(rel: &str) -> Option<PathBuf> {
    #[allow(
        clippy::disallowed_methods,
        reason = "only tests depend on this crate, and the override is theirs"
    )]
    let base = std::env::var_os("QM_SHARED_DATA")
        .map_or_else(|| repo_root().join("..").join("shared").join("data"), PathBuf::from);
    let path = base.join(rel);
    if path.exists() {
        return Some(path);
    }
    skip(&format!("needs ../shared/data/{rel}"));
    None
}

/// The folder of Python packages that `cargo xtask setup` fetches for tests (pymodbus), for `PYTHONPATH`, with the program that
/// runs them. `None` where one is absent; a line `skipped: …` says so.
pub fn python() -> Option<(&'static str, PathBuf)> {
    let folder = cache("python");
    let program = ["python3", "python"].into_iter().find(|program| {
        let mut asked = std::process::Command::new(program);
        asked.arg("--version").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    });
    match (program, folder.filter(|folder| folder.join("pymodbus").is_dir())) {
        (Some(program), Some(folder)) => Some((program, folder)),
        _ => {
            skip("needs Python with the packages that `cargo xtask setup` fetches");
            None
        }
    }
}

/// The folder of npm packages that `cargo xtask setup` fetches for tests (aedes, sparkplug-client), for `NODE_PATH`. `None`
/// where they or Node.js are absent; a line `skipped: …` says so.
pub fn node() -> Option<PathBuf> {
    let folder = cache("node").map(|folder| folder.join("node_modules"));
    let mut asked = std::process::Command::new("node");
    asked.arg("--version").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let runs = asked.status().is_ok_and(|status| status.success());
    let all = |folder: &PathBuf| ["aedes", "sparkplug-client"].iter().all(|name| folder.join(name).is_dir());
    let found = folder.filter(|folder| runs && all(folder));
    if found.is_none() {
        skip("needs Node.js with the packages that `cargo xtask setup` fetches");
    }
    found
}

/// A folder of the cache that xtask fills.
fn cache(name: &str) -> Option<PathBuf> {
    #[allow(
        clippy::disallowed_methods,
        reason = "only tests depend on this crate; the cache is where xtask puts it"
    )]
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        var("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|home| home.join("Library/Caches"))
    } else {
        var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("quartermaster").join(name))
}

/// Says on standard output, past the harness's capture, that the calling test is skipped, and why.
pub fn skip(why: &str) {
    let _ = writeln!(std::io::stdout(), "skipped: {why}");
}

/// A world: who sells what, what is on the shelf, and what was ordered.
#[derive(Clone, Debug)]
pub struct World {
    /// Suppliers.
    pub suppliers: Vec<Supplier>,
    /// The item master.
    pub items: Vec<Item>,
    /// Stock of each item, in the order of `items`.
    pub stock: Vec<StockLevel>,
    /// Order lines by day.
    pub orders: Vec<OrderLine>,
}

/// Three items of two suppliers over four weeks from Monday 2026-01-05: milk sells 10 every day and 20 on Saturdays; tea
/// sells 7 every Monday; candles (no lead time, cost or supplier known) sold once.
pub fn corner_shop() -> World {
    let supplier = |id, code: &str, name: &str, lead_time_days| Supplier {
        id: SupplierId(id),
        code: code.to_owned(),
        name: name.to_owned(),
        lead_time_days,
    };
    let item = |id, sku: &str, name: &str| Item {
        id: ItemId(id),
        sku: sku.to_owned(),
        name: name.to_owned(),
        category: None,
        unit_of_measure: Some("EA".to_owned()),
        unit_cost: None,
        supplier: None,
        lead_time_days: None,
        pack_size: None,
        order_quantity_min: None,
        service_level: None,
    };
    let stock = |id, on_hand| StockLevel {
        item: ItemId(id),
        on_hand: Quantity::of(on_hand),
        as_of: Some(Day(FIRST_DAY.0 + 27)),
        ..StockLevel::default()
    };
    let mut orders = Vec::new();
    let mut sell = |day: Day, sku: &str, quantity: i64, cents: i64| {
        orders.push(OrderLine {
            order_ref: format!("{}-{}", day, orders.len() + 1),
            day,
            sku: sku.to_owned(),
            quantity: Quantity::of(quantity),
            net_amount: Some(Money(cents * quantity)),
            customer: None,
        });
    };
    for day in (0..28).map(|n| FIRST_DAY.plus(n)) {
        sell(day, "MILK", if day.weekday() == 5 { 20 } else { 10 }, 120);
        if day.weekday() == 0 {
            sell(day, "TEA", 7, 450);
        }
    }
    sell(FIRST_DAY.plus(3), "CANDLE", 1, 999);
    World {
        suppliers: vec![
            supplier(1, "DAIRY", "Hill Dairy", Some(2)),
            supplier(2, "LEAF", "Leaf & Co", Some(14)),
        ],
        items: vec![
            Item {
                category: Some("Dairy".to_owned()),
                unit_cost: Some(Money(80)),
                supplier: Some(SupplierId(1)),
                lead_time_days: Some(2),
                pack_size: Some(Quantity::of(6)),
                service_level: Some(Permille(950)),
                ..item(1, "MILK", "Oat milk 1 L")
            },
            Item {
                unit_cost: Some(Money(300)),
                supplier: Some(SupplierId(2)),
                pack_size: Some(Quantity::of(10)),
                order_quantity_min: Some(Quantity::of(20)),
                ..item(2, "TEA", "绿茶 250 g")
            },
            item(3, "CANDLE", "Candle"),
        ],
        stock: vec![stock(1, 25), stock(2, 30), stock(3, 4)],
        orders,
    }
}

/// The first day of the [`corner_shop`], a Monday.
pub const FIRST_DAY: Day = Day(20_458);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_shop_opens_on_a_monday() {
        assert_eq!(FIRST_DAY.to_string(), "2026-01-05");
        let world = corner_shop();
        assert_eq!(world.orders.iter().filter(|line| line.sku == "MILK").count(), 28);
        let milk: Quantity =
            world.orders.iter().filter(|line| line.sku == "MILK").map(|line| line.quantity).sum();
        assert_eq!(milk, Quantity::of(320));
        assert!(repo_root().join("Cargo.toml").exists());
    }
}
