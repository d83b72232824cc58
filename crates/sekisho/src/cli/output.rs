//! What is printed, and with which code the program ends.

use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// One JSON value.
    Json,
}

impl Output {
    /// Prints a result: as JSON, or as the text that `text` makes of it.
    pub(crate) fn print<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        let printed = match self {
            Self::Json => {
                serde_json::to_string_pretty(value).map_err(|error| Failure::of(error.into()))?
            }
            Self::Text => text(value),
        };
        write(format!("{}\n", printed.trim_end()).as_bytes())
    }
}

/// Writes to standard output.
pub(super) fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .or_else(ignore_closed_pipe)
        .map_err(|error| Failure::of(error.into()))
}

/// `sekisho … | head` closes the pipe: that is no failure.
fn ignore_closed_pipe(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        Ok(())
    } else {
        Err(error)
    }
}

/// Why a verb did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    error: anyhow::Error,
}

impl Failure {
    /// The thing asked about is not so, or it went wrong.
    pub(crate) const fn of(error: anyhow::Error) -> Self {
        Self { code: 1, error }
    }
    /// Wrong use.
    pub(crate) const fn usage(error: anyhow::Error) -> Self {
        Self { code: 2, error }
    }
    /// Something that is needed cannot be reached.
    pub(crate) const fn unreachable(error: anyhow::Error) -> Self {
        Self { code: 3, error }
    }

    /// The same failure, told as a part of something.
    pub(crate) fn within(self, what: &'static str) -> Self {
        Self {
            error: self.error.context(what),
            ..self
        }
    }

    /// Says it on standard error.
    pub(crate) fn tell(&self) -> ExitCode {
        let causes: Vec<String> = self.error.chain().map(ToString::to_string).collect();
        // Some errors repeat their cause in their own words.
        let mut told: Vec<&str> = Vec::new();
        for cause in &causes {
            if !told
                .last()
                .is_some_and(|last| last.contains(cause.as_str()))
            {
                told.push(cause);
            }
        }
        // If nobody listens, the code still says it.
        let _ = writeln!(std::io::stderr(), "sekisho: {}", told.join(": "));
        ExitCode::from(self.code)
    }

    /// The text and the code, for tests.
    #[cfg(test)]
    pub(crate) fn parts(&self) -> (u8, String) {
        (self.code, format!("{:#}", self.error))
    }
}
