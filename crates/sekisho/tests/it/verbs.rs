use crate::installation::Installation;
use std::fs;

const CONFIG: [&str; 2] = ["--config", "sekisho.toml"];

#[test]
fn an_organisation_is_checked_planned_and_applied_once() {
    let mut there = Installation::new();
    there.start();
    assert_eq!(
        there.printed.len(),
        2,
        "two break-glass links: {:?}",
        there.printed
    );
    assert!(
        there
            .printed
            .iter()
            .all(|line| line.contains("/signin/link/"))
    );

    let checked = there.run(&["check", "-f", "organisation"]).done();
    assert!(checked.starts_with("all right: 4 people"), "{checked}");
    let plan = [
        "apply",
        "-f",
        "organisation",
        "--plan",
        CONFIG[0],
        CONFIG[1],
    ];
    let apply = ["apply", "-f", "organisation", CONFIG[0], CONFIG[1]];
    let planned = there.run(&plan).done();
    assert!(planned.contains("+ person sato.hanako\n"), "{planned}");
    let planned_again = there.run(&plan).done();
    assert_eq!(planned, planned_again, "a plan changes nothing");
    let applied = there.run(&apply).done();
    assert!(applied.ends_with("24 records applied\n"), "{applied}");
    assert_eq!(there.run(&apply).done(), "nothing differs\n");

    let policy = |verb: &[&'static str]| [&["policy"], verb, &CONFIG[..]].concat();
    let policies = there.path("organisation/policies.toml");
    let written = fs::read_to_string(&policies).unwrap();
    let shut = "forbid (principal, action, resource == Application::\"wiki\");";
    let shut = format!(
        "{written}\n[[policy]]\nid = \"shut\"\ntitle = {{ ja = \"閉\", en = \"Shut\" }}\ncedar = '{shut}'\n"
    );
    fs::write(&policies, &shut).unwrap();
    let planned = there.run(&policy(&["plan", "-f", "organisation"])).done();
    for told in [
        "policies: 1 new, 0 changed, 0 gone",
        "reach console and portal",
        "closes `connect` at wiki",
        "nothing was changed",
    ] {
        assert!(planned.contains(told), "{told}: {planned}");
    }
    let because = [&apply[..], &["--reason", "repairs"]].concat();
    there.run(&because).done();
    let versions = there.run(&policy(&["versions"])).done();
    assert!(
        versions.lines().next().unwrap().ends_with("shut  repairs"),
        "{versions}"
    );
    let back = there
        .run(&policy(&["rollback", "1", "--reason", "repaired"]))
        .done();
    assert_eq!(
        back,
        "nothing was changed\nleft as in force, because files manage them: shut; take that back in the files, then `sekisho apply`\n"
    );
    there
        .run(&policy(&["rollback", "7", "--reason", "x"]))
        .refused(1, "it is not known what the policies were");
    there
        .run(&policy(&["explain", "--person", "sato.hanako"]))
        .refused(1, "there is no such recorded decision");
    let checked = there.run(&["policy", "check", "-f", "organisation"]).done();
    assert!(checked.starts_with("all right: "), "{checked}");
    there
        .run(&["policy", "test", "-f", "organisation"])
        .refused(1, "there are no tests");
    let test = "\n[[policy_test]]\nname = \"shut\"\ngroups = []\napplication = \"wiki\"\nexpect = \"allowed\"\n";
    fs::write(&policies, format!("{shut}{test}")).unwrap();
    there
        .run(&["policy", "test", "-f", "organisation"])
        .refused(1, "1 of 1 tests failed");
    fs::write(&policies, written).unwrap();

    let people = there.path("organisation/people.toml");
    let text = fs::read_to_string(&people).unwrap();
    fs::write(&people, text.replace("role =", "rule =")).unwrap();
    let wrong = "people.toml:51:1: there is no key `rule` in a person; write `role`";
    there
        .run(&["check", "-f", "organisation"])
        .refused(1, wrong);
    there.run(&apply).refused(1, wrong);
    let policies = there
        .run(&["policy", "list", "--json", CONFIG[0], CONFIG[1]])
        .done();
    assert!(policies.contains("\"wiki-trusted-device\""), "{policies}");
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let mut there = Installation::new();
    there.start();
    there
        .run(&["apply", "-f", "organisation", CONFIG[0], CONFIG[1]])
        .done();
    let set = [
        "person",
        "set-password",
        "sato.hanako",
        CONFIG[0],
        CONFIG[1],
    ];
    there
        .run_with(&set, "short\n")
        .refused(1, "shorter than 8 characters");
    there.run_with(&set, "tsuki ga kirei desu ne 7\n").done();
    let person = |verb: &[&'static str]| [&["person"], verb, &CONFIG[..]].concat();
    let because = ["--reason", "called back"];
    let pass = [&["reset-pass", "sato.hanako"][..], &because].concat();
    let shown = there.run(&person(&pass)).done();
    assert!(
        shown.contains("Works once, until ") && shown.contains("/signin/reset"),
        "{shown}"
    );
    let revoke = ["revoke-pass", "sato.hanako"];
    there.run(&person(&revoke)).done();
    there
        .run(&person(&revoke))
        .refused(1, "there is no such pass");
    let too_long = [&pass[..], &["--minutes", "1441"]].concat();
    there
        .run(&person(&too_long))
        .refused(1, "5 minutes to 24 hours");
    let demand = [&["require-reset", "sato.hanako"][..], &because].concat();
    there.run(&person(&demand)).done();
    let code = [
        "device",
        "code",
        "sato.hanako",
        "--json",
        CONFIG[0],
        CONFIG[1],
    ];
    let code: serde_json::Value = serde_json::from_str(&there.run(&code).done()).unwrap();
    let checkpoint = there
        .run(&["audit", "checkpoint", CONFIG[0], CONFIG[1]])
        .done();
    fs::write(there.path("checkpoint"), checkpoint).unwrap();
    there.kill();
    there
        .run(&["status", CONFIG[0], CONFIG[1]])
        .refused(3, "no server answers");

    there.start();
    assert!(
        there.printed.is_empty(),
        "links are shown at the first start only"
    );
    let again = ["apply", "-f", "organisation", CONFIG[0], CONFIG[1]];
    assert_eq!(there.run(&again).done(), "nothing differs\n");
    let verify = [
        "audit",
        "verify",
        "--checkpoint",
        "checkpoint",
        CONFIG[0],
        CONFIG[1],
    ];
    assert!(there.run(&verify).done().starts_with("sound: "));
    // The code that was handed out before the kill still enrols a device, once.
    let enrol = [
        "agent",
        "enroll",
        "--server",
        &there.origin,
        "--ca",
        "state/server-ca.pem",
        "--state",
        "here",
        "--name",
        "pc",
        "--code",
        code["code"].as_str().unwrap(),
    ];
    there.run(&enrol).done();
    there.run(&["agent", "status", "--state", "here"]).done();
    let elsewhere = enrol.map(|argument| {
        if argument == "here" {
            "there"
        } else {
            argument
        }
    });
    there
        .run(&elsewhere)
        .refused(1, "not known or was used already");
    there.run(&["agent", "leave", "--state", "here"]).done();
}

#[test]
fn one_directory_has_one_server_and_a_wrong_configuration_none() {
    let mut there = Installation::new();
    there.start();
    there
        .run(&["serve", CONFIG[0], CONFIG[1]])
        .refused(1, "the store is in use by process");
    fs::write(
        there.path("wrong.toml"),
        "domian = \"a.example\"\n[limits]\nmax_streams = 0\n",
    )
    .unwrap();
    let serve = there.run(&["serve", "--config", "wrong.toml"]);
    assert!(
        serve
            .err
            .contains("wrong.toml:1:1: there is no key `domian`"),
        "{}",
        serve.err
    );
    serve.refused(
        2,
        "wrong.toml:3:15: `max_streams` is `0`; write a whole number from 1 to 10000",
    );
    let printed = there
        .run(&["serve", CONFIG[0], CONFIG[1], "--print-config"])
        .done();
    assert!(
        printed.starts_with("domain = \"sekisho.localhost\"\n"),
        "{printed}"
    );
}
