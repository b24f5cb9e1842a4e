use crate::dates::{self, DateFault};
use crate::format::{Delimiter, Encoding, sniff};
use crate::table::{Cell, WriteOptions, neutralise};
use crate::*;
use domain::{Finding, FindingCode, OrderLine, Severity, VehicleEntry};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;
use std::ops::ControlFlow;
use units::{Day, Milli, Millis, Money, Progress, Quantity, Stop};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn orders(file: &[u8]) -> Result<(Vec<OrderLine>, Vec<u64>, ParseReport), Error> {
    orders_as(file, |_| {})
}

/// The whole way of a file: preview, survey, parse.
fn orders_as(
    file: &[u8],
    change: impl FnOnce(&mut Mapping),
) -> Result<(Vec<OrderLine>, Vec<u64>, ParseReport), Error> {
    let Preview { format, mut mapping, .. } = preview(file, Some(Kind::Orders))?;
    if mapping.missing().is_empty() {
        let found = survey(file, &format, &mapping, &Stop::default())?;
        found.settle(&mut mapping);
    }
    change(&mut mapping);
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    let take = |chunk: Chunk<OrderLine>| {
        rows.extend(chunk.rows);
        lines.extend(chunk.lines);
        ControlFlow::Continue(())
    };
    let report =
        parse_orders(file, file.len() as u64, &format, &mapping, take, &Progress::none(), &Stop::default())?;
    Ok((rows, lines, report))
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// Line, code and column of each finding that is an error.
fn errors(report: &ParseReport) -> Vec<(u64, FindingCode, &str)> {
    let of = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    of.map(|finding| (finding.line.unwrap_or(0), finding.code, finding.subject.as_str())).collect()
}

const PLAIN: &str = "order_id,ordered_at,sku,quantity,net_amount,colour\n\
    1,2026-01-05T09:30:00,MILK,10,12.00,white\n\
    1,2026-01-05T23:59:59+14:00,TEA,2.5,9.99,\n\
    2,2026-01-06,绿茶,-1,,\n";

#[test]
fn a_plain_file_is_read_as_written() {
    let (rows, lines, report) = orders(PLAIN.as_bytes()).unwrap();
    assert_eq!(lines, [2, 3, 4]);
    assert_eq!(
        rows[1],
        OrderLine {
            order_ref: "1".to_owned(),
            // The site's day as written: no zone moves it.
            day: day("2026-01-05"),
            sku: "TEA".to_owned(),
            quantity: Quantity(2500),
            net_amount: Some(Money(999)),
            customer: None,
        }
    );
    assert_eq!((report.rows, report.good, report.bad, report.skus), (3, 3, 0, 3));
    assert_eq!((report.quantity, report.amount), (Quantity(11_500), Money(2199)));
    assert_eq!((report.first_day, report.last_day), (Some(day("2026-01-05")), Some(day("2026-01-06"))));
    assert_eq!(report.ignored_columns, ["colour"]);
    assert_eq!(report.bytes, PLAIN.len() as u64);
    assert_eq!(report.sha256, hex::encode(<sha2::Sha256 as sha2::Digest>::digest(PLAIN.as_bytes())));
    // A return is kept and told.
    assert_eq!(report.counts[&(FindingCode::OutOfRange, Severity::Note)], 1);
}

/// The same table in every dialect gives the same rows.
#[test]
fn every_dialect_reads_the_same() {
    let (expected, ..) = orders(PLAIN.as_bytes()).unwrap();
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        let units = text.encode_utf16();
        if little {
            units.flat_map(u16::to_le_bytes).collect()
        } else {
            units.flat_map(u16::to_be_bytes).collect()
        }
    };
    let dialects: Vec<(&str, Vec<u8>)> = vec![
        ("byte order mark", [b"\xEF\xBB\xBF", PLAIN.as_bytes()].concat()),
        ("CRLF", PLAIN.replace('\n', "\r\n").into_bytes()),
        ("semicolons", PLAIN.replace(',', ";").into_bytes()),
        ("tabs", PLAIN.replace(',', "\t").into_bytes()),
        ("pipes", PLAIN.replace(',', "|").into_bytes()),
        ("Excel's sep line", format!("sep=;\r\n{}", PLAIN.replace(',', ";")).into_bytes()),
        (
            "decimal commas",
            PLAIN
                .replace(',', ";")
                .replace("12.00", "12,00")
                .replace("2.5", "2,5")
                .replace("9.99", "9,99")
                .into(),
        ),
        ("UTF-16 LE", [b"\xFF\xFE".to_vec(), utf16(PLAIN, true)].concat()),
        ("UTF-16 BE", [b"\xFE\xFF".to_vec(), utf16(PLAIN, false)].concat()),
        ("UTF-16 without a mark", utf16(PLAIN, true)),
        ("GBK", encoding_rs::GBK.encode(PLAIN).0.into_owned()),
        ("gzip", gzip(PLAIN.as_bytes())),
        ("gzip of GBK", gzip(&encoding_rs::GBK.encode(PLAIN).0)),
        ("gzip in two members", [gzip(&PLAIN.as_bytes()[..80]), gzip(&PLAIN.as_bytes()[80..])].concat()),
        ("no last line end", PLAIN.trim_end().as_bytes().to_vec()),
        ("blank lines", PLAIN.replace('\n', "\n\n").into_bytes()),
        ("quotes", PLAIN.replace("MILK", "\"MILK\"").into_bytes()),
    ];
    for (name, bytes) in dialects {
        let (rows, _, report) = orders(&bytes).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(rows, expected, "{name}");
        assert_eq!(report.bad, 0, "{name}");
    }
}

