//! What no sequence of inputs can do.

use super::*;

fn any_account() -> impl Strategy<Value = Account> {
    let kinds = proptest::sample::subsequence(FULL.to_vec(), 0..=4);
    (prop_oneof![Just(10u8), Just(30u8)], kinds, 0..8u8).prop_map(|(n, kinds, rare)| Account {
        kind: if rare == 0 {
            AccountKind::BreakGlass
        } else {
            AccountKind::Ordinary
        },
        standing: if rare == 1 {
            PersonState::Disabled
        } else {
            PersonState::Active
        },
        ..account(n, &kinds)
    })
}

const KINDS: [FactorKind; 5] = [
    FactorKind::Password,
    FactorKind::Totp,
    FactorKind::Passkey,
    FactorKind::RecoveryCode,
    FactorKind::ResetPass,
];

fn any_goal() -> impl Strategy<Value = Goal> {
    let session = SessionId::from_random([8; 16]);
    prop_oneof![
        4 => Just(Goal::SignIn),
        2 => proptest::sample::select(Assurance::ALL.to_vec())
            .prop_map(move |demanded| Goal::StepUp { session, demanded }),
        1 => Just(Goal::AddFactor { session }),
        1 => Just(Goal::ChangePassword { session }),
        4 => Just(Goal::ResetPassword { person: None }),
        2 => Just(Goal::ResetPassword { person: Some(person(10)) }),
        1 => Just(Goal::BreakGlassLink { person: person(10), link: hash(4) }),
    ]
}

fn any_kind() -> impl Strategy<Value = FactorKind> {
    proptest::sample::select(KINDS.to_vec())
}

/// Any input, whether it fits or not.
fn any_input() -> impl Strategy<Value = Input> {
    let n = || prop_oneof![Just(10u8), Just(30u8)];
    prop_oneof![
        proptest::option::of(any_account()).prop_map(named),
        any_kind().prop_map(Input::Chosen),
        proptest::sample::select(vec![
            Input::PasswordTyped,
            Input::CodeTyped,
            Input::PasskeyAnswered,
            Input::Acknowledged,
            Input::Back,
            Input::Forgot,
            Input::Misnamed,
        ]),
        proptest::sample::select(vec![
            Input::PasswordMatched,
            Input::PasswordFailed,
            Input::TotpFailed,
            Input::TotpReplayed,
            Input::RecoveryCodeFailed,
            Input::MustWait { until: START },
            passkey_started(),
            Input::TotpStarted {
                credential: credential(200),
                sealed_seed: String::new()
            },
            Input::PasskeyEnrolmentStarted {
                challenge: String::new(),
                options: String::new()
            },
            Input::PasskeyNotEnrolled,
            Input::PasskeyFailed(PasskeyFault::NotVerified),
            totp_enrolled(),
            passkey_enrolled(),
            codes_minted(),
            Input::ResetPassFailed,
            pass_matched(PassScope::Password),
            pass_matched(PassScope::AllFactors),
        ]),
        n().prop_map(totp_matched),
        n().prop_map(|n| Input::RecoveryCodeMatched {
            credential: credential(n + 4),
            hash: hash(3),
            left: 1,
        }),
        any_account().prop_map(passkey_matched),
        any_account().prop_map(password_hashed),
    ]
}

/// How the walk goes on: by any input, or by one that fits what was asked, so that deep states are reached.
#[derive(Debug, Clone)]
enum Move {
    Any(Box<Input>),
    Fitting(u8),
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        2 => any_input().prop_map(|input| Move::Any(Box::new(input))),
        5 => any::<u8>().prop_map(Move::Fitting),
    ]
}

