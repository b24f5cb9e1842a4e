use ingest::{Endpoint, ErrorKind};

#[test]
fn addresses_and_ports_are_told_apart() {
    for (text, shown) in [
        (" /dev/ttyUSB0 ", "/dev/ttyUSB0"),
        ("COM3", "COM3"),
        ("tcp://192.168.1.20:4001/", "tcp://192.168.1.20:4001"),
        ("tcp://[::1]:4001", "tcp://[::1]:4001"),
    ] {
        assert_eq!(Endpoint::parse(text, 9600).expect(text).to_string(), shown);
    }
    for (text, baud) in [
        ("", 9600),
        ("tcp://", 9600),
        ("tcp://host", 9600),
        ("tcp://:1", 9600),
        ("tcp://h:99999", 9600),
        ("COM3", 0),
    ] {
        let error = Endpoint::parse(text, baud).expect_err(text);
        assert_eq!(error.kind, ErrorKind::Permanent);
        assert!(error.message.ends_with('.'), "{error}");
    }
}

#[test]
fn ports_can_be_listed() {
    let ports = ingest::ports().expect("a list, empty or not");
    assert!(ports.is_sorted_by_key(|port| port.path.clone()));
    assert!(ports.iter().all(|port| !port.description.is_empty()));
}
