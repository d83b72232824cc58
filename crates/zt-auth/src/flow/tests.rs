use super::*;
use crate::credential::BackupEligible;
use crate::{AccountKind, Proven};
use proptest::prelude::*;
use zt_types::{AppId, ClearingStep, CredentialId, PersonId, PersonState, SessionId};

mod laws;
mod resets;
mod tickets;

pub(super) const START: Timestamp = Timestamp::from_seconds(1_775_000_000);

pub(super) fn person(n: u8) -> PersonId {
    PersonId::from_random([n; 16])
}

pub(super) fn credential(n: u8) -> CredentialId {
    CredentialId::from_random([n; 16])
}

pub(super) fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

/// Account `n` has its factors at ids `n + 1` (password), `n + 2` (app), `n + 3` (passkey), `n + 4` (recovery codes).
pub(super) fn account(n: u8, factors: &[FactorKind]) -> Account {
    let has = |kind| factors.contains(&kind);
    Account {
        person: person(n),
        standing: PersonState::Active,
        kind: AccountKind::Ordinary,
        password: has(FactorKind::Password).then(|| credential(n + 1)),
        totp: Vec::from_iter(has(FactorKind::Totp).then(|| credential(n + 2))),
        passkeys: Vec::from_iter(has(FactorKind::Passkey).then(|| credential(n + 3))),
        recovery: has(FactorKind::RecoveryCode).then(|| credential(n + 4)),
        phishable: Vec::new(),
        suspected_since: None,
    }
}

pub(super) const FULL: [FactorKind; 4] = [
    FactorKind::Password,
    FactorKind::Totp,
    FactorKind::Passkey,
    FactorKind::RecoveryCode,
];

pub(super) fn begin(goal: Goal, account: Option<Account>) -> (Flow, Vec<Effect>) {
    let then = Destination::Application {
        app: AppId::new("wiki").unwrap(),
        return_to: ReturnPath::parse("/page?x=1").unwrap(),
        binding: hash(9),
    };
    let beginning = Beginning {
        id: FlowId::from_random([1; 16]),
        browser: hash(1),
        nonce: Nonce::from_random([1; 16]),
        purpose: Purpose { goal, then },
        account,
        login: None,
        last_method: None,
        address: "192.0.2.7".to_owned(),
        user_agent: "test".to_owned(),
    };
    Flow::begin(beginning, START)
}

pub(super) fn named(account: Option<Account>) -> Input {
    Input::Named {
        login: Login::parse("sato.hanako").unwrap(),
        login_hash: hash(7),
        account,
    }
}

pub(super) fn passkey_started() -> Input {
    Input::PasskeyStarted {
        challenge: "c".to_owned(),
        options: "o".to_owned(),
    }
}

pub(super) fn passkey_matched(owner: Account) -> Input {
    Input::PasskeyMatched {
        credential: owner.passkeys.first().copied().unwrap_or(credential(99)),
        owner,
        record: "r".to_owned(),
    }
}

pub(super) fn totp_matched(n: u8) -> Input {
    Input::TotpMatched {
        credential: credential(n + 2),
        step: 100,
    }
}

pub(super) fn totp_enrolled() -> Input {
    Input::TotpEnrolled {
        name: "app".to_owned(),
        step: 100,
    }
}

pub(super) fn passkey_enrolled() -> Input {
    Input::PasskeyEnrolled {
        credential: credential(201),
        name: "key".to_owned(),
        credential_id: "id".to_owned(),
        record: "r".to_owned(),
        backup_eligible: BackupEligible::No,
    }
}

pub(super) fn password_hashed(owner: Account) -> Input {
    Input::PasswordHashed {
        credential: credential(203),
        phc: "$argon2id$".to_owned(),
        owner,
    }
}

pub(super) fn pass_matched(scope: PassScope) -> Input {
    Input::ResetPassMatched {
        hash: hash(60),
        scope,
    }
}

pub(super) fn codes_minted() -> Input {
    Input::RecoveryCodesMinted {
        credential: credential(202),
        hashes: vec![hash(50), hash(51)],
        sealed_codes: "s".to_owned(),
    }
}

pub(super) fn effect_name(effect: &Effect) -> String {
    let text = format!("{effect:?}");
    let end = text.find([' ', '(']).unwrap_or(text.len());
    let name = text[..end].to_owned();
    match effect {
        Effect::Tell(body) => {
            let body = serde_json::to_value(body).unwrap();
            let why = body.get("why").and_then(|why| why.as_str());
            format!(
                "Tell({}{})",
                body["event"].as_str().unwrap(),
                why.map(|why| format!(" {why}")).unwrap_or_default()
            )
        }
        Effect::StartPasskey(candidates) => match candidates {
            PasskeyCandidates::Discoverable => format!("{name}(discoverable)"),
            PasskeyCandidates::Of(ids) => format!("{name}(of {})", ids.len()),
        },
        Effect::VerifyPassword { credential: None } => format!("{name}(decoy)"),
        _ => name,
    }
}

