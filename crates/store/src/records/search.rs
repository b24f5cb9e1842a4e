//! Words into items: what each item can be found by, and what a person typed as a full-text query.
//!
//! Kept in a table without content of its own (`item_search`, SQLite's FTS5), row by row with the items. A word finds what begins
//! with it; Chinese is found by any run of its characters, by its pinyin and by the initials of its pinyin, from any syllable on.

use crate::Result;
use crate::file::run;
use domain::Item;
use pinyin::ToPinyin;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "search-1",
    "CREATE VIRTUAL TABLE item_search USING fts5(words, content='', contentless_delete=1, detail=full,
        tokenize='unicode61 remove_diacritics 2', prefix='1 2 3 4');
     INSERT INTO item_search(rowid, words) SELECT id, search_words(sku, name, category) FROM item;",
)];

/// Syllables of one run of Chinese that pinyin is kept for; names are shorter, texts are found by their beginning.
const SYLLABLES_MAX: usize = 24;

/// Words of a query beyond which nobody types.
const QUERY_WORDS_MAX: usize = 16;

/// Lets the steps of old files fill the table.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("search_words", 3, flags, |context| {
        let text = |place: usize| context.get::<Option<String>>(place).map(Option::unwrap_or_default);
        Ok(words(&text(0)?, &text(1)?, &text(2)?))
    })?;
    Ok(())
}

/// Makes an item findable by what it is now.
pub(crate) fn write(tx: &Connection, id: i64, item: &Item) -> Result<()> {
    let words = words(&item.sku, &item.name, item.category.as_deref().unwrap_or_default());
    run(tx, "INSERT OR REPLACE INTO item_search(rowid, words) VALUES (?1, ?2)", (id, words))?;
    Ok(())
}

/// What was typed as a query of [`item_search`](STEPS): every word must begin a word of the item. `None` where nothing in it can be found.
pub(crate) fn query(typed: &str) -> Option<String> {
    let spaced = spaced(typed);
    let mut terms = Vec::new();
    for word in spaced.split(|c: char| !is_word(c) && c != HAN_JOIN).filter(|word| !word.is_empty()) {
        // A run of Chinese characters is a phrase of them; anything else is one word. The last of either may go on.
        let phrase = word.split(HAN_JOIN).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if !phrase.is_empty() {
            terms.push(format!("\"{phrase}\"*"));
        }
        if terms.len() == QUERY_WORDS_MAX {
            break;
        }
    }
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// Stands between the characters of a Chinese run, which are words of their own. No text holds it: it is a private character.
const HAN_JOIN: char = '\u{E000}';

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Chinese runs with [`HAN_JOIN`] between their characters, and a blank where they meet other letters.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() * 2);
    let mut last: Option<char> = None;
    for c in text.chars().filter(|c| *c != HAN_JOIN) {
        match last {
            Some(before) if is_han(before) && is_han(c) => spaced.push(HAN_JOIN),
            Some(before) if is_han(before) != is_han(c) => spaced.push(' '),
            _ => {}
        }
        spaced.push(c);
        last = Some(c);
    }
    spaced
}

/// What an item is found by.
fn words(sku: &str, name: &str, category: &str) -> String {
    let mut words = String::new();
    for text in [sku, name, category] {
        if !text.is_empty() {
            words.push_str(&spaced(text).replace(HAN_JOIN, " "));
            words.push(' ');
            add_pinyin(&mut words, text);
        }
    }
    // A code is also found by what it is without its hyphens and dots: people and scanners leave them out.
    let plain: String = sku.chars().filter(|c| is_word(*c)).collect();
    if plain != sku {
        words.push_str(&plain);
    }
    words
}

/// The pinyin of each Chinese run and its initials, from every syllable on.
fn add_pinyin(words: &mut String, text: &str) {
    for run in text.split(|c: char| !is_han(c)).filter(|run| !run.is_empty()) {
        let syllables: Vec<&str> =
            run.to_pinyin().take(SYLLABLES_MAX).flatten().map(|syllable| syllable.plain()).collect();
        for from in 0..syllables.len() {
            words.extend(syllables[from..].iter().copied());
            words.push(' ');
            if syllables.len() - from > 1 {
                words.extend(syllables[from..].iter().filter_map(|syllable| syllable.chars().next()));
                words.push(' ');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{query, words};

    #[test]
    fn what_is_typed_becomes_words_that_begin_words() {
        let cases = [
            ("milk", Some("\"milk\"*")),
            ("  cold  milk ", Some("\"cold\"* AND \"milk\"*")),
            ("AB-0042", Some("\"AB\"* AND \"0042\"*")),
            ("牛奶", Some("\"牛 奶\"*")),
            ("2L牛奶 冷", Some("\"2L\"* AND \"牛 奶\"* AND \"冷\"*")),
            ("\" OR *", Some("\"OR\"*")),
            ("--", None),
            ("", None),
        ];
        for (typed, expected) in cases {
            assert_eq!(query(typed).as_deref(), expected, "{typed:?}");
        }
    }

    #[test]
    fn chinese_is_found_by_pinyin_and_its_initials_from_any_syllable_on() {
        let words = words("NM-1", "冷藏牛奶", "");
        let has = |word: &str| words.split(' ').any(|one| one == word);
        for word in ["lengcangniunai", "lcnn", "niunai", "nn", "nai", "冷", "奶", "NM1"] {
            assert!(has(word), "{word} in {words:?}");
        }
    }
}
