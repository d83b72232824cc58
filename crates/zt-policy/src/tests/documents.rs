//! Rules: what fits together, what they are written as, and that they decide as they read.

use super::written::{Ballot, World};
use super::*;
use proptest::prelude::*;

mod drawing;
mod reading;

use drawing::rule;
use reading::{as_read, obliges_as_read};

fn parts(effect: RuleEffect) -> RuleParts {
    RuleParts {
        effect,
        scope: Scope::Global,
        who: vec![Whom::Everyone],
        except: vec![],
        what: What::default(),
        when: vec![],
        require: None,
        limits: vec![],
    }
}

fn group(id: &str) -> Whom {
    Whom::Group(GroupId::new(id).unwrap())
}

fn left_out(whom: Whom) -> Exclusion {
    Exclusion {
        whom,
        owner: "sato.hanako".to_owned(),
        reason: "moves to the new system\nby March".to_owned(),
        until: "2027-03-31".parse().unwrap(),
    }
}

/// Contractors: one application, working hours, company devices with recent anti-virus, view only.
fn contractors() -> RuleParts {
    RuleParts {
        who: vec![group("contractors")],
        except: vec![left_out(group("sales"))],
        what: What {
            applications: vec![AppId::new("wiki").unwrap(), AppId::new("chat").unwrap()],
            ..What::default()
        },
        require: Some(Require::All(vec![
            Condition::Within(CalendarId::new("office-hours").unwrap()),
            Condition::CompanyDevice,
            Condition::AntivirusVersion(Bound::AtLeast("24.1".parse().unwrap())),
        ])),
        limits: vec![
            Limit::Withhold(vec![Capability::Download, Capability::Upload]),
            Limit::Record,
            Limit::Watermark,
            Limit::Warn,
            Limit::ReauthenticateAfter(Seconds::hours(4)),
        ],
        ..parts(RuleEffect::Restrict)
    }
}

