//! How enums are written in rows.
