//! `qm count`: cycle counts from a terminal, and those that were written on paper and typed into a spreadsheet.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, Session, on_site};
use contract::{
    ApproveCounts, CountEntry, CountLineRow, CountOutcome, EnterCounts, Language, ListCountLines, ListCounts,
    MakeCountSheet, PlanCount, RejectCounts,
};
use std::path::PathBuf;
use units::{CountLineId, CountPlanId, Money, Quantity};

/// Lines of one question.
const PAGE: u32 = 1_000;

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Make a plan of what to count: doubts first, then never counted or overdue, the most valuable first.
    Plan(PlanArgs),
    /// List the plans and how far they are.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List a plan's lines by bin, or write them as a sheet to count with.
    Lines {
        /// The plan's number.
        plan: i64,
        /// Only open, recount, counted, booked or rejected lines.
        #[arg(long, default_value = "")]
        state: String,
        /// Write CSV with an empty column for what is found; `qm count enter --file` reads it back.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write what still waits to be counted as a sheet on paper, a PDF; that of a blind plan says no quantity.
    Sheet {
        /// The plan's number.
        plan: i64,
        /// In Chinese.
        #[arg(long)]
        chinese: bool,
        /// The folder that the file goes to.
        #[arg(long, default_value = ".")]
        out: PathBuf,
    },
    /// Take a count of a line, or many from a file.
    Enter(EnterArgs),
    /// Book the differences of counted lines.
    Approve {
        /// The lines' numbers.
        #[arg(required_unless_present = "plan")]
        lines: Vec<i64>,
        /// All of this plan that are within its tolerance.
        #[arg(long, conflicts_with = "lines")]
        plan: Option<i64>,
        /// Why the ledger was wrong: counted, missing, found, damaged, …
        #[arg(long, default_value = "counted")]
        reason: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Do not believe counts: nothing of them is booked.
    Reject {
        /// The lines' numbers.
        #[arg(required = true)]
        lines: Vec<i64>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// The rules of a plan.
#[derive(Clone, Debug, clap::Args)]
pub struct PlanArgs {
    /// Its name; without one the day's.
    #[arg(long, default_value = "")]
    name: String,
    /// Days between two counts of items of class A, B and C; 0 leaves a class out.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', num_args = 1, default_values_t = [30, 90, 180])]
    days: Vec<u16>,
    /// Do not put what is in doubt first.
    #[arg(long)]
    no_doubts: bool,
    /// Only places with at least this value in them, doubts apart.
    #[arg(long, default_value = "0", value_parser = money)]
    value: Money,
    /// Lines at most.
    #[arg(long, default_value_t = 200)]
    lines: u32,
    /// Show the ledger to who counts.
    #[arg(long)]
    open: bool,
    /// A difference up to this share, in percent, needs no second count.
    #[arg(long, value_name = "PERCENT", default_value = "2", value_parser = permille)]
    tolerance: u16,
    /// And up to this value.
    #[arg(long, value_name = "AMOUNT", default_value = "100", value_parser = money)]
    tolerance_value: Money,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was counted.
#[derive(Clone, Debug, clap::Args)]
pub struct EnterArgs {
    /// The line's number.
    #[arg(required_unless_present = "file", requires = "quantity")]
    line: Option<i64>,
    /// What is there.
    #[arg(value_parser = quantity)]
    quantity: Option<Quantity>,
    /// CSV of line and quantity, or the sheet of `qm count lines --csv` with its last column filled in.
    #[arg(long, value_name = "FILE", conflicts_with = "line")]
    file: Option<PathBuf>,
    /// Who counted, where it is not you.
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn money(text: &str) -> Result<Money, String> {
    Money::parse(text).filter(|m| m.0 >= 0).ok_or_else(|| format!("{text} is no amount; write it like 12.50"))
}

fn quantity(text: &str) -> Result<Quantity, String> {
    Quantity::parse(text).ok_or_else(|| format!("{text} is no quantity; write it like 12 or 0.5"))
}

fn permille(text: &str) -> Result<u16, String> {
    let thousandths = units::Milli::parse(text).map(|m| m.0).filter(|m| (0..=100_000).contains(m));
    let permille = thousandths.and_then(|m| u16::try_from(m / 100).ok());
    permille.ok_or_else(|| format!("{text} is no percentage; write it like 2 or 2.5"))
}

/// Does it.
pub async fn run(site: &SiteArgs, command: Command) -> Outcome<()> {
    match command {
        Command::Plan(args) => plan(site, args).await,
        Command::List { json } => list(site, json).await,
        Command::Lines { plan, state, csv, json } => lines(site, CountPlanId(plan), state, csv, json).await,
        Command::Sheet { plan, chinese, out } => {
            on_site(site, async |session| {
                let language = if chinese { Language::ZhHans } else { Language::En };
                let file = session.call(MakeCountSheet { plan: CountPlanId(plan), language }).await?;
                say(crate::report::write_file(&out, &file)?.display().to_string());
                Ok(())
            })
            .await
        }
        Command::Enter(args) => enter(site, args).await,
        Command::Approve { lines, plan, reason, json } => {
            on_site(site, async |session| {
                let lines = match plan {
                    Some(plan) => {
                        let counted = all_lines(session, CountPlanId(plan), "counted").await?;
                        counted.iter().filter(|row| row.within).map(|row| row.id).collect()
                    }
                    None => lines.iter().map(|id| CountLineId(*id)).collect::<Vec<_>>(),
                };
                let mut answers = Vec::with_capacity(lines.len());
                for part in lines.chunks(PAGE as usize) {
                    let call = ApproveCounts { lines: part.to_vec(), reason: reason.clone() };
                    answers.extend(session.call(call).await?);
                }
                tell(&answers, json)
            })
            .await
        }
        Command::Reject { lines, json } => {
            on_site(site, async |session| {
                let lines = lines.iter().map(|id| CountLineId(*id)).collect();
                tell(&session.call(RejectCounts { lines }).await?, json)
            })
            .await
        }
    }
}

async fn plan(site: &SiteArgs, args: PlanArgs) -> Outcome<()> {
    let [a, b, c] = args.days[..] else {
        return Err("--days takes three numbers, for A, B and C: --days 30,90,180".into());
    };
    on_site(site, async |session| {
        let call = PlanCount {
            name: args.name.clone(),
            every_days: [a, b, c],
            doubts: !args.no_doubts,
            value_min: args.value,
            lines_max: args.lines,
            blind: !args.open,
            tolerance_permille: args.tolerance,
            tolerance_value: args.tolerance_value,
        };
        let made = session.call(call).await?;
        if args.json {
            return Ok(out::json(&made)?);
        }
        say(format!("Plan {} with {} lines.", made.id, count(made.lines)));
        if made.elsewhere > 0 {
            say(format!("{} places wait in another plan and were left out.", count(made.elsewhere)));
        }
        Ok(())
    })
    .await
}

async fn list(site: &SiteArgs, json: bool) -> Outcome<()> {
    on_site(site, async |session| {
        let plans = session.call(ListCounts { limit: PAGE }).await?;
        if json {
            return Ok(out::json(&plans)?);
        }
        let rows: Vec<Vec<String>> = plans
            .iter()
            .map(|one| {
                let mut row = vec![one.id.to_string(), one.name.clone()];
                row.extend(
                    [one.open, one.recount, one.counted, one.booked, one.rejected].map(|n| n.to_string()),
                );
                row.extend([one.variance.to_string(), one.by.clone()]);
                row
            })
            .collect();
        let heads =
            [">Plan", "Name", ">Open", ">Recount", ">Counted", ">Booked", ">Rejected", ">Differences", "By"];
        table(&heads, &rows);
        Ok(())
    })
    .await
}

async fn all_lines(session: &Session, plan: CountPlanId, state: &str) -> Outcome<Vec<CountLineRow>> {
    let mut rows = Vec::new();
    loop {
        let offset = u32::try_from(rows.len())?;
        let page =
            session.call(ListCountLines { plan, state: state.to_owned(), offset, limit: PAGE }).await?;
        if page.rows.is_empty() {
            return Ok(rows);
        }
        rows.extend(page.rows);
    }
}

async fn lines(site: &SiteArgs, plan: CountPlanId, state: String, csv: bool, json: bool) -> Outcome<()> {
    on_site(site, async |session| {
        let rows = all_lines(session, plan, &state).await?;
        if json {
            return Ok(out::json(&rows)?);
        }
        if csv {
            say("line,bin,sku,name,lot,unit,quantity");
            for row in &rows {
                let texts =
                    [&row.bin, &row.sku, &row.name, row.lot.as_ref().unwrap_or(&String::new()), &row.unit]
                        .map(|text| csv_cell(text));
                say(format!("{},{},", row.id, texts.join(",")));
            }
            return Ok(());
        }
        let known = |q: Option<Quantity>| q.map_or_else(|| "—".to_owned(), |q| q.to_string());
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| {
                vec![
                    row.id.to_string(),
                    row.bin,
                    row.sku,
                    row.lot.unwrap_or_default(),
                    row.reason,
                    row.state,
                    known(row.book),
                    known(row.tallies.last().map(|tally| tally.quantity)),
                    known(row.variance),
                    row.variance_value.map_or_else(String::new, |value| value.to_string()),
                ]
            })
            .collect();
        let heads =
            [">Line", "Bin", "SKU", "Lot", "Why", "State", ">Ledger", ">Counted", ">Difference", ">Value"];
        table(&heads, &rows);
        Ok(())
    })
    .await
}

/// A cell of a sheet; what a spreadsheet would run gets an apostrophe.
fn csv_cell(text: &str) -> String {
    let text = if text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The cells of a row of a sheet.
fn cells(row: &str, delimiter: char) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut signs = row.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            _ if sign == delimiter && !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(sign),
        }
    }
    cells.push(cell);
    cells
}

/// A quantity as a spreadsheet writes it; a decimal comma is read, one that may as well stand between thousands is not.
fn typed(text: &str) -> Option<Quantity> {
    match text.split_once(',') {
        Some((_, behind)) if behind.len() == 3 || text.contains('.') => None,
        Some((whole, behind)) => Quantity::parse(&format!("{whole}.{behind}")),
        None => Quantity::parse(text),
    }
}

/// Line and quantity of each row: the first column and the last. A first row without a number is a heading; a row whose last cell is
/// empty was not counted. Every row that can't be read is told at once.
fn entries(text: &str) -> Result<Vec<CountEntry>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let delimiter = ['\t', ';'].into_iter().find(|sign| first.contains(*sign)).unwrap_or(',');
    let width = cells(first, delimiter).len();
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (at, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let cells = cells(row, delimiter);
        let (line, quantity) = (cells[0].trim(), cells.last().map_or("", |cell| cell.trim()));
        let Ok(id) = line.parse::<i64>() else {
            if at > 0 {
                faults.push(format!("row {}: {line} is no line's number", at + 1));
            }
            continue;
        };
        if cells.len() != width || width < 2 {
            faults.push(format!(
                "row {}: {} columns instead of {width}; put quotes around commas",
                at + 1,
                cells.len()
            ));
            continue;
        }
        if quantity.is_empty() {
            continue;
        }
        match typed(quantity) {
            Some(quantity) => entries.push(CountEntry { line: CountLineId(id), quantity }),
            None => {
                faults.push(format!("row {}: {quantity} is no quantity; write it like 1240 or 0.5", at + 1))
            }
        }
    }
    match faults.is_empty() {
        true => Ok(entries),
        false => Err(faults.join("\n")),
    }
}

async fn enter(site: &SiteArgs, args: EnterArgs) -> Outcome<()> {
    let entries = match (&args.file, args.line, args.quantity) {
        (Some(file), ..) => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| format!("read {}: {e}; save it as CSV in UTF-8", file.display()))?;
            entries(&text).map_err(|e| format!("{}: nothing was taken\n{e}", file.display()))?
        }
        (None, Some(line), Some(quantity)) => vec![CountEntry { line: CountLineId(line), quantity }],
        _ => return Err("say which line and how many are there, or --file".into()),
    };
    on_site(site, async |session| {
        let mut answers = Vec::with_capacity(entries.len());
        for part in entries.chunks(PAGE as usize) {
            answers.extend(session.call(EnterCounts { by: args.by.clone(), entries: part.to_vec() }).await?);
        }
        tell(&answers, args.json)
    })
    .await
}

