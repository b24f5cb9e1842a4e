//! Imports and jobs.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::jobs::job_row;
use crate::limits;
use crate::open::App;
use base64::Engine;
use contract::*;
use domain::Actor;

impl Serve<StageFile> for App {
    async fn serve(&self, call: StageFile, _: &Actor) -> Result<StagedFile> {
        self.blocking(move |inner| {
            let piece = base64::engine::general_purpose::STANDARD.decode(&call.base64).map_err(|e| {
                Failure::bad_input(format!("hand over {}: the piece is not base64: {e}", call.name))
            })?;
            inner.staging.take(call.token.as_deref(), &call.name, &piece, call.last)
        })
        .await
    }
}

impl Serve<PreviewImport> for App {
    async fn serve(&self, call: PreviewImport, _: &Actor) -> Result<ImportPreview> {
        self.preview_import(call).await
    }
}

impl Serve<StartImport> for App {
    async fn serve(&self, call: StartImport, by: &Actor) -> Result<JobId> {
        self.start_import(call, by).await
    }
}

impl Serve<ListImports> for App {
    async fn serve(&self, call: ListImports, _: &Actor) -> Result<Vec<ImportRow>> {
        self.blocking(move |inner| {
            let records = inner.store.records.imports(call.limit.min(limits::WHOLE_ROWS_MAX))?;
            Ok(records
                .into_iter()
                .map(|record| ImportRow {
                    id: record.id,
                    kind: format!("{:?}", record.kind),
                    file: record.file_name,
                    sha256: record.sha256,
                    at: record.at,
                    actor: record.by,
                    stored: record.added,
                    rejected: record.rejected,
                    duplicates: record.duplicates,
                    corrected: record.corrected,
                    quantity: record.quantity,
                    undone: record.undone,
                })
                .collect())
        })
        .await
    }
}

impl Serve<RejectedRows> for App {
    async fn serve(&self, call: RejectedRows, _: &Actor) -> Result<TextFile> {
        self.blocking(move |inner| crate::flows::import::rejected_rows(inner, &call.name)).await
    }
}

impl Serve<UndoImport> for App {
    async fn serve(&self, call: UndoImport, by: &Actor) -> Result<ImportUndone> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let undo = if call.dry_run {
                records.import_undo_preview(call.id)?
            } else {
                records.undo_import(&inner.act(&by), call.id, call.narrow)?
            };
            if !call.dry_run {
                for topic in [Topic::Imports, Topic::Audit, Topic::Stock, Topic::Forecasts, Topic::Fleet] {
                    inner.bus.changed(topic);
                }
            }
            let narrowed = undo.dependents().next().is_some();
            Ok(ImportUndone {
                import: undo.import,
                dry_run: call.dry_run,
                movements: undo.movements,
                order_lines: undo.order_lines,
                restored: undo.restored,
                narrowed,
                kept: undo
                    .kept
                    .into_iter()
                    .take(limits::FINDINGS_SHOWN_MAX)
                    .map(|kept| ImportKept {
                        because: kept.because.word().to_owned(),
                        table: kept.table.to_owned(),
                        subject: kept.subject,
                        by: kept.by,
                    })
                    .collect(),
            })
        })
        .await
    }
}

impl Serve<ListJobs> for App {
    async fn serve(&self, call: ListJobs, _: &Actor) -> Result<Vec<JobRow>> {
        self.blocking(move |inner| {
            let jobs = inner.store.records.jobs(call.limit.min(limits::LIST_ROWS_MAX))?;
            jobs.into_iter().map(|job| job_row(inner, job)).collect()
        })
        .await
    }
}

impl Serve<GetJob> for App {
    async fn serve(&self, call: GetJob, _: &Actor) -> Result<JobRow> {
        self.blocking(move |inner| job_row(inner, inner.store.records.job(call.id)?)).await
    }
}

impl Serve<CancelJob> for App {
    async fn serve(&self, call: CancelJob, _: &Actor) -> Result<Done> {
        if self.0.jobs.stop(call.id) { Ok(Done) } else { Err(Failure::not_found("running job", call.id)) }
    }
}
