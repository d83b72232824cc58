//! A thousand hostile edits, made at random from a fixed seed, against the accounts of last resort.

use super::slow_store::SlowStore;
use super::world::{World, app};
use crate::{LiveError, Question, SignIn};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zt_auth::{
    BackupEligible, Credential, CredentialSecret, ProvenFactor, ResetDue, Session, Vouched,
};
use zt_events::Actor;
use zt_identity::{Group, ManagedBy, Person, Terms};
use zt_policy::{
    Application, CONSOLE, Calendar, CalendarHours, CertificateDemand, Day, Network, PORTAL,
    PolicyDocument, PolicyState, Written,
};
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_trust::{Fact, FactKey, FactKind, Severity};
use zt_types::{
    Affiliation, Assurance, CalendarId, CapabilitySet, CredentialId, FactorKind, GroupId, Language,
    NetworkId, PersonId, PersonState, PolicyId, Role, Seconds, Sensitivity, SessionId, SourceId,
    Subject, TermsId, Text, TokenHash,
};

const EDITS: usize = 1_000;

/// Choices from a seed (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

fn text(words: &str) -> Text {
    Text {
        ja: words.to_owned(),
        en: words.to_owned(),
    }
}

fn passkey(id: CredentialId, person: &Person) -> Credential {
    Credential {
        id,
        person: person.id,
        name: "key".to_owned(),
        secret: CredentialSecret::Passkey {
            credential_id: "key".to_owned(),
            record: "{}".to_owned(),
            backup_eligible: BackupEligible::No,
        },
        created_at: person.created_at,
        last_used_at: None,
        vouched: Vouched::Firmly,
    }
}

/// The two accounts and a passkey of each.
struct Accounts {
    people: Vec<Person>,
    passkeys: Vec<CredentialId>,
}

async fn accounts(world: &World) -> Accounts {
    let now = world.now();
    let entropy = world.live.entropy();
    let person = |number: u8| Person {
        id: PersonId::from_random(entropy.bytes()),
        login: format!("break-glass-{number}"),
        name: text("break-glass"),
        email: None,
        language: Language::Ja,
        groups: Vec::new(),
        role: Role::BreakGlass,
        affiliation: Affiliation::Staff,
        state: PersonState::Active,
        managed_by: ManagedBy::System,
        created_at: now,
    };
    let people = vec![person(1), person(2)];
    let key = |person| passkey(CredentialId::from_random(entropy.bytes()), person);
    let keys: Vec<Credential> = people.iter().map(key).collect();
    let passkeys = keys.iter().map(|key| key.id).collect();
    let mut changes: Vec<Change> = people.iter().cloned().map(Change::PutPerson).collect();
    changes.extend(keys.into_iter().map(Change::PutCredential));
    let calendar = calendar(&mut Chance(1));
    changes.push(Change::PutCalendar(calendar));
    let plan = Plan::new(changes, Vec::new());
    world.live.commit(plan).await.unwrap();
    Accounts { people, passkeys }
}

fn calendar(chance: &mut Chance) -> Calendar {
    let never = chance.below(2) == 0;
    let hours = CalendarHours {
        days: vec![Day::Sun],
        from: 0,
        to: 1,
    };
    Calendar {
        id: CalendarId::new("office-hours").unwrap(),
        name: text("hours"),
        time_zone: "Asia/Tokyo".to_owned(),
        hours: if never { Vec::new() } else { vec![hours] },
        days_off: BTreeMap::new(),
        managed_by: zt_policy::ManagedBy::Console,
    }
}

fn policy(chance: &mut Chance, victim: PersonId) -> String {
    let resource = *chance.one(&[
        "resource",
        "resource == Application::\"console\"",
        "resource == Application::\"portal\"",
    ]);
    let victim = format!("principal == Person::\"{victim}\"");
    let principal = chance
        .one(&["principal", &victim, "principal is Person"])
        .to_string();
    let action = *chance.one(&["action", "action == Action::\"connect\""]);
    let condition = *chance.one(&[
        "",
        "when { principal.role == Role::\"break-glass\" }",
        "unless { principal.role == Role::\"administrator\" }",
        "unless { 9223372036854775807 + 1 > 0 }",
        "unless { context.calendars.contains(Calendar::\"office-hours\") }",
        "unless { context.session.assurance in Assurance::\"hardware\" && context.session.age < 0 }",
        "unless { context.device.company_owned && context.device.trust in TrustLevel::\"high\" }",
        "when { principal.trust in TrustLevel::\"low\" } unless { context.device.proven }",
        "unless { principal.facts.containsAll([Fact::\"malware\"]) || context.device.enrolled }",
    ]);
    format!("forbid ({principal}, {action}, {resource}) {condition};")
}

