//! Each step of the prompt as a page, walked to by the flow itself.

use super::gallery::{check, folder};
use crate::prompt::{self, Opened, Shown, Stale};
use zt_auth::{
    Account, Beginning, Destination, Flow, Goal, Input, Login, Nonce, PassScope, PasskeyFault,
    Purpose, ReturnPath, Turned,
};
use zt_pages::headers::Exception;
use zt_pages::{Base, Page};
use zt_types::{
    CredentialId, FactorKind, FlowId, Language, PersonId, PersonState, Role, Seconds, Timestamp,
    TokenHash,
};

use super::world::{START, USER_AGENT};

const OPTIONS: &str =
    r#"{"challenge":"AAAA","rpId":"id.sekisho.localhost","userVerification":"required"}"#;

fn id() -> CredentialId {
    CredentialId::from_random([7; 16])
}

fn begun() -> Flow {
    let beginning = Beginning {
        id: FlowId::from_random([1; 16]),
        browser: TokenHash([2; 32]),
        nonce: Nonce::from_random([3; 16]),
        purpose: Purpose {
            goal: Goal::SignIn,
            then: Destination::Site {
                return_to: ReturnPath::root(),
            },
        },
        account: None,
        login: None,
        last_method: None,
        address: "192.0.2.24".to_owned(),
        user_agent: USER_AGENT.to_owned(),
    };
    Flow::begin(beginning, START).0
}

fn account(totp: bool, passkey: bool) -> Account {
    let mut account = Account::of(
        PersonId::from_random([9; 16]),
        PersonState::Active,
        Role::Member,
        std::iter::empty(),
    );
    account.password = Some(id());
    account.totp.extend(totp.then(id));
    account.passkeys.extend(passkey.then(id));
    account.recovery = totp.then(id);
    account
}

fn after(flow: Flow, inputs: Vec<Input>) -> Flow {
    inputs
        .into_iter()
        .fold(flow, |flow, input| flow.step(input, START).0)
}

fn named(account: Account) -> Flow {
    let login = Login::parse("hanako@yamato-seiko.example").unwrap();
    after(
        begun(),
        vec![Input::Named {
            login,
            login_hash: TokenHash([4; 32]),
            account: Some(account),
        }],
    )
}

fn with_password(account: Account) -> Flow {
    after(
        named(account),
        vec![Input::PasswordTyped, Input::PasswordMatched],
    )
}

fn asked_for_pass(then: Vec<Input>) -> Flow {
    let chosen = vec![Input::Forgot, Input::Chosen(FactorKind::ResetPass)];
    after(after(named(account(true, true)), chosen), then)
}

