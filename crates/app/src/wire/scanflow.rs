//! Tasks done with a scanner, as rows and back.

use contract::{
    ScanAgreement, ScanAsked, ScanFlow, ScanGoods, ScanLot, ScanMeans, ScanSaid, ScanTold, ScanUnit,
    SerialRow, UnitContentRow, UnitRow,
};
use domain::scanflow::{
    Agreement, Asked, Feedback, Flow, Goods, LotSaid, Meaning, Said, Taken, Task, UnitSaid, Wrong,
};
use store::{HandlingUnit, Serial};
use units::{BinId, ItemId};

fn lot(lot: LotSaid) -> ScanLot {
    ScanLot { id: lot.id, code: lot.code, expiry: lot.expiry }
}

fn lot_of(lot: ScanLot) -> LotSaid {
    LotSaid { id: lot.id, code: lot.code, expiry: lot.expiry }
}

fn goods(goods: Goods) -> ScanGoods {
    ScanGoods {
        item: goods.item,
        lot: goods.lot.map(lot),
        serial: goods.serial,
        quantity: goods.quantity,
        lot_only: goods.lot_only,
    }
}

fn goods_of(goods: ScanGoods) -> Goods {
    Goods {
        item: goods.item,
        lot: goods.lot.map(lot_of),
        serial: goods.serial,
        quantity: goods.quantity,
        lot_only: goods.lot_only,
    }
}

fn unit(unit: UnitSaid) -> ScanUnit {
    ScanUnit { id: unit.id, code: unit.code, bin: unit.bin, filled: unit.filled }
}

fn unit_of(unit: ScanUnit) -> UnitSaid {
    UnitSaid { id: unit.id, code: unit.code, bin: unit.bin, filled: unit.filled }
}

fn agreement(what: Agreement) -> ScanAgreement {
    match what {
        Agreement::Earlier { lot, bin } => ScanAgreement::Earlier { lot, bin },
        Agreement::Over { open } => ScanAgreement::Over { open },
        Agreement::Unexpected => ScanAgreement::Unexpected,
    }
}

fn agreement_of(what: ScanAgreement) -> Agreement {
    match what {
        ScanAgreement::Earlier { lot, bin } => Agreement::Earlier { lot, bin },
        ScanAgreement::Over { open } => Agreement::Over { open },
        ScanAgreement::Unexpected => Agreement::Unexpected,
    }
}

fn said(one: Said) -> ScanSaid {
    match one {
        Said::Bin(bin) => ScanSaid::Bin(bin),
        Said::Goods(one) => ScanSaid::Goods(goods(one)),
        Said::Unit(one) => ScanSaid::Unit(unit(one)),
        Said::Quantity(quantity) => ScanSaid::Quantity(quantity),
        Said::Lot(one) => ScanSaid::Lot(lot(one)),
        Said::NoLot => ScanSaid::NoLot,
        Said::Go => ScanSaid::Go,
        Said::Agreed(what) => ScanSaid::Agreed(agreement(what)),
    }
}

fn said_of(one: ScanSaid) -> Said {
    match one {
        ScanSaid::Bin(bin) => Said::Bin(bin),
        ScanSaid::Goods(one) => Said::Goods(goods_of(one)),
        ScanSaid::Unit(one) => Said::Unit(unit_of(one)),
        ScanSaid::Quantity(quantity) => Said::Quantity(quantity),
        ScanSaid::Lot(one) => Said::Lot(lot_of(one)),
        ScanSaid::NoLot => Said::NoLot,
        ScanSaid::Go => Said::Go,
        ScanSaid::Agreed(what) => Said::Agreed(agreement_of(what)),
    }
}

fn means(meaning: Meaning) -> ScanMeans {
    match meaning {
        Meaning::Bin(bin) => ScanMeans::Bin(bin),
        Meaning::Goods(one) => ScanMeans::Goods(goods(one)),
        Meaning::Unit(one) => ScanMeans::Unit(unit(one)),
        Meaning::Document(id) => ScanMeans::Document(id),
    }
}

