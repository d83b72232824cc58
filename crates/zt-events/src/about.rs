//! What an event is about: its topic, its outcome, and whom and what it concerns.

use crate::{Body, Event, Outcome, Topic};
use zt_types::{AppId, DeviceId, PersonId, Subject};

impl Event {
    /// What it is about.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match &self.body {
            Body::SignedIn { .. }
            | Body::SignInFailed { .. }
            | Body::SteppedUp { .. }
            | Body::ClientSignedIn { .. }
            | Body::ClientSignInRefused { .. }
            | Body::ProofKeyWaived { .. }
            | Body::TokensIssued { .. }
            | Body::TokenExchanged { .. }
            | Body::ClientTokenIssued { .. }
            | Body::TokensRefused { .. }
            | Body::AssertionIssued { .. }
            | Body::AssertionRefused { .. }
            | Body::DeviceSignInDenied { .. }
            | Body::GrantEnded { .. }
            | Body::ConsentWithdrawn { .. }
            | Body::ClientTold { .. }
            | Body::ClientNotTold { .. }
            | Body::SessionEnded { .. }
            | Body::CredentialEnrolled { .. }
            | Body::CredentialRemoved { .. }
            | Body::BreakGlassUsed { .. }
            | Body::PasswordResetDue { .. }
            | Body::ResetPassIssued { .. }
            | Body::ResetPassRevoked { .. }
            | Body::ResetPassUsed { .. }
            | Body::PasswordReset { .. } => Topic::SignIn,
            Body::TermsAccepted { .. }
            | Body::TermsDeclined { .. }
            | Body::Access { .. }
            | Body::Decided { .. }
            | Body::Searched { .. }
            | Body::QuestionRefused { .. }
            | Body::DecisionDisputed { .. }
            | Body::ConnectionCut { .. } => Topic::Access,
            Body::DeviceEnrolled { .. }
            | Body::DeviceRetired { .. }
            | Body::CertificateIssued { .. }
            | Body::CertificateRevoked { .. }
            | Body::EnrolmentRefused { .. } => Topic::Device,
            Body::FactOpened { .. }
            | Body::FactCleared { .. }
            | Body::DeviceStateReported { .. }
            | Body::SignalRefused { .. }
            | Body::TaskOpened { .. }
            | Body::TaskClosed { .. } => Topic::Trust,
            Body::OrganisationChanged { .. }
            | Body::InitialTokenMade { .. }
            | Body::InitialTokenRevoked { .. }
            | Body::ClientRegistered { .. }
            | Body::ClientReregistered { .. }
            | Body::ClientDeregistered { .. }
            | Body::RegistrationRefused { .. }
            | Body::MetadataRead { .. }
            | Body::MetadataNotRead { .. }
            | Body::ClaimsShown { .. }
            | Body::PoliciesChanged { .. }
            | Body::EventsLost { .. }
            | Body::Started { .. } => Topic::Administration,
        }
    }

    /// Whether what was tried came to pass.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match &self.body {
            Body::Access { outcome, .. } | Body::Decided { outcome, .. } => *outcome,
            Body::SignInFailed { .. }
            | Body::ClientSignInRefused { .. }
            | Body::TokensRefused { .. }
            | Body::AssertionRefused { .. }
            | Body::MetadataNotRead { .. }
            | Body::RegistrationRefused { .. }
            | Body::DeviceSignInDenied { .. }
            | Body::ClientNotTold { .. }
            | Body::EnrolmentRefused { .. }
            | Body::SignalRefused { .. }
            | Body::QuestionRefused { .. }
            | Body::DecisionDisputed { .. }
            | Body::EventsLost { .. }
            | Body::TermsDeclined { .. }
            | Body::ConnectionCut { .. } => Outcome::Failure,
            _ => Outcome::Success,
        }
    }

    /// The event's slug, as in its stored form.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.body {
            Body::SignedIn { .. } => "signed-in",
            Body::SignInFailed { .. } => "sign-in-failed",
            Body::SteppedUp { .. } => "stepped-up",
            Body::ClientSignedIn { .. } => "client-signed-in",
            Body::ClientSignInRefused { .. } => "client-sign-in-refused",
            Body::ProofKeyWaived { .. } => "proof-key-waived",
            Body::TokensIssued { .. } => "tokens-issued",
            Body::TokenExchanged { .. } => "token-exchanged",
            Body::ClientTokenIssued { .. } => "client-token-issued",
            Body::ClaimsShown { .. } => "claims-shown",
            Body::TokensRefused { .. } => "tokens-refused",
            Body::AssertionIssued { .. } => "assertion-issued",
            Body::AssertionRefused { .. } => "assertion-refused",
            Body::MetadataRead { .. } => "metadata-read",
            Body::MetadataNotRead { .. } => "metadata-not-read",
            Body::DeviceSignInDenied { .. } => "device-sign-in-denied",
            Body::GrantEnded { .. } => "grant-ended",
            Body::InitialTokenMade { .. } => "initial-token-made",
            Body::InitialTokenRevoked { .. } => "initial-token-revoked",
            Body::ClientRegistered { .. } => "client-registered",
            Body::ClientReregistered { .. } => "client-reregistered",
            Body::ClientDeregistered { .. } => "client-deregistered",
            Body::RegistrationRefused { .. } => "registration-refused",
            Body::ConsentWithdrawn { .. } => "consent-withdrawn",
            Body::ClientTold { .. } => "client-told",
            Body::ClientNotTold { .. } => "client-not-told",
            Body::SessionEnded { .. } => "session-ended",
            Body::CredentialEnrolled { .. } => "credential-enrolled",
            Body::CredentialRemoved { .. } => "credential-removed",
            Body::BreakGlassUsed { .. } => "break-glass-used",
            Body::PasswordResetDue { .. } => "password-reset-due",
            Body::ResetPassIssued { .. } => "reset-pass-issued",
            Body::ResetPassRevoked { .. } => "reset-pass-revoked",
            Body::ResetPassUsed { .. } => "reset-pass-used",
            Body::PasswordReset { .. } => "password-reset",
            Body::TermsAccepted { .. } => "terms-accepted",
            Body::TermsDeclined { .. } => "terms-declined",
            Body::Access { .. } => "access",
            Body::Decided { .. } => "decided",
            Body::Searched { .. } => "searched",
            Body::QuestionRefused { .. } => "question-refused",
            Body::DecisionDisputed { .. } => "decision-disputed",
            Body::ConnectionCut { .. } => "connection-cut",
            Body::DeviceEnrolled { .. } => "device-enrolled",
            Body::DeviceRetired { .. } => "device-retired",
            Body::CertificateIssued { .. } => "certificate-issued",
            Body::CertificateRevoked { .. } => "certificate-revoked",
            Body::EnrolmentRefused { .. } => "enrolment-refused",
            Body::FactOpened { .. } => "fact-opened",
            Body::FactCleared { .. } => "fact-cleared",
            Body::DeviceStateReported { .. } => "device-state-reported",
            Body::SignalRefused { .. } => "signal-refused",
            Body::TaskOpened { .. } => "task-opened",
            Body::TaskClosed { .. } => "task-closed",
            Body::OrganisationChanged { .. } => "organisation-changed",
            Body::PoliciesChanged { .. } => "policies-changed",
            Body::EventsLost { .. } => "events-lost",
            Body::Started { .. } => "started",
        }
    }

    /// The person it concerns, for indices and timelines.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match &self.body {
            Body::SignedIn { person, .. }
            | Body::SteppedUp { person, .. }
            | Body::ClientSignedIn { person, .. }
            | Body::ClientSignInRefused { person, .. }
            | Body::TokensIssued { person, .. }
            | Body::TokenExchanged { person, .. }
            | Body::AssertionIssued { person, .. }
            | Body::ClaimsShown { person, .. }
            | Body::DeviceSignInDenied { person, .. }
            | Body::GrantEnded { person, .. }
            | Body::ConsentWithdrawn { person, .. }
            | Body::ClientTold { person, .. }
            | Body::ClientNotTold { person, .. }
            | Body::SessionEnded { person, .. }
            | Body::CredentialEnrolled { person, .. }
            | Body::CredentialRemoved { person, .. }
            | Body::BreakGlassUsed { person, .. }
            | Body::PasswordResetDue { person, .. }
            | Body::ResetPassIssued { person, .. }
            | Body::ResetPassRevoked { person }
            | Body::ResetPassUsed { person, .. }
            | Body::PasswordReset { person, .. }
            | Body::TermsAccepted { person, .. }
            | Body::TermsDeclined { person, .. }
            | Body::Decided { person, .. }
            | Body::ConnectionCut { person, .. }
            | Body::DeviceEnrolled { person, .. }
            | Body::DeviceRetired { person, .. }
            | Body::CertificateIssued { person, .. }
            | Body::CertificateRevoked { person, .. } => Some(*person),
            Body::SignInFailed { person, .. }
            | Body::TokensRefused { person, .. }
            | Body::AssertionRefused { person, .. }
            | Body::Access { person, .. }
            | Body::Searched { person, .. } => *person,
            Body::FactOpened {
                subject: Subject::Person(person),
                ..
            }
            | Body::FactCleared {
                subject: Subject::Person(person),
                ..
            } => Some(*person),
            _ => None,
        }
    }

    /// The device it concerns, for indices and timelines.
    #[must_use]
    pub const fn device(&self) -> Option<DeviceId> {
        match &self.body {
            Body::DeviceEnrolled { device, .. }
            | Body::DeviceRetired { device, .. }
            | Body::DeviceStateReported { device, .. }
            | Body::CertificateIssued { device, .. }
            | Body::CertificateRevoked { device, .. } => Some(*device),
            Body::SignedIn { device, .. }
            | Body::ClientSignInRefused { device, .. }
            | Body::Access { device, .. }
            | Body::Decided { device, .. }
            | Body::ConnectionCut { device, .. } => *device,
            Body::FactOpened {
                subject: Subject::Device(device),
                ..
            }
            | Body::FactCleared {
                subject: Subject::Device(device),
                ..
            } => Some(*device),
            _ => None,
        }
    }

    /// The application it concerns, for indices.
    #[must_use]
    pub const fn app(&self) -> Option<&AppId> {
        match &self.body {
            Body::Access { app, .. } | Body::Searched { app, .. } => app.as_ref(),
            Body::Decided { app, .. }
            | Body::ConnectionCut { app, .. }
            | Body::ClientSignedIn { app, .. }
            | Body::ClientSignInRefused { app, .. }
            | Body::InitialTokenMade { app, .. }
            | Body::InitialTokenRevoked { app, .. }
            | Body::ClientRegistered { app, .. }
            | Body::ClientReregistered { app, .. }
            | Body::ClientDeregistered { app, .. }
            | Body::ProofKeyWaived { app, .. }
            | Body::TokensIssued { app, .. }
            | Body::TokenExchanged { app, .. }
            | Body::AssertionIssued { app, .. }
            | Body::MetadataRead { app, .. }
            | Body::MetadataNotRead { app, .. }
            | Body::ClientTokenIssued { app, .. }
            | Body::ClaimsShown { app, .. }
            | Body::DeviceSignInDenied { app, .. }
            | Body::GrantEnded { app, .. }
            | Body::ClientTold { app, .. }
            | Body::ClientNotTold { app, .. } => Some(app),
            _ => None,
        }
    }
}
