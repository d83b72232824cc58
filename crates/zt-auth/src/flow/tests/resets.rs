//! Resets: what leads to a new password, what ends with the old one, and what does not.

use super::*;
use crate::{Credential, CredentialSecret, SETTLES_AFTER, Vouched};
use FactorKind::{Passkey, Password, RecoveryCode, ResetPass, Totp};
use Input::{Acknowledged, Back, Chosen, CodeTyped, Forgot, PasskeyAnswered, PasswordTyped};
use zt_types::Role;

const RESET: Goal = Goal::ResetPassword { person: None };

fn full() -> Account {
    account(10, &FULL)
}

fn by_pass(scope: PassScope) -> Vec<Input> {
    vec![
        named(Some(full())),
        Chosen(ResetPass),
        CodeTyped,
        pass_matched(scope),
    ]
}

fn enrol_totp() -> [Input; 4] {
    [
        Chosen(Totp),
        Input::TotpStarted {
            credential: credential(200),
            sealed_seed: "s".to_owned(),
        },
        CodeTyped,
        totp_enrolled(),
    ]
}

#[test]
fn the_ways_through_a_reset() {
    let passkey = || {
        vec![
            Chosen(Passkey),
            passkey_started(),
            PasskeyAnswered,
            passkey_matched(full()),
        ]
    };
    let set = |owner: Account| {
        vec![
            PasswordTyped,
            Input::PasswordRefused(crate::password::PasswordFault::Reused),
            PasswordTyped,
            password_hashed(owner),
        ]
    };
    let glass = Account {
        kind: AccountKind::BreakGlass,
        ..full()
    };
    let ways: Vec<(&str, Goal, Option<Account>, Vec<Input>)> = vec![
        (
            "with a passkey, from the sign-in",
            Goal::SignIn,
            None,
            [vec![named(Some(full())), Forgot], passkey(), set(full())].concat(),
        ),
        (
            "with a passkey, without a name",
            RESET,
            None,
            [passkey(), set(full())].concat(),
        ),
        (
            "with a passkey, in a session",
            Goal::ResetPassword {
                person: Some(person(10)),
            },
            Some(full()),
            [passkey(), set(full())].concat(),
        ),
        (
            "in a session, with somebody else's passkey",
            Goal::ResetPassword {
                person: Some(person(10)),
            },
            Some(full()),
            vec![
                Chosen(Passkey),
                passkey_started(),
                PasskeyAnswered,
                passkey_matched(account(30, &FULL)),
            ],
        ),
        (
            "with a pass, and her app as ever",
            RESET,
            None,
            [
                by_pass(PassScope::Password),
                set(full()),
                vec![
                    passkey_started(),
                    Back,
                    Chosen(Totp),
                    CodeTyped,
                    totp_matched(10),
                ],
            ]
            .concat(),
        ),
        (
            "with a pass for somebody who lost all",
            RESET,
            None,
            [
                by_pass(PassScope::AllFactors),
                set(full()),
                enrol_totp().to_vec(),
                vec![codes_minted(), Acknowledged],
            ]
            .concat(),
        ),
        (
            "a wrong pass, too many of them, and back",
            RESET,
            None,
            vec![
                named(Some(full())),
                Chosen(ResetPass),
                CodeTyped,
                Input::ResetPassFailed,
                CodeTyped,
                Input::MustWait {
                    until: START + Seconds(30),
                },
                Back,
                Back,
            ],
        ),
        (
            "a pass for a name nobody has",
            RESET,
            None,
            vec![
                named(None),
                Chosen(ResetPass),
                CodeTyped,
                pass_matched(PassScope::Password),
            ],
        ),
        (
            "a disabled account",
            RESET,
            None,
            vec![
                named(Some(Account {
                    standing: PersonState::Disabled,
                    ..full()
                })),
                Chosen(ResetPass),
                CodeTyped,
                pass_matched(PassScope::Password),
            ],
        ),
        (
            "a break-glass account has none",
            RESET,
            None,
            vec![
                Chosen(Passkey),
                passkey_started(),
                PasskeyAnswered,
                passkey_matched(glass),
            ],
        ),
        (
            "a password is no proof, nor is a code",
            RESET,
            None,
            vec![
                named(Some(full())),
                Chosen(Password),
                Chosen(Totp),
                Chosen(RecoveryCode),
                PasswordTyped,
                Input::PasswordMatched,
                totp_matched(10),
                password_hashed(full()),
            ],
        ),
        (
            "after a password it is too late to forget it",
            Goal::SignIn,
            None,
            vec![
                named(Some(account(10, &[Password, Totp]))),
                PasswordTyped,
                Input::PasswordMatched,
                Forgot,
            ],
        ),
    ];
    let text: Vec<String> = ways
        .into_iter()
        .map(|(title, goal, known, inputs)| format!("# {title}\n{}", walk(goal, known, inputs)))
        .collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

fn passkey_of(vouched: Vouched, created_at: Timestamp) -> Credential {
    Credential {
        id: credential(13),
        person: person(10),
        name: String::new(),
        secret: CredentialSecret::Passkey {
            credential_id: "id".to_owned(),
            record: "r".to_owned(),
            backup_eligible: BackupEligible::No,
        },
        created_at,
        last_used_at: None,
        vouched,
    }
}

fn owner_of(passkey: &Credential, suspected_since: Option<Timestamp>) -> Account {
    Account {
        password: Some(credential(11)),
        suspected_since,
        ..Account::of(person(10), PersonState::Active, Role::Member, [passkey])
    }
}

#[test]
fn a_passkey_that_may_have_been_planted_is_worth_no_password() {
    let week_ago = START - SETTLES_AFTER;
    let day = Seconds::days(1);
    let cases = [
        ("settled", Vouched::Phishably, week_ago, None, true),
        ("too new", Vouched::Phishably, week_ago + day, None, false),
        (
            "new, and on firm ground",
            Vouched::Firmly,
            START,
            None,
            true,
        ),
        (
            "settled now, not yet when the suspicion arose",
            Vouched::Phishably,
            week_ago,
            Some(START - day),
            false,
        ),
        (
            "settled before the suspicion arose",
            Vouched::Phishably,
            week_ago - day,
            Some(START - day),
            true,
        ),
        (
            "added after the suspicion arose",
            Vouched::Phishably,
            START - day,
            Some(START - day - day),
            false,
        ),
        (
            "a suspicion from the future settles nothing",
            Vouched::Phishably,
            week_ago + day,
            Some(START + SETTLES_AFTER),
            false,
        ),
    ];
    for (title, vouched, created_at, suspected, counts) in cases {
        let owner = owner_of(&passkey_of(vouched, created_at), suspected);
        let flow = begin(RESET, None).0;
        let inputs = [
            Chosen(Passkey),
            passkey_started(),
            PasskeyAnswered,
            passkey_matched(owner),
        ];
        let flow = inputs
            .into_iter()
            .fold(flow, |flow, input| flow.step(input, START).0);
        assert_eq!(*flow.state() == FlowState::NewPassword, counts, "{title}");
        let told = (flow.message() == Some(FlowMessage::PasskeyTooNew)) != counts;
        assert!(told, "{title}");
    }
}

/// What a reset with a pass takes away of an account read anew at its end.
fn removed(scope: PassScope, owner: Account) -> Vec<CredentialId> {
    let mut flow = begin(RESET, None).0;
    let mut gone = Vec::new();
    let inputs = [by_pass(scope), vec![PasswordTyped, password_hashed(owner)]];
    for input in inputs.concat() {
        let (next, effects) = flow.step(input, START);
        flow = next;
        gone.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::RemoveCredential { credential } => Some(credential),
            _ => None,
        }));
    }
    gone
}

