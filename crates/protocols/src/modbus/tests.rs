use super::*;
use domain::RawFault;
use proptest::prelude::*;
use units::Milli;

fn point(kind: Kind, order: Order) -> Point {
    Point { kind, order, ..Point::new("p", Table::Holding, 0) }
}

fn number(point: &Point, words: &[u16]) -> Result<Value, RawFault> {
    decode(point, &Objects::Words(words.to_vec()))
}

fn milli(value: f64) -> Result<Value, RawFault> {
    Ok(Value::Number(Milli::from_f64(value)))
}

#[test]
fn the_four_orders_are_those_of_the_letters() {
    // 0x0A0B0C0D, bytes A B C D.
    let whole = f64::from(0x0A0B_0C0D);
    for (order, words) in [
        (Order::Abcd, [0x0A0B, 0x0C0D]),
        (Order::Cdab, [0x0C0D, 0x0A0B]),
        (Order::Badc, [0x0B0A, 0x0D0C]),
        (Order::Dcba, [0x0D0C, 0x0B0A]),
    ] {
        assert_eq!(number(&point(Kind::U32, order), &words), milli(whole), "{order:?}");
    }
    // 21.5 as IEEE 754 is 41AC0000; a counter of 64 bits with its low word first.
    assert_eq!(number(&point(Kind::F32, Order::Cdab), &[0, 0x41AC]), milli(21.5));
    assert_eq!(number(&point(Kind::U64, Order::Cdab), &[7, 1, 0, 0]), milli(65_543.0));
    assert_eq!(number(&point(Kind::I16, Order::Dcba), &[0xFEFF]), milli(-2.0));
}

#[test]
fn scale_offset_fields_and_no_value() {
    let tenths = Point {
        scale: Real::new(0.1).unwrap(),
        offset: Real::new(-40.0).unwrap(),
        ..point(Kind::I16, Order::Abcd)
    };
    assert_eq!(number(&tenths, &[612]), milli(21.2));
    let open = Point { no_value: Some(-32_768), ..tenths };
    assert_eq!(number(&open, &[0x8000]), Err(RawFault::SensorFault));
    let field = Point { bit: Some(4), bits: 3, ..point(Kind::U16, Order::Abcd) };
    assert_eq!(number(&field, &[0b0101_0000]), milli(5.0));
    assert_eq!(number(&point(Kind::F32, Order::Abcd), &[0x7FC0, 0]), Err(RawFault::NotANumber));
    assert_eq!(number(&point(Kind::U64, Order::Abcd), &[u16::MAX; 4]), Err(RawFault::NotANumber));
    assert_eq!(number(&point(Kind::U32, Order::Abcd), &[1]), Err(RawFault::NotANumber));
    let text = Point { count: 4, ..point(Kind::Text, Order::Badc) };
    assert_eq!(number(&text, &[0x4D50, 0x2D33, 0x0032, 0x4141]), Ok(Value::Text("PM3-2".to_owned())));
    let inputs = Point { count: 3, ..Point::new("i", Table::Discrete, 0) };
    assert_eq!(decode(&inputs, &Objects::Bits(vec![false, true, true])), milli(6.0));
}

#[test]
fn what_is_written_is_exact_or_refused() {
    let mut set = Point {
        write: Write::Single,
        scale: Real::new(0.1).unwrap(),
        ..Point::new("set", Table::Holding, 7)
    };
    set.write_max = Some(Milli(30_000));
    assert_eq!(encode(&set, Milli(21_500)), Ok(Command::Register(7, 215)));
    assert!(encode(&set, Milli(21_550)).unwrap_err().contains("steps"));
    assert!(encode(&set, Milli(30_100)).unwrap_err().contains("greatest"));
    assert!(encode(&set, Milli(-100)).unwrap_err().contains("more than"));
    assert!(encode(&Point { write: Write::Off, ..set.clone() }, Milli(0)).unwrap_err().contains("off"));
    let both = Point { write: Write::Multiple, ..set };
    assert_eq!(encode(&both, Milli(21_500)), Ok(Command::Registers(7, vec![215])));
    let coil = Point { write: Write::Single, ..Point::new("on", Table::Coil, 3) };
    assert_eq!(encode(&coil, Milli(1000)), Ok(Command::Coil(3, true)));
    assert!(encode(&coil, Milli(2000)).is_err());
    let coils = Point { write: Write::Multiple, count: 3, ..coil };
    assert_eq!(encode(&coils, Milli(5000)).map(|command| command.code()), Ok(15));
    assert_eq!(encode(&coils, Milli(5000)), Ok(Command::Coils(3, vec![true, false, true])));
}

