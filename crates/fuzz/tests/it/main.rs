//! The kept corpus, and every file of it cut, flipped and doubled, through its target.

use fuzz::{TARGETS, Target};
use std::fs;
use std::path::{Path, PathBuf};

/// Of each file, at most so many cuts and so many flips.
const VARIANTS: usize = 64;

/// The whole of a larger file is fed, its variants only of what is small enough to be quick.
const VARIED_BYTES_MAX: usize = 16 * 1024;

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

fn files(target: &Target) -> Vec<PathBuf> {
    let folder = folder(target);
    let found = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = found.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// What libFuzzer found is named by its hash; it has tried what lies beside it.
fn found(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn feed_variants(target: &Target, bytes: &[u8]) {
    (target.feed)(bytes);
    if bytes.is_empty() || bytes.len() > VARIED_BYTES_MAX {
        return;
    }
    let step = bytes.len().div_ceil(VARIANTS);
    for at in (0..bytes.len()).step_by(step) {
        (target.feed)(&bytes[..at]);
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 1 << (at % 8);
        (target.feed)(&flipped);
        flipped[at] = 0xFF;
        (target.feed)(&flipped);
    }
    (target.feed)(&[bytes, bytes].concat());
}

#[test]
fn the_corpus_breaks_nothing() {
    for target in TARGETS {
        let files = files(target);
        assert!(!files.is_empty(), "{} has no corpus", target.name);
        for file in files {
            let bytes = fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            if found(&file) {
                (target.feed)(&bytes);
            } else {
                feed_variants(target, &bytes);
            }
        }
    }
}

/// Pieces of the store, as this program and earlier ones made them: what is on disk somewhere is read for ever.
#[test]
fn kept_pieces_are_understood() {
    let chunk = fuzz::target("chunk").expect("a target");
    let pieces: Vec<PathBuf> = files(&chunk)
        .into_iter()
        .filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("piece-")))
        .collect();
    assert!(pieces.len() > 50, "{}", pieces.len());
    for file in pieces {
        let bytes = fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert!(store::chunk::fuzz(&bytes), "{} is not understood", file.display());
    }
}

#[test]
fn each_folder_of_the_corpus_has_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in fs::read_dir(corpus).expect("the corpus") {
        let name = entry.expect("an entry").file_name();
        assert!(fuzz::target(&name.to_string_lossy()).is_some(), "{name:?} is the folder of no target");
    }
}
