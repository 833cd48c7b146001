//! What a race gives to every certificate: its colour, logo, seal and sponsors.

use kanso_page::Color;
use kanso_race::rules::Appearance;

use super::graphic::{Graphic, GraphicError};

/// A race's colours and marks, read once.
#[derive(Debug, Clone, Default)]
pub struct Branding {
    /// Wins over the template's accent.
    pub accent: Option<Color>,
    pub logo: Option<Graphic>,
    pub seal: Option<Graphic>,
    pub sponsors: Vec<Graphic>,
    /// Whether the paper comes with the artwork printed on it, so that it is left out.
    pub preprinted: bool,
}

impl Branding {
    /// Reads a race's marks; `file` gives the bytes of a file in the race's folder.
    pub fn read(
        appearance: &Appearance,
        mut file: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, GraphicError> {
        let mut graphic = |name: &str| {
            let bytes =
                file(name).ok_or_else(|| GraphicError::Missing { file: name.to_owned() })?;
            Graphic::read(name, bytes)
        };
        Ok(Self {
            accent: appearance.accent.as_deref().and_then(Color::parse),
            logo: appearance.logo.as_deref().map(&mut graphic).transpose()?,
            seal: appearance.seal.as_deref().map(&mut graphic).transpose()?,
            sponsors: appearance
                .sponsors
                .iter()
                .map(|name| graphic(name))
                .collect::<Result<_, _>>()?,
            preprinted: false,
        })
    }
}
