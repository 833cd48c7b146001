//! The font that may lie beside the binary instead of in it: IPAmj Mincho is more than half of
//! all fonts, few names need it, and a function's zip has to stay small.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use memmap2::Mmap;

/// Where it lies below a folder of fonts, this one or a layer's; its licence lies beside it.
pub const FILE: &str = "ipamj-mincho/ipamjm.ttf";
/// What the file that this was built with begins with: its tables, each with its length and
/// checksum.
const BEGINS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/begins"));
const LENGTH: &str = env!("KANSO_FONT_LENGTH");

static MAPPED: OnceLock<Mmap> = OnceLock::new();

/// Why the bundled fonts are not all there.
#[derive(Debug)]
pub enum LayerError {
    /// It is not in the binary, and nobody said where it is.
    NotTold,
    Unreadable {
        path: PathBuf,
        source: io::Error,
    },
    /// Another font, another version of it, or a part.
    Another {
        path: PathBuf,
    },
}

impl std::fmt::Display for LayerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotTold => write!(
                f,
                "the font {FILE} is not in this binary; name the folder of the fonts' layer, \
                 /opt/fonts on AWS"
            ),
            Self::Unreadable { path, source } => write!(
                f,
                "the font {} cannot be read ({source}); give the function the fonts' layer that \
                 deploy/build makes",
                path.display()
            ),
            Self::Another { path } => write!(
                f,
                "{} is not the font that this binary was built with; deploy the function and the \
                 fonts' layer together",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LayerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Finds the font in a folder of fonts and maps it: of its 46 MB only the parts are read that
/// names need. Without a folder it has to be in the binary. To be called before any text is set;
/// a process without it would set names without their characters.
pub fn find(folder: Option<&Path>) -> Result<(), LayerError> {
    let Some(folder) = folder else {
        return if super::EMBEDDED.is_some() { Ok(()) } else { Err(LayerError::NotTold) };
    };
    let mapped = map(&folder.join(FILE))?;
    // Who was first mapped the same bytes.
    let _ = MAPPED.set(mapped);
    Ok(())
}

/// The font, wherever it is.
pub(super) fn data() -> &'static [u8] {
    match (MAPPED.get(), super::EMBEDDED) {
        (Some(mapped), _) => mapped,
        (None, Some(embedded)) => embedded(),
        (None, None) => unreachable!("{}: find it before any text is set", LayerError::NotTold),
    }
}

fn map(path: &Path) -> Result<Mmap, LayerError> {
    let unreadable = |source| LayerError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    // SAFETY: a layer is mounted read-only, and nobody writes into a font beside a binary while
    // it runs.
    let mapped = unsafe { Mmap::map(&file) }.map_err(unreadable)?;
    match mapped.len().to_string() == LENGTH && mapped.starts_with(BEGINS) {
        true => Ok(mapped),
        false => Err(LayerError::Another { path: path.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn a_font_beside_the_binary_is_the_same_bytes() {
        find(Some(folder())).unwrap();
        assert!(data() == std::fs::read(folder().join(FILE)).unwrap());
    }

    #[test]
    fn a_layer_that_is_missing_is_named() {
        let error = find(Some(Path::new("/nowhere/fonts"))).unwrap_err();
        assert!(error.to_string().contains("/nowhere/fonts/ipamj-mincho/ipamjm.ttf"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn another_font_or_a_part_of_it_is_refused() {
        let bytes = std::fs::read(folder().join(FILE)).unwrap();
        let path = std::env::temp_dir().join(format!("kanso-font-{}", std::process::id()));
        let mut changed = bytes.clone();
        changed[100] ^= 1;
        for broken in [&bytes[..bytes.len() - 1], &changed, b""] {
            std::fs::write(&path, broken).unwrap();
            let refused = map(&path);
            std::fs::remove_file(&path).unwrap();
            assert!(refused.is_err(), "{} bytes", broken.len());
        }
    }

    #[test]
    fn a_binary_that_has_it_needs_no_layer_and_one_that_has_not_says_so() {
        let found = find(None);
        match crate::EMBEDDED {
            Some(_) => assert!(found.is_ok()),
            None => assert!(found.unwrap_err().to_string().contains("/opt/fonts on AWS")),
        }
    }
}
