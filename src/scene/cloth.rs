//! Cloth: its folds, and the patterns printed on shirts.

use super::dice::noise;
use super::figure::Figure;
use super::outfit::{Pattern, Top};
use super::skin;
use super::solid::Stuff;
use super::vector::{Colour, Vec3, smoothstep};

/// How far folds push a surface in, metres.
#[inline(always)]
pub fn folds(figure: &Figure, stuff: Stuff, p: Vec3) -> f32 {
    let amplitude = match stuff {
        Stuff::Shirt => 0.017,
        Stuff::Shorts => 0.015,
        Stuff::Hair => return 0.006 * (noise(p.x * 90.0, p.y * 30.0, p.z * 90.0) - 0.5),
        _ => return 0.0,
    };
    let q = figure.chest(p);
    // Folds run down from the shoulders and across where the body turns.
    let slant = q.y + 0.8 * q.x.abs();
    let long = noise(q.x * 9.0 + 3.0 * slant, slant * 5.0, q.z * 7.0) - 0.5;
    let short = noise(q.x * 26.0 - 9.0 * q.y, q.y * 11.0, q.z * 20.0 + 5.0) - 0.5;
    // Sharp valleys between round ridges, as cloth folds.
    let ridge = (noise(q.x * 13.0 + 6.0 * slant, slant * 9.0, q.z * 9.0) - 0.5).abs();
    amplitude * (long * 0.9 + short * 0.35 - ridge * 0.9 + 0.2)
}

/// The colour of the shirt at a point, skin where a singlet leaves it bare.
pub fn shirt(figure: &Figure, p: Vec3) -> Colour {
    let outfit = &figure.outfit;
    let q = figure.chest(p);
    let across = q.x.abs();
    let neck = 0.105 + if outfit.top == Top::Singlet { -0.035 } else { 0.0 };
    let scoop = (q.y - neck) - 9.0 * across * across + q.z * -0.10;
    let collar = if q.z > -0.02 { smoothstep(0.0, 0.004, scoop) } else { 0.0 };
    let mut bare = if across < 0.105 { collar } else { 0.0 };
    if outfit.top == Top::Singlet {
        let armhole = across - (0.118 + 0.55 * (0.03 - q.y).max(0.0));
        bare = bare.max(smoothstep(0.0, 0.004, armhole) * smoothstep(-0.09, -0.085, q.y));
    }
    let [first, second] = outfit.shirt;
    let dye = match outfit.pattern {
        Pattern::Plain => first,
        Pattern::Yoke => first.mix(second, smoothstep(0.0, 0.006, q.y - 0.03 + 0.2 * across)),
        Pattern::SidePanels => first.mix(second, smoothstep(0.108, 0.114, across)),
        Pattern::Hoops => first.mix(second, smoothstep(0.0, 0.15, (q.y * 52.0).sin())),
        Pattern::Sash => {
            let band = (q.y + 0.9 * q.x + 0.06).abs();
            second.mix(first, smoothstep(0.045, 0.050, band))
        }
        Pattern::Fade => first.mix(second, smoothstep(-0.30, 0.08, q.y)),
    };
    let damp = 1.0 - 0.16 * smoothstep(0.5, 0.8, noise(q.x * 6.0, q.y * 6.0, 3.0));
    let trim =
        if (scoop.abs() < 0.007 && across < 0.10 && q.z > 0.0) || bare > 0.3 { 0.8 } else { 1.0 };
    (dye * (damp * trim)).mix(skin::tone(figure, p), bare)
}
