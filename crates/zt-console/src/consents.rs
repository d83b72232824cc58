//! The clients that know something of a person: because she agreed, or because the company decided and she signed in there.

use crate::view::ConsentRow;
use crate::words::{Names, Reader};
use std::collections::{BTreeMap, BTreeSet};
use zt_federation::{Asked, ConsentDemand};
use zt_types::{ClientId, PersonId, Timestamp};

/// What a client may know, and since when.
#[derive(Default)]
struct Known {
    scopes: BTreeSet<String>,
    since: Option<Timestamp>,
}

impl Known {
    fn take(&mut self, scopes: impl IntoIterator<Item = String>, since: Timestamp) {
        self.scopes.extend(scopes);
        self.since = Some(self.since.map_or(since, |known| known.min(since)));
    }
}

/// The clients that know something of her, the latest first; `withdraw` makes the address of the form that takes a consent
/// back.
pub(crate) fn consents_of(
    names: &Names<'_>,
    person: PersonId,
    now: Timestamp,
    withdraw: impl Fn(&ClientId) -> String,
) -> Vec<ConsentRow> {
    let state = names.state;
    let mut known: BTreeMap<&ClientId, Known> = BTreeMap::new();
    let consents = state.consents.values();
    for consent in consents.filter(|consent| consent.person == person) {
        let entry = known.entry(&consent.client).or_default();
        entry.take(consent.scopes.iter().cloned(), consent.at);
    }
    let grants = state
        .grants
        .values()
        .filter(|grant| grant.person == person && grant.is_given() && !grant.is_over(now));
    for grant in grants {
        let entry = known.entry(&grant.client).or_default();
        entry.take(disclosed(&grant.asked), grant.created_at);
    }
    let mut rows: Vec<ConsentRow> = known
        .into_iter()
        .map(|(client, known)| row(names, person, client, &known, &withdraw))
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.since));
    rows
}

/// What a grant lets its client know.
fn disclosed(asked: &str) -> Vec<String> {
    let scopes = match serde_json::from_str::<Asked>(asked) {
        Ok(Asked::Code(request)) => request.disclosed(),
        Ok(Asked::Device(asked)) => asked.scopes,
        // In a form that is not read any more: nothing is given for it either.
        Err(_) => BTreeSet::new(),
    };
    let words = scopes.iter().map(|scope| scope.as_str().to_owned());
    words.collect()
}

fn row(
    names: &Names<'_>,
    person: PersonId,
    client: &ClientId,
    known: &Known,
    withdraw: impl Fn(&ClientId) -> String,
) -> ConsentRow {
    let has_agreed = names.state.consents.contains_key(&(person, client.clone()));
    let registered = names.state.clients.get(client);
    let is_implied = registered.is_some_and(|one| one.consent == ConsentDemand::Implied);
    let (page, client_name) = (names.page, names.client(client));
    let question = if is_implied {
        page.t1(
            "consents-withdraw-question-implied",
            "client",
            client_name.clone(),
        )
    } else {
        page.t1("consents-withdraw-question", "client", client_name.clone())
    };
    let mut learns: Vec<&'static str> = Vec::new();
    // In the order in which she was asked.
    for scope in ["openid", "profile", "email", "groups"] {
        if known.scopes.contains(scope) {
            learns.push(match names.reader {
                Reader::Person => page.member("consent-scope", scope),
                Reader::Administrator => page.member("consents-scope", scope),
            });
        }
    }
    ConsentRow {
        client: client_name,
        learns,
        since: known.since.unwrap_or(Timestamp::FAR_FUTURE),
        withdraw: has_agreed.then(|| withdraw(client)),
        question,
    }
}
