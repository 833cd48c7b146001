//! The same job by other makers of certificates, in one run, as ratios to ours.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use kanso_photo::{Outputs, PanelSpec, Photo, crop};
use turbojpeg::{Decompressor, Image, PixelFormat, ScalingFactor, Subsamp};

/// A 2.0x crop of 24 and 45 MP, a 1.8x crop where no half-size decode helps, progressive.
const PHOTOS: [&str; 4] = ["p24_420.jpg", "p45_420.jpg", "p19_420.jpg", "p24_420_prog.jpg"];
const WARM: usize = 20;
const COLD: usize = 5;

/// One row of `run.sh`: milliseconds and MB.
struct Row {
    name: String,
    cold_ms: f64,
    cold_cpu_ms: f64,
    cold_mb: f64,
    warm_cpu_ms: f64,
}

/// Prints a table for each photo.
pub fn compare(folder: &Path) {
    let folder = folder.canonicalize().expect("the peers' folder is there");
    for photo in PHOTOS {
        let photo = folder.join("photos").join(photo);
        if !photo.is_file() {
            println!("\n{}: not there; make it with gen_photos.py", photo.display());
            continue;
        }
        let rows = rows(&folder, &photo);
        let Some(ours) = rows.iter().find(|row| row.name == "o_ours") else {
            println!("\n{}: run.sh gave no row of ours", photo.display());
            continue;
        };
        let name = photo.file_name().unwrap_or_default().to_string_lossy();
        println!(
            "\n{name:<24}{:>10}{:>10}{:>9}{:>10}{:>10}",
            "cold ms", "x ours", "MB", "warm CPU", "x ours"
        );
        for row in &rows {
            println!(
                "{:<24}{:>10.1}{:>10.2}{:>9.0}{:>10.1}{:>10.2}",
                row.name,
                row.cold_ms,
                row.cold_ms / ours.cold_ms,
                row.cold_mb,
                row.warm_cpu_ms,
                row.warm_cpu_ms / ours.warm_cpu_ms
            );
        }
        floors(&folder, &photo, ours);
    }
}

fn rows(folder: &Path, photo: &Path) -> Vec<Row> {
    let ours = format!("{} job --dir {}", env!("CARGO_BIN_EXE_kanso"), folder.display());
    let output = Command::new("./run.sh")
        .current_dir(folder)
        .arg(photo)
        .args([WARM.to_string(), COLD.to_string()])
        .env("OURS", ours)
        .output()
        .expect("run.sh runs");
    String::from_utf8_lossy(&output.stdout).lines().skip(1).filter_map(row).collect()
}

/// A peer that is not installed prints `-` and is left out; one that has no warm run has
/// no number there.
fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let number = |index: usize| cells.get(index)?.parse::<f64>().ok();
    Some(Row {
        name: (*cells.first()?).to_owned(),
        cold_ms: number(1)?,
        cold_cpu_ms: number(2)?,
        cold_mb: number(3)?,
        warm_cpu_ms: number(5).unwrap_or(f64::NAN),
    })
}

/// What no certificate of the photo can be made without.
fn floors(folder: &Path, photo: &Path, ours: &Row) {
    let bytes = std::fs::read(photo).expect("the photo can be read");
    let entropy = super::median((0..WARM).map(|_| cpu_ms(|| eighth(&bytes))));
    let panel = panel(&bytes);
    let encode = super::median((0..WARM).map(|_| cpu_ms(|| encoded(&panel))));
    println!(
        "floor, warm CPU: decode at 1/8 {entropy:.1} ms + panel encode {encode:.1} ms; \
         ours / floor = {:.2}",
        ours.warm_cpu_ms / (entropy + encode)
    );
    if photo.ends_with("p24_420.jpg") {
        let out = folder.join("out/floor.jpg");
        let piped = super::median((0..COLD).map(|_| {
            timed(|| {
                Command::new("./floor.sh").current_dir(folder).arg(photo).arg(&out).status().ok()
            })
        }));
        println!(
            "floor, cold: djpeg | cjpeg {piped:.1} ms wall on two cores; ours {:.1} ms wall, {:.1} ms CPU",
            ours.cold_ms, ours.cold_cpu_ms
        );
    }
}

fn cpu_ms<T>(work: impl FnOnce() -> T) -> f64 {
    let since = super::thread_cpu_ms();
    std::hint::black_box(work());
    super::thread_cpu_ms() - since
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let since = Instant::now();
    std::hint::black_box(work());
    since.elapsed().as_secs_f64() * 1e3
}

/// Hardly more than the entropy decoding.
fn eighth(jpeg: &[u8]) -> Vec<u8> {
    let mut decompressor = Decompressor::new().expect("libjpeg-turbo starts");
    decompressor.set_scaling_factor(ScalingFactor::ONE_EIGHTH).expect("1/8 is supported");
    let header = decompressor.read_header(jpeg).expect("a JPEG").scaled(ScalingFactor::ONE_EIGHTH);
    let (width, height) = (header.width, header.height);
    let mut pixels = vec![0; width * height];
    let image =
        Image { pixels: &mut pixels[..], width, pitch: width, height, format: PixelFormat::GRAY };
    decompressor.decompress(jpeg, image).expect("it decodes");
    pixels
}

/// The photo's own panel, as pixels.
fn panel(jpeg: &[u8]) -> Image<Vec<u8>> {
    let photo = Photo::open(jpeg.to_vec().into()).expect("a photo");
    let crop = crop::around(None, None, photo.upright_size(), 0.8, false);
    let outputs =
        Outputs { panels: vec![PanelSpec::new(crop, (1600, 2000))], ..Outputs::default() };
    let developed = photo.develop(&outputs).expect("it is developed");
    turbojpeg::decompress(&developed.panels[0].jpeg, PixelFormat::RGB).expect("ours decodes")
}

fn encoded(panel: &Image<Vec<u8>>) -> Vec<u8> {
    turbojpeg::compress(panel.as_deref(), 92, Subsamp::None).expect("it encodes").to_vec()
}
