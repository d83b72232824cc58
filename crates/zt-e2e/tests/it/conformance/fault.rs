//! Wrong providers: each is the one under test with one fault put between it and who asks.

use super::forger::Forger;
use super::wire::{Answered, Asked, Pairs};
use serde_json::Value;

/// One fault: what becomes of a request before it arrives, and of its answer before it is read.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) ask: fn(&mut Asked, &[(Asked, Answered)]),
    pub(crate) answer: fn(&Asked, &mut Answered, &[(Asked, Answered)]),
    /// Whether the key that signs what is changed is published.
    pub(crate) forges: bool,
}

impl Fault {
    /// None: the provider itself.
    pub(crate) const NONE: Self = Self {
        name: "none",
        ask: as_it_is,
        answer: unchanged,
        forges: false,
    };

    /// None, but everything is read and written anew on the way, ID tokens too, as the faulty ones do.
    pub(crate) const IN_BETWEEN: Self = Self {
        name: "in between",
        ask: as_it_is,
        answer: |_, answered, _| {
            answered.amend(|_| {});
            answered.reroute(|_| {});
            retold(answered, |_, _| {});
        },
        forges: true,
    };

    /// Requests become others.
    pub(crate) const fn asking(
        name: &'static str,
        ask: fn(&mut Asked, &[(Asked, Answered)]),
    ) -> Self {
        Self {
            name,
            ask,
            ..Self::NONE
        }
    }

    /// Answers become others.
    pub(crate) const fn answering(
        name: &'static str,
        answer: fn(&Asked, &mut Answered, &[(Asked, Answered)]),
    ) -> Self {
        Self {
            name,
            answer,
            forges: true,
            ..Self::NONE
        }
    }

    /// Both.
    pub(crate) const fn both(
        name: &'static str,
        ask: fn(&mut Asked, &[(Asked, Answered)]),
        answer: fn(&Asked, &mut Answered, &[(Asked, Answered)]),
    ) -> Self {
        Self {
            ask,
            ..Self::answering(name, answer)
        }
    }
}

const fn as_it_is(_: &mut Asked, _: &[(Asked, Answered)]) {}
const fn unchanged(_: &Asked, _: &mut Answered, _: &[(Asked, Answered)]) {}

/// Changes the ID token in an answer of the token endpoint, header and claims, and signs it anew.
pub(crate) fn retold(answered: &mut Answered, change: fn(&mut Value, &mut Value)) {
    answered.amend(|body| {
        let told = body["id_token"].as_str().and_then(Forger::read);
        if let Some((mut header, mut claims)) = told {
            change(&mut header, &mut claims);
            body["id_token"] = Value::String(Forger::sign(&header, &claims));
        }
    });
}

/// What an answer of the authorization endpoint says to the client, if it says something.
pub(crate) fn back(asked: &Asked, answered: &Answered) -> Option<Pairs> {
    let (_, query) = answered.location()?;
    let is_answer = query.value("code").is_some() || query.value("error").is_some();
    (asked.is("authorization_endpoint") && is_answer).then_some(query)
}

/// The authorization endpoint refuses whatever names this parameter.
pub(crate) fn refuses(asked: &mut Asked, name: &str) {
    if asked.is("authorization_endpoint") && asked.says(name).is_some() {
        asked.pairs().set("response_type", "nothing");
    }
}

/// The authorization endpoint passes over this parameter.
pub(crate) fn ignores(asked: &mut Asked, name: &str) {
    if asked.is("authorization_endpoint") {
        asked.pairs().remove(name);
    }
}

/// Changes the metadata.
pub(crate) fn promises(asked: &Asked, answered: &mut Answered, change: impl FnOnce(&mut Value)) {
    if asked.is("configuration") {
        answered.amend(change);
    }
}

/// Changes what userinfo says.
pub(crate) fn tells(asked: &Asked, answered: &mut Answered, change: impl FnOnce(&mut Value)) {
    if asked.is("userinfo_endpoint") && answered.status == 200 {
        answered.amend(change);
    }
}

/// What the token endpoint answered the last time, if that was well, to somebody who showed the same `name`.
pub(crate) fn answered_before<'p>(
    asked: &Asked,
    past: &'p [(Asked, Answered)],
    name: &str,
) -> Option<&'p Answered> {
    let shown = asked.says(name)?;
    let mut before = past.iter().rev();
    let found = before.find(|(then, answered)| {
        then.is("token_endpoint") && answered.status == 200 && then.says(name) == Some(shown)
    });
    found.map(|(_, answered)| answered)
}
