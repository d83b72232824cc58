//! How it is weakened what service providers publish at an address of theirs.

use super::{Edit, Weakness};

const METADATA: &str = "zt-live/src/provider_metadata.rs";
const RECORD: &str = "zt-federation/src/saml/provider.rs";
const SIGNED: &str = "organisation::tests::providers::fetched::metadata_that_must_be_signed_is_read_from_what_was_signed";
const WRONG: &str =
    "organisation::tests::providers::fetched::a_document_that_is_wrong_changes_nothing";
const OVER: &str = "organisation::tests::providers::fetched::what_counts_no_longer_lets_nobody_in";
const DECIDED: &str = "organisation::tests::providers::fetched::what_was_decided_here_stays";

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: METADATA,
            text: "    let said = if signers.is_empty() {",
            instead: "    let said = if signers.len() < 99 {",
        }],
        breaks: "metadata counts that nobody signed who must",
        test: SIGNED,
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: RECORD,
            text: "        let is_trusted = new.signed_by.is_empty()\n",
            instead: "        let is_trusted = new.signed_by.len() < 99\n",
        }],
        breaks: "what was read before counts though somebody else must have signed it now",
        test: SIGNED,
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-federation/src/saml/metadata/theirs.rs",
            text: "        if self.entity_id != kept.entity_id {",
            instead: "        if self.entity_id.as_str().is_empty() {",
        }],
        breaks: "metadata of somebody else is taken",
        test: WRONG,
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: "zt-endpoints/src/saml/fetched.rs",
            text: "    if from.signed_by.is_empty() && !is_xml(answer.headers()) {",
            instead: "    if from.signed_by.len() > 99 && !is_xml(answer.headers()) {",
        }],
        breaks: "whatever somebody uploads to the host of a service provider is its metadata",
        test: WRONG,
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: RECORD,
            text: "        let over = self.source.valid_until().filter(|until| *until <= now);",
            instead: "        let over = self.source.valid_until().filter(|until| until.as_millis() == now.as_millis() + 1);",
        }],
        breaks: "metadata counts for ever",
        test: OVER,
    },
    Weakness {
        package: "zt-endpoints",
        edits: &[Edit {
            file: RECORD,
            text: "            (Self::Required, None) => None,",
            instead: "            (Self::Required, None) => Some(None),",
        }],
        breaks: "what must be encrypted goes in clear because metadata says so",
        test: DECIDED,
    },
];
