//! Real files of real systems, where they are at hand.

mod erp;
mod gpx;
mod places;

use exchange::*;
use std::fs::File;
use std::ops::ControlFlow;
use units::{Day, Progress, Stop};

fn open(rel: &str) -> Option<File> {
    testkit::shared_data(rel).map(|path| File::open(path).expect("the file was just seen"))
}

#[test]
fn a_year_of_a_grocer() {
    let Some(file) = open("orders/complete-journey-2017.csv.gz") else { return };
    let size = file.metadata().unwrap().len();
    let look = preview(file, None).unwrap();
    assert_eq!(look.mapping.kind, Kind::Orders);
    assert!(look.format.gzip && look.mapping.missing().is_empty());
    let again = || open("orders/complete-journey-2017.csv.gz").unwrap();
    let found = survey(again(), &look.format, &look.mapping, &Stop::default()).unwrap();
    assert!(!found.date_order_needed);
    let mut taken = 0;
    let take = |chunk: Chunk<domain::OrderLine>| {
        assert!(chunk.rows.len() <= limits::CHUNK_ROWS && chunk.rows.len() == chunk.lines.len());
        taken += chunk.rows.len() as u64;
        ControlFlow::Continue(())
    };
    let report =
        parse_orders(again(), size, &look.format, &look.mapping, take, &Progress::none(), &Stop::default())
            .unwrap();
    assert_eq!((report.rows, report.good, report.bad, report.skus), (926_483, 926_483, 0, 4_782));
    assert_eq!(taken, report.good);
    assert_eq!(report.first_day, Day::parse("2017-01-01"));
    assert_eq!(report.bytes, size);
    assert_eq!(report.ignored_columns, [] as [String; 0]);
    // What no import keeps is read all the same, so that the report can say how much of it there was.
    assert_eq!(report.filled[&Field::Site].rows, report.good);
}
