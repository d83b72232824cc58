//! Vectors of bits.

/// The bits of one vector: those that all applications share, or those of one application's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Half([u64; 2]);

impl Half {
    pub(crate) const LEN: usize = 128;

    pub(crate) const fn set(&mut self, bit: u8) {
        let [low, high] = self.0;
        self.0 = match bit {
            0..64 => [low | 1 << bit, high],
            _ => [low, high | 1 << (bit % 64)],
        };
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a | c, b | d])
    }

    pub(crate) const fn has_all(self, others: Self) -> bool {
        let ([a, b], [c, d]) = (self.0, others.0);
        (c & !a) | (d & !b) == 0
    }

    pub(crate) const fn has_none(self, others: Self) -> bool {
        let ([a, b], [c, d]) = (self.0, others.0);
        (c & a) | (d & b) == 0
    }
}

/// Both halves: the shared one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct Bits([u64; 4]);

impl Bits {
    pub(crate) fn new(shared: Half, own: Half) -> Self {
        let ([a, b], [c, d]) = (shared.0, own.0);
        Self([a, b, c, d])
    }

    pub(crate) fn set(&mut self, bit: u8) {
        if let Some(word) = self.0.get_mut(usize::from(bit) / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a | e, b | f, c | g, d | h])
    }

    pub(crate) fn get(&self, bit: u8) -> bool {
        let word = self.0.get(usize::from(bit) / 64);
        word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Both halves: the shared one first.
    pub(crate) const fn halves(&self) -> (Half, Half) {
        let [a, b, c, d] = self.0;
        (Half([a, b]), Half([c, d]))
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & e, b & f, c & g, d & h])
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & !e, b & !f, c & !g, d & !h])
    }

    /// The bits that are not the same in both.
    pub(crate) const fn unlike(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a ^ e, b ^ f, c ^ g, d ^ h])
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether no more than one bit is set.
    pub(crate) const fn is_single(&self) -> bool {
        let [a, b, c, d] = self.0;
        a.count_ones() + b.count_ones() + c.count_ones() + d.count_ones() <= 1
    }

    pub(crate) fn has_all(&self, others: &Self) -> bool {
        others.without(*self) == Self::default()
    }

    pub(crate) fn has_none(&self, others: &Self) -> bool {
        others.and(*self) == Self::default()
    }

    pub(crate) const fn words(self) -> [u64; 4] {
        self.0
    }

    /// The bits that are set, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        let [a, b, c, d] = self.0;
        let words = [(a, 0), (b, 64), (c, 128), (d, 192)];
        words.into_iter().flat_map(|(word, from)| ones(word, from))
    }
}

fn ones(mut left: u64, from: u8) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        (left != 0).then(|| {
            let bit = u8::try_from(left.trailing_zeros()).unwrap_or_default();
            left &= left - 1;
            from + bit
        })
    })
}
