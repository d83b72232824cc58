//! Where programs register themselves (RFC 7591), and where each reads, changes and takes back what it said (RFC 7592).
//!
//! Nobody registers without an administrator's token, and nobody gets more than that allows. Tokens are compared before anything is
//! counted, as with clients' secrets.

mod pace;
mod refused;

use super::OURS;
use crate::answer::{json_answer, no_content};
use crate::{Caller, Endpoints, bearer};
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
pub(crate) use pace::Pace;
use refused::NotRegistered;
use zt_crypto::hash::{mint_token, token_hash};
use zt_crypto::jose::foreign::KeySet;
use zt_events::{Actor, Body as Told, RegisteredAs};
use zt_federation::{
    Client, ClientInformation, ClientMetadata, ClientSecret, Fault, RedirectUri, Registration,
    Secrets, check_sector, metadata_fault,
};
use zt_store::{Change, Plan};
use zt_types::{ClientId, InitialTokenId, ManagedBy, Secret, Timestamp};

/// Where programs register themselves.
pub(crate) const REGISTRATION: &str = OURS.registration;
/// Where each changes what it said.
pub(crate) const CONFIGURATION: &str = "/oauth2/register/{client}";

/// Bytes that a program may say of itself.
const LARGEST: usize = 64 * 1024;

/// Registers a program (RFC 7591 §3).
pub(crate) async fn register(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if !endpoints.live().lets_register() {
        return NotRegistered::not_offered();
    }
    match endpoints.registered(&caller, &headers, body).await {
        Ok(done) => endpoints.information(StatusCode::CREATED, &done),
        Err(refused) => endpoints.not_registered(None, &caller, &refused),
    }
}

/// What is registered (RFC 7592 §2.1).
pub(crate) async fn show(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    Path(client): Path<String>,
    headers: HeaderMap,
) -> Response {
    match endpoints.itself(&caller, &headers, &client) {
        Ok(itself) => endpoints.information(StatusCode::OK, &itself),
        Err(refused) => endpoints.not_registered(Some(&client), &caller, &refused),
    }
}

/// Says everything anew (RFC 7592 §2.2).
pub(crate) async fn replace(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    Path(client): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match endpoints
        .reregistered(&caller, &headers, &client, body)
        .await
    {
        Ok(done) => endpoints.information(StatusCode::OK, &done),
        Err(refused) => endpoints.not_registered(Some(&client), &caller, &refused),
    }
}

/// Takes itself away (RFC 7592 §2.3), with all that it was given.
pub(crate) async fn remove(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    Path(client): Path<String>,
    headers: HeaderMap,
) -> Response {
    match endpoints.gone(&caller, &headers, &client).await {
        Ok(()) => {
            let mut response = no_content();
            let no_cache = HeaderValue::from_static("no-cache");
            response.headers_mut().insert(header::PRAGMA, no_cache);
            response
        }
        Err(refused) => endpoints.not_registered(Some(&client), &caller, &refused),
    }
}

