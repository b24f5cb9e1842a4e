use crate::layouts::recognise;
use crate::source::{Source, Writing, open};
use crate::{Error, ErrorKind, Kind};
use std::io::Cursor;
use units::Stop;

fn opened(text: &str) -> Result<Source, Error> {
    open(Cursor::new(text.as_bytes()), "x.edi", None, &Stop::default())
}

fn lines(source: &Source) -> Vec<String> {
    let table = String::from_utf8(source.table.as_deref().expect("a table").to_vec()).expect("UTF-8");
    table.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// An interchange around the segments of messages; each message's count is put in.
fn x12(kind: &str, group: &str, body: &[&str]) -> String {
    let mut all = vec![
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260131*1200*U*00401*000000001*0*P*>".to_owned(),
        format!("GS*{group}*SENDER*RECEIVER*20260131*1200*1*X*004010"),
        format!("ST*{kind}*0001"),
    ];
    all.extend(body.iter().map(|segment| (*segment).to_owned()));
    all.push(format!("SE*{}*0001", body.len() + 2));
    all.push("GE*1*1".to_owned());
    all.push("IEA*1*000000001".to_owned());
    all.join("~\n") + "~\n"
}

#[test]
fn an_inventory_advice_is_stock() {
    let text = x12(
        "846",
        "IB",
        &[
            "BIA*00*DD*INV-1*20260130",
            "N1*WH*North depot",
            "LIN*1*UP*036000291452*SK*MILK",
            "PID*F****Milk, whole",
            "REF*LT*L-7",
            "DTM*036*20260301",
            "QTY*33*12.5*CA",
            "LIN*2*SK*TEA",
            "QTY*17*4*EA",
            "CTT*2",
        ],
    );
    let source = opened(&text).expect("an interchange");
    assert_eq!(source.writing, Writing::X12);
    let lines = lines(&source);
    assert_eq!(
        lines[1],
        "INV-1,MILK,12.5,036000291452,\"Milk, whole\",CA,L-7,2026-03-01,North depot,2026-01-30"
    );
    assert_eq!(lines[2], "INV-1,TEA,4,,,EA,,,North depot,2026-01-30");
    let header: Vec<String> = lines[0].split(',').map(str::to_owned).collect();
    let known = recognise(&header, "").expect("a layout");
    assert_eq!((known.layout.map(|layout| layout.key), known.mapping.kind), (Some("edi-stock"), Kind::Stock));
    // A row stands below the header on the line of its segment.
    let table = source.table.expect("a table");
    let at =
        table.split(|byte| *byte == b'\n').position(|line| line.starts_with(b"INV-1,MILK")).expect("there");
    assert_eq!(at, 6);
}

#[test]
fn orders_and_despatches_are_read_too() {
    let order = x12(
        "940",
        "OW",
        &[
            "W05*N*ORD-9*PO-3",
            "N1*ST*Corner shop*92*C-1",
            "G62*10*20260204",
            "LX*1",
            "W01*5*EA*036000291452*VN*MILK",
            "G69*Milk",
            "LX*2",
            "W01*2*CA**VN*TEA",
            "W76*7*20*LB",
        ],
    );
    let source = opened(&order).expect("an order");
    assert_eq!(
        lines(&source)[1..],
        [
            "ORD-9,2026-01-31,2026-02-04,Corner shop,1,MILK,036000291452,Milk,5,EA,,order",
            "ORD-9,2026-01-31,2026-02-04,Corner shop,2,TEA,,,2,CA,,order",
        ]
    );
    let sent = x12(
        "945",
        "SW",
        &[
            "W06*N*ORD-9*20260201*SHP-1",
            "N1*ST*Corner shop",
            "LX*1",
            "MAN*GM*003400000000000017",
            "W12*CC*5*4*1*EA*036000291452*VN*MILK",
            "N9*LT*L-7",
        ],
    );
    assert_eq!(
        lines(&opened(&sent).expect("an advice"))[1],
        "SHP-1,out,ORD-9,1,2026-02-01,,Corner shop,MILK,036000291452,,4,EA,L-7,,003400000000000017"
    );
    let notice = x12(
        "856",
        "SH",
        &[
            "BSN*00*ASN-4*20260131*1200",
            "HL*1**S",
            "DTM*011*20260131",
            "DTM*017*20260203",
            "N1*SF*Dairy Ltd",
            "HL*2*1*O",
            "PRF*PO-8",
            "HL*3*2*P",
            "MAN*GM*003400000000000024",
            "HL*4*3*I",
            "LIN*1*SK*MILK*LT*L-8",
            "SN1**24*EA",
        ],
    );
    assert_eq!(
        lines(&opened(&notice).expect("a notice"))[1],
        "ASN-4,in,PO-8,1,2026-01-31,2026-02-03,Dairy Ltd,MILK,,,24,EA,L-8,,003400000000000024"
    );
}

#[test]
fn edifact_says_the_same_in_other_signs() {
    let text = "UNA:+,? 'UNB+UNOA:2+A+B+260131:1200+1'UNH+1+ORDERS:D:96A:UN'BGM+220+PO?'7+9'DTM+137:20260131:102'DTM+2:202602041200:203'\
        NAD+BY+5412345000013::9++Corner shop'LIN+1++5412345678908:EN'PIA+5+MILK:SA'IMD+F++:::Milk'QTY+21:2,5:PCE'PRI+AAA:1,2'UNS+S'UNT+12+1'UNZ+1+1'";
    let source = opened(text).expect("an order");
    assert_eq!(source.writing, Writing::Edifact);
    assert_eq!(
        lines(&source)[1],
        "PO'7,2026-01-31,2026-02-04,Corner shop,1,MILK,5412345678908,Milk,2.5,PCE,1.2,order"
    );
    let stock = "UNB+UNOA:2+A+B+260131:1200+1'UNH+1+INVRPT:D:96A:UN'BGM+35+I-1'DTM+366:20260131:102'LIN+1++5412345678908:EN'PIA+1+TEA:SA'QTY+145:7'DTM+361:20260301:102'GIN+BX+L-2'UNT+9+1'UNZ+1+1'";
    assert_eq!(
        lines(&opened(stock).expect("stock"))[1],
        "I-1,TEA,7,5412345678908,,,L-2,2026-03-01,,2026-01-31"
    );
    let notice = "UNB+UNOA:2+A+B+260131:1200+1'UNH+1+DESADV:D:96A:UN'BGM+351+D-1'DTM+11:20260131:102'RFF+ON:PO-1'NAD+SU+4000001000005::9'CPS+1'GIN+BJ+003400000000000031'LIN+1++5412345678908:EN'QTY+12:6:PCE'UNT+10+1'UNZ+1+1'";
    assert_eq!(
        lines(&opened(notice).expect("a notice"))[1],
        "D-1,in,PO-1,1,2026-01-31,,4000001000005,5412345678908,5412345678908,,6,PCE,,,003400000000000031"
    );
}

#[test]
fn half_an_interchange_is_none() {
    let whole = x12("846", "IB", &["BIA*00*DD*INV-1*20260130", "LIN*1*SK*TEA", "QTY*33*4*EA"]);
    assert!(opened(&whole).is_ok());
    for cut in [whole.find("IEA"), whole.find("SE*"), whole.find("QTY*33").map(|at| at + 5), Some(80)] {
        let cut = cut.expect("it is in there");
        assert_eq!(opened(&whole[..cut]).map(|_| ()).expect_err("half").kind, ErrorKind::Truncated, "{cut}");
    }
    let miscounted = whole.replace("SE*5*", "SE*6*");
    assert_eq!(opened(&miscounted).map(|_| ()).expect_err("miscounted").kind, ErrorKind::Truncated);
    let other = x12("997", "FA", &["AK1*IB*1"]);
    assert_eq!(opened(&other).map(|_| ()).expect_err("nothing for us").kind, ErrorKind::MissingColumn);
}
