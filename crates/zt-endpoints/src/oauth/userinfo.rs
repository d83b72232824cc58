//! The UserInfo endpoint (OpenID Connect Core 1.0 §5.3): whose access token it is, asked anew each time.

use super::accepted_names;
use super::cross_origin::AnswerTo;
use super::form;
use super::sender::certificate_of;
use crate::answer::json_answer;
use crate::{Caller, Endpoints};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use zt_crypto::jose::TokenKind;
use zt_federation::{Client, Confirmation, ErrorCode, Fault, Scope, StepUp, UserInfo};

/// RFC 6750 §3: a challenge has a parameter.
const REALM: &str = "sekisho";

/// Says whose token it is.
pub(crate) async fn userinfo(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match endpoints.whose(&caller, &method, &headers, body).await {
        Ok((client, told)) => {
            let mut response = endpoints.told(&client, &told);
            response.extensions_mut().insert(AnswerTo(client.id));
            response
        }
        Err(wrong) => wrong.into_response(scheme_of(&headers)),
    }
}

/// Why nothing is told.
enum Wrong {
    /// No token came: no more is said than that one is needed (RFC 6750 §3.1).
    NoToken,
    /// More must be proven of her, or again (RFC 9470 §3).
    StepUp(StepUp),
    Fault(Fault),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Wrong {
    /// RFC 6750 §3, RFC 9449 §7.1. `scheme` is how the token was shown.
    fn into_response(self, scheme: Scheme) -> Response {
        let (mut response, challenge) = match self {
            Self::NoToken => {
                let mut response = crate::answer::nothing();
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                let algorithms = accepted_names().join(" ");
                (
                    response,
                    format!("Bearer realm=\"{REALM}\", DPoP algs=\"{algorithms}\""),
                )
            }
            Self::StepUp(demand) => {
                let fault = Fault::new(
                    ErrorCode::InsufficientUserAuthentication,
                    "she has to prove herself more strongly, or again",
                );
                let Fault { code, description } = fault;
                let acr = demand
                    .acr
                    .map(|least| format!(", acr_values=\"{}\"", least.acr()));
                let age = demand
                    .max_age
                    .map(|most| format!(", max_age=\"{}\"", most.0));
                let more = acr.unwrap_or_default() + &age.unwrap_or_default();
                let said = format!("error=\"{code}\", error_description=\"{description}\"{more}");
                let answer = json_answer(StatusCode::UNAUTHORIZED, &fault);
                (answer, scheme.challenge(&said))
            }
            Self::Fault(fault) => {
                // RFC 9449 §7.1: where a token is shown, a proof that is wrong is a wrong token.
                let is_of_proof = matches!(
                    fault.code,
                    ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce
                );
                let status = if is_of_proof {
                    401
                } else {
                    fault.code.status()
                };
                let status = StatusCode::from_u16(status);
                let scope = match fault.code {
                    ErrorCode::InsufficientScope => ", scope=\"openid\"",
                    _ => "",
                };
                let Fault { code, description } = fault;
                let said = format!("error=\"{code}\", error_description=\"{description}\"{scope}");
                (
                    json_answer(status.unwrap_or(StatusCode::BAD_REQUEST), &fault),
                    scheme.challenge(&said),
                )
            }
        };
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// How the token was shown, or would have been.
fn scheme_of(headers: &HeaderMap) -> Scheme {
    let header = form::authorization(headers).ok().flatten();
    let scheme = header.and_then(|header| header.split(' ').next());
    match scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
        _ => Scheme::Bearer,
    }
}

/// A token, and how it is shown.
struct Shown {
    token: String,
    scheme: Scheme,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// As it is (RFC 6750 §2).
    Bearer,
    /// With a proof of its key (RFC 9449 §7.1).
    Dpop,
}

impl Scheme {
    fn challenge(self, said: &str) -> String {
        match self {
            Self::Dpop => format!("DPoP {said}, algs=\"{}\"", accepted_names().join(" ")),
            Self::Bearer => format!("Bearer {said}"),
        }
    }
}

/// The token of the header (RFC 6750 §2.1, RFC 9449 §7.1) or of a form (RFC 6750 §2.2). Never one of the address, which is written into logs (§2.3, RFC 9700
/// §4.3.2).
async fn token(method: &Method, headers: &HeaderMap, body: Body) -> Result<Shown, Wrong> {
    let of_header = form::authorization(headers)?.and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Scheme::Bearer,
            "dpop" => Scheme::Dpop,
            _ => return None,
        };
        let token = token.trim_matches(' ').to_owned();
        Some(Shown { token, scheme })
    });
    let of_form = if method == Method::POST && form::is_form(headers) {
        let form = form::read(headers, body).await?;
        form.one("access_token")?.map(|token| Shown {
            token: token.to_owned(),
            scheme: Scheme::Bearer,
        })
    } else {
        None
    };
    match (of_header, of_form) {
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(Wrong::NoToken),
        (Some(_), Some(_)) => Err(form::wrong("the token is sent in one way at a time").into()),
    }
}

