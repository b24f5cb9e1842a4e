//! Fetches the ONNX Runtime library for this platform into the user's cache and checks it against pinned hashes.
//!
//! The first source that this machine has is taken: pip's wheel, npm's package, the official release archive.

use crate::python::pip;
use crate::sh::{self, Place, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

/// One library in one package, with the SHA-256 that it must have.
struct Pinned {
    /// Version of ONNX Runtime; also the folder in the cache.
    version: &'static str,
    /// Where it lies inside the package.
    inside: &'static str,
    /// What it is called in the cache.
    file: &'static str,
    /// SHA-256 of the library.
    sha256: &'static str,
}

/// What there is for one platform.
struct Platform {
    os: &'static str,
    arch: &'static str,
    /// pip's name of the platform, and the wheel's SHA-256.
    pip: Option<(&'static str, &'static str)>,
    wheel: Option<Pinned>,
    npm: Option<Pinned>,
    archive: &'static str,
}

const WHEEL: &str = "onnxruntime==1.31.1";
/// The Python the wheel is named after; the library inside does not depend on it.
const WHEEL_PYTHON: &str = "3.11";
const NPM: &str = "onnxruntime-node@1.30.0";
const NPM_SHA256: &str = "6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75";
const RELEASES: &str = "https://github.com/microsoft/onnxruntime/releases/download/v1.31.1";
/// The npm package carries no licence file; this is the one of the wheel.
const LICENSE: &str = include_str!("onnxruntime-LICENSE.txt");

const PLATFORMS: [Platform; 5] = [
    Platform {
        os: "linux",
        arch: "x86_64",
        pip: Some((
            "manylinux_2_28_x86_64",
            "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
        )),
        wheel: Some(Pinned {
            version: "1.31.1",
            inside: "onnxruntime/capi/libonnxruntime.so.1.31.1",
            file: "libonnxruntime.so.1.31.1",
            sha256: "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
        }),
        npm: Some(Pinned {
            version: "1.30.0",
            inside: "package/bin/napi-v6/linux/x64/libonnxruntime.so.1",
            file: "libonnxruntime.so.1.30.0",
            sha256: "ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23",
        }),
        archive: "onnxruntime-linux-x64-1.31.1.tgz",
    },
    Platform {
        os: "linux",
        arch: "aarch64",
        pip: Some((
            "manylinux_2_28_aarch64",
            "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
        )),
        wheel: Some(Pinned {
            version: "1.31.1",
            inside: "onnxruntime/capi/libonnxruntime.so.1.31.1",
            file: "libonnxruntime.so.1.31.1",
            sha256: "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
        }),
        npm: Some(Pinned {
            version: "1.30.0",
            inside: "package/bin/napi-v6/linux/arm64/libonnxruntime.so.1",
            file: "libonnxruntime.so.1.30.0",
            sha256: "1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76",
        }),
        archive: "onnxruntime-linux-aarch64-1.31.1.tgz",
    },
    Platform {
        os: "windows",
        arch: "x86_64",
        pip: Some(("win_amd64", "c3d91b5de31e2fc82d71bd65b2b22bddee8b49057a3a36338e9a868e0ea90c05")),
        wheel: Some(Pinned {
            version: "1.31.1",
            inside: "onnxruntime/capi/onnxruntime.dll",
            file: "onnxruntime.dll",
            sha256: "8482d2ee174e28504f99730fb01d6861575870283de4ed3a897ad39170d9a9b9",
        }),
        npm: Some(Pinned {
            version: "1.30.0",
            inside: "package/bin/napi-v6/win32/x64/onnxruntime.dll",
            file: "onnxruntime.dll",
            sha256: "508c362f5673483dd3a086379c392795b2e42d10d5e6f3f90ebd7ac21c97af67",
        }),
        archive: "onnxruntime-win-x64-1.31.1.zip",
    },
    Platform {
        os: "windows",
        arch: "aarch64",
        pip: None,
        wheel: None,
        npm: Some(Pinned {
            version: "1.30.0",
            inside: "package/bin/napi-v6/win32/arm64/onnxruntime.dll",
            file: "onnxruntime.dll",
            sha256: "6c3a2abf5c6aca11c48a0d338a91af309f2266f25ce2e4084e6a87bbcb0fbfd0",
        }),
        archive: "onnxruntime-win-arm64-1.31.1.zip",
    },
    Platform {
        os: "macos",
        arch: "aarch64",
        pip: Some(("macosx_14_0_arm64", "60b6b69bfe580eab576cacc5d132a0e9cf2a37fcfd18d46dd191042b1d1ed0d7")),
        wheel: Some(Pinned {
            version: "1.31.1",
            inside: "onnxruntime/capi/libonnxruntime.1.31.1.dylib",
            file: "libonnxruntime.1.31.1.dylib",
            sha256: "f8b06155feece624e55e49124340eea279da812529ae6fbc46a9f2be9c9cad2e",
        }),
        npm: Some(Pinned {
            version: "1.30.0",
            inside: "package/bin/napi-v6/darwin/arm64/libonnxruntime.1.30.0.dylib",
            file: "libonnxruntime.1.30.0.dylib",
            sha256: "685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d",
        }),
        archive: "onnxruntime-osx-arm64-1.31.1.tgz",
    },
];

fn platform_of(os: &str, arch: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|p| p.os == os && p.arch == arch)
}