#[test]
fn chinese_headers_are_known() {
    let file = "订单号,下单日期,商品编码,数量（件）,金额,客户名称\nA1,2026年1月5日,货-1,3,￥1 234.50,王\n";
    let (rows, ..) = orders(file.as_bytes()).unwrap();
    assert_eq!(rows[0].day, day("2026-01-05"));
    assert_eq!((rows[0].quantity, rows[0].net_amount), (Quantity::of(3), Some(Money(123_450))));
    assert_eq!(rows[0].customer.as_deref(), Some("王"));
    // GreaterWMS: bins with Chinese labels.
    let stock = preview(
        "库位名称,商品编码,商品描述,商品数量,待拣货数量\nB1,X,杯,5,1\n".as_bytes(),
        Some(Kind::Stock),
    )
    .unwrap();
    let meant =
        [(0, Field::Bin), (1, Field::Sku), (2, Field::Name), (3, Field::OnHand), (4, Field::Allocated)];
    assert_eq!(stock.mapping.columns, meant.map(|(column, field)| (field, column)));
}

#[test]
fn all_bad_rows_come_at_once() {
    let file = "sku,date,qty\n,2026-01-05,1\nA,2026-02-30,1\nA,2026-01-05,many\nA,,\nA,2026-01-05,1,extra\nA\n\
                B,2026-01-05,99999999999999\nB,05/01/26,1\nC,2026-01-05,7\n";
    let (rows, lines, report) = orders(file.as_bytes()).unwrap();
    assert_eq!((rows.len(), lines.as_slice()), (1, [10].as_slice()));
    assert_eq!((report.rows, report.good, report.bad), (9, 1, 8));
    use FindingCode::*;
    assert_eq!(
        errors(&report),
        [
            (2, EmptyField, "sku"),
            (3, NotADate, "date"),
            (4, NotANumber, "qty"),
            (5, EmptyField, "date"),
            (5, EmptyField, "qty"),
            (6, WrongFieldCount, "row"),
            (7, WrongFieldCount, "row"),
            (8, OutOfRange, "qty"),
            (9, NotADate, "date"),
        ]
    );
}

#[test]
fn findings_are_bounded_but_counted() {
    let mut file = String::from("sku,date,qty\n");
    for _ in 0..limits::FINDINGS_KEPT + 500 {
        file.push_str("A,soon,1\n");
    }
    let (_, _, report) = orders(file.as_bytes()).unwrap();
    assert_eq!(report.findings.len(), limits::FINDINGS_KEPT);
    assert_eq!(report.findings_total(), limits::FINDINGS_KEPT as u64 + 500);
}

