//! What a program says of itself (RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2), read from untrusted bytes.

use super::member::{Object, metadata};
use super::said::{self, Said};
use super::sector::host_of;
use super::{Allowance, ApplicationKind};
use crate::acr::assurance_of;
use crate::{
    Authentication, Client, ClientSecret, ClientSigning, ConsentDemand, ErrorCode, Fault,
    FrontChannel, GrantType, Need, ProofKey, RedirectUri, Safeguards, Scope, SessionNaming,
    SigningAlgorithm, SubjectKind, TokenBinding,
};
use std::collections::BTreeSet;
use zt_types::{ClientId, Json, ManagedBy, Seconds, Secret};

/// How long an access token lasts, as for every other client.
const ACCESS_TOKEN_LIFETIME: Seconds = Seconds::minutes(5);

/// What a program wants to be registered with, as far as we have it. What nobody here knows was passed over (RFC 7591 §2); what we
/// know and do not do was refused, wherever passing over it would leave the program less safe than it thinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientMetadata {
    /// Where browsers are to be sent with a code.
    pub redirect_uris: BTreeSet<RedirectUri>,
    /// Where they are to be sent after signing out.
    pub post_logout_redirect_uris: BTreeSet<RedirectUri>,
    /// Where it is told that a session ended.
    pub backchannel_logout: Option<RedirectUri>,
    /// Where browsers tell it that somebody signed out.
    pub frontchannel_logout: Option<FrontChannel>,
    /// How it proves that it is this client.
    pub authentication: Authentication,
    /// What it comes with at the token endpoint.
    pub grants: BTreeSet<GrantType>,
    /// What it will ask for; `None`: whatever it may.
    pub scopes: Option<BTreeSet<Scope>>,
    /// Its public keys, a JSON Web Key Set as text. Nobody has looked at them yet.
    pub keys: Option<String>,
    /// Where it publishes them instead.
    pub jwks_uri: Option<RedirectUri>,
    /// How people are to be named to it.
    pub subject: SubjectWish,
    /// What signs its ID tokens.
    pub id_token: SigningAlgorithm,
    /// What it binds itself to.
    pub safeguards: Safeguards,
    /// What is shown of it.
    pub said: Said,
}

/// How people are to be named to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectWish {
    /// As to everybody else.
    Public,
    /// By names that mean nothing outside of this sector, a host.
    Pairwise(String),
}

/// What of it would leave the program less safe than it thinks.
const REFUSED: [(&str, &str); 6] = [
    (
        "id_token_encrypted_response_alg",
        "ID tokens are not encrypted",
    ),
    (
        "id_token_encrypted_response_enc",
        "ID tokens are not encrypted",
    ),
    (
        "userinfo_encrypted_response_alg",
        "UserInfo is not encrypted",
    ),
    (
        "userinfo_encrypted_response_enc",
        "UserInfo is not encrypted",
    ),
    (
        "request_object_encryption_alg",
        "encrypted requests are not read",
    ),
    (
        "request_object_encryption_enc",
        "encrypted requests are not read",
    ),
];

/// What only we say, and nobody sends back (RFC 7592 §2.2).
const OURS: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

