//! Every list of the console as a file.

use crate::dispatch::Serve;
use crate::failure::Result;
use crate::open::App;
use crate::tables;
use base64::Engine;
use contract::{ExportTable, FileReply, ListTables, TableFormat, TableRow};
use domain::Actor;

/// The longest name of a list in a file's name, in characters.
const NAME_MAX: usize = 60;

impl Serve<ListTables> for App {
    async fn serve(&self, _: ListTables, _: &Actor) -> Result<Vec<TableRow>> {
        Ok(tables::all(&self.settings().currency))
    }
}

impl Serve<ExportTable> for App {
    async fn serve(&self, call: ExportTable, by: &Actor) -> Result<FileReply> {
        let (ending, media) = match call.format {
            TableFormat::Csv => ("csv", "text/csv"),
            TableFormat::Xlsx => {
                ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            }
            TableFormat::Json => ("json", "application/json"),
        };
        let title = if call.title.trim().is_empty() { call.table.trim() } else { call.title.trim() };
        let safe: String = title
            .chars()
            .map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' })
            .take(NAME_MAX)
            .collect();
        let name = format!("{safe}-{}.{ending}", self.0.today());
        let bytes = tables::write(self, call, by).await?;
        let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
        Ok(FileReply { name, media: media.to_owned(), base64 })
    }
}
