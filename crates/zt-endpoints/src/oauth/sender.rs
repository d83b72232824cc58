//! What the sender of a request shows that it holds, so that what it gets is good for nobody else (RFC 9449).

use super::ACCEPTED;
use super::assertions::NotTaken;
use super::nonces::PROOF;
use super::refused::Refused;
use crate::{Caller, Endpoints};
use http::{HeaderMap, Method};
use zt_auth::Grant;
use zt_crypto::jose::embedded;
use zt_crypto::jose::foreign::Algorithm;
use zt_crypto::x509::client::thumbprint;
use zt_federation::{
    Authentication, Client, Confirmation, ErrorCode, Fault, GrantType, OneTime, ProofClaims,
    Proven, TokenBinding,
};

/// A proof that was made for this request.
#[derive(Debug)]
pub(super) struct Proof {
    /// The key, by its thumbprint.
    pub(super) key: String,
    algorithm: Algorithm,
    once: OneTime,
}

/// What the sender of a request for tokens shows.
#[derive(Debug)]
pub(super) struct Sender {
    /// What the tokens are good with only; none: with whoever has them.
    pub(super) holds: Option<Confirmation>,
    proof: Option<Proof>,
}

const fn wrong(description: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidDpopProof, description)
}

impl Endpoints {
    /// The proof that a request of `method` to `path` comes with, if it does; with an access token, one for that.
    pub(super) fn proof(
        &self,
        headers: &HeaderMap,
        method: &Method,
        path: &str,
        token: Option<&str>,
    ) -> Result<Option<Proof>, Fault> {
        let mut all = headers.get_all(PROOF).iter();
        let (first, None) = (all.next(), all.next()) else {
            return Err(wrong("there is one proof at a time"));
        };
        let Some(first) = first else {
            return Ok(None);
        };
        let unread = wrong("the proof is no JWT that is signed with the public key in it");
        let text = first.to_str().map_err(|_| unread)?;
        let read = embedded::verify(text, &ACCEPTED).map_err(|_| unread)?;
        // RFC 9449 §4.3: what else the key signs is no proof.
        if read.typ.as_deref() != Some("dpop+jwt") {
            return Err(wrong("the typ of a proof is dpop+jwt"));
        }
        let claims = serde_json::from_value::<ProofClaims>(read.claims);
        let claims = claims.map_err(|_| wrong("a proof has jti, htm, htu and iat"))?;
        let now = self.live().clock().now();
        let address = format!("{}{path}", self.inner.parts.origin);
        let request = Proven {
            method: method.as_str(),
            address: &address,
            token,
            nonces: &self.inner.nonces.counting(now),
        };
        Ok(Some(Proof {
            once: claims.check(request, now)?,
            key: read.thumbprint,
            algorithm: read.algorithm,
        }))
    }

    /// The proof of a client, which signs it as it may.
    pub(super) fn proof_of(
        &self,
        client: &Client,
        headers: &HeaderMap,
        path: &str,
    ) -> Result<Option<Proof>, Fault> {
        let proof = self.proof(headers, &Method::POST, path, None)?;
        let may = |proof: &Proof| client.signs_with(proof.algorithm.as_str());
        if proof.as_ref().is_some_and(|proof| !may(proof)) {
            return Err(wrong(
                "the proof is signed with an algorithm that the client may not use",
            ));
        }
        Ok(proof)
    }

    /// Uses a proof up (RFC 9449 §11.1). Only what is otherwise in order is remembered: nobody fills the memory who gets nothing.
    pub(super) fn spend(&self, proof: &Proof) -> Result<(), Refused> {
        let now = self.live().clock().now();
        match self.inner.proofs.take(&proof.key, &proof.once, now) {
            Ok(()) => Ok(()),
            Err(NotTaken::Used | NotTaken::TooEarly) => {
                Err(wrong("the proof was used before").into())
            }
            Err(NotTaken::Full) => Err(Refused::unavailable("too many proofs at a time")),
        }
    }

    /// What a client shows that asks for tokens, and whether that is what it has to.
    pub(super) fn sender(
        &self,
        (client, comes_with): (&Client, GrantType),
        caller: &Caller,
        headers: &HeaderMap,
    ) -> Result<Sender, Refused> {
        let proof = self.proof_of(client, headers, super::TOKEN)?;
        let key = proof
            .as_ref()
            .map(|proof| Confirmation::Key(proof.key.clone()));
        let holds = match client.token_binding() {
            TokenBinding::Key if key.is_none() => {
                let description =
                    "the client is registered for tokens bound to a key: show a proof";
                return Err(wrong(description).into());
            }
            TokenBinding::Key | TokenBinding::IfShown => key,
            TokenBinding::Certificate => {
                let description = "the client is registered for tokens bound to the certificate of its connection";
                let refused = || match comes_with {
                    // What was given is bound to it already (RFC 8705 §4).
                    GrantType::RefreshToken => Refused::grant(description, "key-binding"),
                    _ => Fault::new(ErrorCode::InvalidRequest, description).into(),
                };
                Some(certificate_of(caller).ok_or_else(refused)?)
            }
        };
        Ok(Sender { holds, proof })
    }
}

/// The certificate that a connection shows, as tokens name it.
pub(super) fn certificate_of(caller: &Caller) -> Option<Confirmation> {
    let leaf = caller.chain.first()?;
    Some(Confirmation::Certificate(thumbprint(leaf)))
}

impl Sender {
    /// Uses up what counts once.
    pub(super) fn spend(&self, endpoints: &Endpoints) -> Result<(), Refused> {
        self.proof
            .as_ref()
            .map_or(Ok(()), |proof| endpoints.spend(proof))
    }

    /// What is kept with a grant of what its first tokens were bound to.
    pub(super) fn kept(&self) -> Option<String> {
        let holds = self.holds.as_ref()?;
        serde_json::to_string(holds).ok()
    }

    /// Whether a code may be redeemed that was asked for with a key in mind (RFC 9449 §10).
    pub(super) fn may_redeem(&self, wanted: Option<&str>) -> Result<(), Refused> {
        match (wanted, &self.holds) {
            (None, _) => Ok(()),
            (Some(wanted), Some(Confirmation::Key(key))) if wanted == key => Ok(()),
            (Some(_), _) => Err(Refused::grant(
                "the code was asked for with another key than the one that is shown",
                "key-binding",
            )),
        }
    }

    /// Whether a grant may be refreshed whose tokens were bound (RFC 9449 §5): never with less, and where nothing else says whose
    /// the refresh token is, with the same key only.
    pub(super) fn may_refresh(&self, client: &Client, grant: &Grant) -> Result<(), Refused> {
        let Some(kept) = &grant.holder else {
            return Ok(());
        };
        let Some(shown) = self.kept() else {
            let description =
                "the tokens are bound to what their client holds: each refresh shows it";
            let kept = serde_json::from_str::<Confirmation>(kept);
            return Err(match kept {
                // No proof is missing that it could show.
                Ok(Confirmation::Certificate(_)) => Refused::grant(description, "key-binding"),
                _ => Refused::new(wrong(description), "key-binding"),
            });
        };
        if client.authentication == Authentication::None && shown != *kept {
            return Err(Refused::grant(
                "the refresh token is bound to another key than the one that is shown",
                "key-binding",
            ));
        }
        Ok(())
    }
}
