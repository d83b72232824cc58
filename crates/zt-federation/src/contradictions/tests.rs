use super::Contradiction as No;
use crate::tests::client;
use crate::{
    Authentication, Client, ClientSecret, ClientSigning, GrantType, Need, Profile, ProofKey,
    Safeguards, SigningAlgorithm,
};
use zt_types::{ClientId, Timestamp, TokenHash};

fn sound() -> Client {
    Client {
        secrets: vec![ClientSecret {
            hash: TokenHash([7; 32]),
            expires_at: Timestamp::FAR_FUTURE,
        }],
        ..client()
    }
}

fn with(safeguards: Safeguards) -> Client {
    Client {
        safeguards,
        ..sound()
    }
}

#[test]
fn what_cannot_hold_together() {
    let id = |text: &str| Client {
        id: ClientId::new(text).unwrap(),
        ..sound()
    };
    let how = |authentication| Client {
        authentication,
        secrets: Vec::new(),
        ..sound()
    };
    let grants = |grants: &[GrantType]| Client {
        grants: grants.iter().copied().collect(),
        ..sound()
    };
    let fapi2 = |authentication, safeguards| Client {
        keys: Some("{}".to_owned()),
        id_token: SigningAlgorithm::Es256,
        safeguards: Safeguards {
            profile: Profile::Fapi2,
            ..safeguards
        },
        ..how(authentication)
    };
    let key = Authentication::PrivateKeyJwt;
    let signing = |signing| Safeguards {
        assertion_signing: signing,
        ..Safeguards::default()
    };
    let table = [
        (sound(), vec![]),
        (id("new"), vec![No::Id]),
        (id("6f9619ff-8b86-4011-b42d-00c04fc964ff"), vec![No::Id]),
        (id("newer"), vec![]),
        (how(Authentication::SecretPost), vec![No::NoSecret]),
        (how(Authentication::None), vec![]),
        (
            Client {
                authentication: Authentication::None,
                ..sound()
            },
            vec![No::Secret],
        ),
        (how(key), vec![No::NoKeys]),
        (how(Authentication::TlsRegistered), vec![No::NoKeys]),
        (how(Authentication::TlsVouched), vec![No::Certificate]),
        (
            with(Safeguards {
                signed_requests: Need::Required,
                ..Safeguards::default()
            }),
            vec![No::NothingToSignWith],
        ),
        (
            with(Safeguards {
                request_signing: ClientSigning::Es256,
                ..Safeguards::default()
            }),
            vec![No::NothingToSignWith],
        ),
        (grants(&[]), vec![No::NoGrant]),
        (
            Client {
                redirect_uris: [].into(),
                ..sound()
            },
            vec![No::NoRedirect],
        ),
        (
            Client {
                safeguards: Safeguards {
                    pushed_requests: Need::Required,
                    ..Safeguards::default()
                },
                ..grants(&[GrantType::DeviceCode])
            },
            vec![No::PushedForNothing],
        ),
        (
            grants(&[GrantType::RefreshToken]),
            vec![No::RefreshWithoutCode],
        ),
        (
            grants(&[GrantType::RefreshToken, GrantType::DeviceCode]),
            vec![],
        ),
        (grants(&[GrantType::ClientCredentials]), vec![]),
        (
            Client {
                grants: [GrantType::ClientCredentials].into(),
                ..how(Authentication::None)
            },
            vec![No::Unproven],
        ),
        (grants(&[GrantType::TokenExchange]), vec![No::Exchange]),
        (
            Client {
                exchange_to: [ClientId::new("other").unwrap()].into(),
                ..sound()
            },
            vec![No::Exchange],
        ),
        (
            Client {
                proof_key: ProofKey::OrNonce,
                ..how(Authentication::None)
            },
            vec![No::ProofKey],
        ),
        (fapi2(key, Safeguards::default()), vec![]),
        (fapi2(key, signing(ClientSigning::Es256)), vec![]),
        (fapi2(key, signing(ClientSigning::Rs256)), vec![No::Profile]),
        (
            fapi2(
                key,
                Safeguards {
                    userinfo_signing: Some(SigningAlgorithm::Rs256),
                    ..Safeguards::default()
                },
            ),
            vec![No::Profile],
        ),
        (
            fapi2(Authentication::None, Safeguards::default()),
            vec![No::Profile],
        ),
        (
            Client {
                id_token: SigningAlgorithm::Rs256,
                ..fapi2(key, Safeguards::default())
            },
            vec![No::Profile],
        ),
        (
            Client {
                proof_key: ProofKey::OrNonce,
                ..fapi2(key, Safeguards::default())
            },
            vec![No::Profile],
        ),
    ];
    for (client, expected) in table {
        assert_eq!(client.contradictions(), expected, "{client:?}");
    }
}
