//! `qm telemetry`: how fast the store of readings is on this machine, in a folder of its own that is removed afterwards; and a site
//! filled with readings, for what is measured on a screen.

mod bench;
mod chart;
mod fill;

use crate::measure::{Scratch, passed, percentile, rounded, start};
use crate::session::Outcome;
use std::path::Path;

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Record from many channels at once, beside a table with a row a reading and DuckDB.
    Bench(bench::Args),
    /// Draw a year of readings once a second: 30 days and all of it, from a cold and a warm disk.
    ChartBench(chart::Args),
    /// Write readings once a second for a site's channels, a year of them: for trials of charts.
    Fill(fill::Args),
    /// One chart of a folder, in a process of its own; started by `chart-bench`.
    #[command(hide = true)]
    ChartProbe(chart::ProbeArgs),
}

/// Measures or fills; whether all was as it should be.
pub fn run(command: Command) -> Outcome<bool> {
    match command {
        Command::Bench(args) => bench::run(&args),
        Command::ChartBench(args) => chart::run(&args),
        Command::Fill(args) => fill::run(&args),
        Command::ChartProbe(args) => chart::probe(&args).map(|()| true),
    }
}

/// Bytes of the files of a folder whose names begin so.
fn bytes_of(folder: &Path, begins: &str) -> Outcome<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(begins) {
            sum += entry.metadata()?.len();
        }
    }
    Ok(sum)
}

/// Readings of channels as sensors give them: once a second on clocks that jitter by 5 ms, at 0.01 resolution, a slow wave with
/// a walk and noise of some hundredths; each kind of number from a generator of its own (SplitMix64).
struct Sensors {
    channels: std::ops::Range<i64>,
    all: i64,
    second: i64,
    start: i64,
    walks: Vec<i64>,
    state: u64,
}

impl Sensors {
    fn new(channels: std::ops::Range<i64>, all: i64, start: i64) -> Self {
        let count = (channels.end - channels.start) as usize;
        let state = channels.start as u64 + 1;
        Self { channels, all, second: 0, start, walks: vec![0; count], state }
    }

    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One reading of each channel.
    fn second(&mut self, into: &mut Vec<domain::Reading>) {
        let n = self.second;
        self.second += 1;
        for (place, channel) in self.channels.clone().enumerate() {
            let drawn = self.draw();
            let at = units::Timestamp(self.start + n * 1_000 + (drawn % 11) as i64 - 5);
            let walk = &mut self.walks[place];
            *walk = (*walk + (drawn >> 8 & 1) as i64 - (drawn >> 9 & 1) as i64).clamp(-300, 300);
            // A triangle of an hour and a half, noise of one or two steps.
            let wave = ((n + channel * 97) % 5_400 - 2_700).abs() / 27;
            let noise = (drawn >> 16 & 1) as i64 + (drawn >> 17 & 1) as i64;
            let hundredths = 400 + wave + *walk + noise;
            into.push(domain::Reading {
                channel: units::ChannelId(channel),
                at,
                arrived_at: at,
                sequence: n * self.all + channel,
                value: Some(units::Milli(hundredths * 10)),
                quality: domain::Quality::Good,
            });
        }
    }
}
