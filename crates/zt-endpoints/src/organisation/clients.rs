//! Clients of the files as records.

use super::records::{joined, managed};
use std::collections::BTreeSet;
use zt_crypto::jose::foreign::KeySet;
use zt_federation::{
    Authentication, Client, ClientSecret, ConsentDemand, Contradiction, FrontChannel, GrantType,
    ProofKey, RedirectUri, Scope, SessionNaming, SigningAlgorithm, SubjectKind,
};
use zt_identity::difference::Shape;
use zt_identity::problem::{Problems, Wrong};
use zt_identity::{AddressDocument, ClientDocument, SecretDocument, both};
use zt_types::{ClientId, Seconds, Timestamp};

/// When a day is over everywhere on earth: so long after it began in UTC.
const EVERYWHERE: Seconds = Seconds::hours(36);

/// The client of a document; `None` if something of it cannot be read, which is said in `problems`.
pub(super) fn client(
    document: &ClientDocument,
    now: Timestamp,
    problems: &mut Problems,
) -> Option<Client> {
    let before = problems.count();
    let mut read = |address: &AddressDocument| match RedirectUri::parse(&address.text) {
        Ok(read) => Some(read),
        Err(error) => {
            let wrong = Wrong::Address {
                key: address.key.to_owned(),
                value: address.text.clone(),
                why: error.to_string(),
            };
            problems.add(address.place.clone(), wrong);
            None
        }
    };
    let redirect_uris = document.redirect_uris.iter().filter_map(&mut read);
    let redirect_uris: BTreeSet<RedirectUri> = redirect_uris.collect();
    let post_logout = document.post_logout_redirect_uris.iter();
    let post_logout_redirect_uris = post_logout.filter_map(&mut read).collect();
    let home = document.home.as_ref().and_then(&mut read);
    let told = document.backchannel_logout.as_ref();
    let backchannel_logout = told.and_then(&mut read);
    let published = document.jwks_uri.as_ref();
    let jwks_uri = published.and_then(&mut read);
    for (address, read, why) in [
        (
            told,
            &backchannel_logout,
            "its server is told, at an address that begins with `https://`",
        ),
        (
            published,
            &jwks_uri,
            "its keys are fetched, from an address that begins with `https://`",
        ),
    ] {
        if let (Some(address), Some(read)) = (address, read)
            && !is_web(read)
        {
            let wrong = Wrong::Address {
                key: address.key.to_owned(),
                value: address.text.clone(),
                why: why.to_owned(),
            };
            problems.add(address.place.clone(), wrong);
        }
    }
    let frontchannel_logout = front_channel(document, &redirect_uris, problems);
    if let Some((keys, place)) = &document.keys
        && let Err(error) = KeySet::parse(keys)
    {
        let wrong = Wrong::Client {
            why: error.to_string(),
            instead: "put its public keys there, `{\"keys\": [{\"kty\": …}]}`".to_owned(),
        };
        problems.add(place.clone(), wrong);
    }
    let certificate = super::safeguards::certificate(document, problems);
    let secrets: Vec<ClientSecret> = document.secrets.iter().filter_map(secret).collect();
    if !secrets.is_empty() && secrets.iter().all(|secret| secret.expires_at <= now) {
        let wrong = Wrong::Client {
            why: "the last day of its last secret has passed".to_owned(),
            instead: "add a new secret, or write a later `until`".to_owned(),
        };
        problems.add(document.place.clone(), wrong);
    }
    if problems.count() > before {
        return None;
    }
    let says = |words: &[String], word: &str| words.iter().any(|said| said == word);
    let client = Client {
        id: document.id.clone(),
        name: document.name.clone(),
        app: document.app.clone(),
        authentication: Authentication::ALL
            .into_iter()
            .find(|one| authentication(*one) == document.authentication)?,
        secrets,
        keys: document.keys.as_ref().map(|(keys, _)| keys.clone()),
        jwks_uri,
        redirect_uris,
        post_logout_redirect_uris,
        backchannel_logout,
        frontchannel_logout,
        grants: GrantType::ALL
            .into_iter()
            .filter(|one| says(&document.grants, grant(*one)))
            .collect(),
        scopes: Scope::ALL
            .into_iter()
            .filter(|one| says(&document.scopes, one.as_str()))
            .collect(),
        exchange_to: document.exchange_to.iter().cloned().collect(),
        proof_key: match document.proof_key.as_str() {
            "or-nonce" => ProofKey::OrNonce,
            _ => ProofKey::Required,
        },
        subject: document
            .sector
            .clone()
            .map_or(SubjectKind::Public, SubjectKind::Pairwise),
        consent: match document.consent.as_str() {
            "asked" => ConsentDemand::Asked,
            _ => ConsentDemand::Implied,
        },
        id_token: SigningAlgorithm::ALL
            .into_iter()
            .find(|one| one.as_str() == document.id_token)?,
        access_token_lifetime: Seconds::minutes(document.access_token_minutes),
        home,
        safeguards: super::safeguards::safeguards(document, certificate)?,
        managed_by: zt_types::ManagedBy::Files,
    };
    // The files say most of it by their keys; the law is one for all who write clients.
    let contradictions = client.contradictions();
    for contradiction in &contradictions {
        let wrong = Wrong::Client {
            why: contradiction.to_string(),
            instead: match contradiction {
                Contradiction::Id => "write another name, such as `expenses-web`",
                _ => "take one of the two out",
            }
            .to_owned(),
        };
        problems.add(document.place.clone(), wrong);
    }
    contradictions.is_empty().then_some(client)
}

