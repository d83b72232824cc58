//! Slugs of what happens at sign-in, and to clients.

/// Why a client gets no tokens.
pub(super) const TOKEN_REFUSALS: [&str; 15] = [
    "client-authentication",
    "not-understood",
    "not-usable",
    "replayed",
    "foreign-client",
    "code-expired",
    "grant-ended",
    "session-ended",
    "not-permitted",
    "redirect-mismatch",
    "proof-key",
    "key-proof",
    "key-binding",
    "person-disabled",
    "denied",
];

/// Why a grant ends.
pub(super) const GRANT_ENDS: [&str; 6] = [
    "lapsed",
    "session-ended",
    "replayed",
    "revoked-by-client",
    "consent-withdrawn",
    "client-moved",
];

/// Why a client could not be told that a sign-in is over.
pub(super) const TELLING_FAILURES: [&str; 12] = [
    "unsigned",
    "address",
    "not-public",
    "unknown-host",
    "unreachable",
    "tls",
    "broken",
    "timeout",
    "too-large",
    "redirect",
    "status",
    "refused",
];

/// Why a sign-in failed or a session ended.
pub(super) const WHYS: [&str; 55] = [
    "wrong",
    "locked",
    "replayed",
    "disabled",
    "cloned",
    "no-user",
    "signed-out",
    "ended-by-administrator",
    "ended-by-owner",
    "doubted",
    "expired",
    "person-disabled",
    "replaced",
    "credential-reset",
    "unknown-code",
    "expired-code",
    "name-empty",
    "name-too-long",
    "name-not-showable",
    "limited",
    "read",
    "upload",
    "socket",
    "download",
    "persist",
    "watermark",
    "client-left",
    "no-room-to-record",
    "session-ended",
    "application-unregistered",
    "person-trust-too-low",
    "device-trust-too-low",
    "device-required",
    "assurance-too-low",
    "reauthentication-needed",
    "not-entitled",
    "password-reset-due",
    "terms-not-accepted",
    "fact-about-person",
    "fact-about-device",
    "company-device-required",
    "posture-too-low",
    "version-too-old",
    "anonymised",
    "outside-hours",
    "wrong-network",
    "wrong-country",
    "wrong-client",
    "policy",
    "evaluation-error",
    "not-authenticated",
    "not-understood",
    "too-many",
    "capability-withheld",
    "obligation-not-done",
];

/// What is wrong with a client's request.
pub(super) const CLIENT_WRONGS: [&str; 6] = [
    "unreadable",
    "unknown-client",
    "no-address",
    "unregistered-address",
    "unknown-request",
    "request-object",
];

/// Products whose clients the console has templates for.
pub(super) const PRODUCTS: [&str; 8] = [
    "apache",
    "bookstack",
    "gitlab",
    "grafana",
    "jenkins",
    "kubelogin",
    "nextcloud",
    "oauth2-proxy",
];

/// What a client can ask to know.
pub(super) const SCOPES: [&str; 4] = ["openid", "profile", "email", "groups"];
