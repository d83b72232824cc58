//! What a client would like to be shown, and to be told.

use crate::acr::{AcrDemand, assurance_of};
use crate::{Claim, Client, Fault};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use zt_types::Json;

/// How deep a claims request nests that is read: objects in an object, and lists of values in those.
const DEEPEST: usize = 8;

/// Something a client wants the person to do, even if she would not have to (OpenID Connect Core 1.0 §3.1.2.1 `prompt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Sign in again.
    Login,
    /// Agree again.
    Consent,
    /// Choose who she is.
    SelectAccount,
}

impl Prompt {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Login, Self::Consent, Self::SelectAccount];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// What may be shown to the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interaction {
    /// Nothing (`prompt=none`): the answer comes at once.
    Forbidden,
    /// Whatever is needed, and these.
    Allowed(BTreeSet<Prompt>),
}

impl Interaction {
    /// Whether the client wants this to be shown.
    #[must_use]
    pub fn demands(&self, prompt: Prompt) -> bool {
        matches!(self, Self::Allowed(prompts) if prompts.contains(&prompt))
    }

    pub(super) fn read(list: &str) -> Result<Self, Fault> {
        let names: Vec<&str> = list.split(' ').filter(|name| !name.is_empty()).collect();
        match names.as_slice() {
            ["none"] => return Ok(Self::Forbidden),
            names if names.contains(&"none") => {
                return Err(Fault::request("the prompt none stands alone"));
            }
            _ => {}
        }
        let prompts = names.iter().map(|name| {
            let known = Prompt::ALL.into_iter();
            let mut known = known.filter(|prompt| prompt.as_str() == *name);
            known.next().ok_or(Fault::request("a prompt is not known"))
        });
        prompts.collect::<Result<_, _>>().map(Self::Allowed)
    }
}

/// Claims that are asked for one by one (OpenID Connect Core 1.0 §5.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct ClaimsWish {
    /// In the ID token.
    pub id_token: BTreeSet<Claim>,
    /// At the UserInfo endpoint.
    pub userinfo: BTreeSet<Claim>,
    /// Who the person must be: nobody else's token is an answer (§5.5.1).
    pub subject: Option<String>,
}

impl ClaimsWish {
    /// No claim.
    pub const NONE: &Self = &Self {
        id_token: BTreeSet::new(),
        userinfo: BTreeSet::new(),
        subject: None,
    };

    /// Reads the parameter, and what it says of `acr`. Claims that nobody here knows are passed over (§5.5.1); so are those of a
    /// scope that the client is not registered for, to which this is no way round.
    pub(super) fn read(text: Option<&str>, client: &Client) -> Result<(Self, AcrDemand), Fault> {
        let Some(text) = text else {
            return Ok((Self::default(), AcrDemand::Any));
        };
        let Ok(Json::Object(members)) = Json::parse(text.as_bytes(), DEEPEST) else {
            return Err(Fault::request("the claims parameter is not a JSON object"));
        };
        let place = |name: &str| match members.get(name) {
            Some(Json::Object(claims)) => Some(claims),
            _ => None,
        };
        let places = [place("id_token"), place("userinfo")];
        let [id_token, userinfo] = places.map(|claims| {
            let names = claims.into_iter().flat_map(BTreeMap::keys);
            let known = names.filter_map(|name| Claim::from_name(name));
            known
                .filter(|claim| client.scopes.contains(&claim.scope()))
                .collect()
        });
        let mut wish = Self {
            id_token,
            userinfo,
            subject: None,
        };
        let mut acr = AcrDemand::Any;
        for claims in places.into_iter().flatten() {
            let subject = claims.get("sub").map(values).unwrap_or_default();
            match (subject.as_slice(), &wish.subject) {
                ([], _) => {}
                ([one], None) => wish.subject = Some((*one).to_owned()),
                ([one], Some(other)) if one == other => {}
                _ => return Err(Fault::request("the claims parameter names two subjects")),
            }
            if let Some(asked) = claims.get("acr") {
                acr = stronger(acr, asked);
            }
        }
        Ok((wish, acr))
    }
}

/// What the claim `acr` says; a demand in one place outweighs a wish in the other.
fn stronger(before: AcrDemand, asked: &Json) -> AcrDemand {
    let values = values(asked);
    let named: BTreeSet<_> = values
        .iter()
        .filter_map(|name| assurance_of(name))
        .collect();
    let is_essential = matches!(
        asked,
        Json::Object(members) if members.get("essential") == Some(&Json::Truth(true))
    );
    match before {
        AcrDemand::Essential(_) => before,
        _ if is_essential && !values.is_empty() => AcrDemand::Essential(named),
        AcrDemand::Any if !named.is_empty() => AcrDemand::Preferred(named),
        _ => before,
    }
}

/// The values that a claim is asked to have (§5.5.1 `value`, `values`).
fn values(asked: &Json) -> Vec<&str> {
    let Json::Object(members) = asked else {
        return Vec::new();
    };
    let several = match members.get("values") {
        Some(Json::List(values)) => values.as_slice(),
        _ => &[],
    };
    let one = members.get("value").into_iter();
    one.chain(several).filter_map(Json::as_text).collect()
}
