use crate::difference::{Adopt, Shape, Sign, compare};
use crate::form::{json_schema, reference};
use crate::problem::nearest;
use crate::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use zt_types::{GroupId, Language, PersonId, Text, Timestamp, TokenHash};

mod clients;

const PEOPLE: &str = include_str!("../../../docs/examples/organisation/people.toml");
const APPLICATIONS: &str = include_str!("../../../docs/examples/organisation/applications.toml");
const SCHEMA: &str = include_str!("../../../docs/organisation.schema.json");
const MANUAL: &str = include_str!("../../../docs/organisation.md");

fn files(texts: &[(&str, &str)]) -> Files {
    Files {
        texts: texts
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
        tokens: BTreeMap::from([
            ("secrets/edr.token".to_owned(), Some(TokenHash([7; 32]))),
            ("secrets/weak.token".to_owned(), None),
            ("secrets/a.secret".to_owned(), Some(TokenHash([8; 32]))),
        ]),
    }
}

/// All problems, as a person sees them.
fn problems(texts: &[(&str, &str)]) -> String {
    match Organisation::parse(&files(texts)) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(problems) => problems
            .sorted()
            .iter()
            .map(|problem| format!("{problem}\n{}\n", problem.place.drawing()))
            .collect(),
    }
}

#[test]
fn the_example_is_read() {
    let texts = [("people.toml", PEOPLE), ("applications.toml", APPLICATIONS)];
    let organisation = Organisation::parse(&files(&texts)).unwrap();
    assert_eq!(organisation.people.len(), 4);
    assert_eq!(organisation.people[0].name.ja, "佐藤 花子");
    assert_eq!(organisation.people[2].language, Language::En);
    assert_eq!(organisation.people[3].role, Role::Administrator);
    assert_eq!(
        organisation.applications[0].review_by.as_deref(),
        Some("2027-03-31")
    );
    assert_eq!(organisation.sources[0].token.hash(), TokenHash([7; 32]));
    let texts = files(&texts).texts;
    assert_eq!(
        Organisation::token_files(&texts),
        vec!["secrets/edr.token".to_owned()]
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let said = problems(&[
        (
            "a.toml",
            r#"
[[person]]
login = "Sato Hanako"
nmae = { ja = "佐藤 花子", en = "Hanako Sato" }
grups = ["sales"]
role = "administratr"

[[person]]
login = "suzuki"
name = { ja = "鈴木" }
email = "nowhere"
groups = ["seles", "sales", "sales"]
language = 3

[[group]]
id = "sales"
name = { ja = "営業部", en = "" }
"#,
        ),
        (
            "b.toml",
            r#"
[[group]]
id = "sales"
name = { ja = "営業部", en = "Sales" }

[[application]]
id = "id"
name = { ja = "名", en = "Name" }
description = { ja = "説明", en = "About" }
owner = "suzuky"
sensitivity = "secret"
upstream = "http://127.0.0.1:99999/path"
certificate = true
review_by = "2027-02-30"

[[source]]
id = "edr"
name = { ja = "端末保護", en = "EDR" }
kinds = ["malwear"]

[[source]]
id = "two"
name = { ja = "二", en = "Two" }
kinds = []
token_file = "secrets/weak.token"

[[source]]
id = "three"
name = { ja = "三", en = "Three" }
kinds = []
token_file = "../elsewhere.token"

[[policy]]
id = "p"
title = { ja = "題", en = "Title" }
cedar = "permit(principal, action, resource);"
cedar_file = "p.cedar"

[[policy]]
id = "q"
title = { ja = "題", en = "Title" }
cedar_file = "missing.cedar"
"#,
        ),
        ("c.toml", "[[person]]\nlogin = \"x\"\nname = {\n[[group]\n"),
        ("d.toml", "people = []\nreview = 2027-02-30\n"),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn an_empty_directory_is_said() {
    insta::assert_snapshot!(problems(&[]), @".: there is no *.toml file here; name the directory that holds the organisation's files");
}

#[test]
fn cedar_positions_lead_into_the_file() {
    let texts = [
        (
            "policies/a.toml",
            "[[policy]]\nid = \"inline\"\ntitle = { ja = \"一\", en = \"1\" }\ncedar = '''\npermit (\n  principl,\n);\n'''\n\n[[policy]]\nid = \"escaped\"\ntitle = { ja = \"二\", en = \"2\" }\ncedar = \"permit\\t(principal);\"\n\n[[policy]]\nid = \"beside\"\ntitle = { ja = \"三\", en = \"3\" }\ncedar_file = \"./b.cedar\"\n",
        ),
        ("policies/b.cedar", "// first\npermit (prinzipal);\n"),
    ];
    let organisation = Organisation::parse(&files(&texts)).unwrap();
    let place = |position: usize, wanted: &str| {
        let policy = &organisation.policies[position];
        let PolicyBody::Cedar(cedar) = &policy.body else {
            panic!("{policy:?}");
        };
        let start = cedar.find(wanted).unwrap();
        policy.place(Some(start..start + wanted.len())).to_string()
    };
    assert_eq!(place(0, "principl"), "policies/a.toml:6:3");
    assert_eq!(
        place(1, "principal"),
        "policies/a.toml:13:9",
        "escaped: the text as a whole"
    );
    assert_eq!(place(2, "prinzipal"), "policies/b.cedar:2:9");
}

#[test]
fn misspelt_keys_are_recognised() {
    for (typed, meant) in [
        ("grups", Some("groups")),
        ("emial", Some("email")),
        ("e-mail", Some("email")),
        ("logn", Some("login")),
        ("zzzzz", None),
        ("", None),
    ] {
        let keys = ["login", "name", "email", "language", "groups", "role"];
        assert_eq!(nearest(typed, keys).as_deref(), meant, "{typed}");
    }
}

fn schema() -> serde_json::Value {
    json_schema(&FILE, "One file of the organisation")
}

#[test]
fn the_committed_schema_is_the_parsers() {
    let committed: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(
        committed == schema(),
        "docs/organisation.schema.json is not what the parser says: run `cargo run -p zt-server --example write_docs`"
    );
}

#[test]
fn the_manual_lists_every_key() {
    assert!(
        MANUAL.contains(&reference(&FILE)),
        "docs/organisation.md does not hold the parser's keys: run `cargo run -p zt-server --example write_docs`"
    );
}

/// Fragments that both the parser and the schema take, and such that both refuse.
#[test]
fn the_schema_and_the_parser_agree() {
    let person = |more: &str| {
        format!("[[person]]\nlogin = \"a\"\nname = {{ ja = \"あ\", en = \"A\" }}\n{more}\n")
    };
    let app = |id: &str, upstream: &str, more: &str| {
        format!(
            "[[application]]\nid = \"{id}\"\nname = {{ ja = \"あ\", en = \"A\" }}\ndescription = {{ ja = \"あ\", en = \"A\" }}\nowner = \"a\"\nsensitivity = \"public\"\nupstream = \"{upstream}\"\n{more}\n{}",
            person("")
        )
    };
    let source = |more: &str| {
        format!(
            "[[source]]\nid = \"s\"\nname = {{ ja = \"あ\", en = \"A\" }}\nkinds = [\"malware\"]\n{more}\n"
        )
    };
    let point = |more: &str| {
        format!("[[enforcement_point]]\nid = \"v\"\nname = {{ ja = \"あ\", en = \"A\" }}\n{more}\n")
    };
    let policy = |more: &str| {
        format!("[[policy]]\nid = \"p\"\ntitle = {{ ja = \"あ\", en = \"A\" }}\n{more}\n")
    };
    let client = |more: &str| {
        let app = app("a", "http://a", "");
        format!(
            "[[client]]\nid = \"c\"\nname = {{ ja = \"あ\", en = \"A\" }}\napplication = \"a\"\n{more}\n{app}"
        )
    };
    let right = [
        app("wiki", "http://a", "").replace("upstream = \"http://a\"\n", ""),
        client(
            "authentication = \"none\"\nredirect_uris = [\"https://a/\"]\nsubject = \"pairwise\"\nsector = \"a.example\"\nconsent = \"asked\"\naccess_token_minutes = 60",
        ),
        client(
            "redirect_uris = [\"com.example.app:/cb\"]\nbackchannel_logout = \"https://a/\"\nid_token = \"EdDSA\"\nsecret = [{ file = \"secrets/a.secret\", until = 2027-01-31 }]",
        ),
        client(
            "grants = [\"client_credentials\"]\nscopes = []\n[[client.secret]]\nfile = \"secrets/a.secret\"",
        ),
        person(""),
        person("email = \"a@b.example\"\nrole = \"administrator\"\nlanguage = \"en\"\ngroups = []"),
        app("wiki", "http://127.0.0.1:8080", "review_by = 2027-03-31"),
        app(
            "w",
            "https://[::1]",
            "review_by = \"2027-03-31\"\ncertificate = \"ask\"",
        ),
        source("token_file = \"secrets/edr.token\""),
        source(&format!("token_sha256 = \"{}\"", "a".repeat(64))),
        point("applications = []\ntoken_file = \"secrets/edr.token\""),
        point(&format!(
            "applications = []\nobligations = [\"record\", \"warn\"]\ntoken_sha256 = \"{}\"",
            "a".repeat(64)
        )),
        policy("cedar = \"permit(principal, action, resource);\""),
        policy("cedar = \"x\"\nstate = \"report-only\"\nmessage = { ja = \"あ\", en = \"A\" }"),
    ];
    let wrong = [
        client("authentication = \"client_secret_jwt\""),
        client("redirect_uris = [\"https://a/ b\"]"),
        client("scopes = [\"offline_access\"]"),
        client("grants = [\"password\"]"),
        client("access_token_minutes = 61"),
        client("id_token = \"none\""),
        client("secret = [{ until = 2027-01-31 }]"),
        client("sector = \"a\""),
        "person = 3".to_owned(),
        "persons = []".to_owned(),
        "[[person]]\nlogin = \"a\"".to_owned(),
        person("email = \"a@b\""),
        person("role = \"break-glass\""),
        person("language = \"fr\""),
        person("groups = [\"A\"]"),
        person("groups = [\"a\", \"a\"]"),
        person("nickname = \"x\""),
        "[[person]]\nlogin = \"A\"\nname = { ja = \"あ\", en = \"A\" }".to_owned(),
        "[[person]]\nlogin = \"a\"\nname = { ja = \"あ\", en = \"\" }".to_owned(),
        "[[person]]\nlogin = \"a\"\nname = { ja = \"あ\", en = \"A\\tB\" }".to_owned(),
        app("id", "http://a", ""),
        app("wiki-", "http://a", ""),
        app("wiki", "ftp://a", ""),
        app("wiki", "http://a/path", ""),
        app("wiki", "http://user@a", ""),
        app("wiki", "http://a", "certificate = true"),
        source(""),
        source("token_file = \"secrets/edr.token\"\ntoken_sha256 = \"00\""),
        source("token_sha256 = \"00\""),
        point("token_file = \"secrets/edr.token\""),
        point("applications = []"),
        point("applications = []\nobligations = [\"dance\"]\ntoken_file = \"secrets/edr.token\""),
        point("applications = [\"A\"]\ntoken_file = \"secrets/edr.token\""),
        policy(""),
        policy("cedar = \"x\"\nstate = \"maybe\""),
        policy("cedar = \"x\"\ncedar_file = \"y\""),
    ];
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let valid = |text: &str| {
        let document: toml::Table = toml::from_str(text).unwrap();
        validator.is_valid(&as_json(toml::Value::Table(document)))
    };
    for text in &right {
        assert_eq!(problems(&[("a.toml", text)]), "nothing is wrong", "{text}");
        assert!(valid(text), "the schema refuses {text}");
    }
    for text in &wrong {
        assert_ne!(problems(&[("a.toml", text)]), "nothing is wrong", "{text}");
        assert!(!valid(text), "the schema takes {text}");
    }
}

/// As converters from TOML to JSON do: days become texts.
fn as_json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(day) => day.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(k, v)| (k, as_json(v))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn person(login: &str, managed_by: ManagedBy) -> Person {
    Person {
        id: PersonId::from_random([login.len() as u8; 16]),
        login: login.to_owned(),
        name: Text {
            ja: "名".to_owned(),
            en: "Name".to_owned(),
        },
        email: None,
        language: Language::Ja,
        groups: Vec::new(),
        role: Role::Member,
        affiliation: zt_types::Affiliation::Staff,
        state: PersonState::Active,
        managed_by,
        created_at: Timestamp::default(),
    }
}

fn document(login: &str, groups: &[&str]) -> PersonDocument {
    PersonDocument {
        login: login.to_owned(),
        name: Text {
            ja: "名".to_owned(),
            en: "Name".to_owned(),
        },
        email: None,
        language: Language::Ja,
        groups: groups.iter().map(|g| GroupId::new(g).unwrap()).collect(),
        role: Role::Member,
        affiliation: zt_types::Affiliation::Staff,
    }
}

fn plan(
    current: &BTreeMap<PersonId, Person>,
    wanted: &[PersonDocument],
    adopt: Adopt,
) -> PeoplePlan {
    let mut next = 0u8;
    plan_people(
        current,
        wanted,
        adopt,
        Timestamp::from_millis(5),
        &mut || {
            next += 1;
            [0x80 + next; 16]
        },
    )
}

fn applied(current: &BTreeMap<PersonId, Person>, plan: PeoplePlan) -> BTreeMap<PersonId, Person> {
    let mut after = current.clone();
    after.extend(plan.write.into_iter().map(|person| (person.id, person)));
    after
}

fn printed(plan: &PeoplePlan) -> String {
    plan.lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn people_come_change_go_and_are_left_alone() {
    let mut gone = person("gone", ManagedBy::Files);
    gone.groups = vec![GroupId::new("sales").unwrap()];
    let current: BTreeMap<PersonId, Person> = [
        person("changed", ManagedBy::Files),
        gone,
        person("by-console", ManagedBy::Console),
        person("break-glass-1", ManagedBy::System),
    ]
    .into_iter()
    .map(|p| (p.id, p))
    .collect();
    let wanted = [
        document("changed", &["sales"]),
        document("by-console", &["sales"]),
        document("break-glass-1", &["sales"]),
        document("new", &[]),
    ];
    let first = plan(&current, &wanted, Adopt::Nothing);
    insta::assert_snapshot!(printed(&first));
    assert_eq!(first.disabled.len(), 1);
    let after = applied(&current, first);
    let gone = after.values().find(|p| p.login == "gone").unwrap();
    assert_eq!(gone.state, PersonState::Disabled);
    assert_eq!(after.len(), 5, "nobody is deleted");

    let adopting = plan(&after, &wanted, Adopt::Everything);
    insta::assert_snapshot!(printed(&adopting), @r"
    ! person break-glass-1
        left alone: it belongs to Sekisho itself
    ~ person by-console
        groups: sales
        managed by: console → files
    ");
    let back = applied(
        &after,
        plan(&after, &[document("gone", &[])], Adopt::Nothing),
    );
    let gone = back.values().find(|p| p.login == "gone").unwrap();
    assert_eq!(
        gone.state,
        PersonState::Active,
        "naming her again lets her in again"
    );
}

#[test]
fn a_group_stays_while_others_are_in_it() {
    let sales = GroupId::new("sales").unwrap();
    let group = Group {
        id: sales.clone(),
        name: Text {
            ja: "営業部".to_owned(),
            en: "Sales".to_owned(),
        },
        part_of: Vec::new(),
        managed_by: ManagedBy::Files,
    };
    let groups = BTreeMap::from([(sales.clone(), group)]);
    let mut member = person("by-console", ManagedBy::Console);
    member.groups = vec![sales];
    let people = BTreeMap::from([(member.id, member)]);
    let kept = plan_groups(&groups, &[], &people, Adopt::Nothing);
    assert_eq!(
        (kept.lines[0].sign, kept.remove.len()),
        (Sign::LeaveAlone, 0)
    );
    let removed = plan_groups(&groups, &[], &BTreeMap::new(), Adopt::Nothing);
    assert_eq!(
        (removed.lines[0].sign, removed.remove.len()),
        (Sign::Remove, 1)
    );
}

fn managed() -> impl Strategy<Value = ManagedBy> {
    prop_oneof![
        Just(ManagedBy::Files),
        Just(ManagedBy::Console),
        Just(ManagedBy::Registration),
        Just(ManagedBy::System)
    ]
}

proptest! {
    #[test]
    fn applying_a_plan_leaves_nothing_to_do(
        current in proptest::collection::btree_map("[a-f]{1,4}", (managed(), any::<bool>()), 0..12),
        wanted in proptest::collection::btree_map("[a-f]{1,4}", proptest::collection::btree_set("[gh]", 0..2), 0..12),
        adopt in prop_oneof![Just(Adopt::Nothing), Just(Adopt::Everything)],
    ) {
        let current: BTreeMap<PersonId, Person> = current
            .into_iter()
            .enumerate()
            .map(|(position, (login, (managed_by, active)))| {
                let id = PersonId::from_random([position as u8; 16]);
                let state = if active { PersonState::Active } else { PersonState::Disabled };
                (id, Person { id, state, ..person(&login, managed_by) })
            })
            .collect();
        let wanted: Vec<PersonDocument> = wanted
            .iter()
            .map(|(login, groups)| {
                let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
                document(login, &groups)
            })
            .collect();
        let after = applied(&current, plan(&current, &wanted, adopt));
        let again = plan(&after, &wanted, adopt);
        prop_assert!(again.write.is_empty() && again.disabled.is_empty());
        prop_assert!(again.lines.iter().all(|line| line.sign == Sign::LeaveAlone));
        for (id, before) in &current {
            let untouched = match before.managed_by {
                ManagedBy::System | ManagedBy::Registration => true,
                ManagedBy::Console => adopt == Adopt::Nothing
                    || !wanted.iter().any(|w| w.login == before.login),
                ManagedBy::Files => false,
            };
            prop_assert!(after.contains_key(id), "nobody is deleted");
            if untouched {
                prop_assert_eq!(&after[id], before);
            }
        }
    }

    #[test]
    fn records_of_any_kind_are_brought_to_what_files_want_once(
        current in proptest::collection::btree_map("[a-e]{1,2}", (managed(), 0u8..3), 0..8),
        wanted in proptest::collection::btree_map("[a-e]{1,2}", 0u8..3, 0..8),
        adopt in prop_oneof![Just(Adopt::Nothing), Just(Adopt::Everything)],
    ) {
        let shape = Shape::<(ManagedBy, u8)> {
            what: "thing",
            managed_by: |record| record.0,
            members: |record| vec![("value", record.1.to_string())],
        };
        let wanted: Vec<(String, (ManagedBy, u8))> = wanted
            .into_iter()
            .map(|(key, value)| (key, (ManagedBy::Files, value)))
            .collect();
        let first = compare(&shape, &current, wanted.clone(), adopt);
        let mut after = current.clone();
        let written: Vec<String> = first
            .lines
            .iter()
            .filter(|line| matches!(line.sign, Sign::Add | Sign::Change))
            .map(|line| line.id.clone())
            .collect();
        prop_assert_eq!(written.len(), first.write.len());
        for (key, record) in wanted.iter().filter(|(key, _)| written.contains(key)) {
            after.insert(key.clone(), *record);
        }
        for key in &first.remove {
            prop_assert_eq!(current[key].0, ManagedBy::Files);
            after.remove(key);
        }
        let again = compare(&shape, &after, wanted.clone(), adopt);
        prop_assert!(again.write.is_empty() && again.remove.is_empty());
        for (key, (managed_by, value)) in &current {
            let is_wanted = wanted.iter().any(|(other, _)| other == key);
            let is_left = matches!(managed_by, ManagedBy::System | ManagedBy::Registration)
                || (*managed_by == ManagedBy::Console && (adopt == Adopt::Nothing || !is_wanted));
            if is_left {
                prop_assert_eq!(after.get(key), Some(&(*managed_by, *value)));
            }
        }
    }

    #[test]
    fn no_text_brings_the_parser_down(text in "(?s).{0,300}", start in 0usize..400, cut in 0usize..400) {
        let _ = problems(&[("a.toml", &text)]);
        // Damage to what is right: a piece of the example, cut anywhere.
        let broken: String = PEOPLE.chars().skip(start).take(cut).collect();
        let _ = problems(&[("a.toml", &broken), ("b.toml", APPLICATIONS)]);
    }
}

const TERMS: &str = include_str!("../../../docs/examples/organisation/terms.toml");

/// Terms whose text stands in the file itself.
fn inline(ja: &str, en: &str) -> String {
    format!(
        "[[terms]]\nid = \"use\"\ntitle = {{ ja = \"規約\", en = \"Terms\" }}\ntext = {{ ja = \"\"\"{ja}\"\"\", en = \"\"\"{en}\"\"\" }}\n"
    )
}

#[test]
fn terms_are_read_from_the_file_and_from_beside_it() {
    let texts = |more: &[(&str, &str)]| files(more).texts;
    assert_eq!(
        Organisation::text_files(&texts(&[("a/terms.toml", TERMS)])),
        [
            "a/terms/acceptable-use.ja.txt",
            "a/terms/acceptable-use.en.txt"
        ]
    );
    let read = |texts: &[(&str, &str)]| {
        let organisation = Organisation::parse(&files(texts)).unwrap();
        let [terms] = organisation.terms.try_into().unwrap();
        (terms.id.to_string(), terms.text.ja, terms.text.en)
    };
    let beside = [
        ("terms.toml", TERMS),
        ("terms/acceptable-use.ja.txt", "一\n\n二\n"),
        ("terms/acceptable-use.en.txt", "one\n\ntwo\n"),
    ];
    assert_eq!(
        read(&beside),
        (
            "acceptable-use".to_owned(),
            "一\n\n二\n".to_owned(),
            "one\n\ntwo\n".to_owned()
        )
    );
    let inside = inline("一", "one");
    assert_eq!(
        read(&[("t.toml", &inside)]),
        ("use".to_owned(), "一".to_owned(), "one".to_owned())
    );
}

#[test]
fn terms_that_do_not_do_are_told_with_their_place() {
    let long = "a".repeat(65_537);
    let both = inline("一", "one") + "text_file = { ja = \"x\", en = \"y\" }\n";
    let twice = inline("一", "one") + &inline("二", "two");
    let half = inline("一", "one").replace(", en = \"\"\"one\"\"\"", "");
    let none = "[[terms]]\nid = \"use\"\ntitle = { ja = \"規約\", en = \"Terms\" }\n";
    let odd = inline("一", "one").replace("\"use\"", "\"Use it\"");
    for (texts, says) in [
        (vec![("t.toml", TERMS)], "acceptable-use.ja.txt"),
        (
            vec![
                ("terms.toml", TERMS),
                ("terms/acceptable-use.ja.txt", "一"),
                ("terms/acceptable-use.en.txt", " \n "),
            ],
            "1 to 65,536 characters",
        ),
        (
            vec![
                ("terms.toml", TERMS),
                ("terms/acceptable-use.ja.txt", long.as_str()),
                ("terms/acceptable-use.en.txt", "one"),
            ],
            "1 to 65,536 characters",
        ),
        (vec![("t.toml", both.as_str())], "more than one"),
        (vec![("t.toml", none)], "none"),
        (vec![("t.toml", twice.as_str())], "t.toml:2:6"),
        (vec![("t.toml", half.as_str())], "`en`"),
        (vec![("t.toml", odd.as_str())], "t.toml:2:6"),
    ] {
        let said = problems(&texts);
        assert!(said.contains(says), "{says}: {said}");
    }
}
