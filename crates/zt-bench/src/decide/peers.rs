//! The same policies and the same accesses in the words of other engines. What each takes as its input is made before
//! the clock runs; rules are written the way its manual shows.

use crate::ours;
use crate::world::{
    ANSWERS, ASSURANCES, Access, CLIENTS, COUNTRIES, Dialect, FACTS, ITEMS, LEVELS, Policy,
    Question, SENSITIVITIES, SYSTEMS, World, cedar, conditions,
};
use anyhow::{Context as _, Result, anyhow};
use casbin::CoreApi as _;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema,
};
use serde_json::{Value, json};
use std::str::FromStr as _;

/// Which policies Cedar is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Whole,
    /// Those that can concern the application, picked beforehand.
    Slice,
}

pub(crate) struct Cedar {
    authorizer: Authorizer,
    /// One, or one for each application.
    sets: Vec<PolicySet>,
    schema: Schema,
    ladders: Vec<Value>,
}

/// A question, ready to be put.
pub(crate) struct CedarQuestion {
    request: Request,
    entities: Entities,
    app: usize,
}

fn uid(kind: &str, id: &str) -> Value {
    json!({ "type": kind, "id": id })
}

fn reference(kind: &str, id: &str) -> Value {
    json!({ "__entity": uid(kind, id) })
}

impl Cedar {
    pub(crate) fn new(world: &World, given: Given) -> Result<Self> {
        let set = |policies: &mut dyn Iterator<Item = &Policy>| -> Result<PolicySet> {
            let text: Vec<String> = policies.map(cedar).collect();
            Ok(PolicySet::from_str(&text.join("\n"))?)
        };
        let sets = match given {
            Given::Whole => vec![set(&mut world.policies.iter())?],
            Given::Slice => (0u32..)
                .zip(&world.apps)
                .map(|(app, _)| {
                    let concerns = |policy: &&Policy| policy.app.is_none_or(|of| of == app);
                    set(&mut world.policies.iter().filter(concerns))
                })
                .collect::<Result<_>>()?,
        };
        let (schema, _) = Schema::from_cedarschema_str(zt_policy::SCHEMA)?;
        let mut ladders = Vec::new();
        for (kind, rungs) in [
            ("TrustLevel", &LEVELS[..]),
            ("Assurance", &ASSURANCES),
            ("Sensitivity", &SENSITIVITIES),
            ("Answer", &ANSWERS),
        ] {
            for (at, rung) in rungs.iter().enumerate() {
                let below = rungs.iter().take(at).map(|below| uid(kind, below));
                ladders.push(json!({
                    "uid": uid(kind, rung), "attrs": {}, "parents": below.collect::<Vec<_>>(),
                }));
            }
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            sets,
            schema,
            ladders,
        })
    }

    pub(crate) fn question(
        &self,
        world: &World,
        access: &Access,
        within: &[u32],
    ) -> Result<CedarQuestion> {
        let app = access.app as usize;
        let of = world.apps.get(app).context("no such application")?;
        let at = |words: &[&str], at: usize| (*words.get(at).unwrap_or(&"")).to_owned();
        let facts = |facts: &[usize]| -> Value {
            facts
                .iter()
                .map(|f| reference("Fact", &at(&FACTS, *f)))
                .collect()
        };
        let numbered = |kind: &str, letter: char, numbers: &[u32]| -> Value {
            numbers
                .iter()
                .map(|n| reference(kind, &format!("{letter}{n}")))
                .collect()
        };
        let uids = |kind: &str, letter: char, numbers: &[u32]| -> Vec<Value> {
            numbers
                .iter()
                .map(|n| uid(kind, &format!("{letter}{n}")))
                .collect()
        };
        let role = if access.administrator {
            "administrator"
        } else {
            "member"
        };
        let mut entities = self.ladders.clone();
        let alone = |uid: &Value| json!({ "uid": uid, "attrs": {}, "parents": [] });
        let groups = uids("Group", 'g', &access.groups);
        let app_groups = uids("AppGroup", 'a', &of.groups);
        entities.extend(groups.iter().chain(&app_groups).map(alone));
        entities.push(json!({
            "uid": uid("Person", "she"),
            "attrs": {
                "role": reference("Role", role),
                "guest": access.guest,
                "trust": reference("TrustLevel", &at(&LEVELS, access.trust)),
                "facts": facts(&access.facts),
                "reset_due": access.reset_due,
                "terms": numbered("Terms", 't', &access.terms),
            },
            "parents": groups,
        }));
        entities.push(json!({
            "uid": uid("Application", &format!("app{app}")),
            "attrs": {
                "sensitivity": reference("Sensitivity", &at(&SENSITIVITIES, of.sensitivity)),
                "groups": [],
                "everyone": true,
            },
            "parents": app_groups,
        }));
        let mut device = json!({
            "enrolled": true,
            "proven": access.proven,
            "company_owned": access.company,
            "trust": reference("TrustLevel", &at(&LEVELS, access.device_trust)),
            "facts": facts(&access.device_facts),
            "os": reference("Os", &at(&SYSTEMS, access.system)),
            "os_version": access.os_version << 48,
            "antivirus_version": access.antivirus_version << 48,
        });
        for (item, answer) in ITEMS.iter().zip(access.posture) {
            if let Some(device) = device.as_object_mut() {
                device.insert(
                    (*item).to_owned(),
                    reference("Answer", &at(&ANSWERS, answer)),
                );
            }
        }
        let context = json!({
            "device": device,
            "session": {
                "assurance": reference("Assurance", &at(&ASSURANCES, access.assurance)),
                "age": access.age,
            },
            "client": { "kind": reference("Client", &at(&CLIENTS, access.client)), "version": 0 },
            "network": {
                "names": numbered("Network", 'n', &access.networks),
                "country": reference("Country", &at(&COUNTRIES, access.country)),
                "anonymiser": access.anonymiser,
            },
            "calendars": numbered("Calendar", 'c', within),
        });
        let connect = EntityUid::from_str("Action::\"connect\"")?;
        Ok(CedarQuestion {
            request: Request::new(
                EntityUid::from_str("Person::\"she\"")?,
                connect.clone(),
                EntityUid::from_str(&format!("Application::\"app{app}\""))?,
                Context::from_json_value(context, Some((&self.schema, &connect)))?,
                None,
            )?,
            entities: Entities::from_json_value(Value::Array(entities), None)?,
            app: if self.sets.len() == 1 { 0 } else { app },
        })
    }

    pub(crate) fn allows(&self, question: &CedarQuestion) -> Result<bool> {
        let set = self.sets.get(question.app).context("no such application")?;
        let answer = self
            .authorizer
            .is_authorized(&question.request, set, &question.entities);
        Ok(answer.decision() == Decision::Allow)
    }
}

