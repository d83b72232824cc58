//! The authorization endpoint.

use super::consent::leave;
use super::reply::{carry, refuse, wrong};
use super::request::{Brought, Wrong};
use crate::guard::{self, Signed, error, refusal_page, see_other};
use crate::words;
use crate::{PagesState, Visitor};
use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use zt_auth::{Consent, Grant};
use zt_crypto::hash::{mint_token, token_hash};
use zt_crypto::jose::TokenKind;
use zt_federation::{
    AcrDemand, ConsentDemand, Endpoints, ErrorCode, IdTokenHint, Interaction, PageFault, Prompt,
    Refused,
};
use zt_live::{GrantError, Wish};
use zt_pages::error::ErrorKind;
use zt_pages::language::percent_encoded;
use zt_pages::{Base, Page};
use zt_policy::Decision;
use zt_types::{Assurance, DecisionId, GrantId};

/// `POST /oauth2/authorize`: the same as a `GET` with the form as its query (OpenID Connect Core 1.0 §3.1.2.1). Cookies come with
/// that only.
pub(crate) async fn posted(headers: http::HeaderMap, body: Bytes) -> Response {
    let page = Page::new(&headers, Base::Id, Endpoints::OURS.authorization);
    match std::str::from_utf8(&body) {
        Ok(form) if form.bytes().all(|byte| byte.is_ascii_graphic()) => {
            see_other(&format!("{}?{form}", Endpoints::OURS.authorization))
        }
        _ => wrong(&page, None),
    }
}

/// `GET /oauth2/authorize`.
pub(crate) async fn authorize(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    // The address of the language switch must not count as a new request of the client's, and it does: it is the same one.
    let here = format!(
        "{}?{}",
        Endpoints::OURS.authorization,
        query.as_deref().unwrap_or_default()
    );
    let page = Page::new(&parts.headers, Base::Id, &here);
    let query = query.as_deref().unwrap_or_default();
    let brought = match Brought::read_with_new_keys(&state, query).await {
        Ok(brought) => brought,
        Err(Wrong::Unreadable) => return wrong(&page, None),
        Err(Wrong::Refused(refused)) => {
            return match *refused {
                Refused::Page(fault) => wrong(&page, Some(fault)),
                Refused::Redirect { back, fault } => {
                    carry(&page, back.refuse(&state.site().id_origin(), &fault))
                }
            };
        }
    };
    let is_silent = brought.request.interaction == Interaction::Forbidden;
    let asking = Asking {
        state: &state,
        page,
        brought,
    };
    match guard::signed_in(&mut parts, &state) {
        Ok(signed) => asking.answer(signed).await,
        Err(_) if parts.extensions.get::<Visitor>().is_none() => {
            error(&asking.page, ErrorKind::Internal)
        }
        Err(_) if is_silent => asking.refuse(ErrorCode::LoginRequired, "nobody is signed in"),
        Err(_) => asking.sign_in("/signin?return="),
    }
}

/// A request that is being answered.
struct Asking<'a> {
    state: &'a PagesState,
    page: Page,
    brought: Brought,
}

