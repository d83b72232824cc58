//! The ways to forge, each by its name.

use crate::carriage::{Binding, Forgery, Sent};
use crate::message::Demand;
use crate::{Draw, Stage, altered, bound, meant, posted, shaped, soaped, wrapped};
use std::collections::BTreeSet;
use zt_federation::saml::MessageKind;

/// Distinct forgeries of each class.
pub const VARIANTS: usize = 500;
/// What they are drawn from.
pub const SEED: u64 = 0x5ec1_5407_0a71_2026;

/// One way to forge.
#[derive(Debug, Clone, Copy)]
pub struct Class {
    /// What it is called.
    pub name: &'static str,
    kinds: &'static [MessageKind],
    bindings: &'static [Binding],
    /// Where a signature is demanded, or also where what has none may count.
    demand: Option<Demand>,
    forge: fn(&mut Draw, &Stage) -> Forgery,
}

const ANY: &[MessageKind] = &[
    MessageKind::AuthnRequest,
    MessageKind::LogoutRequest,
    MessageKind::LogoutResponse,
];
const SIGN_IN: &[MessageKind] = &[MessageKind::AuthnRequest];
const SIGN_OUT: &[MessageKind] = &[MessageKind::LogoutRequest];
const ANSWER: &[MessageKind] = &[MessageKind::LogoutResponse];
const REQUESTS: &[MessageKind] = &[MessageKind::AuthnRequest, MessageKind::LogoutRequest];
const ALL: &[Binding] = &[Binding::Redirect, Binding::Post, Binding::Soap];

const fn class(name: &'static str, forge: fn(&mut Draw, &Stage) -> Forgery) -> Class {
    Class {
        name,
        kinds: ANY,
        bindings: ALL,
        demand: None,
        forge,
    }
}

const fn of(kinds: &'static [MessageKind], class: Class) -> Class {
    Class { kinds, ..class }
}

const fn by(binding: &'static [Binding], class: Class) -> Class {
    Class {
        bindings: binding,
        ..class
    }
}

/// Of what is as good as not signed.
const fn bare(class: Class) -> Class {
    Class {
        demand: Some(Demand::Signed),
        ..class
    }
}

const REDIRECT: &[Binding] = &[Binding::Redirect];
const POST: &[Binding] = &[Binding::Post];
const SOAP: &[Binding] = &[Binding::Soap];

