//! What a sign-in gives a client: a code, then tokens, one after the other; or an assertion, once.

use crate::Session;
use serde::{Deserialize, Serialize};
use zt_types::{
    AppId, Assurance, ClientId, FactorKind, GrantId, PersonId, Seconds, Secret, SessionId,
    Timestamp, TokenHash,
};

/// How long a code can be redeemed: one redirect and one request of the client's (RFC 6749 §4.1.2).
pub const AUTHORIZATION_CODE_LIFETIME: Seconds = Seconds(60);

/// How long the code of a device can be redeemed: somebody has to find another device, and sign in there (RFC 8628 §3.2).
pub const DEVICE_CODE_LIFETIME: Seconds = Seconds::minutes(10);

/// How a code comes to its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeWay {
    /// A browser brings it.
    Browser,
    /// The client has it, and asks for as long as its own request lasts.
    Device {
        /// When that ends.
        until: Timestamp,
    },
}

impl CodeWay {
    /// Until when a code that is given at `now` can be redeemed.
    pub(crate) fn until(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Browser => now + AUTHORIZATION_CODE_LIFETIME,
            Self::Device { until } => until.min(now + DEVICE_CODE_LIFETIME),
        }
    }
}

/// What one sign-in gave one client. It ends with its session; a code or a refresh token that comes twice ends it too, since
/// nobody can tell whose hands the first was in (RFC 9700 §4.14.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id: the first half of every code and refresh token of it. Whoever has a public client needs no more than this to
    /// end it, with a token that was never given: so nobody else is told (clients know it by another name).
    pub id: GrantId,
    /// The client it was given to, or the service provider: both have their names out of one set.
    pub client: ClientId,
    /// The client's application, whose policies decided.
    pub app: AppId,
    /// Who signed in.
    pub person: PersonId,
    /// In which session.
    pub session: SessionId,
    /// What the client asked for, as it was read and answered: the form is that of whoever speaks the protocol.
    pub asked: String,
    /// When she last proved herself, as of the sign-in that this came of.
    pub authenticated_at: Timestamp,
    /// How strongly.
    pub assurance: Assurance,
    /// With what.
    pub factors: Vec<FactorKind>,
    /// From which address she came when it was given; each decision about it is made as of there, since later requests are
    /// the client's own.
    pub address: String,
    /// What her browser called itself.
    pub user_agent: String,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it ends by itself: with its session.
    pub expires_at: Timestamp,
    /// What the client held when it got its first tokens, in the words of whoever speaks the protocol; none if nothing but them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// How far it has come.
    pub state: GrantState,
    /// Since when policies would not give it any more, while that is so and its client can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapse: Option<Lapse>,
    /// How telling its client has failed so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telling: Option<Telling>,
}

/// A grant that goes on and gives nothing for now: the same refresh token counts again as soon as policies permit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lapse {
    /// Since when.
    pub since: Timestamp,
    /// Whether the client was told of it, or is past telling.
    pub told: Told,
}

/// Tries to tell a client that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// How many.
    pub tries: u32,
    /// When it is tried again.
    pub next_at: Timestamp,
    /// What went wrong the last time, as a slug.
    pub why: String,
}

/// How far a grant has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum GrantState {
    /// The code is out.
    Code {
        /// Hash of the code.
        code: TokenHash,
        /// Until when it can be redeemed.
        until: Timestamp,
    },
    /// The code was redeemed.
    Tokens {
        /// Hash of the one refresh token that counts, if the client gets them.
        refresh: Option<TokenHash>,
        /// How often it was refreshed.
        turns: u32,
    },
    /// An assertion was given (SAML 2.0), which is worth something at one service provider for a few minutes; the session that the
    /// service provider made of it goes on for as long as the grant.
    Asserted,
    /// It is over.
    Ended {
        /// Since when.
        at: Timestamp,
        /// Why.
        why: GrantEnd,
        /// Whether the client was told, or is past telling.
        told: Told,
    },
}

/// Whether a client knows that a grant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Not yet.
    NotYet,
    /// It ended it itself, was told, or cannot be told.
    Yes,
    /// It was told of the lapse, and got something since: of an end it is to be told again.
    GivenSince,
}

/// What a client is to be told of a grant. What it was told of one is not told of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// That it gives nothing since then.
    Lapse(Timestamp),
    /// That it ended then.
    End(Timestamp),
}

impl Untold {
    /// Since when.
    #[must_use]
    pub const fn since(self) -> Timestamp {
        let (Self::Lapse(at) | Self::End(at)) = self;
        at
    }
}

/// Why a grant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantEnd {
    /// Its session ended.
    SessionEnded,
    /// A code or a refresh token came a second time.
    Replayed,
    /// The client gave it back (RFC 7009).
    Revoked,
    /// She took her consent back, or an administrator did.
    ConsentWithdrawn,
    /// Its client was moved to another application.
    ClientMoved,
    /// Policies did not give it any more, and its service provider was told to end what it had: of that nothing comes back.
    Lapsed,
}

impl GrantEnd {
    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionEnded => "session-ended",
            Self::Replayed => "replayed",
            Self::Revoked => "revoked-by-client",
            Self::ConsentWithdrawn => "consent-withdrawn",
            Self::ClientMoved => "client-moved",
            Self::Lapsed => "lapsed",
        }
    }
}

