//! Files for a press: separated by the profile, black type on one plate, no more ink than
//! paper takes. Plates are looked at as ghostscript makes them, colours as LittleCMS does.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use image::GrayImage;
use kanso_color::{FOGRA39, Separation};
use kanso_page::geometry::{Point, Pt};
use kanso_page::{Channels, Color, Item, Page, Paint, Path as Shape};
use kanso_render::{Intent, PdfOptions};
use kanso_text::style::TextStyle;
use lopdf::content::Content;
use lopdf::{Document, Object};

use super::pages::*;
use super::tools::{folder, judge};
use super::{assert_boxes, options, text_of, written};

fn press() -> PdfOptions {
    PdfOptions { intent: Intent::Cmyk, ..options() }
}

/// Cyan, magenta, yellow and black as ghostscript separates the file, at 72 ppi; 255 is
/// all of an ink.
fn plates(path: &Path) -> Option<[GrayImage; 4]> {
    let stem = path.with_extension("plates.tif");
    judge(
        "gs",
        &[
            "-q",
            "-dBATCH",
            "-dNOPAUSE",
            "-dSAFER",
            "-sDEVICE=tiffsep",
            "-r72",
            "-o",
            text_of(&stem),
        ]
        .into_iter()
        .chain([text_of(path)])
        .collect::<Vec<_>>(),
    )?;
    Some(["Cyan", "Magenta", "Yellow", "Black"].map(|name| {
        let file = format!("{}({name}).tif", stem.display());
        let file = if Path::new(&file).exists() {
            file
        } else {
            format!("{}({name}).tif", stem.with_extension("").display())
        };
        let mut plate = image::open(&file).unwrap_or_else(|e| panic!("{file}: {e}")).into_luma8();
        plate.iter_mut().for_each(|v| *v = 255 - *v);
        plate
    }))
}

fn darkest(plate: &GrayImage) -> u8 {
    plate.iter().copied().max().unwrap_or_default()
}

fn black_text(size: f64) -> TextStyle {
    TextStyle { paint: Paint::Solid(Color::rgb(0x11, 0x11, 0x11)), ..style("gothic-bold", size) }
}

fn field(x: f64, y: f64, width: f64, height: f64, color: Color) -> (Point, Item) {
    let shape = Shape::rect(rect(0.0, 0.0, width, height), Pt::ZERO, Paint::Solid(color));
    (mm(x, y), Item::Path(shape))
}