#[test]
fn a_refused_object_is_found_and_the_others_are_read() {
    // Points at 0, 1, 3, 4, 5, 6; the slave has no 2 and refuses 5.
    let map = Map {
        points: [0, 1, 3, 4, 5, 6].map(|at| Point::new(&format!("p{at}"), Table::Input, at)).to_vec(),
        ..Map::default()
    };
    let all: Vec<usize> = (0..map.points.len()).collect();
    let refused =
        |range: &Range| [2, 5].iter().any(|at| (range.address..range.address + range.count).contains(at));
    let mut cuts = Cuts::new();
    let (mut asked, mut lost) = (0, Vec::new());
    loop {
        let ranges = plan(&map, &all, &cuts);
        let Some(bad) = ranges.iter().find(|range| refused(range) && !lost.contains(&range.address)) else {
            break;
        };
        asked += 1;
        if !cuts.refused(&map, bad) {
            lost.push(bad.address);
        }
    }
    assert_eq!(lost, [5]);
    assert!(asked <= 5, "{asked}");
    let read: usize =
        plan(&map, &all, &cuts).iter().filter(|range| !refused(range)).map(|r| r.points.len()).sum();
    assert_eq!(read, 5);
}

#[test]
fn addresses_are_read_in_every_notation() {
    use Notation::{Auto, FromZero, Reference};
    let holding = Some(Table::Holding);
    for (text, table, notation, expected) in [
        ("0", holding, Auto, Ok((Table::Holding, 0))),
        ("0x0010", holding, Auto, Ok((Table::Holding, 16))),
        ("40001", None, Auto, Ok((Table::Holding, 0))),
        ("30108", None, Auto, Ok((Table::Input, 107))),
        ("400513", holding, Auto, Ok((Table::Holding, 512))),
        ("465536", None, Auto, Ok((Table::Holding, 65_535))),
        ("4x0001", None, Auto, Ok((Table::Holding, 0))),
        ("00017", None, Auto, Ok((Table::Coil, 16))),
        ("40001", holding, FromZero, Ok((Table::Holding, 40_001))),
        ("40001", holding, Reference, Ok((Table::Holding, 0))),
        ("17", holding, Reference, Ok((Table::Holding, 16))),
        ("30001", holding, Auto, Ok((Table::Holding, 30_001))),
        ("40001", holding, Auto, Err("choose")),
        ("17", None, Auto, Err("function code")),
        ("65536", holding, FromZero, Err("no address")),
        ("30001", holding, Reference, Err("another's")),
        ("4000e1", holding, Auto, Err("no address")),
        ("", holding, Auto, Err("no address")),
    ] {
        match (address(text, table, notation), expected) {
            (Err(said), Err(part)) => assert!(said.contains(part), "{text}: {said}"),
            (found, expected) => assert_eq!(found.ok(), expected.ok(), "{text} {notation:?}"),
        }
    }
    assert_eq!(reference(Table::Holding, 0), "holding 0 (40001)");
    assert_eq!(reference(Table::Input, 20_000), "input 20000 (320001)");
    assert_eq!(reference(Table::Coil, 16), "coil 16 (00017)");
}