fn fitting(flow: &Flow, asked: &[Effect], choice: u8) -> Input {
    let account_now = || {
        flow.account()
            .cloned()
            .unwrap_or_else(|| account(10, &FULL))
    };
    let code_of = |ids: &[CredentialId]| Input::TotpMatched {
        credential: ids.first().copied().unwrap_or(credential(99)),
        step: 100,
    };
    for effect in asked.iter().rev() {
        return match effect {
            Effect::VerifyPassword { .. } if !choice.is_multiple_of(4) => Input::PasswordMatched,
            Effect::VerifyPassword { .. } => Input::PasswordFailed,
            Effect::VerifyTotp { credentials } => code_of(credentials),
            Effect::VerifyRecoveryCode { credential } => Input::RecoveryCodeMatched {
                credential: *credential,
                hash: hash(3),
                left: usize::from(choice % 2),
            },
            Effect::StartPasskey(_) => passkey_started(),
            Effect::FinishPasskey { .. } => passkey_matched(account_now()),
            Effect::StartTotpEnrolment => Input::TotpStarted {
                credential: credential(200),
                sealed_seed: String::new(),
            },
            Effect::FinishTotpEnrolment { .. } => totp_enrolled(),
            Effect::StartPasskeyEnrolment { .. } => Input::PasskeyEnrolmentStarted {
                challenge: String::new(),
                options: String::new(),
            },
            Effect::FinishPasskeyEnrolment { .. } => passkey_enrolled(),
            Effect::MintRecoveryCodes => codes_minted(),
            Effect::HashPassword { .. } => password_hashed(account_now()),
            Effect::VerifyResetPass { person: Some(_) } if choice.is_multiple_of(3) => {
                pass_matched(PassScope::AllFactors)
            }
            Effect::VerifyResetPass { person: Some(_) } if choice % 3 == 1 => {
                pass_matched(PassScope::Password)
            }
            Effect::VerifyResetPass { .. } => Input::ResetPassFailed,
            _ => continue,
        };
    }
    match flow.state() {
        FlowState::Identify => named(Some(account(10, &FULL))),
        FlowState::Password | FlowState::NewPassword => Input::PasswordTyped,
        FlowState::Totp
        | FlowState::RecoveryCode
        | FlowState::ResetPass
        | FlowState::EnrolTotp { .. } => Input::CodeTyped,
        FlowState::Passkey { .. } | FlowState::EnrolPasskey { .. } => Input::PasskeyAnswered,
        FlowState::ShowRecoveryCodes { .. } => Input::Acknowledged,
        _ => Input::Chosen(KINDS[usize::from(choice % 5)]),
    }
}

/// What was really shown, kept apart from the flow: a result counts if the effects just before asked for exactly it.
#[derive(Debug, Default)]
struct Witness {
    shown: Vec<(PersonId, FactorKind, Proven)>,
    asked: Vec<Effect>,
}

impl Witness {
    fn see(&mut self, before: &Flow, input: &Input) {
        let asked = std::mem::take(&mut self.asked);
        let counted = asked.iter().any(|e| matches!(e, Effect::CountGuess { .. }));
        let mut show = |person, kind, how| self.shown.push((person, kind, how));
        let who = before.account().map(|account| account.person);
        for effect in &asked {
            match (effect, input, who) {
                (
                    Effect::VerifyPassword {
                        credential: Some(_),
                    },
                    Input::PasswordMatched,
                    Some(who),
                ) if counted => show(who, FactorKind::Password, Proven::Verified),
                (
                    Effect::VerifyTotp { credentials },
                    Input::TotpMatched { credential, .. },
                    Some(who),
                ) if counted && credentials.contains(credential) => {
                    show(who, FactorKind::Totp, Proven::Verified);
                }
                (
                    Effect::VerifyRecoveryCode { credential },
                    Input::RecoveryCodeMatched {
                        credential: got, ..
                    },
                    Some(who),
                ) if counted && credential == got => {
                    show(who, FactorKind::RecoveryCode, Proven::Verified);
                }
                (
                    Effect::FinishPasskey { candidates, .. },
                    Input::PasskeyMatched {
                        credential, owner, ..
                    },
                    _,
                ) if owner.passkeys.contains(credential) => {
                    let may = match candidates {
                        PasskeyCandidates::Discoverable => true,
                        PasskeyCandidates::Of(ids) => ids.contains(credential),
                    };
                    if may {
                        show(owner.person, FactorKind::Passkey, Proven::Verified);
                    }
                }
                (
                    Effect::VerifyResetPass {
                        person: Some(asked),
                    },
                    Input::ResetPassMatched { .. },
                    Some(who),
                ) if counted && *asked == who => {
                    show(who, FactorKind::ResetPass, Proven::Verified);
                }
                (Effect::HashPassword { .. }, Input::PasswordHashed { owner, .. }, Some(who))
                    if owner.person == who && before.may_reset() =>
                {
                    show(who, FactorKind::Password, Proven::EnrolledNow);
                }
                (Effect::FinishTotpEnrolment { .. }, Input::TotpEnrolled { .. }, Some(who)) => {
                    show(who, FactorKind::Totp, Proven::EnrolledNow);
                }
                (
                    Effect::FinishPasskeyEnrolment { .. },
                    Input::PasskeyEnrolled { .. },
                    Some(who),
                ) => show(who, FactorKind::Passkey, Proven::EnrolledNow),
                _ => {}
            }
        }
    }

    fn has(&self, who: PersonId, test: impl Fn(FactorKind, Proven) -> bool) -> bool {
        self.shown
            .iter()
            .any(|(person, kind, how)| *person == who && test(*kind, *how))
    }

