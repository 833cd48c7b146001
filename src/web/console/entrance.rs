//! Signing in and out, and which race.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use kanso_page::Language;
use serde::Deserialize;

use super::{Shared, address, shown};
use crate::language::{self, Both};
use crate::limit::{Key, Try};
use crate::page::{Frame, Refusal, html, retry_after, wait_words};
use crate::session::{Role, close, from_own_page};
use crate::site::Site;

/// A race day, and the evening after it.
const HOURS: i64 = 16;

#[derive(Template)]
#[template(path = "console_entrance.html")]
struct EntrancePage {
    frame: Frame,
    /// Who is signed in.
    person: Option<String>,
    /// Why the password did not open it.
    alarm: Option<Both>,
    races: Vec<(String, Both)>,
}

/// `GET /console`
pub(super) async fn open(State(console): Shared, headers: HeaderMap) -> Response {
    let language = language::of(&headers);
    let Ok(person) = console.person(&headers) else {
        return closed(language, StatusCode::FORBIDDEN, None);
    };
    let page = async {
        let mut races = races(&console.site).await?;
        if races.len() == 1 {
            return Ok(Redirect::to(&races.remove(0).0).into_response());
        }
        let (frame, person) = (Frame::new(language), Some(person.name));
        Ok(html(StatusCode::OK, &EntrancePage { frame, person, alarm: None, races }))
    };
    shown(page.await, &headers)
}

/// The races whose data can be read.
async fn races(site: &Site) -> Result<Vec<(String, Both)>, Refusal> {
    let mut open = Vec::new();
    for id in site.races().await? {
        if let Some(race) = site.race(id.as_str()).await? {
            open.push((address(id.as_str()), race.name()));
        }
    }
    Ok(open)
}

#[derive(Deserialize)]
pub(super) struct Given {
    name: String,
    password: String,
}

/// `POST /console`
pub(super) async fn sign_in(
    State(console): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(Given { name, password }): Form<Given>,
) -> Response {
    let language = language::of(&headers);
    if !from_own_page(&headers) {
        return Refusal::NotAllowed.page(language);
    }
    let person = match console.staff() {
        Ok(staff) => staff.sign_in(&name, &password),
        Err(refusal) => return refusal.page(language),
    };
    let keys = [Key::address(peer.ip()), Key::Name(name.trim().to_owned())];
    match (console.guesses.answer(&keys, person.is_some()), person) {
        (Try::Right, Some(person)) => {
            tracing::info!(person = person.id, "somebody signed in to the console");
            let now = Timestamp::now();
            let cookie = console.site.signer.open(Role::Console, &person.id, now, HOURS);
            ([(header::SET_COOKIE, cookie)], Redirect::to("/console")).into_response()
        }
        (Try::Wait(wait), _) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let page = closed(language, status, Some(wait_words(wait)));
            (retry_after(wait), page).into_response()
        }
        _ => {
            let (ja, en) = (
                "お名前かパスワードがちがいます。もう一度入力してください。",
                "That name or password is not right. Please try again.",
            );
            let alarm = Both { ja: ja.to_owned(), en: en.to_owned() };
            closed(language, StatusCode::FORBIDDEN, Some(alarm))
        }
    }
}

/// `POST /console/out`
pub(super) async fn sign_out(headers: HeaderMap) -> Response {
    if !from_own_page(&headers) {
        return Refusal::NotAllowed.page(language::of(&headers));
    }
    ([(header::SET_COOKIE, close(Role::Console))], Redirect::to("/console")).into_response()
}

/// The form for name and password.
fn closed(language: Language, status: StatusCode, alarm: Option<Both>) -> Response {
    let (frame, races) = (Frame::new(language), Vec::new());
    html(status, &EntrancePage { frame, person: None, alarm, races })
}
