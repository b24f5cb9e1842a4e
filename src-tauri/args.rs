//! The few arguments of the window; `qm` has the rest.

use host::Options;
use std::ffi::OsString;
use std::path::PathBuf;
use units::Seed;

/// What `--help` prints.
pub const USAGE: &str = "\
quartermaster [--demo] [--site DIR] [ARGS]   the console in a window; closing it keeps recording in the tray

  --demo             the demo site: a simulated warehouse with its own folder
  --site DIR         the site's data folder; without it the one in your data folder
  --speed N          how many times as fast as real time the demo runs, 1 to 600
  --seed K           another seed, another warehouse; counts for a new demo site
  --onnxruntime FILE ONNX Runtime's library, where it is not at its usual places
  --model FILE       a model file instead of the one on board
  --version, --help";

/// What to do.
#[derive(Debug)]
pub enum Asked {
    /// Open the window.
    Open(Open),
    /// Print this.
    Tell(String),
}

/// A site to open.
#[derive(Debug)]
pub struct Open {
    /// Its folder, where one was named.
    pub folder: Option<PathBuf>,
    /// The demo site.
    pub demo: bool,
    /// How.
    pub options: Options,
}

/// Reads the arguments after the program's name.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let options = Options { chinese: host::places::speaks_chinese(), ..Options::default() };
    let mut open = Open { folder: None, demo: false, options };
    let mut args = args;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        let (name, inline) = match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(OsString::from(value))),
            None => (text, None),
        };
        let mut value =
            || inline.clone().or_else(|| args.next()).ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--demo" => open.demo = true,
            "--site" => open.folder = Some(PathBuf::from(value()?)),
            "--speed" => {
                let speed = number(&name, value()?)?;
                open.options.speed = u32::try_from(speed)
                    .ok()
                    .filter(|n| (1..=600).contains(n))
                    .ok_or("--speed is between 1 and 600")?;
            }
            "--seed" => open.options.seed = Seed(number(&name, value()?)?),
            "--onnxruntime" => open.options.library = Some(PathBuf::from(value()?)),
            "--model" => open.options.model_file = Some(PathBuf::from(value()?)),
            "--help" | "-h" => return Ok(Asked::Tell(USAGE.to_owned())),
            "--version" | "-V" => {
                return Ok(Asked::Tell(format!("quartermaster {}", env!("CARGO_PKG_VERSION"))));
            }
            _ => return Err(format!("there is no argument {name}")),
        }
    }
    Ok(Asked::Open(open))
}

fn number(name: &str, value: OsString) -> Result<u64, String> {
    value.to_string_lossy().parse().map_err(|_| format!("{name} needs a whole number"))
}

#[cfg(test)]
mod tests {
    use super::{Asked, parse};

    fn check(line: &str, expected: &str) {
        let told = match parse(line.split_whitespace().map(Into::into)) {
            Ok(Asked::Open(open)) => format!(
                "{:?} {} x{} seed {}",
                open.folder, open.demo, open.options.speed, open.options.seed.0
            ),
            Ok(Asked::Tell(text)) => text.lines().next().unwrap_or_default().to_owned(),
            Err(message) => message,
        };
        assert!(told.starts_with(expected), "{line}: {told}");
    }

    #[test]
    fn arguments_are_read() {
        check("", "None false x1 seed 7");
        check("--demo --speed 60 --seed=3", "None true x60 seed 3");
        check("--site=a", "Some(\"a\") false");
        check("--speed 601", "--speed is between 1 and 600");
        check("--speed", "--speed needs a value");
        check("--nonsense", "there is no argument --nonsense");
        check("--version", "quartermaster 0");
    }
}
