//! What came of a question (§5.5): the decision, and beside it what whoever enforces, explains or administers needs.

use super::request::Wrong;
use serde::Serialize;
use serde_json::{Map, Value, json};
use zt_pages::refusal::{Reason, RemedyView, Ways};
use zt_pages::{Base, Messages, Page};
use zt_policy::{Decision, Obligation, Permit, Refusal, Remedy};
use zt_types::{Capability, DecisionId, Language, Timestamp};

/// The type of all our obligations (obligations §5.4): none of them is registered, so each says in its properties whose
/// it is and what to do.
pub(super) const OBLIGATION_TYPE: &str = "custom";
/// Whose obligations these are.
const VENDOR: &str = "sekisho";

/// A decision as it is sent.
#[derive(Debug, Serialize)]
pub(super) struct Decided {
    pub(super) decision: bool,
    pub(super) context: Told,
}

/// What is told beside it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Told {
    /// A question that could not be decided (§7.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Erred>,
    /// For whoever administers what asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_admin: Option<InBoth>,
    /// For the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_user: Option<InBoth>,
    /// Why not, as slugs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// What would turn it into an allow, in the order in which the steps are taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remedies: Vec<Step>,
    /// Everything that the access may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Vec<&'static str>>,
    /// What must be done by whoever lets it through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) obligations: Vec<Owed>,
    /// The earliest instant at which time alone can turn it. Anything else can turn it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
    /// Under which it is in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_id: Option<String>,
}

#[derive(Debug, Serialize)]
struct Erred {
    status: u16,
    message: String,
}

/// A text in both languages, by language tag (RFC 5646).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct InBoth {
    en: String,
    ja: String,
}

#[derive(Debug, Serialize)]
struct Step {
    #[serde(flatten)]
    step: Remedy,
    text: InBoth,
}

/// An obligation (obligations §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Owed {
    id: String,
    r#type: &'static str,
    properties: Map<String, Value>,
}

/// What a question named that is not there for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Subject,
    Action,
    Resource,
}

impl Decided {
    /// What is not there, nobody may.
    pub(super) fn unknown(what: Unknown) -> Self {
        let message = match what {
            Unknown::Subject => {
                "there is no such subject: it must have the type `person` and the login or id of a person"
            }
            Unknown::Action => {
                "there is no such action: it must be a capability such as `connect`, `read` or `download`"
            }
            Unknown::Resource => {
                "there is no such resource among those that this enforcement point may ask about: it must have the type \
                 `application` and the id of an application that it is registered for"
            }
        };
        Self::erred(404, message.to_owned())
    }

    /// What cannot be read, nobody may.
    pub(super) fn malformed(wrong: &Wrong) -> Self {
        Self::erred(400, wrong.to_string())
    }

    fn erred(status: u16, message: String) -> Self {
        Self {
            decision: false,
            context: Told {
                error: Some(Erred { status, message }),
                ..Told::default()
            },
        }
    }

