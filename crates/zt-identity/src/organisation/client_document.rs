//! Clients as the files say them, typed, and whether what a client says fits together.

use super::Source;
use super::client_form::SCOPES;
use super::documents::{TokenReference, hash, hashed_file, text_of};
use crate::form::Record;
use crate::problem::{Place, Problems, Wrong};
use zt_types::{AppId, ClientId, PersonId, Text};

/// A client as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDocument {
    /// Id.
    pub id: ClientId,
    /// Name.
    pub name: Text,
    /// The application it is of.
    pub app: AppId,
    /// One of [`super::AUTHENTICATIONS`].
    pub authentication: String,
    /// Its secrets, in order.
    pub secrets: Vec<SecretDocument>,
    /// Its public keys as they are written, and where they are named.
    pub keys: Option<(String, Place)>,
    /// Where it publishes them instead.
    pub jwks_uri: Option<AddressDocument>,
    /// Where browsers may be sent with a code.
    pub redirect_uris: Vec<AddressDocument>,
    /// Where browsers may be sent after signing out.
    pub post_logout_redirect_uris: Vec<AddressDocument>,
    /// Where it is told that a session ended.
    pub backchannel_logout: Option<AddressDocument>,
    /// Where the browser of whoever signs out tells it.
    pub frontchannel_logout: Option<AddressDocument>,
    /// One of [`super::SESSION_NAMINGS`].
    pub frontchannel_session: String,
    /// Some of [`super::GRANTS`].
    pub grants: Vec<String>,
    /// Some of [`super::SCOPES`].
    pub scopes: Vec<String>,
    /// The clients that take what it exchanges tokens for.
    pub exchange_to: Vec<ClientId>,
    /// One of [`super::PROOF_KEYS`].
    pub proof_key: String,
    /// The sector within which it knows people by names of their own; `None`: it knows them as everybody does.
    pub sector: Option<String>,
    /// One of [`super::CONSENTS`].
    pub consent: String,
    /// One of [`super::ID_TOKENS`].
    pub id_token: String,
    /// For how many minutes an access token lasts.
    pub access_token_minutes: u64,
    /// Where its application begins.
    pub home: Option<AddressDocument>,
    /// Whom its certificate is of.
    pub certificate: Option<CertificateDocument>,
    /// One of [`super::NEEDS`].
    pub pushed_requests: String,
    /// One of [`super::TOKEN_BINDINGS`].
    pub bound_tokens: String,
    /// One of [`super::NEEDS`].
    pub signed_requests: String,
    /// One of [`super::REQUEST_SIGNINGS`].
    pub request_signing: String,
    /// One of [`super::PROFILES`].
    pub profile: String,
    /// One of [`super::USERINFO_ACRS`].
    pub userinfo_acr: Option<String>,
    /// How many minutes ago people may have proven themselves.
    pub userinfo_max_age_minutes: Option<u64>,
    /// Where its id stands.
    pub place: Place,
}

/// Whom the certificate of a client is of, as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateDocument {
    /// The key the name stands under: `subject_dn`, `san_dns`, `san_uri`, `san_ip` or `san_email`.
    pub key: &'static str,
    /// The name.
    pub name: String,
    /// The authorities, in PEM.
    pub authorities: String,
    /// Where it stands.
    pub place: Place,
}

/// A secret of a client as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretDocument {
    /// The secret.
    pub secret: TokenReference,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// An address as it is written: who sends browsers there reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressDocument {
    /// The key it stands under.
    pub key: &'static str,
    /// The address.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// A client; `None` if it is not sound, which is said in `problems`.
