//! The prompt's pages as values: one per step, each with one question.

use askama::Template;
use zt_pages::{Page, Tone};
use zt_types::FactorKind;

/// What every step of the prompt shows and carries.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    /// Where this flow's forms go: `/signin/<flow>`.
    pub(crate) path: String,
    /// The step's number, against forms drawn before.
    pub(crate) step: u64,
    /// The step's nonce.
    pub(crate) nonce: String,
    /// The question.
    pub(crate) title: String,
    /// A sentence under it; may be empty.
    pub(crate) lead: String,
    /// What went wrong the last time, and what to do now; may be empty.
    pub(crate) message: String,
    /// Where the person is going.
    pub(crate) application: Option<String>,
    /// The name as it was typed.
    pub(crate) login: Option<String>,
    /// That a form of an earlier step was sent, and this is the present one.
    pub(crate) stale: Option<&'static str>,
    /// Whether she can go back and be somebody else.
    pub(crate) can_rename: bool,
    /// Whether she can give up.
    pub(crate) can_cancel: bool,
    /// Whether there is another way to answer.
    pub(crate) other_ways: bool,
}

impl Prompt {
    /// The address of one of this flow's actions.
    pub(crate) fn action(&self, action: &str) -> String {
        format!("{}/{action}", self.path)
    }
}

/// Who are you?
#[derive(Debug, Template)]
#[template(path = "prompt/identify.html")]
pub(crate) struct IdentifyView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    pub(crate) hint: String,
}

/// Your password.
#[derive(Debug, Template)]
#[template(path = "prompt/password.html")]
pub(crate) struct PasswordView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    /// Whether nothing was proven yet: there are other ways in, and a way to a new password.
    pub(crate) is_first: bool,
}

/// One way to answer, or one factor to enrol.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) kind: FactorKind,
    pub(crate) icon: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
}

/// Which way?
#[derive(Debug, Template)]
#[template(path = "prompt/choose.html")]
pub(crate) struct ChooseView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    pub(crate) choices: Vec<Choice>,
}

/// The code of your app.
#[derive(Debug, Template)]
#[template(path = "prompt/totp.html")]
pub(crate) struct TotpView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
}

/// Your passkey.
#[derive(Debug, Template)]
#[template(path = "prompt/passkey.html")]
pub(crate) struct PasskeyView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    /// `PublicKeyCredentialRequestOptions`, JSON.
    pub(crate) options: String,
}

/// One of your recovery codes.
#[derive(Debug, Template)]
#[template(path = "prompt/recovery.html")]
pub(crate) struct RecoveryView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
}

/// The pass that an administrator gave.
#[derive(Debug, Template)]
#[template(path = "prompt/reset_pass.html")]
pub(crate) struct ResetPassView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
}

/// Scan this.
#[derive(Template)]
#[template(path = "prompt/enrol_totp.html")]
pub(crate) struct EnrolTotpView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    pub(crate) qr: super::qr::Qr,
    /// The seed in base32, in groups of four.
    pub(crate) key: String,
}

/// Make a passkey.
#[derive(Debug, Template)]
#[template(path = "prompt/enrol_passkey.html")]
pub(crate) struct EnrolPasskeyView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    /// `PublicKeyCredentialCreationOptions`, JSON.
    pub(crate) options: String,
    /// The name it gets unless she types another.
    pub(crate) suggestion: String,
}

/// Keep these.
#[derive(Template)]
#[template(path = "prompt/recovery_codes.html")]
pub(crate) struct RecoveryCodesView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    pub(crate) codes: Vec<String>,
}

/// Choose another password.
#[derive(Debug, Template)]
#[template(path = "prompt/new_password.html")]
pub(crate) struct NewPasswordView {
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
}

/// The flow is over: refused, expired, or somebody else's.
#[derive(Debug, Template)]
#[template(path = "prompt/end.html")]
pub(crate) struct EndView {
    pub(crate) page: Page,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) onward: String,
    pub(crate) onward_text: &'static str,
}
