//! Message keys, icons and htmx attributes, checked in both directions over every crate that draws pages.

use crate::{File, Messages, messages};
use sign_in::{
    ASSERTION_REFUSALS, CLIENT_WRONGS, EVENTS, GRANT_ENDS, METADATA_CHANGES, PRODUCTS,
    REGISTRATION_REFUSALS, SAML_WRONGS, SCOPES, TELLING_FAILURES, TOKEN_REFUSALS, WHYS,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use zt_types::{Assurance, Language, Level, NoDevice, Sensitivity};

mod policies;
mod providers;
mod sign_in;

/// Families of keys whose member is chosen at run time: `prefix` → its members, beside `other`.
fn families() -> BTreeMap<&'static str, Vec<String>> {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let slugs = words;
    let assurances = [
        Assurance::Password,
        Assurance::Mfa,
        Assurance::PhishingResistant,
        Assurance::Hardware,
    ]
    .map(Assurance::as_str);
    let factors = ["password", "totp", "passkey", "recovery-code", "reset-pass"];
    let steps = [
        "identify",
        "password",
        "choose-second",
        "totp",
        "passkey",
        "recovery-code",
        "enrol-choice",
        "enrol-totp",
        "enrol-passkey",
        "show-recovery-codes",
        "new-password",
        "reset-identify",
        "reset-proof",
        "reset-pass",
        "reset-new-password",
    ];
    let ends = [
        "cancelled",
        "disabled",
        "no-factor",
        "no-password",
        "gone",
        "expired",
        "foreign-browser",
        "over",
    ];
    let no_device = || NoDevice::ALL.map(|why| why.slug().to_owned()).to_vec();
    let remedies = || {
        crate::refusal::RemedyKind::ALL
            .map(|kind| kind.slug().to_owned())
            .to_vec()
    };
    let withheld = || {
        crate::refusal::Withheld::ALL
            .map(|what| what.slug().to_owned())
            .to_vec()
    };
    let errors = || {
        crate::error::ErrorKind::ALL
            .map(|kind| kind.slug().to_owned())
            .to_vec()
    };
    let facts = words(&[
        "malware",
        "compromise",
        "credential-leak",
        "unusual-behaviour",
        "unfamiliar-place",
        "impossible-travel",
        "unusual-time",
    ]);
    let mut families = BTreeMap::from([
        (
            "trust",
            Level::ALL.map(|level| level.as_str().to_owned()).to_vec(),
        ),
        ("error-title", errors()),
        ("error-text", errors()),
        (
            "refusal-title-fact",
            words(&["device", "person", "session"]),
        ),
        ("refusal-title-no-device", no_device()),
        (
            "refusal-title",
            words(&[
                "missing-evidence",
                "assurance",
                "not-entitled",
                "unregistered",
                "session-ended",
                "policy",
                "person-disabled",
                "person-locked",
                "reauthentication",
                "unspoken",
                "fault",
            ]),
        ),
        ("refusal-fact", facts),
        ("refusal-no-device", no_device()),
        ("refusal-evidence", words(&[])),
        (
            "refusal-assurance",
            [
                Assurance::Password,
                Assurance::Mfa,
                Assurance::PhishingResistant,
                Assurance::Hardware,
            ]
            .map(|level| level.as_str().to_owned())
            .to_vec(),
        ),
        (
            "refusal-why",
            words(&[
                "not-entitled",
                "unregistered",
                "session-ended",
                "person-disabled",
                "person-locked",
                "reauthentication",
                "unspoken",
                "fault",
            ]),
        ),
        (
            "refusal-title-condition",
            words(&[
                "password-reset-due",
                "terms-not-accepted",
                "company-device",
                "outside-hours",
                "wrong-network",
                "wrong-country",
                "wrong-client",
            ]),
        ),
        (
            "refusal-condition",
            words(&[
                "password-reset-due",
                "terms-not-accepted",
                "company-device",
                "outside-hours",
                "wrong-network",
                "wrong-country",
                "wrong-client",
                "fact-unfamiliar-place",
                "fact-impossible-travel",
                "fact-unusual-time",
                "fact-unusual-behaviour",
                "fact-credential-leak",
                "fact-device",
                "disk-encryption",
                "firewall",
                "screen-lock",
                "antivirus",
                "antivirus-current",
                "updated",
                "integrity",
                "version-operating-system",
                "version-antivirus",
                "version-client",
                "anonymised",
            ]),
        ),
        (
            "remedy-thing",
            words(&[
                "disk-encryption",
                "firewall",
                "screen-lock",
                "antivirus",
                "antivirus-current",
                "updated",
                "integrity",
                "operating-system",
                "client",
            ]),
        ),
        ("refusal-title-withheld", withheld()),
        ("refusal-withheld", withheld()),
        (
            "refusal-short",
            slugs(&crate::refusal::Short::ALL.map(crate::refusal::Short::slug)),
        ),
        ("remedy", remedies()),
        (
            "sensitivity",
            slugs(&Sensitivity::ALL.map(Sensitivity::as_str)),
        ),
        ("assurance", slugs(&assurances)),
        ("prompt-title", slugs(&steps)),
        (
            "prompt-lead",
            slugs(&[
                "choose-second",
                "totp",
                "passkey",
                "recovery-code",
                "enrol-choice",
                "enrol-totp",
                "enrol-passkey",
                "show-recovery-codes",
                "new-password",
                "reset-identify",
                "reset-proof",
                "reset-pass",
                "reset-new-password",
            ]),
        ),
        (
            "prompt-message",
            slugs(&[
                "wrong-password",
                "wrong-code",
                "code-used",
                "wrong-recovery-code",
                "passkey-failed",
                "passkey-not-enrolled",
                "bad-login",
                "password-too-short",
                "password-too-long",
                "password-control-characters",
                "password-common",
                "password-pattern",
                "password-about-owner",
                "password-reused",
                "passkey-too-new",
                "wrong-reset-pass",
            ]),
        ),
        ("method-title", slugs(&factors)),
        ("method-text", slugs(&factors)),
        ("enrol-text", slugs(&["passkey", "totp"])),
        ("flow-end-title", slugs(&ends)),
        ("flow-end-text", slugs(&ends)),
        ("actor", slugs(&["operator", "system", "nobody", "gone"])),
        (
            "client-authentication",
            slugs(&[
                "none",
                "client-secret-basic",
                "client-secret-post",
                "private-key-jwt",
                "tls-client-auth",
                "self-signed-tls-client-auth",
            ]),
        ),
        (
            "client-grant",
            slugs(&[
                "authorization-code",
                "refresh-token",
                "client-credentials",
                "device-code",
                "token-exchange",
            ]),
        ),
        ("client-consent", slugs(&["implied", "asked"])),
        ("client-wrong", slugs(&CLIENT_WRONGS)),
        (
            "client-kind",
            slugs(&["server", "page", "native", "device", "service"]),
        ),
        (
            "client-kind-about",
            slugs(&["server", "page", "native", "device", "service"]),
        ),
        ("product-place", slugs(&PRODUCTS)),
        ("product-note", slugs(&PRODUCTS)),
        (
            "sign-in-elsewhere-done-title",
            slugs(&["allowed", "denied"]),
        ),
        ("sign-in-elsewhere-done-text", slugs(&["allowed", "denied"])),
        ("consent-scope", slugs(&SCOPES)),
        ("consents-scope", slugs(&SCOPES)),
        ("registration-refusal", slugs(&REGISTRATION_REFUSALS)),
        ("token-refusal", slugs(&TOKEN_REFUSALS)),
        ("assertion-refusal", slugs(&ASSERTION_REFUSALS)),
        ("metadata-changed", slugs(&METADATA_CHANGES)),
        ("saml-wrong", slugs(&SAML_WRONGS)),
        ("grant-end", slugs(&GRANT_ENDS)),
        ("telling-failure", slugs(&TELLING_FAILURES)),
        ("telling-then", slugs(&["retried", "refused", "given-up"])),
        ("event", slugs(&EVENTS)),
        ("why", slugs(&WHYS)),
        (
            "capability",
            zt_types::Capability::ALL
                .map(|one| one.as_str().replace('_', "-"))
                .to_vec(),
        ),
        ("capability-held", slugs(&["partly", "not"])),
        ("no-device-word", no_device()),
        (
            "fact-kind",
            slugs(&[
                "malware",
                "compromise",
                "credential-leak",
                "unusual-behaviour",
                "unfamiliar-place",
                "impossible-travel",
                "unusual-time",
                "device-state",
            ]),
        ),
        (
            "severity",
            slugs(&[
                "informational",
                "low",
                "medium",
                "high",
                "critical",
                "fatal",
            ]),
        ),
        ("role", slugs(&["member", "administrator", "break-glass"])),
        (
            "managed",
            slugs(&["files", "console", "registration", "system"]),
        ),
        ("ownership", slugs(&["personal", "company"])),
        ("certificate-kind", slugs(&["agent", "browser"])),
        (
            "certificate-state",
            slugs(&["valid", "revoked", "expired", "none"]),
        ),
        (
            "topic",
            slugs(&["sign-in", "access", "device", "trust", "administration"]),
        ),
        ("searched", slugs(&["subject", "resource", "action"])),
        (
            "obligation",
            slugs(&[
                "record",
                "raise-incident",
                "watermark",
                "warn",
                "reauthenticate-at",
            ]),
        ),
        ("pass-scope", slugs(&["password", "all-factors"])),
        ("outcome", slugs(&["all", "success", "failure"])),
        ("policy-state", slugs(&["on", "report-only", "off"])),
        ("task-title", slugs(&TASKS)),
        ("task-text", slugs(&TASKS)),
        (
            "standing",
            slugs(&["permitted", "limited", "refused", "over"]),
        ),
        ("remedy-action", remedies()),
    ]);
    families.extend(providers::families());
    families.extend(policies::families());
    families
}