/// Where it is told in the browser, if that fits where its codes are sent.
fn front_channel(
    document: &ClientDocument,
    redirect_uris: &BTreeSet<RedirectUri>,
    problems: &mut Problems,
) -> Option<FrontChannel> {
    let address = document.frontchannel_logout.as_ref()?;
    let session = SessionNaming::ALL
        .into_iter()
        .find(|one| one.as_str() == document.frontchannel_session)?;
    let read = RedirectUri::parse(&address.text).map_err(|error| error.to_string());
    let fits = read.and_then(|uri| {
        let front = FrontChannel::new(uri, session, redirect_uris);
        front.map_err(|error| error.to_string())
    });
    match fits {
        Ok(front) => Some(front),
        Err(why) => {
            let wrong = Wrong::Address {
                key: address.key.to_owned(),
                value: address.text.clone(),
                why,
            };
            problems.add(address.place.clone(), wrong);
            None
        }
    }
}

/// Whether this is an address of a server, and not of a program on the device.
fn is_web(address: &RedirectUri) -> bool {
    let text = address.as_str();
    text.starts_with("https://") || text.starts_with("http://")
}

/// `None` never: the form takes no day that is none.
fn secret(document: &SecretDocument) -> Option<ClientSecret> {
    Some(ClientSecret {
        hash: document.secret.hash(),
        expires_at: match &document.until {
            None => Timestamp::FAR_FUTURE,
            Some(day) => Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z"))? + EVERYWHERE,
        },
    })
}

const fn authentication(one: Authentication) -> &'static str {
    match one {
        Authentication::None => "none",
        Authentication::SecretBasic => "client_secret_basic",
        Authentication::SecretPost => "client_secret_post",
        Authentication::PrivateKeyJwt => "private_key_jwt",
        Authentication::TlsVouched => "tls_client_auth",
        Authentication::TlsRegistered => "self_signed_tls_client_auth",
    }
}

const fn grant(one: GrantType) -> &'static str {
    match one {
        GrantType::AuthorizationCode => "authorization_code",
        GrantType::RefreshToken => "refresh_token",
        GrantType::ClientCredentials => "client_credentials",
        GrantType::DeviceCode => "device_code",
        GrantType::TokenExchange => "token_exchange",
    }
}

pub(super) const fn client_shape() -> Shape<Client> {
    Shape {
        what: "client",
        managed_by: |client| managed(client.managed_by),
        members: |client| {
            let address = |uri: &Option<RedirectUri>| {
                let uri = uri.as_ref();
                uri.map_or_else(String::new, |uri| uri.as_str().to_owned())
            };
            let front = client.frontchannel_logout.as_ref();
            let secret = |secret: &ClientSecret| match secret.expires_at {
                Timestamp::FAR_FUTURE => secret.hash.to_string(),
                until => format!("{} until {}", secret.hash, until.to_rfc3339()),
            };
            let secrets: Vec<String> = client.secrets.iter().map(secret).collect();
            let mut members = vec![
                ("name", both(&client.name)),
                ("application", client.app.to_string()),
                (
                    "authentication",
                    authentication(client.authentication).to_owned(),
                ),
                ("secrets", secrets.join(", ")),
                ("keys", client.keys.clone().unwrap_or_default()),
                ("jwks_uri", address(&client.jwks_uri)),
                (
                    "redirect_uris",
                    joined(client.redirect_uris.iter().map(RedirectUri::as_str)),
                ),
                (
                    "post_logout_redirect_uris",
                    joined(
                        client
                            .post_logout_redirect_uris
                            .iter()
                            .map(RedirectUri::as_str),
                    ),
                ),
                ("backchannel_logout", address(&client.backchannel_logout)),
                (
                    "frontchannel_logout",
                    address(&front.map(|front| front.uri.clone())),
                ),
                (
                    "frontchannel_session",
                    front.map_or_else(String::new, |front| front.session.as_str().to_owned()),
                ),
                (
                    "grants",
                    joined(client.grants.iter().map(|one| grant(*one))),
                ),
                (
                    "scopes",
                    joined(client.scopes.iter().map(|one| one.as_str())),
                ),
                (
                    "exchange_to",
                    joined(client.exchange_to.iter().map(ClientId::as_str)),
                ),
                (
                    "proof_key",
                    match client.proof_key {
                        ProofKey::Required => "required",
                        ProofKey::OrNonce => "or-nonce",
                    }
                    .to_owned(),
                ),
                (
                    "subject",
                    match &client.subject {
                        SubjectKind::Public => "public".to_owned(),
                        SubjectKind::Pairwise(sector) => format!("pairwise in {sector}"),
                    },
                ),
                (
                    "consent",
                    match client.consent {
                        ConsentDemand::Implied => "implied",
                        ConsentDemand::Asked => "asked",
                    }
                    .to_owned(),
                ),
                ("id_token", client.id_token.as_str().to_owned()),
                (
                    "access_token_minutes",
                    (client.access_token_lifetime.0 / 60).to_string(),
                ),
                ("home", address(&client.home)),
            ];
            members.extend(super::safeguards::members(&client.safeguards));
            members
        },
    }
}
