//! A runner as a solid: limbs, clothes, hair and shoes around a pose.

use super::outfit::{HairStyle, Outfit, Top};
use super::pose::{Limb, Pose};
use super::solid::{Piece, Stuff};
use super::vector::Vec3;

/// A dressed runner, ready to be lit.
#[derive(Debug)]
pub struct Figure {
    pub pose: Pose,
    pub outfit: Outfit,
    /// In order of stuff.
    pub pieces: Vec<Piece>,
    /// Heaviness of the build, about 1.
    pub build: f32,
    pub female: bool,
}

impl Figure {
    pub fn new(pose: Pose, outfit: Outfit, build: f32, female: bool) -> Self {
        let mut figure = Self { pose, outfit, pieces: Vec::new(), build, female };
        figure.limbs();
        figure.torso();
        figure.shorts();
        figure.head();
        figure.hair();
        figure.headwear();
        figure.pieces.sort_by_key(|piece| piece.stuff as u8);
        figure
    }

    fn add(&mut self, stuff: Stuff, a: (Vec3, f32), b: (Vec3, f32)) {
        self.pieces.push(Piece::new(stuff, a, b, self.pose.chest.f));
    }

    fn limbs(&mut self) {
        let s = self.pose.height / 1.7;
        let thin = s * (0.75 + 0.25 * self.build);
        let (legs, arms) = (self.pose.legs, self.pose.arms);
        for leg in &legs {
            self.leg(leg, s, thin);
        }
        for (i, arm) in arms.iter().enumerate() {
            self.arm(arm, i == 0, s, thin);
        }
    }

    fn leg(&mut self, leg: &Limb, s: f32, thin: f32) {
        let [hip, knee, ankle, toe] = leg.joints;
        let calf = knee + (ankle - knee) * 0.30 - self.pose.pelvis.f * (0.014 * s);
        self.add(Stuff::Skin, (hip, 0.084 * thin), (knee, 0.054 * thin));
        self.add(Stuff::Skin, (knee, 0.052 * thin), (ankle, 0.034 * thin));
        self.add(Stuff::Skin, (calf, 0.052 * thin), (calf + (ankle - knee) * 0.14, 0.044 * thin));
        if let Some((_, down)) = self.outfit.tights {
            let end = knee + (ankle - knee) * down;
            let thigh = Piece::new(
                Stuff::Tights,
                (hip, 0.089 * thin),
                (knee, 0.058 * thin),
                self.pose.chest.f,
            );
            let low = knee + (hip - knee) * 0.08;
            self.pieces.push(if down > 0.0 { thigh } else { thigh.cut(low, knee - hip) });
            if down > 0.0 {
                self.add(Stuff::Tights, (knee, 0.056 * thin), (end, 0.041 * thin));
                self.add(
                    Stuff::Tights,
                    (calf, 0.056 * thin),
                    (calf + (ankle - knee) * 0.14, 0.048 * thin),
                );
            }
        }
        let top = ankle + (knee - ankle) * self.outfit.sock_length;
        let wide = 0.040 + 0.016 * self.outfit.sock_length;
        let sock =
            Piece::new(Stuff::Sock, (ankle, 0.040 * thin), (top, wide * thin), self.pose.pelvis.f);
        self.pieces.push(sock.cut(top, knee - ankle));
        let forward = (toe - ankle).normalised();
        let down = (ankle - knee).normalised();
        let heel = ankle + down * (0.022 * s) - forward * (0.030 * s);
        let ball = toe + down * (0.014 * s);
        let shoe =
            Piece::new(Stuff::Shoe, (heel, 0.043 * s), (ball, 0.044 * s), forward.cross(down));
        self.pieces.push(shoe.flattened(0.92));
        self.add(Stuff::Shoe, (ball, 0.040 * s), (ball + forward * (0.052 * s), 0.027 * s));
        let collar = (ankle + forward * (0.006 * s), 0.044 * s);
        self.add(Stuff::Shoe, collar, (heel + forward * (0.05 * s), 0.046 * s));
    }

