use super::draft::{Draft, Left, NOT_LOOKING};
use super::kinds::{Input, KINDS, Leaning, List, Row};
use super::*;
use std::collections::BTreeMap;
use zt_identity::{Group, Person};
use zt_policy::{Calendar, Network, Require, RuleEffect, RuleParts, Scope, What, Whom};
use zt_store::State as Records;
use zt_types::{
    AppGroupId, CalendarId, GroupId, Language, NetworkId, PersonId, PersonState, Role, Text,
};

fn text(text: &str) -> Text {
    Text {
        ja: text.to_owned(),
        en: text.to_owned(),
    }
}

fn person(n: u8, login: &str) -> Person {
    Person {
        id: PersonId::from_random([n; 16]),
        login: login.to_owned(),
        name: text(login),
        email: None,
        language: Language::Ja,
        groups: Vec::new(),
        role: Role::Member,
        state: PersonState::Active,
        affiliation: zt_types::Affiliation::Staff,
        managed_by: zt_identity::ManagedBy::Files,
        created_at: Timestamp::from_seconds(0),
    }
}

/// Records that name everything that the tests name.
fn records() -> Records {
    let mut state = Records::default();
    let group = |id: &str| Group {
        id: GroupId::new(id).unwrap(),
        name: text(id),
        part_of: Vec::new(),
        managed_by: zt_identity::ManagedBy::Files,
    };
    let calendar = Calendar {
        id: CalendarId::new("office-hours").unwrap(),
        name: text("hours"),
        time_zone: "Asia/Tokyo".to_owned(),
        hours: Vec::new(),
        days_off: BTreeMap::new(),
        managed_by: ManagedBy::Files,
    };
    let network = Network {
        id: NetworkId::new("office").unwrap(),
        name: text("office"),
        ranges: Vec::new(),
        managed_by: ManagedBy::Files,
    };
    state
        .apply(&[
            Change::PutPerson(person(1, "hanako")),
            Change::PutPerson(person(2, "ken")),
            Change::PutGroup(group("contractors")),
            Change::PutGroup(group("staff")),
            Change::PutCalendar(calendar),
            Change::PutNetwork(network),
        ])
        .unwrap();
    state
}

fn document(rule: &Rule) -> PolicyDocument {
    let document = PolicyDocument {
        id: PolicyId::new("p").unwrap(),
        title: text("題"),
        cedar: String::new(),
        source: Written::ByHand,
        state: PolicyState::On,
        message: None,
        managed_by: ManagedBy::Console,
        changed_at: Timestamp::from_seconds(0),
    };
    document.written_by(rule.clone())
}

/// What decides of a rule: the form may put the same in another order.
fn sorted(rule: &Rule) -> String {
    let mut lines: Vec<String> = rule.to_cedar().lines().map(str::to_owned).collect();
    lines.sort();
    lines.join("\n")
}

#[test]
fn every_rule_of_every_pack_opens_in_the_form_and_comes_back() {
    let state = records();
    for pack in packs().unwrap() {
        let now = Timestamp::from_seconds(0);
        for policy in pack
            .documents(PolicyState::On, ManagedBy::Console, now)
            .unwrap()
        {
            let rule = policy.source.rule().unwrap();
            let draft = Draft::of(&policy, rule, &state);
            let back = draft.rule(&state).unwrap();
            assert_eq!(sorted(&back), sorted(rule), "{}", policy.id);
            assert_eq!(draft.title(), Some(policy.title.clone()));
        }
    }
}