#[test]
fn a_table_of_points_is_read_with_all_its_findings() {
    let text = "\u{feff}tag;unitId;functionCode;address;objectsCount;type;divider;byteOrder;wordOrder;pollPeriod;colour\n\
        volt;1;4;0;2;32float;;BIG;LITTLE;1000;red\n\
        kwh;3;3;256;4;64uint;100;BIG;BIG;60000;\n\
        alarm;1;2;8;1;bits;;;;;\n\
        ;1;3;9;1;16int;10;;;;\n\
        kwh;1;3;1;1;16int;;;;;\n\
        pair;1;3;4;2;;;;;;\n\
        out;1;6;4;1;16int;;;;;\n\
        both;1;3;40002;1;16int;;;;;\n";
    let (points, findings) = from_csv(text, Notation::Auto, &Map::default());
    let codes: Vec<&str> = points.iter().map(|point| point.code.as_str()).collect();
    assert_eq!(codes, ["volt", "kwh", "alarm", "1-holding-9"]);
    let volt = &points[0];
    assert_eq!(
        (volt.table, volt.kind, volt.order, volt.every_ms),
        (Table::Input, Kind::F32, Order::Cdab, Some(1000))
    );
    assert_eq!((points[1].unit, points[1].scale.get()), (Some(3), 0.01));
    let said: Vec<(u64, &str)> =
        findings.iter().map(|finding| (finding.line, finding.message.as_str())).collect();
    let parts = [(1, "colour"), (6, "above already"), (7, "give the type"), (8, "writes"), (9, "choose")];
    assert_eq!(said.len(), parts.len(), "{said:?}");
    for ((line, said), (expected, part)) in said.into_iter().zip(parts) {
        assert!(line == expected && said.contains(part), "{line}: {said}");
    }
    let map = Map { points, ..Map::default() };
    let again = from_csv(&to_csv(&map), Notation::Auto, &Map::default());
    assert_eq!(again, (map.points, Vec::new()));
}

#[test]
fn a_map_is_json_with_what_differs_from_the_default() {
    let text = r#"{"unit":7,"slaves":{"9":{"timeout_ms":300,"pause_ms":5,"retries":1,"registers_max":16,"bits_max":2000,"gap":0}},"points":[{"code":"U1","table":"input","address":0,"kind":"f32","order":"cdab"}]}"#;
    let map: Map = serde_json::from_str(text).unwrap();
    assert_eq!(map.timing(9).registers_max, 16);
    assert_eq!(map.timing(7), &Timing::default());
    assert_eq!(serde_json::to_string(&map).unwrap(), text);
    assert_eq!(map.check(), Ok(()));
    assert!(
        serde_json::from_str::<Map>(r#"{"points":[{"code":"U1","tabel":"input","address":0}]}"#).is_err()
    );
    let mut twice = map.clone();
    twice.points.push(map.points[0].clone());
    twice.points[0].bit = Some(3);
    assert_eq!(twice.wrongs().len(), 2);
}

#[test]
fn unknown_registers_show_what_they_could_be() {
    // 230.4 with its low word first, then text.
    let bits = 230.4_f32.to_bits();
    let registers = tries(100, &[bits as u16, (bits >> 16) as u16, 0x504D, 0x3320]);
    assert_eq!((registers.len(), registers[1].address), (4, 101));
    let find = |at: usize, kind: Kind| registers[at].tries.iter().find(|one| one.kind == kind).unwrap();
    let float = find(0, Kind::F32);
    assert_eq!((float.values[1].as_str(), float.likely[1]), ("230.4", true));
    assert!(!float.likely[0]);
    let text = find(2, Kind::Text);
    assert_eq!((text.values[0].as_str(), text.likely[0]), ("PM3", true));
    assert!(registers[3].tries.iter().all(|one| one.kind.registers() != Some(2)));
    assert!(tries(u16::MAX, &[1, 2]).len() == 1);
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::U16,
        Kind::I16,
        Kind::U32,
        Kind::I32,
        Kind::U64,
        Kind::I64,
        Kind::F32,
        Kind::F64,
    ])
}

fn any_order() -> impl Strategy<Value = Order> {
    prop::sample::select(Order::ALL.to_vec())
}

