//! Element strings: with separators as the standard has it, without them by weighing the ways it could be read, and bracketed.
//!
//! Weighing: a way to read it is worth as many bits as it would take to say it, and the shortest is the likeliest (minimum
//! description length). A date near today takes 12 bits where six digits of text take 20; a check digit takes none; an everyday
//! identifier takes 4; that separators were there and got lost takes 6, and 4 for each. All ways are found from the end backwards, the few best
//! of each place kept, so that no text makes it slow.

use super::ai::{self, Ai, Places, Rule, Set, allowed, starting};
use super::value;
use super::{Element, Explanation, Fault, FaultKind, Form, GS, Meaning, Note, Part, Role, places};
use units::Day;

/// Tenths of a bit.
type Weight = u32;

const DIGIT: Weight = 33;
const CHARACTER: Weight = 52;
const EVERYDAY_AI: Weight = 40;
const RARE_AI: Weight = 100;
/// A day within some years of today.
const NEAR_DAY: Weight = 118;
const FAR_DAY: Weight = 180;
/// That a scanner sends no separators, or sends `029`; and where each of them was.
const SCANNER: Weight = 60;
const LOST: Weight = 40;
const TYPED: Weight = 0;
/// Another way to read it that is not this much heavier makes a code ambiguous.
const AMBIGUOUS: Weight = 60;
/// The ways kept of each place.
const WAYS: usize = 6;
/// The longest text that is weighed: above what GS1's symbols hold without separators.
const WEIGHED_CHARS_MAX: usize = 300;

/// How many characters from here stand for a separator, and whether they are GS itself.
fn separator(text: &[char]) -> Option<(usize, bool)> {
    const WORDS: [&str; 12] = [
        "{GS}",
        "<GS>",
        "[GS]",
        "{FNC1}",
        "<FNC1>",
        "[FNC1]",
        "Alt+029",
        "<Alt+029>",
        "\\x1d",
        "\\u001d",
        "\\x1D",
        "\\u001D",
    ];
    match text.first()? {
        &GS => Some((1, true)),
        // None of them can stand in a value.
        '\0' | '\u{16}' | '^' | '~' | '|' | '\u{241d}' | '\u{e8}' | '\u{f1}' => Some((1, false)),
        '{' | '<' | '[' | 'A' | '\\' => WORDS.iter().find_map(|word| {
            let long = word.chars().count();
            let here = text.get(..long)?;
            here.iter().copied().eq(word.chars()).then_some((long, false))
        }),
        _ => None,
    }
}

/// There is a separator somewhere.
pub fn separated(text: &[char]) -> bool {
    (0..text.len()).any(|at| separator(&text[at..]).is_some())
}

/// It begins with an identifier, perhaps behind a separator.
pub fn begins(text: &[char]) -> bool {
    let skip = separator(text).map_or(0, |(long, _)| long);
    starting(&text[skip..]).is_some()
}

/// It begins like `(01)`.
pub fn is_bracketed(text: &[char]) -> bool {
    bracket(text).is_some()
}

/// A bracketed identifier at the start: how many characters its digits are.
fn bracket(text: &[char]) -> Option<usize> {
    let digits = text.strip_prefix(&['('])?.iter().take_while(|c| c.is_ascii_digit()).take(5).count();
    ((2..=4).contains(&digits) && text.get(digits + 1) == Some(&')')).then_some(digits)
}

/// Reads what stands from `at` to the end. `told`: the scanner said that these are identifiers and values; then its separators
/// are believed.
pub fn read(chars: &[char], at: usize, told: bool, today: Day) -> Explanation {
    let strict = strictly(chars, at, today);
    let body = &chars[at..];
    if body.len() > WEIGHED_CHARS_MAX || strict.faults.is_empty() && (told || separated(body)) {
        return strict;
    }
    let mut ways = weigh(chars, at, today).into_iter();
    let Some(best) = ways.next() else { return strict };
    let mut found = of_way(&best, chars, at, today);
    // What faults nobody can read around, weighing does not help with.
    if !found.faults.is_empty() {
        return strict;
    }
    for other in ways {
        found.ambiguous |= other.weight < best.weight + AMBIGUOUS;
        let elements = of_way(&other, chars, at, today).elements;
        if elements != found.elements && !found.others.contains(&elements) {
            found.others.push(elements);
        }
    }
    found.ambiguous &= !found.others.is_empty();
    if best.guessed() {
        found.note(Note::NoSeparators);
    }
    found
}

