//! Proofs that a sender holds a key: whatever comes is refused, or made for this very request.

use url::Url;
use zt_federation::{ProofClaims, Proven};
use zt_types::Timestamp;

/// The claims of a proof, and after a NUL byte the address that it was sent to.
pub(crate) fn proof(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let claims = parts.next().unwrap_or_default();
    let address = parts.next().unwrap_or(b"https://id.example/oauth2/token");
    let (Ok(read), Ok(address)) = (
        serde_json::from_slice::<ProofClaims>(claims),
        std::str::from_utf8(address),
    ) else {
        return;
    };
    let nonces = ["n-1".to_owned()];
    let request = Proven {
        method: "POST",
        address,
        token: None,
        nonces: &nonces,
    };
    let now = Timestamp::from_seconds(1_775_000_000);
    let Ok(once) = read.check(request, now) else {
        return;
    };
    assert!(once.until > now, "it is over and counts");
    let said: Option<serde_json::Value> = serde_json::from_slice(claims).ok();
    let member = |name: &str| said.as_ref()?.get(name)?.as_str().map(str::to_owned);
    assert_eq!(member("htm").as_deref(), Some("POST"));
    assert_eq!(member("nonce").as_deref(), Some("n-1"));
    // Whoever reads addresses as browsers do reads the same host and port in both.
    let meant = member("htu").and_then(|htu| Url::parse(&htu).ok());
    let place = |url: &Url| {
        (
            url.host_str().map(str::to_owned),
            url.port_or_known_default(),
        )
    };
    if let (Some(meant), Ok(is)) = (meant, Url::parse(address)) {
        assert_eq!((meant.scheme(), place(&meant)), ("https", place(&is)));
        assert_eq!(meant.username(), "");
        assert_eq!(
            meant.path_segments().map(Iterator::count),
            is.path_segments().map(Iterator::count)
        );
    }
}
