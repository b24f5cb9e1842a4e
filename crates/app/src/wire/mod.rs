//! Entities to rows of the contract, one file a screen.

pub mod alarms;
pub mod counts;
pub mod demand;
pub mod devices;
pub mod environment;
pub mod fleet;
pub mod ledger;
pub mod papers;
pub mod replenish;
pub mod scan;
pub mod scanflow;
pub mod shown;
pub mod stock;

use contract::FindingRow;
use domain::{Finding, Priority};

/// A finding as a row.
pub(crate) fn finding(finding: &Finding) -> FindingRow {
    FindingRow {
        code: format!("{:?}", finding.code),
        severity: format!("{:?}", finding.severity),
        line: finding.line,
        subject: finding.subject.clone(),
        detail: finding.detail.clone(),
    }
}

/// Findings counted by code, the commonest first.
pub(crate) fn counts<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<(String, u64)> {
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for finding in findings {
        *counts.entry(format!("{:?}", finding.code)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The word of a priority.
pub(crate) fn priority(priority: Priority) -> String {
    match priority {
        Priority::Critical => "critical",
        Priority::High => "high",
        Priority::Medium => "medium",
        Priority::Low => "low",
    }
    .to_owned()
}

/// The priority of a word.
pub(crate) fn priority_of(word: &str) -> crate::Result<Priority> {
    [Priority::Critical, Priority::High, Priority::Medium, Priority::Low]
        .into_iter()
        .find(|one| priority(*one) == word)
        .ok_or_else(|| {
            crate::Failure::bad_input(format!(
                "there is no priority {word}; use critical, high, medium or low"
            ))
        })
}

/// A number of units of demand as a quantity.
pub(crate) fn quantity(units: f64) -> units::Quantity {
    units::Quantity::from_f64(units)
}

/// A score in thousandths; what can't be scored is shown as the largest.
pub(crate) fn thousandths(score: f64) -> i64 {
    if score.is_finite() { (score * 1000.0).round() as i64 } else { 999_999 }
}