/// An access as plain numbers and flags, for engines that take a document.
fn document(world: &World, access: &Access, within: &[u32]) -> Result<Value> {
    let app = world
        .apps
        .get(access.app as usize)
        .context("no such application")?;
    let flags = |letter: &str, numbers: &mut dyn Iterator<Item = u32>| -> Value {
        let flags = numbers.map(|n| (format!("{letter}{n}"), Value::Bool(true)));
        Value::Object(flags.collect())
    };
    let mut facts = access.facts.iter().map(|fact| *fact as u32);
    let mut device_facts = access.device_facts.iter().map(|fact| *fact as u32);
    Ok(json!({
        "app": access.app,
        "groups": flags("g", &mut access.groups.iter().copied()),
        "administrator": access.administrator,
        "guest": access.guest,
        "trust": access.trust,
        "facts": flags("f", &mut facts),
        "reset_due": access.reset_due,
        "terms": flags("t", &mut access.terms.iter().copied()),
        "proven": access.proven,
        "company": access.company,
        "device_trust": access.device_trust,
        "device_facts": flags("f", &mut device_facts),
        "system": access.system,
        "os_version": access.os_version,
        "antivirus_version": access.antivirus_version,
        "posture": ITEMS.iter().zip(access.posture)
            .map(|(item, answer)| ((*item).to_owned(), json!(answer)))
            .collect::<serde_json::Map<_, _>>(),
        "assurance": access.assurance,
        "age": access.age,
        "client": access.client,
        "networks": flags("n", &mut access.networks.iter().copied()),
        "country": access.country,
        "anonymiser": access.anonymiser,
        "calendars": flags("c", &mut within.iter().copied()),
        "sensitivity": app.sensitivity,
        "app_groups": flags("a", &mut app.groups.iter().copied()),
    }))
}

/// A question over such a document; `flag` says how a member of a set of flags is asked for.
fn over_document(root: &str, question: Question, flag: impl Fn(&str, String) -> String) -> String {
    let is = |field: &str| format!("{root}.{field}");
    let item = |at: usize| *ITEMS.get(at).unwrap_or(&"");
    match question {
        Question::Administrator => is("administrator"),
        Question::Guest => is("guest"),
        Question::Trust(l) => format!("{} >= {l}", is("trust")),
        Question::Fact(f) => flag("facts", format!("f{f}")),
        Question::ResetDue => is("reset_due"),
        Question::Terms(t) => flag("terms", format!("t{t}")),
        Question::Proven => is("proven"),
        Question::Company => is("company"),
        Question::DeviceTrust(l) => format!("{} >= {l}", is("device_trust")),
        Question::DeviceFact(f) => flag("device_facts", format!("f{f}")),
        Question::System(s) => format!("{} == {s}", is("system")),
        Question::OsVersion(v) => format!("{} >= {v}", is("os_version")),
        Question::AntivirusVersion(v) => format!("{} >= {v}", is("antivirus_version")),
        Question::Posture(at, least) => format!("{}.{} >= {least}", is("posture"), item(at)),
        Question::Assurance(a) => format!("{} >= {a}", is("assurance")),
        Question::Age(most) => format!("{} <= {most}", is("age")),
        Question::Client(c) => format!("{} == {c}", is("client")),
        Question::Network(n) => flag("networks", format!("n{n}")),
        Question::Country(c) => format!("{} == {c}", is("country")),
        Question::Anonymiser => is("anonymiser"),
        Question::Calendar(c) => flag("calendars", format!("c{c}")),
        Question::Sensitivity(s) => format!("{} >= {s}", is("sensitivity")),
        Question::AppGroup(g) => flag("app_groups", format!("a{g}")),
    }
}

