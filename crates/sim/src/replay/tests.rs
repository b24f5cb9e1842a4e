use super::*;
use crate::chain::Outlet;

fn rows(text: &str) -> Vec<(i64, i64)> {
    read(text.as_bytes(), None).expect("readable").rows.iter().map(|(at, value)| (at.0, value.0)).collect()
}

#[test]
fn columns_are_found_by_name_or_by_what_is_in_them() {
    let expected = [(0, 4_250), (60_000, -1_500)];
    for text in [
        "timestamp,value\n1970-01-01 00:00:00,4.25\n1970-01-01 00:01:00,-1.5\n",
        "\u{feff}id,Temperature,Time\n7,4.25,1970-01-01T00:00:00Z\n8,-1.5,1970-01-01T01:01:00+01:00\n",
        "a,b\n1970-01-01 00:00,4.25\n1970-01-01 00:01,-1.5e0\n",
        "时间,温度\n1970-01-01 00:01:00.000,-1.5\n1970-01-01 00:00:00,4.25\n",
    ] {
        assert_eq!(rows(text), expected, "{text}");
    }
    let millis = read("ts,x,y\n1795360547000,1,2\n".as_bytes(), Some("x")).expect("readable");
    assert_eq!(
        (millis.column.as_str(), millis.rows.as_slice()),
        ("x", [(Timestamp(1_795_360_547_000), Milli(1_000))].as_slice())
    );
}

#[test]
fn bad_rows_are_counted_and_named() {
    let text = "timestamp,value\n1970-01-01 00:00:00,4.25\nyesterday,1\n1970-01-01 00:02:00,warm\n1970-13-01 00:02:00\n";
    let recording = read(text.as_bytes(), None).expect("one good row");
    assert_eq!((recording.rows.len(), recording.skipped), (1, 3));
    let found: Vec<_> = recording.findings.iter().map(|f| (f.code, f.line, f.detail.as_str())).collect();
    assert_eq!(
        found,
        [
            (FindingCode::NotADate, Some(3), "yesterday"),
            (FindingCode::NotANumber, Some(4), "warm"),
            (FindingCode::NotADate, Some(5), "1970-13-01 00:02:00"),
        ]
    );
}

#[test]
fn what_is_no_recording_is_refused_with_words() {
    for (bytes, expected) in [
        (b"a,b\nx,y\n".as_slice(), "its columns are a, b"),
        (b"timestamp,value\nx,y\n", "no readable row"),
        (b"", "columns"),
        (&[0x1f, 0x8b, 0xff, 0xfe, 0, 0], "recorded file"),
    ] {
        let message = read(bytes, None).expect_err("no recording").to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn times_can_be_moved_to_end_now() {
    let recording = read("timestamp,value\n1970-01-01,1\n1970-01-02,2\n".as_bytes(), None).expect("readable");
    let moved = recording.shifted_to(Timestamp(1_000_000_000));
    assert_eq!(
        moved.rows,
        [(Timestamp(913_600_000), Milli(1_000)), (Timestamp(1_000_000_000), Milli(2_000))]
    );
}

#[test]
fn pace_follows_the_recorded_times_and_stop_is_heard() {
    let recording = read("timestamp,value\n1970-01-01 00:00:00,1\n1970-01-01 00:10:00,2\n".as_bytes(), None)
        .expect("readable");
    let mut wire = Wire::outlet(Outlet::here(std::env::temp_dir().as_path(), "unused"))
        .or_else(|_| Wire::outlet(Outlet::Tcp { address: "127.0.0.1:0".into() }))
        .expect("a line");
    // A real clock that moves a second a look: the second row is due at 600 looks at ×1, at one at ×600.
    let ticks = std::cell::Cell::new(0);
    let stop = Stop::default();
    let now = || {
        ticks.set(ticks.get() + 1);
        if ticks.get() > 40 {
            stop.ask();
        }
        Timestamp(ticks.get() * 1_000)
    };
    let sent = send(&recording, "REPLAY", "value", &mut wire, Pace::Times(1), &now, &stop, &Progress::none());
    assert_eq!(sent.expect("sent"), 1);
}
