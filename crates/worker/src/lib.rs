//! Requests on one stream to replies on another, in a process of its own: ONNX Runtime is C++, and its crash is not ours.
//!
//! Hosts call [`run`] for their hidden subcommand `worker`. Does not know what the models are for; ends when its input ends, so it
//! never outlives its parent. What a request does is in `inference::serve`. Tests: `tests/it/main.rs`, with real processes.

use std::io::{BufReader, BufWriter, Read, Write};
use std::process::ExitCode;

/// Nice value of the worker: readings, screens and the disk come first.
#[cfg(unix)]
const NICE: i32 = 10;

/// Serves until `from` ends. Anything but the end of the input is a failure, told on stderr and by the exit code.
pub fn run(from: impl Read, to: impl Write) -> ExitCode {
    lower_priority();
    match inference::serve(BufReader::new(from), BufWriter::new(to)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Before any thread of ONNX Runtime exists: on Linux threads inherit it one by one. On Windows the parent sets it.
fn lower_priority() {
    #[cfg(unix)]
    if let Err(e) = rustix::process::nice(NICE) {
        eprintln!("could not lower the worker's priority: {e}");
    }
}