fn meaning_of(means: ScanMeans) -> Meaning {
    match means {
        ScanMeans::Bin(bin) => Meaning::Bin(bin),
        ScanMeans::Goods(one) => Meaning::Goods(goods_of(one)),
        ScanMeans::Unit(one) => Meaning::Unit(unit_of(one)),
        ScanMeans::Document(id) => Meaning::Document(id),
    }
}

fn asked(question: Asked) -> ScanAsked {
    match question {
        Asked::Which(all) => ScanAsked::Which(all.into_iter().map(means).collect()),
        Asked::Lot(lots) => ScanAsked::Lot(lots),
        Asked::Agree(what) => ScanAsked::Agree(agreement(what)),
        Asked::TakeBack(booking) => ScanAsked::TakeBack(booking),
    }
}

fn asked_of(question: ScanAsked) -> Asked {
    match question {
        ScanAsked::Which(all) => Asked::Which(all.into_iter().map(meaning_of).collect()),
        ScanAsked::Lot(lots) => Asked::Lot(lots),
        ScanAsked::Agree(what) => Asked::Agree(agreement_of(what)),
        ScanAsked::TakeBack(booking) => Asked::TakeBack(booking),
    }
}

/// A flow as it came.
pub(crate) fn flow_of(task: Task, row: ScanFlow) -> Flow {
    Flow {
        task,
        home: row.home,
        document: row.document.map(|document| document.id),
        said: row.said.into_iter().map(said_of).collect(),
        asked: row.asked.map(asked_of),
        last: row.booked.last().copied(),
    }
}

/// A flow as it goes; the document and the bookings are the caller's.
pub(crate) fn flow(flow: Flow) -> ScanFlow {
    ScanFlow {
        task: flow.task.word().to_owned(),
        home: flow.home,
        document: None,
        said: flow.said.into_iter().map(said).collect(),
        asked: flow.asked.map(asked),
        booked: Vec::new(),
    }
}

/// The names that a sentence needs.
pub(crate) trait Names {
    /// A bin's code.
    fn bin(&self, id: BinId) -> String;
    /// An item's code.
    fn sku(&self, id: ItemId) -> String;
    /// A lot's code and last day.
    fn lot(&self, id: units::LotId) -> (String, String);
}

fn told_of(code: &str, parts: Vec<String>) -> ScanTold {
    ScanTold { code: code.to_owned(), parts }
}

/// What a person is told of an input that was not booked.
pub(crate) fn told(feedback: &Feedback, flow: &Flow, text: &str, names: &impl Names) -> ScanTold {
    match feedback {
        Feedback::Accepted(taken) => told_of(
            match taken {
                Taken::Bin => "Bin",
                Taken::Goods => "Goods",
                Taken::Unit => "Unit",
                Taken::Document => "Document",
                Taken::Quantity => "Quantity",
                Taken::Lot => "Lot",
                Taken::Undone => "Undone",
                Taken::Cancelled => "Cancelled",
            },
            Vec::new(),
        ),
        Feedback::Done => ScanTold::default(),
        Feedback::Ask => match &flow.asked {
            Some(Asked::Which(_)) => told_of("Which", vec![text.trim().to_owned()]),
            Some(Asked::Lot(_)) => told_of("WhichLot", Vec::new()),
            Some(Asked::Agree(Agreement::Earlier { lot, bin })) => {
                let (lot, expiry) = names.lot(*lot);
                told_of("Earlier", vec![lot, expiry, names.bin(*bin)])
            }
            Some(Asked::Agree(Agreement::Over { open })) => told_of("Over", vec![open.to_string()]),
            Some(Asked::Agree(Agreement::Unexpected)) => told_of("Unexpected", Vec::new()),
            Some(Asked::TakeBack(booking)) => told_of("TakeBack", vec![booking.to_string()]),
            None => ScanTold::default(),
        },
        Feedback::Wrong(wrong) => refused(wrong, text, names),
    }
}

