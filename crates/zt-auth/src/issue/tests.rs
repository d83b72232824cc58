use super::*;
use crate::account::Account;
use crate::flow::{Beginning, Destination, Flow, Input, Nonce, Purpose, ReturnPath, SignInPermit};
use zt_policy::{
    Application, CertificateDemand, DeviceFacts, ManagedBy, PersonFacts, PolicySet, Register,
    Request, SessionFacts, SessionState,
};
use zt_types::{
    Affiliation, Assurance, Circumstances, CredentialId, DeviceEvidence, FactorKind, FlowId, Level,
    NoDevice, Ownership, PasswordState, PersonId, Posture, Role, Sensitivity, Text, Trust,
};

const NOW: Timestamp = Timestamp::from_seconds(1_775_000_000);

fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

fn session_id(n: u8) -> SessionId {
    SessionId::from_random([n; 16])
}

fn person(n: u8) -> PersonId {
    PersonId::from_random([n; 16])
}

fn app(id: &str) -> AppId {
    AppId::new(id).unwrap()
}

fn device(n: u8) -> (DeviceId, CertificateSerial) {
    (
        DeviceId::from_random([n; 16]),
        CertificateSerial::from_random([n; 16]),
    )
}

/// A real flow to its end, by passkey or by password and app.
fn permit(goal: Goal, kind: AccountKind, strength: Assurance) -> SignInPermit {
    let owner = Account {
        person: person(1),
        standing: PersonState::Active,
        kind,
        password: Some(CredentialId::from_random([1; 16])),
        totp: vec![CredentialId::from_random([2; 16])],
        passkeys: vec![CredentialId::from_random([3; 16])],
        recovery: None,
        phishable: Vec::new(),
        suspected_since: None,
    };
    let sign_in = goal == Goal::SignIn;
    let beginning = Beginning {
        id: FlowId::from_random([1; 16]),
        browser: hash(1),
        nonce: Nonce::from_random([1; 16]),
        purpose: Purpose {
            goal,
            then: Destination::Site {
                return_to: ReturnPath::root(),
            },
        },
        account: Some(owner.clone()),
        login: None,
        last_method: (strength == Assurance::Mfa).then_some(FactorKind::Totp),
        address: "192.0.2.7".to_owned(),
        user_agent: "test".to_owned(),
    };
    let mut flow = Flow::begin(beginning, NOW).0;
    let started = || Input::PasskeyStarted {
        challenge: String::new(),
        options: String::new(),
    };
    let by_passkey = vec![
        Input::Chosen(FactorKind::Passkey),
        started(),
        Input::PasskeyAnswered,
        Input::PasskeyMatched {
            credential: CredentialId::from_random([3; 16]),
            owner: owner.clone(),
            record: String::new(),
        },
    ];
    let by_code = vec![
        Input::Back,
        Input::Chosen(FactorKind::Password),
        Input::Named {
            login: crate::Login::parse("sato").unwrap(),
            login_hash: hash(9),
            account: Some(owner),
        },
        Input::PasswordTyped,
        Input::PasswordMatched,
        Input::CodeTyped,
        Input::TotpMatched {
            credential: CredentialId::from_random([2; 16]),
            step: 1,
        },
    ];
    let inputs = if strength == Assurance::Mfa {
        by_code
    } else {
        by_passkey
    };
    // A step-up asks for the passkey at once: its challenge has to come before anything else.
    let first = (!sign_in).then(started);
    for input in first.into_iter().chain(inputs) {
        flow = flow.step(input, NOW).0;
    }
    let permit = flow.finish(PersonState::Active, NOW).unwrap();
    assert_eq!(permit.assurance(), strength);
    permit
}

fn signed_in(kind: AccountKind, strength: Assurance) -> Session {
    let entry = Entry::SignIn {
        permit: permit(Goal::SignIn, kind, strength),
        token: hash(2),
        fresh: session_id(1),
        stands: None,
        device: None,
    };
    match issue(PersonState::Active, entry, NOW)
        .unwrap()
        .into_parts()
        .0
    {
        Issued::Session(session) => session,
        other => panic!("{other:?}"),
    }
}

