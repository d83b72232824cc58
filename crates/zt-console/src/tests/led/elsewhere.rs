//! Where a browser is led from and to, and where not.

use super::*;

#[tokio::test]
async fn a_browser_is_led_only_to_where_it_is_registered_now() {
    let gone = party(7, "gone", LogoutBinding::Redirect);
    let mut moved = party(8, "moved", LogoutBinding::Redirect);
    let mut her = Browser::at(&[&gone, &moved]).await;
    her.signs_out().await;
    let elsewhere = RedirectUri::parse("https://moved.example/new").unwrap();
    moved.record.logout[0].location = elsewhere;
    let provider = gone.record.id.clone();
    her.world
        .commit(vec![
            Change::PutServiceProvider(moved.record.clone()),
            Change::RemoveServiceProvider(provider),
        ])
        .await;
    let there = her.goes(ONWARD).await;
    let request = asked(&her.world, &moved, &there);
    let end = her
        .answers(&redirect(&moved, &answer(&her.world, &moved, &request.id)))
        .await;
    assert!(end.body().contains("未確認"), "{}", end.body());
    assert_eq!(her.log().await, ["moved told", "gone not told: unsigned"]);
}

/// A client of OpenID Connect that signs her out, and goes on to its own address when all is done.
#[tokio::test]
async fn whoever_signs_out_for_a_client_is_led_too_and_comes_back_to_it() {
    let rooms = party(8, "rooms", LogoutBinding::Redirect);
    for (is_right, onward) in [(true, "https://books.example/bye?state=s"), (false, STANDS)] {
        let mut her = Browser::at(&[&rooms]).await;
        let books = crate::tests::clients::client("chat", zt_federation::ConsentDemand::Implied);
        her.world.commit(vec![Change::PutClient(books)]).await;
        let bye = "post_logout_redirect_uri=https%3A%2F%2Fbooks.example%2Fbye&state=s";
        let path = format!("/oauth2/logout?client_id=books&{bye}");
        let out = her.world.post(&path, &her.her).await;
        her.keep(&out);
        assert_eq!(location(&out), STANDS);
        assert!(her.session_is_over());
        let there = her.goes(ONWARD).await;
        let request = asked(&her.world, &rooms, &there);
        let said = answer(&her.world, &rooms, &request.id);
        let address = match is_right {
            true => redirect(&rooms, &said),
            false => without_signature(&said),
        };
        let round = her.goes(&address).await;
        let round = match is_right {
            true => her.goes(location(&round)).await,
            false => round,
        };
        assert_eq!(location(&round), ONWARD);
        assert_eq!(location(&her.goes(ONWARD).await), onward);
        if !is_right {
            let back = her.goes("/saml/slo?back").await;
            assert_eq!(location(&back), "https://books.example/bye?state=s");
        }
    }
}

/// Where her session is in another browser, nobody can be asked in this one, and that is answered.
#[tokio::test]
async fn a_browser_that_is_not_hers_is_led_nowhere() {
    let rooms = Party::new(7);
    let wiki = party(8, "wiki", LogoutBinding::Redirect);
    let her = Browser::at(&[&rooms, &wiki]).await;
    let given = grant(&her.world, &rooms);
    let leaves = rooms.query(&logout(&her.world, &given, true));
    let gone = goes(&her.world, None, &format!("/saml/slo{leaves}")).await;
    let back = location(&gone)
        .strip_prefix("https://rooms.example/saml/slo?")
        .unwrap();
    let back = RedirectMessage::read(back).unwrap();
    assert!(back.text.contains("status:PartialLogout"), "{}", back.text);
    assert!(her.session_is_over());
    assert_eq!(her.log().await, Vec::<String>::new());
}
