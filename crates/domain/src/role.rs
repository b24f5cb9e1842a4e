//! Who acts, and in which role. What a role may do is decided in `app`.

/// The four roles, in rising order of what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Runs the shift: acknowledges, imports, counts.
    Operator,
    /// Decides: approves within a limit.
    Manager,
    /// Everything, devices and settings too.
    Admin,
}

impl Role {
    /// Its word in files and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Manager => "manager",
            Role::Admin => "admin",
        }
    }

    /// The role of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Role::Viewer, Role::Operator, Role::Manager, Role::Admin]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

/// Who makes a call. The host attaches it from its session; it never comes from the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name on the audit record.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Actor {
    /// The one local administrator, until sign-in exists.
    pub fn local_admin() -> Self {
        Self { name: "local admin".to_owned(), role: Role::Admin }
    }

    /// The program itself, for what it does by the clock.
    pub fn system() -> Self {
        Self { name: "quartermaster".to_owned(), role: Role::Admin }
    }
}
