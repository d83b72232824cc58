//! Further ways in for the accounts of last resort. (The accounts and their first links are made at the first start.)

use zt_auth::SignInLink;
use zt_crypto::hash::{mint_token, token_hash};
use zt_events::{Actor, Body};
use zt_identity::{Person, Role};
use zt_live::{Live, LiveError};
use zt_net::Entropy;
use zt_store::{Change, Plan};
use zt_types::{Secret, Timestamp};

/// The path at `id.<domain>` under which such a link is redeemed; the secret follows it.
pub const LINK_PATH: &str = "/signin/link/";

/// A link, shown once.
pub struct Link {
    /// The account.
    pub login: String,
    /// The whole address.
    pub address: Secret,
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
    let lines = vec![format!("+ sign-in link {login}")];
    let event = live.event(Actor::Operator, Body::OrganisationChanged { lines });
    live.commit(Plan::new(vec![change], vec![event])).await?;
    Ok(Some(link))
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
