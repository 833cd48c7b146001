//! Pages built by hand, with everything that a display list can hold.
#![allow(dead_code)]

use std::sync::Arc;

use kanso_page::Language;
use kanso_page::font::Font;
use kanso_page::geometry::{Mm, Point, Pt, Rect, Size, Transform};
use kanso_page::*;
use kanso_text::library::FontLibrary;
use kanso_text::set::set;
use kanso_text::style::*;

pub const INK: Color = Color::rgb(28, 28, 30);

/// The names that break software, as conventions of the field list them.
pub const NAMES: &[&str] = &[
    "髙橋",
    "𠮷田",
    "渡邉",
    "德川",
    "𣘺本",
    "葛\u{E0100}城",
    "辻\u{E0100}",
    "María José Núñez-O’Connor",
    "Łukasz Żółć",
    "Nguyễn Thị Ánh",
    "Βασίλης",
    "Владимир",
    "김민준",
    "สมชาย",
    "محمد",
];

pub fn mm(x: f64, y: f64) -> Point {
    Point::new(Mm(x).into(), Mm(y).into())
}

pub fn area(width: f64, height: f64) -> Size {
    Size::new(Mm(width).into(), Mm(height).into())
}

pub fn rect(x: f64, y: f64, width: f64, height: f64) -> Rect {
    Rect { origin: mm(x, y), size: area(width, height) }
}

pub fn a4_landscape(items: Vec<(Point, Item)>) -> Page {
    Page {
        trim: area(297.0, 210.0),
        bleed: Mm(3.0).into(),
        title: "完走証 Finisher Certificate".into(),
        language: Language::Ja,
        items,
    }
}

pub fn style(chain: &str, size: f64) -> TextStyle {
    TextStyle {
        chain: chain.into(),
        size: Pt(size),
        min_size: Pt(size),
        tracking: 0.0,
        leading: 1.4,
        direction: Direction::Horizontal,
        align: Align::Start,
        block_align: BlockAlign::Start,
        language: Language::Ja,
        overflow: Overflow { shrink: false, condense_to: 1.0, wrap: false },
        max_lines: 1,
        figures: Figures::Proportional,
        upright_digits: 2,
        paint: Paint::Solid(INK),
        overprint: true,
    }
}

/// A line of text as the layout would set it.
pub fn text(at: Point, text: &str, style: &TextStyle) -> Vec<(Point, Item)> {
    let frame = area(260.0, 190.0);
    let block = set(FontLibrary::bundled(), text, style, frame)
        .unwrap_or_else(|error| panic!("a test's text cannot be set: {error}"));
    let runs = block.runs.into_iter();
    runs.map(|(p, run)| (Point::new(at.x + p.x, at.y + p.y), Item::Glyphs(run))).collect()
}

/// A run of a font's own glyphs, one for each character, without shaping.
pub fn plain_run(font: &Arc<Font>, text: &str, size: f64) -> GlyphRun {
    use ab_glyph::Font as _;
    let em = f64::from(font.outlines().units_per_em().unwrap());
    let mut x = Pt::ZERO;
    let glyphs = text.char_indices().map(|(cluster, character)| {
        let id = font.glyph(character).unwrap();
        let glyph = Glyph { id, x, y: Pt::ZERO, cluster: cluster as u32 };
        let advance = f64::from(font.outlines().h_advance_unscaled(ab_glyph::GlyphId(id)));
        x += Pt(advance / em * size);
        glyph
    });
    GlyphRun {
        font: Arc::clone(font),
        size: Pt(size),
        horizontal_scale: 1.0,
        turn: Transform::IDENTITY,
        glyphs: glyphs.collect(),
        text: text.to_owned(),
        paint: Paint::Solid(INK),
        overprint: false,
    }
}

/// A photograph: soft colours, a horizon, a runner-like shape, some grain.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let runner = ((u - 0.5) / 0.12).powi(2) + ((v - 0.55) / 0.35).powi(2) < 1.0;
        let grain = f64::from((x * 7919 + y * 104_729) % 4);
        let base = if runner {
            [210.0, 70.0, 50.0]
        } else if v < 0.5 {
            [120.0 + 80.0 * u, 170.0, 230.0 - 40.0 * v]
        } else {
            [70.0, 110.0 + 60.0 * u, 70.0]
        };
        image::Rgb(base.map(|channel| (channel + grain) as u8))
    });
    encoded(pixels.as_raw(), width, height, turbojpeg::PixelFormat::RGB)
}