impl ClientMetadata {
    /// Reads a registration (RFC 7591 §3.1).
    ///
    /// # Errors
    /// `invalid_redirect_uri`, `invalid_client_metadata`, `invalid_software_statement`, `unapproved_software_statement`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        Self::read(&Object::parse(bytes)?, bytes)
    }

    /// Reads an update of `client` (RFC 7592 §2.2), and the secret that it repeats, if it does: that is to be compared.
    ///
    /// # Errors
    /// The same.
    pub fn parse_update(bytes: &[u8], client: &ClientId) -> Result<(Self, Option<Secret>), Fault> {
        let object = Object::parse(bytes)?;
        if OURS.iter().any(|name| object.has(name)) {
            return Err(metadata(
                "registration_access_token, registration_client_uri, client_secret_expires_at and client_id_issued_at are not sent back",
            ));
        }
        if object.text("client_id", "the client_id is a text")? != Some(client.as_str()) {
            return Err(metadata("the client_id is not the one of this address"));
        }
        let secret = object.text("client_secret", "the client_secret is a text")?;
        let secret = secret.map(|secret| Secret::new(secret.to_owned()));
        Ok((Self::read(&object, bytes)?, secret))
    }

    fn read(object: &Object, bytes: &[u8]) -> Result<Self, Fault> {
        statement(object)?;
        for (name, description) in REFUSED {
            if object.has(name) {
                return Err(metadata(description));
            }
        }
        let redirect_uris = object.addresses("redirect_uris")?;
        let said = said::read(object, &redirect_uris)?;
        // OpenID Connect Dynamic Registration 1.0 §2: a scheme of one's own is for programs on devices.
        let is_of_web = |uri: &RedirectUri| {
            uri.as_str().starts_with("https://") || uri.as_str().starts_with("http://")
        };
        if said.application == ApplicationKind::Web && !redirect_uris.iter().all(is_of_web) {
            return Err(Fault::new(
                ErrorCode::InvalidRedirectUri,
                "a scheme of its own is for an application_type of native",
            ));
        }
        let grants = grants(object)?;
        let sector = sector(object)?;
        let subject = subject(object, &redirect_uris, &grants, sector.as_ref())?;
        Ok(Self {
            post_logout_redirect_uris: object.addresses("post_logout_redirect_uris")?,
            backchannel_logout: backchannel(object)?,
            frontchannel_logout: frontchannel(object, &redirect_uris)?,
            authentication: authentication(object)?,
            scopes: scopes(object)?,
            keys: keys(object, bytes)?,
            jwks_uri: jwks_uri(object)?,
            id_token: signing(object, "id_token_signed_response_alg")?
                .unwrap_or(SigningAlgorithm::Rs256),
            safeguards: safeguards(object)?,
            said: Said {
                sector_identifier: sector,
                ..said
            },
            redirect_uris,
            grants,
            subject,
        })
    }

    /// The client, within what `allowance` lets it have. People are always asked, a code always has a proof key, and nobody else
    /// may be called in their names: a program that nobody here wrote gets no exception.
    ///
    /// # Errors
    /// `invalid_client_metadata` for a grant beyond it, or what cannot hold together.
    pub fn client(
        &self,
        id: ClientId,
        allowance: &Allowance,
        secrets: Vec<ClientSecret>,
    ) -> Result<Client, Fault> {
        if !self.grants.is_subset(&allowance.grants) {
            return Err(metadata(
                "one of the grant_types is not allowed by the initial access token",
            ));
        }
        let scopes = match &self.scopes {
            None => allowance.scopes.clone(),
            Some(wanted) => wanted & &allowance.scopes,
        };
        let client = Client {
            name: self.said.names.text(&id),
            app: allowance.app.clone(),
            authentication: self.authentication,
            secrets,
            keys: self.keys.clone(),
            jwks_uri: self.jwks_uri.clone(),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            backchannel_logout: self.backchannel_logout.clone(),
            frontchannel_logout: self.frontchannel_logout.clone(),
            grants: self.grants.clone(),
            scopes,
            exchange_to: BTreeSet::new(),
            proof_key: ProofKey::Required,
            subject: match &self.subject {
                SubjectWish::Public => SubjectKind::Public,
                SubjectWish::Pairwise(sector) => SubjectKind::Pairwise(sector.clone()),
            },
            consent: ConsentDemand::Asked,
            id_token: self.id_token,
            access_token_lifetime: ACCESS_TOKEN_LIFETIME,
            home: None,
            safeguards: self.safeguards.clone(),
            managed_by: ManagedBy::Registration,
            id,
        };
        match client.contradictions().first() {
            None => Ok(client),
            Some(contradiction) => Err((*contradiction).into()),
        }
    }

    /// Whether it authenticates with a secret.
    #[must_use]
    pub const fn has_secret(&self) -> bool {
        matches!(
            self.authentication,
            Authentication::SecretBasic | Authentication::SecretPost
        )
    }
}

/// RFC 7591 §2.3. Nobody's word is taken for a program here: an administrator's token is.
fn statement(object: &Object) -> Result<(), Fault> {
    match object.member("software_statement") {
        None => Ok(()),
        Some(Json::Text(text)) if text.split('.').count() == 3 => Err(Fault::new(
            ErrorCode::UnapprovedSoftwareStatement,
            "software statements are not taken: whoever made the initial access token vouches for the program",
        )),
        Some(_) => Err(Fault::new(
            ErrorCode::InvalidSoftwareStatement,
            "the software_statement is no signed JWT",
        )),
    }
}

/// RFC 7591 §2.1: what it comes with, and what it asks for, fit.
fn grants(object: &Object) -> Result<BTreeSet<GrantType>, Fault> {
    let named = object.texts("grant_types", "grant_types is a list of texts")?;
    let grants = if object.has("grant_types") {
        let known = |name: &str| {
            let quoted = serde_json::Value::from(name);
            // `device_code` alone is how our own records once said it.
            let known = serde_json::from_value::<GrantType>(quoted).ok();
            known.filter(|grant| grant_name(*grant) == name)
        };
        let read = named
            .into_iter()
            .map(|name| known(name).ok_or(metadata("one of the grant_types is not offered")));
        read.collect::<Result<BTreeSet<_>, _>>()?
    } else {
        [GrantType::AuthorizationCode].into()
    };
    let gets_codes = grants.contains(&GrantType::AuthorizationCode);
    let types = object.texts("response_types", "response_types is a list of texts")?;
    let fits = match types.as_slice() {
        [] => !object.has("response_types") || !gets_codes,
        ["code"] => gets_codes,
        _ => false,
    };
    if !fits {
        return Err(metadata(
            "response_types is code alone, for whoever has the grant type authorization_code",
        ));
    }
    Ok(grants)
}