#[test]
fn day_and_month_are_found_out_or_asked() {
    let file = |dates: &[&str]| {
        let rows: String = dates.iter().map(|date| format!("A,{date},1\n")).collect();
        format!("sku,date,qty\n{rows}")
    };
    let days = |text: &str| {
        orders(text.as_bytes()).map(|(rows, ..)| rows.iter().map(|row| row.day).collect::<Vec<_>>())
    };
    assert_eq!(days(&file(&["03/04/2025", "31/01/2025"])).unwrap(), [day("2025-04-03"), day("2025-01-31")]);
    assert_eq!(days(&file(&["03/04/2025", "01/31/2025"])).unwrap(), [day("2025-03-04"), day("2025-01-31")]);

    let unclear = file(&["03/04/2025", "05/05/2025"]);
    let look = preview(unclear.as_bytes(), Some(Kind::Orders)).unwrap();
    let found = survey(unclear.as_bytes(), &look.format, &look.mapping, &Stop::default()).unwrap();
    assert!(found.date_order_needed && found.date_order.is_none());
    assert_eq!(found.date_examples, ["03/04/2025", "05/05/2025"]);
    // Nobody answered: the doubtful row is not read one way or the other.
    let (rows, _, report) = orders(unclear.as_bytes()).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(errors(&report), [(2, FindingCode::AmbiguousDate, "date")]);
    // A person answered.
    let (rows, ..) =
        orders_as(unclear.as_bytes(), |mapping| mapping.date_order = Some(DateOrder::MonthFirst)).unwrap();
    assert_eq!(rows[0].day, day("2025-03-04"));

    let torn = file(&["03/04/2025", "31/01/2025", "01/31/2025"]);
    let look = preview(torn.as_bytes(), Some(Kind::Orders)).unwrap();
    assert!(
        survey(torn.as_bytes(), &look.format, &look.mapping, &Stop::default()).unwrap().date_order_needed
    );

    let clear = file(&["2025-03-04"]);
    let look = preview(clear.as_bytes(), Some(Kind::Orders)).unwrap();
    assert_eq!(
        survey(clear.as_bytes(), &look.format, &look.mapping, &Stop::default()).unwrap(),
        Survey::default()
    );
}

/// The proof of the order may stand anywhere in the column, far below what a preview sees.
#[test]
fn the_whole_column_is_asked() {
    let mut file = String::from("sku,date,qty\n");
    for _ in 0..50_000 {
        file.push_str("A,03/04/2025,1\n");
    }
    file.push_str("A,25/04/2025,1\n");
    let (rows, ..) = orders(file.as_bytes()).unwrap();
    assert_eq!(rows[0].day, day("2025-04-03"));
}

#[test]
fn dates_as_people_write_them() {
    for text in [
        "2021-02-24",
        "2021/2/24",
        "2021.02.24",
        "20210224",
        "24/Feb/2021 03:59:34",
        "24-Feb-2021",
        "24 February 2021",
        "February 24, 2021",
        "2021年2月24日",
        "2021-02-24 23:59",
        "2021-02-24T23:59:59.999Z",
        "2021-02-24T00:00:00+14:00",
        "24.02.2021",
        "02/24/2021",
        " 24/02/2021 ",
        "44251",
        "44251.75",
        "2021-Feb-24",
        "2021年2月24日 13时",
    ] {
        assert_eq!(dates::parse(text, None), Ok(day("2021-02-24")), "{text}");
    }
    for text in [
        "",
        "soon",
        "2021-02-30",
        "24/02/21",
        "21-2-24",
        "2021-13-01",
        "2021-02-24x",
        "123456",
        "1",
        "00/00/2021",
        "-5",
        "1614124800",
        "2021-02",
        "2021-02-24 nonsense",
        "２０２１",
    ] {
        assert_eq!(dates::parse(text, None), Err(DateFault::NotADate), "{text}");
    }
    assert_eq!(dates::parse("03/04/2021", None), Err(DateFault::Ambiguous));
    assert_eq!(dates::parse("02/24/2021", Some(DateOrder::DayFirst)), Err(DateFault::NotADate));
}

#[test]
fn numbers_as_people_write_them() {
    use DecimalMark::*;
    let read = |text: &str, mark| numbers::plain(text, mark).and_then(|plain| Quantity::parse(&plain));
    for (text, mark, milli) in [
        ("1234.5", Point, 1_234_500),
        ("1,234.5", Point, 1_234_500),
        ("1,234,567", Point, 1_234_567_000),
        ("1.234,5", Comma, 1_234_500),
        ("1 234,5", Comma, 1_234_500),
        ("1'234.5", Point, 1_234_500),
        ("-7", Point, -7000),
        ("7-", Point, -7000),
        ("(7)", Point, -7000),
        ("−7", Point, -7000),
        ("+7", Point, 7000),
        ("¥ 12.00", Point, 12_000),
        ("１２", Point, 12_000),
        ("1E+03", Point, 1_000_000),
        ("0.5", Point, 500),
        ("12", Comma, 12_000),
    ] {
        assert_eq!(read(text, mark), Some(Quantity(milli)), "{text}");
    }
    for (text, mark) in [
        ("", Point),
        ("-", Point),
        ("abc", Point),
        ("1,23", Point),
        ("1.5", Comma),
        ("1.2.3", Point),
        ("12 pcs", Point),
        ("NaN", Point),
        ("inf", Point),
        ("1,2345", Point),
        (",5", Point),
        ("1e400", Point),
        ("--1", Point),
    ] {
        assert_eq!(read(text, mark), None, "{text}");
    }
}

