//! Browsers that are led through service providers when somebody signs out.

use super::saml::{Party, field, goes, logout, ours, unsigned};
use super::world::{SignedIn, World};
use super::{gallery, location};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Response, StatusCode, header};
use zt_auth::Grant;
use zt_crypto::xml::{SignatureAlgorithm, verified, verified_octets};
use zt_device::Presentation;
use zt_events::Body;
use zt_federation::RedirectUri;
use zt_federation::saml::{
    Carried, Consumer, EntityId, Given, LogoutBinding, LogoutRequest, LogoutResponse,
    LogoutService, MessageId, PostForm, Receipt, RedirectMessage, RedirectQuery, Signature, Status,
    StatusCode as Code, XmlAlgorithm,
};
use zt_federation::xml::{Content, Document, Namespace, Writer};
use zt_store::{Change, EventFilter};
use zt_types::{ClientId, Seconds, Text};

const US: &str = "https://id.sekisho.localhost:8443";
const SLO: &str = "https://id.sekisho.localhost:8443/saml/slo";
const STANDS: &str = "/saml/slo?signing-out";
const ONWARD: &str = "/saml/slo?onward";

/// A service provider that is told by `binding`.
fn party(n: u8, id: &str, binding: LogoutBinding) -> Party {
    let mut party = Party::new(n);
    let entity = format!("https://{id}.example/saml");
    let uri = |path: &str| RedirectUri::parse(&format!("{entity}/{path}")).unwrap();
    let record = &mut party.record;
    record.id = ClientId::new(id).unwrap();
    record.name = Text {
        ja: format!("{id} アプリ"),
        en: format!("The {id}"),
    };
    record.consumers = vec![Consumer {
        index: 0,
        location: uri("acs"),
        is_default: true,
    }];
    record.logout = vec![LogoutService {
        binding,
        location: uri("slo"),
        response_location: None,
    }];
    record.entity_id = EntityId::parse(&entity).unwrap();
    party
}

/// A browser in which somebody is signed in to some service providers, in this order.
struct Browser {
    world: World,
    her: SignedIn,
    /// The cookie of a sign-out.
    leaving: Option<String>,
}

impl Browser {
    async fn at(parties: &[&Party]) -> Self {
        let world = World::new().await;
        let her = world.sign_in(world.hanako, None).await;
        for party in parties {
            let record = party.record.clone();
            world.commit(vec![Change::PutServiceProvider(record)]).await;
            signs_in(&world, &her, party).await;
        }
        Self {
            world,
            her,
            leaving: None,
        }
    }

    /// A navigation from another site, or of our own page.
    async fn goes(&mut self, path: &str) -> Response<String> {
        let request = self
            .world
            .request(&Method::GET, path, None, Presentation::NotAsked, "");
        self.sends(request).await
    }

    async fn sends(&mut self, mut request: http::Request<axum::body::Body>) -> Response<String> {
        let mut cookies = vec![format!("__Host-sekisho={}", self.her.cookie.expose())];
        cookies.extend(self.leaving.clone());
        let cookies = cookies.join("; ").parse().unwrap();
        request.headers_mut().insert(header::COOKIE, cookies);
        let response = self.world.send(request).await;
        self.keep(&response);
        response
    }