fn policy_permit(session: &Session, to: &str) -> Permit {
    let text = |text: &str| Text {
        ja: text.to_owned(),
        en: text.to_owned(),
    };
    let register = Register {
        applications: vec![Application {
            id: app(to),
            name: text(to),
            description: text(to),
            owner: "sato".to_owned(),
            sensitivity: Sensitivity::Internal,
            upstream: Some("http://127.0.0.1:9".to_owned()),
            groups: vec![],
            app_groups: Vec::new(),
            certificate: CertificateDemand::DoNotAsk,
            review_by: None,
            managed_by: ManagedBy::Files,
        }],
        ..Register::default()
    };
    let trust = Trust {
        level: Level::High,
        reasons: vec![],
        valid_until: Timestamp::FAR_FUTURE,
    };
    let request = Request {
        person: PersonFacts {
            id: session.person,
            role: Role::Member,
            state: PersonState::Active,
            affiliation: Affiliation::Staff,
            password: PasswordState::Good,
            groups: vec![],
            terms: vec![],
            trust: trust.clone(),
            facts: vec![],
            enrolled_devices: 0,
        },
        device: DeviceFacts {
            evidence: DeviceEvidence::Absent(NoDevice::NotAsked),
            bound: None,
            trust: Trust {
                level: Level::Medium,
                ..trust
            },
            facts: vec![],
            ownership: Ownership::Unknown,
            posture: Posture::unknown(),
            posture_until: Timestamp::FAR_FUTURE,
            evidence_until: Timestamp::FAR_FUTURE,
        },
        session: SessionFacts {
            id: session.id,
            assurance: session.assurance,
            authenticated_at: session.authenticated_at,
            expires_at: session.expires_at,
            state: SessionState::Live,
        },
        circumstances: Circumstances::default(),
        app: app(to),
        now: NOW,
        facts_version: 1,
    };
    let policies = PolicySet::compile(&[], &register).unwrap();
    policies.decide(&request).permit().unwrap().clone()
}

#[test]
fn a_new_session() {
    let session = signed_in(AccountKind::Ordinary, Assurance::Mfa);
    assert_eq!(session.assurance, Assurance::Mfa);
    assert_eq!(
        session.proven.iter().map(|p| p.kind).collect::<Vec<_>>(),
        [FactorKind::Password, FactorKind::Totp]
    );
    assert_eq!(session.expires_at, NOW + Seconds::hours(12));
    assert_eq!(session.judge(NOW + Seconds::hours(12) - Seconds(1)), Ok(()));
    assert_eq!(
        session.judge(NOW + Seconds::hours(12)),
        Err(EndReason::Expired)
    );
    let glass = signed_in(AccountKind::BreakGlass, Assurance::PhishingResistant);
    assert_eq!(glass.expires_at, NOW + Seconds::hours(1));
}

#[test]
fn nothing_for_a_disabled_person() {
    let session = signed_in(AccountKind::Ordinary, Assurance::PhishingResistant);
    let permit_for_app = policy_permit(&session, "chat");
    let code = RedeemCode {
        hash: hash(3),
        session: session.id,
        app: app("chat"),
        binding: hash(4),
        return_to: "/".to_owned(),
        expires_at: NOW + CODE_LIFETIME,
    };
    let entries = [
        Entry::SignIn {
            permit: permit(Goal::SignIn, AccountKind::Ordinary, Assurance::Mfa),
            token: hash(2),
            fresh: session_id(1),
            stands: None,
            device: None,
        },
        Entry::Code {
            permit: &permit_for_app,
            session: &session,
            code: hash(3),
            binding: hash(4),
            return_to: &ReturnPath::root(),
        },
        Entry::Redeem {
            code: &code,
            session: &session,
            app: &app("chat"),
            binding: hash(4),
            token: hash(5),
        },
    ];
    for entry in entries {
        assert_eq!(
            issue(PersonState::Disabled, entry, NOW).unwrap_err(),
            IssueRefused::Disabled
        );
    }
}

