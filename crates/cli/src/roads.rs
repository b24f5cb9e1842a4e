//! `qm roads`: a map into the site's roads or a road file of its own, and what such a file holds.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, on_site};
use app::clock::real_now;
use contract::{FileRef, ImportRoads, RoadsReport};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use travel::{Bounds, Detail, Matrix, Network, Params, RoadClass};
use units::{GeoPoint, Progress, Stop};

/// What to do with roads.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Read an OpenStreetMap extract into the site's roads; with --out into a file of its own.
    Import {
        /// The extract, `.osm.pbf`.
        file: PathBuf,
        /// Write the roads here and leave every site as it is.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what a road file or an extract holds.
    Info {
        /// `.qmr` or `.osm.pbf`.
        file: PathBuf,
    },
    /// Times and distances between every two places of a list.
    Matrix {
        /// `.qmr` or `.osm.pbf`.
        file: PathBuf,
        /// One `latitude,longitude` a line, degrees.
        points: PathBuf,
        /// Write `from,to,seconds,metres` here; pairs without a road are left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Threads; without it all processors but one.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
        threads: Option<u16>,
    },
}

/// Does it.
pub async fn run(site: &SiteArgs, command: Command) -> Outcome<()> {
    match command {
        Command::Import { file, out: None, json } => into_site(site, &file, json).await,
        Command::Import { file, out: Some(to), json } => {
            tokio::task::spawn_blocking(move || into_file(&file, &to, json).map_err(|e| e.to_string()))
                .await??;
            Ok(())
        }
        Command::Info { file } => {
            tokio::task::spawn_blocking(move || info(&file).map_err(|e| e.to_string())).await??;
            Ok(())
        }
        Command::Matrix { file, points, out, threads } => {
            tokio::task::spawn_blocking(move || {
                matrix(&file, &points, out.as_deref(), threads.map(usize::from)).map_err(|e| e.to_string())
            })
            .await??;
            Ok(())
        }
    }
}

async fn into_site(site: &SiteArgs, file: &Path, json: bool) -> Outcome<()> {
    let full =
        std::path::absolute(file).map_err(|e| format!("find {}: {e}; check the path", file.display()))?;
    let path = full
        .to_str()
        .ok_or_else(|| format!("import {}: its path is not UTF-8 text; rename it", full.display()))?
        .to_owned();
    on_site(site, async |session| {
        let id = session.call(ImportRoads { file: FileRef::Path(path.clone()) }).await?;
        let row = session.finish(id).await?;
        let report: RoadsReport = serde_json::from_str(row.result.as_deref().unwrap_or("null"))?;
        if json {
            return Ok(out::json(&report)?);
        }
        let roads = &report.roads;
        say(format!(
            "{}: {} of {} ways are roads, {} of them one-way.",
            roads.source,
            count(report.used),
            count(report.ways),
            count(report.one_way)
        ));
        say(format!(
            "{:.1} km with {} junctions and ends; {:.1} % of it can be driven to and from.",
            roads.length.0 as f64 / 1_000.0,
            count(roads.nodes),
            report.connected.0 as f64 / roads.length.0.max(1) as f64 * 100.0
        ));
        say(format!("From {} to {}.", place(roads.south_west), place(roads.north_east)));
        not_used(report.dropped.iter().map(|(reason, ways)| (reason.as_str(), *ways)));
        say("Plans use them from now on. Map data © OpenStreetMap contributors, ODbL 1.0.");
        say(format!("Took {:.1} s.", report.took_ms as f64 / 1_000.0));
        Ok(())
    })
    .await
}

fn into_file(file: &Path, to: &Path, json: bool) -> Outcome<()> {
    let begun = real_now();
    let reader = open(file)?;
    let what = format!("import {}", file.display());
    let progress = Progress::new(|done, total| out::progress(&what, done, total));
    let read = Network::from_osm_pbf(reader, &Params::default(), &progress, &Stop::default());
    out::progress_done();
    let (network, summary) = read.map_err(|e| format!("{what}: {e}"))?;
    let bytes = write(&network, to)?;
    let took = (real_now() - begun).0;
    if json {
        let dropped: serde_json::Map<_, _> =
            summary.dropped.iter().map(|(reason, ways)| (reason.code().to_owned(), (*ways).into())).collect();
        out::json(&serde_json::json!({
            "file": to.display().to_string(), "bytes": bytes, "fingerprint": network.fingerprint(),
            "ways": summary.ways, "one_way": summary.one_way, "with_limit": summary.with_limit,
            "junctions": summary.junctions, "segments": summary.segments, "points": summary.points,
            "length_m": summary.length_m.round(), "connected_length_m": summary.connected_length_m.round(),
            "closed": summary.closed, "dropped": dropped,
            "south_west": summary.bounds.min, "north_east": summary.bounds.max, "took_ms": took,
        }))?;
        return Ok(());
    }
    say(format!(
        "{} roads, {} of them one-way, {} with a written limit.",
        count(summary.ways),
        count(summary.one_way),
        count(summary.with_limit)
    ));
    describe(&network);
    not_used(summary.dropped.iter().map(|(reason, ways)| (reason.code(), *ways)));
    if summary.closed > 0 {
        say(format!("Bollards and locked gates that close a road: {}.", count(summary.closed)));
    }
    say(
        "Map data © OpenStreetMap contributors, ODbL 1.0. Not read: turn restrictions, lights, times of day.",
    );
    say(format!("{}: {} bytes. Took {:.1} s.", to.display(), count(bytes), took as f64 / 1_000.0));
    Ok(())
}

