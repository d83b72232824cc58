//! What service providers sent to the product is read: nothing that is valid is refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::xml::{PublicKey, SignatureAlgorithm, SignatureError, verified, verified_octets};
use zt_federation::StepUp;
use zt_federation::saml::{
    AuthnRequest, Claimed, EntityId, LogoutRequest, LogoutResponse, MessageId, MessageKind,
    NameIdKind, PostMessage, QuerySignature, Receipt, RedirectMessage, ServiceProvider, Sides,
    Signature, SignedParts, SpMetadata, Unsolicited, XmlAlgorithm, soap_message,
};
use zt_federation::xml::{Content, Document};
use zt_types::{AppId, ClientId, ManagedBy, Text, Timestamp};

/// Something that was sent, and how.
struct Sent {
    file: PathBuf,
    binding: String,
    /// Where it came to.
    at: String,
    moment: Timestamp,
    text: String,
}

/// A message as the bindings have it.
struct Message {
    text: String,
    beside: Option<QuerySignature>,
}

impl Sent {
    fn read(file: PathBuf) -> Self {
        let all = std::fs::read_to_string(&file).unwrap();
        let (first, text) = all.split_once('\n').unwrap();
        let [binding, at, moment] = first.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{}: `{first}`", file.display());
        };
        Self {
            binding: binding.to_owned(),
            at: at.to_owned(),
            moment: Timestamp::parse_rfc3339(moment).unwrap(),
            text: text.to_owned(),
            file,
        }
    }

    /// What must be had of it; if not, this says which one it is.
    fn must<T, E: std::fmt::Display>(&self, done: Result<T, E>) -> T {
        done.unwrap_or_else(|error| panic!("{}: {error}", self.file.display()))
    }

    fn metadata(&self) -> SpMetadata {
        let document = self.must(Document::from_octets(
            self.text.as_bytes(),
            Content::Metadata,
        ));
        self.must(SpMetadata::read(&document, self.moment))
    }

    fn message(&self) -> Message {
        let (text, beside) = match self.binding.as_str() {
            "redirect" => {
                let read = self.must(RedirectMessage::read(&self.text));
                (read.text, read.signature)
            }
            "post" => (
                self.must(PostMessage::read(self.text.as_bytes())).text,
                None,
            ),
            "soap" => (self.must(soap_message(self.text.as_bytes())), None),
            other => panic!("{}: `{other}`", self.file.display()),
        };
        Message { text, beside }
    }

    /// Reads the message as the product does, and says what it is.
    fn take(&self, providers: &BTreeMap<EntityId, ServiceProvider>) -> String {
        let message = self.message();
        let document = self.must(Document::parse(&message.text, Content::Message));
        let claimed = self.must(Claimed::of(&document));
        let provider = self.must(
            providers
                .get(&claimed.issuer)
                .ok_or(&claimed.issuer.as_str()),
        );
        let keys = keys(provider);
        let mut signature = Signature::Absent;
        let text = if claimed.signature == Signature::Present {
            signature = Signature::Present;
            self.must(verified(&document, &keys)).text().to_owned()
        } else {
            message.text.clone()
        };
        if let Some(beside) = &message.beside {
            self.must(signed_beside(beside, beside.octets.as_bytes(), &keys));
            signature = Signature::Present;
        }
        let document = self.must(Document::parse(&text, Content::Message));
        let receipt = Receipt {
            from: &provider.entity_id,
            at: &self.at,
            signature: if self.binding == "soap" {
                Signature::Absent
            } else {
                signature
            },
            now: self.moment,
        };
        match claimed.kind {
            MessageKind::AuthnRequest => {
                let request = self.must(AuthnRequest::read(&document, &receipt));
                self.must(provider.consumer(&request));
                self.must(provider.name_kind(request.name_id_policy.as_ref()));
                if let Some(context) = &request.context {
                    assert!(context.least().is_ok(), "{}", self.file.display());
                }
            }
            MessageKind::LogoutRequest => {
                self.must(LogoutRequest::read(&document, &receipt));
            }
            MessageKind::LogoutResponse => {
                let asked = document.root().attribute("InResponseTo");
                let asked = self.must(asked.and_then(MessageId::parse).ok_or("answers nothing"));
                let answer = self.must(LogoutResponse::read(&document, &receipt, &asked));
                assert!(answer.status.is_success(), "{}", self.file.display());
            }
        }
        let signed = match signature {
            Signature::Present => "signed",
            Signature::Absent => "not signed",
        };
        format!("{} by {}, {signed}", claimed.kind.as_str(), self.binding)
    }
}

