//! Windows refuses to touch a file that another program has open, such as a scanner that looks at
//! every new file for a moment.

use std::io;
use std::time::Duration;

/// How long it is waited for, in all; the pauses double from the first.
const PATIENCE: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION`, by which it refuses.
const REFUSALS: [i32; 3] = [5, 32, 33];

/// Tries again where another program may have a file open, for a second.
///
/// # Errors
/// That of the last attempt, with the probable reason in front.
pub fn patiently(mut attempt: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let mut waited = Duration::ZERO;
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match attempt() {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let refused = error
            .raw_os_error()
            .is_some_and(|code| REFUSALS.contains(&code));
        if !refused {
            return Err(error);
        }
        if waited >= PATIENCE {
            let reason = format!("another program may have it open: {error}");
            return Err(io::Error::new(error.kind(), reason));
        }
        std::thread::sleep(pause);
        waited += pause;
        pause *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_waited_out_and_other_failures_are_not() {
        let mut attempts = 0;
        let ended = patiently(|| {
            attempts += 1;
            match attempts {
                3 => Ok(()),
                _ => Err(io::Error::from_raw_os_error(32)),
            }
        });
        assert!(ended.is_ok() && attempts == 3);

        let mut attempts = 0;
        let error = patiently(|| {
            attempts += 1;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert_eq!((error.kind(), attempts), (io::ErrorKind::StorageFull, 1));

        let error = patiently(|| Err(io::Error::from_raw_os_error(5))).unwrap_err();
        assert!(error.to_string().contains("open"), "{error}");
    }
}