pub(super) fn client(
    source: &Source<'_>,
    record: &Record,
    problems: &mut Problems,
) -> Option<ClientDocument> {
    let before = problems.count();
    let mut secrets = Vec::new();
    for table in record.tables("secret") {
        secrets.extend(secret(source, table, problems));
    }
    let keys = record.value("keys_file").and_then(|value| {
        let keys = text_of(source, record, "keys_file", problems)?;
        Some((keys, source.place(value.span.clone())))
    });
    let certificate = record.table("certificate").and_then(|table| {
        let authorities = text_of(source, table, "authorities_file", problems)?;
        let names = ["subject_dn", "san_dns", "san_uri", "san_ip", "san_email"];
        let (key, name) = names
            .into_iter()
            .find_map(|key| Some((key, table.text(key)?)))?;
        Some(CertificateDocument {
            key,
            name: name.to_owned(),
            authorities,
            place: source.place(table.span.clone()),
        })
    });
    // What could not be read would contradict what could.
    if record.is_sound() {
        Contradictions {
            source,
            record,
            problems,
        }
        .find();
    }
    if problems.count() > before {
        return None;
    }
    let addresses = |key: &'static str| -> Vec<AddressDocument> {
        let list = record.list(key);
        list.map(|(text, span)| AddressDocument {
            key,
            text: text.to_owned(),
            place: source.place(span),
        })
        .collect()
    };
    let address = |key: &'static str| {
        Some(AddressDocument {
            key,
            text: record.text(key)?.to_owned(),
            place: source.place(record.value(key)?.span.clone()),
        })
    };
    let word = |key: &str, usual: &str| record.text(key).unwrap_or(usual).to_owned();
    Some(ClientDocument {
        id: ClientId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        app: AppId::new(record.text("application")?).ok()?,
        authentication: word("authentication", USUAL_AUTHENTICATION),
        secrets,
        keys,
        jwks_uri: address("jwks_uri"),
        redirect_uris: addresses("redirect_uris"),
        post_logout_redirect_uris: addresses("post_logout_redirect_uris"),
        backchannel_logout: address("backchannel_logout"),
        frontchannel_logout: address("frontchannel_logout"),
        frontchannel_session: word("frontchannel_session", "named"),
        grants: words(record, "grants", &USUAL_GRANTS),
        scopes: words(record, "scopes", SCOPES.get(..3).unwrap_or_default()),
        exchange_to: record
            .list("exchange_to")
            .filter_map(|(id, _)| ClientId::new(id).ok())
            .collect(),
        proof_key: word("proof_key", "required"),
        sector: record.text("sector").map(str::to_owned),
        consent: word("consent", "implied"),
        id_token: word("id_token", "RS256"),
        access_token_minutes: record
            .number("access_token_minutes")
            .map_or(5, i64::unsigned_abs),
        home: address("home"),
        certificate,
        pushed_requests: word("pushed_requests", "allowed"),
        bound_tokens: word("bound_tokens", "if-shown"),
        signed_requests: word("signed_requests", "allowed"),
        request_signing: word("request_signing", "any"),
        profile: word("profile", "usual"),
        userinfo_acr: record.text("userinfo_acr").map(str::to_owned),
        userinfo_max_age_minutes: record
            .number("userinfo_max_age_minutes")
            .map(i64::unsigned_abs),
        place: source.place(record.value("id")?.span.clone()),
    })
}

const USUAL_AUTHENTICATION: &str = "client_secret_basic";
const USUAL_GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];

fn words(record: &Record, key: &str, usual: &[&str]) -> Vec<String> {
    match record.value(key) {
        None => usual.iter().map(|word| (*word).to_owned()).collect(),
        Some(_) => record.list(key).map(|(word, _)| word.to_owned()).collect(),
    }
}

fn secret(source: &Source<'_>, record: &Record, problems: &mut Problems) -> Option<SecretDocument> {
    let secret = match record.text("sha256") {
        Some(digits) => TokenReference::Sha256(hash(digits)?),
        None => hashed_file(source, record, "file", problems)?,
    };
    Some(SecretDocument {
        secret,
        until: record.text("until").map(str::to_owned),
    })
}

/// What of a client does not fit together.
struct Contradictions<'a, 'f> {
    source: &'a Source<'f>,
    record: &'a Record,
    problems: &'a mut Problems,
}

