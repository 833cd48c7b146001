//! Not a test that runs by itself but a soak: photos mutated by chance, from a seed, for as
//! long as asked, each through everything that a photo goes through. It ends at the first
//! panic or excess of memory and leaves the input behind.
//!
//! ```text
//! KANSO_SOAK_MINUTES=10 KANSO_TEST_SEED=1 \
//!     cargo test --test photo soak -- --ignored --nocapture
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use image::ImageFormat;

use crate::hostile::all_of_it;
use crate::picture::{cjpeg, oriented, scene, with_segment};

/// What one photo may take, whatever it says of itself: the largest decoded picture, or the
/// coefficients of the largest progressive one, and what is made of it.
const MEMORY_LIMIT_MB: u64 = 1024;
const SLOW: Duration = Duration::from_secs(20);

/// xorshift64*: chance that a seed repeats.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let picture = scene(200, 150);
    let mut seeds: Vec<Vec<u8>> = [
        &["-sample", "2x2"][..],
        &["-sample", "2x1", "-restart", "1"],
        &["-sample", "1x2", "-progressive"],
        &["-sample", "4x1"],
        &["-sample", "1x1", "-progressive", "-restart", "2"],
        &["-grayscale", "-progressive"],
        &["-rgb"],
    ]
    .into_iter()
    .map(|options| oriented(&cjpeg(&picture, &[&["-quality", "75"], options].concat()), 6))
    .collect();
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    seeds.push(with_segment(&seeds[0], 0xE2, &[b"ICC_PROFILE\0\x01\x01", &icc[..]].concat()));
    for format in [ImageFormat::Png, ImageFormat::Tiff, ImageFormat::WebP] {
        for wide in [false, true] {
            let picture = image::DynamicImage::ImageRgb8(picture.clone());
            let picture = match wide && format != ImageFormat::WebP {
                true => image::DynamicImage::ImageRgba16(picture.into_rgba16()),
                false => picture,
            };
            let mut bytes = std::io::Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).unwrap();
            seeds.push(bytes.into_inner());
        }
    }
    let folder = crate::repository::root().join("fixtures/hostile");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    seeds.extend(files.map(|path| std::fs::read(path).unwrap()).filter(|b| b.len() < 200_000));
    seeds
}

fn mutate(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(6) {
        if bytes.is_empty() {
            break;
        }
        // Headers decide more than pixels do.
        let reach = if chance.below(3) > 0 { bytes.len().min(800) } else { bytes.len() };
        let at = chance.below(reach);
        match chance.below(9) {
            0 => bytes[at] = chance.next() as u8,
            1 => bytes[at] ^= 1 << chance.below(8),
            2 => bytes[at] = [0, 0xFF, 0x7F, 0x80, 1][chance.below(5)],
            3 => bytes.truncate(at),
            4 => {
                let end = (at + chance.below(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let end = (at + chance.below(300)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            6 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                let end = (from + chance.below(2000)).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            7 => {
                // The next marker becomes another, or its length lies.
                let Some(marker) = bytes[at..].windows(2).position(|p| p[0] == 0xFF && p[1] > 0xBF)
                else {
                    continue;
                };
                let slot = at + marker + 1 + chance.below(10);
                if let Some(byte) = bytes.get_mut(slot) {
                    *byte = chance.next() as u8;
                }
            }
            _ => {
                let four = (chance.next() as u32).to_be_bytes();
                for (byte, value) in bytes[at..].iter_mut().zip(four) {
                    *byte = value;
                }
            }
        }
    }
    bytes
}

/// Peak resident memory since it was last asked, in MB; 0 where Linux does not tell.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let peak = line.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak.unwrap_or(0) / 1024
}

#[test]
#[ignore = "runs for as many minutes as KANSO_SOAK_MINUTES says"]
fn mutated_photos_neither_panic_nor_take_more_memory_than_a_photo_may() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let minutes = number("KANSO_SOAK_MINUTES").expect("KANSO_SOAK_MINUTES says how long");
    let seed = number("KANSO_TEST_SEED").unwrap_or(1);
    let seeds = seeds();
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let left = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak-input");
    // What other people's decoders panic on is held and counted as a refusal.
    std::panic::set_hook(Box::new(|_| {}));
    let start = Instant::now();
    let (mut count, mut used, mut most_mb, mut slowest) = (0u64, 0u64, 0, Duration::ZERO);
    peak_mb();
    while start.elapsed() < Duration::from_secs(minutes * 60) {
        let bytes = mutate(&seeds, &mut chance);
        // Written first: an abort leaves it, too.
        std::fs::write(&left, &bytes).unwrap();
        let since = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(|| all_of_it(bytes)));
        let (took, mb) = (since.elapsed(), peak_mb());
        let finding = match &done {
            Err(_) => Some("it panicked".to_owned()),
            Ok(_) if mb > MEMORY_LIMIT_MB => Some(format!("it took {mb} MB")),
            Ok(_) if took > SLOW => Some(format!("it took {took:?}")),
            Ok(_) => None,
        };
        if let Some(finding) = finding {
            let _ = std::panic::take_hook();
            panic!("{finding}: {} (seed {seed}, input {count})", left.display());
        }
        count += 1;
        used += u64::from(matches!(done, Ok(Ok(_))));
        most_mb = most_mb.max(mb);
        slowest = slowest.max(took);
    }
    let _ = std::panic::take_hook();
    println!(
        "{count} inputs in {minutes} min from seed {seed}, {used} of them used; \
         most memory {most_mb} MB, slowest {slowest:?}; no finding"
    );
}
