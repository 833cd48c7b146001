//! Pages and answers: rendering, and failures in words a visitor understands.

use askama::Template;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use kanso_certificate::Fault;
use kanso_page::Language;
use serde_json::json;

use super::assets;
use super::language;

/// What the frame around every page needs.
pub struct Frame {
    /// `ja` or `en`: shown first.
    pub lang: &'static str,
    pub assets: String,
}

impl Frame {
    pub fn new(language: Language) -> Self {
        Self { lang: language::tag(language), assets: assets::folder() }
    }
}

/// A page, or 500 where it cannot be written.
pub fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!("a page cannot be written (a bug: please report it): {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that says one thing, where there is nothing else to show.
#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    frame: Frame,
    ja: &'static str,
    en: &'static str,
    next_ja: &'static str,
    next_en: &'static str,
}

/// Why a page or an answer cannot be given.
#[derive(Debug)]
pub enum Refusal {
    /// Nothing is at this address.
    NotFound,
    /// The browser has no session for it.
    NotAllowed,
    /// Something behind us failed; the same request may succeed later.
    Unavailable(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Unavailable(fault)
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// As a page.
    pub fn page(self, language: Language) -> Response {
        let status = self.status();
        let [ja, en, next_ja, next_en] = match self {
            Self::NotFound => [
                "ページが見つかりません",
                "There is nothing at this address",
                "アドレスを確かめてください。",
                "Please check the address.",
            ],
            Self::NotAllowed => [
                "この画面は開けません",
                "This screen is not open here",
                "スタッフにお声がけください。",
                "Please ask a member of staff.",
            ],
            Self::Unavailable(fault) => {
                tracing::error!("a page cannot be shown: {fault}");
                [
                    "ただいま表示できません",
                    "This cannot be shown at the moment",
                    "少し待ってから開きなおしてください。",
                    "Please open it again in a moment.",
                ]
            }
        };
        html(status, &Notice { frame: Frame::new(language), ja, en, next_ja, next_en })
    }
}

/// Runs what waits for a disk where waiting disturbs nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| Refusal::Unavailable(Fault::retry(format!("the queue failed: {panic}"))))
}

/// As JSON: `{"error": "not_found"}`.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let word = match &self {
            Self::NotFound => "not_found",
            Self::NotAllowed => "not_allowed",
            Self::Unavailable(fault) => {
                tracing::error!("a request cannot be answered: {fault}");
                "unavailable"
            }
        };
        (self.status(), [(header::CACHE_CONTROL, "no-store")], Json(json!({"error": word})))
            .into_response()
    }
}
