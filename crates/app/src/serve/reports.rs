//! Reports.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::report;
use crate::open::App;
use base64::Engine;
use contract::*;
use domain::Actor;

impl Serve<MakeDailyReport> for App {
    async fn serve(&self, call: MakeDailyReport, by: &Actor) -> Result<ReportSet> {
        let by = by.clone();
        self.blocking(move |inner| {
            let set = report::make(inner, &by, call.day, call.language)?;
            inner.bus.changed(Topic::Reports);
            inner.bus.changed(Topic::Audit);
            Ok(set)
        })
        .await
    }
}

impl Serve<ListReports> for App {
    async fn serve(&self, call: ListReports, _: &Actor) -> Result<Vec<ReportSet>> {
        self.blocking(move |inner| report::list(inner, call.limit)).await
    }
}

impl Serve<ReadReportFile> for App {
    async fn serve(&self, call: ReadReportFile, _: &Actor) -> Result<FileReply> {
        self.blocking(move |inner| {
            let known = report::list(inner, u32::MAX)?
                .into_iter()
                .flat_map(|set| set.files)
                .any(|file| file.name == call.name);
            if !known {
                return Err(Failure::not_found("report file", &call.name));
            }
            let path = report::folder(inner).join(&call.name);
            let bytes = std::fs::read(&path).map_err(|e| {
                Failure::new(Code::Storage, format!("read {}: {e}; make the report again", path.display()))
            })?;
            let media = match call.name.rsplit('.').next() {
                Some("pdf") => "application/pdf",
                Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                _ => "text/csv",
            };
            Ok(FileReply {
                name: call.name,
                media: media.to_owned(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}