impl Asking<'_> {
    async fn answer(self, signed: Signed) -> Response {
        let live = self.state.live();
        // What this connection proves of the device counts from now on.
        if live
            .bind(signed.session.id, signed.visitor.presented)
            .await
            .is_err()
        {
            return error(&self.page, ErrorKind::Unavailable);
        }
        let bound = live.read(|kept| kept.sessions.get(&signed.session.id).cloned());
        let signed = Signed {
            session: bound.unwrap_or(signed.session),
            ..signed
        };
        if let Some(response) = self.somebody_else(&signed) {
            return response;
        }
        if let Some(response) = self.proof_first(&signed) {
            return response;
        }
        let (client, request) = (&self.brought.client, &self.brought.request);
        let decision = live.preview(
            &signed.session,
            &client.app,
            signed.visitor.presented,
            signed.visitor.whence,
        );
        if let Decision::Refuse(refusal) = decision {
            let whence = signed.visitor.whence;
            return match live.refuse_sign_in(&client.id, &refusal, whence) {
                Some(id) => self.not_permitted(&signed, &refusal, id),
                None => error(&self.page, ErrorKind::TooMany),
            };
        }
        if self.needs_consent(&signed) {
            if request.interaction == Interaction::Forbidden {
                return self.refuse(ErrorCode::ConsentRequired, "she has not agreed yet");
            }
            let address = self.brought.address(self.state);
            return see_other(&format!(
                "/signin/consent?return={}",
                percent_encoded(&address)
            ));
        }
        let Ok(asked) = serde_json::to_string(request) else {
            return error(&self.page, ErrorKind::Internal);
        };
        if !self.brought.is_first_answer(self.state) {
            return wrong(&self.page, Some(PageFault::UnknownRequest));
        }
        let id = GrantId::from_random(live.entropy().bytes());
        let secret = mint_token(live.entropy().bytes());
        let wish = Wish {
            client: &client.id,
            app: &client.app,
            asked,
            presented: signed.visitor.presented,
            whence: signed.visitor.whence,
            user_agent: &signed.browser,
            agreed: None,
        };
        let given = live.give_code(&signed.session, wish, id, token_hash(&secret));
        match given.await {
            Ok(_) => {
                let issuer = self.state.site().id_origin();
                if request.proof_key.is_none() {
                    self.state.waived_proof_key(client);
                }
                let code = Grant::bearer(id, &secret);
                carry(&self.page, request.back.answer(&issuer, &code))
            }
            Err(GrantError::NotPermitted(refusal, id)) => self.not_permitted(&signed, &refusal, id),
            Err(GrantError::Refused(_) | GrantError::Unknown) => {
                if request.interaction == Interaction::Forbidden {
                    self.refuse(ErrorCode::LoginRequired, "the session has ended")
                } else {
                    self.sign_in("/signin?return=")
                }
            }
            Err(GrantError::TooFast(_)) => self.refuse(
                ErrorCode::TemporarilyUnavailable,
                "too many codes in too short a time",
            ),
            Err(GrantError::Live(failure)) => {
                tracing::error!(error = %failure, "a client's code could not be kept");
                self.refuse(ErrorCode::TemporarilyUnavailable, "the server is too busy")
            }
        }
    }

    /// What the client gets if it wants somebody else than her (OpenID Connect Core 1.0 §3.1.2.1 `id_token_hint`, §5.5.1 `sub`).
    fn somebody_else(&self, signed: &Signed) -> Option<Response> {
        let (client, request) = (&self.brought.client, &self.brought.request);
        let hinted = match &request.id_token_hint {
            None => None,
            Some(token) => {
                let claims = self.state.keyring().signed(token, TokenKind::IdToken);
                let hint: Option<IdTokenHint> = claims
                    .ok()
                    .and_then(|claims| serde_json::from_value(claims).ok());
                let issuer = self.state.site().id_origin();
                match hint.filter(|hint| hint.iss == issuer && hint.aud == client.id) {
                    Some(hint) => Some(hint.sub),
                    None => {
                        return Some(self.refuse(
                            ErrorCode::InvalidRequest,
                            "the id_token_hint is no ID token of this client",
                        ));
                    }
                }
            }
        };
        let is = self.state.live().subject_for(client, signed.person.id);
        let wanted = [hinted.as_ref(), request.claims.subject.as_ref()];
        if wanted.into_iter().flatten().all(|wanted| *wanted == is) {
            return None;
        }
        let proven_at = signed.session.authenticated_at;
        let has_chosen = self.brought.is_back && proven_at >= self.brought.since;
        Some(
            if request.interaction == Interaction::Forbidden || has_chosen {
                self.refuse(ErrorCode::LoginRequired, "somebody else is signed in")
            } else {
                self.sign_in("/signin?again=yes&return=")
            },
        )
    }

    /// What she has to prove before anything else, as the client wants it.
    fn proof_first(&self, signed: &Signed) -> Option<Response> {
        let (request, session) = (&self.brought.request, &signed.session);
        let now = self.state.live().clock().now();
        let is_silent = request.interaction == Interaction::Forbidden;
        let proven_at = session.authenticated_at;
        if request.interaction.demands(Prompt::SelectAccount) && proven_at < self.brought.since {
            return Some(self.sign_in("/signin?again=yes&return="));
        }
        if request.is_too_old(proven_at, self.brought.since, now) {
            return Some(if is_silent {
                self.refuse(ErrorCode::LoginRequired, "she proved herself too long ago")
            } else {
                self.step_up(session.assurance)
            });
        }
        if request.acr.is_met_by(session.assurance)
            && request
                .acr
                .least()
                .is_none_or(|least| least <= session.assurance)
        {
            return None;
        }
        let least = request.acr.least().unwrap_or(Assurance::Mfa);
        let is_essential = matches!(request.acr, AcrDemand::Essential(_));
        // Asked once already, or nothing that anybody can prove: the client is told, or has what there is.
        let in_vain = proven_at >= self.brought.since && self.brought.is_back;
        match (is_essential, is_silent) {
            _ if !in_vain && !is_silent && least < Assurance::Hardware => Some(self.step_up(least)),
            // She could, if she were asked.
            (true, true) if least < Assurance::Hardware => Some(self.refuse(
                ErrorCode::InteractionRequired,
                "she would have to prove herself more strongly",
            )),
            (true, _) => Some(self.refuse(
                ErrorCode::UnmetAuthenticationRequirements,
                "she did not prove herself as strongly as is essential",
            )),
            (false, _) => None,
        }
    }

    fn step_up(&self, demanded: Assurance) -> Response {
        let address = self.brought.address(self.state);
        see_other(&guard::step_up(demanded.max(Assurance::Mfa), &address))
    }

    /// To the sign-in and back here.
    fn sign_in(&self, way: &str) -> Response {
        let address = self.brought.address(self.state);
        see_other(&format!("{way}{}", percent_encoded(&address)))
    }

    fn needs_consent(&self, signed: &Signed) -> bool {
        let (client, request) = (&self.brought.client, &self.brought.request);
        let is_demanded = request.interaction.demands(Prompt::Consent);
        if client.consent == ConsentDemand::Implied && !is_demanded {
            return false;
        }
        let key = (signed.person.id, client.id.clone());
        let live = self.state.live();
        let covers = |consent: &Consent| {
            let disclosed = request.disclosed();
            let mut disclosed = disclosed.iter().map(|scope| scope.as_str());
            disclosed.all(|scope| consent.scopes.iter().any(|known| known == scope))
        };
        live.read(|kept| {
            kept.consents.get(&key).is_none_or(|consent| {
                !covers(consent) || (is_demanded && consent.at < self.brought.since)
            })
        })
    }

    fn not_permitted(
        &self,
        signed: &Signed,
        refusal: &zt_policy::Refusal,
        decision: DecisionId,
    ) -> Response {
        if self.brought.request.interaction == Interaction::Forbidden {
            return self.refuse(
                ErrorCode::InteractionRequired,
                "the policies refuse, and nothing may be shown",
            );
        }
        let client = &self.brought.client;
        let name = words::client(&self.page, &client.name, client.managed_by);
        let here = self.brought.address(self.state);
        let refused = guard::Refused {
            refusal,
            decision,
            here: &here,
            portal: Some("/".to_owned()),
            leave: Some(leave(self.state, signed, &self.brought)),
        };
        refusal_page(self.state, signed, name, refused)
    }

    fn refuse(&self, code: ErrorCode, description: &'static str) -> Response {
        if !self.brought.is_first_answer(self.state) {
            return wrong(&self.page, Some(PageFault::UnknownRequest));
        }
        let back = &self.brought.request.back;
        refuse(self.state, &self.page, back, code, description)
    }
}
