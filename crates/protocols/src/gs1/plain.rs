//! Plain numbers: EAN-13, EAN-8, UPC-A, UPC-E, 14 digits of a case, 18 of a pallet.
//!
//! What length and check digit allow, and what the scanner said. An item number comes out as GTIN of 14 digits, whatever it was
//! printed as, so that a case's and a shelf's code are compared as the same.

use super::{
    Carrier, Element, Explanation, Fault, FaultKind, Form, Meaning, Note, Part, Role, check, string,
};
use units::Day;

/// Reads the digits from `at` to the end; `None` where it is not digits of such a length. A wrong check digit is a fault of 12
/// to 14 digits, and of others only where the scanner said what they are: plenty of SKUs are numbers.
pub fn read(chars: &[char], at: usize, carrier: Option<Carrier>, _: Day) -> Option<Explanation> {
    let all = &chars[at..];
    if !all.iter().all(char::is_ascii_digit) {
        return None;
    }
    let (digits, add_on) = match (carrier, all.len()) {
        (Some(Carrier::EanAddOn), 15 | 18) => all.split_at(13),
        _ => all.split_at(all.len()),
    };
    let ean = matches!(carrier, None | Some(Carrier::Ean13 | Carrier::EanAddOn | Carrier::Ean8));
    let ok = check::checked(digits).is_ok();
    let expanded = expand(digits);
    let (form, gtin, told) = match digits.len() {
        8 if ok && (carrier == Some(Carrier::Ean8) || expanded.is_none()) => {
            (Form::Ean8, padded(digits), true)
        }
        8 if carrier != Some(Carrier::Ean8) && expanded.is_some() => {
            (Form::UpcE, padded(expanded.as_deref().unwrap_or_default()), true)
        }
        8 => (Form::Ean8, padded(digits), carrier == Some(Carrier::Ean8)),
        12 => (Form::UpcA, padded(digits), ean),
        13 => (Form::Ean13, padded(digits), ean),
        14 => (Form::Gtin14, padded(digits), ean || carrier == Some(Carrier::Itf)),
        18 => (Form::Sscc, digits.iter().collect(), false),
        _ => return None,
    };
    let ok = ok || form == Form::UpcE;
    if !ok && !told {
        let mut text = Explanation::new(Form::Text);
        text.part(at, chars.len(), Role::Text);
        text.note(Note::NearlyGtin);
        return Some(text);
    }
    let mut out = Explanation::new(form);
    let end = at + digits.len();
    let mut part = |from, to, role| out.parts.push(Part { from, to, role, element: Some(0), good: true });
    part(at, end - 1, Role::Value);
    part(end - 1, end, Role::Check);
    out.part(end, end + add_on.len(), Role::AddOn);
    let ai = if form == Form::Sscc { "00" } else { "01" };
    if let (false, Err(right)) = (ok, check::checked(digits)) {
        let found = chars[end - 1].to_string();
        out.faults.push(Fault::new(FaultKind::CheckDigit, end - 1, end, ai, &right.to_string(), &found));
    }
    // Numbers of a shop or a region, by the first two digits of all thirteen; of eight digits by the first.
    let in_store = match form {
        Form::Ean8 => matches!(digits[0], '0' | '2'),
        Form::Sscc | Form::UpcE => false,
        _ => gtin.starts_with("002") || gtin.starts_with("004") || gtin.starts_with("02"),
    };
    if in_store {
        out.note(Note::InStore);
    }
    // An EAN-8 and a UPC-E at once, which one in ten numbers is.
    if form == Form::UpcE && carrier.is_none() && check::checked(digits).is_ok() {
        out.others.push(vec![gtin_element(padded(digits))]);
        out.ambiguous = true;
    }
    out.elements.push(Element { ai: ai.to_owned(), value: gtin, meaning: Meaning::Text });
    Some(out)
}

/// The same with what it would be as identifiers and values, if something in those is proved.
pub fn beside(mut plain: Explanation, chars: &[char], at: usize, today: Day) -> Explanation {
    if string::begins(&chars[at..]) {
        let string = string::read(chars, at, false, today);
        if string.faults.is_empty() && string::evident(&string) {
            plain.others.push(string.elements);
            plain.ambiguous = true;
        }
    }
    plain
}

fn gtin_element(value: String) -> Element {
    Element { ai: "01".to_owned(), value, meaning: Meaning::Text }
}

/// As GTIN of 14 digits.
fn padded(digits: &[char]) -> String {
    let text: String = digits.iter().collect();
    format!("{text:0>14}")
}

/// The UPC-A that the eight digits of a UPC-E stand for, if their check digit is its: the sixth of the six in the middle says
/// where its zeros were.
pub fn expand(digits: &[char]) -> Option<Vec<char>> {
    let [system @ ('0' | '1'), a, b, c, d, e, last, check] = *digits else { return None };
    let mut full = vec![system, a, b];
    match last {
        '0'..='2' => full.extend([last, '0', '0', '0', '0', c, d, e]),
        '3' => full.extend([c, '0', '0', '0', '0', '0', d, e]),
        '4' => full.extend([c, d, '0', '0', '0', '0', '0', e]),
        _ => full.extend([c, d, e, '0', '0', '0', '0', last]),
    }
    full.push(check);
    check::checked(&full).is_ok().then_some(full)
}
