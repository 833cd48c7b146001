//! The fonts of one certificate, in chains.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use kanso_fonts::FONTS;

pub use kanso_fonts::Role;
use sha2::{Digest, Sha256};

use super::chains;
use super::itemise;
use super::set::TextError;
use kanso_page::font::{Font, FontError};

/// Fonts in the order in which they are asked for a character.
#[derive(Debug, Clone)]
pub struct Chain {
    pub(super) name: String,
    pub(super) fonts: Vec<(Arc<Font>, Role)>,
}

/// The fonts of one certificate: the bundled chains, and those that a template brings.
#[derive(Debug, Clone)]
pub struct FontLibrary {
    chains: BTreeMap<String, Arc<Chain>>,
}

static BUNDLED: LazyLock<FontLibrary> = LazyLock::new(|| {
    let fonts: BTreeMap<&str, (Arc<Font>, Role)> = FONTS
        .iter()
        .map(|file| {
            let font = Font::parse(file.name, file.data(), 0)
                .unwrap_or_else(|error| unreachable!("a bundled font is broken: {error}"));
            (file.name, (Arc::new(font), file.role))
        })
        .collect();
    let chains = chains::CHAINS.iter().map(|(name, names)| {
        let fonts = names.iter().map(|font| fonts[font].clone()).collect();
        ((*name).to_owned(), Arc::new(Chain { name: (*name).to_owned(), fonts }))
    });
    FontLibrary { chains: chains.collect() }
});

/// A template's fonts by content. Fonts live as long as the process (a [`Font`] borrows its
/// bytes for ever), so a template that is read again must find its own.
static TEMPLATE_FONTS: Mutex<BTreeMap<[u8; 32], Arc<Font>>> = Mutex::new(BTreeMap::new());

impl FontLibrary {
    /// The bundled chains: `gothic`, `gothic-bold`, `mincho`, `mincho-bold`, `display`.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// This library and one more chain: a template's own fonts, first choice first, and
    /// after them all of the chain named `after`. A chain of the same name is replaced.
    ///
    /// Each font is its file name and its bytes.
    pub fn with_chain<'a>(
        mut self,
        name: &str,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        after: &str,
    ) -> Result<Self, ChainError> {
        let rest = self.chain(after)?;
        let mut fonts = Vec::new();
        for (file, bytes) in files {
            let font = template_font(file, bytes)?;
            // A font with kanji is for Japanese; its Latin was drawn to stand beside them.
            if font.has('永') {
                fonts.push((Arc::clone(&font), Role::Cjk));
            }
            if font.has('A') {
                fonts.push((font, Role::Latin));
            } else if !font.has('永') {
                fonts.push((font, Role::Script));
            }
        }
        fonts.extend(rest.fonts.iter().cloned());
        self.chains.insert(name.to_owned(), Arc::new(Chain { name: name.to_owned(), fonts }));
        Ok(self)
    }

    /// The names of the chains, sorted.
    pub fn chain_names(&self) -> impl Iterator<Item = &str> {
        self.chains.keys().map(String::as_str)
    }

    /// What of a text no font of the chain can set: characters, or a character with its
    /// marks or variation selector. Empty where all is well.
    pub fn missing(&self, chain: &str, text: &str) -> Result<Vec<String>, TextError> {
        Ok(itemise::missing(self.chain(chain)?, text))
    }

    /// The chain of this name.
    pub fn chain(&self, name: &str) -> Result<&Chain, TextError> {
        self.chains.get(name).map(AsRef::as_ref).ok_or_else(|| TextError::NoChain {
            chain: name.to_owned(),
            known: self.chain_names().collect::<Vec<_>>().join(", "),
        })
    }
}

impl Default for FontLibrary {
    fn default() -> Self {
        Self::bundled().clone()
    }
}

impl Chain {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The fonts, first choice first.
    pub fn fonts(&self) -> impl Iterator<Item = &Arc<Font>> {
        self.fonts.iter().map(|(font, _)| font)
    }
}

/// Why a template's fonts make no chain.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChainError {
    #[error(transparent)]
    Font(#[from] FontError),
    #[error(transparent)]
    Chain(#[from] TextError),
}

fn template_font(file: &str, bytes: &[u8]) -> Result<Arc<Font>, FontError> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let mut fonts = TEMPLATE_FONTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(font) = fonts.get(&digest) {
        return Ok(Arc::clone(font));
    }
    // Looked at before it is kept for ever: a broken file must not cost memory each time.
    if harfrust::Font::new(bytes.to_vec(), 0).is_none() {
        return Err(FontError::Unreadable { name: file.to_owned(), index: 0 });
    }
    let name: &'static str =
        Box::leak(format!("{file}-{}", hex::encode(&digest[..4])).into_boxed_str());
    let font = Arc::new(Font::parse(name, Box::leak(bytes.to_vec().into_boxed_slice()), 0)?);
    fonts.insert(digest, Arc::clone(&font));
    Ok(font)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chain_ends_in_the_font_of_the_family_register() {
        for name in FontLibrary::bundled().chain_names() {
            let chain = FontLibrary::bundled().chain(name).unwrap();
            let last = chain.fonts().last().unwrap();
            assert_eq!(last.name(), "IPAmjMincho", "{name}");
        }
    }

    #[test]
    fn an_unknown_chain_is_refused_with_the_known_ones() {
        let error = FontLibrary::bundled().chain("comic").unwrap_err();
        assert!(error.to_string().contains("gothic, gothic-bold, mincho"), "{error}");
    }

    #[test]
    fn a_template_font_is_kept_once_however_often_it_is_read() {
        let bytes = FONTS.iter().find(|font| font.name == "NotoSansThai-Regular").unwrap().data();
        let chain = |library: FontLibrary| {
            let library = library.with_chain("own", [("thai.ttf", bytes)], "gothic").unwrap();
            Arc::clone(library.chain("own").unwrap().fonts().next().unwrap())
        };
        let (one, two) = (chain(FontLibrary::default()), chain(FontLibrary::default()));
        assert!(Arc::ptr_eq(&one, &two));
        assert!(one.has('ส') && one.name().starts_with("thai.ttf"));
    }
}
