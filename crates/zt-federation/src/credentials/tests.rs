use super::*;
use crate::client::ClientSecret;
use crate::digest::Digest;
use crate::tests::{client, form};
use ErrorCode::{InvalidClient, InvalidRequest};
use proptest::prelude::*;
use zt_types::TokenHash;

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn jwt(payload: &str) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
}

fn exposed(presented: &Presented) -> (String, Authentication, String) {
    let text = match &presented.proof {
        ClientProof::None => "",
        ClientProof::Basic(secret) | ClientProof::Post(secret) | ClientProof::Assertion(secret) => {
            secret.expose()
        }
    };
    (
        presented.client.to_string(),
        presented.proof.method(),
        text.to_owned(),
    )
}

#[test]
fn each_method_is_read() {
    use Authentication::{None as Public, PrivateKeyJwt, SecretBasic, SecretPost};
    let assertion = jwt(r#"{"sub":"wiki-web"}"#);
    let bearer = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &*assertion),
    ];
    let named = ("client_id", "wiki-web");
    let cases = [
        (vec![named], None, Public, ""),
        (
            vec![named, ("client_secret", "a b+c")],
            None,
            SecretPost,
            "a b+c",
        ),
        (
            vec![],
            Some(basic("wiki-web:secret")),
            SecretBasic,
            "secret",
        ),
        (vec![], Some(basic("wiki-web:a:b")), SecretBasic, "a:b"),
        (
            vec![],
            Some(basic("wiki%2Dweb:a%3Ab+c%2B")),
            SecretBasic,
            "a:b c+",
        ),
        (vec![], Some(basic("wiki-web:")), SecretBasic, ""),
        (
            vec![],
            Some(basic("wiki-web:secret").replace("Basic", "bAsIc")),
            SecretBasic,
            "secret",
        ),
        (
            vec![named],
            Some(basic("wiki-web:secret")),
            SecretBasic,
            "secret",
        ),
        (bearer.to_vec(), None, PrivateKeyJwt, &assertion),
        (
            [&bearer[..], &[named]].concat(),
            None,
            PrivateKeyJwt,
            &assertion,
        ),
    ];
    for (pairs, header, method, secret) in cases {
        let presented = Presented::read(&form(&pairs, &[]), header.as_deref()).unwrap();
        assert_eq!(
            exposed(&presented),
            ("wiki-web".to_owned(), method, secret.to_owned())
        );
        assert!(secret.is_empty() || !format!("{presented:?}").contains(secret));
    }
}

