//! How a body is held: the run cycle and a few gestures, as joint positions.

use super::dice::Dice;
use super::vector::{Vec3, vec3};

/// What a runner does at the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gesture {
    Run,
    /// Both arms up.
    Cheer,
    /// One fist up.
    Fist,
    /// One hand stops the watch: the forearm hides part of the bib.
    Watch,
    /// Both forearms before the chest: the bib cannot be read.
    Folded,
}

/// An orthonormal frame: l to the runner's left, u up the spine, f forward.
#[derive(Debug, Clone, Copy)]
pub struct Axes {
    pub o: Vec3,
    pub l: Vec3,
    pub u: Vec3,
    pub f: Vec3,
}

impl Axes {
    pub fn point(&self, l: f32, u: f32, f: f32) -> Vec3 {
        self.o + self.direction(l, u, f)
    }

    pub fn direction(&self, l: f32, u: f32, f: f32) -> Vec3 {
        self.l * l + self.u * u + self.f * f
    }

    /// A point's coordinates in this frame.
    pub fn local(&self, p: Vec3) -> Vec3 {
        let d = p - self.o;
        vec3(d.dot(self.l), d.dot(self.u), d.dot(self.f))
    }

    fn turned(&self, twist: f32, lean: f32) -> Self {
        let (s, c) = twist.sin_cos();
        let (l, f) = (self.l * c - self.f * s, self.f * c + self.l * s);
        let (s, c) = lean.sin_cos();
        Self { o: self.o, l, u: self.u * c + f * s, f: f * c - self.u * s }
    }

    fn moved(&self, o: Vec3) -> Self {
        Self { o, ..*self }
    }
}

/// One leg or arm: hip, knee, ankle, toe or shoulder, elbow, wrist, knuckles.
#[derive(Debug, Clone, Copy)]
pub struct Limb {
    pub joints: [Vec3; 4],
}

/// A posed skeleton in world coordinates.
#[derive(Debug, Clone)]
pub struct Pose {
    /// Height of the body in metres.
    pub height: f32,
    pub pelvis: Axes,
    /// Its origin lies at the height of the armpits, in the middle of the chest.
    pub chest: Axes,
    pub head: Axes,
    /// Left, right.
    pub legs: [Limb; 2],
    pub arms: [Limb; 2],
}

/// What a pose is made from.
#[derive(Debug, Clone)]
pub struct Stance {
    pub x: f32,
    pub z: f32,
    pub height: f32,
    /// Radians; 0 faces the camera.
    pub yaw: f32,
    /// Where in the stride, 0..1.
    pub phase: f32,
    pub gesture: Gesture,
    pub female: bool,
}

/// Thigh and knee flexion and the foot's pitch through one stride, in degrees,
/// from touch-down on; read off the running gait of any biomechanics textbook.
const STRIDE: [[f32; 3]; 8] = [
    [26.0, 14.0, 8.0],
    [10.0, 36.0, 0.0],
    [-8.0, 24.0, -6.0],
    [-22.0, 20.0, -44.0],
    [-16.0, 66.0, -70.0],
    [10.0, 100.0, -62.0],
    [34.0, 92.0, -24.0],
    [38.0, 48.0, 6.0],
];

fn stride(phase: f32) -> [f32; 3] {
    let x = phase.rem_euclid(1.0) * 8.0;
    let (i, t) = (x as usize % 8, x.fract());
    let t = t * t * (3.0 - 2.0 * t);
    let (a, b) = (STRIDE[i], STRIDE[(i + 1) % 8]);
    [0, 1, 2].map(|k| (a[k] + (b[k] - a[k]) * t).to_radians())
}

