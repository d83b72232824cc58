use super::*;
use proptest::prelude::*;

fn errors(cedar: &str) -> String {
    let errors = PolicySet::compile(&[document("p", cedar)], &register()).unwrap_err();
    errors.iter().map(|error| format!("{error}\n")).collect()
}

#[test]
fn the_built_in_texts_compile() {
    let policies = demo();
    let ids: Vec<&str> = policies
        .documents()
        .map(|document| document.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "baseline-console",
            "baseline-distrusted-device",
            "baseline-distrusted-person",
            "baseline-entitlement",
            "internal-mfa",
            "wiki-trusted-device"
        ]
    );
    PolicySet::compile(&[], &Register::default()).unwrap();
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let deep = format!(
        "permit (principal, action, resource) when {{ {}true{} }};",
        "(".repeat(60),
        ")".repeat(60)
    );
    let long_chain = format!(
        "permit (principal, action, resource) when {{ true{} }};",
        " && true".repeat(1200)
    );
    let long = format!("// {}", "x".repeat(20_000));
    let cases = [
        ("nothing", ""),
        ("only a comment", "// later"),
        ("not Cedar", "allow everyone"),
        ("cut off", "permit (principal, action,"),
        ("no semicolon", "permit (principal, action, resource)"),
        (
            "unknown attribute",
            "permit (principal, action, resource)\nwhen {\n    principal.age > 18\n};",
        ),
        (
            "unknown context",
            "forbid (principal, action, resource)\nunless { context.device.clean };",
        ),
        (
            "unknown action",
            "permit (principal, action == Action::\"fly\", resource);",
        ),
        (
            "unknown type",
            "permit (principal == User::\"a\", action, resource);",
        ),
        (
            "unknown role",
            "permit (principal, action, resource) when { principal.role == Role::\"boss\" };",
        ),
        (
            "unknown rung",
            "forbid (principal, action, resource)\nunless { principal.trust in TrustLevel::\"hihg\" };",
        ),
        (
            "unknown application",
            "permit (principal, action, resource == Application::\"wikki\");",
        ),
        (
            "wrong type",
            "permit (principal, action, resource) when { context.session.age <= \"1h\" };",
        ),
        (
            "rewarded risk",
            "permit (principal, action, resource)\nunless { context.device.trust in TrustLevel::\"high\" };",
        ),
        (
            "equality",
            "forbid (principal, action, resource)\nwhen { 社 };\n",
        ),
        (
            "misread",
            "forbid (principal, action, resource)\nwhen { context.session.assurance == Assurance::\"password\" };",
        ),
        (
            "asks for nothing",
            "forbid (principal, action == Action::\"unobliged\", resource);",
        ),
        (
            "asks for what there is not",
            "@obligation(\"applause\")\nforbid (principal, action == Action::\"unobliged\", resource);",
        ),
        (
            "asks and permits",
            "@obligation(\"warn\")\npermit (principal, action == Action::\"unobliged\", resource);",
        ),
        (
            "asks and forbids",
            "@obligation(\"watermark\")\nforbid (principal, action, resource);",
        ),
        (
            "asks for a proof at no time",
            "@obligation(\"reauthenticate\")\nforbid (principal, action, resource);",
        ),
        (
            "asks intricately",
            "@obligation(\"warn\")\nforbid (principal, action == Action::\"unobliged\", resource) when { [1, 2].contains(1) };",
        ),
        (
            "asks by the action",
            "@obligation(\"warn\")\nforbid (principal, action == Action::\"unobliged\", resource) when { action == Action::\"read\" };",
        ),
        (
            "template",
            "permit (principal == ?principal, action, resource);",
        ),
        (
            "two at once",
            "permit (principal, action == Action::\"fly\", resource);\npermit (principal, action, resource) when { principal.x };",
        ),
        ("deep", deep.as_str()),
        ("long chain", long_chain.as_str()),
        ("long", long.as_str()),
    ];
    let mut said = String::new();
    for (name, cedar) in cases {
        said += &format!("# {name}\n{}", errors(cedar));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn the_examples_of_the_manual_compile() {
    let manual = include_str!("../../../../docs/policies.md");
    let blocks: Vec<&str> = manual
        .split("```cedar\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!blocks.is_empty());
    let documents: Vec<PolicyDocument> = (0..)
        .zip(blocks)
        .map(|(number, cedar): (u32, _)| document(&format!("manual-{number}"), cedar))
        .collect();
    let policies = PolicySet::compile(&documents, &register()).unwrap();
    let mut request = request("ledger");
    request
        .person
        .groups
        .push(GroupId::new("accounting").unwrap());
    assert_eq!(
        line(&policies.decide(&request)),
        "no: assurance-too-low (< phishing-resistant) → step-up phishing-resistant"
    );
}

#[test]
fn positions_count_from_one() {
    let documents = [document(
        "p",
        "permit (principal, action, resource)\nwhen { principal.nothing };",
    )];
    let errors = PolicySet::compile(&documents, &register()).unwrap_err();
    assert_eq!(errors[0].position(), Some((2, 8)));
    assert_eq!(errors[0].policy(), Some(&documents[0].id));
}

#[test]
fn the_register_is_checked() {
    let compile = |apps: &[Application]| {
        PolicySet::compile(&[], &register_of(apps.to_vec()))
            .map(|_| ())
            .unwrap_err()
    };
    for id in ["console", "portal", "id"] {
        let app = app(id, Sensitivity::Public, &[]);
        let expected = vec![PolicyError::ReservedApplication {
            app: app.id.clone(),
        }];
        assert_eq!(compile(&[app]), expected);
    }
    let twice = [
        app("a", Sensitivity::Public, &[]),
        app("a", Sensitivity::Internal, &[]),
    ];
    assert_eq!(
        compile(&twice),
        [PolicyError::RepeatedApplication {
            app: twice[0].id.clone()
        }]
    );
}

#[test]
fn a_document_cannot_take_the_place_of_the_baseline() {
    let impostor = document(
        "baseline-distrusted-device",
        "permit (principal, action, resource);",
    );
    assert_eq!(
        PolicySet::compile(std::slice::from_ref(&impostor), &Register::default())
            .map(|_| ())
            .unwrap_err(),
        [PolicyError::Repeated {
            policy: impostor.id.clone()
        }]
    );
    // One that claims to be the system's, as an old version's record would, is passed over.
    let of_system = PolicyDocument {
        managed_by: ManagedBy::System,
        ..impostor
    };
    let policies = PolicySet::compile(&[of_system], &Register::default()).unwrap();
    assert_eq!(
        policies.version(),
        PolicySet::compile(&[], &Register::default())
            .unwrap()
            .version()
    );
}

#[test]
fn a_document_that_is_off_is_read_but_does_not_count() {
    let mut off = document("p", "forbid (principal, action, resource);");
    off.state = PolicyState::Off;
    let policies = demo_with(std::slice::from_ref(&off));
    assert_eq!(policies.version(), demo().version());
    assert_eq!(line(&policies.decide(&request("wiki"))), "all");
    off.cedar = "forbid".to_owned();
    assert!(PolicySet::compile(&[off], &register()).is_err());
}

#[test]
fn the_version_is_of_the_content() {
    let version = |documents: &[PolicyDocument], apps: &[Application]| {
        PolicySet::compile(documents, &register_of(apps.to_vec()))
            .unwrap()
            .version()
    };
    let base = version(&examples().unwrap(), &apps());
    let mut turned = examples().unwrap();
    turned.reverse();
    assert_eq!(
        base,
        version(&turned, &apps()),
        "the order of documents says nothing"
    );
    let mut edited = examples().unwrap();
    edited[0].cedar.push(' ');
    assert_ne!(base, version(&edited, &apps()));
    let mut reported = examples().unwrap();
    reported[0].state = PolicyState::ReportOnly;
    assert_ne!(base, version(&reported, &apps()));
    let mut moved = apps();
    moved[0].sensitivity = Sensitivity::Public;
    assert_ne!(base, version(&examples().unwrap(), &moved));
    let json = serde_json::to_string(&base).unwrap();
    assert_eq!(serde_json::from_str::<PolicyVersion>(&json).unwrap(), base);
    assert_eq!(json, format!("\"{base}\""));
}

/// A hundred thousand documents are told apart from what can be decided on before any of them is read.
#[test]
fn too_many_documents_are_refused_unread() {
    let unreadable = document("p", "permit (");
    let documents: Vec<PolicyDocument> = (0..100_000)
        .map(|number| PolicyDocument {
            id: PolicyId::new(&format!("p{number}")).unwrap(),
            ..unreadable.clone()
        })
        .collect();
    let errors = PolicySet::compile(&documents, &register()).unwrap_err();
    assert_eq!(errors, [PolicyError::TooMany { max: 20_000 }]);
    assert_eq!(
        errors[0].to_string(),
        "there are more than 20000 single policies: put conditions together, or groups in place of people"
    );
}

/// Everything that a text can be long or deep by, up to what a document may hold: read or refused, on a small stack.
#[test]
fn long_and_deep_texts_are_read_or_refused_on_a_small_stack() {
    let when =
        |condition: String| format!("permit (principal, action, resource) when {{ {condition} }};");
    let brackets = |count: usize| format!("{}true{}", "(".repeat(count), ")".repeat(count));
    let mut texts = Vec::new();
    for count in [40, 48, 400, 4_000] {
        texts.push(when(brackets(count)));
        texts.push(when(format!("{}1{}", "[".repeat(count), "]".repeat(count))));
        texts.push(when(format!("{}true", "!".repeat(count))));
        texts.push(when(format!("{}1 < 2", "-".repeat(count))));
        for operator in [
            " && true", " || true", " == true", " in true", " < 1", " has a",
        ] {
            texts.push(when(format!("true{}", operator.repeat(count))));
        }
        texts.push(when(format!("1{} > 0", " + 1".repeat(count))));
        texts.push(when(format!("1{} > 0", " * 1".repeat(count))));
        texts.push(when(format!("context{}", ".device".repeat(count))));
        texts.push(when(format!("context{}", "[\"device\"]".repeat(count))));
        texts.push(when(format!(
            "{}true",
            "if true then true else ".repeat(count)
        )));
        texts.push("permit (principal, action, resource);".repeat(count));
        texts.push(format!(
            "permit (principal, action, resource){};",
            " when { true }".repeat(count)
        ));
    }
    let read = move || {
        for text in texts {
            if let Err(errors) = PolicySet::compile(&[document("p", &text)], &register()) {
                assert!(!errors.is_empty() && errors[0].to_string().len() > 20);
            }
        }
    };
    // What a thread of the server has.
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    thread.spawn(read).unwrap().join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn garbage_is_refused_without_a_fuss(cedar in "[ -~\n]{0,200}|(permit|forbid) \\(principal, action, resource\\) (when|unless) \\{ [a-z.&|!()<=\" 0-9]{0,60} \\};") {
        let _ = PolicySet::compile(&[document("p", &cedar)], &register());
    }
}
