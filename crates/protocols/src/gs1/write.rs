//! Elements to the text of a symbol, to what is printed below it, and to an address.

use super::ai::{self};
use super::link::KEYS;
use super::{Element, Fault, FaultKind, GS};
use std::fmt::Write;

/// As a GS1 symbol carries it, without the FNC1 that begins it: GS behind a value of open length, unless it is the last.
pub fn element_string(elements: &[Element]) -> String {
    let mut out = String::new();
    for (index, element) in elements.iter().enumerate() {
        out.push_str(&element.ai);
        out.push_str(&element.value);
        let predefined = element.ai.get(..2).is_some_and(|two| ai::predefined(two).is_some());
        if !predefined && index + 1 < elements.len() {
            out.push(GS);
        }
    }
    out
}

/// As people read it: `(01)09506000134352(10)AB-12`.
pub fn bracketed(elements: &[Element]) -> String {
    elements.iter().fold(String::new(), |mut out, element| {
        let _ = write!(out, "({}){}", element.ai, element.value.replace('(', "\\("));
        out
    })
}

/// As an address below `domain`, which is like `https://id.example.org`: key, its qualifiers in their order, then the others
/// behind a question mark. Fails where no element can begin an address.
pub fn digital_link(domain: &str, elements: &[Element]) -> Result<String, Fault> {
    let find = |code: &str| elements.iter().find(|element| element.ai == code);
    let key = KEYS.iter().find_map(|(code, _, rest)| find(code).map(|element| (element, *rest)));
    let Some((key, qualifiers)) = key else {
        return Err(Fault::new(FaultKind::NoKey, 0, 0, "", "", ""));
    };
    let mut out = format!("{}/{}/{}", domain.trim_end_matches('/'), key.ai, escaped(&key.value));
    let behind: Vec<&Element> = qualifiers.iter().filter_map(|code| find(code)).collect();
    for element in &behind {
        let _ = write!(out, "/{}/{}", element.ai, escaped(&element.value));
    }
    let rest =
        elements.iter().filter(|one| one.ai != key.ai && behind.iter().all(|other| other.ai != one.ai));
    for (index, element) in rest.enumerate() {
        let _ =
            write!(out, "{}{}={}", if index == 0 { '?' } else { '&' }, element.ai, escaped(&element.value));
    }
    Ok(out)
}

/// Everything but letters, digits and `-._~` as `%XX`.
fn escaped(value: &str) -> String {
    value.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
