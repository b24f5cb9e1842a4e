use ingest::{Endpoint, ErrorKind};

#[test]
fn addresses_and_ports_are_told_apart() {
    for (text, shown) in [
        (" /dev/ttyUSB0 ", "/dev/ttyUSB0"),
        ("COM3", "COM3"),
        ("tcp://192.168.1.20:4001/", "tcp://192.168.1.20:4001"),
        ("tcp://[::1]:4001", "tcp://[::1]:4001"),
        ("udp://:10110", "udp://127.0.0.1:10110"),
        ("udp://0.0.0.0:10110", "udp://0.0.0.0:10110"),
        ("udp://[::]:10110", "udp://[::]:10110"),
        ("listen://van-1", "listen://van-1"),
        ("mqtt://broker/site/energy/#", "mqtt://broker:1883/site/energy/#"),
        ("mqtt://[::1]/a", "mqtt://[::1]:1883/a"),
        ("mqtt://10.0.0.7:2883/+/power", "mqtt://10.0.0.7:2883/+/power"),
        ("mqtts://broker/a", "mqtts://broker:8883/a"),
        ("http://10.0.0.7/values.json?room=2", "http://10.0.0.7/values.json?room=2"),
        ("https://plc/values", "https://plc/values"),
    ] {
        assert_eq!(Endpoint::parse(text, 9600).expect(text).to_string(), shown);
    }
    for (text, baud) in [
        ("", 9600),
        ("tcp://", 9600),
        ("tcp://host", 9600),
        ("tcp://:1", 9600),
        ("tcp://h:99999", 9600),
        ("udp://10110", 9600),
        ("udp://elsewhere.example:10110", 9600),
        ("listen://", 9600),
        ("listen://a b", 9600),
        ("listen://a/b", 9600),
        ("COM3", 0),
        ("mqtt://broker", 0),
        ("mqtt://broker/", 0),
        ("mqtt://broker/a#", 0),
        ("mqtt://:1883/a", 0),
        ("mqtt://broker:0/a", 0),
        ("mqtt://me:secret@broker/a", 0),
        ("mqtts://me:secret@broker/a", 0),
        ("https://me:secret@host/", 0),
        ("http://", 0),
        ("http://host name/", 0),
        ("ftp://host/", 0),
    ] {
        let error = Endpoint::parse(text, baud).expect_err(text);
        assert_eq!(error.kind, ErrorKind::Permanent);
        assert!(error.message.ends_with('.') && !error.message.contains("secret"), "{error}");
    }
}

#[test]
fn ports_can_be_listed() {
    let ports = ingest::ports().expect("a list, empty or not");
    assert!(ports.is_sorted_by_key(|port| port.path.clone()));
    assert!(ports.iter().all(|port| !port.description.is_empty()));
}