/// The same as claims of a JWT (OpenID Connect Core 1.0 §5.3.2).
#[derive(Serialize)]
struct SignedUserInfo<'a> {
    iss: &'a str,
    aud: &'a str,
    #[serde(flatten)]
    told: &'a UserInfo,
}

impl Endpoints {
    /// As JSON; signed, if that is how the client is registered.
    fn told(&self, client: &Client, told: &UserInfo) -> Response {
        let Some(algorithm) = client.safeguards.userinfo_signing else {
            return json_answer(StatusCode::OK, told);
        };
        let claims = SignedUserInfo {
            iss: &self.inner.parts.origin,
            aud: client.id.as_str(),
            told,
        };
        let keyring = self.inner.parts.keyring.load();
        let signed = keyring
            .signer_for(TokenKind::UserInfo, algorithm)
            .and_then(|signer| signer.sign(&claims));
        match signed {
            Ok(jwt) => {
                let mut response = crate::answer::nothing();
                *response.body_mut() = Body::from(jwt);
                let kind = HeaderValue::from_static("application/jwt");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                response
            }
            Err(error) => {
                tracing::error!(client = %client.id, %error, "what UserInfo tells could not be signed");
                let description = "the server cannot do this at the moment";
                let fault = Fault::new(ErrorCode::TemporarilyUnavailable, description);
                json_answer(StatusCode::SERVICE_UNAVAILABLE, &fault)
            }
        }
    }

    async fn whose(
        &self,
        caller: &Caller,
        method: &Method,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Client, UserInfo), Wrong> {
        let Shown { token, scheme } = token(method, headers, body).await?;
        let over = || {
            let description = "the access token is unknown, has expired, or what it rests on ended";
            Fault::new(ErrorCode::InvalidToken, description)
        };
        let claims = self.access_claims(&token).ok_or_else(over)?;
        let proof = match (&claims.cnf, scheme) {
            (None, Scheme::Bearer) => None,
            (Some(Confirmation::Key(key)), Scheme::Dpop) => {
                let proof = self.proof(headers, method, super::USERINFO, Some(&token))?;
                let proof = proof.ok_or(Fault::new(
                    ErrorCode::InvalidDpopProof,
                    "the access token is bound to a key: show a proof",
                ))?;
                if proof.key != *key {
                    let description = "the access token is bound to another key";
                    return Err(Fault::new(ErrorCode::InvalidToken, description).into());
                }
                Some(proof)
            }
            // RFC 8705 §3.
            (held @ Some(Confirmation::Certificate(_)), Scheme::Bearer) => {
                if certificate_of(caller) != *held {
                    let description = "the access token is bound to another certificate";
                    return Err(Fault::new(ErrorCode::InvalidToken, description).into());
                }
                None
            }
            // RFC 9449 §7.2: neither way round.
            (Some(Confirmation::Key(_)), Scheme::Bearer)
            | (None | Some(Confirmation::Certificate(_)), Scheme::Dpop) => {
                let description = "the access token is of the other type";
                return Err(Fault::new(ErrorCode::InvalidToken, description).into());
            }
        };
        let scopes = Scope::read(&claims.scope)?;
        let sign_in = claims.sign_in.filter(|_| scopes.contains(&Scope::Openid));
        let sign_in = sign_in.ok_or(Fault::new(
            ErrorCode::InsufficientScope,
            "the access token is not for this: ask for the scope openid at sign-in",
        ))?;
        let client = self.client_of(&claims.client_id).ok_or_else(over)?;
        let id = self.live().of_sid(sign_in.sid()).ok_or_else(over)?;
        let grant = self.live().grant_of(&client, id).map_err(|_| over())?;
        if !self.live().grant_holds(&grant) {
            return Err(over().into());
        }
        let demand = client.safeguards.step_up;
        let now = self.live().clock().now();
        if !demand.is_met_by(grant.assurance, grant.authenticated_at, now) {
            return Err(Wrong::StepUp(demand));
        }
        if let Some(proof) = &proof {
            self.spend(proof).map_err(|refused| refused.fault())?;
        }
        let asked = self.asked_for(&grant).map_err(|_| over())?;
        let audience = self.audience(&client, &grant, &asked);
        let told = self.live().user_info(&audience, &scopes);
        Ok((client, told))
    }
}
