//! The form of a client.

use super::form::key;
use crate::form::Presence::{Optional, Required};
use crate::form::{Kind, Table};

/// How a client proves that it is this client (OpenID Connect Core 1.0 §9).
pub const AUTHENTICATIONS: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
];
/// What a client may come with at the token endpoint.
pub const GRANTS: &[&str] = &[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "device_code",
    "token_exchange",
];
/// What a client may ask for.
pub const SCOPES: &[&str] = &["openid", "profile", "email", "groups"];
/// What binds a code to whoever asked for it.
pub const PROOF_KEYS: &[&str] = &["required", "or-nonce"];
/// How people are named to a client.
pub const SUBJECTS: &[&str] = &["public", "pairwise"];
/// Whether people are asked before a client learns about them.
pub const CONSENTS: &[&str] = &["implied", "asked"];
/// Whether a client must do what every client may.
pub const NEEDS: &[&str] = &["allowed", "required"];
/// Whether a client is told in the browser which session ended.
pub const SESSION_NAMINGS: &[&str] = &["named", "unnamed"];
/// What the tokens of a client are bound to.
pub const TOKEN_BINDINGS: &[&str] = &["if-shown", "dpop", "certificate"];
/// What a client signs its requests with.
pub const REQUEST_SIGNINGS: &[&str] = &["any", "ES256", "PS256", "EdDSA", "RS256"];
/// Sets of demands that belong together.
pub const PROFILES: &[&str] = &["usual", "fapi2"];
/// How strongly a person may have to have proven herself.
pub const USERINFO_ACRS: &[&str] = &["mfa", "phishing-resistant"];
/// What signs ID tokens.
pub const ID_TOKENS: &[&str] = &["RS256", "ES256", "EdDSA"];

