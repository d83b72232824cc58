//! libFuzzer with one of the targets, which `ZT_FUZZ_TARGET` names. `cargo xtask fuzz` builds and starts it.
#![no_main]

use std::sync::LazyLock;
use zt_fuzz::{TARGETS, Target};

#[expect(
    clippy::disallowed_methods,
    reason = "libFuzzer takes the command line; what is fuzzed has to come another way"
)]
static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("ZT_FUZZ_TARGET").unwrap_or_default();
    zt_fuzz::target(&name).unwrap_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!(
            "ZT_FUZZ_TARGET is `{name}`: write one of {}",
            names.join(", ")
        );
        std::process::exit(2)
    })
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    TARGET.check(bytes);
});