fn input_name(input: &Input) -> String {
    let text = format!("{input:?}");
    match input {
        Input::Chosen(kind) => format!("chosen {}", kind.as_str()),
        Input::Named { account: None, .. } => "Named (nobody)".to_owned(),
        _ => text[..text.find([' ', '(']).unwrap_or(text.len())].to_owned(),
    }
}

/// Walks a flow and writes down each step: input → state (message) [effects].
fn walk(goal: Goal, known: Option<Account>, inputs: Vec<Input>) -> String {
    let (mut flow, effects) = begin(goal, known);
    let mut lines = vec![line("begin", &flow, &effects)];
    for input in inputs {
        let name = input_name(&input);
        let (next, effects) = flow.step(input, START);
        flow = next;
        lines.push(line(&name, &flow, &effects));
    }
    lines.push(match flow.finish(PersonState::Active, START) {
        Ok(permit) => format!("worth {}", permit.assurance().as_str()),
        Err(error) => format!("worth nothing: {error}"),
    });
    lines.join("\n")
}

fn line(name: &str, flow: &Flow, effects: &[Effect]) -> String {
    let effects: Vec<String> = effects.iter().map(effect_name).collect();
    let message = flow
        .message()
        .map(|message| format!(" ({})", message.slug()))
        .unwrap_or_default();
    let refusal = match flow.state() {
        FlowState::Refused { why } => format!(" {}", why.slug()),
        _ => String::new(),
    };
    format!(
        "{name:<24} → {}{refusal}{message} [{}]",
        flow.state().slug(),
        effects.join(", ")
    )
}

