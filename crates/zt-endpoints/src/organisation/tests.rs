use super::*;
use crate::fixtures::{empty, example};
use std::path::Path;
use zt_identity::problem::Problem;
use zt_identity::{CERTIFICATE, FACT_KINDS, POLICY_STATES};
use zt_live::Live;
use zt_trust::FactKind;

async fn apply(live: &Live, files: &Files, adopt: Adopt) -> Vec<Line> {
    let now = live.clock().now();
    let organisation = parse(files, now).unwrap();
    let plan = live.read(|state| {
        plan(state, &organisation, adopt, now, &mut || {
            live.entropy().bytes()
        })
    });
    let lines = plan.lines.clone();
    let plan = plan.into_plan(&Actor::Operator, |actor, body| live.event(actor, body));
    live.commit(plan).await.unwrap();
    lines
}

fn printed(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn problems(files: &Files) -> String {
    match parse(files, Timestamp::default()) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(problems) => {
            let lines: Vec<String> = problems.sorted().iter().map(Problem::to_string).collect();
            lines.join("\n")
        }
    }
}

#[tokio::test]
async fn the_example_is_applied_changed_and_taken_back() {
    let endpoints = empty().await;
    let live = endpoints.live();
    let first = apply(live, &example(), Adopt::Nothing).await;
    insta::assert_snapshot!("first", printed(&first));
    assert_eq!(printed(&apply(live, &example(), Adopt::Nothing).await), "");

    let mut changed = example();
    let people = changed.texts.get_mut("people.toml").unwrap();
    *people = people
        .replace("role = \"administrator\"\n", "")
        .replace("login = \"emily.carter\"", "login = \"emily.c\"");
    let cedar = changed
        .texts
        .get_mut("policies/wiki-trusted-device.cedar")
        .unwrap();
    *cedar = cedar.replace("\"high\"", "\"medium\"");
    let text = changed.texts.get_mut("policies.toml").unwrap();
    *text = text.replace(
        "id = \"internal-mfa\"",
        "id = \"internal-mfa\"\nstate = \"report-only\"",
    );
    insta::assert_snapshot!(
        "changed",
        printed(&apply(live, &changed, Adopt::Nothing).await)
    );

    let mut less = example();
    less.texts.remove("applications.toml");
    less.texts.remove("policies.toml");
    insta::assert_snapshot!("less", printed(&apply(live, &less, Adopt::Nothing).await));
    assert!(live.read(|state| state.sources.is_empty() && state.applications.is_empty()));
}

#[tokio::test]
async fn events_tell_of_it() {
    let endpoints = empty().await;
    let live = endpoints.live();
    apply(live, &example(), Adopt::Nothing).await;
    let events = live
        .events(zt_store::EventFilter {
            limit: 10,
            ..Default::default()
        })
        .await
        .unwrap();
    let names: Vec<&str> = events.iter().map(|logged| logged.event.name()).collect();
    assert_eq!(names, ["policies-changed", "organisation-changed"]);
    let Body::PoliciesChanged { version, .. } = &events[0].event.body else {
        panic!("{events:?}");
    };
    assert_eq!(*version, live.policies().version().to_string());
}

#[test]
fn policies_are_checked_where_they_stand() {
    let mut files = example();
    let text = files.texts.get_mut("policies.toml").unwrap();
    *text = text.replace("resource.sensitivity in", "resource.sensitivty in");
    let cedar = files
        .texts
        .get_mut("policies/wiki-trusted-device.cedar")
        .unwrap();
    *cedar = cedar.replace("forbid (", "forbidden (");
    insta::assert_snapshot!(problems(&files));
}

#[test]
fn the_words_of_the_files_are_those_of_the_records() {
    let kinds: Vec<&str> = FactKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(kinds, FACT_KINDS);
    for state in POLICY_STATES {
        let kept: zt_policy::PolicyState =
            serde_json::from_value(serde_json::json!(state)).unwrap();
        let mut files = example();
        let text = files.texts.get_mut("policies.toml").unwrap();
        *text = text.replace(
            "id = \"internal-mfa\"",
            &format!("id = \"internal-mfa\"\nstate = \"{state}\""),
        );
        let organisation = parse(&files, Timestamp::default()).unwrap();
        let names = Names::of(&organisation, |_| None);
        let wanted = records::wanted(
            &organisation,
            &names,
            Timestamp::default(),
            &mut Problems::default(),
        );
        assert_eq!(wanted.policies[0].1.state, kept);
    }
    for demand in CERTIFICATE {
        let read: Result<zt_policy::CertificateDemand, _> =
            serde_json::from_value(serde_json::json!(demand));
        assert!(read.is_ok(), "{demand}");
    }
}

#[test]
fn a_directory_is_read_with_its_secrets() {
    let directory = std::env::temp_dir().join(format!("sekisho-files-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("deep/.hidden")).unwrap();
    std::fs::create_dir_all(directory.join("secrets")).unwrap();
    let source = |id: &str, file: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nname = {{ ja = \"あ\", en = \"A\" }}\nkinds = []\ntoken_file = \"{file}\"\n"
        )
    };
    let put = |name: &str, text: &str| std::fs::write(directory.join(name), text).unwrap();
    put("deep/a.toml", &source("one", "../secrets/one"));
    put("b.toml", &source("two", "secrets/two"));
    put("c.toml", &source("three", "secrets/none"));
    put("deep/.hidden/d.toml", "nonsense");
    put("readme.md", "nonsense");
    put("secrets/one", &format!("{}\n", crate::fixtures::EDR_TOKEN));
    put("secrets/two", "short\n");
    let files = read_directory(&directory).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(
        files.texts.keys().collect::<Vec<_>>(),
        ["b.toml", "c.toml", "deep/a.toml"]
    );
    let hash = zt_crypto::hash::received_hash(crate::fixtures::EDR_TOKEN);
    assert_eq!(files.tokens["secrets/one"], Some(hash));
    assert_eq!(files.tokens["secrets/two"], None);
    insta::assert_snapshot!(problems(&files), @r"
    b.toml:5:14: the file `secrets/two` does not hold a token; put at least 32 characters without spaces into it, for example by `openssl rand -hex 32`
    c.toml:5:14: the file `secrets/none` cannot be read; paths are relative to the file that names them; check that it is there and readable
    ");
    assert!(read_directory(Path::new("/nonexistent")).is_err());
}