#[test]
fn what_may_have_been_planted_goes_with_the_password() {
    let all = [12, 13, 14].map(credential);
    let planted = |suspected_since| Account {
        phishable: vec![
            (credential(12), START - Seconds::days(2)),
            (credential(13), START - Seconds::days(30)),
        ],
        suspected_since,
        ..full()
    };
    assert_eq!(removed(PassScope::Password, full()), []);
    // Without a suspicion, a factor that is new is only new.
    assert_eq!(removed(PassScope::Password, planted(None)), []);
    assert_eq!(
        removed(PassScope::Password, planted(Some(START))),
        [credential(12)]
    );
    assert_eq!(removed(PassScope::AllFactors, full()), all);
    assert_eq!(removed(PassScope::AllFactors, planted(Some(START))), all);
}

#[test]
fn a_factor_remembers_what_it_was_enrolled_on() {
    let kept = |goal: Goal, known: Option<Account>, inputs: Vec<Input>| -> Vec<Vouched> {
        let mut flow = begin(goal, known).0;
        let mut kept = Vec::new();
        for input in inputs {
            let (next, effects) = flow.step(input, START);
            flow = next;
            kept.extend(effects.into_iter().filter_map(|effect| match effect {
                Effect::StoreCredential(credential) => Some(credential.vouched),
                _ => None,
            }));
        }
        kept
    };
    let session = SessionId::from_random([8; 16]);
    let by_password = [PasswordTyped, Input::PasswordMatched];
    let first = [
        vec![named(Some(account(10, &[Password])))],
        by_password.to_vec(),
    ];
    let first = [first.concat(), enrol_totp().to_vec(), vec![codes_minted()]].concat();
    assert_eq!(
        kept(Goal::SignIn, None, first),
        [Vouched::Firmly, Vouched::Firmly]
    );
    let added = [
        by_password.to_vec(),
        vec![CodeTyped, totp_matched(10)],
        enrol_totp().to_vec(),
        vec![codes_minted()],
    ]
    .concat();
    assert_eq!(
        kept(
            Goal::AddFactor { session },
            Some(account(10, &[Password, Totp])),
            added
        ),
        [Vouched::Phishably, Vouched::Phishably]
    );
    let by_passkey = [
        vec![passkey_started(), PasskeyAnswered, passkey_matched(full())],
        enrol_totp().to_vec(),
    ]
    .concat();
    assert_eq!(
        kept(Goal::AddFactor { session }, Some(full()), by_passkey),
        [Vouched::Firmly]
    );
}

