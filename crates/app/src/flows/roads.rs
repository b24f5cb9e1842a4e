//! The site's road network: read from a map once, kept in the site's folder, loaded beside the first screen.

use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use contract::{Code, FileRef, JobId, MapLine, MapLines, RoadsReport, RoadsRow, Topic};
use domain::Actor;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use travel::{Bounds, Detail, Network, RoadClass};
use units::{GeoPoint, Metres, Progress, Stop};

/// The file in the site's folder.
const FILE: &str = "roads.qmr";

/// What is known of it, in the settings: also shown while it is being loaded.
const KNOWN: &str = "fleet.roads";

/// What the settings say of the network in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    row: RoadsRow,
    /// Of the roads.
    fingerprint: String,
    /// SHA-256 of the map's file.
    sha256: String,
}

/// A network in use.
pub(crate) struct Installed {
    pub network: Network,
    pub row: RoadsRow,
}

enum State {
    /// It is being read from the disk.
    Loading,
    None,
    Ready(Arc<Installed>),
}

/// The network of an open site.
pub(crate) struct Roads {
    state: Mutex<State>,
    loaded: Condvar,
}

impl Roads {
    pub fn new() -> Self {
        Self { state: Mutex::new(State::Loading), loaded: Condvar::new() }
    }

    /// The network as far as it is loaded.
    pub fn now(&self) -> Option<Arc<Installed>> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(installed) => Some(installed.clone()),
            State::Loading | State::None => None,
        }
    }

    /// The network; waits while it is being loaded. For jobs only.
    pub fn wait(&self) -> Option<Arc<Installed>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while matches!(*state, State::Loading) {
            state = self.loaded.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        match &*state {
            State::Ready(installed) => Some(installed.clone()),
            State::Loading | State::None => None,
        }
    }

    fn loading(&self) -> bool {
        matches!(*self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Loading)
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.loaded.notify_all();
    }
}

