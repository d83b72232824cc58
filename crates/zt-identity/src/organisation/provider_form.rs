//! The form of a service provider.

use super::client_form::USERINFO_ACRS;
use super::form::key;
use crate::form::Presence::{Optional, Required};
use crate::form::{Kind, Table};

/// Whether the requests of a service provider count without a signature.
pub const REQUEST_DEMANDS: &[&str] = &["demanded", "as-they-come"];
/// What is signed for a service provider.
pub const SIGNED_PARTS: &[&str] = &["assertion", "response", "both"];
/// What it is signed with.
pub const XML_ALGORITHMS: &[&str] = &["rsa-sha256", "ecdsa-sha256"];
/// How people are named to a service provider.
pub const NAME_IDS: &[&str] = &["persistent", "email", "transient", "login"];
/// Whether assertions are encrypted.
pub const ENCRYPTIONS: &[&str] = &["if-offered", "never", "required"];
/// Whether people come to a service provider without its request.
pub const UNSOLICITED: &[&str] = &["refused", "allowed"];
/// What an attribute says.
pub const ATTRIBUTE_SOURCES: &[&str] = &[
    "login",
    "name",
    "email",
    "groups",
    "language",
    "subject",
    "assurance",
    "fixed",
];
/// How the name of an attribute is to be understood.
pub const ATTRIBUTE_FORMATS: &[&str] = &["uri", "basic", "unspecified"];
/// What is done with a value that a table does not say.
pub const TRANSFORMS: &[&str] = &["lowercase", "uppercase", "before-at", "after-at"];
/// How a service provider is told of a sign-out.
pub const LOGOUT_BINDINGS: &[&str] = &["redirect", "post", "soap"];

/// A service provider.
pub(super) static SERVICE_PROVIDER: Table = Table {
    name: "a service provider",
    about: "A program of an application that has its people sign in here, with SAML 2.0. Whoever may not use the application gets nothing for it. How to connect one: `docs/connecting-with-saml.md`.",
    keys: &[
        key(
            "id",
            Kind::Slug,
            Required,
            "\"conference\"",
            "Our short name of it, which no client has.",
        ),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"Web 会議\", en = \"Conferences\" }",
            "Its name, as people see it.",
        ),
        key(
            "application",
            Kind::Slug,
            Required,
            "\"conference\"",
            "The application it is of, by id: its policies decide.",
        ),
        key(
            "metadata_file",
            Kind::Path,
            Optional("see `entity_id`"),
            "\"saml/conference.xml\"",
            "A file in this directory with its metadata, relative to this file. What the metadata says is not written here once more.",
        ),
        key(
            "metadata_url",
            Kind::Address,
            Optional("its metadata is not fetched"),
            "\"https://conference.example.com/saml/metadata\"",
            "Where it publishes its metadata, with `https`. It is fetched at once, and again by its `cacheDuration` and `validUntil`, at least once a day. With `entity_id`; or with `metadata_file`, which counts until it was fetched. What is not public must be listed in the server's configuration (`[outbound] allow`).",
        ),
        key(
            "metadata_signing_file",
            Kind::Path,
            Optional("whoever holds the address says who the service provider is"),
            "\"saml/conference-metadata.pem\"",
            "A file in this directory with the certificates, in PEM, one of which must have signed the metadata that is fetched.",
        ),
        key(
            "entity_id",
            Kind::Address,
            Optional("see `metadata_file`"),
            "\"https://conference.example.com/saml\"",
            "What it calls itself, letter by letter, if there is no file with its metadata. Metadata of anybody else is refused.",
        ),
        key(
            "consumers",
            Kind::List(&Kind::Address),
            Optional("its metadata says it"),
            "[\"https://conference.example.com/saml/acs\"]",
            "Where it takes assertions (its assertion consumer service), by HTTP POST; the first where a request names none.",
        ),
        key(
            "logout",
            Kind::Tables(&LOGOUT),
            Optional("its metadata says it, or it is told of no sign-out"),
            "[[service_provider.logout]]",
            "Where it is told of a sign-out, one for each way.",
        ),
        key(
            "signing_file",
            Kind::Path,
            Optional("its metadata says it, or it signs nothing"),
            "\"saml/conference.pem\"",
            "A file in this directory with the certificates it signs with, in PEM.",
        ),
        key(
            "encryption_file",
            Kind::Path,
            Optional("its metadata says it, or nothing is encrypted"),
            "\"saml/conference-encryption.pem\"",
            "A file in this directory with the certificate assertions are encrypted for, in PEM.",
        ),
        key(
            "encryption",
            Kind::OneOf(ENCRYPTIONS),
            Optional("`if-offered`: assertions are encrypted if it has a certificate for it"),
            "\"required\"",
            "Whether assertions are encrypted for it.",
        ),
        key(
            "requests",
            Kind::OneOf(REQUEST_DEMANDS),
            Optional("as its metadata says; `as-they-come` without any"),
            "\"demanded\"",
            "Whether its requests must be signed. A signature that is there must be right in any case.",
        ),
        key(
            "signs",
            Kind::OneOf(SIGNED_PARTS),
            Optional("`both`"),
            "\"assertion\"",
            "What is signed for it.",
        ),
        key(
            "algorithm",
            Kind::OneOf(XML_ALGORITHMS),
            Optional("`rsa-sha256`, which every program knows"),
            "\"ecdsa-sha256\"",
            "What it is signed with.",
        ),
        key(
            "name_id",
            Kind::OneOf(NAME_IDS),
            Optional("`persistent`"),
            "\"email\"",
            "How people are named to it. `persistent`: by a name that means nothing elsewhere. `transient`: by another one each time.",
        ),
        key(
            "attribute",
            Kind::Tables(&ATTRIBUTE),
            Optional("none"),
            "[[service_provider.attribute]]",
            "What it is told about people.",
        ),
        key(
            "acr",
            Kind::OneOf(USERINFO_ACRS),
            Optional("whatever the application's policies demand"),
            "\"mfa\"",
            "How strongly people must have proven themselves before it is told anything.",
        ),
        key(
            "max_age_minutes",
            Kind::Number {
                least: 1,
                most: 720,
            },
            Optional("any time in the session"),
            "15",
            "How long ago that may have been.",
        ),
        key(
            "unsolicited",
            Kind::OneOf(UNSOLICITED),
            Optional("`refused`"),
            "\"allowed\"",
            "Whether people come to it from the portal without its request (IdP-initiated). What nobody asked for fits no request, so others can sign people in as somebody else: only where it cannot do otherwise.",
        ),
        key(
            "relay_state",
            Kind::Line,
            Optional("none"),
            "\"/rooms\"",
            "The `RelayState` that goes with that, at most 80 octets.",
        ),
        key(
            "session_minutes",
            Kind::Number {
                least: 1,
                most: 720,
            },
            Optional("as long as the session here"),
            "60",
            "How long a sign-in counts there.",
        ),
        key(
            "home",
            Kind::Address,
            Optional("none"),
            "\"https://conference.example.com/\"",
            "Where its application begins. The portal opens it if the application has no `upstream`.",
        ),
    ],
    one_of: &[&["metadata_file", "entity_id"]],
};

