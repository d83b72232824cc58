//! Tokens for tokens: what comes of one, and each way in which nothing does.

use super::super::{INTROSPECTION, REVOCATION, TOKEN};
use super::claims;
use super::dpop::Holder;
use super::world::{Answer, BACK, ISSUER, SECRET, VERIFIER, World, basic, browser_client, client};
use serde_json::{Value, json};
use zt_auth::EndReason;
use zt_crypto::jose::TokenKind;
use zt_events::Actor;
use zt_federation::{Client, ConsentDemand, GrantType, Safeguards, Scope, TokenBinding};
use zt_store::Change;
use zt_types::{AppId, ClientId, Seconds};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID: &str = "urn:ietf:params:oauth:token-type:id_token";

fn ids(names: &[&str]) -> std::collections::BTreeSet<ClientId> {
    names
        .iter()
        .map(|name| ClientId::new(name).unwrap())
        .collect()
}

impl World {
    /// `caller` is of the same application as `board`, and calls `ledger`, which calls `archive`; and `locked`, whose application
    /// she may not use.
    async fn with_ledger() -> Self {
        let world = Self::new().await;
        let of = |id: &str, app: &str, to: &[&str]| Client {
            app: AppId::new(app).unwrap(),
            exchange_to: ids(to),
            ..client(id)
        };
        for client in [
            of("caller", "chat", &["ledger", "locked", "caller"]),
            of("ledger", "notices", &["archive"]),
            of("archive", "notices", &["ledger"]),
            of("locked", "wiki", &[]),
            of("stranger", "notices", &["ledger"]),
        ] {
            world.commit(Change::PutClient(client)).await;
        }
        world
    }

    async fn access_token(&self) -> String {
        let given = self.redeem(&self.code("board").await).await;
        given.text("access_token")
    }

    async fn exchanges(&self, id: &str, fields: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", GRANT),
            ("subject_token_type", ACCESS),
            ("audience", "ledger"),
        ];
        let kept = usual
            .iter()
            .filter(|(name, _)| fields.iter().all(|(other, _)| other != name));
        let all: Vec<(&str, &str)> = kept.chain(fields).copied().collect();
        self.post(TOKEN, &[basic(id, SECRET)], &all).await
    }

    async fn exchange(&self, subject: &str) -> Answer {
        self.exchanges("caller", &[("subject_token", subject)])
            .await
    }

    async fn is_active(&self, id: &str, token: &str) -> bool {
        let fields = [("token", token)];
        let said = self
            .post(INTROSPECTION, &[basic(id, SECRET)], &fields)
            .await;
        said.body["active"] == json!(true)
    }

    /// A token of ours with other claims.
    fn forged(&self, token: &str, with: &[(&str, Value)]) -> String {
        let mut said = claims(self, token, TokenKind::AccessToken, ISSUER);
        for (name, value) in with {
            said[*name] = value.clone();
        }
        let keyring = self.endpoints.inner.parts.keyring.load();
        let signer = keyring.signer(TokenKind::AccessToken).unwrap();
        signer.sign(&said).unwrap()
    }
}

