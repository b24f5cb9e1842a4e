//! One value of one identifier: whether it is what the identifier says, and what it means.

use super::ai::{self, Ai, Field, Places, Rule, Set, allowed};
use super::{FaultKind, Meaning, Role, check};
use units::Day;

/// What is wrong with a value: what, from and to which of its characters, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub kind: FaultKind,
    pub from: usize,
    pub to: usize,
    pub expected: String,
}

/// A value that was looked at: what each of its characters is, what it means, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub roles: Vec<(usize, usize, Role)>,
    pub meaning: Meaning,
    pub wrong: Option<Wrong>,
}

/// The year that two digits mean: of those that end so, the one from 49 years before `today` to 50 years behind it
/// (General Specifications, 7.12).
pub fn year(two_digits: i32, today: Day) -> i32 {
    let (now, _, _) = today.civil();
    let century = now.div_euclid(100) * 100;
    match two_digits - now.rem_euclid(100) {
        51.. => century - 100 + two_digits,
        ..=-50 => century + 100 + two_digits,
        _ => century + two_digits,
    }
}

/// The value as number; digits only, at most 18 of them.
fn number(digits: &[char]) -> u64 {
    digits.iter().filter_map(|c| c.to_digit(10)).fold(0, |sum, digit| sum.wrapping_mul(10) + u64::from(digit))
}

fn small(digits: &[char]) -> u32 {
    u32::try_from(number(digits)).unwrap_or(u32::MAX)
}

/// The day that YYMMDD or YYYYMMDD says, and whether its day of 00 stands for the month's last.
fn day(digits: &[char], today: Day, rule: Rule) -> Option<(Day, bool)> {
    let (year, rest) = match rule {
        Rule::LongDay => (i32::try_from(small(digits.get(..4)?)).ok()?, digits.get(4..)?),
        _ => (year(i32::try_from(small(digits.get(..2)?)).ok()?, today), digits.get(2..)?),
    };
    let (month, of_month) = (small(rest.get(..2)?), small(rest.get(2..)?));
    if of_month == 0 && rule == Rule::Date {
        let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Day::from_civil(year, month, 1)?;
        return Day::from_civil(next.0, next.1, 1).map(|first| (first.plus(-1), true));
    }
    Day::from_civil(year, month, of_month).map(|day| (day, false))
}

/// Looks at a value, which may be of any length. `places` is the code's last digit where that counts decimal places.
pub fn judge(ai: &Ai, places: u8, value: &[char], today: Day) -> Judged {
    let mut judged = Judged { roles: Vec::new(), meaning: Meaning::Text, wrong: None };
    let (least, most) = ai.length();
    let whole =
        |kind, expected: usize| Wrong { kind, from: 0, to: value.len(), expected: expected.to_string() };
    let mut at = 0;
    let mut days = Vec::new();
    let mut clock: Option<u32> = None;
    let mut currency = None;
    let mut negative = false;
    let mut digits: Option<&[char]> = None;
    let mut key = false;
    for field in ai.fields {
        let left = value.len() - at;
        if left == 0 && field.optional {
            break;
        }
        let end = at + left.min(usize::from(field.most));
        let piece = &value[at..end];
        if let Some(bad) = piece.iter().position(|c| !allowed(field.set, *c)) {
            let set = match field.set {
                Set::Digits => "0-9",
                Set::Text => "CSET 82",
                Set::Part => "0-9 A-Z # - /",
                Set::Base64 => "A-Z a-z 0-9 - _ =",
            };
            judged.wrong.get_or_insert(Wrong {
                kind: FaultKind::BadCharacter,
                from: at + bad,
                to: at + bad + 1,
                expected: set.to_owned(),
            });
            judged.roles.push((at, end, Role::Value));
            at = end;
            continue;
        }
        if piece.len() < usize::from(field.least) {
            judged.roles.push((at, end, Role::Value));
            at = end;
            judged.wrong.get_or_insert(whole(FaultKind::TooShort, least.max(at)));
            break;
        }
        rule(field, piece, at, today, &mut judged, &mut days, &mut clock);
        match field.rule {
            Rule::Currency => currency = Some(piece.iter().collect::<String>()),
            Rule::Minus => negative = true,
            Rule::CheckDigit => key = true,
            Rule::Any if field.set == Set::Digits => digits = Some(piece),
            _ => {}
        }
        at = end;
    }
    if value.len() < least {
        judged.wrong = Some(whole(FaultKind::TooShort, least));
    } else if at < value.len() {
        judged.roles.push((at, value.len(), Role::Unknown));
        judged.wrong.get_or_insert(Wrong {
            kind: FaultKind::TooLong,
            from: at,
            to: value.len(),
            expected: most.to_string(),
        });
    }
    if judged.wrong.is_some() {
        return judged;
    }
    judged.meaning = match (days.as_slice(), clock, digits) {
        ([(first, _), (last, _)], ..) => Meaning::Days { first: *first, last: *last },
        ([(day, _)], Some(seconds), _) => Meaning::Moment { day: *day, seconds },
        ([(day, end_of_month)], None, _) => Meaning::Day { day: *day, end_of_month: *end_of_month },
        (_, _, Some(piece)) if !key && piece.len() <= 18 => {
            let value = number(piece);
            match (ai.places, currency) {
                (Places::UpTo(_), Some(code)) => Meaning::Money {
                    currency: ai::currency(&code).map_or(code, str::to_owned),
                    digits: value,
                    places,
                },
                (Places::UpTo(_), None) => Meaning::Decimal { digits: value, places, negative: false },
                // Temperatures: hundredths of a degree.
                (Places::None, _) if ai.fields.len() == 2 && ai.code.starts_with("433") => {
                    Meaning::Decimal { digits: value, places: 2, negative }
                }
                (Places::None, _) if matches!(ai.code, "30" | "37") => Meaning::Number(value),
                _ => Meaning::Text,
            }
        }
        _ => Meaning::Text,
    };
    judged
}

