//! Helpers the system tests share.