/// A client that registered itself, and what it is told this once.
struct Registered {
    client: Client,
    registration: Registration,
    secrets: Secrets,
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Fault> {
    let bytes = crate::body::bytes(headers, body, LARGEST).await;
    bytes.map_err(|_| metadata_fault("the body is application/json of at most 64 KiB"))
}

fn registered_as(client: &Client) -> Option<Box<RegisteredAs>> {
    let addresses = client.redirect_uris.iter().map(RedirectUri::as_str);
    Some(Box::new(RegisteredAs::new(&client.name, addresses)))
}

fn lasting(secret: &Secret) -> ClientSecret {
    ClientSecret {
        hash: token_hash(secret),
        expires_at: Timestamp::FAR_FUTURE,
    }
}

impl Endpoints {
    async fn registered(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Registered, NotRegistered> {
        let live = self.live();
        let now = live.clock().now();
        let shown = bearer::token(headers);
        let kept = shown.and_then(|shown| {
            let received = zt_crypto::hash::received_hash(shown);
            live.read(|state| {
                let tokens = state.initial_tokens.values().filter(|one| one.counts(now));
                bearer::holder(&received, tokens, |one| &one.hash).cloned()
            })
        });
        let Some(token) = kept else {
            return Err(self.nobody(caller, shown));
        };
        let bytes = read(headers, body).await?;
        let metadata = ClientMetadata::parse(&bytes)?;
        let id: String = live
            .entropy()
            .bytes::<16>()
            .map(|b| format!("{b:02x}"))
            .concat();
        let id = ClientId::new(&format!("reg-{id}")).map_err(|_| NotRegistered::unavailable())?;
        let secrets = Secrets {
            client: metadata
                .has_secret()
                .then(|| mint_token(live.entropy().bytes())),
            access_token: mint_token(live.entropy().bytes()),
        };
        let own = secrets.client.iter().map(lasting).collect();
        let client = metadata.client(id, &token.allowance, own)?;
        self.keep_apart(&client, &metadata)?;
        self.look_at(caller, token.id, &metadata, None).await?;
        // What came in took its time: whether the token counts is asked now.
        let now = live.clock().now();
        let registration = Registration {
            client: client.id.clone(),
            access_token: token_hash(&secrets.access_token),
            issued_at: now,
            token: token.id,
            note: token.note,
            made_by: token.made_by,
            allowance: token.allowance,
            said: metadata.said,
        };
        let told = Told::ClientRegistered {
            app: client.app.clone(),
            client: client.id.clone(),
            token: token.id,
            address: caller.address.to_string(),
            registered_as: registered_as(&client),
        };
        let changes = vec![
            Change::UseInitialToken {
                token: token.id,
                now,
            },
            Change::PutClient(client.clone()),
            Change::PutRegistration {
                to: registration.clone(),
                from: None,
            },
        ];
        let event = live.event(Actor::Client(client.id.clone()), told);
        live.commit(Plan::new(changes, vec![event])).await?;
        Ok(Registered {
            client,
            registration,
            secrets,
        })
    }

    /// The client that shows its token.
    fn itself(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        named: &str,
    ) -> Result<Registered, NotRegistered> {
        let shown = bearer::token(headers);
        let found = shown.and_then(|shown| {
            let received = zt_crypto::hash::received_hash(shown);
            self.live().read(|state| {
                let all = state.registrations.values();
                let kept = bearer::holder(&received, all, |one| &one.access_token)?;
                let client = state.clients.get(&kept.client)?.clone();
                Some((client, kept.clone(), Secret::new(shown.to_owned())))
            })
        });
        let Some((client, registration, access_token)) = found else {
            return Err(self.nobody(caller, shown));
        };
        // RFC 7592 §2.1: it is some client's token, and not this one's.
        if client.id.as_str() != named {
            return Err(NotRegistered::foreign_token());
        }
        Ok(Registered {
            client,
            registration,
            secrets: Secrets {
                client: None,
                access_token,
            },
        })
    }

    async fn reregistered(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        named: &str,
        body: Body,
    ) -> Result<Registered, NotRegistered> {
        let before = self.itself(caller, headers, named)?;
        let bytes = read(headers, body).await?;
        let (metadata, repeated) = ClientMetadata::parse_update(&bytes, &before.client.id)?;
        let live = self.live();
        let now = live.clock().now();
        // RFC 7592 §2.2: it may repeat its secret, and choose none.
        if repeated.is_some_and(|secret| !before.client.has_secret(&secret, now)) {
            return Err(metadata_fault("the client_secret is not the one that counts").into());
        }
        let needs_secret = metadata.has_secret() && before.client.secrets.is_empty();
        let secrets = Secrets {
            client: needs_secret.then(|| mint_token(live.entropy().bytes())),
            access_token: mint_token(live.entropy().bytes()),
        };
        let kept = before.client.secrets.iter().cloned();
        let own = kept.chain(secrets.client.iter().map(lasting));
        let own = own.filter(|_| metadata.has_secret()).collect();
        let id = before.client.id.clone();
        let client = metadata.client(id, &before.registration.allowance, own)?;
        self.inner.registration_pace.change(&client.id, now)?;
        self.keep_apart(&client, &metadata)?;
        let published = before.client.jwks_uri.as_ref();
        self.look_at(caller, before.registration.token, &metadata, published)
            .await?;
        let now = live.clock().now();
        let registration = Registration {
            access_token: token_hash(&secrets.access_token),
            said: metadata.said,
            ..before.registration.clone()
        };
        let told = Told::ClientReregistered {
            app: client.app.clone(),
            client: client.id.clone(),
            address: caller.address.to_string(),
            registered_as: registered_as(&client),
        };
        let mut changes = vec![
            Change::PutRegistration {
                to: registration.clone(),
                from: Some(before.registration.access_token),
            },
            Change::PutClient(client.clone()),
        ];
        if is_somebody_else(&before, &client, &registration) {
            changes.push(Change::RemoveConsentsWith {
                client: client.id.clone(),
                at: now,
            });
        }
        let event = live.event(Actor::Client(client.id.clone()), told);
        live.commit(Plan::new(changes, vec![event])).await?;
        Ok(Registered {
            client,
            registration,
            secrets,
        })
    }

    async fn gone(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        named: &str,
    ) -> Result<(), NotRegistered> {
        let Registered { client, .. } = self.itself(caller, headers, named)?;
        let told = Told::ClientDeregistered {
            registered_as: registered_as(&client),
            app: client.app,
            client: client.id.clone(),
            address: caller.address.to_string(),
        };
        let live = self.live();
        let event = live.event(Actor::Client(client.id.clone()), told);
        let plan = Plan::new(vec![Change::RemoveClient(client.id)], vec![event]);
        live.commit(plan).await?;
        Ok(())
    }

    /// Nothing that people would take for ours, or for another program than it is. Programs of one application that registered
    /// themselves may share a name, as the copies of one program do.
    fn keep_apart(&self, client: &Client, metadata: &ClientMetadata) -> Result<(), Fault> {
        let origin = &self.inner.parts.origin;
        let host = origin.strip_prefix("https://id.").unwrap_or(origin);
        metadata.keep_off(host.split(':').next().unwrap_or(host))?;
        let names = &metadata.said.names;
        let is_taken = self.live().read(|state| {
            let is_alike = |other: &&Client| {
                let is_copy =
                    other.managed_by == ManagedBy::Registration && other.app == client.app;
                other.id != client.id && !is_copy && names.look_like(&other.name)
            };
            let mut applications = state.applications.values();
            state.clients.values().any(|other| is_alike(&other))
                || applications.any(|app| app.id != client.app && names.look_like(&app.name))
        });
        if is_taken {
            return Err(metadata_fault(
                "another application or program has a name that people would take for this client_name",
            ));
        }
        Ok(())
    }

    /// Keys that can be read, and a sector whose list has every address. Keys were `published` there before.
    async fn look_at(
        &self,
        caller: &Caller,
        token: InitialTokenId,
        metadata: &ClientMetadata,
        published: Option<&RedirectUri>,
    ) -> Result<(), NotRegistered> {
        if let Some(keys) = &metadata.keys {
            KeySet::parse(keys).map_err(|_| {
                metadata_fault(
                    "jwks is a set of public keys: P-256, Ed25519, or RSA with 2048 to 4096 bits",
                )
            })?;
        }
        // Whoever has a token must not make us call others as often as he likes, nor take the turns of what signs people out.
        let (tries, now) = (&self.inner.tries, self.live().clock().now());
        let pace = &self.inner.registration_pace;
        // As soon as it is registered it is called, by what fetches the keys of all clients.
        if metadata.jwks_uri.is_some() && metadata.jwks_uri.as_ref() != published {
            pace.call(token, now)?;
        }
        let Some(sector) = &metadata.said.sector_identifier else {
            return Ok(());
        };
        tries.admit(None, caller.address, now)?;
        let _turn = pace.fetch(token, now)?;
        let fetched = self.fetched(sector.as_str()).await;
        let checked = fetched.and_then(|list| check_sector(&list, &metadata.redirect_uris));
        Ok(checked.inspect_err(|_| tries.wrong(None, caller.address, now))?)
    }

    /// OpenID Connect Dynamic Registration 1.0 §5.
    async fn fetched(&self, address: &str) -> Result<Bytes, Fault> {
        let not_read = metadata_fault(
            "the sector_identifier_uri could not be read: a public address of https that answers 200 with a JSON list, and does not redirect",
        );
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = address.parse().map_err(|_| not_read)?;
        match self.inner.parts.outbound.send(request).await {
            Ok(answer) if answer.status() == StatusCode::OK => Ok(answer.into_body()),
            Ok(_) => Err(not_read),
            Err(error) => {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "a sector could not be read"
                );
                Err(not_read)
            }
        }
    }

