//! Rules: what fits together, what they are written as, and that they decide as they read.

use super::written::{Ballot, World};
use super::*;
use crate::document::Leaning;
use proptest::prelude::*;

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
    assert_eq!(rule.overdue(noon("2027-04-01T11:59:59Z")), []);
    let said = rule.overdue(noon("2027-04-01T12:00:00Z"));
    assert_eq!(
        said.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "group sales was left out until 2027-03-31, which has passed: `sato.hanako` answers for it, ask whether to renew or to remove it"
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
                prop_assert_eq!(&policies.replay(decision.inputs()).unwrap(), &decision);
            }
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

const GROUPS: [&str; 4] = ["accounting", "sales", "guests", "contractors"];

fn rule(ballot: &mut Ballot) -> Rule {
    loop {
        // Some of what is drawn at random does not fit together.
        if let Ok(rule) = Rule::new(drawn(ballot)) {
            return rule;
        }
    }
}

fn drawn(ballot: &mut Ballot) -> RuleParts {
    let effect = *ballot.one(&[
        RuleEffect::Allow,
        RuleEffect::Refuse,
        RuleEffect::Restrict,
        RuleEffect::Restrict,
        RuleEffect::Restrict,
    ]);
    let mut parts = parts(effect);
    if ballot.chance(60) {
        parts.who = (0..=ballot.below(2)).map(|_| whom(ballot)).collect();
    }
    parts.except = (0..ballot.below(4).saturating_sub(1))
        .map(|_| left_out(whom(ballot)))
        .collect();
    match ballot.below(5) {
        0 => parts.scope = Scope::AppGroup(AppGroupId::new("saas").unwrap()),
        1 => parts.scope = Scope::Application(AppId::new("wiki").unwrap()),
        2 => {
            parts.what.applications = vec![
                AppId::new("chat").unwrap(),
                AppId::new(ballot.one::<&str>(&["news", "portal"])).unwrap(),
            ];
            if ballot.chance(50) {
                parts.what.app_groups = vec![AppGroupId::new("saas").unwrap()];
            }
        }
        _ => {}
    }
    if ballot.chance(15) {
        parts.what.except_applications = vec![AppId::new("news").unwrap()];
    }
    if ballot.chance(15) {
        parts.what.except_app_groups = vec![AppGroupId::new("saas").unwrap()];
    }
    if ballot.chance(30) {
        parts.what.sensitivity = Some(*ballot.one(&Sensitivity::ALL));
    }
    if ballot.chance(30) {
        parts.what.capabilities = capabilities(ballot);
    }
    let unfit = match effect {
        RuleEffect::Allow => Leaning::Risky,
        RuleEffect::Refuse | RuleEffect::Restrict => Leaning::Safe,
    };
    parts.when = (0..ballot.below(5).saturating_sub(2))
        .map(|_| condition(ballot, unfit))
        .collect();
    if effect != RuleEffect::Refuse && ballot.chance(55) {
        let conditions = (0..=ballot.below(3))
            .map(|_| condition(ballot, Leaning::Risky))
            .collect();
        parts.require = Some(if ballot.chance(50) {
            Require::All(conditions)
        } else {
            Require::Any(conditions)
        });
    }
    if effect == RuleEffect::Restrict {
        parts.limits = (0..ballot.below(4))
            .map(|_| match ballot.below(6) {
                0 => Limit::Record,
                1 => Limit::Watermark,
                2 => Limit::Warn,
                3 => Limit::ReauthenticateAfter(Seconds(*ballot.one(&[60, 600, 3600]))),
                _ => Limit::Withhold(
                    capabilities(ballot)
                        .into_iter()
                        .filter(|capability| *capability != Capability::Connect)
                        .chain([Capability::Print])
                        .collect(),
                ),
            })
            .collect();
    }
    parts
}

fn capabilities(ballot: &mut Ballot) -> Vec<Capability> {
    let drawn = Capability::ALL.into_iter().filter(|_| ballot.chance(40));
    let mut drawn: Vec<Capability> = drawn.collect();
    if drawn.is_empty() {
        drawn.push(Capability::Connect);
    }
    drawn
}

fn whom(ballot: &mut Ballot) -> Whom {
    match ballot.below(6) {
        0 => Whom::Guests,
        1 => Whom::Person(PersonId::from_random([1; 16])),
        2 => Whom::Role(*ballot.one(&[Role::Member, Role::Administrator])),
        _ => group(ballot.one::<&str>(&GROUPS)),
    }
}

