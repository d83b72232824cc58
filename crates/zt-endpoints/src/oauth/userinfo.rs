//! The UserInfo endpoint (OpenID Connect Core 1.0 §5.3): whose access token it is, asked anew each time.

use super::cross_origin::AnswerTo;
use super::form;
use crate::Endpoints;
use crate::answer::json_answer;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use zt_federation::{Client, ErrorCode, Fault, Scope, UserInfo};

/// Says whose token it is.
pub(crate) async fn userinfo(
    State(endpoints): State<Endpoints>,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match endpoints.whose(&method, &headers, body).await {
        Ok((client, told)) => {
            let mut response = json_answer(StatusCode::OK, &told);
            response.extensions_mut().insert(AnswerTo(client.id));
            response
        }
        Err(wrong) => wrong.into_response(),
    }
}

/// Why nothing is told.
enum Wrong {
    /// No token came: no more is said than that one is needed (RFC 6750 §3.1).
    NoToken,
    Fault(Fault),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Wrong {
    /// RFC 6750 §3.
    fn into_response(self) -> Response {
        let (mut response, challenge) = match self {
            Self::NoToken => {
                let mut response = crate::answer::nothing();
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                (response, "Bearer".to_owned())
            }
            Self::Fault(fault) => {
                let status = StatusCode::from_u16(fault.code.status());
                let scope = match fault.code {
                    ErrorCode::InsufficientScope => ", scope=\"openid\"",
                    _ => "",
                };
                let Fault { code, description } = fault;
                (
                    json_answer(status.unwrap_or(StatusCode::BAD_REQUEST), &fault),
                    format!("Bearer error=\"{code}\", error_description=\"{description}\"{scope}"),
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

/// The token of the header (RFC 6750 §2.1) or of a form (§2.2). Never one of the address, which is written into logs (§2.3, RFC 9700
/// §4.3.2).
async fn token(method: &Method, headers: &HeaderMap, body: Body) -> Result<String, Wrong> {
    let of_header = form::authorization(headers)?.and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        is_bearer.then(|| token.trim_matches(' ').to_owned())
    });
    let of_form = if method == Method::POST && form::is_form(headers) {
        let form = form::read(headers, body).await?;
        form.one("access_token")?.map(str::to_owned)
    } else {
        None
    };
    match (of_header, of_form) {
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(Wrong::NoToken),
        (Some(_), Some(_)) => Err(form::wrong("the token is sent in one way at a time").into()),
    }
}

impl Endpoints {
    async fn whose(
        &self,
        method: &Method,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Client, UserInfo), Wrong> {
        let token = token(method, headers, body).await?;
        let over = || {
            let description = "the access token is unknown, has expired, or what it rests on ended";
            Fault::new(ErrorCode::InvalidToken, description)
        };
        let claims = self.access_claims(&token).ok_or_else(over)?;
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
        let asked = self.asked_for(&grant).map_err(|_| over())?;
        let told = UserInfo {
            sub: self.live().subject_for(&client, grant.person),
            person: self.about(grant.person, &scopes, &asked.claims.userinfo),
        };
        Ok((client, told))
    }
}
