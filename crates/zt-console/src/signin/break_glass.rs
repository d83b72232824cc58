//! The two accounts of last resort, made at first start.

use super::Site;
use zt_auth::SignInLink;
use zt_crypto::hash::{mint_token, token_hash};
use zt_events::{Actor, Body};
use zt_identity::{ManagedBy, Person};
use zt_live::{Live, LiveError};
use zt_store::{Change, Plan};
use zt_types::{Language, PersonId, PersonState, Role, Secret, Text, Timestamp};

/// How many there are: one may be lost.
const ACCOUNTS: u8 = 2;

/// A one-time link with which a break-glass account enrols its passkey. To be shown once, on the console of the server's
/// own machine, and kept nowhere.
#[derive(Debug)]
pub struct BreakGlassLink {
    /// The account's login.
    pub login: String,
    /// The address, with its secret.
    pub address: Secret,
}

/// Makes the break-glass accounts, unless there are any, and a link for each. Gives back nothing on every later start.
///
/// # Errors
/// [`LiveError`] if they could not be kept.
pub async fn first_break_glass(live: &Live, site: &Site) -> Result<Vec<BreakGlassLink>, LiveError> {
    let there = live.read(|state| {
        let mut people = state.people.values();
        people.any(|person| person.role == Role::BreakGlass)
    });
    if there {
        return Ok(Vec::new());
    }
    let now = live.clock().now();
    let (mut changes, mut lines, mut links) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=ACCOUNTS {
        let person = account(PersonId::from_random(live.entropy().bytes()), number, now);
        let secret = mint_token(live.entropy().bytes());
        changes.push(Change::PutSignInLink(SignInLink {
            hash: token_hash(&secret),
            person: person.id,
            // An emergency account that nobody had time to set up must still be there on the day it is needed.
            expires_at: Timestamp::FAR_FUTURE,
        }));
        lines.push(format!("+ person {}", person.login));
        links.push(BreakGlassLink {
            login: person.login.clone(),
            address: Secret::new(format!(
                "{}/signin/link/{}",
                site.id_origin(),
                secret.expose()
            )),
        });
        changes.push(Change::PutPerson(person));
    }
    let event = live.event(Actor::System, Body::OrganisationChanged { lines });
    live.commit(Plan::new(changes, vec![event])).await?;
    Ok(links)
}

fn account(id: PersonId, number: u8, now: Timestamp) -> Person {
    Person {
        id,
        login: format!("break-glass-{number}"),
        name: Text {
            ja: format!("緊急用アカウント {number}"),
            en: format!("Break-glass account {number}"),
        },
        email: None,
        language: Language::Ja,
        groups: Vec::new(),
        role: Role::BreakGlass,
        affiliation: zt_types::Affiliation::Staff,
        state: PersonState::Active,
        managed_by: ManagedBy::System,
        created_at: now,
    }
}
