//! Finding one's certificate by bib and second factor.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use kanso_certificate::link::race_path;
use kanso_page::Language;
use kanso_race::rules::SecondFactor;
use kanso_race::{Bib, Finisher};
use rand::random;
use serde::Deserialize;

use super::{Runners, Shared, day, shown};
use crate::guesses::{Guess, Whom};
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html};
use crate::session::{from_own_page, same};
use crate::site::OpenRace;

#[derive(Template)]
#[template(path = "find.html")]
struct FindPage {
    frame: Frame,
    race: Both,
    day: Both,
    path: String,
    factor: SecondFactor,
    /// Whether what was given led to nobody.
    unknown: bool,
}

impl FindPage {
    fn of(race: &OpenRace, language: Language, unknown: bool) -> Self {
        let rules = &race.race_data.race;
        Self {
            frame: Frame::new(language),
            race: race.name(),
            day: day(rules.date),
            path: race_path(race.id.as_str()),
            factor: rules.privacy.second_factor,
            unknown,
        }
    }
}

/// `GET /r/<race>`
pub(super) async fn form(
    State(runners): Shared,
    headers: HeaderMap,
    Path(folder): Path<String>,
) -> Response {
    let language = language::of(&headers);
    match runners.race(&folder).await {
        Ok(race) => html(StatusCode::OK, &FindPage::of(&race, language, false)),
        Err(refusal) => refusal.page(language),
    }
}

#[derive(Deserialize)]
pub(super) struct Given {
    bib: String,
    #[serde(default)]
    factor: String,
}

/// `POST /r/<race>`: to the runner's page, where bib and factor are somebody's.
pub(super) async fn find(
    State(runners): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Form(given): Form<Given>,
) -> Response {
    let language = language::of(&headers);
    if !from_own_page(&headers) {
        return Refusal::NotAllowed.page(language);
    }
    match found(&runners, peer, &folder, &given).await {
        Ok((_, Some(path))) => Redirect::to(&path).into_response(),
        // Nothing of what was typed stands in the page: all wrong answers are the same.
        Ok((race, None)) => html(StatusCode::NOT_FOUND, &FindPage::of(&race, language, true)),
        Err(refusal) => refusal.page(language),
    }
}

async fn found(
    runners: &Runners,
    peer: SocketAddr,
    folder: &str,
    given: &Given,
) -> Result<(OpenRace, Option<String>), Refusal> {
    let race = runners.race(folder).await?;
    let handler = &runners.site.handler;
    let links = handler.links(&race.id).await?;
    let bib = Bib::parse(&given.bib).ok();
    let whom = Whom::Runner(bib.as_ref());
    let counted = Guess::count(handler.outputs(), &race.id, &links, peer.ip(), whom);
    let guess = counted.await?.map_err(Refusal::Wait)?;
    let finisher = bib.as_ref().and_then(|bib| shown(&race, bib));
    let factor = race.race_data.race.privacy.second_factor;
    let path = match is_theirs(factor, finisher, &given.factor).then_some(finisher).flatten() {
        None => None,
        Some(finisher) => {
            guess.was_right().await;
            Some(links.path(&finisher.bib))
        }
    };
    Ok((race, path))
}

/// Whether what was typed is this runner's second factor. Nobody's is compared as well: who is
/// not there takes the same way as who gives a wrong one.
fn is_theirs(factor: SecondFactor, finisher: Option<&Finisher>, typed: &str) -> bool {
    let nobodys = || hex::encode(random::<[u8; 16]>());
    let theirs = finisher.and_then(|finisher| factor.of(finisher)).unwrap_or_else(nobodys);
    let given = factor.given(typed).unwrap_or_else(nobodys);
    same(&theirs, &given)
}
