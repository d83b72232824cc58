//! The module of the config profile (OpenID Connect Discovery 1.0, RFC 8414).

use super::fault::{Fault, promises};
use super::wire::Asked;
use super::{Failure, Module, Profile, Stage, Verdict, ensure, fail, module};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A list of texts, none twice; none if the member is not there.
fn list<'m>(metadata: &'m Value, name: &str) -> Result<Option<Vec<&'m str>>, Failure> {
    let Some(value) = metadata.get(name) else {
        return Ok(None);
    };
    let list = value
        .as_array()
        .ok_or_else(|| fail(format!("`{name}` is no list")))?;
    let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    let texts = texts.ok_or_else(|| fail(format!("something else than texts in `{name}`")))?;
    let distinct: BTreeSet<_> = texts.iter().collect();
    ensure(
        distinct.len() == texts.len(),
        &format!("something twice in `{name}`"),
    )?;
    ensure(!texts.is_empty(), &format!("nothing in `{name}`"))?;
    Ok(Some(texts))
}

fn demanded<'m>(metadata: &'m Value, name: &str) -> Result<Vec<&'m str>, Failure> {
    list(metadata, name)?.ok_or_else(|| fail(format!("no `{name}`")))
}

/// An address over TLS, without a fragment.
fn address<'m>(metadata: &'m Value, name: &str) -> Result<&'m str, Failure> {
    let address = metadata[name]
        .as_str()
        .ok_or_else(|| fail(format!("no `{name}`")))?;
    ensure(
        address.starts_with("https://"),
        &format!("`{name}` is not over TLS"),
    )?;
    ensure(!address.contains('#'), &format!("`{name}` has a fragment"))?;
    Ok(address)
}

/// The published keys (RFC 7517 §5): public, named, each differently, one for RS256 among them.
pub(crate) fn keys(set: &Value) -> Result<(), Failure> {
    let keys = set["keys"].as_array().ok_or_else(|| fail("no keys"))?;
    ensure(!keys.is_empty(), "no key")?;
    let mut names = BTreeSet::new();
    for key in keys {
        let kind = key["kty"]
            .as_str()
            .ok_or_else(|| fail("a key without kty"))?;
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            ensure(key.get(private).is_none(), "a private key in the set")?;
        }
        let members: &[&str] = match kind {
            "RSA" => &["n", "e"],
            "EC" => &["crv", "x", "y"],
            "OKP" => &["crv", "x"],
            other => return Err(fail(format!("a key of the kind `{other}`"))),
        };
        for member in members {
            let text = key[member].as_str().unwrap_or_default();
            let is_base64url = text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            ensure(
                !text.is_empty() && is_base64url,
                &format!("no `{member}`, or not as base64url"),
            )?;
        }
        // 2048 bits are 256 bytes, 342 letters.
        ensure(
            kind != "RSA" || key["n"].as_str().is_some_and(|n| n.len() >= 342),
            "an RSA key below 2048 bits",
        )?;
        let name = key["kid"]
            .as_str()
            .ok_or_else(|| fail("a key without a name"))?;
        ensure(names.insert(name), "two keys of one name")?;
    }
    let for_rs256 = |key: &Value| {
        let (used, algorithm) = (key["use"].as_str(), key["alg"].as_str());
        key["kty"] == "RSA"
            && used.is_none_or(|used| used == "sig")
            && algorithm.is_none_or(|by| by == "RS256")
    };
    ensure(keys.iter().any(for_rs256), "no key for RS256")
}

