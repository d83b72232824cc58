//! Policies: the list, the form in which a rule is written, whom it would have hit, and how it comes into force.
//!
//! A form is sent whole with every press of a button, so that nothing is kept between two: `do` says which one it was.

mod as_file;
mod draft;
mod form;
mod kinds;
mod list;
mod said;
#[cfg(test)]
mod tests;
mod view;
mod whom;

use super::handlers::{ConsoleQuery, unavailable};
use super::note;
use crate::PagesState;
use crate::guard::{Administrator, PostedByAdministrator, Signed, error, see_other, sent};
use crate::words::{Names, Reader};
use as_file::state_slug;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use draft::{About, Draft, Problem};
use form::{Fresh, Keeping, Outcome};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use view::{FormPage, FormPart, PoliciesView, StatePanel};
use zt_events::{Actor, Body};
use zt_live::{LiveError, RolledBack};
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Page, respond};
use zt_policy::{ManagedBy, PolicyDocument, PolicyError, PolicyState, Rule, Written, packs};
use zt_store::{Change, Plan, StoreError};
use zt_types::{PolicyId, Timestamp};

const HERE: &str = "/console/policies";

/// How far back accesses are looked at unless another span is chosen, in days.
const DAYS: u32 = 30;

pub(crate) async fn list(
    axum::extract::State(state): State<PagesState>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let said = note(&signed.page, query.note());
    let shell = signed.console(HERE);
    let live = state.live();
    let in_force = live.policies();
    let now = live.clock().now();
    // Held readable by a test.
    let packs = packs().unwrap_or_default();
    let page = signed.page;
    let view = live.read(|records| {
        let names = names(&page, records);
        let authors = list::authors(records);
        let decides = |id: &PolicyId| in_force.documents().any(|document| document.id == *id);
        let off = records
            .policies
            .values()
            .filter(|policy| !decides(&policy.id));
        let documents = in_force.documents().chain(off);
        let mut documents: Vec<&PolicyDocument> = documents.collect();
        // What an organisation wrote before what every installation has.
        documents.sort_by_key(|policy| policy.managed_by == ManagedBy::System);
        PoliciesView {
            rows: documents
                .into_iter()
                .map(|policy| list::row(&names, policy, &authors, now))
                .collect(),
            revisions: list::revisions(&names),
            packs: packs.iter().map(|pack| list::pack(&names, pack)).collect(),
            // As many digits as tell versions apart, as with commits.
            version: in_force.version().to_string().chars().take(12).collect(),
            note: said,
            more: list::told(&names, &query.told()),
            page: page.clone(),
            shell,
        }
    });
    ok(&page, &view)
}

pub(crate) async fn new(
    State(state): State<PagesState>,
    Administrator(signed): Administrator,
) -> Response {
    shown(&state, &signed, Shown::new(Draft::new())).await
}

pub(crate) async fn one(
    State(state): State<PagesState>,
    Path(policy): Path<String>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let Some(document) = found(&state, &policy) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    // What was written as Cedar has no form.
    let Some(rule) = document.source.rule() else {
        return see_other(&format!("{HERE}#{}", document.id));
    };
    let draft = state
        .live()
        .read(|records| Draft::of(&document, rule, records));
    let note = note(&signed.page, query.note());
    shown(
        &state,
        &signed,
        Shown {
            note,
            ..Shown::new(draft)
        },
    )
    .await
}

/// Every button of the form.
pub(crate) async fn write(
    State(state): State<PagesState>,
    headers: HeaderMap,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let verb = signed.form.text("do").to_owned();
    let mut draft = Draft::read(&signed.form);
    draft.turn(&verb, &signed.person.login);
    let days = signed.form.text("days").parse().ok();
    let shown_as = Shown {
        days: days
            .filter(|days| whom::SPANS.contains(days))
            .unwrap_or(DAYS),
        looks: verb == "look",
        fresh: Fresh::of(&verb),
        is_part: headers.contains_key("hx-request"),
        ..Shown::new(draft.clone())
    };
    match verb.as_str() {
        "save" | "save-off" => {
            let wanted = if verb == "save" {
                PolicyState::ReportOnly
            } else {
                PolicyState::Off
            };
            match save(&state, &signed, &draft, wanted).await {
                Ok(id) => see_other(&format!("{HERE}/{id}?note=policy-saved")),
                Err(NotSaved::Problems(problems)) => {
                    let shown_as = Shown {
                        problems,
                        ..shown_as
                    };
                    shown(&state, &signed, shown_as).await
                }
                Err(NotSaved::Live(failure)) => unavailable(&signed.page, &failure),
            }
        }
        "file" => {
            let problems = lacking(&state, &draft);
            match made(&state, &draft, PolicyState::ReportOnly) {
                Ok((document, rule)) if problems.is_empty() => taken_away(&state, &document, &rule),
                _ => {
                    shown(
                        &state,
                        &signed,
                        Shown {
                            problems,
                            ..shown_as
                        },
                    )
                    .await
                }
            }
        }
        _ => shown(&state, &signed, shown_as).await,
    }
}

