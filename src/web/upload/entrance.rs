//! Which race, and the code that opens its page.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use kanso_certificate::link::upload_path;
use kanso_page::Language;
use kanso_pipeline::photographers::Code;
use serde::Deserialize;

use super::{Folder, Shared, Uploads, page, session, shown};
use crate::guesses::{Guess, Whom};
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html, retry_after, wait_words};
use crate::session::from_own_page;

#[derive(Template)]
#[template(path = "upload_entrance.html")]
struct EntrancePage {
    frame: Frame,
    /// Empty where one race is to be opened.
    races: Vec<(String, Both)>,
    race: Option<(String, Both)>,
    /// Why the code did not open it.
    alarm: Option<Both>,
}

/// `GET /upload`
pub(super) async fn races(State(uploads): Shared, headers: HeaderMap) -> Response {
    let language = language::of(&headers);
    let page = async {
        let races = uploads.site.races().await?;
        if let [only] = &races[..] {
            return Ok(Redirect::to(&upload_path(only.as_str())).into_response());
        }
        let mut named = Vec::new();
        for race in races {
            named.push((upload_path(race.as_str()), uploads.race_name(&race).await?));
        }
        let frame = Frame::new(language);
        let page = EntrancePage { frame, races: named, race: None, alarm: None };
        Ok(html(StatusCode::OK, &page))
    };
    shown(page.await, &headers)
}

#[derive(Deserialize)]
pub(super) struct Given {
    code: Option<String>,
}

/// `GET /upload/<race>`: the page for who has a session; else asks for the code. With
/// `?code=...`, as a link gives it, opens a session.
pub(super) async fn open(
    State(uploads): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(folder): Folder,
    Query(given): Query<Given>,
) -> Response {
    let language = language::of(&headers);
    if let Some(code) = given.code {
        return shown(entered(&uploads, peer, &folder, &code, language).await, &headers);
    }
    let opened = async {
        match uploads.uploader(&folder, &headers).await {
            Ok(uploader) => page(&uploads, uploader, &headers, language).await,
            Err(Refusal::NotAllowed) => {
                closed(&uploads, &folder, language, StatusCode::FORBIDDEN, None).await
            }
            Err(refusal) => Err(refusal),
        }
    };
    shown(opened.await, &headers)
}

/// `POST /upload/<race>`: the code, as it was typed.
pub(super) async fn enter(
    State(uploads): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(folder): Folder,
    Form(given): Form<Given>,
) -> Response {
    if !from_own_page(&headers) {
        return Refusal::NotAllowed.page(language::of(&headers));
    }
    let code = given.code.unwrap_or_default();
    let language = language::of(&headers);
    shown(entered(&uploads, peer, &folder, &code, language).await, &headers)
}

/// Opens a session where the code is somebody's. Who is not there is told the same as who
/// gives a wrong code.
async fn entered(
    uploads: &Uploads,
    peer: SocketAddr,
    folder: &str,
    code: &str,
    language: Language,
) -> Result<Response, Refusal> {
    let race = uploads.race(folder).await?;
    let handler = &uploads.site.handler;
    let links = handler.links(&race).await?;
    let code = Code::parse(code);
    let id = code.as_ref().map(Code::id);
    let whom = Whom::Photographer(id.as_ref());
    let guess = match Guess::count(handler.outputs(), &race, &links, peer.ip(), whom).await? {
        Ok(guess) => guess,
        Err(wait) => {
            let alarm = Some(wait_words(wait));
            let status = StatusCode::TOO_MANY_REQUESTS;
            let page = closed(uploads, folder, language, status, alarm).await?;
            return Ok((retry_after(wait), page).into_response());
        }
    };
    if let (Some(code), Some(id)) = (code, id)
        && let Some(photographer) = handler.photographer(&race, &id).await?
        && photographer.has(&code)
    {
        guess.was_right().await;
        let cookie = session::open(&links, &race, &id, &photographer, Timestamp::now());
        // The code leaves the address, where anybody could read it.
        let to = Redirect::to(&upload_path(race.as_str()));
        return Ok(([(header::SET_COOKIE, cookie)], to).into_response());
    }
    let (ja, en) = (
        "コードがちがいます。もう一度入力してください。",
        "That code is not right. Please try again.",
    );
    let alarm = Both { ja: ja.to_owned(), en: en.to_owned() };
    closed(uploads, folder, language, StatusCode::FORBIDDEN, Some(alarm)).await
}

/// The form for the code.
async fn closed(
    uploads: &Uploads,
    folder: &str,
    language: Language,
    status: StatusCode,
    alarm: Option<Both>,
) -> Result<Response, Refusal> {
    let race = uploads.race(folder).await?;
    let race = (upload_path(race.as_str()), uploads.race_name(&race).await?);
    let frame = Frame::new(language);
    Ok(html(status, &EntrancePage { frame, races: Vec::new(), race: Some(race), alarm }))
}
