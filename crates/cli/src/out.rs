//! Text on standard output. A reader that went away (`qm … | head`) is no failure.

use std::fmt::Write as _;
use std::io::Write as _;

/// One line.
pub fn say(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = out
        .write_all(text.as_ref().as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
}

/// A value as JSON.
pub fn json<T: serde::Serialize>(value: &T) -> Result<(), serde_json::Error> {
    say(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Rows under headings, in columns as wide as needed; columns whose heading begins with `>` are set right.
pub fn table(headings: &[&str], rows: &[Vec<String>]) {
    let width_of = |text: &str| text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum::<usize>();
    let bare: Vec<&str> = headings.iter().map(|heading| heading.trim_start_matches('>')).collect();
    let widths: Vec<usize> = (0..bare.len())
        .map(|at| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|text| width_of(text))
                .chain([width_of(bare[at])])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: &[&str]| {
        let mut text = String::new();
        for (at, cell) in cells.iter().enumerate().take(widths.len()) {
            let pad = " ".repeat(widths[at].saturating_sub(width_of(cell)));
            // Writing to a String does not fail.
            let _ = if headings[at].starts_with('>') {
                write!(text, "{pad}{cell}  ")
            } else {
                write!(text, "{cell}{pad}  ")
            };
        }
        text.trim_end().to_owned()
    };
    say(line(&bare));
    for row in rows {
        say(line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    }
}

/// A count with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How far long work is, rewritten in place on standard error where a person looks.
pub fn progress(what: &str, done: u64, total: u64) {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() {
        let share = done
            .saturating_mul(100)
            .checked_div(total)
            .map_or_else(|| count(done), |share| format!("{share} %"));
        eprint!("\r\x1b[K{what}: {share}");
    }
}

/// Ends the line of [`progress`].
pub fn progress_done() {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 926_483].map(super::count), ["0", "999", "1,000", "926,483"]);
    }
}
