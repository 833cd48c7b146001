//! Who it is; photos and prints follow by themselves.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kanso_page::geometry::Pt;

use super::OfRunner;
use super::who::Who;
use crate::console::{Bar, Shared, shown};
use crate::language;
use crate::page::{Frame, Refusal, html};

#[derive(Template)]
#[template(path = "console_runner.html")]
struct RunnerPage {
    frame: Frame,
    bar: Bar,
    bib: String,
    who: Who,
    /// Whether something prints here.
    prints: bool,
    slot: Option<Slot>,
    /// A certificate's proportions.
    sheet: (u32, u32),
}

/// The place of the photo on the certificate.
struct Slot {
    /// Width over height; absent where the photo keeps its own shape.
    aspect: Option<f64>,
}

/// `GET /console/<race>/runner/<bib>`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib)): OfRunner,
) -> Response {
    let page = async {
        let asked = console.looked_at(&headers, (&folder, &bib)).await?;
        let finisher = asked.race.finisher(&asked.bib).ok_or(Refusal::NotFound)?;
        let template = &asked.race.race_data.template;
        let tenths = |side: Pt| (side.0 * 10.0).round().max(1.0) as u32;
        let slots = template.photo_slots();
        let slot = slots.first().map(|slot| Slot { aspect: slot.cover.then_some(slot.aspect) });
        let page = RunnerPage {
            frame: Frame::new(language::of(&headers)),
            bar: Bar::new(&asked.race, &asked.person, "runner"),
            bib: asked.bib.to_string(),
            who: Who::of(&asked.race, finisher),
            prints: console.site.printing.is_some(),
            slot,
            sheet: (tenths(template.trim().width), tenths(template.trim().height)),
        };
        Ok(html(StatusCode::OK, &page))
    };
    shown(page.await, &headers)
}
