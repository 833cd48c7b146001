//! A reduced copy of a photo, which goes over a thin line before the photo itself.

use turbojpeg::Subsamp;

use super::{
    Photo,
    decode::Ink,
    develop::Needs,
    encode::{self, Rows},
    error::PhotoError,
    format::Format,
    jpeg::metadata_segments,
    rect::PixelRect,
    resize::resize,
};

/// Long side of a proxy, in pixels: what codes and printed numbers are read in, so that the
/// whole file would tell no more of them.
pub const PROXY_PX: u32 = 3000;
/// As libjpeg counts it: no certificate stays with it.
const QUALITY: i32 = 80;
/// A proxy that saves less than this share of the bytes would only cost time.
const WORTH_SAVING: f64 = 0.5;

/// A reduced copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// In the photo's own colours and orientation, with all that its file says of itself.
    pub jpeg: Vec<u8>,
    /// As a person sees it, in pixels.
    pub upright_size: (u32, u32),
}

impl Photo {
    /// The photo's proxy; `None` where the file itself is as good to send: it is light
    /// already, no JPEG, damaged, or made for a press.
    ///
    /// # Errors
    /// A picture that cannot be decoded.
    pub fn proxy(&self) -> Result<Option<Proxy>, PhotoError> {
        if self.format != Format::Jpeg {
            return Ok(None);
        }
        let needs = Needs { reading_px: Some(PROXY_PX), ..Needs::default() };
        let decoded = self.decode(&needs)?;
        let held = &decoded.held.pixels;
        if held.ink != Ink::Rgb || decoded.held.warning.is_some() {
            return Ok(None);
        }
        let orientation = self.metadata.orientation;
        let (width, height) = orientation.turned_size(decoded.fitting(PROXY_PX));
        let whole = PixelRect::whole((held.width, held.height));
        let failed = || PhotoError::Panel { width, height };
        let reduced = resize(held, whole, (width, height)).ok_or_else(failed)?;
        let rows = Rows::tight(&reduced.samples, width, height);
        let picture = encode::jpeg(&rows, QUALITY, Subsamp::Sub2x2).map_err(|_| failed())?;
        let (start, rest) = picture.split_at_checked(2).ok_or_else(failed)?;
        let jpeg = [start, &metadata_segments(&self.bytes), rest].concat();
        if jpeg.len() as f64 > self.bytes.len() as f64 * (1.0 - WORTH_SAVING) {
            return Ok(None);
        }
        Ok(Some(Proxy { jpeg, upright_size: orientation.turned_size((width, height)) }))
    }
}
