use super::*;
use crate::rows::{Rows, Step};
use crate::source;
use proptest::prelude::*;

/// Reads a table back as an import would: whatever it is written as, by its rows.
fn read_back(bytes: &[u8], name: &str) -> Vec<Vec<String>> {
    let opened = source::open(std::io::Cursor::new(bytes), name, None, &units::Stop::default()).unwrap();
    let table = opened.table.clone().unwrap_or_else(|| bytes.into());
    let format = opened.format().unwrap_or_else(|| crate::sniff(&table).unwrap());
    let mut rows = Rows::new(&*table, &format);
    rows.skip_preamble(&format).unwrap();
    let mut all = Vec::new();
    while let Step::Row = rows.step().unwrap() {
        let row = (0..rows.len()).map(|n| original(std::str::from_utf8(rows.field(n)).unwrap()).to_owned());
        all.push(row.collect());
    }
    all
}

/// The cells of a sheet, and whether any of them is a formula.
fn formulas(bytes: &[u8]) -> usize {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut xml).unwrap();
    xml.matches("<f>").count() + xml.matches("<f ").count()
}

fn written(form: Form, rows: &[Vec<Cell>]) -> Vec<u8> {
    let heads = (0..rows[0].len())
        .map(|n| Head { key: format!("c{n}"), name: format!("列 Column {n} (kg)") })
        .collect();
    let mut sheet = Sheet::begin(form, "Stock / Bestand", Day(20_000), heads).unwrap();
    for row in rows {
        sheet.row(row).unwrap();
    }
    sheet.finish().unwrap()
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Number(text) => text.clone(),
        Cell::Day(day) => day.to_string(),
    }
}

/// What a person or a file may put into a cell; what reading leaves of it has no spaces around it.
fn any_text() -> impl Strategy<Value = String> {
    "['=+@＝＋－＠-]{0,3}[ -~\t中文é＝]{0,9}".prop_map(|text| text.trim().to_owned())
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        1 => Just(Cell::Empty),
        5 => any_text().prop_filter("a text", |text| !text.is_empty()).prop_map(Cell::Text),
        2 => any::<i32>().prop_map(|n| Cell::Number(n.to_string())),
        2 => (-999_999_999_999_i64..999_999_999_999).prop_map(|n| Quantity(n).into()),
        1 => (0..60_000_i32).prop_map(|day| Cell::Day(Day(day))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// What is written is read back as it was, in each form, and nothing of it is a formula to a spreadsheet.
    #[test]
    fn a_table_survives_its_file(rows in proptest::collection::vec(proptest::collection::vec(any_cell(), 3), 1..12)) {
        // The first cell is never empty: a row of nothing is no row to a reader.
        let rows: Vec<Vec<Cell>> = (1_i64..).zip(rows).map(|(n, mut row)| { row.insert(0, n.into()); row }).collect();
        let wanted: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(text).collect()).collect();
        for (form, name) in [(Form::Csv, "a.csv"), (Form::Xlsx, "a.xlsx"), (Form::Json, "a.json")] {
            let bytes = written(form, &rows);
            let back = read_back(&bytes, name);
            prop_assert_eq!(back.len(), rows.len() + 1, "{:?}", form);
            for (row, (wanted, cells)) in back[1..].iter().zip(wanted.iter().zip(&rows)) {
                for (n, (wanted, cell)) in wanted.iter().zip(cells).enumerate() {
                    let found = row.get(n).map_or("", |found| found.trim());
                    match cell {
                        // 12.50 and 12.5 are one number.
                        Cell::Number(_) => prop_assert_eq!(found.parse::<f64>().unwrap(), wanted.parse::<f64>().unwrap()),
                        _ => prop_assert_eq!(found, wanted.as_str(), "{:?}", form),
                    }
                }
            }
            if form == Form::Xlsx {
                prop_assert_eq!(formulas(&bytes), 0);
            }
            if form == Form::Csv {
                for field in csv::ReaderBuilder::new().from_reader(&bytes[3..]).records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
                    prop_assert!(is_number(&field) || !starts_formula(&field) || field.starts_with('\''), "{}", field);
                }
            }
        }
    }

    #[test]
    fn an_apostrophe_is_put_and_taken(text in any_text()) {
        let safe = neutralise(&text);
        prop_assert_eq!(original(&safe), text.as_str());
    }
}

#[test]
fn a_table_in_each_form() {
    let rows = [
        vec!["=1+1".into(), Quantity(-1_500).into(), Day(20_000).into(), Cell::Empty],
        vec!["燕麦奶".into(), Money(1_250).into(), Cell::Empty, "2026-11-22T13:00:00.000+08:00".into()],
    ];
    assert_eq!(
        String::from_utf8(written(Form::Csv, &rows)).unwrap(),
        "\u{feff}列 Column 0 (kg),列 Column 1 (kg),列 Column 2 (kg),列 Column 3 (kg)\r\n'=1+1,-1.5,2024-10-04,\r\n燕麦奶,12.50,,2026-11-22T13:00:00.000+08:00\r\n"
    );
    assert_eq!(
        String::from_utf8(written(Form::Json, &rows)).unwrap(),
        "[\n{\"c0\":\"=1+1\",\"c1\":-1.5,\"c2\":\"2024-10-04\",\"c3\":null},\n{\"c0\":\"燕麦奶\",\"c1\":12.50,\"c2\":null,\"c3\":\"2026-11-22T13:00:00.000+08:00\"}\n]\n"
    );
    assert_eq!(written(Form::Xlsx, &rows), written(Form::Xlsx, &rows), "the same table, the same bytes");
    let nothing = Sheet::begin(Form::Json, "x", Day(0), Vec::new()).unwrap().finish().unwrap();
    assert_eq!(serde_json::from_slice::<Vec<()>>(&nothing).unwrap(), []);
}
