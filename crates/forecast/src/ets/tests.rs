use super::*;

fn wave(at: usize) -> f64 {
    [5.0, 8.0, 11.0, 14.0, 17.0, 20.0, 2.0][at % 7]
}

#[test]
fn an_exact_season_is_carried_on() {
    let history: Vec<f64> = (0..70).map(wave).collect();
    let path = forecast(&history, 7, 10).expect("ten seasons");
    for (step, said) in path.into_iter().enumerate() {
        assert!((said - wave(70 + step)).abs() < 0.05, "step {step}: {said}");
    }
}

#[test]
fn a_level_that_moved_is_followed() {
    let history: Vec<f64> = (0..140).map(|at| wave(at) + if at >= 70 { 30.0 } else { 0.0 }).collect();
    let path = forecast(&history, 7, 7).expect("twenty seasons");
    for (step, said) in path.into_iter().enumerate() {
        assert!((said - wave(step) - 30.0).abs() < 3.0, "step {step}: {said}");
    }
}

#[test]
fn no_season_in_the_data_means_none_in_the_model() {
    // Values that look random but are not: period 11 against a season of 7, few of them.
    let history: Vec<f64> = (0..40).map(|at| f64::from((at * 5) % 11)).collect();
    let path = forecast(&history, 7, 14).expect("five seasons");
    assert!(path.iter().all(|said| (said - path[0]).abs() < 1.0), "{path:?}");
}

#[test]
fn too_little_is_refused() {
    assert_eq!(forecast(&[1.0; 13], 7, 3), None);
    assert_eq!(forecast(&[1.0; 13], 1, 3), None);
}