    fn keep(&mut self, response: &Response<String>) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            if cookie.starts_with("__Host-sekisho-leaving=") {
                let value = cookie.split(';').next().unwrap();
                self.leaving = (!cookie.contains("Max-Age=0")).then(|| value.to_owned());
            }
        }
    }

    /// She signs out at the portal.
    async fn signs_out(&mut self) -> Response<String> {
        let response = self.world.post("/signout", &self.her).await;
        self.keep(&response);
        response
    }

    /// Where she is led first.
    async fn led(&mut self) -> Response<String> {
        assert_eq!(location(&self.signs_out().await), STANDS);
        self.goes(ONWARD).await
    }

    /// A form that comes from a service provider: without cookies.
    async fn posts(&mut self, fields: Vec<(&'static str, String)>) -> Response<String> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = (&Method::POST, "/saml/slo", Presentation::NotAsked);
        let mut request = self
            .world
            .request(request.0, request.1, None, request.2, &body);
        let from = "cross-site".parse().unwrap();
        request.headers_mut().insert("sec-fetch-site", from);
        self.world.send(request).await
    }

    /// An answer, and what comes of it, up to where the browser leaves us or stays.
    async fn answers(&mut self, address: &str) -> Response<String> {
        let mut response = self.goes(address).await;
        for _ in 0..8 {
            let Some(to) = response.headers().get(header::LOCATION) else {
                break;
            };
            let to = to.to_str().unwrap().to_owned();
            if !to.starts_with('/') {
                break;
            }
            response = self.goes(&to).await;
        }
        response
    }

    fn session_is_over(&self) -> bool {
        let ended = |state: &zt_store::State| state.sessions[&self.her.session].ended;
        self.world.live.read(ended).is_some()
    }

    /// Who was told, and who was not and why.
    async fn log(&self) -> Vec<String> {
        self.world.live.store().flush().await.unwrap();
        let filter = EventFilter {
            limit: 1000,
            ..EventFilter::default()
        };
        let logged = self.world.live.events(filter).await.unwrap();
        let told = logged
            .into_iter()
            .rev()
            .filter_map(|one| match one.event.body {
                Body::ClientTold { client, .. } => Some(format!("{client} told")),
                Body::ClientNotTold { client, why, .. } => {
                    Some(format!("{client} not told: {why}"))
                }
                _ => None,
            });
        told.collect()
    }
}

async fn signs_in(world: &World, her: &SignedIn, party: &Party) {
    let mut writer = Writer::new();
    writer
        .start(Namespace::SAMLP, "AuthnRequest")
        .attribute("Destination", &format!("{US}/saml/sso"))
        .attribute("ID", "_r1")
        .attribute("IssueInstant", &world.now().to_rfc3339())
        .attribute("Version", "2.0")
        .element(Namespace::SAML, "Issuer", party.record.entity_id.as_str())
        .signature_here()
        .end();
    let page = goes(world, Some(her), &unsigned(&writer.unsigned().unwrap())).await;
    assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
    // Of two sign-ins it is known which was first.
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(1));
}

fn grant(world: &World, party: &Party) -> Grant {
    let of = |state: &zt_store::State| {
        let mut grants = state.grants.values();
        grants
            .find(|grant| grant.client == party.record.id)
            .cloned()
    };
    world.live.read(of).unwrap()
}

/// The request that a redirect leads to this service provider with, whose signature is ours.
fn asked(world: &World, party: &Party, response: &Response<String>) -> LogoutRequest {
    let there = &party.record.logout[0].location;
    assert_eq!(
        response.status(),
        StatusCode::SEE_OTHER,
        "{}",
        response.body()
    );
    let query = location(response).strip_prefix(&format!("{}?", there.as_str()));
    let query = query.unwrap_or_else(|| panic!("{}", location(response)));
    let read = RedirectMessage::read(query).unwrap();
    assert_eq!((read.carried, read.relay_state), (Carried::Request, None));
    let signature = read.signature.unwrap();
    let algorithm = SignatureAlgorithm::named(&signature.algorithm).unwrap();
    let octets = signature.octets.as_bytes();
    verified_octets(octets, &signature.signature, algorithm, &ours(world)).unwrap();
    read_request(world, there, &read.text)
}

