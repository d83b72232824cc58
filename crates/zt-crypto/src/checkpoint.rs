//! Signed checkpoints of the audit log, in the form of C2SP `tlog-checkpoint` on C2SP `signed-note`, with Ed25519.
//!
//! A checkpoint states how long the log is and what its Merkle root is. Kept outside this machine it shows a cut-off or
//! rewritten log, and public tools for such notes can verify it.

use crate::hash::{equal, sha256};
use crate::merkle::MerkleHash;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// The state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: its name as a URL without scheme, such as `id.example.jp/audit`.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: MerkleHash,
}

/// Why a note, a checkpoint or a key is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note.
    #[error("this is not a signed note")]
    MalformedNote,
    /// A signed note, but not of a checkpoint.
    #[error("the note is not a checkpoint")]
    MalformedCheckpoint,
    /// A checkpoint of another log.
    #[error("the checkpoint is of another log")]
    WrongOrigin,
    /// Not signed by the key asked for.
    #[error("the note is not signed by this key")]
    UnknownSigner,
    /// The signature does not fit.
    #[error("the note's signature does not fit")]
    BadSignature,
    /// A text or bytes that are not a key.
    #[error("this is not a checkpoint key")]
    BadKey,
    /// A name that notes do not allow: empty, or with a space or `+`.
    #[error("this is not a name for a checkpoint key")]
    BadName,
}

/// C2SP signed-note, "Signature types": Ed25519.
const ED25519_TYPE: u8 = 0x01;

/// Signs checkpoints of one log.
pub struct CheckpointSigner {
    name: String,
    key: Ed25519KeyPair,
}

impl CheckpointSigner {
    /// Makes a key for the log `name` (also its checkpoints' origin): the PKCS#8 form, to be sealed.
    ///
    /// # Errors
    /// [`CheckpointError::BadKey`] if no key could be made.
    pub fn generate() -> Result<Zeroizing<Vec<u8>>, CheckpointError> {
        let key = Ed25519KeyPair::generate().map_err(|_| CheckpointError::BadKey)?;
        let pkcs8 = key.to_pkcs8().map_err(|_| CheckpointError::BadKey)?;
        Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
    }

    /// Opens a key for the log `name`.
    ///
    /// # Errors
    /// [`CheckpointError::BadName`], [`CheckpointError::BadKey`].
    pub fn from_pkcs8(name: &str, pkcs8: &[u8]) -> Result<Self, CheckpointError> {
        if !is_key_name(name) {
            return Err(CheckpointError::BadName);
        }
        let key = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| CheckpointError::BadKey)?;
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> CheckpointVerifier {
        CheckpointVerifier {
            name: self.name.clone(),
            public: self.key.public_key().as_ref().to_vec(),
        }
    }

    /// States that the log has `size` leaves under `root`: the signed note.
    #[must_use]
    pub fn sign(&self, size: u64, root: MerkleHash) -> String {
        let text = Checkpoint {
            origin: self.name.clone(),
            size,
            root,
        }
        .to_string();
        let mut signature = self.verifier().key_id().to_vec();
        signature.extend_from_slice(self.key.sign(text.as_bytes()).as_ref());
        format!(
            "{text}\n\u{2014} {} {}\n",
            self.name,
            STANDARD.encode(signature)
        )
    }
}

impl fmt::Debug for CheckpointSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointSigner({})", self.name)
    }
}

/// Verifies checkpoints of one log. Its text form is the `vkey` of C2SP signed-note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointVerifier {
    name: String,
    public: Vec<u8>,
}

impl CheckpointVerifier {
    /// Reads a checkpoint of this log and verifies its signature. Signatures of others on the same note are passed over.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let checkpoint: Checkpoint = self.open_note(note)?.parse()?;
        if checkpoint.origin == self.name {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::WrongOrigin)
        }
    }

    /// Verifies a signed note and gives its text, with the final line feed.
    fn open_note<'a>(&self, note: &'a str) -> Result<&'a str, CheckpointError> {
        let malformed = CheckpointError::MalformedNote;
        if note.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(malformed);
        }
        let blank = note.rfind("\n\n").ok_or(malformed)?;
        let (text, signatures) = note.split_at(blank + 1);
        let signatures = signatures
            .strip_prefix('\n')
            .and_then(|lines| lines.strip_suffix('\n'))
            .ok_or(malformed)?;
        let mut found = Err(CheckpointError::UnknownSigner);
        for line in signatures.split('\n') {
            let (name, encoded) = line
                .strip_prefix("\u{2014} ")
                .and_then(|line| line.split_once(' '))
                .ok_or(malformed)?;
            let bytes = STANDARD.decode(encoded).map_err(|_| malformed)?;
            let (id, signature) = bytes.split_at_checked(4).ok_or(malformed)?;
            if name == self.name && equal(id, &self.key_id()) {
                let key = UnparsedPublicKey::new(&ED25519, &self.public);
                key.verify(text.as_bytes(), signature)
                    .map_err(|_| CheckpointError::BadSignature)?;
                found = Ok(text);
            }
        }
        found
    }

    /// C2SP signed-note, "Verifier keys": the first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
    fn key_id(&self) -> [u8; 4] {
        let message = [self.name.as_bytes(), &[b'\n', ED25519_TYPE], &self.public].concat();
        let [a, b, c, d, ..] = sha256(&message);
        [a, b, c, d]
    }
}

impl fmt::Display for CheckpointVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+", self.name)?;
        self.key_id()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(
            f,
            "+{}",
            STANDARD.encode([&[ED25519_TYPE], self.public.as_slice()].concat())
        )
    }
}

impl FromStr for CheckpointVerifier {
    type Err = CheckpointError;
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let bad = CheckpointError::BadKey;
        let (name, rest) = text.split_once('+').ok_or(bad)?;
        let (_, encoded) = rest.split_once('+').ok_or(bad)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| bad)?;
        let public = match bytes.split_first() {
            Some((&ED25519_TYPE, public)) if public.len() == 32 => public.to_vec(),
            _ => return Err(bad),
        };
        let verifier = Self {
            name: name.to_owned(),
            public,
        };
        // The printed form holds the key's id: what does not print the same was not printed by anybody.
        if is_key_name(name) && verifier.to_string() == text {
            Ok(verifier)
        } else {
            Err(bad)
        }
    }
}

/// The text of the note: three lines, each with its line feed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root.0)
        )
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::MalformedCheckpoint;
        // Extension lines may follow (C2SP tlog-checkpoint); we write none and know none.
        let mut lines = text.strip_suffix('\n').ok_or(malformed)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed);
        };
        let root = STANDARD
            .decode(root)
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or(malformed)?;
        let number: u64 = size.parse().map_err(|_| malformed)?;
        if origin.is_empty() || number.to_string() != size || lines.any(str::is_empty) {
            return Err(malformed);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: number,
            root: MerkleHash(root),
        })
    }
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests;
