//! How much more two workers do than one.

use std::path::PathBuf;
use std::time::Instant;

use kanso::certificate;
use kanso::press::Press;

/// Certificates that each worker makes of each photo.
const EACH: usize = 2;
const ROUNDS: usize = 3;

/// Prints photos per second by one and by two threads over the same photos.
pub fn compare(press: &Press, photos: &[PathBuf]) {
    let uploads: Vec<_> = photos.iter().map(|path| super::upload(path)).collect();
    let work = || {
        for (source, bytes) in &uploads {
            for _ in 0..EACH {
                certificate::process(press, source, bytes.clone(), &mut ());
            }
        }
    };
    let rate = |workers: usize| {
        let since = Instant::now();
        std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
        (workers * EACH * uploads.len()) as f64 / since.elapsed().as_secs_f64()
    };
    // Turn by turn, so that a busy machine slows both.
    let rates: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (rate(1), rate(2))).collect();
    let one = super::median(rates.iter().map(|r| r.0));
    let two = super::median(rates.iter().map(|r| r.1));
    let ratio = super::median(rates.iter().map(|r| r.1 / r.0));
    println!("\nworkers: one {one:.1} photos/s, two {two:.1} photos/s, ratio {ratio:.2}");
}
