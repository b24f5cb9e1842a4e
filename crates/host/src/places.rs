//! Where things are on this machine: the user's folders and the environment, read here and nowhere else.

use inference::LibraryPlaces;
use std::path::PathBuf;

/// The product's folder in the user's cache, where `cargo xtask setup` puts ONNX Runtime.
pub fn cache_dir() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|base| base.cache_dir().join("quartermaster"))
}

/// The folder of all sites of this user.
pub fn sites_dir() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|base| base.data_local_dir().join("quartermaster").join("sites"))
}

/// A setting of the environment, where it is set and not empty.
#[allow(clippy::disallowed_methods, reason = "hosts are where the environment is read")]
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Where the system keeps libraries. Windows' own ONNX Runtime is another product's, of another version.
const LIBRARY_DIRS: &[&str] = if cfg!(target_os = "linux") {
    &["/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
} else if cfg!(target_os = "macos") {
    &["/opt/homebrew/lib", "/usr/local/lib"]
} else {
    &[]
};

/// Where ONNX Runtime may be: named by `explicit` or QM_ONNXRUNTIME, beside the program, in the cache, in the system.
pub fn library_places(explicit: Option<PathBuf>) -> LibraryPlaces {
    LibraryPlaces {
        explicit: explicit.or_else(|| env("QM_ONNXRUNTIME").map(PathBuf::from)),
        executable_dir: std::env::current_exe().ok().and_then(|exe| exe.parent().map(PathBuf::from)),
        cache_dir: cache_dir(),
        system_dirs: LIBRARY_DIRS.iter().map(PathBuf::from).collect(),
    }
}

/// The person's language asks for Chinese, as the environment says it.
pub fn speaks_chinese() -> bool {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"].into_iter().find_map(env);
    said.is_some_and(|locale| locale.starts_with("zh"))
}
