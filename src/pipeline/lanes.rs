//! Uploads on their way to the worker. Race data and answers have a lane of their own: a
//! correction of the results waits behind no photo.

use std::sync::Arc;

use tokio::sync::mpsc::{self, error::SendError};
use tokio::sync::watch;

use super::keys::{self, Input};
use super::progress::Progress;
use crate::events::Upload;

/// Gives uploads to the worker.
pub struct Submit {
    ahead: mpsc::Sender<Upload>,
    photos: mpsc::Sender<Upload>,
    hold_reading: watch::Sender<bool>,
    progress: Arc<Progress>,
}

/// The worker's end.
pub struct Lanes {
    pub(super) ahead: mpsc::Receiver<Upload>,
    pub(super) photos: mpsc::Receiver<Upload>,
    /// While it is so, no printed numbers are read.
    pub(super) hold_reading: watch::Receiver<bool>,
    pub(super) progress: Arc<Progress>,
}

/// Two lanes that hold `capacity` uploads each.
pub fn channel(capacity: usize, progress: Arc<Progress>) -> (Submit, Lanes) {
    let (ahead, ahead_end) = mpsc::channel(capacity.max(1));
    let (photos, photos_end) = mpsc::channel(capacity.max(1));
    let (hold_reading, hold_reading_end) = watch::channel(false);
    let lanes = Lanes {
        ahead: ahead_end,
        photos: photos_end,
        hold_reading: hold_reading_end,
        progress: progress.clone(),
    };
    (Submit { ahead, photos, hold_reading, progress }, lanes)
}

impl Submit {
    /// Waits for room in the upload's lane. The error gives back what a worker that is gone
    /// does not take.
    pub async fn send(&self, upload: Upload) -> Result<(), SendError<Upload>> {
        let lane = if goes_ahead(&upload.key) { &self.ahead } else { &self.photos };
        let Ok(permit) = lane.reserve().await else { return Err(SendError(upload)) };
        self.progress.taken(&upload.key);
        permit.send(upload);
        Ok(())
    }

    /// Waits until there is room for a photo, or the worker is gone.
    pub async fn room(&self) {
        // The caller is the only one who sends: the room stays.
        let _ = self.photos.reserve().await;
    }

    /// Gives a photo to the worker if there is room.
    pub fn try_send(&self, photo: Upload) -> Result<(), Upload> {
        let Ok(permit) = self.photos.try_reserve() else { return Err(photo) };
        self.progress.taken(&photo.key);
        permit.send(photo);
        Ok(())
    }

    /// Whether the worker is to leave printed numbers unread for now.
    pub fn hold_reading(&self, hold: bool) {
        self.hold_reading.send_if_modified(|now| std::mem::replace(now, hold) != hold);
    }

    /// Waits until the worker is gone.
    pub async fn closed(&self) {
        self.ahead.closed().await;
    }
}

/// Whether an object goes before photos: race data, and a person's answer.
pub fn goes_ahead(key: &str) -> bool {
    keys::classify(key).is_some_and(|input| !matches!(input, Input::Photo(_)))
}