const CLASSES: &[Class] = &[
    // What is signed is still there, and something else is where it should be.
    class("XSW1", wrapped::xsw1),
    class("XSW2", wrapped::xsw2),
    class("XSW3", wrapped::xsw3),
    class("XSW4", wrapped::xsw4),
    class("XSW5", wrapped::xsw5),
    class("XSW6", wrapped::xsw6),
    class("XSW7", wrapped::xsw7),
    class("XSW8", wrapped::xsw8),
    class("a signed sibling", wrapped::sibling),
    class("signed in Extensions", wrapped::in_extensions),
    class("signed in Advice and other places", wrapped::elsewhere),
    class("one identifier twice", wrapped::twice),
    class("a part is signed", wrapped::part),
    // Signed by the owner in another shape, or by nobody who counts.
    class(
        "signature methods with SHA-1 or MD5",
        shaped::weak_signature,
    ),
    class("digests of SHA-1 or MD5", shaped::weak_digest),
    class("HMAC under a published key", shaped::mac),
    class("another canonicalization", shaped::other_canonicalization),
    class(
        "canonicalization that gives nothing",
        shaped::empty_canonicalization,
    ),
    class("other transforms", shaped::transforms),
    class("other references", shaped::references),
    class("several SignedInfo", shaped::signed_infos),
    class("something twice in the signature", shaped::doubled),
    class("objects and manifests", shaped::stowed),
    class("many prefixes", shaped::prefixes),
    class("a key that comes along in KeyInfo", shaped::own_key),
    class("nobody's signature", shaped::nobodys),
    bare(class("no signature", shaped::unsigned)),
    class("comments and elements in DigestValue", shaped::in_digests),
    // What parsers read in two ways, or work on without end.
    class("comments in names", altered::comments),
    class("CDATA and instructions in names", altered::splits),
    class("changed after signing", altered::changed),
    class("encrypted assertions put in", altered::encrypted),
    class("two parsers differ", altered::differences),
    bare(class("namespaces", altered::names)),
    class(
        "document types and external entities",
        altered::document_types,
    ),
    class("entity bombs", altered::bombs),
    class("undeclared entities", altered::entities),
    class("UTF-16", altered::utf16),
    class("UTF-7, UTF-32 and other encodings", altered::encodings),
    class("octets that are no UTF-8", altered::not_utf8),
    class("byte order marks", altered::marks),
    class("deep, wide and long", altered::large),
    // Signed by the owner, and meant for somebody else, or for another time.
    class("another destination", meant::destination),
    class("another time", meant::time),
    class("another issuer", meant::issuer),
    class("another message", meant::kind),
    class("a response with an assertion", meant::response),
    class("another version", meant::version),
    class("no identifier", meant::id),
    of(
        SIGN_IN,
        class("another consumer, and javascript:", meant::consumer),
    ),
    of(SIGN_IN, class("another audience", meant::audience)),
    of(SIGN_IN, class("another recipient", meant::recipient)),
    of(
        SIGN_IN,
        class("conditions of another time", meant::conditions),
    ),
    of(REQUESTS, class("encrypted names", meant::encrypted_name)),
    of(SIGN_OUT, class("nobody, and several", meant::nobody)),
    of(ANSWER, class("another InResponseTo", meant::in_response_to)),
    // Around the message.
    by(REDIRECT, class("parameters twice", bound::twice)),
    by(REDIRECT, class("a request and a response", bound::both)),
    by(
        REDIRECT,
        class("names of parameters in disguise", bound::disguised),
    ),
    by(REDIRECT, class("another SAMLEncoding", bound::encoding)),
    by(REDIRECT, bare(class("half signed", bound::half_signed))),
    by(REDIRECT, class("another SigAlg", bound::algorithm)),
    by(
        REDIRECT,
        class("parameters changed after signing", bound::changed),
    ),
    by(REDIRECT, class("signed in another order", bound::order)),
    by(REDIRECT, class("a query with an HMAC", bound::mac)),
    by(
        REDIRECT,
        class("the signature of another query", bound::kept),
    ),
    by(
        REDIRECT,
        class("trailing data and several members", bound::members),
    ),
    by(REDIRECT, class("deflate bombs", bound::bombs)),
    by(REDIRECT, class("base64 that is none", bound::base64)),
    by(POST, class("fields twice", posted::twice)),
    by(POST, class("a request and a response", posted::both)),
    by(
        POST,
        class("names of fields in disguise", posted::disguised),
    ),
    by(
        POST,
        bare(class("a signature beside the form", posted::beside)),
    ),
    by(POST, class("compressed, and bombs", posted::compressed)),
    by(POST, class("base64 that is none", posted::base64)),
    by(SOAP, class("another envelope", soaped::envelope)),
    by(SOAP, class("a body of something else", soaped::body)),
    by(
        SOAP,
        class("headers that have to be understood", soaped::headers),
    ),
    by(SOAP, bare(class("signed in the header", soaped::in_header))),
    by(SOAP, class("namespaces of the envelope", soaped::leaning)),
    by(SOAP, bare(class("the envelope is signed", soaped::around))),
];

/// All that there are for a stage.
pub fn classes(stage: &Stage) -> impl Iterator<Item = &'static Class> {
    let (kind, binding, demand) = (stage.kind, stage.binding, stage.demand);
    CLASSES.iter().filter(move |class| {
        class.kinds.contains(&kind)
            && class.bindings.contains(&binding)
            && class.demand.is_none_or(|demanded| demanded == demand)
    })
}

impl Class {
    /// So many distinct forgeries for a stage, as they are sent.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn forged(&self, stage: &Stage) -> impl Iterator<Item = Sent> {
        // Of another class, something else is drawn.
        let mix = |seed: u64, byte: u8| seed.rotate_left(5) ^ u64::from(byte);
        let mut draw = Draw(self.name.bytes().fold(SEED, mix));
        let mut seen = BTreeSet::new();
        let (class, stage) = (*self, stage.clone());
        std::iter::from_fn(move || {
            if seen.len() == VARIANTS {
                return None;
            }
            for _ in 0..4 * VARIANTS {
                let sent = (class.forge)(&mut draw, &stage).sent(&mut draw, &stage);
                if seen.insert(sent.octets().to_vec()) {
                    return Some(sent);
                }
            }
            panic!("{}: only {} are distinct", class.name, seen.len());
        })
    }
}
