//! Chance from a seed: the same seed throws the same dice on every machine.

use super::vector::{Colour, srgb};

/// SplitMix64: tiny, fast, and fixed by its definition (unlike a crate's generator,
/// whose stream may change with its version).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice for one part of a scene, so that a change in one part leaves the others alone.
    pub fn fork(&self, part: u64) -> Self {
        let mut dice = Self(self.0 ^ part.wrapping_mul(0x9e6c_63d0_876a_68de));
        dice.roll();
        dice
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 up to, not including, 1.
    pub fn unit(&mut self) -> f32 {
        (self.roll() >> 40) as f32 / (1u64 << 24) as f32
    }

    pub fn range(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit()
    }

    /// 0 up to, not including, `n`; 0 for `n` = 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.roll() % n as u64) as usize }
    }

    pub fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// About normal (sum of four), mean 0, standard deviation 1.
    pub fn normal(&mut self) -> f32 {
        (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * 1.732
    }

    /// One of a non-empty list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One sRGB colour of a non-empty list, in linear light.
    pub fn colour(&mut self, list: &[u32]) -> Colour {
        srgb(*self.pick(list))
    }
}

/// A fixed pseudo-random value in 0..1 for a lattice point.
#[inline(always)]
pub fn hash(x: i32, y: i32, z: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x8da6_b343)
        ^ (y as u32).wrapping_mul(0xd816_3841)
        ^ (z as u32).wrapping_mul(0xcb1a_b31f);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297a_2d39);
    h ^= h >> 15;
    (h >> 8) as f32 / (1u32 << 24) as f32
}

/// Smooth value noise, 0..1, one lattice cell per unit.
#[inline(always)]
pub fn noise(x: f32, y: f32, z: f32) -> f32 {
    let (xf, yf, zf) = (x.floor(), y.floor(), z.floor());
    let (xi, yi, zi) = (xf as i32, yf as i32, zf as i32);
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v, w) = (ease(x - xf), ease(y - yf), ease(z - zf));
    let lerp = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let row = |y: i32, z: i32| lerp(hash(xi, y, z), hash(xi + 1, y, z), u);
    let near = lerp(row(yi, zi), row(yi + 1, zi), v);
    let far = lerp(row(yi, zi + 1), row(yi + 1, zi + 1), v);
    lerp(near, far, w)
}

/// Smooth value noise on a plane, 0..1.
#[inline(always)]
pub fn noise2(x: f32, y: f32) -> f32 {
    let (xf, yf) = (x.floor(), y.floor());
    let (xi, yi) = (xf as i32, yf as i32);
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - xf), ease(y - yf));
    let lerp = |a: f32, b: f32, t: f32| a + (b - a) * t;
    lerp(
        lerp(hash(xi, yi, 7), hash(xi + 1, yi, 7), u),
        lerp(hash(xi, yi + 1, 7), hash(xi + 1, yi + 1, 7), u),
        v,
    )
}

/// Several octaves of [`noise2`], 0..1.
pub fn clouds(x: f32, y: f32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut scale, mut amplitude) = (0.0, 0.0, 1.0, 1.0);
    for octave in 0..octaves {
        sum += amplitude * noise2(x * scale + octave as f32 * 19.7, y * scale);
        weight += amplitude;
        scale *= 2.03;
        amplitude *= 0.5;
    }
    sum / weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let throw = |seed| {
            let mut dice = Dice::new(seed);
            (dice.roll(), dice.roll())
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
        assert_eq!(Dice::new(0).roll(), 0xe220_a839_7b1d_cdaf, "SplitMix64's published stream");
    }
}
