//! An event as one line: what happened, who, from which device, to which application, from where, and what of it matters.

use crate::view::{EventLine, Link};
use crate::words::Names;
use zt_events::{Actor, Body, Event, Outcome};
use zt_pages::Tone;
use zt_types::Subject;

impl Names<'_> {
    /// The line of an event.
    pub(crate) fn line(&self, event: &Event) -> EventLine {
        let (tone, icon) = look(event);
        let title = match &event.body {
            Body::Access {
                outcome: Outcome::Failure,
                ..
            } => self.page.member("event", "access-refused"),
            _ => self.page.member("event", event.name()),
        };
        EventLine {
            at: event.at,
            tone,
            icon,
            title,
            detail: self.asked(&event.actor, self.detail(&event.body)),
            who: self.who(event),
            device: event.device().map(|id| self.device(id)),
            app: event.app().map(|id| self.app(id)),
            address: address(&event.body),
        }
    }

    /// Whom it concerns; who did it, where it concerns nobody.
    fn who(&self, event: &Event) -> Option<Link> {
        if let Some(person) = event.person() {
            return Some(self.person(person));
        }
        match &event.actor {
            Actor::Person(person) => Some(self.person(*person)),
            other => Some(Link::word(self.actor(other))),
        }
    }

    /// Who did something, as a word.
    pub(crate) fn actor(&self, actor: &Actor) -> String {
        let word = |slug: &str| self.page.member("actor", slug).to_owned();
        match actor {
            Actor::Person(person) => self.person(*person).text,
            Actor::Source(source) => self.source(source),
            Actor::EnforcementPoint(point) => self.enforcement_point(point),
            Actor::Client(client) => self.client(client),
            Actor::Operator => word("operator"),
            Actor::System => word("system"),
            Actor::Nobody => word("nobody"),
        }
    }

    /// What of it matters, and which enforcement point asked: the line's person is the one it asked about.
    fn asked(&self, actor: &Actor, detail: String) -> String {
        match actor {
            Actor::EnforcementPoint(point) if detail.is_empty() => self.enforcement_point(point),
            Actor::EnforcementPoint(point) => {
                format!("{detail} · {}", self.enforcement_point(point))
            }
            _ => detail,
        }
    }

    fn why(&self, slug: &str) -> &'static str {
        self.page.member("why", slug)
    }

    fn reasons(&self, slugs: &[String]) -> String {
        let words: Vec<&str> = slugs.iter().map(|slug| self.reason(slug)).collect();
        words.join(self.separator())
    }

    /// The word for a reason of a refusal, whichever family it is of.
    pub(crate) fn reason(&self, slug: &str) -> &'static str {
        let fallback = self.page.t("why-other");
        let families = ["why", "no-device-word", "fact-kind"];
        families
            .into_iter()
            .filter_map(|family| {
                let word = self.page.member(family, slug);
                (word != self.page.member(family, "other")).then_some(word)
            })
            .next()
            .unwrap_or(fallback)
    }

    fn detail(&self, body: &Body) -> String {
        let page = self.page;
        let factor = |kind: zt_types::FactorKind| page.member("method-title", kind.as_str());
        let mut parts: Vec<String> = Vec::new();
        match body {
            Body::SignedIn {
                factors, assurance, ..
            } => {
                let names: Vec<&str> = factors.iter().map(|kind| factor(*kind)).collect();
                parts.push(names.join(" + "));
                parts.push(page.member("assurance", assurance.as_str()).to_owned());
            }
            Body::SignInFailed {
                factor: kind, why, ..
            } => {
                parts.push(factor(*kind).to_owned());
                parts.push(self.why(why).to_owned());
            }
            Body::SteppedUp {
                factor: kind,
                assurance,
                ..
            } => {
                parts.push(factor(*kind).to_owned());
                parts.push(page.member("assurance", assurance.as_str()).to_owned());
            }
            Body::ClientSignedIn { client, .. }
            | Body::TokensIssued { client, .. }
            | Body::AssertionIssued { client, .. }
            | Body::ClientTokenIssued { client, .. }
            | Body::ClaimsShown { client, .. }
            | Body::ProofKeyWaived { client, .. }
            | Body::ConsentWithdrawn { client, .. }
            | Body::DeviceSignInDenied { client, .. } => {
                parts.push(self.client(client));
            }
            Body::ClientRegistered {
                client,
                registered_as,
                ..
            }
            | Body::ClientReregistered {
                client,
                registered_as,
                ..
            }
            | Body::ClientDeregistered {
                client,
                registered_as,
                ..
            } => match registered_as {
                // What it was called then: by now it may be called otherwise, or be gone.
                Some(said) => {
                    parts.push(page.text(&said.name).to_owned());
                    parts.extend(said.redirect_uris.iter().cloned());
                }
                None => parts.push(self.client(client)),
            },
            Body::RegistrationRefused { client, why, .. } => {
                parts.extend(client.as_ref().map(|client| self.client(client)));
                parts.push(page.member("registration-refusal", why).to_owned());
            }
            Body::TokenExchanged { client, to, .. } => {
                parts.push(self.client(client));
                parts.push(self.client(to));
            }
            Body::TokensRefused { client, why, .. } => {
                parts.extend(client.as_ref().map(|client| self.client(client)));
                parts.push(page.member("token-refusal", why).to_owned());
            }
            Body::AssertionRefused { client, why, .. } => {
                parts.extend(client.as_ref().map(|client| self.client(client)));
                parts.push(page.member("assertion-refusal", why).to_owned());
            }
            Body::ClientSignInRefused {
                client, reasons, ..
            } => {
                parts.push(self.client(client));
                parts.push(self.reasons(reasons));
            }
            Body::MetadataRead {
                client, changed, ..
            } => {
                parts.push(self.client(client));
                let changed = changed.iter();
                let names = changed.map(|slug| page.member("metadata-changed", slug).to_owned());
                parts.push(names.collect::<Vec<_>>().join(self.separator()));
            }
            Body::MetadataNotRead { client, why, .. } => {
                parts.push(self.client(client));
                parts.push(page.member("telling-failure", why).to_owned());
            }
            Body::GrantEnded { client, why, .. } => {
                parts.push(self.client(client));
                parts.push(page.member("grant-end", why).to_owned());
            }
            Body::ClientTold { client, why, .. } => {
                parts.push(self.client(client));
                parts.push(page.member("grant-end", why).to_owned());
            }
            Body::ClientNotTold {
                client, why, then, ..
            } => {
                parts.push(self.client(client));
                parts.push(page.member("telling-failure", why).to_owned());
                parts.push(page.member("telling-then", then).to_owned());
            }
            Body::SessionEnded { why, .. } => parts.push(self.why(why).to_owned()),
            Body::ConnectionCut { why, .. } => parts.push(self.reason(why).to_owned()),
            Body::CredentialEnrolled { factor: kind, .. }
            | Body::CredentialRemoved { factor: kind, .. } => parts.push(factor(*kind).to_owned()),
            Body::Access {
                method,
                path,
                status,
                reasons,
                ..
            } => {
                parts.push(format!("{method} {path} → {status}"));
                if !reasons.is_empty() {
                    parts.push(self.reasons(reasons));
                }
            }
            Body::Decided {
                outcome, reasons, ..
            } => {
                parts.push(page.member("outcome", outcome_slug(*outcome)).to_owned());
                if !reasons.is_empty() {
                    parts.push(self.reasons(reasons));
                }
            }
            Body::Searched {
                what,
                capability,
                found,
                ..
            } => {
                parts.push(page.member("searched", what).to_owned());
                parts.extend(capability.clone());
                parts.push(page.t1("detail-found", "count", *found));
            }
            Body::QuestionRefused { why, .. } => parts.push(self.why(why).to_owned()),
            Body::DecisionDisputed { policies, .. } => {
                parts.extend(policies.iter().map(ToString::to_string));
            }
            Body::DeviceEnrolled { name, .. } => parts.push(name.clone()),
            Body::CertificateIssued { kind, serial, .. } => {
                parts.push(page.member("certificate-kind", kind).to_owned());
                parts.push(page.t1("detail-serial", "serial", short(&serial.to_string())));
            }
            Body::CertificateRevoked { serial, .. } => {
                parts.push(page.t1("detail-serial", "serial", short(&serial.to_string())));
            }
            Body::EnrolmentRefused { why, .. } => parts.push(self.why(why).to_owned()),
            Body::FactOpened {
                subject,
                source,
                kind,
                severity,
                title,
                ..
            } => {
                parts.push(self.fact(source, title));
                parts.push(page.member("fact-kind", kind).to_owned());
                parts.push(page.member("severity", severity).to_owned());
                parts.extend(self.subject(subject));
            }
            Body::FactCleared {
                subject,
                source,
                kind,
                title,
                ..
            } => {
                parts.push(self.fact(source, title));
                parts.push(page.member("fact-kind", kind).to_owned());
                parts.extend(self.subject(subject));
            }
            Body::DeviceStateReported { source, state, .. } => {
                parts.push(self.source(source));
                parts.push(state.join(self.separator()));
            }
            Body::SignalRefused { why, .. } => parts.push(self.why(why).to_owned()),
            Body::TaskOpened { task } | Body::TaskClosed { task } => {
                parts.push(page.member("task-title", task.kind.as_str()).to_owned());
            }
            Body::OrganisationChanged { lines } => {
                parts.extend(lines.iter().take(3).cloned());
                if lines.len() > 3 {
                    parts.push(page.t1("detail-and-more", "count", lines.len() - 3));
                }
            }
            Body::PoliciesChanged { policies, .. } => {
                let names: Vec<&str> = policies.iter().map(|id| id.as_str()).collect();
                parts.push(names.join(self.separator()));
            }
            Body::EventsLost { count } => parts.push(page.t1("detail-lost", "count", *count)),
            Body::Started { version } => parts.push(version.clone()),
            Body::PasswordResetDue { why, .. } => parts.push(why.clone()),
            Body::ResetPassIssued { why, scope, .. } => {
                parts.push(page.member("pass-scope", scope).to_owned());
                parts.push(why.clone());
            }
            Body::PasswordReset { factor: kind, .. } => parts.push(factor(*kind).to_owned()),
            Body::TermsAccepted { terms, .. } | Body::TermsDeclined { terms, .. } => {
                let record = self.state.terms.get(terms);
                parts.push(record.map_or_else(
                    || terms.to_string(),
                    |terms| page.text(&terms.title).to_owned(),
                ));
            }
            Body::BreakGlassUsed { .. }
            | Body::DeviceRetired { .. }
            | Body::ResetPassRevoked { .. }
            | Body::ResetPassUsed { .. }
            | Body::InitialTokenMade { .. }
            | Body::InitialTokenRevoked { .. } => {}
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }

    fn fact(&self, source: &zt_types::SourceId, title: &str) -> String {
        self.page.t2(
            "detail-fact",
            ("source", self.source(source)),
            ("title", title.to_owned()),
        )
    }

    /// A subject that has no column of its own.
    fn subject(&self, subject: &Subject) -> Option<String> {
        match subject {
            Subject::Session(_) => Some(self.page.t("session-this").to_owned()),
            Subject::Person(_) | Subject::Device(_) => None,
        }
    }
}

