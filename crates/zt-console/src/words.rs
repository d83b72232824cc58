//! What the records say, in the reader's words.

use crate::view::{Link, TrustView};
use zt_device::{Certificate, CertificateKind, Ownership};
use zt_pages::{Moment, Page, Tone, Zone};
use zt_store::State;
use zt_types::{
    AppId, CapabilitySet, ClientId, DeviceEvidence, DeviceId, EnforcementPointId, Holdable,
    ManagedBy, PersonId, Role, SourceId, Text, Timestamp, Trust, TrustReason,
};

/// The name of a client, with a word beside it if nobody here gave it that name.
pub(crate) fn client(page: &Page, name: &Text, managed_by: ManagedBy) -> String {
    let name = page.text(name);
    match managed_by {
        ManagedBy::Registration => page.t1("client-by-itself", "name", name.to_owned()),
        ManagedBy::Files | ManagedBy::Console | ManagedBy::System => name.to_owned(),
    }
}

/// Names of things by their ids, as links where the reader may follow them.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) page: &'a Page,
    pub(crate) state: &'a State,
    pub(crate) reader: Reader,
}

/// Who reads, and so what can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A person in the portal: her own things, no links into the console.
    Person,
    /// An administrator in the console.
    Administrator,
}

impl Names<'_> {
    fn link(&self, text: String, href: impl FnOnce() -> String) -> Link {
        match self.reader {
            Reader::Person => Link::word(text),
            Reader::Administrator => Link::to(text, href()),
        }
    }

    pub(crate) fn person(&self, id: PersonId) -> Link {
        match self.state.people.get(&id) {
            Some(person) => self.link(self.page.text(&person.name).to_owned(), || {
                format!("/console/people/{id}")
            }),
            None => Link::word(self.page.member("actor", "gone").to_owned()),
        }
    }

    pub(crate) fn device(&self, id: DeviceId) -> Link {
        match self.state.devices.get(&id) {
            Some(device) => self.link(device.name.clone(), || format!("/console/devices/{id}")),
            None => Link::word(self.page.member("actor", "gone").to_owned()),
        }
    }

    pub(crate) fn app(&self, id: &AppId) -> Link {
        let name = self
            .state
            .applications
            .get(id)
            .map(|app| self.page.text(&app.name).to_owned());
        self.link(name.unwrap_or_else(|| id.to_string()), || {
            format!("/console/events?app={id}")
        })
    }

    /// An application, as a link to its entry in the register.
    pub(crate) fn application(&self, id: &AppId) -> Link {
        match self.app(id) {
            Link {
                text,
                href: Some(_),
            } if self.state.applications.contains_key(id) => {
                Link::to(text, format!("/console/applications/{id}"))
            }
            Link { text, .. } => Link::word(text),
        }
    }

    pub(crate) fn source(&self, id: &SourceId) -> String {
        let source = self.state.sources.get(id);
        source.map_or_else(
            || id.to_string(),
            |source| self.page.text(&source.name).to_owned(),
        )
    }

    pub(crate) fn enforcement_point(&self, id: &EnforcementPointId) -> String {
        let point = self.state.enforcement_points.get(id);
        point.map_or_else(
            || id.to_string(),
            |point| self.page.text(&point.name).to_owned(),
        )
    }

    pub(crate) fn client(&self, id: &ClientId) -> String {
        let client = self.state.clients.get(id).map(|client| &client.name);
        let provider = || self.state.service_providers.get(id);
        let name = client.or_else(|| provider().map(|provider| &provider.name));
        name.map_or_else(|| id.to_string(), |name| self.page.text(name).to_owned())
    }

    /// The device behind an evidence, or the word for its absence.
    pub(crate) fn evidence(&self, evidence: DeviceEvidence) -> Link {
        match evidence {
            DeviceEvidence::Proven(device) => self.device(device),
            DeviceEvidence::Absent(why) => {
                Link::word(self.page.member("no-device-word", why.slug()).to_owned())
            }
        }
    }

    pub(crate) fn trust(&self, trust: &Trust) -> TrustView {
        TrustView {
            level: trust.level,
            reasons: trust
                .reasons
                .iter()
                .map(|reason| self.trust_reason(reason))
                .collect(),
        }
    }

    fn trust_reason(&self, reason: &TrustReason) -> String {
        let page = self.page;
        match reason {
            TrustReason::OpenFact {
                fact,
                source,
                title,
                since,
            } => {
                let source = source
                    .parse()
                    .map_or_else(|_| source.clone(), |id| self.source(&id));
                page.messages().with(
                    "trust-reason-fact",
                    &[
                        ("source", source.into()),
                        ("title", title.as_str().into()),
                        ("kind", page.member("fact-kind", fact).into()),
                        ("since", clock_text(*since).into()),
                    ],
                )
            }
            TrustReason::NoDeviceIdentity { why } => page.t1(
                "trust-reason-no-device",
                "why",
                page.member("no-device-word", why),
            ),
            TrustReason::MissingEvidence { .. } => page.t("trust-reason-missing").to_owned(),
        }
    }

    /// The names of groups, or everyone.
    pub(crate) fn groups(&self, groups: &[zt_types::GroupId]) -> String {
        let names: Vec<&str> = groups
            .iter()
            .map(|id| {
                self.state
                    .groups
                    .get(id)
                    .map_or(id.as_str(), |group| self.page.text(&group.name))
            })
            .collect();
        names.join(self.separator())
    }

    /// What an access does not carry, and where no proxy can hold it back, that it cannot.
    pub(crate) fn withheld(&self, carries: CapabilitySet) -> String {
        let page = self.page;
        let withheld = CapabilitySet::ALL.difference(carries);
        let words: Vec<String> = withheld
            .iter()
            .map(|one| {
                let word = page.member("capability", &one.as_str().replace('_', "-"));
                match one.holdable() {
                    Holdable::Whole => word.to_owned(),
                    held => format!("{word}{}", page.member("capability-held", held.as_str())),
                }
            })
            .collect();
        page.t1("now-withheld", "what", words.join(self.separator()))
    }

    /// What stands between the parts of a list.
    pub(crate) const fn separator(&self) -> &'static str {
        match self.page.language() {
            zt_types::Language::Ja => "、",
            zt_types::Language::En => ", ",
        }
    }
}