#[test]
fn one_method_and_one_name() {
    let ours = jwt(r#"{"sub":"wiki-web"}"#);
    let theirs = jwt(r#"{"sub":"other"}"#);
    let named = ("client_id", "wiki-web");
    let secret = ("client_secret", "secret");
    let bearer = ("client_assertion_type", JWT_BEARER);
    let saml = (
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
    );
    let mine = Some(basic("wiki-web:secret"));
    let cases = [
        (vec![], None, InvalidClient),
        (vec![secret], None, InvalidClient),
        (vec![("client_id", "")], None, InvalidClient),
        (vec![("client_id", "Wiki Web")], None, InvalidClient),
        (vec![secret], mine.clone(), InvalidRequest),
        (vec![named, secret], mine.clone(), InvalidRequest),
        (vec![("client_id", "other")], mine.clone(), InvalidRequest),
        (
            vec![bearer, ("client_assertion", &ours)],
            mine.clone(),
            InvalidRequest,
        ),
        (
            vec![named, secret, bearer, ("client_assertion", &ours)],
            None,
            InvalidRequest,
        ),
        (
            vec![named, bearer, ("client_assertion", &theirs)],
            None,
            InvalidRequest,
        ),
        (vec![named, bearer], None, InvalidRequest),
        (vec![bearer], mine, InvalidRequest),
        (
            vec![named, ("client_assertion", &ours)],
            None,
            InvalidClient,
        ),
        (
            vec![named, saml, ("client_assertion", &ours)],
            None,
            InvalidClient,
        ),
        (
            vec![named, bearer, ("client_assertion", "x")],
            None,
            InvalidClient,
        ),
        (
            vec![named, bearer, ("client_assertion", "e30.e30.e30")],
            None,
            InvalidClient,
        ),
        (vec![], Some("Basic".to_owned()), InvalidClient),
        (vec![], Some("Basic ???".to_owned()), InvalidClient),
        (vec![], Some(basic("wiki-web")), InvalidClient),
        (vec![], Some(basic("wiki-web:%zz")), InvalidClient),
        (vec![], Some("Bearer x".to_owned()), InvalidClient),
        (vec![named], Some("Bearer x".to_owned()), InvalidClient),
        (vec![named], Some(String::new()), InvalidClient),
    ];
    for (pairs, header, code) in cases {
        let read = Presented::read(&form(&pairs, &[]), header.as_deref());
        assert_eq!(
            read.map(|_| ()).unwrap_err().code,
            code,
            "{pairs:?} {header:?}"
        );
    }
    for doubled in [
        r#"{"sub":"other","sub":"wiki-web"}"#,
        r#"{"sub":["wiki-web"]}"#,
        "[]",
    ] {
        assert_eq!(subject_of(&jwt(doubled)), None, "{doubled}");
    }
}

#[test]
fn a_client_authenticates_as_it_is_registered() {
    let now = Timestamp::from_seconds(1);
    let kept = ClientSecret {
        hash: TokenHash(Digest::of(&[b"secret"]).into_bytes()),
        expires_at: Timestamp::FAR_FUTURE,
    };
    let proof = |method, text: &str| {
        let secret = Secret::new(text.to_owned());
        match method {
            Authentication::None => ClientProof::None,
            Authentication::SecretBasic => ClientProof::Basic(secret),
            Authentication::SecretPost => ClientProof::Post(secret),
            Authentication::PrivateKeyJwt => ClientProof::Assertion(secret),
            // Of these a request shows nothing.
            Authentication::TlsVouched | Authentication::TlsRegistered => ClientProof::None,
        }
    };
    for registered in Authentication::ALL {
        let client = Client {
            authentication: registered,
            secrets: vec![kept.clone()],
            ..client()
        };
        for shown in Authentication::ALL {
            for (name, secret) in [
                ("wiki-web", "secret"),
                ("wiki-web", "wrong"),
                ("other", "secret"),
            ] {
                let presented = Presented {
                    client: ClientId::new(name).unwrap(),
                    proof: proof(shown, secret),
                };
                let is_secret = matches!(
                    shown,
                    Authentication::SecretBasic | Authentication::SecretPost
                );
                let method = presented.proof.method();
                let is_method = if registered.is_by_certificate() {
                    method == Authentication::None
                } else {
                    method == registered
                };
                let fits = is_method && name == "wiki-web" && (secret == "secret" || !is_secret);
                match presented.authenticate(&client, now) {
                    Ok(Standing::Proven) => {
                        assert!(fits && shown != Authentication::PrivateKeyJwt);
                        assert!(!registered.is_by_certificate(), "nothing was looked at");
                    }
                    Ok(Standing::ToVerify(_)) => {
                        assert!(fits && shown == Authentication::PrivateKeyJwt)
                    }
                    Ok(Standing::ToShow) => assert!(fits && registered.is_by_certificate()),
                    Err(fault) => {
                        assert_eq!(fault.code, InvalidClient);
                        assert!(!fits, "{registered:?} {shown:?} {name} {secret}");
                    }
                }
            }
        }
    }
}

proptest! {
    /// Whatever stands in a secret, a header written by the specification brings it.
    #[test]
    fn a_header_is_read_back(secret in ".{0,32}") {
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let header = basic(&format!("wiki-web:{encoded}"));
        let presented = Presented::read(&form(&[], &[]), Some(&header)).unwrap();
        prop_assert_eq!(exposed(&presented).2, secret);
    }
}
