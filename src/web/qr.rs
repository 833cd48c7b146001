//! QR codes on pages.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Empty modules around a code (ISO/IEC 18004, 9.1).
const QUIET: i32 = 4;

/// A code as an SVG on white, also where the page is dark. `None` where the text is too long.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut dark = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a text never fails.
            let _ = write!(dark, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path d=\"{dark}\"/></svg>"
    ))
}

/// A code for a terminal, two rows in a line: light on dark, as terminals mostly are.
pub fn terminal(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let light = |x, y| !code.get_module(x, y);
    let mut drawn = String::new();
    for y in (-QUIET / 2..code.size() + QUIET / 2).step_by(2) {
        for x in -QUIET / 2..code.size() + QUIET / 2 {
            drawn.push(match (light(x, y), light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawn.push('\n');
    }
    Some(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_its_quiet_zone_and_one_too_long_is_not() {
        let svg = svg("http://192.168.0.20:8080/").unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("M4 4h1v1h-1z"), "{svg}");
        assert!(super::svg(&"x".repeat(4000)).is_none());
        let drawn = terminal("http://192.168.0.20:8080/").unwrap();
        let widths: Vec<_> = drawn.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]) && widths[0] > 20, "{drawn}");
        assert!(drawn.starts_with("██"), "quiet at its edge");
    }
}
