//! `qm forecast bench` and `qm model check`: what the product forecasts, measured outside a site.

use crate::SiteArgs;
use crate::out::{json, say, table};
use crate::session::{Outcome, options};
use app::clock::real_now;
use app::{BenchAsk, bench_forecasts};
use std::path::{Path, PathBuf};

/// What to measure.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ForecastCommand {
    /// Forecast the series of a file as planning would, and score them.
    Bench {
        /// `unique_id,freq,season,h,train,test` with a header; values apart by spaces.
        #[arg(long)]
        series: PathBuf,
        /// `auto`, the combination that planning uses, or one model: ets, arima, theta, imapa, …
        #[arg(long, default_value = "auto")]
        model: String,
        /// So many series at most, evenly spaced over the file.
        #[arg(long, alias = "n", default_value_t = 500)]
        limit: usize,
        /// Write SET-N.csv and quantiles/SET-N.csv here.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Statistical models only.
        #[arg(long)]
        no_net: bool,
        /// The outer quantiles that stock is planned with, instead of ends drawn in until the band holds 80 %.
        #[arg(long)]
        as_planned: bool,
        /// Scores as JSON.
        #[arg(long)]
        json: bool,
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
    let ForecastCommand::Bench { series, model, limit, out, no_net, as_planned, json: as_json } = command;
    let library = if no_net { None } else { Some(options(site).library()?) };
    let text = std::fs::read_to_string(&series)
        .map_err(|e| format!("read {}: {e}; check the path", series.display()))?;
    let ask = BenchAsk { model: Some(model), limit, as_planned };
    let begun = real_now();
    let found = tokio::task::spawn_blocking(move || bench_forecasts(library, &text, &ask)).await??;
    let took = ((real_now() - begun).0 as f64 / 1000.0).max(0.001);

    let (score, bands) = (&found.score, &found.bands);
    let stem =
        series.file_stem().map_or_else(|| "series".to_owned(), |stem| stem.to_string_lossy().into_owned());
    if as_json {
        json(&serde_json::json!({
            "set": stem, "model": found.name, "n": score.rows, "mase": score.mase, "smape": score.smape,
            "rmsse": score.rmsse, "owa": score.owa, "pinball": bands.pinball, "coverage80": bands.within,
            "below": bands.below, "above": bands.above, "seconds": took,
            "series_per_second": score.rows as f64 / took,
            "chosen": found.chosen.iter().map(|(model, count)| (format!("{model:?}"), count))
                .collect::<std::collections::BTreeMap<_, _>>(),
        }))?;
    } else {
        let cells: Vec<_> =
            found.chosen.iter().map(|(model, count)| vec![format!("{model:?}"), count.to_string()]).collect();
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
    }
    if let Some(folder) = out {
        let name = format!("{stem}-{}.csv", score.rows);
        for (path, text) in
            [(folder.join(&name), &found.points), (folder.join("quantiles").join(&name), &found.quantiles)]
        {
            write(&path, text)?;
            if !as_json {
                say(path.display().to_string());
            }
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| format!("write {}: {e}; check the folder", path.display()))?;
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
    let ask = BenchAsk { model: None, limit: 1, as_planned: false };
    tokio::task::spawn_blocking(move || bench_forecasts(Some(library), &text, &ask)).await??;
    say(format!("{} stands in the manifest, loads and runs.", file.display()));
    Ok(())
}