fn steps() -> Vec<(&'static str, Flow, Opened)> {
    let passkey_options = || Input::PasskeyStarted {
        challenge: "{}".to_owned(),
        options: OPTIONS.to_owned(),
    };
    let enrolling = |kind, result| {
        after(
            with_password(account(false, false)),
            vec![Input::Chosen(kind), result],
        )
    };
    let totp = enrolling(
        FactorKind::Totp,
        Input::TotpStarted {
            credential: id(),
            sealed_seed: "s1.x".to_owned(),
        },
    );
    let opened = || {
        Opened::Totp {
        url: "otpauth://totp/%E3%82%84%E3%81%BE%E3%81%A8:hanako?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Yamato".to_owned(),
        key: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned(),
    }
    };
    let codes = after(
        totp.clone(),
        vec![
            Input::CodeTyped,
            Input::TotpEnrolled {
                name: "app".to_owned(),
                step: 1,
            },
            Input::RecoveryCodesMinted {
                credential: id(),
                hashes: vec![TokenHash([1; 32])],
                sealed_codes: "s1.y".to_owned(),
            },
        ],
    );
    let shown_codes = (0..10).map(|n| format!("7Q4K-{n}F9M-2XRT-W8HC")).collect();
    let wrong = after(
        named(account(true, true)),
        vec![Input::PasswordTyped, Input::PasswordFailed],
    );
    let waits = after(
        named(account(true, true)),
        vec![
            Input::PasswordTyped,
            Input::MustWait {
                until: START + Seconds(30),
            },
        ],
    );
    let locked = after(
        named(account(true, true)),
        vec![
            Input::PasswordTyped,
            Input::MustWait {
                until: Timestamp::FAR_FUTURE,
            },
        ],
    );
    let both = with_password(account(true, true));
    let passkey_failed = after(
        after(
            begun(),
            vec![Input::Chosen(FactorKind::Passkey), passkey_options()],
        ),
        vec![
            Input::PasskeyAnswered,
            Input::PasskeyFailed(PasskeyFault::NotVerified),
            passkey_options(),
        ],
    );
    vec![
        ("identify", begun(), Opened::Nothing),
        (
            "identify-bad",
            after(begun(), vec![Input::Misnamed]),
            Opened::Nothing,
        ),
        ("password", named(account(true, true)), Opened::Nothing),
        ("password-wrong", wrong, Opened::Nothing),
        ("password-wait", waits, Opened::Nothing),
        ("password-locked", locked, Opened::Nothing),
        ("totp", with_password(account(true, false)), Opened::Nothing),
        (
            "choose",
            after(both.clone(), vec![passkey_options(), Input::Back]),
            Opened::Nothing,
        ),
        (
            "passkey",
            after(both, vec![passkey_options()]),
            Opened::Nothing,
        ),
        ("passkey-failed", passkey_failed, Opened::Nothing),
        (
            "recovery",
            after(
                with_password(account(true, false)),
                vec![Input::Back, Input::Chosen(FactorKind::RecoveryCode)],
            ),
            Opened::Nothing,
        ),
        (
            "enrol-choice",
            with_password(account(false, false)),
            Opened::Nothing,
        ),
        ("enrol-totp", totp, opened()),
        (
            "enrol-passkey",
            enrolling(
                FactorKind::Passkey,
                Input::PasskeyEnrolmentStarted {
                    challenge: "{}".to_owned(),
                    options: OPTIONS.to_owned(),
                },
            ),
            Opened::Nothing,
        ),
        ("recovery-codes", codes, Opened::Codes(shown_codes)),
        (
            "reset-identify",
            after(begun(), vec![Input::Forgot]),
            Opened::Nothing,
        ),
        (
            "reset-proof",
            after(named(account(true, true)), vec![Input::Forgot]),
            Opened::Nothing,
        ),
        ("reset-pass", asked_for_pass(vec![]), Opened::Nothing),
        (
            "reset-pass-wrong",
            asked_for_pass(vec![Input::CodeTyped, Input::ResetPassFailed]),
            Opened::Nothing,
        ),
        (
            "reset-new-password",
            asked_for_pass(vec![
                Input::CodeTyped,
                Input::ResetPassMatched {
                    hash: TokenHash([1; 32]),
                    scope: PassScope::Password,
                },
            ]),
            Opened::Nothing,
        ),
        (
            "cancelled",
            after(begun(), vec![Input::Cancel]),
            Opened::Nothing,
        ),
    ]
}

#[test]
fn every_step_asks_its_question_in_both_languages() {
    let folder = folder();
    for language in Language::ALL {
        let page = || {
            Page::in_language(
                language,
                Base::Id,
                "/signin/6f9619ff-8b86-4011-b42d-00c04fc964ff",
            )
        };
        for (name, flow, secret) in steps() {
            let application = match language {
                Language::Ja => "社内 Wiki",
                Language::En => "Wiki",
            };
            let shown = Shown {
                hint: "hanako\"><b>".to_owned(),
                owner: None,
                application: Some(application.to_owned()),
                stale: if name == "totp" {
                    Stale::Yes
                } else {
                    Stale::No
                },
                secret,
                exception: Exception::None,
            };
            let response = prompt::step(page(), &flow, shown);
            check(name, response.body());
            // What a client takes her to be stands in the field for the name, and is text.
            assert!(!response.body().contains("<b>"), "{name}");
            let is_asked = response.body().contains(r#"name="login" type="text""#);
            let is_there = response
                .body()
                .contains("value=\"hanako&#34;&#62;&#60;b&#62;\"");
            assert_eq!(is_there, is_asked, "{name}");
            let is_form = response
                .body()
                .contains(&format!(r#"name="nonce" value="{}""#, flow.ticket().nonce));
            assert_eq!(
                is_form,
                !flow.state().is_over(),
                "{name}: {}",
                flow.state().slug()
            );
            let tells = ["-wrong", "-bad", "-wait", "-locked", "-failed"]
                .iter()
                .any(|end| name.ends_with(end));
            assert_eq!(flow.message().is_some(), tells, "{name}");
            let first = name.split_once('-').map_or(name, |(first, _)| first);
            let state = flow.state().slug();
            assert!(
                state.contains(first)
                    || ["choose", "recovery", "reset", "cancelled"].contains(&first),
                "{name}: {state}"
            );
            std::fs::write(
                folder.join(format!("prompt-{name}.{}.html", language.tag())),
                response.body(),
            )
            .unwrap();
        }
        for why in [Turned::Expired, Turned::ForeignBrowser, Turned::Over] {
            let response = prompt::turned(page(), why);
            check(why.slug(), response.body());
            let file = folder.join(format!(
                "prompt-turned-{}.{}.html",
                why.slug(),
                language.tag()
            ));
            std::fs::write(file, response.body()).unwrap();
        }
    }
}
