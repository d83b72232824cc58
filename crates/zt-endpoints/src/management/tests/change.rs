//! Looking ahead, looking back, going back.

use super::session;
use crate::fixtures::{admin, endpoints, example};
use crate::management::{
    ORGANISATION_APPLY, POLICY_EXPLAIN, POLICY_PLAN, POLICY_REPLAY, POLICY_REVISIONS,
    POLICY_ROLLBACK, POLICY_TEST,
};
use http::StatusCode;
use serde_json::{Value, json};
use zt_identity::Files;
use zt_live::{Question, SignIn};
use zt_types::{AppId, EnforcementPointId};

/// The example, and a policy that closes the notices.
fn closed() -> Files {
    let mut files = example();
    let policies = files.texts.get_mut("policies.toml").unwrap();
    policies.push_str(
        "\n[[policy]]\nid = \"closed\"\ntitle = { ja = \"閉鎖\", en = \"Closed\" }\ncedar = '''\nforbid (principal, action, resource == Application::\"notices\");\n'''\n",
    );
    files
}

#[tokio::test]
async fn a_change_is_seen_over_recorded_accesses_put_in_force_and_taken_back() {
    let endpoints = endpoints().await;
    let live = endpoints.live();
    let session = session(&endpoints, "sato.hanako", 1).await;
    let person = live.read(|state| state.logins["sato.hanako"]);
    let app = AppId::new("notices").unwrap();
    let question = Question {
        person,
        session: SignIn::Session(session),
        app: &app,
    };
    let (decision, id) = live.consult(&EnforcementPointId::new("vpn").unwrap(), &question);
    assert!(decision.permit().is_some());

    let (status, replayed) = admin(&endpoints, "POST", POLICY_REPLAY, &json!({})).await;
    assert_eq!((status, &replayed["same"]), (StatusCode::OK, &json!(1)));
    assert_eq!(replayed["differing"], 0);

    let plan = json!({ "organisation": { "files": closed() } });
    let (status, planned) = admin(&endpoints, "POST", POLICY_PLAN, &plan).await;
    assert_eq!(status, StatusCode::OK, "{planned}");
    assert_eq!(planned["policies"]["added"], json!(["closed"]));
    assert_eq!(planned["last_resort"]["safe"], true);
    assert_eq!(planned["accesses"]["accesses"], 1);
    let difference = &planned["accesses"]["differences"][0];
    assert_eq!(difference["effect"], "refused");
    assert_eq!(difference["login"], "sato.hanako");
    assert_eq!(difference["policies"], json!(["closed"]));
    let examples = planned["examples"].as_array().unwrap();
    assert!(
        examples
            .iter()
            .any(|e| e["app"] == "notices" && e["than_today"] == "less"),
        "{examples:?}"
    );
    // Of nobody else, and of no other time.
    let others = json!({ "organisation": { "files": closed() }, "span": { "since": "2030-01-01T00:00:00Z" } });
    let (_, none) = admin(&endpoints, "POST", POLICY_PLAN, &others).await;
    assert_eq!(none["accesses"]["accesses"], 0);
    let wrong = json!({ "organisation": { "files": closed() }, "span": { "since": "yesterday" } });
    let (status, told) = admin(&endpoints, "POST", POLICY_PLAN, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");

    let apply = json!({ "files": closed(), "why": "closed for repairs" });
    admin(&endpoints, "POST", ORGANISATION_APPLY, &apply).await;
    let (_, revisions) = admin(&endpoints, "GET", POLICY_REVISIONS, &Value::Null).await;
    assert_eq!(revisions[0]["why"], "closed for repairs");
    assert_eq!(revisions[0]["policies"], json!(["closed"]));
    let (_, replayed) = admin(&endpoints, "POST", POLICY_REPLAY, &json!({})).await;
    assert_eq!(replayed["by_others"].as_object().unwrap().len(), 1);

    let explain = json!({ "decision": id });
    let (status, told) = admin(&endpoints, "POST", POLICY_EXPLAIN, &explain).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["present"], &told["outcome"]),
        (&json!(false), &json!("refused"))
    );
    assert_eq!(told["statements"][0]["policy"], "closed");
    assert_eq!(told["statements"][0]["applies"], true);

    let first = revisions[0]["number"].as_u64().unwrap() - 1;
    let back = |why: &str| json!({ "to": first, "why": why });
    let (status, _) = admin(&endpoints, "POST", POLICY_ROLLBACK, &back(" ")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, told) = admin(&endpoints, "POST", POLICY_ROLLBACK, &back("repaired")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    // What the files brought, the files take back.
    assert_eq!(
        (&told["policies"], &told["managed_by_files"]),
        (&json!([]), &json!(["closed"]))
    );
    let apply = json!({ "files": example(), "why": "repaired" });
    admin(&endpoints, "POST", ORGANISATION_APPLY, &apply).await;
    let (_, told) = admin(&endpoints, "POST", POLICY_ROLLBACK, &back("again")).await;
    assert_eq!(
        (&told["policies"], &told["managed_by_files"]),
        (&json!([]), &json!([]))
    );
    let newest = json!({ "newest": { "login": "sato.hanako", "app": "notices" } });
    let (_, told) = admin(&endpoints, "POST", POLICY_EXPLAIN, &newest).await;
    assert_eq!(
        (&told["present"], &told["outcome"]),
        (&json!(true), &json!("allowed"))
    );
    let unknown = json!({ "to": 99, "why": "x" });
    let (status, _) = admin(&endpoints, "POST", POLICY_ROLLBACK, &unknown).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tests_are_asked_of_the_policies_in_force() {
    let endpoints = endpoints().await;
    let mut files = example();
    let policies = files.texts.get_mut("policies.toml").unwrap();
    policies.push_str(
        "\n[[policy_test]]\nname = \"open\"\nperson = \"sato.hanako\"\napplication = \"notices\"\nsign_in = \"password\"\nexpect = \"allowed\"\n\
         \n[[policy_test]]\nname = \"shut\"\nperson = \"sato.hanako\"\napplication = \"notices\"\nexpect = \"refused\"\ncapabilities = [\"connect\"]\n",
    );
    let request = json!({ "files": files });
    let (status, tested) = admin(&endpoints, "POST", POLICY_TEST, &request).await;
    assert_eq!(status, StatusCode::OK, "{tested}");
    assert_eq!(
        (&tested[0]["passed"], &tested[1]["passed"]),
        (&json!(true), &json!(false)),
        "{tested}"
    );
    let wrong: Vec<&str> = tested[1]["wrong"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    assert_eq!(wrong[0], "expected `refused`");
    assert!(
        wrong[1].starts_with("expected it not to carry `read`"),
        "{wrong:?}"
    );

    let policies = files.texts.get_mut("policies.toml").unwrap();
    policies.push_str("\n[[policy_test]]\nname = \"odd\"\nperson = \"sato.hanoko\"\napplication = \"notice\"\nexpekt = \"allowed\"\nat = \"noon\"\n");
    let (status, told) = admin(&endpoints, "POST", POLICY_TEST, &json!({ "files": files })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let problems: Vec<String> = told["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| format!("{}: {}", problem["message"], problem["instead"]))
        .collect();
    insta::assert_debug_snapshot!(problems);
}
