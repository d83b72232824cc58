//! The words of service providers, and of the kinds of them that are known.

/// What can be wrong with a service provider, by the word in its messages.
const PROVIDER_FAULTS: [&str; 11] = [
    "id",
    "no-consumer",
    "consumer-address",
    "logout",
    "no-keys",
    "attribute-twice",
    "attribute",
    "session",
    "relay-state",
    "metadata-address",
    "too-many",
];

/// What can be wrong with metadata.
const METADATA_FAULTS: [&str; 15] = [
    "too-long",
    "entities",
    "encoding",
    "malformed",
    "federation",
    "root",
    "identity-provider",
    "no-role",
    "roles",
    "entity-id",
    "other-entity",
    "expired",
    "value",
    "key",
    "no-consumer",
];

/// Kinds of service providers that are known.
const TEMPLATES: [&str; 4] = ["conference", "vpn", "saas", "microsoft-365"];

/// What forms of service providers ask for.
const TEMPLATE_SETTINGS: [&str; 10] = [
    "metadata",
    "issuer",
    "sign-on",
    "logout",
    "certificate",
    "domain",
    "name-id",
    "hash",
    "user",
    "groups",
];

/// What is done over there.
const TEMPLATE_STEPS: [&str; 20] = [
    "conference-domain",
    "conference-values",
    "conference-back",
    "conference-browser",
    "conference-enforce",
    "vpn-address",
    "vpn-values",
    "vpn-groups",
    "vpn-browser",
    "vpn-session",
    "saas-metadata",
    "saas-name",
    "saas-attributes",
    "saas-try",
    "saas-enforce",
    "microsoft-365-before",
    "microsoft-365-names",
    "microsoft-365-write-names",
    "microsoft-365-domain",
    "microsoft-365-try",
];

/// What cannot be done there.
const TEMPLATE_LIMITS: [&str; 11] = [
    "conference-embedded",
    "conference-guests",
    "vpn-embedded",
    "vpn-tunnel",
    "saas-accounts",
    "microsoft-365-synced",
    "microsoft-365-one-domain",
    "microsoft-365-logout",
    "microsoft-365-sha1",
    "microsoft-365-mfa",
    "microsoft-365-ecp",
];

pub(super) fn families() -> Vec<(&'static str, Vec<String>)> {
    let slugs = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    vec![
        ("provider-binding", slugs(&["redirect", "post", "soap"])),
        (
            "provider-name-id",
            slugs(&["persistent", "email", "transient", "login"]),
        ),
        ("provider-signs", slugs(&["assertion", "response", "both"])),
        ("provider-algorithm", slugs(&["rsa-sha256", "ecdsa-sha256"])),
        (
            "provider-requests",
            slugs(&["demanded", "as-they-come", "unsigned"]),
        ),
        (
            "provider-attribute-source",
            slugs(&[
                "login",
                "name",
                "email",
                "groups",
                "language",
                "subject",
                "assurance",
                "fixed",
            ]),
        ),
        (
            "provider-encrypts",
            slugs(&["if-offered", "never", "required"]),
        ),
        (
            "provider-transform",
            slugs(&["lowercase", "uppercase", "before-at", "after-at"]),
        ),
        ("provider-fault", slugs(&PROVIDER_FAULTS)),
        ("provider-metadata", slugs(&METADATA_FAULTS)),
        (
            "provider-noted",
            slugs(&[
                "binding",
                "address",
                "no-certificate",
                "weak-encryption",
                "too-many",
            ]),
        ),
        ("template-name", slugs(&TEMPLATES)),
        ("template-setting", slugs(&TEMPLATE_SETTINGS)),
        ("template-step", slugs(&TEMPLATE_STEPS)),
        ("template-limit", slugs(&TEMPLATE_LIMITS)),
    ]
}
