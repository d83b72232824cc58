//! What proofs of possession have to repeat (RFC 9449 §8): whoever has it was here a few minutes ago.

use crate::Endpoints;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use zt_crypto::hash::MacKey;
use zt_types::{Seconds, Timestamp};

/// The header with a proof (RFC 9449 §4.1).
pub(super) const PROOF: &str = "dpop";
/// The header with what the next proof has to repeat (RFC 9449 §8.2).
const NONCE: &str = "dpop-nonce";
/// After so long another one is given; the one before counts for as long again.
const TURN: Seconds = Seconds(120);

/// Makes nonces of the time, with a key of this process: none is kept, and none of another process counts, so that a proof that
/// the process before this one may have seen does not either.
pub(crate) struct Nonces(MacKey);

impl Nonces {
    pub(crate) fn new(random: [u8; 32]) -> Self {
        Self(MacKey::new(&random))
    }

    /// The ones that count, the newest first.
    pub(super) fn counting(&self, now: Timestamp) -> [String; 2] {
        let turn = now.as_seconds().div_euclid(TURN.0.cast_signed());
        [turn, turn - 1].map(|turn| URL_SAFE_NO_PAD.encode(self.0.sign(&turn.to_be_bytes())))
    }
}

/// Tells whoever shows a proof what the next one has to repeat.
pub(crate) async fn with_nonce(
    State(endpoints): State<Endpoints>,
    request: Request,
    next: Next,
) -> Response {
    if !request.headers().contains_key(PROOF) {
        return next.run(request).await;
    }
    let mut response = next.run(request).await;
    let now = endpoints.live().clock().now();
    let [newest, _] = endpoints.inner.nonces.counting(now);
    if let Ok(value) = HeaderValue::try_from(newest) {
        response.headers_mut().insert(NONCE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_counts_for_two_turns_and_of_one_process() {
        let (one, other) = (Nonces::new([1; 32]), Nonces::new([2; 32]));
        let at = |seconds| one.counting(Timestamp::from_seconds(seconds));
        let [newest, before] = at(1_200);
        assert_ne!(newest, before);
        assert_eq!(at(1_319), [newest.clone(), before]);
        assert_eq!(at(1_439)[1], newest);
        assert!(!at(1_440).contains(&newest));
        assert!(
            !other
                .counting(Timestamp::from_seconds(1_200))
                .contains(&newest)
        );
    }
}
