//! The demo's policies as a matrix: a change of policy is a change of this text.

use super::*;
use std::fmt::Write;

#[test]
fn the_demo_policies() {
    let policies = demo();
    let mut matrix = String::new();
    for app in ["wiki", "chat", "news", "ledger", "portal", "console"] {
        for person in Level::ALL.into_iter().rev() {
            for device_trust in [
                Some(Level::High),
                Some(Level::Medium),
                Some(Level::Low),
                None,
            ] {
                for assurance in [
                    Assurance::Password,
                    Assurance::Mfa,
                    Assurance::PhishingResistant,
                ] {
                    let mut request = request(app);
                    request.person.trust = trust(person);
                    request.device = device(device_trust);
                    request.session.assurance = assurance;
                    if app == "console" {
                        request.person.role = Role::Administrator;
                    }
                    if app == "ledger" {
                        request.person.groups = vec![GroupId::new("accounting").unwrap()];
                    }
                    writeln!(
                        matrix,
                        "{app:<8} person {:<6} device {:<6} {:<18} {}",
                        person.as_str(),
                        device_trust.map_or("none", Level::as_str),
                        assurance.as_str(),
                        line(&policies.decide(&request)),
                    )
                    .unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!(matrix);
}
