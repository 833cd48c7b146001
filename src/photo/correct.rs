//! Gentle corrections, off unless the race asks for them: exposure and white balance
//! within small limits, and sharpening for print. Pure functions of the panel's pixels.

use super::note::Note;

/// What may be done to a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Corrections {
    /// Brings the middle of the picture towards middle grey, by half a stop at most.
    pub exposure: bool,
    /// Takes out a colour cast over the whole picture, by 6 % a channel at most.
    pub white_balance: bool,
    /// Unsharp mask for print at 300 ppi.
    pub sharpen: bool,
}

/// Median luma (sRGB) of a photo that looks neither dark nor bright.
const MIDDLE: f64 = 118.0;
const EXPOSURE_LIMIT_STOPS: f64 = 0.5;
const BALANCE_LIMIT: f64 = 0.06;
/// Of the difference to a 3 x 3 blur: half, which printing on paper takes back.
const SHARPEN_EIGHTHS: i32 = 4;

/// Changes RGB pixels in place and says what was done.
pub fn apply(samples: &mut [u8], size: (u32, u32), wanted: Corrections) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut gains = [1.0; 3];
    if wanted.white_balance {
        gains = balance(samples);
        if gains.iter().any(|gain| (gain - 1.0f64).abs() > 0.01) {
            notes.push(Note::WhiteBalanced);
        }
    }
    let mut stops = 0.0;
    if wanted.exposure {
        stops = exposure(samples);
        if stops.abs() > 0.05 {
            notes.push(Note::ExposureLevelled { stops });
        }
    }
    if !notes.is_empty() {
        let curves = gains.map(|gain| curve(gain, stops));
        let (pixels, _) = samples.as_chunks_mut::<3>();
        for pixel in pixels {
            for (value, curve) in pixel.iter_mut().zip(&curves) {
                *value = curve[usize::from(*value)];
            }
        }
    }
    if wanted.sharpen {
        sharpen(samples, size);
    }
    notes
}

/// Stops by which the median luma misses the middle, held to the limit and halved: a dark
/// picture is meant to stay a dark picture.
fn exposure(samples: &[u8]) -> f64 {
    let mut histogram = [0u64; 256];
    let (pixels, _) = samples.as_chunks::<3>();
    for [r, g, b] in pixels {
        let luma = (54 * u32::from(*r) + 183 * u32::from(*g) + 19 * u32::from(*b)) >> 8;
        histogram[luma.min(255) as usize] += 1;
    }
    let half = pixels.len() as u64 / 2;
    let mut seen = 0;
    let median = histogram.iter().position(|count| {
        seen += count;
        seen > half
    });
    let median = median.map_or(MIDDLE, |level| (level as f64).max(1.0));
    // 2.2 is near enough to sRGB's curve for a bounded nudge.
    let stops = 2.2 * (MIDDLE / median).log2() / 2.0;
    stops.clamp(-EXPOSURE_LIMIT_STOPS, EXPOSURE_LIMIT_STOPS)
}

/// Gains that bring the mean of the nearly neutral pixels to grey.
fn balance(samples: &[u8]) -> [f64; 3] {
    let mut sums = [0u64; 3];
    let mut count = 0u64;
    let (pixels, _) = samples.as_chunks::<3>();
    for pixel in pixels {
        let (low, high) = pixel.iter().fold((255, 0), |(l, h), v| (l.min(*v), h.max(*v)));
        // Clothes and sky are colours, not casts; clipped whites know no cast.
        if high < 240 && low > 24 && high - low < 32 {
            pixel.iter().zip(&mut sums).for_each(|(v, sum)| *sum += u64::from(*v));
            count += 1;
        }
    }
    // Too little that could be grey: nothing to judge by.
    if count * 20 < pixels.len() as u64 {
        return [1.0; 3];
    }
    let mean = sums.iter().sum::<u64>() as f64 / 3.0;
    sums.map(|sum| (mean / (sum as f64).max(1.0)).clamp(1.0 - BALANCE_LIMIT, 1.0 + BALANCE_LIMIT))
}

/// Gain, then exposure with a shoulder: black and white stay where they are.
fn curve(gain: f64, stops: f64) -> [u8; 256] {
    let gamma = 2f64.powf(-stops / 2.2);
    std::array::from_fn(|level| {
        let v = (level as f64 / 255.0 * gain).min(1.0).powf(gamma);
        (v * 255.0).round() as u8
    })
}

fn sharpen(samples: &mut [u8], (width, height): (u32, u32)) {
    let pitch = width as usize * 3;
    if width < 3 || height < 3 || samples.len() < pitch * height as usize {
        return;
    }
    let mut above = samples[..pitch].to_vec();
    let mut here = above.clone();
    for y in 1..height as usize - 1 {
        let (done, rest) = samples.split_at_mut(y * pitch);
        debug_assert_eq!(done.len(), y * pitch);
        let (row, below) = rest.split_at_mut(pitch);
        above.copy_from_slice(&here);
        here.copy_from_slice(row);
        for x in 3..pitch - 3 {
            let column =
                |x: usize| i32::from(above[x]) + 2 * i32::from(here[x]) + i32::from(below[x]);
            let blur = (column(x - 3) + 2 * column(x) + column(x + 3)) / 16;
            let value = i32::from(here[x]);
            row[x] = (value + (value - blur) * SHARPEN_EIGHTHS / 8).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Corrections = Corrections { exposure: true, white_balance: true, sharpen: true };

    #[test]
    fn a_dark_picture_is_brightened_by_half_a_stop_at_most() {
        let mut samples = vec![20; 30 * 30 * 3];
        let notes =
            apply(&mut samples, (30, 30), Corrections { exposure: true, ..Default::default() });
        assert_eq!(notes, [Note::ExposureLevelled { stops: 0.5 }]);
        let light = |v: f64| (v / 255.0).powf(2.2);
        let stops = (light(f64::from(samples[0])) / light(20.0)).log2();
        assert!(stops > 0.2 && stops < 2.0, "{stops}");
    }

    #[test]
    fn a_well_lit_flat_picture_stays_as_it_is() {
        let mut samples = vec![118; 30 * 30 * 3];
        assert!(apply(&mut samples, (30, 30), ALL).is_empty());
        assert!(samples.iter().all(|v| *v == 118));
    }

    #[test]
    fn a_cast_is_lessened_and_a_coloured_picture_is_left_alone() {
        let balance = Corrections { white_balance: true, ..Default::default() };
        let mut warm: Vec<u8> = [124, 118, 112].repeat(900);
        assert_eq!(apply(&mut warm, (30, 30), balance), [Note::WhiteBalanced]);
        assert!(warm[0] - warm[2] < 3, "{:?}", &warm[..3]);
        let mut red: Vec<u8> = [200, 30, 30].repeat(900);
        assert!(apply(&mut red, (30, 30), balance).is_empty());
    }

    #[test]
    fn sharpening_steepens_an_edge() {
        let mut samples: Vec<u8> =
            (0..20 * 20).flat_map(|i| [if i % 20 < 10 { 100 } else { 150 }; 3]).collect();
        apply(&mut samples, (20, 20), Corrections { sharpen: true, ..Default::default() });
        let row = &samples[10 * 60..11 * 60];
        assert!(row[9 * 3] < 100 && row[10 * 3] > 150);
        assert_eq!((row[3 * 3], row[16 * 3]), (100, 150));
    }
}
