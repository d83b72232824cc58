//! Kinds of service providers that are known: what one of each is registered with, and what is to be done over there, step by step.
//!
//! Nothing of it is kept: the page of a service provider shows the instructions of the kind that its address names, or that it is
//! seen to be of.

use super::provider_draft::{Draft, Row};
use super::providers::given;
use super::providers::view::{TemplateView, TemplateWay};
use zt_crypto::xml::SamlKeyring;
use zt_federation::saml::{EntityId, OURS, ServiceProvider};
use zt_pages::Page;
use zt_store::State;
use zt_types::Affiliation;

/// So many domains are named.
const MOST_DOMAINS: usize = 5;

/// What Microsoft's cloud calls itself.
const MICROSOFT: &str = "urn:federation:MicrosoftOnline";

/// A kind of service providers.
#[derive(Debug)]
pub(crate) struct Template {
    /// What forms, addresses and messages call it.
    pub(crate) slug: &'static str,
    /// How people are named there.
    name_id: &'static str,
    /// What it is told: names and sources.
    attributes: &'static [(&'static str, &'static str)],
    /// For how many minutes a sign-in counts there.
    session: Option<u64>,
    /// What must have been proven first.
    acr: &'static str,
    /// What is done over there, in order.
    steps: &'static [&'static str],
    /// What its form asks for.
    settings: &'static [Setting],
    /// What it cannot do, and what that costs.
    limits: &'static [&'static str],
    /// Where its makers say so.
    documentation: Option<&'static str>,
}

/// What a form over there asks for.
#[derive(Debug, Clone, Copy)]
enum Setting {
    Metadata,
    Issuer,
    SignOn,
    Logout,
    Certificate,
    Domain,
    NameId,
    Hash,
    User,
    Groups,
}

/// All of them.
pub(crate) const TEMPLATES: [Template; 4] = [
    Template {
        slug: "conference",
        name_id: "email",
        attributes: &[("mail", "email"), ("displayName", "name")],
        session: None,
        acr: "",
        steps: &[
            "conference-domain",
            "conference-values",
            "conference-back",
            "conference-browser",
            "conference-enforce",
        ],
        settings: &[
            Setting::Domain,
            Setting::SignOn,
            Setting::Logout,
            Setting::Issuer,
            Setting::Certificate,
            Setting::NameId,
            Setting::Hash,
        ],
        limits: &["conference-embedded", "conference-guests"],
        documentation: None,
    },
    Template {
        slug: "vpn",
        name_id: "login",
        attributes: &[("username", "login"), ("groups", "groups")],
        session: Some(240),
        acr: "mfa",
        steps: &[
            "vpn-address",
            "vpn-values",
            "vpn-groups",
            "vpn-browser",
            "vpn-session",
        ],
        settings: &[
            Setting::Issuer,
            Setting::SignOn,
            Setting::Logout,
            Setting::Certificate,
            Setting::User,
            Setting::Groups,
        ],
        limits: &["vpn-embedded", "vpn-tunnel"],
        documentation: None,
    },
    Template {
        slug: "saas",
        name_id: "persistent",
        attributes: &[("mail", "email"), ("displayName", "name")],
        session: None,
        acr: "",
        steps: &[
            "saas-metadata",
            "saas-name",
            "saas-attributes",
            "saas-try",
            "saas-enforce",
        ],
        settings: &[
            Setting::Metadata,
            Setting::Issuer,
            Setting::SignOn,
            Setting::Logout,
            Setting::Certificate,
            Setting::NameId,
        ],
        limits: &["saas-accounts"],
        documentation: None,
    },
    Template {
        slug: "microsoft-365",
        name_id: "persistent",
        attributes: &[("IDPEmail", "email")],
        session: None,
        acr: "",
        steps: &[
            "microsoft-365-before",
            "microsoft-365-names",
            "microsoft-365-write-names",
            "microsoft-365-domain",
            "microsoft-365-try",
        ],
        settings: &[],
        limits: &[
            "microsoft-365-synced",
            "microsoft-365-one-domain",
            "microsoft-365-logout",
            "microsoft-365-sha1",
            "microsoft-365-mfa",
            "microsoft-365-ecp",
        ],
        documentation: Some(
            "https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-fed-saml-idp",
        ),
    },
];