/// `pixels` as a JPEG of the format's channels.
pub fn encoded(pixels: &[u8], width: u32, height: u32, format: turbojpeg::PixelFormat) -> Vec<u8> {
    let image = turbojpeg::Image {
        pixels,
        width: width as usize,
        pitch: width as usize * format.size(),
        height: height as usize,
        format,
    };
    let samples = if format == turbojpeg::PixelFormat::GRAY {
        turbojpeg::Subsamp::Gray
    } else {
        turbojpeg::Subsamp::None
    };
    turbojpeg::compress(image, 92, samples).unwrap().to_vec()
}

pub fn jpeg(bytes: Vec<u8>, width: u32, height: u32, channels: Channels) -> Arc<Picture> {
    Arc::new(Picture::Jpeg { bytes, width, height, channels })
}

pub fn image(picture: Arc<Picture>, width: f64, height: f64, radius: f64, alt: &str) -> Item {
    Item::Image(Image {
        picture,
        size: area(width, height),
        corner_radius: Mm(radius).into(),
        alt: alt.into(),
    })
}

/// A disc that fades out towards its edge.
pub fn rgba_disc(side: u32) -> Arc<Picture> {
    let pixels = (0..side * side).flat_map(|index| {
        let at = |v: u32| (f64::from(v) + 0.5) / f64::from(side) * 2.0 - 1.0;
        let distance = at(index % side).hypot(at(index / side));
        [200, 40, 60, ((1.0 - distance).clamp(0.0, 1.0) * 255.0) as u8]
    });
    Arc::new(Picture::Rgba { pixels: pixels.collect(), width: side, height: side })
}

pub fn linear(from: Point, to: Point, stops: &[(f64, Color)]) -> Paint {
    let stops = stops.iter().map(|&(offset, color)| Stop { offset, color }).collect();
    Paint::Linear(LinearGradient { from, to, stops })
}

pub fn see_through(color: Color, alpha: f64) -> Color {
    Color { alpha, ..color }
}

pub fn stroke(color: Color, width: f64) -> Stroke {
    Stroke {
        paint: Paint::Solid(color),
        width: Pt(width),
        cap: LineCap::Round,
        join: LineJoin::Round,
        miter_limit: 4.0,
        dash: Vec::new(),
        dash_phase: Pt::ZERO,
    }
}

/// Photo, scrim, names, time: close to what a certificate is.
pub fn certificate() -> Page {
    let picture = jpeg(photo(1800, 1272), 1800, 1272, Channels::Rgb);
    let black = Color::rgb(0, 0, 0);
    let scrim = linear(
        mm(0.0, 120.0),
        mm(0.0, 213.0),
        &[(0.0, see_through(black, 0.0)), (1.0, see_through(black, 0.75))],
    );
    let mut items = vec![
        (mm(-3.0, -3.0), image(picture, 303.0, 216.0, 0.0, "ゴールするランナー")),
        (Point::default(), Item::Path(Path::rect(rect(-3.0, 120.0, 303.0, 93.0), Pt::ZERO, scrim))),
    ];
    let white = |chain: &str, size: f64| TextStyle {
        paint: Paint::Solid(Color::rgb(255, 255, 255)),
        ..style(chain, size)
    };
    items.extend(text(mm(12.0, 140.0), "渡邉 髙橋 様", &white("mincho", 24.0)));
    items.extend(text(mm(12.0, 158.0), "3:12:08", &white("display", 48.0)));
    items.extend(text(
        mm(12.0, 186.0),
        "グロス  第12回 北浜シティマラソン",
        &white("gothic", 12.5),
    ));
    a4_landscape(items)
}

/// Every name that breaks software, each on a line of its own.
pub fn hard_names() -> Page {
    let items = NAMES.iter().enumerate().flat_map(|(row, name)| {
        let (column, row) = (row / 8, row % 8);
        let at = mm(15.0 + 140.0 * column as f64, 15.0 + 23.0 * row as f64);
        text(at, name, &style(if column == 0 { "mincho" } else { "gothic" }, 28.0))
    });
    a4_landscape(items.collect())
}

