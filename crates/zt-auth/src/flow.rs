//! The sign-in flow: one server-side record that says where a person stands on her way in.

mod effect;
mod finish;
mod input;
mod prove;
mod purpose;
mod reset;
mod state;
mod ticket;
mod transition;

pub use effect::{Effect, PasskeyCandidates};
pub use finish::{SignInPermit, Unfinished};
pub use input::{Input, PasskeyFault};
pub use purpose::{Destination, Goal, Purpose, ReturnPath};
pub use state::{FlowMessage, FlowRefusal, FlowState};
pub use ticket::{Nonce, Ticket, Turned};

use crate::account::{Account, Login, Proof};
use crate::credential::Vouched;
use crate::reset::PassScope;
use serde::{Deserialize, Serialize};
use state::Asked;
use zt_types::{Assurance, FactorKind, FlowId, Seconds, Timestamp, TokenHash};

/// How long a person may take.
pub const FLOW_LIFETIME: Seconds = Seconds::minutes(15);

/// One walk through the prompt.
///
/// Only [`Flow::step`] moves it, and only the shell's commit with the next [`Flow::version`] keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    id: FlowId,
    browser: TokenHash,
    version: u64,
    nonce: Nonce,
    purpose: Purpose,
    state: FlowState,
    message: Option<FlowMessage>,
    login: Option<Login>,
    login_hash: Option<TokenHash>,
    account: Option<Account>,
    proofs: Vec<Proof>,
    password_changed_at: Option<Timestamp>,
    /// What the pass that was brought makes anew.
    #[serde(default)]
    pass: Option<PassScope>,
    /// On what the factor enrolled last rests.
    #[serde(default)]
    vouched: Vouched,
    asked: Option<Asked>,
    last_method: Option<FactorKind>,
    address: String,
    user_agent: String,
    expires_at: Timestamp,
}

/// What a flow begins with.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Its id.
    pub id: FlowId,
    /// Hash of the browser's flow cookie.
    pub browser: TokenHash,
    /// The first step's nonce.
    pub nonce: Nonce,
    /// What it is for.
    pub purpose: Purpose,
    /// Who it is about: demanded by every goal that is not [`Goal::is_anybodys`], for which it is passed over.
    pub account: Option<Account>,
    /// Her login, to show.
    pub login: Option<Login>,
    /// The method last used on this browser.
    pub last_method: Option<FactorKind>,
    /// The network address in text form.
    pub address: String,
    /// What the browser calls itself, at most 256 characters, control characters removed.
    pub user_agent: String,
}

impl Flow {
    /// Begins a flow; its effects are carried out before it is first kept.
    #[must_use]
    pub fn begin(beginning: Beginning, now: Timestamp) -> (Self, Vec<Effect>) {
        let anybodys = beginning.purpose.goal.is_anybodys();
        let mut flow = Self {
            id: beginning.id,
            browser: beginning.browser,
            version: 0,
            nonce: beginning.nonce,
            purpose: beginning.purpose,
            state: FlowState::Identify,
            message: None,
            login: beginning.login,
            login_hash: None,
            account: beginning.account.filter(|_| !anybodys),
            proofs: Vec::new(),
            password_changed_at: None,
            pass: None,
            vouched: Vouched::default(),
            asked: None,
            last_method: beginning.last_method,
            address: beginning.address,
            user_agent: beginning.user_agent,
            expires_at: now + FLOW_LIFETIME,
        };
        let mut effects = Vec::new();
        if !anybodys {
            flow.begin_known(&mut effects);
        }
        (flow, effects)
    }

    /// Ends a round: the next page has a new version and a new nonce, so that every form drawn before is stale.
    #[must_use]
    pub fn next_page(mut self, nonce: Nonce) -> Self {
        self.version = self.version.saturating_add(1);
        self.nonce = nonce;
        self
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> FlowId {
        self.id
    }
    /// Counts the pages; a commit must follow the version that was read.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }
    /// What it is for.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }
    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &FlowState {
        &self.state
    }
    /// What the page says about the try before.
    #[must_use]
    pub const fn message(&self) -> Option<FlowMessage> {
        self.message
    }
    /// The name that was typed.
    #[must_use]
    pub const fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }
    /// Who it is about, if anybody has the typed name. **Not proven**: nothing may be shown of it before
    /// [`Flow::proofs`] holds something.
    #[must_use]
    pub const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }
    /// What was proven in it so far.
    #[must_use]
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }
    /// The method last used on this browser.
    #[must_use]
    pub const fn last_method(&self) -> Option<FactorKind> {
        self.last_method
    }
    /// Where it began: network address in text form.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
    /// What the browser called itself.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }
    /// When it began: what was proven in it was proven since.
    #[must_use]
    pub fn begun_at(&self) -> Timestamp {
        self.expires_at - FLOW_LIFETIME
    }
    /// When it is forgotten.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What must be reached: what the goal demands, and never less than the account's own rules.
    #[must_use]
    pub fn demanded(&self) -> Assurance {
        let goal = self.purpose.goal.demanded();
        self.account
            .as_ref()
            .map_or(goal, |account| goal.max(account.kind.least()))
    }

    /// The methods that lead on from [`FlowState::ChooseSecond`], the best first.
    #[must_use]
    pub fn methods(&self) -> Vec<FactorKind> {
        let Some(account) = &self.account else {
            return Vec::new();
        };
        let password_proven = self.proved(FactorKind::Password);
        let codes_do = self.demanded() <= Assurance::Mfa;
        let offered = [
            (FactorKind::Passkey, !account.passkeys.is_empty()),
            (
                FactorKind::Totp,
                password_proven && codes_do && !account.totp.is_empty(),
            ),
            (
                FactorKind::Password,
                !password_proven && codes_do && account.password.is_some(),
            ),
            (
                FactorKind::RecoveryCode,
                // A lost factor is replaced on the way in; a session that has proven one needs no replacement.
                password_proven
                    && codes_do
                    && account.recovery.is_some()
                    && (self.purpose.goal == Goal::SignIn || self.is_reset()),
            ),
        ];
        offered
            .into_iter()
            .filter_map(|(kind, open)| open.then_some(kind))
            .collect()
    }

    /// The factors that may be enrolled at [`FlowState::EnrolChoice`], the best first.
    #[must_use]
    pub fn enrollable(&self) -> &'static [FactorKind] {
        match self.account.as_ref().map(|account| account.kind) {
            Some(crate::AccountKind::Ordinary) => &[FactorKind::Passkey, FactorKind::Totp],
            Some(crate::AccountKind::BreakGlass) => &[FactorKind::Passkey],
            None => &[],
        }
    }

    fn proved(&self, kind: FactorKind) -> bool {
        self.proofs.iter().any(|proof| proof.kind == kind)
    }
}

#[cfg(test)]
mod tests;