fn condition(ballot: &mut Ballot, unfit: Leaning) -> Condition {
    loop {
        let condition = any_condition(ballot);
        if condition.leaning() != unfit {
            return condition;
        }
    }
}

fn bound<T: Copy>(ballot: &mut Ballot, of: &[T]) -> Bound<T> {
    let value = *ballot.one(of);
    if ballot.chance(50) {
        Bound::AtLeast(value)
    } else {
        Bound::Below(value)
    }
}

fn any_condition(ballot: &mut Ballot) -> Condition {
    let versions = ["10.0.19045", "10.0.22631", "14.2"].map(|v| v.parse::<Version>().unwrap());
    let networks = |ballot: &mut Ballot| {
        let both = ["office", "factory"].map(|name| NetworkId::new(name).unwrap());
        both[..=ballot.below(2)].to_vec()
    };
    let places = |ballot: &mut Ballot| {
        let three = [
            Place(Some("JP".parse().unwrap())),
            Place(None),
            Place(Some("SG".parse().unwrap())),
        ];
        three[..=ballot.below(3)].to_vec()
    };
    let facts = |ballot: &mut Ballot| {
        (0..=ballot.below(3))
            .map(|_| *ballot.one(&FactKind::ALL))
            .collect()
    };
    let property = |ballot: &mut Ballot| {
        *ballot.one(&[
            DeviceProperty::CompanyOwned,
            DeviceProperty::Enrolled,
            DeviceProperty::Certificate,
        ])
    };
    let office = CalendarId::new("office-hours").unwrap();
    match ballot.below(31) {
        0 => Condition::PersonTrust(bound(ballot, &[Level::Medium, Level::High])),
        1 => Condition::DeviceTrust(bound(ballot, &[Level::Medium, Level::High])),
        2 => Condition::Assurance(bound(ballot, &Assurance::ALL[1..])),
        3 => Condition::ProvenWithin(Seconds(*ballot.one(&[60, 600, 3600]))),
        4 => Condition::CompliantDevice,
        5 => Condition::CompanyDevice,
        6 => Condition::DeviceIs(property(ballot)),
        7 => Condition::DeviceIsNot(property(ballot)),
        8 => Condition::PostureGood(*ballot.one(PostureItem::ALL)),
        9 => Condition::PostureNotGood(*ballot.one(PostureItem::ALL)),
        10 => Condition::PostureBad(*ballot.one(PostureItem::ALL)),
        11 => Condition::Os(Os::ALL[..=ballot.below(4)].to_vec()),
        12 => Condition::OsVersion {
            os: *ballot.one(&Os::ALL[..3]),
            version: bound(ballot, &versions),
        },
        13 => Condition::BrowserVersion(bound(ballot, &versions)),
        14 => Condition::AntivirusVersion(bound(ballot, &versions)),
        15 => Condition::FromNetworks(networks(ballot)),
        16 => Condition::NotFromNetworks(networks(ballot)),
        17 => Condition::FromCountries(places(ballot)),
        18 => Condition::NotFromCountries(places(ballot)),
        19 => Condition::ThroughAnonymiser,
        20 => Condition::NotThroughAnonymiser,
        21 => Condition::Within(office),
        22 => Condition::Outside(office),
        23 => Condition::Client(ClientKind::ALL[..=ballot.below(3)].to_vec()),
        24 => Condition::PersonFacts(facts(ballot)),
        25 => Condition::NoPersonFacts(facts(ballot)),
        26 => Condition::DeviceFacts(facts(ballot)),
        27 => Condition::NoDeviceFacts(facts(ballot)),
        28 => Condition::PasswordGood,
        29 => Condition::PasswordResetDue,
        _ => Condition::TermsAccepted(TermsId::new("acceptable-use").unwrap()),
    }
}

/// What the rules and the baseline leave of an access, read word for word.
fn as_read(rules: &[Rule], request: &Request, register: &Register) -> CapabilitySet {
    let own = ["portal", "console"].contains(&request.app.as_str());
    let app = register
        .applications
        .iter()
        .find(|app| app.id == request.app);
    let groups = app.map_or(&[][..], |app| &app.groups);
    let entitled = own
        || groups.is_empty()
        || groups
            .iter()
            .any(|group| request.person.groups.contains(group));
    let is_low = |trust: &Trust| trust.level == Level::Low;
    let mut left = CapabilitySet::NONE;
    for capability in Capability::ALL {
        let allowed = rules
            .iter()
            .any(|rule| allows(rule, request, app, capability));
        let refused = is_low(&request.person.trust)
            || is_low(&request.device.trust) && request.app.as_str() != "portal"
            || request.app.as_str() == "console"
                && (request.person.role != Role::Administrator
                    || request.session.assurance < Assurance::Mfa)
            || rules
                .iter()
                .any(|rule| refuses(rule, request, app, capability));
        if (entitled || allowed) && !refused {
            left = left.with(capability);
        }
    }
    if left.contains(Capability::Connect) {
        left
    } else {
        CapabilitySet::NONE
    }
}