    /// Written down again, by hand, from the rules: not by calling `assurance_of`.
    fn reaches(&self, who: PersonId, demanded: Assurance) -> bool {
        let resistant = self.has(who, |kind, how| {
            kind == FactorKind::Passkey && how == Proven::Verified
        });
        let two = self.has(who, |kind, _| kind == FactorKind::Password)
            && self.has(who, |kind, _| {
                kind != FactorKind::Password && kind != FactorKind::ResetPass
            });
        match demanded {
            Assurance::Password | Assurance::Mfa => resistant || two,
            Assurance::PhishingResistant => resistant,
            Assurance::Hardware => false,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leads_to_the_end_but_proof(
        goal in any_goal(),
        known in any_account(),
        moves in proptest::collection::vec(any_move(), 0..40),
    ) {
        let (mut flow, effects) = begin(goal.clone(), Some(known));
        let mut witness = Witness { asked: effects, ..Witness::default() };
        for step in moves {
            let input = match step {
                Move::Any(input) => *input,
                Move::Fitting(choice) => fitting(&flow, &witness.asked, choice),
            };
            witness.see(&flow, &input);
            let (next, effects) = flow.step(input, START);
            flow = next;
            // No password is set but on these grounds, whatever the way.
            for effect in &effects {
                let Effect::StoreCredential(kept) = effect else { continue };
                if kept.secret.kind() != FactorKind::Password {
                    continue;
                }
                let grounds = match flow.purpose().goal {
                    Goal::ResetPassword { person } => {
                        prop_assert!(person.is_none_or(|person| person == kept.person));
                        witness.has(kept.person, |kind, how| {
                            matches!(kind, FactorKind::Passkey | FactorKind::ResetPass)
                                && how == Proven::Verified
                        })
                    }
                    Goal::ChangePassword { .. } => witness.reaches(kept.person, Assurance::Mfa),
                    _ => false,
                };
                prop_assert!(grounds, "{:?} {:?}", flow.purpose().goal, witness.shown);
            }
            witness.asked = effects;
        }
        let worth = flow.finish(PersonState::Active, START);
        prop_assert_eq!(worth.is_ok(), flow.state() == &FlowState::Done);
        if let Ok(permit) = worth {
            let account = flow.account().unwrap();
            prop_assert_eq!(account.standing, PersonState::Active);
            prop_assert_eq!(permit.person(), account.person);
            let least = match account.kind {
                AccountKind::Ordinary => Assurance::Mfa,
                AccountKind::BreakGlass => Assurance::PhishingResistant,
            };
            let demanded = match &goal {
                Goal::StepUp { demanded, .. } => (*demanded).max(least),
                Goal::BreakGlassLink { .. } => Assurance::PhishingResistant,
                _ => least,
            };
            prop_assert!(witness.reaches(account.person, demanded), "{:?}", witness.shown);
            prop_assert!(witness.reaches(account.person, permit.assurance()));
            let used_code = witness.has(account.person, |kind, _| kind == FactorKind::RecoveryCode);
            if used_code && flow.proofs().iter().any(|p| p.kind == FactorKind::RecoveryCode) {
                prop_assert!(
                    witness.has(account.person, |_, how| how == Proven::EnrolledNow),
                    "a recovery code demands a new factor"
                );
            }
        }
    }

    /// Whoever only guesses cannot tell a name that somebody has from one that nobody has.
    #[test]
    fn unknown_names_look_like_known_ones(
        known in any_account(),
        tries in proptest::collection::vec(0..6u8, 0..30),
    ) {
        let mut flows = [Some(known), None].map(|account| {
            let flow = begin(Goal::SignIn, None).0;
            flow.step(named(account), START).0
        });
        for turn in tries {
            let inputs = match turn {
                0..3 => vec![Input::PasswordTyped, Input::PasswordFailed],
                3 => vec![Input::PasswordTyped, Input::MustWait { until: START }],
                4 => vec![Input::CodeTyped],
                _ => vec![Input::Chosen(FactorKind::Totp), Input::PasskeyAnswered],
            };
            for input in inputs {
                let seen = flows.clone().map(|flow| flow.step(input.clone(), START));
                let looks = seen.clone().map(|(flow, effects)| {
                    let effects: Vec<String> = effects
                        .iter()
                        .map(|effect| effect_name(effect).replace("(decoy)", ""))
                        .collect();
                    (flow.state().slug(), flow.message(), effects)
                });
                prop_assert_eq!(&looks[0], &looks[1]);
                flows = seen.map(|(flow, _)| flow);
            }
        }
    }
}
