//! A JPEG's rows, one strip after another, from libjpeg-turbo: no picture is held.

use std::{
    ffi::{CStr, c_char, c_int, c_long, c_void},
    marker::PhantomData,
    ptr::NonNull,
};

use super::Warning;
use crate::rect::PixelRect;

// What `kanso_scanlines_*` calls into is linked by this crate.
use turbojpeg_sys as _;

/// Intermediate buffers hold a progressive picture's coefficients: 2 bytes a sample.
const MEMORY_LIMIT_BYTES: c_long = 768 << 20;
/// Editors write about ten scans; thousands of them are an attack on time.
const SCAN_LIMIT: c_int = 100;

// In scanlines.c.
unsafe extern "C" {
    fn kanso_scanlines_new() -> *mut c_void;
    fn kanso_scanlines_close(decoder: *mut c_void);
    fn kanso_scanlines_message(decoder: *const c_void) -> *const c_char;
    fn kanso_scanlines_warning(decoder: *const c_void) -> c_int;
    fn kanso_scanlines_start(
        decoder: *mut c_void,
        jpeg: *const u8,
        length: usize,
        reduction: c_int,
        channels: c_int,
        memory_limit: c_long,
        scan_limit: c_int,
        part: *mut [u32; 4],
    ) -> c_int;
    fn kanso_scanlines_read(decoder: *mut c_void, out: *mut u8, pitch: usize, rows: c_int)
    -> c_int;
}

/// A decode under way, from the part's first row to its last.
pub struct Scanlines<'a> {
    decoder: NonNull<c_void>,
    part: PixelRect,
    pitch: usize,
    /// The decoder reads from it until it is closed.
    jpeg: PhantomData<&'a [u8]>,
}

impl Drop for Scanlines<'_> {
    fn drop(&mut self) {
        // SAFETY: the decoder came from kanso_scanlines_new and is closed once.
        unsafe { kanso_scanlines_close(self.decoder.as_ptr()) }
    }
}

impl<'a> Scanlines<'a> {
    /// Starts decoding at least `part` of a picture reduced by `reduction` (1, 2, 4 or 8),
    /// into 1 (grey), 3 (RGB) or 4 (CMYK) channels.
    pub fn start(
        jpeg: &'a [u8],
        reduction: u32,
        channels: usize,
        part: PixelRect,
    ) -> Result<Self, String> {
        // SAFETY: no preconditions; NULL on failure.
        let decoder = NonNull::new(unsafe { kanso_scanlines_new() });
        let decoder = decoder.ok_or("libjpeg-turbo did not start")?;
        let mut started = Self { decoder, part, pitch: 0, jpeg: PhantomData };
        let mut comes = [part.x, part.y, part.width, part.height];
        // SAFETY: the decoder is valid; `jpeg` outlives it; `comes` is four numbers.
        let status = unsafe {
            kanso_scanlines_start(
                decoder.as_ptr(),
                jpeg.as_ptr(),
                jpeg.len(),
                reduction as c_int,
                channels as c_int,
                MEMORY_LIMIT_BYTES,
                SCAN_LIMIT,
                &mut comes,
            )
        };
        if status < 0 {
            return Err(started.message());
        }
        let [x, y, width, height] = comes;
        started.part = PixelRect::new(x, y, width, height);
        started.pitch = width as usize * channels;
        Ok(started)
    }

    /// What comes, in pixels of the whole reduced picture.
    pub fn part(&self) -> PixelRect {
        self.part
    }

    /// Bytes of a row.
    pub fn pitch(&self) -> usize {
        self.pitch
    }

    /// Fills `out` with the next rows, as many as it holds whole and as there are; gives
    /// the bytes filled.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, String> {
        let rows = out.len() / self.pitch.max(1);
        let rows = c_int::try_from(rows).map_err(|_| "too many rows at once")?;
        // SAFETY: the decoder is valid and started, and writes `rows` rows of the pitch at
        // most: its output width was given by the start and does not change.
        let read = unsafe {
            kanso_scanlines_read(self.decoder.as_ptr(), out.as_mut_ptr(), self.pitch, rows)
        };
        usize::try_from(read).map(|rows| rows * self.pitch).map_err(|_| self.message())
    }

    /// What was wrong so far.
    pub fn warning(&self) -> Option<Warning> {
        // SAFETY: the decoder is valid.
        match unsafe { kanso_scanlines_warning(self.decoder.as_ptr()) } {
            0 => None,
            1 => Some(Warning::Truncated),
            _ => Some(Warning::Corrupt),
        }
    }

    fn message(&self) -> String {
        // SAFETY: the decoder is valid; the text lives in it, ends with NUL, and is copied.
        let text = unsafe { CStr::from_ptr(kanso_scanlines_message(self.decoder.as_ptr())) };
        text.to_string_lossy().into_owned()
    }
}
