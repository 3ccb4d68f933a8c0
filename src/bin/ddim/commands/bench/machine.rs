//! On what, by what and when something was measured: what a figure is worth nothing without.

use std::fmt::{self, Display};
use std::time::SystemTime;

use humantime::format_rfc3339_seconds;
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, RefreshKind, System};

#[derive(Serialize, Deserialize)]
pub struct Machine {
    /// The processor's model, as it or the system calls it.
    pub cpu: String,
    /// Processors that the system shows, hyperthreads counted.
    pub logical_cpus: usize,
    /// The system and its version.
    pub os: String,
    pub kernel: String,
    /// As Rust names it, such as `x86_64`.
    pub architecture: String,
    /// The compiler of this command.
    pub rustc: String,
    /// The version of wgpu that it is built with.
    pub wgpu: String,
    /// The commit that it is built from.
    pub commit: String,
    /// When the first case began, RFC 3339 in UTC.
    pub date: String,
    /// The words of the command line.
    pub command: Vec<String>,
}

impl Machine {
    /// This machine and this command, now.
    pub fn this() -> Self {
        let processors = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
        let system = System::new_with_specifics(processors);
        let brand = system.cpus().first().map(|cpu| cpu.brand().trim());
        let unknown = || "unknown".to_owned();
        Self {
            cpu: brand
                .filter(|brand| !brand.is_empty())
                .map_or_else(unknown, str::to_owned),
            logical_cpus: system.cpus().len(),
            os: System::long_os_version().unwrap_or_else(unknown),
            kernel: System::kernel_version().unwrap_or_else(unknown),
            architecture: std::env::consts::ARCH.to_owned(),
            rustc: env!("DDIM_RUSTC").to_owned(),
            wgpu: env!("DDIM_WGPU").to_owned(),
            commit: env!("DDIM_COMMIT").to_owned(),
            date: format_rfc3339_seconds(SystemTime::now()).to_string(),
            command: std::env::args_os()
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
        }
    }
}

impl Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cpu,
            logical_cpus,
            os,
            date,
            ..
        } = self;
        write!(f, "{cpu}, {logical_cpus} logical processors, {os}, {date}")
    }
}