#[test]
fn people_applications_and_exclusions_come_back() {
    let state = records();
    let hanako = PersonId::from_random([1; 16]);
    let rule = Rule::new(RuleParts {
        effect: RuleEffect::Restrict,
        scope: Scope::AppGroup(AppGroupId::new("saas").unwrap()),
        who: vec![
            Whom::Group(GroupId::new("staff").unwrap()),
            Whom::Guests,
            Whom::Role(Role::Administrator),
            Whom::Person(hanako),
        ],
        except: vec![zt_policy::Exclusion {
            whom: Whom::Person(PersonId::from_random([2; 16])),
            owner: "hanako".to_owned(),
            reason: "出張".to_owned(),
            until: "2027-01-31".parse().unwrap(),
        }],
        what: What {
            sensitivity: Some(zt_types::Sensitivity::Confidential),
            ..What::default()
        },
        when: Vec::new(),
        require: Some(Require::Any(vec![
            zt_policy::Condition::CompanyDevice,
            zt_policy::Condition::ProvenWithin(zt_types::Seconds::minutes(90)),
        ])),
        limits: vec![
            zt_policy::Limit::Withhold(vec![zt_types::Capability::Download]),
            zt_policy::Limit::Record,
            zt_policy::Limit::ReauthenticateAfter(zt_types::Seconds::minutes(60)),
        ],
    })
    .unwrap();
    let policy = document(&rule);
    let draft = Draft::of(&policy, &rule, &state);
    assert_eq!(draft.people, "hanako");
    assert_eq!(draft.rule(&state).unwrap(), rule);
    insta::assert_snapshot!(as_file::print(&policy, &rule, &state), @r#"
    [[policy]]
    id = "p"
    title = { ja = "題", en = "題" }
    state = "on"

    [policy.rule]
    effect = "restrict"
    scope = { app-group = "saas" }
    who = [{ group = "staff" }, "guests", { role = "administrator" }, { person = "hanako" }]
    except = [{ whom = { person = "ken" }, owner = "hanako", reason = "出張", until = "2027-01-31" }]
    what = { sensitivity = "confidential" }
    require = { any = ["company-device", { proven-within = 5400 }] }
    limits = [{ withhold = ["download"] }, "record", { reauthenticate-after = 3600 }]
    "#);
}

/// A row of a kind with something in it.
fn some_row(slug: &str, input: Input) -> Row {
    let one = |list| {
        match list {
            List::Levels => "high",
            List::Assurances => "phishing-resistant",
            List::Properties => "enrolled",
            List::Items => "firewall",
            List::Systems => "windows",
            List::Networks => "office",
            List::Calendars => "office-hours",
            List::Clients => "vpn",
            List::Facts => "malware",
            List::Terms => "acceptable-use",
        }
        .to_owned()
    };
    let (picked, typed) = match input {
        Input::Nothing => (Vec::new(), ""),
        Input::One(list) | Input::Several(list) => (vec![one(list)], ""),
        Input::Version => (Vec::new(), "24.1"),
        Input::OsVersion => (vec![one(List::Systems)], "10.0.22631"),
        Input::Minutes => (Vec::new(), "60"),
        Input::Countries => (Vec::new(), "JP, unknown"),
    };
    Row {
        kind: slug.to_owned(),
        picked,
        typed: typed.to_owned(),
    }
}

#[test]
fn every_kind_of_condition_makes_one_and_stands_where_it_may() {
    for kind in KINDS {
        let row = some_row(kind.slug, kind.input);
        let condition = row.condition().unwrap().unwrap();
        assert_eq!(super::kinds::row(&condition), row, "{}", kind.slug);
        let nothing = Row {
            kind: kind.slug.to_owned(),
            ..Row::default()
        };
        assert_eq!(
            nothing.condition().unwrap().is_ok(),
            kind.input == Input::Nothing,
            "{}",
            kind.slug
        );
        let rule = |effect, when: bool| {
            let (when, require) = if when {
                (vec![condition.clone()], None)
            } else {
                (Vec::new(), Some(Require::All(vec![condition.clone()])))
            };
            Rule::new(RuleParts {
                effect,
                scope: Scope::Global,
                who: vec![Whom::Everyone],
                except: Vec::new(),
                what: What::default(),
                when,
                require,
                limits: Vec::new(),
            })
            .is_ok()
        };
        let leaning = kind.leaning;
        assert_eq!(
            rule(RuleEffect::Refuse, true),
            leaning != Leaning::Safe,
            "{}",
            kind.slug
        );
        assert_eq!(
            rule(RuleEffect::Allow, true),
            leaning != Leaning::Risky,
            "{}",
            kind.slug
        );
        assert_eq!(
            rule(RuleEffect::Restrict, false),
            leaning != Leaning::Risky,
            "{}",
            kind.slug
        );
    }
}

/// The form of "contractors, working hours only, from company devices, view only".
fn contractors() -> Draft {
    Draft {
        title: super::draft::Both {
            ja: "業務委託".to_owned(),
            en: String::new(),
        },
        groups: vec!["contractors".to_owned()],
        require: vec![
            some_row("within", Input::One(List::Calendars)),
            some_row("company-device", Input::Nothing),
        ],
        look_only: vec!["yes".to_owned()],
        ..Draft::new()
    }
}

#[test]
fn the_sentence_becomes_a_rule() {
    let rule = contractors().rule(&records()).unwrap();
    let parts = rule.parts();
    assert_eq!(parts.effect, RuleEffect::Restrict);
    let zt_policy::Limit::Withhold(withheld) = &parts.limits[0] else {
        panic!("{parts:?}");
    };
    assert!(NOT_LOOKING.iter().all(|one| withheld.contains(one)));
    assert_eq!(
        parts.require,
        Some(Require::All(vec![
            zt_policy::Condition::Within(CalendarId::new("office-hours").unwrap()),
            zt_policy::Condition::CompanyDevice,
        ]))
    );
}

#[test]
fn what_is_wrong_is_said_by_its_message() {
    let left = |kind: &str, id: &str, owner: &str, reason: &str, until: &str| Left {
        kind: kind.to_owned(),
        id: id.to_owned(),
        owner: owner.to_owned(),
        reason: reason.to_owned(),
        until: until.to_owned(),
    };
    let cases: Vec<(Draft, &[&str])> = vec![
        (Draft::new(), &["no-who", "restricts-nothing"]),
        (
            Draft {
                people: "hanako, nobody".to_owned(),
                ..contractors()
            },
            &["nobody"],
        ),
        (
            Draft {
                scope: "some".to_owned(),
                ..contractors()
            },
            &["no-application"],
        ),
        (
            Draft {
                look_only: Vec::new(),
                require: Vec::new(),
                ..contractors()
            },
            &["restricts-nothing"],
        ),
        (
            Draft {
                when: vec![some_row("company-device", Input::Nothing)],
                ..contractors()
            },
            &["turned-around"],
        ),
        (
            Draft {
                require: vec![some_row("through-anonymiser", Input::Nothing)],
                ..contractors()
            },
            &["requires-risk"],
        ),
        (
            Draft {
                require: vec![
                    Row {
                        kind: "within".to_owned(),
                        ..Row::default()
                    },
                    Row {
                        kind: "proven-within".to_owned(),
                        typed: "soon".to_owned(),
                        ..Row::default()
                    },
                    Row {
                        kind: "os-version-at-least".to_owned(),
                        typed: "10".to_owned(),
                        ..Row::default()
                    },
                    Row {
                        kind: "from-countries".to_owned(),
                        typed: "Japan".to_owned(),
                        ..Row::default()
                    },
                ],
                ..contractors()
            },
            &[
                "lacks-pick",
                "lacks-minutes",
                "lacks-version",
                "lacks-countries",
            ],
        ),
        (
            Draft {
                reauthenticate: "0".to_owned(),
                ..contractors()
            },
            &["minutes"],
        ),
        (
            Draft {
                except: vec![left("group", "contractors", "ken", "x", "2027-01-31")],
                ..contractors()
            },
            &["named-and-left-out"],
        ),
        (
            Draft {
                except: vec![left("person", "nobody", "nobody", "", "soon")],
                ..contractors()
            },
            &[
                "left-out-unknown",
                "left-out-until",
                "left-out-owner",
                "left-out-reason",
            ],
        ),
        // A row that nobody filled in is none.
        (
            Draft {
                except: vec![left("group", "", "ken", "", "")],
                ..contractors()
            },
            &[],
        ),
    ];
    let state = records();
    for (draft, wanted) in cases {
        let problems = draft.rule(&state).err().unwrap_or_default();
        let slugs: Vec<&str> = problems.iter().map(|problem| problem.slug).collect();
        assert_eq!(slugs, wanted, "{draft:?}");
    }
}

#[test]
fn ids_come_out_of_titles_and_are_free() {
    let mut state = records();
    let id = |title: &str, state: &Records| fresh_id(title, state).unwrap().to_string();
    assert_eq!(
        id("Contractors: view only!", &state),
        "contractors-view-only"
    );
    assert_eq!(id("業務委託", &state), "policy");
    assert_eq!(id("Baseline", &state), "baseline");
    // These ids are Sekisho's own.
    assert_eq!(id("Baseline console", &state), "policy");
    let rule = contractors().rule(&state).unwrap();
    let kept = PolicyDocument {
        id: PolicyId::new("contractors").unwrap(),
        ..document(&rule)
    };
    state.apply(&[Change::PutPolicy(kept)]).unwrap();
    assert_eq!(id("Contractors", &state), "contractors-2");
}