    fn arm(&mut self, arm: &Limb, left: bool, s: f32, thin: f32) {
        let [shoulder, elbow, wrist, fist] = arm.joints;
        let front = self.pose.chest.f;
        self.add(Stuff::Skin, (shoulder, 0.050 * thin), (elbow, 0.037 * thin));
        let belly = elbow + (wrist - elbow) * 0.25;
        self.add(Stuff::Skin, (elbow, 0.036 * thin), (wrist, 0.024 * thin));
        self.add(Stuff::Skin, (belly, 0.040 * thin), (wrist, 0.024 * thin));
        let palm = wrist + (fist - wrist) * 0.55;
        self.pieces.push(
            Piece::new(Stuff::Skin, (palm, 0.033 * s), (fist, 0.036 * s), front).flattened(0.82),
        );
        let thumb = fist + (front + Vec3::UP * 0.6).normalised() * (0.022 * s);
        self.add(Stuff::Skin, (palm, 0.016 * s), (thumb, 0.013 * s));
        let sleeve = |to: Vec3, from: f32, end: f32| {
            Piece::new(Stuff::Shirt, (shoulder, from * thin), (to, end * thin), front)
        };
        match self.outfit.top {
            Top::Singlet => {}
            Top::Tee => {
                let hem = shoulder + (elbow - shoulder) * 0.62;
                let past = shoulder + (elbow - shoulder) * 0.9;
                let piece = sleeve(past, 0.061, 0.062).cut(hem, elbow - shoulder);
                self.pieces.push(piece);
            }
            Top::Long => {
                self.pieces.push(sleeve(elbow, 0.060, 0.047));
                self.add(Stuff::Shirt, (elbow, 0.046 * thin), (wrist, 0.035 * thin));
            }
        }
        if self.outfit.watch && left {
            let along = (wrist - elbow).normalised();
            let strap = Piece::new(
                Stuff::Watch,
                (wrist - along * 0.012, 0.031 * thin),
                (wrist + along * 0.012, 0.031 * thin),
                front,
            );
            let (a, b) = (wrist - along * 0.014, wrist + along * 0.016);
            self.pieces.push(strap.cut(b, along).cut(a, -along));
        }
    }

    fn torso(&mut self) {
        let h = self.pose.height;
        let (chest, pelvis, wide) = (self.pose.chest, self.pose.pelvis, self.build * h / 1.7);
        let f = chest.f;
        let neck = chest.point(0.0, 0.105 * h, 0.008);
        let chin = self.pose.head.point(0.0, -0.03 * h, -0.012);
        self.add(Stuff::Skin, (neck, 0.056), (chin, 0.051));
        let waist = pelvis.point(0.0, 0.085 * h, 0.006);
        let ribs = chest.point(0.0, -0.012 * h, 0.006);
        let breadth = if self.female { 0.132 } else { 0.148 };
        let hips = if self.female { 0.152 } else { 0.143 };
        let torso = Piece::new(Stuff::Shirt, (waist, 0.132 * wide), (ribs, breadth * wide), f);
        self.pieces.push(torso.flattened(0.68));
        let [left, right] = [0, 1].map(|i| self.pose.arms[i].joints[0]);
        let yoke = |p: Vec3| p - chest.u * 0.014 + (ribs - p) * 0.12;
        let across =
            Piece::new(Stuff::Shirt, (yoke(left), 0.056 * wide), (yoke(right), 0.056 * wide), f);
        self.pieces.push(across);
        for side in [left, right] {
            let trap = chest.point(0.0, 0.072 * h, -0.014) * 0.75 + side * 0.25;
            self.add(Stuff::Shirt, (trap, 0.050 * wide), (side, 0.046 * wide));
            let breast = side * 0.52 + chest.point(0.0, -0.012 * h, 0.052) * 0.48;
            let swell = if self.female { 0.070 } else { 0.062 };
            self.add(Stuff::Shirt, (breast, swell * wide), (breast - chest.u * 0.03, swell * wide));
        }
        // The shirt hangs from the chest to below the waist, a little away from the body.
        let hem = pelvis.point(0.0, -0.022 * h, 0.012);
        let below = pelvis.point(0.0, -0.09 * h, 0.012);
        let skirt = Piece::new(Stuff::Shirt, (waist, 0.134 * wide), (below, hips * 1.36 * wide), f);
        self.pieces.push(skirt.flattened(0.74).cut(hem, -pelvis.u));
    }

    fn shorts(&mut self) {
        let h = self.pose.height;
        let (pelvis, wide) = (self.pose.pelvis, self.build * h / 1.7);
        let (a, b) = (pelvis.point(0.06, 0.0, -0.008), pelvis.point(-0.06, 0.0, -0.008));
        let seat = Piece::new(Stuff::Shorts, (a, 0.090 * wide), (b, 0.090 * wide), pelvis.f);
        self.pieces.push(seat);
        for leg in self.pose.legs {
            let [hip, knee, ..] = leg.joints;
            let hem = hip + (knee - hip) * self.outfit.shorts_length;
            let past = hip + (knee - hip) * (self.outfit.shorts_length + 0.25);
            let piece = Piece::new(
                Stuff::Shorts,
                (hip, 0.094 * wide.max(self.pose.height / 1.7)),
                (past, 0.106 * wide),
                pelvis.f,
            );
            self.pieces.push(piece.cut(hem, knee - hip));
        }
    }

    fn head(&mut self) {
        let s = self.pose.height / 1.7;
        let head = self.pose.head;
        let at = |l: f32, u: f32, f: f32| head.point(l * s, u * s, f * s);
        let skull = Piece::new(
            Stuff::Skin,
            (at(0.0, 0.030, -0.012), 0.088 * s),
            (at(0.0, 0.012, 0.014), 0.080 * s),
            head.l,
        );
        self.pieces.push(skull.flattened(0.86));
        let jaw = Piece::new(
            Stuff::Skin,
            (at(0.0, -0.020, 0.018), 0.064 * s),
            (at(0.0, -0.066, 0.040), 0.038 * s),
            head.l,
        );
        self.pieces.push(jaw.flattened(0.95));
        self.add(
            Stuff::Skin,
            (at(0.0, 0.004, 0.090), 0.009 * s),
            (at(0.0, -0.026, 0.103), 0.013 * s),
        );
        for side in [1.0, -1.0] {
            self.add(
                Stuff::Skin,
                (at(0.075 * side, 0.012, -0.012), 0.015 * s),
                (at(0.074 * side, -0.020, -0.006), 0.010 * s),
            );
            self.add(
                Stuff::Skin,
                (at(0.042 * side, -0.020, 0.050), 0.022 * s),
                (at(0.030 * side, -0.036, 0.054), 0.018 * s),
            );
        }
    }

