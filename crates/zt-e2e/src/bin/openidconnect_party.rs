//! A relying party on the crate `openidconnect`. It says where it is, signs in whoever comes, and answers in JSON what it got.

use std::collections::HashMap;
use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreIdToken,
    CoreIdTokenVerifier, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
    CoreRevocableToken, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AdditionalProviderMetadata, AsyncHttpClient,
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndSessionUrl, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdToken, IntrospectionUrl, IssuerUrl,
    JsonWebTokenType, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RefreshToken,
    RequestTokenError, RevocationUrl, Scope, StandardErrorResponse, SubjectIdentifier,
    TokenResponse as _,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify};
use tokio::time::timeout;
use zt_net::{Client, ClientError, ClientSettings};

/// What the crate does not know of the discovery document by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct More {
    introspection_endpoint: IntrospectionUrl,
    revocation_endpoint: RevocationUrl,
    end_session_endpoint: EndSessionUrl,
}

impl AdditionalProviderMetadata for More {}

/// What it does not know of ID tokens and logout tokens (Back-Channel Logout 1.0 §2.4).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ending {
    sid: String,
    events: Option<HashMap<String, Value>>,
}

impl AdditionalClaims for Ending {}

const ENDED: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What went wrong, as the test wants to read it.
#[derive(Debug, Serialize)]
struct Refused {
    error: String,
    message: String,
}

impl Refused {
    fn because(message: impl Display) -> Self {
        Self {
            error: "refused".to_owned(),
            message: message.to_string(),
        }
    }
}

impl<E: std::error::Error> From<RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>>
    for Refused
{
    fn from(error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>) -> Self {
        match error {
            RequestTokenError::ServerResponse(told) => Self {
                error: told.error().as_ref().to_owned(),
                message: told.to_string(),
            },
            other => Self::because(other),
        }
    }
}

/// One that signs in, from the start of it to the callback.
struct Begun {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

#[derive(Default)]
struct Held {
    begun: Option<Begun>,
    tokens: Option<CoreTokenResponse>,
    id_token: Option<CoreIdToken>,
    subject: Option<SubjectIdentifier>,
    sid: Option<String>,
}

impl Held {
    fn tokens(&self) -> Result<&CoreTokenResponse, Refused> {
        self.tokens
            .as_ref()
            .ok_or_else(|| Refused::because("nobody has signed in"))
    }

