//! SVG as display-list items.

use super::graphic::Graphic;

/// Reads an SVG.
pub fn graphic(_svg: &[u8]) -> Result<Graphic, String> {
    Err("SVG artwork cannot be read yet".to_owned())
}
