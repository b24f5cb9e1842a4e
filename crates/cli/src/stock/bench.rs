//! Very many items: importing them, and what the Stock page asks for while a person scrolls, sorts, types and opens.

use crate::SiteArgs;
use crate::measure::{Scratch, passed, percentile, rounded, start};
use crate::out::{count, say, table};
use crate::session::{Outcome, Session, on_site};
use contract::{
    Call, FileRef, GetItem, GetItemStock, ImportKind, ImportReport, ListStock, StartImport, StockSort,
};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use store::{Opening, Outlook, Store};
use units::{Day, ItemId, Timestamp};

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Items.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=2_000_000))]
    skus: u32,
    /// Answers measured of each kind.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    rounds: u32,
    /// Measure in a new folder within this one; without it in the system's folder for temporary files.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Rows the screen asks for at once.
const PAGE_ROWS: u32 = 100;

/// 2026-11-01.
const NOW: Timestamp = Timestamp(1_793_491_200_000);

const SORTS: [StockSort; 9] = [
    StockSort::Cover,
    StockSort::Sku,
    StockSort::Name,
    StockSort::OnHand,
    StockSort::Value,
    StockSort::Category,
    StockSort::Available,
    StockSort::Demand,
    StockSort::RunsOut,
];

/// What a person types: a word, its beginning, two words, parts of codes, Chinese, pinyin, initials of it, and what nothing has.
const TYPED: [&str; 12] = [
    "milk",
    "mi",
    "m",
    "cold milk",
    "SKU-0042",
    "0042",
    "042",
    "牛奶",
    "niunai",
    "lcnn",
    "zz",
    "nothing has this",
];

/// Makes the site, measures, prints.
pub async fn run(args: Args) -> Outcome<()> {
    let scratch = Scratch::within(args.folder.as_deref())?;
    let folder = scratch.0.join("site");
    let site = SiteArgs { folder: Some(folder.clone()), demo: false, library: None, model_file: None };
    let files =
        [("items", ImportKind::Items, items(args.skus)), ("stock", ImportKind::Stock, stock(args.skus))];
    let mut paths = Vec::new();
    for (name, kind, text) in files {
        let path = scratch.0.join(format!("{name}.csv"));
        std::fs::write(&path, text).map_err(|e| format!("write {}: {e}", path.display()))?;
        paths.push((name, kind, path));
    }
    let imports = on_site(&site, async |session| {
        let mut imports = Vec::new();
        for (name, kind, path) in &paths {
            let checked = import(session, *kind, path, true).await?;
            let imported = import(session, *kind, path, false).await?;
            imports.push(json!({ "file": name, "rows": args.skus, "check_s": checked, "import_s": imported,
                "rows_per_second": (f64::from(args.skus) / imported).round() }));
        }
        Ok(imports)
    })
    .await?;
    expect(&folder, args.skus)?;
    let (rows, peak) =
        on_site(&site, async |session| Ok((answers(session, &args).await?, session.peak_memory_kib())))
            .await?;
    let report = json!({ "skus": args.skus, "page_rows": PAGE_ROWS, "imports": imports, "answers": rows,
        "peak_mb": peak.map(|kib| rounded(kib as f64 / 1_024.0, 1)) });
    tell(&args, &report);
    Ok(())
}

fn tell(args: &Args, report: &Value) {
    if args.json {
        return say(format!("{report:#}"));
    }
    let cells = |row: &Value, columns: &[&str]| -> Vec<String> {
        columns
            .iter()
            .map(|column| row[column].as_str().map_or_else(|| row[column].to_string(), str::to_owned))
            .collect()
    };
    let list = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let columns = ["file", "rows", "check_s", "import_s", "rows_per_second"];
    let rows: Vec<_> = list("imports").iter().map(|row| cells(row, &columns)).collect();
    table(&["file", ">rows", ">check s", ">import s", ">rows/s"], &rows);
    let columns = ["what", "p50_ms", "p99_ms", "max_ms"];
    let rows: Vec<_> = list("answers").iter().map(|row| cells(row, &columns)).collect();
    table(&["answer", ">p50 ms", ">p99 ms", ">most ms"], &rows);
    say(format!("{} items; at most {} MB.", count(args.skus.into()), report["peak_mb"]));
}

/// Seconds that an import, or only the check of it, takes.
async fn import(session: &Session, kind: ImportKind, path: &Path, dry_run: bool) -> Outcome<f64> {
    let file = path.to_str().ok_or("the folder's path is not UTF-8; choose another --folder")?.to_owned();
    let began = start();
    let id =
        session.call(StartImport { kind, file: FileRef::Path(file), mapping: Vec::new(), dry_run }).await?;
    let row = session.finish(id).await?;
    let took = passed(began) / 1_000.0;
    let report: ImportReport = serde_json::from_str(row.result.as_deref().unwrap_or("null"))?;
    if report.rejected > 0 || report.stored == 0 {
        return Err(format!(
            "{} rows of the bench's own file were refused: {:?}",
            report.rejected, report.counts
        )
        .into());
    }
    Ok(rounded(took, 2))
}

/// What planning would have said of each item, for the list is sorted by it.
fn expect(folder: &Path, skus: u32) -> Outcome<()> {
    let store = Store::open(folder, &Opening { create: false, ..Opening::new(NOW) })?;
    let outlooks = (1..=skus)
        .map(|n| {
            let demand = f64::from(mixed(n, 5) % 400) / 10.0;
            let cover = (demand > 0.0).then(|| f64::from(mixed(n, 6) % 5_000) / 10.0);
            Outlook {
                item: ItemId(n.into()),
                demand_per_day: demand,
                days_of_cover: cover,
                stock_out_day: cover.filter(|days| *days < 28.0).map(|days| Day(20_758 + days as i32)),
                price: None,
                made_at: NOW,
            }
        })
        .collect();
    Ok(store.records.save_outlooks(outlooks)?)
}

