use super::*;

const START: Timestamp = Timestamp(1_795_996_800_000);

fn ask(address: SocketAddr, path: &str) -> String {
    let mut peer = TcpStream::connect(address).expect("connected");
    write!(peer, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").expect("asked");
    let mut answer = String::new();
    peer.read_to_string(&mut answer).expect("answered");
    answer
}

#[test]
fn it_answers_what_it_measures() {
    let rooms = ColdRooms::new(Seed(5), START);
    let controller = start(rooms, "127.0.0.1:0", Arc::new(|| START)).expect("a port");
    let answer = ask(controller.address, PATH);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&rooms.answer(START)), "{answer}");
    assert!(ask(controller.address, "/").starts_with("HTTP/1.1 404"));
    let decoded = protocols::json::decode("", "", rooms.answer(START).as_bytes()).expect("read");
    let mut names: Vec<&str> = decoded.readings.iter().map(|reading| reading.code.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["C1/cooling", "C1/door", "C1/temp", "F1/cooling", "F1/door", "F1/temp"]);
    assert!(decoded.readings.iter().all(|reading| reading.device_at == Some(START)));
    assert_eq!(controller.stop(), Sent { frames: 1, readings: 6, unread_bytes: 0 });
}
