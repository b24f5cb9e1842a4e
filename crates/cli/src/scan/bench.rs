//! `qm scan bench`: how long the console takes over one scan, on a site of its own with many items, lots and bins.

use crate::SiteArgs;
use crate::measure::{Scratch, passed, percentile, rounded, start};
use crate::out::{count, say, table};
use crate::session::{Outcome, Session, on_site};
use contract::{
    ExplainScan, FileRef, ImportKind, ImportReport, ScanFlow, ScanInput, ScanStep, ScanStepped, StartImport,
};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Items.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    skus: u32,
    /// Tasks done: each is four scans, the last of which books.
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    rounds: u32,
    /// Measure in a new folder within this one; without it in the system's folder for temporary files.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Bins of the site.
const BINS: u32 = 500;

/// The GTIN of an item, with its check digit.
fn gtin(number: u32) -> String {
    let body = format!("950600{number:07}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 3 } else { 1 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn bin(number: u32) -> String {
    format!("R{:02}-{:02}", number % BINS / 20, number % 20)
}

fn stock(skus: u32) -> String {
    let mut text = "sku,name,on_hand,lot,expiry,bin\n".to_owned();
    for number in 0..skus {
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{},Item {number},1000,L{number},2030-{:02}-15,{}",
            gtin(number),
            number % 12 + 1,
            bin(number)
        );
    }
    text
}

/// Makes the site, measures, prints.
pub async fn run(args: Args) -> Outcome<()> {
    let scratch = Scratch::within(args.folder.as_deref())?;
    let path = scratch.0.join("stock.csv");
    std::fs::write(&path, stock(args.skus)).map_err(|e| format!("write {}: {e}", path.display()))?;
    let site =
        SiteArgs { folder: Some(scratch.0.join("site")), demo: false, library: None, model_file: None };
    let rows = on_site(&site, async |session| {
        let file = path.to_str().ok_or("the folder's path is not UTF-8; choose another --folder")?.to_owned();
        let call = StartImport {
            kind: ImportKind::Stock,
            file: FileRef::Path(file),
            mapping: Vec::new(),
            dry_run: false,
        };
        let id = session.call(call).await?;
        let row = session.finish(id).await?;
        let report: ImportReport = serde_json::from_str(row.result.as_deref().unwrap_or("null"))?;
        if report.stored != u64::from(args.skus) {
            return Err(format!("{} of {} rows were stored", report.stored, args.skus).into());
        }
        measure(session, &args).await
    })
    .await?;
    let report = json!({ "skus": args.skus, "bins": BINS, "rounds": args.rounds, "scans": rows });
    if args.json {
        say(format!("{report:#}"));
        return Ok(());
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().map_or_else(|| row[key].to_string(), str::to_owned);
            ["what", "p50_ms", "p99_ms", "max_ms"].map(text).to_vec()
        })
        .collect();
    table(&["scan", ">p50 ms", ">p99 ms", ">most ms"], &cells);
    say(format!("{} items in {BINS} bins; {} tasks.", count(args.skus.into()), args.rounds));
    Ok(())
}

async fn step(session: &Session, flow: &mut ScanFlow, input: ScanInput) -> Outcome<(f64, ScanStepped)> {
    let call = ScanStep { flow: flow.clone(), input, key: String::new() };
    let began = start();
    let reply = session.call(call).await?;
    let took = passed(began);
    *flow = reply.flow.clone();
    Ok((took, reply))
}

async fn measure(session: &Session, args: &Args) -> Outcome<Vec<Value>> {
    let names = ["a bin", "a GS1 code with lot and day", "a number", "the target: booked", "explained only"];
    let mut took: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::new());
    let mut flow = ScanFlow { task: "move".into(), ..ScanFlow::default() };
    for round in 0..args.rounds {
        // Far apart, so that nothing is at hand by chance.
        let number = round.wrapping_mul(7_919) % args.skus;
        let goods = format!("]d201{:0>14}17{:02}{:02}1510L{number}", gtin(number), 30, number % 12 + 1);
        let inputs = [
            ScanInput::Scan(bin(number)),
            ScanInput::Scan(goods.clone()),
            ScanInput::Typed("2".into()),
            ScanInput::Scan(bin(number + 1)),
        ];
        for (place, input) in inputs.into_iter().enumerate() {
            let (ms, reply) = step(session, &mut flow, input).await?;
            if reply.feedback == "wrong" || (place == 3) != (reply.feedback == "done") {
                return Err(format!("round {round}: {:?}", reply.told).into());
            }
            took[place].push(ms);
        }
        step(session, &mut flow, ScanInput::Cancel).await?;
        let began = start();
        session.call(ExplainScan { text: goods }).await?;
        took[4].push(passed(began));
    }
    let row = |(what, values): (&&str, &mut Vec<f64>)| {
        let (p50, p99) = (percentile(values, 0.5), percentile(values, 0.99));
        let most = values.last().copied().unwrap_or(0.0);
        json!({ "what": what, "p50_ms": rounded(p50, 2), "p99_ms": rounded(p99, 2), "max_ms": rounded(most, 2) })
    };
    Ok(names.iter().zip(&mut took).map(row).collect())
}
