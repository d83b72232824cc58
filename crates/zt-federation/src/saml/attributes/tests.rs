use super::*;
use std::collections::BTreeSet;
use zt_types::{GroupId, Language};

fn told(source: AttributeSource, transforms: Vec<Transform>) -> Option<Vec<String>> {
    let groups: BTreeSet<_> = ["sales", "sales-lead", "staff"]
        .into_iter()
        .map(|group| GroupId::new(group).unwrap())
        .collect();
    let person = PersonFacts {
        name: "佐藤 愛子",
        login: "Aiko",
        language: Language::Ja,
        email: Some("Aiko.Sato@example.com"),
        groups: &groups,
    };
    let facts = AttributeFacts {
        person: &person,
        subject: "p1",
        assurance: Assurance::Mfa,
    };
    let rule = AttributeRule {
        name: "a".to_owned(),
        format: AttributeFormat::Basic,
        friendly: None,
        source,
        transforms,
    };
    rule.of(&facts).map(|attribute| attribute.values)
}

#[test]
fn what_a_service_provider_is_told() {
    use AttributeSource::{Assurance, Email, Fixed, Groups, Language, Login, Name, Subject};
    use Transform::{AfterAt, BeforeAt, Lowercase, Mapped, Prefix, Suffix, Uppercase};
    let text = |text: &str| text.to_owned();
    let table = |pairs: &[(&str, &str)]| {
        Mapped(
            pairs
                .iter()
                .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
                .collect(),
        )
    };
    for (source, transforms, wanted) in [
        (Login, vec![], &["Aiko"][..]),
        (Name, vec![], &["佐藤 愛子"]),
        (Email, vec![], &["Aiko.Sato@example.com"]),
        (Groups, vec![], &["sales", "sales-lead", "staff"]),
        (Language, vec![], &["ja"]),
        (Subject, vec![], &["p1"]),
        (Assurance, vec![], &["mfa"]),
        (Fixed(text("gold")), vec![], &["gold"]),
        (Fixed(text("")), vec![], &[]),
        (Email, vec![Lowercase, BeforeAt], &["aiko.sato"]),
        (Email, vec![AfterAt, Uppercase], &["EXAMPLE.COM"]),
        (Login, vec![BeforeAt], &["Aiko"]),
        (Login, vec![AfterAt], &[]),
        (
            Login,
            vec![Lowercase, Suffix(text("@example.com"))],
            &["aiko@example.com"],
        ),
        (
            Groups,
            vec![Prefix(text("cn="))],
            &["cn=sales", "cn=sales-lead", "cn=staff"],
        ),
        // Two groups with one role are told once, others not at all.
        (
            Groups,
            vec![table(&[("sales", "seller"), ("sales-lead", "seller")])],
            &["seller"],
        ),
        (Groups, vec![table(&[("admins", "root")])], &[]),
        (Groups, vec![table(&[("staff", "")])], &[]),
    ] {
        let said = told(source.clone(), transforms.clone()).unwrap_or_default();
        assert_eq!(said, wanted, "{source:?} {transforms:?}");
    }
    assert_eq!(told(Fixed(text("")), vec![]), None);
}

#[test]
fn a_format_has_a_name() {
    for format in AttributeFormat::ALL {
        assert_eq!(AttributeFormat::from_uri(format.uri()), Some(format));
    }
    assert_eq!(AttributeFormat::from_uri("basic"), None);
}
