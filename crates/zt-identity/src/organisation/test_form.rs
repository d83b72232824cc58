//! The form of a policy test.

use super::form::{FACT_KINDS, key};
use crate::form::Presence::{Optional, Required};
use crate::form::{Kind, Table};

/// Levels of trust.
pub const LEVELS: &[&str] = &["low", "medium", "high"];
/// What a sign-in proved.
pub const SIGN_INS: &[&str] = &["password", "mfa", "phishing-resistant", "hardware"];
/// Operating systems.
pub const SYSTEMS: &[&str] = &[
    "windows", "macos", "linux", "ios", "android", "chromeos", "other", "unknown",
];
/// What an access is made with.
pub const CLIENTS: &[&str] = &["browser", "native", "legacy", "vpn", "virtual-desktop"];
/// Whose a device is.
pub const OWNERS: &[&str] = &["company", "personal", "unknown"];
/// Things about a device that are in order or not.
pub const POSTURE: &[&str] = &[
    "disk-encryption",
    "firewall",
    "screen-lock",
    "antivirus",
    "antivirus-current",
    "updated",
    "integrity",
];
/// What an access may do.
pub const CAPABILITIES: &[&str] = &[
    "connect",
    "read",
    "download",
    "upload",
    "print",
    "clipboard_in",
    "clipboard_out",
    "unrecorded",
    "persist",
];
/// How an access ends.
pub const OUTCOMES: &[&str] = &["allowed", "prompted", "refused"];

/// When a test that says nothing else takes place: noon of a Tuesday in Tokyo.
pub(super) const USUAL_TIME: &str = "2026-11-24T12:00:00+09:00";

