//! Random bytes from the operating system, through aws-lc's generator.

/// The operating system gave no random bytes. Nothing that needs them can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

/// Draws `N` random bytes.
///
/// # Errors
/// [`NoRandomness`].
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut drawn = [0u8; N];
    aws_lc_rs::rand::fill(&mut drawn).map_err(|_| NoRandomness)?;
    Ok(drawn)
}