/// The first eight characters: enough to tell certificates apart by eye.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(8).collect()
}

pub(crate) const fn outcome_slug(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
    }
}

fn look(event: &Event) -> (Tone, &'static str) {
    match &event.body {
        Body::SignedIn { .. } => (Tone::Neutral, "log-in"),
        Body::SignInFailed { .. } => (Tone::Bad, "circle-x"),
        Body::SteppedUp { .. } => (Tone::Neutral, "shield-check"),
        Body::ClientSignedIn { .. } | Body::AssertionIssued { .. } => (Tone::Neutral, "log-in"),
        Body::TokensIssued { .. }
        | Body::TokenExchanged { .. }
        | Body::ClientTokenIssued { .. } => (Tone::Neutral, "key-round"),
        Body::ProofKeyWaived { .. } => (Tone::Caution, "triangle-alert"),
        Body::ClientSignInRefused { .. }
        | Body::TokensRefused { .. }
        | Body::AssertionRefused { .. } => (Tone::Bad, "ban"),
        Body::DeviceSignInDenied { .. } => (Tone::Caution, "ban"),
        Body::GrantEnded { .. } | Body::ClientTold { .. } => (Tone::Neutral, "log-out"),
        Body::InitialTokenMade { .. } => (Tone::Notice, "key-round"),
        Body::InitialTokenRevoked { .. } | Body::ClientDeregistered { .. } => {
            (Tone::Neutral, "ban")
        }
        Body::ClientRegistered { .. } => (Tone::Notice, "plus"),
        Body::ClientReregistered { .. } => (Tone::Caution, "refresh-cw"),
        Body::RegistrationRefused { .. } => (Tone::Bad, "ban"),
        Body::ConsentWithdrawn { .. } => (Tone::Notice, "log-out"),
        Body::ClientNotTold { .. } | Body::MetadataNotRead { .. } => {
            (Tone::Caution, "triangle-alert")
        }
        Body::MetadataRead { .. } => (Tone::Notice, "refresh-cw"),
        Body::SessionEnded { .. } => (Tone::Neutral, "log-out"),
        Body::CredentialEnrolled { .. } => (Tone::Notice, "key-round"),
        Body::CredentialRemoved { .. } => (Tone::Caution, "key-round"),
        Body::BreakGlassUsed { .. } => (Tone::Bad, "life-buoy"),
        Body::PasswordResetDue { .. } => (Tone::Caution, "key-round"),
        Body::ResetPassIssued { .. } => (Tone::Caution, "id-card"),
        Body::ResetPassRevoked { .. } | Body::ResetPassUsed { .. } => (Tone::Notice, "id-card"),
        Body::PasswordReset { .. } => (Tone::Notice, "key-round"),
        Body::TermsAccepted { .. } => (Tone::Neutral, "scroll-text"),
        Body::TermsDeclined { .. } => (Tone::Caution, "scroll-text"),
        Body::Access {
            outcome: Outcome::Success,
            ..
        } => (Tone::Neutral, "arrow-right"),
        Body::Access {
            outcome: Outcome::Failure,
            ..
        } => (Tone::Bad, "ban"),
        Body::Decided {
            outcome: Outcome::Success,
            ..
        } => (Tone::Neutral, "check"),
        Body::Decided {
            outcome: Outcome::Failure,
            ..
        } => (Tone::Bad, "x"),
        Body::Searched { .. } => (Tone::Neutral, "users"),
        Body::ClaimsShown { .. } => (Tone::Neutral, "eye"),
        Body::QuestionRefused { .. } => (Tone::Caution, "ban"),
        Body::DecisionDisputed { .. } => (Tone::Bad, "bug"),
        Body::ConnectionCut { .. } => (Tone::Bad, "x"),
        Body::DeviceEnrolled { .. } => (Tone::Neutral, "laptop"),
        Body::DeviceRetired { .. } => (Tone::Caution, "laptop"),
        Body::CertificateIssued { .. } => (Tone::Neutral, "id-card"),
        Body::CertificateRevoked { .. } => (Tone::Caution, "id-card"),
        Body::EnrolmentRefused { .. } => (Tone::Bad, "circle-x"),
        Body::FactOpened { .. } => (Tone::Bad, "bug"),
        Body::FactCleared { .. } => (Tone::Good, "shield-check"),
        Body::DeviceStateReported { .. } => (Tone::Notice, "laptop"),
        Body::SignalRefused { .. } => (Tone::Caution, "radio"),
        Body::TaskOpened { .. } => (Tone::Caution, "inbox"),
        Body::TaskClosed { .. } => (Tone::Good, "inbox"),
        Body::OrganisationChanged { .. } => (Tone::Notice, "users"),
        Body::PoliciesChanged { .. } => (Tone::Notice, "scroll-text"),
        Body::EventsLost { .. } => (Tone::Bad, "triangle-alert"),
        Body::Started { .. } => (Tone::Neutral, "server"),
    }
}

fn address(body: &Body) -> String {
    match body {
        Body::SignedIn { address, .. }
        | Body::SignInFailed { address, .. }
        | Body::BreakGlassUsed { address, .. }
        | Body::ResetPassUsed { address, .. }
        | Body::PasswordReset { address, .. }
        | Body::Access { address, .. }
        | Body::ClientSignInRefused { address, .. }
        | Body::TokensRefused { address, .. }
        | Body::AssertionRefused { address, .. }
        | Body::DeviceSignInDenied { address, .. }
        | Body::EnrolmentRefused { address, .. } => address.clone(),
        _ => String::new(),
    }
}
