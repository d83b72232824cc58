//! How the walk through the sign-in is weakened: its steps, its links, its guesses, its sessions.

use super::{Edit, Weakness};

/// All of them.
pub(super) const WEAKNESSES: &[Weakness] = &[
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-auth/src/flow/ticket.rs",
            text: "ticket.flow == self.id\n            && ticket.step == self.version\n            && ticket.nonce.matches(&self.nonce);",
            instead: "ticket.flow == self.id;",
        }],
        breaks: "the back button: a form of an earlier step counts at the present one",
        test: "signin::tests::abuse::forms_of_other_sites_browsers_and_steps",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-auth/src/flow/ticket.rs",
            text: "        if self.browser != *browser {",
            instead: "        if self.browser != *browser && now >= self.expires_at {",
        }],
        breaks: "another browser goes on with a sign-in that is under way",
        test: "signin::tests::abuse::forms_of_other_sites_browsers_and_steps",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/signin/form.rs",
            text: "(Some(site), _) => site == \"same-origin\",",
            instead: "(Some(site), _) => !site.is_empty(),",
        }],
        breaks: "somebody else's page fills in her sign-in",
        test: "signin::tests::abuse::forms_of_other_sites_browsers_and_steps",
    },
    Weakness {
        package: "zt-console",
        edits: &[
            Edit {
                file: "zt-auth/src/flow/transition.rs",
                text: "            FlowState::Password | FlowState::Passkey { .. } | FlowState::ResetProof\n                if self.is_anonymous() =>\n            {",
                instead: "            FlowState::Password\n            | FlowState::Passkey { .. }\n            | FlowState::ResetProof\n            | FlowState::Totp => {",
            },
            Edit {
                file: "zt-auth/src/flow/transition.rs",
                text: "                    self.proofs.clear();\n",
                instead: "",
            },
            Edit {
                file: "zt-auth/src/flow/transition.rs",
                text: "                    } else {\n                        FlowState::Password\n                    };",
                instead: "                    } else {\n                        FlowState::Password\n                    };\n                    if !self.proofs.is_empty() {\n                        self.advance(&mut effects);\n                    }",
            },
        ],
        breaks: "whoever starts over under another name takes what was proven along",
        test: "signin::tests::skips::who_starts_over_takes_no_proof_along",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-crypto/src/totp.rs",
            text: "        let Some(typed) = digits(typed) else {\n",
            instead: "        if typed.is_empty() {\n            return TotpVerdict::Right { step: last_step.saturating_add(1) };\n        }\n        let Some(typed) = digits(typed) else {\n",
        }],
        breaks: "an empty post is taken for the code of an app",
        test: "signin::tests::skips::an_empty_post_proves_nothing",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/signin/ask.rs",
            text: "            PasswordVerdict::Wrong => Input::PasswordFailed,",
            instead: "            PasswordVerdict::Wrong if typed.password.expose().is_empty() => Input::PasswordMatched,\n            PasswordVerdict::Wrong => Input::PasswordFailed,",
        }],
        breaks: "an empty post is taken for a password",
        test: "signin::tests::skips::an_empty_post_proves_nothing",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/signin/ask.rs",
            text: "            _ => Input::ResetPassFailed,",
            instead: "            (None, Some((hash, scope))) => Input::ResetPassMatched { hash, scope },\n            _ => Input::ResetPassFailed,",
        }],
        breaks: "an empty post is taken for the pass of a reset",
        test: "signin::tests::skips::an_empty_post_proves_nothing",
    },
    Weakness {
        package: "zt-console",
        edits: &[
            Edit {
                file: "zt-auth/src/flow/transition.rs",
                text: "                if matches!(self.state, FlowState::ShowRecoveryCodes { .. }) {\n                    self.advance(&mut effects);",
                instead: "                if self.account.is_some() {\n                    self.complete(&mut effects);",
            },
            Edit {
                file: "zt-auth/src/flow/prove.rs",
                text: "    fn complete(&mut self",
                instead: "    pub(super) fn complete(&mut self",
            },
            Edit {
                file: "zt-auth/src/flow/finish.rs",
                text: "            .filter(|reached| *reached >= self.demanded())\n            .ok_or(Unfinished::TooWeak)?;",
                instead: "            .unwrap_or(Assurance::Mfa);",
            },
        ],
        breaks: "whoever posts the last step skips those before it",
        test: "signin::tests::skips::no_step_is_answered_before_its_turn",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-store/src/state/apply.rs",
            text: "                usable(pass.is_some_and(|pass| pass.hash == *hash && pass.holds(*now)))?;\n                self.set(done, Row::ResetPass, *person, None, RESET_PASSES);",
            instead: "                usable(pass.is_some_and(|pass| pass.hash == *hash && pass.holds(*now)))?;",
        }],
        breaks: "the pass of a reset is used twice",
        test: "signin::tests::reset::a_pass_works_once_in_one_of_two_tabs_and_the_app_is_asked_for_as_ever",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-store/src/state/apply.rs",
            text: "                usable(link.is_some_and(|link| *now < link.expires_at))?;\n                self.set(done, Row::SignInLink, *hash, None, SIGN_IN_LINKS);",
            instead: "                usable(link.is_some_and(|link| *now < link.expires_at))?;",
        }],
        breaks: "the link of an account of last resort is used twice",
        test: "signin::tests::break_glass_accounts_come_once_and_take_a_passkey",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-store/src/state/apply/factors.rs",
            text: "CredentialSecret::Totp { last_step, .. } if step > *last_step => *last_step = step,",
            instead: "CredentialSecret::Totp { .. } if step > 0 => {}",
        }],
        breaks: "the code of an app is used twice",
        test: "signin::tests::abuse::a_code_counts_once_however_many_bring_it",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-console/src/signin/ask.rs",
            text: "                    Verdict::Wait { until } => Input::MustWait { until },",
            instead: "                    Verdict::Wait { .. } => return Ok(None),",
        }],
        breaks: "passwords are guessed without end",
        test: "signin::tests::abuse::two_hundred_guesses_at_once_are_five",
    },
    Weakness {
        package: "zt-console",
        edits: &[Edit {
            file: "zt-auth/src/flow/transition.rs",
            text: "                    } else {\n                        FlowState::Password\n                    };",
            instead: "                    } else if self.account.is_some() {\n                        FlowState::Password\n                    } else {\n                        FlowState::Identify\n                    };",
        }],
        breaks: "the sign-in tells who is known here",
        test: "signin::tests::abuse::nobody_learns_who_is_known_here",
    },
    Weakness {
        package: "zt-console",
        edits: &[
            Edit {
                file: "zt-auth/src/flow/prove.rs",
                text: "        if account.standing == PersonState::Disabled && !self.proofs.is_empty() {",
                instead: "        if account.standing == PersonState::Disabled && self.proofs.len() > 99 {",
            },
            Edit {
                file: "zt-auth/src/flow/finish.rs",
                text: "        if standing == PersonState::Disabled || account.standing == PersonState::Disabled {",
                instead: "        if standing == PersonState::Disabled && self.proofs.is_empty() {",
            },
            Edit {
                file: "zt-auth/src/issue.rs",
                text: "    if standing == PersonState::Disabled {",
                instead: "    if standing == PersonState::Disabled && now < now {",
            },
        ],
        breaks: "somebody who is disabled signs in",
        test: "signin::tests::abuse::a_disabled_person_comes_nowhere",
    },
    Weakness {
        package: "zt-auth",
        edits: &[Edit {
            file: "zt-auth/src/issue.rs",
            text: "    stepped.token = token;\n",
            instead: "    let _ = token;\n",
        }],
        breaks: "a cookie that was planted before she proves more is worth more afterwards",
        test: "issue::tests::stepping_up_changes_the_cookie_and_believes_only_the_new_proof",
    },
    Weakness {
        package: "zt-auth",
        edits: &[Edit {
            file: "zt-auth/src/issue.rs",
            text: "    if session.person != permit.person {",
            instead: "    if session.person != session.person {",
        }],
        breaks: "somebody else's proof strengthens her session",
        test: "issue::tests::stepping_up_moves_no_session_to_another_device_or_person",
    },
    Weakness {
        package: "zt-auth",
        edits: &[Edit {
            file: "zt-auth/src/issue.rs",
            text: "    if code.binding != binding {",
            instead: "    if code.binding != binding && now >= code.expires_at {",
        }],
        breaks: "somebody is signed in to an application as somebody else, by a link with his code",
        test: "issue::tests::a_code_is_redeemed_by_its_browser_at_its_application_in_time",
    },
];
