//! The modules of the profile for sign-outs that a relying party begins (OpenID Connect RP-Initiated Logout 1.0).

use super::browser::{Arrived, CLIENTS, origin};
use super::fault::{Fault, promises};
use super::forger::Forger;
use super::party::{Flow, Tokens, random};
use super::wire::{Answered, Asked, Pairs};
use super::{Failure, Module, Profile, Stage, Verdict, ensure, module};
use serde_json::json;

/// Where clients want the browser afterwards.
pub(crate) fn goodbye() -> String {
    format!("{CLIENTS}/goodbye")
}

impl Stage<'_> {
    /// Signs somebody in with a browser of her own: what is signed out here is nobody else's.
    pub(crate) async fn signed_in(&mut self) -> Result<Tokens, Failure> {
        self.leave();
        self.tokens(&Flow::of(&self.client(), "openid")).await
    }

    /// Sends the browser to the end of the session, as far as it gets by itself.
    pub(crate) async fn ends(&mut self, query: Pairs) -> Result<Arrived, Failure> {
        let address = self.endpoint("end_session_endpoint").await?;
        let asked = Asked {
            query,
            ..Asked::read(&address)
        };
        self.browser.go(&self.wire, asked).await
    }

    /// Nobody is signed in any more.
    pub(crate) async fn is_signed_out(&mut self) -> Result<(), Failure> {
        let flow = Flow::of(&self.client(), "openid").with("prompt", "none");
        let arrived = self.sent(&flow).await?;
        let said = self.is_for(&flow, arrived.back(&flow.client.redirect_uri)?)?;
        let wanted = [
            "login_required",
            "interaction_required",
            "account_selection_required",
            "consent_required",
        ];
        Self::error_in(&said, &wanted)
    }
}

/// What a client says that signs somebody out: its ID token, an address of its own, a state.
fn leaving(tokens: &Tokens) -> Pairs {
    Pairs::of(&[
        ("id_token_hint", &tokens.id_token),
        ("post_logout_redirect_uri", &goodbye()),
        ("state", &(random() + &"s".repeat(100))),
    ])
}

async fn discovery(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let address = stage.endpoint("end_session_endpoint").await?;
    ensure(
        address.starts_with("https://"),
        "an end of sessions without TLS",
    )?;
    Ok(Verdict::Passed)
}

/// She is signed out and back at the client, which knows its state again.
async fn goes_back(stage: &mut Stage<'_>, query: Pairs) -> Result<Verdict, Failure> {
    let state = query.value("state").map(str::to_owned);
    let arrived = stage.ends(query).await?;
    let arrived = stage.answers(arrived).await?;
    let said = arrived.back(&goodbye())?;
    ensure(said.value("state") == state.as_deref(), "another state")?;
    ensure(
        said.0.len() == usize::from(state.is_some()),
        "more than the state",
    )?;
    stage.is_signed_out().await?;
    Ok(Verdict::Passed)
}

async fn logout(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    goes_back(stage, leaving(&tokens)).await
}

async fn no_state(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    goes_back(stage, leaving(&tokens).without("state")).await
}

/// There is a page, and whatever she answers there, the browser does not get to the client.
async fn stays(stage: &mut Stage<'_>, query: Pairs) -> Result<(), Failure> {
    let arrived = stage.ends(query).await?;
    let page = arrived.page()?;
    let status = page.answered.status;
    ensure(
        status == 200 || (400..500).contains(&status),
        &format!("no page for her: {}", page.told()),
    )?;
    let after = stage.answers(Arrived::Page(page)).await?;
    after.page().map(drop)
}

async fn bad_post_logout_redirect_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    let other = format!("{}/unregistered", goodbye());
    stays(
        stage,
        leaving(&tokens).with("post_logout_redirect_uri", &other),
    )
    .await?;
    Ok(Verdict::Passed)
}

async fn query_added(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    let other = format!("{}?foo=bar", goodbye());
    stays(
        stage,
        leaving(&tokens).with("post_logout_redirect_uri", &other),
    )
    .await?;
    Ok(Verdict::Passed)
}

async fn modified_id_token_hint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    let unsigned = Forger::sign(&json!({ "alg": "none" }), &tokens.claims);
    stays(stage, leaving(&tokens).with("id_token_hint", &unsigned)).await?;
    Ok(Verdict::Passed)
}

async fn bad_id_token_hint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    let header = json!({ "alg": "RS256", "kid": "ours-is-not-this" });
    let ours = Forger::sign(&header, &tokens.claims);
    stays(stage, leaving(&tokens).with("id_token_hint", &ours)).await?;
    Ok(Verdict::Passed)
}

async fn no_id_token_hint(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    stays(stage, leaving(&tokens).without("id_token_hint")).await?;
    Ok(Verdict::Passed)
}

/// She is signed out, and sees so.
async fn stays_signed_out(stage: &mut Stage<'_>, query: Pairs) -> Result<Verdict, Failure> {
    let arrived = stage.ends(query).await?;
    let page = stage.answers(arrived).await?.page()?;
    ensure(
        page.answered.status == 200,
        &format!("no page for her: {}", page.told()),
    )?;
    stage.is_signed_out().await?;
    Ok(Verdict::Passed)
}

async fn no_params(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.signed_in().await?;
    stays_signed_out(stage, Pairs::default()).await
}

