//! The pages of a flow under way, and the answers to them.

use super::SignIn;
use super::form::{Fields, is_own};
use super::onward::{onward, see_other};
use super::round::{Browser, Kept, Outcome, RoundError, browser_hash};
use crate::Visitor;
use crate::federate::login_hint;
use crate::prompt::{self, Opened, Shown, Stale};
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, OriginalUri, Path, State};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode, Uri};
use zt_auth::{Destination, Flow, FlowState, Input, Login, Turned};
use zt_crypto::hash::received_hash;
use zt_crypto::seal::SealedKind;
use zt_live::LiveError;
use zt_pages::error::{ErrorKind, ErrorView};
use zt_pages::{Base, Page};
use zt_store::StoreError;
use zt_types::{FactorKind, FlowId, Secret};

/// When a busy server is to be asked again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// `GET /signin/{flow}`: the present step.
pub(super) async fn page(
    State(sign_in): State<SignIn>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response<String> {
    let page = page_at(&headers, &uri);
    let now = sign_in.inner.live.clock().now();
    match sign_in.admitted(&id, &headers) {
        Ok((flow, browser)) => match flow.admit_browser(&browser, now) {
            Ok(()) => sign_in.show(page, &flow, Stale::No),
            Err(why) => prompt::turned(page, why),
        },
        Err(why) => prompt::turned(page, why),
    }
}

/// `POST /signin/{flow}/{action}`: an answer to the present step.
pub(super) async fn answer(
    State(sign_in): State<SignIn>,
    Path((id, action)): Path<(String, String)>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    form: Result<Form<Fields>, FormRejection>,
) -> Response<String> {
    // Whatever is drawn in answer to a form is the step's own page: that is where the language switch leads back to.
    let page = Page::new(&headers, Base::Id, &format!("/signin/{id}"));
    if !is_own(&headers, &sign_in.inner.site.id_origin()) {
        return failed(page, ErrorKind::Forbidden);
    }
    let (flow, hash) = match sign_in.admitted(&id, &headers) {
        Ok(admitted) => admitted,
        Err(why) => return prompt::turned(page, why),
    };
    let Ok(Form(fields)) = form else {
        return failed(page, ErrorKind::BadRequest);
    };
    let now = sign_in.inner.live.clock().now();
    let admission = fields
        .ticket(flow.id())
        .and_then(|ticket| flow.admit_form(&hash, &ticket, now));
    match admission {
        Ok(()) => {}
        // Forms of other browsers and times learn nothing of the flow, whatever else is wrong with them.
        Err(Turned::Stale) => {
            return match flow.admit_browser(&hash, now) {
                Ok(()) => sign_in.show(page, &flow, Stale::Yes),
                Err(why) => prompt::turned(page, why),
            };
        }
        Err(Turned::Over) if *flow.state() == FlowState::Done => {
            return sign_in.show(page, &flow, Stale::No);
        }
        Err(why) => return prompt::turned(page, why),
    }
    let Some(input) = sign_in.input(&action, &fields) else {
        return failed(page, ErrorKind::NotFound);
    };
    let mut typed = fields.into_typed();
    if typed.name.trim().is_empty() {
        typed.name = prompt::passkey_name(&page, flow.user_agent());
    }
    let browser = Browser {
        headers: &headers,
        visitor,
    };
    let id = flow.id();
    let moved = flow.step(input, now);
    match sign_in.round(moved, Kept::Before, typed, &browser).await {
        Ok(Outcome::Standing(flow)) => see_other(&format!("/signin/{}", flow.id())),
        Ok(Outcome::Done(arrival)) => arrival.response(),
        Ok(Outcome::Moved) => match sign_in.flow(id) {
            Some(flow) => sign_in.show(page, &flow, Stale::Yes),
            None => prompt::turned(page, Turned::Expired),
        },
        Err(error) => went_wrong(page, &error),
    }
}

impl SignIn {
    /// The flow of an address and the browser's cookie. A flow that is not there any more has expired.
    fn admitted(
        &self,
        id: &str,
        headers: &HeaderMap,
    ) -> Result<(Flow, zt_types::TokenHash), Turned> {
        let browser = browser_hash(headers).ok_or(Turned::ForeignBrowser)?;
        let id: FlowId = id.parse().map_err(|_| Turned::Expired)?;
        let flow = self.flow(id).ok_or(Turned::Expired)?;
        Ok((flow, browser))
    }

    /// The page of the present step, or on if there is none any more.
    fn show(&self, page: Page, flow: &Flow, stale: Stale) -> Response<String> {
        if *flow.state() == FlowState::Done {
            return see_other(&onward(flow.purpose().then.clone()));
        }
        let application = match &flow.purpose().then {
            Destination::Application { app, .. } => self.inner.live.read(|state| {
                let app = state.applications.get(app)?;
                Some(app.name.of(page.language()).to_owned())
            }),
            Destination::Site { .. } => None,
        };
        let hint = match &flow.purpose().then {
            Destination::Site { return_to } => {
                login_hint(&self.inner.live, &self.inner.site, return_to)
            }
            Destination::Application { .. } => None,
        };
        let shown = Shown {
            application,
            hint: hint.unwrap_or_default(),
            stale,
            owner: self.proven_login(flow),
            secret: self.opened(flow),
            exception: self.exception(flow),
        };
        prompt::step(page, flow, shown)
    }

    /// The login of whoever proved to be its owner, whatever was typed before.
    fn proven_login(&self, flow: &Flow) -> Option<String> {
        let account = flow.account().filter(|_| !flow.proofs().is_empty())?;
        self.inner.live.read(|state| {
            let person = state.people.get(&account.person)?;
            Some(person.login.clone())
        })
    }

    /// The secret that the present step shows. One that does not open is shown as none.
    fn opened(&self, flow: &Flow) -> Opened {
        match flow.state() {
            FlowState::EnrolTotp {
                credential,
                sealed_seed,
            } => {
                let Ok(seed) = self.open_seed(*credential, sealed_seed) else {
                    return Opened::Nothing;
                };
                let login = flow.account().and_then(|account| {
                    self.inner.live.read(|state| {
                        let person = state.people.get(&account.person)?;
                        Some(person.login.clone())
                    })
                });
                let url = seed.otpauth_url(
                    &self.inner.organisation,
                    login.as_deref().unwrap_or_default(),
                );
                Opened::Totp {
                    url: url.expose().to_owned(),
                    key: seed.typed_form().expose().to_owned(),
                }
            }
            FlowState::ShowRecoveryCodes { sealed_codes } => {
                let id = flow.id().to_string();
                let opened = self
                    .inner
                    .master
                    .open(SealedKind::RecoveryCodes, &id, sealed_codes);
                let Some(text) = opened
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
                    .map(Secret::new)
                else {
                    return Opened::Nothing;
                };
                Opened::Codes(text.expose().lines().map(str::to_owned).collect())
            }
            _ => Opened::Nothing,
        }
    }

    /// What an action means. `None` for what is no action.
    fn input(&self, action: &str, fields: &Fields) -> Option<Input> {
        Some(match action {
            "name" => match Login::parse(&fields.login) {
                None => Input::Misnamed,
                Some(login) => Input::Named {
                    login_hash: received_hash(login.as_str()),
                    account: self.account_named(&login),
                    login,
                },
            },
            "password" => Input::PasswordTyped,
            "code" => Input::CodeTyped,
            "passkey" => Input::PasskeyAnswered,
            "choose" => Input::Chosen(factor(&fields.kind)?),
            "back" => Input::Back,
            "cancel" => Input::Cancel,
            "acknowledge" => Input::Acknowledged,
            "forgot" => Input::Forgot,
            _ => return None,
        })
    }

    /// Whose a name is: a login, or an e-mail address that one person alone has.
    fn account_named(&self, login: &Login) -> Option<zt_auth::Account> {
        let person = self.inner.live.read(|state| {
            if let Some(person) = state.logins.get(login.as_str()) {
                return Some(*person);
            }
            if !login.as_str().contains('@') {
                return None;
            }
            let mut by_address = state.people.values().filter(|person| {
                let address = person.email.as_deref();
                address.is_some_and(|address| address.eq_ignore_ascii_case(login.as_str()))
            });
            match (by_address.next(), by_address.next()) {
                (Some(person), None) => Some(person.id),
                _ => None,
            }
        })?;
        self.account(person)
    }
}

fn factor(slug: &str) -> Option<FactorKind> {
    [
        FactorKind::Password,
        FactorKind::Totp,
        FactorKind::Passkey,
        FactorKind::RecoveryCode,
        FactorKind::ResetPass,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == slug)
}

/// A page for the address that was asked for.
pub(super) fn page_at(headers: &HeaderMap, uri: &Uri) -> Page {
    let here = uri.path_and_query().map_or("/", |path| path.as_str());
    Page::new(headers, Base::Id, here)
}

/// A page that says that something is wrong with the request, or with us.
pub(super) fn failed(page: Page, kind: ErrorKind) -> Response<String> {
    ErrorView {
        page,
        kind,
        reference: None,
        onward: Some("/".to_owned()),
    }
    .response()
}

/// What a browser is told of a round that came to nothing.
pub(super) fn went_wrong(page: Page, error: &RoundError) -> Response<String> {
    let kind = match error {
        RoundError::Busy | RoundError::Live(LiveError::Interrupted) => ErrorKind::Unavailable,
        RoundError::Live(LiveError::Store(StoreError::Full)) => {
            tracing::error!(%error, "a sign-in could not be kept");
            ErrorKind::Unavailable
        }
        RoundError::Ended => return prompt::turned(page, Turned::Over),
        RoundError::Live(_) | RoundError::Broken(_) => {
            tracing::error!(%error, "a sign-in step failed");
            ErrorKind::Internal
        }
    };
    let mut response = failed(page, kind);
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}
