//! The one function that issues: sessions, the codes that carry one to an application's host, and the cookies there.

use crate::account::AccountKind;
use crate::flow::{Goal, ReturnPath, SignInPermit};
use crate::grant::{CodeWay, Grant, GrantState};
use crate::session::{AppSession, EndReason, ProvenFactor, RedeemCode, Session};
use zt_events::Body;
use zt_policy::Permit;
use zt_types::{
    AppId, Capability, CertificateSerial, ClientId, DeviceId, GrantId, PersonState, Seconds,
    SessionId, Timestamp, TokenHash,
};

/// How long a session lasts, whatever is done in it.
pub const SESSION_LIFETIME: Seconds = Seconds::hours(12);
/// How long a session of a break-glass account lasts: long enough for one emergency.
pub const BREAK_GLASS_LIFETIME: Seconds = Seconds::hours(1);
/// How long a code can be redeemed: one redirect.
pub const CODE_LIFETIME: Seconds = Seconds(60);

/// What is to be issued, and on what it rests. Random tokens are drawn by the shell; only their hashes come here.
#[derive(Debug)]
pub enum Entry<'a> {
    /// A new session, or an existing one stepped up: the finished flow's goal says which.
    SignIn {
        /// What the finished flow is worth.
        permit: SignInPermit,
        /// Hash of the new cookie. A session that is stepped up gets a new one too: a cookie that leaked before is worth
        /// nothing after.
        token: TokenHash,
        /// The id a new session gets.
        fresh: SessionId,
        /// The session that the goal is about, as kept now.
        stands: Option<&'a Session>,
        /// The device proven on this connection.
        device: Option<(DeviceId, CertificateSerial)>,
    },
    /// A code that carries a session to an application's host.
    Code {
        /// The decision that the session may enter the application, made just now.
        permit: &'a Permit,
        /// The session, as kept now.
        session: &'a Session,
        /// Hash of the code.
        code: TokenHash,
        /// Hash of the browser's start cookie on the application's host.
        binding: TokenHash,
        /// The path to go on to.
        return_to: &'a ReturnPath,
    },
    /// A cookie on an application's host, for a code.
    Redeem {
        /// The code, as kept now. The same commit uses it up.
        code: &'a RedeemCode,
        /// Its session, as kept now.
        session: &'a Session,
        /// The application on whose host it was brought.
        app: &'a AppId,
        /// Hash of the start cookie it was brought with.
        binding: TokenHash,
        /// Hash of the new cookie.
        token: TokenHash,
    },
    /// A code for a client: the beginning of a grant.
    Grant {
        /// The decision that the session may enter the client's application, made just now.
        permit: &'a Permit,
        /// The session, as kept now.
        session: &'a Session,
        /// The client.
        client: &'a ClientId,
        /// The grant's id.
        id: GrantId,
        /// Hash of the code.
        code: TokenHash,
        /// How it comes to the client.
        way: CodeWay,
        /// What the client asked for.
        asked: String,
        /// From which address she came.
        address: String,
        /// What her browser called itself.
        user_agent: String,
    },
    /// The first tokens, for the code.
    Tokens {
        /// The decision, made just now.
        permit: &'a Permit,
        /// The session, as kept now.
        session: &'a Session,
        /// The grant, as kept now.
        grant: &'a Grant,
        /// The client that brought the code, authenticated as far as it can be.
        client: &'a ClientId,
        /// Hash of the code it brought.
        code: TokenHash,
        /// Hash of the first refresh token, if it gets one.
        refresh: Option<TokenHash>,
        /// What the client holds.
        holder: Option<String>,
    },
    /// The next tokens, for a refresh token.
    Refresh {
        /// The decision, made just now.
        permit: &'a Permit,
        /// The session, as kept now.
        session: &'a Session,
        /// The grant, as kept now.
        grant: &'a Grant,
        /// The client that brought it, authenticated as far as it can be.
        client: &'a ClientId,
        /// Hash of the refresh token it brought.
        from: TokenHash,
        /// Hash of the next one.
        to: TokenHash,
    },
    /// An assertion for a service provider (SAML 2.0).
    Assertion {
        /// The decision that the session may enter the service provider's application, made just now.
        permit: &'a Permit,
        /// The session, as kept now.
        session: &'a Session,
        /// The service provider.
        provider: &'a ClientId,
        /// The id of the grant that it is the whole of.
        id: GrantId,
        /// What the service provider asked for.
        asked: String,
        /// From which address she came.
        address: String,
        /// What her browser called itself.
        user_agent: String,
    },
    /// A token for another client, for what came of a grant (RFC 8693).
    Exchange {
        /// The decision that the session may enter the other client's application, made just now.
        permit: &'a Permit,
        /// The session, as kept now.
        session: &'a Session,
        /// The grant, as kept now.
        grant: &'a Grant,
        /// The client that exchanges, authenticated.
        by: &'a ClientId,
        /// The client that takes the token.
        to: &'a ClientId,
        /// That one's application.
        app: &'a AppId,
        /// When it ends at the latest.
        until: Timestamp,
    },
}

