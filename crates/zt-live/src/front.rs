//! Clients that the browser of whoever signs out tells it (OpenID Connect Front-Channel Logout 1.0).

use crate::live::Live;
use zt_auth::{Grant, GrantState};
use zt_federation::Client;
use zt_types::{SessionId, Text};

/// So many frames a browser opens at most: of older sign-ins a client holds no session in the same browser.
const MOST: usize = 32;

/// A client that is to be told in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldInBrowser {
    /// Its name.
    pub name: Text,
    /// What a frame opens.
    pub address: String,
    /// Where that leads, as a content policy names it.
    pub origin: String,
}

impl Live {
    /// The clients that hold something of a session that goes on, and are told in the browser when it ends; the latest sign-in
    /// first, each address once. `issuer` is what tokens call this installation.
    #[must_use]
    pub fn told_in_browser(&self, session: SessionId, issuer: &str) -> Vec<ToldInBrowser> {
        let mut held: Vec<(Grant, Client)> = self.read(|state| {
            let grants = state.grants_of(session);
            // Whoever never redeemed its code has nobody signed in.
            let grants = grants.filter(|grant| matches!(grant.state, GrantState::Tokens { .. }));
            let held = grants.filter_map(|grant| {
                let client = state.clients.get(&grant.client)?;
                let is_its = client.app == grant.app && client.front_channel().is_some();
                is_its.then(|| (grant.clone(), client.clone()))
            });
            held.collect()
        });
        held.sort_by_key(|(grant, _)| std::cmp::Reverse(grant.created_at));
        let mut told: Vec<ToldInBrowser> = Vec::new();
        for (grant, client) in held {
            let (Some(front), Ok(sid)) = (client.front_channel(), self.sid(&grant)) else {
                continue;
            };
            let address = front.address(issuer, &sid);
            if told.len() < MOST && told.iter().all(|other| other.address != address) {
                told.push(ToldInBrowser {
                    origin: front.origin().to_owned(),
                    name: client.name,
                    address,
                });
            }
        }
        told
    }
}
