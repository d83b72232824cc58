//! How it is weakened against forged messages of service providers, by the hundred (`zt-forge`).

use super::{Edit, Weakness};

const MESSAGES: &str = "zt-live/src/provider_messages.rs";
const BINDINGS: &str = "zt-federation/src/saml/bindings.rs";
const REDIRECT: &str = "zt-federation/src/saml/bindings/redirect.rs";
const SOAP: &str = "zt-federation/src/saml/bindings/soap.rs";
const ISSUED: &str = "tests::issued::what_is_issued_is_for_the_one_who_asked";
const VERIFY: &str = "zt-crypto/src/xml/verify.rs";
const BY_REDIRECT: &str = "tests::forgeries::no_forged_sign_in_by_redirect";
const BY_POST: &str = "tests::forgeries::no_forged_sign_in_by_post";
const AS_IT_COMES: &str = "tests::forgeries::no_forged_sign_in_by_post_where_none_is_demanded";
const OUT_BY_REDIRECT: &str = "tests::forgeries::no_forged_sign_out_by_redirect";
const BY_SOAP: &str = "saml::tests::no_forged_request_ends_a_session";
const ANSWERED: &str = "saml::tests::no_forged_answer_is_understood";

const fn of_pages(edits: &'static [Edit], breaks: &'static str, test: &'static str) -> Weakness {
    Weakness {
        package: "zt-console",
        edits,
        breaks,
        test,
    }
}

const fn of_programs(edits: &'static [Edit], breaks: &'static str, test: &'static str) -> Weakness {
    Weakness {
        package: "zt-endpoints",
        edits,
        breaks,
        test,
    }
}

const fn edit(file: &'static str, text: &'static str, instead: &'static str) -> Edit {
    Edit {
        file,
        text,
        instead,
    }
}

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-federation",
        edits: &[edit(
            "zt-federation/src/xml/guard.rs",
            "    if text.contains(is_no_character) {",
            "    if text.starts_with(is_no_character) {",
        )],
        breaks: "characters that XML has not are read where the parser does not look",
        test: "xml::tests::read::characters_that_xml_has_not_are_refused_wherever_they_stand",
    },
    of_pages(
        &[edit(
            VERIFY,
            "        .map_err(|_| SignatureError::BadDigest)?;",
            "        .or(Ok::<(), SignatureError>(()))?;",
        )],
        "what is signed of a message is not compared with what is in it",
        BY_POST,
    ),
    of_pages(
        &[edit(
            MESSAGES,
            "        if claimed.signature == Signature::Absent {",
            "        if claimed.signature == Signature::Absent || !document.root().children().any(|child| child.name() == \"Signature\") {",
        )],
        "a signature in the wrong place is passed over where none is demanded",
        AS_IT_COMES,
    ),
    of_pages(
        &[edit(
            BINDINGS,
            "                if message.replace((carried, value)).is_some() {",
            "                if message.replace((carried, value)).is_some_and(|(before, _)| before == carried) {",
        )],
        "a response comes beside a request, and the last of them is read",
        BY_REDIRECT,
    ),
    of_pages(
        &[edit(
            BINDINGS,
            "                if Carried::of(&meant).is_some() || NAMES.contains(&meant.as_str()) {",
            "                if Carried::of(&meant).is_some() && NAMES.contains(&meant.as_str()) {",
        )],
        "a parameter in disguise is read by others, and passed over here",
        BY_REDIRECT,
    ),
    of_pages(
        &[edit(
            REDIRECT,
            "        TINFLStatus::Done if read == packed.len() => {",
            "        TINFLStatus::Done if read <= packed.len() => {",
        )],
        "what follows a compressed message is not looked at",
        BY_REDIRECT,
    ),
    of_pages(
        &[edit(
            REDIRECT,
            "        && unescaped(encoding, \"SAMLEncoding\")? != DEFLATE",
            "        && unescaped(encoding, \"SAMLEncoding\")?.is_empty()",
        )],
        "a message in another encoding is read as if it were in ours",
        BY_REDIRECT,
    ),
    of_pages(
        &[edit(
            REDIRECT,
            "    octets.push_str(\"&SigAlg=\");\n    octets.push_str(algorithm);\n    let value",
            "    octets.push_str(\"&SigAlg=\");\n    octets.push_str(&escaped(&unescaped(algorithm, \"SigAlg\")?));\n    octets = octets.replace(\"%2b\", \"%2B\").replace(\"%3d\", \"%3D\").replace(\"%2f\", \"%2F\");\n    let value",
        )],
        "what is verified is another text than came",
        BY_REDIRECT,
    ),
    of_pages(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "                .find(|consumer| consumer.location.as_str() == url)",
            "                .find(|consumer| url.trim().trim_end_matches('/').eq_ignore_ascii_case(consumer.location.as_str()))",
        )],
        "an address counts that looks like a registered one",
        BY_REDIRECT,
    ),
    of_pages(
        &[edit(
            MESSAGES,
            "    pub fn is_first_time(&self, provider: &ClientId, id: &str) -> bool {",
            "    pub fn is_first_time(&self, provider: &ClientId, id: &str) -> bool {\n        if id.len() < 200 {\n            return true;\n        }",
        )],
        "a request to sign out counts again in another coat",
        OUT_BY_REDIRECT,
    ),
    of_pages(
        &[edit(
            "zt-console/src/federate/saml/answer.rs",
            "            Some(request) => provider.consumer(request),",
            "            Some(_) => provider.default_consumer(),",
        )],
        "an answer goes to another address than the one that was asked for",
        ISSUED,
    ),
    of_pages(
        &[edit(
            "zt-federation/src/saml/response.rs",
            "            .maybe(\"InResponseTo\", self.in_response_to.map(MessageId::as_str))",
            "            .maybe(\"InResponseTo\", None)",
        )],
        "an assertion does not say which request it is for",
        ISSUED,
    ),
    of_pages(
        &[edit(
            "zt-console/templates/federate/form_post.html",
            "value=\"{{ value }}\"",
            "value=\"{{ value|safe }}\"",
        )],
        "what a service provider sends along becomes a part of our page",
        ISSUED,
    ),
    of_programs(
        &[edit(
            SOAP,
            "        if demands {",
            "        if demands && header.children().count() > 9 {",
        )],
        "an envelope counts with a header that has to be understood",
        BY_SOAP,
    ),
    of_programs(
        &[edit(
            SOAP,
            "    let (Some(message), None) = (inside.next(), inside.next()) else {",
            "    let (Some(message), _) = (inside.next(), inside.next()) else {",
        )],
        "something stands in an envelope beside what is read",
        BY_SOAP,
    ),
    of_programs(
        &[edit(
            "zt-endpoints/src/saml/told.rs",
            "            let (text, _) = self.live().signed_inside(provider, text).ok()?;",
            "            let (text, _) = self.live().signed_inside(provider, text.clone()).unwrap_or((text, Signature::Absent));",
        )],
        "an answer counts whose signature is wrong",
        ANSWERED,
    ),
    of_programs(
        &[edit(
            "zt-federation/src/saml/logout.rs",
            "        if answered != Some(request.as_str()) {",
            "        if answered.is_none() {",
        )],
        "an answer to something else counts for this",
        ANSWERED,
    ),
];
