//! Photos: what they say of themselves, their pixels, their colours, their crop.
//!
//! ```text
//! bytes ─► Photo::open      format by content, size, metadata; nothing is decoded
//!            │
//!            ├─► decode ─► Decoded   the whole picture, once, at 1/2, 1/4 or 1/8
//!            │               ├─ reading()    upright RGB for bibs and codes
//!            │               ├─ thumbnail()  JPEG for the review page
//!            │               └─ panel(crop)  JPEG for the certificate
//!            ├─► develop(plan)       crops known: only their rows and columns
//!            └─► proxy               a reduced copy, to be sent before the file itself
//! ```
//!
//! # Why it is done this way
//!
//! Entropy decoding is nearly all of a camera JPEG's cost and cannot be skipped, so it is
//! paid once. libjpeg-turbo's inverse transform at 1/2, 1/4 or 1/8 makes the picture small
//! before it exists: 24 MP at 1/2 are 18 MB of RGB, which serve reading, thumbnail and
//! panel. A crop that needs more pixels than are held (a runner far away) is decoded again,
//! alone. Where the crop is known beforehand only its columns and rows are transformed and
//! kept. Colour conversion, turning upright and corrections come after resizing, on the
//! few pixels that are printed; where nothing is to be done the encoder reads straight
//! from the decoded picture.
//!
//! The picture is held at the reduced size and not streamed in strips: TurboJPEG's API
//! gives no rows one by one, and at 1/2 the reduced picture is within the memory wanted.

pub mod codes;
mod color;
mod companion;
mod contained;
pub mod correct;
pub mod crop;
mod decode;
pub mod develop;
mod encode;
mod ending;
pub mod error;
mod format;
mod id;
mod jpeg;
pub mod metadata;
pub mod note;
mod open;
pub mod orientation;
mod proxy;
pub mod quality;
pub mod rect;
mod resize;
pub mod saliency;

pub use self::{
    companion::{Companion, LeftOut},
    correct::Corrections,
    crop::Crop,
    develop::{Decoded, Developed, MISSING_SHARE_LIMIT, Needs, Outputs, Panel, PanelSpec, Quality},
    ending::has_its_end,
    error::PhotoError,
    format::Format,
    id::{NotAPhotoId, PhotoId},
    metadata::{CaptureTime, DeclaredColor, Metadata},
    note::Note,
    orientation::Orientation,
    proxy::{PROXY_PX, Proxy},
    rect::PixelRect,
};

/// Larger uploads are refused unread.
pub const UPLOAD_BYTES_LIMIT: usize = 200_000_000;
/// JPEGs, which are decoded reduced. 300 MP is a medium-format panorama.
pub const JPEG_PIXELS_LIMIT: u64 = 300_000_000;
/// Progressive JPEGs, whose coefficients must all be in memory.
pub const PROGRESSIVE_PIXELS_LIMIT: u64 = 120_000_000;
/// What a picture that must be decoded whole may take: 85 MP of 16-bit RGB.
pub const DECODED_BYTES_LIMIT: u64 = 512_000_000;

/// A photo: its bytes and what they say, without pixels. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Photo {
    bytes: bytes::Bytes,
    id: PhotoId,
    format: Format,
    /// Before turning upright.
    stored_size: (u32, u32),
    metadata: std::sync::Arc<Metadata>,
    space: std::sync::Arc<color::Space>,
    /// For JPEGs.
    structure: Option<std::sync::Arc<jpeg::Structure>>,
}

impl Photo {
    pub fn id(&self) -> PhotoId {
        self.id
    }

    /// The same photo, known by something else than its bytes.
    #[must_use]
    pub fn called(self, id: PhotoId) -> Self {
        Self { id, ..self }
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn bytes(&self) -> &bytes::Bytes {
        &self.bytes
    }

    /// Width and height as a person sees the photo, in pixels.
    pub fn upright_size(&self) -> (u32, u32) {
        self.metadata.orientation.turned_size(self.stored_size)
    }

    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}
