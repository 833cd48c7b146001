//! The preview shows what is printed: our raster against poppler's of our PDF.

mod pages;
mod tools;

use image::RgbImage;
use kanso_page::Language;
use kanso_page::{Channels, Page};
use kanso_render::{PageBox, PdfOptions, pdf, raster};
use kanso_template::layout::compose;
use kanso_template::{Branding, Extra, Fields, Template, bundled, specimen};
use tools::{folder, judge};

/// Fine enough for a hairline of 0.35 pt to be a pixel wide: poppler draws none thinner.
const PPI: f64 = 216.0;
/// Mean difference of a channel, of 255: what two good rasterisers leave at edges.
const MEAN: f64 = 2.0;
/// Share of pixels that may differ by more than a quarter of the range: the rims of
/// glyphs and lines.
const RIM: f64 = 0.01;

fn assert_same(name: &str, page: &Page) {
    let options = PdfOptions {
        page_box: PageBox::Trim,
        ..PdfOptions::new("2026-11-23T03:00:00Z".parse().unwrap())
    };
    let folder = folder("preview-equals-print");
    let file = |kind: &str| folder.join(format!("{name}-{kind}"));
    std::fs::write(file("print.pdf"), pdf(page, &options).unwrap().bytes).unwrap();
    let ours = raster(page, PPI).unwrap();
    let scale = |axis: &str, pixels: u32| [axis.to_owned(), pixels.to_string()];
    let size = [scale("-scale-to-x", ours.width()), scale("-scale-to-y", ours.height())].concat();
    let (source, target) = (file("print.pdf"), file("expected"));
    let mut arguments = vec!["-png", "-singlefile"];
    arguments.extend(size.iter().map(String::as_str));
    arguments.extend([source.to_str().unwrap(), target.to_str().unwrap()]);
    if judge("pdftoppm", &arguments).is_none() {
        return;
    }
    let print = image::open(file("expected.png")).unwrap().into_rgb8();
    let (mean, rim, difference) = compare(&print, &ours);
    println!("{name}: mean {mean:.3}, rim {rim:.5}");
    ours.save(file("actual.png")).unwrap();
    if mean > MEAN || rim > RIM {
        difference.save(file("difference.png")).unwrap();
        panic!(
            "{name}: mean {mean:.3} (at most {MEAN}), rim {rim:.5} (at most {RIM}); see {}",
            folder.display()
        );
    }
}

fn compare(print: &RgbImage, ours: &RgbImage) -> (f64, f64, RgbImage) {
    assert_eq!(print.dimensions(), ours.dimensions());
    let difference = RgbImage::from_fn(print.width(), print.height(), |x, y| {
        let (a, b) = (print.get_pixel(x, y), ours.get_pixel(x, y));
        image::Rgb([0, 1, 2].map(|channel| a[channel].abs_diff(b[channel])))
    });
    let total: f64 = difference.as_raw().iter().map(|&step| f64::from(step)).sum();
    let rim = difference.pixels().filter(|pixel| pixel.0.iter().any(|&step| step > 64)).count();
    let pixels = f64::from(print.width() * print.height());
    (total / pixels / 3.0, rim as f64 / pixels, difference)
}

#[test]
fn a_certificate_looks_the_same() {
    assert_same("certificate", &pages::certificate());
}

#[test]
fn hard_names_look_the_same() {
    assert_same("names", &pages::hard_names());
}

#[test]
fn artwork_looks_the_same() {
    assert_same("artwork", &pages::artwork());
}

#[test]
fn an_svg_drawing_looks_the_same() {
    assert_same("drawing", &pages::drawing());
}

#[test]
fn every_template_looks_the_same_in_both_languages_with_photo_and_without() {
    for name in bundled::names() {
        let template = Template::bundled(name).unwrap();
        let fonts = template.font_library().unwrap();
        let slots = template.photo_slots();
        let photos: Vec<_> = slots
            .iter()
            .map(|slot| {
                let (width, height) = slot.pixels(PPI);
                let bytes = pages::photo(width, height);
                (slot.id.clone(), pages::jpeg(bytes, width, height, Channels::Rgb))
            })
            .collect();
        for (language, runner) in [(Language::Ja, "𠮷田 髙橋"), (Language::En, "Nguyễn Thị Ánh")]
        {
            for photos in [&photos[..], &[]] {
                let race = specimen::race(language);
                let runner = specimen::finisher(runner);
                let extra = Extra {
                    photo_credit: Some("汐凪写真部".into()),
                    verification_url: Some("https://kanso.example/v/abc".into()),
                    issued_on: None,
                    photo: !photos.is_empty(),
                };
                let fields = Fields::new(&race, &runner, &extra);
                let page =
                    compose(&template, &fields, &Branding::default(), photos, &fonts).unwrap().page;
                let kind = if photos.is_empty() { "plain" } else { "photo" };
                assert_same(&format!("{name}-{language:?}-{kind}"), &page);
                if slots.is_empty() {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_difference_is_found() {
    let ours = raster(&pages::hard_names(), PPI).unwrap();
    let (mean, rim, _) =
        compare(&RgbImage::from_pixel(ours.width(), ours.height(), image::Rgb([255; 3])), &ours);
    assert!(mean > MEAN && rim > RIM, "a page without its text passes: {mean} {rim}");
}
