//! Our own metadata (Metadata §2.4.3).

use super::PROTOCOL;
use crate::saml::instant::write_instant;
use crate::saml::{EntityId, LogoutBinding, MessageId, NameIdKind, XmlAlgorithm};
use crate::xml::{Namespace, Unsigned, WriteError, Writer};
use zt_types::{Language, Text, Timestamp};

/// After how long others read it again: a key that comes next stands in it long before it signs.
const CACHE: &str = "PT1H";

/// What we say of ourselves.
#[derive(Debug, Clone, Copy)]
pub struct IdpMetadata<'a> {
    /// The document's own `ID`.
    pub id: &'a MessageId,
    /// Our name.
    pub entity_id: &'a EntityId,
    /// Until when it counts; `None`: until it is read again.
    pub valid_until: Option<Timestamp>,
    /// What people call us.
    pub name: &'a Text,
    /// The certificates of our keys, DER in base64: of the one that signs first (some readers take no more), then of those that
    /// come next or signed before.
    pub certificates: &'a [&'a str],
    /// Where people sign in, by Redirect and POST.
    pub sign_on: &'a str,
    /// Where they sign out, by Redirect and POST.
    pub logout: &'a str,
    /// Where service providers tell us of a sign-out without a browser.
    pub soap: &'a str,
}

impl IdpMetadata<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// [`WriteError::Character`]: XML cannot say a name.
    pub fn write(&self) -> Result<Unsigned, WriteError> {
        let mut writer = Writer::new();
        let end = self.valid_until.map(write_instant);
        writer
            .start(Namespace::MD, "EntityDescriptor")
            .attribute("ID", self.id.as_str())
            .attribute("cacheDuration", CACHE)
            .attribute("entityID", self.entity_id.as_str())
            .maybe("validUntil", end.as_deref())
            .signature_here();
        // Metadata Profile for Algorithm Support §2: the best first.
        writer
            .start(Namespace::MD, "Extensions")
            .start(Namespace::ALG, "DigestMethod")
            .attribute("Algorithm", "http://www.w3.org/2001/04/xmlenc#sha256")
            .end();
        for algorithm in [XmlAlgorithm::EcdsaSha256, XmlAlgorithm::RsaSha256] {
            writer
                .start(Namespace::ALG, "SigningMethod")
                .attribute("Algorithm", algorithm.uri())
                .end();
        }
        writer.end();
        writer
            .start(Namespace::MD, "IDPSSODescriptor")
            // Nothing of `WantAuthnRequestsSigned`: what counts is each service provider's record, and where it says `false` there
            // are libraries that sign no more.
            .attribute("protocolSupportEnumeration", PROTOCOL);
        self.name(&mut writer);
        self.keys(&mut writer);
        let browser = [LogoutBinding::Redirect, LogoutBinding::Post];
        for binding in browser {
            service(&mut writer, "SingleLogoutService", binding, self.logout);
        }
        service(
            &mut writer,
            "SingleLogoutService",
            LogoutBinding::Soap,
            self.soap,
        );
        for kind in NameIdKind::ALL {
            writer.element(Namespace::MD, "NameIDFormat", kind.format());
        }
        for binding in browser {
            service(&mut writer, "SingleSignOnService", binding, self.sign_on);
        }
        writer.end().end();
        writer.unsigned()
    }

    fn name(&self, writer: &mut Writer) {
        writer
            .start(Namespace::MD, "Extensions")
            .start(Namespace::MDUI, "UIInfo");
        for language in [Language::En, Language::Ja] {
            writer
                .start(Namespace::MDUI, "DisplayName")
                .attribute_of(Namespace::XML, "lang", language.tag())
                .text(self.name.of(language))
                .end();
        }
        writer.end().end();
    }

    fn keys(&self, writer: &mut Writer) {
        for certificate in self.certificates {
            writer
                .start(Namespace::MD, "KeyDescriptor")
                .attribute("use", "signing")
                .start(Namespace::DS, "KeyInfo")
                .start(Namespace::DS, "X509Data")
                .element(Namespace::DS, "X509Certificate", certificate)
                .end()
                .end()
                .end();
        }
    }
}

fn service(writer: &mut Writer, name: &'static str, binding: LogoutBinding, location: &str) {
    writer
        .start(Namespace::MD, name)
        .attribute("Binding", binding.uri())
        .attribute("Location", location)
        .end();
}
