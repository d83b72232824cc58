//! How the reading of XML is weakened, and its signatures.

use super::{Edit, Weakness};

const WRAPPED: &str = "xml::tests::forgeries::wrapped::what_wraps_a_signed_message_does_not_count";
const SHAPED: &str =
    "xml::tests::forgeries::shaped::what_is_signed_in_another_shape_does_not_count";
const MADE: &str = "xml::tests::forgeries::made::what_is_read_in_two_ways_does_not_count";
const READ: &str = "xml::tests::read::what_is_no_document_of_ours_is_refused_by_name";
const VERIFY: &str = "zt-crypto/src/xml/verify.rs";
const ALGORITHM: &str = "zt-crypto/src/xml/algorithm.rs";
const GUARD: &str = "zt-federation/src/xml/guard.rs";
const DOCUMENT: &str = "zt-federation/src/xml/document.rs";

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-crypto",
        edits: &[
            Edit {
                file: VERIFY,
                text: "    if all.next().is_some() || !is_child {",
                instead: "    if all.next().is_some() || (!is_child && first.name().is_empty()) {",
            },
            Edit {
                file: VERIFY,
                text: "        if id.is_none() || named != id {",
                instead: "        if id.is_none() && named.is_none() {",
            },
            Edit {
                file: VERIFY,
                text: "    let text = canonical::without(document, signature, &signed.reference.prefixes)?;",
                instead: "    let wanted = info.one(Namespace::DS, \"Reference\")?.demanded(\"URI\")?;\n    let wanted = Some(wanted.trim_start_matches('#'));\n    let target = root.descendants().find(|element| element.attribute(\"ID\") == wanted);\n    let target = target.ok_or(SignatureError::Reference)?;\n    let text = canonical::part(document, target, signature)?;",
            },
            Edit {
                file: VERIFY,
                text: "    Ok(Verified {\n        text,",
                instead: "    Ok(Verified {\n        text: canonical::without(document, signature, &[])?,",
            },
            Edit {
                file: "zt-crypto/src/xml/canonical.rs",
                text: "/// An element and everything in it.",
                instead: "pub(super) fn part(\n    document: &Document<'_>,\n    element: Element<'_>,\n    less: Element<'_>,\n) -> Result<String, NotCanonical> {\n    let mut kept = nodes(document, element);\n    for node in nodes(document, less) {\n        kept.remove(&node);\n    }\n    let set = NodeSet::from_ids(kept, NodeSetType::Normal);\n    made(document, Some(&set), &[])\n}\n\n/// An element and everything in it.",
            },
        ],
        breaks: "a signature of any part of a message is taken for one of the whole (XSW)",
        test: WRAPPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "    if all.next().is_some() || !is_child {",
            instead: "    if !is_child {",
        }],
        breaks: "a message with a second signature in it counts",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "    verify_slices_are_equal(digest.as_ref(), &signed.reference.digest)\n        .map_err(|_| SignatureError::BadDigest)?;",
            instead: "    let _ = verify_slices_are_equal(digest.as_ref(), &signed.reference.digest);",
        }],
        breaks: "a message counts that was changed after it was signed",
        test: MADE,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "        if fits.is_ok() {",
            instead: "        if fits.is_ok() || !octets.is_empty() {",
        }],
        breaks: "a signature counts that nobody made",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "    Ok(Verified {\n        text,",
            instead: "    Ok(Verified {\n        text: document.tree().input_text().to_owned(),",
        }],
        breaks: "what came is read, not what was digested",
        test: "xml::tests::round::what_was_signed_is_what_is_read",
    },
    Weakness {
        package: "zt-crypto",
        edits: &[
            Edit {
                file: ALGORITHM,
                text: "        Self::ALL.into_iter().find(|one| one.uri() == uri)",
                instead: "        Self::ALL\n            .into_iter()\n            .find(|one| one.uri() == uri || (uri.ends_with(\"#hmac-sha256\") && *one == Self::RsaSha256))",
            },
            Edit {
                file: VERIFY,
                text: "        let Some(verifier) = algorithm.verifier(key) else {",
                instead: "        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.raw());\n        if aws_lc_rs::hmac::verify(&secret, octets, signature).is_ok() {\n            return Ok(at);\n        }\n        let Some(verifier) = algorithm.verifier(key) else {",
            },
        ],
        breaks: "a published key is taken for the secret of an HMAC in XML",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "    let key = signer(text.as_bytes(), &value, signed.algorithm, keys)?;",
            instead: "    let mut keys = keys.to_vec();\n    keys.extend(\n        root.descendants()\n            .filter(|element| element.is(Namespace::DS, \"X509Certificate\"))\n            .filter_map(|element| STANDARD.decode(element.text().ok()?.as_bytes()).ok())\n            .filter_map(|der| PublicKey::of_certificate(&der).ok()),\n    );\n    let key = signer(text.as_bytes(), &value, signed.algorithm, &keys)?;",
        }],
        breaks: "a message counts that brings its key along in `KeyInfo`",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: ALGORITHM,
            text: "        Self::ALL.into_iter().find(|one| one.uri() == uri)",
            instead: "        Self::ALL\n            .into_iter()\n            .find(|one| one.uri() == uri)\n            .or(Some(Self::EcdsaSha256))",
        }],
        breaks: "signature methods with SHA-1 are taken for better ones",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[
            Edit {
                file: ALGORITHM,
                text: "    Sha256,\n    Sha384,\n    Sha512,\n}",
                instead: "    Sha1,\n    Sha256,\n    Sha384,\n    Sha512,\n}",
            },
            Edit {
                file: ALGORITHM,
                text: "            Self::Sha256 => \"http://www.w3.org/2001/04/xmlenc#sha256\",",
                instead: "            Self::Sha1 => \"http://www.w3.org/2000/09/xmldsig#sha1\",\n            Self::Sha256 => \"http://www.w3.org/2001/04/xmlenc#sha256\",",
            },
            Edit {
                file: ALGORITHM,
                text: "        [Self::Sha256, Self::Sha384, Self::Sha512]",
                instead: "        [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512]",
            },
            Edit {
                file: ALGORITHM,
                text: "            Self::Sha256 => &digest::SHA256,",
                instead: "            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,\n            Self::Sha256 => &digest::SHA256,",
            },
        ],
        breaks: "a digest of SHA-1 counts",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "    if algorithm != EXCLUSIVE {",
            instead: "    if algorithm == ENVELOPED {",
        }],
        breaks: "a message counts whatever its signature says of canonicalization",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "        let [enveloped, canonicalization] = exactly(transforms, \"Transforms\")?;",
            instead: "        let mut all = transforms.children();\n        let (Some(enveloped), Some(canonicalization)) = (all.next(), all.next()) else {\n            return Err(SignatureError::Reference);\n        };",
        }],
        breaks: "transforms after the second are passed over",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[
            Edit {
                file: VERIFY,
                text: "        if first != ENVELOPED {",
                instead: "        if first == EXCLUSIVE {",
            },
            Edit {
                file: VERIFY,
                text: "        let [] = exactly(enveloped, \"Transform\")?;\n",
                instead: "",
            },
        ],
        breaks: "an XPath or a stylesheet is taken for the first transform",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "        if id.is_none() || named != id {",
            instead: "        if id.is_none() || named.is_some_and(|named| Some(named) != id) {",
        }],
        breaks: "a reference counts that names no element",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "        let [canonicalization, method, reference] = exactly(info, \"SignedInfo\")?;",
            instead: "        let mut all = info.children();\n        let (Some(canonicalization), Some(method), Some(reference)) =\n            (all.next(), all.next(), all.next())\n        else {\n            return Err(SignatureError::Reference);\n        };",
        }],
        breaks: "references after the first are passed over",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "        Some(_) => Err(shape),\n        None => Ok([info, value]),",
            instead: "        Some(_) if signature.name().is_empty() => Err(shape),\n        _ => Ok([info, value]),",
        }],
        breaks: "a signature counts with objects and strangers in it",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: VERIFY,
            text: "    if children.next().is_some() || prefixes.len() > MOST_PREFIXES {",
            instead: "    if children.next().is_some() {",
        }],
        breaks: "a list of prefixes is as long as its sender likes",
        test: SHAPED,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: "zt-crypto/src/xml/keyring.rs",
            text: "        if key.public() != public.raw() {",
            instead: "        if key.public().is_empty() || public.raw().is_empty() {",
        }],
        breaks: "a SAML key is published in the certificate of another",
        test: "xml::tests::keys::a_record_that_does_not_belong_together_is_none",
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: "zt-crypto/src/xml/public.rs",
            text: "                if !RSA_BITS.contains(&bits) {",
            instead: "                if bits > *RSA_BITS.end() {",
        }],
        breaks: "an RSA key of 1024 bits counts for SAML",
        test: "xml::tests::keys::what_is_no_key_of_ours_is_refused",
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: GUARD,
            text: "            if is_message {\n                return Err(XmlError::Comment);",
            instead: "            if is_message && self.rest.is_empty() {\n                return Err(XmlError::Comment);",
        }],
        breaks: "a comment splits a name in a signed message",
        test: MADE,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: GUARD,
            text: "            if is_message {\n                return Err(XmlError::Cdata);",
            instead: "            if is_message && self.rest.is_empty() {\n                return Err(XmlError::Cdata);",
        }],
        breaks: "a CDATA section splits a name in a signed message",
        test: MADE,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[
            Edit {
                file: GUARD,
                text: "            return Err(XmlError::DocumentType);",
                instead: "            self.skip_past(b\">\");",
            },
            Edit {
                file: DOCUMENT,
                text: "            .with_forbid_dtd(true)\n            .with_forbid_entities(true)\n",
                instead: "",
            },
        ],
        breaks: "a message counts with a document type before it",
        test: MADE,
    },
    Weakness {
        package: "zt-crypto",
        edits: &[Edit {
            file: DOCUMENT,
            text: "        Some(encoding) if !encoding.eq_ignore_ascii_case(\"utf-8\") => {",
            instead: "        Some(encoding) if encoding.is_empty() => {",
        }],
        breaks: "a message counts that says it is in another encoding",
        test: MADE,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: GUARD,
            text: "            return Err(XmlError::ProcessingInstruction);",
            instead: "            self.skip_past(b\"?>\");\n            return Ok(());",
        }],
        breaks: "a message has processing instructions",
        test: READ,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: GUARD,
            text: "    Err(XmlError::Entity)",
            instead: "    Ok(())",
        }],
        breaks: "entities are left to the parser",
        test: READ,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: GUARD,
            text: "                    if self.depth >= DEEPEST {",
            instead: "                    if self.depth >= usize::MAX {",
        }],
        breaks: "how deep elements are is left to the parser",
        test: READ,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: GUARD,
            text: "            if attributes > MOST_ATTRIBUTES {",
            instead: "            if attributes > usize::MAX - 1 {",
        }],
        breaks: "an element has as many attributes as its sender likes",
        test: READ,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: DOCUMENT,
            text: "            if attribute.name.local_name.eq_ignore_ascii_case(\"id\")",
            instead: "            if &*attribute.name.local_name == \"ID\"",
        }],
        breaks: "one identifier is on two elements, in two spellings",
        test: READ,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: DOCUMENT,
            text: "            if !prefix.is_empty() && uri.is_empty() {",
            instead: "            if !prefix.is_empty() && prefix == uri {",
        }],
        breaks: "a prefix stands for nothing",
        test: READ,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: DOCUMENT,
            text: "    let is_one = !name.local_name.contains(':')\n        && prefix",
            instead: "    let is_one = prefix",
        }],
        breaks: "a name has two colons",
        test: READ,
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/xml/element.rs",
            text: "                _ => return Err(XmlError::NotText(self.name().to_owned())),",
            instead: "                _ => break,",
        }],
        breaks: "half of a text is read",
        test: "xml::tests::read::the_cursor_says_what_is_wrong",
    },
    Weakness {
        package: "zt-federation",
        edits: &[Edit {
            file: "zt-federation/src/xml/writer.rs",
            text: "        if self.open.is_empty() || !self.keeps_its_form(document) {",
            instead: "        if self.open.is_empty() {",
        }],
        breaks: "an assertion is embedded where its signature fits no more",
        test: "xml::tests::write::a_document_is_embedded_where_it_keeps_its_form",
    },
];
