//! Not a test but a stopwatch: figures for the record, asserted nowhere.
//!
//! ```text
//! KANSO_PHOTO=p24_420.jpg cargo test --test photo speed -- --ignored --nocapture
//! ```

use std::time::Instant;

use bytes::Bytes;
use kanso_photo::{Needs, Outputs, PanelSpec, Photo, Quality, crop};

#[test]
#[ignore = "prints milliseconds for the photo that KANSO_PHOTO names"]
fn the_chain_from_bytes_to_panel_is_timed() {
    let path = std::env::var("KANSO_PHOTO").expect("KANSO_PHOTO names a JPEG");
    let bytes = Bytes::from(std::fs::read(path).unwrap());
    let (mut open, mut alone, mut shared) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..9 {
        let start = Instant::now();
        let photo = Photo::open(bytes.clone()).unwrap();
        open.push(start.elapsed().as_secs_f64() * 1e3);
        let size = photo.upright_size();
        let spec = PanelSpec::new(crop::around(None, None, size, 0.8, false), (1600, 2000));
        let start = Instant::now();
        photo.develop(&Outputs { panels: vec![spec], ..Outputs::default() }).unwrap();
        alone.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let decoded = photo
            .decode(&Needs {
                panel: Some(((1600, 2000), Quality::Standard)),
                reading_px: Some(1500),
                thumbnail_px: Some(320),
            })
            .unwrap();
        decoded.panel(&spec).unwrap();
        decoded.reading(1500).unwrap();
        decoded.thumbnail(320).unwrap();
        shared.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let median = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        v[v.len() / 2]
    };
    println!(
        "open {:.1} ms; panel alone {:.1} ms; panel, reading and thumbnail {:.1} ms",
        median(open),
        median(alone),
        median(shared)
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
}
