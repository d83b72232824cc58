//! Messages as their service provider writes them, and those that a forger would like it to have written.

use crate::carriage::Binding;
use crate::party::OWNER;
use crate::recipe::Recipe;
use crate::{Draw, Sent};
use zt_federation::saml::{MessageKind, XmlAlgorithm};
use zt_types::Timestamp;

pub(crate) const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const SAML: &str = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";

/// Whether what has no signature can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Never.
    Signed,
    /// As it comes: a signature that is there has to be right.
    AsItComes,
}

/// Whoever reads messages, as a forger knows it.
#[derive(Debug, Clone)]
pub struct Stage {
    /// What it takes.
    pub kind: MessageKind,
    /// How it comes there.
    pub binding: Binding,
    /// Whether it has to be signed.
    pub demand: Demand,
    /// Where it is.
    pub at: String,
    /// Another address of the same provider.
    pub beside: String,
    /// The service provider that [`crate::OWNER`] is.
    pub issuer: String,
    /// The one that [`crate::ATTACKER`] is.
    pub other: String,
    /// Where answers to the owner go.
    pub consumer: String,
    /// The request that a response answers.
    pub asked: String,
    /// A name that somebody has who is signed in.
    pub victim: Option<String>,
    /// The time there.
    pub now: Timestamp,
}

impl Stage {
    /// What the owner says, under this identifier and of this name.
    pub(crate) fn said(&self, id: &str, name: &str) -> Said {
        let mut said = Said {
            element: self.kind.as_str().to_owned(),
            attributes: Vec::new(),
            issuer: format!("<saml:Issuer {SAML}>{}</saml:Issuer>", self.issuer),
            extensions: String::new(),
            body: match self.kind {
                MessageKind::AuthnRequest => {
                    format!("<saml:Subject {SAML}><saml:NameID>{name}</saml:NameID></saml:Subject>")
                }
                MessageKind::LogoutRequest => format!(
                    "<saml:NameID {SAML}>{name}</saml:NameID><samlp:SessionIndex>s1</samlp:SessionIndex>"
                ),
                MessageKind::LogoutResponse => format!(
                    "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode><samlp:StatusMessage>{name}</samlp:StatusMessage></samlp:Status>"
                ),
            },
        };
        said.set("ID", id);
        said.set("Version", "2.0");
        said.set("IssueInstant", &self.now.to_rfc3339());
        said.set("Destination", &self.at);
        if self.kind == MessageKind::LogoutResponse {
            said.set("InResponseTo", &self.asked);
        }
        said
    }

    /// The same with an identifier and a name that hardly come twice.
    pub(crate) fn any(&self, draw: &mut Draw) -> Said {
        let (id, name) = (format!("_{}", draw.word()), draw.word());
        self.said(&id, &name)
    }

    /// A name that a forger would like to be read.
    pub(crate) fn evil(&self, draw: &mut Draw) -> String {
        match &self.victim {
            Some(victim) if draw.coin() => victim.clone(),
            _ => format!("admin-{}", draw.word()),
        }
    }

    /// A time so long ago, or ahead.
    pub(crate) fn time(&self, seconds: i64) -> String {
        Timestamp::from_seconds(self.now.as_seconds() + seconds).to_rfc3339()
    }
}

/// A message in the parts that forgers move.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) element: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// The whole element.
    pub(crate) issuer: String,
    pub(crate) extensions: String,
    /// What follows.
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.drop(name);
        self.attributes.push((name.to_owned(), value.to_owned()));
        // As canonical form has them.
        self.attributes.sort();
    }

    pub(crate) fn drop(&mut self, name: &str) {
        self.attributes.retain(|(other, _)| other != name);
    }

    pub(crate) fn attribute(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    pub(crate) fn head(&self) -> String {
        let attributes = self.attributes.iter();
        let attributes: String = attributes
            .map(|(name, value)| format!(" {name}=\"{value}\""))
            .collect();
        format!(
            "<samlp:{} xmlns:samlp=\"{SAMLP}\"{attributes}>",
            self.element
        )
    }

    pub(crate) fn tail(&self) -> String {
        let extensions = &self.extensions;
        format!(
            "<samlp:Extensions>{extensions}</samlp:Extensions>{}",
            self.body
        )
    }

    pub(crate) fn end(&self) -> String {
        format!("</samlp:{}>", self.element)
    }

    pub(crate) fn with(&self, signature: &str) -> String {
        let parts = [
            &self.head(),
            &self.issuer,
            signature,
            &self.tail(),
            &self.end(),
        ];
        parts.map(str::to_owned).concat()
    }

    /// Without a signature, in canonical form.
    pub(crate) fn text(&self) -> String {
        self.with("")
    }

    /// Signed inside by the owner, in the one shape.
    pub(crate) fn signed(&self, draw: &mut Draw) -> String {
        let algorithm = algorithm(draw);
        let recipe = Recipe::plain(draw, &self.attribute("ID"), algorithm);
        let key = OWNER.key(algorithm);
        let signature = recipe.over(&self.text(), |octets| key.sign_octets(octets).unwrap());
        self.with(&signature)
    }
}

/// RSA takes ten times as long.
pub(crate) fn algorithm(draw: &mut Draw) -> XmlAlgorithm {
    match draw.below(8) {
        0 => XmlAlgorithm::RsaSha256,
        _ => XmlAlgorithm::EcdsaSha256,
    }
}

/// A message of the owner, which counts as it is.
#[derive(Debug, Clone)]
pub struct Genuine {
    pub(crate) said: Said,
    /// Its identifier.
    pub id: String,
    pub(crate) name: String,
    /// Without its signature.
    pub(crate) plain: String,
    /// With it.
    pub signed: String,
    /// The signature alone.
    pub(crate) signature: String,
}

impl Genuine {
    /// One for this stage.
    #[must_use]
    pub fn new(draw: &mut Draw, stage: &Stage) -> Self {
        let (id, name) = (format!("_{}", draw.word()), draw.word());
        let said = stage.said(&id, &name);
        let algorithm = algorithm(draw);
        let recipe = Recipe::ours(&id, algorithm);
        let key = OWNER.key(algorithm);
        let plain = said.text();
        let signature = recipe.over(&plain, |octets| key.sign_octets(octets).unwrap());
        Self {
            signed: said.with(&signature),
            said,
            id,
            name,
            plain,
            signature,
        }
    }

    /// As it comes by this binding, in one of the ways in which it may.
    #[must_use]
    pub fn sent(&self, draw: &mut Draw, stage: &Stage) -> Sent {
        crate::carriage::genuine(draw, stage, self)
    }

    /// With the signature changed.
    pub(crate) fn resigned(&self, change: impl FnOnce(&str) -> String) -> String {
        self.signed
            .replace(&self.signature, &change(&self.signature))
    }

    /// With another name.
    pub(crate) fn renamed(&self, text: &str, name: &str) -> String {
        text.replace(&format!(">{}<", self.name), &format!(">{name}<"))
    }
}
