use crate::*;
use units::{ChannelId, Milli, Millis};

#[test]
fn a_frame_survives_the_wire() {
    let one = ChannelSeries {
        channel: ChannelId(7),
        name: "冷库 1".into(),
        unit: "°C".into(),
        low: Some(Milli(2000)),
        high: None,
        at: vec![0, 60_000, i64::MAX],
        min: vec![-1, 0, 1],
        max: vec![1, 2, 3],
        mean: vec![0, 1, 2],
        suspect: vec![0, 1, 0],
    };
    let reply = SeriesReply {
        bucket: Millis(60_000),
        series: vec![one.clone(), ChannelSeries { channel: ChannelId(8), ..Default::default() }],
    };
    let body = reply.encode().expect("lengths agree");
    assert_eq!(SeriesReply::decode(&body).expect("whole"), reply);
    let Body::Frame(bytes) = body else { panic!("a series is a frame") };
    for cut in 0..bytes.len() {
        assert!(SeriesReply::decode(&Body::Frame(bytes[..cut].to_vec())).is_err(), "cut at {cut}");
    }
    let uneven = SeriesReply { bucket: Millis(1), series: vec![ChannelSeries { min: vec![], ..one }] };
    assert!(uneven.encode().is_err());
}

#[test]
fn every_code_is_documented_once() {
    let mut codes: Vec<String> = Code::ALL.iter().map(|(code, ..)| format!("{code:?}")).collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
    assert!(Code::ALL.iter().all(|(_, cause, remedy)| cause.ends_with('.') && remedy.ends_with('.')));
}