    /// A token is missing or wrong; of wrong ones only so many come.
    fn nobody(&self, caller: &Caller, shown: Option<&str>) -> NotRegistered {
        if shown.is_none() {
            return NotRegistered::without_token();
        }
        let (tries, now) = (&self.inner.tries, self.live().clock().now());
        if let Err(wait) = tries.admit(None, caller.address, now) {
            return wait.into();
        }
        tries.wrong(None, caller.address, now);
        NotRegistered::wrong_token()
    }

    fn information(&self, status: StatusCode, done: &Registered) -> Response {
        let issuer = &self.inner.parts.origin;
        let Registered {
            client,
            registration,
            secrets,
        } = done;
        let said = ClientInformation::of(client, registration, secrets, issuer);
        let mut response = json_answer(status, &said);
        let no_cache = HeaderValue::from_static("no-cache");
        response.headers_mut().insert(header::PRAGMA, no_cache);
        response
    }

    fn not_registered(
        &self,
        named: Option<&str>,
        caller: &Caller,
        refused: &NotRegistered,
    ) -> Response {
        use zt_live::Whose;
        let now = self.live().clock().now();
        let whose = Whose::Stranger(caller.address);
        if refused.is_told() && self.inner.registration_refusals.admits(whose, now) {
            let named = named.and_then(|named| ClientId::new(named).ok());
            let client = named.filter(|id| self.client_of(id).is_some());
            let told = Told::RegistrationRefused {
                client,
                why: refused.why().to_owned(),
                address: caller.address.to_string(),
            };
            self.live().record(Actor::Nobody, told);
        }
        refused.to_response()
    }
}

/// Whether people who agreed saw something else: another name, other pages, another place that they are sent to; or are named
/// otherwise.
fn is_somebody_else(before: &Registered, client: &Client, registration: &Registration) -> bool {
    let seen = |registration: &Registration| {
        let said = &registration.said;
        (
            said.names.clone(),
            said.client_uri.clone(),
            said.policy_uri.clone(),
            said.tos_uri.clone(),
            said.sector_identifier.clone(),
        )
    };
    before.client.redirect_uris != client.redirect_uris
        || before.client.subject != client.subject
        || seen(&before.registration) != seen(registration)
}
