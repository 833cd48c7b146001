use bytes::Bytes;
use kanso_photo::{Crop, Needs, Note, Outputs, PanelSpec, Photo, PhotoError, PixelRect, Quality};
use proptest::prelude::*;

use crate::picture::{cjpeg, scene};

/// Everything that a photo goes through, on bytes that nobody vouches for.
pub fn all_of_it(bytes: Vec<u8>) -> Result<f64, PhotoError> {
    let photo = Photo::open(Bytes::from(bytes))?;
    let (width, height) = photo.upright_size();
    let decoded = photo.decode(&Needs {
        panel: Some(((160, 200), Quality::Standard)),
        reading_px: Some(320),
        thumbnail_px: Some(100),
    })?;
    decoded.reading(320)?;
    decoded.thumbnail(100)?;
    let crop = Crop::new(PixelRect::whole((width, height)), (width, height)).unwrap();
    let outputs = Outputs { panels: vec![PanelSpec::new(crop, (160, 200))], ..Outputs::default() };
    photo.develop(&outputs)?;
    Ok(decoded.missing_share)
}

#[test]
fn a_jpeg_cut_off_at_every_percent_is_refused_or_its_missing_share_is_measured() {
    for options in [&["-quality", "85"][..], &["-quality", "85", "-restart", "2"]] {
        let whole = cjpeg(&scene(960, 640), options);
        assert_eq!(all_of_it(whole.clone()), Ok(0.0));
        let mut last = 1.0;
        for percent in 0..100 {
            let cut = whole[..whole.len() * percent / 100].to_vec();
            match all_of_it(cut) {
                Err(error) => {
                    assert!(percent < 10, "{percent} %: {error}");
                    assert!(!matches!(error, PhotoError::Crop { .. }), "no crop was asked for");
                }
                Ok(share) => {
                    assert!(share <= last + 1e-9, "{percent} %: {share} after {last}");
                    assert!(percent > 97 || share > 0.0, "{percent} %");
                    last = share;
                }
            }
        }
        assert!(last < 0.1, "{last}");
    }
}

#[test]
fn half_a_photo_goes_before_a_person_and_the_note_says_how_much_is_missing() {
    let whole = cjpeg(&scene(960, 640), &["-quality", "85"]);
    let photo = Photo::open(Bytes::from(whole[..whole.len() / 2].to_vec())).unwrap();
    let decoded = photo.decode(&Needs { thumbnail_px: Some(200), ..Needs::default() }).unwrap();
    assert!((0.3..0.7).contains(&decoded.missing_share), "{}", decoded.missing_share);
    assert!(decoded.needs_review());
    assert!(matches!(decoded.notes[..], [Note::Truncated { percent }] if percent > 30.0));
}

#[test]
fn a_progressive_jpeg_cut_off_at_every_percent_is_never_taken_for_whole() {
    let whole = cjpeg(&scene(640, 480), &["-quality", "85", "-progressive"]);
    assert_eq!(all_of_it(whole.clone()), Ok(0.0));
    for percent in 0..60 {
        let cut = whole[..whole.len() * percent / 100].to_vec();
        if let Ok(share) = all_of_it(cut) {
            assert!(share > 0.01, "{percent} %: {share}");
        }
    }
}

#[test]
fn headers_that_lie_are_refused_before_any_memory_is_taken() {
    let honest = cjpeg(&scene(64, 48), &["-quality", "85"]);
    let sof = honest.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let sized = |width: u16, height: u16| {
        let mut bytes = honest.clone();
        bytes[sof + 5..sof + 7].copy_from_slice(&height.to_be_bytes());
        bytes[sof + 7..sof + 9].copy_from_slice(&width.to_be_bytes());
        bytes
    };
    for (width, height) in [(0, 0), (0, 48), (60_000, 60_000), (65_500, 65_500), (16_000, 16_000)] {
        let error = all_of_it(sized(width, height)).unwrap_err();
        assert!(matches!(error, PhotoError::Size { .. }), "{width} x {height}: {error}");
    }
    // Long and thin is strange but small.
    let _ = all_of_it(sized(65_500, 8));
    let _ = all_of_it(sized(8, 65_500));
}

#[test]
fn coding_processes_that_are_not_taken_are_refused_by_name() {
    let arithmetic = cjpeg(&scene(64, 48), &["-quality", "85", "-arithmetic"]);
    let error = all_of_it(arithmetic).unwrap_err().to_string();
    assert!(error.contains("arithmetic"), "{error}");
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let error = all_of_it(heic).unwrap_err().to_string();
    assert!(error.contains("HEIC is not supported; export it as JPEG"), "{error}");
    assert!(error.contains("Most Compatible") && error.contains("互換性優先"), "{error}");
}

#[test]
fn the_hostile_fixtures_end_as_they_are_listed() {
    let folder = crate::repository::root().join("fixtures/hostile");
    let list = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let mut seen = 0;
    for row in list.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let name = cells[1].trim_matches('`');
        let outcome = all_of_it(std::fs::read(folder.join(name)).unwrap());
        match (&outcome, cells[3]) {
            (Ok(_), "used") => {}
            (Err(error), says) if says != "used" => {
                assert!(error.to_string().contains(says), "{name}: {error}");
            }
            _ => panic!("{name}: {outcome:?}"),
        }
        seen += 1;
    }
    let files = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(seen + 1, files, "every file is listed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_behind_any_signature_do_not_panic(
        kind in 0usize..6,
        noise in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let magic: &[u8] = [
            &b"\xFF\xD8\xFF\xE1"[..],
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            b"II*\0\x08\0\0\0",
            b"RIFF\x40\0\0\0WEBPVP8 ",
            b"\xFF\xD8\xFF\xC0\0\x11\x08\0\x40\0\x40\x03\x01\x22\0\x02\x11\x01\x03\x11\x01",
            b"",
        ][kind];
        let _ = all_of_it([magic, &noise].concat());
    }

    #[test]
    fn a_jpeg_with_wrong_bytes_in_it_does_not_panic(
        flips in proptest::collection::vec((0usize..100_000, any::<u8>()), 1..12),
        progressive: bool,
    ) {
        use std::sync::OnceLock;
        static FILES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
        let files = FILES.get_or_init(|| {
            let picture = scene(200, 150);
            [cjpeg(&picture, &["-quality", "80"]), cjpeg(&picture, &["-quality", "80", "-progressive"])]
        });
        let mut bytes = files[usize::from(progressive)].clone();
        for (at, value) in flips {
            let index = at % bytes.len();
            bytes[index] = value;
        }
        let _ = all_of_it(bytes);
    }
}