    fn hair(&mut self) {
        let s = self.pose.height / 1.7;
        let head = self.pose.head;
        let at = |l: f32, u: f32, f: f32| head.point(l * s, u * s, f * s);
        let thick = match self.outfit.hair_style {
            _ if self.outfit.hat.is_some() => 0.090,
            HairStyle::Cropped => 0.092,
            HairStyle::Full => 0.101,
            HairStyle::Ponytail | HairStyle::Bun => 0.096,
        };
        // Cut along the hairline: from the forehead down behind the ears.
        let line = at(0.0, 0.062, 0.070);
        let back = Piece::new(
            Stuff::Hair,
            (at(0.0, 0.034, -0.014), thick * s),
            (at(0.0, 0.016, -0.004), 0.090 * s),
            head.l,
        );
        self.pieces.push(back.flattened(0.88).cut(line, head.direction(0.0, -0.72, 0.69)));
        match self.outfit.hair_style {
            HairStyle::Full if self.outfit.hat.is_none() => {
                for (l, u) in [(0.045, 0.088), (-0.02, 0.098), (-0.055, 0.078)] {
                    self.add(
                        Stuff::Hair,
                        (at(l, u, 0.030), 0.032 * s),
                        (at(l * 1.2, u - 0.006, 0.052), 0.022 * s),
                    );
                }
            }
            HairStyle::Ponytail => {
                let swing = self.pose.pelvis.l.x.signum() * 0.05;
                self.add(
                    Stuff::Hair,
                    (at(0.0, 0.060, -0.100), 0.030 * s),
                    (at(swing + 0.06, 0.02, -0.150), 0.036 * s),
                );
                self.add(
                    Stuff::Hair,
                    (at(swing + 0.06, 0.02, -0.150), 0.036 * s),
                    (at(swing * 2.0 + 0.10, -0.11, -0.130), 0.012 * s),
                );
            }
            HairStyle::Bun => {
                self.add(
                    Stuff::Hair,
                    (at(0.0, 0.118, -0.060), 0.036 * s),
                    (at(0.0, 0.126, -0.066), 0.034 * s),
                );
            }
            HairStyle::Cropped | HairStyle::Full => {}
        }
    }

    fn headwear(&mut self) {
        let s = self.pose.height / 1.7;
        let head = self.pose.head;
        let at = |l: f32, u: f32, f: f32| head.point(l * s, u * s, f * s);
        if self.outfit.hat.is_some() {
            let crown = Piece::new(
                Stuff::Hat,
                (at(0.0, 0.040, -0.014), 0.110 * s),
                (at(0.0, 0.030, 0.008), 0.105 * s),
                head.l,
            );
            let edge = at(0.0, 0.040, 0.0);
            self.pieces.push(crown.flattened(0.88).cut(edge, head.direction(0.0, -1.0, 0.10)));
            let brim = Piece::new(
                Stuff::Hat,
                (at(0.0, 0.046, 0.062), 0.070 * s),
                (at(0.0, 0.034, 0.110), 0.062 * s),
                head.direction(0.0, 1.0, 0.25),
            );
            self.pieces.push(brim.flattened(0.10));
        }
        if self.outfit.glasses.is_some() {
            for side in [1.0, -1.0] {
                let lens = Piece::new(
                    Stuff::Glass,
                    (at(0.020 * side, 0.010, 0.084), 0.019 * s),
                    (at(0.058 * side, 0.014, 0.062), 0.019 * s),
                    head.direction(0.5 * side, 0.0, 1.0),
                );
                self.pieces.push(lens.flattened(0.45));
                let frame = (at(0.056 * side, 0.018, 0.066), 0.007 * s);
                self.add(Stuff::Glass, frame, (at(0.084 * side, 0.020, -0.004), 0.005 * s));
            }
            let bridge = (at(0.020, 0.018, 0.096), 0.006 * s);
            self.add(Stuff::Glass, bridge, (at(-0.020, 0.018, 0.096), 0.006 * s));
        }
    }

    /// Where in the face a point of skin lies: head coordinates for a body of 1.7 m.
    pub fn face(&self, p: Vec3) -> Vec3 {
        self.pose.head.local(p) * (1.7 / self.pose.height)
    }

    /// The torso seen from the runner's front: (left, up, front) of the chest in metres
    /// for a body of 1.7 m.
    pub fn chest(&self, p: Vec3) -> Vec3 {
        self.pose.chest.local(p) * (1.7 / self.pose.height)
    }
}
