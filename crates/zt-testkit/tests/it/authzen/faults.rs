//! Wrong servers: each is the real one with one fault put between it and who asks.

use super::wire::{Answered, Asked};
use serde_json::{Value, json};

/// One fault: what becomes of a request before it arrives, and of its answer before it is read.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) ask: fn(&mut Asked),
    pub(crate) answer: fn(&Asked, &mut Answered),
}

impl Fault {
    /// None: the real server.
    pub(crate) const NONE: Self = Self {
        name: "none",
        ask: as_it_is,
        answer: unchanged,
    };

    /// None, but read and written anew on the way, as the faulty ones are.
    pub(crate) const IN_BETWEEN: Self = Self {
        name: "in between",
        ask: |asked| edit(asked, |_| {}),
        answer: |_, answered| amend(answered, |_| {}),
    };
}

const fn as_it_is(_: &mut Asked) {}
const fn unchanged(_: &Asked, _: &mut Answered) {}

const fn asking(name: &'static str, ask: fn(&mut Asked)) -> Fault {
    Fault {
        name,
        ask,
        answer: unchanged,
    }
}

const fn answering(name: &'static str, answer: fn(&Asked, &mut Answered)) -> Fault {
    Fault {
        name,
        ask: as_it_is,
        answer,
    }
}

