use super::*;
use protocols::modbus::{Kind, Objects, Point, Real, Table, decode};
use units::{Milli, Seed};

const START: Timestamp = Timestamp(1_795_996_800_000);

fn meter() -> Meter {
    Meter::new(Machines::new(Seed(5), START))
}

/// Asks over a connection; the answer without its frame.
fn ask(peer: &mut TcpStream, unit: u8, request: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x12, 0x34, 0, 0, 0, (request.len() + 1) as u8, unit];
    frame.extend(request);
    peer.write_all(&frame).expect("asked");
    let mut head = [0; 7];
    peer.read_exact(&mut head).expect("answered");
    assert_eq!((head[..2].to_vec(), head[6]), (vec![0x12, 0x34], unit));
    let mut answer = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]])) - 1];
    peer.read_exact(&mut answer).expect("answered");
    answer
}

#[test]
fn it_holds_what_it_measures() {
    let server = start(meter(), "127.0.0.1:0", Arc::new(|| START)).expect("a port");
    let address = server.endpoint().strip_prefix("tcp://").expect("TCP").to_owned();
    let mut peer = TcpStream::connect(address).expect("connected");
    let answer = ask(&mut peer, UNIT, &[3, 0, 0, 0, 18]);
    assert_eq!(answer[..2], [3, 36]);
    let words: Vec<u16> = answer[2..].chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
    for (value, measure) in VALUES.iter().zip(meter().measures(START)) {
        let mut point = Point::new(value.code, Table::Holding, value.register);
        point.kind = Kind::F32;
        if value.tenths {
            point = Point { kind: Kind::U32, scale: Real::new(0.1).expect("finite"), ..point };
        }
        let from = usize::from(value.register);
        let read = decode(&point, &Objects::Words(words[from..from + 2].to_vec())).expect("a number");
        let protocols::modbus::Value::Number(Milli(read)) = read else { panic!("{}", value.code) };
        assert!((read as f64 / 1000.0 - measure).abs() < 0.11, "{}: {read} {measure}", value.code);
    }
    assert_eq!(ask(&mut peer, UNIT, &[4, 0, 18, 0, 6])[2..], *NAME);
    // Half a value is none; what is not there, not asked properly, not known or somebody else's is refused.
    assert_eq!(ask(&mut peer, UNIT, &[3, 0, 1, 0, 3]).len(), 8);
    for (unit, request, code) in [
        (UNIT, [3, 0, 20, 0, 9], 2),
        (UNIT, [3, 0, 0, 0, 0], 3),
        (UNIT, [6, 0, 0, 0, 1], 1),
        (9, [3, 0, 0, 0, 1], 11),
    ] {
        assert_eq!(ask(&mut peer, unit, &request), [request[0] | 0x80, code]);
    }
    assert_eq!(server.stop(), Sent { frames: 7, readings: 10, unread_bytes: 0 });
}

#[test]
fn power_is_voltage_by_current_and_its_count_never_falls() {
    let (meter, mut last) = (meter(), 0.0);
    for hour in 0..200 {
        let [kw, kwh, v1, v2, v3, a1, a2, a3, hz] = meter.measures(START + Millis::hours(hour));
        let phases = (v1 * a1 + v2 * a2 + v3 * a3) * POWER_FACTOR / 1000.0;
        assert!((phases - kw).abs() < 1e-6, "{phases} {kw}");
        assert!((220.0..240.0).contains(&v1) && (49.8..50.2).contains(&hz) && kw > 10.0);
        assert!(kwh > last);
        last = kwh;
    }
}