/// One edit, and what kind of edit it is.
fn edit(chance: &mut Chance, world: &World, accounts: &Accounts) -> (&'static str, Vec<Change>) {
    let now = world.now();
    let place = chance.below(2);
    let victim = accounts.people[place].clone();
    let baseline = *chance.one(&[
        "baseline-console",
        "baseline-entitled",
        "baseline-distrusted-person",
    ]);
    let id = chance
        .one(&["hostile-1", "hostile-2", baseline])
        .to_string();
    let id = PolicyId::new(&id).unwrap();
    let slug = |text: &str| GroupId::new(text).unwrap();
    match chance.below(12) {
        0..=3 => {
            let document = PolicyDocument {
                id,
                title: text("hostile"),
                cedar: policy(chance, victim.id),
                source: Written::ByHand,
                state: *chance.one(&[PolicyState::On, PolicyState::On, PolicyState::ReportOnly]),
                message: None,
                managed_by: *chance
                    .one(&[zt_policy::ManagedBy::Console, zt_policy::ManagedBy::System]),
                changed_at: now,
            };
            ("policy written", vec![Change::PutPolicy(document)])
        }
        4 => {
            let all = world
                .live
                .read(|state| state.policies.keys().cloned().collect::<Vec<_>>());
            let gone = if chance.below(2) == 0 { vec![id] } else { all };
            (
                "policies removed",
                gone.into_iter().map(Change::RemovePolicy).collect(),
            )
        }
        5 => {
            let disabled = Person {
                state: PersonState::Disabled,
                ..victim
            };
            ("account disabled", vec![Change::PutPerson(disabled)])
        }
        6 => {
            let demoted = Person {
                role: *chance.one(&[Role::Member, Role::Administrator]),
                managed_by: ManagedBy::Files,
                ..victim
            };
            ("role changed", vec![Change::PutPerson(demoted)])
        }
        7 => {
            let grouped = Person {
                groups: vec![slug("contractors")],
                affiliation: Affiliation::Guest,
                ..victim
            };
            let group = Group {
                id: slug("contractors"),
                name: text("contractors"),
                part_of: Vec::new(),
                managed_by: ManagedBy::Console,
            };
            (
                "groups changed",
                vec![Change::PutGroup(group), Change::PutPerson(grouped)],
            )
        }
        8 => (
            "passkey removed",
            vec![Change::RemoveCredential(accounts.passkeys[place])],
        ),
        9 => {
            let page = *chance.one(&[CONSOLE, PORTAL, "wiki"]);
            let record = Application {
                id: app(page),
                name: text(page),
                description: text(page),
                owner: "nobody".to_owned(),
                sensitivity: Sensitivity::Restricted,
                upstream: Some("http://127.0.0.1:9".to_owned()),
                groups: vec![slug("nobody")],
                app_groups: Vec::new(),
                certificate: CertificateDemand::Ask,
                review_by: None,
                managed_by: zt_policy::ManagedBy::Console,
            };
            let change = if chance.below(2) == 0 {
                Change::PutApplication(record)
            } else {
                Change::RemoveApplication(record.id)
            };
            ("register changed", vec![change])
        }
        10 => {
            let network = Network {
                id: NetworkId::new("office").unwrap(),
                name: text("office"),
                ranges: Vec::new(),
                managed_by: zt_policy::ManagedBy::Console,
            };
            let id = TermsId::new("acceptable-use").unwrap();
            let terms = Terms::new(id, text("terms"), text("all"), ManagedBy::Console, now);
            let changes = vec![
                Change::PutCalendar(calendar(chance)),
                Change::PutNetwork(network),
                Change::PutTerms(terms),
            ];
            ("calendar, network, terms", changes)
        }
        _ => {
            let fact = Fact {
                key: FactKey {
                    source: SourceId::new("edr").unwrap(),
                    uid: format!("f-{}", chance.below(50)),
                    subject: Subject::Person(victim.id),
                },
                kind: *chance.one(&FactKind::ALL),
                severity: Severity::Fatal,
                title: "hostile".to_owned(),
                observed_at: now,
                last_word_at: now,
                recorded_at: now,
                cleared_at: None,
            };
            let due = ResetDue {
                person: victim.id,
                since: now,
                why: "hostile".to_owned(),
                by: Actor::System,
            };
            (
                "facts and a reset",
                vec![Change::PutFact(fact), Change::PutResetDue(due)],
            )
        }
    }
}