impl Template {
    /// The one of that slug.
    pub(crate) fn find(slug: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.slug == slug)
    }

    /// The one whose instructions a page shows: what its address names, what is seen of it, or any.
    pub(super) fn meant(named: &str, provider: &ServiceProvider) -> &'static Self {
        let seen = match provider.entity_id.as_str() {
            MICROSOFT => "microsoft-365",
            _ => "saas",
        };
        let found = Self::find(named).or_else(|| Self::find(seen));
        let [first, ..] = &TEMPLATES;
        found.unwrap_or(first)
    }

    fn is_microsoft(&self) -> bool {
        self.slug == "microsoft-365"
    }

    /// A form for it.
    pub(super) fn draft(&self, page: &Page) -> Draft {
        let rows = self.attributes.iter();
        let rows = rows.map(|(name, source)| Row::plain(name, source));
        let draft = Draft {
            id: self.slug.to_owned(),
            name_id: self.name_id.to_owned(),
            rows: rows.collect(),
            session: self
                .session
                .map_or_else(String::new, |most| most.to_string()),
            acr: self.acr.to_owned(),
            ..Draft::new()
        };
        if !self.is_microsoft() {
            return draft;
        }
        let name = page.member("template-name", self.slug);
        Draft {
            ja: name.to_owned(),
            en: name.to_owned(),
            entity_id: MICROSOFT.to_owned(),
            consumers: "https://login.microsoftonline.com/login.srf".to_owned(),
            encryption: "never".to_owned(),
            requests: "as-they-come".to_owned(),
            home: "https://www.office.com/".to_owned(),
            // Without a format, as its documentation has it.
            rows: draft
                .rows
                .into_iter()
                .map(|row| Row {
                    format: "unspecified".to_owned(),
                    ..row
                })
                .collect(),
            ..draft
        }
    }

    /// The instructions for a service provider that is of it.
    pub(super) fn view(
        &self,
        page: &Page,
        records: &State,
        (origin, keys): (&str, &SamlKeyring),
        (at, provider): (&str, &ServiceProvider),
    ) -> TemplateView {
        let domains = domains(records);
        let steps = self.steps.iter();
        let steps = steps.map(|slug| page.member("template-step", slug));
        let limits = self.limits.iter();
        let limits = limits.map(|slug| page.member("template-limit", slug));
        let settings = self.settings.iter().map(|setting| {
            let (slug, value) = setting.of(origin, provider, &domains);
            (page.member("template-setting", slug), value)
        });
        TemplateView {
            ways: TEMPLATES
                .iter()
                .map(|other| TemplateWay {
                    href: format!("{at}?template={}#template", other.slug),
                    text: page.member("template-name", other.slug),
                    is_current: other.slug == self.slug,
                })
                .collect(),
            steps: steps.collect(),
            settings: settings.collect(),
            script: self
                .is_microsoft()
                .then(|| script(origin, keys, provider, &domains)),
            names: self.is_microsoft().then(|| format!("{at}/names")),
            limits: limits.collect(),
            documentation: self.documentation,
        }
    }
}

impl Setting {
    /// What it is called, and what is written there; nothing for the certificate, which stands above.
    fn of(
        self,
        origin: &str,
        provider: &ServiceProvider,
        domains: &[String],
    ) -> (&'static str, Option<String>) {
        let at = |path: &str| format!("{origin}{path}");
        let told = |source: &str| {
            let mut rules = provider.attributes.iter();
            let rule = rules.find(|rule| rule.source.as_str() == source);
            rule.map_or_else(|| "NameID".to_owned(), |rule| rule.name.clone())
        };
        let (slug, value) = match self {
            Self::Metadata => ("metadata", at(OURS.metadata)),
            Self::Issuer => {
                let name = EntityId::ours(origin);
                (
                    "issuer",
                    name.map_or_else(String::new, |name| name.to_string()),
                )
            }
            Self::SignOn => ("sign-on", at(OURS.sign_on)),
            Self::Logout => ("logout", at(OURS.logout)),
            Self::Certificate => return ("certificate", None),
            Self::Domain => ("domain", domains.join(", ")),
            Self::NameId => ("name-id", provider.name_id.format().to_owned()),
            Self::Hash => ("hash", "SHA-256".to_owned()),
            Self::User => ("user", told("login")),
            Self::Groups => ("groups", told("groups")),
        };
        (slug, Some(value))
    }
}

/// The domains of the staff's addresses, those of most people first: those of guests are others' to register.
fn domains(records: &State) -> Vec<String> {
    let mut counted = std::collections::BTreeMap::<String, usize>::new();
    let staff = records.people.values();
    let staff = staff.filter(|person| person.affiliation == Affiliation::Staff);
    let emails = staff.filter_map(|person| person.email.as_deref());
    for (_, domain) in emails.filter_map(|email| email.rsplit_once('@')) {
        *counted.entry(domain.to_ascii_lowercase()).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counted.into_iter().collect();
    all.sort_by_key(|(_, people)| std::cmp::Reverse(*people));
    let most = all.into_iter().take(MOST_DOMAINS);
    most.map(|(domain, _)| domain).collect()
}

/// What is run in Microsoft Graph PowerShell. In quotes that replace nothing.
fn script(
    origin: &str,
    keys: &SamlKeyring,
    provider: &ServiceProvider,
    domains: &[String],
) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let at = |path: &str| quoted(&format!("{origin}{path}"));
    let certificates = given(keys, provider).into_iter();
    let certificates = certificates.map(|record| quoted(&record.certificate));
    let parameters = ["SigningCertificate", "NextSigningCertificate"];
    let domain = domains.first().map_or("example.co.jp", String::as_str);
    let mut lines = vec![
        "New-MgDomainFederationConfiguration".to_owned(),
        format!("-DomainId {}", quoted(domain)),
        "-DisplayName 'Sekisho'".to_owned(),
        format!("-IssuerUri {}", at(OURS.metadata)),
        format!("-PassiveSignInUri {}", at(OURS.sign_on)),
        format!("-SignOutUri {}", at(OURS.logout)),
        "-PreferredAuthenticationProtocol 'saml'".to_owned(),
    ];
    let both = parameters.into_iter().zip(certificates);
    lines.extend(both.map(|(name, certificate)| format!("-{name} {certificate}")));
    format!(
        "Connect-MgGraph -Scopes 'Domain.ReadWrite.All'\n{}",
        lines.join(" `\n  ")
    )
}
