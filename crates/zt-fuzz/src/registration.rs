//! What programs say of themselves: whatever comes is read or refused, and nobody gets more than a token allows.

use zt_federation::{
    Allowance, Client, ClientInformation, ClientMetadata, ClientSecret, ConsentDemand, ErrorCode,
    GrantType, ProofKey, RedirectUri, Registration, Scope, Secrets, check_sector,
};
use zt_types::{AppId, ClientId, InitialTokenId, Secret, Timestamp, TokenHash};

/// A registration or its update, and what stands at a sector's address.
pub(crate) fn metadata(bytes: &[u8]) {
    let id = ClientId::new("reg-1");
    let app = AppId::new("wiki");
    assert!(id.is_ok() && app.is_ok(), "the names are none");
    let (Ok(id), Ok(app)) = (id, app) else { return };
    let _ = ClientMetadata::parse_update(bytes, &id);
    let metadata = match ClientMetadata::parse(bytes) {
        Ok(metadata) => metadata,
        Err(fault) => {
            let told = [
                ErrorCode::InvalidRedirectUri,
                ErrorCode::InvalidClientMetadata,
                ErrorCode::InvalidSoftwareStatement,
                ErrorCode::UnapprovedSoftwareStatement,
            ];
            assert!(told.contains(&fault.code), "refused by {fault}");
            return;
        }
    };
    for uri in &metadata.redirect_uris {
        assert_eq!(
            RedirectUri::parse(uri.as_str()).as_ref(),
            Ok(uri),
            "not an address"
        );
    }
    if check_sector(bytes, &metadata.redirect_uris).is_ok() {
        assert!(metadata.redirect_uris.is_empty(), "an object is no list");
    }
    let allowance = Allowance {
        app,
        grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        scopes: [Scope::Openid, Scope::Profile].into(),
    };
    let secret = ClientSecret {
        hash: TokenHash([7; 32]),
        expires_at: Timestamp::FAR_FUTURE,
    };
    let secrets = metadata.has_secret().then_some(secret);
    let made = metadata.client(id, &allowance, secrets.into_iter().collect());
    let Ok(client) = made else { return };
    within(&client, &allowance);
    let registration = Registration {
        client: client.id.clone(),
        access_token: TokenHash([3; 32]),
        issued_at: Timestamp::from_seconds(0),
        token: InitialTokenId::from_random([1; 16]),
        note: String::new(),
        made_by: None,
        allowance,
        said: metadata.said,
    };
    let kept = serde_json::to_string(&(&client, &registration)).unwrap_or_default();
    let read = serde_json::from_str::<(Client, Registration)>(&kept);
    assert!(
        read.is_ok_and(|read| read == (client.clone(), registration.clone())),
        "kept as {kept}"
    );
    let secrets = Secrets {
        client: None,
        access_token: Secret::new("t".to_owned()),
    };
    let answer = ClientInformation::of(&client, &registration, &secrets, "https://id.example");
    assert!(serde_json::to_string(&answer).is_ok(), "no answer");
}

fn within(client: &Client, allowance: &Allowance) {
    assert!(client.grants.is_subset(&allowance.grants), "more grants");
    assert!(client.scopes.is_subset(&allowance.scopes), "more scopes");
    assert_eq!(client.app, allowance.app, "another application");
    assert_eq!(client.consent, ConsentDemand::Asked, "nobody is asked");
    assert_eq!(client.proof_key, ProofKey::Required, "no proof key");
    assert!(client.exchange_to.is_empty(), "exchanges");
    assert_eq!(client.contradictions(), [], "cannot hold together");
    let hidden = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    for name in [&client.name.ja, &client.name.en] {
        assert!(!name.contains(hidden), "a name that turns: {name:?}");
    }
}
