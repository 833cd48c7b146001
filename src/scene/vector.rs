//! Points, directions and linear-light colours: three floats.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A point or direction in metres (x right, y up, z away from the camera), or a
/// colour in linear light (red, green, blue; 1 is white paper in full light).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Vec3 {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

/// A colour in linear light.
pub type Colour = Vec3;

#[inline(always)]
pub const fn vec3(x: f32, y: f32, z: f32) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    pub const UP: Self = vec3(0.0, 1.0, 0.0);

    #[inline(always)]
    pub const fn grey(v: f32) -> Self {
        vec3(v, v, v)
    }

    #[inline(always)]
    pub fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    #[inline(always)]
    pub fn cross(self, o: Self) -> Self {
        vec3(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)
    }

    #[inline(always)]
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    #[inline(always)]
    pub fn normalised(self) -> Self {
        self * (1.0 / self.length().max(1e-9))
    }

    /// Component by component: a colour through a filter.
    #[inline(always)]
    pub fn tint(self, o: Self) -> Self {
        vec3(self.x * o.x, self.y * o.y, self.z * o.z)
    }

    #[inline(always)]
    pub fn mix(self, o: Self, t: f32) -> Self {
        self + (o - self) * t
    }

    /// How bright the colour looks (Rec. 709 luma of linear light).
    #[inline(always)]
    pub fn luminance(self) -> f32 {
        0.2126 * self.x + 0.7152 * self.y + 0.0722 * self.z
    }
}

impl Add for Vec3 {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        vec3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl AddAssign for Vec3 {
    #[inline(always)]
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}

impl Sub for Vec3 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        vec3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f32> for Vec3 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, s: f32) -> Self {
        vec3(self.x * s, self.y * s, self.z * s)
    }
}

impl Neg for Vec3 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self * -1.0
    }
}

/// 0 below `a`, 1 above `b`, smooth between.
#[inline(always)]
pub fn smoothstep(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// An sRGB byte triple as linear light.
pub fn srgb(hex: u32) -> Colour {
    let channel = |shift: u32| decode(((hex >> shift) & 0xff) as f32 / 255.0);
    vec3(channel(16), channel(8), channel(0))
}

/// sRGB to linear light, 0 to 1.
#[inline]
pub fn decode(v: f32) -> f32 {
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// Linear light to sRGB, 0 to 1.
#[inline]
pub fn encode(v: f32) -> f32 {
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}
