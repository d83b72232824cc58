//! Clients that the browser of whoever signs out tells it (OpenID Connect Front-Channel Logout 1.0).

use crate::live::Live;
use std::collections::BTreeMap;
use zt_auth::{Grant, GrantState};
use zt_federation::Client;
use zt_types::{ClientId, ManagedBy, SessionId, Text};

/// So many frames a browser opens at most: of older sign-ins a client holds no session in the same browser.
const MOST: usize = 32;

/// So many of them for one client.
const MOST_OF_ONE: usize = 3;

/// A client that is to be told in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldInBrowser {
    /// Its name.
    pub name: Text,
    /// Who gave it that.
    pub managed_by: ManagedBy,
    /// What a frame opens.
    pub address: String,
    /// Where that leads, as a content policy names it.
    pub origin: String,
}

impl Live {
    /// The clients that hold something of a session that goes on, and are told in the browser when it ends; each address
    /// once, the latest sign-in of each client before the second of any. `issuer` is what tokens call this installation.
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
        let mut of_each: BTreeMap<ClientId, Vec<ToldInBrowser>> = BTreeMap::new();
        let mut order: Vec<ClientId> = Vec::new();
        for (grant, client) in held {
            let (Some(front), Ok(sid)) = (client.front_channel(), self.sid(&grant)) else {
                continue;
            };
            let address = front.address(issuer, &sid);
            if of_each
                .values()
                .flatten()
                .any(|other| other.address == address)
            {
                continue;
            }
            let origin = front.origin().to_owned();
            let its = of_each.entry(client.id.clone()).or_insert_with(|| {
                order.push(client.id);
                Vec::new()
            });
            if its.len() < MOST_OF_ONE {
                its.push(ToldInBrowser {
                    origin,
                    name: client.name,
                    managed_by: client.managed_by,
                    address,
                });
            }
        }
        // Whoever signs her in again and again pushes nobody out.
        let turns = (0..MOST_OF_ONE).flat_map(|turn| {
            let each = order.iter().filter_map(|id| of_each.get(id));
            each.filter_map(move |its| its.get(turn)).cloned()
        });
        turns.take(MOST).collect()
    }
}