/// A client.
pub(super) static CLIENT: Table = Table {
    name: "a client",
    about: "A program of an application that has its people sign in here, with OpenID Connect or OAuth 2. Whoever may not use the application gets nothing for its clients. How to connect one: `docs/connecting-applications.md`.",
    keys: &[
        key(
            "id",
            Kind::Slug,
            Required,
            "\"expenses-web\"",
            "Its `client_id`.",
        ),
        key(
            "name",
            Kind::Localised,
            Required,
            "{ ja = \"経費精算\", en = \"Expenses\" }",
            "Its name, as people see it when they are asked.",
        ),
        key(
            "application",
            Kind::Slug,
            Required,
            "\"expenses\"",
            "The application it is of, by id: its policies decide.",
        ),
        key(
            "authentication",
            Kind::OneOf(AUTHENTICATIONS),
            Optional("`client_secret_basic`"),
            "\"private_key_jwt\"",
            "How it proves that it is this client. `none` for a program that people have on their devices or in the browser: it can keep no secret.",
        ),
        key(
            "secret",
            Kind::Tables(&SECRET),
            Optional("none"),
            "[[client.secret]]",
            "Its secrets: two while one is being replaced by another.",
        ),
        key(
            "keys_file",
            Kind::Path,
            Optional("none"),
            "\"keys/expenses.jwks.json\"",
            "A file in this directory with its public keys, a JSON Web Key Set (RFC 7517), relative to this file; for `private_key_jwt` and for signed requests; with the certificate in `x5c` for `self_signed_tls_client_auth`.",
        ),
        key(
            "jwks_uri",
            Kind::Address,
            Optional("its keys are in `keys_file`, or it has none"),
            "\"https://expenses.example.co.jp/jwks.json\"",
            "Where it publishes its public keys instead. They are fetched again within an hour, and when a request is signed with a key that is not known. What is not public must be listed in the server's configuration (`[outbound] allow`).",
        ),
        key(
            "certificate",
            Kind::Table(&CERTIFICATE_OWNER),
            Optional("none, which `tls_client_auth` cannot do without"),
            "{ san_dns = \"expenses.example.co.jp\", authorities_file = \"keys/authorities.pem\" }",
            "Whom the certificate of its connection is of, for `tls_client_auth` (RFC 8705).",
        ),
        key(
            "redirect_uris",
            Kind::List(&Kind::Address),
            Optional(
                "none, which only a client without the grant `authorization_code` can do with",
            ),
            "[\"https://expenses.example.co.jp/callback\"]",
            "Where browsers may be sent with a code, letter by letter as it asks for it. Only the port of `http://127.0.0.1` and `http://[::1]` may be another.",
        ),
        key(
            "post_logout_redirect_uris",
            Kind::List(&Kind::Address),
            Optional("who signs out stays here"),
            "[\"https://expenses.example.co.jp/goodbye\"]",
            "Where browsers may be sent after signing out.",
        ),
        key(
            "backchannel_logout",
            Kind::Address,
            Optional("it is not told: what it holds runs out by itself"),
            "\"https://expenses.example.co.jp/backchannel-logout\"",
            "Where its server is told that a session ended, or that access is not permitted any more. What is not public must be listed in the server's configuration (`[outbound] allow`).",
        ),
        key(
            "frontchannel_logout",
            Kind::Address,
            Optional("no browser tells it"),
            "\"https://expenses.example.co.jp/logout\"",
            "What the browser opens in a hidden frame when its person signs out; with the scheme, the host and the port of one of `redirect_uris`. Browsers keep cookies back there: `backchannel_logout` is surer.",
        ),
        key(
            "frontchannel_session",
            Kind::OneOf(SESSION_NAMINGS),
            Optional("`named`"),
            "\"unnamed\"",
            "Whether `iss` and `sid` are put into that address, so that it knows without a cookie which session ended.",
        ),
        key(
            "grants",
            Kind::List(&Kind::OneOf(GRANTS)),
            Optional("`authorization_code` and `refresh_token`"),
            "[\"authorization_code\"]",
            "What it may come with at the token endpoint. `client_credentials`: as itself, for nobody. `device_code`: on a device without a browser, whose people sign in on another. `token_exchange`: to call another application for its people.",
        ),
        key(
            "scopes",
            Kind::List(&Kind::OneOf(SCOPES)),
            Optional("`openid`, `profile`, `email`"),
            "[\"openid\", \"groups\"]",
            "What it may ask for.",
        ),
        key(
            "exchange_to",
            Kind::List(&Kind::Slug),
            Optional("none"),
            "[\"ledger-api\"]",
            "The clients, by id, that take what it gets in exchange for a token, with the grant `token_exchange`. Whether a person may use their applications is decided each time.",
        ),
        key(
            "proof_key",
            Kind::OneOf(PROOF_KEYS),
            Optional("`required`"),
            "\"or-nonce\"",
            "Whether it must bind each code to itself by a proof key (PKCE, RFC 7636). `or-nonce`: a `nonce` will do, for one that keeps a secret and cannot do better.",
        ),
        key(
            "subject",
            Kind::OneOf(SUBJECTS),
            Optional("`public`"),
            "\"pairwise\"",
            "How people are named to it. `pairwise`: by names that mean nothing outside of its `sector`.",
        ),
        key(
            "sector",
            Kind::Domain,
            Optional("none, which only `public` can do with"),
            "\"expenses.example.co.jp\"",
            "The host whose clients know people by the same names, for `pairwise`.",
        ),
        key(
            "consent",
            Kind::OneOf(CONSENTS),
            Optional("`implied`"),
            "\"asked\"",
            "Whether people are asked before it learns about them. `implied`: the company decided by writing this.",
        ),
        key(
            "id_token",
            Kind::OneOf(ID_TOKENS),
            Optional("`RS256`, which every client knows"),
            "\"ES256\"",
            "What signs its ID tokens.",
        ),
        key(
            "access_token_minutes",
            Kind::Number { least: 1, most: 60 },
            Optional("5"),
            "5",
            "How long an access token lasts with those who do not ask us about it.",
        ),
        key(
            "pushed_requests",
            Kind::OneOf(NEEDS),
            Optional("`allowed`"),
            "\"required\"",
            "Whether it must push its requests (RFC 9126), so that browsers carry nothing of them.",
        ),
        key(
            "bound_tokens",
            Kind::OneOf(TOKEN_BINDINGS),
            Optional(
                "`if-shown`: a client that proves to hold a key gets tokens that are good with that key only",
            ),
            "\"dpop\"",
            "What its tokens are bound to, so that nobody else can use them. `dpop`: always to a key (RFC 9449). `certificate`: to the certificate of its connection (RFC 8705).",
        ),
        key(
            "signed_requests",
            Kind::OneOf(NEEDS),
            Optional("`allowed`, if it has keys"),
            "\"required\"",
            "Whether it must sign its requests (RFC 9101) with a key of `keys_file`.",
        ),
        key(
            "request_signing",
            Kind::OneOf(REQUEST_SIGNINGS),
            Optional("`any`"),
            "\"ES256\"",
            "What it signs its requests with, and nothing else counts.",
        ),
        key(
            "profile",
            Kind::OneOf(PROFILES),
            Optional("`usual`"),
            "\"fapi2\"",
            "A set of demands that belong together. `fapi2`: the FAPI 2.0 Security Profile.",
        ),
        key(
            "userinfo_acr",
            Kind::OneOf(USERINFO_ACRS),
            Optional("whatever the application's policies demand"),
            "\"phishing-resistant\"",
            "How strongly people must have proven themselves before userinfo tells it anything (RFC 9470).",
        ),
        key(
            "userinfo_max_age_minutes",
            Kind::Number {
                least: 1,
                most: 720,
            },
            Optional("any time in the session"),
            "15",
            "How long ago that may have been.",
        ),
        key(
            "home",
            Kind::Address,
            Optional("none"),
            "\"https://expenses.example.co.jp/\"",
            "Where its application begins. The portal opens it if the application has no `upstream`.",
        ),
    ],
    one_of: &[],
};

