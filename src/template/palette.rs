//! Colours by name.

use std::collections::BTreeMap;

use kanso_page::geometry::{Point, Pt, Size};
use kanso_page::{Color, LinearGradient, Paint, Stop};

use super::schema::{ColorRef, PaintRef, Toward};

/// The named colours of one certificate.
#[derive(Debug, Clone)]
pub struct Palette {
    colors: BTreeMap<String, Color>,
}

/// A name that the palette does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no colour is named {name:?}; the palette has {known}")]
pub struct UnknownColor {
    pub name: String,
    pub known: String,
}

impl Palette {
    /// The built-in colours, the template's over them, and the race's accent over all.
    pub fn new(
        own: &BTreeMap<String, ColorRef>,
        accent: Option<Color>,
    ) -> Result<Self, UnknownColor> {
        let mut colors: BTreeMap<String, Color> = [
            ("ink", Color::rgb(0x11, 0x11, 0x11)),
            ("grey", Color::rgb(0x6a, 0x6a, 0x6a)),
            ("paper", Color::rgb(0xff, 0xff, 0xff)),
            ("accent", Color::rgb(0x12, 0x47, 0x6b)),
            ("seal", Color::rgb(0xc8, 0x36, 0x2c)),
        ]
        .map(|(name, color)| (name.to_owned(), color))
        .into();
        // Plain values first: other colours of the template may be tints of them.
        let plain = |color: &ColorRef| matches!(color.base, super::schema::ColorBase::Value(_));
        let mut palette = Self { colors: colors.clone() };
        for (name, color) in own.iter().filter(|(_, color)| plain(color)) {
            colors.insert(name.clone(), palette.color(color)?);
        }
        if let Some(accent) = accent {
            colors.insert("accent".to_owned(), accent);
        }
        palette.colors = colors;
        let tint = ColorRef { tint: 0.1, ..ColorRef::named("accent") };
        let tint = palette.color(&tint)?;
        palette.colors.entry("tint".to_owned()).or_insert(tint);
        for (name, color) in own.iter().filter(|(_, color)| !plain(color)) {
            let color = palette.color(color)?;
            palette.colors.insert(name.clone(), color);
        }
        Ok(palette)
    }

    pub fn color(&self, wanted: &ColorRef) -> Result<Color, UnknownColor> {
        use super::schema::ColorBase;
        let base = match &wanted.base {
            ColorBase::Value(color) => *color,
            ColorBase::Name(name) => *self.colors.get(name).ok_or_else(|| UnknownColor {
                name: name.clone(),
                known: self.colors.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
            })?,
        };
        let paper = self.colors.get("paper").copied().unwrap_or(Color::rgb(255, 255, 255));
        let color = mixed(paper, base, wanted.tint);
        Ok(Color { alpha: base.alpha * wanted.opacity, ..color })
    }

    /// A colour, or a gradient across a box of `size`, eased at both ends.
    pub fn paint(&self, wanted: &PaintRef, size: Size) -> Result<Paint, UnknownColor> {
        let gradient = match wanted {
            PaintRef::Solid(color) => return self.color(color).map(Paint::Solid),
            PaintRef::Gradient(gradient) => gradient,
        };
        let (from, to) = (self.color(&gradient.from)?, self.color(&gradient.to)?);
        let corner = |x, y| Point::new(x, y);
        let (start, end) = match gradient.toward {
            Toward::Down => (corner(Pt::ZERO, Pt::ZERO), corner(Pt::ZERO, size.height)),
            Toward::Up => (corner(Pt::ZERO, size.height), corner(Pt::ZERO, Pt::ZERO)),
            Toward::Right => (corner(Pt::ZERO, Pt::ZERO), corner(size.width, Pt::ZERO)),
            Toward::Left => (corner(size.width, Pt::ZERO), corner(Pt::ZERO, Pt::ZERO)),
        };
        let along = |from: Pt, to: Pt| from + (to - from) * gradient.length;
        let end = corner(along(start.x, end.x), along(start.y, end.y));
        const STEPS: u32 = 8;
        let stops = (0..=STEPS)
            .map(|step| {
                let offset = f64::from(step) / f64::from(STEPS);
                let eased = offset * offset * (3.0 - 2.0 * offset);
                let color = mixed(from, to, eased);
                let alpha = from.alpha + (to.alpha - from.alpha) * eased;
                Stop { offset, color: Color { alpha, ..color } }
            })
            .collect();
        Ok(Paint::Linear(LinearGradient { from: start, to: end, stops }))
    }
}

/// `share` of `b` in `a`, opaque.
fn mixed(a: Color, b: Color, share: f64) -> Color {
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    Color::rgb(mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_races_accent_wins_and_the_tint_follows_it() {
        let own = BTreeMap::from([("accent".to_owned(), ColorRef::parse("#336699").unwrap())]);
        let palette = Palette::new(&own, Some(Color::rgb(200, 0, 0))).unwrap();
        assert_eq!(palette.color(&ColorRef::named("accent")), Ok(Color::rgb(200, 0, 0)));
        assert_eq!(palette.color(&ColorRef::named("tint")), Ok(Color::rgb(250, 230, 230)));
    }

    #[test]
    fn an_unknown_colour_is_named_with_those_that_exist() {
        let palette = Palette::new(&BTreeMap::new(), None).unwrap();
        let error = palette.color(&ColorRef::named("accnt")).unwrap_err().to_string();
        assert_eq!(
            error,
            "no colour is named \"accnt\"; the palette has accent, grey, ink, paper, seal, tint"
        );
    }
}
