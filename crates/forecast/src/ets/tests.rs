use super::*;

fn wave(at: usize) -> f64 {
    [5.0, 8.0, 11.0, 14.0, 17.0, 20.0, 2.0][at % 7]
}

/// Numbers that look random and are the same every time, between −½ and ½.
fn noise(at: usize) -> f64 {
    ((at * 7919 + 13) % 101) as f64 / 101.0 - 0.5
}

#[test]
fn an_exact_season_is_carried_on() {
    let history: Vec<f64> = (0..70).map(wave).collect();
    let path = choose(&history, 7).expect("ten seasons").path(10);
    for (step, said) in path.into_iter().enumerate() {
        assert!((said - wave(70 + step)).abs() < 0.05, "step {step}: {said}");
    }
}

#[test]
fn a_level_that_moved_is_followed() {
    let history: Vec<f64> = (0..140).map(|at| wave(at) + if at >= 70 { 30.0 } else { 0.0 }).collect();
    let path = choose(&history, 7).expect("twenty seasons").path(7);
    for (step, said) in path.into_iter().enumerate() {
        assert!((said - wave(step) - 30.0).abs() < 3.0, "step {step}: {said}");
    }
}

#[test]
fn no_season_in_the_data_means_none_in_the_model() {
    // Values that look random but are not: period 11 against a season of 7, few of them.
    let history: Vec<f64> = (0..40).map(|at| f64::from((at * 5) % 11)).collect();
    let fitted = choose(&history, 7).expect("five seasons");
    assert_eq!(fitted.form.season, Season::None, "{fitted:?}");
}

#[test]
fn the_form_that_made_the_data_is_found() {
    let months = |at: usize| [0.7, 0.8, 1.0, 1.1, 1.4, 1.0][at % 6];
    let grown: Vec<f64> =
        (0..72).map(|at| (50.0 + 2.0 * at as f64) * months(at) * (1.0 + 0.04 * noise(at))).collect();
    let fitted = choose(&grown, 6).expect("twelve seasons");
    assert_eq!((fitted.form.season, fitted.form.relative), (Season::Multiplicative, true), "{fitted:?}");
    assert_ne!(fitted.form.trend, Trend::None, "{fitted:?}");
    let level: Vec<f64> = (0..60).map(|at| 100.0 + 5.0 * noise(at)).collect();
    let fitted = choose(&level, 1).expect("sixty steps");
    assert!(fitted.form.trend == Trend::None && (fitted.level - 100.0).abs() < 1.5, "{fitted:?}");
}

#[test]
fn too_little_is_refused() {
    assert_eq!(choose(&[1.0; 3], 1), None);
    assert_eq!(choose(&[f64::NAN; 30], 1), None);
    let short = choose(&[1.0, 2.0, 1.0, 2.0, 3.0], 7).expect("no season in five steps");
    assert_eq!(short.form.season, Season::None);
}

/// One observation more, without a fit, is where a whole pass with the same constants would be.
#[test]
fn an_update_is_a_step_of_the_recursion() {
    let history: Vec<f64> = (0..84).map(|at| wave(at) + 30.0 + 2.0 * noise(at)).collect();
    let mut fitted = choose(&history[..70], 7).expect("ten seasons");
    let said = fitted.path(1)[0];
    fitted.update(history[70]);
    let error = history[70] - said;
    let moved = fitted.level - choose(&history[..70], 7).expect("ten seasons").level;
    let expected = match fitted.form.season {
        Season::Multiplicative => None,
        _ => Some(fitted.constants.alpha * error + fitted.constants.phi * fitted.slope),
    };
    if let Some(expected) = expected {
        assert!((moved - expected).abs() < 0.2 * error.abs() + 0.2, "{moved} for {expected}");
    }
    history[71..].iter().for_each(|value| fitted.update(*value));
    fitted.update(f64::NAN);
    for (step, said) in fitted.path(7).into_iter().enumerate() {
        assert!((said - wave(84 + step) - 30.0).abs() < 2.5, "step {step}: {said}");
    }
}

#[test]
fn what_is_saved_is_loaded() {
    let history: Vec<f64> = (0..70).map(|at| wave(at) + 9.0 + noise(at)).collect();
    let fitted = choose(&history, 7).expect("ten seasons");
    assert_eq!(Ets::from_text(&fitted.to_text()), Some(fitted.clone()));
    let text = fitted.to_text();
    for broken in ["", "ets 2", "ets 1 true x", &text[..text.len() / 2], &text.replace("ets 1", "ets 9")] {
        assert_eq!(Ets::from_text(broken), None, "{broken}");
    }
}
