//! The form of one file of the organisation. The JSON Schema and the documentation are written from it.

use super::client_form::CLIENT;
use super::provider_form::SERVICE_PROVIDER;
use super::test_form::POLICY_TEST;
use crate::form::{Key, Kind, Presence, Table};
use Presence::{Optional, Required};

/// The kinds of facts that a source can be registered for.
pub const FACT_KINDS: &[&str] = &[
    "malware",
    "compromise",
    "credential-leak",
    "unusual-behaviour",
    "unfamiliar-place",
    "impossible-travel",
    "unusual-time",
];
/// What an enforcement point in another process can be registered to do.
pub const OBLIGATIONS: &[&str] = &[
    "record",
    "raise-incident",
    "watermark",
    "warn",
    "reauthenticate-at",
];
/// The days of the week.
pub const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Whether a policy binds.
pub const POLICY_STATES: &[&str] = &["off", "report-only", "on"];
/// Whether an application's host asks for a device certificate.
pub const CERTIFICATE: &[&str] = &["ask", "do-not-ask"];

pub(super) const fn key(
    name: &'static str,
    kind: Kind,
    presence: Presence,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key {
        name,
        kind,
        presence,
        example,
        about,
    }
}

const NAME_EXAMPLE: &str = "{ ja = \"営業部\", en = \"Sales\" }";

/// One file: any number of records of any kind.
pub static FILE: Table = Table {
    name: "a file of the organisation",
    about: "People, groups, applications, clients, networks, calendars, sources of signals, enforcement points, policies, packs of policies, terms and policy tests. All files of a directory are read together; in which file a record stands does not matter.",
    keys: &[
        key(
            "person",
            Kind::Tables(&PERSON),
            Optional("nobody"),
            "[[person]]",
            "People who may sign in.",
        ),
        key(
            "group",
            Kind::Tables(&GROUP),
            Optional("none"),
            "[[group]]",
            "Groups of people.",
        ),
        key(
            "application",
            Kind::Tables(&APPLICATION),
            Optional("none"),
            "[[application]]",
            "The register of applications. A host that is not in it is refused.",
        ),
        key(
            "client",
            Kind::Tables(&CLIENT),
            Optional("none"),
            "[[client]]",
            "Programs that have people sign in here, with OpenID Connect.",
        ),
        key(
            "service_provider",
            Kind::Tables(&SERVICE_PROVIDER),
            Optional("none"),
            "[[service_provider]]",
            "Programs that have people sign in here, with SAML 2.0.",
        ),
        key(
            "network",
            Kind::Tables(&NETWORK),
            Optional("none"),
            "[[network]]",
            "Ranges of addresses that policies can name.",
        ),
        key(
            "calendar",
            Kind::Tables(&CALENDAR),
            Optional("none"),
            "[[calendar]]",
            "Hours of the week that policies can name.",
        ),
        key(
            "source",
            Kind::Tables(&SOURCE),
            Optional("none"),
            "[[source]]",
            "Who may send signals, such as an endpoint-protection product.",
        ),
        key(
            "enforcement_point",
            Kind::Tables(&ENFORCEMENT_POINT),
            Optional("none"),
            "[[enforcement_point]]",
            "Who may ask for decisions, such as a VPN or an application that has its own door.",
        ),
        key(
            "policy",
            Kind::Tables(&POLICY),
            Optional("none"),
            "[[policy]]",
            "Access policies.",
        ),
        key(
            "pack",
            Kind::Tables(&PACK),
            Optional("none"),
            "[[pack]]",
            "Starter packs: policies to begin with.",
        ),
        key(
            "terms",
            Kind::Tables(&TERMS),
            Optional("none"),
            "[[terms]]",
            "Terms that policies can demand to be accepted.",
        ),
        key(
            "policy_test",
            Kind::Tables(&POLICY_TEST),
            Optional("none"),
            "[[policy_test]]",
            "What the policies must say to an access.",
        ),
    ],
    one_of: &[],
};