#[test]
fn what_is_no_table_is_told_apart() {
    let kind = |bytes: &[u8]| sniff(bytes).map(|_| ()).map_err(|fault| fault.kind);
    assert_eq!(kind(b""), Err(ErrorKind::MissingColumn));
    assert_eq!(kind(b"PK\x03\x04rest of a workbook"), Err(ErrorKind::NotText));
    assert_eq!(kind(b"%PDF-1.7"), Err(ErrorKind::NotText));
    assert_eq!(kind(&(0..=255).cycle().take(5000).collect::<Vec<u8>>()), Err(ErrorKind::NotText));
    assert_eq!(kind(&[1, 2, 3, 4, 5, 6, 7, 8]), Err(ErrorKind::NotText));
    assert_eq!(kind(&gzip(b"PK\x03\x04rest of a workbook")), Err(ErrorKind::NotText));
    assert_eq!(kind(&[&[0x1f, 0x8b, 8, 0][..], &[0xff; 100]].concat()), Err(ErrorKind::Truncated));
    let said = sniff(b"PK\x03\x04").unwrap_err();
    assert!(said.to_string().contains("save the sheet as CSV"), "{said}");
    assert_eq!(said.finding().unwrap().code, FindingCode::NotText);
    let latin = sniff(b"sku;name\n1;Caf\xe9 cr\xe8me\n").unwrap();
    assert_eq!((latin.encoding, latin.delimiter), (Encoding::Windows1252, Delimiter::Semicolon));
    assert!(!sniff(b"MILK,10,2026-01-05\nTEA,3,2026-01-05\n").unwrap().header);
}

#[test]
fn missing_columns_are_named() {
    let fault = orders(b"sku,when it was,colour\nA,2026-01-05,red\n").unwrap_err();
    assert_eq!(fault.kind, ErrorKind::MissingColumn);
    assert!(
        fault.message.contains("ordered_at, quantity") && fault.message.contains("when it was"),
        "{fault}"
    );
    // A person points at the columns.
    let file = b"what,when,how much\nA,2026-01-05,3\n";
    let (rows, ..) = orders_as(file, |mapping| {
        mapping.set(Field::Sku, Some(0));
        mapping.set(Field::OrderedAt, Some(1));
        mapping.set(Field::Quantity, Some(2));
    })
    .unwrap();
    assert_eq!(rows[0].quantity, Quantity::of(3));
    let fault = orders_as(PLAIN.as_bytes(), |mapping| mapping.set(Field::Sku, Some(77))).unwrap_err();
    assert_eq!(fault.kind, ErrorKind::MissingColumn);
}

#[test]
fn a_file_without_header_is_read_by_position() {
    let file = b"A,2026-01-05,3\nB,2026-01-06,4\n";
    let (rows, lines, _) = orders_as(file, |mapping| {
        mapping.set(Field::Sku, Some(0));
        mapping.set(Field::OrderedAt, Some(1));
        mapping.set(Field::Quantity, Some(2));
    })
    .unwrap();
    assert_eq!((rows.len(), lines), (2, vec![1, 2]));
}

#[test]
fn a_cut_file_is_an_error_not_half_an_import() {
    let mut text = String::from("sku,date,qty\n");
    for n in 0..20_000 {
        text.push_str(&format!("S{},2026-01-05,{}\n", n * 7919 % 10_007, n % 13));
    }
    let whole = gzip(text.as_bytes());
    for keep in [whole.len() - 1, whole.len() - 8, whole.len() / 2] {
        let fault = orders(&whole[..keep]).unwrap_err();
        assert_eq!(fault.kind, ErrorKind::Truncated, "{keep}: {fault}");
        assert!(fault.message.contains("Nothing was imported"), "{fault}");
    }
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    for byte in &mut damaged[middle..middle + 64] {
        *byte ^= 0xff;
    }
    assert_eq!(orders(&damaged).unwrap_err().kind, ErrorKind::Truncated);
    assert_eq!(orders(&whole).unwrap().2.good, 20_000);
}

/// A quote that is never closed swallows a megabyte at most; the rows below it are read.
#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let mut text = String::from("sku,date,qty\nA,2026-01-05,1\n\"B,2026-01-05,1\n");
    let rows = 80_000;
    for _ in 0..rows {
        text.push_str("C,2026-01-05,1\n");
    }
    assert!(text.len() > limits::RECORD_BYTES_MAX + 4096);
    let (_, lines, report) = orders(text.as_bytes()).unwrap();
    assert_eq!((report.good, report.bad), (rows + 1, 1));
    assert_eq!(errors(&report)[0].0, 3);
    assert_eq!((lines[1], lines.last().copied()), (4, Some(rows + 3)));
}

