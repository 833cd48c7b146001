//! Display list → PDF or pixels. This room draws and never decides.
//!
//! [`pdf()`] writes a print-ready file through printpdf; [`raster()`] and
//! [`preview_jpeg()`] draw the trimmed page as pixels. Both read the same
//! [`kanso_page::Page`], so that preview and print cannot disagree.

mod content;
mod document;
mod finish;
mod fonts;
pub mod imposition;
pub mod intent;
mod marks;
mod metadata;
mod outline;
pub mod pdf;
mod pictures;
pub mod raster;
mod shading;
mod structure;

pub use imposition::Imposition;
pub use intent::Intent;
pub use pdf::{PageBox, Pdf, PdfOptions, book, desk_copy, lowest_ppi, pdf};
pub use pictures::prepared;
pub use raster::{preview_jpeg, raster};

use kanso_color::SeparationError;

/// Why a page could not be drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RenderError {
    #[error("the font {font} cannot be embedded: {reason}; replace the font file in the template")]
    Font { font: String, reason: String },
    #[error("a picture on the page cannot be drawn: {reason}; replace it and render again")]
    Picture { reason: String },
    #[error(
        "a page of {width_mm:.0} x {height_mm:.0} mm cannot be drawn; give the template a size between 1 mm and 5 m"
    )]
    PageSize { width_mm: f64, height_mm: f64 },
    #[error(
        "{columns} x {rows} pages of {width_mm:.0} x {height_mm:.0} mm do not fit on the sheet; take a larger sheet or fewer pages"
    )]
    Sheet { columns: u8, rows: u8, width_mm: f64, height_mm: f64 },
    #[error("the PDF could not be put together: {reason}; report this with the template")]
    Assembly { reason: String },
}

impl From<SeparationError> for RenderError {
    fn from(error: SeparationError) -> Self {
        match error {
            SeparationError::Picture(reason) => Self::Picture { reason },
            SeparationError::Profile(_) => Self::Assembly { reason: error.to_string() },
        }
    }
}

impl From<lopdf::Error> for RenderError {
    fn from(error: lopdf::Error) -> Self {
        Self::Assembly { reason: error.to_string() }
    }
}
