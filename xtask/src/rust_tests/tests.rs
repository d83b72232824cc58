use super::Tally;

fn check(lines: &[&str], passed: u64, failed: u64) {
    let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    assert_eq!(
        Tally::of_libtest(&lines),
        Tally { passed, failed },
        "{lines:?}"
    );
}

#[test]
fn counts_what_libtest_says() {
    check(&[], 0, 0);
    check(&["running 2 tests", "test a ... ok"], 0, 0);
    check(
        &[
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
        ],
        12,
        0,
    );
    check(
        &[
            "test result: FAILED. 11 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ],
        11,
        2,
    );
    check(
        &[
            "test result: ok. 1 passed; 0 failed;",
            "noise",
            "test result: ok. 2 passed; 0 failed;",
        ],
        3,
        0,
    );
}
