//! What service providers send and say of themselves: whatever comes is read or refused, and nobody is sent where none is
//! registered.

use zt_federation::saml::{
    AuthnRequest, Carried, Claimed, Consumer, EntityId, LogoutRequest, LogoutResponse, MessageId,
    MessageKind, MetadataSource, NameIdKind, PostMessage, Receipt, RedirectMessage, RequestSigning,
    ServiceProvider, Signature, SignedParts, SpMetadata, Unsolicited, XmlAlgorithm, soap_message,
};
use zt_federation::xml::{Content, Document};
use zt_federation::{RedirectUri, StepUp};
use zt_types::{AppId, ClientId, ManagedBy, Text, Timestamp};

/// Where messages come in the corpus.
const AT: &str = "https://id.example/saml/sso";

/// The time of the corpus: 2026-04-01T00:30:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_775_003_400);

/// A query, a form, an envelope, or a document: each is tried.
pub(crate) fn message(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(read) = RedirectMessage::read(text) {
            if let Some(signature) = &read.signature {
                let begin = match read.carried {
                    Carried::Request => "SAMLRequest=",
                    Carried::Response => "SAMLResponse=",
                };
                let octets = &signature.octets;
                assert!(octets.starts_with(begin), "signed: `{octets}`");
                let parts = octets.split('&');
                // One without `=` is one without a value.
                let is_sent = |field: &str, part: &str| {
                    field == part || part.strip_suffix('=') == Some(field)
                };
                let mut stand = parts.map(|part| text.split('&').any(|field| is_sent(field, part)));
                assert!(stand.all(|stands| stands), "not sent: `{octets}`");
            }
            document(&read.text);
        }
        document(text);
    }
    if let Ok(read) = PostMessage::read(bytes) {
        document(&read.text);
    }
    if let Ok(inside) = soap_message(bytes) {
        let envelope = String::from_utf8_lossy(bytes);
        let envelope = envelope.replace("\r\n", "\n").replace('\r', "\n");
        // It begins with its name and what is declared around it, and ends as it did there.
        let end = inside.rfind('<').and_then(|at| inside.get(at..));
        assert!(
            end.is_some_and(|end| envelope.contains(end)),
            "not in the envelope: `{inside}`"
        );
        document(&inside);
    }
}

fn document(text: &str) {
    let Ok(document) = Document::parse(text, Content::Message) else {
        return;
    };
    let Ok(claimed) = Claimed::of(&document) else {
        return;
    };
    let receipt = Receipt {
        from: &claimed.issuer,
        at: AT,
        signature: claimed.signature,
        now: NOW,
    };
    match claimed.kind {
        MessageKind::AuthnRequest => {
            if let Ok(request) = AuthnRequest::read(&document, &receipt) {
                sign_in(&request);
            }
        }
        MessageKind::LogoutRequest => {
            if let Ok(request) = LogoutRequest::read(&document, &receipt) {
                let written = request.write();
                assert!(written.is_ok(), "not written: {request:?}");
                let Ok(written) = written else { return };
                let again = Document::parse(written.text(), Content::Message);
                let again = again.ok().and_then(|again| {
                    LogoutRequest::read(
                        &again,
                        &Receipt {
                            signature: Signature::Absent,
                            ..receipt
                        },
                    )
                    .ok()
                });
                assert_eq!(again, Some(request), "written as {}", written.text());
            }
        }
        MessageKind::LogoutResponse => {
            let asked = document.root().attribute("InResponseTo");
            if let Some(asked) = asked.and_then(MessageId::parse) {
                let _ = LogoutResponse::read(&document, &receipt, &asked);
            }
        }
    }
}

fn sign_in(request: &AuthnRequest) {
    let kept = serde_json::to_string(request).unwrap_or_default();
    let read = serde_json::from_str::<AuthnRequest>(&kept);
    assert!(read.is_ok_and(|read| read == *request), "kept as {kept}");
    let provider = provider(request.issuer.clone());
    assert!(provider.is_some(), "the service provider is none");
    let Some(provider) = provider else { return };
    if let Ok(consumer) = provider.consumer(request) {
        assert!(
            provider.consumers.contains(consumer),
            "sent to `{}`",
            consumer.location.as_str()
        );
    }
    if let Ok(kind) = provider.name_kind(request.name_id_policy.as_ref()) {
        assert!(
            !matches!(kind, NameIdKind::Email | NameIdKind::Login),
            "named by {}",
            kind.as_str()
        );
    }
    if let Some(context) = &request.context {
        for proven in zt_types::Assurance::ALL {
            let _ = (context.least(), context.told(proven));
        }
    }
}

/// Metadata: what is read of it is a record that may be kept.
pub(crate) fn metadata(bytes: &[u8]) {
    let Ok(document) = Document::from_octets(bytes, Content::Metadata) else {
        return;
    };
    let Ok(said) = SpMetadata::read(&document, NOW) else {
        return;
    };
    let kept = provider(said.entity_id.clone());
    assert!(kept.is_some(), "the service provider is none");
    let renewed = kept.map(|kept| said.renewed(&kept, NOW));
    assert!(matches!(renewed, Some(Ok(_))), "of another entity");
    let Some(Ok(record)) = renewed else { return };
    assert_eq!(record.contradictions(), [], "{record:?}");
    let text = serde_json::to_string(&record).unwrap_or_default();
    let read = serde_json::from_str::<ServiceProvider>(&text);
    assert!(read.is_ok_and(|read| read == record), "kept as {text}");
}

fn provider(entity_id: EntityId) -> Option<ServiceProvider> {
    Some(ServiceProvider {
        id: ClientId::new("wiki-saml").ok()?,
        entity_id,
        name: Text {
            ja: "社内 wiki".to_owned(),
            en: "Wiki".to_owned(),
        },
        app: AppId::new("wiki").ok()?,
        consumers: vec![Consumer {
            index: 1,
            location: RedirectUri::parse("https://wiki.example/saml/acs").ok()?,
            is_default: true,
        }],
        logout: Vec::new(),
        signing: Vec::new(),
        encryption: None,
        requests: RequestSigning::AsTheyCome,
        signs: SignedParts::Assertion,
        algorithm: XmlAlgorithm::RsaSha256,
        name_id: NameIdKind::Persistent,
        attributes: Vec::new(),
        step_up: StepUp::default(),
        unsolicited: Unsolicited::Refused,
        session: None,
        home: None,
        source: MetadataSource::Written,
        managed_by: ManagedBy::Console,
    })
}