/// By the standard: a value of open length ends at a separator or at the end. What is wrong is told, and read around.
fn strictly(chars: &[char], mut at: usize, today: Day) -> Explanation {
    let mut out = Explanation::new(Form::ElementString);
    // Some scanners send the FNC1 that begins a GS1 symbol too.
    while at < chars.len() {
        if let Some((long, own)) = separator(&chars[at..]) {
            out.part(at, at + long, Role::SpareSeparator);
            if !own {
                out.note(Note::StandIn);
            }
            at += long;
            continue;
        }
        let end = until_separator(chars, at);
        let Some((ai, digits)) = starting(&chars[at..end]) else {
            let found: String = chars[at..end].iter().take(4).collect();
            out.faults.push(Fault::new(FaultKind::UnknownAi, at, end, "", "", &found));
            out.part(at, end, Role::Unknown);
            at = end;
            continue;
        };
        let value = at + digits;
        let (_, most) = ai.length();
        let first_two: String = chars[at..at + 2].iter().collect();
        let predefined = ai::predefined(&first_two).is_some();
        // What is predefined ends by itself. What is fixed though not predefined should be followed by a separator; where it
        // is not, the next identifier is there all the same.
        let stop = if predefined {
            end.min(value + most)
        } else if fixed(ai) && end > value + most && starting(&chars[value + most..end]).is_some() {
            out.note(Note::MissingSeparator);
            value + most
        } else {
            end
        };
        element(&mut out, chars, at, value, stop, ai, today);
        at = stop;
        if at < chars.len()
            && let Some((long, own)) = separator(&chars[at..])
        {
            let spare = predefined || at + long == chars.len();
            out.part(at, at + long, if spare { Role::SpareSeparator } else { Role::Separator });
            if !own {
                out.note(Note::StandIn);
            }
            at += long;
        }
    }
    if out.elements.is_empty() && out.faults.is_empty() {
        out.faults.push(Fault::new(FaultKind::Empty, 0, chars.len(), "", "", ""));
    }
    out
}

/// Something in it is proved or nearly so: a check digit, or a date. Text that happens to begin with an identifier has none.
pub fn evident(found: &Explanation) -> bool {
    found.elements.iter().any(|element| {
        let checked = ai::find(&element.ai).is_some_and(|ai| {
            ai.fields.iter().any(|field| matches!(field.rule, Rule::CheckDigit | Rule::CheckPair))
        });
        checked
            || matches!(element.meaning, Meaning::Day { .. } | Meaning::Days { .. } | Meaning::Moment { .. })
    })
}

fn fixed(ai: &Ai) -> bool {
    let (least, most) = ai.length();
    least == most
}

fn until_separator(chars: &[char], at: usize) -> usize {
    (at..chars.len()).find(|at| separator(&chars[*at..]).is_some()).unwrap_or(chars.len())
}

/// Puts an element and its parts behind the others: identifier at `at`, its value from `value` to `end`.
fn element(out: &mut Explanation, chars: &[char], at: usize, value: usize, end: usize, ai: &Ai, today: Day) {
    let code: String = chars[at..value].iter().collect();
    let stands: Vec<usize> = (value..=end).collect();
    code_parts(out, at, value, ai);
    value_parts(out, &code, at, &chars[value..end], &stands, ai, today);
}

/// The same identifier a second time must say the same.
fn again(out: &mut Explanation, code: &str, value: &str, from: usize, to: usize) {
    if let Some(first) = out.elements.iter().find(|element| element.ai == code && element.value != value) {
        let first = first.value.clone();
        out.faults.push(Fault::new(FaultKind::Twice, from, to, code, &first, value));
    }
}

/// A way to read the text from some place to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    weight: Weight,
    /// From the last element to the first.
    cuts: Vec<Cut>,
}

/// One element of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    at: usize,
    value: usize,
    end: usize,
    /// What follows.
    behind: Behind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// The end, or an identifier where no separator is needed.
    Nothing,
    /// A separator of so many characters.
    Separator(usize),
    /// A separator that is not there.
    Lost,
    /// `029`.
    Typed,
}

impl Way {
    fn guessed(&self) -> bool {
        self.cuts.iter().any(|cut| matches!(cut.behind, Behind::Lost | Behind::Typed))
    }
}