#[test]
fn guesses_at_passes_are_counted_apart_from_those_at_passwords() {
    let scopes = |known: Option<Account>, factor| {
        let flow = begin(RESET, None).0;
        flow.step(named(known), START).0.guess_scopes(factor)
    };
    for known in [Some(full()), None] {
        let [pass, password] =
            [ResetPass, Password].map(|factor| scopes(known.clone(), factor).into_iter().next());
        assert_ne!(pass, password, "{known:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Whoever has no pass and no passkey learns nothing, and gets nowhere.
    #[test]
    fn a_reset_of_an_unknown_name_looks_like_one_of_a_known_one(
        tries in proptest::collection::vec(0..7u8, 0..30),
    ) {
        let mut flows = [Some(full()), None].map(|account| {
            let flow = begin(RESET, None).0;
            flow.step(named(account), START).0
        });
        for turn in tries {
            let inputs = match turn {
                0 | 1 => vec![Chosen(ResetPass), CodeTyped, Input::ResetPassFailed],
                2 => vec![Chosen(ResetPass), CodeTyped, Input::MustWait { until: START }],
                3 => vec![Chosen(Totp), Chosen(RecoveryCode), Chosen(Password)],
                4 => vec![PasswordTyped, Input::PasswordMatched],
                5 => vec![CodeTyped, Input::ResetPassFailed],
                _ => vec![Forgot, PasskeyAnswered],
            };
            for input in inputs {
                let seen = flows.clone().map(|flow| flow.step(input.clone(), START));
                let looks = seen.clone().map(|(flow, effects)| {
                    let names: Vec<String> = effects.iter().map(effect_name).collect();
                    (flow.state().slug(), flow.message(), names, flow.reset_proofs())
                });
                prop_assert_eq!(&looks[0], &looks[1]);
                prop_assert!(!seen[0].0.may_reset());
                flows = seen.map(|(flow, _)| flow);
            }
        }
    }
}
