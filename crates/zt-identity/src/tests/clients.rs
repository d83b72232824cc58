use super::{APPLICATIONS, PEOPLE, files, problems};
use crate::Organisation;
use zt_types::TokenHash;

#[test]
fn a_client_must_hold_together() {
    let cases = [
        ("no secret", "redirect_uris = [\"https://a/\"]"),
        (
            "a secret that nothing asks for",
            "authentication = \"none\"\nredirect_uris = [\"https://a/\"]\n[[client.secret]]\nfile = \"secrets/a.secret\"",
        ),
        (
            "no keys, and a secret",
            "authentication = \"private_key_jwt\"\nredirect_uris = [\"https://a/\"]\nsecret = [{ file = \"secrets/a.secret\" }]",
        ),
        (
            "keys that are not there, and that nothing asks for",
            "keys_file = \"a.json\"\nredirect_uris = [\"https://a/\"]\nsecret = [{ file = \"secrets/a.secret\" }]",
        ),
        (
            "secrets that are none",
            "redirect_uris = [\"https://a/\"]\n[[client.secret]]\nfile = \"secrets/weak.token\"\n[[client.secret]]\nfile = \"secrets/none\"\n[[client.secret]]\nsha256 = \"abc\"",
        ),
        (
            "nowhere to go",
            "secret = [{ file = \"secrets/a.secret\" }]",
        ),
        (
            "refresh without a code",
            "grants = [\"refresh_token\"]\nsecret = [{ file = \"secrets/a.secret\" }]",
        ),
        (
            "no grant",
            "grants = []\nsecret = [{ file = \"secrets/a.secret\" }]",
        ),
        (
            "what proves nothing",
            "authentication = \"none\"\nproof_key = \"or-nonce\"\ngrants = [\"authorization_code\", \"client_credentials\"]\nredirect_uris = [\"https://a/\"]",
        ),
        (
            "no sector",
            "authentication = \"none\"\nsubject = \"pairwise\"\nredirect_uris = [\"https://a/\"]",
        ),
        (
            "a sector for nothing",
            "authentication = \"none\"\nsector = \"a.example\"\nredirect_uris = [\"https://a/\"]",
        ),
        (
            "exchanges, that nothing comes of",
            "authentication = \"none\"\ngrants = [\"token_exchange\"]",
        ),
        (
            "called like a person",
            "authentication = \"none\"\nredirect_uris = [\"https://a/\"]\n[[client]]\nid = \"6f9619ff-8b86-4011-b42d-00c04fc964ff\"\nname = { ja = \"い\", en = \"B\" }\napplication = \"wiki\"\nauthentication = \"none\"\nredirect_uris = [\"https://a/\"]",
        ),
        (
            "misspelt, which is all that is said",
            "authentication = \"client_secret_basik\"\nredirect_uri = \"https://a/\"",
        ),
        (
            "twice",
            "authentication = \"none\"\nredirect_uris = [\"https://a/\"]\n[[client]]\nid = \"c\"\nname = { ja = \"い\", en = \"B\" }\napplication = \"wikki\"\nauthentication = \"none\"\nredirect_uris = [\"https://a/\"]",
        ),
    ];
    let said: String = cases
        .into_iter()
        .map(|(name, more)| {
            let text = format!(
                "[[client]]\nid = \"c\"\nname = {{ ja = \"あ\", en = \"A\" }}\napplication = \"wiki\"\n{more}\n"
            );
            let texts = [
                ("c.toml", text.as_str()),
                ("people.toml", PEOPLE),
                ("applications.toml", APPLICATIONS),
            ];
            format!("## {name}\n{}\n", problems(&texts))
        })
        .collect();
    insta::assert_snapshot!(said);
}

#[test]
fn what_a_client_leaves_out_is_filled_in() {
    let text = "[[client]]\nid = \"c\"\nname = { ja = \"あ\", en = \"A\" }\napplication = \"wiki\"\nredirect_uris = [\"https://a/\"]\n[[client.secret]]\nfile = \"../secrets/a.secret\"\nuntil = 2027-01-31\n";
    let files = files(&[
        ("apps/c.toml", text),
        ("people.toml", PEOPLE),
        ("applications.toml", APPLICATIONS),
    ]);
    assert!(Organisation::token_files(&files.texts).contains(&"secrets/a.secret".to_owned()));
    let organisation = Organisation::parse(&files).unwrap();
    let client = &organisation.clients[0];
    assert_eq!(client.authentication, "client_secret_basic");
    assert_eq!(client.secrets[0].secret.hash(), TokenHash([8; 32]));
    assert_eq!(client.secrets[0].until.as_deref(), Some("2027-01-31"));
    assert_eq!(client.grants, ["authorization_code", "refresh_token"]);
    assert_eq!(client.scopes, ["openid", "profile", "email"]);
    assert_eq!(
        client.redirect_uris[0].place.to_string(),
        "apps/c.toml:5:18"
    );
    let rest = (&client.proof_key, &client.consent, &client.id_token);
    assert_eq!(
        rest,
        (
            &"required".to_owned(),
            &"implied".to_owned(),
            &"RS256".to_owned()
        )
    );
    assert_eq!((client.access_token_minutes, &client.sector), (5, &None));
}

/// What a client's files name is read with them, wherever it is named.
#[test]
fn the_files_that_clients_name_are_read() {
    let text = "[[client]]\nid = \"a\"\nkeys_file = \"keys/a.json\"\n\
                certificate = { san_dns = \"a.example\", authorities_file = \"keys/a.pem\" }\n";
    let texts = [("apps/a.toml".to_owned(), text.to_owned())].into();
    let named = Organisation::text_files(&texts);
    assert_eq!(named, ["apps/keys/a.json", "apps/keys/a.pem"]);
}