static PERSON: Table = Table {
    name: "a person",
    about: "A person who may sign in. Taking her out of the files disables the account and ends its sessions; nothing of the log is lost.",
    keys: &[
        key(
            "login",
            Kind::Login,
            Required,
            "\"sato.hanako\"",
            "What she types at sign-in; also her id in these files. Another login is another person.",
        ),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"佐藤 花子\", en = \"Hanako Sato\" }",
            "The name shown.",
        ),
        key(
            "email",
            Kind::Email,
            Optional("she gets no notices"),
            "\"sato@example.jp\"",
            "Where notices go.",
        ),
        key(
            "language",
            Kind::OneOf(&["ja", "en"]),
            Optional("`ja`"),
            "\"ja\"",
            "Preferred language; while she is at a browser, its choice wins.",
        ),
        key(
            "groups",
            Kind::List(&Kind::Slug),
            Optional("none"),
            "[\"sales\"]",
            "The groups she is in, by id.",
        ),
        key(
            "role",
            Kind::OneOf(&["member", "administrator"]),
            Optional("`member`"),
            "\"member\"",
            "What she may do in Sekisho itself. An administrator sees and changes everything in the console.",
        ),
        key(
            "affiliation",
            Kind::OneOf(&["staff", "guest"]),
            Optional("`staff`"),
            "\"guest\"",
            "Whether she belongs to the company or is from elsewhere, such as a partner company. Policies can tell guests apart.",
        ),
    ],
    one_of: &[],
};

static GROUP: Table = Table {
    name: "a group",
    about: "A group of people.",
    keys: &[
        key("id", Kind::Slug, Required, "\"sales\"", "Its id."),
        key("name", Kind::Localised, Required, NAME_EXAMPLE, "Its name."),
        key(
            "part_of",
            Kind::List(&Kind::Slug),
            Optional("none"),
            "[\"headquarters\"]",
            "The groups that it is part of, by id: whoever is in it is in those as well.",
        ),
    ],
    one_of: &[],
};

static APPLICATION: Table = Table {
    name: "an application",
    about: "An application: one that is reached through the gateway, at `<id>.<domain>`, or one elsewhere that has its people sign in here (see `[[client]]`), or both.",
    keys: &[
        key(
            "id",
            Kind::HostLabel,
            Required,
            "\"wiki\"",
            "Its id, and the first label of its host name, if it is behind the gateway.",
        ),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"社内Wiki\", en = \"Company wiki\" }",
            "Its name.",
        ),
        key(
            "description",
            Kind::Localised,
            Required,
            "{ ja = \"設計書と議事録\", en = \"Designs and minutes\" }",
            "What it is for, one sentence.",
        ),
        key(
            "owner",
            Kind::Login,
            Required,
            "\"suzuki.ichiro\"",
            "Who answers for it: a person's login.",
        ),
        key(
            "sensitivity",
            Kind::OneOf(&["public", "internal", "confidential", "restricted"]),
            Required,
            "\"internal\"",
            "How much harm a leak does.",
        ),
        key(
            "upstream",
            Kind::Origin,
            Optional(
                "it has no host here: people reach it elsewhere, and sign in to it through its clients",
            ),
            "\"http://127.0.0.1:8080\"",
            "Where it really is, behind the gateway.",
        ),
        key(
            "groups",
            Kind::List(&Kind::Slug),
            Optional("everyone"),
            "[\"sales\"]",
            "The groups that may use it, by id.",
        ),
        key(
            "app_groups",
            Kind::List(&Kind::Slug),
            Optional("none"),
            "[\"saas\"]",
            "The groups of applications it is in: policies can be about all of a group. A group is there as soon as an application is in it.",
        ),
        key(
            "certificate",
            Kind::OneOf(CERTIFICATE),
            Optional("`do-not-ask`: what was proven at sign-in counts"),
            "\"ask\"",
            "Whether its host asks the browser for a device certificate on each connection.",
        ),
        key(
            "review_by",
            Kind::Date,
            Optional("no review is due"),
            "2027-03-31",
            "The day by which this entry must be looked at again.",
        ),
    ],
    one_of: &[],
};

static NETWORK: Table = Table {
    name: "a network",
    about: "A network that policies can name: the addresses it consists of.",
    keys: &[
        key("id", Kind::Slug, Required, "\"office\"", "Its id."),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"本社\", en = \"Head office\" }",
            "Its name.",
        ),
        key(
            "ranges",
            Kind::List(&Kind::Line),
            Required,
            "[\"192.0.2.0/24\", \"2001:db8::/32\"]",
            "Its addresses: ranges such as `192.0.2.0/24`, or single ones.",
        ),
    ],
    one_of: &[],
};

