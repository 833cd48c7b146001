//! Soft solids: a body as a field of distances, built from rounded cones.

use super::pose::Axes;
use super::vector::{Vec3, vec3};

/// What a piece of a figure is made of; pieces of one stuff melt into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stuff {
    Skin,
    Shirt,
    Shorts,
    Tights,
    Sock,
    Shoe,
    Hair,
    Hat,
    Glass,
    Watch,
}

/// How far two pieces of one stuff melt together, metres.
const MELT: [f32; 10] = [0.022, 0.05, 0.03, 0.02, 0.012, 0.02, 0.02, 0.012, 0.004, 0.004];

/// A cone with round ends, perhaps flattened, perhaps cut by a plane.
#[derive(Debug, Clone)]
pub struct Piece {
    pub stuff: Stuff,
    axes: Axes,
    length: f32,
    from: f32,
    to: f32,
    /// Depth over width of the cross-section.
    flat: f32,
    /// Keeps the sides where `normal · p <= level`.
    cuts: [Option<(Vec3, f32)>; 2],
    /// Sine and cosine of the cone's slope.
    slope: (f32, f32),
}

impl Piece {
    /// From `a` (radius `from`) to `b` (radius `to`); `front` is the direction
    /// in which it may be flattened.
    pub fn new(stuff: Stuff, (a, from): (Vec3, f32), (b, to): (Vec3, f32), front: Vec3) -> Self {
        let length = (b - a).length().max(1e-4);
        let u = (b - a) * (1.0 / length);
        let f = (front - u * front.dot(u)).normalised();
        let l = u.cross(f);
        let sine = ((from - to) / length).clamp(-0.98, 0.98);
        let slope = (sine, (1.0 - sine * sine).sqrt());
        let axes = Axes { o: a, l, u, f };
        Self { stuff, axes, length, from, to, flat: 1.0, cuts: [None; 2], slope }
    }

    pub fn flattened(mut self, flat: f32) -> Self {
        self.flat = flat;
        self
    }

    /// Cuts off what lies beyond `at` in the direction `normal`; twice at most.
    pub fn cut(mut self, at: Vec3, normal: Vec3) -> Self {
        let normal = normal.normalised();
        let free = usize::from(self.cuts[0].is_some());
        self.cuts[free] = Some((normal, normal.dot(at)));
        self
    }

    #[inline(always)]
    pub fn distance(&self, p: Vec3) -> f32 {
        let d = p - self.axes.o;
        let l = d.dot(self.axes.l);
        let f = d.dot(self.axes.f) / self.flat;
        let (r, y) = ((l * l + f * f).sqrt(), d.dot(self.axes.u));
        let (b, a) = self.slope;
        let k = y * a - r * b;
        let cone = if k < 0.0 {
            (r * r + y * y).sqrt() - self.from
        } else if k > a * self.length {
            let y = y - self.length;
            (r * r + y * y).sqrt() - self.to
        } else {
            r * a + y * b - self.from
        };
        let mut d = cone * self.flat.min(1.0);
        if let [Some((normal, level)), second] = self.cuts {
            d = d.max(normal.dot(p) - level);
            if let Some((normal, level)) = second {
                d = d.max(normal.dot(p) - level);
            }
        }
        d
    }

    /// Two spheres that hold the piece, melting included.
    pub fn bounds(&self) -> [(Vec3, f32); 2] {
        let grow = MELT[self.stuff as usize] + 0.012;
        let wide = self.flat.max(1.0);
        [
            (self.axes.o, self.from * wide + grow),
            (self.axes.o + self.axes.u * self.length, self.to * wide + grow),
        ]
    }
}

/// The nearest surface of `pieces[list]` (in order of stuff): distance and stuff.
#[inline(always)]
pub fn nearest(pieces: &[Piece], list: &[u16], p: Vec3) -> (f32, Stuff) {
    let mut best = (1e3, Stuff::Skin);
    let mut i = 0;
    while i < list.len() {
        let stuff = pieces[usize::from(list[i])].stuff;
        let melt = MELT[stuff as usize];
        let mut d = 1e3f32;
        while i < list.len() && pieces[usize::from(list[i])].stuff == stuff {
            let e = pieces[usize::from(list[i])].distance(p);
            let h = (melt - (d - e).abs()).max(0.0);
            d = d.min(e) - h * h * 0.25 / melt;
            i += 1;
        }
        if d < best.0 {
            best = (d, stuff);
        }
    }
    best
}

