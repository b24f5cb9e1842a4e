use super::*;

#[test]
fn a_line_is_read_or_refused() {
    let row = parse_row("P1,cj_weekly,1,2,1 2 3.5,4 0\r\n").expect("a good line");
    assert_eq!(
        row,
        BenchRow {
            id: "P1".into(),
            season: 1,
            weekly: true,
            train: vec![1.0, 2.0, 3.5],
            test: vec![4.0, 0.0]
        }
    );
    for (line, why) in [
        ("P1,f,1,2,1 2", "test is missing"),
        ("P1,f,x,2,1 2,3 4", "season is not a whole number"),
        ("P1,f,1,2,1 b,3 4", "train: \"b\" is not a number"),
        ("P1,f,1,3,1 2,3 4", "test has 2 values, h says 3"),
        ("", "freq is missing"),
    ] {
        assert_eq!(parse_row(line), Err(why.to_owned()), "{line}");
    }
}

/// By hand from metrics.py: scales leave leading zeros out of RMSSE only; sMAPE of 0 against 0 is 0.
#[test]
fn measures_follow_the_shared_protocol() {
    let row = BenchRow {
        id: "a".into(),
        season: 1,
        weekly: false,
        train: vec![0.0, 0.0, 2.0, 4.0, 3.0],
        test: vec![3.0, 0.0],
    };
    let score = evaluate(std::slice::from_ref(&row), &[vec![4.0, 0.0]]);
    // MASE: mean error 0.5 over mean change (0 + 2 + 2 + 1)/4; RMSSE: √(0.5 / 2.5).
    assert!((score.mase - 0.5 / 1.25).abs() < 1e-12);
    assert!((score.rmsse - (0.5_f64 / 2.5).sqrt()).abs() < 1e-12);
    assert!((score.smape - 100.0 / 7.0).abs() < 1e-12);
    let flat = BenchRow { train: vec![5.0; 4], ..row };
    assert!(evaluate(&[flat], &[vec![4.0, 0.0]]).rmsse.is_nan(), "no scale, no measure");
}

#[test]
fn naive2_takes_the_season_where_it_stands_out() {
    let wave = |at: usize| [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0][at % 7];
    let train: Vec<f64> = (0..70).map(wave).collect();
    let path = naive2(&train, 7, 9);
    assert!(path.iter().zip(0..).all(|(said, at)| (said - wave(at)).abs() < 1e-9), "{path:?}");
    assert_eq!(naive2(&[1.0, 5.0, 2.0], 7, 2), [2.0, 2.0]);
}
