//! Rows to the groups a page shows them in.

use contract::{AlarmRow, DecisionRow, DecisionSubject, Due, ProposalRow};
use std::collections::BTreeMap;
use units::{Money, ProposalId, Timestamp};

/// Decisions by when they are due; the order within a group is the host's: by cost of waiting. Empty groups are left out.
pub fn by_due(rows: &[DecisionRow]) -> Vec<(Due, Vec<&DecisionRow>)> {
    [Due::Hour, Due::Today, Due::Week]
        .into_iter()
        .map(|due| (due, rows.iter().filter(|r| r.due == due).collect::<Vec<_>>()))
        .filter(|(_, rows)| !rows.is_empty())
        .collect()
}

/// The decisions in the order they are shown in.
pub fn shown(rows: &[DecisionRow]) -> Vec<&DecisionRow> {
    by_due(rows).into_iter().flat_map(|(_, rows)| rows).collect()
}

/// Names a decision in the address: `a12` an alarm, `p7` a proposal.
pub fn decision_key(row: &DecisionRow) -> String {
    match &row.subject {
        DecisionSubject::Alarm(a) => format!("a{}", a.id),
        DecisionSubject::Proposal(p) => format!("p{}", p.id),
    }
}

/// A supplier's drafts and what they come to.
#[derive(Clone, Debug, PartialEq)]
pub struct SupplierGroup {
    /// The supplier's name; `None` where no file gave one.
    pub name: Option<String>,
    /// The rows.
    pub rows: Vec<ProposalRow>,
    /// What they cost.
    pub cost: Money,
    /// What leaving them costs.
    pub waiting: Money,
}

/// Proposals by supplier, the costliest to leave first; those without a supplier last. Within one, the earliest order
/// day first.
pub fn by_supplier(rows: &[ProposalRow]) -> Vec<SupplierGroup> {
    let mut groups: BTreeMap<Option<String>, Vec<ProposalRow>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.supplier_name.clone().filter(|n| !n.is_empty())).or_default().push(row.clone());
    }
    let mut groups: Vec<SupplierGroup> = groups
        .into_iter()
        .map(|(name, mut rows)| {
            rows.sort_by(|a, b| {
                (a.order_by, b.cost_of_waiting.0, &a.sku).cmp(&(b.order_by, a.cost_of_waiting.0, &b.sku))
            });
            let cost = rows.iter().map(|r| r.cost).sum();
            let waiting = rows.iter().map(|r| r.cost_of_waiting).sum();
            SupplierGroup { name, rows, cost, waiting }
        })
        .collect();
    groups
        .sort_by(|a, b| (a.name.is_none(), b.waiting, &a.name).cmp(&(b.name.is_none(), a.waiting, &b.name)));
    groups
}

/// What the proposals of a supplier are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The item's name.
    Name,
    /// The most first.
    Quantity,
    /// The earliest day to order by first.
    OrderBy,
    /// The dearest first.
    Cost,
    /// The costliest to leave first.
    Waiting,
    /// The first to run out first; who does not, last.
    RunsOut,
}

/// Sorts within each group; the groups stay in their order.
pub fn sort_rows(groups: &mut [SupplierGroup], by: By, reverse: bool) {
    for group in groups {
        group.rows.sort_by(|a, b| {
            let order = match by {
                By::Name => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
                By::Quantity => b.quantity.cmp(&a.quantity),
                By::OrderBy => a.order_by.cmp(&b.order_by).then(b.cost_of_waiting.cmp(&a.cost_of_waiting)),
                By::Cost => b.cost.cmp(&a.cost),
                By::Waiting => b.cost_of_waiting.cmp(&a.cost_of_waiting),
                By::RunsOut => {
                    let day = |r: &ProposalRow| r.stock_out_day.map_or(i32::MAX, |d| d.0);
                    day(a).cmp(&day(b))
                }
            };
            if reverse { order.reverse() } else { order }.then_with(|| a.sku.cmp(&b.sku))
        });
    }
}

/// A line of the grouped list.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A supplier: index into the groups.
    Head(usize),
    /// A proposal: group, row.
    Row(usize, usize),
}

/// The groups as lines, with what passes the filter.
pub fn lines(groups: &[SupplierGroup], filter: &str) -> Vec<Line> {
    let needle = filter.trim().to_lowercase();
    let mut out = Vec::new();
    for (g, group) in groups.iter().enumerate() {
        let whole =
            needle.is_empty() || group.name.as_ref().is_some_and(|n| n.to_lowercase().contains(&needle));
        let rows: Vec<usize> = (0..group.rows.len())
            .filter(|r| {
                let row = &group.rows[*r];
                whole || row.name.to_lowercase().contains(&needle) || row.sku.to_lowercase().contains(&needle)
            })
            .collect();
        if !rows.is_empty() {
            out.push(Line::Head(g));
            out.extend(rows.into_iter().map(|r| Line::Row(g, r)));
        }
    }
    out
}

/// The ids of the rows from one line to another, both included, heads left out.
pub fn between(groups: &[SupplierGroup], lines: &[Line], from: usize, to: usize) -> Vec<ProposalId> {
    let (low, high) = (from.min(to), from.max(to));
    lines
        .iter()
        .skip(low)
        .take(high - low + 1)
        .filter_map(|line| match line {
            Line::Head(_) => None,
            Line::Row(g, r) => Some(groups.get(*g)?.rows.get(*r)?.id),
        })
        .collect()
}

