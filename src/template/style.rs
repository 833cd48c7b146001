//! Styles, resolved: what a style leaves out comes from the one that it extends.

use std::collections::BTreeMap;

use kanso_page::Language;
use kanso_page::Paint;
use kanso_page::geometry::Pt;
use kanso_text::style::{Overflow, TextStyle};

use super::palette::{Palette, UnknownColor};
use super::schema::{ColorRef, Style, StyleRef};

/// Why a style cannot be resolved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StyleError {
    #[error("no style is named {name:?}; the styles are {known}")]
    Unknown { name: String, known: String },
    #[error("style {name:?} extends itself")]
    Circle { name: String },
    #[error("style {name:?} has {field} = {value}, and it must be {range}")]
    Range { name: String, field: &'static str, value: f64, range: &'static str },
    #[error(transparent)]
    Color(#[from] UnknownColor),
}

/// A style with everything that it inherits.
pub(super) fn resolved(
    styles: &BTreeMap<String, Style>,
    wanted: &StyleRef,
) -> Result<Style, StyleError> {
    let (mut style, mut next) = match wanted {
        StyleRef::Named(name) => (Style::default(), Some(name.clone())),
        StyleRef::Inline(style) => ((**style).clone(), style.extends.clone()),
    };
    let mut seen = Vec::new();
    while let Some(name) = next {
        if seen.contains(&name) {
            return Err(StyleError::Circle { name });
        }
        let base = styles.get(&name).ok_or_else(|| StyleError::Unknown {
            name: name.clone(),
            known: styles.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        })?;
        style.inherit(base);
        next = base.extends.clone();
        seen.push(name);
    }
    style.check_ranges(match wanted {
        StyleRef::Named(name) => name,
        StyleRef::Inline(_) => "(inline)",
    })?;
    Ok(style)
}

macro_rules! inherit {
    ($self:ident, $base:ident, $($field:ident),+) => {
        $(if $self.$field.is_none() {
            $self.$field = $base.$field.clone();
        })+
    };
}

impl Style {
    fn inherit(&mut self, base: &Self) {
        inherit!(
            self,
            base,
            font,
            size,
            min_size,
            color,
            tracking,
            leading,
            direction,
            align,
            block_align,
            max_lines,
            shrink,
            condense,
            wrap,
            figures,
            upright_digits,
            language,
            overprint
        );
    }

    fn check_ranges(&self, name: &str) -> Result<(), StyleError> {
        for (field, value, low, high, range) in [
            ("size", self.size, 1.0, 2000.0, "1 to 2000 points"),
            ("min_size", self.min_size, 1.0, 2000.0, "1 to 2000 points"),
            ("condense", self.condense, 0.85, 1.0, "0.85 to 1"),
            ("leading", self.leading, 0.5, 5.0, "0.5 to 5 ems"),
            ("tracking", self.tracking, -500.0, 5000.0, "-500 to 5000 thousandths of an em"),
        ] {
            if let Some(value) = value.filter(|value| !(low..=high).contains(value)) {
                return Err(StyleError::Range { name: name.to_owned(), field, value, range });
            }
        }
        Ok(())
    }

    /// What the text room needs to know.
    pub(super) fn text_style(
        &self,
        palette: &Palette,
        language: Language,
    ) -> Result<TextStyle, UnknownColor> {
        let size = self.size.unwrap_or(9.0);
        let max_lines = self.max_lines.unwrap_or(1).max(1);
        let color = match &self.color {
            Some(color) => palette.color(color)?,
            None => palette.color(&ColorRef::named("ink"))?,
        };
        let dark = color.is_neutral() && color.red < 0x20;
        Ok(TextStyle {
            chain: self.font.clone().unwrap_or_else(|| "gothic".to_owned()),
            size: Pt(size),
            min_size: Pt(self.min_size.unwrap_or(size * 0.7).min(size)),
            tracking: self.tracking.unwrap_or(0.0),
            leading: self.leading.unwrap_or(1.5),
            direction: self.direction.unwrap_or_default(),
            align: self.align.unwrap_or_default(),
            block_align: self.block_align.unwrap_or_default(),
            language: self.language.unwrap_or(language),
            overflow: Overflow {
                shrink: self.shrink.unwrap_or(true),
                condense_to: self.condense.unwrap_or(0.85),
                wrap: self.wrap.unwrap_or(max_lines > 1),
            },
            max_lines,
            figures: self.figures.unwrap_or_default(),
            upright_digits: self.upright_digits.unwrap_or(2),
            paint: Paint::Solid(color),
            overprint: self.overprint.unwrap_or(dark && size < 24.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(toml: &str) -> BTreeMap<String, Style> {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn a_style_takes_what_it_leaves_out_from_the_one_it_extends() {
        let styles =
            styles("[base]\nsize = 12\nfont = \"mincho\"\n[name]\nextends = \"base\"\nsize = 24\n");
        let style = resolved(&styles, &StyleRef::Named("name".into())).unwrap();
        assert_eq!(style.size, Some(24.0));
        assert_eq!(style.font.as_deref(), Some("mincho"));
    }

    #[test]
    fn circles_and_unknown_names_are_refused() {
        let circle = styles("[a]\nextends = \"b\"\n[b]\nextends = \"a\"\n");
        assert_eq!(
            resolved(&circle, &StyleRef::Named("a".into())).unwrap_err(),
            StyleError::Circle { name: "a".into() }
        );
        let error = resolved(&circle, &StyleRef::Named("c".into())).unwrap_err();
        assert_eq!(error.to_string(), "no style is named \"c\"; the styles are a, b");
    }

    #[test]
    fn condensing_below_85_percent_is_refused() {
        let narrow = styles("[a]\ncondense = 0.5\n");
        let error = resolved(&narrow, &StyleRef::Named("a".into())).unwrap_err().to_string();
        assert_eq!(error, "style \"a\" has condense = 0.5, and it must be 0.85 to 1");
    }
}
