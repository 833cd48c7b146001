//! Pages and answers: rendering, and failures in words a visitor understands.

use askama::Template;
use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use kanso_certificate::Fault;
use kanso_page::Language;
use serde_json::json;

use super::assets;
use super::language::{self, Both};

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
    next_ja: String,
    next_en: String,
}

/// Why a page or an answer cannot be given.
#[derive(Debug)]
pub enum Refusal {
    /// Nothing is at this address.
    NotFound,
    /// The browser has no session for it.
    NotAllowed,
    /// Too many wrong answers came from there: the next may be given after this time.
    Wait(Duration),
    /// As many as there is room for are served already.
    Busy,
    /// Something behind us failed; the same request may succeed later.
    Unavailable(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Unavailable(fault)
    }
}

const UNAVAILABLE: [&str; 4] = [
    "ただいま表示できません",
    "This cannot be shown at the moment",
    "少し待ってから開きなおしてください。",
    "Please open it again in a moment.",
];

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// As a page.
    pub fn page(self, language: Language) -> Response {
        let status = self.status();
        let [ja, en, next_ja, next_en] = match self {
            Self::Wait(wait) => {
                let Both { ja: next_ja, en: next_en } = wait_words(wait);
                let (ja, en) = ("しばらくお待ちください", "Please wait a little");
                let notice = Notice { frame: Frame::new(language), ja, en, next_ja, next_en };
                return (retry_after(wait), html(status, &notice)).into_response();
            }
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
            Self::Busy => UNAVAILABLE,
            Self::Unavailable(fault) => {
                tracing::error!("a page cannot be shown: {fault}");
                UNAVAILABLE
            }
        };
        let [next_ja, next_en] = [next_ja, next_en].map(str::to_owned);
        html(status, &Notice { frame: Frame::new(language), ja, en, next_ja, next_en })
    }
}

/// Whole seconds of a wait, not ended before it.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The header that says when to try again.
pub fn retry_after(wait: Duration) -> [(header::HeaderName, String); 1] {
    [(header::RETRY_AFTER, seconds(wait).to_string())]
}

/// How long to wait after too many wrong answers.
pub fn wait_words(wait: Duration) -> Both {
    let (ja, en) = match seconds(wait) {
        1 => ("1秒".to_owned(), "1 second".to_owned()),
        s @ ..120 => (format!("{s}秒"), format!("{s} seconds")),
        s => (format!("{}分", s.div_ceil(60)), format!("{} minutes", s.div_ceil(60))),
    };
    Both {
        ja: format!(
            "まちがいが続いたため、あと{ja}お待ちください。そのあと、もう一度お試しください。"
        ),
        en: format!("There were too many wrong tries. Please wait {en}, then try again."),
    }
}

/// Runs what waits for a disk where waiting disturbs nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| Refusal::Unavailable(Fault::retry(format!("the queue failed: {panic}"))))
}

/// As JSON: `{"error": "not_found"}`, and `{"error": "wait", "wait_s": 8}`.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let word = match &self {
            Self::Wait(wait) => {
                let said = Json(json!({"error": "wait", "wait_s": seconds(*wait)}));
                let no_store = [(header::CACHE_CONTROL, "no-store")];
                return (self.status(), retry_after(*wait), no_store, said).into_response();
            }
            Self::NotFound => "not_found",
            Self::NotAllowed => "not_allowed",
            Self::Busy => "busy",
            Self::Unavailable(fault) => {
                tracing::error!("a request cannot be answered: {fault}");
                "unavailable"
            }
        };
        (self.status(), [(header::CACHE_CONTROL, "no-store")], Json(json!({"error": word})))
            .into_response()
    }
}
