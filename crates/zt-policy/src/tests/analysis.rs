//! What is said of policies without any access at hand holds for every access.

use super::written::{Ballot, written};
use super::*;

fn ids(policies: &[PolicyId]) -> Vec<&str> {
    policies.iter().map(PolicyId::as_str).collect()
}

#[test]
fn dead_and_shadowed_policies_are_named() {
    let set = demo_with(&[
        document(
            "nobody",
            r#"forbid (principal, action, resource) when { principal.role == Role::"break-glass" };"#,
        ),
        document(
            "nothing",
            r#"forbid (principal, action, resource == Application::"news") when { resource.sensitivity in Sensitivity::"restricted" };"#,
        ),
        document(
            "contradiction",
            r#"permit (principal, action, resource) when { principal in Group::"sales" && !(principal in Group::"sales") };"#,
        ),
        document(
            "wide",
            r#"forbid (principal, action, resource == Application::"chat") unless { context.session.assurance in Assurance::"mfa" };"#,
        ),
        document(
            "narrow",
            r#"forbid (principal in Group::"sales", action == Action::"connect", resource == Application::"chat") unless { context.session.assurance in Assurance::"mfa" };"#,
        ),
        document(
            "twin",
            r#"forbid (principal, action, resource == Application::"news") unless { context.session.age <= 60 };"#,
        ),
        document(
            "twin-too",
            r#"forbid (principal, action, resource == Application::"news") unless { context.session.age < 61 };"#,
        ),
        document(
            "marked",
            r#"@obligation("watermark") forbid (principal, action == Action::"unobliged", resource);"#,
        ),
    ]);
    let found = set.findings();
    assert_eq!(ids(&found.dead), ["contradiction", "nobody", "nothing"]);
    let shadowed: Vec<(&str, Vec<&str>)> = found
        .shadowed
        .iter()
        .map(|s| (s.policy.as_str(), ids(&s.by)))
        .collect();
    // What everybody owes for whatever is internal covers the chat.
    assert_eq!(
        shadowed,
        [
            ("narrow", vec!["internal-mfa"]),
            ("twin-too", vec!["twin"]),
            ("wide", vec!["internal-mfa"])
        ]
    );
    assert_eq!(ids(&found.undecided), ["marked"]);
}

#[test]
fn a_difference_comes_with_an_access_that_shows_it() {
    let calendar = r#"forbid (principal in Group::"contractors", action, resource == Application::"chat")
        unless { context.calendars.contains(Calendar::"office-hours") && context.device.os_version >= 2814749767106560 };"#;
    let (present, proposed) = (demo(), demo_with(&[document("hours", calendar)]));
    let found = present.divergence(&proposed, now());
    assert_eq!(found.undecided, []);
    let told: Vec<String> = found
        .examples
        .iter()
        .map(|e| {
            format!(
                "{:?} {} {} {:?}: {} → {}",
                e.more,
                e.request.app,
                e.capability.as_str(),
                e.because,
                line(&e.in_force),
                line(&e.proposed)
            )
        })
        .collect();
    insta::assert_debug_snapshot!(told);
    let back = proposed.divergence(&present, now());
    assert_eq!(back.examples[0].more, More::Proposed);
    assert_eq!(back.same.len(), 5);
    assert!(present.divergence(&demo(), now()).examples.is_empty());
}

/// Policies written at random: where no difference is found there is none, and nothing said of a policy alone is wrong.
#[test]
fn what_is_said_is_so() {
    let mut ballot = Ballot::new(0x8888_8e77_5979);
    let (mut same, mut differing, mut undecided, mut named) = (0, 0, 0, 0);
    for _ in 0..16 {
        let world = written(&mut ballot);
        let whole = PolicySet::compile(&world.documents, &world.register).unwrap();
        let mut fewer = world.documents.clone();
        let gone = fewer.pop().unwrap();
        let less = PolicySet::compile(&fewer, &world.register).unwrap();
        let requests: Vec<Request> = (0..150).map(|_| world.request(&mut ballot)).collect();
        let granted = |set: &PolicySet, request: &Request| {
            set.decide(request)
                .permit()
                .map_or(CapabilitySet::NONE, Permit::capabilities)
        };
        let found = whole.divergence(&less, now());
        for request in &requests {
            if found.same.contains(&request.app) {
                assert_eq!(
                    granted(&whole, request),
                    granted(&less, request),
                    "{gone:?}"
                );
            }
        }
        same += found.same.len();
        differing += found.examples.len();
        undecided += found.undecided.len();
        let findings = whole.findings();
        for request in &requests {
            for statement in whole.examine(request).statements {
                assert!(
                    !statement.applies || !findings.dead.contains(&statement.policy),
                    "{}",
                    statement.policy
                );
            }
        }
        for shadowed in &findings.shadowed {
            let others = world.documents.iter().filter(|d| d.id != shadowed.policy);
            let without: Vec<PolicyDocument> = others.cloned().collect();
            let without = PolicySet::compile(&without, &world.register).unwrap();
            for request in &requests {
                assert_eq!(
                    granted(&whole, request),
                    granted(&without, request),
                    "{}",
                    shadowed.policy
                );
            }
        }
        named += findings.dead.len() + findings.shadowed.len();
    }
    // Each answer comes up.
    assert!(
        same > 10 && differing > 3 && named > 3,
        "{same} the same, {differing} differing, {undecided} undecided, {named} named"
    );
}
