//! What a process that renders photos asks of the C library's allocator. glibc keeps eight
//! arenas a core, each of them as large as it ever was: many threads that decode photos by
//! turns make a server of them that only grows.

/// A buffer from this size on goes back to the system when it is freed, and so does as much
/// at the end of an arena.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const GIVEN_BACK_BYTES: libc::c_int = 16 << 20;

/// One arena a core, and large buffers given back. To be called before any thread begins.
///
/// `cargo bench --bench load -- --only serve --photos 100 --megapixels 3.8` on 2 cores, with
/// and without: peak 162 and 462 MB, 10.5 and 11.2 certificates a second; with 40 photos of
/// 24 MP the peak was 207 MB (322 MB without giving back), with 80 of them 253 MB. mimalloc
/// and jemalloc peaked at 360 and 273 MB with the small ones.
pub fn keep_little() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cores = libc::c_int::try_from(cores).unwrap_or(libc::c_int::MAX);
        for (setting, value) in [
            (libc::M_ARENA_MAX, cores),
            (libc::M_TRIM_THRESHOLD, GIVEN_BACK_BYTES),
            (libc::M_MMAP_THRESHOLD, GIVEN_BACK_BYTES),
        ] {
            // SAFETY: mallopt only writes the allocator's own settings, under its lock.
            let taken = unsafe { libc::mallopt(setting, value) };
            if taken != 1 {
                tracing::debug!(setting, "the allocator does not take a setting");
            }
        }
    }
}
