//! The form of the configuration. The example file and the documentation are written from it.

use Presence::{Default, Optional};
use zt_identity::form::{Key, Kind, Presence, Table};

/// How each variable begins that lies over a setting.
pub const VARIABLE_PREFIX: &str = "SEKISHO_";

const fn key(
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

const fn number(
    name: &'static str,
    least: i64,
    most: i64,
    default: &'static str,
    about: &'static str,
) -> Key {
    key(
        name,
        Kind::Number { least, most },
        Default(default),
        default,
        about,
    )
}

const fn section(name: &'static str, table: &'static Table) -> Key {
    key(
        name,
        Kind::Table(table),
        Optional("its defaults"),
        "",
        table.about,
    )
}

/// The whole file.
pub static FORM: Table = Table {
    name: "the configuration",
    about: "The configuration of `sekisho serve`.",
    keys: &[
        key(
            "domain",
            Kind::Domain,
            Presence::Required,
            "\"sekisho.example.jp\"",
            "The parent of all host names: sign-in, portal and console are at `id.<domain>`, each application at `<id>.<domain>`. It cannot be changed later: passkeys are bound to `id.<domain>`.",
        ),
        key(
            "organisation",
            Kind::Line,
            Default("\"Sekisho\""),
            "\"株式会社やまと精工\"",
            "The organisation's name, as authenticator apps show it and as it stands in the certificates of Sekisho's own authorities.",
        ),
        key(
            "state_dir",
            Kind::Path,
            Default("\"/var/lib/sekisho\""),
            "\"/var/lib/sekisho\"",
            "Where everything is kept; made with mode 0700 if it is not there.",
        ),
        section("listen", &LISTEN),
        section("tls", &TLS),
        section("keys", &KEYS),
        section("passwords", &PASSWORDS),
        section("limits", &LIMITS),
        section("places", &PLACES),
        section("outbound", &OUTBOUND),
        section("log", &LOG),
    ],
    one_of: &[],
};

static LISTEN: Table = Table {
    name: "[listen]",
    about: "Where Sekisho listens.",
    keys: &[
        key(
            "https",
            Kind::SocketAddress,
            Default("\"[::]:443\""),
            "\"[::]:443\"",
            "The one HTTPS listener for all hosts. Port 0 takes a free one.",
        ),
        key(
            "public_port",
            Kind::Number {
                least: 1,
                most: 65535,
            },
            Optional("the port of `https`"),
            "443",
            "The port that browsers use, where something forwards another port to this one.",
        ),
        key(
            "trusted_proxies",
            Kind::List(&Kind::Line),
            Optional("none: a request comes from the address of its connection"),
            "[\"10.0.0.5\"]",
            "Proxies in front that open connections of their own, as addresses or ranges: where a connection is one of theirs, the request comes from the last address in `X-Forwarded-For` that is not.",
        ),
        number(
            "admin_port",
            0,
            65535,
            "9443",
            "The port on 127.0.0.1 where health and metrics are, in plain HTTP. Port 0 takes a free one.",
        ),
    ],
    one_of: &[],
};

static TLS: Table = Table {
    name: "[tls]",
    about: "The hosts' own certificates.",
    keys: &[key(
        "certificates_dir",
        Kind::Path,
        Optional(
            "all hosts get theirs from Sekisho's own authority, which browsers must be told to trust",
        ),
        "\"/etc/sekisho/certificates\"",
        "A directory with `<host>.crt` (PEM, the leaf first) and `<host>.key` (PEM, PKCS#8) for each host. Sekisho's own authority issues for a host whose files are not there.",
    )],
    one_of: &[],
};

static KEYS: Table = Table {
    name: "[keys]",
    about: "The key under which all other secrets are sealed.",
    keys: &[key(
        "master_key_file",
        Kind::Path,
        Optional("`master.key` in the state directory"),
        "\"/etc/sekisho/master.key\"",
        "The file of the master key, mode 0600; made at the first start if it is not there. Keep a copy elsewhere than the backups: without it they are worth nothing.",
    )],
    one_of: &[],
};

static PASSWORDS: Table = Table {
    name: "[passwords]",
    about: "Bounds on hashing passwords (argon2id, 19 MiB each): a flood of them must not starve everything else.",
    keys: &[
        number("at_once", 1, 256, "2", "How many are hashed at once."),
        number(
            "waiting",
            0,
            10_000,
            "64",
            "How many more may wait; further ones are asked to try again.",
        ),
    ],
    one_of: &[],
};

static LIMITS: Table = Table {
    name: "[limits]",
    about: "Limits of the HTTPS listener.",
    keys: &[
        number(
            "max_connections",
            16,
            1_000_000,
            "20000",
            "Connections open at once; more wait in the kernel's queue.",
        ),
        number(
            "handshake_timeout_ms",
            100,
            600_000,
            "10000",
            "From accept to the end of the TLS handshake, in milliseconds.",
        ),
        number(
            "header_timeout_ms",
            100,
            600_000,
            "15000",
            "From the first wait for a request to the end of its head, in milliseconds; also how long an HTTP/1.1 connection may idle.",
        ),
        number(
            "write_stall_timeout_ms",
            100,
            3_600_000,
            "60000",
            "The longest time a peer may take between two reads of what we send, in milliseconds.",
        ),
        number(
            "body_stall_timeout_ms",
            100,
            3_600_000,
            "30000",
            "How long the body of a request to the sign-in host may take, in milliseconds.",
        ),
        number(
            "max_head_bytes",
            1_024,
            1_048_576,
            "32768",
            "Bytes of a request head.",
        ),
        number(
            "max_headers",
            10,
            1_000,
            "100",
            "Header lines of a request.",
        ),
        number(
            "max_streams",
            1,
            10_000,
            "200",
            "HTTP/2 streams open at once on one connection.",
        ),
        number(
            "ping_interval_ms",
            1_000,
            3_600_000,
            "20000",
            "HTTP/2: a ping after this much silence, in milliseconds; no answer in the same time again ends the connection.",
        ),
        number(
            "shutdown_grace_ms",
            0,
            600_000,
            "5000",
            "How long open connections may go on after a shutdown was asked for, in milliseconds.",
        ),
    ],
    one_of: &[],
};

static PLACES: Table = Table {
    name: "[places]",
    about: "Where addresses are. Without it, policies that ask for a country or an anonymiser do not compile.",
    keys: &[key(
        "file",
        Kind::Path,
        Optional("nobody says"),
        "\"/etc/sekisho/places.csv\"",
        "A table with the line `range,country,latitude,longitude,anonymiser` first and one range of addresses on each other line; see signals.md. It is read at the start.",
    )],
    one_of: &[],
};

static OUTBOUND: Table = Table {
    name: "[outbound]",
    about: "Calls to addresses that clients are registered with (back-channel logout). They go to public addresses over HTTPS and nowhere else: neither to this machine, nor to private networks, nor to a cloud's metadata, whatever a name leads to.",
    keys: &[
        key(
            "allow",
            Kind::List(&Kind::Line),
            Optional("public addresses only"),
            "[\"10.1.0.0/16\", \"fd12:3456:789a::/48\"]",
            "Addresses or ranges that may be called although they are not public: where applications are that you run yourself. List no more than those. Only with an address of this machine, such as `127.0.0.1`, is plain HTTP taken, and only there.",
        ),
        key(
            "authorities_file",
            Kind::Path,
            Optional("those that the system trusts, and no others"),
            "\"/etc/sekisho/authorities.pem\"",
            "Certificates of authorities (PEM) that are trusted beside the system's: those of your own applications. It is read at the start.",
        ),
    ],
    one_of: &[],
};

static LOG: Table = Table {
    name: "[log]",
    about: "The program's own log, on standard error. It holds no personal data; the event log is another thing.",
    keys: &[
        key(
            "filter",
            Kind::Line,
            Default("\"info\""),
            "\"info,zt_gateway=debug\"",
            "What is logged: a level, or levels by module.",
        ),
        key(
            "format",
            Kind::OneOf(&["text", "json"]),
            Default("\"text\""),
            "\"text\"",
            "How it is logged.",
        ),
    ],
    one_of: &[],
};
