//! What the README promises to a newcomer, read from the README itself.

use anyhow::{Context as _, Result};

/// The first command in the first code block under a heading of the README.
///
/// # Errors
/// When there is no such heading, or no command under it.
pub fn command<'a>(readme: &'a str, heading: &str) -> Result<&'a str> {
    readme
        .lines()
        .skip_while(|line| line.trim_start_matches('#').trim() != heading || !line.starts_with('#'))
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .skip_while(|line| !line.starts_with("```"))
        .nth(1)
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("```"))
        .with_context(|| format!("the README has no command under `{heading}`"))
}

/// The command that shows the product running.
///
/// # Errors
/// When the README does not say it.
pub fn run_command(readme: &str) -> Result<&str> {
    command(readme, "Run it")
}

/// The command that tests everything.
///
/// # Errors
/// When the README does not say it.
pub fn test_command(readme: &str) -> Result<&str> {
    command(readme, "Test it")
}