fn any_point() -> impl Strategy<Value = Point> {
    (0..3_u8, prop::sample::select(Table::ALL.to_vec()), 0..300_u16, any_kind(), 1..=4_u16).prop_map(
        |(unit, table, address, kind, count)| {
            let mut point = Point { unit: Some(unit), ..Point::new("", table, address) };
            if table.is_bits() {
                point.count = count;
            } else {
                point.kind = kind;
            }
            point
        },
    )
}

proptest! {
    #[test]
    fn every_order_comes_back(kind in any_kind(), order in any_order(), value in -32_768_000_i64..=32_767_000, wide in any::<u32>()) {
        let mut point = point(kind, order);
        point.write = Write::Multiple;
        let value = match kind {
            Kind::F32 => Milli::from_f64(f64::from(value as i16) / 8.0),
            Kind::F64 => Milli(value),
            Kind::U16 => Milli(i64::from(wide as u16) * 1000),
            Kind::U32 | Kind::U64 => Milli(i64::from(wide) * 1000),
            _ => Milli(value / 1000 * 1000),
        };
        let words = match encode(&point, value) {
            Ok(Command::Registers(0, words)) => words,
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        prop_assert_eq!(words.len(), usize::from(point.objects()));
        prop_assert_eq!(number(&point, &words), Ok(Value::Number(value)));
    }

    #[test]
    fn every_point_is_in_one_range_within_the_limits(
        points in prop::collection::vec(any_point(), 0..60),
        registers_max in 4..=125_u16,
        bits_max in 4..=64_u16,
        gap in 0..20_u16,
        refusals in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let timing = Timing { registers_max, bits_max, gap, ..Timing::default() };
        let map = Map { timing, points, ..Map::default() };
        let all: Vec<usize> = (0..map.points.len()).collect();
        let mut cuts = Cuts::new();
        for refusal in refusals {
            let ranges = plan(&map, &all, &cuts);
            if ranges.is_empty() {
                break;
            }
            let range = refusal.get(&ranges);
            let cut = cuts.refused(&map, range);
            // What was refused is never asked for again as it was, unless nothing of it can be left out.
            prop_assert_eq!(cut, !plan(&map, &all, &cuts).contains(range));
        }
        let ranges = plan(&map, &all, &cuts);
        let mut seen: Vec<usize> = ranges.iter().flat_map(|range| range.points.clone()).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, all);
        for range in &ranges {
            let most = if range.table.is_bits() { bits_max } else { registers_max };
            prop_assert!(range.count >= 1 && range.count <= most);
            for at in &range.points {
                let point = &map.points[*at];
                prop_assert_eq!((map.unit_of(point), point.table), (range.unit, range.table));
                prop_assert!(point.address >= range.address);
                prop_assert!(point.end() <= u32::from(range.address) + u32::from(range.count));
            }
        }
    }

    #[test]
    fn nothing_that_comes_panics(
        points in prop::collection::vec(any_point(), 1..10),
        words in prop::collection::vec(any::<u16>(), 0..140),
        bits in prop::collection::vec(any::<bool>(), 0..40),
        bit in prop::option::of(any::<u8>()),
    ) {
        let mut map = Map { points, ..Map::default() };
        map.points[0].bit = bit;
        map.points[0].bits = bit.unwrap_or(1);
        let all: Vec<usize> = (0..map.points.len()).collect();
        for range in plan(&map, &all, &Cuts::new()) {
            for got in [Objects::Words(words.clone()), Objects::Bits(bits.clone())] {
                let values = read(&map, &range, &got);
                prop_assert_eq!(values.len(), range.points.len());
            }
        }
        prop_assert_eq!(tries(0, &words).len(), words.len());
    }

    #[test]
    fn no_table_panics(text in "(code|address|type|functionCode|[,;\t\n0-9x\"'a-z])*", text2 in ".*") {
        for text in [&text, &text2] {
            let (points, _) = from_csv(text, Notation::Auto, &Map::default());
            let map = Map { points, ..Map::default() };
            prop_assert_eq!(map.check(), Ok(()));
        }
    }
}
