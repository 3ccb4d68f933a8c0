//! What a verification found: a table to read, and JSON to attach to a bug report.

use std::fmt;

use serde_json::{Value, json};
use wgpu::{AdapterInfo, Device, Features, Limits};

use crate::noise::fingerprint;

/// What was verified.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Subject {
    /// A device of wgpu's.
    Device {
        /// Its adapter and driver.
        adapter: Box<AdapterInfo>,
        /// Features it was made with.
        features: Features,
        /// Limits it was made with.
        limits: Box<Limits>,
    },
    /// The native CPU engine.
    Engine,
}

impl Subject {
    pub(crate) fn of(device: &Device) -> Self {
        Self::Device {
            adapter: Box::new(device.adapter_info()),
            features: device.features(),
            limits: Box::new(device.limits()),
        }
    }
}

/// How a comparison measures, and what it allows.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// Values that differ: none may.
    Exact,
    /// The largest difference, relative to the largest value (at least 1) and to what a row
    /// multiplies the network's output by.
    Relative {
        /// The largest allowed.
        bound: f64,
    },
}

impl Measure {
    /// The largest [`Check::worst`] that passes.
    #[must_use]
    pub const fn bound(self) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Relative { bound } => bound,
        }
    }
}

/// Whether a check passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// All cases are within the bound.
    Passed,
    /// A case is not, or the device refused the kernel.
    Failed,
    /// The device lacks a feature without which there is nothing to compare. It need not have it.
    NotOffered,
    /// No run on such a device uses the kernel, so it is verified only by name: compilers may need
    /// minutes for what they never get.
    NotUsed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::NotOffered => "not offered",
            Self::NotUsed => "not used",
        })
    }
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Check {
    /// The kernel, or what else was checked.
    pub name: String,
    /// What was compared with what.
    pub what: &'static str,
    /// Comparisons made.
    pub cases: usize,
    /// The worst of them; infinite if a value was not a number.
    pub worst: f64,
    /// What `worst` measures.
    pub measure: Measure,
    /// Whether it passed.
    pub verdict: Verdict,
    /// If it failed: where and how, or what the device said.
    pub detail: Option<String>,
}

/// What a verification found. Its `Display` is a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// What was verified.
    pub subject: Subject,
    /// The checks, in the order they were made.
    pub checks: Vec<Check>,
}

type Limit = fn(&Limits) -> u64;

/// Limits that decide what kernels do.
const LIMITS: [(&str, Limit); 8] = [
    ("max_compute_workgroup_storage_size", |l| {
        l.max_compute_workgroup_storage_size.into()
    }),
    ("max_compute_invocations_per_workgroup", |l| {
        l.max_compute_invocations_per_workgroup.into()
    }),
    ("max_compute_workgroups_per_dimension", |l| {
        l.max_compute_workgroups_per_dimension.into()
    }),
    ("max_storage_buffers_per_shader_stage", |l| {
        l.max_storage_buffers_per_shader_stage.into()
    }),
    ("max_storage_buffer_binding_size", |l| {
        l.max_storage_buffer_binding_size
    }),
    ("max_uniform_buffer_binding_size", |l| {
        l.max_uniform_buffer_binding_size
    }),
    ("max_buffer_size", |l| l.max_buffer_size),
    ("min_uniform_buffer_offset_alignment", |l| {
        l.min_uniform_buffer_offset_alignment.into()
    }),
];

impl Report {
    pub(crate) fn new(subject: Subject, checks: Vec<Check>) -> Self {
        Self { subject, checks }
    }

    /// Whether no check failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        let failed = |check: &&Check| check.verdict == Verdict::Failed;
        self.checks.iter().filter(failed)
    }

    /// The report as a JSON object, indented.
    #[must_use]
    pub fn to_json(&self) -> String {
        let checks: Vec<Value> = self.checks.iter().map(Check::to_json).collect();
        let mut report = json!({
            "ddim_wgpu": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "noise_hash": format!("0x{:016X}", fingerprint::HASH),
            "passed": self.passed(),
            "checks": checks,
        });
        match &self.subject {
            Subject::Engine => report["device"] = json!({"name": "cpu", "backend": "native"}),
            Subject::Device {
                adapter,
                features,
                limits,
            } => {
                report["device"] = json!({
                    "name": adapter.name,
                    "backend": adapter.backend.to_str(),
                    "type": format!("{:?}", adapter.device_type),
                    "vendor": adapter.vendor,
                    "id": adapter.device,
                    "driver": adapter.driver,
                    "driver_info": adapter.driver_info,
                });
                let names: Vec<&str> = features.iter_names().map(|(name, _)| name).collect();
                report["features"] = json!(names);
                let limits = LIMITS.map(|(name, limit)| (name.to_owned(), limit(limits).into()));
                report["limits"] = Value::Object(limits.into_iter().collect());
            }
        }
        serde_json::to_string_pretty(&report).expect("strings, numbers and booleans")
    }
}

