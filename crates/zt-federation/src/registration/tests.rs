use super::*;
use crate::{
    Authentication, ClientSecret, ConsentDemand, Fault, ProofKey, SessionNaming, SubjectKind,
};
use serde_json::{Value, json};
use zt_types::{ManagedBy, Secret};

const BACK: &str = "https://tool.example/cb";

fn allowance() -> Allowance {
    Allowance {
        app: AppId::new("wiki").unwrap(),
        grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        scopes: [Scope::Openid, Scope::Profile].into(),
    }
}

fn token() -> InitialToken {
    InitialToken {
        id: InitialTokenId::from_random([1; 16]),
        hash: TokenHash([2; 32]),
        note: "partner".to_owned(),
        allowance: allowance(),
        made_by: None,
        made_at: Timestamp::from_seconds(1_000),
        expires_at: Timestamp::from_seconds(1_000 + 3_600),
        uses: 2,
        used: 0,
    }
}

fn parsed(body: &Value) -> Result<ClientMetadata, Fault> {
    ClientMetadata::parse(body.to_string().as_bytes())
}

/// What is asked for beside an address.
fn body(more: Value) -> Value {
    let mut body = json!({ "redirect_uris": [BACK] });
    let members = body.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    body
}

fn registered(metadata: &ClientMetadata) -> Result<crate::Client, Fault> {
    let secret = ClientSecret {
        hash: TokenHash([7; 32]),
        expires_at: Timestamp::FAR_FUTURE,
    };
    let secrets = if metadata.has_secret() {
        vec![secret]
    } else {
        Vec::new()
    };
    metadata.client(ClientId::new("reg-1").unwrap(), &allowance(), secrets)
}

#[test]
fn what_nobody_says_is_as_the_specifications_have_it() {
    let metadata = parsed(&body(json!({ "unknown": [1], "logo_uri": null }))).unwrap();
    let client = registered(&metadata).unwrap();
    assert_eq!(client.authentication, Authentication::SecretBasic);
    assert_eq!(client.grants, [GrantType::AuthorizationCode].into());
    assert_eq!(client.id_token.as_str(), "RS256");
    assert_eq!(client.scopes, allowance().scopes);
    assert_eq!(client.subject, SubjectKind::Public);
    assert_eq!(client.name.en, "reg-1");
    assert_eq!(client.managed_by, ManagedBy::Registration);
    // Whatever it says, there is no exception for it.
    let greedy = body(
        json!({ "consent": "implied", "proof_key": "or-nonce", "home": BACK, "exchange_to": ["x"] }),
    );
    let client = registered(&parsed(&greedy).unwrap()).unwrap();
    assert_eq!(client.consent, ConsentDemand::Asked);
    assert_eq!(client.proof_key, ProofKey::Required);
    assert_eq!((client.home, client.exchange_to.len()), (None, 0));
}

#[test]
fn names_have_languages() {
    let said = json!({ "client_name": "Tool", "client_name#ja-Kana-JP": "ツール", "client_name#de": "Werkzeug" });
    let client = registered(&parsed(&body(said)).unwrap()).unwrap();
    assert_eq!((&*client.name.ja, &*client.name.en), ("ツール", "Tool"));
    // The tag that says least is the one for all who read the language.
    let kana = json!({ "client_name#ja": "道具", "client_name#ja-Kana-JP": "ドウグ", "client_name#ja-Hira": "どうぐ", "client_name#en-GB": "Kit", "client_name#en": "Tool" });
    let client = registered(&parsed(&body(kana)).unwrap()).unwrap();
    assert_eq!((&*client.name.ja, &*client.name.en), ("道具", "Tool"));
    let english = json!({ "client_name#en": "Tool" });
    let client = registered(&parsed(&body(english)).unwrap()).unwrap();
    assert_eq!(client.name.ja, "Tool");
}

#[test]
fn a_token_is_the_bound() {
    let wide = body(json!({ "scope": "openid email groups nothing" }));
    let client = registered(&parsed(&wide).unwrap()).unwrap();
    assert_eq!(client.scopes, [Scope::Openid].into());
    for grant in [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ] {
        let body = body(json!({ "grant_types": ["authorization_code", grant] }));
        let fault = registered(&parsed(&body).unwrap()).unwrap_err();
        assert_eq!(fault.code.as_str(), "invalid_client_metadata", "{grant}");
    }
}

