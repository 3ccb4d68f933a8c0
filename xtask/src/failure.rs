//! Why a task ended without success.

use std::fmt::Display;
use std::process::ExitStatus;

/// Exit status of a task that was called wrongly.
pub const USAGE: u8 = 2;

/// The reason and the exit status of the task. Without a message the reason has been printed
/// already.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// A failure with exit status 1.
    pub fn new(message: impl Display) -> Self {
        Self {
            status: 1,
            message: message.to_string(),
        }
    }

    /// Wrong arguments: exit status 2.
    pub fn usage(message: impl Display) -> Self {
        Self {
            status: USAGE,
            message: message.to_string(),
        }
    }

    /// A failure that has been reported, with the exit status to end with.
    pub fn reported(status: u8) -> Self {
        Self {
            status,
            message: String::new(),
        }
    }

    /// The exit status of a program that has reported its failure; 1 where a signal ended it.
    pub fn of(status: ExitStatus) -> Self {
        Self::reported(
            status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .unwrap_or(1),
        )
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        self.status
    }

    /// The reason, or nothing where it has been printed.
    pub fn message(&self) -> &str {
        &self.message
    }
}
