//! What a runner wears and looks like: never a face that could be anyone's.

use super::dice::Dice;
use super::vector::{Colour, srgb};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Top {
    Singlet,
    Tee,
    Long,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HairStyle {
    Cropped,
    Full,
    Ponytail,
    Bun,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    Plain,
    /// Other colour from the chest up.
    Yoke,
    SidePanels,
    Hoops,
    Sash,
    Fade,
}

#[derive(Debug, Clone)]
pub struct Outfit {
    pub skin: Colour,
    pub hair: Colour,
    pub hair_style: HairStyle,
    pub top: Top,
    pub pattern: Pattern,
    pub shirt: [Colour; 2],
    pub shorts: Colour,
    /// Thigh covered by the shorts, 0..1.
    pub shorts_length: f32,
    /// Half or full tights under the shorts, and how far down the shin (0..1).
    pub tights: Option<(Colour, f32)>,
    pub socks: Colour,
    pub sock_length: f32,
    pub shoes: Colour,
    pub sole: Colour,
    pub hat: Option<Colour>,
    pub glasses: Option<Colour>,
    pub watch: bool,
}

const SKIN: [u32; 7] = [0xf0c8a8, 0xe8b996, 0xdba882, 0xc98f68, 0xa9714b, 0x7c4f34, 0x553523];
const HAIR: [u32; 7] = [0x17120f, 0x1d1613, 0x241a15, 0x3a2619, 0x5a3d26, 0x8a8580, 0xa5703c];
const SHIRT: [u32; 14] = [
    0x1f4fa3, 0x0f766e, 0xc8352b, 0xe8792a, 0xf0c53a, 0x2a2d34, 0xf1f1ee, 0x7cc242, 0x3aa6dd,
    0xd84e8c, 0x5b3f9d, 0x9fb7c9, 0x17324f, 0xf26d5b,
];
const SHORTS: [u32; 8] =
    [0x15171c, 0x1b2436, 0x22252b, 0x2d3b57, 0x4a4f57, 0x0d0d10, 0x263d36, 0x5a2430];
const SHOES: [u32; 9] =
    [0xf2f2ee, 0xff5a36, 0xc8f13c, 0x27c4d9, 0xf43f8e, 0x20242b, 0x2f6fe0, 0xffb020, 0x9fe0c8];

impl Outfit {
    pub fn new(female: bool, dice: &mut Dice) -> Self {
        let shirt = dice.colour(&SHIRT);
        let second = dice.colour(&SHIRT);
        let style: &[HairStyle] = if female {
            &[HairStyle::Ponytail, HairStyle::Ponytail, HairStyle::Bun, HairStyle::Full]
        } else {
            &[HairStyle::Cropped, HairStyle::Full, HairStyle::Full]
        };
        let tops = [Top::Tee, Top::Tee, Top::Tee, Top::Singlet, Top::Singlet, Top::Long];
        let patterns = [
            Pattern::Plain,
            Pattern::Plain,
            Pattern::Yoke,
            Pattern::SidePanels,
            Pattern::Hoops,
            Pattern::Sash,
            Pattern::Fade,
        ];
        let weight = dice.unit();
        Self {
            skin: srgb(SKIN[((weight * weight * SKIN.len() as f32) as usize).min(6)]),
            hair: dice.colour(&HAIR),
            hair_style: *dice.pick(style),
            top: *dice.pick(&tops),
            pattern: *dice.pick(&patterns),
            shirt: [shirt, second],
            shorts: dice.colour(&SHORTS),
            shorts_length: dice.range(0.36, 0.66),
            tights: dice
                .chance(0.3)
                .then(|| (srgb(0x121318), if dice.chance(0.5) { 0.0 } else { 0.86 })),
            socks: if dice.chance(0.5) { srgb(0xeeeeea) } else { srgb(0x1a1b20) },
            sock_length: if dice.chance(0.2) { 0.72 } else { dice.range(0.12, 0.26) },
            shoes: dice.colour(&SHOES),
            sole: srgb(0xf4f4f0),
            hat: dice.chance(0.42).then(|| dice.colour(&SHIRT)),
            glasses: dice.chance(0.5).then(|| srgb(0x101216)),
            watch: dice.chance(0.7),
        }
    }
}
