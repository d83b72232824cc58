//! Bytes from anywhere, at everything that reads what people and programs send.
//!
//! Entry points: [`TARGETS`]; [`Target::check`] takes any bytes and panics if what was promised about them does not hold.
//! `cargo xtask fuzz NAME` hands it bytes that libFuzzer makes up, guided by which code they reach; the tests of this crate
//! hand it `corpus/NAME/*`, and changes of that from a fixed seed.
//!
//! Invariants: a target reads nothing but its bytes, so that a file in the corpus means the same everywhere and for ever.

mod federation;
mod jose;
mod markup;
mod policies;
mod possession;
mod registration;
/// The reader of AuthZEN requests as it is: built with its crate, a whole server would be instrumented beside it.
#[path = "../../zt-endpoints/src/authzen/request.rs"]
#[expect(dead_code, reason = "what is read is answered elsewhere")]
mod request;
mod saml;
mod wire;
mod world;

/// Something that reads bytes, and what is promised about it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What it is called; also the folder of its corpus.
    pub name: &'static str,
    check: fn(&[u8]),
}

impl Target {
    /// Hands it bytes.
    ///
    /// # Panics
    /// When what was promised does not hold.
    pub fn check(&self, bytes: &[u8]) {
        (self.check)(bytes);
    }
}

/// All of them.
pub const TARGETS: [Target; 16] = [
    Target {
        name: "authzen",
        check: wire::authzen,
    },
    Target {
        name: "calendar",
        check: policies::calendar,
    },
    Target {
        name: "cedar",
        check: policies::cedar,
    },
    Target {
        name: "jose_foreign",
        check: jose::foreign,
    },
    Target {
        name: "network",
        check: wire::network,
    },
    Target {
        name: "oauth",
        check: federation::oauth,
    },
    Target {
        name: "organisation",
        check: wire::organisation,
    },
    Target {
        name: "possession",
        check: possession::proof,
    },
    Target {
        name: "redirect",
        check: federation::redirect,
    },
    Target {
        name: "registration",
        check: registration::metadata,
    },
    Target {
        name: "request_object",
        check: federation::request_object,
    },
    Target {
        name: "rule",
        check: policies::rule,
    },
    Target {
        name: "saml_message",
        check: saml::message,
    },
    Target {
        name: "saml_metadata",
        check: saml::metadata,
    },
    Target {
        name: "saml_signature",
        check: markup::signature,
    },
    Target {
        name: "signal",
        check: wire::signal,
    },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