/// The likeliest ways to read what stands from `start` to the end, lightest first.
fn weigh(chars: &[char], start: usize, today: Day) -> Vec<Way> {
    let end = chars.len();
    // Of each place, the best ways from there to the end.
    let mut from: Vec<Vec<Way>> = vec![Vec::new(); end - start + 1];
    let done = Way { weight: 0, cuts: Vec::new() };
    from[end - start].push(done);
    for at in (start..end).rev() {
        if let Some((long, _)) = separator(&chars[at..]) {
            // Only before the first element; behind one it is the element's.
            if at == start {
                from[0] = from[long.min(end - start)].clone();
            }
            continue;
        }
        let Some((ai, digits)) = starting(&chars[at..]) else { continue };
        let value = at + digits;
        let first_two: String = chars[at..at + 2].iter().collect();
        let free = ai::predefined(&first_two).is_some();
        let (least, most) = ai.length();
        let mut ways: Vec<Way> = Vec::new();
        for long in least..=most {
            let stop = value + long;
            if stop > end || chars[value..stop].last().is_some_and(|c| !possible(*c)) {
                break;
            }
            let Some(said) = weight(ai, places(ai, &chars[at..value]), &chars[value..stop], today) else {
                continue;
            };
            let said = said + if ai.everyday { EVERYDAY_AI } else { RARE_AI };
            let mut push = |behind: Behind, next: usize, more: Weight| {
                for tail in &from[next - start] {
                    // No identifier twice.
                    if tail.cuts.iter().any(|cut| chars[cut.at..cut.value] == chars[at..value]) {
                        continue;
                    }
                    let mut cuts = tail.cuts.clone();
                    cuts.push(Cut { at, value, end: stop, behind });
                    ways.push(Way { weight: tail.weight + said + more, cuts });
                }
            };
            match separator(&chars[stop..]) {
                Some((sep, _)) => push(Behind::Separator(sep), (stop + sep).min(end), 0),
                None if stop == end => push(Behind::Nothing, stop, 0),
                None if free => push(Behind::Nothing, stop, 0),
                None => {
                    push(Behind::Lost, stop, LOST);
                    if chars[stop..].starts_with(&['0', '2', '9']) && stop + 3 < end {
                        push(Behind::Typed, stop + 3, TYPED);
                    }
                }
            }
        }
        ways.sort_by_key(|way| (way.weight, way.cuts.len()));
        ways.truncate(WAYS);
        from[at - start] = ways;
    }
    let mut ways = from.swap_remove(0);
    for way in &mut ways {
        way.weight += if way.guessed() { SCANNER } else { 0 };
    }
    ways.sort_by_key(|way| (way.weight, way.cuts.len()));
    ways
}

fn possible(c: char) -> bool {
    allowed(Set::Text, c)
}

/// How much it takes to say a value; `None` where it is none.
fn weight(ai: &Ai, places: u8, value: &[char], today: Day) -> Option<Weight> {
    let judged = value::judge(ai, places, value, today);
    if judged.wrong.is_some() {
        return None;
    }
    let mut sum: Weight = judged
        .roles
        .iter()
        .filter(|(_, _, role)| !matches!(role, Role::Date | Role::Check))
        .flat_map(|(from, to, _)| &value[*from..*to])
        .map(|c| if c.is_ascii_digit() { DIGIT } else { CHARACTER })
        .sum();
    let day = |day: Day| if (-1500..3700).contains(&(day.0 - today.0)) { NEAR_DAY } else { FAR_DAY };
    match judged.meaning {
        Meaning::Day { day: when, .. } | Meaning::Moment { day: when, .. } => sum += day(when),
        Meaning::Days { first, last } => sum += day(first) + day(last),
        _ => {}
    }
    // A country and a currency are few of a thousand.
    let few = ai.fields.iter().filter(|field| matches!(field.rule, Rule::Country | Rule::Currency)).count();
    Some(sum.saturating_sub(20 * few as Weight))
}

fn of_way(way: &Way, chars: &[char], at: usize, today: Day) -> Explanation {
    let mut out = Explanation::new(Form::ElementString);
    let first = way.cuts.last().map_or(chars.len(), |cut| cut.at);
    out.part(at, first, Role::SpareSeparator);
    for cut in way.cuts.iter().rev() {
        let Some((ai, _)) = starting(&chars[cut.at..]) else { continue };
        element(&mut out, chars, cut.at, cut.value, cut.end, ai, today);
        match cut.behind {
            Behind::Nothing | Behind::Lost => {}
            Behind::Separator(long) => {
                if chars.get(cut.end) != Some(&GS) {
                    out.note(Note::StandIn);
                }
                out.part(cut.end, cut.end + long, Role::Separator);
            }
            Behind::Typed => {
                out.note(Note::Typed);
                out.part(cut.end, cut.end + 3, Role::TypedSeparator);
            }
        }
    }
    out
}

