use super::Cli;
use clap::{CommandFactory, Parser};

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn help_reads_well() {
    let mut command = Cli::command().term_width(100);
    insta::assert_snapshot!("help", command.render_long_help());
    for verb in [
        &["demo"][..],
        &["serve"],
        &["apply"],
        &["agent", "enroll"],
        &["audit", "verify"],
        &["policy"],
        &["policy", "plan"],
        &["registration", "allow"],
    ] {
        let mut found = Cli::command();
        for name in verb {
            found = found.find_subcommand(name).unwrap().clone();
        }
        insta::assert_snapshot!(
            format!("help_{}", verb.join("_")),
            found.term_width(100).render_long_help()
        );
    }
}

#[tokio::test]
async fn failures_say_what_to_do_and_end_with_their_code() {
    let directory = tempfile::tempdir().unwrap();
    let there = directory.path().display().to_string();
    let nowhere = format!("{there}/nowhere");
    let table: &[(&[&str], u8, &str)] = &[
        (&["status", "--config", &nowhere], 2, "which server?"),
        (&["status", "--socket", &nowhere], 3, "no server answers"),
        (
            &["session", "end", "hanako", "--socket", &nowhere],
            3,
            "no server answers",
        ),
        (&["check", "-f", &nowhere], 3, "cannot read"),
        (
            &["audit", "verify", "--state", &nowhere],
            3,
            "there is no log to read",
        ),
        (&["agent", "status", "--state", &nowhere], 1, "not enrolled"),
        (
            &[
                "agent", "enroll", "--server", "ftp://x", "--code", "x", "--state", &nowhere,
            ],
            2,
            "ftp://x",
        ),
        (
            &["demo", "reset", "--state", &nowhere],
            1,
            "there is no demo",
        ),
        (
            &["demo", "browser", "--name", "../x", "--state", &nowhere],
            1,
            "is no name for a browser",
        ),
    ];
    for (arguments, code, words) in table {
        let cli = Cli::try_parse_from(std::iter::once(&"sekisho").chain(*arguments)).unwrap();
        let (found, text) = super::run(cli).await.unwrap_err().parts();
        assert_eq!(found, *code, "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    assert!(
        std::fs::read_dir(directory.path())
            .unwrap()
            .next()
            .is_none(),
        "nothing was made"
    );
}

#[test]
fn mistakes_in_the_files_are_all_told_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[[person]]\nlogin = \"Hanako\"\nname = { ja = \"花子\" }\n";
    std::fs::write(directory.path().join("people.toml"), text).unwrap();
    let arguments = ["sekisho", "check", "-f", directory.path().to_str().unwrap()];
    let cli = Cli::try_parse_from(arguments).unwrap();
    let super::Verb::Check(args) = &cli.verb else {
        panic!("not check")
    };
    let (code, text) = super::organisation::check(args, super::Output::Text)
        .unwrap_err()
        .parts();
    assert_eq!(code, 1);
    insta::assert_snapshot!(text);
}