/// Paths, gradients, clips, groups, pictures with transparency, turned and condensed text.
pub fn artwork() -> Page {
    let (red, blue, gold) =
        (Color::rgb(200, 30, 50), Color::rgb(30, 70, 160), Color::rgb(190, 150, 60));
    let mut items = vec![
        (
            Point::default(),
            Item::Path(Path::rect(
                rect(-3.0, -3.0, 303.0, 216.0),
                Pt::ZERO,
                Paint::Solid(Color::rgb(250, 248, 244)),
            )),
        ),
        (
            mm(15.0, 15.0),
            Item::Path(Path::rect(
                rect(0.0, 0.0, 60.0, 40.0),
                Mm(5.0).into(),
                linear(mm(0.0, 0.0), mm(60.0, 40.0), &[(0.0, red), (0.4, gold), (1.0, blue)]),
            )),
        ),
        (
            mm(85.0, 15.0),
            Item::Path(Path::rect(
                rect(0.0, 0.0, 60.0, 40.0),
                Pt::ZERO,
                Paint::Radial(RadialGradient {
                    center: mm(30.0, 20.0),
                    radius: Mm(25.0).into(),
                    stops: vec![
                        Stop { offset: 0.0, color: see_through(blue, 1.0) },
                        Stop { offset: 0.5, color: see_through(red, 0.5) },
                        Stop { offset: 1.0, color: see_through(gold, 0.0) },
                    ],
                }),
            )),
        ),
    ];
    let wave = |amplitude: f64| {
        let mut segments = vec![Segment::MoveTo(mm(0.0, 0.0))];
        segments.extend((0..5).map(|i| {
            let x = f64::from(i) * 12.0;
            Segment::CubicTo(mm(x + 4.0, -amplitude), mm(x + 8.0, amplitude), mm(x + 12.0, 0.0))
        }));
        segments
    };
    let line = |stroke: Stroke| {
        Item::Path(Path { segments: wave(14.0), fill: None, stroke: Some(stroke) })
    };
    items.push((mm(155.0, 25.0), line(stroke(red, 2.0))));
    items.push((
        mm(155.0, 40.0),
        line(Stroke { dash: vec![Pt(6.0), Pt(4.0)], cap: LineCap::Butt, ..stroke(blue, 1.5) }),
    ));
    items.push((
        mm(155.0, 55.0),
        line(Stroke {
            paint: linear(mm(0.0, 0.0), mm(60.0, 0.0), &[(0.0, red), (1.0, blue)]),
            ..stroke(red, 6.0)
        }),
    ));
    items.push((mm(225.0, 15.0), image(rgba_disc(300), 40.0, 40.0, 0.0, "")));
    items.push((
        mm(225.0, 60.0),
        image(jpeg(photo(600, 400), 600, 400, Channels::Rgb), 60.0, 40.0, 4.0, "roundel"),
    ));
    items.push((mm(15.0, 70.0), faded_star(red, blue)));
    items.push((mm(100.0, 70.0), clipped_stripes(gold, blue)));
    items.extend(
        text(mm(15.0, 130.0), "Condensed 圧縮した文字", &style("gothic", 24.0))
            .into_iter()
            .map(|(at, item)| (at, condensed(item))),
    );
    items.extend(text(
        mm(15.0, 150.0),
        "グラデーション",
        &TextStyle {
            paint: linear(mm(15.0, 0.0), mm(100.0, 0.0), &[(0.0, red), (1.0, blue)]),
            ..style("gothic-bold", 36.0)
        },
    ));
    items.extend(text(
        mm(15.0, 175.0),
        "透ける文字",
        &TextStyle { paint: Paint::Solid(see_through(red, 0.4)), ..style("mincho", 36.0) },
    ));
    items.extend(text(
        mm(-20.0, 80.0),
        "令和八年 Marathon 42km",
        &TextStyle { direction: Direction::Vertical, ..style("mincho", 20.0) },
    ));
    a4_landscape(items)
}

fn condensed(item: Item) -> Item {
    let Item::Glyphs(mut run) = item else { return item };
    run.horizontal_scale *= 0.85;
    run.glyphs.iter_mut().for_each(|glyph| glyph.x = glyph.x * 0.85);
    Item::Glyphs(run)
}

/// Two overlapping shapes that fade as one, turned a little.
fn faded_star(red: Color, blue: Color) -> Item {
    let square = |x: f64, color: Color| {
        (
            mm(x, 0.0),
            Item::Path(Path::rect(rect(0.0, 0.0, 30.0, 30.0), Pt::ZERO, Paint::Solid(color))),
        )
    };
    let (sin, cos) = 12_f64.to_radians().sin_cos();
    Item::Group(Group {
        items: vec![square(5.0, red), square(20.0, blue)],
        transform: Transform { a: cos, b: sin, c: -sin, d: cos, e: 20.0, f: 0.0 },
        clip: None,
        opacity: 0.5,
    })
}

