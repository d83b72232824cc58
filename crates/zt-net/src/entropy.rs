//! Random bytes.

use parking_lot::Mutex;
use rustls::crypto::{GetRandomFailed, SecureRandom};
use std::sync::Arc;

/// Where random bytes come from. Clones share the same source.
#[derive(Clone, Debug)]
pub struct Entropy(Source);

#[derive(Clone, Debug)]
enum Source {
    System(Arc<Mutex<Drawn>>),
    /// The state of a SplitMix64 generator.
    Seeded(Arc<Mutex<u64>>),
}

/// Bytes drawn ahead: drawing 16 bytes from the generator takes half a microsecond, and every request needs some.
#[derive(Debug)]
struct Drawn {
    bytes: Pool,
    used: usize,
    generator: &'static dyn SecureRandom,
}

/// How many bytes are drawn at once.
const AHEAD: usize = 1024;

struct Pool([u8; AHEAD]);

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool(…)")
    }
}

impl Drawn {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        if bytes.len() > AHEAD {
            return self.generator.fill(bytes);
        }
        if AHEAD - self.used < bytes.len() {
            self.generator.fill(&mut self.bytes.0)?;
            self.used = 0;
        }
        let drawn = self.bytes.0.iter_mut().skip(self.used);
        for (byte, drawn) in bytes.iter_mut().zip(drawn) {
            // INVARIANT: what was given out is nowhere else, not even here.
            *byte = std::mem::take(drawn);
        }
        self.used += bytes.len();
        Ok(())
    }
}

impl Entropy {
    /// The cryptographic generator of the TLS library, seeded by the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System(Arc::new(Mutex::new(Drawn {
            bytes: Pool([0; AHEAD]),
            used: AHEAD,
            generator: crate::tls::secure_random(),
        }))))
    }

    /// A sequence that anybody who knows the seed can repeat: for tests, never for secrets.
    #[must_use]
    pub fn danger_seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(seed))))
    }

    /// Fills `bytes`.
    ///
    /// Without randomness nothing here is safe to go on with: if the system's generator fails, the process ends.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System(drawn) => {
                if drawn.lock().fill(bytes).is_err() {
                    tracing::error!("the system's random generator failed");
                    std::process::abort();
                }
            }
            Source::Seeded(state) => {
                let mut state = state.lock();
                for chunk in bytes.chunks_mut(8) {
                    let word = split_mix(&mut state).to_le_bytes();
                    chunk
                        .iter_mut()
                        .zip(word)
                        .for_each(|(byte, random)| *byte = random);
                }
            }
        }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014), figure 17.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_goes_on() {
        let (one, two) = (Entropy::danger_seeded(7), Entropy::danger_seeded(7));
        let first = one.bytes::<20>();
        assert_eq!(first, two.bytes::<20>());
        assert_ne!(first, one.bytes::<20>());
        assert_ne!(first, Entropy::danger_seeded(8).bytes::<20>());
    }

    #[test]
    fn the_system_does_not_repeat() {
        assert_ne!(
            Entropy::system().bytes::<32>(),
            Entropy::system().bytes::<32>()
        );
        let system = Entropy::system();
        let drawn: std::collections::BTreeSet<[u8; 16]> =
            (0..1000).map(|_| system.bytes()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(!drawn.contains(&[0; 16]));
        assert_ne!(
            system.bytes::<3000>()[..1500],
            system.bytes::<3000>()[1500..]
        );
    }
}
