//! Pictures whose text says how they were made, and command lines: refused, or options by name.
#![no_main]

use std::io::Cursor;

use ddim_wgpu::output::RecordedRun;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = RecordedRun::from_png(Cursor::new(bytes));
    if let Ok(line) = str::from_utf8(bytes)
        && let Some(run) = RecordedRun::from_command_line(line)
    {
        // Every word of it stands in the line, perhaps taken apart by quotes.
        let letters: usize = run.options.iter().map(|(name, _)| name.len()).sum();
        assert!(letters <= line.len());
    }
});
