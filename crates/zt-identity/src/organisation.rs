//! The organisation written as files: any number of TOML files in one directory, Cedar beside or inside them.

mod client_document;
mod client_form;
mod documents;
mod form;
mod provider_document;
mod provider_form;
mod test_document;
mod test_form;

pub use client_document::{AddressDocument, CertificateDocument, ClientDocument, SecretDocument};
pub use client_form::{
    AUTHENTICATIONS, CONSENTS, GRANTS, ID_TOKENS, NEEDS, PROFILES, PROOF_KEYS, REQUEST_SIGNINGS,
    SCOPES, SESSION_NAMINGS, SUBJECTS, TOKEN_BINDINGS, USERINFO_ACRS,
};
pub use documents::{
    ApplicationDocument, CalendarDocument, EnforcementPointDocument, GroupDocument, HoursDocument,
    NetworkDocument, PackDocument, PersonDocument, PolicyBody, PolicyEntry, SourceDocument,
    TermsDocument, TokenReference,
};
pub use form::{CERTIFICATE, DAYS, FACT_KINDS, FILE, OBLIGATIONS, POLICY_STATES};
pub use provider_document::{AttributeDocument, LogoutDocument, ProviderDocument};
pub use provider_form::{
    ATTRIBUTE_FORMATS, ATTRIBUTE_SOURCES, ENCRYPTIONS, LOGOUT_BINDINGS, NAME_IDS, REQUEST_DEMANDS,
    SIGNED_PARTS, TRANSFORMS, UNSOLICITED, XML_ALGORITHMS,
};
pub use test_document::{Expected, PolicyTestDocument, Shown, Who};
pub use test_form::{CAPABILITIES, CLIENTS, LEVELS, OUTCOMES, OWNERS, POSTURE, SIGN_INS, SYSTEMS};

use crate::form::{Record, read};
use crate::problem::{Place, Problems, Wrong, nearest};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use zt_types::TokenHash;

/// The files as they were read, by their path relative to the directory, with `/` between its parts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The text of each `*.toml` and `*.cedar` file, and of the files that hold the texts of terms and clients' public keys.
    pub texts: BTreeMap<String, String>,
    /// What the token files hold, hashed by whoever read them: the tokens themselves go no further. `None`: the file
    /// is there but holds no token.
    pub tokens: BTreeMap<String, Option<TokenHash>>,
}

/// Everything that the files say. References lead to what is in the files.
#[derive(Debug, Clone, Default)]
pub struct Organisation {
    /// People.
    pub people: Vec<PersonDocument>,
    /// Groups.
    pub groups: Vec<GroupDocument>,
    /// Applications.
    pub applications: Vec<ApplicationDocument>,
    /// Clients of applications.
    pub clients: Vec<ClientDocument>,
    /// Service providers of applications.
    pub service_providers: Vec<ProviderDocument>,
    /// Networks.
    pub networks: Vec<NetworkDocument>,
    /// Calendars.
    pub calendars: Vec<CalendarDocument>,
    /// Starter packs.
    pub packs: Vec<PackDocument>,
    /// Sources of signals.
    pub sources: Vec<SourceDocument>,
    /// Enforcement points in other processes.
    pub enforcement_points: Vec<EnforcementPointDocument>,
    /// Policies.
    pub policies: Vec<PolicyEntry>,
    /// Terms.
    pub terms: Vec<TermsDocument>,
    /// Policy tests.
    pub policy_tests: Vec<PolicyTestDocument>,
}

impl Organisation {
    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with any of them. Whether a policy is valid Cedar is not looked at here.
    pub fn parse(files: &Files) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut records = Vec::new();
        for (file, text) in &files.texts {
            if is_toml(file) {
                records.push((
                    Source {
                        file: Arc::from(file.as_str()),
                        text: Arc::from(text.as_str()),
                        files,
                    },
                    read(&FILE, file, text, &mut problems),
                ));
            }
        }
        if records.is_empty() {
            problems.add(Place::whole("."), Wrong::Empty);
        }
        let mut known = Known::default();
        for (source, record) in &records {
            known.collect(source, record, &mut problems);
        }
        let mut organisation = Self::default();
        for (source, record) in &records {
            known.check(source, record, &mut problems);
            documents::extract(source, record, &mut organisation, &mut problems);
        }
        if problems.is_empty() {
            Ok(organisation)
        } else {
            Err(problems)
        }
    }

    /// The token files that the texts name, as paths relative to the directory (or absolute). To be called first by
    /// whoever reads the directory; what is wrong with the texts is left for [`Organisation::parse`] to say.
    #[must_use]
    pub fn token_files(texts: &BTreeMap<String, String>) -> Vec<String> {
        let mut ignored = Problems::default();
        let mut paths = Vec::new();
        for (file, text) in texts.iter().filter(|(file, _)| is_toml(file)) {
            let record = read(&FILE, file, text, &mut ignored);
            let sources = record.tables("source");
            for holder in sources.iter().chain(record.tables("enforcement_point")) {
                if let Some(path) = holder.text("token_file") {
                    paths.push(beside(file, path));
                }
            }
            let clients = record.tables("client").iter();
            let secrets = clients.flat_map(|client| client.tables("secret"));
            let named = secrets.filter_map(|secret| secret.text("file"));
            paths.extend(named.map(|path| beside(file, path)));
        }
        paths
    }

    /// The files that hold the texts of terms and the public keys of clients, as [`Organisation::token_files`] gives those of tokens. To be added to
    /// [`Files::texts`]: no other file of a directory is read without being asked for, since it may hold a secret.
    #[must_use]
    pub fn text_files(texts: &BTreeMap<String, String>) -> Vec<String> {
        let mut ignored = Problems::default();
        let mut paths = Vec::new();
        for (file, text) in texts.iter().filter(|(file, _)| is_toml(file)) {
            let record = read(&FILE, file, text, &mut ignored);
            for terms in record.tables("terms") {
                let named = terms.table("text_file");
                let both = ["ja", "en"].into_iter().filter_map(|key| named?.text(key));
                paths.extend(both.map(|path| beside(file, path)));
            }
            for client in record.tables("client") {
                let owner = client.table("certificate");
                let authorities = owner.and_then(|owner| owner.text("authorities_file"));
                let named = client.text("keys_file").into_iter().chain(authorities);
                paths.extend(named.map(|path| beside(file, path)));
            }
            for provider in record.tables("service_provider") {
                let keys = ["metadata_file", "signing_file", "encryption_file"];
                let named = keys.into_iter().filter_map(|key| provider.text(key));
                paths.extend(named.map(|path| beside(file, path)));
            }
        }
        paths
    }
}

