//! What the colours of a file mean, and how the design's colours become them.

use std::str::FromStr;

use kanso_color::{Inks, Separation};
use kanso_page::Color;
use lopdf::{Dictionary, Object, dictionary};

use super::RenderError;

/// What the colours of the file mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Intent {
    /// For screens, photo printers and desk printers. Built to the structure of PDF/A-2b.
    #[default]
    Srgb,
    /// Offset on coated paper (FOGRA39), separated here. Built to the structure of PDF/X-4.
    Cmyk,
}

impl FromStr for Intent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "srgb" => Ok(Self::Srgb),
            "cmyk" => Ok(Self::Cmyk),
            _ => Err(format!("{text:?} is no output intent; write srgb or cmyk")),
        }
    }
}

/// Ink that a sheet of coated paper dries of.
pub(super) const MOST_INK: f32 = 3.0;

impl Intent {
    /// The colour space of everything that is not a mask.
    pub(super) fn space(self) -> &'static str {
        match self {
            Self::Srgb => "DeviceRGB",
            Self::Cmyk => "DeviceCMYK",
        }
    }

    /// The group that everything is blended in.
    pub(super) fn group(self) -> Dictionary {
        group(self.space())
    }

    /// Inks under a CMYK intent; `None` for light.
    pub(super) fn inks(self, color: Color) -> Result<Option<Inks>, RenderError> {
        match self {
            Self::Srgb => Ok(None),
            Self::Cmyk => {
                let Color { red, green, blue, .. } = color;
                Ok(Some(Separation::fogra39()?.inks([red, green, blue])?))
            }
        }
    }

    pub(super) fn color(self, color: Color) -> Result<printpdf::Color, RenderError> {
        Ok(match self.inks(color)? {
            None => {
                let [r, g, b] = light(color);
                printpdf::Color::Rgb(printpdf::Rgb { r, g, b, icc_profile: None })
            }
            Some(inks) => of_inks(inks),
        })
    }

    /// The components of a colour, as an array in the file holds them.
    pub(super) fn components(self, color: Color) -> Result<Vec<Object>, RenderError> {
        Ok(match self.inks(color)? {
            None => light(color).map(Object::Real).to_vec(),
            Some(inks) => inks.map(Object::Real).to_vec(),
        })
    }

    /// Only black ink can print over other inks; light has nothing to spare.
    pub(super) fn prints_over(self, color: Color) -> Result<bool, RenderError> {
        Ok(color.alpha >= 1.0 && self.inks(color)? == Some([0.0, 0.0, 0.0, 1.0]))
    }

    /// Whether black over this colour would be more ink than the paper takes.
    pub(super) fn is_full(self, color: Color) -> Result<bool, RenderError> {
        let inks = self.inks(color)?.unwrap_or_default();
        Ok(inks[..3].iter().sum::<f32>() + 1.0 > MOST_INK)
    }
}

fn light(color: Color) -> [f32; 3] {
    [color.red, color.green, color.blue].map(|v| f32::from(v) / 255.0)
}

pub(super) fn of_inks([c, m, y, k]: Inks) -> printpdf::Color {
    printpdf::Color::Cmyk(printpdf::Cmyk { c, m, y, k, icc_profile: None })
}

pub(super) fn group(space: &str) -> Dictionary {
    dictionary! { "S" => "Transparency", "CS" => space, "I" => true }
}
