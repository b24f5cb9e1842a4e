//! Forecasts files of evaluation series with each model and with the combination, on one thread; prints scores and what they
//! cost, and writes what a scorer reads: DIR/SET-N.csv and DIR/quantiles/SET-N.csv.
//!
//! `cargo run --release -p forecast --example bench -- --limit 200 --out DIR [--model auto|all|NAME] [--bands held|quantiles] FILE…`; a row of FILE is
//! `unique_id,freq,season,h,train,test`. N rows are spaced evenly over the file. It knows no net.

use domain::ForecastModel;
use forecast::Bands;
use forecast::bench::{self, BenchRow};
use std::path::{Path, PathBuf};
use units::{Progress, Seed, Stop};

fn main() -> Result<(), String> {
    let (mut limit, mut out, mut model, mut files) = (usize::MAX, None, "auto".to_owned(), Vec::new());
    let mut bands = Bands::Held;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--limit" => limit = value()?.parse().map_err(|_| "--limit needs a number".to_owned())?,
            "--out" => out = Some(PathBuf::from(value()?)),
            "--model" => model = value()?,
            "--bands" => {
                bands = match value()?.as_str() {
                    "held" => Bands::Held,
                    "quantiles" => Bands::Quantiles,
                    other => return Err(format!("--bands is held or quantiles, not {other}")),
                }
            }
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let every: Vec<ForecastModel> = forecast::models().iter().map(|model| model.id()).collect();
    let wanted: Vec<Option<ForecastModel>> = match model.as_str() {
        "auto" => vec![None],
        "all" => every.iter().copied().map(Some).chain([None]).collect(),
        name => {
            let named = every.iter().find(|id| format!("{id:?}").eq_ignore_ascii_case(name));
            vec![Some(*named.ok_or(format!("no model {name}; there are auto, all and {every:?}"))?)]
        }
    };
    println!("set,n,model,MASE,sMAPE,RMSSE,OWA,pinball,coverage80,below,above,series_per_cpu_s");
    for file in files {
        let rows = read(&file, limit)?;
        let set = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let (mut points, mut quantiles) = (String::new(), String::new());
        for only in &wanted {
            let name = only.map_or("auto".to_owned(), |model| format!("{model:?}"));
            let begun = cpu_seconds();
            let (report, forecasts) =
                bench::run(&rows, *only, bands, None, Seed(1), &Progress::none(), &Stop::default())
                    .map_err(|_| "stopped".to_owned())?;
            let took = cpu_seconds() - begun;
            let (score, bands) = (&report.chosen, &report.bands);
            println!(
                "{set},{},{name},{:.4},{:.3},{:.4},{:.4},{:.4},{:.3},{:.3},{:.3},{:.1}",
                rows.len(),
                score.mase,
                score.smape,
                score.rmsse,
                score.owa,
                bands.pinball,
                bands.within,
                bands.below,
                bands.above,
                rows.len() as f64 / took.max(1e-9),
            );
            points += &bench::points_text(&name, &rows, &forecasts);
            quantiles += &bench::quantiles_text(&name, &rows, &forecasts);
        }
        if let Some(folder) = &out {
            let name = format!("{set}-{}.csv", rows.len());
            write(&folder.join(&name), &points)?;
            write(&folder.join("quantiles").join(&name), &quantiles)?;
        }
    }
    Ok(())
}

fn read(file: &Path, limit: usize) -> Result<Vec<BenchRow>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("read {}: {e}", file.display()))?;
    let lines: Vec<&str> = text.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
    let count = limit.min(lines.len());
    (0..count)
        .map(|n| n * lines.len() / count)
        .map(|at| bench::parse_row(lines[at]).map_err(|e| format!("{} line {}: {e}", file.display(), at + 2)))
        .collect()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| format!("write {}: {e}", path.display()))
}

/// Seconds this process was on a processor; it has one thread. Zero where the system does not say.
fn cpu_seconds() -> f64 {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(0.0, |nanoseconds| nanoseconds / 1e9)
}