async fn answers(session: &Session, args: &Args) -> Outcome<Vec<Value>> {
    let list = |filter: &str, sort: StockSort, reverse: bool, offset: u32| ListStock {
        filter: filter.to_owned(),
        sort,
        reverse,
        offset,
        limit: PAGE_ROWS,
    };
    let rounds = args.rounds;
    let mut rows = Vec::new();
    // One each, so that no measure begins with the program's first breath.
    session.call(list("", StockSort::Cover, false, 0)).await?;
    rows.push(measured(session, "first page", rounds, |_| list("", StockSort::Cover, false, 0)).await?);
    let by_sort = |n: u32| list("", SORTS[n as usize % SORTS.len()], n / 9 % 2 == 1, 0);
    rows.push(measured(session, "first page, each sort in turn", rounds, by_sort).await?);
    let last = args.skus.saturating_sub(PAGE_ROWS);
    let anywhere = |n: u32| list("", StockSort::Cover, false, mixed(n, 1) % last.max(1));
    rows.push(measured(session, "page anywhere", rounds, anywhere).await?);
    let scrolled = |n: u32| list("", StockSort::Name, true, n * PAGE_ROWS % last.max(1));
    rows.push(measured(session, "next page while scrolling", rounds, scrolled).await?);
    let typed = |n: u32| list(TYPED[n as usize % TYPED.len()], StockSort::Cover, false, 0);
    rows.push(measured(session, "search", rounds, typed).await?);
    for word in TYPED {
        let name = format!("search {word:?}");
        rows.push(measured(session, &name, 20, |_| list(word, StockSort::Cover, false, 0)).await?);
    }
    let item = |n: u32| ItemId(i64::from(mixed(n, 2) % args.skus) + 1);
    rows.push(measured(session, "detail", rounds, |n| GetItem { item: item(n) }).await?);
    let stock = |n: u32, day| GetItemStock { item: item(n), day, limit: 50 };
    rows.push(measured(session, "where it lies, and its ledger", rounds, |n| stock(n, None)).await?);
    // A day before anything was booked, the day of the file and a day since, in turn.
    let as_of = |n: u32| stock(n, Some(Day(20_757 + n as i32 % 3 - 1)));
    rows.push(measured(session, "as of a day", rounds, as_of).await?);
    Ok(rows)
}

async fn measured<C: Call>(
    session: &Session,
    what: &str,
    rounds: u32,
    call: impl Fn(u32) -> C,
) -> Outcome<Value> {
    let mut took = Vec::new();
    for round in 0..rounds {
        let began = start();
        session.call(call(round)).await?;
        took.push(passed(began));
    }
    let most = took.iter().copied().fold(0.0, f64::max);
    Ok(json!({ "what": what, "p50_ms": rounded(percentile(&mut took, 0.5), 2),
        "p99_ms": rounded(percentile(&mut took, 0.99), 2), "max_ms": rounded(most, 2) }))
}

/// A number that looks drawn, the same each time.
fn mixed(n: u32, salt: u32) -> u32 {
    let mut z = (u64::from(n) << 32 | u64::from(salt)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z >> 33) as u32
}

const KINDS: [&str; 12] = [
    "milk",
    "yoghurt",
    "butter",
    "cheese",
    "peas",
    "salmon",
    "牛奶",
    "酸奶",
    "黄油",
    "三文鱼",
    "vaccine",
    "bandage",
];
const MANNERS: [&str; 10] =
    ["cold", "frozen", "organic", "long-life", "smoked", "冷藏", "冷冻", "有机", "sterile", "family"];
const CATEGORIES: [&str; 8] =
    ["Dairy", "Frozen", "Fish", "Pharma", "乳制品", "冷冻食品", "水产", "Dry goods"];

fn items(skus: u32) -> String {
    let mut text = String::from(
        "sku,name,category,unit_of_measure,unit_cost,supplier_code,supplier_name,lead_time_days,pack_size\n",
    );
    for n in 1..=skus {
        let of = |list: &'static [&'static str], salt: u32| list[mixed(n, salt) as usize % list.len()];
        let (manner, kind, category) = (of(&MANNERS, 1), of(&KINDS, 2), of(&CATEGORIES, 3));
        let joint = if manner.is_ascii() { " " } else { "" };
        let (supplier, cost) = (mixed(n, 4) % 200, mixed(n, 7) % 9_000 + 10);
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "SKU-{n:07},{manner}{joint}{kind} {},{category},each,{}.{:02},S{supplier:03},Supplier {supplier:03},{},{}",
            mixed(n, 8) % 1_000,
            cost / 100,
            cost % 100,
            mixed(n, 9) % 30 + 1,
            mixed(n, 10) % 12 + 1,
        );
    }
    text
}

fn stock(skus: u32) -> String {
    let mut text = String::from("sku,on_hand,allocated,on_order,as_of\n");
    for n in 1..=skus {
        let on_hand = mixed(n, 11) % 2_000;
        let _ = writeln!(text, "SKU-{n:07},{on_hand},{},{},2026-10-31", on_hand / 7, mixed(n, 12) % 500);
    }
    text
}
