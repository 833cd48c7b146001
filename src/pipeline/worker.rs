//! Works off uploads as they come: bounded, in order of arrival, one after another for
//! each camera's burst, and never losing one to another's failure.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::mpsc;

use super::handler::{Handled, Handler};
use crate::error::Fate;
use crate::events::Upload;

/// How often an upload is tried again at once before it is left to the reconciler.
const TRIES: u32 = 5;

/// Handles uploads until the sender is gone. At most `parallel` photos are in flight.
/// Each result goes to `done`, in order of completion.
pub async fn work(
    handler: Arc<Handler>,
    uploads: mpsc::Receiver<Upload>,
    parallel: usize,
    done: mpsc::Sender<Handled>,
) {
    let stream = futures::stream::unfold(uploads, |mut uploads| async {
        uploads.recv().await.map(|upload| (upload, uploads))
    });
    stream
        .for_each_concurrent(parallel, |upload| {
            let (handler, done) = (handler.clone(), done.clone());
            async move {
                for handled in handle_patiently(&handler, &upload).await {
                    // Nobody listening is no reason to stop working.
                    let _ = done.send(handled).await;
                }
            }
        })
        .await;
}

/// Tries again with growing pauses while the infrastructure fails.
async fn handle_patiently(handler: &Handler, upload: &Upload) -> Vec<Handled> {
    let mut pause = Duration::from_millis(200);
    for attempt in 1..=TRIES {
        match handler.handle(upload).await {
            Ok(handled) => return handled,
            Err(fault) => {
                debug_assert_eq!(fault.fate, Fate::Retry);
                tracing::warn!(key = upload.key, attempt, "{fault}");
                if attempt < TRIES {
                    tokio::time::sleep(pause).await;
                    pause *= 3;
                }
            }
        }
    }
    tracing::error!(key = upload.key, "given up for now; the reconciler will try again");
    Vec::new()
}
