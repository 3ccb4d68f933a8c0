//! The prefix that wrappers put before the names of all tensors: `module.`,
//! `_orig_mod.`, `ema_model.`.

use std::collections::BTreeSet;

use super::error::WeightsError;

/// The prefix, ending in a dot or empty, with which all of `names` are among the `found` ones.
/// Where there is none it is empty, and what is missing is found later.
pub(super) fn common_prefix<'a>(
    names: &[&str],
    found: impl Iterator<Item = &'a str>,
) -> Result<String, WeightsError> {
    let found: BTreeSet<&str> = found.collect();
    let Some(&first) = names.first() else {
        return Ok(String::new());
    };
    let complete = |prefix: &str| {
        let mut full = names.iter().map(|name| format!("{prefix}{name}"));
        full.all(|name| found.contains(name.as_str()))
    };
    if complete("") {
        return Ok(String::new());
    }
    let candidates = found.iter().filter_map(|name| name.strip_suffix(first));
    let prefixes: Vec<String> = candidates
        .filter(|prefix| prefix.ends_with('.') && complete(prefix))
        .map(str::to_owned)
        .collect();
    match <[String; 1]>::try_from(prefixes) {
        Ok([prefix]) => Ok(prefix),
        Err(prefixes) if prefixes.is_empty() => Ok(String::new()),
        Err(prefixes) => Err(WeightsError::Prefixes { prefixes }),
    }
}