fn keys(provider: &ServiceProvider) -> Vec<PublicKey> {
    let keys = provider.signing.iter().map(PublicKey::of_text);
    keys.collect::<Result<_, _>>().unwrap()
}

fn signed_beside(
    signature: &QuerySignature,
    octets: &[u8],
    keys: &[PublicKey],
) -> Result<(), SignatureError> {
    let algorithm = SignatureAlgorithm::named(&signature.algorithm).unwrap();
    verified_octets(octets, &signature.signature, algorithm, keys)
}

/// What was sent in each run, in the order of the files.
fn runs() -> BTreeMap<String, Vec<Sent>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captured");
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let runs = entries(&folder).into_iter().filter(|path| path.is_dir());
    runs.map(|run| {
        let name = run.file_name().unwrap().to_string_lossy().into_owned();
        (name, entries(&run).into_iter().map(Sent::read).collect())
    })
    .collect()
}

/// Whoever says this of itself, as registered with it.
fn providers(run: &[Sent]) -> BTreeMap<EntityId, ServiceProvider> {
    let said = run.iter().filter(|sent| sent.binding == "metadata");
    said.map(|sent| registered(sent.metadata()))
        .map(|provider| (provider.entity_id.clone(), provider))
        .collect()
}

fn registered(said: SpMetadata) -> ServiceProvider {
    let sides = Sides::from(said);
    ServiceProvider {
        id: ClientId::new("books").unwrap(),
        entity_id: sides.entity_id,
        name: Text {
            ja: "帳簿".to_owned(),
            en: "Books".to_owned(),
        },
        app: AppId::new("books").unwrap(),
        consumers: sides.consumers,
        logout: sides.logout,
        signing: sides.signing,
        encryption: sides.encryption,
        requests: sides.requests,
        signs: SignedParts::Assertion,
        algorithm: XmlAlgorithm::RsaSha256,
        name_id: NameIdKind::Persistent,
        attributes: Vec::new(),
        step_up: StepUp::default(),
        unsolicited: Unsolicited::Refused,
        session: None,
        home: None,
        source: sides.source,
        managed_by: ManagedBy::Console,
    }
}

#[test]
fn everything_that_service_providers_sent_is_read() {
    let mut table = String::new();
    for (name, run) in runs() {
        let providers = providers(&run);
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for sent in &run {
            let kind = match sent.binding.as_str() {
                "metadata" => {
                    let provider = registered(sent.metadata());
                    assert_eq!(provider.contradictions(), [], "{}", sent.file.display());
                    "metadata".to_owned()
                }
                _ => sent.take(&providers),
            };
            *kinds.entry(kind).or_default() += 1;
        }
        writeln!(table, "{name}").unwrap();
        for (kind, count) in kinds {
            writeln!(table, "  {count} {kind}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

/// Each message that is signed is signed for what it says: a second later it would be another.
#[test]
fn none_of_it_counts_with_another_character() {
    for (_, run) in runs() {
        let providers = providers(&run);
        for sent in run.iter().filter(|sent| sent.binding != "metadata") {
            let message = sent.message();
            let document = Document::parse(&message.text, Content::Message).unwrap();
            let claimed = Claimed::of(&document).unwrap();
            let keys = keys(&providers[&claimed.issuer]);
            if claimed.signature == Signature::Present {
                let text = later(
                    &message.text,
                    document.root().attribute("IssueInstant").unwrap(),
                );
                let document = Document::parse(&text, Content::Message).unwrap();
                let refused = verified(&document, &keys);
                assert_eq!(
                    refused.err(),
                    Some(SignatureError::BadDigest),
                    "{}",
                    sent.file.display()
                );
            }
            if let Some(beside) = &message.beside {
                let octets = beside.octets.replacen("RelayState=", "RelayState=x", 1);
                assert_ne!(octets, beside.octets, "{}", sent.file.display());
                let refused = signed_beside(beside, octets.as_bytes(), &keys);
                assert_eq!(
                    refused,
                    Err(SignatureError::BadSignature),
                    "{}",
                    sent.file.display()
                );
            }
        }
    }
}

/// The document with another second in its instant.
fn later(text: &str, instant: &str) -> String {
    let last = instant.trim_end_matches('Z').len() - 1;
    let digit = if instant.as_bytes()[last] == b'0' {
        "1"
    } else {
        "0"
    };
    let mut other = instant.to_owned();
    other.replace_range(last..=last, digit);
    text.replacen(instant, &other, 1)
}