impl Check {
    /// A check that a device does not have the feature for.
    pub(crate) fn not_offered(name: String, what: &'static str, measure: Measure) -> Self {
        Self::not_made(name, what, measure, Verdict::NotOffered)
    }

    /// A check of a kernel that no run on the device uses.
    pub(crate) fn not_used(name: String, what: &'static str, measure: Measure) -> Self {
        Self::not_made(name, what, measure, Verdict::NotUsed)
    }

    fn not_made(name: String, what: &'static str, measure: Measure, verdict: Verdict) -> Self {
        Self {
            name,
            what,
            cases: 0,
            worst: 0.0,
            measure,
            verdict,
            detail: None,
        }
    }

    fn made(&self) -> bool {
        !matches!(self.verdict, Verdict::NotOffered | Verdict::NotUsed)
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "what": self.what,
            "cases": self.cases,
            "measure": match self.measure {
                Measure::Exact => "values that differ",
                Measure::Relative { .. } => "relative error",
            },
            // JSON has no infinity; null is what is beyond any number.
            "worst": self.worst,
            "bound": self.measure.bound(),
            // Null is neither.
            "passed": match self.verdict {
                Verdict::Passed => Value::Bool(true),
                Verdict::Failed => Value::Bool(false),
                Verdict::NotOffered | Verdict::NotUsed => Value::Null,
            },
            "detail": self.detail,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subject)?;
        let version = env!("CARGO_PKG_VERSION");
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        writeln!(f, "ddim-wgpu {version} on {os} {arch}\n")?;

        let width = self.checks.iter().map(|check| check.name.len()).max();
        let width = width.unwrap_or(0).max("check".len());
        writeln!(
            f,
            "{:<width$}  {:>5}  {:>11}  {:>7}  verdict",
            "check", "cases", "worst", "bound"
        )?;
        for check in &self.checks {
            writeln!(f, "{}", Line { check, width })?;
        }
        self.summarize(f)
    }
}

impl Report {
    /// How many checks passed, and the details of those that failed.
    fn summarize(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |verdict| move |check: &&Check| check.verdict == verdict;
        let missing = self.checks.iter().filter(of(Verdict::NotOffered)).count();
        let unused = self.checks.iter().filter(of(Verdict::NotUsed)).count();
        let made = self.checks.len() - missing - unused;
        let failed = self.failures().count();
        if failed == 0 {
            write!(f, "\nall {made} checks passed")?;
            if missing > 0 {
                write!(f, ", {missing} need what this device does not offer")?;
            }
            if unused > 0 {
                write!(
                    f,
                    ", {unused} of kernels that it does not use were left out"
                )?;
            }
            return writeln!(f);
        }
        writeln!(f, "\n{failed} of {made} checks failed:")?;
        for check in self.failures() {
            let detail = check.detail.as_deref().unwrap_or_default();
            writeln!(f, "  {}: {detail}", check.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (adapter, features, limits) = match self {
            Self::Engine => return writeln!(f, "device    cpu (the native engine)"),
            Self::Device {
                adapter,
                features,
                limits,
            } => (adapter, features, limits),
        };
        let name = crate::gpu::headless::describe(adapter);
        writeln!(f, "device    {name}")?;
        writeln!(f, "driver    {} {}", adapter.driver, adapter.driver_info)?;
        let names: Vec<&str> = features.iter_names().map(|(name, _)| name).collect();
        let names = match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(", "),
        };
        writeln!(f, "features  {names}")?;
        for (index, (name, limit)) in LIMITS.into_iter().enumerate() {
            let head = if index == 0 { "limits" } else { "" };
            writeln!(f, "{head:<9} {:>10} {name}", limit(limits))?;
        }
        Ok(())
    }
}

struct Line<'a> {
    check: &'a Check,
    width: usize,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, width } = *self;
        let (worst, bound) = match check.measure {
            _ if !check.made() => ("–".to_owned(), "–".to_owned()),
            Measure::Exact if check.worst == 0.0 => ("same".to_owned(), "same".to_owned()),
            Measure::Exact => (format!("{} differ", check.worst), "same".to_owned()),
            Measure::Relative { bound } if check.worst == 0.0 => {
                ("0".to_owned(), format!("{bound:.0e}"))
            }
            Measure::Relative { bound } => (format!("{:.1e}", check.worst), format!("{bound:.0e}")),
        };
        write!(
            f,
            "{:<width$}  {:>5}  {worst:>11}  {bound:>7}  {}",
            check.name, check.cases, check.verdict
        )
    }
}
