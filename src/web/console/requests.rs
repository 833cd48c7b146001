//! What runners ask for on their page, for operators: one key each.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use kanso_pipeline::requests::{Request, RequestId, Settlement, Wish};
use serde::Deserialize;
use serde_json::json;

use super::{Bar, Console, Folder, Shared, refused, shown};
use crate::language;
use crate::page::{Frame, Refusal, html};
use crate::staff::{Person, StaffRole};

/// The whole page.
#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    frame: Frame,
    bar: Bar,
    open: Vec<Listed>,
}

/// The part of it that changes.
#[derive(Template)]
#[template(path = "requests_now.html")]
struct RequestsNow {
    bar: Bar,
    open: Vec<Listed>,
}

/// A request that nobody has settled.
struct Listed {
    id: RequestId,
    wish: Wish,
    /// In the race's zone.
    asked_at: String,
    /// Absent where nobody has the bib.
    name: Option<String>,
}

/// `GET /console/<race>/requests`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Response {
    let page = async {
        let (bar, open) = console.requests(&headers, &folder).await?;
        let frame = Frame::new(language::of(&headers));
        Ok(html(StatusCode::OK, &RequestsPage { frame, bar, open }))
    };
    shown(page.await, &headers)
}

/// `GET /console/<race>/requests/now`: the part of the page that changes.
pub(super) async fn now(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Result<Response, Refusal> {
    let (bar, open) = console.requests(&headers, &folder).await?;
    Ok(html(StatusCode::OK, &RequestsNow { bar, open }))
}

impl Console {
    /// Those that nobody has settled, the oldest first: a new one moves no other.
    async fn requests(
        &self,
        headers: &HeaderMap,
        folder: &str,
    ) -> Result<(Bar, Vec<Listed>), Refusal> {
        let person = operator(self.person(headers)?)?;
        let race = self.race(folder).await?;
        let rules = &race.race_data.race;
        let mut open = self.site.handler.requests(&race.id).await?;
        open.retain(|(_, request)| request.settled.is_none());
        let listed = |(id, request): (RequestId, Request)| Listed {
            name: race.finisher(&id.bib).map(|finisher| finisher.name.clone()),
            wish: request.wish,
            asked_at: rules.zone.to_datetime(request.asked_at).strftime("%-H:%M").to_string(),
            id,
        };
        let open = open.into_iter().map(listed).collect();
        Ok((Bar::new(&race, &person, "requests"), open))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    settlement: Settlement,
}

/// `POST /console/<race>/requests/<request>`
pub(super) async fn settle(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, request)): Path<(String, String)>,
    Json(said): Json<Said>,
) -> Result<Response, Refusal> {
    let person = operator(console.acting(&headers)?)?;
    let race = console.race(&folder).await?.id;
    let id: RequestId = request.parse().map_err(|_| Refusal::NotFound)?;
    let handler = &console.site.handler;
    // A page that is some seconds old puts back nothing that another has taken out.
    if !handler.is_asked_about(&race, &id).await? {
        return Ok(refused(StatusCode::CONFLICT, "settled"));
    }
    let found = handler.settle(&race, &id, said.settlement, &person.name).await?;
    found.ok_or(Refusal::NotFound)?;
    Ok(Json(json!({"settled": id.to_string()})).into_response())
}

fn operator(person: Person) -> Result<Person, Refusal> {
    if person.role == StaffRole::Operator { Ok(person) } else { Err(Refusal::NotAllowed) }
}
