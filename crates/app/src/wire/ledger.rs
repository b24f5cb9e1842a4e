//! Movements, standings and traces as rows.

use contract::{LedgerRow, SideRow, StandingRow, StockFigures, StockWorkRow, TraceLine, TracedLotRow};
use domain::stock::{DEFAULT_BIN, Figures, Movement, MovementKind, Place, Side};
use std::collections::HashMap;
use store::{LedgerLine, Standings, StockWork, TracedLot};
use units::{BinId, Day, LotId, Timestamp};

/// What names bins and lots of an item's lines.
#[derive(Default)]
pub(crate) struct Names {
    /// Codes of bins.
    pub bins: HashMap<BinId, String>,
    /// Codes of lots.
    pub lots: HashMap<LotId, String>,
}

pub(crate) fn figures(figures: &Figures) -> StockFigures {
    StockFigures {
        on_hand: figures.on_hand,
        allocated: figures.allocated,
        picked: figures.picked,
        held: figures.held,
        expired: figures.expired,
        available: figures.available,
        on_order: figures.on_order,
        projected: figures.projected(),
    }
}

pub(crate) fn side(side: Side, names: &Names) -> SideRow {
    let (place, bin) = match side.place {
        Place::Bin(bin) => ("bin", Some(names.bins.get(&bin).cloned().unwrap_or_else(|| bin.to_string()))),
        Place::Supplier => ("supplier", None),
        Place::Inbound => ("inbound", None),
        Place::Transit => ("transit", None),
        Place::Customer => ("customer", None),
        Place::Adjustment => ("adjustment", None),
        Place::Loss => ("loss", None),
    };
    SideRow { place: place.to_owned(), bin, standing: side.standing.word().to_owned() }
}

pub(crate) fn standing(one: Standings, day: Day) -> StandingRow {
    let lot = one.lot.as_ref();
    let expiry = lot.and_then(|lot| lot.expiry);
    StandingRow {
        lot: lot.map(|lot| lot.id),
        lot_code: lot.map(|lot| lot.code.clone()),
        expiry,
        expired: expiry.is_some_and(|last| last < day),
        lot_status: lot.map(|lot| lot.status.word().to_owned()),
        bin: one.bin.id,
        no_bin: one.bin.id == DEFAULT_BIN,
        bin_code: one.bin.code,
        standing: one.standing.word().to_owned(),
        quantity: one.quantity,
    }
}

/// A line of the ledger; `day_of` says on which of the site's days something was booked.
pub(crate) fn line(line: LedgerLine, names: &Names, day_of: impl Fn(Timestamp) -> Day) -> LedgerRow {
    let LedgerLine { movement, booking, on_hand, reversed_by } = line;
    let undoable = !matches!(
        movement.kind,
        MovementKind::Import | MovementKind::Opening | MovementKind::Order | MovementKind::Reverse
    );
    LedgerRow {
        movement: movement.id,
        booking,
        booked_at: movement.booked_at,
        day: movement.day,
        back_dated: movement.back_dated(day_of(movement.booked_at)),
        kind: movement.kind.word().to_owned(),
        reason: movement.reason.map(|reason| reason.word().to_owned()),
        lot_code: movement.lot.and_then(|lot| names.lots.get(&lot).cloned()),
        from: side(movement.from, names),
        to: side(movement.to, names),
        quantity: movement.quantity,
        change: movement.on_hand_change(),
        on_hand,
        source: movement.source,
        party: movement.party,
        import: movement.import,
        by: movement.by,
        reversed: reversed_by.is_some(),
        can_undo: undoable && reversed_by.is_none(),
    }
}

fn crossed(what: &str, movement: &Movement, names: &Names) -> TraceLine {
    let at = if what == "came" { movement.from } else { movement.to };
    TraceLine {
        what: what.to_owned(),
        day: Some(movement.day),
        at: side(at, names),
        quantity: movement.quantity,
        source: movement.source.clone().or_else(|| movement.import.map(|import| format!("#{import}"))),
        party: movement.party.clone(),
        by: Some(movement.by.clone()),
    }
}

pub(crate) fn traced(lot: TracedLot) -> TracedLotRow {
    let names = Names::default();
    let came = lot.came.iter().map(|one| crossed("came", one, &names));
    let lies = lot.lies.iter().map(|one| TraceLine {
        what: "lies".to_owned(),
        day: None,
        at: SideRow { bin: Some(one.bin.clone()), ..side(one.side, &names) },
        quantity: one.quantity,
        source: None,
        party: None,
        by: None,
    });
    let went = lot.went.iter().map(|one| crossed("went", one, &names));
    TracedLotRow {
        item: lot.item.id,
        sku: lot.item.sku.clone(),
        name: lot.item.name.clone(),
        lot: lot.lot.id,
        lot_code: lot.lot.code.clone(),
        expiry: lot.lot.expiry,
        status: lot.lot.status.word().to_owned(),
        came: lot.came_in(),
        here: lot.here(),
        went: lot.went_out(),
        lines: came.chain(lies).chain(went).collect(),
    }
}

pub(crate) fn work(one: StockWork) -> StockWorkRow {
    let bin = one.side.and_then(|side| match side.place {
        Place::Bin(bin) => Some(bin),
        _ => None,
    });
    StockWorkRow {
        kind: one.kind.word().to_owned(),
        item: one.item.id,
        sku: one.item.sku,
        name: one.item.name,
        lot: one.lot.as_ref().map(|lot| lot.id),
        expiry: one.lot.as_ref().and_then(|lot| lot.expiry),
        lot_code: one.lot.map(|lot| lot.code),
        bin,
        bin_code: one.bin,
        standing: one.side.map(|side| side.standing.word().to_owned()),
        quantity: one.quantity,
        detail: one.detail,
    }
}