#[test]
fn stepping_up_changes_the_cookie_and_believes_only_the_new_proof() {
    let before = signed_in(AccountKind::Ordinary, Assurance::PhishingResistant);
    let later = NOW + Seconds::hours(2);
    let session = before.id;
    for (goal, strength, assurance, at) in [
        (
            Goal::StepUp {
                session,
                demanded: Assurance::PhishingResistant,
            },
            Assurance::PhishingResistant,
            Assurance::PhishingResistant,
            later,
        ),
        // A weaker proof does not make the stronger one of two hours ago look new.
        (
            Goal::StepUp {
                session,
                demanded: Assurance::Mfa,
            },
            Assurance::Mfa,
            Assurance::Mfa,
            later,
        ),
        (
            Goal::ChangePassword { session },
            Assurance::Mfa,
            Assurance::PhishingResistant,
            NOW,
        ),
    ] {
        let goal_text = format!("{goal:?}");
        let permit = match &goal {
            Goal::ChangePassword { .. } => {
                // The goal's own last step is not what is looked at here.
                SignInPermit {
                    goal,
                    ..permit(Goal::SignIn, AccountKind::Ordinary, strength)
                }
            }
            _ => permit(goal, AccountKind::Ordinary, strength),
        };
        let entry = Entry::SignIn {
            permit,
            token: hash(7),
            fresh: session_id(9),
            stands: Some(&before),
            device: Some(device(6)),
        };
        let (issued, tells) = issue(PersonState::Active, entry, later)
            .unwrap()
            .into_parts();
        let Issued::Session(after) = issued else {
            panic!("{issued:?}")
        };
        assert_eq!((after.id, after.token), (before.id, hash(7)), "{goal_text}");
        assert_ne!(after.token, before.token, "a fixed cookie is worth nothing");
        assert_eq!((after.assurance, after.authenticated_at), (assurance, at));
        assert_eq!(after.expires_at, before.expires_at, "nothing prolongs it");
        assert_eq!(after.device, Some(device(6).0));
        assert!(after.proven.len() > before.proven.len());
        assert!(matches!(tells, Some(Body::SteppedUp { .. })));
    }
}

#[test]
fn stepping_up_moves_no_session_to_another_device_or_person() {
    let before = signed_in(AccountKind::Ordinary, Assurance::Mfa);
    let goal = || Goal::StepUp {
        session: before.id,
        demanded: Assurance::Mfa,
    };
    let bound = Session {
        device: Some(device(5).0),
        certificate: Some(device(5).1),
        ..before.clone()
    };
    let foreign = Session {
        person: person(2),
        ..before.clone()
    };
    let other = Session {
        id: session_id(8),
        ..before.clone()
    };
    let ended = Session {
        ended: Some((NOW, EndReason::SignedOut)),
        ..before.clone()
    };
    let with = |stands| {
        let entry = Entry::SignIn {
            permit: permit(goal(), AccountKind::Ordinary, Assurance::Mfa),
            token: hash(7),
            fresh: session_id(9),
            stands,
            device: Some(device(6)),
        };
        issue(PersonState::Active, entry, NOW)
    };
    match with(Some(&bound)).unwrap().issued() {
        Issued::Session(after) => {
            assert_eq!(
                (after.device, after.certificate),
                (bound.device, bound.certificate)
            );
        }
        other => panic!("{other:?}"),
    }
    for (stands, refused) in [
        (None, IssueRefused::SessionEnded),
        (Some(&other), IssueRefused::SessionEnded),
        (Some(&ended), IssueRefused::SessionEnded),
        (Some(&foreign), IssueRefused::ForeignSession),
    ] {
        assert_eq!(with(stands).unwrap_err(), refused);
    }
}