/// A policy test.
pub(super) static POLICY_TEST: Table = Table {
    name: "a policy test",
    about: "What the policies must say to an access: `sekisho policy test` asks them. Whatever is left out is as harmless as it can be: a trusted person with two factors on a trusted device of the company.",
    keys: &[
        key(
            "name",
            Kind::Line,
            Required,
            "\"contractors stay out in the evening\"",
            "What is tested.",
        ),
        key(
            "person",
            Kind::Login,
            Optional("see `groups`"),
            "\"linh\"",
            "Who: a person in these files, in her groups and with her role.",
        ),
        key(
            "groups",
            Kind::List(&Kind::Slug),
            Optional("see `person`"),
            "[\"contractors\"]",
            "Who: somebody in these groups.",
        ),
        key(
            "role",
            Kind::OneOf(&["member", "administrator"]),
            Optional("the person's, or `member`"),
            "\"administrator\"",
            "Her role in Sekisho itself.",
        ),
        key(
            "affiliation",
            Kind::OneOf(&["staff", "guest"]),
            Optional("the person's, or `staff`"),
            "\"guest\"",
            "Whether she belongs to the company.",
        ),
        key(
            "person_trust",
            Kind::OneOf(LEVELS),
            Optional("`high`"),
            "\"low\"",
            "How far she is believed.",
        ),
        key(
            "person_facts",
            Kind::List(&Kind::OneOf(FACT_KINDS)),
            Optional("none"),
            "[\"unusual-time\"]",
            "What is open against her.",
        ),
        key(
            "password",
            Kind::OneOf(&["good", "reset-due"]),
            Optional("`good`"),
            "\"reset-due\"",
            "Whether her password may be relied on.",
        ),
        key(
            "terms",
            Kind::List(&Kind::Slug),
            Optional("none"),
            "[\"acceptable-use\"]",
            "The terms she accepted as they are now, by id.",
        ),
        key(
            "application",
            Kind::Slug,
            Required,
            "\"wiki\"",
            "Which application, by id; also `portal` and `console`.",
        ),
        key(
            "device",
            Kind::OneOf(&["proven", "enrolled", "none"]),
            Optional("`proven`"),
            "\"none\"",
            "Whether the device proves who it is, is only enrolled, or is unknown.",
        ),
        key(
            "device_trust",
            Kind::OneOf(LEVELS),
            Optional("`high`, without a proof `medium`"),
            "\"low\"",
            "How far the device is believed.",
        ),
        key(
            "device_facts",
            Kind::List(&Kind::OneOf(FACT_KINDS)),
            Optional("none"),
            "[\"malware\"]",
            "What is open against the device.",
        ),
        key(
            "device_owner",
            Kind::OneOf(OWNERS),
            Optional("`company`, of an unknown device `unknown`"),
            "\"personal\"",
            "Whose the device is.",
        ),
        key(
            "os",
            Kind::OneOf(SYSTEMS),
            Optional("`unknown`"),
            "\"windows\"",
            "Its operating system.",
        ),
        key(
            "os_version",
            Kind::Line,
            Optional("unknown"),
            "\"10.0.22631\"",
            "In which version.",
        ),
        key(
            "antivirus_version",
            Kind::Line,
            Optional("unknown"),
            "\"7.2\"",
            "The version of its anti-virus software.",
        ),
        key(
            "in_order",
            Kind::List(&Kind::OneOf(POSTURE)),
            Optional("nothing is known"),
            "[\"firewall\"]",
            "What about the device is known to be in order.",
        ),
        key(
            "not_in_order",
            Kind::List(&Kind::OneOf(POSTURE)),
            Optional("nothing is known"),
            "[\"updated\"]",
            "What about the device is known not to be in order.",
        ),
        key(
            "sign_in",
            Kind::OneOf(SIGN_INS),
            Optional("`mfa`"),
            "\"password\"",
            "What the sign-in proved.",
        ),
        key(
            "minutes_since_proof",
            Kind::Number {
                least: 0,
                most: 1_000_000,
            },
            Optional("5"),
            "90",
            "How long ago she last proved anything.",
        ),
        key(
            "client",
            Kind::OneOf(CLIENTS),
            Optional("`browser`"),
            "\"vpn\"",
            "What the access is made with.",
        ),
        key(
            "client_version",
            Kind::Line,
            Optional("unknown"),
            "\"142.0\"",
            "In which version.",
        ),
        key(
            "networks",
            Kind::List(&Kind::Slug),
            Optional("none"),
            "[\"head-office\"]",
            "The networks the address is in, by id.",
        ),
        key(
            "country",
            Kind::Line,
            Optional("unknown"),
            "\"JP\"",
            "The country the address is in, as two capital letters (ISO 3166-1).",
        ),
        key(
            "anonymiser",
            Kind::OneOf(&["yes", "no", "unknown"]),
            Optional("`unknown`"),
            "\"yes\"",
            "Whether the address belongs to a service that hides where people are.",
        ),
        key(
            "at",
            Kind::Line,
            Optional("`2026-11-24T12:00:00+09:00`, a Tuesday"),
            "\"2026-11-24T19:00:00+09:00\"",
            "When, as RFC 3339 has it.",
        ),
        key(
            "expect",
            Kind::OneOf(OUTCOMES),
            Required,
            "\"refused\"",
            "How it must end. `prompted`: refused at first, and steps that she can take where she is let her go on; `refused`: there are none.",
        ),
        key(
            "capabilities",
            Kind::List(&Kind::OneOf(CAPABILITIES)),
            Optional("any"),
            "[\"connect\", \"read\"]",
            "Exactly what it must be able to do, if it is allowed.",
        ),
        key(
            "reasons",
            Kind::List(&Kind::Slug),
            Optional("any"),
            "[\"outside-hours\"]",
            "Reasons that must be among those it is refused for.",
        ),
        key(
            "steps",
            Kind::List(&Kind::Slug),
            Optional("any"),
            "[\"step-up\"]",
            "Steps that must be on the way out.",
        ),
        key(
            "obligations",
            Kind::List(&Kind::Slug),
            Optional("any"),
            "[\"watermark\"]",
            "Obligations that the permit must carry.",
        ),
        key(
            "policies",
            Kind::List(&Kind::Slug),
            Optional("any"),
            "[\"contractors-hours\"]",
            "Policies that must be among those that decided, by id.",
        ),
    ],
    one_of: &[&["person", "groups"]],
};
