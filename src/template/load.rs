//! Reads a template and makes sure that it agrees with itself.

use std::collections::BTreeMap;
use std::path::Path;

use kanso_page::Color;
use kanso_page::Language;
use kanso_page::geometry::{Pt, Size};
use kanso_text::library::FontLibrary;
use kanso_text::style::TextStyle;

use super::bundled;
use super::graphic::{Graphic, GraphicError};
use super::palette::{Palette, UnknownColor};
use super::schema::{self, ColorRef, PaintRef, StyleRef};
use super::style::{self, StyleError};

/// A template: its file, its artwork and its fonts, read and agreeing with each other.
#[derive(Debug, Clone)]
pub struct Template {
    pub(crate) file: schema::Template,
    pub(crate) trim: Size,
    artwork: BTreeMap<String, Graphic>,
    fonts: BTreeMap<String, Vec<u8>>,
}

/// A place for a photo, as the photo room needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    pub id: String,
    pub size: Size,
    /// Width over height.
    pub aspect: f64,
    /// Fewest pixels to the inch without a warning.
    pub min_ppi: f64,
    /// Where in the slot the eyes should stand: fractions of its width and height.
    pub focus: (f64, f64),
    /// Whether the slot must be covered, or the photo may keep its own shape.
    pub cover: bool,
}

impl Slot {
    /// Pixels that fill the slot at a resolution, rounded up.
    pub fn pixels(&self, ppi: f64) -> (u32, u32) {
        let side = |length: Pt| length.at_ppi(ppi).ceil().max(1.0) as u32;
        (side(self.size.width), side(self.size.height))
    }
}

