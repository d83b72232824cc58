//! How secrets are compared: in a time that tells nothing of how near a guess was. No clock shows that reliably; the text of the
//! sources is what is looked at.

use crate::tree::{files, none, read};

/// What compares: its file, how it begins, and by what it does. None of them stops at the first byte that differs.
const COMPARISONS: [(&str, &str, &str); 5] = [
    (
        "crates/zt-crypto/src/hash.rs",
        "pub fn equal(",
        "constant_time::verify_slices_are_equal(left, right)",
    ),
    (
        "crates/zt-crypto/src/hash.rs",
        "pub fn matches(",
        "equal(&received_hash(token).0, &kept.0)",
    ),
    (
        "crates/zt-crypto/src/hash.rs",
        "pub fn verify(",
        "hmac::verify(&self.0, message, code)",
    ),
    (
        "crates/zt-federation/src/digest.rs",
        "pub(crate) fn equals(",
        "std::hint::black_box(gathered) == 0",
    ),
    (
        "crates/zt-auth/src/flow/ticket.rs",
        "pub fn matches(",
        "std::hint::black_box(difference) == 0",
    ),
];

/// Where something that somebody sent is compared with a secret or its hash, and by which of them.
const PLACES: [(&str, &str, &str); 10] = [
    (
        "crates/zt-auth/src/flow/ticket.rs",
        "pub fn admit_form(",
        "ticket.nonce.matches(&self.nonce)",
    ),
    (
        "crates/zt-console/src/federate/request.rs",
        "fn came(",
        "zt_crypto::hash::equal(right.as_bytes(), code.as_bytes())",
    ),
    (
        "crates/zt-console/src/signin/ask.rs",
        "fn verify_reset_pass(",
        "zt_crypto::hash::equal(&hash.0, &kept.0)",
    ),
    (
        "crates/zt-console/src/state.rs",
        "fn is_form_token(",
        "zt_crypto::hash::equal(self.form_token(session).as_bytes(), sent)",
    ),
    (
        "crates/zt-crypto/src/totp.rs",
        "pub fn verify(",
        "!equal(self.code(step).expose().as_bytes(), typed.as_bytes())",
    ),
    (
        "crates/zt-endpoints/src/bearer.rs",
        "fn holder<",
        "equal(&received.0, &token(one).0)",
    ),
    (
        "crates/zt-endpoints/src/oauth/question.rs",
        "fn counts(",
        "matches(secret, kept)",
    ),
    (
        "crates/zt-federation/src/client.rs",
        "pub fn has_secret(",
        ".equals(&received)",
    ),
    (
        "crates/zt-federation/src/dpop.rs",
        "fn is_same(",
        ".equals(&Digest::of(",
    ),
    (
        "crates/zt-federation/src/pkce.rs",
        "fn is_met_by(",
        "self.0.equals(&Digest::of(",
    ),
];

/// What holds a secret: whoever wants to compare two of them must say how.
const SECRETS: [(&str, &str); 3] = [
    ("crates/zt-types/src/token.rs", "pub struct Secret("),
    ("crates/zt-auth/src/flow/ticket.rs", "pub struct Nonce("),
    ("crates/zt-crypto/src/hash.rs", "pub struct MacKey("),
];

/// The body of a function, with its braces.
fn body<'t>(text: &'t str, begins: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(begins)?;
    let after = after.get(after.find(" {\n")? + 1..)?;
    let mut depth = 0;
    let end = after.char_indices().find_map(|(at, letter)| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at + 1)
    })?;
    after.get(..end)
}

#[test]
fn what_is_received_is_compared_in_constant_time() {
    let wrong = |(file, begins, does): &(&str, &str, &str)| {
        let text = read(file);
        let body = body(&text, begins);
        body.is_none_or(|body| !body.contains(does))
            .then(|| format!("{file}: `{begins}…)` does not say `{does}`"))
    };
    let all = COMPARISONS.iter().chain(&PLACES);
    none("comparisons", &all.filter_map(wrong).collect::<Vec<_>>());
}

#[test]
fn secrets_have_no_equality() {
    let mut found = Vec::new();
    for (file, named) in SECRETS {
        let text = read(file);
        let (before, _) = text.split_once(named).unwrap_or_else(|| panic!("{named}"));
        // What is derived stands between the documentation and the name.
        let derived = before.rsplit("///").next().unwrap_or_default();
        let name = named
            .trim_start_matches("pub struct ")
            .trim_end_matches('(');
        let written = format!("PartialEq for {name}");
        if derived.contains("PartialEq") || text.contains(&written) {
            found.push(format!("{file}: `{name}` can be compared by `==`"));
        }
    }
    none("secrets", &found);
}

#[test]
fn no_secret_is_compared_once_it_is_exposed() {
    let mut found = Vec::new();
    for file in files(&[".rs"]) {
        let is_program = file.path.starts_with("crates/") && file.path.contains("/src/");
        if !is_program || file.is_test() || file.is_vendored() {
            continue;
        }
        let own = file.text.split("#[cfg(test)]\nmod tests {").next();
        for statement in own.unwrap_or_default().split([';', '{', '}']) {
            let Some((_, after)) = statement.split_once(".expose()") else {
                continue;
            };
            let compares = ["==", "!=", ".eq(", ".ne(", ".starts_with(", ".cmp("];
            let is_empty = after.trim_start().starts_with(".is_empty()");
            if !is_empty && compares.iter().any(|sign| statement.contains(sign)) {
                let line: String = statement.split_whitespace().collect::<Vec<_>>().join(" ");
                found.push(format!("{}: {line}", file.path));
            }
        }
    }
    none("secrets that are compared letter by letter", &found);
}