#[test]
fn written_as() {
    let windows = Condition::OsVersion {
        os: Os::Windows,
        version: Bound::Below("10.0.22631".parse().unwrap()),
    };
    let cases = [
        ("contractors", contractors()),
        (
            "old Windows",
            RuleParts {
                when: vec![windows.clone()],
                ..parts(RuleEffect::Refuse)
            },
        ),
        (
            "one of two proofs, for the secret",
            RuleParts {
                what: What {
                    sensitivity: Some(Sensitivity::Confidential),
                    ..What::default()
                },
                require: Some(Require::Any(vec![
                    Condition::Assurance(Bound::AtLeast(Assurance::Hardware)),
                    Condition::CompliantDevice,
                ])),
                ..parts(RuleEffect::Restrict)
            },
        ),
        (
            "guests in one application",
            RuleParts {
                scope: Scope::Application(AppId::new("wiki").unwrap()),
                who: vec![Whom::Guests, Whom::Role(Role::Administrator)],
                what: What {
                    capabilities: vec![Capability::Connect, Capability::Read],
                    ..What::default()
                },
                when: vec![Condition::FromCountries(vec![
                    Place(Some("JP".parse().unwrap())),
                    Place(None),
                ])],
                require: Some(Require::Any(vec![
                    Condition::TermsAccepted(TermsId::new("acceptable-use").unwrap()),
                    Condition::DeviceIs(DeviceProperty::Enrolled),
                ])),
                ..parts(RuleEffect::Allow)
            },
        ),
    ];
    let mut all = String::new();
    for (name, parts) in cases {
        let rule = Rule::new(parts).unwrap();
        let cedar = rule.to_cedar();
        PolicySet::compile(&[document("p", &cedar)], &register()).unwrap();
        all += &format!("# {name}\n{cedar}\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_does_not_fit_is_said() {
    let everyone_else = RuleParts {
        who: vec![Whom::Everyone, Whom::Guests],
        when: vec![Condition::CompliantDevice],
        ..parts(RuleEffect::Restrict)
    };
    let nobody = RuleParts {
        who: vec![],
        limits: vec![Limit::Record],
        require: Some(Require::All(vec![])),
        ..parts(RuleEffect::Refuse)
    };
    let conflicting = RuleParts {
        who: vec![group("sales"), group("sales")],
        except: vec![
            left_out(group("sales")),
            left_out(Whom::Everyone),
            Exclusion {
                owner: " ".to_owned(),
                ..left_out(Whom::Guests)
            },
        ],
        ..parts(RuleEffect::Refuse)
    };
    let placed = RuleParts {
        scope: Scope::Application(AppId::new("wiki").unwrap()),
        what: What {
            applications: vec![AppId::new("wiki").unwrap()],
            except_applications: vec![AppId::new("wiki").unwrap()],
            ..What::default()
        },
        when: vec![
            Condition::Os(vec![]),
            Condition::PersonTrust(Bound::Below(Level::Low)),
        ],
        ..parts(RuleEffect::Refuse)
    };
    let turned = RuleParts {
        when: vec![Condition::PasswordResetDue],
        require: Some(Require::Any(vec![Condition::ThroughAnonymiser])),
        limits: vec![Limit::Withhold(vec![Capability::Connect])],
        ..parts(RuleEffect::Allow)
    };
    let countries = |letter: char| {
        let places = ('A'..='Z').map(|second| format!("{letter}{second}").parse().unwrap());
        Condition::NotFromCountries(places.map(|country| Place(Some(country))).collect())
    };
    let intricate = RuleParts {
        require: Some(Require::Any(vec![countries('A'), countries('B')])),
        ..parts(RuleEffect::Restrict)
    };
    let crowd = RuleParts {
        who: (0..400)
            .map(|n| group(&format!("a-group-with-a-rather-long-name-{n}")))
            .collect(),
        ..parts(RuleEffect::Refuse)
    };
    let mut said = String::new();
    for (name, parts) in [
        ("crowd", crowd),
        ("everyone else", everyone_else),
        ("nobody", nobody),
        ("conflicting", conflicting),
        ("placed", placed),
        ("turned", turned),
        ("intricate", intricate),
    ] {
        said += &format!("# {name}\n");
        for error in Rule::new(parts).unwrap_err() {
            said += &format!("{error}\n");
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn exclusions_end() {
    let rule = Rule::new(contractors()).unwrap();
    let noon = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        Timestamp::from_millis(at.as_millisecond())
    };
    let document = document("p", "").written_by(rule);
    assert_eq!(document.overdue(noon("2027-04-01T11:59:59Z")), []);
    let said = document.overdue(noon("2027-04-01T12:00:00Z"));
    assert_eq!(
        said.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "policy `p`: group sales was left out until 2027-03-31, which has passed: `sato.hanako` answers for it, ask whether to renew or to remove it"
        ]
    );
}

/// The rule is kept beside its text, and the text is the rule's; records from before there were rules are read.
#[test]
fn a_document_keeps_its_rule() {
    let rule = Rule::new(contractors()).unwrap();
    let by_hand = document("p", "forbid (principal, action, resource);");
    let json = serde_json::to_string(&by_hand).unwrap();
    assert!(!json.contains("\"source\""), "{json}");
    assert_eq!(
        serde_json::from_str::<PolicyDocument>(&json).unwrap(),
        by_hand
    );
    let mut by_rule = by_hand.written_by(rule.clone());
    let json = serde_json::to_string(&by_rule).unwrap();
    let read: PolicyDocument = serde_json::from_str(&json).unwrap();
    assert_eq!(read, by_rule);
    assert_eq!(read.source.rule(), Some(&rule));
    let version = |document: &PolicyDocument| {
        PolicySet::compile(std::slice::from_ref(document), &register())
            .map(|policies| policies.version())
    };
    let by_hand = PolicyDocument {
        source: Written::ByHand,
        ..by_rule.clone()
    };
    // What decides is the text.
    assert_eq!(version(&by_rule), version(&by_hand));
    by_rule.cedar.push_str("// a remark of somebody's\n");
    assert_eq!(
        version(&by_rule).unwrap_err(),
        [PolicyError::NotItsRule {
            policy: by_rule.id.clone()
        }]
    );
}

/// What binds nobody yet obliges to nothing.
#[test]
fn obligations_are_those_of_policies_in_force() {
    let rule = Rule::new(RuleParts {
        limits: vec![
            Limit::Watermark,
            Limit::Warn,
            Limit::ReauthenticateAfter(Seconds::hours(1)),
        ],
        ..parts(RuleEffect::Restrict)
    })
    .unwrap();
    let message = Some(text("mind the gap"));
    let obliged = |state: PolicyState| {
        let document = PolicyDocument {
            state,
            message: message.clone(),
            ..document("p", "").written_by(rule.clone())
        };
        let policies = PolicySet::compile(&[document], &register()).unwrap();
        let decision = policies.decide(&request("chat"));
        decision.permit().unwrap().obligations().to_vec()
    };
    assert_eq!(obliged(PolicyState::Off), []);
    assert_eq!(obliged(PolicyState::ReportOnly), []);
    assert_eq!(
        obliged(PolicyState::On),
        [
            Obligation::Watermark,
            Obligation::Warn {
                policy: PolicyId::new("p").unwrap(),
                message: message.clone(),
            },
            Obligation::ReauthenticateAt {
                at: now() + Seconds::minutes(55) + Seconds(1),
            },
        ]
    );
}

#[test]
fn unknown_fields_are_refused() {
    let json = serde_json::to_value(Rule::new(contractors()).unwrap()).unwrap();
    assert!(serde_json::from_value::<Rule>(json.clone()).is_ok());
    for (at, name) in [("", "whom"), ("/what", "apps"), ("/except/0", "since")] {
        let mut json = json.clone();
        let place = json.pointer_mut(at).unwrap().as_object_mut().unwrap();
        place.insert(name.to_owned(), 1.into());
        let error = serde_json::from_value::<Rule>(json).unwrap_err();
        assert!(error.to_string().contains("unknown field"), "{error}");
    }
    for until in ["2027-3-31", "2027-02-30", "2027-03-31T00:00:00"] {
        let mut json = json.clone();
        json["except"][0]["until"] = until.into();
        assert!(serde_json::from_value::<Rule>(json).is_err(), "{until}");
    }
}

/// Lists too long for one statement become several.
#[test]
fn long_lists_are_split() {
    let people = (0..30u8).map(|n| Whom::Person(PersonId::from_random([n; 16])));
    let countries = ('A'..='J').map(|c| Place(Some(format!("X{c}").parse().unwrap())));
    let rule = Rule::new(RuleParts {
        who: people.collect(),
        when: vec![Condition::FromCountries(countries.collect())],
        ..parts(RuleEffect::Refuse)
    })
    .unwrap();
    let policies = PolicySet::compile(&[document("p", &rule.to_cedar())], &register()).unwrap();
    assert_eq!(policies.compiled_share().1, 0);
    for (person, country) in [(0, "XA"), (29, "XJ"), (14, "XE"), (30, "XA"), (1, "JP")] {
        let mut request = request("chat");
        request.person.id = PersonId::from_random([person; 16]);
        request.circumstances.country = Some(country.parse().unwrap());
        let refused = policies.decide(&request).refusal().is_some();
        assert_eq!(refused, person < 30 && country.starts_with('X'));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    /// Whatever rule there is: it compiles, whole, to the compiled form; and it decides as it reads.
    #[test]
    fn rules_decide_as_they_read(seed: u64) {
        let mut ballot = Ballot::new(seed);
        let mut register = register();
        register.applications[0].app_groups = vec![AppGroupId::new("saas").unwrap()];
        register.applications[3].app_groups = vec![AppGroupId::new("saas").unwrap()];
        let rules: Vec<Rule> = (0..=ballot.below(3)).map(|_| rule(&mut ballot)).collect();
        let documents: Vec<PolicyDocument> = (0..)
            .zip(&rules)
            .map(|(n, rule): (u32, _)| document(&format!("r{n}"), &rule.to_cedar()))
            .collect();
        let policies = PolicySet::compile(&documents, &register);
        let policies = policies.map_err(|errors| TestCaseError::fail(format!("{errors:?}\n{documents:#?}")))?;
        prop_assert_eq!(policies.compiled_share().1, 0, "{:#?}", documents);
        for rule in &rules {
            let json = serde_json::to_string(rule).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Rule>(&json).unwrap(), rule);
        }
        let world = World { documents: vec![], register };
        for _ in 0..24 {
            let request = world.request(&mut ballot);
            let decision = policies.decide(&request);
            let is = decision.permit().map_or(CapabilitySet::NONE, Permit::capabilities);
            let read = as_read(&rules, &request, &world.register);
            prop_assert_eq!(is, read, "{:#?}\n{:#?}", request, documents);
            if let Some(permit) = decision.permit() {
                let read = obliges_as_read(&rules, &request, &world.register, is);
                prop_assert_eq!(permit.obligations(), read, "{:#?}\n{:#?}", request, documents);
            }
            prop_assert_eq!(&policies.replay(decision.inputs()).unwrap(), &decision);
            // Until the decision says that it may, nothing changes by time alone.
            let last = Timestamp::from_millis(decision.valid_until().as_millis() - 1);
            let later = policies.decide(&Request { now: last, ..request.clone() });
            let content = |decision: &Decision| {
                let permit = decision.permit();
                permit.map(|permit| (permit.capabilities(), permit.obligations().to_vec()))
            };
            prop_assert_eq!(content(&later), content(&decision), "{:#?}\n{:#?}", request, documents);
        }
    }
}

/// The generator is worth something: both answers come up often, and so does something between.
#[test]
fn rules_of_every_kind_are_tried() {
    let mut ballot = Ballot::new(7);
    let world = World {
        documents: vec![],
        register: register(),
    };
    let (mut all, mut some, mut none) = (0, 0, 0);
    let mut slugs = std::collections::BTreeSet::new();
    for _ in 0..900 {
        let rule = rule(&mut ballot);
        let parts = rule.parts();
        let required = parts.require.as_ref().map(Require::conditions);
        slugs.extend(
            parts
                .when
                .iter()
                .chain(required.unwrap_or_default())
                .map(Condition::slug),
        );
        match as_read(&[rule], &world.request(&mut ballot), &world.register) {
            CapabilitySet::ALL => all += 1,
            CapabilitySet::NONE => none += 1,
            _ => some += 1,
        }
    }
    assert!(all > 60 && some > 15 && none > 60, "{all} {some} {none}");
    assert_eq!(slugs.len(), 31, "{slugs:?}");
}
