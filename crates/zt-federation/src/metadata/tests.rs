use super::*;

#[test]
fn what_we_say_of_ourselves() {
    let endpoints = Endpoints {
        authorization: "/authorize",
        token: "/token",
        userinfo: "/userinfo",
        keys: "/keys",
        introspection: "/introspect",
        revocation: "/revoke",
        end_session: "/signout",
        pushed_requests: "/push",
        device_authorization: "/device_authorization",
        device_page: "/device",
        registration: "/register",
    };
    let metadata = Metadata::new(
        "https://id.example",
        &endpoints,
        &[SigningAlgorithm::Es256, SigningAlgorithm::Rs256],
        &["ES256", "PS256"],
    );
    insta::assert_json_snapshot!(metadata);
    let said = |metadata: &Metadata| serde_json::to_value(metadata).unwrap();
    let mut with = said(&metadata);
    with["registration_endpoint"] = "https://id.example/register".into();
    assert_eq!(said(&metadata.with_registration(&endpoints)), with);
}
