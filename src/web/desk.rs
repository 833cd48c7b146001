//! The desk: what staff do from the command line, with the console's token.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

use super::limit::{Key, Limit, Try};
use super::page::Refusal;
use super::session::same;
use super::site::Site;
use super::{batch, jobs, printers};

/// What the desk's routes share.
pub(super) struct Desk {
    pub site: Arc<Site>,
    /// Guesses at the token, at all of its routes together.
    guesses: Limit,
}

/// No route here may lie where a race's name stands in another.
pub(super) fn router(site: Arc<Site>) -> Router {
    let desk = Arc::new(Desk { site, guesses: Limit::default() });
    Router::new()
        .route("/print/{race}", post(batch::submit))
        .route("/printer/jobs", get(jobs::list))
        .route("/printer/jobs/{job}/resolve", post(jobs::resolve))
        .route("/printer/states", get(printers::list))
        .route("/printer/resume", post(printers::resume))
        .route_layer(middleware::from_fn_with_state(desk.clone(), admit))
        .with_state(desk)
}

/// Lets in who holds the console's token.
async fn admit(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let right = same(given, &desk.site.secrets.console_token);
    match desk.guesses.answer(&[Key::address(peer.ip())], right) {
        Try::Right => Ok(next.run(request).await),
        Try::Wrong => Err(Refusal::NotAllowed),
        Try::Wait(wait) => Err(Refusal::Wait(wait)),
    }
}
