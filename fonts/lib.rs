//! The fonts that are part of the binary: data alone, in a crate of its own, so that no
//! change of code writes and links these 80 MB again. `README.md` beside it tells where each
//! font is from. One may lie beside the binary instead ([`find`]).

mod layer;

pub use layer::{LayerError, find};

/// The font that may lie beside the binary, where it lies in it.
#[cfg(not(fonts_layer))]
const EMBEDDED: Option<fn() -> &'static [u8]> = {
    #[inline(never)]
    fn data() -> &'static [u8] {
        include_bytes!("ipamj-mincho/ipamjm.ttf")
    }
    Some(data)
};
#[cfg(fonts_layer)]
const EMBEDDED: Option<fn() -> &'static [u8]> = None;

/// A font file of the bundle.
pub struct FontFile {
    /// Its PostScript name; unique in the bundle.
    pub name: &'static str,
    data: fn() -> &'static [u8],
    pub role: Role,
}

impl FontFile {
    /// The TrueType file.
    pub fn data(&self) -> &'static [u8] {
        (self.data)()
    }
}

/// What a font of a chain is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Latin, Greek, Cyrillic and digits; set a little larger beside CJK.
    Latin,
    /// Kanji, kana and their punctuation.
    Cjk,
    /// The other scripts that it has.
    Script,
}

macro_rules! font {
    ($name:literal, $file:literal, $role:ident) => {
        FontFile {
            name: $name,
            // A function, which the compiler does not copy into what it reads for every crate
            // above this one, as it does a static's value.
            data: {
                #[inline(never)]
                fn data() -> &'static [u8] {
                    include_bytes!($file)
                }
                data
            },
            role: Role::$role,
        }
    };
}

/// Every bundled font. Mapped from the binary, so a font that no text uses costs nothing.
pub static FONTS: &[FontFile] = &[
    font!("BIZUDGothic-Regular", "biz-ud/BIZUDGothic-Regular.ttf", Cjk),
    font!("BIZUDGothic-Bold", "biz-ud/BIZUDGothic-Bold.ttf", Cjk),
    font!("NotoSansJP-Regular", "noto-sans-jp/NotoSansJP-Regular.ttf", Cjk),
    font!("NotoSansJP-Bold", "noto-sans-jp/NotoSansJP-Bold.ttf", Cjk),
    font!("BIZUDMincho-Regular", "biz-ud/BIZUDMincho-Regular.ttf", Cjk),
    font!("ZenOldMincho-Bold", "zen-old-mincho/ZenOldMincho-Bold.ttf", Cjk),
    FontFile { name: "IPAmjMincho", data: layer::data, role: Role::Cjk },
    font!("Inter-Regular", "inter/Inter-Regular.ttf", Latin),
    font!("Inter-SemiBold", "inter/Inter-SemiBold.ttf", Latin),
    font!("InterDisplay-SemiBold", "inter/InterDisplay-SemiBold.ttf", Latin),
    font!("SourceSerif4-Regular", "source-serif/SourceSerif4-Regular.ttf", Latin),
    font!("SourceSerif4-SemiBold", "source-serif/SourceSerif4-SemiBold.ttf", Latin),
    font!("NanumSquareR", "nanum-square/NanumSquareR.ttf", Script),
    font!("NanumSquareB", "nanum-square/NanumSquareB.ttf", Script),
    font!("NotoSansThai-Regular", "noto/NotoSansThai-Regular.ttf", Script),
    font!("NotoSansThai-Bold", "noto/NotoSansThai-Bold.ttf", Script),
    font!("NotoSerifThai-Regular", "noto/NotoSerifThai-Regular.ttf", Script),
    font!("NotoSerifThai-Bold", "noto/NotoSerifThai-Bold.ttf", Script),
    font!("NotoSansArabic-Regular", "noto/NotoSansArabic-Regular.ttf", Script),
    font!("NotoSansArabic-Bold", "noto/NotoSansArabic-Bold.ttf", Script),
    font!("NotoNaskhArabic-Regular", "noto/NotoNaskhArabic-Regular.ttf", Script),
    font!("NotoNaskhArabic-Bold", "noto/NotoNaskhArabic-Bold.ttf", Script),
    font!("NotoSansHebrew-Regular", "noto/NotoSansHebrew-Regular.ttf", Script),
    font!("NotoSansHebrew-Bold", "noto/NotoSansHebrew-Bold.ttf", Script),
    font!("NotoSerifHebrew-Regular", "noto/NotoSerifHebrew-Regular.ttf", Script),
    font!("NotoSerifHebrew-Bold", "noto/NotoSerifHebrew-Bold.ttf", Script),
    font!("NotoSansDevanagari-Regular", "noto/NotoSansDevanagari-Regular.ttf", Script),
    font!("NotoSansDevanagari-Bold", "noto/NotoSansDevanagari-Bold.ttf", Script),
    font!("NotoSerifDevanagari-Regular", "noto/NotoSerifDevanagari-Regular.ttf", Script),
    font!("NotoSerifDevanagari-Bold", "noto/NotoSerifDevanagari-Bold.ttf", Script),
];
