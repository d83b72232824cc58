//! The programs that people sign in to, whatever they speak.

use zt_federation::saml::{LogoutBinding, ServiceProvider};
use zt_federation::{Client, RedirectUri};
use zt_store::State;
use zt_types::{AppId, ClientId};

/// A program that people sign in to: what the `client` of a grant names.
#[derive(Debug, Clone)]
pub enum Program {
    /// A client (OAuth 2, OpenID Connect).
    Client(Box<Client>),
    /// A service provider (SAML 2.0).
    ServiceProvider(Box<ServiceProvider>),
}

impl Program {
    /// The program of this id as it is registered now.
    #[must_use]
    pub fn of(state: &State, id: &ClientId) -> Option<Self> {
        let client = state.clients.get(id).cloned().map(Box::new);
        client.map(Self::Client).or_else(|| {
            let provider = state.service_providers.get(id).cloned().map(Box::new);
            provider.map(Self::ServiceProvider)
        })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &ClientId {
        match self {
            Self::Client(client) => &client.id,
            Self::ServiceProvider(provider) => &provider.id,
        }
    }

    /// Its application.
    #[must_use]
    pub const fn app(&self) -> &AppId {
        match self {
            Self::Client(client) => &client.app,
            Self::ServiceProvider(provider) => &provider.app,
        }
    }
}

/// Where this server tells a program that a sign-in is over; `None` if it takes no such word.
pub(crate) fn told_at<'a>(state: &'a State, id: &ClientId) -> Option<&'a RedirectUri> {
    let client = state.clients.get(id);
    let told = client.and_then(|client| client.backchannel_logout.as_ref());
    told.or_else(|| soap(state.service_providers.get(id)?))
}

pub(crate) fn soap(provider: &ServiceProvider) -> Option<&RedirectUri> {
    let service = provider.logout_by(LogoutBinding::Soap)?;
    Some(&service.location)
}
