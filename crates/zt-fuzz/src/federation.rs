//! What browsers and programs of clients send: whatever comes is read or refused, and nobody is sent where no client is registered.

use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;
use zt_federation::{
    Asked, Authentication, AuthorizationRequest, Client, ConsentDemand, DeviceAsked,
    DeviceAuthorizationRequest, Form, Grant, GrantType, LogoutRequest, Presented, ProofKey,
    RedirectUri, Refused, Reply, ReturnAddress, Scope, SigningAlgorithm, SubjectKind,
    TokenQuestion, TokenRequest, UserCode,
};
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Secret, Text, Timestamp};

/// So many addresses are looked at, each beside each.
const MOST_ADDRESSES: usize = 32;

/// A query or form, and after a NUL byte the header `Authorization`: at each endpoint.
pub(crate) fn oauth(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let Ok(form) = Form::parse(parts.next().unwrap_or_default()) else {
        return;
    };
    let header = parts
        .next()
        .and_then(|header| std::str::from_utf8(header).ok());
    let client = client();
    assert!(client.is_some(), "the client is none");
    let Some(client) = client else { return };
    for proof_key in [ProofKey::Required, ProofKey::OrNonce] {
        let client = Client {
            proof_key,
            ..client.clone()
        };
        authorization(&form, &client);
    }
    if let Ok(TokenRequest { presented, grant }) = TokenRequest::read(&form, header) {
        one_method(&form, header, &presented);
        let _ = client.check_grant(grant.kind());
        if let Grant::Exchange(request) = &grant {
            let theirs = [Scope::Openid, Scope::Groups].into();
            if let Ok(scopes) = request.narrowed(&theirs, &client) {
                assert!(scopes.is_subset(&theirs), "wider");
                assert!(scopes.is_subset(&client.scopes), "more than it may ask for");
            }
        }
    }
    if let Ok(request) = DeviceAuthorizationRequest::read(&form, header) {
        one_method(&form, header, &request.presented);
        if request.check(&client).is_ok() {
            let asked = Asked::Device(DeviceAsked {
                scopes: request.scopes,
            });
            let kept = serde_json::to_string(&asked).unwrap_or_default();
            let read = serde_json::from_str::<Asked>(&kept);
            assert!(read.is_ok_and(|read| read == asked), "kept as {kept}");
        }
    }
    if let Ok(Some(typed)) = form.one("user_code")
        && let Some(code) = UserCode::parse(typed)
    {
        assert_eq!(UserCode::parse(&code.to_string()), Some(code), "`{typed}`");
    }
    if let Ok(question) = TokenQuestion::read(&form, header) {
        one_method(&form, header, &question.presented);
    }
    if let Ok(request) = LogoutRequest::read(&form)
        && let Ok(Some(after)) = request.after(&client)
    {
        let address = after.address();
        let mut registered = client.post_logout_redirect_uris.iter();
        assert!(
            registered.any(|uri| address.starts_with(uri.as_str())),
            "sent on to `{address}`"
        );
    }
}

fn authorization(form: &Form, client: &Client) {
    match AuthorizationRequest::read(form, client) {
        Ok(request) => {
            assert!(request.scopes.is_subset(&client.scopes), "more scopes");
            assert!(request.disclosed().is_subset(&client.scopes), "more claims");
            let relies_on_nonce = client.proof_key == ProofKey::OrNonce && request.nonce.is_some();
            assert!(
                request.proof_key.is_some() || relies_on_nonce,
                "nothing binds the code"
            );
            let kept = serde_json::to_string(&request).unwrap_or_default();
            let read = serde_json::from_str::<Asked>(&kept);
            let same = Asked::Code(Box::new(request.clone()));
            assert!(read.is_ok_and(|read| read == same), "kept as {kept}");
            returns(&request.back, client);
        }
        Err(Refused::Redirect { back, fault }) => {
            let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(fault.description.bytes().all(allowed), "{fault}");
            returns(&back, client);
        }
        Err(Refused::Page(fault)) => assert!(!fault.to_string().is_empty()),
    }
}

/// The claims of a request that its client signed: nothing counts that is for somebody else, over, or of another client.
pub(crate) fn request_object(bytes: &[u8]) {
    let (Some(client), Ok(claims)) = (client(), serde_json::from_slice::<Value>(bytes)) else {
        return;
    };
    let text = format!("client_id={}&request=x&scope=email&state=beside", client.id);
    let Ok(form) = Form::parse(text.as_bytes()) else {
        return;
    };
    let (issuer, at) = ("https://id.example", 1_775_000_000);
    let open = |_: &str| Ok(claims.clone());
    let now = Timestamp::from_seconds(at);
    let read = AuthorizationRequest::read_signed(&form, &client, issuer, now, open);
    let back = match read {
        Ok(request) => {
            let text = |name: &str| claims.get(name).and_then(Value::as_str);
            assert_eq!(text("client_id"), Some(client.id.as_str()));
            let sole = claims
                .get("aud")
                .and_then(|aud| aud.get(0))
                .unwrap_or(&Value::Null);
            assert!(text("aud").or(sole.as_str()) == Some(issuer), "for whom?");
            let ends = claims
                .get("exp")
                .and_then(Value::as_f64)
                .unwrap_or_default();
            assert!(
                (at as f64 - 31.0..at as f64 + 3_631.0).contains(&ends),
                "{ends}"
            );
            assert_ne!(request.back.state.as_deref(), Some("beside"));
            request.back
        }
        Err(Refused::Redirect { back, .. }) => back,
        Err(Refused::Page(_)) => return,
    };
    returns(&back, &client);
}