#[test]
fn huge_fields_and_wide_rows_are_refused_alone() {
    let long = "x".repeat(limits::FIELD_BYTES_MAX + 1);
    let wide = ",".repeat(limits::COLUMNS_MAX + 10);
    let text = format!("sku,date,qty\n{long},2026-01-05,1\nA,2026-01-05,2\n{wide}\nB,2026-01-05,3\n");
    let (rows, lines, report) = orders(text.as_bytes()).unwrap();
    assert_eq!((rows.len(), lines), (2, vec![3, 5]));
    assert_eq!(errors(&report).len(), 2);
}

/// 80 MB in 300 KB are not read to their end.
#[test]
fn a_bomb_is_defused() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Long rows: the reader's work is not what is tested.
    let line = format!("A,2026-01-05,1,{}\n", "x".repeat(8000));
    encoder.write_all(&line.into_bytes().repeat(1 << 9)).unwrap();
    let member = encoder.finish().unwrap();
    let bomb = [gzip(b"sku,date,qty,note\n"), member.repeat(20)].concat();
    assert!(bomb.len() < 400 << 10, "{}", bomb.len());
    let fault = orders(&bomb).unwrap_err();
    assert_eq!(fault.kind, ErrorKind::TooLarge, "{fault}");
}

#[test]
fn work_stops_when_asked() {
    let mut text = String::from("sku,date,qty\n");
    text.push_str(&"A,2026-01-05,1\n".repeat(30_000));
    let look = preview(text.as_bytes(), Some(Kind::Orders)).unwrap();
    let stop = Stop::default();
    let ask = stop.clone();
    let progress = Progress::new(move |done, _| {
        if done > 0 {
            ask.ask();
        }
    });
    let mut taken = 0;
    let take = |chunk: Chunk<OrderLine>| {
        taken += chunk.rows.len();
        ControlFlow::Continue(())
    };
    let fault =
        parse_orders(text.as_bytes(), 0, &look.format, &look.mapping, take, &progress, &stop).unwrap_err();
    assert_eq!(fault.kind, ErrorKind::Stopped);
    assert!(taken < 30_000);
    let take = |_: Chunk<OrderLine>| ControlFlow::Break(());
    let again = parse_orders(
        text.as_bytes(),
        0,
        &look.format,
        &look.mapping,
        take,
        &Progress::none(),
        &Stop::default(),
    );
    assert_eq!(again.unwrap_err().kind, ErrorKind::Stopped);
}

struct Failing<'a>(&'a [u8]);

impl std::io::Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.0.is_empty() {
            return Err(std::io::Error::other("the cable was pulled"));
        }
        let n = into.len().min(self.0.len());
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn a_failing_disk_is_told_and_may_be_tried_again() {
    let look = preview(PLAIN.as_bytes(), Some(Kind::Orders)).unwrap();
    let take = |_: Chunk<OrderLine>| ControlFlow::Continue(());
    let file = Failing(PLAIN.as_bytes());
    let fault = parse_orders(file, 0, &look.format, &look.mapping, take, &Progress::none(), &Stop::default())
        .unwrap_err();
    assert!(fault.is_transient() && fault.to_string().contains("the cable was pulled"), "{fault}");
}

#[test]
fn items_and_stock_are_read() {
    let file = "Item Code;名称;Standard Cost;Lead Time;MOQ;Pack Size;Supplier\nA;杯;1,50;7 days;0;12;Leaf & Co\nA;again;;;;;\nB;;-1;;;;\n";
    let look = preview(file.as_bytes(), Some(Kind::Items)).unwrap();
    let found = survey(file.as_bytes(), &look.format, &look.mapping, &Stop::default()).unwrap();
    let mapping = Mapping { decimal_mark: found.decimal_mark, ..look.mapping };
    let mut rows = Vec::new();
    let take = |chunk: Chunk<ItemRow>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let report =
        parse_items(file.as_bytes(), 0, &look.format, &mapping, take, &Progress::none(), &Stop::default())
            .unwrap();
    assert_eq!(
        rows[0],
        ItemRow {
            sku: "A".to_owned(),
            name: Some("杯".to_owned()),
            unit_cost: Some(Money(150)),
            lead_time_days: Some(7),
            pack_size: Some(Quantity::of(12)),
            supplier_name: Some("Leaf & Co".to_owned()),
            ..ItemRow::default()
        }
    );
    assert_eq!((report.good, report.bad), (2, 1));
    assert_eq!(report.counts[&(FindingCode::Duplicate, Severity::Warning)], 1);

    let file = "sku,on_hand,reserved,in transit,count date\nA,10,2,,2026-01-05\nB,1,,,\nA,5,1,4,2026-01-06\nC,-3,,,\n";
    let look = preview(file.as_bytes(), Some(Kind::Stock)).unwrap();
    let mut rows = Vec::new();
    let take = |chunk: Chunk<StockRow>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let report = parse_stock(
        file.as_bytes(),
        0,
        &look.format,
        &look.mapping,
        take,
        &Progress::none(),
        &Stop::default(),
    )
    .unwrap();
    assert_eq!((report.good, report.quantity), (4, Quantity::of(13)));
    assert_eq!(rows.iter().filter(|row| row.sku == "A").count(), 2);
}

