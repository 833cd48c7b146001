//! Test pictures, and JPEGs of them in every shape that cameras write.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use image::{Rgb, RgbImage};

/// Smooth colours, edges and a corner that tells every orientation from the others.
pub fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let wave = (u * 37.0).sin() * (v * 23.0).cos();
        let level = |base: f64| (base + 40.0 * wave).clamp(0.0, 255.0) as u8;
        if u < 0.25 && v < 0.2 {
            Rgb([220, 30, 40])
        } else if (0.6..0.8).contains(&u) && (0.5..0.9).contains(&v) {
            Rgb([250, 248, 240])
        } else {
            Rgb([level(90.0 + 100.0 * u), level(150.0 - 60.0 * v), level(60.0 + 110.0 * v)])
        }
    })
}

/// Encodes by `cjpeg` (libjpeg-turbo-progs), which shares no call of ours.
pub fn cjpeg(picture: &RgbImage, options: &[&str]) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let mut ppm = format!("P6\n{width} {height}\n255\n").into_bytes();
    ppm.extend(picture.as_raw());
    let mut child = Command::new("cjpeg")
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cjpeg of libjpeg-turbo-progs is installed");
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&ppm));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// Inserts a segment after SOI.
pub fn with_segment(jpeg: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    out.extend([0xFF, marker]);
    out.extend((payload.len() as u16 + 2).to_be_bytes());
    out.extend(payload);
    out.extend(&jpeg[2..]);
    out
}

/// EXIF with an orientation alone.
pub fn oriented(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    with_segment(jpeg, 0xE1, &exif)
}

/// The stored picture that a camera held so writes for an upright one: the inverse turn.
pub fn as_stored(upright: &RgbImage, orientation: u8) -> RgbImage {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    match orientation {
        2 => flip_horizontal(upright),
        3 => rotate180(upright),
        4 => flip_vertical(upright),
        5 => flip_horizontal(&rotate90(upright)),
        6 => rotate270(upright),
        7 => flip_horizontal(&rotate270(upright)),
        8 => rotate90(upright),
        _ => upright.clone(),
    }
}

/// Mean structural similarity of the luma (Wang et al. 2004) over blocks of 8 x 8; 1.0 for
/// equal pictures.
pub fn ssim(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let luma = |picture: &RgbImage, x: u32, y: u32| {
        let [red, green, blue] = picture.get_pixel(x, y).0.map(f64::from);
        0.299 * red + 0.587 * green + 0.114 * blue
    };
    let (c1, c2) = ((0.01f64 * 255.0).powi(2), (0.03f64 * 255.0).powi(2));
    let mut values = Vec::new();
    for top in (0..a.height() / 8 * 8).step_by(8) {
        for left in (0..a.width() / 8 * 8).step_by(8) {
            let mut sums = [0.0; 5];
            for (x, y) in (0..64).map(|i| (left + i % 8, top + i / 8)) {
                let (p, q) = (luma(a, x, y), luma(b, x, y));
                let parts = [p, q, p * p, q * q, p * q];
                sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part / 64.0);
            }
            let [mean_a, mean_b, aa, bb, ab] = sums;
            let (var_a, var_b) = (aa - mean_a * mean_a, bb - mean_b * mean_b);
            let covariance = ab - mean_a * mean_b;
            values.push(
                (2.0 * mean_a * mean_b + c1) * (2.0 * covariance + c2)
                    / ((mean_a * mean_a + mean_b * mean_b + c1) * (var_a + var_b + c2)),
            );
        }
    }
    values.iter().sum::<f64>() / values.len() as f64
}

/// Peak signal to noise ratio in dB.
pub fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let squares: f64 = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum();
    let mean = squares / a.as_raw().len() as f64;
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}