#[test]
fn what_is_refused() {
    let statement = "a.b.c";
    let table = [
        (
            json!({ "redirect_uris": ["https://tool.example/cb#x"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": ["http://tool.example/cb"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": ["javascript:alert(1)"] }),
            "invalid_redirect_uri",
        ),
        (json!({ "redirect_uris": BACK }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [7] }), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": vec![BACK; 51] }),
            "invalid_redirect_uri",
        ),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": ["com.example.tool:/cb"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "post_logout_redirect_uris": ["https://*"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "token_endpoint_auth_method": "client_secret_jwt" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "token_endpoint_auth_method": "tls_client_auth" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "token_endpoint_auth_method": "private_key_jwt" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "grant_types": ["implicit"] }),
            "invalid_client_metadata",
        ),
        (
            json!({ "grant_types": ["password"] }),
            "invalid_client_metadata",
        ),
        (
            json!({ "grant_types": ["device_code"] }),
            "invalid_client_metadata",
        ),
        (json!({ "grant_types": [] }), "invalid_client_metadata"),
        (
            json!({ "grant_types": ["refresh_token"] }),
            "invalid_client_metadata",
        ),
        (
            json!({ "response_types": ["code", "id_token"] }),
            "invalid_client_metadata",
        ),
        (json!({ "response_types": [] }), "invalid_client_metadata"),
        (json!({ "client_name": "" }), "invalid_client_metadata"),
        (
            json!({ "client_name": "Sekisho\u{202e}" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "client_name": "two\nlines" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "client_name": "Sekisho\u{3164}" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "client_name": "Sek\u{ad}isho" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "client_name": "経\u{fe00}費" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "client_name": "-- ! --" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "client_name": "x".repeat(121) }),
            "invalid_client_metadata",
        ),
        (json!({ "client_name#ja": 7 }), "invalid_client_metadata"),
        (
            json!({ "client_uri": "https://bank.example/" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "logo_uri": "http://tool.example/l.png" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "policy_uri": "https://tool.example.evil.example/" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "contacts": "a@tool.example" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "contacts": vec!["a@tool.example"; 11] }),
            "invalid_client_metadata",
        ),
        (json!({ "jwks": "{}" }), "invalid_client_metadata"),
        (
            json!({ "jwks_uri": "https://tool.example/jwks", "jwks": { "keys": [] } }),
            "invalid_client_metadata",
        ),
        (
            json!({ "jwks_uri": "http://tool.example/jwks" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "jwks_uri": "http://127.0.0.1:8080/jwks" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "jwks_uri": "com.example.tool:/jwks" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "jwks_uri": "https://tool.example@10.0.0.1/jwks" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "jwks_uri": ["https://tool.example/jwks"] }),
            "invalid_client_metadata",
        ),
        (
            json!({ "token_endpoint_auth_method": "private_key_jwt" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "subject_type": "ephemeral" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "sector_identifier_uri": "http://tool.example/s" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "id_token_signed_response_alg": "none" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "id_token_signed_response_alg": "HS256" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "id_token_encrypted_response_alg": "RSA-OAEP" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "request_object_signing_alg": "none" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "request_object_signing_alg": "ES256" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "token_endpoint_auth_signing_alg": "any" }),
            "invalid_client_metadata",
        ),
        (json!({ "default_max_age": -1 }), "invalid_client_metadata"),
        (json!({ "default_max_age": "1" }), "invalid_client_metadata"),
        (
            json!({ "backchannel_logout_uri": "http://127.0.0.1/x" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "frontchannel_logout_uri": "https://other.example/front" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "redirect_uris": [BACK, "https://other.example/cb"], "client_uri": "https://other.example/" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "redirect_uris": [BACK, "https://other.example/cb"], "frontchannel_logout_uri": "https://other.example/front" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "backchannel_logout_uri": "com.example.tool:/x" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "dpop_bound_access_tokens": true, "tls_client_certificate_bound_access_tokens": true }),
            "invalid_client_metadata",
        ),
        (
            json!({ "require_pushed_authorization_requests": "yes" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "application_type": "service" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "software_statement": statement }),
            "unapproved_software_statement",
        ),
        (
            json!({ "software_statement": "a" }),
            "invalid_software_statement",
        ),
        (
            json!({ "software_statement": 7 }),
            "invalid_software_statement",
        ),
    ];
    for (more, code) in table {
        let fault = parsed(&body(more.clone())).and_then(|read| registered(&read));
        let fault = fault.map(|client| client.id).unwrap_err();
        assert_eq!(fault.code.as_str(), code, "{more}: {fault}");
    }
    for bytes in [
        &b"[]"[..],
        b"",
        b"{\"redirect_uris\":[\"https://a.example/\"],\"redirect_uris\":[\"https://b.example/\"]}",
        b"{\"jwks\":{\"keys\":[{\"x\":1,\"x\":2}]}}",
        b"{\"a\":[[[[[[[]]]]]]]}",
    ] {
        assert!(ClientMetadata::parse(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn sectors_hold_addresses_together() {
    let two =
        json!({ "redirect_uris": [BACK, "https://other.example/cb"], "subject_type": "pairwise" });
    assert!(parsed(&two).is_err());
    let one = body(json!({ "subject_type": "pairwise" }));
    let sector = |metadata: ClientMetadata| registered(&metadata).unwrap().subject;
    assert_eq!(
        sector(parsed(&one).unwrap()),
        SubjectKind::Pairwise("tool.example".to_owned())
    );
    let mut named = two;
    named["sector_identifier_uri"] = json!("https://sector.example/all.json");
    let named = parsed(&named).unwrap();
    let back = named.redirect_uris.clone();
    assert_eq!(
        sector(named),
        SubjectKind::Pairwise("sector.example".to_owned())
    );
    let all = json!([BACK, "https://other.example/cb", "https://third.example/"]);
    assert_eq!(check_sector(all.to_string().as_bytes(), &back), Ok(()));
    for document in [
        json!([BACK]),
        json!([BACK, "https://other.example/cb/"]),
        json!([BACK, "https://OTHER.example/cb"]),
        json!([[BACK, "https://other.example/cb"]]),
        json!({ "redirect_uris": [BACK, "https://other.example/cb"] }),
        json!("https://tool.example/cb https://other.example/cb"),
    ] {
        let document = document.to_string();
        assert!(
            check_sector(document.as_bytes(), &back).is_err(),
            "{document}"
        );
    }
    assert!(check_sector(b"<html>", &back).is_err());
    assert!(check_sector(b"[]", &BTreeSet::new()).is_err());
    // A sector is of whoever's addresses people are sent to.
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    for more in [
        json!({ "redirect_uris": [], "grant_types": [device], "response_types": [] }),
        json!({ "redirect_uris": [], "grant_types": ["client_credentials"], "response_types": [] }),
        json!({ "grant_types": [device], "response_types": [] }),
        json!({ "grant_types": ["authorization_code", device] }),
        json!({ "grant_types": ["client_credentials"], "response_types": [] }),
    ] {
        for sector in [None, Some("https://tool.example/all.json")] {
            let mut asked = body(more.clone());
            asked["subject_type"] = json!("pairwise");
            asked["sector_identifier_uri"] = json!(sector);
            let fault = parsed(&asked).unwrap_err();
            assert!(fault.description.starts_with("pairwise names"), "{asked}");
        }
    }
}

#[test]
fn an_update_is_of_one_client_and_sends_nothing_of_ours() {
    let id = ClientId::new("reg-1").unwrap();
    let update = |more: Value| {
        let body = body(more).to_string();
        ClientMetadata::parse_update(body.as_bytes(), &id).map(|(_, secret)| secret)
    };
    assert!(update(json!({ "client_id": "reg-1" })).unwrap().is_none());
    let repeated = update(json!({ "client_id": "reg-1", "client_secret": "s" })).unwrap();
    assert_eq!(
        repeated.map(|secret| secret.expose().to_owned()).as_deref(),
        Some("s")
    );
    for more in [
        json!({}),
        json!({ "client_id": "reg-2" }),
        json!({ "client_id": "reg-1", "registration_access_token": "x" }),
        json!({ "client_id": "reg-1", "registration_client_uri": "x" }),
        json!({ "client_id": "reg-1", "client_secret_expires_at": 0 }),
        json!({ "client_id": "reg-1", "client_id_issued_at": 0 }),
        json!({ "client_id": "reg-1", "client_secret": 7 }),
    ] {
        let fault = update(more.clone()).unwrap_err();
        assert_eq!(fault.code.as_str(), "invalid_client_metadata", "{more}");
    }
}

/// The client that says this, and what it is answered.
fn answered(said: &Value) -> (crate::Client, String) {
    let metadata = parsed(said).unwrap();
    let client = registered(&metadata).unwrap();
    let registration = Registration {
        client: client.id.clone(),
        access_token: TokenHash([3; 32]),
        issued_at: Timestamp::from_seconds(1_700_000_000),
        token: token().id,
        note: token().note,
        made_by: None,
        allowance: allowance(),
        said: metadata.said,
    };
    let secrets = Secrets {
        client: None,
        access_token: Secret::new("token".to_owned()),
    };
    let answer = ClientInformation::of(&client, &registration, &secrets, "https://id.example");
    let answer = serde_json::to_string_pretty(&answer).unwrap();
    (client, answer)
}

#[test]
fn the_answer_says_what_is_registered() {
    let said = json!({
        "client_name": "Tool", "client_name#ja": "ツール", "scope": "openid email",
        "client_uri": "https://tool.example/", "policy_uri": "https://tool.example/p",
        "tos_uri": "https://tool.example/t", "logo_uri": "https://tool.example/l.png",
        "contacts": ["ops@tool.example"], "software_id": "tool", "software_version": "1",
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
        "jwks": { "keys": [] }, "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "EdDSA",
        "default_max_age": 600, "default_acr_values": ["phr", "gold"], "require_auth_time": true,
        "post_logout_redirect_uris": ["https://tool.example/bye"],
        "backchannel_logout_uri": "https://tool.example/out",
        "frontchannel_logout_uri": "https://tool.example/front", "frontchannel_logout_session_required": true,
        "require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true,
        "application_type": "web", "software_extra": "passed over",
    });
    let (_, answer) = answered(&body(said));
    insta::assert_snapshot!(answer);
}

#[test]
fn no_scope_is_not_an_empty_one_and_a_frame_names_the_session() {
    let said = json!({
        "scope": "nothing", "frontchannel_logout_uri": "https://tool.example/front",
        "frontchannel_logout_session_required": false,
    });
    let (client, answer) = answered(&body(said));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert!(client.scopes.is_empty());
    assert_eq!(answer.get("scope"), None, "{answer}");
    assert_eq!(answer["frontchannel_logout_session_required"], true);
    let front = client.frontchannel_logout.unwrap();
    assert_eq!(front.session, SessionNaming::Named);
}

/// RFC 7591 §2: by value or by reference; what is said last counts alone.
#[test]
fn keys_are_here_or_where_the_program_publishes_them() {
    let at = "https://keys.tool.example/jwks";
    let said = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": at });
    let (client, answer) = answered(&body(said));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&answer["jwks_uri"], answer.get("jwks")),
        (&json!(at), None)
    );
    let published = client.jwks_uri.as_ref().map(crate::RedirectUri::as_str);
    assert_eq!((published, &client.keys), (Some(at), &None));
    let said = json!({ "client_id": client.id.as_str(), "jwks": { "keys": [] },
        "redirect_uris": [BACK], "token_endpoint_auth_method": "private_key_jwt" });
    let update = ClientMetadata::parse_update(said.to_string().as_bytes(), &client.id);
    let client = registered(&update.unwrap().0).unwrap();
    assert!(client.keys.is_some());
    assert_eq!(client.jwks_uri, None, "what is not said again is not so");
}

/// RFC 7592 §2.2: what was answered, without what is ours to say, asks for the same again.
#[test]
fn an_answer_sent_back_changes_nothing() {
    let said = json!({
        "client_name": "Tool", "client_name#ja": "ツール", "scope": "openid", "contacts": ["ops@tool.example"],
        "grant_types": ["authorization_code", "refresh_token"], "default_max_age": 600,
        "default_acr_values": ["phr"], "policy_uri": "https://tool.example/p",
        "frontchannel_logout_uri": "https://tool.example/front", "jwks_uri": "https://tool.example/jwks",
    });
    let (client, answer) = answered(&body(said));
    let mut again: Value = serde_json::from_str(&answer).unwrap();
    let members = again.as_object_mut().unwrap();
    for ours in [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ] {
        members.remove(ours);
    }
    let update = ClientMetadata::parse_update(again.to_string().as_bytes(), &client.id);
    assert_eq!(registered(&update.unwrap().0).unwrap(), client);
}

#[test]
fn a_token_is_limited() {
    let made = token();
    assert_eq!(made.clone().checked(), Ok(made.clone()));
    let at = Timestamp::from_seconds;
    let bad = [
        (
            InitialToken {
                note: String::new(),
                ..made.clone()
            },
            NotAllowed::Note,
        ),
        (
            InitialToken {
                note: "a\nb".to_owned(),
                ..made.clone()
            },
            NotAllowed::Note,
        ),
        (
            InitialToken {
                uses: 0,
                ..made.clone()
            },
            NotAllowed::Uses,
        ),
        (
            InitialToken {
                uses: 101,
                ..made.clone()
            },
            NotAllowed::Uses,
        ),
        (
            InitialToken {
                expires_at: at(1_001),
                ..made.clone()
            },
            NotAllowed::Lifetime,
        ),
        (
            InitialToken {
                expires_at: at(1_000 + 91 * 86_400),
                ..made.clone()
            },
            NotAllowed::Lifetime,
        ),
    ];
    for (token, why) in bad {
        assert_eq!(token.checked(), Err(why));
    }
    for grants in [
        vec![],
        vec![GrantType::RefreshToken],
        vec![GrantType::AuthorizationCode, GrantType::TokenExchange],
    ] {
        let allowance = Allowance {
            grants: grants.into_iter().collect(),
            ..allowance()
        };
        let token = InitialToken {
            allowance,
            ..made.clone()
        };
        assert_eq!(token.checked(), Err(NotAllowed::Grants));
    }
    assert!(made.counts(at(4_599)));
    assert!(!made.counts(at(4_600)));
    assert!(!InitialToken { used: 2, ..made }.counts(at(1_000)));
}
