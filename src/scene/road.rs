//! The road: asphalt, lines, the timing mat, and the runners' shadows.

use rayon::prelude::*;

use super::backdrop::COURSE;
use super::camera::Camera;
use super::dice::noise2;
use super::layer::Frame;
use super::light::{Hour, Light};
use super::portrait::Portrait;
use super::vector::{Vec3, smoothstep, srgb, vec3};

/// Paints the road below the horizon.
pub fn lay(frame: &mut Frame, camera: &Camera, light: &Light, line: f32, runners: &[Portrait<'_>]) {
    let from = camera.horizon.max(0.0) as usize;
    let width = frame.width;
    let wet = light.hour == Hour::Rain;
    let mirror: Vec<Vec3> = if wet { frame.pixels.clone() } else { Vec::new() };
    let height = frame.height;
    if from >= height {
        return;
    }
    frame.pixels[from * width..].par_chunks_mut(width).enumerate().for_each(|(row, pixels)| {
        let y = (from + row) as f32 + 0.5;
        let drop = (y - camera.horizon).max(0.7);
        let depth = camera.eye * camera.focal / drop;
        let metre = camera.scale(depth);
        // Metres along and across the road that the lens smears together.
        let blur = (camera.blur(depth) + 0.8) / metre;
        let along = (blur + 0.8 / metre) * depth / camera.eye;
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let x = (column as f32 - camera.centre_x) / metre;
            let mut stone = asphalt(x, depth, blur);
            stone = stone.mix(srgb(0xd9d9d4), paint_lines(x, depth, blur, along, line));
            let mat = band(depth - line - 0.9, 0.30, along);
            stone = stone.mix(srgb(0x1f2a55), mat * (x.abs() < COURSE) as u8 as f32 * 0.9);
            let p = vec3(x, 0.0, depth);
            let shadow = runners.iter().map(|runner| runner.sunlight(p, 0.02)).fold(1.0, f32::min);
            let contact = runners.iter().map(|runner| close_to_feet(runner, p)).fold(1.0, f32::min);
            let mut lit = stone.tint(light.on(Vec3::UP, shadow, contact));
            if wet {
                let ripple = 6.0 * (noise2(x * 7.0, depth * 3.0) - 0.5);
                let up = 2.0 * camera.horizon - y + ripple;
                let seen = mirror
                    [(up.clamp(0.0, height as f32 - 1.0) as usize).min(from) * width + column];
                let puddle = 0.18 + 0.30 * smoothstep(0.42, 0.62, noise2(x * 0.9, depth * 0.5));
                lit = lit * 0.6 + seen * puddle;
            }
            // The horizon is out of focus too.
            let near = smoothstep(0.0, camera.blur(60.0) * 1.5 + 1.0, y - camera.horizon);
            *pixel = pixel.mix(light.through_haze(lit, depth), near);
        }
    });
}

fn asphalt(x: f32, z: f32, blur: f32) -> Vec3 {
    let mut tone = 0.0;
    for (scale, amount) in [(0.55, 0.20), (2.6, 0.12), (17.0, 0.16), (75.0, 0.26), (210.0, 0.30)] {
        let keep = 1.0 - smoothstep(0.15, 0.8, blur * scale);
        if keep > 0.0 {
            tone += amount * keep * (noise2(x * scale, z * scale * 0.8) - 0.5);
        }
    }
    srgb(0x83817e) * (1.0 + tone)
}

/// 1 within `half` of 0, with edges as soft as the lens makes them.
fn band(v: f32, half: f32, soft: f32) -> f32 {
    let edge = soft.max(0.004);
    smoothstep(-edge, edge, half - v.abs()) * (half / (half + edge * 0.5)).min(1.0)
}

fn paint_lines(x: f32, z: f32, blur: f32, along: f32, line: f32) -> f32 {
    let worn = 0.75 + 0.25 * noise2(x * 6.0, z * 6.0);
    let finish = band(z - line, 0.16, along);
    let sides = band(x.abs() - (COURSE - 0.45), 0.06, blur);
    worn * if x.abs() < COURSE { finish.max(sides) } else { 0.0 }
}

fn close_to_feet(runner: &Portrait<'_>, p: Vec3) -> f32 {
    let mut open = 1.0f32;
    for leg in &runner.figure.pose.legs {
        for joint in &leg.joints[2..] {
            let d = vec3(p.x - joint.x, 0.0, p.z - joint.z).length();
            let near = 0.11 + joint.y * 1.1;
            let dark = 0.75 / (1.0 + (joint.y * 9.0).powi(2));
            open = open.min(1.0 - dark * (1.0 - smoothstep(0.2 * near, 1.6 * near, d)));
        }
    }
    open
}
