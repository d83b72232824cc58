//! Random requests and random policies.

use super::*;
use proptest::prelude::*;
use std::sync::OnceLock;

/// Policies of every shape that compiles, to be mixed at random.
const MENU: &[(&str, &str)] = &[
    (
        "old-proof",
        "forbid (principal, action, resource) unless { context.session.age <= 3600 };",
    ),
    (
        "older-proof",
        "forbid (principal, action, resource) when { context.session.age >= 7200 && !(principal in Group::\"accounting\") };",
    ),
    (
        "view-only",
        r#"forbid (principal, action in [Action::"download", Action::"print", Action::"persist"], resource)
           unless { context.device.proven && context.device.trust in TrustLevel::"high" };"#,
    ),
    (
        "recorded",
        r#"forbid (principal, action == Action::"unrecorded", resource) when { resource.sensitivity in Sensitivity::"confidential" };"#,
    ),
    (
        "paste",
        r#"forbid (principal, action, resource) when { [Action::"clipboard_in", Action::"clipboard_out"].contains(action) }
           unless { principal.trust in TrustLevel::"high" };"#,
    ),
    (
        "either",
        r#"forbid (principal, action, resource == Application::"ledger")
           unless { context.session.assurance in Assurance::"phishing-resistant" || context.device.trust in TrustLevel::"high" };"#,
    ),
    (
        "guests",
        r#"permit (principal, action == Action::"connect", resource == Application::"ledger")
           when { context.session.assurance in Assurance::"mfa" && context.session.age < 600 };"#,
    ),
    (
        "branch",
        r#"forbid (principal, action, resource)
           unless { if principal in Group::"sales" then context.device.proven || context.session.age < 900 else true };"#,
    ),
    (
        "overflow",
        r#"forbid (principal, action, resource == Application::"news") when { 9223372036854775807 + 1 > 0 };"#,
    ),
];

/// A mix of the menu, told by a number.
pub(super) fn mixed(mix: usize) -> PolicySet {
    // Spread the bits, so that neighbouring numbers are different mixes: which are in, and which of those only report.
    let bits = mix.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let documents: Vec<PolicyDocument> = MENU
        .iter()
        .enumerate()
        .filter(|(at, _)| bits & (1 << (at + 40)) != 0)
        .map(|(at, (id, cedar))| PolicyDocument {
            state: if (bits >> 20) & (0b11 << at) == 0 {
                PolicyState::ReportOnly
            } else {
                PolicyState::On
            },
            ..document(id, cedar)
        })
        .collect();
    demo_with(&documents)
}

/// A few mixes, compiled once.
pub(super) fn policy_sets() -> impl Strategy<Value = &'static PolicySet> {
    static MIXES: [OnceLock<PolicySet>; 24] = [const { OnceLock::new() }; 24];
    (0..MIXES.len()).prop_map(|mix| MIXES[mix].get_or_init(|| mixed(mix)))
}

pub(super) fn levels() -> impl Strategy<Value = Level> {
    proptest::sample::select(&Level::ALL)
}

pub(super) fn roles() -> impl Strategy<Value = Role> {
    proptest::sample::select(&[Role::Member, Role::Administrator])
}

pub(super) fn requests(role: impl Strategy<Value = Role>) -> impl Strategy<Value = Request> {
    (
        (
            proptest::sample::select(&[
                "wiki", "chat", "news", "ledger", "portal", "console", "gone",
            ]),
            proptest::sample::subsequence(vec!["accounting", "sales"], 0..3),
            role,
            levels(),
            proptest::option::weighted(0.7, levels()),
        ),
        (
            proptest::sample::select(&Assurance::ALL),
            0u64..10_000,
            -10i64..50_000,
            proptest::sample::select(&[true, true, true, true, false]),
            -5i64..5000,
            proptest::sample::select(&NoDevice::ALL),
        ),
    )
        .prop_map(
            |(
                (app, groups, role, person, device_trust),
                (assurance, age, left, live, certificate_left, why),
            )| {
                let mut request = request(app);
                request.person.groups = groups
                    .into_iter()
                    .map(|g| GroupId::new(g).unwrap())
                    .collect();
                request.person.role = role;
                request.person.trust = trust(person);
                request.person.enrolled_devices = u32::from(age % 2 == 0);
                request.device = device(device_trust);
                request.device.evidence_until =
                    Timestamp::from_millis(now().as_millis() + certificate_left * 1000);
                if let DeviceEvidence::Absent(absent) = &mut request.device.evidence {
                    *absent = why;
                    request.device.evidence_until = Timestamp::FAR_FUTURE;
                }
                request.session.assurance = assurance;
                request.session.authenticated_at = now() - Seconds(age);
                request.session.expires_at =
                    Timestamp::from_millis(now().as_millis() + left * 1000);
                if !live {
                    request.session.state = SessionState::Ended;
                }
                request
            },
        )
}

/// What may be done; nothing if refused.
pub(super) fn carried(decision: &Decision) -> CapabilitySet {
    decision
        .permit()
        .map_or(CapabilitySet::NONE, Permit::capabilities)
}
