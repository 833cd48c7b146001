//! What would print badly, found before race day.

use kanso_page::Language;
use kanso_page::geometry::{Mm, Pt, Rect, Size};

use super::branding::Branding;
use super::fields::{Extra, Fields};
use super::schema::PhotoFit;
use super::{Template, specimen};
use crate::layout::{Composition, Problem, ProblemKind, compose};

/// Pixels to the inch below which artwork looks soft in print.
const ARTWORK_PPI: f64 = 300.0;

/// Tries a template with the specimen race, in both languages, with and without photo.
///
/// The error is a text that cannot be set at all, or fonts that make no chain.
pub fn check(template: &Template) -> Result<Vec<Problem>, String> {
    let mut problems = artwork(template);
    problems.extend(photo_boxes(template));
    problems.extend(labels(template));
    let fonts = template.font_library().map_err(|e| e.to_string())?;
    for language in [Language::Ja, Language::En] {
        let race = specimen::race(language);
        for (name, photo) in specimen::NAMES.iter().flat_map(|name| [(name, true), (name, false)]) {
            let extra = Extra {
                photo_credit: Some("汐凪写真部".to_owned()),
                verification_url: Some("https://kanso.example/v/0123456789abcdef".to_owned()),
                issued_on: Some(race.date),
                photo,
            };
            let fields = Fields::new(&race, &specimen::finisher(name), &extra);
            let composition = compose(template, &fields, &Branding::default(), &[], &fonts)
                .map_err(|e| e.to_string())?;
            problems.extend(safe_area(template, &composition));
            problems.extend(overlaps(&composition));
        }
    }
    let mut seen: Vec<Problem> = Vec::new();
    for problem in problems {
        if !seen.contains(&problem) {
            seen.push(problem);
        }
    }
    Ok(seen)
}

fn artwork(template: &Template) -> Vec<Problem> {
    let bleed = Pt::from(template.file.page.bleed) * 2.0;
    let page = Size::new(template.trim.width + bleed, template.trim.height + bleed);
    let mut problems = Vec::new();
    for artwork in &template.file.artwork {
        let Some(graphic) = template.artwork_file(&artwork.file) else { continue };
        let aspects = (graphic.size.width / graphic.size.height) / (page.width / page.height);
        if (aspects - 1.0).abs() > 0.01 {
            problems.push(Problem {
                kind: ProblemKind::Shape,
                message: format!(
                    "artwork {} is not of the page's shape; export it at {:.1} x {:.1} mm, bleed included",
                    artwork.file,
                    Mm::from(page.width).0,
                    Mm::from(page.height).0
                ),
            });
        }
        let Some((width, height)) = graphic.pixels else { continue };
        let ppi = (f64::from(width) / page.width.0).min(f64::from(height) / page.height.0) * 72.0;
        let wanted = template.screen_ppi().unwrap_or(ARTWORK_PPI);
        if ppi < wanted - 0.5 {
            problems.push(Problem {
                kind: ProblemKind::Resolution,
                message: format!(
                    "artwork {} has {ppi:.0} ppi, and should have {wanted:.0}",
                    artwork.file
                ),
            });
        }
    }
    problems
}

/// A photo that ends between trim and bleed shows a white edge after the knife.
fn photo_boxes(template: &Template) -> Vec<Problem> {
    let trim = template.trim;
    let bleed = Pt::from(template.file.page.bleed);
    let near = |edge: Pt, trim: Pt| (edge - trim).0.abs() < bleed.0 - 0.01;
    let mut problems = Vec::new();
    for photo in template.file.photo.iter().filter(|photo| photo.fit == PhotoFit::Cover) {
        let frame = super::schema::Placement::place(photo).rect();
        let short = bleed > Pt::ZERO
            && (near(frame.origin.x, Pt::ZERO)
                || near(frame.origin.y, Pt::ZERO)
                || near(frame.right(), trim.width)
                || near(frame.bottom(), trim.height));
        if short {
            problems.push(Problem {
                kind: ProblemKind::SafeArea,
                message: format!(
                    "photo {:?} ends at the trim; let it run {:.0} mm beyond, or keep away from it",
                    photo.id, template.file.page.bleed.0
                ),
            });
        }
    }
    problems
}

/// Whether each time that is printed says that it is gross or net.
fn labels(template: &Template) -> Vec<Problem> {
    let mut problems = Vec::new();
    for language in [Language::Ja, Language::En] {
        let texts = template.file.text.iter().map(|text| &text.value);
        let rows = template.file.facts.iter().flat_map(|facts| &facts.rows);
        let all: Vec<_> = texts
            .chain(rows.flat_map(|row| [&row.label, &row.value]))
            .filter_map(|words| words.in_language(language))
            .collect();
        for field in ["time", "other_time", "gun_time", "net_time"] {
            let formats: Vec<Option<&str>> = all
                .iter()
                .flat_map(|pattern| pattern.fields())
                .filter(|(name, _)| *name == field)
                .map(|(_, format)| format)
                .collect();
            let told = |format: &Option<&str>| matches!(format, Some("label" | "labelled"));
            let words = match field {
                "gun_time" => ["グロス", "Gross", "gross"].as_slice(),
                "net_time" => ["ネット", "Net", "net"].as_slice(),
                _ => [].as_slice(),
            };
            let in_words = all
                .iter()
                .flat_map(|pattern| pattern.literals())
                .any(|text| words.iter().any(|word| text.contains(word)));
            if !formats.is_empty() && !formats.iter().any(told) && !in_words {
                problems.push(Problem {
                    kind: ProblemKind::Label,
                    message: format!(
                        "{{{field}}} does not say whether it is gross or net; add {{{field}:label}}"
                    ),
                });
            }
        }
    }
    problems
}

fn safe_area(template: &Template, composition: &Composition) -> Vec<Problem> {
    let trim = template.trim;
    let safe = Pt::from(template.file.page.safe);
    let inner = Rect::new(Pt::ZERO, Pt::ZERO, trim.width, trim.height).outset(-safe);
    let slack = Pt(0.01);
    composition
        .set
        .iter()
        .filter(|set| {
            set.bounds.origin.x < inner.origin.x - slack
                || set.bounds.origin.y < inner.origin.y - slack
                || set.bounds.right() > inner.right() + slack
                || set.bounds.bottom() > inner.bottom() + slack
        })
        .map(|set| Problem {
            kind: ProblemKind::SafeArea,
            message: format!(
                "{} stands within {:.0} mm of the trim, where the knife may take it",
                set.field, template.file.page.safe.0
            ),
        })
        .collect()
}

/// Texts that stand over each other. Line boxes may touch: a fifth of the smaller one's
/// height is leading.
fn overlaps(composition: &Composition) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, a) in composition.set.iter().enumerate() {
        for b in composition.set.iter().skip(at + 1) {
            let across =
                a.bounds.right().min(b.bounds.right()) - a.bounds.origin.x.max(b.bounds.origin.x);
            let down =
                a.bounds.bottom().min(b.bounds.bottom()) - a.bounds.origin.y.max(b.bounds.origin.y);
            let lower = a.size.min(b.size);
            // A seal is meant to stand over the organiser's name.
            let meant = a.field == "seal" || b.field == "seal";
            if !meant && across > lower * 0.3 && down > lower * 0.6 {
                problems.push(Problem {
                    kind: ProblemKind::Overlap,
                    message: format!("{} and {} stand over each other", a.field, b.field),
                });
            }
        }
    }
    problems
}