async fn no_post_logout_redirect_uri(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    let tokens = stage.signed_in().await?;
    let query = leaving(&tokens).without("post_logout_redirect_uri");
    stays_signed_out(stage, query).await
}

async fn only_state(stage: &mut Stage<'_>) -> Result<Verdict, Failure> {
    stage.signed_in().await?;
    stays_signed_out(stage, Pairs::of(&[("state", &random())])).await
}

/// Nothing of this reaches the provider.
fn in_vain(asked: &mut Asked, _: &[(Asked, Answered)]) {
    if asked.is("end_session_endpoint") {
        asked.base = format!("{}/.well-known/openid-configuration", origin(&asked.base));
        asked.query = Pairs::default();
    }
}

/// The ID token that the provider gave, in place of what came.
fn with_the_real_hint(asked: &mut Asked, past: &[(Asked, Answered)]) {
    if asked.is("end_session_endpoint") {
        let given = past.iter().rev().find_map(|(_, answered)| {
            let said = answered.json();
            said["id_token"].as_str().map(str::to_owned)
        });
        asked.query.set("id_token_hint", &given.unwrap_or_default());
    }
}

/// Back to wherever the request says.
fn back_anyhow(asked: &Asked, answered: &mut Answered, _: &[(Asked, Answered)]) {
    if asked.is("end_session_endpoint") {
        let (first, last) = (goodbye(), Pairs::default());
        let wanted = asked.says("post_logout_redirect_uri").unwrap_or(&first);
        let said = asked
            .says("state")
            .map_or(last, |state| Pairs::of(&[("state", state)]));
        answered.lead(wanted, &said);
    }
}

/// One that says it signs out and does not.
const IN_VAIN: Fault = Fault::both("signs nobody out", in_vain, back_anyhow);

const MODULES: &[Module] = &[
    module!(
        "oidcc-rp-initiated-logout-discovery-endpoint-verification",
        "RP-Initiated Logout 2.1",
        discovery,
        [Fault::answering(
            "does not say where sessions end",
            |asked, answered, _| {
                promises(asked, answered, |metadata| {
                    drop(
                        metadata
                            .as_object_mut()
                            .unwrap()
                            .remove("end_session_endpoint"),
                    );
                });
            }
        ),]
    ),
    module!(
        "oidcc-rp-initiated-logout",
        "RP-Initiated Logout 2, 3",
        logout,
        [
            IN_VAIN,
            Fault::answering("drops the state", |asked, answered, _| {
                if asked.is("end_session_endpoint") {
                    answered.reroute(|said| said.remove("state"));
                }
            }),
            Fault::answering("says more than the state", |asked, answered, _| {
                if asked.is("end_session_endpoint") {
                    answered.reroute(|said| said.set("sid", "1"));
                }
            }),
            Fault::asking("goes back nowhere", |asked, _| {
                if asked.is("end_session_endpoint") {
                    asked.query.remove("post_logout_redirect_uri");
                }
            }),
        ]
    ),
    module!(
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
        "RP-Initiated Logout 3",
        bad_post_logout_redirect_uri,
        [Fault::answering(
            "goes back wherever it is asked to",
            back_anyhow
        ),]
    ),
    module!(
        "oidcc-rp-initiated-logout-modified-id-token-hint",
        "RP-Initiated Logout 2",
        modified_id_token_hint,
        [Fault::asking(
            "believes ID tokens that nobody signed",
            with_the_real_hint
        ),]
    ),
    module!(
        "oidcc-rp-initiated-logout-no-id-token-hint",
        "RP-Initiated Logout 2, 3",
        no_id_token_hint,
        [Fault::answering("goes back for whoever asks", back_anyhow),]
    ),
    module!(
        "oidcc-rp-initiated-logout-no-params",
        "RP-Initiated Logout 2",
        no_params,
        [Fault::asking("signs nobody out without a hint", in_vain),]
    ),
    module!(
        "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
        "RP-Initiated Logout 2",
        no_post_logout_redirect_uri,
        [Fault::answering(
            "goes back to an address that nobody named",
            back_anyhow
        ),]
    ),
    module!(
        "oidcc-rp-initiated-logout-no-state",
        "RP-Initiated Logout 3",
        no_state,
        [
            Fault::answering("makes up a state", |asked, answered, _| {
                if asked.is("end_session_endpoint") {
                    answered.reroute(|said| said.set("state", ""));
                }
            }),
            IN_VAIN,
        ]
    ),
    module!(
        "oidcc-rp-initiated-logout-only-state",
        "RP-Initiated Logout 2",
        only_state,
        [
            Fault::answering("goes back to an address that nobody named", back_anyhow),
            Fault::asking("signs nobody out without a hint", in_vain),
        ]
    ),
    module!(
        "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
        "RP-Initiated Logout 3",
        query_added,
        [Fault::asking(
            "compares addresses without their query",
            |asked, _| {
                if asked.is("end_session_endpoint") {
                    asked.query.set("post_logout_redirect_uri", &goodbye());
                }
            }
        ),]
    ),
    module!(
        "oidcc-rp-initiated-logout-bad-id-token-hint",
        "RP-Initiated Logout 2",
        bad_id_token_hint,
        [Fault::asking(
            "believes ID tokens that others signed",
            with_the_real_hint
        ),]
    ),
];

pub(crate) const RP_LOGOUT: Profile = Profile {
    plan: "oidcc-rp-initiated-logout-certification-test-plan",
    modules: &[MODULES],
    ours: &[],
    control: &[],
};
