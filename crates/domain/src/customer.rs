//! Somebody goods go to.

use units::CustomerId;

/// A customer. What was pseudonymised at the door is `None`: of them only the pseudonym is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// Its row; 0 before it is stored.
    pub id: CustomerId,
    /// What they are called here: the same person always the same word, as `K-7F3KQ2M9A4`.
    pub pseudonym: String,
    /// The code in the business's files, where an administrator lets it be kept.
    pub code: Option<String>,
    /// Their name, where it may be kept.
    pub name: Option<String>,
    /// Where they are, where it may be kept.
    pub address: Option<String>,
}

impl Customer {
    /// What people read: the name, else the code, else the pseudonym.
    pub fn shown(&self) -> &str {
        self.name.as_deref().or(self.code.as_deref()).unwrap_or(&self.pseudonym)
    }
}
