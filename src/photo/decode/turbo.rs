//! libjpeg-turbo, through its TurboJPEG C API: the safe wrapper has no cropping.

use std::{ffi::CStr, ptr::NonNull};

use turbojpeg::raw;

use super::{Ink, Pixels, Reduced, Warning};
use crate::photo::{jpeg::Structure, rect::PixelRect};

/// Intermediate buffers hold a progressive picture's coefficients: 2 bytes a sample.
const MEMORY_LIMIT_MIB: i32 = 768;
/// Editors write about ten scans; thousands of them are an attack on time.
const SCAN_LIMIT: i32 = 100;
/// iMCU width by TJSAMP: 4:4:4, 4:2:2, 4:2:0, grey, 4:4:0, 4:1:1, 4:4:1.
const MCU_WIDTHS: [u32; 7] = [8, 16, 16, 8, 8, 32, 8];

/// A TurboJPEG decompressor; the pointer is valid until dropped.
struct Handle(NonNull<std::ffi::c_void>);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle came from tj3Init and is destroyed once.
        unsafe { raw::tj3Destroy(self.0.as_ptr()) }
    }
}

impl Handle {
    /// A decompressor that has read the header of `jpeg`.
    fn reading(jpeg: &[u8]) -> Result<Self, String> {
        // SAFETY: tj3Init has no preconditions and returns NULL on failure.
        let pointer = unsafe { raw::tj3Init(raw::TJINIT_TJINIT_DECOMPRESS as i32) };
        let handle = Self(NonNull::new(pointer.cast()).ok_or("libjpeg-turbo did not start")?);
        handle.set(raw::TJPARAM_TJPARAM_MAXMEMORY, MEMORY_LIMIT_MIB)?;
        handle.set(raw::TJPARAM_TJPARAM_SCANLIMIT, SCAN_LIMIT)?;
        // SAFETY: the slice is valid for its length during the call.
        let status = unsafe {
            raw::tj3DecompressHeader(handle.0.as_ptr(), jpeg.as_ptr(), jpeg.len() as raw::size_t)
        };
        handle.check(status)?;
        Ok(handle)
    }

    fn set(&self, parameter: raw::TJPARAM, value: i32) -> Result<(), String> {
        // SAFETY: the handle is valid; any parameter and value are checked by the callee.
        let status = unsafe { raw::tj3Set(self.0.as_ptr(), parameter as i32, value) };
        self.check(status).map(drop)
    }

    fn get(&self, parameter: raw::TJPARAM) -> i32 {
        // SAFETY: as in `set`.
        unsafe { raw::tj3Get(self.0.as_ptr(), parameter as i32) }
    }

    /// A warning leaves pixels that count; a fatal error does not.
    fn check(&self, status: i32) -> Result<Option<Warning>, String> {
        if status == 0 {
            return Ok(None);
        }
        // SAFETY: the handle is valid; the text lives in it, ends with NUL, and is copied.
        let (code, message) = unsafe {
            let text = CStr::from_ptr(raw::tj3GetErrorStr(self.0.as_ptr()));
            (raw::tj3GetErrorCode(self.0.as_ptr()), text.to_string_lossy().into_owned())
        };
        if code == raw::TJERR_TJERR_WARNING as i32 { Ok(warning(&message)) } else { Err(message) }
    }

    /// Decodes into rows of `pitch` bytes.
    fn decode(
        &self,
        jpeg: &[u8],
        out: &mut [u8],
        (pitch, rows): (usize, u32),
        pixel_format: raw::TJPF,
    ) -> Result<Option<Warning>, String> {
        if out.len() < pitch * rows as usize {
            return Err("the picture is larger than its buffer".into());
        }
        let pitch = i32::try_from(pitch).map_err(|_| "the picture is too wide")?;
        // SAFETY: `jpeg` is valid for its length. The callee writes `rows` rows of `pitch`
        // bytes: the scaled, cropped size, for which `out` was checked above.
        let status = unsafe {
            raw::tj3Decompress8(
                self.0.as_ptr(),
                jpeg.as_ptr(),
                jpeg.len() as raw::size_t,
                out.as_mut_ptr(),
                pitch,
                pixel_format,
            )
        };
        self.check(status)
    }

