use super::*;
use zt_types::{Secret, Timestamp};

#[test]
fn both_languages_say_the_same() {
    let certificate = BrowserCertificate {
        file: "/media/usb/browser.p12".into(),
        password: Secret::new("7Q4K-0123-ZZZZ-1110".to_owned()),
        store_name: "OU=browser, CN=花子のノート".to_owned(),
        not_after: Timestamp::from_seconds(1_790_000_000),
    };
    let texts =
        [Language::Ja, Language::En].map(|language| import_instructions(&certificate, language));
    insta::assert_snapshot!(texts.join("\n――――\n\n"));
}
