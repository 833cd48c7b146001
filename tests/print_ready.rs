//! A print shop takes our files: judged by qpdf, poppler, mupdf and ghostscript.

#[path = "print_ready/cmyk.rs"]
mod cmyk;
mod pages;
mod tools;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use kanso_page::font::Font;
use kanso_page::geometry::Point;
use kanso_page::{Channels, Item, Page};
use kanso_render::{PageBox, PdfOptions, desk_copy, pdf};
use pages::*;
use tools::{folder, judge};

fn options() -> PdfOptions {
    PdfOptions::new("2026-11-23T03:00:00Z".parse::<Timestamp>().unwrap())
}

fn written(name: &str, page: &Page, options: &PdfOptions) -> (PathBuf, Vec<u8>) {
    let bytes = pdf(page, options).unwrap().bytes;
    let path = folder("print-ready").join(name);
    std::fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_judge_finds_the_files_sound() {
    for (name, page) in [
        ("certificate.pdf", certificate()),
        ("names.pdf", hard_names()),
        ("artwork.pdf", artwork()),
        ("drawing.pdf", drawing()),
    ] {
        let (path, _) = written(&format!("sound-{name}"), &page, &options());
        let path = text_of(&path);
        judge("qpdf", &["--check", path]);
        let drawn = folder("print-ready").join(format!("{name}.mutool.png"));
        if let Some(said) =
            judge("mutool", &["draw", "-q", "-r", "72", "-o", text_of(&drawn), path, "1"])
        {
            // Debian's mutool is built without ICC, and says so of every output intent.
            let said = said.replace("warning: ICC support is not available", "");
            assert_eq!(said.trim(), "");
        }
        if let Some(said) = judge(
            "gs",
            &["-q", "-dNOPAUSE", "-dBATCH", "-dPDFSTOPONWARNING", "-sDEVICE=nullpage", path],
        ) {
            assert_eq!(said.trim(), "");
        }
        if let Some(said) = judge("pdftoppm", &["-r", "36", "-png", path, text_of(&drawn)]) {
            assert_eq!(said.trim(), "");
        }
    }
}

#[test]
fn every_font_is_embedded_subset_and_has_unicode() {
    let (path, bytes) = written("fonts.pdf", &hard_names(), &options());
    assert!(bytes.len() < 300_000, "{} bytes: whole fonts went in", bytes.len());
    let Some(said) = judge("pdffonts", &[text_of(&path)]) else { return };
    let rows: Vec<&str> = said.lines().skip(2).collect();
    assert!(rows.len() >= 5, "{said}");
    for row in rows {
        assert!(row.contains("Identity-H") && row.contains("yes yes yes"), "{row}");
    }
}

#[test]
fn a_cff_font_is_drawn_and_read_right() {
    let Ok(data) = std::fs::read("/usr/share/fonts/opentype/ebgaramond/EBGaramond12-Regular.otf")
    else {
        assert!(std::env::var("CI").is_err(), "install fonts-ebgaramond for this test");
        return;
    };
    let font = Arc::new(Font::parse("EBGaramond12-Regular", data.leak(), 0).unwrap());
    let run = plain_run(&font, "Grüße, Łukasz Żółć", 40.0);
    let page = a4_landscape(vec![(mm(20.0, 40.0), Item::Glyphs(run))]);
    let (path, _) = written("cff.pdf", &page, &options());
    judge("qpdf", &["--check", text_of(&path)]);
    if let Some(said) = judge("pdffonts", &[text_of(&path)]) {
        assert!(said.contains("CID Type 0C") && said.contains("yes yes yes"), "{said}");
    }
    assert_eq!(
        extracted(&path, &[]).as_deref().unwrap_or("Grüße, Łukasz Żółć"),
        "Grüße, Łukasz Żółć"
    );
}

#[test]
fn copying_gives_the_exact_names() {
    for name in NAMES.iter().chain(["محمد بن سلمان", "لاعب", "שלום כהן"].iter())
    {
        let page = a4_landscape(text(mm(20.0, 30.0), name, &style("mincho", 30.0)));
        let (path, _) = written("name.pdf", &page, &options());
        let Some(found) = extracted(&path, &[]) else { return };
        // Poppler marks the direction of what runs from right to left.
        let found = found.replace(['\u{202A}', '\u{202B}', '\u{202C}'], "");
        assert_eq!(found, *name, "{}", found.escape_unicode());
    }
}

#[test]
fn vertical_and_condensed_text_is_copied_exactly() {
    let (path, _) = written("artwork-text.pdf", &artwork(), &options());
    let Some(found) = extracted(&path, &[]) else { return };
    for part in ["グラデーション", "透ける文字", "令和八年", "圧縮した文字"] {
        assert!(found.contains(part), "{found}");
    }
}

/// The text of a page as poppler reads it, without the ends of lines and pages.
fn extracted(path: &Path, more: &[&str]) -> Option<String> {
    let arguments = [&["-enc", "UTF-8"], more, &[text_of(path), "-"]].concat();
    Some(judge("pdftotext", &arguments)?.trim().to_owned())
}

#[test]
fn a_photo_is_embedded_byte_for_byte_at_print_resolution() {
    let bytes = photo(1800, 1272);
    let page = a4_landscape(vec![(
        mm(0.0, 0.0),
        image(jpeg(bytes.clone(), 1800, 1272, Channels::Rgb), 150.0, 106.0, 0.0, "photo"),
    )]);
    let made = pdf(&page, &options()).unwrap();
    assert!(made.bytes.windows(bytes.len()).any(|window| window == bytes));
    assert!((made.lowest_ppi.unwrap() - 304.8).abs() < 0.1);
    let (path, _) = written("photo.pdf", &page, &options());
    let Some(said) = judge("pdfimages", &["-list", text_of(&path)]) else { return };
    let row: Vec<&str> = said.lines().nth(2).unwrap().split_whitespace().collect();
    assert_eq!((row[3], row[4], row[5], row[8]), ("1800", "1272", "rgb", "jpeg"), "{said}");
    assert_eq!((row[12], row[13]), ("305", "305"), "{said}");
}

#[test]
fn grey_and_cmyk_photos_keep_their_channels() {
    let grey = encoded(&[90; 200 * 100], 200, 100, turbojpeg::PixelFormat::GRAY);
    // Inverted as Adobe writes it: no ink is 255. Half cyan alone.
    let cmyk =
        encoded(&[127, 255, 255, 255].repeat(200 * 100), 200, 100, turbojpeg::PixelFormat::CMYK);
    let page = a4_landscape(vec![
        (mm(10.0, 10.0), image(jpeg(grey, 200, 100, Channels::Grey), 40.0, 20.0, 0.0, "grey")),
        (mm(60.0, 10.0), image(jpeg(cmyk, 200, 100, Channels::Cmyk), 40.0, 20.0, 0.0, "cmyk")),
    ]);
    let (path, _) = written("channels.pdf", &page, &options());
    if let Some(said) = judge("pdfimages", &["-list", text_of(&path)]) {
        assert!(said.contains(" gray ") && said.contains(" cmyk "), "{said}");
    }
    let drawn = folder("print-ready").join("channels");
    if judge("pdftoppm", &["-r", "72", "-png", "-singlefile", text_of(&path), text_of(&drawn)])
        .is_some()
    {
        let seen = image::open(drawn.with_extension("png")).unwrap().into_rgb8();
        // In the middle of the CMYK picture, in the stored copy's media.
        let pixel = seen.get_pixel((83.0 / 25.4 * 72.0) as u32, (23.0 / 25.4 * 72.0) as u32);
        assert!(pixel[2] > 200 && pixel[0] < 180, "half cyan came out as {pixel:?}");
    }
}

#[test]
fn the_boxes_are_right_to_a_hundredth_of_a_point() {
    let (path, bytes) = written("boxes.pdf", &certificate(), &options());
    let (bleed, width, height) = (8.503_937, 841.889_764, 595.275_591);
    let whole = [0.0, 0.0, width + 2.0 * bleed, height + 2.0 * bleed];
    let trim = [bleed, bleed, bleed + width, bleed + height];
    assert_boxes(
        &path,
        &[("MediaBox", whole), ("BleedBox", whole), ("TrimBox", trim), ("CropBox", trim)],
    );
    let desk = [0.0, 0.0, width, height];
    let boxes = ["MediaBox", "CropBox", "BleedBox", "TrimBox"].map(|name| (name, desk));
    let path = folder("print-ready").join("desk.pdf");
    std::fs::write(&path, desk_copy(&bytes).unwrap()).unwrap();
    judge("qpdf", &["--check", text_of(&path)]);
    assert_boxes(&path, &boxes);
    let (path, _) = written(
        "desk-at-once.pdf",
        &certificate(),
        &PdfOptions { page_box: PageBox::Trim, ..options() },
    );
    assert_boxes(&path, &boxes);
}

fn assert_boxes(path: &Path, boxes: &[(&str, [f64; 4])]) {
    let document = lopdf::Document::load(path).unwrap();
    let page = document.get_dictionary(document.page_iter().next().unwrap()).unwrap();
    for (name, expected) in boxes {
        let sides = page.get(name.as_bytes()).unwrap().as_array().unwrap();
        for (side, expected) in sides.iter().zip(expected) {
            assert!(
                (f64::from(side.as_float().unwrap()) - expected).abs() < 0.01,
                "{name} {sides:?}"
            );
        }
    }
    let Some(said) = judge("pdfinfo", &["-box", text_of(path)]) else { return };
    for (name, expected) in boxes {
        let line = said.lines().find(|line| line.starts_with(name)).unwrap();
        let sides: Vec<f64> =
            line.split_whitespace().skip(1).map(|side| side.parse().unwrap()).collect();
        for (side, expected) in sides.iter().zip(expected) {
            assert!((side - expected).abs() < 0.011, "{line}");
        }
    }
}

#[test]
fn crop_marks_stand_outside_the_bleed() {
    let marked = PdfOptions { crop_marks: true, ..options() };
    let (path, _) = written("marks.pdf", &certificate(), &marked);
    judge("qpdf", &["--check", text_of(&path)]);
    let edge = 11.0 / 25.4 * 72.0;
    assert_boxes(
        &path,
        &[
            ("MediaBox", [0.0, 0.0, 841.889_764 + 2.0 * edge, 595.275_591 + 2.0 * edge]),
            ("TrimBox", [edge, edge, edge + 841.889_764, edge + 595.275_591]),
        ],
    );
}

#[test]
fn the_file_says_what_it_is() {
    let (path, bytes) = written("facts.pdf", &certificate(), &options());
    assert!(bytes.starts_with(b"%PDF-1.7"));
    let document = lopdf::Document::load(&path).unwrap();
    let catalog = document.catalog().unwrap();
    let preferences = catalog.get(b"ViewerPreferences").unwrap().as_dict().unwrap();
    assert_eq!(preferences.get(b"PrintScaling").unwrap().as_name().unwrap(), b"None");
    assert!(preferences.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"ja");
    assert!(catalog.has(b"OutputIntents") && catalog.has(b"Metadata"));
    let Some(said) = judge("pdfinfo", &["-isodates", text_of(&path)]) else { return };
    for fact in [
        "完走証 Finisher Certificate",
        "2026-11-23T03:00:00Z",
        "Tagged:          yes",
        "PDF version:     1.7",
    ] {
        assert!(said.contains(fact), "{fact} is missing: {said}");
    }
    let Some(said) = judge("pdfinfo", &["-meta", text_of(&path)]) else { return };
    assert!(said.contains("<pdfaid:part>2</pdfaid:part>"), "{said}");
    let Some(said) = judge("pdfinfo", &["-struct-text", text_of(&path)]) else { return };
    assert!(said.contains("Figure") && said.contains("3:12:08"), "{said}");
}

#[test]
fn the_same_page_gives_the_same_bytes_whatever_was_written_before() {
    let first = pdf(&artwork(), &options()).unwrap().bytes;
    for other in [certificate(), hard_names()] {
        pdf(&other, &options()).unwrap();
    }
    assert!(first == pdf(&artwork(), &options()).unwrap().bytes);
    let again = pdf(&certificate(), &options()).unwrap().bytes;
    assert!(again == pdf(&certificate(), &options()).unwrap().bytes);
    let one = desk_copy(&first).unwrap();
    assert!(one == desk_copy(&first).unwrap());
}

#[test]
fn a_drawing_stays_vectors() {
    let (path, _) = written("vectors.pdf", &drawing(), &options());
    let document = lopdf::Document::load(&path).unwrap();
    let count = |found: fn(&lopdf::Dictionary) -> bool| {
        let dictionaries = document.objects.values().filter_map(|object| match object {
            lopdf::Object::Dictionary(dict) => Some(dict),
            lopdf::Object::Stream(stream) => Some(&stream.dict),
            _ => None,
        });
        dictionaries.filter(|dict| found(dict)).count()
    };
    assert_eq!(count(|dict| dict.has(b"BitsPerComponent")), 1, "only the picture in it is pixels");
    assert!(count(|dict| dict.has(b"BBox")) >= 2, "opacity and masks are groups");
    let shadings = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .flat_map(|dict| dict.iter())
        .filter(|(_, value)| value.as_dict().is_ok_and(|dict| dict.has(b"ShadingType")))
        .count();
    assert!(shadings >= 4, "{shadings} gradients");
    let Some(said) = judge("pdfimages", &["-list", text_of(&path)]) else { return };
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn a_picture_that_is_drawn_twice_is_stored_once() {
    let picture = jpeg(photo(300, 200), 300, 200, Channels::Rgb);
    let place = |x: f64| (mm(x, 10.0), image(Arc::clone(&picture), 30.0, 20.0, 0.0, ""));
    let (path, _) = written("twice.pdf", &a4_landscape(vec![place(10.0), place(50.0)]), &options());
    let Some(said) = judge("pdfimages", &["-list", text_of(&path)]) else { return };
    let ids: Vec<&str> =
        said.lines().skip(2).map(|row| row.split_whitespace().nth(10).unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "{said}");
}

#[test]
fn broken_pages_are_errors_that_name_the_fault() {
    let page = a4_landscape(vec![(
        Point::default(),
        image(jpeg(b"not a photo".to_vec(), 10, 10, Channels::Rgb), 10.0, 10.0, 0.0, ""),
    )]);
    let error = pdf(&page, &options()).unwrap_err().to_string();
    assert!(error.contains("picture"), "{error}");
    let page = Page { trim: area(0.0, 210.0), ..a4_landscape(vec![]) };
    assert!(pdf(&page, &options()).unwrap_err().to_string().contains("0 x 210 mm"));
}

/// `cargo test --test print_ready -- --ignored --nocapture figures`
#[test]
#[ignore = "prints timings, asserts nothing"]
fn figures() {
    /// Milliseconds on the processor, which other work on the machine does not stretch.
    fn busy() -> f64 {
        let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        spent.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
    }
    fn mean(name: &str, mut work: impl FnMut()) {
        const TIMES: u32 = 40;
        work();
        let start = busy();
        (0..TIMES).for_each(|_| work());
        println!("{name}: {:.2} ms", (busy() - start) / f64::from(TIMES));
    }
    for (name, page) in
        [("certificate", certificate()), ("names", hard_names()), ("artwork", artwork())]
    {
        let stored = pdf(&page, &options()).unwrap().bytes;
        println!("{name}: {} bytes", stored.len());
        mean(&format!("{name}, PDF"), || drop(pdf(&page, &options()).unwrap()));
        mean(&format!("{name}, desk copy"), || drop(desk_copy(&stored).unwrap()));
        mean(&format!("{name}, preview of 1200 px"), || {
            drop(kanso_render::preview_jpeg(&page, 1200, 88).unwrap());
        });
    }
    let mut text_only = certificate();
    text_only.items.drain(..2);
    mean("certificate without photo, PDF", || drop(pdf(&text_only, &options()).unwrap()));
}
