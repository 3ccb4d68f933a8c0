//! Signals, and what the process was given to write to.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use ddim_wgpu::output::OutputFile;

use crate::exit::{Failure, Status};

/// Ends the process without what `exit` runs: destructors of drivers that
/// other threads are still in.
pub fn exit_at_once(code: i32) -> ! {
    #[cfg(unix)]
    signal_hook::low_level::exit(code);
    #[cfg(not(unix))]
    std::process::exit(code)
}

/// Whether standard output was open when the process started.
///
/// The standard library opens `/dev/null` in its place before `main`, and what is written would be
/// lost without an error.
fn stdout_is_open() -> bool {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    return !at_start::STDOUT_CLOSED.load(std::sync::atomic::Ordering::Relaxed);
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    return true;
}

/// The words that start this command, where it is not a program of its own.
static STARTED_BY: OnceLock<Vec<OsString>> = OnceLock::new();

/// Says how the command is started: not by the program that this process runs, but by `words`.
pub fn is_started_by(words: Vec<OsString>) {
    // Whoever was first has said the same.
    let _ = STARTED_BY.set(words);
}

/// This command, to be started a second time.
///
/// # Errors
/// The operating system's, which may not know what program this is.
pub fn again() -> std::io::Result<Command> {
    match STARTED_BY.get().map(Vec::as_slice) {
        Some([program, words @ ..]) => {
            let mut command = Command::new(program);
            command.args(words);
            Ok(command)
        }
        _ => std::env::current_exe().map(Command::new),
    }
}

/// Standard output, if there is one.
pub fn stdout() -> Result<std::io::StdoutLock<'static>, Failure> {
    if stdout_is_open() {
        Ok(std::io::stdout().lock())
    } else {
        Err(closed())
    }
}

/// Starts an output file; `-` is standard output, if there is one.
pub fn create(path: impl AsRef<Path>) -> Result<OutputFile, Failure> {
    let path = path.as_ref();
    if is_stdout(path) && !stdout_is_open() {
        return Err(closed());
    }
    Ok(OutputFile::create(path)?)
}

/// Whether a path means standard output.
pub fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .map(Path::new)
        .contains(&path)
}

fn closed() -> Failure {
    Failure::new(
        Status::Runtime,
        "cannot write to standard output: it is closed",
    )
}

/// Looks at the descriptors before the standard library's own start opens the closed ones.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[expect(
    unsafe_code,
    reason = "the one way to see standard output as it was before `main`"
)]
mod at_start {
    use std::sync::atomic::{AtomicBool, Ordering};

    pub static STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

    extern "C" fn look() {
        // SAFETY: F_GETFD takes no pointer and changes nothing; an atomic needs no initialisation.
        let closed = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) } == -1;
        STDOUT_CLOSED.store(closed, Ordering::Relaxed);
    }

    // SAFETY: the sections hold pointers to functions that the loader calls before `main`.
    #[used]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
    #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
    static LOOK: extern "C" fn() = look;
}

/// Ends the process with 128 + its number when a signal asks it to, leaving no unfinished file
/// behind.
///
/// A signal that is ignored stays so: `nohup` ignores SIGHUP for what it starts. SIGXFSZ does not
/// end the process; the write that raised it fails, and is reported as any other.
///
/// # Errors
/// The operating system's, when it takes the handlers or starts the thread that waits for signals.
#[cfg(unix)]
pub fn handle_signals() -> std::io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use ddim_wgpu::output::remove_unfinished;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    signal_hook::flag::register(libc::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let heeded = [SIGHUP, SIGINT, SIGTERM].into_iter();
    let mut signals = Signals::new(heeded.filter(|&signal| !is_ignored(signal)))?;
    let spawned = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                remove_unfinished();
                exit_at_once(128 + signal);
            }
        });
    if let Err(error) = spawned {
        // Nobody listens any more, so that the signals would be ignored.
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            if !is_ignored(signal) {
                let always = Arc::new(AtomicBool::new(true));
                signal_hook::flag::register_conditional_default(signal, always)?;
            }
        }
        return Err(error);
    }
    Ok(())
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "no safe way to ask for a signal's disposition")]
fn is_ignored(signal: libc::c_int) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: with no new action the call only writes the present one, to memory of its size, which
    // is read only where the call succeeded.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

/// Ends the process when it is interrupted, leaving no unfinished file behind.
///
/// # Errors
/// The operating system's, when it takes the handler.
#[cfg(not(unix))]
pub fn handle_signals() -> std::io::Result<()> {
    let end = || {
        ddim_wgpu::output::remove_unfinished();
        std::process::exit(Status::Interrupted as i32);
    };
    ctrlc::set_handler(end).map_err(std::io::Error::other)
}
