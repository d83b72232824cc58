//! Modules named as in the OpenID Foundation's conformance suite, written by the specifications, over HTTP against any provider; and
//! wrong providers, each of which fails the module that names it.

mod back_channel;
mod basic;
mod browser;
mod certificate;
mod config;
mod control;
mod dynamic;
mod fapi;
mod fault;
mod forger;
mod front_channel;
mod listener;
mod ours;
mod party;
mod provider;
mod rp_logout;
mod secure;
mod signer;
mod site;
mod wire;

use back_channel::BACK_CHANNEL;
use basic::BASIC;
use browser::Browser;
use config::CONFIG;
use control::Control;
use dynamic::DYNAMIC;
use fapi::{FAPI, FAPI_WITH_CERTIFICATES};
use fault::Fault;
use front_channel::FRONT_CHANNEL;
use futures_util::future::LocalBoxFuture;
use ours::Ours;
use provider::World;
use rp_logout::RP_LOGOUT;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;
use wire::Wire;

/// Why a module fails.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

pub(crate) fn fail(why: impl std::fmt::Display) -> Failure {
    Failure(why.to_string())
}

pub(crate) fn ensure(holds: bool, why: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(fail(why)) }
}

/// What comes of a module that does not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything is as it must be.
    Passed,
    /// Everything is as it must be, and something not as it should be.
    Warned(&'static str),
    /// The provider does not say that it can do this.
    Skipped(&'static str),
    /// The provider does otherwise than the public suite wants it to: this, and nothing worse.
    Failed(&'static str),
}

/// An outcome in words.
fn told(outcome: &Result<Verdict, Failure>) -> String {
    match outcome {
        Ok(Verdict::Passed) => "passed".to_owned(),
        Ok(Verdict::Warned(why)) => format!("warned: {why}"),
        Ok(Verdict::Skipped(why)) => format!("skipped: {why}"),
        Ok(Verdict::Failed(why)) => format!("failed by choice: {why}"),
        Err(Failure(why)) => format!("failed: {why}"),
    }
}

/// A module, running.
pub(crate) struct Stage<'w> {
    pub(crate) world: &'w World,
    pub(crate) wire: Wire<'w>,
    pub(crate) browser: Browser,
    /// How often she showed who she is.
    pub(crate) proofs: usize,
    /// What tokens of FAPI's are bound to.
    pub(crate) binding: Binding,
    /// Which client has which of them.
    pub(crate) holders: Mutex<BTreeMap<String, String>>,
}

/// What tokens are bound to, and who has them proves itself by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    /// A key, by proofs (RFC 9449); clients sign assertions.
    Proof,
    /// The certificate of the connection (RFC 8705), which proves the client as well.
    Certificate,
}

/// A module.
pub(crate) struct Module {
    /// As the public suite calls it.
    pub(crate) name: &'static str,
    /// What it is written by.
    pub(crate) section: &'static str,
    pub(crate) run: for<'s> fn(&'s mut Stage<'_>) -> LocalBoxFuture<'s, Result<Verdict, Failure>>,
    /// Providers that it fails.
    pub(crate) faults: &'static [Fault],
}

macro_rules! module {
    ($name:literal, $section:literal, $run:path, [$($fault:expr),+ $(,)?]) => {
        crate::conformance::Module {
            name: $name,
            section: $section,
            run: |stage| Box::pin($run(stage)),
            faults: &[$($fault),+],
        }
    };
}
pub(crate) use module;