#[test]
fn a_kind_is_guessed_from_the_header() {
    let kind = |header: &str| preview(format!("{header}\n").as_bytes(), None).unwrap().mapping.kind;
    assert_eq!(kind("order_id,ordered_at,sku,quantity"), Kind::Orders);
    assert_eq!(kind("sku,on_hand"), Kind::Stock);
    assert_eq!(kind("sku,name,unit_cost"), Kind::Items);
}

#[test]
fn bad_rows_go_back_with_why() {
    let file = "sku,date,qty,note\nA,2026-01-05,1,fine\nB,soon,x,=1+1\nC,2026-01-05,-2,ok\n,2026-01-05,-3,\"a, b\"\n";
    let look = preview(file.as_bytes(), Some(Kind::Orders)).unwrap();
    let say = |finding: &Finding| format!("{}: {:?}", finding.subject, finding.code);
    let mut out = Vec::new();
    let written =
        write_corrected(file.as_bytes(), &look.format, &look.mapping, &mut out, &say, &Stop::default())
            .unwrap();
    assert_eq!(written, 2);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "\u{feff}sku,date,qty,note,error\r\nB,soon,x,'=1+1,date: NotADate; qty: NotANumber\r\n\
         ,2026-01-05,-3,\"a, b\",sku: EmptyField\r\n"
    );
}

#[test]
fn a_purchase_order_executes_nothing() {
    let order = PurchaseOrder {
        number: "PO-2026-0001".to_owned(),
        site: "Harbour Lane DC".to_owned(),
        supplier_code: "@SUM(A1)".to_owned(),
        supplier_name: "=cmd|' /C calc'!A0".to_owned(),
        day: day("2026-11-22"),
        currency: "EUR".to_owned(),
        approved_by: "L. Chen".to_owned(),
        note: "\tcall first".to_owned(),
        lines: vec![PoLine {
            sku: "-42".to_owned(),
            name: "燕麦奶, 1 L".to_owned(),
            quantity: Quantity::of(-5),
            unit_of_measure: "EA".to_owned(),
            unit_cost: Money(800),
            needed_by: None,
            reason: "+1 week".to_owned(),
        }],
    };
    let bytes = purchase_order::write(&order, WriteOptions::default());
    assert!(bytes.starts_with("\u{feff}po_number,order_date".as_bytes()));
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| &row[purchase_order::HEADER.iter().position(|column| *column == name).unwrap()];
    assert_eq!(cell("supplier_code"), "'@SUM(A1)");
    assert_eq!(cell("supplier_name"), "'=cmd|' /C calc'!A0");
    assert_eq!(cell("note"), "'\tcall first");
    assert_eq!(cell("reason"), "'+1 week");
    // A SKU is text even where it looks like a number; a quantity is a number even where it is negative.
    assert_eq!(cell("sku"), "'-42");
    assert_eq!((cell("quantity"), cell("unit_cost"), cell("amount")), ("-5", "8.00", "-40.00"));
    assert_eq!((cell("description"), cell("needed_by")), ("燕麦奶, 1 L", ""));
    assert_eq!(order.total(), Money(-4000));
    let plain = purchase_order::write(&order, WriteOptions { bom: false });
    assert_eq!(&bytes[3..], plain);
}

#[test]
fn only_numbers_may_start_with_a_sign() {
    let bytes = table::write(
        &["a", "b"],
        [
            vec![Cell::Number("-1.5".to_owned()), Cell::Number("=1".to_owned())],
            vec![Cell::Empty, Cell::from("ok")],
        ],
        WriteOptions { bom: false },
    );
    assert_eq!(String::from_utf8(bytes).unwrap(), "a,b\r\n-1.5,'=1\r\n,ok\r\n");
    assert_eq!(neutralise("  =1"), "'  =1");
    assert_eq!(neutralise("a=1"), "a=1");
}

