//! The light of the hour: sun, sky, and what the road throws back.

use super::vector::{Colour, Vec3, srgb, vec3};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hour {
    Day,
    Golden,
    Night,
    Rain,
}

#[derive(Debug, Clone)]
pub struct Light {
    pub hour: Hour,
    /// Towards the sun or the floodlight.
    pub sun: Vec3,
    pub sun_colour: Colour,
    pub sky: Colour,
    pub bounce: Colour,
    /// Sharpness of shadows: larger is sharper.
    pub hardness: f32,
    pub haze: Colour,
    /// Metres over which far things fade to a third.
    pub haze_reach: f32,
}

impl Light {
    /// `side` from -1 (sun at the left) to 1.
    pub fn new(hour: Hour, side: f32) -> Self {
        let scaled = |hex: u32, by: f32| srgb(hex) * by;
        let (sun, sun_colour, sky, bounce, hardness, haze, haze_reach) = match hour {
            Hour::Day => (
                vec3(side, 1.35, -0.75),
                scaled(0xfff2dc, 2.3),
                scaled(0xb9d2f2, 0.85),
                scaled(0xb9ae9f, 0.34),
                14.0,
                srgb(0xc4d6e6),
                190.0,
            ),
            Hour::Golden => (
                vec3(side, 0.62, -0.28),
                scaled(0xffc98a, 2.7),
                scaled(0xb6c0dc, 0.62),
                scaled(0xc49a74, 0.36),
                12.0,
                srgb(0xf2cfa4),
                230.0,
            ),
            Hour::Night => (
                vec3(side, 1.1, -1.2),
                scaled(0xfff0d6, 1.9),
                scaled(0x5d6f9c, 0.26),
                scaled(0x8b7a62, 0.24),
                8.0,
                srgb(0x141a2a),
                160.0,
            ),
            Hour::Rain => (
                vec3(side * 0.4, 1.6, -0.7),
                scaled(0xdfe7ee, 0.55),
                scaled(0xcdd6de, 1.05),
                scaled(0x9aa0a4, 0.40),
                3.0,
                srgb(0xb4bec6),
                75.0,
            ),
        };
        Self { hour, sun: sun.normalised(), sun_colour, sky, bounce, hardness, haze, haze_reach }
    }

    /// Light on a matt surface: `n` its direction, `shadow` and `open` (0..1) how much
    /// of the sun and of the sky it sees.
    #[inline(always)]
    pub fn on(&self, n: Vec3, shadow: f32, open: f32) -> Colour {
        let sun = (n.dot(self.sun)).max(0.0) * shadow;
        let up = n.y * 0.5 + 0.5;
        self.sun_colour * sun + (self.sky * (0.25 + 0.75 * up) + self.bounce * (1.0 - up)) * open
    }

    pub fn through_haze(&self, colour: Colour, depth: f32) -> Colour {
        colour.mix(self.haze, 1.0 - (-depth / self.haze_reach).exp())
    }
}