fn grant_name(grant: GrantType) -> String {
    let name = serde_json::to_value(grant).ok();
    let name = name.and_then(|name| name.as_str().map(str::to_owned));
    name.unwrap_or_default()
}

fn authentication(object: &Object) -> Result<Authentication, Fault> {
    let named = object.text(
        "token_endpoint_auth_method",
        "token_endpoint_auth_method is a text",
    )?;
    let read = match named {
        None => Some(Authentication::SecretBasic),
        Some(name) => serde_json::from_value(serde_json::Value::from(name)).ok(),
    };
    match read {
        Some(Authentication::TlsVouched) => Err(metadata(
            "tls_client_auth takes authorities that an administrator names: use self_signed_tls_client_auth",
        )),
        Some(read) => Ok(read),
        None => Err(metadata("the token_endpoint_auth_method is not offered")),
    }
}

fn scopes(object: &Object) -> Result<Option<BTreeSet<Scope>>, Fault> {
    let list = object.text("scope", "the scope is a text")?;
    let read = list.map(|list| Scope::read(list).map_err(|fault| metadata(fault.description)));
    read.transpose()
}

/// The key set, as it came: what a member means, whoever uses the keys reads.
fn keys(object: &Object, bytes: &[u8]) -> Result<Option<String>, Fault> {
    match object.member("jwks") {
        None => Ok(None),
        Some(Json::Object(_)) => {
            // No member is there twice, so every reader reads the same.
            let root: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
            let keys = root.as_ref().and_then(|root| root.get("jwks"));
            let keys = keys.map(ToString::to_string);
            keys.map(Some).ok_or(metadata("jwks is a JSON Web Key Set"))
        }
        Some(_) => Err(metadata("jwks is a JSON Web Key Set")),
    }
}

/// Where the keys are that it replaces by itself. What is there may be another's to answer for who is not TLS's.
fn jwks_uri(object: &Object) -> Result<Option<RedirectUri>, Fault> {
    let Some(named) = object.text("jwks_uri", "the jwks_uri is a text")? else {
        return Ok(None);
    };
    // RFC 7591 §2: two sets could say two things.
    if object.has("jwks") {
        return Err(metadata("keys are in jwks or at the jwks_uri, not in both"));
    }
    let read = RedirectUri::parse(named).ok();
    let read = read.filter(|uri| uri.web_host().is_some());
    read.map(Some).ok_or(metadata(
        "the jwks_uri begins with https:// and has no fragment",
    ))
}

fn backchannel(object: &Object) -> Result<Option<RedirectUri>, Fault> {
    let told = object.text(
        "backchannel_logout_uri",
        "the backchannel_logout_uri is a text",
    )?;
    // Both `sub` and `sid` are always in our logout tokens: it is met either way.
    object.truth(
        "backchannel_logout_session_required",
        "backchannel_logout_session_required is true or false",
    )?;
    let Some(told) = told else { return Ok(None) };
    let read = RedirectUri::parse(told).ok();
    let read = read.filter(|uri| uri.web_host().is_some());
    read.map(Some).ok_or(metadata(
        "the backchannel_logout_uri begins with https:// and has no fragment",
    ))
}

/// OpenID Connect Front-Channel Logout 1.0 §2.
fn frontchannel(
    object: &Object,
    back: &BTreeSet<RedirectUri>,
) -> Result<Option<FrontChannel>, Fault> {
    let told = object.text(
        "frontchannel_logout_uri",
        "the frontchannel_logout_uri is a text",
    )?;
    // Whoever does not need the session named gets it all the same: hardly any browser sends a cookie along with a frame.
    object.truth(
        "frontchannel_logout_session_required",
        "frontchannel_logout_session_required is true or false",
    )?;
    let Some(told) = told else { return Ok(None) };
    let read = RedirectUri::parse(told).ok();
    let read = read.and_then(|uri| FrontChannel::new(uri, SessionNaming::Named, back).ok());
    // One of many addresses would be a way to have browsers open anybody's pages.
    let read = read.filter(|front| back.iter().all(|uri| uri.origin() == front.origin()));
    read.map(Some).ok_or(metadata(
        "the frontchannel_logout_uri is of the web, at the scheme, host and port of all redirect_uris",
    ))
}

