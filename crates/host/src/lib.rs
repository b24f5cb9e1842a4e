//! One process's door: owner lock, authenticated loopback endpoint, the screens, and the way to attach.
//!
//! Turns a site's folder into a [`Backend`] that answers calls: this process owns the folder and runs `app`, or another one
//! does and is asked over loopback. The window and the terminal both need this and must not know each other. Decides
//! nothing: calls, rights and recording are `app`'s. Start at [`open`]; the door is `src/door.rs`, sessions and pages
//! `src/screens.rs`, the lock `src/lock.rs`. Tests: `tests/it/main.rs`, with real sockets and processes.

mod attach;
mod backend;
#[cfg(feature = "demo")]
pub mod demo;
mod door;
mod ending;
mod error;
mod limits;
mod lock;
pub mod log;
mod open;
pub mod places;
mod screens;
mod secret;
mod site;

pub use app::{Actor, App, Role};
pub use attach::Attached;
pub use backend::{Backend, Events};
pub use door::{Door, rpc_status};
pub use ending::Ending;
pub use error::{Error, Result};
pub use lock::{Acquired, Lock, OwnerNote};
#[cfg(feature = "demo")]
pub use open::open_demo;
pub use open::{Opened, Options, inherit, open};
pub use screens::SECURITY_HEADERS;
pub use secret::Secret;
pub use site::Site;

/// The local person in a role, as hosts attach them until sign-in exists.
pub fn local_actor(role: Role) -> Actor {
    match role {
        Role::Admin => Actor::local_admin(),
        other => Actor { name: format!("local {}", other.word()), role: other },
    }
}