impl World {
    fn stage(&self, fault: &'static Fault, browser: Browser) -> Stage<'_> {
        Stage {
            world: self,
            wire: Wire::new(&self.http, &self.metadata, fault).certified(&self.around.certified),
            browser,
            proofs: 0,
            binding: Binding::Proof,
            holders: Mutex::default(),
        }
    }

    /// A browser that somebody is signed in with.
    async fn somebody(&self) -> Result<Browser, Failure> {
        let mut kept = self.signed_in.lock().await;
        if let Some(browser) = kept.as_ref() {
            return Ok(browser.clone());
        }
        let mut stage = self.stage(&Fault::NONE, Browser::default());
        let flow = party::Flow::of(&stage.client(), "openid");
        stage.tokens(&flow).await?;
        Ok(kept.insert(stage.browser).clone())
    }

    pub(crate) async fn run(
        &self,
        module: &Module,
        fault: &'static Fault,
        binding: Binding,
    ) -> Result<Verdict, Failure> {
        let browser = self.somebody().await?;
        let stage = self.stage(fault, browser);
        (module.run)(&mut Stage { binding, ..stage }).await
    }
}

/// A profile of the public suite.
pub(crate) struct Profile {
    /// As its plan is called.
    pub(crate) plan: &'static str,
    pub(crate) modules: &'static [&'static [Module]],
    /// Where a module does not simply pass, with ours and with the control.
    pub(crate) ours: &'static [(&'static str, Word)],
    pub(crate) control: &'static [(&'static str, Word)],
}

impl Profile {
    fn binding(&self) -> Binding {
        match self.plan == FAPI_WITH_CERTIFICATES.plan {
            true => Binding::Certificate,
            false => Binding::Proof,
        }
    }

    fn modules(&self) -> impl Iterator<Item = &'static Module> {
        self.modules.iter().copied().flatten()
    }
}

/// A verdict in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Passed,
    Warned,
    Skipped,
    Failed,
}

