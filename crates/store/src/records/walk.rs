//! The order of a walk along bins: by their codes as people read them, so that `A-2` comes before `A-10`.
//!
//! SQL asks for it as `walk(code)`, a key that sorts so as text.

use crate::Result;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Lets SQL sort by it.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("walk", 1, flags, |context| {
        Ok(context.get::<Option<String>>(0)?.map(|code| key(&code)))
    })?;
    Ok(())
}

/// A code with each of its numbers led by how many digits it has; case does not count.
fn key(code: &str) -> String {
    let mut key = String::with_capacity(code.len() + 8);
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            key.extend(first.to_lowercase());
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let number = rest[..digits].trim_start_matches('0');
        key.push_str(&format!("{:02}{number}", number.len().min(99)));
        rest = &rest[digits..];
    }
    key
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn numbers_in_codes_are_numbers() {
        let walk =
            ["1", "2", "10", "a-1", "A-2", "A-02-1", "A-2-10", "A-10", "A-10-1", "B-1", "B-1a", "B-1b", "Z"];
        let mut sorted = walk;
        sorted.sort_by_key(|code| key(code));
        assert_eq!(sorted, walk);
        assert_eq!(key("A-0002"), key("a-2"));
        assert!(key(&"9".repeat(300)) > key("10"));
    }
}