impl Grant {
    /// A code or a refresh token as the client gets it: the grant's id, and the secret of which the hash is kept.
    #[must_use]
    pub fn bearer(id: GrantId, secret: &Secret) -> Secret {
        Secret::new(format!("{id}.{}", secret.expose()))
    }

    /// Which grant a code or a refresh token is of, and its secret; `None` if it is neither.
    #[must_use]
    pub fn of_bearer(text: &str) -> Option<(GrantId, &str)> {
        let (id, secret) = text.split_once('.')?;
        Some((id.parse().ok()?, secret))
    }

    /// What a grant of a session says of the person and of her sign-in, before it is one: it is over, and worth nothing
    /// until [`crate::issue`] makes one of it.
    #[must_use]
    pub fn draft(
        id: GrantId,
        session: &Session,
        client: &ClientId,
        app: &AppId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            client: client.clone(),
            app: app.clone(),
            person: session.person,
            session: session.id,
            asked: String::new(),
            authenticated_at: session.authenticated_at,
            assurance: session.assurance,
            factors: last_proven(session),
            address: String::new(),
            user_agent: String::new(),
            created_at: now,
            expires_at: session.expires_at,
            holder: None,
            state: GrantState::Ended {
                at: now,
                why: GrantEnd::Revoked,
                told: Told::Yes,
            },
            lapse: None,
            telling: None,
        }
    }

    /// Whether it has ended or its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        matches!(self.state, GrantState::Ended { .. }) || now >= self.expires_at
    }

    /// The same, ended.
    #[must_use]
    pub fn ended(&self, at: Timestamp, why: GrantEnd) -> Self {
        let told = match (why, self.state) {
            // Whoever never redeemed its code has nobody signed in; whoever gave it back knows.
            (GrantEnd::Revoked, _) | (_, GrantState::Code { .. }) => Told::Yes,
            _ => match self.lapse {
                // Whoever was told of the lapse got nothing since.
                Some(Lapse {
                    told: Told::Yes, ..
                }) => Told::Yes,
                _ => Told::NotYet,
            },
        };
        Self {
            state: GrantState::Ended { at, why, told },
            telling: None,
            ..self.clone()
        }
    }

    /// Whether its client got something of it that goes on: tokens, or an assertion.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        matches!(self.state, GrantState::Tokens { .. } | GrantState::Asserted)
    }

    /// What the client was not told.
    #[must_use]
    pub fn untold(&self) -> Option<Untold> {
        match (self.state, self.lapse) {
            (GrantState::Ended { at, told, .. }, _) => {
                (told == Told::NotYet).then_some(Untold::End(at))
            }
            (GrantState::Tokens { .. } | GrantState::Asserted, Some(lapse)) => {
                (lapse.told == Told::NotYet).then_some(Untold::Lapse(lapse.since))
            }
            _ => None,
        }
    }

    /// When the client is to be told, if it is.
    #[must_use]
    pub fn tell_at(&self) -> Option<Timestamp> {
        let since = self.untold()?.since();
        let telling = self.telling.as_ref();
        Some(telling.map_or(since, |telling| telling.next_at))
    }

    /// The same, with a client that knows of this, or is past telling; `None` if there is something else to tell, or nothing.
    #[must_use]
    pub fn told(mut self, what: Untold) -> Option<Self> {
        if self.untold()? != what {
            return None;
        }
        match (&mut self.state, &mut self.lapse) {
            (GrantState::Ended { told, .. }, _) => *told = Told::Yes,
            (GrantState::Tokens { .. }, Some(lapse)) => lapse.told = Told::Yes,
            (state @ GrantState::Asserted, Some(lapse)) => {
                *state = GrantState::Ended {
                    at: lapse.since,
                    why: GrantEnd::Lapsed,
                    told: Told::Yes,
                };
            }
            _ => return None,
        }
        self.telling = None;
        Some(self)
    }

    /// The same, after a try to tell the client of this that failed; `None` if there is something else to tell, or nothing.
    #[must_use]
    pub fn not_told(mut self, what: Untold, telling: &Telling) -> Option<Self> {
        if self.untold()? != what {
            return None;
        }
        self.telling = Some(telling.clone());
        Some(self)
    }

    /// The same, after the client got something of it.
    #[must_use]
    pub fn given(mut self) -> Self {
        if let Some(lapse) = &mut self.lapse
            && lapse.told == Told::Yes
        {
            lapse.told = Told::GivenSince;
        }
        self
    }

    /// The same, lapsed since then, or (`None`) good again: what was not told by then need not be. `None` if nothing was given
    /// of it, or it is so already.
    #[must_use]
    pub fn lapsed(mut self, since: Option<Timestamp>) -> Option<Self> {
        if !self.is_given() || self.lapse.is_some() == since.is_some() {
            return None;
        }
        self.lapse = since.map(|since| Lapse {
            since,
            told: Told::NotYet,
        });
        self.telling = None;
        Some(self)
    }
}

/// What was proven when she last proved herself.
fn last_proven(session: &Session) -> Vec<FactorKind> {
    let last = session.authenticated_at;
    let proofs = session.proven.iter().filter(|proof| proof.at >= last);
    let mut kinds: Vec<_> = proofs.map(|proof| proof.kind).collect();
    kinds.dedup();
    kinds
}

/// What a person agreed that a client may know about her.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who.
    pub person: PersonId,
    /// Which client.
    pub client: ClientId,
    /// What she agreed to, in the words of whoever speaks the protocol; in order.
    pub scopes: Vec<String>,
    /// When.
    pub at: Timestamp,
}
