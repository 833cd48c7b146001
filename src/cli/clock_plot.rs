//! What each photo says of its camera's clock, drawn.

use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_circle_mut, draw_line_segment_mut};
use jiff::Timestamp;
use kanso_matching::camera_clock::CameraClock;
use kanso_pipeline::camera_report::CameraReport;

use super::annotation;

const WIDTH: u32 = 1200;
/// Of one camera.
const HEIGHT: u32 = 300;
const LEFT: f32 = 90.0;
const RIGHT: f32 = 30.0;
const TOP: f32 = 50.0;
const BOTTOM: f32 = 40.0;
/// Photos this far off, in seconds, lie on the edge.
const REACH_S: f64 = 30.0;
const PAPER: Rgb<u8> = Rgb([250, 250, 248]);
const GRID: Rgb<u8> = Rgb([218, 218, 214]);
const PHOTO: Rgb<u8> = Rgb([70, 110, 170]);
const CLOCK: Rgb<u8> = Rgb([200, 60, 40]);
const WORDS: Rgb<u8> = Rgb([240, 240, 240]);

/// One panel for each camera: time to the right, seconds to add upwards, a dot for each bib,
/// and the clock as a line.
pub fn draw(reports: &[CameraReport]) -> Result<RgbImage, String> {
    let height = HEIGHT * reports.len().max(1) as u32;
    let mut plot = RgbImage::from_pixel(WIDTH, height, PAPER);
    for (n, report) in reports.iter().enumerate() {
        panel(&mut plot, n as f32 * HEIGHT as f32, report)?;
    }
    Ok(plot)
}

/// Where moments and seconds lie.
struct Axes {
    from: Timestamp,
    seconds: f64,
    middle_s: f64,
    top: f32,
}

impl Axes {
    fn x(&self, moment: Timestamp) -> f32 {
        let share = moment.duration_since(self.from).as_secs_f64() / self.seconds;
        LEFT + share as f32 * (WIDTH as f32 - LEFT - RIGHT)
    }

    fn y(&self, offset_s: f64) -> f32 {
        let share = (offset_s - self.middle_s).clamp(-REACH_S, REACH_S) / REACH_S;
        let half = (HEIGHT as f32 - TOP - BOTTOM) / 2.0;
        self.top + TOP + half - share as f32 * half
    }
}

fn panel(plot: &mut RgbImage, top: f32, report: &CameraReport) -> Result<(), String> {
    let clock = report.in_force.as_ref().or(report.solved.as_ref().ok());
    let moments = || report.samples.iter().map(|sample| sample.shown);
    let words = |plot: &mut RgbImage, words: &str, at| annotation::write(plot, words, at, WORDS);
    words(plot, report.camera.as_str(), (LEFT, top + 12.0))?;
    let (Some(from), Some(until)) = (moments().min(), moments().max()) else {
        return words(plot, "no photo of anybody yet", (LEFT, top + TOP + 20.0));
    };
    let middle_s = clock.and_then(|clock| clock.offset_at(from)).map_or_else(
        || median(report.samples.iter().map(|sample| sample.offset_s).collect()),
        |(offset_s, _)| offset_s,
    );
    let seconds = until.duration_since(from).as_secs_f64().max(60.0);
    let axes = Axes { from, seconds, middle_s, top };
    for step in -2..=2 {
        let offset_s = middle_s.round() + f64::from(step) * REACH_S / 2.0;
        let y = axes.y(offset_s);
        draw_line_segment_mut(plot, (LEFT, y), (WIDTH as f32 - RIGHT, y), GRID);
        words(plot, &format!("{offset_s:+.0} s"), (8.0, y - 10.0))?;
    }
    for sample in &report.samples {
        let at = (axes.x(sample.shown) as i32, axes.y(sample.offset_s) as i32);
        draw_filled_circle_mut(plot, at, 3, PHOTO);
    }
    if let Some(clock) = clock {
        line(plot, &axes, clock, until);
    }
    Ok(())
}

fn line(plot: &mut RgbImage, axes: &Axes, clock: &CameraClock, until: Timestamp) {
    for (n, segment) in clock.segments.iter().enumerate() {
        let start = if n == 0 { axes.from } else { segment.from };
        let end = clock.segments.get(n + 1).map_or(until, |next| next.from);
        let at = |moment| (axes.x(moment), axes.y(segment.offset_at(moment).0));
        for lower in 0..2 {
            let [(x0, y0), (x1, y1)] = [at(start), at(end)];
            let lower = lower as f32;
            draw_line_segment_mut(plot, (x0, y0 + lower), (x1, y1 + lower), CLOCK);
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
