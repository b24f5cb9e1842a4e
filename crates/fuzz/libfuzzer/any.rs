//! libFuzzer's way in: the target is named by `QM_FUZZ_TARGET`, so that all of them are one build.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("QM_FUZZ_TARGET").unwrap_or_default();
    fuzz::target(&name).unwrap_or_else(|| panic!("QM_FUZZ_TARGET={name} names no target"))
});

fuzz_target!(|bytes: &[u8]| (TARGET.feed)(bytes));
