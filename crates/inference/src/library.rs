//! Where the shared library of ONNX Runtime is.

use crate::error::Error;
use std::path::PathBuf;

/// Versions known to work with these bindings, best first; each is a folder of the cache.
pub const LIBRARY_VERSIONS: [&str; 2] = ["1.31.1", "1.30.0"];

/// The oldest version that has what these bindings ask for; the next major one may mean other things by the same calls.
const OLDEST: (u32, u32) = (1, 24);

/// Whether a version can be used, or why not. One that can't be read is left to the library's own check.
pub(crate) fn supported(version: &str) -> Result<(), String> {
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else { return Ok(()) };
    if major == OLDEST.0 && minor >= OLDEST.1 {
        return Ok(());
    }
    let (major, minor) = OLDEST;
    Err(format!("it is version {version}, and from {major}.{minor} to below {}.0 are supported", major + 1))
}

/// Where to look, in this order. The host fills it in: this room reads no environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryPlaces {
    /// The file somebody named; if it is given, nothing else is looked at.
    pub explicit: Option<PathBuf>,
    /// The folder of the running program.
    pub executable_dir: Option<PathBuf>,
    /// The product's folder in the user's cache; the library is in `onnxruntime/VERSION` below it.
    pub cache_dir: Option<PathBuf>,
    /// Folders of the system's libraries.
    pub system_dirs: Vec<PathBuf>,
}

fn names(version: &str) -> Vec<String> {
    if cfg!(windows) {
        vec!["onnxruntime.dll".to_owned()]
    } else if cfg!(target_os = "macos") {
        vec![format!("libonnxruntime.{version}.dylib"), "libonnxruntime.dylib".to_owned()]
    } else {
        vec![format!("libonnxruntime.so.{version}"), "libonnxruntime.so".to_owned()]
    }
}

/// The library's path: the one named, else next to the program, else in the cache, else the system's.
pub fn find_library(places: &LibraryPlaces) -> Result<PathBuf, Error> {
    if let Some(path) = &places.explicit {
        if path.is_file() {
            return Ok(path.clone());
        }
        return Err(Error::permanent(format!(
            "there is no ONNX Runtime library at {}; correct the path, or leave it out to use the installed one",
            path.display()
        )));
    }
    let mut looked = Vec::new();
    let cache = places.cache_dir.as_ref().map(|cache| cache.join("onnxruntime"));
    let every = |folder: &PathBuf| LIBRARY_VERSIONS.map(|version| (folder.clone(), version));
    let bundled = places.executable_dir.iter().flat_map(every);
    let cached =
        cache.iter().flat_map(|cache| LIBRARY_VERSIONS.map(|version| (cache.join(version), version)));
    for (folder, version) in bundled.chain(cached).chain(places.system_dirs.iter().flat_map(every)) {
        for name in names(version) {
            let path = folder.join(name);
            if path.is_file() {
                return Ok(path);
            }
            let path = path.display().to_string();
            if !looked.contains(&path) {
                looked.push(path);
            }
        }
    }
    Err(Error::permanent(format!(
        "found no ONNX Runtime library (looked at {}); models are off until `cargo xtask setup` fetches it or its path is given",
        if looked.is_empty() { "no place: none was given".to_owned() } else { looked.join(", ") }
    )))
}
