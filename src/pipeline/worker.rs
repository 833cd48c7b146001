//! Works off uploads as they come: in order of arrival for each camera, and never losing
//! one to another's failure.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use kanso_certificate::Fate;
use tokio::sync::mpsc;

use super::handler::{Handled, Handler, Received};
use crate::events::Upload;
use crate::keys::without_names;

/// How often an upload is tried again at once before it is left to the reconciler.
const TRIES: u32 = 5;

/// Handles uploads until the sender is gone and everything is done. At most `parallel` are
/// in flight, begun in order of arrival. Photos that race data or an answer call for again
/// wait behind those that are newly uploaded: names and numbers of photos, no pictures.
/// Each result goes to `done`, in order of completion.
pub async fn work(
    handler: Arc<Handler>,
    mut uploads: mpsc::Receiver<Upload>,
    parallel: usize,
    done: mpsc::Sender<Handled>,
) {
    let mut again: VecDeque<Upload> = VecDeque::new();
    let mut flying = FuturesUnordered::new();
    let mut open = true;
    while open || !again.is_empty() || !flying.is_empty() {
        let room = flying.len() < parallel.max(1);
        tokio::select! {
            biased;
            Some(Received { handled, queued }) = flying.next(), if !flying.is_empty() => {
                again.extend(queued);
                for handled in handled {
                    // Nobody listening is no reason to stop working.
                    let _ = done.send(handled).await;
                }
            }
            upload = uploads.recv(), if open && room => match upload {
                Some(upload) => flying.push(handle_patiently(&handler, upload)),
                None => open = false,
            },
            () = std::future::ready(()), if room && !again.is_empty() => {
                if let Some(upload) = again.pop_front() {
                    flying.push(handle_patiently(&handler, upload));
                }
            }
        }
    }
}

/// Tries again with growing pauses while the infrastructure fails.
async fn handle_patiently(handler: &Handler, upload: Upload) -> Received {
    let mut pause = Duration::from_millis(200);
    for attempt in 1..=TRIES {
        match handler.receive(&upload).await {
            Ok(received) => return received,
            Err(fault) => {
                if fault.fate != Fate::Retry {
                    tracing::error!(key = without_names(&upload.key), "cannot be done: {fault}");
                    return Received::default();
                }
                tracing::warn!(key = without_names(&upload.key), attempt, "{fault}");
                if attempt < TRIES {
                    tokio::time::sleep(pause).await;
                    pause *= 3;
                }
            }
        }
    }
    tracing::error!(
        key = without_names(&upload.key),
        "given up for now; the reconciler will try again"
    );
    Received::default()
}