pub(crate) const FAULTS: &[Fault] = &[
    asking("ignores the semantic", |asked| {
        edit(asked, |body| remove(body, "options"));
    }),
    asking("takes one semantic for the other", |asked| {
        edit(asked, |body| {
            let semantic = &mut body["options"]["evaluations_semantic"];
            match semantic.as_str() {
                Some("deny_on_first_deny") => *semantic = json!("permit_on_first_permit"),
                Some("permit_on_first_permit") => *semantic = json!("deny_on_first_deny"),
                _ => {}
            }
        });
    }),
    asking("takes an unknown semantic for the default", |asked| {
        edit(asked, |body| {
            let known = [
                "execute_all",
                "deny_on_first_deny",
                "permit_on_first_permit",
            ];
            let semantic = body.pointer("/options/evaluations_semantic");
            if semantic.is_some_and(|s| !known.iter().any(|known| s == known)) {
                remove(body, "options");
            }
        });
    }),
    answering(
        "stops at the first denial whatever was asked",
        |asked, answered| {
            let plain = asked.json().get("options").is_none();
            amend(answered, |body| {
                if let (true, Some(list)) = (plain, body["evaluations"].as_array_mut())
                    && let Some(first) = list.iter().position(|one| one["decision"] == false)
                {
                    list.truncate(first + 1);
                }
            });
        },
    ),
    asking("lets defaults win over what an evaluation says", |asked| {
        with_defaults(asked, |item, name, default| {
            item.insert(name.to_owned(), default.clone());
        });
    }),
    asking("mixes defaults into what an evaluation says", |asked| {
        with_defaults(asked, |item, name, default| {
            match (item.get_mut(name), default) {
                (Some(Value::Object(own)), Value::Object(default)) => {
                    for (name, value) in default {
                        own.entry(name.clone()).or_insert(value.clone());
                    }
                }
                _ => {
                    item.entry(name.to_owned()).or_insert(default.clone());
                }
            }
        });
    }),
    asking("knows no defaults", |asked| {
        edit(asked, |body| {
            if body["evaluations"]
                .as_array()
                .is_some_and(|list| !list.is_empty())
            {
                for name in ["subject", "action", "resource", "context"] {
                    remove(body, name);
                }
            }
        });
    }),
    answering("answers in another order", |_, answered| {
        amend(answered, |body| {
            if let Some(list) = body["evaluations"].as_array_mut() {
                list.reverse();
            }
        });
    }),
    answering("fails all for what is wrong with one", |_, answered| {
        let wrong = answered.json()["evaluations"]
            .as_array()
            .is_some_and(|list| list.iter().any(|one| !one["context"]["error"].is_null()));
        if wrong {
            *answered = refusal(400);
        }
    }),
    answering(
        "lists an answer where none were listed",
        |asked, answered| {
            if asked.path.ends_with("/evaluations") {
                amend(answered, |body| {
                    if body.get("decision").is_some() {
                        *body = json!({ "evaluations": [body.clone()] });
                    }
                });
            }
        },
    ),
    answering(
        "answers an empty list with an empty list",
        |asked, answered| {
            if asked.json()["evaluations"] == json!([]) {
                amend(answered, |body| *body = json!({ "evaluations": [] }));
            }
        },
    ),
    answering("drops the id of the request", |_, answered| {
        answered.headers.remove("x-request-id");
    }),
    answering("makes an id of its own", |_, answered| {
        let id = http::HeaderValue::from_static("5c0ffee5");
        answered.headers.insert("x-request-id", id);
    }),
    answering("drops the id where something is wrong", |_, answered| {
        if answered.status != 200 {
            answered.headers.remove("x-request-id");
        }
    }),
    answering(
        "answers what it cannot read with a denial",
        |_, answered| {
            if answered.status == 400 {
                *answered = decided(&json!({ "decision": false }));
            }
        },
    ),
    answering("says a decision as a text", |_, answered| {
        each_decision(answered, |decision| *decision = json!(decision.to_string()));
    }),
    answering("says a decision as a number", |_, answered| {
        each_decision(answered, |decision| {
            *decision = json!(i32::from(*decision == true))
        });
    }),
    answering("permits everything", |_, answered| {
        each_decision(answered, |decision| *decision = json!(true));
    }),
    answering("denies everything", |_, answered| {
        each_decision(answered, |decision| *decision = json!(false));
    }),
    answering("says a denial by the status", |_, answered| {
        if answered.json()["decision"] == false {
            *answered = refusal(403);
        }
    }),
    answering("sends JSON as text", |_, answered| {
        let kind = http::HeaderValue::from_static("text/html");
        answered.headers.insert("content-type", kind);
    }),
    answering(
        "believes what a caller says of a person",
        |asked, answered| {
            if asked.json().pointer("/subject/properties/role") == Some(&json!("admin")) {
                each_decision(answered, |decision| *decision = json!(true));
            }
        },
    ),
    answering(
        "believes what a caller says of a resource",
        |asked, answered| {
            if asked.json().pointer("/resource/properties/status") == Some(&json!("active")) {
                each_decision(answered, |decision| *decision = json!(true));
            }
        },
    ),
    answering(
        "believes what a caller says of the sign-in",
        |asked, answered| {
            if asked.json().pointer("/context/assurance").is_some() {
                each_decision(answered, |decision| *decision = json!(true));
            }
        },
    ),
    asking("forgets the session that was named", |asked| {
        edit(asked, |body| {
            if let Some(context) = body.get_mut("context") {
                remove(context, "session_id");
            }
        });
    }),
    answering("refuses members it does not know", |asked, answered| {
        let known = [
            "subject",
            "action",
            "resource",
            "context",
            "evaluations",
            "options",
            "page",
        ];
        let body = asked.json();
        let unknown = body
            .as_object()
            .is_some_and(|body| body.keys().any(|name| !known.contains(&name.as_str())));
        if unknown && answered.status == 200 {
            *answered = refusal(400);
        }
    }),
    asking("takes the last of two members", |asked| {
        if let Ok(read) = serde_json::from_slice::<Value>(&asked.body) {
            asked.body = read.to_string().into_bytes();
        }
    }),
    asking("lets in who shows no token", |asked| {
        if asked.caller == "nobody" {
            asked.caller = "vpn".to_owned();
        }
    }),
    asking("takes any token", |asked| {
        if asked.caller == "stranger" {
            asked.caller = "vpn".to_owned();
        }
    }),
    asking("takes every caller for one", |asked| {
        if asked.caller == "door" {
            asked.caller = "vpn".to_owned();
        }
    }),
    answering("does not say what it wants in a 401", |_, answered| {
        answered.headers.remove("www-authenticate");
    }),
    asking("takes every method", |asked| {
        if asked.path.starts_with("/access/") {
            asked.method = http::Method::POST;
        }
    }),
    answering("does not say which method it takes", |_, answered| {
        answered.headers.remove("allow");
    }),
    asking("takes every type of body", |asked| {
        asked.content_type = Some("application/json".to_owned());
    }),
    answering("takes no charset", |asked, answered| {
        if asked
            .content_type
            .as_ref()
            .is_some_and(|kind| kind.contains(';'))
        {
            *answered = refusal(415);
        }
    }),
    answering(
        "tells what there is for others from what there is not",
        |asked, answered| {
            if String::from_utf8_lossy(&asked.body).contains("hidden") {
                amend(answered, |body| {
                    if !body["context"]["error"].is_null() {
                        body["context"]["error"]["status"] = json!(403);
                    }
                });
            }
        },
    ),
    answering(
        "answers a search that finds nothing with an error",
        |_, answered| {
            if answered.json()["results"] == json!([]) {
                *answered = refusal(404);
            }
        },
    ),
    answering("finds only who was named", |asked, answered| {
        let named = asked.json();
        if asked.path.ends_with("/subject") && named["subject"]["id"].is_string() {
            keep(answered, |result| result["id"] == named["subject"]["id"]);
        }
    }),
    answering("finds things of another type", |_, answered| {
        amend(answered, |body| {
            for result in body["results"].as_array_mut().into_iter().flatten() {
                result["type"] = json!("user");
            }
        });
    }),
    asking("knows no limit", |asked| {
        edit(asked, |body| {
            if let Some(page) = body.get_mut("page") {
                remove(page, "limit");
            }
        });
    }),
    asking("begins every page at the beginning", |asked| {
        edit(asked, |body| {
            if let Some(page) = body.get_mut("page") {
                remove(page, "token");
            }
        });
    }),
    answering("loses a result between two pages", |asked, answered| {
        if asked.json().pointer("/page/token").is_some() {
            amend(answered, |body| {
                if let Some(results) = body["results"].as_array_mut()
                    && !results.is_empty()
                {
                    results.remove(0);
                }
            });
        }
    }),
    answering("says the end of a search by null", |_, answered| {
        amend(answered, |body| {
            if body.pointer("/page/next_token") == Some(&json!("")) {
                body["page"]["next_token"] = Value::Null;
            }
        });
    }),
    answering("never says that there is more", |_, answered| {
        amend(answered, |body| {
            if body.pointer("/page/next_token").is_some() {
                body["page"]["next_token"] = json!("");
            }
        });
    }),
    answering("drops obligations", |_, answered| {
        amend(answered, |body| {
            if let Some(context) = body.get_mut("context") {
                remove(context, "obligations");
            }
        });
    }),
    asking("does not listen to what a caller can do", |asked| {
        edit(asked, |body| {
            if let Some(context) = body.get_mut("context") {
                remove(context, "supported_obligations");
            }
        });
    }),
    answering("explains in one language", |_, answered| {
        amend(answered, |body| {
            for reason in ["reason_user", "reason_admin"] {
                if let Some(reason) = body.pointer_mut(&format!("/context/{reason}")) {
                    remove(reason, "ja");
                }
            }
        });
    }),
    answering("names itself otherwise", |_, answered| {
        amend(answered, |body| {
            if body.get("policy_decision_point").is_some() {
                body["policy_decision_point"] = json!("https://pdp.example");
            }
        });
    }),
    answering("says less than it does", |_, answered| {
        amend(answered, |body| remove(body, "search_action_endpoint"));
    }),
    answering("says nothing of obligations", |_, answered| {
        amend(answered, |body| remove(body, "supported_obligations"));
    }),
    answering("says nothing about what is wrong", |_, answered| {
        if answered.status == 400 {
            answered.body.clear();
        }
    }),
];