#[tokio::test]
async fn a_token_for_another_application_says_who_acts_and_lasts_no_longer() {
    let world = World::with_ledger().await;
    let subject = world.access_token().await;
    world.pass(Seconds(100));
    let given = world.exchange(&subject).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.body["issued_token_type"], ACCESS);
    assert_eq!(given.body["token_type"], "Bearer");
    assert_eq!(given.body["scope"], "openid profile email");
    assert_eq!(given.body.get("refresh_token"), None);
    assert_eq!(given.body.get("id_token"), None);
    assert_eq!(given.body["expires_in"], 200);
    let token = given.text("access_token");
    let audience = format!("{ISSUER}/resources/ledger");
    let said = claims(&world, &token, TokenKind::AccessToken, &audience);
    let theirs = claims(&world, &subject, TokenKind::AccessToken, ISSUER);
    for same in ["sub", "exp", "sid", "auth_time", "acr", "amr"] {
        assert_eq!(said[same], theirs[same], "{same}");
    }
    assert_eq!(said["client_id"], "caller");
    assert_eq!(said["act"], json!({ "sub": "caller" }));
    assert_eq!(theirs.get("act"), None);
    // Whoever takes it and whoever got it may ask about it; nobody else, and it is none for us.
    for (id, expected) in [
        ("ledger", true),
        ("caller", true),
        ("board", false),
        ("archive", false),
    ] {
        assert_eq!(world.is_active(id, &token).await, expected, "{id}");
    }
    assert_eq!(world.userinfo(&token).await.status, 401);
    // It goes on from there, and the chain says so.
    let fields = [("subject_token", token.as_str()), ("audience", "archive")];
    let next = world.exchanges("ledger", &fields).await;
    let audience = format!("{ISSUER}/resources/archive");
    let said = claims(
        &world,
        &next.text("access_token"),
        TokenKind::AccessToken,
        &audience,
    );
    assert_eq!(
        said["act"],
        json!({ "sub": "ledger", "act": { "sub": "caller" } })
    );
    // It ends with time, not by whoever got it: that would end her sign-in at somebody else's client.
    let fields = [("token", token.as_str())];
    let refused = world
        .post(REVOCATION, &[basic("caller", SECRET)], &fields)
        .await;
    assert_eq!(refused.said(), (400, "unsupported_token_type"));
    assert!(world.is_active("ledger", &token).await);
}

#[tokio::test]
async fn an_id_token_says_who_she_is_and_no_more_comes_of_it() {
    let world = World::with_ledger().await;
    let all = Client {
        exchange_to: ids(&["ledger"]),
        ..world.registered("board")
    };
    world.commit(Change::PutClient(all)).await;
    let given = world.redeem(&world.code("board").await).await;
    let id_token = given.text("id_token");
    let fields = [
        ("subject_token", id_token.as_str()),
        ("subject_token_type", ID),
    ];
    let exchanged = world.exchanges("board", &fields).await;
    assert_eq!(exchanged.body["scope"], "openid", "{}", exchanged.body);
    // Another client's is none, nor is one kind of token another.
    let refused = world.exchanges("caller", &fields).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
    let fields = [("subject_token", id_token.as_str())];
    let refused = world.exchanges("board", &fields).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
    let access = given.text("access_token");
    let fields = [
        ("subject_token", access.as_str()),
        ("subject_token_type", ID),
    ];
    let refused = world.exchanges("board", &fields).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
}

#[tokio::test]
async fn nothing_is_widened() {
    let world = World::with_ledger().await;
    let subject = world.access_token().await;
    let narrow = world.forged(&subject, &[("scope", json!("openid"))]);
    for (subject, scope, expected) in [
        (&subject, "openid", Ok("openid")),
        (&subject, "openid groups", Err("invalid_scope")),
        (&narrow, "openid profile", Err("invalid_scope")),
        (&narrow, "", Ok("openid")),
    ] {
        let fields = [("subject_token", subject.as_str()), ("scope", scope)];
        let answer = world.exchanges("caller", &fields).await;
        match expected {
            Ok(scope) => assert_eq!(answer.body["scope"], scope, "{}", answer.body),
            Err(error) => assert_eq!(answer.said(), (400, error), "{scope}"),
        }
    }
    // What whoever takes it could not ask for itself, it does not get so either.
    let ledger = Client {
        scopes: [Scope::Openid].into(),
        ..world.registered("ledger")
    };
    world.commit(Change::PutClient(ledger.clone())).await;
    assert_eq!(world.exchange(&subject).await.body["scope"], "openid");
    let asking = Client {
        consent: ConsentDemand::Asked,
        ..ledger
    };
    world.commit(Change::PutClient(asking)).await;
    let refused = world.exchange(&subject).await;
    assert_eq!(refused.said(), (400, "invalid_target"));
}