/// Why a template cannot be used. All are for its author to mend.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TemplateError {
    #[error("no template is named {name:?}; the bundled ones are {known}, or give a folder")]
    Unknown { name: String, known: String },
    #[error("{path} cannot be read ({reason})")]
    Read { path: String, reason: String },
    /// From the parser: line, column and field are in the message.
    #[error("template.toml: {0}")]
    Syntax(String),
    #[error("template.toml has format = {found}; this kanso reads format = 1")]
    Format { found: u32 },
    #[error("template.toml: [page] has {0}")]
    Page(&'static str),
    #[error("template.toml{}: {source}", at_line(*.line))]
    Style { line: Option<usize>, source: StyleError },
    #[error("template.toml{}: {source}", at_line(*.line))]
    Color { line: Option<usize>, source: UnknownColor },
    #[error("template.toml{}: {message}", at_line(*.line))]
    Item { line: Option<usize>, message: String },
    #[error("the template's {0}")]
    Graphic(#[from] GraphicError),
    #[error("the template's font {file} is missing; put it into the template's folder")]
    Font { file: String },
}

fn at_line(line: Option<usize>) -> String {
    line.map(|line| format!(" line {line}")).unwrap_or_default()
}

impl Template {
    /// A folder where there is one of this path, else a bundled template of this name.
    pub fn load(name_or_dir: &str) -> Result<Self, TemplateError> {
        let path = Path::new(name_or_dir);
        if path.join("template.toml").is_file() {
            return Self::from_dir(path);
        }
        Self::bundled(name_or_dir)
    }

    /// A template that comes with kanso; their names are [`bundled::names`].
    pub fn bundled(name: &str) -> Result<Self, TemplateError> {
        let files = bundled::files(name).ok_or_else(|| TemplateError::Unknown {
            name: name.to_owned(),
            known: bundled::names().collect::<Vec<_>>().join(", "),
        })?;
        let find = |wanted: &str| {
            files.iter().find(|(file, _)| *file == wanted).map(|(_, bytes)| bytes.to_vec())
        };
        let source = find("template.toml").unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&source), find)
    }

    pub fn from_dir(dir: &Path) -> Result<Self, TemplateError> {
        let path = dir.join("template.toml");
        let source = std::fs::read_to_string(&path).map_err(|e| TemplateError::Read {
            path: path.display().to_string(),
            reason: e.to_string(),
        })?;
        Self::parse(&source, |file| {
            // Only files of the folder itself: a template cannot name what lies elsewhere.
            let inside = Path::new(file)
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_)));
            inside.then(|| std::fs::read(dir.join(file)).ok()).flatten()
        })
    }

    /// Reads a template from its text; `file` gives the bytes of the other files of its
    /// folder, wherever that is.
    pub fn parse(
        source: &str,
        mut file: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, TemplateError> {
        let parsed: schema::Template =
            toml::from_str(source).map_err(|e| TemplateError::Syntax(e.to_string()))?;
        if parsed.format != 1 {
            return Err(TemplateError::Format { found: parsed.format });
        }
        let trim = parsed.page.trim().map_err(TemplateError::Page)?;
        let mut template =
            Self { file: parsed, trim, artwork: BTreeMap::new(), fonts: BTreeMap::new() };
        template.check_colors(source)?;
        template.check_styles(source)?;
        template.check_items(source)?;
        for artwork in &template.file.artwork {
            let name = &artwork.file;
            let bytes = file(name).ok_or_else(|| GraphicError::Missing { file: name.clone() })?;
            template.artwork.insert(name.clone(), Graphic::read(name, bytes)?);
        }
        for name in template.file.fonts.values().flatten().filter(|name| is_font_file(name)) {
            let bytes = file(name).ok_or_else(|| TemplateError::Font { file: name.clone() })?;
            template.fonts.insert(name.clone(), bytes);
        }
        Ok(template)
    }

    /// The places for photos, in order.
    pub fn photo_slots(&self) -> Vec<Slot> {
        self.file
            .photo
            .iter()
            .map(|photo| {
                let size = Size::new(photo.width.into(), photo.height.into());
                let [across, down] = photo.focus;
                Slot {
                    id: photo.id.clone(),
                    size,
                    aspect: size.width / size.height,
                    min_ppi: photo.min_ppi,
                    focus: (across, down),
                    cover: photo.fit == schema::PhotoFit::Cover,
                }
            })
            .collect()
    }

    /// The size after the knife.
    pub fn trim(&self) -> Size {
        self.trim
    }

    /// Pixels to the inch of a page for screens, at which it has its size in pixels.
    pub fn screen_ppi(&self) -> Option<f64> {
        self.file.page.screen_ppi()
    }

    /// The template's font chains: names of files in its folder, or of bundled chains.
    pub fn font_chains(&self) -> &BTreeMap<String, Vec<String>> {
        &self.file.fonts
    }

    /// The bytes of a font file that the template brings.
    pub fn font_file(&self, name: &str) -> Option<&[u8]> {
        self.fonts.get(name).map(Vec::as_slice)
    }

    /// The bundled fonts and this template's chains. A chain's files come first; the first
    /// bundled chain that it names follows them (`gothic` where it names none).
    pub fn font_library(&self) -> Result<FontLibrary, TemplateError> {
        let mut library = FontLibrary::bundled().clone();
        for (name, chain) in &self.file.fonts {
            let files =
                chain.iter().filter_map(|file| Some((file.as_str(), self.font_file(file)?)));
            let after = chain.iter().find(|name| !is_font_file(name));
            let after = after.map_or("gothic", String::as_str);
            library = library.with_chain(name, files, after).map_err(|e| TemplateError::Item {
                line: None,
                message: format!("font chain {name:?}: {e}"),
            })?;
        }
        Ok(library)
    }

    pub(crate) fn artwork_file(&self, name: &str) -> Option<&Graphic> {
        self.artwork.get(name)
    }

    /// The template's colours under a race's accent.
    pub(crate) fn palette(&self, accent: Option<Color>) -> Result<Palette, UnknownColor> {
        Palette::new(&self.file.palette, accent)
    }

    pub(crate) fn text_style(
        &self,
        style: &StyleRef,
        palette: &Palette,
        language: Language,
    ) -> Result<TextStyle, StyleError> {
        let style = style::resolved(&self.file.styles, style)?;
        Ok(style.text_style(palette, language)?)
    }

    fn check_colors(&self, source: &str) -> Result<(), TemplateError> {
        let fault = |error: UnknownColor| TemplateError::Color {
            line: line_with(source, &format!("\"{}", error.name)),
            source: error,
        };
        let palette = self.palette(None).map_err(fault)?;
        for color in self.file.colors() {
            palette.color(color).map_err(fault)?;
        }
        Ok(())
    }

    fn check_styles(&self, source: &str) -> Result<(), TemplateError> {
        let named = self.file.styles.keys().map(|name| StyleRef::Named(name.clone()));
        for style in named.chain(self.file.style_refs().cloned()) {
            style::resolved(&self.file.styles, &style).map_err(|error| {
                let needle = match &error {
                    StyleError::Unknown { name, .. } => format!("\"{name}\""),
                    StyleError::Circle { name } => format!("styles.{name}]"),
                    StyleError::Range { field, .. } => format!("{field} ="),
                    StyleError::Color(color) => format!("\"{}", color.name),
                };
                TemplateError::Style { line: line_with(source, &needle), source: error }
            })?;
        }
        Ok(())
    }

    fn check_items(&self, source: &str) -> Result<(), TemplateError> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, place) in self.file.places() {
            let count = counts.entry(kind).or_default();
            *count += 1;
            let finite = [place.x, place.y, place.width, place.height]
                .iter()
                .all(|length| length.0.is_finite() && length.0.abs() < 10_000.0);
            let room = place.width.0 >= 0.0
                && place.height.0 >= 0.0
                && (kind == "line" || (place.width.0 > 0.0 && place.height.0 > 0.0));
            if !(finite && room) {
                return Err(TemplateError::Item {
                    line: nth_line_with(source, &format!("[[{kind}]]"), *count),
                    message: format!("[[{kind}]] {count} has a box without width or height"),
                });
            }
        }
        let mut ids: Vec<&str> = Vec::new();
        for photo in &self.file.photo {
            if ids.contains(&photo.id.as_str()) {
                return Err(TemplateError::Item {
                    line: nth_line_with(source, "[[photo]]", ids.len() + 1),
                    message: format!("two photo slots are named {:?}; name them apart", photo.id),
                });
            }
            ids.push(&photo.id);
        }
        Ok(())
    }
}

