//! Bytes of a closed site changed, or its files cut off: refused, or named and moved aside; never silently empty.

use super::{Options, Outcome};
use crate::draw::Draw;
use crate::witness::{self, Witness};
use std::path::PathBuf;
use store::ErrorKind;

/// Batches of the site that is harmed: some four thousand readings, of which most are packed.
const BATCHES: i64 = 400;

pub fn damage(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("damaged files");
    let mut draw = Draw(options.seed);
    let fail = |e: store::Error| e.to_string();
    let whole = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut told = Witness::default();
    {
        let store = witness::open(whole.path(), None).map_err(fail)?;
        for n in 0..BATCHES {
            witness::write(&store, n).map_err(fail)?;
            told.acknowledged(n);
            if n == BATCHES * 9 / 10 {
                store.telemetry.pack().map_err(fail)?;
            }
        }
        witness::set(&store, BATCHES).map_err(fail)?;
        told.set(BATCHES);
    }
    let mut names: Vec<String> = std::fs::read_dir(whole.path())
        .map_err(|e| e.to_string())?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("telemetry"))
        .collect();
    names.sort();
    let (mut refused, mut named, mut harmless) = (0, 0, 0);
    for _ in 0..options.rounds.div_ceil(10).max(10) {
        outcome.rounds += 1;
        outcome.acknowledged += told.readings();
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        for entry in std::fs::read_dir(whole.path()).map_err(|e| e.to_string())?.flatten() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).map_err(|e| e.to_string())?;
        }
        let file: PathBuf = folder.path().join(&names[draw.below(names.len() as u64) as usize]);
        let mut bytes = std::fs::read(&file).map_err(|e| e.to_string())?;
        if draw.percent(20) {
            bytes.truncate(draw.below(bytes.len() as u64) as usize);
        } else {
            let at = draw.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << draw.below(8);
        }
        std::fs::write(&file, bytes).map_err(|e| e.to_string())?;
        let store = match witness::open(folder.path(), None) {
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                refused += 1;
                continue;
            }
            Err(error) => {
                outcome.damaged(format!("a damaged file was taken for something else: {error}"));
                continue;
            }
            Ok(store) => store,
        };
        // Read all there is, so that damage is met; whether by an error that names the file or by what was moved aside.
        let read = store.telemetry.verify().map(drop).and_then(|()| store.telemetry.damaged());
        let seen = match &read {
            Err(error) => error.kind() == ErrorKind::Corrupt,
            Ok(damaged) => !damaged.is_empty(),
        };
        match told.lost(&store) {
            Ok(0) if seen => named += 1,
            Ok(0) => harmless += 1,
            Ok(_) | Err(_) if seen => named += 1,
            Ok(lost) => {
                outcome.damaged(format!("{lost} readings were gone from {} without a word", file.display()))
            }
            // An error that says what is damaged is an answer too; a reading that came back changed is not.
            Err(why)
                if ["damaged", "malformed", "Invalid column type"].iter().any(|word| why.contains(word)) =>
            {
                named += 1;
            }
            Err(why) => outcome.damaged(why),
        }
    }
    outcome.remark(format!("{refused} refused, {named} named and moved aside, {harmless} in unused bytes"));
    Ok(outcome)
}
