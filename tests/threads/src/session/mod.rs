#[cfg(not(feature = "loom"))]
pub mod error {
    /// An error of a sink's or a source's.
    pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

    /// The errors of streams.
    #[derive(Debug, thiserror::Error)]
    pub enum SessionError {
        #[error("cancelled")]
        Cancelled,
        #[error("a maker's")]
        Maker,
        #[error("sample {first}: {source}")]
        Sink { first: usize, source: SinkError },
        #[error("sample {first}: {source}")]
        Source { first: usize, source: SinkError },
    }
}

#[cfg(not(feature = "loom"))]
pub mod watch {
    use std::ops::ControlFlow;

    pub type StageObserver<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;
}

// loom has no channels with bounds.
#[cfg(not(feature = "loom"))]
#[path = "../../../../src/session/in_flight.rs"]
pub mod in_flight;
#[cfg(not(feature = "loom"))]
#[path = "../../../../src/session/sink.rs"]
pub mod sink;
#[cfg(not(feature = "loom"))]
#[path = "../../../../src/session/source.rs"]
pub mod source;
#[cfg(not(feature = "loom"))]
#[path = "../../../../src/session/stream.rs"]
pub mod stream;
#[path = "../../../../src/session/telling.rs"]
pub mod telling;