/// A time as plain text, for sentences.
pub(crate) fn clock_text(at: Timestamp) -> String {
    Moment::minute(at, Zone::TOKYO).text()
}

/// The same to the second, for waits of less than a minute.
pub(crate) fn clock_text_to_second(at: Timestamp) -> String {
    Moment::second(at, Zone::TOKYO).text()
}

pub(crate) fn role(page: &Page, role: Role) -> &'static str {
    page.member(
        "role",
        match role {
            Role::Member => "member",
            Role::Administrator => "administrator",
            Role::BreakGlass => "break-glass",
        },
    )
}

pub(crate) fn ownership(page: &Page, ownership: Ownership) -> &'static str {
    page.member(
        "ownership",
        match ownership {
            Ownership::Personal => "personal",
            Ownership::Company => "company",
        },
    )
}

pub(crate) fn certificate_kind(page: &Page, kind: CertificateKind) -> &'static str {
    page.member(
        "certificate-kind",
        match kind {
            CertificateKind::Agent => "agent",
            CertificateKind::Browser => "browser",
        },
    )
}

/// Whether a certificate counts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateState {
    Valid,
    Revoked,
    Expired,
    None,
}

impl CertificateState {
    pub(crate) fn of(certificate: &Certificate, now: Timestamp) -> Self {
        if certificate.revoked_at.is_some() {
            Self::Revoked
        } else if now > certificate.not_after {
            Self::Expired
        } else {
            Self::Valid
        }
    }

    pub(crate) fn word(self, page: &Page) -> &'static str {
        page.member(
            "certificate-state",
            match self {
                Self::Valid => "valid",
                Self::Revoked => "revoked",
                Self::Expired => "expired",
                Self::None => "none",
            },
        )
    }

    pub(crate) const fn look(self) -> (Tone, &'static str) {
        match self {
            Self::Valid => (Tone::Good, "circle-check"),
            Self::Revoked => (Tone::Bad, "ban"),
            Self::Expired => (Tone::Caution, "clock"),
            Self::None => (Tone::Neutral, "circle-minus"),
        }
    }
}

pub(crate) fn managed(page: &Page, by: &'static str) -> &'static str {
    page.member("managed", by)
}

/// Who writes a person's or a group's record.
pub(crate) const fn managed_person(by: zt_identity::ManagedBy) -> &'static str {
    match by {
        zt_identity::ManagedBy::Files => "files",
        zt_identity::ManagedBy::Console => "console",
        zt_identity::ManagedBy::Registration => "registration",
        zt_identity::ManagedBy::System => "system",
    }
}

/// Who writes an application's or a policy's record.
pub(crate) const fn managed_resource(by: zt_policy::ManagedBy) -> &'static str {
    match by {
        zt_policy::ManagedBy::Files => "files",
        zt_policy::ManagedBy::Console => "console",
        zt_policy::ManagedBy::Registration => "registration",
        zt_policy::ManagedBy::System => "system",
    }
}