    fn refresh_token(&self) -> Result<&RefreshToken, Refused> {
        let token = self.tokens()?.refresh_token();
        token.ok_or_else(|| Refused::because("no refresh token"))
    }
}

struct Party {
    here: String,
    http: Http,
    end_session: EndSessionUrl,
    client: CoreClient<
        EndpointSet,
        EndpointNotSet,
        EndpointSet,
        EndpointSet,
        EndpointMaybeSet,
        EndpointMaybeSet,
    >,
    held: Mutex<Held>,
    told: Notify,
}

/// The HTTP client that the crate is given.
struct Http(Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = ClientError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, ClientError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.send(request.map(Into::into)).await?;
            Ok(answer.map(Into::into))
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of the tests; what it is told it is told in its environment"
)]
fn told(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

impl Party {
    async fn new(here: String) -> Result<Self, Refused> {
        let authority = fs::read(told("REQUESTS_CA_BUNDLE")).map_err(Refused::because)?;
        let authority = CertificateDer::from_pem_slice(&authority).map_err(Refused::because)?;
        let http = Client::new(ClientSettings {
            roots: vec![authority],
            ..ClientSettings::default()
        });
        let http = Http(http.map_err(Refused::because)?);
        let issuer = IssuerUrl::new(told("ISSUER")).map_err(Refused::because)?;
        let metadata: ProviderMetadata<
            More,
            CoreAuthDisplay,
            CoreClientAuthMethod,
            CoreClaimName,
            CoreClaimType,
            CoreGrantType,
            CoreJweContentEncryptionAlgorithm,
            CoreJweKeyManagementAlgorithm,
            CoreJsonWebKey,
            CoreResponseMode,
            CoreResponseType,
            CoreSubjectIdentifierType,
        > = ProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(Refused::because)?;
        let more = metadata.additional_metadata().clone();
        let secret = ClientSecret::new(told("CLIENT_SECRET"));
        let id = ClientId::new(told("CLIENT_ID"));
        let client = CoreClient::from_provider_metadata(metadata, id, Some(secret))
            .set_introspection_url(more.introspection_endpoint)
            .set_revocation_url(more.revocation_endpoint)
            .set_redirect_uri(
                RedirectUrl::new(format!("{here}/callback")).map_err(Refused::because)?,
            );
        Ok(Self {
            here,
            http,
            end_session: more.end_session_endpoint,
            client,
            held: Mutex::default(),
            told: Notify::new(),
        })
    }

    async fn login(&self) -> String {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let begun = Begun {
            state,
            nonce,
            verifier,
        };
        self.held.lock().await.begun = Some(begun);
        address.into()
    }

    async fn callback(&self, query: HashMap<String, String>) -> Result<Value, Refused> {
        let mut held = self.held.lock().await;
        let begun = held.begun.take();
        let begun = begun.ok_or_else(|| Refused::because("nobody has begun"))?;
        let state = query.get("state").map(String::as_str);
        if state != Some(begun.state.secret().as_str()) {
            return Err(Refused::because("another state"));
        }
        let code = query.get("code").cloned().unwrap_or_default();
        let tokens = self
            .client
            .exchange_code(AuthorizationCode::new(code.clone()))
            .map_err(Refused::because)?
            .set_pkce_verifier(begun.verifier)
            .request_async(&self.http)
            .await?;
        let id_token = tokens.id_token();
        let id_token = id_token
            .ok_or_else(|| Refused::because("no ID token"))?
            .clone();
        let verifier = self.client.id_token_verifier();
        let claims = id_token
            .claims(&verifier, &begun.nonce)
            .map_err(Refused::because)?;
        let algorithm = id_token.signing_alg().map_err(Refused::because)?;
        let key = id_token.signing_key(&verifier).map_err(Refused::because)?;
        let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if claims.access_token_hash() != Some(&hash.map_err(Refused::because)?) {
            return Err(Refused::because("another access token"));
        }
        let subject = claims.subject().clone();
        let sid = self.ending(&id_token.to_string(), verifier)?.sid;
        let person: CoreUserInfoClaims = self
            .client
            .user_info(tokens.access_token().clone(), Some(subject.clone()))
            .map_err(Refused::because)?
            .request_async(&self.http)
            .await
            .map_err(Refused::because)?;
        let said =
            json!({ "claims": claims, "person": person, "algorithm": algorithm, "code": code });
        held.subject = Some(subject);
        held.sid = Some(sid);
        held.id_token = Some(id_token);
        held.tokens = Some(tokens);
        Ok(said)
    }

    async fn refresh(&self) -> Result<Value, Refused> {
        let mut held = self.held.lock().await;
        let before = held.refresh_token()?.clone();
        let tokens = self
            .client
            .exchange_refresh_token(&before)
            .map_err(Refused::because)?
            .request_async(&self.http)
            .await?;
        let id_token = tokens.id_token();
        let id_token = id_token.ok_or_else(|| Refused::because("no ID token"))?;
        // It answers to no authentication request, so no nonce was asked for (OpenID Connect Core 1.0 §12.2).
        let verifier = self.client.id_token_verifier();
        let claims = id_token.claims(&verifier, |_: Option<&Nonce>| Ok(()));
        let claims = claims.map_err(Refused::because)?;
        let rotated = tokens.refresh_token().map(RefreshToken::secret) != Some(before.secret());
        let said = json!({ "claims": claims, "rotated": rotated });
        held.tokens = Some(tokens);
        Ok(said)
    }

    async fn introspect(&self) -> Result<Value, Refused> {
        let held = self.held.lock().await;
        let told = self
            .client
            .introspect(held.tokens()?.access_token())
            .request_async(&self.http)
            .await?;
        serde_json::to_value(told).map_err(Refused::because)
    }

    async fn userinfo(&self) -> Result<Value, Refused> {
        let held = self.held.lock().await;
        let person: CoreUserInfoClaims = self
            .client
            .user_info(held.tokens()?.access_token().clone(), held.subject.clone())
            .map_err(Refused::because)?
            .request_async(&self.http)
            .await
            .map_err(Refused::because)?;
        serde_json::to_value(person).map_err(Refused::because)
    }

    async fn revoke(&self) -> Result<Value, Refused> {
        let held = self.held.lock().await;
        let token = CoreRevocableToken::RefreshToken(held.refresh_token()?.clone());
        self.client
            .revoke_token(token)
            .map_err(Refused::because)?
            .request_async(&self.http)
            .await
            .map_err(Refused::because)?;
        Ok(json!({}))
    }

    /// A token of the issuer for this client, read by what reads ID tokens.
    fn ending(&self, token: &str, verifier: CoreIdTokenVerifier<'_>) -> Result<Ending, Refused> {
        let token: IdToken<
            Ending,
            CoreGenderClaim,
            CoreJweContentEncryptionAlgorithm,
            CoreJwsSigningAlgorithm,
        > = token.parse().map_err(Refused::because)?;
        let claims = token.claims(&verifier, |_: Option<&Nonce>| Ok(()));
        Ok(claims
            .map_err(Refused::because)?
            .additional_claims()
            .clone())
    }

    async fn backchannel(&self, form: HashMap<String, String>) -> Result<Value, Refused> {
        let kind = JsonWebTokenType::new("logout+jwt".to_owned());
        let kind = kind.normalize().map_err(Refused::because)?;
        let verifier = self
            .client
            .id_token_verifier()
            .set_allowed_jose_types([kind]);
        let token = form.get("logout_token").map(String::as_str);
        let told = self.ending(token.unwrap_or_default(), verifier)?;
        if !told.events.is_some_and(|events| events.contains_key(ENDED)) {
            return Err(Refused::because("no logout token"));
        }
        let mut held = self.held.lock().await;
        if held.sid.as_ref() == Some(&told.sid) {
            *held = Held::default();
            self.told.notify_one();
        }
        Ok(json!({}))
    }

    /// Waits until it is told.
    async fn ended(&self) -> Value {
        let told = async {
            loop {
                let next = self.told.notified();
                if self.held.lock().await.sid.is_none() {
                    return;
                }
                next.await;
            }
        };
        let told = timeout(Duration::from_secs(20), told).await;
        json!({ "told": told.is_ok(), "signed_in": told.is_err() })
    }

    async fn logout(&self) -> Result<String, Refused> {
        let held = self.held.lock().await;
        let id_token = held.id_token.as_ref();
        let id_token = id_token.ok_or_else(|| Refused::because("nobody has signed in"))?;
        let bye = PostLogoutRedirectUrl::new(format!("{}/bye", self.here));
        let address = LogoutRequest::from(self.end_session.clone())
            .set_id_token_hint(id_token)
            .set_post_logout_redirect_uri(bye.map_err(Refused::because)?)
            .set_state(CsrfToken::new("bye-1".to_owned()))
            .http_get_url();
        Ok(address.into())
    }
}

async fn page(
    State(party): State<Arc<Party>>,
    Path(page): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let to = |address: String| (StatusCode::FOUND, [(header::LOCATION, address)]).into_response();
    let said = match page.as_str() {
        "login" => return to(party.login().await),
        "logout" => match party.logout().await {
            Ok(address) => return to(address),
            Err(refused) => Err(refused),
        },
        "callback" => party.callback(query).await,
        "refresh" => party.refresh().await,
        "introspect" => party.introspect().await,
        "userinfo" => party.userinfo().await,
        "revoke" => party.revoke().await,
        "ended" => Ok(party.ended().await),
        "bye" => Ok(json!({ "state": query.get("state") })),
        _ => Err(Refused::because("no such page")),
    };
    match said {
        Ok(said) => axum::Json(said).into_response(),
        Err(refused) => (StatusCode::BAD_GATEWAY, axum::Json(refused)).into_response(),
    }
}

async fn backchannel(
    State(party): State<Arc<Party>>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    match party.backchannel(form).await {
        Ok(said) => axum::Json(said).into_response(),
        Err(refused) => (StatusCode::BAD_REQUEST, axum::Json(refused)).into_response(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Refused> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(Refused::because)?;
    let port = listener.local_addr().map_err(Refused::because)?.port();
    let here = format!("http://127.0.0.1:{port}");
    let party = Arc::new(Party::new(here.clone()).await?);
    println!("{here}");
    let pages = Router::new()
        .route("/backchannel", post(backchannel))
        .route("/{page}", get(page))
        .with_state(party);
    axum::serve(listener, pages).await.map_err(Refused::because)
}