#[test]
fn the_ways_through() {
    use FactorKind::{Passkey, Password, RecoveryCode, Totp};
    use Input::{
        Acknowledged, Back, Chosen, CodeTyped, PasskeyAnswered, PasswordFailed, PasswordMatched,
        PasswordTyped,
    };
    let session = SessionId::from_random([8; 16]);
    let both = || account(10, &[Password, Totp]);
    let full = || account(10, &FULL);
    let glass = |factors: &[FactorKind]| Account {
        kind: AccountKind::BreakGlass,
        ..account(10, factors)
    };
    let step_up = |demanded| Goal::StepUp { session, demanded };
    let enrol_passkey = || {
        [
            Chosen(Passkey),
            Input::PasskeyEnrolmentStarted {
                challenge: "c".to_owned(),
                options: "o".to_owned(),
            },
            PasskeyAnswered,
            passkey_enrolled(),
        ]
    };
    let enrol_totp = || {
        [
            Chosen(Totp),
            Input::TotpStarted {
                credential: credential(200),
                sealed_seed: "s".to_owned(),
            },
            CodeTyped,
            totp_enrolled(),
        ]
    };
    let password = || [named(Some(full())), PasswordTyped, PasswordMatched];
    let ways: Vec<(&str, Goal, Option<Account>, Vec<Input>)> = vec![
        (
            "password, then an authenticator app",
            Goal::SignIn,
            None,
            vec![
                named(Some(both())),
                PasswordTyped,
                PasswordFailed,
                PasswordTyped,
                PasswordMatched,
                CodeTyped,
                Input::TotpReplayed,
                CodeTyped,
                totp_matched(10),
            ],
        ),
        (
            "password, then a passkey, the first answer of which is bad",
            Goal::SignIn,
            None,
            password()
                .into_iter()
                .chain([
                    passkey_started(),
                    PasskeyAnswered,
                    Input::PasskeyFailed(PasskeyFault::Cloned),
                    passkey_started(),
                    PasskeyAnswered,
                    passkey_matched(full()),
                ])
                .collect(),
        ),
        (
            "a passkey alone",
            Goal::SignIn,
            None,
            vec![
                Chosen(Passkey),
                passkey_started(),
                PasskeyAnswered,
                passkey_matched(full()),
            ],
        ),
        (
            "a passkey alone that does not verify its user",
            Goal::SignIn,
            None,
            vec![
                Chosen(Passkey),
                passkey_started(),
                PasskeyAnswered,
                Input::PasskeyFailed(PasskeyFault::WithoutUser),
            ],
        ),
        (
            "a name nobody has",
            Goal::SignIn,
            None,
            vec![
                named(None),
                PasswordTyped,
                PasswordFailed,
                PasswordTyped,
                Input::MustWait {
                    until: START + Seconds(30),
                },
                PasswordTyped,
                // Even a decoy that matched would prove nothing.
                PasswordMatched,
            ],
        ),
        (
            "a person without a second factor enrols an app",
            Goal::SignIn,
            None,
            [
                named(Some(account(10, &[Password]))),
                PasswordTyped,
                PasswordMatched,
            ]
            .into_iter()
            .chain(enrol_totp())
            .chain([codes_minted(), Acknowledged])
            .collect(),
        ),
        (
            "a person without a second factor enrols a passkey",
            Goal::SignIn,
            None,
            [
                named(Some(account(10, &[Password]))),
                PasswordTyped,
                PasswordMatched,
            ]
            .into_iter()
            .chain(enrol_passkey())
            .chain([codes_minted(), Acknowledged])
            .collect(),
        ),
        (
            "a lost phone: a recovery code, then a new factor",
            Goal::SignIn,
            None,
            password()
                .into_iter()
                .chain([
                    passkey_started(),
                    Back,
                    Chosen(RecoveryCode),
                    CodeTyped,
                    Input::RecoveryCodeMatched {
                        credential: credential(14),
                        hash: hash(3),
                        left: 8,
                    },
                ])
                .chain(enrol_totp())
                .collect(),
        ),
        (
            "recovery codes without another factor are asked for, and the last one brings new ones",
            Goal::SignIn,
            None,
            [
                named(Some(account(10, &[Password, RecoveryCode]))),
                PasswordTyped,
                PasswordMatched,
                CodeTyped,
                Input::RecoveryCodeMatched {
                    credential: credential(14),
                    hash: hash(3),
                    left: 0,
                },
            ]
            .into_iter()
            .chain(enrol_totp())
            .chain([codes_minted(), Acknowledged])
            .collect(),
        ),
        (
            "a disabled account says so only to its owner",
            Goal::SignIn,
            None,
            vec![
                named(Some(Account {
                    standing: PersonState::Disabled,
                    ..both()
                })),
                PasswordTyped,
                PasswordFailed,
                PasswordTyped,
                PasswordMatched,
            ],
        ),
        (
            "another name after back begins anew",
            Goal::SignIn,
            None,
            vec![
                named(Some(both())),
                PasswordTyped,
                Back,
                named(Some(account(30, &[Password, Totp]))),
                PasswordMatched,
            ],
        ),
        (
            "stepping up with a passkey",
            step_up(Assurance::PhishingResistant),
            Some(full()),
            vec![
                passkey_started(),
                Back,
                Chosen(Password),
                PasskeyAnswered,
                passkey_matched(full()),
            ],
        ),
        (
            "stepping up with somebody else's passkey",
            step_up(Assurance::PhishingResistant),
            Some(full()),
            vec![
                passkey_started(),
                PasskeyAnswered,
                passkey_matched(account(30, &FULL)),
            ],
        ),
        (
            "stepping up without the factor it takes",
            step_up(Assurance::PhishingResistant),
            Some(both()),
            vec![],
        ),
        (
            "stepping up anew with password and app",
            step_up(Assurance::Mfa),
            Some(both()),
            vec![PasswordTyped, PasswordMatched, CodeTyped, totp_matched(10)],
        ),
        (
            "adding a factor takes two others first",
            Goal::AddFactor { session },
            Some(account(10, &[Password, Totp, RecoveryCode])),
            [PasswordTyped, PasswordMatched, CodeTyped, totp_matched(10)]
                .into_iter()
                .chain(enrol_passkey())
                .collect(),
        ),
        (
            "another password takes two factors first",
            Goal::ChangePassword { session },
            Some(both()),
            vec![
                PasswordTyped,
                PasswordMatched,
                CodeTyped,
                totp_matched(10),
                PasswordTyped,
                Input::PasswordRefused(crate::password::PasswordFault::Common),
                PasswordTyped,
                password_hashed(both()),
            ],
        ),
        (
            "a break-glass link",
            Goal::BreakGlassLink {
                person: person(10),
                link: hash(4),
            },
            Some(glass(&[])),
            {
                let mut inputs = Vec::from(enrol_passkey());
                inputs.remove(0);
                let owner = Account {
                    passkeys: vec![credential(201)],
                    ..glass(&[])
                };
                inputs.extend([passkey_started(), PasskeyAnswered, passkey_matched(owner)]);
                inputs
            },
        ),
        (
            "a break-glass link for an ordinary account",
            Goal::BreakGlassLink {
                person: person(10),
                link: hash(4),
            },
            Some(both()),
            vec![],
        ),
        (
            "a passkey that was not asked for",
            step_up(Assurance::PhishingResistant),
            Some(full()),
            vec![
                passkey_started(),
                PasskeyAnswered,
                passkey_matched(Account {
                    passkeys: vec![credential(77)],
                    ..full()
                }),
            ],
        ),
        (
            "a person without any factor",
            Goal::SignIn,
            None,
            vec![
                named(Some(account(10, &[]))),
                PasswordTyped,
                PasswordMatched,
            ],
        ),
        (
            "a break-glass account has no password that counts",
            Goal::SignIn,
            None,
            vec![
                named(Some(glass(&[Password, Passkey]))),
                PasswordTyped,
                PasswordMatched,
            ],
        ),
        (
            "giving up",
            Goal::SignIn,
            None,
            vec![named(Some(both())), Input::Cancel, PasswordTyped],
        ),
    ];
    let text: Vec<String> = ways
        .into_iter()
        .map(|(title, goal, known, inputs)| format!("# {title}\n{}", walk(goal, known, inputs)))
        .collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

#[test]
fn a_proof_answers_what_it_can_and_beside_a_planted_factor_nothing() {
    use FactorKind::{Passkey, Password, Totp};
    use Input::{Chosen, CodeTyped, PasskeyAnswered, PasswordMatched, PasswordTyped};
    let answers = |goal: Goal, known: Option<Account>, inputs: Vec<Input>| {
        let (flow, _) = begin(goal, known);
        let done = inputs
            .into_iter()
            .fold(flow, |flow, input| flow.step(input, START).0);
        assert_eq!(*done.state(), FlowState::Done);
        done.answers(START)
    };
    let by_app = |owner: Account| {
        let typed = [named(Some(owner)), PasswordTyped, PasswordMatched];
        Vec::from_iter(typed.into_iter().chain([CodeTyped, totp_matched(10)]))
    };
    let by_passkey = |owner: Account| {
        let asked = [Chosen(Passkey), passkey_started(), PasskeyAnswered];
        Vec::from_iter(asked.into_iter().chain([passkey_matched(owner)]))
    };
    let planted = |owner: Account| Account {
        phishable: vec![(credential(13), START)],
        ..owner
    };
    let app = || account(10, &[Password, Totp]);
    let full = || account(10, &FULL);
    let her = person(10);
    assert_eq!(
        answers(Goal::SignIn, None, by_app(app())),
        Some((her, ClearingStep::MultiFactor))
    );
    assert_eq!(
        answers(Goal::SignIn, None, by_passkey(full())),
        Some((her, ClearingStep::PhishingResistant))
    );
    assert_eq!(
        answers(Goal::SignIn, None, by_passkey(planted(full()))),
        None
    );
    assert_eq!(answers(Goal::SignIn, None, by_app(planted(app()))), None);
    let (unfinished, _) = begin(Goal::SignIn, None);
    assert_eq!(unfinished.answers(START), None);
}

#[test]
fn return_paths() {
    for good in [
        "/",
        "/a",
        "/a/b?c=d#e",
        "/?x",
        "/a//b",
        "/%2F%2Fevil.example",
    ] {
        assert_eq!(ReturnPath::parse(good).unwrap().as_str(), good);
    }
    let long = format!("/{}", "a".repeat(4096));
    for bad in [
        "",
        "a",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "https://evil.example/",
        "/\tx",
        "/\n/evil.example",
        " /",
        "/ x",
        "/é",
        "javascript:alert(1)",
        long.as_str(),
    ] {
        assert_eq!(ReturnPath::parse(bad), None, "{bad:?}");
        assert!(serde_json::from_value::<ReturnPath>(bad.into()).is_err());
    }
}

#[test]
fn logins_are_folded() {
    for (typed, folded) in [
        (" Sato.Hanako ", Some("sato.hanako")),
        ("ＳＡＴＯ", Some("sato")),
        ("佐藤花子", Some("佐藤花子")),
        ("", None),
        ("   ", None),
        ("a\u{0}b", None),
    ] {
        assert_eq!(Login::parse(typed).as_ref().map(Login::as_str), folded);
    }
    assert_eq!(Login::parse(&"a".repeat(255)), None);
}

#[test]
fn one_subscriber_guesses_from_one_address() {
    let scope = |address: &str| {
        let mut flow = begin(Goal::SignIn, None).0;
        flow.address = address.to_owned();
        flow.guess_scopes(FactorKind::Password).pop()
    };
    for (one, other, same) in [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("192.0.2.1", "192.0.2.2", false),
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
    ] {
        assert_eq!(scope(one) == scope(other), same, "{one} {other}");
    }
}