pub(crate) fn is_font_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".ttf", ".otf", ".ttc", ".otc"].iter().any(|end| name.ends_with(end))
}

/// The first line that holds `needle`, counted from 1.
fn line_with(source: &str, needle: &str) -> Option<usize> {
    nth_line_with(source, needle, 1)
}

fn nth_line_with(source: &str, needle: &str, nth: usize) -> Option<usize> {
    source
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(needle))
        .nth(nth - 1)
        .map(|(at, _)| at + 1)
}

impl schema::Template {
    /// Every colour that the file names, outside of its palette.
    fn colors(&self) -> Vec<&ColorRef> {
        let mut all = vec![&self.page.background];
        for fill in self.shape.iter().filter_map(|shape| shape.fill.as_ref()) {
            match fill {
                PaintRef::Solid(color) => all.push(color),
                PaintRef::Gradient(gradient) => all.extend([&gradient.from, &gradient.to]),
            }
        }
        all.extend(self.shape.iter().filter_map(|shape| shape.stroke.as_ref()));
        all.extend(self.line.iter().map(|line| &line.color));
        all.extend(self.frame.iter().map(|frame| &frame.color));
        all.extend(self.facts.iter().filter_map(|facts| facts.rule.as_ref()));
        all.extend(self.splits.iter().map(|splits| &splits.rule));
        all.extend(self.chart.iter().flat_map(|chart| [&chart.color, &chart.area]));
        all.extend(self.qr.iter().map(|qr| &qr.color));
        all.extend(self.qr.iter().filter_map(|qr| qr.background.as_ref()));
        all.extend(self.seal.iter().map(|seal| &seal.color));
        all.extend(self.styles.values().filter_map(|style| style.color.as_ref()));
        all.extend(self.style_refs().filter_map(|style| match style {
            StyleRef::Inline(style) => style.color.as_ref(),
            StyleRef::Named(_) => None,
        }));
        all
    }

    /// Every style that an item names.
    fn style_refs(&self) -> impl Iterator<Item = &StyleRef> {
        let text = self.text.iter().map(|text| &text.style);
        let facts = self.facts.iter().flat_map(|facts| [&facts.label_style, &facts.value_style]);
        let splits = self.splits.iter().flat_map(|splits| [&splits.head_style, &splits.cell_style]);
        let chart = self.chart.iter().map(|chart| &chart.label_style);
        text.chain(facts).chain(splits).chain(chart)
    }

    /// Every box, with the name of its table.
    pub(crate) fn places(&self) -> Vec<(&'static str, schema::Place<'_>)> {
        fn of<'a, T: schema::Placement>(
            kind: &'static str,
            items: &'a [T],
        ) -> impl Iterator<Item = (&'static str, schema::Place<'a>)> {
            items.iter().map(move |item| (kind, item.place()))
        }
        of("photo", &self.photo)
            .chain(of("shape", &self.shape))
            .chain(of("frame", &self.frame))
            .chain(of("line", &self.line))
            .chain(of("chart", &self.chart))
            .chain(of("splits", &self.splits))
            .chain(of("sponsors", &self.sponsors))
            .chain(of("logo", &self.logo))
            .chain(of("text", &self.text))
            .chain(of("facts", &self.facts))
            .chain(of("qr", &self.qr))
            .chain(of("seal", &self.seal))
            .collect()
    }
}
