use crate::peer::Peer;
use zt_agent::nss::Store;
use zt_agent::{AgentError, browser_certificate, enrol};

#[tokio::test]
async fn a_store_takes_a_certificate_and_gives_it_up_again() {
    let peer = Peer::start().await;
    let state = peer.state();
    enrol(&state, &peer.order()).await.unwrap();
    let browser = browser_certificate(&state, &peer.path("browser.p12"))
        .await
        .unwrap();

    let store = Store::open_or_create(&peer.path("nss")).await.unwrap();
    store
        .trust(&peer.path("authority.pem"), "Sekisho demo")
        .await
        .unwrap();
    store.import(&browser).await.unwrap();
    let listed = store.list().await.unwrap();
    assert!(
        listed.contains(&browser.store_name) && listed.contains("u,u,u"),
        "{listed}"
    );
    assert!(
        listed.contains("Sekisho demo") && listed.contains("C,,"),
        "{listed}"
    );
    assert!(
        !peer.path("browser.password").exists(),
        "the password is not left behind"
    );

    let again = Store::open_or_create(&peer.path("nss")).await.unwrap();
    again.forget_key(&browser.store_name).await.unwrap();
    again.forget("Sekisho demo").await.unwrap();
    let listed = again.list().await.unwrap();
    assert!(
        !listed.contains(&browser.store_name) && !listed.contains("Sekisho demo"),
        "{listed}"
    );
    again.forget_key(&browser.store_name).await.unwrap();
}

#[tokio::test]
async fn what_the_tool_says_is_passed_on() {
    let peer = Peer::start().await;
    let store = Store::open_or_create(&peer.path("nss")).await.unwrap();
    let error = store
        .trust(&peer.path("nothing.pem"), "x")
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            AgentError::Tool {
                program: "certutil",
                ..
            }
        ),
        "{error}"
    );
}