static LOGOUT: Table = Table {
    name: "a way to tell of a sign-out",
    about: "Where a service provider is told of a sign-out (its single logout service). With `soap` we tell it ourselves, also when trust is lost; with the others a browser does, when somebody signs out.",
    keys: &[
        key(
            "binding",
            Kind::OneOf(LOGOUT_BINDINGS),
            Required,
            "\"soap\"",
            "How it is told.",
        ),
        key(
            "location",
            Kind::Address,
            Required,
            "\"https://conference.example.com/saml/slo\"",
            "Where requests go. What is not public must be listed in the server's configuration (`[outbound] allow`) for `soap`.",
        ),
        key(
            "response_location",
            Kind::Address,
            Optional("the same as `location`"),
            "\"https://conference.example.com/saml/slo-done\"",
            "Where answers to its own requests go.",
        ),
    ],
    one_of: &[],
};

static ATTRIBUTE: Table = Table {
    name: "an attribute",
    about: "An attribute that a service provider is told about people.",
    keys: &[
        key(
            "name",
            Kind::Line,
            Required,
            "\"mail\"",
            "Its name, as the service provider expects it, such as `mail` or `urn:oid:0.9.2342.19200300.100.1.3`.",
        ),
        key(
            "source",
            Kind::OneOf(ATTRIBUTE_SOURCES),
            Required,
            "\"email\"",
            "What it says. `subject`: what she is called there and nowhere else. `fixed`: the same for everybody.",
        ),
        key(
            "format",
            Kind::OneOf(ATTRIBUTE_FORMATS),
            Optional("`uri` for a name that begins with `urn:` or `http`, else `basic`"),
            "\"unspecified\"",
            "How the name is to be understood.",
        ),
        key(
            "friendly",
            Kind::Line,
            Optional("none"),
            "\"mail\"",
            "A name for people, which nothing compares.",
        ),
        key(
            "fixed",
            Kind::Line,
            Optional("none, which only other sources can do with"),
            "\"tokyo\"",
            "What it says of everybody, with `source = \"fixed\"`.",
        ),
        key(
            "transforms",
            Kind::List(&Kind::OneOf(TRANSFORMS)),
            Optional("none"),
            "[\"before-at\", \"lowercase\"]",
            "What is done with a value first, one after the other.",
        ),
        key(
            "prefix",
            Kind::Line,
            Optional("none"),
            "\"example\\\\\\\\\"",
            "What is put before it then.",
        ),
        key(
            "suffix",
            Kind::Line,
            Optional("none"),
            "\"@example.com\"",
            "What is put after it then.",
        ),
        key(
            "map",
            Kind::Tables(&MAPPED),
            Optional("every value is told as it is"),
            "[[service_provider.attribute.map]]",
            "What is told instead of each value; a value that is not there is not told. Before anything else is done with it.",
        ),
    ],
    one_of: &[],
};

static MAPPED: Table = Table {
    name: "a value and what is told instead",
    about: "A value, and what a service provider is told instead.",
    keys: &[
        key("from", Kind::Line, Required, "\"sales\"", "The value."),
        key(
            "to",
            Kind::Line,
            Required,
            "\"Licensed\"",
            "What is told instead.",
        ),
    ],
    one_of: &[],
};