fn refused(wrong: &Wrong, text: &str, names: &impl Names) -> ScanTold {
    let bin = |bin: &Option<BinId>| bin.map(|bin| names.bin(bin)).unwrap_or_default();
    let (code, parts) = match wrong {
        Wrong::Unknown => ("Unknown", vec![protocols::gs1::shown(text.trim())]),
        Wrong::NotHere => ("NotHere", vec![]),
        Wrong::OtherItem { said } => ("OtherItem", vec![names.sku(*said)]),
        Wrong::OtherLot { said, read } => ("OtherLot", vec![said.clone(), read.clone()]),
        Wrong::OtherBin { said, read } => ("OtherBin", vec![names.bin(*said), names.bin(*read)]),
        Wrong::SameBin => ("SameBin", vec![]),
        Wrong::FinishFirst => ("FinishFirst", vec![]),
        Wrong::NotThere { bin } => ("NotThere", vec![names.bin(*bin)]),
        Wrong::Nowhere => ("Nowhere", vec![]),
        Wrong::MoreThanThere { there } => ("MoreThanThere", vec![there.to_string()]),
        Wrong::LotNotThere { lot } => ("LotNotThere", vec![lot.clone()]),
        Wrong::Expired { lot, expiry } => ("Expired", vec![lot.clone(), expiry.to_string()]),
        Wrong::Held { lot, status } => ("Held", vec![lot.clone(), status.word().to_owned()]),
        Wrong::OtherDay { lot, known, read } => {
            ("OtherDay", vec![lot.clone(), known.to_string(), read.to_string()])
        }
        Wrong::SerialTwice { serial } => ("SerialTwice", vec![serial.clone()]),
        Wrong::SerialHere { serial } => ("SerialHere", vec![serial.clone()]),
        Wrong::SerialElsewhere { serial, bin: None } => ("SerialGone", vec![serial.clone()]),
        Wrong::SerialElsewhere { serial, bin: at } => ("SerialElsewhere", vec![serial.clone(), bin(at)]),
        Wrong::Serials => ("Serials", vec![]),
        Wrong::NotWanted => ("NotWanted", vec![]),
        Wrong::MoreThanWanted { open } => ("MoreThanWanted", vec![open.to_string()]),
        Wrong::UnitEmpty => ("UnitEmpty", vec![]),
        Wrong::UnitUnknown => ("UnitUnknown", vec![]),
        Wrong::UnitElsewhere { bin: at } => ("UnitElsewhere", vec![bin(at)]),
        Wrong::Quantity => ("WrongQuantity", vec![]),
        Wrong::Whole => ("Whole", vec![]),
        Wrong::GoodsFirst => ("GoodsFirst", vec![]),
        Wrong::NothingSaid => ("NothingSaid", vec![]),
        Wrong::NotYet => ("NotYet", vec![]),
        Wrong::NothingAsked => ("NothingAsked", vec![]),
        Wrong::TooMuch => ("TooMuch", vec![]),
    };
    told_of(code, parts)
}

/// A handling unit as a row.
pub(crate) fn unit_row(unit: HandlingUnit) -> UnitRow {
    UnitRow {
        id: unit.id,
        code: unit.code,
        bin: unit.bin,
        bin_code: unit.bin_code,
        state: unit.state.word().to_owned(),
        at: unit.at,
        contents: unit
            .contents
            .into_iter()
            .map(|one| UnitContentRow {
                item: one.item,
                sku: one.sku,
                name: one.name,
                lot_code: one.lot_code,
                expiry: one.expiry,
                quantity: one.quantity,
            })
            .collect(),
    }
}

/// A serial number as a row.
pub(crate) fn serial_row(serial: Serial) -> SerialRow {
    SerialRow {
        item: serial.item,
        sku: serial.sku,
        name: serial.name,
        code: serial.code,
        state: serial.state.word().to_owned(),
        bin: serial.bin_code,
        lot_code: serial.lot_code,
        unit_code: serial.unit_code,
        day: serial.day,
        source: serial.source,
    }
}
