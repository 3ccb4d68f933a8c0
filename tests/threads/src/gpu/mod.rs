pub mod device {
    pub mod error {
        /// The errors of a run's state.
        #[derive(Debug)]
        pub enum SamplerError {
            Poisoned,
            Busy,
        }
    }
}

pub mod run;