/// She signs in with her passkey and opens console and portal.
async fn enters(world: &World, accounts: &Accounts, place: usize) -> Result<(), String> {
    let now = world.now();
    let person = &accounts.people[place];
    let has_passkey = world.live.read(|state| {
        let mut factors = state.credentials_of(person.id);
        factors.any(|factor| factor.secret.kind() == FactorKind::Passkey)
    });
    if !has_passkey {
        return Err("there is no passkey to sign in with".to_owned());
    }
    let id = SessionId::from_random(world.live.entropy().bytes());
    let session = Session {
        id,
        person: person.id,
        token: TokenHash(world.live.entropy().bytes()),
        device: None,
        certificate: None,
        proven: vec![ProvenFactor {
            kind: FactorKind::Passkey,
            at: now,
        }],
        assurance: Assurance::PhishingResistant,
        created_at: now,
        authenticated_at: now,
        expires_at: now + Seconds::hours(1),
        address: "127.0.0.1".to_owned(),
        user_agent: "test".to_owned(),
        ended: None,
    };
    let plan = Plan::new(vec![Change::PutSession(session)], Vec::new());
    world
        .live
        .commit(plan)
        .await
        .map_err(|error| error.to_string())?;
    for page in [CONSOLE, PORTAL] {
        let decision = world.live.consider(&Question {
            person: person.id,
            session: SignIn::Session(id),
            app: &app(page),
        });
        let carries = decision.permit().map(zt_policy::Permit::capabilities);
        if carries != Some(CapabilitySet::ALL) {
            return Err(format!("{page}: {decision:?}"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_hostile_edit_locks_out_an_account_of_last_resort() {
    let world = World::new().await;
    let accounts = accounts(&world).await;
    let mut chance = Chance(0x5ec1_5407);
    let (mut taken, mut refused) = (BTreeMap::new(), BTreeMap::new());
    let mut kinds = BTreeSet::new();
    for number in 0..EDITS {
        let (kind, changes) = edit(&mut chance, &world, &accounts);
        kinds.insert(kind);
        let told = format!("edit {number}, {kind}: {changes:?}");
        let count = match world.live.commit(Plan::new(changes, Vec::new())).await {
            Ok(_) => &mut taken,
            Err(LiveError::LastResort(_) | LiveError::Policies(_) | LiveError::Store(_)) => {
                &mut refused
            }
            Err(error) => panic!("{told}: {error}"),
        };
        *count.entry(kind).or_insert(0) += 1;
        for place in [0, 1] {
            if let Err(why) = enters(&world, &accounts, place).await {
                panic!("{told}: {why}");
            }
        }
    }
    // They were hostile indeed, and most were taken.
    for kind in ["account disabled", "role changed", "passkey removed"] {
        assert!(
            !taken.contains_key(kind) && refused[kind] > 30,
            "{kind}: {taken:?} {refused:?}"
        );
    }
    for kind in [
        "policy written",
        "policies removed",
        "groups changed",
        "register changed",
    ] {
        assert!(taken[kind] > 20, "{kind}: {taken:?} {refused:?}");
    }
    assert_eq!(kinds.len(), 9);
}

/// Each of the two plans may be, whichever comes first finds nothing wrong with the records as they are; together they
/// would leave an account of last resort that cannot be used.
#[tokio::test]
async fn two_plans_at_once_do_not_lock_out_an_account_of_last_resort() {
    let world = World::over(Arc::new(SlowStore::default())).await;
    let member = world.live.read(|state| state.people[&world.person].clone());
    let key = CredentialId::from_random(world.live.entropy().bytes());
    let commit = |changes| world.live.commit(Plan::new(changes, Vec::new()));
    commit(vec![Change::PutCredential(passkey(key, &member))])
        .await
        .unwrap();
    let appointed = Person {
        role: Role::BreakGlass,
        ..member.clone()
    };
    let disabled = Person {
        state: PersonState::Disabled,
        ..member.clone()
    };

    let (first, second, third) = tokio::join!(
        commit(vec![Change::PutPerson(appointed.clone())]),
        commit(vec![Change::PutPerson(disabled)]),
        commit(vec![Change::RemoveCredential(key)]),
    );
    first.unwrap();
    assert!(
        matches!(&second, Err(LiveError::LastResort(login)) if *login == member.login),
        "{second:?}"
    );
    assert!(
        matches!(
            third,
            Err(LiveError::Store(StoreError::Conflict(Conflict::LastFactor)))
        ),
        "{third:?}"
    );
    // Nor do two steps of one plan what each alone may not.
    let another = CredentialId::from_random(world.live.entropy().bytes());
    let moved = vec![
        Change::PutCredential(passkey(another, &appointed)),
        Change::RemoveCredential(key),
        Change::RemoveCredential(another),
    ];
    assert!(commit(moved).await.is_err());
    let kept = world.live.read(|state| {
        let factors = state.credentials_of(member.id).count();
        (state.people[&member.id].clone(), factors)
    });
    assert_eq!(kept, (appointed, 1));
}