pub(crate) async fn verification(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let issuer = stage.world.issuer.clone();
    let at = format!("{issuer}/.well-known/openid-configuration");
    let answered = stage.wire.send(Asked::read(&at)).await?;
    ensure(answered.status == 200, "no configuration")?;
    ensure(
        answered
            .header("content-type")
            .starts_with("application/json"),
        "a configuration that is no JSON",
    )?;
    let metadata = answered.json();
    // Discovery §4.3: the issuer is the address without what is well known.
    ensure(metadata["issuer"] == json!(issuer), "another issuer")?;
    ensure(
        address(&metadata, "issuer")?.find('?').is_none(),
        "an issuer with a query",
    )?;
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
    ] {
        address(&metadata, name)?;
    }
    let members = metadata.as_object().ok_or_else(|| fail("no object"))?;
    for (name, _) in members
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint"))
    {
        address(&metadata, name)?;
    }
    ensure(
        demanded(&metadata, "response_types_supported")?.contains(&"code"),
        "no response_type code",
    )?;
    for kind in demanded(&metadata, "subject_types_supported")? {
        ensure(
            ["public", "pairwise"].contains(&kind),
            "a subject type that there is not",
        )?;
    }
    let algorithms = demanded(&metadata, "id_token_signing_alg_values_supported")?;
    ensure(
        algorithms.contains(&"RS256"),
        "no RS256, which every provider has",
    )?;
    if let Some(grants) = list(&metadata, "grant_types_supported")? {
        ensure(
            grants.contains(&"authorization_code"),
            "no grant authorization_code",
        )?;
    }
    if let Some(scopes) = list(&metadata, "scopes_supported")? {
        ensure(scopes.contains(&"openid"), "no scope openid")?;
        let is_scope = |scope: &&str| {
            scope
                .bytes()
                .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'"' && byte != b'\\')
        };
        ensure(
            scopes.iter().all(is_scope),
            "a scope that nobody can ask for",
        )?;
    }
    for name in [
        "claims_supported",
        "acr_values_supported",
        "code_challenge_methods_supported",
        "response_modes_supported",
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
        "prompt_values_supported",
    ] {
        list(&metadata, name)?;
    }
    for locale in list(&metadata, "ui_locales_supported")?.unwrap_or_default() {
        let is_tag = locale.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        ensure(is_tag, "a language that is no tag")?;
    }
    for name in [
        "claims_parameter_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "require_request_uri_registration",
        "authorization_response_iss_parameter_supported",
    ] {
        ensure(
            metadata.get(name).is_none_or(Value::is_boolean),
            &format!("`{name}` is neither true nor false"),
        )?;
    }
    let set = stage
        .wire
        .send(Asked::read(address(&metadata, "jwks_uri")?))
        .await?;
    ensure(set.status == 200, "no keys at the jwks_uri")?;
    keys(&set.json())?;
    Ok(Verdict::Passed)
}

/// The metadata says something else.
macro_rules! says {
    ($name:literal, $change:expr) => {
        Fault::answering($name, |asked, answered, _| {
            promises(asked, answered, $change)
        })
    };
}

fn left_out(metadata: &mut Value, name: &str) {
    drop(metadata.as_object_mut().unwrap().remove(name));
}

const MODULES: &[Module] = &[module!(
    "oidcc-discovery-endpoint-verification",
    "Discovery 3, 4.3; RFC 8414 2",
    verification,
    [
        says!("is another issuer", |metadata| metadata["issuer"] =
            json!("https://other.example")),
        says!("ends its issuer with a slash", |metadata| {
            metadata["issuer"] = json!(format!(
                "{}/",
                metadata["issuer"].as_str().unwrap_or_default()
            ));
        }),
        says!("has no jwks_uri", |metadata| left_out(metadata, "jwks_uri")),
        says!("has no token endpoint", |metadata| left_out(
            metadata,
            "token_endpoint"
        )),
        says!("has an endpoint without TLS", |metadata| {
            metadata["revocation_endpoint"] = json!("http://id.example/revoke");
        }),
        says!(
            "knows no code",
            |metadata| metadata["response_types_supported"] = json!(["id_token"])
        ),
        says!("names its response types in one text", |metadata| {
            metadata["response_types_supported"] = json!("code")
        }),
        says!("names no kinds of subjects", |metadata| left_out(
            metadata,
            "subject_types_supported"
        )),
        says!("does not have RS256", |metadata| {
            metadata["id_token_signing_alg_values_supported"] = json!(["ES256"]);
        }),
        says!(
            "has a list of nothing",
            |metadata| metadata["grant_types_supported"] = json!([])
        ),
        says!(
            "has no scope openid",
            |metadata| metadata["scopes_supported"] = json!(["profile"])
        ),
        says!(
            "has a scope of two words",
            |metadata| metadata["scopes_supported"] = json!(["openid", "a b"])
        ),
        says!(
            "says true in words",
            |metadata| metadata["request_parameter_supported"] = json!("true")
        ),
        says!(
            "speaks an impossible language",
            |metadata| metadata["ui_locales_supported"] = json!(["ja_JP"])
        ),
        Fault::answering("publishes a private key", |asked, answered, _| {
            if asked.is("jwks_uri") {
                answered.amend(|set| set["keys"][0]["d"] = json!("c2VjcmV0"));
            }
        }),
        Fault::answering("names two keys alike", |asked, answered, _| {
            if asked.is("jwks_uri") {
                answered.amend(|set| set["keys"][1]["kid"] = set["keys"][0]["kid"].clone());
            }
        }),
        Fault::answering("answers with a page", |asked, answered, _| {
            if asked.is("configuration") {
                answered.set_header("content-type", "text/html");
            }
        }),
    ]
)];

pub(crate) const CONFIG: Profile = Profile {
    plan: "oidcc-config-certification-test-plan",
    modules: &[MODULES],
    ours: &[],
    control: &[],
};
