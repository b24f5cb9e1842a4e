//! The log: a file a day in the site's folder, and warnings on standard error.
//!
//! `QM_LOG` changes what goes into the file, in the syntax of tracing's filters: `QM_LOG=debug`.

use crate::limits;
use crate::places;
use crate::site::logs_of;
use app::clock::real_now;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, fmt};
use units::Day;

const PREFIX: &str = "quartermaster-";

/// Begins logging, once a process; later calls change nothing. The file is opened with the first line.
pub fn start(site_folder: &Path) {
    let wanted = places::env("QM_LOG")
        .unwrap_or_else(|| "info,hyper=warn,hyper_util=warn,reqwest=warn,usvg=warn".to_owned());
    let file = DailyFile { folder: logs_of(site_folder), open: None };
    let file_layer =
        fmt::layer().with_ansi(false).with_writer(Mutex::new(file)).with_filter(EnvFilter::new(wanted));
    let screen_layer = fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_writer(std::io::stderr)
        .with_filter(LevelFilter::WARN);
    // A second start is a test in the same process; the first one's log serves both.
    let _ = tracing::subscriber::set_global_default(
        tracing_subscriber::registry().with(file_layer).with(screen_layer),
    );
}

/// One file a day; old ones are removed.
struct DailyFile {
    folder: PathBuf,
    open: Option<(Day, File)>,
}

impl DailyFile {
    fn today(&mut self) -> std::io::Result<&mut File> {
        let today = real_now().utc_day();
        if self.open.as_ref().is_none_or(|(day, _)| *day != today) {
            std::fs::create_dir_all(&self.folder)?;
            let path = self.folder.join(format!("{PREFIX}{today}.log"));
            let file = File::options().create(true).append(true).open(path)?;
            self.open = Some((today, file));
            self.forget_before(today.plus(-limits::LOG_DAYS));
        }
        self.open
            .as_mut()
            .map(|(_, file)| file)
            .ok_or_else(|| std::io::Error::other("the log file is not open"))
    }

    /// Best effort: a log that can't be removed costs only room.
    fn forget_before(&self, day: Day) {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let old = name
                .strip_prefix(PREFIX)
                .and_then(|rest| Day::parse(rest.strip_suffix(".log")?))
                .is_some_and(|of| of < day);
            if old {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

impl Write for DailyFile {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.today()?.write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |(_, file)| file.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_a_day_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let today = real_now().utc_day();
        let (old, kept) =
            (format!("{PREFIX}{}.log", today.plus(-15)), format!("{PREFIX}{}.log", today.plus(-13)));
        for name in [old.as_str(), kept.as_str(), "other.log"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let mut file = DailyFile { folder: folder.path().to_owned(), open: None };
        file.write_all(b"one\n").unwrap();
        file.write_all(b"two\n").unwrap();
        assert_eq!(
            std::fs::read_to_string(folder.path().join(format!("{PREFIX}{today}.log"))).unwrap(),
            "one\ntwo\n"
        );
        let there = |name: &str| folder.path().join(name).exists();
        assert_eq!((there(&old), there(&kept), there("other.log")), (false, true, true));
    }
}