fn sector(object: &Object) -> Result<Option<RedirectUri>, Fault> {
    let named = object.text(
        "sector_identifier_uri",
        "the sector_identifier_uri is a text",
    )?;
    let Some(named) = named else { return Ok(None) };
    let read = RedirectUri::parse(named).ok();
    let read = read.filter(|uri| uri.web_host().is_some());
    read.map(Some).ok_or(metadata(
        "the sector_identifier_uri begins with https:// and has no fragment",
    ))
}

fn subject(
    object: &Object,
    back: &BTreeSet<RedirectUri>,
    grants: &BTreeSet<GrantType>,
    sector: Option<&RedirectUri>,
) -> Result<SubjectWish, Fault> {
    match object.text("subject_type", "the subject_type is a text")? {
        None | Some("public") => Ok(SubjectWish::Public),
        Some("pairwise") => {
            // A sector is whoever's addresses people are sent to. A program that gets its tokens without being sent anybody could
            // name any addresses, and would know people by another's names.
            let proven = !back.is_empty()
                && grants.contains(&GrantType::AuthorizationCode)
                && !grants.contains(&GrantType::DeviceCode);
            if !proven {
                return Err(metadata(
                    "pairwise names are for programs that people come back to: with redirect_uris, the grant type authorization_code, and not that of devices",
                ));
            }
            let host = match sector {
                Some(sector) => sector.web_host(),
                None => host_of(back),
            };
            let host = host.ok_or(metadata(
                "pairwise names take a sector_identifier_uri unless all redirect_uris are at one host of https",
            ))?;
            Ok(SubjectWish::Pairwise(host.to_owned()))
        }
        Some(_) => Err(metadata("the subject_type is public or pairwise")),
    }
}

fn signing(object: &Object, name: &str) -> Result<Option<SigningAlgorithm>, Fault> {
    let is = "algorithms are texts";
    let Some(named) = object.text(name, is)? else {
        return Ok(None);
    };
    let found = SigningAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.as_str() == named);
    found.map(Some).ok_or(metadata(
        "ID tokens and UserInfo are signed with ES256, RS256 or EdDSA",
    ))
}

fn client_signing(object: &Object, name: &str) -> Result<ClientSigning, Fault> {
    let Some(named) = object.text(name, "algorithms are texts")? else {
        return Ok(ClientSigning::Any);
    };
    let mut known = ClientSigning::ALL.into_iter();
    let found = known.find(|signing| *signing != ClientSigning::Any && signing.as_str() == named);
    found.ok_or(metadata(
        "clients sign with ES256, PS256, EdDSA or RS256; never without a key, never with a secret",
    ))
}

fn safeguards(object: &Object) -> Result<Safeguards, Fault> {
    let need = |name: &str, is: &'static str| -> Result<Need, Fault> {
        let must = object.truth(name, is)?;
        Ok(if must { Need::Required } else { Need::Allowed })
    };
    let key = object.truth(
        "dpop_bound_access_tokens",
        "dpop_bound_access_tokens is true or false",
    )?;
    let certificate = object.truth(
        "tls_client_certificate_bound_access_tokens",
        "tls_client_certificate_bound_access_tokens is true or false",
    )?;
    // Each of our ID tokens says it.
    object.truth("require_auth_time", "require_auth_time is true or false")?;
    let acr = object.texts(
        "default_acr_values",
        "default_acr_values is a list of texts",
    )?;
    Ok(Safeguards {
        pushed_requests: need(
            "require_pushed_authorization_requests",
            "require_pushed_authorization_requests is true or false",
        )?,
        bound_tokens: match (key, certificate) {
            (false, false) => TokenBinding::IfShown,
            (true, false) => TokenBinding::Key,
            (false, true) => TokenBinding::Certificate,
            (true, true) => {
                return Err(metadata(
                    "tokens are bound to a key or to a certificate, not to both",
                ));
            }
        },
        signed_requests: need(
            "require_signed_request_object",
            "require_signed_request_object is true or false",
        )?,
        request_signing: client_signing(object, "request_object_signing_alg")?,
        assertion_signing: client_signing(object, "token_endpoint_auth_signing_alg")?,
        userinfo_signing: signing(object, "userinfo_signed_response_alg")?,
        default_max_age: match object.member("default_max_age") {
            None => None,
            Some(Json::Integer(seconds)) if *seconds >= 0 => Some(Seconds(seconds.unsigned_abs())),
            Some(_) => return Err(metadata("the default_max_age is a number of seconds")),
        },
        default_acr: acr.into_iter().filter_map(assurance_of).collect(),
        ..Safeguards::default()
    })
}