fn not_used<'a>(dropped: impl Iterator<Item = (&'a str, u64)>) {
    let dropped: Vec<String> = dropped.map(|(reason, ways)| format!("{reason} {}", count(ways))).collect();
    if !dropped.is_empty() {
        say(format!("Ways not used, or in part: {}.", dropped.join(", ")));
    }
}

fn info(file: &Path) -> Outcome<()> {
    let network = load(file)?;
    describe(&network);
    let lines = network.roads_in(network.bounds(), Detail::FULL);
    let mut km = [0.0; RoadClass::ALL.len()];
    for line in &lines {
        let metres = line.points.windows(2).map(|pair| pair[0].metres_to(pair[1])).sum::<f64>();
        km[usize::from(line.class.rank())] += metres / 1_000.0;
    }
    let rows: Vec<Vec<String>> = RoadClass::ALL
        .into_iter()
        .zip(km)
        .filter(|(_, km)| *km > 0.0)
        .map(|(class, km)| vec![format!("{class:?}"), format!("{km:.1}")])
        .collect();
    table(&["class", ">km"], &rows);
    say(format!("Fingerprint {}.", network.fingerprint()));
    Ok(())
}

fn describe(network: &Network) {
    let (all, connected) = (network.length_m(), network.connected_length_m());
    say(format!(
        "{} pieces between {} junctions and ends, {:.1} km; {:.1} % of it can be driven to and from.",
        count(network.segments() as u64),
        count(network.junctions() as u64),
        all / 1_000.0,
        connected / all.max(1.0) * 100.0
    ));
    let Bounds { min, max } = network.bounds();
    say(format!("From {} to {}.", place(min), place(max)));
}

fn place(point: GeoPoint) -> String {
    format!("{:.5}, {:.5}", point.lat(), point.lon())
}

fn matrix(file: &Path, points: &Path, to: Option<&Path>, threads: Option<usize>) -> Outcome<()> {
    let network = load(file)?;
    let text = std::fs::read_to_string(points)
        .map_err(|e| format!("read {}: {e}; check the path", points.display()))?;
    let mut places = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = line.split_once(',').and_then(|(lat, lon)| {
            GeoPoint::from_degrees(lat.trim().parse().ok()?, lon.trim().parse().ok()?)
        });
        let wrong = || {
            format!(
                "read {}: line {} is no place ({line:?}); write latitude,longitude in degrees",
                points.display(),
                at + 1
            )
        };
        places.push(place.ok_or_else(wrong)?);
    }
    let begun = std::time::Duration::from_millis(real_now().0.unsigned_abs());
    let (progress, stop) = (Progress::none(), Stop::default());
    let matrix = match threads {
        Some(threads) => network.matrix_on(&places, threads, &progress, &stop)?,
        None => network.matrix(&places, &progress, &stop)?,
    };
    let took = std::time::Duration::from_millis(real_now().0.unsigned_abs()).saturating_sub(begun);
    if let Some(to) = to {
        std::fs::write(to, rows(&matrix))
            .map_err(|e| format!("write {}: {e}; check the folder", to.display()))?;
        say(to.display().to_string());
    }
    let pairs = |n: usize| n * n.saturating_sub(1);
    say(format!(
        "{} places, {} pairs with a road, {} places without one; {} ms.",
        count(matrix.n as u64),
        count(pairs(matrix.n - matrix.unreachable.len()) as u64),
        count(matrix.unreachable.len() as u64),
        took.as_millis()
    ));
    for at in matrix.unreachable.iter().take(20) {
        say(format!(
            "  {} ({}): no road within {} m",
            at + 1,
            place(places[*at]),
            travel::limits::SNAP_METRES_MAX
        ));
    }
    Ok(())
}

fn rows(matrix: &Matrix) -> String {
    use std::fmt::Write;
    let mut text = String::from("from,to,seconds,metres\n");
    for from in 0..matrix.n {
        for to in 0..matrix.n {
            if let Some((seconds, metres)) = matrix.between(from, to) {
                // Writing to a String does not fail.
                let _ = writeln!(text, "{},{},{seconds},{metres}", from + 1, to + 1);
            }
        }
    }
    text
}

fn open(file: &Path) -> Outcome<BufReader<File>> {
    let opened = File::open(file)
        .map_err(|e| format!("open {}: {e}; check the path and its rights", file.display()))?;
    Ok(BufReader::with_capacity(1 << 18, opened))
}

/// A road file, or a map as one.
fn load(file: &Path) -> Outcome<Network> {
    let mut reader = open(file)?;
    let mut begin = [0; 4];
    let is_roads = reader.read_exact(&mut begin).is_ok() && begin == *b"\x89QMR";
    reader.rewind().map_err(|e| format!("read {}: {e}; check the disk, then try again", file.display()))?;
    let network = if is_roads {
        Network::read(&mut reader)
    } else {
        let read = Network::from_osm_pbf(reader, &Params::default(), &Progress::none(), &Stop::default());
        read.map(|(network, _)| network)
    };
    Ok(network.map_err(|e| format!("{}: {e}", file.display()))?)
}

/// Writes beside the place, then moves it there, so that an interrupted write leaves what was there.
fn write(network: &Network, to: &Path) -> Outcome<u64> {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = to.with_file_name(name);
    let written = (|| -> Outcome<u64> {
        let file = File::create(&fresh)?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        network.write(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        std::fs::rename(&fresh, to)?;
        Ok(std::fs::metadata(to)?.len())
    })();
    written.map_err(|e| {
        // Half a file helps nobody; if it can't be removed, the next import writes over it.
        let _ = std::fs::remove_file(&fresh);
        format!("write {}: {e}; check the folder and its rights", to.display()).into()
    })
}
