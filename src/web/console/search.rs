//! Runners by bib or name, while one types.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use kanso_race::{Bib, Finisher};
use serde::{Deserialize, Serialize};

use super::runner::words::status;
use super::{Bar, Folder, Shared, shown};
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html};
use crate::site::OpenRace;

/// Runners that a page is shown.
const MOST: usize = 50;
/// Characters that are looked for; nobody has a longer name.
const LONGEST: usize = 100;

#[derive(Template)]
#[template(path = "console_search.html")]
struct SearchPage {
    frame: Frame,
    bar: Bar,
}

/// `GET /console/<race>/search`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Response {
    let page = async {
        let person = console.person(&headers)?;
        let race = console.race(&folder).await?;
        let frame = Frame::new(language::of(&headers));
        let bar = Bar::new(&race, &person, "search");
        Ok(html(StatusCode::OK, &SearchPage { frame, bar }))
    };
    shown(page.await, &headers)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    typed: String,
}

#[derive(Serialize)]
struct Hits {
    runners: Vec<Hit>,
    /// How many there are besides.
    more: usize,
}

#[derive(Serialize)]
struct Hit {
    bib: Bib,
    name: String,
    kana: Option<String>,
    course: Option<Both>,
    status: Both,
    time: Option<String>,
}

/// `POST /console/<race>/search`: whom it may be. Not by GET, since addresses are written to
/// logs and no name may stand there.
pub(super) async fn find(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
    Json(Typed { typed }): Json<Typed>,
) -> Result<Response, Refusal> {
    console.acting(&headers)?;
    let race = console.race(&folder).await?;
    let typed: String = typed.chars().take(LONGEST).collect();
    let race_data = race.race_data.clone();
    // The first time, all names are sorted.
    let look = move || Ok(race_data.name_index().find(&typed, MOST));
    let found = console.site.handler.on_cpu(look).await?;
    let finishers = found.bibs.iter().filter_map(|bib| race.finisher(bib));
    let runners = finishers.map(|finisher| Hit::of(finisher, &race)).collect();
    Ok(Json(Hits { runners, more: found.more }).into_response())
}

impl Hit {
    fn of(finisher: &Finisher, race: &OpenRace) -> Self {
        Self {
            bib: finisher.bib.clone(),
            name: finisher.name.clone(),
            kana: finisher.kana.clone(),
            course: race.course_name(finisher),
            status: status(finisher.status),
            time: finisher.gun_time.or(finisher.net_time).map(|time| time.to_string()),
        }
    }
}