/// Which pieces a small square of a projection can meet.
#[derive(Debug)]
pub struct Tiles {
    pub x0: i32,
    pub y0: i32,
    pub columns: usize,
    pub rows: usize,
    /// Tile edge in the projection's units.
    pub edge: f32,
    lists: Vec<Vec<u16>>,
    /// Nearest and farthest depth of what a tile holds.
    spans: Vec<(f32, f32)>,
}

/// A ball on a projection plane: position, radius, depth from and to.
#[derive(Debug, Clone, Copy)]
pub struct Footprint {
    pub x: f32,
    pub y: f32,
    pub radius: f32,
    pub near: f32,
    pub far: f32,
}

impl Tiles {
    pub fn new(pieces: &[Piece], edge: f32, project: impl Fn(Vec3, f32) -> Footprint) -> Self {
        let prints: Vec<[Footprint; 2]> =
            pieces.iter().map(|piece| piece.bounds().map(|(p, r)| project(p, r))).collect();
        let reach = |pick: fn(f32, f32) -> f32, of: fn(&Footprint) -> f32, start: f32| {
            prints.iter().flatten().map(of).fold(start, pick)
        };
        let x0 = (reach(f32::min, |p| p.x - p.radius, 1e9) / edge).floor() as i32;
        let y0 = (reach(f32::min, |p| p.y - p.radius, 1e9) / edge).floor() as i32;
        let x1 = (reach(f32::max, |p| p.x + p.radius, -1e9) / edge).ceil() as i32;
        let y1 = (reach(f32::max, |p| p.y + p.radius, -1e9) / edge).ceil() as i32;
        let (columns, rows) = ((x1 - x0).max(1) as usize, (y1 - y0).max(1) as usize);
        let mut tiles = Self {
            x0,
            y0,
            columns,
            rows,
            edge,
            lists: vec![Vec::new(); columns * rows],
            spans: vec![(1e9, -1e9); columns * rows],
        };
        for (i, pair) in prints.iter().enumerate() {
            tiles.enter(i as u16, pair);
        }
        tiles
    }

    fn enter(&mut self, piece: u16, [a, b]: &[Footprint; 2]) {
        let radius = a.radius.max(b.radius);
        let reach = radius + self.edge * 0.71;
        let cell = |v: f32, zero: i32, n: usize| {
            ((v / self.edge).floor() as i32 - zero).clamp(0, n as i32 - 1) as usize
        };
        let rows = cell(a.y.min(b.y) - radius, self.y0, self.rows)
            ..=cell(a.y.max(b.y) + radius, self.y0, self.rows);
        for row in rows {
            let columns = cell(a.x.min(b.x) - radius, self.x0, self.columns)
                ..=cell(a.x.max(b.x) + radius, self.x0, self.columns);
            for column in columns {
                let x = (self.x0 as f32 + column as f32 + 0.5) * self.edge;
                let y = (self.y0 as f32 + row as f32 + 0.5) * self.edge;
                if distance_to_segment((x, y), (a.x, a.y), (b.x, b.y)) < reach {
                    let tile = row * self.columns + column;
                    self.lists[tile].push(piece);
                    let span = &mut self.spans[tile];
                    span.0 = span.0.min(a.near.min(b.near));
                    span.1 = span.1.max(a.far.max(b.far));
                }
            }
        }
    }

    /// The pieces near a point of the projection, and the depths they span.
    #[inline(always)]
    pub fn at(&self, x: f32, y: f32) -> Option<(&[u16], f32, f32)> {
        let column = (x / self.edge).floor() as i32 - self.x0;
        let row = (y / self.edge).floor() as i32 - self.y0;
        if column < 0 || row < 0 || column >= self.columns as i32 || row >= self.rows as i32 {
            return None;
        }
        let tile = row as usize * self.columns + column as usize;
        let (near, far) = self.spans[tile];
        (!self.lists[tile].is_empty()).then(|| (self.lists[tile].as_slice(), near, far))
    }
}

fn distance_to_segment(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let t = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy).max(1e-9);
    let t = t.clamp(0.0, 1.0);
    (p.0 - a.0 - dx * t).hypot(p.1 - a.1 - dy * t)
}

/// The slope of the field: the outward direction at a surface.
#[inline(always)]
pub fn normal(field: impl Fn(Vec3) -> f32, p: Vec3, step: f32) -> Vec3 {
    const CORNERS: [Vec3; 4] =
        [vec3(1.0, -1.0, -1.0), vec3(-1.0, -1.0, 1.0), vec3(-1.0, 1.0, -1.0), vec3(1.0, 1.0, 1.0)];
    let mut n = Vec3::default();
    for corner in CORNERS {
        n += corner * field(p + corner * step);
    }
    n.normalised()
}