#[test]
fn a_code_demands_the_permit_for_exactly_this() {
    let session = signed_in(AccountKind::Ordinary, Assurance::Mfa);
    let right = policy_permit(&session, "chat");
    let of_other_session = policy_permit(
        &Session {
            id: session_id(8),
            ..session.clone()
        },
        "chat",
    );
    let of_other_person = policy_permit(
        &Session {
            person: person(2),
            ..session.clone()
        },
        "chat",
    );
    let ended = Session {
        ended: Some((NOW, EndReason::SignedOut)),
        ..session.clone()
    };
    let over = session.expires_at;
    let path = ReturnPath::parse("/room/1").unwrap();
    for (permit, stands, now, expected) in [
        (&right, &session, NOW, Ok(())),
        (
            &of_other_session,
            &session,
            NOW,
            Err(IssueRefused::NotPermitted),
        ),
        (
            &of_other_person,
            &session,
            NOW,
            Err(IssueRefused::NotPermitted),
        ),
        (&right, &ended, NOW, Err(IssueRefused::SessionEnded)),
        (&right, &session, over, Err(IssueRefused::SessionEnded)),
    ] {
        let entry = Entry::Code {
            permit,
            session: stands,
            code: hash(3),
            binding: hash(4),
            return_to: &path,
        };
        let plan = issue(PersonState::Active, entry, now);
        assert_eq!(plan.as_ref().map(|_| ()).map_err(|e| *e), expected);
        if let Ok(plan) = plan {
            let Issued::Code(code) = plan.issued() else {
                panic!("{plan:?}")
            };
            assert_eq!(
                (code.app.as_str(), code.return_to.as_str()),
                ("chat", "/room/1")
            );
            assert_eq!(code.expires_at, NOW + Seconds(60));
        }
    }
}

#[test]
fn a_code_is_redeemed_by_its_browser_at_its_application_in_time() {
    let session = signed_in(AccountKind::Ordinary, Assurance::Mfa);
    let code = RedeemCode {
        hash: hash(3),
        session: session.id,
        app: app("chat"),
        binding: hash(4),
        return_to: "/".to_owned(),
        expires_at: NOW + CODE_LIFETIME,
    };
    let ended = Session {
        ended: Some((NOW, EndReason::EndedByAdministrator)),
        ..session.clone()
    };
    let other = Session {
        id: session_id(8),
        ..session.clone()
    };
    for (stands, at, binding, now, expected) in [
        (&session, "chat", hash(4), NOW, Ok(())),
        (
            &session,
            "chat",
            hash(4),
            NOW + Seconds(60),
            Err(IssueRefused::CodeExpired),
        ),
        (
            &session,
            "wiki",
            hash(4),
            NOW,
            Err(IssueRefused::ForeignApp),
        ),
        (
            &session,
            "chat",
            hash(5),
            NOW,
            Err(IssueRefused::ForeignBrowser),
        ),
        (
            &ended,
            "chat",
            hash(4),
            NOW,
            Err(IssueRefused::SessionEnded),
        ),
        (
            &other,
            "chat",
            hash(4),
            NOW,
            Err(IssueRefused::SessionEnded),
        ),
    ] {
        let entry = Entry::Redeem {
            code: &code,
            session: stands,
            app: &app(at),
            binding,
            token: hash(5),
        };
        let plan = issue(PersonState::Active, entry, now);
        assert_eq!(plan.map(|_| ()), expected);
    }
}

fn grant_of(session: &Session, state: GrantState) -> Grant {
    Grant {
        id: GrantId::from_random([1; 16]),
        client: ClientId::new("mine").unwrap(),
        app: app("chat"),
        person: session.person,
        session: session.id,
        asked: String::new(),
        authenticated_at: NOW,
        assurance: session.assurance,
        factors: vec![],
        address: String::new(),
        user_agent: String::new(),
        created_at: NOW,
        expires_at: session.expires_at,
        holder: None,
        state,
        lapse: None,
        telling: None,
    }
}

