//! The prompt's pages: which one a flow shows, and in which words.
//!
//! Entry points: [`step`] draws the present step of a flow, [`turned`] what is shown to a browser that is not let into
//! one. Moving a flow is not here.

pub(crate) mod qr;
pub(crate) mod view;

use crate::rows::method_icon;
use crate::{browser, words};
use http::{Response, StatusCode};
use view::{
    Choice, ChooseView, EndView, EnrolPasskeyView, EnrolTotpView, IdentifyView, NewPasswordView,
    PasskeyView, PasswordView, Prompt, RecoveryCodesView, RecoveryView, ResetPassView, TotpView,
};
use zt_auth::{Flow, FlowMessage, FlowState, Goal, Turned};
use zt_pages::headers::Exception;
use zt_pages::{Page, Tone, respond};
use zt_types::{FactorKind, Timestamp};

/// What a step shows beside what the flow itself holds in the clear.
pub(crate) struct Shown {
    /// Where the person is going, if to an application: its name.
    pub(crate) application: Option<String>,
    /// What stands in the field for the name to begin with; mostly nothing.
    pub(crate) hint: String,
    /// Whether a form of an earlier step was turned away just now.
    pub(crate) stale: Stale,
    /// The login of whoever proved who she is.
    pub(crate) owner: Option<String>,
    /// The secret that this step shows, opened.
    pub(crate) secret: Opened,
    /// What the page may do beyond the content policy.
    pub(crate) exception: Exception,
}

/// Whether a form of an earlier step was turned away just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stale {
    /// It was: the page says so.
    Yes,
    /// It was not.
    No,
}

/// A secret that one step shows.
pub(crate) enum Opened {
    /// This step shows none.
    Nothing,
    /// The seed of an app being enrolled.
    Totp {
        /// `otpauth://…`, for the QR code.
        url: String,
        /// The seed in groups of four, to be typed.
        key: String,
    },
    /// Recovery codes.
    Codes(Vec<String>),
}

/// The page of a flow's present step. [`FlowState::Done`] has none: whoever is done is sent on.
pub(crate) fn step(page: Page, flow: &Flow, shown: Shown) -> Response<String> {
    let prompt = prompt(&page, flow, &shown);
    let exception = shown.exception;
    let page = &page;
    let own = page.clone();
    match (flow.state(), shown.secret) {
        (FlowState::Identify, _) => respond(
            StatusCode::OK,
            page,
            &IdentifyView {
                page: own,
                prompt,
                hint: shown.hint,
            },
            &exception,
        ),
        (FlowState::Password, _) => {
            let is_first = flow.proofs().is_empty() && flow.purpose().goal == Goal::SignIn;
            respond(
                StatusCode::OK,
                page,
                &PasswordView {
                    page: own,
                    prompt,
                    is_first,
                },
                &exception,
            )
        }
        (FlowState::ChooseSecond, _) => {
            let choices = choices(page, &flow.methods(), |kind| {
                page.member("method-text", kind)
            });
            respond(
                StatusCode::OK,
                page,
                &ChooseView {
                    page: own,
                    prompt,
                    choices,
                },
                &exception,
            )
        }
        (FlowState::EnrolChoice, _) => {
            let choices = choices(page, flow.enrollable(), |kind| {
                page.member("enrol-text", kind)
            });
            respond(
                StatusCode::OK,
                page,
                &ChooseView {
                    page: own,
                    prompt,
                    choices,
                },
                &exception,
            )
        }
        (FlowState::ResetProof, _) => {
            let choices = choices(page, flow.reset_proofs(), |kind| {
                page.member("method-text", kind)
            });
            respond(
                StatusCode::OK,
                page,
                &ChooseView {
                    page: own,
                    prompt,
                    choices,
                },
                &exception,
            )
        }
        (FlowState::ResetPass, _) => respond(
            StatusCode::OK,
            page,
            &ResetPassView { page: own, prompt },
            &exception,
        ),
        (FlowState::Totp, _) => respond(
            StatusCode::OK,
            page,
            &TotpView { page: own, prompt },
            &exception,
        ),
        (FlowState::Passkey { options, .. }, _) => respond(
            StatusCode::OK,
            page,
            &PasskeyView {
                page: own,
                prompt,
                options: options.clone(),
            },
            &exception,
        ),
        (FlowState::RecoveryCode, _) => respond(
            StatusCode::OK,
            page,
            &RecoveryView { page: own, prompt },
            &exception,
        ),
        (FlowState::EnrolTotp { .. }, Opened::Totp { url, key }) => {
            let qr = qr::Qr::of(&url, page.t("enrol-totp-qr"));
            respond(
                StatusCode::OK,
                page,
                &EnrolTotpView {
                    page: own,
                    prompt,
                    qr,
                    key,
                },
                &exception,
            )
        }
        (FlowState::EnrolPasskey { options, .. }, _) => {
            let suggestion = passkey_name(page, flow.user_agent());
            respond(
                StatusCode::OK,
                page,
                &EnrolPasskeyView {
                    page: own,
                    prompt,
                    options: options.clone(),
                    suggestion,
                },
                &exception,
            )
        }
        (FlowState::ShowRecoveryCodes { .. }, Opened::Codes(codes)) => respond(
            StatusCode::OK,
            page,
            &RecoveryCodesView {
                page: own,
                prompt,
                codes,
            },
            &exception,
        ),
        (FlowState::NewPassword, _) => respond(
            StatusCode::OK,
            page,
            &NewPasswordView { page: own, prompt },
            &exception,
        ),
        (FlowState::Refused { why }, _) => end(
            own,
            why.slug(),
            Tone::Caution,
            "circle-minus",
            StatusCode::OK,
        ),
        // A secret that did not open, or a flow that is done: begin again.
        (
            FlowState::EnrolTotp { .. } | FlowState::ShowRecoveryCodes { .. } | FlowState::Done,
            _,
        ) => end(own, "over", Tone::Notice, "info", StatusCode::OK),
    }
}

