//! What of a client cannot hold together, whoever wrote its record: files, the console, or the program itself.

use crate::{
    Authentication, Client, ClientSigning, ErrorCode, Fault, GrantType, Need, Profile, ProofKey,
    SigningAlgorithm,
};
use zt_types::{ClientId, PersonId};

/// Two things that cannot both be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Contradiction {
    /// Its id is the address of a form, or could be a person's.
    #[error("its id is `new`, or could be the id of a person")]
    Id,
    /// It authenticates with a secret and has none.
    #[error("it authenticates with a secret and has none")]
    NoSecret,
    /// It has a secret that nothing asks for.
    #[error("it has a secret and does not authenticate with it")]
    Secret,
    /// It authenticates with keys and has none.
    #[error("it authenticates with its keys and has none")]
    NoKeys,
    /// It is to sign its requests and has no keys.
    #[error("it signs its requests and has no keys")]
    NothingToSignWith,
    /// `tls_client_auth` without the name of a certificate, or the other way round.
    #[error("`tls_client_auth` and the name in a certificate go together")]
    Certificate,
    /// It may come with nothing.
    #[error("it may come with nothing")]
    NoGrant,
    /// It gets codes, and they can be sent nowhere.
    #[error("a code needs an address to be sent to")]
    NoRedirect,
    /// It pushes requests for codes and gets none.
    #[error("a request is pushed for a code, and it gets none")]
    PushedForNothing,
    /// It may refresh what it does not get.
    #[error("a refresh token comes with a code, and it gets none")]
    RefreshWithoutCode,
    /// It acts in its own name, which it does not prove.
    #[error("what it does in its own name takes proof of who it is")]
    Unproven,
    /// Exchanges without somebody to take what comes of them, or the other way round.
    #[error("token exchange and the clients that take such tokens go together")]
    Exchange,
    /// Without a secret, and without a proof key.
    #[error("without proof of who it is only a proof key shows that a code is its own")]
    ProofKey,
    /// It is to keep to FAPI 2.0 and cannot.
    #[error("FAPI 2.0 takes a key or a certificate, proof keys, and no RS256")]
    Profile,
}

impl From<Contradiction> for Fault {
    /// What a program that registers itself is told (RFC 7591 §3.2.2).
    fn from(found: Contradiction) -> Self {
        let (code, description) = match found {
            Contradiction::NoRedirect => (
                ErrorCode::InvalidRedirectUri,
                "a code needs an address to be sent to: redirect_uris",
            ),
            Contradiction::NoKeys | Contradiction::NothingToSignWith => (
                ErrorCode::InvalidClientMetadata,
                "whoever signs has keys: in jwks or at a jwks_uri",
            ),
            Contradiction::RefreshWithoutCode => (
                ErrorCode::InvalidClientMetadata,
                "a refresh_token comes with a code: name authorization_code or the device grant in grant_types",
            ),
            Contradiction::Unproven => (
                ErrorCode::InvalidClientMetadata,
                "client_credentials is for whoever authenticates",
            ),
            Contradiction::NoGrant => (
                ErrorCode::InvalidClientMetadata,
                "without any of the grant_types it gets nothing",
            ),
            Contradiction::PushedForNothing => (
                ErrorCode::InvalidClientMetadata,
                "a request is pushed for a code: name authorization_code in grant_types",
            ),
            _ => (
                ErrorCode::InvalidClientMetadata,
                "what is said of the client cannot hold together",
            ),
        };
        Self::new(code, description)
    }
}

impl Client {
    /// Whether a client may be called so: not `new`, which is the address of a form; and not like a person, since a token in a
    /// client's own name has its id as `sub`.
    #[must_use]
    pub fn may_be_called(id: &ClientId) -> bool {
        id.as_str() != "new" && id.as_str().parse::<PersonId>().is_err()
    }

    /// What of it cannot hold together; nothing of a client that may be registered.
    #[must_use]
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let shows_no_key = self.keys.is_none() && self.jwks_uri.is_none();
        let may = |grant| self.grants.contains(&grant);
        let is_proven = self.authentication != Authentication::None;
        let by_secret = matches!(
            self.authentication,
            Authentication::SecretBasic | Authentication::SecretPost
        );
        let by_keys = matches!(
            self.authentication,
            Authentication::PrivateKeyJwt | Authentication::TlsRegistered
        );
        let vouched = self.authentication == Authentication::TlsVouched;
        let gets_codes = may(GrantType::AuthorizationCode);
        let signs = self.safeguards.signed_requests == Need::Required
            || self.safeguards.request_signing != ClientSigning::Any;
        let pushes = self.safeguards.pushed_requests == Need::Required;
        let in_own_name = may(GrantType::ClientCredentials) || may(GrantType::TokenExchange);
        let found = [
            (Contradiction::Id, !Self::may_be_called(&self.id)),
            (
                Contradiction::NoSecret,
                by_secret && self.secrets.is_empty(),
            ),
            (
                Contradiction::Secret,
                !by_secret && !self.secrets.is_empty(),
            ),
            (Contradiction::NoKeys, by_keys && shows_no_key),
            (Contradiction::NothingToSignWith, signs && shows_no_key),
            (
                Contradiction::Certificate,
                vouched != self.safeguards.certificate.is_some(),
            ),
            (Contradiction::NoGrant, self.grants.is_empty()),
            (
                Contradiction::NoRedirect,
                gets_codes && self.redirect_uris.is_empty(),
            ),
            (Contradiction::PushedForNothing, pushes && !gets_codes),
            (
                Contradiction::RefreshWithoutCode,
                may(GrantType::RefreshToken) && !gets_codes && !may(GrantType::DeviceCode),
            ),
            (Contradiction::Unproven, in_own_name && !is_proven),
            (
                Contradiction::Exchange,
                may(GrantType::TokenExchange) == self.exchange_to.is_empty(),
            ),
            (
                Contradiction::ProofKey,
                self.proof_key == ProofKey::OrNonce && !is_proven,
            ),
            (Contradiction::Profile, !self.keeps_its_profile()),
        ];
        let found = found.into_iter().filter(|(_, is_so)| *is_so);
        found.map(|(contradiction, _)| contradiction).collect()
    }

    /// FAPI 2.0 Security Profile §5.3.2.1, §5.4.1.
    fn keeps_its_profile(&self) -> bool {
        let by_key = self.authentication == Authentication::PrivateKeyJwt;
        let is_proven = by_key || self.authentication.is_by_certificate();
        let signs_rs256 = [
            self.safeguards.request_signing,
            self.safeguards.assertion_signing,
        ]
        .contains(&ClientSigning::Rs256);
        let gets_rs256 = self.id_token == SigningAlgorithm::Rs256
            || self.safeguards.userinfo_signing == Some(SigningAlgorithm::Rs256);
        self.safeguards.profile == Profile::Usual
            || (is_proven && self.proof_key == ProofKey::Required && !signs_rs256 && !gets_rs256)
    }
}

#[cfg(test)]
mod tests;
