//! What a sweep came to: how many calls were made to fail, and how the commands ended.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::failure::Failure;

/// Counts of a sweep.
#[derive(Default)]
pub struct Summary {
    injected: usize,
    wrong: usize,
    /// Commands by exit code; None: by a signal.
    codes: BTreeMap<Option<i32>, usize>,
    functions: BTreeSet<String>,
    /// Injected and wrong before the present command.
    before: (usize, usize),
}

impl Summary {
    /// A command begins.
    pub fn begin(&mut self) {
        self.before = (self.injected, self.wrong);
    }

    /// One call of a function was made to fail.
    pub fn take(&mut self, function: &str, code: Option<i32>, wrong: bool) {
        self.injected += 1;
        self.wrong += usize::from(wrong);
        *self.codes.entry(code).or_default() += 1;
        if !self.functions.contains(function) {
            self.functions.insert(function.to_owned());
        }
    }

    /// The command is done.
    pub fn end(&self, command: &str) {
        let (made, wrong) = (self.injected - self.before.0, self.wrong - self.before.1);
        println!("{command}: {made} faults, {wrong} ended badly");
    }

    /// Prints the whole, or fails where a command ended badly.
    pub fn report(&self, driver: &str) -> Result<(), Failure> {
        if self.injected == 0 {
            return Err(Failure::new(
                "no call was made to fail: is there a Vulkan driver?",
            ));
        }
        let codes: Vec<String> = self
            .codes
            .iter()
            .map(|(code, count)| match code {
                Some(code) => format!("{count} with exit code {code}"),
                None => format!("{count} by a signal"),
            })
            .collect();
        println!(
            "{driver}: {} faults in {} functions: {}",
            self.injected,
            self.functions.len(),
            codes.join(", ")
        );
        if self.wrong > 0 {
            return Err(Failure::new(format_args!(
                "{} of {} faults ended badly",
                self.wrong, self.injected
            )));
        }
        println!("each ended as it should");
        Ok(())
    }
}