fn everything() -> [(&'static str, Page); 4] {
    [
        ("certificate", certificate()),
        ("names", hard_names()),
        ("artwork", artwork()),
        ("drawing", drawing()),
    ]
}

#[test]
fn a_file_for_a_press_says_what_pdf_x_4_asks_for() {
    let (path, bytes) = written("press-facts.pdf", &certificate(), &press());
    judge("qpdf", &["--check", text_of(&path)]);
    assert!(bytes.starts_with(b"%PDF-1.6"));
    let document = Document::load(&path).unwrap();
    let intents = document.catalog().unwrap().get(b"OutputIntents").unwrap().as_array().unwrap();
    let [intent] = &intents[..] else { panic!("{} output intents", intents.len()) };
    let intent = document.get_dictionary(intent.as_reference().unwrap()).unwrap();
    assert_eq!(intent.get(b"S").unwrap().as_name().unwrap(), b"GTS_PDFX");
    assert_eq!(intent.get(b"OutputConditionIdentifier").unwrap().as_str().unwrap(), b"FOGRA39");
    let profile = intent.get(b"DestOutputProfile").unwrap().as_reference().unwrap();
    let profile = document.get_object(profile).unwrap().as_stream().unwrap();
    assert_eq!(profile.dict.get(b"N").unwrap().as_i64().unwrap(), 4);
    let profile = profile.decompressed_content().unwrap();
    assert!(profile == FOGRA39 && &profile[12..20] == b"prtrCMYK");
    let info = document.trailer.get(b"Info").unwrap().as_reference().unwrap();
    let info = document.get_dictionary(info).unwrap();
    assert_eq!(info.get(b"Trapped").unwrap().as_name().unwrap(), b"False");
    assert!(!document.is_encrypted() && document.trailer.has(b"ID"));
    let said = judge("pdfinfo", &["-meta", text_of(&path)]).unwrap_or_default();
    for fact in ["<pdfxid:GTS_PDFXVersion>PDF/X-4<", "<xmpMM:DocumentID>uuid:", "RenditionClass"] {
        assert!(said.contains(fact), "{fact} is missing: {said}");
    }
    assert!(!said.contains("pdfaid:part>"), "it is no PDF/A as well");
    let (bleed, width, height) = (8.503_937, 841.889_764, 595.275_591);
    assert_boxes(
        &path,
        &[
            ("TrimBox", [bleed, bleed, bleed + width, bleed + height]),
            ("BleedBox", [0.0, 0.0, width + 2.0 * bleed, height + 2.0 * bleed]),
        ],
    );
}

#[test]
fn nothing_is_left_in_rgb() {
    for (name, page) in everything() {
        let marked = PdfOptions { crop_marks: true, ..press() };
        for (copy, options) in [("plain", press()), ("marked", marked)] {
            let (path, _) = written(&format!("press-{copy}-{name}.pdf"), &page, &options);
            judge("qpdf", &["--check", text_of(&path)]);
            let document = Document::load(&path).unwrap();
            for object in document.objects.values() {
                assert_no_rgb(name, object);
            }
            let said = judge("pdfimages", &["-list", text_of(&path)]).unwrap_or_default();
            assert!(!said.contains(" rgb "), "{name}: {said}");
        }
    }
}

/// No colour space of light in the object, and no operator that sets one.
fn assert_no_rgb(name: &str, object: &Object) {
    let dict = match object {
        Object::Dictionary(dict) => dict,
        Object::Stream(stream) => {
            let is = |key: &[u8], value: &[u8]| {
                stream.dict.get(key).and_then(Object::as_name).is_ok_and(|found| found == value)
            };
            let draws = is(b"Subtype", b"Form") || !stream.dict.has(b"Subtype");
            let content = draws.then(|| stream.get_plain_content().ok()).flatten();
            for operation in
                content.and_then(|c| Content::decode(&c).ok()).iter().flat_map(|c| &c.operations)
            {
                let operator = operation.operator.as_str();
                assert!(
                    !["rg", "RG", "cs", "CS", "sc", "scn"].contains(&operator),
                    "{name}: {operator}"
                );
            }
            &stream.dict
        }
        _ => return,
    };
    let text = format!("{dict:?}");
    for space in ["DeviceRGB", "CalRGB", "/RGB", "Lab"] {
        assert!(!text.contains(space), "{name}: {text}");
    }
}

#[test]
fn no_place_takes_more_than_three_hundred_percent_of_ink() {
    let dark: Vec<u8> = (0..600 * 400u32)
        .flat_map(|i| [(i % 40) as u8, (i / 600 % 30) as u8, (i % 7 * 9) as u8])
        .collect();
    let dark = encoded(&dark, 600, 400, turbojpeg::PixelFormat::RGB);
    let mut page = certificate();
    page.items
        .push((mm(20.0, 20.0), image(jpeg(dark, 600, 400, Channels::Rgb), 120.0, 80.0, 0.0, "")));
    page.items.extend(text(mm(25.0, 40.0), "北浜 走太 様", &black_text(14.0)));
    page.items.push(field(200.0, 20.0, 60.0, 60.0, Color::rgb(0x12, 0x47, 0x6b)));
    page.items.extend(text(mm(205.0, 40.0), "3:12:08", &black_text(14.0)));
    for (name, page) in everything().into_iter().chain([("dark", page)]) {
        let (path, _) = written(&format!("press-ink-{name}.pdf"), &page, &press());
        let Some(plates) = plates(&path) else { return };
        let most = (0..plates[0].len())
            .map(|at| plates.iter().map(|plate| u32::from(plate.as_raw()[at])).sum::<u32>())
            .max()
            .unwrap();
        let percent = f64::from(most) / 2.55;
        println!("{name}: {percent:.0} % of ink at most");
        assert!(percent <= 300.0, "{name}: {percent:.1} %");
        assert!(percent > 90.0, "{name}: nothing was printed");
    }
}

#[test]
fn black_type_is_on_the_black_plate_alone() {
    let (path, _) = written(
        "press-black.pdf",
        &a4_landscape(text(mm(20.0, 40.0), "北浜 走太", &black_text(40.0))),
        &press(),
    );
    let Some([cyan, magenta, yellow, black]) = plates(&path) else { return };
    assert_eq!([&cyan, &magenta, &yellow].map(darkest), [0, 0, 0]);
    assert_eq!(darkest(&black), 255);
}

#[test]
fn small_black_type_prints_over_a_tint_and_large_type_knocks_it_out() {
    let tint = Color::rgb(120, 190, 230);
    for (size, over) in [(23.0, true), (60.0, false)] {
        let mut items = vec![field(10.0, 10.0, 200.0, 60.0, tint)];
        items.extend(text(mm(20.0, 20.0), "北浜走太", &black_text(size)));
        let (path, _) = written(&format!("press-over-{size}.pdf"), &a4_landscape(items), &press());
        let Some([cyan, _, _, black]) = plates(&path) else { return };
        let paper = *cyan.get_pixel(60, 180);
        assert!(paper[0] > 60, "the tint has {paper:?} of cyan");
        let under: Vec<u8> = black
            .iter()
            .zip(cyan.iter())
            .filter(|(black, _)| **black == 255)
            .map(|(_, cyan)| *cyan)
            .collect();
        assert!(under.len() > 20, "{} pixels are black", under.len());
        let kept = under.iter().filter(|cyan| cyan.abs_diff(paper[0]) <= 2).count();
        assert_eq!(kept == under.len(), over, "{size} pt: {kept} of {}", under.len());
        assert!(over || kept == 0, "{size} pt: {kept} of {}", under.len());
    }
}

#[test]
fn black_type_on_a_photo_knocks_it_out() {
    let photo = image(jpeg(photo(600, 400), 600, 400, Channels::Rgb), 150.0, 100.0, 0.0, "");
    let mut items = vec![(mm(10.0, 10.0), photo)];
    items.extend(text(mm(40.0, 40.0), "北浜走太", &black_text(23.0)));
    let (path, _) = written("press-on-photo.pdf", &a4_landscape(items), &press());
    let Some([cyan, magenta, yellow, black]) = plates(&path) else { return };
    let place = black.enumerate_pixels().find(|(_, _, ink)| ink[0] == 255).unwrap();
    let below = [&cyan, &magenta, &yellow].map(|plate| plate.get_pixel(place.0, place.1)[0]);
    assert_eq!(below, [0, 0, 0]);
}

#[test]
fn white_type_is_cut_out_of_every_plate() {
    let mut items = vec![field(10.0, 10.0, 200.0, 100.0, Color::rgb(0x12, 0x47, 0x6b))];
    let white = TextStyle { paint: Paint::Solid(Color::rgb(255, 255, 255)), ..black_text(12.0) };
    items.extend(text(mm(20.0, 20.0), "■■■■", &white));
    let (path, _) = written("press-white.pdf", &a4_landscape(items), &press());
    let Some(plates) = plates(&path) else { return };
    let white = (70..110u32)
        .any(|x| (60..100u32).any(|y| plates.iter().all(|plate| plate.get_pixel(x, y)[0] == 0)));
    assert!(white, "no pixel of the type is paper");
}

#[test]
fn the_colour_bar_is_of_solid_inks() {
    let marked = PdfOptions { crop_marks: true, ..press() };
    let (path, _) = written("press-bar.pdf", &a4_landscape(Vec::new()), &marked);
    let Some(plates) = plates(&path) else { return };
    let y = plates[0].height() - 13;
    let middle = f64::from(plates[0].width()) / 2.0;
    let side = 5.0 / 25.4 * 72.0;
    for (patch, inks) in
        [(0, [255, 0, 0, 0]), (1, [0, 255, 0, 0]), (3, [0, 0, 0, 255]), (4, [0, 255, 255, 0])]
    {
        let x = middle + (f64::from(patch) - 4.5) * side;
        let seen = plates.each_ref().map(|plate| plate.get_pixel(x as u32, y)[0]);
        assert_eq!(seen, inks, "patch {patch}");
    }
}

#[test]
fn colours_are_separated_as_littlecms_does() {
    let levels = [0u8, 40, 90, 140, 200, 255];
    let mut patches = Vec::new();
    for red in levels {
        for green in levels {
            patches.extend(levels.map(|blue| [red, green, blue]));
        }
    }
    let ours = Separation::fogra39().unwrap().pixels(patches.as_flattened()).unwrap();
    let profile = folder("print-ready").join("press.icc");
    std::fs::write(&profile, FOGRA39).unwrap();
    let theirs = transicc(&["-i*sRGB", &format!("-o{}", profile.display())], &patches);
    let (mut sum, mut worst) = (0.0, 0.0f64);
    for (ours, theirs) in ours.as_chunks::<4>().0.iter().zip(&theirs) {
        for (ours, theirs) in ours.iter().zip(theirs) {
            let difference = (f64::from(*ours) / 2.55 - theirs).abs();
            sum += difference;
            worst = worst.max(difference);
        }
    }
    let mean = sum / (patches.len() * 4) as f64;
    println!("percent of ink: mean {mean:.2}, worst {worst:.2}");
    assert_eq!(theirs.len(), patches.len());
    assert!(mean < 0.5 && worst < 4.0, "mean {mean:.2}, worst {worst:.2}");
}

/// Inks in percent as LittleCMS has them: relative colorimetric, black point compensation.
fn transicc(profiles: &[&str], patches: &[[u8; 3]]) -> Vec<[f64; 4]> {
    let mut child = Command::new("transicc")
        .args(["-n", "-t1", "-b"])
        .args(profiles)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("transicc of liblcms2-utils is installed");
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = patches.as_flattened().iter().map(|v| format!("{v}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    numbers.as_chunks::<4>().0.to_vec()
}
