//! What is asked (§5, §6.1, §7.1, §8): reading it, and saying which member is wrong and what belongs there.
//!
//! Members that nobody here knows are passed over (§10.1.1); so are `properties`, which only have to be objects: what a
//! caller says of a person, an application or an action is nothing that a decision could rest on.

use std::collections::BTreeMap;
use std::fmt;
use zt_types::{Json, JsonError};

/// Evaluations in one request.
pub(super) const MOST_EVALUATIONS: usize = 500;
/// Characters of a text that something is looked up by.
const LONGEST: usize = 256;
/// Obligation types that a caller may list.
const MOST_OBLIGATIONS: usize = 64;

/// What is wrong with a request as a whole, or with one evaluation of several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("the body cannot be read: {0}")]
    Json(JsonError),
    #[error("the body must be a JSON object")]
    NotAnObject,
    #[error("the member `{path}` is missing: {holds}")]
    Missing { path: Path, holds: &'static str },
    #[error("the member `{path}` has the wrong type: {holds}")]
    Type { path: Path, holds: &'static str },
    #[error("the member `{path}` is empty or longer than {LONGEST} characters")]
    Length { path: Path },
    #[error("the member `{path}` lists more than {most} entries: send several requests")]
    TooMany { path: Path, most: usize },
    #[error(
        "the member `options.evaluations_semantic` must be one of `execute_all`, `deny_on_first_deny`, \
         `permit_on_first_permit`"
    )]
    UnknownSemantic,
    #[error(
        "the member `page.token` is not of this search: send the `next_token` of its last page, and everything else as \
         it was"
    )]
    Token,
}

/// Where in a request something is: names that stand in this source, never the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(Vec<&'static str>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// Who is asked about (§5.1), or what type of subject is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entity {
    pub(super) kind: String,
    pub(super) id: String,
}

/// What of the context is read (§5.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Context {
    /// A session of the subject, as the caller wrote it.
    pub(super) session: Option<String>,
    /// The obligation types that the caller says it understands (obligations §7).
    pub(super) obligations: Option<Vec<String>>,
}

/// One question (§6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evaluation {
    pub(super) subject: Entity,
    pub(super) action: String,
    pub(super) resource: Entity,
    pub(super) context: Context,
}

/// How far several questions are followed (§7.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// Several questions, or one in the form of the other endpoint (§7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Evaluations {
    One(Evaluation),
    Several {
        /// In order; what is wrong with one of them is its own affair (§7.2.1).
        items: Vec<Result<Evaluation, Wrong>>,
        semantic: Semantic,
    },
}

/// A page that is asked for (§8.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Page {
    pub(super) token: Option<String>,
    pub(super) limit: Option<u32>,
}

const SUBJECT: &str = "an object with the texts `type` and `id`";
const RESOURCE: &str = "an object with the texts `type` and `id`";
const ACTION: &str = "an object with the text `name`";
const CONTEXT: &str = "an object";
const TEXT: &str = "a text";

impl Evaluation {
    pub(super) fn of(json: &Json) -> Result<Self, Wrong> {
        let root = Members::root(json)?;
        Self::read(&root, &BTreeMap::new())
    }

    /// Reads one whose members may stand in `defaults` instead: each as a whole, nothing is mixed (§7.1.1).
    fn read(members: &Members<'_>, defaults: &BTreeMap<String, Json>) -> Result<Self, Wrong> {
        let or_default = |name: &'static str, holds| match members.0.get(name) {
            Some(value) => Members::entity(value, name, holds).map(Some),
            None => defaults
                .get(name)
                .map(|value| Members::entity(value, name, holds))
                .transpose(),
        };
        let required = |name: &'static str, holds| {
            or_default(name, holds)?.ok_or_else(|| Wrong::Missing {
                path: Path(vec![name]),
                holds,
            })
        };
        let subject = required("subject", SUBJECT)?.identified("subject")?;
        let action = required("action", ACTION)?.action()?;
        let resource = required("resource", RESOURCE)?.identified("resource")?;
        let context = match or_default("context", CONTEXT)? {
            Some(context) => context.context()?,
            None => Context::default(),
        };
        Ok(Self {
            subject,
            action,
            resource,
            context,
        })
    }
}