static CALENDAR: Table = Table {
    name: "a calendar",
    about: "Hours that policies can name, such as those of the office.",
    keys: &[
        key("id", Kind::Slug, Required, "\"office-hours\"", "Its id."),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"勤務時間\", en = \"Working hours\" }",
            "Its name.",
        ),
        key(
            "time_zone",
            Kind::Line,
            Required,
            "\"Asia/Tokyo\"",
            "A time zone of the IANA database.",
        ),
        key(
            "hours",
            Kind::Tables(&HOURS),
            Required,
            "[{ days = [\"mon\"], from = \"09:00\", to = \"17:30\" }]",
            "The hours of the week that are within it.",
        ),
        key(
            "day_off",
            Kind::Tables(&DAY_OFF),
            Optional("none"),
            "[[calendar.day_off]]",
            "Days off, such as public holidays: no hours begin on them.",
        ),
    ],
    one_of: &[],
};

static HOURS: Table = Table {
    name: "an entry of hours",
    about: "Hours on some days of the week. They may also be written `hours = [{ … }]`.",
    keys: &[
        key(
            "days",
            Kind::List(&Kind::OneOf(DAYS)),
            Required,
            "[\"mon\", \"tue\"]",
            "On which days they begin.",
        ),
        key("from", Kind::TimeOfDay, Required, "\"09:00\"", "From when."),
        key(
            "to",
            Kind::TimeOfDay,
            Required,
            "\"17:30\"",
            "Up to when, which is no longer within. Not after `from`: up to then on the next day.",
        ),
    ],
    one_of: &[],
};

static DAY_OFF: Table = Table {
    name: "a day off",
    about: "A day off, such as a public holiday.",
    keys: &[
        key("day", Kind::Date, Required, "2027-01-01", "Which day."),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"元日\", en = \"New Year's Day\" }",
            "What it is.",
        ),
    ],
    one_of: &[],
};

static SOURCE: Table = Table {
    name: "a source",
    about: "A registered source of signals. It signs in with a bearer token of which only the SHA-256 is kept.",
    keys: &[
        key("id", Kind::Slug, Required, "\"edr\"", "Its id."),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"端末保護\", en = \"Endpoint protection\" }",
            "Its name.",
        ),
        key(
            "kinds",
            Kind::List(&Kind::OneOf(FACT_KINDS)),
            Required,
            "[\"malware\"]",
            "The kinds of facts it may write and clear. None (`[]`) for one that reports the state of devices only.",
        ),
        key(
            "states_hold_hours",
            Kind::Number {
                least: 1,
                most: 8_760,
            },
            Optional("what it says of devices' state is refused"),
            "24",
            "It reports the state of devices (operating system, firewall, anti-virus, ownership and so on), and what it says holds for so many hours; after that what is in order is not known any more.",
        ),
        key(
            "token_sha256",
            Kind::Sha256,
            Optional("see `token_file`"),
            "\"5f4dcc3b…\"",
            "SHA-256 of its bearer token, in hexadecimal digits.",
        ),
        key(
            "token_file",
            Kind::Path,
            Optional("see `token_sha256`"),
            "\"secrets/edr.token\"",
            "A file that holds the token itself, relative to this file. It is read and hashed by `sekisho apply` and goes no further.",
        ),
    ],
    one_of: &[&["token_sha256", "token_file"]],
};

static ENFORCEMENT_POINT: Table = Table {
    name: "an enforcement point",
    about: "Something outside of Sekisho that asks for decisions and enforces them, over the AuthZEN Authorization API. It signs in with a bearer token of which only the SHA-256 is kept.",
    keys: &[
        key("id", Kind::Slug, Required, "\"vpn\"", "Its id."),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"VPN装置\", en = \"VPN\" }",
            "Its name.",
        ),
        key(
            "applications",
            Kind::List(&Kind::Slug),
            Required,
            "[\"wiki\"]",
            "The applications it may ask about, by id. Of others it is not even told whether they exist.",
        ),
        key(
            "obligations",
            Kind::List(&Kind::OneOf(OBLIGATIONS)),
            Optional("none: a permit that carries one is a refusal"),
            "[\"record\"]",
            "What it does when a permit demands it.",
        ),
        key(
            "token_sha256",
            Kind::Sha256,
            Optional("see `token_file`"),
            "\"5f4dcc3b…\"",
            "SHA-256 of its bearer token, in hexadecimal digits.",
        ),
        key(
            "token_file",
            Kind::Path,
            Optional("see `token_sha256`"),
            "\"secrets/vpn.token\"",
            "A file that holds the token itself, relative to this file. It is read and hashed by `sekisho apply` and goes no further.",
        ),
    ],
    one_of: &[&["token_sha256", "token_file"]],
};

