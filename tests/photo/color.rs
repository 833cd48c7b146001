//! Colours against LittleCMS (`transicc` of liblcms2-utils), which shares no code with us.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use bytes::Bytes;
use image::ImageEncoder;
use kanso_photo::{Needs, Photo};
use moxcms::ColorProfile;

use crate::picture::with_segment;

/// Patches over the cube, without the gamut's corners that 8 bits clip anyway.
fn patches() -> Vec<[u8; 3]> {
    let levels = [16u8, 64, 112, 160, 208, 240];
    let mut all = Vec::new();
    for red in levels {
        for green in levels {
            all.extend(levels.map(|blue| [red, green, blue]));
        }
    }
    all
}

/// The patches as LittleCMS converts them: relative colorimetric, black point compensation.
fn littlecms(profile: &std::path::Path, patches: &[[u8; 3]]) -> Vec<[u8; 3]> {
    transicc(profile, patches.as_flattened().iter().map(|v| format!("{v}\n")).collect())
}

/// Numbers, one a line, as LittleCMS asks for them, to sRGB.
fn transicc(profile: &std::path::Path, lines: String) -> Vec<[u8; 3]> {
    let mut child = Command::new("transicc")
        .args(["-n", "-t1", "-b", "-o*sRGB"])
        .arg(format!("-i{}", profile.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("transicc of liblcms2-utils is installed");
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u8> = text
        .split_whitespace()
        .filter_map(|word| word.parse::<f64>().ok())
        .map(|v| v.round().clamp(0.0, 255.0) as u8)
        .collect();
    assert!(numbers.len().is_multiple_of(3), "{}", &text[..text.len().min(300)]);
    numbers.as_chunks::<3>().0.to_vec()
}

/// The patches as our own path converts them: a PNG with the profile in it, 8 x 8 pixels each.
fn ours(icc: Vec<u8>, patches: &[[u8; 3]]) -> Vec<[u8; 3]> {
    let mut samples = Vec::new();
    for _ in 0..8 {
        patches.iter().for_each(|patch| samples.extend(patch.repeat(8)));
    }
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_icc_profile(icc).unwrap();
    let width = patches.len() as u32 * 8;
    encoder.write_image(&samples, width, 8, image::ExtendedColorType::Rgb8).unwrap();
    let photo = Photo::open(Bytes::from(png)).unwrap();
    let decoded = photo.decode(&Needs::default()).unwrap();
    let picture = decoded.reading(width).unwrap();
    (0..patches.len() as u32).map(|index| picture.get_pixel(index * 8 + 4, 4).0).collect()
}

fn lab(rgb: [u8; 3]) -> [f64; 3] {
    let linear = rgb.map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    let row = |a: [f64; 3]| a[0] * linear[0] + a[1] * linear[1] + a[2] * linear[2];
    let f = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let x = f(row([0.4124, 0.3576, 0.1805]) / 0.9505);
    let y = f(row([0.2126, 0.7152, 0.0722]));
    let z = f(row([0.0193, 0.1192, 0.9505]) / 1.089);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000 (Sharma, Wu, Dalal 2005).
fn delta_e(one: [u8; 3], two: [u8; 3]) -> f64 {
    let ([l1, a1, b1], [l2, a2, b2]) = (lab(one), lab(two));
    let mean_c = (a1.hypot(b1) + a2.hypot(b2)) / 2.0;
    let g = 0.5 * (1.0 - (mean_c.powi(7) / (mean_c.powi(7) + 25f64.powi(7))).sqrt());
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| {
        if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) }
    };
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let mut dh = if c1 * c2 == 0.0 { 0.0 } else { h2 - h1 };
    if dh > 180.0 {
        dh -= 360.0
    } else if dh < -180.0 {
        dh += 360.0
    }
    let big_h = 2.0 * (c1 * c2).sqrt() * (dh / 2.0).to_radians().sin();
    let (ml, mc) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let mh = if c1 * c2 == 0.0 {
        h1 + h2
    } else if (h1 - h2).abs() <= 180.0 {
        (h1 + h2) / 2.0
    } else if h1 + h2 < 360.0 {
        (h1 + h2 + 360.0) / 2.0
    } else {
        (h1 + h2 - 360.0) / 2.0
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(mh - 30.0) + 0.24 * cos(2.0 * mh) + 0.32 * cos(3.0 * mh + 6.0)
        - 0.2 * cos(4.0 * mh - 63.0);
    let sl = 1.0 + 0.015 * (ml - 50.0).powi(2) / (20.0 + (ml - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * mc, 1.0 + 0.015 * mc * t);
    let turn = 30.0 * (-((mh - 275.0) / 25.0).powi(2)).exp();
    let rc = 2.0 * (mc.powi(7) / (mc.powi(7) + 25f64.powi(7))).sqrt();
    let rt = -rc * (2.0 * turn).to_radians().sin();
    let (dl, dc, dh) = ((l2 - l1) / sl, (c2 - c1) / sc, big_h / sh);
    (dl * dl + dc * dc + dh * dh + rt * dc * dh).sqrt()
}

#[test]
fn the_profiles_of_cameras_are_converted_as_littlecms_does() {
    let folder = tempfile::tempdir().unwrap();
    let patches = patches();
    for (name, profile) in [
        ("Adobe RGB", ColorProfile::new_adobe_rgb()),
        ("Display P3", ColorProfile::new_display_p3()),
        ("ProPhoto", ColorProfile::new_pro_photo_rgb()),
        ("sRGB", ColorProfile::new_srgb()),
    ] {
        let icc = profile.encode().unwrap();
        let path = folder.path().join("profile.icc");
        std::fs::write(&path, &icc).unwrap();
        let theirs = littlecms(&path, &patches);
        let ours = ours(icc, &patches);
        let differences: Vec<f64> =
            ours.iter().zip(&theirs).map(|(a, b)| delta_e(*a, *b)).collect();
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let most = differences.iter().copied().fold(0.0, f64::max);
        println!("{name}: mean ΔE2000 {mean:.3}, maximum {most:.3}");
        assert!(mean <= 0.5 && most <= 2.0, "{name}: mean {mean:.3}, maximum {most:.3}");
    }
}

/// Inks in percent: every pair of inks and some blacks, within what presses print.
fn ink_patches() -> Vec<[u8; 4]> {
    let levels = [0u8, 25, 50, 75, 100];
    let mut all = Vec::new();
    for cyan in levels {
        for magenta in levels {
            for yellow in levels {
                all.extend([0u8, 40].map(|black| [cyan, magenta, yellow, black]));
            }
        }
    }
    all.retain(|inks| inks.iter().map(|v| u32::from(*v)).sum::<u32>() <= 260);
    all
}

#[test]
fn cmyk_with_a_profile_is_converted_as_littlecms_does() {
    // Comes with ghostscript, which the tests of PDFs need anyway; it is not shipped.
    let path = std::path::Path::new("/usr/share/color/icc/ghostscript/default_cmyk.icc");
    let icc = std::fs::read(path).expect("libgs-common is installed");
    let patches = ink_patches();
    let theirs = transicc(path, patches.as_flattened().iter().map(|v| format!("{v}\n")).collect());
    assert_eq!(theirs.len(), patches.len());
    // 255 is no ink, as Adobe writes it; TurboJPEG writes CMYK as YCCK.
    let row: Vec<u8> = patches
        .iter()
        .flat_map(|inks| inks.map(|v| 255 - (f64::from(v) * 2.55).round() as u8).repeat(16))
        .collect();
    let width = patches.len() * 16;
    let jpeg = turbojpeg::compress(
        turbojpeg::Image {
            pixels: &row.repeat(16)[..],
            width,
            pitch: width * 4,
            height: 16,
            format: turbojpeg::PixelFormat::CMYK,
        },
        100,
        turbojpeg::Subsamp::None,
    )
    .unwrap()
    .to_vec();
    let adobe = jpeg.windows(5).position(|w| w == b"Adobe").expect("an Adobe segment");
    assert_eq!(jpeg[adobe + 11], 2, "YCCK");
    let chunks: Vec<&[u8]> = icc.chunks(60_000).collect();
    let mut tagged = jpeg;
    for (index, chunk) in chunks.iter().enumerate().rev() {
        let head = [b"ICC_PROFILE\0", &[index as u8 + 1, chunks.len() as u8][..]].concat();
        tagged = with_segment(&tagged, 0xE2, &[&head, *chunk].concat());
    }
    let photo = Photo::open(Bytes::from(tagged)).unwrap();
    let decoded = photo.decode(&Needs::default()).unwrap();
    assert!(decoded.notes.is_empty(), "{:?}", decoded.notes);
    let needs = Needs { reading_px: Some(width as u32), ..Needs::default() };
    let picture = photo.decode(&needs).unwrap().reading(width as u32).unwrap();
    let differences: Vec<f64> = theirs
        .iter()
        .enumerate()
        .map(|(index, theirs)| delta_e(picture.get_pixel(index as u32 * 16 + 8, 8).0, *theirs))
        .collect();
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    let most = differences.iter().copied().fold(0.0, f64::max);
    println!("CMYK: mean ΔE2000 {mean:.3}, maximum {most:.3}");
    assert!(mean <= 0.5 && most <= 2.0, "mean {mean:.3}, maximum {most:.3}");
}

#[test]
fn the_measure_of_colour_difference_agrees_with_its_published_sense() {
    assert_eq!(delta_e([120, 30, 60], [120, 30, 60]), 0.0);
    assert!((delta_e([0, 0, 0], [255, 255, 255]) - 100.0).abs() < 0.1);
}