fn platform() -> Option<&'static Platform> {
    platform_of(std::env::consts::OS, std::env::consts::ARCH)
}

/// Whether pip or npm can fetch the library here.
pub fn has_fetcher() -> bool {
    pip().is_some() || sh::on_path("npm")
}

/// The library in the cache, checked; `None` when it is to be fetched.
pub fn installed(place: &Place) -> Option<PathBuf> {
    let platform = platform()?;
    [&platform.wheel, &platform.npm].into_iter().flatten().find_map(|pinned| {
        let path = cached(place, pinned);
        is_right(&path, pinned.sha256).then_some(path)
    })
}

fn cached(place: &Place, pinned: &Pinned) -> PathBuf {
    place.cache.join("onnxruntime").join(pinned.version).join(pinned.file)
}

/// Hashing 29 MB takes most of a second in an unoptimised build, so a file that was right is believed while its
/// size and time of change stay the same.
fn is_right(path: &Path, sha256: &str) -> bool {
    let Some(now) = identity(path, sha256) else { return false };
    let stamp = path.with_file_name("verified");
    if fs::read_to_string(&stamp).is_ok_and(|was| was == now) {
        return true;
    }
    match sh::sha256(path) {
        Ok(found) if found == sha256 => {
            let _ = fs::write(stamp, now);
            true
        }
        Ok(_) => {
            say(&format!(
                "{} is not the pinned library (its SHA-256 differs): fetching it again",
                path.display()
            ));
            false
        }
        Err(_) => false,
    }
}

fn identity(path: &Path, sha256: &str) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    let changed = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{sha256} {} {changed}\n", meta.len()))
}

/// Fetches the library from the first source that has it.
pub fn fetch(place: &Place) -> Result<PathBuf, String> {
    let here = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let Some(platform) = platform() else {
        return Err(format!(
            "there is no ONNX Runtime build for {here}; install libonnxruntime 1.31 by hand and set QM_ONNXRUNTIME to it"
        ));
    };
    let work = place.cache.join(format!("onnxruntime/fetch-{}", std::process::id()));
    fs::create_dir_all(&work).map_err(|e| format!("could not create {}: {e}", work.display()))?;
    let mut tried = Vec::new();
    let sources: [fn(&Place, &Platform, &Path) -> Option<Result<PathBuf, String>>; 3] =
        [by_pip, by_npm, by_archive];
    for source in sources {
        match source(place, platform, &work) {
            Some(Ok(path)) => {
                let _ = fs::remove_dir_all(&work);
                return Ok(path);
            }
            Some(Err(why)) => {
                say(&format!("That did not work: {why}"));
                tried.push(why);
            }
            None => {}
        }
    }
    let _ = fs::remove_dir_all(&work);
    Err(format!(
        "ONNX Runtime for {here} could not be fetched. Install pip or npm and run this again, or set QM_ONNXRUNTIME \
         to a libonnxruntime 1.31. Tried: {}",
        if tried.is_empty() {
            "nothing: neither pip, npm nor curl is here".to_owned()
        } else {
            tried.join("; ")
        }
    ))
}

fn by_pip(place: &Place, platform: &Platform, work: &Path) -> Option<Result<PathBuf, String>> {
    let (pinned, (tag, wheel_sha256)) = (platform.wheel.as_ref()?, platform.pip?);
    let python = pip()?;
    Some((|| {
        say(&format!("Fetching ONNX Runtime {} with pip (about 24 MB)", pinned.version));
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--platform", tag])
            .args(["--python-version", WHEEL_PYTHON, "--implementation", "cp", WHEEL, "-d"])
            .arg(work);
        sh::run(&mut pip, "fetch the wheel")?;
        let wheel = only_file(work, "whl")?;
        must_be(&wheel, wheel_sha256)?;
        sh::run(
            Command::new(python).args(["-m", "zipfile", "-e"]).arg(&wheel).arg(work),
            "unpack the wheel",
        )?;
        install(place, pinned, &work.join(pinned.inside), Some(&work.join("onnxruntime")))
    })())
}

