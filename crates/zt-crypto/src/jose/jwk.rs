//! JSON Web Keys (RFC 7517 §4) that somebody else wrote.

use super::public::{Algorithm, PublicMembers};
use std::collections::BTreeMap;
use zt_types::Json;

/// Members that only whoever owns a key may see (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key, and what its owner says it is for.
#[derive(Debug, Clone)]
pub(super) struct Jwk {
    pub(super) kid: Option<String>,
    pub(super) members: PublicMembers,
    /// What it may be used with: what its type allows and its own `alg` does not exclude.
    pub(super) algorithms: Vec<Algorithm>,
}

/// Why a key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotUsed {
    /// Of a type or curve that we do not know, for something else than signatures, or not well formed.
    Unusable,
    /// There is a private half or a shared secret in it.
    Private,
}

impl Jwk {
    pub(super) fn read(jwk: &BTreeMap<String, Json>) -> Result<Self, NotUsed> {
        if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return Err(NotUsed::Private);
        }
        let text = |member: &str| {
            jwk.get(member)
                .map(|value| value.as_text().ok_or(NotUsed::Unusable))
                .transpose()
        };
        let owned = |member: &str| text(member)?.map(str::to_owned).ok_or(NotUsed::Unusable);
        let (members, fitting): (_, &[Algorithm]) = match (text("kty")?, text("crv")?) {
            (Some("EC"), Some("P-256")) => {
                let (x, y) = (owned("x")?, owned("y")?);
                (PublicMembers::Ec { x, y }, &[Algorithm::Es256])
            }
            (Some("OKP"), Some("Ed25519")) => {
                let x = owned("x")?;
                (PublicMembers::Ed { x }, &[Algorithm::EdDsa])
            }
            (Some("RSA"), None) => {
                let (n, e) = (owned("n")?, owned("e")?);
                let both = &[Algorithm::Rs256, Algorithm::Ps256];
                (PublicMembers::Rsa { n, e }, both)
            }
            _ => return Err(NotUsed::Unusable),
        };
        // RFC 7517 §4.2, §4.3.
        let for_signatures = text("use")?.is_none_or(|usage| usage == "sig");
        let may_verify = match jwk.get("key_ops") {
            None => true,
            Some(Json::List(all)) => all.iter().any(|one| one.as_text() == Some("verify")),
            Some(_) => false,
        };
        let named = text("alg")?;
        let is_named =
            |one: &Algorithm| named.is_none_or(|name| Algorithm::named(name) == Some(*one));
        let algorithms: Vec<_> = fitting.iter().copied().filter(is_named).collect();
        if !for_signatures || !may_verify || algorithms.is_empty() {
            return Err(NotUsed::Unusable);
        }
        Ok(Self {
            kid: text("kid")?.map(str::to_owned),
            members,
            algorithms,
        })
    }
}