const TASKS: [&str; 6] = [
    "unknown-device",
    "ambiguous-device",
    "alert-after-clear",
    "unknown-person",
    "ambiguous-person",
    "warning-after-end",
];

/// The crates that say something to people.
const CRATES: [&str; 4] = ["zt-pages", "zt-console", "zt-gateway", "zt-endpoints"];

fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for name in CRATES {
        for folder in ["src", "templates"] {
            collect(&crates.join(name).join(folder), &mut files);
        }
    }
    files
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            collect(&path, files);
        } else if !is_test
            && path
                .extension()
                .is_some_and(|extension| extension == "rs" || extension == "html")
        {
            files.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The literal arguments of calls such as `t("…")`; whitespace after the parenthesis is skipped.
fn literals(text: &str, call: &str) -> Vec<String> {
    let starts = text.match_indices(call).filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    starts
        .filter_map(|(at, _)| {
            let rest = text[at + call.len()..].trim_start().strip_prefix('"')?;
            rest.split_once('"').map(|(literal, _)| literal.to_owned())
        })
        .collect()
}

fn keys(language: Language) -> BTreeSet<String> {
    messages::files(language)
        .iter()
        .flat_map(|(_, source)| messages::keys_of(source))
        .collect()
}

#[test]
fn both_languages_have_the_same_keys_in_the_same_files() {
    for ((name, ja), (_, en)) in messages::files(Language::Ja)
        .iter()
        .zip(messages::files(Language::En))
    {
        let ja: BTreeSet<_> = messages::keys_of(ja).collect();
        let en: BTreeSet<_> = messages::keys_of(en).collect();
        assert_eq!(
            ja.difference(&en).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{name}: only in ja"
        );
        assert_eq!(
            en.difference(&ja).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{name}: only in en"
        );
    }
}

#[test]
fn the_files_parse_and_no_key_is_written_twice() {
    for language in Language::ALL {
        let mut seen = BTreeSet::new();
        for (name, source) in messages::files(language) {
            let parsed = fluent_bundle::FluentResource::try_new((*source).to_owned());
            assert!(
                parsed.is_ok(),
                "{} {name}: {:?}",
                language.tag(),
                parsed.err().map(|(_, errors)| errors)
            );
            for key in messages::keys_of(source) {
                assert!(
                    seen.insert(key.clone()),
                    "{} {name}: `{key}` is written twice",
                    language.tag()
                );
            }
        }
    }
}

#[test]
fn both_languages_take_the_same_arguments() {
    let arguments = |language: Language| -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, source) in messages::files(language) {
            let mut current = String::new();
            for line in source.lines() {
                if let Some(key) = messages::keys_of(line).next() {
                    current = key;
                }
                for piece in line.split('$').skip(1) {
                    let name: String = piece
                        .chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                        .collect();
                    found.entry(current.clone()).or_default().insert(name);
                }
            }
        }
        found
    };
    assert_eq!(arguments(Language::Ja), arguments(Language::En));
}