#[test]
fn every_field_has_its_own_key() {
    let mut keys = std::collections::BTreeSet::new();
    for kind in Kind::ALL {
        for field in kind.fields() {
            keys.insert(field.key());
            assert_eq!(Field::from_key(field.key()), Some(*field));
            // Our own templates are understood.
            assert_eq!(suggest(kind, &[field.key().to_owned()]).column(*field), Some(0), "{}", field.key());
        }
    }
    assert_eq!(keys.len(), 95);
}

proptest! {
    /// Whatever bytes come, there is an answer and no panic.
    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = orders(&bytes);
    }

    #[test]
    fn any_text_gets_an_answer(text in "[a-z0-9,;\"\r\n\t/. 年月=+-]{0,400}") {
        let _ = orders(format!("sku,date,qty\n{text}").as_bytes());
        let _ = dates::parse(&text, None);
        let _ = numbers::plain(&text, DecimalMark::Comma);
    }

    /// What our table writes, any CSV reader reads back; no text cell starts a formula.
    #[test]
    fn text_survives_the_table(cells in proptest::collection::vec("[ -~\t\r\n=+@中文]{0,12}", 1..5)) {
        let row: Vec<Cell> = cells.iter().map(|cell| Cell::from(cell.as_str())).collect();
        let header: Vec<&str> = cells.iter().map(|_| "h").collect();
        let bytes = table::write(&header, [row], WriteOptions { bom: false });
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let back = reader.records().next();
        if let Some(back) = back {
            let back = back.unwrap();
            for (cell, found) in cells.iter().zip(back.iter()) {
                let start = found.trim_start().chars().next();
                prop_assert!(!matches!(start, Some('=' | '+' | '-' | '@')));
                prop_assert_eq!(table::original(found), cell.as_str());
            }
        }
    }

    /// The same rows in, however the bytes are split: the reader has no seams.
    #[test]
    fn rows_have_no_seams(quantities in proptest::collection::vec(0..1000_i64, 1..200), piece in 1..97_usize) {
        struct Pieces<'a>(&'a [u8], usize);
        impl std::io::Read for Pieces<'_> {
            fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                let n = self.1.min(into.len()).min(self.0.len());
                into[..n].copy_from_slice(&self.0[..n]);
                self.0 = &self.0[n..];
                Ok(n)
            }
        }
        let mut text = String::from("sku,date,qty\r\n");
        for (n, quantity) in quantities.iter().enumerate() {
            text.push_str(&format!("\"S\n{n}\",2026-01-05,{quantity}\r\n"));
        }
        let look = preview(text.as_bytes(), Some(Kind::Orders)).unwrap();
        let (mut found, mut lines) = (Vec::new(), Vec::new());
        let take = |chunk: Chunk<OrderLine>| {
            found.extend(chunk.rows.into_iter().map(|row| row.quantity));
            lines.extend(chunk.lines);
            ControlFlow::Continue(())
        };
        let report = parse_orders(
            Pieces(text.as_bytes(), piece), 0, &look.format, &look.mapping, take, &Progress::none(), &Stop::default(),
        ).unwrap();
        prop_assert_eq!(found, quantities.iter().map(|n| Quantity::of(*n)).collect::<Vec<_>>());
        prop_assert_eq!(report.quantity, Quantity::of(quantities.iter().sum()));
        prop_assert!(lines.iter().enumerate().all(|(n, line)| *line == 2 + 2 * n as u64));
    }
}

