//! `qm forecast bench` and `qm model check`: what the product forecasts, measured outside a site.

use crate::SiteArgs;
use crate::out::{say, table};
use crate::session::{Outcome, options};
use app::clock::real_now;
use app::{BenchLine, bench_forecasts};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Its name among the models that the scores compare.
const MODEL: &str = "quartermaster";

/// What to measure.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ForecastCommand {
    /// Forecast the series of a file as planning would, and score them.
    Bench {
        /// `unique_id,freq,season,h,train,test` with a header; values apart by spaces.
        #[arg(long)]
        series: PathBuf,
        /// How many series, evenly spaced over the file.
        #[arg(long, default_value_t = 500)]
        n: usize,
        /// Write SET-N.csv and quantiles/SET-N.csv here.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Statistical models only.
        #[arg(long)]
        no_net: bool,
    },
}

/// What to look at.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ModelCommand {
    /// Hold a model file against the manifest, load it, and run it once.
    Check {
        /// The .onnx file.
        file: PathBuf,
    },
}

/// Measures.
pub async fn run(site: &SiteArgs, command: ForecastCommand) -> Outcome<()> {
    let ForecastCommand::Bench { series, n, out, no_net } = command;
    let library = if no_net { None } else { Some(options(site).library()?) };
    let text = std::fs::read_to_string(&series)
        .map_err(|e| format!("read {}: {e}; check the path", series.display()))?;
    let begun = real_now();
    let (lines, score, bands) =
        tokio::task::spawn_blocking(move || bench_forecasts(library, &text, n)).await??;
    let took = (real_now() - begun).0 as f64 / 1000.0;

    let mut models: BTreeMap<String, usize> = BTreeMap::new();
    for line in &lines {
        *models.entry(format!("{:?}", line.model)).or_default() += 1;
    }
    let cells: Vec<_> = models.into_iter().map(|(model, count)| vec![model, count.to_string()]).collect();
    table(&["Chosen", ">Series"], &cells);
    say(format!(
        "{} series: MASE {:.4}, sMAPE {:.3}, RMSSE {:.4}, OWA {:.4}; {took:.1} s.",
        score.rows, score.mase, score.smape, score.rmsse, score.owa
    ));
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    say(format!(
        "Pinball {:.4}. The band from 0.1 to 0.9 held {}; {} below it, {} above. Of steps that expect 10 or more ({}): {}.",
        bands.pinball,
        percent(bands.within),
        percent(bands.below),
        percent(bands.above),
        percent(bands.many),
        if bands.many > 0.0 { percent(bands.within_many) } else { "none".to_owned() }
    ));
    if let Some(folder) = out {
        let stem = series
            .file_stem()
            .map_or_else(|| "series".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let name = format!("{stem}-{}.csv", lines.len());
        write(&folder.join(&name), &points_text(&lines))?;
        write(&folder.join("quantiles").join(&name), &quantiles_text(&lines))?;
    }
    Ok(())
}

fn points_text(lines: &[BenchLine]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{MODEL},{},{}", line.id, spaced(line.mean.iter().copied()));
        text
    })
}

fn quantiles_text(lines: &[BenchLine]) -> String {
    let mut text = String::new();
    for line in lines {
        for (at, level) in line.levels.iter().enumerate() {
            let values = line.quantiles.iter().filter_map(|step| step.get(at).copied());
            let _ = writeln!(text, "{MODEL},{},{level},{}", line.id, spaced(values));
        }
    }
    text
}

fn spaced(values: impl Iterator<Item = f64>) -> String {
    values.map(|value| format!("{value:.6}")).collect::<Vec<_>>().join(" ")
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| format!("write {}: {e}; check the folder", path.display()))?;
    say(path.display().to_string());
    Ok(())
}

/// Checks a model file.
pub async fn model(site: &SiteArgs, command: ModelCommand) -> Outcome<()> {
    let ModelCommand::Check { file } = command;
    let file =
        std::path::absolute(&file).map_err(|e| format!("find {}: {e}; check the path", file.display()))?;
    let library = host::Options { model_file: Some(file.clone()), ..options(site) }.library()?;
    // One series long enough for the net: three years of days with a week in them.
    let values = |days: std::ops::Range<u32>| {
        days.map(|day| (20 + 5 * (day % 7)).to_string()).collect::<Vec<_>>().join(" ")
    };
    let text = format!(
        "unique_id,freq,season,h,train,test\ncheck,D,7,28,{},{}\n",
        values(0..1095),
        values(1095..1123)
    );
    tokio::task::spawn_blocking(move || bench_forecasts(Some(library), &text, 1)).await??;
    say(format!("{} stands in the manifest, loads and runs.", file.display()));
    Ok(())
}
