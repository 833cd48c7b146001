//! What of IPAmj Mincho is known where the font itself lies beside the binary (`layer.rs`).
//!
//! `KANSO_FONTS_LAYER=1` leaves it out of the binary. Not a feature of cargo's: those are the same
//! for all packages and builds of the workspace.

use std::path::Path;

const FONT: &str = "ipamj-mincho/ipamjm.ttf";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(fonts_layer)");
    println!("cargo::rerun-if-env-changed=KANSO_FONTS_LAYER");
    println!("cargo::rerun-if-changed={FONT}");
    if std::env::var("KANSO_FONTS_LAYER").is_ok_and(|set| set == "1") {
        println!("cargo::rustc-cfg=fonts_layer");
    }
    let font = std::fs::read(FONT).unwrap_or_else(|error| panic!("fonts/{FONT}: {error}"));
    let tables = usize::from(u16::from_be_bytes([font[4], font[5]]));
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("begins"), &font[..12 + 16 * tables])
        .unwrap_or_else(|error| panic!("{out}/begins: {error}"));
    println!("cargo::rustc-env=KANSO_FONT_LENGTH={}", font.len());
}
