//! Answers to requests for a sign-in (Core §2, §3.3.3; Profiles §4.1.4.2).

use super::instant::write_instant;
use super::message::begin;
use super::{Attribute, EntityId, MessageId, NameId, Status};
use crate::RedirectUri;
use crate::xml::{Namespace, Unsigned, WriteError, Writer};
use zt_types::{Seconds, Timestamp};

/// How long an assertion may be handed in: as long as a browser takes to send a form.
const LIFETIME: Seconds = Seconds::minutes(5);
/// How slow the clock of a service provider may be: one that is behind ours would take what we say now for the future.
const SLOW: Seconds = Seconds(60);

/// What a service provider is told about one sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// Its own.
    pub id: &'a MessageId,
    /// Us.
    pub issuer: &'a EntityId,
    /// When it is made.
    pub issued_at: Timestamp,
    /// Who signed in.
    pub name_id: &'a NameId,
    /// The request; `None` where nobody asked.
    pub in_response_to: Option<&'a MessageId>,
    /// The address that it goes to.
    pub recipient: &'a RedirectUri,
    /// The service provider.
    pub audience: &'a EntityId,
    /// When she was authenticated.
    pub authenticated_at: Timestamp,
    /// Her session, as a sign-out names it.
    pub session_index: &'a str,
    /// Until when her sign-in counts there.
    pub session_ends_at: Option<Timestamp>,
    /// How she was authenticated: a class.
    pub class: &'a str,
    /// What else is told of her.
    pub attributes: &'a [Attribute<'a>],
}

impl Assertion<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// [`WriteError::Character`]: XML cannot say a name or a value.
    pub fn write(&self) -> Result<Unsigned, WriteError> {
        let mut writer = Writer::new();
        let end = write_instant(self.issued_at + LIFETIME);
        writer
            .start(Namespace::SAML, "Assertion")
            .attribute("ID", self.id.as_str())
            .attribute("Version", "2.0")
            .attribute("IssueInstant", &write_instant(self.issued_at))
            .element(Namespace::SAML, "Issuer", self.issuer.as_str())
            .signature_here();
        writer.start(Namespace::SAML, "Subject");
        self.name_id.write(&mut writer);
        // Profiles §4.1.4.2: no `NotBefore` here.
        writer
            .start(Namespace::SAML, "SubjectConfirmation")
            .attribute("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")
            .start(Namespace::SAML, "SubjectConfirmationData")
            .maybe("InResponseTo", self.in_response_to.map(MessageId::as_str))
            .attribute("NotOnOrAfter", &end)
            .attribute("Recipient", self.recipient.as_str())
            .end()
            .end()
            .end();
        writer
            .start(Namespace::SAML, "Conditions")
            .attribute("NotBefore", &write_instant(self.issued_at - SLOW))
            .attribute("NotOnOrAfter", &end)
            .start(Namespace::SAML, "AudienceRestriction")
            .element(Namespace::SAML, "Audience", self.audience.as_str())
            .end()
            .end();
        let session_end = self.session_ends_at.map(write_instant);
        writer
            .start(Namespace::SAML, "AuthnStatement")
            .attribute("AuthnInstant", &write_instant(self.authenticated_at))
            .attribute("SessionIndex", self.session_index)
            .maybe("SessionNotOnOrAfter", session_end.as_deref())
            .start(Namespace::SAML, "AuthnContext")
            .element(Namespace::SAML, "AuthnContextClassRef", self.class)
            .end()
            .end();
        self.attributes(&mut writer);
        writer.end();
        writer.unsigned()
    }

    /// Values are plain text, without a type of XML Schema: nobody needs it, and its prefix would stand in no name that is signed
    /// as used.
    fn attributes(&self, writer: &mut Writer) {
        // Core §2.7.3: a statement of nothing is none.
        if self.attributes.is_empty() {
            return;
        }
        writer.start(Namespace::SAML, "AttributeStatement");
        for attribute in self.attributes {
            writer
                .start(Namespace::SAML, "Attribute")
                .attribute("Name", &attribute.rule.name)
                .attribute("NameFormat", attribute.rule.format.uri())
                .maybe("FriendlyName", attribute.rule.friendly.as_deref());
            for value in &attribute.values {
                writer.element(Namespace::SAML, "AttributeValue", value);
            }
            writer.end();
        }
        writer.end();
    }
}

/// An answer.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// Its own.
    pub id: &'a MessageId,
    /// The request; `None` where nobody asked.
    pub in_response_to: Option<&'a MessageId>,
    /// Us.
    pub issuer: &'a EntityId,
    /// The address that it goes to.
    pub destination: &'a RedirectUri,
    /// When it is made.
    pub issued_at: Timestamp,
    /// How it went, and what comes of it.
    pub outcome: Outcome<'a>,
}

/// What a request came to.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// The document of an assertion, signed or not, or what [`encrypted_assertion`] made of one.
    Assertion(&'a str),
    /// None.
    Status(Status),
}

impl Response<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// [`WriteError`]: the assertion is no document of ours, or was not when it came back from whoever signed it.
    pub fn write(&self) -> Result<Unsigned, WriteError> {
        let mut writer = Writer::new();
        let more = [
            ("Destination", Some(self.destination.as_str())),
            ("InResponseTo", self.in_response_to.map(MessageId::as_str)),
        ];
        begin(
            &mut writer,
            "Response",
            self.id,
            self.issued_at,
            self.issuer,
            &more,
        );
        match self.outcome {
            Outcome::Assertion(assertion) => {
                Status::SUCCESS.write(&mut writer);
                writer.embed(assertion);
            }
            Outcome::Status(status) => status.write(&mut writer),
        }
        writer.end();
        writer.unsigned()
    }
}

/// An assertion that was encrypted (Core §2.3.4); `data` is the `EncryptedData`.
///
/// # Errors
/// [`WriteError::Embedded`]: it is no document.
pub fn encrypted_assertion(data: &str) -> Result<String, WriteError> {
    let mut writer = Writer::new();
    writer
        .start(Namespace::SAML, "EncryptedAssertion")
        .embed(data)
        .end();
    writer.finish()
}

#[cfg(test)]
mod tests;