/// A token that is bound to a key must not come out of here without it.
#[tokio::test]
async fn a_bound_token_is_not_made_a_bearers() {
    let world = World::with_ledger().await;
    let subject = world.access_token().await;
    let (holder, other) = (Holder::new(), Holder::new());
    let cnf = json!({ "jkt": holder.thumbprint() });
    let bound = world.forged(&subject, &[("cnf", cnf.clone())]);
    let shown = async |subject: &str, holder: &Holder| {
        let proof = ("dpop".to_owned(), holder.proof(&world, "POST", TOKEN, None));
        let fields = [
            ("grant_type", GRANT),
            ("subject_token", subject),
            ("subject_token_type", ACCESS),
            ("audience", "ledger"),
        ];
        let headers = [basic("caller", SECRET), proof];
        world.post(TOKEN, &headers, &fields).await
    };
    for refused in [
        world.exchange(&bound).await,
        shown(&bound, &other).await,
        // What nobody here knows how to prove is proven by nobody.
        world
            .exchange(&world.forged(&subject, &[("cnf", json!({ "x": "y" }))]))
            .await,
    ] {
        assert_eq!(refused.said(), (400, "invalid_request"), "{}", refused.body);
    }
    for subject in [&bound, &subject] {
        let given = shown(subject, &holder).await;
        assert_eq!(given.body["token_type"], "DPoP", "{}", given.body);
        let audience = format!("{ISSUER}/resources/ledger");
        let token = given.text("access_token");
        let said = claims(&world, &token, TokenKind::AccessToken, &audience);
        assert_eq!(said["cnf"], cnf);
    }
}

#[tokio::test]
async fn only_who_is_registered_exchanges_and_only_what_is_its_own_applications() {
    let world = World::with_ledger().await;
    let subject = world.access_token().await;
    let fields = [("subject_token", subject.as_str())];
    for (id, fields, error) in [
        // Not for this audience, or for none.
        ("board", vec![fields[0]], "invalid_target"),
        (
            "caller",
            vec![fields[0], ("audience", "archive")],
            "invalid_target",
        ),
        (
            "caller",
            vec![fields[0], ("audience", "nobody")],
            "invalid_target",
        ),
        (
            "caller",
            vec![fields[0], ("audience", "https://ledger.example")],
            "invalid_target",
        ),
        (
            "caller",
            vec![fields[0], ("resource", "https://ledger.example")],
            "invalid_target",
        ),
        // What clients of other applications were given.
        ("stranger", vec![fields[0]], "invalid_request"),
        // What is no token.
        ("caller", vec![("subject_token", "x")], "invalid_request"),
        (
            "caller",
            vec![fields[0], ("subject_token_type", "x")],
            "invalid_request",
        ),
        (
            "caller",
            vec![fields[0], ("requested_token_type", ID)],
            "invalid_request",
        ),
        (
            "caller",
            vec![fields[0], ("actor_token", "x")],
            "invalid_request",
        ),
        (
            "caller",
            vec![
                fields[0],
                ("actor_token", &subject),
                ("actor_token_type", ACCESS),
            ],
            "invalid_request",
        ),
    ] {
        let refused = world.exchanges(id, &fields).await;
        assert_eq!(refused.said(), (400, error), "{id} {fields:?}");
    }
    let own = world.tokens(&[("grant_type", "client_credentials")]).await;
    let own = own.text("access_token");
    let refused = world.exchange(&own).await;
    assert_eq!(
        refused.said(),
        (400, "invalid_request"),
        "it is about nobody"
    );
    // One who acts for another shows a token in its own name.
    let fields = [
        fields[0],
        ("actor_token", &*own),
        ("actor_token_type", ACCESS),
    ];
    let given = world.exchanges("caller", &fields).await;
    let audience = format!("{ISSUER}/resources/ledger");
    let said = claims(
        &world,
        &given.text("access_token"),
        TokenKind::AccessToken,
        &audience,
    );
    assert_eq!(said["act"], json!({ "sub": "board" }));
    // Whoever shows nothing for itself exchanges nothing.
    let page = Client {
        grants: GrantType::ALL.into(),
        exchange_to: ids(&["ledger"]),
        ..browser_client("page")
    };
    world.commit(Change::PutClient(page)).await;
    let fields = [
        ("grant_type", GRANT),
        ("client_id", "page"),
        ("subject_token", subject.as_str()),
        ("subject_token_type", ACCESS),
        ("audience", "ledger"),
    ];
    let refused = world.tokens(&fields).await;
    assert_eq!(refused.said(), (400, "unauthorized_client"));
}

