//! Colours and gradients.

use kanso_page::geometry::{Point, Pt, Transform};
use kanso_page::path;
use kanso_page::{Color, LinearGradient, Paint, RadialGradient, Stop};

use super::{ArtworkError, EXPAND, transform};

/// A paint, and where it needs one the space in which it is to be used: to the shape's
/// own, and back.
pub(super) struct Painted {
    pub paint: Paint,
    pub space: Option<(Transform, Transform)>,
}

pub(super) fn painted(
    source: &usvg::Paint,
    opacity: usvg::Opacity,
) -> Result<Painted, ArtworkError> {
    let paint = match source {
        usvg::Paint::Color(c) => Paint::Solid(color(*c, opacity.get())),
        usvg::Paint::LinearGradient(gradient) => linear(gradient, opacity)?,
        usvg::Paint::RadialGradient(gradient) => return radial(gradient, opacity),
        usvg::Paint::Pattern(pattern) => {
            let what = format!("the pattern {:?}", pattern.id());
            return Err(ArtworkError::Unsupported { what, remedy: EXPAND });
        }
    };
    Ok(Painted { paint, space: None })
}

fn linear(gradient: &usvg::LinearGradient, opacity: usvg::Opacity) -> Result<Paint, ArtworkError> {
    let stops = stops(gradient, opacity)?;
    let space = transform(gradient.transform());
    let (from, to) = (point(gradient.x1(), gradient.y1()), point(gradient.x2(), gradient.y2()));
    let (dx, dy) = ((to.x - from.x).0, (to.y - from.y).0);
    let length = dx * dx + dy * dy;
    let back = path::inverse(space);
    let Some(back) = back.filter(|_| length > 0.0) else {
        return Ok(last_color(&stops));
    };
    // A skew turns the axis: what stays are the lines of equal colour across it.
    let along = ((back.a * dx + back.b * dy) / length, (back.c * dx + back.d * dy) / length);
    let square = along.0 * along.0 + along.1 * along.1;
    let start = space.apply(from);
    let end = Point::new(start.x + Pt(along.0 / square), start.y + Pt(along.1 / square));
    Ok(Paint::Linear(LinearGradient { from: start, to: end, stops }))
}

fn radial(
    gradient: &usvg::RadialGradient,
    opacity: usvg::Opacity,
) -> Result<Painted, ArtworkError> {
    let stops = stops(gradient, opacity)?;
    let radius = f64::from(gradient.r().get());
    let off_centre =
        f64::from((gradient.fx() - gradient.cx()).hypot(gradient.fy() - gradient.cy()));
    if off_centre > radius * 0.01 || gradient.fr().get() > 0.0 {
        let what = format!("the gradient {:?} with its focus off the centre", gradient.id());
        return Err(ArtworkError::Unsupported { what, remedy: "move its focus to the centre" });
    }
    let space = transform(gradient.transform());
    let Some(back) = path::inverse(space) else {
        return Ok(Painted { paint: last_color(&stops), space: None });
    };
    let center = point(gradient.cx(), gradient.cy());
    let paint = Paint::Radial(RadialGradient { center, radius: Pt(radius), stops });
    let space = (space != Transform::IDENTITY).then_some((space, back));
    Ok(Painted { paint, space })
}

fn stops(gradient: &usvg::BaseGradient, opacity: usvg::Opacity) -> Result<Vec<Stop>, ArtworkError> {
    if gradient.spread_method() != usvg::SpreadMethod::Pad {
        let what = format!("the repeating gradient {:?}", gradient.id());
        return Err(ArtworkError::Unsupported { what, remedy: EXPAND });
    }
    let stops = gradient.stops().iter().map(|stop| Stop {
        offset: stop.offset().get().into(),
        color: color(stop.color(), stop.opacity().get() * opacity.get()),
    });
    Ok(stops.collect())
}

/// What a gradient without an extent shows.
fn last_color(stops: &[Stop]) -> Paint {
    let clear = Color { alpha: 0.0, ..Color::rgb(0, 0, 0) };
    Paint::Solid(stops.last().map_or(clear, |stop| stop.color))
}

fn color(color: usvg::Color, alpha: f32) -> Color {
    Color { alpha: alpha.into(), ..Color::rgb(color.red, color.green, color.blue) }
}

fn point(x: f32, y: f32) -> Point {
    Point::new(Pt(x.into()), Pt(y.into()))
}
