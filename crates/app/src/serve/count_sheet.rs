//! The sheet that people count on.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::report;
use crate::limits;
use crate::open::App;
use base64::Engine;
use contract::{FileReply, Language, MakeCountSheet};
use domain::Actor;
use domain::count::CountState;
use reports::{CountSheet, CountSheetLine};
use store::CountQuery;

impl Serve<MakeCountSheet> for App {
    async fn serve(&self, call: MakeCountSheet, by: &Actor) -> Result<FileReply> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let plan = records.count_plan(call.plan)?;
            let mut lines = Vec::new();
            // By bin: what is to be counted again stands beside what was never counted.
            for state in [CountState::Open, CountState::Recount] {
                let mut offset = 0;
                loop {
                    let limit = limits::LIST_ROWS_MAX;
                    let query = CountQuery { plan: call.plan, state: Some(state), offset, limit };
                    let page = records.count_lines(&query)?;
                    let more = !page.rows.is_empty();
                    offset = offset.saturating_add(limit);
                    lines.extend(page.rows.into_iter().map(|row| CountSheetLine {
                        bin: row.bin,
                        sku: row.sku,
                        name: row.name,
                        lot: row.lot.unwrap_or_default(),
                        unit: row.unit_of_measure.unwrap_or_default(),
                        book: (!plan.blind).then_some(row.book),
                    }));
                    if !more || u64::from(offset) >= page.total {
                        break;
                    }
                }
            }
            let settings = inner.settings();
            let day = inner.today();
            let sheet = CountSheet {
                site: settings.name.clone(),
                day,
                lang: report::lang(call.language),
                zone: report::chart_zone(inner, day),
                made_at: inner.now(),
                made_by: by.name,
                demo: settings.demo,
                name: plan.name,
                blind: plan.blind,
                lines,
            };
            let bytes = reports::count_sheet(&sheet).map_err(|e| Failure::bug(e.to_string()))?;
            let end = if call.language == Language::En { "en" } else { "zh" };
            Ok(FileReply {
                name: format!("count-{}-{day}-{end}.pdf", plan.id),
                media: "application/pdf".to_owned(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}
