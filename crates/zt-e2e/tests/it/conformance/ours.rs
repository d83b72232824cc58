//! The real server, and what comes of the modules with it.

use super::certificate::certified;
use super::listener::Listener;
use super::provider::{Around, Person, SECRET, Time, World};
use super::signer::client_keys;
use super::site::Site;
use std::fs;
use tokio::sync::Mutex;
use zt_events::Actor;
use zt_federation::{Allowance, GrantType, InitialToken, Scope};
use zt_live::InitialTokenWish;
use zt_net::{Client, ClientSettings, Clock};
use zt_testkit::Server;
use zt_types::AppId;

const ORGANISATION: &str = include_str!("organisation.toml");

/// Each is for a hundred clients at most.
const INITIAL_TOKENS: usize = 2;
/// Thirty days, and until somebody looks: in seconds.
const KEYS_CHANGE_AFTER: u64 = 30 * 86_400 + 600;

/// The server, and the harness's view of it. It stops with this value.
pub(crate) struct Ours {
    pub(crate) world: World,
    _server: Server,
}

impl Ours {
    pub(crate) async fn start() -> Self {
        let clock = Clock::manual(Clock::system().now());
        let site = Site::start().await;
        let server = Server::start_calling(clock.clone(), Some(&site.authority));
        let server = server.await.unwrap();
        let files = server.organisation();
        let upstream = server.upstream().address().to_string();
        fs::write(files.join("secrets/conformance.secret"), SECRET).unwrap();
        fs::create_dir_all(files.join("keys")).unwrap();
        let (certified, sets) = certified(&server.roots());
        for (client, keys) in [client_keys(), sets]
            .iter()
            .flat_map(|sets| sets.as_object().unwrap())
        {
            fs::write(files.join(format!("keys/{client}.json")), keys.to_string()).unwrap();
        }
        let people = fs::read_to_string(files.join("people.toml")).unwrap();
        let people = people.replace(
            "login = \"aiko\"",
            "login = \"aiko\"\nemail = \"aiko@test.example\"",
        );
        fs::write(files.join("people.toml"), people).unwrap();
        let listener = Listener::start().await;
        let text = ORGANISATION
            .replace("UPSTREAM", &upstream)
            .replace("TOLD", listener.address());
        fs::write(files.join("conformance.toml"), text).unwrap();
        server.apply().await.unwrap();
        let http = Client::new(ClientSettings {
            roots: server.roots(),
            ..ClientSettings::default()
        });
        let person = Person::OfOurs(Mutex::new(server.account("aiko")));
        let issuer = server.at("id", "");
        let wish = InitialTokenWish {
            note: "conformance".to_owned(),
            allowance: Allowance {
                app: AppId::new("conformance").unwrap(),
                grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
                scopes: [Scope::Openid, Scope::Profile].into(),
            },
            uses: InitialToken::MOST_USES,
            lifetime: InitialToken::LONGEST,
        };
        let mut initial_tokens = Vec::new();
        for _ in 0..INITIAL_TOKENS {
            let made = server
                .live()
                .make_initial_token(wish.clone(), Actor::Operator);
            initial_tokens.push(made.await.unwrap().1.expose().to_owned());
        }
        let around = Around {
            listener,
            site,
            certified,
            initial_tokens,
            keys_change_after: Some(KEYS_CHANGE_AFTER),
        };
        let world = World::of(&issuer, http.unwrap(), person, Time::Moved(clock), around);
        Self {
            world: world.await.unwrap(),
            _server: server,
        }
    }
}