impl Evaluations {
    pub(super) fn of(json: &Json) -> Result<Self, Wrong> {
        let root = Members::root(json)?;
        let semantic = root.semantic()?;
        let path = || Path(vec!["evaluations"]);
        let list = match root.0.get("evaluations") {
            None => return Evaluation::of(json).map(Self::One),
            Some(Json::List(list)) => list,
            Some(_) => {
                return Err(Wrong::Type {
                    path: path(),
                    holds: "a list of objects",
                });
            }
        };
        if list.is_empty() {
            return Evaluation::of(json).map(Self::One);
        }
        if list.len() > MOST_EVALUATIONS {
            let most = MOST_EVALUATIONS;
            return Err(Wrong::TooMany { path: path(), most });
        }
        root.sound_defaults()?;
        let items = list
            .iter()
            .map(|item| match item {
                Json::Object(members) => Evaluation::read(&Members(members), root.0),
                _ => Err(Wrong::Type {
                    path: path(),
                    holds: "a list of objects",
                }),
            })
            .collect();
        Ok(Self::Several { items, semantic })
    }
}

/// What is searched for (§8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// Subjects of a type (§8.4).
    Subject {
        kind: String,
        action: String,
        resource: Entity,
    },
    /// Resources of a type (§8.5).
    Resource {
        subject: Entity,
        action: String,
        kind: String,
    },
    /// Actions (§8.6).
    Action { subject: Entity, resource: Entity },
}

/// A search as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Searching {
    pub(super) search: Search,
    pub(super) context: Context,
    pub(super) page: Page,
    /// Everything that must be the same on its next page.
    pub(super) about: Vec<u8>,
}

impl Searching {
    pub(super) fn subject(json: &Json) -> Result<Self, Wrong> {
        Self::of(json, |members| {
            Ok(Search::Subject {
                kind: members.required("subject", SUBJECT)?.kind("subject")?,
                action: members.required("action", ACTION)?.action()?,
                resource: members
                    .required("resource", RESOURCE)?
                    .identified("resource")?,
            })
        })
    }

    pub(super) fn resource(json: &Json) -> Result<Self, Wrong> {
        Self::of(json, |members| {
            Ok(Search::Resource {
                subject: members
                    .required("subject", SUBJECT)?
                    .identified("subject")?,
                action: members.required("action", ACTION)?.action()?,
                kind: members.required("resource", RESOURCE)?.kind("resource")?,
            })
        })
    }

    pub(super) fn action(json: &Json) -> Result<Self, Wrong> {
        Self::of(json, |members| {
            Ok(Search::Action {
                subject: members
                    .required("subject", SUBJECT)?
                    .identified("subject")?,
                resource: members
                    .required("resource", RESOURCE)?
                    .identified("resource")?,
            })
        })
    }

    fn of(
        json: &Json,
        search: impl FnOnce(&Members<'_>) -> Result<Search, Wrong>,
    ) -> Result<Self, Wrong> {
        let root = Members::root(json)?;
        let search = search(&root)?;
        let context = match root.0.get("context") {
            Some(value) => Members::entity(value, "context", CONTEXT)?.context()?,
            None => Context::default(),
        };
        let page = match root.0.get("page") {
            Some(value) => Members::entity(value, "page", CONTEXT)?.page()?,
            None => Page::default(),
        };
        let entities = ["subject", "action", "resource", "context"];
        // Objects are ordered by their members' names: how they were written makes no difference.
        let about = format!("{:?}", entities.map(|name| root.0.get(name))).into_bytes();
        Ok(Self {
            search,
            context,
            page,
            about,
        })
    }
}

/// An object that is being read.
struct Members<'a>(&'a BTreeMap<String, Json>);

impl<'a> Members<'a> {
    fn root(json: &'a Json) -> Result<Self, Wrong> {
        match json {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(Wrong::NotAnObject),
        }
    }

    fn entity(value: &'a Json, name: &'static str, holds: &'static str) -> Result<Self, Wrong> {
        let Json::Object(members) = value else {
            return Err(Wrong::Type {
                path: Path(vec![name]),
                holds,
            });
        };
        match members.get("properties") {
            None | Some(Json::Object(_)) => Ok(Self(members)),
            Some(_) => Err(Wrong::Type {
                path: Path(vec![name, "properties"]),
                holds: "an object",
            }),
        }
    }

    fn required(&self, name: &'static str, holds: &'static str) -> Result<Self, Wrong> {
        match self.0.get(name) {
            Some(value) => Members::entity(value, name, holds),
            None => Err(Wrong::Missing {
                path: Path(vec![name]),
                holds,
            }),
        }
    }

