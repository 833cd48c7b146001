//! The desk: what staff do from the command line, with the console's token.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};

use super::limit::Limit;
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
    let desk = Desk { site, guesses: Limit::new(10, Duration::from_secs(300)) };
    Router::new()
        .route("/print/{race}", post(batch::submit))
        .route("/printer/jobs", get(jobs::list))
        .route("/printer/jobs/{job}/resolve", post(jobs::resolve))
        .route("/printer/states", get(printers::list))
        .route("/printer/resume", post(printers::resume))
        .with_state(Arc::new(desk))
}

impl Desk {
    /// Lets in who holds the console's token.
    pub fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if !self.guesses.allow("token") || !same(given, &self.site.secrets.console_token) {
            return Err(Refusal::NotAllowed);
        }
        self.guesses.forgive("token");
        Ok(())
    }
}
