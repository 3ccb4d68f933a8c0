//! Packages of the system's own package manager.

use std::process::Command;

use crate::process::{found, output, succeeds};

/// Names of the same thing in the distributions that are known here.
#[derive(Debug)]
pub struct Names {
    pub debian: &'static [&'static str],
    pub fedora: &'static [&'static str],
    pub arch: &'static [&'static str],
}

impl Names {
    /// What a person would type, a line a distribution.
    pub fn instructions(&self) -> String {
        format!(
            "  Debian, Ubuntu: sudo apt install {}\n  Fedora:         sudo dnf install {}\n  Arch:           sudo pacman -S {}",
            self.debian.join(" "),
            self.fedora.join(" "),
            self.arch.join(" ")
        )
    }

    /// Installs them, where this user may without a password. Says whether that succeeded.
    pub fn install(&self) -> bool {
        if found("apt-get") {
            return debian(self.debian);
        }
        let Some(root) = Root::of_this_user() else {
            return false;
        };
        if found("dnf") {
            return succeeds(
                root.command("dnf")
                    .args(["install", "-y", "-q"])
                    .args(self.fedora),
            );
        }
        found("pacman")
            && succeeds(
                root.command("pacman")
                    .args(["-S", "--noconfirm", "--needed"])
                    .args(self.arch),
            )
    }
}

/// Installs Debian packages, where this user may without a password: from the lists that are there,
/// then from new ones. Says whether that succeeded.
pub fn debian(names: &[&str]) -> bool {
    let Some(root) = Root::of_this_user() else {
        return false;
    };
    let install = || {
        succeeds(
            root.command("apt-get")
                .args(["install", "-y", "-qq", "--no-install-recommends"])
                .args(names),
        )
    };
    found("apt-get")
        && (install() || succeeds(root.command("apt-get").args(["update", "-qq"])) && install())
}

/// How this user becomes root.
#[derive(Clone, Copy, Debug)]
enum Root {
    Already,
    BySudo,
}

impl Root {
    /// `None` where it would take a password.
    fn of_this_user() -> Option<Self> {
        let id = output(Command::new("id").arg("-u")).ok()?;
        if id.stdout.trim_ascii() == b"0" {
            Some(Self::Already)
        } else if found("sudo") && succeeds(Command::new("sudo").args(["-n", "true"])) {
            Some(Self::BySudo)
        } else {
            None
        }
    }

    fn command(self, program: &str) -> Command {
        match self {
            Self::Already => Command::new(program),
            Self::BySudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", program]);
                command
            }
        }
    }
}
