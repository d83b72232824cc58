//! What can happen to a flow.

use crate::PassScope;
use crate::account::{Account, Login};
use crate::credential::BackupEligible;
use crate::password::PasswordFault;
use zt_types::{CredentialId, FactorKind, Timestamp, TokenHash};

/// One thing that happened: the person did something, or an effect found something out.
///
/// Secrets are not in it: the shell holds what was typed while it carries out the effect that looks at it.
#[derive(Debug, Clone)]
pub enum Input {
    /// She typed her name.
    Named {
        /// The name.
        login: Login,
        /// SHA-256 of it, for counting guesses at names nobody has.
        login_hash: TokenHash,
        /// Whose it is, if anybody's. What follows looks the same either way.
        account: Option<Account>,
    },
    /// She typed something that cannot be a name.
    Misnamed,
    /// She typed a password (to sign in, or a new one).
    PasswordTyped,
    /// She typed a code (of an app, of an app being enrolled, a recovery code, or an administrator's pass: whichever the
    /// step asks for).
    CodeTyped,
    /// Her browser answered a passkey challenge.
    PasskeyAnswered,
    /// She chose a method to sign in with or to enrol.
    Chosen(FactorKind),
    /// She says that she has kept her recovery codes.
    Acknowledged,
    /// She cannot or must not use her password any more, and wants a new one.
    Forgot,
    /// She wants another way, or the question before.
    Back,
    /// She gives up.
    Cancel,

    /// Counting said: not now.
    MustWait {
        /// Until when.
        until: Timestamp,
    },
    /// The password is right.
    PasswordMatched,
    /// The password is wrong, or there is none.
    PasswordFailed,
    /// The code is right.
    TotpMatched {
        /// Which app made it.
        credential: CredentialId,
        /// Its time step.
        step: u64,
    },
    /// The code is wrong (also one that confirms an app being enrolled).
    TotpFailed,
    /// The code is right but its time step was used already.
    TotpReplayed,
    /// The recovery code is right.
    RecoveryCodeMatched {
        /// The set it belongs to.
        credential: CredentialId,
        /// Its hash.
        hash: TokenHash,
        /// How many are left after it.
        left: usize,
    },
    /// The recovery code is wrong or used.
    RecoveryCodeFailed,
    /// The administrator's pass is the person's present one.
    ResetPassMatched {
        /// Its hash.
        hash: TokenHash,
        /// What it makes anew.
        scope: PassScope,
    },
    /// The administrator's pass is wrong, used, taken back, over, or somebody else's.
    ResetPassFailed,
    /// A passkey challenge was made.
    PasskeyStarted {
        /// What the verifier must remember, JSON.
        challenge: String,
        /// What the browser is handed, JSON.
        options: String,
    },
    /// A passkey was verified, and it verified its user.
    PasskeyMatched {
        /// Which.
        credential: CredentialId,
        /// Whose it is, read anew.
        owner: Account,
        /// The verifier's record with its new counter, JSON.
        record: String,
    },
    /// A passkey answer was not good, or the passkey is nobody's.
    PasskeyFailed(PasskeyFault),
    /// A seed was made.
    TotpStarted {
        /// The id the app will have: the seal is bound to it.
        credential: CredentialId,
        /// Sealed with the master key.
        sealed_seed: String,
    },
    /// The app being enrolled made the right code.
    TotpEnrolled {
        /// The name it will have.
        name: String,
        /// The code's time step: it counts as used.
        step: u64,
    },
    /// A challenge to enrol a passkey was made.
    PasskeyEnrolmentStarted {
        /// What the verifier must remember, JSON.
        challenge: String,
        /// What the browser is handed, JSON.
        options: String,
    },
    /// A passkey was made.
    PasskeyEnrolled {
        /// The id it will have.
        credential: CredentialId,
        /// The name it will have.
        name: String,
        /// The WebAuthn credential id, base64url.
        credential_id: String,
        /// The verifier's record, JSON.
        record: String,
        /// Whether it may be synced.
        backup_eligible: BackupEligible,
    },
    /// It was not.
    PasskeyNotEnrolled,
    /// Recovery codes were made.
    RecoveryCodesMinted {
        /// The id the set will have.
        credential: CredentialId,
        /// Their hashes.
        hashes: Vec<TokenHash>,
        /// The codes, sealed with the master key.
        sealed_codes: String,
    },
    /// The new password passed the rules and was hashed.
    PasswordHashed {
        /// The id the factor gets if she has no password yet.
        credential: CredentialId,
        /// Argon2id, PHC string form.
        phc: String,
        /// Whose it is, read anew.
        owner: Account,
    },
    /// The new password does not do.
    PasswordRefused(PasswordFault),
}

impl Input {
    /// Whether an effect found it out; everything else the person did.
    #[must_use]
    pub const fn is_result(&self) -> bool {
        !matches!(
            self,
            Self::Named { .. }
                | Self::Misnamed
                | Self::PasswordTyped
                | Self::CodeTyped
                | Self::PasskeyAnswered
                | Self::Chosen(_)
                | Self::Acknowledged
                | Self::Forgot
                | Self::Back
                | Self::Cancel
        )
    }
}

/// Why a passkey was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyFault {
    /// Unknown credential, wrong challenge, origin or signature.
    NotVerified,
    /// The authenticator did not verify its user (WebAuthn Level 3 §6.1.3, UV flag).
    WithoutUser,
    /// Its counter went back: there may be two of it (WebAuthn Level 3 §7.2 step 22).
    Cloned,
}
