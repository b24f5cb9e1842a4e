//! The room from outside: problems in, plans out, and the checker's word on them.

mod files;
mod oracle;
mod plans;
mod worlds;
