//! Writes the seeds that our own encoders make into the corpus: `cargo run -p fuzz --example seeds`.
//!
//! Series as sensors make them, each as a piece of every kind the store keeps, short (kept as it is, where a fuzzer can reach
//! every byte) and long (compressed). Pieces of earlier programs stay in the corpus under
//! other names: `tests/it/main.rs` asks that they are understood for ever. Draws nothing at random.

use std::fs;
use std::path::{Path, PathBuf};
use store::chunk::{Point, pieces};

const START: i64 = 1_795_000_000_000;

/// The same numbers at every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % bound).unwrap_or(0)
    }
}

fn good(at: i64, sequence: i64, value: i64) -> Point {
    Point { at, sequence, after: 0, value: Some(value), quality: 0 }
}

/// A name and the readings of one channel, in order of their keys.
fn series(count: i64) -> Vec<(&'static str, Vec<Point>)> {
    let mut draw = Draw(7);
    let each = |make: &mut dyn FnMut(i64) -> Point| (0..count).map(make).collect::<Vec<Point>>();
    let mut all = vec![
        ("constant", each(&mut |n| good(START + n * 1_000, n, 4_000))),
        ("tenths", each(&mut |n| good(START + n * 5_000, n * 200, 4_000 + n / 9 % 7 * 100))),
        ("counter", each(&mut |n| good(START + n * 900_000, n, 81_723_000 + n * n * 10))),
    ];
    all.push((
        "jitter",
        each(&mut |n| good(START + n * 1_000 + draw.below(11), n, -18_400 + draw.below(30) * 10)),
    ));
    // A device that was off, came back late with what it had kept, and lost count.
    let mut at = START;
    all.push((
        "gaps",
        each(&mut |n| {
            at += if n % 13 == 12 { 3_600_000 + draw.below(1_000) } else { 10_000 };
            let after = if n % 13 == 12 { 86_400_000 } else { draw.below(400) };
            Point { after, ..good(at, n % 64, 20_000 + draw.below(500)) }
        }),
    ));
    all.push((
        "marks",
        each(&mut |n| Point {
            value: (n % 5 != 3).then_some(2_000 + draw.below(9)),
            quality: u8::try_from(n % 7).unwrap_or(0),
            ..good(START + n * 60_000, 0, 0)
        }),
    ));
    let ends = [i64::MIN, i64::MAX, 0, -1, 1, i64::MIN / 3, i64::MAX / 3];
    all.push((
        "huge",
        each(&mut |n| {
            let value = ends[usize::try_from(n).unwrap_or(0) % ends.len()];
            Point { after: value, quality: 255, ..good(START + n, value, value) }
        }),
    ));
    // Several readings of one instant.
    all.push(("copies", each(&mut |n| good(START + n / 4 * 1_000, n % 4, n % 4 * 1_000 - 2_000))));
    all.push(("noise", each(&mut |n| good(START + n * 20, n, draw.below(1 << 31) - (1 << 30)))));
    for (_, points) in &mut all {
        points.sort_by_key(Point::key);
    }
    all
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap_or_else(|e| panic!("write {}: {e}", path.display()));
}

fn main() {
    let corpus: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (length, count) in [("short", 9), ("long", 150)] {
        for (name, points) in series(count) {
            let kinds = ["readings", "sums", "commit"];
            for (kind, piece) in kinds.into_iter().zip(pieces(&points)) {
                write(&corpus.join("chunk").join(format!("piece-{kind}-{name}-{length}.bin")), &piece);
            }
        }
    }
}
