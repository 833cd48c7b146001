//! What runners ask for on their page, for operators: one key each.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use kanso_pipeline::requests::{Request, RequestId, Settlement, Wish};
use serde::Deserialize;
use serde_json::json;

use super::{Bar, Folder, Shared, shown};
use crate::language;
use crate::page::{Frame, Refusal, html};
use crate::staff::{Person, StaffRole};

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    frame: Frame,
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
        let person = operator(console.person(&headers)?)?;
        let race = console.race(&folder).await?;
        let rules = &race.race_data.race;
        let requests = console.site.handler.requests(&race.id).await?;
        let open = requests.into_iter().filter(|(_, request)| request.settled.is_none());
        let listed = |(id, request): (RequestId, Request)| Listed {
            name: race.finisher(&id.bib).map(|finisher| finisher.name.clone()),
            wish: request.wish,
            asked_at: rules.zone.to_datetime(request.asked_at).strftime("%-H:%M").to_string(),
            id,
        };
        let open = open.map(listed).collect();
        let bar = Bar::new(&race, &person, "requests");
        let frame = Frame::new(language::of(&headers));
        Ok(html(StatusCode::OK, &RequestsPage { frame, bar, open }))
    };
    shown(page.await, &headers)
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
    let found = handler.settle(&race, &id, said.settlement, &person.name).await?;
    found.ok_or(Refusal::NotFound)?;
    Ok(Json(json!({"settled": id.to_string()})).into_response())
}

fn operator(person: Person) -> Result<Person, Refusal> {
    if person.role == StaffRole::Operator { Ok(person) } else { Err(Refusal::NotAllowed) }
}