#[test]
fn deliveries_and_vehicles_are_read() {
    let file = "Order Number;Delivery Date;Customer;Lat;Lng;Weight;Window Start;Window End;Service Time;备注\n\
        D1;2026-11-23;Shop;60,17;24,94;85,5;09:00;12:00;7,5;back door\n\
        D2;2026-11-23;Shop;;24,94;1;;;;\n\
        D3;2026-11-23;Shop;60,17;240;1;;;;\n\
        D4;2026-11-23;Shop;60,17;24,94;1;12:00;09:00;;\n\
        D5;2026-11-23;Shop;60,17;24,94;-1;;;;\n\
        D1;2026-11-23;Shop;60,17;24,94;1;;;;\n\
        D1;2026-11-24;Shop;60,17;24,94;;;17:30;;\n\
        D6;2026-11-24;Shop;60,17;24,94;1;noon;;;\n";
    let look = preview(file.as_bytes(), Some(Kind::Deliveries)).unwrap();
    assert!(look.mapping.missing().is_empty(), "{:?}", look.mapping);
    let found = survey(file.as_bytes(), &look.format, &look.mapping, &Stop::default()).unwrap();
    let mapping = Mapping { decimal_mark: found.decimal_mark, ..look.mapping };
    let mut rows = Vec::new();
    let take = |chunk: Chunk<DeliveryRow>| {
        rows.extend(chunk.rows.into_iter().map(|row| row.delivery));
        ControlFlow::Continue(())
    };
    let (progress, stop) = (Progress::none(), Stop::default());
    let report =
        parse_deliveries(file.as_bytes(), 0, &look.format, &mapping, take, &progress, &stop).unwrap();
    assert_eq!((report.good, report.bad), (2, 6));
    let errors: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| (finding.line.unwrap(), finding.code))
        .collect();
    use FindingCode::*;
    assert_eq!(
        errors,
        [(3, NotAPlace), (4, NotAPlace), (5, WindowReversed), (6, OutOfRange), (7, Duplicate), (9, NotATime)]
    );
    assert_eq!(rows[0].window, Some((540, 720)));
    assert_eq!((rows[0].service, rows[0].weight_kg), (Millis(450_000), Milli(85_500)));
    assert_eq!((rows[1].window, rows[1].weight_kg), (Some((0, 1050)), Milli(0)));

    let file = "plate,payload kg,volume,from,to,per km\nVAN-1,1200,8,07:00,16:00,0.60\nVAN-2,0,,,,\nVAN-3,900,,16:00,07:00,\nVAN-4,,,,,\n";
    let look = preview(file.as_bytes(), Some(Kind::Vehicles)).unwrap();
    let mut rows = Vec::new();
    let take = |chunk: Chunk<VehicleEntry>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let report =
        parse_vehicles(file.as_bytes(), 0, &look.format, &look.mapping, take, &progress, &stop).unwrap();
    assert_eq!((report.good, report.bad), (1, 3));
    assert_eq!(report.counts[&(VehicleNoCapacity, Severity::Error)], 1);
    assert_eq!(
        (rows[0].shift_from, rows[0].shift_to, rows[0].cost_per_km),
        (Some(420), Some(960), Some(Money(60)))
    );
}

#[test]
fn an_order_file_tells_of_its_items_once() {
    let file = "order_id,date,sku,description,category,quantity\n\
        1,2026-01-05,MILK,,,1\n2,2026-01-05,TEA,Green tea,Drinks,1\n3,2026-01-06,MILK,Milk 1 L,Dairy,2\n\
        4,2026-01-06,TEA,Black tea,Drinks,1\n5,2026-01-06,SALT,,,1\n";
    let Preview { format, mapping, .. } = preview(file.as_bytes(), Some(Kind::Orders)).unwrap();
    let mut items = Vec::new();
    let take = |chunk: Chunk<OrderLine>| {
        items.extend(chunk.items);
        ControlFlow::Continue(())
    };
    let report =
        parse_orders(file.as_bytes(), 0, &format, &mapping, take, &Progress::none(), &Stop::default())
            .unwrap();
    assert_eq!((report.good, report.ignored_columns.len()), (5, 0));
    let told: Vec<_> = items
        .iter()
        .map(|item| (item.sku.as_str(), item.name.as_deref(), item.category.as_deref()))
        .collect();
    assert_eq!(told, [("TEA", Some("Green tea"), Some("Drinks")), ("MILK", Some("Milk 1 L"), Some("Dairy"))]);
}

#[test]
fn a_bare_name_in_an_order_file_is_not_the_item_s() {
    // As Shopify exports: Name is the order's number.
    let header: Vec<String> = ["Name", "Created at", "Lineitem sku", "Lineitem name", "Lineitem quantity"]
        .map(str::to_owned)
        .into();
    let mapping = suggest(Kind::Orders, &header);
    assert_eq!(mapping.column(Field::Name), Some(3));
}

#[test]
fn times_of_day_are_read_as_people_write_them() {
    let cases = [
        ("9:30", Some(570)),
        ("09:30:00", Some(570)),
        ("2026-11-22 09:30", Some(570)),
        ("0.5", Some(720)),
        ("24:00", Some(1440)),
        ("9时30分", Some(570)),
        ("9:60", None),
        ("morning", None),
        ("9", None),
        (":", None),
        ("99999:00", None),
    ];
    for (text, minute) in cases {
        assert_eq!(crate::read::minute_of(text), minute, "{text}");
    }
}
