//! Short tones by the browser's own synthesizer: a scan is heard before it is seen.
//!
//! High and short is good, two that rise are done, two of the same are doubtful, low and long is bad: told apart by length and rhythm too, not by pitch
//! alone. Where the browser has no sound, nothing happens.

use std::cell::RefCell;
use web_sys::{AudioContext, OscillatorType};

/// Which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Taken.
    Good,
    /// Complete, and booked.
    Done,
    /// Taken, with a question.
    Doubtful,
    /// Not taken.
    Bad,
}

thread_local! {
    // Browsers allow few of them; one is kept.
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

impl Tone {
    /// Its beeps: when each begins and how long it lasts, in seconds, and its pitch in Hz.
    fn beeps(self) -> &'static [(f64, f64, f32)] {
        match self {
            Self::Good => &[(0.0, 0.07, 1760.0)],
            Self::Done => &[(0.0, 0.07, 1318.5), (0.075, 0.16, 1975.5)],
            Self::Doubtful => &[(0.0, 0.09, 880.0), (0.14, 0.09, 880.0)],
            Self::Bad => &[(0.0, 0.42, 196.0)],
        }
    }
}

/// Makes the synthesizer before it is needed, which takes some tens of milliseconds the first time.
pub fn ready() {
    CONTEXT.with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.is_none() {
            *kept = AudioContext::new().ok();
        }
    });
}

/// Plays it, if the browser lets us.
pub fn play(tone: Tone) {
    ready();
    CONTEXT.with(|kept| {
        let kept = kept.borrow();
        let Some(context) = kept.as_ref() else { return };
        // A page that nobody touched yet is silent until then.
        let _ = context.resume();
        for beep in tone.beeps() {
            let _ = sound(context, tone, *beep);
        }
    });
}

fn sound(
    context: &AudioContext,
    tone: Tone,
    (at, lasts, pitch): (f64, f64, f32),
) -> Result<(), wasm_bindgen::JsValue> {
    let (oscillator, volume) = (context.create_oscillator()?, context.create_gain()?);
    oscillator.set_type(if tone == Tone::Bad { OscillatorType::Square } else { OscillatorType::Sine });
    oscillator.frequency().set_value(pitch);
    let from = context.current_time() + at;
    // From and to silence within milliseconds, so that it does not click.
    let gain = volume.gain();
    gain.set_value_at_time(0.0, from)?;
    gain.linear_ramp_to_value_at_time(0.2, from + 0.008)?;
    gain.set_value_at_time(0.2, from + lasts - 0.02)?;
    gain.linear_ramp_to_value_at_time(0.0, from + lasts)?;
    oscillator.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&context.destination())?;
    oscillator.start_with_when(from)?;
    oscillator.stop_with_when(from + lasts)?;
    Ok(())
}