fn known(inner: &Inner) -> Result<Option<Known>> {
    let text = inner.store.records.setting(KNOWN)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The row of the network in use, also while it is loaded.
pub(crate) fn row(inner: &Inner) -> Result<Option<RoadsRow>> {
    if let Some(installed) = inner.fleet.roads.now() {
        return Ok(Some(installed.row.clone()));
    }
    Ok(if inner.fleet.roads.loading() { known(inner)?.map(|known| known.row) } else { None })
}

/// What times and distances are made of: the network's fingerprint, or that they are estimated.
pub(crate) fn key(inner: &Inner) -> Result<String> {
    if let Some(installed) = inner.fleet.roads.now() {
        return Ok(installed.network.fingerprint().to_owned());
    }
    let known = if inner.fleet.roads.loading() { known(inner)? } else { None };
    Ok(known.map_or_else(|| "estimate".to_owned(), |known| known.fingerprint))
}

fn described(network: &Network, source: &str) -> RoadsRow {
    let bounds = network.bounds();
    RoadsRow {
        source: source.to_owned(),
        nodes: network.junctions() as u64,
        length: Metres(network.length_m().round() as i64),
        south_west: bounds.min,
        north_east: bounds.max,
    }
}

/// Loads the site's network, if it has one. A file that can't be read is told in the log; the site goes on without a map.
pub(crate) fn load(inner: &Arc<Inner>) {
    let path = inner.folder.join(FILE);
    let state = if path.exists() {
        let read = File::open(&path).map_err(|e| e.to_string()).and_then(|file| {
            Network::read(&mut BufReader::with_capacity(1 << 18, file)).map_err(|e| e.message)
        });
        match read {
            Ok(network) => {
                let known = known(inner).ok().flatten();
                let source = known
                    .filter(|known| known.fingerprint == network.fingerprint())
                    .map_or_else(|| FILE.to_owned(), |known| known.row.source);
                State::Ready(Arc::new(Installed { row: described(&network, &source), network }))
            }
            Err(why) => {
                tracing::warn!("the road network {} is not used: {why}", path.display());
                State::None
            }
        }
    } else {
        State::None
    };
    let ready = matches!(state, State::Ready(_));
    inner.fleet.roads.set(state);
    if ready {
        inner.bus.changed(Topic::Fleet);
    }
}

impl App {
    /// Starts an import of roads.
    pub(crate) async fn start_roads(&self, file: FileRef, by: &Actor) -> Result<JobId> {
        let (path, name) = self.blocking(move |inner| inner.staging.resolve(&file)).await?;
        let (importer, subject) = (by.clone(), name.clone());
        self.start_job("roads", subject, by, move |inner, stop, progress| {
            let report = import(inner, &importer, &path, &name, stop, progress)?;
            serde_json::to_string(&report).map_err(|e| Failure::bug(e.to_string()))
        })
        .await
    }
}

fn failed(name: &str, error: &travel::Error) -> Failure {
    let full = error.source.as_ref().is_some_and(|e| e.kind() == std::io::ErrorKind::StorageFull);
    let code = match error.kind {
        travel::ErrorKind::Stopped => Code::Cancelled,
        travel::ErrorKind::Transient if full => Code::DiskFull,
        travel::ErrorKind::Transient => Code::Storage,
        travel::ErrorKind::Permanent => Code::BadInput,
    };
    Failure::new(code, format!("import roads from {name}: {error}"))
}

fn import(
    inner: &Arc<Inner>,
    by: &Actor,
    path: &Path,
    name: &str,
    stop: &Stop,
    progress: &Progress<'_>,
) -> Result<RoadsReport> {
    let began = crate::clock::real_now();
    let sha256 = sha256_of(path, name, stop)?;
    let file = File::open(path).map_err(|e| {
        Failure::new(Code::NotFound, format!("open {name}: {e}; check the path and its rights"))
    })?;
    let params = travel::Params::default();
    let read = Network::from_osm_pbf(BufReader::with_capacity(1 << 18, file), &params, progress, stop);
    let (network, summary) = read.map_err(|e| failed(name, &e))?;
    stop.check()?;
    write(&inner.folder, &network)?;
    let row = described(&network, name);
    let known = Known { row: row.clone(), fingerprint: network.fingerprint().to_owned(), sha256 };
    let text = serde_json::to_string(&known).map_err(|e| Failure::bug(e.to_string()))?;
    let act = inner.act_because(by, &format!("roads from {name}"));
    inner.store.records.save_setting(&act, KNOWN, &text)?;
    inner.fleet.roads.set(State::Ready(Arc::new(Installed { network, row: row.clone() })));
    for topic in [Topic::Fleet, Topic::Audit] {
        inner.bus.changed(topic);
    }
    let unused: u64 = summary
        .dropped
        .iter()
        .filter(|(why, _)| !matches!(why, travel::Dropped::CutOff | travel::Dropped::TooLong))
        .map(|(_, count)| count)
        .sum();
    Ok(RoadsReport {
        roads: row,
        ways: summary.ways + unused,
        used: summary.ways,
        one_way: summary.one_way,
        connected: Metres(summary.connected_length_m.round() as i64),
        dropped: summary.dropped.iter().map(|(why, ways)| (why.code().to_owned(), *ways)).collect(),
        took_ms: (crate::clock::real_now() - began).0.unsigned_abs(),
    })
}

fn sha256_of(path: &Path, name: &str, stop: &Stop) -> Result<String> {
    let unreadable = |e: std::io::Error| {
        Failure::new(Code::NotFound, format!("open {name}: {e}; check the path and its rights"))
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        stop.check()?;
        match file.read(&mut piece).map_err(unreadable)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

/// Writes the network beside the old one, then puts it in its place: a power cut or a full disk leaves the old one.
fn write(folder: &Path, network: &Network) -> Result<()> {
    let target = folder.join(FILE);
    let fresh = folder.join(format!("{FILE}.new"));
    let written = write_whole(&fresh, network).and_then(|()| {
        std::fs::rename(&fresh, &target).map_err(|e| unwritten(&target, &e))?;
        // So that the name survives a power cut; systems that can't sync a folder do not need it.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    });
    if written.is_err() {
        // Half a file helps nobody; if it can't be removed, the next import writes over it.
        let _ = std::fs::remove_file(&fresh);
    }
    written
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let code = if error.kind() == std::io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Storage };
    let text = format!(
        "write {}: {error}; free some disk space or check the rights. The roads in use stay",
        path.display()
    );
    Failure::new(code, text)
}

fn write_whole(path: &PathBuf, network: &Network) -> Result<()> {
    let file = File::create(path).map_err(|e| unwritten(path, &e))?;
    let mut out = BufWriter::with_capacity(1 << 18, file);
    network.write(&mut out).map_err(|e| match &e.source {
        Some(source) => unwritten(path, source),
        None => failed(FILE, &e),
    })?;
    out.flush().map_err(|e| unwritten(path, &e))?;
    out.get_ref().sync_all().map_err(|e| unwritten(path, &e))
}

/// How the contract numbers the classes of roads.
fn class(class: RoadClass) -> i64 {
    match class {
        RoadClass::Motorway => 0,
        RoadClass::Trunk | RoadClass::Primary => 1,
        RoadClass::Secondary => 2,
        RoadClass::Tertiary => 3,
        RoadClass::Unclassified | RoadClass::Residential | RoadClass::LivingStreet => 4,
        RoadClass::Service => 5,
    }
}

/// A line for the wire.
pub(crate) fn line(class: i64, points: &[GeoPoint]) -> MapLine {
    MapLine {
        class,
        lat_e7: points.iter().map(|point| point.lat_e7).collect(),
        lon_e7: points.iter().map(|point| point.lon_e7).collect(),
    }
}

/// Roads within bounds, no more than a screen can show.
pub(crate) fn lines(
    inner: &Inner,
    south_west: GeoPoint,
    north_east: GeoPoint,
    metres_per_pixel: u32,
) -> MapLines {
    let Some(installed) = inner.fleet.roads.now() else {
        return MapLines { estimated: true, lines: Vec::new() };
    };
    let bounds = Bounds { min: south_west, max: north_east };
    let mut scale = f64::from(metres_per_pixel.clamp(1, 10_000));
    loop {
        let found = installed.network.roads_in(bounds, Detail::at_scale(scale));
        let points: usize = found.iter().map(|line| line.points.len()).sum();
        if points <= limits::MAP_POINTS_MAX || scale > 2_000.0 {
            let lines = found.iter().map(|one| line(class(one.class), &one.points));
            return MapLines { estimated: false, lines: lines.collect() };
        }
        scale *= 2.0;
    }
}
