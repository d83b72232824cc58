//! What a browser brings to the authorization endpoint from a client (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1).

mod answer;
mod wish;

pub use answer::{Refused, Reply, ResponseMode, ReturnAddress};
pub use wish::{ClaimsWish, Interaction, Prompt};

use crate::acr::{AcrDemand, assurance_of};
use crate::dpop::is_thumbprint;
use crate::{
    Authentication, Client, ErrorCode, Fault, Form, GrantType, Profile, ProofKey,
    ProofKeyChallenge, RedirectUri, Scope,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::{ClientId, Language, Seconds, Timestamp};

/// Longer than this a `state` is not carried, in bytes.
const LONGEST_STATE: usize = 2048;
/// The same for a `nonce`.
const LONGEST_NONCE: usize = 1024;
/// A longer hint is none, in bytes: an address for e-mail has at most 254 (RFC 5321 §4.5.3.1.3).
const LONGEST_HINT: usize = 254;

/// A request that may be answered with a code. It is kept while the person signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client: ClientId,
    /// Where the browser goes back to, and how.
    pub back: ReturnAddress,
    /// What is asked for; all of it is in the client's record.
    pub scopes: BTreeSet<Scope>,
    /// What the ID token repeats.
    pub nonce: Option<String>,
    /// What binds the code; none if the client relies on its `nonce`, which [`ProofKey::OrNonce`] lets it.
    pub proof_key: Option<ProofKeyChallenge>,
    /// What may be shown to the person.
    pub interaction: Interaction,
    /// How long ago she may have been authenticated (`max_age`).
    pub max_age: Option<Seconds>,
    /// How strongly she should be authenticated.
    pub acr: AcrDemand,
    /// Who she may be: what is written into the field for the name, and nothing else.
    pub login_hint: Option<String>,
    /// An ID token that says who she must be, as text: nothing here verified it.
    pub id_token_hint: Option<String>,
    /// The language the client speaks with her.
    pub language: Option<Language>,
    /// Claims that it asks for one by one.
    pub claims: ClaimsWish,
    /// The key with which the code is redeemed only, by its thumbprint (RFC 9449 §10). Requests of before there were proofs do
    /// not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
}

/// What is wrong with a request that is shown on a page of ours: there is nowhere to send the browser (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// No client is named, or one that is not registered.
    #[error("the request names no client that is registered")]
    UnknownClient,
    /// No address is named, or two.
    #[error("the request names no address to go back to, or two")]
    NoRedirectUri,
    /// An address is named with which the client is not registered.
    #[error("the client is not registered with the address to go back to")]
    UnregisteredRedirectUri,
    /// It refers to a request that was not pushed, was answered, or is over (RFC 9126 §4).
    #[error("the request that it refers to is not known, was answered, or is over")]
    UnknownRequest,
    /// It was signed, and that is wrong; nothing beside it says where to go (RFC 9101 §7).
    #[error("{0}")]
    RequestObject(Fault),
}

impl AuthorizationRequest {
    /// The client that a request names, to look its record up by.
    ///
    /// # Errors
    /// [`PageFault::UnknownClient`].
    pub fn client(form: &Form) -> Result<ClientId, PageFault> {
        let named = form.one("client_id").ok().flatten();
        named
            .and_then(|name| ClientId::new(name).ok())
            .ok_or(PageFault::UnknownClient)
    }

    /// Reads a request of `client`.
    ///
    /// # Errors
    /// [`Refused::Page`] while it is unknown where the browser may be sent, [`Refused::Redirect`] afterwards.
    pub fn read(form: &Form, client: &Client) -> Result<Self, Refused> {
        if Self::client(form).as_ref() != Ok(&client.id) {
            return Err(Refused::Page(PageFault::UnknownClient));
        }
        let asked = form.one("redirect_uri").ok().flatten();
        let asked = asked.ok_or(Refused::Page(PageFault::NoRedirectUri))?;
        let uri = client
            .redirect_uri(asked)
            .ok_or(Refused::Page(PageFault::UnregisteredRedirectUri))?;
        // Whatever is wrong from here on, the client is told, with its state if that can be read.
        let (back, carried) = ReturnAddress::read(uri, form);
        let read = carried.and_then(|()| Self::read_rest(form, client, &back));
        read.map_err(|fault| Refused::Redirect { back, fault })
    }

