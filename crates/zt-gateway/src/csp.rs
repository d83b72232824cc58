//! An application's content policy, widened by the one address of our style sheet (CSP3 §2.2).
//!
//! INVARIANT: nothing but that address is allowed that was not allowed before.

use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, HeaderValue};

/// Whether every policy in force can be read, and so widened.
pub(crate) fn is_readable(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_SECURITY_POLICY)
        .iter()
        .all(|value| value.to_str().is_ok())
}

/// Allows a style sheet at `address` in every policy of this header.
pub(crate) fn allow_sheet(headers: &mut HeaderMap, address: &str) {
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        return;
    }
    let widened: Vec<HeaderValue> = headers
        .get_all(CONTENT_SECURITY_POLICY)
        .iter()
        .filter_map(|value| {
            let policies = value.to_str().ok()?.split(',');
            let widened: Vec<String> = policies.map(|policy| widen(policy, address)).collect();
            HeaderValue::try_from(widened.join(",")).ok()
        })
        .collect();
    headers.remove(CONTENT_SECURITY_POLICY);
    for value in widened {
        headers.append(CONTENT_SECURITY_POLICY, value);
    }
}

/// What governs style sheets, the nearest first (CSP3 §6.8.3).
const GOVERNING: [&str; 3] = ["style-src-elem", "style-src", "default-src"];

fn widen(policy: &str, address: &str) -> String {
    let directives: Vec<&str> = policy.split(';').collect();
    // Of several of one name, the first counts (CSP3 §2.2.1).
    let governing = GOVERNING.iter().find_map(|name| {
        let at = directives
            .iter()
            .position(|directive| name_of(directive).eq_ignore_ascii_case(name))?;
        Some((at, *name))
    });
    let Some((at, name)) = governing else {
        return policy.to_owned();
    };
    let sources: Vec<&str> = directives
        .get(at)
        .map(|directive| directive.split_ascii_whitespace().skip(1).collect())
        .unwrap_or_default();
    let allows = |source: &&str| source.eq_ignore_ascii_case("'self'") || **source == *"*";
    if sources.iter().any(allows) {
        return policy.to_owned();
    }
    let kept = sources
        .into_iter()
        .filter(|source| !source.eq_ignore_ascii_case("'none'"));
    let sources: Vec<&str> = kept.chain([address]).collect();
    let mut directives: Vec<String> = directives.into_iter().map(str::to_owned).collect();
    if name == "default-src" {
        // It governs other things as well: style gets a directive of its own.
        directives.push(format!(" style-src {}", sources.join(" ")));
    } else if let Some(directive) = directives.get_mut(at) {
        *directive = format!(" {name} {}", sources.join(" "));
    }
    directives.join(";").trim_start().to_owned()
}

fn name_of<'a>(directive: &&'a str) -> &'a str {
    directive
        .split_ascii_whitespace()
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = "https://wiki.example/x.css";

    #[test]
    fn the_one_address_is_allowed_and_nothing_else() {
        for (policy, expected) in [
            ("script-src 'self'", "script-src 'self'"),
            ("default-src 'self'", "default-src 'self'"),
            ("style-src *", "style-src *"),
            ("", ""),
            (
                "default-src 'none'",
                "default-src 'none'; style-src https://wiki.example/x.css",
            ),
            (
                "Default-Src https://cdn.example 'nonce-abc'",
                "Default-Src https://cdn.example 'nonce-abc'; style-src https://cdn.example 'nonce-abc' https://wiki.example/x.css",
            ),
            (
                "default-src 'self'; style-src 'NONE'",
                "default-src 'self'; style-src https://wiki.example/x.css",
            ),
            (
                "style-src 'self'; style-src-elem 'sha256-x'",
                "style-src 'self'; style-src-elem 'sha256-x' https://wiki.example/x.css",
            ),
            (
                "style-src 'nonce-a'; style-src 'self'",
                "style-src 'nonce-a' https://wiki.example/x.css; style-src 'self'",
            ),
            (
                "style-src; img-src 'self'",
                "style-src https://wiki.example/x.css; img-src 'self'",
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(CONTENT_SECURITY_POLICY, policy.parse().unwrap());
            allow_sheet(&mut headers, SHEET);
            assert_eq!(headers[CONTENT_SECURITY_POLICY], expected, "{policy}");
        }
    }

    #[test]
    fn each_of_several_policies_is_widened() {
        let mut headers = HeaderMap::new();
        headers.append(
            CONTENT_SECURITY_POLICY,
            "default-src 'self',style-src 'none'".parse().unwrap(),
        );
        headers.append(CONTENT_SECURITY_POLICY, "style-src https:".parse().unwrap());
        allow_sheet(&mut headers, SHEET);
        let values: Vec<_> = headers.get_all(CONTENT_SECURITY_POLICY).iter().collect();
        assert_eq!(
            values,
            [
                "default-src 'self',style-src https://wiki.example/x.css",
                "style-src https: https://wiki.example/x.css"
            ]
        );
    }
}
