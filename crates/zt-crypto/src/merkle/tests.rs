use super::*;
use proptest::prelude::*;

/// The entries and roots of the Certificate Transparency reference implementation's own tests.
const ENTRIES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hash(text: &str) -> MerkleHash {
    text.parse().unwrap()
}

fn reference_leaves() -> Vec<MerkleHash> {
    ENTRIES.iter().map(|entry| leaf_hash(entry)).collect()
}

/// The definition of RFC 6962 §2.1, word for word.
fn by_definition(leaves: &[MerkleHash]) -> MerkleHash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let mut k = 1;
            while k * 2 < leaves.len() {
                k *= 2;
            }
            node_hash(&by_definition(&leaves[..k]), &by_definition(&leaves[k..]))
        }
    }
}

#[test]
fn reference_roots() {
    for (size, expected) in ROOTS.iter().enumerate() {
        let leaves = &reference_leaves()[..size];
        assert_eq!(root(leaves).to_string(), *expected, "{size} leaves");
        assert_eq!(
            by_definition(leaves).to_string(),
            *expected,
            "{size} leaves by definition"
        );
    }
}

#[test]
fn reference_inclusion_proofs() {
    let cases: [(u64, usize, &[&str]); 5] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            3,
            &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        ),
        (
            1,
            5,
            &[
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (index, size, expected) in cases {
        let leaves = &reference_leaves()[..size];
        let expected: Vec<_> = expected.iter().map(|text| hash(text)).collect();
        assert_eq!(
            inclusion_path(index, leaves).unwrap(),
            expected,
            "leaf {index} of {size}"
        );
    }
}

#[test]
fn reference_consistency_proofs() {
    let cases: [(u64, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, size, expected) in cases {
        let leaves = &reference_leaves()[..size];
        let expected: Vec<_> = expected.iter().map(|text| hash(text)).collect();
        assert_eq!(
            consistency_path(old, leaves).unwrap(),
            expected,
            "{old} to {size}"
        );
    }
}

/// The worked example of RFC 6962 §2.1.3, with its own letters for the nodes of the tree of seven leaves.
#[test]
fn worked_example_of_the_rfc() {
    let d: Vec<MerkleHash> = (0u8..7).map(|n| leaf_hash(&[n])).collect();
    let [a, b, c, e] = [d[0], d[1], d[2], d[4]];
    let (d3, f, j) = (d[3], d[5], d[6]);
    let (g, h, i) = (node_hash(&a, &b), node_hash(&c, &d3), node_hash(&e, &f));
    let (k, l) = (node_hash(&g, &h), node_hash(&i, &j));
    assert_eq!(inclusion_path(0, &d).unwrap(), [b, h, l]);
    assert_eq!(inclusion_path(3, &d).unwrap(), [c, g, l]);
    assert_eq!(inclusion_path(4, &d).unwrap(), [f, j, k]);
    assert_eq!(inclusion_path(6, &d).unwrap(), [i, k]);
    assert_eq!(consistency_path(3, &d).unwrap(), [c, d3, g, l]);
    assert_eq!(consistency_path(4, &d).unwrap(), [l]);
    assert_eq!(consistency_path(6, &d).unwrap(), [i, j, k]);
}

#[test]
fn what_is_not_there_has_no_proof() {
    let leaves = reference_leaves();
    assert_eq!(inclusion_path(8, &leaves), None);
    assert_eq!(inclusion_path(0, &[]), None);
    assert_eq!(consistency_path(9, &leaves), None);
    assert!(!verify_inclusion(&leaves[0], 0, 0, &[], &empty_root()));
    assert!(verify_consistency(0, &empty_root(), 8, &root(&leaves), &[]));
    assert!(!verify_consistency(0, &leaves[0], 8, &root(&leaves), &[]));
}

#[test]
fn a_salt_is_the_start_of_the_entry() {
    assert_eq!(
        salted_leaf(b"0123456789abcdef", b"rest"),
        leaf_hash(b"0123456789abcdefrest")
    );
}

#[test]
fn a_frontier_survives_storage_and_refuses_nonsense() {
    let mut frontier = Frontier::default();
    for leaf in reference_leaves().into_iter().take(7) {
        frontier.push(leaf);
    }
    let json = serde_json::to_string(&frontier).unwrap();
    assert_eq!(serde_json::from_str::<Frontier>(&json).unwrap(), frontier);
    assert!(serde_json::from_str::<Frontier>(&json.replace("\"size\":7", "\"size\":8")).is_err());
    assert_eq!(
        Frontier::from_parts(3, vec![]).unwrap_err().to_string(),
        "a tree of 3 leaves has 2 complete subtrees, not 0"
    );
    for bad in ["", "00", &"G".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
        assert_eq!(bad.parse::<MerkleHash>(), Err(NotAHash), "{bad}");
    }
}

fn tree() -> impl Strategy<Value = Vec<MerkleHash>> {
    proptest::collection::vec(any::<[u8; 4]>().prop_map(|entry| leaf_hash(&entry)), 1..70)
}

proptest! {
    #[test]
    fn the_frontier_agrees_with_the_definition(leaves in tree()) {
        prop_assert_eq!(root(&leaves), by_definition(&leaves));
    }

    #[test]
    fn every_leaf_is_provable_and_nothing_else_is(leaves in tree(), pick: prop::sample::Index, flip in 0usize..256) {
        let size = leaves.len() as u64;
        let index = pick.index(leaves.len());
        let root = root(&leaves);
        let path = inclusion_path(index as u64, &leaves).unwrap();
        prop_assert!(verify_inclusion(&leaves[index], index as u64, size, &path, &root));

        let mut wrong = leaves[index];
        wrong.0[flip / 8] ^= 1 << (flip % 8);
        prop_assert!(!verify_inclusion(&wrong, index as u64, size, &path, &root));
        prop_assert!(!verify_inclusion(&leaves[index], index as u64, size, &path, &wrong));
        let mut long = path.clone();
        long.push(wrong);
        prop_assert!(!verify_inclusion(&leaves[index], index as u64, size, &long, &root));
        if let Some((_, short)) = path.split_last() {
            prop_assert!(!verify_inclusion(&leaves[index], index as u64, size, short, &root));
        }
        for other in (0..size).filter(|other| *other != index as u64) {
            if leaves[other as usize] != leaves[index] {
                prop_assert!(!verify_inclusion(&leaves[index], other, size, &path, &root));
            }
        }
    }

    #[test]
    fn growth_is_provable_and_rewriting_is_not(leaves in tree(), pick: prop::sample::Index, victim: prop::sample::Index, flip in 0usize..256) {
        let size = leaves.len() as u64;
        let old_size = pick.index(leaves.len()) + 1;
        let (old_root, new_root) = (root(&leaves[..old_size]), root(&leaves));
        let path = consistency_path(old_size as u64, &leaves).unwrap();
        prop_assert!(verify_consistency(old_size as u64, &old_root, size, &new_root, &path));

        // One bit of one old leaf is changed: no proof of the new tree can connect it with the old root.
        let mut rewritten = leaves.clone();
        rewritten[victim.index(old_size)].0[flip / 8] ^= 1 << (flip % 8);
        let forged = consistency_path(old_size as u64, &rewritten).unwrap();
        prop_assert!(!verify_consistency(old_size as u64, &old_root, size, &root(&rewritten), &forged));
        prop_assert!(!verify_consistency(old_size as u64, &old_root, size, &root(&rewritten), &path));
    }

    #[test]
    fn verification_never_panics(index: u64, size: u64, old: u64, path in proptest::collection::vec(any::<[u8; 32]>().prop_map(MerkleHash), 0..70)) {
        let hash = empty_root();
        let _ = verify_inclusion(&hash, index, size, &path, &hash);
        let _ = verify_consistency(old, &hash, size, &hash, &path);
    }

    #[test]
    fn a_frontier_resumes_where_it_was(leaves in tree(), pick: prop::sample::Index) {
        let at = pick.index(leaves.len());
        let mut first = Frontier::default();
        leaves[..at].iter().for_each(|leaf| first.push(*leaf));
        let mut second = Frontier::from_parts(first.size(), first.peaks().to_vec()).unwrap();
        leaves[at..].iter().for_each(|leaf| second.push(*leaf));
        prop_assert_eq!(second.root(), root(&leaves));
    }
}