impl Pose {
    pub fn new(stance: &Stance, dice: &mut Dice) -> Self {
        let h = stance.height;
        let (s, c) = stance.yaw.sin_cos();
        let ground = Axes {
            o: vec3(stance.x, 0.0, stance.z),
            l: vec3(c, 0.0, s),
            u: Vec3::UP,
            f: vec3(s, 0.0, -c),
        };
        let sway = (stance.phase * std::f32::consts::TAU).cos();
        let lean = 0.06 + dice.range(-0.02, 0.06);
        let pelvis = ground.turned(-0.10 * sway, lean * 0.5);
        let hip = if stance.female { 0.056 } else { 0.052 };
        let mut legs = [1.0f32, -1.0].map(|side| {
            let phase = stance.phase + if side > 0.0 { 0.0 } else { 0.5 };
            leg(&pelvis, &ground, side, hip * h, h, stride(phase))
        });
        let lowest =
            legs.iter().flat_map(|leg| leg.joints[2..].iter()).map(|p| p.y).fold(9.0, f32::min);
        let rise = vec3(0.0, 0.042 * h / 1.7 - lowest, 0.0);
        for leg in &mut legs {
            for joint in &mut leg.joints {
                *joint += rise;
            }
        }
        let pelvis = pelvis.moved(pelvis.o + rise);
        let spine = pelvis.turned(0.24 * sway, lean);
        let chest = spine.moved(pelvis.o + spine.u * (0.235 * h));
        let neck = chest.point(0.0, 0.085 * h, 0.004);
        let head = chest.turned(-0.12 * sway + dice.range(-0.12, 0.12), dice.range(-0.05, 0.12));
        let head = head.moved(neck + head.u * (0.072 * h) + head.f * 0.012);
        let span = if stance.female { 0.098 } else { 0.110 } * h;
        let mirrored = dice.chance(0.5);
        let arms = [1.0f32, -1.0].map(|side| {
            let phase = stance.phase + if side > 0.0 { 0.0 } else { 0.5 };
            let lead = (side > 0.0) != mirrored;
            arm(&chest, side, span, h, angles(stance.gesture, lead, phase, dice))
        });
        Self { height: h, pelvis, chest, head, legs, arms }
    }
}

fn leg(pelvis: &Axes, ground: &Axes, side: f32, hip: f32, h: f32, angles: [f32; 3]) -> Limb {
    let [thigh, knee, pitch] = angles;
    let along = |angle: f32, inward: f32| {
        (ground.u * -angle.cos() + pelvis.f * angle.sin() + ground.l * (-side * inward))
            .normalised()
    };
    let root = pelvis.point(side * hip, -0.012 * h, 0.0);
    let joint = root + along(thigh, 0.05) * (0.245 * h);
    let ankle = joint + along(thigh - knee, 0.07) * (0.237 * h);
    let shin = along(thigh - knee, 0.0);
    // The foot is at a right angle to the shin, then pitched.
    let square = (pelvis.f - shin * pelvis.f.dot(shin)).normalised();
    let level = ground.f * pitch.cos() + ground.u * pitch.sin();
    let foot = (square * 0.35 + level * 0.65 + ground.l * (side * 0.12)).normalised();
    let sole = ankle - shin * -0.028;
    Limb { joints: [root, joint, sole, sole + foot * (0.098 * h)] }
}

/// Shoulder swing, abduction, elbow flexion and inward turn, in degrees.
fn angles(gesture: Gesture, lead: bool, phase: f32, dice: &mut Dice) -> [f32; 4] {
    let swing = (phase * std::f32::consts::TAU).cos();
    let mut near = |a: f32, by: f32| a + dice.range(-by, by);
    match (gesture, lead) {
        (Gesture::Cheer, _) => {
            [near(158.0, 14.0), near(26.0, 12.0), near(24.0, 20.0), near(4.0, 8.0)]
        }
        (Gesture::Fist, true) => [near(140.0, 20.0), near(30.0, 8.0), near(60.0, 30.0), 6.0],
        (Gesture::Watch, true) => [near(22.0, 4.0), 10.0, near(78.0, 6.0), near(64.0, 6.0)],
        (Gesture::Watch, false) => [near(34.0, 4.0), 14.0, near(98.0, 6.0), near(58.0, 6.0)],
        (Gesture::Folded, true) => [near(16.0, 3.0), 10.0, near(74.0, 4.0), 74.0],
        (Gesture::Folded, false) => [near(20.0, 3.0), 10.0, near(94.0, 4.0), 76.0],
        _ => [
            -34.0 * swing - 6.0,
            near(13.0, 5.0),
            near(88.0, 10.0) - 12.0 * swing,
            near(20.0, 8.0) - 8.0 * swing,
        ],
    }
}

fn arm(chest: &Axes, side: f32, span: f32, h: f32, angles: [f32; 4]) -> Limb {
    let [swing, abduct, elbow, inward] = angles.map(f32::to_radians);
    let root = chest.point(side * span, 0.042 * h, -0.004);
    let upper = chest
        .direction(side * abduct.sin(), -swing.cos() * abduct.cos(), swing.sin() * abduct.cos())
        .normalised();
    let bend = chest.direction(0.0, swing.sin(), swing.cos());
    let bend = (bend * inward.cos() + chest.l * (-side * inward.sin())).normalised();
    let fore = (upper * elbow.cos() + bend * elbow.sin()).normalised();
    let joint = root + upper * (0.170 * h);
    let wrist = joint + fore * (0.146 * h);
    Limb { joints: [root, joint, wrist, wrist + fore * (0.050 * h)] }
}