impl Word {
    /// None for what is no choice of anybody's.
    const fn of(outcome: &Result<Verdict, Failure>) -> Option<Self> {
        match outcome {
            Ok(Verdict::Passed) => Some(Self::Passed),
            Ok(Verdict::Warned(_)) => Some(Self::Warned),
            Ok(Verdict::Skipped(_)) => Some(Self::Skipped),
            Ok(Verdict::Failed(_)) => Some(Self::Failed),
            Err(_) => None,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }

    fn expected(differing: &[(&str, Self)], name: &str) -> Self {
        let found = differing.iter().find(|(known, _)| *known == name);
        found.map_or(Self::Passed, |(_, word)| *word)
    }
}

/// Every module comes out as it is said, as it is and through a layer that changes nothing, and fails on each of its faults; for
/// which reason is written down, so that a harness that breaks on a fault is not taken for one that sees it.
async fn hold(world: &World, profile: &Profile) {
    let (mut wrong, mut seen) = (Vec::new(), String::new());
    for module in profile.modules() {
        let expected = Word::expected(profile.ours, module.name);
        for fault in [&Fault::NONE, &Fault::IN_BETWEEN] {
            let outcome = outcome(world, module, fault, profile.binding()).await;
            if Word::of(&outcome) != Some(expected) {
                wrong.push(format!(
                    "{} ({}): {}",
                    module.name,
                    fault.name,
                    told(&outcome)
                ));
            }
        }
        for fault in module.faults {
            let outcome = outcome(world, module, fault, profile.binding()).await;
            let (name, told) = (fault.name, told(&outcome));
            if outcome.is_ok() {
                wrong.push(format!("{}: `{name}` goes unnoticed: {told}", module.name));
            }
            let encoded = world.issuer.replace(':', "%3A").replace('/', "%2F");
            let told = told.replace(&world.issuer, "ISSUER");
            let told = repeatable(&told.replace(&encoded, "ISSUER"));
            let _ = writeln!(seen, "{}\n    {name}\n    {told}", module.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let name = profile.plan.replace(" (", "-").replace(')', "");
    insta::assert_snapshot!(name, seen);
}

/// Modules that need a provider to themselves: certificates are of the world's time, which is left behind by months.
const ALONE: &[&str] = &["oidcc-server-rotate-keys"];

async fn outcome(
    world: &World,
    module: &Module,
    fault: &'static Fault,
    binding: Binding,
) -> Result<Verdict, Failure> {
    if ALONE.contains(&module.name) {
        return Ours::start().await.world.run(module, fault, binding).await;
    }
    world.run(module, fault, binding).await
}

/// A reason without what is another at each run: tokens, states, ids.
fn repeatable(told: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let is_drawn = |word: &str| {
        let has_more = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
        word.len() >= 20 && word.contains(has_more)
    };
    let pieces = told.split_inclusive(|letter| !is_part(letter));
    let pieces = pieces.map(|piece| {
        let word = piece.trim_end_matches(|letter| !is_part(letter));
        if is_drawn(word) {
            format!("…{}", &piece[word.len()..])
        } else {
            piece.to_owned()
        }
    });
    pieces.collect()
}

#[tokio::test]
async fn the_basic_profile() {
    hold(&Ours::start().await.world, &BASIC).await;
}

#[tokio::test]
async fn the_config_profile() {
    hold(&Ours::start().await.world, &CONFIG).await;
}

#[tokio::test]
async fn the_rp_initiated_logout_profile() {
    hold(&Ours::start().await.world, &RP_LOGOUT).await;
}

#[tokio::test]
async fn the_back_channel_logout_profile() {
    hold(&Ours::start().await.world, &BACK_CHANNEL).await;
}

#[tokio::test]
async fn the_front_channel_logout_profile() {
    hold(&Ours::start().await.world, &FRONT_CHANNEL).await;
}

#[tokio::test]
async fn the_dynamic_profile() {
    hold(&Ours::start().await.world, &DYNAMIC).await;
}

#[tokio::test]
async fn the_fapi_2_security_profile() {
    hold(&Ours::start().await.world, &FAPI).await;
}

#[tokio::test]
async fn the_fapi_2_security_profile_with_certificates() {
    hold(&Ours::start().await.world, &FAPI_WITH_CERTIFICATES).await;
}

const PROFILES: &[&Profile] = &[
    &BASIC,
    &CONFIG,
    &DYNAMIC,
    &RP_LOGOUT,
    &BACK_CHANNEL,
    &FRONT_CHANNEL,
    &FAPI,
    &FAPI_WITH_CERTIFICATES,
];

/// The same harness takes a certified provider for what it is.
#[tokio::test]
async fn the_control() {
    let control = Control::start().await;
    let mut wrong = Vec::new();
    for profile in PROFILES {
        for module in profile.modules() {
            let outcome = control.world.run(module, &Fault::NONE, profile.binding());
            let outcome = outcome.await;
            if Word::of(&outcome) != Some(Word::expected(profile.control, module.name)) {
                wrong.push(format!("{}: {}", module.name, told(&outcome)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of a profile, as the document has it.
fn table(profile: &Profile) -> String {
    let mut table = String::from(
        "| module | by | fails a provider that | ours | control |\n|---|---|---|---|---|\n",
    );
    for module in profile.modules() {
        let word = |differing| Word::expected(differing, module.name).text();
        let [first, more @ ..] = module.faults else {
            continue;
        };
        let mut faults = first.name.to_owned();
        if !more.is_empty() {
            let _ = write!(faults, "; {} more", more.len());
        }
        let _ = writeln!(
            table,
            "| `{}` | {} | {faults} | {} | {} |",
            module.name,
            module.section,
            word(profile.ours),
            word(profile.control),
        );
    }
    table
}

/// The tables of the document are those of the harness.
#[test]
fn the_document_has_the_tables() {
    let document = include_str!("../../../../docs/conformance.md");
    let mut wrong = String::new();
    for profile in PROFILES {
        let (heading, table) = (format!("## `{}`", profile.plan), table(profile));
        if !document.contains(&heading) || !document.contains(&table) {
            let _ = writeln!(wrong, "{heading}\n\n{table}");
        }
        let names: BTreeSet<_> = profile.modules().map(|module| module.name).collect();
        assert_eq!(names.len(), profile.modules().count(), "a name twice");
        let differing = profile.ours.iter().chain(profile.control);
        for (name, _) in differing {
            assert!(
                names.contains(name),
                "`{name}` is no module of {}",
                profile.plan
            );
        }
        assert!(profile.modules().all(|module| !module.faults.is_empty()));
    }
    assert!(
        wrong.is_empty(),
        "docs/conformance.md has to have:\n{wrong}"
    );
}