    fn reduce(&self, reduction: u32) -> Result<(), String> {
        let factor = raw::tjscalingfactor { num: 1, denom: reduction as i32 };
        // SAFETY: the handle is valid.
        let status = unsafe { raw::tj3SetScalingFactor(self.0.as_ptr(), factor) };
        self.check(status).map(drop)
    }

    /// Crops to at least `region` of the reduced picture; gives the part that will come.
    fn crop(&self, region: PixelRect, size: (u32, u32), reduction: u32) -> PixelRect {
        let whole = PixelRect::whole(size);
        let sampling = usize::try_from(self.get(raw::TJPARAM_TJPARAM_SUBSAMP)).ok();
        let Some(mcu) = sampling.and_then(|index| MCU_WIDTHS.get(index)) else { return whole };
        // One more block to the left, so that chroma at the edge is smoothed as inside.
        let step = mcu.div_ceil(reduction).max(1);
        let x = (region.x / step).saturating_sub(1) * step;
        let right = (region.right() + step).min(size.0);
        let part = PixelRect::new(x, region.y, right - x, region.height);
        if part == whole || part.is_empty() || !whole.contains(part) {
            return whole;
        }
        let cropping = raw::tjregion {
            x: part.x as i32,
            y: part.y as i32,
            w: part.width as i32,
            h: part.height as i32,
        };
        // SAFETY: the handle is valid; the callee checks the region.
        let status = unsafe { raw::tj3SetCroppingRegion(self.0.as_ptr(), cropping) };
        if status == 0 { part } else { whole }
    }
}

/// What matters of libjpeg's warnings.
fn warning(message: &str) -> Option<Warning> {
    if message.contains("Premature end of JPEG") {
        Some(Warning::Truncated)
    } else if message.contains("extraneous bytes") || message.contains("Unknown Adobe") {
        // Cameras pad their segments; every viewer skips it.
        None
    } else {
        Some(Warning::Corrupt)
    }
}

pub fn region(
    jpeg: &[u8],
    structure: &Structure,
    region: PixelRect,
    reduction: u32,
) -> Result<Reduced, String> {
    let handle = Handle::reading(jpeg)?;
    let (pixel_format, ink) = match structure.frame.components {
        4 => {
            let inverted = structure.adobe_transform.is_some();
            (raw::TJPF_TJPF_CMYK, Ink::Cmyk { inverted })
        }
        1 => (raw::TJPF_TJPF_RGB, Ink::Grey),
        _ => (raw::TJPF_TJPF_RGB, Ink::Rgb),
    };
    handle.reduce(reduction)?;
    let size =
        (structure.frame.width.div_ceil(reduction), structure.frame.height.div_ceil(reduction));
    let at = handle.crop(region.reduced(reduction), size, reduction);
    let pitch = at.width as usize * ink.channels();
    let mut samples = vec![0; pitch * at.height as usize];
    let warning = handle.decode(jpeg, &mut samples, (pitch, at.height), pixel_format)?;
    let pixels = Pixels { width: at.width, height: at.height, ink, samples };
    Ok(Reduced { pixels, at, reduction, warning })
}

/// The share of the picture, from its end, that the data does not reach.
///
/// Where data ends, libjpeg leaves blocks at zero: mid-grey to the end of the picture.
/// At 1/8 a block is one pixel, so that the decode costs little beyond the entropy.
pub fn missing_rows(jpeg: &[u8], structure: &Structure) -> Result<f64, String> {
    let handle = Handle::reading(jpeg)?;
    handle.reduce(8)?;
    let width = structure.frame.width.div_ceil(8) as usize;
    let height = structure.frame.height.div_ceil(8);
    let channels = if structure.frame.components == 4 { 4 } else { 1 };
    let format = if channels == 4 { raw::TJPF_TJPF_CMYK } else { raw::TJPF_TJPF_GRAY };
    let pitch = width * channels;
    let mut blocks = vec![0; pitch * height as usize];
    handle.decode(jpeg, &mut blocks, (pitch, height), format)?;
    let grey = |row: &[u8]| row.iter().rev().take_while(|sample| **sample == 128).count();
    let mut missing = 0;
    for row in blocks.chunks_exact(pitch).rev() {
        let count = grey(row);
        missing += count;
        if count < pitch {
            break;
        }
    }
    Ok(missing as f64 / blocks.len().max(1) as f64)
}