/// What one field must be besides its characters and its length.
fn rule(
    field: &Field,
    piece: &[char],
    at: usize,
    today: Day,
    judged: &mut Judged,
    days: &mut Vec<(Day, bool)>,
    clock: &mut Option<u32>,
) {
    let end = at + piece.len();
    let mut wrong = |kind, from: usize, expected: String| {
        judged.wrong.get_or_insert(Wrong { kind, from, to: end, expected });
    };
    let mut role = Role::Value;
    match field.rule {
        Rule::Any => {}
        Rule::CheckDigit => {
            if let Err(right) = check::checked(piece) {
                wrong(FaultKind::CheckDigit, end - 1, right.to_string());
            }
            judged.roles.push((at, end - 1, Role::Value));
            judged.roles.push((end - 1, end, Role::Check));
            return;
        }
        Rule::CheckPair => {
            let Some(body) = piece.len().checked_sub(2) else {
                wrong(FaultKind::TooShort, at, "3".to_owned());
                judged.roles.push((at, end, role));
                return;
            };
            let right = check::pair(&piece[..body]).map(String::from_iter).unwrap_or_default();
            if !right.chars().eq(piece[body..].iter().copied()) {
                wrong(FaultKind::CheckPair, at + body, right);
            }
            judged.roles.push((at, at + body, Role::Value));
            judged.roles.push((at + body, end, Role::Check));
            return;
        }
        Rule::Date | Rule::Day | Rule::LongDay => {
            role = Role::Date;
            match day(piece, today, field.rule) {
                Some(day) => days.push(day),
                None => wrong(
                    FaultKind::BadDate,
                    at,
                    if field.rule == Rule::LongDay { "YYYYMMDD" } else { "YYMMDD" }.to_owned(),
                ),
            }
        }
        Rule::HourMinute => {
            role = Role::Time;
            let (hour, minute) = (small(&piece[..2]), small(&piece[2..]));
            if hour > 23 || minute > 59 {
                wrong(FaultKind::BadTime, at, "0000-2359".to_owned());
            }
            *clock = Some(hour * 3600 + minute * 60);
        }
        Rule::Hour => {
            role = Role::Time;
            if small(piece) > 23 {
                wrong(FaultKind::BadTime, at, "00-23".to_owned());
            }
            *clock = Some(small(piece) * 3600);
        }
        Rule::Sixtieth => {
            role = Role::Time;
            if small(piece) > 59 {
                wrong(FaultKind::BadTime, at, "00-59".to_owned());
            }
            // The first is of minutes, the second of seconds.
            let so_far = clock.unwrap_or(0);
            let first = judged.roles.iter().filter(|(_, _, role)| *role == Role::Time).count() == 1;
            *clock = Some(so_far + small(piece) * if first { 60 } else { 1 });
        }
        Rule::Currency => role = Role::Currency,
        Rule::Country => {
            role = Role::Country;
            if small(piece) == 0 {
                wrong(FaultKind::BadValue, at, "ISO 3166".to_owned());
            }
        }
        Rule::CountryLetters => {
            role = Role::Country;
            if !piece.iter().all(char::is_ascii_uppercase) {
                wrong(FaultKind::BadValue, at, "AA-ZZ".to_owned());
            }
        }
        Rule::YesNo => {
            if !matches!(piece, ['0' | '1']) {
                wrong(FaultKind::BadValue, at, "0, 1".to_owned());
            }
        }
        Rule::Minus => {
            if piece != ['-'] {
                wrong(FaultKind::BadValue, at, "-".to_owned());
            }
        }
        Rule::NotZero => {
            if small(piece) == 0 {
                wrong(FaultKind::BadValue, at, "> 0".to_owned());
            }
        }
        Rule::Zero => {
            if piece != ['0'] {
                wrong(FaultKind::BadValue, at, "0".to_owned());
            }
        }
        Rule::Piece => {
            let (piece, of) = (small(&piece[..2]), small(&piece[2..]));
            if piece == 0 || piece > of {
                wrong(FaultKind::BadValue, at, "01/01-99/99".to_owned());
            }
        }
    }
    judged.roles.push((at, end, role));
}