impl Contradictions<'_, '_> {
    fn find(mut self) {
        let record = self.record;
        let how = record
            .text("authentication")
            .unwrap_or(USUAL_AUTHENTICATION);
        let has = |key: &str| record.value(key).is_some();
        let keeps_secret = matches!(how, "client_secret_basic" | "client_secret_post");
        let grants = words(record, "grants", &USUAL_GRANTS);
        let may = |grant: &str| grants.iter().any(|own| own == grant);
        // A token in a client's own name has its id as `sub`, and people's ids look like this.
        let id = record.text("id").unwrap_or_default();
        if id.parse::<PersonId>().is_ok() {
            self.wrong(
                &["id"],
                format!("`{id}` could be the id of a person"),
                "write a name, such as `expenses-web`",
            );
        }
        if keeps_secret && !has("secret") {
            self.wrong(
                &["authentication", "id"],
                format!("`{how}` needs a secret, and it has none"),
                "write `[[client.secret]]` with `file` or `sha256` below it, or `authentication = \"none\"` for a program that can keep no secret",
            );
        }
        if !keeps_secret && has("secret") {
            self.wrong(
                &["authentication"],
                format!("`{how}` uses no secret, and there is one"),
                "take it out, or write `authentication = \"client_secret_basic\"`",
            );
        }
        if has("keys_file") && has("jwks_uri") {
            self.wrong(
                &["jwks_uri"],
                "its keys are in a file or at an address, not both".to_owned(),
                "take `keys_file` or `jwks_uri` out",
            );
        }
        let shows_keys = has("keys_file") || has("jwks_uri");
        if how == "private_key_jwt" && !shows_keys {
            self.wrong(
                &["authentication"],
                "`private_key_jwt` needs its public keys".to_owned(),
                "write `keys_file = \"keys/client.jwks.json\"` and put its JSON Web Key Set there",
            );
        }
        let signs = has("signed_requests") || has("request_signing");
        let has_keys = matches!(how, "private_key_jwt" | "self_signed_tls_client_auth");
        if how == "self_signed_tls_client_auth" && !shows_keys {
            self.wrong(
                &["authentication"],
                "`self_signed_tls_client_auth` needs its certificates".to_owned(),
                "write `keys_file = \"keys/client.jwks.json\"` and put a JSON Web Key Set there with the certificate in `x5c`",
            );
        }
        if (how == "tls_client_auth") != has("certificate") {
            self.wrong(
                &["certificate", "authentication"],
                "`tls_client_auth` and `certificate` go together".to_owned(),
                "write both, with a name in the certificate and `authorities_file`, or neither",
            );
        }
        if !has_keys && !signs && shows_keys {
            self.wrong(
                &["keys_file", "jwks_uri"],
                format!("`{how}` uses no keys"),
                "take `keys_file` or `jwks_uri` out, or write `authentication = \"private_key_jwt\"`, or `signed_requests` for requests that it signs",
            );
        }
        if signs && !shows_keys {
            self.wrong(
                &["signed_requests", "request_signing"],
                "a request is signed with a key, and it has none".to_owned(),
                "write `keys_file = \"keys/client.jwks.json\"` and put its JSON Web Key Set there",
            );
        }
        self.find_in_profile(how);
        if grants.is_empty() {
            self.wrong(
                &["grants"],
                "without any grant it gets nothing".to_owned(),
                "write `grants = [\"authorization_code\"]`, or take `grants` out",
            );
        }
        if may("authorization_code") && record.list("redirect_uris").next().is_none() {
            self.wrong(
                &["redirect_uris", "grants", "id"],
                "a code needs a place to be sent to".to_owned(),
                "write `redirect_uris = [\"https://app.example.co.jp/callback\"]`, or leave `authorization_code` out of `grants`",
            );
        }
        if has("frontchannel_session") && !has("frontchannel_logout") {
            self.wrong(
                &["frontchannel_session"],
                "no browser tells it anything".to_owned(),
                "write `frontchannel_logout = \"https://app.example.co.jp/logout\"`, or take `frontchannel_session` out",
            );
        }
        if record.text("pushed_requests") == Some("required") && !may("authorization_code") {
            self.wrong(
                &["pushed_requests"],
                "a request is pushed for a code, and it gets none".to_owned(),
                "take `pushed_requests` out, or write `authorization_code` in `grants`",
            );
        }
        if may("refresh_token") && !may("authorization_code") && !may("device_code") {
            self.wrong(
                &["grants"],
                "a refresh token comes with a code, and it gets none".to_owned(),
                "write `authorization_code` or `device_code` beside `refresh_token`, or leave that out",
            );
        }
        if may("token_exchange") && how == "none" {
            self.wrong(
                &["grants"],
                "`token_exchange` is for whoever proves who it is".to_owned(),
                "give it a secret or keys, or leave `token_exchange` out of `grants`",
            );
        }
        if may("token_exchange") != record.list("exchange_to").next().is_some() {
            self.wrong(
                &["exchange_to", "grants"],
                "`token_exchange` and `exchange_to` go together".to_owned(),
                "write `token_exchange` in `grants` and the clients it calls in `exchange_to`, or neither",
            );
        }
        if may("client_credentials") && how == "none" {
            self.wrong(
                &["grants"],
                "`client_credentials` is worth something only if it proves who it is".to_owned(),
                "give it a secret or keys, or leave `client_credentials` out of `grants`",
            );
        }
        // RFC 9700 §2.1.1.
        if record.text("proof_key") == Some("or-nonce") && how == "none" {
            self.wrong(
                &["proof_key"],
                "without a secret only a proof key shows that a code is its own".to_owned(),
                "take `proof_key` out",
            );
        }
        match (record.text("subject"), has("sector")) {
            (Some("pairwise"), false) => self.wrong(
                &["subject"],
                "`pairwise` names mean something within a sector, and there is none".to_owned(),
                "write `sector = \"app.example.co.jp\"`: the host whose clients know people by the same names",
            ),
            (Some("pairwise"), true) | (_, false) => {}
            (_, true) => self.wrong(
                &["sector"],
                "there are no sectors where everybody knows people by the same names".to_owned(),
                "write `subject = \"pairwise\"`, or take `sector` out",
            ),
        }
    }

