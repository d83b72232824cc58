use super::*;
use crate::fixtures::{empty, example};
use std::path::Path;
use zt_identity::problem::Problem;
use zt_identity::{CERTIFICATE, FACT_KINDS, POLICY_STATES};
use zt_live::Live;
use zt_trust::FactKind;

mod providers;

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
    let now = Timestamp::parse_rfc3339("2026-04-01T00:00:00Z").unwrap();
    match parse(files, now) {
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
    less.texts.remove("travel.toml");
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

/// The example with one more file.
fn with(file: &str) -> Files {
    let mut files = example();
    files.texts.insert("more.toml".to_owned(), file.to_owned());
    files
}

/// A policy of the example's organisation, written as a rule.
fn rule(rule: &str) -> String {
    format!(
        "[[policy]]\nid = \"p\"\ntitle = {{ ja = \"題\", en = \"Title\" }}\n[policy.rule]\n{rule}"
    )
}

#[test]
fn what_is_wrong_with_a_rule_is_told_where_it_stands() {
    let rules = [
        (
            "unknown fields",
            "effekt = \"refuse\"\nwho = [\"everyone\"]\nwhom = 1\n",
        ),
        ("nothing at all", ""),
        (
            "other kinds of values",
            "effect = \"stop\"\nwho = \"everyone\"\nwhen = [{ within = 9 }, \"companydevice\", { outsid = \"office-hours\" }]\nlimits = [{ withhold = [\"dowload\"] }]\n",
        ),
        (
            "what does not exist",
            "effect = \"refuse\"\nscope = { app-group = \"for-contractor\" }\nwho = [{ person = \"sato.hanka\" }, { group = \"contractor\" }]\nwhat = { except-applications = [\"wikki\"] }\nwhen = [{ not-from-networks = [\"head-ofice\"] }, { outside = \"nights\" }]\n",
        ),
        (
            "all and any",
            "effect = \"restrict\"\nwho = [\"everyone\"]\nrequire = { all = [\"company-device\"], any = [\"compliant-device\"], none = [] }\n",
        ),
        (
            "more risk opening a door",
            "effect = \"refuse\"\nwho = [\"everyone\"]\nwhen = [\"company-device\"]\n",
        ),
        (
            "conflicting exclusions",
            "effect = \"refuse\"\nwho = [{ person = \"sato.hanako\" }, { group = \"sales\" }]\nexcept = [\n  { whom = { person = \"sato.hanako\" }, owner = \"suzuki.ichiro\", reason = \"trial\", until = 2026-05-31 },\n  { whom = { group = \"sales\" }, owner = \"suzuki.ichiro\", reason = \"trial\", until = 2026-05-31 },\n]\n",
        ),
        (
            "an exclusion that has run out",
            "effect = \"refuse\"\nwho = [\"everyone\"]\nexcept = [{ whom = { group = \"sales\" }, owner = \"suzuki.ichiro\", reason = \"moving house\", until = 2026-03-30 }]\n",
        ),
        (
            "half an exclusion",
            "effect = \"refuse\"\nwho = [\"everyone\"]\nexcept = [{ whom = { group = \"sales\" }, owner = \"suzuki.jiro\", till = 2026-03-30 }, { whom = \"guests\", owner = \"suzuki.ichiro\", reason = \"x\", until = \"soon\" }]\n",
        ),
    ];
    let told: Vec<String> = rules
        .into_iter()
        .map(|(name, text)| format!("## {name}\n{}\n", problems(&with(&rule(text)))))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_is_wrong_beside_rules_is_told_where_it_stands() {
    let others = [
        (
            "a circle of groups",
            "[[group]]\nid = \"a\"\nname = { ja = \"甲\", en = \"A\" }\npart_of = [\"b\"]\n[[group]]\nid = \"b\"\nname = { ja = \"乙\", en = \"B\" }\npart_of = [\"a\"]\n",
        ),
        (
            "a group that is part of nothing there is",
            "[[group]]\nid = \"a\"\nname = { ja = \"甲\", en = \"A\" }\npart_of = [\"sale\"]\n",
        ),
        (
            "ranges",
            "[[network]]\nid = \"n\"\nname = { ja = \"網\", en = \"N\" }\nranges = [\"192.0.2.1/24\", \"office\", \"::ffff:192.0.2.0/120\"]\n",
        ),
        (
            "calendars",
            "[[calendar]]\nid = \"c\"\nname = { ja = \"暦\", en = \"C\" }\ntime_zone = \"Asia/Tokio\"\nhours = [{ days = [\"mon\", \"funday\"], from = \"9:00\", to = \"24:30\" }]\n[[calendar.day_off]]\nday = 2027-02-30\nname = { ja = \"休\", en = \"Off\" }\n",
        ),
        (
            "a time zone alone",
            "[[calendar]]\nid = \"c\"\nname = { ja = \"暦\", en = \"C\" }\ntime_zone = \"Asia/Tokio\"\nhours = []\n",
        ),
        (
            "packs",
            "[[pack]]\nid = \"contractor\"\n[[pack]]\nid = \"saas\"\nstate = \"on\"\n[[pack]]\nid = \"matrix\"\n",
        ),
        (
            "a policy with the id of a pack's",
            "[[policy]]\nid = \"company-devices-managed\"\ntitle = { ja = \"題\", en = \"Title\" }\ncedar = \"permit (principal, action, resource);\"\n",
        ),
        (
            "a rule and a text",
            "[[policy]]\nid = \"p\"\ntitle = { ja = \"題\", en = \"Title\" }\nrule = { effect = \"refuse\", who = [\"everyone\"] }\ncedar = \"permit (principal, action, resource);\"\n",
        ),
    ];
    let told: Vec<String> = others
        .into_iter()
        .map(|(name, text)| format!("## {name}\n{}\n", problems(&with(text))))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn rules_are_kept_beside_the_cedar_that_they_write() {
    let endpoints = empty().await;
    let live = endpoints.live();
    let text = rule(
        "effect = \"restrict\"\nwho = [{ person = \"sato.hanako\" }]\nwhen = [{ not-from-networks = [\"head-office\"] }]\nrequire = { all = [{ assurance = { at-least = \"phishing-resistant\" } }] }\n",
    );
    let lines = apply(live, &with(&text), Adopt::Nothing).await;
    let head = |line: &&Line| line.what == "policy" && line.id == "p";
    assert!(lines.iter().any(|line| head(&line)), "{lines:?}");
    let (document, person) = live.read(|state| {
        let document = state.policies.values().find(|p| p.id.as_str() == "p");
        (document.unwrap().clone(), state.logins["sato.hanako"])
    });
    assert!(document.cedar.contains(&person.to_string()), "{document:?}");
    let kept = document.source.rule().unwrap();
    assert_eq!(kept.parts().who, [zt_policy::Whom::Person(person)]);
    assert_eq!(
        printed(&apply(live, &with(&text), Adopt::Nothing).await),
        ""
    );
    // As Cedar by hand it says the same, and is told as a change: a form cannot open it any more.
    let by_hand = format!(
        "[[policy]]\nid = \"p\"\ntitle = {{ ja = \"題\", en = \"Title\" }}\ncedar = '''\n{}'''\n",
        document.cedar
    );
    insta::assert_snapshot!(printed(&apply(live, &with(&by_hand), Adopt::Nothing).await), @r"
    ~ policy p
        written: as a rule → nothing
    ");
}

#[tokio::test]
async fn what_has_run_out_is_refused_and_what_is_in_force_stays() {
    let endpoints = empty().await;
    let live = endpoints.live();
    let text = |until: &str| {
        rule(&format!(
            "effect = \"refuse\"\nwho = [{{ group = \"sales\" }}]\nexcept = [{{ whom = {{ person = \"suzuki.ichiro\" }}, owner = \"sato.hanako\", reason = \"trial\", until = {until} }}]\n"
        ))
    };
    apply(live, &with(&text("2026-04-01")), Adopt::Nothing).await;
    let version = live.policies().version();
    let two_days = std::time::Duration::from_secs(2 * 24 * 3600);
    live.clock().advance(two_days);
    let (status, body) = crate::fixtures::admin(
        &endpoints,
        "POST",
        crate::management::ORGANISATION_APPLY,
        &serde_json::json!({ "files": with(&text("2026-04-01")) }),
    )
    .await;
    assert_eq!(status, http::StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.to_string().contains("2026-04-01"), "{body}");
    assert_eq!(live.policies().version(), version);
    apply(live, &with(&text("2026-05-01")), Adopt::Nothing).await;
    assert_ne!(live.policies().version(), version);
}

/// An application that is not behind the gateway, with a client.
const ELSEWHERE: &str = r#"
[[application]]
id = "expenses"
name = { ja = "経費精算", en = "Expenses" }
description = { ja = "経費の申請と承認", en = "Expense claims" }
owner = "sato.hanako"
sensitivity = "internal"

[[client]]
id = "expenses-web"
name = { ja = "経費精算", en = "Expenses" }
application = "expenses"
redirect_uris = ["https://expenses.example.co.jp/callback"]
backchannel_logout = "https://expenses.example.co.jp/logout"
home = "https://expenses.example.co.jp/"

[[client.secret]]
sha256 = "0101010101010101010101010101010101010101010101010101010101010101"
"#;

const NEW_SECRET: &str = r#"until = 2026-04-30

[[client.secret]]
sha256 = "0202020202020202020202020202020202020202020202020202020202020202"
"#;

#[tokio::test]
async fn a_client_is_made_changed_and_taken_away() {
    let endpoints = empty().await;
    let live = endpoints.live();
    apply(live, &example(), Adopt::Nothing).await;
    insta::assert_snapshot!(
        "client_first",
        printed(&apply(live, &with(ELSEWHERE), Adopt::Nothing).await)
    );
    assert_eq!(
        printed(&apply(live, &with(ELSEWHERE), Adopt::Nothing).await),
        ""
    );
    let secret = |n: u8| {
        live.read(|state| {
            let client = state.clients.values().next().unwrap();
            let found = client
                .secrets
                .iter()
                .find(|s| s.hash == zt_types::TokenHash([n; 32]));
            found.unwrap().expires_at
        })
    };
    assert_eq!(secret(1), Timestamp::FAR_FUTURE);

    let rotated = format!("{ELSEWHERE}{NEW_SECRET}");
    insta::assert_snapshot!(
        "client_rotated",
        printed(&apply(live, &with(&rotated), Adopt::Nothing).await)
    );
    assert_eq!(
        secret(1),
        Timestamp::parse_rfc3339("2026-05-01T12:00:00Z").unwrap()
    );
    assert_eq!(secret(2), Timestamp::FAR_FUTURE);

    insta::assert_snapshot!(
        "client_gone",
        printed(&apply(live, &example(), Adopt::Nothing).await)
    );
    let gone = zt_types::ClientId::new("expenses-web").unwrap();
    assert!(live.read(|state| !state.clients.contains_key(&gone)));
}

#[tokio::test]
async fn an_application_does_not_go_from_under_a_client() {
    let endpoints = empty().await;
    let live = endpoints.live();
    apply(live, &with(ELSEWHERE), Adopt::Nothing).await;
    let client = ELSEWHERE.split("[[client]]").nth(1).unwrap();
    insta::assert_snapshot!(
        "client_without_application",
        problems(&with(&format!("[[client]]{client}")))
    );
    // One that files do not manage holds its application too.
    let mut kept = live.read(|state| state.clients.values().next().unwrap().clone());
    kept.managed_by = zt_types::ManagedBy::Console;
    live.commit(Plan::new(vec![Change::PutClient(kept)], vec![]))
        .await
        .unwrap();
    let (status, body) = crate::fixtures::admin(
        &endpoints,
        "POST",
        crate::management::ORGANISATION_APPLY,
        &serde_json::json!({ "files": example() }),
    )
    .await;
    assert_eq!(status, http::StatusCode::CONFLICT, "{body}");
    insta::assert_snapshot!("client_holds_application", body["detail"].as_str().unwrap());
    assert!(live.read(|state| state.applications.len() == 5));
}

#[test]
fn what_is_wrong_with_a_client_is_told_where_it_stands() {
    let keys = |text: &str| {
        let mut files = with(&ELSEWHERE.split("[[client.secret]]").next().unwrap().replace(
            "application = \"expenses\"",
            "application = \"expenses\"\nauthentication = \"private_key_jwt\"\nkeys_file = \"keys.json\"",
        ));
        files.texts.insert("keys.json".to_owned(), text.to_owned());
        problems(&files)
    };
    let told_in_browser = |address: &str| {
        let line = format!("frontchannel_logout = \"{address}\"\nhome =");
        problems(&with(&ELSEWHERE.replace("home =", &line)))
    };
    let told = [
        problems(&with(&ELSEWHERE.replace(
            "/callback\"",
            "/callback#x\", \"http://expenses.example.co.jp/\", \"https://*.example.co.jp/\"",
        ))),
        problems(&with(&ELSEWHERE.replace(
            "https://expenses.example.co.jp/logout",
            "com.example.app:/logout",
        ))),
        told_in_browser("https://expenses.evil.example/logout"),
        told_in_browser("com.example.app:/logout"),
        told_in_browser(
            "https://expenses.example.co.jp/logout\"\nfrontchannel_session = \"unnamed",
        ),
        problems(&with(&format!("{ELSEWHERE}until = 2026-03-30\n"))),
        keys("nonsense"),
        keys(r#"{ "keys": [{ "kty": "oct", "k": "AAAA" }] }"#),
        keys(r#"{ "keys": [] }"#),
        keys(
            r#"{ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] }"#,
        ),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_words_for_clients_are_those_of_the_protocol() {
    fn known<T: serde::de::DeserializeOwned>(words: &[&str]) {
        for word in words {
            let read: Result<T, _> = serde_json::from_value(serde_json::json!(word));
            assert!(read.is_ok(), "{word}");
        }
    }
    known::<zt_federation::Authentication>(zt_identity::AUTHENTICATIONS);
    known::<zt_federation::GrantType>(zt_identity::GRANTS);
    known::<zt_federation::Scope>(zt_identity::SCOPES);
    known::<zt_federation::ProofKey>(zt_identity::PROOF_KEYS);
    known::<zt_federation::ConsentDemand>(zt_identity::CONSENTS);
    known::<zt_federation::SigningAlgorithm>(zt_identity::ID_TOKENS);
    known::<zt_federation::SessionNaming>(zt_identity::SESSION_NAMINGS);
}

/// What the document tells people to write is right as it stands there.
#[test]
fn the_examples_of_clients_are_right() {
    let manual = include_str!("../../../../docs/connecting-applications.md");
    let blocks = manual.split("```toml\n").skip(1);
    let blocks: Vec<&str> = blocks
        .filter_map(|block| block.split_once("```").map(|(block, _)| block))
        .collect();
    let written = |begin: &str| -> String {
        let whole = blocks.iter().filter(|block| block.starts_with(begin));
        whole.copied().collect()
    };
    let first = written("[[application]]");
    // The other one is registered like the first.
    let ledger = first.replace("id = \"expenses\"", "id = \"ledger\"");
    let texts = [first, ledger, written("[[client]]\n")].concat();
    assert_eq!(texts.matches("[[client]]").count(), 5);
    let mut files = with(&texts);
    for (n, name) in ["expenses", "expenses-api", "ledger-api"]
        .iter()
        .enumerate()
    {
        let secret = zt_crypto::hash::received_hash(&format!("secret {n} of the document"));
        let token = format!("secrets/{name}.secret");
        files.tokens.insert(token, Some(secret));
    }
    assert_eq!(problems(&files), "nothing is wrong");
}
