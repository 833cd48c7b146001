//! The clock page: shows the finish clock's time as a code that changes every second. Staff
//! set it against the timing clock; photographers photograph it, and the photo sets their
//! camera's clock ([`kanso_certificate::clock_photo`]).

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use kanso_certificate::clock_photo::ShownTime;
use serde::Deserialize;

use super::{Shared, race_address};
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html};
use crate::qr;
use crate::site::OpenRace;

/// A code is asked for shortly before it is shown, and the page may be set by this much from
/// the server's clock: a venue's laptop was never set, or is in another zone.
const FROM_OUR_CLOCK: SignedDuration = SignedDuration::from_hours(36);
/// A page that is set worse than this helps nobody.
const WORST_SET_MS: u32 = 60_000;

/// `GET /clock`: to the only race's, or to the choice.
pub(super) async fn way() -> Redirect {
    Redirect::to("/kiosk?next=clock")
}

#[derive(Template)]
#[template(path = "clock.html")]
struct ClockPage {
    frame: Frame,
    race: Both,
    address: String,
    /// Milliseconds to add to UTC for the race's time of day.
    zone_ms: i64,
    /// What timing clocks may count from: words, and milliseconds since 1970.
    guns: Vec<(Both, i64)>,
}

/// `GET /kiosk/<race>/clock`
pub(super) async fn page(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path(folder): Path<String>,
) -> Response {
    let language = language::of(&headers);
    let race = match kiosk.opened(&headers, &folder).await {
        Ok(race) => race,
        Err(refusal) => return refusal.page(language),
    };
    let zone = race.race_data.race.zone.to_offset(Timestamp::now());
    let page = ClockPage {
        frame: Frame::new(language),
        race: race.name(),
        address: format!("{}/clock", race_address(&folder)),
        zone_ms: i64::from(zone.seconds()) * 1000,
        guns: guns(&race),
    };
    html(StatusCode::OK, &page)
}

/// All guns of the race, each once.
fn guns(race: &OpenRace) -> Vec<(Both, i64)> {
    let rules = &race.race_data.race;
    let mut guns: Vec<(Both, i64)> = Vec::new();
    for course in &rules.courses {
        let waves = rules.waves.iter().filter(|wave| wave.course == course.id);
        for gun in waves.map(|wave| wave.gun).chain(course.gun) {
            let moment = DateTime::from_parts(rules.date, gun);
            let Ok(at) = rules.zone.to_timestamp(moment) else { continue };
            let name = Both::from(&course.name);
            let time = gun.strftime("%-H:%M").to_string();
            let words = Both {
                ja: format!("{}（{time}）からの時間", name.ja),
                en: format!("since the gun of {} ({time})", name.en),
            };
            if !guns.iter().any(|(there, _)| *there == words) {
                guns.push((words, at.as_millisecond()));
            }
        }
    }
    guns
}

#[derive(Deserialize)]
pub(super) struct Asked {
    /// Milliseconds since 1970 on the finish clock.
    at: i64,
    sigma: u32,
}

/// `GET /kiosk/<race>/clock/code?at=...&sigma=...`: the code of one second.
pub(super) async fn code(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let race = kiosk.opened(&headers, &folder).await?;
    let at = Timestamp::from_millisecond(asked.at).map_err(|_| Refusal::NotFound)?;
    let away = at.duration_since(Timestamp::now()).abs();
    if away > FROM_OUR_CLOCK || asked.sigma > WORST_SET_MS {
        return Err(Refusal::NotFound);
    }
    let links = kiosk.site.handler.links(&race.id).await?;
    let text = links.clock_code(ShownTime { at, sigma_ms: asked.sigma });
    let drawn = qr::svg(&text).ok_or(Refusal::NotFound)?;
    let kind = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "no-store")];
    Ok((kind, drawn).into_response())
}