/// One file while it is read.
struct Source<'a> {
    file: Arc<str>,
    text: Arc<str>,
    files: &'a Files,
}

impl Source<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place::new(&self.file, &self.text, span)
    }
}

/// The ids of all files, and where each was first.
#[derive(Default)]
struct Known {
    ids: BTreeMap<(&'static str, String), String>,
}

/// Which key of a file's form holds which kind of record, and which key of it is its id.
const RECORDS: [(&str, &str); 12] = [
    ("person", "login"),
    ("group", "id"),
    ("application", "id"),
    ("client", "id"),
    ("service_provider", "id"),
    ("source", "id"),
    ("enforcement_point", "id"),
    ("policy", "id"),
    ("terms", "id"),
    ("network", "id"),
    ("calendar", "id"),
    ("pack", "id"),
];

impl Known {
    fn collect(&mut self, source: &Source<'_>, record: &Record, problems: &mut Problems) {
        for (what, id_key) in RECORDS {
            for table in record.tables(what) {
                let (Some(id), Some(value)) = (table.text(id_key), table.value(id_key)) else {
                    continue;
                };
                let place = source.place(value.span.clone());
                // What sign-ins gave names clients and service providers alike.
                let names = if what == "service_provider" {
                    "client"
                } else {
                    what
                };
                let key = (names, id.to_owned());
                match self.ids.get(&key) {
                    Some(first) => problems.add(
                        place,
                        Wrong::Duplicate {
                            what,
                            id: id.to_owned(),
                            first: first.clone(),
                        },
                    ),
                    None => {
                        self.ids.insert(key, place.to_string());
                    }
                }
            }
        }
    }

    fn check(&self, source: &Source<'_>, record: &Record, problems: &mut Problems) {
        for what in ["person", "application"] {
            for table in record.tables(what) {
                for (group, span) in table.list("groups") {
                    self.refer("group", group, source.place(span), problems);
                }
            }
        }
        for table in record.tables("group") {
            for (group, span) in table.list("part_of") {
                self.refer("group", group, source.place(span), problems);
            }
        }
        for table in record.tables("enforcement_point") {
            for (app, span) in table.list("applications") {
                self.refer("application", app, source.place(span), problems);
            }
        }
        let clients = record.tables("client").iter();
        for table in clients.chain(record.tables("service_provider")) {
            if let (Some(app), Some(value)) =
                (table.text("application"), table.value("application"))
            {
                let place = source.place(value.span.clone());
                self.refer("application", app, place, problems);
            }
        }
        for table in record.tables("policy_test") {
            self.check_test(source, table, problems);
        }
        for table in record.tables("application") {
            if let (Some(owner), Some(value)) = (table.text("owner"), table.value("owner")) {
                self.refer("person", owner, source.place(value.span.clone()), problems);
            }
        }
    }

    fn check_test(&self, source: &Source<'_>, table: &Record, problems: &mut Problems) {
        for (key, what) in [
            ("groups", "group"),
            ("networks", "network"),
            ("terms", "terms"),
        ] {
            for (id, span) in table.list(key) {
                self.refer(what, id, source.place(span), problems);
            }
        }
        for (key, what) in [("person", "person"), ("application", "application")] {
            // Every installation has these two.
            let own = ["portal", "console"];
            if let (Some(id), Some(value)) = (table.text(key), table.value(key))
                && !own.contains(&id)
            {
                self.refer(what, id, source.place(value.span.clone()), problems);
            }
        }
    }

    fn refer(&self, what: &'static str, id: &str, place: Place, problems: &mut Problems) {
        if self.ids.contains_key(&(what, id.to_owned())) {
            return;
        }
        let candidates = self
            .ids
            .keys()
            .filter(|(kind, _)| *kind == what)
            .map(|(_, id)| id.as_str());
        problems.add(
            place,
            Wrong::UnknownReference {
                what,
                id: id.to_owned(),
                nearest: nearest(id, candidates),
            },
        );
    }
}

fn is_toml(file: &str) -> bool {
    file.ends_with(".toml")
}

/// `path` as seen from the directory, when it is written in `file`.
fn beside(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = match (path.starts_with('/'), file.rsplit_once('/')) {
        (true, _) => return path.to_owned(),
        (false, Some((directory, _))) => directory.split('/').collect(),
        (false, None) => Vec::new(),
    };
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