/// What is issued: to be committed together with the events that tell of it. Only [`issue`] makes one.
#[derive(Debug)]
pub struct IssuePlan {
    issued: Issued,
    tells: Option<Body>,
}

/// The record that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// A session, new or in place of its earlier state.
    Session(Session),
    /// A code.
    Code(RedeemCode),
    /// A cookie on an application's host.
    AppSession(AppSession),
    /// A grant: as it begins with its code, or as it is after tokens were given.
    Grant(Grant),
    /// A token out of an exchange: nothing is kept of it but what it came of.
    Exchanged {
        /// When it ends.
        until: Timestamp,
    },
}

impl IssuePlan {
    /// The record to keep.
    #[must_use]
    pub const fn issued(&self) -> &Issued {
        &self.issued
    }
    /// The event that tells of it, if any.
    #[must_use]
    pub const fn tells(&self) -> Option<&Body> {
        self.tells.as_ref()
    }
    /// Both, to be committed.
    #[must_use]
    pub fn into_parts(self) -> (Issued, Option<Body>) {
        (self.issued, self.tells)
    }
}

/// Why nothing is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueRefused {
    /// The account may not sign in.
    #[error("the account is disabled")]
    Disabled,
    /// The session has ended, or its time is over.
    #[error("the session has ended")]
    SessionEnded,
    /// The session is another person's.
    #[error("the session belongs to somebody else")]
    ForeignSession,
    /// The permit is for another session or application, carries no entry, or its time is over.
    #[error("the permit does not cover this")]
    NotPermitted,
    /// The code's time is over.
    #[error("the code has expired")]
    CodeExpired,
    /// The code is for another application.
    #[error("the code is for another application")]
    ForeignApp,
    /// The code was fetched by another browser (login CSRF, RFC 9700 §4.7).
    #[error("the code belongs to another browser")]
    ForeignBrowser,
    /// The code or token was given to another client.
    #[error("it was given to another client")]
    ForeignClient,
    /// The grant has ended.
    #[error("the grant has ended")]
    GrantEnded,
    /// The code or refresh token was used before, or never was one of this grant.
    #[error("it was used before")]
    Replayed,
}

