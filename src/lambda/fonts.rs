//! Where the font is that a deployed function does not hold itself.

use std::path::Path;

use kanso_fonts::LayerError;

/// Names the folder of fonts that the layer brings; nothing where the binary holds all fonts.
pub const VARIABLE: &str = "KANSO_FONTS";

/// Finds it. A function that starts without it would set names without their characters.
pub fn find() -> Result<(), LayerError> {
    let folder = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
    kanso_fonts::find(folder.as_deref().map(Path::new))
}
