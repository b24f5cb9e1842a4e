//! A recall, or its exercise: a trace that is timed, added up and kept as a report.

use super::ledger;
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::report;
use crate::open::{App, Inner};
use contract::{
    Code, Language, MakeRecall, RecallReply, SideRow, Topic, TraceBy, TraceLine, TraceReply, TracedLotRow,
};
use domain::Actor;
use reports::{RecallLine, RecallReport, RecallWhat, RecalledLot};
use units::Quantity;

impl Serve<MakeRecall> for App {
    async fn serve(&self, call: MakeRecall, by: &Actor) -> Result<RecallReply> {
        let by = by.clone();
        self.blocking(move |inner| {
            let asked_at = call.asked_at.map_or_else(|| inner.now(), |at| at.min(inner.now()));
            let found = ledger::trace(inner, call.by, &call.code)?;
            if found.lots.is_empty() {
                return Err(Failure::new(
                    Code::NotFound,
                    format!(
                        "nothing here is known of {}; check the code, or trace by something else",
                        call.code.trim()
                    ),
                ));
            }
            let report = gather(inner, &by, &call, asked_at, &found);
            let bytes = reports::recall_pdf(&report).map_err(|e| Failure::bug(e.to_string()))?;
            let end = if call.language == Language::En { "en" } else { "zh" };
            let safe: String = call
                .code
                .trim()
                .chars()
                .map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' })
                .take(40)
                .collect();
            let file = format!("recall-{safe}-{}-{end}.pdf", report.made_at.0 / 1_000);
            report::keep(inner, &by, "recall", report.day, vec![(file.clone(), bytes)])?;
            inner.bus.changed(Topic::Reports);
            inner.bus.changed(Topic::Audit);
            let sum = |of: fn(&RecalledLot) -> Quantity| report.lots.iter().map(of).sum::<Quantity>();
            Ok(RecallReply {
                file,
                exercise: report.span.1 - report.span.0,
                took_ms: found.took_ms,
                lots: report.lots.len() as u64,
                came: sum(|lot| lot.came),
                here: sum(|lot| lot.here),
                told: sum(|lot| lot.told),
                lost: sum(|lot| lot.lost),
                parties: report.parties() as u64,
                found: report.found(),
                without_lot: found.without_lot,
            })
        })
        .await
    }
}

fn gather(
    inner: &Inner,
    by: &Actor,
    call: &MakeRecall,
    asked_at: units::Timestamp,
    found: &TraceReply,
) -> RecallReport {
    let settings = inner.settings();
    let day = inner.today();
    let pick = |en: &'static str, zh: &'static str| report::lang(call.language).pick(en, zh);
    let what = match call.by {
        TraceBy::Lot => pick("lot", "批次"),
        TraceBy::Sku => pick("item", "物料"),
        TraceBy::Source => pick("paper", "单据"),
        TraceBy::Party => pick("customer or supplier", "客户或供应商"),
    };
    RecallReport {
        site: settings.name.clone(),
        day,
        lang: report::lang(call.language),
        zone: report::chart_zone(inner, day),
        made_at: inner.now(),
        made_by: by.name.clone(),
        demo: settings.demo,
        subject: format!("{what} {}", call.code.trim()),
        span: (asked_at, inner.now()),
        took_ms: found.took_ms,
        lots: found.lots.iter().map(|lot| recalled(lot, call.language)).collect(),
        without_lot: found.without_lot,
    }
}

fn recalled(lot: &TracedLotRow, language: Language) -> RecalledLot {
    // Whoever has it can be asked for it back: a name, or a paper that has one.
    let known = |line: &&TraceLine| line.party.is_some() || line.source.is_some();
    let went = lot.lines.iter().filter(|line| line.what == "went");
    let told: Quantity = went.filter(known).map(|line| line.quantity).sum();
    RecalledLot {
        sku: lot.sku.clone(),
        name: lot.name.clone(),
        lot: lot.lot_code.clone(),
        expiry: lot.expiry,
        came: lot.came,
        here: lot.here,
        told,
        // What neither lies here nor went to anybody, and what came from nowhere.
        lost: Quantity((lot.came.0 - lot.here.0 - told.0).max(0)),
        lines: lot.lines.iter().map(|line| recall_line(line, language)).collect(),
    }
}

fn recall_line(line: &TraceLine, language: Language) -> RecallLine {
    RecallLine {
        what: match line.what.as_str() {
            "came" => RecallWhat::Came,
            "lies" => RecallWhat::Lies,
            _ => RecallWhat::Went,
        },
        day: line.day,
        place: place(&line.at, language),
        quantity: line.quantity,
        source: line.source.clone().unwrap_or_default(),
        party: line.party.clone().unwrap_or_default(),
    }
}

/// A side in words.
fn place(side: &SideRow, language: Language) -> String {
    let pick = |en: &'static str, zh: &'static str| report::lang(language).pick(en, zh).to_owned();
    let standing = match side.standing.as_str() {
        "allocated" => pick("promised", "已分配"),
        "picked" => pick("picked", "已拣货"),
        "held" => pick("held", "冻结"),
        "quarantined" => pick("in quarantine", "隔离"),
        "expired" => pick("expired", "过期"),
        _ => String::new(),
    };
    let place = match (&side.bin, side.place.as_str()) {
        (Some(bin), _) => bin.clone(),
        (None, "supplier") => pick("supplier", "供应商"),
        (None, "inbound") => pick("on its way here", "在途入库"),
        (None, "transit") => pick("on its way out", "在途出库"),
        (None, "customer") => pick("customer", "客户"),
        (None, "adjustment") => pick("adjustment", "调整"),
        (None, "loss") => pick("loss", "损耗"),
        (None, other) => other.to_owned(),
    };
    if standing.is_empty() { place } else { format!("{place} · {standing}") }
}
