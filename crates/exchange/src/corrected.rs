//! The bad rows of a file, written back with why, so that a person corrects these and imports only them.

use crate::columns::{Kind, Mapping};
use crate::error::Error;
use crate::format::Format;
use crate::read::{Judged, Record, walk};
use crate::records::{
    CustomerRow, DeliveryRow, ItemRow, LevelRow, PlaceRow, ShipmentRow, StockRow, SupplierRow,
};
use crate::table::{Cell, Writer};
use domain::{Finding, OrderLine, Severity, VehicleEntry};
use std::io::{Read, Write};
use std::ops::ControlFlow;
use units::{Progress, Stop};

/// Writes every row of `file` that an import would not use to `out`, as UTF-8 CSV with a byte order mark: the file's own
/// columns and a last one, `error`, that `say` words. Gives the number of rows written. What a spreadsheet would execute
/// gets an apostrophe, which our import takes away again.
pub fn write_corrected(
    file: impl Read,
    format: &Format,
    mapping: &Mapping,
    out: impl Write,
    say: &dyn Fn(&Finding) -> String,
    stop: &Stop,
) -> Result<u64, Error> {
    match mapping.kind {
        Kind::Orders => corrected::<OrderLine>(file, format, mapping, out, say, stop),
        Kind::Items => corrected::<ItemRow>(file, format, mapping, out, say, stop),
        Kind::Stock => corrected::<StockRow>(file, format, mapping, out, say, stop),
        Kind::Deliveries => corrected::<DeliveryRow>(file, format, mapping, out, say, stop),
        Kind::Vehicles => corrected::<VehicleEntry>(file, format, mapping, out, say, stop),
        Kind::Levels => corrected::<LevelRow>(file, format, mapping, out, say, stop),
        Kind::Places => corrected::<PlaceRow>(file, format, mapping, out, say, stop),
        Kind::Suppliers => corrected::<SupplierRow>(file, format, mapping, out, say, stop),
        Kind::Shipments => corrected::<ShipmentRow>(file, format, mapping, out, say, stop),
        Kind::Customers => corrected::<CustomerRow>(file, format, mapping, out, say, stop),
    }
}

fn corrected<T: Record>(
    file: impl Read,
    format: &Format,
    mapping: &Mapping,
    out: impl Write,
    say: &dyn Fn(&Finding) -> String,
    stop: &Stop,
) -> Result<u64, Error> {
    let mut writer = Writer::new(out, true);
    let mut fault = None;
    let mut written = 0_u64;
    let mut width = 0;
    let walked = walk::<T>(
        file,
        0,
        format,
        mapping,
        |judged| {
            let result = match judged {
                Judged::Header(header) => {
                    width = header.len();
                    let mut cells: Vec<Cell> = header.iter().map(|name| Cell::from(name.as_str())).collect();
                    cells.push(Cell::from("error"));
                    if header.is_empty() { Ok(()) } else { writer.row(&cells) }
                }
                Judged::Good(..) => Ok(()),
                Judged::Bad(rows, findings) => {
                    written += 1;
                    let mut cells: Vec<Cell> = (0..rows.len().max(width))
                        .map(|n| {
                            let text = String::from_utf8_lossy(rows.field(n)).into_owned();
                            // Numbers stay numbers: a minus does not make them a formula.
                            match crate::table::is_number(&text) {
                                true => Cell::Number(text),
                                false => Cell::Text(text),
                            }
                        })
                        .collect();
                    let errors: Vec<String> = findings
                        .iter()
                        .filter(|finding| finding.severity == Severity::Error)
                        .map(say)
                        .collect();
                    cells.push(Cell::Text(errors.join("; ")));
                    writer.row(&cells)
                }
            };
            match result {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    fault = Some(error);
                    ControlFlow::Break(())
                }
            }
        },
        &Progress::none(),
        stop,
    );
    if let Some(fault) = fault {
        return Err(Error::io(0, fault));
    }
    walked?;
    writer.finish().map_err(|fault| Error::io(0, fault))?;
    Ok(written)
}
