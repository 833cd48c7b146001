//! The pipeline alone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::photos::Photos;

/// Certificates per second, on all cores.
pub fn run(count: usize, photos: &Photos) -> f64 {
    let (next, made) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= count {
                return;
            }
            let (source, bytes) = (photos.source(n), photos.bytes(n));
            let done = kanso_certificate::process(&photos.race_data, &source, bytes, None, &mut ());
            made.fetch_add(done.certificates.len(), Ordering::Relaxed);
        }
    };
    let since = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..super::cores() {
            scope.spawn(work);
        }
    });
    let made = made.into_inner();
    assert_eq!(made, count, "each photo has one certificate");
    made as f64 / since.elapsed().as_secs_f64()
}