#[tokio::test]
async fn the_policies_of_both_applications_decide() {
    let world = World::with_ledger().await;
    let subject = world.access_token().await;
    // The wiki wants a device that is trusted, and hers is not known yet.
    let fields = [("subject_token", subject.as_str()), ("audience", "locked")];
    let refused = world.exchanges("caller", &fields).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "not-permitted");
    world.bind().await;
    let locked = world.exchanges("caller", &fields).await;
    let locked = locked.text("access_token");
    assert!(world.is_active("locked", &locked).await);
    let token = world.exchange(&subject).await.text("access_token");
    assert!(world.is_active("ledger", &token).await);
    world.finding(1).await;
    assert!(!world.is_active("ledger", &token).await);
    assert!(!world.is_active("locked", &locked).await);
    assert_eq!(
        world.exchange(&subject).await.said(),
        (400, "invalid_grant")
    );
    world.finding(4).await;
    assert!(world.is_active("ledger", &token).await);
}

#[tokio::test]
async fn what_came_of_a_grant_ends_with_it() {
    for loss in [
        "session",
        "grant",
        "caller",
        "ledger",
        "board",
        "registration",
    ] {
        let world = World::with_ledger().await;
        let given = world.redeem(&world.code("board").await).await;
        let subject = given.text("access_token");
        let token = world.exchange(&subject).await.text("access_token");
        assert!(world.is_active("ledger", &token).await);
        let live = world.endpoints.live();
        match loss {
            "session" => live
                .end_session(world.session, EndReason::SignedOut, Actor::System)
                .await
                .map(drop)
                .unwrap(),
            "grant" => {
                let refresh = given.text("refresh_token");
                let fields = [("token", refresh.as_str())];
                world
                    .post(REVOCATION, &[basic("board", SECRET)], &fields)
                    .await;
            }
            "registration" => {
                let caller = Client {
                    exchange_to: [].into(),
                    ..world.registered("caller")
                };
                world.commit(Change::PutClient(caller)).await;
            }
            id => {
                let id = ClientId::new(id).unwrap();
                world.commit(Change::RemoveClient(id)).await;
            }
        }
        if loss != "ledger" {
            assert!(!world.is_active("ledger", &token).await, "{loss}");
        }
        let refused = world.exchange(&subject).await;
        assert_ne!(refused.status, 200, "{loss}");
    }
}

/// Whoever stands in the middle of a chain does not carry on what she lost there, nor what was handed on already.
#[tokio::test]
async fn a_chain_holds_as_long_as_each_of_its_links() {
    for loss in ["policy", "client", "registration", "consent"] {
        let world = World::with_ledger().await;
        world.bind().await;
        let middle = Client {
            exchange_to: ids(&["archive"]),
            ..world.registered("locked")
        };
        world.commit(Change::PutClient(middle.clone())).await;
        let subject = world.access_token().await;
        let fields = [("subject_token", subject.as_str()), ("audience", "locked")];
        let first = world.exchanges("caller", &fields).await;
        let first = first.text("access_token");
        let fields = [("subject_token", first.as_str()), ("audience", "archive")];
        let last = world.exchanges("locked", &fields).await;
        let last = last.text("access_token");
        let audience = format!("{ISSUER}/resources/archive");
        let said = claims(&world, &last, TokenKind::AccessToken, &audience);
        assert_eq!(said["via"], json!(["caller"]));
        for id in ["locked", "archive"] {
            assert!(world.is_active(id, &last).await, "{id}");
        }
        match loss {
            // She may use the applications at both ends still, and not the one between them.
            "policy" => {
                let id = zt_types::PolicyId::new("wiki-trusted-device").unwrap();
                let live = world.endpoints.live();
                let closed = zt_policy::PolicyDocument {
                    cedar: r#"forbid (principal, action, resource == Application::"wiki");"#
                        .to_owned(),
                    ..live.read(|state| state.policies[&id].clone())
                };
                world.commit(Change::PutPolicy(closed)).await;
            }
            "client" => {
                let caller = ClientId::new("caller").unwrap();
                world.commit(Change::RemoveClient(caller)).await;
            }
            "registration" => {
                let caller = Client {
                    exchange_to: ids(&["ledger"]),
                    ..world.registered("caller")
                };
                world.commit(Change::PutClient(caller)).await;
            }
            _ => {
                let asking = Client {
                    consent: ConsentDemand::Asked,
                    ..middle
                };
                world.commit(Change::PutClient(asking)).await;
            }
        }
        for id in ["locked", "archive"] {
            assert!(!world.is_active(id, &last).await, "{loss} {id}");
        }
        let refused = world.exchanges("locked", &fields).await;
        assert_eq!(refused.said(), (400, "invalid_request"), "{loss}");
        if loss != "client" {
            let direct = world.exchange(&subject).await;
            assert_eq!(direct.status, 200, "{loss} {}", direct.body);
        }
    }
}

