//! People, groups, and the organisation written as files.
//!
//! Entry points: [`Person`], [`Group`], [`Terms`]; [`Organisation::parse`] (files → documents, or everything that is wrong with
//! them), [`plan_people`] and [`plan_groups`] (records and documents → what would change); [`form`] (what a TOML
//! document may hold, as data).
//!
//! Invariants: nothing here reads a file or a clock; documents arrive as text, plans leave as data. Who may enter what
//! is not decided here (`zt-policy`); how a person proves who she is, is not here either (`zt-auth`).

pub mod difference;
pub mod form;
mod organisation;
mod person;
mod plan;
pub mod problem;
mod terms;

pub use organisation::{
    ATTRIBUTE_FORMATS, ATTRIBUTE_SOURCES, AUTHENTICATIONS, AddressDocument, ApplicationDocument,
    AttributeDocument, CAPABILITIES, CERTIFICATE, CLIENTS, CONSENTS, CalendarDocument,
    CertificateDocument, ClientDocument, DAYS, ENCRYPTIONS, EnforcementPointDocument, Expected,
    FACT_KINDS, FILE, Files, GRANTS, GroupDocument, HoursDocument, ID_TOKENS, LEVELS,
    LOGOUT_BINDINGS, LogoutDocument, NAME_IDS, NEEDS, NetworkDocument, OBLIGATIONS, OUTCOMES,
    OWNERS, Organisation, POLICY_STATES, POSTURE, PROFILES, PROOF_KEYS, PackDocument,
    PersonDocument, PolicyBody, PolicyEntry, PolicyTestDocument, ProviderDocument, REQUEST_DEMANDS,
    REQUEST_SIGNINGS, SCOPES, SESSION_NAMINGS, SIGN_INS, SIGNED_PARTS, SUBJECTS, SYSTEMS,
    SecretDocument, Shown, SourceDocument, TOKEN_BINDINGS, TRANSFORMS, TermsDocument,
    TokenReference, UNSOLICITED, USERINFO_ACRS, Who, XML_ALGORITHMS,
};
pub use person::{Group, ManagedBy, Person, PersonState, Role};
pub use plan::{PeoplePlan, both, plan_groups, plan_people};
pub use terms::{Terms, TermsAcceptance, TermsVersion};

#[cfg(test)]
mod tests;