static SECRET: Table = Table {
    name: "a secret of a client",
    about: "A secret of a client, of which only the SHA-256 is kept. To replace one, give the old one a day and add the new one beside it.",
    keys: &[
        key(
            "sha256",
            Kind::Sha256,
            Optional("see `file`"),
            "\"5f4dcc3b…\"",
            "SHA-256 of the secret, in hexadecimal digits.",
        ),
        key(
            "file",
            Kind::Path,
            Optional("see `sha256`"),
            "\"secrets/expenses.secret\"",
            "A file that holds the secret itself, relative to this file. It is read and hashed by `sekisho apply` and goes no further.",
        ),
        key(
            "until",
            Kind::Date,
            Optional("time does not end it"),
            "2027-01-31",
            "The last day on which it counts: to the end of that day everywhere on earth.",
        ),
    ],
    one_of: &[&["sha256", "file"]],
};

static CERTIFICATE_OWNER: Table = Table {
    name: "a client's certificate",
    about: "Whom the certificate is of with which a client proves who it is, by one name in it, and who vouches for that.",
    keys: &[
        key(
            "subject_dn",
            Kind::Line,
            Optional("see `san_dns`"),
            "\"CN=expenses,O=Example,C=JP\"",
            "Its subject, as RFC 4514 writes it.",
        ),
        key(
            "san_dns",
            Kind::Domain,
            Optional("see `subject_dn`"),
            "\"expenses.example.co.jp\"",
            "A DNS name in it.",
        ),
        key(
            "san_uri",
            Kind::Address,
            Optional("see `subject_dn`"),
            "\"spiffe://example.co.jp/expenses\"",
            "An address of the web in it.",
        ),
        key(
            "san_ip",
            Kind::Line,
            Optional("see `subject_dn`"),
            "\"192.0.2.7\"",
            "A network address in it.",
        ),
        key(
            "san_email",
            Kind::Email,
            Optional("see `subject_dn`"),
            "\"expenses@example.co.jp\"",
            "An address for e-mail in it.",
        ),
        key(
            "authorities_file",
            Kind::Path,
            Required,
            "\"keys/authorities.pem\"",
            "A file in this directory with the certificates of the authorities that vouch for it, in PEM, relative to this file. Nobody else's word counts, the operating system's list neither.",
        ),
    ],
    one_of: &[&["subject_dn", "san_dns", "san_uri", "san_ip", "san_email"]],
};