    /// FAPI 2.0 Security Profile §5.3.2.1, §5.4.1.
    fn find_in_profile(&mut self, how: &str) {
        let record = self.record;
        if record.text("profile") != Some("fapi2") {
            return;
        }
        let says = |key: &str, word: &str| record.text(key) == Some(word);
        if !how.contains("tls_client_auth") && how != "private_key_jwt" {
            self.wrong(
                &["authentication", "profile"],
                format!("in `fapi2` a client proves itself with a key, and `{how}` has none"),
                "write `authentication = \"private_key_jwt\"` and `keys_file`",
            );
        }
        if says("proof_key", "or-nonce") {
            self.wrong(
                &["proof_key"],
                "in `fapi2` every code has a proof key".to_owned(),
                "take `proof_key` out",
            );
        }
        if !says("id_token", "ES256") && !says("id_token", "EdDSA") {
            self.wrong(
                &["id_token", "profile"],
                "in `fapi2` nothing is signed with RS256".to_owned(),
                "write `id_token = \"ES256\"`",
            );
        }
        if says("request_signing", "RS256") {
            self.wrong(
                &["request_signing"],
                "in `fapi2` nothing is signed with RS256".to_owned(),
                "write `request_signing = \"PS256\"` or `\"ES256\"`",
            );
        }
    }

    /// At the first of the keys that is there.
    fn wrong(&mut self, keys: &[&str], why: String, instead: &str) {
        let span = keys.iter().find_map(|key| self.record.value(key));
        let span = span.map_or(self.record.span.clone(), |value| value.span.clone());
        let wrong = Wrong::Client {
            why,
            instead: instead.to_owned(),
        };
        self.problems.add(self.source.place(span), wrong);
    }
}
