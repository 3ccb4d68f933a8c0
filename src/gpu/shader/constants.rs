//! What a text is composed for: named numbers that it declares, and switches between its variants.

use std::fmt::Write as _;

use crate::gpu::device::shader_target::ShaderTarget;

/// Named constants of a composed text: `const NAME: u32 = value;` in WGSL, the bounds of `//@for`
/// and the conditions of `//@if`.
#[derive(Clone, Debug, Default)]
pub struct Constants {
    numbers: Vec<(&'static str, u32)>,
    /// Conditions that are not declared in the text.
    switches: Vec<(&'static str, bool)>,
}

impl Constants {
    pub fn set(mut self, name: &'static str, value: u32) -> Self {
        debug_assert!(self.get(name).is_none(), "constant {name} is set twice");
        self.numbers.push((name, value));
        self
    }

    pub fn replace(mut self, name: &'static str, value: u32) -> Self {
        self.numbers.retain(|(known, _)| *known != name);
        self.set(name, value)
    }

    /// These and others beside them.
    pub fn with(mut self, others: &Self) -> Self {
        for &(name, value) in &others.numbers {
            self = self.set(name, value);
        }
        self.switches.extend_from_slice(&others.switches);
        self
    }

    /// Sets a condition for `//@if` alone.
    pub fn switch(mut self, name: &'static str, on: bool) -> Self {
        self.switches.push((name, on));
        self
    }

    /// The conditions for what plans may ask for.
    pub fn plans(self, target: &ShaderTarget) -> Self {
        self.switch("RING", target.ring)
            .switch("CLIPS", target.clips)
    }

    pub fn get(&self, name: &str) -> Option<u32> {
        self.numbers
            .iter()
            .find(|(n, _)| *n == name)
            .map(|&(_, value)| value)
    }

    /// How often a `//@for` repeats its lines: a number, or the name of one.
    ///
    /// # Panics
    /// Over a name that is no constant.
    pub fn bound(&self, text: &str) -> u32 {
        text.parse()
            .ok()
            .or_else(|| self.get(text))
            .unwrap_or_else(|| panic!("no constant named {text} to unroll by"))
    }

    /// Whether an `//@if` keeps its lines: a switch that is on, or a number other than 0.
    ///
    /// # Panics
    /// Over a name that is neither.
    pub fn is_on(&self, name: &str) -> bool {
        let switch = self.switches.iter().find(|(n, _)| *n == name);
        switch
            .map(|&(_, on)| on)
            .or_else(|| self.get(name).map(|value| value != 0))
            .unwrap_or_else(|| panic!("no switch or constant named {name} to decide by"))
    }

    /// The WGSL that declares them.
    pub fn declarations(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.numbers {
            writeln!(text, "const {name}: u32 = {value}u;")
                .expect("writing to a string does not fail");
        }
        text
    }
}