static TERMS: Table = Table {
    name: "terms",
    about: "Terms that people read and accept, once for each text: who accepted an earlier text is asked again. Which access demands them is for policies to say.",
    keys: &[
        key(
            "id",
            Kind::Slug,
            Required,
            "\"acceptable-use\"",
            "Their id.",
        ),
        key(
            "title",
            Kind::Localised,
            Required,
            "{ ja = \"情報機器の利用規約\", en = \"Acceptable use\" }",
            "Their title. Another title alone asks nobody again.",
        ),
        key(
            "text",
            Kind::Table(&TERMS_TEXT),
            Optional("see `text_file`"),
            "{ ja = '''…''', en = '''…''' }",
            "The text in both languages: plain paragraphs with an empty line between them.",
        ),
        key(
            "text_file",
            Kind::Table(&TERMS_FILE),
            Optional("see `text`"),
            "{ ja = \"terms/use.ja.txt\", en = \"terms/use.en.txt\" }",
            "The files in this directory that hold the text in each language, relative to this file.",
        ),
    ],
    one_of: &[&["text", "text_file"]],
};

static TERMS_TEXT: Table = Table {
    name: "a text of terms",
    about: "The text of terms in both languages.",
    keys: &[
        key("ja", Kind::Prose, Required, "'''…'''", "日本語"),
        key("en", Kind::Prose, Required, "'''…'''", "English"),
    ],
    one_of: &[],
};

static TERMS_FILE: Table = Table {
    name: "the files of terms",
    about: "The files that hold the text of terms in both languages.",
    keys: &[
        key("ja", Kind::Path, Required, "\"terms/use.ja.txt\"", "日本語"),
        key(
            "en",
            Kind::Path,
            Required,
            "\"terms/use.en.txt\"",
            "English",
        ),
    ],
    one_of: &[],
};

static POLICY: Table = Table {
    name: "a policy",
    about: "An access policy, as a rule or in Cedar. What no policy permits is refused; what any policy forbids is refused.",
    keys: &[
        key(
            "id",
            Kind::Slug,
            Required,
            "\"confidential-needs-device\"",
            "Its id.",
        ),
        key(
            "title",
            Kind::Localised,
            Required,
            "{ ja = \"秘は信頼端末のみ\", en = \"Confidential: trusted devices only\" }",
            "Its title.",
        ),
        key(
            "state",
            Kind::OneOf(POLICY_STATES),
            Optional("`on`"),
            "\"on\"",
            "Whether it binds. `report-only` is evaluated and recorded, not enforced.",
        ),
        key(
            "message",
            Kind::Localised,
            Optional("only the general reason is shown"),
            "{ ja = \"…\", en = \"…\" }",
            "What a person whom it refuses is told.",
        ),
        key(
            "rule",
            Kind::Open(
                "a table that says who, what, when, what is required and what is withheld, as `docs/policies.md` has it",
                include_str!("rule.schema.json"),
            ),
            Optional("see `cedar`"),
            "{ effect = \"restrict\", who = [\"everyone\"], require = { all = [\"company-device\"] } }",
            "The policy as a rule, which writes its own Cedar.",
        ),
        key(
            "cedar",
            Kind::Prose,
            Optional("see `rule` and `cedar_file`"),
            "'''…'''",
            "The Cedar text: one or more policies.",
        ),
        key(
            "cedar_file",
            Kind::Path,
            Optional("see `rule` and `cedar`"),
            "\"policies/device.cedar\"",
            "A file in this directory that holds the Cedar text, relative to this file.",
        ),
    ],
    one_of: &[&["rule", "cedar", "cedar_file"]],
};

static PACK: Table = Table {
    name: "a pack",
    about: "A starter pack: policies that belong together, each with an id that begins with the pack's. What a pack names must be in these files.",
    keys: &[
        key(
            "id",
            Kind::Slug,
            Required,
            "\"matrix\"",
            "Which one; `docs/policies.md` lists them.",
        ),
        key(
            "state",
            Kind::OneOf(POLICY_STATES),
            Optional("`report-only`"),
            "\"on\"",
            "Whether its policies bind.",
        ),
    ],
    one_of: &[],
};
