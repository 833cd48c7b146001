//! Skin, and just enough of a face to be a person and nobody in particular.

use super::dice::noise;
use super::figure::Figure;
use super::vector::{Colour, Vec3, smoothstep, srgb, vec3};

/// Bare skin, with its unevenness.
pub fn tone(figure: &Figure, p: Vec3) -> Colour {
    let blotch = noise(p.x * 22.0, p.y * 22.0, p.z * 22.0) - 0.5;
    let skin = figure.outfit.skin;
    vec3(skin.x * (1.0 + 0.05 * blotch), skin.y * (1.0 - 0.06 * blotch), skin.z)
}

/// Skin with the marks of a face where the point lies on the front of the head.
pub fn colour(figure: &Figure, p: Vec3, n: Vec3) -> Colour {
    let skin = tone(figure, p);
    let q = figure.face(p);
    if q.z < 0.02 || q.y < -0.13 || q.y > 0.16 || n.z > 0.3 {
        return skin;
    }
    let across = q.x.abs();
    let spot = |x: f32, y: f32, wide: f32, tall: f32| {
        let (dx, dy) = ((across - x) / wide, (q.y - y) / tall);
        1.0 - smoothstep(0.35, 1.0, dx * dx + dy * dy)
    };
    let shade = skin.tint(vec3(0.52, 0.40, 0.36));
    let dark = srgb(0x1d1512);
    let mut colour = skin;
    colour = colour.mix(shade, 0.55 * spot(0.033, 0.008, 0.026, 0.017));
    colour = colour.mix(dark, 0.86 * spot(0.032, 0.006, 0.0135, 0.0055));
    let brow = figure.outfit.hair.mix(skin, 0.25);
    colour = colour.mix(brow, 0.7 * spot(0.034, 0.031, 0.021, 0.0055));
    colour = colour.mix(skin.tint(vec3(1.0, 0.66, 0.60)), 0.45 * spot(0.046, -0.028, 0.026, 0.022));
    let smile = q.y + 0.060 - 6.0 * q.x * q.x;
    let lips = skin.tint(vec3(0.72, 0.36, 0.34));
    colour = colour.mix(lips, 0.8 * spot(0.0, -0.057, 0.028, 0.012));
    let mouth =
        (1.0 - smoothstep(0.0008, 0.0045, smile.abs())) * (1.0 - smoothstep(0.020, 0.025, across));
    colour = colour.mix(srgb(0x4a1f1c), 0.85 * mouth);
    colour.mix(shade, 0.5 * spot(0.007, -0.033, 0.006, 0.004))
}