#[test]
fn every_key_that_is_used_exists_and_every_key_that_exists_is_used() {
    let defined = keys(Language::Ja);
    let mut used = BTreeSet::new();
    let mut used_families = BTreeSet::new();
    for (path, text) in sources() {
        // These two have methods of their own by the other names.
        let is_of = |name: &str| path.components().any(|part| part.as_os_str() == name);
        let calls: &[&str] = if is_of("zt-gateway") {
            &["t("]
        } else if is_of("zt-endpoints") {
            &["messages.text("]
        } else {
            &["t(", "t1(", "t2(", ".text(", ".with(", "key: ", "Key("]
        };
        for call in calls {
            for key in literals(&text, call) {
                assert!(
                    defined.contains(&key),
                    "{}: `{key}` is no message",
                    path.display()
                );
                used.insert(key);
            }
        }
        // There `member` is a member of a form.
        if !is_of("zt-endpoints") {
            used_families.extend(literals(&text, "member("));
        }
    }
    let families = families();
    for family in &used_families {
        assert!(
            families.contains_key(family.as_str()),
            "the family `{family}` is not listed in this test"
        );
    }
    for (family, members) in &families {
        assert!(
            used_families.contains(*family),
            "the family `{family}` is listed here and used nowhere"
        );
        for member in members.iter().map(String::as_str) {
            let key = format!("{family}-{member}");
            assert!(defined.contains(&key), "`{key}` is missing");
            used.insert(key);
        }
        let other = format!("{family}-other");
        if defined.contains(&other) {
            used.insert(other);
        }
    }
    let unused: Vec<_> = defined.difference(&used).collect();
    assert_eq!(unused, Vec::<&String>::new(), "written and used nowhere");
}

