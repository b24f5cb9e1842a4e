//! What the tests of the whole share: a site in a temporary folder, opened with a clock that stands still.