/// Issues. Every session, code and cookie of this house begins here: it looks each time at the person (`standing`), at
/// the session, at what was proven or permitted, and at the browser it is for. Limits on guessing stand before it: a flow
/// comes to its end only through guesses that were counted and let pass.
///
/// # Errors
/// [`IssueRefused`] says what is in the way; nothing is issued then.
pub fn issue(
    standing: PersonState,
    entry: Entry<'_>,
    now: Timestamp,
) -> Result<IssuePlan, IssueRefused> {
    if standing == PersonState::Disabled {
        return Err(IssueRefused::Disabled);
    }
    match entry {
        Entry::SignIn {
            permit,
            token,
            fresh,
            stands,
            device,
        } => match permit.goal.session() {
            None => Ok(new_session(permit, token, fresh, device, now)),
            Some(about) => {
                let session = stands
                    .filter(|session| session.id == about)
                    .ok_or(IssueRefused::SessionEnded)?;
                step_up(permit, session, token, device, now)
            }
        },
        Entry::Code {
            permit,
            session,
            code,
            binding,
            return_to,
        } => {
            covered(permit, session, now)?;
            Ok(IssuePlan {
                issued: Issued::Code(RedeemCode {
                    hash: code,
                    session: session.id,
                    app: permit.app().clone(),
                    binding,
                    return_to: return_to.as_str().to_owned(),
                    expires_at: (now + CODE_LIFETIME).min(session.expires_at),
                }),
                tells: None,
            })
        }
        Entry::Redeem {
            code,
            session,
            app,
            binding,
            token,
        } => redeem(code, session, app, binding, token, now),
        Entry::Grant {
            permit,
            session,
            client,
            id,
            code,
            way,
            asked,
            address,
            user_agent,
        } => {
            covered(permit, session, now)?;
            let tells = Body::ClientSignedIn {
                person: session.person,
                session: session.id,
                app: permit.app().clone(),
                client: client.clone(),
            };
            let until = way.until(now).min(session.expires_at);
            let grant = Grant {
                asked,
                address,
                user_agent,
                state: GrantState::Code { code, until },
                ..Grant::draft(id, session, client, permit.app(), now)
            };
            Ok(IssuePlan {
                issued: Issued::Grant(grant),
                tells: Some(tells),
            })
        }
        Entry::Tokens {
            permit,
            session,
            grant,
            client,
            code,
            refresh,
            holder,
        } => {
            belongs(grant, client, permit, session, now)?;
            match grant.state {
                GrantState::Code { code: kept, .. } if kept != code => Err(IssueRefused::Replayed),
                GrantState::Code { until, .. } if now >= until => Err(IssueRefused::CodeExpired),
                GrantState::Code { .. } => {
                    let grant = Grant {
                        holder,
                        ..grant.clone()
                    };
                    Ok(turned(&grant, refresh, 0))
                }
                GrantState::Tokens { .. } => Err(IssueRefused::Replayed),
                GrantState::Asserted | GrantState::Ended { .. } => Err(IssueRefused::GrantEnded),
            }
        }
        Entry::Refresh {
            permit,
            session,
            grant,
            client,
            from,
            to,
        } => {
            belongs(grant, client, permit, session, now)?;
            match grant.state {
                GrantState::Tokens { refresh, turns } if refresh == Some(from) => {
                    Ok(turned(grant, Some(to), turns.saturating_add(1)))
                }
                GrantState::Tokens { .. } | GrantState::Code { .. } => Err(IssueRefused::Replayed),
                GrantState::Asserted | GrantState::Ended { .. } => Err(IssueRefused::GrantEnded),
            }
        }
        Entry::Assertion {
            permit,
            session,
            provider,
            id,
            asked,
            address,
            user_agent,
        } => {
            covered(permit, session, now)?;
            let tells = Body::AssertionIssued {
                person: session.person,
                session: session.id,
                app: permit.app().clone(),
                client: provider.clone(),
            };
            let grant = Grant {
                asked,
                address,
                user_agent,
                state: GrantState::Asserted,
                ..Grant::draft(id, session, provider, permit.app(), now)
            };
            Ok(IssuePlan {
                issued: Issued::Grant(grant),
                tells: Some(tells),
            })
        }
        Entry::Exchange {
            permit,
            session,
            grant,
            by,
            to,
            app,
            until,
        } => {
            // No token is out of a grant whose code is.
            if grant.is_over(now) || !matches!(grant.state, GrantState::Tokens { .. }) {
                return Err(IssueRefused::GrantEnded);
            }
            if grant.session != session.id {
                return Err(IssueRefused::SessionEnded);
            }
            covered(permit, session, now)?;
            if permit.app() != app {
                return Err(IssueRefused::NotPermitted);
            }
            let until = until.min(grant.expires_at).min(session.expires_at);
            if until <= now {
                return Err(IssueRefused::GrantEnded);
            }
            Ok(IssuePlan {
                issued: Issued::Exchanged { until },
                tells: Some(Body::TokenExchanged {
                    person: grant.person,
                    session: grant.session,
                    app: app.clone(),
                    client: by.clone(),
                    to: to.clone(),
                }),
            })
        }
    }
}

/// Whether a permit is of this session, lets it enter, and holds.
fn covered(permit: &Permit, session: &Session, now: Timestamp) -> Result<(), IssueRefused> {
    session.judge(now).map_err(|_| IssueRefused::SessionEnded)?;
    let covers = permit.session() == session.id
        && permit.person() == session.person
        && permit.capabilities().contains(Capability::Connect)
        && now < permit.valid_until();
    if covers {
        Ok(())
    } else {
        Err(IssueRefused::NotPermitted)
    }
}

/// Whether a grant is this client's, of this session, and permitted still. The client is looked at first: another client
/// learns nothing of how the grant stands.
fn belongs(
    grant: &Grant,
    client: &ClientId,
    permit: &Permit,
    session: &Session,
    now: Timestamp,
) -> Result<(), IssueRefused> {
    if grant.client != *client {
        return Err(IssueRefused::ForeignClient);
    }
    if grant.is_over(now) {
        return Err(IssueRefused::GrantEnded);
    }
    if grant.session != session.id {
        return Err(IssueRefused::SessionEnded);
    }
    covered(permit, session, now)?;
    if *permit.app() == grant.app {
        Ok(())
    } else {
        Err(IssueRefused::NotPermitted)
    }
}