    /// What was decided, for somebody who asked about `capability`. `lacking` are the obligations of a permit that whoever
    /// asked does not do. `session` is the sign-in that was named.
    pub(super) fn of(
        decision: &Decision,
        id: DecisionId,
        capability: Capability,
        lacking: &[&'static str],
        session: Option<&str>,
    ) -> Self {
        let mut decided = match decision {
            Decision::Refuse(refusal) => Self::refused(refusal, session),
            Decision::Allow(permit) => Self::permitted(permit, capability, lacking),
        };
        decided.context.decision_id = Some(id.to_string());
        decided.context.valid_until = Some(decision.valid_until())
            .filter(|until| *until < Timestamp::FAR_FUTURE)
            .map(Timestamp::to_rfc3339);
        decided
    }

    fn permitted(permit: &Permit, capability: Capability, lacking: &[&'static str]) -> Self {
        let capabilities = permit.capabilities();
        if !capabilities.contains(capability) {
            return Self::closed(
                "capability-withheld",
                &[capability.as_str()],
                in_both(|messages| messages.text("refusal-why-capability-withheld").to_owned()),
            );
        }
        // Obligations §4.4: whoever cannot do what a permit demands may not honour it.
        if !lacking.is_empty() {
            return Self::closed(
                "obligation-not-done",
                lacking,
                in_both(|messages| messages.text("refusal-why-obligation-not-done").to_owned()),
            );
        }
        Self {
            decision: true,
            context: Told {
                capabilities: Some(capabilities.iter().map(Capability::as_str).collect()),
                obligations: owed(permit),
                ..Told::default()
            },
        }
    }

    /// A permit that does not reach as far as was asked.
    fn closed(why: &str, named: &[&str], reason_user: InBoth) -> Self {
        Self {
            decision: false,
            context: Told {
                reason_admin: Some(in_both(|messages| {
                    format!("{} ({})", messages.member("why", why), named.join(", "))
                })),
                reason_user: Some(reason_user),
                reasons: vec![why.to_owned()],
                ..Told::default()
            },
        }
    }

    fn refused(refusal: &Refusal, session: Option<&str>) -> Self {
        let reasons: Vec<String> = refusal
            .reasons()
            .iter()
            .map(|reason| reason.slug().to_owned())
            .collect();
        let policies: Vec<&str> = refusal.policies().iter().map(|id| id.as_str()).collect();
        let reason_admin = in_both(|messages| {
            let words: Vec<&str> = reasons
                .iter()
                .map(|slug| messages.member("why", slug))
                .collect();
            match policies.as_slice() {
                [] => words.join(" · "),
                policies => format!("{} ({})", words.join(" · "), policies.join(", ")),
            }
        });
        // Who has not signed in is told to, and nothing else: what stands against an account is for its owner.
        let (reason_user, remedies) = match session {
            None => (
                in_both(|messages| messages.text("refusal-why-no-session").to_owned()),
                vec![Step::of(
                    Remedy::SignInAgain,
                    in_both(|messages| messages.member("remedy", "sign-in-again").to_owned()),
                )],
            ),
            Some(_) => (told(refusal), steps(refusal)),
        };
        Self {
            decision: false,
            context: Told {
                reason_admin: Some(reason_admin),
                reason_user: Some(reason_user),
                reasons,
                remedies,
                ..Told::default()
            },
        }
    }
}

impl Step {
    const fn of(step: Remedy, text: InBoth) -> Self {
        Self { step, text }
    }
}

/// The obligations of a permit.
pub(super) fn owed(permit: &Permit) -> Vec<Owed> {
    let obligations = permit.obligations().iter().enumerate();
    obligations
        .map(|(at, obligation)| {
            let mut properties = particulars(obligation);
            properties.insert("vendor".to_owned(), json!(VENDOR));
            properties.insert("action".to_owned(), json!(obligation.as_str()));
            Owed {
                id: format!("obligation-{}", at + 1),
                r#type: OBLIGATION_TYPE,
                properties,
            }
        })
        .collect()
}

/// What an obligation says beside its name.
fn particulars(obligation: &Obligation) -> Map<String, Value> {
    let mut particulars = Map::new();
    match obligation {
        Obligation::Record | Obligation::RaiseIncident | Obligation::Watermark => {}
        Obligation::Warn { policy, message } => {
            particulars.insert("policy".to_owned(), json!(policy));
            if let Some(message) = message {
                let message = json!({ "en": message.en, "ja": message.ja });
                particulars.insert("message".to_owned(), message);
            }
        }
        Obligation::ReauthenticateAt { at } => {
            particulars.insert("at".to_owned(), json!(at.to_rfc3339()));
        }
    }
    particulars
}

/// The sentences of a refusal's page.
fn told(refusal: &Refusal) -> InBoth {
    let of = |language| {
        let page = Page::in_language(language, Base::Id, "/");
        let sentences: Vec<String> = Reason::of(refusal, str::to_owned)
            .iter()
            .map(|reason| reason.sentence(&page))
            .collect();
        sentences.join(match language {
            Language::Ja => "",
            Language::En => " ",
        })
    };
    InBoth {
        en: of(Language::En),
        ja: of(Language::Ja),
    }
}

fn steps(refusal: &Refusal) -> Vec<Step> {
    let views = RemedyView::of(refusal, &Ways::default());
    let steps = refusal.remedies().iter().zip(views);
    steps
        .map(|(step, view)| {
            let text = in_both(|messages| messages.member("remedy", view.kind.slug()).to_owned());
            Step::of(step.clone(), text)
        })
        .collect()
}

fn in_both(text: impl Fn(&Messages) -> String) -> InBoth {
    InBoth {
        en: text(Messages::of(Language::En)),
        ja: text(Messages::of(Language::Ja)),
    }
}