#[test]
fn a_message_without_arguments_is_ready_and_an_unknown_slug_falls_back() {
    let messages = Messages::of(Language::Ja);
    assert_eq!(messages.text("close"), "閉じる");
    assert_eq!(messages.text("no-such-key"), "no-such-key");
    assert_eq!(
        messages.member("refusal-fact", "invented"),
        messages.text("refusal-fact-other")
    );
    assert_eq!(
        messages.with("refusal-not-opened", &[("application", "甲".into())]),
        "「甲」は開けませんでした。"
    );
}

#[test]
fn every_icon_that_is_used_is_in_the_sprite() {
    let sprite = crate::assets::find(&File::Icons.href(crate::Base::Id)).unwrap();
    let sprite = std::str::from_utf8(sprite.bytes()).unwrap();
    let known: BTreeSet<_> = literals(sprite, "id=").into_iter().collect();
    for kind in crate::refusal::RemedyKind::ALL {
        assert!(known.contains(kind.icon()), "{kind:?}");
    }
    for (path, text) in sources() {
        for call in ["icon(", "icon: "] {
            for icon in literals(&text, call) {
                assert!(
                    known.contains(&icon),
                    "{}: `{icon}` is not in the sprite",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn htmx_is_used_sparingly_and_nothing_is_inline() {
    let allowed = [
        "get", "post", "target", "swap", "push-url", "trigger", "confirm",
    ];
    for (path, text) in sources()
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "html"))
    {
        for (at, _) in text.match_indices(" hx-") {
            let name: String = text[at + 4..]
                .chars()
                .take_while(|c| c.is_ascii_alphabetic() || *c == '-')
                .collect();
            assert!(
                allowed.contains(&name.as_str()),
                "{}: `hx-{name}` is not used here",
                path.display()
            );
        }
        for forbidden in [
            " style=",
            "<style",
            " onclick",
            " onload",
            " onsubmit",
            "javascript:",
            "js:",
            "<script>",
        ] {
            assert!(
                !text.contains(forbidden),
                "{}: `{forbidden}`",
                path.display()
            );
        }
    }
}

#[test]
fn vendored_files_are_the_ones_whose_hashes_are_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/vendor");
    let table = std::fs::read_to_string(folder.join("VENDORED.md")).unwrap();
    for file in ["htmx.min.js", "icons.svg", "inter-latin.woff2"] {
        let output = std::process::Command::new("sha256sum")
            .arg(folder.join(file))
            .output();
        let output = output.expect("sha256sum is missing: install coreutils");
        let hash = String::from_utf8(output.stdout).unwrap();
        let hash = hash.split_whitespace().next().unwrap();
        assert!(
            table.contains(hash),
            "{file} is {hash}, which VENDORED.md does not say"
        );
    }
}
