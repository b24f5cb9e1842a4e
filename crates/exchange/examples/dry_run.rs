//! Reads an order file as a dry run and says what is in it: `cargo run --release -p exchange --example dry_run FILE`.

use exchange::{Kind, Preview, parse_orders, preview, survey};
use std::fs::File;
use std::ops::ControlFlow;
use units::{Progress, Stop};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let stop = Stop::default();
    let Preview { format, mut mapping, .. } = preview(File::open(&path)?, Some(Kind::Orders))?;
    let found = survey(File::open(&path)?, &format, &mapping, &stop)?;
    (mapping.date_order, mapping.decimal_mark) = (found.date_order, found.decimal_mark);
    let report = parse_orders(
        File::open(&path)?,
        0,
        &format,
        &mapping,
        |_| ControlFlow::Continue(()),
        &Progress::none(),
        &stop,
    )?;
    println!("{} rows, {} good, {} bad, {} SKUs", report.rows, report.good, report.bad, report.skus);
    println!("quantity {}, amount {:.2}, sha256 {}", report.quantity, report.amount, report.sha256);
    for finding in report.findings.iter().take(20) {
        println!("line {:?}: {:?} {} {}", finding.line, finding.code, finding.subject, finding.detail);
    }
    Ok(())
}
