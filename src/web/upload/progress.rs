//! What became of a photographer's photos.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use kanso_matching::Outcome;
use kanso_pipeline::camera_photos::Came;
use serde::Serialize;

use super::{Folder, Shared, words};
use crate::language::Both;
use crate::page::Refusal;

/// Photos of no use that are named; the rest is a number.
const NAMED: usize = 200;

#[derive(Serialize, Default)]
pub(super) struct Progress {
    photos: usize,
    /// They made a certificate, or took their place on one.
    matched: usize,
    /// For a result, a clock, or the race's data.
    waiting: usize,
    /// A person has to look.
    person: usize,
    rejected: usize,
    /// Not looked at yet.
    new: usize,
    /// Of the rejected.
    named: Vec<Named>,
    /// Photos of the clock page, each of which sets a camera's clock, the last taken last.
    clocks: Vec<Clock>,
}

#[derive(Serialize)]
struct Clock {
    camera: String,
    file: String,
    at: Timestamp,
    /// To be added to the camera's clock; `null` where the file does not say what it showed.
    offset_s: Option<f64>,
    sigma_s: f64,
}

#[derive(Serialize)]
struct Named {
    camera: String,
    file: String,
    why: Both,
}

impl Progress {
    fn count(&mut self, camera: &str, file: String, came: Option<Came>) {
        self.photos += 1;
        let Some(came) = came else {
            self.new += 1;
            return;
        };
        if let Some(clock) = came.clock.filter(|_| came.outcome == Outcome::Reject) {
            let seconds = |ms: f64| ms / 1000.0;
            self.clocks.push(Clock {
                camera: camera.to_owned(),
                file,
                at: clock.at,
                offset_s: clock.offset_ms.map(|ms| seconds(ms as f64)),
                sigma_s: seconds(f64::from(clock.sigma_ms)),
            });
            return;
        }
        match came.outcome {
            Outcome::Issue => self.matched += 1,
            Outcome::Pending => self.waiting += 1,
            Outcome::Review => self.person += 1,
            Outcome::Reject => {
                self.rejected += 1;
                if self.named.len() < NAMED {
                    let (camera, why) = (camera.to_owned(), words::of(&came.reason));
                    self.named.push(Named { camera, file, why });
                }
            }
        }
    }
}

/// `GET /upload/<race>/progress`
pub(super) async fn progress(
    State(uploads): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Result<Response, Refusal> {
    let uploader = uploads.uploader(&folder, &headers).await?;
    let mut progress = Progress::default();
    for camera in &uploader.photographer.cameras {
        let photos = uploads.site.handler.camera_photos(&uploader.race, camera, &uploads.seen);
        for photo in photos.await? {
            progress.count(camera, photo.file, photo.came);
        }
    }
    progress.clocks.sort_by_key(|clock| clock.at);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(progress)).into_response())
}