/// Where the choice is: on its row, or, when that row has gone, on the one that took its place.
pub fn stay<K: PartialEq>(order: &[K], key: Option<&K>, last: usize) -> Option<usize> {
    let end = order.len().checked_sub(1)?;
    Some(order.iter().position(|k| Some(k) == key).unwrap_or(last.min(end)))
}

/// Open alarms to what needs someone, and what is shelved.
pub fn split_shelved(rows: &[AlarmRow], now: Timestamp) -> (Vec<AlarmRow>, Vec<AlarmRow>) {
    rows.iter().cloned().partition(|a| a.shelved_until.is_none_or(|until| until <= now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{Day, ItemId, Permille, Quantity};

    fn row(id: i64, supplier: Option<&str>, cost: i64, waiting: i64, by: i32) -> ProposalRow {
        ProposalRow {
            id: ProposalId(id),
            item: ItemId(id),
            sku: format!("SKU-{id}"),
            name: format!("Thing {id}"),
            unit: "EA".into(),
            supplier: None,
            supplier_name: supplier.map(str::to_owned),
            quantity: Quantity::of(1),
            cost: Money(cost),
            cost_of_waiting: Money(waiting),
            order_by: Day(by),
            stock_out_day: None,
            stock_out_chance: Some(Permille(0)),
            state: "Draft".into(),
            assumed: vec![],
            decided_at: None,
            decided_by: None,
            override_by: None,
        }
    }

    fn ids(group: &SupplierGroup) -> Vec<i64> {
        group.rows.iter().map(|r| r.id.0).collect()
    }

    #[test]
    fn suppliers_by_what_waiting_costs() {
        let rows = [
            row(1, Some("A"), 100, 1, 5),
            row(2, None, 50, 900, 1),
            row(3, Some("B"), 70, 40, 3),
            row(4, Some("A"), 30, 2, 2),
            row(5, Some(""), 1, 1, 1),
        ];
        let groups = by_supplier(&rows);
        let names: Vec<_> = groups.iter().map(|g| g.name.as_deref()).collect();
        assert_eq!(names, [Some("B"), Some("A"), None]);
        assert_eq!(ids(&groups[1]), [4, 1]);
        assert_eq!(groups[1].cost, Money(130));
        assert_eq!(ids(&groups[2]), [2, 5]);
    }

    #[test]
    fn rows_are_sorted_within_their_supplier() {
        let rows = [row(1, Some("A"), 100, 1, 5), row(2, Some("A"), 300, 9, 2), row(3, Some("B"), 200, 5, 3)];
        let sorted = |by, reverse| {
            let mut groups = by_supplier(&rows);
            sort_rows(&mut groups, by, reverse);
            groups.iter().map(ids).collect::<Vec<_>>()
        };
        assert_eq!(sorted(By::Cost, false), [vec![2, 1], vec![3]]);
        assert_eq!(sorted(By::Cost, true), [vec![1, 2], vec![3]]);
        assert_eq!(sorted(By::Name, false), [vec![1, 2], vec![3]]);
        assert_eq!(sorted(By::RunsOut, false), [vec![1, 2], vec![3]], "alike: by SKU");
    }

    #[test]
    fn the_filter_keeps_heads_of_what_it_finds() {
        let groups = by_supplier(&[
            row(1, Some("A"), 1, 1, 1),
            row(2, Some("B"), 1, 2, 1),
            row(3, Some("B"), 1, 2, 2),
        ]);
        assert_eq!(
            lines(&groups, ""),
            [Line::Head(0), Line::Row(0, 0), Line::Row(0, 1), Line::Head(1), Line::Row(1, 0)]
        );
        assert_eq!(lines(&groups, "sku-3"), [Line::Head(0), Line::Row(0, 1)]);
        assert_eq!(lines(&groups, "zzz"), []);
        let all = lines(&groups, "");
        assert_eq!(between(&groups, &all, 4, 1), [ProposalId(2), ProposalId(3), ProposalId(1)]);
    }

    #[test]
    fn the_choice_stays_where_it_was() {
        assert_eq!(stay(&["a", "b", "c"], Some(&"c"), 0), Some(2));
        assert_eq!(stay(&["a", "c"], Some(&"b"), 1), Some(1), "the next one moves up");
        assert_eq!(stay(&["a"], Some(&"b"), 1), Some(0));
        assert_eq!(stay::<&str>(&[], None, 0), None);
    }

    #[test]
    fn decisions_keep_their_order_in_a_group() {
        let decide = |id, due| DecisionRow {
            due,
            priority: "low".into(),
            cost_of_waiting: None,
            subject: DecisionSubject::Proposal(row(id, None, 1, 1, 1)),
        };
        let rows = [decide(1, Due::Week), decide(2, Due::Hour), decide(3, Due::Week)];
        let groups = by_due(&rows);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[1].1.iter().map(|r| decision_key(r)).collect::<Vec<_>>(), ["p1", "p3"]);
    }
}
