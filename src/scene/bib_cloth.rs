//! A bib as it hangs: a thin sheet draped over the chest, pinned at its corners.

use super::bib_design::PrintedBib;
use super::dice::{Dice, noise2};
use super::figure::Figure;
use super::pose::Axes;
use super::solid::{Stuff, nearest};
use super::vector::{Vec3, vec3};

const GRID: usize = 13;

/// A printed bib on a figure.
#[derive(Debug)]
pub struct BibCloth {
    pub bib: PrintedBib,
    axes: Axes,
    /// Half width and half height in metres.
    half: (f32, f32),
    /// How far in front of the chest's origin the sheet lies, row by row from the top.
    front: [[f32; GRID]; GRID],
    phase: f32,
    crease: f32,
}

impl BibCloth {
    /// Hangs a bib `width` metres wide, its middle `drop` metres below the armpits.
    pub fn hung(figure: &Figure, bib: PrintedBib, width: f32, drop: f32, dice: &mut Dice) -> Self {
        let chest = figure.pose.chest;
        let tilt = dice.range(-0.05, 0.05);
        let (s, c) = tilt.sin_cos();
        let axes = Axes {
            o: chest.point(dice.range(-0.008, 0.008), -drop, 0.0),
            l: chest.l * c + chest.u * s,
            u: chest.u * c - chest.l * s,
            f: chest.f,
        };
        let half = (width * 0.5, width * bib.aspect * 0.5);
        let shirt: Vec<u16> = (0..figure.pieces.len() as u16)
            .filter(|i| {
                matches!(figure.pieces[usize::from(*i)].stuff, Stuff::Shirt | Stuff::Shorts)
            })
            .collect();
        let mut front = [[0.0f32; GRID]; GRID];
        for (row, line) in front.iter_mut().enumerate() {
            for (column, z) in line.iter_mut().enumerate() {
                let l = (2.0 * column as f32 / (GRID - 1) as f32 - 1.0) * half.0;
                let u = (1.0 - 2.0 * row as f32 / (GRID - 1) as f32) * half.1;
                *z = touch(figure, &shirt, &axes, l, u);
            }
        }
        let mut sheet = Self {
            bib,
            axes,
            half,
            front: drape(front),
            phase: dice.range(0.0, 40.0),
            crease: 0.0,
        };
        sheet.crease = dice.range(0.5, 1.25);
        sheet
    }

    /// The point of the sheet at texture coordinates.
    pub fn point(&self, u: f32, v: f32) -> Vec3 {
        let (l, up) = ((2.0 * u - 1.0) * self.half.0, (1.0 - 2.0 * v) * self.half.1);
        self.axes.point(l, up, self.height(u, v))
    }

    #[inline(always)]
    fn height(&self, u: f32, v: f32) -> f32 {
        let (x, y) = (u.clamp(0.0, 1.0) * (GRID - 1) as f32, v.clamp(0.0, 1.0) * (GRID - 1) as f32);
        let (i, j) = ((x as usize).min(GRID - 2), (y as usize).min(GRID - 2));
        let ease = |t: f32| t * t * (3.0 - 2.0 * t);
        let (tx, ty) = (ease(x - i as f32) * 0.3 + (x - i as f32) * 0.7, y - j as f32);
        let (a, b) = (&self.front[j], &self.front[j + 1]);
        let top = a[i] + (a[i + 1] - a[i]) * tx;
        let bottom = b[i] + (b[i + 1] - b[i]) * tx;
        // Paper buckles in long soft waves, mostly upright, more between the pins.
        let wave = noise2(u * 3.1 + v * 1.3 + self.phase, v * 0.9) - 0.5;
        let fine = noise2(u * 6.0 - v * 4.0, self.phase + v * 5.0) - 0.5;
        top + (bottom - top) * ty + (wave * 0.014 + fine * 0.004) * self.crease
    }

    /// Distance to the sheet, with its texture coordinates.
    #[inline(always)]
    pub fn distance(&self, p: Vec3) -> (f32, f32, f32) {
        let q = self.axes.local(p);
        let (u, v) = (0.5 + 0.5 * q.x / self.half.0, 0.5 - 0.5 * q.y / self.half.1);
        let beyond =
            vec3((q.x.abs() - self.half.0).max(0.0), (q.y.abs() - self.half.1).max(0.0), 0.0);
        if beyond.length() > 0.06 || q.z < -0.05 || q.z > 0.6 {
            return (beyond.length().max((q.z - 0.4).max(0.02)), u, v);
        }
        let off = ((q.z - self.height(u, v)).abs() * 0.8 - 0.0012).max(0.0);
        let d = vec3(beyond.x, beyond.y, off).length();
        (if off > 0.0 { d - 0.0008 } else { beyond.length() - 0.0008 }, u, v)
    }
}

/// How far forward the shirt reaches at a point of the chest.
fn touch(figure: &Figure, shirt: &[u16], axes: &Axes, l: f32, u: f32) -> f32 {
    let mut f = 0.5;
    for _ in 0..64 {
        let (d, _) = nearest(&figure.pieces, shirt, axes.point(l, u, f));
        if d < 0.002 || f < -0.02 {
            break;
        }
        f -= d * 0.9;
    }
    f.max(0.0)
}

/// Paper does not follow hollows and hardly bends: smooth the surface, then lift it
/// until it touches the shirt nowhere deeper than cloth gives way.
fn drape(body: [[f32; GRID]; GRID]) -> [[f32; GRID]; GRID] {
    let mut sheet = body;
    for _ in 0..14 {
        let last = sheet;
        for j in 0..GRID {
            for i in 0..GRID {
                let at = |j: usize, i: usize| last[j.min(GRID - 1)][i.min(GRID - 1)];
                let around = at(j.saturating_sub(1), i)
                    + at(j + 1, i)
                    + at(j, i.saturating_sub(1))
                    + at(j, i + 1);
                let smooth = last[j][i] * 0.3 + around * 0.175;
                sheet[j][i] = smooth.max(body[j][i]);
            }
        }
    }
    sheet.map(|row| row.map(|z| z + 0.017))
}