/// Turns a policy of the console off, report-only or on.
pub(crate) async fn turn(
    State(state): State<PagesState>,
    Path(policy): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let document = found(&state, &policy).filter(|known| known.managed_by == ManagedBy::Console);
    let Some(document) = document else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let wanted = match signed.form.text("state") {
        "on" => PolicyState::On,
        "report-only" => PolicyState::ReportOnly,
        _ => PolicyState::Off,
    };
    let now = state.live().clock().now();
    let back = |note: &str| see_other(&format!("{HERE}/{}?note={note}", document.id));
    // What has run out is settled first: turning it off is always possible.
    if wanted != PolicyState::Off && !document.overdue(now).is_empty() {
        return back("policy-overdue");
    }
    let change = Change::PutPolicy(PolicyDocument {
        state: wanted,
        changed_at: now,
        ..document.clone()
    });
    match commit(&state, &signed, vec![change]).await {
        Ok(()) => back("policy-turned"),
        Err(LiveError::Policies(_)) => back("policy-refused"),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// Takes a policy of the console away.
pub(crate) async fn remove(
    State(state): State<PagesState>,
    Path(policy): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let document = found(&state, &policy).filter(|known| known.managed_by == ManagedBy::Console);
    let Some(document) = document else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    match commit(&state, &signed, vec![Change::RemovePolicy(document.id)]).await {
        Ok(()) => see_other(&format!("{HERE}?note=policy-removed")),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// Adds the policies of a starter pack, report-only.
pub(crate) async fn add_pack(
    State(state): State<PagesState>,
    Path(pack): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let packs = packs().unwrap_or_default();
    let Some(pack) = packs.iter().find(|known| known.id.as_str() == pack) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let now = state.live().clock().now();
    let documents = pack
        .documents(PolicyState::ReportOnly, ManagedBy::Console, now)
        .unwrap_or_default();
    let is_there = state.live().read(|records| {
        let mut ids = documents.iter().map(|document| &document.id);
        ids.any(|id| records.policies.contains_key(id))
    });
    if is_there {
        return see_other(&format!("{HERE}?note=pack-there"));
    }
    let changes = documents.into_iter().map(Change::PutPolicy).collect();
    match commit(&state, &signed, changes).await {
        Ok(()) => see_other(&format!("{HERE}?note=pack-added")),
        Err(LiveError::Policies(_)) => see_other(&format!("{HERE}?note=pack-refused")),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// Puts all policies back to what they were at a revision.
pub(crate) async fn go_back(
    State(state): State<PagesState>,
    Path(number): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(number) = number.parse() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let back = |note: &str| see_other(&format!("{HERE}?note={note}"));
    let why = signed.form.text("why").trim();
    if why.is_empty() {
        return back("revision-why");
    }
    let actor = Actor::Person(signed.person.id);
    let why = why.chars().take(200).collect();
    match state.live().roll_back(number, actor, why).await {
        Ok(RolledBack::Done {
            policies,
            of_files,
            dropped,
            ..
        }) => {
            let note = if policies.is_empty() {
                "revision-files"
            } else {
                "revision-back"
            };
            let (left, without) = (
                ids(&of_files),
                ids(dropped.iter().filter_map(PolicyError::policy)),
            );
            back(&format!("{note}&left={left}&without={without}"))
        }
        Ok(RolledBack::LetsIn(over)) => {
            let letting = ids(over.iter().filter_map(PolicyError::policy));
            back(&format!("revision-lets-in&letting={letting}"))
        }
        Ok(RolledBack::Same) => back("revision-same"),
        Ok(RolledBack::NotKept) => back("revision-gone"),
        Err(LiveError::Policies(_)) => back("policy-refused"),
        Err(LiveError::Store(StoreError::Conflict(_))) => back("failed"),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// So many policies are named in a note: an address has an end.
const NAMED: usize = 20;

/// Policies, for an address.
fn ids<'a>(policies: impl IntoIterator<Item = &'a PolicyId>) -> String {
    let mut ids: Vec<&str> = policies.into_iter().map(PolicyId::as_str).collect();
    ids.dedup();
    ids.truncate(NAMED);
    ids.join(",")
}

/// How the form is to be shown.
struct Shown {
    draft: Draft,
    problems: Vec<Problem>,
    note: Option<&'static str>,
    days: u32,
    /// Whether recorded accesses are looked at.
    looks: bool,
    fresh: Fresh,
    /// Whether only the form is wanted, to be put into the page that is there.
    is_part: bool,
}

impl Shown {
    const fn new(draft: Draft) -> Self {
        Self {
            draft,
            problems: Vec::new(),
            note: None,
            days: DAYS,
            looks: false,
            fresh: Fresh::None,
            is_part: false,
        }
    }
}

async fn shown(state: &PagesState, signed: &Signed, shown: Shown) -> Response {
    let live = state.live();
    let page = &signed.page;
    let now = live.clock().now();
    let known = found(state, &shown.draft.id);
    let keeping = match known.as_ref().map(|known| known.managed_by) {
        None | Some(ManagedBy::Console) => Keeping::Here,
        Some(ManagedBy::Files | ManagedBy::Registration | ManagedBy::System) => Keeping::InFiles,
    };
    let made = made(state, &shown.draft, PolicyState::ReportOnly);
    // A form that was only just opened, or in which a row was added, is not yet reproached with what it lacks.
    let mut problems = shown.problems;
    let lacking = lacking(state, &shown.draft);
    let mut details = Vec::new();
    let mut whom = None;
    if shown.looks {
        match &made {
            Ok((document, _)) => match whom::compare(live, document, shown.days).await {
                Ok(found) => whom = Some(found),
                Err(LiveError::Policies(errors)) => details = refused(page, &errors),
                Err(failure) => return unavailable(page, &failure),
            },
            Err(found) => problems.clone_from(found),
        }
    }
    let rule = made.as_ref().ok().map(|(_, rule)| rule);
    let shell = signed.console(HERE);
    let (form, panel) = live.read(|records| {
        let names = names(page, records);
        let outcome = Outcome {
            problems,
            details,
            lacking,
            said: rule
                .map(|rule| names.said(rule.parts()))
                .unwrap_or_default(),
            cedar: rule.map(Rule::to_cedar).unwrap_or_default(),
            days: shown.days,
            whom: whom.map(|found| whom::view(&names, &found)),
        };
        let form = form::view(&names, &shown.draft, keeping, outcome, shown.fresh, now);
        (form, known.as_ref().map(|known| panel(&names, known, now)))
    });
    let status = StatusCode::OK;
    if shown.is_part {
        let page = page.clone();
        let part = FormPart {
            form,
            page: page.clone(),
            shell,
        };
        return sent(respond(status, &page, &part, &Exception::None));
    }
    let view = FormPage {
        heading: match &known {
            Some(known) => page.text(&known.title).to_owned(),
            None => page.t("policy-new").to_owned(),
        },
        note: shown.note,
        panel,
        form,
        page: page.clone(),
        shell,
    };
    ok(page, &view)
}

fn panel(names: &Names<'_>, known: &PolicyDocument, now: Timestamp) -> StatePanel {
    let (tone, icon) = list::look(known.state);
    let rule = known.source.rule().into_iter();
    StatePanel {
        id: known.id.to_string(),
        slug: state_slug(known.state),
        tone,
        icon,
        state: names.page.member("policy-state", state_slug(known.state)),
        about: names
            .page
            .member("policy-state-about", state_slug(known.state)),
        managed: crate::words::managed(
            names.page,
            crate::words::managed_resource(known.managed_by),
        ),
        is_ours: known.managed_by == ManagedBy::Console,
        overdue: rule
            .flat_map(|rule| rule.overdue(now))
            .map(|out| names.exclusion(out))
            .collect(),
        remove_question: names.page.t1(
            "policy-remove-question",
            "title",
            names.page.text(&known.title),
        ),
    }
}

/// Why a policy was not kept.
enum NotSaved {
    Problems(Vec<Problem>),
    Live(LiveError),
}

async fn save(
    state: &PagesState,
    signed: &Signed,
    draft: &Draft,
    wanted: PolicyState,
) -> Result<PolicyId, NotSaved> {
    let only = |slug, about| NotSaved::Problems(vec![Problem { slug, about }]);
    let known = found(state, &draft.id);
    if !draft.id.is_empty() {
        let Some(known) = &known else {
            return Err(only("moved", About::Nothing));
        };
        if known.managed_by != ManagedBy::Console {
            return Err(only("in-files", About::Nothing));
        }
        if known.changed_at.as_millis().to_string() != draft.seen {
            return Err(only("moved", About::Nothing));
        }
    }
    // What binds goes on binding as it is written now; what does not is kept as the button says.
    let wanted = known.map_or(wanted, |known| known.state);
    let lacking = lacking(state, draft);
    if !lacking.is_empty() {
        return Err(NotSaved::Problems(lacking));
    }
    let (document, _) = made(state, draft, wanted).map_err(NotSaved::Problems)?;
    let over = document.overdue(state.live().clock().now());
    if !over.is_empty() {
        return Err(only("left-out-over", About::Nothing));
    }
    let id = document.id.clone();
    match commit(state, signed, vec![Change::PutPolicy(document)]).await {
        Ok(()) => Ok(id),
        Err(LiveError::Policies(errors)) => {
            let problems = refused(&signed.page, &errors).into_iter();
            let problems = problems.map(|why| Problem {
                slug: "not-compiled",
                about: About::Word(why),
            });
            Err(NotSaved::Problems(problems.collect()))
        }
        Err(failure) => Err(NotSaved::Live(failure)),
    }
}

/// What is still to be said before the form can be kept.
fn lacking(state: &PagesState, draft: &Draft) -> Vec<Problem> {
    let title = draft.title().is_none().then_some(Problem {
        slug: "no-title",
        about: About::Nothing,
    });
    let rule = state.live().read(|records| draft.rule(records)).err();
    title
        .into_iter()
        .chain(rule.into_iter().flatten())
        .collect()
}

/// The document that a form makes, and its rule.
fn made(
    state: &PagesState,
    draft: &Draft,
    wanted: PolicyState,
) -> Result<(PolicyDocument, Rule), Vec<Problem>> {
    let live = state.live();
    live.read(|records| {
        let rule = draft.rule(records)?;
        // One without a title can be looked at, and is not kept.
        let title = draft.title().unwrap_or_else(|| zt_types::Text {
            ja: String::new(),
            en: String::new(),
        });
        let id = match PolicyId::new(&draft.id) {
            Ok(id) => id,
            Err(_) => fresh_id(&title.en, records).ok_or_else(|| {
                vec![Problem {
                    slug: "other",
                    about: About::Nothing,
                }]
            })?,
        };
        let document = PolicyDocument {
            id,
            title,
            cedar: String::new(),
            source: Written::ByHand,
            state: wanted,
            message: draft.message(),
            managed_by: ManagedBy::Console,
            changed_at: live.clock().now(),
        };
        Ok((document.written_by(rule.clone()), rule))
    })
}

/// An id out of an English title, or a number.
fn fresh_id(title: &str, records: &zt_store::State) -> Option<PolicyId> {
    let mut slug = String::new();
    for c in title.chars().take(48) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let is_ours = slug.starts_with("baseline-");
    let base = if slug.is_empty() || is_ours {
        "policy"
    } else {
        slug
    };
    let numbered = (2..10_000).map(|number| format!("{base}-{number}"));
    std::iter::once(base.to_owned())
        .chain(numbered)
        .filter_map(|id| PolicyId::new(&id).ok())
        .find(|id| !records.policies.contains_key(id))
}

fn found(state: &PagesState, id: &str) -> Option<PolicyDocument> {
    let id = PolicyId::new(id).ok()?;
    state
        .live()
        .read(|records| records.policies.get(&id).cloned())
}

/// Commits changes of policies, with the event that tells of them. What does not compile changes nothing, and no policy
/// locks out the accounts of last resort.
async fn commit(
    state: &PagesState,
    signed: &Signed,
    changes: Vec<Change>,
) -> Result<(), LiveError> {
    let live = state.live();
    let after = live.policies_after(&changes)?;
    let version = after.map(|policies| policies.version().to_string());
    let policies = changes
        .iter()
        .filter_map(|change| match change {
            Change::PutPolicy(policy) => Some(policy.id.clone()),
            Change::RemovePolicy(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    let event = live.event(
        Actor::Person(signed.person.id),
        Body::PoliciesChanged {
            version: version.unwrap_or_default(),
            policies,
            why: None,
        },
    );
    live.commit(Plan::new(changes, vec![event])).await.map(drop)
}

/// Why policies would not compile, as far as it can be said.
fn refused(page: &Page, errors: &[PolicyError]) -> Vec<String> {
    errors
        .iter()
        .map(|error| match error {
            PolicyError::At { problem, .. } if problem.starts_with("nothing reports") => {
                page.t("rule-problem-unreported").to_owned()
            }
            other => other.to_string(),
        })
        .collect()
}

/// The policy as a file of the organisation.
fn taken_away(state: &PagesState, document: &PolicyDocument, rule: &Rule) -> Response {
    let kept = found(state, document.id.as_str());
    let document = PolicyDocument {
        state: kept.map_or(document.state, |kept| kept.state),
        ..document.clone()
    };
    let text = state
        .live()
        .read(|records| as_file::print(&document, rule, records));
    let mut response = text.into_response();
    *response.headers_mut() = zt_pages::headers::browser(&Exception::None);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/toml; charset=utf-8"),
    );
    let name = format!("attachment; filename=\"{}.toml\"", document.id);
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

fn names<'a>(page: &'a Page, state: &'a zt_store::State) -> Names<'a> {
    Names {
        page,
        state,
        reader: Reader::Administrator,
    }
}

fn ok(page: &Page, template: &impl askama::Template) -> Response {
    sent(respond(StatusCode::OK, page, template, &Exception::None))
}
