//! Numbers that look drawn and are the same each time (SplitMix64).

/// Where the next number comes from.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The same seed gives the same numbers.
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of 0 to `count` − 1; 0 if there is none.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        self.next().checked_rem(count).unwrap_or(0)
    }

    /// True so many times out of a thousand.
    pub(crate) fn so_often(&mut self, times: u64) -> bool {
        self.below(1000) < times
    }

    /// An id's worth.
    pub(crate) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let drawn = [self.next(), self.next()];
        let drawn = drawn.iter().flat_map(|number| number.to_be_bytes());
        bytes
            .iter_mut()
            .zip(drawn)
            .for_each(|(to, from)| *to = from);
        bytes
    }
}
