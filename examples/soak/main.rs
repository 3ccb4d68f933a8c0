//! Samplers and runs made and dropped for a long time, by several threads on one device, with
//! readbacks that are given up and plans that change in mid-run. Prints resident memory and open
//! files; ends with an error where they grow, or where a sample is not what it was.
//!
//! ```sh
//! cargo run --example soak -- --seconds 3600   # --device cpu, or an adapter's index
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table, and what it says"
)]

mod resources;
mod work;

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use resources::Resources;
use work::Workload;

/// Threads on the device.
const THREADS: usize = 3;

/// How often resources are looked at: in an hour, once a minute. After the first look every kernel
/// has been compiled and caches are full.
const LOOKS: u32 = 60;

/// Looks at the beginning and at the end whose medians are compared: threads are somewhere in
/// their rounds at each.
const SOME: usize = 8;

/// How much more than that resident memory may be.
const GROWTH: f64 = 1.05;

struct Arguments {
    seconds: f64,
    /// As `ddim --device` takes it.
    device: String,
}

impl Arguments {
    fn read() -> Result<Self, Box<dyn Error>> {
        let (mut seconds, mut device) = (3600.0, "auto".to_owned());
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words
                .next()
                .ok_or("usage: soak [--seconds S] [--device DEVICE]")?;
            match word.as_str() {
                "--seconds" => seconds = value.parse()?,
                "--device" => device = value,
                _ => return Err("usage: soak [--seconds S] [--device DEVICE]".into()),
            }
        }
        Ok(Self { seconds, device })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { seconds, device } = Arguments::read()?;
    let workload = Workload::open(&device)?;
    eprintln!("{}, {THREADS} threads, {seconds} s", workload.device());
    println!("seconds,rounds,resident_kib,open_files");
    let (start, stop, rounds) = (Instant::now(), AtomicBool::new(false), AtomicU64::new(0));
    let looks = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (workload, stop, rounds) = (&workload, &stop, &rounds);
                scope.spawn(move || -> Result<(), Box<dyn Error + Send + Sync>> {
                    for round in (thread as u64..).step_by(THREADS) {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        workload.round(round)?;
                        rounds.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        let look = |at: f64| -> std::io::Result<Resources> {
            while start.elapsed().as_secs_f64() < at && workers.iter().all(|w| !w.is_finished()) {
                thread::sleep(Duration::from_millis(100));
            }
            let found = Resources::now()?;
            let (at, rounds) = (
                start.elapsed().as_secs_f64(),
                rounds.load(Ordering::Relaxed),
            );
            println!(
                "{at:.0},{rounds},{},{}",
                found.resident_kib, found.open_files
            );
            Ok(found)
        };
        let looks: Result<Vec<_>, _> = (1..=LOOKS)
            .map(|part| look(seconds * f64::from(part) / f64::from(LOOKS)))
            .collect();
        stop.store(true, Ordering::Relaxed);
        for worker in workers {
            worker
                .join()
                .expect("a worker that panics ends the program")?;
        }
        Ok::<_, Box<dyn Error + Send + Sync>>(looks?)
    })
    .map_err(|error| error.to_string())?;
    let [first, last] = [&looks[1..SOME], &looks[looks.len() - SOME..]].map(Resources::usual);
    let growth = last.resident_kib as f64 / first.resident_kib as f64;
    eprintln!("resident memory: {growth:.3} of what it was at the beginning");
    if growth > GROWTH || last.open_files > first.open_files {
        return Err(format!("{last:?} after {first:?}").into());
    }
    Ok(())
}
