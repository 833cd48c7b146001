//! Where the photographer stands and what the lens takes in.

use super::vector::{Vec3, vec3};

/// A pinhole with a shifted lens: verticals stay vertical, as photographers frame them.
#[derive(Debug, Clone)]
pub struct Camera {
    pub width: u32,
    pub height: u32,
    /// Focal length in pixels.
    pub focal: f32,
    /// Pixel column of the optical axis.
    pub centre_x: f32,
    /// Pixel row of the horizon.
    pub horizon: f32,
    /// Metres above the road.
    pub eye: f32,
    /// Distance in focus, metres.
    pub focus: f32,
    /// Blur circle in pixels of a point infinitely far away.
    pub blur_at_infinity: f32,
}

impl Camera {
    pub fn eye_point(&self) -> Vec3 {
        vec3(0.0, self.eye, 0.0)
    }

    /// The direction that pixel (x, y) looks in; its z is 1, so that the ray
    /// parameter is the depth in metres.
    #[inline(always)]
    pub fn ray(&self, x: f32, y: f32) -> Vec3 {
        vec3((x - self.centre_x) / self.focal, (self.horizon - y) / self.focal, 1.0)
    }

    /// Pixel position of a point in front of the camera.
    pub fn project(&self, p: Vec3) -> (f32, f32) {
        let scale = self.focal / p.z.max(0.05);
        (self.centre_x + p.x * scale, self.horizon - (p.y - self.eye) * scale)
    }

    /// Radius in pixels of the blur circle at a depth.
    #[inline(always)]
    pub fn blur(&self, depth: f32) -> f32 {
        0.5 * self.blur_at_infinity * (1.0 - self.focus / depth).abs()
    }

    /// Pixels per metre at a depth.
    #[inline(always)]
    pub fn scale(&self, depth: f32) -> f32 {
        self.focal / depth
    }
}
