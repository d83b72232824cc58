//! The two accounts of last resort: made at the first start, and let in by one-time links.

use zt_auth::SignInLink;
use zt_crypto::hash::{mint_token, token_hash};
use zt_events::{Actor, Body, Event};
use zt_identity::{ManagedBy, Person, PersonState, Role};
use zt_live::{Live, LiveError};
use zt_net::Entropy;
use zt_store::{Change, Plan};
use zt_types::{Language, PersonId, Secret, Text, Timestamp};

/// The logins of the two accounts.
pub const LOGINS: [&str; 2] = ["break-glass-1", "break-glass-2"];

/// The path at `id.<domain>` under which such a link is redeemed; the secret follows it.
pub const LINK_PATH: &str = "/signin/link/";

/// A link, shown once.
pub struct Link {
    /// The account.
    pub login: String,
    /// The whole address.
    pub address: Secret,
}

/// Makes those of the two accounts that are not there, each with its first link. Links made at the first start hold until
/// they are used.
///
/// # Errors
/// As [`Live::commit`].
pub async fn ensure(live: &Live, origin: &str) -> Result<Vec<Link>, LiveError> {
    let missing: Vec<(usize, &str)> = live.read(|state| {
        (1..)
            .zip(LOGINS)
            .filter(|(_, login)| !state.logins.contains_key(*login))
            .collect()
    });
    let now = live.clock().now();
    let mut plan = Plan::default();
    let mut links = Vec::new();
    for (number, login) in missing {
        let person = account(login, number, live.entropy(), now);
        let (link, change) = link(&person, origin, live.entropy(), Timestamp::FAR_FUTURE);
        plan.changes.push(Change::PutPerson(person));
        plan.changes.push(change);
        plan.events.push(told(live, &[format!("+ person {login}")]));
        links.push(link);
    }
    if !plan.changes.is_empty() {
        live.commit(plan).await?;
    }
    Ok(links)
}

/// Makes a further link for one of the two accounts, valid until `expires_at`. Earlier links go on to hold until used.
///
/// # Errors
/// As [`Live::commit`]; `None` if there is no such account.
pub async fn further_link(
    live: &Live,
    origin: &str,
    login: &str,
    expires_at: Timestamp,
) -> Result<Option<Link>, LiveError> {
    let person = live.read(|state| {
        let id = state.logins.get(login)?;
        state
            .people
            .get(id)
            .filter(|person| person.role == Role::BreakGlass)
            .cloned()
    });
    let Some(person) = person else {
        return Ok(None);
    };
    let (link, change) = link(&person, origin, live.entropy(), expires_at);
    let event = told(live, &[format!("+ sign-in link {login}")]);
    live.commit(Plan::new(vec![change], vec![event])).await?;
    Ok(Some(link))
}

fn told(live: &Live, lines: &[String]) -> Event {
    let lines = lines.to_vec();
    live.event(Actor::Operator, Body::OrganisationChanged { lines })
}

fn account(login: &str, number: usize, entropy: &Entropy, now: Timestamp) -> Person {
    Person {
        id: PersonId::from_random(entropy.bytes()),
        login: login.to_owned(),
        name: Text {
            ja: format!("緊急用アカウント {number}"),
            en: format!("Break-glass account {number}"),
        },
        email: None,
        language: Language::Ja,
        groups: Vec::new(),
        role: Role::BreakGlass,
        state: PersonState::Active,
        managed_by: ManagedBy::System,
        created_at: now,
    }
}

fn link(person: &Person, origin: &str, entropy: &Entropy, until: Timestamp) -> (Link, Change) {
    let secret = mint_token(entropy.bytes());
    let record = SignInLink {
        hash: token_hash(&secret),
        person: person.id,
        expires_at: until,
    };
    let link = Link {
        login: person.login.clone(),
        address: Secret::new(format!("{origin}{LINK_PATH}{}", secret.expose())),
    };
    (link, Change::PutSignInLink(record))
}
