//! How it is weakened as the identity provider of SAML: what messages say of whom they are, for whom, and until when; where answers
//! go; and what is signed.

use super::{Edit, Weakness};

/// One check that is left out.
const fn weakness(edits: &'static [Edit], breaks: &'static str, test: &'static str) -> Weakness {
    Weakness {
        package: "zt-federation",
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
        package: "zt-crypto",
        edits: &[edit(
            "zt-federation/src/saml/message.rs",
            "        None | Some(\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\")",
            "        None",
        )],
        breaks: "a service provider that says what kind of name its own is gets nothing",
        test: "xml::tests::captured::everything_that_service_providers_sent_is_read",
    },
    Weakness {
        package: "zt-crypto",
        edits: &[edit(
            "zt-federation/src/saml/bindings/soap.rs",
            "    declaring(written, &declared(&document, [root, body], message)).ok_or(BindingError::Body)",
            "    Ok(written.to_owned())",
        )],
        breaks: "an answer that leans on what its envelope declares cannot be read",
        test: "xml::tests::captured::everything_that_service_providers_sent_is_read",
    },
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "Some(to) if to != receipt.at => {",
            "Some(to) if !to.starts_with(\"https://id.example/saml/\") => {",
        )],
        "a message for another of our addresses is taken",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "Some(to) if to != receipt.at => {",
            "Some(to) if !to.eq_ignore_ascii_case(receipt.at) => {",
        )],
        "an address that a message is for is compared without regard to case",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "Some(to) if to != receipt.at => {",
            "Some(to) if to.is_empty() => {",
        )],
        "a message for somebody else is taken",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "None if receipt.signature == Signature::Present => {",
            "None if receipt.at.is_empty() => {",
        )],
        "a signed message is good at every address",
        "saml::request::tests::a_signed_request_says_where_it_goes",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "        if issuer != *receipt.from {",
            "        if receipt.at.is_empty() {",
        )],
        "a message signed by one service provider is taken in the name of another",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "        if version != \"2.0\" {",
            "        if !version.starts_with(\"2.0\") {",
        )],
        "another version of SAML is read as 2.0",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "        if issued_at + OLDEST < receipt.now {",
            "        if receipt.at.is_empty() {",
        )],
        "a message is good for ever",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "        if issued_at > receipt.now + SKEW {",
            "        if receipt.at.is_empty() {",
        )],
        "a message of tomorrow is taken today",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "    if !is_entity || !is_plain {",
            "    if !is_plain {",
        )],
        "an issuer that is no party is taken for one",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/message.rs",
            "            .any(|element| element.is(Namespace::DS, \"Signature\"));",
            "            .filter(|element| *element.name() == *root.name()).any(|element| element.first(Namespace::DS, \"Signature\").is_some());",
        )],
        "a signature deeper in a message is not seen",
        "saml::request::tests::who_it_says_it_is_of_is_known_before_it_is_believed",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/instant.rs",
            "    let text = text.strip_suffix('Z')?;",
            "    let text = text.strip_suffix('Z').unwrap_or(text);",
        )],
        "a time without a zone is taken for UTC",
        "saml::instant::tests::a_time_is_in_utc_and_written_in_one_way",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "            && binding != LogoutBinding::Post.uri()\n",
            "            && !binding.starts_with(\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-\")\n",
        )],
        "an answer is promised by a binding that nobody serves",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "        if !names_it {",
            "        if !names_it && conditions.name().is_empty() {",
        )],
        "an assertion is wanted for another audience",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "            names_it |= audience.trimmed()? == head.issuer.as_str();",
            "            names_it |= !audience.trimmed()?.is_empty();",
        )],
        "any audience is taken for the one that asks",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "        && end + SKEW <= now",
            "        && end + SKEW <= head.issued_at",
        )],
        "a request that is over is answered",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "        .first(Namespace::SAML, \"SubjectConfirmation\")\n",
            "        .first(Namespace::SAMLP, \"SubjectConfirmation\")\n",
        )],
        "a request says itself how an assertion is confirmed",
        "saml::request::tests::what_is_wrong_with_a_request_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "                .find(|consumer| consumer.location.as_str() == url)",
            "                .find(|consumer| url.starts_with(consumer.location.as_str()))",
        )],
        "an answer goes to whatever begins like a registered consumer",
        "saml::request::tests::an_answer_goes_where_the_record_says",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "                .find(|consumer| consumer.location.as_str() == url)",
            "                .find(|consumer| consumer.location.as_str().eq_ignore_ascii_case(url))",
        )],
        "a consumer is compared without regard to case",
        "saml::request::tests::an_answer_goes_where_the_record_says",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/request.rs",
            "                .find(|consumer| consumer.index == *index)",
            "                .find(|consumer| consumer.index == *index || *index > 7)",
        )],
        "an unknown index means a consumer",
        "saml::request::tests::an_answer_goes_where_the_record_says",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/name.rs",
            "            && whom != self.entity_id.as_str()",
            "            && whom.is_empty()",
        )],
        "a service provider gets a name that is for another",
        "saml::name::tests::a_name_is_for_the_one_who_asks",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/name.rs",
            "            .chain([self.name_id])\n",
            "            .chain(NameIdKind::ALL)\n",
        )],
        "a request gets names that the record does not let it know",
        "saml::name::tests::people_are_named_as_the_record_says_or_by_less",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/name.rs",
            "            && fits(&self.sp_name_qualifier, &said.sp_name_qualifier)",
            "            && (fits(&self.sp_name_qualifier, &said.sp_name_qualifier) || said.name_qualifier.is_none())",
        )],
        "a sign-out for another service provider's name is taken",
        "saml::name::tests::whom_a_service_provider_means",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/name.rs",
            "        for other in [\"EncryptedID\", \"BaseID\"] {",
            "        for other in [\"EncryptedID\"] {",
        )],
        "a sign-out that names somebody in two ways is taken",
        "saml::logout::tests::what_is_wrong_with_a_sign_out_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/context.rs",
            "        if self.least()? > Least::Assurance(proven) {",
            "        if self.least()? > Least::Assurance(proven.max(zt_types::Assurance::Mfa)) {",
        )],
        "a password is told as more than it is",
        "saml::context::tests::what_is_asked_for_is_proven_and_told",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/context.rs",
            "                    .find(|next| *next > strongest)",
            "                    .find(|next| *next >= strongest)",
        )],
        "better is taken for at least",
        "saml::context::tests::what_is_asked_for_is_proven_and_told",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/logout.rs",
            "        if not_on_or_after.is_some_and(|end| end + SKEW <= receipt.now) {",
            "        if receipt.at.is_empty() {",
        )],
        "a sign-out that is over is taken",
        "saml::logout::tests::what_is_wrong_with_a_sign_out_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/logout.rs",
            "        if answered != Some(request.as_str()) {",
            "        if answered.is_none() {",
        )],
        "an answer to another request is taken",
        "saml::logout::tests::an_answer_is_to_what_was_asked",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/status.rs",
            "        let top = StatusCode::from_uri(value).filter(|code| code.above().is_none());",
            "        let top = StatusCode::from_uri(value);",
        )],
        "a code that stands under others is taken for the first",
        "saml::logout::tests::an_answer_is_to_what_was_asked",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/response.rs",
            "            .attribute(\"NotOnOrAfter\", &end)\n            .start(Namespace::SAML, \"AudienceRestriction\")",
            "            .attribute(\"NotOnOrAfter\", &write_instant(zt_types::Timestamp::from_seconds(9_999_999_999)))\n            .start(Namespace::SAML, \"AudienceRestriction\")",
        )],
        "an assertion is good for centuries",
        "saml::response::tests::an_assertion_is_written",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings/redirect.rs",
            "    let mut octets = format!(\"{}={}\", fields.carried.as_str(), fields.message);",
            "    let mut octets = format!(\"{}={}\", fields.carried.as_str(), form_urlencoded::byte_serialize(unescaped(fields.message, \"\")?.as_bytes()).collect::<String>());\n    let algorithm = &*form_urlencoded::byte_serialize(unescaped(algorithm, \"\")?.as_bytes()).collect::<String>();",
        )],
        "what was signed is put together anew",
        "saml::bindings::tests::what_was_signed_is_what_stands_in_the_address",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings/redirect.rs",
            "        TINFLStatus::Done if read == packed.len() => {",
            "        TINFLStatus::Done if read <= packed.len() => {",
        )],
        "something after a compressed message is passed over",
        "saml::bindings::tests::what_is_wrong_in_an_address_is_said",
    ),
    weakness(
        &[
            edit(
                "zt-federation/src/saml/bindings/redirect.rs",
                "    let limit = Content::Message.limit();",
                "    let limit = 64 * Content::Message.limit();",
            ),
            edit(
                "zt-federation/src/saml/bindings.rs",
                "    if octets.len() > Content::Message.limit() {",
                "    if octets.len() > 64 * Content::Message.limit() {",
            ),
        ],
        "a few octets become megabytes",
        "saml::bindings::tests::what_is_wrong_in_an_address_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings/redirect.rs",
            "        _ => return Err(BindingError::HalfSigned),",
            "        _ => return Ok(None),",
        )],
        "a signature without its algorithm is none",
        "saml::bindings::tests::what_is_wrong_in_an_address_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings.rs",
            "        Some(state) if state.len() > LONGEST_RELAY_STATE => Err(BindingError::RelayState),",
            "        Some(state) if state.chars().count() > LONGEST_RELAY_STATE => Err(BindingError::RelayState),",
        )],
        "the length of a state is counted in characters",
        "saml::bindings::tests::what_is_wrong_in_an_address_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings.rs",
            "                if message.replace((carried, value)).is_some() {",
            "                if message.replace((carried, value)).is_some_and(|(before, _)| before != carried) {",
        )],
        "of two messages the last is read, and the first was signed",
        "saml::bindings::tests::what_is_wrong_in_an_address_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings.rs",
            "            if name.contains('%') {",
            "            if name.contains('*') {",
        )],
        "the name of a field is written in disguise",
        "saml::bindings::tests::what_is_wrong_in_an_address_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings/soap.rs",
            "    let (Some(message), None) = (inside.next(), inside.next()) else {",
            "    let Some(message) = inside.next() else {",
        )],
        "an envelope holds two messages",
        "saml::bindings::tests::a_message_comes_in_an_envelope",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/bindings/soap.rs",
            "must.is_some_and(|must| must != \"0\")",
            "must.is_some_and(str::is_empty)",
        )],
        "a header that must be understood is passed over",
        "saml::bindings::tests::a_message_comes_in_an_envelope",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/metadata/theirs.rs",
            "        if let Some(end) = valid_until.filter(|end| *end <= now) {",
            "        if let Some(end) = valid_until.filter(|end| *end <= now && document.root().name().is_empty()) {",
        )],
        "metadata that is over counts",
        "saml::metadata::tests::what_metadata_cannot_be_is_said",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/metadata/theirs.rs",
            "        let ends = [time(root)?, time(role)?];",
            "        let ends = [time(root)?];",
        )],
        "metadata counts longer than its role",
        "saml::metadata::tests::what_counts_ends_with_whatever_ends_first",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/metadata/theirs.rs",
            "        if self.entity_id != kept.entity_id {",
            "        if kept.consumers.is_empty() {",
        )],
        "metadata of one service provider changes another",
        "saml::metadata::tests::what_an_administrator_decided_stays",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/metadata/theirs.rs",
            "            known.map(|known| self.encryption.as_ref().unwrap_or(known).clone())",
            "            known.and(self.encryption.clone())",
        )],
        "what was encrypted is sent in the clear",
        "saml::metadata::tests::what_an_administrator_decided_stays",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/metadata/key.rs",
            "                Some(\"encryption\") => (false, true),",
            "                Some(\"encryption\") => (true, true),",
        )],
        "a key for encryption is one that signs",
        "saml::metadata::tests::a_key_is_for_what_it_says",
    ),
    weakness(
        &[edit(
            "zt-federation/src/saml/entity.rs",
            "known = |byte: u8| byte.is_ascii_graphic() &&",
            "known = |byte: u8| !byte.is_ascii_control() &&",
        )],
        "two names of parties look the same",
        "saml::entity::tests::a_party_has_a_name_that_is_one_text",
    ),
];