/// Everything that stands between a client and tokens, one at a time.
#[test]
fn tokens_only_for_what_was_given_to_this_client() {
    let session = signed_in(AccountKind::Ordinary, Assurance::Mfa);
    let (chat, wiki) = (
        policy_permit(&session, "chat"),
        policy_permit(&session, "wiki"),
    );
    let until = NOW + crate::AUTHORIZATION_CODE_LIFETIME;
    let code = GrantState::Code {
        code: hash(1),
        until,
    };
    let tokens = GrantState::Tokens {
        refresh: Some(hash(2)),
        turns: 4,
    };
    let without = GrantState::Tokens {
        refresh: None,
        turns: 0,
    };
    let over = grant_of(&session, tokens).ended(NOW, crate::GrantEnd::Revoked);
    let mut elsewhere = session.clone();
    elsewhere.id = session_id(8);
    let mut ended = session.clone();
    ended.ended = Some((NOW, EndReason::SignedOut));
    let (mine, other) = (
        ClientId::new("mine").unwrap(),
        ClientId::new("other").unwrap(),
    );
    let redeem = |state, permit, session, client, hash, now| {
        let grant = grant_of(&signed_in(AccountKind::Ordinary, Assurance::Mfa), state);
        let entry = Entry::Tokens {
            permit,
            session,
            grant: &grant,
            client,
            code: hash,
            refresh: Some(TokenHash([7; 32])),
            holder: Some("a key".to_owned()),
        };
        issue(PersonState::Active, entry, now).map(|plan| plan.into_parts().0)
    };
    let refresh = |state, permit, session, client, from| {
        let grant = grant_of(&signed_in(AccountKind::Ordinary, Assurance::Mfa), state);
        let entry = Entry::Refresh {
            permit,
            session,
            grant: &grant,
            client,
            from,
            to: TokenHash([7; 32]),
        };
        issue(PersonState::Active, entry, NOW).map(|plan| plan.into_parts().0)
    };
    use IssueRefused::{
        CodeExpired, ForeignClient, GrantEnded, NotPermitted, Replayed, SessionEnded,
    };
    for (answer, expected) in [
        (
            redeem(code, &chat, &session, &other, hash(1), NOW),
            ForeignClient,
        ),
        (redeem(code, &chat, &session, &mine, hash(2), NOW), Replayed),
        (
            redeem(code, &chat, &session, &mine, hash(1), until),
            CodeExpired,
        ),
        (
            redeem(tokens, &chat, &session, &mine, hash(1), NOW),
            Replayed,
        ),
        (
            redeem(over.state, &chat, &session, &mine, hash(1), NOW),
            GrantEnded,
        ),
        (
            redeem(code, &wiki, &session, &mine, hash(1), NOW),
            NotPermitted,
        ),
        (
            redeem(code, &chat, &elsewhere, &mine, hash(1), NOW),
            SessionEnded,
        ),
        (
            redeem(code, &chat, &ended, &mine, hash(1), NOW),
            SessionEnded,
        ),
        (
            refresh(tokens, &chat, &session, &other, hash(2)),
            ForeignClient,
        ),
        (refresh(tokens, &chat, &session, &mine, hash(1)), Replayed),
        (refresh(without, &chat, &session, &mine, hash(2)), Replayed),
        (refresh(code, &chat, &session, &mine, hash(1)), Replayed),
        (
            refresh(over.state, &chat, &session, &mine, hash(2)),
            GrantEnded,
        ),
        (
            refresh(tokens, &wiki, &session, &mine, hash(2)),
            NotPermitted,
        ),
        (refresh(tokens, &chat, &ended, &mine, hash(2)), SessionEnded),
    ] {
        assert_eq!(answer.unwrap_err(), expected);
    }
    let first = redeem(code, &chat, &session, &mine, hash(1), NOW).unwrap();
    let next = refresh(tokens, &chat, &session, &mine, hash(2)).unwrap();
    for (issued, turned) in [(first, 0), (next, 5)] {
        let Issued::Grant(grant) = issued else {
            panic!("{issued:?}")
        };
        let expected = GrantState::Tokens {
            refresh: Some(hash(7)),
            turns: turned,
        };
        assert_eq!(grant.state, expected);
    }
}

#[test]
fn a_bearer_token_names_its_grant() {
    let id = GrantId::from_random([1; 16]);
    let token = Grant::bearer(id, &zt_types::Secret::new("s3cret".to_owned()));
    assert_eq!(Grant::of_bearer(token.expose()), Some((id, "s3cret")));
    for text in ["", ".", "x.y", "s3cret", &id.to_string()] {
        assert_eq!(Grant::of_bearer(text), None, "{text}");
    }
}