/// What the rules oblige to beside what they refuse, read word for word.
fn obliges_as_read(
    rules: &[Rule],
    request: &Request,
    register: &Register,
    granted: CapabilitySet,
) -> Vec<Obligation> {
    let app = register
        .applications
        .iter()
        .find(|app| app.id == request.app);
    let mut obligations = std::collections::BTreeSet::new();
    let mut last: Option<Timestamp> = None;
    for (number, rule) in (0..).zip(rules) {
        let number: u32 = number;
        if !applies(rule.parts(), request, app) {
            continue;
        }
        for limit in &rule.parts().limits {
            match limit {
                Limit::Withhold(_) | Limit::Record => {}
                Limit::Watermark => {
                    obligations.insert(Obligation::Watermark);
                }
                Limit::Warn => {
                    obligations.insert(Obligation::Warn {
                        policy: PolicyId::new(&format!("r{number}")).unwrap(),
                        message: None,
                    });
                }
                Limit::ReauthenticateAfter(most) => {
                    let at = request.session.authenticated_at + Seconds(most.0 + 1);
                    last = last.into_iter().chain([at]).min();
                }
            }
        }
    }
    obligations.extend(last.map(|at| Obligation::ReauthenticateAt { at }));
    if !granted.contains(Capability::Unrecorded) {
        obligations.insert(Obligation::Record);
    }
    obligations.into_iter().collect()
}

fn allows(rule: &Rule, request: &Request, app: Option<&Application>, of: Capability) -> bool {
    let parts = rule.parts();
    parts.effect == RuleEffect::Allow
        && is_about(&parts.what.capabilities, of)
        && applies(parts, request, app)
        && is_given(parts.require.as_ref(), request)
}

fn refuses(rule: &Rule, request: &Request, app: Option<&Application>, of: Capability) -> bool {
    let parts = rule.parts();
    if parts.effect == RuleEffect::Allow || !applies(parts, request, app) {
        return false;
    }
    let whole = match parts.effect {
        RuleEffect::Refuse => true,
        _ => !is_given(parts.require.as_ref(), request),
    };
    whole && is_about(&parts.what.capabilities, of)
        || parts.limits.iter().any(|limit| match limit {
            Limit::Withhold(withheld) => withheld.contains(&of),
            Limit::Record => of == Capability::Unrecorded,
            Limit::Watermark | Limit::Warn => false,
            Limit::ReauthenticateAfter(most) => {
                request.now.since(request.session.authenticated_at) > *most
            }
        })
}

fn is_about(capabilities: &[Capability], of: Capability) -> bool {
    capabilities.is_empty() || capabilities.contains(&of)
}

fn is_given(require: Option<&Require>, request: &Request) -> bool {
    match require {
        None => true,
        Some(Require::All(all)) => all.iter().all(|one| holds(one, request)),
        Some(Require::Any(any)) => any.iter().any(|one| holds(one, request)),
    }
}

fn applies(parts: &RuleParts, request: &Request, app: Option<&Application>) -> bool {
    let person = &request.person;
    let is = |whom: &Whom| match whom {
        Whom::Everyone => true,
        Whom::Guests => person.affiliation == Affiliation::Guest,
        Whom::Person(id) => person.id == *id,
        Whom::Group(group) => person.groups.contains(group),
        Whom::Role(role) => person.role == *role,
    };
    let in_group = |group: &AppGroupId| app.is_some_and(|app| app.app_groups.contains(group));
    let in_scope = match &parts.scope {
        Scope::Global => true,
        Scope::AppGroup(group) => in_group(group),
        Scope::Application(id) => request.app == *id,
    };
    let What {
        applications,
        app_groups,
        sensitivity,
        except_applications,
        except_app_groups,
        ..
    } = &parts.what;
    let named = applications.is_empty() && app_groups.is_empty()
        || applications.contains(&request.app)
        || app_groups.iter().any(in_group);
    // Our own pages are not in the register.
    let own = match request.app.as_str() {
        "portal" => Sensitivity::Public,
        _ => Sensitivity::Confidential,
    };
    let is_sensitive = sensitivity.is_none_or(|s| app.map_or(own, |app| app.sensitivity) >= s);
    parts.who.iter().any(is)
        && !parts.except.iter().any(|out| is(&out.whom))
        && in_scope
        && named
        && !except_applications.contains(&request.app)
        && !except_app_groups.iter().any(in_group)
        && is_sensitive
        && parts.when.iter().all(|one| holds(one, request))
}