/// What became of lines: a sum by state, and each that was refused. Fails where any was.
fn tell(answers: &[CountOutcome], json: bool) -> Outcome<()> {
    if json {
        out::json(&answers)?;
    } else {
        for state in ["counted", "recount", "booked", "rejected"] {
            let many = answers.iter().filter(|one| one.state.as_deref() == Some(state)).count();
            if many > 0 {
                let next = match state {
                    "counted" => "counted, to be approved",
                    "recount" => "to be counted again by another person",
                    other => other,
                };
                say(format!("{} {next}", count(many as u64)));
            }
        }
    }
    let refused: Vec<String> = answers
        .iter()
        .filter_map(|one| one.message.as_ref().map(|message| format!("line {}: {message}", one.line)))
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(refused.join("\n").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_comes_back_as_counts() {
        let read = |text: &str| {
            entries(text)
                .map(|all| all.into_iter().map(|one| (one.line.0, one.quantity.0)).collect::<Vec<_>>())
        };
        assert_eq!(read("1,5\n2,0.5\n"), Ok(vec![(1, 5_000), (2, 500)]));
        let sheet = "\u{feff}line,bin,sku,name,lot,unit,quantity\r\n7,A-1,S1,\"Milk, 1 l\",,pcs,12\r\n8,A-2,S2,x,,pcs,\r\n";
        assert_eq!(read(sheet), Ok(vec![(7, 12_000)]));
        assert_eq!(read("Zeile;Menge\n3;1,5\n"), Ok(vec![(3, 1_500)]));
        assert_eq!(read(""), Ok(vec![]));
        for doubtful in ["1;1,240", "1;1.240,5", "1;2\n2;3;4", "1,2\n3,1,5"] {
            assert!(read(doubtful).is_err(), "{doubtful}");
        }
        let fault = read("1,5\nx,2\n3,many\n").expect_err("two bad rows");
        assert_eq!(fault.lines().count(), 2, "{fault}");
    }

    #[test]
    fn a_cell_is_safe_and_comes_back() {
        for text in ["plain", "a,b", "say \"x\"", "a;b"] {
            assert_eq!(cells(&csv_cell(text), ','), [text]);
        }
        assert_eq!(csv_cell("=1+1"), "'=1+1");
    }
}
