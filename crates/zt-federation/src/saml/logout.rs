//! Sign-outs (Core §3.7, Profiles §4.4).

use super::instant::write_instant;
use super::message::{Head, MOST, SKEW, begin, limited, time};
use super::{EntityId, MessageError, MessageId, MessageKind, NameId, Receipt, Status};
use crate::xml::{Document, Namespace, Unsigned, WriteError, Writer};
use zt_types::Timestamp;

/// Somebody signs out: asked of us, or told by us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// What the answer names.
    pub id: MessageId,
    /// Who asks.
    pub issuer: EntityId,
    /// Where it goes.
    pub destination: Option<String>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Until when it counts.
    pub not_on_or_after: Option<Timestamp>,
    /// Why.
    pub reason: Option<LogoutReason>,
    /// Who signs out.
    pub name_id: NameId,
    /// Of which sessions; of none that is named: of all.
    pub session_indexes: Vec<String>,
}

/// Why somebody is signed out (Core §3.7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutReason {
    /// She wants it.
    User,
    /// Somebody ended her session.
    Admin,
}

impl LogoutReason {
    const ALL: [Self; 2] = [Self::User, Self::Admin];

    /// Its name in messages.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::User => "urn:oasis:names:tc:SAML:2.0:logout:user",
            Self::Admin => "urn:oasis:names:tc:SAML:2.0:logout:admin",
        }
    }
}

impl LogoutRequest {
    /// Reads a request. If it is signed, `document` is what was verified.
    ///
    /// # Errors
    /// [`MessageError`]: the first thing wrong with it.
    pub fn read(document: &Document<'_>, receipt: &Receipt<'_>) -> Result<Self, MessageError> {
        let head = Head::read(document, MessageKind::LogoutRequest, receipt)?;
        let root = document.root();
        let not_on_or_after = time(root, "NotOnOrAfter")?;
        if not_on_or_after.is_some_and(|end| end + SKEW <= receipt.now) {
            return Err(MessageError::Over);
        }
        let mut session_indexes = Vec::new();
        for index in root.all(Namespace::SAMLP, "SessionIndex") {
            if session_indexes.len() >= MOST {
                return Err(MessageError::TooMuch("SessionIndex"));
            }
            session_indexes.push(limited(&index.trimmed()?, "SessionIndex")?);
        }
        let reason = root.attribute("Reason");
        let reason = reason.and_then(|uri| {
            LogoutReason::ALL
                .into_iter()
                .find(|known| known.uri() == uri)
        });
        Ok(Self {
            not_on_or_after,
            reason,
            name_id: NameId::in_element(root)?.ok_or(MessageError::Nobody)?,
            session_indexes,
            id: head.id,
            issuer: head.issuer,
            destination: head.destination,
            issued_at: head.issued_at,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`WriteError::Character`]: XML cannot say a name or an index.
    pub fn write(&self) -> Result<Unsigned, WriteError> {
        let mut writer = Writer::new();
        let end = self.not_on_or_after.map(write_instant);
        let more = [
            ("Destination", self.destination.as_deref()),
            ("NotOnOrAfter", end.as_deref()),
            ("Reason", self.reason.map(LogoutReason::uri)),
        ];
        begin(
            &mut writer,
            MessageKind::LogoutRequest.as_str(),
            &self.id,
            self.issued_at,
            &self.issuer,
            &more,
        );
        self.name_id.write(&mut writer);
        for index in &self.session_indexes {
            writer.element(Namespace::SAMLP, "SessionIndex", index);
        }
        writer.end();
        writer.unsigned()
    }
}

/// How a sign-out went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    /// Its own.
    pub id: MessageId,
    /// The request that it answers; `None` of one that could not be read so far.
    pub in_response_to: Option<MessageId>,
    /// Who answers.
    pub issuer: EntityId,
    /// Where it goes.
    pub destination: Option<String>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// How it went.
    pub status: Status,
}

impl LogoutResponse {
    /// Reads an answer to `request`. If it is signed, `document` is what was verified.
    ///
    /// # Errors
    /// [`MessageError`]: the first thing wrong with it.
    pub fn read(
        document: &Document<'_>,
        receipt: &Receipt<'_>,
        request: &MessageId,
    ) -> Result<Self, MessageError> {
        let head = Head::read(document, MessageKind::LogoutResponse, receipt)?;
        let answered = document.root().attribute("InResponseTo");
        // Core §3.2.2.
        if answered != Some(request.as_str()) {
            return Err(MessageError::Id("InResponseTo"));
        }
        Ok(Self {
            status: Status::read(document.root())?,
            in_response_to: Some(request.clone()),
            id: head.id,
            issuer: head.issuer,
            destination: head.destination,
            issued_at: head.issued_at,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`WriteError::Character`]: XML cannot say the address.
    pub fn write(&self) -> Result<Unsigned, WriteError> {
        let mut writer = Writer::new();
        let more = [
            ("Destination", self.destination.as_deref()),
            (
                "InResponseTo",
                self.in_response_to.as_ref().map(MessageId::as_str),
            ),
        ];
        begin(
            &mut writer,
            MessageKind::LogoutResponse.as_str(),
            &self.id,
            self.issued_at,
            &self.issuer,
            &more,
        );
        self.status.write(&mut writer);
        writer.end();
        writer.unsigned()
    }
}

#[cfg(test)]
mod tests;