fn holds(condition: &Condition, request: &Request) -> bool {
    let Request {
        person,
        device,
        session,
        circumstances,
        ..
    } = request;
    fn at<T: PartialOrd + Copy>(value: T, bound: &Bound<T>) -> bool {
        match bound {
            Bound::AtLeast(least) => value >= *least,
            Bound::Below(least) => value < *least,
        }
    }
    let has = |property: &DeviceProperty| match property {
        DeviceProperty::CompanyOwned => device.ownership == Ownership::Company,
        DeviceProperty::Enrolled => device.evidence.device().or(device.bound).is_some(),
        DeviceProperty::Certificate => device.evidence.device().is_some(),
    };
    let open = |facts: &[OpenFact], kinds: &[FactKind]| {
        facts.iter().any(|fact| kinds.contains(&fact.kind))
    };
    let from = |networks: &[NetworkId]| circumstances.networks.iter().any(|n| networks.contains(n));
    let version = |version: Option<Version>| version.unwrap_or_default();
    let proven = device.evidence.device().is_some();
    match condition {
        Condition::PersonTrust(bound) => at(person.trust.level, bound),
        Condition::DeviceTrust(bound) => at(device.trust.level, bound),
        Condition::Assurance(bound) => at(session.assurance, bound),
        Condition::ProvenWithin(most) => request.now.since(session.authenticated_at) <= *most,
        Condition::CompliantDevice => proven && device.trust.level == Level::High,
        Condition::CompanyDevice => proven && device.ownership == Ownership::Company,
        Condition::DeviceIs(property) => has(property),
        Condition::DeviceIsNot(property) => !has(property),
        Condition::PostureGood(item) => device.posture.item(*item) == Answer::Yes,
        Condition::PostureNotGood(item) => device.posture.item(*item) != Answer::Yes,
        Condition::PostureBad(item) => device.posture.item(*item) == Answer::No,
        Condition::Os(list) => list.contains(&device.posture.os),
        Condition::OsVersion { os, version: bound } => {
            device.posture.os == *os && at(version(device.posture.os_version), bound)
        }
        Condition::BrowserVersion(bound) => {
            circumstances.client == ClientKind::Browser
                && at(version(circumstances.client_version), bound)
        }
        Condition::AntivirusVersion(bound) => at(version(device.posture.antivirus_version), bound),
        Condition::FromNetworks(networks) => from(networks),
        Condition::NotFromNetworks(networks) => !from(networks),
        Condition::FromCountries(places) => places.contains(&Place(circumstances.country)),
        Condition::NotFromCountries(places) => !places.contains(&Place(circumstances.country)),
        Condition::ThroughAnonymiser => circumstances.anonymiser == Answer::Yes,
        Condition::NotThroughAnonymiser => circumstances.anonymiser != Answer::Yes,
        Condition::Within(_) => in_office_hours(request.now),
        Condition::Outside(_) => !in_office_hours(request.now),
        Condition::Client(list) => list.contains(&circumstances.client),
        Condition::PersonFacts(kinds) => open(&person.facts, kinds),
        Condition::NoPersonFacts(kinds) => !open(&person.facts, kinds),
        Condition::DeviceFacts(kinds) => open(&device.facts, kinds),
        Condition::NoDeviceFacts(kinds) => !open(&device.facts, kinds),
        Condition::PasswordGood => person.password == PasswordState::Good,
        Condition::PasswordResetDue => person.password == PasswordState::ResetDue,
        Condition::TermsAccepted(terms) => person.terms.contains(terms),
    }
}

/// Monday to Friday, 09:00 to 17:30, nine hours ahead of UTC. The first of January 1970 was a Thursday.
fn in_office_hours(now: Timestamp) -> bool {
    let minutes = now.as_millis() / 60_000 + 9 * 60;
    let (day, minute) = ((minutes / 1440 + 3) % 7, minutes % 1440);
    day < 5 && (540..1050).contains(&minute)
}
