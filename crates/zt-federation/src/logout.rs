//! A browser that a client sends to sign out (OpenID Connect RP-Initiated Logout 1.0).

use crate::{Client, Fault, Form, RedirectUri};
use serde::{Deserialize, Serialize};
use zt_types::{ClientId, Language};

/// Longer than this a `state` is not carried, in bytes.
const LONGEST_STATE: usize = 2048;

/// A request (§2). Whoever brings no ID token that names the session is asked whether she means it (§2), and the browser is not
/// sent on before (§3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogoutRequest {
    /// An ID token of the session, as text: nothing here verified it.
    pub id_token_hint: Option<String>,
    /// The client, if it is named; else the audience of the ID token says which it is.
    pub client: Option<ClientId>,
    /// The language the client speaks with her.
    pub language: Option<Language>,
    redirect: Option<(String, Option<String>)>,
}

/// Where the browser goes on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterLogout {
    uri: RedirectUri,
    state: Option<String>,
}

impl LogoutRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// `invalid_request`: a parameter is there twice, or a client is named that has no such name. A page says so.
    pub fn read(form: &Form) -> Result<Self, Fault> {
        let text = |name| form.one(name).map(|value| value.map(str::to_owned));
        let client = form.one("client_id")?.map(ClientId::new).transpose();
        let locales = form.one("ui_locales")?.unwrap_or_default();
        let state = form.one("state")?;
        if state.is_some_and(|state| state.len() > LONGEST_STATE) {
            return Err(Fault::request("the state is longer than 2048 bytes"));
        }
        let state = state.map(str::to_owned);
        Ok(Self {
            id_token_hint: text("id_token_hint")?,
            client: client.map_err(|_| Fault::request("the client is not registered"))?,
            language: locales.split(' ').find_map(Language::from_tag),
            redirect: text("post_logout_redirect_uri")?.map(|uri| (uri, state)),
        })
    }

    /// Where `client` wants the browser to go afterwards; none if it does not say.
    ///
    /// # Errors
    /// `invalid_request`: the address is not one of those it is registered with, character by character (§3.1). A page says so, and
    /// the browser goes nowhere.
    pub fn after(&self, client: &Client) -> Result<Option<AfterLogout>, Fault> {
        let Some((asked, state)) = &self.redirect else {
            return Ok(None);
        };
        let mut registered = client.post_logout_redirect_uris.iter();
        let uri = registered.find(|uri| uri.as_str() == asked);
        let uri = uri.ok_or(Fault::request(
            "the client is not registered with the post_logout_redirect_uri",
        ))?;
        Ok(Some(AfterLogout {
            uri: uri.clone(),
            state: state.clone(),
        }))
    }
}

impl AfterLogout {
    /// The address with the client's state (§3).
    #[must_use]
    pub fn address(&self) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        self.uri.with_query(state.as_slice())
    }

    /// What a page's Content Security Policy names to let the browser go there.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.uri.origin()
    }
}

#[cfg(test)]
mod tests;