/// The grant with tokens given.
fn turned(grant: &Grant, refresh: Option<TokenHash>, turns: u32) -> IssuePlan {
    IssuePlan {
        issued: Issued::Grant(Grant {
            state: GrantState::Tokens { refresh, turns },
            ..grant.clone()
        }),
        tells: Some(Body::TokensIssued {
            person: grant.person,
            session: grant.session,
            app: grant.app.clone(),
            client: grant.client.clone(),
            turns,
        }),
    }
}

fn new_session(
    permit: SignInPermit,
    token: TokenHash,
    id: SessionId,
    device: Option<(DeviceId, CertificateSerial)>,
    now: Timestamp,
) -> IssuePlan {
    let lifetime = match permit.kind {
        AccountKind::Ordinary => SESSION_LIFETIME,
        AccountKind::BreakGlass => BREAK_GLASS_LIFETIME,
    };
    let tells = Body::SignedIn {
        person: permit.person,
        session: id,
        device: device.map(|(device, _)| device),
        factors: permit.proofs.iter().map(|proof| proof.kind).collect(),
        assurance: permit.assurance,
        address: permit.address.clone(),
        user_agent: permit.user_agent.clone(),
    };
    let session = Session {
        id,
        person: permit.person,
        token,
        device: device.map(|(device, _)| device),
        certificate: device.map(|(_, certificate)| certificate),
        proven: proven(&permit, now),
        assurance: permit.assurance,
        created_at: now,
        authenticated_at: now,
        expires_at: now + lifetime,
        address: permit.address,
        user_agent: permit.user_agent,
        ended: None,
    };
    IssuePlan {
        issued: Issued::Session(session),
        tells: Some(tells),
    }
}

fn step_up(
    permit: SignInPermit,
    session: &Session,
    token: TokenHash,
    device: Option<(DeviceId, CertificateSerial)>,
    now: Timestamp,
) -> Result<IssuePlan, IssueRefused> {
    session.judge(now).map_err(|_| IssueRefused::SessionEnded)?;
    if session.person != permit.person {
        return Err(IssueRefused::ForeignSession);
    }
    let mut stepped = session.clone();
    stepped.token = token;
    stepped.proven.extend(proven(&permit, now));
    // The session says what was proven *at* `authenticated_at`. An older, stronger proof must not look new because a
    // weaker one is: whoever demands both a strength and an age demands them of the same proof.
    let refreshes = matches!(permit.goal, Goal::StepUp { .. });
    if refreshes || permit.assurance >= session.assurance {
        stepped.assurance = permit.assurance;
        stepped.authenticated_at = now;
    }
    if stepped.device.is_none() {
        stepped.device = device.map(|(device, _)| device);
        stepped.certificate = device.map(|(_, certificate)| certificate);
    }
    let tells = permit.proofs.last().map(|proof| Body::SteppedUp {
        person: stepped.person,
        session: stepped.id,
        factor: proof.kind,
        assurance: stepped.assurance,
    });
    Ok(IssuePlan {
        issued: Issued::Session(stepped),
        tells,
    })
}

fn redeem(
    code: &RedeemCode,
    session: &Session,
    app: &AppId,
    binding: TokenHash,
    token: TokenHash,
    now: Timestamp,
) -> Result<IssuePlan, IssueRefused> {
    if now >= code.expires_at {
        return Err(IssueRefused::CodeExpired);
    }
    if code.app != *app {
        return Err(IssueRefused::ForeignApp);
    }
    if code.binding != binding {
        return Err(IssueRefused::ForeignBrowser);
    }
    if session.id != code.session {
        return Err(IssueRefused::SessionEnded);
    }
    session.judge(now).map_err(|_| IssueRefused::SessionEnded)?;
    Ok(IssuePlan {
        issued: Issued::AppSession(AppSession {
            token,
            session: session.id,
            app: app.clone(),
            created_at: now,
        }),
        tells: None,
    })
}

fn proven(permit: &SignInPermit, now: Timestamp) -> Vec<ProvenFactor> {
    permit
        .proofs
        .iter()
        .map(|proof| ProvenFactor {
            kind: proof.kind,
            at: now,
        })
        .collect()
}

impl Session {
    /// Whether it still counts at `now`.
    ///
    /// # Errors
    /// Why it does not.
    pub fn judge(&self, now: Timestamp) -> Result<(), EndReason> {
        match self.ended {
            Some((_, why)) => Err(why),
            None if now >= self.expires_at => Err(EndReason::Expired),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