/// `(01)09506000134352(10)AB-12`. A bracket in a value is written `\(`.
pub fn read_bracketed(chars: &[char], mut at: usize, today: Day) -> Explanation {
    let mut out = Explanation::new(Form::Bracketed);
    while at < chars.len() {
        let Some(digits) = bracket(&chars[at..]) else {
            // Only the first can be missing: a value goes on until the next.
            let found: String = chars[at..].iter().take(8).collect();
            out.faults.push(Fault::new(FaultKind::Bracket, at, chars.len(), "", "", &found));
            out.part(at, chars.len(), Role::Unknown);
            break;
        };
        let code = at + 1;
        let value = code + digits + 1;
        let mut end = value;
        while end < chars.len() && bracket(&chars[end..]).is_none() {
            end += if chars[end..].starts_with(&['\\', '(']) { 2 } else { 1 };
        }
        out.part(at, code, Role::Punctuation);
        let Some((ai, _)) = starting(&chars[code..value - 1]).filter(|(_, known)| *known == digits) else {
            let found: String = chars[code..value - 1].iter().collect();
            out.faults.push(Fault::new(FaultKind::UnknownAi, code, value - 1, &found, "", &found));
            out.part(code, value - 1, Role::Unknown);
            out.part(value - 1, value, Role::Punctuation);
            out.part(value, end, Role::Unknown);
            at = end;
            continue;
        };
        // Spaces around a value are for the eye.
        let space = |c: &&char| matches!(c, ' ' | '\t');
        let trimmed = end - chars[value..end].iter().rev().take_while(space).count();
        let first = (value + chars[value..end].iter().take_while(space).count()).min(trimmed);
        bracketed_element(&mut out, chars, [code, value, first, trimmed], ai, today);
        out.part(trimmed, end, Role::Ignored);
        at = end;
    }
    out
}

/// The element whose identifier stands from the first place to before the bracket at the second less one, its value from the
/// third to the fourth.
fn bracketed_element(
    out: &mut Explanation,
    chars: &[char],
    [code, value, first, end]: [usize; 4],
    ai: &Ai,
    today: Day,
) {
    let digits: String = chars[code..value - 1].iter().collect();
    let mut text = Vec::new();
    let mut stands = Vec::new();
    let mut at = first;
    while at < end {
        stands.push(at);
        let escaped = at + 1 < end && chars[at] == '\\' && chars[at + 1] == '(';
        at += usize::from(escaped);
        text.push(chars[at]);
        at += 1;
    }
    stands.push(end);
    code_parts(out, code, value - 1, ai);
    out.part(value - 1, value, Role::Punctuation);
    out.part(value, first, Role::Ignored);
    value_parts(out, &digits, code - 1, &text, &stands, ai, today);
}

/// The parts of an identifier that stands from one place to another; its element comes next.
pub fn code_parts(out: &mut Explanation, from: usize, to: usize, ai: &Ai) {
    let element = Some(out.elements.len());
    let mut part = |from, to, role| out.parts.push(Part { from, to, role, element, good: true });
    match ai.places {
        Places::None => part(from, to, Role::Ai),
        Places::UpTo(_) => {
            part(from, to - 1, Role::Ai);
            part(to - 1, to, Role::Places);
        }
    }
}

/// An element whose value was unescaped from the text: `stands` says of each of its characters where it began there, and last
/// where the value ends. A fault of a value that is not there is said of what begins at `blame`.
pub fn value_parts(
    out: &mut Explanation,
    code: &str,
    blame: usize,
    value: &[char],
    stands: &[usize],
    ai: &Ai,
    today: Day,
) {
    let index = Some(out.elements.len());
    let digits: Vec<char> = code.chars().collect();
    let judged = value::judge(ai, places(ai, &digits), value, today);
    let end = stands.last().copied().unwrap_or(blame);
    let stand = |at: usize| stands.get(at).copied().unwrap_or(end);
    let mut so_far = stand(0);
    let mut part = |from: usize, to: usize, role| {
        if from < to {
            out.parts.push(Part { from, to, role, element: index, good: true });
        }
    };
    for (_, to, role) in &judged.roles {
        part(so_far, stand(*to), *role);
        so_far = so_far.max(stand(*to));
    }
    part(so_far, end, Role::Value);
    let said: String = value.iter().collect();
    if let Some(wrong) = &judged.wrong {
        let mut fault = Fault::of(wrong, 0, value, code);
        (fault.from, fault.to) = (stand(wrong.from), stand(wrong.to));
        if fault.from == fault.to {
            fault.from = blame;
        }
        out.faults.push(fault);
    }
    again(out, code, &said, blame, end);
    out.elements.push(Element { ai: code.to_owned(), value: said, meaning: judged.meaning });
}