/// The browser goes where the client is registered, with what belongs there.
fn returns(back: &ReturnAddress, client: &Client) {
    let asked = back.uri.as_str();
    let mut registered = client.redirect_uris.iter();
    assert!(
        registered.any(|uri| uri.matches(asked)),
        "sent to `{asked}`"
    );
    let Reply::Redirect(to) = back.answer("https://id.example", &Secret::new("c".to_owned()))
    else {
        return;
    };
    let url = Url::parse(&to);
    assert!(url.is_ok(), "`{to}` is no address");
    let Ok(url) = url else { return };
    let state = url.query_pairs().find(|(name, _)| name == "state");
    let state = state.map(|(_, value)| value.into_owned());
    assert_eq!(state, back.state, "`{to}`");
    assert_eq!(url.fragment(), None, "`{to}`");
}

/// A client showed one thing, and has one name.
fn one_method(form: &Form, header: Option<&str>, presented: &Presented) {
    let named = form.one("client_id").ok().flatten();
    assert!(
        named.is_none_or(|name| name == presented.client.as_str()),
        "two names"
    );
    let shown = [
        (header.is_some(), Authentication::SecretBasic),
        (has(form, "client_secret"), Authentication::SecretPost),
        (has(form, "client_assertion"), Authentication::PrivateKeyJwt),
    ];
    let shown: Vec<_> = shown.iter().filter(|(is_shown, _)| *is_shown).collect();
    assert!(shown.len() <= 1, "two methods");
    let method = shown
        .first()
        .map_or(Authentication::None, |(_, method)| *method);
    assert_eq!(presented.proof.method(), method);
}

fn has(form: &Form, name: &str) -> bool {
    form.one(name).is_ok_and(|value| value.is_some())
}

/// Addresses, one in a line: each is read as browsers read it, and stands for itself alone.
pub(crate) fn redirect(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let lines: BTreeSet<&str> = text.lines().take(MOST_ADDRESSES).collect();
    for line in &lines {
        match RedirectUri::parse(line) {
            Ok(uri) => {
                assert_eq!(uri.as_str(), *line);
                browser_agrees(&uri);
                for other in &lines {
                    let is_same = line == other;
                    assert!(
                        uri.matches(other) == is_same || same_but_for_the_port(line, other),
                        "`{line}` and `{other}`"
                    );
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Host, port and path are what the URL standard makes of the text.
fn browser_agrees(uri: &RedirectUri) {
    let text = uri.as_str();
    let Ok(url) = Url::parse(text) else {
        // Only a name in Punycode that stands for none (RFC 5891 §4.4): browsers go nowhere with it.
        assert!(uri.origin().contains("xn--"), "a browser refuses `{text}`");
        return;
    };
    assert!(
        url.username().is_empty() && url.password().is_none(),
        "`{text}`"
    );
    assert_eq!(url.fragment(), None, "`{text}`");
    let Some(host) = url.host_str() else {
        assert!(uri.origin().ends_with(':'), "`{text}`");
        assert_eq!(uri.origin().trim_end_matches(':'), url.scheme());
        return;
    };
    let port = url.port_or_known_default();
    let spelled = [
        Some(format!("{}://{host}", url.scheme())).filter(|_| url.port().is_none()),
        port.map(|port| format!("{}://{host}:{port}", url.scheme())),
    ];
    assert!(
        spelled
            .iter()
            .flatten()
            .any(|origin| origin == uri.origin()),
        "`{text}` leads to {spelled:?}"
    );
    let rest = text.strip_prefix(uri.origin()).unwrap_or_default();
    let path = rest.split('?').next().unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    assert_eq!(url.path(), path, "`{text}`");
}

/// RFC 8252 §7.3, as the URL standard reads both.
fn same_but_for_the_port(left: &str, right: &str) -> bool {
    let (Ok(mut left), Ok(mut right)) = (Url::parse(left), Url::parse(right)) else {
        return false;
    };
    let is_loopback =
        |url: &Url| url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    let both = is_loopback(&left) && is_loopback(&right);
    both && left.set_port(None).is_ok() && right.set_port(None).is_ok() && left == right
}

fn client() -> Option<Client> {
    let uris = |texts: &[&str]| -> Option<BTreeSet<RedirectUri>> {
        let uris = texts.iter().map(|text| RedirectUri::parse(text).ok());
        uris.collect()
    };
    Some(Client {
        id: ClientId::new("wiki-web").ok()?,
        name: Text {
            ja: "社内 wiki".to_owned(),
            en: "Wiki".to_owned(),
        },
        app: AppId::new("wiki").ok()?,
        authentication: Authentication::SecretBasic,
        secrets: Vec::new(),
        keys: None,
        jwks_uri: None,
        redirect_uris: uris(&["https://wiki.example/cb", "http://127.0.0.1/cb"])?,
        post_logout_redirect_uris: uris(&["https://wiki.example/bye"])?,
        backchannel_logout: None,
        frontchannel_logout: None,
        grants: GrantType::ALL.into(),
        scopes: [Scope::Openid, Scope::Profile, Scope::Email].into(),
        exchange_to: [].into(),
        proof_key: ProofKey::Required,
        subject: SubjectKind::Public,
        consent: ConsentDemand::Implied,
        id_token: SigningAlgorithm::Es256,
        access_token_lifetime: Seconds::minutes(5),
        home: None,
        safeguards: zt_federation::Safeguards::default(),
        managed_by: ManagedBy::Files,
    })
}
