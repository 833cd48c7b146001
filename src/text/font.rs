//! A font face, loaded once per process.

/// A TrueType or OpenType face that lives as long as the process.
pub struct Font {
    name: &'static str,
    data: &'static [u8],
    index: u32,
}

impl Font {
    pub fn new(name: &'static str, data: &'static [u8], index: u32) -> Self {
        Self { name, data, index }
    }

    /// Unique among the fonts of one process: `BIZUDGothic-Regular`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The font file.
    pub fn data(&self) -> &[u8] {
        self.data
    }

    /// The face in the file, 0 but for collections.
    pub fn index(&self) -> u32 {
        self.index
    }
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Font").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The fonts of one certificate: the bundled chains, and those that a template brings.
#[derive(Debug, Default)]
pub struct FontLibrary {}
