//! Other people's protocols: OAuth 2 and OpenID Connect as values and rules.
//!
//! Entry points: [`Client`] is a registered client as it is kept. [`Form`] is what a request brought. [`AuthorizationRequest`] is
//! read from it, and its [`ReturnAddress`] makes the answer; so are [`TokenRequest`], [`TokenQuestion`], [`LogoutRequest`] and
//! [`DeviceAuthorizationRequest`]. [`Asked`] is what is kept of one with what came of it.
//! [`ClientMetadata`] is what a program says of itself to be registered, as far as an [`InitialToken`] lets it.
//! [`xml`] is what SAML is read from and written in.
//! [`IdTokenClaims`] and its neighbours are what tokens say, [`Metadata`] what we say of ourselves.
//!
//! Invariants: nothing here verifies a signature, draws a random number, fetches an address or looks up a record: what must be
//! known comes as an argument. An address that a client is sent to is compared as text, character by character, and is never
//! put together from what a request says.

mod acr;
mod asked;
mod assertion;
mod authorize;
mod claims;
mod client;
mod contradictions;
mod credentials;
mod device;
mod digest;
mod dpop;
mod error;
mod exchange;
mod form;
mod front;
mod introspect;
mod logout;
mod metadata;
mod pkce;
mod pushed;
mod redirect;
mod registration;
mod request_object;
mod safeguards;
pub mod saml;
mod scope;
mod token;
pub mod xml;

pub use acr::{AcrDemand, assurance_of};
pub use asked::Asked;
pub use assertion::{ClientAssertion, OneTime};
pub use authorize::{
    AuthorizationRequest, ClaimsWish, Interaction, PageFault, Prompt, Refused, Reply, ResponseMode,
    ReturnAddress,
};
pub use claims::{
    AccessTokenClaims, Claim, IdTokenClaims, IdTokenHint, LogoutTokenClaims, PersonClaims,
    PersonFacts, RefreshTokenClaims, SessionEnded, SignInClaims, UserInfo,
};
pub use client::{
    Authentication, Client, ClientSecret, ConsentDemand, GrantType, ProofKey, Scope,
    SigningAlgorithm, SubjectKind,
};
pub use contradictions::Contradiction;
pub use credentials::{ClientProof, Presented, Standing};
pub use device::{DeviceAsked, DeviceAuthorization, DeviceAuthorizationRequest, UserCode};
pub use dpop::{Confirmation, ProofClaims, Proven};
pub use error::{ErrorCode, Fault};
pub use exchange::{Actor, ExchangeRequest, SubjectToken};
pub use form::Form;
pub use front::{FrontChannel, FrontChannelError, SessionNaming};
pub use introspect::Introspection;
pub use logout::{AfterLogout, LogoutRequest};
pub use metadata::{Endpoints, Metadata};
pub use pkce::ProofKeyChallenge;
pub use pushed::{RequestReference, read_pushed};
pub use redirect::{RedirectUri, RedirectUriError};
pub use registration::{
    Allowance, ApplicationKind, ClientInformation, ClientMetadata, ClientNames, InitialToken,
    NotAllowed, Registration, Said, Secrets, SubjectWish, check_sector, metadata_fault,
};
pub use safeguards::{
    CertificateOwner, ClientSigning, Need, OwnerName, Profile, Safeguards, StepUp, TokenBinding,
};
pub use token::{Grant, TokenQuestion, TokenRequest};

#[cfg(test)]
mod tests;