/// What comes of the tokens of a client that holds a key is bound too, whichever of them is brought.
#[tokio::test]
async fn no_token_comes_loose_of_its_key() {
    let world = World::with_ledger().await;
    let holder = Holder::new();
    let all = Client {
        exchange_to: ids(&["ledger"]),
        ..world.registered("board")
    };
    world.commit(Change::PutClient(all)).await;
    let shown = async |id: &str, fields: &[(&str, &str)]| {
        let proof = ("dpop".to_owned(), holder.proof(&world, "POST", TOKEN, None));
        world.post(TOKEN, &[basic(id, SECRET), proof], fields).await
    };
    let code = world.code("board").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let given = shown("board", &fields).await;
    assert_eq!(given.body["token_type"], "DPoP", "{}", given.body);
    let id_token = given.text("id_token");
    let fields = [
        ("grant_type", GRANT),
        ("audience", "ledger"),
        ("subject_token", id_token.as_str()),
        ("subject_token_type", ID),
    ];
    let refused = world.exchanges("board", &fields).await;
    assert_eq!(refused.said(), (400, "invalid_dpop_proof"));
    let exchanged = shown("board", &fields).await;
    assert_eq!(exchanged.body["token_type"], "DPoP", "{}", exchanged.body);

    // Nor does somebody act with a token that is bound to another's key.
    let subject = world.access_token().await;
    let own = world.tokens(&[("grant_type", "client_credentials")]).await;
    let cnf = json!({ "jkt": holder.thumbprint() });
    let bound = world.forged(&own.text("access_token"), &[("cnf", cnf)]);
    let fields = [
        ("grant_type", GRANT),
        ("audience", "ledger"),
        ("subject_token", subject.as_str()),
        ("subject_token_type", ACCESS),
        ("actor_token", bound.as_str()),
        ("actor_token_type", ACCESS),
    ];
    let refused = world.exchanges("caller", &fields).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
    let given = shown("caller", &fields).await;
    assert_eq!(given.status, 200, "{}", given.body);

    // Whoever takes bound tokens only is given no other.
    let ledger = Client {
        safeguards: Safeguards {
            bound_tokens: TokenBinding::Key,
            ..Safeguards::default()
        },
        ..world.registered("ledger")
    };
    world.commit(Change::PutClient(ledger)).await;
    let refused = world.exchange(&subject).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
    let fields = &fields[..4];
    assert_eq!(shown("caller", fields).await.body["token_type"], "DPoP");
}

#[tokio::test]
async fn a_chain_goes_only_so_far() {
    let world = World::with_ledger().await;
    let mut token = world
        .exchange(&world.access_token().await)
        .await
        .text("access_token");
    for (n, (by, to)) in [("ledger", "archive"), ("archive", "ledger")]
        .into_iter()
        .cycle()
        .take(4)
        .enumerate()
    {
        let fields = [("subject_token", token.as_str()), ("audience", to)];
        let next = world.exchanges(by, &fields).await;
        if n == 3 {
            assert_eq!(next.said(), (400, "invalid_request"));
        } else {
            token = next.text("access_token");
        }
    }
}