fn by_npm(place: &Place, platform: &Platform, work: &Path) -> Option<Result<PathBuf, String>> {
    let pinned = platform.npm.as_ref()?;
    if !sh::on_path("npm") {
        return None;
    }
    Some((|| {
        say(&format!(
            "Fetching ONNX Runtime {} with npm (about 114 MB, all platforms in one)",
            pinned.version
        ));
        let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        npm.args(["pack", NPM, "--pack-destination"]).arg(work);
        sh::run(&mut npm, "fetch the npm package")?;
        let packed = only_file(work, "tgz")?;
        must_be(&packed, NPM_SHA256)?;
        sh::run(
            Command::new("tar").arg("-xzf").arg(&packed).arg("-C").arg(work).arg(pinned.inside),
            "unpack the npm package",
        )?;
        install(place, pinned, &work.join(pinned.inside), None)
    })())
}

/// The archive of the project's releases: its library must be, byte by byte, the one of the wheel.
fn by_archive(place: &Place, platform: &Platform, work: &Path) -> Option<Result<PathBuf, String>> {
    let pinned = platform.wheel.as_ref()?;
    if !sh::on_path("curl") {
        return None;
    }
    Some((|| {
        say("Fetching ONNX Runtime's release archive");
        let archive = work.join(platform.archive);
        let mut curl = Command::new("curl");
        curl.args(["--fail", "--location", "--progress-bar", "--connect-timeout", "20", "--output"])
            .arg(&archive)
            .arg(format!("{RELEASES}/{}", platform.archive));
        sh::run(&mut curl, "fetch the release archive")?;
        // bsdtar, which Windows and macOS have, unpacks both kinds.
        sh::run(
            Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(work),
            "unpack the release archive",
        )?;
        let library = sh::files_below(work)
            .into_iter()
            .find(|p| p.parent().is_some_and(|d| d.ends_with("lib")) && p.ends_with(pinned.file))
            .ok_or_else(|| format!("{} holds no {}", platform.archive, pinned.file))?;
        let notices = library.ancestors().nth(2).map(Path::to_path_buf);
        install(place, pinned, &library, notices.as_deref())
    })())
}

fn only_file(dir: &Path, extension: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(dir).map_err(|e| format!("could not read {}: {e}", dir.display()))?;
    entries
        .flatten()
        .map(|e| e.path())
        .find(|p| p.extension().is_some_and(|e| e == extension))
        .ok_or_else(|| format!("no .{extension} file was left in {}", dir.display()))
}

fn must_be(path: &Path, sha256: &str) -> Result<(), String> {
    let found = sh::sha256(path)?;
    if found == sha256 {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Err(format!("{name} has SHA-256 {found}, pinned is {sha256}: it was not installed"))
}

/// Moves a checked library into the cache, beside its licence and notices.
fn install(place: &Place, pinned: &Pinned, from: &Path, notices: Option<&Path>) -> Result<PathBuf, String> {
    must_be(from, pinned.sha256)?;
    let to = cached(place, pinned);
    let dir = to.parent().unwrap_or(&place.cache);
    let fail = |e: std::io::Error| format!("could not install {}: {e}", to.display());
    fs::create_dir_all(dir).map_err(fail)?;
    fs::write(dir.join("LICENSE"), LICENSE).map_err(fail)?;
    if let Some(notices) = notices {
        let name = "ThirdPartyNotices.txt";
        let _ = fs::copy(notices.join(name), dir.join(name));
    }
    // Same file system, so the library is there whole or not at all.
    fs::rename(from, &to).map_err(fail)?;
    if let Some(identity) = identity(&to, pinned.sha256) {
        let _ = fs::write(dir.join("verified"), identity);
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_is_pinned() {
        for p in &PLATFORMS {
            assert_eq!(p.pip.is_some(), p.wheel.is_some(), "{} {}", p.os, p.arch);
            let libraries = [&p.wheel, &p.npm].into_iter().flatten().map(|l| l.sha256);
            for hash in libraries.chain(p.pip.map(|(_, hash)| hash)) {
                assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
            }
        }
        assert!(platform_of("linux", "x86_64").is_some());
        assert!(platform_of("macos", "x86_64").is_none());
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let dir = std::env::temp_dir().join(format!("xtask-ort-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("lib.so");
        fs::write(&path, "abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(is_right(&path, abc));
        assert!(dir.join("verified").exists());
        assert!(is_right(&path, abc));
        fs::write(&path, "abcd").unwrap();
        assert!(!is_right(&path, abc));
        assert!(!is_right(&dir.join("absent"), abc));
        fs::remove_dir_all(&dir).unwrap();
    }
}