/// What a browser sees that is not let into a flow. [`Turned::Stale`] shows the present step instead.
pub(crate) fn turned(page: Page, why: Turned) -> Response<String> {
    let (icon, status) = match why {
        Turned::Expired => ("hourglass", StatusCode::OK),
        Turned::Over | Turned::Stale => ("info", StatusCode::OK),
        Turned::ForeignBrowser => ("globe", StatusCode::FORBIDDEN),
    };
    end(page, why.slug(), Tone::Notice, icon, status)
}

/// The name a new passkey gets unless its owner types another.
pub(crate) fn passkey_name(page: &Page, user_agent: &str) -> String {
    match browser::named(user_agent) {
        (Some(browser), Some(system)) => page.t2(
            "enrol-passkey-name-of",
            ("browser", browser),
            ("system", system),
        ),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => page
            .member("method-title", FactorKind::Passkey.as_str())
            .to_owned(),
    }
}

fn end(
    page: Page,
    slug: &str,
    tone: Tone,
    icon: &'static str,
    status: StatusCode,
) -> Response<String> {
    let (onward, onward_text) = match slug {
        "no-factor" => ("/security", page.t("flow-end-portal")),
        _ => ("/", page.t("flow-end-again")),
    };
    let view = EndView {
        tone,
        icon,
        title: page.member("flow-end-title", slug),
        text: page.member("flow-end-text", slug),
        onward: onward.to_owned(),
        onward_text,
        page,
    };
    respond(status, &view.page, &view, &Exception::None)
}

fn prompt(page: &Page, flow: &Flow, shown: &Shown) -> Prompt {
    let ticket = flow.ticket();
    let state = flow.state();
    let reset = matches!(flow.purpose().goal, Goal::ResetPassword { .. });
    let anonymous = flow.purpose().goal.is_anybodys() && flow.proofs().is_empty();
    let answering = matches!(
        state,
        FlowState::Password
            | FlowState::Passkey { .. }
            | FlowState::Totp
            | FlowState::RecoveryCode
            | FlowState::ResetPass
    );
    let enrolling = matches!(
        state,
        FlowState::EnrolTotp { .. } | FlowState::EnrolPasskey { .. }
    );
    let other_ways = (answering
        && (!anonymous || matches!(state, FlowState::Passkey { .. } | FlowState::ResetPass))
        && (reset || flow.methods().len() > 1 || anonymous))
        || (enrolling && flow.enrollable().len() > 1);
    // The name is shown as it was typed; whether anybody has it is not told by it.
    let login = match state {
        FlowState::Identify => None,
        FlowState::Passkey { .. } if anonymous => None,
        _ => shown
            .owner
            .clone()
            .or_else(|| flow.login().map(|login| login.as_str().to_owned())),
    };
    // The same question, put for another purpose.
    let slug = match state {
        FlowState::Identify if reset => "reset-identify",
        FlowState::NewPassword if reset => "reset-new-password",
        _ => state.slug(),
    };
    Prompt {
        path: format!("/signin/{}", flow.id()),
        step: ticket.step,
        nonce: ticket.nonce.to_string(),
        title: page.member("prompt-title", slug).to_owned(),
        lead: page.member("prompt-lead", slug).to_owned(),
        message: flow
            .message()
            .map_or_else(String::new, |message| message_text(page, message)),
        application: shown.application.clone(),
        login,
        stale: (shown.stale == Stale::Yes).then(|| page.t("prompt-stale")),
        can_rename: anonymous && matches!(state, FlowState::Password | FlowState::ResetProof),
        can_cancel: !matches!(state, FlowState::ShowRecoveryCodes { .. }),
        other_ways,
    }
}

fn message_text(page: &Page, message: FlowMessage) -> String {
    match message {
        FlowMessage::Wait {
            until: Timestamp::FAR_FUTURE,
        } => page.t("prompt-wait-for-good").to_owned(),
        FlowMessage::Wait { until } => {
            page.t1("prompt-wait", "until", words::clock_text_to_second(until))
        }
        other => page.member("prompt-message", other.slug()).to_owned(),
    }
}

fn choices(page: &Page, kinds: &[FactorKind], text: impl Fn(&str) -> &'static str) -> Vec<Choice> {
    kinds
        .iter()
        .map(|kind| Choice {
            kind: *kind,
            icon: method_icon(*kind),
            title: page.member("method-title", kind.as_str()),
            text: text(kind.as_str()),
        })
        .collect()
}
