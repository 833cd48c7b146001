//! The fonts that are part of the binary; `fonts/README.md` tells where each is from.

use super::library::Role;

/// A font file of the bundle.
pub(super) struct BundledFont {
    pub name: &'static str,
    pub data: &'static [u8],
    pub role: Role,
}

macro_rules! font {
    ($name:literal, $file:literal, $role:ident) => {
        BundledFont {
            name: $name,
            data: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fonts/", $file)),
            role: Role::$role,
        }
    };
}

/// Every bundled font. Mapped from the binary, so a font that no text uses costs nothing.
pub(super) const FONTS: &[BundledFont] = &[
    font!("BIZUDGothic-Regular", "biz-ud/BIZUDGothic-Regular.ttf", Cjk),
    font!("BIZUDGothic-Bold", "biz-ud/BIZUDGothic-Bold.ttf", Cjk),
    font!("NotoSansJP-Regular", "noto-sans-jp/NotoSansJP-Regular.ttf", Cjk),
    font!("NotoSansJP-Bold", "noto-sans-jp/NotoSansJP-Bold.ttf", Cjk),
    font!("BIZUDMincho-Regular", "biz-ud/BIZUDMincho-Regular.ttf", Cjk),
    font!("ZenOldMincho-Bold", "zen-old-mincho/ZenOldMincho-Bold.ttf", Cjk),
    font!("IPAmjMincho", "ipamj-mincho/ipamjm.ttf", Cjk),
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

/// A chain: its name and its fonts, first choice first. All end in IPAmj Mincho, which has
/// every character of the Japanese family register.
pub(super) const CHAINS: &[(&str, &[&str])] = &[
    (
        "gothic",
        &[
            "Inter-Regular",
            "BIZUDGothic-Regular",
            "NotoSansJP-Regular",
            "NanumSquareR",
            "NotoSansThai-Regular",
            "NotoSansArabic-Regular",
            "NotoSansHebrew-Regular",
            "NotoSansDevanagari-Regular",
            "IPAmjMincho",
        ],
    ),
    (
        "gothic-bold",
        &[
            "Inter-SemiBold",
            "BIZUDGothic-Bold",
            "NotoSansJP-Bold",
            "NanumSquareB",
            "NotoSansThai-Bold",
            "NotoSansArabic-Bold",
            "NotoSansHebrew-Bold",
            "NotoSansDevanagari-Bold",
            "IPAmjMincho",
        ],
    ),
    (
        "mincho",
        &[
            "SourceSerif4-Regular",
            "BIZUDMincho-Regular",
            "NanumSquareR",
            "NotoSerifThai-Regular",
            "NotoNaskhArabic-Regular",
            "NotoSerifHebrew-Regular",
            "NotoSerifDevanagari-Regular",
            "IPAmjMincho",
        ],
    ),
    (
        "mincho-bold",
        &[
            "SourceSerif4-SemiBold",
            "ZenOldMincho-Bold",
            "BIZUDMincho-Regular",
            "NanumSquareB",
            "NotoSerifThai-Bold",
            "NotoNaskhArabic-Bold",
            "NotoSerifHebrew-Bold",
            "NotoSerifDevanagari-Bold",
            "IPAmjMincho",
        ],
    ),
    (
        "display",
        &[
            "InterDisplay-SemiBold",
            "BIZUDGothic-Bold",
            "NotoSansJP-Bold",
            "NanumSquareB",
            "NotoSansThai-Bold",
            "NotoSansArabic-Bold",
            "NotoSansHebrew-Bold",
            "NotoSansDevanagari-Bold",
            "IPAmjMincho",
        ],
    ),
];
