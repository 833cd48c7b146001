//! A JPEG's rows, one strip after another, from libjpeg-turbo: no picture is held.

use std::{
    ffi::{CStr, c_char, c_int, c_long, c_void},
    marker::PhantomData,
    ptr::NonNull,
};

use crate::rect::PixelRect;

// What `kanso_scanlines_*` calls into is linked by this crate.
use turbojpeg_sys as _;

/// Intermediate buffers hold a progressive picture's coefficients: 2 bytes a sample.
const MEMORY_LIMIT_BYTES: c_long = 768 << 20;
/// Editors write about ten scans; thousands of them are an attack on time.
const SCAN_LIMIT: c_int = 100;

/// What the pixels suffered so far, in libjpeg's own terms.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Damage {
    cut_off: i32,
    corrupt: i32,
    /// Bytes of the picture's data that no pixel came of.
    pub extraneous_bytes: u64,
    /// Blocks of pixels that are coded together, in the whole picture.
    pub mcus: u64,
    /// Share of the picture from the first wrong data on; 0 where it is not known.
    pub wrong_share: f64,
}

impl Damage {
    /// The data ended before an end-of-image marker.
    pub fn cut_off(&self) -> bool {
        self.cut_off != 0
    }

    /// The data was wrong, or ended before a marker that is there.
    pub fn corrupt(&self) -> bool {
        self.corrupt != 0
    }
}

// In scanlines.c.
unsafe extern "C" {
    fn kanso_scanlines_new() -> *mut c_void;
    fn kanso_scanlines_close(decoder: *mut c_void);
    fn kanso_scanlines_message(decoder: *const c_void) -> *const c_char;
    fn kanso_scanlines_damage(decoder: *mut c_void, damage: *mut Damage);
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

/// Why there are no rows.
#[derive(Debug)]
pub struct Refusal {
    pub message: String,
    /// The picture's own data was wrong before, so that another decoder's pixels are too.
    pub damaged: bool,
}

impl From<&str> for Refusal {
    fn from(message: &str) -> Self {
        Self { message: message.to_owned(), damaged: false }
    }
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
    ) -> Result<Self, Refusal> {
        // SAFETY: no preconditions; NULL on failure.
        let decoder = NonNull::new(unsafe { kanso_scanlines_new() });
        let decoder = decoder.ok_or_else(|| Refusal::from("libjpeg-turbo did not start"))?;
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
            return Err(started.refusal());
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
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Refusal> {
        let rows = out.len() / self.pitch.max(1);
        let rows = c_int::try_from(rows).map_err(|_| Refusal::from("too many rows at once"))?;
        // SAFETY: the decoder is valid and started, and writes `rows` rows of the pitch at
        // most: its output width was given by the start and does not change.
        let read = unsafe {
            kanso_scanlines_read(self.decoder.as_ptr(), out.as_mut_ptr(), self.pitch, rows)
        };
        usize::try_from(read).map(|rows| rows * self.pitch).map_err(|_| self.refusal())
    }

    /// What was wrong so far; after the last row, with the picture and its end.
    pub fn damage(&mut self) -> Damage {
        let mut damage = Damage::default();
        // SAFETY: the decoder is valid; `Damage` is laid out as in scanlines.c.
        unsafe { kanso_scanlines_damage(self.decoder.as_ptr(), &mut damage) };
        damage
    }

    fn refusal(&mut self) -> Refusal {
        // SAFETY: the decoder is valid; the text lives in it, ends with NUL, and is copied.
        let text = unsafe { CStr::from_ptr(kanso_scanlines_message(self.decoder.as_ptr())) };
        let message = text.to_string_lossy().into_owned();
        let damage = self.damage();
        Refusal { message, damaged: damage.corrupt() || damage.extraneous_bytes > 0 }
    }
}