/// The same of a form that sends itself.
fn posted(world: &World, party: &Party, page: &Response<String>) -> LogoutRequest {
    let there = &party.record.logout[0].location;
    assert!(
        page.body()
            .contains(&format!(r#"action="{}""#, there.as_str())),
        "{}",
        page.body()
    );
    assert!(
        page.body().contains("<button class=\"button main\">"),
        "without scripts"
    );
    let text = STANDARD
        .decode(field(page.body(), "SAMLRequest").unwrap())
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    let document = Document::parse(&text, Content::Message).unwrap();
    verified(&document, &ours(world)).unwrap();
    read_request(world, there, &text)
}

fn read_request(world: &World, there: &RedirectUri, text: &str) -> LogoutRequest {
    let document = Document::parse(text, Content::Message).unwrap();
    let us = EntityId::ours(US).unwrap();
    let receipt = Receipt {
        from: &us,
        at: there.as_str(),
        signature: Signature::Present,
        now: world.now(),
    };
    LogoutRequest::read(&document, &receipt).unwrap()
}

fn answer(world: &World, party: &Party, request: &MessageId) -> LogoutResponse {
    LogoutResponse {
        id: MessageId::from_random(world.live.entropy().bytes()),
        in_response_to: Some(request.clone()),
        issuer: party.record.entity_id.clone(),
        destination: Some(SLO.to_owned()),
        issued_at: world.now(),
        status: Status::SUCCESS,
    }
}

/// As the address that a browser comes back with, signed by `by`.
fn redirect(by: &Party, answer: &LogoutResponse) -> String {
    let algorithm = XmlAlgorithm::EcdsaSha256;
    let written = answer.write().unwrap();
    let query = RedirectQuery::new(Carried::Response, written.text(), None, algorithm.uri());
    let signature = by
        .keys
        .signer(algorithm)
        .unwrap()
        .sign_octets(query.octets());
    let address = query.address(&RedirectUri::parse(SLO).unwrap(), &signature.unwrap());
    address.strip_prefix(US).unwrap().to_owned()
}

fn without_signature(answer: &LogoutResponse) -> String {
    let written = answer.write().unwrap();
    let query = RedirectQuery::new(Carried::Response, written.text(), None, "x");
    let text = std::str::from_utf8(query.octets()).unwrap();
    format!("/saml/slo?{}", text.split_once("&SigAlg").unwrap().0)
}

#[tokio::test]
async fn whoever_signs_out_is_led_through_those_that_cannot_be_called() {
    let wiki = party(7, "wiki", LogoutBinding::Post);
    let rooms = party(8, "rooms", LogoutBinding::Redirect);
    let called = party(9, "called", LogoutBinding::Soap);
    let mut silent = party(10, "silent", LogoutBinding::Soap);
    silent.record.logout.clear();
    let mut her = Browser::at(&[&wiki, &rooms, &called, &silent]).await;
    let out = her.signs_out().await;
    assert_eq!(
        (out.status(), location(&out)),
        (StatusCode::SEE_OTHER, STANDS)
    );
    assert!(her.session_is_over(), "before anybody is asked");
    let cookie = out.headers().get_all(header::SET_COOKIE).iter();
    let mut cookie = cookie.filter_map(|one| {
        one.to_str()
            .unwrap()
            .strip_prefix("__Host-sekisho-leaving=")
    });
    let cookie = cookie.next().unwrap();
    assert!(
        cookie.ends_with("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let page = her.goes(STANDS).await;
    let without_scripts = format!("content=\"1;url={ONWARD}\"");
    for part in [
        "rooms アプリ",
        "wiki アプリ",
        "data-onward",
        &without_scripts,
    ] {
        assert!(page.body().contains(part), "{part} {}", page.body());
    }
    assert!(!page.body().contains("called アプリ"), "it is called");
    gallery::keep("leaving-begins", page.body());

    // The latest first.
    let there = her.goes(ONWARD).await;
    let request = asked(&her.world, &rooms, &there);
    let given = grant(&her.world, &rooms);
    let name: Given = serde_json::from_str(&given.asked).unwrap();
    assert_eq!(request.name_id, name.name_id);
    assert_eq!(
        request.session_indexes,
        [her.world.live.sid(&given).unwrap()]
    );
    assert_eq!(
        request.not_on_or_after,
        Some(her.world.now() + Seconds::minutes(5))
    );
    let back = redirect(&rooms, &answer(&her.world, &rooms, &request.id));
    let next = her.answers(&back).await;
    let policy = next.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.ends_with("form-action 'self' https://wiki.example https:"),
        "{policy}"
    );
    let request = posted(&her.world, &wiki, &next);
    // It answers by a form, which comes without cookies.
    let answer = answer(&her.world, &wiki, &request.id);
    let signed = wiki.keys.signer(XmlAlgorithm::EcdsaSha256).unwrap();
    let signed = signed.sign(&answer.write().unwrap()).unwrap();
    let form = PostForm::new(
        Carried::Response,
        &signed,
        &RedirectUri::parse(SLO).unwrap(),
        None,
    );
    let round = her.posts(form.fields()).await;
    assert!(
        location(&round).starts_with("/saml/slo?answer="),
        "{}",
        round.body()
    );
    let to = location(&round).to_owned();
    let end = her.answers(&to).await;
    assert_eq!(end.status(), StatusCode::OK);
    assert_eq!(
        end.body().matches("サインアウト済み").count(),
        2,
        "{}",
        end.body()
    );
    // It has nothing by which it could be told, and that is not kept back.
    assert!(end.body().contains("silent アプリ") && end.body().contains("通知不可"));
    assert_eq!(her.log().await, ["rooms told", "wiki told"]);
    gallery::keep("leaving-unreachable", end.body());
    // Nobody is asked twice.
    let again = her.answers(ONWARD).await;
    assert_eq!(again.status(), StatusCode::OK);
    let replayed = her.goes(&back).await;
    assert_eq!(
        replayed.status(),
        StatusCode::BAD_REQUEST,
        "{}",
        replayed.body()
    );
}

/// A form comes without cookies: what is wrong with it is found before it is known whose chain goes on.
#[tokio::test]
async fn a_form_that_does_not_count_keeps_nobody() {
    let wiki = party(7, "wiki", LogoutBinding::Redirect);
    let rooms = party(8, "rooms", LogoutBinding::Post);
    let mut her = Browser::at(&[&wiki, &rooms]).await;
    let page = her.led().await;
    let request = posted(&her.world, &rooms, &page).id;
    let answer = answer(&her.world, &rooms, &request);
    let key = wiki.keys.signer(XmlAlgorithm::EcdsaSha256).unwrap();
    let signed = key.sign(&answer.write().unwrap()).unwrap();
    let here = RedirectUri::parse(SLO).unwrap();
    let form = PostForm::new(Carried::Response, &signed, &here, None);
    let round = her.posts(form.fields()).await;
    assert_eq!(location(&round), "/saml/slo?refused");
    let next = her.answers("/saml/slo?refused").await;
    asked(&her.world, &wiki, &next);
    assert_eq!(her.log().await, ["rooms not told: answer"]);
}

/// Whatever is wrong with an answer, it confirms nothing, and the browser goes on to the next.
#[tokio::test]
async fn what_does_not_count_confirms_nothing_and_keeps_nobody() {
    let wiki = party(7, "wiki", LogoutBinding::Redirect);
    let rooms = party(8, "rooms", LogoutBinding::Redirect);
    let stranger = party(9, "rooms", LogoutBinding::Redirect);
    let failed = Status::of(Code::Responder);
    for wrong in [
        "unsigned",
        "another key",
        "another request",
        "no request",
        "another issuer",
        "another destination",
        "no destination",
        "old",
        "early",
        "failed",
        "nothing",
        "garbage",
        "a request",
    ] {
        let mut her = Browser::at(&[&wiki, &rooms]).await;
        let there = her.led().await;
        let request = asked(&her.world, &rooms, &there).id;
        let right = answer(&her.world, &rooms, &request);
        let other = MessageId::parse("_other").unwrap();
        let to = |to: Option<&str>| LogoutResponse {
            destination: to.map(str::to_owned),
            ..right.clone()
        };
        let at = |issued_at| {
            redirect(
                &rooms,
                &LogoutResponse {
                    issued_at,
                    ..right.clone()
                },
            )
        };
        let now = her.world.now();
        let address = match wrong {
            "unsigned" => without_signature(&right),
            "another key" => redirect(&stranger, &right),
            "another request" => redirect(
                &rooms,
                &LogoutResponse {
                    in_response_to: Some(other),
                    ..right.clone()
                },
            ),
            "no request" => redirect(
                &rooms,
                &LogoutResponse {
                    in_response_to: None,
                    ..right.clone()
                },
            ),
            "another issuer" => redirect(&wiki, &answer(&her.world, &wiki, &request)),
            "another destination" => redirect(
                &rooms,
                &to(Some("https://id.sekisho.localhost:8443/saml/sso")),
            ),
            "no destination" => redirect(&rooms, &to(None)),
            "old" => at(now - Seconds(601)),
            "early" => at(now + Seconds(181)),
            "failed" => redirect(
                &rooms,
                &LogoutResponse {
                    status: failed,
                    ..right.clone()
                },
            ),
            "nothing" => ONWARD.to_owned(),
            "garbage" => "/saml/slo?SAMLResponse=AAAA".to_owned(),
            _ => redirect(&rooms, &right).replace("SAMLResponse=", "SAMLRequest="),
        };
        let next = her.answers(&address).await;
        if wrong == "a request" {
            // It is none of what the chain is about.
            assert_eq!(next.status(), StatusCode::BAD_REQUEST, "{}", next.body());
            continue;
        }
        let id = asked(&her.world, &wiki, &next).id;
        // What comes late confirms nothing more, and nobody else.
        assert_ne!(id, request);
        let back = redirect(&wiki, &answer(&her.world, &wiki, &id));
        let end = her.answers(&back).await;
        assert_eq!(
            end.body().matches("サインアウト済み").count(),
            1,
            "{wrong}: {}",
            end.body()
        );
        assert!(end.body().contains("未確認"), "{wrong}");
        assert!(
            end.body()
                .contains("ブラウザーのウィンドウをすべて閉じてください"),
            "{wrong}"
        );
        let why = match wrong {
            "failed" => "status",
            "nothing" => "timeout",
            _ => "answer",
        };
        let expected = [format!("rooms not told: {why}"), "wiki told".to_owned()];
        assert_eq!(her.log().await, expected, "{wrong}");
        gallery::keep("leaving-partial", end.body());
    }
}

#[tokio::test]
async fn an_answer_counts_in_the_browser_that_was_sent() {
    let rooms = party(8, "rooms", LogoutBinding::Redirect);
    let mut her = Browser::at(&[&rooms]).await;
    let there = her.led().await;
    let request = asked(&her.world, &rooms, &there).id;
    let failed = LogoutResponse {
        status: Status::of(Code::Responder),
        ..answer(&her.world, &rooms, &request)
    };
    let round = her.goes(&redirect(&rooms, &failed)).await;
    let round = location(&round).to_owned();
    // Somebody else's browser.
    let elsewhere = her
        .world
        .request(&Method::GET, &round, None, Presentation::NotAsked, "");
    let elsewhere = her.world.send(elsewhere).await;
    assert_eq!(elsewhere.status(), StatusCode::BAD_REQUEST);
    assert_eq!(her.log().await, Vec::<String>::new());
    let end = her.answers(&round).await;
    assert!(end.body().contains("未確認"), "{}", end.body());
    assert_eq!(her.log().await, ["rooms not told: status"]);
}

/// A failure that is written anew as a success is another message, in the right browser too.
#[tokio::test]
async fn nobody_writes_an_answer_anew_on_its_way_round() {
    let rooms = party(8, "rooms", LogoutBinding::Redirect);
    for name in ["answer", "request"] {
        let mut her = Browser::at(&[&rooms]).await;
        let there = her.led().await;
        let request = asked(&her.world, &rooms, &there).id;
        let failed = LogoutResponse {
            status: Status::of(Code::Responder),
            ..answer(&her.world, &rooms, &request)
        };
        let round = her.goes(&redirect(&rooms, &failed)).await;
        let (written, code) = location(&round).split_once("&since=").unwrap();
        let written = written.strip_prefix("/saml/slo?answer=").unwrap();
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let text = String::from_utf8(engine.decode(written).unwrap()).unwrap();
        assert!(text.contains("false"), "{text}");
        let written = engine.encode(text.replace("false", "true"));
        let changed = format!("/saml/slo?{name}={written}&since={code}");
        let end = her.answers(&changed).await;
        assert!(!end.body().contains("サインアウト済み"), "{}", end.body());
        let told = her.log().await;
        assert!(!told.contains(&"rooms told".to_owned()), "{told:?}");
    }
}

#[tokio::test]
async fn whoever_asked_first_is_answered_last_with_its_state_and_how_it_went() {
    let rooms = Party::new(7);
    let wiki = party(8, "wiki", LogoutBinding::Redirect);
    for (status, expected) in [
        (Status::SUCCESS, "status:Success"),
        (Status::of(Code::Responder), "status:PartialLogout"),
    ] {
        let mut her = Browser::at(&[&rooms, &wiki]).await;
        let given = grant(&her.world, &rooms);
        let leaves = rooms.query(&logout(&her.world, &given, true));
        let stands = her.answers(&format!("/saml/slo{leaves}")).await;
        assert!(stands.body().contains("data-onward"), "{}", stands.body());
        assert!(her.session_is_over());
        let there = her.goes(ONWARD).await;
        let request = asked(&her.world, &wiki, &there);
        assert_eq!(
            location(&her.goes("/saml/slo?back").await),
            STANDS,
            "not yet"
        );
        let said = LogoutResponse {
            status,
            ..answer(&her.world, &wiki, &request.id)
        };
        let mut end = her.answers(&redirect(&wiki, &said)).await;
        if !status.is_success() {
            assert!(end.body().contains("未確認"), "{}", end.body());
            assert!(
                end.body().contains("href=\"/saml/slo?back\""),
                "{}",
                end.body()
            );
            end = her.goes("/saml/slo?back").await;
        }
        let back = location(&end)
            .strip_prefix("https://rooms.example/saml/slo?")
            .unwrap();
        let back = RedirectMessage::read(back).unwrap();
        assert_eq!(back.carried, Carried::Response);
        assert_eq!(back.relay_state.as_deref(), Some("room-7"));
        assert!(
            back.text.contains(expected) && back.text.contains("_out1"),
            "{}",
            back.text
        );
        assert_eq!(status.is_success(), !back.text.contains("PartialLogout"));
        assert!(her.leaving.is_none());
        let again = her.goes("/saml/slo?back").await;
        assert_eq!(again.status(), StatusCode::BAD_REQUEST, "once");
    }
}

#[tokio::test]
async fn whoever_comes_back_without_an_answer_finds_how_it_stands() {
    let wiki = party(7, "wiki", LogoutBinding::Redirect);
    let rooms = party(8, "rooms", LogoutBinding::Redirect);
    let mut her = Browser::at(&[&wiki, &rooms]).await;
    her.led().await;
    let home = her.goes("/").await;
    assert_eq!(location(&home), STANDS);
    let stands = her.goes(STANDS).await;
    // It does not lead her into the same trap by itself.
    assert!(!stands.body().contains("data-onward") && !stands.body().contains("http-equiv"));
    assert!(stands.body().contains("応答待ち") && stands.body().contains("未通知"));
    assert!(stands.body().contains(&format!("href=\"{ONWARD}\"")));
    gallery::keep("leaving-waits", stands.body());
    assert_eq!(
        location(&her.goes("/saml/slo?back").await),
        STANDS,
        "not yet"
    );
    let there = her.goes(ONWARD).await;
    asked(&her.world, &wiki, &there);
    let end = her.answers(ONWARD).await;
    assert_eq!(end.body().matches("未確認").count(), 2, "{}", end.body());
    let home = her.goes("/").await;
    assert!(location(&home).starts_with("/signin"), "it is at its end");
    // After a time nothing of it is left.
    let ten = std::time::Duration::from_secs(601);
    her.world.live.clock().advance(ten);
    for path in [STANDS, ONWARD, "/saml/slo?back"] {
        assert_eq!(
            her.goes(path).await.status(),
            StatusCode::BAD_REQUEST,
            "{path}"
        );
    }
}

#[tokio::test]
async fn nobody_waits_for_more_than_sixteen() {
    let parties: Vec<Party> = (0..20)
        .map(|n| party(n + 20, &format!("app-{n}"), LogoutBinding::Redirect))
        .collect();
    let mut her = Browser::at(&parties.iter().collect::<Vec<_>>()).await;
    let mut there = her.led().await;
    let mut led = 0;
    while there.status() == StatusCode::SEE_OTHER && location(&there).starts_with("https:") {
        led += 1;
        there = her.answers(ONWARD).await;
    }
    assert_eq!(led, 16);
    assert_eq!(
        there.body().matches("通知不可").count(),
        4,
        "{}",
        there.body()
    );
}

mod elsewhere;
