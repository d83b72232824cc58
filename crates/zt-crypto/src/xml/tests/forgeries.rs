//! Forgeries by the hundred: nothing that the owner did not sign counts, nor what he signed in another shape.

mod made;
mod shaped;
mod wrapped;

use super::OWNER;
use super::forge::{Draw, Genuine, Recipe};
use crate::xml::{SignatureError, verified};
use std::collections::BTreeSet;
use zt_federation::xml::{Content, Document};

/// Distinct forgeries of each class.
const VARIANTS: usize = 500;
const SEED: u64 = 0x5ec1_5407_0a71_2026;

/// A class of forgeries: what it is called, and what draws one.
struct Class(&'static str, fn(&mut Draw) -> Vec<u8>);

/// What comes of a document: the text to read, or why not.
fn judged(octets: &[u8]) -> Result<String, SignatureError> {
    let document = Document::from_octets(octets, Content::Message)?;
    verified(&document, &OWNER.public).map(|verified| verified.text().to_owned())
}

/// Draws forgeries of each class until there are enough, and expects all of them to be refused.
fn none_counts(classes: &[Class]) {
    println!("seed {SEED:#x}");
    for Class(class, forge) in classes {
        let mut draw = Draw(SEED);
        let mut seen = BTreeSet::new();
        for drawn in 0.. {
            assert!(
                drawn < 4 * VARIANTS,
                "{class}: only {} are distinct",
                seen.len()
            );
            let forged = forge(&mut draw);
            let judged = judged(&forged);
            assert!(
                judged.is_err(),
                "{class}, seed {SEED:#x}, number {drawn}, counts as\n{}\n{}",
                judged.unwrap_or_default(),
                String::from_utf8_lossy(&forged)
            );
            seen.insert(forged);
            if seen.len() == VARIANTS {
                break;
            }
        }
        println!("{class}: {VARIANTS} refused");
    }
}

#[test]
fn what_is_signed_by_the_book_counts() {
    let mut draw = Draw(SEED);
    for _ in 0..VARIANTS {
        let recipe = Recipe::new(&mut draw);
        let text = recipe.owned(&mut draw);
        let read = judged(text.as_bytes());
        assert!(read.is_ok(), "{read:?}: {text}");
    }
}

/// Bytes turned, taken out and doubled at random: what counts all the same says what was signed.
#[test]
fn what_was_changed_counts_only_if_it_says_the_same() {
    let mut draw = Draw(SEED);
    let mut counted = 0;
    for _ in 0..VARIANTS {
        let genuine = Genuine::new(&mut draw);
        for _ in 0..20 {
            let mut octets = genuine.signed.clone().into_bytes();
            let at = draw.below(octets.len());
            match draw.below(4) {
                0 => octets[at] ^= 1 << draw.below(8),
                1 => drop(octets.remove(at)),
                2 => octets.insert(at, draw.pick(b" \n<>&\"'=/#A")),
                _ => {
                    let to = (at + 1 + draw.below(40)).min(octets.len());
                    let piece = octets[at..to].to_vec();
                    let there = draw.below(octets.len());
                    octets.splice(there..there, piece);
                }
            }
            if let Ok(text) = judged(&octets) {
                assert_eq!(text, genuine.plain, "seed {SEED:#x}");
                counted += 1;
            }
        }
    }
    // White space in tags and base64, and anything in the certificate, which is not read.
    assert!(counted > 0);
}