pub(crate) struct Rego(regorus::Engine);

struct RegoWords;

impl Dialect for RegoWords {
    fn question(&self, question: Question) -> String {
        over_document("input", question, |set, name| format!("input.{set}.{name}"))
    }

    fn not(&self, condition: &str) -> String {
        format!("not {condition}")
    }
}

impl Rego {
    pub(crate) fn new(world: &World) -> Result<Self> {
        let mut text = "package bench\nimport rego.v1\ndefault allow := false\nallow if { permitted; not forbidden }\n".to_owned();
        for policy in &world.policies {
            let mut lines = Vec::new();
            lines.extend(policy.app.map(|app| format!("input.app == {app}")));
            lines.extend(policy.group.map(|group| format!("input.groups.g{group}")));
            lines.extend(conditions(policy, &RegoWords));
            if lines.is_empty() {
                lines.push("true".to_owned());
            }
            let name = if policy.forbids {
                "forbidden"
            } else {
                "permitted"
            };
            text += &format!("{name} if {{ {} }}\n", lines.join("; "));
        }
        let mut engine = regorus::Engine::new();
        engine.add_policy("bench.rego".to_owned(), text)?;
        Ok(Self(engine))
    }

    pub(crate) fn question(
        world: &World,
        access: &Access,
        within: &[u32],
    ) -> Result<regorus::Value> {
        Ok(regorus::Value::from(document(world, access, within)?))
    }

    pub(crate) fn allows(&mut self, question: &regorus::Value) -> Result<bool> {
        self.0.set_input(question.clone());
        let answer = self.0.eval_rule("data.bench.allow".to_owned())?;
        Ok(*answer.as_bool()?)
    }
}

pub(crate) struct Casbin(casbin::Enforcer);

struct CasbinWords;

impl Dialect for CasbinWords {
    fn question(&self, question: Question) -> String {
        over_document("r.sub", question, |set, name| {
            format!("\"{name}\" in r.sub.{set}")
        })
    }
}

/// A request, the effect of whichever policies match, and an expression of each policy's own.
const CASBIN_MODEL: &str = "[request_definition]\nr = sub, obj\n\n[policy_definition]\np = rule, obj, eft\n\n\
    [policy_effect]\ne = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n\n\
    [matchers]\nm = (p.obj == \"*\" || r.obj == p.obj) && eval(p.rule)\n";

impl Casbin {
    pub(crate) fn new(world: &World) -> Result<Self> {
        use casbin::MgmtApi as _;
        let rules: Vec<Vec<String>> = world
            .policies
            .iter()
            .enumerate()
            .map(|(number, policy)| {
                let mut lines = conditions(policy, &CasbinWords);
                lines.extend(policy.group.map(|g| format!("\"g{g}\" in r.sub.groups")));
                // Casbin keeps each rule once: the number makes two that say the same two.
                lines.push(format!("{number} == {number}"));
                let effect = if policy.forbids { "deny" } else { "allow" };
                let app = policy.app.map_or("*".to_owned(), |app| format!("app{app}"));
                vec![lines.join(" && "), app, effect.to_owned()]
            })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let enforcer = runtime.block_on(async {
            let model = casbin::DefaultModel::from_str(CASBIN_MODEL).await?;
            let mut enforcer =
                casbin::Enforcer::new(model, casbin::MemoryAdapter::default()).await?;
            enforcer.add_policies(rules).await?;
            Ok::<_, casbin::Error>(enforcer)
        });
        Ok(Self(enforcer.map_err(|error| anyhow!("casbin: {error}"))?))
    }

    pub(crate) fn question(
        world: &World,
        access: &Access,
        within: &[u32],
    ) -> Result<(Value, String)> {
        Ok((
            document(world, access, within)?,
            format!("app{}", access.app),
        ))
    }

    pub(crate) fn allows(&self, (document, app): &(Value, String)) -> Result<bool> {
        self.0
            .enforce((document, app.as_str()))
            .map_err(|error| anyhow!("casbin: {error}"))
    }
}

/// How ours says it.
pub(crate) fn ours_allows(policies: &zt_policy::PolicySet, access: &Access) -> Result<bool> {
    Ok(policies.decide(&ours::request(access)?).permit().is_some())
}