    fn read_rest(form: &Form, client: &Client, back: &ReturnAddress) -> Result<Self, Fault> {
        refuse_what_is_not_read(form)?;
        if !client.grants.contains(&GrantType::AuthorizationCode) {
            return Err(Fault::new(
                ErrorCode::UnauthorizedClient,
                "the client is not registered for codes",
            ));
        }
        let scopes = Scope::read(form.one("scope")?.unwrap_or_default())?;
        client.check_scopes(&scopes)?;
        let nonce = form.one("nonce")?;
        if nonce.is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
            return Err(Fault::request("the nonce is longer than 1024 bytes"));
        }
        let proof_key = read_proof_key(form)?;
        // RFC 9700 §2.1.1: a nonce protects only a client that gets an ID token to find it in.
        let relies_on_nonce = client.proof_key == ProofKey::OrNonce
            && client.safeguards.profile == Profile::Usual
            && client.authentication != Authentication::None
            && nonce.is_some()
            && scopes.contains(&Scope::Openid);
        if proof_key.is_none() && !relies_on_nonce {
            return Err(Fault::request("a code_challenge is missing (RFC 7636)"));
        }
        let (claims, essential) = ClaimsWish::read(form.one("claims")?, client)?;
        let hint = form.one("login_hint")?;
        let locales = form.one("ui_locales")?.unwrap_or_default();
        Ok(Self {
            client: client.id.clone(),
            back: back.clone(),
            scopes,
            nonce: nonce.map(str::to_owned),
            proof_key,
            interaction: Interaction::read(form.one("prompt")?.unwrap_or_default())?,
            max_age: match form.one("max_age")? {
                Some(said) => Some(read_max_age(said)?),
                None => client.safeguards.default_max_age,
            },
            acr: match read_acr(form, essential)? {
                AcrDemand::Any => client.default_acr(),
                said => said,
            },
            login_hint: hint
                .filter(|hint| hint.len() <= LONGEST_HINT && !hint.contains(char::is_control))
                .map(str::to_owned),
            id_token_hint: form.one("id_token_hint")?.map(str::to_owned),
            language: locales.split(' ').find_map(Language::from_tag),
            claims,
            dpop_jkt: read_key(form)?,
        })
    }

    /// The same, if a browser may bring it as it is: not of a client that always pushes (RFC 9126 §6).
    ///
    /// # Errors
    /// [`Refused::Redirect`].
    pub fn brought_by_browser(self, client: &Client) -> Result<Self, Refused> {
        if client.pushes_always() {
            let fault = Fault::request("this client pushes its requests (RFC 9126)");
            let back = self.back;
            return Err(Refused::Redirect { back, fault });
        }
        Ok(self)
    }

    /// What the person is asked to let the client know: the scopes, and those that hold the claims asked for one by one.
    #[must_use]
    pub fn disclosed(&self) -> BTreeSet<Scope> {
        let one_by_one = self.claims.id_token.union(&self.claims.userinfo);
        let mut scopes = self.scopes.clone();
        scopes.extend(one_by_one.map(|claim| claim.scope()));
        scopes
    }

    /// Whether the person, who was authenticated at `proven_at`, has to be again, for a request that came at `asked_at`
    /// (OpenID Connect Core 1.0 §3.1.2.1 `prompt`, `max_age`; `max_age=0` is `prompt=login`).
    #[must_use]
    pub fn is_too_old(&self, proven_at: Timestamp, asked_at: Timestamp, now: Timestamp) -> bool {
        // What was proven for this request is not asked for twice, however slow the person is.
        if proven_at >= asked_at {
            return false;
        }
        let age = now.as_millis().saturating_sub(proven_at.as_millis());
        self.interaction.demands(Prompt::Login)
            || self
                .max_age
                .is_some_and(|most| age > most.millis() || most.0 == 0)
    }
}

impl Client {
    /// The address that a request means by `asked`: as it was asked for, since the port of a loopback address is the request's
    /// to say. None if the client is not registered with it.
    #[must_use]
    pub fn redirect_uri(&self, asked: &str) -> Option<RedirectUri> {
        let is_registered = self.redirect_uris.iter().any(|uri| uri.matches(asked));
        is_registered.then(|| RedirectUri::parse(asked).ok())?
    }
}

/// What a request may not do, and which of it is not offered (OpenID Connect Core 1.0 §3.1.2.6).
fn refuse_what_is_not_read(form: &Form) -> Result<(), Fault> {
    let not_read = [
        (
            "request_uri",
            ErrorCode::RequestUriNotSupported,
            "request objects are not fetched",
        ),
        (
            "registration",
            ErrorCode::RegistrationNotSupported,
            "clients do not register in a request",
        ),
    ];
    for (name, code, description) in not_read {
        if form.one(name)?.is_some() {
            return Err(Fault::new(code, description));
        }
    }
    match form.one("response_type")? {
        Some("code") => Ok(()),
        None => Err(Fault::request("the response_type is missing")),
        // RFC 9700 §2.1.2: no token leaves this endpoint.
        Some(_) => Err(Fault::new(
            ErrorCode::UnsupportedResponseType,
            "the response_type is always code",
        )),
    }
}

fn read_proof_key(form: &Form) -> Result<Option<ProofKeyChallenge>, Fault> {
    let method = form.one("code_challenge_method")?;
    let Some(challenge) = form.one("code_challenge")? else {
        return match method {
            None => Ok(None),
            Some(_) => Err(Fault::request("a method without a code_challenge")),
        };
    };
    // RFC 7636 §4.3: no method means `plain`, which RFC 9700 §2.1.1 forbids in effect.
    if method != Some("S256") {
        return Err(Fault::request("the code_challenge_method is always S256"));
    }
    let challenge = ProofKeyChallenge::parse(challenge);
    challenge.map(Some).ok_or(Fault::request(
        "a code_challenge is 43 characters of base64url",
    ))
}

fn read_key(form: &Form) -> Result<Option<String>, Fault> {
    let Some(named) = form.one("dpop_jkt")? else {
        return Ok(None);
    };
    if !is_thumbprint(named) {
        let description = "the dpop_jkt is a SHA-256 thumbprint: 43 characters of base64url";
        return Err(Fault::request(description));
    }
    Ok(Some(named.to_owned()))
}

fn read_max_age(text: &str) -> Result<Seconds, Fault> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds
        .map(Seconds)
        .ok_or(Fault::request("the max_age is a number of seconds"))
}

/// `acr_values` are a wish; the claim can be a demand, which then counts alone (§5.5.1.1).
fn read_acr(form: &Form, claim: AcrDemand) -> Result<AcrDemand, Fault> {
    let values = form.one("acr_values")?.unwrap_or_default();
    let named: BTreeSet<_> = values.split(' ').filter_map(assurance_of).collect();
    match claim {
        AcrDemand::Essential(demanded) if demanded.is_empty() => Err(Fault::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "no acr is known here of those that are essential",
        )),
        AcrDemand::Any if !named.is_empty() => Ok(AcrDemand::Preferred(named)),
        claim => Ok(claim),
    }
}

#[cfg(test)]
mod tests;
