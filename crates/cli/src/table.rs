//! `qm table`: any list of the console as a file.

use crate::SiteArgs;
use crate::out::{json, say, table};
use crate::report::write_file;
use crate::session::{Outcome, on_site};
use base64::Engine;
use contract::{ExportTable, ListTables, TableColumn, TableFormat};
use std::io::Write;
use std::path::PathBuf;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Which list; without it all are listed with their columns.
    name: Option<String>,
    /// How it is written.
    #[arg(long, default_value = "csv")]
    format: Form,
    /// Columns in order, with commas between; without it all.
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    columns: Vec<String>,
    /// The body of the list's own call, which filters and sorts, as `qm call` takes it; its page does not count.
    #[arg(long, value_name = "JSON", default_value = "")]
    query: String,
    /// The folder that the file goes to; `-` is standard output.
    #[arg(long, default_value = ".")]
    out: PathBuf,
    /// Print the list of lists as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// Text in columns.
    Csv,
    /// A workbook.
    Xlsx,
    /// A list of objects.
    Json,
}

/// Writes it.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    on_site(site, async |session| {
        let Some(name) = &args.name else {
            let all = session.call(ListTables {}).await?;
            if args.json {
                json(&all)?;
                return Ok(());
            }
            let rows: Vec<Vec<String>> = all
                .into_iter()
                .map(|one| {
                    let keys: Vec<String> = one.columns.into_iter().map(|column| column.key).collect();
                    vec![one.name, one.call, keys.join(" ")]
                })
                .collect();
            table(&["table", "call", "columns"], &rows);
            return Ok(());
        };
        let column = |key: &String| TableColumn { key: key.trim().to_owned(), ..TableColumn::default() };
        let file = session
            .call(ExportTable {
                table: name.clone(),
                query: args.query.clone(),
                columns: args.columns.iter().map(column).collect(),
                format: match args.format {
                    Form::Csv => TableFormat::Csv,
                    Form::Xlsx => TableFormat::Xlsx,
                    Form::Json => TableFormat::Json,
                },
                ..ExportTable::default()
            })
            .await?;
        if args.out.as_os_str() == "-" {
            let bytes = base64::engine::general_purpose::STANDARD.decode(&file.base64)?;
            // A reader that went away is no failure.
            let _ = std::io::stdout().lock().write_all(&bytes);
        } else {
            say(write_file(&args.out, &file)?.display().to_string());
        }
        Ok(())
    })
    .await
}