fn refusal(status: u16) -> Answered {
    Answered {
        status,
        headers: http::HeaderMap::new(),
        body: b"no".to_vec(),
    }
}

fn decided(body: &Value) -> Answered {
    let mut answered = refusal(200);
    let kind = http::HeaderValue::from_static("application/json");
    answered.headers.insert("content-type", kind);
    answered.body = body.to_string().into_bytes();
    answered
}

fn remove(object: &mut Value, name: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(name);
    }
}

/// Edits a body that is an object written without ambiguity; others stay as they are.
fn edit(asked: &mut Asked, edit: impl FnOnce(&mut Value)) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&asked.body) else {
        return;
    };
    if body.is_object() && zt_types::Json::parse(&asked.body, 64).is_ok() {
        let before = body.clone();
        edit(&mut body);
        // Looking at what is not there writes a null.
        if body["options"].is_null() && before.get("options").is_none() {
            remove(&mut body, "options");
        }
        if body["evaluations"].is_null() && before.get("evaluations").is_none() {
            remove(&mut body, "evaluations");
        }
        if let (Some(options), None) = (
            body.get_mut("options"),
            before.pointer("/options/evaluations_semantic"),
        ) {
            remove(options, "evaluations_semantic");
        }
        asked.body = body.to_string().into_bytes();
    }
}

fn amend(answered: &mut Answered, amend: impl FnOnce(&mut Value)) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answered.body) else {
        return;
    };
    if body.is_object() {
        let before = body.clone();
        amend(&mut body);
        for name in ["evaluations", "results"] {
            if before.get(name).is_none() && body.get(name).is_some_and(Value::is_null) {
                remove(&mut body, name);
            }
        }
        answered.body = body.to_string().into_bytes();
    }
}

fn each_decision(answered: &mut Answered, mut change: impl FnMut(&mut Value)) {
    amend(answered, |body| {
        if let Some(decision) = body.get_mut("decision") {
            change(decision);
        }
        if let Some(list) = body.get_mut("evaluations").and_then(Value::as_array_mut) {
            for one in list {
                if let Some(decision) = one.get_mut("decision") {
                    change(decision);
                }
            }
        }
    });
}

fn keep(answered: &mut Answered, wanted: impl Fn(&Value) -> bool) {
    amend(answered, |body| {
        if let Some(results) = body.get_mut("results").and_then(Value::as_array_mut) {
            results.retain(wanted);
        }
    });
}

fn with_defaults(
    asked: &mut Asked,
    merge: impl Fn(&mut serde_json::Map<String, Value>, &str, &Value),
) {
    edit(asked, |body| {
        let top = body.clone();
        let list = body.get_mut("evaluations").and_then(Value::as_array_mut);
        for item in list.into_iter().flatten().filter_map(Value::as_object_mut) {
            for name in ["subject", "action", "resource", "context"] {
                if let Some(default) = top.get(name) {
                    merge(item, name, default);
                }
            }
        }
    });
}
