//! Which of many conjunctions hold, looked up four bits of the vector at a time.

use super::Bits;

/// The conjunctions of one level.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    words: usize,
    /// For each four bits of the vector that any conjunction asks for.
    nibbles: Vec<Nibble>,
}

/// Four bits of the vector.
#[derive(Debug, Clone)]
struct Nibble {
    /// Which four.
    at: usize,
    /// For each of their sixteen values, `words` words: the conjunctions that this value leaves standing.
    standing: Vec<u64>,
}

impl Conditions {
    pub(crate) fn new(masks: &[(Bits, Bits)]) -> Self {
        let words = masks.len().div_ceil(64);
        let mut nibbles = Vec::new();
        for at in 0..Bits::LEN / 4 {
            let asked = |(must, must_not): &(Bits, Bits)| must.nibble(at) | must_not.nibble(at);
            if masks.iter().all(|mask| asked(mask) == 0) {
                continue;
            }
            let mut standing = vec![0u64; words * 16];
            for (place, (must, must_not)) in masks.iter().enumerate() {
                for value in 0..16u64 {
                    let stands = must.nibble(at) & !value == 0 && must_not.nibble(at) & value == 0;
                    let word = value as usize * words + place / 64;
                    if let Some(word) = standing.get_mut(word).filter(|_| stands) {
                        *word |= 1 << (place % 64);
                    }
                }
            }
            nibbles.push(Nibble { at, standing });
        }
        // A conjunction of nothing holds always; in the first table everything must have its place.
        if nibbles.is_empty() && words > 0 {
            nibbles.push(Nibble {
                at: 0,
                standing: (0..16).flat_map(|_| all(masks.len(), words)).collect(),
            });
        }
        Self { words, nibbles }
    }

    /// One bit for each conjunction that holds, in `store`.
    pub(crate) fn holding<'a>(&self, bits: &Bits, store: &'a mut [u64]) -> &'a [u64] {
        let holding = store.get_mut(..self.words).unwrap_or_default();
        let row = |nibble: &Nibble| bits.nibble(nibble.at) as usize * self.words;
        let mut nibbles = self.nibbles.iter();
        if let Some(first) = nibbles.next() {
            let from = row(first);
            if let Some(row) = first.standing.get(from..from + self.words) {
                holding.copy_from_slice(row);
            }
        }
        for nibble in nibbles {
            let from = row(nibble);
            if let Some(row) = nibble.standing.get(from..from + self.words) {
                for (holds, stands) in holding.iter_mut().zip(row) {
                    *holds &= stands;
                }
            }
        }
        holding
    }
}

fn all(count: usize, words: usize) -> impl Iterator<Item = u64> {
    (0..words).map(move |word| match count - word * 64 {
        64.. => u64::MAX,
        rest => (1 << rest) - 1,
    })
}
