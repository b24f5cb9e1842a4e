//! Random tokens, compared in constant time and never printed.

use crate::error::{Error, Result};

/// 256 random bits as hex.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A new one from the system's source.
    pub fn random() -> Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|e| {
            Error::new(format!("make a random token: {e}; the system gives no random numbers, restart it"))
        })?;
        Ok(Self(hex::encode(bytes)))
    }

    /// The text of it, to hand to the one who may know.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether `offered` is it; takes as long for every wrong one of its length.
    pub fn is(&self, offered: &str) -> bool {
        let (mine, theirs) = (self.0.as_bytes(), offered.as_bytes());
        mine.len() == theirs.len()
            && mine.iter().zip(theirs).fold(0_u8, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn two_differ_and_neither_is_shown() {
        let (a, b) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert!(a.is(a.text()) && !a.is(b.text()) && !a.is("") && !a.is(&a.text()[1..]));
        assert_eq!((a.text().len(), format!("{a:?}").as_str()), (64, "Secret(..)"));
    }
}
