//! How much more two workers do than one.

use std::path::PathBuf;
use std::time::Instant;

use kanso_certificate::race_data::RaceData;

/// Certificates that each worker makes of each photo.
const EACH: usize = 2;
const ROUNDS: usize = 3;

/// Prints photos per second by one and by two threads over the same photos, and, for a
/// machine that is busy with other things, what both cost in CPU: two workers that stand in
/// each other's way (locks, caches, memory) need more of it for the same.
pub fn compare(race_data: &RaceData, photos: &[PathBuf]) {
    let uploads: Vec<_> = photos.iter().map(|path| super::upload(path)).collect();
    let work = || {
        let since = super::thread_cpu_ms();
        for (source, bytes) in &uploads {
            for _ in 0..EACH {
                kanso_certificate::process(race_data, source, bytes.clone(), None, &mut ());
            }
        }
        super::thread_cpu_ms() - since
    };
    let photos_each = (EACH * uploads.len()) as f64;
    let run = |workers: usize| {
        let since = Instant::now();
        let cpu_ms: f64 = std::thread::scope(|scope| {
            let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            running.into_iter().map(|worker| worker.join().expect("no panic")).sum()
        });
        let photos = workers as f64 * photos_each;
        (photos / since.elapsed().as_secs_f64(), cpu_ms / photos)
    };
    // Turn by turn, so that a busy machine slows both.
    let runs: Vec<_> = (0..ROUNDS).map(|_| (run(1), run(2))).collect();
    type Run = ((f64, f64), (f64, f64));
    let of = |value: fn(&Run) -> f64| super::median(runs.iter().map(value));
    println!(
        "\nworkers: one {:.2} photos/s, two {:.2}, ratio {:.2}; CPU a photo {:.0} and {:.0} ms, \
         which two free cores would make {:.2}",
        of(|(one, _)| one.0),
        of(|(_, two)| two.0),
        of(|(one, two)| two.0 / one.0),
        of(|(one, _)| one.1),
        of(|(_, two)| two.1),
        of(|(one, two)| 2.0 * one.1 / two.1),
    );
}