    fn optional_text(
        &self,
        within: &'static str,
        name: &'static str,
    ) -> Result<Option<String>, Wrong> {
        let path = || Path(vec![within, name]);
        match self.0.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) if text.is_empty() || text.chars().count() > LONGEST => {
                Err(Wrong::Length { path: path() })
            }
            Some(Json::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Wrong::Type {
                path: path(),
                holds: TEXT,
            }),
        }
    }

    fn text(&self, within: &'static str, name: &'static str) -> Result<String, Wrong> {
        let text = self.optional_text(within, name)?;
        text.ok_or_else(|| Wrong::Missing {
            path: Path(vec![within, name]),
            holds: TEXT,
        })
    }

    fn kind(&self, within: &'static str) -> Result<String, Wrong> {
        self.text(within, "type")
    }

    fn identified(&self, within: &'static str) -> Result<Entity, Wrong> {
        Ok(Entity {
            kind: self.kind(within)?,
            id: self.text(within, "id")?,
        })
    }

    fn action(&self) -> Result<String, Wrong> {
        self.text("action", "name")
    }

    fn context(&self) -> Result<Context, Wrong> {
        let obligations = match self.0.get("supported_obligations") {
            None => None,
            Some(Json::List(list)) => Some(texts(list)?),
            Some(_) => return Err(wrong_obligations()),
        };
        Ok(Context {
            session: self.optional_text("context", "session_id")?,
            obligations,
        })
    }

    fn page(&self) -> Result<Page, Wrong> {
        let token = match self.0.get("token") {
            None => None,
            // §8.2: the end of a result set is an empty token. Sent back, it is none.
            Some(Json::Text(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(_) => {
                return Err(Wrong::Type {
                    path: Path(vec!["page", "token"]),
                    holds: TEXT,
                });
            }
        };
        let limit = match self.0.get("limit") {
            None => None,
            Some(Json::Integer(limit)) if *limit >= 0 => {
                Some(u32::try_from(*limit).unwrap_or(u32::MAX))
            }
            Some(_) => {
                return Err(Wrong::Type {
                    path: Path(vec!["page", "limit"]),
                    holds: "an integer that is not negative",
                });
            }
        };
        Ok(Page { token, limit })
    }

    fn semantic(&self) -> Result<Semantic, Wrong> {
        let options = match self.0.get("options") {
            None => return Ok(Semantic::ExecuteAll),
            Some(Json::Object(options)) => options,
            Some(_) => {
                return Err(Wrong::Type {
                    path: Path(vec!["options"]),
                    holds: "an object",
                });
            }
        };
        match options.get("evaluations_semantic") {
            None => Ok(Semantic::ExecuteAll),
            Some(value) => match value.as_text() {
                Some("execute_all") => Ok(Semantic::ExecuteAll),
                Some("deny_on_first_deny") => Ok(Semantic::DenyOnFirstDeny),
                Some("permit_on_first_permit") => Ok(Semantic::PermitOnFirstPermit),
                _ => Err(Wrong::UnknownSemantic),
            },
        }
    }

    /// What stands at the top for all evaluations is of the payload as a whole: if it is wrong, nothing is answered.
    fn sound_defaults(&self) -> Result<(), Wrong> {
        let default = |name: &'static str, holds| match self.0.get(name) {
            Some(value) => Members::entity(value, name, holds).map(Some),
            None => Ok(None),
        };
        if let Some(subject) = default("subject", SUBJECT)? {
            subject.identified("subject")?;
        }
        if let Some(action) = default("action", ACTION)? {
            action.action()?;
        }
        if let Some(resource) = default("resource", RESOURCE)? {
            resource.identified("resource")?;
        }
        if let Some(context) = default("context", CONTEXT)? {
            context.context()?;
        }
        Ok(())
    }
}

fn texts(list: &[Json]) -> Result<Vec<String>, Wrong> {
    if list.len() > MOST_OBLIGATIONS {
        return Err(Wrong::TooMany {
            path: Path(vec!["context", "supported_obligations"]),
            most: MOST_OBLIGATIONS,
        });
    }
    list.iter()
        .map(|item| {
            item.as_text()
                .map(str::to_owned)
                .ok_or_else(wrong_obligations)
        })
        .collect()
}

fn wrong_obligations() -> Wrong {
    Wrong::Type {
        path: Path(vec!["context", "supported_obligations"]),
        holds: "a list of texts",
    }
}
