//! Which part of a run a process makes.

use std::ops::Range;
use std::str::FromStr;

/// Variables by which the engines that start many processes number them.
const INDICES: [&str; 6] = [
    "DDIM_SHARD",
    SLURM,
    "HQ_TASK_ID",
    "JOB_COMPLETION_INDEX",
    "PBS_ARRAY_INDEX",
    "AWS_BATCH_JOB_ARRAY_INDEX",
];

/// Slurm's is counted from whatever the array was submitted with.
const SLURM: &str = "SLURM_ARRAY_TASK_ID";

/// One of `count` parts of a run, from 0 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    pub index: usize,
    pub count: usize,
}

impl Shard {
    /// This part of `total` things: all parts have nearly as many, and each is in one of them.
    pub fn of(self, total: usize) -> Range<usize> {
        let bound = |index: usize| (index as u128 * total as u128 / self.count as u128) as usize;
        bound(self.index)..bound(self.index + 1)
    }

    fn new(index: u64, count: usize) -> Result<Self, String> {
        match usize::try_from(index) {
            Ok(index) if index < count => Ok(Self { index, count }),
            _ => Err(format!("shard {index} of {count}: they are counted from 0")),
        }
    }

    fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let form = "give i/n, the part i of n from 0 on, or auto/n";
        let (index, count) = text.split_once('/').ok_or(form)?;
        let count = count.parse().ok().filter(|&count| count > 0).ok_or(form)?;
        match index {
            "auto" => Self::new(found(count, variable)?, count),
            index => Self::new(index.parse().map_err(|_| form)?, count),
        }
    }
}

impl FromStr for Shard {
    type Err = String;

    /// `i/n`, or `auto/n`, for which the environment is asked.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, |name| std::env::var(name).ok())
    }
}

/// The index that the environment gives to this process, of `count`.
fn found(count: usize, variable: impl Fn(&str) -> Option<String>) -> Result<u64, String> {
    let mut known: Option<(&str, u64)> = None;
    for name in INDICES {
        let Some(text) = variable(name) else { continue };
        let number = text.parse();
        let number = number.map_err(|_| format!("{name} is {text:?}, not the index of a shard"))?;
        let index = match name {
            SLURM => slurm(number, count, &variable),
            _ => number,
        };
        match known {
            Some((other, value)) if value != index => {
                return Err(format!(
                    "{other} says shard {value}, but {name} says {index}: unset the one that is not meant"
                ));
            }
            _ => known = Some((name, index)),
        }
    }
    known.map(|(_, index)| index).ok_or_else(|| {
        format!(
            "auto finds no index of a shard: none of {} is set",
            INDICES.join(", ")
        )
    })
}

/// The index of an element of a job array. An array with an element for each shard may begin
/// anywhere (`--array=1-16`); one with fewer is some of the shards submitted again, by their index.
fn slurm(id: u64, count: usize, variable: &impl Fn(&str) -> Option<String>) -> u64 {
    let number = |name: &str| variable(name)?.parse::<u64>().ok();
    let elements = number("SLURM_ARRAY_TASK_COUNT");
    match number("SLURM_ARRAY_TASK_MIN") {
        Some(first) if elements == Some(count as u64) && first <= id => {
            let step = number("SLURM_ARRAY_TASK_STEP").filter(|&step| step > 0);
            (id - first) / step.unwrap_or(1)
        }
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str, variables: &[(&str, &str)]) -> Result<(usize, usize), String> {
        let variable = |name: &str| {
            let mut found = variables.iter().filter(|(known, _)| *known == name);
            found.next().map(|(_, value)| (*value).to_owned())
        };
        Shard::parse(text, variable).map(|shard| (shard.index, shard.count))
    }

    #[test]
    fn parts_are_all_there_is_and_nearly_equal() {
        for (total, count) in [(100, 7), (3, 16), (0, 4), (usize::MAX, 1000)] {
            let parts: Vec<_> = (0..count)
                .map(|index| Shard { index, count }.of(total))
                .collect();
            assert_eq!((parts[0].start, parts[count - 1].end), (0, total));
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            let shortest = parts.iter().map(Range::len).min();
            let longest = parts.iter().map(Range::len).max();
            assert!(longest.unwrap() - shortest.unwrap() <= 1);
        }
    }

    #[test]
    fn a_shard_is_named_or_found() {
        assert_eq!(shard("3/16", &[]), Ok((3, 16)));
        assert_eq!(shard("auto/16", &[("HQ_TASK_ID", "15")]), Ok((15, 16)));
        let agreeing = [("DDIM_SHARD", "2"), ("JOB_COMPLETION_INDEX", "2")];
        assert_eq!(shard("auto/4", &agreeing), Ok((2, 4)));
        for (text, variables) in [
            ("16/16", &[][..]),
            ("-1/16", &[]),
            ("0/0", &[]),
            ("3", &[]),
            ("auto/16", &[]),
            ("auto/16", &[("PBS_ARRAY_INDEX", "16")]),
            ("auto/16", &[("PBS_ARRAY_INDEX", "x")]),
            ("auto/16", &[("DDIM_SHARD", "1"), ("HQ_TASK_ID", "2")]),
        ] {
            assert!(shard(text, variables).is_err(), "{text} {variables:?}");
        }
    }

    #[test]
    fn arrays_of_slurm_begin_anywhere_and_are_submitted_again_by_index() {
        let of = |id, min, count, step| {
            let variables = [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", min),
                ("SLURM_ARRAY_TASK_COUNT", count),
                ("SLURM_ARRAY_TASK_STEP", step),
            ];
            shard("auto/16", &variables).map(|(index, _)| index)
        };
        assert_eq!(of("0", "0", "16", "1"), Ok(0));
        assert_eq!(of("16", "1", "16", "1"), Ok(15));
        assert_eq!(of("130", "100", "16", "2"), Ok(15));
        // Of `--array=3,7-9`.
        assert_eq!(of("7", "3", "4", "1"), Ok(7));
    }
}