fn clipped_stripes(gold: Color, blue: Color) -> Item {
    let stripes = (0..12).map(|i| {
        let paint = Paint::Solid(if i % 2 == 0 { gold } else { blue });
        (
            mm(f64::from(i) * 5.0, 0.0),
            Item::Path(Path::rect(rect(0.0, 0.0, 5.0, 40.0), Pt::ZERO, paint)),
        )
    });
    // A ring: the even-odd rule leaves its middle out.
    let segments = [
        rounded_rect(rect(0.0, 0.0, 50.0, 40.0), Mm(20.0).into()),
        rounded_rect(rect(12.0, 10.0, 26.0, 20.0), Mm(10.0).into()),
    ];
    Item::Group(Group {
        items: stripes.collect(),
        transform: Transform::IDENTITY,
        clip: Some(Clip { segments: segments.concat(), rule: FillRule::EvenOdd }),
        opacity: 1.0,
    })
}

/// A drawing as Inkscape and Illustrator export them.
pub const DRAWING: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="303mm" height="216mm" viewBox="0 0 303 216">
<defs>
 <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#dce9f5"/><stop offset="1" stop-color="#ffffff" stop-opacity="0.2"/></linearGradient>
 <linearGradient id="skewed" gradientUnits="userSpaceOnUse" x1="20" y1="0" x2="60" y2="0" gradientTransform="rotate(30) skewX(20)"><stop offset="0.1" stop-color="#c8102e"/><stop offset="0.6" stop-color="#ffd166"/><stop offset="1" stop-color="#118ab2"/></linearGradient>
 <radialGradient id="sun" cx="0.5" cy="0.5" r="0.5"><stop offset="0" stop-color="#ffb000"/><stop offset="0.7" stop-color="#ff7b00" stop-opacity="0.8"/><stop offset="1" stop-color="#ff7b00" stop-opacity="0"/></radialGradient>
 <clipPath id="window" transform="translate(4 0)"><path d="M180 30h60v40h-60z M190 40v20h40v-20z" clip-rule="evenodd"/></clipPath>
 <clipPath id="round"><circle cx="150" cy="150" r="30"/></clipPath>
</defs>
<rect width="303" height="216" fill="url(#sky)"/>
<ellipse cx="60" cy="60" rx="50" ry="25" fill="url(#sun)"/>
<rect x="20" y="100" width="70" height="40" rx="6" fill="url(#skewed)" stroke="#333" stroke-width="0.8"/>
<g clip-path="url(#window)"><path d="M170 20h90v70h-90z" fill="#2a9d8f"/><circle cx="215" cy="50" r="28" fill="#e76f51"/></g>
<g opacity="0.5" transform="rotate(-8 150 150)"><g clip-path="url(#round)"><rect x="110" y="110" width="50" height="80" fill="#264653"/><rect x="140" y="110" width="50" height="80" fill="#e9c46a"/></g></g>
<path d="M20 180 C60 150 100 210 140 180 S220 150 280 185" fill="none" stroke="url(#skewed)" stroke-width="3" stroke-linecap="round" stroke-dasharray="9 5"/>
<path d="M230 120 l10 30 -26 -18 h32 l-26 18 z" fill="#222" fill-rule="evenodd"/>
<ellipse cx="260" cy="120" rx="24" ry="12" fill="none" stroke="url(#sun)" stroke-width="6"/>
<image x="200" y="160" width="20" height="20" xlink:href="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAa0lEQVR4nA3JQQEAMAgDMcQgps8zghjMVAxmuuWbKqopUUMtZeqoUFV006KHXtr00aF/qJHQoEVGh4J+TDNihlnGzDFhfmyzYodd1uyxYX+4sfDgxcaHg39cc+KGW87cceF+pInIkCUmR0Iea21TkVSaA4EAAAAASUVORK5CYII="/>
<svg x="240" y="150" width="40" height="40" viewBox="0 0 10 10"><rect width="10" height="10" fill="#457b9d"/><circle cx="5" cy="5" r="4" fill="#f1faee"/></svg>
</svg>"##;

pub fn drawing() -> Page {
    let graphic = kanso_template::graphic::Graphic::read("drawing.svg", DRAWING.into()).unwrap();
    a4_landscape(vec![(mm(-3.0, -3.0), Item::Group(graphic.scaled(1.0, 1.0)))])
}
